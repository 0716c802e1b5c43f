"""Can any of this be trusted?

How much of the span the table covers, how much of what a reference counted it holds, how well rows are dated and
placed, and what follows: a change of recording can look like a change in violence, so a trend is refused where
completeness is known to swing, or known for too few periods to say that it does not. From earlier exports of the same
table: how long attacks take to be recorded, how many of the last weeks are still to come, and which results a newer
export moves.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.incidents.actors import names_nobody
from analysis.incidents.canonical import typed_frame
from analysis.incidents.check import possible_duplicates as possible_duplicates
from analysis.incidents.counting import counted_spans, rounded, shares_of
from analysis.incidents.counts import NEEDS_INCIDENTS, select_counts
from analysis.incidents.coverage import BROKEN_TIMES, CHOSEN, broken_off
from analysis.incidents.places import country_name
from analysis.incidents.reasons import IS_MISSING, NOT_A_DATE
from analysis.incidents.selection import select_attacks
from analysis.incidents.snapshots import SnapshotHistory, exported_on
from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study
from analysis.language import message, say, say_count
from analysis.measures.delays import (
    DELAY_METHOD,
    WEEK_DAYS,
    WITHIN_WEEKS,
    Reporting,
    added_late,
    nowcast_span,
    reporting_of,
)
from analysis.measures.exports import ExportComparison as ExportComparison
from analysis.measures.exports import compare_exports as compare_exports
from analysis.measures.exports import diff_document as diff_document
from analysis.measures.exports import rank_moved as rank_moved
from analysis.measures.exports import results_moved as results_moved
from analysis.measures.exports import verdicts_of as verdicts_of
from analysis.measures.frequency import comparison_of
from analysis.measures.panels import dates_problem
from analysis.measures.result import (
    COMPUTED,
    TAIL_DTYPES,
    Basis,
    IndicatorRows,
    Measure,
    Table,
    clauses,
    row_tail,
)
from analysis.statistics import reporting
from analysis.statistics.distributions import binomial_interval, norm

QUESTION = "reliability"
HOLDS_FOR_COUNTS = True
# A swing in completeness by this factor would by itself look like a rise by half.
MAX_COMPLETENESS_RATIO = 1.5
# Without attacks that are like another a number must be so many times another for them to matter.
FACTOR_OF_COPIES = 1.2
# Of a file that goes from day to day, so many rows are dated no earlier (or no later) than the one before.
IN_ORDER = 0.95
# What can be new to a table.
NEW_IN = (("country",), ("admin1",), ("event_type",), ("actor_a", "actor_b"))
NEW_NAMES = {
    "country": message("the country {name}"),
    "admin1": message("the region {name}"),
    "event_type": message("the type of event {name}"),
    "actor_a": message("the party {name}"),
}
MOST_NEW = 2  # that are named of an alarm, or of a part
# Reference counts must speak for at least this share of the span before they can vouch for it.
MIN_REFERENCE_SHARE = 0.5
# Days without a row of the whole table that are out of keeping, and days with rows that it takes to tell.
LONG_SILENCE, LEAST_FOR_A_SILENCE = 180, 20
LOOKED_AT_DAYS = 450  # by the verdict

MEASURES = (
    Measure("coverage_share", "share", "Share of the days from the study's start to as_of that the table covers.",
        message("days covered over days")),
    Measure("completeness", "share", "Attacks held over attacks that the reference counts, all its periods together.",
        message("ratio of counts, exact binomial interval"), "Clopper & Pearson 1934, Biometrika 26:404"),
    Measure("completeness_lowest", "share", "Completeness of the reference period with the least.",
        message("ratio of counts, exact binomial interval")),
    Measure("completeness_highest", "share", "Completeness of the reference period with the most.",
        message("ratio of counts, exact binomial interval")),
    Measure("completeness_ratio", "ratio",
        "Highest over lowest completeness: a change of recording alone could look like a change this large.",
        message("ratio of completeness")),
    Measure("rate_ratio_floor", "ratio",
        "The least that the true rate of attacks by anyone can have changed: as recorded, if the window were recorded"
        " in full and the baseline only as well as the reference periods. low and high carry both intervals.",
        message("recorded rate ratio times the reference periods' completeness")),
    Measure("dated_to_day", "share", "Attacks dated to the day.", message("share of attacks")),
    Measure("placed_near", "share", "Attacks located exactly or nearby, not to a region's centre.",
        message("share of attacks")),
    Measure("roles_stated", "share",
        "Attacks whose publisher says who attacked; elsewhere roles are assumed, or not known.",
        message("share of attacks")),
    Measure("attacker_named", "share", "Attacks by anyone in the same places and dates whose attacker is named.",
        message("share of attacks")),
    Measure("verified", "share", "Attacks supported by someone other than the attacker.",
        message("share of attacks whose table says")),
    Measure("deaths_known", "share", "Attacks for which any figure of deaths is given.", message("share of attacks")),
    Measure("rows_of_other_kinds", "rows",
        "Rows of the same countries and dates that are no attacks: demonstrations, strategic developments; or not of"
        " the types selected.", message("count")),
    Measure("summary_rows", "rows",
        "Rows of the selection that last over seven days: events without a day of their own, or summaries of several,"
        " which count in no rate, tail or chart.", message("count")),
    Measure("summary_deaths", "deaths", "Deaths in those rows, by the best estimate.", message("sum")),
    Measure("rows_set_aside", "rows", "Rows of the table that could not be used.", message("count")),
    Measure("cells_blanked", "cells", "Values that were impossible and are treated as unknown.", message("count")),
    Measure("possible_duplicates", "attacks",
        "Attacks alike in dates, place, both sides and deaths to another with a different id, beyond the first of each:"
        " possible duplicates, counted and never removed. incident_ids name all of each group.",
        message("count of rows alike")),
    Measure("sources_per_attack_ratio", "ratio",
        "Sources that an attack rests on, in the window over the baseline: away from 1, search or reporting was"
        " uneven.", message("ratio of means, interval on the log scale")),
    Measure("days_since_last_row", "days", "Days from the table's last incident in these places to as_of.",
        message("difference of days")),
    Measure("days_to_export", "days", "Days from as_of to the table's export: what reports had to arrive in.",
        message("difference of days")),
    Measure("reporting_delay_median", "days",
        "Time within which half of the attacks are in the table, of those recorded within the longest delay that the"
        " snapshots show.", message("chain ladder (reverse hazard) over snapshots"),
        "Lawless 1994, Canadian Journal of Statistics 22:15"),
    Measure("reported_within_4_weeks", "share",
        "Attacks in the table four weeks after their day, of those recorded within the longest delay that the snapshots"
        " show.", message("chain ladder (reverse hazard) over snapshots"),
        "Lawless 1994, Canadian Journal of Statistics 22:15"),
    Measure("nowcast_attacks", "attacks",
        "Attacks that the window will hold once all within the longest delay are recorded, if delays stay as they"
        " were.", message("nowcast from the reporting triangle, predictive interval"),
        "Lawless 1994, Canadian Journal of Statistics 22:15; Höhle & an der Heiden 2014, Biometrics 70:993"),
    Measure("attacks_added_late", "attacks",
        "Attacks that a snapshot does not hold though it covers their day: history that was added later.",
        message("count of ids first seen late")),
    Measure("rows_vanished", "rows", "Rows that an earlier snapshot holds and the table does not.",
        message("count of ids")),
)  # fmt: skip


def completeness(
    incidents: pd.DataFrame, reference: pd.DataFrame, *, level: float = 0.95, end: pd.Timestamp | None = None
) -> pd.DataFrame:
    """Compare the attacks held with a reference's counts, period by period.

    Parameters
    ----------
    incidents
        Canonical incidents by any attacker: a reference counts all.
    reference
        ``country, period_start, period_end, count, reporter``.
    end
        Reference periods that end later are left out.

    Returns
    -------
    pandas.DataFrame
        One row per reference period: ``unit, period_start, period_end, held, reference, reporter`` and the tail.
        ``value`` is held over reference; it is not capped, as a reference can miss what the table holds, and the
        binomial interval is then not given.
    """
    rows = []
    for count in reference.itertuples():
        if end is not None and count.period_end > end:
            continue
        local = incidents[incidents["country"].eq(count.country)]
        share = shares_of(local, count.period_start, count.period_end)
        rows.append(_held_row(count, round(share.sum()), level, local.loc[share > 0, "incident_id"].tolist()))
    return typed_frame(rows, _COMPLETENESS_DTYPES)


def _held_row(period: Any, n: int, level: float, ids: list[str]) -> dict[str, object]:
    total = int(period.count)
    return {
        "unit": period.country,
        "period_start": period.period_start,
        "period_end": period.period_end,
        "held": n,
        "reference": total,
        "reporter": period.reporter,
        **row_tail(
            n / total if total else np.nan,
            *_binomial(n, total, level),
            level=level,
            method=say("held over reference, Clopper-Pearson interval"),
            ids=ids,
            reason="" if total else say("the reference counts none"),
        ),
    }


def completeness_of_counts(
    counts: pd.DataFrame, reference: pd.DataFrame, *, level: float = 0.95, end: pd.Timestamp | None = None
) -> pd.DataFrame:
    """Compare a table of counts with a reference's counts, in those of its periods that whole periods of the table
    fill.

    Parameters
    ----------
    counts
        ``counts.COUNT_COLUMNS``.
    reference, end
        As `completeness` has them.

    Returns
    -------
    pandas.DataFrame
        As `completeness` returns it, without ids. A reference period that cuts a period of the table is left out: what
        of it lies inside is not known.
    """
    rows = []
    for row in reference.itertuples():
        if end is not None and row.period_end > end:
            continue
        local = counts[counts["country"].eq(row.country)]
        touched = local["period_start"].lt(row.period_end) & local["period_end"].gt(row.period_start)
        inside = local["period_start"].ge(row.period_start) & local["period_end"].le(row.period_end)
        # Each edge must be an edge of the table's periods: a unit and period without a row is a zero, not a gap.
        edges = {*counts["period_start"], *counts["period_end"]}
        if (touched & ~inside).any() or not {row.period_start, row.period_end} <= edges:
            continue
        held = int(local.loc[inside, "attacks"].sum())
        rows.append(_held_row(row, held, level, []) | {"n_incidents": held})
    return typed_frame(rows, _COMPLETENESS_DTYPES)


_COMPLETENESS_DTYPES = {
    "unit": "str", "period_start": "datetime64[us]", "period_end": "datetime64[us]", "held": "int64",
    "reference": "int64", "reporter": "str", **TAIL_DTYPES,
}  # fmt: skip


@dataclass(frozen=True)
class Completeness:
    """What the reference counts say of a study, and what that forbids."""

    periods: pd.DataFrame
    problem: str = ""
    trend_problem: str = ""

    @property
    def pooled(self) -> float:
        """Attacks held over attacks counted, all periods together."""
        return self.periods["held"].sum() / self.periods["reference"].sum()


@kept_on_study
def completeness_of(study: Study) -> Completeness:
    """Hold a study's table against its reference counts, once for every question that asks."""
    empty = completeness(study.incidents.iloc[:0], _reference(study).iloc[:0])
    if study.table.reference is None:
        return Completeness(empty, say("no reference count was given"))
    reference = _reference(study)[lambda table: table["period_start"].ge(study.start)]
    selection = study.selection
    part = bool(selection.admin1 or selection.event_type)  # of a country, of which the reference counts the whole
    if study.holds_counts:
        if part:
            reason = say("reference counts are of whole countries, and the selection is of a part of one")
            return Completeness(empty, reason)
        counts = study.counts
        if study.label:  # a part that is compared with others: the reference counts the whole
            whole = select_counts(
                study.table.counts, country=selection.country, overlapping=study.table.overlapping_types
            )
            counts = whole[whole["period_start"].ge(study.start) & whole["period_end"].le(study.end)]
        periods = completeness_of_counts(counts, reference, level=study.settings.level, end=study.end)
    else:
        days = {"first_day": study.start, "last_day": study.as_of}
        whole = select_attacks(study.table.incidents, country=selection.country, **days) if part else study.incidents
        periods = completeness(whole, reference, level=study.settings.level, end=study.end)
    periods = periods[periods["status"].eq(COMPUTED)]
    if periods.empty and study.holds_counts and len(reference):
        return Completeness(empty, say("no period of the reference count is filled by whole periods of the table"))
    if periods.empty:
        return Completeness(empty, say("no reference count speaks of these countries and dates"))
    held, counted = int(periods["held"].sum()), int(periods["reference"].sum())
    if held > counted:
        problem = say(
            "the reference count ({reporter}) is {counted} where the table holds {held}, and cannot tell what is "
            "missing",
            reporter=_reporters(periods), counted=counted, held=held,
        )  # fmt: skip
        return Completeness(periods, problem)
    return Completeness(periods, trend_problem=_trend_problem(study, periods))


@in_its_language
def trend_problem(study: Study) -> str:
    """Return why a change over time must not be computed from this table, or ``""`` where nothing forbids it."""
    if study.covered_end < study.end:
        return say("the table covers the selection only to {day}", day=study.covered_end - DAY)
    return recording_problem(study) or dates_problem(study)


@in_its_language
def recording_problem(study: Study) -> str:
    """Return why recording alone could look like a change, or ``""``: it varies, or is stated to be of chosen cases."""
    if (problem := completeness_of(study).trend_problem) or not (names := recorded_in_part(study, CHOSEN)):
        return problem
    return say("by the coverage table, not all attacks in {names} are recorded", names=", ".join(names))


@kept_on_study
def lost_days(study: Study) -> tuple[pd.Series, int]:
    """Return near which days those rows of a study lie that could not be used, by their neighbours in a file that goes
    from day to day, or in each of its parts; and of how many of the table's this is not known."""
    rows = study.table.incidents[["row", "date_start"]].sort_values("row")
    steps = rows["date_start"].diff().dropna().dt.days
    if study.holds_counts or max(steps.ge(0).mean(), steps.le(0).mean()) < IN_ORDER:
        return rows["date_start"].iloc[:0], study.table.n_lost
    # What names no number where its day should stand may lie anywhere, or be a line below the table.
    problems = study.table.problems
    wordy = problems["reason"].str.startswith(NOT_A_DATE) & ~problems["value"].astype("str").str.contains(r"\d")
    dated = np.setdiff1d(study.table.lost_rows, problems.loc[wordy | problems["reason"].eq(IS_MISSING), "row"])
    behind = np.searchsorted(rows["row"], dated).clip(max=len(rows) - 1)
    day, before = rows["date_start"].to_numpy(), (behind - 1).clip(0)
    near = rows.iloc[np.where(day[before] > day[behind], before, behind)]  # where a part ends, its last
    return near.loc[near["row"].isin(study.attacks["row"]), "date_start"], study.table.n_lost - len(dated)


def recorded_in_part(study: Study, basis: str) -> list[str]:
    """Return the names of a study's countries of which the coverage table says that some attacks were chosen, or that
    the record is ``in part``; but those of which reference counts tell how steadily it was kept."""
    coverage, known = study.table.coverage, completeness_of(study)
    in_part = set(coverage.loc[coverage["basis"].eq(basis), "country"]) & set(study.countries)
    return [country_name(code) for code in sorted(in_part - (set() if known.problem else set(known.periods["unit"])))]


@in_its_language
def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    provenance, covered = study.table.provenance, (study.covered_end - study.start) / (study.end - study.start)
    on: Basis = {"n_incidents": int(study.daily_counts().sum())} if study.holds_counts else {"attacks": study.attacks}
    rows.add("coverage_share", max(0.0, covered), **on | {"span": "history"})
    _add_completeness(rows, study)
    left_out = 0 if study.left_out is None else len(study.left_out)
    rows.add("rows_of_other_kinds", left_out, n_incidents=0, span="history")
    rows.add("rows_set_aside", provenance.rows_rejected, n_incidents=provenance.rows_read, span="history")
    rows.add("cells_blanked", provenance.cells_blanked, n_incidents=provenance.rows_read, span="history")
    if study.holds_counts:
        return rows.skip_rest(say(NEEDS_INCIDENTS), span="history").frame()
    attacks, summaries = study.attacks, study.summaries
    for name, held, among in (
        ("dated_to_day", attacks["date_precision"].eq("day"), attacks),
        ("placed_near", attacks["geo_precision"].isin(["exact", "near"]), attacks),
        ("roles_stated", attacks["role_basis"].eq("stated"), attacks),
        ("attacker_named", _named(study.incidents), study.incidents),
        ("verified", attacks["verified"].eq(True), attacks[attacks["verified"].notna()]),
        (
            "deaths_known",
            attacks[["fatalities_low", "fatalities_best", "fatalities_high"]].notna().any(axis=1),
            attacks,
        ),
    ):
        unstated, words = {
            "dated_to_day": ("date_precision", say("the publisher states no precision of dates")),
            "placed_near": ("geo_precision", say("the publisher states no precision of places")),
        }.get(name, ("", ""))
        if among.empty:
            rows.skip(name, say("the table does not say"), span="history")
        elif unstated and among[unstated].eq("unstated").mean() > 0.5:  # the few that say so tell nothing of the others
            rows.skip(name, words, span="history")
        else:
            rows.add(name, held[among.index].mean(), n_incidents=len(among), span="history")
    rows.add("summary_rows", 0 if summaries is None else len(summaries), attacks=summaries, span="history")
    deaths = 0 if summaries is None else summaries["fatalities_best"].sum()
    rows.add("summary_deaths", deaths, attacks=summaries, span="history")
    alike = duplicates_of(study)
    rows.add(
        "possible_duplicates",
        len(alike) - alike["group"].nunique(),
        n_incidents=len(attacks),
        attacks=alike,
        span="history",
    )
    _add_effort(rows, study)
    last = min(counted_spans(study.incidents)[1].max() - DAY, study.as_of)  # of a rough date the last that it may be
    rows.add("days_since_last_row", (study.as_of - last) // DAY,
             n_incidents=len(study.incidents), span="history")  # fmt: skip
    _add_reporting(rows, study)
    return rows.frame()


@kept_on_study
def longest_silence(study: Study) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return the first and last day of a silence that is out of keeping with a table's other rows, where nobody states
    that its days are covered.

    It is the longest run of the study's days without any row of the whole table, if that is half a year or more and
    20 times the usual gap between days with rows; or else the last in which rows of the countries asked for are
    missing, as of `broken_off`. Of a table of counts it is the last periods of which it has no row, though it
    had some of every period for two years. None where coverage is stated.
    """
    if not study.table.coverage["basis"].eq("assumed").all():
        return None
    if study.holds_counts:
        return _missing_periods(study)
    rows = study.table.incidents
    within = rows["date_start"].between(study.start, study.end, inclusive="left")
    days = np.unique(rows.loc[within, "date_start"].to_numpy())
    if days.size < LEAST_FOR_A_SILENCE:
        return None
    gaps = np.diff(days) // DAY.to_timedelta64()
    longest = int(gaps.argmax())
    if gaps[longest] >= max(LONG_SILENCE, 20 * np.median(gaps)):
        return pd.Timestamp(days[longest]) + DAY, pd.Timestamp(days[longest + 1]) - DAY
    if countries := study.selection.country:
        within &= rows["country"].isin(countries)
    silences = broken_off(rows.loc[within, "date_start"], study.end - DAY)
    within_it = [(last + DAY, back - DAY) for last, back in silences if back < study.end]
    return within_it[-1] if within_it else None


@dataclass(frozen=True)
class Pause:
    """Days without a row of one country among several, though some must be missing, and how many attacks it would have
    had in them at the pace of the year before."""

    country: str
    first: pd.Timestamp
    last: pd.Timestamp
    missing: float


@kept_on_study
def pause_of(study: Study) -> Pause | None:
    """Return the pause, as of `broken_off`, in which most attacks of one of a study's countries are missing; none where
    it has one country, where coverage is stated, or where none ends in the days that the verdict looks at."""
    rows = study.table.rows
    codes = study.selection.country or tuple(rows["country"].unique())
    if len(codes) < 2 or not study.table.coverage["basis"].eq("assumed").all():
        return None
    day = "date_start" if study.counts is None else "period_start"
    rows = rows[rows["country"].isin(codes) & rows[day].between(study.start, study.end, inclusive="left")]
    number, of = study.row_numbers(), study.counted_rows["country"]
    found = []
    for code, own in rows.groupby("country", observed=True):
        asked: dict[str, Any] = {} if study.counts is None else {"events": own["attacks"], "times": 1.8}
        for last, back in broken_off(own[day], study.end - DAY, **asked):
            ended = own.loc[own[day].eq(last), "period_end"].max() if study.counts is not None else last + DAY
            if study.end - LOOKED_AT_DAYS * DAY < back < study.end:
                before = (number * study.shares_between(last - 365 * DAY, last))[of.eq(code).to_numpy()].sum()
                pause = Pause(country_name(str(code)), ended, back - DAY, float(before) * ((back - ended) / DAY) / 365)
                found.append(pause)
    return max(found, key=lambda one: one.missing, default=None)


@kept_on_study
def ended_units(study: Study) -> dict[str, pd.Timestamp]:
    """Return the first-order units of a table of counts whose rows end so long before the study that some must be
    missing, as of `broken_off`, each with its last day; none where coverage is stated."""
    if study.counts is None or not study.table.coverage["basis"].eq("assumed").all():
        return {}
    rows, counted = study.table.rows, study.counts[["country", "admin1"]].drop_duplicates()
    rows = rows[rows["period_start"].between(study.start, study.end, inclusive="left")].merge(counted)
    # Of many units few can have ended: those with a row for most of their periods, and none of late.
    of_unit = rows.groupby(["country", "admin1"])["period_start"]
    first, last, n = (of_unit.transform(how) for how in ("min", "max", "nunique"))
    period = study.count_period_days * DAY
    rows = rows[(last <= study.end - BROKEN_TIMES * period) & (n * period >= 0.5 * (last - first))]
    found = {}
    for (_, name), own in rows.groupby(["country", "admin1"]):
        silences = broken_off(own["period_start"], study.end - DAY, events=own["attacks"])
        if silences and silences[-1][1] == study.end:
            found[name] = own["period_end"].max() - DAY
    return found


def _missing_periods(study: Study) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Return the first and last day of the last periods of which a table of counts has no row, though it should."""
    rows = study.table.rows
    if countries := study.selection.country:
        rows = rows[rows["country"].isin(countries)]
    rows = rows[rows["period_start"].between(study.start, study.end, inclusive="left")]
    ends = rows.groupby("period_start")["period_end"].max()
    # Months are 28 to 31 days long.
    silences = broken_off(rows["period_start"], study.end - DAY, events=rows["attacks"], times=1.8)
    within_it = [(ends[last], back - DAY) for last, back in silences if back < study.end]
    return within_it[-1] if within_it else None


@dataclass(frozen=True)
class Newcomers:
    """Names without which the last days would hold no more than the year before, and which no row has before a day;
    ``told`` says of each what it names."""

    names: tuple[str, ...]
    first: pd.Timestamp
    told: tuple[str, ...]


def newcomers_of(study: Study, days: int, reference_days: int, *, least: float) -> Newcomers | None:
    """Return the countries, units, types of events or parties that make a rise and are new to the table: their first
    row comes a year or more after the table begins, within the spans compared.

    Parameters
    ----------
    study
        Of incidents or of counts.
    days, reference_days
        The last days, and those before them that they are compared with.
    least
        A ratio of their daily counts from which on there would be a rise without the new.
    """
    begin, split = study.end - (days + reference_days) * DAY, study.end - days * DAY
    counted, number = study.counted_rows, study.row_numbers()
    # Of a row that is dated roughly the share of its days that lie in each span.
    recent, before = study.shares_between(split, study.end), study.shares_between(begin, split)
    for columns, new, has in _new_since(study, begin):
        if not (number * recent)[has].any():
            continue
        named = pd.concat([counted[name][(recent > 0) & has] for name in columns])
        names = named[named.isin(new.index)].value_counts().index
        # Of the new those with most rows, and no more of them than it takes: without these it would be no rise.
        first = np.min([(names.get_indexer(counted[name]) % (len(names) + 1)) for name in columns], axis=0)
        others_now, others_then = (
            (number * share).sum() - np.cumsum(np.bincount(first, number * share, len(names) + 1))[:-1]
            for share in (recent, before)
        )
        enough = np.flatnonzero(others_now * reference_days <= least * others_then * days + 1e-9)
        if enough.size:
            names = names[: enough[0] + 1]
            called, told = (tuple(tell(columns[0], name) for name in names) for tell in (_new_words, told_as_new))
            return Newcomers(called, new[names].min(), told)
    return None


def _new_words(kind: str, name: str) -> str:
    if kind == "event_type":
        return say("{name} (type of event)", name=name)
    return country_name(name) if kind == "country" else name


def told_as_new(kind: str, name: str) -> str:
    """Return what of the table is new, by the column that has it: ``the region Gao``."""
    return say(NEW_NAMES[kind], name=country_name(name) if kind == "country" else name)


def _new_since(study: Study, day: pd.Timestamp) -> Iterator[tuple[tuple[str, ...], pd.Series, np.ndarray]]:
    """Yield of what can be new the columns, the first days of the names that the table has only since a day, and since
    a year or more after it begins, and which counted rows have one."""
    table, counted = study.table.rows, study.counted_rows
    started = table["date_start" if study.counts is None else "period_start"]
    since = max(day, started.min() + 365 * DAY)
    for columns in NEW_IN:
        if set(columns) <= set(table.columns) & set(counted.columns):
            firsts = pd.concat([started.groupby(table[name]).min() for name in columns]).groupby(level=0).min()
            new = firsts[firsts.ge(since)]
            yield columns, new, np.any([counted[name].isin(new.index) for name in columns], axis=0)


def new_among(study: Study, day: pd.Timestamp, rows: np.ndarray) -> list[tuple[str, str]]:
    """Return of some counted rows what the table has only since a day, as of `rows_with_new`: the column and the name,
    those of most rows first."""
    counted, found = study.counted_rows, dict[tuple[str, str], int]()
    for columns, new, has in _new_since(study, day):
        named = pd.concat([counted[name][has & rows] for name in columns])
        of_rows = named[named.isin(new.index)].value_counts()
        found |= {(columns[0], str(name)): n for name, n in of_rows[of_rows > 0].items()}
    return sorted(found, key=lambda one: -found[one])


def rows_with_new(study: Study, day: pd.Timestamp) -> np.ndarray:
    """Return which counted rows have a country, unit, type of event or party that the table has only since a day, and
    since a year or more after it begins."""
    return np.any([has for _, _, has in _new_since(study, day)], axis=0)


def copies_that_matter(
    study: Study,
    before: tuple[pd.Timestamp, pd.Timestamp],
    now: tuple[pd.Timestamp, pd.Timestamp],
    *,
    quantity: str = "attacks",
) -> int:
    """Return how many attacks of two spans of days, ``[start, end)`` each, are like another, or how many deaths such
    have, where the ratio of what is counted without these is another; else 0."""
    held = [(copied_between(study, *span, quantity), study.count_between(*span, quantity)) for span in (before, now)]
    kept = [1 - n / max(of, 1) for n, of in held]
    return rounded(sum(n for n, _ in held)) if max(kept) > FACTOR_OF_COPIES * min(kept) else 0


def copied_between(study: Study, start: pd.Timestamp, end: pd.Timestamp, quantity: str = "attacks") -> float:
    """Return how many attacks of some days, ``[start, end)``, are like an earlier one, or how many deaths such have."""
    alike = duplicates_of(study)
    again = alike[alike["group"].duplicated() & alike["date_start"].ge(start) & alike["date_start"].lt(end)]
    return float(again["fatalities_best"].sum()) if quantity == "deaths" else float(len(again))


@kept_on_study
def without_copies(study: Study) -> Study:
    """Return a study without the attacks that are like an earlier one, which may be copies."""
    return replace(study, attacks=study.attacks[~copies_of(study)].reset_index(drop=True))


@kept_on_study
def copies_of(study: Study) -> np.ndarray:
    """Return which of a study's attacks are like an earlier one, and may be copies: one row each, in their order."""
    alike = duplicates_of(study)
    return study.attacks["incident_id"].isin(alike.loc[alike["group"].duplicated(), "incident_id"]).to_numpy()


@kept_on_study
def duplicates_of(study: Study) -> pd.DataFrame:
    """Return `possible_duplicates` of a study's attacks, once for all that ask."""
    return possible_duplicates(study.attacks)


def _add_effort(rows: IndicatorRows, study: Study) -> None:
    name = "sources_per_attack_ratio"
    attacks = study.attacks[study.attacks["n_sources"].gt(0)]
    if study.attacks["n_sources"].isna().all():
        rows.skip(name, say("no column tells on how many sources a row rests"), baseline=True)
        return
    if problem := study.baseline_problem():
        rows.skip(name, problem, baseline=True)
        return
    days = study.whole_days[attacks.index]
    parts = [
        attacks[days.ge(first) & days.lt(last)]
        for first, last in ((study.window_start, study.end), (study.baseline_start, study.window_start))
    ]
    if min(map(len, parts)) < 2:
        reason = say("fewer than two attacks of the window or the baseline tell their sources")
        rows.skip(name, reason, baseline=True)
        return
    (recent, relative), (earlier, other) = [
        (part["n_sources"].mean(), part["n_sources"].var() / (len(part) * part["n_sources"].mean() ** 2))
        for part in parts
    ]
    ratio, error = recent / earlier, np.sqrt(relative + other)
    # Where every row tells the same number there is no spread to make an interval of.
    reach = norm.ppf((1 + study.settings.level) / 2) * error if error > 0 else np.nan
    rows.add(
        name, ratio, low=ratio * np.exp(-reach), high=ratio * np.exp(reach),
        level=study.settings.level if error > 0 else np.nan,
        attacks=pd.concat(parts), baseline=True,
        method=say(
            "ratio of means ({recent:.2g} over {earlier:.2g} sources), interval on the log scale",
            recent=recent, earlier=earlier,
        ),
    )  # fmt: skip


def _add_reporting(rows: IndicatorRows, study: Study) -> None:
    exported = exported_on(study.table.provenance)
    if exported is not None:
        rows.add("days_to_export", (exported - study.as_of) // DAY, n_incidents=len(study.incidents), span="history")
    else:
        reason = say("the table's file name does not tell the one day of its export")
        rows.skip("days_to_export", reason, span="history")
    known = reporting_of(study)
    if known.estimate is None:
        rows.skip(("reporting_delay_median", "reported_within_4_weeks"), known.problem, span="history")
        rows.skip("nowcast_attacks", known.problem)
    else:
        _add_delays(rows, study, known, known.estimate)
    if study.snapshots is None:
        rows.skip(("attacks_added_late", "rows_vanished"), known.problem, span="history")
        return
    late = added_late(study)
    rows.add("attacks_added_late", len(late), attacks=late, span="history", method=_over_exports(study.snapshots))
    rows.add("rows_vanished", len(study.snapshots.vanished), span="history", method=_over_exports(study.snapshots),
             n_incidents=len(study.snapshots.first_seen))  # fmt: skip


def _add_delays(rows: IndicatorRows, study: Study, known: Reporting, estimate: reporting.DelayDistribution) -> None:
    level = study.settings.level
    tails = [(1 - level) / 2, (1 + level) / 2]
    within = say("{whose}, within {weeks} weeks", whose=known.whose, weeks=estimate.max_delay + 1)
    of = clauses(say(DELAY_METHOD), within)
    for name, tell in (
        ("reporting_delay_median", lambda share: WEEK_DAYS * reporting.delay_quantile(share, 0.5)),
        ("reported_within_4_weeks", lambda share: reporting.share_recorded(share, WITHIN_WEEKS)),
    ):
        value, (low, high) = float(tell(estimate.cumulative)), np.quantile(tell(estimate.draws), tails)
        rows.add(name, value, low=min(low, value), high=max(high, value), level=level, n_incidents=estimate.n_reports,
                 span="history", method=of)  # fmt: skip
    if problem := study.window_problem():
        rows.skip("nowcast_attacks", problem)
        return
    cast = nowcast_span(study, known, study.window_start, study.end)
    inside = study.whole_attacks(study.window_start, study.end)
    rows.add(
        "nowcast_attacks", cast.total_expected, low=cast.total_low, high=cast.total_high, level=level, attacks=inside,
        method=clauses(
            say(
                "{n} recorded by {day} and those still to come within {weeks} weeks",
                n=len(inside), day=known.vintage, weeks=estimate.max_delay + 1,
            ),
            say("delays: {whose}", whose=known.whose),
        ),
    )  # fmt: skip


def _over_exports(history: SnapshotHistory) -> str:
    return say_count("count of ids over {n} earlier [export|exports] and the table", len(history.vintages))


def _add_completeness(rows: IndicatorRows, study: Study) -> None:
    known = completeness_of(study)
    level = study.settings.level
    if known.problem:
        names = ("completeness", "completeness_lowest", "completeness_highest", "completeness_ratio")
        rows.skip(names, known.problem, span="history")
        rows.skip("rate_ratio_floor", known.problem, baseline=True)
        return
    periods = known.periods
    lowest, highest = periods.loc[periods["value"].idxmin()], periods.loc[periods["value"].idxmax()]

    def rest_on(chosen: pd.DataFrame) -> Basis:
        if study.holds_counts:
            return {"n_incidents": int(chosen["held"].sum()), "span": "history"}
        named = {name for ids in chosen["incident_ids"] for name in ids}
        return {"attacks": study.incidents[study.incidents["incident_id"].isin(named)], "span": "history"}

    pooled = _binomial(periods["held"].sum(), periods["reference"].sum(), level)
    rows.add("completeness", known.pooled, low=pooled[0], high=pooled[1], level=level, **rest_on(periods))
    for name, period in (("completeness_lowest", lowest), ("completeness_highest", highest)):
        rows.add(
            name, period["value"], low=period["low"], high=period["high"], level=level,
            **rest_on(periods.loc[[period.name]]),
            method=say("held {held} of {reference}", held=period["held"], reference=period["reference"]),
            detail={
                "held": int(period["held"]), "reference": int(period["reference"]),
                "month": f"{period['period_start']:%Y-%m}",
            },
        )  # fmt: skip
    ratio = highest["value"] / lowest["value"] if lowest["value"] > 0 else np.nan
    reason = say("one reference period holds no attack at all")
    rows.add("completeness_ratio", ratio, otherwise=reason, **rest_on(periods))
    # A reference counts attacks by anyone, so it can bound only the change of attacks by anyone.
    compared = comparison_of(study if study.holds_counts else replace(study, attacks=study.incidents))
    if compared.ratio is None:
        rows.skip("rate_ratio_floor", compared.problem, baseline=True)
    else:
        ratio = compared.ratio
        rows.add(
            "rate_ratio_floor", ratio.ratio * known.pooled, low=ratio.low * pooled[0], high=ratio.high * pooled[1],
            level=level, baseline=True,
            **(
                {"n_incidents": int(compared.n_recent + compared.n_earlier)}
                if study.holds_counts
                else {"attacks": pd.concat([compared.earlier, compared.recent])}
            ),
        )  # fmt: skip


def _trend_problem(study: Study, periods: pd.DataFrame) -> str:
    lowest, highest = periods["value"].min(), periods["value"].max()
    if highest > MAX_COMPLETENESS_RATIO * lowest:
        return say(
            "completeness varies between {low:.0f} % and {high:.0f} % of a reference count ({reporter}, {n} periods), "
            "which alone could look like a change",
            low=100 * lowest, high=100 * highest, reporter=_reporters(periods), n=len(periods),
        )  # fmt: skip
    days = ((periods["period_end"] - periods["period_start"]) // DAY).sum()
    if days < MIN_REFERENCE_SHARE * ((study.end - study.start) // DAY):
        return say(
            "reference counts speak for only {days} days of the span, too few to say that completeness held steady",
            days=int(days),
        )
    return ""


def _reporters(periods: pd.DataFrame) -> str:
    return ", ".join(dict.fromkeys(periods["reporter"]))


def _reference(study: Study) -> pd.DataFrame:
    reference = study.table.reference
    if reference is None:
        return pd.DataFrame(columns=["country", "period_start", "period_end", "count", "reporter"])
    countries = study.selection.country
    return reference[reference["country"].isin(countries)] if countries else reference


def _named(incidents: pd.DataFrame) -> pd.Series:
    codes, names = pd.factorize(incidents["attacker"])
    somebody = np.array([not names_nobody(name) for name in names] + [False])
    return pd.Series(somebody[codes], index=incidents.index)


def _binomial(held: int, total: int, level: float) -> tuple[float, float]:
    """Return the exact interval; none where more are held than counted, as that is no share."""
    if total == 0 or held > total:
        return np.nan, np.nan
    return binomial_interval(int(held), int(total), level=level)


# What ``study.reliability`` holds as tables.
TABLES = (
    Table("periods", "Attacks held against reference counts, period by period.",
        lambda study: completeness_of(study).periods, because="completeness"),
    Table("problems", "Rows and values of the table with problems.", lambda study: study.table.problems,
        nothing=message("every row was read as it stands")),
    Table("duplicates", "Attacks alike in date, place, sides and deaths.",
        duplicates_of,
        nothing=message("no two attacks are alike in date, place, sides and deaths")),
    Table("delays", "Share of attacks recorded by each age, from kept exports.",
        lambda study: reporting_of(study).delays, because="reporting_delay_median"),
    Table("weeks", "The last weeks as recorded and as they will be.", lambda study: reporting_of(study).weeks,
        because="nowcast_attacks"),
)  # fmt: skip
