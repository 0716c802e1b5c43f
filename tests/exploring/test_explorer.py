"""The screen without a browser: what is asked, what is seen, what is said of what cannot be shown."""

import json
import shlex
from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import analysis
from analysis import explore, load_incidents, measures, open_study
from analysis.cli import cli
from analysis.exploring import view
from analysis.exploring.ground import MOST_KEPT, Ground, Look
from analysis.exploring.lines import command_of, python_of
from analysis.measures import level, tempo
from analysis.measures.confidence import confidence_of
from analysis.measures.frequency import comparison_of
from analysis.measures.offensives import offensives_of
from analysis.measures.spread import located_of
from analysis.reports import brief_words, wording
from analysis.resources import resource

EXAMPLE = str(resource("data/example/incidents.csv"))


@pytest.fixture
def explorer():
    return explore("example", country="XZA")


def ask(explorer, **chosen):
    """Ask as the browser does."""
    explorer.asked = {**explorer.asked, **chosen, "number": explorer.asked["number"] + 1}
    return explorer.seen


def test_places_on_both_sides_of_180_degrees_are_drawn_side_by_side():
    """The frame was as wide as the globe; the lines beyond 180 degrees are those of its other side."""
    rows = pd.DataFrame({"date": pd.date_range("2024-01-01", periods=20), "country": "Fiji"})
    rows = rows.assign(latitude=-16.8, longitude=[179.9, -179.8] * 10, geo_precision="exact")
    mapping = "date=date,country=country,latitude=latitude,longitude=longitude,geo_precision=geo_precision"
    ground = Ground(rows, {"mapping": mapping})
    drawn = view.map_of(ground, ground.look({}).study)
    west, east = drawn["frame"][:2]
    assert sorted(dot[0] for dot in drawn["dots"]) == pytest.approx([-180.1, -179.8], abs=0.01)
    assert (round(west, 1), round(east, 1)) == (-180.7, -179.2)
    ends = np.array([[min(x), max(x)] for x in ([point[0] for point in line] for _, line in drawn["lines"])])
    assert (ends[:, 1] - ends[:, 0]).max() < 5  # none leaps to the other edge of the world
    assert ends.min() < -180 < ends.max()


def test_what_is_seen_are_the_numbers_of_the_measures(explorer):
    seen = ask(explorer, country="", attacker="Red Column", window_days=60)
    study = open_study("example", attacker="Red Column", window_days=60)
    judged, compared, found = level.level_of(study), comparison_of(study), offensives_of(study)
    assert seen["head"]["title"] == wording.title(study) == "Attacks by Red Column in Ardovia (made up)"
    assert seen["verdict"]["key"] == judged.word
    assert seen["verdict"]["numbers"] == judged.table[list(view.NUMBERS)].to_dict("records")
    # How sure it is, and what a month is usually, are the report's.
    reason, held = confidence_of(study)[1:]
    told = "The rise began about" if judged.word == level.RISING else ""
    assert any(one.startswith(told) for one in seen["verdict"]["sentences"])
    assert seen["verdict"]["sentences"][-1] == brief_words.because_words(reason, held, quarter=90)
    assert seen["timeline"]["usual"] == pytest.approx(judged.usual_in(365.25 / 12), abs=0.001)
    assert seen["verdict"]["rows"][-1][1:4] == [
        wording.whole(compared.n_recent),
        wording.whole(compared.n_earlier / compared.baseline_days * 60),
        wording.number(compared.ratio.ratio),
    ]
    assert (seen["offensives"]["now"], seen["offensives"]["all"]) == (3, len(found.offensives))
    assert [row[0] for row in seen["offensives"]["rows"]] == [
        f"{day:%Y-%m-%d}" for day in found.offensives["date_start"]
    ]
    assert seen["tempo"]["values"][-1] == study.count_between(study.window_start, study.end) == 13
    assert sum(one[1] for one in seen["timeline"]["periods"]) == pytest.approx(len(study.attacks))
    assert sum(dot[2] for dot in seen["map"]["dots"]) == len(located_of(study).attacks)
    assert sum(dot[3] for dot in seen["map"]["dots"]) == 13
    fixed = tempo.unusualness_of(study).query("quantity == 'fixed_window' and null == 'independent'")["value"].iloc[0]
    assert wording.percent(fixed) in seen["chance"]["words"]
    assert seen["done"]
    assert seen["complete"]


def test_the_definition_of_an_offensive_is_chosen(explorer):
    ask(explorer, country="", attacker="Red Column")
    assert explorer.seen["offensives"]["all"] == 13
    seen = ask(explorer, offensive="gap=0,km=any,sites=4,deaths=any")
    assert seen["offensives"]["all"] == 4
    assert "4 sites" in seen["offensives"]["words"]


def test_no_ratio_stands_beside_a_verdict_that_cannot_be_told_and_a_turn_is_in_its_word(monkeypatch):
    """Ratio 28 stood beside "a comparison needs 10" (Niger, 20 February 2015), and "rising" beside a headline that the
    last 30 days are back near the usual level (Togo, 10 July 2005)."""
    study = open_study("example", attacker="Red Column")
    judged = level.level_of(study)
    few = replace(judged, word=level.CANNOT_TELL, problem="too few")
    monkeypatch.setattr(level, "level_of", lambda study: few)
    seen = view.verdict_of(Look(study, study, study))
    assert [row[3:] for row in seen["rows"][:2]] == [["–", "–"]] * 2
    assert [row[1] for row in seen["rows"][:2]] == [wording.whole(n) for n in judged.table["recent"]]
    back = replace(judged, word=level.RISING, sharp=False, back=1, table=judged.table)
    monkeypatch.setattr(level, "level_of", lambda study: back)
    seen = view.verdict_of(Look(study, study, study))
    assert seen["word"] == "Rising, but turned back of late"
    monkeypatch.setattr(level, "level_of", lambda study: replace(back, back=0, month_alone=0, standing=True))
    assert view.verdict_of(Look(study, study, study))["word"] == "Rising, no longer clear"
    assert seen["rows"][0][3] == wording.number(judged.table["ratio"].iloc[0])


def test_a_part_never_stands_beside_another_looks_verdict(explorer):
    looks = []
    explorer.observe(lambda change: looks.append(change["new"]), names="seen")
    ask(explorer, attacker="Red Column")
    assert len(looks) > 3
    assert {look["head"]["title"] for look in looks} == {"Attacks by Red Column in Ardovia (made up)"}
    assert all(look["verdict"]["numbers"] == looks[-1]["verdict"]["numbers"] for look in looks)
    assert looks[0]["offensives"] is None
    assert all(look["number"] == 1 for look in looks)


def test_the_language_is_changed_with_the_look(explorer):
    seen = ask(explorer, language="fr")
    assert seen["head"]["title"] == "Attaques en Ardovie (fictive)"
    assert seen["verdict"]["word"] == "En forte hausse"
    assert seen["verdict"]["sentences"][0].startswith(
        "92 attaques au cours des 90 derniers jours\N{NO-BREAK SPACE}; environ 55 seraient"
    )
    assert set(explorer.labels) == {"en", "fr"}
    assert explorer.labels["fr"].keys() == explorer.labels["en"].keys()
    assert not [name for name, text in explorer.labels["fr"].items() if text == explorer.labels["en"][name]]


def test_all_that_crosses_to_the_browser_is_json(explorer):
    ask(explorer, attacker="Red Column")
    for part in (explorer.seen, explorer.offers, explorer.asked, explorer.labels):
        json.dumps(part, allow_nan=False)
    assert len(json.dumps(explorer.seen)) < 100_000


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        ({"attacker": "Red Colum"}, "Red Column"),
        ({"as_of": "2024-13-01"}, "2024-13-01"),
        ({"as_of": "1999-01-01"}, "before the table's first incident"),
        ({"window_days": 0}, "window_days=0"),
        ({"offensive": "gap=x"}, "gap=x"),
        ({"event_type": "Protests", "attacker": "Red Column"}, ""),
        ({"language": "de"}, "language"),
    ],
)
def test_what_cannot_be_shown_is_said_and_what_was_seen_stays(explorer, chosen, problem):
    before = explorer.seen
    seen = ask(explorer, **chosen)
    assert seen["problem"]
    assert problem in seen["problem"]
    assert (seen["verdict"], seen["timeline"]) == (before["verdict"], before["timeline"])
    assert explorer.chosen[next(iter(chosen))] == chosen[next(iter(chosen))]
    assert not ask(explorer, **explorer.start)["problem"]


def test_what_is_chosen_in_python_is_given_as_to_open_a_study(explorer):
    """A list was "unhashable type: 'list'", and nothing a TypeError, on the screen."""
    explorer.chosen = {"country": ["XZA"], "attacker": None, "window_days": None, "as_of": date(2024, 6, 1)}
    assert explorer.seen["problem"] == ""
    assert (explorer.chosen["country"], explorer.chosen["as_of"]) == ("XZA", "2024-06-01")
    explorer.chosen = {"country": "XZA"}


def test_a_window_longer_than_the_history_is_said(explorer):
    seen = ask(explorer, window_days=5000)
    assert not seen["problem"]
    assert "longer than the table's history" in seen["head"]["notes"][0]
    assert seen["tempo"]["values"] == []
    assert seen["verdict"]["key"] == level.RISING


def test_a_fault_of_ours_is_said_too(explorer, monkeypatch, capsys):
    monkeypatch.setattr(view, "tempo_of", lambda study: 1 / 0)
    seen = ask(explorer, window_days=31)
    assert "A fault of ours: ZeroDivisionError" in seen["problem"]
    assert "ZeroDivisionError" in capsys.readouterr().err
    monkeypatch.undo()
    assert not ask(explorer, window_days=32)["problem"]


def test_a_frame_of_the_wrong_types_is_refused_in_words():
    frame = pd.DataFrame({"when": [1.5, 2.5], "land": ["Mali", "Niger"]})
    with pytest.raises(analysis.TableError, match="when"):
        explore(frame, mapping="date=when,country=land")
    with pytest.raises(TypeError, match="did you mean country"):
        explore("example", contry="XZA")


def test_a_frame_of_ones_own_is_explored():
    days = pd.date_range("2022-01-01", "2023-12-31", freq="5D")
    frame = pd.DataFrame({"day": days, "land": "Mali", "who": ["A", "B"] * (len(days) // 2)})
    explorer = explore(frame, mapping="date=day,country=land,attacker=who", as_of=date(2023, 12, 1))
    assert explorer.start["as_of"] == "2023-12-01"
    assert explorer.offers["attackers"] == ["A", "B"]
    assert explorer.seen["command"] == ""
    assert (
        "open_study(table, mapping='date=day,country=land,attacker=who', as_of='2023-12-01')" in explorer.seen["python"]
    )
    assert explorer.seen["map"]["frame"] is None


def test_a_study_is_explored_from_its_selection():
    explorer = open_study("example", country="XZA", window_days=45).explore()
    assert (explorer.chosen["country"], explorer.chosen["window_days"]) == ("XZA", 45)


def test_a_table_of_counts_shows_what_counts_can_show():
    months = pd.date_range("2020-01-01", "2023-12-01", freq="MS")
    frame = pd.DataFrame({"month": months.strftime("%Y-%m"), "land": "Mali", "n": range(10, 10 + len(months))})
    explorer = explore(frame, mapping="date=month,country=land,count=n")
    assert not explorer.seen["problem"]
    assert explorer.seen["timeline"]["periods"][-1][1] == 57
    assert "holds counts" in explorer.seen["map"]["words"]
    assert "holds counts" in explorer.seen["offensives"]["words"]
    assert not ask(explorer, window_days=60)["problem"]


def test_the_command_and_the_python_lines_give_the_numbers_on_the_screen(explorer, monkeypatch):
    seen = ask(
        explorer, attacker="Red Column", window_days=60, as_of="2024-12-10", offensive="gap=1,km=any,sites=2,deaths=25"
    )
    program, command, *arguments = shlex.split(seen["command"])
    assert (program, command) == ("escalation", "report")
    # The same words of selection, for one question, and without the minute that a report takes.
    monkeypatch.setattr(
        measures, "compute_indicators", partial(measures.compute_indicators, questions=["frequency", "offensives"])
    )
    run = CliRunner().invoke(cli, ["indicators", *arguments, "--format", "json"])
    assert run.exit_code == 0, run.output
    rows = {row["name"]: row for row in json.loads(run.stdout)["indicators"]}
    assert rows["attacks_in_window"]["value"] == seen["tempo"]["values"][-1]
    assert wording.number(rows["attack_rate_ratio"]["value"]) == seen["verdict"]["rows"][-1][3]
    assert rows["offensives_in_window"]["value"] == seen["offensives"]["now"]
    told: dict[str, object] = {}
    exec(seen["python"].partition("print(")[0], told)
    study = told["study"]
    assert study.frequency.attacks_in_window.value == seen["tempo"]["values"][-1]
    assert level.level_of(study).table["ratio"].tolist() == [row["ratio"] for row in seen["verdict"]["numbers"]]
    assert study.offensives.offensives_in_window.value == seen["offensives"]["now"]


def test_words_in_a_line_are_quoted():
    chosen = {"attacker": "Group 'A', North", "country": '["MLI", "NER"]', "window_days": 30, "language": "en"}
    line = command_of("my tables/a b.csv", chosen)
    # In the order of the list of parameters.
    words_of_it = ["escalation", "report", "my tables/a b.csv", "--country", "MLI", "--country", "NER", "--attacker"]
    assert shlex.split(line) == [*words_of_it, "Group 'A', North"]
    assert python_of("a.csv", chosen).splitlines()[2] == (
        "study = analysis.open_study('a.csv', attacker=\"Group 'A', North\", country='[\"MLI\", \"NER\"]')"
    )


def test_all_of_the_embedded_table_is_named_where_the_bare_command_means_another_selection():
    explorer = explore("")
    assert shlex.split(explorer.seen["command"]) == ["escalation", "report", str(resource("data/sahel/incidents.csv"))]
    assert shlex.split(ask(explorer, country="MLI")["command"]) == ["escalation", "report", "--country", "MLI"]


def test_publishing_says_where_the_report_is_and_why_there_is_none(explorer, tmp_path):
    explorer._write = lambda chosen: tmp_path / chosen["country"]
    explorer._publish(explorer._all())
    assert explorer.told["path"] == str(tmp_path / "XZA" / "report.html")
    assert "Written" in explorer.told["words"]

    def refuse(chosen):
        raise analysis.SelectionError("nothing to report")

    explorer._write = refuse
    explorer._publish(explorer._all())
    assert explorer.told == {"words": "The report was not written: nothing to report", "problem": True}


def test_looks_are_kept_but_not_for_ever():
    ground = Ground(load_incidents(EXAMPLE), {})
    first = ground.look({"country": "XZA", "window_days": 30})
    assert ground.look({"country": "XZA", "window_days": 30}).study is first.study
    other = ground.look({"country": "XZA", "window_days": 60})
    assert other.base is first.base
    assert other.study.settings.window_days == 60
    for days in range(100, 100 + MOST_KEPT):
        ground.look({"country": "XZA", "window_days": days})
    assert len(ground._studies) == MOST_KEPT


def test_of_a_large_table_the_slow_parts_wait_until_they_are_asked_for(explorer, monkeypatch):
    monkeypatch.setattr("analysis.exploring.ground.SMALL", 10)
    large = explore(load_incidents(EXAMPLE), country="XZA")
    assert large.seen["done"]
    assert not large.seen["complete"]
    assert large.seen["map"] is None
    large._do(large, {"kind": "rest", "number": 99}, [])  # asked for a look that nobody sees any more
    assert large.seen["map"] is None
    large._do(large, {"kind": "rest", "number": 0}, [])
    assert large.seen["complete"]
    assert large.seen["map"] == explorer.seen["map"]
    assert ask(large, window_days=40)["map"] is not None  # places are known now
