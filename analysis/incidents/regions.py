"""Groups of countries by name, from a small file that a user can replace."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from analysis.incidents.errors import SelectionError, TableError
from analysis.incidents.names import as_key
from analysis.incidents.places import find_country, to_iso3_list
from analysis.incidents.side_tables import read_side_table
from analysis.incidents.terms import term
from analysis.resources import resource

SHIPPED = "data/regions.csv"


def load_regions(path: str | Path | None = None) -> dict[str, tuple[str, ...]]:
    """Read a table of groups of countries: ``region, countries`` (names or codes, parted by ``|``, or codes by blanks).

    Returns
    -------
    dict
        Codes (ISO3) by the group's name as `names.as_key` writes it.

    Raises
    ------
    TableError
        If a column is missing, a group has no name or no country or stands twice, or a country is unknown.
    """
    path = Path(path) if path else resource(SHIPPED)
    table = read_side_table(path, needed=("region", "countries"))
    regions: dict[str, tuple[str, ...]] = {}
    for name, listed, row in zip(table["region"], table["countries"], table["row"], strict=True):
        one = "|" in listed or find_country(listed) is not None
        try:
            countries = to_iso3_list(part for part in map(str.strip, listed.split("|" if one else None)) if part)
        except ValueError as error:
            raise TableError(f"{path.name}, row {row}: {error}", path=path) from None
        if not name or not countries:
            raise TableError(
                f"{path.name}, row {row}: the group has no {'countries' if name else 'name'}. Write both.", path=path
            )
        if as_key(name) in regions:
            raise TableError(f"{path.name}, row {row}: {name!r} stands twice. Put its countries in one row.", path=path)
        regions[as_key(name)] = countries
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
