"""How heavy is the tail, and how large could the next one be? Discrete power law, its rivals, and what they say of an
extreme.

Values are whole numbers (deaths an event, say); zeros are allowed and lie below every tail. A tail is the values of at
least ``xmin``.

A well-known instance, 9,101 terrorist events with up to 2,749 deaths (Clauset, Shalizi & Newman 2009, table 6.1: alpha
2.4, xmin 12), cannot be recomputed here, because its table may not be redistributed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, exp, log
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.language import say
from analysis.statistics.compiled import compiled
from analysis.statistics.distributions import norm
from analysis.statistics.given import proportion, seeded, whole_number

MODELS = ("power_law", "lognormal", "stretched_exponential")
MIN_VALUES = 10
# Below this many values in the tail an exponent and a comparison of models say little: Clauset, Shalizi & Newman 2009,
# section 3.
FEW_IN_TAIL = 50
MAX_ALPHA = 200.0
# Up to here one search over thresholds runs uncompiled in less time than loading the compiler takes.
FEW_DISTINCT = 200
N_TABLE = 2_000
MAX_STEPS = 100
# A point and its eight neighbours, for derivatives by differences.
AROUND = np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)])
LARGEST = 1e15


@dataclass(frozen=True)
class DiscretePowerLaw:
    """A fitted tail ``p(x) = x^-alpha / zeta(alpha, xmin)``, x >= xmin; see `fit_discrete_power_law`.

    Attributes
    ----------
    xmin, alpha
        Where the tail begins, and its exponent.
    n_tail, n
        Values in the tail, and in all.
    ks
        Largest distance between the tail's empirical and fitted distribution functions.
    log_likelihood
        Of the tail.
    low, high
        Interval of ``alpha`` at ``level``: percentiles of the bootstrap, with the threshold chosen anew each time;
        without a bootstrap the normal interval at this threshold, which takes the threshold as known and is too narrow.
        Drawn out to ``alpha`` where they would leave it out.
    xmin_low, xmin_high
        Bootstrap percentiles of the threshold, drawn out to it likewise; None without a bootstrap.
    p_value
        Share of samples drawn from the fit that lie at least as far from their own fit; small values speak against a
        power law. None without a bootstrap.
    level, n_bootstraps
        As asked for.
    status, reason
        ``"computed"``, with a caution in ``reason`` where the tail is short; or ``"not_computed"`` and why, and all
        numbers NaN.
    """

    xmin: float
    alpha: float
    n_tail: int
    n: int
    ks: float
    log_likelihood: float
    low: float
    high: float
    xmin_low: float | None
    xmin_high: float | None
    p_value: float | None
    level: float
    n_bootstraps: int
    status: str
    reason: str


@dataclass(frozen=True)
class RivalTail:
    """A rival of the power law on the same tail, and Vuong's test between the two; see `compare_tails`.

    Attributes
    ----------
    name
        One of `MODELS` but the first.
    parameters
        Lognormal: mean and standard deviation of the logarithm. Stretched exponential: scale and shape of
        ``exp(-(x / scale)^shape)``. As the shape nears
        0 or the standard deviation grows, a rival becomes a power law and its parameters run off together.
    log_likelihood
        Of the tail, given that a value is in it.
    log_likelihood_ratio
        Power law less rival: above zero the power law does better.
    statistic, p_value
        Vuong's statistic, of the same sign, and its two-sided p-value: a large p-value means that the data cannot tell
        the two apart.
    """

    name: str
    parameters: tuple[float, float]
    log_likelihood: float
    log_likelihood_ratio: float
    statistic: float
    p_value: float


@dataclass(frozen=True)
class TailComparison:
    """The power law and its rivals on one tail; ``rivals`` is empty and ``reason`` says why where there was no fit."""

    power_law: DiscretePowerLaw
    rivals: tuple[RivalTail, ...]
    status: str
    reason: str


@dataclass(frozen=True)
class Exceedance:
    """The chance of a value of at least ``size``, model by model; see `exceedance_probability`.

    Attributes
    ----------
    size, n_events
        The question: at least one of ``n_events`` further values is at least ``size``.
    models
        `MODELS`, in the order of the arrays.
    probability
        Chance under each model at its best fit, shape (3,).
    low, high
        Bootstrap interval of each at ``level``, shape (3,): threshold and parameters fitted anew to each resample.
    lowest, highest
        Range over models and their intervals: what may be stated. There is no single number.
    n_at_least
        Values so far of at least ``size``.
    xmin, n_tail, n
        The tail that the models were fitted to.
    level, n_bootstraps
        As asked for.
    status, reason
        ``"computed"``, or ``"not_computed"`` and why, and all numbers NaN.
    """

    size: float
    n_events: int
    models: tuple[str, ...]
    probability: np.ndarray
    low: np.ndarray
    high: np.ndarray
    lowest: float
    highest: float
    n_at_least: int
    xmin: float
    n_tail: int
    n: int
    level: float
    n_bootstraps: int
    status: str
    reason: str


def fit_discrete_power_law(
    x: ArrayLike, *, xmin: int | None = None, level: float = 0.95, n_bootstraps: int = 0, seed: int = 0
) -> DiscretePowerLaw:
    """Fit ``p(x) = x^-alpha / zeta(alpha, xmin)`` to the tail of whole numbers, its threshold by least
    Kolmogorov-Smirnov distance.

    For each threshold, alpha is the maximum-likelihood exponent ``argmax -n ln zeta(alpha, xmin) - alpha sum ln x``
    (zeta is Hurwitz's), and the distance is the largest difference of the two distribution functions over all whole
    numbers; the threshold with the least distance is taken.

    Parameters
    ----------
    x
        Whole numbers of at least 0, shape (n,), in any order.
    xmin
        A threshold of at least 1, instead of the search. Otherwise every value but the largest is tried.
    level
        Of the interval.
    n_bootstraps
        Resamples for the interval, and as many samples drawn from the fit for the p-value. 1,000 give a p-value to
        about .015; 0 gives none.
    seed
        Of the bootstrap; the same seed gives the same numbers.

    Returns
    -------
    DiscretePowerLaw
        Not computed for fewer than 10 values, or fewer than two distinct ones in the tail.

    Raises
    ------
    ValueError
        If a value is missing, negative or not whole, or an option is out of range.

    References
    ----------
    Clauset, Shalizi & Newman 2009, SIAM Review 51:661. The p-value counts the fit itself among the samples,
    ``(1 + farther) / (1 + n)``.
    """
    values, counts = _checked(x)
    n_bootstraps = _check_options(xmin, level, n_bootstraps)
    fit = _fit(values, counts, xmin, level)
    if fit.status != "computed" or n_bootstraps == 0:
        return fit
    search = compiled(_search)
    generator = seeded(seed)
    xmins, alphas = _resampled(values, counts, xmin, n_bootstraps, generator, search)[:2]
    ends = [(1 - level) / 2, (1 + level) / 2]
    # Of resamples alone, which repeat values, an end can lie on the wrong side of the estimate.
    low, high = np.quantile(alphas, ends)
    low, high = min(low, fit.alpha), max(high, fit.alpha)
    xmin_low, xmin_high = np.quantile(xmins, ends, method="inverted_cdf")
    xmin_low, xmin_high = min(xmin_low, fit.xmin), max(xmin_high, fit.xmin)
    farther = _farther(values, counts, fit, xmin is not None, n_bootstraps, generator, search)
    return replace(
        fit,
        low=float(low),
        high=float(high),
        xmin_low=float(xmin_low),
        xmin_high=float(xmin_high),
        p_value=(1 + farther) / (1 + n_bootstraps),
        n_bootstraps=n_bootstraps,
    )


def compare_tails(x: ArrayLike, *, xmin: int | None = None) -> TailComparison:
    """Compare the power law with a lognormal and a stretched exponential on the same tail, by Vuong's test.

    A rival is rounded to whole numbers, ``p(x) = (S(x - 1/2) - S(x + 1/2)) / S(xmin - 1/2)`` with S its survival
    function, and fitted by maximum likelihood. With d the differences of the log-likelihoods of single values, the
    statistic is ``sum d / (sqrt(n) sd(d))``, standard normal where neither is better.

    Parameters
    ----------
    x, xmin
        As in `fit_discrete_power_law`; the threshold is that of the power law.

    Returns
    -------
    TailComparison
        Two rivals, in the order of `MODELS`. Both contain power laws as limits, so that they hardly ever do worse by
        much: a statistic near zero means that the tail is too short to tell.

    Raises
    ------
    ValueError
        As `fit_discrete_power_law`.

    References
    ----------
    Vuong 1989, Econometrica 57:307; Clauset, Shalizi & Newman 2009, SIAM Review 51:661, section 5.
    """
    values, counts = _checked(x)
    _check_options(xmin, 0.5, 0)
    fit = _fit(values, counts, xmin, 0.95)
    if fit.status != "computed":
        return TailComparison(fit, (), fit.status, fit.reason)
    tail = values >= fit.xmin
    v, c = values[tail], counts[tail]
    mine = -fit.alpha * np.log(v) - _log_zeta(fit.alpha, fit.xmin)
    rivals = []
    for name in MODELS[1:]:
        best = _fit_rival(name, v, c, fit.xmin, fit.alpha)
        theirs = _log_chance(name, best, _edges(v, fit.xmin))
        differences = mine - theirs
        ratio = float(c @ differences)
        variance = c @ (differences - ratio / fit.n_tail) ** 2 / fit.n_tail
        statistic = ratio / np.sqrt(fit.n_tail * variance) if variance > 0 else 0.0
        usual, p_value = _usual_parameters(name, best, fit.xmin), float(2 * norm.sf(abs(statistic)))
        rivals.append(RivalTail(name, usual, float(c @ theirs), ratio, float(statistic), p_value))
    return TailComparison(fit, tuple(rivals), "computed", fit.reason)


def exceedance_probability(
    x: ArrayLike,
    size: float,
    *,
    n_events: int = 1,
    xmin: int | None = None,
    level: float = 0.95,
    n_bootstraps: int = 200,
    seed: int = 0,
) -> Exceedance:
    """Return the chance that at least one of ``n_events`` further values is at least ``size``, under each model.

    ``1 - (1 - q)^n_events`` with ``q = (n_tail / n) P(X >= size | X >= xmin)``; for a size below the threshold q is the
    share of values so far, the
    same for every model. Further values are taken to be independent and like those so far.

    Parameters
    ----------
    x, xmin
        As in `fit_discrete_power_law`.
    size
        Whole number of at least 1.
    n_events
        At least 1: how many further values.
    level, n_bootstraps, seed
        Of the interval; at least 1 resample.

    Returns
    -------
    Exceedance
        Three chances, and their range over models and resamples. Not computed where the power law is not.

    Raises
    ------
    ValueError
        As `fit_discrete_power_law`, or if size, events or resamples are out of range.

    References
    ----------
    Clauset & Woodard 2013, Annals of Applied Statistics 7:1838.
    """
    values, counts = _checked(x)
    _check_options(xmin, level, n_bootstraps)
    if not 1 <= size < LARGEST or int(size) != size:
        raise ValueError(f"size={size}; expected a whole number from 1 to {LARGEST:g}.")
    n_events, n_bootstraps = whole_number("n_events", n_events), whole_number("n_bootstraps", n_bootstraps)
    fit = _fit(values, counts, xmin, level)
    asked: dict[str, Any] = {"size": float(size), "n_events": n_events, "models": MODELS, "level": level}
    asked |= {"n_at_least": int(counts[values >= size].sum()), "xmin": fit.xmin, "n_tail": fit.n_tail, "n": fit.n}
    if fit.status != "computed":
        none = np.full(len(MODELS), np.nan)
        return Exceedance(
            **asked, probability=none, low=none, high=none, lowest=np.nan, highest=np.nan, n_bootstraps=n_bootstraps,
            status=fit.status, reason=fit.reason,
        )  # fmt: skip
    best, starts = _exceedances(values, counts, fit.xmin, fit.alpha, size, {})
    generator = seeded(seed)
    xmins, alphas, resamples = _resampled(values, counts, xmin, n_bootstraps, generator, compiled(_search))
    drawn = zip(resamples, xmins, alphas, strict=True)
    found = np.array([
        _exceedances(values, again, least, alpha, size, starts if least == fit.xmin else {})[0]
        for again, least, alpha in drawn
    ])  # fmt: skip
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2], axis=0)
    # A range that holds the best fit, also where few resamples lie to one side of it.
    with np.errstate(divide="ignore"):  # where an event is sure to be so large, log 0 gives what is right
        probability, low, high = (
            -np.expm1(n_events * np.log1p(-q)) for q in (best, np.minimum(low, best), np.maximum(high, best))
        )
    return Exceedance(
        **asked, probability=probability, low=low, high=high, lowest=float(low.min()), highest=float(high.max()),
        n_bootstraps=n_bootstraps, status="computed", reason=fit.reason,
    )  # fmt: skip


def _checked(x: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct values, ascending, and how often each occurs."""
    x = np.asarray(x, dtype=float)
    if x.ndim != 1:
        raise ValueError(f"x has shape {x.shape}; expected one series of values.")
    wrong = ~((x >= 0) & (x < LARGEST)) | (x != np.floor(x))
    if wrong.any():
        at = np.flatnonzero(wrong)
        raise ValueError(
            f"{at.size} of {x.size} values are missing, negative, not whole or above {LARGEST:g} (places"
            f" {', '.join(map(str, at[:3]))}; first {x[at[0]]:g}). Give whole numbers of known size only."
        )
    return np.unique(x, return_counts=True)


def _check_options(xmin: int | None, level: float, n_bootstraps: int) -> int:
    if xmin is not None and (not 1 <= xmin < LARGEST or int(xmin) != xmin):
        raise ValueError(f"xmin={xmin}; expected a whole number of at least 1, or None for a search.")
    proportion("level", level)
    return whole_number("n_bootstraps", n_bootstraps, 0)


def _fit(values: np.ndarray, counts: np.ndarray, xmin: int | None, level: float) -> DiscretePowerLaw:
    n = int(counts.sum())
    n_distinct = int((values >= (xmin or 1)).sum())
    reason = ""
    if n < MIN_VALUES:
        reason = say("{n} values; a tail needs at least {needed}", n=n, needed=MIN_VALUES)
    elif n_distinct < 2:
        reason = say("{n} distinct values of at least {least:g}; a tail needs two", n=n_distinct, least=xmin or 1)
    if reason:
        nan = np.nan
        return DiscretePowerLaw(nan, nan, 0, n, nan, nan, nan, nan, None, None, None, level, 0, "not_computed", reason)
    search = _search if values.size <= FEW_DISTINCT else compiled(_search)
    first, *found = search(values, counts, *_candidates(values, xmin))
    alpha, ks, curvature = map(float, found)
    tail = slice(first, None)
    begins = float(values[first] if xmin is None else xmin)
    n_tail = int(counts[tail].sum())
    half = norm.ppf((1 + level) / 2) / np.sqrt(n_tail * curvature)
    if n_tail < FEW_IN_TAIL:
        reason = say(
            "values in the tail: {n}; fewer than {needed} say little about its form", n=n_tail, needed=FEW_IN_TAIL
        )
    likelihood = -n_tail * float(_log_zeta(alpha, begins)) - alpha * float(counts[tail] @ np.log(values[tail]))
    return DiscretePowerLaw(
        begins, alpha, n_tail, n, ks, likelihood, float(alpha - half), float(alpha + half), None, None, None, level, 0,
        "computed", reason
    )  # fmt: skip


def _candidates(values: np.ndarray, xmin: int | None) -> tuple[int, int, float]:
    """Return the first and last index to begin a tail at, and the threshold (0: the value itself)."""
    if xmin is None:
        return int(np.searchsorted(values, 1.0)), values.size - 2, 0.0
    first = int(np.searchsorted(values, xmin))
    return first, first, float(xmin)


def _resampled(
    values: np.ndarray,
    counts: np.ndarray,
    xmin: int | None,
    n_bootstraps: int,
    generator: np.random.Generator,
    search: Callable,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return threshold and exponent of each resample, and the resamples' counts of ``values``."""
    n = int(counts.sum())
    shares = counts / n
    xmins, alphas = np.empty(n_bootstraps), np.empty(n_bootstraps)
    resamples = np.empty((n_bootstraps, counts.size), np.int64)
    for b in range(n_bootstraps):
        while True:
            again = generator.multinomial(n, shares)
            met = again > 0
            if met[values >= (xmin or 1)].sum() >= 2:
                break
        first, alphas[b], _, _ = search(values[met], again[met], *_candidates(values[met], xmin))
        xmins[b] = values[met][first] if xmin is None else xmin
        resamples[b] = again
    return xmins, alphas, resamples


def _farther(
    values: np.ndarray,
    counts: np.ndarray,
    fit: DiscretePowerLaw,
    fixed: bool,
    n_bootstraps: int,
    generator: np.random.Generator,
    search: Callable,
) -> int:
    """Return how many samples of the fit lie at least as far from their own fit: tail from the model, body from the
    data."""
    body = values < fit.xmin
    below = np.repeat(values[body], counts[body])
    log_zeta = _log_zeta(fit.alpha, fit.xmin)
    table = np.exp(_log_zeta(fit.alpha, fit.xmin + np.arange(N_TABLE)) - log_zeta)
    farther = 0
    for _ in range(n_bootstraps):
        while True:
            n_tail = generator.binomial(fit.n, fit.n_tail / fit.n)
            chance = 1 - generator.random(n_tail)
            drawn = fit.xmin + N_TABLE - 1 - np.searchsorted(table[::-1], chance)
            # Beyond the table the tail is that of a rounded continuous power law, to one in a million.
            beyond = chance < table[-1]
            log_size = -(np.log(chance[beyond]) + np.log(fit.alpha - 1) + log_zeta) / (fit.alpha - 1)
            drawn[beyond] = np.floor(np.exp(np.minimum(log_size, np.log(LARGEST / 2))) + 0.5)
            if below.size:
                drawn = np.concatenate([drawn, generator.choice(below, fit.n - n_tail)])
            sample, again = np.unique(drawn, return_counts=True)
            if (sample >= (fit.xmin if fixed else 1)).sum() >= 2:
                break
        farther += search(sample, again, *_candidates(sample, int(fit.xmin) if fixed else None))[2] >= fit.ks
    return farther


def _exceedances(
    values: np.ndarray, counts: np.ndarray, xmin: float, alpha: float, size: float, starts: dict
) -> tuple[np.ndarray, dict]:
    """Return the chance of a value of at least ``size`` under each model, and where the rivals' fits ended."""
    n = counts.sum()
    if size < xmin:
        return np.full(len(MODELS), counts[values >= size].sum() / n), {}
    tail = (values >= xmin) & (counts > 0)
    v, c = values[tail], counts[tail]
    found = [np.exp(_log_zeta(alpha, size) - _log_zeta(alpha, xmin))]
    ends = {}
    for name in MODELS[1:]:
        ends[name] = _fit_rival(name, v, c, xmin, alpha, starts.get(name))
        found.append(np.exp(_log_survival(name, ends[name], np.log((size - 0.5) / (xmin - 0.5)))))
    return np.clip(c.sum() / n * np.array(found), 0, 1), ends


def _log_survival(name: str, parameters: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return the log of a rival's survival function at ``u = ln(x / (xmin - 1/2))``, given that u is above 0.

    Each is written as a power law with slope a, bent by b, so that the power law itself lies at b = 0: the lognormal's
    density of u is
    ``exp(-a u - b u^2)`` short of a constant, the stretched exponential's survival ``exp(-a (exp(b u) - 1) / b)``.
    """
    a, b = parameters
    if name == "lognormal":
        root = np.sqrt(b)
        z0 = a / (2 * root)
        return -a * u - b * u * u + _log_erfcx(z0 + root * u) - _log_erfcx(z0)
    return -a * np.expm1(b * u) / b


def _log_erfcx(z: np.ndarray) -> np.ndarray:
    z = np.asarray(z, dtype=float)
    if z.min() >= -5:
        return np.log(special.erfcx(z))
    low = np.minimum(z, -5.0)
    return np.where(z < -5, low * low + np.log(special.erfc(low)), np.log(special.erfcx(np.maximum(z, -5.0))))


def _log_chance(name: str, parameters: Any, edges: np.ndarray) -> np.ndarray:
    """Return the log of a rival's chance of each value; see `_edges`."""
    survival = _log_survival(name, parameters, edges)
    before, after = np.split(survival, 2, axis=-1)
    return before + np.log(np.maximum(-np.expm1(np.minimum(after - before, 0.0)), 1e-300))


def _edges(v: np.ndarray, xmin: float) -> np.ndarray:
    """Return where each value begins, then where each ends, as `_log_survival` takes them."""
    return np.log(np.concatenate([v - 0.5, v + 0.5]) / (xmin - 0.5))


def _fit_rival(
    name: str, v: np.ndarray, c: np.ndarray, xmin: float, alpha: float, start: np.ndarray | None = None
) -> np.ndarray:
    """Return slope and bend of a rival at its likelihood's maximum: damped Newton on slope and ln bend, derivatives by
    differences.

    Where the bend vanishes the likelihood is flat and the climb ends: the rival is a power law there.
    """
    n = c.sum()
    low, high = np.log(1e-9), np.log(50.0 if name == "lognormal" else 5.0)
    bounds = np.array([[-20.0 if name == "lognormal" else 1e-9, low], [MAX_ALPHA, high]])

    edges = _edges(v, xmin)

    def cost(points: np.ndarray) -> np.ndarray:
        return -(_log_chance(name, (points[:, :1], np.exp(points[:, 1:])), edges) * c).sum(axis=1) / n

    a, b = (max(alpha - 1, 0.1), 0.05) if start is None else start
    at = np.clip([a, np.log(b)], *bounds)
    damping = 1e-3
    for _ in range(MAX_STEPS):
        reach = 1e-4 * np.array([max(1.0, abs(at[0])), 1.0])
        inside = np.clip(at, bounds[0] + reach, bounds[1] - reach)
        f = cost(inside + AROUND * reach)
        slope = np.array([f[1] - f[2], f[3] - f[4]]) / (2 * reach)
        across = (f[5] - f[6] - f[7] + f[8]) / (4 * reach[0] * reach[1])
        bend = np.array([f[1] + f[2] - 2 * f[0], f[3] + f[4] - 2 * f[0]]) / reach**2
        height, moved = f[0], False
        while damping < 1e10:
            # Downhill also where the cost is not convex.
            p, q = (abs(value) * (1 + damping) + damping * 1e-3 for value in bend)
            mixed = across if across * across < 0.9 * p * q else 0.0
            step = -np.array([q * slope[0] - mixed * slope[1], p * slope[1] - mixed * slope[0]]) / (
                p * q - mixed * mixed
            )
            trial = np.clip(inside + np.clip(step, -2, 2), *bounds)
            found = cost(trial[None])[0]
            if found < height:
                # At a bound the derivatives are taken beside it, and the step leads back to it.
                moved = height - found > 1e-13 and np.abs(trial - at).max() > 1e-12
                at, damping = trial, max(damping * 0.1, 1e-9)
                break
            damping *= 10
        if not moved:
            break
        damping = min(damping, 1e3)
    return np.array([at[0], np.exp(at[1])])


def _usual_parameters(name: str, parameters: np.ndarray, xmin: float) -> tuple[float, float]:
    a, b = parameters
    if name == "lognormal":
        return float(np.log(xmin - 0.5) - a / (2 * b)), float(np.sqrt(1 / (2 * b)))
    # a / b = ((xmin - 1/2) / scale)^b
    return float((xmin - 0.5) * np.exp(np.log(b / a) / b)), float(b)


def _log_zeta(alpha: float, q: ArrayLike) -> np.ndarray:
    """Return ln of Hurwitz's zeta, also where zeta itself is too small to be told from 0."""
    q = np.asarray(q, dtype=float)
    n_terms = int(np.ceil(20.0 + alpha))
    steps = np.where(q < n_terms, n_terms, 0)
    large = q + steps
    # Euler-Maclaurin, all terms over the first; below, as many single terms as take q to where it holds.
    bend = (alpha + 1) * (alpha + 2) / (60 * large**2) * (1 - (alpha + 3) * (alpha + 4) / (42 * large**2))
    rest = (alpha - 1) * (0.5 / large + alpha / (12 * large**2) * (1 - bend))
    log_zeta = (1 - alpha) * np.log(large) - np.log(alpha - 1) + np.log1p(rest)
    if steps.any():
        small = np.minimum(q, n_terms)[..., None]
        terms = np.exp(-alpha * np.log1p(np.arange(n_terms) / small)).sum(axis=-1)
        log_small = np.log(terms + np.exp(np.minimum(log_zeta + alpha * np.log(q), 700.0))) - alpha * np.log(q)
        log_zeta = np.where(steps > 0, log_small, log_zeta)
    return log_zeta


def _search(values, counts, start, end, xmin):
    """Return index, exponent and distance of the best tail that begins at ``values[start]`` to ``values[end]``, and its
    curvature.

    The curvature is the second derivative of ln zeta in alpha. An ``xmin`` above 0 is the threshold itself, at most
    ``values[start]``.
    """
    n_values = values.size
    n_tail, sum_log = 0.0, 0.0
    for i in range(start, n_values):
        n_tail += counts[i]
        sum_log += counts[i] * log(values[i])
    best, best_alpha, best_distance, best_curvature = start, 0.0, 2.0, 0.0
    for at in range(start, end + 1):
        if at > start:
            n_tail -= counts[at - 1]
            sum_log -= counts[at - 1] * log(values[at - 1])
        lower = xmin if xmin > 0 else values[at]
        # All logarithms and powers are of values over the threshold, so that none vanishes.
        log_lower = log(lower)
        mean_log = sum_log / n_tail - log_lower
        alpha = min(1 + 1 / max(mean_log - log(1 - 0.5 / lower), 1e-9), 100.0)
        # Newton on the slope of the log-likelihood, -(ln zeta)' - mean ln x, which falls and bends one way only.
        curvature = 0.0
        for _ in range(100):
            # zeta(alpha, lower) * lower^alpha and its derivatives, by Euler-Maclaurin.
            total, first, second = 0.0, 0.0, 0.0
            q = lower
            while q < 20.0 + alpha:
                ln = log(q) - log_lower
                term = exp(-alpha * ln)
                total += term
                first -= ln * term
                second += ln * ln * term
                q += 1.0
            ln = log(q) - log_lower
            power = exp(-alpha * ln)
            inverse = 1.0 / (alpha - 1.0)
            term = q * power * inverse
            slope = -ln - inverse
            total += term + 0.5 * power
            first += term * slope - 0.5 * power * ln
            second += term * (slope * slope + inverse * inverse) + 0.5 * power * ln * ln
            factor, slope, bend = alpha / q, 1.0 / alpha - ln, 1.0 / (alpha * alpha)
            for j in range(4):
                term = (1 / 12, -1 / 720, 1 / 30240, -1 / 1209600)[j] * factor * power
                total += term
                first += term * slope
                second += term * (slope * slope - bend)
                one, two = alpha + 2 * j + 1.0, alpha + 2 * j + 2.0
                factor *= one * two / (q * q)
                slope += 1.0 / one + 1.0 / two
                bend += 1.0 / (one * one) + 1.0 / (two * two)
            ratio = first / total
            curvature = second / total - ratio * ratio
            if curvature <= 1e-14:
                alpha = MAX_ALPHA
                break
            step = -(ratio + mean_log) / curvature
            following = min(max(alpha + step, 1.0 + 0.3 * (alpha - 1.0)), MAX_ALPHA)
            moved = abs(following - alpha)
            alpha = following
            if moved < 1e-11 * alpha:
                break
        # The distance, over every whole number: at each value and just before the next. zeta(alpha, v) comes down from
        # the top by one power a value, and below 20 + alpha by single terms.
        distance, above, i = 0.0, 0.0, n_values - 1
        bound = 20.0 + alpha
        base, summed = ceil(bound), -1.0
        while i >= at:
            v = values[i]
            power = exp(-alpha * (log(v) - log_lower))
            if summed < 0:
                q = v if v >= bound else base
                lowest = power if v >= bound else exp(-alpha * (log(base) - log_lower))
                inverse = 1.0 / (q * q)
                term = alpha / q * lowest
                tail = q * lowest / (alpha - 1.0) + 0.5 * lowest + term / 12.0
                term *= (alpha + 1.0) * (alpha + 2.0) * inverse
                tail -= term / 720.0
                term *= (alpha + 3.0) * (alpha + 4.0) * inverse
                tail += term / 30240.0
                term *= (alpha + 5.0) * (alpha + 6.0) * inverse
                tail -= term / 1209600.0
                summed = tail if v < bound else -1.0
            if summed >= 0:
                while base > v:
                    base -= 1.0
                    summed += exp(-alpha * (log(base) - log_lower))
                tail = summed
            # Share above v, in the data and in the fit; then share from v on.
            distance = max(distance, abs(above / n_tail - (tail - power) / total))
            above += counts[i]
            distance = max(distance, abs(above / n_tail - tail / total))
            if distance >= best_distance:
                break
            i -= 1
        if distance < best_distance:
            best, best_alpha, best_distance, best_curvature = at, alpha, distance, curvature
    return best, best_alpha, best_distance, best_curvature
