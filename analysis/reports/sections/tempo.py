"""How unusual is that many offensives in so few days?"""

import pandas as pd

from analysis.incidents.study import DAY, Study, in_its_language
from analysis.language import message
from analysis.measures import offensives, tempo
from analysis.measures.tempo import BRANCHING_RATIO
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.words import Results, caption, day_words, gap, headline_k, interval, number, percent, years

CHARTS = {
    "unusualness": message("The chance of so many offensives in one window"),
    "tempo": message("Offensives in the trailing window, day by day"),
}


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say how unusual the count of offensives is, under both nulls."""
    names = ("tempo_fixed_window_independent", "tempo_any_window_independent", "tempo_any_window_clustered")
    greatest = _greatest(study, results)
    if not results.known(*names):
        return [*greatest, gap("How unusual the present count is", results.why_not(*names))]
    fixed, some, clustered = (results[name] for name in names)
    rate, k = results["offensive_rate_baseline"], headline_k(study, results)
    history = (study.end - study.baseline_start) // DAY
    said = [
        *greatest,
        f"The baseline holds {number(rate.value)} offensives a year ({interval(rate, 'number')}). At that rate {k} or "
        f"more in one "
        f"window of {study.settings.window_days} days fixed beforehand has a chance of {percent(fixed.value)} "
        f"({percent(fixed.low)} to {percent(fixed.high)} at the ends of the rate's interval).",
        f"But nobody fixed the window beforehand. Some window in {history} days of history holds as many with a chance of "
        f"{percent(some.value)} if offensives are independent, and {percent(clustered.value)} if "
        f"{percent(BRANCHING_RATIO)} "
        "of them are brought on by an earlier one.",
    ]
    if results.known("tempo_recurrence_independent", "tempo_recurrence_clustered"):
        alone, brought = results["tempo_recurrence_independent"].value, results["tempo_recurrence_clustered"].value
        said.append(f"One waits {years(alone)} for such a window if independent, {years(brought)} if clustered.")
    if results.known("tempo_e_value"):
        value = results["tempo_e_value"].value
        line = "reaches" if value >= 1 / (1 - study.settings.level) else "does not reach"
        said.append(
            f"Evidence that may be looked at again and again while the window grows, also where {percent(BRANCHING_RATIO)} of offensives are brought on "
            f"by an earlier one (e-value): {number(value)}; it {line} {1 / (1 - study.settings.level):.0f}, the line for an alarm."
        )
    if results.known("tempo_p_over_definitions"):
        row = results["tempo_p_over_definitions"]
        said.append(
            f"Under other definitions of an offensive, each with its own baseline, the fixed-window chance runs from "
            f"{percent(row.low)} to {percent(row.high)}."
        )
    return said


def _greatest(study: Study, results: Results) -> list[str]:
    """Say when most offensives came together, and how often a history holds as many somewhere."""
    if not results.known("tempo_greatest"):
        return []
    row, days = results["tempo_greatest"], study.settings.window_days
    last_day = pd.Timestamp(row.detail["last_day"])
    said = f"The most in any {days} days of the history is {row.value:.0f}, in those to {day_words(last_day)}"
    chances = ("tempo_greatest_independent", "tempo_greatest_clustered")
    if not results.known(*chances):
        return [f"{said}."]
    alone, brought = (percent(results[name].value) for name in chances)
    return [
        f"{said}. At the rate of all other days, {alone} of histories as long hold such a window somewhere if "
        f"offensives are independent, "
        f"{brought} if {percent(BRANCHING_RATIO)} of them are brought on by an earlier one."
    ]


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the section's charts."""
    under = caption(study, rows=offensives.offensives_of(study).offensives, counted="offensives")
    unusualness, rolling = tempo.unusualness_of(study), tempo.rolling_of(study)
    window = study.settings.window_days
    return [
        Chart(
            "unusualness",
            Drawing("tempo.plot_unusualness", unusualness, caption=under),
            unusualness,
            "Chance of so many offensives under two nulls",
        ),
        Chart(
            "tempo",
            Drawing("tempo.plot_rolling", rolling, window_days=window, caption=under),
            rolling,
            "Offensives in the trailing window, day by day",
        ),
    ]


@in_its_language
def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    said = read(study, results)
    page.say(*said)
    page.charts(charts(study), said)
