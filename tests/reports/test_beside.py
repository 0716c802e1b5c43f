"""A copy of the process writes what it is given, and what it could not write is told."""

import subprocess
import sys
import time

import psutil
import pytest

from analysis.reports.beside import ENDING, BesideError, put_in_charts, svg_address, wait_for

# A process of its own, as a kernel is, and a module that its copy can import.
RUN = """
import sys
from functools import partial
from pathlib import Path
from analysis.reports.beside import Copy, Task
sys.path.append(sys.argv[3])
from begin_work import begin
folder = Path(sys.argv[1])
Copy().send(Task(partial(begin, folder, sys.argv[2]), [folder / "a.svg"]))
print((folder / "a.svg").exists())
"""
WORK = """
import os, time, warnings
from functools import partial
def begin(folder, task):
    return [partial(work, folder, task)]
def work(folder, task):
    time.sleep(0.2)
    if task == "fails":
        raise OSError(28, "No space left on device")
    if task == "warns":
        warnings.warn("a glyph is missing")
    (folder / "a.svg").write_text("<svg/>")
def draw(folder):
    from matplotlib import pyplot as plt
    note(folder, "x")
    return plt.subplots()[1]
def hang(folder):
    (folder / "pid").write_text(str(os.getpid()))
    time.sleep(600)
def begin_notes(folder, name):
    return [partial(note, folder, name + step) for step in "12"]
def note(folder, name):
    with open(folder / "order", "a") as order:
        order.write(name)
    with open(folder / "pids", "a") as pids:
        pids.write(f"{os.getpid()}\\n")
    time.sleep(0.01)
"""


@pytest.fixture
def modules(tmp_path_factory):
    folder = tmp_path_factory.mktemp("modules")
    (folder / "begin_work.py").write_text(WORK)
    return folder


def left_to_a_copy(folder, task, modules):
    words = [sys.executable, "-c", RUN, str(folder), task, str(modules)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"  # it did not wait
    wait_for(folder, timeout_seconds=20)


def test_it_is_written_even_if_the_process_ends_first(tmp_path, modules):
    left_to_a_copy(tmp_path, "works", modules)
    assert [path.name for path in tmp_path.iterdir()] == ["a.svg"]


@pytest.mark.parametrize(("task", "words"), [("fails", r"Errno 28"), ("warns", "a glyph is missing")])
def test_a_failure_or_a_warning_is_told(tmp_path, modules, task, words):
    with pytest.raises(BesideError, match=f"a.svg was not written: .*{words}"):
        left_to_a_copy(tmp_path, task, modules)


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
sys.path.append(sys.argv[3])
from begin_work import begin_notes
folder = Path(sys.argv[1])
copy = Copy(prepare=partial(time.sleep, 0.5))  # all tasks are there before the first is begun
for name in "abU":
    copy.send(Task(partial(begin_notes, folder, name), [folder / (name + step) for step in "12"], urgent=name == "U"))
time.sleep(float(sys.argv[2]))
"""


def order_of(folder, modules, *, seconds):
    """Return what a copy did in which order, when whoever sent the tasks ends after so many seconds."""
    subprocess.run([sys.executable, "-c", ORDER, str(folder), str(seconds), str(modules)], check=True)
    wait_for(folder, timeout_seconds=20)
    return (folder / "order").read_text()


def test_a_copy_does_urgent_tasks_first_and_the_first_file_of_each_before_the_second_of_any(tmp_path, modules):
    assert order_of(tmp_path, modules, seconds=2) == "U1a1b1U2a2b2"


def test_two_copies_share_what_is_left_when_nobody_can_send_more(tmp_path, modules):
    order = order_of(tmp_path, modules, seconds=0)
    assert sorted(order[i : i + 2] for i in range(0, len(order), 2)) == ["U1", "U2", "a1", "a2", "b1", "b2"]
    assert order.index("U1") < order.index("b1") < order.index("U2")  # of one copy
    assert order.index("a1") < order.index("a2")  # of the other
    assert len(set((tmp_path / "pids").read_text().split())) == 2


def test_why_a_copy_could_not_begin_is_told(tmp_path, modules):
    code = """
import sys, time
from functools import partial
from pathlib import Path
from analysis.reports.beside import Copy, Task
sys.path.append(sys.argv[2])
from begin_work import begin
copy = Copy()
task = Task(partial(begin, Path(sys.argv[1]), "works"), [Path(sys.argv[1]) / "a.svg", Path(sys.argv[1]) / "b.svg"])
copy.send(task)
time.sleep(1)
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path), str(modules)], check=True)
    with pytest.raises(BesideError, match=r"was not written: ValueError: zip"):
        wait_for(tmp_path, timeout_seconds=20)


def test_any_number_of_charts_is_drawn_beside(tmp_path):
    code = """
import os, sys
import pandas as pd
os.environ["ESCALATION_PUBLISHER"] = "1"
from analysis.figures import later
from analysis.reports import page as pages
pages._show = lambda markup, plain: None
page = pages.open_page(output_dir=sys.argv[1])
for number in range(23):
    page.chart(f"c{number}", later("theme.plot_absence", None, "A title", "A reason"), pd.DataFrame({"x": [1]}), alt="a")
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    wait_for(tmp_path, timeout_seconds=120)
    assert len(list((tmp_path / "charts").glob("*.svg"))) == 23


def test_a_copy_that_has_ended_takes_no_task(tmp_path):
    code = """
import os, sys, time
from functools import partial
from pathlib import Path
from analysis.reports.beside import Copy, Task
from analysis.reports.beside import BesideError
copy = Copy(prepare=partial(os._exit, 1))
os.wait()
try:
    copy.send(Task(partial(list), [Path(sys.argv[1]) / "a.svg"]))
except BesideError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True)
    assert done.stdout == "The process that writes files beside this one has ended.\n"


def test_a_copy_outlasts_a_long_notebook_but_not_the_wait_for_it(tmp_path, modules):
    code = """
import os, sys, time
from functools import partial
from pathlib import Path
from analysis.reports import beside
beside.MAX_SECONDS = 1
sys.path.append(sys.argv[2])
from begin_work import begin, hang
folder = Path(sys.argv[1])
copy = beside.Copy()
time.sleep(2)
copy.send(beside.Task(partial(begin, folder, "works"), [folder / "a.svg"]))
beside.wait_for(folder, timeout_seconds=20)
print((folder / "a.svg").exists())
copy.send(beside.Task(partial(hang, folder), [folder / "b.svg"]))
time.sleep(1)
"""
    words = [sys.executable, "-c", code, str(tmp_path), str(modules)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    assert done.stdout == "True\n"
    until = time.monotonic() + 20
    while (left := at_work((tmp_path / "pid").read_text())) and time.monotonic() < until:
        time.sleep(0.1)
    assert not left


def at_work(pid):
    """Return whether a process runs: neither gone nor waiting for its parent to notice."""
    try:
        return psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_what_only_this_process_knows_is_not_sent(tmp_path):
    code = """
import sys
from pathlib import Path
from analysis.reports.beside import Copy, Task
copy = Copy()
def begin():
    return []
print([copy.send(Task(what, [Path(sys.argv[1]) / "a.svg"])) for what in (begin, lambda: [], iter([]).__next__, list)])
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("[False, False, ")
    assert done.stdout.endswith(", True]\n")


def test_a_chart_begun_ahead_is_drawn_once_and_shown_in_its_place(tmp_path, modules):
    code = """
import os, sys
from functools import partial
from pathlib import Path
import pandas as pd
os.environ["ESCALATION_PUBLISHER"] = "1"
from analysis.reports import page as pages
folder = Path(sys.argv[1])
sys.path.append(sys.argv[2])
pages._show = lambda markup, plain: print(markup[:60])
page = pages.open_page(output_dir=str(folder))
from begin_work import draw
one, none, draw = pd.DataFrame({"x": [1]}), pd.DataFrame({"x": []}), partial(draw, folder)
own = pages.Chart("own", lambda: draw(), one, "Another")  # cannot be sent, and is drawn when it is shown
charts = [pages.Chart("a", draw, one, "A line"), pages.Chart("none", draw, none, "Nothing"), own]
page.ahead(charts)
page.charts(charts, ["It rises."])
"""
    words = [sys.executable, "-c", code, str(tmp_path), str(modules)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    wait_for(tmp_path, timeout_seconds=60)
    assert done.stdout.splitlines() == [
        '<figure id="chart-a"><img src="charts/a.svg" alt="A line. It rises."></figure>'[:60],
        '<figure id="chart-own"><img src="data:image/svg+xml;base64,PD94bWw'[:60],
    ]
    assert (tmp_path / "order").read_text() == "xx"
    kept = [f"{name}.{kind}" for name in ("a", "own") for kind in ("csv", "png", "svg")]
    assert sorted(path.name for path in (tmp_path / "charts").iterdir()) == kept
