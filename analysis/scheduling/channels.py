"""The ways to tell somebody: an e-mail, a webhook, a command; each is checked before anything is sent.

Secrets come from the environment only: ``ESCALATION_SMTP_URL`` (``smtp://host:587``, ``smtps://host:465``),
``ESCALATION_SMTP_USER``, ``ESCALATION_SMTP_PASSWORD``, and the variable that ``webhook_env`` names.
``ESCALATION_SMTP_FROM`` is the sender.
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
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from analysis.incidents.printing import printable
from analysis.scheduling.errors import NotifyError, PartlyToldError
from analysis.scheduling.schedule import Notify, Report

if TYPE_CHECKING:
    from smtplib import SMTP, SMTP_SSL

# Of what a command says; a mail server's whole answers; the longest secret, about.
SAID_BYTES, MOST_ANSWERED, SECRET_CHARACTERS = 4000, 1 << 20, 1000
# What a command may say in all, beside a report's files.
MOST_SAID = 1 << 24
TIMEOUT_SECONDS = 20.0
# One try of one delivery, whatever the receiver does.
DELIVERY_SECONDS = 30.0


@dataclass(frozen=True)
class Message:
    """One thing to tell. ``key`` is the same whenever the same thing would be told."""

    key: str
    report: str
    events: tuple[str, ...]
    subject: str
    body: str


def smtp_server(environment: Mapping[str, str]) -> tuple[str, str, int]:
    """Return scheme, host and port of the mail server.

    Raises `NotifyError` if there is none, or the address is none.
    """
    address = _address(
        _needed(environment, "ESCALATION_SMTP_URL"), "ESCALATION_SMTP_URL", ("smtp", "smtps"), "smtp://host:587"
    )
    return address.scheme, str(address.hostname), address.port or (465 if address.scheme == "smtps" else 587)


def sender_of(environment: Mapping[str, str]) -> str:
    """Return the sender's address.

    Raises `NotifyError` if it is none.
    """
    sender = environment.get("ESCALATION_SMTP_FROM") or f"escalation@{smtp_server(environment)[1]}"
    if not _is_sender(sender):
        raise NotifyError(
            "ESCALATION_SMTP_FROM is no address in ASCII letters, e.g. desk@example.org or "
            '"Risk, North" <desk@example.org>'
        )
    return sender


def _is_sender(text: str) -> bool:
    """Return whether a text is one address, alone or after a name, as the library that sends it reads it."""
    from email.policy import default

    with suppress(Exception):  # its parser raises anything of odd names
        header = default.header_factory("From", text)
        (group,) = header.groups
        (one,) = group.addresses
        whole = re.fullmatch(rf"(.*<)?{re.escape(one.addr_spec)}(?(1)>)", text)
        sound = text.isascii() and text.isprintable() and group.display_name is None
        return bool(sound and whole and one.username and one.domain)
    return False


def _login_of(environment: Mapping[str, str]) -> None:
    """Refuse a user without a password, and what the protocol cannot send."""
    user = environment.get("ESCALATION_SMTP_USER", "")
    login = user and user + _needed(environment, "ESCALATION_SMTP_PASSWORD")
    if not (login.isascii() and login.isprintable()):
        raise NotifyError("ESCALATION_SMTP_USER and ESCALATION_SMTP_PASSWORD take ASCII letters alone, and no line end")


def ascii_addresses(addresses: Sequence[str]) -> None:
    """Refuse addresses that many servers cannot take.

    Raises `NotifyError` if one has other letters than ASCII's.
    """
    if odd := [address for address in addresses if not address.isascii()]:
        raise NotifyError(f"{printable(odd[0])!r} is no address in ASCII letters")


def webhook_place(name: str, environment: Mapping[str, str]) -> SplitResult:
    """Return the parts of a webhook's address, which is in the variable ``name``.

    Raises `NotifyError` if there is none, or it is none, or would be sent in the clear.
    """
    place = _address(_needed(environment, name), name, ("http", "https"), "https://host/path")
    if place.scheme == "http" and place.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise NotifyError(f"{name} must start with https://: its address is a secret")
    return place


def program_of(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the path of a command's program.

    Raises `NotifyError` if there is no such program, it cannot be run, or a word cannot be passed to it.
    """
    if any("\0" in word for word in command):
        raise NotifyError("a word of the command holds a null character")
    name, path = printable(command[0]), environment.get("PATH")
    found = shutil.which(command[0], path=path)
    there = found or shutil.which(command[0], mode=os.F_OK, path=path)
    if there is None and os.path.dirname(command[0]) and os.path.isdir(command[0]):
        raise NotifyError(f"{name} is a folder, and no program")
    if there is None:
        raise NotifyError(f"{name}: there is no such program")
    if not os.path.isfile(there):
        raise NotifyError(f"{name} is a device, a pipe or a socket, and no program")
    if found is None:
        raise NotifyError(f"{name} may not be run by this user; make it executable: chmod +x {printable(there)}")
    asked = _first_line(found)
    marked = asked.startswith("\ufeff")
    words = asked[2:].split() if asked.startswith("#!") else []
    if asked and not words and asked[marked:].replace("\t", " ").rstrip("\r\n").isprintable():
        without = ", without a byte order mark before it" if marked else ""
        raise NotifyError(
            f"{name} cannot be run: its first line does not say by what; begin it with #!/bin/sh{without}"
        )
    if words and asked.rstrip("\n").endswith("\r"):
        raise NotifyError(f"{name} cannot be run: its lines end as on Windows; save it with those of Unix")
    if words and not os.path.exists(words[0]):
        raise NotifyError(f"{name} cannot be run: its first line asks for {printable(words[0])}, which is not there")
    return found


def _first_line(program: str) -> str:
    with suppress(OSError):
        opened = os.open(program, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would wait for who writes to it
        with open(opened, "rb") as file:
            return os.fsdecode(file.readline(SAID_BYTES))
    return ""


def _address(text: str, name: str, schemes: tuple[str, ...], example: str) -> SplitResult:
    if text != text.strip():
        raise NotifyError(f"{name} begins or ends with a blank or a line end")
    with suppress(ValueError):
        parts = urlsplit(text)
        sound = text.isascii() and text.isprintable() and " " not in text and parts.port != 0
        if sound and (parts.username is not None or parts.password is not None):
            raise NotifyError(f"{name} holds a user or a password, which would not be sent")
        if sound and parts.scheme in schemes and parts.hostname:
            parts.hostname.encode("idna")  # an empty or overlong part of a name is refused
            return parts
    raise NotifyError(f"{name} is not like {example}")


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise NotifyError(f"the environment has no {name}")
    return value


def send_email(message: Message, *, to: Sequence[str], environment: Mapping[str, str]) -> None:
    """Send a message by SMTP.

    Raises `NotifyError` if the environment lacks what is needed, or the server refuses; `PartlyToldError` if it refuses
    some of several recipients.
    """
    import smtplib
    import ssl
    from email.message import EmailMessage
    from email.policy import default
    from email.utils import format_datetime

    scheme, host, port = smtp_server(environment)
    sender = sender_of(environment)
    mail = EmailMessage(policy=default.clone(cte_type="7bit"))  # not each server takes eight
    mail["Subject"], mail["From"], mail["To"] = message.subject, sender, ", ".join(to)
    mail["Date"] = format_datetime(datetime.now(UTC))  # without one a mail may be refused, or passes for junk
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
            refused = connection.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        # What a server answers may hold what it was sent, in whatever form: only its code is told.
        codes = [answer[0] for answer in getattr(error, "recipients", {}).values()]
        code = getattr(error, "smtp_code", None) or next(iter(codes), None) or getattr(error, "errno", None)
        raise NotifyError(f"{host}: {_kind_of(error)}" + (f", code {code}" if code else "")) from None
    if refused:  # the others have it
        told = ", ".join(f"{address} (code {answer[0]})" for address, answer in refused.items())
        later = [address for address, answer in refused.items() if 400 <= answer[0] < 500]
        raise PartlyToldError(f"{host} refused {told}", later=later)


# What the codes say by which OpenSSL refuses a certificate; those of one that nobody known here signed say it alike.
_UNKNOWN = "is signed by nobody known here (SSL_CERT_FILE may name a file of other authorities)"
_REFUSED = {
    9: "is not valid yet", 10: "has expired", 62: "is of another name", 64: "is of another address",
    **dict.fromkeys((2, 18, 19, 20, 21), _UNKNOWN),
}  # fmt: skip


def _kind_of(error: Exception) -> str:
    """Return what kind of error it is, and of a certificate what is wrong with it; nothing that the server said."""
    if code := getattr(error, "verify_code", None):
        return f"its certificate {_REFUSED.get(code, f'is refused (code {code} of OpenSSL)')}"
    if not hasattr(error, "smtp_code") and "authentication method" in str(
        error
    ):  # in smtplib's words, not the server's
        return "it offers no login with a password (that with a token, XOAUTH2, is not spoken)"
    return type(error).__name__


class _Limited:
    """Reads lines of an answer, up to a number of bytes in all: one that never ends would fill memory, or be read for
    as long as this process lives."""

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
    """Return clients of mail servers that read no more than a bounded answer."""
    import smtplib

    class Bounded(smtplib.SMTP):
        def getreply(self) -> tuple[int, bytes]:
            if self.file is None and self.sock is not None:
                self.file = _Limited(self.sock.makefile("rb"))
            return super().getreply()

        def __exit__(self, *raised: Any) -> None:
            # What a server took it has, whatever it answers to a goodbye.
            with suppress(OSError, smtplib.SMTPException):
                super().__exit__(*raised)

    class BoundedTls(Bounded, smtplib.SMTP_SSL):
        pass

    return Bounded, BoundedTls


def send_webhook(message: Message, *, name: str, environment: Mapping[str, str]) -> None:
    """Post a message to a webhook that understands Slack's ``{"text": ...}``; its address is in the variable ``name``.

    Raises `NotifyError` if there is no address, or it does not answer with success. Redirections are not followed.
    """
    from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection

    class Bounded(HTTPResponse):
        def begin(self) -> None:
            self.fp = _Limited(self.fp)  # type: ignore[assignment]  # it may say "continue" for ever
            super().begin()
            while self.status in (102, 103):  # it is at work, and answers later
                self.headers = self.msg = None  # type: ignore[assignment]
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
        raise NotifyError(f"the webhook of {name}: {_kind_of(error)}") from None
    if not 200 <= status < 300:
        raise NotifyError(f"the webhook of {name} answered {status}")


def run_command(
    message: Message, *, command: Sequence[str], secrets: Sequence[str], environment: Mapping[str, str]
) -> None:
    """Run a command with the message on its standard input; no shell reads it, and secrets are not in its environment.

    Raises `NotifyError` if it cannot be run, takes too long, or ends with another code than 0.
    """
    told = {
        "ESCALATION_REPORT": message.report,
        "ESCALATION_EVENTS": ",".join(message.events),
        "ESCALATION_KEY": message.key,
    }
    passed = {key: value for key, value in environment.items() if key not in secrets} | told
    program_of(command, environment)
    # Files, not pipes: a child that the command leaves running would hold a pipe open.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(f"{message.subject}\n\n{message.body}".encode("utf-8", "replace"))
        given.seek(0)
        try:
            process = subprocess.Popen(
                list(command), stdin=given, stdout=subprocess.DEVNULL, stderr=said, env=passed, start_new_session=True
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise NotifyError(f"{command[0]} cannot be run: {reason}") from None
        until = time.monotonic() + TIMEOUT_SECONDS
        while (code := _code_of(process)) is None:
            much = os.fstat(said.fileno()).st_size > MOST_SAID  # which would fill the disk
            if much or time.monotonic() >= until:
                with suppress(OSError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                did = (
                    f"said more than {MOST_SAID >> 20} MB" if much else f"took longer than {TIMEOUT_SECONDS:g} seconds"
                )
                raise NotifyError(f"{command[0]} {did} and was ended")
        if code:
            said.seek(0)
            words = said.read(SAID_BYTES).decode("utf-8", "replace")
            if len(words) >= SAID_BYTES - 4:  # what touches the end may be half of a secret
                words = words[:-SECRET_CHARACTERS]
            raise NotifyError(f"{command[0]} ended with code {code}: {words.strip()}")


def _code_of(process: subprocess.Popen) -> int | None:
    """Return the code that a process ended with; None where it has not for a moment."""
    with suppress(subprocess.TimeoutExpired):
        return process.wait(0.1)
    return None


def _within(seconds: float, send: Callable[..., None], *arguments: object, **options: object) -> None:
    """Send, but no longer than so many seconds in all: a receiver that answers a byte at a time would hold the folder
    for hours.

    Raises `NotifyError` if time ran out; what was being sent is left behind.
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


@dataclass(frozen=True)
class Channel:
    """A way to tell somebody."""

    asked: Callable[[Notify], str | Sequence[str]]  # what a schedule gives for it; empty where it is not asked for
    # Each refuses settings that cannot work with a `NotifyError`.
    check: tuple[Callable[[Notify, Mapping[str, str]], object], ...]
    # Delivers a message of a report, or raises a `NotifyError`; the last argument are the variables that are secret.
    send: Callable[[Message, Report, Mapping[str, str], Sequence[str]], None]


CHANNELS = {
    "email": Channel(
        asked=lambda told: told.email,
        check=(
            lambda told, environment: smtp_server(environment),
            lambda told, environment: sender_of(environment),
            lambda told, environment: ascii_addresses(told.email),
            lambda told, environment: _login_of(environment),
        ),
        send=lambda message, report, environment, secrets: _within(
            DELIVERY_SECONDS, send_email, message, to=report.notify.email, environment=environment
        ),
    ),
    "webhook": Channel(
        asked=lambda told: told.webhook_env,
        check=(lambda told, environment: webhook_place(told.webhook_env, environment),),
        send=lambda message, report, environment, secrets: _within(
            DELIVERY_SECONDS, send_webhook, message, name=report.notify.webhook_env, environment=environment
        ),
    ),
    "command": Channel(
        asked=lambda told: told.command,
        check=(lambda told, environment: program_of(told.command, environment),),
        send=lambda message, report, environment, secrets: run_command(
            replace(message, report=report.name),
            command=report.notify.command,
            secrets=secrets,
            environment=environment,
        ),
    ),
}
