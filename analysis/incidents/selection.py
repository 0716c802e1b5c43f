"""Which incidents count as attacks: who, on whom, where, when.

Matching is exact but forgiving of case; a value that nothing in the table has is refused with the nearest
names, because a misspelled group would otherwise read as calm.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches

import pandas as pd

from analysis.incidents.errors import SelectionError
from analysis.incidents.names import as_countries, as_names
from analysis.incidents.parameters import UNITS

GRID_DEGREES = 0.5  # the PRIO-GRID cell
SPLITS = ("attacker", "attacker_type", "target_type", "target_group", "tactic")

# The finest place that a row located only this well can be assigned to.
_PLACEABLE: dict[str, tuple[str, ...]] = {
    "admin1": ("exact", "near", "admin2", "admin1", "unstated"),
    "admin2": ("exact", "near", "admin2", "unstated"),
    "grid": ("exact", "near", "unstated"),
}

# What a publisher writes after the name of a place to say what it is.
_KIND = re.compile(
    r"\s+((union|federal|autonomous)\s+)*(region|division|state|province|department|district|governorate|prefecture|county|oblast|"
    r"territory|wilaya|wilayat|cercle|commune|municipality)$",
    re.IGNORECASE,
)


def select_attacks(
    incidents: pd.DataFrame,
    *,
    country: str | Iterable[str] = (),
    attacker: str | Iterable[str] = (),
    target: str | Iterable[str] = (),
    target_type: str | Iterable[str] = (),
    first_day: str | pd.Timestamp | None = None,
    last_day: str | pd.Timestamp | None = None,
    kind: str = "attack",
) -> pd.DataFrame:
    """Return the incidents that pass the selection, in time order.

    Parameters
    ----------
    incidents
        Canonical incident table (``analysis.incidents.canonical.COLUMNS``).
    country
        ISO3 codes or names.
    attacker
        Values of ``attacker`` (a group) or ``attacker_type`` (``jihadist``, ``separatist``, ...).
    target, target_type
        Values of ``target_actor``; values of ``target_type`` or ``target_group`` (``security_forces``, ...).
    first_day, last_day
        Inclusive bounds on ``date_start``.
    kind
        One of ``INCIDENT_KINDS``: demonstrations and strategic developments are not attacks.

    Returns
    -------
    pandas.DataFrame
        The same columns, sorted by ``date_start`` and ``incident_id``, with a fresh index.

    Raises
    ------
    SelectionError
        If a value is not in the table, or no incident passes.
    """
    keep = pd.Series(True, index=incidents.index)
    if kind:
        keep &= incidents["incident_kind"].astype("str").eq(kind)
    countries = list(as_countries(country))
    if countries:
        _refuse_absent("country", countries, [incidents["country"]])
        keep &= incidents["country"].isin(countries)
    for option, columns, wanted in (
        ("attacker", ("attacker", "attacker_type"), as_names(attacker)),
        ("target", ("target_actor",), as_names(target)),
        ("target-type", ("target_type", "target_group"), as_names(target_type)),
    ):
        if wanted:
            _refuse_absent(option, wanted, [incidents[column] for column in columns])
            folded = [value.casefold() for value in wanted]
            keep &= pd.concat([_folded(incidents[column]).isin(folded) for column in columns], axis=1).any(axis=1)
    if first_day is not None:
        keep &= incidents["date_start"].ge(pd.Timestamp(first_day))
    if last_day is not None:
        keep &= incidents["date_start"].le(pd.Timestamp(last_day))
    if not keep.any():
        asked = {
            "--country": countries, "--attacker": as_names(attacker), "--target": as_names(target),
            "--target-type": as_names(target_type), "--from": first_day, "--as-of": last_day,
        }  # fmt: skip
        raise SelectionError(
            f"The selection matches none of {len(incidents):,} incidents: "
            + ", ".join(f"{name} {value}" for name, value in asked.items() if value not in (None, [], ()))
            + f". The table runs from {_day(incidents['date_start'].min())} to {_day(incidents['date_start'].max())}. "
            "Drop one of the options, or widen the dates."
        )
    return incidents.loc[keep].sort_values(["date_start", "incident_id"], kind="stable").reset_index(drop=True)


def unit_of(incidents: pd.DataFrame, unit: str) -> pd.Series:
    """Return each incident's place of counting, missing where its location is too rough to say.

    ``country`` gives ISO3; ``admin1`` and ``admin2`` give ``ISO3/name[/name]`` (publishers share no codes below
    the country), without the word for the kind of unit: it changes (Mandalay division is Mandalay region since 2010) while
    the place stays. ``grid`` gives the south-west corner of a half-degree cell, ``lat/lon``.
    """
    if unit not in UNITS:
        raise ValueError(f"unit is {unit!r}; expected one of {', '.join(UNITS)}.")
    if unit == "country":
        return incidents["country"]
    placeable = incidents["geo_precision"].astype("str").isin(_PLACEABLE[unit])
    if unit == "grid":
        corner = (incidents[["latitude", "longitude"]] // GRID_DEGREES) * GRID_DEGREES
        cell = corner["latitude"].map("{:.1f}".format) + "/" + corner["longitude"].map("{:.1f}".format)
        return cell.where(placeable & corner.notna().all(axis=1))
    name = incidents["country"] + "/" + _without_kind(incidents["admin1"])
    if unit == "admin2":
        name = name + "/" + _without_kind(incidents["admin2"])
    return name.where(placeable)


def _without_kind(names: pd.Series) -> pd.Series:
    """Drop the closing word for a kind of unit, through the distinct values: a table has few of them."""
    codes, values = pd.factorize(names)
    kept = pd.Index([_KIND.sub("", value) or value for value in values], dtype="str")
    return pd.Series(kept.take(codes).where(codes >= 0), index=names.index, dtype="str")


def _folded(column: pd.Series) -> pd.Series:
    """Casefold through the distinct values: a table has few of them."""
    codes, values = pd.factorize(column.astype("str"))
    lower = pd.Index([value.casefold() for value in values])
    return pd.Series(lower.take(codes).where(codes >= 0), index=column.index)


def _refuse_absent(option: str, wanted: Iterable[str], columns: list[pd.Series]) -> None:
    present = pd.concat([column.astype("str").dropna() for column in columns])
    counts = present.value_counts()
    by_fold = {str(value).casefold(): str(value) for value in counts.index[::-1]}
    absent = [value for value in wanted if value.casefold() not in by_fold]
    if not absent:
        return
    near = [by_fold[fold] for fold in get_close_matches(absent[0].casefold(), by_fold, n=3, cutoff=0.5)]
    parts = [part.strip() for part in absent[0].split(",")]
    hint = f"Did you mean {', '.join(near)}?" if near else f"Most frequent: {', '.join(map(str, counts.index[:5]))}."
    if len(parts) > 1 and all(part.casefold() in by_fold for part in parts):
        hint = (
            f"To name several, give --{option} once for each: "
            + " ".join(f'--{option} "{part}"' for part in parts)
            + "."
        )
    raise SelectionError(
        f"--{option} {absent[0]!r} is in none of the table's rows ({len(by_fold)} distinct values). {hint} "
        "`escalation check TABLE` lists what the table holds."
    )


def _day(value: pd.Timestamp) -> str:
    return "no date" if pd.isna(value) else f"{value:%Y-%m-%d}"
