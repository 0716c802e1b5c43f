"""Who asked is told, once; what fails is tried again; no secret is told to anybody."""

import errno
import json
import os
import quopri
import re
import shlex
import shutil
import smtplib
import socket
import socketserver
import ssl
import threading
import time
from base64 import b64encode
from contextlib import suppress
from dataclasses import replace
from html import escape
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import quote, quote_plus

import pytest

from analysis.publishing import own_files
from analysis.publishing.folders import published_folders
from analysis.scheduling import channels, notify, redacting
from analysis.scheduling.channels import send_webhook
from analysis.scheduling.errors import NotifyError
from analysis.scheduling.notify import check_notify, messages_of, read_record, tell_all, untold
from analysis.scheduling.schedule import Notify, expand, read_schedule, secret_names
from tests.scheduling.batches import write_schedule

MESSAGE = channels.Message("key", "a", ("first",), "subject", "body")
SECRET = "hook-q7Zk-91"
HOSTILE = "Kidal <!channel> <https://x|click>\r\nBcc: all@example.org \u202e"


@pytest.fixture
def hook():
    """A webhook on this machine; ``answers`` are its next status codes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.got.append((self.path, self.headers["Idempotency-Key"], json.loads(body)))
            status = server.answers.pop(0) if server.answers else 200
            while status in (102, 103):
                self.send_response_only(status)
                self.send_header("Link", "</style.css>")
                self.end_headers()
                status = server.answers.pop(0)
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.got, server.answers = [], []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def mail():
    """A mail server on this machine that keeps what it is given."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline().decode().strip():
                line = line[:4].upper() + line[4:]
                server.lines.append(line)
                if line == "DATA":
                    self.wfile.write(b"354 go\r\n")
                    got = []
                    while (line := self.rfile.readline().decode()) != ".\r\n":
                        got.append(line)
                    server.got.append("".join(got))
                    self.wfile.write(b"250 kept\r\n")
                elif line == "QUIT":
                    self.wfile.write(f"{server.goodbye}\r\n".encode())
                    return
                elif line.startswith("RCPT") and server.refuse and server.refuse in line:
                    self.wfile.write(f"{server.code} no such user, {SECRET}\r\n".encode())
                elif line.startswith("EHLO"):
                    self.wfile.write(b"250-here\r\n250 AUTH PLAIN LOGIN\r\n")
                elif line.startswith("AUTH"):
                    self.wfile.write(b"235 well\r\n")
                else:
                    self.wfile.write(b"250 well\r\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        server.got, server.lines, server.refuse, server.code, server.goodbye = [], [], "", 550, "221 bye"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def publish(
    tmp_path,
    notify,
    *,
    as_of="2025-07-01",
    events=("verdict", "alert"),
    started="1",
    finding="Kidal is calm.",
    reason="",
):
    """Write what a published report leaves for the teller, and return the schedule's reports and their folder."""
    path = write_schedule(tmp_path, {"a": f"[reports.a.notify]\n{notify}"})
    schedule = read_schedule(path)
    folder = schedule.out / "a" / as_of
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {"name": "a", "started": started, "as_of": as_of, "finding": finding, "title": "Mali"}
    manifest["confidence"] = "Confidence is low."
    (folder / "manifest.json").write_text(json.dumps(manifest))
    changes = {
        "events": events, "since": {"as_of": "2025-06-01"}, "verdict": {"before": "steady", "after": "escalating"},
        "alerts": {"new": [HOSTILE], "ended": [], "standing": [], "doubted": [HOSTILE]}, "history": [],
        "reason": reason,
    }  # fmt: skip
    (folder / "changes.json").write_text(json.dumps(changes))
    return expand(schedule), schedule.out


def tell(reports, out, environment, said=None):
    say = [].append if said is None else said.append
    secrets = secret_names(reports)
    return tell_all(reports, out, environment=environment, wait_seconds=0, secrets=secrets, say=say)


def test_a_webhook_is_told_once_with_nothing_that_it_would_obey(tmp_path, hook, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # no proxy comes to see the address
    reports, out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"')
    environment = {"HOOK": f"http://127.0.0.1:{hook.server_port}/{SECRET}?a=1"}
    environment["HTTP_PROXY"] = "http://127.0.0.1:9"
    assert tell(reports, out, environment).told == 1
    assert tell(reports, out, environment).told == 0
    ((path, key, body),) = hook.got
    assert path == f"/{SECRET}?a=1"
    assert "Newly above the baseline: Kidal &lt;!channel&gt;" in body["text"]
    assert "may be copies, being like another: Kidal &lt;!channel&gt;" in body["text"]
    assert "Verdict" not in body["text"]  # not asked for
    assert "\u202e" not in body["text"]
    (row,) = read_record(out, "a")
    assert (row["key"], row["delivered"], row["tries"]) == (key, True, 1)
    assert SECRET not in (out / ".state" / "told" / "a.json").read_text()


def test_what_fails_is_tried_thrice_and_again_by_the_next_run(tmp_path, hook):
    reports, out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"')
    environment = {"HOOK": f"http://127.0.0.1:{hook.server_port}/{SECRET}"}
    hook.answers[:] = [500, 503, 500]
    said = []
    first = tell(reports, out, environment, said)
    assert (first.told, first.untold, len(hook.got)) == (0, 1, 3)
    assert said == ["a: not told by webhook: the webhook of HOOK answered 500"]
    # A redirection is no success, and is not followed.
    hook.answers[:] = [302]
    assert tell(reports, out, environment).told == 1
    assert [row["delivered"] for row in read_record(out, "a")] == [False, True]
    assert len({key for _, key, _ in hook.got}) == 1
    # A message that was overtaken before it could be told is told too.
    hook.answers[:] = [500] * 3
    publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"', as_of="2025-07-08", started="2")
    assert tell(reports, out, environment).untold == 1
    publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"', as_of="2025-07-15", started="3")
    assert tell(reports, out, environment).told == 2


def test_a_webhook_that_tells_first_that_it_is_at_work_is_told_once(tmp_path, hook):
    reports, out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"')
    hook.answers[:] = [102, 103, 200]
    done = tell(reports, out, {"HOOK": f"http://127.0.0.1:{hook.server_port}/"})
    assert (done.told, done.untold, len(hook.got), hook.answers) == (1, 0, 1, [])


def test_who_asks_for_changes_is_told_where_nothing_could_be_compared(tmp_path, hook):
    environment = {"HOOK": f"http://127.0.0.1:{hook.server_port}/"}
    for on, told in (("first", 0), ("verdict", 1)):
        (tmp_path / on).mkdir()
        notify = f'on = ["{on}"]\nwebhook_env = "HOOK"'
        # What was published before anybody looked is the past.
        reports, out = publish(tmp_path / on, notify, as_of="2025-06-01", events=[], reason="it was changed")
        assert tell(reports, out, environment).told == 0
        publish(tmp_path / on, notify, events=[], reason="it was changed")
        assert [tell(reports, out, environment).told for _ in range(2)] == [told, 0]
    ((_, _, body),) = hook.got
    assert "not compared with the last published" in body["text"]
    assert "Not compared with the report as of 2025-06-01, because it was changed." in body["text"]


def test_the_same_report_made_again_is_not_told_again(tmp_path, hook):
    environment = {"HOOK": f"http://127.0.0.1:{hook.server_port}/"}
    for started in ("1", "2"):
        reports, out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"', started=started)
        tell(reports, out, environment)
    assert len(hook.got) == 1
    # Another change of the same day is told.
    publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"', events=("alert",), started="3")
    assert tell(reports, out, environment).told == 1


@pytest.mark.parametrize(
    "later",
    ['on = ["alert"]\nwebhook_env = "HOOK"\ncommand = ["true"]', 'on = ["alert", "verdict"]\nwebhook_env = "HOOK"'],
)
def test_who_is_named_later_or_for_more_is_not_sent_the_past(tmp_path, hook, later):
    environment = {"HOOK": f"http://127.0.0.1:{hook.server_port}/", "PATH": "/usr/bin:/bin"}
    for day in ("2025-06-01", "2025-07-01"):
        reports, out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"', as_of=day, started=day)
        tell(reports, out, environment)
    # Nor is who was named before, and is named again: what happened between is the past too.
    publish(tmp_path, later, as_of="2025-07-02", started="2")
    tell(expand(read_schedule(write_schedule(tmp_path, {"a": ""}))), out, environment)
    reports = expand(read_schedule(write_schedule(tmp_path, {"a": f"[reports.a.notify]\n{later}"})))
    assert tell(reports, out, environment).told == 0
    publish(tmp_path, later, as_of="2025-07-08", started="3")
    assert tell(reports, out, environment).told == len(reports[0].notify.on) + len(reports[0].notify.command) - (
        "verdict" in later
    )


def test_a_receiver_that_is_gone_drives_nothing_out_of_the_record(tmp_path, monkeypatch):
    monkeypatch.setattr(notify, "KEPT", 4)
    reports, out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"\ncommand = ["true"]')
    environment = {"HOOK": "https://127.0.0.1:1/", "PATH": "/usr/bin:/bin"}
    assert [tell(reports, out, environment).told for _ in range(6)] == [1, 0, 0, 0, 0, 0]
    assert [row["delivered"] for row in read_record(out, "a")] == [True, False]


def test_a_command_of_one_report_learns_no_secret_of_another(tmp_path):
    reports, out = publish(tmp_path, 'on = ["alert"]\ncommand = ["sh", "-c", "env >&2; exit 3"]')
    other = replace(reports[0], name="b", notify=Notify(("alert",), webhook_env="OTHER"))
    said = []
    tell([*reports, other], out, {"OTHER": f"https://hooks.example/{SECRET}", "PATH": "/usr/bin:/bin"}, said)
    assert "ended with code 3" in said[0]
    assert SECRET not in "".join(said) + json.dumps(read_record(out, "a"))


def test_who_is_refused_beside_others_is_told(tmp_path, mail):
    mail.refuse = "night@"
    reports, out = publish(tmp_path, 'on = ["alert"]\nemail = ["desk@example.org", "night@example.org"]')
    environment = {"ESCALATION_SMTP_URL": f"smtp://127.0.0.1:{mail.server_address[1]}"}
    said = []
    done = tell(reports, out, environment, said)
    assert (done.told, done.untold, len(mail.got)) == (1, 1, 1)
    assert said[1] == "a: not told by email: 127.0.0.1 refused night@example.org (code 550)"
    assert tell(reports, out, environment).told == 0  # the other is not told twice


def test_who_is_refused_for_now_beside_others_is_told_later_alone(tmp_path, mail):
    mail.refuse, mail.code = "night@", 451  # as where a server does not know a sender yet
    reports, out = publish(tmp_path, 'on = ["alert"]\nemail = ["desk@example.org", "night@example.org"]')
    environment = {"ESCALATION_SMTP_URL": f"smtp://127.0.0.1:{mail.server_address[1]}"}
    done = tell(reports, out, environment)
    assert (done.told, done.untold, len(untold(reports[0], out))) == (1, 1, 1)
    assert tell(reports, out, environment).told == 0
    mail.refuse, mail.lines[:] = "", []
    assert tell(reports, out, environment).told == 1
    assert [line for line in mail.lines if line.startswith("RCPT")] == ["RCPT TO:<night@example.org>"]
    assert not untold(reports[0], out)
    assert tell(reports, out, environment).told == 0


def test_who_was_refused_for_now_and_is_named_no_longer_is_not_waited_for(tmp_path, mail):
    mail.refuse, mail.code = "night@", 451
    reports, out = publish(tmp_path, 'on = ["alert"]\nemail = ["desk@example.org", "night@example.org"]')
    environment = {"ESCALATION_SMTP_URL": f"smtp://127.0.0.1:{mail.server_address[1]}"}
    tell(reports, out, environment)
    alone = replace(reports[0], notify=Notify(("alert",), email=("desk@example.org",)))
    assert tell([alone], out, environment).told == 0
    assert (len(mail.got), untold(alone, out)) == (1, [])


@pytest.mark.parametrize(
    "left", ['[{"key": 5, "channel": ["x"], "body": {"a": 1}, "events": 5}]', '[{"body": "x", "events": []}]', "[3]"]
)
def test_a_record_that_somebody_changed_stops_nobody(tmp_path, left):
    reports, out = publish(tmp_path, 'on = ["alert"]\ncommand = ["true"]')
    (out / ".state" / "told").mkdir(parents=True)
    (out / ".state" / "told" / "a.json").write_text(left)
    assert tell(reports, out, {"PATH": "/usr/bin:/bin"}).told == 1


def test_an_email_cannot_be_steered_by_a_table(tmp_path, mail):
    notify = 'on = ["verdict", "alert"]\nemail = ["desk@example.org", "night@example.org"]'
    reports, out = publish(tmp_path, notify, finding=HOSTILE)
    environment = {
        "ESCALATION_SMTP_URL": f"smtp://127.0.0.1:{mail.server_address[1]}", "ESCALATION_SMTP_USER": "u",
        "ESCALATION_SMTP_PASSWORD": SECRET, "ESCALATION_SMTP_FROM": "from@example.org",
    }  # fmt: skip
    assert tell(reports, out, environment).told == 1
    recipients = [line for line in mail.lines if line.startswith("RCPT")]
    assert recipients == ["RCPT TO:<desk@example.org>", "RCPT TO:<night@example.org>"]
    from email import message_from_string, policy

    got = message_from_string(mail.got[0], policy=policy.default)
    assert got["Bcc"] is None
    assert got["Subject"] == "Mali, as of 2025-07-01: the verdict is another; a unit rose above its baseline"
    assert got["Message-ID"] == f"<{read_record(out, 'a')[0]['key']}@escalation>"
    assert abs(got["Date"].datetime.timestamp() - time.time()) < 60
    assert "Confidence is low.\n\nVerdict: steady, now escalating." in got.get_content().replace("\r", "")
    assert SECRET not in mail.got[0]


def test_a_mail_has_seven_bits_alone(mail):
    """As a server that does not offer 8BITMIME takes them."""
    message = replace(MESSAGE, subject="Ségou", body="Bénin : غاو\n")
    environment = {"ESCALATION_SMTP_URL": f"smtp://127.0.0.1:{mail.server_address[1]}"}
    channels.send_email(message, to=["desk@example.org"], environment=environment)
    from email import message_from_string, policy

    assert mail.got[0].isascii()
    got = message_from_string(mail.got[0], policy=policy.default)
    assert (got["Subject"], got.get_content().strip()) == ("Ségou", "Bénin : غاو")


def test_what_a_server_answers_is_recorded_without_the_secret(tmp_path, mail):
    reports, out = publish(tmp_path, 'on = ["alert"]\nemail = ["desk@example.org"]')
    mail.refuse = "desk@"
    environment = {
        "ESCALATION_SMTP_URL": f"smtp://127.0.0.1:{mail.server_address[1]}",
        "ESCALATION_SMTP_PASSWORD": SECRET,
    }
    said = []
    assert tell(reports, out, environment, said).untold == 1
    assert "SMTPRecipientsRefused, code 550" in said[0]
    assert SECRET not in (out / ".state" / "told" / "a.json").read_text()


def test_a_command_reads_the_message_and_no_secret(tmp_path):
    script = tmp_path / "keep.sh"
    script.write_text(f'cat > "{tmp_path}/got"; env > "{tmp_path}/env"\n')
    reports, out = publish(tmp_path, f'on = ["alert"]\nwebhook_env = "HOOK"\ncommand = ["sh", "{script}"]')
    environment = {"HOOK": f"http://127.0.0.1:9/{SECRET}", "ESCALATION_SMTP_PASSWORD": SECRET, "PATH": "/usr/bin:/bin"}
    assert tell(reports, out, environment).told == 1
    assert "Newly above the baseline" in (tmp_path / "got").read_text()
    environ = (tmp_path / "env").read_text()
    assert "ESCALATION_EVENTS=alert" in environ
    assert SECRET not in environ


def test_a_command_that_says_without_end_is_ended_before_it_fills_the_disk(tmp_path):
    reports, out = publish(tmp_path, 'on = ["alert"]\ncommand = ["sh", "-c", "yes >&2"]')
    said, begun = [], time.monotonic()
    assert tell(reports, out, {"PATH": "/usr/bin:/bin"}, said).untold == 1
    assert said == ["a: not told by command: sh said more than 16 MB and was ended"]
    assert time.monotonic() - begun < channels.TIMEOUT_SECONDS


@pytest.mark.parametrize("command", ['["no-such-program-here"]', '["sh", "-c", "echo went wrong >&2; exit 3"]'])
def test_a_command_that_fails_is_told(tmp_path, command):
    reports, out = publish(tmp_path, f'on = ["alert"]\ncommand = {command}')
    said = []
    assert tell(reports, out, {"PATH": "/usr/bin:/bin"}, said).untold == 1
    assert "there is no such program" in said[0] or "ended with code 3: went wrong" in said[0]


@pytest.mark.parametrize("pad", [100, 140, 150, 3900])
def test_half_of_a_secret_is_never_told(tmp_path, pad):
    """Wherever a command's words are cut."""
    secret = "https://hooks.example.org/services/T000/" + "Zq7wXk4Rv9Ls2Bn8" * 3
    reports, out = publish(
        tmp_path,
        f'on = ["alert"]\nwebhook_env = "HOOK"\ncommand = ["sh", "-c", "printf %0{pad}d%s 7 {secret} >&2; exit 3"]',
    )
    said = []
    tell(reports, out, {"HOOK": secret, "PATH": "/usr/bin:/bin"}, said)
    told = "".join(said) + json.dumps(read_record(out, "a"))
    assert "ended with code 3" in told
    assert "Zq7w" not in told


def test_a_mail_server_that_never_ends_its_answer_is_left():
    from socketserver import BaseRequestHandler, ThreadingTCPServer

    class Endless(BaseRequestHandler):
        def handle(self):
            with suppress(OSError):
                while True:
                    self.request.sendall(b"220-a\r\n" * 1000)

    class Server(ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Endless) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {"ESCALATION_SMTP_URL": f"smtp://127.0.0.1:{server.server_address[1]}"}
        message = channels.Message("k", "a", ("alert",), "A subject", "Words.")
        with pytest.raises(NotifyError, match=r"127\.0\.0\.1: SMTPServerDisconnected"):
            channels.send_email(message, to=["desk@example.org"], environment=environment)
        server.shutdown()


def test_a_webhook_that_says_continue_for_ever_is_left():
    from socketserver import StreamRequestHandler, ThreadingTCPServer

    class Endless(StreamRequestHandler):
        def handle(self):
            with suppress(OSError):
                while True:
                    self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)

    class Server(ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Endless) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {"HOOK": f"http://127.0.0.1:{server.server_address[1]}/x"}
        message = channels.Message("k", "a", ("alert",), "A subject", "Words.")
        with pytest.raises(NotifyError, match="the webhook of HOOK: ConnectionAbortedError"):
            channels.send_webhook(message, name="HOOK", environment=environment)
        server.shutdown()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ESCALATION_SMTP_USER", "desk", "ESCALATION_SMTP_PASSWORD"),
        ("ESCALATION_SMTP_URL", "smtp://a..b:25", "ESCALATION_SMTP_URL is not like"),
        ("ESCALATION_SMTP_URL", "smtp://u:p@mail.example.org", "holds a user or a password"),
    ],
)
def test_settings_by_which_nothing_could_be_sent_are_found_before(tmp_path, name, value, words):
    reports, _ = publish(tmp_path, 'on = ["alert"]\nemail = ["desk@example.org"]')
    environment = {"ESCALATION_SMTP_URL": "smtp://mail.example.org:25", name: value}
    assert words in "".join(notify.check_notify(reports, environment))


def test_nobody_is_told_what_was_not_asked_for(tmp_path):
    reports, out = publish(tmp_path, 'on = ["history", "failure"]\ncommand = ["false"]')
    done = tell(reports, out, {})
    assert (done.told, done.untold) == (0, 0)


def test_a_failure_is_told_once_as_long_as_it_lasts(tmp_path):
    reports, out = publish(tmp_path, 'on = ["failure"]\ncommand = ["true"]')
    (out / "a" / "failed").mkdir()
    failure = {"name": "a", "error": "kernel died", "when": "2", "since": "1"}
    for when in ("2", "3"):
        (out / "a" / "failed" / "failure.json").write_text(json.dumps(failure | {"when": when}))
        tell(reports, out, {"PATH": "/usr/bin:/bin"})
    assert len(read_record(out, "a")) == 1
    (message,) = messages_of(reports[0], out, read_record(out, "a"), published_folders(out / "a"))
    assert "could not be published" in message.body


def test_who_subscribes_is_not_sent_the_past(tmp_path):
    for number, as_of in enumerate(("2025-05-01", "2025-06-01", "2025-07-01")):
        reports, out = publish(tmp_path, 'on = ["alert"]\ncommand = ["true"]', as_of=as_of, started=str(number))
    assert len(messages_of(reports[0], out, [], published_folders(out / "a"))) == 1


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "has no HOOK"),
        ({"HOOK": "http://example.org/x"}, "must start with https"),
        ({"HOOK": "file:///etc/passwd"}, "is not like https"),
        ({"HOOK": f"http://127.0.0.1:9/{SECRET}"}, "the webhook of HOOK: ConnectionRefusedError"),
    ],
)
def test_a_webhook_address_that_cannot_be_used(tmp_path, environment, words):
    reports, out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"')
    (message,) = messages_of(reports[0], out, [], published_folders(out / "a"))
    with pytest.raises(NotifyError, match=words) as error:
        send_webhook(message, name="HOOK", environment=environment)
    assert SECRET not in str(error.value)


# --- what a receiver or a setting can do wrong ---------------------------------------------------------------------

NO_PROGRAM = "cannot be run: its first line does not say by what"
NO_SENDER = (
    'ESCALATION_SMTP_FROM is no address in ASCII letters, e.g. desk@example.org or "Risk, North" <desk@example.org>'
)


@pytest.mark.parametrize(
    ("environment", "wrong"),
    [
        ({"ESCALATION_SMTP_URL": "smtp://mail.example:587", "HOOK": "https://hooks.example/x"}, []),
        ({}, ["a: the environment has no ESCALATION_SMTP_URL", "a: the environment has no HOOK"]),
        ({"ESCALATION_SMTP_URL": "smtp://mail.example:99999"}, ["a: ESCALATION_SMTP_URL is not like smtp://host:587"]),
        ({"ESCALATION_SMTP_URL": "smtp://mail.example:0"}, ["a: ESCALATION_SMTP_URL is not like smtp://host:587"]),
        ({"ESCALATION_SMTP_URL": "http://mail.example"}, ["a: ESCALATION_SMTP_URL is not like smtp://host:587"]),
        ({"ESCALATION_SMTP_URL": "smtp://[mail"}, ["a: ESCALATION_SMTP_URL is not like smtp://host:587"]),
        (
            {"ESCALATION_SMTP_URL": "smtp://m.example", "ESCALATION_SMTP_FROM": "a@b\r\nBcc: c@d"},
            [f"a: {NO_SENDER}"],
        ),
        # The mail would be from "Risk", or from "Desk@North".
        ({"ESCALATION_SMTP_FROM": "Risk, North <desk@example.org>"}, [f"a: {NO_SENDER}"]),
        ({"ESCALATION_SMTP_FROM": "Desk@North <desk@example.org>"}, [f"a: {NO_SENDER}"]),
        ({"ESCALATION_SMTP_FROM": "desk@example.org>"}, [f"a: {NO_SENDER}"]),
        ({"ESCALATION_SMTP_FROM": "Desk: North <desk@example.org>"}, [f"a: {NO_SENDER}"]),
        ({"ESCALATION_SMTP_FROM": "[ALERT] Desk <desk@example.org>"}, [f"a: {NO_SENDER}"]),
        ({"ESCALATION_SMTP_FROM": '"Desk\n" <desk@example.org>'}, [f"a: {NO_SENDER}"]),
        ({"ESCALATION_SMTP_FROM": "desk@example."}, [f"a: {NO_SENDER}"]),
        ({"ESCALATION_SMTP_FROM": '"Risk, North" <desk@example.org>'}, []),
        ({"ESCALATION_SMTP_FROM": "desk@example.org"}, []),
        ({"ESCALATION_SMTP_FROM": "A. B. Desk (night) <desk@example.org>"}, []),
        # As where a secret was written with a line end.
        (
            {"ESCALATION_SMTP_USER": "desk", "ESCALATION_SMTP_PASSWORD": f"{SECRET}\n"},
            ["a: ESCALATION_SMTP_USER and ESCALATION_SMTP_PASSWORD take ASCII letters alone, and no line end"],
        ),
        ({"HOOK": "https://hooks.example/x\n"}, ["a: HOOK begins or ends with a blank or a line end"]),
        ({"HOOK": "https://hooks.example:port/x"}, ["a: HOOK is not like https://host/path"]),
        ({"HOOK": "https://hooks.example/x y"}, ["a: HOOK is not like https://host/path"]),
        ({"HOOK": "https://hooks.example/\u00e9"}, ["a: HOOK is not like https://host/path"]),
        ({"HOOK": "http://hooks.example/x"}, ["a: HOOK must start with https://: its address is a secret"]),
    ],
)
def test_settings_are_checked_before_anything_is_sent(tmp_path, environment, wrong):
    reports, _ = publish(tmp_path, 'on = ["alert"]\nemail = ["desk@example.org"]\nwebhook_env = "HOOK"')
    sound = {"ESCALATION_SMTP_URL": "smtp://mail.example", "HOOK": "https://hooks.example/x"}
    assert check_notify(reports, (sound if environment else {}) | environment) == wrong


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        ("#!/bin/sh\n", 0o644, "may not be run by this user; make it executable: chmod +x {path}"),
        ("#!/bin/sh\r\n", 0o755, "cannot be run: its lines end as on Windows; save it with those of Unix"),
        ("#!/no/such/shell -e\n", 0o755, "cannot be run: its first line asks for /no/such/shell, which is not there"),
        ("logger -t escalation\n", 0o755, f"{NO_PROGRAM}; begin it with #!/bin/sh"),
        *((f"{empty}#!/bin/sh\n", 0o755, f"{NO_PROGRAM}; begin it with #!/bin/sh") for empty in ("\n", " \n", "\r\n")),
        ("#!\n", 0o755, f"{NO_PROGRAM}; begin it with #!/bin/sh"),
        (
            "\ufeff#!/bin/sh\n",
            0o755,
            f"{NO_PROGRAM}; begin it with #!/bin/sh, without a byte order mark before it",
        ),
        ("#!/bin/sh -e\n", 0o755, ""),
        ("", 0o755, ""),
    ],
)
def test_a_program_that_cannot_be_run_is_told_with_its_reason(tmp_path, content, mode, words):
    path = tmp_path / "tell.sh"
    path.write_bytes(content.encode())
    path.chmod(mode)
    told = Notify(on=("first",), command=(str(path),))
    (report,) = read_schedule(write_schedule(tmp_path, {"a": ""})).reports
    wrong = f"{path} {words.format(path=path)}"
    assert check_notify([replace(report, notify=told)], dict(os.environ)) == ([f"a: {wrong}"] if words else [])
    if words:
        with pytest.raises(NotifyError, match=f"^{re.escape(wrong)}$"):
            channels.run_command(MESSAGE, command=told.command, secrets=(), environment=os.environ)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("/dev/zero", "/dev/zero is a device, a pipe or a socket, and no program"),
        ("/", "/ is a folder, and no program"),
        ("/dev/nothing", "/dev/nothing: there is no such program"),
    ],
)
def test_what_is_no_file_is_not_to_be_made_executable(place, words):
    with pytest.raises(NotifyError, match=f"^{words}$"):
        channels.program_of([place], os.environ)


def test_a_program_in_no_form_that_the_system_knows_is_told(tmp_path):
    (path := tmp_path / "tell").write_bytes(b"\x7fELF")
    path.chmod(0o755)
    with pytest.raises(NotifyError, match="tell cannot be run: Exec format error"):
        channels.run_command(MESSAGE, command=(str(path),), secrets=(), environment=os.environ)


def test_a_message_that_was_being_told_when_a_run_ended_says_so_and_keeps_its_key(tmp_path, hook, monkeypatch):
    """At least once: whether it came cannot be known. Of what was told as usual, no trace of that stays."""
    reports, out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"', events=("alert",))
    environment = {"HOOK": f"http://127.0.0.1:{hook.server_port}/"}
    real = channels.CHANNELS["webhook"]

    def killed(*arguments):
        real.send(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as held:
        held.setitem(channels.CHANNELS, "webhook", replace(real, send=killed))
        with pytest.raises(KeyboardInterrupt):
            tell(reports, out, environment)
    assert [row["error"] for row in read_record(out, "a")] == ["being told"]
    assert len(notify.untold(reports[0], out)) == 1
    hook.answers = [500, 500, 500]
    assert (tell(reports, out, environment).untold, tell(reports, out, environment).told) == (1, 1)
    assert len({key for _, key, _ in hook.got}) == 1
    texts = [content["text"] for _, _, content in hook.got]
    assert ["may have reached you before" in text for text in texts] == [False, True, True, True, True]
    assert texts[-1].count("may have reached you before") == 1
    assert [row["delivered"] for row in read_record(out, "a")] == [False, True]
    assert tell(reports, out, environment) == notify.Told()


def test_two_schedules_that_make_one_report_tell_their_people_each(tmp_path):
    told = 'on = ["alert"]\ncommand = ["sh", "-c", "cat >> {file}"]'
    reports, out = publish(tmp_path, told.format(file=tmp_path / "one"), events=("alert",))
    (out / "a" / "2025-07-01" / "run.json").write_text('{"started": "1", "schedule": "../schedule.toml", "entry": "a"}')
    text = (tmp_path / "schedule.toml").read_text()
    (tmp_path / "two.toml").write_text(text.replace(str(tmp_path / "one"), str(tmp_path / "two")))
    first, second = (expand(read_schedule(tmp_path / f"{name}.toml")) for name in ("schedule", "two"))
    for reports in (first, second, first, second):
        tell(reports, out, dict(os.environ))
    assert [(tmp_path / name).read_text().count("Kidal is calm.") for name in ("one", "two")] == [1, 1]


def test_no_line_is_empty_twice(tmp_path):
    told = f'on = ["first", "alert"]\ncommand = ["sh", "-c", "cat >> {tmp_path}/told"]'
    reports, out = publish(tmp_path, told, events=("first", "alert"))
    tell(reports, out, dict(os.environ))
    assert "Kidal is calm. Confidence is low.\n\nNewly above" in (text := (tmp_path / "told").read_text())
    assert "\n\n\n" not in text
    publish(tmp_path, told, events=("first",), as_of="2025-07-02", started="2")
    (out / "a" / "2025-07-02" / "changes.json").write_text('{"events": ["first"]}')
    tell(reports, out, dict(os.environ))
    assert "Kidal is calm. Confidence is low.\n\na/2025-07-02/report.html" in (text := (tmp_path / "told").read_text())
    assert "\n\n\n" not in text


def test_a_program_that_is_not_there_is_told_before(tmp_path):
    reports, _ = publish(tmp_path, 'on = ["alert"]\ncommand = ["no-such-program-here"]')
    assert check_notify(reports, {"PATH": "/usr/bin"}) == ["a: no-such-program-here: there is no such program"]


@pytest.mark.parametrize(
    "error", [ValueError("Port"), UnicodeError("x"), KeyError("y"), RuntimeError("z"), TypeError("t")]
)
def test_whatever_goes_wrong_with_a_message_is_recorded_and_stops_nothing(tmp_path, monkeypatch, error):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(channels, "send_webhook", fail)
    reports, out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"')
    done = tell(reports, out, {"HOOK": f"https://hooks.example/{SECRET}"})
    assert (done.told, done.untold) == (0, 1)
    (row,) = notify.read_record(out, "a")
    assert (row["delivered"], row["tries"], row["error"]) == (False, 3, f"webhook: {type(error).__name__}")


@pytest.mark.parametrize("broken", ['{"events": 5}', '{"events": ["alert"], "alerts": 3}', "[1]", "{" * 5000, '"a"'])
def test_what_changed_and_cannot_be_read_stops_nobody(tmp_path, hook, broken):
    reports, out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"')
    (out / "a" / "2025-07-01" / "changes.json").write_text(broken)
    said = []
    done = tell(reports, out, {"HOOK": f"http://127.0.0.1:{hook.server_port}/"}, said)
    assert done.told == 0
    assert len(said) == done.untold
    assert all(line.startswith("a: what changed cannot be read: ") for line in said)


def test_what_could_not_be_told_is_told_later_though_its_report_is_gone(tmp_path, hook):
    reports, out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"')
    assert tell(reports, out, {"HOOK": "https://127.0.0.1:1/"}).untold == 1
    # Published anew for the same day, with nothing to tell: what was found before is in no folder any more.
    publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"', events=(), started="2")
    environment = {"HOOK": f"http://127.0.0.1:{hook.server_port}/"}
    assert tell(reports, out, environment).told == 1
    assert tell(reports, out, environment).told == 0
    assert "Newly above the baseline" in hook.got[-1][2]["text"]
    assert not any("body" in row for row in notify.read_record(out, "a"))


def test_a_slow_receiver_cannot_hold_the_folder(tmp_path, monkeypatch):
    """A server that accepts and answers a byte now and then."""
    monkeypatch.setattr(channels, "DELIVERY_SECONDS", 0.3)
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip():
        with suppress(OSError):
            while not stop.is_set():
                connection, _ = server.accept()
                threading.Thread(target=slowly, args=(connection,), daemon=True).start()

    def slowly(connection):
        with suppress(OSError), connection:
            while not stop.wait(0.1):
                connection.sendall(b"H")

    threading.Thread(target=drip, daemon=True).start()
    reports, out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"')
    began = time.monotonic()
    done = tell(reports, out, {"HOOK": f"http://127.0.0.1:{server.getsockname()[1]}/"})
    assert time.monotonic() - began < 10
    stop.set()
    server.close()
    assert done.untold == 1
    assert "the receiver was not done after 0.3 seconds" in notify.read_record(out, "a")[0]["error"]


def test_no_time_left_is_recorded_and_told_later(tmp_path, monkeypatch, hook):
    monkeypatch.setattr(notify, "TOTAL_SECONDS", 0.0)
    reports, out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"')
    environment = {"HOOK": f"http://127.0.0.1:{hook.server_port}/"}
    assert tell(reports, out, environment).untold == 1
    monkeypatch.setattr(notify, "TOTAL_SECONDS", 60.0)
    assert tell(reports, out, environment).told == 1


def test_for_whom_no_time_was_left_comes_first(tmp_path, monkeypatch, hook):
    [a], out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"')
    environment = {"HOOK": f"http://127.0.0.1:{hook.server_port}/"}
    b, manifest = replace(a, name="b"), (out / "a/2025-07-01/manifest.json").read_text()
    shutil.copytree(out / "a", out / "b")
    (out / "b/2025-07-01/manifest.json").write_text(manifest.replace('"name": "a"', '"name": "b"'))
    monkeypatch.setattr(notify, "TOTAL_SECONDS", 0.0)
    assert tell([b], out, environment).untold == 1
    monkeypatch.setattr(notify, "TOTAL_SECONDS", 60.0)
    said = []
    assert tell([a, b], out, environment, said).told == 2
    assert [line[:1] for line in said] == ["b", "a"]


def test_a_child_that_a_command_leaves_running_does_not_make_it_run_again(tmp_path):
    command = f'["sh", "-c", "echo run >> {tmp_path}/runs; sleep 60 & exit 0"]'
    reports, out = publish(tmp_path, f'on = ["alert"]\ncommand = {command}')
    began = time.monotonic()
    assert tell(reports, out, dict(os.environ)).told == 1
    assert time.monotonic() - began < 15
    assert (tmp_path / "runs").read_text() == "run\n"


@pytest.mark.parametrize(
    "form",
    [
        lambda secret: secret,
        lambda secret: b64encode(secret.encode()).decode(),
        lambda secret: b64encode(f"\0desk\0{secret}".encode()).decode(),
        lambda secret: b64encode(f"x{secret}".encode()).decode(),
        lambda secret: b64encode(f"xy{secret}yx".encode()).decode(),
        lambda secret: secret.encode().hex(),
        lambda secret: quote(secret, safe=""),
        lambda secret: f"https://hooks.example/T0/{secret}",
    ],
)
def test_no_form_of_a_secret_is_told(form):
    secret = "p@ss word/53cr3t+x"
    environment = {
        "ESCALATION_SMTP_PASSWORD": secret,
        "ESCALATION_SMTP_USER": "desk",
        "HOOK": f"https://hooks.example/T0/{secret}",
    }
    told = redacting.redact(
        f"answered: {form(secret)}.", secrets=("ESCALATION_SMTP_PASSWORD", "HOOK"), environment=environment
    )
    for start in range(len(secret) - 5):
        piece = secret[start : start + 6]
        assert piece not in told
        for offset in range(3):
            assert b64encode(b"\0" * offset + piece.encode()).decode().rstrip("=")[3:-1] not in told


@pytest.mark.parametrize(
    "form",
    [
        json.dumps,
        lambda secret: json.dumps(secret, ensure_ascii=False),
        lambda secret: json.dumps(secret).replace("/", "\\/"),
        escape,
        repr,
        quote,
        quote_plus,
        lambda secret: quote(secret, safe="").lower(),
        lambda secret: secret.encode().hex().upper(),
        str.upper,
        # As programs lay out what is longer than a line, or colour a part.
        lambda secret: f"{secret[:7]}\n  {secret[7:]}",
        lambda secret: f"{secret[:5]}\x1b[1;31m{secret[5:]}",
        lambda secret: secret.encode().hex(" "),
        lambda secret: re.sub("(.{20})", r"\1\n", b64encode(secret.encode()).decode()),
        # As shells, SQL, CSV, C, mails and web pages quote signs.
        shlex.quote,
        lambda secret: "'" + secret.replace("'", r"'\''") + "'",
        lambda secret: secret.replace("'", "''").replace('"', '""'),
        lambda secret: re.sub(r"(\W)", r"\\\1", secret),
        lambda secret: quote(quote(secret, safe=""), safe=""),
        lambda secret: json.dumps(json.dumps(secret)[1:-1]),
        lambda secret: quopri.encodestring(secret.encode()).decode(),
        lambda secret: escape(secret).replace("&#x27;", "&#39;"),
        lambda secret: secret.encode("unicode_escape").decode(),
        lambda secret: "".join(s if s.isascii() else "".join(f"\\{b:o}" for b in s.encode()) for s in secret),
    ],
)
def test_a_secret_of_odd_signs_is_known_however_programs_write_it(form):
    secret = "p\"w&<s>/\N{LATIN SMALL LETTER E WITH ACUTE}\\ 'x+y=z"
    told = redacting.redact(f"said {form(secret)}", secrets=("KEY",), environment={"KEY": secret})
    assert told.strip("'\"") in ("said ***", "said '***", 'said "***')


@pytest.mark.parametrize(
    "secret",
    [
        "\u043f\u0430\u0440\u043e\u043b\u044c", "p\"w\\!#", "\u00e9#\"\u00e9&12", "!@#$%^&*()",
        "'' +\\\\%%\u00e9\U0001f511",
        "\u043f\u0430\u0440\u043e\u043b\u044c \u0434\u043b\u044f  +\u043d\u0430\u0441!",
        "ab12'\u043f\u0430\u0440\u043e\u043b\u044c&",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "form",
    [
        str, repr, escape, json.dumps, quote_plus, shlex.quote, str.upper,
        lambda secret: quote(secret, safe=""),
        lambda secret: quote(quote(secret, safe=""), safe=""),
        lambda secret: json.dumps(json.dumps(secret)[1:-1]),
        lambda secret: secret.replace("'", "''").replace('"', '""'),
        lambda secret: repr(secret.encode())[1:],
        lambda secret: secret.encode("unicode_escape").decode(),
        lambda secret: quopri.encodestring(secret.encode()).decode(),
        lambda secret: "".join(f"&#{ord(sign)};" for sign in secret) if "a" not in secret else secret,
        lambda secret: f"{secret[:8]}\n   {secret[8:]}" if len(secret) >= 12 else secret,
    ],
)  # fmt: skip
def test_a_secret_of_few_letters_and_digits_of_ascii_is_known_in_them_too(secret, form):
    told = redacting.redact(f"said {form(secret)} end", secrets=("KEY",), environment={"KEY": secret})
    assert re.sub("['\"]", "", told) == "said *** end"


@pytest.mark.parametrize("form", [str, lambda secret: secret.replace(" ", "\n      ").replace("y", "y\n")])
def test_a_gap_of_a_secret_is_known_before_a_word_that_is_broken(form):
    secret = "every 'y y' days and nights"
    assert redacting.redact(form(secret), secrets=("KEY",), environment={"KEY": secret}) == "***"


@pytest.mark.parametrize("name", ["OUR_WEBHOOK", "GITHUB_TOKEN", "KEY_OF_DESK", "PGPASSWORD", "HOOKED", "MONKEY"])
def test_a_secret_of_a_command_is_known_by_what_its_variable_is_called(name):
    environment = {name: "https://hooks.example/T0/abcd1234", "PATH": "/usr/bin"}
    told = redacting.redact("sh: /usr/bin/curl abcd1234", secrets=(), environment=environment)
    assert told == f"sh: /usr/bin/curl {'abcd1234' if name in ('HOOKED', 'MONKEY') else '***'}"


@pytest.mark.parametrize(
    "secret",
    [
        "''''''''''''abcd''''''", "M-^M-^M-abcd", "x41\\\\x41abcd!!!!!!!!!!!!zz", "aaa bbb ccc ddd eee zzz",
        "\u0436 \u0436  \u0436   \u0436    \u0436\\\\\\\\''''!",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "piece", [" ", " M-^", "\\", "\\x41", "'\\''", "abcd!", f"{' ' * 10}".join(["aaa", "bbb", "ccc", "ddd", "eee"])]
)
def test_no_text_takes_long_to_be_searched_for_a_secret(secret, piece):
    began = time.process_time()
    redacting.redact(piece * (4000 // len(piece)), secrets=("KEY",), environment={"KEY": secret})
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (smtplib.SMTPAuthenticationError(535, f"no: {SECRET}".encode()), "SMTPAuthenticationError, code 535"),
        (smtplib.SMTPException("No suitable authentication method found."), "it offers no login with a password"),
    ],
)
def test_of_what_a_mail_server_answers_only_the_code_is_told(tmp_path, monkeypatch, error, told):

    class Echo:
        def __init__(self, *_, **__):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def ehlo(self):
            pass

        def has_extn(self, _):
            return False

        def login(self, user, password):
            raise error

    monkeypatch.setattr(channels, "_bounded_clients", lambda: (Echo, Echo))
    reports, out = publish(tmp_path, 'on = ["alert"]\nemail = ["desk@example.org"]')
    environment = {
        "ESCALATION_SMTP_URL": "smtp://localhost:25",
        "ESCALATION_SMTP_USER": "desk",
        "ESCALATION_SMTP_PASSWORD": SECRET,
    }
    tell(reports, out, environment)
    assert notify.read_record(out, "a")[0]["error"].startswith(f"localhost: {told}")


@pytest.mark.parametrize("answer", ["250 well", "421 too much", "502 what", "what"])
def test_a_mail_that_was_taken_is_told_whatever_the_server_says_to_a_goodbye(tmp_path, mail, answer):
    mail.goodbye = answer
    reports, out = publish(tmp_path, 'on = ["alert"]\nemail = ["a@example.org"]')
    environment = {"ESCALATION_SMTP_URL": f"smtp://127.0.0.1:{mail.server_address[1]}"}
    told = [tell(reports, out, environment) for _ in range(2)]
    assert [(one.told, one.untold) for one in told] == [(1, 0), (0, 0)]
    assert len(mail.got) == 1


def unreadable(held, file, number):
    """Have the system refuse to read files that end so."""
    read = own_files.read_bytes

    def fail(path, **options):
        if str(path).endswith(file):
            raise OSError(number, os.strerror(number))
        return read(path, **options)

    for module in (own_files, notify):
        held.setattr(module, "read_bytes", fail)


@pytest.mark.parametrize("file", ["changes.json", "manifest.json", "looked/a.json"])
def test_what_this_user_may_not_read_for_a_while_is_not_told_again(tmp_path, hook, monkeypatch, file):
    environment = {"HOOK": f"http://127.0.0.1:{hook.server_port}/"}
    for started in ("1", "2"):  # made again, unchanged
        reports, out = publish(tmp_path, 'on = ["verdict"]\nwebhook_env = "HOOK"', started=started)
        tell(reports, out, environment)
    with monkeypatch.context() as held:
        unreadable(held, file, errno.EACCES)
        tell(reports, out, environment)
    assert (tell(reports, out, environment).told, len(hook.got)) == (0, 1)


@pytest.mark.parametrize("file", ["changes.json", "manifest.json", "looked/a.json", "told/a.json"])
def test_what_cannot_be_read_now_is_told_later(tmp_path, hook, monkeypatch, file):
    environment = {"HOOK": f"http://127.0.0.1:{hook.server_port}/"}
    settings = 'on = ["verdict"]\nwebhook_env = "HOOK"'
    reports, out = publish(tmp_path, settings)
    tell(reports, out, environment)
    publish(tmp_path, settings, as_of="2025-07-02", started="2")
    said = []
    with monkeypatch.context() as held:
        unreadable(held, file, errno.ESTALE)
        done = tell(reports, out, environment, said)
    assert (done.told, done.untold) == (0, 1)
    assert said == ["a: what is to be told cannot be read or kept: its device is gone"]
    assert tell(reports, out, environment).told == 1
    assert [json.loads(json.dumps(body))["text"].count("as of 2025-07-02") for _, _, body in hook.got] == [0, 1]


def test_nobody_is_told_where_it_cannot_be_kept_who_was_told(tmp_path, hook):
    environment = {"HOOK": f"http://127.0.0.1:{hook.server_port}/"}
    reports, out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"')
    (out / ".state").mkdir()
    (out / ".state" / "told").write_text("a file where a folder is needed")
    for _ in range(2):  # before, each run told it once more
        assert (tell(reports, out, environment).untold, hook.got) == (1, [])
    (out / ".state" / "told").unlink()
    assert (tell(reports, out, environment).told, len(hook.got)) == (1, 1)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (10, "has expired"),
        (62, "is of another name"),
        (19, "is signed by nobody known here"),
        (23, "is refused"),
    ],
)
def test_a_certificate_that_is_refused_is_told_with_the_reason(monkeypatch, code, words):
    """What an address looks like stands in OpenSSL's own words, and is told to nobody."""

    def refused(*_, **__):
        raise error

    error = ssl.SSLCertVerificationError(1, f"not valid for {SECRET}")
    error.verify_code = code
    monkeypatch.setattr("http.client.HTTPSConnection.request", refused)
    with pytest.raises(NotifyError, match=f"^the webhook of HOOK: its certificate {words}") as told:
        send_webhook(MESSAGE, name="HOOK", environment={"HOOK": f"https://{SECRET}.example/x"})
    assert SECRET not in str(told.value)
    monkeypatch.setattr("smtplib.SMTP_SSL.__init__", refused)
    with pytest.raises(NotifyError, match=rf"^mail\.example: its certificate {words}"):
        channels.send_email(MESSAGE, to=["a@example.org"], environment={"ESCALATION_SMTP_URL": "smtps://mail.example"})
