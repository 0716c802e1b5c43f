"""Self-exciting processes: fit, interval, residuals, test, simulation."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize

from analysis.statistics import point_process
from analysis.statistics.point_process import (
    excitation_test,
    fit_hawkes,
    simulate_hawkes,
    spread_within_day,
)

ORACLES = Path(__file__).parent / "oracles"
HAWKES = json.loads((ORACLES / "hawkes_exp_hawkesbow.json").read_text())["runs"]
HORIZONS = {"1000": 800.0, "10000": 8000.0}


def oracle_times(size):
    return np.loadtxt(ORACLES / f"hawkes_{size}.csv.gz")


def log_likelihood(times, horizon, baseline, ratio, decay):
    """Straight from the definition, by all pairs."""
    lag = times[:, None] - times
    excited = np.where(lag > 0, np.exp(-decay * np.maximum(lag, 0)), 0.0).sum(axis=1)
    compensator = baseline * horizon + ratio * (1 - np.exp(-decay * (horizon - times))).sum()
    return np.log(baseline + ratio * decay * excited).sum() - compensator


@pytest.mark.parametrize("size", HAWKES)
def test_fit_against_r_hawkesbow(size):
    """R hawkesbow 1.0.3, ``mle(times, "Exponential", end)``: parameters 1e-5, log-likelihood 1e-6."""
    peer, fit = HAWKES[size], fit_hawkes(oracle_times(size), horizon=HORIZONS[size])
    assert (fit.baseline, fit.branching_ratio, fit.decay) == pytest.approx(peer["par"], rel=1e-6)
    assert fit.log_likelihood == pytest.approx(peer["loglik"], abs=1e-6)
    assert fit.converged
    assert fit.reason == ""
    assert fit.low < 0.6 < fit.high


@pytest.mark.parametrize("n_events", [60, 250])
def test_likelihood_and_interval_by_a_second_computation(n_events):
    """The likelihood over all pairs; the interval's ends by a general optimiser over the other two parameters."""
    times = oracle_times("1000")[:n_events]
    horizon = float(np.ceil(times[-1]))
    fit = fit_hawkes(times, horizon=horizon, level=0.9)
    assert fit.log_likelihood == pytest.approx(
        log_likelihood(times, horizon, fit.baseline, fit.branching_ratio, fit.decay), rel=1e-10
    )
    assert fit.poisson_log_likelihood == pytest.approx(n_events * np.log(n_events / horizon) - n_events)

    def profile(ratio):
        start = np.log([fit.baseline, fit.decay])
        best = minimize(
            lambda p: -log_likelihood(times, horizon, np.exp(p[0]), ratio, np.exp(p[1])), start, method="Nelder-Mead"
        )
        return -best.fun

    fall = stats.chi2.ppf(0.9, 1) / 2
    for end in (fit.low, fit.high):
        assert profile(end) == pytest.approx(fit.log_likelihood - fall, abs=1e-3)
    assert profile(fit.branching_ratio) <= fit.log_likelihood + 1e-6


def test_derivatives_against_differences():
    times = oracle_times("1000")[:80]
    gaps, horizon = point_process._gaps(times, 90.0), 90.0
    at = np.log([0.4, 0.5, 1.3])
    height, slope, bend = point_process._log_derivatives(gaps, horizon, at, point_process._kernel)
    assert height == pytest.approx(log_likelihood(times, horizon, 0.4, 0.5, 1.3), rel=1e-12)
    for i in range(3):
        step = np.zeros(3)
        step[i] = 1e-5
        up, down = (
            point_process._log_derivatives(gaps, horizon, at + sign * step, point_process._kernel) for sign in (1, -1)
        )
        assert slope[i] == pytest.approx((up[0] - down[0]) / 2e-5, rel=1e-5)
        assert bend[i] == pytest.approx((up[1] - down[1]) / 2e-5, rel=1e-5, abs=1e-5)


def test_compiled_and_plain_fit_agree(monkeypatch):
    times = oracle_times("1000")
    compiled = fit_hawkes(times, horizon=800.0)
    monkeypatch.setattr(point_process, "FEW_EVENTS", 10_000)
    plain = fit_hawkes(times, horizon=800.0)
    for name in ("baseline", "branching_ratio", "decay", "log_likelihood", "low", "high", "ks"):
        assert getattr(plain, name) == pytest.approx(getattr(compiled, name), rel=1e-7)


def test_interval_covers():
    """200 simulated histories of about 200 events, branching ratio .5, level .9: standard error 2 points."""
    covered, p_values = 0, []
    for seed in range(200):
        times = simulate_hawkes(200.0, baseline=0.5, branching_ratio=0.5, decay=1.0, seed=seed)
        fit = fit_hawkes(times, horizon=200.0, level=0.9)
        covered += fit.low <= 0.5 <= fit.high
        p_values.append(fit.ks_p_value)
    assert 0.83 <= covered / 200 <= 0.97
    # Parameters come from the same events: the residual test rejects less often than its level.
    assert np.mean(np.array(p_values) < 0.05) < 0.05


def test_residuals_show_what_the_model_misses():
    """Regular gaps, and a rate that doubles halfway: neither is a stationary self-exciting process."""
    regular = np.arange(1, 301) + np.random.default_rng(1).normal(0, 0.05, 300)
    fit = fit_hawkes(regular, horizon=302.0)
    assert fit.ks_p_value < 1e-6
    assert fit.branching_ratio == 0
    assert fit_hawkes(oracle_times("1000"), horizon=800.0).ks_p_value > 0.05


def test_constant_rates_are_rarely_called_exciting():
    """50 constant rates of 80 events: p below .1 in one of ten (standard error 4 points), and the chi-bar p-value more
    often.
    """
    generator = np.random.default_rng(2)
    tests = [
        excitation_test(generator.uniform(0, 100, 80), horizon=100.0, n_simulations=29, seed=seed) for seed in range(50)
    ]
    assert np.mean([test.p_value <= 0.1 for test in tests]) <= 0.24
    assert np.mean([test.p_value for test in tests]) == pytest.approx(0.5, abs=0.15)
    assert np.mean([test.chi_bar_p_value for test in tests]) < np.mean([test.p_value for test in tests])


def test_excitation_is_found():
    times = simulate_hawkes(200.0, baseline=0.5, branching_ratio=0.6, decay=2.0, seed=3)
    test = excitation_test(times, horizon=200.0, n_simulations=99)
    assert test.p_value == 0.01
    fit = fit_hawkes(times, horizon=200.0)
    assert test.statistic == pytest.approx(2 * (fit.log_likelihood - fit.poisson_log_likelihood), rel=1e-8)
    assert fit.low > 0


def test_no_excitation_is_a_constant_rate():
    regular = np.arange(0.5, 100)
    fit = fit_hawkes(regular, horizon=100.0)
    assert (fit.baseline, fit.branching_ratio, fit.low) == (1.0, 0.0, 0.0)
    assert np.isnan(fit.decay)
    assert "none has no decay" in fit.reason
    assert fit.converged
    assert fit.log_likelihood == fit.poisson_log_likelihood == -100.0
    assert 0 < fit.high < 1
    test = excitation_test(regular, horizon=100.0, n_simulations=9)
    assert (test.statistic, test.p_value, test.chi_bar_p_value) == (0.0, 1.0, 1.0)


def test_a_trend_passes_for_excitation_and_draws_a_caution():
    fit = fit_hawkes(1000 * np.sqrt(np.arange(1, 401) / 401), horizon=1000.0)
    assert fit.branching_ratio > 1
    assert "grows without end" in fit.reason


def test_times_that_all_but_tie_have_no_maximum():
    pairs = np.sort(np.concatenate([np.arange(0.5, 50), np.arange(0.5, 50) + 1e-9]))
    fit = fit_hawkes(pairs, horizon=50.0)
    assert not fit.converged
    assert "no maximum in the range of delays" in fit.reason


def test_simulation_has_its_moments():
    """200 histories of (0, 100]: mean count rate T / (1 - n) less the start-up, rate n / (beta (1 - n)^2); clustered
    variance.
    """
    counts = np.array(
        [simulate_hawkes(100.0, baseline=1.0, branching_ratio=0.5, decay=1.0, seed=seed).size for seed in range(200)]
    )
    expected = 100 / 0.5 - 0.5 / (1.0 * 0.5**2)
    # Long-run variance of a count: rate T / (1 - n)^3.
    assert counts.mean() == pytest.approx(expected, abs=4 * np.sqrt(800 / 200))
    assert 500 < counts.var() < 1150
    times = simulate_hawkes(50.0, baseline=2.0, branching_ratio=0.4, decay=3.0, seed=1)
    assert (np.diff(times) > 0).all()
    assert times[0] > 0
    assert times[-1] <= 50
    assert (times == simulate_hawkes(50.0, baseline=2.0, branching_ratio=0.4, decay=3.0, seed=1)).all()


def test_order_unit_and_origin_of_the_fit():
    times = oracle_times("1000")
    fit = fit_hawkes(times, horizon=800.0, level=None)
    shuffled = fit_hawkes(np.random.default_rng(4).permutation(times), horizon=800.0, level=None)
    assert shuffled.log_likelihood == fit.log_likelihood
    hours = fit_hawkes(24 * times, horizon=24 * 800.0, level=None)
    assert hours.branching_ratio == pytest.approx(fit.branching_ratio, rel=1e-6)
    assert 24 * hours.decay == pytest.approx(fit.decay, rel=1e-6)
    assert 24 * hours.baseline == pytest.approx(fit.baseline, rel=1e-6)
    assert np.isnan(fit.low)
    assert np.isnan(fit.high)


def test_daily_times_are_spread_within_their_day():
    days = np.floor(simulate_hawkes(400.0, baseline=0.5, branching_ratio=0.5, decay=0.2, seed=5))
    with pytest.raises(ValueError, match=r"times tie.*spread_within_day"):
        fit_hawkes(days, horizon=400.0)
    spread = spread_within_day(days, seed=6)
    assert (np.floor(spread) == days).all()
    assert (spread == spread_within_day(days, seed=6)).all()
    fit = fit_hawkes(spread, horizon=400.0, resolution=1)
    assert fit.low < 0.5 < fit.high
    # A delay of five days outlasts the rounding; one of an hour would not.
    assert fit.reason == ""
    assert "precision of 30" in fit_hawkes(spread, horizon=400.0, resolution=30).reason


@pytest.mark.parametrize("n_events", [0, 1, 19])
def test_too_few_events_are_not_computed(n_events):
    fit = fit_hawkes(np.arange(n_events) + 0.5, horizon=20.0)
    assert fit.status == "not_computed"
    assert "at least 20" in fit.reason
    assert np.isnan(fit.branching_ratio)
    assert not fit.converged
    assert excitation_test(np.arange(n_events) + 0.5, horizon=20.0).reason == fit.reason


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: fit_hawkes([1, np.nan, 30], horizon=20),
            r"2 of 3 times are missing or outside \[0, 20\] \(first nan\)",
        ),
        (lambda: fit_hawkes([[1, 2]], horizon=20), "one series"),
        (lambda: fit_hawkes([1, 2], horizon=0), "horizon=0"),
        (lambda: fit_hawkes([1, 2], horizon=np.nan), "horizon=nan"),
        (lambda: fit_hawkes([1, 2], horizon=9, level=1.0), "level=1.0"),
        (lambda: fit_hawkes([1, 2], horizon=9, resolution=-1), "resolution=-1"),
        (lambda: fit_hawkes([3] * 30, horizon=9), "29 of 30 times tie"),
        (lambda: excitation_test([3] * 30, horizon=9), "29 of 30 times tie"),
        (lambda: excitation_test([1, 2], horizon=9, n_simulations=0), "n_simulations=0"),
        (lambda: spread_within_day([1, np.nan], seed=1), "finite"),
        (lambda: spread_within_day([1], seed=1, width=0), "width=0"),
        (lambda: simulate_hawkes(9, baseline=1, branching_ratio=1, decay=1, seed=1), "branching_ratio=1"),
        (lambda: simulate_hawkes(9, baseline=0, branching_ratio=0.5, decay=1, seed=1), "baseline=0"),
    ],
)
def test_refuses(call, words):
    with pytest.raises(ValueError, match=words):
        call()
