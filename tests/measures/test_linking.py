"""Joining attacks into operations, and what counts as an offensive."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.incidents import load_claims, load_incidents
from analysis.incidents.errors import SelectionError
from analysis.incidents.study import DAY
from analysis.measures import linking
from analysis.measures.linking import DEFAULT, Definition, Significance
from analysis.resources import resource
from analysis.statistics.geometry import great_circle_km


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
    assert linking.link_attacks(attacks).tolist() == [0, 0, 1, 2]
    assert linking.link_attacks(attacks, max_gap_days=1).tolist() == [0, 0, 1, 0]
    found = linking.find_offensives(attacks)
    assert found["incident_ids"].tolist() == [["i0000", "i0001"]]
    assert found["n_sites"].tolist() == [2]


def test_pairs_join_what_a_graph_of_them_connects():
    draw = np.random.default_rng(1)
    for n, n_pairs in ((1, 0), (6, 3), (60, 40), (400, 380)):
        first, second = draw.integers(0, n, (2, n_pairs))
        links = coo_array((np.ones(n_pairs), (first, second)), shape=(n, n))
        expected = connected_components(links, directed=False)[1]
        assert (pd.factorize(linking._joined(first, second, n))[0] == pd.factorize(expected)[0]).all()
    chain = draw.permutation(500)
    assert not linking._joined(chain[1:], chain[:-1], 500).any()


def test_a_chain_joins_its_ends(incidents):
    # Days 0, 1, 2 with a gap of one: the ends are two days apart and still one component.
    attacks = incidents([{"date": f"2024-01-0{day}"} for day in (1, 2, 3, 6)])
    assert linking.link_attacks(attacks, max_gap_days=1).tolist() == [0, 0, 0, 1]


def test_distance_limit_splits_what_days_join(incidents):
    # One degree of latitude is 111.2 km.
    places = [{"latitude": 14.0}, {"latitude": 15.0}, {"latitude": 19.0}]
    attacks = incidents([{"date": "2024-01-01", "longitude": 0.0, **place} for place in places])
    assert linking.link_attacks(attacks, max_km=112).tolist() == [0, 0, 1]
    assert linking.link_attacks(attacks, max_km=111).tolist() == [0, 1, 2]
    assert linking.link_attacks(attacks).tolist() == [0, 0, 0]


def test_an_attack_without_coordinates_meets_no_distance_limit(incidents):
    attacks = incidents([{"date": "2024-01-01", "latitude": 14.0, "longitude": 0.0}, {"date": "2024-01-01"}])
    assert linking.link_attacks(attacks, max_km=5000).tolist() == [0, 1]
    assert linking.link_attacks(attacks).tolist() == [0, 0]


def test_rough_dates_and_unnamed_attackers_are_not_linked(incidents):
    attacks = incidents(
        [
            {"date_start": "2024-01-01", "date_end": "2024-01-31", "date_precision": "month"},
            {"date": "2024-01-01", "date_precision": "week"},
            {"date": "2024-01-01", "attacker": None},
            {"date_start": "2024-01-01", "date_end": "2024-01-03"},
        ]
    )
    assert linking.link_attacks(attacks).tolist() == [-1, -1, -1, 0]


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
    labels = linking.link_attacks(attacks, max_gap_days=1, max_km=max_km)
    groups = list(range(len(attacks)))
    for i, a in enumerate(attacks.itertuples()):
        for j, b in enumerate(attacks.itertuples()):
            gap = max((b.date_start - a.date_end) / DAY, (a.date_start - b.date_end) / DAY)
            km = great_circle_km(a.latitude, a.longitude, b.latitude, b.longitude)
            if i < j and a.attacker == b.attacker and gap <= 1 and km <= max_km:
                groups = [groups[i] if group == groups[j] else group for group in groups]
    same = pd.DataFrame({"a": labels, "b": groups}).drop_duplicates()
    assert same["a"].is_unique
    assert same["b"].is_unique


def test_row_order_and_names_do_not_matter(sahel):
    found = linking.find_offensives(sahel)
    shuffled = linking.find_offensives(sahel.sample(frac=1, random_state=3))
    assert found["n_sites"].tolist() == shuffled["n_sites"].tolist()
    renamed = sahel.assign(attacker=sahel["attacker"].map(lambda name: f"group {name[::-1]}", na_action="ignore"))
    assert linking.find_offensives(renamed)["date_start"].tolist() == found["date_start"].tolist()


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
    found = linking.find_offensives(attacks, claims=claims)
    assert found["deaths_high"].tolist() == [80]
    assert found["deaths_low"].tolist() == [3]
    # What one claimant gives for all parties together holds what it gives for the sides.
    said = {"subject_side": ["all", "attacker", "defender"], "claimant": "un", "value": [85.0, 40.0, 45.0]}
    together = linking.find_offensives(attacks, claims=claims.assign(measure="killed", **said))
    assert together["deaths_high"].tolist() == [85]
    assert linking.find_offensives(attacks).empty  # one site, 5 deaths at most: no offensive without the claim


def test_a_claim_on_a_wave_counts_only_where_the_wave_is_whole(incidents):
    rows = [
        {"date": "2024-01-01", "locality": "x", "fatalities_high": 1.0, "reported_wave": "first"},
        {"date": "2024-01-05", "locality": "x", "fatalities_high": 1.0, "reported_wave": "first"},
        {"date": "2024-02-01", "locality": "x", "fatalities_high": 1.0, "reported_wave": "second"},
        {"date": "2024-03-01", "locality": "x", "fatalities_high": 1.0},
    ]
    claims = pd.DataFrame(
        {
            "wave_or_incident": ["first", "second"], "claimant": "army", "subject_side": "attacker",
            "measure": "killed", "value": [90.0, 40.0],
        }
    )  # fmt: skip
    apart = linking.group_attacks(incidents(rows), claims=claims)
    assert apart["deaths_high"].tolist() == [1, 1, 40, 1]  # four days apart, the first wave is split
    whole = linking.group_attacks(incidents(rows), max_gap_days=4, claims=claims)
    assert whole["deaths_high"].tolist() == [90, 40, 1]


def test_highest_figures_of_an_operations_parts_are_added_up(incidents):
    """1 July 2025: 80 claimed for seven towns and 18 for an eighth were told as "figures of its dead run to 80"."""
    rows = [
        {"date": "2024-01-01", "locality": "x", "fatalities_high": 1.0, "reported_wave": "first"},
        {"date": "2024-01-01", "locality": "y", "fatalities_high": 3.0, "reported_wave": "first"},
        {"date": "2024-01-01", "locality": "z", "fatalities_high": 18.0},
        {"date": "2024-01-01", "locality": "u", "reported_wave": "second"},
        {"date": "2024-01-01", "locality": "v", "incident_id": "alone"},
    ]
    claims = pd.DataFrame(
        {
            "wave_or_incident": ["first", "second", "alone"], "claimant": "army", "subject_side": "attacker",
            "measure": "killed", "value": [80.0, 9.0, 7.0],
        }
    )  # fmt: skip
    # 80 for the first wave, not 1 + 3; 18; 9; 7.
    assert linking.group_attacks(incidents(rows), claims=claims)["deaths_high"].tolist() == [80 + 18 + 9 + 7]
    assert linking.group_attacks(incidents(rows[:2]), claims=claims.assign(value=3.0))["deaths_high"].tolist() == [4]


def test_attacks_that_cannot_be_linked_form_no_operation(incidents):
    assert linking.group_attacks(incidents([{"date": "2024-01-01", "attacker": None}])).empty


def test_agreement_counts_pairs(incidents):
    # On one day four attacks: three joined pairs are of wave w, three are not. A fourth of w comes ten days later:
    # of six pairs of w three are joined by any rule of at most three days.
    rows = [{"date": "2024-01-01", "locality": name, "reported_wave": "w"} for name in "abc"]
    rows += [{"date": "2024-01-01", "locality": "d"}, {"date": "2024-01-11", "locality": "e", "reported_wave": "w"}]
    best = linking.linking_agreement(incidents(rows)).iloc[0]
    assert (best["n_linked"], best["n_reported"]) == (6, 6)
    assert (best["precision"], best["recall"], best["value"]) == (0.5, 0.5, 0.5)


def test_default_linking_agrees_best_with_reported_waves(sahel):
    """The default is the best rule of the grid on the embedded table, whatever count of offensives it gives."""
    table = linking.linking_agreement(sahel)
    assert (table.loc[0, "max_gap_days"], table.loc[0, "max_km"]) == (DEFAULT.max_gap_days, DEFAULT.max_km)
    assert table["value"].is_monotonic_decreasing


def test_sensible_definitions_give_two_to_four_offensives_in_june_2025(sahel):
    """1 June to 1 July 2025, JNIM in Mali: a distance limit splits the seven-town wave, a gap of a day joins two
    attacks.
    """
    attacks = sahel[sahel["country"].eq("MLI") & sahel["attacker"].eq("JNIM")]
    grid = linking.definition_grid(
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
    found = linking.find_offensives(sahel[sahel["country"].eq("MLI") & sahel["attacker"].eq("JNIM")])
    wave = sahel.loc[sahel["reported_wave"].eq("MLI-2025-07-01-west"), "incident_id"]
    holding = found[found["incident_ids"].map(lambda ids: set(wave) <= set(ids))]
    assert len(wave) == 7
    assert holding["date_start"].tolist() == [pd.Timestamp("2025-07-01")]


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_pairs_looked_at_in_blocks_join_the_same_attacks(incidents, monkeypatch, at_once):
    generator = np.random.default_rng(1)
    days, towns, who = generator.integers(0, 28, 240), generator.integers(0, 12, 240), generator.integers(0, 2, 240)
    rows = [
        {"date": f"2024-03-{1 + day:02d}", "latitude": 2.0 * town, "longitude": -3.0, "attacker": f"G{one}"}
        for day, town, one in zip(days, towns, who, strict=True)
    ]
    attacks = incidents(rows)
    whole = linking.link_attacks(attacks, max_gap_days=14, max_km=60)
    monkeypatch.setattr(linking, "MOST_PAIRS_AT_ONCE", at_once)
    thinned = []
    forest = linking._forest
    monkeypatch.setattr(linking, "_forest", lambda *pairs: thinned.append(1) or forest(*pairs))
    assert linking.link_attacks(attacks, max_gap_days=14, max_km=60).tolist() == whole.tolist()
    assert len(set(whole)) == 24  # one a town and attacker
    assert thinned  # so many pairs that only those which join are kept
    thinned.clear()
    linking.link_attacks(attacks, max_km=60)
    assert not thinned  # so few that all are


@pytest.mark.parametrize(
    ("words", "definition"),
    [
        ("gap=1,km=150,sites=3,deaths=25", Definition(1, 150.0, Significance(3, 25))),
        ("gap=2", Definition(2, np.inf, Significance(2, 25))),
        (" KM = any , deaths=any ", Definition(0, np.inf, Significance(2, np.inf))),
    ],
)
def test_a_definition_in_words(words, definition):
    assert linking.read_definition(words) == definition


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (Definition(), "same attacker, the same day, any distance; 2+ sites or 25+ deaths"),
        (Definition(max_km=50.0), "same attacker, the same day, at most 50 km apart; 2+ sites or 25+ deaths"),
        (Definition(2), "same attacker, at most 2 days apart, any distance; 2+ sites or 25+ deaths"),
        (
            Definition(1, 150.0, Significance(3, np.inf)),
            "same attacker, at most 1 day apart, at most 150 km apart; 3+ sites",
        ),
        (
            Definition(significance=Significance(np.inf, 25)),
            "same attacker, the same day, any distance; 25+ deaths",
        ),
    ],
)
def test_a_definition_says_what_it_is(definition, words):
    assert str(definition) == words


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
        linking.read_definition(words)
