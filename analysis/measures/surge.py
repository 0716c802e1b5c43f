"""Which places stand above their baseline now?

Every unit is judged in the seven days and in the four weeks that end with as_of, against what its own past led to
expect before they began (`expectation`). The level is shared out so that all units together raise as many false alarms
a year as are asked for, if nothing changes in any of them. Rules that users know from elsewhere stand beside it as
comparators: they are not what decides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.incidents.counting import rounded
from analysis.incidents.load import MOST_LOST
from analysis.incidents.study import DAY, DEATHS, Study, in_its_language, kept_on_study
from analysis.language import few, localised, message, messages, say, say_count
from analysis.measures.known_rules import N_SIMULATIONS, compare_rules
from analysis.measures.panels import deaths_problem, week_problem
from analysis.measures.reliability import (
    FACTOR_OF_COPIES,
    MOST_NEW,
    copies_of,
    new_among,
    recording_problem,
    rows_with_new,
    told_as_new,
    without_copies,
)
from analysis.measures.result import COMPUTED, NOT_COMPUTED, IndicatorRows, Measure, Table, clauses
from analysis.measures.watched import (
    LEAST,
    MOST_DEATHS,
    WEEK,
    WEEKS_PER_YEAR,
    SingleDeaths,
    uncovered,
    watched_panel,
    weeks_left_out,
    window_sums,
)
from analysis.statistics.discoveries import benjamini_hochberg
from analysis.statistics.expectation import (
    MIN_PERIODS,
    WINDOWS,
    Expectation,
    earlier_periods,
    expect_counts,
    expect_last,
    panel_power,
    shared_level,
    with_power,
)
from analysis.statistics.given import one_of
from analysis.statistics.marks import shared_lift, with_lift

QUESTION = "surge"
HOLDS_FOR_COUNTS = True
# Simulated false alarms over those promised, least and most of all families (docs/alarms.md); of attacks in histories
# of so many weeks, and in shorter ones.
LONG_WEEKS = 200
TIMES_ASKED = {
    ("alarms_per_year", "long"): (0.2, 1.4),
    ("alarms_per_year", "short"): (0.2, 2.0),
    ("alarms_per_year", "deaths"): (0.1, 1.8),
    ("fdr", "long"): (0.3, 1.4),
    ("fdr", "short"): (0.3, 1.1),
}
RULES = {1: message("the week against its own past"), 4: message("four weeks against their own past")}
RULE = message("week and four weeks against their own past")
# Of the rows that an alarm lists.
IN_PART = messages("{n} [row is|rows are] listed, of which {part} dated roughly count by the share of their days in it")
COPIES = message(
    "Part of these alarms may be copies: {names}. Of the {of} attacks that they count, {n} are like another."
)
# The other doubts: what is new to the table makes an alarm, copies before a window may hide one, rows are lost.
NEW = messages(
    "{n} [alarm rests|alarms rest] on what is new to the table, and may be newly recorded: {names}.",
)
HIDDEN = messages(
    "Copies in the weeks before may hide {n} [alarm|alarms], as they raise what is expected: {names}.",
)
LOST = message("{n} of the table's {all} rows could not be used, and no alarm counts them.")
YEAR = 52 * WEEK
MOST_NAMED = 5
MIN_WEEKS = MIN_PERIODS + max(WINDOWS)
# Where nobody asks for a number, no unit is in alarm by chance in more than one week in a hundred, however few the
# units.
MAX_ALPHA, MOST_ALPHA = 0.01, 0.25
ALARMS_PER_YEAR = 4.0
FALSE_DISCOVERY_RATE = 0.10
CONTROLS = ("alarms_per_year", "fdr")
SHOWN_WEEKS, SHOWN_UNITS = 156, 25
SERIES_COLUMNS = [
    "unit", "period_start", "period_end", "observed", "expected", "upper", "alarm", "four_weeks", "left_out", "status",
    "reason",
]  # fmt: skip

MEASURES = (
    Measure("surge_units_judged", "units",
        "Units whose history carries a rule, so that they could stand above their baseline.",
        message("count of units")),
    Measure("surge_units_above", "units",
        "Units above their baseline in the week, or the four weeks, that end with as_of, with control over all units.",
        message("week and four weeks against what the unit's own past led to expect, calibrated"),
        "West & Harrison 1997, Bayesian Forecasting and Dynamic Models; calibration: no published source"),
    Measure("surge_false_alarms_per_year", "alarms per year",
        "Alarms that the rules would raise in a year over all units if nothing changed.",
        message("chance of a count at or above each unit's bound, times weeks, over all units")),
    Measure("surge_observed_to_expected", "ratio",
        "For the most unusual unit: what was observed over what its baseline leads to expect.",
        message("count over its expectation, in the window that is more unusual"),
        "West & Harrison 1997, Bayesian Forecasting and Dynamic Models"),
    Measure("surge_p", "probability", "For the most unusual unit: chance of as many if its baseline held on.",
        message("calibrated upper tail of what was expected, in the window that is more unusual"),
        "West & Harrison 1997, Bayesian Forecasting and Dynamic Models; calibration: no published source"),
    *(
        Measure(
            f"surge_{quantity}_units_above",
            "units",
            f"Units whose {words} stand above their baseline in the week, or the four weeks, that end with as_of.",
            message("as for attacks; one attack adds at most 100 deaths"),
        )
        for quantity, words in (
            ("deaths", "deaths (best figures)"), ("deaths_low", "deaths (low figures)"),
            ("deaths_high", "deaths (high figures)"),
        )
    ),
    Measure("acled_surge_units", "units",
        "Units in which the latest week is at least twice the mean of the four before, that mean being at least 1.",
        message("ACLED surge rule, as a comparator"), "ACLED Conflict Alert System, methodology"),
    Measure("acled_threat_units", "units",
        "Units in which the last four weeks' mean is at least twice that of the 52 weeks before.",
        message("ACLED threat rule, as a comparator"), "ACLED Conflict Alert System, methodology"),
    Measure("hdx_signal_units", "units",
        "Units with 100 deaths or more in 30 days, the most in a year (medium) or in three (high).",
        message("HDX Signals rule, as a comparator"), "OCHA Centre for Humanitarian Data, HDX Signals, methodology"),
)  # fmt: skip


@dataclass(frozen=True)
class Watch:
    """All units at once."""

    quantity: str  # one of `watched.LEAST`
    units: pd.DataFrame  # one row per unit, most unusual first: see `watch_units`
    panel: pd.DataFrame  # weekly counts: index ``week_start``, one column per unit
    # For the units of ``units`` in order: ``unit, period_start, period_end, observed, expected, upper, alarm,
    # four_weeks, left_out, status, reason``, one row per week, at most `SHOWN_WEEKS` of them. ``upper`` is the most
    # that is no alarm in a week; ``alarm`` marks weeks above it, and ``four_weeks`` holds the weekly mean of the four
    # weeks to this one where these are an alarm.
    series: pd.DataFrame
    # One row per comparator: ``rule, words, n_units, false_alarms_per_year`` (mean over units), ``status, reason``.
    comparators: pd.DataFrame
    alpha: float  # the level of each window of each unit
    control: str
    asked: float  # false alarms a year over all units that were asked for; with ``fdr`` the share of false ones
    expected_alarms: float  # those that the bounds give if nothing changes; missing with ``fdr``
    n_unplaced: int  # attacks that are located too roughly for the unit, and are in none
    problem: str = ""  # why no unit was judged
    # The least and the most false alarms that came in simulations of families of such counts, over those that the
    # bounds give (with ``fdr``: of their share, over the one asked for); None where that was not simulated.
    times_asked: tuple[float, float] | None = None
    # Rows of the table that could not be used, of those that were read.
    n_lost: int = 0
    n_read: int = 0
    # Why recording alone could raise an alarm, as of `recording_problem`; none where nothing says so.
    recording: str = ""

    @property
    def alerts(self) -> pd.DataFrame:
        """The units above their baseline."""
        return self.units[self.units["alarm"]].reset_index(drop=True)


@in_its_language
def watch_units(
    study: Study,
    *,
    quantity: str = "attacks",
    control: str = "alarms_per_year",
    alarms_per_year: float | None = None,
    false_discovery_rate: float = FALSE_DISCOVERY_RATE,
    left_out: pd.DataFrame | None = None,
    n_simulations: int = N_SIMULATIONS,
    shown: int = SHOWN_UNITS,
    then: Callable[[int, int], object] | None = None,
    sought: Callable[[int, int, int], object] | None = None,
) -> Watch:
    """Judge every unit of a study in the week, and in the four weeks, that end with as_of.

    Parameters
    ----------
    study
        Its selection's ``unit`` says what is watched.
    quantity
        One of `watched.LEAST`.
    control
        Over many units: ``alarms_per_year`` shares out as many false alarms a year over all units; ``fdr`` keeps the
        expected share of false ones among this week's alarms at ``false_discovery_rate`` (Benjamini & Hochberg 1995,
        Journal of the Royal Statistical Society B 57:289).
    alarms_per_year
        A false alarm is one unit in alarm in one weekly look. Default: 4, and no unit in more than one look in a
        hundred.
    false_discovery_rate
        See ``control``.
    left_out
        Periods that are no baseline, but are judged and drawn: columns ``since, to`` (days, inclusive) and ``unit``
        (missing: all units); see `analysis.incidents.coverage.load_periods`. A unit that is not there is refused.
    n_simulations
        Histories of each unit behind the comparators' false-alarm rates.
    shown
        Units whose series are kept, besides those in alarm.
    then
        Called now and then with how many units were followed through their past, and how many differ in it.
    sought
        Called now and then while the level that all units share is sought: with the number of the try, how many bounds
        were found in it, and how many there are.

    Returns
    -------
    Watch
        ``units`` has ``unit, rule, window_weeks, period_start, period_end, observed, n_alike, n_in_part, expected,
        upper, p_value, alarm, may_be_copies, may_be_new, new, may_be_hidden, above_since, false_alarms_per_year``, a
        column for each comparator and ``hdx_level``, and the tail: ``value`` is observed over expected. All are of the
        window, one week or four, that is more unusual; ``upper`` is the most that is no alarm. ``incident_ids`` are the
        rows of which the window holds all or, where they are dated roughly (``n_in_part`` of them), a share of their
        days, which is what ``observed`` counts. ``n_alike`` attacks are like another of the window in all but their
        ids; ``may_be_copies`` marks alarms that rest on such, ``may_be_new`` those that rest on a country, unit, type
        of event or party that the table has for less than a year, named in ``new``; ``may_be_hidden`` units in none,
        but in one if all were judged anew without copies. ``above_since`` is the first day of
        the unbroken alarm: the day on which the count of its first week in alarm passed the bound of that week.
        ``false_alarms_per_year`` is the unit's share of the false alarms, exact under what is expected of it.

    Raises
    ------
    ValueError
        If ``control`` or ``quantity`` is unknown, or a number of alarms is not above 0.
    """
    one_of("control", control, CONTROLS)
    if alarms_per_year is not None and not alarms_per_year > 0:
        raise ValueError(f"alarms_per_year={alarms_per_year}; expected a number above 0.")
    panel = watched_panel(study, quantity)
    n_weeks = len(panel)
    asked = ALARMS_PER_YEAR if alarms_per_year is None else float(alarms_per_year)
    problem = _watch_problem(study, quantity, panel)
    fired, comparators = compare_rules(study, problem=problem, n_simulations=n_simulations)
    if problem:
        units = _unjudged(study, panel, problem).merge(fired, on="unit", how="left")
        return Watch(
            quantity, units, panel, pd.DataFrame(columns=SERIES_COLUMNS), comparators, np.nan, control, asked, np.nan,
            _unplaced(study), problem
        )  # fmt: skip
    out = weeks_left_out(panel, left_out)
    asking: dict[str, Any] = {
        "left_out": out, "control": control, "fdr": false_discovery_rate, "asked": asked,
        "largest": MAX_ALPHA if alarms_per_year is None else MOST_ALPHA, "then": then, "sought": sought,
    }  # fmt: skip
    judged, level, power, deaths = _judge_now(study, panel, quantity, **asking)
    counts, kind = panel.to_numpy(dtype=float), "counts" if quantity == "attacks" else "sums"
    units = _unit_rows(study, panel, judged, level=level, quantity=quantity)
    if (bare := _bare(study, panel, judged, LEAST[quantity])) is not None:
        clean = watched_panel(bare, quantity).reindex(columns=panel.columns, fill_value=0)
        hidden = _judge_now(bare, clean, quantity, **asking)[0].in_alarm() & ~judged.in_alarm()
        units["may_be_hidden"] = units["unit"].isin(panel.columns[hidden])
    kept = units["unit"].iloc[: max(shown, int(units["alarm"].sum()))].tolist()
    series = pd.DataFrame(columns=SERIES_COLUMNS)
    if kept:
        columns = panel.columns.get_indexer(kept)
        past: dict[str, Any] = {
            "first": max(n_weeks - SHOWN_WEEKS, MIN_WEEKS - 1), "left_out": out[:, columns], "n_kept": SHOWN_WEEKS,
        }  # fmt: skip
        recent = with_power(expect_counts(counts[:, columns], kind=kind, **past), power)
        if deaths is not None:
            recent = with_lift(recent, deaths.lifts(recent, columns, level, past))
        since = _above_since(study, panel[kept], recent, level=level, quantity=quantity)
        units["above_since"] = pd.to_datetime(units["unit"].map(since).where(units["alarm"])).astype("datetime64[us]")
        series = _series(panel[kept], recent, out[:, columns], level=level, least=LEAST[quantity])
    return Watch(
        quantity=quantity,
        units=units.merge(fired, on="unit", how="left"),
        panel=panel,
        series=series,
        comparators=comparators,
        alpha=level,
        control=control,
        asked=false_discovery_rate if control == "fdr" else asked,
        expected_alarms=np.nan if control == "fdr" else float(units["false_alarms_per_year"].sum()),
        n_unplaced=_unplaced(study),
        times_asked=TIMES_ASKED.get((control, "deaths" if deaths else "long" if n_weeks >= LONG_WEEKS else "short")),
        n_lost=study.table.n_lost,
        n_read=study.table.provenance.rows_read,
        recording=recording_problem(study),
    )


def _judge_now(
    study: Study,
    panel: pd.DataFrame,
    quantity: str,
    *,
    left_out: np.ndarray,
    control: str,
    fdr: float,
    asked: float,
    **share: Any,
) -> "tuple[_Judged, float, float, SingleDeaths | None]":
    """Judge the last week of every unit, and return it with the level that all share, the power of `_expect_now`, and
    the deaths of single attacks; ``share`` as `shared_level` takes it."""
    counts, kind = panel.to_numpy(dtype=float), "counts" if quantity == "attacks" else "sums"
    then, least = share.pop("then"), LEAST[quantity]
    share |= {"least": least, "then": share.pop("sought")}
    found, power = _expect_now(counts, kind, left_out, then)
    deaths = None if quantity == "attacks" else SingleDeaths.of(study, quantity, panel, left_out)
    if deaths is None:
        level = shared_level(found, asked / WEEKS_PER_YEAR, **share)
    else:
        events = expect_last(deaths.events, left_out=left_out, then=then)
        laws = next(deaths.laws(np.arange(panel.shape[1]), 1))
        level, lift = shared_lift(found, events, laws, asked / WEEKS_PER_YEAR, **share)
        found = with_lift(found, lift)
    if control == "fdr":
        level = _discovery_level(found, fdr)
    return _Judged.of(counts, found, level, least), level, power, deaths


def _discovery_level(found: Expectation, rate: float) -> float:
    """Return the level of each window at which the share of false ones among the alarms of the last week is at most the
    rate: as many units are at or below it as Benjamini & Hochberg's rule takes, or one could be.
    """
    either = np.minimum(len(WINDOWS) * np.nanmin(found.p_value[:, -1], axis=0), 1.0)
    n_found = int(benjamini_hochberg(either, rate=rate).sum())
    return rate * max(n_found, 1) / len(either) / len(WINDOWS)


def _expect_now(
    counts: np.ndarray, kind: str, left_out: np.ndarray, then: Callable[[int, int], object] | None = None
) -> tuple[Expectation, float]:
    """Return what is expected of every unit's last week, and the power by which the units' past corrects the chances of
    attacks (those of deaths are held against the law of single attacks instead).
    """
    if kind != "counts":
        return expect_last(counts, kind=kind, left_out=left_out, then=then), 1.0
    also = earlier_periods(*counts.shape)
    found = expect_last(counts, kind=kind, also=also, left_out=left_out, then=then)
    power = panel_power(found, left_out=left_out[also], periods=np.arange(also.size))
    return with_power(found, power), power


@dataclass(frozen=True)
class _Judged:
    """The last week of every unit; arrays of shape (n_windows, n_units)."""

    observed: np.ndarray
    expected: np.ndarray
    p_value: np.ndarray
    bound: np.ndarray
    rate: np.ndarray

    @classmethod
    def of(cls, counts: np.ndarray, found: Expectation, level: float, least: float) -> "_Judged":
        bound, rate = found.bounds(level, least)
        observed = np.stack([counts[-weeks:].sum(axis=0) for weeks in WINDOWS])
        lengths = np.array(WINDOWS)[:, None]
        return cls(observed, found.expected[:, -1] * lengths, found.p_value[:, -1], bound, rate)

    def in_alarm(self) -> np.ndarray:
        return np.any(self.observed >= self.bound, axis=0)

    def rests_on(self, part: np.ndarray) -> np.ndarray:
        """Return which units would be in no alarm, or in one on far fewer, without a ``part`` of what is observed."""
        kept = self.observed - part
        sure = (kept >= self.bound) & (self.observed <= FACTOR_OF_COPIES * kept)
        return self.in_alarm() & ~sure.any(axis=0)


def _new(study: Study, panel: pd.DataFrame, quantity: str) -> np.ndarray:
    """Return how much of each unit's windows is of what is new to the table; shape (n_windows, n_units)."""
    shape = len(WINDOWS), panel.shape[1]
    if study.holds_counts or not shape[1]:
        return np.zeros(shape)
    end = min(study.end, study.covered_end)
    unit = panel.columns.get_indexer(study.units)
    at = np.flatnonzero((unit >= 0) & (study.shares_between(end - max(WINDOWS) * WEEK, end) > 0))
    at = at[rows_with_new(study, end - YEAR)[at]]
    return _in_windows(study, quantity, at, unit[at], shape[1])[1]


def _new_names(study: Study, units: pd.Index, flagged: np.ndarray) -> list[str]:
    """Return of each unit what makes it new to the table, in words; nothing of units that are not ``flagged``."""
    end, said = min(study.end, study.covered_end), [""] * len(units)
    if not flagged.any():
        return said
    late = study.shares_between(end - max(WINDOWS) * WEEK, end) > 0
    for at in np.flatnonzero(flagged):
        rows = late & (units.get_indexer(study.units) == at)
        said[at] = few((told_as_new(*new) for new in new_among(study, end - YEAR, rows)), MOST_NEW)
    return said


def _bare(study: Study, panel: pd.DataFrame, judged: _Judged, least: float) -> Study | None:
    """Return a study without attacks that are like an earlier one, where in the year before the windows of a unit in no
    alarm, with more than is expected, they raise that by so much that they may hide one; else none."""
    if study.holds_counts:
        return None
    end = min(study.end, study.covered_end) - max(WINDOWS) * WEEK
    before = study.attacks_in(end - YEAR, end)
    unit, again = panel.columns.get_indexer(study.units.loc[before.index]), copies_of(study)[before.index]
    n, placed = panel.shape[1], unit >= 0
    every, copied = (np.bincount(unit[held], minlength=n) for held in (placed, placed & again))
    doubted = (judged.observed >= np.maximum(judged.expected, least)).any(axis=0) & ~judged.in_alarm()
    if not (doubted & ((every - copied) * FACTOR_OF_COPIES < every)).any():
        return None
    return without_copies(study)


def _alike(study: Study, panel: pd.DataFrame, quantity: str) -> tuple[np.ndarray, np.ndarray]:
    """Return of each unit's windows how many attacks are like another (the first of each apart), and what they add to
    what is counted; shape (n_windows, n_units)."""
    shape = len(WINDOWS), panel.shape[1]
    if study.holds_counts:
        return np.zeros(shape), np.zeros(shape)
    end = min(study.end, study.covered_end)
    recent = study.attacks_in(end - max(WINDOWS) * WEEK, end)
    unit = panel.columns.get_indexer(study.units)
    at = recent.index[copies_of(study)[recent.index]].to_numpy()
    at = at[unit[at] >= 0]
    return _in_windows(study, quantity, at, unit[at], shape[1])


def _in_windows(
    study: Study, quantity: str, at: np.ndarray, unit: np.ndarray, n_units: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many of the attacks ``at``, each of a unit, the units' windows hold, and what is counted of them;
    shape (n_windows, n_units)."""
    end, number = min(study.end, study.covered_end), np.minimum(study.row_numbers(quantity)[at], MOST_DEATHS)
    shares = [study.shares_between(end - weeks * WEEK, end)[at] for weeks in WINDOWS]
    rows, counted = (
        np.stack([np.bincount(unit, weights=share * each, minlength=n_units) for share in shares])
        for each in (1.0, number)
    )
    return rows, counted


def _unplaced(study: Study) -> int:
    return round(study.row_numbers()[study.units.isna()].sum())


def _watch_problem(study: Study, quantity: str, panel: pd.DataFrame) -> str:
    """Return why no unit can be judged, or ``""``."""
    n_weeks, n_units = panel.shape
    return (
        uncovered(study)
        or week_problem(study)
        or ("" if n_units else say("no attack is placed well enough to belong to a unit"))
        or ("" if quantity == "attacks" else deaths_problem(study, column=DEATHS[quantity]))
        or (
            ""
            if n_weeks >= MIN_WEEKS
            else say_count(
                "the history has {n} whole [week|weeks], and a rate of false alarms can be kept from {least} on",
                n_weeks,
                least=MIN_WEEKS,
            )
        )
    )


@kept_on_study
def alarmed_units(study: Study) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Return the units whose attacks are in alarm, as `watch_units` finds them by default, those of them whose alarm
    may rest on copies, or why none was judged.

    Their past weeks and the comparators are not computed.
    """
    panel = watched_panel(study)
    if problem := _watch_problem(study, "attacks", panel):
        return (), (), problem
    counts, least = panel.to_numpy(dtype=float), LEAST["attacks"]
    found, _ = _expect_now(counts, "counts", weeks_left_out(panel, None))
    level = shared_level(found, ALARMS_PER_YEAR / WEEKS_PER_YEAR, largest=MAX_ALPHA, least=least)
    judged = _Judged.of(counts, found, level, least)
    alarmed = judged.in_alarm()
    doubted = judged.rests_on(_alike(study, panel, "attacks")[1]) if alarmed.any() else alarmed
    return tuple(panel.columns[alarmed]), tuple(panel.columns[doubted]), ""


@kept_on_study
def watch_of(study: Study, *, quantity: str = "attacks") -> Watch:
    """Judge a study's units once, for this question and those that build on it: of deaths no past weeks are shown but
    those of units in alarm.
    """
    return watch_units(study, quantity=quantity, shown=SHOWN_UNITS if quantity == "attacks" else 0)


@in_its_language
def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    watch = watch_of(study)
    judged = watch.units[watch.units["status"].eq(COMPUTED)]
    n = int(watch.panel.to_numpy().sum())
    for comparator in watch.comparators.itertuples():
        name = f"{comparator.rule}_units"
        if comparator.status == COMPUTED:
            rows.add(name, comparator.n_units, n_incidents=n)
        else:
            rows.skip(name, comparator.reason)
    for quantity in DEATHS:
        deadly = watch_of(study, quantity=quantity)
        if deadly.problem:
            rows.skip(f"surge_{quantity}_units_above", deadly.problem)
        else:
            rows.add(
                f"surge_{quantity}_units_above", len(deadly.alerts), attacks=_attacks_of(study, deadly.alerts),
                method=say(RULE),
                detail={"units": deadly.alerts["unit"].tolist()},
            )  # fmt: skip
    if judged.empty:
        return rows.skip_rest(watch.problem).frame()
    rows.add("surge_units_judged", len(judged), n_incidents=n, method=say("count of units; {rule}", rule=say(RULE)))
    rows.add(
        "surge_units_above", len(watch.alerts), attacks=_attacks_of(study, watch.alerts),
        method=f"{say(RULE)}, {_control_words(watch)}",
        detail={"units": watch.alerts["unit"].tolist()},
    )  # fmt: skip
    rows.add(
        "surge_false_alarms_per_year", watch.expected_alarms, n_incidents=n, detail={"asked": watch.asked},
        otherwise=say("the false discovery rate bounds a share of alarms, not their number"),
    )  # fmt: skip
    first = judged.iloc[0]
    attacks = _attacks_of(study, judged.iloc[:1])
    detail = {"unit": first["unit"], "window_weeks": int(first["window_weeks"])}
    method = f"{first['rule']}, {first['unit']}"
    rows.add("surge_observed_to_expected", first["value"], attacks=attacks, method=method, detail=detail)
    rows.add("surge_p", first["p_value"], attacks=attacks, method=method, detail=detail)
    return rows.frame()


def _attacks_of(study: Study, units: pd.DataFrame) -> pd.DataFrame:
    ids = [name for held in units["incident_ids"] for name in held]
    return study.attacks[study.attacks["incident_id"].isin(ids)]


@in_its_language
def alerts_document(watch: Watch, study: Study) -> dict[str, object]:
    """Return what ``alerts.json`` holds: every unit with its rule, and how the alarms are controlled."""
    return {
        "schema": 1,
        "as_of": study.as_of,
        "selection": study.selection.as_dict(),
        "unit": study.selection.unit,
        "quantity": watch.quantity,
        "control": watch.control,
        "false_alarms_per_year": watch.expected_alarms,
        "asked": watch.asked,
        "simulated_over_asked": watch.times_asked,
        "simulated": simulated_words(watch) if not watch.problem else "",
        "alpha": watch.alpha,
        "n_units": len(watch.units),
        "n_alerts": len(watch.alerts),
        "n_unplaced_attacks": watch.n_unplaced,
        "n_rows_lost": watch.n_lost,
        "n_rows_read": watch.n_read,
        "recording": watch.recording,
        "comparators": watch.comparators.to_dict("records"),
        "units": watch.units.to_dict("records"),
    }


def _unjudged(study: Study, panel: pd.DataFrame, reason: str) -> pd.DataFrame:
    """Return a row for each unit that says why it was not judged."""
    n = panel.shape[1]
    none = np.full((len(WINDOWS), n), np.nan)
    judged = _Judged(np.zeros((len(WINDOWS), n)), none, none, none, none)
    table = _unit_rows(study, panel, judged, level=np.nan)
    return table.assign(status=NOT_COMPUTED, reason=reason, false_alarms_per_year=np.nan, observed=np.nan)


def _unit_rows(
    study: Study, panel: pd.DataFrame, judged: _Judged, *, level: float, quantity: str = "attacks"
) -> pd.DataFrame:
    names = panel.columns
    end = min(study.end, study.covered_end)
    # The window that is more unusual; the shorter of two alike. Before that: one that is above its bound.
    above = judged.observed >= judged.bound
    unusual = np.where(np.isnan(judged.p_value), 2.0, judged.p_value) + np.where(above.any(axis=0) & ~above, 1.0, 0.0)
    which = unusual.argmin(axis=0)
    weeks = np.array(WINDOWS)[which]
    n_alike, alike = _alike(study, panel, quantity)
    observed, expected, p_value, bound, n_alike = (
        np.take_along_axis(part, which[None], axis=0)[0]
        for part in (judged.observed, judged.expected, judged.p_value, judged.bound, n_alike)
    )
    ids: dict[str, list[str]] | pd.Series = {}
    in_part = np.zeros(len(names), dtype=int)
    if not study.holds_counts and len(names):
        unit = names.get_indexer(study.units)
        share = np.select(
            [(unit >= 0) & (weeks[unit] == length) for length in WINDOWS],
            [study.shares_between(end - length * WEEK, end) for length in WINDOWS],
        )
        ids = study.attacks[share > 0].groupby(study.units[share > 0])["incident_id"].agg(list)
        in_part = np.bincount(unit[(share > 0) & (share < 1)], minlength=len(names))
    n_rows = [len(ids.get(name, [])) for name in names]
    may_be_new = judged.rests_on(_new(study, panel, quantity))
    rule = np.array([say(RULES[length]) for length in weeks], dtype=object)
    method = [
        clauses(one, say_count(IN_PART, n, part=part) if part else "")
        for one, n, part in zip(rule, n_rows, in_part.tolist(), strict=True)
    ]
    table = pd.DataFrame(
        {
            "unit": names,
            "rule": rule,
            "window_weeks": weeks,
            "period_start": end - weeks * WEEK,
            "period_end": end,
            "observed": observed,
            "n_alike": list(map(rounded, n_alike)),
            "n_in_part": in_part,
            "expected": expected,
            "upper": bound - 1,
            "p_value": p_value,
            "alarm": judged.in_alarm(),
            "may_be_copies": judged.rests_on(alike),
            "may_be_new": may_be_new,
            "new": _new_names(study, names, may_be_new),
            "may_be_hidden": False,
            "above_since": pd.Series(pd.NaT, index=range(len(names)), dtype="datetime64[us]"),
            "false_alarms_per_year": np.nansum(judged.rate, axis=0) * WEEKS_PER_YEAR,
            "value": observed / expected,
            "low": np.nan,
            "high": np.nan,
            "level": 1 - level,
            "method": method,
            "n_incidents": n_rows,
            "incident_ids": [ids.get(name, []) for name in names],
            "status": COMPUTED,
            "reason": "",
        }
    )
    return table.sort_values(
        ["alarm", "p_value", "observed", "unit"], ascending=[False, True, False, True], ignore_index=True
    )


def _above_since(
    study: Study, panel: pd.DataFrame, recent: Expectation, *, level: float, quantity: str
) -> dict[str, pd.Timestamp]:
    """Return the first day of each unit's unbroken run of alarms: when the sums of its first week in alarm passed their
    bounds of that week.
    """
    counts = panel.to_numpy(dtype=float)
    sums = np.stack([window_sums(counts, weeks) for weeks in WINDOWS])
    fired: np.ndarray = np.any((recent.p_value <= level) & (sums >= LEAST[quantity]), axis=0)
    since = {}
    for column, name in enumerate(panel.columns):
        run = 0
        while run < min(SHOWN_WEEKS, len(counts)) and fired[-1 - run, column]:
            run += 1
        if not run:
            continue
        back = run - 1
        bound, _ = recent.bounds(level, LEAST[quantity], back=back)
        start = panel.index[len(panel) - 1 - back]
        if study.holds_counts:  # no days are known within a week
            since[name] = start
            continue
        days = study.whole_days[study.units.eq(name) & study.whole_days.between(start, start + WEEK - DAY)]
        days = days.sort_values(kind="stable")
        attacks = study.attacks.loc[days.index]
        values = attacks[DEATHS[quantity]].fillna(0.0).clip(upper=MOST_DEATHS) if quantity in DEATHS else 1.0
        running = pd.Series(values, index=attacks.index, dtype=float).cumsum()
        passed = []
        for window, weeks in enumerate(WINDOWS):
            before = counts[len(counts) - back - weeks : len(counts) - 1 - back, column].sum()
            passed += days[before + running >= bound[window, column]].iloc[:1].tolist()
        since[name] = min(passed) if passed else start
    return since


def _series(
    panel: pd.DataFrame, recent: Expectation, left_out: np.ndarray, *, level: float, least: float
) -> pd.DataFrame:
    """Return the shown units' recent weeks, observed beside expected and bound."""
    n_shown, n_units = min(SHOWN_WEEKS, len(panel)), panel.shape[1]
    last = slice(len(panel) - n_shown, None)
    counts = panel.to_numpy(dtype=float)
    upper, bounds = np.full((n_shown, n_units), np.nan), None
    for back in range(n_shown):
        if np.isfinite(recent.shift[:, len(panel) - 1 - back]).any():
            bounds, _ = recent.bounds(level, least, back=back, windows=slice(1), near=bounds)
            upper[n_shown - 1 - back] = bounds[0] - 1
    fours = window_sums(counts, WINDOWS[-1])[last]
    long = (recent.p_value[-1, last] <= level) & (fours >= least)
    starts = panel.index[last]
    table = pd.DataFrame(
        {
            "unit": pd.Series(np.repeat(panel.columns.to_numpy(), n_shown), dtype="str"),
            "period_start": np.tile(starts, n_units),
            "period_end": np.tile(starts + WEEK, n_units),
            "observed": counts[last].ravel(order="F"),
            "expected": recent.expected[0, last].ravel(order="F"),
            "upper": upper.ravel(order="F"),
            "alarm": (counts[last] > np.where(np.isnan(upper), np.inf, upper)).ravel(order="F"),
            "four_weeks": np.where(long, fours / WINDOWS[-1], np.nan).ravel(order="F"),
            "left_out": left_out[last].ravel(order="F"),
            "status": COMPUTED,
            "reason": "",
        }
    )
    return table[SERIES_COLUMNS]


def doubts_words(watch: Watch, called: Callable[[str], str] = str) -> list[str]:
    """Say what leaves alarms, or none, in doubt, how a unit is ``called``: copies, what is new, rows that are lost."""
    said = [copies_words(watch, called)] if len(watch.alerts) else []
    for column, words in (("may_be_new", NEW), ("may_be_hidden", HIDDEN)):
        held = watch.units[watch.units[column]]
        if len(held):
            new = held["new"] if column == "may_be_new" else [""] * len(held)
            listed = [
                f"{called(name)} ({what})" if what else called(name)
                for name, what in zip(held["unit"], new, strict=True)
            ]
            said.append(say_count(words, len(held), names=few(listed, MOST_NAMED)))
    if watch.n_lost > MOST_LOST * watch.n_read:
        said.append(say(LOST, n=watch.n_lost, all=watch.n_read))
    return [one for one in said if one]


def copies_words(watch: Watch, called: Callable[[str], str] = str) -> str:
    """Say of which alarms a part may be copies, how a unit is ``called``; nothing where there are none."""
    doubted = watch.alerts[watch.alerts["may_be_copies"]]
    if doubted.empty:
        return ""
    n, of = int(doubted["n_alike"].sum()), int(doubted["n_incidents"].sum())
    return say(COPIES, names=few(map(called, doubted["unit"]), MOST_NAMED), n=n, of=of)


def simulated_words(watch: Watch) -> str:
    """Say how well what was asked for was kept in simulations, and of what."""
    if watch.times_asked is None:
        return say("How well a share of false alarms on deaths is kept was not simulated.")
    low, high = (localised(f"{times:g}") for times in watch.times_asked)
    if watch.control == "fdr":
        return say(
            "Simulated where one unit in ten rises (Poisson and negative binomial counts, levels that wander, bursts),"
            " the share of false alarms was {low} to {high} times the one promised.",
            low=low, high=high,
        )  # fmt: skip
    if watch.quantity == "attacks":
        return say(
            "In simulations in which nothing changes (Poisson and negative binomial counts, levels that wander,"
            " bursts), false alarms came {low} to {high} times as often as promised.",
            low=low, high=high,
        )  # fmt: skip
    return say(
        "In simulations in which nothing changes (Poisson attacks, levels that wander, bursts; deaths by a power law),"
        " false alarms on deaths came {low} to {high} times as often as promised.",
        low=low, high=high,
    )  # fmt: skip


def _control_words(watch: Watch) -> str:
    if watch.control == "fdr":
        return say(
            "false discovery rate {rate:.0f} % over {units} units",
            rate=100 * watch.asked,
            units=len(watch.units),
        )
    return say(
        "{alarms:.2g} false alarms a year over {units} units", alarms=watch.expected_alarms, units=len(watch.units)
    )


# What ``study.surge`` holds as tables.
TABLES = (
    Table("units",
        "Every unit against what its own past led to expect, most unusual first: `alarm` says whether it stands above"
        " now, `above_since` since when.", lambda study: watch_of(study).units, because="surge_units_judged"),
    Table("alerts", "The units that stand above, `above_since` the day that each has done so without a break.",
        lambda study: watch_of(study).alerts,
        nothing=lambda study: watch_of(study).problem or say("no unit stands above its baseline")),
    Table("series", "Weekly attacks of each unit, with what was expected.", lambda study: watch_of(study).series,
        because="surge_units_judged"),
    Table("comparators", "Rules that users know from elsewhere.", lambda study: watch_of(study).comparators),
    Table("deaths_units", "Every unit by deaths, best estimate.",
        lambda study: watch_of(study, quantity="deaths").units, because="surge_deaths_units_above"),
)  # fmt: skip
