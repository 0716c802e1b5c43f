"""What the maps of `spread` are drawn from: attacks by first-order unit, at the level each is located to, and the lines
around.

Every attack of the period is counted once: in its unit, where its name or its coordinates say which; else in its
country alone. A unit that the map does not hold keeps its row and its numbers, without a shape.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely

from analysis.incidents.admin1 import (
    PART,
    SAME,
    admin1_codes,
    countries_near,
    country_shape,
    load_admin1,
    locate_admin1,
    match_admin1,
    match_among,
)
from analysis.incidents.boundaries import Areas, load_countries, load_units
from analysis.incidents.canonical import PLACED
from analysis.incidents.counting import rounded
from analysis.incidents.places import country_name, in_country
from analysis.incidents.selection import UNPLACED, without_kind
from analysis.incidents.study import DAY, Study, kept_on_study
from analysis.language import say
from analysis.measures import parts
from analysis.measures.noise import span_edges
from analysis.measures.offensives import offensives_of
from analysis.measures.result import COMPUTED, NOT_COMPUTED, TAIL
from analysis.statistics import geometry

# A part of a country smaller than this share of it does not widen the frame.
SMALL_PART = 0.01
# Share of a unit's attacks that must lie in one area for the unit to be a part of it: border towns lie beside theirs.
INSIDE_SHARE = 0.8
MARGIN = 0.04
# What a unit's change is called.
MORE, FEWER, UNCLEAR, FEW, NONE, UNKNOWN = "more", "fewer", "no clear change", "too few to say", "none", "not known"
NEW = "from next to none"
# Next to none in a usual month, where the year before held three or fewer: so many now are news there.
NEXT_TO_NONE, LEAST_NEW = 0.25, 3
MOST_PLACES, MOST_OFFENSIVES = 400, 9
AREA_COLUMNS = (
    "shape", "name", "inside", "country", "n", "recent", "n_rough", "usual", "change", "value", "low", "high",
)  # fmt: skip
UNIT_COLUMNS = ("unit", "name", "country", "shape", "relation", "n", "recent", "n_rough", "usual", "change")


@dataclass(frozen=True, eq=False)
class Where:
    """Tables of a map, in a plane about its middle.

    ``units`` has a row for each unit of the table, or of the map, in the countries studied: ``UNIT_COLUMNS`` and the
    tail; ``recent`` attacks of the period (`period_of`; one that is dated roughly is spread over its days), ``n`` the
    same as a whole number, ``n_rough`` of them without a place of their own, ``usual`` what a usual month has
    (`parts.hold_beside_usual`), ``value`` their ratio, ``change`` one of the words above. ``shape`` is the area that it
    is drawn in, "" where the map has none; ``relation`` is ``part`` where that area is an older, larger unit.
    ``recent`` of all rows is all attacks of the period: what is located only to its country is a row with ``name`` "".

    ``areas`` is the same for what is drawn (``AREA_COLUMNS``): a row for each shape, with all its units together,
    ``inside`` naming those that it is not called by; and a row for each unit without a shape.

    ``shapes`` has ``kind`` (unit, neighbour), ``shape``, ``part``, ``ring``, ``x_km, y_km``. ``labels`` has, for each
    shape, ``kind, shape, name, x_km, y_km, room_km``. ``places`` has ``x_km, y_km, n, name, offensive`` (0: none) for
    each point of the period. ``frame`` is left, right, bottom, top in km. ``unknown`` are shapes of whose period the
    table's coverage does not tell. ``keys`` is what each row of the study is counted by (`unit_keys`), ``n_hit`` how
    many shapes hold attacks of the period, at least and at most (`Study.distinct_between`).
    """

    units: pd.DataFrame
    areas: pd.DataFrame
    shapes: pd.DataFrame
    labels: pd.DataFrame
    places: pd.DataFrame
    frame: tuple[float, float, float, float]
    unknown: tuple[str, ...]
    level: str
    problem: str = ""
    keys: pd.Series | None = None
    n_hit: tuple[int, int] = (0, 0)

    @property
    def n(self) -> int:
        """All attacks of the period."""
        return rounded(self.units["recent"].sum())

    @property
    def n_off_map(self) -> int:
        """Attacks of units that the map does not hold."""
        return int(self.units.loc[self.units["name"].ne("") & self.units["shape"].eq(""), "n"].sum())


@kept_on_study
def where_of(study: Study) -> Where:
    """Return what the maps of a study's last month or so are drawn from.

    Parameters
    ----------
    study
        Of incidents, with or without coordinates, or of counts.
    """
    rows, (codes, areas, placed, keys) = study.counted_rows, _placed(study)
    units = _unit_table(study, rows, keys, placed, areas)
    drawn_units = _area_table(study, units, placed, areas)
    centre, problem = _centre(areas)
    n_hit = study.distinct_between(placed["shape"].where(placed["shape"].ne("")), *period_of(study))
    shown = areas
    if problem and len(set(areas.countries)) == 1:  # one country wider than a plane: the part of it that was ever hit
        shown = areas.only(set(placed["shape"]))
        centre, problem = _centre(shown) if shown.keys else (centre, problem)
    if problem:
        empty, nowhere = (_lay_out([]), _label_table([])), (-1.0, 1.0, -1.0, 1.0)
        return Where(units, drawn_units, *empty, _no_places(), nowhere, (), areas.level, problem, keys, n_hit)
    frame = _fit([_flatten(shape, centre) for shape in shown.shapes])
    flat = {key: _flatten(shape, centre) for key, shape in zip(areas.keys, areas.shapes, strict=True)}
    beyond = _beyond(frame)
    near = _neighbours(codes, centre, beyond)
    cut = [
        (kind, key, _in_frame(shape, beyond))
        for kind, shapes in (("neighbour", near), ("unit", flat))
        for key, shape in shapes.items()
    ]
    cut = [(kind, key, shape) for kind, key, shape in cut if not shape.is_empty]
    names = dict(zip(drawn_units["shape"], drawn_units["name"], strict=True)) | {
        code: country_name(code) for code in near
    }
    return Where(
        units,
        drawn_units,
        _lay_out(cut),
        _label_table([(kind, key, names[key], _in_frame(shape, frame)) for kind, key, shape in cut]),
        _places(study, centre),
        frame,
        _uncovered(study, areas),
        areas.level,
        keys=keys,
        n_hit=n_hit,
    )


@kept_on_study
def _placed(study: Study) -> "tuple[tuple[str, ...], _Areas, pd.DataFrame, pd.Series]":
    """Return the countries and the areas of a study's map, where in them each row is (`_place_rows`), and what it is
    counted by (`unit_keys`)."""
    rows = study.counted_rows
    codes = _drawn_countries(study, rows)
    areas = _areas(study, rows, codes)
    placed = _place_rows(study, rows, areas)
    return codes, _of_countries(areas, codes, set(placed["shape"])), placed, unit_keys(rows, placed)


def map_units_of(study: Study) -> pd.Series | None:
    """Return each row's first-order unit as the map counts it, missing where it is located only to its country.

    None where the table names no units.
    """
    _, areas, _, keys = _placed(study)
    return None if areas.level == "country" else keys.where(keys.ne(study.counted_rows["country"].astype("str")))


def _drawn_countries(study: Study, rows: pd.DataFrame) -> tuple[str, ...]:
    """Return the countries studied, and those that the map puts units into which the publisher counts to these (Gaza to
    Israel)."""
    named = rows.loc[rows["admin1"].notna(), ["country", "admin1"]].drop_duplicates()
    others = {match_admin1(code, name).country for code, name in named.itertuples(index=False)}
    return (*study.countries, *sorted(others - set(study.countries) - {""}))


@dataclass(frozen=True, eq=False)
class _Areas:
    """The areas of a map by key: ``ISO3/name`` of a first-order unit, ISO3 of a country, the name of a user's unit."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    countries: tuple[str, ...]
    shapes: tuple[shapely.Geometry, ...]
    level: str
    given: Areas | None = None

    def only(self, keys: Collection[str]) -> "_Areas":
        """Return those of some keys."""
        at = [position for position, key in enumerate(self.keys) if key in keys]
        names, countries, shapes = (tuple(of[i] for i in at) for of in (self.names, self.countries, self.shapes))
        return replace(self, keys=tuple(self.keys[i] for i in at), names=names, countries=countries, shapes=shapes)


def _areas(study: Study, rows: pd.DataFrame, codes: Sequence[str]) -> _Areas:
    if path := study.beside.get("boundaries"):
        given = load_units(path)
        return _Areas(given.names, given.names, ("",) * len(given.names), given.shapes, "given", given)
    located = rows["admin1"].notna().any() or (study.counts is None and rows["latitude"].notna().any())
    held = [code for code in codes if code in admin1_codes()]
    if not located:
        return _Areas(
            tuple(held), tuple(map(country_name, held)), tuple(held), tuple(map(country_shape, held)), "country"
        )
    units = [
        (code, name, shape)
        for code in held
        for name, shape in zip(load_admin1(code).names, load_admin1(code).shapes, strict=True)
    ]
    return _Areas(
        tuple(f"{code}/{name}" for code, name, _ in units),
        tuple(name for _, name, _ in units),
        tuple(code for code, _, _ in units),
        tuple(shape for _, _, shape in units),
        "admin1",
    )


def _of_countries(areas: _Areas, codes: Sequence[str], hit: set[str]) -> _Areas:
    """Return a user's units that lie in the countries studied, or hold rows: the file may hold those of others."""
    countries = load_countries()
    if areas.given is None or not set(codes) <= set(countries.codes):
        return areas
    middle = shapely.point_on_surface(np.array(areas.shapes, dtype=object))
    held = np.flatnonzero(~shapely.is_empty(middle))
    lies = np.array(countries.codes)[countries.areas.nearest(middle[held])]
    return areas.only(hit | {areas.keys[place] for place, code in zip(held, lies, strict=True) if code in codes})


def _place_rows(study: Study, rows: pd.DataFrame, areas: _Areas) -> pd.DataFrame:
    """Return each row's ``unit, name`` ("" where it is located only to its country), and the ``shape, relation`` of
    what it is drawn in."""
    if areas.level == "country":
        countries = rows["country"].astype("str")
        drawn = countries.where(countries.isin(areas.keys), "")
        names = countries.map({code: country_name(code) for code in countries.unique()})
        return pd.DataFrame({"unit": countries, "name": names, "shape": drawn, "relation": SAME}, index=rows.index)
    named = rows["country"] + "/" + without_kind(rows["admin1"])
    if study.counts is None:
        named = named.mask(rows["geo_precision"].isin(UNPLACED))
    codes, distinct = pd.factorize(named)
    table = pd.DataFrame(
        [("", "", "", ""), *(_meaning(key, areas) for key in distinct)], columns=["unit", "name", "shape", "relation"]
    )
    placed = table.iloc[codes + 1].set_axis(rows.index)
    if study.counts is None:
        if areas.given is not None:
            placed = _without_namesakes(rows, placed, areas)
        free = placed["shape"].eq("") & rows["geo_precision"].astype("str").isin(PLACED)
        at = _areas_at(rows, free.to_numpy(), areas)
        found = at >= 0
        # A name that the map lacks, and coordinates: a unit inside another is drawn there; one that lies in several
        # areas, or is none of the user's own, gives way to those that its attacks lie in.
        lies = pd.DataFrame({"unit": placed["unit"].to_numpy()[found], "at": at[found]}).value_counts(["unit", "at"])
        lies = lies.rename("n").reset_index().sort_values(["n", "at"], ascending=[False, True])
        usual = lies.drop_duplicates("unit").set_index("unit")
        inside = usual["n"] / lies.groupby("unit")["n"].sum() >= INSIDE_SHARE
        of_one = found & placed["unit"].isin(inside.index[inside].drop("", errors="ignore")).to_numpy()
        of_one &= areas.given is None
        at[of_one] = placed["unit"][of_one].map(usual["at"])
        named = placed[placed["relation"].eq(SAME) & placed["shape"].ne("")].value_counts(["shape", "unit", "name"])
        named = named.reset_index().sort_values(["count", "unit"], ascending=[False, True])  # of ties one, in any order
        placed["shape"] = placed["shape"].mask(found, np.array([*areas.keys, ""], dtype=object)[at])
        placed["relation"] = placed["relation"].mask(found, np.where(of_one, PART, SAME))
        by_place = pd.Series(found & ~of_one, index=rows.index)
        countries = rows["country"].astype("str").fillna("")
        for code in countries[by_place].unique():
            called, here = _called(named, areas, code), by_place & countries.eq(code)
            for column in called:
                placed.loc[here, column] = called[column].to_numpy(dtype=object)[at[here]]
    return placed


def _called(named: pd.DataFrame, areas: _Areas, code: str) -> pd.DataFrame:
    """Return the ``unit, name`` of each area: those of most rows whose unit it is, first of a country's own, so that
    what coordinates alone put there is no unit beside it; else the map's."""
    own = pd.DataFrame({"unit": areas.keys, "name": areas.names}, index=pd.Index(areas.keys, name="shape"), dtype="str")
    abroad = ~named["unit"].str.startswith(f"{code}/")
    first = named.assign(abroad=abroad).sort_values("abroad", kind="stable").drop_duplicates("shape")
    own.update(first.set_index("shape")[["unit", "name"]])
    return own


def _without_namesakes(rows: pd.DataFrame, placed: pd.DataFrame, areas: _Areas) -> pd.DataFrame:
    """Return the rows without the area of a name that means another unit: of a region that is called as one of the
    user's districts, attacks lie in the others too."""
    at = _areas_at(rows, rows["geo_precision"].astype("str").isin(PLACED).to_numpy(), areas)
    known = (at >= 0) & placed["shape"].ne("").to_numpy()
    own = np.array(areas.keys, dtype=object)[at[known]] == placed["shape"][known]
    share = own.groupby(placed["unit"][known]).mean()
    others = placed["unit"].isin(share.index[share.lt(INSIDE_SHARE)])
    return placed.assign(**{column: placed[column].mask(others, "") for column in ("shape", "relation")})


def _meaning(key: str, areas: _Areas) -> tuple[str, str, str, str]:
    country, _, name = key.partition("/")
    if areas.level == "given":
        match = match_among(areas.names, name, country=country)
        return key, name, match.unit, match.relation
    match = match_admin1(country, name)
    return key, name, f"{match.country}/{match.unit}" if match.unit else "", match.relation


def _areas_at(rows: pd.DataFrame, free: np.ndarray, areas: _Areas) -> np.ndarray:
    """Return the position of the area that the coordinates of each of these rows lie in; -1 for none."""
    longitude, latitude = rows["longitude"].to_numpy(), rows["latitude"].to_numpy()
    at = np.full(len(rows), -1)
    if areas.given is not None:
        at[free] = areas.given.locate(longitude[free], latitude[free])
        return at
    countries = np.array(areas.countries, dtype=object)
    for code in dict.fromkeys(areas.countries):
        held = np.flatnonzero(free & rows["country"].eq(code).to_numpy())
        found = locate_admin1(code, longitude[held], latitude[held])
        at[held] = np.where(found >= 0, found + int(np.flatnonzero(countries == code)[0]), -1)
    return at


def _unit_table(study: Study, rows: pd.DataFrame, keys: pd.Series, placed: pd.DataFrame, areas: _Areas) -> pd.DataFrame:
    """Return a row for each unit of the table, and for each area that holds none."""
    start, end = period_of(study)
    share = study.shares_between(start, end)
    inside, counted = share > 0, pd.Series(share * study.row_numbers(), index=rows.index)
    rough = (
        ~rows["geo_precision"].astype("str").isin(PLACED).to_numpy()
        if study.counts is None
        else np.zeros(len(rows), dtype=bool)
    )
    beside = parts.hold_beside_usual(study, keys).set_index("part")
    first = (
        pd.DataFrame({"unit": keys, "country": _country_of_most(keys, rows["country"])})
        .join(placed[["name", "shape", "relation"]])
        .drop_duplicates("unit")
    )
    first = first[first["unit"].isin(beside.index) | first["unit"].isin(keys[inside])]
    hit = set(first["shape"])
    quiet = [place for place, key in enumerate(areas.keys) if key not in hit]
    without = pd.DataFrame(
        {
            "unit": [areas.keys[i] for i in quiet],
            "country": [areas.countries[i] for i in quiet],
            "name": [areas.names[i] for i in quiet],
        }
    )
    table = pd.concat([first, without.assign(shape=without["unit"], relation=SAME)], ignore_index=True).astype(
        {"unit": "str"}
    )
    if beside.empty:  # a history of less than two months is held beside nothing
        beside = beside.reindex(keys[inside].unique()).assign(recent=counted[inside].groupby(keys[inside]).sum())
    table = table.join(beside[["recent", "usual", "ratio", "low", "high", "direction"]], on="unit")
    n_rough, ids = counted[rough].groupby(keys[rough]).sum().map(rounded), None
    if study.counts is None:
        ids = rows.loc[inside, "incident_id"].groupby(keys[inside]).agg(list)
    table["recent"] = table["recent"].fillna(0.0)
    table["n"] = table["recent"].map(rounded).astype("int64")
    table["n_rough"] = table["unit"].map(n_rough).fillna(0).astype("int64")
    table, reason = _judged(study, table)
    held = table["value"].notna()
    table["level"] = np.where(held, parts.INTERVAL, np.nan)
    table["method"] = say("last span of about a month against the usual month, as for the verdict")
    table["incident_ids"] = [[] if ids is None else ids.get(unit, []) for unit in table["unit"]]
    table["n_incidents"] = table["incident_ids"].map(len)
    table["status"] = np.where(held, COMPUTED, NOT_COMPUTED)
    nothing = say("there is nothing to compare: none now, or none usual")
    table["reason"] = np.where(held, "", reason or nothing)
    table = table[[*UNIT_COLUMNS, *TAIL]]
    # A region that is called as one of the user's districts, say.
    namesake = table["shape"].eq("") & table["name"].ne("") & table.duplicated(["name", "country"], keep=False)
    beside_map = [say("{unit} (not on the map)", unit=name) for name in table.loc[namesake, "name"]]
    table.loc[namesake, "name"] = beside_map
    return table.sort_values(["n", "usual", "unit"], ascending=[False, False, True], ignore_index=True)


def are_new(usual: pd.Series, recent: pd.Series) -> pd.Series:
    """Tell of each part whether it has some now where a usual month has next to none; also of the numbers of one."""
    return (usual <= NEXT_TO_NONE) & (recent >= LEAST_NEW)


def _judged(study: Study, table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return a table with the columns of `parts.hold_beside_usual` as ``usual, value`` and ``change``, and why there is
    none."""
    reason = study.window_problem()
    if not reason and not table["usual"].notna().any():
        reason = say("the history is too short to say what is usual")
    change = table["direction"].map({parts.UP: MORE, parts.DOWN: FEWER, parts.SAME: UNCLEAR}).fillna(FEW)
    usual = table["usual"].fillna(0.0)
    change = change.mask(table["recent"].eq(0) & usual.eq(0), NONE)
    change = change.mask(are_new(usual, table["recent"]) & change.ne(MORE), NEW)
    table = table.rename(columns={"ratio": "value"}).assign(usual=usual, change=change)
    if reason:
        table = table.assign(usual=np.nan, value=np.nan, low=np.nan, high=np.nan, change=UNKNOWN)
    return table, reason


def _area_table(study: Study, units: pd.DataFrame, placed: pd.DataFrame, areas: _Areas) -> pd.DataFrame:
    """Return the units by the shape that they are drawn in, all of one shape together."""
    own = dict(zip(areas.keys, areas.names, strict=True))
    drawn = units[units["shape"].ne("")]
    table = drawn.drop_duplicates("shape").set_index("shape", drop=False)
    called = drawn[drawn["relation"].eq(SAME)].drop_duplicates("shape").set_index("shape")["name"]  # by the table
    within = drawn[drawn["relation"].eq(PART) & drawn["n"].gt(0)].groupby("shape", sort=False)["name"].agg(", ".join)
    sums = drawn.groupby("shape", sort=False)[["n", "recent", "n_rough"]].sum()
    table = table.assign(
        **sums, name=called.reindex(table.index).fillna(table["shape"].map(own)),
        inside=within.reindex(table.index).fillna("").astype("str"),
    )  # fmt: skip
    table = pd.concat([table, units[units["shape"].eq("")].assign(inside="")], ignore_index=True)
    several = drawn["shape"][drawn["shape"].duplicated()].unique()
    if len(several) and drawn["change"].ne(UNKNOWN).any():
        beside = parts.hold_beside_usual(study, placed["shape"].where(placed["shape"].isin(several)))
        joint = _judged(study, beside)[0].set_index("part")
        of = table["shape"].isin(joint.index)
        judged = ["usual", "value", "low", "high", "change"]
        table.loc[of, judged] = joint.loc[table.loc[of, "shape"], judged].to_numpy()
    table = table[list(AREA_COLUMNS)].astype(
        dict.fromkeys(("n", "n_rough"), "int64") | dict.fromkeys(("usual", "value", "low", "high"), "float64")
    )
    return table.sort_values(["n", "usual", "shape"], ascending=[False, False, True], ignore_index=True)


def _country_of_most(keys: pd.Series, countries: pd.Series) -> pd.Series:
    """Return for each row the country that most rows of its unit name: a user's unit may hold rows of several."""
    counted = pd.DataFrame({"unit": keys, "country": countries}).value_counts(["unit", "country"]).reset_index()
    counted = counted.sort_values(["count", "country"], ascending=[False, True])
    return keys.map(counted.drop_duplicates("unit").set_index("unit")["country"]).astype("str")


def unit_keys(rows: pd.DataFrame, placed: pd.DataFrame) -> pd.Series:
    """Return what each row is counted by: its unit, or its country where it is located only to that."""
    return placed["unit"].where(placed["unit"].ne(""), rows["country"]).astype("str")


def place_names(study: Study, attacks: pd.DataFrame) -> pd.Series:
    """Return where some of a study's attacks were, as a reader knows it: `site_names`, with the country where the study
    counts in several."""
    named = site_names(study, attacks)
    if len(study.countries) < 2:
        return named
    told = [
        name if pd.isna(code) or name == country_name(code) else in_country(name, code)
        for name, code in zip(named, attacks["country"], strict=True)
    ]
    return pd.Series(told, index=attacks.index, dtype="str")


def site_names(study: Study, attacks: pd.DataFrame) -> pd.Series:
    """Return where some of a study's attacks were, as well as it is known: the locality, the unit (of the table, or of
    the map), or the country; in the study's language."""
    named = attacks["locality"].fillna(attacks["admin1"])
    if (nameless := named.isna()).any():
        where = where_of(study)
        keys = attacks["country"] if where.keys is None else where.keys.loc[attacks.index]
        units = keys.where(keys.ne(attacks["country"].astype("str")))
        units = units.map(where.units.set_index("unit")["name"]).astype("str")
        countries = {code: country_name(code) for code in attacks.loc[nameless, "country"].dropna().unique()}
        named = named.fillna(units).fillna(attacks["country"].map(countries).astype("str"))
    return named


def period_of(study: Study) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the period that the maps show, ``[start, end)``: the last span of about a month, as the verdict counts."""
    edges = span_edges(study)
    return (study.start + edges[-2] * DAY if len(edges) > 1 else study.start), study.end


def _centre(areas: _Areas) -> tuple[tuple[float, float], str]:
    """Return latitude and longitude of the middle of the areas, or why one plane cannot show them."""
    if not areas.shapes:
        return (0.0, 0.0), say("the map holds no outline of the countries studied")
    parts = _large_parts(areas.shapes)
    points = shapely.get_coordinates(parts)
    middle = geometry.mean_centre(points[:, 1], points[:, 0])
    bounds = shapely.get_coordinates(shapely.envelope(parts))
    reach = geometry.great_circle_km(*middle, bounds[:, 1], bounds[:, 0]).max()
    if reach > geometry.MAX_REACH_KM:
        return middle, say("the places studied lie too far from one another for one map")
    return middle, ""


def _large_parts(shapes: Sequence[shapely.Geometry]) -> np.ndarray:
    parts = shapely.get_parts(np.array(shapes, dtype=object))
    parts = parts[shapely.get_type_id(parts) == 3]
    sizes = shapely.area(parts)
    return parts[sizes >= min(SMALL_PART * sizes.sum() / max(len(shapes), 1), sizes.max())]


def _flatten(shape: shapely.Geometry, centre: tuple[float, float]) -> shapely.Geometry:
    def flat(points: np.ndarray) -> np.ndarray:
        return np.column_stack(geometry.project(points[:, 1], points[:, 0], centre=centre))

    moved = shapely.transform(shape, flat)
    return moved if moved.is_valid else shapely.make_valid(moved, method="structure")


def _fit(shapes: Sequence[shapely.Geometry]) -> tuple[float, float, float, float]:
    west, south, east, north = shapely.total_bounds(_large_parts(shapes))
    return _widened((west, east, south, north), MARGIN)


def _widened(frame: tuple[float, float, float, float], share: float) -> tuple[float, float, float, float]:
    more = share * max(frame[1] - frame[0], frame[3] - frame[2])
    return frame[0] - more, frame[1] + more, frame[2] - more, frame[3] + more


def _beyond(frame: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return a frame wide and high enough for the map to be drawn on a slide or on a telephone."""
    wide, high = frame[1] - frame[0], frame[3] - frame[2]
    x, y = (frame[0] + frame[1]) / 2, (frame[2] + frame[3]) / 2
    half_x, half_y = max(1.3 * wide, 3.4 * high) / 2, max(1.3 * high, 1.3 * wide) / 2
    return x - half_x, x + half_x, y - half_y, y + half_y


def _neighbours(
    codes: Sequence[str], centre: tuple[float, float], beyond: tuple[float, float, float, float]
) -> dict[str, shapely.Geometry]:
    """Return the outlines of the other countries in a frame, in its plane."""
    x, y = np.meshgrid(np.linspace(*beyond[:2], 9), np.linspace(*beyond[2:], 9))
    latitude, longitude = geometry.unproject(x.ravel(), y.ravel(), centre=centre)
    if np.ptp(longitude) > 180:  # the frame lies over the antimeridian
        longitude = np.array([-180.0, 180.0])
    near = countries_near(longitude.min(), latitude.min(), longitude.max(), latitude.max())
    found = {}
    for code in near:
        shape = country_shape(code)
        parts = shapely.get_parts(shape)
        points = [part.representative_point() for part in parts]
        held = geometry.great_circle_km(*centre, [point.y for point in points], [point.x for point in points]) < 9000
        if code not in codes and held.any():
            found[code] = _flatten(
                shapely.MultiPolygon([part for part, ok in zip(parts, held, strict=True) if ok]), centre
            )
    return found


def _in_frame(shape: shapely.Geometry, frame: tuple[float, float, float, float]) -> shapely.Geometry:
    return shapely.clip_by_rect(shape, frame[0], frame[2], frame[1], frame[3])


def _lay_out(cut: list[tuple[str, str, shapely.Geometry]]) -> pd.DataFrame:
    """Return shapes as a table of points, in order along each ring, outlines before their holes."""
    rings = [
        (kind, key, number, ring, line)
        for kind, key, shape in cut
        for number, part in enumerate(part for part in shapely.get_parts(shape) if part.geom_type == "Polygon")
        for ring, line in enumerate((part.exterior, *part.interiors))
    ]
    points, of_ring = shapely.get_coordinates([line for *_, line in rings], return_index=True)
    named = pd.DataFrame([ring[:-1] for ring in rings], columns=list(_SHAPE_TYPES)[:4])
    table = named.iloc[of_ring].reset_index(drop=True).assign(x_km=points[:, 0], y_km=points[:, 1])
    return table.astype(_SHAPE_TYPES).round({"x_km": 1, "y_km": 1})


_SHAPE_TYPES = {"kind": "str", "shape": "str", "part": "int64", "ring": "int64", "x_km": "float64", "y_km": "float64"}


def _label_table(shapes: list[tuple[str, str, str, shapely.Geometry]]) -> pd.DataFrame:
    """Return where each shape has most room for its name: the middle of the largest circle inside it."""
    rows = []
    for kind, key, name, shape in shapes:
        parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
        if parts:
            largest = max(parts, key=shapely.area)
            circle = shapely.maximum_inscribed_circle(largest, tolerance=max(np.sqrt(largest.area) / 40, 1e-6))
            (x, y), _ = shapely.get_coordinates(circle)
            rows.append(
                {
                    "kind": kind,
                    "shape": key,
                    "name": name,
                    "x_km": round(x, 1),
                    "y_km": round(y, 1),
                    "room_km": round(circle.length, 1),
                }
            )
    return pd.DataFrame(rows, columns=["kind", "shape", "name", "x_km", "y_km", "room_km"])


def _no_places() -> pd.DataFrame:
    return pd.DataFrame({"x_km": [], "y_km": [], "n": [], "name": [], "offensive": []}).astype(
        {"n": "int64", "name": "str", "offensive": "int64"}
    )


def _places(study: Study, centre: tuple[float, float]) -> pd.DataFrame:
    """Return the points of the period's attacks, those at one place together, most attacks first."""
    if study.counts is not None:
        return _no_places()
    start, end = period_of(study)
    attacks = study.whole_attacks(start, end)
    attacks = attacks[
        attacks["geo_precision"].astype("str").isin(PLACED) & attacks["latitude"].notna() & attacks["longitude"].notna()
    ]
    if attacks.empty:
        return _no_places()
    numbers = offensive_numbers(study)
    x, y = geometry.project(attacks["latitude"].to_numpy(), attacks["longitude"].to_numpy(), centre=centre)
    points = pd.DataFrame(
        {
            "x_km": np.round(x, 1), "y_km": np.round(y, 1),
            "name": attacks["locality"].astype("str").fillna("").to_numpy(),
            "offensive": attacks["incident_id"].map(numbers).fillna(0).astype("int64").to_numpy(),
        }
    )  # fmt: skip
    at = ["x_km", "y_km", "offensive"]
    named = points.groupby([*at, "name"], sort=False).size().rename("n").reset_index()
    # Of several names at one place the most frequent stands for all; a name goes before none.
    named = named.assign(unnamed=named["name"].eq("")).sort_values(
        ["unnamed", "n", "name"], ascending=[True, False, True]
    )
    together = named.groupby(at, sort=False).agg(n=("n", "sum"), name=("name", "first")).reset_index()
    together = together.sort_values(["n", "name", "x_km"], ascending=[False, True, True], ignore_index=True)
    return together[["x_km", "y_km", "n", "name", "offensive"]].head(MOST_PLACES)


def offensive_numbers(study: Study) -> dict[str, int]:
    """Return the number of each attack's offensive, 1 being the first that began in the period; an attack of none is
    left out."""
    recent = (
        offensives_of(study).within(*period_of(study)).sort_values("date_start", kind="stable").head(MOST_OFFENSIVES)
    )
    return {name: number for number, ids in enumerate(recent["incident_ids"], start=1) for name in ids}


def _uncovered(study: Study, areas: _Areas) -> tuple[str, ...]:
    """Return the areas in countries whose period the table's coverage does not hold whole."""
    coverage, (start, _) = study.table.coverage, period_of(study)
    held = coverage[coverage["first_day"].le(start) & coverage["last_day"].ge(study.end - DAY)]
    known = set(held["country"])
    return tuple(key for key, code in zip(areas.keys, areas.countries, strict=True) if code and code not in known)
