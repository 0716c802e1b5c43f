"""Checked tables: incidents, claims, coverage; and selections from them."""

from importlib import import_module
from typing import TYPE_CHECKING

from analysis.lazy import modules_in, names_of_modules

if TYPE_CHECKING:
    from analysis.incidents.claims import load_claims
    from analysis.incidents.errors import SelectionError, TableError
    from analysis.incidents.load import IncidentTable, load_incidents
    from analysis.incidents.opening import open_study
    from analysis.incidents.selection import select_attacks
    from analysis.incidents.study import Study

_PUBLIC = {
    "IncidentTable": "load",
    "load_incidents": "load",
    "load_claims": "claims",
    "TableError": "errors",
    "SelectionError": "errors",
    "select_attacks": "selection",
    "Study": "study",
    "open_study": "opening",
}

__all__ = [
    "IncidentTable", "SelectionError", "Study", "TableError", "load_claims", "load_incidents", "open_study",
    "select_attacks",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name in _PUBLIC:
        return getattr(import_module(f"analysis.incidents.{_PUBLIC[name]}"), name)
    return modules_in(__name__, __path__, name, others=_PUBLIC)


def __dir__() -> list[str]:
    return sorted({*_PUBLIC, *names_of_modules(__path__)})
