"""Who publishes a report: an entry of a schedule, or somebody by hand. A name in a folder belongs to whoever published
under it last, who may come to publish something else there; nobody else may, as two reports would replace each other.

It is read from what is published (``run.json``), and from the schedules themselves, so that there is no other state.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from analysis.incidents.names import as_countries
from analysis.incidents.parameters import TABLE
from analysis.incidents.sidefiles import MOST_TOML_BYTES, parse_toml
from analysis.incidents.terms import term
from analysis.publishing.naming import words_of_selection
from analysis.publishing.own_files import read_bytes

BY_HAND = "somebody by hand"


@dataclass(frozen=True)
class Owner:
    """Who publishes a report; without a schedule, somebody by hand."""

    schedule: str = ""  # its file, as seen from the folder of reports: where both are moved, it stays
    entry: str = ""  # the schedule's entry that makes the report

    def told(self, out: Path) -> str:
        """Return who it is, in words."""
        return os.path.normpath(out / self.schedule) if self.schedule else BY_HAND


def seen_from(out: Path, schedule: Path) -> str:
    """Return the path of a schedule as an `Owner` names it."""
    return os.path.relpath(schedule, out).encode("utf-8", "replace").decode()


def owner_of(facts: Mapping[str, Any]) -> Owner | None:
    """Return who made what a run left facts of (see `analysis.publishing.folders.read_manifest`), if they say so."""
    return Owner(facts["schedule"], facts.get("entry", "")) if "schedule" in facts else None


def is_made(out: Path, facts: Mapping[str, Any]) -> bool:
    """Return whether whoever made a report, by its facts, makes it still: somebody by hand may do so, a schedule while
    it has the entry. One that cannot be read now is taken to have it."""
    owner = owner_of(facts)
    if not owner or not owner.schedule:
        return True
    path = out / owner.schedule
    try:
        held = path.stat()
        document = _schedule(path, held.st_ino, held.st_mtime_ns, held.st_size)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        return True
    entry = _dict(document.get("reports")).get(owner.entry)
    if not isinstance(entry, dict):
        return False
    told, name = _dict(document.get("defaults")) | entry, name_of(str(facts.get("name")))
    if not told.get("foreach"):
        return name == owner.entry
    countries = told.get("countries")
    if name == owner.entry:  # of its table as a whole there is a failure, and no report
        return "as_of" not in facts
    if not isinstance(countries, list) or not countries:
        return True
    return any(name == name_of_country(owner.entry, str(country)) for country in countries)


@lru_cache(maxsize=8)
def _schedule(path: Path, *changed: int) -> dict[str, Any]:
    """Return the document of a schedule, read again once it was ``changed``: of a hundred reports each asks for it."""
    text = read_bytes(path, most_bytes=MOST_TOML_BYTES).decode("utf-8-sig")
    return parse_toml(text, path=path, what="a schedule")


def kept_apart(name: str, schedule: str) -> str:
    """Return what is kept of a report of a schedule is called, where another report has its name."""
    return f"{name}@{sha256(schedule.encode()).hexdigest()[:8]}"


def name_of(kept: str) -> str:
    """Return the name of a report of which something is kept, apart or not."""
    return kept.partition("@")[0]


def name_of_country(entry: str, country: str) -> str:
    """Return what the report on one country of an entry is called."""
    return f"{entry}-{country.lower()}"


def differs(facts: Mapping[str, Any], *, notebook: str, parameters: Mapping[str, object], table: bool = True) -> str:
    """Return in what a published report, by its facts, is another than one that is to be made of a notebook, by its
    name, with parameters; in words, nothing where it is the same.

    Unless ``table``, another table makes it no other. One that was moved, and is called the same, is none.
    """
    before = {str(key): value for key, value in _dict(facts.get("parameters")).items()}
    if (other := str(facts.get("notebook", notebook))) != notebook:
        return f"notebook {other}, here {notebook}"
    then, now = (Path(str(given.get(TABLE) or "")) for given in (before, parameters))
    if table and then != now and not (then.name == now.name and (not then.exists() or _is_same(then, now))):
        return f"table {then if then.name else 'embedded'}, here {now if now.name else 'embedded'}"
    old, new = words_of_selection(before), words_of_selection(parameters)
    for key in dict.fromkeys((*old, *new)):
        if _whatever_the_spelling(key, old.get(key, ())) != _whatever_the_spelling(key, new.get(key, ())):
            was, comes = (
                term(key, given[key][0] if len(given[key]) == 1 else given[key]) if given.get(key) else ""
                for given in (old, new)
            )
            if was and comes:
                return f"{was}, here {comes}"
            return f"{was}, which is not given here" if was else f"made without {comes}"
    return ""


def _whatever_the_spelling(key: str, names: Sequence[str]) -> list[str]:
    with suppress(ValueError):
        names = as_countries(names) if key == "country" else names
    return sorted(name.casefold() for name in names)


def _is_same(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:
        return False


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
