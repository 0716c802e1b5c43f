"""From a file to the canonical table: nothing mended, nothing lost, every case recorded."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.incidents.actors import Actors, is_unknown, load_actors
from analysis.incidents.canonical import COLUMNS, SOURCES, SUMMARY_DAYS, VOCABULARIES
from analysis.incidents.cells import STR, Cells, Coded
from analysis.incidents.columns import fitting, identify
from analysis.incidents.contract import check_incidents
from analysis.incidents.counting import DAY
from analysis.incidents.counts import COUNT_COLUMNS, NEEDS_INCIDENTS, read_counts
from analysis.incidents.coverage import (
    assumed_coverage,
    broken_off,
    load_coverage,
    load_reference,
    newest_day,
    range_in_name,
)
from analysis.incidents.dates import year_of_titles
from analysis.incidents.errors import TableError
from analysis.incidents.files import FileState, Layout, RawTable, TableFile, open_frame, open_table
from analysis.incidents.guessing import ids_again, n_named, of_a_person
from analysis.incidents.names import first_few
from analysis.incidents.parameters import Reading, parameters_of
from analysis.incidents.places import most_written, spelled_alike, to_iso3_list
from analysis.incidents.printing import printable
from analysis.incidents.problems import BLANKED, KEPT, SET_ASIDE, ProblemLog, summarise_problems
from analysis.incidents.reasons import (
    A_COPY,
    AN_OLDER_VERSION,
    DISORDERED,
    HEADER_AGAIN,
    IDS_DIFFER,
    IS_MISSING,
    LAST_DIGITS_LOST,
    OTHER_WIDTH,
    SAID_ELSEWHERE,
)
from analysis.incidents.selection import bare_unit
from analysis.incidents.sources import Publisher
from analysis.incidents.terms import placeholder, term
from analysis.incidents.whereabouts import with_units
from analysis.language import few, message, say, short_day
from analysis.resources import real_path, side_by_side

# More of a table's rows than this that are set aside leave no verdict and no alarm sure.
MOST_LOST = 0.1
ID_AGAIN = message(
    "the same {column} stands in several rows: where a row is a report, a source or a side of an event, leave one row "
    "for each, or events are counted more than once"
)
# How a line below a table is told that has no delimiter.
ONE_FIELD = OTHER_WIDTH.format(n=1, width=0)[:-1]
# A date this far from the middle half of so many others is kept, and told.
FAR_DAYS, FEW_DAYS = 20 * 365, 10
BROKEN_OFF = message(
    "{country}: the last row is of {day}, {n} days before the table's last, at least three times as long as any "
    "silence of two years before: rows are taken to be missing, and no later day is covered; if nothing happened, "
    "give a coverage table"
)
MOST_BROKEN = 3
_SHIFT = 1_000_000  # days, on both sides of 1970
# The rows that a sheet has, in old and in new workbooks.
_LAST_ROWS = (65_536, 1_048_576)
# What speaks of days after that on which it is read.
DAYS_TO_COME = message(
    "rows dated after the day of reading: {n} (rows {rows}; first {day}); no day after it is covered: check for typing "
    "errors"
)
PERIODS_TO_COME = message(
    "rows whose period is not over on the day of reading: {n} (rows {rows}; first to {day}); no such period is covered"
)


@dataclass(frozen=True)
class Provenance:
    """Where a table came from and what became of its rows: ``rows_read = rows_kept + rows_rejected``."""

    file: str
    path: Path
    n_bytes: int
    digest: Callable[[], str] = field(repr=False, compare=False)  # made beside other work
    source: str
    source_version: str | None
    encoding: str
    rows_read: int
    rows_kept: int
    rows_rejected: int
    cells_blanked: int
    columns_read: tuple[str, ...]
    selection_pushed: str = ""
    warnings: tuple[str, ...] = ()
    of_a_person: tuple[str, ...] = ()  # columns, where a row looks like one person

    @property
    def sha256(self) -> str:
        """The sha256 of what was read, in hexadecimal."""
        return self.digest()


@dataclass(frozen=True)
class IncidentTable:
    """A checked incident table.

    Attributes
    ----------
    incidents
        ``canonical.COLUMNS``, in the file's order.
    problems
        ``canonical.PROBLEM_COLUMNS``: one row for each case, by row.
    provenance
        See `Provenance`.
    coverage
        ``canonical.COVERAGE_COLUMNS``.
    reference
        ``canonical.REFERENCE_COLUMNS``, or ``None``.
    counts
        ``counts.COUNT_COLUMNS`` where the table holds counts by unit and period, else ``None``; ``incidents`` is then
        empty.
    overlapping_types
        Whether the counts' types of events overlap, so that they must not be added up.
    deaths_refused
        Numbers of the rows (``row``) of which a figure of deaths was blanked.
    actors
        Who is who: the shipped table of actors with the user's own before it.
    idle
        What of the arguments changed nothing in how it was read, in words.
    read_from, read_with
        The file or DataFrame that all of it was read from, and the arguments that said how; ``None`` where a part was
        read.
    """

    incidents: pd.DataFrame
    problems: pd.DataFrame
    provenance: Provenance
    coverage: pd.DataFrame
    reference: pd.DataFrame | None = None
    counts: pd.DataFrame | None = None
    overlapping_types: bool = False
    deaths_refused: frozenset[int] = frozenset()
    actors: Actors = field(default_factory=load_actors, repr=False)
    idle: tuple[str, ...] = ()
    read_from: Path | pd.DataFrame | None = field(default=None, repr=False)
    read_with: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def rows(self) -> pd.DataFrame:
        """What the table holds: incidents, or counts by unit and period."""
        return self.incidents if self.counts is None else self.counts

    @property
    def lost_rows(self) -> np.ndarray:
        """The numbers of the rows that were set aside and that no other row says again; what lacks a day and more, as
        a line below a table does, is no row of it."""
        gone = self.problems[self.problems["action"].eq(SET_ASIDE)]
        blank = gone["reason"].eq(IS_MISSING) & gone["row"].duplicated(keep=False)
        none = blank | gone["reason"].isin(SAID_ELSEWHERE) | gone["reason"].str.startswith(ONE_FIELD)
        return np.setdiff1d(gone["row"], gone.loc[none, "row"])

    @property
    def n_lost(self) -> int:
        """How many rows were set aside that no other row says again."""
        return len(self.lost_rows)


def load_incidents(
    path: str | Path | pd.DataFrame,
    *,
    source: str = "auto",
    strict: bool = False,
    mapping: Mapping[str, str] | str | Path | None = None,
    countries: Iterable[str] = (),
    first_day: str | pd.Timestamp | None = None,
    last_day: str | pd.Timestamp | None = None,
    actors: str | Path | None = None,
    coverage: str | Path | None = None,
    reference: str | Path | None = None,
    sheet: str | None = None,
    header_row: int = 0,
    count: str | None = None,
    day_first: bool = False,
    month_first: bool = False,
) -> IncidentTable:
    """Read an incident table of any known publisher, or a plain one through a mapping.

    Parameters
    ----------
    path
        CSV, TSV (also gzip or zip), Parquet, Excel, ODS or JSON records; or a pandas DataFrame, held to the same
        contract.
    source
        One of ``canonical.SOURCES``; ``auto`` tells the publisher by the columns.
    strict
        Refuse the table at its first problem instead of recording it.
    mapping
        For a plain table: canonical names (or the short words of `sources.plain.ALIASES`) to column names; a mapping,
        ``"date=when,country=land"``, or the path of a TOML file. ``"country==MLI"`` gives one country to all rows.
    countries, first_day, last_day
        Read only these (inclusive days). In Parquet files the selection is pushed into the reading.
    actors
        A table of actors that adds to the shipped one and goes before it; see `load_actors`.
    coverage, reference
        Files; see `load_coverage` and `load_reference`. Beside a table in the project's own format ``coverage.csv``,
        ``benchmarks.csv`` and ``actors.csv`` are found by themselves.

    sheet, header_row
        The sheet of a workbook and the row of the header, the first being 1; by default those that have the mapped
        columns or a publisher's are found. A ``header_row`` of -1: there is none, and columns are called ``column_1``,
        ``column_2``, ...
    count
        The column of counts of a mapped table of counts (unit, period, number); ``none``: it is a list of single
        events, whatever a column is called.
    day_first, month_first
        How to read ``05/03/2024``; default: the column's other dates decide.

    Returns
    -------
    IncidentTable
        Rows read are rows kept plus rows set aside, always. Of a table of counts ``incidents`` is empty and ``counts``
        holds the rows.

    Raises
    ------
    TableError
        If the file is no table, its publisher is unknown, a needed column is missing, nothing in it is usable, or,
        under ``strict``, anything is wrong with it.
    """
    told = {
        "source": source, "strict": strict, "mapping": mapping, "actors": actors, "coverage": coverage,
        "reference": reference, "sheet": sheet,
        "header_row": header_row, "count": count, "day_first": day_first, "month_first": month_first,
    }  # fmt: skip
    _refuse_wrong(told)
    layout = Layout(sheet or "", header_row, fitting(source, mapping, count or ""), n_named)
    file = open_frame(path) if isinstance(path, pd.DataFrame) else open_table(path, layout)
    publisher, names, constants = identify(file, source, mapping, count or "")
    beside = _beside(file.path) if publisher.files_beside else {}
    known_actors = load_actors(actors or beside.get("actors"))
    texts = [names[name] for name in publisher.texts if name in names]
    numbers = [names[name] for name in publisher.numbers if name in names]
    wanted = _Wanted(to_iso3_list(countries), _day(first_day), _day(last_day))
    if day_first and month_first:
        both = f"{term('day_first')} and {term('month_first')}"
        raise TableError(f"{both} exclude each other; give one of them.", path=file.path)
    order = True if day_first else False if month_first else None
    keep, whole = _push(file, publisher, names, wanted, order) if file.pushes_selection and wanted else (None, None)
    raw = _without_repeated_headers(file.read(texts, numbers, keep), [*texts, *numbers])
    file.refuse_changed()
    digest = cast(FileState, file.state).hashed()
    cells, columns = _read(raw, publisher, names, constants, known_actors, order, year_of_titles(file.titles))
    log = cells.log
    _refuse_other_headers(file, raw, log, {*names.values()})
    counted = None
    if publisher.holds_counts:
        counted = read_counts(cells, columns, overlapping=publisher.overlapping_types)
        cells.notes += counted.notes
        frame = counted.frame.assign(date_start=counted.frame["period_start"])
    else:
        frame = _incident_frame(cells, columns, publisher, names, texts + numbers, lambda: _stamps(file, cells, keep))
        if source == "auto" and publisher.which is not None:
            publisher = publisher.which(cells, file.path)
        frame["source"] = pd.Categorical([publisher.name], categories=SOURCES).repeat(len(frame))
    again = ids_again(file, names.values()) if publisher.name == "plain" else []
    file.refuse_changed()  # versions of rows were told by another reading
    lost = log.set_aside
    kept = frame[~lost].reset_index(drop=True)
    problems = log.frame(raw.lost)
    n_read = len(raw.row) + len(raw.lost)
    _refuse(file, problems, n_read, len(kept), () if len(kept) else raw.notes, strict=strict)
    if strict and counted is None:
        check_incidents(kept)
    kept, outside = wanted.cut(kept)
    needed = ["country", "date_start", *(() if counted is None else ("period_end", "attacks"))]
    spoken = frame.loc[~lost, needed].set_axis(frame.loc[~lost, "row"]) if whole is None or counted else whole
    covered, first, last, odd_days = _days_told(file, publisher, kept, spoken, coverage or beside.get("coverage"))
    version = publisher.version(_telling(file.path), first, last) if publisher.version is not None else None
    warnings = [
        *raw.notes,
        *cells.notes,
        *(_cut_off(publisher, raw) if keep is None else ()),
        *(_unmet_actors(known_actors, actors) if counted is None else ()),
        *odd_days,
        *(_regular_dates(kept) if counted is None else ()),
        *(_once_each(kept, names) if counted is None else ()),
        *(say(ID_AGAIN, column=name) for name in again),
        *([say("release {version}", version=version)] if version and "inferred" in version else []),
        *([say("rows outside the selection, left out: {n}", n=outside)] if outside else []),
    ]
    state = cast(FileState, file.state)  # whoever opens a table keeps it
    provenance = Provenance(
        file=file.path.name,
        path=file.path.resolve(),
        n_bytes=state.n_bytes,
        digest=digest,
        source=publisher.name,
        source_version=version,
        encoding=file.encoding,
        rows_read=n_read,
        rows_kept=n_read - int(lost.sum()) - len(raw.lost),
        rows_rejected=int(lost.sum()) + len(raw.lost),
        cells_blanked=int(problems["action"].eq(BLANKED).sum()),
        columns_read=tuple(texts + numbers),
        selection_pushed=wanted.words if keep is not None else "",
        warnings=tuple(map(printable, warnings)),
        of_a_person=tuple(map(printable, of_a_person(file.header))) if publisher.name == "plain" else (),
    )
    return IncidentTable(
        incidents=_placed(kept) if counted is None else no_incidents(),
        counts=None if counted is None else kept[list(COUNT_COLUMNS)],
        overlapping_types=counted is not None and counted.overlapping,
        problems=problems,
        provenance=provenance,
        deaths_refused=frozenset(
            problems.loc[
                problems["action"].eq(BLANKED) & problems["column"].isin(map(printable, cells.of_deaths)), "row"
            ]
        ),
        coverage=covered,
        reference=load_reference(chosen) if (chosen := reference or beside.get("reference")) else None,
        actors=known_actors,
        idle=_idle(cells, actors, counts=counted is not None),
        read_from=None if wanted else path if isinstance(path, pd.DataFrame) else file.path,
        read_with={name: value for name, value in told.items() if value},
    )


def _cut_off(publisher: Publisher, raw: RawTable) -> list[str]:
    """Return that a table ends where a spreadsheet does, or a page of its publisher's interface, and may go on."""
    n, last = len(raw.row) + len(raw.lost), int(raw.row[-1]) if len(raw.row) else 0
    said = []
    if last in _LAST_ROWS:
        said.append(say("the table ends at row {row}, the last that a sheet has: rows may be missing", row=last))
    if n and n == publisher.page_rows:
        said.append(
            say(
                "the table has {n} rows, as many as its publisher gives at once unless it is asked for more: others may"
                " be missing",
                n=n,
            )
        )
    return said


def _refuse_wrong(told: Mapping[str, object]) -> None:
    """Refuse arguments of a reading that are of another kind, or out of range."""
    for one in parameters_of(Reading):
        value = told[one.name]
        if value is None or one.name == "source":  # of which more can be said
            continue
        if wrong := one.wrong_kind(value):
            raise TableError(f"{term(one.name, value)}: expected {wrong}.")
        if problem := one.problem(value):
            raise TableError(f"{term(one.name, value)}: {problem}.")


def _placed(incidents: pd.DataFrame) -> pd.DataFrame:
    """Return incidents with the units of rows that name none, where others name theirs: in whatever is counted by unit
    a row lies where maps draw it."""
    return with_units(incidents) if incidents["admin1"].notna().any() else incidents


def _without_repeated_headers(raw: RawTable, columns: list[str]) -> RawTable:
    """Set aside rows that repeat the header, as where files were put one under the other."""
    texts = [name for name in columns if name in raw.columns and not pa.types.is_floating(raw.columns[name].type)]
    if len(texts) < 2 or len(raw.row) == 0:
        return raw
    repeated = np.ones(len(raw.row), dtype=bool)
    for name in texts:
        column = raw.columns[name]
        coded = pa.types.is_dictionary(column.type)
        written = column.dictionary if coded else column
        if not (pa.types.is_large_string(written.type) or pa.types.is_string(written.type)):
            return raw
        plain = pa.compute.utf8_trim(pa.compute.utf8_lower(written), " \ufeff")
        same = pa.compute.equal(plain, pa.scalar(name.strip().lower(), plain.type))
        repeated &= (same.take(column.indices) if coded else same).fill_null(False).to_numpy(zero_copy_only=False)
        if not repeated.any():
            return raw
    lost = [(int(row), "(whole row)", texts[0], HEADER_AGAIN, SET_ASIDE) for row in raw.row[repeated]]
    kept = raw.keep(~repeated)
    return RawTable(kept.columns, kept.row, (*raw.lost, *lost), raw.notes)


def _refuse_other_headers(file: TableFile, raw: RawTable, log: ProblemLog, mapped: set[str]) -> None:
    """Refuse a table in which a second header names its columns in another order, as where files were put together by
    position: rows below it would be read under the wrong names. Such a header is no usable row."""
    at = np.flatnonzero(log.set_aside)
    n_names, over = np.zeros(len(at), dtype=int), np.full(len(at), "", dtype=object)
    for name, column in raw.columns.items():
        cells = column.take(pa.array(at))
        cells = cells.dictionary_decode() if pa.types.is_dictionary(cells.type) else cells
        if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
            n_names += _is_one_of(cells, mapped)
            over[_is_one_of(cells, {*file.header} - {name, ""})] = name
    headers = np.flatnonzero((n_names >= 2) & (over != ""))
    if len(headers) == 0:
        return
    first = headers[0]
    found = raw.columns[over[first]][int(at[first])].as_py()
    raise TableError(
        f"{file.path.name}: row {raw.row[at[first]]} is a second header, in another order: {found!r} stands under"
        f" {over[first]!r}, and the rows below it would be read under the wrong names. Bring the columns of all parts"
        " into one order, or give each part as a table of its own.",
        path=file.path,
    )


def _is_one_of(cells: pa.Array, names: set[str]) -> np.ndarray:
    return pa.compute.is_in(cells, value_set=pa.array(sorted(names), cells.type)).to_numpy(zero_copy_only=False)


@dataclass(frozen=True)
class _Wanted:
    """The part of a table that is asked for."""

    countries: tuple[str, ...]
    first_day: pd.Timestamp | None
    last_day: pd.Timestamp | None

    def __bool__(self) -> bool:
        return bool(self.countries) or self.first_day is not None or self.last_day is not None

    def holds(self, frame: pd.DataFrame) -> pd.Series:
        held = frame["country"].isin(self.countries) if self.countries else pd.Series(True, index=frame.index)
        if self.first_day is not None:
            held &= frame["date_start"].ge(self.first_day)
        if self.last_day is not None:
            held &= frame["date_start"].le(self.last_day)
        return held

    def cut(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
        if not self:
            return frame, 0
        held = self.holds(frame)
        return frame[held].reset_index(drop=True), int((~held).sum())

    @property
    def words(self) -> str:
        days = [f"{day:%Y-%m-%d}" if day is not None else "" for day in (self.first_day, self.last_day)]
        return f"{', '.join(self.countries) or 'all countries'}, {days[0]} to {days[1]}"


def _push(
    file: TableFile, publisher: Publisher, names: dict[str, str], wanted: _Wanted, day_first: bool | None
) -> tuple[np.ndarray | None, pd.DataFrame | None]:
    """Read only what the selection needs; tell which rows to read on, and countries and days of the whole table.

    All rows are read on where those that are wanted would by themselves be read as other days or countries: of
    ``05/03/2024`` or ``202403`` the rest of the column tells what is meant.
    """
    few = [
        names[name]
        for name in publisher.texts
        if name in names and ("date" in name or "country" in name or name in _DATE_PARTS)
    ]
    if publisher.date not in names:
        return None, None
    judged = {name: column for name, column in names.items() if column in few}
    dates = [name for name in dict.fromkeys((publisher.date, "date_end")) if name in judged]

    def read(raw: RawTable) -> tuple[Cells, Coded, list[np.ndarray]]:
        cells = Cells(raw, ProblemLog(raw.row), judged, day_first=day_first)
        days = [cells.days(name, required=name == publisher.date) for name in dates]
        country, _ = cells.country(publisher.country, number="country_id" if "country_id" in names else "", kind="gw")
        return cells, country, days

    id_of = next((names[name] for name in _ID_NAMES if name in names), None)
    raw = file.read([*few, *([id_of] if id_of else [])], [])
    cells, country, days = read(raw)
    frame = pd.DataFrame({"country": country.text(), "date_start": days[0]})
    usable = ~cells.log.set_aside
    # Rows that cannot be judged are read on, so that they are recorded as problems.
    keep = (wanted.holds(frame) | ~usable).to_numpy()
    if not (keep & usable).any():
        return None, None
    # Another version of a row tells whether it counts.
    if id_of and not _all_different(ids := pd.Series(raw.columns[id_of].to_pandas(), dtype="object")):
        keep = keep | (ids.isin(ids[keep]) & ids.notna()).to_numpy()
    _, of_part, days_of_part = read(raw.keep(keep))
    alike = all(
        np.array_equal(part, whole[keep], equal_nan=True) for part, whole in zip(days_of_part, days, strict=True)
    )
    if not alike or not of_part.text().equals(country.text()[keep]):
        return None, None
    return keep, frame[usable].set_axis(raw.row[usable])


_DATE_PARTS = ("iyear", "imonth", "iday", "iso", "iso3")


def _read(
    raw: RawTable,
    publisher: Publisher,
    names: dict[str, str],
    constants: dict[str, str],
    actors: Actors,
    day_first: bool | None,
    year: str,
) -> tuple[Cells, dict[str, object]]:
    if constants:
        n = len(raw.row)
        columns = dict(raw.columns)
        for name, value in constants.items():
            columns[f"={name}"] = pa.array([value] * n, pa.string())
            names = names | {name: f"={name}"}
        raw = RawTable(columns, raw.row, raw.lost, raw.notes)
    cells = Cells(raw, ProblemLog(raw.row), names, day_first=day_first, year=year)
    columns = publisher.read(cells, actors)
    cells.note_ways_of_writing()
    if not publisher.holds_counts:  # of counts, those without a unit are the whole country's
        columns = _without_unknown_places(columns, cells.notes)
    _note_damaged_names(columns, cells.notes)
    return cells, _spelled_alike(columns, cells.notes)


def _without_unknown_places(columns: dict[str, object], notes: list[str]) -> dict[str, object]:
    """Return the columns with no place where one is called ``Unknown``, ``-`` or alike, which would count as a place of
    its own; say so."""
    for name in ("admin1", "admin2", "locality"):
        if not isinstance(column := columns.get(name), Coded):
            continue
        unknown = [value for value in column.values if is_unknown(value)]
        if unknown:
            of_rows = column.test(unknown.__contains__)
            columns = columns | {name: column.where(~of_rows)}
            notes.append(
                say(
                    "rows whose place ({column}) is called {names}, which was read as no place: {n}",
                    column=name,
                    names=few(map(repr, sorted(unknown)), 5),
                    n=int(of_rows.sum()),
                )
            )
    return columns


# Columns of names; those of parties go together, as a party is the same whichever column names it.
_NAMES = (
    ("admin1",), ("admin2",), ("locality",), ("attacker", "target_actor", "actor_a", "actor_b"), ("event_type",),
    ("sub_event_type",), ("target_type",), ("tactic",),
)  # fmt: skip


# What a letter becomes that an encoding lacks or that a web page wrote.
_DAMAGE = re.compile(r"\ufffd|[^\W\d]\?[^\W\d]|&(#\d+|[A-Za-z]+);")


def _is_damaged(name: str) -> bool:
    """Tell whether a name lost letters where it was saved, or is UTF-8 that was read as Windows-1252.

    Examples
    --------
    >>> [_is_damaged(name) for name in ("SÃ©gou", "S?gou", "S&eacute;gou", "Ségou", "who?")]
    [True, True, True, False, False]
    """
    try:
        misread = not name.isascii() and bool(name.encode("cp1252").decode())
    except UnicodeError:
        misread = False
    return misread or bool(_DAMAGE.search(name))


def _idle(cells: Cells, actors: str | Path | None, *, counts: bool) -> tuple[str, ...]:
    """Say which of the arguments of a reading changed nothing."""
    told = []
    if not cells.order_matters:
        told.append(
            say("the order of day and month that is given changes nothing: all dates are read alike without it")
        )
    if actors and counts:
        told.append(say("the table of actors that is given changes nothing: {reason}", reason=say(NEEDS_INCIDENTS)))
    return tuple(told)


def _unmet_actors(known: Actors, path: str | Path | None) -> list[str]:
    """Tell which rows of a user's table of actors meant nobody: a name that is spelled otherwise, or several in one."""
    file, told = Path(str(path)).name, []
    if path and (unmet := known.unmet()):
        told.append(
            say(
                "{n} of {of} actors of {file} are in no row that was read: {names}",
                n=len(unmet), of=len(known.own), file=file, names=first_few(unmet),
            )
        )  # fmt: skip
    if path and (unparted := known.unparted()):
        told.append(
            say(
                "aliases of {file} that are in no row, while a name between their commas or strokes is: {names}; part"
                " several names with |",
                file=file, names=first_few(list(map(repr, unparted))),
            )
        )  # fmt: skip
    return told


def _note_damaged_names(columns: dict[str, object], notes: list[str]) -> None:
    coded = [value for names in _NAMES for name in names if isinstance(value := columns.get(name), Coded)]
    damaged = sorted({name for column in coded for name in column.values if _is_damaged(name)})
    if damaged:
        notes.append(
            say(
                "names whose letters were damaged where they were saved, which are not the same as those written"
                " rightly ({names}): {n}; save the file they come from as UTF-8",
                names=first_few(list(map(repr, damaged))),
                n=len(damaged),
            )
        )
    holed = sorted({name for column in coded for name in column.values if "\0" in name})
    if holed:
        notes.append(
            say(
                "names with zero bytes in them: {n} ({names})",
                names=first_few([repr(name.replace("\0", "")) for name in holed]),
                n=len(holed),
            )
        )


def _spelled_alike(columns: dict[str, object], notes: list[str]) -> dict[str, object]:
    """Return the columns with names that differ in case, accents or spaces alone written as most rows write them, so
    that each counts once; say which."""
    told: list[str] = []
    for names in _NAMES:
        coded = {name: value for name in names if isinstance(value := columns.get(name), Coded)}
        bare = bare_unit if names[0].startswith("admin") else str
        usual = {value: value for column in coded.values() for value in column.values}
        several = spelled_alike(usual, bare)
        if not several:
            continue
        n_rows: Counter[str] = Counter()
        for column in coded.values():
            times = np.bincount(column.codes[column.codes >= 0], minlength=len(column.values))
            n_rows.update(dict(zip(column.values, times.tolist(), strict=True)))
        for group in several:
            most, others = most_written(group, n_rows)
            usual |= dict.fromkeys(others, most)
            told.append(say("{name} for {others}", name=most, others=", ".join(others)))
        columns = columns | {name: column.map(usual.get) for name, column in coded.items()}
    if told:
        notes.append(
            say(
                "names that differ in case, accents or spaces alone were taken as one: {n} ({examples})",
                n=len(told),
                examples=first_few(told, 3, between="; "),
            )
        )
    return columns


def _incident_frame(
    cells: Cells,
    columns: dict[str, object],
    publisher: Publisher,
    names: dict[str, str],
    read: list[str],
    stamps: Callable[[], pd.Series | None],
) -> pd.DataFrame:
    """Lay a table of incidents out canonically and set aside what stands twice."""
    ids = _ids(cells, columns)
    _set_aside_duplicates(cells, ids, read, stamps)
    frame = _check_order(_frame(columns, ids, cells), cells, names)
    return _part_summaries(frame, by_publisher=publisher.dates_are_spans)


def no_incidents() -> pd.DataFrame:
    """Return an incident table without rows."""
    empty = {
        name: pd.Categorical([], categories=VOCABULARIES[name]) if dtype == "category" else pd.Series([], dtype=dtype)
        for name, dtype in COLUMNS.items()
    }
    return pd.DataFrame(empty)


def _ids(cells: Cells, columns: dict[str, Any]) -> pd.Series:
    ids = columns.pop("incident_id")
    if ids is None:
        cells.notes.append(say("the table has no ids: they were made from row numbers, and hold only for this file"))
        return pd.Series([f"row-{row}" for row in cells.raw.row], dtype="str")
    series = pd.Series(STR.__from_arrow__(ids)) if len(ids) else pd.Series([], dtype="str")
    name = next(cells.names[key] for key in _ID_NAMES if key in cells)
    missing = np.flatnonzero(series.isna() | series.eq(""))
    cells.log.add(missing, name, [""] * len(missing), IS_MISSING, SET_ASIDE)
    # A spreadsheet writes a long number as 2.02403E+11, and many ids become one.
    signed = np.flatnonzero(series.str.contains("+", regex=False).fillna(False).astype(bool))
    shortened = signed[series.iloc[signed].str.fullmatch(r"\d(?:[.,]\d+)?[eE]\+\d+").to_numpy(dtype=bool)]
    if len(shortened):
        cells.log.add(shortened, name, series.iloc[shortened].tolist(), LAST_DIGITS_LOST, BLANKED)
        series = series.copy()
        series.iloc[shortened] = [f"row-{row}" for row in cells.raw.row[shortened]]
    return series


def _set_aside_duplicates(
    cells: Cells, ids: pd.Series, read: list[str], stamps: Callable[[], pd.Series | None]
) -> None:
    """Keep the first of identical copies of an id and the latest of its versions; without times set aside all rows that
    share an id and differ.
    """
    if _all_different(ids):
        return
    twice = np.flatnonzero(ids.duplicated(keep=False) & ids.notna() & ~cells.log.set_aside)
    if len(twice) == 0:
        return
    chosen = pa.array(twice)
    content = pd.DataFrame({name: list(map(str, cells.raw.columns[name].take(chosen).to_pylist())) for name in read})
    id_of = ids.iloc[twice].reset_index(drop=True)
    name = next((cells.names[key] for key in _ID_NAMES if key in cells), "id")
    versions = content.assign(_id=id_of).drop_duplicates().groupby("_id").size()
    differ = id_of.map(versions).gt(1)
    older = pd.Series(False, index=id_of.index)
    if differ.any() and (stamp := stamps()) is not None:
        when = stamp.iloc[twice].reset_index(drop=True)
        latest = when.groupby(id_of).transform("max")
        at_latest = when.eq(latest)
        # Of several that are the latest the first stands for all where they are alike.
        n_latest = content.assign(_id=id_of)[at_latest].drop_duplicates().groupby("_id").size()
        told = differ & when.notna().groupby(id_of).transform("all") & id_of.map(n_latest).eq(1)
        older = told & ~at_latest
        differ &= ~told
    copies = id_of.where(~older).duplicated() & ~differ & ~older
    for which, reason in (
        (differ, IDS_DIFFER),
        (older, AN_OLDER_VERSION),
        (copies, A_COPY),
    ):
        rows = np.flatnonzero(which.to_numpy())
        cells.log.add(twice[rows], name, id_of.iloc[rows].tolist(), reason, SET_ASIDE)


_ID_NAMES = ("incident_id", "id", "event_id_cnty", "eventid")


def _stamps(file: TableFile, cells: Cells, keep: np.ndarray | None) -> pd.Series | None:
    """Return when each row was last changed, as a number that grows with time; none where no column says it."""
    column = next(
        (name for name in file.header if name.strip().casefold() in ("timestamp", "updated_at", "last_updated")), None
    )
    column = cells.names.get("timestamp", column)
    if column is None:
        return None
    raw = file.read([column], [], keep)
    texts = pd.Series(Cells(raw, ProblemLog(raw.row), {"timestamp": column}).text("timestamp").text(), index=raw.row)
    numbers = pd.to_numeric(texts, errors="coerce")
    if numbers.isna().any():
        times = pd.to_datetime(texts, errors="coerce", format="ISO8601", utc=True)
        numbers = numbers.where(numbers.notna(), times.astype("int64").where(times.notna()) / 1e6)
    return numbers.reindex(cells.raw.row).reset_index(drop=True)


def _all_different(ids: pd.Series) -> bool:
    """Tell quickly that no id stands twice: whole numbers are sorted, which is cheaper than finding distinct texts."""
    array = pa.array(ids)
    with suppress(pa.ArrowInvalid, pa.ArrowNotImplementedError):
        numbers = np.sort(array.drop_null().cast(pa.int64()).to_numpy(zero_copy_only=False))
        return bool((numbers[1:] != numbers[:-1]).all())
    return ids.nunique() == ids.count()


def _frame(columns: dict[str, object], ids: pd.Series, cells: Cells) -> pd.DataFrame:
    """Lay the columns out canonically; what the publisher does not say is missing, or ``unstated``."""
    n = len(cells)
    unsaid = {
        "date_precision": "unstated",
        "geo_precision": "unstated",
        "attacker_type": "unknown",
        "target_group": "unstated",
        "role_basis": "unstated",
        "incident_kind": "attack",
        "source": "plain",
    }
    texts = {
        name: value
        for name, dtype in COLUMNS.items()
        if dtype == "str" and isinstance(value := columns.get(name), Coded)
    }
    laid_out = dict(zip(texts, side_by_side(Coded.text, texts.values()), strict=True))
    made: dict[str, object] = {"incident_id": ids, "row": cells.raw.row, **laid_out}
    for name, dtype in COLUMNS.items():
        value = columns.get(name)
        if name in made:
            continue
        if dtype == "category":
            coded = value if isinstance(value, Coded) else cells.nothing
            made[name] = coded.fill(unsaid[name]).category(VOCABULARIES[name])
        elif isinstance(value, Coded):
            made[name] = value.take(np.array(value.values, dtype=float), np.nan)
        elif value is not None:
            made[name] = value
        elif dtype == "boolean":
            made[name] = pd.arrays.BooleanArray(np.zeros(n, dtype=bool), np.ones(n, dtype=bool))
        else:
            made[name] = {"str": cells.nothing.text(), "float64": np.full(n, np.nan)}.get(dtype, columns["date_start"])
    frame = pd.DataFrame({name: made[name] for name in COLUMNS}, copy=False)
    return frame.astype({name: dtype for name, dtype in COLUMNS.items() if frame[name].dtype != dtype})


def _check_order(frame: pd.DataFrame, cells: Cells, names: dict[str, str]) -> pd.DataFrame:
    """Blank an end before its start; keep and count fatalities in a conflicting order."""
    start, end = frame["date_start"], frame["date_end"]
    backward = np.flatnonzero(end < start)
    if len(backward):
        shown = end.iloc[backward].dt.strftime("%Y-%m-%d").tolist()
        cells.log.add(backward, names.get("date_end", "date_end"), shown, message("is before the start date"), BLANKED)
    frame["date_end"] = end.where(end.notna() & ~(end < start), start)
    low, best, high = "fatalities_low", "fatalities_best", "fatalities_high"
    for (lower, upper), words in zip(((low, best), (best, high), (low, high)), DISORDERED, strict=True):
        wrong = np.flatnonzero(frame[lower] > frame[upper])
        shown = [f"{a:.0f} > {b:.0f}" for a, b in zip(frame[lower].iloc[wrong], frame[upper].iloc[wrong], strict=True)]
        cells.log.add(wrong, names.get(lower, lower.removeprefix("fatalities_")), shown, words, KEPT)
    return frame


def _part_summaries(frame: pd.DataFrame, *, by_publisher: bool) -> pd.DataFrame:
    """Mark rows that last more than `SUMMARY_DAYS` as summaries.

    Where a table says that a row is known to a week, a month or a year, its dates bound one event, unless the
    publisher's are spans.
    """
    longer = (frame["date_end"] - frame["date_start"]) >= pd.Timedelta(days=SUMMARY_DAYS)
    if not by_publisher:
        longer &= ~frame["date_precision"].isin(["week", "month", "year"])
    if longer.any():
        kinds = frame["incident_kind"].mask(longer & frame["incident_kind"].eq("attack"), "summary")
        frame["incident_kind"] = kinds.astype(frame["incident_kind"].dtype)
    return frame


def _strays(days: pd.Series) -> pd.Series:
    """Tell which days at either end no other comes within 20 years of, where one row has them or they are what a
    program writes for no day (1900-01-01, 1970-01-01): no history; of the fewer half of the rows at most."""
    if len(days) < FEW_DAYS:
        return pd.Series(False, index=days.index)
    held, n_rows = np.unique(days.to_numpy(), return_counts=True)
    far = np.diff(held) > np.timedelta64(FAR_DAYS, "D")
    first, last = 0, len(held) - 1
    while first < last and far[first] and f"{pd.Timestamp(held[first]):%m-%d}" == "01-01":
        first += 1
    if first < last and far[first] and n_rows[first] == 1:
        first += 1
    if last > first and far[last - 1] and n_rows[last] == 1:
        last -= 1
    stray = (days < held[first]) | (days > held[last])
    return stray & (stray.sum() < len(days) / 2)


def _days_to_come(days: pd.Series, *, counts: bool) -> list[str]:
    """Say which rows speak of days after that on which they are read."""
    if days.empty:
        return []
    words = PERIODS_TO_COME if counts else DAYS_TO_COME
    rows = ", ".join(map(str, days.index[:3]))
    return [say(words, n=len(days), rows=rows, day=short_day(days.iloc[0]))]


def _far_dates(frame: pd.DataFrame, strays: pd.Index) -> list[str]:
    """Say which dates lie more than 20 years, and five times as far as the middle half is wide, from the middle half of
    all; those of rows that are strays as well.
    """
    days = frame["date_start"]
    if len(days) < FEW_DAYS:
        return []
    early, late = days.quantile([0.25, 0.75])
    beyond = max(pd.Timedelta(days=FAR_DAYS), 5 * (late - early))
    far = (days < early - beyond) | (days > late + beyond) | frame["row"].isin(strays)
    if not far.any():
        return []
    return [
        say(
            "dates far from all others: {n} (rows {rows}; first {day}); check for typing errors",
            n=int(far.sum()),
            rows=", ".join(map(str, frame.loc[far, "row"].iloc[:3])),
            day=short_day(days[far].iloc[0]),
        )
    ]


def _once_each(frame: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Say which names each stand once above empty cells, as where tables are grouped by them: the rows below name
    nobody. Rows that are in order of time are not grouped."""
    days = frame["date_start"]
    if len(days) < FEW_DAYS or days.is_monotonic_increasing or days.is_monotonic_decreasing:
        return []
    said = []
    for name in _GROUPED_BY:
        if name not in names or (held := frame[name].dropna()).empty or 2 * len(held) > len(frame):
            continue
        if held.index[0] == 0 and len(held) > 1 and held.is_unique:
            said.append(
                say(
                    "{n} rows below the {names} names of {column}, each of which stands once, are empty there and name"
                    " nobody: if they are meant to be under the name above them, fill it in",
                    n=len(frame) - len(held),
                    names=len(held),
                    column=names[name],
                )
            )
    return said


_GROUPED_BY = ("attacker", "target_actor", "admin1", "admin2", "event_type")


def _regular_dates(frame: pd.DataFrame) -> list[str]:
    """Say that all days, where they are many, are first days of months or fall on one day of the week, as events' own
    days never do."""
    days = frame.loc[~frame["date_precision"].isin(["week", "month", "year"]), "date_start"].drop_duplicates()
    if len(days) < FEW_DAYS:
        return []
    count = placeholder("count", "COLUMN")
    if days.dt.day.eq(1).all():
        return [
            say(
                "all {n} dates are first days of months: where only the month is known, write 2024-03; where a row is a"
                " sum of a month, map its number of events ({count})",
                n=len(days),
                count=count,
            )
        ]
    weekdays = days.dt.day_of_week
    if weekdays.eq(weekdays.iloc[0]).all():
        return [
            say(
                "all {n} dates fall on one day of the week: where only the week is known, write 2024-W10; where a row "
                "is a sum of a week, map its number of events ({count})",
                n=len(days),
                count=count,
            )
        ]
    return []


def _refuse(
    file: TableFile, problems: pd.DataFrame, n_read: int, n_kept: int, notes: Sequence[str], *, strict: bool
) -> None:
    if n_read == 0:
        raise TableError(
            f"{file.path.name} has a header and no rows. Export it again, or widen the selection.", path=file.path
        )
    if n_kept and not (strict and len(problems)):
        return
    told = summarise_problems(problems, n_rows=n_read, remedies=True)
    what = "strict reading allows no problem" if n_kept else f"none of {n_read:,} rows can be used"
    shown = " ".join(told[:5]) + (f" And {len(told) - 5} kinds more." if len(told) > 5 else "")
    remedy = "Correct the file" + (f", or read it without {term('strict')}." if n_kept else " or its mapping.")
    read = "".join(f" Note: {printable(note)}." for note in notes)
    raise TableError(
        f"{file.path.name}: {what}. {shown} {remedy}{read}", problems=problems, rows_read=n_read, path=file.path
    )


def _days_told(
    file: TableFile, publisher: Publisher, kept: pd.DataFrame, spoken: pd.DataFrame, stated: str | Path | None
) -> tuple[pd.DataFrame, pd.Timestamp, pd.Timestamp, list[str]]:
    """Return the days that each country is covered, the first and the last day of which rows speak, by countries and
    days of the whole table, and what is odd about days."""
    counts, days = "period_end" in spoken, spoken["date_start"]
    ends = spoken["period_end"] - DAY if counts else days
    newest = newest_day(ends)
    to_come = ends > newest
    strays = to_come if counts else to_come | _strays(days)
    near = days[~strays].min(), ends[~strays].max()
    covered = _coverage(file, publisher, kept, near, newest, stated)
    broken = _broken_off(spoken[~strays], ends[~strays], covered) if covered["basis"].eq("assumed").all() else {}
    for country, day in broken.items():
        covered.loc[covered["country"].eq(country), "last_day"] = day
    odd = [*_ends_early(broken, near[1]), *_days_to_come(ends[to_come], counts=counts)]
    odd += [] if counts else _far_dates(kept, days.index[strays & ~to_come])
    return covered, days.min(), ends.max(), odd


def _coverage(
    file: TableFile,
    publisher: Publisher,
    frame: pd.DataFrame,
    near: tuple[pd.Timestamp, pd.Timestamp],
    newest: pd.Timestamp,
    path: str | Path | None,
) -> pd.DataFrame:
    """Return the days that each country is covered: as stated, promised by the release, written in the file's name, or
    from first to last row; ``near`` are these without strays. But for what is stated, none lies after the ``newest``.
    """
    if path:
        return load_coverage(path)
    countries = sorted(frame["country"].unique())
    begin, end = near
    span: tuple[pd.Timestamp, pd.Timestamp] | None
    if publisher.covered is not None:
        days = frame.loc[frame["date_start"] <= newest, "date_start"]
        span = publisher.covered(begin, end, path=_telling(file.path), days=days if len(days) else pd.Series(near))
        basis = "release"
    else:
        span, basis = range_in_name(_telling(file.path), begin, end), "file name"
    if span is not None and span[1] <= newest:
        spans = [span]
        if publisher.lost is not None and not frame["date_start"].between(*publisher.lost).any():
            gone, back = map(pd.Timestamp, publisher.lost)
            spans = [(span[0], min(span[1], gone - DAY)), (max(span[0], back + DAY), span[1])]
        parts = [assumed_coverage(countries, *one, basis=basis) for one in spans if one[0] <= one[1]]
        return pd.concat(parts, ignore_index=True)
    end = min(_last_told(frame, end), newest) if "date_precision" in frame else end  # periods of counts have their ends
    return assumed_coverage(countries, begin, end, basis="assumed")


def _broken_off(rows: pd.DataFrame, days: pd.Series, covered: pd.DataFrame) -> dict[str, pd.Timestamp]:
    """Return the last day of the countries whose rows end so long before the table that some must be missing."""
    codes, names = pd.factorize(rows["country"])
    of_day = days.to_numpy().astype("datetime64[D]").astype(np.int64) + _SHIFT
    events = rows["attacks"].to_numpy() if "attacks" in rows else np.ones(len(rows))
    held = pd.Series(events).groupby(codes * 2 * _SHIFT + of_day).sum()
    found = {}
    for row in covered.itertuples(index=False):
        if row.country not in names:
            continue
        begin = names.get_loc(row.country) * 2 * _SHIFT
        own = held.loc[begin : begin + 2 * _SHIFT - 1]
        at = pd.Series((own.index.to_numpy() - begin - _SHIFT).astype("datetime64[D]"))
        silences = broken_off(at, row.last_day, events=own.reset_index(drop=True))
        if silences and silences[-1][1] > row.last_day:
            found[row.country] = silences[-1][0]
    return found


def _ends_early(broken: Mapping[str, pd.Timestamp], last: pd.Timestamp) -> list[str]:
    """Say of which countries the table breaks off, first those that do so first."""
    said = [
        say(BROKEN_OFF, country=name, day=short_day(day), n=(last - day).days)
        for name, day in sorted(broken.items(), key=lambda one: one[1])
    ]
    more = len(said) - MOST_BROKEN
    return said[:MOST_BROKEN] + ([say("so it is of {n} more", n=more)] if more > 0 else [])


def _last_told(frame: pd.DataFrame, last: pd.Timestamp) -> pd.Timestamp:
    """Return the last day that rows tell of, where nothing else says: the last day on which one begins; where most rows
    of its month, or year, name the month, or year, alone, what they name of it.
    """
    for precision, begin, end in (
        ("month", last.replace(day=1), last + pd.offsets.MonthEnd(0)),
        ("year", last.replace(month=1, day=1), last + pd.offsets.YearEnd(0)),
    ):
        held = frame[frame["date_start"].between(begin, last)]
        named = held["date_precision"].eq(precision)
        if named.mean() > 0.5:
            return max(last, min(held["date_end"][named].max(), end))
    return last


def _telling(path: Path) -> Path:
    """Return the path whose name may tell a table's release and days: of a link without a digit, what it leads to."""
    return real_path(path) if path.is_symlink() and not re.search(r"\d", path.name) else path


def _beside(path: Path) -> dict[str, Path]:
    """Return the files that belong to a table in the project's own format and lie beside it."""
    usual = {"coverage": "coverage.csv", "reference": "benchmarks.csv", "actors": "actors.csv"}
    return {role: path.parent / name for role, name in usual.items() if (path.parent / name).exists()}


def _day(value: str | pd.Timestamp | None) -> pd.Timestamp | None:
    return None if value is None else pd.Timestamp(value).normalize().as_unit("us")
