"""What a notebook shows and leaves behind."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from analysis.figures import looks, theme
from analysis.figures.caption import Caption
from analysis.reports import blocks, wording
from analysis.reports import page as pages
from analysis.reports.documents import MOST_IDS, flat, number_sets
from analysis.reports.page import Chart, Drawing, KeyFigure, open_page
from analysis.reports.report import Report


@pytest.fixture
def shown(monkeypatch):
    """Collect the markup that a page displays."""
    markup = []
    monkeypatch.setattr(pages, "_show", lambda block: markup.append(blocks.markup(block)))
    return markup


def test_text_is_escaped(shown):
    page = open_page()
    page.say("a < b & c")
    page.finding("<b>")
    assert shown == ["<p>a &lt; b &amp; c</p>", '<div class="finding"><p>&lt;b&gt;</p></div>']


def test_rows_left_out_are_counted(shown):
    open_page().table(pd.DataFrame({"a": range(30)}), title="T", limit=5)
    assert shown[0].count("<tr>") == 6
    assert "5 of 30 rows shown." in shown[0]


def test_values_a_table_may_hold(shown):
    frame = pd.DataFrame(
        {
            "day": pd.to_datetime(["2025-07-01", None]),
            "number": [1234.0, np.nan],
            "share": [0.12345, np.inf],
            "names": [["x", "y"], []],
            "reason": ["", ""],
        }
    )
    open_page().table(frame, title="T")
    for text in ("2025-07-01", "1,234", "0.123", "no limit", "x, y", "–"):
        assert f">{text}<" in shown[0]
    assert "reason" not in shown[0]


def test_an_empty_table_says_so(shown):
    open_page().table(pd.DataFrame({"a": []}), title="T")
    assert "None." in shown[0]


def test_cards_carry_their_uncertainty(shown):
    open_page().key_figures(
        [KeyFigure("Attacks", "15", "12 to 18", "recorded"), KeyFigure("Rate", "not computed", "", "why")]
    )
    assert '<dd class="uncertainty">12 to 18</dd>' in shown[0]
    assert 'class="card absent"' in shown[0]


def test_a_chart_without_numbers_is_not_kept(shown, tmp_path):
    _, axes = plt.subplots()
    open_page(output_dir=str(tmp_path)).chart("empty", axes, pd.DataFrame({"x": []}), alt="Nothing")
    assert shown == []
    assert list((tmp_path / "charts").iterdir()) == []
    assert plt.get_fignums() == []


def test_long_id_lists_are_cut_in_the_page_only(shown, tmp_path):
    ids = [f"id{number}" for number in range(100)]
    told = {"value": 2.0, "method": "count", "reference": "none"}
    frame = pd.DataFrame(
        [
            {"name": "a_b", "incident_ids": ids, "status": "computed", **told},
            {"name": "c", "incident_ids": ids, "status": "computed", **told},
            {"name": "d", "incident_ids": [], "status": "not_computed", **told},
        ]
    )
    open_page(output_dir=tmp_path).lineage(frame)
    assert "<dt>a b 2; c 2</dt><dd>100 incidents: id0" in shown[0]
    assert "id3 and 96 more" in shown[0]
    assert "all of them, with the method of each figure and its source, are in indicators.json" in shown[0]
    assert ">d " not in shown[0]
    open_page().lineage(frame)  # no folder: no such file
    assert "indicators.json" not in shown[1]
    assert "`study.indicators()` holds all" in shown[1]


def test_a_table_writes_no_powers_of_ten(shown):
    open_page().table(pd.DataFrame({"p": [1.62e-5, 1e-4, 0.0, 123456.0]}), title="T")
    told = [text.strip() for text in re.findall(r">([^<>]+)<", shown[0])]
    assert {"&lt; 0.0001", "0.0001", "0", "123,456"} <= set(told)


def test_csv_holds_lists_and_days():
    frame = flat(pd.DataFrame({"ids": [["x", "y"]], "day": pd.to_datetime(["2025-07-01"])}))
    assert frame.to_dict("list") == {"ids": ["x;y"], "day": ["2025-07-01"]}


def test_charts_are_named_by_functions_that_exist():
    """A kernel that leaves its charts to a publisher need not load a drawing library."""
    from importlib import import_module

    reports = Path(pages.__file__).parent
    named = [
        name
        for path in reports.rglob("*.py")
        for name in re.findall(r'\b(?:Drawing\(|Chart\.of\([^"]+"\w+",)\s*"([^"]+)"', path.read_text(encoding="utf-8"))
    ]
    assert len(named) > 20
    for name in named:
        module, function = name.split(".")
        assert callable(getattr(import_module(f"analysis.figures.{module}"), function))


def test_a_publisher_is_sent_what_to_draw_once_and_numbers_are_left(monkeypatch, tmp_path):
    sent = []
    monkeypatch.setenv(blocks.PUBLISHER, "1")
    monkeypatch.setattr(pages, "_show", sent.append)
    numbers = pd.DataFrame({"value": [1.5], "incident_ids": [["a", "b"]]})
    chart = Chart("rolling", Drawing("tempo.plot_rolling", numbers, window_days=30), numbers, "What it is")
    under = Caption("t.csv", "2025-07-01", 1, shows="Attacks by A")
    captioned = Chart("under", Drawing("tempo.plot_rolling", numbers, caption=under), numbers, "What it is")
    page = open_page(output_dir=str(tmp_path))
    page.ahead([chart])
    page.ahead([captioned])
    sent.pop()
    page.charts([chart], ["It rises."])
    assert [block["kind"] for block in sent] == ["drawing", "chart"]
    assert (sent[0]["plot"], sent[0]["words"], sent[0]["title"]) == (
        "tempo.plot_rolling",
        {"window_days": 30},
        "What it is",
    )
    assert (sent[1]["alt"], sent[1]["title"]) == ("What it is. It rises.", "What it is")
    assert (tmp_path / "charts" / "rolling.csv").read_text() == "value,incident_ids\n1.5,a;b\n"
    told = "value,incident_ids,shows,source\n1.5,a;b,Attacks by A,t.csv\n"
    assert (tmp_path / "charts" / "under.csv").read_text() == told
    assert not list(tmp_path.rglob("*.svg"))


@pytest.mark.parametrize("folder", [True, False])
def test_by_hand_a_chart_is_drawn_at_once(monkeypatch, tmp_path, folder):
    sent = []
    monkeypatch.delenv(blocks.PUBLISHER, raising=False)
    monkeypatch.setattr(pages, "_show", sent.append)
    page = open_page(output_dir=str(tmp_path) if folder else "")
    numbers = pd.DataFrame({"period_start": pd.to_datetime(["2025-07-01"]), "value": [1.0]})

    def draw():
        _, axes = plt.subplots()
        return axes

    page.ahead([Chart("a", draw, numbers, "A chart")])
    page.charts([Chart("a", draw, numbers, "A chart")], ["It rises."])
    (block,) = sent
    assert block["address"].startswith("data:image/svg+xml;base64,")
    assert {path.name for path in tmp_path.rglob("a.*")} == ({"a.png", "a.svg", "a.csv"} if folder else set())
    assert plt.get_fignums() == []


def test_a_cell_that_is_run_again_shows_its_chart_again(monkeypatch):
    sent, cells = [], []
    monkeypatch.delenv(blocks.PUBLISHER, raising=False)
    monkeypatch.setattr(pages, "_show", sent.append)
    monkeypatch.setattr(pages, "write_chart", lambda *_, **__: "")
    monkeypatch.setattr(pages, "svg_address", str)
    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(user_ns={"In": cells}))
    page = open_page()

    def run(cell, times=1):
        cells.append(cell)
        before = len(sent)
        for _ in range(times):
            page.chart("a", lambda: plt.gca(), pd.DataFrame({"value": [1.0]}), alt="A chart")
        return len(sent) - before

    assert run("report.section('tempo')", times=2) == 1  # once in a run
    assert run("report.section('trend')") == 0  # and in the cell that asked first
    assert run("report.section('tempo')", times=2) == 1
    plt.close("all")


def test_ids_stand_once_in_a_file_of_their_own():
    ids = [f"i{n}" for n in range(3)]
    rows = pd.DataFrame({"name": ["a", "b", "c", "d"], "incident_ids": [ids, [], ids, ["i2"]], "value": 1.0})
    numbered, sets = number_sets(rows)
    assert numbered.columns.tolist() == ["name", "incident_set", "value"]
    assert numbered["incident_set"].tolist() == [1, pd.NA, 1, 2]
    assert sets.to_numpy().tolist() == [[1, "i0"], [1, "i1"], [1, "i2"], [2, "i2"]]


def test_a_cell_of_a_csv_holds_no_list_that_a_spreadsheet_cannot():
    few, many = ["i1", "i2"], [f"i{n}" for n in range(MOST_IDS + 1)]
    assert flat(pd.DataFrame({"incident_ids": [["x" * 40] * 900]}))["incident_ids"].tolist() == ["900 incidents"]
    assert flat(pd.DataFrame({"incident_ids": [few, many]}))["incident_ids"].tolist() == [
        "i1;i2",
        f"{MOST_IDS + 1} incidents",
    ]


@pytest.mark.parametrize(
    ("text", "noun", "said"),
    [
        (
            "An attack, two attacks. Attacks rise",
            "deadly event",
            "A deadly event, two deadly events. Deadly events rise",
        ),
        ("an attack by attackers who attacked", "event", "an event by attackers who attacked"),
        ("An attack", "attack", "An attack"),
    ],
)
def test_what_is_counted_has_one_name(text, noun, said):
    assert wording.named(text, noun) == said


def test_a_page_calls_what_is_counted_by_its_name(monkeypatch):
    told = []
    monkeypatch.setattr(pages, "_show", told.append)
    page = open_page()
    page.noun = "deadly event"
    page.finding("15 attacks in 30 days", ["an attack a week is usual"], confidence="8 of the 15 attacks")
    page.key_figures([KeyFigure("Attacks in 30 days", "15", "", "attacks")])
    page.table(
        pd.DataFrame({"tactic": ["Attack"], "n": [3], "reason": ["too few attacks"]}),
        title="Attacks by tactic",
        columns={"tactic": "kind of attack", "n": "attacks", "reason": "none, because"},
    )
    assert told[0]["sentence"] == "15 deadly events in 30 days"
    assert told[0]["qualifiers"] == ["a deadly event a week is usual"]
    assert told[0]["confidence"] == "8 of the 15 deadly events"  # which the terminal prints, and manifests hold
    assert told[1]["cards"][0]["label"] == "Deadly events in 30 days"
    assert told[2]["title"] == "Deadly events by tactic"
    assert [cell["words"] for cell in told[2]["head"]] == ["kind of deadly event", "deadly events", "none, because"]
    assert told[2]["rows"][0][0] in ("Attack", {"words": "Attack"}, ["Attack"])  # a value of the table stays
    assert told[2]["rows"][0][2] == "too few deadly events"


def test_the_words_of_a_chart_follow(tmp_path):
    axes = plt.figure().add_subplot()
    axes.set_title("Attacks per month")
    axes.set_ylabel("attacks")
    written = pages.write_chart(tmp_path / "a", axes, title="Attacks per month", forms=("svg",), noun="deadly event")
    assert "Deadly events per month" in written.read_text()


def test_words_that_grew_by_their_name_stay_on_the_canvas(tmp_path, monkeypatch):
    with looks.sized("square"):
        axes = theme.begin(None)
        theme.write_head(axes, "Attacks follow one another nearby: 678 near pairs of attacks, 315 by chance")
    reach = []
    monkeypatch.setattr(
        theme, "write_forms", lambda figure, *_, **__: reach.append(axes.get_tightbbox().x1 / figure.bbox.width)
    )
    pages.write_chart(tmp_path / "a", axes, title="Attacks", noun="deadly event", forms=("png",))
    assert reach[0] <= 1
    said = " ".join(axes.get_title(loc="left").split())
    assert said == "Deadly events follow one another nearby: 678 near pairs of deadly events, 315 by chance"


def test_a_report_says_of_what_is_gone_that_the_notebook_may_be_of_another_version():
    with pytest.raises(AttributeError, match=r"a report has no 'front'\. A copy of a notebook that another version"):
        Report.__new__(Report).front()
