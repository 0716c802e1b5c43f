"""A bad value is told by row, column, value, reason and action; the incident is kept wherever it can be."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from analysis.incidents.canonical import PROBLEM_ACTIONS, PROBLEM_COLUMNS
from analysis.incidents.check import describe_refusal, describe_table
from analysis.incidents.dates import TWOFOLD
from analysis.incidents.errors import SelectionError, TableError
from analysis.incidents.load import load_incidents
from analysis.incidents.opening import open_study, refuse_uncovered
from analysis.incidents.selection import unit_of
from analysis.resources import resource
from tests.incidents.tables import GED_49, acled, as_text, ged, project, write

PROMISED = [
    "file", "source", "source_version", "rows_read", "rows_kept", "rows_rejected", "cells_blanked", "problems",
    "date_min",
    "date_max", "countries", "precision", "coverage", "warnings", "problem_kinds", "selectable",
]  # fmt: skip


def problems_of(table):
    return [tuple(problem) for problem in table.problems.itertuples(index=False)]


# --- columns that an incident cannot do without -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "column", "value", "reason"),
    [
        ({"id": ""}, "id", "", "is missing"),
        ({"date_start": ""}, "date_start", "", "is missing"),
        ({"date_start": "0025-09-26"}, "date_start", "0025-09-26", "is outside 1900-01-01 to 2100-01-01"),
        ({"date_start": "2125-03-05"}, "date_start", "2125-03-05", "is outside 1900-01-01 to 2100-01-01"),
        ({"date_start": "2020-02-31"}, "date_start", "2020-02-31", "is no day of the calendar"),
        ({"date_start": "31 February 2020"}, "date_start", "31 February 2020", "is no day of the calendar"),
        ({"date_start": "soon"}, "date_start", "soon", "is not a date"),
        ({"date_start": "05/03/2020"}, "date_start", "05/03/2020",
         TWOFOLD),
        ({"country": "", "country_id": ""}, "country", "", "is missing"),
        ({"country": "Xyzzy", "country_id": ""}, "country", "Xyzzy", "is no known country"),
        ({"country": "Mlai", "country_id": "0"}, "country", "Mlai",
            "is no known country; did the publisher mean Malawi or Mali or Malaysia?"),
        ({"country": "Iraq, Syria", "country_id": ""}, "country", "Iraq, Syria",
            "is no known country; did the publisher mean Syria?"),
    ],
)  # fmt: skip
def test_a_row_without_them_is_set_aside(load, change, column, value, reason):
    table = load(ged({}, change, {}))
    assert problems_of(table) == [(3, column, value, reason, "row set aside")]
    assert table.incidents["row"].tolist() == [2, 4]


def test_of_a_row_set_aside_nothing_else_is_told(load):
    table = load(ged({"date_start": "soon", "best": "-1", "latitude": "99"}, {}))
    assert [(problem[0], problem[1]) for problem in problems_of(table)] == [(2, "date_start")]
    assert table.provenance.cells_blanked == 0


def test_both_reasons_of_a_row_are_told_and_it_counts_once(load):
    table = load(ged({"date_start": "soon", "country": "Atlantis", "country_id": ""}, {}))
    assert len(table.problems) == 2
    assert table.provenance.rows_rejected == 1


def test_other_dates_of_the_column_tell_which_comes_first(load):
    table = load(ged({"date_start": "05/03/2020", "date_end": ""}, {"date_start": "25/03/2020", "date_end": ""}))
    assert table.incidents["date_start"].dt.strftime("%m-%d").tolist() == ["03-05", "03-25"]
    table = load(ged({"date_start": "05/03/2020", "date_end": ""}, {"date_start": "05/25/2020", "date_end": ""}))
    assert table.incidents["date_start"].dt.strftime("%m-%d").tolist() == ["05-03", "05-25"]


def test_a_number_stands_in_for_an_unknown_name_and_a_conflict_is_told(load):
    table = load(
        ged({"country": "Republic of Somewhere", "country_id": "432"}, {"country": "Niger", "country_id": "432.0"})
    )
    assert table.incidents["country"].tolist() == ["MLI", "NER"]
    assert problems_of(table) == [(3, "country_id", "432.0", "names another country than country", "kept")]


@pytest.mark.parametrize("missing", ["id", "date_start", "country", "side_b", "type_of_violence"])
def test_a_missing_column_is_named(load, missing):
    columns = [f"{name}s" if name == missing else name for name in GED_49]
    with pytest.raises(TableError, match=f"looks like ucdp_ged but lacks the column {missing}") as refused:
        load(as_text([row | {f"{missing}s": "x"} for row in ged()], columns))
    assert f"'{missing}s' may be meant as {missing}: rename it" in str(refused.value)


def test_a_missing_column_of_a_publisher_that_is_named(load):
    with pytest.raises(TableError, match="looks like acled but lacks the columns event_id_cnty, event_date"):
        load(ged(), source="acled")
    with pytest.raises(TableError, match="source is 'unhcr'; expected auto or one of project, ucdp_ged"):
        load(ged(), source="unhcr")


def test_an_unknown_publisher_gets_a_mapping_to_try(load):
    content = "nr,when,land,dead\n1,2024-03-05,Mali,3\n"
    with pytest.raises(
        TableError, match="the publisher is not known by these columns: nr, when, land, dead"
    ) as refused:
        load(content)
    assert "mapping={'date': 'when', 'country': 'land', 'deaths': 'dead'}" in str(refused.value)
    assert len(load(content, mapping="date=when,country=land,deaths=dead").incidents) == 1


@pytest.mark.parametrize("tags", [False, True])
def test_a_header_and_no_rows(load, tags):
    with pytest.raises(TableError, match="has a header and no rows"):
        load(as_text([], GED_49, tags=tags))


def test_a_table_with_nothing_usable(load):
    with pytest.raises(
        TableError, match=r"none of 2 rows can be used\. 2 of 2 rows: date_start is not a date"
    ) as refused:
        load(ged({"date_start": "soon"}, {"date_start": "later"}))
    assert refused.value.problems["row"].tolist() == [2, 3]
    told = describe_refusal(refused.value)
    assert list(told) == PROMISED
    assert (told["rows_read"], told["rows_kept"], told["rows_rejected"], len(told["problems"])) == (2, 0, 2, 2)
    assert (len(told["problem_kinds"]), told["selectable"]["country"]) == (1, {})
    assert describe_refusal(TableError("no table"))["problem_kinds"] == []


# --- anywhere else ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("best", "-1", "is outside 0 to 1,000,000"),
        ("best", "1000001", "is outside 0 to 1,000,000"),
        ("best", "2.5", "is not a whole number"),
        ("best", "many", "is not a number"),
        ("best", "1_000", "is not a number"),
        ("best", "inf", "is outside 0 to 1,000,000"),
        ("best", "1e400", "is outside 0 to 1,000,000"),
        ("number_of_sources", "several", "is not a number"),
        ("where_prec", "9", "is none of 1, 2, 3, 4, 5, 6, 7"),
        ("date_prec", "0", "is none of 1, 2, 3, 4, 5"),
        ("type_of_violence", "4", "is none of 1, 2, 3"),
        ("date_end", "2020-02-31", "is no day of the calendar"),
        ("date_end", "0025-03-06", "is outside 1900-01-01 to 2100-01-01"),
        ("date_end", "2020-03-04", "is before the start date"),
    ],
)
def test_a_bad_value_is_blanked_and_the_incident_kept(load, column, value, reason):
    table = load(ged({}, {column: value}))
    assert problems_of(table) == [(3, column, _shown(value), reason, "value blanked")]
    assert (len(table.incidents), table.provenance.cells_blanked) == (2, 1)
    incident = table.incidents.iloc[1]
    assert incident["date_end"] >= incident["date_start"]
    canonical = {"best": "fatalities_best", "number_of_sources": "n_sources"}.get(column)
    assert canonical is None or pd.isna(incident[canonical])


def _shown(value):
    return {"1e400": "inf"}.get(value, value)


@pytest.mark.parametrize(
    ("latitude", "longitude", "blanked"),
    [
        ("95", "-4.25", ["latitude", "longitude"]),
        ("120.5", "14.5", ["latitude", "longitude"]),
        ("14.5", "181", ["latitude", "longitude"]),
        ("14.5", "", ["latitude"]),
        ("", "-4.25", ["longitude"]),
        ("north", "-4.25", ["latitude", "longitude"]),
        ("95", "200", ["latitude", "longitude"]),
        ("-90", "180", []),
        ("0", "10", []),
        ("0", "0", ["latitude", "longitude"]),  # at sea, where nobody knows the place
    ],
)
def test_half_a_place_is_no_place_and_both_halves_are_told(load, latitude, longitude, blanked):
    table = load(ged({"latitude": latitude, "longitude": longitude}, {}))
    assert table.problems["column"].tolist() == blanked
    assert table.incidents["latitude"].isna().tolist() == [bool(blanked), False]
    assert table.incidents["longitude"].isna().tolist() == [bool(blanked), False]


def test_exchanged_coordinates_are_suspected(load):
    table = load(ged({"latitude": "120.5", "longitude": "14.5"}, {}))
    assert "exchanged" in table.problems["reason"].iloc[0]


def test_deaths_in_a_conflicting_order_are_kept_and_counted(load):
    table = load(ged({"low": "5", "best": "3", "high": "4"}, {"low": "1", "best": "5", "high": "4"}, {}))
    assert table.incidents["fatalities_low"].tolist() == [5, 1, 2]
    assert problems_of(table) == [
        (2, "low", "5 > 3", "low is above best", "kept"),
        (2, "low", "5 > 4", "low is above high", "kept"),
        (3, "best", "5 > 4", "best is above high", "kept"),
    ]
    assert (
        "3 conflicts in the order of low, best and high deaths were kept as published"
        in describe_table(table)["warnings"]
    )


def test_dates_far_from_all_others_are_kept_and_told(load):
    rows = ged(
        *({"date_start": f"2020-03-{day:02}", "date_end": ""} for day in range(1, 20)), {"date_start": "1920-03-05"}
    )
    table = load(rows)
    assert len(table.incidents) == 20
    assert any("dates far from all others: 1 (rows 21; first 1920-03-05)" in said for said in table.provenance.warnings)


def test_no_span_of_days_reaches_to_a_date_far_from_all_others():
    days = [*pd.date_range("1990-01-01", periods=40, freq="9D").strftime("%Y-%m-%d"), "2018-05-01"]
    frame = pd.DataFrame({"when": days, "land": "Mali"})
    table = load_incidents(frame, mapping={"date": "when", "country": "land"})
    assert len(table.incidents) == 41
    assert table.coverage[["first_day", "last_day"]].astype(str).to_numpy().tolist() == [["1990-01-01", "1990-12-18"]]
    # It is told, also where the middle half of all dates is so wide that it is not far from that.
    years = [f"{year}-03-01" for year in range(1960, 1995)]
    frame = pd.DataFrame({"when": [*years, "2018-05-01"], "land": "Mali"})
    table = load_incidents(frame, mapping={"date": "when", "country": "land"}, count="none")
    assert any("dates far from all others: 1 (rows 37;" in said for said in table.provenance.warnings)
    assert f"{table.coverage['last_day'].iloc[0]:%Y-%m-%d}" == "1994-03-01"
    # So are days that programs write for none, in whatever number.
    frame = pd.DataFrame({"when": [*days[:-1], *["1900-01-01"] * 3, *["1970-01-01"] * 2], "land": "Mali"})
    table = load_incidents(frame, mapping={"date": "when", "country": "land"})
    assert f"{table.coverage['first_day'].iloc[0]:%Y-%m-%d}" == "1990-01-01"
    # Two of them are a history, and so are years of quiet.
    for others in (["2018-05-01", "2018-05-02"], ["2005-05-01"]):
        frame = pd.DataFrame({"when": days[:-1] + others, "land": "Mali"})
        table = load_incidents(frame, mapping={"date": "when", "country": "land"})
        assert f"{table.coverage['last_day'].iloc[0]:%Y-%m-%d}" == others[-1]


def day_after(days: int) -> str:
    return f"{pd.Timestamp.now() + pd.Timedelta(days=days):%Y-%m-%d}"


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("countries", [(), ("MLI",)])
def test_nothing_after_the_day_of_reading_is_covered(tmp_path, form, countries):
    """One year that was mistyped made a table that grows every week end with months of silence: attacks "fell"."""
    days = [*pd.date_range(end="2024-10-31", periods=40, freq="9D").strftime("%Y-%m-%d")]
    frame = pd.DataFrame({"when": [*days, day_after(120)], "land": ["Mali"] * 40 + ["Niger"]})
    path = tmp_path / f"table.{form}"
    frame.to_csv(path, index=False) if form == "csv" else frame.to_parquet(path)
    table = load_incidents(path, mapping={"date": "when", "country": "land"}, countries=countries)
    assert len(table.incidents) == (40 if countries else 41)
    assert {f"{day:%Y-%m-%d}" for day in table.coverage["last_day"]} == {"2024-10-31"}
    assert any("rows dated after the day of reading: 1 (rows 4" in said for said in table.provenance.warnings)


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("countries", [(), ("MLI",)])
def test_a_country_whose_rows_end_long_before_the_table_is_not_covered_to_its_end(tmp_path, form, countries):
    """Two exports that end on different days were put together: attacks in Mali "fell"."""
    whole = pd.date_range("2021-01-01", "2024-09-30", freq="2D").strftime("%Y-%m-%d")
    early = [day for day in whole if day < "2024-07"]
    frame = pd.DataFrame({"when": [*whole, *early], "land": ["Niger"] * len(whole) + ["Mali"] * len(early)})
    path = tmp_path / f"table.{form}"
    frame.to_csv(path, index=False) if form == "csv" else frame.to_parquet(path)
    table = load_incidents(path, mapping={"date": "when", "country": "land"}, countries=countries)
    ends = table.coverage.set_index("country")["last_day"].dt.strftime("%Y-%m-%d").to_dict()
    assert ends == {"MLI": early[-1]} | ({} if countries else {"NER": whole[-1]})
    assert any(f"MLI: the last row is of {early[-1]}, 92 days before" in said for said in table.provenance.warnings)
    # Rows after a day that was asked for do not make a silence.
    table = load_incidents(
        path, mapping={"date": "when", "country": "land"}, countries=countries, last_day="2024-03-01"
    )
    assert table.coverage["last_day"].max() > pd.Timestamp("2024-06-01")
    # A country that was silent for as long before is calm.
    calm = [day for day in early if not "2023-05" < day < "2023-08"]
    frame = pd.DataFrame({"when": [*whole, *calm], "land": ["Niger"] * len(whole) + ["Mali"] * len(calm)})
    table = load_incidents(frame, mapping={"date": "when", "country": "land"})
    assert set(table.coverage["last_day"].dt.strftime("%Y-%m-%d")) == {whole[-1]}


def test_counts_of_a_country_that_end_before_the_table_are_not_covered_to_its_end():
    months = pd.period_range("2021-01", "2024-09", freq="M").astype(str)
    rows = [(month, land, 9) for month in months for land in ("Mali", "Niger") if land == "Niger" or month < "2024-06"]
    frame = pd.DataFrame(rows, columns=["month", "land", "attacks"])
    table = load_incidents(frame, mapping={"date": "month", "country": "land"}, count="attacks")
    assert table.coverage["last_day"].dt.strftime("%Y-%m-%d").tolist() == ["2024-05-31", "2024-09-30"]


def test_a_clock_before_most_rows_is_wrong():
    days = [*pd.date_range("2020-01-01", periods=20, freq="9D"), *pd.date_range(day_after(30), periods=25)]
    table = load_incidents(pd.DataFrame({"when": days, "land": "Mali"}), mapping={"date": "when", "country": "land"})
    assert f"{table.coverage['last_day'].iloc[0]:%Y-%m-%d}" == day_after(54)
    assert not any("day of reading" in said for said in table.provenance.warnings)


def test_a_range_or_a_release_that_is_not_over_is_not_covered_to_its_end(tmp_path, load):
    last = day_after(-3)
    days = [*pd.date_range(end=last, periods=40, freq="9D").strftime("%Y-%m-%d")]
    path = tmp_path / f"{days[0]}-{day_after(200)}-Mali.csv"
    pd.DataFrame({"when": days, "land": "Mali"}).to_csv(path, index=False)
    table = load_incidents(path, mapping={"date": "when", "country": "land"})
    assert table.coverage[["last_day", "basis"]].astype(str).to_numpy().tolist() == [[last, "assumed"]]
    now = pd.Timestamp.now()
    if now.month < 12:  # a year that has long to go
        table = load(ged(*({"date_start": day, "date_end": ""} for day in days)))
        assert table.coverage["last_day"].max() <= now


@pytest.mark.parametrize("written", [True, False])
def test_a_period_that_is_not_over_is_not_covered(written):
    """What is counted of a month that runs is less than the month will have; zeros of months to come are no record."""
    today = pd.Timestamp.now("UTC").tz_localize(None)
    now = today.to_period("M")
    months = pd.period_range(now - 30, now + (5 if written else 0), freq="M")
    frame = pd.DataFrame(
        {"month": months.astype(str), "land": "Mali", "attacks": [9] * 30 + [2] + [0] * (len(months) - 31)}
    )
    table = load_incidents(frame, mapping={"date": "month", "country": "land"}, count="attacks")
    over = now if today.day >= now.days_in_month - 1 else now - 1
    assert table.coverage["last_day"].iloc[0].to_period("M") == over
    assert table.coverage["last_day"].iloc[0].is_month_end


def test_a_quiet_country_of_a_table_has_no_strays():
    """Mali's first row comes 24 years before its others; the table has rows of every year."""
    when = [*(f"{year}-03-01" for year in range(1989, 2021)), "1990-06-01", *(f"2014-0{n}-01" for n in range(1, 10))]
    land = ["Niger"] * 32 + ["Mali"] * 10
    frame = pd.DataFrame({"when": when, "land": land})
    table = load_incidents(frame, mapping={"date": "when", "country": "land"}, countries=["MLI"])
    assert table.coverage.astype(str).iloc[0, :3].tolist() == ["MLI", "1989-03-01", "2020-03-01"]


# --- ids --------------------------------------------------------------------------------------------------------


def test_of_identical_copies_the_first_is_kept(load):
    table = load(ged({}, {"id": "7"}, {"id": "7"}, {"id": "7"}))
    assert table.incidents["row"].tolist() == [2, 3]
    assert problems_of(table) == [(row, "id", "7", "is a copy of an earlier row", "row set aside") for row in (4, 5)]


def test_conflicting_copies_are_all_set_aside(load):
    table = load(ged({}, {"id": "7"}, {"id": "7", "best": "9"}, {"id": "7"}))
    assert table.incidents["row"].tolist() == [2]
    assert problems_of(table) == [
        (row, "id", "7", "is the id of rows that differ", "row set aside") for row in (3, 4, 5)
    ]


def test_rows_alike_in_everything_but_the_id_are_two_incidents(load):
    assert len(load(ged({}, {}, {})).incidents) == 3


def test_a_copy_of_a_row_that_is_set_aside_counts_by_itself(load):
    table = load(ged({"id": "7", "date_start": "soon"}, {"id": "7"}))
    assert table.incidents["row"].tolist() == [3]


@pytest.mark.parametrize("ids", [("007", "7"), ("a", "A"), ("1e3", "1000")])
def test_ids_are_text(load, ids):
    assert load(ged(*({"id": name} for name in ids))).incidents["incident_id"].tolist() == list(ids)


@pytest.mark.parametrize(("n", "told"), [(4_999, False), (5_000, True), (5_001, False)])
def test_as_many_rows_as_acled_gives_at_once_are_told(load, n, told):
    row = acled({})[0]
    table = load([row | {"event_id_cnty": f"MLI{i}"} for i in range(n)])
    assert any("as many as its publisher gives at once" in note for note in table.provenance.warnings) == told


def test_ids_too_great_to_be_exact_are_told():
    """As a number, 9007199254740993 is 9007199254740992: rows get numbers of their own."""
    frame = pd.DataFrame({"id": [2.0**53, 2.0**53 + 1, 7.0, np.nan], "date": "2024-01-05", "country": "Mali"})
    table = load_incidents(frame, mapping="id=id,date=date,country=country")
    assert table.incidents["incident_id"].tolist() == ["row-2", "row-3", "7"]
    assert table.problems["value"].tolist() == ["9.007199254740992e+15", "9.007199254740992e+15", ""]
    exact = load_incidents(frame.assign(id=[2**53, 2**53 + 1, 7, 8]), mapping="id=id,date=date,country=country")
    assert exact.incidents["incident_id"].tolist() == ["9007199254740992", "9007199254740993", "7", "8"]


@pytest.mark.parametrize(
    ("column", "names", "read"),
    [
        ("admin1", ["Se\u0301gou", "S\u00e9gou", "S\u00e9gou", "SEGOU", "S\u00e9gou  Region"], ["S\u00e9gou"]),
        ("admin1", ["Mopti Region", "Mopti", "Mopti Province"], ["Mopti Region", "Mopti", "Mopti Province"]),
        ("attacker", ["brigade A", "Brigade A", "Brigade  A", "Brigade A"], ["Brigade A"]),
        ("attacker", ["Brigade A", "Brigade B"], ["Brigade A", "Brigade B"]),
        ("locality", ["\u30ab\u30cd", "\u30ac\u30cd"], ["\u30ab\u30cd", "\u30ac\u30cd"]),  # kane, gane
        ("locality", ["\u0438\u0432", "\u0439\u0432"], ["\u0438\u0432", "\u0439\u0432"]),  # iv, yv
        ("locality", ["\u0456\u0432", "\u0457\u0432"], ["\u0456\u0432", "\u0457\u0432"]),  # iv, yiv
        ("locality", ["\u1000\u1000", "\u1000\u1039\u1000"], ["\u1000\u1000", "\u1000\u1039\u1000"]),
    ],
)
def test_names_that_differ_in_case_accents_or_spaces_are_one(column, names, read):
    frame = pd.DataFrame({"date": "2024-01-05", "country": "Mali", "name": names})
    table = load_incidents(frame, mapping=f"date=date,country=country,{column}=name")
    assert list(dict.fromkeys(table.incidents[column])) == read
    assert len(set(unit_of(table.incidents, "admin1").dropna())) <= 1
    told = [note for note in table.provenance.warnings if note.startswith("names that differ in case")]
    assert len(told) == (len(read) == 1)


def test_both_sides_name_a_party_alike(load):
    rows = project({"attacker": "Group A", "target_actor": "group b"}, {"attacker": "GROUP B"}, {"attacker": "Group B"})
    table = load(rows)
    assert set(table.incidents["attacker"]) == {"Group A", "Group B"}
    assert "group b" not in set(table.incidents["target_actor"]) | set(table.incidents["actor_b"])


# --- strict reading, sidecars, provenance ------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"best": "-1"}, {"date_start": "soon"}, {"low": "9"}])
def test_strict_reading_refuses_any_problem(load, change):
    rows = ged({}, change)
    assert len(load(rows).problems)
    with pytest.raises(TableError, match="strict reading allows no problem") as refused:
        load(rows, strict=True)
    assert refused.value.problems["row"].unique().tolist() == [3]
    assert refused.value.rows_read == 2
    assert len(load(ged({}, {}), strict=True).incidents) == 2


def test_namibia_is_no_missing_value(load):
    assert load(project({"country": "NA"}, {"country": "NAM"})).incidents["country"].tolist() == ["NAM", "NAM"]


def test_provenance(tmp_path):
    path = write(tmp_path / "GEDEvent_v24_1.csv", as_text(ged({}, {"best": "-1"}, {"id": ""})))
    provenance = load_incidents(path).provenance
    assert provenance.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (provenance.n_bytes, provenance.file, provenance.encoding) == (path.stat().st_size, path.name, "utf-8")
    assert (provenance.rows_read, provenance.rows_kept, provenance.rows_rejected, provenance.cells_blanked) == (
        3,
        2,
        1,
        1,
    )
    assert "source_article" not in provenance.columns_read


def test_the_hash_is_of_what_was_read(tmp_path):
    content = as_text(ged({}, {})).encode()
    path = write(tmp_path / "GEDEvent_v24_1.csv", content)
    provenance = load_incidents(path).provenance
    path.unlink()
    assert provenance.sha256 == hashlib.sha256(content).hexdigest()


def test_actors_are_called_by_one_name(load, tmp_path):
    path = write(tmp_path / "actors.csv", "actor,type,aliases\nThe Group,militia,Group A|group a.\n")
    table = load(project({"attacker": "Group A"}, {"attacker": "GROUP A."}, {"attacker": "JNIM"}), actors=path)
    assert table.incidents["attacker"].tolist() == ["The Group", "The Group", "JNIM"]
    assert table.incidents["attacker_type"].tolist() == ["militia", "militia", "jihadist"]
    # Who asks for a group by any of its names finds it.
    assert table.actors.name("group A") == "The Group"
    with pytest.raises(TableError, match="row 3: 'b' is given to X and to Y"):
        load(project(), actors=write(tmp_path / "other.csv", "actor,type,aliases\nX,state,B\nY,state,b\n"))
    with pytest.raises(TableError, match="row 2: type 'army' is none of"):
        load(project(), actors=write(tmp_path / "other.csv", "actor,type\nX,army\n"))
    with pytest.raises(TableError, match="needs the columns actor and type"):
        load(project(), actors=write(tmp_path / "other.csv", "name\nX\n"))


def test_files_beside_a_table_of_the_projects_own_are_found(load, tmp_path):
    write(tmp_path / "coverage.csv", "country,first_day,last_day\nMLI,2024-01-01,2024-12-31\n")
    write(tmp_path / "benchmarks.csv", "country,month,reporter,direct_attacks,ied_incidents\nMLI,2024-03,army,3,2\n")
    table = load(project())
    assert table.coverage["basis"].tolist() == ["stated"]
    assert table.reference[["period_start", "period_end", "count"]].to_numpy().tolist() == [
        [pd.Timestamp("2024-03-01"), pd.Timestamp("2024-04-01"), 5]
    ]
    # They belong to the project's own format, not to whatever else lies there.
    assert load(ged()).coverage["basis"].tolist() == ["release"]


def test_the_description_of_a_table(load):
    told = describe_table(load(acled({}, {"fatalities": "-1"}, {"event_date": "soon"})))
    assert list(told) == PROMISED
    assert (told["rows_read"], told["rows_kept"], told["rows_rejected"], told["cells_blanked"]) == (3, 2, 1, 1)
    assert [list(problem) for problem in told["problems"]] == [list(PROBLEM_COLUMNS)] * 2
    assert {problem["action"] for problem in told["problems"]} <= set(PROBLEM_ACTIONS)
    assert (told["date_min"], told["date_max"], told["countries"]) == ("2024-03-05", "2024-03-05", ["MLI"])
    assert told["precision"] == {"date": {"day": 2}, "place": {"exact": 2}}
    assert told["coverage"] == [
        {"country": "MLI", "first_day": "2024-03-05", "last_day": "2024-03-05", "basis": "assumed"}
    ]


@pytest.mark.parametrize(("days", "last"), [(1, "2024-03-31"), (2, "2024-03-20")])
def test_a_last_month_that_rows_name_alone_is_covered_whole(tmp_path, days, last):
    rows = ["2024-01-05", *["2024-03"] * 2, *["2024-03-20"] * days]
    table = write(tmp_path / "t.csv", "when,land\n" + "".join(f"{day},Mali\n" for day in rows))
    read = load_incidents(table, mapping="date=when,country=land")
    assert read.coverage["last_day"].tolist() == [pd.Timestamp(last)]


def test_the_embedded_table_is_sound():
    table = load_incidents(resource("data/sahel/incidents.csv"), strict=True)
    assert (len(table.incidents), len(table.reference)) == (120, 5)
    assert set(table.coverage["basis"]) == {"in part", "chosen cases"}


@pytest.mark.parametrize(("country", "said"), [("Niger", True), ("Mali", False)])
def test_a_day_after_rows_that_seem_to_be_missing_is_refused_with_that_reason(country, said):
    """Mali to 30 September, Niger to 30 June, each with a row every other day."""
    days = pd.date_range("2021-01-01", "2024-09-30", freq="2D")
    rows = pd.concat([
        pd.DataFrame({"date": days, "country": "Mali"}),
        pd.DataFrame({"date": days[days <= "2024-06-30"], "country": "Niger"}),
    ])  # fmt: skip
    read = {"mapping": "date=date,country=country", "country": country, "as_of": "2024-10-15"}
    with pytest.raises(SelectionError, match="is not covered: the table covers the selection to") as refused:
        refuse_uncovered(open_study(rows.assign(date=rows["date"].astype(str)), **read))
    assert ("(the rows of NER end there, and later ones seem to be missing)" in str(refused.value)) == said


@pytest.mark.parametrize(("others", "told"), [(["3", "12", "200"], True), (["3", "12", "300"], False)])
def test_a_number_that_stands_for_none_is_told_of_deaths(tmp_path, others, told):
    rows = [f"2024-03-{day:02},Mali,{dead}" for day, dead in enumerate([*others, *["999"] * 3], 1)]
    path = write(tmp_path / "coded.csv", "\n".join(["date,country,deaths", *rows]))
    table = load_incidents(path, mapping="date=date,country=country,deaths=deaths")
    assert any("is 999, far above all others" in note for note in table.provenance.warnings) is told


@pytest.mark.parametrize(
    ("last", "told"),
    [("2024-03-05,Mali,34", True), ("2024-03-05,Mali,35", False), (",,34", False)],  # the last is set aside as it is
)
def test_a_row_that_holds_what_all_others_hold_is_told(tmp_path, last, told):
    rows = [f"2024-03-{day:02},Mali,{dead}" for day, dead in enumerate(["3", "12", "19", ""], 1)] + [last]
    path = write(tmp_path / "summed.csv", "\n".join(["date,country,deaths", *rows]))
    table = load_incidents(path, mapping="date=date,country=country,deaths=deaths")
    assert any(note.startswith("row 6 holds as many deaths") for note in table.provenance.warnings) is told
