"""Monotone trend without a model: Mann-Kendall test and Sen slope, for one series or a panel of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

SIGNIFICANT_AUTOCORRELATION = 0.05


@dataclass(frozen=True)
class MannKendall:
    """Mann-Kendall results, floats for one series and arrays of shape (n_series,) for a panel.

    ``tau`` is tau-b, which allows for ties in the values; ``tau_a`` is S over the number of pairs. ``z`` has the continuity
    correction; a constant series has z 0 and p 1. ``z`` and ``p_value`` are NaN for fewer than three values.
    """

    statistic: float | np.ndarray
    variance: float | np.ndarray
    z: float | np.ndarray
    p_value: float | np.ndarray
    tau: float | np.ndarray
    tau_a: float | np.ndarray


@dataclass(frozen=True)
class SenSlope:
    """Median of all pairwise slopes, per step, with interval and the intercept of the line through the medians."""

    slope: float | np.ndarray
    intercept: float | np.ndarray
    low: float | np.ndarray
    high: float | np.ndarray


def mann_kendall(x: ArrayLike, *, correction: str | None = None, lags: int | None = None) -> MannKendall:
    """Test for a monotone trend: ``S = sum over i < j of sign(x_j - x_i)``.

    ``Var(S) = (n (n-1) (2n+5) - sum t (t-1) (2t+5)) / 18`` with t the sizes of ties.

    Parameters
    ----------
    x
        Equally spaced values, shape (n,) or (n, n_series), without gaps.
    correction
        None, or ``hamed_rao``: the variance is multiplied by ``n/n*``, from the autocorrelations of the ranks of the detrended
        values that are significant at 5 %. It can shrink the variance as well as widen it.
    lags
        Autocorrelations used by the correction; default all, n - 1.

    Raises
    ------
    ValueError
        If a value is missing or infinite, or a word is unknown.

    References
    ----------
    Mann 1945, Econometrica 13:245; Kendall 1975, Rank Correlation Methods; Hamed & Rao 1998, Journal of Hydrology 204:182.
    """
    from scipy.stats import norm

    values, single = _panel(x)
    if correction not in (None, "hamed_rao"):
        raise ValueError(f"correction is {correction!r}; expected None or 'hamed_rao'.")
    n = len(values)
    statistic = _sign_sums(values)
    ties, tied_pairs = _ties(values)
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    if correction:
        variance = variance * _hamed_rao_factors(values, lags)
    pairs = n * (n - 1) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (statistic - np.sign(statistic)) / np.sqrt(variance)
        tau_a = statistic / pairs if pairs else np.full_like(statistic, np.nan)
        tau = statistic / np.sqrt(pairs * (pairs - tied_pairs))
    z = np.where(statistic == 0, 0.0, z) if n >= 3 else np.full_like(statistic, np.nan)
    tau = np.where(pairs - tied_pairs > 0, tau, np.nan)
    fields = (statistic, variance, z, 2 * norm.sf(np.abs(z)), tau, tau_a)
    return MannKendall(*(_out(field, single) for field in fields))


def sen_slope(x: ArrayLike, *, level: float = 0.95) -> SenSlope:
    """Return the median of ``(x_j - x_i) / (j - i)`` over all pairs, per step.

    Parameters
    ----------
    x
        Equally spaced values, shape (n,) or (n, n_series), without gaps.
    level
        Of the interval, which are the order statistics of the slopes at ``(pairs -+ z sqrt(Var S)) / 2`` with the tie-corrected
        Mann-Kendall variance, as scipy's ``theilslopes`` takes them.

    Returns
    -------
    SenSlope
        The intercept is ``median(x) - slope (n - 1) / 2``, for steps counted from 0. All NaN for fewer than two values.

    References
    ----------
    Sen 1968, Journal of the American Statistical Association 63:1379; Gilbert 1987, section 16.5.
    """
    from scipy.stats import norm

    values, single = _panel(x)
    n, n_series = values.shape
    if n < 2:
        nothing = np.full(n_series, np.nan)
        return SenSlope(*(_out(nothing, single) for _ in range(4)))
    ties, _ = _ties(values)
    spread = norm.ppf((1 + level) / 2) * np.sqrt((n * (n - 1) * (2 * n + 5) - ties) / 18)
    pairs = n * (n - 1) // 2
    lower = np.maximum(np.round((pairs - spread) / 2).astype(int) - 1, 0)
    upper = np.minimum(np.round((pairs + spread) / 2).astype(int), pairs - 1)
    earlier, later = np.triu_indices(n, 1)
    steps = (later - earlier).astype(float)
    middle = ((pairs - 1) // 2, pairs // 2)
    found = np.empty((3, n_series))
    for column in range(n_series):
        slopes = (values[later, column] - values[earlier, column]) / steps
        slopes.partition(sorted({*middle, lower[column], upper[column]}))
        found[:, column] = (slopes[middle[0]] + slopes[middle[1]]) / 2, slopes[lower[column]], slopes[upper[column]]
    slope, low, high = found
    intercept = np.median(values, axis=0) - slope * (n - 1) / 2
    return SenSlope(*(_out(field, single) for field in (slope, intercept, low, high)))


def _panel(x: ArrayLike) -> tuple[np.ndarray, bool]:
    values = np.asarray(x, dtype=float)
    if values.ndim not in (1, 2):
        raise ValueError(f"x has {values.ndim} dimensions; expected (n,) or (n, n_series).")
    bad = ~np.isfinite(values)
    if bad.any():
        raise ValueError(
            f"{bad.sum()} of {values.size} values are missing or infinite; fill the gaps or shorten the series."
        )
    return (values[:, None], True) if values.ndim == 1 else (values, False)


def _out(field: np.ndarray, single: bool) -> float | np.ndarray:
    field = np.asarray(field, dtype=float)
    return float(field[0]) if single else field


def _sign_sums(values: np.ndarray) -> np.ndarray:
    total = np.zeros(values.shape[1])
    for lag in range(1, len(values)):
        later, earlier = values[lag:], values[:-lag]
        total += (later > earlier).sum(axis=0, dtype=np.int64) - (later < earlier).sum(axis=0, dtype=np.int64)
    return total


def _ties(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each series, ``sum t (t-1) (2t+5)`` and the number of tied pairs."""
    n = len(values)
    order = np.sort(values, axis=0)
    starts = np.ones(order.shape, dtype=bool)
    starts[1:] = order[1:] != order[:-1]
    place, series = np.nonzero(starts.T)[::-1]
    ends = np.append(place[1:], 0)
    last = np.append(series[1:] != series[:-1], True)
    size = np.where(last, n, ends) - place
    weighted = np.bincount(series, weights=size * (size - 1.0) * (2 * size + 5), minlength=values.shape[1])
    return weighted, np.bincount(series, weights=size * (size - 1) / 2, minlength=values.shape[1])


def _hamed_rao_factors(values: np.ndarray, lags: int | None) -> np.ndarray:
    from scipy.stats import norm, rankdata

    n = len(values)
    if n < 4:
        return np.ones(values.shape[1])
    slope = np.atleast_1d(sen_slope(values).slope)
    ranks = rankdata(values - np.arange(1, n + 1)[:, None] * slope, axis=0)
    centred = ranks - ranks.mean(axis=0)
    power = (centred**2).sum(axis=0)
    limit = norm.ppf(1 - SIGNIFICANT_AUTOCORRELATION / 2) / np.sqrt(n)
    total = np.zeros(values.shape[1])
    for lag in range(1, (n - 1 if lags is None else min(lags, n - 1)) + 1):
        with np.errstate(invalid="ignore"):
            correlation = (centred[lag:] * centred[:-lag]).sum(axis=0) / power
        counted = np.abs(correlation) > limit
        total += np.where(counted, (n - lag) * (n - lag - 1.0) * (n - lag - 2) * correlation, 0.0)
    return 1 + 2 / (n * (n - 1) * (n - 2)) * total
