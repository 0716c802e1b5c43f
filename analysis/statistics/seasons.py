"""Does the same time of each year stand out, beyond what a level that moves would show?"""

from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.given import seeded

# Of more turns than these a sample is drawn.
MOST_TURNS = 1728
# Smallest number of years for which the years can be turned against each other often enough.
MIN_YEARS = 3


def season_p(counts: ArrayLike, *, period: int = 12, seed: int = 0) -> float:
    """Return the chance of so alike years if each year's course began in any of its months.

    Square roots of counts, less their mean over the year around each (at the ends: over the first and last year),
    are summed over the years month by month; the sum of squares is held against that of years turned in a circle
    against each other. Turning keeps how months follow each other within a year, so that bursts and a level that
    moves are no season.

    Parameters
    ----------
    counts
        Counts of consecutive months, oldest first, of whole years; shape (n_years * period,).
    period
        Months in a year.
    seed
        Of the turns that are drawn, where there are more than `MOST_TURNS`.

    Returns
    -------
    float
        From ``period ** (1 - n_years)`` to 1; missing of fewer than `MIN_YEARS` years.

    Raises
    ------
    ValueError
        If the years are not whole.

    References
    ----------
    Besag & Clifford 1989, Biometrika 76:633 (tests by simulation); the detrending is the classical decomposition of a
    series.

    Examples
    --------
    Three years with a busy quarter; of 144 turns 1 is as alike:

    >>> round(season_p([9, 9, 9, *[1] * 9] * 3) * 144)
    1
    """
    held = np.asarray(counts, dtype=float)
    if held.size % period:
        raise ValueError(f"{held.size} counts are no whole years of {period}.")
    n_years = held.size // period
    if n_years < MIN_YEARS:
        return float("nan")
    roots = np.sqrt(held + 0.375)
    year = np.convolve(roots, np.r_[0.5, np.ones(period - 1), 0.5] / period, mode="valid")
    half = period // 2
    left = roots - np.pad(year, (half, roots.size - year.size - half), mode="edge")
    years = left.reshape(n_years, period)
    if period ** (n_years - 1) <= MOST_TURNS:
        turns = np.array(list(product(range(period), repeat=n_years - 1)))
    else:
        drawn = seeded(seed).integers(0, period, (MOST_TURNS - 1, n_years - 1))
        turns = np.vstack([np.zeros((1, n_years - 1), dtype=int), drawn])
    months = np.arange(period)
    summed = years[0] + sum(
        one[(months + turn[:, None]) % period] for one, turn in zip(years[1:], turns.T, strict=True)
    )
    alike = np.square(summed).sum(axis=1)
    return float((alike >= alike[0] - 1e-9 * max(alike[0], 1.0)).mean())
