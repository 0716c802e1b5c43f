"""Scores, calibration and coverage of forecasts of counts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.statistics import scores

ORACLES = Path(__file__).parent / "oracles"


def negative_binomial(mean, dispersion):
    return stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean)) if dispersion else stats.poisson(mean)


def crps_by_sum(mean, dispersion, observed):
    """Sum of (F(k) - 1{k >= y})^2 over all counts, straight from the definition."""
    k = np.arange(max(int(negative_binomial(mean, dispersion).isf(1e-15)), observed) + 2)
    return ((negative_binomial(mean, dispersion).cdf(k) - (k >= observed)) ** 2).sum()


def test_sample_against_r_scoringrules():
    """R scoringRules, ``crps_sample(y, dat, method = "edf")``, 200 forecasts of 100 draws: 1e-9."""
    draws = np.loadtxt(ORACLES / "crps_samples_200x100.csv.gz", delimiter=",")
    peer = pd.read_csv(ORACLES / "crps_sample_R.csv.gz")
    assert scores.crps_sample(draws, peer["y"]) == pytest.approx(peer["crps_edf"].to_numpy(), rel=1e-9)


def test_counts_against_r_scoringrules_and_a_sum():
    """R scoringRules ``crps_nbinom, crps_pois`` and a brute-force sum; dispersion = 1 / size: 1e-9."""
    peer = pd.read_csv(ORACLES / "crps_negative_binomial.csv.gz")
    y, mean, dispersion = peer["y"], peer["mu"], 1 / peer["size"]
    for ours, theirs in (
        (scores.crps_negative_binomial(mean, dispersion, y), "crps_nbinom_bruteforce"),
        (scores.crps_poisson(mean, y), "crps_pois"),
    ):
        assert ours == pytest.approx(peer[theirs].to_numpy(), rel=1e-9), theirs


@pytest.mark.parametrize("dispersion", [0.0, 1e-3, 0.03, 1.0, 7.0])
@pytest.mark.parametrize("mean", [1e-3, 0.4, 9.0, 700.0])
def test_counts_against_the_definition(mean, dispersion):
    for observed in (0, 1, int(mean) + 2, int(3 * mean) + 40):
        found = scores.crps_negative_binomial(mean, dispersion, observed)
        assert found == pytest.approx(crps_by_sum(mean, dispersion, observed), rel=1e-9, abs=1e-13)


def test_large_counts_stay_finite_and_near_their_limits():
    """A Poisson nears a normal, whose CRPS at its own mean is sd * (sqrt 2 - 1) / sqrt pi; a geometric an exponential:
    at 0, mean / 2."""
    for mean in (1e6, 1e9, 1e12, 9e14):
        assert scores.crps_poisson(mean, mean) == pytest.approx(
            np.sqrt(mean) * (np.sqrt(2) - 1) / np.sqrt(np.pi), rel=1e-3
        )
        assert scores.crps_negative_binomial(mean, 1.0, 0) == pytest.approx(mean / 2, rel=1e-5)
    mean, dispersion, observed = np.meshgrid(
        [0, 1e-40, 1.0, 1e9, 9e14], [0, 1e-30, 1e-12, 1e-3, 10, 9e14], [0, 1, 1e9, 9e14]
    )
    assert np.isfinite(scores.crps_negative_binomial(mean, dispersion, observed)).all()
    assert (scores.crps_negative_binomial(mean, dispersion, observed) >= 0).all()


def test_negative_binomial_nears_poisson_as_the_dispersion_vanishes():
    for observed in (0, 4, 30):
        assert scores.crps_negative_binomial(6.0, 1e-11, observed) == pytest.approx(
            scores.crps_poisson(6.0, observed), rel=1e-9
        )


def test_by_hand():
    # Draws 1 and 3, outcome 2: mean error 1, mean |X - X'| = (0 + 2 + 2 + 0) / 4 = 1, score 1 - 1/2.
    assert scores.crps_sample([3, 1], 2) == 0.5
    assert scores.crps_sample([5], 2) == 3.0
    # A forecast of none: a score of the count itself.
    assert scores.crps_poisson(0.0, [0, 4]).tolist() == [0.0, 4.0]
    # 80 % interval 2..6, outcome 9: 4 + (2 / .2) * 3.
    assert scores.interval_score(2, 6, 9, level=0.8) == pytest.approx(34.0)
    assert scores.interval_score(2, 6, [2, 6, 1], level=0.8) == pytest.approx([4.0, 4.0, 14.0])
    assert scores.coverage(2, 6, [2, 6, 1, 9]) == 0.5
    # Weight of an outcome over [.25, .75] in quarters: 0, half, half, 0.
    assert scores.pit_histogram(0.25, 0.75, n_bins=4).tolist() == [0.0, 0.5, 0.5, 0.0]
    assert scores.pit_histogram([0.0, 1.0], [0.0, 1.0], n_bins=4).tolist() == [0.5, 0.0, 0.0, 0.5]


def test_shapes_broadcast():
    generator = np.random.default_rng(1)
    draws, observed = generator.poisson(4, (3, 1, 50)), generator.poisson(4, 7)
    assert scores.crps_sample(draws, observed).shape == (3, 7)
    assert scores.crps_negative_binomial(np.ones((3, 1)), 0.5, observed).shape == (3, 7)
    assert scores.crps_negative_binomial(1.0, np.full((3, 1), 0.5), observed).shape == (3, 7)
    assert isinstance(scores.crps_negative_binomial(1.0, 0.5, 2), float)
    assert scores.interval_score(np.zeros((3, 1)), 5, observed, level=0.9).shape == (3, 7)
    # Order of the draws is irrelevant.
    assert scores.crps_sample(draws[..., ::-1], observed) == pytest.approx(scores.crps_sample(draws, observed))


def test_a_large_sample_scores_like_its_distribution():
    draws = np.random.default_rng(2).negative_binomial(2.0, 2.0 / 8.0, 200_000)
    for observed in (0, 5, 40):
        exact = scores.crps_negative_binomial(6.0, 0.5, observed)
        # The error of a mean of 200,000 terms with a standard deviation of about 5.
        assert scores.crps_sample(draws, observed) == pytest.approx(exact, abs=0.06)


def test_the_true_forecast_scores_best():
    """20,000 outcomes of mean 6, dispersion .5: a score is proper, so that every other forecast does worse on
    average.
    """
    observed = np.random.default_rng(3).negative_binomial(2.0, 2.0 / 8.0, 20_000)
    true = scores.crps_negative_binomial(6.0, 0.5, observed).mean()
    for mean, dispersion in ((6.0, 0.0), (6.0, 2.0), (4.0, 0.5), (9.0, 0.5)):
        assert scores.crps_negative_binomial(mean, dispersion, observed).mean() > true


def test_calibration_shows_what_is_wrong():
    """20,000 outcomes: a share of a tenth has a standard error of .002."""
    generator = np.random.default_rng(4)
    mean = generator.gamma(2, 3, 20_000)
    observed = generator.negative_binomial(2.0, 2.0 / (2.0 + mean))

    def shares(mean, dispersion):
        chances = stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean))
        return scores.pit_histogram(chances.cdf(observed - 1), chances.cdf(observed))

    right = shares(mean, 0.5)
    assert right.sum() == pytest.approx(1)
    assert right == pytest.approx(np.full(10, 0.1), abs=0.01)
    narrow = shares(mean, 1e-3)
    assert min(narrow[0], narrow[-1]) > 0.15
    low = shares(mean / 3, 0.5)
    assert low[-1] > 0.3


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: scores.crps_sample([1, np.nan], 1), "draws: 1 of 2 values are out of range"),
        (lambda: scores.crps_sample([1, 2], np.inf), "observed: 1 of 1"),
        (lambda: scores.crps_sample(np.empty((4, 0)), 1), "at least one draw"),
        (lambda: scores.crps_sample(3, 1), "at least one draw"),
        (lambda: scores.crps_poisson(-1.0, 1), "mean: 1 of 1"),
        (lambda: scores.crps_poisson([1.0, np.nan], 1), "mean: 1 of 2"),
        (lambda: scores.crps_poisson(1.0, 1.5), "whole numbers"),
        (lambda: scores.crps_negative_binomial(1.0, -0.1, 1), "dispersion"),
        (lambda: scores.interval_score(3, 2, 1, level=0.9), "at or below high"),
        (lambda: scores.interval_score(1, 2, np.nan, level=0.9), "observed"),
        (lambda: scores.interval_score(1, 2, 1, level=90), "level=90"),
        (lambda: scores.coverage([], [], []), "no outcomes"),
        (lambda: scores.pit_histogram([], []), "no outcomes"),
        (lambda: scores.pit_histogram(0.5, 0.4), "below <= upto"),
        (lambda: scores.pit_histogram(0.5, 0.6, n_bins=0), "n_bins=0"),
    ],
)
def test_refuses(call, words):
    with pytest.raises(ValueError, match=words):
        call()
