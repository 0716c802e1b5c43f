"""Is a count above what its own past leads to expect? One rule for many series at once, which keeps the rate of alarms
that it is asked for.

Each series is followed by a pool of simple views of it. A view holds a level, known as a gamma distribution with a
shape and a rate: from period to period both shrink by a discount (what is older counts less) and lean towards the
long-run mean, and a count y adds y / phi to the shape and 1 / phi to the rate, phi being the view's dispersion. Views
that foretold better weigh more. So overdispersion, a wandering level, bursts that fade and what is not known of any of
them all widen what is expected, each as far as the series itself shows it.

The pool's chances are then corrected by what they were worth on simulated histories (`CALIBRATION`), because a pool
cannot know everything either, and by what they were worth on the past of all units together (`panel_power`).
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike

from analysis.lazy import without
from analysis.resources import side_by_side
from analysis.statistics.expectation_calibration import CALIBRATION, LARGEST_TAIL
from analysis.statistics.given import one_of

WINDOWS = (1, 4)
# Fewer periods teach too little for a rate to be kept.
MIN_PERIODS = 26
# Views: discounts of a moving level, strength of the long-run mean in it, dispersions of counts and of sums of marks
# such as deaths.
DISCOUNTS, STRENGTHS = (0.5, 0.75, 0.9, 0.96, 0.985), (0.1, 1.5, 6.0)
DISPERSIONS = {
    "counts": (1.001, 1.4, 2.0, 3.0, 4.5, 7.0, 11.0, 18.0),
    "sums": (1.5, 3.0, 6.0, 12.0, 25.0, 50.0, 90.0, 150.0),
}
# What was foretold well is forgotten by half in 346 periods, so that an old war does not set the noise of today.
FORGET = 0.998
# A count that the past gives a smaller chance than this teaches only as much as the count at that chance would.
SURE_TAIL = 1e-4
# Only counts so many standard deviations above what is expected are looked at for that.
CAP_DEVIATIONS = 4.0
LARGEST_COUNT = 1e9
# Units whose periods are held at one time.
UNITS_AT_ONCE = 1000
# The level at which a panel's past tells what chances are worth, how many periods of units are looked at, and the
# periods above the level that count as seen before any is.
PANEL_TAIL, PANEL_PERIODS, PANEL_PRIOR = 0.01, 3000, 6.0


# What an `Expectation` holds of each period.
_OF_PERIODS = ("p_value", "expected", "raw", "above", "slope", "shift")


@dataclass(frozen=True)
class Expectation:
    """What was expected of counts, and how unusual they were; arrays of shape (n_windows, n_periods, n_units) unless
    said.

    Attributes
    ----------
    windows
        Lengths in periods; a window ends with its period.
    p_value
        Calibrated chance of a sum at least as large in the window, from what was known before it; missing before
        ``first`` and where a period is.
    expected
        Mean of the window's sum for each of its periods.
    raw, above
        The pool's own chance of a sum at least as large, and of a larger one.
    slope, shift
        The calibration: ``ln p_value = shift + slope ln raw``.
    pool
        Of the last periods, latest first, shape (n_windows, n_kept, n_histories, n_views, 4): weight, mean, dispersion
        and the level's squared coefficient of variation of each view.
    history
        Shape (n_units,): which pool is each unit's, the same where units have the same past, whose bounds are then
        sought once; None where that was not looked at and each has its own.
    """

    windows: np.ndarray
    p_value: np.ndarray
    expected: np.ndarray
    raw: np.ndarray
    above: np.ndarray
    slope: np.ndarray
    shift: np.ndarray
    pool: np.ndarray
    history: np.ndarray | None = None
    _found: dict[tuple[float, float], tuple[np.ndarray, np.ndarray]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def bounds(
        self,
        tail: float,
        least: float = 1.0,
        *,
        back: int = 0,
        windows: slice = slice(None),
        near: np.ndarray | None = None,
        then: Callable[[int, int], object] | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the least sums, at least ``least``, with a calibrated chance of at most ``tail`` (less where counts
        are few and whole), and that chance; shape (n_windows, n_units) each, missing where nothing was judged.

        They are for the period so many ``back`` from the last, less than ``n_kept``; those of the last period are kept.
        Sums ``near`` the bounds, of the same shape, such as those of the period after, let them be found sooner.
        ``then`` is called now and then with how many bounds were found, and how many there are that differ.
        """
        if back == 0 and windows == slice(None):
            if (tail, least) not in self._found:
                self._found[tail, least] = self._bounds(tail, least, back, windows, near, then)
            return self._found[tail, least]
        return self._bounds(tail, least, back, windows, near, then)

    def pool_of(self, back: int, windows: slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
        """Return the pools of a period so many before the last, shape (n_pools, n_views, 4), and which is that of each
        window and unit, shape (n_windows * n_units,), units within windows."""
        of_windows = self.pool[windows, back]
        n_windows, n_pools = of_windows.shape[:2]
        each = np.arange(n_pools) if self.history is None else self.history
        at = np.add.outer(n_pools * np.arange(n_windows), each).ravel()
        return of_windows.reshape(n_windows * n_pools, *of_windows.shape[2:]), at

    def _bounds(
        self,
        tail: float,
        least: float,
        back: int,
        windows: slice,
        near: np.ndarray | None,
        then: Callable[[int, int], object] | None,
    ) -> tuple[np.ndarray, np.ndarray]:
        at = self.shift.shape[1] - 1 - back
        shift, slope = self.shift[windows, at], self.slope[windows, at]
        raw = np.exp((np.log(tail) - shift) / slope).ravel()
        pool, at = self.pool_of(back, windows)
        # Alike where pool and tail are.
        _, tails = np.unique(raw, return_inverse=True)
        _, first, alike = np.unique(at * (tails.max() + 1) + tails, return_index=True, return_inverse=True)
        pools, raw = pool[at[first]], raw[first]
        bounds, rates = np.full(raw.size, np.nan), np.full(raw.size, np.nan)
        starts = _likely_bounds(pools, raw) if near is None else np.fmax(np.floor(near).ravel()[first], 1.0)

        def fill(part: np.ndarray) -> None:
            where = slice(part[0], part[-1] + 1)
            _kernel().pool_rates(pools[where], raw[where], float(least), starts[where], bounds[where], rates[where])

        for begin in range(0, raw.size, BOUNDS_AT_ONCE):
            some = np.arange(begin, min(begin + BOUNDS_AT_ONCE, raw.size))
            side_by_side(fill, np.array_split(some, np.clip(some.size // BOUNDS_A_THREAD, 1, _workers())))
            if then:
                then(int(some[-1]) + 1, raw.size)
        bounds, rates = bounds[alike], rates[alike]
        with np.errstate(divide="ignore"):
            chance = np.exp(np.minimum(shift + slope * np.log(rates.reshape(shift.shape)), 0.0))
        return bounds.reshape(shift.shape), chance


def expect_counts(
    counts: ArrayLike,
    *,
    kind: str = "counts",
    windows: tuple[int, ...] = WINDOWS,
    first: int | None = None,
    also: ArrayLike | None = None,
    left_out: ArrayLike | None = None,
    n_kept: int = 1,
    calibrated: bool = True,
) -> Expectation:
    """Say of every period and unit how unusual its count, and the sum of the last few, is by the unit's own past.

    Parameters
    ----------
    counts
        Whole numbers of at least 0, shape (n_periods, n_units), in order of time; NaN marks a period without coverage.
    kind
        ``counts`` of events, or ``sums`` of marks such as deaths, which spread more.
    windows
        Lengths of sums in periods, ascending. What is expected of a window is what was known before it began.
    first
        Index of the first period judged; default: `MIN_PERIODS`.
    also
        Indices of earlier periods that are judged besides.
    left_out
        Shape (n_periods,) or (n_periods, n_units): periods that teach nothing, but are judged.
    n_kept
        Last periods whose pools are kept, for `Expectation.bounds`.
    calibrated
        False returns the pool's own chances as ``p_value``.

    Returns
    -------
    Expectation
        Nothing after a period enters what is said of it.

    Raises
    ------
    ValueError
        If a count is negative, not whole or above a thousand million, or an option is out of range.

    References
    ----------
    Discounted gamma levels: West & Harrison 1997, Bayesian Forecasting and Dynamic Models, 2nd ed., ch. 6 and 10;
    Harvey & Fernandes 1989, Journal of Business & Economic Statistics 7:407. The pool and its calibration: no published
    source.
    """
    counts = np.asarray(counts, dtype=float)
    if counts.ndim != 2 or counts.size == 0:
        raise ValueError(f"counts has shape {counts.shape}; expected (n_periods, n_units), neither of them 0.")
    wrong = (counts < 0) | (counts > LARGEST_COUNT) | ((counts != np.floor(counts)) & ~np.isnan(counts))
    if wrong.any():
        raise ValueError(
            f"{int(wrong.sum())} of {counts.size} counts are negative, not whole or above {LARGEST_COUNT:g} (first"
            f" {counts[wrong][0]:g}). Give whole counts, and NaN for periods without coverage."
        )
    one_of("kind", kind, DISPERSIONS)
    if not windows or list(windows) != sorted(set(windows)) or windows[0] < 1:
        raise ValueError(f"windows={windows}; expected lengths of at least 1, ascending.")
    n_periods, n_units = counts.shape
    judged = np.arange(n_periods) >= (MIN_PERIODS if first is None else first)
    if also is not None:
        judged[np.asarray(also)] = True
    out = np.zeros(counts.shape, dtype=bool)
    if left_out is not None:
        given = np.asarray(left_out, dtype=bool)
        out |= given[:, None] if given.ndim == 1 else given
    keep, revert, noise, prior = _views(kind)
    lengths = np.array(windows, dtype=np.int64)
    shape = (n_units, len(windows), n_periods)
    raw, above, expected = (np.full(shape, np.nan) for _ in range(3))
    features = np.full((*shape, 3), np.nan)
    n_kept = min(n_kept, n_periods)
    pool = np.zeros((n_units, len(windows), n_kept, keep.size, 4))
    series, skipped = np.ascontiguousarray(counts.T), np.ascontiguousarray(out.T)
    follow = _kernel().follow_unit

    def follow_one(unit: int) -> None:
        follow(
            series[unit], skipped[unit], judged, keep, revert, noise, prior, lengths, FORGET, SURE_TAIL, CAP_DEVIATIONS,
            raw[unit], above[unit], expected[unit], features[unit], n_kept, pool[unit],
        )  # fmt: skip

    side_by_side(follow_one, range(n_units))
    raw, above, expected = (part.transpose(1, 2, 0) for part in (raw, above, expected))
    seen = np.cumsum(~np.isnan(counts) & ~out, axis=0) + 1.0
    if calibrated:
        shift, slope = calibration_of(features.transpose(1, 2, 0, 3), expected, seen, kind=kind)
    else:
        shift, slope = np.where(np.isnan(raw), np.nan, 0.0), np.ones(raw.shape)
    with np.errstate(divide="ignore"):
        p_value = np.minimum(np.exp(shift + slope * np.log(raw)), 1.0)
    return Expectation(lengths, p_value, expected, raw, above, slope, shift, pool.transpose(1, 2, 0, 3, 4))


def expect_last(
    counts: np.ndarray,
    *,
    kind: str = "counts",
    also: ArrayLike = (),
    left_out: np.ndarray | None = None,
    then: Callable[[int, int], object] | None = None,
) -> Expectation:
    """Say how unusual the last count of every unit is, as `expect_counts` does, for units of any number.

    What is said of all periods of tens of thousands of units is gigabytes: units are followed `UNITS_AT_ONCE` at a
    time, and units with the same counts, such as those with one event in all, once.

    Parameters
    ----------
    counts, kind
        As in `expect_counts`.
    also
        Indices of earlier periods that are judged besides, ascending.
    left_out
        Shape (n_periods, n_units).
    then
        Called with how many units were followed, and how many there are that differ.

    Returns
    -------
    Expectation
        Of the periods in ``also``, and the last one, alone.
    """
    counts = np.asarray(counts, dtype=float)
    known: dict[bytes, int] = {}
    history = np.empty(counts.shape[1], dtype=np.int64)
    for unit in range(counts.shape[1]):
        of_unit = counts[:, unit].tobytes() + (b"" if left_out is None else left_out[:, unit].tobytes())
        history[unit] = known.setdefault(blake2b(of_unit).digest(), len(known))
    first = np.unique(history, return_index=True)[1]
    periods = np.append(np.asarray(also, dtype=int), len(counts) - 1)
    parts = []
    for begin in range(0, first.size, UNITS_AT_ONCE):
        some = first[begin : begin + UNITS_AT_ONCE]
        out = None if left_out is None else left_out[:, some]
        found = expect_counts(counts[:, some], kind=kind, first=periods[-1], also=periods[:-1], left_out=out)
        parts.append([getattr(found, name)[:, periods] for name in _OF_PERIODS] + [found.pool])
        if then:
            then(min(begin + UNITS_AT_ONCE, first.size), first.size)
    *of_periods, pool = (np.concatenate(part, axis=2) for part in zip(*parts, strict=True))
    held = {name: values[:, :, history] for name, values in zip(_OF_PERIODS, of_periods, strict=True)}
    return Expectation(np.array(WINDOWS, dtype=np.int64), **held, pool=pool, history=history)


def earlier_periods(n_periods: int, n_units: int) -> np.ndarray:
    """Return indices of periods for `panel_power`, at even steps back from before the last windows, as many as
    `PANEL_PERIODS` allow.
    """
    last, held = n_periods - 1 - max(WINDOWS), max(PANEL_PERIODS // n_units, 1)
    step = max(-(-(last - MIN_PERIODS + 1) // held), 1)
    return np.arange(last, MIN_PERIODS - 1, -step)[::-1]


def panel_power(found: Expectation, *, left_out: ArrayLike | None = None, periods: ArrayLike | None = None) -> float:
    """Return the power of their chances at which a panel's units passed a level of 1 in 100 as often as promised.

    With R the periods of units whose smaller chance was at most .01, over those that were to be expected, the power is
    ``1 + ln R / ln .01``: chances that came true too often grow, and the more so the smaller they are. Whole counts are
    spread evenly over their chance.

    Parameters
    ----------
    found
        With the periods of `earlier_periods`; others are not looked at.
    left_out
        Periods of units that are no baseline, shape (n_periods, n_units).
    periods
        Indices of those looked at, where they are other than those of `earlier_periods`.

    Returns
    -------
    float
        1 where nothing is known.
    """
    periods = np.asarray(earlier_periods(*found.raw.shape[1:]) if periods is None else periods, dtype=int)
    with np.errstate(divide="ignore"):
        high, low = (
            np.exp(found.shift[:, periods] + found.slope[:, periods] * np.log(part[:, periods]))
            for part in (found.raw, found.above)
        )
    share = np.clip((PANEL_TAIL - low) / np.maximum(high - low, 1e-300), 0.0, 1.0)
    came = 1 - np.prod(1 - share, axis=0)
    if left_out is not None:
        came = np.where(np.asarray(left_out)[periods], np.nan, came)
    expected = len(found.windows) * PANEL_TAIL * np.isfinite(came).sum()
    ratio = (np.nansum(came) + PANEL_PRIOR) / (expected + PANEL_PRIOR)
    return float(1 + np.log(ratio) / np.log(PANEL_TAIL))


def with_power(found: Expectation, power: float) -> Expectation:
    """Return the expectation with every chance raised to a power."""
    return replace(
        found, shift=power * found.shift, slope=power * found.slope, p_value=np.minimum(found.p_value**power, 1.0)
    )


def _likely_bounds(pools: np.ndarray, tails: np.ndarray) -> np.ndarray:
    """Return sums not far from where each pool has a chance of its tail: those of a gamma law of its mean and
    variance."""
    from scipy.special import gammainccinv

    weight, mean, noise, spread = np.moveaxis(pools, -1, 0)
    middle = (weight * mean).sum(axis=1)
    variance = (weight * mean * (noise + (1 + spread) * mean)).sum(axis=1) - middle**2
    with np.errstate(all="ignore"):
        sums = np.floor(gammainccinv(middle**2 / variance, tails) * variance / middle) + 1
    return np.where(np.isfinite(sums), np.fmax(sums, 1.0), 1.0)


def shared_level(
    found: Expectation,
    asked: float,
    *,
    largest: float,
    least: float = 0.0,
    then: Callable[[int, int, int], object] | None = None,
) -> float:
    """Return the level at which all units together raise ``asked`` alarms a period if nothing changes.

    Whole counts reach no level exactly: a unit whose bound has a smaller chance leaves room that others use. A unit's
    own rate stays at or below ``largest``.

    Parameters
    ----------
    found
        With the pool of the last period.
    asked
        Alarms a period over all units, each unit's windows counted together.
    largest
        Highest level.
    least
        Smallest sum that is ever an alarm.
    then
        Called now and then with the number of the try (at most `N_TRIALS`), how many bounds were found in it, and how
        many there are.

    Returns
    -------
    float
        For each window of each unit: an alarm is a ``p_value`` of at most this.
    """
    level = lowest = asked / (found.shift.shape[2] * len(found.windows))
    highest = largest / len(found.windows)
    best, near = min(lowest, highest), None
    for trial in range(1, N_TRIALS + 1):
        level = min(level, highest)
        near, rates = found.bounds(level, least, near=near, then=partial(then, trial) if then else None)
        total = float(np.nansum(rates))
        if total <= asked:
            best = max(best, level)
        if (level == highest and total <= asked) or 0.95 * asked <= total <= asked:
            break
        # Rates rise about as fast as the level.
        level = max(level * min(0.98 * asked / max(total, 1e-300), 10.0), lowest)
    return best


N_TRIALS = 5
# Fewer bounds than this are found sooner than a thread starts.
BOUNDS_A_THREAD = 16
# After so many bounds it is told how far the search is.
BOUNDS_AT_ONCE = 4000


def calibration_of(
    features: np.ndarray, expected: np.ndarray, seen: np.ndarray, *, kind: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return shift and slope of ``ln p = shift + slope ln raw``, shape of ``expected``.

    Parameters
    ----------
    features
        Shape (n_windows, n_periods, n_units, 3): the pool's mean of ln dispersion and of ln(1 + squared variation of
        the level), and its weight on moving levels.
    expected
        A period, same shape without the last axis.
    seen
        Periods that taught, shape (n_periods, n_units).
    kind
        As in `expect_counts`.
    """
    by_term, slope_by = CALIBRATION[kind]
    shift_by = np.array(by_term)
    design = calibration_design(features.mean(axis=0), expected.mean(axis=0), seen)
    slope = np.full(expected.shape[1:], 1 + slope_by)
    # The slope is of ln(raw / LARGEST_TAIL): below the tails that were simulated the line goes on.
    shift = np.clip(design @ shift_by, -1.5, 1.5) + (1 - slope) * np.log(LARGEST_TAIL)
    return np.broadcast_to(shift, expected.shape), np.broadcast_to(slope, expected.shape)


def calibration_design(features: np.ndarray, expected: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return what the calibration is linear in, shape (..., n_terms); arguments as `calibration_of`, without
    windows.
    """
    noise, spread, moving = np.moveaxis(features, -1, 0)
    length = np.log(np.clip(seen, 20, 400) / 300)
    level = np.log(np.clip(expected, 0.05, 50))
    one = np.ones(noise.shape)
    return np.stack(
        [one, noise, np.minimum(spread, 1.5), moving, length, level, noise * level, noise * length, moving * length],
        axis=-1,
    )


def _views(kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return discount, strength, dispersion and log prior weight of each view: half the weight on levels that never
    move.
    """
    noises = DISPERSIONS[kind]
    rows = [(1.0, 0.0, phi) for phi in noises]
    rows += [(keep, revert, phi) for keep in DISCOUNTS for revert in STRENGTHS for phi in noises]
    keep, revert, noise = (np.ascontiguousarray(part) for part in np.array(rows).T)
    still = keep == 1
    prior = np.where(still, 0.5 / still.sum(), 0.5 / (~still).sum())
    return keep, revert, noise, np.log(prior)


def _workers() -> int:
    return os.cpu_count() or 1


def _kernel():
    """Import the compiled loops when they are first needed."""
    with without("coverage"):  # as in `compiled`
        from analysis.statistics import expectation_kernel

    return expectation_kernel
