"""Countries, coast and borders, a user's own units, and how far a place is from a line."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.incidents.boundaries import EARTH_RADIUS_KM, Areas, Lines, load_countries, load_units
from analysis.incidents.errors import TableError
from analysis.incidents.whereabouts import LEAST_PLACES
from analysis.resources import resource
from tests.incidents.test_files import zipped

DEGREE_KM = np.radians(1) * EARTH_RADIUS_KM


@pytest.fixture(scope="module")
def countries():
    return load_countries()


def brute_force(path, longitude, latitude):
    """The nearest of 40,000 points along a path."""
    place = np.linspace(0, len(path) - 1, 40_000)
    x, y = (np.interp(place, np.arange(len(path)), path[:, side]) for side in (0, 1))
    lat, lon = np.radians(latitude), np.radians(longitude)
    half = np.sin((np.radians(y) - lat) / 2) ** 2
    half += np.cos(lat) * np.cos(np.radians(y)) * np.sin((np.radians(x) - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half.min()))


def test_distance_to_a_meridian_by_hand():
    # From (1 E, 0 N) to the meridian 0: one degree. From (1 E, 60 N): asin(sin 1 deg cos 60 deg) in radii.
    lines = Lines((np.array([[0.0, -80.0], [0.0, 80.0]]),))
    expected = [DEGREE_KM, EARTH_RADIUS_KM * np.arcsin(np.sin(np.radians(1)) * np.cos(np.radians(60)))]
    assert lines.distance_km(np.array([1.0, 1.0]), np.array([0.0, 60.0])) == pytest.approx(expected, rel=1e-6)


def test_distances_are_those_of_a_search_along_the_line():
    generator = np.random.default_rng(1)
    path = np.cumsum(generator.normal(0, 0.7, (60, 2)), axis=0) + np.array([10.0, 20.0])
    longitude, latitude = generator.uniform(0, 20, 40), generator.uniform(10, 30, 40)
    expected = [brute_force(path, x, y) for x, y in zip(longitude, latitude, strict=True)]
    assert Lines((path,)).distance_km(longitude, latitude) == pytest.approx(expected, abs=0.1)


def test_distance_reaches_over_the_antimeridian():
    lines = Lines((np.array([[-179.5, -20.0], [-179.5, 20.0]]),))
    assert lines.distance_km(np.array([179.5]), np.array([0.0])) == pytest.approx(DEGREE_KM, rel=1e-4)


def test_the_edge_of_a_flat_map_is_no_line():
    edge = Lines((np.array([[180.0, 60.0], [180.0, 70.0]]),))
    assert np.isinf(edge.distance_km(np.array([179.0]), np.array([65.0]))).all()


def test_missing_coordinates_give_missing_distances():
    lines = Lines((np.array([[0.0, 0.0], [1.0, 0.0]]),))
    distance = lines.distance_km(np.array([np.nan, 0.5]), np.array([0.0, 0.0]))
    assert np.isnan(distance[0])
    assert distance[1] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("place", "longitude", "latitude", "country"),
    [
        ("Bamako", -8.0, 12.65, "MLI"),
        ("Timbuktu", -3.0, 16.77, "MLI"),
        ("Bangui", 18.58, 4.40, "CAF"),
        ("Mandalay", 96.08, 21.97, "MMR"),
        ("Suva", 178.3, -17.9, "FJI"),
        ("Maseru, inside South Africa", 27.6, -29.4, "LSO"),
        ("Hargeisa", 44.06, 9.56, "SOM"),
        ("(0, 0)", 0.0, 0.0, None),
    ],
)
def test_places_lie_in_their_country(countries, place, longitude, latitude, country):
    found = countries.areas.locate(np.array([longitude]), np.array([latitude]))[0]
    assert (countries.codes[found] if found >= 0 else None) == country


@pytest.mark.parametrize(
    ("longitude", "latitude", "country"),
    [(0.0, 71.2, None), (-150.0, 71.2, None), (-50.0, 71.2, "GRL"), (81.0, 71.16, "RUS"), (179.6, 71.2, "RUS"), (-179.0,
        71.2, "RUS"), (-175.0, 66.5, "RUS")],
)  # fmt: skip
def test_an_island_on_the_antimeridian_is_no_belt_round_the_globe(countries, longitude, latitude, country):
    found = countries.areas.locate(np.array([longitude]), np.array([latitude]))[0]
    assert (countries.codes[found] if found >= 0 else None) == country


def test_neighbours_and_which_of_them_reach_the_sea(countries):
    assert countries.neighbours(["MLI"]) == ("BFA", "CIV", "DZA", "GIN", "MRT", "NER", "SEN")
    assert countries.neighbours(["MLI"], coastal=True) == ("CIV", "DZA", "GIN", "MRT", "SEN")
    assert countries.neighbours(["MLI", "BFA"], coastal=True) == (
        "BEN",
        "CIV",
        "DZA",
        "GHA",
        "GIN",
        "MRT",
        "SEN",
        "TGO",
    )
    assert countries.neighbours(["KAZ"], coastal=True) == ("CHN", "RUS")  # the Caspian is no sea here
    assert countries.neighbours(["ISL"]) == ()


def test_distances_to_coast_and_country(countries):
    # Bamako to the sea: about 690 km to Guinea's coast. Diboli lies on Senegal's border. N'Zerekore is inside Guinea.
    coast = countries.coast.distance_km(np.array([-8.0, -17.45]), np.array([12.65, 14.69]))
    assert coast[0] == pytest.approx(690, abs=10)
    assert coast[1] < 10  # Dakar
    assert countries.distance_km("SEN", np.array([-12.26]), np.array([14.46]))[0] < 5
    assert countries.distance_km("GIN", np.array([-8.82]), np.array([7.75]))[0] == 0
    with pytest.raises(ValueError, match="No country in countries_50m"):
        countries.distance_km("ML", np.array([0.0]), np.array([0.0]))


def test_the_order_and_repetition_of_places_do_not_matter(countries):
    longitude, latitude = np.array([-8.0, 2.0, -8.0]), np.array([12.65, 13.5, 12.65])
    once = countries.coast.distance_km(longitude, latitude)
    assert once[0] == once[2]
    assert countries.coast.distance_km(longitude[::-1], latitude[::-1])[::-1] == pytest.approx(once)


def test_an_area_with_a_hole():
    square = np.array([[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]], dtype=float)
    hole = square / 4 + 1.5
    areas = Areas(("ring",), (((square, hole),),))
    assert areas.locate(np.array([1.0, 2.0, 5.0, np.nan]), np.array([1.0, 2.0, 1.0, 1.0])).tolist() == [0, -1, -1, -1]


def test_units_of_a_user_are_named_and_found():
    units = load_units(resource("data/boundaries/mali_niger_admin1_ne10m_derived.geojson"))
    found = units.locate(np.array([-11.43, -3.0]), np.array([14.45, 16.77]))
    assert [units.names[place] for place in found] == ["Kayes", "Tombouctou"]


def feature(name="A", kind="Polygon", ring=((0, 0), (1, 0), (1, 1), (0, 0))):
    geometry = {"type": kind, "coordinates": [ring] if kind == "Polygon" else ring}
    return {"type": "Feature", "properties": {"name": name} if name else {"id": 1}, "geometry": geometry}


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ([], "holds no features"),
        ([feature(name="")], "no property names every one of the 1 units \\(found: id\\)"),
        ([feature(kind="Point")], "feature 1 is a Point; expected Polygon"),
        ([feature(), feature("B", ring=((0, 0), (1, 0), (0, 0)))], "feature 2 has rings"),
        ([feature(ring=((0, 0), (5e5, 0), (5e5, 1e6), (0, 0)))], "convert the file to WGS 84"),
    ],
)
def test_units_that_cannot_be_used_are_refused(tmp_path, features, said):
    path = tmp_path / "units.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    with pytest.raises(TableError, match=said):
        load_units(path)


@pytest.mark.parametrize(
    "properties",
    [
        {"ADM1_FR": "{unit}", "ADM0_FR": "Mali"},
        {"ADM1_FR": "{unit}", "name": "Mali"},  # the country's
        {"adm1_name1": "{unit}"},
        {"admin1Name_fr": "{unit}", "admin0Name_fr": "Mali"},
        {"name:fr": "{unit}"},
        {"NOM": "{unit}", "ADM1_PCODE": "ML01"},
        {"unit": "region", "name": "{unit}"},  # the same in all names none
        {"ADM1_ES": "{unit}", "ADM2_PCODE": "{unit}1"},
    ],
)
def test_a_unit_is_called_by_the_property_that_publishers_name_it_by(tmp_path, properties):
    parts = [feature(ring=box(x, 0, x + 1, 1)) for x in range(2)]
    for part, unit in zip(parts, ("Gao", "Kidal"), strict=True):
        part["properties"] = {key: value.format(unit=unit) for key, value in properties.items()}
    assert units_at(tmp_path, parts, [(0.5, 0.5), (1.5, 0.5)])[0] == ["Gao", "Kidal"]


def test_one_name_for_all_is_taken_where_there_is_no_other(tmp_path):
    assert units_at(tmp_path, [feature(), feature()], [(0.5, 0.2)])[0] == ["A"]


def test_units_are_read_packed_and_as_topojson(tmp_path):
    geojson = json.dumps({"type": "FeatureCollection", "features": [feature(ring=box(0, 0, 2, 2))]}).encode()
    line, around = [[0, 0], [2, 0], [2, 2]], [[0, 0], [0, 2], [2, 2]]
    quantised = {"scale": [0.5, 0.5], "translate": [0, 0]}
    shape = {"type": "Polygon", "arcs": [[0, -2]], "properties": {"name": "A"}}
    topology = {"type": "Topology", "objects": {"a": {"type": "GeometryCollection", "geometries": [shape]}}}
    steps = {"arcs": [[[0, 0], [4, 0], [0, 4]], [[0, 0], [0, 4], [4, 0]]], "transform": quantised}
    for name, content in (
        ("u.geojson.gz", gzip.compress(geojson, mtime=0)),
        ("u.zip", zipped({"gadm41_MLI_1.json": geojson, "readme.txt": "words"})),
        ("u.topojson", json.dumps(topology | {"arcs": [line, around]}).encode()),
        ("q.topojson", json.dumps(topology | steps).encode()),
    ):
        (tmp_path / name).write_bytes(content)
        units = load_units(tmp_path / name)
        assert units.locate(np.array([1.5, 2.5]), np.array([0.5, 0.5])).tolist() == [0, -1], name
        assert units.names == ("A",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(b"{}", mtime=0)[:-9], "cannot be unpacked"),
        (zipped({"a.shp": "", "a.dbf": "", "a.prj": ""}), r"is a shapefile. Save the units as GeoJSON"),
        (zipped({"a.json": "{}", "b.json": "{}"}), r"holds 2 files: a.json, b.json"),
        (b"SQLite format 3\0" + b"\0" * 52 + b"GPKG", "is a GeoPackage, not GeoJSON. Save the units"),
        (b"<?xml version='1.0'?><kml>", "is a map in XML"),
        (b"<!DOCTYPE html><html><title>Log in</title>", "is a web page, not GeoJSON"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b'{"geometryType": "esriGeometryPolygon", "features": [{"attributes": {"name": "A"}, "geometry": {}}]}',
         r"is Esri JSON \(of ArcGIS\), not GeoJSON. Save the units"),
        (b'{"type": "Feature", "properties": {}}\n' * 2, "is GeoJSON with a feature a line .* Save the units"),
        (b'\x1e{"type": "Feature", "properties": {}}\n' * 2, "is GeoJSON with a feature a line"),
        (b'{"type": "Topology", "objects": {"a": {}, "b": {}}, "arcs": []}', "holds the layers a, b"),
        (b'{"type": "Topology", "objects": {"a": {"type": "Polygon", "arcs": [[7]]}}, "arcs": []}', "no TopoJSON that"),
        (json.dumps({"type": "Topology", "arcs": [[[0, 0]] * 9999], "objects": {
            "a": {"type": "Polygon", "arcs": [[0] * 9999]}}}).encode(), "no TopoJSON that"),
    ],
)  # fmt: skip
def test_maps_in_other_forms_are_refused_by_name(tmp_path, content, said):
    (tmp_path / "units.geojson").write_bytes(content)
    with pytest.raises(TableError, match=said):
        load_units(tmp_path / "units.geojson")


def test_thousands_of_areas_on_one_line_are_read(tmp_path):
    """Each feature was looked for along the whole line: 20,000 areas of a few corners took more than two minutes, and
    these some 20 s."""
    ring = [[0, 0], [1, 0], [1, 1], [0, 0]]
    areas = [
        {"type": "Feature", "properties": {"name": f"A{n}"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for n in range(5000)
    ]
    path = tmp_path / "units.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": areas}))
    assert len(load_units(path).names) == 5000


@pytest.mark.parametrize(
    ("corners", "said"),
    [((-6, 12, -2, 16), ""), ((12, -6, 16, -2), "are exchanged in it or in"), ((40, 12, 44, 16), "Give a map of this")],
)
def test_a_map_of_another_place_is_refused(tmp_path, corners, said):
    """Its units were counted by their names, and drawn where nothing happened."""
    path = tmp_path / "units.geojson"
    named = [feature("Mopti", ring=box(*corners))]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": named}), encoding="utf-8")
    rows = [
        {
            "date": "2024-03-01",
            "country": "Mali",
            "admin1": "Mopti",
            "lat": 14 + n / 10,
            "lon": -4.0,
            "precision": "exact",
        }
        for n in range(LEAST_PLACES)
    ]
    mapping = "date=date,country=country,admin1=admin1,latitude=lat,longitude=lon"
    if said:
        with pytest.raises(TableError, match=f"none of {LEAST_PLACES} places of attacks.*{said}"):
            open_study(pd.DataFrame(rows), mapping=mapping, boundaries=str(path))
    else:
        open_study(pd.DataFrame(rows), mapping=mapping, boundaries=str(path))
    open_study(pd.DataFrame(rows[1:]), mapping=mapping, boundaries=str(path))  # too few to say so


def test_a_file_that_is_no_json_is_refused(tmp_path):
    path = tmp_path / "units.geojson"
    path.write_text("unit,lat,lon", encoding="utf-8")
    with pytest.raises(TableError, match="cannot be read as GeoJSON"):
        load_units(path)


def units_at(tmp_path, features, places):
    """Return the unit of each place, by the features of a file."""
    path = tmp_path / "units.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    units = load_units(path)
    found = units.locate(*np.array(places, dtype=float).T)
    return [units.names[place] if place >= 0 else None for place in found], units.count_shared(
        *np.array(places, dtype=float).T
    )


def box(west, south, east, north):
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_a_feature_that_repeats_holds_what_it_held(tmp_path, times):
    for places in (features := [feature(ring=box(0, 0, 1, 1))] * times,):
        assert units_at(tmp_path, places, [(0.5, 0.5), (1.5, 0.5)]) == (["A", None], 0)
    many = [feature(kind="MultiPolygon", ring=[[box(0, 0, 1, 1)]] * times)]
    assert units_at(tmp_path, [*features, *many], [(0.5, 0.5), (1.5, 0.5)]) == (["A", None], 0)


def test_features_of_one_unit_that_overlap_or_touch(tmp_path):
    # The second starts inside the first; the third touches the second's east side.
    parts = [feature(ring=box(0, 0, 2, 2)), feature(ring=box(1, 1, 3, 3)), feature(ring=box(3, 1, 4, 3))]
    places = [(0.5, 0.5), (1.5, 1.5), (2.5, 2.5), (3.5, 2), (0.5, 2.5)]
    assert units_at(tmp_path, parts, places)[0] == ["A", "A", "A", "A", None]


def test_features_of_one_name_in_two_regions_are_two_units(tmp_path):
    parts = [feature(ring=box(x, 0, x + 1, 1)) for x in range(4)]
    for part, unit, region in zip(parts, ["A", "A", "A", "Obi"], ["Kogi", "Plateau", "Plateau", "Kogi"], strict=True):
        part["properties"] = {"ADM0_EN": "Nigeria", "ADM1_EN": region, "ADM2_EN": unit}
    found = units_at(tmp_path, parts, [(x + 0.5, 0.5) for x in range(4)])[0]
    assert found == ["A (Kogi)", "A (Plateau)", "A (Plateau)", "Obi"]
    for part in parts:  # regions, whose districts are features of one unit
        part["properties"]["ADM2_PCODE"] = part["properties"].pop("ADM2_EN")
    assert units_at(tmp_path, parts, [(0.5, 0.5), (3.5, 0.5)])[0] == ["Kogi", "Kogi"]


def test_a_hole_stays_a_hole_and_another_feature_may_fill_it(tmp_path):
    ring = {
        "type": "Feature",
        "properties": {"name": "A"},
        "geometry": {"type": "Polygon", "coordinates": [box(0, 0, 4, 4), box(1, 1, 2, 2)]},
    }
    assert units_at(tmp_path, [ring], [(1.5, 1.5), (3, 3)])[0] == [None, "A"]
    assert units_at(tmp_path, [ring, feature(ring=box(1, 1, 2, 2))], [(1.5, 1.5), (3, 3)])[0] == ["A", "A"]


@pytest.mark.parametrize("order", [1, -1])
def test_of_units_that_overlap_the_smallest_holds_a_place_and_it_is_counted(tmp_path, order):
    features = [feature("province", ring=box(0, 0, 10, 10)), feature("town", ring=box(4, 4, 5, 5))][::order]
    assert units_at(tmp_path, features, [(4.5, 4.5), (1, 1), (20, 1)]) == (["town", "province", None], 1)


@pytest.mark.parametrize(
    "ring",
    [
        box(178, -20, 182, -16),  # on from 180 degrees
        box(-182, -20, -178, -16),
        [
            [178, -20],
            [-178, -20],
            [-178, -16],
            [178, -16],
            [178, -20],
        ],  # by a step from one side of the map to the other
    ],
)
def test_a_unit_across_the_antimeridian(tmp_path, ring):
    places = [(179, -18), (-179, -18), (180, -18), (-180, -18), (177, -18), (-177, -18), (0, -18)]
    assert units_at(tmp_path, [feature(ring=ring)], places)[0] == ["A", "A", "A", "A", None, None, None]


def test_a_hole_across_the_antimeridian(tmp_path):
    shape = {
        "type": "Polygon",
        "coordinates": [
            [[170, 0], [-170, 0], [-170, 10], [170, 10], [170, 0]],
            [[-179, 4], [-178, 4], [-178, 5], [-179, 5], [-179, 4]],
        ],
    }
    features = [{"type": "Feature", "properties": {"name": "A"}, "geometry": shape}]
    assert units_at(tmp_path, features, [(-178.5, 4.5), (179, 4.5), (-175, 4.5)])[0] == [None, "A", "A"]


def test_the_edges_of_a_flat_map_are_no_crossing(tmp_path):
    assert units_at(tmp_path, [feature(ring=box(-180, -90, 180, -60))], [(0, -70), (179, -70), (0, -50)])[0] == [
        "A",
        "A",
        None,
    ]


def test_a_unit_round_a_pole_is_refused(tmp_path):
    ring = [[0, 80], [120, 80], [-120, 80], [0, 80]]
    with pytest.raises(TableError, match="feature 1 has an outline that goes round a pole"):
        units_at(tmp_path, [feature(ring=ring)], [(0, 0)])


def test_an_outline_that_is_not_closed_is_closed(tmp_path):
    assert units_at(tmp_path, [feature(ring=box(0, 0, 1, 1)[:4])], [(0.1, 0.5), (0.9, 0.5)])[0] == ["A", "A"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"a":' * 50_000, "line 1: cannot be read as GeoJSON: it is nested too deep"),
        ("[" * 200_000, "nested too deep"),
        ('{"features": -1}', "holds no features"),
        ('{"features": [1]}', "holds no features"),
        ('{"features": [{"properties": [], "geometry": 5}]}', "no property names"),
        ('{"features": [{"properties": {"name": "A"}, "geometry": []}]}', "feature 1 is a feature without geometry"),
        (
            '{"features": [{"properties": {"name": "A"}, "geometry": {"type": "Polygon", "coordinates": 3}}]}',
            "feature 1 has rings",
        ),
        (
            (
                '{"features": [{"properties": {"name": "A"}, "geometry": {"type": "Polygon", "coordinates": [[[1,'
                " 1e999]]]}}]}"
            ),
            "feature 1 has rings",
        ),
        ('{"features": [' + "1" * 5000 + "]}", "line 1: cannot be read as GeoJSON"),
        ("\n\n{]", "line 3: cannot be read as GeoJSON"),
        ('{"features": [{"properties": {"name": "A", "name": "B"}}]}', "'name' stands twice in one object"),
        ('{"features": [{"properties": {"name": "A", "Name": "B"}}]}', "feature 1 has the property name twice"),
    ],
)
def test_documents_that_are_no_collection_of_areas(tmp_path, content, said):
    path = tmp_path / "units.geojson"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TableError, match=said):
        load_units(path)


def test_a_file_that_changes_is_read_again(tmp_path):
    assert units_at(tmp_path, [feature(ring=box(0, 0, 1, 1))], [(0.5, 0.5)])[0] == ["A"]
    assert units_at(tmp_path, [feature("Another", ring=box(0, 0, 1, 1))], [(0.5, 0.5)])[0] == ["Another"]
