"""What the alarms watch: weekly attacks or deaths of each unit, the deaths of single attacks, and weeks that are no
baseline.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.incidents.errors import SelectionError
from analysis.incidents.study import DAY, DEATHS, Study
from analysis.language import say
from analysis.measures.frequency import DAYS_PER_WEEK
from analysis.measures.panels import week_panel, week_problem
from analysis.statistics.expectation import WINDOWS, Expectation, expect_counts
from analysis.statistics.given import one_of
from analysis.statistics.marks import count_marks, fewest_marks, laws_of, lifted

# What is counted, and the least sum in a window that is ever an alarm: fewer are too few to stand above anything.
LEAST = {"attacks": 3} | dict.fromkeys(DEATHS, 10)
# One attack adds at most so many deaths to what is tested, so that one massacre is no year's baseline; about one row in
# a hundred has more.
MOST_DEATHS = 100
WEEKS_PER_YEAR = 365.25 / 7
WEEK = DAYS_PER_WEEK * DAY


def watched_panel(study: Study, quantity: str = "attacks") -> pd.DataFrame:
    """Return the weekly counts of a study's units that are tested: as `panels.week_panel`, but an attack adds at most
    `MOST_DEATHS` deaths, and a table that counts by longer periods has no weeks.
    """
    one_of("quantity", quantity, LEAST)
    if week_problem(study):
        names = pd.Index(sorted(study.units.dropna().unique()), dtype="object")
        return pd.DataFrame(0, index=pd.DatetimeIndex([], name="week_start"), columns=names, dtype="int64")
    if not study.holds_counts:
        return week_panel(study, quantity=quantity, most=MOST_DEATHS)
    return week_panel(study, quantity=quantity).clip(upper=week_panel(study) * MOST_DEATHS, axis=None)


def uncovered(study: Study) -> str:
    """Return that a table's coverage ends before as_of, or ``""``."""
    if study.covered_end < study.end:
        return say(
            "the table covers the selection only to {covered}, and not to {as_of}",
            covered=study.covered_end - DAY,
            as_of=study.as_of,
        )
    return ""


def window_sums(counts: np.ndarray, weeks: int) -> np.ndarray:
    """Return the sum of so many weeks to each, shape as ``counts``; missing where the history is shorter."""
    total = np.concatenate([np.zeros((1, counts.shape[1])), counts.cumsum(axis=0)])
    found = np.full(counts.shape, np.nan)
    found[weeks - 1 :] = total[weeks:] - total[:-weeks]
    return found


def weeks_left_out(panel: pd.DataFrame, periods: pd.DataFrame | None) -> np.ndarray:
    """Return which weeks of which units touch a period that is no baseline, shape of the panel."""
    out = np.zeros(panel.shape, dtype=bool)
    if periods is None:
        return out
    unknown = sorted(set(periods["unit"].dropna()) - set(panel.columns))
    if unknown:
        raise SelectionError(
            f"{len(unknown)} units of the periods left out are not in the table (first {unknown[0]!r}); it has"
            f" {', '.join(panel.columns[:5])}{', ...' if panel.shape[1] > 5 else ''}. Write them so, or leave the unit"
            " empty for all."
        )
    starts, ends = panel.index, panel.index + WEEK
    for period in periods.itertuples(index=False):
        weeks = (starts < period.to + DAY) & (ends > period.since)
        column = slice(None) if pd.isna(period.unit) else panel.columns == period.unit
        out[np.ix_(weeks, np.arange(panel.shape[1])[column])] = True
    return out


@dataclass(frozen=True)
class SingleDeaths:
    """Deaths of single attacks, as far as a table knows them."""

    events: np.ndarray  # attacks a week and unit, shape of the panel
    # Each attack's deaths, at most `MOST_DEATHS`, and where in the panel it is; in the order of weeks. Those of weeks
    # that are no baseline are left out.
    deaths: np.ndarray
    week: np.ndarray
    unit: np.ndarray

    @classmethod
    def of(cls, study: Study, quantity: str, panel: pd.DataFrame, left_out: np.ndarray) -> "SingleDeaths":
        """Read them from a study. Where a table holds sums alone, each is taken to be of as few attacks as could hold
        it.
        """
        events = watched_panel(study)
        if study.holds_counts:
            sums, counts = panel.to_numpy().ravel(), events.to_numpy().ravel()
            deaths, group = fewest_marks(sums, counts, most=MOST_DEATHS)
            week, unit = np.divmod(group, panel.shape[1])
        else:
            end = min(study.end, study.covered_end)
            unit = panel.columns.get_indexer(study.units)
            week = len(panel) - 1 - ((end - DAY - study.whole_days) // WEEK).to_numpy()
            deaths = study.attacks[DEATHS[quantity]].fillna(0.0).to_numpy(dtype=float)
        held = (unit >= 0) & (week >= 0)
        held[held] = ~left_out[week[held], unit[held]]
        order = np.flatnonzero(held)[np.argsort(week[held], kind="stable")]
        return cls(events.to_numpy(dtype=float), deaths[order], week[order], unit[order])

    def laws(self, columns: np.ndarray, n_weeks: int) -> Iterator[np.ndarray]:
        """Yield the chances of 0, 1, ... `MOST_DEATHS` deaths in one attack of each unit, for the last weeks in turn,
        by the weeks before the windows that end with each.
        """
        n_all, n_units = self.events.shape
        ends = np.searchsorted(self.week, np.arange(n_all - n_weeks, n_all) + 1 - max(WINDOWS))
        held = np.zeros((n_units, MOST_DEATHS + 1), dtype=np.int64)
        begin = 0
        for end in ends:
            held += count_marks(self.deaths[begin:end], self.unit[begin:end], n_units, most=MOST_DEATHS)
            begin = end
            yield laws_of(held, columns)

    def lifts(self, recent: Expectation, columns: np.ndarray, level: float, past: Mapping[str, Any]) -> np.ndarray:
        """Return the lift of each week and chosen unit, by what was known before it, shape as ``recent.p_value``."""
        events = expect_counts(self.events[:, columns], kind="counts", **past)
        lifts = np.zeros_like(recent.p_value)
        n_weeks = len(self.events) - past["first"]
        for back, laws in zip(range(n_weeks - 1, -1, -1), self.laws(columns, n_weeks), strict=True):
            lifts[:, -1 - back] = lifted(recent, events, laws, level, back=back)
        return lifts
