"""ACLED exports: the current 31 columns, those of versions 1 to 8, and the form that HDX ships with its row of HXL
tags.

ACLED's first actor is not always the one who attacked: in battles the order says nothing, so roles there are assumed.
Battles, explosions and remote violence, and violence against civilians are attacks; demonstrations and strategic
developments are not.

Raleigh, Kishi & Linke 2023, Humanities and Social Sciences Communications 10:74; ACLED Codebook.
"""

import numpy as np

from analysis.incidents.actors import Actors
from analysis.incidents.cells import Cells, Coded
from analysis.incidents.kinds import acled_kind
from analysis.incidents.sources import Publisher
from analysis.language import message, say

KNOWN_BY = ("event_id_cnty", "event_date", "event_type", "actor1", "country")
TEXTS = (
    "event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "actor1", "inter1", "actor2",
    "inter2",
    "civilian_targeting", "iso", "iso3", "country", "admin1", "admin2", "location", "geo_precision", "source",
)  # fmt: skip
NUMBERS = ("latitude", "longitude", "fatalities")
DATE_PRECISION = {"1": "day", "2": "week", "3": "month"}
GEO_PRECISION = {"1": "exact", "2": "near", "3": "admin1"}
ALIASES = {
    "geo_precis": "geo_precision", "time_precis": "time_precision", "ally_actor_1": "assoc_actor_1",
    "ally_actor_2": "assoc_actor_2",
    "event_id_cn": "event_id_cnty", "sub_event_t": "sub_event_type",
}  # fmt: skip
# Codes as ACLED wrote them until 2024, and the words it has written since.
ACTOR_TYPE = {
    "1": "state", "state forces": "state", "2": "rebel", "rebel group": "rebel", "rebel groups": "rebel",
    "3": "militia",
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
    actor_a, actor_b = cells.text("actor1"), cells.text("actor2")
    attacker = actor_a.map(actors.somebody)
    event_type = cells.text("event_type")
    coded = cells.code("inter1", ACTOR_TYPE, missing="unknown")
    known = attacker.map(lambda name: actors.type(name))
    target_kind = cells.code("inter2", ACTOR_TYPE)
    group = target_kind.map(TARGET_GROUP.get)
    on_civilians = event_type.test(lambda name: name.casefold() == "violence against civilians")
    battle = event_type.test(lambda name: name.casefold().startswith("battle"))
    unknown = event_type.test(lambda name: acled_kind(name) is None)
    if unknown.any():
        words = ", ".join(sorted(set(event_type.at(np.flatnonzero(unknown)[:10_000])))[:3])
        cells.notes.append(
            say(
                "rows with an event type that ACLED is not known to use ({types}): {n}; they are not counted as "
                "attacks",
                n=int(unknown.sum()),
                types=words,
            )
        )
    basis = Coded.constant("assumed", n).where(battle, Coded.constant("stated", n))
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
        "attacker": attacker,
        "attacker_type": known.where(~known.missing, coded),
        "target_actor": actor_b.map(actors.name),
        "actor_a": actor_a.map(actors.name),
        "actor_b": actor_b.map(actors.name),
        "event_type": event_type,
        "sub_event_type": cells.text("sub_event_type"),
        "target_type": target_kind,
        "target_group": Coded.constant("civilians", n).where(on_civilians, group),
        "tactic": cells.text("sub_event_type"),
        "role_basis": basis.where(~attacker.missing, Coded.constant("unstated", n)),
        "incident_kind": event_type.map(lambda name: acled_kind(name) or "other"),
        "fatalities_best": cells.deaths("fatalities"),
        "n_sources": cells.text("source").map(lambda value: str(value.count(";") + 1)),
    }


PUBLISHERS = (
    Publisher(
        name="acled",
        title="ACLED",
        records=message("ACLED records political violence from news and local partners, and revises it weekly."),
        known_by=KNOWN_BY,
        texts=TEXTS,
        numbers=NUMBERS,
        aliases=ALIASES,
        date="event_date",
        page_rows=5_000,
        read=read,
    ),
)
