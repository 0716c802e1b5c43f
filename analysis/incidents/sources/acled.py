"""ACLED exports: the current 31 columns, and the older form that HDX ships with its row of HXL tags.

ACLED's first actor is not always the one who attacked: in battles the order says nothing, so roles there are assumed.

Raleigh, Kishi & Linke 2023, Humanities and Social Sciences Communications 10:74; ACLED Codebook.
"""

from analysis.incidents.actors import Actors
from analysis.incidents.cells import Cells, Coded

NAME = "acled"
KNOWN_BY = ("event_id_cnty", "event_date", "event_type", "actor1", "country")
TEXTS = (
    "event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "actor1", "inter1", "actor2", "inter2",
    "civilian_targeting", "iso", "iso3", "country", "admin1", "admin2", "location", "geo_precision", "source",
)  # fmt: skip
NUMBERS = ("latitude", "longitude", "fatalities")
DATE_PRECISION = {"1": "day", "2": "week", "3": "month"}
GEO_PRECISION = {"1": "exact", "2": "near", "3": "admin1"}
KIND = {"protests": "demonstration", "riots": "demonstration", "strategic developments": "other"}
# Codes as ACLED wrote them until 2024, and the words it has written since.
ACTOR_TYPE = {
    "1": "state", "state forces": "state", "2": "rebel", "rebel group": "rebel", "rebel groups": "rebel", "3": "militia",
    "political militia": "militia", "political militias": "militia", "4": "militia", "identity militia": "militia",
    "identity militias": "militia", "5": "demonstrators", "rioters": "demonstrators", "6": "demonstrators",
    "protesters": "demonstrators", "7": "civilians", "civilians": "civilians", "8": "external",
    "external/other forces": "external", "other forces": "external", "0": "unknown",
}  # fmt: skip
TARGET_GROUP = {
    "state": "security_forces", "external": "security_forces", "rebel": "armed_group", "militia": "armed_group",
    "civilians": "civilians", "demonstrators": "civilians",
}  # fmt: skip


def read(cells: Cells, actors: Actors) -> dict[str, object]:
    """Return canonical columns."""
    n = len(cells)
    country, country_name = cells.country("country", number="iso", kind="iso")
    latitude, longitude = cells.coordinates("latitude", "longitude")
    attacker, target = cells.text("actor1"), cells.text("actor2")
    event_type = cells.text("event_type")
    coded = cells.code("inter1", ACTOR_TYPE, missing="unknown")
    known = attacker.map(lambda name: actors.type(name))
    target_kind = cells.code("inter2", ACTOR_TYPE)
    group = target_kind.map(TARGET_GROUP.get)
    on_civilians = event_type.test(lambda name: name.casefold() == "violence against civilians")
    battle = event_type.test(lambda name: name.casefold() == "battles")
    return {
        "incident_id": cells.ids("event_id_cnty"),
        "date_start": cells.days("event_date", required=True),
        "date_precision": cells.code("time_precision", DATE_PRECISION, missing="unstated"),
        "country": country,
        "country_name": country_name,
        "admin1": cells.text("admin1"),
        "admin2": cells.text("admin2"),
        "locality": cells.text("location"),
        "latitude": latitude,
        "longitude": longitude,
        "geo_precision": cells.code("geo_precision", GEO_PRECISION, missing="unstated"),
        "attacker": attacker.map(actors.name),
        "attacker_type": known.where(~known.missing, coded),
        "target_actor": target,
        "target_type": target_kind,
        "target_group": Coded.constant("civilians", n).where(on_civilians, group),
        "tactic": cells.text("sub_event_type"),
        "role_basis": Coded.constant("assumed", n).where(battle, Coded.constant("stated", n)),
        "incident_kind": event_type.map(lambda name: KIND.get(name.casefold(), "attack")),
        "fatalities_best": cells.deaths("fatalities"),
        "n_sources": cells.text("source").map(lambda value: str(value.count(";") + 1)),
    }
