"""E-values: formula, and the false alarms of rules that look again and again."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma, poisson

from analysis.statistics import evidence

PER_YEAR = 365.25


def test_gamma_mixture_worked_examples():
    """methods.md section 3, 4 events a year: 3 in 29 days give 2.73, 6 in 60 days give 40.5."""
    assert evidence.gamma_mixture_e_value(3, 4 * 29 / PER_YEAR) == pytest.approx(2.73, abs=0.006)
    assert evidence.gamma_mixture_e_value(6, 4 * 60 / PER_YEAR) == pytest.approx(40.5, abs=0.05)


def test_gamma_mixture_is_a_mean_likelihood_ratio():
    def ratio(multiplier):
        return gamma.pdf(multiplier, 2.0, scale=1 / 1.5) * poisson.pmf(7, multiplier * 3.2) / poisson.pmf(7, 3.2)

    expected, _ = quad(ratio, 0, np.inf)
    assert evidence.gamma_mixture_e_value(7, 3.2, shape=2.0, rate=1.5) == pytest.approx(expected, rel=1e-7)


def test_gamma_mixture_expects_one_under_the_null():
    n = np.arange(0, 150)
    for expected in (0.1, 1.0, 3.0):
        assert (poisson.pmf(n, expected) * evidence.gamma_mixture_e_value(n, expected)).sum() == pytest.approx(1.0)


def test_overwhelming_evidence_is_no_warning():
    assert evidence.gamma_mixture_e_value(100_000, 3.0) == np.inf
    assert evidence.predictive_e_value(100_000, 30, baseline_events=5, baseline_exposure=365) > 1e300


def test_predictive_value_by_hand():
    # A multiplier of 2 alone (a narrow mixture), equal exposures, counts 3 and 1: shares 2/3 against 1/2.
    found = evidence.predictive_e_value(3, 1.0, baseline_events=1, baseline_exposure=1.0, shape=2e8, rate=1e8)
    assert found == pytest.approx((2 / 3) ** 3 * (1 / 3) / 0.5**4, rel=1e-3)
    assert evidence.predictive_e_value(0, 30, baseline_events=0, baseline_exposure=365) == 1.0


def test_predictive_value_nears_the_known_rate_as_the_baseline_grows():
    known = evidence.gamma_mixture_e_value(3, 4 * 29 / PER_YEAR)
    found = evidence.predictive_e_value(3, 29, baseline_events=40_000, baseline_exposure=1e4 * PER_YEAR)
    assert found == pytest.approx(known, rel=0.01)
    short = evidence.predictive_e_value(3, 29, baseline_events=4, baseline_exposure=PER_YEAR)
    assert short < known


def test_predictive_value_expects_one_given_the_sum():
    total, share = 9, 30 / (30 + 200)
    n = np.arange(total + 1)
    from scipy.stats import binom

    values = evidence.predictive_e_value(n, 30, baseline_events=total - n, baseline_exposure=200)
    assert (binom.pmf(n, total, share) * values).sum() == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize(("rate_per_year", "baseline_days"), [(4.0, 365), (4.0, 90)])
def test_repeated_looks_at_a_growing_window_keep_their_promise(rate_per_year, baseline_days):
    """Stationary events, a look every twelve days for a year, alarm at 20: at most 5 % of histories may ever alarm.

    A baseline rate put in as if it were known breaks that where the baseline holds few events.
    """
    generator = np.random.default_rng(17)
    n_histories, looks = 4_000, np.arange(12, 366, 12)
    rate = rate_per_year / PER_YEAR
    baseline = generator.poisson(rate * baseline_days, n_histories)
    counts = generator.poisson(rate * 12, (n_histories, looks.size)).cumsum(axis=1)
    grid = np.arange(counts.max() + 1)
    table = np.stack(
        [
            evidence.predictive_e_value(
                grid[None, :], looks[:, None], baseline_events=m, baseline_exposure=baseline_days
            )
            for m in range(baseline.max() + 1)
        ]
    )
    values = table[baseline[:, None], np.arange(looks.size), counts]
    allowed = 0.05 + 4 * np.sqrt(0.05 * 0.95 / n_histories)
    assert (values.max(axis=1) >= 20).mean() <= allowed
    known = evidence.gamma_mixture_e_value(counts, rate * looks)
    assert (known.max(axis=1) >= 20).mean() <= allowed
    if baseline_days == 90:
        plugged_in = np.maximum(baseline, 0.5)[:, None] / baseline_days * looks
        assert (evidence.gamma_mixture_e_value(counts, plugged_in).max(axis=1) >= 20).mean() > 0.08


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_events": -1},
        {"n_events": np.nan},
        {"exposure": 0.0},
        {"baseline_events": -2},
        {"baseline_exposure": 0.0},
        {"shape": 0.0},
    ],
)
def test_predictive_value_refuses(wrong):
    arguments = {"n_events": 3, "exposure": 29.0, "baseline_events": 4, "baseline_exposure": 365.0} | wrong
    n_events, exposure = arguments.pop("n_events"), arguments.pop("exposure")
    with pytest.raises(ValueError, match="must be"):
        evidence.predictive_e_value(n_events, exposure, **arguments)


@pytest.mark.parametrize(
    ("n_events", "expected", "options"), [(-1, 1.0, {}), (np.nan, 1.0, {}), (1, -1.0, {}), (1, 1.0, {"rate": 0.0})]
)
def test_gamma_mixture_refuses(n_events, expected, options):
    with pytest.raises(ValueError, match="at least 0"):
        evidence.gamma_mixture_e_value(n_events, expected, **options)


def test_clusters_pass_the_line_for_an_alarm_no_more_often_than_it_says():
    """Events in twins, triplets and so on (geometric, mean 2; dispersion 3), 12 a year: 400 histories of three years,
    then monthly looks for a year.
    """
    generator = np.random.default_rng(12)
    days = generator.poisson(6 / 365, (400, 1096 + 365))
    sizes = np.where(days > 0, generator.negative_binomial(np.maximum(days, 1), 0.5) + days, 0)
    before, within = sizes[:, :1096].sum(axis=1), sizes[:, 1096:].cumsum(axis=1)[:, 29::30]
    looks = np.arange(30, 366, 30)[: within.shape[1]]
    shared = {"baseline_events": before[:, None], "baseline_exposure": 1096.0}
    plain = evidence.predictive_e_value(within, looks, **shared).max(axis=1)
    thinned = evidence.predictive_e_value(within, looks, dispersion=3.0, **shared).max(axis=1)
    assert (plain >= 20).mean() > 0.08
    assert (thinned >= 20).mean() <= 0.05


def test_dispersion_below_poisson_is_refused():
    with pytest.raises(ValueError, match=r"dispersion=0\.9"):
        evidence.predictive_e_value(3, 29, baseline_events=4, baseline_exposure=365, dispersion=0.9)
