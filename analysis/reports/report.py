"""A report on a study, a call a section: what most notebooks are made of."""

from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

import pandas as pd

from analysis.incidents.counts import NEEDS_INCIDENTS
from analysis.incidents.opening import refuse_uncovered
from analysis.incidents.study import Study, in_its_language
from analysis.language import message, say, speaking
from analysis.measures import QUESTIONS, compute_indicators, holds_for_counts
from analysis.measures.level_rule import MIN_EVENTS
from analysis.measures.surge import alerts_document, watch_of
from analysis.reports import brief_page, brief_words, sections, summary, wording
from analysis.reports.blocks import Progress
from analysis.reports.brief import brief_of
from analysis.reports.page import Page, open_page

MAPS = "spread"


@in_its_language
def open_report(
    study: Study,
    *,
    output_dir: str = "",
    questions: Sequence[str] = (),
    ahead: Sequence[str] | None = None,
    indicators: pd.DataFrame | None = None,
) -> "Report":
    """Compute a study's indicators and open the report on them.

    Parameters
    ----------
    study
        See `analysis.open_study`.
    output_dir
        Where charts and numbers go; empty: they are only shown.
    questions
        Names of questions; default: all.
    ahead
        Questions whose charts a publisher may draw while the others are computed; they must be shown. Default:
        ``questions``.
    indicators
        Rows computed already, instead of those of ``questions``.

    Raises
    ------
    SelectionError
        If the report is to be published and the table does not cover its last day: an empty report would stand
        as the latest.

    Returns
    -------
    Report
        Its `page` shows what else a notebook has to show.
    """
    if output_dir:
        refuse_uncovered(study)
    page = open_page(output_dir=output_dir)
    page.noun, page.language = study.noun, study.settings.language

    asked, progress = list(questions or QUESTIONS), Progress()
    left = [name for name in asked if ahead is None or name in ahead]

    def begin(question: str) -> None:
        tell(asked.index(question) + 1)
        few = study.daily_counts().sum() < MIN_EVENTS
        # Maps take longest to draw: a publisher gets them after the first question's charts, not among the last.
        for name in [name for name in (question, MAPS) if name in left]:
            left.remove(name)
            if not few and (not study.holds_counts or holds_for_counts(name)):
                # A report on all questions has the map of regions in its brief, in a size of its own.
                page.ahead(chart for chart in section_of(name).charts(study) if questions or chart.name != "where")

    def tell(at: int) -> None:
        if at < len(asked):
            what = say(QUESTIONS[asked[at]])
            progress.tell(say("Computing, {at} of {n}: {question}", at=at + 1, n=len(asked), question=what))

    if indicators is None:
        tell(0)
        indicators = compute_indicators(study, questions=questions, then=begin)
        progress.done()
    return Report(study, page, indicators)


@speaking
class Report:
    """A report in the making; see `open_report`."""

    def __init__(self, study: Study, page: Page, indicators: pd.DataFrame) -> None:
        self.study, self.page, self.indicators = study, page, indicators
        self.results = wording.Results(study, indicators)
        self._briefed = self._too_few = False
        page.indicators(indicators, study)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"a report has no {name!r}. A copy of a notebook that another version shipped may call what is gone: copy"
            " the shipped one anew."
        )

    @property
    def language(self) -> str:
        """The language of its study, which it speaks."""
        return self.study.settings.language

    def brief(self) -> None:
        """Show what is read first: two pages of the most important, made of parts; see `analysis.reports.brief`."""
        brief_page.write_brief(self.page, self.study, self.results)
        self._briefed, self._too_few = True, brief_of(self.study, self.results).too_few

    def overview(self) -> None:
        """Show what opens the annex: the figures with their intervals, and every attack on a timeline."""
        page, study, results = self.page, self.study, self.results
        if self._too_few:
            return
        _, said = summary.finding(study, results)
        page.say(wording.subtitle(study))
        page.say(*said, as_list=True)
        page.key_figures(summary.key_figures(study, results))
        timeline = section_of("frequency")
        page.charts(timeline.charts(study), timeline.read(study, results))

    def answer(self, question: str, *, title: str = "") -> None:
        """Show the heading, or ``title`` in its place, and what one question's own report finds."""
        section, title = section_of(question), say(title)
        if self.study.holds_counts and not holds_for_counts(question):
            self.page.title(title or wording.title(self.study), wording.subtitle(self.study))
            self.page.finding(wording.gap(message("This question"), say(NEEDS_INCIDENTS)))
            return
        self.page.title(title or wording.title(self.study), wording.subtitle(self.study))
        if hasattr(section, "finding"):
            self.page.finding(section.finding(self.study, self.results))
        else:
            sentence, *qualifiers = section.read(self.study, self.results)
            self.page.finding(sentence, qualifiers)

    def section(self, question: str, **chosen: object) -> None:
        """Show a question's section; for what can be chosen see its ``write``. Of a table of counts it may say
        why there is none. Where the brief says that there are too few rows to judge, only reliability is shown."""
        if self._too_few and question != "reliability":
            if question == "surge":  # a file that others read, whatever the page shows
                self.page.alerts(alerts_document(watch_of(self.study), self.study))
            return
        if self.study.holds_counts and not holds_for_counts(question):
            self.page.say(wording.gap(message("This"), say(NEEDS_INCIDENTS)))
            return
        section_of(question).write(self.page, self.study, self.results, **chosen)

    def limits(self) -> None:
        """Show what the report cannot say."""
        # Of next to no rows next to nothing is computed: indicators.json says of each figure why.
        indicators = self.indicators.iloc[:0] if self._too_few else self.indicators
        said = summary.limits(self.study, self.results, indicators)
        absent = brief_words.absences(brief_of(self.study, self.results)) if self._briefed else []
        self.page.say(*absent, *said, as_list=True)

    def method(self) -> None:
        """Show how the figures were made, and from which incidents; few rows stand in the brief themselves."""
        self.page.say(*summary.method(self.study), as_list=True)
        if not self._too_few:
            self.lineage()

    def lineage(self) -> None:
        """Show from which incidents each figure is made."""
        self.page.lineage(self.indicators)


def section_of(question: str) -> ModuleType:
    """Return the module that writes a question's section."""
    return import_module(f"{sections.__name__}.{question}")
