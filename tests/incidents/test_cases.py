"""Tables as people really have them: one made-up table for each way in which a right file gave a wrong number, or
none.
"""

import json
import random
import shlex
import zipfile

import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.cli import cli
from analysis.incidents.check import warnings_of
from analysis.incidents.errors import SelectionError, TableError
from analysis.incidents.load import load_incidents
from analysis.incidents.opening import open_study
from analysis.measures import compute_indicators
from tests.incidents.tables import ACLED_31, acled, as_text, ged, write
from tests.incidents.test_files import workbook

PLACES = [("Mopti", 14.5, -4.2), ("Gao", 16.3, -0.05), ("Kayes", 14.4, -11.4), ("Segou", 13.4, -6.3)]


def days(n=60, *, first="2024-01-04", step=8):
    return [f"{day:%Y-%m-%d}" for day in pd.date_range(first, periods=n, freq=f"{step}D")]


def plain_rows(n=60, **columns):
    """Return rows of a plain table: date, country, place, deaths, with columns replaced or added."""
    made = {
        "date": days(n),
        "country": ["Mali"] * n,
        "place": [f"Town {i % 5}" for i in range(n)],
        "deaths": [str(i % 7) for i in range(n)],
    }
    made |= columns
    return pd.DataFrame(made)


def acled_rows(n=60, **change):
    rows = []
    for i, day in enumerate(days(n)):
        name, north, east = PLACES[i % 4]
        rows.append(
            {
                "event_date": day,
                "admin1": name,
                "latitude": str(north),
                "longitude": str(east),
                "location": f"Town {i % 9}",
                "event_type": "Violence against civilians",
                "actor1": "Made-up Group (Mali)",
            }
        )
    return [row | change for row in acled(*rows)]


def saved(tmp_path, content, name="table.csv"):
    if isinstance(content, pd.DataFrame):
        content = content.to_csv(index=False)
    elif isinstance(content, list):
        content = as_text(content, ACLED_31)
    return write(tmp_path / name, content)


def run(*words):
    return CliRunner().invoke(cli, [str(word) for word in words])


def values(study, *questions):
    return compute_indicators(study, questions=questions).set_index("name")["value"]


MAPPING = "date=date,country=country,place=place,deaths=deaths"


def test_01_an_attacker_written_unknown_names_nobody(tmp_path):
    rows = plain_rows(
        perpetrator=["Group A", "Unknown", "unknown"] * 20, date=[day for day in days(20) for _ in range(3)]
    )
    study = open_study(saved(tmp_path, rows), mapping=f"{MAPPING},attacker=perpetrator", n_simulations=200)
    assert values(study, "reliability")["attacker_named"] == pytest.approx(1 / 3)
    assert study.attacks.loc[study.attacks["attacker"].isna(), "actor_a"].str.casefold().eq("unknown").all()


def test_03_a_date_in_three_columns(tmp_path):
    rows = plain_rows().drop(columns="date")
    when = [day.split("-") for day in days()]
    rows["Year"], rows["Month"], rows["Day"] = zip(*when, strict=True)
    rows.loc[3, "Day"] = ""
    rows.loc[4, ["Month", "Day"]] = ""
    path = saved(tmp_path, rows)
    pasted = (
        "{'year': 'Year', 'month': 'Month', 'day': 'Day', 'country': 'country', 'place': 'place', 'deaths': 'deaths'}"
    )
    with pytest.raises(TableError, match=f"mapping={pasted}"):
        load_incidents(path)
    table = load_incidents(path, mapping="year=Year,month=Month,day=Day,country=country,place=place,deaths=deaths")
    assert table.incidents["date_precision"].value_counts().to_dict() == {
        "unstated": 58,
        "month": 1,
        "year": 1,
    } | dict.fromkeys(("day", "week"), 0)
    assert table.incidents.loc[3, "date_end"] == pd.Timestamp("2024-01-31")


def test_04_counts_are_no_incidents(tmp_path):
    rows = pd.DataFrame(
        [("MLI", place, "political_violence", i % 3, 0, month, month + pd.offsets.MonthEnd(0)) for i,
            month in enumerate(pd.date_range("2023-01-01", periods=12, freq="MS")) for place in ("Gao", "Mopti")],
        columns=["location_code", "admin1_name", "event_type", "events", "fatalities", "reference_period_start",
            "reference_period_end"],
    )  # fmt: skip
    path = saved(tmp_path, rows)
    mapped = (
        "date=reference_period_start,end=reference_period_end,country=location_code,admin1=admin1_name,"
        "deaths=fatalities,type=event_type"
    )
    with pytest.raises(TableError, match="the column 'events' looks like a count of events"):
        load_incidents(path, mapping=mapped)
    assert (
        load_incidents(path, mapping=mapped, count="events").counts["attacks"].sum()
        == load_incidents(path).counts["attacks"].sum()
        == 24
    )


def test_05_the_sheet_beside_a_readme(tmp_path):
    table = [["Date", "Country", "Place", "Killed"], *[[day, "Mali", "Town", i % 5] for i, day in enumerate(days(10))]]
    path = write(
        tmp_path / "hdx.xlsx",
        workbook({"README": [["About", "x"], ["These data", "were made up"], ["", "for a test"]], "Data": table}),
    )
    mapped = {"mapping": "date=Date,country=Country,place=Place,deaths=Killed"}
    found = load_incidents(path, **mapped)
    assert (len(found.incidents), found.provenance.warnings[0]) == (10, "sheet 'Data' was read, of README, Data")
    assert len(load_incidents(path, sheet="data", **mapped).incidents) == 10
    with pytest.raises(TableError, match=r"sheet='Other' is not there\. Its sheets with data: README, Data"):
        load_incidents(path, sheet="Other", **mapped)
    two = write(tmp_path / "two.xlsx", workbook({"A": table, "B": table}))
    with pytest.raises(
        TableError, match=r"tables on 2 sheets: A, B\. Expected one\. Name the sheet that is meant: sheet=NAME"
    ):
        load_incidents(two, **mapped)


@pytest.mark.parametrize("envelope", ["acled", "ucdp", "list", "lines"])
def test_06_records_as_an_interface_answers(tmp_path, envelope):
    rows = ged({}, {"id": 7, "best": 4, "active_year": True}) if envelope == "ucdp" else acled_rows(2)
    text = {
        "acled": lambda: json.dumps({"status": 200, "count": None, "data": rows}),
        "ucdp": lambda: json.dumps({"TotalCount": 12, "NextPageUrl": "", "Result": rows}),
        "list": lambda: json.dumps(rows),
        "lines": lambda: "\n".join(map(json.dumps, rows)),
    }[envelope]()
    table = load_incidents(saved(tmp_path, text, "answer.json"))
    assert (table.provenance.source, len(table.incidents)) == ("ucdp_ged" if envelope == "ucdp" else "acled", 2)
    assert any("holds 2 of 12 records" in said for said in table.provenance.warnings) == (envelope == "ucdp")


@pytest.mark.parametrize("text", ['{"a": 1}', "[1, 2]", "[]", '{"data": []}', '{"data": [', "[" * 5000])
def test_06_json_that_is_no_table(tmp_path, text):
    with pytest.raises(TableError, match="JSON"):
        load_incidents(saved(tmp_path, text, "answer.json"))


def test_07_alike_problems_are_one_line(tmp_path):
    rows = acled_rows(300)
    for row in rows[20:]:
        row["event_id_cnty"] = ""
    path = saved(tmp_path, rows)
    shown = run("check", path, "--rows", tmp_path / "problems.csv")
    assert len(shown.output.splitlines()) < 30
    assert "280 of 300 rows: event_id_cnty is missing (rows 22, 23, 24, ...): row set aside" in shown.stderr
    assert "note: most rows were set aside: 280 of 300" in shown.stdout
    assert len(pd.read_csv(tmp_path / "problems.csv")) == 280
    assert "can be selected with --admin1: " in shown.stdout
    assert json.loads(run("check", path, "--json", "--quiet").stdout)["selectable"]["event_type"] == {
        "Violence against civilians": 20
    }


def test_08_exchanged_coordinates_are_said(tmp_path):
    rows = [row | {"latitude": row["longitude"], "longitude": row["latitude"]} for row in acled_rows()]
    [said] = [said for said in warnings_of(load_incidents(saved(tmp_path, rows))) if "outside their country" in said]
    assert said.startswith("60 of 60 placed rows lie more than 30 km outside their country (rows 2, 3, 4, ...)")
    assert "if latitude and longitude were exchanged: the two columns seem to be exchanged" in said
    assert not [said for said in warnings_of(load_incidents(saved(tmp_path, acled_rows()))) if "outside" in said]


def test_11_the_year_25(tmp_path):
    rows = acled_rows()
    for i in (5, 9):
        rows[i]["event_date"] = "00" + rows[i]["event_date"][2:]
    table = load_incidents(saved(tmp_path, rows))
    assert table.problems["reason"].tolist() == ["is outside 1900-01-01 to 2100-01-01"] * 2
    assert len(table.incidents) == 58


def test_13_a_country_is_never_a_part_of_another_name(tmp_path):
    names = {
        "Sudan (South)": "SSD",
        "Gulf of Guinea": "XGG",
        "Ireland (Northern)": "GBR",
        "South China Sea": "XSC",
        "Mali": "MLI",
    }
    none = ["Niger Delta", "Israel (Gaza)", "Lake Chad", "Sudan & South Sudan"]
    rows = plain_rows(9, country=[*names, *none])
    table = load_incidents(saved(tmp_path, rows), mapping=MAPPING)
    assert table.incidents["country"].tolist() == list(names.values())
    assert table.problems["value"].tolist() == none


def test_14_of_two_versions_of_an_id_the_later_counts(tmp_path):
    rows = acled_rows(timestamp="1710000000")
    newer, copy = (
        rows[9] | {"fatalities": "40", "timestamp": "1720000000"},
        rows[10] | {"notes": "another note", "timestamp": "1720000000"},
    )
    table = load_incidents(saved(tmp_path, [*rows, newer, copy]))
    assert len(table.incidents) == 60
    assert table.incidents.loc[table.incidents["incident_id"].eq("MLI10"), "fatalities_best"].tolist() == [40]
    assert table.problems["reason"].tolist() == [
        "is an older version of a row, by the publisher's timestamp",
        "is a copy of an earlier row",
    ]
    undated = load_incidents(saved(tmp_path, [*rows, newer | {"timestamp": ""}]))
    assert undated.problems["reason"].tolist() == ["is the id of rows that differ"] * 2


def test_14_versions_of_a_plain_table_by_a_mapped_time(tmp_path):
    rows = plain_rows(4, id=["a", "a", "b", "c"], changed=["2024-02-01", "2024-03-01", "2024-01-01", "2024-01-01"])
    table = load_incidents(saved(tmp_path, rows), mapping=f"{MAPPING},id=id,timestamp=changed")
    assert table.incidents["row"].tolist() == [3, 4, 5]


@pytest.mark.parametrize("form", ["workbook", "text", "semicolons"])
def test_15_a_title_above_the_header(tmp_path, form):
    above = [
        ["Weekly report, North and South", "", "", ""],
        ["", "", "", ""],
        ["Source: made up", "", "", ""],
        ["", "", "", ""],
    ]
    table = [
        *above,
        ["Date", "Country", "Place", "Killed"],
        *[[day, "Mali", "Town, east", str(i % 5)] for i, day in enumerate(days(10))],
    ]
    if form == "workbook":
        path = write(tmp_path / "t.xlsx", workbook(table))
    else:
        sign = ";" if form == "semicolons" else ","
        path = saved(
            tmp_path,
            "\n".join(sign.join(f'"{cell}"' if sign in cell else cell for cell in row) for row in table) + "\n",
        )
    mapped = {"mapping": "date=Date,country=Country,place=Place,deaths=Killed"}
    found = load_incidents(path, **mapped)
    assert found.incidents["row"].tolist() == list(range(6, 16))
    assert "the header was found in row 5, under 2 rows of other text" in found.provenance.warnings
    assert found.incidents["locality"].eq("Town, east").all()
    assert len(load_incidents(path, header_row=5, **mapped).incidents) == 10
    with pytest.raises(TableError, match="does not fit"):
        load_incidents(path, header_row=3, **mapped)
    # Without a mapping the header is told by its shape.
    with pytest.raises(TableError, match="not known by these columns: Date, Country, Place, Killed"):
        load_incidents(path)


def test_15_a_line_that_says_its_delimiter_and_blank_lines_first(tmp_path):
    text = plain_rows(5).to_csv(index=False, sep=";")
    for before in ("sep=;\n", "sep=;\r\n", "\n\n"):
        table = load_incidents(saved(tmp_path, before + text), mapping=MAPPING)
        assert len(table.incidents) == 5
        assert table.incidents["row"].tolist()[0] == 2 + before.count("\n")


def test_15_a_file_without_a_header(tmp_path):
    path = saved(tmp_path, plain_rows(6).to_csv(index=False, header=False))
    with pytest.raises(TableError, match=r"row 1 holds values and no names of columns .* give header_row=-1"):
        load_incidents(path)
    table = load_incidents(path, header_row=-1, mapping="date=column_1,country=column_2,place=column_3,deaths=column_4")
    assert table.incidents["row"].tolist() == [1, 2, 3, 4, 5, 6]


def test_16_acled_before_2019(tmp_path):
    types = [
        "Battle-No change of territory",
        "Battle-Government regains territory",
        "Battle-Non-state actor overtakes territory",
        "Remote violence",
        "Violence against civilians",
        "Riots/Protests",
        "Strategic development",
        "Non-violent transfer of territory",
        "Headquarters or base established",
    ]
    rows = []
    for i, row in enumerate(acled_rows(90)):
        old = {"GWNO": "432", **{name.upper(): value for name, value in row.items()}}
        old |= {"EVENT_TYPE": types[i % 9], "GEO_PRECIS": old.pop("GEO_PRECISION"), "INTER1": "2", "INTER2": "1"}
        rows.append(
            {
                name: old[name]
                for name in old
                if name not in ("SUB_EVENT_TYPE", "DISORDER_TYPE", "ISO", "ISO3", "REGION", "TIMESTAMP")
            }
        )
    path = write(tmp_path / "ACLED-All-Africa-File_2015-2016.csv", as_text(rows))
    study = open_study(path)
    assert (len(study.attacks), len(study.left_out)) == (50, 40)
    assert study.attacks["role_basis"].value_counts().to_dict() == {"assumed": 30, "stated": 20, "unstated": 0}
    assert study.attacks["geo_precision"].eq("exact").all()
    found = compute_indicators(study, questions=["reliability"]).set_index("name")["value"]
    assert found["rows_of_other_kinds"] == 40
    assert any("40 of 90 rows are no attacks and are not counted (" in said for said in warnings_of(study.table))


@pytest.mark.parametrize(("pasted", "told"), [(5, True), (4, False)])
def test_rows_pasted_again_with_new_ids_are_told_by_check(pasted, told):
    """Of the last 90 days: 5 of 45 are more than a tenth, 4 of 44 are not."""
    days = pd.date_range("2023-01-01", "2024-12-30", freq="D")[-690::1]
    days = [*days[:-90:9], *days[-80::2]]
    rows = [(f"{day:%Y-%m-%d}", "Mali", f"town {i}", "A") for i, day in enumerate(days)]
    rows += rows[-pasted:]
    frame = pd.DataFrame(rows, columns=["date", "country", "town", "group"]).assign(id=range(len(rows)))
    mapping = {"date": "date", "country": "country", "locality": "town", "attacker": "group", "incident_id": "id"}
    said = [one for one in warnings_of(load_incidents(frame, mapping=mapping)) if "may be copies" in one]
    assert (
        said
        == [
            f"{pasted} of the {40 + pasted} rows of the last 90 days are like another in day, place, sides and deaths, "
            "with an id of their own: they may be copies"
        ]
        * told
    )


@pytest.mark.parametrize("written", ["2,000", "1,250", "2.000", "1.250", "12,345,678", "1 250"])
def test_17_a_thousand_is_never_one(tmp_path, written):
    table = load_incidents(saved(tmp_path, plain_rows(4, deaths=["3", written, "0", "12"])), mapping=MAPPING)
    read = table.incidents["fatalities_best"].tolist()
    assert read[0::2] == [3, 0]
    plain = written == "1 250"  # with a space it can be nothing but a thousand
    assert read[1] == 1250 if plain else pd.isna(read[1])
    assert table.problems["action"].tolist() == ["value blanked"] * (not plain)


@pytest.mark.parametrize("form", ["%d {month} %Y", "{month} %Y", "%d-{short}-%y"])
def test_18_french_months(tmp_path, form):
    months = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ]
    short = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]
    when = pd.to_datetime(days(46))
    written = [
        f"{day:{form.replace('{month}', months[day.month - 1]).replace('{short}', short[day.month - 1])}}"
        for day in when
    ]
    table = load_incidents(saved(tmp_path, plain_rows(46, date=written)), mapping=MAPPING)
    assert table.problems.empty
    assert (table.incidents["date_start"].dt.month == when.month).all()


def test_19_a_month_alone_is_a_month(tmp_path):
    written = days(20)
    written[::4] = ["2024-01", "February 2024", "mars 2024", "04/2024", "2024-05"]
    table = load_incidents(saved(tmp_path, plain_rows(20, date=written)), mapping=MAPPING)
    assert table.problems.empty
    assert table.incidents["date_precision"].eq("month").sum() == 5
    assert "dates in date that name a month alone, with the precision of a month: 5" in table.provenance.warnings


@pytest.mark.parametrize("again", [str, str.upper, "\ufeff{}".format])
def test_22_a_header_in_the_middle(tmp_path, again):
    text = as_text(acled_rows(), ACLED_31)
    lines = text.splitlines(keepends=True)
    table = load_incidents(saved(tmp_path, "".join([*lines[:31], again(lines[0]), *lines[31:]])))
    assert len(table.incidents) == 60
    assert table.problems[["row", "reason"]].to_numpy().tolist() == [
        [32, "repeats the header, as where files were put together"]
    ]


def test_an_empty_cell_in_a_second_header_is_no_column_without_a_name(tmp_path):
    row = "2024-01-05,Mali,Gao,\n"
    text = f"date,country,place,\n{row}date,country,,\n{row}"
    table = load_incidents(saved(tmp_path, text), mapping="date=date,country=country,place=place")
    assert (table.incidents["locality"].tolist(), table.problems["row"].unique().tolist()) == (["Gao", "Gao"], [3])


def test_a_header_in_the_middle_in_another_order_is_refused(tmp_path):
    first = plain_rows(20).assign(injured="77")
    second = plain_rows(5, date=days(5, first="2025-01-04")).assign(injured="77")
    mapping = {name: name for name in ("date", "country", "place", "deaths")}
    for swapped in (("deaths", "injured"), ("date", "country", "place")):  # of the first no cell looks odd
        order = [*first.columns]
        for name, other in zip(swapped, [*swapped[1:], swapped[0]], strict=True):
            order[list(first.columns).index(name)] = other
        text = first.to_csv(index=False) + second[order].to_csv(index=False)
        with pytest.raises(TableError, match=r"row 22 is a second header, in another order: .* wrong names"):
            load_incidents(saved(tmp_path, text), mapping=mapping)


def test_names_whose_letters_were_damaged_are_told(tmp_path):
    damaged = ["SÃ©gou", "Ménaka", "M?naka", "S&eacute;gou", "S\ufffdgou", "Сикассо", "Gao?", "A & B; C", "Ga\0\0o"]
    table = load_incidents(saved(tmp_path, plain_rows(18, place=damaged * 2)), mapping=MAPPING)
    (said,) = [warning for warning in table.provenance.warnings if "damaged" in warning]
    assert "('M?naka', 'S&eacute;gou', 'SÃ©gou', 'S\ufffdgou'): 4;" in said
    assert "names with zero bytes in them: 1 ('Gao')" in table.provenance.warnings


@pytest.mark.parametrize("column", ["date", "deaths", "place", "unread"])
def test_a_hole_of_zero_bytes_is_told_as_damage_wherever_it_lies(tmp_path, column):
    rows = plain_rows(18, unread="some words")
    rows[column] = rows[column].astype(object)
    rows.loc[5, column] = "\0" * 40
    told = "zero bytes in the file, as where it was not written whole: 40; rows may be missing"
    warnings = load_incidents(saved(tmp_path, rows), mapping=MAPPING).provenance.warnings
    assert [told in warning for warning in warnings].count(True) == 1


@pytest.mark.parametrize(
    ("others", "told"),
    [(["Mali", "Niger"], [5]), (["ML", "NE"], []), (["Mali", "Namibia"], []), (["NA", "NA"], [])],
)
def test_na_beside_names_of_countries_is_told(tmp_path, others, told):
    rows = plain_rows(20, country=([*others, "NA", others[0]] * 5)[:20])
    table = load_incidents(saved(tmp_path, rows), mapping=MAPPING)
    said = [warning for warning in table.provenance.warnings if "code of Namibia" in warning]
    assert said == [
        f"rows whose country is NA, read as the code of Namibia: {n}; if it stands for nothing, leave it empty"
        for n in told
    ]


def test_marks_for_the_cell_above_are_neither_places_nor_parties(tmp_path):
    marks = ["Gao", "idem", "-do-", "Ditto"] * 5
    rows = plain_rows(20, place=marks, attacker=["JNIM" if mark == "Gao" else mark for mark in marks])
    table = load_incidents(saved(tmp_path, rows), mapping=f"{MAPPING},attacker=attacker")
    assert table.incidents["locality"].value_counts().to_dict() == {"Gao": 5}
    assert table.incidents["attacker"].dropna().value_counts().to_dict() == {"JNIM": 5}
    assert any("'Ditto' and 'idem', which was read as no place: 15" in said for said in table.provenance.warnings)


def test_23_an_unidentified_group_is_nobody(tmp_path):
    study = open_study(saved(tmp_path, acled_rows(actor1="Unidentified Armed Group (Mali)")), n_simulations=200)
    found = compute_indicators(study, questions=["reliability", "offensives"]).set_index("name")
    assert found.loc["attacker_named", "value"] == 0
    assert found.loc["offensives_in_window", "status"] == "not_computed"


def test_25_points_at_sea_are_told(tmp_path):
    rows = acled_rows()
    for row in rows[::10]:
        row |= {"latitude": "12.0", "longitude": "-20.0"}
    study = open_study(saved(tmp_path, rows), n_simulations=200)
    [said] = [said for said in warnings_of(study.table) if "outside their country" in said]
    assert said == "6 of 60 placed rows lie more than 30 km outside their country (rows 2, 12, 22, ...)"
    assert compute_indicators(study, questions=["spread"])["status"].eq("computed").any()


def test_27_one_week_gives_reasons(tmp_path):
    rows = acled_rows(10)
    for i, row in enumerate(rows):
        row["event_date"] = f"2024-03-{1 + i % 7:02d}"
    path = saved(tmp_path, rows)
    computed = compute_indicators(
        open_study(path, n_simulations=200), questions=["frequency", "trend", "surge", "outlook"]
    )
    assert computed.loc[computed["status"].ne("computed"), "reason"].ne("").all()
    assert run("alerts", path).exit_code == 0


def test_28_silence_after_a_rise_is_no_alarm(tmp_path):
    generator = random.Random(4)
    when = [day for day in pd.date_range("2022-01-03", "2024-09-30") if generator.random() < 0.25]
    when += [day for day in pd.date_range("2024-10-01", "2024-10-15") for _ in range(3)]
    rows = acled(
        *(
            {"event_date": f"{day:%Y-%m-%d}", "event_type": "Violence against civilians", "admin1": "Gao"}
            for day in when
        )
    )
    path = saved(tmp_path, rows)
    coverage = write(tmp_path / "days.csv", "country,first_day,last_day\nMLI,2022-01-03,2024-11-24\n")
    shown = run("alerts", path, "--country", "Mali", "--coverage", coverage, "--as-of", "2024-11-24")
    assert shown.exit_code == 0, shown.output
    assert "units above their baseline (attacks): 0 of 1" in shown.stdout


def test_29_deaths_in_words_are_blanked_not_guessed(tmp_path):
    words = ["10-15", "~20", "5 (2 children)", "several", ">30", "au moins 4"]
    table = load_incidents(saved(tmp_path, plain_rows(60, deaths=(["3", *words] * 9)[:60])), mapping=MAPPING)
    assert len(table.incidents) == 60
    assert table.incidents["fatalities_best"].dropna().eq(3).all()
    assert len(run("check", table.provenance.path, "--map", MAPPING).stderr.splitlines()) == 1


def test_31_a_merged_table_is_covered_to_its_last_month(tmp_path):
    when = days(240, first="2023-01-01", step=4)[:217]  # to mid-May 2025
    rows = ged(*({"date_start": day, "date_end": day} for day in when))
    study = open_study(write(tmp_path / "mali_ged_merged.csv", as_text(rows)))
    assert study.as_of == pd.Timestamp("2025-05-31")
    # A yearly release covers its years, even where the last months are quiet; and one that says its release keeps its
    # promise.
    few = ged(*({"date_start": day, "date_end": day} for day in days(12, first="2020-01-05", step=60)))
    assert open_study(write(tmp_path / "ged.csv", as_text(few))).as_of == pd.Timestamp("2021-12-31")
    dense = ged(*({"date_start": day, "date_end": day} for day in days(60, first="2022-01-05", step=8)))
    assert open_study(write(tmp_path / "GEDEvent_v24_1_X.csv", as_text(dense))).as_of == pd.Timestamp("2023-12-31")


def test_32_the_range_in_a_files_name_is_coverage(tmp_path):
    path = saved(tmp_path, acled_rows(), "2024-01-01-2025-06-30-Mali.csv")
    table = load_incidents(path)
    assert table.coverage[["first_day", "last_day", "basis"]].to_numpy().tolist() == [
        [pd.Timestamp("2024-01-01"), pd.Timestamp("2025-06-30"), "file name"]
    ]
    assert open_study(path, as_of="2025-06-30").window_problem() == ""
    # A range that does not hold the rows is no promise.
    assert load_incidents(saved(tmp_path, acled_rows(), "2024-06-01-2025-06-30.csv")).coverage["basis"].tolist() == [
        "assumed"
    ]


def test_33_a_fall_to_nothing_is_not_called_steady(tmp_path):
    # Two attacks a month for three years, and none in the last four months.
    when = [f"{2022 + i // 24}-{i // 2 % 12 + 1:02d}-{5 + 12 * (i % 2):02d}" for i in range(64)]
    path = saved(tmp_path, pd.DataFrame({"id": [f"e{i}" for i in range(64)], "date": when, "country": "Mali"}))
    coverage = write(tmp_path / "days.csv", "country,first_day,last_day\nMLI,2022-01-01,2024-12-31\n")
    study = open_study(
        path, mapping="id=id,date=date,country=country", coverage=coverage, as_of="2024-12-31", n_simulations=300
    )
    verdict = compute_indicators(study, questions=["assessment"]).set_index("name").loc["escalation_verdict"]
    assert verdict["label"] not in ("steady", "rising")


def test_34_a_table_without_first_order_units(tmp_path):
    path = saved(tmp_path, plain_rows())
    for command in ("alerts", "backtest"):
        shown = run(command, path, "--map", MAPPING)
        assert shown.exit_code == 0, shown.output
        assert "by country: the table names no first-order units" in shown.stderr
    for unit, what in (("admin1", "first-order units"), ("admin2", "second-order units"), ("grid", "coordinates")):
        shown = run("indicators", path, "--map", MAPPING, "--unit", unit)
        assert shown.exit_code == 3
        assert f"--unit {unit} cannot be used: the table names no {what}. Give --unit country." in shown.stderr
    nowhere = {"adm_1": "", "latitude": "", "longitude": ""}
    path = write(tmp_path / "ged.csv", as_text(ged(nowhere, nowhere)))
    with pytest.raises(SelectionError, match="names no first-order units"):
        open_study(path, unit="admin1")


def test_34_coordinates_place_rows_in_units_of_the_shipped_map(tmp_path):
    rows = plain_rows(
        place=[PLACES[i % 4][0] for i in range(60)],
        lat=[PLACES[i % 4][1] for i in range(60)], lon=[PLACES[i % 4][2] for i in range(60)],
    )  # fmt: skip
    path, mapping = saved(tmp_path, rows), f"{MAPPING},lat=lat,lon=lon"
    study = open_study(path, mapping=mapping, unit="admin1")
    assert study.attacks["admin1"].eq(study.attacks["locality"].replace("Segou", "Ségou")).all()
    assert any("those of the shipped map, by coordinates, for 60 of 60 rows" in words for words in study.notes)
    assert len(open_study(path, mapping=mapping, admin1="Gao").attacks) == 15
    # Names go before the map, and without being asked for nothing is placed.
    assert open_study(path, mapping=mapping).attacks["admin1"].isna().all()
    named = open_study(path, mapping=f"{mapping},admin1=place", unit="admin1")
    assert not any("shipped map" in words for words in named.notes)
    shown = run("alerts", path, "--map", mapping)
    assert "by country: the table names no first-order units (--unit admin1 from the start" in shown.stderr


def test_35_violence_in_words_and_parties_without_roles(tmp_path):
    rows = ged(*({"date_start": day, "date_end": day, "type_of_violence": "State-based violence"} for day in days(60)))
    path = write(tmp_path / "ged_tidied.csv", as_text(rows))
    table = load_incidents(path)
    assert table.problems.empty
    assert table.incidents["attacker"].isna().all()
    study = open_study(path, actor="Group A", n_simulations=200)
    assert len(study.attacks) == 60
    parts = compute_indicators(study, by="pair", questions=["frequency"])
    assert "MLI | pair: Government of Mali and Group A" in set(parts["unit"])
    assert parts.loc[parts["name"].eq("attacks_in_window"), "measure_unit"].eq("deadly events").all()


def test_ids_in_scientific_notation_are_named(tmp_path):
    rows = plain_rows(4, id=["2.02403E+11", "2.02403E+11", "2,02403E+11", "77"])
    table = load_incidents(saved(tmp_path, rows), mapping=f"{MAPPING},id=id")
    assert table.incidents["incident_id"].tolist() == ["row-2", "row-3", "row-4", "77"]
    assert table.problems["reason"].str.startswith("is in scientific notation").all()


def test_a_suggested_mapping_in_french_can_be_pasted(tmp_path):
    rows = plain_rows(5).rename(
        columns={"date": "Date de l'événement", "country": "Pays", "place": "Localité", "deaths": "Nombre de morts"}
    )
    path = saved(tmp_path, rows)
    shown = run("check", path)
    assert shown.exit_code == 3
    pasted = shown.stderr.partition("for example: --map ")[2].strip()
    [mapping] = shlex.split(pasted)
    assert run("check", path, "--map", mapping).exit_code == 0
    table = load_incidents(path, mapping=mapping)
    assert table.incidents["fatalities_best"].notna().all()
    assert table.incidents["locality"].notna().all()


def test_apostrophes_that_a_spreadsheet_puts_before_text(tmp_path):
    rows = plain_rows(
        3,
        date=["'2024-01-04", "'5 March 2024", "2024-03-06"],
        country=["'Mali", "Mali", "Mali"],
        deaths=["'12", "3", "'0"],
    )
    table = load_incidents(saved(tmp_path, rows), mapping=MAPPING)
    assert table.problems.empty
    assert table.incidents["fatalities_best"].tolist() == [12, 3, 0]
    assert table.incidents["country"].eq("MLI").all()


def test_monthly_counts_as_hdx_ships_them(tmp_path):
    months = ["January", "February", "March", "April", "May", "June"]
    table = [["Country", "Admin1", "ISO3", "Month", "Year", "Events", "Fatalities"]]
    table += [
        ["Mali", place, "MLI", month, 2024, i, 2 * i] for place in ("Gao", "Mopti") for i, month in enumerate(months)
    ]
    path = write(
        tmp_path / "mali_events.xlsx", workbook({"READ ME": [["Title", "x"], ["Licence", "made up"]], "Data": table})
    )
    shown = run("check", path, "--sheet", "Data")
    assert shown.exit_code == 3
    [mapping] = shlex.split(shown.stderr.partition("for example: --map ")[2].strip())
    assert mapping == "year=Year,month=Month,country=Country,admin1=Admin1,deaths=Fatalities,count=Events"
    counts = load_incidents(path, mapping=mapping).counts
    assert counts["attacks"].sum() == 30
    assert counts["period_end"].max() == pd.Timestamp("2024-07-01")


def test_counts_as_an_interface_answers(tmp_path):
    row = {
        "location_code": "MLI",
        "admin1_name": None,
        "event_type": "political_violence",
        "events": 3,
        "fatalities": None,
        "reference_period_start": "2024-01-01T00:00:00",
        "reference_period_end": "2024-01-31T23:59:59",
    }
    later = row | {
        "events": 4,
        "reference_period_start": "2024-02-01T00:00:00",
        "reference_period_end": "2024-02-29T23:59:59",
    }
    table = load_incidents(saved(tmp_path, json.dumps({"data": [row, later]}), "hapi.json"))
    assert table.provenance.source == "hdx_hapi"
    assert table.counts["attacks"].tolist() == [3, 4]


def open_document(path, rows):
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        '<?xml version="1.0"'
        f' encoding="UTF-8"?><office:document-content{names}><office:body><office:spreadsheet><table:table'
        f' table:name="Data">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<x/>")
    return path


def test_an_open_document_sheet(tmp_path):
    cells = [
        ["Date", "Country", "Place", "Killed"],
        *[[day, "Mali", "Town", str(i % 5)] for i, day in enumerate(days(6))],
    ]
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        + "</table:table-row>"
        for row in cells
    )
    path = open_document(tmp_path / "t.ods", rows)
    table = load_incidents(path, mapping="date=Date,country=Country,place=Place,deaths=Killed")
    assert table.incidents["fatalities_best"].tolist() == [0, 1, 2, 3, 4, 0]


def test_an_open_document_sheet_with_a_title_repeated_and_merged_cells(tmp_path):
    def cell(value, more=""):
        return f'<table:table-cell{more} office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    day = '<table:table-cell office:value-type="date" office:date-value="2024-03-{:02d}"/>'
    killed = '<table:table-cell office:value-type="float" office:value="{}"{}/>'
    down, under = ' table:number-rows-spanned="3"', "<table:covered-table-cell/>"
    rows = [
        cell("Attacks of 2024", ' table:number-columns-spanned="4"')
        + '<table:covered-table-cell table:number-columns-repeated="3"/>',
        '<table:table-cell table:number-columns-repeated="16384"/>',
        "".join(map(cell, ["Country", "Date", "Place", "Killed"])),
        cell("Mali", down) + day.format(5) + cell("Gao") + killed.format(2, ""),
        under + day.format(6) + cell("Gao", ' table:number-columns-repeated="1"') + killed.format(7, down),
        under + day.format(7) + cell("Gao") + under,
    ]
    body = '<table:table-column table:number-columns-repeated="4"/>' + "".join(
        f"<table:table-row>{row}</table:table-row>" for row in rows
    )
    table = load_incidents(open_document(tmp_path / "t.ods", body), mapping="date=Date,country=Country,deaths=Killed")
    assert table.incidents["country"].tolist() == ["MLI"] * 3
    assert table.incidents["date_start"].dt.day.tolist() == [5, 6, 7]
    assert table.incidents["fatalities_best"].fillna(-1).tolist() == [2, 7, -1]  # a number that is merged is not shared
    assert "2 cells under a merged cell were read as having its value" in table.provenance.warnings


def test_several_parties_in_one_cell_are_told_and_selected_by_each(tmp_path):
    path = saved(tmp_path, plain_rows(who=["JNIM", "ISSP", "GSIM; EIGS", "JNIM and ISSP"] * 15))
    table = load_incidents(path, mapping=f"{MAPPING},attacker=who")
    assert any(
        "rows that name several parties in who ('GSIM; EIGS', 'JNIM and ISSP'): 30;" in w
        for w in table.provenance.warnings
    )
    assert table.incidents["attacker"].value_counts().to_dict() == {"JNIM; ISSP": 30, "JNIM": 15, "ISSP": 15}
    assert set(table.incidents["attacker_type"]) == {"jihadist"}
    assert len(open_study(table, attacker="JNIM").attacks) == len(open_study(table, actor="EIGS").attacks) == 45


@pytest.mark.parametrize(
    ("numbers", "codes", "told"),
    [
        (["466", "562"], {"MLI", "NER"}, "list of ISO 3166-1 (466 as MLI and 562 as NER)"),
        (["432", "436"], {"MLI", "NER"}, "list of Gleditsch & Ward (432 as MLI and 436 as NER)"),
    ],
)
def test_countries_by_number(tmp_path, numbers, codes, told):
    table = load_incidents(saved(tmp_path, plain_rows(country=numbers * 30)), mapping=MAPPING)
    assert set(table.incidents["country"]) == codes
    assert any(told in words for words in table.provenance.warnings)


def test_a_number_that_may_be_two_countries_is_refused(tmp_path):
    path = saved(tmp_path, plain_rows(country=["Mali"] * 59 + ["450"]))
    reason = load_incidents(path, mapping=MAPPING).problems["reason"].iloc[0]
    assert "(ISO 3166-1: MDG, Gleditsch & Ward: LBR)" in reason


def test_a_form_with_groups_of_columns_above_their_names(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Ministère"],
        [],
        ["N°", "Date", "Localisation", None, "Bilan"],
        [None, None, "Région", "Lieu", "Morts"],
    ):
        sheet.append(row)
    for span in ("A3:A4", "B3:B4", "C3:D3"):
        sheet.merge_cells(span)
    for number, day in enumerate(days(), 1):
        sheet.append([number, day, "Gao", f"Village {number % 5}", number % 4])
    sheet.append(["TOTAL", None, None, None, 90])
    book.save(tmp_path / "ministere.xlsx")
    with pytest.raises(TableError, match="the country of all rows for COUNTRY") as refused:
        load_incidents(tmp_path / "ministere.xlsx")
    mapping = {
        "id": "N°",
        "date": "Date",
        "admin1": "Région",
        "place": "Lieu",
        "deaths": "Morts",
        "country": "=COUNTRY",
    }
    assert str(refused.value).endswith(f"mapping={mapping}")
    table = load_incidents(tmp_path / "ministere.xlsx", mapping=mapping | {"country": "=Mali"})
    assert (table.provenance.rows_kept, table.provenance.rows_rejected) == (60, 1)
    assert table.incidents["locality"].nunique() == 5


def test_a_table_copied_from_a_page_has_marks_of_footnotes(tmp_path):
    rows = plain_rows().rename(columns={"deaths": "Deaths[1]"})
    rows["place"] = [f"{place}[{n}]" for n, place in enumerate(rows["place"])]
    rows.loc[0, "Deaths[1]"] = "2 [b]"
    path = write(tmp_path / "page.txt", rows.to_csv(index=False, sep="\t"))
    table = load_incidents(path, mapping=MAPPING.replace("=deaths", "=Deaths[1]"))
    assert (table.incidents["locality"].nunique(), table.incidents["fatalities_best"].iloc[0]) == (5, 2)
    assert any(
        words.startswith("cells of place that end in the mark") and words.endswith(": 60")
        for words in table.provenance.warnings
    )


def test_spanish_columns_and_dates_in_a_spreadsheets_unicode_text(tmp_path):
    months = [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ]
    when = [f"{day.day} de {months[day.month - 1]} de {day.year}" for day in pd.to_datetime(days())]
    rows = pd.DataFrame({"Fecha": when, "País": "Colombia", "Departamento": "Cauca", "Muertos": "1", "Grupo": "ELN"})
    path = tmp_path / "tabla.txt"
    path.write_bytes(rows.to_csv(index=False, sep="\t").encode("utf-16"))
    guessed = {"date": "Fecha", "country": "País", "admin1": "Departamento", "deaths": "Muertos", "attacker": "Grupo"}
    with pytest.raises(TableError) as refused:
        load_incidents(path)
    assert str(refused.value).endswith(f"mapping={guessed}")
    table = load_incidents(path, mapping=guessed)
    assert [f"{day:%Y-%m-%d}" for day in table.incidents["date_start"]] == days()


def test_a_column_that_stands_twice_is_no_fault_unless_it_is_meant(tmp_path):
    path = write(tmp_path / "twice.csv", "Date,Country,Place,Place,n\n" + "2024-01-05,Mali,a,b,\n" * 3)
    assert len(load_incidents(path, mapping="date=Date,country=Country").incidents) == 3


def test_sheets_of_one_form_are_one_table_and_copies_are_asked_about(tmp_path):
    head = ["Date", "Country", "Region", "Killed"]
    years = {
        str(year): [head, *([day, "Niger", "Diffa", n % 3] for n, day in enumerate(days(5, first=f"{year}-02-01")))]
        for year in (2022, 2023)
    }
    years["2023"].insert(0, [])
    notes = {"Read me": [["About", "made up"], ["Source", "a test"]]}
    mapping = "date=Date,country=Country,admin1=Region,deaths=Killed"
    table = load_incidents(write(tmp_path / "years.xlsx", workbook({**notes, **years})), mapping=mapping)
    assert (table.provenance.rows_read, table.provenance.rows_kept) == (10, 10)
    assert table.incidents["date_start"].dt.year.value_counts().to_dict() == {2022: 5, 2023: 5}
    assert table.incidents["fatalities_best"].tolist() == [0, 1, 2, 0, 1] * 2
    assert "one table, their rows numbered in this order: 2022, 2023" in table.provenance.warnings[0]
    # Kinds of events on a sheet each are not added up unasked.
    kinds = dict(zip(("Battles", "Protests"), years.values(), strict=True))
    with pytest.raises(TableError, match="holds tables on 2 sheets: Battles, Protests"):
        load_incidents(write(tmp_path / "kinds.xlsx", workbook({**notes, **kinds})), mapping=mapping)
    # Without a mapping the notes are no table either.
    with pytest.raises(TableError, match="the publisher is not known by these columns: Date, Country, Region, Killed"):
        load_incidents(tmp_path / "years.xlsx")


def test_sums_by_unit_and_period_are_no_events(tmp_path):
    rows = [(country, year, 100 + year % 7) for country in ("Mali", "Niger") for year in range(2010, 2020)]
    text = "country,year,deaths\n" + "".join(f"{country},{year},{n}\n" for country, year, n in rows)
    path, mapping = write(tmp_path / "sums.csv", text), "year=year,country=country,deaths=deaths"
    with pytest.raises(TableError, match="over units and periods as in a table of sums, and 'deaths'"):
        load_incidents(path, mapping=mapping)
    assert len(load_incidents(path, mapping=mapping, count="none").incidents) == 20


def test_a_list_of_one_deadly_event_every_second_day_is_no_table_of_sums(tmp_path):
    mapping = "date=date,country=country,deaths=deaths"
    rows = [f"{day},Mali,{2 + n % 5}" for n, day in enumerate(days(40, first="2024-01-01", step=2))]
    listed = write(tmp_path / "events.csv", "\n".join(["date,country,deaths", *rows]))
    assert len(load_incidents(listed, mapping=mapping).incidents) == 40
    rows[7] = rows[7][:-1] + "0"
    with pytest.raises(TableError, match="as in a table of sums"):
        load_incidents(write(tmp_path / "sums.csv", "\n".join(["date,country,deaths", *rows])), mapping=mapping)


def test_running_totals_are_refused_by_name_and_told_by_their_course(tmp_path):
    weeks = days(12, first="2024-01-01", step=7)
    text = "week,country,cumulative_incidents\n" + "".join(f"{day},Mali,{3 * n}\n" for n, day in enumerate(weeks))
    with pytest.raises(TableError, match="'cumulative_incidents' adds up from row to row, by its name"):
        load_incidents(
            write(tmp_path / "a.csv", text), mapping="date=week,country=country", count="cumulative_incidents"
        )
    text = text.replace("cumulative_incidents", "n")
    told = load_incidents(write(tmp_path / "b.csv", text), mapping="date=week,country=country", count="n")
    assert any("the numbers of 1 of 1 units never fall" in words for words in told.provenance.warnings)
    falls = text.replace("Mali,33", "Mali,29")
    told = load_incidents(write(tmp_path / "c.csv", falls), mapping="date=week,country=country", count="n")
    assert not any("never fall" in words for words in told.provenance.warnings)


def test_totals_that_begin_anew_each_year_are_told(tmp_path):
    weeks = days(120, first="2023-01-02", step=7)
    for said, number in ((True, lambda n: 2 * (n % 52)), (False, lambda n: n * 5 % 7)):
        text = "week,country,n\n" + "".join(f"{day},Mali,{number(n)}\n" for n, day in enumerate(weeks))
        table = load_incidents(write(tmp_path / "a.csv", text), mapping="date=week,country=country", count="n")
        assert any("as running totals do" in note for note in table.provenance.warnings) == said


def test_what_lasts_is_not_what_is_dated_roughly(tmp_path):
    rows = plain_rows(6, date=["2024-03", "April 2024", *days(4)], end=["", "", "", "2024-01-14", "", ""])
    table = load_incidents(saved(tmp_path, rows), mapping=f"{MAPPING},end=end")
    lasting = [words for words in warnings_of(table) if "last or may last several days" in words]
    assert lasting == ["1 of 6 rows last or may last several days and are counted on their first"]


def test_rows_alike_in_a_table_without_ids_are_told(tmp_path):
    victims = pd.DataFrame({"date": ["2024-01-05"] * 5 + ["2024-02-01"], "country": "Syria", "admin1": "Idlib"})
    table = load_incidents(saved(tmp_path, victims), mapping="date=date,country=country,admin1=admin1")
    assert any(words.startswith("5 of 6 rows are alike in all that was read") for words in warnings_of(table))
    victims["id"] = [f"v{n}" for n in range(6)]
    table = load_incidents(saved(tmp_path, victims), mapping="id=id,date=date,country=country,admin1=admin1")
    assert not any("alike" in words for words in warnings_of(table))
