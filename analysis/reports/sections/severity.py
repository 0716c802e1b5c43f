"""How deadly, and how bad could one get?"""

from analysis.figures.caption import Caption
from analysis.incidents.study import Study, in_its_language
from analysis.language import message
from analysis.measures import severity
from analysis.measures.severity import READINGS
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.words import Results, caption, gap, interval, joined, number, percent, probability

MODELS_COLUMNS = {
    "reading": "figure",
    "model": "model",
    "worst": "worst so far, deaths",
    "n_next": "attacks in the next year",
    "xmin": "tail from, deaths",
    "n_tail": "attacks in the tail",
    "p_value": "p against the power law",
    "value": "chance of the worst again",
    "low": "low",
    "high": "high",
    "reason": "not computed, because",
}

MODELS_NOTE = "A large p means that the data cannot tell a model from the power law. All take the next year to bring as many attacks as the last, and as deadly."


CHARTS = {
    "deaths": message("Deaths per attack over time"),
    "tail": message("The share of attacks with at least so many deaths"),
    "worst_again": message("The chance of an attack as deadly as the worst so far"),
}


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say how deadly attacks are, whether that changed, and within what range the worst so far may be reached again."""
    said = [_stated(study, results), _change(results), _worst(results)]
    if results.known("worst_again_least", "worst_again_most"):
        said.append(_range(results))
        said.append(_tails(results))
    else:
        said.append(
            gap(
                "The range over models of how bad one could get",
                results.why_not("worst_again_least", "worst_again_most"),
            )
        )
    said.append("How often attacks come and how deadly they are can move apart; neither is inferred from the other.")
    return [sentence for sentence in said if sentence]


@in_its_language
def finding(study: Study, results: Results) -> str:
    """Return the one sentence of a report on this question alone."""
    if results.known("worst_again_least", "worst_again_most"):
        return _range(results)
    return f"{_worst(results)} {gap('A range over models', results.why_not('worst_again_least', 'worst_again_most'))}".strip()


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the chart of a first reading."""
    over_time = severity.deaths_by_period_of(study)
    draw = Drawing("severity.plot_deaths", over_time, caption=_under(study))
    return [Chart("deaths", draw, over_time, "Deaths per attack over time, lowest and highest figures")]


@in_its_language
def further_charts(study: Study) -> list[Chart]:
    """Return the charts that only the question's own report shows: the tail with its models, and their chances."""
    curves, models, under = severity.curves_of(study), severity.models_of(study), _under(study)
    return [
        Chart(
            "tail",
            Drawing("severity.plot_tail", curves, caption=under),
            curves,
            "Share of attacks with at least so many deaths, with all models",
        ),
        Chart(
            "worst_again",
            Drawing("severity.plot_chances", models, caption=under),
            models,
            "Chance of an attack at least as deadly as the worst so far, by model",
        ),
    ]


def _under(study: Study) -> Caption:
    stated = study.attacks[severity.read_deaths(study.attacks, "highest").notna()]
    return caption(study, rows=stated, counted="attacks with a figure of deaths")


@in_its_language
def write(page: Page, study: Study, results: Results, *, brief: bool = False) -> None:
    """Show the section; ``brief`` leaves to the question's own notebook what a first reading does not need."""
    said = read(study, results)
    page.say(*said)
    page.charts(charts(study), said)
    models = severity.models_of(study)
    if not brief:
        page.charts(further_charts(study), said)
    if models["status"].eq("computed").any():
        page.table(models, title="How bad could one get, model by model", columns=MODELS_COLUMNS, note=MODELS_NOTE)


def _stated(study: Study, results: Results) -> str:
    n, total = results["deaths_stated_highest"].value, len(study.attacks)
    return (
        f"A figure of deaths, of all parties together, is given for {n:,.0f} of {total:,} attacks. Where figures "
        f"differ, the lowest and the highest given are "
        "read side by side; none is filled in."
    )


def _change(results: Results) -> str:
    parts = []
    for reading in READINGS:
        names = (f"deaths_mean_window_{reading}", f"deaths_mean_baseline_{reading}", f"deaths_ratio_{reading}")
        if results.known(*names):
            window, baseline, ratio = (results[name] for name in names)
            parts.append(
                f"by the {reading} figures the window's attacks cost {number(window.value)} lives on average "
                f"({interval(window, 'number')}) against "
                f"{number(baseline.value)} in the baseline ({interval(baseline, 'number')}); the typical attack "
                f"(geometric mean of one plus the deaths) × {number(ratio.value)} "
                f"({interval(ratio, 'number')}; p {probability(results[f'deaths_ratio_p_{reading}'].value)})"
            )
    if not parts:
        name = "deaths_ratio_highest"
        if not results.known(name):
            return gap("Whether attacks became deadlier", results.why_not(name))
        return gap(
            "Whether attacks became deadlier",
            results.why_not("deaths_mean_window_highest", "deaths_mean_baseline_highest"),
        )
    sentence = "; ".join(parts)
    return sentence[0].upper() + sentence[1:] + "."


def _worst(results: Results) -> str:
    if not results.known("deaths_worst_lowest", "deaths_worst_highest"):
        return ""
    low, high = results["deaths_worst_lowest"], results["deaths_worst_highest"]
    same = (
        f"at least {low.value:.0f} deaths ({low.method}) by the lowest figures, {high.value:.0f} ({high.method}) by "
        f"the highest"
    )
    sentence = f"The deadliest attack on record: {same}."
    names = [f"worst_again_exchangeable_{reading}" for reading in READINGS]
    if results.known(*names):
        chances = sorted(results[name].value for name in names)
        shown = (
            percent(chances[0])
            if percent(chances[0]) == percent(chances[1])
            else f"{percent(chances[0])} to {percent(chances[1])}"
        )
        sentence += (
            f" Without any model: if past and coming attacks are alike in any order, one of the next year's is at "
            f"least as deadly as the worst so far with a chance "
            f"of at least {shown} ({results[names[1]].method})."
        )
    return sentence


def _range(results: Results) -> str:
    least, most = results["worst_again_least"], results["worst_again_most"]
    deaths = " and ".join(f"{worst:.0f} ({reading})" for reading, worst in least.detail["deaths"].items())
    what = f"at least {deaths} deaths among the next {least.detail['next_attacks']} attacks"
    return (
        f"The chance of an attack as deadly as the worst so far ({what}) lies anywhere from {percent(least.value)} to "
        f"{percent(most.value)}: models, figures and resamples disagree that much."
    )


def _tails(results: Results) -> str:
    parts = []
    for reading in READINGS:
        exponent, start = results[f"tail_exponent_{reading}"], results[f"tail_start_{reading}"]
        fit, rival = results[f"tail_fit_p_{reading}"].value, results[f"tail_against_lognormal_p_{reading}"].value
        tells = "cannot be told from a lognormal" if rival >= 0.05 else "differs from a lognormal"
        holds = "is not contradicted" if fit >= 0.1 else "fits poorly"
        parts.append(
            f"by the {reading} figures a power law from {start.value:.0f} deaths on (exponent {exponent.value:.2f}, "
            f"{interval(exponent, '{:.2f}')}; {exponent.method}) {holds} "
            f"(p {probability(fit)}) and {tells} (p {probability(rival)})"
        )
    sentence = joined(parts)
    return sentence[0].upper() + sentence[1:] + "."
