"""Rates of counted events: exact intervals, comparisons of two rates, dispersion."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.distributions import norm, poisson
from analysis.statistics.given import positive, proportion, whole_number

# Two counts up to this are compared in a second or two.
MOST_COUNTED = 10**9

# Counts further than so many standard deviations from their mean have no chance that a float could hold.
MAX_DEVIATIONS = 40


class Interval(NamedTuple):
    """Lower and upper bound; floats for scalar input, arrays for array input."""

    low: float | np.ndarray
    high: float | np.ndarray


@dataclass(frozen=True)
class RateRatio:
    """Ratio of two rates with interval and two-sided p-value; ``ratio`` is NaN where the second count is zero."""

    ratio: float
    low: float
    high: float
    p_value: float
    method: str


def poisson_interval(count: ArrayLike, exposure: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the exact (Garwood) interval of a Poisson rate.

    ``low = q(a/2; n) / e`` and ``high = q(1 - a/2; n + 1) / e`` with q the Gamma quantile of unit scale and a = 1 -
    level; low is 0 for a count of 0. The interval is never too narrow: its true level is at least ``level`` for every
    rate.

    Parameters
    ----------
    count, exposure
        Events, at least 0, and the positive exposure they were counted in; broadcast together.
    level
        Between 0 and 1.

    Returns
    -------
    Interval
        Events per unit of exposure, in the shape of the input.

    Raises
    ------
    ValueError
        If a count is missing, infinite or negative, or an exposure is not positive.

    References
    ----------
    Garwood 1936, Biometrika 28:437.
    """
    from scipy.special import gammaincinv

    proportion("level", level)
    count, exposure = np.broadcast_arrays(np.asarray(count, dtype=float), np.asarray(exposure, dtype=float))
    wrong = ~((count >= 0) & np.isfinite(count) & (exposure > 0) & np.isfinite(exposure))
    if wrong.any():
        raise ValueError(
            f"{wrong.sum()} of {wrong.size} rates have no interval (first: count {count[wrong][0]:g}, exposure "
            f"{exposure[wrong][0]:g}); a count must be at least 0 and an exposure positive."
        )
    tail = (1 - level) / 2
    low = np.where(count > 0, gammaincinv(np.maximum(count, 1), tail), 0.0) / exposure
    high = gammaincinv(count + 1, 1 - tail) / exposure
    return Interval(float(low), float(high)) if count.ndim == 0 else Interval(low, high)


def rate_ratio_test(
    count_1: float,
    exposure_1: float,
    count_2: float,
    exposure_2: float,
    *,
    method: str = "etest-score",
    alternative: str = "two-sided",
    level: float = 0.95,
) -> RateRatio:
    """Compare two Poisson rates: ``ratio = (count_1 / exposure_1) / (count_2 / exposure_2)``.

    Parameters
    ----------
    count_1, count_2
        Whole numbers of at least 0.
    exposure_1, exposure_2
        Positive, in one unit (days, person-years, ...).
    method
        ``etest-score`` (the default): the score statistic's chance under both counts' Poisson laws at the pooled rate.
        ``score``: its normal approximation. ``exact-cond``: binomial given the sum, which is too conservative at small
        counts.
    alternative
        ``two-sided``, ``larger`` (the first rate) or ``smaller``.
    level
        Of the interval.

    Returns
    -------
    RateRatio
        The interval is two-sided whatever the ``alternative``: for ``exact-cond`` the exact (Clopper-Pearson) one, else
        the one that inverts the score test, in closed form. A zero second count gives no ratio (NaN), a lower bound and
        an infinite upper one; two zero counts give neither ratio nor bounds, and p = 1.

    Raises
    ------
    ValueError
        If a count is negative or not whole, an exposure is not positive, or a word is unknown.

    References
    ----------
    Krishnamoorthy & Thomson 2004, Journal of Statistical Planning and Inference 119:23; Gu et al. 2008, Biometrical
    Journal 50:283; Przyborowski & Wilenski 1940, Biometrika 31:313 (conditional).
    """
    proportion("level", level)
    count_1, count_2 = (
        whole_number(name, value, 0, MOST_COUNTED) for name, value in (("count_1", count_1), ("count_2", count_2))
    )
    exposure_1, exposure_2 = positive("exposure_1", exposure_1), positive("exposure_2", exposure_2)
    tests = {"etest-score": _e_test, "score": _score_test, "exact-cond": _conditional_test}
    if method not in tests or alternative not in ("two-sided", "larger", "smaller"):
        raise ValueError(
            f"method={method!r}, alternative={alternative!r}; expected one of {', '.join(tests)} and two-sided, larger"
            " or smaller."
        )
    share = exposure_1 / exposure_2
    p_value = tests[method](float(count_1), float(count_2), share, alternative)
    if count_1 + count_2 == 0:
        return RateRatio(np.nan, np.nan, np.nan, p_value, method)
    interval = _conditional_interval if method == "exact-cond" else _score_interval
    low, high = interval(float(count_1), float(count_2), share, level)
    ratio = count_1 / count_2 / share if count_2 else np.nan
    return RateRatio(float(ratio), low, high, p_value, method)


def _score(count_1: np.ndarray, count_2: np.ndarray, share: float) -> np.ndarray:
    return (count_1 - count_2 * share) / np.sqrt((count_1 + count_2) * share + 1e-20)


def _score_test(count_1: float, count_2: float, share: float, alternative: str) -> float:
    score = float(_score(np.asarray(count_1, dtype=float), np.asarray(count_2, dtype=float), share))
    if alternative == "two-sided":
        return float(2 * norm.sf(abs(score)))
    return float(norm.sf(score if alternative == "larger" else -score))


def _e_test(count_1: float, count_2: float, share: float, alternative: str) -> float:
    """Sum the joint Poisson chance of all pairs of counts with a score at least as extreme.

    For a first count y the score falls as the second rises, and passes -+|observed| at the roots of
    ``(y - share x)^2 = observed^2 share (y + x)``: the sum over x is a Poisson tail.
    """
    if count_1 + count_2 == 0:
        return 1.0
    pooled = (count_1 + count_2) / (1 + share)
    mean_1, mean_2 = pooled * share, pooled
    observed = float(_score(np.asarray(count_1, dtype=float), np.asarray(count_2, dtype=float), share))
    if alternative == "two-sided" and observed == 0:
        return 1.0
    reach = MAX_DEVIATIONS * (np.sqrt(mean_1) + MAX_DEVIATIONS)
    y = np.arange(max(0.0, np.floor(mean_1 - reach)), np.ceil(mean_1 + reach) + 1)
    half = (y + observed**2 / 2) / share
    spread = np.sqrt(np.maximum(half**2 - (y**2 - observed**2 * share * y) / share**2, 0))
    # Counts that tie with the observed ones belong to the tail, whatever the rounding.
    slack = 1e-9 * (1 + half)
    few = np.floor(half - spread + slack)
    many = np.ceil(half + spread - slack)
    if observed != 0:
        few[y == 0] = -1  # No event at all is no evidence.
    lower = poisson.cdf(few, mean_2)
    upper = poisson.sf(many - 1, mean_2)
    if alternative == "two-sided":
        tail = lower + upper
    elif alternative == "larger":
        tail = lower if observed >= 0 else poisson.cdf(np.floor(half + spread + slack), mean_2)
    else:
        tail = upper if observed <= 0 else poisson.sf(np.ceil(half - spread - slack) - 1, mean_2)
    return float(min(1.0, poisson.pmf(y, mean_1) @ tail))


def _conditional_test(count_1: float, count_2: float, share: float, alternative: str) -> float:
    from scipy.stats import binomtest

    total = int(count_1 + count_2)
    if total == 0:
        return 1.0
    words = {"two-sided": "two-sided", "larger": "greater", "smaller": "less"}
    return float(binomtest(int(count_1), total, share / (1 + share), words[alternative]).pvalue)


def _score_interval(count_1: float, count_2: float, share: float, level: float) -> tuple[float, float]:
    """Solve ``(count_1 - q count_2)^2 = z^2 (count_1 + count_2) q`` for the ratio q of expected counts."""
    z2 = norm.ppf((1 + level) / 2) ** 2
    if count_2 == 0:
        return float(count_1 / z2 / share), np.inf
    middle = count_1 * count_2 + z2 * (count_1 + count_2) / 2
    reach = np.sqrt(middle**2 - (count_1 * count_2) ** 2)
    # The product of both roots is (count_1 / count_2)^2: no digits are lost to a difference.
    high = (middle + reach) / count_2**2
    return float((count_1 / count_2) ** 2 / high / share), float(high / share)


def _conditional_interval(count_1: float, count_2: float, share: float, level: float) -> tuple[float, float]:
    """Turn the exact interval of the first count's share of the sum into one of the ratio."""
    from scipy.stats import beta

    tail = (1 - level) / 2
    low = beta.ppf(tail, count_1, count_2 + 1) if count_1 else 0.0
    high = beta.isf(tail, count_1 + 1, count_2) if count_2 else 1.0
    return float(low / (1 - low) / share), float(high / (1 - high) / share) if high < 1 else np.inf
