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


def autoregressive(generator, n, rho):
    """Return Poisson counts around a level whose log is AR(1) with a standard deviation of .4."""
    level = np.zeros(n)
    for month in range(1, n):
        level[month] = rho * level[month - 1] + generator.normal(0, 0.4 * np.sqrt(1 - rho**2))
    return generator.poisson(10 * np.exp(level))


@pytest.mark.parametrize(
    ("draw", "least"),
    [
        (lambda generator: generator.poisson(8, 36), 0.92),
        (lambda generator: generator.negative_binomial(2, 2 / 10, 36), 0.92),
        (lambda generator: autoregressive(generator, 36, 0.5), 0.88),
    ],
    ids=["Poisson", "overdispersed", "autocorrelated"],
)
def test_the_interval_covers_no_trend_at_its_level(draw, least):
    """Three years without a trend: of 150 intervals at 95 %, as many hold 0 as said, but for Monte Carlo error; errors
    that take months as independent hold it in 84 % of autocorrelated series, and Newey-West's in 60 to 90 %.
    """
    generator = np.random.default_rng(8)
    covered = 0
    for _ in range(150):
        fit = trend.estimate_trend(pd.Series(draw(generator), index=months(36)))
        covered += fit.low < 0 < fit.high
    assert covered / 150 >= least


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


def test_a_change_is_dated_to_its_month_though_the_months_beside_make_up_the_regime():
    """Rakhine, August 2017: of 6, 3 and 41 the first was said to be the new level, at 16.7 a month."""
    before, burst = [4] * 30, [6, 3, 41]
    counts = pd.Series([*before, *burst], index=months(33))
    table = trend.find_change_points(counts)
    assert table["period_start"].tolist() == [counts.index[32]]
    assert table["rate_after"].tolist() == [41]
    ended = trend.find_change_points(pd.Series([*before, *burst, *before], index=months(63)))
    assert ended["period_start"].tolist() == [months(63)[32], months(63)[33]]
    ramp = trend.find_change_points(pd.Series([0] * 24 + [2, 3, 4, 9], index=months(28)))
    assert ramp["period_start"].tolist() == [months(28)[24]]


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
    assert rows.loc["year_ratio", "low"] > 1
    assert rows.loc["laplace_statistic", "value"] > 3
    assert rows.loc["power_law_shape", "low"] > 1
    assert rows.loc["mann_kendall_p", "value"] < 0.01


def test_no_line_is_drawn_across_a_change_point(incidents, study):
    def dates(per_month):
        return [
            {"date": f"{2019 + month // 12}-{1 + month % 12:02d}-{1 + at}"}
            for month, n in enumerate(per_month)
            for at in range(n)
        ]

    recent = study(incidents(dates([3] * 36 + [12] * 12)), start="2019-01-01", as_of="2022-12-31")
    rows = trend.indicators(recent).set_index("name")
    assert rows.loc["trend_percent_per_year", "status"] == NOT_COMPUTED
    assert "the rate changed 12 whole months ago, on 1 January 2022" in rows.loc["trend_percent_per_year", "reason"]
    assert trend.series_of(recent)["fitted"].isna().all()
    assert rows.loc["last_change_point_ratio", "value"] == 4
    assert rows.loc["last_change_point_ratio", "detail"] == {"since": "2022-01"}
    # 144 in the last year and 36 in the one before.
    assert rows.loc["year_ratio", "value"] == pytest.approx(4)
    assert rows.loc["year_ratio", "detail"]["recent"] == 144

    settled = study(incidents(dates([3] * 12 + [12] * 36)), start="2019-01-01", as_of="2022-12-31")
    series = trend.series_of(settled)
    assert series["fitted"].isna().tolist() == [True] * 12 + [False] * 36
    assert trend.indicators(settled).set_index("name").loc["trend_percent_per_year", "detail"]["since"] == "2020-01-01"


def test_noise_makes_no_change_points():
    """A series as noisy as its dispersion says has none; the same series taken as Poisson has."""
    counts = pd.Series(np.random.default_rng(5).negative_binomial(1.5, 1.5 / 9, 120), index=months(120))
    assert trend.find_change_points(counts, dispersion=6.0).empty
    assert not trend.find_change_points(counts).empty


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
    assert rows["reason"].str.contains("only to 30 June 2021").all()
