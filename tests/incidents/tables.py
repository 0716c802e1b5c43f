"""Made-up tables in every publisher's form. No row of any publisher is in here: people, places and numbers are
invented.
"""

from pathlib import Path

GED_49 = [
    "id", "relid", "year", "active_year", "code_status", "type_of_violence", "conflict_dset_id", "conflict_new_id",
    "conflict_name", "dyad_dset_id", "dyad_new_id", "dyad_name", "side_a_dset_id", "side_a_new_id", "side_a",
    "side_b_dset_id", "side_b_new_id", "side_b", "number_of_sources", "source_article", "source_office", "source_date",
    "source_headline", "source_original", "where_prec", "where_coordinates", "where_description", "adm_1", "adm_2",
    "latitude", "longitude", "geom_wkt", "priogrid_gid", "country", "country_id", "region", "event_clarity",
    "date_prec",
    "date_start", "date_end", "deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best", "high", "low",
    "gwnoa",
    "gwnob",
]  # fmt: skip
GED_48 = [name for name in GED_49 if name != "geom_wkt"]
# As HDX ships it, with the country's ISO code and a row of HXL tags.
GED_43 = [
    name for name in GED_49
    if name not in ("relid", "code_status", "conflict_dset_id", "dyad_dset_id", "side_a_dset_id", "side_b_dset_id",
        "where_description")
]  # fmt: skip
GED_43.insert(GED_43.index("country") + 1, "iso3")
GED_41 = [name for name in GED_43 if name not in ("iso3", "source_original")]
ACLED_31 = [
    "event_id_cnty", "event_date", "year", "time_precision", "disorder_type", "event_type", "sub_event_type", "actor1",
    "assoc_actor_1", "inter1", "actor2", "assoc_actor_2", "inter2", "interaction", "civilian_targeting", "iso",
    "region",
    "country", "admin1", "admin2", "admin3", "location", "latitude", "longitude", "geo_precision", "source",
    "source_scale",
    "notes", "fatalities", "tags", "timestamp",
]  # fmt: skip
ACLED_HDX = [
    "data_id", "iso3", "event_id_no_cnty",
    *(name for name in ACLED_31 if name not in ("disorder_type", "civilian_targeting", "tags")),
]  # fmt: skip
GTD = [
    "eventid", "iyear", "imonth", "iday", "approxdate", "extended", "country", "country_txt", "region", "region_txt",
    "provstate", "city", "latitude", "longitude", "specificity", "vicinity", "attacktype1", "attacktype1_txt",
    "targtype1",
    "targtype1_txt", "target1", "gname", "nkill", "nwound",
]  # fmt: skip

GED_ROW = {
    "id": "1001", "relid": "XXX-2020-1-1-1", "year": "2020", "active_year": "1", "code_status": "Clear",
    "type_of_violence": "1",
    "conflict_name": "Mali: Government", "dyad_name": "Government of Mali - Group A", "side_a": "Government of Mali",
    "side_a_new_id": "72", "side_b": "Group A", "side_b_new_id": "900", "number_of_sources": "2",
    "source_article": '"Agency,2020-03-05,A headline"', "where_prec": "1", "where_coordinates": "Town A",
    "where_description": "near Town A", "adm_1": "Province A", "adm_2": "District A", "latitude": "14.5",
    "longitude": "-4.25",
    "geom_wkt": "POINT (-4.25 14.5)", "priogrid_gid": "150000", "country": "Mali", "iso3": "MLI", "country_id": "432",
    "region": "Africa", "event_clarity": "1", "date_prec": "1", "date_start": "2020-03-05 00:00:00.000",
    "date_end": "2020-03-06 00:00:00.000", "deaths_a": "1", "deaths_b": "2", "deaths_civilians": "0",
    "deaths_unknown": "0",
    "best": "3", "high": "4", "low": "2", "gwnoa": "432", "gwnob": "",
}  # fmt: skip
ACLED_ROW = {
    "event_id_cnty": "MLI1", "event_date": "2024-03-05", "year": "2024", "time_precision": "1",
    "disorder_type": "Political violence",
    "event_type": "Battles", "sub_event_type": "Armed clash", "actor1": "Group A", "inter1": "Rebel group",
    "actor2": "Military Forces of Nowhere", "inter2": "State forces", "interaction": "State forces-Rebel group",
    "iso": "466",
    "iso3": "MLI", "region": "Western Africa", "country": "Mali", "admin1": "Province A", "admin2": "District A",
    "location": "Town A",
    "latitude": "14.5000", "longitude": "-4.2500", "geo_precision": "1", "source": "Paper A; Paper B",
    "source_scale": "National",
    "notes": 'Said to be "calm", then not.', "fatalities": "3", "timestamp": "1710000000",
}  # fmt: skip
GTD_ROW = {
    "eventid": "202003050001", "iyear": "2020", "imonth": "3", "iday": "5", "extended": "0", "country": "123",
    "country_txt": "Mali",
    "region_txt": "Sub-Saharan Africa", "provstate": "Province A", "city": "Town A", "latitude": "14.5",
    "longitude": "-4.25",
    "specificity": "1", "attacktype1_txt": "Armed Assault", "targtype1_txt": "Military", "target1": "Checkpoint",
    "gname": "Group A",
    "nkill": "3", "nwound": "",
}  # fmt: skip
PROJECT_ROW = {
    "incident_id": "MLI-2024-03-05-town-a", "date_start": "2024-03-05", "date_end": "2024-03-05",
    "date_precision": "day",
    "country": "MLI", "admin1": "Province A", "admin2": "District A", "locality": "Town A", "latitude": "14.5",
    "longitude": "-4.25",
    "geo_precision": "exact", "attacker": "JNIM", "target_actor": "FAMa", "target_type": "military_base",
    "tactic": "complex_assault",
    "fatalities_low": "2", "fatalities_best": "3", "fatalities_high": "4", "sources": "A; B", "verified": "1",
    "reported_wave": "W1",
}  # fmt: skip

HXL = {
    "year": "#date+year",
    "country": "#country+name",
    "date_start": "#date+start",
    "event_date": "#date",
    "latitude": "#geo+lat",
}


def rows_of(base: dict[str, str], *changes: dict[str, object], key: str) -> list[dict[str, object]]:
    """Return one row for each change to ``base``, ids counting up from the base's where the change gives none."""
    prefix = base[key].rstrip("0123456789")
    first = int(base[key][len(prefix) :] or 1)
    return [base | {key: f"{prefix}{first + number}"} | change for number, change in enumerate(changes)]


def ged(*changes: dict[str, object]) -> list[dict[str, object]]:
    """Return made-up UCDP rows."""
    return rows_of(GED_ROW, *(changes or ({},)), key="id")


def acled(*changes: dict[str, object]) -> list[dict[str, object]]:
    """Return made-up ACLED rows."""
    return rows_of(ACLED_ROW, *(changes or ({},)), key="event_id_cnty")


def gtd(*changes: dict[str, object]) -> list[dict[str, object]]:
    """Return made-up GTD rows."""
    return rows_of(GTD_ROW, *(changes or ({},)), key="eventid")


def project(*changes: dict[str, object]) -> list[dict[str, object]]:
    """Return made-up rows in the project's own format."""
    return rows_of(PROJECT_ROW, *(changes or ({},)), key="incident_id")


def as_text(
    rows: list[dict[str, object]],
    columns: list[str] | None = None,
    *,
    tags: bool = False,
    delimiter: str = ",",
    ends: str = "\n",
) -> str:
    """Return rows as delimited text, under a row of HXL tags where asked for."""
    columns = columns or list(rows[0])
    records = [columns, *([[HXL.get(name, "") for name in columns]] if tags else [])]
    records += [[row.get(name, "") for name in columns] for row in rows]
    return "".join(delimiter.join(_quoted(str(cell), delimiter) for cell in record) + ends for record in records)


def _quoted(cell: str, delimiter: str) -> str:
    """Quote a cell that needs it; the writer of `csv` leaves a carriage return bare."""
    return '"' + cell.replace('"', '""') + '"' if any(sign in cell for sign in ('"', "\r", "\n", delimiter)) else cell


def write(path: Path, content: str | bytes) -> Path:
    """Write a file as it is and return its path."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
