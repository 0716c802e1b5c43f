"""The noise around a level that may move, and two spans under it: by hand, against scipy, and what simulation says they
promise.
"""

import numpy as np
import pytest
from scipy import stats

from analysis.statistics import local_level
from analysis.statistics.local_level import chance_above, change_start, estimate_noise, rate_interval, ratio_interval

ALONE = {"dispersions": np.array([1.0]), "weights": np.array([1.0])}
MIXED = {"dispersions": np.array([1.0, 4.0]), "weights": np.array([0.25, 0.75])}


def plain_filter(counts, dispersions, prior):
    """The same model written as loops over walks, dispersions and levels, for one series."""
    levels = local_level.level_grid(max(counts))
    width = np.gradient(np.log(levels))
    evidence = np.zeros((len(local_level.WALKS), len(dispersions)))
    for w, (_, mixture, weight) in enumerate(local_level.WALKS):
        steps = np.zeros((levels.size, levels.size))
        for share, deviation in mixture:
            for i, level in enumerate(levels):
                part = stats.norm.pdf(np.log(levels), np.log(level), deviation) * width
                steps[i] += share * part / part.sum()
        for d, dispersion in enumerate(dispersions):
            state = width / width.sum()
            total = np.log(weight) - 0.5 * ((np.log(dispersion) - np.log(prior[0])) / prior[1]) ** 2
            for period, count in enumerate(counts):
                if period:
                    state = state @ steps
                chance = (
                    stats.poisson.pmf(count, levels)
                    if dispersion == 1
                    else stats.nbinom.pmf(count, levels / (dispersion - 1), 1 / dispersion)
                )
                total += np.log((state * chance).sum())
                state = state * chance / (state * chance).sum()
            evidence[w, d] = total
    weights = np.exp(evidence - evidence.max())
    return weights / weights.sum()


def test_the_filter_agrees_with_one_written_as_loops():
    counts, dispersions = [3, 0, 5, 14, 11], [1.0, 2.5, 8.0]
    found = estimate_noise(counts, dispersions=dispersions)
    expected = plain_filter(counts, dispersions, local_level.DISPERSION_PRIOR)
    np.testing.assert_allclose(found.weights, expected, rtol=1e-8)
    assert found.dispersion == pytest.approx(np.exp((expected.sum(axis=0) * np.log(dispersions)).sum()))
    assert found.moves == pytest.approx(expected[1:].sum())
    assert found.of_dispersion_moving.sum() == pytest.approx(expected[1:].sum())


def test_a_change_of_level_is_no_noise():
    random = np.random.default_rng(1)
    steady = random.poisson(20, (40, 48))
    doubled = np.where(np.arange(48) < 24, steady, random.poisson(60, (40, 48)))
    index = doubled.var(axis=1, ddof=1) / doubled.mean(axis=1)
    assert np.median(index) > 8  # around its mean, a series that triples looks noisy
    assert np.median(estimate_noise(doubled).dispersion) < 1.5
    assert np.median(estimate_noise(steady).moves) < 0.2


@pytest.mark.parametrize("dispersion", [2.0, 6.5])
def test_it_finds_the_dispersion_of_clustered_counts(dispersion):
    random = np.random.default_rng(2)
    counts = random.negative_binomial(30 / (dispersion - 1), 1 / dispersion, (60, 60))
    assert np.median(estimate_noise(counts).dispersion) == pytest.approx(dispersion, rel=0.25)


def test_weights_after_each_period_are_those_known_then():
    counts = np.random.default_rng(3).poisson(6, (3, 20))
    every = estimate_noise(counts, every=True).weights
    np.testing.assert_allclose(every[:, -1], estimate_noise(counts).weights, rtol=1e-9)
    np.testing.assert_allclose(every.sum(axis=(-2, -1)), 1)


def test_series_filtered_together_or_alone_are_the_same():
    counts = np.random.default_rng(4).poisson([[2], [40], [9]], (3, 15))
    together = estimate_noise(counts)
    for row, series in enumerate(counts):
        # Series of one call share a grid as high as the highest of them, which moves nothing by a percent.
        np.testing.assert_allclose(estimate_noise(series).weights, together.weights[row], atol=0.01)


def test_counts_that_are_none_are_refused():
    with pytest.raises(ValueError, match="1 of 3 counts are missing, infinite or negative"):
        estimate_noise([1, np.nan, 3])
    with pytest.raises(ValueError, match="negative"):
        estimate_noise([1, -2, 3])


def test_the_chance_is_a_beta_tail():
    # 10 in 90 days, 20 in 360: levels are gamma(10.5) / 1 and gamma(20.5) / 4, so the first's share of both is
    # beta(10.5, 20.5).
    expected = stats.beta.sf(1.5 / (1.5 + 4), 10.5, 20.5)
    assert chance_above(10, 20, 1.5, share=4.0, **ALONE) == pytest.approx(expected, rel=1e-12)
    draws = np.random.default_rng(5)
    ratio = draws.gamma(10.5, 1, 200_000) / (draws.gamma(20.5, 1, 200_000) / 4)
    assert chance_above(10, 20, 1.5, share=4.0, **ALONE) == pytest.approx((ratio > 1.5).mean(), abs=0.005)


def test_noise_makes_the_same_counts_say_less():
    assert chance_above(10, 20, 1.0, share=4.0, **ALONE) > chance_above(10, 20, 1.0, share=4.0, **MIXED) > 0.5
    low, high = ratio_interval(10, 20, share=4.0, level=0.9, **ALONE)
    wide = ratio_interval(10, 20, share=4.0, level=0.9, **MIXED)
    assert wide[0] < low < 2 < high < wide[1]


def test_the_interval_ends_where_the_chance_passes_its_tails():
    low, high = ratio_interval([10, 3], [20, 40], share=4.0, level=0.8, **MIXED)
    for at, (recent, reference) in enumerate([(10, 20), (3, 40)]):
        assert chance_above(recent, reference, low[at], share=4.0, **MIXED) == pytest.approx(0.9, abs=1e-6)
        assert chance_above(recent, reference, high[at], share=4.0, **MIXED) == pytest.approx(0.1, abs=1e-6)


def test_the_interval_holds_the_ratio_recorded():
    """Two deaths after 300, of which one attack may be all: the law alone would have it at 1."""
    few = {"dispersions": np.array([250.0]), "weights": np.array([1.0])}
    recent, reference = np.array([2, 300, 10]), np.array([300, 2, 40])
    low, high = ratio_interval(recent, reference, share=4.0, level=0.66, **few)
    ratio = recent * 4 / reference
    assert ((low <= ratio) & (ratio <= high)).all()
    assert low[0] == ratio[0]
    assert low[2] < ratio[2] < high[2]


def test_nothing_recorded_bounds_the_ratio_on_one_side():
    assert ratio_interval(0, 20, share=4.0, level=0.8, **ALONE)[0] == 0
    assert ratio_interval(5, 0, share=4.0, level=0.8, **ALONE)[1] == np.inf
    assert ratio_interval(5, 0, share=4.0, level=0.8, **ALONE)[0] > 1


def test_a_rate_has_the_gamma_interval():
    low, high = rate_interval(10, 2.0, level=0.95, **ALONE)
    assert (low, high) == pytest.approx(stats.gamma.ppf([0.025, 0.975], 10.5) / 2, rel=1e-6)
    assert rate_interval(0, 2.0, level=0.95, **ALONE)[0] == 0
    wide = rate_interval(10, 2.0, level=0.95, **MIXED)
    assert wide[0] < low < high < wide[1]


def test_the_interval_of_the_dispersion_holds_it():
    noise = estimate_noise(np.random.default_rng(6).poisson(8, 60))
    low, high = noise.dispersion_interval(0.95)
    assert low == 1.0
    assert low <= noise.dispersion <= high


def test_the_change_starts_where_the_two_parts_differ_most():
    assert change_start([1, 1, 1, 9, 9]) == 3
    assert change_start([0, 0, 0, 0, 6, 0]) == 4
    assert change_start([9, 1, 1, 1, 1, 1], least=2) == 2  # a first part of one is not allowed


def test_a_rise_is_looked_for_among_rises_alone():
    fallen_then_risen = [40, 40, 40, 2, 2, 2, 2, 12, 12]
    assert change_start(fallen_then_risen) == 3
    assert change_start([20, *fallen_then_risen, 60], rose=True) == 10
    assert change_start([*fallen_then_risen, 60, 60], rose=False) == 3


@pytest.mark.parametrize("dispersion", [1.001, 2.0, 5.0, 10.0])
def test_the_chance_of_a_rise_holds_its_size_under_any_known_dispersion(dispersion):
    generator = np.random.default_rng(4)
    for mean in (25, 60):
        counts = [
            generator.negative_binomial(length * mean / (dispersion - 1), 1 / dispersion, 40_000) for length in (1, 4)
        ]
        chance = local_level.chances_above(*counts, 1.0, share=4.0, dispersions=np.array([dispersion]))[:, 0]
        for tail in (0.02, 0.1):
            slack = 4 * np.sqrt(tail / 40_000) + 0.1 * tail
            assert abs((chance >= 1 - tail).mean() - tail) < slack
            assert abs((chance <= tail).mean() - tail) < slack + 0.1 * tail


@pytest.mark.parametrize("every", [False, True])
def test_levels_that_counts_leave_out_are_not_missed(monkeypatch, every):
    generator = np.random.default_rng(5)
    level = np.geomspace(40, 6000, 30) * generator.choice([1, 1, 6], 30)
    counts = generator.negative_binomial(level / 3, 0.25, (3, 30)).astype(float)
    quick = local_level.estimate_noise(counts, every=every)
    monkeypatch.setattr(local_level, "_FEW_LEVELS", 10**6)
    whole = local_level.estimate_noise(counts, every=every)
    np.testing.assert_allclose(quick.weights, whole.weights, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(quick.dispersion, whole.dispersion, rtol=1e-9)


def test_no_dispersion_lies_below_the_least():
    noise = local_level.estimate_noise(np.array([[4.0, 5, 3, 6, 4, 5, 4, 3, 5, 4]] * 3))
    held = noise.at_least([1.0, 3.0, 1000.0])
    assert held.weights.sum(axis=(-2, -1)) == pytest.approx(1.0)
    assert held.weights[0] == pytest.approx(noise.weights[0])
    assert held.of_dispersion[1][noise.dispersions < 3].sum() == 0
    assert held.of_dispersion[2][-1] == pytest.approx(1.0)  # the grid goes no further
    assert held.moves == pytest.approx(noise.moves)
