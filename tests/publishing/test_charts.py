"""Charts are drawn as their blocks arrive; whatever cannot be drawn is told by name."""

import sys
import threading
import time
import warnings

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib import rcParams

from analysis.figures import tempo
from analysis.figures.theme import style
from analysis.publishing.charts import NARROW, Drawer, short_turns, warnings_refused
from analysis.publishing.errors import NotebookError
from analysis.reports.plain import encode


@pytest.fixture
def plots(monkeypatch):
    """Replace a plot function by one that does what it is told."""

    def plot(table, *, mode=""):
        if mode == "fault":
            return 1 / 0
        if mode == "warning":
            warnings.warn("something is off", stacklevel=1)
        if mode == "slow":
            time.sleep(1)
        _, axes = plt.subplots()
        axes.plot(table["x"])
        return axes

    monkeypatch.setattr(tempo, "plot_rolling", plot)


def block(name, **words):
    table = encode(pd.DataFrame({"x": [1.0, 2.0]}))
    return {
        "kind": "drawing",
        "name": name,
        "title": name,
        "plot": "tempo.plot_rolling",
        "tables": [table],
        "words": words,
    }


def test_charts_are_drawn_while_others_are_still_to_come(plots, tmp_path):
    drawer = Drawer(tmp_path)
    drawer.take(block("a"))
    until = time.monotonic() + 20
    while not (tmp_path / "a.svg").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    drawer.take(block("b"))
    assert drawer.wait() == ["a", "b"]
    assert {path.name for path in tmp_path.iterdir()} == {"a.png", "a.svg", "b.png", "b.svg"}
    assert plt.get_fignums() == []


def test_a_folder_that_is_gone_is_no_fault_of_a_chart(plots, tmp_path):
    drawer = Drawer(tmp_path / "gone")
    drawer.take(block("a"))
    with pytest.raises(FileNotFoundError):
        drawer.wait()


def test_without_a_chart_there_is_no_thread(tmp_path):
    before = threading.active_count()
    drawer = Drawer(tmp_path)
    assert threading.active_count() == before
    assert drawer.wait() == []


@pytest.mark.parametrize(
    ("mode", "words"),
    [("fault", "ZeroDivisionError: division by zero"), ("warning", "RuntimeError: UserWarning: something is off")],
)
def test_a_chart_that_fails_is_named(plots, tmp_path, mode, words):
    drawer = Drawer(tmp_path)
    drawer.take(block("a"))
    drawer.take(block("odd", mode=mode))
    drawer.take(block("b"))
    with pytest.raises(NotebookError, match=f"Chart 'odd' could not be drawn: {words}. Nothing is published"):
        drawer.wait()
    assert plt.get_fignums() == []


def test_a_chart_that_takes_too_long_is_named(plots, tmp_path):
    drawer = Drawer(tmp_path)
    drawer.take(block("late", mode="slow"))
    with pytest.raises(NotebookError, match=r"Chart 'late' was not drawn within 0.2 seconds"):
        drawer.wait(timeout_seconds=0.2)
    drawer.close()


def test_a_chart_that_is_being_drawn_ends_before_the_process_may_and_no_other_begins(plots, tmp_path):
    before = threading.active_count()
    drawer = Drawer(tmp_path)
    drawer.take(block("late", mode="slow"))
    drawer.take(block("b"))
    drawer.close()
    assert threading.active_count() == before
    assert not (tmp_path / "b.svg").exists()


def test_what_is_prepared_first_may_fail_too(tmp_path):
    def prepare():
        raise OSError("no fonts")

    drawer = Drawer(tmp_path, prepare=prepare)
    drawer.start()
    with pytest.raises(NotebookError, match="could not be drawn: OSError: no fonts"):
        drawer.wait()


def test_only_what_the_drawing_itself_warns_of_is_a_fault():
    other = threading.Thread(target=lambda: warnings.warn("an import elsewhere", stacklevel=1))
    with warnings_refused():
        other.start()
        other.join()
        warnings.warn("a file of the user's that was collected here", ResourceWarning, stacklevel=1)
    with pytest.raises(RuntimeError, match="UserWarning: here"), warnings_refused():
        warnings.warn("here", stacklevel=1)


@pytest.mark.parametrize("changed", [warnings_refused, style])
def test_settings_of_the_process_are_one_threads_at_a_time(changed):
    # Else the second puts back, for good, what the first had set when it came.
    def other():
        with changed():
            pass

    before, look = warnings.showwarning, dict(rcParams)
    second = threading.Thread(target=other)
    with changed():
        second.start()
        second.join(0.05)
        assert second.is_alive()
    second.join()
    assert (warnings.showwarning, dict(rcParams)) == (before, look)


def test_a_telephone_gets_some_charts_in_a_shape_of_its_own(plots, tmp_path):
    whole, narrow = tmp_path / "whole", tmp_path / "narrow"
    for folder in (whole, narrow):
        folder.mkdir()
    drawer = Drawer(whole, narrow=narrow)
    drawer.take(block("a"))
    drawer.take(block(NARROW[0]))
    drawer.wait()
    assert {path.name for path in narrow.iterdir()} == {f"{NARROW[0]}.svg"}
    assert {path.name for path in whole.iterdir()} == {
        f"{name}.{form}" for name in ("a", NARROW[0]) for form in ("png", "svg")
    }


def test_turns_are_as_long_as_before_afterwards():
    before = sys.getswitchinterval()
    with short_turns():
        assert sys.getswitchinterval() < before
    assert sys.getswitchinterval() == before
