"""Distributions of counts, held by their cumulative chances at fixed knots: every count to 20, then steps of an eighth,
straight in between.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special


def _knots() -> np.ndarray:
    knots = list(range(21))
    while knots[-1] < 1e7:
        knots.append(int(np.ceil(knots[-1] * 1.125)))
    return np.array(knots, dtype=float)


KNOTS = _knots()
LARGEST_COUNT = 1_000_000
# Counts between a knot and the one before, it among them: how many, and where their mean lies.
LEFT = np.concatenate([[-1.0], KNOTS[:-1]])
WIDTHS = KNOTS - LEFT
ROOTS = np.sqrt(WIDTHS)
_CERTAIN = 42.0  # what is over has a chance below e**-42
_LEAST_MEAN = 1e-290
_MIDDLES = (WIDTHS + 1) / (2 * WIDTHS)


def quantile_cdf(cdf: np.ndarray, level: float) -> np.ndarray:
    """Return the least count with a chance of at least ``level`` of it or fewer.

    Parameters
    ----------
    cdf
        Chances of at most ``KNOTS``, shape (..., len(KNOTS)).
    level
        Between 0 and 1.

    Returns
    -------
    numpy.ndarray
        Whole numbers, shape (...).
    """
    after = (cdf < level - 1e-12).sum(axis=-1)
    knot, step, lower, rise = _up_to(cdf, after)
    share = np.divide(level - lower, rise, out=np.ones(after.shape), where=rise > 0)
    return np.where(after == 0, 0.0, knot + np.ceil(np.clip(share, 0, 1) * step - 1e-9))


def cumulative_cdf(cdf: np.ndarray, counts: ArrayLike) -> np.ndarray:
    """Return the chance of at most ``counts``, shape (...); 0 below zero. ``cdf`` is as in `quantile_cdf`."""
    counts = np.broadcast_to(np.asarray(counts, dtype=float), cdf.shape[:-1])
    knot, step, lower, rise = _up_to(cdf, np.searchsorted(KNOTS, counts))
    share = np.divide(counts - knot, step, out=np.ones(counts.shape), where=step > 0)
    return np.where(counts < 0, 0.0, np.clip(lower + rise * share, 0.0, 1.0))


def _up_to(cdf: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return of the stretch that ends at each knot: the knot before and how far it is, its chance and what is added to
    it."""
    after = np.minimum(after, len(KNOTS) - 1)
    before = np.maximum(after - 1, 0)
    upper, lower = (np.take_along_axis(cdf, at[..., None], -1)[..., 0] for at in (after, before))
    return KNOTS[before], KNOTS[after] - KNOTS[before], lower, upper - lower


def crps_cdf(cdf: np.ndarray, observed: ArrayLike) -> np.ndarray:
    """Return the continuous ranked probability score ``sum over counts z of (F(z) - 1[observed <= z])^2``, exactly.

    Parameters
    ----------
    cdf
        As in `quantile_cdf`.
    observed
        What came, shape (...), below the last knot.

    Returns
    -------
    numpy.ndarray
        In events, at least 0, shape (...).

    References
    ----------
    Gneiting & Raftery 2007, Journal of the American Statistical Association 102:359.
    """
    observed = np.asarray(observed, dtype=float)[..., None]
    n = np.diff(KNOTS)
    step = np.diff(cdf, axis=-1) / n
    at = cdf[..., :-1]
    n_below = np.clip(observed - 1 - KNOTS[:-1], 0, n)
    below = _sum_of_squares(at, step, n_below)
    above = _sum_of_squares(1 - at, -step, n) - _sum_of_squares(1 - at, -step, n_below)
    first = np.where(observed[..., 0] > 0, cdf[..., 0], 1 - cdf[..., 0]) ** 2
    return np.maximum(first + (below + above).sum(axis=-1), 0.0)


def _sum_of_squares(first: np.ndarray, step: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Return the sum over i = 1..n of ``(first + i step)^2``."""
    return n * first * first + first * step * n * (n + 1) + step * step * n * (n + 1) * (2 * n + 1) / 6


def negative_binomial_cdf(mean: np.ndarray, dispersion: float) -> np.ndarray:
    """Return chances of at most ``KNOTS``, shape (..., len(KNOTS)); dispersion 0 is Poisson, mean 0 is no event."""
    mean = np.asarray(mean, dtype=float)[..., None]
    positive = np.where(mean > 0, mean, 1.0)
    if dispersion == 0:
        found = special.pdtr(KNOTS, positive)
    else:
        found = sized_cdf(positive, np.full_like(positive, 1 / dispersion))
    return np.where(mean > 0, found, 1.0)


def sized_cdf(mean: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return negative binomial chances of at most ``KNOTS``, shape (..., len(KNOTS)), of means above 0 and sizes, the
    reciprocals of their dispersion, both of shape (..., 1).

    Most knots lie so far beyond a mean that Chernoff's bound makes their chance 1 to the last bit: they are not
    computed.
    """
    mean = np.maximum(mean, _LEAST_MEAN)  # a knot by less is no number
    found = np.ones((*mean.shape[:-1], len(KNOTS)))
    bound = special.xlogy(KNOTS, KNOTS / mean) - (KNOTS + size) * np.log((KNOTS + size) / (mean + size))
    row = np.nonzero((mean >= KNOTS) | (bound < _CERTAIN))
    mean, size, knots = mean[(*row[:-1], 0)], size[(*row[:-1], 0)], KNOTS[row[-1]]
    found[row] = special.betainc(size, knots + 1, size / (size + mean))
    return found


def between_knots(values: np.ndarray) -> np.ndarray:
    """Return means over the counts up to each knot from the one before, of values at the knots that are straight in
    between."""
    found = values * _MIDDLES
    found[..., 1:] += values[..., :-1] * (1 - _MIDDLES[1:])
    return found
