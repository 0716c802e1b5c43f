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
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, quote, unquote, urlsplit

from analysis.incidents.printing import printable
from analysis.publishing.changes import EVENTS
from analysis.publishing.defuse import visible
from analysis.publishing.folders import published_folders, read_failure, read_manifest
from analysis.publishing.own_files import read_facts, read_own
from analysis.publishing.publish import now
from analysis.scheduling.errors import NotifyError
from analysis.scheduling.schedule import Report, write_whole

if TYPE_CHECKING:
    from smtplib import SMTP, SMTP_SSL

TRIES = 3
# Of what a command says, and of what is told of it; a mail server's whole answers; the longest secret, about.
SAID_BYTES, MOST_TOLD, MOST_ANSWERED, SECRET_CHARACTERS = 4000, 300, 1 << 20, 1000
WAIT_SECONDS = 2.0
TIMEOUT_SECONDS = 20.0
# One try of one delivery, whatever the receiver does; and all deliveries of a run, which holds the folder meanwhile.
DELIVERY_SECONDS = 30.0
TOTAL_SECONDS = 300.0
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
    until = time.monotonic() + TOTAL_SECONDS
    for report in reports:
        if not report.notify.on:
            continue
        record = read_record(out, report.name)
        for message in [*pending(record), *_told_of(report, out, record, done, say)]:
            for channel in CHANNELS:
                if not getattr(report.notify, "webhook_env" if channel == "webhook" else channel):
                    continue
                if _was_told(record, message.key, channel):
                    continue
                if time.monotonic() < until:
                    error, tries = _deliver(channel, message, report, environment, wait_seconds)
                else:
                    error, tries = f"no time was left after {TOTAL_SECONDS:g} seconds of telling", 0
                row = {
                    "key": message.key,
                    "channel": channel,
                    "when": now(),
                    "events": list(message.events),
                    "subject": message.subject,
                    "delivered": not error,
                    "tries": tries,
                    "error": error,
                } | ({"body": message.body} if error else {})
                # Only the newest row of a message holds what is still to be told.
                kept = [
                    one if _other(one, message.key, channel) else {k: v for k, v in one.items() if k != "body"}
                    for one in record
                ]
                record = [*kept, row][-KEPT:]
                write_whole(_record_path(out, report.name), json.dumps(record, ensure_ascii=False, indent=1) + "\n")
                if error:
                    done.untold += 1
                    say(f"{report.name}: not told by {channel}: {printable(error)}")
                else:
                    done.told += 1
                    say(f"{report.name}: told by {channel}: {printable(message.subject)}")
    return done


def _was_told(record: Sequence[Mapping[str, Any]], key: str, channel: str) -> bool:
    return any(row.get("delivered") and not _other(row, key, channel) for row in record)


def _other(row: Mapping[str, Any], key: str, channel: str) -> bool:
    return (row.get("key"), row.get("channel")) != (key, channel)


def pending(record: Sequence[Mapping[str, Any]]) -> list[Message]:
    """Return what could not be told when it was found, oldest first: it is told also where what it was found in is
    gone.
    """
    found = {}
    for row in record:
        if row.get("body") and not row.get("delivered"):
            events = tuple(map(str, row.get("events", ())))
            found[str(row["key"])] = Message(str(row["key"]), "", events, str(row.get("subject", "")), str(row["body"]))
    return list(found.values())


def _told_of(
    report: Report, out: Path, record: Sequence[Mapping[str, Any]], done: "Told", say: Callable[[str], None]
) -> list[Message]:
    """Return the messages of a report; none, and it is said why, where what it left cannot be understood."""
    known = {message.key for message in pending(record)}
    try:
        return [message for message in messages_of(report, out, record) if message.key not in known]
    except Exception as error:  # nothing that lies in a folder may stop the publishing of others
        done.untold += 1
        say(f"{report.name}: what changed cannot be read: {type(error).__name__}")
        return []


def check_notify(reports: Sequence[Report], environment: Mapping[str, str] | None = None) -> list[str]:
    """Return what is wrong with the settings of those who are to be told, before anything is sent; no part of a secret
    is in it.

    Parameters
    ----------
    reports
        As expanded from a schedule.
    environment
        Where addresses and secrets are read; default: the process's.
    """
    environment = os.environ if environment is None else environment
    wrong: dict[str, None] = {}
    for report in reports:
        told = report.notify
        if not told.on:
            continue
        checks: list[Callable[[], object]] = []
        if told.email:
            checks += [
                partial(smtp_server, environment),
                partial(sender_of, environment),
                partial(ascii_addresses, told.email),
                partial(_login_of, environment),
            ]
        if told.webhook_env:
            checks.append(partial(webhook_place, told.webhook_env, environment))
        if told.command:
            checks.append(partial(program_of, told.command, environment))
        for check in checks:
            try:
                check()
            except NotifyError as error:
                wrong.setdefault(f"{report.entry or report.name}: {error}")
    return list(wrong)


def smtp_server(environment: Mapping[str, str]) -> tuple[str, str, int]:
    """Return scheme, host and port of the mail server.

    Raises
    ------
    NotifyError
        If there is none, or the address is none.
    """
    address = _address(
        _needed(environment, "ESCALATION_SMTP_URL"), "ESCALATION_SMTP_URL", ("smtp", "smtps"), "smtp://host:587"
    )
    return address.scheme, str(address.hostname), address.port or (465 if address.scheme == "smtps" else 587)


def sender_of(environment: Mapping[str, str]) -> str:
    """Return the sender's address.

    Raises
    ------
    NotifyError
        If it is none.
    """
    sender = environment.get("ESCALATION_SMTP_FROM") or f"escalation@{smtp_server(environment)[1]}"
    if not sender.isascii() or not re.fullmatch(r"(?:[^<>\r\n]*<)?[^\s@<>,;:\"]+@[^\s@<>,;:\"]+>?", sender):
        raise NotifyError("ESCALATION_SMTP_FROM is no address in ASCII letters, e.g. desk@example.org")
    return sender


def _login_of(environment: Mapping[str, str]) -> None:
    """Refuse a user without a password, and what the protocol cannot send."""
    user = environment.get("ESCALATION_SMTP_USER", "")
    if user and not (user + _needed(environment, "ESCALATION_SMTP_PASSWORD")).isascii():
        raise NotifyError("ESCALATION_SMTP_USER and ESCALATION_SMTP_PASSWORD take ASCII letters alone")


def ascii_addresses(addresses: Sequence[str]) -> None:
    """Refuse addresses that many servers cannot take.

    Raises
    ------
    NotifyError
        If one has other letters than ASCII's.
    """
    if odd := [address for address in addresses if not address.isascii()]:
        raise NotifyError(f"{printable(odd[0])!r} is no address in ASCII letters")


def webhook_place(name: str, environment: Mapping[str, str]) -> SplitResult:
    """Return the parts of a webhook's address, which is in the variable ``name``.

    Raises
    ------
    NotifyError
        If there is none, or it is none, or would be sent in the clear.
    """
    place = _address(_needed(environment, name), name, ("http", "https"), "https://host/path")
    if place.scheme == "http" and place.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise NotifyError(f"{name} must start with https://: its address is a secret")
    return place


def program_of(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the path of a command's program.

    Raises
    ------
    NotifyError
        If there is no such program, or a word cannot be passed to it.
    """
    if any("\0" in word for word in command):
        raise NotifyError("a word of the command holds a null character")
    found = shutil.which(command[0], path=environment.get("PATH"))
    if found is None:
        raise NotifyError(f"{printable(command[0])}: there is no such program")
    return found


def _address(text: str, name: str, schemes: tuple[str, ...], example: str) -> SplitResult:
    with suppress(ValueError):
        parts = urlsplit(text)
        sound = text.isascii() and text.isprintable() and " " not in text and parts.port != 0
        if sound and (parts.username is not None or parts.password is not None):
            raise NotifyError(f"{name} holds a user or a password, which would not be sent")
        if sound and parts.scheme in schemes and parts.hostname:
            parts.hostname.encode("idna")  # an empty or overlong part of a name is refused
            return parts
    raise NotifyError(f"{name} is not like {example}")


def messages_of(report: Report, out: Path, record: Sequence[Mapping[str, object]]) -> list[Message]:
    """Return what there is to tell of a report, oldest first, told or not.

    A report of which nothing was ever told starts with its newest publication: who subscribes is not sent the past.
    """
    folders = published_folders(out / report.name)[::-1]
    messages = []
    for folder in folders if record else folders[-1:]:
        manifest = read_manifest(folder)
        changes = read_facts(folder / "changes.json")
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
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(read_own(_record_path(out, name)))
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
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

    scheme, host, port = smtp_server(environment)
    sender = sender_of(environment)
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = message.subject, sender, ", ".join(to)
    mail["Message-ID"] = f"<{message.key}@escalation>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    user = environment.get("ESCALATION_SMTP_USER", "")
    local = host in ("localhost", "127.0.0.1", "::1")
    try:
        tls = ssl.create_default_context()
        bounded, bounded_tls = _bounded_clients()
        if scheme == "smtps":
            connection: SMTP = bounded_tls(host, port, timeout=TIMEOUT_SECONDS, context=tls)
        else:
            connection = bounded(host, port, timeout=TIMEOUT_SECONDS)
        with connection:
            if scheme == "smtp":
                connection.ehlo()
                if connection.has_extn("starttls"):
                    connection.starttls(context=tls)
                elif user and not local:
                    raise NotifyError(f"{host} offers no encryption; a password is not sent in the clear")
            if user:
                connection.login(user, _needed(environment, "ESCALATION_SMTP_PASSWORD"))
            connection.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        # What a server answers may hold what it was sent, in whatever form: only its code is told.
        refused = [answer[0] for answer in getattr(error, "recipients", {}).values()]
        code = getattr(error, "smtp_code", None) or next(iter(refused), None) or getattr(error, "errno", None)
        raise NotifyError(f"{host}: {type(error).__name__}" + (f", code {code}" if code else "")) from None


class _Limited:
    """Reads lines of an answer, up to a number of bytes in all: one that never ends would fill memory, or be read for
    as long as this process lives.

    Parameters
    ----------
    file
        What the answer is read from.
    """

    def __init__(self, file: Any) -> None:
        self._file, self._left = file, MOST_ANSWERED

    def readline(self, size: int = -1) -> bytes:
        line: bytes = self._file.readline(size)
        self._left -= len(line)
        if self._left < 0:
            raise ConnectionAbortedError("the answer does not end")
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@cache
def _bounded_clients() -> tuple[type["SMTP"], type["SMTP_SSL"]]:
    """Return clients of mail servers that read no more than a bounded answer: one that never ends would fill memory."""
    import smtplib

    class Bounded(smtplib.SMTP):
        def getreply(self) -> tuple[int, bytes]:
            if self.file is None and self.sock is not None:
                self.file = _Limited(self.sock.makefile("rb"))
            return super().getreply()

    class BoundedTls(Bounded, smtplib.SMTP_SSL):
        pass

    return Bounded, BoundedTls


def send_webhook(message: Message, *, name: str, environment: Mapping[str, str]) -> None:
    """Post a message to a webhook that understands Slack's ``{"text": ...}``; its address is in the variable ``name``.

    Raises
    ------
    NotifyError
        If there is no address, or it does not answer with success. Redirections are not followed.
    """
    from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection

    class Bounded(HTTPResponse):
        def begin(self) -> None:
            self.fp = _Limited(self.fp)  # type: ignore[assignment]  # it may say "continue" for ever
            super().begin()

    place = webhook_place(name, environment)
    # Slack reads &, < and > as its own marks: a table must not be able to write a link or call a channel.
    text = f"*{message.subject}*\n{message.body}".replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    content = json.dumps({"text": text, "mrkdwn": False}).encode()
    kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
    try:
        connection = kind(place.hostname or "", place.port, timeout=TIMEOUT_SECONDS)
        connection.response_class = Bounded
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
    # Files, not pipes: a child that the command leaves running would hold a pipe open.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(f"{message.subject}\n\n{message.body}".encode("utf-8", "replace"))
        given.seek(0)
        try:
            process = subprocess.Popen(
                list(command), stdin=given, stdout=subprocess.DEVNULL, stderr=said, env=passed, start_new_session=True
            )
        except (OSError, ValueError) as error:
            raise NotifyError(f"{command[0]}: {type(error).__name__}") from None
        try:
            code = process.wait(TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise NotifyError(f"{command[0]} took longer than {TIMEOUT_SECONDS:g} seconds and was ended") from None
        if code:
            said.seek(0)
            words = said.read(SAID_BYTES).decode("utf-8", "replace")
            if len(words) >= SAID_BYTES - 4:  # what touches the end may be half of a secret
                words = words[:-SECRET_CHARACTERS]
            raise NotifyError(f"{command[0]} ended with code {code}: {words.strip()}")


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
                _within(DELIVERY_SECONDS, send_email, message, to=report.notify.email, environment=environment)
            elif channel == "webhook":
                _within(
                    DELIVERY_SECONDS, send_webhook, message, name=report.notify.webhook_env, environment=environment
                )
            else:
                run_command(
                    replace(message, report=report.name),
                    command=report.notify.command,
                    secrets=secrets,
                    environment=environment,
                )
            return "", tries
        except NotifyError as failed:
            # Cut when it is redacted: half of a secret would not be known as one.
            error = redact(str(failed), secrets=secrets, environment=environment)[:MOST_TOLD]
        except Exception as failed:  # of whatever kind: nobody's message stops the publishing
            error = f"{channel}: {type(failed).__name__}"
        if tries < TRIES:
            time.sleep(wait_seconds * 2 ** (tries - 1))
    return error, TRIES


def _within(seconds: float, send: Callable[..., None], *arguments: object, **options: object) -> None:
    """Send, but no longer than so many seconds in all: a receiver that answers a byte at a time would hold the folder
    for hours.

    Raises
    ------
    NotifyError
        If time ran out; what was being sent is left behind.
    """
    raised: list[BaseException] = []

    def run() -> None:
        try:
            send(*arguments, **options)
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise NotifyError(f"the receiver was not done after {seconds:g} seconds")
    if raised:
        raise raised[0]


def redact(text: str, *, secrets: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return text without the values of secret variables or parts of them, should a command have sent one back, also
    encoded.
    """
    parts: set[str] = set()
    for name in secrets:
        value = environment.get(name, "")
        parts |= {value, *_secret_parts(value)}
    user, password = (environment.get(f"ESCALATION_SMTP_{part}", "") for part in ("USER", "PASSWORD"))
    if user or password:
        parts.add(f"\0{user}\0{password}")
    parts = {part for part in parts if len(part) >= SHORTEST_SECRET}
    forms = parts | {quote(part, safe="") for part in parts} | {unquote(part) for part in parts}
    for part in [one.encode() for one in forms]:
        # Within a longer text, base64 begins at any of three places; the signs at its ends depend on what stands
        # beside.
        for offset in range(3):
            encoded = b64encode(b"\0" * offset + part).decode().rstrip("=")
            forms.add(encoded[(0, 2, 3)[offset] : len(encoded) - (1 if (len(part) + offset) % 3 else 0)])
    forms |= {part.replace("+", "-").replace("/", "_") for part in forms} | {part.encode().hex() for part in parts}
    for form in sorted((form for form in forms if len(form) >= SHORTEST_SECRET), key=len, reverse=True):
        text = text.replace(form, "***")
    return text


def _secret_parts(value: str) -> list[str]:
    """Return what is secret in an address: all but its scheme, host and port."""
    try:
        address = urlsplit(value)
        if not address.hostname:
            return []
        rest = [
            address.username or "",
            address.password or "",
            *re.split(r"[/?&=#]+", f"{address.path}?{address.query}"),
        ]
        return [*rest, f"{address.path}?{address.query}" if address.query else address.path]
    except ValueError:
        return re.split(r"[/?&=#:@]+", value)


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
