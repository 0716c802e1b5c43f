"""Tells people of changed findings: by e-mail, by webhook, by a command; only what the schedule asks for, and once.

What is to be told is read from what is published (``changes.json``, ``failed/failure.json``) less the record of what
was told, so that a run that was killed in between loses no message: each is told at least once. One that was being told
when a run ended is told again, says so, and has the same ``Message-ID``, ``Idempotency-Key`` or ``ESCALATION_KEY``, by
which receivers can tell the copy.
"""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

from analysis.incidents.printing import printable
from analysis.publishing.changes import EVENTS, WRITTEN, Changes, changes_from, made_otherwise_words, unit_called
from analysis.publishing.defuse import visible
from analysis.publishing.folders import published_folders, read_failure, read_manifest, reason_of, write_whole
from analysis.publishing.manifest import finding_of
from analysis.publishing.own_files import MOST_BYTES, read_bytes, read_facts, where_there
from analysis.publishing.publish import now
from analysis.scheduling.channels import CHANNELS, Message
from analysis.scheduling.errors import NotifyError, PartlyToldError
from analysis.scheduling.redacting import redact
from analysis.scheduling.schedule import Report

TRIES = 3
MOST_TOLD = 300  # characters of an error
WAIT_SECONDS = 2.0
# All deliveries of a run, which holds the folder meanwhile.
TOTAL_SECONDS = 300.0
# What stands in the record while a message is told; and at its end, where it may have been told before.
BEING_TOLD = "being told"
AGAIN = "\nThis may have reached you before: the run that told it ended before it could note so.\n"
# Longer records of one report are cut, oldest first.
KEPT = 500
# Who asks for one of these is told where nothing could be compared: what they ask for may have happened.
COMPARED_FOR, NOT_COMPARED = frozenset(EVENTS) - {"first"}, "not_compared"
RECORD = [{"key": str, "channel": str, "events": [str], "subject": str, "delivered": bool}]


@dataclass
class Told:
    """How many messages were delivered, and how many could not be."""

    told: int = 0
    untold: int = 0


def tell_all(
    reports: Sequence[Report],
    out: Path,
    *,
    say: Callable[[str], None] = lambda line: None,
    secrets: Sequence[str],
    environment: Mapping[str, str] | None = None,
    wait_seconds: float | None = None,
) -> Told:
    """Deliver every message that reports, as expanded from a schedule and published in a folder that this run holds,
    ask for and that was not delivered before; ``say`` is told what was and what was not.

    Addresses and secrets are read in the ``environment``, by default the process's; nobody may be told the values of
    the variables ``secrets``. Between the tries of one delivery it waits, twice as
    long each time. A message that could not be delivered after three tries is tried again by the next run.
    """
    environment = os.environ if environment is None else environment
    wait_seconds = WAIT_SECONDS if wait_seconds is None else wait_seconds
    done = Told()
    until = time.monotonic() + TOTAL_SECONDS

    def deliver(
        report: Report, channel: str, message: Message, left: Sequence[str]
    ) -> tuple[str, int, bool, Sequence[str]]:
        if time.monotonic() >= until:
            return f"no time was left after {TOTAL_SECONDS:g} seconds of telling", 0, False, ()
        return _deliver(channel, message, _to_those(report, left), environment, secrets, wait_seconds)

    for report in sorted(reports, key=lambda report: not _waits(report, out)):
        try:
            _tell(report, out, done, partial(deliver, report), say)
        except OSError as error:  # of this report's files alone; what was not told is told by a later run
            done.untold += 1
            say(f"{report.name}: what is to be told cannot be read or kept: {reason_of(error)}")
    return done


def _waits(report: Report, out: Path) -> bool:
    """Return whether a message of a report was not tried for want of time. Such a one comes first: receivers that are
    gone would take the time of each run, and those behind them be told never."""
    with suppress(OSError):  # of a record that cannot be read now, which is told where it is needed
        return any(not row["delivered"] and row.get("tries") == 0 for row in read_record(out, report.kept_as))
    return False


def _tell(
    report: Report,
    out: Path,
    done: Told,
    deliver: Callable[[str, Message, Sequence[str]], tuple[str, int, bool, Sequence[str]]],
    say: Callable[[str], None],
) -> None:
    """Deliver the messages of one report, and keep who was told and what was looked at."""
    name = report.kept_as
    before = read_facts(_kept(out, "looked", name), of_others=False)
    if not report.notify.on and not before:
        return
    # Looked at once: what one look misses is not to count as seen by another.
    folders = published_folders(report.place(out))
    record, looked = read_record(out, name), _marks(folders, report.place(out), before)
    messages = []
    if report.notify.on:
        messages = [*pending(record), *_told_of(report, out, folders, record, done, say)]
    for message, channel in product(messages, _asked(report)):
        if _was_told(record, message.key, channel, report):
            continue
        left = _left(record, message.key, channel)
        # Where it cannot be kept who was told, nobody is: they would be told by every run. Kept before it is told, the
        # message is known to have been begun should this run end before it can note what became of it.
        noted = partial(_recorded, record, message, channel)
        _write_record(out, name, noted(error=BEING_TOLD, tries=0, delivered=False, left=left))
        error, tries, delivered, later = deliver(channel, message, left)
        left = later or ([] if delivered else left)
        record = noted(error=error, tries=tries, delivered=delivered and not left, left=left)
        done.told += delivered
        done.untold += bool(error)
        if delivered:
            say(f"{report.name}: told by {channel}: {printable(message.subject)}")
        if error:
            say(f"{report.name}: not told by {channel}: {printable(error)}")
        _write_record(out, name, record)
    # Also while nobody is to be told: who is named again later is not sent the time between.
    if looked != before:
        write_whole(_kept(out, "looked", name), json.dumps(looked, indent=1) + "\n")


def _recorded(
    record: Sequence[dict[str, Any]],
    message: Message,
    channel: str,
    *,
    error: str,
    tries: int,
    delivered: bool,
    left: Sequence[str],
) -> list[dict[str, Any]]:
    """Return the record with what became of a message, and who of several is still to be told it.

    Only the newest row of a message holds what is still to be told, and of failures one row is kept: a receiver that is
    gone for good would drive all else out of the record.
    """
    row = {
        "key": message.key, "channel": channel, "when": now(), "events": list(message.events),
        "subject": message.subject, "delivered": delivered, "tries": tries, "error": error,
    }  # fmt: skip
    kept = [
        one if _other(one, message.key, channel) else {k: v for k, v in one.items() if k != "body"}
        for one in record
        if delivered or _other(one, message.key, channel)
    ]
    row |= {"left": list(left)} if left else {}
    return [*kept, row | ({} if delivered else {"body": message.body})][-KEPT:]


def _write_record(out: Path, name: str, record: Sequence[Mapping[str, Any]]) -> None:
    write_whole(_kept(out, "told", name), json.dumps(record, ensure_ascii=False, indent=1) + "\n")


def _marks(folders: Sequence[Path], reports: Path, before: Mapping[str, str]) -> dict[str, str]:
    """Return what marks the changes that each published folder of a report tells; of one that stands and that this
    user may not read now, what marked them before: what it tells is not new once it can be read again."""
    marks = {folder.name: _mark(folder) for folder in folders}
    unread = [name for name in before if name not in marks and (reports / name).exists()]
    return marks | {name: before[name] for name in unread}


def _mark(folder: Path) -> str:
    with where_there(of_others=False):
        return sha256(read_bytes(folder / "changes.json", most_bytes=MOST_BYTES)).hexdigest()
    return ""


def _was_told(record: Sequence[Mapping[str, Any]], key: str, channel: str, report: Report) -> bool:
    left = _left(record, key, channel)
    if left and not _to_those(report, left).notify.email:  # they are no longer to be told
        return True
    return any(row.get("delivered") and not _other(row, key, channel) for row in record)


def _left(record: Sequence[Mapping[str, Any]], key: str, channel: str) -> Sequence[str]:
    """Return who is still to be told a message that others of its channel have; empty: all."""
    found = [row.get("left") for row in record if not _other(row, key, channel)]
    return found[-1] if found and isinstance(found[-1], list) else ()


def _to_those(report: Report, left: Sequence[str]) -> Report:
    """Return a report with only those recipients of its mails who are left; with all where nobody is named."""
    if not left:
        return report
    email = tuple(address for address in report.notify.email if address in left)
    return replace(report, notify=replace(report.notify, email=email))


def _other(row: Mapping[str, Any], key: str, channel: str) -> bool:
    return (row.get("key"), row.get("channel")) != (key, channel)


def pending(record: Sequence[Mapping[str, Any]]) -> list[Message]:
    """Return what could not be told when it was found, oldest first: it is told also where what it was found in is
    gone."""
    found = {}
    for row in record:
        if row.get("body") and not row["delivered"]:
            body = str(row["body"])
            if row.get("error") == BEING_TOLD and not body.endswith(AGAIN):
                body += AGAIN
            found[row["key"]] = Message(row["key"], "", tuple(row["events"]), row["subject"], body)
    return list(found.values())


def untold(report: Report, out: Path) -> list[Message]:
    """Return the messages of a report that somebody who is to be told could not be told of, and is by the next run."""
    if not report.notify.on:
        return []
    record, asked = read_record(out, report.kept_as), _asked(report)
    return [one for one in pending(record) if not all(_was_told(record, one.key, channel, report) for channel in asked)]


def _asked(report: Report) -> list[str]:
    """Return the channels by which somebody is to be told of a report."""
    return [channel for channel in CHANNELS if CHANNELS[channel].asked(report.notify)]


def _told_of(
    report: Report,
    out: Path,
    folders: Sequence[Path],
    record: Sequence[Mapping[str, Any]],
    done: "Told",
    say: Callable[[str], None],
) -> list[Message]:
    """Return the messages of a report; none, and it is said why, where what it left cannot be understood."""
    known = {message.key for message in pending(record)}
    try:
        return [message for message in messages_of(report, out, record, folders) if message.key not in known]
    except OSError:
        raise
    except Exception as error:  # nothing that lies in a folder may stop the publishing of others
        done.untold += 1
        say(f"{report.name}: what changed cannot be read: {type(error).__name__}")
        return []


def check_notify(reports: Sequence[Report], environment: Mapping[str, str] | None = None) -> list[str]:
    """Return what is wrong with the settings of those whom reports, as expanded from a schedule, are to be told to,
    before anything is sent; no part of a secret is in it. Addresses and secrets are read in the ``environment``, by
    default the process's."""
    environment = os.environ if environment is None else environment
    wrong: dict[str, None] = {}
    for report in reports:
        asked = [one for one in CHANNELS.values() if report.notify.on and one.asked(report.notify)]
        for check in (check for one in asked for check in one.check):
            try:
                check(report.notify, environment)
            except NotifyError as error:
                wrong.setdefault(f"{report.entry or report.name}: {error}")
    return list(wrong)


def messages_of(
    report: Report, out: Path, record: Sequence[Mapping[str, object]], folders: Sequence[Path]
) -> list[Message]:
    """Return what there is to tell of a report and of its published folders (newest first), oldest first.

    What an earlier run looked at was told then, or is pending: it is told no second time when the same report is made
    again, nor to who is named, or for what is asked, since. A report of which nothing was ever told starts with its
    newest publication: who subscribes is not sent the past.
    """
    looked = read_facts(_kept(out, "looked", report.kept_as), of_others=False)
    messages = []
    for folder in reversed(folders if record or looked else folders[:1]):
        if looked.get(folder.name) == _mark(folder):
            continue
        manifest = read_manifest(folder, of_others=False)
        written = read_facts(folder / "changes.json", WRITTEN, of_others=False)
        changes = changes_from(written, folder.name)
        # An event without what it is about is that of a file which somebody changed.
        events = tuple(
            name for name in written.get("events", ()) if name in report.notify.on and name in changes.events
        )
        if looked and changes.reason and COMPARED_FOR.intersection(report.notify.on):
            events = (NOT_COMPARED,)
        if events and manifest:
            key = _key(report.name, str(manifest.get("started")), *events)
            messages.append(_changed(key, report, events, changes, manifest))
    failure = read_failure(report.place(out))
    if failure and "failure" in report.notify.on:
        key = _key(report.name, "failure", failure["since"], failure["error"])
        kept = " What was published before is untouched." if folders else ""
        body = (
            f"{report.name} could not be published.\n\n{failure['error']}\n\nFailing since {failure['since']}.{kept}\n"
        )
        messages.append(Message(key, report.name, ("failure",), _line(f"{report.name} failed"), visible(body)))
    return messages


def read_record(out: Path, name: str) -> list[dict[str, Any]]:
    """Return what was told of a report, oldest first."""
    found: list[dict[str, Any]] = read_facts(_kept(out, "told", name), RECORD, of_others=False)
    return found


def _deliver(
    channel: str,
    message: Message,
    report: Report,
    environment: Mapping[str, str],
    secrets: Sequence[str],
    wait_seconds: float,
) -> tuple[str, int, bool, Sequence[str]]:
    """Return the last error, the number of tries, whether somebody was told, and who of several is to be told later."""
    error = ""
    for tries in range(1, TRIES + 1):
        try:
            CHANNELS[channel].send(message, report, environment, secrets)
            return "", tries, True, ()
        except PartlyToldError as partly:  # who was told is not told again
            return str(partly)[:MOST_TOLD], tries, True, partly.later
        except NotifyError as failed:
            # Cut when it is redacted: half of a secret would not be known as one.
            error = redact(str(failed), secrets=secrets, environment=environment)[:MOST_TOLD]
        except Exception as failed:  # of whatever kind: nobody's message stops the publishing
            error = f"{channel}: {type(failed).__name__}"
        if tries < TRIES:
            time.sleep(wait_seconds * 2 ** (tries - 1))
    return error, TRIES, False, ()


def _changed(key: str, report: Report, events: tuple[str, ...], changes: Changes, manifest: Mapping) -> Message:
    lines = []
    if "verdict" in events:
        before, after = changes.verdict_before, changes.verdict_after
        lines.append(f"Verdict: {before or 'none stated'}, now {after or 'none stated'}.")
    if "alert" in events:
        lines.append(f"Newly above the baseline: {', '.join(map(unit_called, changes.alerts_new))}.")
        if doubted := [unit for unit in changes.alerts_new if unit in changes.alerts_doubted]:
            lines.append(
                f"Part of the attacks may be copies, being like another: {', '.join(map(unit_called, doubted))}."
            )
    if "alert_ended" in events:
        lines.append(f"No longer above the baseline: {', '.join(map(unit_called, changes.alerts_ended))}.")
    if "history" in events:
        lines.append(f"Past periods counted otherwise than before: {len(changes.revised)}.")
    lines += made_otherwise_words(changes)
    if NOT_COMPARED in events:
        lines.append(f"Not compared with the report as of {changes.since}, because {changes.reason}.")
    compared = f"; compared with {changes.since}" if changes.since and not changes.reason else ""
    parts = [finding_of(manifest), "\n".join(lines), f"{report.name}/{changes.as_of}/report.html{compared}"]
    subject = (
        f"{manifest.get('title', report.name)}, as of {manifest.get('as_of')}: "
        f"{'; '.join(EVENTS.get(event, 'not compared with the last published') for event in events)}"
    )
    return Message(key, report.name, events, _line(subject), visible("\n\n".join(filter(None, parts)) + "\n"))


def _line(text: str) -> str:
    """Return text as one visible line: a subject can neither break out of its header nor reorder itself."""
    return visible(" ".join(text.split()))[:200]


def _key(*parts: str) -> str:
    return sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _kept(out: Path, kind: str, name: str) -> Path:
    return out / ".state" / kind / f"{name}.json"
