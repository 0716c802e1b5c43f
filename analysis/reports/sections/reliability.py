"""Can any of this be trusted?"""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from analysis.figures.caption import Caption
from analysis.incidents.check import tell_persons
from analysis.incidents.counting import rounded
from analysis.incidents.counts import NEEDS_INCIDENTS
from analysis.incidents.printing import readable
from analysis.incidents.study import Study, in_its_language
from analysis.language import ENGLISH, current, localised, message, say, say_count, short_day
from analysis.measures import reliability
from analysis.measures.exports import ExportComparison, rank_moved, verdicts_of
from analysis.reports.page import Chart, Page, bounds_text, measure_name
from analysis.reports.problems import show_problems
from analysis.reports.wording import (
    Results,
    as_sentence,
    caption,
    countries_in,
    fullest_month,
    gap,
    heads,
    interval,
    joined,
    listed,
    month_words,
    named,
    number,
    percent,
    unit_words,
)
from analysis.statistics import reporting

VINTAGE_COLUMNS = {
    "vintage": message("export of"),
    "file": message("file"),
    "n_rows": message("rows"),
    "n_added": message("not in the one before"),
    "n_vanished": message("gone in the next"),
}
ALIKE_COLUMNS = {
    "group": message("group"),
    "incident_id": message("incident"),
    "date_start": message("day"),
    "country": message("country"),
    "locality": message("place"),
    "attacker": message("attacker"),
    "target_actor": message("target"),
    "fatalities_best": message("deaths"),
}
MOST_LINES = 20
MOST_TYPES = 4
CHARTS = {
    "completeness": message("The share of a reference count that the table holds"),
    "nowcast": message("Attacks recorded each week, and expected in the end"),
    "reporting_delay": message("The share of attacks in the table by weeks since they happened"),
    "reporting_triangle": message("Attacks of each week by when an export first held them"),
}
# What a share of the attacks is of.
SHARES = {
    "dated_to_day": message("{share} are dated to the day"),
    "placed_near": message("{share} are located exactly or nearby"),
    "verified": message("{share} are supported by someone other than the attacker"),
    "deaths_known": message("{share} have a figure of deaths"),
}


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say how far the table can be trusted."""
    if study.holds_counts:
        return _of_counts(study, results)
    said = [f"{_rows_read(study)} {_blanked(study)}"]
    if results.known("completeness"):
        said.append(_completeness(results))
    else:
        said.append(gap(say("How much the table misses"), results.why_not("completeness")))
    shares = [say(words, share=percent(results[name].value)) for name, words in SHARES.items() if results.known(name)]
    if shares:
        said.append(say("Of the attacks, {shares}.", shares=joined(shares)))
    said += _roles(study) + _not_counted(study, results) + [as_sentence(note) for note in study.notes]
    said += _duplicates_and_effort(study, results)
    return said + _reporting(study, results)


@in_its_language
def finding(study: Study, results: Results) -> str:
    """Return the one sentence of a report on this question alone."""
    if problem := reliability.trend_problem(study):
        return say("No change over time may be read from this table, because {problem}.", problem=problem)
    if results.known("nowcast_attacks"):
        return _nowcast(study, results)
    if results.known("completeness"):
        return say(
            "The table holds {share} of the attacks that the reference counts.",
            share=percent(results["completeness"].value),
        )
    return gap(say("How much the table misses"), results.why_not("completeness"))


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the chart of a first reading."""
    if study.holds_counts:
        return []
    known, title, extremes = reliability.completeness_of(study), "", ""
    held = known.periods.iloc[:0] if known.problem else known.periods
    if len(held["unit"].unique()) > 1:  # a period of one country stands beside those of another
        return []
    if len(held):
        lowest, highest = held["value"].min(), held["value"].max()
        title = say_count(
            "The table holds {share} of the attacks that a reference counts, [|from {low} to {high} ]in {n} "
            "[period|periods]",
            len(held),
            share=percent(known.pooled),
            low=percent(lowest),
            high=percent(highest),
        )
        extremes = "" if lowest == highest else say(
            "The least was held in {worst}, the most in {best}.",
            worst=fullest_month(held["period_start"], -held["value"]),
            best=fullest_month(held["period_start"], held["value"]),
        )  # fmt: skip
    whole = named(say("All attacks {place}", place=countries_in(study)), study.noun)  # a reference counts anyone's
    under = replace(caption(study), n=int(held["held"].sum()), shows=whole)
    look = {"caption": under, "title": title, "adds": extremes}
    return [Chart.of(CHARTS, "completeness", "reliability.plot_completeness", held, **look)]


@in_its_language
def write(page: Page, study: Study, results: Results, *, brief: bool = False) -> None:
    """Show the section; ``brief`` leaves to the question's own notebook what a first reading does not need."""
    page.say(*read(study, results))
    if not study.holds_counts:
        page.charts(charts(study), ())
        _show_reporting(page, study, brief=brief)
        alike = reliability.duplicates_of(study)
        if len(alike) and not brief:
            title = say("Possible duplicates: attacks alike in date, place, sides and deaths")
            page.table(alike, title=title, columns=heads(ALIKE_COLUMNS), limit=15)
    show_problems(page, study.table.problems, title=say("Rows and values with problems"))


def diff_text(compared: ExportComparison) -> str:
    """Return what changed between two exports, and which results moved, as lines for a terminal."""
    rows, results = compared.rows, compared.results
    lines = [
        say(
            "{file}: {n} rows of the selection = kept {kept} + removed {removed}",
            file=rows.old_file, n=rows.n_old, kept=rows.n_kept, removed=rows.n_removed,
        ),
        say(
            "{file}: {n} rows of the selection = kept {kept} + added {added}; {changed} of the kept changed",
            file=rows.new_file, n=rows.n_new, kept=rows.n_kept, added=rows.n_added, changed=rows.n_changed,
        ),
    ]  # fmt: skip
    lines += [say(ADDED[kind], n=n) for kind, n in rows.n_added_by_kind.items() if n]
    if rows.n_changed:
        changes = zip(rows.by_column["column"], rows.by_column["n_changed"].tolist(), strict=True)
        lines.append(
            say("changed values: {values}", values=", ".join(say("{name} {n}", name=name, n=n) for name, n in changes))
        )
    if rows.n_renewed and rows.n_renewed * 2 >= rows.n_removed:
        lines.append(
            say(
                "warning: {n} of {removed} removed rows stand in the new export under another id, alike in date, "
                "place, parties and deaths: ids seem to have been renewed, and rows added and removed say little",
                n=rows.n_renewed, removed=rows.n_removed,
            )
        )  # fmt: skip
    beyond = int(rows.removed["date_start"].gt(compared.new.table.incidents["date_start"].max()).sum())
    if beyond:
        lines.append(
            say_count(
                "warning: {n} of {removed} removed [row is|rows are] dated after the last row of the new export: does "
                "it end earlier, or are the two exchanged?",
                beyond, removed=rows.n_removed,
            )
        )  # fmt: skip
    late = rows.added[rows.added["kind"].eq("late")]
    for one, more, frame in ((LATE, MORE_LATE, late), (REMOVED, MORE_REMOVED, rows.removed)):
        lines += [
            "  " + say(one, day=short_day(row.date_start), what=_where(row), id=row.incident_id)
            for row in frame.head(MOST_LINES).itertuples()
        ]
        if len(frame) > MOST_LINES:
            lines.append("  " + say(more, n=len(frame) - MOST_LINES))
    lines += _changed_rows(rows.changed)
    if verdicts := verdicts_of(compared):
        old, new = verdicts
        if old == new:
            lines.append(say("the verdict did not change: {word}", word=say(old)))
        else:
            lines.append(say("the verdict changed: {old} -> {new}", old=say(old), new=say(new)))
    moved = rank_moved(results)
    lines.append(
        say(
            "results as of {day} on both tables: {n} of {total} moved, {outside} to outside their old interval",
            day=short_day(compared.old.as_of), n=len(moved), total=len(results), outside=int(moved["outside"].sum()),
        )
    )  # fmt: skip
    noun = compared.new.noun
    names = {name: name if current() == ENGLISH else named(measure_name(name), noun) for name in moved["name"]}
    width = max([32, *map(len, names.values())])
    alike = 0
    for row in moved.itertuples():
        old, new = (_value(row, side) for side in ("old", "new"))
        if old == new and not row.outside:
            alike += 1
            continue
        outside = f"  {say('outside')}" if row.outside else ""
        lines.append(f"  {names[row.name]:{width}} {old} -> {new}  {unit_words(row.measure_unit, noun)}{outside}")
    if alike:
        lines.append("  " + say_count("and {n} that [reads|read] the same; all with --format json", alike))
    return "\n".join(map(readable, lines))


# What the lines of a comparison of exports say of rows.
ADDED = {
    "new": message("added new: {n} (after the older table's last day)"),
    "late": message("added late: {n} (within the days that the older table covers)"),
    "earlier": message("added earlier: {n} (before the older table's first day)"),
    "elsewhere": message("added elsewhere: {n} (in a country that the older table does not hold)"),
}
LATE, REMOVED = message("added late: {day} {what} ({id})"), message("removed: {day} {what} ({id})")
MORE_LATE = message("and {n} more added late; all with --format json")
MORE_REMOVED = message("and {n} more removed; all with --format json")


def _changed_rows(changed: pd.DataFrame) -> Iterator[str]:
    """Say what changed in each row, all of a row's values on one line."""
    groups = changed.groupby("incident_id", sort=False)
    for name, values in list(groups)[:MOST_LINES]:
        said = "; ".join(f"{row.column} {_cell(row.old)} -> {_cell(row.new)}" for row in values.itertuples())
        day = short_day(values["date_start"].iloc[0])
        yield "  " + say("changed: {day} ({id}): {values}", day=day, id=name, values=said)
    if groups.ngroups > MOST_LINES:
        yield "  " + say("and {n} more changed; all with --format json", n=groups.ngroups - MOST_LINES)


def _cell(value: object) -> str:
    return say("nothing") if pd.isna(value) else str(value)


def _where(row) -> str:
    parts = [part for part in (row.locality, row.country) if not pd.isna(part)]
    return ", ".join(parts) + ("" if pd.isna(row.attacker) else f", {row.attacker}")


def _value(row, side: str) -> str:
    value, low, high = (getattr(row, f"{side}_{part}") for part in ("value", "low", "high"))
    if pd.isna(value):
        return say("not computed ({reason})", reason=getattr(row, f"{side}_reason"))
    bounds = "" if pd.isna(low) or pd.isna(high) else f" {bounds_text(low, high)}"
    return localised(f"{value:.4g}") + bounds


def _rows_read(study: Study) -> str:
    provenance = study.table.provenance
    return say(
        "Rows read {read} = kept {kept} + set aside {aside}.",
        read=provenance.rows_read, kept=provenance.rows_kept, aside=provenance.rows_rejected,
    )  # fmt: skip


def _blanked(study: Study) -> str:
    if not study.table.provenance.cells_blanked:
        return say("No value had to be blanked.")
    return say_count("{n} impossible [value is|values are] treated as unknown.", study.table.provenance.cells_blanked)


def _completeness(results: Results) -> str:
    whole, lowest, highest = (results[f"completeness{part}"] for part in ("", "_lowest", "_highest"))
    held = say(
        "Against the reference counts the table holds {share} of attacks ({bounds}).",
        share=percent(whole.value), bounds=interval(whole, "percent"),
    )  # fmt: skip
    if lowest.value == highest.value:
        return held
    told = {
        f"{side}_{name}": value
        for side, row in (("low", lowest), ("high", highest))
        for name, value in (
            ("share", percent(row.value)),
            ("held", row.detail["held"]),
            ("of", row.detail["reference"]),
            ("month", month_words(pd.Timestamp(row.detail["month"]))),
        )
    }
    by_period = say(
        "By period that is from {low_share} ({low_held} of {low_of}, {low_month}) to {high_share} ({high_held} of"
        " {high_of}, {high_month}).",
        **told,
    )
    return f"{held} {by_period}"


def _types(counts: pd.Series) -> str:
    """Return the most frequent types with their numbers."""
    told = [
        say("{name} {n:,.0f}", name=name or say("no type"), n=float(n)) for name, n in counts.head(MOST_TYPES).items()
    ]
    return joined(told)


@listed
def _of_counts(study: Study, results: Results) -> Iterator[str]:
    """Say what a table of counts is, and what cannot be asked of it."""
    provenance = study.table.provenance
    counted = say_count(
        "The table holds counts by unit and period, not single attacks: {n} [attack|attacks] of the selection.",
        rounded(study.daily_counts().sum()),
    )
    yield f"{counted} {_rows_read(study)}"
    yield from [as_sentence(note) for note in (*provenance.warnings, *study.notes)]
    if (n := int(results["rows_of_other_kinds"].value)) and study.left_out is not None:
        types = study.left_out["event_type"].fillna("").value_counts()
        yield say_count(
            "{n} [row|rows] of other types [is|are] not counted: {types}.",
            n,
            types=_types(types.sort_values(ascending=False)),
        )
    yield say("Who attacked, where exactly and how deadly single attacks were is not in such a table.")


@listed
def _roles(study: Study) -> Iterator[str]:
    """Say of how many events it is not known who attacked, and of how many that is taken from the order of the
    sides."""
    basis, n = study.attacks["role_basis"], len(study.attacks)
    assumed, unstated = int(basis.eq("assumed").sum()), int(basis.eq("unstated").sum())
    if assumed:
        yield say(
            "For {share} of the attacks the publisher does not say who attacked whom: those roles are assumed from"
            " the order of its sides.",
            share=percent(assumed / n),
        )
    if unstated:
        yield say("For {share} of the attacks it is not known who attacked.", share=percent(unstated / n))


def _not_counted(study: Study, results: Results) -> list[str]:
    """Say what the table holds of the same countries and dates and is counted nowhere."""
    said = []
    if (n := int(results["rows_of_other_kinds"].value)) and study.left_out is not None:
        types = study.left_out["event_type"].fillna("").value_counts()
        other = say_count(
            "{n} [row|rows] of the same countries and dates [is|are] of [another type|other types] and not counted: "
            "{types}.",
            n,
            types=_types(types),
        )
        said.append(other)
        if len(types) > MOST_TYPES:
            said[-1] += " " + say_count("{n} more [type is|types are] not named.", len(types) - MOST_TYPES)
    if n := int(results["summary_rows"].value):
        deaths = int(results["summary_deaths"].value)
        lasting = say_count(
            "{n} [row lasts|rows last] more than a week and [holds|hold] {deaths} deaths.", n, deaths=deaths
        )
        nowhere = say(
            "Such rows are events without a day of their own, or summaries of several: they count in no rate, no chart"
            " and no list of the deadliest."
        )
        said.append(f"{lasting} {nowhere}")
    return said


def _duplicates_and_effort(study: Study, results: Results) -> Iterator[str]:
    yield from map(as_sentence, tell_persons(study.table.provenance))
    if n := int(results["possible_duplicates"].value):
        yield say_count(
            "{n} [attack is|attacks are] alike in date, place, sides and deaths to another with a different id: "
            "[a |]possible [duplicate|duplicates], which [is|are] counted and [stays|stay] in.",
            n,
        )
    effort = results["sources_per_attack_ratio"]
    if not results.known("sources_per_attack_ratio"):
        yield gap(say("Whether attacks were searched for as much in the window as before"), effort.reason)
    elif not effort.low <= 1 <= effort.high and effort.low == effort.low:
        yield say(
            "An attack of the window rests on {ratio} times the sources of one of the baseline ({bounds}): search "
            "or reporting was uneven, and counts may follow it.",
            ratio=number(effort.value), bounds=interval(effort, "number"),
        )  # fmt: skip


def _reporting(study: Study, results: Results) -> list[str]:
    if study.snapshots is None:
        what = say("How late reports come, how many attacks are still to come and what history gained")
        return [gap(what, results.why_not("reporting_delay_median"))]
    known, said = reliability.reporting_of(study), []
    if known.problem:
        said.append(gap(say("How late reports come, and how many attacks are still to come,"), known.problem))
    else:
        said.append(_delays(results, known))
        if results.known("nowcast_attacks"):
            said.append(_nowcast(study, results))
        else:
            missing = results.why_not("nowcast_attacks")
            said.append(gap(say("How many attacks of the window are still to come"), missing))
        if known.distribution.dispersion > 1.5:
            said.append(say("Reports come in batches, which the intervals allow for."))
    said.append(
        " ".join(
            (
                say_count("{n} earlier [export is|exports are] compared.", len(study.snapshots.vintages)),
                say_count(
                    "{n} selected [attack|attacks] came into days that an export had already covered.",
                    int(results["attacks_added_late"].value),
                ),
                say_count("{n} [row|rows] of any attacker vanished.", int(results["rows_vanished"].value)),
            )
        )
    )
    return said


def _delays(results: Results, known: reliability.Reporting) -> str:
    median, within = results["reporting_delay_median"], results["reported_within_4_weeks"]
    late = say(
        "Of attacks recorded within {weeks} weeks, half are in the table after {median} days ({median_bounds}) and "
        "{share} after {within} weeks ({share_bounds}).",
        weeks=known.distribution.max_delay + 1, median=number(median.value), median_bounds=interval(median, "number"),
        share=percent(within.value), within=reliability.WITHIN_WEEKS, share_bounds=interval(within, "percent"),
    )  # fmt: skip
    based_on = say(
        "This rests on {whose}: {n} of them happened after the first export.", whose=known.whose, n=within.n_incidents
    )
    before = say_count(
        "When earlier ones were first recorded is not known: {n} selected [attack is|attacks are] left out.",
        known.n_before,
    )
    return f"{late} {based_on} {before}"


def _nowcast(study: Study, results: Results) -> str:
    cast = results["nowcast_attacks"]
    return say_count(
        "The window holds {n} recorded [attack|attacks]; if reports go on coming as they did, it will hold about "
        "{value} ({bounds}) once all are recorded.",
        int(cast.n_incidents),
        value=number(cast.value),
        bounds=interval(cast, "{:.0f}"),
    )


@in_its_language
def further_charts(study: Study, *, brief: bool = False) -> list[Chart]:
    """Return the charts of how late reports come, which take earlier exports of the table; ``brief`` leaves out the
    triangle."""
    known = reliability.reporting_of(study)
    if study.snapshots is None or known.problem:
        return []
    last = known.triangle["period_end"].max() - reliability.DAY
    under = caption(study, counted=message("selected attacks"))
    beneath = replace(
        under, n=known.distribution.n_reports, counted=say("attacks since the first export"),
        note=say("Based on {whose}; last export of {day}.", whose=known.whose, day=last),
    )  # fmt: skip
    shown = [_nowcast_chart(known, under), _delay_chart(known, beneath)]
    return shown if brief else [*shown, _triangle_chart(known, beneath)]


def _nowcast_chart(known: reliability.Reporting, under: Caption) -> Chart:
    weeks = known.weeks
    recorded, expected = int(weeks["recorded"].sum()), float(weeks["value"].sum())
    title = say_count(
        "{n} [attack|attacks] recorded in the weeks shown, about {expected} expected in the end",
        recorded,
        expected=number(expected),
    )
    newest = weeks.iloc[-1]
    alt = say(
        "Of the newest week {recorded} are recorded; {low:.0f} to {high:.0f} are expected.",
        recorded=int(newest["recorded"]), low=newest["low"], high=newest["high"],
    )  # fmt: skip
    return Chart.of(CHARTS, "nowcast", "reliability.plot_nowcast", weeks, caption=under, title=title, adds=alt)


def _delay_chart(known: reliability.Reporting, under: Caption) -> Chart:
    within, first = (
        float(reporting.share_recorded(known.distribution.cumulative, weeks)) for weeks in (reliability.WITHIN_WEEKS, 1)
    )
    title = say(
        "{share} of the attacks are in the table {weeks} weeks after they happened",
        share=percent(within), weeks=reliability.WITHIN_WEEKS,
    )  # fmt: skip
    alt = say("After one week {share} are recorded.", share=percent(first))
    look = {"caption": under, "title": title, "adds": alt}
    return Chart.of(CHARTS, "reporting_delay", "reliability.plot_delays", known.delays, **look)


def _triangle_chart(known: reliability.Reporting, under: Caption) -> Chart:
    table = known.triangle
    seen = table["value"].sum()
    latest = int(table.loc[table["value"].gt(0), "delay_weeks"].max())
    title = say("The latest reports came {weeks} weeks after the attack", weeks=latest)
    prompt = table.loc[table["delay_weeks"].eq(0), "value"].sum()
    alt = say(
        "{prompt:.0f} of {seen:.0f} attacks were in an export of their own week.",
        prompt=float(prompt),
        seen=float(seen),
    )
    look = {"caption": under, "title": title, "adds": alt}
    return Chart.of(CHARTS, "reporting_triangle", "reliability.plot_triangle", table, **look)


@in_its_language
def why_no_chart(study: Study, name: str) -> str:
    """Return why a chart of the catalogue is not drawn."""
    if study.holds_counts:
        return say(NEEDS_INCIDENTS)
    if name == "completeness":
        return say("reference counts speak of several countries; select one")
    if study.snapshots is None:
        return say("delays are known from earlier exports of the table, and none are given")
    return reliability.reporting_of(study).problem


def _show_reporting(page: Page, study: Study, *, brief: bool) -> None:
    if study.snapshots is None:
        return
    page.charts(further_charts(study, brief=brief), ())
    if not brief:
        vintages = reliability.reporting_of(study).vintages
        page.table(vintages, title=say("Exports compared"), columns=heads(VINTAGE_COLUMNS), limit=15, newest_first=True)
