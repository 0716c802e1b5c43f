"""The catalogue of charts: what every section can draw, by name, and what of it a table has to show."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from analysis.incidents.counts import NEEDS_INCIDENTS
from analysis.incidents.errors import ParameterError
from analysis.incidents.study import Study
from analysis.language import message, say
from analysis.measures import QUESTIONS, holds_for_counts, rows_of
from analysis.measures.result import NOT_COMPUTED
from analysis.reports import brief_page
from analysis.reports.page import Chart
from analysis.reports.report import section_of


@dataclass(frozen=True)
class Listed:
    """A chart of the catalogue: its name, the question that it belongs to, and what it shows (in English; say it)."""

    name: str
    question: str
    what: str


@dataclass(frozen=True)
class Found:
    """A chart of the catalogue for one study: the chart, or why there is none."""

    listed: Listed
    chart: Chart | None = None
    reason: str = ""


# Where a chart of the catalogue stands that no question has.
BRIEF = message("brief")
OF_BRIEF = {
    "brief_timeline": message("Attacks per month with deaths, offensives and what else happened"),
    "brief_where": message("Small map of attacks by region"),
}


def catalogue() -> list[Listed]:
    """Return every chart that the brief shows and the sections declare, in the order of the report."""
    return [Listed(name, BRIEF, what) for name, what in OF_BRIEF.items()] + [
        Listed(name, question, what) for question in QUESTIONS for name, what in section_of(question).CHARTS.items()
    ]


def listed(names: Sequence[str] = ()) -> list[Listed]:
    """Return the charts of some names, in the order of the catalogue; without names, all.

    Raises
    ------
    ParameterError
        If a name is unknown; the message gives the nearest.
    """
    every = catalogue()
    known = [one.name for one in every]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}."
            raise ParameterError(
                f"{name!r} is not the name of a chart; {hint} `escalation charts --list` names them all."
            )
    return [one for one in every if not names or one.name in names]


def charts_of(study: Study, names: Sequence[str] = ()) -> Iterator[Found]:
    """Make the charts of a study one by one, computing no more than those asked for take.

    Parameters
    ----------
    study
        See `analysis.open_study`.
    names
        Of charts; default: all that the sections declare.

    Yields
    ------
    Found
        In the order of the catalogue. A chart whose numbers are empty is yielded too: what it draws says why.

    Raises
    ------
    ParameterError
        If a name is unknown.
    """
    asked = listed(names)
    for question in dict.fromkeys(one.question for one in asked):
        of_question = [one for one in asked if one.question == question]
        if question == BRIEF:
            for one in of_question:
                chart = brief_page.chart_alone(study, one.name)
                yield Found(one, chart, "" if chart else say("the history has fewer than three weeks"))
            continue
        section = section_of(question)
        if study.holds_counts and not holds_for_counts(question):
            yield from (Found(one, reason=say(NEEDS_INCIDENTS)) for one in of_question)
            continue
        made = {chart.name: chart for chart in section.charts(study)}
        if hasattr(section, "further_charts") and any(one.name not in made for one in of_question):
            made |= {chart.name: chart for chart in section.further_charts(study)}
        for one in of_question:
            if one.name in made:
                yield Found(one, made[one.name])
            else:
                yield Found(one, reason=_why_not(study, one))


def _why_not(study: Study, one: Listed) -> str:
    """Return why a section made no chart: its own words, or those of its first gap."""
    section = section_of(one.question)
    if hasattr(section, "why_no_chart") and (reason := section.why_no_chart(study, one.name)):
        return reason
    rows = rows_of(study, one.question)
    reasons = rows.loc[rows["status"].eq(NOT_COMPUTED), "reason"]
    return reasons.iloc[0] if len(reasons) else say("the table holds nothing that it could show")
