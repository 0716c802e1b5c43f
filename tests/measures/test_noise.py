"""Spans over which counts vary: where they begin and end, and how many of them tell the noise."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.incidents.study import DAY
from analysis.measures import noise

START = pd.Timestamp("2024-01-01")


@pytest.mark.parametrize(
    ("n_days", "edges"), [(7, [1, 4, 7]), (6, [0, 3, 6]), (5, [2, 5]), (2, [2]), (0, [0]), (-1, [])]
)
def test_spans_end_with_the_last_day(n_days, edges):
    assert noise.day_edges(n_days, width=3) == edges


@pytest.mark.parametrize(
    ("n_days", "period", "back", "edges"),
    [
        (61, 0, 0, [1, 31, 61]),  # single attacks: 30 days
        (61, 1, 0, [1, 31, 61]),
        (61, 7, 0, [5, 33, 61]),  # weekly counts: 28 days
        (61, 27, 0, [5, 33, 61]),
        (61, 28, 0, [0, 31, 60]),  # monthly counts: January and February of 2024
        (61, 0, 1, [24, 54]),
        (91, 28, 1, [0, 31, 60]),
        (91, 28, 3, [0]),
    ],
)
def test_the_length_of_spans_follows_the_table(n_days, period, back, edges):
    study = SimpleNamespace(start=START, end=START + n_days * DAY, count_period_days=period)
    assert noise.span_edges(study, back=back) == edges


def test_counts_of_spans_by_hand():
    # 0+1+2, 3+4+5; 6+7+8, 9+10+11.
    assert noise.span_counts(np.arange(12.0).reshape(2, 6), [0, 3, 6]).tolist() == [[3, 12], [21, 30]]
    assert noise.span_counts(np.arange(6.0), [1, 3, 6]).tolist() == [3, 12]


def test_five_years_of_spans_tell_the_noise():
    daily = np.random.default_rng(3).poisson(0.4, 62 * 30)
    edges = noise.day_edges(daily.size)
    told = noise.noise_of_counts(daily, edges)
    for first, same in ((30, True), (60, False)):  # of 62 spans the first two are too old
        changed = daily.copy()
        changed[first : first + 30 : 2] += 9
        again = noise.noise_of_counts(changed, edges)
        assert np.array_equal(told.of_dispersion, again.of_dispersion) is same


def test_deaths_may_vary_far_more_than_attacks():
    assert noise.expected_noise("attacks") == {}
    assert noise.expected_noise("deaths")["dispersions"].max() > 10 * noise.local_level.DISPERSIONS.max()
