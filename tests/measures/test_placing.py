"""What can be placed and what is left out, distances, neighbours, and planes."""

import numpy as np
import pytest

from analysis.measures import placing
from tests.measures.tables import attacks_of


def test_what_cannot_be_placed_is_left_out_and_counted(incidents):
    table = incidents(
        [
            {"date": "2024-01-01", "latitude": 12.65, "longitude": -8.0},
            {"date": "2024-01-02", "latitude": 12.65, "longitude": -8.0, "geo_precision": "unstated"},
            {"date": "2024-01-03", "latitude": 12.65, "longitude": -8.0, "geo_precision": "admin1"},
            {"date": "2024-01-04"},
            {"date": "2024-01-05", "latitude": 0.0, "longitude": 0.0},
            {"date": "2024-01-06", "latitude": -8.0, "longitude": 12.65},  # exchanged
            {"date": "2024-01-07", "latitude": 40.0, "longitude": 10.0},
        ]
    )
    located = placing.place_attacks(table)
    assert located.attacks["incident_id"].tolist() == ["i0000", "i0001"]
    # A copy of all columns of a table of millions would be the largest thing in memory.
    assert list(located.attacks) == [*placing.READ, "x_km", "y_km", "coast_km", "near"]
    left = located.left_out.set_index("reason")["incident_ids"].to_dict()
    assert left == {
        "located only to the centre of an area": ["i0002"],
        "no coordinates": ["i0003"],
        "coordinates (0, 0), which stand for unknown": ["i0004"],
        "over 50 km outside the country named; inside it if latitude and longitude are exchanged": ["i0005"],
        "over 50 km outside the country named": ["i0006"],
    }
    assert len(located.attacks) + located.left_out["n_incidents"].sum() == len(table)
    assert located.problem == "all located attacks have the same coordinates"


def test_distances_are_those_of_the_map(incidents):
    # Bamako: 690 km from Guinea's coast; Diboli is at Senegal's border, so it is near.
    table = incidents(
        [
            {"date": "2024-01-01", "latitude": 12.65, "longitude": -8.0},
            {"date": "2024-01-02", "latitude": 14.46, "longitude": -12.25},
        ]
    )
    attacks = placing.place_attacks(table).attacks
    assert attacks["coast_km"].iloc[0] == pytest.approx(690, abs=10)
    assert attacks["near"].tolist() == [False, True]
    assert placing.place_attacks(table, neighbours=["GIN"]).attacks["near"].tolist() == [False, False]


def test_default_neighbours_reach_the_sea():
    assert placing.neighbours_of(["MLI"]) == ("CIV", "DZA", "GIN", "MRT", "SEN")
    assert placing.neighbours_of(["UZB"]) == ("AFG", "KAZ", "KGZ", "TJK", "TKM")  # none of them has a coast
    assert placing.name_neighbours("Senegal, GIN") == ("SEN", "GIN")
    with pytest.raises(ValueError, match="No country is called 'Wakanda'"):
        placing.name_neighbours("Wakanda")


def test_attacks_across_the_antimeridian_are_in_one_plane(incidents):
    rows = attacks_of([0, 1, 2], [(-16.5, 179.9), (-16.5, -179.9), (-16.8, 179.5)])
    attacks = placing.place_attacks(incidents([row | {"country": "FJI"} for row in rows])).attacks
    assert len(attacks) == 3
    assert np.ptp(attacks["x_km"]) < 70


def test_attacks_all_over_the_globe_have_no_plane(incidents):
    rows = [
        {"date": "2024-01-01", "latitude": 12.65, "longitude": -8.0},
        {"date": "2024-01-02", "latitude": 21.97, "longitude": 96.08, "country": "MMR"},
    ]
    located = placing.place_attacks(incidents(rows))
    assert "no plane shows more than 5,000 km truly; select countries that lie together" in located.problem
    assert len(located.attacks) == 2
