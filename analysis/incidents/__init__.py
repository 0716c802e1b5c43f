"""Checked tables: incidents, claims, coverage; and selections from them."""

from importlib import import_module

from analysis.lazy import modules_in, names_of_modules

_PUBLIC = {
    "IncidentTable": "load",
    "load_incidents": "load",
    "load_claims": "claims",
    "TableError": "errors",
    "SelectionError": "errors",
    "select_attacks": "selection",
    "Study": "study",
    "open_study": "study",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> object:
    if name in _PUBLIC:
        return getattr(import_module(f"analysis.incidents.{_PUBLIC[name]}"), name)
    return modules_in(__name__, __path__, name, others=_PUBLIC)


def __dir__() -> list[str]:
    return sorted({*_PUBLIC, *names_of_modules(__path__)})
