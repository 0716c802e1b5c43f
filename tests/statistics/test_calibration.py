"""Recalibration: what was said, against how often it came true."""

import numpy as np
import pytest

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


def test_no_chance_becomes_a_certainty():
    assert 0 < recalibrate(0.0, np.zeros(100), np.zeros(100)) < 0.01
