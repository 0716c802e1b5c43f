"""When did the rate of counts change? Exact segmentation by PELT."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log, log1p

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.compiled import compiled
from analysis.statistics.given import at_least, one_of, shown, whole_number

COSTS = ("poisson", "negative_binomial")
# Each in units of -2 log-likelihood per change point, for n periods: a change point adds two parameters, a rate and a
# place.
PENALTIES: dict[str, Callable[[int], float]] = {
    "bic": lambda n: 2 * log(n),
    "sic": lambda n: 2 * log(n),
    "mbic": lambda n: 3 * log(n),
    "aic": lambda n: 4.0,
    "hannan-quinn": lambda n: 4 * log(log(n)),
}
# Up to here the search runs uncompiled in less time than loading the compiler takes.
FEW_PERIODS = 300


@dataclass(frozen=True)
class Segmentation:
    """The best segmentation of a count series; see `pelt`.

    Attributes
    ----------
    change_points
        Index of the first period of each new regime, 0-based, ascending; shape (n_changes,), int64.
    rates
        Mean count per period of each regime; shape (n_changes + 1,).
    cost
        Sum of the regimes' costs, without penalties.
    penalty
        What each change point cost.
    dispersion
        Negative-binomial alpha that the costs used (variance = m + alpha m^2); 0 is Poisson.
    """

    change_points: np.ndarray
    rates: np.ndarray
    cost: float
    penalty: float
    dispersion: float


def pelt(
    counts: ArrayLike,
    *,
    cost: str = "poisson",
    penalty: str | float = "bic",
    min_size: int = 2,
    dispersion: float | None = None,
) -> Segmentation:
    """Split counts into regimes of constant rate: minimise ``sum of costs of regimes + penalty * number of change
    points``.

    With E events in L periods, m = E / L and r = 1 / alpha, a regime costs -2 times its largest log-likelihood, short
    of terms that every segmentation shares:

    - Poisson: ``-2 E ln m``
    - negative binomial: ``2 (E + L r) ln(1 + m / r) - 2 E ln(m / r)``

    The search is exact: candidates are dropped only where no later period can need them, also with ``min_size``.

    Parameters
    ----------
    counts
        Whole numbers of at least 0, shape (n,), n >= 1; equally long periods in order, without gaps.
    cost
        ``"poisson"`` or ``"negative_binomial"``. Overdispersed counts under the Poisson cost give change points that
        are not there.
    penalty
        A number, or a name (n periods): ``bic`` = ``sic`` = 2 ln n; ``aic`` = 4; ``hannan-quinn`` = 4 ln ln n; ``mbic``
        = 3 ln n with ln L added to each regime's cost (Zhang & Siegmund's form as the R package changepoint has it).
    min_size
        Least number of periods in a regime.
    dispersion
        Alpha of the negative binomial; default: `estimate_dispersion`, once for the whole series.

    Returns
    -------
    Segmentation
        A series shorter than two regimes, all zero or constant has no change point.

    Raises
    ------
    ValueError
        If a count is missing, negative or not whole, or an option is out of range.

    References
    ----------
    Killick, Fearnhead & Eckley 2012, Journal of the American Statistical Association 107:1590; Zhang & Siegmund 2007,
    Biometrics 63:22.
    """
    counts = _checked(counts)
    n = counts.size
    one_of("cost", cost, COSTS)
    min_size = whole_number("min_size", min_size)
    value = _penalty(penalty, n)
    if cost == "poisson":
        if dispersion is not None:
            raise ValueError("dispersion belongs to cost='negative_binomial'.")
        alpha = 0.0
    else:
        alpha = at_least("dispersion", estimate_dispersion(counts) if dispersion is None else dispersion)
    total = np.concatenate([[0.0], np.cumsum(counts)])
    weight = 1.0 if penalty == "mbic" else 0.0
    search = _search if n <= FEW_PERIODS else compiled(_search)
    change_points, least = search(total, value, 1 / alpha if alpha > 0 else 0.0, weight, min_size)
    edges = np.concatenate([[0], change_points, [n]])
    rates = np.diff(total[edges]) / np.diff(edges)
    return Segmentation(change_points, rates, float(least - value * change_points.size), value, alpha)


def estimate_dispersion(counts: ArrayLike) -> float:
    """Return the negative-binomial alpha of a series whose level may shift, from neighbours only.

    ``alpha = sum((d^2 - s) / 2) / sum(y_t y_(t-1))`` with d and s the difference and sum of neighbours: for independent
    counts of equal mean m, ``E d^2 / 2 = m + alpha m^2``, ``E s / 2 = m`` and ``E y_t y_(t-1) = m^2``. A change of
    level enters once, not with all its periods.

    Parameters
    ----------
    counts
        As in `pelt`.

    Returns
    -------
    float
        At least 0; 0 where there are fewer than two counts or no two neighbours above zero. One huge count raises it,
        which makes change points fewer, never more.

    References
    ----------
    No published source; the difference-based variance goes back to von Neumann et al. 1941, Annals of Mathematical
    Statistics 12:153.
    """
    counts = _checked(counts)
    before, after = counts[:-1], counts[1:]
    scale = (before * after).sum()
    return max(0.0, float((((after - before) ** 2 - after - before) / 2).sum() / scale)) if scale else 0.0


def _checked(counts: ArrayLike) -> np.ndarray:
    counts = np.asarray(counts, dtype=float)
    if counts.ndim != 1 or counts.size == 0:
        raise ValueError(f"counts has shape {counts.shape}; expected one series of at least one count.")
    wrong = ~(counts >= 0) | (counts != np.floor(counts)) | np.isinf(counts)
    if wrong.any():
        at = np.flatnonzero(wrong)
        raise ValueError(
            f"{at.size} of {counts.size} counts are missing, negative or not whole (periods"
            f" {', '.join(map(str, at[:3]))}; first {counts[at[0]]:g}). Give whole counts of covered periods only."
        )
    return counts


def _penalty(penalty: str | float, n: int) -> float:
    if isinstance(penalty, str):
        if penalty not in PENALTIES:
            raise ValueError(f"penalty={shown(penalty)}; expected a number or one of {', '.join(PENALTIES)}.")
        return float(PENALTIES[penalty](n)) if n > 2 else 0.0
    return at_least("penalty", penalty)


def _search(total, penalty, size, weight, min_size):
    """Return change points and the least penalised cost; ``size`` 0 is Poisson, ``weight`` multiplies ln L in a
    regime's cost."""
    n = total.size - 1
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    previous = np.zeros(n + 1, np.int64)
    starts = np.empty(n + 1, np.int64)
    expires = np.full(n + 1, n + 2, np.int64)
    value = np.empty(n + 1)
    # Two regimes never cost more than one of the same periods, but for the weighted lengths, which add at most this.
    slack = weight * log(n)
    n_starts = 0
    for end in range(min(min_size, n), n + 1):
        start = max(end - min_size, 0)
        if start == 0 or start >= min_size:
            starts[n_starts] = start
            n_starts += 1
        least = np.inf
        for c in range(n_starts):
            start = starts[c]
            length = end - start
            events = total[end] - total[start]
            found = best[start]
            if events > 0:
                if size > 0:
                    odds = events / (length * size)
                    found += 2 * ((events + length * size) * log1p(odds) - events * log(odds))
                else:
                    found += 2 * events * log(length / events)
            if weight > 0:
                found += weight * log(length)
            value[c] = found
            if found < least:
                least = found
                previous[end] = start
        best[end] = least + penalty
        kept = 0
        for c in range(n_starts):
            start = starts[c]
            # From `end + min_size` on, a regime that starts at `end` does at least as well as one from `start`.
            if value[c] - slack >= best[end] and expires[start] > end + min_size:
                expires[start] = end + min_size
            if expires[start] > end + 1:
                starts[kept] = start
                kept += 1
        n_starts = kept
    n_changes = 0
    at = previous[n]
    while at > 0:
        n_changes += 1
        at = previous[at]
    change_points = np.empty(n_changes, np.int64)
    at = previous[n]
    for c in range(n_changes - 1, -1, -1):
        change_points[c] = at
        at = previous[at]
    return change_points, best[n]
