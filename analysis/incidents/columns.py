"""Which column is which: the publisher told by its columns, or a plain table's columns by a mapping; and what to say
where neither fits."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.incidents.canonical import SOURCES
from analysis.incidents.dates import UNKNOWN_PARTS, read_dates
from analysis.incidents.errors import TableError
from analysis.incidents.files import RawTable, TableFile
from analysis.incidents.guessing import (
    FEW_ROWS,
    LEAST_PERIODS,
    RUNNING,
    counts_dead,
    counts_hurt,
    holds_counts,
    holds_measure,
    lacking,
    names_count,
    unknown_publisher,
)
from analysis.incidents.parameters import NO_COUNT
from analysis.incidents.places import fold
from analysis.incidents.sidefiles import MOST_TOML_BYTES, parse_toml, read_text, toml_lines
from analysis.incidents.sources import Publisher, column_key, counts, named_columns, plain, publishers, recognise
from analysis.incidents.terms import term
from analysis.resources import named_path


def fitting(
    source: str, mapping: Mapping[str, str] | str | Path | None, count: str = ""
) -> Callable[[Sequence[str]], bool]:
    """Return a test of whether a row of texts is the header that is looked for: it has all mapped columns, or a
    publisher's."""
    if mapping:
        pairs = mapping_pairs(mapping) | ({"count": count} if count and count != NO_COUNT else {})
        wanted = {column_key(str(column)) for column in pairs.values() if not str(column).strip().startswith("=")}
        return lambda names: bool(wanted) and wanted <= {column_key(name) for name in names}
    chosen = publishers().get(source)

    def fits(names: Sequence[str]) -> bool:
        by_lower = {column_key(name): name for name in names if name.strip()}
        if chosen and chosen.known_by:
            return set(chosen.known_by) <= set(named_columns(chosen, by_lower))
        return recognise(by_lower) is not None

    return fits


def identify(
    file: TableFile, source: str, mapping: Mapping[str, str] | str | Path | None, count: str = ""
) -> tuple[Publisher, dict[str, str], dict[str, str]]:
    """Return the publisher, its columns' names in this file, and constants in place of columns.

    Raises
    ------
    TableError
        If the publisher is not known, a needed column is missing, or the mapping does not fit.
    """
    by_lower = {column_key(name): name for name in file.header}
    if mapping:
        names, constants = _mapped(file, mapping, by_lower, count)
        if "count" in names:
            return (
                publishers()["counts"],
                {name: column for name, column in names.items() if name in counts.TEXTS},
                constants,
            )
        if count != NO_COUNT:
            _ask_what_rows_are(file, names, constants)
        return publishers()["plain"], names, constants
    if count and count != NO_COUNT:
        raise TableError(
            f"{term('count', count)} needs {term('mapping')} with the columns of date and country, e.g. "
            f"{term('mapping', {'date': 'PERIOD', 'country': 'COUNTRY'})}. "
            f"The file's columns: {', '.join(file.header)}.",
            path=file.path,
        )
    if source == "auto":
        publisher = recognise(by_lower)
    else:
        if source not in publishers():
            raise TableError(f"source is {source!r}; expected auto or one of {', '.join(SOURCES)}.", path=file.path)
        publisher = publishers()[source]
        known = named_columns(publisher, by_lower)
        if missing := [name for name in publisher.known_by if name not in known]:
            raise TableError(lacking(file, publisher, missing, by_lower), path=file.path)
    if publisher is None or (publisher.name == "plain" and not set(plain.NEEDED) <= set(by_lower)):
        raise TableError(unknown_publisher(file, by_lower), path=file.path)
    wanted = (*publisher.texts, *publisher.numbers)
    known = named_columns(publisher, by_lower)
    _refuse_twice(file, [known[name] for name in wanted if name in known])
    return publisher, {name: known[name] for name in wanted if name in known}, {}


def _mapped(
    file: TableFile, mapping: Mapping[str, str] | str | Path, by_lower: dict[str, str], count: str
) -> tuple[dict[str, str], dict[str, str]]:
    pairs = mapping_pairs(mapping)
    if count and count != NO_COUNT:
        pairs["count"] = count
    known = (*plain.TEXTS, *plain.NUMBERS, "count")
    names, constants, wrong = {}, {}, []
    given: dict[str, str] = {}
    for word, column in pairs.items():
        canonical = plain.ALIASES.get(word.strip().casefold(), word.strip().casefold())
        column = str(column).strip()
        if (first := given.setdefault(canonical, word)) != word:
            wrong.append(f"{first} and {word} mean the same, and which column is meant cannot be told")
        elif canonical not in known:
            near = get_close_matches(word, [*known, *plain.ALIASES], n=1, cutoff=0.7)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(plain.OFTEN)}, ..."
            if column_key(word) in by_lower:
                hint = f"a mapping names the column last, e.g. {{{column!r}: {word!r}}}"
            wrong.append(f"{word!r} is no column of an incident table ({hint})")
        elif column.startswith("="):
            constants[canonical] = column[1:].strip()
        elif column_key(column) not in by_lower:
            near = get_close_matches(column, file.header, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            if column_key(word) in by_lower:
                hint = f" (a mapping names the column last, e.g. {{{column!r}: {word!r}}})"
            wrong.append(f"{file.path.name} has no column {column!r}{hint}")
        else:
            names[canonical] = by_lower[column_key(column)]
    wrong += [
        f"{name} is not mapped, and an incident cannot do without it"
        for name in plain.NEEDED
        if name not in names | constants and not (name == "date_start" and "year" in names | constants)
    ]
    if wrong:
        raise TableError(
            f"The mapping does not fit: {'; '.join(wrong)}. The file's columns: {', '.join(file.header)}.",
            path=file.path,
        )
    _refuse_twice(file, list(names.values()))
    numbers = ("count", "fatalities_low", "fatalities_best", "fatalities_high")
    if running := [names[name] for name in numbers if name in names and RUNNING.fullmatch(fold(names[name]))]:
        raise TableError(
            f"{file.path.name}: {running[0]!r} adds up from row to row, by its name, and each row would count all "
            "before it again. Take the differences between its rows in a column of their own, and map that.",
            path=file.path,
        )
    counted = names.get("count", "")
    if what := "deaths" if counts_dead(counted) else "people who were hurt" if counts_hurt(counted) else "":
        raise TableError(
            f"{file.path.name}: {counted!r} counts {what}, by its name, and each would pass as an attack. Give "
            f"the column of their number of events, {term('count', 'COLUMN')}; sums of deaths alone cannot be judged. "
            "If it does count events, call it so.",
            path=file.path,
        )
    return names, constants


def _ask_what_rows_are(file: TableFile, names: dict[str, str], constants: dict[str, str]) -> None:
    """Stop at a mapped table whose rows look like counts, sums or what is no event at all. Its columns are read once,
    those that are not mapped as far as `_MOST_FREE` and those that are called as counts are."""
    times = Counter(file.header)
    passed = {*names.values(), *file.nested}
    free = [name for name in file.header if name and times[name] == 1 and name not in passed]
    of_one = any(name in names for name in _OF_ONE)
    if of_one and not free:
        return
    named = [name for name in free if names_count(name, file.header)]
    free = free[:_MOST_FREE]
    raw = file.read([*dict.fromkeys([*named, *free, *names.values()])], [])
    _ask_about_counts(file, raw, named, free, names, constants)
    if not of_one:
        _ask_about_series(file, raw, names)


def _ask_about_counts(
    file: TableFile,
    raw: RawTable,
    named: list[str],
    free: list[str],
    names: dict[str, str],
    constants: dict[str, str],
) -> None:
    """Stop at a mapped table that leaves a column of counts unmapped: each of its rows would pass as one event.

    Such a column is told by its name (``named``) or, in a table with one row for each unit and regular period, by its
    whole numbers (of ``free`` ones).
    """
    counting = [name for name in named if holds_counts(raw.columns[name])]
    one_each = not free or "incident_id" in names or _own_places(raw, free, names)
    if not counting and not one_each and _regular(raw, names):
        counting = [
            name
            for name in free
            if name not in named and not counts_hurt(name) and holds_counts(raw.columns[name], zeros=True)
        ]
    if not counting:
        return
    dead, counting = counting[0], [name for name in counting if not counts_dead(name)]
    if not counting:
        raise _sums_of_deaths(file, dead)
    column = counting[0]
    if len(counting) > 1 and column not in named:
        raise TableError(
            f"{file.path.name}: {len(counting)} columns look like counts ({', '.join(counting[:3])}, ...), as where "
            "each unit has a column of its own. Lay the table out with one row for each unit and period, and name the "
            f"columns: {term('mapping', {'date': 'PERIOD', 'country': 'COUNTRY', 'admin1': 'UNIT'})} "
            f"{term('count', 'NUMBER')}. If each row is one event, add {term('count', NO_COUNT)}.",
            path=file.path,
        )
    mapped = term("mapping", names | {word: f"={value}" for word, value in constants.items()})
    raise TableError(
        f"{file.path.name}: the column {column!r} looks like a count of events, and it is not mapped: each row would "
        "pass as one event. "
        f"If a row is a unit and a period with so many events, add {term('count', column)} (with the columns mapped "
        f"as now: {mapped}); if each row is one event, add {term('count', NO_COUNT)}.",
        path=file.path,
    )


_MOST_FREE = 40
_COORDINATE = re.compile(r"x|y|lat|latitude|lon|long|longitude")


def _own_places(raw: RawTable, free: Sequence[str], names: dict[str, str]) -> bool:
    """Tell whether a column of coordinates, by its name, has more values than the table has units: rows of counts lie
    where their unit lies."""
    units = [raw.columns[names[name]].to_pylist() for name in _UNIT if name in names]
    n_units = len(set(zip(*units, strict=True))) or 1
    return any(
        _COORDINATE.fullmatch(fold(name)) and len(raw.columns[name].unique()) > n_units + 1  # one may be empty
        for name in free
    )


# What tells of a row that it is one event.
_OF_ONE = ("incident_id", "attacker", "target_actor", "locality", "latitude")


def _ask_about_series(file: TableFile, raw: RawTable, names: dict[str, str]) -> None:
    """Stop at a mapped table whose rows are numbers of units and periods, with no count of events: sums of deaths, each
    of which would pass as one event, or what is no event at all, such as prices, populations and weather. A table
    without such a number left over holds nothing but events."""
    if "fatalities_best" in names:
        if _regular(raw, names) and not _one_event_at_a_time(raw, names):
            raise _sums_of_deaths(file, names["fatalities_best"])
        return
    if len(raw.row) < FEW_ROWS or not _regular(raw, names, any_step=False):
        return
    held = {names[name] for name in (*_PERIOD, *_UNIT) if name in names}
    others = [name for name in file.header if name in raw.columns and name not in held][:_MOST_FREE]
    if _own_places(raw, others, names) or not any(holds_measure(raw.columns[name], name) for name in others):
        return
    raise TableError(
        f"{file.path.name}: the rows are spread over units and periods as evenly as prices, populations, measurements "
        "or sums are, and each would pass as one event. If a column counts events, add "
        f"{term('count', 'COLUMN')}; if each row is one event, add {term('count', NO_COUNT)}; other numbers cannot be "
        "judged.",
        path=file.path,
    )


def _sums_of_deaths(file: TableFile, column: str) -> TableError:
    return TableError(
        f"{file.path.name}: the rows are spread over units and periods as in a table of sums, and {column!r} would be "
        "the deaths of one event in each. If rows are sums, add the column of their number of events, "
        f"{term('count', 'COLUMN')}; sums of deaths alone cannot be judged. If each row is one event, add "
        f"{term('count', NO_COUNT)}.",
        path=file.path,
    )


def _one_event_at_a_time(raw: RawTable, names: dict[str, str]) -> bool:
    """Tell whether a regular table may as well be a list of events: of one unit alone, each on a day, each deadly, and
    not on most days."""
    raw, names = _with_days(raw, names)
    if "date_start" not in names:
        return False
    units, days, deaths = (
        pd.DataFrame({name: raw.columns[names[name]].to_pylist() for name in wanted if name in names}, dtype="object")
        for wanted in (_UNIT, ["date_start"], ["fatalities_best"])
    )
    read = read_dates(days["date_start"].dropna().astype("str").str.strip().tolist())
    none = pd.to_numeric(deaths["fatalities_best"], errors="coerce").eq(0).any()
    on_days = bool((read.precision == 0).all()) and not _daily(pd.Series(read.first).dropna().drop_duplicates())
    return len(units.drop_duplicates()) <= 1 and on_days and not none


_NEVER_BY_CHANCE = 7  # pairs that would be alike by chance: there are none once in a thousand times
_PERIOD = ("date_start", "year", "month", "week", "day")
_DAY = ("year", "month", "day")
_UNIT = ("country", "admin1", "admin2", "locality", "event_type")


def _regular(raw: RawTable, names: dict[str, str], *, any_step: bool = True) -> bool:
    """Tell whether a table is laid out as counts are: one row for each unit and regular period, nearly all of them or
    so many that as many events would share units and periods; or as many rows in each period. Periods are days, weeks,
    months, years or, with ``any_step``, as long as each other."""
    raw, names = _with_days(raw, names)
    parts = [names[name] for name in _PERIOD if name in names]
    units = [names[name] for name in _UNIT if name in names]
    if not parts:  # all of one day
        return False
    table = pd.DataFrame({name: raw.columns[name].to_pylist() for name in [*parts, *units]}, dtype="object")
    if dated := "date_start" in names:
        texts = table[names["date_start"]].dropna().astype("str").str.strip()
        written = texts.unique().tolist()
        read = read_dates(written)
        first = pd.Series(read.first).dt.normalize()
        table[names["date_start"]] = texts.map(dict(zip(written, first, strict=True)))
    sizes = table.groupby(parts, dropna=False).size()
    n_periods, n_units = len(sizes), len(table[units].drop_duplicates()) if units else 1
    if n_periods < LEAST_PERIODS:
        return False
    if "day" in names or table.duplicated().any():
        return _even(sizes)
    full = len(table) >= 0.8 * n_periods * n_units
    if not dated:
        return full or len(table) ** 2 > 2 * _NEVER_BY_CHANCE * n_periods * n_units
    days = first.dropna().drop_duplicates().sort_values()
    if len(days) < LEAST_PERIODS:
        return False
    weekly = len(days.dt.day_of_week.unique()) == 1
    monthly = days.dt.day.eq(1).all() or (days + pd.Timedelta(days=1)).dt.day.eq(1).all()
    yearly = monthly and len(days.dt.month.unique()) == 1
    if full:
        evenly = weekly or monthly or _daily(days) or (any_step and len(np.unique(np.diff(days))) == 1)
        return bool((read.precision > 0).all() or evenly)
    length = 365 if yearly else 30 if monthly else 7
    n_cells = ((days.iloc[-1] - days.iloc[0]).days / length + 1) * n_units
    return bool((weekly or monthly) and len(table) ** 2 > 2 * _NEVER_BY_CHANCE * n_cells)


def _with_days(raw: RawTable, names: dict[str, str]) -> tuple[RawTable, dict[str, str]]:
    """Return a table with its days in one column, and which is which, where they stand in three."""
    if "date_start" in names or not {*_DAY} <= set(names):
        return raw, names
    cells = (
        ["" if cell is None or cell != cell else str(cell).strip().removesuffix(".0") for cell in column.to_pylist()]
        for column in (raw.columns[names[name]] for name in _DAY)
    )
    days = ["-".join(part.zfill(2) for part in one if part not in UNKNOWN_PARTS) for one in zip(*cells, strict=True)]
    others = {name: column for name, column in names.items() if name not in _DAY}
    columns = raw.columns | {" date": pa.array(days, pa.large_string())}
    return replace(raw, columns=columns), others | {"date_start": " date"}


# Events that fall on nine of ten days, or of all working days, fall twice on some.
_LEAST_SERIES, _MOST_DAYS = 20, 0.9
_MOST_ALIKE = 0.9


def _daily(days: pd.Series) -> bool:
    a_week = 5 if days.dt.day_of_week.lt(5).all() else 7
    return len(days) >= _LEAST_SERIES and len(days) - 1 >= _MOST_DAYS * a_week / 7 * (days.max() - days.min()).days


def _even(sizes: pd.Series) -> bool:
    """Tell whether nearly all periods hold as many rows, and more than one: there is one of each unit, though no column
    is mapped that tells units apart. By chance so many are alike less than once in a thousand times."""
    held = sizes.value_counts()
    each, alike = held.index[0], held.iloc[0]
    by_chance = (2 * np.pi * each) ** (-(alike - 1) / 2)
    return bool(each > 1 and alike >= _MOST_ALIKE * len(sizes) and by_chance < 0.001)


def _refuse_twice(file: TableFile, chosen: list[str]) -> None:
    times = Counter(column_key(name) for name in file.header)
    if twice := [name for name in chosen if times[column_key(name)] > 1]:
        raise TableError(
            f"{file.path.name}: column {', '.join(dict.fromkeys(twice))} stands more than once in the header, and "
            "which is meant cannot be told. Rename or delete the others.",
            path=file.path,
        )


def mapping_text(mapping: Mapping[str, str] | str | Path, folder: Path) -> str:
    """Return a mapping as one text: its pairs, the path of its file, or, where neither can hold it, of a file made in
    ``folder``."""
    if not isinstance(mapping, Mapping):
        return str(named_path(mapping)) if str(mapping).endswith(".toml") else str(mapping)
    text = ",".join(f"{word}={column}" for word, column in mapping.items())
    if mapping_pairs(text) == dict(mapping):
        return text
    made = folder / "mapping.toml"
    # A string of JSON is one of TOML too.
    lines = (f"{json.dumps(word)} = {json.dumps(column)}\n" for word, column in mapping.items())
    made.write_text("".join(lines), encoding="utf-8")
    return str(made)


def mapping_pairs(mapping: Mapping[str, str] | str | Path) -> dict[str, str]:
    """Return a mapping, in whichever form it was given, as what is known here to the column that holds it.

    Raises
    ------
    TableError
        If it is no mapping, or its file names no column.
    """
    if isinstance(mapping, Mapping):
        if odd := [part for pair in mapping.items() for part in pair if not isinstance(part, str)]:
            raise TableError(f"The mapping holds {odd[0]!r}, which is no name; write {{'date': 'when'}}.")
        return dict(mapping)
    if str(mapping).endswith(".toml") or isinstance(mapping, Path):
        text = read_text(mapping, most_bytes=MOST_TOML_BYTES, what="a mapping")
        content = parse_toml(text, path=Path(mapping), what="a mapping")
        columns: Any = content.get("columns", content)
        wrong = (
            [key for key, value in columns.items() if not isinstance(value, str)]
            if isinstance(columns, dict)
            else ["columns"]
        )
        if wrong or not columns:
            said = f"the value of {wrong[0]} is no column's name" if wrong else "it names no column"
            lines = toml_lines(text)
            line = lines.get(("columns", *wrong)) or lines.get((*wrong,)) or 1
            raise TableError(
                f'{Path(mapping).name}, line {line}: {said}. Write date = "when", one line for each column.',
                path=mapping,
            )
        return dict(columns)
    # A comma that no name=value follows belongs to the value before it: attacker==Brigade A, Mopti.
    pairs = [part.partition("=") for part in re.split(r",(?=\s*\w+\s*=)", str(mapping)) if part.strip(" ,")]
    if not pairs or any(not equals for _, equals, _ in pairs):
        raise TableError(f"The mapping {str(mapping)!r} is not written as date=when,country=land, nor a .toml file.")
    words = [word.strip(" ,") for word, _, _ in pairs]
    if twice := [word for word in words if words.count(word) > 1]:
        raise TableError(
            f"The mapping {str(mapping)!r} names {twice[0]} twice, and which column is meant cannot be told."
        )
    return {word: column.rstrip(" ,") for word, (_, _, column) in zip(words, pairs, strict=True)}
