"""Opens a study: loads the table and the files beside it, makes the selection, finds the days that it is about."""

from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.incidents.boundaries import load_units
from analysis.incidents.claims import ClaimTable, load_claims, notes_file
from analysis.incidents.counts import (
    NEEDS_INCIDENTS,
    periods_back,
    select_counts,
    whole_periods,
)
from analysis.incidents.coverage import load_context, tell_uncovered, tell_unnamed
from analysis.incidents.errors import SelectionError, TableError, UnknownCountryError
from analysis.incidents.files import FRAME_NAME
from analysis.incidents.given import checked_parameters, day_given
from analysis.incidents.load import MOST_LOST, IncidentTable, load_incidents
from analysis.incidents.names import as_names
from analysis.incidents.parameters import (
    EXAMPLE_NAME,
    Parameters,
    Reading,
    Selection,
    Settings,
    defaults_of,
    listed_in_signature,
    names_of,
    reading_of,
)
from analysis.incidents.places import country_name, fold
from analysis.incidents.regions import countries_of
from analysis.incidents.selection import in_admin1, of_types, select_attacks
from analysis.incidents.sidefiles import MOST_JSON_BYTES, note_file, noting_files, read_content
from analysis.incidents.snapshots import load_snapshots
from analysis.incidents.sources import publishers
from analysis.incidents.study import DAY, Study, last_before, refuse_finer, refuse_without_units, spans_of
from analysis.incidents.terms import term
from analysis.incidents.whereabouts import refuse_elsewhere, units_of_the_map
from analysis.language import few, say, say_count, used
from analysis.resources import resource

EMBEDDED_TABLE = "data/sahel/incidents.csv"
EXAMPLE_TABLE = "data/example/incidents.csv"
PARQUET = (".parquet", ".pq")


def source_of(table: str | Path | pd.DataFrame | IncidentTable) -> Path | pd.DataFrame | IncidentTable:
    """Return what a table is read from: ``""`` is the embedded table, ``"example"`` the made-up one, other text a
    path."""
    if isinstance(table, pd.DataFrame | IncidentTable):
        return table
    shipped = {"": EMBEDDED_TABLE, EXAMPLE_NAME: EXAMPLE_TABLE}.get(str(table))
    return resource(shipped) if shipped else Path(table)


@listed_in_signature
def open_study(table: str | Path | pd.DataFrame | IncidentTable = "", **parameters: object) -> Study:
    """Load a table, make the selection and return what every measure takes.

    ``""`` means all, or the default. A selection is one name, a list of names, or that list in text (see `as_names`);
    a comma belongs to a name. A day is text, a date or a Timestamp.

    Parameters
    ----------
    table
        A file; ``""`` is the embedded Sahel table, ``"example"`` the made-up one. Or a pandas DataFrame, its columns
        named by ``mapping`` unless they are a publisher's; or a table that `load_incidents` has read.
    **parameters
        See `analysis.incidents.parameters`.

    Raises
    ------
    TypeError
        If a parameter is unknown.
    TableError
        If the table cannot be used.
    SelectionError
        If the selection cannot be made from it, or a value is outside its range.
    """
    try:
        asked = checked_parameters(parameters)
    except UnknownCountryError as error:
        raise _with_the_table_s_own(error, table, parameters) from None
    if not isinstance(table, str | Path | pd.DataFrame | IncidentTable):
        kind = type(table).__name__
        hint = " A Series is one column: give the whole DataFrame." if isinstance(table, pd.Series) else ""
        raise TypeError(f"the table is a {kind}; expected a path, a DataFrame or a loaded table.{hint}")
    with used(asked.language), noting_files() as noted:
        study = _open(table, asked)
        study.beside.update(_read_first(asked))
        for path in study.beside.values():
            if path.absolute() not in noted:  # one that is read when it is asked for
                note_file(path, read_content(path, most_bytes=MOST_JSON_BYTES, what="what is beside the table"))
    return replace(study, files_read=noted)


def _with_the_table_s_own(
    error: UnknownCountryError, table: object, parameters: dict[str, object]
) -> SelectionError:  # fmt: skip
    """Return the refusal of a country's name with the table's own countries that are like it, or that it has most
    of."""
    reading = reading_of(parameters)
    try:
        loaded = (
            table if isinstance(table, IncidentTable) else load_incidents(source_of(table), **reading)  # type: ignore[arg-type]
        )
    except (TableError, TypeError, OSError):
        return error
    names = [country_name(code) for code in loaded.rows["country"].value_counts().index]
    by_fold = {fold(name): name for name in names}
    near = [by_fold[one] for one in get_close_matches(fold(error.name), by_fold, n=3, cutoff=0.6)]
    hint = f"Did you mean {', '.join(near)}?" if near else f"The table has most of {', '.join(names[:3])}."
    return SelectionError(f"No country is called {error.name!r}. {hint}")


def refuse_uncovered(study: Study) -> None:
    """Refuse a last day that the table does not cover, unless the study was told to accept it.

    Raises
    ------
    SelectionError
        If the last day is not covered: what was computed would take silence for calm, or be refused number by number.
    """
    if study.selection.allow_uncovered or study.covered_end >= study.end:
        return
    last = study.covered_end - DAY
    asked, other = (term("as_of", f"{day:%Y-%m-%d}") for day in (study.as_of, last))
    coverage = study.table.coverage
    # Where nothing states it, all are covered to one day, but those whose rows break off.
    early = coverage["basis"].eq("assumed") & coverage["last_day"].lt(coverage["last_day"].max())
    broken = coverage.loc[early & coverage["last_day"].eq(last), "country"].tolist()
    why = f" (the rows of {', '.join(broken)} end there, and later ones seem to be missing)" if broken else ""
    raise SelectionError(
        f"{asked} is not covered: the table covers the selection to {last:%Y-%m-%d}{why}, and tells nothing of the "
        f"days after it. Give {other}, a {term('coverage')} table, or {term('allow_uncovered')}."
    )


def _read_first(asked: Parameters) -> dict[str, Path]:
    """Return the files that say how a table is read and which countries a group has."""
    named = {"regions": asked.regions, "mapping": asked.mapping if str(asked.mapping).endswith(".toml") else ""}
    return {role: Path(path) for role, path in named.items() if path}


def _open(table: str | Path | pd.DataFrame | IncidentTable, asked: Parameters) -> Study:
    source = source_of(table)
    folder = _folder_of(source)
    loaded, whole, countries = _load(source, asked)
    spans = spans_of(loaded, countries)
    if loaded.counts is not None:
        return _open_counts(loaded, asked, spans, countries, folder)
    of_the_map = ""
    if asked.unit == "admin1" or asked.admin1:
        placed, of_the_map = units_of_the_map(loaded.incidents)
        loaded = replace(loaded, incidents=placed)
    first_row = loaded.incidents["date_start"].min()
    last_day = day_given("as_of", asked.as_of) if asked.as_of else spans[-1][1]
    if last_day < first_row:
        raise SelectionError(
            f"{term('as_of', f'{last_day:%Y-%m-%d}')} is before the table's first incident, {first_row:%Y-%m-%d}. "
            f"Give a day from then to {spans[-1][1]:%Y-%m-%d}."
        )
    start, uncovered = _start(spans, last_day + DAY, asked)
    if asked.from_date and start > last_day:
        first, last = term("from_date", f"{start:%Y-%m-%d}"), term("as_of", f"{last_day:%Y-%m-%d}")
        raise SelectionError(f"{first} is after {last}; exchange them.")
    chosen = {"country": countries, "first_day": start, "last_day": last_day, "actors": loaded.actors}
    whom = {
        name: getattr(asked, name) for name in names_of(Selection, kinds=["names"]) if name not in ("country", "region")
    }
    # A group is called by its one name, whatever name it was asked for by.
    whom |= {name: tuple(map(loaded.actors.name, whom[name])) for name in ("actor", "attacker", "target")}
    attacks = select_attacks(loaded.incidents, **whom, **chosen)
    refuse_without_units(attacks, asked.unit)
    selection = Selection(
        **{name: getattr(asked, name) for name in names_of(Selection)}
        | whom
        | {"country": countries, "as_of": f"{last_day:%Y-%m-%d}"}
    )
    chosen |= {"event_type": asked.event_type, "admin1": asked.admin1}
    unsaid = _unsaid(loaded, selection, chosen)
    told, claim_files = _claims(asked, loaded, whole, folder)
    if asked.boundaries:
        refuse_elsewhere(asked.boundaries, attacks)
    return Study(
        table=loaded,
        selection=selection,
        settings=Settings(**{name: getattr(asked, name) for name in names_of(Settings)}),
        attacks=attacks,
        # Where nobody in particular is asked for, both are the same rows: a large table is not kept twice.
        incidents=select_attacks(loaded.incidents, **chosen) if any(whom.values()) else attacks,
        start=start,
        end=last_day + DAY,
        summaries=_summaries(loaded, whom, chosen),
        left_out=_left_out(loaded, chosen),
        unsaid=unsaid,
        notes=(
            *_left_out_notes(loaded, asked, countries, uncovered),
            *_notes(unsaid, selection),
            *([of_the_map] if of_the_map else []),
            *_idle(loaded, asked, start, uncovered),
        ),
        uncovered_before=uncovered,
        claim_rows=told.claims if told else None,
        claim_problems=told.problems if told else None,
        beside=claim_files | _files_beside(asked, loaded, folder),
        snapshots=load_snapshots(asked.snapshots, table=loaded, countries=countries, **_reading(asked))
        if asked.snapshots
        else None,
    )


def _load(
    source: Path | pd.DataFrame | IncidentTable, asked: Parameters
) -> tuple[IncidentTable, Callable[[], IncidentTable], tuple[str, ...]]:
    """Return the table read, what gives it with all its countries, and the countries asked for."""
    of_regions = _countries_of_groups(asked)
    countries = tuple(dict.fromkeys([*asked.country, *of_regions]))
    reading = _reading(asked)
    # Only Parquet can leave rows unread; of any other file the whole is parsed anyway, and tells more when a name is
    # refused.
    pushed = countries if isinstance(source, Path) and source.suffix.lower() in PARQUET else ()
    if isinstance(source, IncidentTable):
        usual = defaults_of(Reading)
        if late := [name for name in names_of(Reading) if getattr(asked, name) != usual[name]]:
            raise SelectionError(
                f"{term(late[0], getattr(asked, late[0]))} says how a table is read, and this one has been read "
                "already. Give it to load_incidents, or give open_study the file itself."
            )
        loaded = source
    else:
        loaded = load_incidents(source, countries=pushed, **reading)
        if loaded.incidents.empty and pushed:
            loaded = load_incidents(source, **reading)
    if of_regions:  # of a group of countries those that the table has
        held = set(loaded.rows["country"])
        countries = tuple(code for code in countries if code in held or code in asked.country)
        if not countries:
            there = few(map(country_name, sorted(held)), 5)
            region = term("region", asked.region[0])
            raise SelectionError(f"{region}: the table has none of its countries, but {there}.")
    if unsaid := [code for code in countries if code not in set(loaded.coverage["country"])]:
        if loaded.counts is None:
            select_attacks(loaded.incidents, country=countries)  # names what is there
        else:
            select_counts(loaded.counts, country=countries)
        raise SelectionError(f"The coverage table says nothing of {', '.join(unsaid)}; add a row for it.")

    def whole() -> IncidentTable:
        return load_incidents(source, **reading) if pushed else loaded  # type: ignore[arg-type]

    return loaded, whole, countries


def _folder_of(source: Path | pd.DataFrame | IncidentTable) -> Path:
    """Return where the files lie that belong to a table: beside the name that it is given by, be that a link."""
    if isinstance(source, IncidentTable):
        return (source.read_from if isinstance(source.read_from, Path) else source.provenance.path).parent
    return source.parent if isinstance(source, Path) else Path(FRAME_NAME).parent


def _reading(asked: Parameters) -> dict[str, Any]:
    return {name: None if (value := getattr(asked, name)) == "" else value for name in names_of(Reading)}


def _claims(
    asked: Parameters, loaded: IncidentTable, whole: Callable[[], IncidentTable], folder: Path
) -> tuple[ClaimTable | None, dict[str, Path]]:
    """Return the claims given, or those that lie beside the project's own table, and the files that they are in."""
    path = Path(asked.claims) if asked.claims else folder / "claims.csv"
    if not asked.claims and not (publishers()[loaded.provenance.source].files_beside and path.exists()):
        return None, {}
    # Held against the whole table: a claim about another country is no mistake.
    told = load_claims(path, incidents=whole().incidents, strict=asked.strict)
    return told, {"claims": path} | ({"claim notes": notes_file(path)} if notes_file(path).exists() else {})


def _files_beside(asked: Parameters, loaded: IncidentTable, folder: Path) -> dict[str, Path]:
    """Return other files beside the table: those given, and the project's own; what is read late is refused now."""
    found = {}
    for name, usual in (("reference", "benchmarks.csv"), ("coverage", "coverage.csv"), ("actors", "actors.csv")):
        path = Path(getattr(asked, name) or folder / usual)
        if getattr(asked, name) or (publishers()[loaded.provenance.source].files_beside and path.exists()):
            found[name] = path
    for name, read in (("context", load_context), ("boundaries", load_units)):
        if path := getattr(asked, name):
            read(path)
            found[name] = Path(path)
    return found


def _countries_of_groups(asked: Parameters) -> tuple[str, ...]:
    """Return the countries of the groups asked for; who means a first-order unit is told how to name one."""
    try:
        return countries_of(asked.region, asked.regions or None)
    except SelectionError as error:
        raise SelectionError(
            f"{error} A group of countries is meant; a first-order unit is {term('admin1', asked.region[0])}."
        ) from None


def _open_counts(
    loaded: IncidentTable,
    asked: Parameters,
    spans: list[tuple[pd.Timestamp, pd.Timestamp]],
    countries: tuple[str, ...],
    folder: Path,
) -> Study:
    """Return the study of a table of counts: its span and its windows hold whole periods."""
    for name in ("actor", "attacker", "target", "target_type"):
        if getattr(asked, name):
            raise SelectionError(
                f"{term(name, getattr(asked, name))} cannot be used: {NEEDS_INCIDENTS}, and names no parties."
            )
    for name in ("claims", "snapshots"):
        if getattr(asked, name):
            raise SelectionError(f"{term(name, getattr(asked, name))} cannot be used: {NEEDS_INCIDENTS}.")
    refuse_finer(loaded.counts, asked.unit)
    counts = select_counts(
        loaded.counts,
        country=countries,
        admin1=asked.admin1,
        event_type=asked.event_type,
        overlapping=loaded.overlapping_types,
    )
    last_day = day_given("as_of", asked.as_of) if asked.as_of else spans[-1][1]
    first_day, uncovered = _start(spans, last_day + DAY, asked)
    # Its edges are those of the whole table, so that a quiet end of a selection counts as zero.
    start, end = whole_periods(loaded.counts, first_day, min(last_day, last_before(spans, last_day + DAY)[1]) + DAY)
    period_days = int(((counts["period_end"] - counts["period_start"]) // DAY).median())
    notes = [*_left_out_notes(loaded, asked, countries, uncovered), *_idle(loaded, asked, first_day, uncovered)]
    if asked.as_of and end != last_day + DAY:
        notes.append(
            say("as of {day}: the last whole period of the table to {asked} ends there", day=end - DAY, asked=last_day)
        )
    settings = Settings(**{name: getattr(asked, name) for name in names_of(Settings)})
    window_days = int((end - periods_back(end, settings.window_days, period_days)) // DAY)
    if window_days != settings.window_days:
        notes.append(
            say(
                "the window has {days} days in place of {asked}, so that it holds whole periods",
                days=window_days,
                asked=settings.window_days,
            )
        )
    inside = counts["period_start"].ge(start) & counts["period_end"].le(end)
    selection = Selection(**{name: getattr(asked, name) for name in names_of(Selection)} | {"country": countries})
    return Study(
        table=loaded,
        selection=replace(selection, as_of=f"{end - DAY:%Y-%m-%d}"),
        settings=replace(settings, window_days=window_days),
        attacks=loaded.incidents,
        incidents=loaded.incidents,
        start=start,
        end=end,
        beside=_files_beside(asked, loaded, folder),
        counts=counts[inside].reset_index(drop=True),
        summaries=loaded.incidents,
        left_out=_counts_left_out(loaded.counts, counts, countries, start, end),
        notes=tuple(notes),
        uncovered_before=uncovered,
    )


def _start(
    spans: list[tuple[pd.Timestamp, pd.Timestamp]], end: pd.Timestamp, asked: Parameters
) -> tuple[pd.Timestamp, tuple[pd.Timestamp, pd.Timestamp] | None]:
    """Return the first day of a study, and the break in coverage that ends there, if there is one.

    A history goes back to the last break at most: no day without a row can pass for a calm one, and no measure has to
    know of breaks.
    """
    span = last_before(spans, end)
    since = day_given("from_date", asked.from_date) if asked.from_date else span[0]
    at = spans.index(span)
    return max(span[0], since), (spans[at - 1][1] + DAY, span[0] - DAY) if at and since <= span[0] else None


def _left_out_notes(
    loaded: IncidentTable,
    asked: Parameters,
    countries: tuple[str, ...],
    uncovered: tuple[pd.Timestamp, pd.Timestamp] | None,
) -> tuple[str, ...]:
    """Say how many rows could not be used, and what coverage leaves out: days, rows of the days asked for, and
    countries where none in particular are asked for."""
    notes, n_lost, n_read = [], loaded.n_lost, loaded.provenance.rows_read
    if 0 < n_lost <= MOST_LOST * n_read:  # more are told wherever a word rests on the others
        notes.append(say_count("{n} [row|rows] of the table's {all} could not be used", n_lost, all=n_read))
    if uncovered:
        first, last = uncovered
        said = say(
            "the table does not cover {first} to {last}; what is computed begins after that", first=first, last=last
        )
        notes.append(said)
    if not countries:
        notes += tell_unnamed(loaded.rows["country"], loaded.coverage)
    first, last = ("date_start", "date_end") if loaded.counts is None else ("period_start", "period_end")
    rows = loaded.rows[["country", first, last]]
    wanted = rows["country"].isin(countries) if countries else pd.Series(True, index=rows.index)
    if asked.from_date:
        wanted &= rows[first].ge(day_given("from_date", asked.from_date))
    if asked.as_of:
        wanted &= rows[first].le(day_given("as_of", asked.as_of))
    notes += tell_uncovered(rows[wanted], loaded.coverage)
    return tuple(notes)


def _idle(
    loaded: IncidentTable, asked: Parameters, start: pd.Timestamp, uncovered: tuple[pd.Timestamp, pd.Timestamp] | None
) -> list[str]:
    """Say which parameters change nothing on this table; ``start`` is where its study begins."""
    told = [*loaded.idle]
    if asked.from_date and day_given("from_date", asked.from_date) < start and not uncovered:
        told.append(
            say(
                "the first day that is given, {asked}, changes nothing: the table covers the selection from {day} on",
                asked=day_given("from_date", asked.from_date), day=start,
            )
        )  # fmt: skip
    if asked.regions and not asked.region:
        told.append(say("the table of groups of countries that is given changes nothing: no group is selected"))
    return told


def _counts_left_out(
    table: pd.DataFrame, counts: pd.DataFrame, country: tuple[str, ...], start: pd.Timestamp, end: pd.Timestamp
) -> pd.DataFrame:
    """Return the rows of the countries and dates that are of types that were not selected."""
    out = ~table["row"].isin(counts["row"]) & table["period_start"].ge(start) & table["period_end"].le(end)
    if country:
        out &= table["country"].isin(country)
    return table[out].reset_index(drop=True)


def _summaries(loaded: IncidentTable, whom: dict[str, Any], chosen: dict[str, Any]) -> pd.DataFrame:
    """Return the rows that pass the selection and last more than seven days, of whatever type."""
    if not loaded.incidents["incident_kind"].eq("summary").any():
        return loaded.incidents.iloc[:0]
    of_selection = {**whom, **chosen, "event_type": ()}
    try:
        return select_attacks(loaded.incidents, kind="summary", **of_selection)
    except SelectionError:
        return loaded.incidents.iloc[:0]


def _left_out(loaded: IncidentTable, chosen: dict[str, Any]) -> pd.DataFrame:
    """Return the rows of the countries and dates that are neither of the selected types nor summaries."""
    rows = loaded.incidents
    out = _there_and_then(rows, chosen) & rows["incident_kind"].ne("summary")
    types = as_names(chosen["event_type"])
    out &= ~of_types(rows, list(types)) if types else rows["incident_kind"].ne("attack")
    return rows[out].reset_index(drop=True)


def _unsaid(loaded: IncidentTable, selection: Selection, chosen: dict[str, Any]) -> pd.DataFrame:
    """Return the attacks that a selection by attacker passes over: they name one as a party, and not who attacked."""
    rows = loaded.incidents
    held = rows["actor_a"].isin(selection.attacker) | rows["actor_b"].isin(selection.attacker)
    held &= rows["attacker"].isna() & rows["incident_kind"].eq("attack") & _there_and_then(rows, chosen)
    return rows[held].reset_index(drop=True)


def _there_and_then(rows: pd.DataFrame, chosen: dict[str, Any]) -> pd.Series:
    """Return which rows are of the places and dates selected."""
    held = rows["date_start"].between(chosen["first_day"], chosen["last_day"])
    held &= in_admin1(rows, as_names(chosen["admin1"]))
    return held & rows["country"].isin(chosen["country"]) if chosen["country"] else held


def _notes(unsaid: pd.DataFrame, selection: Selection) -> tuple[str, ...]:
    if unsaid.empty:
        return ()
    return (
        say_count(
            "[one|{n}] more [event names|events name] {names} as a party, but the publisher does not say who "
            "attacked; a selection by actor holds [it|them]",
            len(unsaid),
            names=", ".join(selection.attacker),
        ),
    )
