"""Heavy tails of whole numbers."""

import gzip
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.special import zeta

from analysis.statistics import tails
from analysis.statistics.tails import compare_tails, exceedance_probability, fit_discrete_power_law

ORACLES = Path(__file__).parent / "oracles"
PEER = json.loads(gzip.decompress((ORACLES / "powerlaw_R.json.gz").read_bytes()))["fits"]
SERIES = {name: np.loadtxt(ORACLES / f"{name}.csv.gz", skiprows=1) for name in PEER}


@cache
def upper_chances(alpha, xmin, table):
    return zeta(alpha, xmin + np.arange(table)) / zeta(alpha, xmin)


def draws(generator, n, alpha, xmin=1, table=200_000):
    """Values of a discrete power law, by its table of upper chances."""
    upper = upper_chances(alpha, xmin, table)
    return xmin + table - 1 - np.searchsorted(upper[::-1], 1 - generator.random(n))


def distance(x, xmin, alpha):
    """Largest difference of the two distribution functions over all whole numbers, straight from the definition."""
    tail = x[x >= xmin]
    grid = np.arange(xmin, tail.max() + 2)
    empirical = np.searchsorted(np.sort(tail), grid, side="right") / tail.size
    return np.abs(empirical - 1 + zeta(alpha, grid + 1) / zeta(alpha, xmin)).max()


@pytest.mark.parametrize("name", PEER)
def test_fit_against_r_powerlaw(name):
    """R poweRlaw 0.70.6, ``displ``, ``estimate_xmin(xmax = 1e5)``: threshold exact, alpha 1e-4, distance and likelihood
    1e-6.
    """
    peer, fit = PEER[name], fit_discrete_power_law(SERIES[name])
    assert (fit.xmin, fit.n_tail, fit.n) == (peer["xmin"], peer["ntail"], peer["n"])
    assert fit.alpha == pytest.approx(peer["alpha"], abs=1e-6)
    assert fit.ks == pytest.approx(peer["ks"], abs=1e-6)
    assert fit.log_likelihood == pytest.approx(peer["loglik"], rel=1e-9)
    for row in peer["fixed_xmin"]:
        fit = fit_discrete_power_law(SERIES[name], xmin=row["xmin"])
        assert fit.n_tail == row["ntail"]
        assert fit.alpha == pytest.approx(row["alpha"], abs=2e-6)
        assert fit.ks == pytest.approx(row["ks"], abs=1e-6)
        assert fit.log_likelihood == pytest.approx(row["loglik"], rel=1e-9)


@pytest.mark.parametrize("name", PEER)
def test_lognormal_is_fitted_no_worse_than_by_r_powerlaw(name):
    """R poweRlaw 0.70.6 ``dislnorm`` and ``compare_distributions``: our likelihood is no smaller than at its
    parameters; Vuong to 1e-3."""
    peer = PEER[name]["vuong_vs_lognormal"]
    found = compare_tails(SERIES[name])
    rival = found.rivals[0]
    values, counts = np.unique(SERIES[name][SERIES[name] >= found.power_law.xmin], return_counts=True)
    mean, sd = peer["lnorm_pars"]
    slope = (np.log(found.power_law.xmin - 0.5) - mean) / sd**2
    theirs = counts @ tails._log_chance(
        "lognormal", (slope, 1 / (2 * sd**2)), tails._edges(values, found.power_law.xmin)
    )
    assert rival.log_likelihood >= theirs - 1e-6
    if abs(mean) < 100:
        assert rival.parameters == pytest.approx(peer["lnorm_pars"], rel=1e-3)
        assert rival.statistic == pytest.approx(peer["stat"], abs=1e-3)
        assert rival.p_value == pytest.approx(peer["p_two"], abs=1e-3)
    else:
        # The peer stopped on a ridge that leads to the power law itself: nothing to tell apart.
        assert rival.log_likelihood_ratio < 0.1
        assert rival.p_value > 0.05


@pytest.mark.parametrize("seed", range(4))
def test_search_takes_the_least_distance(seed):
    generator = np.random.default_rng(seed)
    x = np.concatenate([generator.poisson(3, 60), draws(generator, 80, 2.3, 4)])
    fit = fit_discrete_power_law(x)
    distances = {
        xmin: distance(x, xmin, fit_discrete_power_law(x, xmin=int(xmin)).alpha)
        for xmin in np.unique(x)[:-1]
        if xmin >= 1
    }
    assert fit.ks == pytest.approx(min(distances.values()), rel=1e-9)
    assert fit.xmin == min(distances, key=distances.get)
    # The slope of the likelihood is zero at alpha.
    tail = x[x >= fit.xmin]
    likelihood = [
        -a * np.log(tail).sum() - tail.size * np.log(zeta(a, fit.xmin)) for a in fit.alpha + np.array([-1e-3, 0, 1e-3])
    ]
    assert likelihood[1] > max(likelihood[0], likelihood[2])
    assert fit.log_likelihood == pytest.approx(likelihood[1], rel=1e-12)


def test_compiled_and_plain_search_agree(monkeypatch):
    plain = {name: fit_discrete_power_law(x) for name, x in SERIES.items()}
    monkeypatch.setattr(tails, "FEW_DISTINCT", 0)
    for name, fit in plain.items():
        again = fit_discrete_power_law(SERIES[name])
        assert (again.xmin, again.n_tail) == (fit.xmin, fit.n_tail)
        assert again.alpha == pytest.approx(fit.alpha, rel=1e-12)


def test_zeta_against_scipy():
    """scipy.special.zeta, where it is not too small to be told from 0."""
    q = np.array([1.0, 2, 7, 21, 22, 300, 1e6])
    for alpha in (1.05, 2.3, 9.0, 40.0):
        known = zeta(alpha, q) > 0
        assert tails._log_zeta(alpha, q)[known] == pytest.approx(np.log(zeta(alpha, q[known])), rel=1e-11, abs=1e-11)


def test_order_and_zeros_are_irrelevant():
    x = SERIES["pl_discrete_5000"]
    fit, mixed = fit_discrete_power_law(x), fit_discrete_power_law(np.concatenate([[0, 0, 0], x[::-1]]))
    assert (mixed.xmin, mixed.alpha, mixed.ks, mixed.n) == (fit.xmin, fit.alpha, fit.ks, fit.n + 3)


def test_interval_of_alpha_covers():
    """300 samples of 400 values with a known threshold; 95 % have a standard error of 1.3 points."""
    generator = np.random.default_rng(5)
    covered = 0
    for _ in range(300):
        fit = fit_discrete_power_law(draws(generator, 400, 2.4, 3), xmin=3)
        covered += fit.low <= 2.4 <= fit.high
    assert 0.91 <= covered / 300 <= 0.99


def test_bootstrap_interval_covers_threshold_and_alpha():
    """30 samples, half body and half tail from 6: the interval holds 2.5 in nine of ten or more (standard error 5
    points).
    """
    generator = np.random.default_rng(6)
    covered = 0
    for seed in range(30):
        x = np.concatenate([generator.integers(1, 6, 400), draws(generator, 400, 2.5, 6)])
        fit = fit_discrete_power_law(x, n_bootstraps=60, seed=seed)
        covered += fit.low <= 2.5 <= fit.high
        assert fit.xmin_low <= fit.xmin_high
    assert covered >= 24


@pytest.mark.parametrize("seed", range(4))
def test_no_estimate_lies_outside_its_interval(seed):
    """Of 4,411 deadly events the tail began at 53, with an interval of 2 to 35; so it may after three resamples."""
    fit = fit_discrete_power_law(draws(np.random.default_rng(seed), 80, 2.5, 1), n_bootstraps=3, seed=seed)
    assert fit.xmin_low <= fit.xmin <= fit.xmin_high
    assert fit.low <= fit.alpha <= fit.high


def test_p_value_under_the_power_law_is_spread_evenly():
    """100 power-law samples: mean p .5 with standard error .029, and one in ten below .1 (standard error 3 points)."""
    generator = np.random.default_rng(7)
    p = [fit_discrete_power_law(draws(generator, 200, 2.5), n_bootstraps=39, seed=seed).p_value for seed in range(100)]
    assert np.mean(p) == pytest.approx(0.5, abs=0.12)
    assert np.mean(np.array(p) <= 0.1) <= 0.22


def test_p_value_speaks_against_other_forms():
    x = np.random.default_rng(8).geometric(0.2, 1000)
    assert fit_discrete_power_law(x, xmin=1, n_bootstraps=99).p_value == 0.01
    rivals = {rival.name: rival for rival in compare_tails(x, xmin=1).rivals}
    # A geometric is a stretched exponential of shape 1, and of scale -1 / ln .8.
    assert rivals["stretched_exponential"].statistic < -5
    assert rivals["stretched_exponential"].p_value < 1e-6
    assert rivals["stretched_exponential"].parameters == pytest.approx((-1 / np.log(0.8), 1.0), rel=0.1)


def test_lognormal_is_recognised():
    x = np.round(np.random.default_rng(9).lognormal(2.0, 0.8, 3000))
    rivals = {rival.name: rival for rival in compare_tails(x, xmin=3).rivals}
    assert rivals["lognormal"].parameters == pytest.approx((2.0, 0.8), abs=0.08)
    assert rivals["lognormal"].statistic < -5


def test_chances_of_a_rival_sum_to_one():
    v = np.arange(4.0, 400_000)
    for name, parameters in (
        ("lognormal", (0.3, 0.2)),
        ("lognormal", (-2.0, 0.4)),
        ("stretched_exponential", (0.9, 0.4)),
    ):
        assert np.exp(tails._log_chance(name, np.array(parameters), tails._edges(v, 4.0))).sum() == pytest.approx(
            1, abs=1e-6
        )


def test_exceedance_is_a_range_that_holds_the_truth():
    """12 samples of 600 values with alpha 2.5: P(X >= 200) lies within the range of models and resamples; and with 50
    further values."""
    generator = np.random.default_rng(10)
    truth = zeta(2.5, 200) / zeta(2.5, 1)
    held = 0
    for seed in range(12):
        found = exceedance_probability(draws(generator, 600, 2.5), 200, n_bootstraps=25, seed=seed)
        assert found.models == tails.MODELS
        assert (found.low <= found.probability).all()
        assert (found.probability <= found.high).all()
        assert found.lowest < found.highest
        held += found.lowest <= truth <= found.highest
    assert held >= 10
    x = draws(generator, 600, 2.5)
    one, fifty = (exceedance_probability(x, 200, n_events=n, n_bootstraps=10) for n in (1, 50))
    assert fifty.probability == pytest.approx(1 - (1 - one.probability) ** 50)
    assert fifty.highest == pytest.approx(1 - (1 - one.highest) ** 50)


def test_exceedance_below_the_threshold_is_the_share_so_far():
    x = SERIES["pl_discrete_body_6000"]
    found = exceedance_probability(x, 5, n_bootstraps=20)
    assert found.xmin == 12
    assert found.probability == pytest.approx(np.full(3, (x >= 5).mean()))
    assert found.n_at_least == (x >= 5).sum()
    # What all are is sure, without a warning.
    assert (exceedance_probability(x[:200], int(x.min()), n_events=3, n_bootstraps=1).probability == 1).all()


def test_exceedance_falls_with_size():
    x = SERIES["pl_discrete_5000"]
    chances = np.array(
        [exceedance_probability(x, size, n_bootstraps=1).probability for size in (2, 10, 100, 1000, 10**9)]
    )
    assert (np.diff(chances, axis=0) < 0).all()
    assert (chances > 0).all()


def test_the_same_seed_gives_the_same_numbers():
    x = SERIES["pl_discrete_5000"][:400]
    assert fit_discrete_power_law(x, n_bootstraps=20, seed=3) == fit_discrete_power_law(x, n_bootstraps=20, seed=3)
    assert fit_discrete_power_law(x, n_bootstraps=20, seed=3) != fit_discrete_power_law(x, n_bootstraps=20, seed=4)


def test_steep_and_flat_tails_stay_finite():
    steep = np.repeat([10_000, 10_001, 10_040], [400, 300, 3])
    # A density of nearly 1 / x up to a million.
    flat = np.round(10 ** np.random.default_rng(11).uniform(0, 6, 300))
    for x in (steep, flat, np.repeat([1, 2], [4999, 1]), np.repeat([1, 10**12], [20, 1])):
        fit = fit_discrete_power_law(x, n_bootstraps=20)
        assert np.isfinite([fit.alpha, fit.ks, fit.low, fit.high, fit.log_likelihood]).all()
        found = exceedance_probability(x, int(2 * max(x)), n_bootstraps=5)
        assert np.isfinite(found.probability).all()
        assert all(np.isfinite(rival.p_value) for rival in compare_tails(x).rivals)


@pytest.mark.parametrize(
    ("x", "xmin", "reason"),
    [
        ([], None, "0 values; a tail needs at least 10"),
        ([3, 1, 9], None, "3 values"),
        ([0] * 50, None, "0 distinct values of at least 1"),
        ([4] * 50, None, "1 distinct values"),
        ([1, 2, 3, 4, 5] * 5, 5, "1 distinct values of at least 5"),
    ],
)
def test_too_little_is_not_computed(x, xmin, reason):
    fit = fit_discrete_power_law(x, xmin=xmin, n_bootstraps=10)
    assert fit.status == "not_computed"
    assert reason in fit.reason
    assert np.isnan(fit.alpha)
    comparison = compare_tails(x, xmin=xmin)
    assert (comparison.rivals, comparison.status, comparison.reason) == ((), "not_computed", fit.reason)
    found = exceedance_probability(x, 7, xmin=xmin)
    assert (found.status, found.reason) == ("not_computed", fit.reason)
    assert np.isnan(found.probability).all()


def test_a_short_tail_says_so():
    fit = fit_discrete_power_law([1, 1, 1, 2, 2, 3, 4, 6, 9, 30])
    assert fit.status == "computed"
    assert "fewer than 50" in fit.reason


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fit_discrete_power_law([1, np.nan, -2, 3]), r"2 of 4 values are missing.*places 1, 2; first nan"),
        (lambda: fit_discrete_power_law([1.5, 2]), "not whole"),
        (lambda: fit_discrete_power_law([1, np.inf]), "1 of 2"),
        (lambda: fit_discrete_power_law([[1, 2]]), "one series"),
        (lambda: fit_discrete_power_law([1, 2], xmin=0), "xmin=0"),
        (lambda: fit_discrete_power_law([1, 2], xmin=1.5), "xmin=1.5"),
        (lambda: fit_discrete_power_law([1, 2], level=1), "level=1"),
        (lambda: fit_discrete_power_law([1, 2], n_bootstraps=-1), "n_bootstraps=-1"),
        (lambda: compare_tails([1, -1]), "1 of 2 values"),
        (lambda: exceedance_probability([1, 2], 0), "size=0"),
        (lambda: exceedance_probability([1, 2], 2.5), "size=2.5"),
        (lambda: exceedance_probability([1, 2], 2, n_events=0), "n_events=0"),
        (lambda: exceedance_probability([1, 2], 2, n_bootstraps=0), "n_bootstraps=0"),
    ],
)
def test_refuses(call, words):
    with pytest.raises(ValueError, match=words):
        call()
