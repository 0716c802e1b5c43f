"""Ways in which dates, numbers, places and headers are written that once gave a wrong number, or none; all made up."""

import json
from datetime import date, timedelta

import pandas as pd
import pytest

from analysis.incidents.dates import (
    A_PART_OF_A_YEAR,
    EXCHANGED,
    NO_YEAR,
    TWO_YEARS,
    read_date,
    read_dates,
    read_parts,
)
from analysis.incidents.errors import TableError
from analysis.incidents.load import load_incidents
from tests.incidents.tables import acled

DAYS = [date(2024, 1, 4) + timedelta(8 * n) for n in range(24)]
WEEKS = [date(2023, 1, 2) + timedelta(7 * n) for n in range(60)]
MAPPING = "date=date,country=country,place=place,deaths=deaths"
COUNTED = {"mapping": "date=period,country=country,admin1=region", "count": "n"}


def rows(dates=DAYS, *, country="Mali", deaths=None, head="date,country,place,deaths"):
    deaths = deaths or [str(n % 7) for n in range(len(dates))]
    return f"{head}\n" + "".join(f'"{day}",{country},Gao,"{n}"\n' for day, n in zip(dates, deaths, strict=True))


def counts(periods, units=("Gao", "Mopti"), number=lambda p, u: (p * 5 + u * 3) % 7):
    return "period,country,region,n\n" + "".join(
        f'"{period}",Mali,{unit},"{number(p, u)}"\n' for p, period in enumerate(periods) for u, unit in enumerate(units)
    )


@pytest.mark.parametrize(
    "written",
    ["2024-W10", "2024W10", "W10 2024", "week 10 of 2024", "Semaine 10, 2024", "S10-2024", "sem. 10/2024"],
)
def test_a_week_by_its_number(written):
    assert read_date(written) == (date(2024, 3, 4), "week")


def test_weeks_that_are_none_or_have_a_day():
    assert read_date("2024-W10-4") == (date(2024, 3, 7), "day")
    assert read_date("week 54 2024") == "is no week of the calendar"
    assert read_parts("2024", "", "", "S10") == (date(2024, 3, 4), "week")
    assert read_parts("2024", "", "", "ten") == "has 'ten' where a week should be"
    assert read_dates(["2024-W10"]).last[0] == pd.Timestamp("2024-03-10")


def test_six_digits_and_s_are_what_the_column_makes_of_them():
    assert (read_dates(["202401", "202412"]).precision == 1).all()
    assert (read_dates(["202401", "202452"]).precision == 3).all()
    assert len(read_dates(["202401", "202499"]).reasons) == 1
    assert read_dates(["S1 2024", "S2 2024"]).reasons == dict.fromkeys(["S1 2024", "S2 2024"], A_PART_OF_A_YEAR)
    assert read_dates(["S1 2024", "S3 2024"]).reasons == {}
    assert read_date("T3 2024") == read_date("2024-Q1") == A_PART_OF_A_YEAR


def test_a_year_that_runs_into_the_next_is_no_month():
    assert set(read_dates(["2005/06", "2006/07", "2012/13"]).reasons.values()) == {TWO_YEARS}
    assert (read_dates(["2005-06", "2005-07", "2012-12"]).precision == 1).all()


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2024-03-04/2024-03-06", 4, 6), ("4-6 March 2024", 4, 6), ("du 4 au 6 mars 2024", 4, 6),
        ("1er au 3 mars 2024", 1, 3),
        ("04.03.2024 \N{EN DASH} 06.03.2024", 4, 6), ("2024-03-04 to 2024-03-06", 4, 6),
        ("4 March - 6 March 2024", 4, 6),
    ],
)  # fmt: skip
def test_a_span_has_two_days(written, first, last):
    read = read_dates([written])
    assert (read.first[0], read.last[0], read.precision[0]) == (
        pd.Timestamp(2024, 3, first),
        pd.Timestamp(2024, 3, last),
        0,
    )


def test_other_ways_of_days():
    assert read_date("4\N{NO-BREAK SPACE}mars\N{NARROW NO-BREAK SPACE}2024") == (date(2024, 3, 4), "day")
    assert read_date("1709510400") == read_date("1709510400000") == read_date("20240304.0") == (date(2024, 3, 4), "day")
    assert read_date("2024-03-04 (approx.)") == (date(2024, 3, 4), "day")
    assert read_date("début mars 2024") == read_date("c. March 2024") == (date(2024, 3, 1), "month")
    assert read_date("6-4 March 2024") == "ends before it starts"
    assert isinstance(read_date("2024-03-04 perhaps"), str)


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (["05/03/2024", "06/03/2024"], False),
        (["05/03/2024", "31/12/2024"], True),  # the second says it of both
        (["2024-03-05", "2024-12-31"], True),
        (["1/13/2024", "05/03/2024"], False),  # read month first without it
    ],
)
def test_an_order_of_day_and_month_that_no_date_needs_is_told(load, days, told):
    read = load(rows([*days, "2024-01-01"], deaths=["1"] * 3), mapping=MAPPING, day_first=True)
    assert any("the order of day and month" in note for note in read.idle) == told


def test_dates_that_a_spreadsheet_exchanged_are_found_and_exchanged_back(load):
    days = [date(2024, month, day) for month in range(1, 11) for day in (3, 17)]
    torn = [f"{day:%Y}-{day:%d}-{day:%m}" if day.day <= 12 else f"{day:%d/%m/%Y}" for day in days]
    refused = load(rows(torn), mapping=MAPPING)
    assert (len(refused.incidents), refused.problems["reason"].unique().tolist()) == (10, [EXCHANGED])
    mended = load(rows(torn), mapping=MAPPING, day_first=True)
    assert mended.incidents["date_start"].dt.date.tolist() == days
    sound = [f"{day:%Y-%m-%d}" if n % 2 else f"{day:%d/%m/%Y}" for n, day in enumerate(DAYS)]
    assert len(load(rows(sound), mapping=MAPPING).problems) == 0


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1 200", 1200), ("1\N{NO-BREAK SPACE}200", 1200), ("1\N{NARROW NO-BREAK SPACE}200", 1200), ("1'200", 1200),
        ("1\N{RIGHT SINGLE QUOTATION MARK}200", 1200), ("12 34", None), ("1_200", None), ("1,200", None),
        ("1.200", None),
        ("1,234.0", 1234), ("1.234,0", 1234), ("3,0", 3), ("#REF!", None), ("TRUE", None),
    ],
)  # fmt: skip
def test_thousands(load, written, read):
    found = load(rows(deaths=[written] + ["2"] * 23), mapping=MAPPING).incidents["fatalities_best"][0]
    assert pd.isna(found) if read is None else found == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2 morts", 2),
        ("12 people killed", 12),
        ("1 muerto", 1),
        ("3 décès", 3),
        ("7*", 7),
        ("1 200 †", 1200),
        ("3 wounded", None),
        ("2 or 3 dead", None),
        ("several dead", None),
        ("5+", None),
    ],
)
def test_deaths_with_their_word_or_a_sign_behind(load, written, read):
    deaths = load(rows(deaths=[written] * len(DAYS)), mapping=MAPPING).incidents["fatalities_best"]
    assert deaths.isna().all() if read is None else deaths.eq(read).all()


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("14°30'00''N", "4°15'00''W"), ("14.5 N", "4.25 W"), ("14,5°N", "4,25° O"), ("14.5°", "-4.25°"),
        ("14.5", "\N{MINUS SIGN}4.25"),
        ("14 30 00 N", "W 4 15 00"),
    ],
)  # fmt: skip
def test_degrees(load, latitude, longitude):
    table = load(f'd,c,y,x\n2024-01-05,Mali,"{latitude}","{longitude}"\n', mapping="date=d,country=c,lat=y,lon=x")
    assert table.incidents[["latitude", "longitude"]].iloc[0].tolist() == [14.5, -4.25]


@pytest.mark.parametrize("mapping", ["date=d,country=c,lat=p,lon=p", "date=d,country=c,lat=p"])
@pytest.mark.parametrize("point", ["14.5, -4.25", "POINT (-4.25 14.5)", "(14.5; -4.25)"])
def test_points_in_one_column(load, point, mapping):
    table = load(f'd,c,p\n2024-01-05,Mali,"{point}"\n2024-01-06,Mali,here\n', mapping=mapping)
    assert table.incidents[["latitude", "longitude"]].iloc[0].tolist() == [14.5, -4.25]
    assert table.problems["value"].tolist() == ["here"]


def test_letters_of_the_other_axis_are_no_degrees(load):
    table = load("d,c,y,x\n2024-01-05,Mali,4.25 W,14.5 N\n", mapping="date=d,country=c,lat=y,lon=x")
    assert table.incidents["latitude"].isna().all()


@pytest.mark.parametrize(
    "periods",
    [
        [f"{day.isocalendar()[0]}-W{day.isocalendar()[1]:02d}" for day in WEEKS],
        [f"{day} - {day + timedelta(6)}" for day in WEEKS],
        [f"du {day:%d/%m/%Y} au {day + timedelta(6):%d/%m/%Y}" for day in WEEKS],
    ],
)
def test_counts_by_week(load, periods):
    table = load(counts(periods), **COUNTED)
    assert table.counts["period_start"].dt.date.unique().tolist() == WEEKS
    assert "each count is of a week that starts on a Monday" in table.provenance.warnings


def test_counts_by_year_and_week_columns(load):
    text = "y,w,c,n\n" + "".join(f"{day.isocalendar()[0]},{day.isocalendar()[1]},Mali,3\n" for day in WEEKS)
    table = load(text, mapping="year=y,week=w,country=c", count="n")
    assert table.counts["period_start"].dt.date.tolist() == WEEKS


def test_counts_dated_to_the_end_of_their_month(load):
    ends = pd.date_range("2023-01-31", periods=18, freq="ME")
    table = load(counts([f"{day:%Y-%m-%d}" for day in ends]), **COUNTED)
    assert table.counts["period_start"].unique().tolist() == [day.replace(day=1) for day in ends]
    assert "each count is of a month" in table.provenance.warnings


@pytest.mark.parametrize("freq", ["QS", "2MS", "14D"])
def test_counts_of_several_periods_are_refused(load, freq):
    starts = pd.date_range("2020-01-06" if freq == "14D" else "2020-01-01", periods=12, freq=freq)
    with pytest.raises(TableError, match=r"by no day, week, month or year: its counts start every"):
        load(counts([f"{day:%Y-%m-%d}" for day in starts]), **COUNTED)


def test_totals_under_other_names(load):
    months = [f"2023-{month:02d}" for month in range(1, 13)]
    for name in ("Mali", "Ensemble du pays", "Zone A"):
        text = counts(months, ("Gao", "Mopti", name), lambda p, u: (p % 3 + 1, p % 2 + 1, p % 3 + p % 2 + 2)[u])
        table = load(text, **COUNTED)
        total = name != "Zone A"  # of a unit with a name of its own it is only said
        assert table.counts["admin1"].eq(name).any() != total
        assert any("if it is a total" in said for said in table.provenance.warnings) != total


def test_an_empty_count_is_said_to_be_no_zero(load):
    text = counts(["2023-01", "2023-02", "2023-03"], number=lambda p, u: "" if (p, u) == (1, 0) else 2)
    assert any(
        "MLI/Gao, 2023-02-01" in said and "not zero" in said for said in load(text, **COUNTED).provenance.warnings
    )


@pytest.mark.parametrize(
    "head",
    ['"Date\nde  l\'attaque",country,place,De\u0301ce\u0300s', " DATE de l'attaque ,country,place,D\u00e9c\u00e8s"],
)
def test_names_of_columns_are_compared_as_read(load, head):
    table = load(rows(head=head), mapping="date=Date de l'attaque,country=country,place=place,deaths=d\u00e9c\u00e8s")
    assert (len(table.incidents), len(table.problems)) == (24, 0)


def test_a_file_whose_every_line_is_quoted(load):
    lines = ["date,country,place,deaths", *(f"{day},Mali,Gao,{n % 5}" for n, day in enumerate(DAYS))]
    table = load("".join(f'"{line}"\n' for line in lines), mapping=MAPPING)
    assert (len(table.incidents), table.incidents["fatalities_best"].sum()) == (24, 46)


def test_records_of_json_that_say_a_thing_twice_or_yes(load):
    made = json.dumps(acled({}, {"fatalities": True}))
    twice = load(made.replace('"fatalities": "3"', '"fatalities": "3", "fatalities": "300"'), name="a.json")
    assert twice.incidents["fatalities_best"].isna().all()
    assert twice.problems["value"].tolist() == ["3 | 300", "true"]
    assert "1 records have a key twice (fatalities)" in twice.provenance.warnings[0]


@pytest.mark.parametrize("form", ["features", "columns", "split"])
def test_other_forms_of_json(load, form):
    made = [
        {name: value for name, value in row.items() if name not in ("latitude", "longitude")} for row in acled({}, {})
    ]
    document = {
        "features": {"type": "FeatureCollection", "features": [{"geometry": {"type": "Point", "coordinates": [-4.25,
            14.5]}, "properties": row} for row in made]},
        "columns": {name: [row[name] for row in made] for name in made[0]},
        "split": {"columns": list(made[0]), "data": [list(row.values()) for row in made]},
    }[form]  # fmt: skip
    table = load(json.dumps(document), name="a.json")
    assert (len(table.incidents), table.incidents["latitude"].notna().all()) == (2, form == "features")


def test_an_answer_without_records_says_why(load):
    with pytest.raises(TableError, match=r'without any record; it says "Access denied"'):
        load(json.dumps({"status": 403, "error": "Access denied", "data": []}), name="a.json")


def test_periods_in_columns_are_explained(load):
    with pytest.raises(TableError, match=r"12 columns are periods \(2024-01, 2024-02, 2024-03, \.\.\.\)"):
        load("region," + ",".join(f"2024-{month:02d}" for month in range(1, 13)) + "\nGao" + ",1" * 12 + "\n")


def test_lost_minus_signs_are_told(load):
    from analysis.incidents.whereabouts import tell_whereabouts

    text = "d,c,y,x\n" + "".join(f"{day},Mali,14.5,4.25\n" for day in DAYS)
    table = load(text, mapping="date=d,country=c,lat=y,lon=x")
    assert "minus sign" in tell_whereabouts(table.incidents)[0]


def book(change, rows):
    import io

    from openpyxl import Workbook

    made = Workbook()
    for row in rows:
        made.active.append(row)
    change(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


HEAD = ["date", "country", "place", "deaths"]
CELLS = [[day, "Mali", "Gao", n % 5] for n, day in enumerate(DAYS[:6])]


def merge(made):
    made.active.merge_cells("A1:D1")
    for column, first, last in (("A", 3, 5), ("B", 3, 8), ("D", 6, 8)):
        made.active.merge_cells(f"{column}{first}:{column}{last}")


def hide(made):
    made.active.title = "now"
    old = made.create_sheet("old", 0)
    for row in [HEAD, *CELLS]:
        old.append(row)
    old.sheet_state = "hidden"


@pytest.mark.parametrize(
    ("change", "rows", "deaths", "told"),
    [
        # A number that is merged over rows is of all of them together, and is not theirs.
        (merge, [["Incidents"], HEAD, *CELLS], [0, 1, 2, 3, None, None], "7 cells under a merged cell"),
        (hide, [HEAD, *CELLS], [0, 1, 2, 3, 4, 0], "sheet 'now' was read, of old, now"),
        (lambda made: made, [HEAD, *CELLS[:5], [*CELLS[5][:3], "#REF!"]], [0, 1, 2, 3, 4, None],
            "1 cells of the workbook hold an error"),
        (lambda made: made, [HEAD, *CELLS[:5], [*CELLS[5][:3], "=1+1"]], [0, 1, 2, 3, 4, None],
            "1 cells of the workbook hold a formula"),
        (lambda made: made, [HEAD, *CELLS[:5], [*CELLS[5][:3], True]], [0, 1, 2, 3, 4, None], ""),
    ],
)  # fmt: skip
def test_workbooks_as_people_make_them(load, change, rows, deaths, told):
    table = load(book(change, rows), name="a.xlsx", mapping=MAPPING)
    read = [None if pd.isna(n) else n for n in table.incidents["fatalities_best"]]
    assert (len(table.incidents), read) == (6, deaths)
    assert any(said.startswith(told) for said in table.provenance.warnings)


def test_a_workbook_of_formulas_alone_is_refused_with_what_to_do(load):
    rows = [HEAD, *([f"=DATE(2024,1,{row[0].day})", *row[1:]] for row in CELLS)]
    with pytest.raises(TableError, match=r"none of 6 rows .* formula without its result .* in a spreadsheet and save"):
        load(book(lambda made: made, rows), name="a.xlsx", mapping=MAPPING)


@pytest.mark.parametrize(("freq", "first"), [("D", "2024-01-04"), ("M", "2024-01-01")])
def test_periods_that_pandas_stores_as_numbers(load, tmp_path, freq, first):
    frame = pd.DataFrame({"date": pd.PeriodIndex(["2024-01-04"], freq=freq), "country": "Mali"})
    frame.to_parquet(tmp_path / "a.parquet")
    table = load((tmp_path / "a.parquet").read_bytes(), name="b.parquet", mapping="date=date,country=country")
    assert table.incidents["date_start"].tolist() == [pd.Timestamp(first)]


def test_a_date_without_a_year_says_so_and_a_fiscal_year_in_its_column_too():
    assert read_date("11 January") == read_date("mars") == NO_YEAR
    assert read_date("perhaps in 2024") != NO_YEAR
    assert read_parts("2012/13", "", "") == TWO_YEARS


def test_columns_of_units_are_no_list_of_days(load):
    daily = pd.date_range("2024-01-01", periods=40)
    text = "date,Gao,Mopti\n" + "".join(f"{day:%Y-%m-%d},{n % 3},{n % 2}\n" for n, day in enumerate(daily))
    with pytest.raises(TableError, match=r"2 columns look like counts \(Gao, Mopti, ...\), as where each unit has"):
        load(text, mapping={"date": "date", "country": "=Mali"})
    assert len(load(text, mapping={"date": "date", "country": "=Mali"}, count="none").incidents) == 40


@pytest.mark.parametrize("begins", [WEEKS, [date(2019 + n // 12, n % 12 + 1, 1) for n in range(60)]])
def test_sums_that_leave_out_what_had_none_are_no_events(load, begins):
    """Of a hundred events by week or month in three regions some would share both; sums never do."""
    cells = [(day, region) for day in begins for region in ("A", "B", "C")]
    text = "date,country,admin1,deaths\n" + "".join(
        f"{day},Mali,{region},{1 + n % 5}\n" for n, (day, region) in enumerate(cells) if n * 7 % 12 > 4
    )
    mapping = "date=date,country=country,admin1=admin1,deaths=deaths"
    with pytest.raises(TableError, match="as in a table of sums"):
        load(text, mapping=mapping)
    first, *rest = text.splitlines()
    events = "\n".join([first, *rest, rest[4], rest[9]])  # two that share week and region with another
    assert len(load(events, mapping=mapping).incidents) == len(rest) + 2
    assert len(load("\n".join([first, *rest[:20]]), mapping=mapping).incidents) == 20  # too few to tell


def test_a_place_called_unknown_is_no_place(load):
    names = ["Unknown", "(inconnu)", "non précisé", "нет данных", "غير معروف", "#DIV/0!", "Location unknown", "Gao"]
    rows = "".join(f"2024-03-0{n},Mali,{name},{name},{name}\n" for n, name in enumerate(names, 1))
    table = load("date,country,admin1,place,attacker\n" + rows, mapping="date=date,country=country,admin1=admin1,"
        "place=place,attacker=attacker")  # fmt: skip
    for column in ("admin1", "locality", "attacker"):
        assert table.incidents[column].dropna().tolist() == ["Gao"]
    told = [note for note in table.provenance.warnings if "read as no place: 7" in note]
    assert [name in note for note in told for name in ("admin1", "locality")] == [True, False, False, True]
    called = ["Nil", "Nil Blanc", "Unknown Soldier Square", "Ras"]  # a state of Sudan in French, a square
    rows = "".join(f"2024-03-05,Sudan,{name}\n" for name in called)
    table = load(f"date,country,place\n{rows}", mapping="date=date,country=country,place=place")
    assert table.incidents["locality"].tolist() == called


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (["22:00:00Z", "22:00:00Z"], "22:00 UTC"), (["22:00Z", "23:00:00.000+00:00"], "22:00 / 23:00 UTC"),
        (["00:00:00Z", "22:00:00Z"], ""), (["22:00:00", "22:00:00"], ""), (["14:37:00Z", "14:37:00Z"], ""),
    ],
)  # fmt: skip
def test_texts_of_midnights_of_another_zone_are_told(load, times, told):
    written = [f"2024-03-0{n}T{time}" for n, time in enumerate(times, 1)]
    frame = pd.DataFrame({"date": pd.to_datetime(written, format="ISO8601"), "country": "Mali"})
    for content in (f"date,country\n{written[0]},Mali\n{written[1]},Mali\n", frame):
        table = (load_incidents if content is frame else load)(content, mapping="date=date,country=country")
        found = [note for note in table.provenance.warnings if "another time zone" in note]
        assert [f"is {told}, as" in note for note in found] == [True] * bool(told)
        assert table.incidents["date_start"].dt.day.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("order", "named", "told"),
    [([9, 1, 5, 2, 8, 3, 7, 4, 6, 11, 10, 12], (0, 4, 8), True), (range(1, 13), (0, 4, 8), False),
        ([9, 1, 5, 2, 8, 3, 7, 4, 6, 11, 10, 12], (1, 4, 8), False),
        ([9, 1, 5, 2, 8, 3, 7, 4, 6, 11, 10, 12], (0, 1, 2, 4, 5, 7, 8), False)],
)  # fmt: skip
def test_names_that_stand_once_above_their_rows_are_told(load, order, named, told):
    rows = [f"2024-03-{day:02d},Mali,{f'group {row}' if row in named else ''}" for row, day in enumerate(order)]
    table = load("\n".join(["date,country,who", *rows]), mapping="date=date,country=country,attacker=who")
    assert any("9 rows below the 3 names of who" in note for note in table.provenance.warnings) == told


NIGHTS = [f"2024-03-{n:02d} 23:00:00" for n in range(1, 6)]


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (NIGHTS, "23:00,"), ([f"{n}.03.2024 22:00" for n in range(1, 6)], "22:00,"),
        (["3/1/2024 9:00:00 PM", *(f"3/{n}/2024 10:00 PM" for n in range(13, 17))], "21:00 / 22:00,"),
        ([f"{45292 + n}.958333333336" for n in range(5)], "23:00,"), ([f"{1709247600 + 86400 * n}" for n in range(2)],
        "23:00 UTC,"), (["1709247600000", "1711922400000"], "22:00 / 23:00 UTC,"),
        # Midnights in Britain, in winter and in summer.
        ([*NIGHTS[:3], "2024-01-05 00:00:00", "2024-01-06 00:00:00"], "00:00 / 23:00,"),
        ([f"2024-0{n}-15T{'23' if n > 3 else '00'}:00:00Z" for n in range(1, 7)], "00:00 / 23:00 UTC,"),
        ([f"2024-0{n}-15T{'22' if n > 3 else '00'}:00:00" for n in range(1, 7)], ""),
        ([f"2024-0{n}-15T00:00:00Z" for n in range(1, 7)], ""),
        ([f"2024-03-{n:02d}" for n in range(1, 20)] + NIGHTS[:1], ""),
        (NIGHTS[:4], ""), ([*NIGHTS, "2024-03-09 20:00"], ""),
        (["1/1/2024 12:00:00 AM", *(f"7/{n}/2024 11:00 PM" for n in range(13, 18))], "00:00 / 23:00,"),
        ([*NIGHTS, "2024-01-09"], "00:00 / 23:00,"),
        ([f"2024-03-{n:02d} 05:00:00" for n in range(1, 8)], ""), ([f"2024-03-{n:02d} 12:00" for n in range(1, 8)], ""),
        ([f"2024-03-{n:02d}T23:00:00+01:00" for n in range(1, 8)], ""), (["1709247601"], ""),
    ],
)  # fmt: skip
def test_times_without_a_zone_that_are_all_of_one_evening_hour_are_told(load, times, told):
    """Midnights of zones further east, which a program has written in UTC and without saying so."""
    table = load("date,country\n" + "".join(f"{time},Mali\n" for time in times), mapping="date=date,country=country",
        month_first="/" in times[0])  # fmt: skip
    found = [note for note in table.provenance.warnings if "another time zone" in note]
    assert [f"is {told} as" in note for note in found] == [True] * bool(told)


@pytest.mark.parametrize("n", [4, 5])
@pytest.mark.parametrize("kind", ["frame", "arrow", "xlsx", "parquet"])
def test_such_times_are_told_of_frames_and_files(tmp_path, kind, n):
    frame = pd.DataFrame({"date": pd.to_datetime(NIGHTS[:n]), "country": "Mali"})
    path = tmp_path / f"t.{kind}"
    if kind == "xlsx":
        frame.to_excel(path, index=False)
    elif kind == "parquet":
        frame.to_parquet(path)
    elif kind == "arrow":
        frame = frame.astype({"date": "timestamp[us][pyarrow]"})
    table = load_incidents(path if path.exists() else frame, mapping="date=date,country=country")
    assert any("is 23:00, as midnight" in note for note in table.provenance.warnings) == (n == 5)
    assert table.incidents["date_start"].dt.day.tolist() == [*range(1, n + 1)]


def test_signs_that_nobody_sees_are_no_part_of_a_date_or_a_number(load):
    """As spreadsheets in Arabic and properties of files in Windows put them between digits."""
    rows = "\u200f5\u200f/3\u200f/2024,Mali,\u200f7,\u200e14.5,\u0664\u066b\u0662\ufeff\n"
    rows += "\u200e15.\u200e03.\u200e2024\u200b,Mali,1\u066c200*,14,4\n"
    table = load(f"date,country,deaths,lat,lon\n{rows}", day_first=True,
        mapping="date=date,country=country,deaths=deaths,lat=lat,lon=lon")  # fmt: skip
    assert table.problems.empty
    assert table.incidents["date_start"].dt.strftime("%d.%m").tolist() == ["05.03", "15.03"]
    assert table.incidents["fatalities_best"].tolist() == [7, 1200]
    assert table.incidents[["latitude", "longitude"]].iloc[0].tolist() == [14.5, 4.2]


def test_what_databases_write_for_nothing_is_nothing(load):
    table = load("date,country,place,deaths\n2024-03-04,Mali,\\N,\\N\n", mapping=MAPPING)
    assert table.problems.empty
    assert table.incidents.loc[0, ["locality", "fatalities_best"]].isna().all()


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        ([date(2023 + n // 12, n % 12 + 1, 1) for n in range(24)], "first days of months"),
        (WEEKS[:24], "fall on one day of the week"),
        ([f"{day:%Y-%m}" for day in WEEKS[:24]], ""),
        (DAYS, ""),
    ],
)
def test_dates_that_are_those_of_periods_are_told(load, dates, told):
    notes = load(rows([*dates, *dates[:2]]), mapping=MAPPING).provenance.warnings
    found = [note for note in notes if note.startswith("all ")]
    assert [told in note for note in found] == [True] * bool(told)
