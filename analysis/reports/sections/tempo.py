"""How unusual is that many offensives in so few days?"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.incidents.study import DAY, Study, in_its_language
from analysis.language import message, say, say_count
from analysis.measures import offensives, tempo
from analysis.measures.reliability import trend_problem
from analysis.measures.result import COMPUTED
from analysis.measures.tempo import BRANCHING_RATIO
from analysis.reports.page import Chart, Page
from analysis.reports.wording import (
    Results,
    caption,
    chance,
    day_words,
    gap,
    headline_k,
    interval,
    listed,
    number,
    percent,
    span,
    years,
)

CHARTS = {
    "unusualness": message("The chance of so many offensives in one window"),
    "tempo": message("Offensives in the trailing window, day by day"),
}


@in_its_language
@listed
def read(study: Study, results: Results) -> Iterator[str]:
    """Say how unusual the count of offensives is, under both nulls."""
    names = ("tempo_fixed_window_independent", "tempo_any_window_independent", "tempo_any_window_clustered")
    yield from _greatest(study, results)
    if not results.known(*names):
        yield gap(say("How unusual the present count is"), results.why_not(*names))
        return
    fixed, some, clustered = (results[name] for name in names)
    rate = results["offensive_rate_baseline"]
    yield say(
        "The baseline holds {rate} offensives a year ({interval}).",
        rate=number(rate.value), interval=interval(rate, "number"),
    )  # fmt: skip
    yield say(
        "At that rate, {k} or more in one window of {days} days fixed beforehand have a chance of {chance}.",
        k=headline_k(study, results), days=study.settings.window_days, chance=chance(fixed.value),
    )  # fmt: skip
    ends = {"low": chance(fixed.low), "high": chance(fixed.high)}
    yield say("At the ends of the rate's interval, that chance is {low} and {high}.", **ends)
    yield say(
        "But nobody fixed the window beforehand: in {days} days of history, some window holds as many with a chance"
        " of {chance} if offensives are independent.",
        days=(study.end - study.baseline_start) // DAY, chance=_simulated(some.value, study),
    )  # fmt: skip
    yield say(
        "That chance is {chance} if {branching} of offensives are brought on by an earlier one.",
        chance=_simulated(clustered.value, study), branching=percent(BRANCHING_RATIO),
    )  # fmt: skip
    if results.known("tempo_recurrence_independent", "tempo_recurrence_clustered"):
        yield say(
            "The wait for such a window is {alone} if offensives are independent, and {brought} if they bring others.",
            alone=years(results["tempo_recurrence_independent"].value),
            brought=years(results["tempo_recurrence_clustered"].value),
        )
    if results.known("tempo_e_value"):
        yield from _evidence(study, results["tempo_e_value"].value)
    if recording := trend_problem(study):
        yield say("The verdict does not count this, because {reason}.", reason=recording)
    if results.known("tempo_p_over_definitions"):
        row = results["tempo_p_over_definitions"]
        yield say(
            "Under other definitions of an offensive, each with its own baseline, the chance for a fixed window runs"
            " from {low} to {high}.",
            low=chance(row.low), high=chance(row.high),
        )  # fmt: skip


def _evidence(study: Study, value: float) -> Iterator[str]:
    line = 1 / (1 - study.settings.level)
    yield say(
        "The evidence against the baseline's rate that may be looked at again and again (e-value) is {value}.",
        value=number(value),
    )
    if value >= line:
        yield say("It reaches {line:.0f}, the line for an alarm.", line=line)
    else:
        yield say("It does not reach {line:.0f}, the line for an alarm.", line=line)


def _simulated(share: float, study: Study) -> str:
    """Return a simulated chance in per cent; of none, or of all, of so many simulations, a bound."""
    least = 1 / study.settings.n_simulations
    if share == 0 and least >= 0.001:
        return say("under {share}", share=percent(least))
    return chance(min(share, 1 - least))


def _greatest(study: Study, results: Results) -> Iterator[str]:
    """Say when most offensives came together, and how often a history holds as many somewhere."""
    if not results.known("tempo_greatest"):
        return
    row = results["tempo_greatest"]
    yield say(
        "The most offensives in any {days} days of the history are {n}, first in those to {day}.",
        days=study.settings.window_days, n=int(row.value), day=day_words(pd.Timestamp(row.detail["last_day"])),
    )  # fmt: skip
    chances = ("tempo_greatest_independent", "tempo_greatest_clustered")
    if results.known(*chances):
        alone, brought = (_simulated(results[name].value, study) for name in chances)
        yield say(
            "At the rate of all other days, {share} of histories as long hold such a window somewhere if offensives are"
            " independent.",
            share=alone,
        )
        yield say(
            "If {branching} of offensives are brought on by an earlier one, {share} of such histories do.",
            share=brought, branching=percent(BRANCHING_RATIO),
        )  # fmt: skip


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the section's charts; none where offensives could not be counted or judged."""
    under = caption(study, rows=offensives.offensives_of(study).offensives, counted=message("offensives"))
    unusualness, rolling = tempo.unusualness_of(study), tempo.rolling_of(study)
    drawn = []
    if not unusualness.empty:
        told = {"title": _chances_title(unusualness), "alt": _chances_alt(unusualness), "caption": under}
        drawn.append(Chart.of(CHARTS, "unusualness", "tempo.plot_unusualness", unusualness, **told))
    if rolling["status"].eq(COMPUTED).any():
        window = study.settings.window_days
        now = rolling["status"].iloc[-1] == COMPUTED and not study.window_problem()
        told = {
            "title": _rolling_title(rolling, window) if now else "",
            "alt": _rolling_alt(rolling, window),
            "caption": under,
        }
        drawn.append(Chart.of(CHARTS, "tempo", "tempo.plot_rolling", rolling, window_days=window, **told))
    return drawn


def _chances_title(table: pd.DataFrame) -> str:
    first = table.iloc[0]
    values = table[table["null"].eq("independent")].set_index("quantity")["value"]
    return say(
        "{k} or more offensives in {days} days: a chance of {fixed} in a given window, of {some} in some window",
        k=int(first["k"]), days=int(first["window_days"]), fixed=chance(values["fixed_window"]),
        some=chance(values["any_window"]),
    )  # fmt: skip


def _chances_alt(table: pd.DataFrame) -> str:
    chances = table[table["quantity"].ne("recurrence_years")].set_index(["null", "quantity"])["value"]
    if (chances["clustered"] >= chances["independent"]).all():
        return say(
            "Dots for chances on a scale of tenfold steps, with intervals from the baseline's rate. Where offensives"
            " bring others, the dots lie further right: such a window is less rare."
        )
    return say("Dots for chances on a scale of tenfold steps, with intervals from the baseline's rate.")


def _rolling_title(rolling: pd.DataFrame, window_days: int) -> str:
    last = rolling[rolling["status"].eq(COMPUTED)].iloc[-1]
    low, high = last["baseline_low"], last["baseline_high"]
    if np.isnan(low) or np.isnan(high):
        return say_count(
            "{n} [offensive|offensives] in the last {days} days", int(last["value"]),
            days=window_days,
        )  # fmt: skip
    held = {"days": window_days, "range": span(str(int(low)), str(int(high)))}
    if last["value"] > high:
        return say_count(
            "{n} [offensive|offensives] in the last {days} days: more than a steady rate gives ({range})",
            int(last["value"]),
            **held,
        )
    if last["value"] < low:
        return say_count(
            "{n} [offensive|offensives] in the last {days} days: fewer than a steady rate gives ({range})",
            int(last["value"]),
            **held,
        )
    return say_count(
        "{n} [offensive|offensives] in the last {days} days: within what a steady rate gives ({range})",
        int(last["value"]),
        **held,
    )


def _rolling_alt(rolling: pd.DataFrame, window_days: int) -> str:
    held = rolling[rolling["status"].eq(COMPUTED)]
    above = int(held["value"].gt(held["baseline_high"]).sum())
    return say_count(
        "Stepped line of the offensives in the last {days} days, over the band of a steady rate. It stands above the "
        "band on {n} [day|days] of {of}.",
        above,
        days=window_days,
        of=len(held),
    )


@in_its_language
def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    said = read(study, results)
    page.say(*said)
    page.charts(charts(study), said)
