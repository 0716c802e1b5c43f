"""Does a season come each year, and do the last days stand out beside the same days of earlier years?

The verdict holds the last days against the year before, and is not changed by what is told here.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.incidents.study import DAY, Study, kept_on_study
from analysis.measures.level import CANNOT_TELL, FALLING, RISING, Level, level_of
from analysis.measures.level_rule import FACTOR, MIN_EVENTS
from analysis.statistics.seasons import MIN_YEARS, season_p

# Years that are looked at, and those in which the same days must have been alike for a season to be asked after.
MOST_YEARS, LEAST_YEARS = 10, 2
# A season is there where years so alike are at most this likely without one.
SEASON_P = 0.02
# ... and where the days stood out the same way in so many of the years that hold `MIN_EVENTS` or more.
MOST_OFTEN = 0.8
# Standard errors by which the last days must be more, or fewer, than the season brings: 95 % on one side.
BEYOND = 1.645
MONTH_DAYS = 365.25 / 12
MORE, FEWER, ALIKE, OPEN = "more", "fewer", "alike", "open"  # codes


@dataclass(frozen=True)
class Season:
    """The last days beside the same days of earlier years.

    Attributes
    ----------
    days, recent
        Length of the span that the verdict's word rests on, and its count.
    same
        Counts of the same days of earlier years, the latest first, as far back as whole years are covered.
    p
        Chance of years so alike without a season (`season_p`), before the last span; missing of fewer than three.
    lifts
        1 where a season is there and these days hold 1.25 times their share of earlier years or more, and more than it
        in four of five, -1 where they hold .8 times or less, and less in four of five; else 0.
    factor
        So many times; missing where no season is there.
    expected
        What the season brings: the year before at that factor; missing as ``factor`` is.
    stands
        `MORE` or `FEWER`: beyond each of ``same``, and clearly beyond what the season brings. Where the word points
        the way of the season: `ALIKE`, within a factor of 1.25 of what it brings, or `OPEN`, where neither can be told.
        ``""`` where there is nothing to tell.
    asked_years
        Years, one after the other, in which the same days stood out alike, as `MOST_YEARS` and `LEAST_YEARS` say; one
        of fewer than `MIN_EVENTS` tells nothing.
    """

    days: int
    recent: float
    same: tuple[float, ...]
    p: float
    lifts: int
    factor: float
    expected: float
    stands: str
    asked_years: int


def stands_beside(
    recent: float, reference: float, share: float, same: np.ndarray, years: np.ndarray, dispersion: float
) -> tuple[float, str]:
    """Return the factor of the season in these days, and how the last count stands beside it; see `Season`.

    Parameters
    ----------
    recent, reference, share
        The last count, that of the year before it, and how many times longer that year is.
    same, years
        Counts of the same days of earlier years, and of the years that begin with them, in one order.
    dispersion
        Variance of a count over its mean.
    """
    factor = float(same.sum() / years.sum() * share) if years.sum() else np.nan
    if not factor > 0 or not reference:
        return factor, OPEN
    ratio = (recent + 0.5) * share / reference / factor
    counted = np.array([recent + 0.5, reference, same.sum(), years.sum()])
    apart = np.log(ratio) / np.sqrt(dispersion * (1 / counted).sum())
    if recent > same.max() and ratio >= FACTOR and apart >= BEYOND:
        return factor, MORE
    if recent < same.min() and ratio <= 1 / FACTOR and apart <= -BEYOND:
        return factor, FEWER
    return factor, ALIKE if 1 / FACTOR <= ratio <= FACTOR else OPEN


def most_years(same: np.ndarray, years: np.ndarray, share: float) -> int:
    """Return 1 where these days hold more than their share in four of five earlier years that can tell, -1 where they
    hold less; else 0. Parameters are as of `stands_beside`."""
    tell = years >= MIN_EVENTS
    over = np.sign(same[tell] * share - years[tell])
    return next((way for way in (1, -1) if tell.any() and (over == way).mean() >= MOST_OFTEN), 0)


def told_beside(direction: int, often: int, factor: float, stands: str) -> tuple[int, str]:
    """Return whether the season lifts (1) or lowers (-1) these days, ``often`` as of `most_years`, and what of
    ``stands`` is to be told beside a word of a direction."""
    lifts = int(factor >= FACTOR) - int(factor <= 1 / FACTOR)
    if not lifts or lifts != often:
        return 0, ""
    return lifts, stands if stands in (MORE, FEWER) or direction == lifts else ""


@kept_on_study
def season_of(study: Study) -> Season | None:
    """Hold the last days of a study against the same days of earlier years; none where no verdict can be told."""
    judged = level_of(study)
    if judged.word == CANNOT_TELL:
        return None
    row = judged.table.iloc[-1 if judged.young else 0]
    days, recent = int(row["span_days"]), float(row["recent"])
    split = study.end - days * DAY
    n_years = next((years for years in range(MOST_YEARS, 0, -1) if _before(split, years) >= study.start), 0)
    same = [study.count_between(_before(split, back), _before(study.end, back)) for back in range(1, n_years + 1)]
    p, lifts, factor, stands = np.nan, 0, np.nan, ""
    if n_years >= MIN_YEARS:
        edges = [split - pd.DateOffset(months=back) for back in range(12 * n_years, -1, -1)]
        months = [
            study.count_between(*month) / ((month[1] - month[0]) // DAY) * MONTH_DAYS for month in pairwise(edges)
        ]
        p = season_p(months)
        if p <= SEASON_P:
            years = np.array([study.count_between(*year) for year in pairwise(edges[::12])])
            share = row["reference_days"] / days
            earlier = np.array(same[::-1]), years  # both oldest first
            factor, beside = stands_beside(recent, row["reference"], share, *earlier, judged.dispersion)
            lifts, stands = told_beside(_direction(judged), most_years(*earlier, share), factor, beside)
    expected = factor * row["reference"] * days / row["reference_days"]
    asked = _asked_years(study, judged, row, same)
    return Season(days, recent, tuple(same), p, lifts, factor, expected, stands, asked)


def _before(day: pd.Timestamp, years: int) -> pd.Timestamp:
    return day - pd.DateOffset(years=years)


def _direction(judged: Level) -> int:
    return {RISING: 1, FALLING: -1}.get(judged.word, judged.leaning)


def _asked_years(study: Study, judged: Level, row: pd.Series, same: list[float]) -> int:
    """Return in how many years before, one after the other, the ``same`` days were as far from the year before them,
    both together holding `MIN_EVENTS` or more; 0 where it was not so in the last two, where they held on average
    clearly fewer (of a fall, more) than these, or where the word has no direction."""
    if judged.word not in (RISING, FALLING):
        return 0
    rises = judged.word == RISING
    scale = row["reference_days"] / row["span_days"]
    held: list[float] = []
    for years, now in enumerate(same, 1):
        split = _before(study.end - int(row["span_days"]) * DAY, years)
        begin = split - int(row["reference_days"]) * DAY
        before = study.count_between(begin, split)
        ratio = now * scale / before if before and begin >= study.start else np.nan
        if now + before < MIN_EVENTS or not (ratio >= FACTOR if rises else ratio <= 1 / FACTOR):
            break
        held.append(now)
    # A level that rises, or falls, from year to year leaves behind what the same days held.
    beyond = row["recent"] / max(np.mean(held), 1) if held else np.nan
    alike = beyond <= FACTOR if rises else beyond >= 1 / FACTOR
    return len(held) if alike and len(held) >= LEAST_YEARS else 0
