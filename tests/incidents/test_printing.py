"""Nothing that a table says is obeyed by a terminal, whichever command prints it."""

import io
import json
import os
import subprocess
import sys
import unicodedata

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from analysis import cli as cli_module
from analysis.cli import cli
from analysis.incidents.printing import HarmlessStream, bounded, harmless, harmless_streams, printable, written_out
from tests.incidents.tables import write

# Sets a terminal's title, clears it, turns text red, by two kinds of escape; turns text round; hides; overwrites the
# line.
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31mA\u202eB\u2066C\u200b\r\x08\x7f"


def obeyed(text):
    """Return the signs of a text that a terminal obeys or that turn it round, line ends and tabs left out."""
    return [
        sign
        for sign in text
        if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") and sign not in "\n\t\u200c\u200d"
    ]


@given(st.text())
def test_no_sign_that_a_terminal_obeys_is_left(text):
    assert obeyed(harmless(text)) == []
    assert obeyed(printable(text)) == []


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_json_says_the_same_as_before(text):
    assert json.loads(harmless(json.dumps(text, ensure_ascii=False))) == text


@pytest.mark.parametrize(
    "text", ["Kidal", "Ménaka", "тест", "مالی\u200cها", "a\tb\nc", "100\N{NO-BREAK SPACE}%", "日本"]
)
def test_the_words_of_any_language_stay(text):
    assert harmless(text) == text


@pytest.mark.parametrize("encoding", ["ascii", "cp1251", "koi8-r"])
def test_a_stream_without_those_letters_shows_their_numbers(encoding):
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    HarmlessStream(out).write("Ménaka\u202e")
    out.flush()
    assert out.buffer.getvalue() == b"M\\xe9naka\\u202e"


def test_a_progress_bar_may_begin_anew_on_a_terminal_alone():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for stream, shown in ((Terminal(), "\r50%\\u000d"), (io.StringIO(), "\\u000d50%\\u000d")):
        HarmlessStream(stream).writelines(["\r50%\r"])
        assert stream.getvalue() == shown


def test_streams_are_as_before_afterwards():
    before = sys.stdout, sys.stderr
    with harmless_streams():
        assert sys.stdout is not before[0]
    assert (sys.stdout, sys.stderr) == before


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A table whose every text is hostile, the names of its columns as well."""
    head = f'id,when,land,"grp{HOSTILE}",prov,tgt,kind,lat,lon,dead\n'
    rows = [
        f'"{number}{HOSTILE}",20{23 + number % 2}-0{1 + number % 9}-{10 + number % 17},Mali,"G{HOSTILE}\nError:'
        f' x","P{number % 3}{HOSTILE}",'
        f'"T{HOSTILE}","K{HOSTILE}",{14 + number % 3}.5,-3.{number % 9},'
        f'"{number}{HOSTILE if number % 20 == 0 else ""}"\n'
        for number in range(90)
    ]
    folder = tmp_path_factory.mktemp("hostile")
    mapping = write(
        folder / "columns.toml",
        'id = "id"\ndate = "when"\ncountry = "land"\nadmin1 = "prov"\ntarget = "tgt"\nlat = "lat"\nlon = "lon"\ndeaths'
        ' = "dead"\n' + f"attacker = {json.dumps('grp' + HOSTILE)}\n",
    )
    return [str(write(folder / "hostile.csv", head + "".join(rows))), "--map", str(mapping)]


FEW = ["-p", "n_simulations=50"]
COMMANDS = [
    (["check"], 0), (["check", "--json"], 0), (["indicators", "--by", "attacker", *FEW], 0),
    (["indicators", *FEW, "--format", "json"], 0), (["indicators", *FEW, "--format", "csv"], 0), (["alerts"], 0),
    (["alerts", "--unit", "admin1", "--format", "csv"], 0), (["alerts", "--format", "json"], 0), (["backtest"], 0),
    (["indicators", "--attacker", f"nobody{HOSTILE}"], 3), (["indicators", "-p", f"a{HOSTILE}=1"], 2),
    (["indicators", f"--no{HOSTILE}"], 2),
    (["indicators", "--from", f"2024{HOSTILE}"], 2),
]  # fmt: skip


@pytest.fixture(scope="module")
def read_once():
    """Let commands that read the same rows share a study, on which all that was computed is kept."""
    opened, opening = {}, cli_module._open

    def once(*words):
        if repr(words) not in opened:
            opened[repr(words)] = opening(*words)
        return opened[repr(words)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli_module, "_open", once)
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("read_once")
@pytest.mark.parametrize(
    ("command", "code"), COMMANDS, ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else ""
)
def test_no_command_lets_a_table_speak_to_the_terminal(table, command, code):
    done = CliRunner().invoke(cli, [command[0], *table, *command[1:]])
    assert done.exit_code == code, done.output
    assert obeyed(done.stdout) == obeyed(done.stderr) == []
    assert not any(line.startswith("Error: x") for line in (done.stdout + done.stderr).splitlines())
    if command[-1].endswith("json"):
        json.loads(done.stdout)


def test_a_fault_of_ours_is_told_harmlessly(table, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError(HOSTILE)

    monkeypatch.setattr("analysis.incidents.load.load_incidents", fail)
    for options in ([], ["--debug"]):
        done = CliRunner().invoke(cli, ["check", *table, *options])
        assert done.exit_code == 1
        assert obeyed(done.output) == []
        assert ("Traceback" in done.output) == bool(options)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("a" * 300, "a" * 300),
        ("x " + "a" * 301, "x " + "a" * 120 + "[... 141 characters ...]" + "a" * 40),
        (f"is {'b ' * 200!r}, not",
            "is '" + ("b " * 60)[:119] + "[... 242 characters ...]" + ("b " * 20)[1:] + "', not"),
        ("it's " + "long " * 90 + "isn't", "it's " + "long " * 90 + "isn't"),
        ("c " * 2001, "c " * 1680 + "[... 42 characters ...]" + "c " * 300),
    ],
)  # fmt: skip
def test_a_message_has_a_length_that_can_be_read(message, shown):
    assert bounded(message) == shown


def test_no_error_shows_a_value_of_any_length(tmp_path):
    from analysis.incidents import errors as of_tables
    from analysis.publishing import errors as of_reports
    from analysis.scheduling import errors as of_schedules

    kinds = [
        kind
        for module in (of_tables, of_reports, of_schedules)
        for name, kind in vars(module).items()
        if name.endswith("Error") and name not in ("ForkError", "CancelledError", "NotifyError")
    ]
    assert len(kinds) >= 10
    for kind in kinds:
        assert len(str(kind(f"first\n{'k' * 300_000} is unknown"))) < 300, kind
    schedule = write(tmp_path / "s.toml", f'[reports.a]\n"{"k" * 300_000}" = 1\n')
    long = "v" * 100_000
    for words in (
        ["run", str(schedule), "--dry-run"],
        ["indicators", "--country", long],
        ["indicators", "-p", f"{long}=1"],
        ["indicators", "--unit", long],
        [long],
        ["check", long],
    ):
        shown = CliRunner().invoke(cli, words)
        assert shown.exit_code in (2, 3), shown.output
        assert 20 < len(shown.stderr) < 6000, words


@pytest.mark.parametrize(
    ("streams", "code", "told"),
    [
        ("<&- >&-", 0, ""),
        ("<&- >&- 2>&-", 0, ""),
        (">/dev/full", 1, "Error: The results cannot be written: no space left on device.\n"),
        (">/dev/full 2>&1", 1, ""),
    ],
)
def test_streams_that_are_closed_or_full_are_no_fault(streams, code, told):
    # What a child of the command has there is told on the fourth stream, as numbers of streams that are open.
    child = "import os; os.write(3, repr([n for n in range(3) if os.path.exists(f'/proc/self/fd/{n}')]).encode())"
    body = (
        "import atexit, subprocess, sys; from analysis import cli; sys.argv = ['escalation', '--version']; "
        f"atexit.register(subprocess.run, [sys.executable, '-c', {child!r}], close_fds=False); cli.main()"
    )
    heard, spoken = os.pipe()
    os.set_inheritable(spoken, True)
    shell = f'exec 3>&{spoken}; exec "$0" -c "$1" {streams}'
    run = subprocess.run(["bash", "-c", shell, sys.executable, body], capture_output=True, text=True, pass_fds=[spoken])
    os.close(spoken)
    with open(heard, encoding="utf-8") as said:
        assert said.read() == "[0, 1, 2]"
    assert (run.returncode, run.stderr) == (code, told)


def test_messages_that_cannot_be_written_end_no_work():
    with open("/dev/full", "w", encoding="utf-8") as full:
        stream = HarmlessStream(full, told=True)
        stream.write("running notebook\n")
        stream.flush()
        stream.write("and on\n")
        stream.flush()


@pytest.mark.parametrize("sign", "\u034f\u115f\u1160\u17b4\u2800\u3164\uffa0")
def test_letters_that_fill_a_place_and_are_not_seen_are_written_out(sign):
    assert sign not in harmless(f"Go{sign}ma")
    assert sign not in written_out(f"Go{sign}ma")
