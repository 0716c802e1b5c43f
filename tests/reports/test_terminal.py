"""What the terminal prints is in the language that was asked for; options, files and columns keep their names."""

import re

import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.cli import cli
from analysis.incidents import open_study
from analysis.language import used
from analysis.measures.surge import watch_units
from analysis.reports import terminal
from analysis.reports.terminal import alerts_text, indicators_text

NBSP = "\u00a0"


def printed(*words: str) -> str:
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output
    return result.stdout


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
    assert said.startswith(f"unités au-dessus de leur niveau de référence{NBSP}: 1 sur 9 (attaques)")


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
