"""Words in, exit codes out."""

import contextlib
import errno
import gzip
import json
import os
import random
import resource as limits
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from pkgutil import resolve_name

import click
import pandas as pd
import pytest
from click.testing import CliRunner

from analysis import open_study
from analysis.answering import answering
from analysis.cli import _parameters, _write_charts, _write_rows, cli, stand_somewhere
from analysis.incidents.load import load_incidents
from analysis.incidents.parameters import EXAMPLE
from analysis.measures.offensives import offensives_of
from analysis.options import REPORT_FORMATS
from analysis.publishing import chart_folder
from analysis.publishing.errors import storage_words
from analysis.publishing.publish import KNOWN_FORMATS
from analysis.resources import named_path, real_path, resource
from analysis.scheduling.errors import CancelledError

TABLE = str(resource("data/sahel/incidents.csv"))


def run(*words):
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def kept(monkeypatch):
    """Give a command that opens what another has opened the same study, on which all that was computed is kept."""
    found: dict[str, object] = {}

    def once(opening, *words, **more):
        key = repr((opening, words, more))
        if key not in found:
            found[key] = opening(*words, **more)
        return found[key]

    for name in ("analysis.cli._open", "analysis.measures.exports.compare_exports"):
        monkeypatch.setattr(name, partial(once, resolve_name(name)))


@pytest.mark.parametrize("module", ["analysis", "analysis.cli"])
def test_the_command_runs_as_a_module(module):
    done = subprocess.run([sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("escalation, version ")


def test_help_lists_every_command():
    shown = run("--help")
    assert shown.exit_code == 0
    assert all(command.help for command in cli.commands.values())
    assert all(f"\n  {name} " in shown.stdout for name in cli.commands)


def test_lab_copies_no_notebooks_only_to_say_its_version(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    monkeypatch.setattr("subprocess.run", lambda *words: subprocess.CompletedProcess(words, 0))
    folder = tmp_path / "notebooks"
    for words, copied in ((["--version"], False), ([], True)):
        assert run("lab", "--folder", folder, "--", *words).exit_code == 0
        assert folder.exists() == copied


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_option_is_explained(name):
    command = cli.commands[name]
    assert run(name, "--help").exit_code == 0
    assert [option.name for option in command.params if isinstance(option, click.Option) and not option.help] == []


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["reprot"], "Did you mean 'report'?"),
        (["indicators", "--contry", "MLI"], "--country"),
        (["indicators", "--unit", "adm1"], "admin1"),
        (["indicators", "--as-of", "1 July"], "write it as 2025-07-01"),
        (["indicators", "-p", "windowdays=3"], "did you mean window_days?"),
        (["indicators", "-p", "window_days"], "NAME=VALUE"),
        (["indicators", "-p", "window_days=many"], "--window many is not a whole number"),
        (["indicators", "--window", "0"], "--window"),
        (["indicators", "--baseline", "many"], "--baseline"),
        (["indicators", "--offensive", "gaps=1"], "--offensive gaps=1: 'gaps=1' is no part of a definition"),
        (["indicators", "-p", "level=1"], "-p level=1.0: expected less than 1"),
        (["indicators", "--window", "999999999999"], "is not in the range 1<=x<=119999"),
        (["indicators", "--baseline", "9" * 20], "is not in the range 1<=x<=119999"),
        (["indicators", "--as-of", "9999-12-31"], "expected a day from 1500-01-01 to 2500-12-31"),
        (["check", TABLE, "--header-row", "9" * 23], "is not in the range -1<=x<=999999999"),
        (["check", "nowhere.csv"], "does not exist"),
        (["report", "--formats", "html,ppt"], "did you mean pptx?"),
        (["report", "--formats", "docx"], "known: html, pdf, pptx"),
    ],
)
def test_wrong_words_exit_2_with_a_hint(words, hint):
    shown = run(*words)
    assert shown.exit_code == 2
    assert hint in shown.stderr
    assert shown.stdout == ""


def test_window_baseline_and_definition_are_options():
    words = ("--window", "60", "--baseline", "300", "--offensive", "sites=4,deaths=any", "-p", "n_simulations=50")
    shown = run("indicators", *words, "--format", "json", "--quiet")
    document = json.loads(shown.stdout)
    rows = {row["name"]: row for row in document["indicators"]}
    assert rows["attacks_in_window"]["period_start"] == "2025-05-03"  # 60 days to 1 July
    assert rows["attack_rate_ratio"]["baseline_start"] == "2024-07-07"  # 300 days before
    assert document["selection"]["offensive"] == "sites=4,deaths=any"
    study = open_study(**EXAMPLE, window_days=60, baseline_days=300)
    count = len(offensives_of(study).within(study.window_start, study.end))
    assert rows["offensives_in_window"]["value"] < count


def test_the_embedded_example_is_the_default():
    assert EXAMPLE.items() <= _parameters(None, {}, ()).items()
    assert "JNIM" not in _parameters(None, {"country": ("NER",)}, ()).values()
    for chosen in ("country=NER", "table=own.csv"):
        assert "JNIM" not in _parameters(None, {}, (chosen,)).values()
    assert EXAMPLE.items() <= _parameters(None, {}, ("level=0.9",)).items()
    chosen = _parameters(TABLE, {"country": ("Mali", "Niger"), "quiet": True}, ())
    assert chosen["country"] == '["Mali", "Niger"]'
    assert (chosen["attacker"], chosen["headline_count"]) == ("", 0)


def test_check_tells_what_a_table_is():
    shown = run("check", TABLE)
    assert shown.exit_code == 0
    assert "rows read 120 = kept 120 + set aside 0" in shown.stdout


def test_check_as_json():
    shown = run("check", TABLE, "--json")
    described = json.loads(shown.stdout)
    assert described["rows_read"] == described["rows_kept"] + described["rows_rejected"] == 120
    assert set(described) >= {
        "file", "source", "source_version", "rows_read", "rows_kept", "rows_rejected", "cells_blanked", "problems",
        "date_min", "date_max", "countries", "precision", "coverage", "warnings",
    }  # fmt: skip


def test_a_table_that_cannot_be_used_exits_3(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("a,b\n1,2\n")
    shown = run("check", path)
    assert shown.exit_code == 3
    assert "odd.csv" in shown.stderr
    assert "Traceback" not in shown.output
    as_json = run("check", path, "--json")
    assert as_json.exit_code == 3
    assert json.loads(as_json.stdout)["file"] == "odd.csv"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--attacker", "JNMI"], "Did you mean JNIM"),
        (["--country", "Mlai"], "Mali"),
        (["--country", "FRA"], "FRA"),
        (["--as-of", "2020-01-01"], "before the table's first incident"),
        (["--from", "2025-07-01", "--as-of", "2025-06-01"], "exchange them"),
        (["--country", "TGO", "--attacker", "FLA"], "matches none"),
    ],
)
def test_a_selection_that_cannot_be_made_exits_3(words, hint):
    shown = run("indicators", TABLE, *words)
    assert shown.exit_code == 3
    assert hint in shown.stderr


def test_indicators_in_three_forms(kept):
    words = ["indicators", "--quiet", "-p", "n_simulations=500"]
    document = json.loads(run(*words, "--format", "json").stdout)
    assert document["selection"]["attacker"] == ["JNIM"]
    lines = run(*words, "--format", "csv").stdout.splitlines()
    assert len(lines) == len(document["indicators"]) + 1
    shown = run(*words).stdout
    assert "not computed: completeness varies between 14 % and 36 %" in shown


def test_a_fault_of_ours_exits_1_without_a_traceback(monkeypatch):
    monkeypatch.setattr("analysis.measures.compute_indicators", lambda *_, **__: 1 / 0)
    shown = run("indicators", "--quiet")
    assert shown.exit_code == 1
    assert "a fault of ours" in shown.stderr
    assert "Traceback" not in shown.output


def test_a_report_that_fails_publishes_nothing(tmp_path):
    shown = run("report", TABLE, "--attacker", "nobody", "--out", tmp_path / "out")
    assert shown.exit_code == 3
    assert list((tmp_path / "out").glob("*/*")) == []


def test_alerts_in_three_forms(kept):
    words = ["alerts", TABLE, "--country", "MLI", "--attacker", "JNIM", "--as-of", "2025-07-01"]
    shown = run(*words)
    assert "units above their baseline (attacks): 1 of 9" in shown.stdout
    assert "by admin1" in shown.stderr
    assert "acled_surge" in shown.stdout
    document = json.loads(run(*words, "--quiet", "--format", "json").stdout)
    assert document["n_alerts"] == 1
    # All its attacks fell on 1 July.
    assert document["units"][0]["above_since"] == "2025-07-01"
    costs = run(*words, "--quiet", "--trade-off")
    assert "what each level costs: not computed: the history has 78 whole weeks" in costs.stdout
    deaths = json.loads(run(*words, "--quiet", "--format", "json", "--quantity", "deaths_low").stdout)
    assert deaths["quantity"] == "deaths_low"
    lines = run(*words, "--quiet", "--format", "csv", "--control", "fdr").stdout.splitlines()
    assert len(lines) == 1 + document["n_units"]


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("nowhere/a.csv", "a folder on the way to it is not there"),
        pytest.param(
            "/dev/full",
            "no space is left on its device",
            marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full"),
        ),
    ],
)
def test_a_file_that_cannot_be_written_is_no_fault_of_ours(tmp_path, where, why):
    shown = run("check", TABLE, "--quiet", "--rows", tmp_path / where)
    assert shown.exit_code == 1
    assert f"cannot be used: {why}." in shown.stderr
    assert "fault of ours" not in shown.stderr


def test_diff_tells_rows_and_results(kept, tmp_path):
    rows = Path(TABLE).read_text(encoding="utf-8").splitlines(keepends=True)
    old, new = tmp_path / "incidents_2025-06-01.csv", tmp_path / "incidents_2025-07-15.csv"
    old.write_text("".join(rows[:90]), encoding="utf-8")
    new.write_text("".join(rows), encoding="utf-8")
    shown = run("diff", old, new, "--country", "MLI", "-p", "n_simulations=300")
    assert shown.exit_code == 0
    assert "64 rows of the selection = kept 64 + removed 0" in shown.stdout
    assert "kept 64 + added 25" in shown.stdout
    document = json.loads(
        run("diff", old, new, "--country", "MLI", "-p", "n_simulations=300", "--format", "json", "--quiet").stdout
    )
    assert (document["n_kept"], document["n_added"], document["n_removed"]) == (64, 25, 0)


def test_run_says_what_is_due_and_refuses_what_it_cannot_read(tmp_path):
    schedule = tmp_path / "schedule.toml"
    schedule.write_text(
        '[reports.mali]\ncadence = "weekly"\non = "monday"\nat = "06:00"\nselection = { country = "MLI" }\n'
    )
    shown = run("run", schedule, "--dry-run", "--out", tmp_path / "out")
    assert shown.stdout == "would run mali\n1 of 1 reports are due\n"
    assert run("run", schedule, "--check", "--out", tmp_path / "out").exit_code in (0, 4)
    # What is wrong beyond the first three is counted; a report that nobody could be told of is published all the same.
    asked = '[reports.r{n}]\ntable = "gone{n}.csv"\nnotify = {{ on = ["verdict"], webhook_env = "NO_HOOK" }}\n'
    schedule.write_text("".join(asked.format(n=n) for n in range(5)))
    checked = run("run", schedule, "--check", "--out", tmp_path / "out").stdout
    assert "gone2.csv cannot be read: No such file or directory; 2 more like these; " in checked
    assert checked.endswith("r2: the environment has no NO_HOOK; 2 more like these\n")
    told = run("run", schedule, "--dry-run", "--out", tmp_path / "out").stderr
    assert "would fail: r4: table " in told
    assert "would not be told: r4: the environment has no NO_HOOK" in told
    schedule.write_text('[reports.mali]\ncadnce = "weekly"\n')
    shown = run("run", schedule, "--dry-run")
    assert shown.exit_code == 3
    assert "cadnce" in shown.stderr
    assert "cadence" in shown.stderr


def test_backtest_tries_every_rule_or_says_why_not():
    shown = run("backtest", "--quiet")
    assert shown.exit_code == 0
    assert "own past" in shown.stdout
    assert "the history has 78 whole weeks" in shown.stdout
    document = json.loads(run("backtest", "--quiet", "--format", "json").stdout)
    assert all(row["status"] == "not_computed" and row["reason"] for row in document["rules"])
    assert [(part["quantity"], part["reason"][:12]) for part in document["outlook"]] == [
        ("attacks", "completeness"),
        ("deaths", "completeness"),
    ]


def test_backtest_says_how_far_it_is():
    told = run("backtest", "data/example/incidents.csv", "--country", "XZA", "--unit", "country").stderr
    assert "] alert rules tried\noutlook of attacks: " in told
    assert ", units 1\noutlook of deaths: months " in told


def test_check_and_report_have_a_memory_bound(tmp_path):
    """A table whose text is a gigabyte once it is unpacked."""
    path, chance = tmp_path / "t.csv.gz", random.Random(1)
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write("date,country,note\n")
        for _ in range(60):
            # Not so well packed that it is refused for that alone.
            file.write(f"2024-01-01,Mali,{'x' * 15_600_000}{chance.randbytes(200_000).hex()}\n")
    read = [str(path), "--map", "date=date,country=country,attacker=note", "--memory-mb", "768"]
    for words in (["check", *read], ["report", *read, "--out", str(tmp_path / "out")]):
        command = [sys.executable, "-m", "analysis", *words]
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1], check=False)
        assert (done.returncode, done.stderr.strip().splitlines()[-1]) == (
            3,
            "Error: The table needs more memory than the 768 MB that --memory-mb allows. "
            "Select some of its countries or years.",
        )


BOUNDED = [name for name, one in cli.commands.items() if any(given.name == "memory_mb" for given in one.params)]


@pytest.mark.parametrize("command", sorted({*BOUNDED} - {"report"}))  # whose kernel is
def test_all_that_a_command_computes_is_within_its_memory_bound(monkeypatch, command):
    @contextlib.contextmanager
    def bounded(megabytes):
        raise MemoryError
        yield

    monkeypatch.setattr("analysis.publishing.kernels.bounded_memory", bounded)
    shown = run(command, TABLE, *([TABLE] if command == "diff" else []), "--memory-mb", "1500")
    assert (shown.exit_code, shown.stdout) == (3, "")
    assert "The table needs more memory than the 1500 MB that --memory-mb allows." in shown.stderr


@pytest.mark.parametrize(("units", "told"), [(5, ["[5/9]"]), (9, [])])
def test_alerts_of_many_units_tell_how_far_they_are(monkeypatch, units, told):
    monkeypatch.setattr("analysis.statistics.expectation.UNITS_AT_ONCE", units)
    words = ["alerts", TABLE, "--country", "MLI", "--attacker", "JNIM", "--as-of", "2025-07-01"]
    shown = [line for line in run(*words).stderr.splitlines() if line.startswith("[")]
    assert shown == [f"{one} units followed through their past" for one in told]
    assert not run(*words, "--quiet").stderr


@pytest.mark.parametrize(("bounds", "told"), [(17, ["[17/18]"]), (18, [])])
def test_alerts_tell_how_far_the_search_of_a_common_level_is(monkeypatch, bounds, told):
    """Nine units have two windows each."""
    monkeypatch.setattr("analysis.statistics.expectation.BOUNDS_AT_ONCE", bounds)
    words = ["alerts", TABLE, "--country", "MLI", "--attacker", "JNIM", "--as-of", "2025-07-01"]
    shown = [line for line in run(*words).stderr.splitlines() if line.startswith("[")]
    assert shown[:1] == [f"{one} bounds found, try 1 at a common level" for one in told]
    assert not run(*words, "--quiet").stderr


def test_long_work_tells_how_far_it_is(monkeypatch, kept):
    words = ["indicators", "--country", "MLI", "--attacker", "JNIM", "-p", "n_simulations=50"]
    for rows, told in ((44, True), (45, False)):
        monkeypatch.setattr("analysis.cli.LONG_WORK_ROWS", rows)
        done = run(*words)
        assert ("[1/12] frequency" in done.stderr, "[12/12] assessment" in done.stderr) == (told, told)
        assert "[1/12]" not in run(*words, "--quiet").stderr


def test_a_split_into_very_many_parts_is_refused_before_anything_is_computed(monkeypatch):
    """Free text in place of names makes as many studies as rows, which took days without a word."""
    words = ["indicators", TABLE, "--country", "MLI", "--by", "target_type", "-p", "n_simulations=50"]
    monkeypatch.setattr("analysis.incidents.study.MOST_SPLITS", 3)
    monkeypatch.setattr("analysis.measures.rows_of", None)
    refused = run(*words)
    assert refused.exit_code == 3
    assert "By target_type the table has" in refused.stderr


def test_charts_are_named_without_a_table():
    shown = run("charts", "--list")
    assert shown.exit_code == 0
    assert [line.split()[:2] for line in shown.stdout.splitlines()[:4]] == [
        ["name", "question"],
        ["brief_timeline", "brief"],
        ["brief_where", "brief"],
        ["timeline", "frequency"],
    ]
    assert "Carte des attaques" in run("charts", "--list", "--language", "fr").stdout
    assert len(run("charts", TABLE, "timeline", "--list").stdout.splitlines()) == 2


def test_charts_tell_what_they_wrote_and_what_has_nothing_to_show(tmp_path):
    words = ("--country", "MLI", "-p", "n_simulations=200", "--out", tmp_path / "c")
    shown = run("charts", TABLE, "timeline", "--to", "svg", *words)
    assert (shown.exit_code, shown.stdout.splitlines()) == (
        0,
        [str(tmp_path / "c" / name) for name in ("timeline.svg", "timeline.csv")],
    )
    shown = run("charts", TABLE, "timeline", "nowcast", *words, "-p", "level=.9", "--unit", "admin1")
    assert shown.exit_code == 4
    assert "nothing to show: nowcast: delays are known from earlier exports" in shown.stderr
    assert "timeline.png" in shown.stdout
    # Intervals of that level are in the timeline's numbers.
    assert "--unit, -p n_simulations change nothing here: no chart that was asked for looks at that." in shown.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_charts_that_are_stopped_leave_nothing_beside_their_folder(monkeypatch, number):
    """A terminal that was closed left a hidden folder, which stayed until charts were written there again."""
    monkeypatch.setattr(chart_folder, "write_charts", lambda *given, **words: signal.raise_signal(number))
    with pytest.raises(CancelledError, match="Stopped by"):
        _write_charts()


def test_wrong_charts_are_refused():
    assert "did you mean timeline" in run("charts", TABLE, "timelin").stderr
    assert "known: png, svg, pdf" in run("charts", TABLE, "--to", "gif").stderr
    alone = run("charts", "timeline")
    assert alone.exit_code == 2
    assert "is the name of a chart, and no table" in " ".join(alone.stderr.split())
    assert "escalation charts TABLE timeline" in " ".join(alone.stderr.split())


def test_compare_prints_one_table_and_writes_one_chart(kept, tmp_path):
    words = ("compare", TABLE, "--by", "country", "-p", "n_simulations=200")
    shown = run(*words, "--out", tmp_path / "c", "--to", "svg")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("part          verdict")
    assert {path.name for path in (tmp_path / "c").iterdir()} == {"charts.json", "compare.csv", "compare.svg"}
    document = json.loads(run(*words, "--format", "json").stdout)
    assert document["by"] == "country"
    assert {row["part"] for row in document["parts"]} >= {"MLI", "NER"}
    assert all((row["value"] is None) == (row["status"] == "not_computed") for row in document["parts"])
    assert run(*words, "--format", "csv").stdout.startswith("part,name,word")


def test_compare_holds_two_periods_side_by_side():
    shown = run("compare", TABLE, "--country", "NER", "--periods", "2024-01..2024-06,2025-01..2025-06")
    assert shown.exit_code == 0
    assert "by the coverage table, not all attacks in Niger are recorded" in shown.stdout
    assert run("compare", TABLE, "--periods", "2024").exit_code == 2
    assert "is not covered" in run("compare", TABLE, "--periods", "2024,2025").stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["check", TABLE, "--map", "a=b", "--map", "c=d"], "--map is given 2 times; it takes one value."),
        (["alerts", TABLE, "-p", "level=.9", "-p", "level=.8"], "-p level is given twice"),
        (["alerts", TABLE, "--window", "7", "-p", "window_days=8"], "-p window_days is given twice, or beside its"),
        (["alerts", TABLE, "-p", "table=other.csv"], "-p table is given twice, or beside its"),
        (["indicators", TABLE, "--country", ""], "--country has an empty value; leave it out, or give it one."),
        (["compare", TABLE, "--admin1", "Gao", "--admin1", " "], "--admin1 has an empty value"),
        (["report", TABLE, "-p", "country="], "-p country has an empty value; leave it out, or give it one."),
        (["report", TABLE, "-p", 'country=[""]'], "-p country has an empty value; leave it out, or give it one."),
        (["run", TABLE, "--check", "--dry-run"], "--dry-run changes nothing beside --check, which runs nothing"),
        (["run", TABLE, "--dry-run", "--workers", "2"], "--workers changes nothing beside --dry-run"),
        (["run", TABLE, "--check", "--language", "fr"], "--language changes nothing beside --check"),
        (["run", TABLE, "--all", "--only", "a"], "--all changes nothing beside --only"),
        (["run", TABLE, "--cluster", "tcp://a:1", "--workers", "2"], "--workers changes nothing beside --cluster"),
        (["charts", "--list", "--window", "7"], "--window changes nothing beside --list, which draws nothing"),
        (["charts", "--list", "-p", "level=.9"], "-p changes nothing beside --list, which draws nothing"),
        (["charts", TABLE, "--list"], "TABLE changes nothing beside --list, which draws nothing"),
        (
            ["compare", TABLE, "--periods", "2023,2024", "--most", "3"],
            "--most is of parts, and two periods of the whole",
        ),
        (["run", TABLE, "--only="], "--only has an empty value"),
        (["alerts", TABLE, "--fdr", ".5"], "--fdr is of --control fdr; give that too."),
        (["alerts", TABLE, "--control", "fdr", "--alarms-per-year", "2"], "is of --control alarms_per_year; give that"),
        (["alerts", TABLE, "--control", "fdr", "--fdr", "nan"], "'nan' is not a finite number"),
        (["alerts", TABLE, "--alarms-per-year", "inf"], "'inf' is not a finite number"),
        (["compare", TABLE, "--theme", "dark"], "--theme is of the chart; ask for it too: --out DIRECTORY."),
        (["check", TABLE, "--memory-mb", "9" * 20], "is not in the range 512<=x<=1048576"),
        (["charts", TABLE, "timeline", "--memory-mb", "1023"], "is not in the range 1024<=x<=1048576"),
    ],
)
def test_options_that_would_be_passed_over_are_refused(words, told):
    refused = run(*words)
    assert (refused.exit_code, told in refused.stderr) == (2, True), refused.stderr


def test_a_list_of_problems_is_written_over_no_other_file(tmp_path):
    table = tmp_path / "t.csv"
    table.write_bytes(Path(TABLE).read_bytes())
    refused = run("check", table, "--rows", table)
    assert (refused.exit_code, "is a file that this command reads" in refused.stderr) == (2, True)
    assert table.read_bytes() == Path(TABLE).read_bytes()
    refused = run("check", TABLE, "--rows", table)
    assert (refused.exit_code, "holds something else than problems" in refused.stderr) == (2, True)
    for _ in range(2):  # the second time over such a list
        assert run("check", table, "--quiet", "--rows", tmp_path / "rows.csv").exit_code == 0
    assert (tmp_path / "rows.csv").read_text() == "row,column,value,reason,action\n"
    assert run("check", table, "--json", "--rows", "-").exit_code == 2
    written = run("check", table, "--rows", "-").stdout
    assert written.startswith("row,column,value,reason,action\n")
    assert "plain" not in written  # nothing but the list
    table.write_text("a,b\n1,2\n")  # refused as a whole: an empty list would say that nothing is wrong
    assert run("check", table, "--quiet", "--rows", tmp_path / "none.csv").exit_code == 3
    assert not (tmp_path / "none.csv").exists()
    # A table that looks like such a list, or holds nothing, by whatever name.
    for held in (b"row,column,value,reason,action\n1,a,b,c,d\n", b""):
        table.write_bytes(held)
        (tmp_path / "hard.csv").unlink(missing_ok=True)
        os.link(table, tmp_path / "hard.csv")
        refused = run("check", table, "--rows", tmp_path / "hard.csv")
        assert (refused.exit_code, "is a file that this command reads" in refused.stderr) == (2, True)
        assert table.read_bytes() == held


def test_ctrl_c_while_the_command_loads_ends_it_with_a_word(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("analysis.cli.main", interrupted)
    with pytest.raises(SystemExit, match="Aborted!"):
        resolve_name("analysis.__main__:main")()


def test_a_list_of_problems_that_a_full_disk_stops_is_not_half_a_list(tmp_path):
    """It named no file, and left an empty one, or half of the new list in place of the old."""
    problems, held = pd.DataFrame({"row": range(9000)}), tmp_path / "rows.csv"
    for before in (None, b"row\n2\n"):
        if before:
            held.write_bytes(before)
        with most_of_a_file(4096), pytest.raises(OSError, match="rows"):
            _write_rows(held, problems)
        assert (held.read_bytes() if held.exists() else None) == before
    _write_rows(held, problems)
    assert held.read_text() == problems.to_csv(index=False, lineterminator="\n")


@pytest.mark.parametrize("call", ["ftruncate", "fstat"])
def test_a_list_of_problems_that_a_device_fails_names_its_file_and_leaves_none(tmp_path, monkeypatch, call):
    monkeypatch.setattr(os, call, lambda *_: (_ for _ in ()).throw(OSError(errno.EIO, "fails")))
    with pytest.raises(OSError, match="fails") as refused:
        _write_rows(tmp_path / "rows.csv", pd.DataFrame({"row": [2]}))
    monkeypatch.undo()
    assert refused.value.filename == str(tmp_path / "rows.csv")
    assert list(tmp_path.iterdir()) == []


@contextlib.contextmanager
def most_of_a_file(size):
    """Refuse what makes a file larger than so many bytes, as a full disk does."""
    before = limits.getrlimit(limits.RLIMIT_FSIZE)
    limits.setrlimit(limits.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        limits.setrlimit(limits.RLIMIT_FSIZE, before)


def test_a_list_of_problems_in_the_file_of_what_is_printed_is_not_written_over(tmp_path):
    with (tmp_path / "out").open("w") as out, contextlib.redirect_stdout(out):
        print("before", flush=True)
        _write_rows(tmp_path / "out", pd.DataFrame({"row": []}))
        print("after")
    assert (tmp_path / "out").read_text() == "before\nrow\nafter\n"


def test_a_list_of_problems_does_not_wait_for_a_pipe_that_nobody_reads(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="pipe") as refused:
        _write_rows(tmp_path / "pipe", pd.DataFrame({"row": [2]}))
    assert storage_words(refused.value) == "nobody is at its other end"
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    _write_rows(tmp_path / "pipe", pd.DataFrame({"row": [2]}))
    assert os.read(reader, 100) == b"row\n2\n"
    os.close(reader)


def test_a_table_whose_path_cannot_be_looked_at_is_wrong_words():
    refused = run("charts", "A" * 5000)
    assert (refused.exit_code, "does not exist" in refused.stderr) == (2, True)


def test_a_command_in_a_folder_that_is_gone_stands_elsewhere(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    stand_somewhere()
    assert (capsys.readouterr().err, os.getcwd()) == ("", str(tmp_path))
    (tmp_path / "gone").mkdir()
    os.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    stand_somewhere()
    assert "paths begin at / here" in capsys.readouterr().err
    assert os.getcwd() == "/"


def test_options_that_change_nothing_are_told():
    shown = run("compare", TABLE, "--window", "7", "--unit", "admin2", "-p", "level=.9")
    assert "--unit, --window, -p level change nothing here" in shown.stderr
    assert "nothing here" not in run("compare", TABLE, "--from", "2024-03-01").stderr
    # Two periods have intervals of that level: of these it was said as well.
    assert "nothing here" not in run("compare", TABLE, "--periods", "2024-02,2024-03", "-p", "level=.9").stderr
    shown = run("compare", TABLE, "--from", "1500-01-01", "--day-first")
    assert "note: the first day that is given, 1 January 1500, changes nothing: the table covers" in shown.stderr
    assert "note: the order of day and month that is given changes nothing" in shown.stderr
    shown = run("diff", TABLE, TABLE, "--country", "XXX", "--snapshots", Path(TABLE).parent)
    assert "--snapshots changes nothing here" in shown.stderr


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_boundaries_that_change_nothing_are_told(tmp_path, quiet):
    square = {"type": "Polygon", "coordinates": [[[-5, 12], [5, 12], [5, 18], [-5, 18], [-5, 12]]]}
    feature = {"type": "Feature", "properties": {"name": "A"}, "geometry": square}
    (tmp_path / "b.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    shown = run("alerts", TABLE, "--country", "MLI", "--unit", "admin1", "--boundaries", tmp_path / "b.geojson", *quiet)
    assert shown.exit_code == 0
    assert ("--boundaries b.geojson changes nothing here" in shown.stderr) == (not quiet)


def test_the_command_line_offers_every_format_of_a_report():
    assert tuple(KNOWN_FORMATS) == REPORT_FORMATS


def test_a_command_that_is_stopped_ends_at_once_with_its_own_code_whatever_threads_do():
    """A thread that draws would otherwise be cut off in a library, which aborts the process in one of four endings."""
    code = """
import atexit, sys, threading, time
from analysis import cli
from analysis.scheduling.errors import CancelledError
atexit.register(print, "tidied")
threading.Thread(target=time.sleep, args=(300,)).start()
@cli.cli.command()
@cli.answering
def stop():
    raise CancelledError("Stopped.")
sys.argv[1:] = ["stop"]
cli.main()
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "tidied\n", "Error: Stopped.\n")


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), OSError(24, "Too many open files")])
@pytest.mark.parametrize(("options", "raised"), [({}, "(ulimit -a)"), ({"memory_mb": 1}, "(ulimit -a, --memory-mb)")])
def test_a_process_that_gets_no_further_thread_or_file_says_so(capsys, error, options, raised):
    def command(**_):
        raise error

    with pytest.raises(click.exceptions.Exit) as ended:
        answering(command)(**options)
    assert ended.value.exit_code == 1
    told = capsys.readouterr().err
    assert "The system gives this command too few threads, files or memory" in told
    assert f"Raise its limits {raised}, or" in told
    assert "fault of ours" not in told


def test_what_is_written_is_its_owner_s_whatever_the_umask(tmp_path):
    path = tmp_path / "rows.csv"
    script = 'umask 777; exec "$0" -m analysis check "$1" --quiet --rows "$2"'
    subprocess.run(["/bin/sh", "-c", script, sys.executable, TABLE, path], check=True, capture_output=True, timeout=120)
    assert path.stat().st_mode & 0o777 == 0o600


def test_signals_that_the_starting_process_held_back_or_ignores_reach_a_command():
    """A batch learns by one that its workers ended, and waited for ever."""
    script = (
        "import signal; from analysis import cli\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN); signal.pthread_sigmask(signal.SIG_BLOCK, (17, 15))\n"
        "cli.cli = lambda **_: print(signal.getsignal(signal.SIGCHLD).name, signal.pthread_sigmask(0, ()))\n"
        "cli.main()"
    )
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=120)
    assert run.stdout == "SIG_DFL set()\n"


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="pipes have no names here")
def test_a_file_that_a_shell_holds_open_is_known_by_its_own_name(tmp_path):
    """A kernel does not know what its parent has open."""
    held = tmp_path / "t.csv"
    held.write_text("id\n")
    with held.open() as file:
        given = _parameters(TABLE, {}, (f"coverage=/dev/fd/{file.fileno()}",))
    assert given["coverage"] == str(held)


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="pipes have no names here")
def test_a_pipe_of_a_shell_is_told_by_the_name_it_was_given_by():
    read, write = os.pipe()
    try:
        assert real_path(f"/dev/fd/{read}") == Path(f"/dev/fd/{read}")
    finally:
        os.close(read)
        os.close(write)


def test_a_table_that_is_a_link_is_called_by_the_link_and_keeps_what_lies_beside_it(tmp_path, monkeypatch):
    """What git-annex or DVC link lost its claims and its coverage; a link to the newest export gave each a new name."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "data").mkdir()
    for file in resource("data/sahel").glob("*.csv"):
        (tmp_path / "kept" / f"x{file.name}").write_bytes(file.read_bytes())
        (tmp_path / "data" / file.name).symlink_to(tmp_path / "kept" / f"x{file.name}")
    monkeypatch.chdir(tmp_path / "kept")
    table = _parameters("../data/incidents.csv", {}, ())["table"]
    assert table == str(tmp_path / "data" / "incidents.csv")
    opened = open_study(table, country="Mali")
    assert str(opened.as_of.date()) == "2025-07-15"
    assert {"claims", "coverage", "reference"} <= set(opened.beside)
    newest, export = tmp_path / "newest.csv", tmp_path / "kept" / "2024-01-01-2025-06-30.csv"
    export.write_text("date,country\n2024-02-01,Mali\n2025-03-01,Mali\n", encoding="utf-8")
    newest.symlink_to(export)
    table = load_incidents(newest, mapping="date=date,country=country")
    assert (table.provenance.file, str(table.coverage["last_day"].iloc[0].date())) == ("newest.csv", "2025-06-30")
    assert named_path("newest.csv") == tmp_path / "kept" / "newest.csv"
