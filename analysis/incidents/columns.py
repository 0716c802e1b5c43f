"""Which column is which: the publisher told by its columns, or a plain table's columns by a mapping; and what to say
where neither fits."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.incidents.canonical import SOURCES
from analysis.incidents.dates import read_date, read_dates
from analysis.incidents.errors import TableError
from analysis.incidents.files import RawTable, TableFile
from analysis.incidents.places import fold
from analysis.incidents.sidefiles import MOST_TOML_BYTES, parse_toml, read_text, toml_lines
from analysis.incidents.sources import column_key, counts, named_columns, plain, recognise, source_modules
from analysis.incidents.terms import term

# How a column that counts events is called, in English and French.
_COUNT_NAMES = re.compile(
    r"(n|nb|no|num|number|nombre|count|counts|total|freq|frequency|sum)?[ _.-]*(of|de|d)?[ _.'-]*(n_)?"
    r"(events?|incidents?|attacks?|attaques?|evenements?|occurrences?|cases|cas|records?|conflicts?)[ _.-]*"
    r"(count|counts|total|number|n|nb)?"
    r"|n|nb|count|counts|nombre|freq|frequency|value|valeur|total"
)
NO_COUNT = "none"


def fitting(
    source: str, mapping: Mapping[str, str] | str | Path | None, count: str = ""
) -> Callable[[Sequence[str]], bool]:
    """Return a test of whether a row of texts is the header that is looked for: it has all mapped columns, or a
    publisher's."""
    if mapping:
        pairs = mapping_pairs(mapping) | ({"count": count} if count and count != NO_COUNT else {})
        wanted = {column_key(str(column)) for column in pairs.values() if not str(column).strip().startswith("=")}
        return lambda names: bool(wanted) and wanted <= {column_key(name) for name in names}
    modules = {module.NAME: module for module in source_modules()}
    chosen = modules.get("ucdp_ged" if source == "ucdp_candidate" else source)

    def fits(names: Sequence[str]) -> bool:
        by_lower = {column_key(name): name for name in names if name.strip()}
        if chosen and chosen.KNOWN_BY:
            return set(chosen.KNOWN_BY) <= set(named_columns(chosen, by_lower))
        return recognise(by_lower) is not None

    return fits


def identify(
    file: TableFile, source: str, mapping: Mapping[str, str] | str | Path | None, count: str = ""
) -> tuple[ModuleType, dict[str, str], dict[str, str]]:
    """Return the publisher's module, its columns' names in this file, and constants in place of columns.

    Raises
    ------
    TableError
        If the publisher is not known, a needed column is missing, or the mapping does not fit.
    """
    by_lower = {column_key(name): name for name in file.header}
    if mapping:
        names, constants = _mapped(file, mapping, by_lower, count)
        if "count" in names:
            return counts, {name: column for name, column in names.items() if name in counts.TEXTS}, constants
        if count != NO_COUNT:
            _ask_about_counts(file, names, constants)
            _ask_about_sums(file, names)
        return plain, names, constants
    if count and count != NO_COUNT:
        raise TableError(
            f"{term('count', count)} needs {term('mapping')} with the columns of date and country, e.g. "
            f"{term('mapping', {'date': 'PERIOD', 'country': 'COUNTRY'})}. "
            f"The file's columns: {', '.join(file.header)}.",
            path=file.path,
        )
    if source == "auto":
        module = recognise(by_lower)
    else:
        modules = {found.NAME: found for found in source_modules()}
        modules["ucdp_candidate"] = modules["ucdp_ged"]
        if source not in modules:
            raise TableError(f"source is {source!r}; expected auto or one of {', '.join(SOURCES)}.", path=file.path)
        module = modules[source]
        known = named_columns(module, by_lower)
        if lacking := [name for name in module.KNOWN_BY if name not in known]:
            raise TableError(_lacking(file, module, lacking, by_lower), path=file.path)
    if module is None or (module is plain and not set(plain.NEEDED) <= set(by_lower)):
        raise TableError(_unknown_publisher(file, by_lower), path=file.path)
    wanted = (*module.TEXTS, *module.NUMBERS)
    known = named_columns(module, by_lower)
    _refuse_twice(file, [known[name] for name in wanted if name in known])
    return module, {name: known[name] for name in wanted if name in known}, {}


def _mapped(
    file: TableFile, mapping: Mapping[str, str] | str | Path, by_lower: dict[str, str], count: str
) -> tuple[dict[str, str], dict[str, str]]:
    pairs = mapping_pairs(mapping)
    if count and count != NO_COUNT:
        pairs["count"] = count
    known = (*plain.TEXTS, *plain.NUMBERS, "count")
    names, constants, wrong = {}, {}, []
    for word, column in pairs.items():
        canonical = plain.ALIASES.get(word.strip().casefold(), word.strip().casefold())
        column = str(column).strip()
        if canonical not in known:
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
    if running := [names[name] for name in numbers if name in names and _RUNNING.fullmatch(fold(names[name]))]:
        raise TableError(
            f"{file.path.name}: {running[0]!r} adds up from row to row, by its name, and each row would count all "
            "before it again. Take the differences between its rows in a column of their own, and map that.",
            path=file.path,
        )
    return names, constants


def _ask_about_counts(file: TableFile, names: dict[str, str], constants: dict[str, str]) -> None:
    """Stop at a mapped table that leaves a column of counts unmapped: each of its rows would pass as one event.

    Such a column is told by its name or, in a table with one row for each unit and regular period, by its whole
    numbers.
    """
    times = Counter(file.header)
    passed = {*names.values(), *file.nested}
    free = [name for name in file.header if name and times[name] == 1 and name not in passed]
    named = [name for name in free if _COUNT_NAMES.fullmatch(fold(name))]
    if not free:
        return
    raw = file.read([*dict.fromkeys([*named, *(free[:_MOST_FREE]), *names.values()])], [])
    counting = [name for name in named if _holds_counts(raw.columns[name])]
    one_each = "incident_id" in names or _own_places(raw, free[:_MOST_FREE], names)
    if not counting and not one_each and _regular(raw, names):
        counting = [
            name for name in free[:_MOST_FREE] if name not in named and _holds_counts(raw.columns[name], zeros=True)
        ]
    if not counting:
        return
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


def _ask_about_sums(file: TableFile, names: dict[str, str]) -> None:
    """Stop at a mapped table whose rows are sums of deaths by unit and period, with no count of events: each sum would
    pass as one event."""
    if "fatalities_best" not in names or any(name in names for name in _OF_ONE):
        return
    held = [name for name in names if name in (*_PERIOD, *_UNIT)]
    raw = file.read([*dict.fromkeys([*(names[name] for name in held), names["fatalities_best"]])], [])
    if not _regular(raw, names) or _one_event_at_a_time(raw, names):
        return
    raise TableError(
        f"{file.path.name}: there is one row for each unit and period, as in a table of sums, and "
        f"{names['fatalities_best']!r} would be the deaths of one event in each. If rows are sums, add the column of "
        f"their number of events, {term('count', 'COLUMN')}; sums of deaths alone cannot be judged. If each row is one "
        f"event, add {term('count', NO_COUNT)}.",
        path=file.path,
    )


def _one_event_at_a_time(raw: RawTable, names: dict[str, str]) -> bool:
    """Tell whether a regular table may as well be a list of events: of one unit alone, each on a day, each deadly."""
    if "date_start" not in names:
        return False
    units, days, deaths = (
        pd.DataFrame({name: raw.columns[names[name]].to_pylist() for name in wanted if name in names}, dtype="object")
        for wanted in (_UNIT, ["date_start"], ["fatalities_best"])
    )
    read = read_dates(days["date_start"].dropna().astype("str").str.strip().tolist())
    none = pd.to_numeric(deaths["fatalities_best"], errors="coerce").eq(0).any()
    return len(units.drop_duplicates()) <= 1 and bool((read.precision == 0).all()) and not none


_PERIOD = ("date_start", "year", "month", "week")
_UNIT = ("country", "admin1", "admin2", "locality", "event_type")


def _holds_counts(column: pa.Array, *, zeros: bool = False) -> bool:
    """Tell whether a column holds whole numbers of 0 or more, not all alike; with ``zeros``, some of them 0."""
    texts = pd.Series(column.to_pylist(), dtype="object").dropna().astype("str").str.strip()
    texts = texts[texts.ne("")]
    if texts.empty or not texts.str.fullmatch(r"\d{1,6}(\.0)?").mean() > 0.9:
        return False
    numbers = pd.to_numeric(texts, errors="coerce").dropna()
    unlike_ids = numbers.nunique() < 0.9 * len(numbers) or len(numbers) < 20
    return numbers.min() < numbers.max() and unlike_ids and (not zeros or numbers.eq(0).any())


def _regular(raw: RawTable, names: dict[str, str]) -> bool:
    """Tell whether a table is laid out as counts are: one row for each unit and period, nearly all of them, periods
    being regular."""
    parts = [names[name] for name in _PERIOD if name in names]
    units = [names[name] for name in _UNIT if name in names]
    table = pd.DataFrame({name: raw.columns[name].to_pylist() for name in [*parts, *units]}, dtype="object")
    n_periods, n_units = len(table[parts].drop_duplicates()), len(table[units].drop_duplicates()) if units else 1
    if n_periods < _LEAST_PERIODS or table.duplicated().any() or len(table) < 0.8 * n_periods * n_units:
        return False
    if "date_start" not in names:
        return "day" not in names
    read = read_dates(table[names["date_start"]].dropna().astype("str").str.strip().unique().tolist())
    days = pd.Series(read.first).dropna().sort_values()
    if len(days) < _LEAST_PERIODS:
        return False
    alike = days.dt.day.eq(1).all() or len(days.dt.day_of_week.unique()) == 1 or len(np.unique(np.diff(days))) == 1
    return bool((read.precision > 0).all() or alike)


_LEAST_PERIODS = 4


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
        return str(Path(mapping).resolve()) if str(mapping).endswith(".toml") else str(mapping)
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
    return {word.strip(" ,"): column.rstrip(" ,") for word, _, column in pairs}


def _unknown_publisher(file: TableFile, by_lower: dict[str, str]) -> str:
    nearest = max(
        (module for module in source_modules() if module.KNOWN_BY),
        key=lambda module: len(set(module.KNOWN_BY) & set(by_lower)) / len(module.KNOWN_BY),
    )
    shared = set(nearest.KNOWN_BY) & set(by_lower)
    # Words such as country, events and fatalities stand in many a table of counts.
    enough = 0.7 if getattr(nearest, "HOLDS_COUNTS", False) else 0.5
    if len(shared) > enough * len(nearest.KNOWN_BY):
        return _lacking(file, nearest, [name for name in nearest.KNOWN_BY if name not in by_lower], by_lower)
    guess = _guess_mapping(file.header)
    periods = [name for name in file.header if name and not isinstance(read_date(name), str)]
    if len(periods) >= _LEAST_PERIODS:
        return (
            f"{file.path.name}: {len(periods)} columns are periods ({', '.join(periods[:3])}, ...), as in a table "
            "that is laid out wide. Lay it out with one row for each unit and period, and name the columns: "
            f"{term('mapping', {'date': 'PERIOD', 'country': 'COUNTRY'})} {term('count', 'NUMBER')}."
        )
    alone = ""
    if guess["country"] == _OF_ALL_ROWS:
        alone = (
            " No column is called as one of countries is: write the country of all rows for COUNTRY, or name its"
            " column."
        )
    return (
        f"{file.path.name}: the publisher is not known by these columns: {', '.join(filter(None, file.header))}. "
        f"Known are {', '.join(module.NAME for module in source_modules() if module.KNOWN_BY)}.{alone} "
        f"Name the columns instead, for example: {term('mapping', guess)}"
    )


def _lacking(file: TableFile, module: ModuleType, lacking: list[str], by_lower: dict[str, str]) -> str:
    near = {name: get_close_matches(name, by_lower, n=1, cutoff=0.7) for name in lacking}
    renamed = [f"{found[0]!r} may be meant as {name}" for name, found in near.items() if found]
    hint = f" {'; '.join(renamed)}: rename it." if renamed else ""
    return (
        f"{file.path.name} looks like {module.NAME} but lacks the column{'s' if len(lacking) > 1 else ''} "
        f"{', '.join(lacking)}. "
        f"Found: {', '.join(file.header)}.{hint} Export the whole table again, or name the columns with "
        f"{term('mapping')}."
    )


_OF_ALL_ROWS = "=COUNTRY"  # in place of a column
_DEAD = "fatalit|killed|deaths?|dead|morts?|tues|deces|muert[eo]s?|mort[eo]s"
_LEAST, _MOST = "min(imum)?|low(er|est)?|least|minim[ao]", "max(imum)?|high(er|est)?|upper|most|maxim[ao]"
# Whose deaths a column counts, where it does not count all.
_OF_SOME = re.compile(
    r".*\b(civil|soldier|soldat|militar|polic|gendarm|fds|security|secur|force|attack|assail|perpetrat|insurg|rebel|"
    r"milit|guerr|terror|combat|women|femme|mujer|child|enfant|men\b|male|female|side|state|nonstate).*"
)
# Numbers that add up from row to row.
_RUNNING = re.compile(r".*(cumul|running[ _-]?(total|sum)|to[ _-]date\b|acumulad).*")
# What a column's name says it holds, in English, French, Spanish and Portuguese; the first pattern that a name fits is
# tried first.
_GUESSES: dict[str, tuple[str, ...]] = {
    "id": (r"(event|incident|attack)?[ _-]?(id|identifiant|no|n°|number|numero)([ _-]?(event|cnty))?", r".*[ _-]id"),
    "date": (
        r"(event|incident|attack|start)?[ _-]?date([ _-]?(start|debut|event|de l'evenement))?|when|day|jour|quand"
        r"|date.*",
        r".*date.*", r"fecha.*|data( .*)?|timestamp|horodat.*",
        r"from|du|desde|de|start|debut|inicio", r"period[eo]?|quarter.*|trimestre.*|semest.*",
        r"(reference[ _-]?)?(period|week|month|semaine|mois|semana|periode|periodo)[ _-]?"
        r"(start(ing)?|begin(ning)?|of|commencing|debut|du|inicio)",
    ),
    "end": (
        r"(date[ _-]?)?(to|until|end|fin|au|hasta|ate)|(end|fin)[ _-]?date|(event|incident|attack)?[ _-]?end",
    ),
    "year": (r"i?year([ _-]?(no|num|number))?|annee|an|ano|anno", r".*[ _-]year|year[ _-].*"),
    "month": (r"i?month([ _-]?(no|num|number))?|mois|mes",),
    "week": (r"(iso[ _-]?)?week([ _-]?(no|num|number|nr))?|(epi[ _-]?)?semaine|semana( epidemiologica)?",),
    "day": (r"day|jour|dia|iday",),
    "country": (
        r"country([ _-]?name)?|pays|nation|land|iso[ _-]?a?[23]?([ _-]?code)?|country.*|pays.*|pais",
        r".*country.*|state",
    ),
    "admin1": (
        r"(admin|adm)[ _-]?(level[ _-]?)?1.*|region|zone|province|prefecture|oblast|governorate|gouvernorat|wilaya|"
        r"departement|departamento|provincia|estado",
    ),
    "place": (
        r"place|location|locality|lieu|localite|town|ville|city|site|village|lugar|localidade?|municipio|cidade|ciudad",
    ),
    "admin2": (r"(admin|adm)[ _-]?(level[ _-]?)?2([ _-]?name)?|district|distrito|cercle|county|lga|woreda",),
    "lat": (
        r"(.*[ _-])?lat(itude?)?|latitud|y",
        r"(the_)?geom(etry)?([ _]?wkt)?|wkt|point|coord(inates|onnees|enadas)|gps.*",
    ),
    "lon": (r"(.*[ _-])?lon(g|gitude?|gitud)?|lng|x",),
    "deaths_low": (rf"(.*[ _-])?({_LEAST})[ _-].*({_DEAD}).*|(.*[ _-])?({_DEAD})([ _-].*)?[ _-]({_LEAST})",),
    "deaths_high": (rf"(.*[ _-])?({_MOST})[ _-].*({_DEAD}).*|(.*[ _-])?({_DEAD})([ _-].*)?[ _-]({_MOST})",),
    "deaths": (
        r"(best|deaths?|dead|fatalities|killed|morts?|tues?|deces|victimes|nombre de morts|n_?killed)",
        rf"total.*({_DEAD}).*|.*({_DEAD}).*total",
        rf".*({_DEAD}).*",
    ),
    "attacker": (
        r"attacker|perpetrator|actor[ _]?1?|who|grupo( .*)?|autor|group|auteurs?|assaillants?|groupe|acteur1?"
        r"|agresseurs?|(presunto ?)?(responsa(ble|vel)|autor(es)?)|agressor(es)?",
        r".*(perpetrator|attacker|auteur).*",
    ),
    "target": (r"target|victima?|cible|actor[ _]?2|acteur[ _]?2",),
    "type": (r"(event|attack|incident)?[ _-]?type|type.*|tipo.*|categori[ea]|category|nature.*|modalidad.*",
        r"(.*[/ _-])?(incident|event|attack)[ _-]?type|(.*[/ _-])?type[ _-]?(incident|event|attack).*",),
}  # fmt: skip


def _guess_mapping(header: list[str]) -> dict[str, str]:
    """Suggest which columns are meant, by name alone; a date in three columns is suggested as three."""
    guess: dict[str, str] = {}
    times = Counter(column_key(name) for name in header)
    # Footnotes and signs are no part of a name; a name that stands twice cannot be meant.
    folded = {
        name: fold(re.sub(r"\[\w+\]$|^#", "", name)).strip(" :*")
        for name in header
        if name and times[column_key(name)] == 1
    }
    some = [name for name in folded if _OF_SOME.fullmatch(folded[name].replace("_", " "))]
    for word, patterns in _GUESSES.items():
        free = [name for name in folded if name not in guess.values() and not _RUNNING.fullmatch(folded[name])]
        if word == "end" and "date" not in guess:
            continue
        if word == "deaths":
            # Of columns that count the deaths of some each, none holds those of all.
            part = [name for name in some if re.search(_DEAD, folded[name])]
            free = [name for name in free if len(part) < 2 or name not in part]
            free = [] if "deaths_low" in guess and "deaths_high" in guess else free
        found = next((name for pattern in patterns for name in free if re.fullmatch(pattern, folded[name])), None)
        if found:
            guess[word] = found
    if "id" not in guess:
        counting = [name for name in folded if name not in guess.values() and _COUNT_NAMES.fullmatch(folded[name])]
        guess |= {"count": counting[0]} if counting else {}
    if "month" in guess:
        guess.pop("week", None)
    parts = [word for word in ("year", "month", "day", "week") if word in guess]
    if "date" in guess and re.fullmatch(_GUESSES["day"][0], folded[guess["date"]]) and "year" in guess:
        guess["day"] = guess.pop("date")
    elif "date" in guess:
        for word in parts:
            del guess[word]
    if "date" not in guess and "year" not in guess:
        guess["date"] = next((guess.pop(word) for word in ("month", "week") if word in guess), "WHEN")
    guess.setdefault("country", _OF_ALL_ROWS)
    order = [
        "id",
        "date",
        "year",
        "month",
        "week",
        "day",
        *(word for word in guess if word not in ("id", "date", "year", "month", "week", "day")),
    ]
    return {word: guess[word] for word in order if word in guess}
