"""A selection takes what it says, and refuses what the table does not hold."""

import pandas as pd
import pytest

from analysis.incidents.check import selectable
from analysis.incidents.errors import SelectionError
from analysis.incidents.load import load_incidents
from analysis.incidents.opening import open_study
from analysis.incidents.selection import in_time_order, part_of, select_attacks, unit_of
from analysis.measures.maps import where_of
from tests.incidents.tables import acled, as_text, ged, write


@pytest.fixture(scope="module")
def incidents(tmp_path_factory):
    rows = acled(
        {"event_date": "2024-03-07", "actor1": "JNIM"},
        {"event_date": "2024-03-05", "actor1": "jnim", "geo_precision": "3"},
        {"event_date": "2024-03-06", "event_type": "Protests", "actor1": "Protesters (Mali)", "inter1": "Protesters"},
        {"event_date": "2024-03-06", "country": "Niger", "iso": "562", "latitude": "-0.2", "longitude": "0.7"},
        {
            "event_date": "2024-03-08",
            "latitude": "",
            "longitude": "",
            "admin1": "",
            "event_type": "Violence against civilians",
        },
    )
    return load_incidents(write(tmp_path_factory.mktemp("s") / "acled.csv", as_text(rows))).incidents


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({}, ["MLI2", "MLI4", "MLI1", "MLI5"]),
        ({"kind": "demonstration"}, ["MLI3"]),
        ({"kind": ""}, ["MLI2", "MLI3", "MLI4", "MLI1", "MLI5"]),
        ({"country": "Mali"}, ["MLI2", "MLI1", "MLI5"]),
        ({"country": ["ner", "Mali"]}, ["MLI2", "MLI4", "MLI1", "MLI5"]),
        ({"attacker": "jnim"}, ["MLI2", "MLI1"]),
        ({"attacker": "jihadist"}, ["MLI2", "MLI1"]),
        ({"attacker": '["jihadist", "Group A"]'}, ["MLI2", "MLI4", "MLI1", "MLI5"]),
        ({"target_type": "CIVILIANS"}, ["MLI5"]),
        (
            {"target": "military forces of nowhere", "first_day": "2024-03-06", "last_day": "2024-03-07"},
            ["MLI4", "MLI1"],
        ),
    ],
)
def test_selections_in_time_order(incidents, options, ids):
    assert select_attacks(incidents, **options)["incident_id"].tolist() == ids


@pytest.mark.parametrize(
    ("options", "phrase"),
    [
        ({"attacker": "JNMI"}, r"attacker='JNMI' is in none of the table's rows .* Did you mean JNIM"),
        ({"attacker": "zzzz"}, "Most frequent: "),
        ({"attacker": "JNIM, Group A"}, r"give attacker=\['JNIM', 'Group A'\]"),
        ({"country": "Chad"}, "country='TCD' is in none"),
        ({"country": "Mlai"}, "No country is called 'Mlai'"),
        ({"country": "Niger", "attacker": "JNIM"}, "matches none of 5 incidents"),
        ({"first_day": "2025-01-01"}, r"runs from 2024-03-05 to 2024-03-08\. Drop one of them"),
    ],
)
def test_what_the_table_does_not_hold_is_refused(incidents, options, phrase):
    with pytest.raises(SelectionError, match=phrase):
        select_attacks(incidents, **options)


def test_units_leave_out_what_is_located_too_roughly(incidents):
    by_id = incidents.set_index("incident_id", drop=False)
    assert unit_of(by_id, "country").tolist() == ["MLI", "MLI", "MLI", "NER", "MLI"]
    assert unit_of(by_id, "admin1").fillna("-").tolist() == ["MLI/Province A"] * 3 + ["NER/Province A", "-"]
    assert unit_of(by_id, "admin2").fillna("-").tolist() == [
        "MLI/Province A/District A", "-", "MLI/Province A/District A", "NER/Province A/District A", "-",
    ]  # fmt: skip
    # The south-west corner of a half-degree cell, south of the equator too.
    assert unit_of(by_id, "grid").fillna("-").tolist() == ["14.5/-4.5", "-", "14.5/-4.5", "-0.5/0.5", "-"]
    # The poles and 180 degrees lie on the edge of cells, and in no cell beyond it.
    edges = [(90, 0.2), (89.9, 0.2), (-90, 0), (-17, 180), (-17, -180), (-17, 179.9), (0.5, -0.5)]
    edged = pd.concat([by_id.iloc[[0]]] * len(edges)).assign(
        latitude=[float(north) for north, _ in edges], longitude=[float(east) for _, east in edges]
    )
    assert unit_of(edged, "grid").tolist() == [
        "89.5/0.0", "89.5/0.0", "-90.0/0.0", "-17.0/-180.0", "-17.0/-180.0", "-17.0/179.5", "0.5/-0.5",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="expected one of country, admin1, admin2, grid"):
        unit_of(by_id, "town")


def test_a_road_or_a_township_is_in_the_unit_that_is_named_as_in_a_selection_of_it(incidents):
    # UCDP locates 43 % of Myanmar so: of Rakhine 25 attacks were selected, and 16 compared and watched.
    vague = incidents[incidents["admin1"].notna()].assign(geo_precision="region")
    for unit in ("admin1", "admin2"):
        assert unit_of(vague, unit).tolist() == unit_of(vague.assign(geo_precision="exact"), unit).tolist()
    assert unit_of(vague.assign(geo_precision="country"), "admin1").isna().all()  # its name is not the attack's own
    assert unit_of(vague, "grid").isna().all()


def test_a_row_that_names_no_region_is_in_that_of_its_coordinates_whatever_counts_it(tmp_path):
    # It was on maps and in the brief alone: Magway had 26 there, and 25 by `compare`.
    inside = {"adm_1": "", "adm_2": "", "latitude": "14.5", "longitude": "-4.25"}
    rows = ged(
        *3 * [{"adm_1": "Région de Mopti"}],
        inside,
        inside | {"where_prec": "5"},  # a road's middle may lie anywhere
        inside | {"country": "Niger", "country_id": "436"},  # not in the country that it names
        {"adm_1": "Mopti", "where_prec": "6"},  # known to its country alone
    )
    path = write(tmp_path / "ged.csv", as_text(rows))
    table = load_incidents(path)
    named = table.incidents.set_index("incident_id")["admin1"]
    assert named["1004"] == "Région de Mopti"  # as most of its country's rows call it
    assert named[["1005", "1006"]].isna().all()
    study = open_study(table, country="Mali")
    keys = where_of(study).keys
    for units in (study.counted_by("admin1").units, keys.where(keys.ne("MLI"))):
        held = study.attacks.loc[units.notna(), "incident_id"].tolist()
        assert held == ["1001", "1002", "1003", "1004"]
        assert len(set(units.dropna())) == 1
    assert selectable(table)["admin1"]["Région de Mopti"] == 4
    chosen = open_study(table, country="Mali", admin1="Région de Mopti")
    assert chosen.attacks["incident_id"].tolist() == held


def test_one_point_of_several_rows_without_a_place_is_the_middle_of_their_country(tmp_path):
    # A publisher of attacks on aid workers writes it where nothing but the country is known.
    rows = ["Mopti,Town,14.5,-4.2", ",Town,14.5,-4.2", *3 * [",,17.57,-3.99"], *3 * [",,14.5,-4.2"], ",,16.5,0.2"]
    lines = [f"2024-01-0{at},Mali,{row}" for at, row in enumerate(rows, 1)]
    path = write(tmp_path / "rows.csv", "\n".join(["d,c,a,p,y,x", *lines]))
    table = load_incidents(path, mapping="date=d,country=c,admin1=a,place=p,lat=y,lon=x")
    held = table.incidents["admin1"].fillna("none").tolist()
    assert held[:2] == held[5:8][:2] == ["Mopti", "Mopti"]
    assert held[2:5] == ["none"] * 3
    assert held[8] == "Gao"


def test_a_selection_changes_nothing(incidents):
    before = incidents.copy()
    select_attacks(incidents, attacker="JNIM")
    pd.testing.assert_frame_equal(incidents, before)


@pytest.fixture(scope="module")
def parties(tmp_path_factory):
    """Two battles with JNIM on either side, one one-sided event by it, one between others."""
    rows = ged(
        {"side_b": "JNIM"},
        {
            "type_of_violence": "2",
            "side_a": "JNIM",
            "side_b": "ISSP",
            "date_start": "2020-03-06",
            "date_end": "2020-03-06",
        },
        {"type_of_violence": "3", "side_a": "JNIM", "side_b": "Civilians"},
        {"type_of_violence": "2", "side_a": "Clan Y", "side_b": "Clan X"},
        {"side_b": "JNIM", "date_start": "2020-01-01", "date_end": "2020-02-29", "best": "80"},
    )
    return load_incidents(write(tmp_path_factory.mktemp("p") / "ged.csv", as_text(rows))).incidents


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({}, ["1001", "1003", "1004", "1002"]),
        ({"actor": "JNIM"}, ["1001", "1003", "1002"]),
        ({"actor": "Groupe de soutien à l'islam et aux musulmans (GSIM)"}, ["1001", "1003", "1002"]),
        ({"actor": ["ISSP", "Clan X"]}, ["1004", "1002"]),
        ({"actor": "jihadist"}, ["1001", "1003", "1002"]),
        ({"attacker": "jnim"}, ["1003"]),
        ({"actor": "Cl\u00e1n  Y"}, ["1004"]),
        ({"event_type": "state-based"}, ["1001"]),
        ({"event_type": "State-based violence"}, ["1001"]),
        ({"event_type": ["3", "non-state"]}, ["1003", "1004", "1002"]),
        ({"event_type": "attacks"}, ["1001", "1003", "1004", "1002"]),
        ({"kind": "summary"}, ["1005"]),
    ],
)
def test_parties_and_types(parties, options, ids):
    assert select_attacks(parties, **options)["incident_id"].tolist() == ids


@pytest.mark.parametrize(
    ("written", "asked"),
    [("2", "2"), ("One-sided violence", "one-sided violence"), ("State-based", "1"), ("Non-state", "non-state")],
)
def test_a_type_is_found_as_the_table_writes_it(parties, written, asked):
    """A plain table's types 1, 2 and 3 were listed by `check`, and each matched none of its rows."""
    plain = parties.assign(event_type=pd.Series(written, index=parties.index, dtype="str"))
    assert len(select_attacks(plain, event_type=asked)) == 4


def test_types_of_acled_go_before_the_default(incidents):
    assert select_attacks(incidents, event_type="Protests")["incident_id"].tolist() == ["MLI3"]
    assert select_attacks(incidents, event_type=["protests", "battles"])["incident_id"].tolist() == [
        "MLI2",
        "MLI3",
        "MLI4",
        "MLI1",
    ]
    assert len(select_attacks(incidents, event_type="Armed clash")) == 5  # the sub-event type
    with pytest.raises(SelectionError, match=r"event_type='Protest' is in none .* Did you mean Protests"):
        select_attacks(incidents, event_type="Protest")


def test_a_party_that_is_nowhere_said_to_attack_is_found_by_actor(parties):
    with pytest.raises(
        SelectionError,
        match=r"does not say of any event that ISSP attacked, but names it as a party of 1\. Use actor='ISSP'",
    ):
        select_attacks(parties, attacker="ISSP")


def test_pairs_do_not_depend_on_the_order_of_sides(parties):
    pairs = part_of(parties, "pair").tolist()
    assert pairs == [
        "Government of Mali and JNIM",
        "ISSP and JNIM",
        "JNIM and civilians",
        "Clan X and Clan Y",
        "Government of Mali and JNIM",
    ]
    turned = parties.rename(columns={"actor_a": "actor_b", "actor_b": "actor_a"})
    assert part_of(turned, "pair").tolist() == pairs
    with pytest.raises(SelectionError, match="cannot be split by 'town'"):
        part_of(parties, "town")


def test_a_pair_with_nobody(incidents):
    nobody = incidents.assign(
        actor_a=["Unknown"] * len(incidents), actor_b=[None, "Unknown", "JNIM", "Civilians (Mali)", "JNIM"]
    )
    assert part_of(nobody, "pair").fillna("-").tolist() == [
        "-",
        "-",
        "JNIM and others unidentified",
        "-",
        "JNIM and others unidentified",
    ]


def test_a_table_without_values_at_a_level_has_no_units_there(incidents):
    nowhere = incidents.assign(admin1=None, latitude=float("nan"), longitude=float("nan"))
    for unit in ("admin1", "admin2", "grid"):
        assert unit_of(nowhere.astype({"admin1": "str"}), unit).isna().all()


def test_incidents_in_time_order_are_not_moved_and_others_are():
    rows = [("2024-01-02", "b"), ("2024-01-02", "a"), ("2024-01-01", "c"), ("2024-01-02", "Z")]
    table = pd.DataFrame(rows, columns=["date_start", "incident_id"]).astype({"date_start": "datetime64[us]"})
    ordered = in_time_order(table)
    assert ordered["incident_id"].tolist() == ["c", "Z", "a", "b"]
    pd.testing.assert_frame_equal(in_time_order(ordered), ordered)
    swapped = ordered.iloc[[0, 2, 1, 3]]  # of one day, ids the wrong way round
    assert in_time_order(swapped)["incident_id"].tolist() == ["c", "Z", "a", "b"]
    assert in_time_order(ordered.iloc[:0]).empty
