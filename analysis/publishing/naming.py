"""What a report is called: the name of its folder."""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from analysis.incidents.errors import ParameterError
from analysis.incidents.names import as_names
from analysis.incidents.parameters import NO_COUNT, defaults_of, parameters_of
from analysis.language import ENGLISH, LANGUAGES

# Parameters that make a report another one, in the order of its name.
NAMING_PARAMETERS = tuple(one.name for one in parameters_of() if one.names_report)
# A name is one folder: no path, nothing hidden, nothing that a terminal or a browser would obey.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
FAILED = "failed"
# What stands beside reports and their folders.
RESERVED = (FAILED, "latest", "index.html")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ENDINGS = re.compile(r"(\.(csv|tsv|txt|parquet|pq|xlsx?|xlsm|ods|gz|zip))+$", re.IGNORECASE)
# A table's name that stands in a report's name as it is, letters small.
_PLAIN_STEM = re.compile(r"[A-Za-z0-9_]*")
_MOST_NAME_CHARACTERS = 100


def checked_name(name: str) -> str:
    """Return a report's name if it can be that of one folder.

    Raises `ParameterError` if it cannot.
    """
    if not can_be_name(name):
        raise ParameterError(
            f"{name!r} cannot be a report's name: it becomes a folder. Use letters, digits, '-', '_' and '.', at most"
            f" 120, the first a letter or digit, and none of {', '.join(RESERVED)}."
        )
    return name


def can_be_name(name: str) -> bool:
    """Return whether a report can be called so."""
    return bool(NAME.fullmatch(name)) and name.casefold() not in RESERVED


def words_of_selection(parameters: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """Return what of a report's parameters makes it another one, by parameter, where it is not as usual."""
    usual = defaults_of()
    return {
        key: as_names(str(parameters[key]))
        for key in NAMING_PARAMETERS
        if str(parameters.get(key) or "") not in ("", str(usual[key]))
        and (key, parameters[key]) != ("count", NO_COUNT)  # an answer on how the table is read, not another report
    }


def default_name(notebook: str, parameters: dict[str, object]) -> str:
    """Return a name made of the notebook, the table and the selection, so that two selections never share one.

    Its words are joined by hyphens. Where words alone could stand for another selection as well (names of several
    words, other scripts than Latin, several names, a point or hyphen in the table's name, a part of the embedded
    table), six signs of the selection's hash follow.
    """
    table = str(parameters.get("table", ""))
    chosen = {key: names for key, names in words_of_selection(parameters).items() if key != "language"}
    language = str(parameters.get("language") or ENGLISH)
    if language != ENGLISH:  # a report in another language is another report, of the same words
        notebook = f"{notebook}-{language}"
    if not table and chosen == {"country": ("MLI",), "attacker": ("JNIM",)}:  # the embedded example
        return notebook
    stem = _ENDINGS.sub("", Path(table).name)
    words = [notebook, stem]
    # A selection of the embedded table may be called as a table is (``mali.csv``), a table as a language.
    plain = _PLAIN_STEM.fullmatch(stem) is not None and bool(stem or not chosen) and stem.lower() not in LANGUAGES
    for key, names in chosen.items():
        known = key == "country" or (key == "attacker" and "country" in chosen)
        words += ["" if known else key, *names]
        plain &= len(names) == 1 and (
            (names[0].isascii() and names[0].isalnum()) or ISO_DAY.fullmatch(names[0]) is not None
        )
    name = "-".join(filter(None, (re.sub(r"[^a-z0-9_]+", "-", word.lower()).strip("-") for word in words)))
    if plain and len(name) <= _MOST_NAME_CHARACTERS:
        return name
    told = json.dumps(
        [stem.casefold(), {key: [name.casefold() for name in names] for key, names in chosen.items()}], sort_keys=True
    )
    return f"{name[:_MOST_NAME_CHARACTERS].rstrip('-')}-{sha256(told.encode()).hexdigest()[:6]}"
