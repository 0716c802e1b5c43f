"""Benjamini and Hochberg's procedure: by hand, beside statsmodels, and in any order of tests."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from analysis.statistics.discoveries import benjamini_hochberg

# Benjamini & Hochberg 1995, section 3: 15 p-values; at .05 the first four are discoveries.
PUBLISHED = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0,
]  # fmt: skip


def test_the_papers_example():
    assert benjamini_hochberg(PUBLISHED, rate=0.05).tolist() == [True] * 4 + [False] * 11


@pytest.mark.parametrize(
    ("p", "found"),
    [
        ([0.05, 0.9], [True, False]),  # first of two: .1 * 1 / 2 = .05, the bound itself counts
        ([0.0501, 0.9], [False, False]),
        ([0.1, 0.1], [True, True]),  # second of two: .1 * 2 / 2 = .1
        ([0.1001, 0.1], [False, False]),
        ([0.09, 0.099], [True, True]),  # the first alone fails (.05), and passes with the second
        ([np.nan, 0.05], [False, True]),  # a missing value is a test too: .05 is the bound of two
        ([np.nan, 0.06], [False, False]),
        ([0.1], [True]),  # a single test is held against the rate itself
        ([0.1001], [False]),
        ([], []),
    ],
)
def test_both_sides_of_every_rank(p, found):
    assert benjamini_hochberg(p, rate=0.1).tolist() == found


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.sampled_from([0.01, 0.05, 0.1, 0.5]), st.randoms())
@settings(max_examples=150, derandomize=True)
def test_beside_statsmodels_in_any_order(p, rate, generator):
    """statsmodels 0.15, multipletests(method="fdr_bh"); ties with a bound are left to rounding."""
    bounds = rate * np.arange(1, len(p) + 1) / len(p)
    found = benjamini_hochberg(p, rate=rate)
    order = list(range(len(p)))
    generator.shuffle(order)
    assert benjamini_hochberg(np.array(p)[order], rate=rate).tolist() == found[order].tolist()
    if not np.isclose(np.sort(p), bounds, rtol=1e-9).any():
        assert found.tolist() == multipletests(p, alpha=rate, method="fdr_bh")[0].tolist()
