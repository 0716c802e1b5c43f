"""How long a verdict takes: one series as a report asks, and 1,500 units x 400 months, every month judged.

No peer package answers the question; the goals are fifty milliseconds and a minute on one core.
"""

import numpy as np

from analysis.measures.level import judge_days
from analysis.measures.level_rule import judge_history


def test_one_series_of_ten_years(benchmark):
    daily = np.random.default_rng(1).poisson(1.2, 3650)
    benchmark(judge_days, daily)


def test_1500_units_400_months(benchmark):
    random = np.random.default_rng(2)
    counts = random.negative_binomial(0.5, 0.5 / (0.5 + random.gamma(0.5, 8.0, (1500, 1))), (1500, 400))
    benchmark.pedantic(judge_history, args=(counts,), rounds=1)
