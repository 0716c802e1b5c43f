"""Recalibration: what was said, against how often it came true."""

import numpy as np
import pytest
from scipy.special import expit, logit

from analysis.statistics.calibration import recalibrate


def test_chances_said_too_low_are_raised_and_keep_their_order():
    random = np.random.default_rng(1)
    true = random.uniform(0.2, 0.8, 4000)
    came = random.random(4000) < true
    said = 1 / (1 + np.exp(-(np.log(true / (1 - true)) - 1)))  # a whole unit of log-odds too low
    held = recalibrate(said[:200], said, came)
    assert np.abs(held - true[:200]).max() < 0.08
    assert (np.argsort(held) == np.argsort(said[:200])).all()


def test_right_chances_stay():
    random = np.random.default_rng(2)
    said = random.uniform(0.05, 0.95, 4000)
    came = random.random(4000) < said
    assert recalibrate([0.1, 0.5, 0.9], said, came) == pytest.approx([0.1, 0.5, 0.9], abs=0.03)


def test_too_short_a_past_changes_nothing():
    said, came = np.full(36, 0.2), np.repeat([1, 0], [6, 30])
    assert recalibrate(0.2, said, came) != 0.2
    assert recalibrate(0.2, said[:35], came[1:]) == 0.2  # 35 chances, 36 are needed
    assert recalibrate(0.2, said, np.repeat([1, 0], [5, 31])) == 0.2  # five came, six are needed
    assert recalibrate(0.2, said, np.repeat([1, 0], [31, 5])) == 0.2


def test_shift_and_stretch_are_those_of_the_penalised_likelihood():
    """Its derivatives are zero: what came over what was fitted pulls as much as the priors, of deviation 1 and .5."""
    said, came = np.repeat([0.1, 0.4, 0.8], 20), np.tile(np.repeat([1, 0], [4, 6]), 6)
    low, high = logit(recalibrate([0.2, 0.7], said, came))
    stretch = (high - low) / (logit(0.7) - logit(0.2))
    shift = low - stretch * logit(0.2)
    x, left = logit(said), came - expit(shift + stretch * logit(said))
    assert left.sum() == pytest.approx(shift / 1.0**2, abs=1e-8)
    assert (x * left).sum() == pytest.approx((stretch - 1) / 0.5**2, abs=1e-8)
    # Nearer to certainty than .005 nothing is said, and nothing is learnt from.
    assert recalibrate(0.0, said, came) == recalibrate(0.005, said, came) != recalibrate(0.006, said, came)
    sure, nearly = (recalibrate(0.3, np.where(said == 0.1, low, said), came) for low in (0.0, 0.005))
    assert sure == nearly
    assert recalibrate([0.0, 1.0], said[:9], came[:9]).tolist() == [0.005, 0.995]


def test_no_chance_becomes_a_certainty():
    assert 0 < recalibrate(0.0, np.zeros(100), np.zeros(100)) < 0.01
