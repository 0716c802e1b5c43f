"""A table of counts of somebody's own, its columns named by a mapping with ``count=COLUMN``: unit, period and
number."""

from analysis.incidents.actors import Actors
from analysis.incidents.cells import Cells
from analysis.incidents.kinds import kind_of
from analysis.incidents.sources import Publisher
from analysis.language import message

TEXTS = (
    "date_start", "date_end", "year", "month", "week", "day", "country", "admin1", "admin2", "event_type",
    "sub_event_type", "count", "fatalities_best",
)  # fmt: skip


def read(cells: Cells, _actors: Actors) -> dict[str, object]:
    """Return columns of counts; see `counts.read_counts`."""
    country, country_name = cells.country("country")
    first, last, precision = (
        cells.dated("date_start", required=True) if "date_start" in cells else cells.dated_in_parts()
    )
    spans = ((precision.codes == 0) & (last > first)).any()
    stated = "date_end" in cells or bool(spans)
    event_type = cells.text("event_type")
    return {
        "country": country,
        "country_name": country_name,
        "admin1": cells.text("admin1"),
        "admin2": cells.text("admin2"),
        "event_type": event_type,
        "sub_event_type": cells.text("sub_event_type"),
        "incident_kind": event_type.map(kind_of),
        "attacks": cells.number("count", low=0, whole=True, required=True),
        "deaths": cells.deaths("fatalities_best"),
        "first": first,
        "last": cells.dated("date_end")[1] if "date_end" in cells else last,
        "precision": precision,
        "ends": stated,
    }


PUBLISHERS = (
    Publisher(
        name="counts",
        title=message("user's table of counts"),
        records=message("The table holds counts; single attacks are not in it."),
        texts=TEXTS,
        numbers=(),
        read=read,
        holds_counts=True,
    ),
)
