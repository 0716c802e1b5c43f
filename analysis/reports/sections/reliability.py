"""Can any of this be trusted?"""

from dataclasses import replace

import pandas as pd

from analysis.incidents.counts import NEEDS_INCIDENTS
from analysis.incidents.printing import printable
from analysis.incidents.snapshots import KINDS
from analysis.incidents.study import Study, in_its_language
from analysis.language import message, say
from analysis.measures import reliability
from analysis.measures.reliability import ExportComparison
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.words import Results, caption, counted, day_words, gap, interval, joined, number, percent

DELAYED = "How late reports come, how many attacks are still to come and what history gained"
VINTAGE_COLUMNS = {
    "vintage": "export of",
    "file": "file",
    "n_rows": "rows",
    "n_added": "not in the one before",
    "n_vanished": "gone in the next",
}
MOST_LINES = 20


CHARTS = {
    "completeness": message("The share of a reference count that the table holds"),
    "nowcast": message("Attacks recorded each week, and expected in the end"),
    "reporting_delay": message("The share of attacks in the table by weeks since they happened"),
    "reporting_triangle": message("Attacks of each week by when an export first held them"),
}


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say how far the table can be trusted."""
    provenance = study.table.provenance
    if study.holds_counts:
        return _of_counts(study, results)
    said = [
        f"Rows read {provenance.rows_read:,} = kept {provenance.rows_kept:,} + set aside {provenance.rows_rejected:,}; "
        f"{counted(provenance.cells_blanked, 'impossible value')} treated as unknown."
    ]
    if results.known("completeness"):
        whole, lowest, highest = (results[f"completeness{part}"] for part in ("", "_lowest", "_highest"))
        said.append(
            f"Against the reference counts the table holds {percent(whole.value)} of attacks "
            f"({percent(whole.low)} to {percent(whole.high)}), from {percent(lowest.value)} ({lowest.method}) to "
            f"{percent(highest.value)} ({highest.method})."
        )
    else:
        said.append(gap("Completeness", results.why_not("completeness")))
    shares = {
        "dated_to_day": "dated to the day",
        "placed_near": "located exactly or nearby",
        "verified": "supported by someone other than the attacker",
        "deaths_known": "with any figure of deaths",
    }
    told = [f"{percent(results[name].value)} {words}" for name, words in shares.items() if results.known(name)]
    if told:
        said.append(f"Of the attacks: {joined(told)}.")
    said += _roles(study) + _not_counted(study, results) + [f"{note[0].upper()}{note[1:]}." for note in study.notes]
    said += _duplicates_and_effort(study, results)
    return said + _reporting(study, results)


@in_its_language
def finding(study: Study, results: Results) -> str:
    """Return the one sentence of a report on this question alone."""
    if problem := reliability.trend_problem(study):
        return f"No change over time may be read from this table, because {problem}."
    if results.known("nowcast_attacks"):
        return _nowcast(study, results)
    if results.known("completeness"):
        return f"The table holds {percent(results['completeness'].value)} of the attacks that the reference counts."
    return gap("How much the table misses", results.why_not("completeness"))


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the chart of a first reading."""
    if study.holds_counts:
        return []
    held = reliability.completeness_of(study).periods
    draw = Drawing("reliability.plot_completeness", held, caption=caption(study, rows=study.incidents))
    return [Chart("completeness", draw, held, "Share of a reference count that the table holds")]


@in_its_language
def write(page: Page, study: Study, results: Results, *, brief: bool = False) -> None:
    """Show the section; ``brief`` leaves to the question's own notebook what a first reading does not need."""
    said = read(study, results)
    page.say(*said)
    if study.holds_counts:
        page.table(study.table.problems, title="Rows and values with problems", limit=15)
        return
    page.charts(charts(study), said)
    _show_reporting(page, study, said, brief=brief)
    alike = reliability.possible_duplicates(study.attacks)
    if len(alike) and not brief:
        page.table(alike, title="Possible duplicates: attacks alike in date, place, sides and deaths", limit=15)
    page.table(study.table.problems, title="Rows and values with problems", limit=15)


def diff_text(compared: ExportComparison) -> str:
    """Return what changed between two exports, and which results moved, as lines for a terminal."""
    rows, results = compared.rows, compared.results
    lines = [
        f"{rows.old_file}: {rows.n_old:,} rows of the selection = kept {rows.n_kept:,} + removed {rows.n_removed:,}",
        f"{rows.new_file}: {rows.n_new:,} rows of the selection = kept {rows.n_kept:,} + added {rows.n_added:,}; "
        f"{rows.n_changed:,} of the kept changed",
    ]
    lines += [f"added {kind}: {n:,} ({KINDS[kind]})" for kind, n in rows.n_added_by_kind.items() if n]
    if rows.n_changed:
        changes = zip(rows.by_column["column"], rows.by_column["n_changed"], strict=True)
        lines.append("changed values: " + ", ".join(f"{name} {n:,}" for name, n in changes))
    if rows.n_renewed and rows.n_renewed * 2 >= rows.n_removed:
        lines.append(
            f"warning: {rows.n_renewed:,} of {rows.n_removed:,} removed rows stand in the new export under another id, "
            f"alike in date, place, parties and "
            "deaths: ids seem to have been renewed, and rows added and removed say little"
        )
    late = rows.added[rows.added["kind"].eq("late")]
    for what, frame in (("added late", late), ("removed", rows.removed)):
        lines += [
            f"  {what}: {row.date_start:%Y-%m-%d} {_where(row)} ({row.incident_id})"
            for row in frame.head(MOST_LINES).itertuples()
        ]
        if len(frame) > MOST_LINES:
            lines.append(f"  and {len(frame) - MOST_LINES:,} more {what}; all with --format json")
    lines += _changed_rows(rows.changed)
    if verdicts := reliability.verdicts_of(compared):
        same = verdicts[0] == verdicts[1]
        lines.append(
            f"the verdict did not change: {verdicts[0]}"
            if same
            else f"the verdict changed: {verdicts[0]} -> {verdicts[1]}"
        )
    moved = reliability.rank_moved(results)
    lines.append(
        f"results as of {compared.old.as_of:%Y-%m-%d} on both tables: {len(moved)} of {len(results)} moved, "
        f"{int(moved['outside'].sum())} to outside their old interval"
    )
    for row in moved.itertuples():
        old, new = (_value(row, side) for side in ("old", "new"))
        lines.append(f"  {row.name:32} {old} -> {new}  {row.measure_unit}{'  outside' if row.outside else ''}")
    return "\n".join(map(printable, lines))


def _changed_rows(changed: pd.DataFrame) -> list[str]:
    """Say what changed in each row, all of a row's values on one line."""
    lines = []
    groups = changed.groupby("incident_id", sort=False)
    for name, values in list(groups)[:MOST_LINES]:
        said = "; ".join(f"{row.column} {_cell(row.old)} -> {_cell(row.new)}" for row in values.itertuples())
        lines.append(f"  changed: {values['date_start'].iloc[0]:%Y-%m-%d} ({name}): {said}")
    if groups.ngroups > MOST_LINES:
        lines.append(f"  and {groups.ngroups - MOST_LINES:,} more changed; all with --format json")
    return lines


def _cell(value: object) -> str:
    return "nothing" if pd.isna(value) else str(value)


def _where(row) -> str:
    parts = [part for part in (row.locality, row.country) if not pd.isna(part)]
    return ", ".join(parts) + ("" if pd.isna(row.attacker) else f", {row.attacker}")


def _value(row, side: str) -> str:
    value, low, high = (getattr(row, f"{side}_{part}") for part in ("value", "low", "high"))
    if pd.isna(value):
        return f"not computed ({getattr(row, f'{side}_reason')})"
    return f"{value:.4g}" + ("" if pd.isna(low) or pd.isna(high) else f" [{low:.4g}, {high:.4g}]")


def _of_counts(study: Study, results: Results) -> list[str]:
    """Say what a table of counts is, and what cannot be asked of it."""
    provenance = study.table.provenance
    said = [
        f"The table holds counts by unit and period, not single attacks: "
        f"{counted(round(study.daily_counts().sum()), study.noun)} of the selection. "
        f"Rows read {provenance.rows_read:,} = kept {provenance.rows_kept:,} + set aside {provenance.rows_rejected:,}."
    ]
    said += [f"{note[0].upper()}{note[1:]}." for note in (*provenance.warnings, *study.notes)]
    if (n := int(results["rows_of_other_kinds"].value)) and study.left_out is not None:
        types = (
            study.left_out.groupby(study.left_out["event_type"].fillna("no type"))["attacks"]
            .sum()
            .sort_values(ascending=False)
        )
        named = joined(f"{name} {count:,.0f}" for name, count in types.head(4).items())
        said.append(f"{counted(n, 'row')} of other types {'is' if n == 1 else 'are'} not counted: {named}.")
    said.append("Who attacked, where exactly and how deadly single attacks were is not in such a table.")
    return said


def _roles(study: Study) -> list[str]:
    """Say of how many events it is not known who attacked, and of how many that is taken from the order of the
    sides."""
    basis, n = study.attacks["role_basis"], len(study.attacks)
    assumed, unstated = int(basis.eq("assumed").sum()), int(basis.eq("unstated").sum())
    said = []
    if assumed:
        said.append(
            f"For {percent(assumed / n)} of the {study.noun}s the publisher does not say who attacked whom: those "
            f"roles are assumed from the order "
            "of its sides."
        )
    if unstated:
        said.append(f"For {percent(unstated / n)} of the {study.noun}s it is not known who attacked.")
    return said


def _not_counted(study: Study, results: Results) -> list[str]:
    """Say what the table holds of the same countries and dates and is counted nowhere."""
    said = []
    if (n := int(results["rows_of_other_kinds"].value)) and study.left_out is not None:
        types = study.left_out["event_type"].fillna("no type").value_counts()
        named = joined(f"{name} {count:,}" for name, count in types.head(4).items())
        more = f", and {len(types) - 4} more types" if len(types) > 4 else ""
        said.append(
            f"{counted(n, 'row')} of the same countries and dates {'is' if n == 1 else 'are'} of other types and not "
            f"counted: {named}{more}."
        )
    if n := int(results["summary_rows"].value):
        said.append(
            f"{counted(n, 'row')} with {counted(int(results['summary_deaths'].value), 'death')} "
            f"{'lasts' if n == 1 else 'last'} more than a week: summaries "
            "of a campaign rather than events, which count in no rate, no chart and no list of the deadliest."
        )
    return said


def _duplicates_and_effort(study: Study, results: Results) -> list[str]:
    said = []
    if n := int(results["possible_duplicates"].value):
        said.append(
            f"{counted(n, 'attack')} {'is' if n == 1 else 'are'} alike in date, place, sides and deaths to another "
            f"with a different id: "
            "possible duplicates, which are counted and stay in."
        )
    effort = results["sources_per_attack_ratio"]
    if not results.known("sources_per_attack_ratio"):
        said.append(gap("Whether attacks were searched for as much in the window as before", effort.reason))
    elif not effort.low <= 1 <= effort.high and effort.low == effort.low:
        said.append(
            f"An attack of the window rests on {number(effort.value)} times the sources of one of the baseline "
            f"({interval(effort, 'number')}): search or reporting was uneven, and counts may follow it."
        )
    return said


def _reporting(study: Study, results: Results) -> list[str]:
    if study.snapshots is None:
        return [gap(DELAYED, results.why_not("reporting_delay_median"))]
    known, said = reliability.reporting_of(study), []
    if known.problem:
        said.append(gap("How late reports come, and how many attacks are still to come,", known.problem))
    else:
        median, within = results["reporting_delay_median"], results["reported_within_4_weeks"]
        weeks = known.estimate.max_delay + 1
        said.append(
            f"Of attacks recorded within {weeks} weeks, half are in the table after {number(median.value)} days "
            f"({interval(median, 'number')}) and {percent(within.value)} after {reliability.WITHIN_WEEKS} weeks "
            f"({interval(within, 'percent')}); from {known.whose}, {within.n_incidents} of them, that happened after "
            f"the first snapshot. "
            f"When those before it were first recorded is not known: {counted(known.n_before, 'selected attack')} left out."
        )
        said.append(
            _nowcast(study, results)
            if results.known("nowcast_attacks")
            else gap("How many attacks of the window are still to come", results.why_not("nowcast_attacks"))
        )
        if known.estimate.dispersion > 1.5:
            said.append("Reports come in batches, which the intervals allow for.")
    late, gone = int(results["attacks_added_late"].value), int(results["rows_vanished"].value)
    n = len(study.snapshots.vintages)
    said.append(
        f"Over {counted(n, 'earlier snapshot')}, {counted(late, 'selected attack')} came into days that a snapshot had "
        f"already covered, and "
        f"{counted(gone, 'row')} of any attacker vanished."
    )
    return said


def _nowcast(study: Study, results: Results) -> str:
    cast, recorded = results["nowcast_attacks"], int(results["nowcast_attacks"].n_incidents)
    return (
        f"The window holds {counted(recorded, 'recorded attack')} and, if reports go on coming as they did, will hold about "
        f"{number(cast.value)} ({interval(cast, '{:.0f}')}) by the time that all are recorded."
    )


@in_its_language
def further_charts(study: Study, *, brief: bool = False) -> list[Chart]:
    """Return the charts of how late reports come, which take earlier exports of the table; ``brief`` leaves out the triangle."""
    known = reliability.reporting_of(study)
    if study.snapshots is None or known.problem:
        return []
    last = known.triangle["period_end"].max() - reliability.DAY
    used = known.estimate.n_reports
    under = caption(study, counted="selected attacks")
    note = f"Of {known.whose}; last export {day_words(last)}."
    beneath = replace(under, n=used, counted="attacks since the first snapshot", note=note)
    late = Drawing("reliability.plot_delays", known.delays, caption=beneath)
    shown = [
        Chart(
            "nowcast",
            Drawing("reliability.plot_nowcast", known.weeks, caption=under),
            known.weeks,
            "Attacks recorded a week and expected in the end",
        ),
        Chart("reporting_delay", late, known.delays, "Share of attacks in the table by weeks since they happened"),
    ]
    if not brief:
        triangle = Drawing("reliability.plot_triangle", known.triangle, caption=beneath)
        what = "Attacks of each week by when a snapshot first held them"
        shown.append(Chart("reporting_triangle", triangle, known.triangle, what))
    return shown


@in_its_language
def why_no_chart(study: Study, name: str) -> str:
    """Return why a chart of the catalogue is not drawn."""
    if study.holds_counts:
        return say(NEEDS_INCIDENTS)
    if name != "completeness" and study.snapshots is None:
        return say("delays are known from earlier exports of the table, and none are given")
    return reliability.reporting_of(study).problem


def _show_reporting(page: Page, study: Study, said: list[str], *, brief: bool) -> None:
    if study.snapshots is None:
        return
    page.charts(further_charts(study, brief=brief), said)
    known = reliability.reporting_of(study)
    if not brief:
        page.table(known.vintages, title="Exports compared", columns=VINTAGE_COLUMNS, limit=15, newest_first=True)
