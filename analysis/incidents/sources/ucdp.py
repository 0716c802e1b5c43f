"""UCDP Georeferenced Event Dataset and its monthly Candidate releases, all column sets from 41 to 49.

UCDP codes who fought whom, not who attacked. Only one-sided violence has an attacker, its first side; in state-based
and non-state events both sides are parties and the attacker is unknown. Only events with at least one death are in the
dataset.

Sundberg & Melander 2013, Journal of Peace Research 50:523; UCDP GED Codebook.
"""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.incidents.actors import Actors
from analysis.incidents.cells import Cells, Coded
from analysis.incidents.coverage import silence_is_possible
from analysis.incidents.kinds import violence_type
from analysis.incidents.sources import Publisher
from analysis.language import message, say

KNOWN_BY = ("id", "type_of_violence", "side_a", "side_b", "date_start", "country")
TEXTS = (
    "id", "code_status", "type_of_violence", "side_a", "side_b", "where_prec", "where_coordinates", "adm_1", "adm_2",
    "country",
    "country_id", "date_prec", "date_start", "date_end",
)  # fmt: skip
NUMBERS = ("number_of_sources", "latitude", "longitude", "low", "best", "high", "deaths_civilians", "deaths_unknown")
DATE_PRECISION = {"1": "day", "2": "week", "3": "week", "4": "month", "5": "year"}
GEO_PRECISION = {
    "1": "exact", "2": "near", "3": "admin2", "4": "admin1", "5": "region", "6": "country", "7": "international",
}  # fmt: skip
# 24.1 is a yearly release, 24.0.3 a month of candidates, 24.01.24.03 a quarter of them.
_BY_NAME = message("{release} (from the file's name)")
_RELEASE = re.compile(
    r"(?:(?<![a-z])v|ged(?:event)?[ ._-]?v?|candidate["
    r" ._-]?v?)(\d{2})[._-](\d{1,2})(?:[._-](\d{1,2}))?(?:[._-](\d{1,2}))?(?!\d)",
    flags=re.IGNORECASE,
)
# Other names of a column: those of GED 1 to 5, and those that a shapefile cuts to ten characters.
ALIASES = {
    "best_est": "best", "high_est": "high", "low_est": "low", "gwno": "country_id", "type_of_vi": "type_of_violence",
    "number_of_": "number_of_sources", "where_coor": "where_coordinates", "code_statu": "code_status",
    "violence_type": "type_of_violence", "event_id": "id", "where_precision": "where_prec",
    "date_precision": "date_prec",
}  # fmt: skip


def read(cells: Cells, actors: Actors) -> dict[str, object]:
    """Return canonical columns."""
    n = len(cells)
    country, country_name = cells.country("country", number="country_id", kind="gw")
    latitude, longitude = cells.coordinates("latitude", "longitude")
    side_a, side_b = cells.text("side_a"), cells.text("side_b")
    violence = cells.code("type_of_violence", violence_type, expected="1, 2, 3")
    one_sided = violence.test(lambda kind: kind == "one-sided")
    attacker = side_a.where(one_sided).map(actors.somebody)
    kind = attacker.map(lambda name: actors.type(name) or ("state" if name.startswith("Government of") else "unknown"))
    stated = Coded.constant("stated", n)
    return {
        "incident_id": cells.ids("id"),
        "date_start": cells.days("date_start", required=True),
        "date_end": cells.days("date_end"),
        "date_precision": cells.code("date_prec", DATE_PRECISION, missing="unstated"),
        "country": country,
        "country_name": country_name,
        "admin1": cells.text("adm_1"),
        "admin2": cells.text("adm_2"),
        "locality": cells.words("where_coordinates"),
        "latitude": latitude,
        "longitude": longitude,
        "geo_precision": cells.code("where_prec", GEO_PRECISION, missing="unstated"),
        "attacker": attacker.map(actors.name),
        "attacker_type": kind,
        "target_actor": side_b.where(one_sided).map(actors.name),
        "target_group": Coded.constant("civilians", n).where(one_sided),
        "actor_a": side_a.map(actors.name),
        "actor_b": side_b.map(actors.name),
        "event_type": violence,
        "role_basis": stated.where(one_sided & ~attacker.missing),
        "fatalities_low": cells.deaths("low"),
        "fatalities_best": cells.deaths("best"),
        "fatalities_high": cells.deaths("high"),
        "fatalities_civilians": cells.deaths("deaths_civilians"),
        "fatalities_unidentified": cells.deaths("deaths_unknown"),
        "n_sources": _known_sources(cells),
    }


def which(cells: Cells, path: Path) -> Publisher:
    """Return whether this is the yearly release or a candidate release, which marks rows that still need a check."""
    checked = cells.text("code_status").test(lambda status: status.casefold() == "clear")
    unclear = "code_status" in cells and not (checked | cells.text("code_status").missing).all()
    by_name = re.search(r"candidate|v\d{2}[._-]0(?:[._-]\d+|\d[._-]\d{2}[._-]\d{2})", path.name, flags=re.IGNORECASE)
    return CANDIDATE if unclear or by_name else GED


def version(path: Path, first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Return the release, from the file's name or else from its last year, and which of the two."""
    if found := _RELEASE.search(path.name):
        return say(_BY_NAME, release=".".join(part for part in found.groups() if part))
    if found := re.search(r"ged(\d{2})(\d)(?!\d)", path.name, flags=re.IGNORECASE):
        return say(_BY_NAME, release=f"{found[1]}.{found[2]}")
    return say(
        "{release} or later (inferred from the last year, {year})",
        release=f"{(last.year + 1) % 100}.1",
        year=str(last.year),
    )


def covered(
    first: pd.Timestamp, last: pd.Timestamp, *, path: Path, days: pd.Series
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the days that a yearly release speaks for.

    A yearly release covers whole years, and so does a table that does not say its release, as far as its rows bear it:
    one put together of yearly and candidate releases ends with the month of its last row, as a candidate release does.
    A part of a yearly release that ends years before it is covered to the end only if so long a silence is possible.
    """
    start, year_end = first.to_period("Y").start_time, last.to_period("Y").end_time.normalize()
    month_end = last.to_period("M").end_time.normalize()
    yearly = _yearly_release(path)
    if yearly is not None:
        promised = pd.Timestamp(yearly - 1, 12, 31)
        if last > promised:
            return start, month_end
        return start, promised if silence_is_possible(days, promised) else year_end
    return start, year_end if silence_is_possible(days, year_end) else month_end


def covered_by_candidates(
    first: pd.Timestamp, last: pd.Timestamp, **_of_table: object
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the days that candidate releases speak for: whole months."""
    return first.to_period("M").start_time, last.to_period("M").end_time.normalize()


def _yearly_release(path: Path) -> int | None:
    """Return the year in which a yearly release appeared, by the file's name: 24.1 appeared in 2024 and covers 2023."""
    if (found := _RELEASE.search(path.name)) and found[2].lstrip("0") == "1" and not found[3]:
        return _full_year(found[1])
    if found := re.search(r"ged(\d{2})1(?!\d)", path.name, flags=re.IGNORECASE):
        return _full_year(found[1])
    return None


def _full_year(two_digits: str) -> int:
    return 2000 + int(two_digits)


def _known_sources(cells: Cells) -> np.ndarray:
    values = cells.number("number_of_sources")
    values[values < 0] = np.nan  # -1: not known
    return values


GED = Publisher(
    name="ucdp_ged",
    title=message("UCDP Georeferenced Event Dataset"),
    records=message("UCDP records events with at least one death, from news and organisations."),
    known_by=KNOWN_BY,
    texts=TEXTS,
    numbers=NUMBERS,
    aliases=ALIASES,
    read=read,
    dates_are_spans=True,
    deadly_events=True,
    which=which,
    version=version,
    covered=covered,
)
CANDIDATE = replace(
    GED,
    name="ucdp_candidate",
    title=message("UCDP Candidate Events Dataset"),
    records=message("UCDP records events with at least one death; these monthly releases are provisional."),
    covered=covered_by_candidates,
)
PUBLISHERS = (GED, CANDIDATE)
