"""A power-law tail with its threshold and 1,000 bootstraps, 5,000 values.

R poweRlaw took 20 s for one continuous fit with its threshold, the Python package powerlaw 1.5 s, where they were last
measured.
"""

import numpy as np
import pytest

from analysis.statistics.tails import exceedance_probability, fit_discrete_power_law

GOAL_SECONDS = 20


def sizes(n_values=5_000, alpha=2.4, threshold=12):
    """A body below the threshold and a power law above it."""
    generator = np.random.default_rng(n_values)
    tail = np.floor((threshold - 0.5) * generator.random(n_values // 3) ** (-1 / (alpha - 1)) + 0.5)
    return np.concatenate([generator.integers(1, threshold, n_values - tail.size), tail])


def test_fit_with_threshold(benchmark):
    x = sizes()
    benchmark(fit_discrete_power_law, x)
    benchmark.extra_info["goal_seconds"] = 0.5


@pytest.mark.parametrize("n_bootstraps", [1_000])
def test_bootstrap(benchmark, n_bootstraps):
    x = sizes()
    fit_discrete_power_law(x, n_bootstraps=1)
    benchmark.pedantic(fit_discrete_power_law, (x,), {"n_bootstraps": n_bootstraps}, rounds=2)
    benchmark.extra_info["goal_seconds"] = GOAL_SECONDS


def test_exceedance(benchmark):
    x = sizes()
    exceedance_probability(x, 1_000, n_bootstraps=1)
    benchmark.pedantic(exceedance_probability, (x, 1_000), rounds=2)
    benchmark.extra_info["goal_seconds"] = GOAL_SECONDS
