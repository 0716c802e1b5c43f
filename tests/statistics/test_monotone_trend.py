"""Mann-Kendall and Sen, for one series and for panels."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.statistics import monotone_trend
from analysis.statistics.monotone_trend import mann_kendall, sen_slope

ORACLES = Path(__file__).parent / "oracles"
SERIES = {
    name: group["value"].to_numpy() for name, group in pd.read_csv(ORACLES / "mk_series.csv.gz").groupby("series")
}
# R 4.2.2 (trend, modifiedmk, Kendall) and pymannkendall, scipy: what they call a number, and what we do.
PEERS = {
    "mk_R": [
        ("trend::mk.test", "S", lambda x: mann_kendall(x).statistic),
        ("trend::mk.test", "varS", lambda x: mann_kendall(x).variance),
        ("trend::mk.test", "z", lambda x: mann_kendall(x).z),
        ("trend::mk.test", "p", lambda x: mann_kendall(x).p_value),
        ("trend::mk.test", "tau", lambda x: mann_kendall(x).tau),
        ("trend::mk.test_nocc", "z", lambda x: mann_kendall(x, continuity=False).z),
        ("trend::sens.slope", "slope", lambda x: sen_slope(x).slope),
        ("trend::sens.slope", "ci_lo", lambda x: sen_slope(x).low),
        ("trend::sens.slope", "ci_hi", lambda x: sen_slope(x).high),
        ("modifiedmk::mmkh", "Tau", lambda x: mann_kendall(x).tau_a),
        ("modifiedmk::mmkh", "N/N*", lambda x: mann_kendall(x, correction="hamed_rao").variance_ratio),
        ("modifiedmk::mmkh", "new.variance", lambda x: mann_kendall(x, correction="hamed_rao").variance),
        ("modifiedmk::mmkh", "Corrected Zc", lambda x: mann_kendall(x, correction="hamed_rao").z),
        ("modifiedmk::mmkh", "new P-value", lambda x: mann_kendall(x, correction="hamed_rao").p_value),
        ("modifiedmk::mmkh3lag", "N/N*", lambda x: mann_kendall(x, correction="hamed_rao", lags=3).variance_ratio),
        ("modifiedmk::mmkh3lag", "new P-value", lambda x: mann_kendall(x, correction="hamed_rao", lags=3).p_value),
    ],
    "mk_python": [
        ("original_test", "p", lambda x: mann_kendall(x).p_value),
        ("original_test", "Tau", lambda x: mann_kendall(x).tau_a),
        ("original_test", "var_s", lambda x: mann_kendall(x).variance),
        ("hamed_rao_modification_test", "z", lambda x: mann_kendall(x, correction="hamed_rao").z),
        ("hamed_rao_modification_test", "var_s", lambda x: mann_kendall(x, correction="hamed_rao").variance),
        ("sens_slope", "slope", lambda x: sen_slope(x).slope),
        ("sens_slope", "intercept", lambda x: sen_slope(x).intercept),
        ("scipy.kendalltau", "tau", lambda x: mann_kendall(x).tau),
        ("scipy.theilslopes", "low_slope", lambda x: sen_slope(x).low),
        ("scipy.theilslopes", "high_slope", lambda x: sen_slope(x).high),
        ("scipy.theilslopes", "intercept", lambda x: sen_slope(x).intercept),
    ],
}


@pytest.mark.parametrize(
    ("table", "method", "stat", "ours"),
    [(table, *row) for table, rows in PEERS.items() for row in rows],
    ids=[f"{method}-{stat}" for rows in PEERS.values() for method, stat, _ in rows],
)
def test_against_r_and_pymannkendall(table, method, stat, ours):
    """The peer's function is in the test's id; series and versions as in the oracle files. Tolerance 1e-8 (p below
    1e-15: absolute).

    A peer's missing value (R gives no bounds for four values) says nothing; the constant series has its own test.
    """
    rows = pd.read_csv(ORACLES / f"{table}.csv.gz").query(
        "method == @method and stat == @stat and series != 'const_20'"
    )
    expected = pd.to_numeric(rows.set_index("series")["value"]).dropna()
    assert len(expected) >= 15
    for name, value in expected.items():
        assert ours(SERIES[name]) == pytest.approx(value, rel=1e-8, abs=1e-15), name


def test_mann_kendall_by_hand():
    # 1, 3, 2, 4: five pairs rise, one falls: S = 4 of 6. Variance 4 3 13 / 18. z = 3 / sqrt(26 / 3).
    found = mann_kendall([1, 3, 2, 4])
    assert found.statistic == 4
    assert found.variance == pytest.approx(26 / 3)
    assert found.z == pytest.approx(3 / np.sqrt(26 / 3))
    assert found.tau == found.tau_a == pytest.approx(4 / 6)
    assert found.reason == ""


def test_ties_by_hand():
    # 0, 0, 1: S = 2 of 3 pairs, one tied. Variance (3 2 11 - 2 1 9) / 18 = 48 / 18. tau-b = 2 / sqrt(3 2).
    found = mann_kendall([0, 0, 1])
    assert found.variance == pytest.approx(48 / 18)
    assert found.tau == pytest.approx(2 / np.sqrt(6))
    assert found.tau_a == pytest.approx(2 / 3)


def test_sen_slope_by_hand():
    # 0, 1, 5: slopes 1, 4, 2.5: median 2.5. Intercept 1 - 2.5 * 1.
    found = sen_slope([0, 1, 5])
    assert found.slope == 2.5
    assert found.intercept == -1.5


@pytest.fixture(scope="module")
def panel():
    generator = np.random.default_rng(1)
    busy = generator.negative_binomial(0.5, 0.1, (300, 12))
    sparse = generator.poisson(0.05, (300, 12))
    smooth = generator.normal(size=(300, 12)) + np.arange(300)[:, None] * np.linspace(-0.02, 0.02, 12)
    return np.concatenate([busy, sparse, smooth, np.zeros((300, 1))], axis=1)


@pytest.mark.parametrize("correction", [None, "hamed_rao"])
def test_a_panel_is_its_series(panel, correction):
    together = mann_kendall(panel, correction=correction)
    for column in range(panel.shape[1]):
        alone = mann_kendall(panel[:, column], correction=correction)
        for field in ("statistic", "variance", "z", "p_value", "tau", "tau_a"):
            np.testing.assert_allclose(getattr(together, field)[column], getattr(alone, field), rtol=1e-12)
        assert together.reason[column] == alone.reason


def test_compiled_slopes_are_the_sorted_ones(panel, monkeypatch):
    plain = sen_slope(panel)
    monkeypatch.setattr(monotone_trend, "MANY_PAIRS", 0)
    for found in (sen_slope(panel), sen_slope(panel[:40]), sen_slope(panel[:2])):
        assert np.isfinite(found.slope).all()
    fast = sen_slope(panel)
    for field in ("slope", "intercept", "low", "high"):
        np.testing.assert_array_equal(getattr(fast, field), getattr(plain, field))
    monkeypatch.setattr(monotone_trend, "MAX_HELD", 400)
    np.testing.assert_array_equal(sen_slope(panel).slope, plain.slope)


def test_gaps_are_left_out_and_distances_kept():
    with_gap = np.array([0.0, np.nan, 2.0, 3.0, np.nan, 5.0])
    assert mann_kendall(with_gap).statistic == mann_kendall([0, 2, 3, 5]).statistic == 6
    assert mann_kendall(with_gap).variance == pytest.approx(mann_kendall([0, 2, 3, 5]).variance)
    assert sen_slope(with_gap).slope == pytest.approx(1.0)
    both = mann_kendall(np.stack([with_gap, np.arange(6)], axis=1))
    assert both.statistic.tolist() == [6, 15]


@pytest.mark.parametrize(
    ("x", "correction", "reason"),
    [
        (np.full(20, 3.0), None, "all values are equal"),
        (np.zeros(20), "hamed_rao", "all values are equal"),
        ([1.0, 2.0], None, "fewer than 3 values"),
        ([], None, "fewer than 3 values"),
        ([np.nan] * 9, "hamed_rao", "fewer than 3 values"),
        ([1.0, np.nan, 2.0, 4.0], "hamed_rao", "without gaps"),
    ],
)
def test_what_cannot_be_judged_says_why(x, correction, reason):
    found = mann_kendall(x, correction=correction)
    assert np.isnan(found.z)
    assert np.isnan(found.p_value)
    assert reason in found.reason


def test_a_correction_that_leaves_no_variance_says_so():
    """Strictly alternating values: the ranks' correlations cancel more than the variance."""
    found = mann_kendall(np.tile([0.0, 10.0], 10) + np.arange(20) * 0.001, correction="hamed_rao", lags=1)
    assert found.variance_ratio <= 0
    assert "no positive variance" in found.reason
    assert np.isnan(found.p_value)


def test_sen_slope_of_next_to_nothing():
    assert np.isnan(sen_slope([4.0]).slope)
    constant = sen_slope(np.full(20, 3.0))
    assert (constant.slope, constant.low, constant.high, constant.intercept) == (0.0, 0.0, 0.0, 3.0)


def test_one_huge_value_moves_the_slope_little():
    x = np.arange(100.0)
    x[50] = 1e6
    assert sen_slope(x).slope == pytest.approx(1.0)


def test_the_test_keeps_its_level_and_the_correction_helps_with_autocorrelation():
    generator = np.random.default_rng(2)
    counts = generator.poisson(2.0, (60, 3000))
    assert (mann_kendall(counts).p_value < 0.05).mean() == pytest.approx(0.05, abs=0.016)
    # Lag-one correlation of .5: the plain test alarms far too often, the corrected one less.
    noise = generator.normal(size=(200, 600))
    for period in range(1, 200):
        noise[period] += 0.5 * noise[period - 1]
    plain = (mann_kendall(noise).p_value < 0.05).mean()
    corrected = (mann_kendall(noise, correction="hamed_rao", lags=3).p_value < 0.05).mean()
    assert plain > 0.2
    assert corrected < 0.12


def test_slope_interval_covers():
    noise = np.random.default_rng(3).normal(size=(40, 1500))
    found = sen_slope(noise + 0.1 * np.arange(40)[:, None])
    assert ((found.low <= 0.1) & (found.high >= 0.1)).mean() == pytest.approx(0.95, abs=0.025)


def test_mirror_and_shift_are_harmless(panel):
    x = panel[:, 0]
    forward, backward = mann_kendall(x), mann_kendall(x[::-1])
    assert backward.statistic == -forward.statistic
    assert backward.p_value == pytest.approx(forward.p_value)
    assert sen_slope(x + 7).slope == pytest.approx(sen_slope(x).slope)


@pytest.mark.parametrize(
    ("x", "options", "words"),
    [
        ([1.0, np.inf, 2.0], {}, "1 of 3 values are infinite"),
        (np.zeros((2, 2, 2)), {}, "expected"),
        ([1.0, 2.0, 3.0], {"correction": "yue_wang"}, "hamed_rao"),
        ([1.0, 2.0, 3.0], {"lags": 0}, "at least 1"),
    ],
)
def test_mann_kendall_refuses(x, options, words):
    with pytest.raises(ValueError, match=words):
        mann_kendall(x, **options)


def test_sen_slope_refuses_a_level_in_per_cent():
    with pytest.raises(ValueError, match="between 0 and 1"):
        sen_slope([1.0, 2.0, 3.0], level=95)
