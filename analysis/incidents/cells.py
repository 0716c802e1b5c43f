"""Typed views of raw columns: text, numbers, days, codes. Each cell that cannot be used is recorded once.

Work is done on distinct values, of which even a large table has few.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute

from analysis.incidents.canonical import MOST_DEATHS
from analysis.incidents.dates import NAT, NO_YEAR, PRECISIONS, last_days, read_dates, read_parts, with_year
from analysis.incidents.files import MISSING, MOST_EXACT, RawTable
from analysis.incidents.places import (
    Found,
    find_country,
    find_iso3_by_number,
    fold,
    is_plain_total,
    is_total,
    is_users_code,
    nearest_countries,
)
from analysis.incidents.printing import seen
from analysis.incidents.problems import BLANKED, KEPT, SET_ASIDE, ProblemLog
from analysis.incidents.reasons import A_TOTAL, CAN_BE_THOUSANDS, COUNTRY_MEANT, IS_MISSING, NO_COUNTRY, NOT_A_NUMBER
from analysis.language import few, message, say

STR = pd.StringDtype(na_value=np.nan)
_MOST_GUESSES = 100  # unknown countries for which the nearest name is looked for

# Numbers that often stand for none.
_CODES, _LEAST_CODED, _FAR_ABOVE = (99, 888, 999, 8888, 9999, 99_999, 999_999), 3, 4
_LEAST_SUMMED = 20  # fewer are the sum of others by chance
# 1,000 is a thousand to some and one to others; 0,123 and its like can be nothing but a fraction.
_TWOFOLD = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
# So is 1.000 among whole numbers, unless all of them are written with three zeros.
POINTED = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_ZERO_FRACTION = re.compile(r"[+-]?\d+\.000")
# Groups of three digits with a space or an apostrophe between them, or more than one group, can be nothing but
# thousands.
_GROUPED = re.compile(
    r"[+-]?\d{1,3}(?:(?:["
    r" \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}'\N{RIGHT SINGLE QUOTATION MARK}]\d{3})+(?:[.,]\d+)?"
    r"|(?:,\d{3})+\.\d+|(?:\.\d{3})+,\d+|(?:,\d{3}){2,}|(?:\.\d{3}){2,})"
)
_MINUS = "\N{MINUS SIGN}"
# A value such as 14°30'N: degrees, minutes and seconds, with a letter before or after.
_DEGREES = re.compile(
    r"([NSEWO])?\s*([+-]?\d+(?:[.,]\d+)?)\s*(?:[°ºd:]|\s|$)\s*(?:(\d+(?:[.,]\d+)?)\s*['\u2032\u2019m:]?\s*)?"
    r"(?:(\d+(?:[.,]\d+)?)\s*(?:[\"\u2033\u201ds]|'')?\s*)?([NSEWO])?",
    re.IGNORECASE,
)
_POINT = re.compile(r"(?:SRID=\d+;\s*)?POINT\s*(?:Z|M|ZM)?\s*\(\s*(\S+)\s+(\S+?)(?:\s+\S+)*\s*\)", re.IGNORECASE)
# A form's point has its height and how well it is known behind it.
_PAIR = re.compile(
    r"[(\[]?\s*([+-]?\d+(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d+(?:\.\d+)?)\s*[)\]]?|"
    r"([+-]?\d+\.\d+) ([+-]?\d+\.\d+) [+-]?\d+(?:\.\d+)? \d+(?:\.\d+)?"
)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}"  # a spreadsheet's sign that a cell is text
_DATE_PARTS = ("year", "month", "day", "week")
# As copied from a page: [3], or signs behind a number.
_FOOTNOTE = r"(?:\s*\[(?:\d{1,3}|[a-z]|note \d{1,2})\])+$|(?P<number>^[+-]?\pN[\pN.,\s\x{66B}\x{66C}]*?)\s*[*†‡]+$"
# A number of deaths with the word for them.
_SO_MANY_DEAD = re.compile(
    r"(\d{1,4})\s+(?:(?:people|persons?|personnes?|personas?|pessoas)\s+)?(?:were\s+)?"
    r"(?:dead|deaths?|killed|fatalit(?:y|ies)|morte?s?|tuee?s?|deces|muert[oea]s?|fallecid[oa]s?|mort[oa]s?)\.?"
)
_COUNTRY_NUMBER = re.compile(r"\d{1,3}(?:\.0)?")
_NUMBERED_BY = {"iso": "ISO 3166-1", "gw": "Gleditsch & Ward"}
_TRUE, _FALSE = ("1", "true", "yes", "y", "t"), ("0", "false", "no", "n", "f")


@dataclass(frozen=True)
class Coded:
    """Text by distinct value: ``values[codes]``, a code of -1 where there is none."""

    codes: np.ndarray
    values: list[str]

    @classmethod
    def none(cls, n_rows: int) -> "Coded":
        """Return a column without any value."""
        return cls(np.full(n_rows, -1, dtype=np.int32), [])

    @classmethod
    def constant(cls, value: str, n_rows: int) -> "Coded":
        """Return a column that holds one value throughout."""
        return cls(np.zeros(n_rows, dtype=np.int32), [value])

    def map(self, function: Callable[[str], str | None]) -> "Coded":
        """Return the column with each distinct value replaced; ``None`` makes it missing."""
        replaced = [function(value) for value in self.values]
        distinct = list(dict.fromkeys(value for value in replaced if value is not None))
        code = {value: index for index, value in enumerate(distinct)}
        return Coded(
            self.take(np.array([-1 if v is None else code[v] for v in replaced], dtype=np.int32), -1), distinct
        )

    def take(self, by_value: np.ndarray, missing: object) -> np.ndarray:
        """Return ``by_value`` for each row, ``missing`` where the row has no value."""
        return np.append(by_value, np.array([missing], dtype=by_value.dtype))[self.codes]

    def test(self, function: Callable[[str], bool]) -> np.ndarray:
        """Return for each row whether its value passes; a missing value does not."""
        return self.take(np.array([function(value) for value in self.values], dtype=bool), False)

    def where(self, mask: np.ndarray, other: "Coded | None" = None) -> "Coded":
        """Return this column where ``mask`` holds and ``other`` (or nothing) elsewhere."""
        if other is None:
            return Coded(np.where(mask, self.codes, -1).astype(np.int32), self.values)
        code = {value: index for index, value in enumerate(self.values)}
        extra = [value for value in other.values if value not in code]
        code |= {value: len(self.values) + index for index, value in enumerate(extra)}
        moved = other.take(np.array([code[value] for value in other.values], dtype=np.int32), -1)
        return Coded(np.where(mask, self.codes, moved).astype(np.int32), [*self.values, *extra])

    def fill(self, value: str) -> "Coded":
        """Return this column with ``value`` where there is none."""
        values = self.values if value in self.values else [*self.values, value]
        return Coded(self.take(np.arange(len(self.values), dtype=np.int32), values.index(value)), values)

    def at(self, positions: np.ndarray) -> list[str]:
        """Return the values at some rows, ``""`` where missing."""
        return ["" if code < 0 else self.values[code] for code in self.codes[positions]]

    def text(self) -> pd.api.extensions.ExtensionArray:
        """Return a pandas ``str`` array."""
        indices = pa.array(self.codes, pa.int32(), mask=self.codes < 0)
        return STR.__from_arrow__(pa.array(self.values, pa.large_string()).take(indices))

    def category(self, vocabulary: Collection[str]) -> pd.Categorical:
        """Return a categorical over ``vocabulary``, which holds every value."""
        order = {name: index for index, name in enumerate(vocabulary)}
        codes = self.take(np.array([order[value] for value in self.values], dtype=np.int8), -1)
        return pd.Categorical.from_codes(codes, categories=list(vocabulary))

    @property
    def missing(self) -> np.ndarray:
        """Where there is no value."""
        return self.codes < 0


class Cells:
    """A raw table read as text, numbers, days and codes; the ``log`` takes what could not be used."""

    def __init__(
        self,
        raw: RawTable,
        log: ProblemLog,
        names: Mapping[str, str],
        *,
        day_first: bool | None = None,
        year: str = "",
    ) -> None:
        self.raw = raw
        self.year = year  # that a title names, of dates that name none
        self.day_first = day_first  # whether ``05/03/2024`` starts with the day; None: the column's other dates decide
        self.log = log
        # The publisher's column name (lower case) to the name in this file, for columns that the file has.
        self.names = names
        self.notes: list[str] = []
        self.of_deaths: set[str] = set()  # columns of the file
        self.early: set[str] = set()  # columns whose days are likely one day early
        self.order_matters = day_first is None
        self._decimal_commas: set[str] = set()
        self._thousands: set[str] = set()
        self._footnotes: dict[str, int] = {}
        self._action = BLANKED

    def __len__(self) -> int:
        return len(self.raw.row)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    @cached_property
    def nothing(self) -> Coded:
        """A column without values, for what the publisher does not say."""
        return Coded.none(len(self))

    def text(self, name: str, *, keep_na: bool = False) -> Coded:
        """Return a column's text, trimmed; ``keep_na`` keeps ``NA``, Namibia's ISO code, as a value."""
        if name not in self:
            return self.nothing
        codes, dictionary = _encoded(self.raw.columns[self.names[name]])
        present = _present(dictionary, keep_na=keep_na)
        noted = pa.compute.match_substring_regex(present, _FOOTNOTE)
        if pa.compute.any(noted).as_py():
            marked = Coded(codes, []).take(noted.fill_null(False).to_numpy(zero_copy_only=False), False)
            self._footnotes[self.names[name]] = int(marked.sum())
            present = pa.compute.replace_substring_regex(present, _FOOTNOTE, r"\1")
        if not present.equals(dictionary):
            again = present.dictionary_encode()
            codes = Coded(codes, []).take(_codes_of(again), -1)
            present = again.dictionary
        return Coded(codes, present.to_pylist())

    def words(self, name: str) -> pd.api.extensions.ExtensionArray:
        """Return a column's trimmed text as a pandas ``str`` array, with no distinct values sought: for names of
        places."""
        if name not in self:
            return self.nothing.text()
        return STR.__from_arrow__(_present(_as_arrow_text(self.raw.columns[self.names[name]])))

    def ids(self, name: str) -> pa.Array:
        """Return a column as Arrow text, with no distinct values sought: it has as many as rows."""
        array = _as_arrow_text(self.raw.columns[self.names[name]])
        array = _present(array)
        if pa.compute.any(pa.compute.ends_with(array, ".0")).as_py():
            array = pa.compute.replace_substring_regex(array, r"^(\d+)\.0$", r"\1")
        return array

    def number(
        self,
        name: str,
        *,
        low: float = -np.inf,
        high: float = np.inf,
        whole: bool = False,
        what: str = "",
        required: bool = False,
        other: Callable[[str], float] = lambda _value: np.nan,
    ) -> np.ndarray:
        """Return a column as floats; text, values outside ``[low, high]`` and fractions where ``whole`` are blanked.

        Where ``required``, a row without such a number is set aside. ``other`` reads a text that is no plain number,
        NaN where it cannot.
        """
        if required and name in self:
            before = self._action
            self._action = SET_ASIDE
            values = self.number(name, low=low, high=high, whole=whole, what=what)
            self._action = before
            missing = np.flatnonzero(np.isnan(values) & ~self.log.set_aside)
            self.log.add(missing, self.names[name], [""] * len(missing), IS_MISSING, SET_ASIDE)
            return values
        if name not in self:
            return np.full(len(self), np.nan)
        column = self.raw.columns[self.names[name]]
        if pa.types.is_boolean(column.type):  # yes and no are no numbers
            coded = Coded(np.where(column.is_null(), -1, column.fill_null(False).cast(pa.int8())), ["false", "true"])
            self._blank(name, np.flatnonzero(~coded.missing), coded.at, NOT_A_NUMBER)
            return np.full(len(self), np.nan)
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type) or pa.types.is_decimal(column.type):
            values = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).copy()
            shown: Callable[[np.ndarray], list] = partial(_taken, values)
        else:
            written = self.text(name)
            coded, shown = written.map(_plain), written.at
            twofold = {value for value in coded.values if _TWOFOLD.fullmatch(value)}
            if twofold and not whole:  # one reading is out of range, or the column's other values tell
                tells = any(_DECIMAL_COMMA.fullmatch(value) for value in coded.values if value not in twofold)
                twofold = (
                    set() if tells else {value for value in twofold if low <= float(value.replace(",", "")) <= high}
                )
            if whole and not all(_ZERO_FRACTION.fullmatch(value) for value in coded.values):
                twofold |= {value for value in coded.values if POINTED.fullmatch(value)}
            none = twofold | {value for value in coded.values if whole and value.startswith("+")}  # as 12+, at least
            parsed = [np.nan if value in none else self._parse_number(value, name, other) for value in coded.values]
            values = coded.take(np.array(parsed, dtype=float), np.nan)
            wrong = np.isnan(values) & ~coded.missing
            two = coded.test(twofold.__contains__)
            self._blank(name, np.flatnonzero(wrong & two), shown, CAN_BE_THOUSANDS)
            self._blank(name, np.flatnonzero(wrong & ~two), shown, NOT_A_NUMBER)
        wrong = np.flatnonzero((values < low) | (values > high) | np.isinf(values))
        if len(wrong):
            limits = f"{low:,.10g} to {high:,.10g}" if np.isfinite(high) else f"{low:,.10g} or more"
            near = bool((np.abs(values[wrong]) <= _MOST_DEGREES).any())
            reason = (
                f"is outside {limits}{what if near else ''}" if np.isfinite(low) else message("is not a finite number")
            )
            self._blank(name, wrong, shown, reason)
            values[wrong] = np.nan
        if whole:
            wrong = np.flatnonzero(values != np.floor(values))
            wrong = wrong[~np.isnan(values[wrong])]
            self._blank(name, wrong, shown, message("is not a whole number"))
            values[wrong] = np.nan
        return values + 0.0  # -0 is 0

    def set_aside_totals(self, *columns: str, placed: np.ndarray) -> None:
        """Set aside rows that are called a total in one of these columns; one that is ``placed`` is a filling station,
        or what stands around it."""
        for name in columns:
            coded = self.text(name)
            if totals := {value for value in coded.values if is_plain_total(value)}:
                rows = np.flatnonzero(coded.test(totals.__contains__) & ~self.log.set_aside & ~placed)
                self.log.add(rows, self.names[name], list(coded.at(rows)), A_TOTAL, SET_ASIDE)

    def deaths(self, name: str) -> np.ndarray:
        """Return a column of death counts: whole numbers from 0 to ``MOST_DEATHS``."""
        self.of_deaths.add(self.names.get(name, name))
        dead = self.number(name, low=0, high=MOST_DEATHS, whole=True, other=_so_many_dead)
        kept = ~self.log.set_aside
        self._tell_odd_deaths(name, dead[kept], self.raw.row[kept])
        return dead

    def _tell_odd_deaths(self, name: str, dead: np.ndarray, row: np.ndarray) -> None:
        """Tell deaths that may stand for none that is known, and those that may be the total of all others."""
        said, most = [], np.nanmax(dead, initial=0)
        n = int((dead == most).sum())
        if n >= _LEAST_CODED and most in _CODES and np.max(dead, initial=0, where=dead < most) < most / _FAR_ABOVE:
            said.append(
                say(
                    "rows whose {column} is {code}, far above all others, as where a number stands for one that is not"
                    " known: {n}; they count as so many deaths: empty such cells",
                    column=self.names[name],
                    code=str(int(most)),
                    n=n,
                )
            )
        at_an_end = dead[[0, -1]] if dead.size else dead  # where people write totals
        if n == 1 and most > _LEAST_SUMMED and most * 2 == np.nansum(dead) and most in at_an_end:
            said.append(
                say(
                    "row {row} holds as many deaths in {column} as all others together ({n}): if it is their total,"
                    " leave it out",
                    row=int(row[np.flatnonzero(dead == most)[0]]),
                    column=self.names[name],
                    n=int(most),
                )
            )
        self.notes += [note for note in said if note not in self.notes]  # of one column that is two figures

    def coordinates(self, latitude: str, longitude: str) -> tuple[np.ndarray, np.ndarray]:
        """Return degrees north and east; where either is impossible both are blanked, for one alone is no place."""
        column = self.names.get(latitude)
        if column is not None and self.names.get(longitude, column) == column:
            return self._points(latitude)
        swapped = " (latitude; if it is the longitude, the two columns are exchanged)"
        north = self.number(latitude, low=-90, high=90, what=swapped, other=lambda text: _degrees(text, "NS"))
        east = self.number(longitude, low=-_MOST_DEGREES, high=_MOST_DEGREES, other=lambda text: _degrees(text, "EWO"))
        for name, degrees, other in ((latitude, north, east), (longitude, east, north)):
            lone = np.flatnonzero(np.isnan(other) & ~np.isnan(degrees))
            self._blank(name, lone, partial(_taken, degrees), "stands without its other coordinate")
            degrees[lone] = np.nan
        return self._without_origin((latitude, longitude), north, east)

    def _points(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return degrees north and east from one column of points: ``14.5, -4.25`` or ``POINT (-4.25 14.5)``."""
        written = self.text(name)
        coded = written.map(_plain)
        read = np.array([_point(value) for value in coded.values], dtype=float).reshape(-1, 2)
        north, east = coded.take(read[:, 0], np.nan), coded.take(read[:, 1], np.nan)
        self._blank(
            name, np.flatnonzero(np.isnan(north) & ~coded.missing), written.at,
            "is no point; write 14.5, -4.25 or POINT (-4.25 14.5)"
        )  # fmt: skip
        return self._without_origin((name,), north, east)

    def _without_origin(
        self, names: Sequence[str], north: np.ndarray, east: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Blank points at 0, 0, which lie in the Gulf of Guinea and are written where no place is known."""
        origin = np.flatnonzero((north == 0) & (east == 0))
        for name in names if len(origin) else ():
            self._blank(
                name,
                origin,
                lambda rows: ["0"] * len(rows),
                message("is 0, 0, a point at sea that stands for no known place"),
            )
        north[origin] = east[origin] = np.nan
        return north, east

    def days(self, name: str, *, required: bool = False) -> np.ndarray:
        """Return a column as days (``datetime64[us]``), without any time of day; a month or a year without a day is
        none."""
        return self.dated(name, required=required, days_only=True)[0]

    def dated(
        self, name: str, *, required: bool = False, days_only: bool = False
    ) -> tuple[np.ndarray, np.ndarray, Coded]:
        """Return a column's first days, last days and precisions (``dates.PRECISIONS``); see `dates.read_date`.

        A date that cannot be read sets its row aside where ``required``, else it is blanked.
        """
        if name not in self:
            nothing = np.full(len(self), NAT)
            return nothing, nothing, self.nothing
        coded, shown = self.text(name), self.names[name]
        read = read_dates(coded.values, day_first=self.day_first, shown=shown)
        without_year = {value for value, reason in read.reasons.items() if reason == NO_YEAR}
        if without_year and (years := self.text("year") if "year" in self else Coded.constant(self.year, len(self))):
            coded = self._with_years(shown, coded, years, coded.test(without_year.__contains__))
            read = read_dates(coded.values, day_first=self.day_first, shown=shown)
        if not self.order_matters:
            self.order_matters = not read.alike(read_dates(coded.values, shown=shown))
        if days_only and (rough := read.precision > 0).any():
            reason = message("names a week, a month or a year and no day")
            read.reasons.update(
                {value: reason for value, is_rough in zip(coded.values, rough, strict=True) if is_rough}
            )
            read.first[rough] = NAT
            read.notes = []
        self.early |= {name} if read.early else set()
        read.reasons.update({value: A_TOTAL for value in read.reasons if is_total(value)})
        for note, texts in read.notes:
            n = int(coded.test(set(texts).__contains__).sum())
            self.notes.append(note(n))
        first, last = coded.take(read.first, NAT), coded.take(read.last, NAT)
        precision = Coded(coded.take(read.precision.astype(np.int32), -1), list(PRECISIONS))
        wrong = np.flatnonzero(np.isnat(first))
        if len(wrong) and (required or len(coded.values)):
            self._log_dates(name, wrong, coded, read.reasons, required=required)
        return first, last, precision

    def _with_years(self, shown: str, dates: Coded, years: Coded, where: np.ndarray) -> Coded:
        """Return dates with the year of their row behind them ``where`` they name none, which is told."""
        where = where & years.test(lambda year: bool(re.fullmatch(r"\d{4}(\.0)?", year)))
        if not where.any():
            return dates
        texts = dates.text().to_numpy().astype(object)
        rows = np.flatnonzero(where)
        texts[rows] = [with_year(date, year[:4]) for date, year in zip(dates.at(rows), years.at(rows), strict=True)]
        codes, distinct = pd.factorize(texts)
        named = ", ".join(dict.fromkeys(year[:4] for year in years.at(rows)))
        self.notes.append(
            say(
                "dates in {column} that name no year, read as of the year of their row, or of the title ({years}): {n}",
                column=shown,
                years=named,
                n=len(rows),
            )
        )
        return Coded(codes.astype(np.int32), list(distinct))

    def dated_in_parts(self) -> tuple[np.ndarray, np.ndarray, Coded]:
        """Return first days, last days and precisions from columns ``year``, ``month`` and ``day``, or ``year`` and
        ``week``.

        Without a day it is a month, without a month a year.
        """
        parts = {name: self.text(name).text() for name in _DATE_PARTS}
        table = pd.DataFrame(parts).fillna("").apply(lambda column: column.str.removesuffix(".0").str.strip())
        codes, distinct = pd.factorize(pd.MultiIndex.from_frame(table))
        read = [read_parts(*cells) for cells in distinct]
        days = [NAT if isinstance(found, str) else np.datetime64(found[0], "us") for found in read]
        first = np.array(days, dtype="datetime64[us]")[codes]
        precision = np.array(
            [-1 if isinstance(found, str) else PRECISIONS.index(found[1]) for found in read], dtype=np.int32
        )[codes]
        wrong = np.flatnonzero(np.isnat(first))
        shown = ["-".join(part for part in distinct[code] if part) for code in codes[wrong]]
        column = ", ".join(self.names[name] for name in _DATE_PARTS if name in self)
        self.log.add(wrong, column, shown, [read[code] for code in codes[wrong]], SET_ASIDE)
        return first, last_days(first, precision), Coded(precision, list(PRECISIONS))

    def _log_dates(
        self, name: str, wrong: np.ndarray, coded: Coded, reasons: Mapping[str, str], *, required: bool
    ) -> None:
        if not required:  # an empty cell is no problem there
            wrong = wrong[~coded.missing[wrong]]
        values = coded.at(wrong)
        told = [reasons.get(value, IS_MISSING) for value in values]
        self.log.add(wrong, self.names[name], values, told, SET_ASIDE if required else BLANKED)

    def code(
        self,
        name: str,
        meaning: Mapping[str, str] | Callable[[str], str | None],
        *,
        missing: str | None = None,
        expected: str = "",
    ) -> Coded:
        """Return a coded column by its meaning; unknown codes are blanked, and ``missing`` stands where there is none.

        ``meaning`` is a mapping, or a function with, in ``expected``, the words for what it knows.
        """
        if name not in self:
            return self.nothing if missing is None else Coded.constant(missing, len(self))
        coded = self.text(name)
        known = coded.map(
            meaning if callable(meaning) else lambda value: meaning.get(value.removesuffix(".0").casefold())
        )
        unknown = np.flatnonzero(known.missing & ~coded.missing)
        self._blank(
            name,
            unknown,
            coded.at,
            f"is none of {expected or ', '.join(meaning if isinstance(meaning, Mapping) else ())}",
        )
        return known if missing is None else known.fill(missing)

    def flag(self, name: str) -> pd.api.extensions.ExtensionArray:
        """Return a column of yes and no as a nullable boolean array."""
        coded = self.code(name, dict.fromkeys(_TRUE, "1") | dict.fromkeys(_FALSE, "0"))
        return pd.arrays.BooleanArray(coded.test(lambda value: value == "1"), coded.missing)

    def country(self, name: str, *, number: str = "", kind: str = "iso") -> tuple[Coded, Coded]:
        """Return ISO3 codes and names as published, of a column of names or ISO codes; a row whose country is unknown
        is set aside. A column of numeric codes, of a kind (``gw``: Gleditsch-Ward, ``iso``: ISO 3166-1), helps where a
        name is unknown."""
        published = self.text(name, keep_na=True)
        by_letters = published
        if number not in self and (codes := self._numeric_countries(published)):
            by_letters = published.map(lambda value: codes.get(value, value))
        found = {value: find_country(value.lstrip(_APOSTROPHES)) for value in by_letters.values}
        iso3 = by_letters.map(lambda value: country.iso3 if (country := found[value]) else None)
        self._tell_likeness(by_letters, found)
        self._tell_na(by_letters, found)
        self._tell_users_codes(iso3)
        if number in self:
            numbers = self.text(number)
            by_number = numbers.map(lambda value: find_iso3_by_number(value, kind=kind))
            # Both as codes of one vocabulary, so that they can be compared by row.
            nowhere = np.zeros(len(self), dtype=bool)
            differ = np.flatnonzero(
                ~iso3.missing & ~by_number.missing & (iso3.codes != iso3.where(nowhere, by_number).codes)
            )
            told = f"names another country than {self.names.get(name, name)}"
            self.log.add(differ, self.names[number], numbers.at(differ), told, KEPT)
            iso3 = iso3.where(~iso3.missing, by_number)
        unknown = np.flatnonzero(iso3.missing)
        if len(unknown):
            values = published.at(unknown)
            distinct = list(dict.fromkeys(values))
            reason = dict.fromkeys(distinct, NO_COUNTRY)
            reason |= {value: _unknown_country(value) for value in distinct[:_MOST_GUESSES]} | {"": IS_MISSING}
            column = self.names.get(name) or self.names.get(number, name)
            self.log.add(unknown, column, values, [reason[value] for value in values], SET_ASIDE)
        return iso3, published

    def _numeric_countries(self, published: Coded) -> dict[str, str]:
        """Return what numbers in place of countries stand for, where all fit one list of numbers alone; told.

        ISO 3166-1 and Gleditsch & Ward give most numbers to different countries.
        """
        numbers = [value for value in published.values if _COUNTRY_NUMBER.fullmatch(value)]
        by_kind = {
            kind: {value: code for value in numbers if (code := find_iso3_by_number(value, kind=kind))}
            for kind in _NUMBERED_BY
        }
        fitting = [kind for kind, codes in by_kind.items() if numbers and len(codes) == len(numbers)]
        if len(fitting) != 1:
            return {}
        codes = by_kind[fitting[0]]
        self.notes.append(
            say(
                "rows whose country, written as a number, was read by the list of {list} ({names}): {n}; check them",
                n=int(published.test(codes.__contains__).sum()),
                list=_NUMBERED_BY[fitting[0]],
                names=few((say("{name} as {code}", name=value, code=code) for value, code in codes.items()), 5),
            )
        )
        return codes

    def _tell_likeness(self, published: Coded, found: Mapping[str, Found | None]) -> None:
        """Say which names of countries were read by likeness: a mistake there moves rows to another country."""
        alike = {value: country.iso3 for value, country in found.items() if country and country.by_likeness}
        if alike:
            n = int(published.test(alike.__contains__).sum())
            named = few((say("{name} as {code}", name=repr(value), code=iso3) for value, iso3 in alike.items()), 5)
            self.notes.append(
                say(
                    "rows whose country, written in another way, was read by likeness ({names}): {n}; check them",
                    n=n,
                    names=named,
                )
            )

    def _tell_na(self, published: Coded, found: Mapping[str, Found | None]) -> None:
        """Say which rows are Namibia's by a code that R writes for nothing, where no other row has such a code."""
        others = [(value, country) for value, country in found.items() if country and value != "NA"]
        if "NA" in found and others and not any(len(value) == 2 or country.iso3 == "NAM" for value, country in others):
            self.notes.append(
                say(
                    "rows whose country is NA, read as the code of Namibia: {n}; if it stands for nothing, leave it"
                    " empty",
                    n=int(published.test("NA".__eq__).sum()),
                )
            )

    def _tell_users_codes(self, iso3: Coded) -> None:
        """Say which rows count as places of their own by a code that may as well be a placeholder."""
        codes = [code for code in iso3.values if is_users_code(code)]
        if codes:
            n = int(iso3.test(codes.__contains__).sum())
            self.notes.append(
                say(
                    "rows with a country code that ISO 3166-1 leaves to users ({codes}): {n}; each code counts "
                    "as a place of its own; if it stands for an unknown country, leave it empty",
                    n=n,
                    codes=few(codes, 5),
                )
            )

    def note_ways_of_writing(self) -> None:
        """Say which columns were written with decimal commas, thousands separators or marks of footnotes."""
        for column, n in self._footnotes.items():
            self.notes.append(
                say(
                    "cells of {column} that end in the mark of a footnote, such as [1], which was left out: {n}",
                    n=n,
                    column=column,
                )
            )
        if self._decimal_commas:
            self.notes.append(
                say("decimal commas were read as points in {columns}", columns=", ".join(sorted(self._decimal_commas)))
            )

        if self._thousands:
            self.notes.append(
                say(
                    "thousands separators were left out of numbers in {columns}",
                    columns=", ".join(sorted(self._thousands)),
                )
            )

    def _parse_number(self, value: str, name: str, other: Callable[[str], float]) -> float:
        written, value = value, value.lstrip(_APOSTROPHES).replace(_MINUS, "-")
        if _GROUPED.fullmatch(value):
            self._thousands.add(self.names[name])
            fraction = value[max(value.rfind("."), value.rfind(",")) :] if _ends_in_fraction(value) else ""
            return float(re.sub(r"[^\d+-]", "", value[: len(value) - len(fraction)]) + fraction.replace(",", "."))
        try:
            return float(value) if "_" not in value else np.nan
        except ValueError:
            if _DECIMAL_COMMA.fullmatch(value):
                self._decimal_commas.add(self.names[name])
                return float(value.replace(",", "."))
            return other(written)

    def _blank(self, name: str, positions: np.ndarray, shown: Callable[[np.ndarray], list], reason: str) -> None:
        if len(positions):
            self.log.add(positions, self.names[name], shown(positions), reason, self._action)


_MOST_DEGREES = 180


def _taken(values: np.ndarray, positions: np.ndarray) -> list:
    return list(values[positions])


def _ends_in_fraction(grouped: str) -> bool:
    """Tell whether a number in groups of three ends in a fraction: its last sign stands there once and is not the one
    between groups."""
    signs = [sign for sign in grouped if sign in ".," or (not sign.isdecimal() and sign not in "+-")]
    return len(set(signs)) > 1 and signs.count(signs[-1]) == 1 and signs[-1] in ".,"


def _degrees(text: str, letters: str) -> float:
    """Return degrees from ``14°30'N``, ``4,25 W`` or ``S 14.5``; NaN where it is none, or the letter is of the other
    axis.

    Examples
    --------
    >>> _degrees("14°30'00''N", "NS"), _degrees("4,25° O", "EWO"), _degrees("14.5 N", "EWO")
    (14.5, -4.25, nan)
    """
    match = _DEGREES.fullmatch(text.replace(_MINUS, "-").strip())
    if match is None or (match[1] and match[5]):
        return np.nan
    letter = (match[1] or match[5] or "").upper()
    parts = [float((part or "0").replace(",", ".")) for part in match.group(2, 3, 4)]
    # Seconds that were rounded may be 60.
    if (letter and (letter not in letters or parts[0] < 0)) or parts[1] >= 60 or parts[2] > 60:
        return np.nan
    size = abs(parts[0]) + parts[1] / 60 + parts[2] / 3600
    return -size if letter in ("S", "W", "O") or match[2].startswith("-") else size


def _point(text: str) -> tuple[float, float]:
    """Return degrees north and east from one text, NaN where it is no point on the globe.

    Examples
    --------
    >>> _point("14.5, -4.25"), _point("SRID=4326;POINT (-4.25 14.5)"), _point("Gao")
    ((14.5, -4.25), (14.5, -4.25), (nan, nan))
    >>> _point("14.5 -4.25 210.0 4.5"), _point("14°30'N, 4°15'W")
    ((14.5, -4.25), (14.5, -4.25))
    """
    text = text.replace(_MINUS, "-").strip()
    try:
        if match := _POINT.fullmatch(text):
            east, north = float(match[1]), float(match[2])
        elif match := _PAIR.fullmatch(text):
            north, east = (float(part) for part in match.groups() if part)
        else:
            north, east = _pair_of_degrees(text)
    except ValueError:
        return np.nan, np.nan
    return (north, east) if abs(north) <= 90 and abs(east) <= _MOST_DEGREES else (np.nan, np.nan)


def _pair_of_degrees(text: str) -> tuple[float, float]:
    """Return degrees north and east from ``14°30'N 4°15'W``, the letters behind each or before it."""
    for split in re.finditer(r"(?<=[NSEWO])[\s,;/]+(?=\d)|(?<=\S)[\s,;/]+(?=[NSEWO] ?\d)", text, re.IGNORECASE):
        north, east = _degrees(text[: split.start()], "NS"), _degrees(text[split.end() :], "EWO")
        if not np.isnan(north) and not np.isnan(east):
            return north, east
    return np.nan, np.nan


def _unknown_country(value: str) -> str:
    if is_total(value):
        return A_TOTAL
    if _COUNTRY_NUMBER.fullmatch(value):
        meant = {kind: find_iso3_by_number(value, kind=kind) for kind in _NUMBERED_BY}
        told = ", ".join(f"{_NUMBERED_BY[kind]}: {code}" for kind, code in meant.items() if code)
        if told:
            return f"is a number ({told}); write the country's name or its code of letters"
        return message("is a number; write the country's name or its code of letters")
    near = nearest_countries(value) if value else []
    return COUNTRY_MEANT.format(countries=" or ".join(near)) if near else NO_COUNTRY


def _as_arrow_text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_floating(kind):
        column = pa.compute.if_else(pa.compute.is_nan(column), pa.scalar(None, kind), column)
        whole = column.cast(pa.int64(), safe=False)
        other = pa.compute.or_(
            pa.compute.not_equal(whole.cast(kind, safe=False), column),
            pa.compute.greater_equal(pa.compute.abs(column), MOST_EXACT),  # stays 9.0072e+15: digits may be lost
        )
        column = column if pa.compute.any(other).as_py() else whole
    elif pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    elif pa.types.is_timestamp(kind):
        column = pa.compute.local_timestamp(column) if kind.tz else column  # days are those of the times' own zone
        column = column.cast(pa.timestamp("us"), safe=False).cast(pa.date32(), safe=False)
    return column if pa.types.is_large_string(column.type) else column.cast(pa.large_string())


def _present(texts: pa.Array, *, keep_na: bool = False) -> pa.Array:
    """Return texts trimmed, null where they say that there is no value."""
    trimmed = pa.compute.utf8_trim_whitespace(texts)
    missing = [word for word in MISSING if not (keep_na and word == "NA")]
    absent = pa.compute.is_in(trimmed, pa.array(missing, trimmed.type))
    if not pa.compute.any(absent).as_py():
        return trimmed
    return pa.compute.if_else(absent, pa.scalar(None, trimmed.type), trimmed)


def _encoded(column: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Return a column as codes (-1 where missing) into distinct texts."""
    if not pa.types.is_dictionary(column.type) or not pa.types.is_large_string(column.type.value_type):
        column = _as_arrow_text(column).dictionary_encode()
    return _codes_of(column), column.dictionary


def _codes_of(column: pa.DictionaryArray) -> np.ndarray:
    return column.indices.cast(pa.int32()).fill_null(-1).to_numpy(zero_copy_only=False)


def _plain(text: str) -> str:
    """Return a number without signs that nobody sees, and with the points and commas of other digits as ours."""
    return text if text.isascii() else seen(text).translate({0x66B: ".", 0x66C: "'"})


def _so_many_dead(text: str) -> float:
    """Return the number of ``3 killed`` or ``2 morts``; NaN of any other words."""
    found = _SO_MANY_DEAD.fullmatch(fold(text))
    return float(found[1]) if found else np.nan
