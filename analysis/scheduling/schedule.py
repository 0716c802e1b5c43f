"""The schedule: which reports, of what, how often; read from TOML and checked before anything runs.

A report is due when none was published since its last appointed time. That is read from what is published, so that a
missed Monday is caught up once, however many were missed, and a failed report stays due.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from errno import EACCES
from pathlib import Path
from typing import Any

from analysis.incidents.errors import ParameterError, TableError
from analysis.incidents.names import as_names, names_text
from analysis.incidents.parameters import TABLE, Selection, names_of, nothing_selected, reading_of
from analysis.incidents.places import find_iso3
from analysis.incidents.printing import printable
from analysis.incidents.sidefiles import MOST_TOML_BYTES, parse_toml, read_text, toml_lines
from analysis.incidents.terms import KEY, in_terms
from analysis.publishing.folders import (
    REFUSED,
    last_facts,
    published_folders,
    read_manifest,
    reason_of,
    report_folders,
    write_whole,
)
from analysis.publishing.naming import can_be_name, checked_name
from analysis.publishing.own_files import read_facts
from analysis.publishing.owners import Owner, differs, is_made, kept_apart, name_of_country, owner_of, seen_from
from analysis.publishing.publish import FORMATS, KNOWN_FORMATS, find_notebook
from analysis.publishing.runner import notebook_parameters, typed_parameters
from analysis.resources import MOST_MEMORY_MB, named_path, real_path
from analysis.scheduling.errors import ScheduleError, UnknownReportError
from analysis.version import __version__

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CADENCES = ("daily", "weekly", "monthly")
TOLD_ON = ("first", "verdict", "alert", "alert_ended", "history", "failure")
SELECTION = names_of(Selection)
FOLDERS = names_of(kinds=["folder"])
PATHS = (TABLE, *names_of(kinds=["file"]), *FOLDERS)
SECRET = re.compile(r"pass|secret|token|api_?key|credential", re.IGNORECASE)
ENVIRONMENT_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
# What a table of TOML holds, whose values are checked key by key; what a value may be.
Toml = dict[str, Any]
Type = type | tuple[type, ...]
BATCH_KEYS: dict[str, Type] = {
    "out": str, "workers": int, "timeout_minutes": (int, float), "cell_timeout_minutes": (int, float), "memory_mb": int,
    "retries": int, "keep": int,
}  # fmt: skip
REPORT_KEYS: dict[str, Type] = {
    "notebook": str, "cadence": str, "on": (str, int), "at": str, "formats": list, "foreach": str, "countries": list,
    "template": str, "selection": dict, "parameters": dict, "notify": dict, **dict.fromkeys(PATHS, str),
}  # fmt: skip
MOST_OF = {
    "workers": 1024, "timeout_minutes": 10_080, "cell_timeout_minutes": 10_080, "memory_mb": MOST_MEMORY_MB,
    "retries": 100, "keep": 1_000_000,
}  # fmt: skip
# Of a schedule, so many are told; a file that is none has one on every line.
MOST_PROBLEMS = 50
EMBEDDED = "data/sahel/incidents.csv"
# Clocks of machines that share a folder are never quite the same.
CLOCKS_DIFFER = timedelta(minutes=10)
NOTIFY_KEYS: dict[str, Type] = {"on": list, "email": list, "webhook_env": str, "command": list}


@dataclass(frozen=True)
class Cadence:
    """When a report is due: ``daily``, ``weekly`` on a weekday, or ``monthly`` on a day of the month; times are UTC."""

    every: str = "weekly"
    day: int = 0
    hour: int = 0
    minute: int = 0

    def last_time(self, now: datetime) -> datetime:
        """Return the last appointed time at or before ``now``."""
        at = now.replace(hour=self.hour, minute=self.minute, second=0, microsecond=0)
        if self.every == "daily":
            return at if at <= now else at - timedelta(days=1)
        if self.every == "weekly":
            at -= timedelta(days=(at.weekday() - self.day) % 7)
            return at if at <= now else at - timedelta(days=7)
        at = at.replace(day=self.day)
        return at if at <= now else (at.replace(day=1) - timedelta(days=1)).replace(day=self.day)


@dataclass(frozen=True)
class Notify:
    """Who is told of what; nothing here is secret: addresses of webhooks and passwords come from the environment."""

    on: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    webhook_env: str = ""
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """One report of the schedule; with ``foreach``, one of its countries."""

    name: str
    notebook: Path
    parameters: dict[str, object]
    formats: tuple[str, ...] = FORMATS
    cadence: Cadence = Cadence()
    notify: Notify = Notify()
    entry: str = ""  # what makes it, with ``schedule``: see `analysis.publishing.owners.Owner`
    foreach: str = ""
    countries: tuple[str, ...] = ()
    problem: str = ""  # why it cannot be made, known before it is tried
    template: Path | None = None
    schedule: str = ""
    taken: bool = False  # whether another report has its name in the folder
    replaces: bool = False  # whether another report that nobody makes any more stands under its name
    # Whether another schedule makes it too, and did so last: whom that one told of it, this one did not.
    shared: bool = False

    @property
    def owner(self) -> Owner:
        """Who makes it: this schedule's entry."""
        return Owner(self.schedule, self.entry)

    @property
    def kept_as(self) -> str:
        """What is kept of it beside the reports is called so: as it is, or, of one whose name is another's too, apart
        from that."""
        return kept_apart(self.name, self.schedule) if self.taken or self.shared else self.name

    def place(self, out: Path) -> Path:
        """Return the folder of what it publishes, and of its failure; of one whose name is another's, the failure
        alone."""
        return out / REFUSED / self.kept_as if self.taken else out / self.name


@dataclass(frozen=True)
class Schedule:
    """A checked schedule. ``reports`` are as written; `expand` makes one of each country."""

    path: Path
    out: Path
    reports: tuple[Report, ...]
    workers: int = 2
    timeout_seconds: float = 1800.0
    cell_timeout_seconds: float = 900.0
    memory_mb: int = 4096
    retries: int = 1
    keep: int = 12
    secrets: tuple[str, ...] = field(default=())


def read_schedule(path: Path) -> Schedule:
    """Read and check a schedule, a TOML file; relative paths in it are relative to its folder. See
    ``reports/schedule.toml`` for all keys.

    Raises `ScheduleError` if the file cannot be read or is no TOML; else with every problem found, each with its line
    and key.
    """
    try:
        text = read_text(path, most_bytes=MOST_TOML_BYTES, what="a schedule")
        document = parse_toml(text, path=path, what="a schedule")
    except TableError as error:
        raise ScheduleError(str(error)) from None
    return _Checker(path, text).check(document)


def expand(schedule: Schedule, *, only: Sequence[str] = ()) -> list[Report]:
    """Return one report for each name to be published, or of those that ``only`` names, by themselves or by their
    entry; ``foreach = "country"`` makes one of each of the table's countries.

    Raises `UnknownReportError` if a name in ``only`` is in the schedule nowhere; `ScheduleError` if two reports would
    share a name.
    """
    expanded: list[Report] = []
    label = seen_from(schedule.out, schedule.path)
    for report in [replace(one, schedule=label) for one in schedule.reports]:
        wanted = not only or any(name == report.name or name.startswith(f"{report.name}-") for name in only)
        if not report.foreach:
            expanded.append(report)
        elif wanted:
            try:
                cache = schedule.out / ".state" / "countries.json" if schedule.out.is_dir() else None
                countries = report.countries or table_countries(report.parameters, cache=cache)
            except TableError as error:  # it stops its own reports alone
                expanded.append(replace(report, problem=str(error)))
                continue
            expanded += [_of_country(report, country) for country in countries]
            if not report.countries:
                expanded += _gone(report, schedule, listed=countries)
    expanded = [_beside_others(one, schedule.out) for one in expanded]
    names = [checked_name(report.name) for report in expanded]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise ScheduleError(f"{schedule.path.name}: more than one report would be called {', '.join(doubled)}.")
    if not only:
        return expanded
    chosen = [report for report in expanded if report.name in only or report.entry in only]
    known = {report.name for report in expanded} | {report.entry for report in schedule.reports}
    for name in only:
        if name not in known:
            known |= {report.name for report in expand(schedule)}
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(known)[:20])}."
            raise UnknownReportError(f"{schedule.path.name} has no report {name!r}; {hint}")
    return chosen


def _of_country(report: Report, country: str) -> Report:
    parameters = report.parameters | {"country": country}
    return replace(report, name=name_of_country(report.name, country), parameters=parameters)


def _gone(report: Report, schedule: Schedule, *, listed: Sequence[str]) -> list[Report]:
    """Return the reports that an entry published on countries that its table lists no more, as those that cannot be
    made: what was published of them stands, and nobody would see that it is renewed no more."""
    known = {name_of_country(report.name, country) for country in listed} | {one.name for one in schedule.reports}
    table = Path(str(report.parameters.get(TABLE) or EMBEDDED)).name
    found, folders = [], []
    with suppress(OSError):
        folders = report_folders(schedule.out)
    for folder in folders:
        if not folder.name.startswith(f"{report.name}-") or folder.name in known:
            continue
        facts = last_facts(folder)
        country = facts.get("parameters", {}).get("country")
        if owner_of(facts) == report.owner and isinstance(country, str):
            problem = (
                f"{country} is in {table} no more. {folder.name} stands as of {facts['as_of']} and is not renewed. Mend"
                f" the table; or, where it is to end, move the folder {folder.name} away."
            )
            found.append(replace(_of_country(report, country), name=folder.name, problem=problem))
    return found


def _beside_others(report: Report, out: Path) -> Report:
    """Return a report, with its problem where another one that somebody else publishes has its name."""
    facts = last_facts(out / report.name)
    owner = owner_of(facts)
    if owner is None or owner.schedule == report.schedule:
        return report
    if report.problem:  # of a table as a whole, and kept apart from a report that is called like the entry
        return replace(report, taken=is_made(out, facts))
    with in_terms(KEY):
        other = differs(facts, notebook=report.notebook.stem, parameters=report.parameters)
    made = is_made(out, facts)
    if not other or not made:
        return replace(report, replaces=bool(other), shared=made and bool(owner.schedule))
    problem = (
        f"{report.name} is the name of another report in {out}, published by {owner.told(out)}: {other}. Give this one"
        f" another name, or move the folder {report.name} away."
    )
    return replace(report, problem=problem, taken=True)


def is_due(report: Report, out: Path, *, now: datetime, grace: timedelta = timedelta()) -> bool:
    """Return whether nothing was published of a report since its last appointed time that is as long ago as ``grace``,
    whatever day it was as of.

    What claims to be made in the future was made by a clock that was wrong, and does not count; nor does another report
    that nobody makes any more.
    """
    if report.replaces:
        return True
    made = []
    with suppress(OSError):  # of a report whose files cannot be read now, which whoever makes it tells
        made = [moment for moment in times_made(out / report.name) if moment <= now + CLOCKS_DIFFER]
    return not made or max(made) < report.cadence.last_time(now - grace)


def ended(schedule: Schedule, expanded: Sequence[Report]) -> list[str]:
    """Return the names of what this schedule published, and makes no more: what was published of them stands."""
    label, known = seen_from(schedule.out, schedule.path), {report.name for report in expanded}
    found = []
    with suppress(OSError):
        for folder in report_folders(schedule.out):
            facts = {} if folder.name in known else last_facts(folder)
            owner = owner_of(facts)
            if owner and owner.schedule == label and not is_made(schedule.out, facts):
                found.append(folder.name)
    return found


def times_made(reports: Path) -> list[datetime]:
    """Return when each published folder of a report was made, newest day first; those that do not say are left out."""
    return read_times(str(read_manifest(folder).get("started", "")) for folder in published_folders(reports))


def read_times(texts: Iterable[str]) -> list[datetime]:
    """Return moments as they are noted beside reports, without those that are none."""
    made = []
    for text in texts:
        with suppress(ValueError):
            moment = datetime.fromisoformat(text)
            made.append(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return made


def with_problem(report: Report) -> Report:
    """Return a report with its problem where a file or folder that it names cannot be read now, which a run would only
    find when it makes it."""
    named = {name: report.parameters[name] for name in PATHS if report.parameters.get(name)}
    if str(report.parameters.get("mapping", "")).endswith(".toml"):
        named["mapping"] = report.parameters["mapping"]
    if report.template:
        named["template"] = report.template
    for name, given in () if report.problem else named.items():
        path, wanted = str(given), "folder" if name in FOLDERS else "file"
        try:
            reason = "" if os.path.isdir(path) == (name in FOLDERS) else f"it is no {wanted}"
            os.stat(path)
            reason = reason or ("" if os.access(path, os.R_OK) else os.strerror(EACCES))
        except (OSError, ValueError) as error:
            reason = f"{getattr(error, 'strerror', error)}"
        if reason:
            return replace(report, problem=f"{name} {path} cannot be read: {reason}.")
    return report


def odd_times(report: Report, out: Path, *, now: datetime) -> str:
    """Say what is odd about the times of a report's folders, if anything is."""
    try:
        made = times_made(out / report.name)
    except OSError as error:
        return f"{report.name} cannot be read now: {reason_of(error)}"
    if any(moment > now + CLOCKS_DIFFER for moment in made):
        return f"{report.name} was made in the future"
    if made and max(made) != made[0]:
        return f"the last {report.name} is as of an earlier day than one before it"
    return ""


def table_countries(parameters: Mapping[str, object], *, cache: Path | None) -> tuple[str, ...]:
    """Return the countries of a report's table, in order; kept beside the reports, if there is a folder of them, until
    the table changes.

    Raises `TableError` if the table cannot be used.
    """
    from analysis.resources import resource

    table = Path(str(parameters.get(TABLE) or resource(EMBEDDED)))
    reading = reading_of(parameters)
    try:
        facts = table.stat()
    except OSError as error:
        raise TableError(f"{table.name} cannot be read: {error.strerror}.", path=table) from None
    # Another version may read it otherwise; a file's own time of change can be set, the system's note of it cannot.
    mark = [__version__, str(table), facts.st_size, facts.st_ctime_ns, sorted(reading.items())]
    for value in reading.values():  # a mapping or a file beside the table may change while the table does not
        with suppress(OSError, ValueError):
            facts = os.stat(str(value))
            mark.append([facts.st_size, facts.st_ctime_ns])
    mark = json.loads(json.dumps(mark))
    kept: dict[str, Any] = {}
    with suppress(OSError):
        kept = read_facts(cache) if cache else {}
    known = kept.get(str(table))
    if isinstance(known, dict) and known.get("mark") == mark and isinstance(known.get("countries"), list):
        return tuple(map(str, known["countries"]))
    from analysis.incidents import load_incidents

    countries = sorted(load_incidents(table, **reading).rows["country"].dropna().unique().tolist())
    kept[str(table)] = {"mark": mark, "countries": countries}
    with suppress(OSError):
        if cache:
            write_whole(cache, json.dumps(kept, ensure_ascii=False))
    return tuple(countries)


class _Checker:
    """Collects every problem of a schedule before it is refused."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = real_path(path)
        self._lines = toml_lines(text)
        self._problems: list[tuple[int, str]] = []

    def check(self, document: Toml) -> Schedule:
        """Return the schedule, or raise with all problems in order of lines."""
        self._keys(document, {"batch": dict, "defaults": dict, "reports": dict}, ())
        batch = self._table(document, "batch", BATCH_KEYS)
        defaults = self._table(document, "defaults", REPORT_KEYS)
        self._refuse_empty(defaults, {}, ("defaults",))
        written = document.get("reports")
        if not isinstance(written, dict) or not written:
            self._say((), "reports", "there is no report: write [reports.NAME]")
            written = {}
        reports = [self._report(name, entry, defaults) for name, entry in written.items()]
        for key, least in {
            "workers": 1, "timeout_minutes": 0.01, "cell_timeout_minutes": 0.01, "memory_mb": 256, "retries": 0,
            "keep": 1,
        }.items():  # fmt: skip
            if key not in batch:
                continue
            if not batch[key] >= least:
                self._say(("batch",), key, f"is {batch[key]}; at least {least}")
            elif batch[key] > MOST_OF[key]:
                self._say(("batch",), key, f"is {batch[key]:.6g}; at most {MOST_OF[key]:,}")
        if self._problems:
            problems = sorted(set(self._problems))
            said = [f"{self._path.name}, line {line}: {words}." for line, words in problems[:MOST_PROBLEMS]]
            if more := len(problems) - len(said):
                said.append(f"{self._path.name}: {more:,} more problems.")
            raise ScheduleError("\n".join(map(printable, said)))
        found = [report for report in reports if report]
        return Schedule(
            path=self._path,
            out=self._place(str(batch.get("out", "published"))),
            reports=tuple(found),
            secrets=secret_names(found),
            **{key: batch[key] for key in ("workers", "memory_mb", "retries", "keep") if key in batch},
            **{
                f"{key}_seconds": batch[f"{key}_minutes"] * 60.0
                for key in ("timeout", "cell_timeout")
                if f"{key}_minutes" in batch
            },
        )

    def _report(self, name: str, entry: object, defaults: Toml) -> Report | None:
        where = ("reports", name)
        if not can_be_name(name) or len(name) > 100:
            self._say(
                where,
                "",
                f"{name!r} cannot be a report's name: it becomes a folder; use letters, digits, '-', '_' and '.'",
            )
            return None
        if not isinstance(entry, dict):
            self._say(("reports",), name, "is not a table; write [reports.NAME]")
            return None
        before = len(self._problems)
        self._keys(entry, REPORT_KEYS, where)
        self._refuse_empty(entry, defaults, where)
        nested = {
            key: {**_dict(defaults.get(key)), **_dict(entry.get(key))} for key in ("selection", "parameters", "notify")
        }
        told = {key: value for key, value in {**defaults, **entry}.items() if key not in nested}
        if len(self._problems) > before:
            return None
        cadence = self._cadence(told, where)
        notify = self._notify(nested["notify"], (*where, "notify"))
        formats = tuple(told.get("formats", FORMATS))
        for form in formats:
            if not isinstance(form, str) or form not in KNOWN_FORMATS:
                self._say(where, "formats", f"{form!r} is not a format; known: {', '.join(KNOWN_FORMATS)}")
        template = self._place(str(told["template"])) if told.get("template") else None
        if template and "pptx" not in formats:
            self._say(where, "template", 'is of slides; ask for them too: formats = ["html", "pdf", "pptx"]')
        if told.get("foreach", "country") != "country":
            self._say(where, "foreach", f'{told["foreach"]!r}; only "country" is known')
        if "countries" in told and "foreach" not in told:
            self._say(where, "countries", 'needs foreach = "country"')
        countries = self._countries(told, where, undone=bool(defaults.get("countries")))
        if "foreach" in told and "country" in nested["selection"]:
            self._say(
                (*where, "selection"),
                "country",
                'is made by foreach = "country"; use countries = [...] for some of them',
            )
        notebook, problem = self._notebook(str(told.get("notebook", "situation")), where)
        if notebook and problem:  # what it takes is not known: it stops this report alone
            parameters = self._parameters(find_notebook("situation"), nested | {"parameters": {}}, told, where)
        else:
            parameters = self._parameters(notebook, nested, told, where) if notebook else {}
        if notebook is None or len(self._problems) > before:
            return None
        return Report(
            name,
            notebook,
            parameters,
            formats,
            cadence,
            notify,
            entry=name,
            foreach=str(told.get("foreach", "")),
            countries=countries,
            problem=problem,
            template=template,
        )

    def _refuse_empty(self, found: Toml, defaults: Toml, where: tuple[str, ...]) -> None:
        """Refuse a selection or a file without a value, as whoever writes schedules leaves it whose variable is empty:
        all would be selected, and the embedded table reported on. What undoes a default stays."""
        undone = _dict(defaults.get("selection"))
        told = [((*where, "selection"), name, value, undone) for name, value in _dict(found.get("selection")).items()]
        told += [(where, name, found[name], {} if name == TABLE else defaults) for name in PATHS if name in found]
        for at, name, value, before in told:
            held = value if isinstance(value, list) else [value]
            blank = [one for one in held if isinstance(one, str) and not as_names(one)]  # an empty list in text too
            if (blank or not held) and not (len(held) == len(blank) and before.get(name)):
                self._say(at, name, "is empty; leave it out, or give it a value")

    def _countries(self, told: Toml, where: tuple[str, ...], *, undone: bool) -> tuple[str, ...]:
        found = tuple(told.get("countries", ()))
        if "countries" in told and not found and not undone:
            self._say(where, "countries", "is empty; leave it out, or name some")
        for country in found:
            # It becomes part of a folder's name.
            if not isinstance(country, str) or not re.fullmatch(r"[A-Z]{3}", country) or find_iso3(country) != country:
                self._say(where, "countries", f'{country!r} is not an ISO3 code, e.g. "MLI"')
        return found

    def _notebook(self, told: str, where: tuple[str, ...]) -> tuple[Path | None, str]:
        """Return a notebook, and of one of the user's own why it cannot be used now, if it cannot."""
        own = self._place(told) if told.endswith(".ipynb") else None
        try:
            found = own or find_notebook(told)
            notebook_parameters(found)
        except (OSError, ValueError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else f"{error}"
            problem = f"{told!r} cannot be used: {reason}".rstrip(".")
            if own:
                return own, f"notebook {problem}."
            self._say(where, "notebook", problem)
            return None, ""
        return found, ""

    def _parameters(
        self, notebook: Path, nested: dict[str, Toml], told: Toml, where: tuple[str, ...]
    ) -> dict[str, object]:
        known = notebook_parameters(notebook)
        # Every selecting parameter is named, so that a notebook's own example never leaks in.
        chosen = {name: value for name, value in nothing_selected().items() if name in known}
        for part in ("selection", "parameters"):
            for name, value in nested[part].items():
                if part == "selection" and name not in SELECTION:
                    near = get_close_matches(name, SELECTION, n=1)
                    hint = f"did you mean {near[0]}" if near else f"it takes {', '.join(SELECTION)}"
                    self._say((*where, part), name, f"is not of a selection; {hint}")
                elif name == "output_dir" or name in PATHS:
                    self._say((*where, part), name, "is set by the report itself, not as a parameter")
                elif SECRET.search(name):
                    self._say(
                        (*where, part), name, "looks like a secret; parameters are published: use the environment"
                    )
                elif problem := self._kind_problem(name, value):
                    self._say((*where, part), name, problem)
                else:
                    joined = names_text(map(str, value)) if isinstance(value, list) else value
                    joined = joined.isoformat() if hasattr(joined, "isoformat") else joined
                    if name == "mapping" and str(joined).endswith(".toml"):
                        joined = str(self._place(str(joined)))
                    try:
                        with in_terms(KEY):
                            chosen |= typed_parameters(notebook, {name: joined})
                    except ParameterError as error:
                        self._say((*where, part), name, f"{error}".rstrip("."))
        for name in PATHS:
            if told.get(name):
                place = self._place(str(told[name]))
                if name not in known:
                    self._say(where, name, f"{notebook.name} has no parameter {name!r}")
                chosen[name] = str(place)
        return chosen

    @staticmethod
    def _kind_problem(name: str, value: object) -> str:
        """Return what is wrong with the kind of a parameter's value where its notebook would see text, or ``""``."""
        if isinstance(value, list):
            if name in names_of() and name not in names_of(kinds=["names"]):
                return "takes one value, no list"
            return "holds a list, and no names" if any(isinstance(one, list | dict) for one in value) else ""
        if name in names_of(kinds=["day"]) and value != "":
            try:
                date.fromisoformat(str(value))
            except ValueError:
                return f"{str(value)!r} is not a day; write it as 2025-07-01"
        return ""

    def _cadence(self, told: Toml, where: tuple[str, ...]) -> Cadence:
        every = str(told.get("cadence", "weekly"))
        if every not in CADENCES:
            self._say(where, "cadence", f"{every!r} is none of {', '.join(CADENCES)}")
            return Cadence()
        on = told.get("on", {"weekly": "monday", "monthly": 1}.get(every, ""))
        day = 0
        if every == "weekly":
            if on not in WEEKDAYS:
                self._say(where, "on", f'{on!r} is no weekday, e.g. "monday"')
            else:
                day = WEEKDAYS.index(on)
        elif every == "monthly":
            if not isinstance(on, int) or not 1 <= on <= 28:
                self._say(where, "on", f"{on!r} is no day that every month has: 1 to 28")
            else:
                day = on
        elif "on" in told:
            self._say(where, "on", "means nothing in a daily report")
        at = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", str(told.get("at", "00:00")))
        if not at:
            self._say(where, "at", f'{told["at"]!r} is no time; write it as "06:00" (UTC)')
            return Cadence()
        return Cadence(every, day, int(at[1]), int(at[2]))

    def _notify(self, told: Toml, where: tuple[str, ...]) -> Notify:
        if not told:
            return Notify()
        before = len(self._problems)
        self._keys(told, NOTIFY_KEYS, where)
        if len(self._problems) > before:
            return Notify()
        for event in told.get("on", ()):
            if event not in TOLD_ON:
                self._say(where, "on", f"{event!r} is none of {', '.join(TOLD_ON)}")
        for address in told.get("email", ()):
            if not isinstance(address, str) or not re.fullmatch(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+", address):
                self._say(where, "email", f"{address!r} is no address")
        if (name := told.get("webhook_env")) and not ENVIRONMENT_NAME.fullmatch(str(name)):
            self._say(
                where, "webhook_env", "is the name of an environment variable that holds the address, which is a secret"
            )
        if not all(isinstance(word, str) for word in told.get("command", ())):
            self._say(where, "command", 'is a list of words, e.g. ["logger", "-t", "escalation"]')
        if not told.get("on"):
            self._say(where, "on", f"says of what to tell: some of {', '.join(TOLD_ON)}")
        if not any(told.get(channel) for channel in ("email", "webhook_env", "command")):
            self._say(where, "", "nobody is told: give email, webhook_env or command")
        return Notify(
            tuple(told.get("on", ())),
            tuple(told.get("email", ())),
            str(told.get("webhook_env", "")),
            tuple(told.get("command", ())),
        )

    def _table(self, document: Toml, name: str, known: Mapping[str, Type]) -> Toml:
        found = document.get(name, {})
        return self._keys(found, known, (name,)) if isinstance(found, dict) else {}

    def _keys(self, found: Toml, known: Mapping[str, Type], where: tuple[str, ...]) -> Toml:
        """Return what of a table can be what its key says; what cannot is told."""
        sound = {}
        for key, value in found.items():
            if key not in known:
                near = get_close_matches(key, known, n=1)
                hint = f"did you mean {near[0]}" if near else f"known: {', '.join(known)}"
                secret = (
                    "looks like a secret, which belongs in the environment; "
                    if SECRET.search(key) or key == "webhook"
                    else ""
                )
                self._say(where, key, f"{secret}unknown key; {hint}")
            elif key == "out" and isinstance(value, str) and not value.strip():
                self._say(where, key, "is empty; leave it out, or give it a value")
            elif isinstance(value, str) and key in (*PATHS, "out", "template") and not _can_be_path(value):
                self._say(where, key, f"{value!r:.60} cannot be the path of a file")
            elif not _is(value, known[key]):
                wanted = known[key]
                kinds = wanted if isinstance(wanted, tuple) else (wanted,)
                words = {str: "text", int: "a whole number", float: "a number", list: "a list", dict: "a table"}
                self._say(where, key, f"is {value!r:.60}, not {' or '.join(words[kind] for kind in kinds)}")
            else:
                sound[key] = value
        return sound

    def _place(self, told: str) -> Path:
        return named_path(self._path.parent / os.path.expanduser(told))

    def _say(self, where: tuple[str, ...], key: str, words: str) -> None:
        wanted = (*where, key) if key else where
        line, found = self._line(wanted)
        inherited = ("defaults", *wanted[2:])
        if not found and wanted[0:1] == ("reports",) and len(wanted) > 2:
            line_there, found_there = self._line(inherited)
            line, wanted = (line_there, inherited) if found_there else (line, wanted)
        self._problems.append((line, f"{'.'.join(f'{part:.60}' for part in wanted)}: {words}"))

    def _line(self, wanted: tuple[str, ...]) -> tuple[int, bool]:
        """Return the line on which a key is written, or else its table's, or else the first; and whether the
        key itself was found."""
        for depth in range(len(wanted), 0, -1):
            if line := self._lines.get(wanted[:depth]):
                return line, depth == len(wanted)
        return 1, False


def secret_names(reports: Sequence[Report]) -> tuple[str, ...]:
    """Return the environment variables that hold secrets; no kernel ever sees them."""
    named = {report.notify.webhook_env for report in reports if report.notify.webhook_env}
    return tuple(sorted(named | {"ESCALATION_SMTP_URL", "ESCALATION_SMTP_PASSWORD", "ESCALATION_SMTP_USER"}))


def _dict(value: object) -> Toml:
    return value if isinstance(value, dict) else {}


def _can_be_path(text: str) -> bool:
    parts = Path(text).parts
    return "\0" not in text and len(os.fsencode(text)) < 4096 and all(len(os.fsencode(part)) <= 255 for part in parts)


def _is(value: object, kind: Type) -> bool:
    return isinstance(value, kind) and not (isinstance(value, bool) and kind is not bool)


def utc_now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)
