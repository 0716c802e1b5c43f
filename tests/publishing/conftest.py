"""A small notebook that can be told to fail, and what publishes it in a tenth of the time."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial

import nbformat
import pytest

from analysis.publishing import publish
from analysis.scheduling.batch import forking_context

PARAMETERS = 'text = "a"\ncount = 1\nshare = 0.5\nflag = False\nfail = ""\noutput_dir = ""'
BODY = """
import os, time
import pandas as pd
from analysis.incidents import TableError, open_study
from analysis.reports.page import Drawing, open_page
from IPython.display import display
from analysis.reports.blocks import MIME
from matplotlib import pyplot as plt

page = open_page(output_dir=output_dir)
study = open_study(country="MLI", attacker="JNIM", as_of="2025-07-01")
page.title(text, f"{count} {share} {flag}")
page.finding("A finding with <angles> & signs")
page.indicators(pd.DataFrame({"name": ["a"], "value": [float("nan")], "incident_ids": [["x", "y"]]}), study)
figure, axes = plt.subplots()
axes.plot([0, 1], [1, 2])
page.chart("line", axes, pd.DataFrame({"x": [0, 1], "y": [1, 2]}), alt="A line. It rises.")
"""
FAILURES = {
    "table": 'raise TableError("rows.csv: 3 of 9 rows are wrong")',
    "fault": "1 / 0",
    "chart": 'page.chart("bad", lambda: 1 / 0, pd.DataFrame({"x": [1]}), alt="Bad. It fails.")',
    "chart beside": (
        'page.chart("bad", Drawing("tempo.plot_rolling", pd.DataFrame({"x": [1]}), window_days=30), pd.DataFrame({"x":'
        ' [1]}), alt="Bad. It fails.")'
    ),
    "chart not sent": (
        'page.chart("bad", Drawing("tempo.plot_rolling", study), pd.DataFrame({"x": [1]}), alt="Bad. It fails.")'
    ),
    "chart not drawn": "display({MIME: {'kind': 'chart', 'name': 'gone', 'title': 'a', 'alt': 'b'}}, raw=True)",
    "unknown block": "display({MIME: {'kind': 'sya'}}, raw=True)",
    "killed": "os.kill(os.getpid(), 9)",
    "slow": "time.sleep(60)",
    "warning": "import warnings; warnings.warn('something is off')",
}


@pytest.fixture
def notebook(tmp_path):
    """Return the path of a small notebook; its last cell fails in the way named by the parameter ``fail``."""
    made = nbformat.v4.new_notebook()
    parameters = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    fail = "\n".join(f"if fail == {name!r}:\n    {line}" for name, line in FAILURES.items())
    cells = [nbformat.v4.new_markdown_cell("# Small"), parameters]
    cells += [
        nbformat.v4.new_code_cell(BODY),
        nbformat.v4.new_markdown_cell("## A section"),
        nbformat.v4.new_code_cell(fail),
    ]
    made.cells = cells
    path = tmp_path / "small.ipynb"
    nbformat.write(made, path)
    return path


def _publish(parameters, how):
    publish.make_report = partial(publish.make_report, forked=True)
    return publish.publish_report(parameters, **how)


@pytest.fixture(scope="session")
def publish_quickly():
    """Return `publish_report` as a batch calls it: in a process that has imported everything, which forks its kernel.

    For what does not ask how a kernel begins: a fresh one imports for seconds what it then needs for tenths.
    """

    def quickly(parameters, **how):
        with ProcessPoolExecutor(1, mp_context=forking_context()) as process:
            return process.submit(_publish, parameters, how).result()

    return quickly
