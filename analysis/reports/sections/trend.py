"""Is it speeding up; since when?"""

from analysis.incidents.study import Study
from analysis.measures import trend
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.words import Results, caption, day_words, gap, interval, number, percent, probability

CHANGE_COLUMNS = {
    "period_start": "new level from",
    "rate_before": "attacks a month before",
    "rate_after": "attacks a month after",
    "value": "ratio",
}


def read(study: Study, results: Results) -> list[str]:
    """Say whether attacks change over time, or why that is not computed."""
    if not results.known("trend_percent_per_year"):
        return [gap("A trend over time", results.why_not("trend_percent_per_year"))]
    row, p = results["trend_percent_per_year"], results["trend_p"].value
    said = [
        f"From {day_words(study.start)} to {day_words(study.as_of)} recorded attacks change by {row.value:+.0f} % a year "
        f"({row.low:+.0f} to {row.high:+.0f} at {percent(row.level)}; p {probability(p)}; {row.method})."
    ]
    if results.known("mann_kendall_p", "power_law_shape"):
        said.append(
            f"Checks beside it: Mann-Kendall p {probability(results['mann_kendall_p'].value)}; power-law shape "
            f"{results['power_law_shape'].value:.2f} ({interval(results['power_law_shape'], '{:.2f}')}), above 1 where attacks "
            "come ever faster. One log-linear line over a long history hides its turns: read it with the change points."
        )
    if results.known("last_change_point_ratio"):
        change = results["last_change_point_ratio"]
        said.append(
            f"The latest change of level is in {change.detail['since']}: × {number(change.value)} against the regime before it."
        )
    if not results.known("completeness"):
        said.append(f"How complete the table is, was not measured: {results.why_not('completeness')}.")
    return said


def charts(study: Study) -> list[Chart]:
    """Return the section's chart."""
    series, changes = trend.series_of(study), trend.change_points_of(study)
    draw = Drawing("trend.plot_trend", series, changes, caption=caption(study), value_label="attacks per month")
    return [Chart("trend", draw, series, "Attacks per month with the fitted trend")]


def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    said = read(study, results)
    page.say(*said)
    page.charts(charts(study), said)
    changes = trend.change_points_of(study)
    if not changes.empty:
        page.table(changes, title="Change points", columns=CHANGE_COLUMNS, limit=12, newest_first=True)
