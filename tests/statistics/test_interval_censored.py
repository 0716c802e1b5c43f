"""A distribution from intervals, held against its peer, against what is known exactly, and against simulation."""

import numpy as np
import pytest

from analysis.statistics.interval_censored import bootstrap_quantile, fit_turnbull

INF = np.inf
LOW = [1, 3.5, 7, 2.2, 8.1, 15, 0.5, 4.4, 30, 12.5, 5.3, 6.6]
HIGH = [1, 9, 7, 20, INF, 15, 6, INF, INF, 40, 5.3, 25]


def test_mass_matches_r_survival():
    """R 4.2, survival 3.5-3: survfit(Surv(low, high, type = "interval2") ~ 1); it stops at about 1e-5."""
    fit = fit_turnbull(LOW, HIGH)
    assert fit.converged
    held = fit.mass > 1e-6
    assert fit.left[held].tolist() == [1, 5.3, 7, 15, 30]
    assert fit.right[held].tolist() == [1, 5.3, 7, 15, 40]
    peer = [0.1099643850, 0.2341281926, 0.1926320093, 0.3108217370, 0.1524535881]
    np.testing.assert_allclose(fit.mass[held], peer, atol=1e-5)
    assert fit.quantile(0.5) == (7, 7)


def test_values_known_exactly_give_their_own_distribution():
    # Values 1, 2, 2, 5: shares 1/4, 1/2, 1/4.
    fit = fit_turnbull([2, 1, 5, 2], [2, 1, 5, 2])
    assert fit.left.tolist() == [1, 2, 5]
    np.testing.assert_allclose(fit.mass, [0.25, 0.5, 0.25], atol=1e-6)
    assert fit.log_likelihood == pytest.approx(2 * np.log(0.25) + 2 * np.log(0.5))


def test_right_censoring_alone_is_kaplan_meier():
    # 1, 2+, 3, 4: at 1 survives 3/4; at 3 of two left one: 3/8; at 4 none.
    fit = fit_turnbull([1, 2, 3, 4], [1, INF, 3, 4])
    np.testing.assert_allclose(fit.mass, [1 / 4, 3 / 8, 3 / 8], atol=1e-5)
    assert fit.quantile(0.5) == (3, 3)


def test_an_open_end_stays_open():
    assert fit_turnbull([80], [INF]).quantile(0.5) == (80, INF)
    assert bootstrap_quantile([80, 90, 85], [INF, INF, INF], 0.5, seed=1)[1] == INF


def test_order_and_scale_do_not_matter():
    order = np.random.default_rng(4).permutation(len(LOW))
    fit = fit_turnbull(LOW, HIGH)
    shuffled = fit_turnbull(np.array(LOW)[order], np.array(HIGH)[order])
    np.testing.assert_allclose(shuffled.mass, fit.mass, atol=1e-6)
    scaled = fit_turnbull(10 * np.array(LOW), 10 * np.array(HIGH))
    np.testing.assert_allclose(scaled.mass, fit.mass, atol=1e-6)
    assert scaled.left.tolist() == (10 * fit.left).tolist()


def test_no_other_distribution_is_more_likely():
    fit = fit_turnbull(LOW, HIGH)
    generator = np.random.default_rng(5)
    inside = (np.array(LOW)[:, None] <= fit.left) & (fit.right <= np.array(HIGH)[:, None])
    others = 0.9 * fit.mass + 0.1 * generator.dirichlet(np.ones(len(fit.mass)), size=500)
    assert (np.log(others @ inside.T).sum(axis=1) <= fit.log_likelihood + 1e-8).all()


def test_the_bootstrap_interval_covers_the_median():
    """At 80 %, 60 lognormal values seen as intervals that do not depend on them: at least 80 % less 3 standard
    errors.
    """
    generator = np.random.default_rng(6)
    held = 0
    for number in range(60):
        value = generator.lognormal(3, 1, 60)
        cut = np.sort(generator.lognormal(3, 1.2, (60, 2)), axis=1)
        edges = np.column_stack([np.zeros(60), cut, np.full(60, INF)])
        at = (value[:, None] >= edges[:, 1:3]).sum(axis=1)
        low, high = edges[np.arange(60), at], edges[np.arange(60), at + 1]
        least, most = bootstrap_quantile(low, high, 0.5, level=0.8, n_draws=59, seed=number)
        held += least <= np.exp(3) <= most
    assert held / 60 >= 0.8 - 3 * np.sqrt(0.8 * 0.2 / 60)


@pytest.mark.parametrize(
    ("low", "high", "phrase"),
    [
        ([], [], "at least 1"),
        ([1, 2], [1], "of one length"),
        ([3, 1], [2, 1], "1 of 2 intervals are none"),
        ([np.nan], [1], "expected finite low"),
    ],
)
def test_what_is_no_interval_is_refused(low, high, phrase):
    with pytest.raises(ValueError, match=phrase):
        fit_turnbull(low, high)
