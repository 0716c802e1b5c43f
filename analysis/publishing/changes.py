"""What a report says that the last published one did not: verdict, alerts, and history that was revised.

Both are read from their files, so that a comparison needs neither table nor notebook.
"""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from analysis.incidents.parameters import TABLE, Selection, defaults_of, names_of
from analysis.incidents.places import country_name, in_place
from analysis.language import few, message, say, say_count
from analysis.publishing.document import Document, Section, as_of_words
from analysis.publishing.manifest import git_revision
from analysis.publishing.naming import ISO_DAY
from analysis.publishing.own_files import MOST_BYTES, read_bytes, read_facts, read_own, where_there
from analysis.version import __version__

SCHEMA = 1
# The files of a report that one after it is compared with, and their parts that are read.
WRITTEN = {
    "since": {"as_of": str}, "reason": str, "events": [str], "verdict": {"before": str, "after": str},
    "alerts": {"new": [str], "ended": [str], "standing": [str], "doubted": [str]},
    "indicators": [dict],
    "made_otherwise": [str],
    "history": [{"unit": str, "period_start": str, "before": float, "after": float}],
}  # fmt: skip
INDICATORS, ALERTS = {"indicators": [dict]}, {"units": [{"alarm": bool}]}
MADE = {"parameters": dict, "versions": {"escalation": str}, "git_revision": str}
COMPARED = ("changes.json", "indicators.json", "alerts.json", "charts/timeline.csv")
SECTION = "since-last-time"
HEADING = message("Since last time")
VERDICT = "escalation_verdict"
CANNOT_TELL = message("cannot tell")
# Parameters that do not stand among the settings of a report, and what stands for this program there.
GIVEN_ELSEWHERE = {TABLE, "language", "output_dir", *names_of(Selection), *names_of(kinds=("file", "folder"))}
PROGRAM = "program"
# What can have happened, in the order of telling.
EVENTS = {
    "first": "first published",
    "verdict": "the verdict is another",
    "alert": "a unit rose above its baseline",
    "alert_ended": "a unit no longer stands above its baseline",
    "history": "the history was revised",
}
ALERTS_TOLD = {
    "alerts_new": message("Newly above the baseline: {units}."),
    "alerts_ended": message("No longer above the baseline: {units}."),
    "alerts_standing": message("Still above the baseline: {units}."),
    "alerts_doubted": message("Of those above, part of the attacks may be copies, being like another: {units}."),
}
MOST_SHOWN = 12


@dataclass(frozen=True)
class Changes:
    """How a report differs from the last published one."""

    # The days of this report and of that one; ``since`` is empty where nothing was published before.
    as_of: str
    since: str = ""
    reason: str = ""  # why the two were not compared; empty where they were
    # As the assessment words it; empty where a notebook states none.
    verdict_before: str = ""
    verdict_after: str = ""
    # Units above their baseline now and not then, then and not now, and both times.
    alerts_new: tuple[str, ...] = ()
    alerts_ended: tuple[str, ...] = ()
    alerts_standing: tuple[str, ...] = ()
    alerts_doubted: tuple[str, ...] = ()  # those above now whose alarm may rest on copies
    # Whole periods that both cover and that count otherwise now: ``unit, period_start, before, after``.
    revised: tuple[dict[str, object], ...] = ()
    # Indicators whose value or status is another: ``name, unit, before, after``; None is "not computed".
    moved: tuple[dict[str, object], ...] = field(default=(), repr=False)
    # In what that report was made otherwise, which alone may be why results differ: the settings, or ``PROGRAM``.
    made_otherwise: tuple[str, ...] = ()
    # The file of the same report, where this is it made once more: its form too stays as it was.
    written: str = field(default="", repr=False, compare=False)

    @property
    def events(self) -> tuple[str, ...]:
        """Which of ``EVENTS`` happened."""
        if not self.since:
            return ("first",)
        happened = {
            "verdict": self.verdict_before != self.verdict_after,
            "alert": bool(self.alerts_new),
            "alert_ended": bool(self.alerts_ended),
            "history": bool(self.revised),
        }
        return tuple(name for name in EVENTS if happened.get(name) and not self.reason)


def compare_reports(
    published: Sequence[Path],
    folder: Path,
    *,
    run: Mapping[str, object],
    parameters: Mapping[str, object] | None = None,
) -> Changes:
    """Compare a finished report folder, of which ``run`` is what the notebook said of itself, with the last one
    published before it; ``published`` are those of this report, newest day first, ``parameters`` those of this one.

    It is the newest whose day is not later and whose files are as they were published. Where all are of later days, as
    after a table lost its end, and where the selections differ, nothing is compared, and the reason says so. The same
    report made once more is not compared with itself: it says again what it said. A period counts as revised only
    where both reports call it complete: a month that was running then is not history.
    """
    as_of = str(run["as_of"])
    # A day that lies later is no past of this report.
    earlier = [path for path in published if path.name <= as_of]
    if not earlier and published:
        return Changes(as_of, since=published[0].name, reason=say("that one is as of a later day"))
    if not earlier:
        return Changes(as_of)
    # Where files of the last one were changed since, what happened is still told, compared with the one before it.
    previous = next((path for path in earlier if not is_damaged(path)), None)
    if previous is None:
        reason = say("files of the last published report are not as they were published")
        return Changes(as_of, since=earlier[0].name, reason=reason)
    before = read_facts(previous / "manifest.json", MADE)
    selection = json.loads(json.dumps(run["selection"], default=str))
    if (
        previous.name == as_of
        and before.get("selection") == selection
        and all(results(previous) == results(folder) for results in (_indicators, _alerts, _counts))
    ):
        # The same report once more, though perhaps with another template: what it said of its past stays so.
        path = previous / "changes.json"
        said = read_facts(path, WRITTEN)
        written = read_bytes(path, most_bytes=MOST_BYTES).decode() if said else ""
        return replace(changes_from(said, as_of), written=written)
    since: dict[str, Any] = {"since": previous.name}
    if _whatever_the_day(before.get("selection")) != _whatever_the_day(selection):
        return Changes(as_of, **since, reason=say("the last published report has another selection"))
    old, new = _indicators(previous), _indicators(folder)
    old_alerts, new_alerts = _alerts(previous), _alerts(folder)
    return Changes(
        as_of,
        **since,
        verdict_before=_verdict(old),
        verdict_after=_verdict(new),
        alerts_new=tuple(sorted(new_alerts - old_alerts)),
        alerts_ended=tuple(sorted(old_alerts - new_alerts)),
        alerts_standing=tuple(sorted(new_alerts & old_alerts)),
        alerts_doubted=tuple(sorted(_alerts(folder, doubted=True))),
        revised=_revised(_counts(previous), _counts(folder)),
        moved=tuple(
            {"name": name, "unit": unit, "before": old.get((name, unit), {}).get("value"), "after": row.get("value")}
            for (name, unit), row in new.items()
            if old.get((name, unit), {}).get("value") != row.get("value")
        ),
        made_otherwise=_made_otherwise(before, parameters or {}),
    )


def _made_otherwise(before: Mapping[str, Any], parameters: Mapping[str, object]) -> tuple[str, ...]:
    """Return in what the report of a manifest was made otherwise than one of these parameters is made now. What else
    is given, such as files, stands with the selection and the inputs."""
    usual, then = defaults_of(), before.get("parameters", {})
    settings = [
        key
        for key in sorted({*then, *parameters} - GIVEN_ELSEWHERE)
        if _without_folder(then.get(key, usual.get(key))) != _without_folder(parameters.get(key, usual.get(key)))
    ]
    versions = (
        (before.get("versions", {}).get("escalation"), __version__),
        (before.get("git_revision"), git_revision()[0]),
    )
    return (*settings, *[PROGRAM for then, now in versions if then and now and then != now][:1])


def _without_folder(value: object) -> object:
    """Return a setting; of a mapping's file its name alone, as `mapping_text` makes one beside each export."""
    return Path(value).name if isinstance(value, str) and value.endswith(".toml") else value


def made_otherwise_words(changes: Changes) -> list[str]:
    """Say in what the report that another is compared with was made otherwise; nothing where no result moved."""
    said, settings = [], [name for name in changes.made_otherwise if name != PROGRAM]
    if settings and changes.moved:
        said.append(
            say_count(
                "The report compared with was made with {n} other [setting|settings] ({names}), "
                "which alone may change results.",
                len(settings),
                names=few(settings, MOST_SHOWN),
            )
        )
    if PROGRAM in changes.made_otherwise and changes.moved:
        said.append(
            say("The report compared with was made by another version of this program, which alone may change results.")
        )
    return said


def is_damaged(folder: Path) -> bool:
    """Return whether a file of a published report that another is compared with is not as its manifest says."""
    written = read_facts(folder / "manifest.json", {"files": dict}).get("files", {})
    for name in COMPARED:
        if name in written:
            content = None
            with where_there():
                content = read_bytes(folder / name, most_bytes=MOST_BYTES)
            if content is None or sha256(content).hexdigest() != written[name]:
                return True
    return False


def _whatever_the_day(selection: object) -> object:
    """Return a selection without its last day, in which a report differs from the one before it."""
    return (
        {key: value for key, value in selection.items() if key != "as_of"} if isinstance(selection, dict) else selection
    )


def write_changes(changes: Changes, folder: Path) -> None:
    """Write ``changes.json``; of the same report made once more as it stands, by which it is known what was told."""
    document = {
        "schema": SCHEMA,
        "as_of": changes.as_of,
        "since": {"as_of": changes.since} if changes.since else None,
        "reason": changes.reason or ("" if changes.since else "nothing was published before"),
        "events": list(changes.events),
        "verdict": {"before": changes.verdict_before or None, "after": changes.verdict_after or None},
        "alerts": {
            "new": list(changes.alerts_new), "ended": list(changes.alerts_ended),
            "standing": list(changes.alerts_standing), "doubted": list(changes.alerts_doubted),
        },
        "history": list(changes.revised),
        "indicators": list(changes.moved),
        "made_otherwise": list(changes.made_otherwise),
    }  # fmt: skip
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    (folder / "changes.json").write_text(changes.written or text, encoding="utf-8")


def changes_from(told: Mapping[str, Any], as_of: str) -> Changes:
    """Return what `write_changes` wrote, as far as it is ``WRITTEN`` so."""
    since = told.get("since", {}).get("as_of", "")
    if not ISO_DAY.fullmatch(since):
        return Changes(as_of)
    verdict, alerts = told.get("verdict", {}), told.get("alerts", {})
    return Changes(
        as_of,
        since=since,
        reason=told.get("reason", ""),
        verdict_before=verdict.get("before", ""),
        verdict_after=verdict.get("after", ""),
        alerts_new=tuple(alerts.get("new", ())),
        alerts_ended=tuple(alerts.get("ended", ())),
        alerts_standing=tuple(alerts.get("standing", ())),
        alerts_doubted=tuple(alerts.get("doubted", ())),
        revised=tuple(told.get("history", ())),
        moved=tuple(told.get("indicators", ())),
        made_otherwise=tuple(told.get("made_otherwise", ())),
    )


def unit_called(unit: str) -> str:
    """Return a unit by its name, with its country's where it has a code: ``MLI/Gao`` as Gao (Mali)."""
    of_country = re.fullmatch(r"([A-Z]{3})(?:/(.+))?", unit)
    if not of_country:
        return unit
    code, name = of_country.groups()
    return in_place(name, country_name(code)) if name else country_name(code)


def told(changes: Changes) -> list[str]:
    """Say in sentences what changed; one sentence where nothing did."""
    if not changes.since:
        return [say("Nothing was published before.")]
    if changes.reason:
        return [
            say(
                "Not compared with the report as of {since}, because {reason}.",
                since=as_of_words(changes.since),
                reason=changes.reason,
            )
        ]
    said = []
    before, after = changes.verdict_before, changes.verdict_after
    if before != after:
        if before and after:
            said.append(say("The verdict went from '{before}' to '{after}'.", before=say(before), after=say(after)))
        elif after:
            said.append(say("The verdict is '{after}'; none was stated before.", after=say(after)))
        else:
            said.append(say("The verdict was '{before}'; none is stated now.", before=say(before)))
    elif after:
        said.append(say("The verdict is still {verdict}.", verdict=say(after)))
    for name, words in ALERTS_TOLD.items():
        if units := getattr(changes, name):
            said.append(say(words, units=few(map(unit_called, units), MOST_SHOWN)))
    if changes.revised:
        periods = [
            say(
                "{unit} {period} ({before:g}, now {after:g})",
                unit=unit_called(str(row["unit"])), period=row["period_start"],
                before=row["before"], after=row["after"],
            )
            for row in changes.revised
        ]  # fmt: skip
        said.append(
            say(
                "History was revised; periods counted otherwise than before: {periods}.",
                periods=few(periods, MOST_SHOWN),
            )
        )
    if not changes.events:
        said.append(say("No alert is new or ended, and no past period was revised."))
    said.append(
        say_count(
            "Compared with the report as of {since}: {n} [indicator|indicators] moved; all in changes.json.",
            len(changes.moved),
            since=as_of_words(changes.since),
        )
    )
    return [*said, *made_otherwise_words(changes)]


def with_changes(document: Document, changes: Changes) -> Document:
    """Return a document with "Since last time" before its first headed section; a first report has none."""
    if not changes.since:
        return document
    section = Section(say(HEADING), SECTION, [{"kind": "say", "paragraphs": told(changes), "as_list": True}])
    front = [part for part in document.sections if not part.heading]
    return replace(document, sections=[*front, section, *document.sections[len(front) :]])


def _verdict(indicators: Mapping[tuple[str, str], Mapping[str, object]]) -> str:
    for (name, _), row in indicators.items():
        if name == VERDICT:
            return str(row.get("label") or "") if row.get("status") == "computed" else CANNOT_TELL
    return ""


def _indicators(folder: Path) -> dict[tuple[str, str], dict[str, object]]:
    rows = read_facts(folder / "indicators.json", INDICATORS).get("indicators", [])
    return {(str(row.get("name")), str(row.get("unit"))): row for row in rows}


def _alerts(folder: Path, *, doubted: bool = False) -> set[str]:
    rows = read_facts(folder / "alerts.json", ALERTS).get("units", [])
    alarmed = (row for row in rows if row["alarm"] and "unit" in row)
    return {str(row["unit"]) for row in alarmed if not doubted or row.get("may_be_copies") is True}


def _counts(folder: Path) -> dict[tuple[str, str], float]:
    counts: dict[tuple[str, str], float] = {}
    path = folder / "charts" / "timeline.csv"
    with suppress(ValueError, csv.Error), where_there():
        for row in csv.DictReader(io.StringIO(read_own(path), newline="")):
            with suppress(KeyError, ValueError, TypeError):
                if row["complete"] == "True":
                    counts[row["unit"], row["period_start"]] = float(row["value"])
    return counts


def _revised(before: Mapping, after: Mapping) -> tuple[dict[str, object], ...]:
    return tuple(
        {"unit": unit, "period_start": start, "before": before[unit, start], "after": after[unit, start]}
        for unit, start in sorted(before.keys() & after.keys())
        if before[unit, start] != after[unit, start]
    )
