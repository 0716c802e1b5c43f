"""Rules that users know from elsewhere: by hand."""

import numpy as np
import pytest

from analysis.measures.known_rules import COMPARATORS, hdx_days, hdx_level


def test_the_acled_surge_rule_fires_in_a_sixth_of_quiet_weeks():
    # methods.md 5: on stationary Poisson(2 a week) about 15.6 of 100 unit-weeks (their simulation, four standard errors
    # of ours).
    counts = np.random.default_rng(3).poisson(2.0, (5, 40_000))
    assert COMPARATORS[0].fires(counts).mean() == pytest.approx(0.156, abs=0.0075)


def test_comparators_by_hand():
    surge_rule, threat = COMPARATORS
    assert surge_rule.fires(np.array([1, 1, 1, 1, 2])[:, None]).item()
    assert not surge_rule.fires(np.array([1, 1, 1, 0, 9])[:, None]).item()  # a mean of .75 is below 1
    assert threat.fires(np.array([1] * 52 + [2] * 4)[:, None]).item()
    assert not threat.fires(np.array([0] * 52 + [2] * 4)[:, None]).item()  # a ratio over zero is none


def test_hdx_levels_by_hand():
    quiet = np.zeros(1500)
    assert hdx_level(quiet) == "none"
    risen = quiet.copy()
    risen[-1] = 120
    assert hdx_level(risen) == "high"  # the most in three years
    earlier = risen.copy()
    earlier[-800] = 500
    assert hdx_level(earlier) == "medium"  # the most in a year, not in three
    short = np.zeros(800)
    short[-1] = 120
    assert hdx_level(short) == "medium"  # three years are not covered


def test_quiet_never_hides_a_rise_in_level():
    daily = np.zeros(1600)
    daily[-900] = 150  # the most in three years is 150
    daily[-100] = 120  # medium: an alert, then 180 days of quiet
    daily[-1] = 130  # medium again: held back
    assert hdx_level(daily) == "quiet"
    daily[-1] = 200  # high: never held back
    assert hdx_level(daily) == "high"


def test_the_hdx_rule_equals_that_of_each_day_alone():
    """`hdx_level` judges the last day of a history; the days on which it shows a level are those on which an
    alert is issued.
    """
    generator = np.random.default_rng(6)
    daily = generator.poisson(1.5, 900).astype(float)
    daily[[420, 430, 640, 800]] += [120, 60, 400, 30]
    days = np.flatnonzero(hdx_days(daily)[1])
    assert len(days) >= 2
    for day in (*days, *(days - 1), 500, 899):
        assert (hdx_level(daily[: day + 1]) in ("medium", "high")) == (day in days)
