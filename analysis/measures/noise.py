"""How much do a study's counts vary from month to month around their level? One answer for every question that compares
counts."""

from itertools import pairwise
from typing import TypedDict

import numpy as np
import pandas as pd

from analysis.incidents.study import DAY, Study, kept_on_study
from analysis.statistics import local_level
from analysis.statistics.local_level import Noise

# A span is about a month. Five years of them tell how counts vary now.
SPAN_DAYS, WEEKLY_SPAN_DAYS, NOISE_SPANS = 30, 28, 60
LOOK_DAYS = 7


def counted_by_month(study: Study) -> bool:
    """Whether the table holds counts of periods as long as a span, so that spans are its periods."""
    return study.count_period_days >= WEEKLY_SPAN_DAYS


def span_width(study: Study) -> int:
    """Return how many days a span has, 0 where spans are the months of the table."""
    if counted_by_month(study):
        return 0
    return WEEKLY_SPAN_DAYS if study.count_period_days > 1 else SPAN_DAYS


def span_edges(study: Study, *, back: int = 0) -> list[int]:
    """Return where the spans that end ``back`` looks before as_of begin and end, as days from the study's start,
    ascending.

    Spans have 30 days; 28 in a table of weekly counts; in a table of monthly counts they are its months, and a look
    back is a month.
    """
    n_days = (study.end - study.start) // DAY
    if counted_by_month(study):
        months = pd.date_range(study.start, study.end, freq="MS", unit="us")
        edges = [(month - study.start) // DAY for month in months]
        return edges[: len(edges) - back]
    return day_edges(n_days - LOOK_DAYS * back, width=span_width(study))


def day_edges(n_days: int, *, width: int = SPAN_DAYS) -> list[int]:
    """Return where spans of so many days begin and end that end with the last of ``n_days``, ascending."""
    return list(range(n_days % width, n_days + 1, width)) if n_days >= 0 else []


def span_counts(daily: np.ndarray, edges: list[int]) -> np.ndarray:
    """Sum daily counts, shape (..., n_days), between each edge and the next, shape (..., n_spans)."""
    total = np.concatenate([np.zeros((*daily.shape[:-1], 1)), np.cumsum(daily, axis=-1)], axis=-1)
    return np.diff(total[..., edges], axis=-1)


def span_counts_of_parts(study: Study, codes: np.ndarray, edges: list[int], n_parts: int) -> np.ndarray:
    """Count each part of a study's rows between each edge and the next.

    Each row counts evenly on its days within the study, as in `analysis.incidents.counting.spread_evenly`. Rows are
    gone through once a span, and the days of no part are held: of tens of thousands of parts these are gigabytes.

    Parameters
    ----------
    study
        Of incidents or of counts.
    codes
        The part of each of its `row_spans`, from 0 to ``n_parts``, exclusive; of rows that are in none -1.
    edges
        As of `span_edges`.

    Returns
    -------
    numpy.ndarray
        Rounded to six digits, shape (n_parts, n_spans).
    """
    begins, ends = study.day_numbers
    at = np.flatnonzero((codes >= 0) & (ends > np.maximum(begins, edges[0])))
    codes, begins, ends = codes[at], begins[at], ends[at]
    daily = study.row_numbers()[at] / (ends - begins)
    spans = np.empty((n_parts, len(edges) - 1))
    for one, (low, high) in enumerate(pairwise(edges)):
        days = np.minimum(ends, high) - np.maximum(begins, low)
        inside = np.flatnonzero(days > 0)
        spans[:, one] = np.bincount(codes[inside], weights=(daily * days)[inside], minlength=n_parts)
    return spans.round(6)


class ExpectedNoise(TypedDict, total=False):
    """What `local_level.estimate_noise` is to expect, where it is not its own default."""

    dispersions: np.ndarray
    prior: tuple[float, float]


def expected_noise(quantity: str) -> ExpectedNoise:
    """Return the grid and prior of the dispersion for ``attacks`` or ``deaths``, as `estimate_noise` takes them."""
    if quantity == "attacks":
        return {}
    return {"dispersions": local_level.WIDE_DISPERSIONS, "prior": local_level.WIDE_DISPERSION_PRIOR}


def noise_of_counts(daily: np.ndarray, edges: list[int], *, quantity: str = "attacks") -> Noise:
    """Estimate the noise of one series of daily counts, shape (n_days,), or of several, shape (n_series, n_days), over
    spans."""
    spans = span_counts(daily, edges[-NOISE_SPANS - 1 :])
    return local_level.estimate_noise(spans, **expected_noise(quantity))


@kept_on_study
def noise_of(study: Study, *, quantity: str = "attacks") -> Noise:
    """Estimate once the noise of a study's attacks or deaths as of its last day."""
    return noise_of_counts(study.daily_counts(quantity), span_edges(study), quantity=quantity)
