"""Charts that add up small excesses over an in-control mean, CUSUM and GLR, and how long they run without cause."""

from dataclasses import dataclass
from math import ceil, log1p

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.statistics.farrington import COMPUTED, MISSING, ZERO_BASELINE, WithReasons, check_counts, check_evaluated
from analysis.statistics.given import at_least, one_of, positive, proportion, shown, whole_number

TRANSFORMS = ("standard", "rossi")
# Largest system of equations that a run length is solved from: .1 s and 8 MB at 1,000 states, cubic and square in it.
MAX_STATES = 3_000
THRESHOLD_STATES = 1_000
THRESHOLD_ACCURACY = 1e-4


@dataclass(frozen=True)
class ControlChart(WithReasons):
    """Statistic and alarms of a chart; arrays of shape (n_evaluated, n_units), see `cusum`, `likelihood_cusum` and
    `glr`.

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


@dataclass(frozen=True)
class RunLength:
    """Mean number of periods until an alarm.

    Attributes
    ----------
    threshold
        Of the chart.
    mean
        Middle of ``low`` and ``high``.
    low, high
        Bounds between which the exact value lies.
    n_states
        Size of the larger of the two systems of equations that gave them.
    """

    threshold: float
    mean: float
    low: float
    high: float
    n_states: int


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
    `cusum_run_length`: mean .5, 66 periods; 1, 152; 5, 215; 20, 304. ``rossi``, simulated: 246, 489, 448, 463.
    Overdispersed counts alarm far more often: with ``dispersion=.5`` and mean 5, ``standard`` runs 14 periods.

    References
    ----------
    Rossi, Lampugnani & Marchi 1999, Statistics in Medicine 18:2111; Page 1954, Biometrika 41:100.
    """
    one_of("transform", transform, TRANSFORMS)
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


def likelihood_cusum(
    counts: ArrayLike,
    *,
    out_mean: ArrayLike,
    threshold: float,
    mean: ArrayLike | None = None,
    dispersion: ArrayLike = 0.0,
    evaluate: ArrayLike | None = None,
) -> ControlChart:
    """Add up log-likelihood ratios of a stated rise: ``S_t = max(0, S_(t-1) + ln f(y_t; out_mean) / f(y_t; mean))``,
    anew after each alarm.

    ``variance = m + dispersion m^2``: 0 is Poisson, else negative binomial. The step is ``y c - d`` with ``c =
    ln(out_mean / mean) - g`` and ``d = g / dispersion``, ``g = ln((1 + dispersion out_mean) / (1 + dispersion mean))``
    (Poisson: g = 0, d = out_mean - mean).

    Parameters
    ----------
    counts, mean, evaluate
        As in `cusum`.
    out_mean
        Mean to detect, above ``mean``; same shapes.
    threshold
        Above 0; `cusum_threshold` finds it for a wanted run length.
    dispersion
        At least 0: a number or one for each unit.

    Returns
    -------
    ControlChart

    Raises
    ------
    ValueError
        As `cusum`; if ``out_mean`` is not above ``mean`` or ``dispersion`` is negative.

    References
    ----------
    Moustakides 1986, Annals of Statistics 14:1379; Hoehle & Paul 2008, Computational Statistics & Data Analysis
    52:4357.
    """
    return _likelihood_cusum(counts, out_mean, threshold, mean, dispersion, evaluate, 0.0)


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
        ln r where it is to be stated, above 0: then the chart is `likelihood_cusum` with ``out_mean = mean
        exp(shift)``.
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

    if shift is not None:
        return _likelihood_cusum(counts, None, threshold, mean, dispersion, evaluate, positive("shift", shift))
    threshold = positive("threshold", threshold)
    max_window = None if max_window is None else whole_number("max_window", max_window)
    observed, mean, status, evaluated = _monitored(counts, mean, evaluate)
    shape = observed.shape
    statistic, onset, alarm = np.zeros(shape[::-1]), np.full(shape[::-1], -1), np.zeros(shape[::-1], bool)
    run_glr(
        np.ascontiguousarray(observed.T), np.ascontiguousarray(mean.T), _dispersions(dispersion, shape[1]),
        threshold, shape[0] if max_window is None else max_window, statistic, onset, alarm,
    )  # fmt: skip
    onset = np.where(onset.T < 0, -1, evaluated[onset.T])
    return _chart(statistic.T.copy(), None, alarm.T.copy(), onset, mean, status, evaluated)


def cusum_run_length(
    mean: float,
    *,
    threshold: float,
    out_mean: float | None = None,
    reference: float | None = None,
    dispersion: float = 0.0,
    true_mean: float | None = None,
    accuracy: float = 1e-3,
) -> RunLength:
    """Return the mean number of periods until a CUSUM first alarms, between two bounds that are closed until they
    agree.

    The statistic over its slope moves by whole counts less a constant k, ``d / c`` or ``mean + mean^1/2 reference``.
    With k replaced by a fraction p / q it is a Markov chain on multiples of 1 / q and its mean run length the solution
    of linear equations, exactly. A smaller k only hastens alarms, a larger one delays them: the fractions next below
    and above k give bounds, and larger q closer ones.

    Parameters
    ----------
    mean, threshold
        As in `likelihood_cusum` or `cusum`: one number each.
    out_mean, reference
        Just one of them: ``out_mean`` as in `likelihood_cusum`, or ``reference`` of the ``standard`` `cusum`.
    dispersion
        Of the counts, ``variance = m + dispersion m^2``; with ``out_mean`` also that of the chart.
    true_mean
        Mean of the counts that come; default ``mean``, the run length without cause. ``out_mean`` gives the delay.
    accuracy
        Wanted ``(high - low) / low``. It is refined to at most 3,000 states: what was reached is between ``low`` and
        ``high``.

    Returns
    -------
    RunLength

    Raises
    ------
    ValueError
        If a number is out of range, or the threshold spans more than 3,000 counts.

    References
    ----------
    Brook & Evans 1972, Biometrika 59:539 (Markov chain); Hawkins 1992, Communications in Statistics - Simulation
    21:1001 (fractions).
    """
    if (out_mean is None) == (reference is None):
        raise ValueError(f"out_mean={out_mean}, reference={reference}; give just one of them.")
    if out_mean is not None:
        slope, k, dispersion = _design(mean, out_mean, dispersion)
    elif reference is not None:
        # The steps of the standardised chart do not depend on where it aims.
        _, _, dispersion = _design(mean, 2 * mean, dispersion)
        reference = at_least("reference", reference)
        slope, k = mean**-0.5, mean + mean**0.5 * reference
    threshold, accuracy = positive("threshold", threshold), proportion("accuracy", accuracy)
    true_mean = mean if true_mean is None else positive("true_mean", true_mean)
    height = threshold / slope
    if height > MAX_STATES:
        raise ValueError(
            f"threshold={threshold} spans {height:.0f} counts; at most {MAX_STATES} are solved. Lower it or simulate."
        )
    low, high, n_states = _enclosed(height, k, true_mean, dispersion, accuracy)
    return RunLength(threshold, (low + high) / 2, low, high, n_states)


def cusum_threshold(mean: float, *, out_mean: float, run_length: float, dispersion: float = 0.0) -> RunLength:
    """Return the least threshold at which `likelihood_cusum` runs at least ``run_length`` periods without cause, in the
    mean.

    Found by halving to one part in 10,000, on the safe side: ``low`` of `cusum_run_length` there is at least
    ``run_length``. The run length jumps with the threshold where the mean is small, so that the next lower threshold
    may give far less.

    Parameters
    ----------
    mean, out_mean, dispersion
        As in `cusum_run_length`.
    run_length
        Wanted mean number of periods, above 1.

    Returns
    -------
    RunLength
        Its ``threshold`` is the answer, ``low`` and ``high`` bound the run length there.

    Raises
    ------
    ValueError
        If a number is out of range, or the threshold would span more than 1,000 counts.

    References
    ----------
    As in `cusum_run_length`.
    """
    slope, k, dispersion = _design(mean, out_mean, dispersion)
    if not 1 < run_length < np.inf:
        raise ValueError(f"run_length={run_length}; expected a number above 1.")

    def least(p: int, q: int) -> int:
        enough = q
        while _run_length(p, q, enough, mean, dispersion) < run_length:
            enough *= 2
            if enough > 2 * THRESHOLD_STATES:
                raise ValueError(
                    f"run_length={run_length:g} needs a threshold of more than {enough // q} counts. Ask for a shorter"
                    " one."
                )
        few = 0 if enough == q else enough // 2
        while enough - few > 1:
            middle = (few + enough) // 2
            few, enough = (
                (few, middle) if _run_length(p, q, middle, mean, dispersion) >= run_length else (middle, enough)
            )
        return enough

    rough = max(least(p, q) / q for p, q in _fractions(k, 1))
    finer = _fractions(k, max(1, int(THRESHOLD_STATES / (2 * rough))))
    # What the two bounds on k leave open is closed by halving, with bounds on the run length that are as close as
    # wanted.
    (high, low), (q_high, q_low) = ([least(p, q) for p, q in finer], [q for _, q in finer])
    high, low = high / q_high * slope, (low - 1) / q_low * slope
    while high - low > THRESHOLD_ACCURACY * high:
        middle = (low + high) / 2
        enough = _enclosed(middle / slope, k, mean, dispersion, 0.0, run_length, THRESHOLD_STATES)[0] >= run_length
        low, high = (low, middle) if enough else (middle, high)
    return cusum_run_length(mean, out_mean=out_mean, threshold=high, dispersion=dispersion)


def _likelihood_cusum(
    counts: ArrayLike,
    out_mean: ArrayLike | None,
    threshold: float,
    mean: ArrayLike | None,
    dispersion: ArrayLike,
    evaluate: ArrayLike | None,
    shift: float,
) -> ControlChart:
    from analysis.statistics.surveillance_kernel import run_cusum

    threshold = positive("threshold", threshold)
    observed, mean, status, evaluated = _monitored(counts, mean, evaluate)
    out_mean = (
        mean * np.exp(shift) if out_mean is None else np.broadcast_to(np.asarray(out_mean, dtype=float), mean.shape)
    )
    runs = status != ZERO_BASELINE
    if not (out_mean > mean)[runs].all():
        wrong = runs & ~(out_mean > mean)
        raise ValueError(
            f"{wrong.sum()} of {wrong.size} out_mean are not above the in-control mean (first {out_mean[wrong][0]:g}"
            f" against {mean[wrong][0]:g})."
        )
    slope, drift = _steps(mean, out_mean, _dispersions(dispersion, mean.shape[1]))
    statistic, upper, alarm = _empty(mean.shape)
    run_cusum(observed * slope - drift, slope, drift, threshold, True, statistic, upper, alarm)
    return _chart(statistic, upper, alarm, None, mean, status, evaluated)


def _design(mean: float, out_mean: float, dispersion: float) -> tuple[float, float, float]:
    if not 0 < mean < out_mean < np.inf:
        raise ValueError(f"mean={mean}, out_mean={out_mean}; expected 0 < mean < out_mean.")
    dispersion = at_least("dispersion", dispersion)
    slope, drift = _steps(np.array([[mean]], float), np.array([[out_mean]], float), np.array([dispersion]))
    return float(slope.item()), float(drift.item() / slope.item()), dispersion


def _fractions(k: float, most: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the fractions p / q next below and above k with q of at most ``most``."""
    q = np.arange(1, most + 1)
    below, above = np.floor(k * q), np.ceil(k * q)
    i, j = int(np.argmax(below / q)), int(np.argmin(above / q))
    return (int(below[i]), int(q[i])), (int(above[j]), int(q[j]))


def _enclosed(
    height: float,
    k: float,
    mean: float,
    dispersion: float,
    accuracy: float,
    wanted: float = np.nan,
    states: int = MAX_STATES,
) -> tuple[float, float, int]:
    """Return bounds of a run length and the largest system solved; ``wanted`` ends the search as soon as it lies
    outside them."""
    low, high, n_states = 0.0, np.inf, 0
    most, last = 1, max(1, int(states / height))
    while True:
        sizes = [(p, q, ceil(height * q)) for p, q in _fractions(k, most)]
        hastened, delayed = (_run_length(*state, mean, dispersion) for state in sizes)
        # Where k is a fraction itself both are the same but for rounding.
        high = max(min(high, delayed), max(low, hastened))
        low = max(low, hastened)
        n_states = max(n_states, *(size for *_, size in sizes))
        if high - low <= accuracy * low or most == last or low >= wanted or high < wanted:
            return low, high, n_states
        most = min(4 * most, last)


def _run_length(p: int, q: int, size: int, mean: float, dispersion: float) -> float:
    """Mean run length from 0 of ``T = max(0, T + count - p / q)`` until ``T >= size / q``."""
    counts = np.arange((size + p) // q + 1)
    if dispersion > 0:
        r = 1 / dispersion
        logs = special.gammaln(counts + r) - special.gammaln(r) - special.gammaln(counts + 1)
        chance = np.exp(logs + counts * np.log(mean / (mean + r)) - r * log1p(mean / r))
    else:
        chance = np.exp(counts * np.log(mean) - mean - special.gammaln(counts + 1))
    spaced = np.zeros(2 * size + p)
    inside = spaced[size:]
    inside[: counts.size * q : q] = chance[: (inside.size + q - 1) // q]
    start = np.arange(size)
    # From state i to j > 0 by the count (j - i + p) / q, where that is whole; to 0 by any that is not more than (p - i)
    # / q.
    system = -spaced[size + p + start[None, :] - start[:, None]]
    system[:, 0] = -np.concatenate([[0.0], np.cumsum(chance)])[np.maximum((p - start) // q + 1, 0)]
    system[start, start] += 1
    return float(np.linalg.solve(system, np.ones(size))[0])


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
            f"dispersion={shown(dispersion)}; expected a number of at least 0, or one for each of {n_units} units."
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
