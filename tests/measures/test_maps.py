"""What maps are drawn from: every attack counted once, at the level it is located to."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.incidents.opening import open_study
from analysis.measures import maps
from analysis.measures.maps import FEW, MORE, NEW, NONE, UNKNOWN, _judged, where_of
from tests.measures.tables import make_incidents, make_study

MOPTI = {"latitude": 14.5, "longitude": -4.2, "admin1": "Mopti"}


def rows(n, day="2024-12", first=5, **of):
    return [{"date": f"{day}-{first + place:02d}", **of} for place in range(n)]


def study_of(table, **more):
    return make_study(make_incidents(table), start="2023-01-01", as_of="2024-12-31", **more)


def select(study, *countries):
    return replace(study, selection=replace(study.selection, country=countries))


@pytest.fixture(scope="module")
def where():
    months = pd.date_range("2023-01-05", "2024-11-05", freq="MS") + pd.Timedelta(days=4)
    table = [{"date": f"{day:%Y-%m-%d}", **MOPTI} for day in months]
    table += rows(12, **MOPTI, locality="Bandiagara")
    table += rows(2, first=5, admin1="Région de Ségou", geo_precision="admin1")
    table += rows(1, first=7, admin1="Ségou", geo_precision="region")
    table += rows(1, first=8, admin1="Ménaka", geo_precision="admin1")
    table += rows(1, first=9, latitude=16.27, longitude=0.0, admin1=None)
    table += rows(1, first=10, admin1=None, geo_precision="country")
    table += rows(1, first=11, admin1="Atlantis", geo_precision="admin1")
    return where_of(study_of(table))


def test_every_attack_of_the_period_is_counted_once(where):
    assert where.n == 19
    assert where.units["n"].sum() == 19


def test_rough_attacks_count_for_the_region_that_the_table_names(where):
    units = where.units.set_index("name")
    assert units.loc["Mopti", "n"] == 12
    assert units.loc["Mopti", "n_rough"] == 0
    segou = units.loc[["Région de Ségou", "Ségou"]]
    assert segou["n"].tolist() == [2, 1] or segou["n"].sum() == 3
    assert segou["n_rough"].sum() == 3
    assert set(segou["shape"]) == {"MLI/Ségou"}


def test_a_newer_region_is_drawn_in_the_older_one_and_keeps_its_row(where):
    menaka = where.units.set_index("name").loc["Ménaka"]
    assert (menaka["shape"], menaka["relation"], menaka["n"]) == ("MLI/Gao", "part", 1)


def test_units_of_one_shape_are_judged_together(where):
    areas = where.areas.set_index("shape")
    gao = areas.loc["MLI/Gao"]
    assert (gao["n"], gao["inside"]) == (2, "Ménaka")
    assert areas.index[areas.index != ""].is_unique
    assert where.areas["n"].sum() == where.units["n"].sum()
    assert areas.loc["MLI/Mopti", "change"] == MORE
    segou = areas.loc["MLI/Ségou"]
    assert (segou["n"], segou["n_rough"]) == (3, 3)


def test_a_rise_that_only_the_whole_shape_shows_is_told_of_the_shape():
    table = [
        {"date": f"{day:%Y-%m-%d}", "admin1": "Gao", "geo_precision": "admin1"}
        for day in pd.date_range("2023-01-05", "2024-11-05", freq="30D")
    ]
    table += rows(7, admin1="Gao", geo_precision="admin1") + rows(7, first=15, admin1="Ménaka", geo_precision="admin1")
    where = where_of(study_of(table))
    area = where.areas.set_index("shape").loc["MLI/Gao"]
    assert (area["n"], area["change"]) == (14, MORE)
    assert area["value"] > where.units.set_index("name").loc["Gao", "value"]


@pytest.mark.parametrize(("usual", "recent", "change"), [(0.25, 3, NEW), (0.26, 3, FEW), (0.25, 2, FEW)])
def test_a_place_where_next_to_none_is_usual_is_not_too_few_to_say(usual, recent, change):
    table = pd.DataFrame({"usual": [usual], "recent": float(recent), "direction": "", "ratio": 12.0})
    study = SimpleNamespace(window_problem=lambda: "")
    assert _judged(study, table)[0]["change"].tolist() == [change]
    assert _judged(study, table.assign(direction="up"))[0]["change"].tolist() == [MORE]


def test_coordinates_place_what_no_name_does(where):
    units = where.units[where.units["shape"].eq("MLI/Gao")]
    assert sorted(units["n"]) == [1, 1]


def test_change_is_judged_as_the_brief_does(where):
    units = where.units.set_index("name")
    assert units.loc["Mopti", "change"] == MORE
    assert units.loc["Mopti", "usual"] == pytest.approx(1.0, abs=0.1)
    assert units.loc["Mopti", "low"] < units.loc["Mopti", "value"] < units.loc["Mopti", "high"]
    assert units.loc["Ménaka", "change"] == FEW
    assert units.loc["Kidal", "change"] == NONE
    assert units.loc["Kidal", "status"] == "not_computed"
    assert units.loc["Kidal", "reason"]


def test_every_region_of_the_country_has_a_row_and_a_shape(where):
    drawn = where.units[where.units["shape"].ne("")]
    assert drawn["shape"].nunique() == 9
    assert set(where.shapes.loc[where.shapes["kind"].eq("unit"), "shape"]) == set(drawn["shape"])
    assert "DZA" in set(where.shapes.loc[where.shapes["kind"].eq("neighbour"), "shape"])
    # Drawn under the name that the table gives it.
    assert "Mopti" in set(where.labels["name"])


def test_the_frame_fits_the_country_and_no_outlier(where):
    far = study_of([*rows(2, **MOPTI), *rows(1, first=9, latitude=40.0, longitude=30.0, admin1=None)])
    left, right, bottom, top = where_of(far).frame
    assert (left, right, bottom, top) == pytest.approx(where.frame)
    assert right - left < 2500


def test_places_hold_attacks_at_one_point_together(where):
    assert where.places.groupby("name")["n"].sum()["Bandiagara"] == 12
    assert where.places.duplicated(["x_km", "y_km", "offensive"]).sum() == 0
    assert where.places["n"].sum() == 13  # twelve, and the one that coordinates alone place


def test_one_attack_makes_a_map_and_a_short_history_no_change():
    study = make_study(make_incidents(rows(1, **MOPTI)), start="2024-12-01", as_of="2024-12-31")
    where = where_of(study)
    assert where.n == 1
    assert where.units["change"].eq(UNKNOWN).all()
    assert where.units["usual"].isna().all()
    assert where.units["reason"].str.len().gt(0).all()


def test_a_history_of_days_is_counted_all_the_same():
    study = make_study(make_incidents(rows(3, **MOPTI)), start="2024-12-04", as_of="2024-12-12")
    where = where_of(study)
    assert where.n == 3
    assert where.units["usual"].isna().all()


def test_a_period_without_attacks_has_zeros_and_shapes():
    where = where_of(study_of(rows(5, day="2023-06", **MOPTI)))
    assert where.n == 0
    assert where.places.empty
    assert len(where.shapes)


def test_a_country_that_the_file_lacks_is_a_problem_with_its_reason():
    study = study_of([row | {"country": "XGG"} for row in rows(3, **MOPTI)])
    study = select(study, "XGG")
    where = where_of(study)
    assert where.problem
    assert where.units["n"].sum() == 3


def test_a_country_that_the_coverage_leaves_out_is_unknown():
    study = study_of(
        [
            *rows(2, **MOPTI),
            *({**row, "country": "NER", "admin1": "Diffa"} for row in rows(1, latitude=13.3, longitude=12.6)),
        ]
    )
    unknown = where_of(select(study, "MLI", "NER")).unknown
    assert "NER/Diffa" in unknown
    assert not any(key.startswith("MLI") for key in unknown)


def write(path, features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def box(name, west, south, east, north):
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_a_users_boundaries_go_first(tmp_path):
    study = study_of(
        [
            *rows(3, **MOPTI),
            *rows(1, first=9, admin1="South", geo_precision="admin1"),
            *rows(1, first=12, latitude=20.0, longitude=-4.2),
        ]
    )
    units = [box("North", -6, 14, -2, 16), box("South", -6, 12, -2, 14), box("Quiet", -2, 17, 0, 18)]
    units += [box("Of Niger", 6, 14, 8, 16), box("Of Algeria", -4.5, 19.5, -4, 40)]
    study.beside["boundaries"] = write(tmp_path / "u.geojson", units)
    where = where_of(study)
    assert where.level == "given"
    # Those of other countries are none of the study's units, but where a row lies in one.
    assert set(where.areas["shape"]) - {""} == {"North", "South", "Quiet", "Of Algeria"}
    by_shape = where.units[where.units["shape"].ne("")].groupby("shape")["n"].sum()
    assert by_shape.to_dict() == {"North": 3, "South": 1, "Quiet": 0, "Of Algeria": 1}
    assert where.n == 5


def test_a_place_has_its_country_where_there_are_several():
    table = [*rows(1, **MOPTI), *rows(1, first=6, country="NER", admin1="Diffa", locality="Bosso")]
    table += rows(1, first=7, country="NER", admin1=None, geo_precision="country", latitude=None, longitude=None)
    study = study_of(table)
    both = select(study, "MLI", "NER")
    assert maps.place_names(both, study.attacks).tolist() == ["Mopti (Mali)", "Bosso (Niger)", "Niger"]
    assert maps.place_names(study, study.attacks).tolist() == ["Mopti", "Bosso", "Niger"]


def test_a_unit_that_lies_in_several_areas_is_counted_where_its_attacks_lie(tmp_path):
    """Before, all of them were drawn in the area of the first."""
    gao = {"latitude": 16.27, "longitude": 0.0}
    table = [*rows(3, **MOPTI | {"admin1": "North"}), *rows(4, first=9, **gao, admin1="North")]
    table += rows(1, first=14, admin1="North", geo_precision="admin1")
    where = where_of(study_of(table))
    assert where.units.set_index("unit").loc[["MLI/Mopti", "MLI/Gao", "MLI/North"], "n"].tolist() == [3, 4, 1]
    assert (where.n, where.n_off_map) == (8, 1)
    study = study_of([row | {"admin1": "Mopti"} for row in table])
    study.beside["boundaries"] = write(
        tmp_path / "u.geojson", [box("District A", -6, 14, -2, 16), box("District B", -2, 16, 2, 18)]
    )
    units = where_of(study).units.set_index("unit")
    assert units.loc[["District A", "District B", "MLI/Mopti"], "n"].tolist() == [3, 4, 1]


def test_a_region_called_as_one_of_its_districts_is_not_that_district(tmp_path):
    table = [*rows(3, **MOPTI), *rows(4, first=9, latitude=13.5, longitude=-3.5, admin1="Mopti")]
    table += rows(1, first=14, admin1="Mopti", geo_precision="admin1")
    study = study_of(table)
    districts = [box("Mopti", -6, 14, -2, 16), box("Bankass", -6, 12, -2, 14)]
    study.beside["boundaries"] = write(tmp_path / "u.geojson", districts)
    where = where_of(study)
    units = where.units.set_index("unit").loc[["Mopti", "Bankass", "MLI/Mopti"]]
    assert units["n"].tolist() == [3, 4, 1]
    assert units["name"].tolist() == ["Mopti", "Bankass", "Mopti (not on the map)"]
    assert where.n_off_map == 1


def test_attacks_that_coordinates_alone_place_are_no_unit_beside_the_named_one():
    timbuktu = {"latitude": 16.8, "longitude": -3.0}
    table = [*rows(3, admin1="Timbuktu", **timbuktu), *rows(2, first=10, admin1=None, **timbuktu)]
    hit = where_of(study_of(table)).units.query("n > 0")
    assert hit[["unit", "name", "n"]].to_numpy().tolist() == [["MLI/Timbuktu", "Timbuktu", 5]]


def test_units_of_one_name_in_two_countries_are_told_apart(tmp_path):
    """By the bracket that a map's own parents put behind them, and rows without a unit by the country they name."""
    west, east = {"latitude": 13.0, "longitude": 0.5}, {"latitude": 4.0, "longitude": 14.0}
    table = [*rows(2, country="BFA", admin1="Est", geo_precision="admin1"), *rows(1, first=9, country="BFA", **west)]
    table += [*rows(3, first=10, country="CMR", admin1="Est", geo_precision="admin1")]
    table += rows(2, first=14, country="CMR", **east)
    for parent in ("Burkina Faso", "Cameroun"), ("BFA", "CMR"), None:
        parts = [box("Est", 0, 12, 1, 14), box("Est", 13, 3, 15, 5)]
        for part, country in zip(parts, parent or ("", ""), strict=True):
            part["properties"] = {"ADM1_FR": "Est"} | ({"ADM0_FR": country} if country else {})
        study = select(study_of(table), "BFA", "CMR")
        study.beside["boundaries"] = write(tmp_path / f"{parent}.geojson", parts)
        units = where_of(study).units.set_index("unit")
        assert units["n"].to_dict() == {"BFA/Est": 3, "CMR/Est": 5}
        shapes = [f"Est ({name})" for name in parent] if parent else ["Est", "Est"]
        assert units.loc[["BFA/Est", "CMR/Est"], "shape"].tolist() == shapes


def counts_file(path, names=("Mopti", "Gao", "Nowhere")):
    weeks = pd.date_range("2023-01-07", "2024-12-28", freq="7D")
    table = pd.DataFrame(
        [
            {"WEEK": f"{week:%Y-%m-%d}", "COUNTRY": "Mali", "ADMIN1": name, "EVENT_TYPE": "Battles",
                "SUB_EVENT_TYPE": "Armed clash",
             "EVENTS": place + (5 if week.year == 2024 and week.month == 12 and place == 0 else 0), "FATALITIES": 1}
            for week in weeks for place, name in enumerate(names)
        ]
    )  # fmt: skip
    table.to_csv(path, index=False)
    return path


def test_a_table_of_counts_is_mapped_by_its_units_names(tmp_path):
    where = where_of(open_study(counts_file(tmp_path / "weeks.csv")))
    units = where.units.set_index("name")
    assert units.loc["Mopti", "shape"] == "MLI/Mopti"
    assert units.loc["Mopti", "n"] > 0
    assert where.places.empty
    assert where.n == where.units["n"].sum()


def test_a_table_without_places_is_mapped_by_country():
    table = [{"date": f"2024-12-{day:02d}", "geo_precision": "country"} for day in range(5, 9)]
    study = study_of(table)
    where = where_of(study)
    assert where.level == "country"
    assert where.units[["shape", "n"]].values.tolist() == [["MLI", 4]]


def test_countries_too_far_apart_are_told():
    study = study_of(
        [
            *rows(1, **MOPTI),
            *({**row, "country": "MMR", "admin1": "Shan"} for row in rows(1, latitude=21.0, longitude=97.0)),
        ]
    )
    where = where_of(select(study, "MLI", "MMR", "MEX"))
    assert where.problem
    assert where.units["n"].sum() == 2
    assert where.n_hit == (2, 2)  # it was 0, and a title said "0 of 86 regions are hit" of 38 events


def test_of_a_country_wider_than_a_plane_the_part_that_was_hit_is_drawn():
    chechnya = {"country": "RUS", "admin1": "Chechnya", "latitude": 43.3, "longitude": 45.7}
    of_one = select(study_of([{"date": f"2024-12-{day:02d}", **chechnya} for day in (3, 9)]), "RUS")
    where = where_of(of_one)
    west, east, south, north = where.frame
    assert not where.problem
    assert max(east - west, north - south) < 1000
    assert where.units["n"].sum() == 2
    far = {"country": "RUS", "admin1": "Chukchi Autonomous Okrug", "latitude": 66.0, "longitude": -175.0}
    both = study_of([{"date": "2024-12-03", **chechnya}, {"date": "2024-12-09", **far}])
    assert "too far from one another" in where_of(select(both, "RUS")).problem


def test_offensives_are_numbered_in_order_of_time():
    study = open_study()
    numbers = maps.offensive_numbers(study)
    assert sorted(set(numbers.values())) == list(range(1, len(set(numbers.values())) + 1))
    where = where_of(study)
    assert set(where.places["offensive"]) <= {0, *numbers.values()}
    assert np.isfinite(where.places[["x_km", "y_km"]].to_numpy()).all()
