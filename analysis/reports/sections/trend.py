"""Is it speeding up; since when?"""

import pandas as pd

from analysis.incidents.study import Study, in_its_language
from analysis.language import message
from analysis.measures import trend
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.words import (
    Results,
    caption,
    counted,
    gap,
    interval,
    month_words,
    percent,
    probability,
    times,
)

CHANGE_COLUMNS = {
    "period_start": "new level from",
    "rate_before": "attacks a month before",
    "rate_after": "attacks a month after",
    "value": "ratio",
}


CHARTS = {
    "trend": message("Attacks per month with their trend and its changes"),
}


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say how the last year compares, whether attacks change within the present regime, and since when that has
    stood."""
    noun = study.noun
    said = []
    if results.known("year_ratio"):
        row = results["year_ratio"]
        said.append(
            f"The last twelve whole months hold {counted(int(row.detail['recent']), noun)}, the twelve before "
            f"{row.detail['before']:,.0f}: "
            f"{times(row.value)} as many ({interval(row, 'number')})."
        )
    else:
        said.append(gap("A comparison of the last year with the one before", results.why_not("year_ratio")))
    if results.known("last_change_point_ratio"):
        change = results["last_change_point_ratio"]
        said.append(
            f"The latest change of level is in {month_words(pd.Timestamp(change.detail['since']))}: "
            f"{times(change.value)} the rate of the regime before it."
        )
    if results.known("trend_percent_per_year"):
        row, p = results["trend_percent_per_year"], results["trend_p"].value
        said.append(
            f"Since {month_words(pd.Timestamp(row.detail['since']))}, within the present regime, recorded {noun}s "
            f"change by {row.value:+.0f} % a year "
            f"({row.low:+.0f} to {row.high:+.0f} at {percent(row.level)}; p {probability(p)})."
        )
    elif results.known("year_ratio"):
        said.append(gap("A trend line", results.why_not("trend_percent_per_year")))
    if results.known("mann_kendall_p", "power_law_shape"):
        said.append(
            f"Checks over the whole history: Mann-Kendall p {probability(results['mann_kendall_p'].value)}; power-law shape "
            f"{results['power_law_shape'].value:.2f} ({interval(results['power_law_shape'], '{:.2f}')}), above 1 where {noun}s "
            "come ever faster."
        )
    if not results.known("completeness"):
        said.append(f"How complete the table is, was not measured: {results.why_not('completeness')}.")
    return said


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the section's chart."""
    series, changes = trend.series_of(study), trend.change_points_of(study)
    draw = Drawing("trend.plot_trend", series, changes, caption=caption(study), value_label="attacks per month")
    return [Chart("trend", draw, series, "Attacks per month with the fitted trend")]


@in_its_language
def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    said = read(study, results)
    page.say(*said)
    page.charts(charts(study), said)
    changes = trend.change_points_of(study)
    if not changes.empty:
        page.table(changes, title="Change points", columns=CHANGE_COLUMNS, limit=12, newest_first=True)
