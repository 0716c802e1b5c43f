"""A selection takes what it says, and refuses what the table does not hold."""

import pandas as pd
import pytest

from analysis.incidents.errors import SelectionError
from analysis.incidents.load import load_incidents
from analysis.incidents.selection import select_attacks, unit_of
from tests.incidents.tables import acled, as_text, write


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
        ({"attacker": "JNMI"}, r"--attacker 'JNMI' is in none of the table's rows .* Did you mean JNIM"),
        ({"attacker": "zzzz"}, "Most frequent: "),
        ({"attacker": "JNIM, Group A"}, r'--attacker "JNIM" --attacker "Group A"'),
        ({"country": "Chad"}, "--country 'TCD' is in none"),
        ({"country": "Mlai"}, "No country is called 'Mlai'"),
        ({"country": "Niger", "attacker": "JNIM"}, "matches none of 5 incidents"),
        ({"first_day": "2025-01-01"}, r"runs from 2024-03-05 to 2024-03-08\. Drop one of the options"),
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
    with pytest.raises(ValueError, match="expected one of country, admin1, admin2, grid"):
        unit_of(by_id, "town")


def test_a_selection_changes_nothing(incidents):
    before = incidents.copy()
    select_attacks(incidents, attacker="JNIM")
    pd.testing.assert_frame_equal(incidents, before)
