"""Who an actor is: one name and one type for all the ways that publishers write it.

The table that ships with the package is small on purpose; a user's own replaces it (``--actors``). Who is not in it keeps the
name that the publisher gives, and the type that the publisher codes, or ``unknown``.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from analysis.incidents.canonical import ACTOR_TYPES
from analysis.incidents.errors import TableError
from analysis.resources import resource

SHIPPED = "data/actors.csv"


@dataclass(frozen=True)
class Actors:
    """Actors by the casefolded name or alias."""

    names: dict[str, str]
    types: dict[str, str]

    def name(self, published: str) -> str:
        """Return the actor's one name."""
        return self.names.get(published.casefold(), published)

    def type(self, published: str) -> str | None:
        """Return the actor's type, or ``None`` where the table does not know it."""
        return self.types.get(self.name(published).casefold())


def load_actors(path: str | Path | None = None) -> Actors:
    """Read a table of actors: ``actor, type`` and optional ``aliases``, parted by ``|``.

    Raises
    ------
    TableError
        If a column is missing or a type is unknown.
    """
    path = Path(path) if path else resource(SHIPPED)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"actor", "type"} <= set(rows[0]):
        raise TableError(f"{path.name} needs the columns actor and type, and at least one row.", path=path)
    names, types = {}, {}
    for number, row in enumerate(rows, start=2):
        if row["type"] not in ACTOR_TYPES:
            raise TableError(
                f"{path.name}, row {number}: type {row['type']!r} is none of {', '.join(ACTOR_TYPES)}.", path=path
            )
        for name in (row["actor"], *(row.get("aliases") or "").split("|")):
            if name.strip():
                names[name.strip().casefold()] = row["actor"]
        types[row["actor"].casefold()] = row["type"]
    return Actors(names, types)
