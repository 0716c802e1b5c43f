"""How often, and is that more than before?"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from analysis.incidents.counting import rounded
from analysis.incidents.study import DAY, Study, in_its_language
from analysis.language import message, say, say_count
from analysis.measures import compare, frequency, offensives, tempo
from analysis.measures.level import level_of
from analysis.reports import comparison
from analysis.reports.page import Chart, Page
from analysis.reports.wording import (
    UNIT_WORDS,
    Results,
    caption,
    day_words,
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
    unit_name,
    whole,
)

PARTS_COLUMNS = {
    "split": message("divided by"),
    "part": message("part"),
    "n_window": message("attacks in window"),
    "n_baseline": message("attacks in baseline"),
    "value": message("ratio of recorded rates"),
    "low": message("lower bound"),
    "high": message("upper bound"),
    "reason": message("not computed, because"),
}
SPLIT_WORDS = UNIT_WORDS | {
    "attacker": message("attacker"),
    "pair": message("pair of parties"),
    "target_type": message("type of target"),
    "tactic": message("tactic"),
}


CHARTS = {
    "timeline": message("Attacks per month, with offensives and incidents"),
    "countries": message("Attacks per month, country by country on one scale"),
}


@in_its_language
@listed
def read(study: Study, results: Results) -> Iterator[str]:
    """Say how often, and whether that is more than before."""
    if not results.known("attacks_in_window"):
        yield gap(say("How often attacks come"), results.why_not("attacks_in_window"))
        return
    recent, rate = results["attacks_in_window"], results["attack_rate_window"]
    yield say_count(
        "The table records {n} [attack|attacks] from {first} to {last}: {rate} a week ({interval}).",
        rounded(recent.value),
        first=day_words(study.window_start), last=day_words(study.as_of), rate=number(rate.value),
        interval=interval(rate, "number"),
    )  # fmt: skip
    if not recent.low == recent.high == recent.value:
        yield say(
            "Some attacks are dated roughly: {low} are surely in that span, and {high} possibly.",
            low=int(recent.low), high=int(recent.high),
        )  # fmt: skip
    if not results.known("attack_rate_ratio"):
        yield gap(say("A comparison with the baseline"), results.why_not("attack_rate_ratio"))
        return
    earlier, rate, ratio = results["attacks_in_baseline"], results["attack_rate_baseline"], results["attack_rate_ratio"]
    yield say(
        "In the baseline, {first} to {last}, it records {n}: {rate} a week ({interval}).",
        first=day_words(study.baseline_start), last=day_words(study.window_start - DAY), n=rounded(earlier.value),
        rate=number(rate.value), interval=interval(rate, "number"),
    )  # fmt: skip
    yield say(
        "The recorded rate is {ratio} that of the baseline ({interval}; p {p}).",
        ratio=times(ratio.value), interval=interval(ratio, "number"),
        p=probability(results["attack_rate_ratio_p"].value),
    )  # fmt: skip
    yield from _clusters(results)
    yield from _operations(results)
    yield from _recording(results)


def _clusters(results: Results) -> Iterator[str]:
    if not results.known("attack_dispersion"):
        return
    row = results["attack_dispersion"]
    held = {"ratio": times(row.value), "interval": interval(row, "number")}
    if held["ratio"] == times(1.0):
        yield say("Monthly counts vary about as much as those of independent attacks ({interval}).", **held)
    elif row.value > 1:
        yield say(
            "Monthly counts vary {ratio} as much as those of independent attacks ({interval}); the intervals are"
            " widened for it.",
            **held,
        )
    else:
        yield say("Monthly counts vary {ratio} as much as those of independent attacks ({interval}).", **held)


def _operations(results: Results) -> Iterator[str]:
    if results.known("operation_rate_ratio"):
        row = results["operation_rate_ratio"]
        yield say_count(
            "With the attacks of one operation counted once, the window holds {n}: {ratio} the baseline's rate "
            "({interval}; p {p}).",
            int(results["operations_in_window"].value),
            ratio=times(row.value), interval=interval(row, "number"),
            p=probability(results["operation_rate_ratio_p"].value),
        )  # fmt: skip


def _recording(results: Results) -> Iterator[str]:
    """Say what the rise would be if the table had held less of the baseline, as reference counts show."""
    if not results.known("rate_ratio_floor"):
        return
    floor = results["rate_ratio_floor"]
    if floor.low > 1:
        verdict = say("Even then there were more than before.")
    elif floor.high > 1:
        verdict = say("That could be no rise at all.")
    else:
        verdict = say("That is no rise.")
    yield say(
        "Recording may have changed: reference counts show that the table held {share} of attacks by anyone in the"
        " periods that they cover.",
        share=percent(results["completeness"].value),
    )
    yield say(
        "Say that it held that share of the baseline's attacks, and all of the window's. Then attacks by anyone came"
        " at {ratio} the rate before ({interval}).",
        ratio=times(floor.value),
        interval=interval(floor, "number"),
    )
    yield f"{verdict} {say('Whether the share of one group was recorded evenly is not known.')}"


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the timeline, which a report shows on its first screen."""
    counts = frequency.counts_of(study)
    joined = offensives.offensives_of(study).offensives
    title = named(timeline_title(study), study.noun)
    # Of a table of counts no row is an attack, so that none lies below the bars.
    look = {"attacks": None if study.holds_counts else study.attacks, "offensives": joined, "caption": caption(study)}
    alt = _timeline_alt(counts, joined, single=not study.holds_counts)
    return [Chart.of(CHARTS, "timeline", "frequency.plot_timeline", counts, title=title, alt=alt, **look)]


@in_its_language
def further_charts(study: Study) -> list[Chart]:
    """Return the panel of countries, of a study with several."""
    return [comparison.countries_chart(study)] if comparison.holds_countries(study) else []


@in_its_language
def why_no_chart(study: Study, name: str) -> str:
    """Return why a chart of the catalogue is not drawn."""
    return say("one country alone holds attacks") if name == "countries" else ""


@in_its_language
def timeline_title(study: Study) -> str:
    """Return what the timeline finds: the offensives of the window beside the most in any, or the attacks beside what
    is usual."""
    days = study.settings.window_days
    finding = offensives.offensives_of(study)
    untold = study.window_problem() or offensives.untold_between(study, study.window_start, study.end)
    if not untold and (fullest := tempo.fullest_of(study)):
        n, (most, peak) = len(finding.within(study.window_start, study.end)), fullest
        if most > n:
            return say_count(
                "{n} [offensive|offensives] in the {days} days to {day}; at most {most} before, first in those to "
                "{peak}",
                n, days=days, day=day_words(study.as_of), most=most, peak=day_words(peak),
            )  # fmt: skip
        return say_count(
            "{n} [offensive|offensives] in the {days} days to {day}; no span as long held more",
            n, days=days, day=day_words(study.as_of),
        )  # fmt: skip
    level = level_of(study)
    if level.table.empty:
        return say("Attacks by month")
    row = level.table.iloc[-1]
    return say_count(
        "{n} [attack|attacks] in the {days} days to {day}; usual: {usual}",
        rounded(row["recent"]), days=int(row["span_days"]), day=day_words(study.as_of),
        usual=whole(level.usual_in(row["span_days"])),
    )  # fmt: skip


def _timeline_alt(counts: pd.DataFrame, joined: pd.DataFrame, *, single: bool) -> str:
    held = counts[counts["value"].notna()]
    if held.empty or held["value"].max() == 0:
        return say("Bars for attacks by month, all empty.")
    n, (first, last) = rounded(held["value"].max()), map(month_words, held["period_start"].iloc[[0, -1]])
    told = {"first": first, "last": last, "month": fullest_month(held["period_start"], held["value"])}
    if not single:
        return say_count(
            "Bars for attacks by month from {first} to {last}. The highest bar is {month}, with {n} [attack|attacks].",
            n, **told,
        )  # fmt: skip
    if joined.empty:
        return say_count(
            "Bars for attacks by month from {first} to {last}, incidents below. The highest bar is {month}, with {n} "
            "[attack|attacks].",
            n, **told,
        )  # fmt: skip
    return say_count(
        "Bars for attacks by month from {first} to {last}, offensives marked above, incidents below. The highest bar "
        "is {month}, with {n} [attack|attacks].",
        n, **told,
    )  # fmt: skip


@in_its_language
def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    page.say(*read(study, results))
    if comparison.holds_countries(study):
        _write_countries(page, study)
    parts = frequency.compare_splits(study)
    of_units = parts["split"].isin(list(UNIT_WORDS))
    shown = parts.assign(
        split=[say(SPLIT_WORDS.get(split, split)) for split in parts["split"]],
        part=[unit_name(part, study) if unit else part for part, unit in zip(parts["part"], of_units, strict=True)],
    )
    if shown.empty:  # as of a table of counts of one country
        return
    note = say("These are many comparisons at once: some parts stand out by chance.")
    look: Any = {"columns": heads(PARTS_COLUMNS), "note": note, "limit": 30}
    page.table(shown, title=say("Window against baseline, part by part"), **look)


def _write_countries(page: Page, study: Study) -> None:
    """Answer for a region: is it rising in its countries together, in which, and towards the coast."""
    said = comparison.read_countries(study)
    page.say(*said)
    page.charts(further_charts(study), said)
    table = compare.compute_parts(study, by="country")
    printed = comparison.parts_printed(study, table)
    note = " ".join(comparison.notes_printed(study, table))
    page.table(printed, title=say("Country by country"), columns=comparison.head_of(study, table), note=note)
