"""Where and when are there more events than places and days alone explain? The prospective space-time permutation scan.

Places are plane coordinates in km, times are days; "close" is at most the limit. Under the null, times are exchangeable
between events: places keep their events and days keep theirs, so that neither crowded places nor busy seasons alone
make a result.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.closeness import MAX_NUMBERS_AT_ONCE, checked_events, too_few
from analysis.statistics.compiled import compiled
from analysis.statistics.given import MOST, seeded, whole_number

MIN_SCAN_EVENTS = 10
# Beyond so many places in the circles of a scan, places that are near are taken as one; memory and time grow with their
# number.
MAX_SCAN_ITEMS = 5_000_000
# How near that is, in km, as shares of the largest radius: the first under which the circles are few enough.
JOINING_SHARES = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


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
        ``1 / p_value``, in periods: if the scan is run once a period, so strong a cluster comes by chance once in so
        many.
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
    ``reason`` says why. ``simulated_scores`` are the best scores of the permutations. Where places are so many that
    their circles would fill memory, those in one square of ``joined_km`` km were taken as one; 0: none were.
    """

    clusters: tuple[Cluster, ...]
    n_events: int
    n_simulations: int
    simulated_scores: np.ndarray
    status: str
    reason: str
    joined_km: float = 0.0


def nearest_zones(x_km: ArrayLike, y_km: ArrayLike, *, n_neighbours: int = 15) -> list[tuple[int, ...]]:
    """Return, for each area, the zones of itself and its nearest 1, 2, ... others, up to ``n_neighbours`` areas, each
    zone once.

    Parameters
    ----------
    x_km, y_km
        Plane coordinates of the areas' centres, shape (n_areas,).
    n_neighbours
        Most areas in a zone, its own included; at least 1.

    Returns
    -------
    list
        Zones for `permutation_scan`: indices of areas, ascending. Of areas equally far the one with the lower index
        comes first.

    Raises
    ------
    ValueError
        If a coordinate is missing or lengths differ.
    """
    x, y, _ = checked_events(x_km, y_km, np.zeros(np.shape(x_km)))
    n_neighbours = whole_number("n_neighbours", n_neighbours)
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

    With C events in all, a zone's total and the last d periods' total give ``expected = zone total * periods' total /
    C``; with c events observed, c above the expected m, the score is ``c ln(c / m) + (C - c) ln((C - c) / (C - m))``.
    The best score over zones and d is compared with its values when the events' periods are permuted.

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
            f"{int(wrong.sum())} of {counts.size} counts are missing, negative or not whole (first"
            f" {counts[wrong][0]:g}). Give whole counts of covered periods only."
        )
    if counts.sum() > MOST:
        raise ValueError(f"counts hold {counts.sum():g} events; at most {MOST:,} are scanned.")
    n_simulations = whole_number("n_simulations", n_simulations)
    max_periods = whole_number("max_periods", max_periods)
    min_events = whole_number("min_events", min_events)
    max_clusters = whole_number("max_clusters", max_clusters)
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
        return PermutationScan((), area.size, 0, np.empty(0), "not_computed", too_few(area.size, MIN_SCAN_EVENTS))

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
        to their day. All events are the reference.
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
    x, y, days = checked_events(x_km, y_km, days)
    if not (np.isfinite(end_day) and 0 <= max_km < np.inf and 0 < max_share <= 1):
        raise ValueError(
            f"end_day={end_day}, max_km={max_km}, max_share={max_share}; expected finite numbers, max_km at least 0,"
            " max_share above 0 and at most 1."
        )
    n_simulations = whole_number("n_simulations", n_simulations)
    max_days = whole_number("max_days", max_days)
    min_events = whole_number("min_events", min_events)
    max_clusters = whole_number("max_clusters", max_clusters)
    ago = (np.floor(end_day) - np.floor(days)).astype(np.int64)
    if (ago < 0).any():
        raise ValueError(
            f"{int((ago < 0).sum())} of {x.size} events lie after end_day={end_day:g}. Drop them or move end_day."
        )
    if x.size < MIN_SCAN_EVENTS:
        return PermutationScan((), x.size, 0, np.empty(0), "not_computed", too_few(x.size, MIN_SCAN_EVENTS))
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
    """Return distinct places, an event at each, each event's place, and the side of the squares in which places were
    joined; 0 where none were.

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
    items: list[int] = []
    begins, first_zones, ends = [], [], []
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
        np.concatenate(items).astype(np.int32), np.array(begins, np.int64), np.array(first_zones, np.int64),
        np.concatenate(ends)
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
    search = compiled(_best_scores)
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
    generator = seeded(seed)
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
    clusters: list[Cluster] = []
    taken = np.zeros(n_places, dtype=bool)
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
    """Return, for each row of ``places``, the best score of all zones and lengths with recent events there, ``ago``
    periods back.

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
