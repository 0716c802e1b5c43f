"""Do events come ever faster? Tests and a model on event times.

Times are numbers on ``(0, horizon]`` from the start of observation, in any unit. Daily data tie: give each event the
middle of its day.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.distributions import chi2, norm
from analysis.statistics.given import positive, proportion
from analysis.statistics.monotone_trend import mann_kendall

MIN_EVENTS = 3


@dataclass(frozen=True)
class TrendTest:
    """A statistic with its two-sided p-value; a Laplace statistic above zero, or few reversals, mean acceleration."""

    statistic: float
    p_value: float


@dataclass(frozen=True)
class PowerLawProcess:
    """A fitted power-law process: expected events by t are ``(t / scale) ** shape``; a shape above 1 accelerates.

    ``statistic`` and ``p_value`` are of the MIL-HDBK-189 chi-square test against a constant rate; its lower tail is
    escalation, and the p-value is of that tail. ``progress_exponent`` is Johnson's b in ``tau_n = tau_1 n^-b``.
    """

    shape: float
    low: float
    high: float
    scale: float
    statistic: float
    p_value: float
    progress_exponent: float


def laplace_trend(times: ArrayLike, horizon: float) -> TrendTest:
    """Test whether events crowd towards one end: ``U = (mean(t) - T/2) / (T / sqrt(12 n))``, standard normal under
    none.

    Parameters
    ----------
    times
        Event times on (0, horizon], shape (n,), n >= 3.
    horizon
        End of observation T, which is not itself an event (time-truncated).

    Raises
    ------
    ValueError
        If there are fewer than three events, or one lies outside ``[0, horizon]``.

    References
    ----------
    Cox & Lewis 1966, The Statistical Analysis of Series of Events, section 3.3.
    """
    times = _checked(times, horizon)
    statistic = (times.mean() - horizon / 2) / (horizon / np.sqrt(12 * times.size))
    return TrendTest(float(statistic), float(2 * norm.sf(abs(statistic))))


def reverse_arrangements(times: ArrayLike) -> TrendTest:
    """Test the gaps between events for order by counting reversals: pairs of gaps of which the later is the longer.

    Few reversals mean gaps that shrink, which is acceleration; m gaps in no order have ``m (m - 1) / 4`` on average.
    Ties count one half. The p-value is exact for few gaps without ties, else normal with the variance corrected for
    ties.

    Parameters
    ----------
    times
        Event times, shape (n,), n >= 3.

    Returns
    -------
    TrendTest
        ``statistic`` is the number of reversals; p is 1 where all gaps are equal.

    Raises
    ------
    ValueError
        If there are fewer than three events, or a time is negative.

    References
    ----------
    Kendall 1938, Biometrika 30:81; Nelson 1982, Applied Life Data Analysis.
    """
    from scipy.stats import kendalltau

    gaps = np.diff(np.sort(_checked(times, np.finfo(float).max)))
    reversals = (gaps.size * (gaps.size - 1) / 2 + mann_kendall(gaps).statistic) / 2
    p_value = kendalltau(np.arange(gaps.size), gaps).pvalue if np.ptp(gaps) > 0 else 1.0
    return TrendTest(float(reversals), float(p_value))


def power_law_process(times: ArrayLike, horizon: float, *, level: float = 0.95) -> PowerLawProcess:
    """Fit a power-law process by maximum likelihood: ``shape = n / sum ln(T / t)``.

    Parameters
    ----------
    times
        Event times on (0, horizon], shape (n,), n >= 3; time 0 is not allowed.
    horizon
        End of observation T. Where the last event is at T exactly, observation is taken to have ended with it.
    level
        Of the interval, which is exact: ``2 n shape_true / shape`` is chi-square on 2 n (2 n - 2 if ended by an event).

    Raises
    ------
    ValueError
        If there are fewer than three events, one lies outside ``(0, horizon]``, or the level is not between 0 and 1.

    References
    ----------
    Crow 1974; MIL-HDBK-189; Johnson et al. 2011, Science 333:81.
    """
    proportion("level", level)
    times = _checked(times, horizon)
    if times.min() <= 0:
        raise ValueError("An event lies at time 0; a power-law process needs times above 0.")
    n = times.size
    sum_of_logs = np.log(horizon / times).sum()
    freedom = 2 * (n - 1) if times.max() == horizon else 2 * n
    shape = n / sum_of_logs
    low, high = chi2.ppf([(1 - level) / 2, (1 + level) / 2], freedom) / (2 * sum_of_logs)
    statistic = 2 * sum_of_logs
    return PowerLawProcess(
        shape=float(shape),
        low=float(low),
        high=float(high),
        scale=float(horizon / n ** (1 / shape)),
        statistic=float(statistic),
        p_value=float(chi2.cdf(statistic, freedom)),
        progress_exponent=float(1 - 1 / shape),
    )


def _checked(times: ArrayLike, horizon: float) -> np.ndarray:
    times = np.asarray(times, dtype=float)
    positive("horizon", horizon)
    if times.ndim != 1 or times.size < MIN_EVENTS:
        raise ValueError(f"times has shape {times.shape}; expected at least {MIN_EVENTS} event times in one dimension.")
    outside = ~((times >= 0) & (times <= horizon))
    if outside.any():
        raise ValueError(
            f"{outside.sum()} of {times.size} times lie outside 0 to {horizon:g} (first"
            f" {', '.join(f'{time:g}' for time in times[outside][:3])}); count them from the start of observation, or"
            " lengthen the horizon."
        )
    return times
