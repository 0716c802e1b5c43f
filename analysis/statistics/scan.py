"""Scan statistics: how likely is it that some window holds k or more events?

Times are whole days, as incident data are: a window is ``window_days`` consecutive days. The closed form for continuous
time stands beside the simulation on days.
"""

from functools import lru_cache

import numpy as np

from analysis.statistics.distributions import poisson
from analysis.statistics.given import positive, seeded, whole_number

# Mean delay from an event to one that it brings on. With a branching ratio of .4 it gives the clustered any-window
# chance of 84 % at 4 events a year, 3 in 29 days, 5 years.
OFFSPRING_DELAY_DAYS = 18.0
MAX_EVENTS_AT_ONCE = 4_000_000
# Histories are lengthened for rare windows up to this many simulated events in all.
MAX_EVENTS = 40_000_000
# More than these, in one history and in all, are not drawn at all: an hour's work.
MOST_EVENTS_IN_ONE, MOST_EVENTS = 1e7, 1e11


class SimulatedProbability(float):
    """A probability found by simulation: a float that knows its Monte Carlo error."""

    n_simulations: int
    seed: int

    def __new__(cls, value: float, n_simulations: int, seed: int) -> "SimulatedProbability":
        """Return ``value``, a share of ``n_simulations`` that ``seed`` began."""
        made = super().__new__(cls, value)
        made.n_simulations, made.seed = n_simulations, seed
        return made

    def __getnewargs__(self) -> tuple[float, int, int]:  # type: ignore[override]
        """Let copies and pickles keep what the float alone would lose."""
        return float(self), self.n_simulations, self.seed

    @property
    def standard_error(self) -> float:
        """The binomial standard error of the share; 0 where none or all of the simulations had such a window."""
        return float(np.sqrt(self * (1 - self) / self.n_simulations))

    def __repr__(self) -> str:
        return f"SimulatedProbability({float(self):.4f} +- {self.standard_error:.4f})"

    __str__ = __repr__


def naus_probability(k: int, *, expected_per_window: float, n_windows: float) -> float:
    """Return the chance that some window of a continuous-time Poisson process holds ``k`` or more events.

    Naus's approximation ``1 - Q2 (Q3 / Q2)^(n_windows - 2)``; for ``k = 1`` the exact ``1 - exp(-expected *
    n_windows)``.

    Parameters
    ----------
    k
        At least 1.
    expected_per_window
        Expected events in one window (psi), at least 0.
    n_windows
        Length of the history in windows, at least 1. Between 1 and 2 the chance is interpolated on the log scale
        between the Poisson tail of one window and ``1 - Q2``.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    Naus 1982, Journal of the American Statistical Association 77:177.
    """
    k = whole_number("k", k)
    if not (0 <= expected_per_window < np.inf and 1 <= n_windows < np.inf):
        raise ValueError(
            f"expected_per_window={expected_per_window}, n_windows={n_windows}: the expectation must be at least 0, and"
            " the history at least one window."
        )
    psi = float(expected_per_window)
    if psi == 0:
        return 0.0
    if k == 1:
        return float(-np.expm1(-psi * n_windows))

    def p(count: np.ndarray | int) -> np.ndarray:
        return poisson.pmf(count, psi)

    def cdf(count: np.ndarray | int) -> np.ndarray:
        return poisson.cdf(count, psi)

    q2 = cdf(k - 1) ** 2 - (k - 1) * p(k) * p(k - 2) - (k - 1 - psi) * p(k) * cdf(k - 3)
    a1 = 2 * p(k) * cdf(k - 1) * ((k - 1) * cdf(k - 2) - psi * cdf(k - 3))
    a2 = 0.5 * p(k) ** 2 * (
        (k - 1) * (k - 2) * cdf(k - 3) - 2 * (k - 2) * psi * cdf(k - 4) + psi**2 * cdf(k - 5)
    )  # fmt: skip
    r = np.arange(1, k)
    a3 = np.sum(p(2 * k - r) * cdf(r - 1) ** 2)
    r = np.arange(2, k)
    a4 = np.sum(p(2 * k - r) * p(r) * ((r - 1) * cdf(r - 2) - psi * cdf(r - 3)))
    q3 = cdf(k - 1) ** 3 - a1 + a2 + a3 - a4
    if q2 <= 0:
        return 1.0
    if n_windows < 2:
        none = cdf(k - 1) ** (2 - n_windows) * q2 ** (n_windows - 1)
    else:
        none = q2 * (np.clip(q3, 0, q2) / q2) ** (n_windows - 2)
    return float(np.clip(1 - none, 0, 1))


def window_probability(
    k: int,
    *,
    rate_per_day: float,
    window_days: int,
    history_days: int,
    branching_ratio: float = 0.0,
    offspring_delay_days: float = OFFSPRING_DELAY_DAYS,
    n_simulations: int = 20_000,
    seed: int = 0,
) -> SimulatedProbability:
    """Return the chance that some ``window_days`` consecutive days of a history hold ``k`` or more events.

    Parameters
    ----------
    k
        At least 1.
    rate_per_day
        Events a day in the long run, those brought on by others included.
    window_days, history_days
        Whole days, at least 1; a history shorter than the window is one window.
    branching_ratio
        Expected number of events that one event brings on, in [0, 1); 0 is a Poisson process. Otherwise a stationary
        Hawkes process: immigrants at ``rate_per_day * (1 - branching_ratio)``, each event followed by
        Poisson(branching_ratio) others after exponential delays.
    offspring_delay_days
        Mean of those delays.
    n_simulations, seed
        Of the simulation; the same seed gives the same value.

    Returns
    -------
    SimulatedProbability
        A float with ``standard_error`` and ``n_simulations``.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    k, window_days, history_days, n_simulations, seed = _checked(
        k, rate_per_day, window_days, history_days, branching_ratio, offspring_delay_days, n_simulations, seed
    )
    first = _first_hits(
        k, rate_per_day, window_days, history_days, branching_ratio, offspring_delay_days, n_simulations, seed
    )
    return SimulatedProbability(float(np.isfinite(first).mean()), n_simulations, seed)


def fixed_window_probability(
    k: int,
    *,
    rate_per_day: float,
    window_days: int,
    branching_ratio: float = 0.0,
    offspring_delay_days: float = OFFSPRING_DELAY_DAYS,
    n_simulations: int = 20_000,
    seed: int = 0,
) -> float:
    """Return the chance that one window fixed beforehand holds ``k`` or more events.

    The Poisson tail where ``branching_ratio`` is 0, else by simulation; parameters as in `window_probability`.
    """
    k, window_days, _, n_simulations, seed = _checked(
        k, rate_per_day, window_days, window_days, branching_ratio, offspring_delay_days, n_simulations, seed
    )
    if branching_ratio == 0:
        return float(poisson.sf(k - 1, rate_per_day * window_days))
    first = _first_hits(
        k, rate_per_day, window_days, window_days, branching_ratio, offspring_delay_days, 5 * n_simulations, seed
    )
    return SimulatedProbability(float(np.isfinite(first).mean()), 5 * n_simulations, seed)


def recurrence_interval_days(
    k: int,
    *,
    rate_per_day: float,
    window_days: int,
    branching_ratio: float = 0.0,
    offspring_delay_days: float = OFFSPRING_DELAY_DAYS,
    history_days: int = 3653,
    n_simulations: int = 20_000,
    seed: int = 0,
) -> float:
    """Return the mean wait, in days, until a trailing window first holds ``k`` or more events.

    The waiting time is all but exponential, so its mean is estimated as days waited over windows met, with histories
    that meet none counted to their end. Histories are lengthened until at least 200 windows are met, or one in each of
    fewer histories; parameters as in `window_probability`.

    Returns
    -------
    float
        Days; infinite where the rate is 0 or no simulated history meets such a window.
    """
    k, window_days, history_days, n_simulations, seed = _checked(
        k, rate_per_day, window_days, history_days, branching_ratio, offspring_delay_days, n_simulations, seed
    )
    if rate_per_day == 0:
        return np.inf
    while True:
        first = _first_hits(
            k, rate_per_day, window_days, history_days, branching_ratio, offspring_delay_days, n_simulations, seed
        )
        met = int(np.isfinite(first).sum())
        if met >= min(200, n_simulations) or rate_per_day * history_days * 8 * n_simulations > MAX_EVENTS:
            break
        history_days *= 8
    return float(np.minimum(first, history_days).sum() / met) if met else np.inf


@lru_cache(maxsize=32)
def _first_hits(
    k: int,
    rate_per_day: float,
    window_days: int,
    history_days: int,
    branching_ratio: float,
    offspring_delay_days: float,
    n_simulations: int,
    seed: int,
) -> np.ndarray:
    """Return, for each simulated history, the day on which a trailing window first held k events (inf: never)."""
    history_days = max(history_days, window_days)
    generator = seeded(seed)
    at_once = max(1, int(MAX_EVENTS_AT_ONCE / max(1.0, rate_per_day * (history_days + 20 * offspring_delay_days))))
    hits = np.full(n_simulations, np.inf)
    for begin in range(0, n_simulations, at_once):
        size = min(at_once, n_simulations - begin)
        if branching_ratio == 0:
            history, day = _independent_events(generator, size, rate_per_day, history_days)
        else:
            history, day = _clustered_events(
                generator, size, rate_per_day, history_days, branching_ratio, offspring_delay_days
            )
        # One key for both: histories lie so far apart that no window spans two.
        apart = history_days + window_days
        key = history * np.int64(apart) + day
        # Half the width is sorted in half the time.
        key = np.sort(key.astype(np.int32) if size * apart < 2**31 else key)
        if key.size < k:
            continue
        reached = key[k - 1 :][key[k - 1 :] - key[: key.size - k + 1] < window_days]
        owner, when = np.divmod(reached, apart)
        first = np.flatnonzero(np.diff(owner, prepend=-1))
        hits[begin + owner[first]] = when[first] + 1.0
    hits.flags.writeable = False
    return hits


def _independent_events(
    generator: np.random.Generator, n_histories: int, rate: float, history_days: int
) -> tuple[np.ndarray, np.ndarray]:
    n_events = generator.poisson(rate * history_days * n_histories)
    return generator.integers(0, n_histories, n_events), generator.integers(0, history_days, n_events)


def _clustered_events(
    generator: np.random.Generator,
    n_histories: int,
    rate: float,
    history_days: int,
    branching_ratio: float,
    delay_days: float,
) -> tuple[np.ndarray, np.ndarray]:
    # Long enough before the history that what an immigrant brings on has come by then, or all but.
    warm_up = delay_days * (10 + 10 * branching_ratio / (1 - branching_ratio))
    span = history_days + warm_up
    n_immigrants = generator.poisson(rate * (1 - branching_ratio) * span * n_histories)
    history = generator.integers(0, n_histories, n_immigrants).astype(np.int32)
    time = generator.uniform(-warm_up, history_days, n_immigrants)
    histories, times = [history], [time]
    while history.size:
        n_offspring = generator.poisson(branching_ratio, history.size)
        history = np.repeat(history, n_offspring)
        time = np.repeat(time, n_offspring) + generator.exponential(delay_days, history.size)
        still = time < history_days
        history, time = history[still], time[still]
        histories.append(history)
        times.append(time)
    history, day = np.concatenate(histories), np.floor(np.concatenate(times)).astype(np.int64)
    inside = day >= 0
    return history[inside], day[inside]


def _checked(
    k: int,
    rate_per_day: float,
    window_days: int,
    history_days: int,
    branching_ratio: float,
    delay_days: float,
    n_simulations: int,
    seed: int,
) -> tuple[int, int, int, int, int]:
    """Return the whole numbers among the arguments of a simulation, all of which are in their range."""
    if not (0 <= rate_per_day < np.inf and 0 <= branching_ratio < 1):
        raise ValueError(
            f"rate_per_day={rate_per_day}, branching_ratio={branching_ratio}; expected a finite number of at least 0, "
            "and one from 0 to below 1."
        )
    positive("offspring_delay_days", delay_days)
    k, window_days = whole_number("k", k), whole_number("window_days", window_days)
    history_days, n_simulations = (
        whole_number("history_days", history_days),
        whole_number("n_simulations", n_simulations),
    )
    before = delay_days * 10 / (1 - branching_ratio) if branching_ratio else 0  # as `_clustered_events` begins
    in_one = rate_per_day * (max(window_days, history_days) + before)
    if in_one > MOST_EVENTS_IN_ONE or in_one * n_simulations > MOST_EVENTS:
        raise ValueError(
            f"rate_per_day={rate_per_day}, history_days={history_days}, n_simulations={n_simulations} make some"
            f" {in_one:.2g} events a history and {in_one * n_simulations:.2g} in all; expected at most"
            f" {MOST_EVENTS_IN_ONE:.0e} and {MOST_EVENTS:.0e}."
        )
    return k, window_days, history_days, n_simulations, whole_number("seed", seed, 0, np.inf)
