"""Joining attacks into operations, and what a count of operations is worth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import load_claims, load_incidents
from analysis.incidents.errors import SelectionError
from analysis.incidents.study import DAY
from analysis.measures import offensives
from analysis.measures.offensives import DEFAULT, Definition, Significance
from analysis.resources import resource
from tests.measures.tables import make_incidents, make_study

ALL = Definition(significance=Significance(min_sites=1))


@pytest.fixture(scope="module")
def sahel():
    return load_incidents(resource("data/sahel/incidents.csv")).incidents


def test_same_day_sites_of_one_attacker_are_one_operation(incidents):
    attacks = incidents(
        [
            {"date": "2024-01-01", "locality": "x"},
            {"date": "2024-01-01", "locality": "y"},
            {"date": "2024-01-01", "locality": "z", "attacker": "B"},
            {"date": "2024-01-02", "locality": "x"},
        ]
    )
    assert offensives.link_attacks(attacks).tolist() == [0, 0, 1, 2]
    assert offensives.link_attacks(attacks, max_gap_days=1).tolist() == [0, 0, 1, 0]
    found = offensives.find_offensives(attacks)
    assert found["incident_ids"].tolist() == [["i0000", "i0001"]]
    assert found["n_sites"].tolist() == [2]


def test_a_chain_joins_its_ends(incidents):
    # Days 0, 1, 2 with a gap of one: the ends are two days apart and still one component.
    attacks = incidents([{"date": f"2024-01-0{day}"} for day in (1, 2, 3, 6)])
    assert offensives.link_attacks(attacks, max_gap_days=1).tolist() == [0, 0, 0, 1]


def test_distance_limit_splits_what_days_join(incidents):
    # One degree of latitude is 111.2 km.
    places = [{"latitude": 14.0}, {"latitude": 15.0}, {"latitude": 19.0}]
    attacks = incidents([{"date": "2024-01-01", "longitude": 0.0, **place} for place in places])
    assert offensives.link_attacks(attacks, max_km=112).tolist() == [0, 0, 1]
    assert offensives.link_attacks(attacks, max_km=111).tolist() == [0, 1, 2]
    assert offensives.link_attacks(attacks).tolist() == [0, 0, 0]


def test_an_attack_without_coordinates_meets_no_distance_limit(incidents):
    attacks = incidents([{"date": "2024-01-01", "latitude": 14.0, "longitude": 0.0}, {"date": "2024-01-01"}])
    assert offensives.link_attacks(attacks, max_km=5000).tolist() == [0, 1]
    assert offensives.link_attacks(attacks).tolist() == [0, 0]


def test_rough_dates_and_unnamed_attackers_are_not_linked(incidents):
    attacks = incidents(
        [
            {"date_start": "2024-01-01", "date_end": "2024-01-31", "date_precision": "month"},
            {"date": "2024-01-01", "date_precision": "week"},
            {"date": "2024-01-01", "attacker": None},
            {"date_start": "2024-01-01", "date_end": "2024-01-03"},
        ]
    )
    assert offensives.link_attacks(attacks).tolist() == [-1, -1, -1, 0]


@pytest.mark.parametrize("max_km", [np.inf, 150.0])
def test_linking_matches_a_plain_search_over_all_pairs(incidents, max_km):
    generator = np.random.default_rng(7)
    rows = [
        {
            "date_start": pd.Timestamp("2024-01-01") + int(day) * DAY,
            "date_end": pd.Timestamp("2024-01-01") + int(day + extra) * DAY,
            "latitude": 10 + 5 * north,
            "longitude": 5 * east,
            "attacker": "AB"[who],
        }
        for day, extra, north, east, who in zip(
            generator.integers(0, 120, 80), generator.integers(0, 3, 80), generator.random(80), generator.random(80),
            generator.integers(0, 2, 80), strict=True,
        )
    ]  # fmt: skip
    attacks = incidents(rows)
    labels = offensives.link_attacks(attacks, max_gap_days=1, max_km=max_km)
    groups = list(range(len(attacks)))
    for i, a in enumerate(attacks.itertuples()):
        for j, b in enumerate(attacks.itertuples()):
            gap = max((b.date_start - a.date_end) / DAY, (a.date_start - b.date_end) / DAY)
            km = offensives._distance_km(attacks, np.array([i]), np.array([j]))[0]
            if i < j and a.attacker == b.attacker and gap <= 1 and km <= max_km:
                groups = [groups[i] if group == groups[j] else group for group in groups]
    same = pd.DataFrame({"a": labels, "b": groups}).drop_duplicates()
    assert same["a"].is_unique
    assert same["b"].is_unique


def test_row_order_and_names_do_not_matter(sahel):
    found = offensives.find_offensives(sahel)
    shuffled = offensives.find_offensives(sahel.sample(frac=1, random_state=3))
    assert found["n_sites"].tolist() == shuffled["n_sites"].tolist()
    renamed = sahel.assign(attacker=sahel["attacker"].map(lambda name: f"group {name[::-1]}", na_action="ignore"))
    assert offensives.find_offensives(renamed)["date_start"].tolist() == found["date_start"].tolist()


def test_claims_raise_the_highest_figure_only(incidents):
    attacks = incidents([{"date": "2024-01-01", "fatalities_low": 3.0, "fatalities_high": 5.0, "reported_wave": "w"}])
    claims = pd.DataFrame(
        {
            "wave_or_incident": ["w", "w", "w"],
            "claimant": ["army", "army", "group"],
            "subject_side": ["attacker", "attacker", "defender"],
            "measure": ["killed", "killed", "wounded"],
            "value": [80.0, 70.0, 900.0],
        }
    )
    found = offensives.find_offensives(attacks, claims=claims)
    assert found["deaths_high"].tolist() == [80]
    assert found["deaths_low"].tolist() == [3]
    assert offensives.find_offensives(attacks).empty  # one site, 5 deaths at most: no offensive without the claim


def test_default_linking_agrees_best_with_reported_waves(sahel):
    """The default is the best rule of the grid on the embedded table, whatever count of offensives it gives."""
    table = offensives.linking_agreement(sahel)
    assert (table.loc[0, "max_gap_days"], table.loc[0, "max_km"]) == (DEFAULT.max_gap_days, DEFAULT.max_km)
    assert table["value"].is_monotonic_decreasing


def test_sensible_definitions_give_two_to_four_offensives_in_june_2025(sahel):
    """1 June to 1 July 2025, JNIM in Mali: a distance limit splits the seven-town wave, a gap of a day joins two
    attacks.
    """
    attacks = sahel[sahel["country"].eq("MLI") & sahel["attacker"].eq("JNIM")]
    grid = offensives.definition_grid(
        attacks,
        spans={"window": (pd.Timestamp("2025-06-01"), pd.Timestamp("2025-07-02"))},
        claims=load_claims(resource("data/sahel/claims.csv")).claims,
    )
    default = grid.loc[grid["is_default"], "value"].item()
    assert 2 <= default <= 4
    nearest = grid[grid["significance"].eq(str(DEFAULT.significance))].set_index(["max_gap_days", "max_km"])["value"]
    assert nearest[0, 300.0] > nearest[0, np.inf]  # the wave of 1 July spans more than 300 km
    assert nearest[1, np.inf] < nearest[0, np.inf]  # Boulkessi on 1 June and Timbuktu on 2 June become one
    assert len(grid) == 64
    assert grid["is_default"].sum() == 1


def test_seven_towns_are_one_offensive(sahel):
    found = offensives.find_offensives(sahel[sahel["country"].eq("MLI") & sahel["attacker"].eq("JNIM")])
    wave = sahel.loc[sahel["reported_wave"].eq("MLI-2025-07-01-west"), "incident_id"]
    holding = found[found["incident_ids"].map(lambda ids: set(wave) <= set(ids))]
    assert len(wave) == 7
    assert holding["date_start"].tolist() == [pd.Timestamp("2025-07-01")]


def test_coordination_test_holds_its_level():
    """Without coordination the test rejects at its nominal level: 200 tables of independent attacks, within Monte Carlo
    error.
    """
    from tests.measures.tables import make_incidents

    generator = np.random.default_rng(11)
    start, end = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-07-01")
    rejected = 0
    for _ in range(200):
        days = generator.integers(0, 182, 40)
        attacks = make_incidents([{"date": start + int(day) * DAY, "locality": str(i)} for i, day in enumerate(days)])
        test = offensives.test_coordination(
            attacks, start=start, end=end, n_redraws=99, seed=int(generator.integers(1e9))
        )
        rejected += test.p_value <= 0.1
    assert rejected / 200 <= 0.1 + 3 * np.sqrt(0.1 * 0.9 / 200)


def test_coordination_is_found_in_the_embedded_table(sahel):
    attacks = sahel[sahel["attacker"].eq("JNIM")]
    test = offensives.test_coordination(
        attacks, start=pd.Timestamp("2024-01-01"), end=pd.Timestamp("2025-07-16"), seed=1
    )
    assert test.observed > test.high
    assert test.p_value <= 0.01


def test_frequent_attacks_are_not_called_offensives(study, incidents):
    generator = np.random.default_rng(5)
    rows = [
        {"date": pd.Timestamp("2024-01-01") + int(day) * DAY, "locality": str(i)}
        for i, day in enumerate(generator.integers(0, 300, 900))
    ]
    table = offensives.indicators(study(incidents(rows), start="2024-01-01", as_of="2024-10-26")).set_index("name")
    assert table.loc["offensives_in_window", "status"] == "not_computed"
    assert "attacks joined by days would be coincidences" in table.loc["offensives_in_window", "reason"]
    assert table.loc["multi_site_days", "status"] == "computed"


def test_attacks_without_any_place_are_no_proof_of_no_offensive(study, incidents):
    rows = [{"date": f"2024-0{month}-05", "attacker": "G", "fatalities_best": 1} for month in range(1, 7)]
    found = offensives.offensives_of(study(incidents(rows), start="2023-01-01", as_of="2024-06-30"))
    assert "says where" in found.problem
    rows[-1] |= {"fatalities_best": 40}
    found = offensives.offensives_of(study(incidents(rows), start="2023-01-01", as_of="2024-06-30"))
    assert len(found.offensives) == 1  # its deaths alone make it one


def test_no_wave_no_agreement(study, incidents):
    row = {"date": "2024-05-01", "locality": "Kona"}
    table = offensives.indicators(study(incidents([row]), start="2024-01-01", as_of="2024-06-30"))
    by_name = table.set_index("name")
    assert by_name.loc["linking_recall", "status"] == "not_computed"
    assert by_name.loc["offensives_in_window", "value"] == 0


def brute_multi_site_days(attacker, site, day):
    visits = {}
    for who, where, when in zip(attacker, site, day, strict=True):
        if where >= 0:
            visits.setdefault((who, when), set()).add(where)
    return sum(len(sites) > 1 for sites in visits.values())


@pytest.mark.parametrize("most", [10**9, 1])
@pytest.mark.parametrize("seed", range(5))
def test_days_with_several_sites_are_those_of_a_count_by_hand(monkeypatch, seed, most):
    monkeypatch.setattr(offensives, "MOST_ATTACKER_DAYS", most)
    generator = np.random.default_rng(seed)
    attacker, site, day = generator.integers(0, 4, 200), generator.integers(-1, 5, 200), generator.integers(0, 60, 200)
    assert offensives._multi_site_days(attacker, site, day, 60) == brute_multi_site_days(attacker, site, day)


def test_the_expected_multi_site_days_are_the_mean_of_all_draws(incidents):
    """Two attacks of one month, at two sites, fall together on one day of 31; a third at one of these adds as much
    again.
    """
    span = {"start": pd.Timestamp("2024-03-01"), "end": pd.Timestamp("2024-05-01")}
    two = [{"date": "2024-03-05", "locality": "a"}, {"date": "2024-03-05", "locality": "b"}]
    found = offensives.test_coordination(incidents(two), **span)
    assert (found.observed, found.expected) == (1, pytest.approx(1 / 31))
    other_month = [*two, {"date": "2024-04-05", "locality": "a"}]
    assert offensives.test_coordination(incidents(other_month), **span).expected == pytest.approx(1 / 31)
    # Of three attacks at a, a and b: b falls on the day of either, less on the day that both share.
    three = [*two, {"date": "2024-03-09", "locality": "a"}]
    assert offensives.test_coordination(incidents(three), **span).expected == pytest.approx(2 / 31 - 1 / 31**2)
    generator = np.random.default_rng(3)
    many = [
        {"date": f"2024-03-{1 + day:02d}", "locality": str(place), "attacker": f"G{who}"}
        for day, place, who in zip(*generator.integers(0, (28, 6, 2), (150, 3)).T, strict=True)
    ]
    drawn = offensives.test_coordination(incidents(many), **span)
    draws = drawn._redraws.multi_site_days
    assert abs(draws.mean() - drawn.expected) < 4 * draws.std() / np.sqrt(draws.size)


@pytest.mark.parametrize(("most", "n"), [(50 * 199, 199), (50 * 199 - 1, 198), (50 * 99, 99), (0, 99)])
def test_of_many_attacks_fewer_redraws_are_made_but_never_too_few(incidents, monkeypatch, most, n):
    attacks = incidents([{"date": f"2024-03-{1 + number % 28:02d}"} for number in range(50)])
    monkeypatch.setattr(offensives, "MOST_REDRAWN", most)
    found = offensives.test_coordination(
        attacks, start=pd.Timestamp("2024-03-01"), end=pd.Timestamp("2024-04-01"), n_redraws=199
    )
    assert found.n_redraws == n


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_pairs_looked_at_in_blocks_join_the_same_attacks(incidents, monkeypatch, at_once):
    generator = np.random.default_rng(1)
    rows = [
        {
            "date": f"2024-03-{1 + day:02d}", "latitude": 14 + lat, "longitude": -3 + lon, "attacker": f"G{who}",
        }
        for day, lat, lon, who in zip(generator.integers(0, 28, 150), generator.normal(0, 1, 150), generator.normal(0,
            1, 150), generator.integers(0, 2, 150), strict=True)
    ]  # fmt: skip
    attacks = incidents(rows)
    whole = offensives.link_attacks(attacks, max_gap_days=2, max_km=60)
    monkeypatch.setattr(offensives, "MOST_PAIRS_AT_ONCE", at_once)
    assert offensives.link_attacks(attacks, max_gap_days=2, max_km=60).tolist() == whole.tolist()
    assert 3 < len(set(whole)) < 140


@pytest.mark.parametrize(
    ("words", "definition"),
    [
        ("gap=1,km=150,sites=3,deaths=25", offensives.Definition(1, 150.0, offensives.Significance(3, 25))),
        ("gap=2", offensives.Definition(2, np.inf, offensives.Significance(2, 25))),
        (" KM = any , deaths=any ", offensives.Definition(0, np.inf, offensives.Significance(2, np.inf))),
    ],
)
def test_a_definition_in_words(words, definition):
    assert offensives.read_definition(words) == definition


@pytest.mark.parametrize(
    ("words", "phrase"),
    [
        ("gaps=1", "'gaps=1' is no part of a definition"),
        ("gap", "'gap' has no number"),
        ("gap=1.5", "'gap=1.5' is out of range"),
        ("km=-1", "'km=-1' is out of range"),
        ("sites=nan", "'sites=nan' is out of range"),
        ("sites=any,deaths=any", "nothing would make an offensive"),
    ],
)
def test_a_definition_that_is_none(words, phrase):
    with pytest.raises(SelectionError, match=phrase):
        offensives.read_definition(words)


def test_a_study_joins_by_the_definition_that_is_asked_for():
    rows = [
        {"date": f"2024-06-{day:02d}", "locality": f"T{day}", "latitude": 14 + day / 10, "longitude": -4.0}
        for day in (3, 4, 6, 20)
    ]
    plain = make_study(make_incidents(rows), start="2022-01-01", as_of="2024-06-30")
    asked = replace(plain, selection=replace(plain.selection, offensive="gap=1,sites=2"))
    # By the same day alone nothing is joined; a day apart joins the 3rd with the 4th.
    assert len(offensives.offensives_of(plain).offensives) == 0
    assert offensives.offensives_of(asked).offensives["n_incidents"].tolist() == [2]
    row = offensives.indicators(asked).set_index("name").loc["offensives_in_window"]
    assert row["value"] == 1
    assert row["method"].startswith("same attacker, at most 1 day apart")
