"""Do events that are near in space come near in time? Knox test and near-repeat table.

Places are plane coordinates in km, times are days; "close" is at most the limit. Under the null, times are exchangeable
between events: places keep their events and days keep theirs, so that neither crowded places nor busy seasons alone
make a result.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.compiled import compiled
from analysis.statistics.given import seeded, whole_number

MIN_EVENTS = 4
# Up to so many comparisons, pairs close in space are compared, however few are close in time.
FEW_COMPARISONS = 20_000_000
# Beyond so many close pairs none are stored: pairs close in time are walked through instead.
MAX_STORED_PAIRS = 20_000_000
MAX_NUMBERS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class KnoxTest:
    """Pairs of events close in space and in time; see `knox_test`.

    Attributes
    ----------
    close_pairs
        Pairs close in both, each counted once.
    expected, sd
        Mean and standard deviation of that number over all permutations of the times, exact.
    ratio
        ``close_pairs / expected``; NaN where nothing is expected, as ``reason`` says.
    p_value
        Share of permutations with at least as many, the data among them: ``(1 + at least as many) / (1 + n)``.
    n_space_pairs, n_time_pairs
        Pairs close in space, and in time.
    n_events, n_permutations
        What it rests on.
    status, reason
        ``"computed"``; or ``"not_computed"`` and why, and NaN for all but the counts.
    """

    close_pairs: int
    expected: float
    sd: float
    ratio: float
    p_value: float
    n_space_pairs: int
    n_time_pairs: int
    n_events: int
    n_permutations: int
    status: str
    reason: str


@dataclass(frozen=True)
class NearRepeats:
    """Pairs of events by bands of distance (rows) and of time (columns); see `near_repeat_table`.

    Attributes
    ----------
    km_edges, day_edges
        Upper ends of the bands: the first holds 0 to its edge, each next what lies above the one before up to its own.
    observed
        Pairs in each cell, shape (n_km, n_days), int64.
    expected, sd
        Mean over all permutations, exact; standard deviation over those drawn.
    ratio
        ``observed / expected``; NaN where nothing is expected.
    p_value
        Of each cell alone: share of permutations with at least as many.
    p_corrected
        Of each cell among all: share of permutations in which the largest standardised excess of any cell is at least
        the cell's own.
    n_events, n_permutations, status, reason
        As in `KnoxTest`.
    """

    km_edges: np.ndarray
    day_edges: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    sd: np.ndarray
    ratio: np.ndarray
    p_value: np.ndarray
    p_corrected: np.ndarray
    n_events: int
    n_permutations: int
    status: str
    reason: str


def knox_test(
    x_km: ArrayLike,
    y_km: ArrayLike,
    days: ArrayLike,
    *,
    max_km: float,
    max_days: float,
    n_permutations: int = 999,
    seed: int = 0,
) -> KnoxTest:
    """Test whether pairs close in space are close in time more often than if times were dealt to the events at random.

    With S pairs close in space and T close in time among ``n (n - 1) / 2``, the expected number close in both is
    ``2 S T / (n (n - 1))``; its variance over permutations
    follows from the pairs that share an event. The p-value is by permutation.

    Parameters
    ----------
    x_km, y_km
        Plane coordinates, shape (n,).
    days
        Times, shape (n,).
    max_km, max_days
        A pair is close at a distance, and an interval, of at most these; at least 0.
    n_permutations, seed
        At least 1; the same seed gives the same p-value.

    Returns
    -------
    KnoxTest
        Not computed for fewer than 4 events.

    Raises
    ------
    ValueError
        If a value is missing, lengths differ, or an option is out of range.

    References
    ----------
    Knox 1964, Applied Statistics 13:25; variance: Barton & David 1966, in Research Papers in Statistics.
    """
    x, y, days = checked_events(x_km, y_km, days)
    if not (0 <= max_km < np.inf and 0 <= max_days < np.inf):
        raise ValueError(f"max_km={max_km}, max_days={max_days}; expected finite numbers of at least 0.")
    n_permutations = whole_number("n_permutations", n_permutations)
    if x.size < MIN_EVENTS:
        nan = np.nan
        return KnoxTest(0, nan, nan, nan, nan, 0, 0, x.size, 0, "not_computed", too_few(x.size, MIN_EVENTS))
    km_edges, day_edges = np.array([float(max_km)]), np.array([float(max_days)])
    observed, simulated, in_space, in_time = _band_counts(x, y, days, km_edges, day_edges, n_permutations, seed)
    close = int(observed[0, 0])
    expected, sd = _moments(x, y, days, float(max_km), float(max_days), int(in_space[0]), int(in_time[0]))
    p_value = (1 + int((simulated[:, 0, 0] >= close).sum())) / (1 + n_permutations)
    ratio = close / expected if expected > 0 else np.nan
    reason = "" if expected > 0 else "no pair is close in space, or none in time: nothing to compare with"
    return KnoxTest(
        close, expected, sd, ratio, p_value, int(in_space[0]), int(in_time[0]), x.size, int(n_permutations), "computed",
        reason
    )  # fmt: skip


def near_repeat_table(
    x_km: ArrayLike,
    y_km: ArrayLike,
    days: ArrayLike,
    *,
    km_edges: ArrayLike,
    day_edges: ArrayLike,
    n_permutations: int = 999,
    seed: int = 0,
) -> NearRepeats:
    """Count pairs of events by bands of distance and of time, against permutations of the times.

    Parameters
    ----------
    x_km, y_km, days
        As in `knox_test`.
    km_edges, day_edges
        Upper ends of the bands, ascending from at least 0; a first edge of 0 makes a band of its own for the same place
        or day.
    n_permutations, seed
        As in `knox_test`.

    Returns
    -------
    NearRepeats
        Of many cells some are high by chance: read ``p_corrected``. Not computed for fewer than 4 events.

    Raises
    ------
    ValueError
        If a value is missing, lengths differ, edges do not ascend, or an option is out of range.

    References
    ----------
    Townsley, Homel & Chaseling 2003, British Journal of Criminology 43:615; the correction: Westfall & Young 1993,
    Resampling-Based Multiple Testing.
    """
    x, y, days = checked_events(x_km, y_km, days)
    km_edges, day_edges = _checked_edges("km_edges", km_edges), _checked_edges("day_edges", day_edges)
    n_permutations = whole_number("n_permutations", n_permutations)
    shape = (km_edges.size, day_edges.size)
    if x.size < MIN_EVENTS:
        none = np.full(shape, np.nan)
        return NearRepeats(
            km_edges, day_edges, np.zeros(shape, np.int64), none, none, none, none, none, x.size, 0, "not_computed",
            too_few(x.size, MIN_EVENTS),
        )  # fmt: skip
    observed, simulated, in_space, in_time = _band_counts(x, y, days, km_edges, day_edges, n_permutations, seed)
    expected = np.outer(in_space, in_time) / (x.size * (x.size - 1) / 2)
    sd = simulated.std(axis=0)
    scale = np.where(sd > 0, sd, 1.0)
    largest = ((simulated - expected) / scale).max(axis=(1, 2))
    own = (observed - expected) / scale
    # Rounding must not break a tie with the data's own value.
    p_corrected = (1 + (largest[:, None, None] >= own - 1e-9).sum(axis=0)) / (1 + n_permutations)
    p_value = (1 + (simulated >= observed).sum(axis=0)) / (1 + n_permutations)
    ratio = np.where(expected > 0, observed / np.where(expected > 0, expected, 1.0), np.nan)
    return NearRepeats(
        km_edges, day_edges, observed, expected, sd, ratio, p_value, p_corrected, x.size, int(n_permutations),
        "computed", ""
    )  # fmt: skip


def close_in_time(days: ArrayLike, max_days: float) -> int:
    """Return how many pairs of events are at most so many days apart, each counted once: what the tests above walk
    through.

    Parameters
    ----------
    days
        Times, shape (n,).
    max_days
        At least 0.
    """
    ordered = np.sort(np.asarray(days, dtype=float))
    return int((np.searchsorted(ordered, ordered + max_days, "right") - np.arange(ordered.size) - 1).sum())


def checked_events(x_km: ArrayLike, y_km: ArrayLike, days: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return places and times as arrays, or refuse them."""
    x, y, days = (np.asarray(part, dtype=float) for part in (x_km, y_km, days))
    if x.ndim != 1 or x.shape != y.shape or x.shape != days.shape:
        raise ValueError(
            f"x_km, y_km, days have shapes {x.shape}, {y.shape}, {days.shape}; expected three series of one length."
        )
    wrong = ~(np.isfinite(x) & np.isfinite(y) & np.isfinite(days))
    if wrong.any():
        at = np.flatnonzero(wrong)
        raise ValueError(
            f"{at.size} of {x.size} events lack a place or a time (places {', '.join(map(str, at[:3]))}). Leave them"
            " out, and say how many."
        )
    return x, y, days


def _checked_edges(name: str, edges: ArrayLike) -> np.ndarray:
    edges = np.asarray(edges, dtype=float)
    if (
        edges.ndim != 1
        or edges.size == 0
        or not np.isfinite(edges).all()
        or edges[0] < 0
        or (np.diff(edges) <= 0).any()
    ):
        raise ValueError(f"{name}={edges.tolist()}; expected finite numbers ascending from at least 0.")
    return edges


def check_number(name: str, value: int) -> int:
    """Return a whole number of at least 1, or refuse what is none."""
    return whole_number(name, value)


def too_few(n: int, least: int) -> str:
    """Return the reason why so few events are not tested."""
    return f"{n} events; at least {least} are needed"


def _moments(
    x: np.ndarray, y: np.ndarray, days: np.ndarray, max_km: float, max_days: float, n_space: int, n_time: int
) -> tuple[float, float]:
    """Return mean and standard deviation of the number of pairs close in both over all permutations of the times."""
    from scipy.spatial import cKDTree

    n = x.size
    points = np.column_stack([x, y])
    near = cKDTree(points).query_ball_point(points, max_km, return_length=True) - 1
    ordered = np.sort(days)
    soon = (
        np.searchsorted(ordered, ordered + max_days, "right") - np.searchsorted(ordered, ordered - max_days, "left") - 1
    )
    # Pairs of close pairs that share an event, and that do not; in whole numbers, because the difference below is
    # small.
    share_space, share_time = (sum(int(d) * (int(d) - 1) for d in degree) // 2 for degree in (near, soon))
    apart_space = n_space * (n_space - 1) // 2 - share_space
    apart_time = n_time * (n_time - 1) // 2 - share_time
    mean = Fraction(2 * n_space * n_time, n * (n - 1))
    triples, quadruples = n * (n - 1) * (n - 2) // 2, n * (n - 1) * (n - 2) * (n - 3) // 8
    pairs = Fraction(share_space * share_time, triples) + Fraction(apart_space * apart_time, quadruples)
    return float(mean), float(np.sqrt(max(0.0, float(mean + 2 * pairs - mean * mean))))


def _band_counts(
    x: np.ndarray,
    y: np.ndarray,
    days: np.ndarray,
    km_edges: np.ndarray,
    day_edges: np.ndarray,
    n_permutations: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return pairs by band of distance and time, the same under permutation, and pairs by either band alone."""
    from scipy.spatial import cKDTree

    n = x.size
    tree = cKDTree(np.column_stack([x, y]))
    within = (tree.count_neighbors(tree, km_edges) - n) // 2
    soon = np.array([close_in_time(days, edge) for edge in day_edges])
    in_space, in_time = np.diff(within, prepend=0), np.diff(soon, prepend=0)
    shape = (km_edges.size, day_edges.size)
    generator = seeded(seed)
    many = within[-1] * n_permutations > FEW_COMPARISONS
    if within[-1] > MAX_STORED_PAIRS or (many and soon[-1] < (2 if shape == (1, 1) else 0.5) * within[-1]):
        by_time = np.argsort(days, kind="stable")
        count = compiled(_counts_by_time)
        arguments = (x, y, days[by_time], km_edges**2, day_edges)
        identity = by_time[None]
    else:
        pairs = tree.query_pairs(km_edges[-1], output_type="ndarray")
        squared = (x[pairs[:, 0]] - x[pairs[:, 1]]) ** 2 + (y[pairs[:, 0]] - y[pairs[:, 1]]) ** 2
        # The last band takes what the tree took, whatever the last digit of a distance.
        band = np.minimum(np.searchsorted(km_edges**2, squared), km_edges.size - 1)
        arguments = (*pairs.T.astype(np.int32), band.astype(np.int16), days, day_edges, km_edges.size)
        count = compiled(_counts_by_space)
        identity = np.arange(n)[None]
    observed = count(identity, *arguments)[0]
    simulated = np.empty((n_permutations, *shape), np.int64)
    at_once = max(1, MAX_NUMBERS_AT_ONCE // n)
    for begin in range(0, n_permutations, at_once):
        size = min(at_once, n_permutations - begin)
        orders = generator.permuted(np.tile(np.arange(n), (size, 1)), axis=1)
        simulated[begin : begin + size] = count(orders, *arguments)
    return observed, simulated, in_space, in_time


def _counts_by_space(orders, first, second, band, days, day_edges, n_bands):
    """Return, for each order of the times, pairs by band of distance and time."""
    n_times = day_edges.size
    found = np.zeros((orders.shape[0], n_bands, n_times), np.int64)
    longest = day_edges[n_times - 1]
    dealt = np.empty(days.size)
    for b in range(orders.shape[0]):
        for i in range(days.size):
            dealt[i] = days[orders[b, i]]
        for k in range(first.size):
            apart = abs(dealt[first[k]] - dealt[second[k]])
            if apart <= longest:
                t = 0
                while apart > day_edges[t]:
                    t += 1
                found[b, band[k], t] += 1
    return found


def _counts_by_time(orders, x, y, days, squared_edges, day_edges):
    """Return the same by walking through pairs close in time, with days ascending and places dealt; nothing is
    stored."""
    n = days.size
    n_bands, n_times = squared_edges.size, day_edges.size
    found = np.zeros((orders.shape[0], n_bands, n_times), np.int64)
    longest, farthest = day_edges[n_times - 1], squared_edges[n_bands - 1]
    ends = np.empty(n, np.int64)
    end = 0
    for i in range(n):
        while end < n and days[end] - days[i] <= longest:
            end += 1
        ends[i] = end
    u, v = np.empty(n), np.empty(n)
    for b in range(orders.shape[0]):
        for i in range(n):
            u[i], v[i] = x[orders[b, i]], y[orders[b, i]]
        if n_bands == 1 and n_times == 1:
            # Without a branch the loop over j runs several pairs at a time.
            close = 0
            for i in range(n):
                u_i, v_i = u[i], v[i]
                for j in range(i + 1, ends[i]):
                    close += (u_i - u[j]) * (u_i - u[j]) + (v_i - v[j]) * (v_i - v[j]) <= farthest
            found[b, 0, 0] = close
            continue
        for i in range(n):
            for j in range(i + 1, ends[i]):
                squared = (u[i] - u[j]) * (u[i] - u[j]) + (v[i] - v[j]) * (v[i] - v[j])
                if squared <= farthest:
                    k, t = 0, 0
                    while squared > squared_edges[k]:
                        k += 1
                    while days[j] - days[i] > day_edges[t]:
                        t += 1
                    found[b, k, t] += 1
    return found
