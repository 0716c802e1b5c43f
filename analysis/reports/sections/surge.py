"""Which places stand above their baseline now?"""

import numpy as np
import pandas as pd

from analysis.incidents.study import DAY, Study
from analysis.measures import surge
from analysis.measures.reliability import completeness_of
from analysis.measures.result import COMPUTED
from analysis.measures.surge import ALARMS_PER_YEAR, N_SIMULATIONS, WEEK, WEEKS_PER_YEAR, Watch, watch_of
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.words import Results, caption, counted, day_words, gap, number, probability

SHOWN = 12
UNITS_COLUMNS = {
    "unit": "unit",
    "observed": "attacks a week",
    "expected": "expected",
    "p_value": "p",
    "alarm": "above",
    "above_since": "above since",
    "false_alarms_per_year": "false alarms a year",
    "rule": "rule",
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
    said = [
        f"In the week to {day_words(last - DAY)}, {counted(len(watch.alerts), 'unit')} of {judged} judged "
        f"{'stands' if len(watch.alerts) == 1 else 'stand'} above {'its' if len(watch.alerts) == 1 else 'their'} own baseline"
        f" ({len(watch.units)} in all, counted by {study.selection.unit})."
    ]
    said += [_alert(row) for row in watch.alerts.head(3).itertuples()]
    if results.known("surge_false_alarms_per_year"):
        expected = results["surge_false_alarms_per_year"].value
        said.append(
            f"Each unit is tested at {watch.alpha:.2g} a week, so that about {number(expected)} false alarms a year come up over all judged "
            f"units if nothing changes (at most {ALARMS_PER_YEAR:.0f} are allowed)."
        )
    quiet = int((~watch.units["status"].eq(COMPUTED)).sum())
    if quiet:
        said.append(f"{counted(quiet, 'unit')} could not be judged; the table gives the reason for each.")
    said += _rough(study, watch)
    if completeness_of(study).trend_problem:
        said.append(
            "An alarm is about recorded attacks. How completely they are recorded is known to vary here, and a change of "
            "recording alone could raise one."
        )
    return said


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
            note="Simulated for histories in which nothing changes, at each unit's own mean and dispersion (the 25 busiest units).",
        )


def _alert(row) -> str:
    times = f", {number(row.value)} times as many" if not np.isnan(row.value) else ""
    return (
        f"{row.unit}: {number(row.observed)} attacks a week against {number(row.expected)} expected{times} (p {probability(row.p_value)}), above since "
        f"the week of {day_words(row.above_since)}; {row.rule}, which would raise {_rate(row.false_alarms_per_year)} false alarms a year here."
    )


def _rate(per_year: float) -> str:
    """Say a simulated rate; none in so many runs is a bound, by the rule of three, and not a zero."""
    return number(per_year) if per_year else f"fewer than {number(3 / N_SIMULATIONS * WEEKS_PER_YEAR)}"


def _rough(study: Study, watch: Watch) -> list[str]:
    held = int((study.attacks["date_start"] >= study.end - len(watch.panel) * WEEK).sum())
    if not watch.n_unplaced:
        return []
    return [
        f"{counted(watch.n_unplaced, 'attack')} of {held:,} are located too roughly to belong to a unit, and count in none."
    ]
