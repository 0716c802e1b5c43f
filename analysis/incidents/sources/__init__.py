"""One file a publisher. Each says which columns it is known by, which it needs, and how they become the canonical
table.

A source module has ``NAME``, ``KNOWN_BY`` (columns that together tell the publisher), ``TEXTS`` and ``NUMBERS``
(columns read where the file has them) and ``read(cells, actors)``, which returns canonical columns by name. ``ALIASES``
(other names of columns), ``version`` and ``covered`` are optional. A new publisher is a new file here, and its name
where publishers are listed (docs/architecture.md says where).
"""

import unicodedata
from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def source_modules() -> list[ModuleType]:
    """Return the publishers' modules, those known by the most columns first."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    return sorted(modules, key=lambda module: (-len(module.KNOWN_BY), module.NAME))


def column_key(name: str) -> str:
    """Return a column's name as it is compared: without case, doubled or odd spaces, and two ways of writing one
    accent.

    Examples
    --------
    >>> column_key(" Nombre de\\nMorts ")
    'nombre de morts'
    """
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def named_columns(module: ModuleType, columns: Mapping[str, str]) -> dict[str, str]:
    """Return a file's columns (`column_key` to written) with the publisher's current names added for older or shortened
    ones."""
    older = getattr(module, "ALIASES", {}) if module.KNOWN_BY else {}
    renamed = {name: columns[alias] for alias, name in older.items() if alias in columns and name not in columns}
    return {**columns, **renamed}


def recognise(columns: Mapping[str, str]) -> ModuleType | None:
    """Return the publisher whose columns these are (`column_key` to written), or ``None``."""
    return next(
        (
            module
            for module in source_modules()
            if module.KNOWN_BY and set(module.KNOWN_BY) <= set(named_columns(module, columns))
        ),
        None,
    )
