"""Makes the example table: two made-up countries, four years, and events whose story is known because it was planted.

Run it as ``python data/example/make.py``; it writes ``incidents.csv``, ``truth.csv``, ``countries.topojson`` and
``regions.geojson`` beside itself, the same bytes each time. README.md says what is planted. Only ``Random.random()`` is
drawn from, whose numbers are the same in every version of Python.
"""

import csv
import json
import math
import sys
from datetime import date, timedelta
from pathlib import Path
from random import Random

SEED = 14
FIRST, LAST = date(2021, 1, 1), date(2024, 12, 31)
DAYS_PER_MONTH = 365.25 / 12
CODES = {"Ardovia": "XZA", "Belmora": "XZB"}
MARK = "(made up)"
STATE = {country: f"Military Forces of {country}" for country in CODES}

# --- the land: an island in the empty South Atlantic, so that no real place lies in it --------------------------------

NODES = {
    "A0": (-24.0, -30.5), "A1": (-22.0, -30.0), "A2": (-20.0, -30.2), "A3": (-18.2, -30.8),
    "B0": (-24.4, -32.3), "B1": (-22.1, -32.2), "B2": (-20.1, -32.1), "B3": (-17.8, -32.4),
    "C0": (-23.6, -34.1), "C1": (-21.9, -34.3), "C2": (-20.0, -34.1), "C3": (-17.7, -34.0),
    "D1": (-21.5, -35.8), "D2": (-19.8, -36.1), "D3": (-17.6, -35.7),
}  # fmt: skip
REGIONS = {
    "Norrin": ("Ardovia", "A0 A1 B1 B0"),
    "Velmark": ("Ardovia", "A1 A2 B2 B1"),
    "Osthal": ("Ardovia", "A2 A3 B3 B2"),
    "Karsey": ("Ardovia", "B0 B1 C1 C0"),
    "Suldane": ("Ardovia", "B1 B2 C2 C1"),
    "Tavrin": ("Ardovia", "B2 B3 C3 C2"),
    "Lower Belm": ("Belmora", "C1 C2 D2 D1"),
    "Port Belm": ("Belmora", "C2 C3 D3 D2"),
}
TOWNS = {
    "Norrin": ("Halvik", "Dunmere", "Orrest", "Skarn", "Tolby"),
    "Velmark": ("Velstad", "Crannoth", "Imber", "Ruskel", "Ashmoor"),
    "Osthal": ("Ostrel", "Quenby", "Lathos", "Merrow", "Pallin"),
    "Karsey": ("Kars", "Fennick", "Wexlow", "Dorvan", "Silt"),
    "Suldane": ("Suld", "Harrowin", "Eskle", "Norbeck", "Tamsin"),
    "Tavrin": ("Tavar", "Glasholm", "Brannet", "Ulver", "Cors"),
    "Lower Belm": ("Belmouth", "Rathen", "Yarlow"),
    "Port Belm": ("Port Belm", "Sandrey", "Kelm"),
}

# --- the story: attacks a month by region, group and day --------------------------------------------------------------

GREY, MOOR, RIVER, SOUTH, LANTERN, RED = (
    "Grey Banner", "Moor League", "River Front", "Southern Guard", "Lantern Society", "Red Column",
)  # fmt: skip
INTER = dict.fromkeys((GREY, RIVER, SOUTH, RED), "Rebel group") | dict.fromkeys((MOOR, LANTERN), "Political militia")
EVENLY = (MOOR,)  # whose attacks come at even distances, so that its slow rise is no string of lucky months
SUDDEN, LULL, LULL_ENDS, SHIFT = date(2024, 10, 28), date(2022, 9, 1), date(2023, 4, 1), date(2024, 7, 1)
# The day of each coordinated wave of the Red Column, and how many towns of which regions it struck.
WAVES = (
    (date(2021, 3, 20), 3, ("Norrin",)),
    (date(2021, 6, 12), 3, ("Karsey",)),
    (date(2021, 11, 6), 4, ("Norrin", "Karsey")),
    (date(2022, 2, 5), 3, ("Norrin", "Karsey")),
    (date(2022, 7, 16), 3, ("Karsey",)),
    (date(2022, 12, 3), 3, ("Norrin",)),
    (date(2023, 5, 20), 4, ("Norrin", "Karsey")),
    (date(2023, 10, 14), 3, ("Karsey",)),
    (date(2024, 3, 9), 3, ("Norrin",)),
    (date(2024, 8, 17), 3, ("Karsey",)),
    (date(2024, 12, 7), 6, ("Norrin", "Karsey")),
    (date(2024, 12, 14), 3, ("Karsey",)),
    (date(2024, 12, 26), 4, ("Norrin", "Karsey")),
)


def attacks_a_month(region: str, group: str, day: date) -> float:
    """Return the planted rate."""
    along = (day - FIRST).days / (LAST - FIRST).days
    match region, group:
        case "Velmark", "Moor League":  # the slow rise: nearly twice as many after four years
            return 4.0 * 1.85**along
        case "Norrin", "Grey Banner":
            return 2.5
        case "Osthal", "River Front":  # the lull: seven months almost without attacks
            return 0.3 if LULL <= day < LULL_ENDS else 4.5
        case "Tavrin", "Southern Guard":  # the sudden rise: from one day to the next ten times as many
            return 14.0 if day >= SUDDEN else 1.4
        case "Karsey", "Lantern Society":  # the shift of area: from the west ...
            return 0.4 if day >= SHIFT else 4.5
        case ("Lower Belm" | "Port Belm"), "Lantern Society":  # ... over the border to the south-east
            return 5.0 if day >= SHIFT else 0.15
        case "Suldane", "Lantern Society":
            return 0.5
        case "Karsey", "Red Column":
            return 0.3
    return 0.0


TRUTH = (
    ("slow rise", "admin1", "Velmark", FIRST, LAST, "rising", "4 attacks a month grow to 7.4 over four years"),
    ("lull", "admin1", "Osthal", LULL, LULL_ENDS, "falling", "4.5 attacks a month fall to 0.3, for seven months"),
    ("sudden rise", "admin1", "Tavrin", SUDDEN, LAST, "rising", "1.4 attacks a month become 14 from one day to the next"),
    ("shift of area", "attacker", LANTERN, SHIFT, LAST, "south-east", "attacks move from Karsey to Belmora"),
    *(
        ("wave", "attacker", RED, day, day, str(n), f"{n} towns of {' and '.join(regions)} struck on one day")
        for day, n, regions in WAVES
    ),
    ("steady", "attacker", GREY, FIRST, LAST, "no change", "2.5 attacks a month all the time"),
)  # fmt: skip

COLUMNS = (
    "event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "actor1", "inter1", "actor2", "inter2",
    "civilian_targeting", "country", "admin1", "location", "latitude", "longitude", "geo_precision", "source", "fatalities",
    "made_up",
)  # fmt: skip
KINDS = (
    (0.45, "Battles", "Armed clash"),
    (0.72, "Explosions/Remote violence", "Remote explosive/landmine/IED"),
    (1.0, "Violence against civilians", "Attack"),
)


def main(folder: Path) -> None:
    """Write the four files."""
    random = Random(SEED)
    arcs, cycles = draw_arcs(random)
    towns = place_towns(random)
    rows = sorted((*background(random, towns), *waves(random, towns), *protests(random, towns)))
    numbered = [(f"{CODES[row[9]]}{number:05d}", *row[:9], f"{row[9]} {MARK}", *row[10:], "yes") for number, row in enumerate(rows, 1)]
    write_csv(folder / "incidents.csv", COLUMNS, numbered)
    write_csv(folder / "truth.csv", ("planted", "selects_by", "selected", "first_day", "last_day", "expected", "what"), TRUTH)
    write_json(folder / "countries.topojson", countries(arcs, cycles))
    write_json(folder / "regions.geojson", regions(arcs, cycles))


def background(random: Random, towns: dict):
    """Yield the attacks that come one by one, day by day."""
    due = dict.fromkeys(EVENLY, 0.5)
    for offset in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(offset)
        for region, (country, _) in REGIONS.items():
            for group in INTER:
                rate = attacks_a_month(region, group, day) / DAYS_PER_MONTH
                if group in EVENLY:
                    before, due[group] = due[group], due[group] + rate
                    number = int(due[group]) - int(before)
                else:
                    number = poisson(random, rate)
                for _ in range(number):
                    yield attack(random, day, group, country, region, pick(random, towns[region]), mean_deaths=2.2)


def waves(random: Random, towns: dict):
    """Yield the attacks of each coordinated wave: other towns on one day."""
    for day, n, where in WAVES:
        open_to = [(region, town) for region in where for town in towns[region]]
        for _ in range(n):
            region, town = open_to.pop(int(random.random() * len(open_to)))
            yield attack(random, day, RED, "Ardovia", region, town, mean_deaths=7.0, kind=KINDS[0])


def attack(random, day, group, country, region, town, *, mean_deaths, kind=None):
    """Return one attack's row."""
    draw = random.random()
    _, event_type, sub_event = kind or next(one for one in KINDS if draw < one[0])
    on_civilians = event_type == "Violence against civilians"
    target, inter = (f"Civilians ({country})", "Civilians") if on_civilians else (STATE[country], "State forces")
    deaths = poisson(random, mean_deaths * -math.log(1 - random.random()))
    name, longitude, latitude = town
    rough = random.random() < 0.12
    scatter = 0.15 if rough else 0.03
    return (
        day.isoformat(), 1, event_type, sub_event, group, INTER[group], target, inter, "Civilian targeting" if on_civilians else "",
        country, region, name, f"{latitude + scatter * (random.random() - 0.5):.3f}",
        f"{longitude + scatter * (random.random() - 0.5):.3f}", 2 if rough else 1, f"Made-up source {1 + int(random.random() * 4)}", deaths,
    )  # fmt: skip


def protests(random: Random, towns: dict):
    """Yield demonstrations, which are no attacks."""
    for offset in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(offset)
        for _ in range(poisson(random, 1.5 / DAYS_PER_MONTH)):
            region = pick(random, [name for name, (country, _) in REGIONS.items() if country == "Ardovia"])
            name, longitude, latitude = pick(random, towns[region])
            yield (
                day.isoformat(), 1, "Protests", "Peaceful protest", "Protesters (Ardovia)", "Protesters", "", "", "", "Ardovia",
                region, name, f"{latitude:.3f}", f"{longitude:.3f}", 1, "Made-up source 1", 0,
            )  # fmt: skip


def draw_arcs(random: Random) -> tuple[list, dict]:
    """Return each border or coast between two nodes as a jagged line, and each region as a ring of such lines."""
    arcs, numbers, cycles = [], {}, {}
    for region, (_, corners) in REGIONS.items():
        names = corners.split()
        cycles[region] = []
        for start, end in zip(names, names[1:] + names[:1]):
            if (end, start) in numbers:
                cycles[region].append(~numbers[end, start])
                continue
            numbers[start, end] = len(arcs)
            cycles[region].append(len(arcs))
            arcs.append(jagged(random, NODES[start], NODES[end], depth=5, roughness=0.16))
    return arcs, cycles


def jagged(random: Random, start: tuple, end: tuple, *, depth: int, roughness: float) -> list:
    """Return a line whose middle is moved aside, again and again."""
    if depth == 0:
        return [start, end]
    aside = (random.random() - 0.5) * 2 * roughness
    middle = (
        (start[0] + end[0]) / 2 - aside * (end[1] - start[1]),
        (start[1] + end[1]) / 2 + aside * (end[0] - start[0]),
    )
    halves = [jagged(random, *ends, depth=depth - 1, roughness=roughness) for ends in ((start, middle), (middle, end))]
    return halves[0] + halves[1][1:]


def place_towns(random: Random) -> dict:
    """Return each region's towns with their places, well inside it."""
    placed = {}
    for region, (_, corners) in REGIONS.items():
        nodes = [NODES[name] for name in corners.split()]
        placed[region] = []
        for town in TOWNS[region]:
            across, along = (0.2 + 0.6 * random.random() for _ in range(2))
            top, bottom = (
                tuple(a + across * (b - a) for a, b in zip(*ends))
                for ends in ((nodes[0], nodes[1]), (nodes[3], nodes[2]))
            )
            longitude, latitude = (a + along * (b - a) for a, b in zip(top, bottom))
            placed[region].append((town, longitude, latitude))
    return placed


def countries(arcs: list, cycles: dict) -> dict:
    """Return the countries and their sea coast as TopoJSON, in the form of the countries that ship with the package."""
    owners = [[region for region, ring in cycles.items() if number in ring or ~number in ring] for number in range(len(arcs))]
    geometries, coast = [], [number for number, who in enumerate(owners) if len(who) == 1]
    for country, code in CODES.items():
        mine = [number for region, ring in cycles.items() if REGIONS[region][0] == country for number in ring]
        geometries.append({"type": "MultiPolygon", "id": code, "arcs": [[ring_of(arcs, [n for n in mine if ~n not in mine])]]})
    steps = [[round((value - low) / scale) for value, low, scale in zip(point, SHIFT_OF, SCALE)] for arc in arcs for point in arc]
    quantised, at = [], 0
    for arc in arcs:
        points, at = steps[at : at + len(arc)], at + len(arc)
        quantised.append([points[0], *([b[0] - a[0], b[1] - a[1]] for a, b in zip(points, points[1:]))])
    return {
        "type": "Topology", "transform": {"scale": SCALE, "translate": SHIFT_OF}, "arcs": quantised,
        "objects": {
            "countries": {"type": "GeometryCollection", "geometries": geometries},
            "sea_coast": {"type": "MultiLineString", "arcs": [[number] for number in coast]},
        },
    }  # fmt: skip


SCALE, SHIFT_OF = [0.001, 0.001], [-25.0, -37.0]


def ring_of(arcs: list, numbers: list) -> list:
    """Return lines in the order in which each begins where the one before ends."""
    ends = {number: (arcs[number][0], arcs[number][-1]) if number >= 0 else (arcs[~number][-1], arcs[~number][0]) for number in numbers}
    ring = [numbers[0]]
    while len(ring) < len(numbers):
        ring.append(next(number for number in numbers if ends[number][0] == ends[ring[-1]][1] and number not in ring))
    return ring


def regions(arcs: list, cycles: dict) -> dict:
    """Return the first-order units as GeoJSON, for ``--boundaries``."""
    features = []
    for region, ring in cycles.items():
        points = [point for number in ring for point in (arcs[number] if number >= 0 else arcs[~number][::-1])[:-1]]
        outline = [[round(x, 3), round(y, 3)] for x, y in [*points, points[0]]]
        country = REGIONS[region][0]
        features.append(
            {
                "type": "Feature",
                "properties": {"admin1": region, "country": CODES[country], "note": "made up"},
                "geometry": {"type": "Polygon", "coordinates": [outline]},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def poisson(random: Random, mean: float) -> int:
    """Return a Poisson number, by counting waits."""
    number, rest = 0, math.exp(-mean) if mean < 700 else 0.0
    product = random.random()
    while product > rest:
        number, product = number + 1, product * random.random()
    return number


def pick(random: Random, options):
    """Return one of the options."""
    return options[int(random.random() * len(options))]


def write_csv(path: Path, header: tuple, rows) -> None:
    """Write a table with the line ends of RFC 4180."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def write_json(path: Path, document: dict) -> None:
    """Write a document on one line."""
    path.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
