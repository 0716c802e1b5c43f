"""How often, and is that more than before?"""

from analysis.incidents.study import DAY, Study, in_its_language
from analysis.language import message, say
from analysis.measures import compare, frequency, offensives
from analysis.reports import comparison
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.words import (
    Results,
    caption,
    counted,
    dating_clause,
    day_words,
    gap,
    interval,
    number,
    percent,
    probability,
    times,
    title,
)

PARTS_COLUMNS = {
    "split": "by",
    "part": "part",
    "n_window": "attacks in window",
    "n_baseline": "attacks in baseline",
    "value": "ratio of recorded rates",
    "low": "low",
    "high": "high",
    "reason": "not computed, because",
}

PARTS_NOTE = "Several comparisons at once: with many parts, some stand out by chance."


CHARTS = {
    "timeline": message("Attacks per month, with offensives and incidents"),
    "countries": message("Attacks per month, country by country on one scale"),
}


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say how often, and whether that is more than before."""
    if not results.known("attacks_in_window"):
        return [gap("Frequency", results.why_not("attacks_in_window"))]
    recent = results["attacks_in_window"]
    said = [
        f"The table records {counted(int(recent.value), 'attack')} from {day_words(study.window_start)} to "
        f"{day_words(study.as_of)}"
        f"{dating_clause(recent)}: {number(results['attack_rate_window'].value)} a week "
        f"({interval(results['attack_rate_window'], 'number')})."
    ]
    if not results.known("attack_rate_ratio"):
        said.append(gap("A comparison with the baseline", results.why_not("attack_rate_ratio")))
        return said
    earlier, rate, ratio = results["attacks_in_baseline"], results["attack_rate_baseline"], results["attack_rate_ratio"]
    said.append(
        f"In the baseline, {day_words(study.baseline_start)} to {day_words(study.window_start - DAY)}, it records "
        f"{earlier.value:,.0f}: {number(rate.value)} a week ({interval(rate, 'number')}). The recorded rate is "
        f"{times(ratio.value)} that of the baseline ({interval(ratio, 'number')}; p "
        f"{probability(results['attack_rate_ratio_p'].value)}; {ratio.method})."
    )
    if results.known("attack_dispersion"):
        index = results["attack_dispersion"]
        tells = "the intervals are widened for it" if index.value > 1 else "no sign of clusters"
        said.append(
            f"Counts in slices of {study.settings.window_days} days vary {number(index.value)} times as much as "
            f"independent "
            f"attacks would ({interval(index, 'number')}): {tells}."
        )
    if results.known("operation_rate_ratio"):
        ratio = results["operation_rate_ratio"]
        said.append(
            f"With the attacks of one operation counted once, {results['operations_in_window'].value:.0f} fall in the window, "
            f"{times(ratio.value)} the baseline's rate ({interval(ratio, 'number')}; p "
            f"{probability(results['operation_rate_ratio_p'].value)})."
        )
    if results.known("rate_ratio_floor"):
        floor = results["rate_ratio_floor"]
        verdict = (
            "even then more than before"
            if floor.low > 1
            else "which could be no rise at all"
            if floor.high > 1
            else "no rise"
        )
        said.append(
            "Recording may have changed. Reference counts show that the table held "
            f"{percent(results['completeness'].value)} of attacks by anyone in the periods they cover; if it held that "
            f"share of the "
            f"baseline's and all of the window's, attacks by anyone came at {times(floor.value)} the rate before "
            f"({interval(floor, 'number')}): {verdict}. Whether one group's share was recorded evenly is not known."
        )
    return said


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the timeline, which a report shows on its first screen."""
    counts = frequency.counts_of(study)
    joined = offensives.offensives_of(study).offensives
    draw = Drawing(
        "frequency.plot_timeline",
        counts,
        attacks=study.attacks,
        offensives=joined,
        caption=caption(study),
        title=title(study),
    )
    return [Chart("timeline", draw, counts, "Attacks per month, offensives and incidents")]


@in_its_language
def further_charts(study: Study) -> list[Chart]:
    """Return the panel of countries, of a study with several."""
    return [comparison.countries_chart(study)] if comparison.holds_countries(study) else []


@in_its_language
def why_no_chart(study: Study, name: str) -> str:
    """Return why a chart of the catalogue is not drawn."""
    return say("one country alone holds attacks") if name == "countries" else ""


@in_its_language
def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    page.say(*read(study, results))
    if comparison.holds_countries(study):
        _write_countries(page, study)
    parts = frequency.compare_splits(study)
    page.table(
        parts, title="Window against baseline, part by part", columns=PARTS_COLUMNS, note=PARTS_NOTE, limit=30
    )  # fmt: skip


def _write_countries(page: Page, study: Study) -> None:
    """Answer for a region: is it rising in its countries together, in which, and towards the coast."""
    said = comparison.read_countries(study)
    page.say(*said)
    page.charts(further_charts(study), said)
    table = compare.compute_parts(study, by="country")
    printed = comparison.parts_printed(study, table)
    note = " ".join(comparison.notes_printed(study, table))
    page.table(printed, title=say("Country by country"), columns=comparison.head_of(study, table), note=note)
