"""A workbook of weekly counts, 400,000 rows by first-order unit, from the file to every unit's alarm and verdict.

No peer package does the same; the goal is twenty seconds.
"""

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.measures.level_rule import judge_history
from analysis.measures.panels import month_panel
from analysis.measures.surge import watch_of
from tests.aggregates import COLUMNS, TYPES

N_WEEKS, N_UNITS, N_COUNTRIES = 490, 216, 10
GOAL_SECONDS = 20.0
COUNTRIES = ("Mali", "Niger", "Nigeria", "Sudan", "Ethiopia", "Cameroon", "Kenya", "Chad", "Egypt", "Libya")


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl writes the workbook")
    path = tmp_path_factory.mktemp("aggregates") / "Africa_aggregated_data_up_to_week_of-2026-05-30.xlsx"
    events = np.random.default_rng(3).poisson(4, (N_WEEKS, N_UNITS, len(TYPES)))
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append(COLUMNS)
    for week, day in enumerate(pd.date_range(end="2026-05-30", periods=N_WEEKS, freq="7D").to_pydatetime()):
        for unit in range(N_UNITS):
            country = COUNTRIES[unit % N_COUNTRIES]
            for number, (kind, sub, disorder, _) in enumerate(TYPES):
                if n := int(events[week, unit, number]):
                    sheet.append(
                        [day, "Africa", country, f"Unit {unit}", kind, sub, n, n // 2, 1000, disorder, unit, 10.0, 3.0]
                    )
    book.save(path)
    return path


def test_an_aggregate_workbook_to_every_unit_judged(benchmark, workbook):
    def judged():
        study = open_study(workbook, unit="admin1")
        watch = watch_of(study)
        panel = month_panel(study, by_unit=True)
        return len(watch.units), judge_history(panel.to_numpy().T)

    n_units, (_, codes) = benchmark.pedantic(judged, rounds=1)
    assert n_units == N_UNITS == len(codes)
    benchmark.extra_info["goal_seconds"] = GOAL_SECONDS
