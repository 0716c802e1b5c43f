"""Names in a selection: one, several, or several in one text. Light, so that reading a schedule costs no import of
pandas."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress

from analysis.incidents.errors import UnknownCountryError
from analysis.incidents.places import to_iso3

# What stands after the comma where a state's name is written with its form last.
_FORMS_OF_STATES = frozenset(
    {
        "republic", "rep", "rep.", "of", "the", "democratic", "dem", "dem.", "people's", "peoples", "islamic", "arab",
        "federated", "states",
        "state", "plurinational", "bolivarian", "united", "kingdom", "former", "yugoslav", "province", "china", "south",
        "north", "occupied",
        "territory", "federation", "and",
    }
)  # fmt: skip


def as_names(value: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names that one value of a selection stands for; a comma is a part of a name, never its end.

    Parameters
    ----------
    value
        One name; or several as a list, or as that list in text, ``'["A", "B"]'``, which is how a notebook's parameter,
        being one text, holds them (see `names_text`). Empty: none.

    Returns
    -------
    tuple of str
        Distinct names without surrounding blanks, in their order.

    Examples
    --------
    >>> as_names("Brigade A, Mopti"), as_names(["A", "B"]), as_names('["A", "B"]'), as_names("")
    (('Brigade A, Mopti',), ('A', 'B'), ('A', 'B'), ())
    """
    if isinstance(value, str):
        names: Iterable[object] = [value]
        if value.lstrip().startswith("["):
            with suppress(ValueError, RecursionError):
                listed = json.loads(value)
                names = listed if all(isinstance(name, str) for name in listed) else names
    else:
        names = value
    return tuple(dict.fromkeys(name for name in (str(name).strip() for name in names) if name))


def first_few(names: Sequence[object], most: int = 5, *, between: str = ", ") -> str:
    """Return the first of some names, and whether there are more: ``Gao, Mopti, ...``."""
    return between.join([*map(str, names[:most]), *(["..."] if len(names) > most else [])])


def names_text(names: str | Iterable[str]) -> str:
    """Return names as one text that `as_names` reads back: the name itself where there is one, else a list.

    Examples
    --------
    >>> names_text(["JNIM"]), names_text(["A, B", "C"]), names_text([])
    ('JNIM', '["A, B", "C"]', '')
    """
    given = as_names(names)
    if len(given) == 1 and as_names(given[0]) == given:
        return given[0]
    return json.dumps(given, ensure_ascii=False) if given else ""


def as_key(name: str) -> str:
    """Return a group's name as the table of groups writes it.

    Examples
    --------
    >>> as_key("Central Sahel")
    'central_sahel'
    """
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def as_countries(value: str | Iterable[str]) -> tuple[str, ...]:
    """Return ISO3 codes of countries given as `as_names` takes them.

    A text that is no country's name as a whole but a list of them with commas (``"MLI, BFA"``) is read as that list:
    its parts can be nothing else.

    Raises
    ------
    UnknownCountryError
        If a name is no country's.

    Examples
    --------
    >>> as_countries("Korea, Republic of"), as_countries("MLI,BFA"), as_countries(["Mali"])
    (('KOR',), ('MLI', 'BFA'), ('MLI',))
    """
    names: list[str] = []
    for name in as_names(value):
        first, *rest = [part.strip() for part in name.split(",") if part.strip()] or [name]
        inverted = set(" ".join(rest).casefold().split()) <= _FORMS_OF_STATES  # "Korea, Republic of"
        names += [name.strip(" ,")] if inverted else [first, *rest]
    codes = []
    for one in names:
        try:
            codes.append(to_iso3(one))
        except ValueError as error:
            raise UnknownCountryError(str(error), name=one) from None
    return tuple(dict.fromkeys(codes))
