"""What stands before and after the sections: the finding, the key figures, what cannot be said, and how it was made."""

from collections.abc import Iterator

import pandas as pd

from analysis.incidents.study import DAY, Study, in_its_language
from analysis.language import say, say_count
from analysis.measures import level
from analysis.measures.assessment import spans_of
from analysis.measures.offensives import definition_of
from analysis.measures.result import COMPUTED, IndicatorRow
from analysis.reports.page import NOT_COMPUTED, KeyFigure, measure_name
from analysis.reports.sections.assessment import headline
from analysis.reports.wording import (
    Results,
    chance,
    chances,
    count,
    formatted,
    headline_k,
    interval,
    joined,
    listed,
    percent,
    whole,
)

MOST_CARDS = 6
MOST_NAMED = 3


@in_its_language
def finding(study: Study, results: Results) -> tuple[str, list[str]]:
    """Return the report's finding, the verdict first, and what qualifies it."""
    if not results.known("attacks_in_window"):
        nothing = say(
            "Nothing can be said of the {days} days to {as_of}: {reason}.",
            days=study.settings.window_days, as_of=study.as_of, reason=results.why_not("attacks_in_window"),
        )  # fmt: skip
        return nothing, []
    sentence, *rest = headline(study)
    names = ("offensives_in_window", "tempo_fixed_window_independent", "tempo_any_window_clustered")
    if results.known(*names):
        rest.append(_tempo_finding(study, results))
    return sentence, rest + _qualifiers(study, results)


@in_its_language
def key_figures(study: Study, results: Results) -> list[KeyFigure]:
    """Return the first screen's four to six figures: what was computed, and what a reader would miss if it was not."""
    days = study.settings.window_days
    row = results["attacks_in_window"]
    label, when = say("Attacks in {days} days", days=days), say("recorded, to {day}", day=study.as_of)
    cards = [_card(label, row, "count", uncertainty=_dating(row), note=when)]
    if results.known("level_ratio"):
        row = results["level_ratio"]
        days_before = int(level.level_of(study).table.iloc[0]["reference_days"])
        label = say("Last {days} days against the {n} before", days=spans_of(study).recent, n=days_before)
        cards.append(_card(label, row, "ratio", note=_recorded_and_usual(row)))
        if results.known("deaths_level_ratio"):
            row = results["deaths_level_ratio"]
            cards.append(_card(say("Deaths, the same"), row, "ratio", note=_recorded_and_usual(row)))
    else:
        row = results["operation_rate_ratio"] if results.known("operation_rate_ratio") else results["attack_rate_ratio"]
        of = say("of operations, as recorded") if row.name.startswith("operation") else say("of attacks, as recorded")
        cards.append(_card(say("Recorded rate against baseline"), row, "ratio", note=of))
    row = results["offensives_in_window"]
    spread = _by_definitions(row) if row.status == COMPUTED else ""
    cards.append(_card(say("Offensives in {days} days", days=days), row, "{:.0f}", uncertainty=spread))
    low, high = results["tempo_any_window_independent"], results["tempo_any_window_clustered"]
    if results.known("tempo_fixed_window_independent", low.name, high.name):
        row = results["tempo_fixed_window_independent"]
        k = headline_k(study, results)
        label, note = say("A window fixed beforehand holds {k} or more", k=k), say("chance, if independent")
        cards.append(_card(label, row, "percent", note=note))
        span = say("independent {low}; clustered {high}", low=chance(low.value), high=chance(high.value))
        history = say("chance, in {days} days", days=(study.end - study.baseline_start) // DAY)
        cards.append(
            KeyFigure(say("Some window in the history does"), chances(*sorted((low.value, high.value))), span, history)
        )
    if results.known("year_ratio"):
        row = results["year_ratio"]
        months = say(
            "{recent:,.0f} in the last; {before:,.0f} in those before",
            recent=row.detail["recent"], before=row.detail["before"],
        )  # fmt: skip
        cards.append(_card(say("Last 12 whole months against the 12 before"), row, "ratio", note=months))
    if len(cards) < MOST_CARDS or results.known("completeness"):
        row, note = results["completeness"], say("against a reference count")
        cards.append(_card(say("Share of attacks that the table holds"), row, "percent", note=note))
    return cards[:MOST_CARDS]


@in_its_language
def limits(study: Study, results: Results, indicators: pd.DataFrame) -> list[str]:
    """Return what this report cannot say: first what was not computed, then what no such table can tell."""
    gaps = indicators[indicators["status"].ne(COMPUTED) & indicators["unit"].eq(study.place)]
    said = [
        say("Not computed: {figures}, because {reason}.", figures=_some(group), reason=reason)
        for reason, group in gaps.groupby("reason", sort=False)
    ]
    return [
        *said,
        say(
            "Why: counts of attacks say nothing of intent, of who is winning, or of what comes next. An alert is a "
            "rule crossed, not a prediction."
        ),
        say("How deadly: frequency and severity can move apart, and neither is inferred from the other here."),
        say(
            "What was not recorded: a place without reports is not a calm place. Zero is counted only inside the "
            "stated coverage."
        ),
        say(
            "Other sources: a row means something else to ACLED, UCDP and GTD. Their counts are not comparable and "
            "are never added up."
        ),
    ]


@in_its_language
def method(study: Study) -> list[str]:
    """Return how the figures were made."""
    settings, selection = study.settings, study.selection
    return [
        say(
            "Selection: {selection}, counted by {unit}. The table covers the selection from {start}; as_of {as_of} "
            "is the last day looked at.",
            selection=selection, unit=say(selection.unit), start=study.start, as_of=study.as_of,
        ),
        say(
            "Windows are half-open: the last {days} days up to and with as_of. The baseline ends where the window "
            "starts and holds {held} days (at most {most:d}).",
            days=settings.window_days, held=max((study.window_start - study.baseline_start) // DAY, 0),
            most=settings.baseline_days,
        ),
        say(
            "Offensives: {definition}. They are always derived from attacks, never read from a label.",
            definition=definition_of(study),
        ),
        say("The finding says the verdict's word first; its rule stands with the assessment."),
        say(
            "Intervals are at {level} unless said otherwise. Simulations use seed {seed:d} and {runs} runs.",
            level=percent(settings.level), seed=settings.seed, runs=settings.n_simulations,
        ),
    ]  # fmt: skip


def _some(rows: pd.DataFrame) -> str:
    """Name a few figures, and count the others by their question; `indicators.json` names all."""
    names = [measure_name(name) for name in rows["name"]]
    if len(names) <= MOST_NAMED + 1:
        return joined(names)
    rest = rows.iloc[MOST_NAMED:]
    return say(
        "{names} and {n} more on {questions}",
        names=", ".join(names[:MOST_NAMED]), n=len(rest), questions=joined(map(say, dict.fromkeys(rest["question"]))),
    )  # fmt: skip


def _by_definitions(row: IndicatorRow) -> str:
    """Say how many offensives other definitions count."""
    if row.low == row.high:
        return say("as many by all other definitions")
    return say("{low:.0f} to {high:.0f} by other definitions", low=row.low, high=row.high)


def _tempo_finding(study: Study, results: Results) -> str:
    row, k = results["offensives_in_window"], headline_k(study, results)
    fixed, clustered = results["tempo_fixed_window_independent"], results["tempo_any_window_clustered"]
    history = (study.end - study.baseline_start) // DAY
    days = study.settings.window_days
    held = say_count(
        "The last {days} days hold {n} [offensive|offensives] ({spread}).", int(row.value), days=days,
        spread=_by_definitions(row),
    )  # fmt: skip
    come_up = say(
        "{k} or more come up in {fixed} of windows fixed beforehand, but {share} of histories of {history} days hold "
        "such a window somewhere.",
        k=k, fixed=chance(fixed.value),
        share=chances(*sorted((results["tempo_any_window_independent"].value, clustered.value))),
        history=history,
    )  # fmt: skip
    told = f"{held} {come_up}"
    if not results.known("tempo_greatest") or results["tempo_greatest"].value <= k:
        return told
    most = results["tempo_greatest"]
    greatest = say(
        "The most in any {days} days is {n:.0f}, first in those to {day}.",
        days=days, n=most.value, day=pd.Timestamp(most.detail["last_day"]),
    )  # fmt: skip
    return f"{told} {greatest}"


@listed
def _qualifiers(study: Study, results: Results) -> Iterator[str]:
    if study.settings.headline_count and results.known("offensives_in_window"):
        counted = int(results["offensives_in_window"].value)
        told = {"reported": study.settings.headline_count, "counted": counted}
        if counted == study.settings.headline_count:
            yield say(
                "The reported number, {reported}, agrees with the count by the default definition ({counted}).", **told
            )
        else:
            yield say(
                "The reported number, {reported}, differs from the count by the default definition ({counted}).", **told
            )
    if results["roles_stated"].value < 0.5:
        if study.attacks["role_basis"].eq("assumed").any():
            yield say("The publisher does not code who attacked whom: roles are assumed.")
        elif study.attacks[["actor_a", "actor_b"]].isna().all(axis=None):
            yield say("Of no event is it recorded who attacked whom.")
        else:
            yield say("Of most events it is not known who attacked: both sides are parties.")


def _card(label: str, row, form: str, *, uncertainty: str | None = None, note: str = "") -> KeyFigure:
    if row.status != COMPUTED:
        return KeyFigure(label, NOT_COMPUTED, "", row.reason)
    shown = formatted(row.value, form)
    if uncertainty is None:
        uncertainty = interval(row, form)
    return KeyFigure(label, shown, uncertainty, note)


def _dating(row) -> str:
    if row.low == row.high == row.value:
        return ""
    return say("{low:.0f} to {high:.0f} by dating", low=row.low, high=row.high)


def _recorded_and_usual(row) -> str:
    return say(
        "{recent} recorded; {usual} usual in as many days",
        recent=count(row.detail["recent"]), usual=whole(row.detail["usual"]),
    )  # fmt: skip
