"""Reporting delay: how long events take to be recorded, and how many are still to come.

Events are seen at a few looks (kept exports of one table). Ages and delays are whole periods, of any one length: an
event of age ``a`` is recorded by now if its delay is at most ``a``, so that long delays of recent events are not seen
yet (right truncation). What is estimated is the delay among events recorded within the longest delay that enough of
them had time to show.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.given import seeded

# The longest delay told is one that at least so many reports had time to show.
MIN_AT_RISK = 10
_MOST_ROUNDS, _TOLERANCE = 500, 1e-7


@dataclass(frozen=True, eq=False)
class DelayDistribution:
    """Share of events recorded by each age, among those recorded within ``max_delay`` periods.

    ``cumulative[k]`` is the share with a delay of at most k periods (so that the last is 1), ``low`` and ``high`` bound
    it at ``level``, ``draws`` (n_draws, max_delay + 1) carries its uncertainty. ``dispersion`` is the variance of
    reports over that of independent ones: above 1 where they come in batches. ``n_later`` events took longer than
    ``max_delay`` and are not used.
    """

    cumulative: np.ndarray
    low: np.ndarray
    high: np.ndarray
    level: float
    draws: np.ndarray
    dispersion: float
    n_reports: int
    n_later: int

    @property
    def max_delay(self) -> int:
        """The longest delay told, in periods."""
        return len(self.cumulative) - 1


@dataclass(frozen=True, eq=False)
class Nowcast:
    """How many events there will be once all are recorded: of each cell, and of all cells together.

    ``expected`` is the mean, ``low`` and ``high`` bound the final count at ``level``; never below what is recorded.
    """

    recorded: np.ndarray
    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray
    total_expected: float
    total_low: float
    total_high: float
    level: float


def reporting_triangle(age: ArrayLike, delay: ArrayLike, *, n_ages: int, n_delays: int) -> np.ndarray:
    """Count events by age and delay; what cannot have been seen yet is missing.

    Parameters
    ----------
    age, delay
        Of each event, whole periods with ``0 <= delay <= age``.
    n_ages, n_delays
        Shape of the result; events beyond it are left out.

    Returns
    -------
    numpy.ndarray
        Shape (n_ages, n_delays), row ``a`` the events of age a; NaN where ``delay > age``.

    Raises
    ------
    ValueError
        If a delay is negative or longer than the age.

    References
    ----------
    Lawless 1994, Canadian Journal of Statistics 22:15.
    """
    age, delay = _whole(age, "age"), _whole(delay, "delay")
    if ((delay < 0) | (delay > age)).any():
        raise ValueError("A delay is negative or longer than the event's age: such an event cannot have been recorded.")
    inside = (age < n_ages) & (delay < n_delays)
    flat = np.bincount(age[inside] * n_delays + delay[inside], minlength=n_ages * n_delays)
    triangle = flat.reshape(n_ages, n_delays).astype(float)
    triangle[np.arange(n_delays) > np.arange(n_ages)[:, None]] = np.nan
    return triangle


def estimate_delays(
    after: ArrayLike,
    by: ArrayLike,
    age: ArrayLike,
    *,
    most: int = 52,
    level: float = 0.95,
    n_draws: int = 1000,
    seed: int,
) -> DelayDistribution:
    """Estimate the distribution of delays from events that were looked at now and then.

    With ``d_k`` events of delay k, and ``n_k`` of delay at most k whose age is at least k, the reverse hazard is
    ``g_k = d_k / n_k`` and ``F(k) = prod_{j > k} (1 - g_j)``: the chain ladder. Where an event was not looked at in
    every period, its delay is known only to lie in ``(after, by]``, and ``d_k`` is its expectation under F, to
    convergence (EM).

    Parameters
    ----------
    after, by
        Age of each event, in whole periods, at the last look that did not hold it (-1: none since it happened) and at
        the first that did.
    age
        Age at the last look of all.
    most
        Longest delay to tell, periods; less where fewer than ``MIN_AT_RISK`` events had time to show it.
    level, n_draws, seed
        Of the bounds, which are drawn: the likelihood is a product of binomials in ``g_k``, so that each is drawn from
        Beta(``d_k + 1/m``, ``n_k - d_k + 1 - 1/m``) with m delays (one report's worth of prior, spread over all), with
        both counts divided by the dispersion.

    Returns
    -------
    DelayDistribution

    Raises
    ------
    ValueError
        If ages do not obey ``-1 <= after < by <= age``, or fewer than ``MIN_AT_RISK`` events are given.

    References
    ----------
    Kalbfleisch & Lawless 1991, Statistica Sinica 1:19 (reverse hazard); Lawless 1994, Canadian Journal of Statistics
    22:15; Turnbull 1976, Journal of the Royal Statistical Society B 38:290 (self-consistency). The prior: no published
    source.
    """
    after, by, age = _whole(after, "after"), _whole(by, "by"), _whole(age, "age")
    if not ((after >= -1) & (after < by) & (by <= age)).all():
        raise ValueError("Ages at the looks must obey -1 <= after < by <= age.")
    if len(by) < MIN_AT_RISK:
        raise ValueError(f"{len(by)} events are too few to estimate delays; at least {MIN_AT_RISK} are needed.")
    at_risk = np.array([((age >= k) & (by <= k)).sum() for k in range(min(most, int(age.max())) + 1)])
    longest = int(np.flatnonzero(at_risk >= MIN_AT_RISK).max(initial=0))
    used = by <= longest
    kinds, weight = np.unique(
        np.stack([after[used], by[used], np.minimum(age[used], longest)]), axis=1, return_counts=True
    )
    after, by, age = kinds
    delay = np.arange(longest + 1)
    possible = (delay > after[:, None]) & (delay <= by[:, None])
    share = np.full(longest + 1, 1 / (longest + 1))
    for _ in range(_MOST_ROUNDS):
        chance = possible * share
        placed = weight[:, None] * chance / chance.sum(axis=1, keepdims=True)
        reports, at_risk = _reports_at_risk(placed, age, longest)
        renewed = np.diff(_cumulative(_hazard(reports, at_risk)), prepend=0.0)
        # No delay that an event may have had is ruled out for good by a rounding to zero.
        renewed = np.maximum(renewed, 1e-12)
        moved, share = np.abs(renewed - share).max(), renewed
        if moved < _TOLERANCE:
            break
    cumulative = _cumulative(_hazard(reports, at_risk))
    dispersion = _dispersion(placed, age, _hazard(reports, at_risk))
    rng = seeded(seed)
    spare = 1 / (longest + 1)
    hazard = np.ones((n_draws, longest + 1))
    if longest:
        first = reports[1:] / dispersion + spare
        second = (at_risk - reports)[1:] / dispersion + 1 - spare
        hazard[:, 1:] = rng.beta(first, second, size=(n_draws, longest))
    draws = _cumulative(hazard)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return DelayDistribution(
        cumulative, np.minimum(low, cumulative), np.maximum(high, cumulative), level, draws, dispersion,
        int(weight.sum()), int((~used).sum()),
    )  # fmt: skip


def share_recorded(cumulative: ArrayLike, age: float) -> np.ndarray:
    """Return the share recorded by an age in periods, which need not be whole.

    ``cumulative[k]`` is the mean over ages from k to k + 1 and is taken to stand at k + 1/2; between, the share is
    linear, and at age 0 it is 0.

    Parameters
    ----------
    cumulative
        Shape (..., n_delays).
    age
        Periods, at least 0.
    """
    known, at = _from_nothing(cumulative)
    right = int(np.clip(np.searchsorted(at, age), 1, len(at) - 1))
    weight = min(1.0, (age - at[right - 1]) / (at[right] - at[right - 1]))
    return known[..., right - 1] + weight * (known[..., right] - known[..., right - 1])


def delay_quantile(cumulative: ArrayLike, q: float) -> np.ndarray:
    """Return the delay in periods within which a share ``q`` is recorded; the inverse of `share_recorded`.

    Parameters
    ----------
    cumulative
        Shape (..., n_delays), each reaching 1.
    q
        Between 0 and 1.
    """
    known, at = _from_nothing(cumulative)
    right = np.argmax(known >= q, axis=-1)[..., None]
    above, below = np.take_along_axis(known, right, -1), np.take_along_axis(known, right - 1, -1)
    at_right, at_left = at[right], at[right - 1]
    return (at_left + (q - below) / (above - below) * (at_right - at_left))[..., 0]


def _from_nothing(cumulative: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return shares recorded, from none at age 0 on, and the ages at which they stand."""
    cumulative = np.asarray(cumulative, dtype=float)
    known = np.concatenate([np.zeros((*cumulative.shape[:-1], 1)), cumulative], axis=-1)
    return known, np.concatenate([[0.0], np.arange(cumulative.shape[-1]) + 0.5])


def nowcast(
    recorded: ArrayLike,
    age: ArrayLike,
    exposure: ArrayLike,
    delays: DelayDistribution,
    *,
    mean_rate: float,
    level: float = 0.95,
    seed: int,
) -> Nowcast:
    """Tell how many events a span will hold once all within ``delays.max_delay`` are recorded.

    Of a cell of age ``a`` and exposure ``e`` with N recorded, the rate has prior Gamma(1, 1/m), m the mean rate: worth
    one event, so that a rise is hardly pulled towards the past. With p = F(a) it is drawn from Gamma(1 + N/D, 1/m + e
    p/D), and the events still to come from a negative binomial of mean ``rate e (1 - p)`` and variance D times that
    (Poisson for D = 1), for each draw of F. Rates and reports are taken as independent between cells, and delays as
    they were when they were estimated.

    Parameters
    ----------
    recorded, age, exposure
        Of each cell: events recorded, age in whole periods, and its length in periods (less than 1 for a cut cell).
    delays
        From `estimate_delays`.
    mean_rate
        Events a period, above 0.
    level, seed
        Of the bounds.

    Returns
    -------
    Nowcast

    Raises
    ------
    ValueError
        If a count, age or exposure is impossible, or the mean rate is not above 0.

    References
    ----------
    Lawless 1994, Canadian Journal of Statistics 22:15; Höhle & an der Heiden 2014, Biometrics 70:993; van de Kassteele,
    Eilers & Wallinga 2019, Epidemiology 30:737. Drawing from the Beta-Gamma posterior: no published source.
    """
    recorded, exposure = np.asarray(recorded, dtype=float), np.asarray(exposure, dtype=float)
    age = _whole(age, "age")
    if not ((recorded >= 0).all() and (age >= 0).all() and (exposure > 0).all() and mean_rate > 0):
        raise ValueError("Counts and ages must be at least 0, exposures and the mean rate above 0.")
    rng = seeded(seed)
    held = delays.draws[:, np.minimum(age, delays.max_delay)]
    spread = delays.dispersion
    rate = rng.gamma(1 + recorded / spread, size=held.shape) / (1 / mean_rate + exposure * held / spread)
    missing = rate * exposure * (1 - held)
    if spread > 1:
        missing = rng.gamma(missing / (spread - 1)) * (spread - 1)
    final = recorded + rng.poisson(missing)
    total = final.sum(axis=1)
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(final, tails, axis=0, method="inverted_cdf")
    total_low, total_high = np.quantile(total, tails, method="inverted_cdf")
    return Nowcast(
        recorded, final.mean(axis=0), low, high, float(total.mean()), float(total_low), float(total_high), level
    )  # fmt: skip


def _reports_at_risk(placed: np.ndarray, age: np.ndarray, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """Return expected reports of each delay, and reports of at most that delay among events old enough to show it."""
    reached = np.cumsum(placed, axis=1)
    old_enough = age[:, None] >= np.arange(longest + 1)
    return placed.sum(axis=0), (reached * old_enough).sum(axis=0)


def _hazard(reports: np.ndarray, at_risk: np.ndarray) -> np.ndarray:
    hazard = np.divide(reports, at_risk, out=np.zeros_like(reports), where=at_risk > 0)
    hazard[0] = 1.0
    return hazard


def _cumulative(hazard: np.ndarray) -> np.ndarray:
    """Return F(k), the product of ``1 - g_j`` over j > k, along the last axis."""
    later = np.cumprod((1 - hazard[..., :0:-1]), axis=-1)[..., ::-1]
    return np.concatenate([later, np.ones((*hazard.shape[:-1], 1))], axis=-1)


def _dispersion(placed: np.ndarray, age: np.ndarray, hazard: np.ndarray) -> float:
    """Return Pearson's chi-square of the reports by age and delay over its degrees of freedom, at least 1."""
    n_delays = placed.shape[1]
    by_age = np.zeros((int(age.max()) + 1, n_delays))
    np.add.at(by_age, age, placed)
    reached = np.cumsum(by_age, axis=1)
    told = (np.arange(len(by_age))[:, None] >= np.arange(n_delays)) & (reached > 0) & (hazard > 0) & (hazard < 1)
    freedom = told.sum() - told.any(axis=0).sum()
    if freedom < 1:
        return 1.0
    expected = reached * hazard
    variance = np.where(told, expected * (1 - hazard), 1.0)
    square = np.where(told, (by_age - expected) ** 2 / variance, 0.0)
    return max(1.0, float(square.sum() / freedom))


def _whole(values: ArrayLike, name: str) -> np.ndarray:
    array = np.asarray(values)
    whole = array.astype(np.int64)
    if not (whole == array).all():
        raise ValueError(f"{name} must be whole numbers of periods.")
    return whole
