"""How many false alarms come where nothing changes, against how many were asked for.

    python -m tests.benchmarks.false_alarms [PANELS]        # prints the table of docs/alarms.md

Panels of 32 units of one family; 4 false alarms a year asked over all units. The level is that which
`surge.watch_units` would set in the last week; it is held against all looks of the last 26 weeks. Beside it the rules
that it replaced, at the same nominal rate.
"""

import sys

import numpy as np

from analysis.measures import surge
from analysis.measures.backtest import own_alarms
from analysis.statistics.expectation import expect_counts, shared_level
from analysis.statistics.surveillance import farrington_flexible
from tests.benchmarks import histories

UNITS, LOOKS, ASKED = 32, 26, 4.0


def own_rate(counts, kind="counts", quantity="attacks"):
    """Alarms a year in one panel: unit-weeks in alarm over the last half year of weekly looks."""
    found = expect_counts(counts, kind=kind, first=len(counts) - LOOKS)
    least = surge.LEAST[quantity]
    level = shared_level(found, ASKED / surge.WEEKS_PER_YEAR, largest=surge.MAX_ALPHA, least=least)
    fired = own_alarms(counts, found, level, quantity=quantity)[-LOOKS:]
    return fired.sum() / LOOKS * surge.WEEKS_PER_YEAR


def farrington_rate(counts):
    weeks = np.arange(len(counts) - LOOKS, len(counts))
    alpha = ASKED / surge.WEEKS_PER_YEAR / counts.shape[1]
    fired = farrington_flexible(counts, alpha=alpha, evaluate=weeks, limit=(5, 4)).alarm
    return fired.sum() / LOOKS * surge.WEEKS_PER_YEAR


def of_panels(rate, counts, **options):
    panels = np.split(counts, counts.shape[1] // UNITS, axis=1)
    return np.array([rate(panel, **options) for panel in panels])


def main(n_panels=30):
    lines = [
        "| family | own rule, 300 weeks | own rule, 104 weeks | Farrington, 320 weeks |",
        "| --- | --- | --- | --- |",
    ]
    for number, name in enumerate(histories.fixed(np.random.default_rng(0), 2, 2)):
        cells = []
        for n_weeks, rate in ((300, own_rate), (104, own_rate), (320, farrington_rate)):
            counts = histories.fixed(np.random.default_rng(100 + number), n_weeks, n_panels * UNITS, only=name)[name]
            found = of_panels(rate, counts)
            cells.append(f"{found.mean():.1f} ± {found.std(ddof=1) / np.sqrt(n_panels):.1f}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
        sys.stdout.write(lines[-1] + "\n")
        sys.stdout.flush()
    for name, family in (
        ("Poisson, 2 a week", "Poisson, 2 a week"),
        ("AR(1) log level, 3 a week, memory 0.9, deviation 0.5",) * 2,
    ):
        generator = np.random.default_rng(7)
        cells = []
        for n_weeks in (300, 104):
            attacks = histories.fixed(generator, n_weeks, n_panels * UNITS, only=family)[family]
            n = attacks.shape[1]
            deaths = histories.deaths_of(generator, attacks, np.full(n, 1.4), np.full(n, 1.5))
            found = of_panels(own_rate, deaths, kind="sums", quantity="deaths")
            cells.append(f"{found.mean():.1f} ± {found.std(ddof=1) / np.sqrt(n_panels):.1f}")
        sys.stdout.write(f"| deaths (power law, exponent 2.4) of attacks: {name} | {' | '.join(cells)} | |\n")
    sys.stdout.write("\n".join(lines[:2]) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
