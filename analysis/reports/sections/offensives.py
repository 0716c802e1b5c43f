"""Which attacks were one operation?"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.incidents.study import Study, in_its_language
from analysis.language import message, say, say_count
from analysis.measures import offensives
from analysis.measures.linking import linkable
from analysis.measures.offensives import definition_of
from analysis.measures.result import COMPUTED
from analysis.reports.page import Chart, Page
from analysis.reports.wording import (
    Results,
    all_of,
    caption,
    day_words,
    few,
    gap,
    heads,
    listed,
    number,
    percent,
    probability,
)

OFFENSIVES_COLUMNS = {
    "date_start": message("first day"),
    "attacker": message("attacker"),
    "n_sites": message("places hit"),
    "sites": message("where"),
    "deaths_low": message("deaths, lowest given"),
    "deaths_high": message("deaths, highest figure"),
    "meets": message("counts by"),
}

AGREEMENT_COLUMNS = {
    "max_gap_days": message("gap, days"),
    "max_km": message("distance, km"),
    "n_linked": message("pairs joined"),
    "n_reported": message("pairs reported"),
    "precision": message("precision"),
    "recall": message("recall"),
    "value": message("F1"),
    "reason": message("not computed, because"),
}

# Parts of which offensives can be told, where not of all, that a sentence names.
MOST_NAMED = 3

CHARTS = {
    "definition_grid": message("Offensives in the last window under each definition"),
}


@in_its_language
@listed
def read(study: Study, results: Results) -> Iterator[str]:
    """Say which attacks were one operation, by which definition, and how well that agrees with reports."""
    if not results.known("offensives_in_window"):
        yield from _beyond_chance(results)
        yield gap(say("Offensives"), results.why_not("offensives_in_window"))
        yield from advice(study)
        return
    yield _count_words(study, results["offensives_in_window"])
    definition = str(definition_of(study))
    if study.selection.offensive:
        yield say("The chosen definition: {definition}.", definition=definition)
    else:
        yield say("The default definition: {definition}.", definition=definition)
    yield from _beyond_chance(results)
    if left_out := int((~linkable(study.attacks)).sum()):
        yield say_count(
            "{n} [attack|attacks] of {of} cannot be joined to any other: [its date is|their dates are] known to a week "
            "or worse, or [its attacker is|their attackers are] not named.",
            left_out,
            of=len(study.attacks),
        )
    if results.known("linking_precision"):
        yield say(
            "Of the pairs that the rule joins, {precision} are also reported as one wave; of the pairs so reported,"
            " it joins {recall}.",
            precision=percent(results["linking_precision"].value),
            recall=percent(results["linking_recall"].value),
        )
        if not study.selection.offensive:
            yield say("The rule was chosen by that agreement, and not to give a number that was reported.")


@listed
def advice(study: Study) -> Iterator[str]:
    """Say of which parts offensives can be told where they cannot be of the whole; each was tried."""
    finding = offensives.offensives_of(study)
    if not finding.problem or finding.coordination is None:
        return
    parts, tried = offensives.parts_told_of(study)
    if len(parts) == 1:
        yield say("Offensives can be told of this part alone: {part}.", part=_part_words(parts[0]))
    elif parts:
        names = few(map(_part_words, parts), MOST_NAMED)
        yield say("Offensives can be told of each of these alone: {parts}.", parts=names)
    elif tried:
        yield say_count(
            "Nor can they be told of [|any of ]{n} [part|parts] alone: [its attacker, region or type|attackers, "
            "regions and types] of [target|target with most attacks].",
            tried,
        )


def _part_words(part: offensives.Part) -> str:
    if part.parameter == "attacker":
        return say("{name} (attacker)", name=part.value)
    if part.parameter == "admin1":
        return say("{name} (region)", name=part.value)
    return say("{name} (type of target)", name=say(part.value.replace("_", " ")))


def _beyond_chance(results: Results) -> Iterator[str]:
    if results.known("multi_site_days"):
        days, expected, p = (results[f"multi_site_days{part}"] for part in ("", "_expected", "_p"))
        drawn = {"expected": number(expected.value), "low": number(expected.low), "high": number(expected.high)}
        drawn["p"] = probability(p.value)
        yield (
            say_count(
                "One attacker hit two or more sites in one day {n} [time|times]; dates drawn anew within each month "
                "give {expected} ({low} to {high}; p {p}).",
                int(days.value), **drawn,
            )
            if days.value
            else say(
                "No attacker hit two or more sites in one day; dates drawn anew within each month give {expected} such "
                "days ({low} to {high}; p {p}).",
                **drawn,
            )
        )  # fmt: skip


def _count_words(study: Study, row: Any) -> str:
    """Return the sentence on how many offensives began in the window, by the definition in use and by others."""
    n, low, high = int(row.value), int(row.low), int(row.high)
    told = {"days": study.settings.window_days, "day": day_words(study.as_of)}
    if n == low == high == 0:
        return say(
            "No offensive began in the {days} days to {day}, by this definition or any other sensible one.", **told
        )
    if low == high:
        return say_count(
            "{n} [offensive|offensives] began in the {days} days to {day}, by this and all other sensible definitions.",
            n,
            **told,
        )
    told |= {"low": low, "high": high}
    if n == 0:
        return say(
            "No offensive began in the {days} days to {day}; other sensible definitions give {low} to {high}.", **told
        )
    return say_count(
        "{n} [offensive|offensives] began in the {days} days to {day}, and other sensible definitions give {low} to "
        "{high}.",
        n,
        **told,
    )


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the section's chart; none where offensives could not be counted."""
    grid = offensives.grid_of(study)
    if not grid["status"].eq(COMPUTED).any():
        return []
    under = caption(study, rows=offensives.offensives_of(study).offensives, counted=message("offensives in all"))
    most = grid[grid["value"].eq(grid["value"].max())]
    alt = say(
        "Heat map of the count of offensives: a cell for each way to join attacks, a block for each rule of size. The "
        "highest count, {n}, comes with the rule: {rule}.",
        n=int(most["value"].iloc[0]),
        rule=all_of(list(most["significance"].unique())),
    )
    look = {"caption": under, "title": _title(grid), "alt": alt}
    return [Chart.of(CHARTS, "definition_grid", "offensives.plot_definition_grid", grid, **look)]


def _title(grid: pd.DataFrame) -> str:
    low, high = int(grid["value"].min()), int(grid["value"].max())
    chosen = grid.loc[grid["is_default"], "value"]
    if chosen.empty or np.isnan(chosen.iloc[0]):
        return say("{low} to {high} offensives in the window, depending on the definition", low=low, high=high)
    if low == high:
        return say_count("{n} [offensive|offensives] in the window by all definitions", low)
    return say_count(
        "{n} [offensive|offensives] in the window by the definition in use, {low} to {high} over all definitions",
        int(chosen.iloc[0]),
        low=low,
        high=high,
    )


@in_its_language
def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    said = read(study, results)
    page.say(*said)
    page.charts(charts(study), said)
    finding = offensives.offensives_of(study)
    if finding.problem:  # said above: no table of none for what was not computed
        return
    found = finding.offensives
    look: Any = {"columns": heads(OFFENSIVES_COLUMNS), "limit": 25, "newest_first": True}
    page.table(found, title=say("Offensives by first day"), **look)
    agreement = offensives.agreement_of(study)
    if not results.known("linking_precision"):
        page.say(gap(say("How well the rule agrees with reported waves"), results.why_not("linking_precision")))
        return
    page.table(
        agreement, title=say("Rules of joining against reported waves"), columns=heads(AGREEMENT_COLUMNS), limit=6
    )
