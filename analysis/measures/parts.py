"""What each part of a study counts now, beside its usual month: a place, a party, a pair of parties.

The usual month is that of the verdict (`analysis.measures.level`): the mean of the year that ended three months ago. So
the parts of a table add up to the whole, and a rise that began two months ago is not yet what is usual.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.incidents.counting import spread_evenly
from analysis.incidents.study import DAY, Study
from analysis.measures.level_rule import (
    CLEAR_RATIO,
    MIN_EVENTS,
    MIN_REFERENCE_SPANS,
    RECENT_SPANS,
    REFERENCE_SPANS,
)
from analysis.measures.noise import NOISE_SPANS, span_counts, span_edges
from analysis.measures.severity import read_deaths
from analysis.statistics import local_level

COLUMNS = (
    "part", "recent", "before", "usual", "ratio", "low", "high", "direction", "deaths_low", "deaths_best",
    "deaths_high", "n_stated", "n_rows",
)  # fmt: skip
UP, DOWN, SAME, UNKNOWN = "up", "down", "same", ""
# A table has many parts and no second line of evidence: of parts without a change five in a hundred are called up, and
# as many down. At the chance that the verdict's count needs (83 %) it would be up to nineteen either way.
LIKELY = 0.95
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
        highest figures of the span, of those ``n_stated`` of ``n_rows`` rows that have any). ``usual``, the ratio and
        its interval are missing where the history is too short. ``direction`` is `UP` or `DOWN` where the ratio is
        beyond 1.6 (.625), and beyond 1 with a chance of `LIKELY`, `SAME` otherwise, and empty where both spans hold
        too few to say.
    """
    codes, names = pd.factorize(parts, sort=True)
    edges = span_edges(study)[-NOISE_SPANS - 1 :]
    if not len(names) or len(edges) < 2:
        return pd.DataFrame(columns=list(COLUMNS))
    number, first, end = study.row_numbers(), *study.row_spans()
    order = np.argsort(codes, kind="stable")
    held = np.split(order, np.searchsorted(codes[order], np.arange(len(names) + 1)))[1:-1]
    within = {"start": study.start, "end_of_all": study.end}
    # Part by part: the days of all parts together are gigabytes where a table names tens of thousands.
    spans = np.stack(
        [span_counts(spread_evenly(number[one], first.iloc[one], end.iloc[one], **within), edges) for one in held]
    ).round(6)
    table = pd.DataFrame({"part": list(names), "recent": spans[:, -1]})
    table["before"] = spans[:, -2] if spans.shape[1] > 1 else np.nan
    table = table.assign(usual=np.nan, ratio=np.nan, low=np.nan, high=np.nan, direction=UNKNOWN)
    recent = _recent(study, study.start + edges[-2] * DAY)
    deaths = [_sum_deaths(study, recent[codes[recent] == code]) for code in range(len(names))]
    for name in ("low", "best", "high"):
        table[f"deaths_{name}"] = [getattr(one, name) for one in deaths]
    table["n_stated"], table["n_rows"] = [one.n_stated for one in deaths], [one.n for one in deaths]
    n_reference = min(spans.shape[1] - RECENT_SPANS, REFERENCE_SPANS)
    if n_reference >= MIN_REFERENCE_SPANS:
        _compare(table, spans, n_reference)
    table = table[table["recent"].gt(0) | table["usual"].gt(0)]
    return table.sort_values(["recent", "usual", "part"], ascending=[False, False, True], ignore_index=True)


@dataclass(frozen=True)
class Deaths:
    """Deaths of some rows: sums of the lowest, best and highest figures, and of how many rows there is any.

    ``best`` is missing where a row with a figure has no best one.
    """

    low: float
    best: float
    high: float
    n_stated: int
    n: int


def deaths_since(study: Study, first: pd.Timestamp, held: np.ndarray | None = None) -> Deaths:
    """Return the deaths of a study's rows from a day on, of all or of those held, shape (rows,)."""
    recent = _recent(study, first)
    return _sum_deaths(study, recent if held is None else recent[held[recent]])


def _recent(study: Study, first: pd.Timestamp) -> np.ndarray:
    """Return the positions of the rows from a day on."""
    began = study.first_days
    return np.flatnonzero(began.ge(first).to_numpy())


def _sum_deaths(study: Study, at: np.ndarray) -> Deaths:
    if study.counts is None:
        rows = study.attacks.iloc[at]
        low, high, best = read_deaths(rows, "lowest"), read_deaths(rows, "highest"), rows["fatalities_best"]
    else:
        low = high = best = study.counts["deaths"].iloc[at]
    whole = bool(best[high.notna()].notna().all())
    n_stated = int(high.notna().sum())
    return Deaths(float(low.sum()), float(best.sum()) if whole else np.nan, float(high.sum()), n_stated, len(at))


def _compare(table: pd.DataFrame, spans: np.ndarray, n_reference: int) -> None:
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
    rose, fell = (above >= LIKELY) & (ratio >= CLEAR_RATIO), (above <= 1 - LIKELY) & (ratio <= 1 / CLEAR_RATIO)
    table["usual"] = reference / n_reference
    table["ratio"], table["low"] = np.where(finite, ratio, np.nan), np.where(finite, low, np.nan)
    table["high"] = np.where(finite, high, np.nan)
    table["direction"] = np.select([enough & rose, enough & fell, enough], [UP, DOWN, SAME], default=UNKNOWN)
