"""Which incidents count as attacks: who, on whom, where, when.

Matching is exact but forgiving of case; a value that nothing in the table has is refused with the nearest
names, because a misspelled group would otherwise read as calm.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.incidents.actors import TOGETHER, Actors, load_actors, names_nobody
from analysis.incidents.canonical import ACTOR_TYPES, GEO_PRECISIONS
from analysis.incidents.errors import SelectionError
from analysis.incidents.kinds import fold_type, violence_type, whole_kind
from analysis.incidents.names import as_countries, as_names
from analysis.incidents.parameters import SPLITS, UNITS
from analysis.incidents.places import country_name, fold
from analysis.incidents.terms import ARGUMENT, current_terms, term
from analysis.language import say

MOST_KEPT = 8


@dataclass(frozen=True)
class Kept:
    """What is kept of selections of one table: their rows of all days, and its columns by distinct value."""

    rows: dict[tuple[object, ...], pd.DataFrame] = field(default_factory=dict)
    codes: dict[tuple[object, ...], tuple[np.ndarray, pd.Index]] = field(default_factory=dict)


_kept: ContextVar[Kept | None] = ContextVar("kept", default=None)

GRID_DEGREES = 0.5  # the PRIO-GRID cell

# Precisions at which the name of a unit is none of the row's own.
UNPLACED = ("country", "international")
# How well a row must be located to be counted in such a place. A road or a fuzzy area is in the unit that its publisher
# names, as on maps and in a selection of that unit; it has no cell.
_PLACEABLE: dict[str, tuple[str, ...]] = {
    "admin1": tuple(precision for precision in GEO_PRECISIONS if precision not in UNPLACED),
    "admin2": ("exact", "near", "admin2", "region", "unstated"),
    "grid": ("exact", "near", "unstated"),
}

# What a publisher writes after the name of a place to say what it is.
_KIND = re.compile(
    r"\s+((union|federal|autonomous)\s+)*"
    r"(region|division|state|province|department|district|governorate|prefecture|county|oblast|"
    r"territory|wilaya|wilayat|cercle|commune|municipality)$",
    re.IGNORECASE,
)


def select_attacks(
    incidents: pd.DataFrame,
    *,
    country: str | Iterable[str] = (),
    admin1: str | Iterable[str] = (),
    actor: str | Iterable[str] = (),
    attacker: str | Iterable[str] = (),
    target: str | Iterable[str] = (),
    target_type: str | Iterable[str] = (),
    event_type: str | Iterable[str] = (),
    first_day: str | pd.Timestamp | None = None,
    last_day: str | pd.Timestamp | None = None,
    kind: str = "attack",
    actors: Actors | None = None,
) -> pd.DataFrame:
    """Return the incidents that pass the selection, in time order.

    Parameters
    ----------
    incidents
        Canonical incident table (``analysis.incidents.canonical.COLUMNS``).
    country
        ISO3 codes or names.
    admin1
        First-order units, with or without the word for their kind (``Mopti`` is ``Mopti Region``).
    actor
        Groups, or types of groups (``jihadist``, ...), that are a party on either side, whether or not the publisher
        says who attacked.
    attacker
        Values of ``attacker`` (a group) or ``attacker_type`` (``jihadist``, ``separatist``, ...).
    target, target_type
        Values of ``target_actor``; values of ``target_type`` or ``target_group`` (``security_forces``, ...).
    event_type
        Values of ``event_type`` or ``sub_event_type``, whatever their kind, or whole kinds (``attacks``,
        ``demonstrations``, ``other``); goes before ``kind``. Summaries are in no selection by type.
    first_day, last_day
        Inclusive bounds on ``date_start``.
    kind
        One of ``INCIDENT_KINDS``: demonstrations and strategic developments are not attacks. ``""`` takes all.
    actors
        Knows groups by other names and gives their types; default: the shipped table.

    Returns
    -------
    pandas.DataFrame
        The same columns, sorted by ``date_start`` and ``incident_id``, with a fresh index.

    Raises
    ------
    SelectionError
        If a value is not in the table, or no incident passes.
    """
    kept = _kept.get()
    whom = (country, admin1, actor, attacker, target, target_type, event_type)
    key = (id(incidents), kind, *map(str, whom)) if kept is not None else ()
    if kept is not None and key in kept.rows:
        kept.rows[key] = kept.rows.pop(key)  # what is used goes last
        if len(held := _between(kept.rows[key], first_day, last_day)):
            return held
    keep = pd.Series(True, index=incidents.index)
    types = list(as_names(event_type))
    if types:
        keep &= of_types(incidents, types)
    elif kind:
        keep &= incidents["incident_kind"].eq(kind)
    actors = actors or load_actors()
    countries = list(as_countries(country))
    if countries:
        refuse_absent("country", countries, [incidents["country"]])
        keep &= incidents["country"].isin(countries)
    keep &= in_admin1(incidents, as_names(admin1))
    for option, columns, wanted in (
        ("actor", ("actor_a", "actor_b"), _with_types(_named(actor, actors), incidents, actors)),
        ("attacker", ("attacker", "attacker_type"), _named(attacker, actors)),
        ("target", ("target_actor",), _named(target, actors)),
        ("target_type", ("target_type", "target_group"), as_names(target_type)),
    ):
        if wanted:
            if option == "attacker":
                _refuse_without_roles(incidents, wanted)
            present = {text for name in columns for value in _coded(incidents, name)[1] for text in _parts(value)}
            if not present.issuperset(map(fold, wanted)):
                refuse_absent(option, wanted, [incidents[column] for column in columns])
            keep &= np.logical_or.reduce([_holds(incidents, column, wanted) for column in columns])
    of_all_days = keep
    if first_day is not None:
        keep = keep & incidents["date_start"].ge(pd.Timestamp(first_day))
    if last_day is not None:
        keep = keep & incidents["date_start"].le(pd.Timestamp(last_day))
    if not keep.any():
        asked = {
            "country": countries, "admin1": as_names(admin1), "actor": as_names(actor), "attacker": as_names(attacker),
            "target": as_names(target),
            "target_type": as_names(target_type), "event_type": types, "from_date": first_day, "as_of": last_day,
        }  # fmt: skip
        raise SelectionError(
            f"The selection matches none of {len(incidents):,} incidents: "
            + asked_words(asked)
            + f". The table runs from {_day(incidents['date_start'].min())} to {_day(incidents['date_start'].max())}. "
            "Drop one of them, or widen the dates."
        )
    if kept is None:
        return in_time_order(incidents.loc[keep])
    while len(kept.rows) >= MOST_KEPT:
        kept.rows.pop(next(iter(kept.rows)))
    kept.rows[key] = in_time_order(incidents.loc[of_all_days])
    return _between(kept.rows[key], first_day, last_day)


@contextmanager
def keeping(kept: Kept) -> Iterator[None]:
    """Keep what is selected of a table for a while, of all days: other days of it are then there at once.

    What is kept is of one table, which outlives it.
    """
    token = _kept.set(kept)
    try:
        yield
    finally:
        _kept.reset(token)


def _between(
    ordered: pd.DataFrame, first_day: str | pd.Timestamp | None, last_day: str | pd.Timestamp | None
) -> pd.DataFrame:
    """Return incidents in time order that began on some days; their rows are not copied."""
    days = ordered["date_start"]
    begin = 0 if first_day is None else int(days.searchsorted(pd.Timestamp(first_day), side="left"))
    end = len(days) if last_day is None else int(days.searchsorted(pd.Timestamp(last_day), side="right"))
    return ordered.iloc[begin:end].reset_index(drop=True)


def in_time_order(incidents: pd.DataFrame) -> pd.DataFrame:
    """Return incidents by ``date_start`` and ``incident_id`` with a fresh index; those that are in order are not
    moved."""
    order = time_order(incidents["date_start"].to_numpy(), incidents["incident_id"])
    if isinstance(order, np.ndarray):
        incidents = incidents.take(order)
    return incidents.reset_index(drop=True)


def time_order(days: np.ndarray, ids: pd.Series) -> np.ndarray | slice:
    """Return what puts rows in order of day and identifier; all of them as they are where they are in order."""
    names = pa.chunked_array(pa.array(ids.astype("str"))).combine_chunks()
    if (days[1:] >= days[:-1]).all():
        same = np.flatnonzero(days[1:] == days[:-1])
        ordered = pc.less_equal(names.take(pa.array(same)), names.take(pa.array(same + 1)))
        if pc.all(ordered, skip_nulls=False).as_py():
            return slice(None)
    table = pa.table({"day": pa.array(days), "id": names})
    return pc.sort_indices(table, sort_keys=[("day", "ascending"), ("id", "ascending")]).to_numpy()


def in_admin1(rows: pd.DataFrame, names: Iterable[str]) -> pd.Series:
    """Return which rows lie in the first-order units named, compared without accents and the word for their kind.

    Raises
    ------
    SelectionError
        If no row lies in one of them.
    """
    names = list(names)
    if not names:
        return pd.Series(True, index=rows.index)
    named = rows["admin1"]
    if "geo_precision" in rows:  # as units are counted
        named = named.mask(rows["geo_precision"].isin(UNPLACED))
    plain, wanted = plain_admin1(named), plain_admin1(pd.Series(names, dtype="str"))
    if absent := [name for name, word in zip(names, wanted, strict=True) if not plain.eq(word).any()]:
        refuse_absent("admin1", absent[:1], [named])
    return plain.isin(wanted)


def plain_admin1(names: pd.Series) -> pd.Series:
    """Return names of first-order units as they are compared: without case, accents and the word for their kind."""
    return _through_distinct(without_kind(names), fold)


def unit_of(incidents: pd.DataFrame, unit: str) -> pd.Series:
    """Return each incident's place of counting, missing where its location is too rough to say.

    ``country`` gives ISO3; ``admin1`` and ``admin2`` give ``ISO3/name[/name]`` (publishers share no codes below the
    country), without the word for the kind of unit: it changes (Mandalay division is Mandalay region since 2010) while
    the place stays. ``grid`` gives the south-west corner of a half-degree cell, ``lat/lon``.
    """
    if unit not in UNITS:
        raise ValueError(f"unit is {unit!r}; expected one of {', '.join(UNITS)}.")
    if unit == "country":
        return incidents["country"]
    placeable = incidents["geo_precision"].astype("str").isin(_PLACEABLE[unit])
    if unit == "grid":
        # The poles and 180 degrees are edges: of the last cell below them, and of the first of the other side.
        within = {
            "latitude": incidents["latitude"].clip(upper=90 - GRID_DEGREES),
            "longitude": incidents["longitude"].where(incidents["longitude"] != 180, -180.0),
        }
        corner = (pd.DataFrame(within) // GRID_DEGREES) * GRID_DEGREES
        cell = corner["latitude"].map("{:.1f}".format) + "/" + corner["longitude"].map("{:.1f}".format)
        return cell.where(placeable & corner.notna().all(axis=1))
    name = incidents["country"] + "/" + without_kind(incidents["admin1"])
    if unit == "admin2":
        name = name + "/" + without_kind(incidents["admin2"])
    return name.where(placeable)


def part_of(incidents: pd.DataFrame, by: str) -> pd.Series:
    """Return each incident's part along one of `SPLITS`, missing where it is not known.

    A ``pair`` is the two parties in the order of the alphabet, civilians and nobody last, since most publishers' order
    says nothing: ``A and B``, ``A and civilians``, ``A and others unidentified``.
    """
    if not isinstance(by, str) or by not in SPLITS:
        raise SelectionError(f"The table cannot be split by {by!r}; expected one of {', '.join(SPLITS)}.")
    if by != "pair":
        return incidents[by].astype("str")
    (code_a, names_a), (code_b, names_b) = (pd.factorize(incidents[side]) for side in ("actor_a", "actor_b"))
    both = (code_a.astype("int64") + 1) * (len(names_b) + 1) + code_b + 1
    codes, distinct = pd.factorize(both)
    made = []
    for value in distinct:
        a, b = divmod(int(value), len(names_b) + 1)
        made.append(_pair(names_a[a - 1] if a else None, names_b[b - 1] if b else None))
    return pd.Series(pd.Index(made, dtype="str").take(codes), index=incidents.index, dtype="str")


def _pair(first: str | None, second: str | None) -> str | None:
    known = [name for name in (first, second) if isinstance(name, str)]
    named = sorted(name for name in known if not names_nobody(name))
    civilians = [say("civilians")] * any(_CIVILIANS.match(name) for name in known)
    rest = [say("others unidentified")] if named and len(named) + len(civilians) < len(known) else []
    parties = (named + civilians + rest)[:2]
    if not named:
        return None
    return parties[0] if len(parties) == 1 else say("{first} and {second}", first=parties[0], second=parties[1])


_CIVILIANS = re.compile(r"civil(ian|e)?s?\b(?! \w)", re.IGNORECASE)


def of_types(incidents: pd.DataFrame, types: list[str]) -> pd.Series:
    """Return which incidents are of the types, sub-types or whole kinds that are asked for."""
    kinds = {kind for word in types if (kind := whole_kind(word))}
    words = [word for word in types if not whole_kind(word)]
    held = incidents["incident_kind"].isin(kinds)
    if words:
        columns = [incidents["event_type"], incidents["sub_event_type"]]
        if not pd.concat(columns).notna().any():
            raise SelectionError(
                f"{term('event_type', types)} cannot be used: the table names no types of events. Map its column of "
                f"types: {term('mapping', {'type': 'COLUMN'})}."
            )
        folded = [_through_distinct(column, fold_type) for column in columns]
        present = set(folded[0].dropna()) | set(folded[1].dropna())
        # The table's own word comes first: a plain table's 2, or One-sided violence, is what it writes.
        wanted = {word: own if (own := fold_type(word)) in present else violence_type(word) or own for word in words}
        if absent := [word for word in words if wanted[word] not in present]:
            refuse_absent("event_type", absent[:1], columns)
        held |= folded[0].isin(wanted.values()) | folded[1].isin(wanted.values())
    return held & incidents["incident_kind"].ne("summary")


def _named(given: str | Iterable[str], actors: Actors) -> list[str]:
    """Return each name as the table holds it; a name that `Actors` does not know stays."""
    return [actors.name(name) for name in as_names(given)]


def _with_types(names: list[str], incidents: pd.DataFrame, actors: Actors) -> list[str]:
    """Replace a type of actors by all parties of the table that are of that type."""
    if not any(name in ACTOR_TYPES for name in names):
        return names
    present = pd.concat([incidents["actor_a"], incidents["actor_b"]]).dropna().unique()
    known = pd.Series(incidents["attacker_type"].to_numpy(), index=incidents["attacker"].to_numpy()).astype("str")
    known = known[known.index.notna() & known.ne("unknown").to_numpy()]
    coded = known[~known.index.duplicated()].to_dict()
    of_type = {name: [party for party in present if (actors.type(party) or coded.get(party)) == name] for name in names}
    return [party for name in names for party in (of_type[name] if name in ACTOR_TYPES and of_type[name] else [name])]


def _refuse_without_roles(incidents: pd.DataFrame, wanted: Sequence[str]) -> None:
    """Say that a party is there on either side, where the table does not say that it attacked."""
    if _holds(incidents, "attacker", wanted).any():
        return
    n = sum(int(_holds(incidents, side, wanted).sum()) for side in ("actor_a", "actor_b"))
    if n:
        raise SelectionError(
            f"{term('attacker', wanted[0])}: the table does not say of any event that {wanted[0]} attacked, but names "
            f"it as a party of {n:,}. Use {term('actor', wanted[0])}, which selects either side."
        )


def bare_unit(name: str) -> str:
    """Return the name of a unit without the closing word for its kind."""
    return _KIND.sub("", name) or name


def without_kind(names: pd.Series) -> pd.Series:
    """Drop the closing word for a kind of unit, through the distinct values: a table has few of them."""
    if names.isna().all():
        return names.astype("str")
    codes, values = pd.factorize(names)
    kept = pd.Index([bare_unit(value) for value in values], dtype="str")
    return pd.Series(kept.take(codes).where(codes >= 0), index=names.index, dtype="str")


def _coded(incidents: pd.DataFrame, column: str) -> tuple[np.ndarray, pd.Index]:
    """Return a column as codes into its distinct values, -1 where it has none."""
    kept, key = _kept.get(), (id(incidents), column)
    if kept is None:
        return pd.factorize(incidents[column])
    if key not in kept.codes:
        kept.codes[key] = pd.factorize(incidents[column])
    return kept.codes[key]


def _holds(incidents: pd.DataFrame, column: str, wanted: Iterable[str]) -> np.ndarray:
    """Return which rows hold one of the wanted values, alone or among others of the cell, whatever their case and
    accents; through the distinct values: a table has few of them."""
    codes, values = _coded(incidents, column)
    folded = {fold(value) for value in wanted}
    # One more for the missing, whose code is -1.
    return np.array([*(not folded.isdisjoint(_parts(value)) for value in values), False])[codes]


def _parts(value: object) -> set[str]:
    """Return what a cell holds, folded: the whole of it, and each party of several."""
    folded = fold(str(value))
    return {folded, *folded.split(TOGETHER)}


def _through_distinct(column: pd.Series, function: Callable[[str], str]) -> pd.Series:
    codes, values = pd.factorize(column.astype("str"))
    if len(values) == 0:
        return column.astype("str")
    changed = pd.Index([function(value) for value in values], dtype="str")
    return pd.Series(changed.take(codes).where(codes >= 0), index=column.index)


def refuse_absent(name: str, wanted: Iterable[str], columns: list[pd.Series]) -> None:
    """Refuse a value that none of the columns has, with the nearest ones."""
    values = {str(value) for column in columns for value in column.dropna().unique()}
    distinct = set().union(*map(_parts, values))
    absent = [value for value in wanted if fold(value) not in distinct]
    if not absent:
        return
    if not values:
        raise SelectionError(f"{term(name, absent[0])} cannot be found: the table names none. {_where_listed()}")
    counts = pd.concat([column.astype("str").dropna() for column in columns]).value_counts()
    by_fold = {str(value).casefold(): str(value) for value in counts.index[::-1]}
    near = [by_fold[fold] for fold in get_close_matches(absent[0].casefold(), by_fold, n=3, cutoff=0.5)]
    parts = [part.strip() for part in absent[0].split(",")]
    most = [str(value) for value in counts.index[:5]]
    shown = [f"{country_name(code)} ({code})" for code in most] if name == "country" else most
    hint = f"Did you mean {', '.join(near)}?" if near and name != "country" else f"Most frequent: {', '.join(shown)}."
    if len(parts) > 1 and all(part.casefold() in by_fold for part in parts):
        one_cell = TOGETHER.join(parts)
        beside = f"; for cells that hold all of them, {term(name, one_cell)}" if fold(one_cell) in distinct else ""
        hint = f"To name several, give {term(name, parts)}{beside}."
    raise SelectionError(
        f"{term(name, absent[0])} is in none of the table's rows ({len(by_fold)} distinct values). {hint} "
        f"{_where_listed()}"
    )


def _where_listed() -> str:
    listed = "`escalation check TABLE`" if current_terms() != ARGUMENT else "`open_study(TABLE).selectable()`"
    return f"{listed} lists what the table holds."


def asked_words(asked: Mapping[str, object]) -> str:
    """Return what was asked for, as whoever asked would write it; what was not asked for is left out."""
    given = {name: value for name, value in asked.items() if value is not None and value != [] and value != ()}
    shown = {name: _day(value) if isinstance(value, pd.Timestamp) else value for name, value in given.items()}
    return ", ".join(term(name, value) for name, value in shown.items()) or "of attacks"


def _day(value: pd.Timestamp) -> str:
    return "no date" if pd.isna(value) else f"{value:%Y-%m-%d}"
