"""Trend and escalation analysis of incident tables.

Data walks one way: ``incidents -> measures -> figures -> reports -> publishing -> scheduling``; ``statistics`` knows
arrays and
nothing of conflict. ``import analysis`` is cheap: each public name loads its room on first use.
"""

from importlib import import_module

__version__ = "0.1.0"

_PUBLIC = {
    "load_incidents": "analysis.incidents",
    "load_claims": "analysis.incidents",
    "select_attacks": "analysis.incidents",
    "open_study": "analysis.incidents",
    "parameters_in": "analysis.incidents.parameters",
    "IncidentTable": "analysis.incidents",
    "TableError": "analysis.incidents",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> object:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'analysis' has no attribute {name!r}; public names: {', '.join(sorted(_PUBLIC))}")


def __dir__() -> list[str]:
    return sorted(__all__)
