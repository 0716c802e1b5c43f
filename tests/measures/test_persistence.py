"""Will it last: the chance against what came, and the reference class by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.measures import persistence
from analysis.measures.persistence import Chance, Persistence, beside_forecast, persistence_of, weigh_persistence
from tests.measures.tables import make_incidents, make_study
from tests.measures.test_level import dates_of, opened


def waves(n=12):
    """Return months that rise for a year and fall for a year, again and again."""
    return np.tile(np.repeat([5, 20], 12), n // 2 + 1)


def test_a_table_whose_rises_last_learns_it():
    counts = waves(16)[: 12 * 12 + 16]  # four months into a rise
    found = weigh_persistence(counts)
    assert found.problem == ""
    assert found.up.value > 0.5
    assert found.up.threshold == pytest.approx(1.25 * counts[-15:-3].mean())
    assert found.up.brier < found.up.brier_climatology


def test_the_reference_class_counts_earlier_rises():
    counts = np.concatenate([np.full(40, 4), np.full(24, 16), np.full(30, 4), [40], np.full(20, 4)])
    found = weigh_persistence(counts)
    assert (found.n_rises, found.n_lasted_rises) == (2, 1)  # one of two years, one of a month
    assert found.n_falls >= 1


def test_nothing_after_an_origin_enters_its_chance():
    counts = np.random.default_rng(1).poisson(waves(8))
    one, other = weigh_persistence(counts[:90]), weigh_persistence(np.concatenate([counts[:90], np.full(6, 500)])[:90])
    assert one.up.value == other.up.value


@pytest.mark.parametrize(
    ("up", "down", "middle", "stands"),
    [
        (0.66, 0.1, 9.0, True),  # likely above 10, and the forecast is below
        (0.67, 0.1, 9.0, False),
        (0.67, 0.1, 11.0, True),
        (0.33, 0.1, 11.0, False),
        (0.34, 0.1, 11.0, True),
        (0.1, 0.67, 7.0, False),  # likely below 6
        (0.1, 0.67, 5.0, True),
        (0.1, 0.33, 5.0, False),
    ],
)
def test_no_chance_contradicts_the_forecast_that_is_shown(up, down, middle, stands):
    def chance(value, threshold):
        return Chance(value, value, threshold, 99, 0.1, 0.2, 0.2, pd.DataFrame())

    found = Persistence(chance(up, 10.0), chance(down, 6.0), n_rises=3, n_lasted_rises=1)
    held = beside_forecast(found, middle, "last value kept")
    assert (held is found) == stands
    if not stands:
        assert (held.up, held.down, held.n_rises) == (None, None, 3)
        assert "(last value kept)" in held.problem


def test_too_short_a_history_and_an_empty_year_are_refused():
    assert "months, and a chance needs" in weigh_persistence(np.ones(12)).problem
    assert "the year before holds none" in weigh_persistence(np.r_[np.full(40, 3), np.zeros(14), [5, 5]]).problem


def test_uneven_recording_forbids_a_chance():
    reference = [("MLI", "2023-01-01", "2023-02-01", 8), ("MLI", "2023-06-01", "2023-07-01", 40)]
    assert "completeness varies" in persistence_of(opened(dates_of([8] * 36), reference=reference)).problem


def test_a_month_that_is_not_over_counts_and_no_chance_hangs_on_the_calendar(monkeypatch):
    """Niger, 20 February 2015: "unlikely (27 %)" of 1.25 times a year with one attack, after seven in that month."""
    monkeypatch.setattr(persistence, "outlook_of", lambda *_, **__: SimpleNamespace(problem="none"))
    days = pd.date_range("2021-01-10", "2024-10-10", freq="20D").append(pd.date_range("2024-11-20", periods=20))

    def chance(shift, until):
        rows = [{"date": f"{day + pd.Timedelta(days=shift):%Y-%m-%d}"} for day in days]
        start, end = (pd.Timestamp(day) + pd.Timedelta(days=shift) for day in ("2021-01-01", until))
        study = make_study(make_incidents(rows), start=f"{start:%Y-%m-%d}", as_of=f"{end:%Y-%m-%d}")
        return persistence_of(study).up.value

    now = chance(0, "2024-12-10")
    assert now == chance(7, "2024-12-10") == chance(20, "2024-12-10")
    assert now > chance(0, "2024-11-18") + 0.2
