"""Dates as people write them: numbers, months in eight languages, weeks, months and years without a day, spans, serial
numbers."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute

from analysis.incidents.canonical import EARLIEST_DATE, LATEST_DATE
from analysis.incidents.places import unaccented
from analysis.incidents.printing import seen
from analysis.incidents.reasons import EXCHANGED, IS_MISSING, NO_MONTH, NOT_A_DATE, TWOFOLD, YEAR_OR_DAY
from analysis.language import message, say

NAT = np.datetime64("NaT", "us")
DAY, MONTH, YEAR, WEEK = "day", "month", "year", "week"
PRECISIONS = (DAY, MONTH, YEAR, WEEK)  # by their codes
A_PART_OF_A_YEAR = message("names a quarter or a half of a year; write days, weeks or months")
TWO_YEARS = message("names a year that runs into the next, as fiscal years do; write days, weeks or months")
NO_YEAR = message(
    "names no year; write dates as 2024-03-05, or map a column of years too (year==2024 gives one year to all rows)"
)
OTHER_CALENDAR = message(
    "has a year of another calendar, such as the Persian, Islamic or Buddhist one; write dates of the Gregorian"
)
# Serial numbers of spreadsheets that are read as days: 1954 to 2064, counted from 30 December 1899.
FIRST_SERIAL, LAST_SERIAL = 20_000, 60_000
DAY_FIRST = message(
    "dates in {column} were read as day/month: {n} of them can be read so alone (first {first}), which decided for the"
    " others; give month_first if that is wrong"
)
MONTH_FIRST = message(
    "dates in {column} were read as month/day: {n} of them can be read so alone (first {first}), which decided for the"
    " others; give day_first if that is wrong"
)
YEAR_FIRST = message(
    "dates in {column} were read as year/month/day with years of two digits, as the first numbers are few, or no days:"
    " {n}; give day_first or month_first if that is wrong"
)
YEAR_DAY_MONTH = message(
    "dates in {column} were read as year/day/month: {n} of them can be read so alone (first {first}), which decided for"
    " the others; give month_first if that is wrong"
)
MONTH_ALONE = message("dates in {column} that name a month alone, with the precision of a month: {n}")
YEAR_ALONE = message("dates in {column} that name a year alone, with the precision of a year: {n}")
WEEK_ALONE = message(
    "dates in {column} that name a week by its number, read as weeks of ISO 8601, which start on Monday: {n}"
)
EXCHANGED_BACK = message("dates in {column} whose day and month a spreadsheet had exchanged, exchanged back: {n}")
SECONDS = message("dates in {column} that are seconds since 1970, read as days of UTC: {n}")
SERIALS = message("dates in {column} that are a spreadsheet's serial numbers, read as days since {origin}: {n}")
SHORT_YEARS = message(
    "dates in {column} with years of two digits: {n}; 00 to {last} were read as 2000 to 20{last}, others as 19{next} to"
    " 1999"
)
OTHER_MIDNIGHT = message(
    "every time of column {column} is {clock}, as midnight of another time zone would be in UTC: its days may be one"
    " day off; write days, or times with their own zone"
)
_CLOCK = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:(?:T|,? +)(\d{1,2}):(\d{2})(?::00(?:\.0+)?)?(?: ?([ap])\.?m\.?)?"
    r"(Z|\+00(?::?00)?| UTC)?)?",
    re.IGNORECASE,
)
_DAY_MINUTES, _FEWEST_CLOCKS = 1440, 5
_SERIAL_ORIGIN = date(1899, 12, 30)
# A year of two digits is one of the years up to this many after 2000, else of the last century.
_LAST_SHORT_YEAR = 49
# How a month, week or day that is not known is written in a column of its own.
UNKNOWN_PARTS = ("", "0", "00", "-9", "-99", "99", "?", "??")
_HALF_A_YEAR = timedelta(days=183)

_EARLIEST, _LATEST = date.fromisoformat(EARLIEST_DATE), date.fromisoformat(LATEST_DATE)
_TIME = r"(?:T.*|[,،]? +(?:at |à |в |о )?\d{1,2}(?: ?[:hH.].*| ?[AaPp]\.?[Mm].*))?"
_ISO_DAY = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}")
_COMPACT_DAY = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})(?:T?\d{2}(?:\d{2}){0,2}Z?|\.0)?")
# A day of the week; "before 5 March" is no day.
_WEEKDAY = (
    r"(?:(?!(?i:not|before|after|since|until|till|by|between|avant|après|depuis|antes|después|desde|hasta|depois|até|após"
    r"|vor|nach|bis|seit|ab|до|после|після|от|від|с|з|перед|قبل|بعد|منذ|حتى)\b)"
    r"(?:[^\W\d]{3,11}(?:-feira)?\.?[,،]?|[^\W\d]{2}\.?[,،]) |[A-Z][a-z]{2,5}day[-/])?"
)
_NAMED_DAY = re.compile(
    rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th|er|e)?\.?[ -/]*(?:of |de )?([^\W\d]{{3,13}}|آب)\.?["
    rf" ,-/]*(?:del? )?('?\d{{2}}|\d{{4}}){_TIME}"
)
_MONTH_FIRST = re.compile(
    rf"{_WEEKDAY}([^\W\d]{{3,10}})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?:,? |-(?=\d{{4}}))('?\d{{2}}|\d{{4}}){_TIME}|"
    r"([^\W\d]{3,10})-(\d{1,2})-(\d{4})"
)
_YEAR_FIRST = re.compile(r"(\d{4})[ /-]([^\W\d]{3,10})[ /-](\d{1,2})")
_NAMED_MONTH = re.compile(r"([^\W\d]{3,13}|آب)\.?[ -/,]+(?:del? )?(\d{4}|'?\d{2})|(\d{4})[ -/]([^\W\d]{3,10})\.?")
_ISO_MONTH = re.compile(r"(\d{4})[-/M](\d{1,2})(?:[-/](?:00?|\?\?|xx))?", re.IGNORECASE)
_NUMBER_LAST = re.compile(r"(\d{4})[-/](\d{1,2})")
_NUMBER_MONTH = re.compile(r"(\d{1,2})[-/.](\d{4})")
_YEAR_ALONE = re.compile(r"((?:19|20)\d{2})(?:\.0|(?:[-/.](?:00|\?\?|xx)){0,2})", re.IGNORECASE)
_SERIAL_DAY = re.compile(r"(\d{5})(?:\.\d+)?")
_NUMBERS_ONLY = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){_TIME}")
_DAY_AND_MONTH = re.compile(r"\d{1,2}/\d{1,2}|\d{1,2}\.\d{1,2}\.")
_WEEK_WORD = r"(?:week|wk|w|kw|sw|semaine|sem|s)"
_WEEK = re.compile(rf"(\d{{4}})[ -]*{_WEEK_WORD}\.? ?(\d{{1,2}})(?:-?([1-7]))?", re.IGNORECASE)
_WEEK_FIRST = re.compile(
    rf"{_WEEK_WORD}\.?[ -]*(?:n[o°]\.? ?)?(\d{{1,2}})(?:[ ,/-]+| of | de )(\d{{4}})", re.IGNORECASE
)
# A week by its first day, or by its last.
_WEEK_OF = re.compile(
    r"(?:(?:week (?:of|commencing|starting|beginning)|w/?c|semaine du|semana del?)"
    r"|(week ending|w/?e|semaine se terminant le)):? (?:the )?(.+)",
    re.IGNORECASE,
)
_SIX_DIGITS = re.compile(r"((?:19|20)\d{2})(\d{2})(?:\.0)?")
_THREE_PAIRS = re.compile(r"(\d\d)(\d\d)(\d\d)(?:\.0)?")
_SECONDS = re.compile(r"(\d{9,10})(\d{3})?(?:\.0+)?")
_PART_OF_A_YEAR = re.compile(r"(?:[QT][1-4]|[HS][12])[ /-]*(?:\d{4})|\d{4}[ /-]*(?:[QT][1-4]|[HS][12])", re.IGNORECASE)
_TWO_YEARS = re.compile(r"(\d{4})[-/](\d{4}|\d{2})")
_ABOUT = re.compile(
    r"(?:c|ca|circa|about|around|approx(?:imately)?|early|mid|late|beginning of|end"
    r" of|vers|environ|debut|début|mi|fin)\b\.?[ -]+(.+)",
    re.IGNORECASE,
)
_SPAN = re.compile(
    r"(?:(?:in the )?night (?:of|from) (?:the )?|(?:dans la )?nuit du |du |from |between |del? )?"
    r"(.+?)(?: ?/ ?(?=\d{4}-)|(?<=\d{4}-\d\d-\d\d)-(?=\d{4}-)| - "
    r"| (?:to|until|au|à|and|et|al?|hasta|y) |(?<=^\d)-|(?<=^\d\d)-)(.+)",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[\s\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}]+")
_DASHES = re.compile(r" ?[\N{EN DASH}\N{EM DASH}] ?")
# Where the months of these languages are called otherwise: Peru, Algeria, Iraq, Morocco, Mauritania, Austria.
_LOCALES = ("en", "fr", "es", "es_PE", "pt", "ru", "uk", "ar", "ar_DZ", "ar_IQ", "ar_MA", "ar_MR", "de", "de_AT")
_FEWEST_LETTERS = 3  # that a month may be cut to
_MONTHS_BESIDE_CLDR = {"mrz": 3, "maerz": 3}
# As Russian, Ukrainian and Arabic write a year: "2024 г.", "2024 року", "2024 م".
_YEAR_WORD = re.compile(r"(?<=\d) ?(?:г|р|года|году|року|році|م|هـ)\.?(?=$|,? (?:[во] )?\d{1,2}:)")
_TWO_WORDS = re.compile(r"(كانون|تشرين) (?=\S)")


# What a user should know, given a number of rows, and the texts that these have.
Note = tuple[Callable[[int], str], list[str]]


@dataclass
class Dates:
    """Texts read as dates, one entry for each."""

    first: np.ndarray  # days (``datetime64[us]``), of a month or a year the first; NaT where a text is no date
    last: np.ndarray  # the last day of the day, week, month, year or span
    precision: np.ndarray  # codes of ``PRECISIONS``: 0 day, 1 month, 2 year, 3 week
    reasons: dict[str, str] = field(default_factory=dict)  # why a text is no date, by the text
    # What a user should know of how dates were read, with ``{n}`` where a count of rows stands and the texts counted.
    notes: list[Note] = field(default_factory=list)
    # Whether all times look like midnights of a zone further east, written in UTC: their days are one day early.
    early: bool = False

    def alike(self, other: "Dates") -> bool:
        """Return whether other texts, or the same read otherwise, are the same days."""
        days = [np.array_equal(getattr(self, name), getattr(other, name), equal_nan=True) for name in ("first", "last")]
        return all(days) and self.reasons == other.reasons


def read_date(value: str, *, day_first: bool | None = None) -> tuple[date, str] | str:
    """Return the first day and the precision (one of ``PRECISIONS``) of a date, or in words why the text is none.

    Read are ISO days with or without a time (``2024-03-05``, ``20240305``), names of months in English, French,
    Spanish, Portuguese, German, Russian, Ukrainian and Arabic, whole or cut (``05 March 2024``, ``5-Mar-24``, ``March
    5, 2024``, ``1er février 2024``, ``5 de enero de 2024``), ``05.03.2024`` (day first, as everywhere where dates have
    points) and, where ``day_first`` says which comes first or one of the numbers can be no month, ``05/03/2024``;
    months and years without a day (``2024-03``, ``mars 2024``, ``03/2024``, ``early March 2024``, ``2024``); weeks by
    their number (``2024-W10``, ``semaine 10 2024``); spans (``4-6 March 2024``); and a spreadsheet's serial numbers.

    Examples
    --------
    >>> read_date("1er févr. 2024"), read_date("March 2024")
    ((datetime.date(2024, 2, 1), 'day'), (datetime.date(2024, 3, 1), 'month'))
    >>> read_date("week 10 2024"), read_date("du 4 au 6 mars 2024")
    ((datetime.date(2024, 3, 4), 'week'), (datetime.date(2024, 3, 4), 'day'))
    >>> read_date("12 de septiembre de 2024"), read_date("março de 2024")
    ((datetime.date(2024, 9, 12), 'day'), (datetime.date(2024, 3, 1), 'month'))
    >>> read_date("5 березня 2024 р."), read_date("nuit du 3 au 4 avril 2024")
    ((datetime.date(2024, 3, 5), 'day'), (datetime.date(2024, 4, 3), 'day'))
    >>> read_date("week of 6 March 2023"), read_date("week ending 2023-03-12"), read_date("Mar-05-2023")
    ((datetime.date(2023, 3, 6), 'week'), (datetime.date(2023, 3, 6), 'week'), (datetime.date(2023, 3, 5), 'day'))
    >>> read_date("05/03/2024")
    'can be read as day/month or month/day; write dates as 2024-03-05, or say whether the day or the month is first'
    """
    read = _read(_tidy(value), day_first=day_first)
    return read if isinstance(read, str) else read[:2]


_Read = tuple[date, str, date | None]  # first day, precision and, of a span, the last day


def _tidy(value: str) -> str:
    value = _DASHES.sub(" - ", seen(value).lstrip("'\N{RIGHT SINGLE QUOTATION MARK}"))
    value = re.sub(r" \([^()]*\)$", "", _SPACES.sub(" ", value).strip())
    if value.isascii():
        return value
    digits = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in value)
    return _YEAR_WORD.sub("", _TWO_WORDS.sub(r"\1_", digits))


def _read(value: str, *, day_first: bool | None, weeks: bool = False) -> _Read | str:
    found = _read_one(value, day_first=day_first, weeks=weeks)
    if not isinstance(found, str):
        return (*found, None)
    if match := _WEEK_OF.fullmatch(value):
        day = _read_one(match[2], day_first=day_first)
        if isinstance(day, str) or day[1] != DAY:
            return day if isinstance(day, str) else found
        return day[0] - timedelta(days=6 if match[1] else 0), WEEK, None
    span = _read_span(value, day_first=day_first)
    if span is not None:
        return span
    if match := _ABOUT.fullmatch(value):
        about = _read_one(match[1], day_first=day_first)
        if not isinstance(about, str) and about[1] in (MONTH, YEAR):
            return (*about, None)
    return found


def _read_span(value: str, *, day_first: bool | None) -> _Read | str | None:
    """Read two days with a word or sign between them, the first of which may leave its month and year to the second."""
    if not (ends := _span_of(value)):
        return None
    start, end = ends
    last = _read_one(end, day_first=day_first)
    if isinstance(last, str) or last[1] != DAY:
        return TWOFOLD if last == TWOFOLD and _NUMBERS_ONLY.fullmatch(start) else None
    start = re.sub(r"^(\d{1,2})(?:er|st|nd|rd|th)$", r"\1", start)
    if start.isdecimal() and (rest := re.fullmatch(r"\d{1,2}(?:er|e|st|nd|rd|th)?\.?[ ./-](.+)", end)):
        start = (
            f"{start} {rest[1]}" if rest[1][0].isalpha() else f"{start}{end[len(rest[0]) - len(rest[1]) - 1]}{rest[1]}"
        )
    # Without a year it is that of the last day, or, of 26 December to 1 January, the one before.
    years = [f" {last[0].year}", f" {last[0].year - 1}"] if start and start[-1].isalpha() else [""]
    for year in years:
        first = _read_one(f"{start}{year}", day_first=day_first)
        if isinstance(first, str) or first[1] != DAY:
            return None
        if first[0] <= last[0] and (year == years[0] or last[0] - first[0] < _HALF_A_YEAR):
            return first[0], DAY, last[0]
    return message("ends before it starts")


def _read_one(value: str, *, day_first: bool | None, weeks: bool = False) -> tuple[date, str] | str:
    if (match := _ISO_DAY.fullmatch(value) or _COMPACT_DAY.fullmatch(value)) and int(match[3]):
        return _day(*(int(part) for part in match.groups()))
    if match := _SERIAL_DAY.fullmatch(value):
        serial = int(match[1])
        if FIRST_SERIAL <= serial <= LAST_SERIAL:
            return _SERIAL_ORIGIN + timedelta(days=serial), DAY
        return NOT_A_DATE
    if match := _SECONDS.fullmatch(value):
        return datetime.fromtimestamp(int(match[1]), UTC).date(), DAY
    if match := _SIX_DIGITS.fullmatch(value):
        return _week(int(match[1]), int(match[2])) if weeks else _day(int(match[1]), int(match[2]), 1, precision=MONTH)
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
    if _PART_OF_A_YEAR.fullmatch(value) and not (weeks and "S" in value.upper()):
        return A_PART_OF_A_YEAR
    if match := _WEEK.fullmatch(value):
        return _week(int(match[1]), int(match[2]), int(match[3] or 0))
    if match := _WEEK_FIRST.fullmatch(value):
        return _week(int(match[2]), int(match[1]))
    return _named(value)


def _week(year: int, week: int, weekday: int = 0) -> tuple[date, str] | str:
    try:
        read = date.fromisocalendar(year, week, weekday or 1)
    except ValueError:
        return message("is no week of the calendar")
    return (
        (read, DAY if weekday else WEEK)
        if _EARLIEST <= read < _LATEST
        else f"is outside {EARLIEST_DATE} to {LATEST_DATE}"
    )


def _named(value: str) -> tuple[date, str] | str:
    if match := _NAMED_DAY.fullmatch(value):
        day, month, year, precision = match[1], match[2], match[3], DAY
    elif match := _MONTH_FIRST.fullmatch(value):
        day, month, year, precision = match[2] or match[5], match[1] or match[4], match[3] or match[6], DAY
    elif match := _YEAR_FIRST.fullmatch(value):
        day, month, year, precision = match[3], match[2], match[1], DAY
    elif match := _NAMED_MONTH.fullmatch(value):
        day, month, year, precision = "1", match[1] or match[4], match[2] or match[3], MONTH
    else:
        words = [word for word in re.findall(r"[^\W\d_]+", value) if month_number(word)]
        no_year = words and not re.search(r"\d{4}", value)
        return NO_YEAR if no_year or _DAY_AND_MONTH.fullmatch(value) else NOT_A_DATE
    if (number := month_number(month)) is None:
        return NO_MONTH.format(value=repr(month))
    return _day(_year(year), number, int(day), precision=precision)


def with_year(value: str, year: str) -> str:
    """Return a date that names no year with one behind it, written as it is.

    Examples
    --------
    >>> with_year("12 March", "2024"), with_year("12/03", "2024"), with_year("12.3.", "2024")
    ('12 March 2024', '12/03/2024', '12.3.2024')
    """
    value = _tidy(value)
    return f"{value}{'/' * ('/' in value) if _DAY_AND_MONTH.fullmatch(value) else ' '}{year}"


def read_parts(year: str, month: str, day: str, week: str = "") -> tuple[date, str] | str:
    """Return the first day and the precision of a date in columns; a day, month or week that is empty or 0 is not
    known.

    Examples
    --------
    >>> read_parts("2024", "March", ""), read_parts("2024", "", "5"), read_parts("2024", "13", "1")
    ((datetime.date(2024, 3, 1), 'month'), (datetime.date(2024, 1, 1), 'year'), "has '13' where a month should be")
    """
    if not re.fullmatch(r"\d{4}", year):
        if _TWO_YEARS.fullmatch(year):
            return TWO_YEARS
        return IS_MISSING if year in UNKNOWN_PARTS else f"has {year!r} where a year should be"
    if week not in UNKNOWN_PARTS and month in UNKNOWN_PARTS:
        which = re.sub(rf"^{_WEEK_WORD}[. -]*", "", week, flags=re.IGNORECASE)
        return _week(int(year), int(which)) if which.isdecimal() else f"has {week!r} where a week should be"
    if month in UNKNOWN_PARTS:
        return _day(int(year), 1, 1, precision=YEAR)
    if (number := month_number(month)) is None:
        return f"has {month!r} where a month should be"
    if day in UNKNOWN_PARTS:
        return _day(int(year), number, 1, precision=MONTH)
    return _day(int(year), number, int(day)) if re.fullmatch(r"\d{1,2}", day) else f"has {day!r} where a day should be"


def month_number(word: str) -> int | None:
    """Return the number of a month from its number or its name, in the languages of `read_date`, or ``None``.

    Examples
    --------
    >>> month_number("août"), month_number("Sept."), month_number("03"), month_number("Ventôse")
    (8, 9, 3, None)
    """
    word = word.strip().removesuffix(".0")
    if word.isdecimal():
        return int(word) if 1 <= int(word) <= 12 else None
    return _months().get(unaccented(word).rstrip("."))


@cache
def _months() -> dict[str, int]:
    """Return the number of each month by its name and by each of its beginnings that is no other month's."""
    from babel import Locale

    found: dict[str, set[int]] = {}
    for months in (Locale.parse(name).months for name in _LOCALES):
        for number, name in chain.from_iterable(months[form]["wide"].items() for form in ("format", "stand-alone")):
            word = unaccented(name).replace(" ", "_")
            for n in {len(word), *range(_FEWEST_LETTERS, len(word))}:
                found.setdefault(word[:n], set()).add(number)
    return {word: numbers.pop() for word, numbers in found.items() if len(numbers) == 1} | _MONTHS_BESIDE_CLDR


def read_dates(values: list[str], *, day_first: bool | None = None, shown: str = "") -> Dates:
    """Read distinct texts of one column as dates; all at once where every one is written as ISO writes it.

    Parameters
    ----------
    values
        Distinct texts.
    day_first
        Whether ``05/03/2024`` starts with the day; ``None``: the column's other dates decide, which a note says, and
        where none does or they contradict each other, such texts are no dates.
    shown
        The column's name, for notes.
    """
    notes: list[Note] = []

    def tell(text: str, of: list[str], **words: Any) -> None:
        if of:
            notes.append((partial(_told, text, column=shown, **words), of))

    clock, early = _other_midnights(map(_clock, values), len(values))
    if clock:
        tell(OTHER_MIDNIGHT, values, clock=clock)
    if (days := _all_iso(values)) is not None:
        return Dates(days, days, np.zeros(len(values), dtype=np.int8), notes=notes, early=early)
    tidied = [_tidy(value) for value in values]
    reordered, by_year = _year_first(tidied, day_first, shown)
    tidied = [reordered.get(value, value) for value in tidied]
    decided, by_others = (day_first, None) if day_first is not None else _decide(tidied, shown)
    notes += [note for note in (by_year, by_others) if note]
    weeks, exchanged, two_years = _hold_weeks(tidied), _exchanged(tidied), _name_two_years(tidied)

    def read_one(value: str) -> _Read | str:
        if two_years and _TWO_YEARS.fullmatch(value):
            return TWO_YEARS
        if reordered and not value:
            return YEAR_OR_DAY
        if value in exchanged:
            return (exchanged[value], DAY, None) if day_first else EXCHANGED
        return _read(value, day_first=decided, weeks=weeks)

    read = list(map(read_one, tidied))
    reasons = {value: found for value, found in zip(values, read, strict=True) if isinstance(found, str)}
    precision = np.array([0 if isinstance(found, str) else PRECISIONS.index(found[1]) for found in read], np.int8)
    begins = _as_days(None if isinstance(found, str) else found[0] for found in read)
    ends = _as_days(None if isinstance(found, str) else found[2] for found in read)
    ends = np.where(np.isnat(ends), last_days(begins, precision), ends)
    good = {value: tidy for value, tidy in zip(values, tidied, strict=True) if value not in reasons}
    tell(EXCHANGED_BACK, [value for value, tidy in good.items() if tidy in exchanged])
    seconds = [value for value, tidy in good.items() if _SECONDS.fullmatch(tidy) and not _COMPACT_DAY.fullmatch(tidy)]
    tell(SECONDS, seconds)
    serials = [value for value in good if _SERIAL_DAY.fullmatch(value.lstrip("'"))]
    tell(SERIALS, serials, origin=str(_SERIAL_ORIGIN))
    short = [value for value in good if (match := _NUMBERS_ONLY.fullmatch(value)) and len(match[4]) == 2]
    short += [value for value in good if (match := _NAMED_DAY.fullmatch(value)) and len(match[3].lstrip("'")) == 2]
    tell(SHORT_YEARS, short, last=str(_LAST_SHORT_YEAR), next=str(_LAST_SHORT_YEAR + 1))
    rough = {value: at for value, at in zip(values, precision, strict=True) if value in good}
    for code, said in ((1, MONTH_ALONE), (2, YEAR_ALONE), (3, WEEK_ALONE)):
        tell(said, [value for value, at in rough.items() if at == code and not _WEEK_OF.fullmatch(good[value])])
    return Dates(begins, ends, precision, reasons, notes, early)


def _hold_weeks(tidied: list[str]) -> bool:
    """Tell whether 202427 is a week, as it is where some number is too great for a month, and S1 a semaine, as where
    some is too great for a semestre."""
    six = [int(match[2]) for value in tidied if (match := re.fullmatch(r"(\d{4})(\d{2})(?:\.0)?", value))]
    if _are_weeks(six) and all(value[:2] in ("19", "20") for value in tidied if re.match(r"\d{6}(\.0)?$", value)):
        return True
    return any(
        (_WEEK.fullmatch(value) or _WEEK_FIRST.fullmatch(value)) and not _PART_OF_A_YEAR.fullmatch(value)
        for value in tidied
    )


def _year_first(values: list[str], day_first: bool | None, shown: str) -> tuple[dict[str, str], Note | None]:
    """Return dates whose year stands first and is followed by the day or a week, or has two digits, as ISO writes them,
    and what decided; each with no text where it cannot be told.

    Of ``24-03-05`` the first number is the year where all can be and vary by far less than the last: a table has few
    years, and as many days of the month as are drawn. Firsts, middles and ends of months are those of tables by month.
    """
    parted = {value: found for value in values if (found := _year_and_number(value))}
    two_years = all((int(year) + 1) % 100 == number for year, number in parted.values())
    if len(parted) >= _LEAST_WEEKS and not two_years and _are_weeks([number for _, number in parted.values()]):
        return {value: f"{year}-W{number}" for value, (year, number) in parted.items()}, None
    whole = {value: match for value in values if (match := _ISO_DAY.fullmatch(value))}
    clear = [value for value, match in whole.items() if int(match[2]) > 12]
    if len(clear) > 1 and day_first is not False and all(1 <= int(match[3]) <= 12 for match in whole.values()):
        turned = {value: f"{match[1]}-{match[3]}-{match[2]}" for value, match in whole.items()}
        return turned, (partial(_told, YEAR_DAY_MONTH, column=shown, first=repr(clear[0])), clear)
    if day_first is not None:
        return {}, None
    short = {value: match.group(1, 3, 4) for value in values if (match := _NUMBERS_ONLY.fullmatch(value))}
    short = {value: parts for value, parts in short.items() if len(parts[2]) == 2}
    six = {value: match.groups() for value in values if (match := _THREE_PAIRS.fullmatch(value))}
    leads, turned = _year_leads(short)
    if leads is False:
        turned = {}
    elif leads is None:
        turned = dict.fromkeys(short, "")
    # 200406 is a month of 2004, but in a column of many other days, such as 200425; of few it may be either. 190406 is
    # no month of 1904.
    leads, in_pairs = _year_leads(six)
    firsts = {first for first, _, _ in six.values()}
    if firsts <= {"20"} or (firsts <= {"19", "20"} and not in_pairs):
        if in_pairs and max(int(last) for _, _, last in six.values()) > 12:
            many = len(six) >= _LEAST_PAIRS and len({month for _, month, _ in six.values()}) > 2
            turned |= in_pairs if many else dict.fromkeys(six, "")
    else:
        turned |= in_pairs if leads else dict.fromkeys(six, "")
    read = [value for value, day in turned.items() if day]
    return turned, (partial(_told, YEAR_FIRST, column=shown), read) if read else None


_LEAST_WEEKS, _LEAST_PAIRS = 4, 8


def _year_leads(parts: Mapping[str, Sequence[str]]) -> tuple[bool | None, dict[str, str]]:
    """Tell whether of dates in three pairs of digits the year is first (none: it cannot be told), and return them as
    ISO writes them if it is; without any where it cannot be."""
    turned = {value: f"{_year(year.zfill(2))}-{month}-{day}" for value, (year, month, day) in parts.items()}
    if not parts or any(isinstance(_read_one(day, day_first=None), str) for day in turned.values()):
        return False, {}
    first, second, last = (set(map(int, numbers)) for numbers in zip(*parts.values(), strict=True))
    if max(first) > 31 or 0 in first or _are_ends_of_months(turned.values(), first, last):
        return True, turned
    if last == {1} and len(first) == 1 and first != {1} and len(second) > 2:
        return None, turned  # months of one year, or a day of each month of 2001
    full = 2 * len(parts) > len(second) * len(last)  # as a table by month is
    if first <= {28, 29, 30, 31} or (second <= {1} and max(first) <= 12) or (first <= {1, 15} and full):
        return False, turned
    years, days = (max(numbers) - min(numbers) for numbers in (first, last))
    few = len(last) < 2 * len(first) and len(last) < _MORE_THAN_YEARS and 2 * years >= days
    if few or len(last) < _LEAST_DAYS:
        return None if years < days or len(first) < len(last) else False, turned
    return True, turned


def _are_ends_of_months(days: Iterable[str], years: set[int], last: set[int]) -> bool:
    """Tell whether days are all first or all last ones of months of a run of years."""
    run = 1 < len(years) == max(years) - min(years) + 1 < _MORE_THAN_YEARS and min(years) > 1
    at = pd.DatetimeIndex(list(days)) if run and (last == {1} or min(last) >= 28) else pd.DatetimeIndex([])
    return len(at.month.unique()) > 2 and bool(at.is_month_start.all() or at.is_month_end.all())


def _year_and_number(value: str) -> tuple[str, int] | None:
    """Return a year and the number beside it, ``2024-27`` or ``27/2024``."""
    if match := _NUMBER_LAST.fullmatch(value):
        return match[1], int(match[2])
    match = _NUMBER_MONTH.fullmatch(value)
    return (match[2], int(match[1])) if match else None


def _are_weeks(numbers: Sequence[int]) -> bool:
    """Tell whether numbers beside years are weeks: many of them, and not one by a slip, are too great for months."""
    n_above = sum(number > 12 for number in numbers)
    return n_above > 0 and 5 * n_above >= len(numbers) and all(1 <= number <= 53 for number in numbers)


_LEAST_DAYS, _MORE_THAN_YEARS = 5, 28  # distinct last numbers, none above 31


def _as_days(days: Iterable[date | None]) -> np.ndarray:
    return np.array([NAT if day is None else np.datetime64(day, "us") for day in days], dtype="datetime64[us]")


def _exchanged(values: list[str]) -> dict[str, date]:
    """Return the days that a spreadsheet of the wrong country seems to have read with day and month exchanged, as they
    were meant.

    It makes dates of ``05/03/2024`` where it can and leaves ``25/03/2024`` as text: all dates then have a day of 12 or
    less, and all texts one above 12.
    """
    dates = {value: match for value in values if (match := _ISO_DAY.fullmatch(value))}
    texts = [match for value in values if (match := _NUMBERS_ONLY.fullmatch(value)) and match[2] != "."]
    parts = [(int(match[1]) > 12, int(match[3]) > 12) for match in texts]
    if (
        len(dates) < _LEAST_EXCHANGED
        or len(texts) < _LEAST_EXCHANGED
        or len(set(parts)) != 1
        or parts[0][0] == parts[0][1]
    ):
        return {}
    if any(not 1 <= int(match[3]) <= 12 or not 1 <= int(match[2]) <= 12 for match in dates.values()):
        return {}
    return {value: date(int(match[1]), int(match[3]), int(match[2])) for value, match in dates.items()}


_LEAST_EXCHANGED = 8  # so many dates have days of 12 or less by chance once in a thousand times


def _name_two_years(values: list[str]) -> bool:
    """Tell whether ``2005/06`` stands for a year that runs into the next, not for a month: in all such texts the second
    number follows."""
    found = [match for value in values if (match := _TWO_YEARS.fullmatch(value))]
    return len({match[1] for match in found}) > 1 and all(
        (int(match[1]) + 1) % (10 ** len(match[2])) == int(match[2]) for match in found
    )


def written_days(texts: pd.Series) -> pd.Series:
    """Return texts as days, NaT where one is not written ``2025-07-01``: pandas also takes ``today`` and ``now``."""
    days = texts.where(texts.str.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}"))
    return pd.to_datetime(days, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")


def last_days(first: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """Return the last day of each day, month, year or week, by the codes of ``PRECISIONS``."""
    begins = pd.Series(first)
    ends = (
        begins.mask(precision == 1, begins + pd.offsets.MonthEnd(0))
        .mask(precision == 2, begins + pd.offsets.YearEnd(0))
        .mask(precision == 3, begins + pd.Timedelta(days=6))
    )
    return ends.to_numpy().astype("datetime64[us]")


def _decide(values: list[str], shown: str) -> tuple[bool | None, Note | None]:
    """Tell whether ``05/03/2024`` starts with the day, by those dates of the column that can be read one way only, and
    what decided."""
    matches = [
        (value, match)
        for value in values
        for part in _ends_of(value)
        if (match := _NUMBERS_ONLY.fullmatch(part)) and match[2] != "."
    ]
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


def _ends_of(value: str) -> list[str]:
    """Return a date as it is, that which names a week, or the two days of a span."""
    if match := _WEEK_OF.fullmatch(value):
        return [match[2]]
    span = None if _NUMBERS_ONLY.fullmatch(value) else _span_of(value)
    return list(span) if span else [value]


def _span_of(value: str) -> tuple[str, str] | None:
    """Return the two ends of a span; a hyphen between blanks parts them before one within a date."""
    match = _SPAN.fullmatch(value)
    if match and value.count(" - ") == 1:
        start, _, end = value[match.start(1) :].partition(" - ")
        return start.strip(), end.strip()
    return (match[1].strip(), match[2].strip()) if match else None


def _told(said: str, n: int, **values: str) -> str:
    """Return a note on how dates were read, once it is known in how many rows."""
    return say(said, n=n, **values)


def _other_midnights(clocks: Iterable[tuple[float, bool] | None], n: int) -> tuple[str, bool]:
    """Return the one or two times of day that all of a column's times have where they look like midnights of another
    zone, or ``""``; and whether days are then one day early.

    Two are those of one zone in summer and in winter, as in Britain 23:00 and midnight. Times that name no zone may be
    what they say: only many that are all of one evening hour pass for midnights further east, whose days are early.

    Of each of ``n`` times, a clock is its minute of the day, 0 of a day alone, and whether it is one of UTC; ``None``
    of any other text.
    """
    found: Counter[tuple[float, bool]] = Counter()
    for clock in clocks:
        if clock is None or clock[0] % 15 or len({*found, clock}) > 2:
            return "", False
        found[clock] += 1
    minutes, in_utc = sorted({minute for minute, _ in found}), all(utc for _, utc in found)
    if not found or (n < _FEWEST_CLOCKS and not (in_utc and minutes[0])):
        return "", False
    late = sum(k for (minute, _), k in found.items() if minute)
    evening = (minutes == [0, 1380] and 4 * late >= n) or (minutes[0] > 720 and minutes[-1] - minutes[0] <= 60)
    if not (evening or (in_utc and minutes[0])):
        return "", False
    told = " / ".join(f"{int(minute) // 60:02d}:{int(minute) % 60:02d}" for minute in minutes)
    return told + " UTC" * in_utc, evening


def _clock(value: str) -> tuple[float, bool] | None:
    """Return the minute of the day of a time, and whether it is one of UTC; ``None`` where there is none."""
    if match := _CLOCK.fullmatch(value):
        hour, minute = int(match[1] or 0), int(match[2] or 0)  # a workbook's midnight is a day alone
        hour = hour % 12 + 12 * (match[3] in "pP") if match[3] else hour
        return 60 * hour + minute, bool(match[4])
    if (match := _SECONDS.fullmatch(value)) and not _COMPACT_DAY.fullmatch(value):
        return int(match[1]) / 60 % _DAY_MINUTES, True
    if match := re.fullmatch(r"\d{5}(\.\d+)", value):
        return round(float(match[1]) * _DAY_MINUTES), False
    return None


def _all_iso(values: list[str]) -> np.ndarray | None:
    if not values:
        return np.array([], dtype="datetime64[us]")
    texts = pa.array(values, pa.large_string())
    if pa.compute.all(pa.compute.match_substring_regex(texts, r"^\d{4}-\d{2}-\d{2}(T| \d{2}:|$)")).as_py():
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
        if 1300 <= year <= 1460 or 2400 <= year <= 2650:
            return OTHER_CALENDAR
        return f"is outside {EARLIEST_DATE} to {LATEST_DATE}"
    return read, precision


# What a title with a day of its own is about: when the table was made.
_OF_THE_FILE = re.compile(
    r"\b(updat|generat|export|extract|download|print|publish|as of|accessed|created|version|source|copyright|"
    r"mis a jour|situation au|publie|telecharg|actualiz)|\N{COPYRIGHT SIGN}"
)


def year_of_titles(titles: Iterable[str]) -> str:
    """Return the one year that a table's titles name, or ``""`` where they name none or several; those that tell when
    the table was made do not count.

    Examples
    --------
    >>> year_of_titles(["Attacks in Mali, 2023", "Updated 4 January 2024"]), year_of_titles(["Attacks 2022-2023"])
    ('2023', '')
    """
    told = [title for title in titles if not _OF_THE_FILE.search(unaccented(title))]
    years = {year for title in told for year in re.findall(r"(?<!\d)(?:19|20)\d{2}(?!\d)", title)}
    return years.pop() if len(years) == 1 else ""
