"""Do events that are near in space come near in time? Knox test, near-repeat table, and the prospective space-time
permutation scan.

Places are plane coordinates in km, times are days; "close" is at most the limit. Under the null, times are exchangeable
between events: places keep their
events and days keep theirs, so that neither crowded places nor busy seasons alone make a result.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import log

import numpy as np
from numpy.typing import ArrayLike

MIN_EVENTS = 4
MIN_SCAN_EVENTS = 10
# Comparisons of a pair that numpy makes in less time than loading the compiler takes.
FEW_COMPARISONS = 20_000_000
# Beyond so many close pairs none are stored: pairs close in time are walked through instead.
MAX_STORED_PAIRS = 20_000_000
# Beyond so many places in the circles of a scan, places that are near are taken as one; memory and time grow with their number.
MAX_SCAN_ITEMS = 5_000_000
# How near that is, in km, as shares of the largest radius: the first under which the circles are few enough.
JOINING_SHARES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
# The same for products of a zone with a place, for every length and permutation.
FEW_PRODUCTS = 200_000_000
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


@dataclass(frozen=True)
class Cluster:
    """A zone with more events of late than its share; see `permutation_scan` and `permutation_scan_points`.

    Attributes
    ----------
    members
        Indices of the areas, or of the events within the cylinder, ascending.
    centre
        Index of the event at whose place a cylinder is centred; None for areas.
    radius_km
        Of a cylinder; None for areas.
    n_periods
        Its length: the last so many periods (days for cylinders).
    observed, expected
        Events within, and what the zone's and the periods' totals alone would give.
    score
        Log-likelihood ratio.
    p_value
        Share of permutations whose best zone scores at least as much, the data among them.
    recurrence_interval
        ``1 / p_value``, in periods: if the scan is run once a period, so strong a cluster comes by chance once in so many.
    """

    members: tuple[int, ...]
    centre: int | None
    radius_km: float | None
    n_periods: int
    observed: int
    expected: float
    score: float
    p_value: float
    recurrence_interval: float


@dataclass(frozen=True)
class PermutationScan:
    """Clusters of a prospective scan, the strongest first, none sharing a place with a stronger one.

    ``clusters`` ends at the first whose p-value is above one half, but always holds the strongest; it is empty where
    ``reason`` says why.
    ``simulated_scores`` are the best scores of the permutations. Where places are so many that their circles would fill memory, those in one
    square of ``joined_km`` km were taken as one; 0: none were.
    """

    clusters: tuple[Cluster, ...]
    n_events: int
    n_simulations: int
    simulated_scores: np.ndarray
    status: str
    reason: str
    joined_km: float = 0.0


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
    x, y, days = _checked(x_km, y_km, days)
    if not (0 <= max_km < np.inf and 0 <= max_days < np.inf):
        raise ValueError(f"max_km={max_km}, max_days={max_days}; expected finite numbers of at least 0.")
    _check_number("n_permutations", n_permutations)
    if x.size < MIN_EVENTS:
        nan = np.nan
        return KnoxTest(0, nan, nan, nan, nan, 0, 0, x.size, 0, "not_computed", _too_few(x.size, MIN_EVENTS))
    km_edges, day_edges = np.array([float(max_km)]), np.array([float(max_days)])
    observed, simulated, in_space, in_time = _band_counts(x, y, days, km_edges, day_edges, n_permutations, seed)
    close = int(observed[0, 0])
    expected, sd = _moments(x, y, days, float(max_km), float(max_days), int(in_space[0]), int(in_time[0]))
    p_value = (1 + int((simulated[:, 0, 0] >= close).sum())) / (1 + n_permutations)
    ratio = close / expected if expected > 0 else np.nan
    reason = "" if expected > 0 else "no pair is close in space, or none in time: nothing to compare with"
    return KnoxTest(
        close, expected, sd, ratio, p_value, int(in_space[0]), int(in_time[0]), x.size, int(n_permutations), "computed", reason
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
        Upper ends of the bands, ascending from at least 0; a first edge of 0 makes a band of its own for the same place or day.
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
    x, y, days = _checked(x_km, y_km, days)
    km_edges, day_edges = _checked_edges("km_edges", km_edges), _checked_edges("day_edges", day_edges)
    _check_number("n_permutations", n_permutations)
    shape = (km_edges.size, day_edges.size)
    if x.size < MIN_EVENTS:
        none = np.full(shape, np.nan)
        return NearRepeats(
            km_edges, day_edges, np.zeros(shape, np.int64), none, none, none, none, none, x.size, 0, "not_computed",
            _too_few(x.size, MIN_EVENTS),
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
        km_edges, day_edges, observed, expected, sd, ratio, p_value, p_corrected, x.size, int(n_permutations), "computed", ""
    )  # fmt: skip


def nearest_zones(x_km: ArrayLike, y_km: ArrayLike, *, n_neighbours: int = 15) -> list[tuple[int, ...]]:
    """Return, for each area, the zones of itself and its nearest 1, 2, ... others, up to ``n_neighbours`` areas, each zone once.

    Parameters
    ----------
    x_km, y_km
        Plane coordinates of the areas' centres, shape (n_areas,).
    n_neighbours
        Most areas in a zone, its own included; at least 1.

    Returns
    -------
    list
        Zones for `permutation_scan`: indices of areas, ascending. Of areas equally far the one with the lower index comes first.

    Raises
    ------
    ValueError
        If a coordinate is missing or lengths differ.
    """
    x, y, _ = _checked(x_km, y_km, np.zeros(np.shape(x_km)))
    _check_number("n_neighbours", n_neighbours)
    zones = {}
    for centre in range(x.size):
        order = np.argsort((x - x[centre]) ** 2 + (y - y[centre]) ** 2, kind="stable")[:n_neighbours]
        # Another area at the very same place must not push the centre out of its own zones.
        order = np.concatenate([[centre], order[order != centre]])[:n_neighbours]
        zones.update(dict.fromkeys(tuple(sorted(order[:size].tolist())) for size in range(1, order.size + 1)))
    return list(zones)


def permutation_scan(
    counts: ArrayLike,
    zones: Sequence[Sequence[int]],
    *,
    max_periods: int,
    n_simulations: int = 999,
    seed: int = 0,
    min_events: int = 1,
    max_clusters: int = 10,
) -> PermutationScan:
    """Find zones of areas with more events in the last periods than their share of all events: a prospective space-time
    permutation scan.

    With C events in all, a zone's total and the last d periods' total give
    ``expected = zone total * periods' total / C``; with c events observed, c above the expected m, the score is
    ``c ln(c / m) + (C - c) ln((C - c) / (C - m))``. The best score over zones and d is compared with its values when
    the events' periods are permuted.

    Parameters
    ----------
    counts
        Events, shape (n_periods, n_areas), whole numbers of at least 0; the last row is the current period. All rows
        are the reference.
    zones
        Indices of areas, 0-based; `nearest_zones` makes them.
    max_periods
        Longest cluster, at least 1 and at most n_periods; every cluster lasts until the current period.
    n_simulations, seed
        At least 1; the same seed gives the same p-values.
    min_events
        Fewest events in a cluster.
    max_clusters
        Most clusters returned.

    Returns
    -------
    PermutationScan
        Not computed for fewer than 10 events. Without clusters where no zone has more than its share.

    Raises
    ------
    ValueError
        If a count is missing, negative or not whole, a zone is empty or names an area that is not there, or an option
        is out of range.

    References
    ----------
    Kulldorff, Heffernan, Hartman, Assuncao & Mostashari 2005, PLoS Medicine 2:e59.
    """
    counts = np.asarray(counts, dtype=float)
    if counts.ndim != 2 or 0 in counts.shape:
        raise ValueError(f"counts has shape {counts.shape}; expected (n_periods, n_areas).")
    wrong = ~(counts >= 0) | (counts != np.floor(counts)) | np.isinf(counts)
    if wrong.any():
        raise ValueError(
            f"{int(wrong.sum())} of {counts.size} counts are missing, negative or not whole (first {counts[wrong][0]:g}). "
            "Give whole counts of covered periods only."
        )
    for name, value in (("n_simulations", n_simulations), ("max_periods", max_periods), ("min_events", min_events), ("max_clusters", max_clusters)):  # fmt: skip
        _check_number(name, value)
    n_periods, n_areas = counts.shape
    if max_periods > n_periods:
        raise ValueError(f"max_periods={max_periods}, but there are {n_periods} periods; expected at most as many.")
    chains = _chained(zones, n_areas)
    whole = counts.astype(np.int64)
    # One row an event: its area, and how many periods ago it was.
    ago, area = np.nonzero(whole[::-1])
    repeats = whole[::-1][ago, area]
    ago, area = np.repeat(ago, repeats), np.repeat(area, repeats)
    if area.size < MIN_SCAN_EVENTS:
        return PermutationScan((), area.size, 0, np.empty(0), "not_computed", _too_few(area.size, MIN_SCAN_EVENTS))

    def describe(zone: int) -> tuple[tuple[int, ...], None, None]:
        return tuple(sorted(chains.members(zone).tolist())), None, None

    return _scan(area, ago, n_areas, chains, max_periods, min_events, n_simulations, seed, max_clusters, describe)


def permutation_scan_points(
    x_km: ArrayLike,
    y_km: ArrayLike,
    days: ArrayLike,
    *,
    end_day: float,
    max_km: float,
    max_days: int,
    n_simulations: int = 999,
    seed: int = 0,
    max_share: float = 0.5,
    min_events: int = 2,
    max_clusters: int = 10,
) -> PermutationScan:
    """Find cylinders around places of events that hold more events in the last days than their share:
    `permutation_scan` without areas.

    Cylinders are centred at each place that has an event, with every radius up to ``max_km`` that takes in a further
    place, and reach back 1 to ``max_days`` days from ``end_day``.

    Parameters
    ----------
    x_km, y_km
        Plane coordinates, shape (n,).
    days
        Times, shape (n,), none after ``end_day``; an event on the day of ``end_day`` is 0 days ago, fractions counting
        to their day. All events are
        the reference.
    end_day
        Last day of observation, whether or not it has an event.
    max_km
        Largest radius, at least 0.
    max_days
        Longest cylinder in days, at least 1.
    n_simulations, seed, max_clusters
        As in `permutation_scan`.
    max_share
        Largest share of all events that a cylinder's circle may hold over the whole time; above 0, at most 1.
    min_events
        Fewest events in a cluster.

    Returns
    -------
    PermutationScan
        Not computed for fewer than 10 events. Without clusters where no cylinder has more than its share.

    Raises
    ------
    ValueError
        If a value is missing, lengths differ, an event lies after ``end_day``, or an option is out of range.

    References
    ----------
    Kulldorff, Heffernan, Hartman, Assuncao & Mostashari 2005, PLoS Medicine 2:e59.
    """
    x, y, days = _checked(x_km, y_km, days)
    if not (np.isfinite(end_day) and 0 <= max_km < np.inf and 0 < max_share <= 1):
        raise ValueError(
            f"end_day={end_day}, max_km={max_km}, max_share={max_share}; expected finite numbers, max_km at least 0, max_share above 0 and at most 1."
        )
    for name, value in (("n_simulations", n_simulations), ("max_days", max_days), ("min_events", min_events), ("max_clusters", max_clusters)):  # fmt: skip
        _check_number(name, value)
    ago = (np.floor(end_day) - np.floor(days)).astype(np.int64)
    if (ago < 0).any():
        raise ValueError(
            f"{int((ago < 0).sum())} of {x.size} events lie after end_day={end_day:g}. Drop them or move end_day."
        )
    if x.size < MIN_SCAN_EVENTS:
        return PermutationScan((), x.size, 0, np.empty(0), "not_computed", _too_few(x.size, MIN_SCAN_EVENTS))
    places, first, place, joined_km = _joined_places(x, y, float(max_km))
    chains = _cylinders(places, np.bincount(place), float(max_km), max_share * x.size)
    order = np.argsort(place, kind="stable")

    def describe(zone: int) -> tuple[tuple[int, ...], int, float]:
        inside = chains.members(zone)
        centre = inside[0]
        radius = float(np.hypot(*(places[inside] - places[centre]).T).max())
        recent = np.isin(place, inside)
        return tuple(np.flatnonzero(recent).tolist()), int(first[centre]), radius

    found = _scan(
        place[order], ago[order], len(places), chains, max_days, min_events, n_simulations, seed, max_clusters, describe
    )
    clusters = tuple(_only_recent(cluster, ago) for cluster in found.clusters)
    return PermutationScan(
        clusters, found.n_events, found.n_simulations, found.simulated_scores, found.status, found.reason, joined_km
    )


def _joined_places(x: np.ndarray, y: np.ndarray, max_km: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return distinct places, an event at each, each event's place, and the side of the squares in which places were joined; 0 where none were.

    A square's place is that with most of its events, so that a centre is always a place of an event.
    """
    from scipy.spatial import cKDTree

    places, first, place, times = np.unique(
        np.column_stack([x, y]), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    place = place.ravel()
    joined_km = 0.0
    joined, squares = places, np.arange(len(places))
    for share in JOINING_SHARES:
        tree = cKDTree(joined)
        if int(tree.count_neighbors(tree, max_km)) <= MAX_SCAN_ITEMS or max_km == 0:
            break
        joined_km = share * max_km
        cells = np.floor((places - places.min(axis=0)) / joined_km).astype(np.int64)
        _, squares = np.unique(cells, axis=0, return_inverse=True)
        squares = squares.ravel()
        order = np.lexsort((np.arange(len(places)), -times, squares))
        chosen = order[np.concatenate([[True], np.diff(squares[order]) > 0])]
        joined = places[chosen]
    if joined_km == 0:
        return places, first, place, 0.0
    return joined, first[chosen], squares[place], joined_km


def close_in_time(days: ArrayLike, max_days: float) -> int:
    """Return how many pairs of events are at most so many days apart, each counted once: what the tests above walk through.

    Parameters
    ----------
    days
        Times, shape (n,).
    max_days
        At least 0.
    """
    ordered = np.sort(np.asarray(days, dtype=float))
    return int((np.searchsorted(ordered, ordered + max_days, "right") - np.arange(ordered.size) - 1).sum())


@dataclass(frozen=True)
class _Chains:
    """Zones as prefixes of lists of places: zone z is ``items[begins[chain_of[z]] : ends[z]]``."""

    items: np.ndarray
    begins: np.ndarray
    first_zones: np.ndarray
    ends: np.ndarray

    def members(self, zone: int) -> np.ndarray:
        chain = int(np.searchsorted(self.first_zones, zone, side="right")) - 1
        return self.items[self.begins[chain] : self.ends[zone]]


def _chained(zones: Sequence[Sequence[int]], n_areas: int) -> _Chains:
    """Return zones in their order, each that contains the one before it written as what it adds."""
    if len(zones) == 0:
        raise ValueError("zones is empty; expected at least one.")
    items, begins, first_zones, ends = [], [], [], []
    before: set[int] = set()
    for number, zone in enumerate(zones):
        areas = {int(area) for area in zone}
        if not areas or min(areas) < 0 or max(areas) >= n_areas:
            raise ValueError(f"zone {number} is {tuple(zone)}; expected indices of areas from 0 to {n_areas - 1}.")
        if not before or not before < areas:
            begins.append(len(items))
            first_zones.append(number)
            before = set()
        items.extend(sorted(areas - before))
        ends.append(len(items))
        before = areas
    return _Chains(
        np.array(items, np.int32), np.array(begins, np.int64), np.array(first_zones, np.int64), np.array(ends, np.int64)
    )


def _cylinders(places: np.ndarray, totals: np.ndarray, max_km: float, max_events: float) -> _Chains:
    """Return the circles around each place, growing place by place; places equally far enter together."""
    from scipy.spatial import cKDTree

    tree = cKDTree(places)
    items, begins, first_zones, ends = [], [], [], []
    n_items, n_zones = 0, 0
    for centre in range(len(places)):
        near = np.array(tree.query_ball_point(places[centre], max_km))
        squared = ((places[near] - places[centre]) ** 2).sum(axis=1)
        order = np.lexsort((near, near != centre, squared))
        near, squared = near[order], squared[order]
        last = np.append(squared[1:] != squared[:-1], True)
        last &= np.cumsum(totals[near]) <= max_events
        if not last.any():
            continue
        close = np.flatnonzero(last) + 1
        begins.append(n_items)
        first_zones.append(n_zones)
        items.append(near[: close[-1]])
        ends.append(n_items + close)
        n_items += int(close[-1])
        n_zones += close.size
    if not items:
        return _Chains(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))
    return _Chains(
        np.concatenate(items).astype(np.int32), np.array(begins, np.int64), np.array(first_zones, np.int64), np.concatenate(ends)
    )  # fmt: skip


def _scan(
    place: np.ndarray,
    ago: np.ndarray,
    n_places: int,
    chains: _Chains,
    max_periods: int,
    min_events: int,
    n_simulations: int,
    seed: int,
    max_clusters: int,
    describe: Callable,
) -> PermutationScan:
    n = place.size
    total = np.bincount(place, minlength=n_places)
    by_period = np.cumsum(np.bincount(np.minimum(ago, max_periods), minlength=max_periods + 1)[:max_periods])
    whole = np.arange(n + 1)
    logs = np.log(np.maximum(whole, 1))
    x_log_x = whole * logs
    zone_totals = _zone_totals(total, chains)
    few = n_simulations * max_periods * chains.ends.size * n_places <= FEW_PRODUCTS
    search = _best_scores_plain if few else _compiled_scan()
    shared = (
        n_places,
        total,
        by_period,
        logs,
        x_log_x,
        chains.items,
        chains.begins,
        chains.first_zones,
        chains.ends,
        min_events,
    )
    n_zones = chains.ends.size
    scores, lengths, seen = np.full(n_zones, -1.0), np.zeros(n_zones, np.int64), np.zeros(n_zones, np.int64)
    live = ago < max_periods
    search(place[live][None], ago[live], *shared, scores, lengths, seen)
    recent = ago[live]
    generator = np.random.default_rng(seed)
    simulated = np.empty(n_simulations)
    nothing, none = np.empty(0), np.empty(0, np.int64)
    at_once = max(1, MAX_NUMBERS_AT_ONCE // n)
    for begin in range(0, n_simulations, at_once):
        # Dealing the recent periods to any of the events is the permutation of all, as far as the scan can tell.
        dealt = np.tile(place, (min(at_once, n_simulations - begin), 1))
        dealt = generator.permuted(dealt, axis=1, out=dealt)[:, : recent.size]
        simulated[begin : begin + len(dealt)] = search(
            np.ascontiguousarray(dealt), recent, *shared, nothing, none, none
        )
    clusters, taken = [], np.zeros(n_places, dtype=bool)
    # Equal scores go to the first zone, whatever their last digit.
    for zone in np.argsort(-np.round(scores, 9), kind="stable"):
        score = float(scores[zone])
        if score <= 0 or len(clusters) == max_clusters:
            break
        # Equal scores of the data and of a permutation are equal, whatever the rounding.
        p_value = (1 + int((simulated >= score - 1e-9).sum())) / (1 + n_simulations)
        if clusters and p_value > 0.5:
            break
        inside = chains.members(zone)
        if taken[inside].any():
            continue
        taken[inside] = True
        members, centre, radius = describe(int(zone))
        expected = float(zone_totals[zone]) * float(by_period[lengths[zone] - 1]) / n
        clusters.append(
            Cluster(members, centre, radius, int(lengths[zone]), int(seen[zone]), expected, score, p_value, 1 / p_value)
        )
    reason = "" if clusters else "no zone has more events of late than its share"
    return PermutationScan(tuple(clusters), n, int(n_simulations), simulated, "computed", reason)


def _only_recent(cluster: Cluster, ago: np.ndarray) -> Cluster:
    members = tuple(event for event in cluster.members if ago[event] < cluster.n_periods)
    return Cluster(**{**vars(cluster), "members": members})


def _zone_totals(total: np.ndarray, chains: _Chains) -> np.ndarray:
    upto = np.concatenate([[0], np.cumsum(total[chains.items])])
    n_zones = np.diff(np.append(chains.first_zones, chains.ends.size))
    return upto[chains.ends] - np.repeat(upto[chains.begins], n_zones)


def _checked(x_km: ArrayLike, y_km: ArrayLike, days: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y, days = (np.asarray(part, dtype=float) for part in (x_km, y_km, days))
    if x.ndim != 1 or x.shape != y.shape or x.shape != days.shape:
        raise ValueError(
            f"x_km, y_km, days have shapes {x.shape}, {y.shape}, {days.shape}; expected three series of one length."
        )
    wrong = ~(np.isfinite(x) & np.isfinite(y) & np.isfinite(days))
    if wrong.any():
        at = np.flatnonzero(wrong)
        raise ValueError(
            f"{at.size} of {x.size} events lack a place or a time (places {', '.join(map(str, at[:3]))}). Leave them out, and say how many."
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


def _check_number(name: str, value: int) -> None:
    if not 1 <= value < np.inf or int(value) != value:
        raise ValueError(f"{name}={value}; expected a whole number of at least 1.")


def _too_few(n: int, least: int) -> str:
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
    # Pairs of close pairs that share an event, and that do not; in whole numbers, because the difference below is small.
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
    generator = np.random.default_rng(seed)
    many = within[-1] * n_permutations > FEW_COMPARISONS
    if within[-1] > MAX_STORED_PAIRS or (many and soon[-1] < (2 if shape == (1, 1) else 0.5) * within[-1]):
        by_time = np.argsort(days, kind="stable")
        count = _compiled_by_time()
        arguments = (x, y, days[by_time], km_edges**2, day_edges)
        identity = by_time[None]
    else:
        pairs = tree.query_pairs(km_edges[-1], output_type="ndarray")
        squared = (x[pairs[:, 0]] - x[pairs[:, 1]]) ** 2 + (y[pairs[:, 0]] - y[pairs[:, 1]]) ** 2
        # The last band takes what the tree took, whatever the last digit of a distance.
        band = np.minimum(np.searchsorted(km_edges**2, squared), km_edges.size - 1)
        arguments = (*pairs.T.astype(np.int32), band.astype(np.int16), days, day_edges, km_edges.size)
        count = _compiled_by_space() if many else _counts_plain
        identity = np.arange(n)[None]
    observed = count(identity, *arguments)[0]
    simulated = np.empty((n_permutations, *shape), np.int64)
    at_once = max(1, MAX_NUMBERS_AT_ONCE // n)
    for begin in range(0, n_permutations, at_once):
        size = min(at_once, n_permutations - begin)
        orders = generator.permuted(np.tile(np.arange(n), (size, 1)), axis=1)
        simulated[begin : begin + size] = count(orders, *arguments)
    return observed, simulated, in_space, in_time


def _counts_plain(orders, first, second, band, days, day_edges, n_bands):
    """Return, for each order of the times, pairs by band of distance and time."""
    n_times = day_edges.size
    found = np.empty((len(orders), n_bands, n_times), np.int64)
    for b, order in enumerate(orders):
        dealt = days[order]
        soon = np.searchsorted(day_edges, np.abs(dealt[first] - dealt[second]))
        met = soon < n_times
        cell = band[met].astype(np.int64) * n_times + soon[met]
        found[b] = np.bincount(cell, minlength=n_bands * n_times).reshape(n_bands, n_times)
    return found


@cache
def _compiled_by_space() -> Callable:
    import numba

    return numba.njit(cache=True)(_counts_by_space)


@cache
def _compiled_by_time() -> Callable:
    import numba

    return numba.njit(cache=True)(_counts_by_time)


@cache
def _compiled_scan() -> Callable:
    import numba

    return numba.njit(cache=True)(_best_scores)


def _counts_by_space(orders, first, second, band, days, day_edges, n_bands):
    """Return the same as `_counts_plain`."""
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
    """Return the same by walking through pairs close in time, with days ascending and places dealt; nothing is stored."""
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


def _best_scores_plain(
    places,
    ago,
    n_places,
    total,
    by_period,
    logs,
    x_log_x,
    items,
    begins,
    first_zones,
    ends,
    min_events,
    scores,
    lengths,
    seen,
):
    """Return the same as `_best_scores`, by products with the table of which zone holds which place."""
    n = x_log_x.size - 1
    chains = _Chains(items, begins, first_zones, ends)
    zone_totals = _zone_totals(total, chains)
    holds = np.zeros((zone_totals.size, n_places))
    for zone in range(zone_totals.size):
        holds[zone, chains.members(zone)] = 1
    shares = by_period / n
    expected = np.outer(zone_totals, shares)
    inside = (logs[zone_totals][:, None] + np.log(np.maximum(shares, 1e-300)))[..., None]
    outside = np.log(np.maximum(n - expected, 1e-300))[..., None]

    def scored(counts: np.ndarray) -> np.ndarray:
        """Return what each zone scores over so many periods with so many events; zones and periods are the axes before the last."""
        score = x_log_x[counts] - counts * inside + x_log_x[n - counts]
        score -= np.where(counts < n, (n - counts) * outside, 0.0)
        score[(counts <= expected[..., None]) | (counts < min_events)] = -1.0
        return score

    events = np.arange(places.shape[1] + 1)
    # Looked up by each draw, where there are more draws than numbers of events.
    known = events.size <= len(places) and expected.size * events.size <= MAX_NUMBERS_AT_ONCE
    worth = scored(np.broadcast_to(events, (*expected.shape, events.size))) if known else None
    starts = np.arange(expected.size).reshape(expected.shape) * events.size
    found = np.zeros(len(places))
    at_once = max(1, MAX_NUMBERS_AT_ONCE // (shares.size * max(zone_totals.size, n_places)))
    for begin in range(0, len(places), at_once):
        some = places[begin : begin + at_once]
        recent = np.zeros((len(some), n_places, shares.size))
        np.add.at(recent, (np.arange(len(some))[:, None], some, ago), 1)
        counts = (holds @ recent.cumsum(axis=2)).astype(np.int64)
        score = worth.take(counts + starts) if known else np.moveaxis(scored(np.moveaxis(counts, 0, -1)), -1, 0)
        if scores.size:
            longest = score[0].argmax(axis=1)
            rows = np.arange(scores.size)
            better = score[0][rows, longest] > 0
            scores[better] = score[0][rows, longest][better]
            lengths[better] = longest[better] + 1
            seen[better] = counts[0][rows, longest][better]
        if expected.size:
            found[begin : begin + at_once] = np.maximum(score.max(axis=(1, 2)), 0.0)
    return found


def _best_scores(
    places,
    ago,
    n_places,
    total,
    by_period,
    logs,
    x_log_x,
    items,
    begins,
    first_zones,
    ends,
    min_events,
    scores,
    lengths,
    seen,
):
    """Return, for each row of ``places``, the best score of all zones and lengths with recent events there, ``ago`` periods back.

    ``scores``, ``lengths`` and ``seen``, unless empty, belong to a single row and receive each zone's best score, its
    length and its events. A zone that adds no recent event to the
    one it grew from cannot beat it, nor a length that adds none, and neither is scored.
    """
    n_periods = by_period.size
    n = x_log_x.size - 1
    keep = scores.size > 0
    shares = by_period / n
    log_shares = np.log(np.maximum(shares, 1e-300))
    upto = np.zeros((n_places, n_periods), np.int32)
    recent = np.zeros(n_places, np.bool_)
    counts = np.empty(n_periods, np.int32)
    found = np.zeros(places.shape[0])
    for row in range(places.shape[0]):
        upto[:] = 0
        recent[:] = False
        for i in range(ago.size):
            upto[places[row, i], ago[i]] += 1
            recent[places[row, i]] = True
        for p in range(n_places):
            if recent[p]:
                for d in range(1, n_periods):
                    upto[p, d] += upto[p, d - 1]
        best = 0.0
        for chain in range(begins.size):
            last_zone = first_zones[chain + 1] if chain + 1 < begins.size else ends.size
            counts[:] = 0
            zone_total = 0
            at = begins[chain]
            for zone in range(first_zones[chain], last_zone):
                changed = False
                while at < ends[zone]:
                    p = items[at]
                    zone_total += total[p]
                    if recent[p]:
                        changed = True
                        for d in range(n_periods):
                            counts[d] += upto[p, d]
                    at += 1
                if not changed:
                    continue
                # A score is no more than chi-square, by ln u <= u - 1: most zones need no logarithm, nor a branch for
                # each length.
                if not keep:
                    hits = 0
                    for d in range(n_periods):
                        expected = zone_total * shares[d]
                        excess = max(counts[d] - expected, 0.0)
                        hits += excess * excess * n > best * expected * (n - expected)
                    if hits == 0:
                        continue
                before = min_events - 1
                for d in range(n_periods):
                    c = counts[d]
                    if c <= before:
                        continue
                    before = c
                    expected = zone_total * shares[d]
                    if c > expected:
                        score = x_log_x[c] - c * (logs[zone_total] + log_shares[d])
                        if c < n:
                            score += x_log_x[n - c] - (n - c) * log(n - expected)
                        if score > best:
                            best = score
                        if keep and score > scores[zone]:
                            scores[zone], lengths[zone], seen[zone] = score, d + 1, c
        found[row] = best
    return found
