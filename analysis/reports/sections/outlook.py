"""What next?"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from analysis.incidents.counting import rounded
from analysis.incidents.study import Study, in_its_language
from analysis.language import message, messages, say, say_count
from analysis.measures import outlook
from analysis.measures.agreement import departure_of
from analysis.measures.outlook import NAMES, QUANTITIES
from analysis.measures.result import COMPUTED
from analysis.reports.outlook_words import departure_words
from analysis.reports.page import Chart, Page
from analysis.reports.wording import (
    Results,
    caption,
    chance,
    formatted,
    gap,
    heads,
    interval,
    listed,
    month_words,
    number,
    percent,
    unit_name,
)

SCORE_COLUMNS = {
    "name": message("forecast"),
    "n": message("forecasts"),
    "crps": message("mean CRPS"),
    "log_score": message("ignorance"),
    "interval_score": message("interval score, 95 %"),
    "coverage_50": message("in 50 %"),
    "coverage_80": message("in 80 %"),
    "coverage_95": message("in 95 %"),
    "held_95": message("in whole-number 95 %"),
}
SCORE_NOTE = message(
    "Each forecast uses earlier months alone and looks one to six months ahead; lower scores are better. A share in an "
    "interval splits its ends, so that a right forecast reaches the level. Whole-number intervals hold more than that "
    "where events are rare. The outlook pools ten views of the past, weighted by their past scores; the benchmarks are "
    "those of the VIEWS challenge."
)
FORECAST_COLUMNS = {
    "unit": message("unit"),
    "period_start": message("month"),
    "value": message("median"),
    "low_50": message("50 % from"),
    "high_50": message("50 % to"),
    "low_95": message("95 % from"),
    "high_95": message("95 % to"),
    "chance_none": message("chance of none"),
}
CHARTS = {
    "outlook_attacks": message("Attacks per month and the months ahead"),
    "outlook_scores_attacks": message("How far off forecasts of attacks were"),
    "outlook_calibration_attacks": message("Whether forecasts of attacks had the right spread"),
    "outlook_deaths": message("Deaths per month and the months ahead"),
    "outlook_scores_deaths": message("How far off forecasts of deaths were"),
    "outlook_calibration_deaths": message("Whether forecasts of deaths had the right spread"),
}
FORECASTS = {"attacks": message("A forecast of attacks"), "deaths": message("A forecast of deaths")}
AHEAD = {
    "attacks": message(
        "For {first} the forecast of recorded attacks is {soon} ({soon_bounds}), for {last} it is {late}"
        " ({late_bounds})."
    ),
    "deaths": message(
        "For {first} the forecast of recorded deaths is {soon} ({soon_bounds}), for {last} it is {late}"
        " ({late_bounds})."
    ),
}
BEGUN = {
    "attacks": messages(
        "{month} holds {n} [attack|attacks] so far, in {days} of its {length} days; from the months before, {low} to"
        " {high} were to be expected (80 % range)."
    ),
    "deaths": messages(
        "{month} holds {n} [death|deaths] so far, in {days} of its {length} days; from the months before, {low} to"
        " {high} were to be expected (80 % range)."
    ),
}
BEGUN_ONE = {
    "attacks": messages(
        "{month} holds {n} [attack|attacks] so far, in {days} of its {length} days; the forecast from the months before"
        " was about {high}."
    ),
    "deaths": messages(
        "{month} holds {n} [death|deaths] so far, in {days} of its {length} days; the forecast from the months before"
        " was about {high}."
    ),
}
BEGUN_NONE = {
    "attacks": messages(
        "{month} holds {n} [attack|attacks] so far, in {days} of its {length} days; from the months before, none was"
        " to be expected (80 % range)."
    ),
    "deaths": messages(
        "{month} holds {n} [death|deaths] so far, in {days} of its {length} days; from the months before, none was"
        " to be expected (80 % range)."
    ),
}
TITLES = {
    "attacks": message("Forecast of attacks for {month}: {value}, from {low} to {high} at {level:.0f} %"),
    "deaths": message("Forecast of deaths for {month}: {value}, from {low} to {high} at {level:.0f} %"),
}
INSIDE = {
    "attacks": message("Attacks: {share} of past months fell inside the outlook's {level:.0f} % intervals"),
    "deaths": message("Deaths: {share} of past months fell inside the outlook's {level:.0f} % intervals"),
}
PAST = {
    "attacks": message("The last {n} whole months held from {least} to {most} attacks, {mean} on average."),
    "deaths": message("The last {n} whole months held from {least} to {most} deaths, {mean} on average."),
}
BACKTESTS = {
    "attacks": message("Backtest of forecasts of attacks: the outlook and the benchmarks"),
    "deaths": message("Backtest of forecasts of deaths: the outlook and the benchmarks"),
}
UNITS = {
    "attacks": message("Forecast of attacks for the next month, unit by unit"),
    "deaths": message("Forecast of deaths for the next month, unit by unit"),
}
COPIED = {
    "attacks": messages(
        "{n} of the {all} attacks of the last {months} whole months [is|are] like another, and may be [a copy|copies]: "
        "without [it|them] the forecast would be lower."
    ),
    "deaths": messages(
        "{n} of the {all} deaths of the last {months} whole months [is|are] of attacks that are like another, and may "
        "be counted twice: without [it|them] the forecast would be lower."
    ),
}
PAST_MONTHS = 12
DIGITS = "{:.3g}"  # of two scores that are nearly one


@in_its_language
@listed
def read(study: Study, results: Results) -> Iterator[str]:
    """Say what is forecast, whether such forecasts beat the naive ones, and what they do not know."""
    for quantity in QUANTITIES:
        yield from _quantity(study, results, quantity)
    if any(results.known(f"outlook_{quantity}_next") for quantity in QUANTITIES):
        yield say(
            "A forecast knows nothing but these counts: no ceasefire, offensive or change of recording that has"
            " left no trace in them. It is about recorded attacks and deaths."
        )


@in_its_language
def finding(study: Study, results: Results) -> str:
    """Return the one sentence of a report on this question alone."""
    return _quantity(study, results, "attacks")[0]


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the section's charts, of each quantity the forecast, its scores and its calibration."""
    return [chart for quantity in QUANTITIES for chart in _charts(study, quantity)]


def _charts(study: Study, quantity: str) -> list[Chart]:
    """Return the charts of one quantity, each titled by what it finds."""
    made = outlook.outlook_of(study, quantity=quantity)
    if made.problem:
        return []
    history = made.history.iloc[:, :1].set_axis(["value"], axis=1).reset_index()
    under = {"quantity": quantity, "caption": caption(study)}
    drawn = {
        f"outlook_{quantity}": ("outlook.plot_outlook", (made.forecasts, history)),
        f"outlook_scores_{quantity}": ("outlook.plot_scores", (made.scores,)),
        f"outlook_calibration_{quantity}": ("outlook.plot_calibration", (made.pit,)),
    }
    titles, alts = _titles(made, quantity), _alts(made, history, quantity)
    return [
        Chart.of(CHARTS, name, plot, *tables, title=title, adds=alt, **under)
        for (name, (plot, tables)), title, alt in zip(drawn.items(), titles, alts, strict=True)
    ]


def _titles(made: outlook.Outlook, quantity: str) -> tuple[str, str, str]:
    first, mean = made.coming.iloc[0], _mean_scores(made)
    ahead = say(
        TITLES[quantity], month=month_words(first["period_start"]), value=number(first["value"]),
        low=number(first["low"]), high=number(first["high"]), level=100 * first["level"],
    )  # fmt: skip
    if made.gain > 0 and not made.gain_low > 0:
        scores = say(
            "The outlook was closer than the best benchmark, but not beyond chance: its error is {gain} smaller",
            gain=percent(made.gain),
        )
    elif made.gain > 0:
        scores = say(
            "The outlook was closer than the best benchmark: its error is {gain} smaller", gain=percent(made.gain)
        )
    else:
        scores = say(
            "The outlook was no closer than the best benchmark: mean error {ours} against {theirs}",
            ours=formatted(mean["outlook"], DIGITS), theirs=formatted(mean[made.best_benchmark], DIGITS),
        )  # fmt: skip
    level = made.forecasts["level"].iloc[0]
    whole = made.scores[made.scores["horizon"].eq(0)].set_index("kind")
    share = whole.loc["outlook", f"coverage_{100 * level:.0f}"]
    inside = say(INSIDE[quantity], share=percent(share), level=100 * level)
    return ahead, scores, inside


def _alts(made: outlook.Outlook, history: pd.DataFrame, quantity: str) -> list[str]:
    past = history["value"].tail(PAST_MONTHS)
    by_horizon = made.scores.set_index(["kind", "horizon"])["crps"]
    return [
        say(PAST[quantity], n=len(past), least=number(past.min()), most=number(past.max()), mean=number(past.mean())),
        say(
            "One month ahead the mean error is {soon} for the outlook and {soon_other} for the best benchmark; six "
            "months ahead it is {late} and {late_other}.",
            soon=number(by_horizon["outlook", 1]), soon_other=number(by_horizon[made.best_benchmark, 1]),
            late=number(by_horizon["outlook", outlook.N_HORIZONS]),
            late_other=number(by_horizon[made.best_benchmark, outlook.N_HORIZONS]),
        ),
        say(
            "The lowest tenth of the outlook's forecasts held {low} of what came, the highest tenth {high}; right "
            "forecasts hold 10 % in each.",
            low=percent(made.pit["value"].iloc[0]), high=percent(made.pit["value"].iloc[-1]),
        ),
    ]  # fmt: skip


@in_its_language
def why_no_chart(study: Study, name: str) -> str:
    """Return why a chart of the catalogue is not drawn."""
    return outlook.outlook_of(study, quantity=name.rpartition("_")[2]).problem


@in_its_language
def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    page.say(*read(study, results))
    for quantity in QUANTITIES:
        made = outlook.outlook_of(study, quantity=quantity)
        page.charts(_charts(study, quantity), ())
        if not made.problem:
            whole = made.scores[made.scores["horizon"].eq(0)]
            look: Any = {"columns": heads(SCORE_COLUMNS), "note": say(SCORE_NOTE)}
            page.table(whole, title=say(BACKTESTS[quantity]), **look)
    _write_units(page, study)


def _quantity(study: Study, results: Results, quantity: str) -> list[str]:
    names = [f"outlook_{quantity}_{part}" for part in ("next", "last", "crps", "benchmark_crps", "coverage")]
    if not results.known(*names):
        return [gap(say(FORECASTS[quantity]), results.why_not(*names))]
    soon, late = (results[name] for name in names[:2])
    made = outlook.outlook_of(study, quantity=quantity)
    first, last = made.coming.iloc[0], made.forecasts.iloc[-1]
    ahead = say(
        AHEAD[quantity], first=month_words(first["period_start"]), soon=number(soon.value),
        soon_bounds=interval(soon, "number"), last=month_words(last["period_start"]), late=number(late.value),
        late_bounds=interval(late, "number"),
    )  # fmt: skip
    begun = _begun(study, made, quantity) if made.ahead > 1 else ""
    copied = outlook.copied_of(study, quantity=quantity)
    doubt = say_count(COPIED[quantity], copied[0], all=copied[1], months=outlook.COPIED_MONTHS) if copied else ""
    ahead = " ".join(filter(None, (begun, ahead, departure_words(departure_of(study, quantity=quantity)), doubt)))
    nearest = outlook.nearest_level(study.settings.level)
    whole = made.scores[made.scores["horizon"].eq(0)].set_index("kind")
    held = say(
        "The {level:.0f} % intervals of the forecast that is shown held {share} of what came (ends split).",
        level=100 * nearest, share=percent(whole.loc[made.shown, f"coverage_{100 * nearest:.0f}"]),
    )  # fmt: skip
    recent = _recent(made, results[f"outlook_{quantity}_recent_gain"])
    return [ahead, " ".join(filter(None, (_against_benchmark(made, results, quantity), recent, held)))]


def _begun(study: Study, made: outlook.Outlook, quantity: str) -> str:
    """Say of a month that has begun what it holds, beside what was forecast for the whole of it."""
    row = made.forecasts.iloc[0]
    first, stop = row["period_start"], study.covered_end
    low, high = number(row["low_80"]), number(row["high_80"])
    words = BEGUN_NONE if not rounded(row["high_80"]) else BEGUN_ONE if low == high else BEGUN
    return say_count(
        words[quantity], rounded(study.count_between(first, stop, quantity)), month=month_words(first),
        days=(stop - first).days, length=first.days_in_month, low=low, high=high,
    )  # fmt: skip


def _against_benchmark(made: outlook.Outlook, results: Results, quantity: str) -> str:
    """Say whether the outlook beat the best benchmark on this table's own past."""
    gain, benchmark = results[f"outlook_{quantity}_gain"], say(NAMES[made.best_benchmark])
    if not gain.value > 0:
        return _beaten(made, benchmark)
    told = {"benchmark": benchmark, "gain": percent(gain.value)}
    if gain.low > 0:
        return say(
            "On this table's own past the outlook beats the best benchmark ({benchmark}): its score is {gain} lower "
            "({bounds}).",
            bounds=interval(gain, "percent"), **told,
        )  # fmt: skip
    better = say(
        "On this table's own past the outlook does better than the best benchmark ({benchmark}), but not beyond"
        " chance.",
        benchmark=benchmark,
    )
    told = {"gain": percent(gain.value), "level": 100 * gain.level, "high": percent(gain.high)}
    if gain.low < -1:  # a benchmark that was hardly ever wrong is beaten a hundredfold by chance
        lower = say(
            "Its score is {gain} lower; the {level:.0f} % interval reaches from more than twice as high to {high} "
            "lower.",
            **told,
        )
    else:
        lower = say(
            "Its score is {gain} lower; the {level:.0f} % interval reaches from {low} higher to {high} lower.",
            low=percent(-gain.low), **told,
        )  # fmt: skip
    return f"{better} {lower}"


def _beaten(made: outlook.Outlook, benchmark: str) -> str:
    """Say that a benchmark did better on the whole, and which of both is shown."""
    scores = _mean_scores(made)
    ours, theirs = (formatted(scores[name], DIGITS) for name in ("outlook", made.best_benchmark))
    told = {"benchmark": benchmark, "ours": ours, "theirs": theirs}
    if made.shown != "outlook":
        return say(
            "On this table's own past the outlook does not beat the best benchmark ({benchmark}), which is shown "
            "instead: the outlook's score is {ours}, the benchmark's {theirs}.",
            **told,
        )
    found = say(
        "On this table's own past the outlook does not beat the best benchmark ({benchmark}): the outlook's score is "
        "{ours}, the benchmark's {theirs}.",
        **told,
    )
    if made.n_alike >= outlook.LEAST_ALIKE:
        return f"{found} {say('The outlook is shown all the same: from months about as active as now it did better.')}"
    few = say(
        "The outlook is shown all the same: a choice by score asks for {least} months tried that were about as active "
        "as now, and finds {n}.",
        n=made.n_alike, least=outlook.LEAST_ALIKE,
    )  # fmt: skip
    return f"{found} {few}"


def _recent(made: outlook.Outlook, gain) -> str:
    """Say what the last five years alone say, where they differ from the whole by more than a point."""
    if gain.status != COMPUTED or abs(gain.value - made.gain) < 0.01:
        return ""
    share = percent(abs(gain.value))
    if gain.value > 0:
        return say(
            "Over the last five years alone the outlook's score is {share} lower than the best benchmark's.",
            share=share,
        )
    return say(
        "Over the last five years alone the outlook's score is {share} higher than the best benchmark's.", share=share
    )


def _mean_scores(made: outlook.Outlook) -> pd.Series:
    return made.scores[made.scores["horizon"].eq(0)].set_index("kind")["crps"]


def _write_units(page: Page, study: Study) -> None:
    """Show the next month of every unit, where a study has several: weights and rare events are learned from all of
    them."""
    if study.units.nunique() < 2:
        return
    for quantity in QUANTITIES:
        made = outlook.outlook_of(study, quantity=quantity, by_unit=True)
        if made.problem:
            continue
        table = made.coming.sort_values(["value", "high_95"], ascending=False, kind="stable")
        mean = _mean_scores(made)
        page.table(
            table.assign(
                unit=[unit_name(unit, study) for unit in table["unit"]],
                chance_none=[chance(share) for share in table["chance_none"]],
            ),
            title=say(UNITS[quantity]),
            columns=heads(FORECAST_COLUMNS),
            note=say(
                "All units together: mean CRPS {ours} for the outlook, {theirs} for the best benchmark. Shown:"
                " {shown}.",
                ours=number(mean["outlook"]),
                theirs=number(mean[made.best_benchmark]),
                shown=say(NAMES[made.shown]),
            ),
            limit=25,
        )
