"""What a map by recency draws beside the attacks: borders, coast, units, names, and offensives as numbered groups."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.incidents.boundaries import EARTH_RADIUS_KM, Countries, load_countries, load_units
from analysis.incidents.places import country_name
from analysis.incidents.study import Study, kept_on_study
from analysis.measures.offensives import offensives_of
from analysis.measures.placing import Located, located_of
from analysis.statistics import geometry

# Free room around the attacks, as a share of their extent; half the least width and height of a map.
MARGIN, MIN_HALF_KM = 0.1, 150.0


@dataclass(frozen=True, eq=False)
class MapLines:
    """What a map needs beside the attacks, in the plane of `Located`.

    ``lines`` has ``kind`` (border, coast, unit), ``part`` (a line's number) and ``x_km, y_km``, in order along each
    part, and reaches beyond the frame; ``labels`` has ``name, x_km, y_km``; ``frame`` is left, right, bottom, top in
    km.
    """

    lines: pd.DataFrame
    labels: pd.DataFrame
    frame: tuple[float, float, float, float]


@kept_on_study
def map_lines_of(study: Study) -> MapLines:
    """Return borders, coast, the user's units and names of countries around a study's attacks."""
    return map_lines(located_of(study), units=str(study.beside.get("boundaries", "")))


def map_lines(located: Located, *, units: str = "") -> MapLines:
    """Return the world's lines around placed attacks, in their plane.

    Parameters
    ----------
    units
        Path of the user's units; see `load_units`.
    """
    attacks = located.attacks if not located.problem else located.attacks.iloc[:0]
    x, y = (attacks[axis].to_numpy() if len(attacks) else np.zeros(1) for axis in ("x_km", "y_km"))
    middle = float(x.min() + x.max()) / 2, float(y.min() + y.max()) / 2
    wide, high = (max((1 + 2 * MARGIN) * float(np.ptp(axis)) / 2, MIN_HALF_KM) for axis in (x, y))
    wide, high = max(wide, high), max(high, 0.45 * wide)
    frame = (middle[0] - wide, middle[0] + wide, middle[1] - high, middle[1] + high)
    beyond = (middle[0] - 1.5 * wide, middle[0] + 1.5 * wide, middle[1] - 2 * high, middle[1] + 2 * high)
    countries = load_countries()
    kinds = [("border", countries.borders.paths), ("coast", countries.coast.paths)]
    if units:
        kinds.append(("unit", tuple(ring for rings in load_units(units).rings for ring in rings)))
    parts = [(kind, piece) for kind, paths in kinds for path in paths for piece in _cut(path, located.centre, beyond)]
    sizes = [len(piece) for _, piece in parts]
    points = np.concatenate([piece for _, piece in parts]) if parts else np.empty((0, 2))
    lines = pd.DataFrame(
        {
            "kind": np.repeat(np.array([kind for kind, _ in parts], dtype=object), sizes),
            "part": np.repeat(np.arange(len(parts)), sizes),
            "x_km": points[:, 0],
            "y_km": points[:, 1],
        }
    ).astype({"kind": "str"})
    return MapLines(lines, _labels(countries, located.centre, frame), frame)


def map_table(located: Located) -> pd.DataFrame:
    """Return the numbers of the map: each placed attack with its place in degrees and in the plane, and its distance to
    the sea."""
    columns = ["incident_id", "date_start", "latitude", "longitude", "x_km", "y_km", "coast_km", "near"]
    return located.attacks[columns].reset_index(drop=True)


@kept_on_study
def offensive_links_of(study: Study) -> pd.DataFrame:
    """Return the offensives as lines on the map: one row per attack of an offensive that began in the window.

    Returns
    -------
    pandas.DataFrame
        ``offensive_id, incident_id, x_km, y_km`` (the attack) and ``centre_x_km, centre_y_km`` (mean of the offensive's
        placed attacks); empty where offensives cannot be found.
    """
    located = located_of(study)
    recent = offensives_of(study).within(study.window_start, study.end)
    members = (
        recent[["offensive_id", "incident_ids"]].explode("incident_ids").rename(columns={"incident_ids": "incident_id"})
    )
    links = members.merge(located.attacks[["incident_id", "x_km", "y_km"]], on="incident_id").dropna()
    centre = links.groupby("offensive_id")[["x_km", "y_km"]].transform("mean")
    links = links.assign(centre_x_km=centre["x_km"], centre_y_km=centre["y_km"])
    return links[["offensive_id", "incident_id", "x_km", "y_km", "centre_x_km", "centre_y_km"]].reset_index(drop=True)


def side_by_side(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Return longitudes about the places' centre, which is that of `Located`'s plane, where this takes less room: on
    both sides of 180 degrees beyond 180 or -180."""
    if np.ptp(longitude) <= 180:
        return longitude
    try:
        about = geometry.mean_centre(latitude, longitude)[1]
    except ValueError:  # all around the globe
        return longitude
    beside = about + (longitude - about + 180) % 360 - 180
    return beside if np.ptp(beside) < np.ptp(longitude) else longitude


def along_edge(path: np.ndarray) -> np.ndarray:
    """Return which steps of a path, in degrees, run along the 180th meridian: an edge of the data and no line."""
    return (np.abs(path[:-1, 0]) >= 180) & (np.abs(path[1:, 0]) >= 180)


def _cut(path: np.ndarray, centre: tuple[float, float], frame: tuple[float, float, float, float]) -> list[np.ndarray]:
    """Return the runs of a path's points that lie in the frame, one point beyond at each end, in the plane."""
    reach = np.hypot(max(abs(frame[0]), abs(frame[1])), max(abs(frame[2]), abs(frame[3]))) + 300
    degrees = np.degrees(reach / EARTH_RADIUS_KM)
    if (np.abs(path[:, 1] - centre[0]) > degrees).all():
        return []
    x, y = geometry.project(path[:, 1], path[:, 0], centre=centre)
    inside = (x >= frame[0]) & (x <= frame[1]) & (y >= frame[2]) & (y <= frame[3])
    if not inside.any():
        return []
    edge = along_edge(path)
    kept = inside.copy()
    kept[1:] |= inside[:-1]
    kept[:-1] |= inside[1:]
    breaks = np.flatnonzero(~(kept[1:] & kept[:-1]) | edge) + 1
    runs = np.split(np.arange(len(path)), breaks)
    return [np.column_stack([x[run], y[run]]) for run in runs if run.size > 1 and kept[run].any()]


def _labels(
    countries: Countries, centre: tuple[float, float], frame: tuple[float, float, float, float]
) -> pd.DataFrame:
    """Return a place for each country's name: the sampled place of the country, in the frame, that is nearest to their
    mean."""
    x, y = (part.ravel() for part in np.meshgrid(*(np.linspace(*ends, 30)[1:-1] for ends in (frame[:2], frame[2:]))))
    latitude, longitude = geometry.unproject(x, y, centre=centre)
    found = countries.areas.locate(longitude, latitude)
    rows = []
    for position in np.unique(found[found >= 0]):
        held = np.flatnonzero(found == position)
        if held.size >= 0.015 * x.size:
            nearest = held[np.hypot(x[held] - x[held].mean(), y[held] - y[held].mean()).argmin()]
            rows.append(
                {
                    "name": country_name(countries.codes[position]),
                    "x_km": x[nearest],
                    "y_km": y[nearest],
                    "share": held.size / x.size,
                }
            )
    return pd.DataFrame(rows, columns=["name", "x_km", "y_km", "share"])
