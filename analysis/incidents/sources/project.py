"""The project's own format, as in ``data/sahel/``: one row per attack and place, every field as coded by hand."""

from analysis.incidents.actors import Actors
from analysis.incidents.canonical import DATE_PRECISIONS, GEO_PRECISIONS
from analysis.incidents.cells import Cells, Coded
from analysis.incidents.sources import Publisher
from analysis.language import message

KNOWN_BY = ("incident_id", "date_start", "country", "attacker", "target_type")
TEXTS = (
    "incident_id", "date_start", "date_end", "date_precision", "country", "admin1", "admin2", "locality",
    "geo_precision",
    "attacker", "target_actor", "target_type", "tactic", "reported_wave", "sources", "verified",
)  # fmt: skip
NUMBERS = ("latitude", "longitude", "fatalities_low", "fatalities_best", "fatalities_high")
TARGET_GROUPS = {
    "civilian": "civilians",
    "civilians": "civilians",
    "other": "other",
    "infrastructure": "infrastructure",
}


def read(cells: Cells, actors: Actors) -> dict[str, object]:
    """Return canonical columns."""
    n = len(cells)
    country, country_name = cells.country("country")
    latitude, longitude = cells.coordinates("latitude", "longitude")
    actor_a, actor_b = cells.text("attacker"), cells.text("target_actor")
    attacker = actor_a.map(actors.somebody)
    target_type = cells.text("target_type")
    return {
        "incident_id": cells.ids("incident_id"),
        "date_start": cells.days("date_start", required=True),
        "date_end": cells.days("date_end"),
        "date_precision": cells.code("date_precision", {name: name for name in DATE_PRECISIONS}, missing="unstated"),
        "country": country,
        "country_name": country_name,
        "admin1": cells.text("admin1"),
        "admin2": cells.text("admin2"),
        "locality": cells.text("locality"),
        "latitude": latitude,
        "longitude": longitude,
        "geo_precision": cells.code("geo_precision", {name: name for name in GEO_PRECISIONS}, missing="unstated"),
        "attacker": attacker,
        "attacker_type": attacker.map(lambda name: actors.type(name) or "unknown"),
        "target_actor": actor_b.map(actors.name),
        "actor_a": actor_a.map(actors.name),
        "actor_b": actor_b.map(actors.name),
        "target_type": target_type,
        "target_group": target_type.map(lambda name: TARGET_GROUPS.get(name, "security_forces")),
        "tactic": cells.text("tactic"),
        "role_basis": Coded.constant("stated", n).where(~attacker.missing, Coded.constant("unstated", n)),
        "fatalities_low": cells.deaths("fatalities_low"),
        "fatalities_best": cells.deaths("fatalities_best"),
        "fatalities_high": cells.deaths("fatalities_high"),
        "n_sources": cells.text("sources").map(lambda value: str(value.count(";") + 1)),
        "verified": cells.flag("verified") if "verified" in cells else None,
        "reported_wave": cells.text("reported_wave"),
    }


PUBLISHERS = (
    Publisher(
        name="project",
        title=message("incident table hand-coded from public reporting"),
        records=message("The table is coded by hand from public reports."),
        known_by=KNOWN_BY,
        texts=TEXTS,
        numbers=NUMBERS,
        read=read,
        files_beside=True,
    ),
)
