"""Global Terrorism Database: dates in three columns, of which day or month may be 0, unknown.

GTD codes an attack's perpetrator, target and means, so roles are stated; "Unknown" stays unknown.

START, Global Terrorism Database Codebook (2021).
"""

import numpy as np
import pandas as pd

from analysis.incidents.actors import Actors
from analysis.incidents.cells import Cells, Coded
from analysis.incidents.coverage import silence_is_possible
from analysis.incidents.dates import NAT, read_date
from analysis.incidents.problems import SET_ASIDE
from analysis.incidents.sources import Publisher
from analysis.language import message

KNOWN_BY = ("eventid", "iyear", "imonth", "iday", "country_txt")
TEXTS = (
    "eventid", "iyear", "imonth", "iday", "country_txt", "provstate", "city", "specificity", "attacktype1_txt",
    "targtype1_txt", "target1", "gname",
)  # fmt: skip
NUMBERS = ("latitude", "longitude", "nkill")
# 1: in a city; 2: centre of the smallest known district; 3: of one above it; 4: of the first-order region; 5: not
# known.
GEO_PRECISION = {"1": "exact", "2": "near", "3": "admin2", "4": "admin1", "5": "country"}
TARGET_GROUP = {
    "military": "security_forces", "police": "security_forces", "terrorists/non-state militia": "armed_group",
    "violent political party": "armed_group", "private citizens & property": "civilians",
    "religious figures/institutions":
    "civilians", "educational institution": "civilians", "journalists & media": "civilians", "tourists": "civilians",
    "ngo": "civilians", "business": "infrastructure", "utilities": "infrastructure", "transportation": "infrastructure",
    "airports & aircraft": "infrastructure", "telecommunication": "infrastructure", "maritime": "infrastructure",
    "food or water supply": "infrastructure", "unknown": "unstated",
}  # fmt: skip


def read(cells: Cells, actors: Actors) -> dict[str, object]:
    """Return canonical columns."""
    n = len(cells)
    start, end, precision = _dates(cells)
    country, country_name = cells.country("country_txt")
    latitude, longitude = cells.coordinates("latitude", "longitude")
    attacker = cells.text("gname").map(actors.somebody)
    target_type = cells.text("targtype1_txt")
    kind = attacker.map(lambda name: actors.type(name) or "unknown")
    return {
        "incident_id": cells.ids("eventid"),
        "date_start": start,
        "date_end": end,
        "date_precision": precision,
        "country": country,
        "country_name": country_name,
        "admin1": cells.text("provstate"),
        "locality": cells.text("city"),
        "latitude": latitude,
        "longitude": longitude,
        "geo_precision": cells.code("specificity", GEO_PRECISION, missing="unstated"),
        "attacker": attacker,
        "attacker_type": kind,
        "target_actor": cells.text("target1"),
        "target_type": target_type,
        "target_group": target_type.map(lambda name: TARGET_GROUP.get(name.casefold(), "other")),
        "actor_a": cells.text("gname").map(actors.name),
        "event_type": cells.text("attacktype1_txt"),
        "tactic": cells.text("attacktype1_txt"),
        "role_basis": Coded.constant("stated", n).where(~attacker.missing, Coded.constant("unstated", n)),
        "fatalities_best": cells.deaths("nkill"),
    }


def covered(
    first: pd.Timestamp, last: pd.Timestamp, *, days: pd.Series, **_of_table: object
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the days that a release speaks for: whole calendar years, of the last one no more than the rows can bear
    (2021 ends in June)."""
    end = last.to_period("Y").end_time.normalize()
    if not silence_is_possible(days, end):
        end = last.to_period("M").end_time.normalize()
    return first.to_period("Y").start_time, end


def _dates(cells: Cells) -> tuple[np.ndarray, np.ndarray, Coded]:
    """Return first and last day and precision: a day of 0 leaves the month, a month of 0 the year."""
    parts = {name: cells.text(name).text() for name in ("iyear", "imonth", "iday")}
    table = pd.DataFrame(parts).fillna("").apply(lambda column: column.str.removesuffix(".0"))
    unknown_month = table["imonth"].isin(["0", "00", ""])
    unknown_day = unknown_month | table["iday"].isin(["0", "00", ""])
    written = (
        table["iyear"].str.zfill(4)
        + "-" + table["imonth"].mask(unknown_month, "1").str.zfill(2)
        + "-" + table["iday"].mask(unknown_day, "1").str.zfill(2)
    )  # fmt: skip
    codes, values = pd.factorize(written)
    read = [read_date(value) for value in values]
    days = np.array(
        [NAT if isinstance(day, str) else np.datetime64(day[0], "us") for day in read], dtype="datetime64[us]"
    )[codes]
    wrong = np.flatnonzero(np.isnat(days))
    reasons = [read[code] for code in codes[wrong]]
    cells.log.add(wrong, "iyear, imonth, iday", written.iloc[wrong].tolist(), reasons, SET_ASIDE)
    first = pd.Series(days)
    end = first.mask(unknown_day, first + pd.offsets.MonthEnd(0)).mask(unknown_month, first + pd.offsets.YearEnd(0))
    precision = np.where(unknown_month, 2, np.where(unknown_day, 1, 0)).astype(np.int32)
    return days, end.to_numpy().astype("datetime64[us]"), Coded(precision, ["day", "month", "year"])


PUBLISHERS = (
    Publisher(
        name="gtd",
        title="Global Terrorism Database",
        records=message("The Global Terrorism Database records attacks by non-state groups, from news."),
        known_by=KNOWN_BY,
        texts=TEXTS,
        numbers=NUMBERS,
        country="country_txt",
        read=read,
        covered=covered,
        lost=("1993-01-01", "1993-12-31"),  # the cards of that year were lost before they were entered
    ),
)
