"""Trend over time: the regression against its peer, its level, and what forbids it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.measures import trend
from analysis.measures.result import NOT_COMPUTED

ORACLES = Path(__file__).parent / "oracles"


@pytest.fixture(scope="module")
def weekly():
    table = pd.read_csv(ORACLES / "weekly_series.csv.gz", parse_dates=["week"]).set_index("week")
    return table.rename_axis("period_start")


@pytest.fixture(scope="module")
def peer():
    return json.loads((ORACLES / "glm_nb_R.json").read_text())["fits"]


def test_slope_equals_r_mass_glm_nb(weekly, peer):
    """R 4.2.2, MASS 7.3-58.2, ``glm.nb(y ~ tt + s1 + c1)``, tt in years of 52.1775 weeks; coefficients to 1e-5."""
    compared = 0
    for name, fits in peer.items():
        if "nb" not in fits or "coef" not in fits["nb"]:
            continue
        fit = trend.estimate_trend(weekly[name], period="week")
        if fit.dispersion == 0:
            continue
        assert np.log1p(fit.percent_per_year / 100) == pytest.approx(fits["nb"]["coef"]["tt"], abs=1e-5)
        compared += 1
    assert compared >= 5


def months(n: int) -> pd.DatetimeIndex:
    return pd.date_range("2015-01-01", periods=n, freq="MS", name="period_start")


def test_a_known_slope_is_found():
    # Expected counts grow by 20 % a year from 30 a month.
    expected = 30 * 1.2 ** (np.arange(96) / 12)
    counts = pd.Series(np.random.default_rng(4).poisson(expected), index=months(96))
    fit = trend.estimate_trend(counts)
    assert fit.low < 20 < fit.high
    assert fit.percent_per_year == pytest.approx(20, abs=3)
    assert fit.p_value < 1e-6


def test_interval_covers_no_trend_at_its_level():
    """400 overdispersed series without a trend: the 95 % interval covers 0 within Monte Carlo error and a small-sample margin."""
    generator = np.random.default_rng(8)
    covered = 0
    for _ in range(150):
        counts = pd.Series(generator.negative_binomial(2, 2 / 10, 96), index=months(96))
        fit = trend.estimate_trend(counts)
        covered += fit.low < 0 < fit.high
    assert covered / 150 >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 150) - 0.03


def test_months_of_different_length_are_no_trend():
    # 31 attacks in months of 31 days and 28 in February: one a day throughout.
    index = months(48)
    counts = pd.Series(index.days_in_month.to_numpy(), index=index)
    assert trend.estimate_trend(counts).percent_per_year == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("counts", [[3] * 23, [0] * 40])
def test_too_little_to_fit(counts):
    with pytest.raises(ValueError, match="needs at least 24 and 10"):
        trend.estimate_trend(pd.Series(counts, index=months(len(counts))))


def test_change_point_is_the_first_month_of_the_new_regime():
    counts = pd.Series([2] * 30 + [9] * 30, index=months(60))
    table = trend.find_change_points(counts)
    assert table["period_start"].tolist() == [counts.index[30]]
    assert table[["rate_before", "rate_after", "value"]].to_numpy().tolist() == [[2, 9, 4.5]]


def test_no_change_point_in_a_steady_series():
    counts = pd.Series(np.random.default_rng(1).poisson(5, 120), index=months(120))
    assert trend.find_change_points(counts).empty


def rising(incidents, study, **reference):
    generator = np.random.default_rng(3)
    days = pd.date_range("2018-01-01", "2021-12-31")
    chosen = days[generator.random(len(days)) < np.linspace(0.05, 0.5, len(days))]
    return study(incidents([{"date": day} for day in chosen]), start="2018-01-01", as_of="2021-12-31", **reference)


def test_a_study_with_a_rise(incidents, study):
    rows = trend.indicators(rising(incidents, study)).set_index("name")
    assert rows.loc["trend_percent_per_year", "low"] > 0
    assert rows.loc["laplace_statistic", "value"] > 3
    assert rows.loc["power_law_shape", "low"] > 1
    assert rows.loc["mann_kendall_p", "value"] < 0.01


def test_uneven_completeness_refuses_the_same_rise(incidents, study):
    opened = rising(
        incidents, study, reference=[("MLI", "2018-01-01", "2018-02-01", 40), ("MLI", "2021-11-01", "2021-12-01", 14)]
    )
    rows = trend.indicators(opened)
    assert rows["status"].eq(NOT_COMPUTED).all()
    assert rows["reason"].str.contains("completeness varies").all()
    assert trend.series_of(opened).empty
    assert trend.change_points_of(opened).empty


def test_coverage_that_ends_before_as_of_forbids_a_trend(incidents, study):
    rows = trend.indicators(
        study(incidents([{"date": "2020-01-05"}]), start="2018-01-01", as_of="2021-12-31", last_day="2021-06-30")
    )
    assert rows["reason"].str.contains("only to 2021-06-30").all()
