"""Is there a monotone trend? Mann-Kendall test and Sen slope, for one series or many at once."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.compiled import compiled
from analysis.statistics.given import proportion, whole_number

# A lag's rank autocorrelation counts in the Hamed-Rao correction where it is significant at this level (two-sided).
AUTOCORRELATION_LEVEL = 0.05
MIN_VALUES = 3
# Up to so many pairs in all, sorting every slope is quicker than loading compiled code.
MANY_PAIRS = 10_000_000
# Least number of slopes looked at first, to know where the wanted quantiles must lie, and standard errors about them.
SAMPLED_PAIRS = 1024
SAMPLE_MARGIN = 4.0
# Slopes held at once for one series; where more are needed, all are sorted.
MAX_HELD = 20_000_000


@dataclass(frozen=True)
class MannKendall:
    """Mann-Kendall test; floats for one series, arrays of shape (n_series,) for a panel. See `mann_kendall`.

    Attributes
    ----------
    statistic, variance
        S and its variance, corrected for ties and, where asked for, for autocorrelation.
    z, p_value
        Normal score and two-sided p-value.
    tau, tau_a
        Kendall's tau-b, which allows for ties, and tau-a, which is S over the number of pairs.
    variance_ratio
        Hamed and Rao's n/n*; 1 without correction.
    reason
        Why ``z``, ``p_value`` or the taus are NaN; empty where they are not.
    """

    statistic: float | np.ndarray
    variance: float | np.ndarray
    z: float | np.ndarray
    p_value: float | np.ndarray
    tau: float | np.ndarray
    tau_a: float | np.ndarray
    variance_ratio: float | np.ndarray
    reason: str | np.ndarray


@dataclass(frozen=True)
class SenSlope:
    """Sen slope per period with interval and intercept; floats for one series, arrays for a panel. See `sen_slope`."""

    slope: float | np.ndarray
    intercept: float | np.ndarray
    low: float | np.ndarray
    high: float | np.ndarray


def mann_kendall(
    x: ArrayLike, *, correction: str | None = None, lags: int | None = None, continuity: bool = True
) -> MannKendall:
    """Test for a monotone trend: ``S = sum over i < j of sign(x_j - x_i)``, ``z = (S - sign S) / sqrt(var S)``.

    ``var S = (n (n-1) (2n+5) - sum t (t-1) (2t+5)) / 18`` with t the sizes of groups of equal values. With
    ``correction="hamed_rao"`` it is multiplied by ``n/n* = 1 + 2 / (n (n-1) (n-2)) * sum (n-k) (n-k-1) (n-k-2) r_k``
    over lags k, where r_k are the autocorrelations of the ranks of x minus its Sen slope, of which only those
    significant at 5 % count.

    Parameters
    ----------
    x
        One series, shape (n_periods,), or a panel, shape (n_periods, n_series); equally long periods in order. Missing
        values (NaN) are left out of their series.
    correction
        None or ``hamed_rao``. It can shrink the variance as well as widen it, and with seasonal data the p-value may
        flip with the number of lags: a check, never the only word.
    lags
        How many lags the correction looks at; default all, n - 1.
    continuity
        Whether S is moved by one towards zero.

    Returns
    -------
    MannKendall
        Not computed, with a reason, for series of fewer than three values or of equal values, and where the correction
        meets gaps or leaves no positive variance.

    Raises
    ------
    ValueError
        If x has more than two dimensions or holds infinite values, or an option is unknown.

    Notes
    -----
    Time grows with n_periods squared and linearly with n_series.

    References
    ----------
    Mann 1945, Econometrica 13:245; Kendall 1975, Rank Correlation Methods; Hamed & Rao 1998, Journal of Hydrology
    204:182.
    """
    from scipy.special import ndtr

    panel, single = _as_panel(x)
    if correction not in (None, "hamed_rao"):
        raise ValueError(f"correction={correction!r}; expected None or 'hamed_rao'.")
    lags = None if lags is None else whole_number("lags", lags)
    n = np.isfinite(panel).sum(axis=0)
    ranks, tied_pairs, tied_sum = _rank(panel)
    statistic = _sum_of_signs(ranks)
    pairs = n * (n - 1) / 2
    ratio = _variance_ratio(panel, lags) if correction else np.ones(n.shape)
    variance = (n * (n - 1.0) * (2 * n + 5) - tied_sum) / 18 * ratio

    reason = np.full(n.shape, "", dtype=object)
    reason[np.isnan(ratio)] = "the correction for autocorrelation needs a series without gaps"
    reason[ratio <= 0] = "the correction for autocorrelation leaves no positive variance"
    reason[tied_pairs == pairs] = "all values are equal"
    reason[n < MIN_VALUES] = f"fewer than {MIN_VALUES} values"
    ordered = (tied_pairs < pairs) & (n >= MIN_VALUES)
    judged = reason == ""
    moved = statistic - np.sign(statistic) if continuity else statistic
    z, tau, tau_a = np.full((3, n.size), np.nan)
    z[judged] = moved[judged] / np.sqrt(variance[judged])
    tau[ordered] = (statistic / np.sqrt(np.maximum(pairs * (pairs - tied_pairs), 1)))[ordered]
    tau_a[ordered] = statistic[ordered] / pairs[ordered]
    fields = (statistic.astype(float), variance, z, 2 * ndtr(-np.abs(z)), tau, tau_a, ratio)
    if single:
        return MannKendall(*(float(field[0]) for field in fields), reason[0])  # type: ignore[call-arg, arg-type]
    return MannKendall(*fields, reason)


def sen_slope(x: ArrayLike, *, level: float = 0.95) -> SenSlope:
    """Estimate a trend per period as the median slope over all pairs: ``median of (x_j - x_i) / (j - i)``.

    Parameters
    ----------
    x
        As in `mann_kendall`; missing values are left out, distances in time are kept.
    level
        Of the interval: the slopes whose ranks lie ``z sqrt(var S) / 2`` either side of the middle, with the
        tie-corrected variance of the Mann-Kendall statistic. It holds for independent values.

    Returns
    -------
    SenSlope
        ``intercept`` is ``median(x) - slope * median(t)`` with t = 0, 1, ... for the periods of x. All are NaN for a
        series of fewer than two values, which has no slope.

    Raises
    ------
    ValueError
        If x has more than two dimensions or holds infinite values, or ``level`` is not between 0 and 1.

    References
    ----------
    Theil 1950; Sen 1968, Journal of the American Statistical Association 63:1379.
    """
    from scipy.special import ndtri

    panel, single = _as_panel(x)
    proportion("level", level)
    present = np.isfinite(panel)
    n = present.sum(axis=0)
    _, tied_pairs, tied_sum = _rank(panel)
    reach = ndtri((1 + level) / 2) * np.sqrt((n * (n - 1.0) * (2 * n + 5) - tied_sum) / 18)
    pairs = n * (n - 1) // 2
    last = np.maximum(pairs - 1, 0)
    wanted = np.stack(
        [
            np.clip(np.round((pairs - reach) / 2) - 1, 0, last),
            last // 2,
            pairs // 2,
            np.clip(np.round((pairs + reach) / 2), 0, last),
        ]
    ).astype(int)
    pick = _pick_compiled if pairs.sum() > MANY_PAIRS else _pick_sorted
    slope, intercept, low, high = fields = np.full((4, n.size), np.nan)
    for column in np.flatnonzero(n >= 2):
        times = np.flatnonzero(present[:, column]).astype(float)
        values = panel[present[:, column], column]
        low[column], lower, upper, high[column] = pick(times, values, wanted[:, column], int(tied_pairs[column]))
        slope[column] = (lower + upper) / 2
        intercept[column] = np.median(values) - slope[column] * np.median(times)
    return SenSlope(*(float(field[0]) if single else field for field in fields))


def _as_panel(x: ArrayLike) -> tuple[np.ndarray, bool]:
    panel = np.asarray(x, dtype=float)
    if panel.ndim not in (1, 2):
        raise ValueError(f"x has shape {panel.shape}; expected (n_periods,) or (n_periods, n_series).")
    if infinite := int(np.isinf(panel).sum()):
        raise ValueError(f"{infinite} of {panel.size} values are infinite; correct them, or blank them as NaN.")
    return (panel[:, None], True) if panel.ndim == 1 else (panel, False)


def _rank(panel: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return dense ranks in the smallest type that holds them, and by series the tied pairs and ``sum t (t-1)
    (2t+5)``."""
    n_periods, n_series = panel.shape
    if not panel.size:
        return panel, np.zeros(n_series), np.zeros(n_series)
    order = np.argsort(panel, axis=0)
    ascending = np.take_along_axis(panel, order, axis=0)
    new = np.ones(panel.shape, dtype=bool)
    new[1:] = ascending[1:] != ascending[:-1]
    # Missing values sort last, each a group of one: they add nothing to the sums over ties.
    starts = np.flatnonzero(new.T)
    sizes = np.diff(np.append(starts, panel.size)).astype(float)
    owner = starts // n_periods
    tied_pairs = np.bincount(owner, sizes * (sizes - 1) / 2, minlength=n_series)
    tied_sum = np.bincount(owner, sizes * (sizes - 1) * (2 * sizes + 5), minlength=n_series)
    missing = np.isnan(panel)
    small = n_periods <= np.iinfo(np.int16).max
    ranks = np.empty(panel.shape, dtype=np.float32 if missing.any() else np.int16 if small else np.int32)
    np.put_along_axis(ranks, order, np.cumsum(new, axis=0).astype(ranks.dtype), axis=0)
    if missing.any():
        ranks[missing] = np.nan
    return ranks, tied_pairs, tied_sum


def _sum_of_signs(ranks: np.ndarray) -> np.ndarray:
    """Return S of each series: lag by lag, so that every step runs over all series at once."""
    n_periods, n_series = ranks.shape
    statistic = np.zeros(n_series, dtype=np.int64)
    wide_enough = np.int16 if n_periods <= np.iinfo(np.int16).max else np.int64
    for lag in range(1, n_periods):
        later, earlier = ranks[lag:], ranks[:-lag]
        signs = (later > earlier).view(np.int8) - (later < earlier).view(np.int8)
        statistic += np.add.reduce(signs, axis=0, dtype=wide_enough)
    return statistic


def _variance_ratio(panel: np.ndarray, lags: int | None) -> np.ndarray:
    """Return Hamed and Rao's n/n* of each series; NaN for one with gaps or of fewer than three values."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    n, n_series = panel.shape
    ratio = np.full(n_series, np.nan)
    whole = np.flatnonzero(np.isfinite(panel).all(axis=0))
    if n < MIN_VALUES or not whole.size:
        return ratio
    held = panel[:, whole]
    ranks = rankdata(held - np.arange(1, n + 1)[:, None] * sen_slope(held).slope, axis=0)
    ranks -= ranks.mean(axis=0)
    size = 2 ** int(np.ceil(np.log2(2 * n)))
    spectrum = np.fft.rfft(ranks, size, axis=0)
    covariance = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size, axis=0)[:n]
    total = (ranks**2).sum(axis=0)
    correlation = np.divide(covariance, total, out=np.zeros_like(covariance), where=total > 0)
    lag = np.arange(1, min(n - 1, lags or n) + 1)
    correlation = correlation[lag]
    correlation[np.abs(correlation) <= ndtri(1 - AUTOCORRELATION_LEVEL / 2) / np.sqrt(n)] = 0
    weight = (n - lag) * (n - lag - 1.0) * (n - lag - 2)
    ratio[whole] = 1 + 2 / (n * (n - 1.0) * (n - 2)) * (weight @ correlation)
    return ratio


def _pick_sorted(times: np.ndarray, values: np.ndarray, wanted: np.ndarray, n_level: int) -> np.ndarray:
    """Return the slopes of the wanted ranks by sorting all; ``n_level`` of them are zero, which is not needed here."""
    earlier, later = np.triu_indices(times.size, 1)
    slopes = (values[later] - values[earlier]) / (times[later] - times[earlier])
    slopes.sort()
    return slopes[wanted]


def _pick_compiled(times: np.ndarray, values: np.ndarray, wanted: np.ndarray, n_level: int) -> np.ndarray:
    """Return the slopes of the wanted ranks by sorting only a range that a sample of pairs shows to hold them.

    The ``n_level`` slopes of zero, between equal values, are known in number: they are neither held nor sorted.
    """
    n_pairs = times.size * (times.size - 1) // 2
    held = np.empty(min(n_pairs + times.size, MAX_HELD))
    for n_sampled in (max(SAMPLED_PAIRS, 2 * times.size), max(16 * SAMPLED_PAIRS, 32 * times.size)):
        earlier, later = _sample(times.size, n_sampled)
        sampled = np.sort((values[later] - values[earlier]) / (times[later] - times[earlier]))
        margin = SAMPLE_MARGIN * np.sqrt(0.25 / n_sampled)
        first = int((wanted[0] / n_pairs - margin) * n_sampled)
        last = int(np.ceil((wanted[-1] / n_pairs + margin) * n_sampled))
        low = sampled[first] if first >= 0 else -np.inf
        high = sampled[last] if last < n_sampled else np.inf
        below, size = compiled(_slopes_between)(times, values, low, high, held)
        zeros = n_level if low <= 0 <= high else 0
        ranks = wanted - below
        if size >= 0 and ranks[0] >= 0 and ranks[-1] < size + zeros:
            return _pick_from(np.sort(held[:size]), zeros, ranks)
    return _pick_sorted(times, values, wanted, n_level)


def _pick_from(inside: np.ndarray, zeros: int, ranks: np.ndarray) -> np.ndarray:
    """Return the slopes of the given ranks among the sorted ones and so many zeros, which belong after the negative
    ones."""
    negative = np.searchsorted(inside, 0.0)
    at_zero = (ranks >= negative) & (ranks < negative + zeros)
    place = np.where(ranks < negative, ranks, ranks - zeros)
    slopes = np.zeros(ranks.size)
    slopes[~at_zero] = inside[place[~at_zero]]
    return slopes


@lru_cache(maxsize=8)
def _sample(n: int, n_sampled: int) -> tuple[np.ndarray, np.ndarray]:
    """Return random pairs of positions, the earlier first; the same for every series of n values."""
    generator = np.random.default_rng(n)
    one = generator.integers(0, n, n_sampled)
    other = (one + generator.integers(1, n, n_sampled)) % n
    return np.minimum(one, other), np.maximum(one, other)


def _slopes_between(times, values, low, high, held):
    """Count slopes below ``low`` and hold those in ``[low, high]`` but zeros; a size of -1: no room to hold them."""
    n = times.size
    below, size = 0, 0
    for i in range(n - 1):
        if size + n - i > held.size:
            return below, -1
        for j in range(i + 1, n):
            slope = (values[j] - values[i]) / (times[j] - times[i])
            below += slope < low
            held[size] = slope
            size += (slope >= low) & (slope <= high) & (slope != 0)
    return below, size
