"""What stands before and after the sections: the finding, the key figures, what cannot be said, and how it was made."""

import pandas as pd

from analysis.incidents.study import DAY, Study
from analysis.measures.offensives import definition_of
from analysis.measures.result import COMPUTED
from analysis.reports.page import KeyFigure
from analysis.reports.sections.assessment import headline
from analysis.reports.words import (
    Results,
    counted,
    day_words,
    formatted,
    headline_k,
    interval,
    joined,
    percent,
    whole,
)

MOST_CARDS = 6
MOST_NAMED = 3


def finding(study: Study, results: Results) -> tuple[str, list[str]]:
    """Return the report's finding, the verdict first, and what qualifies it."""
    if not results.known("attacks_in_window"):
        window = f"the {study.settings.window_days} days to {day_words(study.as_of)}"
        return f"Nothing can be said of {window}: {results.why_not('attacks_in_window')}.", []
    sentence, *rest = headline(study)
    names = ("offensives_in_window", "tempo_fixed_window_independent", "tempo_any_window_clustered")
    if results.known(*names):
        rest.append(_tempo_finding(study, results))
    return sentence, rest + _qualifiers(study, results)


def key_figures(study: Study, results: Results) -> list[KeyFigure]:
    """Return the first screen's four to six figures: what was computed, and what a reader would miss if it was not."""
    days = study.settings.window_days
    row = results["attacks_in_window"]
    label, when = f"Attacks in {days} days", f"recorded, to {day_words(study.as_of)}"
    cards = [_card(label, row, "{:,.0f}", uncertainty=_dating(row), note=when)]
    if results.known("level_ratio"):
        row = results["level_ratio"]
        held = f"{row.detail['recent']:,.0f} recorded; {whole(row.detail['usual'])} usual in as many days"
        cards.append(_card("Last 90 days against the year before", row, "ratio", note=held))
        if results.known("deaths_level_ratio"):
            row = results["deaths_level_ratio"]
            held = f"{row.detail['recent']:,.0f} recorded; {whole(row.detail['usual'])} usual in as many days"
            cards.append(_card("Deaths, the same", row, "ratio", note=held))
    else:
        row = results["operation_rate_ratio"] if results.known("operation_rate_ratio") else results["attack_rate_ratio"]
        of = "operations" if row.name.startswith("operation") else "attacks"
        cards.append(_card("Recorded rate against baseline", row, "ratio", note=f"of {of}, as recorded"))
    row = results["offensives_in_window"]
    spread = f"{row.low:.0f} to {row.high:.0f} by other definitions" if row.status == COMPUTED else ""
    cards.append(_card(f"Offensives in {days} days", row, "{:.0f}", uncertainty=spread))
    low, high = results["tempo_any_window_independent"], results["tempo_any_window_clustered"]
    if results.known("tempo_fixed_window_independent", low.name, high.name):
        row = results["tempo_fixed_window_independent"]
        cards.append(_card("A window fixed beforehand holds as many", row, "percent", note="chance, if independent"))
        span = f"independent {percent(low.value)}; clustered {percent(high.value)}"
        history = f"chance, in {(study.end - study.baseline_start) // DAY} days"
        cards.append(
            KeyFigure("Some window in the history does", f"{percent(low.value)} – {percent(high.value)}", span, history)
        )
    if results.known("year_ratio"):
        row = results["year_ratio"]
        months = f"{row.detail['recent']:,.0f} in the last; {row.detail['before']:,.0f} in those before"
        cards.append(_card("Last 12 months against the 12 before", row, "ratio", note=months))
    if len(cards) < MOST_CARDS or results.known("completeness"):
        row = results["completeness"]
        cards.append(_card("Share of attacks that the table holds", row, "percent", note="against a reference count"))
    return cards[:MOST_CARDS]


def limits(study: Study, results: Results, indicators: pd.DataFrame) -> list[str]:
    """Return what this report cannot say: first what was not computed, then what no such table can tell."""
    gaps = indicators[indicators["status"].ne(COMPUTED) & indicators["unit"].eq(study.place)]
    said = [f"Not computed: {_some(group)}, because {reason}." for reason, group in gaps.groupby("reason", sort=False)]
    return [
        *said,
        "Why: counts of attacks say nothing of intent, of who is winning, or of what comes next. An alert is a rule "
        "crossed, not a "
        "prediction.",
        "How deadly: frequency and severity can move apart, and neither is inferred from the other here.",
        "What was not recorded: a place without reports is not a calm place. Zero is counted only inside the stated "
        "coverage.",
        "Other sources: a row means something else to ACLED, UCDP and GTD. Their counts are not comparable and are "
        "never added up.",
    ]


def method(study: Study) -> list[str]:
    """Return how the figures were made."""
    settings, selection = study.settings, study.selection
    return [
        f"Selection: {selection}, counted by {selection.unit}. The table covers the selection from "
        f"{day_words(study.start)}; as_of "
        f"{day_words(study.as_of)} is the last day looked at.",
        f"Windows are half-open: the last {settings.window_days} days up to and with as_of. The baseline ends where "
        f"the window starts "
        f"and holds {(study.window_start - study.baseline_start) // DAY} days (at most {settings.baseline_days}).",
        f"Offensives: {definition_of(study)}. They are always derived from attacks, never read from a label.",
        "The finding says the verdict's word first; its rule stands with the assessment.",
        f"Intervals are at {percent(settings.level)} unless said otherwise. Simulations use seed {settings.seed} and "
        f"{settings.n_simulations:,} runs.",
    ]


def _some(rows: pd.DataFrame) -> str:
    """Name a few figures, and count the others by their question; `indicators.json` names all."""
    names = [name.replace("_", " ") for name in rows["name"]]
    if len(names) <= MOST_NAMED + 1:
        return joined(names)
    rest = rows.iloc[MOST_NAMED:]
    return f"{', '.join(names[:MOST_NAMED])} and {len(rest)} more on {joined(dict.fromkeys(rest['question']))}"


def _tempo_finding(study: Study, results: Results) -> str:
    row, k = results["offensives_in_window"], headline_k(study, results)
    fixed, clustered = results["tempo_fixed_window_independent"], results["tempo_any_window_clustered"]
    history = (study.end - study.baseline_start) // DAY
    greatest = ""
    if results.known("tempo_greatest") and results["tempo_greatest"].value > k:
        most = results["tempo_greatest"]
        last_day = day_words(pd.Timestamp(most.detail["last_day"]))
        greatest = f" The most in any {study.settings.window_days} days is {most.value:.0f}, in those to {last_day}."
    return (
        f"The last {study.settings.window_days} days hold {counted(int(row.value), 'offensive')} ({row.low:.0f} to "
        f"{row.high:.0f} by other definitions); {k} or more come up in "
        f"{percent(fixed.value)} of windows fixed beforehand, but "
        f"{percent(results['tempo_any_window_independent'].value)} to "
        f"{percent(clustered.value)} of histories of {history} days hold such a window somewhere.{greatest}"
    )


def _qualifiers(study: Study, results: Results) -> list[str]:
    said = []
    if study.settings.headline_count and results.known("offensives_in_window"):
        counted = int(results["offensives_in_window"].value)
        agrees = "agrees with" if counted == study.settings.headline_count else "differs from"
        said.append(
            f"The reported number, {study.settings.headline_count}, {agrees} the count by the default definition "
            f"({counted})."
        )
    if results["roles_stated"].value < 0.5:
        assumed = study.attacks["role_basis"].eq("assumed").any()
        said.append(
            "The publisher does not code who attacked whom: roles are assumed."
            if assumed
            else "Of most events it is not known who attacked: both sides are parties."
        )
    return said


def _card(label: str, row, form: str, *, uncertainty: str | None = None, note: str = "") -> KeyFigure:
    if row.status != COMPUTED:
        return KeyFigure(label, "not computed", "", row.reason)
    shown = formatted(row.value, form)
    if uncertainty is None:
        uncertainty = interval(row, form)
    return KeyFigure(label, shown, uncertainty, note)


def _dating(row) -> str:
    return "" if row.low == row.high == row.value else f"{row.low:.0f} to {row.high:.0f} by dating"
