"""Is it speeding up; since when?"""

from collections.abc import Iterator

import pandas as pd

from analysis.incidents.counting import rounded
from analysis.incidents.study import Study, in_its_language
from analysis.language import message, say, say_count
from analysis.measures import trend
from analysis.reports.page import Chart, Page
from analysis.reports.wording import (
    Results,
    caption,
    fullest_month,
    gap,
    heads,
    interval,
    listed,
    month_words,
    named,
    number,
    percent,
    probability,
    times,
)

CHANGE_COLUMNS = {
    "period_start": message("new level from"),
    "rate_before": message("attacks a month before"),
    "rate_after": message("attacks a month after"),
    "value": message("ratio"),
}


CHARTS = {
    "trend": message("Attacks per month with their trend and its changes"),
}


@in_its_language
@listed
def read(study: Study, results: Results) -> Iterator[str]:
    """Say how the last year compares, whether attacks change within the present regime, and since when that has
    stood."""
    if results.known("year_ratio"):
        row = results["year_ratio"]
        yield say_count(
            "The last twelve whole months hold {n} [attack|attacks], the twelve before {before}: {ratio} as many "
            "({interval}).",
            int(row.detail["recent"]),
            before=rounded(row.detail["before"]),
            ratio=times(row.value),
            interval=interval(row, "number"),
        )
    else:
        yield gap(say("A comparison of the last year with the one before"), results.why_not("year_ratio"))
    if results.known("last_change_point_ratio"):
        change = results["last_change_point_ratio"]
        yield say(
            "The latest change of level is in {month}: {ratio} the rate of the regime before it.",
            month=month_words(pd.Timestamp(change.detail["since"])),
            ratio=times(change.value),
        )
    if results.known("trend_percent_per_year"):
        row = results["trend_percent_per_year"]
        yield say(
            "Since {month}, within the present regime, recorded attacks change by {change:+.0f} % a year"
            " ({low:+.0f} to {high:+.0f} at {level}; p {p}).",
            month=month_words(pd.Timestamp(row.detail["since"])),
            change=row.value,
            low=row.low,
            high=row.high,
            level=percent(row.level),
            p=probability(results["trend_p"].value),
        )
    elif results.known("year_ratio"):
        yield gap(say("A trend line"), results.why_not("trend_percent_per_year"))
    if results.known("mann_kendall_p", "power_law_shape"):
        shape = results["power_law_shape"]
        yield say(
            "Checks over the whole history: Mann-Kendall p {p}; power-law shape {shape:.2f} ({interval}), above 1"
            " where attacks come ever faster.",
            p=probability(results["mann_kendall_p"].value),
            shape=shape.value,
            interval=interval(shape, "{:.2f}"),
        )
    if not results.known("completeness"):
        yield say("How complete the table is was not measured: {reason}.", reason=results.why_not("completeness"))


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the section's chart."""
    series, changes = trend.series_of(study), trend.change_points_of(study)
    if series.empty:
        return []
    title = named(_title(study, series, changes), study.noun)
    label = named(say("attacks per month, and the rate between changes"), study.noun)
    told = {"title": title, "alt": _alt(series, changes), "caption": caption(study), "value_label": label}
    return [Chart.of(CHARTS, "trend", "trend.plot_trend", series, changes, **told)]


def _title(study: Study, series: pd.DataFrame, changes: pd.DataFrame) -> str:
    fit, _ = trend.trend_of(study)
    if changes.empty and fit is not None and fit.low > 0:
        return say("Attacks rise by {share} a year, without a step", share=percent(fit.percent_per_year / 100))
    if changes.empty and fit is not None and fit.high < 0:
        return say("Attacks fall by {share} a year, without a step", share=percent(-fit.percent_per_year / 100))
    if changes.empty:
        return say("Attacks a month: one rate fits all months, {rate}", rate=number(series["value"].mean()))
    last = changes.iloc[-1]
    held = {
        "month": month_words(last["period_start"]),
        "before": number(last["rate_before"]),
        "after": number(last["rate_after"]),
    }
    if last["rate_after"] > last["rate_before"]:
        return say("Attacks rose from {before} to {after} a month in {month}", **held)
    return say("Attacks fell from {before} to {after} a month in {month}", **held)


def _alt(series: pd.DataFrame, changes: pd.DataFrame) -> str:
    held = {
        "first": month_words(series["period_start"].iloc[0]),
        "last": month_words(series["period_start"].iloc[-1]),
        "most": int(series["value"].max()),
        "month": fullest_month(series["period_start"], series["value"]),
    }
    return say_count(
        "Bars for attacks by month from {first} to {last}, and a stepped line with {n} [change|changes] of level. "
        "Most, {most}, in {month}.",
        len(changes),
        **held,
    )


@in_its_language
def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    said = read(study, results)
    page.say(*said)
    page.charts(charts(study), said)
    changes = trend.change_points_of(study)
    if not changes.empty:
        page.table(changes, title=say("Changes of level"), columns=heads(CHANGE_COLUMNS), limit=12, newest_first=True)
