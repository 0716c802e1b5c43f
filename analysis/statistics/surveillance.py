"""Is a count above what came before? Rules of public-health surveillance, over many series at once.

`farrington_flexible` compares with the same season of earlier years, `ears` with the periods just before; `cusum`,
`likelihood_cusum` and `glr` add up small excesses, with run lengths from `cusum_run_length` and `cusum_threshold`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike
from scipy import special

from analysis.statistics.farrington import (
    COMPUTED,
    MISSING,
    NO_BOUND,
    WithReasons,
    check_counts,
    check_evaluated,
    farrington_flexible,
)
from analysis.statistics.given import at_least, one_of, proportion, whole_number
from analysis.statistics.surveillance_charts import cusum, cusum_run_length, cusum_threshold, glr, likelihood_cusum

__all__ = [
    "WindowResult", "cusum", "cusum_run_length", "cusum_threshold", "ears", "farrington_flexible", "glr",
    "likelihood_cusum",
]  # fmt: skip

# False-alarm rates at which the rules were published.
EARS_ALPHA = {"C1": 0.001, "C2": 0.001, "C3": 0.025}
# C2 and C3 leave the two periods before the evaluated one out of its baseline.
EARS_LAG = {"C1": 0, "C2": 2, "C3": 2}


@dataclass(frozen=True)
class WindowResult(WithReasons):
    """Bounds and alarms of a rule with a moving baseline; arrays of shape (n_evaluated, n_units), see `ears`.

    Attributes
    ----------
    upper
        Upper bound of the count; NaN where `status` is not 0.
    expected
        Mean of the baseline; NaN where it misses a count.
    alarm
        ``count > upper``; False where there is no bound.
    status
        Index into `STATUS`, int8.
    evaluated
        Period index of each row, shape (n_evaluated,).
    """

    upper: np.ndarray
    expected: np.ndarray
    alarm: np.ndarray
    status: np.ndarray
    evaluated: np.ndarray


def ears(
    counts: ArrayLike,
    *,
    method: str = "C1",
    alpha: float | None = None,
    baseline: int = 7,
    min_sigma: float = 0.0,
    evaluate: ArrayLike | None = None,
    as_peer: bool = True,
) -> WindowResult:
    """Compare counts with the mean and standard deviation of the periods just before: EARS C1, C2, C3.

    ``U = mean + z s`` over the ``baseline`` periods t - 1, t - 2, ... (C1) or t - 3, t - 4, ... (C2). C3 sums excesses
    of three periods: ``U = mean + s (z - sum over t - 1, t - 2 of max(0, C - 1))`` with ``C = (y - mean) / s`` of C2.

    Parameters
    ----------
    counts
        Whole numbers of at least 0, shape (n_periods, n_units) or (n_periods,); NaN marks a period without coverage.
    method
        ``C1``, ``C2`` or ``C3``.
    alpha
        One-sided rate of a normal law; default .001, for C3 .025. Counts are not normal and s comes from few: see
        Notes.
    baseline
        Periods, at least 2.
    min_sigma
        Least s; .5 or 1 is advised for sparse counts, where s is often 0 and one case an alarm.
    evaluate
        0-based indices of the periods to judge; default: all with a full baseline.
    as_peer
        Only for C3. True has ``y + s (z - sum ...)`` in place of ``mean + s (z - sum ...)``, as R surveillance 1.20
        does: it alarms on the two periods before alone, one late. False is the rule as published.

    Returns
    -------
    WindowResult
        C3 as the peer has it has no bound ("no finite bound") where it divides 0 by 0; as published, no distance from
        the mean is none in standard deviations either. Its bound is never below 0: a period without a case is no alarm.

    Raises
    ------
    ValueError
        If a count is negative or not whole, a period without a full baseline is evaluated, or an option is out of
        range.

    Notes
    -----
    The mean and s come from few counts, which are not normal: false alarms are many more than ``alpha`` says.
    Simulated, per 100 periods at the defaults: independent Poisson counts of mean 5, C1 and C2 2.1, C3 as published 14
    (as the peer has it 5.4); negative binomial of mean 5 and variance 17.5, C1 and C2 4.4, C3 18 (9.6).

    References
    ----------
    Fricker, Hegler & Dunfee 2008, Statistics in Medicine 27:3407; Hutwagner et al. 2003, Journal of Urban Health
    80:i89.
    """
    one_of("method", method, EARS_ALPHA)
    alpha = proportion("alpha", EARS_ALPHA[method] if alpha is None else alpha)
    baseline = whole_number("baseline", baseline, 2)
    min_sigma = at_least("min_sigma", min_sigma)
    counts = check_counts(counts)
    lag = EARS_LAG[method]
    reach = baseline + lag + (2 if method == "C3" else 0)
    evaluated = check_evaluated(evaluate, counts.shape[0], reach)
    total = _window_sums(counts, baseline)
    squares = _window_sums(counts**2, baseline)
    z = -special.ndtri(alpha)

    def level(before: int) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of the baselines of the periods so many before the evaluated ones."""
        first = evaluated - before - lag - baseline
        # Sums of whole numbers are exact, and so is this difference.
        spread = np.sqrt((baseline * squares[first] - total[first] ** 2) / (baseline * (baseline - 1)))
        return total[first] / baseline, np.maximum(spread, min_sigma)

    mean, spread = level(0)
    observed = counts[evaluated]
    missing = np.isnan(mean) | np.isnan(observed)
    if method == "C3":
        excess = np.zeros_like(mean)
        with np.errstate(divide="ignore", invalid="ignore"):
            for before in (1, 2):
                earlier, deviation = level(before)
                count = counts[evaluated - before]
                missing |= np.isnan(earlier) | np.isnan(count)
                distance = (count - earlier) / deviation
                if not as_peer:
                    distance[count == earlier] = 0.0
                excess += np.maximum(0, distance - 1)
            upper = (observed if as_peer else mean) + spread * (z - excess)
        if not as_peer:
            upper[np.isinf(excess)] = 0.0
        upper = np.maximum(upper, 0.0)
    else:
        upper = mean + z * spread
    status = np.where(missing, MISSING, np.where(np.isnan(upper), NO_BOUND, COMPUTED)).astype(np.int8)
    upper[missing] = np.nan
    return WindowResult(upper, mean, observed > upper, status, evaluated)


def _window_sums(counts: np.ndarray, width: int) -> np.ndarray:
    """Sums of ``width`` periods from each on; NaN where one is missing. Row i covers periods i to i + width - 1."""
    return sliding_window_view(counts, width, axis=0).sum(axis=-1)
