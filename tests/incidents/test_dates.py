"""Days as people write them."""

from datetime import date, timedelta

import pandas as pd
import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from analysis.incidents.dates import (
    NO_MONTH,
    NO_YEAR,
    NOT_A_DATE,
    OTHER_CALENDAR,
    TWOFOLD,
    YEAR_OR_DAY,
    month_number,
    read_date,
    read_dates,
    read_parts,
)

MARCH_5 = (date(2024, 3, 5), "day")


@pytest.mark.parametrize(
    "written",
    [
        "2024-03-05", "2024-03-05T10:00:00Z", "2024-03-05 00:00:00.000", "2024/3/5", "20240305", "05.03.2024",
        "5 March 2024", "05-Mar-2024",
        "5-Mar-24", "5-mars-24", "05 mars 2024", "5th March 2024", "Monday, 5 March 2024", "mardi 5 mars 2024",
        "March 5, 2024", "Mar 5th 2024",
        "'2024-03-05", "45356", "45356.0", "45356.75", "5/Mar/2024", "5 MARS 2024",
    ],
)  # fmt: skip
def test_one_day_in_many_ways(written):
    assert read_date(written) == MARCH_5


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-03", (date(2024, 3, 1), "month")), ("2024-03-00", (date(2024, 3, 1), "month")),
        ("03/2024", (date(2024, 3, 1), "month")),
        ("March 2024", (date(2024, 3, 1), "month")), ("mars 2024", (date(2024, 3, 1), "month")),
        ("Août 2024", (date(2024, 8, 1), "month")),
        ("févr. 2024", (date(2024, 2, 1), "month")), ("2024 March", (date(2024, 3, 1), "month")),
        ("Mar-24", (date(2024, 3, 1), "month")),
        ("2024", (date(2024, 1, 1), "year")), ("2024-00-00", (date(2024, 1, 1), "year")),
        ("1er décembre 2024", (date(2024, 12, 1), "day")), ("31-December-2016", (date(2016, 12, 31), "day")),
        ("25/03/2024", (date(2024, 3, 25), "day")), ("03/25/2024", (date(2024, 3, 25), "day")),  # 25 can be no month
        ("Sunday-November 19-1995", (date(1995, 11, 19), "day")), ("Nov 19-21", NO_YEAR),
        ("Monday-6 May 2002", (date(2002, 5, 6), "day")),
        ("31/12/49", (date(2049, 12, 31), "day")), ("31/12/50", (date(1950, 12, 31), "day")),
        ("20000", (date(1954, 10, 3), "day")), ("60000", (date(2064, 4, 8), "day")),
        ("19999", NOT_A_DATE), ("60001", NOT_A_DATE), ("2024-W10", (date(2024, 3, 4), "week")), ("soon", NOT_A_DATE),
        ("before 5 March 2024", NOT_A_DATE), ("Since March 5, 2024", NOT_A_DATE), ("après 5 mars 2024", NOT_A_DATE),
        ("2020.5", NOT_A_DATE), ("12:30", NOT_A_DATE),
        ("05/03/2024", TWOFOLD), ("05-03-24", TWOFOLD),
        ("5 Ventose 2024", NO_MONTH.format(value="'Ventose'")), ("25/01/2566", OTHER_CALENDAR), ("6 Jan", NO_YEAR),
        ("٥ مارس ٢٠٢٤", (date(2024, 3, 5), "day")), ("5 تشرين الثاني 2024", (date(2024, 11, 5), "day")),
        ("17 сентября 2024 г.", (date(2024, 9, 17), "day")), ("листопад 2024", (date(2024, 11, 1), "month")),
        ("06/01", NO_YEAR), ("6.1.", NO_YEAR), ("06-03-2023 - 08-03-2023", TWOFOLD),
        ("16-03-2023 - 18-03-2023", (date(2023, 3, 16), "day")), ("w/c 13/03/2023", (date(2023, 3, 13), "week")),
        ("week of 05/03/2023", TWOFOLD), ("2023-Mar-05", (date(2023, 3, 5), "day")),
        ("2024-02-30", "is no day of the calendar"), ("2024-13", "is no month of the calendar"),
        ("0025-09-26", "is outside 1900-01-01 to 2100-01-01"),
    ],
)  # fmt: skip
def test_months_years_and_what_is_none(written, read):
    assert read_date(written) == read


def test_which_comes_first_is_said_or_decided_by_the_others_and_told():
    assert read_date("05/03/2024", day_first=True) == MARCH_5
    assert read_date("05/03/2024", day_first=False) == (date(2024, 5, 3), "day")
    one_clear = read_dates(["05/03/2024", "06/03/2024", "31/12/2024"], shown="when")
    assert one_clear.first[0] == pd.Timestamp("2024-03-05")
    [(note, texts)] = one_clear.notes
    note = note(1)
    assert "dates in when were read as day/month: 1 of them" in note
    assert "first '31/12/2024'" in note
    assert "month_first" in note
    assert texts == ["31/12/2024"]
    # One that says the opposite: only the clear ones are read.
    torn = read_dates(["05/03/2024", "31/12/2024", "12/31/2024"])
    assert list(torn.reasons) == ["05/03/2024"]
    assert read_dates(["05/03/2024", "31/12/2024"], day_first=True).notes == []


def test_what_is_said_of_a_column():
    read = read_dates(["45356", "5-Mar-24", "2024-03", "2023", "2024-03-05"], shown="when")
    said = [(note(1).split(" in when ")[1].split(":")[0], texts) for note, texts in read.notes]
    assert [texts for _, texts in said] == [["45356"], ["5-Mar-24"], ["2024-03"], ["2023"]]
    assert [f"{day:%Y-%m-%d}" for day in pd.DatetimeIndex(read.last)] == [
        "2024-03-05",
        "2024-03-05",
        "2024-03-31",
        "2023-12-31",
        "2024-03-05",
    ]
    assert read.precision.tolist() == [0, 0, 1, 2, 0]


@pytest.mark.parametrize(
    ("parts", "read"),
    [
        (("2024", "3", "5"), MARCH_5), (("2024", "mars", "05"), MARCH_5),
        (("2024", "3", ""), (date(2024, 3, 1), "month")),
        (("2024", "3", "0"), (date(2024, 3, 1), "month")), (("2024", "0", "0"), (date(2024, 1, 1), "year")),
        (("", "3", "5"), "is missing"),
        (("24", "3", "5"), "has '24' where a year should be"),
        (("2024", "13", "5"), "has '13' where a month should be"),
        (("2024", "3", "x"), "has 'x' where a day should be"), (("2024", "2", "30"), "is no day of the calendar"),
    ],
)  # fmt: skip
def test_three_columns(parts, read):
    assert read_parts(*parts) == read


@given(st.dates(min_value=date(1960, 1, 1), max_value=date(2060, 1, 1)))
def test_what_is_written_is_read_again(day):
    serial = (day - date(1899, 12, 30)) // timedelta(days=1)
    for written in (day.isoformat(), f"{day:%d %B %Y}", f"{day:%d.%m.%Y}", f"{day:%Y%m%d}", str(serial)):
        assert read_date(written) == (day, "day")
    assert read_date(f"{day:%m/%d/%Y}", day_first=False) == (day, "day")


def test_months_by_name():
    assert [month_number(word) for word in ("Janvier", "juil.", "SEPT", "12", "0", "mois")] == [1, 7, 9, 12, None, None]


def test_years_of_two_digits_may_stand_first():
    days = pd.date_range("2022-01-03", "2024-12-20", freq="17D")
    by_year, by_day = ([f"{day:{form}}" for day in days] for form in ("%y-%m-%d", "%d-%m-%y"))
    read = read_dates(by_year, shown="date")
    assert (read.first == days.to_numpy()).all()
    assert read.notes[0][0](len(days)).startswith("dates in date were read as year/month/day")
    assert (read_dates(by_day).first == days.to_numpy()).all()
    assert (read_dates(by_year, day_first=True).first != days.to_numpy()).any()  # whoever says so is believed
    assert read_dates(["98-11-08", "12-04-07", "00-02-14"]).first.astype("datetime64[D]").tolist() == [
        date(1998, 11, 8), date(2012, 4, 7), date(2000, 2, 14)
    ]  # fmt: skip
    # Tables by month of twenty years: the first of a month, the middle, and the month before the first day.
    months = pd.date_range("2005-01-01", "2024-12-01", freq="MS")
    for form, reasons in (("01-%m-%y", {TWOFOLD}), ("15-%m-%y", set()), ("%m-01-%y", {TWOFOLD})):
        read = read_dates([f"{month:{form}}" for month in months])
        assert set(read.reasons.values()) == reasons
        assert reasons or (read.first == (months + pd.Timedelta(days=14)).to_numpy()).all()
    # Fifteen years that vary less than eighteen days, and not half as much.
    drawn = [f"{5 + at % 15:02}-03-{2 + at % 18:02}" for at in range(90)]
    assert set(read_dates(drawn).reasons.values()) == {YEAR_OR_DAY}


def test_few_dates_with_points_may_have_the_year_at_either_end():
    """They passed as days of 2005 and 2007."""
    assert set(read_dates(["23.03.05", "24.04.07", "22.05.08"]).reasons.values()) == {YEAR_OR_DAY}
    assert read_dates(["05.03.24", "17.03.24", "29.05.24"]).first[1] == pd.Timestamp("2024-03-17")


def test_a_year_may_be_followed_by_the_day():
    days = pd.date_range("2022-01-03", "2022-12-20", freq="17D")
    written = [f"{day:%Y-%d-%m}" for day in days]
    read = read_dates(written, shown="date")
    assert (read.first == days.to_numpy()).all()
    assert "year/day/month" in read.notes[0][0](8)
    # One such date among days as ISO writes them is an error of its own.
    odd = read_dates(["2022-13-01", *(f"{day:%Y-%m-%d}" for day in days)])
    assert list(odd.reasons) == ["2022-13-01"]
    assert (odd.first[1:] == days.to_numpy()).all()


def test_numbers_beside_years_are_weeks_where_many_can_be_no_months():
    mondays = pd.date_range("2023-01-02", "2024-12-30", freq="7D")
    for form in ("%G-%V", "%V/%G", "%G%V"):
        read = read_dates([f"{day:{form}}" for day in mondays])
        assert (read.first == mondays.to_numpy()).all()
    months = [f"{day:%Y-%m}" for day in pd.date_range("2023-01-01", "2024-12-01", freq="MS")]
    assert set(read_dates([*months, "2024-13"]).reasons) == {"2024-13"}  # a slip is no week
    fiscal = [f"20{year}-{year + 1}" for year in range(18, 25)]
    assert len(read_dates(fiscal).reasons) == 7
    assert len(read_dates(["2023-24"]).reasons) == 1


def test_months_may_be_dated_by_years_of_two_digits_that_stand_first():
    months = pd.date_range("2021-01-01", "2024-12-01", freq="MS")
    assert (read_dates([f"{day:%y-%m-%d}" for day in months]).first == months.to_numpy()).all()
    # Months of one year may be one day of each month of 2001.
    assert set(read_dates([f"{day:%y-%m-%d}" for day in months[:12]]).reasons.values()) == {YEAR_OR_DAY}
    ends = months + pd.offsets.MonthEnd(0)
    assert (read_dates([f"{day:%y-%m-%d}" for day in ends]).first == ends.to_numpy()).all()


def test_a_week_by_its_day_and_over_new_year():
    read = read_dates(["week of 05/03/2024", "week of 26/03/2024"])
    assert read.first.astype("datetime64[D]").tolist() == [date(2024, 3, 5), date(2024, 3, 26)]
    assert read_date("26 Dec - 1 Jan 2024") == (date(2023, 12, 26), "day")
    assert read_date("26 Dec 2024 - 1 Jan 2024") == "ends before it starts"
    assert read_date("5 March - 3 March 2024") == "ends before it starts"  # no span of 364 days


def test_six_digits_are_days_where_they_can_be_no_months_or_weeks():
    days = pd.date_range("2020-01-03", "2020-12-20", freq="9D")
    assert (read_dates([f"{day:%y%m%d}" for day in days]).first == days.to_numpy()).all()
    days = pd.date_range("2019-11-03", "2022-12-20", freq="17D")
    assert (read_dates([f"{day:%y%m%d}" for day in days]).first == days.to_numpy()).all()
    # So are few of 2019, as no table is of 1908; of 2020 they may be weeks of 2008.
    assert (read_dates([f"19081{n}" for n in range(5, 9)] + ["190731"]).precision == 0).all()
    assert set(read_dates([f"20081{n}" for n in range(5, 9)]).reasons.values()) == {YEAR_OR_DAY}
    # With the day first they are refused, also those that could be a month: 200322.
    assert len(read_dates([f"{day:%d%m%y}" for day in days]).reasons) == len(days)
    for form, span in (("%Y%m", "MS"), ("%G%V", "7D")):
        dates = pd.date_range("2003-12-01", "2009-12-20", freq=span)  # Mondays, and firsts of months
        assert (read_dates([f"{day:{form}}" for day in dates]).first == dates.to_numpy()).all()


@pytest.mark.parametrize(
    "locale",
    ["en", "en_GB", "fr", "fr_CA", "es", "es_PE", "pt_BR", "de", "de_AT", "ru", "uk", "ar_DZ", "ar_IQ", "ar_MR"],
)
def test_each_month_is_read_as_programs_write_it_whole_and_cut(locale):
    for day in (date(2024, month, 8 + month) for month in range(1, 13)):
        ways = [format_date(day, form, locale=locale) for form in ("d MMM y", "d. MMMM y", "full")]
        assert [read_date(written) for written in ways] == [(day, "day")] * 3


def test_german_march_is_read_and_a_bound_is_no_day():
    assert read_date("5. Mrz 2024") == read_date("5. Maerz 2024") == MARCH_5
    for bound in ("vor", "bis", "seit", "hasta", "até", "від", "قبل"):
        assert isinstance(read_date(f"{bound} 5 March 2024"), str)
