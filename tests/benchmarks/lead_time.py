"""How long after the start of a sustained rise an alarm comes, beside rules that users know, at the same number of
alarms a year.

    python -m tests.benchmarks.lead_time FOLDER        # FOLDER holds UCDP's files; prints the table of docs/alarms.md

Countries, each counted as one unit, and first-order units of two of them. A rise is what `backtest.DEFINITION` says. An
alarm is one alert: weeks in alarm at most four apart are one. The own rule's level is set so that it raises as many
alerts a year as the rule beside it.
"""

import sys
from pathlib import Path

import numpy as np

from analysis.incidents import open_study
from analysis.measures import backtest, known_rules, watched
from analysis.statistics.expectation import earlier_periods, expect_counts, panel_power, with_power
from tests.benchmarks.outlook_gain import TABLES

FIRST = 270
LEVELS = np.geomspace(1e-6, 0.3, 120)


def panels(folder, by_unit):
    for name, file, country, unit in TABLES:
        if by_unit and unit != "admin1":
            continue
        options = {"country": country} if country else {}
        study = open_study(Path(folder) / file, unit=unit if by_unit else "country", **options)
        panel = watched.watched_panel(study)
        yield name, study, panel


def judged_of(study, panel):
    counts = panel.to_numpy(dtype=float)
    last = len(counts) - backtest.AFTER_WEEKS
    weeks = np.arange(FIRST, last)
    found = expect_counts(counts, first=FIRST, also=earlier_periods(*counts.shape))
    found = with_power(found, panel_power(found))
    sums = [watched.window_sums(counts, int(length)) for length in found.windows]
    smallest = np.min(
        [np.where(held >= watched.LEAST["attacks"], p, 2.0) for held, p in zip(sums, found.p_value, strict=True)],
        axis=0,
    )
    fires = {
        rule.name: np.stack([rule.fires(counts[week + 1 - rule.weeks_needed : week + 1]) for week in weeks])
        for rule in backtest.COMPARATORS
    }
    fires["hdx_signal"] = known_rules.hdx_weeks(study, panel)[weeks]
    onsets = backtest.find_rises(counts, first=FIRST, last=last)
    return smallest[weeks], fires, onsets, len(weeks) / watched.WEEKS_PER_YEAR


def summary(fired, parts):
    starts = sum(backtest.alarm_starts(held).sum() / years for held, (*_, years) in zip(fired, parts, strict=True))
    weeks = sum(held.sum() / years for held, (*_, years) in zip(fired, parts, strict=True))
    delays = np.concatenate(
        [backtest.delays_of(held, onsets, first=FIRST) for held, (_, _, onsets, _) in zip(fired, parts, strict=True)]
    )
    return (
        starts,
        weeks,
        np.mean(~np.isnan(delays)),
        np.nanmedian(delays),
        np.median(np.nan_to_num(delays, nan=backtest.AFTER_WEEKS)),
    )


def words(name, found):
    starts, weeks, share, delay, counted = found
    return f"| {name} | {starts:.1f} | {weeks:.0f} | {100 * share:.0f} % | {delay:.1f} | {counted:.1f} |"


def main(folder):
    for what, by_unit in (
        ("nine countries", False),
        ("first-order units of Myanmar, the Central African Republic and Bangladesh", True),
    ):
        parts = [judged_of(study, panel) for _, study, panel in panels(folder, by_unit)]
        own = {level: summary([smallest <= level for smallest, *_ in parts], parts) for level in LEVELS}
        sys.stdout.write(f"\n{what}: {sum(len(onsets) for _, _, onsets, _ in parts)} rises\n\n")
        sys.stdout.write(
            "| rule | alerts a year | weeks in alarm a year | rises found | delay of those found | with missed as 13"
            " |\n| --- | --- | --- | --- | --- | --- |\n"
        )
        for name in parts[0][1]:
            theirs = summary([fires[name] for _, fires, *_ in parts], parts)
            alike = [level for level, found in own.items() if found[0] <= theirs[0]]
            sys.stdout.write(words(name, theirs) + "\n")
            if alike:
                sys.stdout.write(words(f"own, as many alerts (level {max(alike):.2g})", own[max(alike)]) + "\n")
            alike = [level for level, found in own.items() if found[1] <= theirs[1]]
            if alike:
                sys.stdout.write(words(f"own, as many weeks in alarm (level {max(alike):.2g})", own[max(alike)]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
