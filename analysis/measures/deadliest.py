"""Which one attack does a ratio of deaths owe most to? How noisy are sums of deaths by the size of attacks alone?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.incidents.counting import counted_spans, spread_evenly
from analysis.incidents.study import DAY, Study
from analysis.measures.level_rule import FACTOR, RECENT_SPANS, rate_ratio, reference_start
from analysis.statistics.given import one_of

READINGS = ("lowest", "highest")
DOMINANT = 0.5  # share of deaths from which one attack is named beside the word


def read_deaths(attacks: pd.DataFrame, reading: str) -> pd.Series:
    """Return each attack's deaths by one reading, missing where nobody gives a figure.

    ``lowest``: the low figure, or else the best. ``highest``: the high figure, or else the best, or else the low. Where
    a row's figures are in a conflicting order, the least and the greatest of them.

    Raises
    ------
    ValueError
        If the reading is another.
    """
    one_of("reading", reading, READINGS)
    low, best, high = (attacks[f"fatalities_{name}"].to_numpy() for name in ("low", "best", "high"))
    if reading == "lowest":
        least = np.where(np.isnan(low) & np.isnan(best), np.nan, np.fmin(np.fmin(low, best), high))
        return pd.Series(least, index=attacks.index)
    return pd.Series(np.fmax(np.fmax(low, best), high), index=attacks.index)


@dataclass(frozen=True)
class Deadliest:
    """The one attack that the ratio of deaths owes most to: of the last 90 days where the ratio is over 1, else of the
    year before.
    """

    day: pd.Timestamp  # its first day
    precision: str  # how well that is known (``date_precision``)
    # Its deaths in that span, and their share of all deaths there.
    deaths: float
    share: float
    ratio: float  # the ratio without it
    recent: bool  # whether it lies in the last 90 days

    @property
    def carried(self) -> bool:
        """Whether the ratio would point the same way without it, by more than `FACTOR`."""
        return self.ratio >= FACTOR if self.recent else self.ratio <= 1 / FACTOR

    @property
    def dominant(self) -> bool:
        """Whether it makes half of its span's deaths, or more."""
        return self.share >= DOMINANT


@dataclass(frozen=True)
class SingleDeaths:
    """Deaths of single attacks."""

    start: pd.Timestamp  # day 0
    # First day of each attack and the day after its last, shape (n_attacks,).
    first: np.ndarray
    end: np.ndarray
    deaths: np.ndarray  # of each, shape (n_attacks,)
    squares: np.ndarray  # sum of their squares on each day, shape (n_days,)
    precision: Sequence[str] = ()  # how well the days of each are known (``date_precision``); empty: all to the day

    def least_dispersion(self, daily: np.ndarray, edges: list[int]) -> float:
        """Return the dispersion that sums of ``daily`` deaths have by the size of single attacks alone, however evenly
        these come: mean square over mean, in the spans that are compared (the variance of a compound Poisson sum over
        its mean).
        """
        held = slice(reference_start(edges), edges[-1])
        total = daily[held].sum()
        return float(self.squares[held].sum() / total) if total > 0 else 1.0

    def deadliest(self, daily: np.ndarray, edges: list[int]) -> Deadliest | None:
        """Return the attack that the ratio of the last spans of ``daily`` deaths owes most to; none without deaths."""
        begin, middle, end = reference_start(edges), edges[-1 - RECENT_SPANS], edges[-1]
        now, then, share = daily[middle:end].sum(), daily[begin:middle].sum(), (middle - begin) / (end - middle)
        if now + then == 0:
            return None
        recent = bool(now * share > then)
        first, last = (middle, end) if recent else (begin, middle)
        days = np.clip(np.minimum(self.end, last) - np.maximum(self.first, first), 0, None)
        inside = self.deaths * days / np.maximum(self.end - self.first, 1)
        most = int(inside.argmax())
        deaths = float(inside[most])
        rest = rate_ratio(now - deaths * recent, then - deaths * (not recent), share)
        precision = str(self.precision[most]) if len(self.precision) else "day"
        day = self.start + int(self.first[most]) * DAY
        return Deadliest(day, precision, deaths, float(deaths / (now if recent else then)), float(rest), recent)


def single_deaths(study: Study) -> SingleDeaths | None:
    """Return those of a study; none where single attacks are not known."""
    if study.counts is not None:
        return None
    deaths = study.attacks["fatalities_best"].fillna(0).to_numpy(dtype=float)
    first, end = counted_spans(study.attacks)
    squares = spread_evenly(deaths**2, first, end, start=study.start, end_of_all=study.end, told=study.told_end)
    begun, ended = (np.clip((day - study.start) // DAY, 0, squares.size).to_numpy(dtype=int) for day in (first, end))
    return SingleDeaths(study.start, begun, ended, deaths, squares, study.attacks["date_precision"].array)
