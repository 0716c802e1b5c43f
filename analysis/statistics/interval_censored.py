"""A distribution from intervals: each value is only known to lie somewhere between two ends."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.given import seeded

LEAST_MASS = 1e-11
TOLERANCE, ENOUGH = 1e-6, 1e-3  # of the log-likelihood: aimed at, and needed to count as converged
DRAW_TOLERANCE, DRAW_ITERATIONS = 0.05, 200  # a quantile needs no more
MAX_ITERATIONS = 2_000


@dataclass(frozen=True)
class TurnbullFit:
    """The nonparametric maximum-likelihood distribution: how much mass lies in each of a few intervals.

    Where inside an interval ``[left, right]`` its mass lies, the data cannot tell.
    """

    left: np.ndarray
    right: np.ndarray
    mass: np.ndarray
    log_likelihood: float
    n: int
    converged: bool

    def quantile(self, q: float) -> tuple[float, float]:
        """Return the ends between which the quantile at ``q`` lies; the upper end is infinite where it is open."""
        reached = np.cumsum(self.mass)
        reached[-1] = 1.0
        first = int(np.searchsorted(reached, q - 1e-9))
        last = int(np.searchsorted(reached, q + 1e-9, side="right"))
        last = min(last, len(reached) - 1)
        return float(self.left[first]), float(self.right[last])


def fit_turnbull(low: ArrayLike, high: ArrayLike) -> TurnbullFit:
    """Estimate a distribution from intervals by maximum likelihood without a model (self-consistency).

    Maximises ``sum_i log P(low_i <= X <= high_i)``. Only the innermost intervals, a lower end followed at once by an
    upper end, can hold mass.

    Parameters
    ----------
    low, high
        Ends of the closed intervals, shape (n,); ``high`` may be infinite; ``low = high`` is a value known exactly.

    Returns
    -------
    TurnbullFit
        Innermost intervals in increasing order, with mass that sums to 1.

    Raises
    ------
    ValueError
        If there is no interval, an end is missing, or a lower end is above its upper end.

    Notes
    -----
    Right only if what decides how wide an interval is, says nothing of where in it the value lies.

    References
    ----------
    Turnbull 1976, J R Stat Soc B 38:290.

    Examples
    --------
    >>> fit_turnbull([1, 2, 4], [1, 5, float("inf")]).mass.round(3).tolist()
    [0.333, 0.667]
    """
    low, high = _checked(low, high)
    left, right = _innermost(low, high)
    inside = _inside(low, high, left, right)
    mass, likelihood, converged = _self_consistent(inside, np.ones((1, len(low))))
    return TurnbullFit(left, right, mass[0], float(likelihood[0]), len(low), bool(converged))


def bootstrap_quantile(
    low: ArrayLike, high: ArrayLike, q: float, *, level: float = 0.95, n_draws: int = 199, seed: int
) -> tuple[float, float]:
    """Return a percentile interval of a quantile: from the low ends to the high ends over intervals drawn anew.

    Parameters
    ----------
    low, high
        As for `fit_turnbull`.
    q
        The quantile, between 0 and 1.
    n_draws, seed
        Of the bootstrap.

    Returns
    -------
    tuple of float
        The lower tail of the least values and the upper tail of the greatest values that the quantile may have; the
        latter is infinite where more than that share of draws leave it open.
    """
    low, high = _checked(low, high)
    left, right = _innermost(low, high)
    inside = _inside(low, high, left, right)
    n = len(low)
    weights = seeded(seed).multinomial(n, np.full(n, 1 / n), size=n_draws).astype(float)
    mass, _, _ = _self_consistent(inside, weights, tolerance=DRAW_TOLERANCE, max_iterations=DRAW_ITERATIONS)
    ends = [TurnbullFit(left, right, drawn, np.nan, n, True).quantile(q) for drawn in mass]
    tail = (1 - level) / 2
    lowest = np.sort([end[0] for end in ends])
    highest = np.sort([end[1] for end in ends])
    return float(lowest[int(tail * n_draws)]), float(highest[min(int(np.ceil((1 - tail) * n_draws)), n_draws) - 1])


def _checked(low: ArrayLike, high: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    low, high = (np.atleast_1d(np.asarray(end, dtype=float)) for end in (low, high))
    if low.shape != high.shape or low.ndim != 1 or low.size == 0:
        raise ValueError(f"low has shape {low.shape} and high {high.shape}; expected two of one length, at least 1.")
    wrong = np.flatnonzero(~(low <= high) | ~np.isfinite(low))
    if wrong.size:
        at = ", ".join(f"{low[i]:g} to {high[i]:g} at {i}" for i in wrong[:3])
        raise ValueError(f"{wrong.size} of {low.size} intervals are none ({at}); expected finite low <= high.")
    return low, high


def _innermost(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    ends = np.concatenate([low, high])
    is_high = np.repeat([False, True], len(low))
    order = np.lexsort((is_high, ends))  # closed intervals: at a tie the lower end comes first
    ends, is_high = ends[order], is_high[order]
    at = np.flatnonzero(~is_high[:-1] & is_high[1:])
    return ends[at], ends[at + 1]


def _inside(low: np.ndarray, high: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return ((low[:, None] <= left) & (right <= high[:, None])).astype(float)


def _self_consistent(
    inside: np.ndarray, weights: np.ndarray, *, tolerance: float = TOLERANCE, max_iterations: int = MAX_ITERATIONS
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return mass of shape (draws, intervals) for each row of weights, its log-likelihood, and whether all settled.

    Self-consistency steps, extrapolated in pairs (SQUAREM, Varadhan & Roland 2008, Scand J Stat 35:335). They end where
    the log-likelihood is proven to be within ``tolerance`` of its maximum, by the greatest gradient.
    """
    total = weights.sum(axis=1, keepdims=True)

    def step(mass: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        chance = np.maximum(mass @ inside.T, 1e-300)
        return (weights / chance) @ inside / total, (weights * np.log(chance)).sum(axis=1)

    mass = np.full((len(weights), inside.shape[1]), 1 / inside.shape[1])
    gradient, likelihood = step(mass)
    for _ in range(max_iterations):
        if _shortfall(total, gradient) < tolerance:
            break
        once = mass * gradient
        twice = once * step(once)[0]
        move, bend = once - mass, twice - 2 * once + mass
        length = -np.sqrt((move**2).sum(axis=1) / np.maximum((bend**2).sum(axis=1), 1e-300))[:, None]
        length = np.minimum(length, -1.0)
        leap = mass - 2 * length * move + length**2 * bend
        leap = np.where(leap > 0, leap, twice)
        leap /= leap.sum(axis=1, keepdims=True)
        worse = step(leap)[1] < likelihood
        # Never quite nothing, so that an interval left too early can be returned to.
        mass = np.maximum(np.where(worse[:, None], twice, leap), LEAST_MASS)
        mass /= mass.sum(axis=1, keepdims=True)
        gradient, likelihood = step(mass)
    return mass, likelihood, _shortfall(total, gradient) < ENOUGH


def _shortfall(total: np.ndarray, gradient: np.ndarray) -> float:
    """Return how far at most the log-likelihood is below its maximum: it is concave, and the mass sums to 1."""
    return float((total[:, 0] * (gradient.max(axis=1) - 1)).max())
