"""A plain table, its columns named by a mapping: ``date=when,country=land``. What is not mapped stays unsaid."""

import numpy as np

from analysis.incidents.actors import TOGETHER, Actors
from analysis.incidents.canonical import DATE_PRECISIONS, GEO_PRECISIONS, TARGET_GROUPS
from analysis.incidents.cells import Cells, Coded
from analysis.incidents.kinds import kind_of
from analysis.incidents.sources import Publisher
from analysis.language import message, say

# Short words that a mapping may use for canonical columns.
ALIASES = {
    "id": "incident_id", "date": "date_start", "start": "date_start", "end": "date_end", "precision": "date_precision",
    "lat": "latitude", "lon": "longitude", "lng": "longitude", "long": "longitude", "place": "locality",
    "city": "locality",
    "deaths": "fatalities_best", "fatalities": "fatalities_best", "killed": "fatalities_best",
    "deaths_low": "fatalities_low",
    "deaths_high": "fatalities_high", "actor": "attacker", "group": "attacker",
    "perpetrator": "attacker", "target": "target_actor",
    "type": "event_type", "kind": "event_type", "subtype": "sub_event_type",
    "count": "count", "events": "count", "number": "count", "updated": "timestamp", "version": "timestamp",
    "wave": "reported_wave", "region": "admin1", "province": "admin1", "district": "admin2",
}  # fmt: skip
# What a hint names.
OFTEN = ("date", "country", "attacker", "target", "deaths", "admin1", "place", "latitude", "longitude", "type", "id")
TEXTS = (
    "incident_id", "date_start", "date_end", "year", "month", "week", "day", "date_precision", "country", "admin1",
    "admin2", "locality", "geo_precision",
    "attacker", "target_actor", "target_type", "target_group", "event_type", "sub_event_type", "tactic",
    "reported_wave", "verified", "timestamp",
    # Read as text, since only as text 1.000 is not 1.
    "fatalities_low", "fatalities_best", "fatalities_high",
)  # fmt: skip
NUMBERS = ("latitude", "longitude", "n_sources")
NEEDED = ("date_start", "country")  # or, in place of a date, year, month and day


def read(cells: Cells, actors: Actors) -> dict[str, object]:
    """Return canonical columns."""
    n = len(cells)
    country, country_name = cells.country("country")
    first, last, precision = (
        cells.dated("date_start", required=True) if "date_start" in cells else cells.dated_in_parts()
    )
    stated = cells.code("date_precision", {name: name for name in DATE_PRECISIONS})
    rough = precision.codes > 0  # a month or a year says itself how well it is known
    latitude, longitude = cells.coordinates("latitude", "longitude")
    actor_a, actor_b = (_parties(cells, name, actors) for name in ("attacker", "target_actor"))
    attacker = actor_a.map(actors.somebody)
    event_type = cells.text("event_type")
    group = cells.code("target_group", {name: name for name in TARGET_GROUPS})
    names = "incident_id", "admin1", "admin2", "locality", "attacker", "event_type"
    cells.set_aside_totals(*names, placed=np.isfinite(latitude))
    return {
        "incident_id": cells.ids("incident_id") if "incident_id" in cells else None,
        "date_start": first,
        "date_end": cells.dated("date_end")[1] if "date_end" in cells else last,
        "date_precision": stated.where(~stated.missing, precision.where(rough, Coded.constant("unstated", n))),
        "country": country,
        "country_name": country_name,
        "admin1": cells.text("admin1"),
        "admin2": cells.text("admin2"),
        "locality": cells.text("locality"),
        "latitude": latitude,
        "longitude": longitude,
        "geo_precision": cells.code("geo_precision", {name: name for name in GEO_PRECISIONS}, missing="unstated"),
        "attacker": attacker,
        "attacker_type": attacker.map(lambda name: _type(name, actors)),
        "target_actor": actor_b.map(actors.name),
        "actor_a": actor_a.map(actors.name),
        "actor_b": actor_b.map(actors.name),
        "event_type": event_type,
        "sub_event_type": cells.text("sub_event_type"),
        "incident_kind": event_type.map(kind_of),
        "target_type": cells.text("target_type"),
        "target_group": group,
        "tactic": cells.text("tactic") if "tactic" in cells else event_type,
        "role_basis": Coded.constant("stated", n).where(~attacker.missing, Coded.constant("unstated", n)),
        "fatalities_low": cells.deaths("fatalities_low"),
        "fatalities_best": cells.deaths("fatalities_best"),
        "fatalities_high": cells.deaths("fatalities_high"),
        "n_sources": cells.number("n_sources", low=0, whole=True),
        "verified": cells.flag("verified") if "verified" in cells else None,
        "reported_wave": cells.text("reported_wave"),
    }


def _parties(cells: Cells, name: str, actors: Actors) -> Coded:
    """Return a column of parties, several of one cell with semicolons between them, which is told."""
    column = cells.text(name)
    alone = set(column.values)
    found = {value: actors.parties(value, alone) for value in column.values}
    if several := [value for value, names in found.items() if len(names) > 1]:
        cells.notes.append(
            say(
                "rows that name several parties in {column} ({names}): {n}; together they count as a party of its own,"
                " which each of its names selects",
                n=int(column.test(set(several).__contains__).sum()),
                column=cells.names[name],
                names=", ".join(map(repr, several[:3])),
            )
        )
    return column.map(lambda value: TOGETHER.join(found[value]) or value)


def _type(name: str, actors: Actors) -> str:
    """Return the type of a party, of several that have none together the one that they share."""
    if name in actors.types:
        return actors.types[name]
    types = {actors.type(part) or "unknown" for part in name.split(TOGETHER)}
    return types.pop() if len(types) == 1 else "unknown"


PUBLISHERS = (
    Publisher(
        name="plain",
        title=message("user's table"),
        records=message("What the table records, and how, only its makers know."),
        texts=TEXTS,
        numbers=NUMBERS,
        read=read,
    ),
)
