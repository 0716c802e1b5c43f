"""Do points lie in the country that their rows name? Exchanged columns and slips show here. In which first-order unit
do they lie, where their rows name none?"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.incidents.admin1 import SAME, load_admin1, locate_admin1, match_admin1
from analysis.incidents.boundaries import load_countries, load_units
from analysis.incidents.canonical import PLACED
from analysis.incidents.errors import TableError
from analysis.incidents.names import first_few
from analysis.language import say

# Borders on the map are coarse, and events at sea belong to a state within twelve nautical miles.
TOLERANCE_KM = 30.0
# Share of the points outside that must lie inside when exchanged, for the columns to be called so.
EXCHANGED_SHARE = 0.5
# A user's units are refused that none of this many places lies in; of more than the second the first are looked up.
LEAST_PLACES, MOST_LOOKED_UP = 10, 50_000
LEAST_IN_MIDDLE = 3  # rows
MOST_MEASURED = 5_000  # points whose distance is measured; of more the first are


@dataclass(frozen=True)
class Whereabouts:
    """Where points lie beside the country that their rows name."""

    n_placed: int  # rows with coordinates and a country on the map
    outside: np.ndarray  # positions of rows that lie more than `TOLERANCE_KM` outside their country
    n_exchanged: int  # how many of these would lie inside if latitude and longitude were exchanged
    # How many of them would lie inside if the sign of their longitude, their latitude or both were the other, and those
    # of all rows have one sign: minus signs seem to be lost.
    n_unsigned: int = 0

    @property
    def unsigned(self) -> bool:
        """Whether minus signs seem to be lost."""
        return self.n_unsigned > 0 and self.n_unsigned >= EXCHANGED_SHARE * len(self.outside)

    @property
    def exchanged(self) -> bool:
        """Whether the two columns seem to be exchanged."""
        return self.n_exchanged > 0 and self.n_exchanged >= EXCHANGED_SHARE * len(self.outside)


def find_whereabouts(incidents: pd.DataFrame) -> Whereabouts:
    """Find the rows whose point lies outside the country that they name.

    Parameters
    ----------
    incidents
        Canonical incidents. Seas and countries that are not on the map are left out.

    Returns
    -------
    Whereabouts
        Positions are those of ``incidents``.
    """
    countries = load_countries()
    placed = incidents["latitude"].notna() & incidents["country"].isin(countries.codes)
    outside: list[np.ndarray] = []
    n_exchanged = n_unsigned = 0
    positions = np.arange(len(incidents))
    for code, rows in incidents[placed].groupby("country", sort=True):
        east, north = rows["longitude"].to_numpy(), rows["latitude"].to_numpy()
        at = positions[placed.to_numpy()][incidents.loc[placed, "country"].eq(code).to_numpy()]
        suspect = np.flatnonzero(countries.only(code).locate(east, north) < 0)[:MOST_MEASURED]
        far = suspect[countries.distance_km(code, east[suspect], north[suspect]) > TOLERANCE_KM]
        if len(far):
            outside.append(at[far])
            possible = np.abs(east[far]) <= 90
            n_exchanged += int((countries.only(code).locate(north[far][possible], east[far][possible]) >= 0).sum())
            mirrored = np.zeros(len(far), dtype=bool)
            for sign_east, sign_north in ((-1, 1), (1, -1), (-1, -1)):
                lost = (sign_east > 0 or (east >= 0).all()) and (sign_north > 0 or (north >= 0).all())
                if lost:
                    mirrored |= countries.only(code).locate(sign_east * east[far], sign_north * north[far]) >= 0
            n_unsigned += int(mirrored.sum())
    return Whereabouts(
        int(placed.sum()),
        np.sort(np.concatenate(outside)) if outside else np.array([], dtype=int),
        n_exchanged,
        n_unsigned,
    )


def tell_whereabouts(incidents: pd.DataFrame) -> list[str]:
    """Return what a user should know of points outside their country, as sentences; none where all lie inside."""
    found = find_whereabouts(incidents)
    if not len(found.outside):
        return []
    rows = first_few(incidents["row"].iloc[found.outside[:4]].tolist(), 3)
    told = say(
        "{n} of {all} placed rows lie more than {km:.0f} km outside their country (rows {rows})",
        n=len(found.outside), all=found.n_placed, km=TOLERANCE_KM, rows=rows,
    )  # fmt: skip
    if found.unsigned and not found.exchanged:
        lost = say(
            "{n} of them would lie inside with a minus sign: the signs of degrees west or south seem to be lost",
            n=found.n_unsigned,
        )
        return [f"{told}; {lost}"]
    if not found.exchanged:
        return [told]
    exchanged = say(
        "{n} of them would lie inside if latitude and longitude were exchanged: the two columns seem to be exchanged",
        n=found.n_exchanged,
    )
    return [f"{told}; {exchanged}"]


def refuse_elsewhere(path: str | Path, attacks: pd.DataFrame) -> None:
    """Refuse a user's units that none of many attacks lies in: of another part of the world, or with exchanged
    coordinates. Counted by their names alone, they would be drawn where nothing happened.

    Raises
    ------
    TableError
        If there are `LEAST_PLACES` places of attacks, and none lies in any unit.
    """
    units = load_units(path)
    placed = attacks["geo_precision"].astype("str").isin(PLACED) & attacks["longitude"].notna()
    places = attacks.loc[placed, ["longitude", "latitude"]].drop_duplicates().head(MOST_LOOKED_UP)
    east, north = places["longitude"].to_numpy(), places["latitude"].to_numpy()
    if len(places) < LEAST_PLACES or (units.locate(east, north) >= 0).any():
        return
    points = np.concatenate([ring for rings in units.rings for ring in rings])
    (west, south), (right, top) = points.min(axis=0), points.max(axis=0)
    turned = (units.locate(north, east) >= 0).mean() >= EXCHANGED_SHARE
    exchanged = "Latitude and longitude are exchanged in it or in the table." if turned else "Give a map of this table."
    raise TableError(
        f"{Path(path).name}: none of {len(places)} places of attacks lies in any of its {len(units.names)} units, which"
        f" reach from {west:.1f} to {right:.1f} degrees of longitude and from {south:.1f} to {top:.1f} of latitude."
        f" {exchanged}",
        path=path,
    )


def units_of_the_map(incidents: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return incidents of a table that names no first-order units with those of the shipped map, by their coordinates,
    and what is to be said of it; as they are, and nothing, where some row names one or none has coordinates.

    Parameters
    ----------
    incidents
        Canonical incidents.
    """
    if incidents["admin1"].notna().any() or incidents["latitude"].isna().all():
        return incidents, ""
    placed = with_units(incidents)
    return placed, say(
        "the table names no first-order units: they are those of the shipped map, by coordinates, for {n} of {all}"
        " rows",
        n=int(placed["admin1"].notna().sum()),
        all=len(placed),
    )


def with_units(incidents: pd.DataFrame) -> pd.DataFrame:
    """Return incidents with a first-order unit for each row that is placed and names none: that of the shipped map in
    which it lies, called as the country's other rows call it."""
    free = incidents["admin1"].isna() & incidents["latitude"].notna()
    free &= incidents["geo_precision"].astype("str").isin(PLACED)
    if free.any() and (named := incidents["admin1"].notna()).any():
        # Where only the country is known a table may write its middle: one point of several rows without a place.
        nowhere = free & incidents["geo_precision"].eq("unstated")
        nowhere &= incidents[["admin2", "locality"]].isna().all(axis="columns")
        if nowhere.any():
            point = incidents.groupby(["country", "latitude", "longitude"], dropna=False, observed=True).ngroup()
            free &= ~nowhere | (nowhere.groupby(point).transform("sum") < LEAST_IN_MIDDLE) | point.isin(point[named])
    if not free.any():
        return incidents
    names, placed = incidents["admin1"].to_numpy(dtype=object, copy=True), np.flatnonzero(free)
    for code, held in incidents.iloc[placed].groupby("country", sort=False).indices.items():
        rows = placed[held]
        east, north = (incidents[column].to_numpy()[rows] for column in ("longitude", "latitude"))
        found = locate_admin1(str(code), east, north)
        called = _called(str(code), incidents.loc[incidents["country"].eq(code), "admin1"])
        units = [called.get(name, name) for name in load_admin1(str(code)).names]
        names[rows[found >= 0]] = np.array([*units, None], dtype=object)[found[found >= 0]]
    return incidents.assign(admin1=pd.Series(names, index=incidents.index, dtype="str"))


def _called(code: str, names: pd.Series) -> dict[str, str]:
    """Return what a table calls the units of a country's map, where its rows name them: of several names that of most
    rows."""
    called: dict[str, str] = {}
    for name in names.value_counts().sort_index().sort_values(ascending=False, kind="stable").index:
        match = match_admin1(code, name)
        if match.relation == SAME and match.country == code:
            called.setdefault(match.unit, name)
    return called
