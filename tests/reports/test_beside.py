"""A copy of the process writes what it is given, and what it could not write is told."""

import pickle
import subprocess
import sys

import pytest

from analysis.reports.beside import ENDING, BesideError, Copy, Task, put_in_charts, svg_address, wait_for

# A process of its own, as a kernel is.
RUN = """
import sys, time, warnings
from pathlib import Path
from analysis.reports.beside import Copy, Task
folder, task = Path(sys.argv[1]), sys.argv[2]
def work():
    time.sleep(0.2)
    if task == "fails":
        raise OSError(28, "No space left on device")
    if task == "warns":
        warnings.warn("a glyph is missing")
    (folder / "a.svg").write_text("<svg/>")
def begin():
    return [work]
Copy().send(Task(begin, [folder / "a.svg"]))
print((folder / "a.svg").exists())
"""


def left_to_a_copy(folder, task):
    done = subprocess.run([sys.executable, "-c", RUN, str(folder), task], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"  # it did not wait
    wait_for(folder, timeout_seconds=20)


def test_it_is_written_even_if_the_process_ends_first(tmp_path):
    left_to_a_copy(tmp_path, "works")
    assert [path.name for path in tmp_path.iterdir()] == ["a.svg"]


@pytest.mark.parametrize(("task", "words"), [("fails", r"Errno 28"), ("warns", "a glyph is missing")])
def test_a_failure_or_a_warning_is_told(tmp_path, task, words):
    with pytest.raises(BesideError, match=f"a.svg was not written: .*{words}"):
        left_to_a_copy(tmp_path, task)


def test_what_never_comes_is_not_waited_for(tmp_path):
    (tmp_path / f"a.svg{ENDING}").touch()
    with pytest.raises(BesideError, match=r"a.svg was not written within 0.05 seconds"):
        wait_for(tmp_path, timeout_seconds=0.05)


def test_charts_are_put_in_their_places_and_nothing_else(tmp_path):
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "a.svg").write_text("<svg/>")
    markup = '<figure id="chart-a"><img src="charts/a.svg" alt="x"></figure><p>src="charts/a.svg"</p>'
    address = svg_address(tmp_path / "charts" / "a.svg")
    reordered = '<figure id="chart-a"><img alt="x" src="charts/a.svg"/></figure>'
    assert put_in_charts(reordered, tmp_path) == reordered.replace("charts/a.svg", address)
    assert put_in_charts(markup, tmp_path) == markup.replace('src="charts/a.svg" alt', f'src="{address}" alt')
    assert (
        put_in_charts('<figure id="chart-a"><img src="charts/b.svg">', tmp_path)
        == '<figure id="chart-a"><img src="charts/b.svg">'
    )


def test_a_file_can_be_waited_for_before_the_others(tmp_path):
    (tmp_path / f"a.svg{ENDING}").touch()
    wait_for(tmp_path, "*.png", timeout_seconds=0.05)


ORDER = """
import sys, time
from functools import partial
from pathlib import Path
from analysis.reports.beside import Copy, Task
folder = Path(sys.argv[1])
def note(name):
    with open(folder / "order", "a") as order:
        order.write(name)
    time.sleep(0.01)
def begin(name):
    return [partial(note, name + step) for step in "12"]
copy = Copy(prepare=partial(time.sleep, 0.5))  # all tasks are there before the first is begun
for name in "abU":
    copy.send(Task(partial(begin, name), [folder / (name + step) for step in "12"], urgent=name == "U"))
time.sleep(float(sys.argv[2]))
"""


def test_a_copy_does_urgent_tasks_first_and_the_first_file_of_each_before_the_second_of_any(tmp_path):
    subprocess.run([sys.executable, "-c", ORDER, str(tmp_path), "2"], check=True)  # it goes on until all is done
    wait_for(tmp_path, timeout_seconds=20)
    assert (tmp_path / "order").read_text() == "U1a1b1U2a2b2"


def test_two_copies_share_what_is_left_when_nobody_can_send_more(tmp_path):
    subprocess.run([sys.executable, "-c", ORDER, str(tmp_path), "0"], check=True)
    wait_for(tmp_path, timeout_seconds=20)
    order = (tmp_path / "order").read_text()
    assert sorted(order[i : i + 2] for i in range(0, len(order), 2)) == ["U1", "U2", "a1", "a2", "b1", "b2"]
    assert order.index("U1") < order.index("b1") < order.index("U2")  # of one copy
    assert order.index("a1") < order.index("a2")  # of the other


def test_a_copy_that_has_ended_takes_no_task(tmp_path):
    code = """
import os, sys, time
from functools import partial
from pathlib import Path
from analysis.reports.beside import BesideError, Copy, Task
copy = Copy(prepare=partial(os._exit, 1))
os.wait()
try:
    copy.send(Task(partial(list), [Path(sys.argv[1]) / "a.svg"]))
except BesideError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True)
    assert done.stdout == "The process that writes files beside this one has ended.\n"


def test_a_task_that_cannot_be_sent_leaves_no_note(tmp_path):
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        Copy.send(None, Task(lambda: [], [tmp_path / "a.svg"]))
    assert not list(tmp_path.iterdir())


def test_a_chart_begun_ahead_is_drawn_once_and_shown_in_its_place(tmp_path):
    code = """
import os, sys
from pathlib import Path
import pandas as pd
os.environ["ESCALATION_PUBLISHER"] = "1"
from analysis.reports import page as pages
from matplotlib import pyplot as plt
folder = Path(sys.argv[1])
def draw():
    with open(folder / "drawn", "a") as drawn:
        drawn.write("x")
    return plt.subplots()[1]
pages._show = lambda markup, plain: print(markup)
page = pages.open_page(output_dir=str(folder))
charts = [pages.Chart("a", draw, pd.DataFrame({"x": [1]}), "A line"), pages.Chart("none", draw, pd.DataFrame({"x": []}), "Nothing")]
page.ahead(charts)
page.charts(charts, ["It rises."])
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True)
    wait_for(tmp_path, timeout_seconds=60)
    assert done.stdout == '<figure id="chart-a"><img src="charts/a.svg" alt="A line. It rises."></figure>\n'
    assert (tmp_path / "drawn").read_text() == "x"
    assert sorted(path.name for path in (tmp_path / "charts").iterdir()) == ["a.csv", "a.png", "a.svg"]
