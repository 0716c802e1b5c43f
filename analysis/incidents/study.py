"""One question's data: the attacks selected, the span in which silence means zero, and what they are held against."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from functools import cached_property, wraps
from inspect import signature
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from analysis.incidents.boundaries import load_units
from analysis.incidents.claims import load_claims, notes_file
from analysis.incidents.counting import counted_spans, spread_evenly
from analysis.incidents.counts import (
    NEEDS_INCIDENTS,
    count_units,
    finest_level,
    periods_back,
    select_counts,
    whole_periods,
)
from analysis.incidents.coverage import common_spans, load_context
from analysis.incidents.errors import SelectionError, TableError, UnitError, UnknownCountryError
from analysis.incidents.files import FRAME_NAME
from analysis.incidents.given import checked_parameters
from analysis.incidents.load import IncidentTable, load_incidents
from analysis.incidents.names import as_names
from analysis.incidents.parameters import (
    EXAMPLE_NAME,
    UNITS,
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
from analysis.incidents.selection import in_admin1, of_types, part_of, select_attacks, unit_of
from analysis.incidents.sidefiles import MOST_JSON_BYTES, ReadFile, note_file, noting_files, read_content
from analysis.incidents.snapshots import SnapshotHistory, load_snapshots
from analysis.incidents.terms import term
from analysis.language import say, say_count, used
from analysis.resources import resource

DAY = pd.Timedelta(days=1)
EMBEDDED_TABLE = "data/sahel/incidents.csv"
EXAMPLE_TABLE = "data/example/incidents.csv"
PARQUET = (".parquet", ".pq")
P = ParamSpec("P")
R = TypeVar("R")
QUANTITIES = ("attacks", "deaths")
DEADLY_EVENTS = ("ucdp_ged", "ucdp_candidate")  # sources that count events with at least one death, by parties


@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """Checked tables cut to one selection and one as_of. Windows are half-open: ``[start, end)``.

    A study equals only itself, so that what several measures need of it can be computed once and kept.

    ``attacks`` pass the whole selection; ``incidents`` are all attacks of the same countries and dates by anyone, for
    what can only be judged on the whole table (completeness, agreement with reported waves). ``summaries`` pass the
    selection too, but last more than seven days and count in no rate; ``left_out`` are the rows of the same countries
    and dates that are of another kind. ``notes`` say what of the selection a reader should know. ``uncovered_before``
    are the first and last day of a break in coverage that ends where the study starts.
    """

    table: IncidentTable
    selection: Selection
    settings: Settings
    attacks: pd.DataFrame
    incidents: pd.DataFrame
    start: pd.Timestamp
    end: pd.Timestamp
    claim_rows: pd.DataFrame | None = None
    claim_problems: pd.DataFrame | None = None
    beside: dict[str, Path] = field(default_factory=dict)
    files_read: dict[Path, ReadFile] = field(default_factory=dict)
    label: str = ""
    snapshots: SnapshotHistory | None = None
    counts: pd.DataFrame | None = None
    summaries: pd.DataFrame | None = None
    left_out: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    uncovered_before: tuple[pd.Timestamp, pd.Timestamp] | None = None

    def __repr__(self) -> str:
        return (
            f"Study of {self.n_counted:,} {self.noun}s by {self.selection}, {self.start:%Y-%m-%d} to "
            f"{self.as_of:%Y-%m-%d}, "
            f"from {self.table.provenance.file}"
        )

    @property
    def n_counted(self) -> int:
        """How many attacks the study counts, in rows or in a table of counts."""
        return len(self.attacks) if self.counts is None else round(float(self.counts["attacks"].sum()))

    @property
    def counted_rows(self) -> pd.DataFrame:
        """The rows that are counted: attacks, or the rows of a table of counts."""
        return self.attacks if self.counts is None else self.counts

    @property
    def first_days(self) -> pd.Series:
        """The first day of each of `counted_rows`."""
        return self.counted_rows["date_start" if self.counts is None else "period_start"]

    @property
    def noun(self) -> str:
        """What one counted row is called: ``attack``, or ``deadly event`` where the publisher counts events with deaths
        and codes no roles.
        """
        if self.table.provenance.source in DEADLY_EVENTS:
            return "deadly event"
        return "event" if self.selection.event_type else "attack"

    @property
    def holds_counts(self) -> bool:
        """Whether the table holds counts of attacks by unit and period, and no incidents."""
        return self.counts is not None

    def row_numbers(self, quantity: str = "attacks") -> np.ndarray:
        """Return how many attacks, or deaths by the best estimate, each of `counted_rows` is; unstated ones none."""
        if self.counts is not None:
            return self.counts[quantity].fillna(0).to_numpy(dtype=float)
        if quantity == "attacks":
            return np.ones(len(self.attacks))
        return self.attacks["fatalities_best"].fillna(0).to_numpy(dtype=float)

    def row_spans(self) -> tuple[pd.Series, pd.Series]:
        """Return the days ``[first, end)`` over which each of `counted_rows` counts."""
        if self.counts is not None:
            return self.counts["period_start"], self.counts["period_end"]
        return counted_spans(self.attacks)

    @cached_property
    def count_period_days(self) -> int:
        """How finely attacks are dated: 1 day for incidents; 7 or about 30 days, the length of a period, for a table of
        counts.
        """
        if self.counts is None or self.counts.empty:
            return 1
        return int(((self.counts["period_end"] - self.counts["period_start"]) // DAY).median())

    def daily_counts(self, quantity: str = "attacks") -> np.ndarray:
        """Count attacks, or deaths by the best estimate, on each day of the study.

        An attack counts on its first day. One that is dated only to a month or a year is spread evenly over that month
        or year, so far as it lies inside the study: first days would heap on the first of the month. The numbers of a
        table of counts are spread evenly over the days of their periods.

        Parameters
        ----------
        quantity
            ``attacks`` or ``deaths``; deaths that nobody stated count as none.

        Returns
        -------
        numpy.ndarray
            Floats of shape (days,), the first for ``start``, the last for ``as_of``; their sum is the sum over the
            rows.

        Raises
        ------
        ValueError
            If ``quantity`` is neither of the two.
        """
        if quantity not in QUANTITIES:
            raise ValueError(f"quantity is {quantity!r}; expected one of {', '.join(QUANTITIES)}.")
        if quantity not in self._daily:
            number, spans = self.row_numbers(quantity), self.row_spans()
            self._daily[quantity] = spread_evenly(number, *spans, start=self.start, end_of_all=self.end)
            self._daily[quantity].flags.writeable = False
        return self._daily[quantity]

    @cached_property
    def kept(self) -> dict[tuple[object, ...], Any]:
        """What measures computed of this study, by function and arguments; it goes when the study goes (see
        `kept_on_study`).
        """
        return {}

    @cached_property
    def _daily(self) -> dict[str, np.ndarray]:
        return {}

    @property
    def as_of(self) -> pd.Timestamp:
        """The last day that the study looks at."""
        return self.end - DAY

    @cached_property
    def covered_end(self) -> pd.Timestamp:
        """The end (exclusive) of what the table covers, never later than the study's end."""
        spans = _spans_of(self.table, self.selection.country)
        return min(self.end, _last_before(spans, self.end)[1] + DAY)

    @property
    def window_start(self) -> pd.Timestamp:
        """The start of the trailing window, which ends with ``as_of``; of a table of counts it holds whole periods."""
        return self.end - self.settings.window_days * DAY

    @property
    def baseline_start(self) -> pd.Timestamp:
        """The start of the baseline, which ends where the window starts; of a table of counts it holds whole
        periods.
        """
        if self.counts is not None:
            return max(
                self.start,
                periods_back(self.window_start, self.settings.baseline_days, self.count_period_days, at_most=True),
            )
        return max(self.start, self.window_start - self.settings.baseline_days * DAY)

    @property
    def place(self) -> str:
        """The name of the whole selection in the ``unit`` column of results."""
        countries = self.countries
        place = ", ".join(countries) if len(countries) <= 3 else f"{len(countries)} countries"
        return f"{place} | {self.label}" if self.label else place

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries selected, or else those of the rows selected, by code."""
        return self.selection.country or tuple(sorted(self.counted_rows["country"].unique()))

    @cached_property
    def units(self) -> pd.Series:
        """Each row's (attack's or count's) place of counting, missing where it is located too roughly."""
        if self.counts is not None:
            return count_units(self.counts, self.selection.unit)
        return unit_of(self.attacks, self.selection.unit)

    def count_between(self, start: pd.Timestamp, end: pd.Timestamp, quantity: str = "attacks") -> float:
        """Return the number of attacks, or of deaths, in the days ``[start, end)`` of the study; see `daily_counts`."""
        days = self.daily_counts(quantity)
        return round(float(days[max((start - self.start) // DAY, 0) : max((end - self.start) // DAY, 0)].sum()), 6)

    def events_between(self, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """Return what happened beside in ``[start, end)``, as told by the study's table of context: ``date, text``."""
        if "context" not in self.beside:
            return pd.DataFrame({"date": pd.Series(dtype="datetime64[us]"), "text": pd.Series(dtype="str")})
        events = load_context(self.beside["context"])
        return events[events["date"].ge(start) & events["date"].lt(end)].reset_index(drop=True)

    def counted_by(self, unit: str) -> "Study":
        """Return the same study with another place of counting.

        Raises
        ------
        SelectionError
            If the table names no such places.
        """
        if self.counts is None:
            _refuse_without_units(self.attacks, unit)
        else:
            _refuse_finer(self.table.counts, unit)
        return replace(self, selection=replace(self.selection, unit=unit))

    def window_problem(self) -> str:
        """Return why the trailing window cannot be judged, or ``""`` where it can; in the study's language."""
        with used(self.settings.language):
            return self._window_problem()

    def baseline_problem(self) -> str:
        """Return why there is no baseline to compare the window with, or ``""`` where there is one."""
        with used(self.settings.language):
            return self._window_problem() or self._baseline_problem()

    def _window_problem(self) -> str:
        if self.covered_end < self.end:
            return say(
                "the days from {first} to {last} are not wholly covered: the table covers the selection to {covered}",
                first=self.window_start, last=self.as_of, covered=self.covered_end - DAY,
            )  # fmt: skip
        if self.window_start < self.start:
            return say(
                "the window of {days} days is longer than the table's history, which starts on {start}",
                days=self.settings.window_days, start=self.start,
            )  # fmt: skip
        return ""

    def _baseline_problem(self) -> str:
        days = (self.window_start - self.baseline_start) // DAY
        if days < 2 * self.settings.window_days and self.uncovered_before:
            return say(
                "the table does not cover {first} to {last}, and the baseline after that has {days} days, where a"
                " comparison needs at least twice the window ({needed} days)",
                first=self.uncovered_before[0], last=self.uncovered_before[1],
                days=max(days, 0), needed=2 * self.settings.window_days,
            )  # fmt: skip
        if days < 2 * self.settings.window_days:
            return say(
                "the baseline has {days} days, and a comparison needs at least twice the window ({needed} days)",
                days=max(days, 0), needed=2 * self.settings.window_days,
            )  # fmt: skip
        return ""

    def inputs(self) -> list[dict[str, object]]:
        """Return what was read: each file's role, name, sha256, rows and vintage, for the manifest."""
        provenance = self.table.provenance
        read: list[dict[str, object]] = [
            {
                "role": "incidents",
                "file": provenance.file,
                "sha256": provenance.sha256,
                "rows": provenance.rows_read,
                "publisher": provenance.source,
                "vintage": provenance.source_version,
            }
        ]
        for role, path in self.beside.items():
            held = self.files_read[path.absolute()]
            facts: dict[str, object] = {"role": role, "file": path.name, "sha256": held.sha256}
            # A line is a row of a table alone.
            read.append(facts if role == "boundaries" else facts | {"rows": max(held.n_lines - 1, 0)})
        return read + (self.snapshots.inputs() if self.snapshots else [])

    def split(self, by: str) -> Iterator["Study"]:
        """Yield one study for each value of ``by`` (attacker, attacker_type, target_type, ...), unknown included."""
        values = part_of(self.attacks, by).fillna("unknown")
        for value in sorted(values.unique()):
            part = self.attacks[values.eq(value)].reset_index(drop=True)
            yield replace(self, attacks=part, label=f"{by}: {value}")


def in_its_language(tell: Callable[P, R]) -> Callable[P, R]:
    """Let a function of a study say what it says in that study's language, whatever is spoken around it.

    Parameters
    ----------
    tell
        Takes a study among its arguments; the first one counts.

    Returns
    -------
    Callable
        The same function.

    Raises
    ------
    TypeError
        When it is called without a study.
    """

    @wraps(tell)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        study = next((one for one in (*args, *kwargs.values()) if isinstance(one, Study)), None)
        if study is None:
            raise TypeError(f"{tell.__name__}() takes a study, and was given none.")
        with used(study.settings.language):
            return tell(*args, **kwargs)

    return told


def kept_on_study(compute: Callable[Concatenate[Study, P], R]) -> Callable[Concatenate[Study, P], R]:
    """Let a function of a study compute once for each study and arguments, and keep the result on the study itself.

    Nothing outlives the study, and another study never meets it. What the function says is in the study's language.
    An argument that is left out is the same as its default given.

    Parameters
    ----------
    compute
        Takes a study first; its other arguments can be keys of a dict.

    Returns
    -------
    Callable
        Returns the same object each time.
    """
    taken = signature(compute)

    @wraps(compute)
    def computed_once(study: Study, *args: P.args, **kwargs: P.kwargs) -> R:
        asked = taken.bind(study, *args, **kwargs)
        asked.apply_defaults()
        key = (compute, *asked.args[1:], *asked.kwargs.values())
        if key not in study.kept:
            with used(study.settings.language):
                study.kept[key] = compute(study, *args, **kwargs)
        return study.kept[key]

    return computed_once


def source_of(table: str | Path | pd.DataFrame | IncidentTable) -> Path | pd.DataFrame | IncidentTable:
    """Return what a table is read from: ``""`` is the embedded table, ``"example"`` the made-up one, other text a
    path.
    """
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
    of.
    """
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
    raise SelectionError(
        f"{asked} is not covered: the table covers the selection to {last:%Y-%m-%d}, and tells nothing of the days "
        "after it. "
        f"Give {other}, a {term('coverage')} table, or {term('allow_uncovered')}."
    )


def _read_first(asked: Parameters) -> dict[str, Path]:
    """Return the files that say how a table is read and which countries a group has."""
    named = {"regions": asked.regions, "mapping": asked.mapping if str(asked.mapping).endswith(".toml") else ""}
    return {role: Path(path) for role, path in named.items() if path}


def _open(table: str | Path | pd.DataFrame | IncidentTable, asked: Parameters) -> Study:
    source = source_of(table)
    path = source if isinstance(source, Path) else Path(FRAME_NAME)
    of_regions = _countries_of_groups(asked)
    countries = tuple(dict.fromkeys([*asked.country, *of_regions]))
    reading: dict[str, Any] = {
        name: None if (value := getattr(asked, name)) == "" else value for name in names_of(Reading)
    }
    # Only Parquet can leave rows unread; of any other file the whole is parsed anyway, and tells more when a name is
    # refused.
    pushed = countries if path.suffix.lower() in PARQUET else ()
    if isinstance(source, IncidentTable):
        usual = defaults_of(Reading)
        if late := [name for name in names_of(Reading) if getattr(asked, name) != usual[name]]:
            raise SelectionError(
                f"{term(late[0], getattr(asked, late[0]))} says how a table is read, and this one has been read "
                "already. "
                "Give it to load_incidents, or give open_study the file itself."
            )
        loaded, path = source, source.provenance.path
    else:
        loaded = load_incidents(source, countries=pushed, **reading)
    if loaded.incidents.empty and pushed:
        loaded = load_incidents(path, **reading)
    if of_regions:  # of a group of countries those that the table has
        held = set(loaded.rows["country"])
        countries = tuple(code for code in countries if code in held or code in asked.country) or countries
    if unsaid := [code for code in countries if code not in set(loaded.coverage["country"])]:
        if loaded.counts is None:
            select_attacks(loaded.incidents, country=countries)  # names what is there
        else:
            select_counts(loaded.counts, country=countries)
        raise SelectionError(f"The coverage table says nothing of {', '.join(unsaid)}; add a row for it.")
    spans = _spans_of(loaded, countries)
    if loaded.counts is not None:
        return _open_counts(loaded, asked, spans, countries)
    first_row = loaded.incidents["date_start"].min()
    last_day = _day(asked.as_of, "as_of") if asked.as_of else spans[-1][1]
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
    _refuse_without_units(attacks, asked.unit)
    selection = Selection(
        **{name: getattr(asked, name) for name in names_of(Selection)}
        | whom
        | {"country": countries, "as_of": f"{last_day:%Y-%m-%d}"}
    )
    chosen |= {"event_type": asked.event_type, "admin1": asked.admin1}
    claims_path = Path(asked.claims) if asked.claims else path.parent / "claims.csv"
    has_claims = bool(asked.claims) or (loaded.provenance.source == "project" and claims_path.exists())
    told = None
    if has_claims:  # held against the whole table: a claim about another country is no mistake
        everywhere = load_incidents(path, **reading) if pushed else loaded
        told = load_claims(claims_path, incidents=everywhere.incidents, strict=asked.strict)
    beside = {"claims": claims_path} if has_claims else {}
    if has_claims and notes_file(claims_path).exists():
        beside["claim notes"] = notes_file(claims_path)
    for name, its_file, usual_name in (
        ("reference", asked.reference, "benchmarks.csv"), ("coverage", asked.coverage, "coverage.csv"),
        ("actors", asked.actors, "actors.csv"),
    ):  # fmt: skip
        sidecar = Path(its_file) if its_file else path.parent / usual_name
        if its_file or (loaded.provenance.source == "project" and sidecar.exists()):
            beside[name] = sidecar
    if asked.context:
        load_context(asked.context)
        beside["context"] = Path(asked.context)
    if asked.boundaries:
        load_units(asked.boundaries)  # refused now, not when a map is drawn
        beside["boundaries"] = Path(asked.boundaries)
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
        notes=_coverage_notes(loaded, countries, uncovered) + _notes(loaded, selection, attacks, chosen),
        uncovered_before=uncovered,
        claim_rows=told.claims if told else None,
        claim_problems=told.problems if told else None,
        beside=beside,
        snapshots=load_snapshots(asked.snapshots, table=loaded, countries=countries, **reading)
        if asked.snapshots
        else None,
    )


def _countries_of_groups(asked: Parameters) -> tuple[str, ...]:
    """Return the countries of the groups asked for; who means a first-order unit is told how to name one."""
    try:
        return countries_of(asked.region, asked.regions or None)
    except SelectionError as error:
        raise SelectionError(
            f"{error} A group of countries is meant; a first-order unit is {term('admin1', asked.region[0])}."
        ) from None


def _refuse_without_units(attacks: pd.DataFrame, unit: str) -> None:
    """Refuse a level at which no row can be placed: there would be nothing to count by."""
    if unit == "country" or unit_of(attacks, unit).notna().any():
        return
    what = {"admin1": "first-order units", "admin2": "second-order units", "grid": "coordinates"}[unit]
    column = "latitude" if unit == "grid" else unit
    none = attacks[column].isna().all()
    why = f"the table names no {what}" if none else f"no row is located well enough for its {what} to count"
    raise UnitError(f"{term('unit', unit)} cannot be used: {why}. Give {term('unit', 'country')}.", reason=why)


def _refuse_finer(counts: pd.DataFrame, unit: str) -> None:
    """Refuse a level that is finer than what a table counts by."""
    level = finest_level(counts)
    if UNITS.index(unit) > UNITS.index(level):
        why = f"the table counts by {level}"
        raise UnitError(f"{term('unit', unit)} cannot be used: {why}. Give {term('unit', level)}.", reason=why)


def _open_counts(
    loaded: IncidentTable, asked: Parameters, spans: list[tuple[pd.Timestamp, pd.Timestamp]], countries: tuple[str, ...]
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
    _refuse_finer(loaded.counts, asked.unit)
    counts = select_counts(
        loaded.counts,
        country=countries,
        admin1=asked.admin1,
        event_type=asked.event_type,
        overlapping=loaded.overlapping_types,
    )
    last_day = _day(asked.as_of, "as_of") if asked.as_of else spans[-1][1]
    first_day, uncovered = _start(spans, last_day + DAY, asked)
    # Its edges are those of the whole table, so that a quiet end of a selection counts as zero.
    start, end = whole_periods(loaded.counts, first_day, min(last_day, _last_before(spans, last_day + DAY)[1]) + DAY)
    period_days = int(((counts["period_end"] - counts["period_start"]) // DAY).median())
    notes = [*_coverage_notes(loaded, countries, uncovered)]
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
    beside = {
        role: Path(named)
        for role in ("reference", "coverage", "context", "boundaries")
        if (named := getattr(asked, role))
    }
    if asked.context:
        load_context(asked.context)
    return Study(
        table=loaded,
        selection=replace(selection, as_of=f"{end - DAY:%Y-%m-%d}"),
        settings=replace(settings, window_days=window_days),
        attacks=loaded.incidents,
        incidents=loaded.incidents,
        start=start,
        end=end,
        beside=beside,
        counts=counts[inside].reset_index(drop=True),
        summaries=loaded.incidents,
        left_out=_counts_left_out(loaded.counts, counts, countries, start, end),
        notes=tuple(notes),
        uncovered_before=uncovered,
    )


def _spans_of(loaded: IncidentTable, countries: tuple[str, ...]) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the spans in which all countries asked for are covered; of none, or none that it names, all of a table."""
    coverage = loaded.coverage
    named = coverage[coverage["country"].isin(countries)]
    spans = common_spans(coverage if named.empty else named)
    if not spans:
        raise SelectionError(
            f"By the {term('coverage')} table no day is covered in all of"
            f" {', '.join(countries or sorted(coverage['country'].unique()))}. Select countries that are covered at one"
            " time."
        )
    return spans


def _last_before(
    spans: list[tuple[pd.Timestamp, pd.Timestamp]], end: pd.Timestamp
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the last span that begins before a day, or the first of all."""
    return [span for span in spans if span[0] < end or span == spans[0]][-1]


def _start(
    spans: list[tuple[pd.Timestamp, pd.Timestamp]], end: pd.Timestamp, asked: Parameters
) -> tuple[pd.Timestamp, tuple[pd.Timestamp, pd.Timestamp] | None]:
    """Return the first day of a study, and the break in coverage that ends there, if there is one.

    A history goes back to the last break at most: no day without a row can pass for a calm one, and no measure has to
    know of breaks.
    """
    span = _last_before(spans, end)
    since = _day(asked.from_date, "from_date") if asked.from_date else span[0]
    at = spans.index(span)
    return max(span[0], since), (spans[at - 1][1] + DAY, span[0] - DAY) if at and since <= span[0] else None


def _coverage_notes(
    loaded: IncidentTable, countries: tuple[str, ...], uncovered: tuple[pd.Timestamp, pd.Timestamp] | None
) -> tuple[str, ...]:
    """Say what a coverage table leaves out: days, and countries where none in particular are asked for."""
    notes = []
    if uncovered:
        first, last = uncovered
        said = say(
            "the table does not cover {first} to {last}; what is computed begins after that", first=first, last=last
        )
        notes.append(said)
    rows = loaded.rows["country"]
    if not countries and (unsaid := sorted(set(rows.dropna()) - set(loaded.coverage["country"]))):
        names = ", ".join(map(country_name, unsaid))
        n = int(rows.isin(unsaid).sum())
        notes.append(
            say_count(
                "the coverage table does not name {names}, where {n} row is counted as if covered like the others",
                "the coverage table does not name {names}, where {n} rows are counted as if covered like the others",
                n, names=names,
            )
        )  # fmt: skip
    return tuple(notes)


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
    out = rows["date_start"].between(chosen["first_day"], chosen["last_day"]) & rows["incident_kind"].ne("summary")
    if chosen["country"]:
        out &= rows["country"].isin(chosen["country"])
    out &= in_admin1(rows, as_names(chosen["admin1"]))
    types = as_names(chosen["event_type"])
    out &= ~of_types(rows, list(types)) if types else rows["incident_kind"].ne("attack")
    return rows[out].reset_index(drop=True)


def _notes(
    loaded: IncidentTable, selection: Selection, attacks: pd.DataFrame, chosen: dict[str, object]
) -> tuple[str, ...]:
    """Say where a selection by attacker passes over events whose roles the publisher does not code."""
    if not selection.attacker:
        return ()
    rows = loaded.incidents
    party = rows["actor_a"].isin(selection.attacker) | rows["actor_b"].isin(selection.attacker)
    held = party & rows["attacker"].isna() & rows["incident_kind"].eq("attack")
    held &= rows["date_start"].between(chosen["first_day"], chosen["last_day"])
    if chosen["country"]:
        held &= rows["country"].isin(chosen["country"])
    unsaid = int(held.sum())
    if not unsaid:
        return ()
    names = ", ".join(selection.attacker)
    return (
        say_count(
            "one more event names {names} as a party, but the publisher does not say who attacked; a selection by "
            "actor holds it",
            "{n} more events name {names} as a party, but the publisher does not say who attacked; a selection by "
            "actor holds "
            "them",
            unsaid,
            names=names,
        ),
    )


def _day(text: str, name: str) -> pd.Timestamp:
    try:  # 01/02/2024 is two days, and 2024 is 366
        return pd.Timestamp(date.fromisoformat(text.strip())).as_unit("us")
    except ValueError:
        raise SelectionError(f"{term(name, text)} is not a date; write it as 2025-07-01.") from None
