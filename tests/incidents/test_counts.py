"""Tables of counts: read as what they are, nothing twice, nothing added up that overlaps."""

import numpy as np
import pandas as pd
import pytest

from analysis.incidents.check import warnings_of
from analysis.incidents.counts import whole_periods
from analysis.incidents.errors import SelectionError, TableError
from analysis.incidents.load import load_incidents
from analysis.incidents.opening import open_study
from tests.incidents.tables import as_text, write

ACLED_13 = [
    "WEEK", "REGION", "COUNTRY", "ADMIN1", "EVENT_TYPE", "SUB_EVENT_TYPE", "EVENTS", "FATALITIES",
    "POPULATION_EXPOSURE", "DISORDER_TYPE", "ID",
    "CENTROID_LATITUDE", "CENTROID_LONGITUDE",
]  # fmt: skip
WEEK = {
    "WEEK": "2024-01-06", "REGION": "Western Africa", "COUNTRY": "Mali", "ADMIN1": "Province A",
    "EVENT_TYPE": "Battles",
    "SUB_EVENT_TYPE": "Armed clash", "EVENTS": "2", "FATALITIES": "5", "POPULATION_EXPOSURE": "100",
    "DISORDER_TYPE": "Political violence", "ID": "1",
    "CENTROID_LATITUDE": "14.5", "CENTROID_LONGITUDE": "-4.25",
}  # fmt: skip
HAPI = {
    "location_code": "MLI", "admin1_name": "Province A", "admin2_name": "District A",
    "event_type": "political_violence", "events": "3",
    "fatalities": "4", "reference_period_start": "2024-01-01", "reference_period_end": "2024-01-31T23:59:59",
}  # fmt: skip


def weeks(*changes):
    return [WEEK | change for change in (changes or ({},))]


def reasons(table):
    return table.problems.groupby("reason").size().to_dict()


@pytest.mark.parametrize("written", ["2024-01-06", "06-January-2024"])
def test_acleds_weekly_aggregates(load, written):
    name = "Africa_aggregated_data_up_to_week_of-2024-01-13.csv"
    table = load(
        as_text(weeks({"WEEK": written}, {"WEEK": "2024-01-13", "EVENT_TYPE": "Protests", "EVENTS": "7"}), ACLED_13),
        name=name
    )  # fmt: skip
    assert (table.provenance.source, table.provenance.source_version) == (
        "acled_counts", "up to the week of 2024-01-13 (from the file's name)",
    )  # fmt: skip
    assert table.incidents.empty
    first = table.counts.iloc[0]
    assert (first["period_start"], first["period_end"]) == (pd.Timestamp("2024-01-06"), pd.Timestamp("2024-01-13"))
    assert (first["country"], first["admin1"], first["attacks"], first["deaths"]) == ("MLI", "Province A", 2, 5)
    assert table.counts["incident_kind"].tolist() == ["attack", "demonstration"]
    assert table.coverage[["first_day", "last_day"]].iloc[0].tolist() == [
        pd.Timestamp("2024-01-06"),
        pd.Timestamp("2024-01-19"),
    ]
    assert "each count is of a week that starts on a Saturday" in table.provenance.warnings
    told = "events that are no attacks are not counted (Protests 7); event_type= selects them"
    assert told in warnings_of(table)


def test_hapi_counts_months_and_never_adds_types_that_overlap(tmp_path):
    rows = [
        HAPI
        | {"event_type": kind, "events": n, "reference_period_start": f"2024-0{month}-01", "reference_period_end": end}
        for month, end in ((1, "2024-01-31"), (2, "2024-02-29"), (3, "2024-03-31"))
        for kind, n in (("political_violence", "3"), ("civilian_targeting", "2"), ("demonstration", "9"))
    ]
    path = write(tmp_path / "hapi.csv", as_text(rows))
    study = open_study(path)
    # March, the newest month, is unfinished when it is published.
    assert (study.start, study.end, study.count_period_days) == (
        pd.Timestamp("2024-01-01"),
        pd.Timestamp("2024-03-01"),
        30,
    )
    assert study.daily_counts().sum() == pytest.approx(6)
    assert open_study(path, event_type="civilian_targeting").daily_counts().sum() == pytest.approx(4)
    with pytest.raises(SelectionError, match="civilian_targeting, political_violence overlap in this table"):
        open_study(path, event_type=["political_violence", "civilian_targeting"])
    # The same through a mapping.
    mapped = (
        "date=reference_period_start,end=reference_period_end,country=location_code,admin1=admin1_name,type=event_type"
    )
    assert open_study(path, mapping=mapped, count="events", as_of="2024-02-29").daily_counts().sum() == pytest.approx(6)


MONTHS = pd.date_range("2023-01-01", periods=12, freq="MS")


def test_of_hapi_counts_that_are_read_in_their_newest_month_no_other_is_left_out(tmp_path):
    now = pd.Timestamp.now().to_period("M")
    rows = [
        HAPI
        | {
            "event_type": "political_violence",
            "events": "3",
            "reference_period_start": f"{month.start_time:%Y-%m-%d}",
            "reference_period_end": f"{month.end_time:%Y-%m-%d}",
        }
        for month in pd.period_range(now - 5, now, freq="M")
    ]
    study = open_study(write(tmp_path / "hapi.csv", as_text(rows)))
    assert study.end == now.start_time


@pytest.mark.parametrize(("column", "first"), [("week_ending", "2024-01-01"), ("week", "2024-01-07")])
def test_a_column_of_ends_of_weeks_is_read_as_that(load, column, first):
    rows = [f"{day:%Y-%m-%d},Mali,3" for day in pd.date_range("2024-01-07", periods=6, freq="7D")]
    table = load("\n".join([f"{column},country,n", *rows]), mapping=f"date={column},country=country", count="n")
    assert table.counts["period_start"].iloc[0] == pd.Timestamp(first)


@pytest.mark.parametrize("none", ["-", "–", "nil", "0"])
def test_counts_with_dashes_for_zero_and_commas_are_asked_about(load, none):
    rows = [f'{day:%Y-%m-%d},Mali,"{(none, "1,200", "7")[at % 3]}"' for at, day in enumerate(MONTHS)]
    with pytest.raises(TableError, match="looks like a count of events"):
        load("\n".join(["date,country,attacks", *rows]), mapping="date=date,country=country")


def test_rates_of_three_decimals_are_no_counts(load):
    rows = [f"{day:%Y-%m-%d},Mali,{('0', '0.125', '0.250')[at % 3]}" for at, day in enumerate(MONTHS)]
    with pytest.raises(TableError, match="spread over units and periods as evenly as prices"):
        load("\n".join(["date,country,rate", *rows]), mapping="date=date,country=country")


def test_a_mapped_table_with_a_column_of_counts_is_asked_about(load):
    text = "month,country,region,events\n" + "".join(
        f"2024-0{m},Mali,R{r},{m * r}\n" for m in range(1, 7) for r in range(4)
    )
    with pytest.raises(
        TableError, match=r"the column 'events' looks like a count of events.*add count='events' .*add count='none'"
    ):
        load(text, mapping="date=month,country=country,admin1=region")
    counted = load(text, mapping="date=month,country=country,admin1=region", count="events")
    assert counted.counts["attacks"].sum() == 21 * 6
    assert "each count is of a month" in counted.provenance.warnings
    listed = load(text, mapping="date=month,country=country,admin1=region", count="none")
    assert len(listed.incidents) == 24
    # Named otherwise: regular dates, zeros, and rows alike but for the number.
    odd = text.replace(",events", ",x17")
    with pytest.raises(TableError, match="the column 'x17' looks like a count"):
        load(odd, mapping="date=month,country=country,admin1=region")
    with pytest.raises(TableError, match="count='n' needs mapping="):
        load(text.replace(",events", ",n"), count="n")


WORKDAYS = pd.bdate_range("2024-01-01", periods=40)


@pytest.mark.parametrize(
    ("header", "rows", "mapping"),
    [
        ("date,close", [f"{day:%Y-%m-%d},{at % 7}.5" for at, day in enumerate(WORKDAYS)], "date=date"),
        ("date,stock,close", [f"{day:%Y-%m-%d},{s},{day.day}.5" for day in WORKDAYS for s in "ABC"], "date=date"),
        ("time,rain", [f"{day:%Y-%m-%d} {h}:00,{h}" for day in WORKDAYS for h in range(10, 16)], "date=time"),
        ("year,people", [f"{year},{year * 7.5}" for year in range(1990, 2010)], "year=year"),
        ("year,state,wage", [f"{year},S{s},{s}.5" for year in range(2010, 2014) for s in range(50)], "year=year"),
        ("y,m,d,price", [f"{d.year},{d.month},{d.day},{x}" for d in WORKDAYS for x in (7, 8)], "year=y,month=m,day=d"),
    ],
)
def test_prices_populations_and_weather_are_asked_about(load, header, rows, mapping):
    """Each row passed as an event: a country's inhabitants year by year as so many attacks."""
    text = "\n".join([header, *rows])
    with pytest.raises(TableError, match="spread over units and periods as evenly as prices"):
        load(text, mapping=f"{mapping},country==Mali")
    assert len(load(text, mapping=f"{mapping},country==Mali", count="none").incidents) == len(rows)


@pytest.mark.parametrize("more", ["", ",n", ",what", ",row,1"])
def test_an_event_a_day_without_a_number_is_one(load, more):
    """A list of made-up or regular events has no column in which a price or a population could stand."""
    values = {"": "", ",n": ",1", ",what": ",shelling", ",row,1": ",{at},1"}[more]
    days = pd.date_range("2024-01-01", periods=60)
    rows = [f"{day:%Y-%m-%d},Mali{values.format(at=at)}" for at, day in enumerate(days)]
    text = "\n".join(["date,country" + more.replace(",1", ",side"), *rows])
    assert len(load(text, mapping="date=date,country=country").incidents) == 60


def test_a_table_of_one_day_is_a_list_of_events(load):
    rows = "\n".join(f"Mali,{n * 1.5}" for n in range(12))
    assert len(load(f"country,size\n{rows}", mapping="date==2024-01-05,country=country").incidents) == 12


@pytest.mark.parametrize("more", ["deaths", "injured", "age"])
def test_events_on_two_days_of_three_are_a_list(load, more):
    days = np.flatnonzero(np.random.default_rng(7).random(90) < 0.66)
    rows = [f"{pd.Timestamp('2024-01-01') + pd.Timedelta(days=day):%Y-%m-%d},Mali,{day % 7 + 1}" for day in days]
    mapping = "date=date,country=country" + ",deaths=deaths" * (more == "deaths")
    assert len(load("\n".join([f"date,country,{more}", *rows]), mapping=mapping).incidents) == len(days)


@pytest.mark.parametrize(("hour", "refused"), [(23, True), (5, False), (0, False)])
def test_months_that_begin_at_midnight_of_another_zone_are_refused(load, hour, refused):
    """2024-01-31T23:00Z is the first of February in Paris; 05:00Z is the same day in New York."""
    days = pd.date_range("2023-01-31", periods=12, freq="ME")
    text = "\n".join(["month,n", *(f"{day:%Y-%m-%d}T{hour:02d}:00:00Z,{day.month % 5}" for day in days)])
    mapping = "date=month,country==Mali"
    if refused:
        with pytest.raises(TableError, match="each would be taken for the month before"):
            load(text, mapping=mapping, count="n")
    else:
        assert load(text, mapping=mapping, count="n").counts["period_start"].iloc[0] == pd.Timestamp(2023, 1, 1)


def test_deaths_of_each_day_are_sums(load):
    rows = [f"{day:%Y-%m-%d},{70 + day.day}" for day in pd.date_range("2024-01-01", periods=60)]
    with pytest.raises(TableError, match="as in a table of sums"):
        load("\n".join(["date,deaths", *rows]), mapping="date=date,deaths=deaths,country==Mali")
    mapping = "year=year,month=month,day=day,deaths=deaths,country==Mali"
    with pytest.raises(TableError, match="as in a table of sums"):
        load("\n".join(["year,month,day,deaths", *(row.replace("-", ",") for row in rows)]), mapping=mapping)
    months = [f"2024,{month},,{70 + month}" for month in range(1, 13)]
    rows_of_two = [f"{row},{country}" for country in ("Mali", "Niger") for row in months]
    text = "\n".join(["year,month,day,deaths,country", *rows_of_two])
    with pytest.raises(TableError, match="as in a table of sums"):
        load(text, mapping=mapping.replace("==Mali", "=country"))
    frame = pd.DataFrame({"year": [2024, 2024], "month": [1, 3], "day": [5, None], "deaths": [1, 2]})
    assert load_incidents(frame, mapping=mapping).incidents["date_precision"].tolist() == ["unstated", "month"]
    rows = [f"{day:%Y,%m,%d},{70 + day.day}" for day in pd.date_range("2024-01-01", periods=60, freq="17D")]
    assert len(load("\n".join(["year,month,day,deaths", *rows[:9], *rows[10:]]), mapping=mapping).incidents) == 59


def test_events_that_fall_as_events_do_are_not_asked_about(load):
    days = np.random.default_rng(4).integers(0, 400, 300)  # on half of all days, on some twice
    rows = [f"{day:%Y-%m-%d},x" for day in pd.Timestamp("2023-01-01") + pd.to_timedelta(np.sort(days), unit="D")]
    assert len(load("\n".join(["date,what", *rows]), mapping="date=date,country==Mali").incidents) == 300


def test_a_total_of_dead_and_injured_is_no_count(load):
    rows = [f"2024-01-{day:02d},Mali,{day % 4},{day % 3},{day % 4 + day % 3}" for day in (1, 2, 5, 9, 11, 17, 18, 26)]
    text = "\n".join(["date,country,dead,injured,total", *rows])
    assert len(load(text, mapping="date=date,country=country,deaths=dead").incidents) == 8


def test_a_list_of_events_is_not_asked_about(load):
    rows = "".join(f"e{n},2024-01-{n:02d},Mali,{n % 3},{n % 2 + 1}\n" for n in range(1, 29))
    table = load("id,when,country,killed,vehicles\n" + rows, mapping="id=id,date=when,country=country,deaths=killed")
    assert len(table.incidents) == 28
    # Nor one row for each day, where each has a place of its own.
    rows = "".join(f"2024-01-{n:02d},Mali,{n % 3},{14 + n / 100}\n" for n in range(1, 29))
    placed = "when,country,killed,y\n" + rows
    assert len(load(placed, mapping="date=when,country=country").incidents) == 28
    with pytest.raises(TableError, match="'killed' would be the deaths of one event in each"):
        load(placed.replace(",y", ",rate"), mapping="date=when,country=country")


@pytest.mark.parametrize(
    ("changes", "reason", "column"),
    [
        ({"EVENTS": "-1"}, "is outside 0 or more", "EVENTS"),
        ({"EVENTS": "1.5"}, "is not a whole number", "EVENTS"),
        ({"EVENTS": ""}, "is missing", "EVENTS"),
        ({"EVENTS": "many"}, "is not a number", "EVENTS"),
        ({"WEEK": "2024-01-21"}, "starts on another day than the other weeks, Saturday", "(period)"),
        ({"ADMIN1": "Total"}, "is a total of other rows, which would count twice", "ADMIN1"),
        ({"ADMIN1": "TOTAL:"}, "is a total of other rows, which would count twice", "ADMIN1"),
        ({"ADMIN1": "Ensemble"}, "is a total of other rows, which would count twice", "ADMIN1"),
        (
            {"ADMIN1": ""},
            "is counted at a coarser level than other rows of the country, which would count twice",
            "(unit)",
        ),
        ({"WEEK": "2024-01-13"}, "is a copy of an earlier row", "EVENTS"),
    ],
)
def test_a_row_that_would_count_wrongly_is_set_aside(load, changes, reason, column):
    rows = weeks(
        {},
        {"WEEK": "2024-01-13"},
        {"WEEK": "2024-01-20"},
        changes if changes.get("WEEK") else {"WEEK": "2024-01-27"} | changes,
    )
    table = load(as_text(rows, ACLED_13))
    assert table.problems[["column", "reason", "action"]].to_numpy().tolist() == [[column, reason, "row set aside"]]
    assert len(table.counts) == 3


def test_rows_of_one_unit_period_and_type_that_differ_are_set_aside(load):
    table = load(as_text(weeks({}, {"EVENTS": "3"}, {"WEEK": "2024-01-13"}), ACLED_13))
    assert reasons(table) == {
        "is the unit, period and type of rows that differ; map the column that tells them apart (month, week, type,"
        " ...)": 2
    }
    # Another type of disorder is another count.
    assert len(load(as_text(weeks({}, {"DISORDER_TYPE": "Demonstrations", "EVENTS": "3"}), ACLED_13)).counts) == 2


def test_periods_without_rows_are_told_and_count_as_zero(load):
    table = load(as_text(weeks({}, {"WEEK": "2024-01-27"}), ACLED_13))
    assert any(
        note.startswith("2 of 4 periods have no row at all (2024-01-13, 2024-01-20)")
        for note in table.provenance.warnings
    )
    zeros = load(as_text(weeks({"EVENTS": "0"}, {"WEEK": "2024-01-13"}, {"ADMIN1": "Province B"}), ACLED_13))
    assert any("1 of 4 pairs of unit and period have no row" in note for note in zeros.provenance.warnings)


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        (["2024-01-01", "2024-02-01", "2024-03-01"], "a month"),
        (["2024-01", "2024-02"], "a month"),
        (["2022", "2023", "2024"], "a year"),
        (["2022-01-01", "2023-01-01", "2024-01-01"], "a year"),
        (["2024-01-01", "2024-01-08", "2024-01-22"], "a week that starts on a Monday"),
        (["2024-01-07", "2024-01-14"], "a week that starts on a Sunday"),
        (["2024-01-01", "2024-01-02", "2024-01-05"], "a day"),
    ],
)
def test_the_kind_of_period_is_told_by_how_starts_lie(load, dates, said):
    text = "d,c,n\n" + "".join(f"{day},Mali,3\n" for day in dates)
    told = load(text, mapping="date=d,country=c", count="n").provenance.warnings
    assert f"each count is of {said}" in told
    # A Sunday begins a week, or ends one.
    assert any("call the column week_ending" in note for note in told) == said.endswith("Sunday")


def test_year_and_month_in_columns(load):
    table = load(
        "Year,Month,land,n\n2024,1,Mali,3\n2024,2,Mali,4\n", mapping="year=Year,month=Month,country=land", count="n"
    )
    assert table.counts["period_end"].tolist() == [pd.Timestamp("2024-02-01"), pd.Timestamp("2024-03-01")]


def test_a_study_of_counts_holds_whole_periods(tmp_path):
    rows = [
        WEEK | {"WEEK": f"{day:%Y-%m-%d}", "EVENTS": 3, "ADMIN1": place}
        for day in pd.date_range("2022-01-01", periods=120, freq="7D")
        for place in "AB"
    ]
    path = write(tmp_path / "a.csv", as_text(rows, ACLED_13))
    study = open_study(path, as_of="2024-04-10", unit="admin1")  # a Wednesday: the week before ends on Friday the 5th
    assert study.as_of == pd.Timestamp("2024-04-05")
    assert study.notes[0] == "as of 5 April 2024: the last whole period of the table to 10 April 2024 ends there"
    assert study.settings.window_days == 28
    assert study.count_between(study.window_start, study.end) == 24
    # 1,096 days are 157 weeks; the table has fewer before the window.
    assert study.baseline_start == study.start
    assert study.count_between(study.baseline_start, study.window_start) == 6 * (118 - 4)
    assert study.units.unique().tolist() == ["MLI/A", "MLI/B"]
    assert study.count_period_days == 7
    assert study.attacks.empty
    assert study.place == "MLI"
    for option, value in (("attacker", "JNIM"), ("actor", "JNIM"), ("target_type", "civilians")):
        with pytest.raises(SelectionError, match="holds counts of attacks by unit and period"):
            open_study(path, **{option: value})
    with pytest.raises(SelectionError, match=r"the table counts by admin1\. Give unit='admin1'"):
        open_study(path, unit="admin2")
    with pytest.raises(SelectionError, match="'NER' is in none"):
        open_study(path, country="Niger")
    with pytest.raises(SelectionError, match="No whole period of the table lies between"):
        open_study(path, from_date="2024-03-31", as_of="2024-04-04")


def test_the_whole_periods_of_a_span():
    counts = pd.DataFrame(
        {
            "period_start": pd.to_datetime(["2024-01-01", "2024-02-01"]),
            "period_end": pd.to_datetime(["2024-02-01", "2024-03-01"]),
        }
    )
    whole = whole_periods(counts, pd.Timestamp("2024-01-01"), pd.Timestamp("2024-02-29"))
    assert whole == (pd.Timestamp("2024-01-01"), pd.Timestamp("2024-02-01"))


def test_nothing_of_a_table_of_counts_that_can_be_used(load):
    with pytest.raises(TableError, match="none of 1 rows can be used"):
        load(as_text(weeks({"EVENTS": "-1"}), ACLED_13))


def test_a_workbook_of_aggregates(tmp_path):
    frame = pd.DataFrame(weeks({}, {"WEEK": "2024-01-13"}), columns=ACLED_13)
    frame["WEEK"] = pd.to_datetime(frame["WEEK"])
    frame["EVENTS"] = [2, 3]
    path = tmp_path / "Africa_aggregated_data_up_to-2024-01-13.xlsx"
    pytest.importorskip("openpyxl")
    frame.to_excel(path, index=False)
    assert load_incidents(path).counts["attacks"].tolist() == [2, 3]
