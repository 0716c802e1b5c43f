"""Both sides of the bounds that many results rest on: ends of spans, lengths of baselines, levels of intervals."""

import numpy as np
import pandas as pd
import pytest
from scipy import special

from analysis.incidents.counting import shares_of
from analysis.measures import reliability
from analysis.measures.frequency import compare_periods, dating_bounds
from analysis.statistics.local_level import Noise
from tests.measures.tables import make_incidents, make_study

START, END = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-02-01")


@pytest.mark.parametrize(
    ("first", "last", "counts"),
    [
        ("2023-12-31", "2023-12-31", (0, 0, 0)),  # the day before
        ("2024-01-01", "2024-01-01", (1, 1, 1)),  # the first day counts
        ("2024-01-31", "2024-01-31", (1, 1, 1)),  # the last day before the end counts
        ("2024-02-01", "2024-02-01", (0, 0, 0)),  # the end itself does not
        ("2024-01-31", "2024-02-01", (1, 0, 1)),  # begun inside, perhaps over outside: counted, not surely
        ("2023-12-31", "2024-01-01", (0, 0, 1)),  # perhaps on the first day
        ("2023-12-30", "2023-12-31", (0, 0, 0)),
        ("2024-01-30", "2024-01-31", (1, 1, 1)),
    ],
)
def test_where_a_span_ends(first, last, counts):
    attacks = make_incidents([{"date_start": first, "date_end": last}])
    assert (shares_of(attacks, START, END).sum(), *dating_bounds(attacks, START, END)) == counts


@pytest.mark.parametrize(("days_before", "enough"), [(60, True), (59, False)])
def test_a_baseline_is_at_least_twice_the_window(days_before, enough):
    """A window of 30 days up to and with 30 July starts on 1 July; the baseline is what lies before it."""
    start = pd.Timestamp("2024-07-01") - pd.Timedelta(days=days_before)
    rows = [{"date": f"{start:%Y-%m-%d}"}, {"date": "2024-07-15"}]
    study = make_study(make_incidents(rows), start=f"{start:%Y-%m-%d}", as_of="2024-07-30", window_days=30)
    assert (study.window_start - study.baseline_start).days == days_before
    problem = study.baseline_problem()
    assert (problem == "") is enough
    words = "the baseline has 59 days, and a comparison needs at least twice the window (60 days)"
    assert enough or problem == words


@pytest.mark.parametrize(("period_end", "counted"), [("2024-03-01", True), ("2024-03-02", False)])
def test_a_reference_period_that_ends_exactly_at_the_end_counts(period_end, counted):
    attacks = make_incidents([{"date": "2024-02-10", "country": "MLI"}])
    reference = pd.DataFrame(
        {
            "country": ["MLI"],
            "period_start": [pd.Timestamp("2024-02-01")],
            "period_end": [pd.Timestamp(period_end)],
            "count": [4],
            "reporter": ["army"],
        }
    )
    found = reliability.completeness(attacks, reference, end=pd.Timestamp("2024-03-01"))
    assert len(found) == counted


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_the_interval_of_a_ratio_has_its_level(level):
    """10 in 30 days to 20 in 300 at a dispersion of 4: levels are gamma(10 / 4 + 1/2) and gamma(20 / 4 + 1/2), ten
    times as long; or the recent third is a beta share of 29 / 4 in both shapes, which has .75 of the weight, less where
    there are few clusters (of 7.5).
    """
    noise = Noise(np.array([4.0]), np.ones((4, 1)) / 4)
    found = compare_periods(10, 30, 20, 300, noise=noise, level=level)

    def chance(factor):
        limit = factor / (factor + 10)
        weight = 0.75 * 7.5**2 / (7.5**2 + 3**2)
        return (1 - weight) * special.betainc(5.5, 3.0, 1 - limit) + weight * special.betainc(
            7.25 * limit, 7.25 * (1 - limit), 1 / 3
        )

    assert chance(found.low) == pytest.approx(0.5 + level / 2, abs=1e-5)
    assert chance(found.high) == pytest.approx(0.5 - level / 2, abs=1e-5)
    assert found.p_value == pytest.approx(2 * (1 - chance(1.0)), rel=1e-6)
