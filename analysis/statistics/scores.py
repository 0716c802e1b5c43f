"""How good was a forecast of a count? Scores, calibration and coverage.

Lower scores are better. Every function takes arrays that broadcast, one forecast an element, and gives one number for
each; means over units and periods are the caller's. The negative binomial is given by its mean and its dispersion:
``variance = mean + dispersion
* mean^2`` (in R, ``size = 1 / dispersion``), and dispersion 0 is Poisson. All formulas stay finite and exact for large
  counts and means.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.statistics.given import proportion, whole_number

# Trapezoid for the mean difference of two negative binomials: step, and how far beyond the integrand's bends it
# reaches.
STEP, LEFT, RIGHT = 0.15, 13.0, 14.0
MAX_NODES_AT_ONCE = 2_000_000
# Beyond this a float no longer tells every whole number from the next.
LARGEST = 1e15
# First count of each class but the first, which is zero: the classes of the VIEWS prediction challenge.
COUNT_CLASSES = (1, 3, 6, 11, 26, 51, 101, 251, 501, 1001)


def crps_sample(draws: ArrayLike, observed: ArrayLike) -> float | np.ndarray:
    """Return the continuous ranked probability score of a sample: ``mean |X - y| - mean |X - X'| / 2`` over draws and
    pairs of draws.

    Parameters
    ----------
    draws
        Draws from the forecast, shape (..., n_draws), n_draws >= 1; the last axis holds the draws of one forecast.
    observed
        What came, shape (...), broadcast with the leading axes of ``draws``.

    Returns
    -------
    float or numpy.ndarray
        In the unit of ``observed``, at least 0. Pairs of a draw with itself count, so that this is the score of the
        sample's empirical distribution; a single draw scores its absolute error.

    Raises
    ------
    ValueError
        If a value is missing or infinite, or there are no draws.

    References
    ----------
    Gneiting & Raftery 2007, Journal of the American Statistical Association 102:359, equation 21.
    """
    draws, observed = _sample(draws, observed)
    n_draws = draws.shape[-1]
    ordered = np.sort(draws, axis=-1)
    error = np.abs(ordered - observed[..., None]).mean(axis=-1)
    # Each gap between neighbours lies between k * (n - k) pairs of draws: a sum without a difference of large numbers.
    below = np.arange(1, n_draws)
    spread = (np.diff(ordered, axis=-1) * (below * (n_draws - below) / n_draws**2)).sum(axis=-1)
    return _plain(np.maximum(error - spread, 0.0))


def crps_poisson(mean: ArrayLike, observed: ArrayLike) -> float | np.ndarray:
    """Return the continuous ranked probability score of a Poisson forecast.

    ``E|X - y| - E|X - X'| / 2`` with ``E|X - y| = (y - m) (2 F(y) - 1) + 2 m f(y)`` and
    ``E|X - X'| / 2 = m exp(-2m) (I0(2m) + I1(2m))``.

    Parameters
    ----------
    mean
        Of the forecast, at least 0.
    observed
        Counts: whole numbers of at least 0; broadcast with ``mean``.

    Returns
    -------
    float or numpy.ndarray
        In events, at least 0.

    Raises
    ------
    ValueError
        If a value is missing, infinite or out of range.

    References
    ----------
    Wei & Held 2014, TEST 23:787; Gneiting & Raftery 2007, Journal of the American Statistical Association 102:359.
    """
    return crps_negative_binomial(mean, 0.0, observed)


def crps_negative_binomial(mean: ArrayLike, dispersion: ArrayLike, observed: ArrayLike) -> float | np.ndarray:
    """Return the continuous ranked probability score of a negative-binomial forecast.

    ``E|X - y| - E|X - X'| / 2`` with ``E|X - y| = (y - m) (2 F(y) - 1) + 2 m (1 + dispersion y) f(y)`` and, with v the
    variance and
    r = 1 / dispersion, ``E|X - X'| / 2 = v 2F1(r + 1, 1/2; 2; -4 v / r)``, by quadrature of its integral to about
    1e-13.

    Parameters
    ----------
    mean
        Of the forecast, at least 0.
    dispersion
        At least 0; ``variance = mean + dispersion * mean^2``. 0 is Poisson.
    observed
        Counts: whole numbers of at least 0; the three broadcast.

    Returns
    -------
    float or numpy.ndarray
        In events, at least 0.

    Raises
    ------
    ValueError
        If a value is missing, infinite or out of range.

    References
    ----------
    Wei & Held 2014, TEST 23:787. The form of E|X - y| follows from its equation by the recurrence of the incomplete
    beta function.
    """
    mean, dispersion, observed = _forecast(mean, dispersion, observed)
    half_difference = np.broadcast_to(
        _half_mean_difference(mean, dispersion), np.broadcast_shapes(mean.shape, observed.shape)
    )
    chance = np.exp(_log_chance(mean, dispersion, observed))
    upto = _cumulative(mean, dispersion, observed)
    error = (observed - mean) * (2 * upto - 1) + 2 * mean * (1 + dispersion * observed) * chance
    return _plain(np.maximum(error - half_difference, 0.0))


def interval_score(low: ArrayLike, high: ArrayLike, observed: ArrayLike, *, level: float) -> float | np.ndarray:
    """Return the interval score ``(high - low) + (2 / a) (low - y)+ + (2 / a) (y - high)+`` with ``a = 1 - level``.

    Parameters
    ----------
    low, high
        Ends of the central prediction interval, low <= high.
    observed
        What came; the three broadcast.
    level
        Nominal coverage, between 0 and 1.

    Returns
    -------
    float or numpy.ndarray
        In the unit of ``observed``, at least 0; its mean is the mean interval score.

    Raises
    ------
    ValueError
        If a value is missing or infinite, an interval is turned round, or the level is out of range.

    References
    ----------
    Gneiting & Raftery 2007, Journal of the American Statistical Association 102:359, equation 43.
    """
    low, high, observed = _intervals(low, high, observed)
    proportion("level", level)
    outside = np.maximum(low - observed, 0) + np.maximum(observed - high, 0)
    return _plain(high - low + 2 / (1 - level) * outside)


def coverage(low: ArrayLike, high: ArrayLike, observed: ArrayLike) -> float:
    """Return the share of outcomes inside their intervals, ends included; parameters as in `interval_score`.

    Intervals of counts cover at least their level even when calibrated, because whole numbers cannot meet it exactly.
    """
    low, high, observed = _intervals(low, high, observed)
    inside = (low <= observed) & (observed <= high)
    if inside.size == 0:
        raise ValueError("There are no outcomes; expected at least one.")
    return float(inside.mean())


def pit_histogram(below: ArrayLike, upto: ArrayLike, *, n_bins: int = 10) -> np.ndarray:
    """Return the nonrandomised histogram of the probability integral transform: flat when counts are forecast with the
    right spread.

    Each outcome spreads its weight evenly over ``[F(y - 1), F(y)]``. A U says that forecasts are too narrow, a hump
    that they are too wide, a slope that they lie too low (rising) or too high (falling).

    Parameters
    ----------
    below, upto
        F(y - 1) and F(y) of each outcome under its forecast; broadcast.
    n_bins
        At least 1.

    Returns
    -------
    numpy.ndarray
        Share of the weight in each bin of equal width, shape (n_bins,), sum 1; ``1 / n_bins`` each when calibrated.

    Raises
    ------
    ValueError
        If there are no outcomes, or a pair is not within 0 <= below <= upto <= 1.

    References
    ----------
    Czado, Gneiting & Held 2009, Biometrics 65:1254.
    """
    below, upto = _pairs(below, upto)
    n_bins = whole_number("n_bins", n_bins)
    below, upto = below.ravel(), upto.ravel()
    edges = np.linspace(0, 1, int(n_bins) + 1)
    width = upto - below
    flat = width > 0
    # A pair without width (a forecast that all but excluded the outcome) is a point; the last bin holds 1.
    share = np.clip((edges[:, None] - below) / np.where(flat, width, 1.0), 0, 1)
    share = np.where(flat, share, edges[:, None] > below)
    share[-1] = 1.0
    return np.diff(share.mean(axis=1))


def _half_mean_difference(mean: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
    """Return E|X - X'| / 2 of two independent counts of one distribution."""
    mean, dispersion = np.broadcast_arrays(mean, dispersion)
    poisson = mean * (special.i0e(2 * mean) + special.i1e(2 * mean))
    found = np.array(poisson)
    todo = np.flatnonzero((dispersion > 0) & (mean > 0))
    if todo.size == 0:
        return found
    m, a = mean.ravel()[todo], dispersion.ravel()[todo]
    with np.errstate(over="ignore"):
        v = m * (1 + a * m)
        bend = 4 * v * a
    # With t = exp(s), 2F1 = (4 / pi) * integral of t / ((1 + t^2)^2 (1 + bend t^2 / (1 + t^2))^(1/a + 1)) over all s.
    # The integrand rises like exp(s), bends where t^2 * bend * (1/a + 1) = 1 and at t = 1, and is smooth: the trapezoid
    # is exact to its step's exponential.
    first = -0.5 * np.log1p(4 * v * (1 + a)) - LEFT
    n_nodes = int(np.ceil((RIGHT - first.min()) / STEP)) + 1
    values = np.empty(todo.size)
    at_once = max(1, MAX_NODES_AT_ONCE // n_nodes)
    for begin in range(0, todo.size, at_once):
        part = slice(begin, begin + at_once)
        t = np.exp(first[part, None]) * np.exp(STEP * np.arange(n_nodes))
        square = t * t
        beyond = 1 / (1 + square)
        power = -(1 / a[part, None] + 1) * np.log1p(bend[part, None] * (square * beyond))
        terms = t * beyond * beyond * np.exp(power)
        # Left of the first node the terms are a geometric series.
        values[part] = terms.sum(axis=1) + t[:, 0] / np.expm1(STEP)
    found.ravel()[todo] = v * (4 / np.pi) * STEP * values
    return found


def _cumulative(mean: np.ndarray, dispersion: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Return the chance of at most ``observed``."""
    mean, dispersion, observed = np.broadcast_arrays(mean, dispersion, observed)
    found = np.array(special.pdtr(observed, mean))
    negative_binomial = dispersion > 0
    if negative_binomial.any():
        m, y, size = mean[negative_binomial], observed[negative_binomial], 1 / dispersion[negative_binomial]
        fails = m / (size + m)
        # Whichever of the two shares is small is known to full precision.
        found[negative_binomial] = np.where(
            fails < 0.5, special.betaincc(y + 1, size, fails), special.betainc(size, y + 1, size / (size + m))
        )
    return found


def _log_chance(mean: np.ndarray, dispersion: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Return the logarithm of the chance of exactly ``observed``.

    In Loader's form, by deviances and Stirling remainders, so that large counts lose nothing: Loader 2000, Fast and
    accurate computation of binomial probabilities.
    """
    m, a, y = np.broadcast_arrays(mean, dispersion, observed)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        size = np.where(a > 0, 1 / a, 1.0)
        # (y - mean of a count given the total, in units of that mean), for the count and for the failures beside it.
        above = (y - m) / (m * (1 + a * y))
        beside = (m - y) / (size + y)
        poisson = -m * _deviance((y - m) / m) - _stirling(y) - 0.5 * np.log(2 * np.pi * y)
        overdispersed = (
            -(m * (1 + a * y) / (1 + a * m)) * _deviance(above)
            - size * ((1 + a * y) / (1 + a * m)) * _deviance(beside)
            + _stirling(size + y)
            - _stirling(size)
            - _stirling(y)
            - 0.5 * np.log(2 * np.pi * y)
            - 0.5 * np.log1p(a * y)
        )
        none = np.where(a > 0, -size * np.log1p(a * m), -m)
        found = np.where(y == 0, none, np.where(a > 0, overdispersed, poisson))
    return np.where(m == 0, np.where(y == 0, 0.0, -np.inf), found)


def _deviance(e: np.ndarray) -> np.ndarray:
    """Return ``(1 + e) ln(1 + e) - e``, by its series near zero."""
    series = e * e * (1 / 2 - e * (1 / 6 - e * (1 / 12 - e * (1 / 20 - e * (1 / 30 - e * (1 / 42 - e / 56))))))
    return np.where(np.abs(e) < 0.01, series, special.xlog1py(1 + e, e) - e)


def _stirling(x: np.ndarray) -> np.ndarray:
    """Return ``ln Gamma(x + 1)`` less Stirling's ``(x + 1/2) ln x - x + ln(2 pi) / 2``."""
    large = np.maximum(x, 10.0)
    inverse = 1 / (large * large)
    series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / large
    small = np.minimum(x, 10.0)
    return np.where(
        x < 10, special.gammaln(small + 1) - (small + 0.5) * np.log(small) + small - 0.5 * np.log(2 * np.pi), series
    )


def _plain(values: np.ndarray) -> float | np.ndarray:
    return float(values) if np.ndim(values) == 0 else values


def _sample(draws: ArrayLike, observed: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    draws, observed = np.asarray(draws, dtype=float), np.asarray(observed, dtype=float)
    if draws.ndim == 0 or draws.shape[-1] == 0:
        raise ValueError(
            f"draws has shape {draws.shape}; expected (..., n_draws) with at least one draw on the last axis."
        )
    _refuse("draws", draws, ~np.isfinite(draws), "finite numbers")
    _refuse("observed", observed, ~np.isfinite(observed), "finite numbers")
    return draws, observed


def _forecast(mean: ArrayLike, dispersion: ArrayLike, observed: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    mean, dispersion, observed = (np.asarray(part, dtype=float) for part in (mean, dispersion, observed))
    _refuse("mean", mean, ~((mean >= 0) & (mean < LARGEST)), f"0 to {LARGEST:g}")
    _refuse("dispersion", dispersion, ~((dispersion >= 0) & (dispersion < LARGEST)), f"0 to {LARGEST:g}")
    counts = (observed >= 0) & (observed < LARGEST) & (observed == np.floor(observed))
    _refuse("observed", observed, ~counts, "whole numbers of at least 0")
    mean, dispersion = np.broadcast_arrays(mean, dispersion)
    return mean, dispersion, observed


def _intervals(low: ArrayLike, high: ArrayLike, observed: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    low, high, observed = np.broadcast_arrays(*(np.asarray(part, dtype=float) for part in (low, high, observed)))
    for name, part in (("low", low), ("high", high), ("observed", observed)):
        _refuse(name, part, ~np.isfinite(part), "finite numbers")
    _refuse("low", low, low > high, "ends at or below high")
    return low, high, observed


def _pairs(below: ArrayLike, upto: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    below, upto = np.broadcast_arrays(np.asarray(below, dtype=float), np.asarray(upto, dtype=float))
    if below.size == 0:
        raise ValueError("There are no outcomes; expected at least one.")
    _refuse("below", below, ~((below >= 0) & (below <= upto) & (upto <= 1)), "chances with 0 <= below <= upto <= 1")
    return below, upto


def _refuse(name: str, values: np.ndarray, wrong: np.ndarray, expected: str) -> None:
    if wrong.any():
        raise ValueError(
            f"{name}: {int(wrong.sum())} of {values.size} values are out of range (first {values[wrong].flat[0]:g});"
            f" expected {expected}."
        )
