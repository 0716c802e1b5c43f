"""A folder of charts: whole or not at all, the same bytes for the same inputs, nobody's files touched."""

import errno
import json
import os

import pandas as pd
import pytest

from analysis.incidents.errors import ParameterError
from analysis.publishing.chart_folder import write_charts
from analysis.publishing.errors import LockedError, StorageError
from analysis.publishing.folders import making_beside
from analysis.reports.sections import spread


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_chart_comes_with_its_numbers_and_a_listing(embedded, tmp_path):
    written = write_charts(embedded, tmp_path / "a", names=["timeline"], forms=("png", "svg", "pdf"))
    assert [path.name for path in written.files] == ["timeline.png", "timeline.svg", "timeline.pdf", "timeline.csv"]
    assert set(content(tmp_path / "a")) == {*(path.name for path in written.files), "charts.json"}
    listing = json.loads((tmp_path / "a" / "charts.json").read_text(encoding="utf-8"))
    assert [(one["name"], one["size"], one["as_of"]) for one in listing["charts"]] == [
        ("timeline", "slide", "2025-07-01")
    ]
    assert listing["charts"][0]["shows"] == "Attacks by JNIM in Mali"
    numbers = pd.read_csv(tmp_path / "a" / "timeline.csv")  # each row says whose it is
    assert set(numbers["shows"]) == {"Attacks by JNIM in Mali"}
    assert set(numbers["source"]) == {listing["charts"][0]["source"]}
    assert "incidents.csv" in listing["charts"][0]["source"]


def test_same_inputs_give_equal_bytes(embedded, tmp_path):
    for name in ("a", "b"):
        write_charts(
            embedded, tmp_path / name, names=["timeline"], forms=("png", "svg", "pdf"), theme="dark", size="page"
        )
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_a_chart_with_nothing_to_show_says_why(embedded, tmp_path):
    written = write_charts(embedded, tmp_path / "a", names=["nowcast", "trend"])
    assert written.files == ()
    assert "earlier exports" in written.absent["nowcast"]
    assert written.absent["trend"]
    assert not (tmp_path / "a").exists()


def test_one_run_at_a_time_and_what_one_left_that_was_killed_goes_with_the_next(embedded, tmp_path):
    (tmp_path / ".escalation-making-a" / "charts").mkdir(parents=True)
    with making_beside(tmp_path / "a") as working:
        assert list(working.iterdir()) == []
        with pytest.raises(LockedError, match="Another run is publishing into"):
            write_charts(embedded, tmp_path / "a", names=["nowcast"])
        write_charts(embedded, tmp_path / "b", names=["nowcast"])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_may_have_the_longest_name_that_there_is(tmp_path):
    """255 bytes, which of this script are 85 letters; what is made beside it had a name of 100 letters."""
    with making_beside(tmp_path / ("カ" * 85)) as working:
        assert working.name.startswith(".escalation-making-カ")
        assert working.is_dir()


def test_charts_of_earlier_runs_stay_and_are_replaced_by_name(embedded, tmp_path, monkeypatch):
    # Many a network's or a stick's file system lets nobody set these.
    for call in ("chmod", "utime"):
        monkeypatch.setattr(os, call, lambda *_, **options: (_ for _ in ()).throw(PermissionError(errno.EPERM, "no")))
    write_charts(embedded, tmp_path / "a", names=["timeline", "map"], forms=("png", "svg"))
    write_charts(embedded, tmp_path / "a", names=["timeline"], forms=("svg",), theme="print")
    assert set(content(tmp_path / "a")) == {
        "timeline.svg", "timeline.csv", "map.png", "map.svg", "map.csv", "charts.json",
    }  # fmt: skip
    listing = json.loads((tmp_path / "a" / "charts.json").read_text(encoding="utf-8"))
    assert [(one["name"], one["theme"]) for one in listing["charts"]] == [("map", "light"), ("timeline", "print")]


def test_a_chart_that_fails_leaves_nothing(embedded, tmp_path, monkeypatch):
    monkeypatch.setattr(spread, "charts", lambda study: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_charts(embedded, tmp_path / "a", names=["timeline", "map"])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_somebody_else_is_left_alone(embedded, tmp_path):
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(StorageError, match=r"letter\.txt.*left alone"):
        write_charts(embedded, tmp_path, names=["timeline"])
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_an_unknown_name_is_refused_before_anything_is_made(embedded, tmp_path):
    with pytest.raises(ParameterError, match="did you mean timeline"):
        write_charts(embedded, tmp_path / "a", names=["timelin"])
    assert list(tmp_path.iterdir()) == []
