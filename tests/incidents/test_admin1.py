"""First-order units: their shapes, and which of them a name means."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from analysis.incidents.admin1 import (
    NO_MATCH,
    PART,
    SAME,
    _aliases,
    _known,
    admin1_codes,
    countries_near,
    country_shape,
    load_admin1,
    locate_admin1,
    match_admin1,
    match_among,
)
from analysis.incidents.boundaries import load_countries
from analysis.incidents.places import find_iso3

UCDP = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "ucdp"
SLICES = (
    "GEDEvent_v24_1_Myanmar",
    "GEDEvent_v23_1_CentralAfricanRepublic",
    "GEDEvent_v23_1_sample1000",
    "hdx_conflict_data_BGD",
)


@pytest.mark.parametrize(
    ("code", "name", "unit", "relation"),
    [
        ("MLI", "Mopti", "Mopti", SAME),
        ("USA", "TX", "Texas", SAME),
        ("BRA", "SP", "São Paulo", SAME),
        ("MLI", "Mopti region", "Mopti", SAME),
        ("MLI", "Région de Mopti", "Mopti", SAME),
        ("MLI", "SEGOU", "Ségou", SAME),
        ("MLI", "Tombouctou", "Timbuktu", SAME),
        ("MLI", "Ménaka", "Gao", PART),
        ("BFA", "Centre Nord region", "Centre-Nord", SAME),
        ("BFA", "Yatenga", "Nord", PART),
        ("MMR", "Magway  region", "Magway", SAME),
        ("MMR", "Karen state", "Kayin", SAME),
        ("MMR", "Naypyidaw Union territory", "Mandalay", PART),
        ("SYR", "Deir-ez-Zor", "Deir ez Zor", SAME),
        ("SYR", "Rural Damascus", "Rif Dimashq", SAME),
        ("TUN", "Gouvernorat de Kasserine", "Kassérine", SAME),
        ("DZA", "Wilaya de Tizi Ouzou", "Tizi Ouzou", SAME),
        ("COD", "Ituri province", "Orientale", PART),
        ("SDN", "Northern Darfur state", "North Darfur", SAME),
        ("CMR", "Far North region", "Extrême-Nord", SAME),
        ("UGA", "Gulu district", "Northern", PART),
        ("KEN", "Baringo county", "Rift Valley", PART),
    ],
)
def test_a_publishers_name_finds_its_unit(code, name, unit, relation):
    match = match_admin1(code, name)
    assert (match.unit, match.relation, match.country) == (unit, relation, code)


@pytest.mark.parametrize("name", ["", "x" * 80, "စစ်ကိုင်းတိုင်း", "region", "Transvaal", "()", "'"])
def test_a_name_that_fits_nothing_is_told_as_such(name):
    assert match_admin1("ZAF", name) == NO_MATCH
    assert match_admin1("XXX", name) == NO_MATCH


def test_a_unit_that_another_country_holds_on_the_map_is_found_there():
    assert match_admin1("ISR", "Gaza Strip").country == "PSE"
    assert match_admin1("SDN", "Upper Nile state").country == "SSD"


def test_a_later_unit_of_the_same_name_is_not_the_older_smaller_one():
    assert match_admin1("NPL", "Karnali zone").unit == "Karnali"
    assert match_admin1("NPL", "Karnali Province") == NO_MATCH


def test_a_spelling_that_two_units_share_means_neither():
    assert match_admin1("MEX", "Baja California state").unit == "Baja California"
    assert match_admin1("MEX", "Baja California Sur state").unit == "Baja California Sur"
    assert match_among(["North region", "North district"], "North") == NO_MATCH
    assert match_among(["North region", "South"], "north").unit == "North region"
    assert match_among(["Gao", "Tombouctou"], "Timbuktu", country="MLI").unit == "Tombouctou"
    assert match_among(["Tombouctou", "Région de Tombouctou"], "Timbuktu", country="MLI") == NO_MATCH
    assert match_among(["Gao", "Tombouctou"], "Timbuktu") == NO_MATCH


def test_every_alias_leads_to_a_unit_of_the_map_and_says_how():
    for code, aliases in _aliases().items():
        for name, match in aliases:
            if match != NO_MATCH:
                assert match.unit in load_admin1(match.country).names, (code, name)
                assert match.relation in (SAME, PART), (code, name)


def test_every_unit_is_found_by_its_own_name():
    lost = [
        (code, name)
        for code in admin1_codes()
        for name in load_admin1(code).names
        if match_admin1(code, name).unit != name
    ]
    # Two units of one name but for the word for their kind.
    assert len(lost) <= 6, lost
    assert _known("MLI")["mopti"].unit == "Mopti"


def test_nearly_every_country_of_the_world_has_units():
    missing = set(load_countries().codes) - set(admin1_codes())
    assert len(missing) <= 6, missing
    assert {"MLI", "BFA", "NER", "SSD", "XKX", "PSE", "ESH", "SYR", "MMR"} <= set(admin1_codes())
    assert all(len(code) == 3 and code.isupper() for code in admin1_codes())


@pytest.mark.parametrize(
    ("code", "n"), [("MLI", 9), ("BFA", 13), ("MMR", 14), ("CAF", 17), ("NGA", 37), ("SYR", 14), ("BGD", 7)]
)
def test_shapes_are_sound_and_do_not_overlap(code, n):
    units = load_admin1(code)
    assert len(units.names) == n
    assert shapely.is_valid(units.shapes).all()
    together = country_shape(code).area
    assert shapely.area(units.shapes).sum() == pytest.approx(together, rel=0.002)


def test_places_lie_in_their_units_and_border_towns_in_the_nearest():
    longitude = np.array([-4.2, -3.0, 0.0, np.nan, 30.0])
    latitude = np.array([14.5, 16.77, 16.27, 14.0, 0.0])
    found = locate_admin1("MLI", longitude, latitude)
    names = load_admin1("MLI").names
    assert [names[i] if i >= 0 else "" for i in found] == ["Mopti", "Timbuktu", "Gao", "", ""]
    just_outside = locate_admin1("MLI", np.array([-12.35]), np.array([14.5]))
    assert names[just_outside[0]] == "Kayes"
    assert locate_admin1("XXX", longitude, latitude).tolist() == [-1] * 5


def test_the_made_up_countries_have_their_made_up_regions():
    assert load_admin1("XZB").names == ("Lower Belm", "Port Belm")
    assert match_admin1("XZA", "Osthal region").unit == "Osthal"


def test_countries_near_a_box_are_those_that_meet_it():
    near = countries_near(-5, 12, 1, 16)
    assert {"MLI", "BFA", "NER"} <= set(near)
    assert not {"SYR", "COD"} & set(near)


def test_ucdp_names_are_matched_nearly_all():
    if not UCDP.exists():
        pytest.skip("the UCDP slices are not beside this checkout")
    tables = [
        pd.read_csv(path, low_memory=False, usecols=["country", "adm_1"])
        for path in UCDP.glob("*.csv")
        if path.stem in SLICES
    ]
    rows = pd.concat(tables).dropna()
    rows = rows[~rows["adm_1"].str.startswith("#")]
    distinct = rows.value_counts().reset_index(name="n")
    codes = [find_iso3(name) or find_iso3(name.split(" (")[0]) for name in distinct["country"]]
    held = np.array([match_admin1(code, name) != NO_MATCH for code, name in zip(codes, distinct["adm_1"], strict=True)])
    assert held.mean() > 0.975
    assert distinct["n"][held].sum() / distinct["n"].sum() > 0.995
