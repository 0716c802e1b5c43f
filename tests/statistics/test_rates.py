"""Intervals of rates and comparisons of two."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.statistics import rates

ORACLES = Path(__file__).parent / "oracles"
R_WORDS = {"two.sided": "two-sided", "greater": "larger", "less": "smaller"}


def test_poisson_interval_by_hand():
    # No event in 2 days: 1 - exp(-2 r) = .975 at the upper bound, so r = -ln(.025) / 2.
    low, high = rates.poisson_interval(0, 2.0)
    assert low == 0.0
    assert high == pytest.approx(-np.log(0.025) / 2)
    assert isinstance(high, float)


def test_poisson_interval_against_r():
    """R 4.2.2, ``poisson.test(x, T, r)$conf.int``; a one-sided interval of 95 % is one bound of the two-sided of 90 %.
    Tolerance 1e-8.
    """
    table = pd.read_csv(ORACLES / "poisson_test_1sample_R.csv.gz")
    both = table[table["alternative"].eq("two.sided")]
    interval = rates.poisson_interval(both["x"], both["T"])
    np.testing.assert_allclose(interval.low, both["lo"], rtol=1e-8)
    np.testing.assert_allclose(interval.high, both["hi"], rtol=1e-8)
    wide = {word: table[table["alternative"].eq(word)] for word in ("greater", "less")}
    np.testing.assert_allclose(
        rates.poisson_interval(wide["greater"]["x"], wide["greater"]["T"], level=0.9).low,
        wide["greater"]["lo"],
        rtol=1e-8,
    )
    np.testing.assert_allclose(
        rates.poisson_interval(wide["less"]["x"], wide["less"]["T"], level=0.9).high, wide["less"]["hi"], rtol=1e-8
    )


def test_poisson_interval_broadcasts():
    interval = rates.poisson_interval(np.array([[0], [4]]), np.array([1.0, 2.0, 4.0]))
    assert interval.low.shape == interval.high.shape == (2, 3)
    np.testing.assert_allclose(interval.high[:, 0] / interval.high[:, 2], 4.0)


@pytest.mark.parametrize(("count", "exposure"), [(-1, 1.0), (np.nan, 1.0), (3, 0.0), ([1, 2], [1.0, np.nan])])
def test_poisson_interval_refuses_what_has_none(count, exposure):
    with pytest.raises(ValueError, match="at least 0 and an exposure positive"):
        rates.poisson_interval(count, exposure)


def test_poisson_interval_covers_at_every_rate():
    generator = np.random.default_rng(7)
    for mean in (0.3, 1.7, 8.0, 40.0):
        low, high = rates.poisson_interval(generator.poisson(mean, 4000), 1.0)
        assert ((low <= mean) & (mean <= high)).mean() >= 0.94


def test_rate_ratio_of_three_and_none():
    """methods.md section 1: the E-test gives .0884, the conditional test .25. By hand: two-sided binomial 2 (1/2)^3."""
    assert rates.rate_ratio_test(3, 1, 0, 1).p_value == pytest.approx(0.0884, abs=5e-5)
    assert rates.rate_ratio_test(3, 1, 0, 1, method="exact-cond").p_value == pytest.approx(0.25)


def test_rate_ratio_p_values_against_statsmodels():
    """statsmodels 0.15.0, ``test_poisson_2indep(x1, T1, x2, T2, method=..., alternative=...)``. Tolerance 1e-8; 1e-8
    relative above 1e-6, below which the peer's grid of counts is cut off before the tail ends.
    """
    table = pd.read_csv(ORACLES / "poisson_2indep_statsmodels.csv.gz").dropna(subset="p")
    assert len(table) > 1000
    found = np.array(
        [
            rates.rate_ratio_test(
                row.x1, row.T1, row.x2, row.T2, method=row.method, alternative=row.alternative
            ).p_value
            for row in table.itertuples()
        ]
    )
    np.testing.assert_allclose(found, table["p"], rtol=0, atol=1e-8)
    clear = table["p"] > 1e-6
    np.testing.assert_allclose(found[clear], table["p"][clear], rtol=1e-8)


def test_conditional_test_against_r():
    """R 4.2.2, ``poisson.test(c(x1, x2), c(T1, T2), alternative=...)``. Tolerance 1e-8."""
    table = pd.read_csv(ORACLES / "poisson_test_2sample_R.csv.gz").query("x1 + x2 > 0")
    for row in table.itertuples():
        level = 0.95 if row.alternative == "two.sided" else 0.9
        found = rates.rate_ratio_test(
            row.x1, row.T1, row.x2, row.T2, method="exact-cond", alternative=R_WORDS[row.alternative], level=level
        )
        assert found.p_value == pytest.approx(row.p, rel=1e-8, abs=1e-12)
        if row.alternative != "less":
            assert found.low == pytest.approx(row.lo, rel=1e-8)
        if row.alternative != "greater":
            assert found.high == pytest.approx(row.hi, rel=1e-8)
        if row.x2:
            assert found.ratio == pytest.approx(row.rate_ratio, rel=1e-12)


@pytest.mark.parametrize("counts", [(3, 7), (10, 3), (50, 80), (1, 1)])
def test_score_interval_against_statsmodels(counts):
    """statsmodels 0.15.0, ``confint_poisson_2indep(x1, 2.0, x2, 5.0, method="score", compare="ratio")``; the peer
    searches roots to 1e-8.
    """
    from statsmodels.stats.rates import confint_poisson_2indep

    expected = confint_poisson_2indep(counts[0], 2.0, counts[1], 5.0, method="score", compare="ratio")
    found = rates.rate_ratio_test(counts[0], 2.0, counts[1], 5.0)
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-7)


def test_score_interval_holds_the_ratios_that_the_score_test_keeps():
    found = rates.rate_ratio_test(12, 3.0, 5, 4.0, method="score")
    for bound in (found.low, found.high):
        # A ratio of `bound` is one of 1 for exposures stretched by it.
        assert rates.rate_ratio_test(12, 3.0 * bound, 5, 4.0, method="score").p_value == pytest.approx(0.05)


def test_zero_counts():
    over_zero = rates.rate_ratio_test(5, 1, 0, 1)
    assert np.isnan(over_zero.ratio)
    assert over_zero.low > 1
    assert over_zero.high == np.inf
    nothing = rates.rate_ratio_test(0, 1, 0, 1)
    assert nothing.p_value == 1.0
    assert np.isnan([nothing.ratio, nothing.low, nothing.high]).all()
    assert rates.rate_ratio_test(0, 1, 5, 1).low == 0.0


def test_swapping_periods_inverts_the_ratio():
    one, other = rates.rate_ratio_test(9, 2.0, 4, 3.0), rates.rate_ratio_test(4, 3.0, 9, 2.0)
    assert one.p_value == pytest.approx(other.p_value, rel=1e-9)
    assert (one.ratio, one.low, one.high) == pytest.approx((1 / other.ratio, 1 / other.high, 1 / other.low))


def test_e_test_keeps_its_level_where_the_conditional_test_is_too_timid():
    generator = np.random.default_rng(11)
    first, second = generator.poisson(3.0, (2, 4000))
    pairs, times = np.unique(np.stack([first, second]), axis=1, return_counts=True)
    alarm = {
        method: sum(
            n
            for x, y, n in zip(*pairs, times, strict=True)
            if rates.rate_ratio_test(x, 1, y, 1, method=method).p_value <= 0.05
        )
        / 4000
        for method in ("etest-score", "exact-cond")
    }
    assert 0.03 < alarm["etest-score"] < 0.06
    assert alarm["exact-cond"] < 0.025


def test_e_test_has_no_upper_limit():
    """At large counts the E-test and the normal score test agree."""
    for method in ("etest-score", "score"):
        found = rates.rate_ratio_test(500_000, 1, 502_000, 1, method=method)
        assert found.p_value == pytest.approx(0.0457, abs=2e-4)


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((-1, 1, 2, 1), {}, "whole number"),
        ((1.5, 1, 2, 1), {}, "whole number"),
        ((1, 0, 2, 1), {}, "exposure_1=0; expected a number above 0"),
        ((1, 1, 2, 1), {"method": "wald"}, "expected one of etest-score"),
        ((1, 1, 2, 1), {"alternative": "greater"}, "larger or smaller"),
        ((1, 1, 2, 1), {"level": 95}, "between 0 and 1"),
    ],
)
def test_rate_ratio_refuses(arguments, options, words):
    with pytest.raises(ValueError, match=words):
        rates.rate_ratio_test(*arguments, **options)
