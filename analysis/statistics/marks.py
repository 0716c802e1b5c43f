"""How large may a sum of marks, such as losses of many claims, be if nothing changes?

The views of `expectation` are negative binomial. Sums of a few marks with a heavy tail are not: one large mark passes
the bound of a negative binomial sum again and again. Here the number of events and the law of one mark are each known
by themselves, and the sum of so many marks is held against the views' bound: where it reaches further, the views'
chances are lifted until both bounds agree.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.expectation import Expectation, shared_level

# A unit's own marks say how often one is as large as its so many largest; how large those are, all units say together.
N_LARGEST = 20
# What all units say of large marks is worth so many more, which follow a power law: chance of at least x ~ x ** -TAIL.
N_BEFORE, TAIL = 10.0, 1.4
# Pools of more windows of units than this are not held at once.
LIFTED_AT_ONCE = 10_000


def mark_laws(marks: ArrayLike, units: ArrayLike, n_units: int, *, most: int) -> np.ndarray:
    """Return each unit's chances of a mark of 0, 1, ... ``most``, shape (n_units, most + 1).

    Parameters
    ----------
    marks, units
        Each event's mark, at most ``most``, and its unit's number, shape (n_events,).
    n_units
        Units without events have the law of all.
    most
        Largest mark.
    """
    return laws_of(count_marks(marks, units, n_units, most=most))


def count_marks(marks: ArrayLike, units: ArrayLike, n_units: int, *, most: int) -> np.ndarray:
    """Return how many marks of 0, 1, ... ``most`` each unit had, shape (n_units, most + 1); parameters as in
    `mark_laws`."""
    marks = np.clip(np.rint(np.asarray(marks, dtype=float)), 0, most).astype(np.int64)
    units = np.asarray(units, dtype=np.int64)
    return np.bincount(units * (most + 1) + marks, minlength=n_units * (most + 1)).reshape(n_units, most + 1)


def laws_of(held: np.ndarray, chosen: ArrayLike | None = None) -> np.ndarray:
    """Return the laws of `mark_laws` from the counts of `count_marks`: of all units, or of the chosen ones."""
    reach = held[:, ::-1].cumsum(axis=1)[:, ::-1].astype(float)  # marks of at least x
    every = reach.sum(axis=0)
    before = np.maximum(np.arange(held.shape[1], dtype=float), 1.0) ** -TAIL
    units = np.arange(len(held)) if chosen is None else np.asarray(chosen)
    laws = np.zeros((units.size, held.shape[1]))
    for at, own in enumerate(reach[units]):
        body = max(int(np.sum(own >= N_LARGEST)) - 1, 0)  # the largest mark that so many reach
        tail = (every[body:] + N_BEFORE * before[body:] / before[body]) / (every[body] + N_BEFORE)
        chance = np.concatenate(
            [own[:body] / own[0] if body else own[:0], tail * (own[body] / own[0] if body else 1.0)]
        )
        laws[at] = chance - np.append(chance[1:], 0.0)
    return laws


def fewest_marks(sums: ArrayLike, counts: ArrayLike, *, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return marks as few events as can hold each sum would have had, where single marks are not known.

    Of so many events as many as needed have the mark ``most``, one has the rest, and the others have none. No marks
    with these sums have a heavier tail.

    Parameters
    ----------
    sums, counts
        Whole numbers of at least 0, shape (n,): the sum of each group's marks, and its number of events.
    most
        Largest mark.

    Returns
    -------
    tuple of numpy.ndarray
        Each event's mark, and its group's index, shape (n_events,).
    """
    sums, counts = np.asarray(sums, dtype=np.int64), np.asarray(counts, dtype=np.int64)
    group = np.repeat(np.arange(counts.size), counts)
    place = np.arange(group.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.clip(sums[group] - most * place, 0, most), group


def lifted(found: Expectation, events: Expectation, laws: np.ndarray, tail: float, *, back: int = 0) -> np.ndarray:
    """Return what to add to ``found.shift`` so that its bounds at ``tail`` reach as far as sums of marks do.

    Parameters
    ----------
    found, events
        Of the sums and of the number of events, for the same windows, last period and units.
    laws
        See `mark_laws`.
    tail
        The level at which bounds are held against each other.
    back
        For the period so many before the last, less than ``n_kept`` of both.

    Returns
    -------
    numpy.ndarray
        At least 0, shape (n_windows, n_units); 0 where the views already reach as far.
    """
    from analysis.statistics import expectation_kernel

    shift, slope = np.array(found.shift[:, -1 - back]), np.array(found.slope[:, -1 - back])
    (pools, of_sums), (counted, of_events) = found.pool_of(back), events.pool_of(back)
    shifts, slopes, lifts = shift.ravel(), slope.ravel(), np.zeros(shift.size)
    each = np.ascontiguousarray(np.tile(laws, (len(found.windows), 1)))
    for begin in range(0, shift.size, LIFTED_AT_ONCE):
        some = slice(begin, begin + LIFTED_AT_ONCE)
        expectation_kernel.compound_lifts(
            float(tail), pools[of_sums[some]], shifts[some], slopes[some], counted[of_events[some]], each[some],
            lifts[some],
        )  # fmt: skip
    return lifts.reshape(shift.shape)


def with_lift(found: Expectation, lift: np.ndarray) -> Expectation:
    """Return the expectation with every chance multiplied by the exponential of ``lift``, at most 1.

    ``lift`` is of all periods, shape (n_windows, n_units), or of each, shape (n_windows, n_periods, n_units).
    """
    add = lift if lift.ndim == 3 else lift[:, None, :]
    return replace(found, shift=found.shift + add, p_value=np.minimum(found.p_value * np.exp(add), 1.0))


def shared_lift(
    found: Expectation,
    events: Expectation,
    laws: np.ndarray,
    asked: float,
    *,
    largest: float,
    least: float = 0.0,
    then: Callable[[int, int, int], object] | None = None,
) -> tuple[float, np.ndarray]:
    """Return the level of `expectation.shared_level`, and the lift at that level; parameters as there and in
    `lifted`."""
    n_windows, n_units = len(found.windows), found.shift.shape[2]
    level = min(asked / (n_units * n_windows), largest / n_windows)
    lift = np.zeros((n_windows, n_units))
    for _ in range(2):
        lift = lifted(found, events, laws, level)
        level = shared_level(with_lift(found, lift), asked, largest=largest, least=least, then=then)
    return level, lift
