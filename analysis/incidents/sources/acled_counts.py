"""ACLED's weekly aggregates: events and deaths by week, first-order unit and type, which is what most people can have.

Weeks are ACLED's, from Saturday to Friday; the day in WEEK is taken as the first. A unit and week without a row had no
event.

ACLED, Aggregated data on acleddata.com, as of 2026; 13 columns, XLSX or CSV.
"""

import re
from datetime import date
from pathlib import Path

import pandas as pd

from analysis.incidents.actors import Actors
from analysis.incidents.cells import Cells
from analysis.incidents.kinds import acled_kind
from analysis.incidents.sources import Publisher
from analysis.language import message, say

KNOWN_BY = ("week", "country", "admin1", "event_type", "sub_event_type", "events", "fatalities")
TEXTS = ("week", "country", "admin1", "event_type", "sub_event_type", "disorder_type")
NUMBERS = ("events", "fatalities")
_UP_TO = re.compile(r"up_to(?:_week_of)?[-_](\d{4}-\d{2}-\d{2})", re.IGNORECASE)


def read(cells: Cells, _actors: Actors) -> dict[str, object]:
    """Return columns of counts; see `counts.read_counts`."""
    country, country_name = cells.country("country")
    first, last, precision = cells.dated("week", required=True)
    event_type = cells.text("event_type")
    return {
        "country": country,
        "country_name": country_name,
        "admin1": cells.text("admin1"),
        "event_type": event_type,
        "sub_event_type": cells.text("sub_event_type"),
        # One sub-event type may stand in two types of disorder.
        "further": cells.text("disorder_type"),
        "incident_kind": event_type.map(lambda name: acled_kind(name) or "other"),
        "attacks": cells.number("events", low=0, whole=True, required=True),
        "deaths": cells.deaths("fatalities"),
        "first": first,
        "last": last,
        "precision": precision,
        "ends": False,
        "period": "week",
    }


def version(path: Path, _first: pd.Timestamp, _last: pd.Timestamp) -> str | None:
    """Return the week that the file's name says it goes up to."""
    found = _UP_TO.search(path.name)
    if not found:
        return None
    return say("up to the week of {day} (from the file's name)", day=str(date.fromisoformat(found[1])))


PUBLISHERS = (
    Publisher(
        name="acled_counts",
        title=message("ACLED weekly counts"),
        records=message("ACLED publishes these counts by week and region; single attacks are not in them."),
        known_by=KNOWN_BY,
        texts=TEXTS,
        numbers=NUMBERS,
        read=read,
        holds_counts=True,
        version=version,
    ),
)
