"""Days as people write them: numbers, English and French months, months and years without a day, a spreadsheet's serial numbers."""

import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute

from analysis.incidents.canonical import EARLIEST_DATE, LATEST_DATE
from analysis.language import message, say

NAT = np.datetime64("NaT", "us")
DAY, MONTH, YEAR = "day", "month", "year"
NOT_A_DATE = message("is not a date")
TWOFOLD = (
    "can be read as day/month or month/day; write dates as 2024-03-05, or say whether the day or the month is first"
)
# Serial numbers of spreadsheets that are read as days: 1954 to 2064, counted from 30 December 1899.
FIRST_SERIAL, LAST_SERIAL = 20_000, 60_000
DAY_FIRST = message(
    "dates in {column} were read as day/month: {n} of them can be read so alone (first {first}), which decided for the others; "
    "give month_first if that is wrong"
)
MONTH_FIRST = message(
    "dates in {column} were read as month/day: {n} of them can be read so alone (first {first}), which decided for the others; "
    "give day_first if that is wrong"
)
MONTH_ALONE = message("{n} dates in {column} name a month alone and have the precision of a month")
YEAR_ALONE = message("{n} dates in {column} name a year alone and have the precision of a year")
_SERIAL_ORIGIN = date(1899, 12, 30)
# A year of two digits is one of the years up to this many after 2000, else of the last century.
_LAST_SHORT_YEAR = 68

_EARLIEST, _LATEST = date.fromisoformat(EARLIEST_DATE), date.fromisoformat(LATEST_DATE)
_TIME = r"(?:[T ].*)?"
_ISO_DAY = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}")
_COMPACT_DAY = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_NAMED_DAY = re.compile(
    rf"(?:[^\W\d]{{3,9}}\.?,? )?(\d{{1,2}})(?:st|nd|rd|th|er|e)?\.?[ -/]*(?:of |de )?([^\W\d]{{3,10}})\.?[ ,-/]*('?\d{{2}}|\d{{4}}){_TIME}"
)
_MONTH_FIRST = re.compile(
    r"(?:[^\W\d]{3,9}\.?, )?([^\W\d]{3,10})\.? (\d{1,2})(?:st|nd|rd|th)?,? ('?\d{2}|\d{4})(?:[T ,].*)?"
)
_NAMED_MONTH = re.compile(r"([^\W\d]{3,10})\.?[ -/,]+(\d{4}|'?\d{2})|(\d{4})[ -/]([^\W\d]{3,10})\.?")
_ISO_MONTH = re.compile(r"(\d{4})[-/M](\d{1,2})(?:[-/](?:00?|\?\?|xx))?", re.IGNORECASE)
_NUMBER_MONTH = re.compile(r"(\d{1,2})[-/.](\d{4})")
_YEAR_ALONE = re.compile(r"((?:19|20)\d{2})(?:[-/.](?:00|\?\?|xx)){0,2}", re.IGNORECASE)
_SERIAL_DAY = re.compile(r"(\d{5})(?:\.\d+)?")
_NUMBERS_ONLY = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}")
_ENGLISH = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_FRENCH = [
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
]
_MONTHS = {
    **{name: n for n, name in enumerate(_ENGLISH, 1)},
    **{name[:3]: n for n, name in enumerate(_ENGLISH, 1)},
    "sept": 9,
    **{name: n for n, name in enumerate(_FRENCH, 1)},
    **{"janv": 1, "fev": 2, "fevr": 2, "avr": 4, "juil": 7, "jul": 7, "aou": 8, "dec": 12},
}


@dataclass
class Dates:
    """Texts read as dates, one entry for each.

    Attributes
    ----------
    first
        Days (``datetime64[us]``), of a month or a year the first; NaT where a text is no date.
    last
        The last day of the day, month or year.
    precision
        0 day, 1 month, 2 year.
    reasons
        Why a text is no date, by the text.
    notes
        What a user should know of how dates were read, with ``{n}`` where a count of rows stands and the texts counted.
    """

    first: np.ndarray
    last: np.ndarray
    precision: np.ndarray
    reasons: dict[str, str] = field(default_factory=dict)
    notes: list[tuple[Callable[[int], str], list[str]]] = field(default_factory=list)


def read_date(value: str, *, day_first: bool | None = None) -> tuple[date, str] | str:
    """Return the first day and the precision (``day``, ``month``, ``year``) of a date, or in words why the text is none.

    Read are ISO days with or without a time (``2024-03-05``, ``20240305``), English and French names of months (``05 March 2024``,
    ``5-Mar-24``, ``March 5, 2024``, ``1er février 2024``), ``05.03.2024`` (day first, as everywhere where dates have points) and, where
    ``day_first`` says which comes first or one of the numbers can be no month, ``05/03/2024``; months and years without a day
    (``2024-03``, ``mars 2024``, ``03/2024``, ``2024``); and a spreadsheet's serial numbers.

    Examples
    --------
    >>> read_date("1er févr. 2024"), read_date("March 2024")
    ((datetime.date(2024, 2, 1), 'day'), (datetime.date(2024, 3, 1), 'month'))
    >>> read_date("05/03/2024")
    'can be read as day/month or month/day; write dates as 2024-03-05, or say whether the day or the month is first'
    """
    value = value.lstrip("'\N{RIGHT SINGLE QUOTATION MARK}").strip()
    if (match := _ISO_DAY.fullmatch(value) or _COMPACT_DAY.fullmatch(value)) and int(match[3]):
        return _day(*(int(part) for part in match.groups()))
    if match := _SERIAL_DAY.fullmatch(value):
        serial = int(match[1])
        if FIRST_SERIAL <= serial <= LAST_SERIAL:
            return _SERIAL_ORIGIN + timedelta(days=serial), DAY
        return NOT_A_DATE
    if match := _NUMBERS_ONLY.fullmatch(value):
        first, second, year = int(match[1]), int(match[3]), _year(match[4])
        day_first = True if match[2] == "." else day_first
        if day_first is None and (first > 12) == (second > 12):
            return TWOFOLD
        day_first = first > 12 if day_first is None else day_first
        return _day(year, *((second, first) if day_first else (first, second)))
    if match := _YEAR_ALONE.fullmatch(value):
        return _day(int(match[1]), 1, 1, precision=YEAR)
    if match := _ISO_MONTH.fullmatch(value):
        return _day(int(match[1]), int(match[2]), 1, precision=MONTH)
    if match := _NUMBER_MONTH.fullmatch(value):
        return _day(int(match[2]), int(match[1]), 1, precision=MONTH)
    return _named(value)


def _named(value: str) -> tuple[date, str] | str:
    if match := _NAMED_DAY.fullmatch(value):
        day, month, year, precision = match[1], match[2], match[3], DAY
    elif match := _MONTH_FIRST.fullmatch(value):
        day, month, year, precision = match[2], match[1], match[3], DAY
    elif match := _NAMED_MONTH.fullmatch(value):
        day, month, year, precision = "1", match[1] or match[4], match[2] or match[3], MONTH
    else:
        return NOT_A_DATE
    if (number := month_number(month)) is None:
        return f"is not a date: {month!r} is no month in English or French"
    return _day(_year(year), number, int(day), precision=precision)


def read_parts(year: str, month: str, day: str) -> tuple[date, str] | str:
    """Return the first day and the precision of a date in three columns; a day or a month that is empty or 0 is not known.

    Examples
    --------
    >>> read_parts("2024", "March", ""), read_parts("2024", "", "5"), read_parts("2024", "13", "1")
    ((datetime.date(2024, 3, 1), 'month'), (datetime.date(2024, 1, 1), 'year'), "has '13' where a month should be")
    """
    unknown = ("", "0", "00", "-9", "-99", "99", "?", "??")
    if not re.fullmatch(r"\d{4}", year):
        return message("is missing") if year in unknown else f"has {year!r} where a year should be"
    if month in unknown:
        return _day(int(year), 1, 1, precision=YEAR)
    if (number := month_number(month)) is None:
        return f"has {month!r} where a month should be"
    if day in unknown:
        return _day(int(year), number, 1, precision=MONTH)
    return _day(int(year), number, int(day)) if re.fullmatch(r"\d{1,2}", day) else f"has {day!r} where a day should be"


def month_number(word: str) -> int | None:
    """Return the number of a month from its number or its English or French name, or ``None``.

    Examples
    --------
    >>> month_number("août"), month_number("Sept."), month_number("03"), month_number("Ventôse")
    (8, 9, 3, None)
    """
    word = word.strip().removesuffix(".0")
    if word.isdecimal():
        return int(word) if 1 <= int(word) <= 12 else None
    decomposed = unicodedata.normalize("NFKD", word)
    return _MONTHS.get("".join(sign for sign in decomposed if not unicodedata.combining(sign)).casefold().rstrip("."))


def read_dates(values: list[str], *, day_first: bool | None = None, shown: str = "") -> Dates:
    """Read distinct texts of one column as dates; all at once where every one is written as ISO writes it.

    Parameters
    ----------
    values
        Distinct texts.
    day_first
        Whether ``05/03/2024`` starts with the day; ``None``: the column's other dates decide, which a note says, and where none
        does or they contradict each other, such texts are no dates.
    shown
        The column's name, for notes.
    """
    if (days := _all_iso(values)) is not None:
        return Dates(days, days, np.zeros(len(values), dtype=np.int8))
    decided, told = (day_first, None) if day_first is not None else _decide(values, shown)
    read = [read_date(value, day_first=decided) for value in values]
    reasons = {value: found for value, found in zip(values, read, strict=True) if isinstance(found, str)}
    first = [None if isinstance(found, str) else found[0] for found in read]
    precision = np.array(
        [0 if isinstance(found, str) else (DAY, MONTH, YEAR).index(found[1]) for found in read], np.int8
    )
    begins = np.array([NAT if day is None else np.datetime64(day, "us") for day in first], dtype="datetime64[us]")
    made = Dates(begins, last_days(begins, precision), precision, reasons, [told] if told else [])
    good = [value for value in values if value not in reasons]
    serials = [value for value in good if _SERIAL_DAY.fullmatch(value.lstrip("'"))]
    if serials:
        made.notes.append(
            (
                partial(
                    _told,
                    message(
                        "{n} dates in {column} are a spreadsheet's serial numbers and were read as days since {origin}"
                    ),
                    column=shown,
                    origin=str(_SERIAL_ORIGIN),
                ),
                serials,
            )
        )
    short = [value for value in good if (match := _NUMBERS_ONLY.fullmatch(value)) and len(match[4]) == 2]
    short += [value for value in good if (match := _NAMED_DAY.fullmatch(value)) and len(match[3].lstrip("'")) == 2]
    if short:
        made.notes.append(
            (
                partial(
                    _told,
                    message(
                        "{n} dates in {column} have years of two digits: 00 to {last} were read as 2000 to 20{last}"
                    ),
                    column=shown,
                    last=str(_LAST_SHORT_YEAR),
                ),
                short,
            )
        )
    for code, said in ((1, MONTH_ALONE), (2, YEAR_ALONE)):
        rough = [value for value, at in zip(values, precision, strict=True) if at == code and value not in reasons]
        if rough:
            made.notes.append((partial(_told, said, column=shown), rough))
    return made


def last_days(first: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """Return the last day of each day (precision 0), month (1) or year (2)."""
    begins = pd.Series(first)
    ends = begins.mask(precision == 1, begins + pd.offsets.MonthEnd(0)).mask(
        precision == 2, begins + pd.offsets.YearEnd(0)
    )
    return ends.to_numpy().astype("datetime64[us]")


def _decide(values: list[str], shown: str) -> tuple[bool | None, tuple[Callable[[int], str], list[str]] | None]:
    """Tell whether ``05/03/2024`` starts with the day, by those dates of the column that can be read one way only, and what decided."""
    matches = [(value, match) for value in values if (match := _NUMBERS_ONLY.fullmatch(value)) and match[2] != "."]
    day = [value for value, match in matches if int(match[1]) > 12]
    month = [value for value, match in matches if int(match[3]) > 12]
    if bool(day) == bool(month):
        return None, None
    clear = day or month
    rest = len(matches) - len(clear)
    if not rest:
        return bool(day), None
    said = DAY_FIRST if day else MONTH_FIRST
    return bool(day), (partial(_told, said, column=shown, first=repr(clear[0])), clear)


def _told(said: str, n: int, **values: str) -> str:
    """Return a note on how dates were read, once it is known in how many rows."""
    return say(said, n=n, **values)


def _all_iso(values: list[str]) -> np.ndarray | None:
    if not values:
        return np.array([], dtype="datetime64[us]")
    texts = pa.array(values, pa.large_string())
    if pa.compute.all(pa.compute.match_substring_regex(texts, r"^\d{4}-\d{2}-\d{2}([T ]|$)")).as_py():
        with suppress(pa.ArrowInvalid):
            days = (
                pa.compute.utf8_slice_codeunits(texts, 0, 10)
                .cast(pa.date32())
                .to_numpy(zero_copy_only=False)
                .astype("datetime64[us]")
            )
            if (days >= np.datetime64(EARLIEST_DATE)).all() and (days < np.datetime64(LATEST_DATE)).all():
                return days
    return None


def _year(written: str) -> int:
    number = int(written.lstrip("'"))
    if len(written.lstrip("'")) > 2:
        return number
    return 2000 + number if number <= _LAST_SHORT_YEAR else 1900 + number


def _day(year: int, month: int, day: int, *, precision: str = DAY) -> tuple[date, str] | str:
    try:
        read = date(year, month, day)
    except ValueError:
        return message("is no day of the calendar") if precision == DAY else message("is no month of the calendar")
    if not _EARLIEST <= read < _LATEST:
        return f"is outside {EARLIEST_DATE} to {LATEST_DATE}"
    return read, precision
