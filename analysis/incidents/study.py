"""One question's data: the attacks selected, the span in which silence means zero, and what they are held against."""

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from inspect import signature
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from analysis.incidents.counting import (
    counted_spans,
    days_within,
    distinct_within,
    middle_days,
    shares_between,
    spread_over,
)
from analysis.incidents.counts import (
    count_units,
    finest_level,
    periods_back,
)
from analysis.incidents.coverage import common_spans, load_context
from analysis.incidents.errors import SelectionError, UnitError
from analysis.incidents.given import day_given, word_given
from analysis.incidents.handing import handed, handed_property, hands_out, locked, to_keep
from analysis.incidents.load import IncidentTable
from analysis.incidents.parameters import (
    UNITS,
    Selection,
    Settings,
)
from analysis.incidents.selection import part_of, unit_of
from analysis.incidents.sidefiles import ReadFile
from analysis.incidents.snapshots import SnapshotHistory
from analysis.incidents.sources import Publisher, publishers
from analysis.incidents.terms import term
from analysis.language import say, used

DAY = pd.Timedelta(days=1)
P = ParamSpec("P")
R = TypeVar("R")
QUANTITIES = ("attacks", "deaths")
# Parts of a table for each of which every measure is computed.
MOST_SPLITS = 1000
# Deaths by their figures, and the column of each.
DEATHS = {"deaths": "fatalities_best", "deaths_low": "fatalities_low", "deaths_high": "fatalities_high"}


@hands_out
@dataclass(frozen=True, eq=False, repr=False)
class Study:
    """Checked tables cut to one selection and one as_of. Windows are half-open: ``[start, end)``.

    A study equals only itself, so that what several measures need of it can be computed once and kept. Its frames are
    handed out as copies: to change one in place changes no study (see `analysis.incidents.handing`).

    ``attacks`` pass the whole selection; ``incidents`` are all attacks of the same countries and dates by anyone, for
    what can only be judged on the whole table (completeness, agreement with reported waves). ``summaries`` pass the
    selection too, but last more than seven days and count in no rate; ``left_out`` are the rows of the same countries
    and dates that are of another kind; ``unsaid`` those that name a selected attacker as a party, but not who attacked.
    ``notes`` say what of the selection a reader should know. ``uncovered_before`` are the first and last day of a break
    in coverage that ends where the study starts.
    """

    table: IncidentTable
    selection: Selection
    settings: Settings
    attacks: pd.DataFrame
    incidents: pd.DataFrame
    start: pd.Timestamp
    end: pd.Timestamp
    claim_rows: pd.DataFrame | None = None
    claim_problems: pd.DataFrame | None = None
    beside: dict[str, Path] = field(default_factory=dict)
    files_read: dict[Path, ReadFile] = field(default_factory=dict)
    label: str = ""
    snapshots: SnapshotHistory | None = None
    counts: pd.DataFrame | None = None
    summaries: pd.DataFrame | None = None
    left_out: pd.DataFrame | None = None
    unsaid: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    uncovered_before: tuple[pd.Timestamp, pd.Timestamp] | None = None

    def __repr__(self) -> str:
        return (
            f"Study of {self.n_counted:,} {self.noun}s by {self.selection}, {self.start:%Y-%m-%d} to "
            f"{self.as_of:%Y-%m-%d}, "
            f"from {self.table.provenance.file}"
        )

    @property
    def n_counted(self) -> int:
        """How many attacks the study counts, in rows or in a table of counts."""
        return len(self.attacks) if self.counts is None else round(float(self.counts["attacks"].sum()))

    @property
    def counted_rows(self) -> pd.DataFrame:
        """The rows that are counted: attacks, or the rows of a table of counts."""
        return self.attacks if self.counts is None else self.counts

    @property
    def first_days(self) -> pd.Series:
        """The first day of each of `counted_rows`."""
        return self.counted_rows["date_start" if self.counts is None else "period_start"]

    @property
    def publisher(self) -> Publisher:
        """Who made the table, and what is to be said of it."""
        return publishers()[self.table.provenance.source]

    @property
    def noun(self) -> str:
        """What one counted row is called: ``attack``, or ``deadly event`` where the publisher counts events with deaths
        and codes no roles.
        """
        if self.publisher.deadly_events:
            return "deadly event"
        return "event" if self.selection.event_type else "attack"

    @property
    def holds_counts(self) -> bool:
        """Whether the table holds counts of attacks by unit and period, and no incidents."""
        return self.counts is not None

    def row_numbers(self, quantity: str = "attacks") -> np.ndarray:
        """Return how many attacks, or deaths by one of `DEATHS` (a table of counts has one figure), each of
        `counted_rows` is; unstated ones none.
        """
        if self.counts is not None:
            return self.counts["deaths" if quantity in DEATHS else quantity].fillna(0).to_numpy(dtype=float)
        if quantity == "attacks":
            return np.ones(len(self.attacks))
        return self.attacks[DEATHS[quantity]].fillna(0).to_numpy(dtype=float)

    def row_spans(self) -> tuple[pd.Series, pd.Series]:
        """Return the days ``[first, end)`` over which each of `counted_rows` counts."""
        if self.counts is not None:
            return self.counts["period_start"], self.counts["period_end"]
        return counted_spans(self.attacks)

    @cached_property
    def count_period_days(self) -> int:
        """How finely attacks are dated: 1 day for incidents; 7 or about 30 days, the length of a period, for a table of
        counts.
        """
        if self.counts is None or self.counts.empty:
            return 1
        return int(((self.counts["period_end"] - self.counts["period_start"]) // DAY).median())

    def daily_counts(self, quantity: str = "attacks") -> np.ndarray:
        """Count attacks, or deaths by the best estimate, on each day of the study.

        An attack counts on its first day. One that is dated only to a month or a year is spread evenly over that month
        or year, so far as the study reaches and the table goes on: first days would heap on the first of the month, and
        whole months on the days of one that has only begun. The numbers of a table of counts are spread evenly over the
        days of their periods.

        Parameters
        ----------
        quantity
            ``attacks`` or ``deaths``; deaths that nobody stated count as none.

        Returns
        -------
        numpy.ndarray
            Floats of shape (days,), the first for ``start``, the last for ``as_of``; their sum is the sum over the
            rows, but for what lies after ``as_of`` of those dated roughly.

        Raises
        ------
        ValueError
            If ``quantity`` is neither of the two.
        """
        if not isinstance(quantity, str) or quantity not in QUANTITIES:
            raise ValueError(f"quantity is {quantity!r}; expected one of {', '.join(QUANTITIES)}.")
        if quantity not in self._daily:
            n_days = (self.end - self.start) // DAY
            self._daily[quantity] = spread_over(self.row_numbers(quantity), *self.day_numbers, n_days=n_days)
            locked(self._daily[quantity])
        return self._daily[quantity]

    def __getstate__(self) -> dict[str, Any]:
        # What is kept is by functions that no other process finds by their names; it is computed anew there.
        return {name: value for name, value in vars(self).items() if name != "kept"}

    @cached_property
    def kept(self) -> dict[tuple[object, ...], Any]:
        """What measures computed of this study, by function and arguments; it goes when the study goes (see
        `kept_on_study`).
        """
        return {}

    @cached_property
    def _daily(self) -> dict[str, np.ndarray]:
        return {}

    @property
    def as_of(self) -> pd.Timestamp:
        """The last day that the study looks at."""
        return self.end - DAY

    @cached_property
    def covered_end(self) -> pd.Timestamp:
        """The end (exclusive) of what the table covers, never later than the study's end."""
        spans = spans_of(self.table, self.selection.country)
        return min(self.end, last_before(spans, self.end)[1] + DAY)

    @cached_property
    def told_end(self) -> pd.Timestamp:
        """The end (exclusive) of the days that the table tells of: the study's end, or later where it goes on."""
        return max(self.end, last_before(spans_of(self.table, self.selection.country), self.end)[1] + DAY)

    @property
    def window_start(self) -> pd.Timestamp:
        """The start of the trailing window, which ends with ``as_of``; of a table of counts it holds whole periods."""
        return self.end - self.settings.window_days * DAY

    @property
    def baseline_start(self) -> pd.Timestamp:
        """The start of the baseline, which ends where the window starts; of a table of counts it holds whole
        periods.
        """
        if self.counts is not None:
            return max(
                self.start,
                periods_back(self.window_start, self.settings.baseline_days, self.count_period_days, at_most=True),
            )
        return max(self.start, self.window_start - self.settings.baseline_days * DAY)

    @property
    def place(self) -> str:
        """The name of the whole selection in the ``unit`` column of results."""
        countries = self.countries
        place = ", ".join(countries) if len(countries) <= 3 else f"{len(countries)} countries"
        return f"{place} | {self.label}" if self.label else place

    @cached_property
    def countries(self) -> tuple[str, ...]:
        """The countries selected, or else those of the rows selected, by code."""
        return self.selection.country or tuple(sorted(self.counted_rows["country"].unique()))

    @handed_property
    def units(self) -> pd.Series:
        """Each row's (attack's or count's) place of counting, missing where it is located too roughly."""
        if self.counts is not None:
            return count_units(self.counts, self.selection.unit)
        return unit_of(self.attacks, self.selection.unit)

    @cached_property
    def day_numbers(self) -> tuple[np.ndarray, np.ndarray]:
        """The days of `row_spans` so far as they lie in the study, or after it in days that the table tells of, as
        numbers from its first day."""
        begins, ends = days_within(*self.row_spans(), start=self.start, end_of_all=self.end, told=self.told_end)
        first, last = locked(begins.astype(np.int32), ends.astype(np.int32))
        return first, last

    def _span(self, start: object, end: object) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Return two days as they may be given. In the wrong order they hold nothing, which is no answer, but for days
        before the study, which hold nothing in any."""
        first, last = day_given("start", start), day_given("end", end)
        if self.start <= last < first:
            raise SelectionError(f"{term('end', f'{last:%Y-%m-%d}')} lies before {term('start', f'{first:%Y-%m-%d}')}.")
        return first, last

    def shares_between(self, start: pd.Timestamp, end: pd.Timestamp, *, rows: pd.DataFrame | None = None) -> np.ndarray:
        """Return which share of each of `counted_rows` lies in the days ``[start, end)`` of the study; see
        `analysis.incidents.counting`. A count, or a sum, of those days is that of the rows by their shares.

        Parameters
        ----------
        start, end
            Of the window, half-open: text such as 2025-07-01, dates or Timestamps, as wherever days are asked for.
        rows
            Other incidents of the study's days, in place of those counted.

        Returns
        -------
        numpy.ndarray
            Shape (rows,), 0 to 1: of a row dated to a day, whether its first day lies in the window.

        Raises
        ------
        SelectionError
            If one of the two is no day, or the end lies before the start (but for days before the study, which hold
            nothing).
        """
        span = self._span(start, end)
        spans = self.day_numbers
        if rows is not None:
            spans = days_within(*counted_spans(rows), start=self.start, end_of_all=self.end, told=self.told_end)
        return shares_between(*spans, *((edge - self.start) // DAY for edge in span))

    def distinct_between(self, names: pd.Series, start: pd.Timestamp, end: pd.Timestamp) -> tuple[int, int]:
        """Return how many different names the days ``[start, end)`` hold, one or none of each of `counted_rows` or of
        some of them, at least and at most: the same where no row is dated to days within and without."""
        at = names.index.to_numpy()
        share, times = self.shares_between(start, end)[at], self.row_numbers()[at]
        return distinct_within(pd.factorize(names)[0], share, times)

    @handed_property
    def whole_days(self) -> pd.Series:
        """The day of each of `counted_rows` where a row must be whole: its first day, or of an attack that is dated
        roughly the middle of the days that it is known to lie in."""
        if self.counts is not None:
            return self.first_days
        middle = np.datetime64(self.start, "D") + np.minimum(
            middle_days(*self.day_numbers), (self.end - self.start) // DAY - 1
        )
        return pd.Series(middle.astype("datetime64[us]"), index=self.attacks.index)

    @property
    def attack_days(self) -> pd.Series:
        """`whole_days` of the study's attacks; of a table of counts, which has days and no attacks, none."""
        return self.whole_days.reindex(self.attacks.index)

    def attacks_in(self, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """Return the attacks of which a share, or all, lies in the days ``[start, end)``: those that its count rests
        on."""
        at = np.flatnonzero(self.shares_between(start, end) > 0) if self.counts is None else np.empty(0, dtype=int)
        # Of attacks in time order a slice, which copies nothing.
        return self.attacks.iloc[slice(at[0], at[-1] + 1) if at.size and at[-1] - at[0] + 1 == at.size else at]

    def whole_attacks(self, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """Return the attacks that are whole in the days ``[start, end)``; see `whole_days`."""
        (start, end), days = self._span(start, end), self.attack_days
        return self.attacks[days.ge(start) & days.lt(end)]

    def count_between(self, start: pd.Timestamp, end: pd.Timestamp, quantity: str = "attacks") -> float:
        """Return the number of attacks, or of deaths, in the days ``[start, end)`` of the study; see `daily_counts`."""
        (start, end), days = self._span(start, end), self.daily_counts(quantity)
        return round(float(days[max((start - self.start) // DAY, 0) : max((end - self.start) // DAY, 0)].sum()), 6)

    def events_between(self, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """Return what happened beside in ``[start, end)``, as told by the study's table of context: ``date, text``."""
        start, end = self._span(start, end)
        if "context" not in self.beside:
            return pd.DataFrame({"date": pd.Series(dtype="datetime64[us]"), "text": pd.Series(dtype="str")})
        events = load_context(self.beside["context"])
        return events[events["date"].ge(start) & events["date"].lt(end)].reset_index(drop=True)

    def counted_by(self, unit: str) -> "Study":
        """Return the same study with another place of counting.

        Raises
        ------
        SelectionError
            If the table names no such places.
        """
        unit = word_given("unit", unit)
        if self.counts is None:
            refuse_without_units(self.attacks, unit)
        else:
            refuse_finer(self.table.counts, unit)
        return replace(self, selection=replace(self.selection, unit=unit))

    def window_problem(self) -> str:
        """Return why the trailing window cannot be judged, or ``""`` where it can; in the study's language."""
        with used(self.settings.language):
            return self._window_problem()

    def baseline_problem(self) -> str:
        """Return why there is no baseline to compare the window with, or ``""`` where there is one."""
        with used(self.settings.language):
            return self._window_problem() or self._baseline_problem()

    def _window_problem(self) -> str:
        if self.covered_end < self.end:
            return say(
                "the days from {first} to {last} are not wholly covered: the table covers the selection to {covered}",
                first=self.window_start, last=self.as_of, covered=self.covered_end - DAY,
            )  # fmt: skip
        if self.window_start < self.start:
            return say(
                "the window of {days} days is longer than the table's history, which starts on {start}",
                days=self.settings.window_days, start=self.start,
            )  # fmt: skip
        return ""

    def _baseline_problem(self) -> str:
        days = (self.window_start - self.baseline_start) // DAY
        if days < 2 * self.settings.window_days and self.uncovered_before:
            return say(
                "the table does not cover {first} to {last}, and the baseline after that has {days} days, where a"
                " comparison needs at least twice the window ({needed} days)",
                first=self.uncovered_before[0], last=self.uncovered_before[1],
                days=max(days, 0), needed=2 * self.settings.window_days,
            )  # fmt: skip
        if days < 2 * self.settings.window_days:
            return say(
                "the baseline has {days} days, and a comparison needs at least twice the window ({needed} days)",
                days=max(days, 0), needed=2 * self.settings.window_days,
            )  # fmt: skip
        return ""

    def inputs(self) -> list[dict[str, object]]:
        """Return what was read: each file's role, name, sha256, rows and vintage, for the manifest."""
        provenance = self.table.provenance
        read: list[dict[str, object]] = [
            {
                "role": "incidents",
                "file": provenance.file,
                "sha256": provenance.sha256,
                "rows": provenance.rows_read,
                "publisher": provenance.source,
                "vintage": provenance.source_version,
            }
        ]
        for role, path in self.beside.items():
            held = self.files_read[path.absolute()]
            facts: dict[str, object] = {"role": role, "file": path.name, "sha256": held.sha256}
            # A line is a row of a table alone.
            read.append(facts if role == "boundaries" else facts | {"rows": max(held.n_lines - 1, 0)})
        return read + (self.snapshots.inputs() if self.snapshots else [])

    def split(self, by: str) -> Iterator["Study"]:
        """Return one study for each value of ``by`` (attacker, attacker_type, target_type, ...), unknown included.

        Raises
        ------
        SelectionError
            If these are more than `MOST_SPLITS`: each is a study of its own, and free text in place of names makes as
            many as there are rows.
        """
        values = part_of(self.attacks, by).fillna("unknown")
        if (n := values.nunique()) > MOST_SPLITS:
            raise SelectionError(
                f"By {by} the table has {n:,} parts, and every measure would be computed for each; at most"
                f" {MOST_SPLITS:,} are. Select some of them, or count them all with `escalation compare`."
            )
        return (
            replace(self, attacks=self.attacks[values.eq(value)].reset_index(drop=True), label=f"{by}: {value}")
            for value in sorted(values.unique())
        )


def in_its_language(tell: Callable[P, R]) -> Callable[P, R]:
    """Let a function of a study say what it says in that study's language, whatever is spoken around it.

    Parameters
    ----------
    tell
        Takes a study among its arguments; the first one counts.

    Returns
    -------
    Callable
        The same function.

    Raises
    ------
    TypeError
        When it is called without a study.
    """

    @wraps(tell)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        study = next((one for one in (*args, *kwargs.values()) if isinstance(one, Study)), None)
        if study is None:
            raise TypeError(f"{tell.__name__}() takes a study, and was given none.")
        with used(study.settings.language):
            return tell(*args, **kwargs)

    return told


def kept_on_study(compute: Callable[Concatenate[Study, P], R]) -> Callable[Concatenate[Study, P], R]:
    """Let a function of a study compute once for each study and arguments, and keep the result on the study itself.

    Nothing outlives the study, and another study never meets it. What the function says is in the study's language.
    An argument that is left out is the same as its default given.

    Parameters
    ----------
    compute
        Takes a study first; its other arguments can be keys of a dict.

    Returns
    -------
    Callable
        Returns the same object each time, of a frame a copy (see `handed`).
    """
    taken = signature(compute)

    @wraps(compute)
    def computed_once(study: Study, *args: P.args, **kwargs: P.kwargs) -> R:
        asked = taken.bind(study, *args, **kwargs)
        asked.apply_defaults()
        key = (compute, *asked.args[1:], *asked.kwargs.values())
        if key not in study.kept:
            with used(study.settings.language):
                study.kept[key] = to_keep(compute(study, *args, **kwargs))
        return handed(study.kept[key])

    return computed_once


def noting_reads(study: Study, read: set[str]) -> Study:
    """Return the same study, which adds to a set what is read of it, of its settings, its selection and its files from
    now on, by name: what is never read changed nothing that was computed of it.

    Parameters
    ----------
    study
        What is kept on it is computed anew.
    read
        Parameters are in it by their names; that of claims by that of their rows too.
    """

    def noting(held: R) -> R:
        class Noting(type(held)):  # type: ignore[misc]
            def __getattribute__(self, name: str) -> Any:
                read.add(name)
                return super().__getattribute__(name)

        made = copy(held)
        object.__setattr__(made, "__class__", Noting)
        return made

    class NotingKeys(dict[str, Path]):
        def __contains__(self, name: object) -> bool:
            read.add(str(name))
            return super().__contains__(name)

        def get(self, name: str, *default: Any) -> Any:
            read.add(name)
            return super().get(name, *default)

        def __getitem__(self, name: str) -> Path:
            read.add(name)
            return super().__getitem__(name)

    settings, selection = noting(study.settings), noting(study.selection)
    noted = noting(replace(study, settings=settings, selection=selection, beside=NotingKeys(study.beside)))
    read.clear()
    return noted


def refuse_without_units(attacks: pd.DataFrame, unit: str) -> None:
    """Refuse a level at which no row can be placed: there would be nothing to count by."""
    if unit == "country" or unit_of(attacks, unit).notna().any():
        return
    what = {"admin1": "first-order units", "admin2": "second-order units", "grid": "coordinates"}[unit]
    column = "latitude" if unit == "grid" else unit
    none = attacks[column].isna().all()
    why = f"the table names no {what}" if none else f"no row is located well enough for its {what} to count"
    if unit == "admin1" and none and attacks["latitude"].notna().any():
        why += f" ({term('unit', 'admin1')} from the start takes those of the shipped map, by coordinates)"
    raise UnitError(f"{term('unit', unit)} cannot be used: {why}. Give {term('unit', 'country')}.", reason=why)


def refuse_finer(counts: pd.DataFrame, unit: str) -> None:
    """Refuse a level that is finer than what a table counts by."""
    level = finest_level(counts)
    if UNITS.index(unit) > UNITS.index(level):
        why = f"the table counts by {level}"
        raise UnitError(f"{term('unit', unit)} cannot be used: {why}. Give {term('unit', level)}.", reason=why)


def spans_of(loaded: IncidentTable, countries: tuple[str, ...]) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the spans in which all countries asked for are covered; of none, or none that it names, all of a table."""
    coverage = loaded.coverage
    named = coverage[coverage["country"].isin(countries)]
    spans = common_spans(coverage if named.empty else named)
    if not spans:
        raise SelectionError(
            f"By the {term('coverage')} table no day is covered in all of"
            f" {', '.join(countries or sorted(coverage['country'].unique()))}. Select countries that are covered at one"
            " time."
        )
    return spans


def last_before(spans: list[tuple[pd.Timestamp, pd.Timestamp]], end: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the last span that begins before a day, or the first of all."""
    return [span for span in spans if span[0] < end or span == spans[0]][-1]
