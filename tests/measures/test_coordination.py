"""Whether attacks fall on the same days more often than chance would have it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import load_incidents
from analysis.measures import coordination
from analysis.resources import resource
from tests.measures.tables import make_incidents


@pytest.mark.parametrize(("first", "last", "n"), [("2024-01-01", "2024-06-30", 40), ("2024-05-20", "2024-07-06", 24)])
def test_coordination_test_holds_its_level(first, last, n):
    """Without coordination the test rejects at its nominal level: 200 tables of independent attacks, within Monte Carlo
    error; of whole months, and of months that both ends cut.
    """
    generator = np.random.default_rng(11)
    start, end = pd.Timestamp(first), pd.Timestamp(last) + pd.Timedelta(days=1)
    rejected, one_a_place = 0, make_incidents([{"date": start, "locality": str(i)} for i in range(n)])
    for _ in range(200):
        days = start + pd.to_timedelta(generator.integers(0, (end - start).days, n), unit="D")
        attacks = one_a_place.assign(date_start=days, date_end=days).astype(
            {"date_start": one_a_place["date_start"].dtype, "date_end": one_a_place["date_end"].dtype}
        )
        test = coordination.test_coordination(
            attacks, start=start, end=end, n_redraws=99, seed=int(generator.integers(1e9))
        )
        rejected += test.p_value <= 0.1
    assert rejected / 200 <= 0.1 + 3 * np.sqrt(0.1 * 0.9 / 200)


def test_coordination_is_found_in_the_embedded_table():
    sahel = load_incidents(resource("data/sahel/incidents.csv")).incidents
    attacks = sahel[sahel["attacker"].eq("JNIM")]
    test = coordination.test_coordination(
        attacks, start=pd.Timestamp("2024-01-01"), end=pd.Timestamp("2025-07-16"), seed=1
    )
    assert test.observed > test.high
    assert test.p_value <= 0.01


def brute_multi_site_days(attacker, site, day):
    visits = {}
    for who, where, when in zip(attacker, site, day, strict=True):
        if where >= 0:
            visits.setdefault((who, when), set()).add(where)
    return sum(len(sites) > 1 for sites in visits.values())


def dated(attacker, site, day, n_days, month=30):
    """Return attacks whose months have so many days."""
    first = day - day % month
    length = np.minimum(first + month, n_days) - first
    return coordination.Dated(np.arange(len(day)), attacker, site, day, first, length, n_days)


@pytest.mark.parametrize("n_attackers", [1, 4, 40])
@pytest.mark.parametrize("seed", range(5))
def test_days_with_several_sites_are_those_of_a_count_by_hand(seed, n_attackers):
    draw = np.random.default_rng(seed)
    attacker, site, day = draw.integers(0, n_attackers, 200), draw.integers(-1, 5, 200), draw.integers(0, 80, 200)
    attacks = dated(attacker, site, day, 80)
    assert attacks.multi_site_days(day) == brute_multi_site_days(attacker, site, day)
    drawn = attacks.first + draw.integers(0, attacks.length)
    assert attacks.multi_site_days(drawn) == brute_multi_site_days(attacker, site, drawn)


def test_of_attackers_with_one_attack_no_day_is_drawn():
    """Names as many as rows, such as free text, laid out all days for each, or sorted them in each of 499 draws."""
    n = 50_000
    attacks = dated(np.arange(n), np.arange(n), np.arange(n) % 3000, 3000)
    assert attacks.multi_site_days(attacks.day) == 0
    held, _, n_days = attacks._of_several_sites
    assert held.size == n_days == 0


def test_the_expected_multi_site_days_are_the_mean_of_all_draws(incidents):
    """Two attacks of one month, at two sites, fall together on one day of 31; a third at one of these adds as much
    again.
    """
    span = {"start": pd.Timestamp("2024-03-01"), "end": pd.Timestamp("2024-05-01")}
    two = [{"date": "2024-03-05", "locality": "a"}, {"date": "2024-03-05", "locality": "b"}]
    found = coordination.test_coordination(incidents(two), **span)
    assert (found.observed, found.expected) == (1, pytest.approx(1 / 31))
    other_month = [*two, {"date": "2024-04-05", "locality": "a"}]
    assert coordination.test_coordination(incidents(other_month), **span).expected == pytest.approx(1 / 31)
    # Of three attacks at a, a and b: b falls on the day of either, less on the day that both share.
    three = [*two, {"date": "2024-03-09", "locality": "a"}]
    assert coordination.test_coordination(incidents(three), **span).expected == pytest.approx(2 / 31 - 1 / 31**2)
    generator = np.random.default_rng(3)
    many = [
        {"date": f"2024-03-{1 + day:02d}", "locality": str(place), "attacker": f"G{who}"}
        for day, place, who in zip(*generator.integers(0, (28, 6, 2), (150, 3)).T, strict=True)
    ]
    drawn = coordination.test_coordination(incidents(many), **span)
    draws = drawn.draws
    assert abs(draws.mean() - drawn.expected) < 4 * draws.std() / np.sqrt(draws.size)


@pytest.mark.parametrize(("most", "n"), [(50 * 199, 199), (50 * 199 - 1, 198), (50 * 99, 99), (0, 99)])
def test_of_many_attacks_fewer_redraws_are_made_but_never_too_few(incidents, monkeypatch, most, n):
    attacks = incidents([{"date": f"2024-03-{1 + number % 28:02d}"} for number in range(50)])
    monkeypatch.setattr(coordination, "MOST_REDRAWN", most)
    found = coordination.test_coordination(
        attacks, start=pd.Timestamp("2024-03-01"), end=pd.Timestamp("2024-04-01"), n_redraws=199
    )
    assert found.n_redraws == n


def test_the_chance_counts_the_table_among_the_draws(monkeypatch):
    # Three of five draws reach 3, and the table itself does: 4 of 6.
    monkeypatch.setattr(coordination.Coordination, "observed", 3)
    monkeypatch.setattr(coordination.Coordination, "draws", np.array([0, 3, 1, 4, 3]))
    monkeypatch.setattr(coordination.Coordination, "n_redraws", 5)
    found = coordination.Coordination(None, 1)
    assert found.p_value == pytest.approx(4 / 6)
    assert (found.low, found.high) == (pytest.approx(0.1), pytest.approx(3.9))


def test_days_outside_the_span_count_nowhere(incidents):
    days = ("2024-03-29", "2024-04-01", "2024-04-02")
    rows = [{"date": day, "locality": place} for day in days for place in "ab"]
    span = {"start": pd.Timestamp("2024-04-01"), "end": pd.Timestamp("2024-04-02")}
    found = coordination.test_coordination(incidents(rows), **span)
    # One day lies inside: its attacks can be drawn nowhere else.
    assert (found.observed, found.expected, found.low, found.high, found.p_value) == (1, 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [("2024-03-01", "2024-04-06", 28), ("2024-03-20", "2024-04-06", 17), ("2024-03-01", "2024-04-30", 29)],
)
def test_a_month_that_has_just_begun_is_not_so_short_that_a_wave_is_chance(incidents, start, end, days):
    """Two sites on one day of April: dealt out over so many days they meet on one of them."""
    rows = [{"date": "2024-04-02", "locality": place} for place in "ab"]
    found = coordination.test_coordination(incidents(rows), start=pd.Timestamp(start), end=pd.Timestamp(end))
    assert found.expected == pytest.approx(1 / days)
    # A month that the first day cuts is one with the next: three days and thirty.
    rows = [{"date": "2024-03-30", "locality": place} for place in "ab"]
    found = coordination.test_coordination(
        incidents(rows), start=pd.Timestamp("2024-03-29"), end=pd.Timestamp("2024-06-01")
    )
    assert found.expected == pytest.approx(1 / 33)


@pytest.mark.parametrize(
    ("observed", "expected", "words"),
    [
        (0, 3.0, ""),
        (1, 0.6, "one attacker hit several sites in one day 1 time, and chance"),
        (10, 5.0, ""),
        (10, 5.1, "chance alone would give 5 of these"),
        (10, 9.4, "chance alone would give 9 of these"),
        (10, 9.6, "chance alone would do it as often"),
        (10, 12.0, "chance alone would do it as often"),
    ],
)
def test_above_half_by_chance_nothing_is_linked(observed, expected, words):
    problem = coordination.linking_problem(SimpleNamespace(observed=observed, expected=expected))
    assert words in problem
    assert bool(problem) == bool(words)


def test_several_attackers_are_not_said_to_hit_on_more_days_than_there_are():
    days, who = np.repeat(np.arange(10), 6), np.tile(np.repeat([0, 1, 2], 2), 10)
    observed = dated(who, np.tile([0, 1], 30), days, 10).multi_site_days(days)
    problem = coordination.linking_problem(SimpleNamespace(observed=observed, expected=29.8))
    assert "one attacker hit several sites in one day 30 times" in problem
    assert "30 days" not in problem
