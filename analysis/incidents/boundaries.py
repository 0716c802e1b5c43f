"""Countries, coast and borders of the world, a user's own units, and how far a place is from a line.

Natural Earth ships with the package; nothing is downloaded. Lines are straight in longitude and latitude, as they were
drawn; distances are great circles on a sphere of mean radius 6371.0088 km, at most .6 % off those on the ellipsoid.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, NoReturn, cast

import numpy as np
import shapely

from analysis.incidents.errors import TableError
from analysis.incidents.files.recognising import AS_GEOJSON, read_unpacked
from analysis.incidents.sidefiles import MOST_JSON_BYTES, read_json, state_of
from analysis.resources import resource

COUNTRIES = "data/boundaries/countries_50m.topojson"
MADE_UP_COUNTRIES = "data/example/countries.topojson"
EARTH_RADIUS_KM = 6371.0088
# Lines are cut into pieces of at most this length before the nearest is sought.
PIECE_KM = 10.0
_MOST_POINTS = 50_000_000  # of a topology's rings
_LANGUAGE = "(?:en|fr|es|pt|ar|ru|uk)"
# The property of a feature that names its unit, in order of preference, whatever its case: publishers' for second-order
# units, for first-order ones, others.
_LEVELS = {
    level: (
        *(f"admin{level}|adm{level}_en|adm{level}_name|name_{level}".split("|")),
        f"admin{level}name(?:_{_LANGUAGE})?|adm{level}_{_LANGUAGE}|adm{level}_(?:ref_)?name\\d?|nam_{level}",
    )
    for level in (1, 2)
}
NAME_PROPERTIES = (
    "unit", "shapename", *_LEVELS[2], *_LEVELS[1], "name_en", "name", f"name[:_]{_LANGUAGE}", "nom|nombre|nome",
)  # fmt: skip

# Properties that tell units of one name apart, by the property that names them: what publishers say that they lie in.
# Units of a user's own may reach over regions and countries.
_COUNTRIES = (f"country|admin0|adm0_{_LANGUAGE}|adm0_name\\d?|name_0|admin0name(?:_{_LANGUAGE})?",)
PARENT_PROPERTIES = {
    **dict.fromkeys(_LEVELS[2], (*_LEVELS[1], *_COUNTRIES)),
    **dict.fromkeys(_LEVELS[1], _COUNTRIES),
    "shapename": ("shapegroup", "shapeid"),
}

Ring = np.ndarray  # (n, 2): longitude, latitude


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines on the globe, made ready for finding the nearest of them."""

    # Arrays of shape (n, 2), longitude and latitude in degrees. Pieces along the edges of a flat map (180 degrees of
    # longitude, the poles) are no lines of the globe and are left out.
    paths: tuple[Ring, ...]

    @cached_property
    def _pieces(self) -> tuple[np.ndarray, np.ndarray]:
        if not self.paths:
            return np.empty((0, 3)), np.empty((0, 3))
        points = np.concatenate(self.paths)
        within = np.ones(len(points) - 1, dtype=bool)
        within[np.cumsum([len(path) for path in self.paths])[:-1] - 1] = (
            False  # from one path's end to the next's start
        )
        start, end = points[:-1], points[1:]
        within &= ~((np.abs(start) >= (180.0, 89.9)) & (np.abs(end) >= (180.0, 89.9))).any(axis=1)
        start, end = start[within], end[within]
        step = end - start
        length = np.hypot(step[:, 0] * np.cos(np.radians((start[:, 1] + end[:, 1]) / 2)), step[:, 1])
        n = np.maximum(1, np.ceil(np.radians(length) * EARTH_RADIUS_KM / PIECE_KM)).astype(int)
        which = np.repeat(np.arange(n.size), n)
        place = np.arange(which.size) - np.repeat(np.cumsum(n) - n, n)
        return (
            _unit_vectors(start[which] + step[which] * (place / n[which])[:, None]),
            _unit_vectors(start[which] + step[which] * ((place + 1) / n[which])[:, None]),
        )

    @cached_property
    def _tree(self):
        from scipy.spatial import cKDTree

        return cKDTree(np.add(*self._pieces) / 2)

    def distance_km(self, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
        """Return each place's great-circle distance to the nearest line, km; infinite where there is no line, missing
        where a coordinate is. Longitudes and latitudes are in degrees, shape (n,).

        The nearest of the pieces' midpoints give candidates; more are looked at until none that is left out can be
        nearer, so the distance is exact for the lines as drawn.
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
    """Named areas of polygons: a place is inside an area where any of its polygons holds it."""

    names: tuple[str, ...]  # one for each area
    # For each area its polygons, each an outline and its holes. They may overlap or repeat one another.
    polygons: tuple[tuple[tuple[Ring, ...], ...], ...]

    @property
    def rings(self) -> tuple[tuple[Ring, ...], ...]:
        """All rings of each area."""
        return tuple(tuple(ring for polygon in polygons for ring in polygon) for polygons in self.polygons)

    @property
    def shapes(self) -> tuple[shapely.Geometry, ...]:
        """Each area as one sound shape."""
        sound = shapely.make_valid(self._each, method="structure", keep_collapsed=False)
        return tuple(shapely.union_all(sound[self._area_of == area]) for area in range(len(self.names)))

    def locate(self, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
        """Return the position in ``names`` of the area that holds each place; -1 where none does or a coordinate is
        missing.

        Of several areas that hold a place the smallest is returned: a town inside its province. An edge belongs to its
        area.
        """
        places, back = _distinct(longitude, latitude)
        found = np.full(len(places), -1)
        for held, area in self._held(places, shapely.intersects_xy):
            held = held[(found[held] < 0) | (self._rank[area] < self._rank[found[held]])]
            found[held] = area
        return found[back]

    def nearest(self, shapes: np.ndarray) -> np.ndarray:
        """Return the position in ``names`` of the area that is nearest to each shape, by degrees, or holds it."""
        return self._area_of[self._tree.nearest(shapes)]

    def count_shared(self, longitude: np.ndarray, latitude: np.ndarray) -> int:
        """Return how many of these places lie in more than one area."""
        places, back = _distinct(longitude, latitude)
        first, shared = np.full(len(places), -1), np.zeros(len(places), dtype=bool)
        for held, area in self._held(places, shapely.contains_xy):
            shared[held] |= (first[held] >= 0) & (first[held] != area)
            first[held] = area
        return int(shared[back].sum())

    def _held(self, places: np.ndarray, holds: Callable[..., np.ndarray]) -> Iterator[tuple[np.ndarray, int]]:
        """Yield for each polygon that holds any places which they are, and whose polygon it is."""
        near, polygon = self._tree.query(shapely.points(places))
        order = np.argsort(polygon, kind="stable")
        near, polygon = near[order], polygon[order]
        for which in np.split(np.arange(near.size), np.flatnonzero(np.diff(polygon)) + 1):
            if which.size:
                number = polygon[which[0]]
                held = near[which][holds(self._each[number], *places[near[which]].T)]
                yield held, int(self._area_of[number])

    @cached_property
    def _each(self) -> np.ndarray:
        """Every polygon by itself: of two that overlap, none takes away from the other."""
        made = [shapely.Polygon(rings[0], rings[1:]) for polygons in self.polygons for rings in polygons]
        each = np.array(made, dtype=object)
        shapely.prepare(each)
        return each

    @cached_property
    def _area_of(self) -> np.ndarray:
        return np.repeat(np.arange(len(self.names)), [len(polygons) for polygons in self.polygons])

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._each)

    @cached_property
    def _rank(self) -> np.ndarray:
        """The place of each area among all by the size of its largest outline, the smallest first."""
        size = np.zeros(len(self.names))
        outlines = shapely.polygons(shapely.get_exterior_ring(self._each))
        np.maximum.at(size, self._area_of, shapely.area(outlines))
        rank = np.empty(len(size), dtype=int)
        rank[np.argsort(size, kind="stable")] = np.arange(len(size))
        return rank

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
        """Return the countries that share a land border with any of these; with ``coastal`` only those that also have a
        sea coast.
        """
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
        """Return each place's distance to a country, km: 0 inside it, elsewhere to its outline; missing where a
        coordinate is.
        """
        longitude, latitude = np.asarray(longitude, dtype=float), np.asarray(latitude, dtype=float)
        distance = np.where(self.only(code).locate(longitude, latitude) >= 0, 0.0, np.nan)
        outside = np.isnan(distance)
        distance[outside] = _outline_of(self, code).distance_km(longitude[outside], latitude[outside])
        return distance

    def only(self, code: str) -> Areas:
        """Return one country's area."""
        if code not in self.codes:
            raise ValueError(
                f"No country in {Path(COUNTRIES).name} has the code {code!r}; codes are ISO 3166-1 alpha-3."
            )
        return Areas((code,), (self.areas.polygons[self.codes.index(code)],))


@lru_cache(maxsize=64)
def _outline_of(countries: Countries, code: str) -> Lines:
    return countries.areas.outline([code])


@lru_cache(maxsize=1)
def load_countries() -> Countries:
    """Load the countries that ship with the package (``data/boundaries/README.md`` says whose lines they are), and the
    example's.
    """
    arcs: list[Ring] = []
    owners: list[set[str]] = []
    polygons: dict[str, list[tuple[Ring, ...]]] = {}
    coast: set[int] = set()
    for path in (COUNTRIES, MADE_UP_COUNTRIES):
        document = json.loads(resource(path).read_text(encoding="utf-8"))
        first = len(arcs)
        drawn = arcs_of(document)
        arcs += drawn
        owners += [set() for _ in drawn]
        for country in document["objects"]["countries"]["geometries"]:
            for polygon in country["arcs"]:
                for number in (number for ring in polygon for number in ring):
                    owners[first + (number if number >= 0 else ~number)].add(country["id"])
                rings = [
                    np.concatenate([drawn[number] if number >= 0 else drawn[~number][::-1] for number in ring])
                    for ring in polygon
                ]
                # Russia and Fiji reach over 180 degrees of longitude: their lines leave the map and come in at its
                # other side.
                joined = [_joined_at_antimeridian(ring, flat=False) for ring in rings]
                sound = [
                    ring for ring in joined if ring is not None
                ]  # Antarctica goes round a pole, and stays as drawn
                polygons.setdefault(country["id"], []).extend(
                    _in_the_map(sound) if len(sound) == len(rings) else [tuple(rings)]
                )
        coast |= {first + number for line in document["objects"]["sea_coast"]["arcs"] for number in line}
    codes = tuple(sorted(code for code in polygons if code))
    return Countries(
        areas=Areas(codes, tuple(tuple(polygons[code]) for code in codes)),
        coast=Lines(tuple(arcs[number] for number in sorted(coast))),
        _arcs=tuple(arcs),
        _owners=tuple(frozenset(codes) for codes in owners),
        _on_coast=frozenset(coast),
    )


def arcs_of(topology: dict) -> list[Ring]:
    """Return the lines of a quantised topology in degrees."""
    scale, shift = (np.array(topology["transform"][name]) for name in ("scale", "translate"))
    ends = np.cumsum([0, *map(len, topology["arcs"])])
    steps = np.fromiter(chain.from_iterable(chain.from_iterable(topology["arcs"])), dtype=float).reshape(-1, 2)
    # Whole numbers, of which sums over all lines are exact: the line's own begins where the one before it ended.
    run = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    places = (run[1:] - np.repeat(run[ends[:-1]], np.diff(ends), axis=0)) * scale + shift
    return [places[start:end] for start, end in pairwise(ends)]


def ring_of(lines: Sequence[Ring], numbers: Sequence[int]) -> Ring:
    """Return lines of a topology, by their numbers (``~n`` is line n backwards), as one ring."""
    parts = [lines[number] if number >= 0 else lines[~number][::-1] for number in numbers]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def load_units(path: str | Path, *, name: str = "") -> Areas:
    """Load a user's units from GeoJSON or TopoJSON: a collection of Polygons and MultiPolygons in degrees.

    Parameters
    ----------
    path
        The file, which may be packed (.gz, .zip).
    name
        The property that names a unit; default: the first of ``NAME_PROPERTIES`` that every feature has, whatever its
        case, and that is not the same in all.

    Returns
    -------
    Areas
        In the file's order. Features of one name are one unit: all that any of them holds, whether they repeat, overlap
        or touch one another. Where they lie in different regions or countries, by the first of ``PARENT_PROPERTIES``
        that tells, each is a unit of its own, as ``Centre (Cameroon)``. An outline that crosses the antimeridian (180
        degrees) is read as the short way round.

    Raises
    ------
    TableError
        If the file is not such a collection, a unit has no name, coordinates are not degrees, or an outline goes round
        a pole.
    """
    path = Path(path)
    state = state_of(path)
    return _load_units(path, name, (state.st_size, state.st_mtime_ns) if state else None)


# A line that begins an object, and another object on a line of its own. What was matched is not gone through again.
_OBJECT_A_LINE = re.compile(rb"\s*+\x1e?(\{[^\r\n]*+)\s*+\x1e?\{")


def _has_a_feature_a_line(content: bytes) -> bool:
    """Return whether the first line is a whole object that calls itself a feature, and another object follows it."""
    first = found[1].rstrip() if (found := _OBJECT_A_LINE.match(content)) else b""
    return first.endswith(b"}") and re.search(rb'"type"\s*:\s*"Feature"', first) is not None


@lru_cache(maxsize=8)
def _load_units(path: Path, name: str, state: tuple[int, int] | None) -> Areas:
    content = read_unpacked(path, most_bytes=MOST_JSON_BYTES, what="GeoJSON")
    if _has_a_feature_a_line(content):
        raise TableError(
            f"{path.name} is GeoJSON with a feature a line (GeoJSONL, GeoJSONSeq), not one FeatureCollection. "
            f"{AS_GEOJSON}",
            path=path,
        )
    document = read_json(path, what="GeoJSON", content=content)
    if isinstance(document, dict) and ("geometryType" in document or "spatialReference" in document):
        raise TableError(f"{path.name} is Esri JSON (of ArcGIS), not GeoJSON. {AS_GEOJSON}", path=path)
    features = document.get("features") if isinstance(document, dict) else None
    if isinstance(document, dict) and document.get("type") == "Topology":
        features = _features_of_topology(path, document)
    if not isinstance(features, list) or not features or not all(isinstance(feature, dict) for feature in features):
        raise TableError(
            f"{path.name}, line 1: it holds no features; expected a GeoJSON FeatureCollection of areas.", path=path
        )
    given = [feature.get("properties") for feature in features]
    names = _unit_names(path, [properties if isinstance(properties, dict) else {} for properties in given], name)
    polygons: dict[str, list[tuple[Ring, ...]]] = {}
    for number, (unit, feature) in enumerate(zip(names, features, strict=True), start=1):
        polygons.setdefault(unit, []).extend(_feature_polygons(path, number, feature.get("geometry")))
    return Areas(tuple(polygons), tuple(map(tuple, polygons.values())))


def _features_of_topology(path: Path, topology: dict) -> list[dict]:
    """Return what a TopoJSON file of one layer holds as the features of a GeoJSON file."""
    layers: Any = topology.get("objects")
    if not isinstance(layers, dict) or len(layers) != 1:
        found = ", ".join(map(str, layers)) if isinstance(layers, dict) else "none"
        raise TableError(f"{path.name} holds the layers {found}; expected one. Save it as GeoJSON.", path=path)
    layer = next(iter(layers.values()))
    n_points = 0
    try:
        lines = arcs_of(topology) if "transform" in topology else [np.array(arc)[:, :2] for arc in topology["arcs"]]

        def ring(numbers: list[int]) -> list:
            nonlocal n_points
            n_points += sum(len(lines[number]) for number in numbers)
            if n_points > _MOST_POINTS:  # a line may stand in any number of rings
                raise ValueError
            return ring_of(lines, numbers).tolist()

        features = []
        for one in layer.get("geometries", [layer]):
            drawn: Any = one.get("arcs")
            if one.get("type") == "Polygon":
                drawn = [ring(numbers) for numbers in drawn]
            elif one.get("type") == "MultiPolygon":
                drawn = [[ring(numbers) for numbers in rings] for rings in drawn]
            geometry = {"type": one.get("type"), "coordinates": drawn}
            features.append({"properties": one.get("properties"), "geometry": geometry})
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError):
        raise TableError(f"{path.name}: it is no TopoJSON that can be read. Save it as GeoJSON.", path=path) from None
    return features


def _unit_names(path: Path, properties: Sequence[dict], wanted: str) -> list[str]:
    folded = [{key.casefold(): value for key, value in given.items()} for given in properties]
    kinds = [re.escape(wanted.casefold())] if wanted else NAME_PROPERTIES
    found = [(kind, key) for kind in kinds for key in _keys_of_kind(folded, kind)]
    # What all have alike ("region") names none of them, unless nothing else does.
    found.sort(key=lambda one: len(folded) > 1 and len({given[one[1]] for given in folded}) == 1)
    if not found:
        given_keys = ", ".join(dict.fromkeys(key for given in properties for key in given)) or "none"
        raise TableError(
            f"{path.name}: no property names every one of the {len(properties)} units (found: {given_keys}). "
            f"Give each feature a text property called {wanted or 'name'}.",
            path=path,
        )
    kind, key = found[0]
    names = [given[key] for given in folded]
    for number, (name, given) in enumerate(zip(names, properties, strict=True), start=1):
        if any(other.casefold() == key and value != name for other, value in given.items()):
            raise TableError(
                f"{path.name}: feature {number} has the property {key} twice, in other letters and with another"
                " value. Leave out one.",
                path=path,
            )
    # Half of a pair of signs, which JSON can write, is no sign.
    told = _told_apart([name.strip() for name in names], folded, kind)
    return [name.encode("utf-8", "replace").decode("utf-8") for name in told]


def _keys_of_kind(properties: Sequence[dict], kind: str) -> list[str]:
    """Return the properties of a kind that are a text in every feature."""
    return [
        key
        for key in properties[0]
        if re.fullmatch(kind, key)
        and all(isinstance(name := given.get(key), str) and name.strip() for given in properties)
    ]


def _told_apart(names: list[str], properties: Sequence[dict], kind: str) -> list[str]:
    """Return the names with, where features of one name are different units, what tells them apart in brackets."""
    features: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        features.setdefault(name, []).append(number)
    told = list(names)
    for name, numbers in features.items():
        alike = [properties[number] for number in numbers]
        for parent in (key for one in PARENT_PROPERTIES.get(kind, ()) for key in _keys_of_kind(alike, one)):
            found = [given[parent].strip() for given in alike]
            if len(set(found)) > 1:
                for number, value in zip(numbers, found, strict=True):
                    told[number] = f"{name} ({value})"
                break
    return told


def _feature_polygons(path: Path, number: int, geometry: object) -> list[tuple[Ring, ...]]:
    """Return a feature's polygons, each as its outline and holes, closed and not torn at the antimeridian."""
    given: dict[str, Any] = geometry if isinstance(geometry, dict) else {}
    kind, coordinates = given.get("type"), given.get("coordinates")

    def refuse(reason: str) -> NoReturn:
        raise TableError(f"{path.name}: feature {number} {reason}", path=path)

    if kind not in ("Polygon", "MultiPolygon"):
        refuse(f"is a {str(kind)[:40] if kind else 'feature without geometry'}; expected Polygon or MultiPolygon.")
    try:
        polygons = [
            tuple(np.asarray(ring, dtype=float)[:, :2] for ring in polygon)
            for polygon in cast(Any, [coordinates] if kind == "Polygon" else coordinates)
        ]
        sound = bool(polygons) and all(polygon and all(map(_is_ring, polygon)) for polygon in polygons)
    except (TypeError, ValueError, IndexError, OverflowError):
        sound = False
    if not sound:
        refuse("has rings that are no lists of four or more coordinates.")
    if any((np.abs(ring) > (360.0, 90.0)).any() for polygon in polygons for ring in polygon):
        refuse(
            "has coordinates outside 180 degrees of longitude and 90 of latitude; convert the file to WGS 84 degrees,"
            " longitude first."
        )
    made = []
    for polygon in polygons:
        joined = [
            _joined_at_antimeridian(np.concatenate([ring, ring[:1]]) if (ring[0] != ring[-1]).any() else ring)
            for ring in polygon
        ]
        whole = [ring for ring in joined if ring is not None]
        if len(whole) < len(joined):
            refuse("has an outline that goes round a pole; cut it at 180 degrees of longitude.")
        made += _in_the_map(whole)
    return made


def _is_ring(ring: np.ndarray) -> bool:
    return ring.ndim == 2 and ring.shape[1] == 2 and len(ring) >= 4 and bool(np.isfinite(ring).all())


def _joined_at_antimeridian(ring: Ring, *, flat: bool = True) -> Ring | None:
    """Return a ring whose steps go the short way round, so that its longitudes may pass 180; None if it goes round a
    pole.

    Steps along a pole are as they were drawn, and where the map is ``flat`` those from -180 to 180 too.
    """
    step = np.diff(ring[:, 0])
    if not (np.abs(step) > 180).any():
        return ring
    ends = np.abs(ring)
    edge = (ends[:-1, 1] >= 89.9) & (ends[1:, 1] >= 89.9)
    if flat:
        edge |= (ends[:-1, 0] == 180) & (ends[1:, 0] == 180)
    turns = np.where((np.abs(step) > 180) & ~edge, -360.0 * np.sign(step), 0.0)
    if not turns.any():
        return ring
    moved = ring.copy()
    moved[1:, 0] += np.cumsum(turns)
    return moved if np.isclose(moved[0, 0], moved[-1, 0]) else None


def _in_the_map(rings: list[Ring]) -> list[tuple[Ring, ...]]:
    """Return a polygon, and where it reaches over the antimeridian its copies as seen from the other side."""
    outline = rings[0]
    west, east = outline[:, 0].min(), outline[:, 0].max()
    if len(rings) == 1 and -180 <= west < east <= 180:
        return [(outline,)]
    # A hole belongs to the copy of the outline that it lies in.
    moved = []
    for ring in rings:
        turns = np.round((outline[:, 0].mean() - ring[:, 0].mean()) / 360.0)
        moved.append(np.add(ring, (360.0 * turns, 0.0)))
    shifts = [shift for shift in (-360.0, 0.0, 360.0) if west + shift < 180.0 and east + shift > -180.0]
    return [tuple(np.add(ring, (shift, 0.0)) for ring in moved) for shift in shifts]


def _distinct(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the different places, shape (n, 2), and which of them each place is."""
    places = np.column_stack([np.asarray(longitude, dtype=float), np.asarray(latitude, dtype=float)])
    distinct, back = np.unique(places, axis=0, return_inverse=True)
    return distinct, back.ravel()


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
    # On arcs of a few kilometres the chord through the sphere and the arc part by metres at most; the foot is put back
    # on it.
    foot = start + np.clip(share, 0, 1)[..., None] * along
    foot = foot / np.linalg.norm(foot, axis=-1, keepdims=True)
    return np.linalg.norm(place - foot, axis=-1)
