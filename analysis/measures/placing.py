"""Which attacks are placed well enough for geometry, where they are in one plane, and how far from the sea and from
neighbours."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.incidents.boundaries import Countries, load_countries
from analysis.incidents.canonical import PLACED
from analysis.incidents.names import as_countries
from analysis.incidents.study import Study, kept_on_study
from analysis.language import say
from analysis.measures.result import ids_of
from analysis.statistics import geometry

# A row further than this from the country it names is not placed by its coordinates.
MAX_OUTSIDE_KM = 50.0
NEAR_KM = 50.0
# What geometry, tests of closeness, their charts and their tables read of a row; of millions the others take half a GB.
READ = (
    "incident_id", "date_start", "date_end", "date_precision", "country", "locality", "latitude", "longitude",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Located:
    """The attacks that can be placed, in a plane about their mean centre, and those left out, with reasons.

    ``attacks`` have those columns of canonical rows that are ``READ``, and ``x_km``, ``y_km`` (azimuthal equidistant
    about ``centre``), ``coast_km`` and ``near`` (in or within ``NEAR_KM`` of a named neighbour); ``held`` tells which
    of all attacks they are; ``problem`` says why no geometry is possible.
    """

    attacks: pd.DataFrame
    held: np.ndarray
    left_out: pd.DataFrame
    centre: tuple[float, float]
    neighbours: tuple[str, ...]
    problem: str = ""

    def within(self, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """Return the placed attacks of the days ``[start, end)``."""
        began = self.attacks["date_start"]
        return self.attacks[began.ge(start) & began.lt(end)]


def place_attacks(attacks: pd.DataFrame, *, neighbours: Iterable[str] = ()) -> Located:
    """Place attacks in a plane and measure their distance to the sea and to neighbours; leave out what cannot be
    placed.

    Left out, each with its reason: rows without coordinates; rows located only to the centre of an area, a road or a
    country; rows at (0, 0); rows further than ``MAX_OUTSIDE_KM`` from the country they name (with a word if exchanged
    coordinates would lie in it).

    Parameters
    ----------
    attacks
        Canonical incidents.
    neighbours
        ISO3 codes; default: the countries that border on those attacked and have a sea coast, or all that border on
        them where none has.

    Returns
    -------
    Located
        ``left_out`` has ``reason, n_incidents, incident_ids``, most rows first.
    """
    countries = load_countries()
    reason = _unplaced(attacks, countries)
    held = reason.eq("").to_numpy()
    left = [
        {"reason": why, "n_incidents": len(rows), "incident_ids": ids_of(rows)}
        for why, rows in attacks.loc[~held, ["incident_id"]].groupby(reason[~held])
    ]
    left_out = pd.DataFrame(left, columns=["reason", "n_incidents", "incident_ids"]).astype(
        {"reason": "str", "n_incidents": "int64"}
    )
    left_out = left_out.sort_values(["n_incidents", "reason"], ascending=[False, True], ignore_index=True)
    placed = attacks.loc[held, list(READ)].reset_index(drop=True)
    named = tuple(neighbours) or neighbours_of(sorted(attacks["country"].dropna().unique()))
    empty = placed.iloc[:0].assign(x_km=0.0, y_km=0.0, coast_km=0.0, near=False)
    if placed.empty:
        problem = say("no attack can be placed: {reasons}", reasons="; ".join(left_out["reason"]))
        return Located(empty, held, left_out, (0.0, 0.0), named, problem)
    latitude, longitude = (placed[column].to_numpy() for column in ("latitude", "longitude"))
    flat = placed.assign(x_km=np.nan, y_km=np.nan, coast_km=np.nan, near=False)
    try:
        centre = geometry.mean_centre(latitude, longitude)
    except ValueError as error:
        return Located(flat, held, left_out, (0.0, 0.0), named, str(error).rstrip("."))
    if (farthest := geometry.great_circle_km(*centre, latitude, longitude).max()) > geometry.MAX_REACH_KM:
        problem = say(
            "attacks lie up to {farthest:,.0f} km from their mean centre, and no plane shows more than {most:,.0f} km "
            "truly; select countries that lie together",
            farthest=farthest, most=geometry.MAX_REACH_KM,
        )  # fmt: skip
        return Located(flat, held, left_out, centre, named, problem)
    x, y = geometry.project(latitude, longitude, centre=centre)
    placed = placed.assign(x_km=x, y_km=y, coast_km=countries.coast.distance_km(longitude, latitude), near=False)
    for code in named:
        placed["near"] |= distance_to_country(placed, code) <= NEAR_KM
    problem = say("all located attacks have the same coordinates") if np.ptp(x) == 0 and np.ptp(y) == 0 else ""
    return Located(placed, held, left_out, centre, named, problem)


def why_unplaced(attacks: pd.DataFrame) -> pd.Series:
    """Return why each attack is not placed on maps, see `place_attacks`; ``""`` where it is."""
    return _unplaced(attacks, load_countries())


def neighbours_of(codes: Iterable[str]) -> tuple[str, ...]:
    """Return the countries that border on these and have a sea coast; all that border on them where none has."""
    countries = load_countries()
    return countries.neighbours(codes, coastal=True) or countries.neighbours(codes)


def name_neighbours(joined: str) -> tuple[str, ...]:
    """Return ISO3 codes of countries named in one text; see `analysis.incidents.selection.as_countries`.

    Raises
    ------
    ValueError
        If a name is no country's, or the map of countries does not hold it.
    """
    codes = as_countries(joined)
    if unknown := [code for code in codes if code not in load_countries().codes]:
        raise ValueError(f"The map of countries does not hold {', '.join(unknown)}; name others.")
    return codes


def distance_to_country(attacks: pd.DataFrame, code: str) -> np.ndarray:
    """Return each attack's distance to a country, km; 0 inside it."""
    return load_countries().distance_km(code, attacks["longitude"].to_numpy(), attacks["latitude"].to_numpy())


@kept_on_study
def located_of(study: Study, neighbours: tuple[str, ...] = ()) -> Located:
    """Place a study's attacks once, for every table and chart that asks; ``date_start`` is the day on which an attack
    counts as a whole (`Study.whole_days`)."""
    codes = neighbours or neighbours_of(study.selection.country or sorted(study.attacks["country"].dropna().unique()))
    return place_attacks(study.attacks.assign(date_start=study.attack_days), neighbours=codes)


def placed_rows(study: Study) -> pd.DataFrame:
    """Return the attacks that can be placed with all their columns, for who asks for them as a table."""
    located = located_of(study)
    rows = study.attacks[located.held].reset_index(drop=True)
    return rows.assign(**{name: located.attacks[name] for name in located.attacks if name not in rows})


def _unplaced(attacks: pd.DataFrame, countries: Countries) -> pd.Series:
    """Return why each attack cannot be placed; "" where it can."""
    latitude, longitude = attacks["latitude"].to_numpy(), attacks["longitude"].to_numpy()
    reason = np.full(len(attacks), "", dtype=object)
    placed = attacks["geo_precision"].astype("str").isin(PLACED).to_numpy()
    missing = ~(np.isfinite(latitude) & np.isfinite(longitude))
    reason[missing] = say("no coordinates")
    reason[~missing & ~placed] = say("located only to the centre of an area")
    with np.errstate(invalid="ignore"):
        reason[~missing & placed & (latitude == 0) & (longitude == 0)] = say(
            "coordinates (0, 0), which stand for unknown"
        )
    for code in attacks["country"].dropna().unique():
        held = np.flatnonzero((reason == "") & attacks["country"].eq(code).to_numpy())
        if held.size == 0 or code not in countries.codes:
            continue
        outside = held[countries.distance_km(code, longitude[held], latitude[held]) > MAX_OUTSIDE_KM]
        reason[outside] = say("over {km:g} km outside the country named", km=MAX_OUTSIDE_KM)
        turned = outside[np.abs(longitude[outside]) <= 90]
        if turned.size:
            swapped = turned[countries.distance_km(code, latitude[turned], longitude[turned]) == 0]
            reason[swapped] = say(
                "over {km:g} km outside the country named; inside it if latitude and longitude are exchanged",
                km=MAX_OUTSIDE_KM,
            )
    return pd.Series(reason, index=attacks.index, dtype="str")
