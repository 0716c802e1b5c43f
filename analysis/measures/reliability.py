"""Can any of this be trusted?

How much of the span the table covers, how much of what a reference counted it holds, how well rows are dated and placed,
and what follows: a change of recording can look like a change in violence, so a trend is refused where completeness is
known to swing, or known for too few periods to say that it does not. From earlier exports of the same table: how long attacks
take to be recorded, how many of the last weeks are still to come, and which results a newer export moves.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.incidents.actors import names_nobody
from analysis.incidents.counts import NEEDS_INCIDENTS
from analysis.incidents.errors import SelectionError
from analysis.incidents.selection import select_attacks
from analysis.incidents.snapshots import SnapshotDiff, compare_snapshots, vintage_of
from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study, open_study
from analysis.language import message, say, say_count
from analysis.measures import compute_indicators, rows_of
from analysis.measures.frequency import comparison_of, count_within
from analysis.measures.result import COMPUTED, NOT_COMPUTED, IndicatorRows, Measure, Table, clauses
from analysis.statistics import reporting
from analysis.statistics.distributions import binomial_interval, norm

QUESTION = "reliability"
HOLDS_FOR_COUNTS = True
# A swing in completeness by this factor would by itself look like a rise by half.
MAX_COMPLETENESS_RATIO = 1.5
# Reference counts must speak for at least this share of the span before they can vouch for it.
MIN_REFERENCE_SHARE = 0.5
# Delays are told in weeks; snapshots closer together than that add nothing and are passed over.
WEEK_DAYS = 7
# Kept exports, the table itself among them, and attacks whose reporting they saw from the first day.
MIN_SNAPSHOTS, MIN_REPORTS = 4, 30
# A longest delay below this says too little of what is still to come.
MIN_DELAY_WEEKS = 8
WITHIN_WEEKS = 4
N_DRAWS = 2000
NO_SNAPSHOTS = message("no earlier exports of the table were given")

MEASURES = (
    Measure(
        "coverage_share", "share", "Share of the days from the study's start to as_of that the table covers.", message("days covered over days")
    ),
    Measure(
        "completeness",
        "share",
        "Attacks held over attacks that the reference counts, all its periods together.",
        message("ratio of counts, exact binomial interval"),
        "Clopper & Pearson 1934, Biometrika 26:404",
    ),
    Measure("completeness_lowest", "share", "Completeness of the reference period with the least.", message("ratio of counts, exact binomial interval")),
    Measure("completeness_highest", "share", "Completeness of the reference period with the most.", message("ratio of counts, exact binomial interval")),
    Measure(
        "completeness_ratio",
        "ratio",
        "Highest over lowest completeness: a change of recording alone could look like a change this large.",
        message("ratio of completeness"),
    ),
    Measure(
        "rate_ratio_floor",
        "ratio",
        "The least that the true rate of attacks by anyone can have changed: as recorded, if the window were recorded in full "
        "and the baseline only as well as the reference periods. low and high carry both intervals.",
        message("recorded rate ratio times the reference periods' completeness"),
    ),
    Measure("dated_to_day", "share", "Attacks dated to the day.", message("share of attacks")),
    Measure("placed_near", "share", "Attacks located exactly or nearby, not to a region's centre.", message("share of attacks")),
    Measure("roles_stated", "share", "Attacks whose publisher says who attacked; elsewhere roles are assumed, or not known.", message("share of attacks")),
    Measure("attacker_named", "share", "Attacks by anyone in the same places and dates whose attacker is named.", message("share of attacks")),
    Measure("verified", "share", "Attacks supported by someone other than the attacker.", message("share of attacks whose table says")),
    Measure("deaths_known", "share", "Attacks for which any figure of deaths is given.", message("share of attacks")),
    Measure(
        "rows_of_other_kinds",
        "rows",
        "Rows of the same countries and dates that are no attacks: demonstrations, strategic developments; or not of the types selected.",
        message("count"),
    ),
    Measure(
        "summary_rows",
        "rows",
        "Rows of the selection that last more than seven days: summaries of a campaign, which count in no rate, tail or chart.",
        message("count"),
    ),
    Measure("summary_deaths", "deaths", "Deaths in those rows, by the best estimate.", message("sum")),
    Measure("rows_set_aside", "rows", "Rows of the table that could not be used.", message("count")),
    Measure("cells_blanked", "cells", "Values that were impossible and are treated as unknown.", message("count")),
    Measure(
        "possible_duplicates",
        "attacks",
        "Attacks alike in dates, place, both sides and deaths to another with a different id, beyond the first of each: possible "
        "duplicates, counted and never removed. incident_ids name all of each group.",
        message("count of rows alike"),
    ),
    Measure(
        "sources_per_attack_ratio",
        "ratio",
        "Sources that an attack rests on, in the window over the baseline: away from 1, search or reporting was uneven.",
        message("ratio of means, interval on the log scale"),
    ),
    Measure("days_since_last_row", "days", "Days from the table's last incident in these places to as_of.", message("difference of days")),
    Measure("days_to_export", "days", "Days from as_of to the table's export: what reports had to arrive in.", message("difference of days")),
    Measure(
        "reporting_delay_median",
        "days",
        "Time within which half of the attacks are in the table, of those recorded within the longest delay that the snapshots show.",
        message("chain ladder (reverse hazard) over snapshots"),
        "Lawless 1994, Canadian Journal of Statistics 22:15",
    ),
    Measure(
        "reported_within_4_weeks",
        "share",
        "Attacks in the table four weeks after their day, of those recorded within the longest delay that the snapshots show.",
        message("chain ladder (reverse hazard) over snapshots"),
        "Lawless 1994, Canadian Journal of Statistics 22:15",
    ),
    Measure(
        "nowcast_attacks",
        "attacks",
        "Attacks that the window will hold once all within the longest delay are recorded, if delays stay as they were.",
        message("nowcast from the reporting triangle, predictive interval"),
        "Lawless 1994, Canadian Journal of Statistics 22:15; Höhle & an der Heiden 2014, Biometrics 70:993",
    ),
    Measure(
        "attacks_added_late",
        "attacks",
        "Attacks that a snapshot does not hold though it covers their day: history that was added later.",
        message("count of ids first seen late"),
    ),
    Measure("rows_vanished", "rows", "Rows that an earlier snapshot holds and the table does not.", message("count of ids")),
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
        One row per reference period: ``unit, period_start, period_end, held, reference, reporter`` and the tail. ``value``
        is held over reference; it is not capped, as a reference can miss what the table holds, and the binomial
        interval is then not given.
    """
    rows = []
    for count in reference.itertuples():
        if end is not None and count.period_end > end:
            continue
        local = incidents[incidents["country"].eq(count.country)]
        held, _, _ = count_within(local, count.period_start, count.period_end)
        n, total = len(held), int(count.count)
        low, high = _binomial(n, total, level)
        rows.append(
            {
                "unit": count.country,
                "period_start": count.period_start,
                "period_end": count.period_end,
                "held": n,
                "reference": total,
                "reporter": count.reporter,
                "value": n / total if total else np.nan,
                "low": low,
                "high": high,
                "level": level,
                "method": say("held over reference, Clopper-Pearson interval"),
                "n_incidents": n,
                "incident_ids": held["incident_id"].tolist(),
                "status": COMPUTED if total else NOT_COMPUTED,
                "reason": "" if total else say("the reference counts none"),
            }
        )
    return pd.DataFrame(rows, columns=list(_COMPLETENESS_DTYPES)).astype(_COMPLETENESS_DTYPES)


_COMPLETENESS_DTYPES = {
    "unit": "str",
    "period_start": "datetime64[us]",
    "period_end": "datetime64[us]",
    "held": "int64",
    "reference": "int64",
    "reporter": "str",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "level": "float64",
    "method": "str",
    "n_incidents": "int64",
    "incident_ids": "object",
    "status": "str",
    "reason": "str",
}


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
    periods = completeness(
        study.incidents,
        _reference(study)[lambda table: table["period_start"].ge(study.start)],
        level=study.settings.level,
        end=study.end,
    )
    periods = periods[periods["status"].eq(COMPUTED)]
    if periods.empty:
        return Completeness(empty, say("no reference count speaks of these countries and dates"))
    return Completeness(periods, trend_problem=_trend_problem(study, periods))


@in_its_language
def trend_problem(study: Study) -> str:
    """Return why a change over time must not be computed from this table, or ``""`` where nothing forbids it."""
    if study.covered_end < study.end:
        return say("the table covers the selection only to {day}", day=study.covered_end - DAY)
    return completeness_of(study).trend_problem


@in_its_language
def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    if study.holds_counts:
        return _of_counts(study, rows)
    attacks = study.attacks
    covered = (study.covered_end - study.start) / (study.end - study.start)
    rows.add("coverage_share", max(0.0, covered), attacks=attacks, span="history")
    _add_completeness(rows, study)
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
        elif unstated and among[unstated].eq("unstated").all():
            rows.skip(name, words, span="history")
        else:
            rows.add(name, held[among.index].mean(), n_incidents=len(among), span="history")
    left_out, summaries = study.left_out, study.summaries
    rows.add("rows_of_other_kinds", 0 if left_out is None else len(left_out), n_incidents=0, span="history")
    rows.add("summary_rows", 0 if summaries is None else len(summaries), attacks=summaries, span="history")
    deaths = 0 if summaries is None else summaries["fatalities_best"].sum()
    rows.add("summary_deaths", deaths, attacks=summaries, span="history")
    provenance = study.table.provenance
    rows.add("rows_set_aside", provenance.rows_rejected, n_incidents=provenance.rows_read, span="history")
    rows.add("cells_blanked", provenance.cells_blanked, n_incidents=provenance.rows_read, span="history")
    alike = possible_duplicates(attacks)
    rows.add(
        "possible_duplicates",
        len(alike) - alike["group"].nunique(),
        n_incidents=len(attacks),
        attacks=alike,
        span="history",
    )
    _add_effort(rows, study)
    rows.add("days_since_last_row", (study.as_of - study.incidents["date_start"].max()) // DAY,
             n_incidents=len(study.incidents), span="history")  # fmt: skip
    _add_reporting(rows, study)
    return rows.frame()


def _of_counts(study: Study, rows: IndicatorRows) -> pd.DataFrame:
    """Return what can be said of a table of counts: what it covers, and what of it could not be used."""
    provenance, covered = study.table.provenance, (study.covered_end - study.start) / (study.end - study.start)
    rows.add("coverage_share", max(0.0, covered), n_incidents=int(study.daily_counts().sum()), span="history")
    rows.add("rows_set_aside", provenance.rows_rejected, n_incidents=provenance.rows_read, span="history")
    rows.add("cells_blanked", provenance.cells_blanked, n_incidents=provenance.rows_read, span="history")
    rows.add("rows_of_other_kinds", len(study.left_out), n_incidents=0, span="history")
    rows.skip_rest(say(NEEDS_INCIDENTS), span="history")
    return rows.frame()


def possible_duplicates(attacks: pd.DataFrame) -> pd.DataFrame:
    """Return attacks that are alike in dates, place, both sides and deaths and differ in id.

    Publishers rightly hold several attacks alike in all of these; a row without any place is like no other.

    Returns
    -------
    pandas.DataFrame
        ``group, incident_id, date_start, country, locality, attacker, target_actor, fatalities_best``, by group (numbered from
        1 in order of day) and id.
    """
    alike_in = [
        "date_start", "date_end", "country", "admin1", "admin2", "locality", "latitude", "longitude", "attacker",
        "target_actor", "fatalities_low", "fatalities_best", "fatalities_high",
    ]  # fmt: skip
    placed = attacks[attacks["locality"].notna() | attacks["latitude"].notna()]
    same = placed[placed.duplicated(alike_in, keep=False)].sort_values(["date_start", "incident_id"])
    number = same.groupby(alike_in, dropna=False, sort=False).ngroup() + 1
    shown = ["incident_id", "date_start", "country", "locality", "attacker", "target_actor", "fatalities_best"]
    table = same[shown].assign(group=number.astype("int64"))[["group", *shown]]
    return table.sort_values(["group", "incident_id"]).reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class Reporting:
    """How attacks of a study reached the table, from its kept snapshots; ``problem`` says why there are no delays.

    Attributes
    ----------
    delays
        One row a week of delay: ``delay_weeks, age_days`` and the tail; ``value`` is the share recorded by that age.
    triangle
        One row for each event week and delay that can have been seen: ``period_start, period_end, delay_weeks, value``.
    weeks
        The last weeks, oldest first: ``period_start, period_end, recorded`` and the tail; ``value`` is the nowcast.
    vintages
        As in `SnapshotHistory`, the table itself last where its day is known.
    """

    delays: pd.DataFrame
    triangle: pd.DataFrame
    weeks: pd.DataFrame
    vintages: pd.DataFrame
    estimate: reporting.DelayDistribution | None = None
    vintage: pd.Timestamp | None = None
    whose: str = ""
    mean_rate: float = np.nan
    n_before: int = 0
    problem: str = ""


@kept_on_study
def reporting_of(study: Study) -> Reporting:
    """Estimate a study's reporting delay from its kept snapshots, once for every question that asks.

    Of a week's attacks it is known in which snapshot each was first seen. What the first snapshot already holds, and what lies
    before it, has no known delay and is left out. Delays are those of the selected attacks, or, where these are fewer than
    ``MIN_REPORTS``, of attacks by anyone in the same places.
    """
    nothing = Reporting(*(pd.DataFrame(columns=list(columns)).astype(columns) for columns in (
        _DELAY_DTYPES, _TRIANGLE_DTYPES, _WEEK_DTYPES, _VINTAGE_DTYPES,
    )))  # fmt: skip
    history = study.snapshots
    if history is None:
        return replace(nothing, problem=say(NO_SNAPSHOTS))
    nothing = replace(nothing, vintages=_vintages(study, None))
    vintage, problem = _vintage(study)
    if problem:
        return replace(nothing, problem=problem)
    nothing = replace(nothing, vintages=_vintages(study, vintage), vintage=vintage)
    looks = _looks(history.vintages["vintage"], vintage)
    if len(looks) < MIN_SNAPSHOTS:
        return replace(
            nothing,
            problem=say(
                "exports at least a week apart, the table among them, are too few: {n} in place of {needed}",
                n=len(looks),
                needed=MIN_SNAPSHOTS,
            ),
        )
    seen, whose = _reports(study, study.attacks, looks), say("the selected attacks")
    if len(seen) < MIN_REPORTS:
        seen, whose = _reports(study, study.incidents, looks), say("attacks by anyone in the same places")
    n_before = int(study.attacks["date_start"].le(looks[0]).sum())
    if len(seen) < MIN_REPORTS:
        return replace(
            nothing,
            n_before=n_before,
            problem=say_count(
                "only {n} attack happened after the first export, of {day}; {needed} are needed",
                "only {n} attacks happened after the first export, of {day}; {needed} are needed",
                len(seen),
                day=looks[0],
                needed=MIN_REPORTS,
            ),
        )
    settings = study.settings
    estimate = reporting.estimate_delays(
        seen["after"], seen["by"], seen["age"], level=settings.level, n_draws=N_DRAWS, seed=settings.seed
    )
    if estimate.max_delay < MIN_DELAY_WEEKS:
        return replace(
            nothing,
            n_before=n_before,
            problem=say_count(
                "the exports show delays of up to {n} week only; {needed} are needed",
                "the exports show delays of up to {n} weeks only; {needed} are needed",
                estimate.max_delay,
                needed=MIN_DELAY_WEEKS,
            ),
        )
    mean_rate = _mean_rate(study, estimate, looks[0], vintage)
    known = replace(
        nothing, estimate=estimate, whose=whose, mean_rate=mean_rate, n_before=n_before,
        delays=_delay_table(estimate, seen), triangle=_triangle_table(seen, estimate, vintage),
    )  # fmt: skip
    return replace(known, weeks=_week_table(study, known))


def nowcast_span(study: Study, known: Reporting, start: pd.Timestamp, end: pd.Timestamp) -> reporting.Nowcast:
    """Tell how many of the selected attacks ``[start, end)`` will hold once all are recorded; cells are weeks of age, youngest first."""
    days = pd.date_range(start, end - DAY)
    age_of_day = ((known.vintage - days) // DAY // WEEK_DAYS).to_numpy()
    inside = study.attacks["date_start"].between(start, end - DAY)
    age_of_attack = ((known.vintage - study.attacks.loc[inside, "date_start"]) // DAY // WEEK_DAYS).to_numpy()
    ages, n_days = np.unique(age_of_day, return_counts=True)
    recorded = np.bincount(np.searchsorted(ages, age_of_attack), minlength=len(ages))
    return reporting.nowcast(
        recorded, ages, n_days / WEEK_DAYS, known.estimate,
        mean_rate=known.mean_rate, level=study.settings.level, seed=study.settings.seed,
    )  # fmt: skip


@in_its_language
def added_late(study: Study) -> pd.DataFrame:
    """Return the selected attacks that some snapshot does not hold though it covers their day, in time order.

    That is those whose day is no later than the last day of the snapshot before the first that held them.
    """
    history = study.snapshots
    last_days = history.vintages["last_day"].to_numpy()
    first = study.attacks["incident_id"].map(history.first_seen).fillna(len(last_days)).to_numpy(dtype=int)
    before = last_days[np.maximum(first - 1, 0)]
    return study.attacks[(first > 0) & (study.attacks["date_start"].to_numpy() <= before)].reset_index(drop=True)


def results_moved(old: Study, new: Study, *, questions: tuple[str, ...] = ()) -> pd.DataFrame:
    """Compare the indicators of two studies of one selection, on an older and a newer export.

    Parameters
    ----------
    old, new
        Studies with the same place, ``as_of`` and settings.
    questions
        Only these; default all.

    Returns
    -------
    pandas.DataFrame
        One row per measure in the order of the report: ``name, question, unit, measure_unit, old_value, old_low, old_high,
        new_value, new_low, new_high, change, moved, outside, old_reason, new_reason``. ``moved``: value, a bound or whether it
        could be computed differs beyond rounding (1e-9 of its size). ``outside``: the new value lies outside the old interval.

    Raises
    ------
    ValueError
        If the days or settings differ: what then moves would not be history's doing.
    """
    if old.as_of != new.as_of or old.settings != new.settings:
        raise ValueError(
            f"The studies are as of {old.as_of:%Y-%m-%d} and {new.as_of:%Y-%m-%d}; both must share as_of and settings."
        )
    sides = []
    for side, study in (("old", old), ("new", new)):
        rows = compute_indicators(study, questions=questions)
        kept = ["value", "low", "high", "level", "reason"]
        sides.append(
            rows.set_index("name")[["question", "measure_unit", *kept]].rename(columns={n: f"{side}_{n}" for n in kept})
        )
    table = sides[0].join(sides[1].drop(columns=["question", "measure_unit"])).reset_index()
    table["unit"] = old.place
    pairs = [(table[f"old_{part}"].to_numpy(), table[f"new_{part}"].to_numpy()) for part in ("value", "low", "high")]
    same = [np.isclose(before, after, rtol=1e-9, atol=1e-12, equal_nan=True) for before, after in pairs]
    table["change"] = table["new_value"] - table["old_value"]
    table["moved"] = ~np.logical_and.reduce(same)
    beyond = table["new_value"].lt(table["old_low"]) | table["new_value"].gt(table["old_high"])
    table["outside"] = beyond & table["old_level"].notna()
    return table[list(_MOVED_DTYPES)].astype(_MOVED_DTYPES)


@dataclass(frozen=True, eq=False)
class ExportComparison:
    """What changed between two exports, and which results moved, both as of one day."""

    old: Study
    new: Study
    rows: SnapshotDiff
    results: pd.DataFrame


def compare_exports(
    old: str | Path, new: str | Path, *, as_of: str = "", questions: tuple[str, ...] = (), **selection: object
) -> ExportComparison:
    """Open two exports of one table in the same way and compare rows and results.

    Parameters
    ----------
    old, new
        Files.
    as_of
        The day that both are judged at; default: the older table's last covered day, and none after its own export.
    questions
        Only results of these; default all.
    selection
        As for `open_study`.

    Raises
    ------
    TableError, SelectionError
        As `open_study` and `compare_snapshots`.
    """
    before = open_study(old, as_of=as_of, **selection)
    exported = vintage_of(old)
    if not as_of and exported is not None and exported < before.as_of:
        before = open_study(old, as_of=f"{exported:%Y-%m-%d}", **selection)
    after = open_study(new, as_of=f"{before.as_of:%Y-%m-%d}", **selection)
    for study in (before, after):
        if study.holds_counts:
            raise SelectionError(f"{study.table.provenance.file} cannot be compared row by row: {NEEDS_INCIDENTS}.")
    changed = compare_snapshots(before.table, after.table, only=_ids_of_selection(before) | _ids_of_selection(after))
    return ExportComparison(before, after, changed, results_moved(before, after, questions=questions))


def _ids_of_selection(study: Study) -> set[str]:
    """Return the ids of all rows that pass a study's selection, after its last day too: history and what is new."""
    chosen = {
        name: getattr(study.selection, name)
        for name in ("country", "admin1", "actor", "attacker", "target", "target_type", "event_type")
    }
    first = study.selection.from_date or None
    try:
        return set(
            select_attacks(study.table.incidents, first_day=first, actors=study.table.actors, **chosen)["incident_id"]
        )
    except SelectionError:
        return set()


def rank_moved(results: pd.DataFrame) -> pd.DataFrame:
    """Return the results that moved, most telling first: the verdict, then those outside their old interval, then by relative change."""
    moved = results[results["moved"]].copy()
    size = moved[["old_value", "new_value"]].abs().max(axis=1)
    moved["_change"] = (moved["change"].abs() / size.where(size > 0)).fillna(np.inf)
    moved["_verdict"] = moved["name"].ne("escalation_verdict")
    order = ["_verdict", "outside", "_change"]
    return (
        moved.sort_values(order, ascending=[True, False, False], kind="stable")
        .drop(columns=["_change", "_verdict"])
        .reset_index(drop=True)
    )


def verdicts_of(compared: ExportComparison) -> tuple[str, str] | None:
    """Return the verdict's word on the older and the newer export; none where the verdict was not asked for."""
    if "escalation_verdict" not in set(compared.results["name"]):
        return None
    words = []
    for study in (compared.old, compared.new):
        row = rows_of(study, "assessment").set_index("name").loc["escalation_verdict"]
        words.append(str(row["label"] or "") or (f"{row['value']:g}" if row["status"] == COMPUTED else "cannot tell"))
    return words[0], words[1]


def diff_document(compared: ExportComparison) -> dict[str, object]:
    """Return a comparison as plain values, for ``escalation diff --format json``."""
    rows = compared.rows
    vintages = {side: getattr(rows, f"{side}_vintage") for side in ("old", "new")}
    return {
        "schema": 1,
        "as_of": f"{compared.old.as_of:%Y-%m-%d}",
        "selection": compared.old.selection.as_dict(),
        "publisher": rows.publisher,
        "old": {"file": rows.old_file, "vintage": vintages["old"], "n_rows": rows.n_old, "last_day": rows.old_last_day},
        "new": {"file": rows.new_file, "vintage": vintages["new"], "n_rows": rows.n_new},
        "n_kept": rows.n_kept,
        "n_added": rows.n_added,
        "n_added_by_kind": rows.n_added_by_kind,
        "n_removed": rows.n_removed,
        "n_changed": rows.n_changed,
        "n_renewed": rows.n_renewed,
        "verdicts": verdicts_of(compared),
        "n_changed_by_column": dict(zip(rows.by_column["column"], rows.by_column["n_changed"].tolist(), strict=True)),
        "added": _records(rows.added),
        "removed": _records(rows.removed),
        "changed": _records(rows.changed),
        "results": _records(compared.results),
        "moved": rank_moved(compared.results)["name"].tolist(),
    }


_DELAY_DTYPES = {
    "delay_weeks": "int64", "age_days": "float64", "value": "float64", "low": "float64", "high": "float64", "level": "float64",
    "method": "str", "n_incidents": "int64", "incident_ids": "object", "status": "str", "reason": "str",
}  # fmt: skip
_TRIANGLE_DTYPES = {
    "period_start": "datetime64[us]", "period_end": "datetime64[us]", "delay_weeks": "int64", "value": "float64",
}  # fmt: skip
_WEEK_DTYPES = {
    "unit": "str", "period_start": "datetime64[us]", "period_end": "datetime64[us]", "recorded": "int64", "value": "float64",
    "low": "float64", "high": "float64", "level": "float64", "method": "str", "n_incidents": "int64", "incident_ids": "object",
    "status": "str", "reason": "str",
}  # fmt: skip
_VINTAGE_DTYPES = {
    "file": "str", "vintage": "datetime64[us]", "last_day": "datetime64[us]", "n_rows": "int64", "n_added": "int64",
    "n_vanished": "int64",
}  # fmt: skip
_MOVED_DTYPES = {
    "name": "str", "question": "str", "unit": "str", "measure_unit": "str", "old_value": "float64", "old_low": "float64",
    "old_high": "float64", "new_value": "float64", "new_low": "float64", "new_high": "float64", "change": "float64",
    "moved": "bool", "outside": "bool", "old_reason": "str", "new_reason": "str",
}  # fmt: skip
_DELAY_METHOD = message("chain ladder (reverse hazard) over snapshots")


def _add_effort(rows: IndicatorRows, study: Study) -> None:
    name = "sources_per_attack_ratio"
    attacks = study.attacks[study.attacks["n_sources"].gt(0)]
    if study.attacks["n_sources"].isna().all():
        rows.skip(name, say("no column tells on how many sources a row rests"), baseline=True)
        return
    if problem := study.baseline_problem():
        rows.skip(name, problem, baseline=True)
        return
    parts = [
        attacks[attacks["date_start"].ge(first) & attacks["date_start"].lt(last)]
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
        name, ratio, low=ratio * np.exp(-reach), high=ratio * np.exp(reach), level=study.settings.level if error > 0 else np.nan,
        attacks=pd.concat(parts), baseline=True,
        method=say(
            "ratio of means ({recent:.2g} over {earlier:.2g} sources), interval on the log scale",
            recent=recent, earlier=earlier,
        ),
    )  # fmt: skip


def _add_reporting(rows: IndicatorRows, study: Study) -> None:
    exported = vintage_of(study.table.provenance.file)
    if exported is not None:
        rows.add("days_to_export", (exported - study.as_of) // DAY, n_incidents=len(study.incidents), span="history")
    else:
        reason = say("the table's file name does not tell the one day of its export")
        rows.skip("days_to_export", reason, span="history")
    known = reporting_of(study)
    if known.problem:
        for name in ("reporting_delay_median", "reported_within_4_weeks"):
            rows.skip(name, known.problem, span="history")
        rows.skip("nowcast_attacks", known.problem)
    else:
        _add_delays(rows, study, known)
    if study.snapshots is None:
        for name in ("attacks_added_late", "rows_vanished"):
            rows.skip(name, known.problem, span="history")
        return
    late = added_late(study)
    rows.add("attacks_added_late", len(late), attacks=late, span="history", method=_over_exports(study))
    rows.add("rows_vanished", len(study.snapshots.vanished), span="history", method=_over_exports(study),
             n_incidents=len(study.snapshots.first_seen))  # fmt: skip


def _add_delays(rows: IndicatorRows, study: Study, known: Reporting) -> None:
    level, estimate = study.settings.level, known.estimate
    tails = [(1 - level) / 2, (1 + level) / 2]
    within = say("{whose}, within {weeks} weeks", whose=known.whose, weeks=estimate.max_delay + 1)
    of = clauses(say(_DELAY_METHOD), within)
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
    inside = study.attacks[study.attacks["date_start"].ge(study.window_start)]
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


def _over_exports(study: Study) -> str:
    return say_count(
        "count of ids over {n} earlier export and the table",
        "count of ids over {n} earlier exports and the table",
        len(study.snapshots.vintages),
    )


def _vintage(study: Study) -> tuple[pd.Timestamp | None, str]:
    """Return the day of the table's export, or why it is not known: of its name, or else as_of."""
    last = study.snapshots.vintages["vintage"].iloc[-1]
    named = study.snapshots.table_vintage
    vintage = study.as_of if named is None else named
    if named is None and (study.table.incidents["date_start"].gt(vintage).any() or vintage <= last):
        return None, say(
            "the day of the table's export is not known: its file name tells none, and {day} is before its last row or "
            "earlier export; write the day into the file name",
            day=vintage,
        )
    if vintage < study.as_of:
        return None, say("the table was exported on {day}, before the last day of the study", day=vintage)
    return vintage, ""


def _vintages(study: Study, vintage: pd.Timestamp | None) -> pd.DataFrame:
    history = study.snapshots
    if vintage is None:
        return history.vintages
    ids = set(study.table.incidents["incident_id"])
    own = {"file": study.table.provenance.file, "vintage": vintage, "last_day": study.as_of, "n_rows": len(ids),
           "n_added": len(ids - set(history.first_seen.index)), "n_vanished": 0}  # fmt: skip
    return pd.concat([history.vintages, pd.DataFrame([own]).astype(_VINTAGE_DTYPES)], ignore_index=True)


def _looks(vintages: pd.Series, last: pd.Timestamp) -> list[pd.Timestamp]:
    """Return the days of the snapshots used: from the last back, each at least a week before the next."""
    looks = [last]
    for day in reversed(vintages.tolist()):
        if looks[-1] - day >= WEEK_DAYS * DAY:
            looks.append(day)
    return looks[::-1]


def _reports(study: Study, attacks: pd.DataFrame, looks: list[pd.Timestamp]) -> pd.DataFrame:
    """Return each attack after the first look with its age in weeks at the look before it was seen (-1), and when it was."""
    history, days = study.snapshots, pd.DatetimeIndex(looks)
    seen = attacks[attacks["date_start"].gt(looks[0]) & attacks["date_start"].le(looks[-1])]
    place = seen["incident_id"].map(history.first_seen)
    first = place.map(history.vintages["vintage"]).fillna(looks[-1])
    # A row whose day was moved on after it was first seen is taken as seen on that day.
    first = np.maximum(first, seen["date_start"])
    at = np.clip(days.searchsorted(first), 1, len(days) - 1)
    age_by = (days[at] - pd.DatetimeIndex(seen["date_start"])) // DAY // WEEK_DAYS
    age_after = (days[at - 1] - pd.DatetimeIndex(seen["date_start"])) // DAY
    return pd.DataFrame(
        {
            "incident_id": seen["incident_id"].to_numpy(),
            "after": np.where(age_after < 0, -1, age_after // WEEK_DAYS),
            "by": age_by,
            "age": ((looks[-1] - seen["date_start"]) // DAY // WEEK_DAYS).to_numpy(),
        }
    )


def _mean_rate(
    study: Study, estimate: reporting.DelayDistribution, first: pd.Timestamp, vintage: pd.Timestamp
) -> float:
    """Return the selected attacks a week since the first look, corrected for those still to come; at least half of one in all."""
    n_days = (study.as_of - max(first, study.start - DAY)) // DAY
    ages = ((vintage - study.as_of) // DAY + np.arange(n_days)) // WEEK_DAYS
    exposure = estimate.cumulative[np.minimum(ages, estimate.max_delay)].sum() / WEEK_DAYS
    return max(int(study.attacks["date_start"].gt(first).sum()), 0.5) / exposure


def _delay_table(estimate: reporting.DelayDistribution, seen: pd.DataFrame) -> pd.DataFrame:
    weeks = np.arange(estimate.max_delay + 1)
    n = [int((seen["by"].le(k) & seen["age"].ge(k)).sum()) for k in weeks]
    table = pd.DataFrame(
        {
            "delay_weeks": weeks, "age_days": WEEK_DAYS * (weeks + 0.5), "value": estimate.cumulative, "low": estimate.low,
            "high": estimate.high, "level": estimate.level, "method": say(_DELAY_METHOD), "n_incidents": n, "status": COMPUTED, "reason": "",
            "incident_ids": [seen.loc[seen["by"].eq(k), "incident_id"].tolist() for k in weeks],
        }
    )  # fmt: skip
    return table[list(_DELAY_DTYPES)].astype(_DELAY_DTYPES)


def _triangle_table(seen: pd.DataFrame, estimate: reporting.DelayDistribution, vintage: pd.Timestamp) -> pd.DataFrame:
    n_ages, n_delays = int(seen["age"].max()) + 1, estimate.max_delay + 1
    counts = reporting.reporting_triangle(seen["age"], seen["by"], n_ages=n_ages, n_delays=n_delays)
    ages, delays = np.nonzero(np.isfinite(counts))
    end = (vintage + DAY) - pd.to_timedelta(ages * WEEK_DAYS, unit="D")
    table = pd.DataFrame(
        {"period_start": end - WEEK_DAYS * DAY, "period_end": end, "delay_weeks": delays, "value": counts[ages, delays]}
    )
    return table.astype(_TRIANGLE_DTYPES).sort_values(["period_start", "delay_weeks"]).reset_index(drop=True)


def _week_table(study: Study, known: Reporting) -> pd.DataFrame:
    """Return the weeks up to as_of: at least all whose attacks may still be coming in, and half a year where there is one."""
    n_weeks = max(26, known.estimate.max_delay + 1)
    end = study.end
    start = max(end - n_weeks * WEEK_DAYS * DAY, study.start)
    edges = [end - k * WEEK_DAYS * DAY for k in range((end - start) // DAY // WEEK_DAYS + 1)][::-1]
    rows = []
    for first, last in pairwise(edges):
        cast = nowcast_span(study, known, first, last)
        inside = study.attacks.loc[
            study.attacks["date_start"].ge(first) & study.attacks["date_start"].lt(last), "incident_id"
        ]
        rows.append(
            {
                "unit": study.place, "period_start": first, "period_end": last, "recorded": len(inside), "value": cast.total_expected,
                "low": cast.total_low, "high": cast.total_high, "level": study.settings.level, "n_incidents": len(inside),
                "method": say("nowcast from the reporting triangle"), "incident_ids": inside.tolist(), "status": COMPUTED, "reason": "",
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(_WEEK_DTYPES)).astype(_WEEK_DTYPES)


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    return frame.to_dict("records")


def _add_completeness(rows: IndicatorRows, study: Study) -> None:
    known = completeness_of(study)
    level = study.settings.level
    names = ("completeness", "completeness_lowest", "completeness_highest", "completeness_ratio")
    if known.problem:
        for name in names:
            rows.skip(name, known.problem, span="history")
        rows.skip("rate_ratio_floor", known.problem, baseline=True)
        return
    periods = known.periods
    lowest, highest = periods.loc[periods["value"].idxmin()], periods.loc[periods["value"].idxmax()]
    held = study.incidents[study.incidents["incident_id"].isin({i for ids in periods["incident_ids"] for i in ids})]
    pooled = _binomial(periods["held"].sum(), periods["reference"].sum(), level)
    rows.add("completeness", known.pooled, low=pooled[0], high=pooled[1], level=level, attacks=held, span="history")
    for name, period in (("completeness_lowest", lowest), ("completeness_highest", highest)):
        inside = study.incidents[study.incidents["incident_id"].isin(period["incident_ids"])]
        rows.add(
            name, period["value"], low=period["low"], high=period["high"], level=level, attacks=inside, span="history",
            method=say("held {held} of {reference}", held=period["held"], reference=period["reference"]),
            detail={
                "held": int(period["held"]), "reference": int(period["reference"]),
                "month": f"{period['period_start']:%Y-%m}",
            },
        )  # fmt: skip
    if lowest["value"] > 0:
        rows.add("completeness_ratio", highest["value"] / lowest["value"], attacks=held, span="history")
    else:
        rows.skip("completeness_ratio", say("one reference period holds no attack at all"), span="history")
    # A reference counts attacks by anyone, so it can bound only the change of attacks by anyone.
    compared = comparison_of(replace(study, attacks=study.incidents))
    if compared.ratio is None:
        rows.skip("rate_ratio_floor", compared.problem, baseline=True)
    else:
        ratio = compared.ratio
        rows.add(
            "rate_ratio_floor", ratio.ratio * known.pooled, low=ratio.low * pooled[0], high=ratio.high * pooled[1],
            level=level, attacks=pd.concat([compared.earlier, compared.recent]), baseline=True,
        )  # fmt: skip


def _trend_problem(study: Study, periods: pd.DataFrame) -> str:
    lowest, highest = periods["value"].min(), periods["value"].max()
    if highest > MAX_COMPLETENESS_RATIO * lowest:
        return say(
            "completeness varies between {low:.0f} % and {high:.0f} % of the attacks that the reference counts "
            "({reporter}, {n} periods): recording alone could make a change of that size",
            low=100 * lowest, high=100 * highest, reporter=periods["reporter"].iloc[0], n=len(periods),
        )  # fmt: skip
    days = ((periods["period_end"] - periods["period_start"]) // DAY).sum()
    if days < MIN_REFERENCE_SHARE * ((study.end - study.start) // DAY):
        return say(
            "reference counts speak for only {days} days of the span, too few to say that completeness held steady",
            days=int(days),
        )
    return ""


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
    Table(
        "periods",
        "Attacks held against reference counts, period by period.",
        lambda study: completeness_of(study).periods,
    ),
    Table("problems", "Rows and values of the table with problems.", lambda study: study.table.problems),
    Table(
        "duplicates",
        "Attacks alike in date, place, sides and deaths.",
        lambda study: possible_duplicates(study.attacks),
    ),
    Table(
        "delays", "Share of attacks recorded by each age, from kept exports.", lambda study: reporting_of(study).delays
    ),
    Table("weeks", "The last weeks as recorded and as they will be.", lambda study: reporting_of(study).weeks),
)
