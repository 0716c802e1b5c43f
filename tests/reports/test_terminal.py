"""What the terminal prints is in the language that was asked for; options, files and columns keep their names."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.cli import cli
from analysis.incidents import open_study
from analysis.language import used
from analysis.measures.backtest import COLUMNS
from analysis.measures.hindsight import Hindsight
from analysis.measures.surge import watch_units
from analysis.reports import terminal
from analysis.reports.terminal import alerts_text, backtest_text, hindsight_text, indicators_text

NBSP = "\u00a0"


def printed(*words: str) -> str:
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_study_is_told_with_its_table_which_nobody_may_have_named():
    """`escalation alerts --country NER` answered on the embedded table, and no word said so."""
    told = terminal.study_text(open_study(country="NER"))
    source = "incident table hand-coded from public reporting (incidents.csv)"
    assert told.startswith(f"{source}: all attackers on all targets in Niger; as of")


def test_check_says_what_a_table_is_in_french():
    said = printed("check", "data/sahel/incidents.csv", "--language", "fr")
    assert f"lignes lues 120 = retenues 120 + écartées 0{NBSP}; valeurs effacées 0" in said
    assert "incidents du 01/01/2024 au 11/07/2025, BEN, BFA, MLI, NER, TGO" in said
    assert f"précision des dates{NBSP}: jour 103, semaine 10, mois 7" in said
    assert f"sélection possible avec --country{NBSP}: MLI 89" in said
    assert "rows" not in said


def test_indicators_and_alerts_are_printed_in_french():
    said = printed("indicators", "--language", "fr", "--quiet", "-p", "n_simulations=100")
    assert re.search(r"taux d'attaques \(référence\) +0,3514  \[0,2073\s; 0,5633\]  attaques par semaine", said)
    assert not re.search(r"\d\.\d", said)
    said = printed("alerts", "-p", "language=fr", "--quiet")
    assert said.startswith(f"unités au-dessus de leur niveau de référence (attaques){NBSP}: 1 sur 9")


@pytest.mark.parametrize("words", [("--language", "de"), ("-p", "language=de")])
def test_an_unknown_language_is_a_clear_error(words):
    result = CliRunner().invoke(cli, ["indicators", *words])
    assert result.exit_code == 2
    assert re.search(r"\bde\b", result.stderr)
    assert "en" in result.stderr
    assert "fr" in result.stderr


def test_figures_of_deadly_events_have_french_units_and_stand_in_line():
    rows = pd.DataFrame(
        {
            "unit": "MLI",
            "question": "outlook",
            "name": ["outlook_attacks_skill", "outlook_attacks_crps", "outlook_deaths_skill"],
            "value": [0.1, 2.0, 0.2],
            "low": float("nan"),
            "high": float("nan"),
            "measure_unit": ["share", "deadly events", "share"],
            "status": "computed",
        }
    )
    with used("fr"):
        _, *lines = indicators_text(rows, "deadly event").splitlines()
    assert lines[1].endswith("2  actions meurtrières")
    assert len({line.index(value) + len(value) for line, value in zip(lines, ("0,1", "  2", "0,2"), strict=True)}) == 1
    assert "attaque" not in "".join(lines)


def test_what_could_not_be_judged_is_never_none_of_so_many(tmp_path):
    rows = pd.DataFrame({"when": pd.date_range("2015-01-01", periods=80, freq="MS"), "land": "Mali", "n": 9})
    rows.to_csv(tmp_path / "m.csv", index=False)
    told = alerts_text(
        watch_units(open_study(tmp_path / "m.csv", mapping="date=when,country=land", count="n"))
    ).splitlines()
    assert told[0].startswith("no unit could be judged (attacks): the table counts by month")
    assert not any("0 of" in line for line in told)


@pytest.mark.parametrize(("country", "reason"), [("Mali", "completeness varies"), ("Benin", "by the coverage table")])
def test_alarms_say_that_recording_alone_could_raise_one(country, reason):
    watch = watch_units(open_study(country=country, as_of="2025-07-01", n_simulations=200))
    assert watch.recording.startswith(reason)
    said = "recording, uneven or of chosen cases, could raise an alarm by itself"
    assert [said in alerts_text(one) for one in (watch, replace(watch, recording=""))] == [True, False]


def test_what_is_covered_names_its_countries_where_they_differ():
    rows = [
        {"country": code, "first_day": "2020-01-01", "last_day": last, "basis": "stated"}
        for code, last in (("MLI", "2021-06-30"), ("TCD", "2021-03-31"), ("NER", "2021-03-31"))
    ]
    assert terminal._coverage(rows) == [
        "coverage 2020-01-01 to 2021-03-31 (stated): NER, TCD",
        "coverage 2020-01-01 to 2021-06-30 (stated): MLI",
    ]
    assert terminal._coverage(rows[1:]) == ["coverage 2020-01-01 to 2021-03-31 (stated)"]
    many = [rows[0], *({**rows[1], "country": f"A{n:02d}"} for n in range(13))]
    assert terminal._coverage(many)[0].endswith("A11, and 1 more")


def test_a_rule_that_raised_no_alarm_missed_all_and_what_was_not_tried_stands_below():
    """Beside a rule that could not be tried all counts were "2.0 of 2.0", and one without an alarm "not computed"."""
    row = dict.fromkeys(COLUMNS, float("nan")) | {"status": "not_computed", "reason": "no share"}
    tried = row | {"rule": "hdx_signal", "alarms_per_year": 0.0, "n_alarms": 0, "n_rises": 2, "n_missed": 2}
    rules = pd.DataFrame([tried, row | {"rule": "ratio_90", "reason": "the history is short"}])
    lines = backtest_text(SimpleNamespace(rules=rules, definition="A rise."), {}).splitlines()
    assert re.split("  +", lines[1])[:5] == ["hdx_signal", "0", "-", "-", "2 of 2"]
    assert lines[2:] == ["ratio_90: not computed: the history is short", "", "A rise."]
    untried = SimpleNamespace(rules=rules.tail(1), definition="A rise.")
    assert backtest_text(untried, {}).splitlines() == lines[2:3]


def test_a_gain_that_is_not_known_is_a_dash():
    """Of the last five years of a calm record: "in the last five years nan %"."""
    scores = pd.DataFrame({"horizon": [1]})
    made = SimpleNamespace(problem="", scores=scores, gain=-0.09, recent_gain=float("nan"), shown="outlook")
    said = backtest_text(SimpleNamespace(rules=pd.DataFrame({"n_alarms": []}), definition=""), {"attacks": made})
    assert said.endswith("gain over the best benchmark: -9.0 %, in the last five years: -; in the report: outlook")


def test_what_right_means_is_told_of_words_that_were_judged_and_a_delay_counts_its_days():
    assert hindsight_text({"attacks": Hindsight(problem="no days")}).splitlines() == [
        "verdict on attacks", "not computed: no days",
    ]  # fmt: skip
    words = pd.DataFrame([dict.fromkeys(["n_looks", "n_known", "n_right"], 1) | {"word": "rising", "share": 1.0}])
    judged = Hindsight(words.assign(share_of_all=0.5), 1, 0, 1, 1, 0.0)
    assert "median delay 0 days" in hindsight_text({"attacks": judged})
    with used("fr"):
        assert hindsight_text({"attacks": judged}).splitlines()[3].endswith("délai médian 0 jour")


def test_a_name_of_any_length_takes_a_line_that_can_be_read():
    lines = terminal.columns(["name", "n"], [("x" * 1_000_000, "1"), ("y\n", "2")])
    assert len(lines[1]) < 300
    assert "[... 999,840 characters ...]" in lines[1]
    assert lines[2].split() == ["y\\n", "2"]
