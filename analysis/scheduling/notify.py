"""Tells people of changed findings: by e-mail, by webhook, by a command; only what the schedule asks for, and once.

What is to be told is read from what is published (``changes.json``, ``failed/failure.json``) less the record of what
was told, so
that a run that was killed in between loses no message. A message that was sent but not yet recorded is sent again with
the same
``Message-ID`` or ``Idempotency-Key``: receivers can tell the copy.

Secrets come from the environment only: ``ESCALATION_SMTP_URL`` (``smtp://host:587``, ``smtps://host:465``),
``ESCALATION_SMTP_USER``,
``ESCALATION_SMTP_PASSWORD``, and the variable that ``webhook_env`` names. ``ESCALATION_SMTP_FROM`` is the sender.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from analysis.incidents.printing import printable
from analysis.publishing.changes import EVENTS
from analysis.publishing.defuse import visible
from analysis.publishing.publish import now, published_folders, read_failure, read_manifest
from analysis.scheduling.errors import NotifyError
from analysis.scheduling.schedule import Report, write_whole

TRIES = 3
WAIT_SECONDS = 2.0
TIMEOUT_SECONDS = 20.0
# Longer records of one report are cut, oldest first.
KEPT = 500
# What is shorter is no secret, and would blank innocent words.
SHORTEST_SECRET = 4
CHANNELS = ("email", "webhook", "command")


@dataclass(frozen=True)
class Message:
    """One thing to tell. ``key`` is the same whenever the same thing would be told."""

    key: str
    report: str
    events: tuple[str, ...]
    subject: str
    body: str


@dataclass
class Told:
    """How many messages were delivered, and how many could not be."""

    told: int = 0
    untold: int = 0
    errors: list[str] = field(default_factory=list)


def tell_all(
    reports: Sequence[Report],
    out: Path,
    *,
    say: Callable[[str], None] = lambda line: None,
    environment: Mapping[str, str] | None = None,
    wait_seconds: float | None = None,
) -> Told:
    """Deliver every message that the reports ask for and that was not delivered before.

    Parameters
    ----------
    reports
        As expanded from a schedule; those without ``notify`` are passed over.
    out
        The folder that they are published in, held by this run.
    say
        Is told what was delivered and what was not.
    environment
        Where addresses and secrets are read; default: the process's.
    wait_seconds
        Between the tries of one delivery, doubled each time; default: two.

    Returns
    -------
    Told
        A message that could not be delivered after three tries is tried again by the next run.
    """
    environment = os.environ if environment is None else environment
    wait_seconds = WAIT_SECONDS if wait_seconds is None else wait_seconds
    done = Told()
    for report in reports:
        if not report.notify.on:
            continue
        record = read_record(out, report.name)
        for message in messages_of(report, out, record):
            for channel in CHANNELS:
                if not getattr(report.notify, "webhook_env" if channel == "webhook" else channel):
                    continue
                if any(row["key"] == message.key and row["channel"] == channel and row["delivered"] for row in record):
                    continue
                error, tries = _deliver(channel, message, report, environment, wait_seconds)
                row = {"key": message.key, "channel": channel, "when": now(), "events": list(message.events), "subject": message.subject,
                       "delivered": not error, "tries": tries, "error": error}  # fmt: skip
                record = [*record, row][-KEPT:]
                write_whole(_record_path(out, report.name), json.dumps(record, ensure_ascii=False, indent=1) + "\n")
                if error:
                    done.untold += 1
                    done.errors.append(error)
                    say(f"{report.name}: not told by {channel}: {printable(error)}")
                else:
                    done.told += 1
                    say(f"{report.name}: told by {channel}: {printable(message.subject)}")
    return done


def messages_of(report: Report, out: Path, record: Sequence[Mapping[str, object]]) -> list[Message]:
    """Return what there is to tell of a report, oldest first, told or not.

    A report of which nothing was ever told starts with its newest publication: who subscribes is not sent the past.
    """
    folders = published_folders(out / report.name)[::-1]
    messages = []
    for folder in folders if record else folders[-1:]:
        manifest = read_manifest(folder)
        changes: dict[str, object] = {}
        with suppress(OSError, ValueError):
            changes = json.loads((folder / "changes.json").read_text(encoding="utf-8"))
        events = tuple(name for name in changes.get("events", ()) if name in report.notify.on)
        if events and manifest:
            key = _key(report.name, str(manifest.get("started")), *events)
            messages.append(_changed(key, report, events, changes, manifest))
    failure = read_failure(out / report.name)
    if failure and "failure" in report.notify.on:
        key = _key(report.name, "failure", failure["since"], failure["error"])
        body = (
            f"{report.name} could not be published.\n\n{failure['error']}\n\nFailing since {failure['since']}. What "
            f"was published before is untouched.\n"
        )
        messages.append(Message(key, report.name, ("failure",), _line(f"{report.name} failed"), visible(body)))
    return messages


def read_record(out: Path, name: str) -> list[dict[str, object]]:
    """Return what was told of a report, oldest first."""
    with suppress(OSError, ValueError):
        return json.loads(_record_path(out, name).read_text(encoding="utf-8"))
    return []


def send_email(message: Message, *, to: Sequence[str], environment: Mapping[str, str]) -> None:
    """Send a message by SMTP.

    Raises
    ------
    NotifyError
        If the environment lacks what is needed, or the server refuses.
    """
    import smtplib
    import ssl
    from email.message import EmailMessage

    server = urlsplit(_needed(environment, "ESCALATION_SMTP_URL"))
    if server.scheme not in ("smtp", "smtps") or not server.hostname:
        raise NotifyError("ESCALATION_SMTP_URL is not like smtp://host:587 or smtps://host:465")
    sender = environment.get("ESCALATION_SMTP_FROM") or f"escalation@{server.hostname}"
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = message.subject, sender, ", ".join(to)
    mail["Message-ID"] = f"<{message.key}@escalation>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    user = environment.get("ESCALATION_SMTP_USER", "")
    local = server.hostname in ("localhost", "127.0.0.1", "::1")
    try:
        tls = ssl.create_default_context()
        if server.scheme == "smtps":
            connection = smtplib.SMTP_SSL(server.hostname, server.port or 465, timeout=TIMEOUT_SECONDS, context=tls)
        else:
            connection = smtplib.SMTP(server.hostname, server.port or 587, timeout=TIMEOUT_SECONDS)
        with connection:
            if server.scheme == "smtp":
                connection.ehlo()
                if connection.has_extn("starttls"):
                    connection.starttls(context=tls)
                elif user and not local:
                    raise NotifyError(f"{server.hostname} offers no encryption; a password is not sent in the clear")
            if user:
                connection.login(user, _needed(environment, "ESCALATION_SMTP_PASSWORD"))
            connection.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise NotifyError(f"{server.hostname}: {type(error).__name__}: {error}") from None


def send_webhook(message: Message, *, name: str, environment: Mapping[str, str]) -> None:
    """Post a message to a webhook that understands Slack's ``{"text": ...}``; its address is in the variable ``name``.

    Raises
    ------
    NotifyError
        If there is no address, or it does not answer with success. Redirections are not followed.
    """
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    place = urlsplit(_needed(environment, name))
    if place.scheme not in ("http", "https") or not place.hostname:
        raise NotifyError(f"{name} is not like https://host/path")
    if place.scheme == "http" and place.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise NotifyError(f"{name} must start with https://: its address is a secret")
    # Slack reads &, < and > as its own marks: a table must not be able to write a link or call a channel.
    text = f"*{message.subject}*\n{message.body}".replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    content = json.dumps({"text": text, "mrkdwn": False}).encode()
    kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
    try:
        connection = kind(place.hostname, place.port, timeout=TIMEOUT_SECONDS)
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        headers = {"Content-Type": "application/json", "Idempotency-Key": message.key}
        connection.request("POST", path, body=content, headers=headers)
        status = connection.getresponse().status
        connection.close()
    except (OSError, HTTPException) as error:
        raise NotifyError(f"the webhook of {name}: {type(error).__name__}") from None
    if not 200 <= status < 300:
        raise NotifyError(f"the webhook of {name} answered {status}")


def run_command(
    message: Message, *, command: Sequence[str], secrets: Sequence[str], environment: Mapping[str, str]
) -> None:
    """Run a command with the message on its standard input; no shell reads it, and secrets are not in its environment.

    Raises
    ------
    NotifyError
        If it cannot be run, takes too long, or ends with another code than 0.
    """
    told = {
        "ESCALATION_REPORT": message.report,
        "ESCALATION_EVENTS": ",".join(message.events),
        "ESCALATION_KEY": message.key,
    }
    passed = {key: value for key, value in environment.items() if key not in secrets} | told
    try:
        done = subprocess.run(
            list(command), input=f"{message.subject}\n\n{message.body}", text=True, capture_output=True, timeout=TIMEOUT_SECONDS,
            env=passed, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise NotifyError(f"{command[0]}: {type(error).__name__}") from None
    if done.returncode:
        raise NotifyError(f"{command[0]} ended with code {done.returncode}: {done.stderr.strip()[:200]}")


def _deliver(
    channel: str, message: Message, report: Report, environment: Mapping[str, str], wait_seconds: float
) -> tuple[str, int]:
    """Return the last error, empty if it was delivered, and the number of tries."""
    from analysis.scheduling.schedule import secret_names

    secrets = secret_names([report])
    error = ""
    for tries in range(1, TRIES + 1):
        try:
            if channel == "email":
                send_email(message, to=report.notify.email, environment=environment)
            elif channel == "webhook":
                send_webhook(message, name=report.notify.webhook_env, environment=environment)
            else:
                run_command(message, command=report.notify.command, secrets=secrets, environment=environment)
            return "", tries
        except NotifyError as failed:
            error = redact(str(failed), secrets=secrets, environment=environment)
        if tries < TRIES:
            time.sleep(wait_seconds * 2 ** (tries - 1))
    return error, TRIES


def redact(text: str, *, secrets: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return text without the values of secret variables, should a server or a command have sent one back."""
    values = sorted(
        (environment[name] for name in secrets if len(environment.get(name, "")) >= SHORTEST_SECRET),
        key=len,
        reverse=True,
    )
    for value in values:
        text = text.replace(value, "***")
    return text


def _changed(key: str, report: Report, events: tuple[str, ...], changes: Mapping, manifest: Mapping) -> Message:
    lines = [str(manifest.get("finding", "")), ""]
    verdict, alerts, history = changes.get("verdict", {}), changes.get("alerts", {}), changes.get("history", [])
    if "verdict" in events:
        lines.append(f"Verdict: {verdict.get('before') or 'none stated'}, now {verdict.get('after') or 'none stated'}.")
    if "alert" in events:
        lines.append(f"Newly above the baseline: {', '.join(alerts.get('new', []))}.")
    if "alert_ended" in events:
        lines.append(f"No longer above the baseline: {', '.join(alerts.get('ended', []))}.")
    if "history" in events:
        lines.append(f"Past periods counted otherwise than before: {len(history)}.")
    since = changes.get("since") or {}
    lines += [
        "",
        f"{report.name}/{manifest.get('as_of')}/report.html" + (f"; compared with {since['as_of']}" if since else ""),
    ]
    subject = (
        f"{manifest.get('title', report.name)}, as of {manifest.get('as_of')}: "
        f"{'; '.join(EVENTS[event] for event in events)}"
    )
    return Message(key, report.name, events, _line(subject), visible("\n".join(lines) + "\n"))


def _line(text: str) -> str:
    """Return text as one visible line: a subject can neither break out of its header nor reorder itself."""
    return visible(" ".join(text.split()))[:200]


def _key(*parts: str) -> str:
    return sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise NotifyError(f"the environment has no {name}")
    return value


def _record_path(out: Path, name: str) -> Path:
    return out / ".state" / "told" / f"{name}.json"
