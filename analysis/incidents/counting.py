"""On which days a row counts: its first day, or evenly on all days of the span that it is known to lie in.

So a window holds of each row the share of the row's days that lie in it (`shares_between`), and the same share of its
deaths: every count, sum and number of places of a window follows from these shares. Where rows must be whole (a mean,
a place on a map, the deadliest of all), a row is of the window that holds the middle of its days (`middle_days`). Of
a row dated to a day both are its first day.
"""

import math

import numpy as np
import pandas as pd

DAY = pd.Timedelta(days=1)


def counted_spans(attacks: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the days ``[first, end)`` over which each attack is counted.

    One day, the first, for an attack dated to a day or a week, or by a publisher who does not say how well. An attack
    dated to a month or a year counts on all days that its own dates leave open, or where these are one day on all of
    that month or year. A summary of many days, which is no attack, counts on all of them.

    Parameters
    ----------
    attacks
        Canonical incidents.

    Returns
    -------
    tuple of pandas.Series
        First day and the day after the last, aligned with ``attacks``.
    """
    first, last = (attacks[name].to_numpy(copy=True) for name in ("date_start", "date_end"))
    end = first + DAY.to_timedelta64()
    for precision, unit in (("month", "M"), ("year", "Y")):
        rough = np.flatnonzero(attacks["date_precision"].eq(precision))
        end[rough] = last[rough] + DAY.to_timedelta64()
        lone = rough[last[rough] == first[rough]]
        calendar = first[lone].astype(f"datetime64[{unit}]")
        first[lone], end[lone] = calendar, calendar + 1
    if "incident_kind" in attacks:
        summed = np.flatnonzero(attacks["incident_kind"].eq("summary"))
        end[summed] = last[summed] + DAY.to_timedelta64()
    return pd.Series(first, index=attacks.index), pd.Series(end, index=attacks.index)


def possible_spans(attacks: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the days ``[first, end)`` on which each attack may have been: those on which it counts, and all between
    its dates."""
    first, end = counted_spans(attacks)
    return first.where(first < attacks["date_start"], attacks["date_start"]), end.where(
        end > attacks["date_end"], attacks["date_end"] + DAY
    )


def days_within(
    first: pd.Series, end: pd.Series, *, start: pd.Timestamp, end_of_all: pd.Timestamp, told: pd.Timestamp | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return spans ``[first, end)``, cut to the days ``[start, end_of_all)``, as numbers of days from ``start``.

    Where a table tells of days from ``end_of_all`` up to ``told``, a span reaches as far: what of it lies there is not
    of the days that are counted.
    """
    n_days = int((end_of_all - start) // DAY)
    most = n_days if told is None else max(n_days, int((told - start) // DAY))
    begins, ends = (
        np.clip((edge.to_numpy().astype("datetime64[D]") - np.datetime64(start, "D")).astype(np.int64), 0, last)
        for edge, last in ((first, n_days), (end, most))
    )
    return begins, np.where(begins < n_days, ends, begins)


def shares_between(begins: np.ndarray, ends: np.ndarray, first: int, last: int) -> np.ndarray:
    """Return which share of each span ``[begins, ends)`` lies in the days ``[first, last)``, by their numbers: 0 to 1,
    and 0 of a span without a day."""
    inside = np.clip(np.minimum(ends, last) - np.maximum(begins, first), 0, None)
    return inside / np.maximum(ends - begins, 1)


def shares_of(attacks: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> np.ndarray:
    """Return which share of each of some attacks lies in the days ``[start, end)``, whatever study they are of."""
    begins, ends = (edge.to_numpy().astype("datetime64[D]") for edge in counted_spans(attacks))
    origin = np.datetime64(start, "D")
    return shares_between((begins - origin).astype(np.int64), (ends - origin).astype(np.int64), 0, (end - start) // DAY)


def rounded(value: float) -> int:
    """Return a count as a whole number, halves upwards: one count is written as one number everywhere."""
    return math.floor(round(float(value), 6) + 0.5)


def middle_days(begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the number of the day in the middle of each span ``[begins, ends)``, the earlier of two."""
    return begins + np.maximum(ends - begins - 1, 0) // 2


def periods_of(begins: np.ndarray, ends: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return in which periods each span ``[begins, ends)`` lies, and by which share of its days.

    Parameters
    ----------
    begins, ends
        Numbers of days, shape (rows,).
    edges
        Where periods begin, and the last ends, ascending, shape (periods + 1,).

    Returns
    -------
    tuple of numpy.ndarray
        The row, the period and the share of each pair that has days in common, rows in order.
    """
    n = len(edges) - 1
    first = np.clip(np.searchsorted(edges, begins, side="right") - 1, 0, max(n - 1, 0))
    last = np.clip(np.searchsorted(edges, ends - 1, side="right") - 1, -1, n - 1)
    times = np.where(ends > begins, np.maximum(last - first + 1, 0), 0) if n else np.zeros(len(begins), dtype=np.int64)
    row = np.repeat(np.arange(len(begins)), times)
    at = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    inside = np.clip(np.minimum(ends[row], edges[at + 1]) - np.maximum(begins[row], edges[at]), 0, None)
    held = inside > 0
    return row[held], at[held], inside[held] / (ends - begins)[row[held]]


def distinct_within(codes: np.ndarray, share: np.ndarray, times: np.ndarray) -> tuple[int, int]:
    """Return how many different codes (below 0: none) a window holds, at least and at most: those of rows that lie in
    it wholly, and those of rows of which any day does.

    Parameters
    ----------
    codes, share, times
        Of each row its code, the share of it that lies in the window, and how many attacks it is; shape (rows,).
    """
    held = (codes >= 0) & (times > 0)
    surely, perhaps = (np.unique(codes[held & inside]).size for inside in (share == 1, share > 0))
    return surely, perhaps


def spread_evenly(
    number: np.ndarray,
    first: pd.Series,
    end: pd.Series,
    *,
    start: pd.Timestamp,
    end_of_all: pd.Timestamp,
    told: pd.Timestamp | None = None,
) -> np.ndarray:
    """Return for each day of ``[start, end_of_all)`` the sum of numbers that are spread evenly over days ``[first,
    end)``.

    A span that reaches beyond the days asked for, or those up to ``told``, is cut to them before its number is spread:
    no part of it is lost but what lies in days that are told and not asked for. A span that lies wholly outside counts
    nowhere.

    Parameters
    ----------
    number
        Shape (rows,).
    first, end
        Each row's first day, and the day after its last.
    start, end_of_all
        The days returned.
    told
        As of `days_within`.

    Returns
    -------
    numpy.ndarray
        Floats of shape (days,).
    """
    spans = days_within(first, end, start=start, end_of_all=end_of_all, told=told)
    return spread_over(number, *spans, n_days=int((end_of_all - start) // DAY))


def spread_over(number: np.ndarray, begins: np.ndarray, ends: np.ndarray, *, n_days: int) -> np.ndarray:
    """Return what `spread_evenly` does for spans that are numbers of days, and begin within ``n_days``."""
    lengths, days = ends - begins, np.zeros(n_days)
    for length in sorted(pd.unique(lengths)):
        if length <= 0:
            continue
        held = np.flatnonzero(lengths == length)
        opened = np.bincount(begins[held], weights=number[held], minlength=n_days + 1)
        closed = np.bincount(np.minimum(ends[held], n_days), weights=number[held], minlength=n_days + 1)
        # Whole numbers are summed before they are divided, so that a day on which nothing lies is exactly zero.
        days += np.cumsum(opened - closed)[:-1] / length
    return days
