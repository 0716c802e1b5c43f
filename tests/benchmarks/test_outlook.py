"""The outlook's backtest: 120 units x 400 months within the issue's bound, linear in units; one unit as a report needs
it.

No peer package does the same: the VIEWS benchmarks are scored within the same run.
"""

import time

import numpy as np

from analysis.statistics.forecast import backtest_counts, forecast_counts

SECONDS_FOR_PANEL = 60.0
SECONDS_FOR_ONE = 1.0


def counts_of(n_units, n_periods=400):
    """Overdispersed counts whose levels differ between units, most of them low."""
    generator = np.random.default_rng(n_units)
    mean = generator.gamma(0.5, 8.0, n_units)
    return generator.negative_binomial(0.3, 0.3 / (0.3 + mean), (n_periods, n_units))


def test_one_unit(benchmark):
    counts = counts_of(1)
    benchmark(lambda: (backtest_counts(counts), forecast_counts(counts)))
    benchmark.extra_info["goal_seconds"] = SECONDS_FOR_ONE


def test_120_units(benchmark):
    counts = counts_of(120)
    benchmark.pedantic(backtest_counts, args=(counts,), rounds=1)
    benchmark.extra_info["goal_seconds"] = SECONDS_FOR_PANEL


def test_linear_in_units(benchmark):
    seconds = {}
    for n_units in (20, 80):
        started = time.perf_counter()
        backtest_counts(counts_of(n_units))
        seconds[n_units] = time.perf_counter() - started
    benchmark.extra_info.update(seconds={str(n): value for n, value in seconds.items()})
    benchmark.pedantic(lambda: None, rounds=1)
    assert seconds[80] < 1.6 * 4 * seconds[20]


def test_forecast_alone(benchmark):
    counts = counts_of(120)
    made = benchmark.pedantic(forecast_counts, args=(counts,), rounds=1)
    assert made.cdf.shape[:2] == (120, 6)
