"""One module a question: checked tables in, tidy tables out.

Each module declares ``QUESTION``, its ``MEASURES`` and ``indicators(study)``, and ``HOLDS_FOR_COUNTS`` if a table of
counts is enough for it. A new question: CONTRIBUTING.md lists what it needs.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from importlib import import_module
from types import ModuleType

import pandas as pd

from analysis.incidents.counts import NEEDS_INCIDENTS
from analysis.incidents.study import Study, in_its_language, kept_on_study
from analysis.language import message, say
from analysis.lazy import modules_in, names_of_modules
from analysis.measures.result import IndicatorRows

__all__ = ["QUESTIONS", "compute_indicators", "holds_for_counts", "question_modules", "rows_of"]

# The question that each module answers, in the order of the report.
QUESTIONS = {
    "frequency": message("How often, and is that more than before?"),
    "offensives": message("Which attacks were one operation?"),
    "tempo": message("How unusual is the k-th offensive in w days?"),
    "trend": message("Is it speeding up; since when?"),
    "surge": message("Which places stand above their baseline now?"),
    "contagion": message("Does one attack bring the next?"),
    "severity": message("How deadly, and how bad could one get?"),
    "claims": message("Who says what happened?"),
    "spread": message("Where is it going?"),
    "outlook": message("What next?"),
    "reliability": message("Can any of this be trusted?"),
    "assessment": message("So: is it escalating?"),
}


def question_modules() -> dict[str, ModuleType]:
    """Return the module of each question, by name."""
    return {name: import_module(f"analysis.measures.{name}") for name in QUESTIONS}


@in_its_language
def compute_indicators(
    study: Study, *, by: str = "", questions: Iterable[str] = (), then: Callable[[str], object] | None = None
) -> pd.DataFrame:
    """Compute every measure of a study.

    Parameters
    ----------
    study
        From `analysis.incidents.opening.open_study`.
    by
        Also split by one of `analysis.incidents.parameters.SPLITS` (attacker, pair, target_type, ...), each part beside
        the whole.
    questions
        Only these; default all.
    then
        Called with each question's name as soon as its rows for the whole study are computed, then with each part's.

    Returns
    -------
    pandas.DataFrame
        One row per measure and part, with ``analysis.measures.result.INDICATOR_COLUMNS``; what could not be computed
        has a row with its reason.
    """
    asked = list(questions) or QUESTIONS
    parts = study.split(by) if by else ()
    found = []
    for name in asked:
        found.append(rows_of(study, name))
        if then:
            then(name)
    for part in parts:
        found += [rows_of(part, name) for name in asked]
        if then:
            then(part.label)
    made = pd.concat(found, ignore_index=True)
    # Lists and dicts in its cells are kept by none but who asked.
    ids = [list(one) if isinstance(one, list) else one for one in made["incident_ids"]]
    return made.assign(incident_ids=ids, detail=[deepcopy(one) for one in made["detail"]])


@kept_on_study
def rows_of(study: Study, question: str) -> pd.DataFrame:
    """Return one question's indicator rows of a study, computed once for the report and for what weighs them.

    Of a table of counts only questions that say ``HOLDS_FOR_COUNTS`` are computed; the rows of the others say why not.
    """
    module = import_module(f"analysis.measures.{question}")
    if study.holds_counts and not holds_for_counts(question):
        rows = IndicatorRows(study, question, module.MEASURES)
        return rows.skip_rest(say(NEEDS_INCIDENTS), span="history").frame()
    return module.indicators(study)


def holds_for_counts(question: str) -> bool:
    """Tell whether a question can be answered from counts by unit and period."""
    return getattr(import_module(f"analysis.measures.{question}"), "HOLDS_FOR_COUNTS", False)


def __getattr__(name: str) -> object:
    return modules_in(__name__, __path__, name)


def __dir__() -> list[str]:
    return sorted({*__all__, *names_of_modules(__path__)})
