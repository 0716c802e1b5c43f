"""One file a publisher: which columns it is known by, how they become the canonical table, what it is called and what
it records.

Each file holds ``PUBLISHERS``: one, or several that have the same columns, of which the first is recognised by them. A
new publisher is a new file here, and its name in `canonical.SOURCES`, which says in which order they are offered.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.incidents.actors import Actors
    from analysis.incidents.cells import Cells


@dataclass(frozen=True, slots=True)
class Publisher:
    """How one publisher's table is read, and what is said of it."""

    name: str  # as in `canonical.SOURCES`
    title: str  # what captions name as the source; in English, as `language.say` takes it
    records: str  # one sentence on what the table records, and how; likewise
    # Columns (by `column_key`) that are read where the file has them.
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    # Returns canonical columns by name, of a table of counts what `counts.read_counts` takes.
    read: Callable[["Cells", "Actors"], dict[str, object]]
    known_by: tuple[str, ...] = ()  # columns that together tell the publisher; none where the columns must be named
    aliases: Mapping[str, str] = field(default_factory=dict)  # older or shortened names of columns, to those above
    # The columns by which Parquet files are filtered while they are read.
    date: str = "date_start"
    country: str = "country"
    holds_counts: bool = False  # whether a row is a number of events by unit and period
    # Whether one event may be counted under several types, so that these are never added up.
    overlapping_types: bool = False
    dates_are_spans: bool = False  # whether first and last day say how long went on what a row tells of
    deadly_events: bool = False  # whether only events with a death are recorded, by parties, without roles
    files_beside: bool = False  # whether side files that lie beside the table under their usual names are taken with it
    # Tells by the cells and the file's name which of those with the same columns made the table.
    which: Callable[..., "Publisher"] | None = None
    # Returns the release by the file's name and first and last day; None where it is not known.
    version: Callable[..., str | None] | None = None
    # Returns first and last day that the table speaks for, by those of its rows, the file's path and all days of rows.
    # Without it, coverage is by the file's name or by the rows.
    covered: Callable[..., tuple[Any, Any]] | None = None
    # First and last day of what happened within and is not in the table, as its records are lost.
    lost: tuple[str, str] | None = None
    page_rows: int = 0  # as many rows as its interface gives at once unless it is asked for more; 0 where it has none


@cache
def publishers() -> dict[str, Publisher]:
    """Return all publishers by name, those known by the most columns first."""
    files = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    found = [publisher for file in files for publisher in file.PUBLISHERS]
    return {one.name: one for one in sorted(found, key=lambda one: -len(one.known_by))}


def known_publishers() -> list[Publisher]:
    """Return the publishers that are known by their columns, those known by the most first."""
    return [publisher for publisher in publishers().values() if publisher.known_by]


def column_key(name: str) -> str:
    """Return a column's name as it is compared: without case, doubled or odd spaces, and two ways of writing one
    accent.

    Examples
    --------
    >>> column_key(" Nombre de\\nMorts ")
    'nombre de morts'
    """
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def named_columns(publisher: Publisher, columns: Mapping[str, str]) -> dict[str, str]:
    """Return a file's columns (`column_key` to written) with the publisher's current names added for older or shortened
    ones."""
    renamed = {
        name: columns[alias] for alias, name in publisher.aliases.items() if alias in columns and name not in columns
    }
    return {**columns, **renamed}


def recognise(columns: Mapping[str, str]) -> Publisher | None:
    """Return the publisher whose columns these are (`column_key` to written), or ``None``."""
    return next(
        (one for one in known_publishers() if set(one.known_by) <= set(named_columns(one, columns))),
        None,
    )
