"""Countries, coast and borders of the world, a user's own units, and how far a place is from a line.

Natural Earth ships with the package; nothing is downloaded. Lines are straight in longitude and latitude, as they were drawn;
distances are great circles on a sphere of mean radius 6371.0088 km, at most .6 % off those on the ellipsoid.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from analysis.incidents.errors import TableError
from analysis.resources import resource

COUNTRIES = "data/boundaries/countries_50m.topojson"
EARTH_RADIUS_KM = 6371.0088
# Lines are cut into pieces of at most this length before the nearest is sought.
PIECE_KM = 10.0
# The property of a feature that names its unit, in order of preference, whatever its case.
NAME_PROPERTIES = (
    "unit", "shapename", "admin2", "adm2_en", "adm2_name", "name_2", "admin1", "adm1_en", "adm1_name", "name_1", "name_en", "name",
)  # fmt: skip

Ring = np.ndarray  # (n, 2): longitude, latitude


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines on the globe, made ready for finding the nearest of them.

    Parameters
    ----------
    paths
        Arrays of shape (n, 2), longitude and latitude in degrees. Pieces along the edges of a flat map (180 degrees of
        longitude, the poles) are no lines of the globe and are left out.
    """

    paths: tuple[Ring, ...]

    @cached_property
    def _pieces(self) -> tuple[np.ndarray, np.ndarray]:
        starts, ends = [], []
        for path in self.paths:
            start, end = path[:-1], path[1:]
            edge = (np.abs(start) >= (180.0, 89.9)) & (np.abs(end) >= (180.0, 89.9))
            start, end = start[~edge.any(axis=1)], end[~edge.any(axis=1)]
            step = end - start
            length = np.hypot(step[:, 0] * np.cos(np.radians((start[:, 1] + end[:, 1]) / 2)), step[:, 1])
            n = np.maximum(1, np.ceil(np.radians(length) * EARTH_RADIUS_KM / PIECE_KM)).astype(int)
            which = np.repeat(np.arange(n.size), n)
            place = np.arange(which.size) - np.repeat(np.cumsum(n) - n, n)
            starts.append(start[which] + step[which] * (place / n[which])[:, None])
            ends.append(start[which] + step[which] * ((place + 1) / n[which])[:, None])
        if not starts:
            return np.empty((0, 3)), np.empty((0, 3))
        return _unit_vectors(np.concatenate(starts)), _unit_vectors(np.concatenate(ends))

    @cached_property
    def _tree(self):
        from scipy.spatial import cKDTree

        return cKDTree(np.add(*self._pieces) / 2)

    def distance_km(self, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
        """Return each place's great-circle distance to the nearest line, km; infinite where there is no line.

        The nearest of the pieces' midpoints give candidates; more are looked at until none that is left out can be nearer, so
        the distance is exact for the lines as drawn.

        Parameters
        ----------
        longitude, latitude
            Degrees, of one shape (n,). A missing coordinate gives a missing distance.
        """
        places = np.column_stack([np.asarray(longitude, dtype=float), np.asarray(latitude, dtype=float)])
        known = np.isfinite(places).all(axis=1)
        distance = np.full(len(places), np.nan)
        start, end = self._pieces
        if not len(start):
            distance[known] = np.inf
            return distance
        if not known.any():
            return distance
        distinct, back = np.unique(places[known], axis=0, return_inverse=True)
        vectors = _unit_vectors(distinct)
        half = float(np.linalg.norm(end - start, axis=1).max()) / 2
        chord = np.full(len(vectors), np.inf)
        open_ = np.arange(len(vectors))
        n = min(8, len(start))
        while open_.size:
            middle, near = self._tree.query(vectors[open_], k=n)
            middle, near = middle.reshape(open_.size, n), near.reshape(open_.size, n)
            chord[open_] = _chord_to_arcs(vectors[open_][:, None, :], start[near], end[near]).min(axis=1)
            done = (n == len(start)) | (middle[:, -1] > chord[open_] + half)
            open_ = open_[~done]
            n = min(2 * n, len(start))
        distance[known] = (2 * EARTH_RADIUS_KM * np.arcsin(np.clip(chord / 2, 0, 1)))[back.ravel()]
        return distance


@dataclass(frozen=True, eq=False)
class Areas:
    """Named areas: each a list of rings, a place being inside where a line from it crosses the rings an odd number of times."""

    names: tuple[str, ...]
    rings: tuple[tuple[Ring, ...], ...]

    def locate(self, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
        """Return the position in ``names`` of the area that holds each place; -1 where none does or a coordinate is missing."""
        places = np.column_stack([np.asarray(longitude, dtype=float), np.asarray(latitude, dtype=float)])
        distinct, back = np.unique(places, axis=0, return_inverse=True)
        found = np.full(len(distinct), -1)
        for position, rings in enumerate(self.rings):
            waiting = np.flatnonzero(found < 0)
            found[waiting[_inside(distinct[waiting], rings)]] = position
        return found[back.ravel()]

    def outline(self, names: Iterable[str]) -> Lines:
        """Return the outlines of the named areas."""
        wanted = set(names)
        return Lines(
            tuple(ring for name, rings in zip(self.names, self.rings, strict=True) if name in wanted for ring in rings)
        )


@dataclass(frozen=True, eq=False)
class Countries:
    """The countries of the world by ISO3 code, who borders whom, and the sea coast; see `load_countries`."""

    areas: Areas
    coast: Lines
    _arcs: tuple[Ring, ...] = field(repr=False)
    _owners: tuple[frozenset[str], ...] = field(repr=False)
    _on_coast: frozenset[int] = field(repr=False)

    @property
    def codes(self) -> tuple[str, ...]:
        """The ISO3 codes."""
        return self.areas.names

    def neighbours(self, codes: Iterable[str], *, coastal: bool = False) -> tuple[str, ...]:
        """Return the countries that share a land border with any of these; with ``coastal`` only those that also have a sea coast."""
        ours = set(codes)
        found = {code for owners in self._owners if owners & ours for code in owners - ours} - {""}
        if coastal:
            found &= {code for arc in self._on_coast for code in self._owners[arc]}
        return tuple(sorted(found))

    @cached_property
    def borders(self) -> Lines:
        """The land borders between countries."""
        return Lines(tuple(arc for arc, owners in zip(self._arcs, self._owners, strict=True) if len(owners) > 1))

    def distance_km(self, code: str, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
        """Return each place's distance to a country, km: 0 inside it, elsewhere to its outline; missing where a coordinate is."""
        longitude, latitude = np.asarray(longitude, dtype=float), np.asarray(latitude, dtype=float)
        distance = np.where(self._only(code).locate(longitude, latitude) >= 0, 0.0, np.nan)
        outside = np.isnan(distance)
        distance[outside] = _outline_of(self, code).distance_km(longitude[outside], latitude[outside])
        return distance

    def _only(self, code: str) -> Areas:
        if code not in self.codes:
            raise ValueError(
                f"No country in {Path(COUNTRIES).name} has the code {code!r}; codes are ISO 3166-1 alpha-3."
            )
        return Areas((code,), (self.areas.rings[self.codes.index(code)],))


@lru_cache(maxsize=64)
def _outline_of(countries: Countries, code: str) -> Lines:
    return countries.areas.outline([code])


@lru_cache(maxsize=1)
def load_countries() -> Countries:
    """Load the countries that ship with the package (``data/boundaries/README.md`` says whose lines they are)."""
    document = json.loads(resource(COUNTRIES).read_text(encoding="utf-8"))
    scale, shift = (np.array(document["transform"][name]) for name in ("scale", "translate"))
    lengths = [len(arc) for arc in document["arcs"]]
    steps = np.array([point for arc in document["arcs"] for point in arc], dtype=float)
    arcs = tuple(np.cumsum(part, axis=0) * scale + shift for part in np.split(steps, np.cumsum(lengths)[:-1]))
    owners: list[set[str]] = [set() for _ in arcs]
    rings: dict[str, list[Ring]] = {}
    for country in document["objects"]["countries"]["geometries"]:
        for ring in (ring for polygon in country["arcs"] for ring in polygon):
            for number in ring:
                owners[number if number >= 0 else ~number].add(country["id"])
            rings.setdefault(country["id"], []).append(
                np.concatenate([arcs[number] if number >= 0 else arcs[~number][::-1] for number in ring])
            )
    coast = frozenset(number for line in document["objects"]["sea_coast"]["arcs"] for number in line)
    codes = tuple(sorted(code for code in rings if code))
    return Countries(
        areas=Areas(codes, tuple(tuple(rings[code]) for code in codes)),
        coast=Lines(tuple(arcs[number] for number in sorted(coast))),
        _arcs=arcs,
        _owners=tuple(frozenset(codes) for codes in owners),
        _on_coast=coast,
    )


@lru_cache(maxsize=8)
def load_units(path: str | Path, *, name: str = "") -> Areas:
    """Load a user's units from GeoJSON: a FeatureCollection of Polygons and MultiPolygons in degrees.

    Parameters
    ----------
    path
        The file.
    name
        The property that names a unit; default: the first of ``NAME_PROPERTIES`` that every feature has, whatever its case.

    Returns
    -------
    Areas
        In the file's order. Features of one name are one unit.

    Raises
    ------
    TableError
        If the file is not such a collection, a unit has no name, or coordinates are not degrees.
    """
    path = Path(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise TableError(f"{path.name} cannot be read as GeoJSON: {error}", path=path) from None
    features = document.get("features") if isinstance(document, dict) else None
    if not features or not all(isinstance(feature, dict) for feature in features):
        raise TableError(f"{path.name} holds no features; expected a GeoJSON FeatureCollection of areas.", path=path)
    names = _unit_names(path, [feature.get("properties") or {} for feature in features], name)
    rings: dict[str, list[Ring]] = {}
    for number, (unit, feature) in enumerate(zip(names, features, strict=True), start=1):
        rings.setdefault(unit, []).extend(_feature_rings(path, number, feature.get("geometry") or {}))
    return Areas(tuple(rings), tuple(tuple(parts) for parts in rings.values()))


def _unit_names(path: Path, properties: Sequence[dict], wanted: str) -> list[str]:
    folded = [{key.casefold(): value for key, value in given.items()} for given in properties]
    for key in [wanted.casefold()] if wanted else NAME_PROPERTIES:
        names = [given.get(key) for given in folded]
        if all(isinstance(name, str) and name.strip() for name in names):
            return [name.strip() for name in names]
    found = ", ".join(dict.fromkeys(key for given in properties for key in given)) or "none"
    raise TableError(
        f"{path.name}: no property names every one of the {len(properties)} units (found: {found}). "
        f"Give each feature a text property called {wanted or 'name'}.",
        path=path,
    )


def _feature_rings(path: Path, number: int, geometry: dict) -> list[Ring]:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise TableError(
            f"{path.name}: feature {number} is a {kind or 'feature without geometry'}; expected Polygon or MultiPolygon.",
            path=path,
        )
    try:
        polygons = [coordinates] if kind == "Polygon" else coordinates
        rings = [np.asarray(ring, dtype=float)[:, :2] for polygon in polygons for ring in polygon]
        sound = bool(rings) and all(len(ring) >= 4 and np.isfinite(ring).all() for ring in rings)
    except (TypeError, ValueError, IndexError):
        sound = False
    if not sound:
        raise TableError(
            f"{path.name}: feature {number} has rings that are no lists of four or more coordinates.", path=path
        )
    if any((np.abs(ring) > (180.0, 90.0)).any() for ring in rings):
        raise TableError(
            f"{path.name}: feature {number} has coordinates outside 180 degrees of longitude and 90 of latitude; "
            "convert the file to WGS 84 degrees, longitude first.",
            path=path,
        )
    return rings


def _inside(places: np.ndarray, rings: Sequence[Ring]) -> np.ndarray:
    """Return which places are inside, by the number of edges that the ray from each towards the east crosses."""
    start = np.concatenate([ring[:-1] for ring in rings])
    end = np.concatenate([ring[1:] for ring in rings])
    low, high = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    with np.errstate(invalid="ignore"):
        known = (places >= np.minimum(start, end).min(axis=0)) & (places <= np.maximum(start, end).max(axis=0))
    near = np.flatnonzero(known.all(axis=1))
    near = near[np.argsort(places[near, 1], kind="stable")]
    x, y = places[near].T
    # An edge is met by the places from its lower end, inclusive, to its upper end, exclusive.
    first, last = np.searchsorted(y, low), np.searchsorted(y, high)
    n = last - first
    edge = np.repeat(np.arange(n.size), n)
    place = np.arange(edge.size) - np.repeat(np.cumsum(n) - n, n) + first[edge]
    share = (y[place] - start[edge, 1]) / (end[edge, 1] - start[edge, 1])
    crossed = x[place] < start[edge, 0] + share * (end[edge, 0] - start[edge, 0])
    inside = np.zeros(len(places), dtype=bool)
    inside[near] = np.bincount(place[crossed], minlength=near.size) % 2 == 1
    return inside


def _unit_vectors(places: np.ndarray) -> np.ndarray:
    longitude, latitude = np.radians(places).T
    return np.column_stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)]
    )


def _chord_to_arcs(place: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the chord from each place to its nearest point on each great-circle arc, in radii."""
    along = end - start
    length = (along * along).sum(axis=-1)
    share = ((place - start) * along).sum(axis=-1) / np.where(length > 0, length, 1.0)
    # On arcs of a few kilometres the chord through the sphere and the arc part by metres at most; the foot is put back on it.
    foot = start + np.clip(share, 0, 1)[..., None] * along
    foot = foot / np.linalg.norm(foot, axis=-1, keepdims=True)
    return np.linalg.norm(place - foot, axis=-1)
