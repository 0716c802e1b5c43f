"""Charts that add up small excesses over an in-control mean, CUSUM and GLR."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.farrington import COMPUTED, MISSING, STATUS, ZERO_BASELINE, check_counts, check_evaluated

TRANSFORMS = ("standard", "rossi")


@dataclass(frozen=True)
class ControlChart:
    """Statistic and alarms of a chart; arrays of shape (n_evaluated, n_units), see `cusum` and `glr`.

    Attributes
    ----------
    statistic
        After each period; NaN where `status` says that the chart does not run. A missing count leaves it as it was.
    upper
        Least count at which the chart would have alarmed: whole for the standardised CUSUM, else a real number to round
        up; None where the size of the change is estimated.
    alarm
        ``statistic >= threshold``, False for a missing count.
    onset
        Index of the period at which the change most likely began, -1 where the statistic is 0; None but for `glr`.
    mean
        In-control mean that was used.
    status
        Index into `STATUS`, int8.
    evaluated
        Period index of each row, shape (n_evaluated,).
    """

    statistic: np.ndarray
    upper: np.ndarray | None
    alarm: np.ndarray
    onset: np.ndarray | None
    mean: np.ndarray
    status: np.ndarray
    evaluated: np.ndarray

    @property
    def reason(self) -> np.ndarray:
        """`status` in words."""
        return np.array(STATUS)[self.status]


def cusum(
    counts: ArrayLike,
    *,
    mean: ArrayLike | None = None,
    reference: float = 1.04,
    threshold: float = 2.26,
    transform: str = "standard",
    evaluate: ArrayLike | None = None,
    as_peer: bool = True,
) -> ControlChart:
    """Add up standardised counts: ``S_t = max(0, S_(t-1) + z_t - reference)``, an alarm while ``S_t >= threshold``.

    ``standard``: ``z = (y - m) / m^1/2``; ``rossi``: ``z = (y - 3 m + 2 (y m)^1/2) / (2 m^1/2)``, nearer to normal for
    small means. The chart is not started anew after an alarm.

    Parameters
    ----------
    counts
        Whole numbers of at least 0, shape (n_periods, n_units) or (n_periods,); NaN marks a period without coverage.
    mean
        Positive in-control mean: a number, one for each unit, or of shape (n_evaluated, n_units); default: the mean of
        all periods before the first evaluated one.
    reference, threshold
        In standard deviations of a Poisson count; the defaults are the published ones for small means.
    transform
        ``standard`` or ``rossi``.
    evaluate
        0-based indices of the periods to run over, ascending; default: all, which needs ``mean``.
    as_peer
        Only for ``upper`` of ``rossi`` while S is so high that any count alarms: True squares a negative root, as R
        surveillance 1.20 does, False gives 0. Statistic and alarms are the same.

    Returns
    -------
    ControlChart
        A unit without any case before the first evaluated period has no mean to compare with ("all-zero baseline").

    Raises
    ------
    ValueError
        If a count is negative or not whole, a mean is not positive, there is no period to take it from, or an option is
        out of range.

    Notes
    -----
    Mean run length without cause at the defaults, Poisson counts, mean known. ``standard``, exact by
    a Markov chain: mean .5, 66 periods; 1, 152; 5, 215; 20, 304. ``rossi``, simulated: 246, 489, 448, 463.
    Overdispersed counts alarm far more often: with ``dispersion=.5`` and mean 5, ``standard`` runs 14 periods.

    References
    ----------
    Rossi, Lampugnani & Marchi 1999, Statistics in Medicine 18:2111; Page 1954, Biometrika 41:100.
    """
    if transform not in TRANSFORMS:
        raise ValueError(f"transform={transform!r}; expected one of {', '.join(TRANSFORMS)}.")
    if not (reference >= 0 and threshold > 0):
        raise ValueError(f"reference={reference}, threshold={threshold}; expected at least 0 and above 0.")
    from analysis.statistics.surveillance_kernel import run_cusum

    observed, mean, status, evaluated = _monitored(counts, mean, evaluate)
    root = np.sqrt(mean)
    if transform == "standard":
        step = (observed - mean) / root - reference
    else:
        step = (observed - 3 * mean + 2 * root * np.sqrt(observed)) / (2 * root) - reference
    statistic, upper, alarm = _empty(step.shape)
    run_cusum(step, 1 / root, root + reference, float(threshold), False, statistic, upper, alarm)
    before = np.vstack([np.zeros(step.shape[1]), statistic[:-1]])
    wanted = threshold + reference - before
    if transform == "standard":
        upper = np.maximum(0, np.ceil(mean + root * wanted))
    else:
        square = 4 * mean + 2 * root * wanted
        least = np.sqrt(np.maximum(0, square)) - root
        upper = np.where(square > 0, (least if as_peer else np.maximum(0, least)) ** 2, 0)
    return _chart(statistic, upper, alarm, None, mean, status, evaluated)


def glr(
    counts: ArrayLike,
    *,
    mean: ArrayLike | None = None,
    dispersion: ArrayLike = 0.0,
    threshold: float = 5.0,
    shift: float | None = None,
    max_window: int | None = None,
    evaluate: ArrayLike | None = None,
) -> ControlChart:
    """Ask whether the mean has risen by any factor since any past period: generalised likelihood ratio, anew after each
    alarm.

    ``GLR_t = max over k <= t and r >= 1 of sum over i = k..t of ln f(y_i; r m_i) / f(y_i; m_i)``, Poisson or negative
    binomial with ``variance = m + dispersion m^2``; an alarm where it reaches ``threshold``.

    Parameters
    ----------
    counts, mean, evaluate
        As in `cusum`; a mean for each period may carry season and trend.
    dispersion
        At least 0: a number or one for each unit.
    threshold
        Above 0. There is no formula for the run length: see Notes.
    shift
        ln r where it is to be stated, above 0: then the chart adds up the log-likelihood ratios of that rise alone,
        ``S_t = max(0, S_(t-1) + ln f(y_t; r m) / f(y_t; m))`` (Moustakides 1986), which is quicker.
    max_window
        Longest time since the change, in periods; default: since the last alarm.

    Returns
    -------
    ControlChart
        With ``onset``, where the change most likely began, and without ``upper``, unless ``shift`` is stated.

    Raises
    ------
    ValueError
        As `cusum`; if ``dispersion`` is negative, or ``shift`` or ``max_window`` is out of range.

    Notes
    -----
    Simulated mean run length without cause at threshold 5 with the mean known: Poisson counts of mean 5, 420 periods;
    negative binomial of the same mean and variance 17.5, 600. A mean that is estimated from few periods shortens it.
    The cost grows with the square of the periods since the last alarm.

    References
    ----------
    Hoehle & Paul 2008, Computational Statistics & Data Analysis 52:4357; Lai 1995, Journal of the Royal Statistical
    Society B 57:613.
    """
    from analysis.statistics.surveillance_kernel import run_glr

    if shift is not None and not 0 < shift < np.inf:
        raise ValueError(f"shift={shift}; expected a number above 0.")
    if not 0 < threshold < np.inf:
        raise ValueError(f"threshold={threshold}; expected a number above 0.")
    if max_window is not None and (int(max_window) != max_window or max_window < 1):
        raise ValueError(f"max_window={max_window}; expected a whole number of at least 1.")
    observed, mean, status, evaluated = _monitored(counts, mean, evaluate)
    shape = observed.shape
    over = _dispersions(dispersion, shape[1])
    if shift is not None:
        statistic, upper, alarm = _stated_rise(observed, mean, over, threshold, shift)
        return _chart(statistic, upper, alarm, None, mean, status, evaluated)
    statistic, onset, alarm = np.zeros(shape[::-1]), np.full(shape[::-1], -1), np.zeros(shape[::-1], bool)
    run_glr(
        np.ascontiguousarray(observed.T),
        np.ascontiguousarray(mean.T),
        over,
        float(threshold),
        shape[0] if max_window is None else int(max_window),
        statistic,
        onset,
        alarm,
    )
    onset = np.where(onset.T < 0, -1, evaluated[onset.T])
    return _chart(statistic.T.copy(), None, alarm.T.copy(), onset, mean, status, evaluated)


def _stated_rise(
    observed: np.ndarray, mean: np.ndarray, dispersion: np.ndarray, threshold: float, shift: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return statistic, least alarming count and alarms of the chart of one stated rise, by ``exp(shift)``."""
    from analysis.statistics.surveillance_kernel import run_cusum

    slope, drift = _steps(mean, mean * np.exp(shift), dispersion)
    statistic, upper, alarm = _empty(mean.shape)
    run_cusum(observed * slope - drift, slope, drift, float(threshold), True, statistic, upper, alarm)
    return statistic, upper, alarm


def _steps(mean: np.ndarray, out_mean: np.ndarray, dispersion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slope c and drift d of the log-likelihood ratio ``c y - d``."""
    over = np.broadcast_to(dispersion, mean.shape) > 0
    alpha = np.where(over, dispersion, 1.0)
    gain = np.where(over, np.log1p(alpha * out_mean) - np.log1p(alpha * mean), 0.0)
    return np.log(out_mean / mean) - gain, np.where(over, gain / alpha, out_mean - mean)


def _dispersions(dispersion: ArrayLike, n_units: int) -> np.ndarray:
    found = np.asarray(dispersion, dtype=float)
    if found.shape not in ((), (n_units,)) or not ((found >= 0) & np.isfinite(found)).all():
        raise ValueError(
            f"dispersion={dispersion!r}; expected a number of at least 0, or one for each of {n_units} units."
        )
    return np.array(np.broadcast_to(found, (n_units,)))


def _monitored(
    counts: ArrayLike, mean: ArrayLike | None, evaluate: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return counts, in-control means and status of the evaluated periods, and their indices."""
    counts = check_counts(counts)
    evaluated = check_evaluated(evaluate, counts.shape[0], 0)
    if not (np.diff(evaluated) > 0).all():
        raise ValueError("evaluate must ascend: the charts add up from period to period.")
    observed = counts[evaluated]
    status = np.where(np.isnan(observed), MISSING, COMPUTED).astype(np.int8)
    if mean is None:
        before = counts[: evaluated[0]]
        known = ~np.isnan(before)
        if not known.any(axis=0).all():
            raise ValueError(
                f"{(~known.any(axis=0)).sum()} of {counts.shape[1]} units have no count before period {evaluated[0]} to"
                " take the in-control mean from. Pass mean, or evaluate later periods."
            )
        level = np.where(known, before, 0).sum(axis=0) / known.sum(axis=0)
        quiet = level == 0
        status[:, quiet] = ZERO_BASELINE
        return observed, np.array(np.broadcast_to(np.where(quiet, np.nan, level), observed.shape)), status, evaluated
    found = np.asarray(mean, dtype=float)
    if found.shape not in ((), (counts.shape[1],), observed.shape):
        raise ValueError(f"mean has shape {found.shape}; expected a number, ({counts.shape[1]},) or {observed.shape}.")
    given = np.array(np.broadcast_to(found, observed.shape))
    wrong = ~((given > 0) & np.isfinite(given))
    if wrong.any():
        raise ValueError(
            f"{wrong.sum()} of {wrong.size} in-control means are missing or not positive (first {given[wrong][0]:g})."
        )
    return observed, given, status, evaluated


def _empty(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.zeros(shape), np.zeros(shape), np.zeros(shape, bool)


def _chart(
    statistic: np.ndarray,
    upper: np.ndarray | None,
    alarm: np.ndarray,
    onset: np.ndarray | None,
    mean: np.ndarray,
    status: np.ndarray,
    evaluated: np.ndarray,
) -> ControlChart:
    quiet = status == ZERO_BASELINE
    statistic = np.where(quiet, np.nan, statistic)
    upper = None if upper is None else np.where(quiet, np.nan, upper)
    return ControlChart(statistic, upper, alarm & ~quiet, onset, mean, status, evaluated)
