"""Which places stand above their baseline now?"""

import pandas as pd

from analysis.incidents.study import DAY, Study, in_its_language
from analysis.language import message, say
from analysis.measures import surge
from analysis.measures.assessment import assess
from analysis.measures.level import FALLING, RISING
from analysis.measures.reliability import completeness_of
from analysis.measures.surge import LEAST, WEEK, Watch, watch_of
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.words import Results, caption, counted, day_words, gap, joined, number, probability

SHOWN = 12
# Over less than this, a ratio says nothing but that next to nothing was expected.
LEAST_FOR_RATIO = 0.5
UNITS_COLUMNS = {
    "unit": "unit",
    "observed": "attacks",
    "window_weeks": "in weeks",
    "expected": "expected",
    "p_value": "p",
    "alarm": "above",
    "above_since": "above since",
    "false_alarms_per_year": "false alarms a year",
    "acled_surge": "ACLED surge",
    "acled_threat": "ACLED threat",
    "hdx_level": "HDX Signals",
    "reason": "not computed, because",
}
COMPARATOR_COLUMNS = {
    "rule": "rule",
    "words": "fires where",
    "n_units": "units now",
    "false_alarms_per_year": "false alarms a unit and year",
    "reason": "not computed, because",
}


CHARTS = {
    "surge_ranked": message("Units above their baseline, most unusual first"),
    "surge": message("Attacks per week against the expected range"),
}


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say which units stand above their baseline, by which rule, and how often that rule would cry wolf."""
    watch = watch_of(study)
    if not results.known("surge_units_judged"):
        return [
            gap("Which places stand above their baseline", results.why_not("surge_units_judged")),
            *_rough(study, watch),
        ]
    judged = int(results["surge_units_judged"].value)
    last = watch.units["period_end"].max()
    n = len(watch.alerts)
    said = [
        f"In the week to {day_words(last - DAY)}, or in the four weeks to that day, {counted(n, 'unit')} of {judged} "
        f"{'stands' if n == 1 else 'stand'} above {'its' if n == 1 else 'their'} own baseline (counted by "
        f"{study.selection.unit})."
    ]
    said += [_alert(row, study.noun) for row in watch.alerts.head(3).itertuples()]
    said += _deaths(study)
    if results.known("surge_false_alarms_per_year"):
        said.append(
            f"If nothing changed anywhere, these bounds would give about {number(watch.expected_alarms)} false alarms "
            f"a year over all units "
            f"(at most {number(watch.asked)} were asked for). Fewer than {LEAST['attacks']} {study.noun}s are never an alarm."
        )
    said += beside_verdict(study)
    said += _rough(study, watch)
    if completeness_of(study).trend_problem:
        said.append(
            "An alarm is about recorded attacks. How completely they are recorded is known to vary here, and a change of "
            "recording alone could raise one."
        )
    return said


@in_its_language
def beside_verdict(study: Study) -> list[str]:
    """Say why an alarm can be on while the verdict is falling, or none while it is rising; nothing where they do not differ."""
    watch, judged = watch_of(study), assess(study).attacks
    if judged.word == RISING and watch.alerts.empty and not watch.units.empty:
        return [
            "No alarm is on all the same, for the two look at different spans. The verdict holds 90 days against the year "
            "before; an alarm holds the last week or four weeks against what the weeks just before them led to expect. A level that "
            "rose some time ago and holds raises none."
        ]
    if judged.word != FALLING or watch.alerts.empty:
        return []
    names = joined(watch.alerts["unit"].head(5))
    return [
        f"An alarm is on all the same: {names}. The two look at different spans. The verdict holds 90 days against the year before; an alarm "
        "holds the last week or four weeks against what was expected just before them. A burst at a lower level makes both true."
    ]


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the section's charts: of one unit its series, of several those in alarm and the busiest."""
    watch, under = watch_of(study), caption(study)
    if watch.units.empty:
        return []
    if len(watch.units) == 1:
        draw = Drawing("surge.plot_series", watch.series, caption=under, value_label="attacks per week")
        return [Chart("surge", draw, watch.series, "Attacks per week against the expected range")]
    ranked = Drawing("surge.plot_ranked_units", watch.alerts, watch.series, caption=under)
    panels = Drawing("surge.plot_small_multiples", watch.series, n=SHOWN, caption=under, value_label="attacks per week")
    return [
        Chart("surge_ranked", ranked, watch.alerts, "Units above their baseline, ranked"),
        Chart("surge", panels, watch.series, "Attacks per week, unit by unit"),
    ]


@in_its_language
def why_no_chart(study: Study, name: str) -> str:
    """Return why a chart of the catalogue is not drawn."""
    watch = watch_of(study)
    if watch.units.empty:
        return watch.problem or say("no attack is located in a unit")
    return say("one unit alone is watched, and there is nothing to rank")


@in_its_language
def write(page: Page, study: Study, results: Results, *, brief: bool = False) -> None:
    """Show the section; ``brief`` leaves to the question's own notebook what a first reading does not need."""
    said = read(study, results)
    page.say(*said)
    watch = watch_of(study)
    page.alerts(surge.alerts_document(watch, study))
    page.charts(charts(study), said)
    shown = watch.units.assign(above_since=pd.to_datetime(watch.units["above_since"]))
    page.table(shown, title="Units, most unusual first", columns=UNITS_COLUMNS, limit=15)
    if not brief:
        page.table(
            watch.comparators,
            title="Rules that users know from elsewhere, as comparators",
            columns=COMPARATOR_COLUMNS,
            note="Simulated for histories in which nothing changes, at each unit's own mean and dispersion (the 25 busiest units, 4,000 histories each).",
        )


def _alert(row, noun: str) -> str:
    times = f", {number(row.value)} times as many" if row.expected >= LEAST_FOR_RATIO else ""
    window = "the week" if row.window_weeks == 1 else "four weeks"
    return (
        f"{row.unit}: {row.observed:,.0f} {noun}s in {window}, and its past led to expect "
        f"{number(row.expected)}{times} "
        f"(p {probability(row.p_value)}), in alarm since {day_words(row.above_since)}; "
        f"at this bound it would raise {number(row.false_alarms_per_year)} false alarms a year."
    )


def _deaths(study: Study) -> list[str]:
    """Say where deaths stand above their baseline, by all three figures where these differ."""
    watched = {quantity: watch_of(study, quantity=quantity) for quantity in ("deaths", "deaths_low", "deaths_high")}
    best = watched["deaths"]
    if best.problem:
        return [gap("Alarms on deaths", best.problem)]
    names = best.alerts["unit"].tolist()
    said = [
        f"By deaths, {counted(len(names), 'unit')} {'stands' if len(names) == 1 else 'stand'} above: "
        f"{joined(names[:5])}."
        if names
        else "By deaths, no unit stands above its baseline."
    ]
    others = {
        words: sorted(set(watched[quantity].alerts["unit"]) ^ set(names))
        for quantity, words in (("deaths_low", "low"), ("deaths_high", "high"))
        if not watched[quantity].problem
    }
    differ = [f"by the {words} figures {joined(units[:5])}" for words, units in others.items() if units]
    if differ:
        said.append(f"The answer differs {' and '.join(differ)}.")
    return said


def _rough(study: Study, watch: Watch) -> list[str]:
    held = int((study.attacks["date_start"] >= study.end - len(watch.panel) * WEEK).sum())
    if not watch.n_unplaced:
        return []
    return [
        f"{counted(watch.n_unplaced, 'attack')} of {held:,} are located too roughly to belong to a unit, and count in none."
    ]
