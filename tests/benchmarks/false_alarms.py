"""How many false alarms come where nothing changes, against how many were asked for.

    python -m tests.benchmarks.false_alarms [PANELS]        # prints the table of docs/alarms.md

Panels of 32 units of one family; 4 false alarms a year asked over all units. The level is that which
`surge.watch_units` would set in the last week; it is held against all looks of the last 26 weeks. Beside it the rules
that it replaced, at the same nominal rate.
"""

import itertools
import sys

import numpy as np

from analysis.measures import surge, watched
from analysis.measures.backtest import own_alarms
from analysis.statistics import expectation
from analysis.statistics.expectation import expect_counts, shared_level
from analysis.statistics.marks import fewest_marks, lifted, mark_laws, shared_lift
from analysis.statistics.surveillance import farrington_flexible
from tests.benchmarks import histories

UNITS, LOOKS, ASKED = 32, 26, 4.0
DEADLY = (
    "Poisson, 2 a week",
    "AR(1) log level, 3 a week, memory 0.9, deviation 0.5",
    "Hawkes, 3 a week, branching 0.5, 7 days",
)


def own_rate(counts):
    """Alarms a year in one panel: unit-weeks in alarm over the last half year of weekly looks."""
    first = len(counts) - LOOKS
    found = expect_counts(counts, first=first, also=expectation.earlier_periods(*counts.shape))
    found = expectation.with_power(found, expectation.panel_power(found))
    least = watched.LEAST["attacks"]
    level = shared_level(found, ASKED / watched.WEEKS_PER_YEAR, largest=surge.MAX_ALPHA, least=least)
    fired = own_alarms(counts, found, level)[-LOOKS:]
    return fired.sum() / LOOKS * watched.WEEKS_PER_YEAR


def deaths_rate(attacks, each, *, sums_alone=False):
    """Alarms on deaths a year in one panel, each look with its own bounds; ``each`` holds every attack's deaths in the
    order of weeks, then units. With ``sums_alone`` the rule knows no single attack's.
    """
    n_weeks, n_units = attacks.shape
    week, unit = (np.repeat(part, attacks.ravel()) for part in np.indices(attacks.shape).reshape(2, -1))
    deaths = np.bincount(week * n_units + unit, weights=each, minlength=attacks.size).reshape(attacks.shape)
    if sums_alone:
        each, _ = fewest_marks(deaths.ravel(), attacks.ravel(), most=watched.MOST_DEATHS)
    first = n_weeks - LOOKS
    found = expect_counts(deaths, kind="sums", first=first, n_kept=LOOKS)
    events = expect_counts(attacks, kind="counts", first=first, n_kept=LOOKS)
    before = week < n_weeks - max(surge.WINDOWS)
    laws = mark_laws(each[before], unit[before], n_units, most=watched.MOST_DEATHS)
    least, asked = watched.LEAST["deaths"], ASKED / watched.WEEKS_PER_YEAR
    level, _ = shared_lift(found, events, laws, asked, largest=surge.MAX_ALPHA, least=least)
    fired = 0
    for back in range(LOOKS):
        now = n_weeks - back
        lift = lifted(found, events, laws, level, back=back)
        sums = np.stack([deaths[now - weeks : now].sum(axis=0) for weeks in surge.WINDOWS])
        chance = found.p_value[:, now - 1] * np.exp(lift)
        fired += np.any((chance <= level) & (sums >= least), axis=0).sum()
    return fired / LOOKS * watched.WEEKS_PER_YEAR


def farrington_rate(counts):
    weeks = np.arange(len(counts) - LOOKS, len(counts))
    alpha = ASKED / watched.WEEKS_PER_YEAR / counts.shape[1]
    fired = farrington_flexible(counts, alpha=alpha, evaluate=weeks, limit=(5, 4)).alarm
    return fired.sum() / LOOKS * watched.WEEKS_PER_YEAR


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
    for name, sums_alone in itertools.product(DEADLY, (False, True)):
        generator = np.random.default_rng(7)
        cells = []
        for n_weeks in (300, 104):
            found = []
            for _ in range(n_panels):
                attacks = histories.fixed(generator, n_weeks, UNITS, only=name)[name].astype(int)
                each = np.floor(generator.uniform(size=attacks.sum()) ** (-1 / 1.4))
                found.append(deaths_rate(attacks, np.minimum(each, watched.MOST_DEATHS), sums_alone=sums_alone))
            found = np.array(found)
            cells.append(f"{found.mean():.1f} ± {found.std(ddof=1) / np.sqrt(n_panels):.1f}")
        known = "sums alone" if sums_alone else "power law, exponent 2.4"
        sys.stdout.write(f"| deaths ({known}) of attacks: {name} | {' | '.join(cells)} | |\n")
        sys.stdout.flush()
    sys.stdout.write("\n".join(lines[:2]) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
