"""On which days a row counts: its first day, or evenly on all days of the span that it is known to lie in."""

import numpy as np
import pandas as pd

DAY = pd.Timedelta(days=1)


def counted_spans(attacks: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the days ``[first, end)`` over which each attack is counted.

    One day, the first, for an attack dated to a day or a week, or by a publisher who does not say how well. An attack
    dated to a month or a year counts on all days that its own dates leave open, or where these are one day on all of
    that month or year.

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
    return pd.Series(first, index=attacks.index), pd.Series(end, index=attacks.index)


def spread_evenly(
    number: np.ndarray, first: pd.Series, end: pd.Series, *, start: pd.Timestamp, end_of_all: pd.Timestamp
) -> np.ndarray:
    """Return for each day of ``[start, end_of_all)`` the sum of numbers that are spread evenly over days ``[first,
    end)``.

    A span that reaches beyond the days asked for is cut to them before its number is spread, so that no part of the
    number is lost; a span that lies wholly outside counts nowhere.

    Parameters
    ----------
    number
        Shape (rows,).
    first, end
        Each row's first day, and the day after its last.
    start, end_of_all
        The days returned.

    Returns
    -------
    numpy.ndarray
        Floats of shape (days,).
    """
    n_days = int((end_of_all - start) // DAY)
    begins, ends = (
        np.clip((edge.to_numpy().astype("datetime64[D]") - np.datetime64(start, "D")).astype(np.int64), 0, n_days)
        for edge in (first, end)
    )
    lengths, days = ends - begins, np.zeros(n_days)
    for length in sorted(pd.unique(lengths)):
        if length <= 0:
            continue
        held = np.flatnonzero(lengths == length)
        opened = np.bincount(begins[held], weights=number[held], minlength=n_days + 1)
        closed = np.bincount(ends[held], weights=number[held], minlength=n_days + 1)
        # Whole numbers are summed before they are divided, so that a day on which nothing lies is exactly zero.
        days += np.cumsum(opened - closed)[:-1] / length
    return days
