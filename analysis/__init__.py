"""Trend and escalation analysis of incident tables.

``open_study`` is the door: ``study = analysis.open_study("table.csv", country="Mali")``, then ``study.frequency``,
``study.tempo``, ... Data walks one way: ``incidents -> measures -> figures -> reports -> publishing -> scheduling``;
``statistics`` knows arrays and nothing of conflict. ``import analysis`` is cheap: each name, and each module such as
``analysis.measures.tempo``, loads on first use.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from analysis.lazy import interrupt_between_imports, modules_in, names_of_rooms
from analysis.version import __version__

if TYPE_CHECKING:
    from analysis.door import Question, Study, Value, explore, open_study
    from analysis.incidents import (
        IncidentTable,
        SelectionError,
        TableError,
        load_claims,
        load_incidents,
        select_attacks,
    )
    from analysis.incidents.parameters import parameters_in

_PUBLIC = {
    "open_study": "analysis.door",
    "explore": "analysis.door",
    "Study": "analysis.door",
    "Question": "analysis.door",
    "Value": "analysis.door",
    "load_incidents": "analysis.incidents",
    "load_claims": "analysis.incidents",
    "select_attacks": "analysis.incidents",
    "parameters_in": "analysis.incidents.parameters",
    "IncidentTable": "analysis.incidents",
    "TableError": "analysis.incidents",
    "SelectionError": "analysis.incidents",
}
__all__ = [
    "IncidentTable", "Question", "SelectionError", "Study", "TableError", "Value", "__version__", "explore",
    "load_claims", "load_incidents", "open_study", "parameters_in", "select_attacks",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    return modules_in(__name__, __path__, name, others=_PUBLIC)


def __dir__() -> list[str]:
    return sorted({*__all__, *names_of_rooms(__path__)} - {"door"})  # what it holds stands here itself


if "IPython" in sys.modules:  # who works in a notebook has values completed too
    interrupt_between_imports()
    from analysis.exploring.completion import offer_completion

    offer_completion()
