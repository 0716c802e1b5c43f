"""One report on the embedded table beside an empty notebook through the papermill command, each a whole command."""

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import nbformat

ROUNDS = 4
GOAL = 2.0


def seconds(*words):
    """Return the wall time of a command of this environment."""
    started = time.perf_counter()
    program = shutil.which(words[0], path=Path(sys.executable).parent)
    subprocess.run([program, *map(str, words[1:])], check=True, capture_output=True)
    return time.perf_counter() - started


def test_a_report_beside_an_empty_notebook(benchmark, tmp_path):
    """The two take turns, so that whatever else the machine does slows both; medians are compared."""
    empty = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")])
    empty.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(empty, tmp_path / "empty.ipynb")
    peer = []

    def papermill():
        peer.append(seconds("papermill", "--no-progress-bar", tmp_path / "empty.ipynb", tmp_path / "done.ipynb"))

    report = ("escalation", "report", "--quiet", "--out", tmp_path / "out")
    seconds(*report)  # warm: caches of fonts and of compiled code
    benchmark.pedantic(seconds, args=report, setup=papermill, rounds=ROUNDS)
    ratio = statistics.median(peer) / benchmark.stats.stats.median
    benchmark.extra_info.update(
        peer="empty notebook, papermill command", peer_seconds=statistics.median(peer), times_as_fast=ratio
    )
    benchmark.extra_info["goal_times"] = 1 / GOAL
