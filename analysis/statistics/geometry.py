"""Points on the globe: where their middle is, how far they spread, and whether a later group has moved, widened or only
thickened.

Points that belong together (all of one day, say) are drawn and exchanged together: ``cluster`` says which do. Planes
are azimuthal equidistant about a stated centre, in km, x to the east and y to the north.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.distributions import binomial_interval, student_quantile
from analysis.statistics.errors import NotComputableError
from analysis.statistics.given import seeded
from analysis.statistics.rates import RateRatio

EARTH_RADIUS_KM = 6371.0088
# Beyond this distance from its centre a plane bends what it shows by more than a tenth.
MAX_REACH_KM = 5000.0
# A later group needs so many clusters, an earlier one so many, before their places are compared.
MIN_RECENT, MIN_EARLIER = 5, 10
# "The same area": moved by less than half the earlier spread, and spread less than half as far again.
SAME_PLACE, SAME_SPREAD = 0.5, 1.5
VERDICTS = ("moved and widened", "moved", "widened", "thickened", "unchanged", "cannot tell")
MAX_CELLS = 20_000_000


@dataclass(frozen=True)
class Ellipse:
    """Mean centre and standard deviational ellipse in a plane: semi-axes are standard deviations, ``angle`` degrees
    from east."""

    x: float
    y: float
    major: float
    minor: float
    angle: float
    standard_distance: float


@dataclass(frozen=True)
class Comparison:
    """A later group's mean against an earlier one's, with a permutation interval that matches the two-sided p-value."""

    recent: float
    earlier: float
    change: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Displacement:
    """Has a later group of points moved or widened; distances in the unit of the points.

    ``shift`` is between the mean centres, ``spread_ratio`` that of the mean distances to a group's own centre (later
    over earlier). ``p_moved`` is of any move; ``p_widened`` is one-sided.
    """

    shift: float
    shift_low: float
    shift_high: float
    p_moved: float
    spread_recent: float
    spread_earlier: float
    spread_ratio: float
    spread_low: float
    spread_high: float
    p_widened: float


@dataclass(frozen=True)
class Breadth:
    """How many units a later group of points holds, against as many clusters drawn anew; bounds are those of the
    draws."""

    units: int
    units_expected: float
    units_low: float
    units_high: float
    new_units: int
    new_units_expected: float
    new_units_low: float
    new_units_high: float
    new_units_p: float
    entropy: float
    entropy_expected: float
    entropy_low: float
    entropy_high: float


def great_circle_km(
    latitude_1: ArrayLike, longitude_1: ArrayLike, latitude_2: ArrayLike, longitude_2: ArrayLike
) -> np.ndarray:
    """Return the great-circle distance, km, between places in degrees, on a sphere of radius 6371.0088 km; arguments
    broadcast."""
    lat_1, lon_1, lat_2, lon_2 = (
        np.radians(np.asarray(a, dtype=float)) for a in (latitude_1, longitude_1, latitude_2, longitude_2)
    )
    half = np.sin((lat_2 - lat_1) / 2) ** 2 + np.cos(lat_1) * np.cos(lat_2) * np.sin((lon_2 - lon_1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def mean_centre(latitude: ArrayLike, longitude: ArrayLike) -> tuple[float, float]:
    """Return the mean centre of places on the sphere: the direction of the mean of their unit vectors, in degrees.

    It does not matter where longitude is cut, so places on both sides of 180 degrees have their centre between them.

    Raises
    ------
    ValueError
        If there is no place, a coordinate is missing, or the places balance out so that no direction is left.
    """
    lat, lon = _places(latitude, longitude)
    mean = np.array([(np.cos(lat) * np.cos(lon)).mean(), (np.cos(lat) * np.sin(lon)).mean(), np.sin(lat).mean()])
    if np.linalg.norm(mean) < 1e-6:
        raise ValueError("The places lie all around the globe and have no mean centre.")
    north, east = np.arctan2(mean[2], np.hypot(mean[0], mean[1])), np.arctan2(mean[1], mean[0])
    return float(np.degrees(north)), float(np.degrees(east))


def project(latitude: ArrayLike, longitude: ArrayLike, *, centre: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return places in the azimuthal equidistant plane about ``centre`` (latitude, longitude), as x and y in km.

    Distances and directions from the centre are true; others are drawn out sideways by less than 1 % within 1,500 km of
    it and by 11 % at 5,000 km. A missing coordinate gives a missing place.

    References
    ----------
    Snyder 1987, Map Projections: A Working Manual, USGS Professional Paper 1395, ch. 25.
    """
    lat, lon = np.radians(np.asarray(latitude, dtype=float)), np.radians(np.asarray(longitude, dtype=float))
    lat_0, lon_0 = np.radians(centre)
    east = np.cos(lat) * np.sin(lon - lon_0)
    north = np.cos(lat_0) * np.sin(lat) - np.sin(lat_0) * np.cos(lat) * np.cos(lon - lon_0)
    up = np.sin(lat_0) * np.sin(lat) + np.cos(lat_0) * np.cos(lat) * np.cos(lon - lon_0)
    flat = np.hypot(east, north)
    angle = np.arctan2(flat, up)
    scale = EARTH_RADIUS_KM * np.divide(angle, flat, out=np.ones_like(angle), where=flat > 1e-12)
    return east * scale, north * scale


def unproject(x: ArrayLike, y: ArrayLike, *, centre: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Return latitude and longitude of places in the plane of `project`."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    lat_0, lon_0 = np.radians(centre)
    distance = np.hypot(x, y)
    angle = distance / EARTH_RADIUS_KM
    share = np.divide(y, distance, out=np.zeros_like(distance), where=distance > 0)
    lat = np.arcsin(np.clip(np.cos(angle) * np.sin(lat_0) + share * np.sin(angle) * np.cos(lat_0), -1, 1))
    east = np.divide(x, distance, out=np.zeros_like(distance), where=distance > 0) * np.sin(angle)
    lon = lon_0 + np.arctan2(east, np.cos(lat_0) * np.cos(angle) - np.sin(lat_0) * share * np.sin(angle))
    return np.degrees(lat), (np.degrees(lon) + 180) % 360 - 180


def deviational_ellipse(x: ArrayLike, y: ArrayLike) -> Ellipse:
    """Return the mean centre and standard deviational ellipse of points in a plane.

    Semi-axes are the square roots of the eigenvalues of the covariance (divisor n - 1), so about 39 % of points
    scattered as a bivariate normal fall inside; the standard distance is the root of their sum of squares. ``angle`` is
    that of the major axis, in degrees from the x axis, in (-90, 90].

    Raises
    ------
    ValueError
        With fewer than three points, missing ones, or all in one place.

    References
    ----------
    Yuill 1971, Geografiska Annaler B 53:28, with eigenvectors in place of his rotation.
    """
    x, y = _points(x, y)
    if x.size < 3 or (np.ptp(x) == 0 and np.ptp(y) == 0):
        raise ValueError(
            f"{x.size} points in {len(set(zip(x, y, strict=True)))} place(s) have no ellipse; it needs three points"
            " that differ."
        )
    values, vectors = np.linalg.eigh(np.cov(x, y))
    minor, major = np.sqrt(np.maximum(values, 0))
    angle = float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])))
    angle = angle - 180 if angle > 90 else angle + 180 if angle <= -90 else angle
    return Ellipse(float(x.mean()), float(y.mean()), float(major), float(minor), angle, float(np.hypot(major, minor)))


def bootstrap_weights(cluster: ArrayLike, *, n_bootstraps: int = 999, seed: int = 20250701) -> np.ndarray:
    """Return how often each point is drawn in each bootstrap of whole clusters, of shape (n_bootstraps, n)."""
    members, n = _clusters(cluster)
    generator = seeded(seed)
    drawn = generator.multinomial(n, np.full(n, 1 / n), size=n_bootstraps)
    return drawn[:, members]


def weighted_quantile(values: ArrayLike, weights: np.ndarray, q: float) -> np.ndarray:
    """Return the least value at which a share ``q`` of the weight is reached, for each row of ``weights``.

    A row without any weight gives the largest value.
    """
    values = np.asarray(values, dtype=float)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(np.atleast_2d(weights)[:, order], axis=1)
    first = (reached >= q * reached[:, -1:] - 1e-9).argmax(axis=1)
    return values[order][first]


def compare_means(
    values: ArrayLike,
    cluster: ArrayLike,
    recent: ArrayLike,
    *,
    n_permutations: int = 999,
    level: float = 0.95,
    seed: int = 20250701,
) -> Comparison:
    """Compare the mean of later values with that of earlier ones, whole clusters exchanged.

    The statistic is ``t = change / sqrt(V1 + V0)``, V being the variance of a mean over clusters of unequal size.
    Dividing by it keeps the test right also where the groups scatter differently. The interval is the change with as
    many standard errors on either side as the permutations' ``level`` quantile of ``|t|``.

    Raises
    ------
    ValueError
        With fewer than ``MIN_RECENT`` later or ``MIN_EARLIER`` earlier clusters, or missing values.

    References
    ----------
    Chung & Romano 2013, Annals of Statistics 41:484 (studentised permutation).
    """
    values = np.asarray(values, dtype=float)
    if not np.isfinite(values).all():
        raise ValueError(
            f"{int((~np.isfinite(values)).sum())} of {values.size} values are missing; leave those points out."
        )
    members, chosen, draws = _prepare(cluster, recent, n_permutations, seed)
    sums = np.column_stack([np.bincount(members), np.bincount(members, values)])

    def statistic(picked: np.ndarray) -> tuple[np.ndarray, ...]:
        (m1, v1), (m0, v0) = _mean_variance(picked, sums), _mean_variance(~picked, sums)
        return m1, m0, np.sqrt(v1 + v0)

    m1, m0, error = (part[0] for part in statistic(chosen[None, :]))
    d1, d0, drawn_error = statistic(draws)
    change = float(m1 - m0)
    if error == 0:
        return Comparison(float(m1), float(m0), change, change, change, 1.0 if m1 == m0 else 1 / (n_permutations + 1))
    t = np.abs(_ratio(d1 - d0, drawn_error))
    reach = float(_upper(t, level)) * error
    return Comparison(float(m1), float(m0), change, change - reach, change + reach, _rank_p(abs(change) / error, t))


def compare_positions(
    x: ArrayLike,
    y: ArrayLike,
    cluster: ArrayLike,
    recent: ArrayLike,
    *,
    n_permutations: int = 999,
    level: float = 0.95,
    seed: int = 20250701,
) -> Displacement:
    """Test whether later points have moved or widened against earlier ones, whole clusters exchanged.

    Moved: ``T2 = d' (V1 + V0)^-1 d`` with d the difference of mean centres and V the clustered covariance of a mean
    centre; the bounds of the shift are the nearest and farthest points of the region ``T2 <= q`` with q the
    permutations' quantile. Widened: the same test on the log ratio of mean distances to a group's own centre, that of
    each draw to the draw's, each distance enlarged by ``sqrt(m / (m - 1))``, m being the effective number of clusters,
    because a centre lies nearest to the points that made it.

    Parameters
    ----------
    x, y
        Places in a plane, shape (n,), in km.
    cluster
        Which points are exchanged together, shape (n,).
    recent
        Which are of the later group, shape (n,); a cluster is in one group only.

    Raises
    ------
    ValueError
        With fewer than ``MIN_RECENT`` later or ``MIN_EARLIER`` earlier clusters, with missing coordinates, or with all
        in one place.

    References
    ----------
    Chung & Romano 2016, J Stat Plan Inference 168:97 (several dimensions); Anderson 2006, Biometrics 62:245
    (dispersion).
    """
    x, y = _points(x, y)
    members, chosen, draws = _prepare(cluster, recent, n_permutations, seed)
    if np.ptp(x) == 0 and np.ptp(y) == 0:
        raise NotComputableError("All points are in one place, so nothing can have moved or widened.", code="one_place")
    scale = np.hypot(x.std(), y.std())
    x, y = (x - x.mean()) / scale, (y - y.mean()) / scale
    size, sx, sy = np.bincount(members), np.bincount(members, x), np.bincount(members, y)
    shift, covariance = _difference(chosen[None, :], size, sx, sy)
    drawn_shift, drawn_covariance = _difference(draws, size, sx, sy)
    observed, t2 = _hotelling(shift, covariance)[0], _hotelling(drawn_shift, drawn_covariance)
    low, high = _region_reach(shift[0], covariance[0], float(_upper(t2, level)))

    in_order = np.argsort(members, kind="stable")
    places = x[in_order], y[in_order], size

    def log_ratio(picked: np.ndarray) -> tuple[np.ndarray, ...]:
        (m1, v1), (m0, v0) = _reach(picked, *places)
        with np.errstate(divide="ignore", invalid="ignore"):
            return m1, m0, np.log(m1) - np.log(m0), np.sqrt(v1 / m1**2 + v0 / m0**2)

    m1, m0, ratio, error = (part[0] for part in log_ratio(chosen[None, :]))
    if not (m1 > 0 and m0 > 0 and error > 0):
        raise NotComputableError(
            "All points of one group are in one place, so how far they spread cannot be compared.",
            code="one_group_in_one_place",
        )
    _, _, drawn, drawn_error = log_ratio(draws)
    t = _ratio(drawn, drawn_error)
    reach = float(_upper(np.abs(t), level)) * error
    return Displacement(
        shift=float(np.hypot(*shift[0]) * scale),
        shift_low=low * scale,
        shift_high=high * scale,
        p_moved=_rank_p(observed, t2),
        spread_recent=float(m1 * scale),
        spread_earlier=float(m0 * scale),
        spread_ratio=float(np.exp(ratio)),
        spread_low=float(np.exp(ratio - reach)),
        spread_high=float(np.exp(ratio + reach)),
        p_widened=_rank_p(ratio / error, t),
    )


def compare_breadth(
    unit: ArrayLike,
    cluster: ArrayLike,
    recent: ArrayLike,
    *,
    n_permutations: int = 499,
    level: float = 0.95,
    seed: int = 20250701,
) -> Breadth:
    """Count the units that later points fall in, and those that no earlier point did, against clusters drawn anew.

    Each draw calls as many clusters recent as truly are, so a busier later group is not taken for a broader one. A unit
    is new in a draw if all its points are recent in it.

    Parameters
    ----------
    unit
        Each point's unit, whole numbers from 0, shape (n,).
    cluster, recent
        As for `compare_positions`.

    Returns
    -------
    Breadth
        Expected values are means of the draws; ``new_units_p`` is the share of draws, the observed one among them, with
        as many new units.

    Raises
    ------
    ValueError
        With a single unit, or fewer than ``MIN_RECENT`` later or ``MIN_EARLIER`` earlier clusters.
    """
    from scipy.sparse import coo_array

    unit = np.asarray(unit, dtype=np.int64)
    if np.unique(unit).size < 2:
        raise NotComputableError("All points are in one unit, so nothing can be said of breadth.", code="one_unit")
    members, chosen, draws = _prepare(cluster, recent, n_permutations, seed)
    held = coo_array((np.ones(unit.size), (members, unit)), shape=(chosen.size, unit.max() + 1)).tocsr()
    counts = (held.T @ np.concatenate([chosen[None, :], draws]).T.astype(float)).T
    total = held.sum(axis=0)
    units = (counts > 0).sum(axis=1)
    new = ((counts > 0) & (counts == total)).sum(axis=1)
    share = counts / counts.sum(axis=1, keepdims=True)
    entropy = -(share * np.log2(np.where(share > 0, share, 1.0))).sum(axis=1)

    def drawn(values: np.ndarray) -> tuple[float, float, float]:
        low, high = np.quantile(values[1:], [(1 - level) / 2, (1 + level) / 2])
        return float(values[1:].mean()), float(low), float(high)

    return Breadth(
        int(units[0]), *drawn(units), int(new[0]), *drawn(new), _rank_p(new[0], new[1:]), float(entropy[0]),
        *drawn(entropy),
    )  # fmt: skip


def clustered_share_interval(held: ArrayLike, cluster: ArrayLike, *, level: float = 0.95) -> tuple[float, float]:
    """Return an interval for a share of points that come in clusters: the exact binomial one on an effective number of
    points.

    ``n* = min(n, (s^2 / n) / V * n) (t_{n-1} / t_{m-1})^2``, s^2 being the variance of single points and V
    that of the share over m clusters; n in place of the first factor where the share is 0 or 1 or does not vary. With a
    single cluster nothing is excluded: (0, 1).

    References
    ----------
    Korn & Graubard 1998, Survey Methodology 24:193.
    """
    held = np.asarray(held, dtype=float)
    members, m = _clusters(cluster)
    n = held.size
    if m < 2:
        return 0.0, 1.0
    sums = np.column_stack([np.bincount(members), np.bincount(members, held)])
    share, variance = (float(part[0]) for part in _mean_variance(np.ones((1, m), dtype=bool), sums))
    effective = min(n, share * (1 - share) / variance * n / (n - 1)) if 0 < share < 1 and variance > 0 else float(n)
    upper = (1 + level) / 2
    effective *= float(student_quantile(upper, n - 1) / student_quantile(upper, m - 1)) ** 2
    return binomial_interval(share * effective, effective, level=level)  # type: ignore[arg-type]  # an effective number


def judge_change(displacement: Displacement, rate: RateRatio | None, *, level: float = 0.95) -> str:
    """Return whether an area of points has moved, widened, or only thickened: one of ``VERDICTS``.

    The rule: p-values of moving, of widening and (if rates can be compared) of a higher rate are corrected together by
    Holm's method, so that an unchanged field is called changed at most as often as ``1 - level``. What passes is said.
    A higher rate is called thickened only where the area is shown to be the same: the shift's upper bound below
    ``SAME_PLACE`` times the earlier spread and the spread ratio's below ``SAME_SPREAD``. An area so shown without a
    higher rate is unchanged. Otherwise one cannot tell.

    References
    ----------
    Holm 1979, Scandinavian Journal of Statistics 6:65.
    """
    p = {"moved": displacement.p_moved, "widened": displacement.p_widened}
    if rate is not None:
        p["thickened"] = rate.p_value / 2 if rate.ratio > 1 else 1 - rate.p_value / 2
    passed: set[str] = set()
    for place, name in enumerate(sorted(p, key=lambda part: p[part])):
        if p[name] > (1 - level) / (len(p) - place):
            break
        passed.add(name)
    if passed & {"moved", "widened"}:
        return " and ".join(name for name in ("moved", "widened") if name in passed)
    same = displacement.shift_high < SAME_PLACE * displacement.spread_earlier and displacement.spread_high < SAME_SPREAD
    if not same:
        return "cannot tell"
    return "thickened" if "thickened" in passed else "unchanged" if rate is not None else "cannot tell"


def _places(latitude: ArrayLike, longitude: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    lat, lon = np.radians(np.asarray(latitude, dtype=float)), np.radians(np.asarray(longitude, dtype=float))
    if not lat.size or lat.shape != lon.shape or not (np.isfinite(lat).all() and np.isfinite(lon).all()):
        raise ValueError("A mean centre needs at least one place and no missing coordinate; leave such places out.")
    return lat, lon


def _points(x: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.shape != y.shape or x.ndim != 1 or not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("x and y must be arrays of one length without missing values; leave such points out.")
    return x, y


def _clusters(cluster: ArrayLike) -> tuple[np.ndarray, int]:
    names, members = np.unique(np.asarray(cluster), return_inverse=True)
    return members.ravel(), len(names)


def _recent_clusters(members: np.ndarray, n: int, recent: ArrayLike) -> np.ndarray:
    share = np.bincount(members, np.asarray(recent, dtype=bool), minlength=n) / np.bincount(members, minlength=n)
    if ((share > 0) & (share < 1)).any():
        raise ValueError("A cluster has points of both groups; give clusters that lie wholly in one.")
    return share > 0


def _draws(chosen: np.ndarray, n_permutations: int, seed: int) -> np.ndarray:
    generator = seeded(seed)
    draws = np.zeros((n_permutations, chosen.size), dtype=bool)
    n_recent = int(chosen.sum())
    if n_recent:
        for draw in draws:
            draw[generator.choice(chosen.size, n_recent, replace=False, shuffle=False)] = True
    return draws


def _prepare(
    cluster: ArrayLike, recent: ArrayLike, n_permutations: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    members, n = _clusters(cluster)
    chosen = _recent_clusters(members, n, recent)
    n_recent = int(chosen.sum())
    if n_recent < MIN_RECENT or n - n_recent < MIN_EARLIER:
        raise NotComputableError(
            f"{n_recent} later and {n - n_recent} earlier clusters; a comparison needs at least {MIN_RECENT} and "
            f"{MIN_EARLIER}",
            code="few_clusters", recent=n_recent, earlier=n - n_recent, recent_needed=MIN_RECENT,
            earlier_needed=MIN_EARLIER,
        )  # fmt: skip
    return members, chosen, _draws(chosen, n_permutations, seed)


def _pick(picked: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Return the sums over the picked clusters, for each row of ``picked``, in parts that fit into memory."""
    parts = np.array_split(picked, max(1, -(-picked.size // MAX_CELLS)))
    return np.concatenate([part.astype(float) @ sums for part in parts])


def _mean_variance(picked: np.ndarray, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean over all points of the picked clusters, and its variance over clusters."""
    size, total = sums.T
    n, s, nn, ns, ss, held = _pick(
        picked, np.column_stack([size, total, size**2, size * total, total**2, np.ones_like(total)])
    ).T
    return _clustered(n, s, nn, ns, ss, held)


def _clustered(
    n: np.ndarray, s: np.ndarray, nn: np.ndarray, ns: np.ndarray, ss: np.ndarray, held: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean over all points of so many ``held`` clusters, and its variance over clusters, by the sums over
    these of their sizes n and totals s, and of the squares and products of both."""
    mean = s / n
    square = np.maximum(ss - 2 * mean * ns + mean**2 * nn, 0)
    return mean, square / n**2 * held / np.maximum(held - 1, 1)


def _reach(picked: np.ndarray, x: np.ndarray, y: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return the mean distance of points to their own group's centre, enlarged, and its variance over clusters, of the
    picked clusters and of the others, for each row of ``picked``: shape (2, 2, rows). Points are in the order of their
    clusters."""
    starts, member = np.cumsum(size) - size, np.repeat(np.arange(size.size), size)
    sums = [np.add.reduceat(places, starts) for places in (x, y)]
    found = np.empty((2, 2, len(picked)))
    rows = max(1, MAX_CELLS // 20 // x.size)
    for first in range(0, len(picked), rows):
        part = picked[first : first + rows]
        held = [part.astype(float), (~part).astype(float)]
        n = [group @ size for group in held]
        off = np.zeros((len(part), x.size))
        for places, total in zip((x, y), sums, strict=True):
            own = np.where(part, *((group @ total / several)[:, None] for group, several in zip(held, n, strict=True)))
            off += (places - own[:, member]) ** 2
        distance = np.add.reduceat(np.sqrt(off, out=off), starts, axis=1)
        for of_group, group, several in zip(found, held, n, strict=True):
            nn, total = group @ size**2, distance * group
            effective = several**2 / nn
            enlarged = np.sqrt(effective / np.maximum(effective - 1, 1e-9))
            own_sums = several, total.sum(axis=1), nn, total @ size, (total**2).sum(axis=1), group.sum(axis=1)
            mean, variance = _clustered(*own_sums)
            of_group[:, first : first + rows] = mean * enlarged, variance * enlarged**2
    return found


def _difference(picked: np.ndarray, size: np.ndarray, sx: np.ndarray, sy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the difference of mean centres, shape (rows, 2), and its clustered covariance, shape (rows, 2, 2)."""
    features = np.column_stack(
        [np.ones_like(sx), size, sx, sy, size**2, size * sx, size * sy, sx * sx, sy * sy, sx * sy]
    )
    total = features.sum(axis=0)
    first = _pick(picked, features)
    centre, covariance = [], np.zeros((len(picked), 2, 2))
    for held, n, x, y, nn, nx, ny, xx, yy, xy in (first.T, (total - first).T):
        mx, my = x / n, y / n
        small = held / np.maximum(held - 1, 1) / n**2
        covariance[:, 0, 0] += np.maximum(xx - 2 * mx * nx + mx**2 * nn, 0) * small
        covariance[:, 1, 1] += np.maximum(yy - 2 * my * ny + my**2 * nn, 0) * small
        covariance[:, 0, 1] += (xy - mx * ny - my * nx + mx * my * nn) * small
        centre.append(np.column_stack([mx, my]))
    covariance[:, 1, 0] = covariance[:, 0, 1]
    return centre[0] - centre[1], covariance


def _hotelling(shift: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Return ``d' V^-1 d`` row by row; along a direction in which nothing scatters, nothing counts."""
    values, vectors = np.linalg.eigh(covariance)
    turned = np.einsum("rij,ri->rj", vectors, shift)
    keep = values > 1e-10 * np.maximum(values[:, -1:], 1e-300)
    return np.where(keep, turned**2 / np.where(keep, values, 1.0), 0.0).sum(axis=1)


def _region_reach(shift: np.ndarray, covariance: np.ndarray, limit: float) -> tuple[float, float]:
    """Return the least and greatest length of a shift inside the ellipse around the observed one."""
    values, vectors = np.linalg.eigh(covariance)
    turn = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    rim = shift[:, None] + vectors @ (
        np.sqrt(np.maximum(values, 0) * limit)[:, None] * np.array([np.cos(turn), np.sin(turn)])
    )
    length = np.hypot(*rim)
    inside = _hotelling(shift[None, :], covariance[None, :, :])[0] <= limit
    return 0.0 if inside else float(length.min()), float(length.max())


def _ratio(change: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Return change over error; a draw without scatter counts as 0 where it shows no change, else as without bound."""
    with np.errstate(divide="ignore", invalid="ignore"):
        without = np.where(np.abs(change) > 0, np.sign(change) * np.inf, 0.0)
        return np.where(error > 0, change / np.where(error > 0, error, 1.0), without)


def _rank_p(observed: float, drawn: np.ndarray) -> float:
    return float((1 + (drawn >= observed - 1e-12).sum()) / (1 + drawn.size))


def _upper(drawn: np.ndarray, level: float) -> float:
    """Return the value that a share ``level`` of draws, the observed one counted among the others, do not exceed."""
    place = min(int(np.ceil(level * (drawn.size + 1))), drawn.size) - 1
    return float(np.partition(drawn, place)[place])
