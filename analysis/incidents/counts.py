"""A table of counts: how many attacks a unit had in a period. A table of its own kind, never a list of incidents.

One row is one unit, period and type. Periods are half-open ``[period_start, period_end)``, all of one kind: days, weeks
(which may start on any day of the week), months or years. Where a table names units on two levels the finest counts, so
that nothing counts twice.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.incidents.canonical import INCIDENT_KINDS
from analysis.incidents.cells import Cells, Coded
from analysis.incidents.errors import SelectionError, TableError
from analysis.incidents.kinds import fold_type, hapi_kind
from analysis.incidents.names import first_few
from analysis.incidents.places import find_country, fold, is_total
from analysis.incidents.problems import SET_ASIDE
from analysis.incidents.reasons import A_COPY, A_TOTAL
from analysis.incidents.terms import term
from analysis.language import message, say, say_count, short_day

DAY = pd.Timedelta(days=1)
# column -> pandas dtype
COUNT_COLUMNS: dict[str, str] = {
    "row": "int64",  # as in the incident table
    "country": "str",  # ISO 3166-1 alpha-3
    "country_name": "str",
    "admin1": "str",
    "admin2": "str",
    "event_type": "str",
    "sub_event_type": "str",
    "incident_kind": "category",  # one of INCIDENT_KINDS
    "period_start": "datetime64[us]",
    "period_end": "datetime64[us]",  # exclusive
    "attacks": "float64",  # events, whole
    "deaths": "float64",  # missing where not stated
}
# The reason that stands wherever a measure needs incidents; said by `say`.
NEEDS_INCIDENTS = message("the table holds counts of attacks by unit and period, not single attacks")
DAYS, WEEKS, MONTHS, YEARS = "day", "week", "month", "year"
_LEAST_RUNNING = 8  # periods, from which on numbers that never fall look like running totals
MOST_ALIKE = 0.9  # share of starts on one day of the week or month from which the others are errors
_PERIOD_DAYS = {DAYS: 1, WEEKS: 7}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EACH = {
    DAYS: message("each count is of a day"),
    MONTHS: message("each count is of a month"),
    YEARS: message("each count is of a year"),
}
_EACH_WEEK = (
    message("each count is of a week that starts on a Monday"),
    message("each count is of a week that starts on a Tuesday"),
    message("each count is of a week that starts on a Wednesday"),
    message("each count is of a week that starts on a Thursday"),
    message("each count is of a week that starts on a Friday"),
    message("each count is of a week that starts on a Saturday"),
    message("each count is of a week that starts on a Sunday"),
)
_MAY_BE_LAST = (4, 5, 6)  # days of the week on which weeks end that begin on a Saturday, Sunday or Monday


@dataclass(frozen=True)
class Counted:
    """Counts as read, before rows that cannot be used are left out."""

    frame: pd.DataFrame  # ``COUNT_COLUMNS`` for every record
    period: str  # ``day``, ``week``, ``month`` or ``year``
    notes: tuple[str, ...]  # what a user should know of how the counts were read
    overlapping: bool  # whether types of events overlap, so that they are never added up


def read_counts(cells: Cells, columns: dict[str, Any], *, overlapping: bool = False) -> Counted:
    """Make a table of counts of what a publisher's module has read, and set aside what would count twice or not at all.

    Parameters
    ----------
    cells
        Takes the problems.
    columns
        ``country, country_name, admin1, admin2, event_type, sub_event_type, incident_kind`` (`Coded`), ``attacks,
        deaths`` (numbers), ``first, last`` (days), ``precision`` (`Coded`: of the period's name), ``ends`` (whether
        ``last`` is stated) and, where the publisher counts by one kind of period, ``period``.
    overlapping
        Whether types of events overlap, so that they are never added up.

    Returns
    -------
    Counted
        Set aside are rows without a country, a period or a count of 0 or more, totals, rows of a coarser level beside a
        finer one, copies, and rows of one unit, period and type that differ.
    """
    n = len(cells)
    types = columns.get("event_type") or cells.nothing
    if overlapping := overlapping or types_overlap(types.values):
        columns = columns | {"incident_kind": types.map(hapi_kind)}
    frame = pd.DataFrame(
        {
            "row": cells.raw.row,
            **{name: _text(columns.get(name), cells) for name in ("country", "country_name", "admin1", "admin2")},
            **{name: _text(columns.get(name), cells) for name in ("event_type", "sub_event_type")},
            "incident_kind": (columns.get("incident_kind") or cells.nothing).fill("attack").category(INCIDENT_KINDS),
            "attacks": columns["attacks"],
            "deaths": columns["deaths"] if columns.get("deaths") is not None else np.full(n, np.nan),
        }
    )
    _set_aside_totals(frame, cells)
    usable = ~cells.log.set_aside
    first, last = columns["first"], columns["last"]
    notes: list[str] = []
    if not columns["ends"] and not columns.get("period") and not (columns["precision"].codes[usable] > 0).any():
        first, notes = _from_month_ends(first, usable)
        if notes and "date_start" in cells.early:
            raise TableError(
                "The table of counts has periods that begin in the last hours of a month, all at one time, as midnight"
                " of another time zone is written in UTC: each would be taken for the month before. Write days"
                " (2024-03-01)."
            )
        if not notes and _ENDS_A_WEEK.fullmatch(fold(cells.names.get("date_start", "")).replace("_", " ")):
            first, notes = _from_week_ends(first, usable)
    period, told = _period_of(
        first[usable],
        last[usable],
        columns["precision"],
        stated=bool(columns["ends"]),
        usable=usable,
        known=columns.get("period", ""),
    )
    notes += told if not notes else told[:1]
    if not columns.get("period"):
        _refuse_several_periods(first[usable], period)
    frame["period_start"] = first
    frame["period_end"] = _ends(first, period)
    notes += _tell_uncounted(cells, columns, frame)
    _set_aside_odd_periods(frame, last, cells, stated=bool(columns["ends"]))
    notes += _set_aside_coarser(frame, cells)
    notes += _set_aside_sums(frame, cells)
    _set_aside_twice(frame, cells, columns.get("further"))
    kept = frame[~cells.log.set_aside]
    notes += [*_never_falling(kept), *_gaps(kept, period)]
    if overlapping:
        notes.append(
            say(
                "types of events overlap and are never added up: political violence alone is counted, unless another is"
                " named"
            )
        )
    return Counted(frame[list(COUNT_COLUMNS)].astype(COUNT_COLUMNS), period, tuple(notes), overlapping)


def types_overlap(types: Iterable[str]) -> bool:
    """Tell whether one type of events is a part of another, as HDX HAPI's civilian targeting is of political
    violence."""
    return {"political violence", "civilian targeting"} <= {fold_type(name) for name in types}


def count_units(counts: pd.DataFrame, unit: str) -> pd.Series:
    """Return each count's unit as `selection.unit_of` writes it, missing where the table names none at that level."""
    from analysis.incidents.selection import without_kind

    if unit == "country":
        return counts["country"]
    name = counts["country"] + "/" + without_kind(counts["admin1"])
    return name + "/" + without_kind(counts["admin2"]) if unit == "admin2" else name


def select_counts(
    counts: pd.DataFrame,
    *,
    country: Sequence[str] = (),
    admin1: Sequence[str] = (),
    event_type: Sequence[str] = (),
    overlapping: bool = False,
) -> pd.DataFrame:
    """Return the counts of some countries, first-order units and types of events, by default those that are attacks.

    Raises
    ------
    SelectionError
        If the table has no such country or type, or the types asked for overlap.
    """
    from analysis.incidents.selection import asked_words, in_admin1, of_types, refuse_absent

    if country:
        refuse_absent("country", list(country), [counts["country"]])
    held = counts["country"].isin(country) if country else pd.Series(True, index=counts.index)
    held &= in_admin1(counts, admin1)
    if event_type:
        of = of_types(counts, list(event_type))
        if overlapping and len(counts.loc[of, "event_type"].unique()) > 1:
            raise SelectionError(
                f"{term('event_type', list(event_type))}: {', '.join(sorted(counts.loc[of, 'event_type'].unique()))}"
                " overlap in this table and cannot be added up. Give one of them."
            )
        held &= of
    else:
        held &= counts["incident_kind"].eq("attack")
    if not held.any():
        raise SelectionError(
            f"The selection matches none of {len(counts):,} counts:"
            f" {asked_words({'country': country, 'event_type': event_type})}. The table has"
            f" {', '.join(sorted(counts['event_type'].dropna().unique())[:8]) or 'no types of events'}."
        )
    return counts[held].reset_index(drop=True)


def whole_periods(counts: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the greatest span of whole periods inside ``[start, end)``.

    Raises
    ------
    SelectionError
        If no period of the table lies wholly inside.
    """
    inside = counts[counts["period_start"].ge(start) & counts["period_end"].le(end)]
    if inside.empty:
        raise SelectionError(
            f"No whole period of the table lies between {start:%Y-%m-%d} and {end - DAY:%Y-%m-%d}; its counts run from"
            f" {counts['period_start'].min():%Y-%m-%d} to {counts['period_end'].max() - DAY:%Y-%m-%d}. Widen"
            f" {term('from_date')} and {term('as_of')}."
        )
    return inside["period_start"].min(), inside["period_end"].max()


def periods_back(end: pd.Timestamp, days: int, period_days: int, *, at_most: bool = False) -> pd.Timestamp:
    """Return the start of the whole periods before ``end`` that come nearest to some number of days, or have at most so
    many; one at least."""
    whole = int if at_most else round
    if period_days <= 7:
        return end - max(whole(days / period_days), 1) * period_days * DAY
    months = max(whole(days / 30.4375), 1) if period_days < 300 else max(whole(days / 365.25), 1) * 12
    return (end - pd.DateOffset(months=months)).as_unit("us")


def finest_level(counts: pd.DataFrame) -> str:
    """Return the finest level at which a table of counts names units: admin2, admin1 or country."""
    return next((level for level in ("admin2", "admin1") if counts[level].notna().any()), "country")


def _text(column: Coded | None, cells: Cells) -> object:
    return (column if column is not None else cells.nothing).text()


def _period_of(
    first: np.ndarray, last: np.ndarray, precision: Coded, *, stated: bool, usable: np.ndarray, known: str
) -> tuple[str, list[str]]:
    """Tell which kind of period a table counts by: from the ends that it states, else from how its starts lie."""
    starts = np.unique(first[~np.isnat(first)]).astype("datetime64[D]")
    weekday = (starts.astype(int) + 3) % 7
    usual = int(np.bincount(weekday).argmax()) if len(starts) else 0
    on_first = starts.astype("datetime64[M]").astype("datetime64[D]") == starts
    written = np.unique(precision.codes[usable & (precision.codes >= 0)])
    if known:
        period = known
    elif len(written) == 1 and written[0] > 0:
        period = (DAYS, MONTHS, YEARS, WEEKS)[int(written[0])]
    elif stated:
        days = (last - first).astype("timedelta64[D]").astype(int) + 1
        length = int(np.median(days[days > 0])) if (days > 0).any() else 1
        period = DAYS if length == 1 else WEEKS if length == 7 else YEARS if length in (365, 366) else MONTHS
        if period == MONTHS and not 28 <= length <= 31:
            _refuse_length(f"most of its periods have {length} days")
    elif len(starts) > 1 and on_first.mean() >= MOST_ALIKE:
        january = starts[on_first].astype("datetime64[M]").astype(int) % 12 == 0
        period = YEARS if january.all() and len(starts) > 2 else MONTHS
    elif len(starts) > 1 and (weekday == usual).mean() >= MOST_ALIKE:
        period = WEEKS
    else:
        period = DAYS if len(starts) > 1 else (MONTHS if on_first.all() else WEEKS)
    told = [say(_EACH_WEEK[usual] if period == WEEKS else _EACH[period])]
    if period == WEEKS and not known and not stated and usual in _MAY_BE_LAST:
        told.append(say("where the days of these counts are the last of their weeks, call the column week_ending"))
    return period, told if len(starts) else []


def _from_month_ends(first: np.ndarray, usable: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Move counts that are dated to the last day of their month or year to its first, where nearly all are."""
    starts = np.unique(first[usable & ~np.isnat(first)]).astype("datetime64[D]")
    last = ((starts + 1).astype("datetime64[M]").astype("datetime64[D]")) == starts + 1
    if len(starts) < _LEAST_PERIODS or last.mean() < MOST_ALIKE:
        return first, []
    yearly = (starts[last].astype("datetime64[M]").astype(int) % 12 == 11).all()
    moved = first.astype("datetime64[Y]" if yearly else "datetime64[M]").astype("datetime64[us]")
    return moved, [say("counts are dated to the last day of their period and were taken for the whole of it")]


def _from_week_ends(first: np.ndarray, usable: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Move counts that are dated to the last day of their week to its first, where nearly all are of one day."""
    starts = np.unique(first[usable & ~np.isnat(first)]).astype("datetime64[D]").astype(int)
    if len(starts) < _LEAST_PERIODS or np.bincount(starts % 7).max() / len(starts) < MOST_ALIKE:
        return first, []
    return first - np.timedelta64(6, "D"), [
        say("counts are dated to the last day of their period and were taken for the whole of it")
    ]


_LEAST_PERIODS = 4
# What a column of last days of weeks is called.
_ENDS_A_WEEK = re.compile(
    r"(week|wk|period)( end(ing|s|ed)?( (date|on))?|( date)? to)|w ?/? ?e|(end|last day)( date)? of( the)? week"
    r"|fin (de )?(la )?(semaine|periode)|(fin|hasta) (de )?(la )?semana|semaine (se terminant|finissant)( le)?"
)


def _refuse_several_periods(first: np.ndarray, period: str) -> None:
    """Refuse a table whose starts are all several periods apart, as quarters are: each count is of more than one
    period."""
    starts = np.unique(first[~np.isnat(first)])
    if period == YEARS or len(starts) < _LEAST_PERIODS:
        return
    days = starts.astype("datetime64[D]").astype(int)
    numbers = starts.astype("datetime64[M]").astype(int) if period == MONTHS else days // _PERIOD_DAYS[period]
    apart = int(np.gcd.reduce(np.diff(numbers)))
    if apart > 1:
        _refuse_length(f"its counts start every {apart} {period}s")


def _refuse_length(said: str) -> None:
    raise TableError(
        f"The table of counts is by no day, week, month or year: {said}, and what happened in between cannot be told."
        f" Get the counts by week or month; or, if each row is one event, give {term('count', 'none')}."
    )


def _tell_uncounted(cells: Cells, columns: dict[str, Any], frame: pd.DataFrame) -> list[str]:
    """Say that a unit and period whose number is empty or broken counts as zero, which it need not have been."""
    lost = cells.log.set_aside & np.isnan(frame["attacks"].to_numpy()) & frame["country"].notna().to_numpy()
    lost &= ~np.isnat(columns["first"])
    if not lost.any():
        return []
    units = _unit_period(frame[lost].head(3).assign(period_start=columns["first"][lost][:3]))
    return [
        say(
            "rows without a number that can be used ({units}): {n}; no number is not zero, but it counts as zero "
            "here; write the number",
            n=int(lost.sum()),
            units="; ".join(units) + ("; ..." if lost.sum() > 3 else ""),
        )
    ]


def _set_aside_sums(frame: pd.DataFrame, cells: Cells) -> list[str]:
    """Set aside a unit that adds up all others of its country in nearly every period and bears the country's name; say
    so of any other such."""
    usable = ~cells.log.set_aside
    unit_of = frame["admin2"].fillna(frame["admin1"])
    held = frame.loc[usable, ["country", "period_start", "attacks"]].assign(unit=unit_of[usable]).dropna(subset="unit")
    said = []
    for country, rows in held.groupby("country"):
        panel = rows.pivot_table(index="period_start", columns="unit", values="attacks", aggfunc="sum", fill_value=0)
        panel = panel[panel.sum(axis=1) > 0]
        if panel.shape[1] < 3 or len(panel) < _LEAST_SUMS:
            continue
        halves = panel.mul(2).eq(panel.sum(axis=1), axis=0).mean()
        for unit in halves.index[(halves >= MOST_ALIKE) & (panel.max() > panel.min())]:
            at = usable & frame["country"].eq(country).to_numpy() & unit_of.eq(unit).to_numpy()
            named = find_country(unit)
            if named is not None and named.iso3 == country:
                wrong = np.flatnonzero(at)
                _set_aside(
                    cells, wrong, "(unit)", [unit] * len(wrong),
                    message("adds up the other units of its country, which would count twice")
                )  # fmt: skip
            else:
                said.append(
                    say(
                        "unit {unit} is the sum of the other units of {country} in nearly every period: if it is a"
                        " total, leave it out, for it counts twice",
                        unit=unit,
                        country=country,
                    )
                )
    return said


_LEAST_SUMS = 6  # periods in which a unit must be the sum of the others


def _ends(first: np.ndarray, period: str) -> pd.Series:
    starts = pd.Series(first)
    if period in _PERIOD_DAYS:
        return starts + _PERIOD_DAYS[period] * DAY
    offset = pd.offsets.MonthBegin(1) if period == MONTHS else pd.offsets.YearBegin(1)
    return (starts + offset).dt.as_unit("us")


def _set_aside(cells: Cells, rows: np.ndarray, column: str, values: Sequence[object], reason: str) -> None:
    rows = np.asarray(rows)
    free = ~cells.log.set_aside[rows]
    cells.log.add(rows[free], column, [value for value, ok in zip(values, free, strict=True) if ok], reason, SET_ASIDE)


def _set_aside_totals(frame: pd.DataFrame, cells: Cells) -> None:
    for level in ("admin1", "admin2", "country_name"):
        codes, names = pd.factorize(frame[level])
        total = np.array([is_total(name) for name in names] + [False])
        rows = np.flatnonzero(total[codes])
        _set_aside(
            cells, rows, cells.names.get(level.removesuffix("_name"), level), frame[level].iloc[rows].tolist(), A_TOTAL
        )  # fmt: skip


def _set_aside_odd_periods(frame: pd.DataFrame, last: np.ndarray, cells: Cells, *, stated: bool) -> None:
    """Set aside rows whose period is of another length than the table's, or starts on another day of the week or
    month."""
    usable = ~cells.log.set_aside
    starts = frame["period_start"]
    lengths = (frame["period_end"] - starts) // DAY
    if stated:
        wrong = np.flatnonzero(usable & (pd.Series(last).to_numpy() != (frame["period_end"] - DAY).to_numpy()))
        shown = [
            f"{a:%Y-%m-%d} to {b:%Y-%m-%d}"
            for a, b in zip(starts.iloc[wrong], pd.Series(last).iloc[wrong], strict=True)
        ]
        _set_aside(cells, wrong, "(period)", shown, message("is of another length than the other periods"))
        usable = ~cells.log.set_aside
    if usable.any() and lengths[usable].eq(7).all():
        weekday = starts.dt.day_of_week
        usual = weekday[usable].mode().iloc[0]
        wrong = np.flatnonzero(usable & weekday.ne(usual))
        shown = starts.iloc[wrong].dt.strftime("%Y-%m-%d").tolist()
        _set_aside(
            cells, wrong, "(period)", shown, f"starts on another day than the other weeks, {_WEEKDAYS[int(usual)]}"
        )


def _set_aside_coarser(frame: pd.DataFrame, cells: Cells) -> list[str]:
    """Keep in each country the finest level that it is counted at; a coarser row beside it adds up the same events."""
    usable = pd.Series(~cells.log.set_aside)
    level = np.where(frame["admin2"].notna(), 2, np.where(frame["admin1"].notna(), 1, 0))
    codes, _ = pd.factorize(frame["country"])
    finest = pd.Series(level).where(usable, 0).groupby(codes).transform("max").to_numpy()
    rows = np.flatnonzero(usable & (level < finest))
    if not len(rows):
        return []
    words = ("the country", "a first-order unit")
    shown = [words[value] for value in level[rows]]
    _set_aside(
        cells,
        rows,
        "(unit)",
        shown,
        message("is counted at a coarser level than other rows of the country, which would count twice"),
    )
    return [
        say_count(
            "{n} [row counts|rows count] a whole country or unit beside its parts: the finest level counts", len(rows)
        )
    ]


def _set_aside_twice(frame: pd.DataFrame, cells: Cells, further: Coded | None) -> None:
    """Keep the first of identical rows; set aside rows of one unit, period and type that differ."""
    key = ["country", "admin1", "admin2", "event_type", "sub_event_type", "period_start"]
    told = frame.assign(_further=_text(further, cells)) if further is not None else frame
    key = [*key, "_further"] if further is not None else key
    usable = np.flatnonzero(~cells.log.set_aside)
    coded = np.zeros(len(usable), dtype=np.int64)
    for column in key:
        codes, names = pd.factorize(told[column].iloc[usable])
        coded = pd.factorize(coded * (len(names) + 1) + codes + 1)[0].astype(np.int64)
    times = np.bincount(coded) if len(coded) else np.array([], dtype=int)
    twice = np.flatnonzero(times[coded] > 1) if len(coded) else np.array([], dtype=int)
    if not len(twice):
        return
    group = pd.Series(coded[twice])
    values = told.iloc[usable[twice]][["attacks", "deaths"]].reset_index(drop=True)
    differ = (values.fillna(-1).groupby(group).transform("nunique").max(axis=1) > 1).to_numpy()
    copies = group.duplicated().to_numpy() & ~differ
    names = _unit_period(told.iloc[usable[twice]])
    column = cells.names.get("count", cells.names.get("events", "(count)"))
    _set_aside(
        cells, usable[twice[differ]], column, [names[i] for i in np.flatnonzero(differ)],
        "is the unit, period and type of rows that differ; map the column that tells them apart (month, week,"
        " type, ...)",
    )  # fmt: skip
    _set_aside(cells, usable[twice[copies]], column, [names[i] for i in np.flatnonzero(copies)], A_COPY)


def _unit_period(rows: pd.DataFrame) -> list[str]:
    units = rows["country"] + rows["admin1"].map(lambda name: f"/{name}", na_action="ignore").fillna("")
    return [f"{unit}, {start:%Y-%m-%d}" for unit, start in zip(units, rows["period_start"], strict=True)]


def _never_falling(kept: pd.DataFrame) -> list[str]:
    """Say that numbers look like running totals, where those of most units never fall over many periods but for a new
    year, in which totals may begin anew."""
    units = ["country", "admin1", "admin2", "event_type", "sub_event_type"]
    kept = kept.sort_values("period_start", kind="stable")
    ends = kept["period_end"] - DAY
    # A week that lies in two years is of either.
    years = kept.assign(begins=kept["period_start"].dt.year, ends=ends.dt.year).groupby(
        units, dropna=False, observed=True
    )
    new_year = (years[["begins", "ends"]].diff() > 0).any(axis=1) & ((ends - kept["period_start"]).dt.days < 300)
    told = kept.groupby(units, dropna=False, observed=True)["attacks"]
    long = told.transform("size") >= _LEAST_RUNNING
    steps = told.diff()[long].mask(new_year[long], 0.0)
    by_unit = [kept.loc[steps.index, name] for name in units]
    least, most = (getattr(steps.groupby(by_unit, dropna=False, observed=True), name)() for name in ("min", "max"))
    n_running = int(((least >= 0) & (most > 0)).sum())
    if n_running * 2 <= told.ngroups:
        return []
    return [
        say(
            "the numbers of {n} of {all} units never fall from one period to the next but for a new year, as running "
            "totals do; if they are totals up to each period, take the differences and map those",
            n=n_running,
            all=told.ngroups,
        )
    ]


def _gaps(kept: pd.DataFrame, period: str) -> list[str]:
    """Say which periods have no row, of any unit or, where the table writes zeros, of some units: they count as
    zero."""
    if kept.empty:
        return []
    starts = pd.DatetimeIndex(np.sort(kept["period_start"].unique()))
    if period in _PERIOD_DAYS:
        expected = pd.date_range(starts[0], starts[-1], freq=_PERIOD_DAYS[period] * DAY, unit="us")
    else:
        expected = pd.date_range(starts[0], starts[-1], freq="MS" if period == MONTHS else "YS", unit="us")
    missing = expected.difference(starts)
    said = []
    if len(missing):
        shown = first_few([short_day(day) for day in missing[:4]], 3)
        said.append(
            say(
                "{n} of {all} periods have no row at all ({days}) and count as zero; if they were not recorded, give a"
                " coverage table",
                n=len(missing),
                all=len(expected),
                days=shown,
            )
        )
    zeros = kept["attacks"].eq(0)
    if zeros.any():
        units = kept["country"].str.cat([kept["admin1"].fillna(""), kept["admin2"].fillna("")], sep="/")
        held = pd.MultiIndex.from_arrays([units, kept["period_start"]]).nunique()
        n_missing = units.nunique() * len(starts) - held
        if n_missing:
            said.append(
                say(
                    "the table writes zeros, but {n} of {all} pairs of unit and period have no row; they count as zero",
                    n=n_missing,
                    all=units.nunique() * len(starts),
                )
            )
    return said
