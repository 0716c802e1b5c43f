"""In which days no row means zero; and the counts of others that a table can be held against."""

import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.incidents.canonical import COVERAGE_COLUMNS, EARLIEST_DATE, LATEST_DATE, REFERENCE_COLUMNS
from analysis.incidents.cells import POINTED
from analysis.incidents.counting import DAY
from analysis.incidents.dates import written_days
from analysis.incidents.errors import TableError
from analysis.incidents.places import country_name, to_iso3
from analysis.incidents.side_tables import read_side_table
from analysis.language import say_count

MOST_COUNTED = 10**9  # of a reference count; more is no count of incidents


# A range that publishers write into the names of their exports, e.g. 2024-01-01-2025-06-30-Mali.csv.
_RANGE = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})[-_ ]+(?:to[-_ ]+)?(\d{4}-\d{2}-\d{2})(?!\d)")
# A silence that so rarely follows by chance is no part of what a table covers.
LEAST_CHANCE = 0.01
_RECENT_DAYS = 365
# Nor is one that so rarely does and is so many times as long as any of the two years before. Of 12,724 silences of a
# dozen countries in UCDP's thirty years none is (ends of wars and crises are among them); half as many times as long
# are 17. Longer ones than a year are a history of their own.
BROKEN_CHANCE, BROKEN_TIMES = 1e-4, 3
_BEFORE_DAYS, _BROKEN_DAYS = 730, (14, 365)
EACH_PERIOD = 1.2  # months are 28 to 31 days long
# What the column of a coverage table is called that says how complete its record is.
_COMPLETENESS = ("completeness", "complétude", "completude", "exhaustivité")
# What would make a row of a coverage or a reference table speak of a part.
_OF_A_PART = ("admin1", "admin1_name", "adm1", "adm1_name", "admin2", "admin2_name", "adm2", "adm2_name", "covered")
# What a coverage table says of a record that holds all (or says nothing), and of one that holds a part; anything else,
# such as "notable cases only", is a choice that may change.
CHOSEN, IN_PART = "chosen cases", "in part"  # as `basis` says it
COMPLETE = (
    "", "complete", "full", "complet", "complète", "completo", "completa", "100", "100%", "100 %", "unknown", "inconnu",
    "n/a", "na", "nan", "null", "-",
)  # fmt: skip
PARTIAL = (
    "partial", "partly", "in part", "incomplete", "not complete", "partiel", "partielle", "en partie", "incomplet",
    "incomplète", "parcial", "incompleto", "incompleta",
)  # fmt: skip


def range_in_name(path: Path, first: pd.Timestamp, last: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return the days that a file's name says it covers, if its rows lie within them.

    Examples
    --------
    >>> range_in_name(Path("2024-01-01-2025-06-30-Mali.csv"), pd.Timestamp("2024-01-04"), pd.Timestamp("2025-05-13"))
    (Timestamp('2024-01-01 00:00:00'), Timestamp('2025-06-30 00:00:00'))
    """
    if not (found := _RANGE.search(path.name)):
        return None
    try:
        start, end = (pd.Timestamp(day).as_unit("us") for day in found.groups())
    except ValueError:
        return None
    return (start, end) if start <= first and last <= end else None


def silence_is_possible(days: pd.Series, until: pd.Timestamp) -> bool:
    """Tell whether a silence from the last row to a day could be chance, at the rate of the last year with rows:
    ``exp(-rate * days)``.

    Parameters
    ----------
    days
        First days of the rows.
    until
        The last day that would be covered.
    """
    last = days.max()
    recent = days[days > last - pd.Timedelta(days=_RECENT_DAYS)]
    observed = max((last - max(days.min(), last - pd.Timedelta(days=_RECENT_DAYS))).days, 1)
    return bool(np.exp(-len(recent) / observed * (until - last).days) >= LEAST_CHANCE)


def broken_off(
    days: pd.Series, until: pd.Timestamp, *, events: pd.Series | None = None, times: float = BROKEN_TIMES
) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return silences in which rows are missing rather than that nothing happened, in order of time.

    Parameters
    ----------
    days
        Days of the rows: the first of an event, the last of a period of counts.
    until
        The last day of the table.
    events
        How many events each row holds; default: one.
    times
        How many times as long as those of two years before a silence is at least.

    Returns
    -------
    list
        Of each silence the last day before it and the first after it; the last of all may end the day after ``until``.

    Examples
    --------
    >>> days = pd.Series(pd.date_range("2022-01-01", "2024-06-30", freq="4D"))
    >>> [(f"{last:%d %b %Y}", f"{back:%d %b %Y}") for last, back in broken_off(days, pd.Timestamp("2024-09-30"))]
    [('27 Jun 2024', '01 Oct 2024')]
    """
    held = (pd.Series(1, index=days.index) if events is None else events).groupby(days.to_numpy()).sum()
    at = held.index.to_numpy().astype("datetime64[D]")
    total = np.concatenate([[0], np.cumsum(held.to_numpy())])
    gaps = np.diff(np.append(at, np.datetime64(until, "D") + 1)).astype(int)
    of_year = total[1:] - total[np.searchsorted(at, at - _RECENT_DAYS, side="right")]
    rare = of_year / _RECENT_DAYS * gaps > -np.log(BROKEN_CHANCE)
    long = (at - at[0] >= np.timedelta64(_RECENT_DAYS)) & (gaps >= _BROKEN_DAYS[0]) & (gaps <= _BROKEN_DAYS[1])
    zeros = np.concatenate([[0], np.cumsum(held.to_numpy() == 0)])
    found = []
    for place in np.flatnonzero(long if zeros[-1] else long & rare):
        begin = np.searchsorted(at, at[place] - _BEFORE_DAYS)
        before = gaps[max(begin - 1, 0) : place]
        # Where each period has its row, also those in which nothing happened, it is no chance that one has none.
        each = zeros[place + 1] > zeros[begin] and before.max() <= EACH_PERIOD * before.min()
        if (rare[place] or each) and gaps[place] >= times * before.max():
            found.append((pd.Timestamp(at[place]), pd.Timestamp(at[place] + gaps[place])))
    return [tuple(day.as_unit("us") for day in pair) for pair in found]  # type: ignore[misc]


def newest_day(days: pd.Series) -> pd.Timestamp:
    """Return the last day that a record can speak of: that on which it is read, anywhere on earth.

    Where most of its rows are later, the machine's clock is wrong, and it is the last row's.
    """
    today = pd.Timestamp(datetime.now(UTC).date()).as_unit("us") + DAY
    return today if days.gt(today).mean() <= 0.5 else days.max()


def assumed_coverage(countries: list[str], first: pd.Timestamp, last: pd.Timestamp, *, basis: str) -> pd.DataFrame:
    """Return the same span for every country: a country's last incident must not end what is known of its quiet."""
    frame = pd.DataFrame({"country": sorted(countries), "first_day": first, "last_day": last, "basis": basis})
    return frame[list(COVERAGE_COLUMNS)].astype(COVERAGE_COLUMNS)


def load_coverage(path: str | Path) -> pd.DataFrame:
    """Read a coverage table: ``country, first_day, last_day`` (inclusive days) and, if given, ``completeness``.

    A country with several rows is not covered in the days between them. Further columns are ignored.

    Returns
    -------
    pandas.DataFrame
        ``COVERAGE_COLUMNS``, one row for each country and unbroken span, ``basis`` being ``stated``,
        or by its ``completeness`` ``in part``, or ``chosen cases`` where that is neither complete nor partial.

    Raises
    ------
    TableError
        If a column is missing, a country unknown, a day not a date, or a span ends before it starts or shares days with
        another of its country.
    """
    path = Path(path)
    days = ("country", "first_day", "last_day")
    table = read_side_table(path, needed=days, optional=_COMPLETENESS, refused=_OF_A_PART)
    country = _countries(path, table)
    named = [name for name in _COMPLETENESS if name in table]
    said = (table[named[0]] if named else pd.Series("", index=table.index)).str.strip().str.casefold()
    chosen, partial = (
        country.isin(country[is_so]) for is_so in (~said.isin((*COMPLETE, *PARTIAL)), said.isin(PARTIAL))
    )
    frame = pd.DataFrame(
        {
            "country": country,
            "first_day": _days(path, table, "first_day"),
            "last_day": _days(path, table, "last_day"),
            "basis": np.select([chosen, partial], [CHOSEN, IN_PART], "stated"),
        }
    )
    if (backward := frame["last_day"] < frame["first_day"]).any():
        raise TableError(
            f"{path.name}, row {_first(table, backward)}: it ends before it starts; exchange the two days.", path=path
        )
    _refuse_shared_days(
        path, table, frame["country"], frame["first_day"], frame["last_day"] + DAY,
        "{country} is covered from {day:%Y-%m-%d}, and row {row} says that already. Of several rows of a country each"
        " is a span of its own, with days that are not covered between them.",
    )  # fmt: skip
    ordered = frame.sort_values(["country", "first_day"], kind="stable")
    before = ordered.groupby("country")["last_day"].shift()
    begins = before.isna() | ordered["first_day"].gt(before + DAY)
    ordered["first_day"] = ordered["first_day"].where(begins).ffill()
    ends = begins.shift(-1, fill_value=True)
    return ordered[ends].reset_index(drop=True).astype(COVERAGE_COLUMNS)


def common_spans(coverage: pd.DataFrame) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the spans in which every country of a coverage table is covered, in order of time.

    Parameters
    ----------
    coverage
        ``COVERAGE_COLUMNS``; spans of one country neither share a day nor touch.

    Returns
    -------
    list
        First and last day of each span, inclusive; none where no day is common to all.

    Examples
    --------
    >>> days = [pd.Timestamp(day) for day in ("2024-01-01", "2024-03-31", "2024-05-01", "2024-12-31")]
    >>> coverage = pd.DataFrame(
    ...     {"country": "MLI", "first_day": days[::2], "last_day": days[1::2], "basis": "stated"}
    ... )
    >>> [f"{first:%d %b} to {last:%d %b}" for first, last in common_spans(coverage)]
    ['01 Jan to 31 Mar', '01 May to 31 Dec']
    """
    n = coverage["country"].nunique()
    begins, ends = coverage["first_day"].to_numpy(), (coverage["last_day"] + DAY).to_numpy()
    edges, at = np.unique(np.concatenate([begins, ends]), return_inverse=True)
    covered = np.bincount(at, weights=np.repeat([1, -1], len(begins))).cumsum()
    return [(pd.Timestamp(edges[one]), pd.Timestamp(edges[one + 1]) - DAY) for one in np.flatnonzero(covered == n)]


def load_reference(path: str | Path) -> pd.DataFrame:
    """Read reference counts, by month or by period.

    Either ``country, month, reporter`` with counts in ``direct_attacks`` and ``ied_incidents`` (their sum is taken), or
    ``country, period_start, period_end, count, reporter`` with ``period_end`` the first day after the period.

    Returns
    -------
    pandas.DataFrame
        ``REFERENCE_COLUMNS`` in order of time.

    Raises
    ------
    TableError
        If columns are missing or a value cannot be read.
    """
    path = Path(path)
    counted = ("month", "direct_attacks", "ied_incidents", "period_start", "period_end", "count", "reporter")
    table = read_side_table(path, needed=("country",), optional=counted, refused=_OF_A_PART)
    if {"month", "direct_attacks", "ied_incidents"} <= set(table):
        # A spreadsheet makes the first day of 2024-05.
        month = table["month"].str.replace(r"^(\d{4}-\d{1,2})-01([ T]00:00:00)?$", r"\1", regex=True)
        worded = month.str.contains("[^0-9-]|^$")  # which is told as it was written
        start = _days(path, table.assign(month=month.where(worded, month + "-01")), "month")
        end = start + pd.offsets.MonthBegin(1)
        count = _counts(path, table, "direct_attacks") + _counts(path, table, "ied_incidents")
    elif {"period_start", "period_end", "count"} <= set(table):
        start, end = _days(path, table, "period_start"), _days(path, table, "period_end")
        count = _counts(path, table, "count")
        if (backward := end <= start).any():
            raise TableError(
                f"{path.name}, row {_first(table, backward)}: period_end is the first day after the period, and is not"
                " after its start.",
                path=path,
            )
        if _are_last_days(_countries(path, table), start, end):
            raise TableError(
                f"{path.name}, row {_first(table, end.notna())}: period_end is the first day after the period, and"
                " here it looks like its last. Write the day after each.",
                path=path,
            )
    else:
        there = ", ".join(name for name in counted if name in table)
        raise TableError(
            f"{path.name}, row 1: of the columns that tell periods there are {there or 'none'}; expected"
            " country, period_start, period_end, count, reporter, or country, month, direct_attacks, ied_incidents,"
            " reporter.",
            path=path,
        )
    reporter = table["reporter"] if "reporter" in table else pd.Series(path.stem, index=table.index)
    frame = pd.DataFrame(
        {
            "country": _countries(path, table),
            "period_start": start,
            "period_end": end,
            "count": count,
            "reporter": reporter,
        }
    )
    _refuse_shared_days(
        path, table, frame["country"], start, end,
        "the attacks of {country} from {day:%Y-%m-%d} are counted in row {row} already, and would count twice. Give one"
        " count of each period, by one reporter.",
    )  # fmt: skip
    return frame.sort_values(["period_start", "country"], ignore_index=True).astype(REFERENCE_COLUMNS)


def _are_last_days(country: pd.Series, start: pd.Series, end: pd.Series) -> bool:
    """Tell whether periods are given with their last days: whole months, or each with the next one a day behind."""
    spans = pd.DataFrame({"country": country, "start": start, "end": end}).sort_values(["country", "start"])
    gaps = spans.groupby("country")["start"].shift(-1).sub(spans["end"]).dropna()
    return bool((start.dt.is_month_start & end.dt.is_month_end).all() or (len(gaps) > 1 and gaps.eq(DAY).all()))


def _refuse_shared_days(
    path: Path, table: pd.DataFrame, country: pd.Series, start: pd.Series, end: pd.Series, words: str
) -> None:
    """Raise where two rows of one country speak of the same day, ``end`` being the first day after each; ``words`` have
    room for the country, the day from which, and the earlier row."""
    spans = pd.DataFrame({"country": country, "start": start, "end": end, "row": table["row"]})
    spans = spans.sort_values(["country", "start"], kind="stable")
    shared = spans["start"].lt(spans.groupby("country")["end"].shift()).to_numpy()
    if shared.any():
        at = int(np.argmax(shared))
        earlier, later = spans.iloc[at - 1], spans.iloc[at]
        told = words.format(country=later["country"], day=later["start"], row=earlier["row"])
        raise TableError(f"{path.name}, row {later['row']}: {told}", path=path)


def load_periods(path: str | Path) -> pd.DataFrame:
    """Read periods that are known to be out of the ordinary: ``from, to`` (inclusive days) and, if they are of one unit
    alone, ``unit``.

    Returns
    -------
    pandas.DataFrame
        ``since, to, unit``, in the file's order; ``unit`` is missing where a period is of all units.

    Raises
    ------
    TableError
        If a column is missing, a day is not a date, or a period ends before it starts.
    """
    path = Path(path)
    table = read_side_table(path, needed=("from", "to"), optional=("unit",))
    unit = table["unit"] if "unit" in table else pd.Series("", index=table.index)
    frame = pd.DataFrame(
        {"since": _days(path, table, "from"), "to": _days(path, table, "to"), "unit": unit.where(unit.ne(""))}
    )
    if (backward := frame["to"] < frame["since"]).any():
        raise TableError(
            f"{path.name}, row {_first(table, backward)}: it ends before it starts; exchange the two days.", path=path
        )
    return frame


MOST_CONTEXT = 1000


def load_context(path: str | Path) -> pd.DataFrame:
    """Read what happened beside the attacks, to be shown on a timeline: ``date, text``.

    Returns
    -------
    pandas.DataFrame
        ``date, text``, in order of time.

    Raises
    ------
    TableError
        If a column is missing, a day is not a date, a text is empty, or there are more than a timeline can name.
    """
    path = Path(path)
    table = read_side_table(path, needed=("date", "text"))
    if len(table) > MOST_CONTEXT:
        raise TableError(
            f"{path.name} has {len(table):,} rows; a timeline can name at most {MOST_CONTEXT:,}."
            " Keep those that matter.",
            path=path,
        )
    if (silent := table["text"].eq("")).any():
        raise TableError(f"{path.name}, row {_first(table, silent)}: text is empty; say what happened.", path=path)
    frame = pd.DataFrame({"date": _days(path, table, "date"), "text": table["text"]})
    return frame.sort_values("date", kind="stable", ignore_index=True)


def _first(table: pd.DataFrame, wrong: pd.Series) -> int:
    return int(table["row"].iloc[int(np.argmax(wrong))])


def _countries(path: Path, table: pd.DataFrame) -> pd.Series:
    found = []
    for name, row in zip(table["country"], table["row"], strict=True):
        try:
            found.append(to_iso3(name))
        except ValueError as error:
            raise TableError(f"{path.name}, row {row}: {error}", path=path) from None
    return pd.Series(found, index=table.index, dtype="str")


def _days(path: Path, table: pd.DataFrame, name: str) -> pd.Series:
    texts = table[name].str.removesuffix(" 00:00:00").str.removesuffix("T00:00:00")
    days = written_days(texts)
    wrong = days.isna() | days.lt(pd.Timestamp(EARLIEST_DATE)) | days.ge(pd.Timestamp(LATEST_DATE))
    if wrong.any():
        raise TableError(
            f"{path.name}, row {_first(table, wrong)}: {name} {texts[wrong].iloc[0]!r} cannot be read ({wrong.sum()} of"
            f" {len(texts)} days cannot); write days as 2025-07-01, from {EARLIEST_DATE} to {LATEST_DATE}.",
            path=path,
        )
    return days


def tell_unnamed(countries: pd.Series, coverage: pd.DataFrame) -> list[str]:
    """Say which countries of a table's rows its coverage says nothing of, if there are such."""
    unsaid = sorted(set(countries.dropna().unique()) - set(coverage["country"]))
    if not unsaid:
        return []
    return [
        say_count(
            "the coverage table does not name {names}, where {n} [row is|rows are] counted as if covered like "
            "the others",
            int(countries.isin(unsaid).sum()), names=", ".join(map(country_name, unsaid))
        )
    ]  # fmt: skip


def tell_uncovered(rows: pd.DataFrame, coverage: pd.DataFrame) -> list[str]:
    """Say how many rows lie outside the days in which their country is covered, if there are such: none counts."""
    counts = "period_start" in rows
    first, last = ("period_start", "period_end") if counts else ("date_start", "date_end")
    outside = np.zeros(len(rows), dtype=bool)
    codes, names = pd.factorize(rows["country"])
    code = {name: at for at, name in enumerate(names)}
    for country, spans in coverage.sort_values("first_day").groupby("country"):
        of = np.flatnonzero(codes == code.get(country, len(names)))
        begins, ends = rows[first].to_numpy()[of], rows[last].to_numpy()[of]
        # The last span that begins by its end; a period of counts ends with the day before.
        at = np.searchsorted(spans["first_day"].to_numpy(), ends, side="left" if counts else "right") - 1
        outside[of] = (at < 0) | (spans["last_day"].to_numpy()[at] < begins)
    if not outside.any():
        return []
    return [
        say_count(
            "{n} [row is|rows are] of days that are not covered, the first of {day}, and [is|are] not counted",
            int(outside.sum()), day=rows.loc[outside, first].min(),
        )
    ]  # fmt: skip


def _counts(path: Path, table: pd.DataFrame, name: str) -> pd.Series:
    if (empty := table[name].eq("")).any():
        raise TableError(
            f"{path.name}, row {_first(table, empty)}: {name} is empty ({empty.sum()} of {len(table)} rows), and what"
            " was not counted is not 0. Write the number, 0 where none was counted, or delete the row.",
            path=path,
        )
    counts = pd.to_numeric(table[name], errors="coerce").astype(float)
    if (twofold := table[name].map(POINTED.fullmatch).notna()).any():
        raise TableError(
            f"{path.name}, row {_first(table, twofold)}: {name} {table.loc[twofold, name].iloc[0]!r} can be a thousand"
            " or one. Write it without a point.",
            path=path,
        )
    # +12 is more than 12.
    wrong = ~counts.between(0, MOST_COUNTED) | counts.mod(1).ne(0) | table[name].str.startswith("+")
    if wrong.any():
        raise TableError(
            f"{path.name}, row {_first(table, wrong)}: {name} {table.loc[wrong, name].iloc[0]!r} is no count.",
            path=path,
        )
    return counts.astype("int64")
