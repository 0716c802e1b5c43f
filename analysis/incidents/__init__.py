"""Checked tables: incidents, claims, coverage; and selections from them."""

from importlib import import_module

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
    raise AttributeError(f"module 'analysis.incidents' has no attribute {name!r}; public names: {', '.join(_PUBLIC)}")
