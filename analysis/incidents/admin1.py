"""First-order units of every country: where they lie, and which of them a table's name means.

The shapes ship with the package (``data/boundaries/README.md`` says whose lines they are, and of when). Publishers
write one unit in many ways, and units are divided after a map is drawn: rules take off case, accents and the word for
the kind of unit, names that the source of the shapes gives and a table of aliases do the rest, and a name that fits
nothing is told, never dropped.
"""

import csv
import gzip
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely

from analysis.incidents.boundaries import arcs_of, ring_of
from analysis.incidents.places import find_iso3, fold
from analysis.resources import resource

ADMIN1 = "data/boundaries/admin1.topojson.gz"
ALIASES = "data/boundaries/admin1_aliases.csv"
MADE_UP_UNITS = "data/example/regions.geojson"
# How a name relates to the shape it is put to: it is that unit, or a later or smaller one inside it.
SAME, PART = "same", "part"

_KINDS = (
    "region|regions|province|state|states|governorate|wilaya|wilayat|wilayah|department|departement|district|"
    "division|county|prefecture|oblast|krai|kray|republic|zone|territory|municipality|metropolitan area|"
    "capital territory|union territory|union|independent city|city|administrative area|voivodeship|canton|parish|"
    "emirate|muhafazat|muhafazah|gouvernorat|etat|cercle|commune|autonomous|federal"
)
_KIND_LAST = re.compile(rf"(?<=.)[\s,-]+(?:(?:{_KINDS})\b\s*)+$")
_KIND_FIRST = re.compile(
    rf"^(?:the )?(?:(?:{_KINDS})\s)+(?:(?:of|de la|de l|du|des|de|d)\s)?(?:(?:the|la|les|le|l)\s)?(?=.)"
)
_ARTICLE = re.compile(r"^(?:al|ad|ar|as|ash|an|at|az|el|es|le|la|les|the)[\s-]+(?=..)")
_DIRECTION = re.compile(r"\b(north|south|east|west)ern\b")


@dataclass(frozen=True, eq=False)
class Admin1:
    """The first-order units of one country."""

    code: str  # ISO3 of the country
    names: tuple[str, ...]  # as the file of shapes writes them
    shapes: np.ndarray  # one for each name, in degrees


@dataclass(frozen=True)
class Match:
    """Which unit of the map a name means."""

    unit: str  # its name on the map; "" where the name fits none
    relation: str  # ``same``, ``part`` (the name is of a unit inside it, which the map does not hold), or ""
    # ISO3 of the country that the map puts the unit in, which may be another than the publisher's; "" where it fits
    # none.
    country: str = ""


NO_MATCH = Match("", "")


@lru_cache(maxsize=1)
def _document() -> tuple[tuple[np.ndarray, ...], dict[str, list[dict]]]:
    document = json.loads(gzip.decompress(resource(ADMIN1).read_bytes()))
    arcs = arcs_of(document)
    by_code: dict[str, list[dict]] = {}
    for unit in document["objects"]["admin1"]["geometries"]:
        by_code.setdefault(unit["id"], []).append(unit)
    for feature in json.loads(resource(MADE_UP_UNITS).read_text(encoding="utf-8"))["features"]:
        code, name = feature["properties"]["country"], feature["properties"]["admin1"]
        arcs.append(np.array(feature["geometry"]["coordinates"][0]))
        by_code.setdefault(code, []).append({"properties": {"name": name}, "arcs": [[[len(arcs) - 1]]]})
    return tuple(arcs), by_code


def admin1_codes() -> tuple[str, ...]:
    """Return the ISO3 codes of the countries whose first-order units ship with the package."""
    return tuple(_document()[1])


@lru_cache(maxsize=64)
def load_admin1(code: str) -> Admin1:
    """Load one country's first-order units; none where the file does not hold the country."""
    arcs, by_code = _document()
    units = by_code.get(code, [])
    shapes = [
        shapely.MultiPolygon(
            [
                shapely.Polygon(ring_of(arcs, rings[0]), [ring_of(arcs, hole) for hole in rings[1:]])
                for rings in unit["arcs"]
            ]
        )
        for unit in units
    ]
    # Rounding to the grid can make a line touch itself; mended, every shape can be cut and joined.
    mended = [shape if shape.is_valid else shapely.make_valid(shape, method="structure") for shape in shapes]
    return Admin1(code, tuple(unit["properties"]["name"] for unit in units), np.array(mended, dtype=object))


@lru_cache(maxsize=1 << 16)
def match_admin1(code: str, name: str) -> Match:
    """Return which first-order unit of a country (ISO3) a name means, as a publisher writes it: ``Mopti region``,
    ``Région de Mopti``, ``Mopti``."""
    known = _known(code)
    return next((known[key] for key in _keys(name) if key in known), NO_MATCH)


def match_among(units: Iterable[str], name: str, *, country: str = "") -> Match:
    """Return which of some units, named as a user's file names them, a name means: by the same rules, or as another
    name of the same unit of a ``country``."""
    units = tuple(units)
    found = NO_MATCH
    for known in (_known_among(_told_to_be_of(units, country)), _known_among(units)):
        found = found if found.unit else next((known[key] for key in _keys(name) if key in known), NO_MATCH)
    meant = match_admin1(country, name) if country and not found.unit else NO_MATCH
    return _other_names(units, meant.country).get(meant.unit, NO_MATCH) if meant.relation == SAME else found


@lru_cache(maxsize=64)
def _told_to_be_of(units: tuple[str, ...], country: str) -> tuple[str, ...]:
    """Return the units that name a country in brackets behind their names: ``Est (Burkina Faso)``."""
    bracketed = ((unit, re.search(r"\(([^()]+)\)$", unit)) for unit in units)
    return tuple(unit for unit, inside in bracketed if inside and find_iso3(inside[1]) == country)


@lru_cache(maxsize=64)
def _known_among(units: tuple[str, ...]) -> dict[str, Match]:
    return _meanings([[(unit, Match(unit, SAME)) for unit in units]])


@lru_cache(maxsize=64)
def _other_names(units: tuple[str, ...], country: str) -> dict[str, Match]:
    """Return what a user's file calls the first-order units of a country that one of its names means."""
    meant: dict[str, list[str]] = {}
    for unit in units:
        match = match_admin1(country, unit)
        if match.relation == SAME and match.country == country:
            meant.setdefault(match.unit, []).append(unit)
    return {unit: Match(called[0], SAME) for unit, called in meant.items() if len(called) == 1}


@lru_cache(maxsize=256)
def _known(code: str) -> dict[str, Match]:
    """Return what each spelling of a country's units means."""
    units = _document()[1].get(code, [])
    names = [unit["properties"]["name"] for unit in units]
    layers = [
        [(name, Match(name, SAME, code)) for name in names],
        _aliases().get(code, []),
        [
            (other, Match(unit["properties"]["name"], SAME, code))
            for unit in units
            for other in unit["properties"].get("names", [])
        ],
        [
            (part, Match(unit["properties"]["name"], PART, code))
            for unit in units
            for part in unit["properties"].get("parts", [])
        ],
    ]
    return _meanings(layers)


def _meanings(layers: Sequence[list[tuple[str, Match]]]) -> dict[str, Match]:
    """Return what each spelling means, earlier layers first; a spelling that means two units of one layer means neither
    there."""
    known: dict[str, Match] = {}
    for layer in layers:
        for place in range(4):  # the plainest spelling of every unit goes before the freer ones of any
            found: dict[str, set[Match]] = {}
            for spelled, match in layer:
                keys = _keys(spelled)
                if place < len(keys):
                    found.setdefault(keys[place], set()).add(match)
            for key, matches in found.items():
                if len(matches) == 1:
                    known.setdefault(key, *matches)
    return known


def _keys(name: str) -> list[str]:
    """Return the forms in which a name is compared, the strictest first."""
    plain = re.sub(r"\([^)]*\)", " ", fold(name).replace("&", " and "))
    plain = " ".join(re.sub(r"[^\w\s-]", " " if "'" not in plain else "", plain).replace("_", " ").split())
    bare = _KIND_FIRST.sub("", _KIND_LAST.sub("", plain)) or plain
    loose = _ARTICLE.sub("", bare)
    turned = _DIRECTION.sub(r"\1", loose)
    return list(dict.fromkeys(re.sub(r"[\W_]", "", form) for form in (plain, bare, loose, turned)))


@lru_cache(maxsize=1)
def _aliases() -> dict[str, list[tuple[str, Match]]]:
    aliases: dict[str, list[tuple[str, Match]]] = {}
    with resource(ALIASES).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            match = Match(row["unit"], row["relation"], row["unit_iso3"] or row["iso3"]) if row["unit"] else NO_MATCH
            aliases.setdefault(row["iso3"], []).append((row["name"], match))
    return aliases


@lru_cache(maxsize=64)
def country_shape(code: str) -> shapely.Geometry:
    """Return the outline of one country, all its first-order units put together; empty where the file does not hold
    it."""
    shapes = load_admin1(code).shapes
    return shapely.unary_union(shapes) if len(shapes) else shapely.MultiPolygon()


@lru_cache(maxsize=1)
def _boxes() -> dict[str, np.ndarray]:
    """Return west, south, east and north of every country's outline."""
    arcs, by_code = _document()
    found = {}
    for code, units in by_code.items():
        numbers = {
            number if number >= 0 else ~number
            for unit in units
            for rings in unit["arcs"]
            for ring in rings
            for number in ring
        }
        points = np.concatenate([arcs[number] for number in numbers])
        found[code] = np.concatenate([points.min(axis=0), points.max(axis=0)])
    return found


def countries_near(west: float, south: float, east: float, north: float) -> tuple[str, ...]:
    """Return the countries whose bounding box meets another, all in degrees."""
    return tuple(
        code
        for code, box in _boxes().items()
        if box[0] <= east and box[2] >= west and box[1] <= north and box[3] >= south
    )


def locate_admin1(code: str, longitude: np.ndarray, latitude: np.ndarray, *, within: float = 0.3) -> np.ndarray:
    """Return the position of the unit that each place lies in, or is nearest to by at most ``within`` degrees; -1 for
    none.

    Lines are coarse: a border town may lie a little outside its own country.

    Parameters
    ----------
    longitude, latitude
        Degrees, of one shape (n,); a missing coordinate lies in none.
    """
    shapes = load_admin1(code).shapes
    found = np.full(len(longitude), -1)
    known = np.flatnonzero(np.isfinite(longitude) & np.isfinite(latitude))
    if not len(shapes) or not known.size:
        return found
    distinct, back = np.unique(np.column_stack([longitude[known], latitude[known]]), axis=0, return_inverse=True)
    points, tree = shapely.points(distinct), shapely.STRtree(shapes)
    unit = np.full(len(distinct), -1)
    inside = tree.query(points, predicate="intersects")[
        :, ::-1
    ]  # of two that share the place the first is written last
    unit[inside[0]] = inside[1]
    outside = np.flatnonzero(unit < 0)
    near = tree.query_nearest(points[outside], max_distance=within, all_matches=False)
    unit[outside[near[0]]] = near[1]
    found[known] = unit[back.ravel()]
    return found
