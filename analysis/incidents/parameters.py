"""The one list of what a study is told: its name, type, default, meaning and range each stand on one line here.

Options of the command line, the parameters cell of every notebook, the arguments of `open_study`, the keys of a
schedule and the name of a report are made from it. Light: reading it costs no import of pandas.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from inspect import Parameter as SignatureParameter
from inspect import signature
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar, cast, get_type_hints

from analysis.incidents.actor_types import kinds_or_names
from analysis.incidents.canonical import SOURCES
from analysis.incidents.definition import MOST_DAYS, definition_problem
from analysis.incidents.kinds import called_types
from analysis.incidents.places import country_within
from analysis.language import LANGUAGES, say

# In place of a column of counts: each row is one event, as where none is named, and it is not asked whether it is.
NO_COUNT = "none"
UNITS = ("country", "admin1", "admin2", "grid")
# What one table is split by, and what its parts are compared by.
SPLITS = ("attacker", "attacker_type", "pair", "target_type", "target_group", "event_type", "tactic")
COMPARED_BY = ("country", "admin1", "admin2", "actor", *SPLITS)
# Parameters that take the values of another.
TAKES_VALUES_OF = {"attacker": "actor", "target": "actor"}
# The story that the embedded table tells: what a notebook opened by hand and `escalation report` without a table are
# about.
EXAMPLE = {"country": "MLI", "attacker": "JNIM", "as_of": "2025-07-01", "headline_count": 3}
TABLE = "table"
# What the made-up table is called where a table is named.
EXAMPLE_NAME = "example"
R = TypeVar("R")
Type = type  # as `Parameter` itself has a part of that name


def _told(
    default: object,
    meaning: str,
    *,
    empty: str = "",
    kind: str = "",
    option: str = "",
    example: str = "",
    choices: tuple[str, ...] = (),
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
    names_report: bool = False,
) -> Any:
    """Return a field of the list.

    ``empty`` says what no value means; ``kind`` is ``names``, ``day``, ``file``, ``folder`` or plain; ``option`` is the
    command line's name where it is not the parameter's own; ``above``, ``least`` and ``below`` bound a number;
    ``names_report``: another value makes another report.
    """
    told = {
        "meaning": meaning, "empty": empty, "kind": kind, "option": option, "example": example, "choices": choices,
        "above": above,
        "least": least, "below": below, "names_report": names_report,
    }  # fmt: skip
    return field(default=default, metadata=told)


# Days of which a table can speak.
FIRST_DAY, LAST_DAY = "1500-01-01", "2500-12-31"
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Selection:
    """What of the table is asked for; empty means all. Days are inclusive."""

    country: tuple[str, ...] = _told(
        (), "country, ISO3 or name", empty="all", kind="names", example="MLI", names_report=True
    )
    region: tuple[str, ...] = _told(
        (),
        "group of countries, e.g. sahel; a region of one country is admin1",
        empty="all",
        kind="names",
        names_report=True,
    )
    admin1: tuple[str, ...] = _told(
        (), "first-order unit: a region or state of a country", empty="all", kind="names", names_report=True
    )
    actor: tuple[str, ...] = _told(
        (), "group or type of group, on either side", empty="all", kind="names", names_report=True
    )
    attacker: tuple[str, ...] = _told((), "group or type of attacker", empty="all", kind="names", names_report=True)
    target: tuple[str, ...] = _told((), "named target", empty="all", kind="names", names_report=True)
    target_type: tuple[str, ...] = _told(
        (), "type of target, e.g. security_forces", empty="all", kind="names", names_report=True
    )
    event_type: tuple[str, ...] = _told(
        (),
        "publisher's type or sub-type of event, or demonstrations, other",
        empty="attacks",
        kind="names",
        names_report=True,
    )
    offensive: str = _told(
        "", "what counts as an offensive", empty="the same day, 2 sites or 25 deaths",
        example="gap=1,km=150,sites=3,deaths=25",
        names_report=True,
    )  # fmt: skip
    from_date: str = _told(
        "", "first day", empty="where coverage starts", kind="day", option="--from", names_report=True
    )
    as_of: str = _told("", "last day", empty="the last covered day", kind="day")
    allow_uncovered: bool = _told(False, "accept a last day that the table does not cover")
    unit: str = _told("country", "place that is counted", choices=UNITS, names_report=True)

    def as_dict(self) -> dict[str, object]:
        """Return plain values, lists for the tuples, as ``indicators.json`` carries them."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    def __str__(self) -> str:
        who = kinds_or_names(self.attacker) or ("" if self.actor else say("all attackers"))
        what = kinds_or_names((*self.target, *self.target_type))
        what = what or ("" if self.actor and not who else say("all targets"))
        told = [say("{names} on either side", names=kinds_or_names(self.actor))] if self.actor else []
        told += [say("{who} on {what}", who=who, what=what) if who and what else who or what]
        if self.event_type:
            told.append(say("{types} only", types=", ".join(called_types(self.event_type))))
        of = ", ".join(filter(None, told))
        if places := [*self.admin1, *map(country_within, self.country)]:
            return say("{of} in {countries}", of=of, countries=", ".join(places))
        return say("{of} in all countries", of=of)


@dataclass(frozen=True)
class Reading:
    """How the table and the files beside it are read."""

    source: str = _told("auto", "publisher; auto: recognised from the columns", choices=("auto", *SOURCES))
    mapping: str = _told(
        "", "columns of a plain table, or a TOML file of them", option="--map", example="date=when,..."
    )
    sheet: str = _told(
        "", "sheet of a workbook", empty="the one that holds the table", example="NAME", names_report=True
    )
    header_row: int = _told(0, "row that holds the columns' names; 0: found by itself, -1: none", least=-1, below=10**9)
    count: str = _told(
        "",
        "column of counts, where each row is a unit and a period: COLUMN, or none",
        empty="each row is one event",
        example="COLUMN",
        names_report=True,
    )
    day_first: bool = _told(False, "read 05/03/2024 as 5 March")
    month_first: bool = _told(False, "read 05/03/2024 as 3 May")
    strict: bool = _told(False, "refuse the table at its first problem")
    actors: str = _told("", "table of actors, their types and aliases, which adds to the shipped one", kind="file")
    coverage: str = _told("", "table of covered days by country, one row for each unbroken span", kind="file")
    reference: str = _told("", "reference counts to hold the table against", kind="file")


@dataclass(frozen=True)
class Beside:
    """What is read beside the table."""

    regions: str = _told("", "table of groups of countries in place of the shipped one", kind="file")
    claims: str = _told("", "claims table", empty="beside a table of the project's own form, if there", kind="file")
    context: str = _told("", "table of what happened beside: date, text", kind="file")
    boundaries: str = _told("", "GeoJSON of units to draw on maps and to count the spread by", kind="file")
    snapshots: str = _told("", "folder of earlier exports of the table, each with its day in its name", kind="folder")


@dataclass(frozen=True)
class Settings:
    """What the measures are told beside the data."""

    window_days: int = _told(
        30,
        "days: the trailing window under test; the verdict looks at 90 and 30 days whatever it is",
        option="--window",
        least=1,
        below=MOST_DAYS,
        example="DAYS",
        names_report=True,
    )
    baseline_days: int = _told(
        1096,
        "days: the longest baseline",
        option="--baseline",
        least=1,
        below=MOST_DAYS,
        example="DAYS",
        names_report=True,
    )
    headline_count: int = _told(0, 'the k of "the k-th offensive" as reported; 0: as counted', least=0)
    level: float = _told(0.95, "confidence level of intervals", above=0, below=1)
    seed: int = _told(20250701, "of every simulation", least=0)
    n_simulations: int = _told(10_000, "of every simulation", least=1, below=10**7)
    language: str = _told("en", "language of what is said", option="--language", choices=LANGUAGES, names_report=True)


@dataclass(frozen=True)
class Parameters(Settings, Beside, Reading, Selection):
    """Everything that a study is told, checked; the order is that of a notebook's cell."""


@dataclass(frozen=True)
class Parameter:
    """One line of the list; see `_told` for what each part means. ``group`` is the class that it stands in."""

    name: str
    type: Type
    default: object
    group: Type
    meaning: str
    empty: str = ""
    kind: str = ""
    option: str = ""
    example: str = ""
    choices: tuple[str, ...] = ()
    above: float | None = None
    least: float | None = None
    below: float | None = None
    names_report: bool = False

    @property
    def flag(self) -> str:
        """The name of its option on the command line; empty: it has none, and is given by ``-p``."""
        return self.option or ("" if self.group is Settings else f"--{self.name.replace('_', '-')}")

    @property
    def plain_default(self) -> object:
        """The default as a notebook's parameter holds it: names are one text."""
        return "" if self.kind == "names" else self.default

    @property
    def words(self) -> str:
        """Its meaning, with what may be written and what no value means."""
        chosen = f": {', '.join(self.choices)}" if self.choices and self.name != "source" else ""
        written = {
            "names": ', or a list in text, e.g. ["A", "B, C"]',
            "day": ", written 2025-07-01",
            "file": " (path)",
            "folder": " (path)",
        }
        return f"{self.meaning}{chosen}{written.get(self.kind, '')}{f'; empty: {self.empty}' if self.empty else ''}"

    @property
    def argument_words(self) -> str:
        """Its meaning as an argument in Python, where names are lists and days are dates."""
        meaning = self.meaning
        if self.name == "mapping":
            meaning = (
                "columns of a plain table: a dict, e.g. {'date': 'when', 'country': 'land'}, text, or a TOML file. It "
                "names for what is known here the column that holds it: date, country (both needed), attacker, target, "
                "deaths, admin1 (also called region or province here), admin2, place, latitude, longitude, type, id, "
                "..."
            )
        chosen = f": {', '.join(self.choices)}" if self.choices and self.name != "source" else ""
        given = {
            "names": ": one, or a list",
            "day": ": a date, a Timestamp or text such as 2025-07-01",
            "file": " (path)",
            "folder": " (path)",
        }
        example = f", e.g. {self.example}" if "=" in self.example and self.name != "mapping" else ""
        return f"{meaning}{chosen}{given.get(self.kind, '')}{example}{f'; empty: {self.empty}' if self.empty else ''}"

    @property
    def argument_type(self) -> object:
        """What its annotation as an argument in Python is."""
        by_kind = {"names": str | Sequence[str], "day": str | date, "file": str | Path, "folder": str | Path}
        return str | Mapping[str, str] if self.name == "mapping" else by_kind.get(self.kind, self.type)

    def wrong_kind(self, value: object) -> str:
        """Return what kind of value is expected in place of one of another kind, or ``""``."""
        if self.kind == "names":
            several = isinstance(value, Iterable) and not isinstance(value, bytes | Mapping)
            return "" if several else "a name, or a list of names"
        if self.kind == "day":
            day = isinstance(value, str) or (isinstance(value, date) and value == value)  # NaT is not itself
            return "" if day else 'a day: text such as "2025-07-01", a date or a Timestamp'
        if self.kind in ("file", "folder"):
            return "" if isinstance(value, str | PathLike) else "a path"
        if self.name == "mapping":
            return "" if isinstance(value, str | PathLike | Mapping) else "text, a dict, or the path of a TOML file"
        if self.type is bool:
            return "" if isinstance(value, bool) else "True or False"
        if self.type in (int, float):
            number = not isinstance(value, bool | str) and not hasattr(value, "__len__")  # nor an array
            try:
                read = self.type(cast(Any, value))
                number = number and (self.type is float or read == value)  # 100.0 is 100
            except (TypeError, ValueError, OverflowError):
                number = False
            whole = "a whole number" if self.type is int else "a number"
            return "" if number else whole
        return "" if isinstance(value, str) else "text"

    def problem(self, value: object) -> str:
        """Return what is wrong with a value, or ``""``."""
        if self.kind not in ("file", "folder") and not is_text(value):
            return "it holds bytes that are no text; write it in UTF-8"
        if self.name == "offensive" and (wrong := definition_problem(str(value))):
            return wrong
        is_day = self.kind == "day" and isinstance(value, str) and _ISO_DAY.fullmatch(value)
        if is_day and not FIRST_DAY <= str(value) <= LAST_DAY:
            return f"expected a day from {FIRST_DAY} to {LAST_DAY}"
        if self.choices and value not in self.choices:
            return f"expected one of {', '.join(self.choices)}"
        if isinstance(value, int | float) and not isinstance(value, bool):
            if self.least is not None and not value >= self.least:
                return f"expected at least {self.least:g}"
            if self.above is not None and not value > self.above:
                return f"expected more than {self.above:g}"
            if self.below is not None and not value < self.below:
                return f"expected less than {self.below}"
        return ""


def is_text(value: object) -> bool:
    """Return whether texts can be written to a file: words of the command line, and names of files, may hold any
    bytes."""
    texts = [value] if isinstance(value, str) else value if isinstance(value, tuple) else ()
    return not any("\ud800" <= sign <= "\udfff" for text in texts for sign in str(text))


def parameters_of(*groups: type) -> tuple[Parameter, ...]:
    """Return the list, or the part of it that stands in some groups, in order."""
    listed = []
    for group in groups or GROUPS:
        kinds = get_type_hints(group)
        listed += [Parameter(one.name, kinds[one.name], one.default, group, **one.metadata) for one in fields(group)]
    return tuple(listed)


# In the order of a notebook's cell.
GROUPS = (Selection, Reading, Beside, Settings)


def names_of(*groups: type, kinds: Iterable[str] = ()) -> tuple[str, ...]:
    """Return names of parameters, of some groups and of some kinds."""
    return tuple(one.name for one in parameters_of(*groups) if not kinds or one.kind in kinds)


def defaults_of(*groups: type) -> dict[str, object]:
    """Return parameters with their defaults, as a notebook's cell holds them."""
    return {TABLE: "", **{one.name: one.plain_default for one in parameters_of(*groups)}}


def nothing_selected() -> dict[str, object]:
    """Return what a notebook's own example selects, unset: whoever names a selection names all of it."""
    chosen = {one.name: one.plain_default for one in parameters_of(Selection) if one.plain_default == ""}
    return {TABLE: ""} | chosen | {name: defaults_of()[name] for name in EXAMPLE}


def reading_of(given: Mapping[str, object]) -> dict[str, Any]:
    """Return what of some parameters says how a table is read, as `load_incidents` takes it."""
    return {name: value for name in names_of(Reading) if (value := given.get(name)) not in (None, "")}


def parameters_in(names: Mapping[str, object]) -> dict[str, object]:
    """Return those names that are parameters of a study, e.g. of a notebook's ``globals()``."""
    return {name: names[name] for name in defaults_of() if name in names}


def listed_in_signature(function: Callable[..., R]) -> Callable[..., R]:
    """Give a function that takes parameters of a study as ``**parameters`` the signature that names them, and their
    meanings in its text."""
    by_name = signature(function)
    kept = [one for one in by_name.parameters.values() if one.kind is not SignatureParameter.VAR_KEYWORD]
    named = [
        SignatureParameter(
            one.name, SignatureParameter.KEYWORD_ONLY, default=one.plain_default, annotation=one.argument_type
        )
        for one in parameters_of()
    ]
    function.__signature__ = by_name.replace(parameters=[*kept, *named])  # type: ignore[attr-defined]
    meanings = "\n".join(
        f"    {one.name}\n        {one.argument_words[0].upper()}{one.argument_words[1:]}." for one in parameters_of()
    )
    function.__doc__ = (function.__doc__ or "").replace(
        "    **parameters\n        See `analysis.incidents.parameters`.", meanings
    )
    return function
