"""Groups of countries by name, from a small file that a user can replace."""

import csv
import io
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from analysis.incidents.errors import SelectionError, TableError
from analysis.incidents.names import as_key
from analysis.incidents.places import to_iso3_list
from analysis.incidents.sidefiles import read_text
from analysis.incidents.terms import term
from analysis.resources import resource

SHIPPED = "data/regions.csv"
MOST_BYTES = 1 << 20


def load_regions(path: str | Path | None = None) -> dict[str, tuple[str, ...]]:
    """Read a table of groups of countries: ``region, countries`` (names or codes, parted by ``|``, or codes by blanks).

    Returns
    -------
    dict
        Codes (ISO3) by the group's name in lower case.

    Raises
    ------
    TableError
        If a column is missing or a country unknown.
    """
    path = Path(path) if path else resource(SHIPPED)
    text = read_text(path, most_bytes=MOST_BYTES, what="a table of groups of countries")
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise TableError(f"{path.name} cannot be read: {error}", path=path) from None
    if not rows or not {"region", "countries"} <= set(rows[0]):
        raise TableError(f"{path.name} needs the columns region and countries, and at least one row.", path=path)
    regions = {}
    for number, row in enumerate(rows, start=2):
        listed = row["countries"].split("|") if "|" in row["countries"] else row["countries"].split()
        try:
            regions[row["region"].strip().casefold()] = to_iso3_list(name.strip() for name in listed if name.strip())
        except ValueError as error:
            raise TableError(f"{path.name}, row {number}: {error}", path=path) from None
    return regions


def countries_of(names: Sequence[str], path: str | Path | None = None) -> tuple[str, ...]:
    """Return the countries of some groups, each once.

    Raises
    ------
    SelectionError
        If a group is unknown, with the nearest names.

    Examples
    --------
    >>> countries_of(["central_sahel"])
    ('MLI', 'BFA', 'NER')
    """
    regions = load_regions(path) if names or path else {}
    found: list[str] = []
    for name in names:
        key = as_key(name)
        if key not in regions:
            near = get_close_matches(key, regions, n=3, cutoff=0.5)
            hint = f"Did you mean {', '.join(near)}?" if near else f"Known: {', '.join(regions)}."
            hint += f" A region of one country is selected with {term('admin1', name)}."
            raise SelectionError(f"{term('region', name)} is unknown. {hint}")
        found += regions[key]
    return tuple(dict.fromkeys(found))
