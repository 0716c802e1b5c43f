"""How many of the alarms of one week are false where a false discovery rate was asked for.

    python -m tests.benchmarks.false_discoveries [PANELS]        # prints the table of docs/alarms.md

Panels of 100 units of one family, of which ten rise: their last four weeks hold four times as many as usual. Told are
the share of false ones among the week's alarms (0 where there are none) and the share of rising units found.
"""

import sys

import numpy as np

from analysis.measures import surge, watched
from analysis.statistics import expectation
from analysis.statistics.discoveries import benjamini_hochberg
from tests.benchmarks import histories

UNITS, RISING, TIMES = 100, 10, 4
FAMILIES = (
    "Poisson, 0.3 a week",
    "Poisson, 2 a week",
    "Poisson, 10 a week",
    "negative binomial, 1 a week, dispersion 2",
    "negative binomial, 5 a week, dispersion 2",
    "negative binomial, 5 a week, dispersion 10",
    "AR(1) log level, 3 a week, memory 0.9, deviation 0.5",
    "AR(1) log level, 3 a week, memory 0.9, deviation 0.8",
    "Hawkes, 3 a week, branching 0.5, 7 days",
    "Hawkes, 3 a week, branching 0.8, 14 days",
)


def alarms(counts):
    """Return which units are in alarm in the last week, as `surge.watch_units` with ``control="fdr"`` has it."""
    found = expectation.expect_counts(
        counts, first=len(counts) - 1, also=expectation.earlier_periods(*counts.shape), n_kept=1
    )
    found = expectation.with_power(found, expectation.panel_power(found))
    sums = np.stack([counts[-weeks:].sum(axis=0) for weeks in surge.WINDOWS])
    either = np.minimum(len(surge.WINDOWS) * np.nanmin(found.p_value[:, -1], axis=0), 1.0)
    enough = (sums >= watched.LEAST["attacks"]).any(axis=0)
    return benjamini_hochberg(either, rate=surge.FALSE_DISCOVERY_RATE) & enough


def main(n_panels=30):
    sys.stdout.write("| family | 300 weeks | 104 weeks |\n| --- | --- | --- |\n")
    for number, name in enumerate(FAMILIES):
        cells = []
        for n_weeks in (300, 104):
            false, found = [], []
            for panel in range(n_panels):
                generator = np.random.default_rng([number, n_weeks, panel])
                counts = histories.fixed(generator, n_weeks, UNITS, only=name)[name].astype(float)
                more = histories.fixed(generator, n_weeks, (TIMES - 1) * RISING, only=name)[name][-4:]
                counts[-4:, :RISING] += more.reshape(4, RISING, TIMES - 1).sum(axis=2)
                alarm = alarms(counts)
                false.append(alarm[RISING:].sum() / max(alarm.sum(), 1))
                found.append(alarm[:RISING].mean())
            error = np.std(false, ddof=1) / np.sqrt(n_panels)
            cells.append(f"{np.mean(false):.0%} ± {error:.0%} ({np.mean(found):.0%})")
        sys.stdout.write(f"| {name} | {' | '.join(cells)} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
