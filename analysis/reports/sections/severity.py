"""How deadly, and how bad could one get?"""

import pandas as pd

from analysis.figures.caption import Caption
from analysis.incidents.study import Study, in_its_language
from analysis.language import dated_words, message, messages, say, say_count
from analysis.measures import severity
from analysis.measures.severity import READINGS
from analysis.reports.page import Chart, Page
from analysis.reports.wording import (
    Results,
    all_of,
    caption,
    chance,
    day_words,
    gap,
    heads,
    interval,
    number,
    percent,
    probability,
    span,
)

MODELS_COLUMNS = {
    "reading": message("figure"),
    "model": message("model"),
    "worst": message("worst so far, deaths"),
    "n_next": message("attacks in the next year"),
    "xmin": message("tail from, deaths"),
    "n_tail": message("attacks in the tail"),
    "p_value": message("p against the power law"),
    "value": message("chance of the worst again"),
    "low": message("low"),
    "high": message("high"),
    "reason": message("not computed, because"),
}
MODELS_NOTE = message(
    "A large p means that the data cannot tell a model from the power law. "
    "All take the next year to bring as many attacks as the last, and as deadly."
)
CHARTS = {
    "deaths": message("Deaths per attack over time"),
    "tail": message("The share of attacks with at least so many deaths"),
    "worst_again": message("The chance of an attack as bad as the worst so far"),
}
# What codes of the tables are called.
READING_WORDS = {"lowest": message("lowest"), "highest": message("highest")}
MODEL_WORDS = {
    "power law": message("power law"),
    "lognormal": message("lognormal"),
    "stretched exponential": message("stretched exponential"),
}
# By which figures something is said: by all of them at once where each attack has one.
MEANS = {
    "all": message("The mean number of deaths in an attack of the window is {mean} ({bounds})."),
    "lowest": message(
        "By the lowest figures the mean number of deaths in an attack of the window is {mean} ({bounds})."
    ),
    "highest": message(
        "By the highest figures the mean number of deaths in an attack of the window is {mean} ({bounds})."
    ),
}
TAILS = {
    "all": messages("A power law is fitted from {n} [death|deaths] on (exponent {exponent:.2f}, {bounds}; {held})."),
    "lowest": messages(
        "By the lowest figures a power law is fitted from {n} [death|deaths] on (exponent {exponent:.2f}, {bounds};"
        " {held})."
    ),
    "highest": messages(
        "By the highest figures a power law is fitted from {n} [death|deaths] on (exponent {exponent:.2f}, {bounds};"
        " {held})."
    ),
}
WITHOUT_COPIES = messages(
    "{n} of these attacks [is|are] like another, and may be [a copy|copies]: without [it|them] the typical attack is "
    "× {ratio} (p {p})."
)
UNTOLD_WITHOUT = messages(
    "{n} of these attacks [is|are] like another, and may be [a copy|copies]: without [it|them] no change can be told."
)
LINE, FIT_LINE = 0.05, 0.1
# The title of the tail names the deaths that this share of attacks reached.
TITLE_SHARE = 0.1


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say how deadly attacks are, whether that changed, and within what range the worst so far may be reached again."""
    readings = _readings(study)
    said = [_stated(study, results, readings), _change(results, readings), _worst(results)]
    if results.known("worst_again_least", "worst_again_most"):
        said.append(_range(results))
        said.append(_tails(results, readings))
    else:
        said.append(
            gap(
                say("The range over models of how bad one could get"),
                results.why_not("worst_again_least", "worst_again_most"),
            )
        )
    said.append(
        say("How often attacks come and how deadly they are can move apart; neither is inferred from the other.")
    )
    return [sentence for sentence in said if sentence]


@in_its_language
def finding(study: Study, results: Results) -> str:
    """Return what a report on this question alone finds."""
    if results.known("worst_again_least", "worst_again_most"):
        return _range(results)
    missing = gap(say("A range over models"), results.why_not("worst_again_least", "worst_again_most"))
    return f"{_worst(results)} {missing}".strip()


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the chart of a first reading."""
    over_time = severity.deaths_by_period_of(study)
    known = over_time[over_time["reading"].eq("highest") & over_time["status"].eq("computed")]
    alt = ""
    if len(known):
        top = known[known["value"].eq(known["value"].max())]
        alt = say(
            "The deadliest period began on {day}: {value} deaths per attack on average by the highest figures, {worst} "
            "in the deadliest.",
            day=all_of(list(map(day_words, top["period_start"]))), value=number(top["value"].iloc[0]),
            worst=number(top["worst"].max()),
        )  # fmt: skip
    look = {"caption": _under(study), "title": _change_title(study), "alt": f"{say(CHARTS['deaths'])}.", "adds": alt}
    return [Chart.of(CHARTS, "deaths", "severity.plot_deaths", over_time, **look)]


@in_its_language
def further_charts(study: Study) -> list[Chart]:
    """Return the charts that only the question's own report shows: the tail with its models, and their chances."""
    curves, models, under = severity.curves_of(study), severity.models_of(study), _under(study)
    return [_tail_chart(study, curves, under), _chances_chart(study, models, under)]


def _tail_chart(study: Study, curves: pd.DataFrame, under: Caption) -> Chart:
    title = middle = ""
    observed = curves[curves["series"].eq("observed")]
    if len(observed):
        reached = observed[observed["value"].ge(TITLE_SHARE)]
        row = observed.iloc[0] if reached.empty else reached.iloc[-1]
        title = say(
            "{share} of attacks with a figure of deaths killed {deaths} or more, by the highest figures",
            share=percent(row["value"]), deaths=number(row["deaths"]),
        )  # fmt: skip
        deaths = severity.read_deaths(study.attacks, "highest").dropna()
        middle = say(
            "Half of these attacks killed {median} or fewer; the deadliest killed {worst}.",
            median=number(deaths.median()), worst=number(deaths.max()),
        )  # fmt: skip
    return Chart.of(CHARTS, "tail", "severity.plot_tail", curves, caption=under, title=title, adds=middle)


def _chances_chart(study: Study, models: pd.DataFrame, under: Caption) -> Chart:
    title = middle = ""
    held = models[models["status"].eq("computed")]
    if len(held):
        title = say(
            "The chance of an attack as bad as the worst so far lies from {low} to {high}",
            low=chance(held["low"].min()), high=chance(held["high"].max()),
        )  # fmt: skip
        middle = say(
            "The models' own best values lie from {low} to {high}.",
            low=chance(held["value"].min()), high=chance(held["value"].max()),
        )  # fmt: skip
    return Chart.of(CHARTS, "worst_again", "severity.plot_chances", models, caption=under, title=title, adds=middle)


def _under(study: Study) -> Caption:
    stated = study.attacks[severity.read_deaths(study.attacks, "highest").notna()]
    return caption(study, rows=stated, counted=say("attacks with a figure of deaths"))


@in_its_language
def write(page: Page, study: Study, results: Results, *, brief: bool = False) -> None:
    """Show the section; ``brief`` leaves to the question's own notebook what a first reading does not need."""
    page.say(*read(study, results))
    page.charts(charts(study), ())
    models = severity.models_of(study)
    if not brief:
        page.charts(further_charts(study), ())
    columns = heads(MODELS_COLUMNS)
    if len(_readings(study)) == 1:
        models = models[models["reading"].eq(READINGS[-1])]
        del columns["reading"]
    if models["status"].eq("computed").any():
        page.table(
            models.assign(
                reading=[say(READING_WORDS[name]) for name in models["reading"]],
                model=[say(MODEL_WORDS[name]) for name in models["model"]],
            ),
            title=say("How bad could one get, model by model"),
            columns=columns,
            note=say(MODELS_NOTE),
        )


def _readings(study: Study) -> dict[str, str]:
    """Return how the readings of deaths are called: as both, or where they are the same throughout as one."""
    lowest, highest = (severity.read_deaths(study.attacks, reading) for reading in READINGS)
    return {"all": READINGS[-1]} if lowest.equals(highest) else dict(zip(READINGS, READINGS, strict=True))


def _stated(study: Study, results: Results, readings: dict[str, str]) -> str:
    n, total = results["deaths_stated_highest"].value, len(study.attacks)
    given = say(
        "A figure of deaths, of all parties together, is given for {n:,.0f} of {total} attacks.", n=n, total=total
    )
    if len(readings) == 1:
        return given
    differ = say("Where figures differ, the lowest and the highest given are read side by side; none is filled in.")
    return f"{given} {differ}"


def _change(results: Results, readings: dict[str, str]) -> str:
    said = []
    for figures, reading in readings.items():
        names = (f"deaths_mean_window_{reading}", f"deaths_mean_baseline_{reading}", f"deaths_ratio_{reading}")
        if results.known(*names):
            window, baseline, ratio = (results[name] for name in names)
            means = say(MEANS[figures], mean=number(window.value), bounds=interval(window, "number"))
            before = say(
                "In the baseline it was {mean} ({bounds}).",
                mean=number(baseline.value),
                bounds=interval(baseline, "number"),
            )
            p = results[f"deaths_ratio_p_{reading}"]
            typical = say(
                "The typical attack (geometric mean of one plus the deaths) is × {ratio} ({bounds}; p {p}).",
                ratio=number(ratio.value), bounds=interval(ratio, "number"),
                p=probability(p.value),
            )  # fmt: skip
            said += [means, before, typical]
            if (p.value <= LINE) != (severity.chance_of(ratio, p) <= LINE):
                n, without = p.detail["copied"], p.detail["ratio_without"]
                if without is None:
                    said.append(say_count(UNTOLD_WITHOUT, n))
                else:
                    told = {"ratio": number(without), "p": probability(p.detail["p_without"])}
                    said.append(say_count(WITHOUT_COPIES, n, **told))
    if said:
        return " ".join(said)
    names = ("deaths_ratio_highest", "deaths_mean_window_highest", "deaths_mean_baseline_highest")
    return gap(say("Whether attacks became deadlier"), results.why_not(*names))


def _change_title(study: Study) -> str:
    """Return whether attacks became deadlier, where mean and typical attack say the same by lowest and by highest
    figures: the range between the figures alone may widen."""
    results, ways, window, baseline = Results(study), set(), [], []
    for reading in READINGS:
        names = [f"deaths_{name}_{reading}" for name in ("mean_window", "mean_baseline", "ratio", "ratio_p")]
        if not results.known(*names):
            return ""
        now, before, ratio = (results[name].value for name in names[:3])
        p = severity.chance_of(results[names[2]], results[names[3]])
        ways.add("up" if p <= LINE and ratio > 1 and now > before else
                 "down" if p <= LINE and ratio < 1 and now < before else "")  # fmt: skip
        window.append(number(now))
        baseline.append(number(before))
    told = {"window": span(*window), "baseline": span(*baseline), "days": study.settings.window_days}
    if ways == {"up"}:
        return say("Attacks became deadlier: {window} deaths each in the last {days} days, {baseline} before", **told)
    if ways == {"down"}:
        return say(
            "Attacks became less deadly: {window} deaths each in the last {days} days, {baseline} before", **told
        )
    return say("No clear change in deaths per attack: {window} in the last {days} days, {baseline} before", **told)


def _worst(results: Results) -> str:
    if not results.known("deaths_worst_lowest", "deaths_worst_highest"):
        return ""
    low, high = results["deaths_worst_lowest"], results["deaths_worst_highest"]
    if (low.value, low.detail) == (high.value, high.detail):
        deadliest = say_count(
            "The worst attack on record cost {n:,.0f} [life|lives] by all figures ({where}).", low.value,
            where=_where(low),
        )  # fmt: skip
    else:
        deadliest = " ".join(
            (
                say_count(
                    "The worst attack on record by the lowest figures cost {n:,.0f} [life|lives] ({where}).",
                    low.value,
                    where=_where(low),
                ),
                say("By the highest figures it cost {n:,.0f} ({where}).", n=high.value, where=_where(high)),
            )
        )
    names = [f"worst_again_exchangeable_{reading}" for reading in READINGS]
    if not results.known(*names):
        return deadliest
    counts = results[names[1]].detail
    alike = say(
        "Without any model, past and coming attacks are taken to be alike in any order: {past} so far, {next} in the"
        " next year.",
        past=counts["past"],
        next=counts["next"],
    )
    again = say(
        "Then one of the next year's is at least as bad as the worst so far with a chance of at least {chance}.",
        chance=chance(min(results[name].value for name in names)),
    )
    return f"{deadliest} {alike} {again}"


def _where(row) -> str:
    """Return the place and day of the deadliest attack, and whether its row stands for several days."""
    told = {"place": row.detail["place"], "day": dated_words(pd.Timestamp(row.detail["day"]), row.detail["dated"])}
    where = say("{place}, {day}", **told)
    if row.detail["days"] > 1:
        where = say("{place}, {day}, one row for {days} days", days=row.detail["days"], **told)
    if row.detail["alike"] > 1:
        return say_count("{where}, and {n} [other|others] as bad", row.detail["alike"] - 1, where=where)
    return where


def _range(results: Results) -> str:
    least, most = results["worst_again_least"], results["worst_again_most"]
    deaths = least.detail["deaths"]
    ends = chance(least.value), chance(most.value)
    told = (
        say("The chance of an attack as bad as the worst so far is {chance} by all models.", chance=ends[0])
        if ends[0] == ends[1]
        else say(
            "The chance of an attack as bad as the worst so far lies anywhere from {least} to {most}: models, figures "
            "and resamples disagree that much.",
            least=ends[0], most=ends[1],
        )
    )  # fmt: skip
    if deaths["lowest"] == deaths["highest"]:
        meant = say_count(
            "At least {deaths:,.0f} would die in it; the next year is taken to bring {n} [attack|attacks].",
            least.detail["next_attacks"], deaths=deaths["highest"],
        )  # fmt: skip
    else:
        meant = say_count(
            "It would cost at least {lowest:,.0f} lives by the lowest figures, {highest:,.0f} by the highest; the next "
            "year is taken to bring {n} [attack|attacks].",
            least.detail["next_attacks"], lowest=deaths["lowest"], highest=deaths["highest"],
        )  # fmt: skip
    return f"{told} {meant}"


def _tails(results: Results, readings: dict[str, str]) -> str:
    said = []
    for figures, reading in readings.items():
        exponent, start = results[f"tail_exponent_{reading}"], results[f"tail_start_{reading}"]
        fit, rival = results[f"tail_fit_p_{reading}"].value, results[f"tail_against_lognormal_p_{reading}"].value
        said.append(
            say_count(
                TAILS[figures], round(start.value), exponent=exponent.value, bounds=interval(exponent, "{:.2f}"),
                held=exponent.method,
            )
        )  # fmt: skip
        told = {"fit": probability(fit), "rival": probability(rival)}
        if fit >= FIT_LINE and rival >= LINE:
            said.append(
                say("It is not contradicted (p {fit}) and cannot be told from a lognormal (p {rival}).", **told)
            )
        elif fit >= FIT_LINE:
            said.append(say("It is not contradicted (p {fit}) and differs from a lognormal (p {rival}).", **told))
        elif rival >= LINE:
            said.append(say("It fits poorly (p {fit}) and cannot be told from a lognormal (p {rival}).", **told))
        else:
            said.append(say("It fits poorly (p {fit}) and differs from a lognormal (p {rival}).", **told))
    return " ".join(said)
