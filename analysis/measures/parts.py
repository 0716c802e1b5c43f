"""What each part of a study counts now, beside its usual month: a place, a party, a pair of parties.

The usual month is that of the verdict (`analysis.measures.level`): the mean of the year that ended three months ago. So
the parts of a table add up to the whole, and a rise that began two months ago is not yet what is usual.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.incidents.study import DAY, Study
from analysis.measures.deadliest import read_deaths
from analysis.measures.level_rule import (
    FACTOR,
    MIN_EVENTS,
    MIN_REFERENCE_SPANS,
    RECENT_SPANS,
    REFERENCE_SPANS,
    reference_start,
)
from analysis.measures.noise import NOISE_SPANS, span_counts_of_parts, span_edges
from analysis.statistics import local_level

COLUMNS = (
    "part", "recent", "before", "usual", "ratio", "low", "high", "direction", "deaths_low", "deaths_best",
    "deaths_high", "n_stated", "n_rows", "new_since",
)  # fmt: skip
UP, DOWN, SAME, UNKNOWN = "up", "down", "same", ""
# A table has many parts, no second line of evidence, and a heading that names those that moved: of parts without a
# change two or three in a hundred are called up, and as many down. At 95 % a table of 8 to 20 of them named one that
# rose in three to six of ten cases; at the chance that the verdict's count needs (83 %) in nearly each.
LIKELY = 0.975
INTERVAL = 2 * LIKELY - 1  # it lies on its side of 1 where the direction is likely enough


def hold_beside_usual(study: Study, parts: pd.Series) -> pd.DataFrame:
    """Count each part's last span of about a month and hold it against the part's own usual month.

    Parameters
    ----------
    study
        Of incidents or of counts.
    parts
        The part of each row (of ``study.attacks``, or of ``study.counts``); rows without one are in none.

    Returns
    -------
    pandas.DataFrame
        One row a part, most in the last span first: ``part, recent, before`` (the span before it)``, usual, ratio, low,
        high`` (at `INTERVAL`)``, direction, deaths_low, deaths_best, deaths_high`` (sums of the lowest, best and
        highest figures of the span, of those ``n_stated`` of ``n_rows`` rows that have any)``, new_since`` (the day of
        its first row, where that is one of the days compared and a year or more after the record begins). ``usual``,
        the ratio and its interval are missing where the history is too short. ``direction`` is `UP` or `DOWN` where the
        ratio is beyond 1.25 (.8), and beyond 1 with a chance of `LIKELY`, `SAME` otherwise, and empty where both spans
        hold too few to say.
    """
    codes, names = pd.factorize(parts, sort=True)
    edges = span_edges(study)[-NOISE_SPANS - 1 :]
    if not len(names):
        return pd.DataFrame(columns=list(COLUMNS))
    if len(edges) < 2:  # of a history shorter than a span all of it
        edges = [0, (study.end - study.start) // DAY]
    spans = span_counts_of_parts(study, codes, edges, len(names))
    table = pd.DataFrame({"part": list(names), "recent": spans[:, -1]})
    table["before"] = spans[:, -2] if spans.shape[1] > 1 else np.nan
    table = table.assign(usual=np.nan, ratio=np.nan, low=np.nan, high=np.nan, direction=UNKNOWN)
    table = table.assign(**_sum_deaths(study, study.start + edges[-2] * DAY, study.end, codes, len(names)))
    table["new_since"] = _new_since(study, codes, len(names), since=study.start + reference_start(edges) * DAY)
    n_reference = min(spans.shape[1] - RECENT_SPANS, REFERENCE_SPANS)
    compared = n_reference >= MIN_REFERENCE_SPANS
    # Of many names, such as free text, most have nothing in either span: no noise is estimated for these.
    counted = spans[:, -1] > 0
    if compared:
        counted |= spans[:, -RECENT_SPANS - n_reference : -RECENT_SPANS].sum(axis=1) > 0
    table = table[counted].reset_index(drop=True)
    if compared:
        # Parts with the same counts are one: of tens of thousands of names most have an attack or two.
        distinct, part = np.unique(spans[counted], axis=0, return_inverse=True)
        table = table.assign(**{name: values[part] for name, values in _compare(distinct, n_reference).items()})
    return table.sort_values(["recent", "usual", "part"], ascending=[False, False, True], ignore_index=True)


def _new_since(study: Study, codes: np.ndarray, n_parts: int, *, since: pd.Timestamp) -> pd.Series:
    """Return when each part has its first row, where that lies in the days compared and the record begins a year or
    more before it."""
    days = study.first_days
    firsts = days[codes >= 0].groupby(codes[codes >= 0]).min().reindex(range(n_parts))
    # Who begins later than the record does not know what was before.
    begun = pd.Timestamp.max if study.selection.from_date else max(since, study.start + 365 * DAY)
    return firsts.where(firsts.ge(begun))


@dataclass(frozen=True)
class Deaths:
    """Deaths of some rows: sums of the lowest, best and highest figures, and of how many rows there is any.

    ``best`` is missing where a row with a figure has no best one. Rows that lie in the window by a share of their days
    count by it, in the sums and in the numbers of rows.
    """

    low: float
    best: float
    high: float
    n_stated: float
    n: float


def deaths_between(study: Study, start: pd.Timestamp, end: pd.Timestamp, held: np.ndarray | None = None) -> Deaths:
    """Return the deaths of a study's rows in the days ``[start, end)``, of all or of those held, shape (rows,)."""
    codes = np.zeros(len(study.counted_rows), int) if held is None else np.where(held, 0, -1)
    return Deaths(*(one.item() for one in _sum_deaths(study, start, end, codes, 1).values()))


def _sum_deaths(
    study: Study, start: pd.Timestamp, end: pd.Timestamp, codes: np.ndarray, n_parts: int
) -> dict[str, np.ndarray]:
    """Return the deaths of a span by the code of each row's part, -1 for none: `Deaths`, by its columns."""
    share = study.shares_between(start, end)
    at = np.flatnonzero((share > 0) & (codes >= 0))
    codes, share = codes[at], share[at]
    if study.counts is None:
        rows = study.attacks.iloc[at]
        low, high = (read_deaths(rows, reading).to_numpy() for reading in ("lowest", "highest"))
        best = rows["fatalities_best"].to_numpy()
    else:
        low = high = best = study.counts["deaths"].to_numpy()[at]

    def summed(numbers: np.ndarray) -> np.ndarray:
        return np.bincount(codes, weights=numbers * share, minlength=n_parts).round(6)

    stated = ~np.isnan(high)
    unsure = summed(stated & np.isnan(best)) > 0
    return {
        "deaths_low": summed(np.nan_to_num(low)),
        "deaths_best": np.where(unsure, np.nan, summed(np.nan_to_num(best))),
        "deaths_high": summed(np.nan_to_num(high)),
        "n_stated": summed(stated),
        "n_rows": summed(np.ones(len(at))),
    }


def _compare(spans: np.ndarray, n_reference: int) -> dict[str, np.ndarray]:
    recent, reference = spans[:, -1], spans[:, -RECENT_SPANS - n_reference : -RECENT_SPANS].sum(axis=1)
    noise = local_level.estimate_noise(spans)
    weighed: dict[str, Any] = {
        "share": float(n_reference),
        "dispersions": noise.dispersions,
        "weights": noise.of_dispersion,
    }
    above = local_level.chance_above(recent, reference, 1.0, **weighed)
    low, high = local_level.ratio_interval(recent, reference, level=INTERVAL, **weighed)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where((recent == 0) & (reference == 0), np.nan, recent / reference * n_reference)
    finite = np.isfinite(ratio)
    enough = recent + reference >= MIN_EVENTS
    rose, fell = (above >= LIKELY) & (ratio >= FACTOR), (above <= 1 - LIKELY) & (ratio <= 1 / FACTOR)
    return {
        "usual": reference / n_reference,
        "ratio": np.where(finite, ratio, np.nan),
        "low": np.where(finite, low, np.nan),
        "high": np.where(finite, high, np.nan),
        "direction": np.select([enough & rose, enough & fell, enough], [UP, DOWN, SAME], default=UNKNOWN),
    }
