"""Who asked is told, once; what fails is tried again; no secret is told to anybody."""

import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from analysis.scheduling.errors import NotifyError
from analysis.scheduling.notify import messages_of, read_record, send_webhook, tell_all
from analysis.scheduling.schedule import expand, read_schedule
from tests.scheduling.batches import write_schedule

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
                    self.wfile.write(b"221 bye\r\n")
                    return
                elif line.startswith("RCPT") and server.refuse:
                    self.wfile.write(f"550 no such user, {SECRET}\r\n".encode())
                elif line.startswith("EHLO"):
                    self.wfile.write(b"250-here\r\n250 AUTH PLAIN LOGIN\r\n")
                elif line.startswith("AUTH"):
                    self.wfile.write(b"235 well\r\n")
                else:
                    self.wfile.write(b"250 well\r\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        server.got, server.lines, server.refuse = [], [], False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def publish(
    tmp_path, notify, *, as_of="2025-07-01", events=("verdict", "alert"), started="1", finding="Kidal is calm."
):
    """Write what a published report leaves for the teller, and return the schedule's reports and their folder."""
    path = write_schedule(tmp_path, {"a": f"[reports.a.notify]\n{notify}"})
    schedule = read_schedule(path)
    folder = schedule.out / "a" / as_of
    folder.mkdir(parents=True, exist_ok=True)
    manifest = {"name": "a", "started": started, "as_of": as_of, "finding": finding, "title": "Mali"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    changes = {
        "events": events, "since": {"as_of": "2025-06-01"}, "verdict": {"before": "steady", "after": "escalating"},
        "alerts": {"new": [HOSTILE], "ended": [], "standing": []}, "history": [],
    }  # fmt: skip
    (folder / "changes.json").write_text(json.dumps(changes))
    return expand(schedule), schedule.out


def tell(reports, out, environment, said=None):
    return tell_all(
        reports, out, environment=environment, wait_seconds=0, say=[].append if said is None else said.append
    )


def test_a_webhook_is_told_once_with_nothing_that_it_would_obey(tmp_path, hook):
    reports, out = publish(tmp_path, 'on = ["alert"]\nwebhook_env = "HOOK"')
    environment = {"HOOK": f"http://127.0.0.1:{hook.server_port}/{SECRET}?a=1"}
    assert tell(reports, out, environment).told == 1
    assert tell(reports, out, environment).told == 0
    ((path, key, body),) = hook.got
    assert path == f"/{SECRET}?a=1"
    assert "Newly above the baseline: Kidal &lt;!channel&gt;" in body["text"]
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
    assert "Verdict: steady, now escalating." in got.get_content()
    assert SECRET not in mail.got[0]


def test_what_a_server_answers_is_recorded_without_the_secret(tmp_path, mail):
    reports, out = publish(tmp_path, 'on = ["alert"]\nemail = ["desk@example.org"]')
    mail.refuse = True
    environment = {
        "ESCALATION_SMTP_URL": f"smtp://127.0.0.1:{mail.server_address[1]}",
        "ESCALATION_SMTP_PASSWORD": SECRET,
    }
    said = []
    assert tell(reports, out, environment, said).untold == 1
    assert "no such user, ***" in said[0]
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


@pytest.mark.parametrize("command", ['["no-such-program-here"]', '["sh", "-c", "echo went wrong >&2; exit 3"]'])
def test_a_command_that_fails_is_told(tmp_path, command):
    reports, out = publish(tmp_path, f'on = ["alert"]\ncommand = {command}')
    said = []
    assert tell(reports, out, {"PATH": "/usr/bin:/bin"}, said).untold == 1
    assert "FileNotFoundError" in said[0] or "ended with code 3: went wrong" in said[0]


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
    (message,) = messages_of(reports[0], out, read_record(out, "a"))
    assert "could not be published" in message.body


def test_who_subscribes_is_not_sent_the_past(tmp_path):
    for number, as_of in enumerate(("2025-05-01", "2025-06-01", "2025-07-01")):
        reports, out = publish(tmp_path, 'on = ["alert"]\ncommand = ["true"]', as_of=as_of, started=str(number))
    assert len(messages_of(reports[0], out, [])) == 1


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
    (message,) = messages_of(reports[0], out, [])
    with pytest.raises(NotifyError, match=words) as error:
        send_webhook(message, name="HOOK", environment=environment)
    assert SECRET not in str(error.value)
