"""Countries by ISO 3166-1 alpha-3, whatever a publisher calls them.

Names, ISO codes and Gleditsch-Ward numbers come from the table of the `country_converter` package; the names
that publishers use for states that changed theirs are listed here.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

# States that no longer exist count where their capital's successor does, as UCDP's country codes do.
_FURTHER_NAMES = {
    "bosnia-herzegovina": "BIH",
    "burma": "MMR",
    "c.a.r.": "CAF",
    "car": "CAF",
    "ceylon": "LKA",
    "congo (brazzaville)": "COG",
    "congo (kinshasa)": "COD",
    "czechoslovakia": "CZE",
    "dr congo": "COD",
    "drc": "COD",
    "east germany": "DEU",
    "gaza": "PSE",
    "gaza strip": "PSE",
    "german democratic republic": "DEU",
    "german federal republic": "DEU",
    "kosovo": "XKX",
    "malagasy": "MDG",
    "new hebrides": "VUT",
    "north vietnam": "VNM",
    "north yemen": "YEM",
    "people's republic of the congo": "COG",
    "rhodesia": "ZWE",
    "serbia-montenegro": "SRB",
    "serbia and montenegro": "SRB",
    "south vietnam": "VNM",
    "sudan, south": "SSD",
    "south yemen": "YEM",
    "soviet union": "RUS",
    "ussr": "RUS",
    "west bank": "PSE",
    "west bank and gaza strip": "PSE",
    "west germany": "DEU",
    "yugoslavia": "SRB",
    "zaire": "COD",
    "gb": "GBR",
    "uk": "GBR",
    "us": "USA",
    "usa": "USA",
}

# Gleditsch-Ward numbers of UCDP that the package's table lacks or gives to another form of the state.
_FURTHER_NUMBERS = {
    "255": "DEU",
    "260": "DEU",
    "265": "DEU",
    "315": "CZE",
    "340": "SRB",
    "345": "SRB",
    "347": "XKX",
    "678": "YEM",
    "679": "YEM",
    "680": "YEM",
    "816": "VNM",
    "817": "VNM",
}

_LONGEST_NAME = 80  # characters; a text that is longer is no country's name, though it may hold one

_KOSOVO = {"XKV": "XKX"}  # the package's code; the World Bank and the EU write XKX


@lru_cache(maxsize=1)
def _entries() -> list[dict[str, str]]:
    # The file is read without importing the package: its converter does not start under pandas 3.
    spec = find_spec("country_converter")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("country_converter is needed to recognise countries: pip install country-converter")
    with (Path(spec.origin).parent / "country_data.tsv").open(encoding="utf-8", newline="") as file:
        entries = [entry for entry in csv.DictReader(file, delimiter="\t") if not entry["obsolete"]]
    for entry in entries:
        entry["ISO3"] = _KOSOVO.get(entry["ISO3"], entry["ISO3"])
    return entries


@lru_cache(maxsize=1)
def _by_name() -> dict[str, str]:
    names: dict[str, str] = {}
    for entry in _entries():
        for column in ("name_official", "name_short", "ISO2", "ISO3"):
            if entry[column] and entry[column].isascii() | (column not in ("ISO2", "ISO3")):
                names[fold(entry[column])] = entry["ISO3"]
    return names | {code.casefold(): iso3 for code, iso3 in _KOSOVO.items()} | _FURTHER_NAMES


@lru_cache(maxsize=1)
def _by_gw_number() -> dict[str, str]:
    numbers = {entry["GWcode"].removesuffix(".0"): entry["ISO3"] for entry in _entries() if entry["GWcode"]}
    return numbers | _FURTHER_NUMBERS


@lru_cache(maxsize=1)
def _by_iso_number() -> dict[str, str]:
    return {str(int(float(entry["ISOnumeric"]))): entry["ISO3"] for entry in _entries() if entry["ISOnumeric"]}


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(entry["regex"], re.IGNORECASE), entry["ISO3"]) for entry in _entries()]


@lru_cache(maxsize=4096)
def find_iso3(name: str) -> str | None:
    """Return the ISO3 code of a country's name or code, or ``None`` where it is unknown or fits several.

    ``"Myanmar (Burma)"`` and the like are tried whole, then by the name before the bracket.
    """
    for candidate in dict.fromkeys((name, name.partition("(")[0].strip())):
        if iso3 := _by_name().get(fold(candidate)):
            return iso3
        whole = 3 < len(candidate) <= _LONGEST_NAME
        found = {iso3 for pattern, iso3 in _patterns() if pattern.search(candidate)} if whole else set()
        if len(found) == 1:
            return found.pop()
    return None


def find_iso3_by_number(number: str, *, kind: str) -> str | None:
    """Return the ISO3 code of a Gleditsch-Ward (``kind="gw"``) or ISO 3166-1 numeric (``"iso"``) code, or ``None``."""
    return (_by_gw_number() if kind == "gw" else _by_iso_number()).get(number.removesuffix(".0").lstrip("0"))


def nearest_countries(name: str) -> list[str]:
    """Return up to three country names that look like ``name``, best first."""
    by_fold = {fold(entry["name_short"]): entry["name_short"] for entry in _entries()}
    return [by_fold[fold] for fold in get_close_matches(fold(name), by_fold, n=3, cutoff=0.6)]


def to_iso3(name: str) -> str:
    """Return the ISO 3166-1 alpha-3 code of a country's name or code.

    Raises
    ------
    ValueError
        If no country, or more than one, is called so; the message gives the nearest names.

    Examples
    --------
    >>> to_iso3("Mali"), to_iso3("DR Congo (Zaire)"), to_iso3("ner")
    ('MLI', 'COD', 'NER')
    """
    if iso3 := find_iso3(name.strip()):
        return iso3
    near = nearest_countries(name)
    hint = f"Did you mean {', '.join(near)}?" if near else "Give its English name or its ISO 3166-1 alpha-3 code."
    raise ValueError(f"No country is called {name.strip()!r}. {hint}")


def country_name(iso3: str) -> str:
    """Return a country's short English name, or the code itself where it is unknown."""
    return next((entry["name_short"] for entry in _entries() if entry["ISO3"] == iso3), iso3)


def to_iso3_list(names: Iterable[str]) -> tuple[str, ...]:
    """Return distinct ISO3 codes in the order given; see `to_iso3`."""
    return tuple(dict.fromkeys(to_iso3(name) for name in names))


def fold(name: str) -> str:
    """Return a name as it is compared: without case, accents and doubled spaces."""
    decomposed = unicodedata.normalize("NFKD", name.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(plain.casefold().split())
