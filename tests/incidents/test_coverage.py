"""In which days silence means zero, and whose counts a table is held against."""

import pandas as pd
import pytest

from analysis.incidents.check import warnings_of
from analysis.incidents.coverage import (
    assumed_coverage,
    broken_off,
    common_spans,
    load_context,
    load_coverage,
    load_reference,
    tell_uncovered,
)
from analysis.incidents.errors import SelectionError, TableError
from analysis.incidents.opening import open_study
from analysis.measures.confidence import confidence_of
from analysis.measures.level import CANNOT_TELL, level_of
from analysis.measures.reliability import recording_problem
from tests.incidents.tables import write


def test_coverage_is_the_same_for_every_country_where_it_is_assumed():
    first, last = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-12-31")
    coverage = assumed_coverage(["NER", "MLI"], first, last, basis="assumed")
    assert coverage.to_numpy().tolist() == [["MLI", first, last, "assumed"], ["NER", first, last, "assumed"]]


def test_stated_coverage(tmp_path):
    path = write(
        tmp_path / "c.csv",
        "\ufeffcountry,first_day,last_day,note\nMali,2024-01-01,2024-06-30,x\nNER,2024-02-01,2024-06-30,\n",
    )
    coverage = load_coverage(path)
    assert coverage["country"].tolist() == ["MLI", "NER"]
    assert coverage["basis"].eq("stated").all()


@pytest.mark.parametrize(
    ("name", "basis"),
    [("Complétude", "in part"), ("completness", ""), ("Completeness (%)", ""), ("remark", "stated")],
)
def test_a_column_of_coverage_that_is_mistyped_is_no_column_less(tmp_path, name, basis):
    """A record that its keeper called partial counted as complete where the column had another name."""
    path = write(tmp_path / "c.csv", f"country,first_day,last_day,{name}\nMLI,2024-01-01,2024-12-31,partiel\n")
    if basis:
        assert load_coverage(path)["basis"].tolist() == [basis]
    else:
        with pytest.raises(TableError, match="is not read"):
            load_coverage(path)


@pytest.mark.parametrize(
    ("rows", "spans"),
    [
        # In any order; what touches is one span.
        ("MLI,2024-07-01,2024-12-31\nMLI,2024-01-01,2024-06-30", ["01-01 12-31"]),
        ("MLI,2024-07-02,2024-12-31\nMLI,2024-01-01,2024-06-30", ["01-01 06-30", "07-02 12-31"]),
        # Of two countries a day counts where both are covered.
        (
            "MLI,2024-01-01,2024-03-31\nMLI,2024-05-01,2024-12-31\nNER,2024-02-01,2024-08-31\nNER,2024-10-01,2024-12-31",
            ["02-01 03-31", "05-01 08-31", "10-01 12-31"],
        ),
        ("MLI,2024-01-01,2024-03-31\nNER,2024-04-01,2024-12-31", []),
    ],
)
def test_spans_of_coverage(tmp_path, rows, spans):
    coverage = load_coverage(write(tmp_path / "c.csv", f"country,first_day,last_day\n{rows}\n"))
    assert [f"{first:%m-%d} {last:%m-%d}" for first, last in common_spans(coverage)] == spans


@pytest.fixture
def attacks(tmp_path):
    """An attack in Mali every third day of 2023 and 2024, and one in Niger."""
    days = pd.date_range("2023-01-01", "2024-12-31", freq="3D")
    table = write(
        tmp_path / "t.csv", "when,land\n" + "".join(f"{day:%Y-%m-%d},Mali\n" for day in days) + "2024-01-01,Niger\n"
    )

    def opened(*spans, **words):
        held = words.pop("completeness", "")
        rows = "".join(f"{'' if span[0] == 'N' else 'MLI,'}{span.replace(' ', ',')},{held}\n" for span in spans)
        return open_study(
            table,
            country=words.pop("country", "Mali"),
            mapping="date=when,country=land",
            coverage=str(write(tmp_path / "c.csv", f"country,first_day,last_day,completeness\n{rows}")),
            **words,
        )

    return opened


def test_a_history_goes_back_to_the_last_break_in_coverage(attacks):
    broken = "2023-01-01 2023-11-30", "2024-01-01 2024-12-31"
    study = attacks(*broken)
    assert (study.start, study.end) == (pd.Timestamp("2024-01-01"), pd.Timestamp("2025-01-01"))
    assert study.uncovered_before == (pd.Timestamp("2023-12-01"), pd.Timestamp("2023-12-31"))
    assert study.notes == (
        "the table does not cover 1 December 2023 to 31 December 2023; what is computed begins after that",
        "10 rows are of days that are not covered, the first of 3 December 2023, and are not counted",
    )
    # Before the break there is none; nor is there where a later start is asked for.
    before, late = attacks(*broken, as_of="2023-10-31"), attacks(*broken, from_date="2024-02-01")
    assert (before.start, before.uncovered_before) == (pd.Timestamp("2023-01-01"), None)
    assert (late.start, late.uncovered_before, late.notes) == (pd.Timestamp("2024-02-01"), None, ())
    # Within the break nothing is covered from its first day on.
    assert attacks(*broken, as_of="2023-12-15", allow_uncovered=True).covered_end == pd.Timestamp("2023-12-01")


def test_a_break_inside_the_reference_year_is_why_there_is_no_verdict(attacks):
    level = level_of(attacks("2023-01-01 2024-07-31", "2024-09-01 2024-12-31"))
    assert level.word == CANNOT_TELL
    assert level.problem.startswith("the table does not cover 1 August 2024 to 31 August 2024, which leaves 122 days")


@pytest.mark.parametrize(
    ("held", "basis"),
    [
        ("", "stated"),
        ("Complete", "stated"),
        ("complète", "stated"),
        ("unknown", "stated"),
        ("NA", "stated"),
        ("partial", "in part"),
        ("notable cases only", "chosen cases"),
    ],
)
def test_no_change_is_read_from_chosen_cases_and_little_from_a_part(attacks, tmp_path, held, basis):
    months = pd.date_range("2023-01-01", "2024-12-01", freq="MS")
    rows = "".join(f"MLI,{month:%Y-%m-%d},{month + pd.DateOffset(months=1):%Y-%m-%d},20,x\n" for month in months)
    counted = write(tmp_path / "r.csv", f"country,period_start,period_end,count,reporter\n{rows}")
    study = attacks("2023-01-01 2024-12-31", completeness=held)
    assert study.table.coverage["basis"].tolist() == [basis]
    told = basis == "chosen cases"
    assert (confidence_of(study)[:2] == ("low", "partial")) == (basis == "in part")
    assert (level_of(study).word == CANNOT_TELL) == told
    assert recording_problem(study) == ("by the coverage table, not all attacks in Mali are recorded" if told else "")
    # Where a reference tells that a steady share is recorded, changes are read.
    assert recording_problem(attacks("2023-01-01 2024-12-31", completeness=held, reference=str(counted))) == ""


def test_countries_that_the_coverage_table_does_not_name_are_refused_or_told(attacks):
    with pytest.raises(SelectionError, match="says nothing of NER; add a row"):
        attacks("2023-01-01 2024-12-31", country=["Mali", "Niger"])
    unasked = attacks("2023-01-01 2024-12-31", country=[])
    assert unasked.notes == (
        "the coverage table does not name Niger, where 1 row is counted as if covered like the others",
    )
    assert unasked.notes[0] in warnings_of(unasked.table)  # as `check` tells it
    with pytest.raises(SelectionError, match="no day is covered in all of MLI, NER"):
        attacks("2023-01-01 2023-12-31", "NER 2024-01-01 2024-12-31", country=["Mali", "Niger"])


@pytest.mark.parametrize(
    ("rows", "phrase"),
    [
        ("MLI,2024-06-30,2024-01-01", "row 2: it ends before it starts"),
        (
            "MLI,2024-01-01,2024-06-30\nMali,2024-01-01,2024-06-30",
            "row 3: MLI is covered from 2024-01-01, and row 2 says that already",
        ),
        ("Mlai,2024-01-01,2024-06-30", "Did you mean"),
        ("MLI,2024-02-31,2024-06-30", r"row 2: first_day '2024-02-31' cannot be read \(1 of 1 days"),
        ("MLI,,2024-06-30", "row 2: first_day '' cannot be read"),
        ("MLI,2024-01-01,today", "row 2: last_day 'today' cannot be read"),  # pandas reads the clock
    ],
)
def test_coverage_that_cannot_be_read(tmp_path, rows, phrase):
    with pytest.raises(TableError, match=phrase):
        load_coverage(write(tmp_path / "c.csv", f"country,first_day,last_day\n{rows}\n"))


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        ("country,first_day,last_day\n", "a header and no rows; it needs at least one"),
        ("country\nMLI\n", "row 1: there is no column first_day, last_day; found country"),
        ("country,first_day,last_day,country\nMLI,2024-01-01,2024-01-02,NER\n", "column country stands twice"),
        ("country,first_day,last_day\nMLI,2024-01-01\n", "row 2: .* has 2 fields where the header has 3"),
    ],
)
def test_coverage_without_rows_or_columns(tmp_path, content, phrase):
    with pytest.raises(TableError, match=phrase):
        load_coverage(write(tmp_path / "c.csv", content))
    with pytest.raises(TableError, match=r"nowhere\.csv does not exist"):
        load_coverage(tmp_path / "nowhere.csv")


def test_reference_by_period_and_by_month(tmp_path):
    by_period = load_reference(
        write(tmp_path / "r.csv", "country,period_start,period_end,count,reporter\nMali,2024-01-01,2024-02-01,7,army\n")
    )
    by_month = load_reference(
        write(tmp_path / "m.csv", "country,month,reporter,direct_attacks,ied_incidents\nMLI,2024-01,army,5,2\n")
    )
    pd.testing.assert_frame_equal(by_period, by_month)


@pytest.mark.parametrize(
    ("second", "shared"),
    [
        ("Mali,2024-01-01,2024-02-01,9,army", True),
        ("MLI,2024-01-31,2024-02-15,9,observer", True),
        ("MLI,2024-02-01,2024-03-01,9,army", False),
        ("NER,2024-01-01,2024-02-01,9,army", False),
    ],
)
def test_no_day_of_a_reference_counts_twice(tmp_path, second, shared):
    """It would count as twice as many attacks, or two reporters' habits as a change of recording."""
    rows = f"country,period_start,period_end,count,reporter\nMLI,2024-01-01,2024-02-01,7,army\n{second}\n"
    path = write(tmp_path / "r.csv", rows)
    if shared:
        with pytest.raises(TableError, match=r"row 3: the attacks of MLI from .* are counted in row 2 already"):
            load_reference(path)
    else:
        assert len(load_reference(path)) == 2


@pytest.mark.parametrize(
    ("count", "phrase"),
    [
        ("-1", "is no count"),
        ("1.5", "is no count"),
        ("1.000", "row 2: count '1.000' can be a thousand or one"),
        ("many", "row 2: count 'many'"),
        ("1e30", "is no count"),
        ("+12", "is no count"),
        ("", "what was not counted is not 0"),
    ],
)
def test_a_reference_count_that_is_none(tmp_path, count, phrase):
    with pytest.raises(TableError, match=phrase):
        load_reference(
            write(tmp_path / "r.csv", f"country,period_start,period_end,count\nMLI,2024-01-01,2024-02-01,{count}\n")
        )
    with pytest.raises(TableError, match="expected country, period_start"):
        load_reference(write(tmp_path / "r.csv", "country,when\nMLI,2024\n"))


def test_a_month_that_a_spreadsheet_made_its_first_day_is_read(tmp_path):
    path = tmp_path / "r.xlsx"
    month = [pd.Timestamp(2024, 5, 1), pd.Timestamp(2024, 6, 1)]
    pd.DataFrame({"country": "MLI", "month": month, "direct_attacks": 12, "ied_incidents": 7}).to_excel(
        path, index=False
    )
    assert load_reference(path)["period_start"].tolist() == month
    with pytest.raises(TableError, match="row 2: month '2024-05-02-01' cannot be read"):
        load_reference(write(tmp_path / "r.csv", "country,month,direct_attacks,ied_incidents\nMLI,2024-05-02,1,1\n"))


@pytest.mark.parametrize(
    ("periods", "refused"),
    [
        ("01-01,01-31 03-01,03-31", True), ("01-01,02-01 02-01,03-01", False), ("01-01,01-31 02-01,03-01", False),
        ("01-01,01-07 01-08,01-14 01-15,01-21", True), ("01-15,01-21 01-08,01-14 01-01,01-07", True),
        ("01-01,01-07 01-08,01-14", False),
    ],
)  # fmt: skip
def test_reference_periods_with_their_last_days_are_refused(tmp_path, periods, refused):
    """Their last days would belong to none: of 12 counted in January only those of 30 days would be looked for."""
    rows = [[f"2024-{day}" for day in period.split(",")] for period in periods.split()]
    text = "country,period_start,period_end,count\n" + "".join(f"MLI,{first},{end},12\n" for first, end in rows)
    path = write(tmp_path / "r.csv", text.replace("MLI", "Mali", 1))
    if refused:
        with pytest.raises(TableError, match="row 2: period_end is the first day after the period, and here it looks"):
            load_reference(path)
    else:
        assert len(load_reference(path)) == len(rows)


def test_a_month_of_reference_counts_is_refused_as_it_was_written(tmp_path):
    path = write(tmp_path / "r.csv", "country,month,direct_attacks,ied_incidents\nMLI,May 2024,1,2\n")
    with pytest.raises(TableError, match="row 2: month 'May 2024' cannot be read"):
        load_reference(path)


def test_columns_that_tell_periods_are_named_in_one_order(tmp_path):
    """A set has another order in each process, so that an unchanged failure was told as a new one."""
    path = write(tmp_path / "r.csv", "country,reporter,month,direct_attacks\nMLI,x,2024-05,1\n")
    with pytest.raises(TableError, match="there are month, direct_attacks, reporter; expected country"):
        load_reference(path)


def test_what_happened_beside_is_read_in_order(tmp_path):
    path = tmp_path / "context.csv"
    path.write_text("date,text\n2024-03-01,ceasefire\n2023-01-01,election\n", encoding="utf-8")
    assert load_context(path)["text"].tolist() == ["election", "ceasefire"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("date,text\n2024-03-01,a\n1 March,b\n",
            "row 3: date '1 March' cannot be read \\(1 of 2 days cannot\\); write days as 2025-07-01"),
        ("date,text\n2024-03-01,\n", "row 2: text is empty"),
        ("date,what\n2024-03-01,a\n", "there is no column text"),
    ],
)  # fmt: skip
def test_a_broken_table_of_context_is_refused_with_its_row(tmp_path, text, told):
    path = tmp_path / "context.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=told):
        load_context(path)


def test_a_timeline_names_so_many_events_and_no_more(tmp_path):
    path = tmp_path / "context.csv"
    path.write_text("date,text\n" + "2024-01-01,a\n" * 1000, encoding="utf-8")
    assert len(load_context(path)) == 1000
    path.write_text("date,text\n" + "2024-01-01,a\n" * 1001, encoding="utf-8")
    with pytest.raises(TableError, match=r"context\.csv has 1,001 rows; a timeline can name at most 1,000"):
        load_context(path)


def test_where_each_week_has_its_row_also_without_events_a_missing_one_is_no_calm():
    """A row each Monday, every fifth of no event; the last is of 24 June. Without the rows of zero three weeks may be
    calm: the same days hold .8 events a week, and e^(-.8 * 4) is .04."""
    weeks = pd.Series(pd.date_range("2022-01-03", "2024-06-24", freq="7D"))
    events = pd.Series(1, index=weeks.index).where(weeks.index % 5 > 0, 0)
    until = pd.Timestamp("2024-07-21")
    assert broken_off(weeks, until, events=events) == [(weeks.iloc[-1], until + pd.Timedelta(days=1))]
    held = events.gt(0)
    assert broken_off(weeks[held], until, events=events[held]) == []
    assert broken_off(weeks, pd.Timestamp("2024-07-07"), events=events) == []  # two weeks are not three times one


def test_rows_outside_the_covered_days_are_told():
    """A row of 1961 in a release from 1990 on counted nowhere, and nobody said so."""
    days = [pd.Timestamp(day) for day in ("2024-01-01", "2024-03-31", "2024-05-01", "2024-12-31")]
    coverage = pd.DataFrame({"country": "MLI", "first_day": days[::2], "last_day": days[1::2], "basis": "stated"})
    starts = ["1961-03-02", "2024-01-01", "2024-04-10", "2024-04-20", "2024-12-31", "2025-01-01", "2025-01-01"]
    rows = pd.DataFrame({"country": ["MLI"] * 6 + ["NER"], "date_start": pd.to_datetime(starts)})
    rows["date_end"] = rows["date_start"] + pd.Timedelta(days=11)  # from 20 April into May, and out of December
    (said,) = tell_uncovered(rows, coverage)
    assert said == "3 rows are of days that are not covered, the first of 2 March 1961, and are not counted"
    counts = rows.rename(columns={"date_start": "period_start", "date_end": "period_end"})
    assert tell_uncovered(counts, coverage)[0].startswith("4 rows")  # a period ends before 1 May
    assert tell_uncovered(rows[1:2], coverage) == []


@pytest.mark.parametrize("column", ["admin1_name", "Covered", "adm2"])
def test_a_row_of_a_part_is_not_taken_for_one_of_the_whole_country(tmp_path, column):
    said = f"column {column} is not read: a row speaks of a whole country and of all its days"
    days = write(tmp_path / "coverage.csv", f"country,first_day,last_day,{column}\nMLI,2024-01-01,2024-12-31,x\n")
    with pytest.raises(TableError, match=said):
        load_coverage(days)
    header = f"country,period_start,period_end,count,{column}"
    counts = write(tmp_path / "r.csv", f"{header}\nMLI,2024-01-01,2024-02-01,9,x\n")
    with pytest.raises(TableError, match=said):
        load_reference(counts)
    for all_of_it in ("yes", ""):
        days = write(
            tmp_path / "c.csv", f"country,first_day,last_day,{column}\nMLI,2024-01-01,2024-12-31,{all_of_it}\n"
        )
        assert len(load_coverage(days)) == 1
