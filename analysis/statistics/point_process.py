"""Does one event bring the next? Self-exciting point processes.

Times are numbers on ``[0, horizon]`` from the start of observation, in any unit; nothing is known of what came before.
Daily data tie, and a tie makes the likelihood of a self-exciting process infinite: `spread_within_day` places each
event at random within its day. Delays much shorter than a day then say nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import log

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.language import say
from analysis.statistics.compiled import compiled
from analysis.statistics.distributions import chi2
from analysis.statistics.given import at_least, positive, proportion, seeded, whole_number

MIN_EVENTS = 20
# Up to here a fit runs uncompiled in less time than loading the compiler takes.
FEW_EVENTS = 100
# Decays tried first, in units of the mean rate of events, on at most so many events.
FIRST_DECAYS = (0.02, 0.1, 0.5, 2.5, 12.5, 60.0)
FIRST_EVENTS = 5_000
MAX_STEPS = 200
# A branching ratio of a millionth is none.
LOG_NO_RATIO = log(1e-6)
# Decays that the record can tell: a mean delay of at most a quarter of it, and not below this share of the mean gap.
LEAST_DECAY, LARGEST_DECAY = 4.0, 1e5
# A branching ratio that is not below this at its upper end has no upper end.
LARGEST_RATIO = 100.0
NO_STATES = np.empty(0)


@dataclass(frozen=True)
class Hawkes:
    """A fitted self-exciting process; see `fit_hawkes`.

    Attributes
    ----------
    baseline
        Events per unit of time that no other event brought on (mu).
    branching_ratio
        Expected number of events that one event brings on directly; also the share of events that others brought on, in
        the long run.
    decay
        Of the excitation, per unit of time (beta); ``1 / decay`` is the mean delay. NaN where there is no excitation to
        decay, as ``reason`` says.
    log_likelihood, poisson_log_likelihood
        Of this fit, and of a constant rate.
    low, high
        Profile-likelihood interval of the branching ratio at ``level``; NaN where ``level`` was None. ``high`` is
        infinite where the likelihood does
        not fall far enough, which means that the record cannot tell excitation from a trend.
    ks, ks_p_value
        Kolmogorov-Smirnov distance of the rescaled gaps from a unit exponential, and its p-value: a small one says that
        the model does not fit. Parameters were estimated from the same events, so that it rejects too seldom.
    n_events, horizon, level
        What it rests on, and as asked for.
    converged
        Whether the likelihood has its maximum here, inside the range of decays that the record can tell.
    status, reason
        ``"computed"``, with a caution in ``reason`` if any; or ``"not_computed"`` and why, and all numbers NaN.
    cautions
        Each caution in ``reason``.
    """

    baseline: float
    branching_ratio: float
    decay: float
    log_likelihood: float
    poisson_log_likelihood: float
    low: float
    high: float
    ks: float
    ks_p_value: float
    n_events: int
    horizon: float
    level: float | None
    converged: bool
    status: str
    reason: str
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExcitationTest:
    """A likelihood-ratio test of a constant rate against self-excitation; see `excitation_test`.

    ``statistic`` is twice the gain in log-likelihood, ``p_value`` its share among simulated constant rates,
    ``chi_bar_p_value`` that of an even mixture of 0 and chi-square with one degree of freedom.
    """

    statistic: float
    p_value: float
    chi_bar_p_value: float
    n_simulations: int
    status: str
    reason: str


def fit_hawkes(times: ArrayLike, *, horizon: float, level: float | None = 0.95, resolution: float = 0.0) -> Hawkes:
    """Fit ``rate(t) = baseline + branching_ratio * decay * sum over earlier events of exp(-decay (t - t_i))`` by
    maximum likelihood.

    The likelihood and its first two derivatives take one pass over the events; Newton steps on the logarithms of the
    parameters start from the best of several decays.

    Parameters
    ----------
    times
        Event times on [0, horizon], shape (n,), in any order, without ties.
    horizon
        End of observation, in the unit of ``times``.
    level
        Of the interval of the branching ratio; None leaves it out.
    resolution
        Precision of the times, in their unit (1 for daily data in days): a mean delay below it draws a caution.

    Returns
    -------
    Hawkes
        Not computed for fewer than 20 events. Where no excitation does better than none, the constant rate with a
        branching ratio of 0. A ratio of 1 or more is reported as it is, with a caution: it would grow without end.

    Raises
    ------
    ValueError
        If a time is missing or outside [0, horizon], if times tie, or an option is out of range.

    References
    ----------
    Hawkes 1971, Biometrika 58:83; Ozaki 1979, Annals of the Institute of Statistical Mathematics 31:145; residuals:
    Ogata 1988, Journal of the American Statistical
    Association 83:9.
    """
    times = _checked(times, horizon)
    level = None if level is None else proportion("level", level)
    resolution = at_least("resolution", resolution)
    horizon = float(horizon)
    if times.size < MIN_EVENTS:
        reason = f"{times.size} events; three parameters need at least {MIN_EVENTS}"
        nan = np.nan
        return Hawkes(
            nan, nan, nan, nan, nan, nan, nan, nan, nan, times.size, horizon, level, False, "not_computed", reason
        )
    _refuse_ties(times)
    evaluate = _kernel if times.size <= FEW_EVENTS else compiled(_kernel)
    fit = _fit(times, horizon, evaluate)
    if level is not None:
        low, high = _profile_interval(times, fit, level, evaluate)
        fit = replace(fit, low=low, high=high, level=level)
    ks, p_value = _residual_test(times, fit, evaluate)
    cautions = [fit.reason] if fit.reason else []
    if fit.branching_ratio >= 1:
        cautions.append(say("a branching ratio of 1 or more grows without end"))
    if fit.branching_ratio > 0 and 1 / fit.decay < resolution:
        cautions.append(
            say("the mean delay is shorter than the times' precision of {precision:g}", precision=resolution)
        )
    if np.isinf(fit.high):
        cautions.append(say("the branching ratio has no upper bound: excitation cannot be told from a trend"))
    return replace(fit, ks=ks, ks_p_value=p_value, reason="; ".join(cautions), cautions=tuple(cautions))


def excitation_test(times: ArrayLike, *, horizon: float, n_simulations: int = 199, seed: int = 0) -> ExcitationTest:
    """Test a constant rate against self-excitation: ``2 (log-likelihood of the fit - log-likelihood of the constant
    rate)``.

    Under a constant rate the branching ratio lies at the edge of its range and the decay means nothing, so that no
    chi-square holds: the p-value is ``(1 + simulated at least as large) / (1 + n)``, from as many uniform times on the
    same horizon. The usual chi-bar p-value stands beside it; it rejects too often, because the decay is free.

    Parameters
    ----------
    times, horizon
        As in `fit_hawkes`.
    n_simulations, seed
        Of the simulation, at least 1; the same seed gives the same p-value.

    Returns
    -------
    ExcitationTest
        Not computed for fewer than 20 events. A trend or seasons also raise the statistic: it tells crowding, not its
        cause.

    Raises
    ------
    ValueError
        As `fit_hawkes`.

    References
    ----------
    Self & Liang 1987, Journal of the American Statistical Association 82:605; Davies 1987, Biometrika 74:33.
    """
    times = _checked(times, horizon)
    n_simulations = whole_number("n_simulations", n_simulations)
    if times.size < MIN_EVENTS:
        reason = f"{times.size} events; three parameters need at least {MIN_EVENTS}"
        return ExcitationTest(np.nan, np.nan, np.nan, 0, "not_computed", reason)
    _refuse_ties(times)
    evaluate = compiled(_kernel)
    generator = seeded(seed)

    def statistic(at: np.ndarray) -> float:
        fit = _fit(at, float(horizon), evaluate)
        return max(0.0, 2 * (fit.log_likelihood - fit.poisson_log_likelihood))

    found = statistic(times)
    simulated = np.array([statistic(_uniform_times(generator, times.size, horizon)) for _ in range(n_simulations)])
    chi_bar = 0.5 * float(chi2.sf(found, 1)) if found > 0 else 1.0
    p_value = (1 + int((simulated >= found).sum())) / (1 + n_simulations)
    return ExcitationTest(found, p_value, chi_bar, int(n_simulations), "computed", "")


def spread_within_day(days: ArrayLike, *, seed: int, width: float = 1.0) -> np.ndarray:
    """Return each time moved forward by a uniform share of ``width``: whole days become moments within their day,
    without ties.

    A constant rate stays one. What happens within a day is made up: fit again with other seeds, and trust no delay
    shorter than ``width``.

    Parameters
    ----------
    days
        Times, shape (n,).
    seed
        Of the spreading; the same seed gives the same times.
    width
        Precision of the times, above 0.

    Raises
    ------
    ValueError
        If a time is missing or the width is not above 0.
    """
    days = np.asarray(days, dtype=float)
    if not np.isfinite(days).all() or not 0 < width < np.inf:
        raise ValueError(f"Times must be finite and width={width} above 0.")
    return days + width * seeded(seed).random(days.shape)


def simulate_hawkes(horizon: float, *, baseline: float, branching_ratio: float, decay: float, seed: int) -> np.ndarray:
    """Return the event times of one self-exciting process on (0, horizon], ascending, that starts with no event before
    0.

    Parameters
    ----------
    horizon
        End of observation, above 0.
    baseline, decay
        Per unit of time, above 0.
    branching_ratio
        In [0, 1).
    seed
        The same seed gives the same events.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    By its clusters: Hawkes & Oakes 1974, Journal of Applied Probability 11:493.
    """
    if not (0 < horizon < np.inf and 0 < baseline < np.inf and 0 < decay < np.inf and 0 <= branching_ratio < 1):
        raise ValueError(
            f"horizon={horizon}, baseline={baseline}, decay={decay}, branching_ratio={branching_ratio}; expected the"
            " first three above 0, the last in [0, 1)."
        )
    generator = seeded(seed)
    generation = _uniform_times(generator, generator.poisson(baseline * horizon), horizon)
    generations = [generation]
    while generation.size:
        parents = np.repeat(generation, generator.poisson(branching_ratio, generation.size))
        generation = parents + generator.exponential(1 / decay, parents.size)
        generation = generation[generation <= horizon]
        generations.append(generation)
    return np.sort(np.concatenate(generations))


def _checked(times: ArrayLike, horizon: float) -> np.ndarray:
    times = np.asarray(times, dtype=float)
    if times.ndim != 1:
        raise ValueError(f"times has shape {times.shape}; expected one series of event times.")
    positive("horizon", horizon)
    wrong = ~((times >= 0) & (times <= horizon))
    if wrong.any():
        raise ValueError(
            f"{int(wrong.sum())} of {times.size} times are missing or outside [0, {horizon:g}] (first"
            f" {times[wrong][0]:g}). Give times from the start of observation, and its end as horizon."
        )
    return np.sort(times)


def _refuse_ties(times: np.ndarray) -> None:
    tied = times[1:][np.diff(times) == 0]
    if tied.size:
        raise ValueError(
            f"{tied.size} of {times.size} times tie with another (first {tied[0]:g}). Spread daily times with"
            " spread_within_day(days, seed=...), and give resolution=1."
        )


def _uniform_times(generator: np.random.Generator, n: int, horizon: float) -> np.ndarray:
    """Return n uniform moments on (0, horizon], ascending and without ties."""
    times = np.sort(horizon * (1 - generator.random(n)))
    while n and (np.diff(times) == 0).any():
        times = np.sort(horizon * (1 - generator.random(n)))
    return times


def _gaps(times: np.ndarray, horizon: float) -> np.ndarray:
    """Return 0, the times between events, and the time from the last to the horizon."""
    return np.diff(times, prepend=times[0], append=horizon)


def _fit(times: np.ndarray, horizon: float, evaluate: Callable) -> Hawkes:
    """Return the best fit, without interval and residuals."""
    n = times.size
    mean_rate = n / horizon
    poisson = n * log(mean_rate) - n
    first = times[: min(n, FIRST_EVENTS)]
    until = horizon if first.size == n else float(first[-1])
    starts = np.log([(0.5 * first.size / until, 0.5, decay * mean_rate) for decay in FIRST_DECAYS])
    few = _gaps(first, until)
    ranked = np.argsort([-_log_derivatives(few, until, start, evaluate)[0] for start in starts], kind="stable")
    gaps = _gaps(times, horizon)
    bounds = log(LEAST_DECAY / horizon), log(LARGEST_DECAY * mean_rate)
    best = None
    # Two starts where they cost little: the likelihood can have more than one peak in the decay.
    for start in ranked[: 2 if n <= FIRST_EVENTS else 1]:
        found = _maximise(gaps, horizon, starts[start], evaluate, bounds)
        if best is None or found[1] > best[1]:
            best = found
    assert best is not None  # there is always a start
    at, likelihood, converged, edge = best
    baseline, ratio, decay = (float(value) for value in np.exp(at))
    reason = ""
    if likelihood <= poisson + 1e-8 * n or at[1] < LOG_NO_RATIO:
        baseline, ratio, decay, likelihood, converged = mean_rate, 0.0, np.nan, poisson, True
        reason = say("no excitation does better than none, and none has no decay")
    elif edge:
        converged = False
        reason = say("the likelihood has no maximum in the range of delays that the record can tell")
    elif not converged:
        reason = say("the likelihood was still rising after {n} steps", n=MAX_STEPS)
    nan = np.nan
    return Hawkes(
        baseline, ratio, decay, float(likelihood), poisson, nan, nan, nan, nan, n, horizon, None, bool(converged),
        "computed", reason
    )  # fmt: skip


def _maximise(
    gaps: np.ndarray,
    horizon: float,
    start: np.ndarray,
    evaluate: Callable,
    bounds: tuple[float, float],
    fixed: bool = False,
) -> tuple[np.ndarray, float, bool, bool]:
    """Climb to the maximum over the logarithms of baseline, ratio (unless fixed) and decay: place, height, converged,
    decay at its bound."""
    at = np.array(start)
    free = np.array([0, 2]) if fixed else np.arange(3)
    height, slope, bend = _log_derivatives(gaps, horizon, at, evaluate)
    damping = 1e-4
    for _ in range(MAX_STEPS):
        g, h = slope[free], bend[np.ix_(free, free)]
        if (at[2] <= bounds[0] and g[-1] < 0) or (at[2] >= bounds[1] and g[-1] > 0):
            return at, height, False, True
        # A step uphill also where the likelihood is not concave.
        values, vectors = np.linalg.eigh(-h)
        step = vectors @ ((vectors.T @ g) / (np.abs(values) + damping * np.abs(values).max() + 1e-12))
        gain = g @ step
        if gain < 1e-12 * max(1.0, abs(height)) and values[0] > 0:
            return at, height, True, False
        if not fixed and at[1] < LOG_NO_RATIO:
            return at, height, True, False
        step *= min(1.0, 2.0 / np.abs(step).max())
        trial = at.copy()
        trial[free] += step
        trial[2] = min(max(trial[2], bounds[0]), bounds[1])
        found = _log_derivatives(gaps, horizon, trial, evaluate)
        if found[0] >= height - 1e-13 * abs(height):
            at, (height, slope, bend) = trial, found
            damping = max(damping * 0.1, 1e-10)
        elif damping > 1e8:
            return at, height, gain < 1e-8 * max(1.0, abs(height)), False
        else:
            damping = max(damping, 1e-4) * 10
    return at, height, False, False


def _log_derivatives(
    gaps: np.ndarray, horizon: float, at: np.ndarray, evaluate: Callable
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the log-likelihood with its slope and bend in the logarithms of the parameters."""
    p = np.exp(at)
    found = evaluate(gaps, np.exp(-p[2] * gaps), p[0], p[1], p[2], NO_STATES)
    slope = np.array((found[1] - horizon, *found[2:4])) * p
    mm, mn, mb, nn, nb, bb = found[4:]
    bend = np.array([[mm, mn, mb], [mn, nn, nb], [mb, nb, bb]]) * np.outer(p, p) + np.diag(slope)
    return found[0] - p[0] * horizon, slope, bend


def _profile_interval(times: np.ndarray, fit: Hawkes, level: float, evaluate: Callable) -> tuple[float, float]:
    """Return where the likelihood, at its best over baseline and decay, has fallen by half a chi-square quantile."""
    z = float(np.sqrt(chi2.ppf(level, 1)))
    gaps = _gaps(times, fit.horizon)
    bounds = log(LEAST_DECAY / fit.horizon), log(LARGEST_DECAY * fit.n_events / fit.horizon)
    if fit.branching_ratio == 0:
        # No fit to start from: a small ratio with the mean rate's own decay, and upward from there.
        centre = np.log([fit.baseline, 1e-3, fit.baseline])
        spread = 3.0
    else:
        centre = np.log([fit.baseline, fit.branching_ratio, fit.decay])
        bend = _log_derivatives(gaps, fit.horizon, centre, evaluate)[2]
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.linalg.pinv(-bend)[1, 1]
        spread = float(np.clip(z * np.sqrt(max(variance, 1e-6)), 0.01, 1.0))

    def end(direction: float) -> float:
        at, distance, near, far = centre.copy(), 0.0, centre[1], None
        goal = centre[1] + direction * spread
        for _ in range(60):
            start = at.copy()
            start[1] = goal
            place, height, _, _ = _maximise(gaps, fit.horizon, start, evaluate, bounds, fixed=True)
            slope = _log_derivatives(gaps, fit.horizon, place, evaluate)[1][1]
            distance = np.sqrt(max(0.0, 2 * (fit.log_likelihood - height)))
            if abs(distance - z) < 1e-6:
                return float(np.exp(goal))
            if distance < z:
                near, at = goal, place
            else:
                far = goal
            if direction > 0 and near > log(LARGEST_RATIO):
                return np.inf
            # Newton on the root of the fall, which is nearly straight; halving where it leaves the bracket.
            steepness = -direction * slope / distance if distance > 0 else 0.0
            goal = goal + direction * (z - distance) / steepness if steepness > 1e-9 else np.inf
            if far is None:
                reach = near + direction * 2 * spread
                goal = min(goal, reach) if direction > 0 else max(goal, reach)
                goal = goal if (goal - near) * direction > 0 else reach
            elif not min(near, far) < goal < max(near, far):
                goal = 0.5 * (near + far)
            if far is not None and abs(far - near) < 1e-9:
                break
        return float(np.exp(0.5 * (near + far))) if far is not None else np.inf

    low = 0.0 if 2 * (fit.log_likelihood - fit.poisson_log_likelihood) <= z * z else end(-1.0)
    return low, end(1.0)


def _residual_test(times: np.ndarray, fit: Hawkes, evaluate: Callable) -> tuple[float, float]:
    """Return distance and p-value of the rescaled gaps against a unit exponential; Stephens' form of the limiting
    distribution."""
    rescaled = fit.baseline * np.diff(times, prepend=0.0)
    n = times.size
    if fit.branching_ratio > 0:
        states = np.empty(n)
        gaps = _gaps(times, fit.horizon)
        evaluate(gaps, np.exp(-fit.decay * gaps), fit.baseline, fit.branching_ratio, fit.decay, states)
        rescaled[1:] += fit.branching_ratio * states[:-1] * -np.expm1(-fit.decay * gaps[1:-1])
    upto = -np.expm1(-np.sort(rescaled))
    rank = np.arange(n)
    ks = float(max((upto - rank / n).max(), ((rank + 1) / n - upto).max()))
    root = np.sqrt(n)
    return ks, float(special.kolmogorov((root + 0.12 + 0.11 / root) * ks))


def _kernel(gaps, fades, baseline, ratio, decay, states):
    """Return the log-likelihood, its slope in baseline, ratio and decay, and the upper triangle of its second
    derivatives.

    ``gaps`` are the times between events, one before the first (of no effect) and the one to the horizon last, and
    ``fades`` what of an excitation outlives each. ``states``, unless empty, receives the sum of the excitations just
    after each event, in units of one event's.
    """
    n = gaps.size - 1
    keep = states.size > 0
    # Sums over earlier events of exp(-decay lag), lag exp(-decay lag) and lag^2 exp(-decay lag).
    a, b, c = 0.0, 0.0, 0.0
    likelihood, product = 0.0, 1.0
    s_m, s_n, s_b = 0.0, 0.0, 0.0
    mm, mn, mb, nn, nb, bb = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    scale = ratio * decay
    for i in range(n):
        gap, fade = gaps[i], fades[i]
        c = fade * (c + gap * (2 * b + gap * a))
        b = fade * (b + gap * a)
        a = fade * a
        inverse = 1.0 / (baseline + scale * a)
        product *= inverse
        if product < 1e-200 or product > 1e200:
            likelihood -= log(product)
            product = 1.0
        g = decay * a * inverse
        h = (a - decay * b) * inverse
        s_m += inverse
        s_n += g
        s_b += h
        mm += inverse * inverse
        mn += inverse * g
        mb += inverse * h
        nn += g * g
        nb += g * h
        bb += (decay * c - 2 * b) * inverse - ratio * h * h
        a += 1.0
        if keep:
            states[i] = a
    gap, fade = gaps[n], fades[n]
    c = fade * (c + gap * (2 * b + gap * a))
    b = fade * (b + gap * a)
    a = fade * a
    return (
        likelihood - log(product) - ratio * (n - a),
        s_m,
        s_n - (n - a),
        ratio * (s_b - b),
        -mm,
        -mn,
        -ratio * mb,
        -nn,
        s_b - ratio * nb - b,
        ratio * (bb + c),
    )
