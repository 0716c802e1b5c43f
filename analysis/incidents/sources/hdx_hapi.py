"""Conflict events of the HDX Humanitarian API (HAPI): monthly counts by unit, made from ACLED's public data.

Its types overlap (civilian targeting is a part of political violence), so that they are never added up: political
violence is what counts as attacks. The newest month is unfinished when it is published.

OCHA Centre for Humanitarian Data, HDX HAPI v2, coordination-context/conflict-events.
"""

import pandas as pd

from analysis.incidents.actors import Actors
from analysis.incidents.cells import Cells
from analysis.incidents.sources import Publisher
from analysis.language import message, say

KNOWN_BY = ("location_code", "event_type", "events", "reference_period_start")
TEXTS = (
    "location_code", "admin1_name", "admin2_name", "provider_admin1_name", "provider_admin2_name", "event_type",
    "reference_period_start",
    "reference_period_end",
)  # fmt: skip
NUMBERS = ("events", "fatalities")


def read(cells: Cells, _actors: Actors) -> dict[str, object]:
    """Return columns of counts; see `counts.read_counts`."""
    country, country_name = cells.country("location_code")
    cells.notes.append(
        say(
            "the newest month is unfinished when it is published, and is not judged; give a coverage table if it is"
            " complete"
        )
    )
    first, _, _ = cells.dated("reference_period_start", required=True)
    last, _, precision = cells.dated("reference_period_end")
    names = {}
    for level in ("admin1", "admin2"):
        ours = cells.text(f"{level}_name")
        names[level] = ours.where(~ours.missing, cells.text(f"provider_{level}_name"))
    event_type = cells.text("event_type")
    return {
        "country": country,
        "country_name": country_name,
        **names,
        "event_type": event_type,
        "attacks": cells.number("events", low=0, whole=True, required=True),
        "deaths": cells.deaths("fatalities"),
        "first": first,
        "last": last,
        "precision": precision,
        "ends": "reference_period_end" in cells,
    }


def covered(
    first: pd.Timestamp, last: pd.Timestamp, *, days: pd.Series, **_of_table: object
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the days that can be judged: the newest month of the rows is published before it is over."""
    before = max(last, days.max()).to_period("M").start_time - pd.Timedelta(days=1)
    return first, max(before.as_unit("us"), first)


PUBLISHERS = (
    Publisher(
        name="hdx_hapi",
        title=message("HDX HAPI monthly counts, from ACLED"),
        records=message("These are monthly counts from ACLED; single attacks are not in them."),
        known_by=KNOWN_BY,
        texts=TEXTS,
        numbers=NUMBERS,
        read=read,
        holds_counts=True,
        overlapping_types=True,
        covered=covered,
        page_rows=10_000,
    ),
)
