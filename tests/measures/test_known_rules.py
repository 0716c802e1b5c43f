"""Rules that users know from elsewhere: by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.incidents.study import DAY
from analysis.measures import known_rules
from analysis.measures.known_rules import (
    COMPARATORS,
    compare_rules,
    hdx_days,
    hdx_level,
    hdx_levels,
    hdx_weeks,
    simulate_steady,
)
from analysis.measures.panels import week_panel


def test_the_acled_surge_rule_fires_in_a_sixth_of_quiet_weeks():
    # methods.md 5: on stationary Poisson(2 a week) about 15.6 of 100 unit-weeks (their simulation, four standard errors
    # of ours).
    counts = np.random.default_rng(3).poisson(2.0, (5, 40_000))
    assert COMPARATORS[0].fires(counts).mean() == pytest.approx(0.156, abs=0.0075)


def test_comparators_by_hand():
    surge_rule, threat = COMPARATORS
    assert surge_rule.fires(np.array([1, 1, 1, 1, 2])[:, None]).item()
    assert not surge_rule.fires(np.array([1, 1, 1, 0, 9])[:, None]).item()  # a mean of .75 is below 1
    assert threat.fires(np.array([1] * 52 + [2] * 4)[:, None]).item()
    assert not threat.fires(np.array([0] * 52 + [2] * 4)[:, None]).item()  # a ratio over zero is none
    # Which weeks: four before the latest, and 52 before the latest four.
    assert surge_rule.fires(np.array([50, 0, 1, 1, 2, 2])[:, None]).item()
    assert not surge_rule.fires(np.array([0, 1, 1, 1, 2, 2])[:, None]).item()
    assert not surge_rule.fires(np.array([0, 0, 0, 4, 1])[:, None]).item()
    assert threat.fires(np.array([500] + [52] + [0] * 51 + [2, 2, 2, 2])[:, None]).item()
    assert threat.fires(np.array([1] * 52 + [8, 0, 0, 0])[:, None]).item()
    assert not threat.fires(np.array([1] * 52 + [2, 2, 2, 1])[:, None]).item()
    assert not threat.fires(np.array([0] * 51 + [53] + [2, 2, 2, 2])[:, None]).item()


def test_histories_without_a_change_have_the_unit_s_mean_and_spread():
    steady = np.tile([3.0, 5.0], 40)
    for first, spread in ((steady, 1.0), (np.tile([0.0, 0, 0, 16], 20), 12 * 80 / 79)):
        history = np.concatenate([first, [500.0] * 4])  # the last four weeks are left out
        drawn = simulate_steady(history, n_weeks=5, n=20_000, seed=1)
        assert drawn.shape == (5, 20_000)
        assert drawn.mean() == pytest.approx(4.0, rel=0.03)
        assert drawn.var() / drawn.mean() == pytest.approx(spread, rel=0.05)
    assert simulate_steady(np.array([0.0] * 30 + [9.0] * 4), n_weeks=2, n=3, seed=1).max() == 0


@pytest.mark.parametrize(
    ("n_days", "deaths", "level"),
    [
        (1000, {-1: 100}, "medium"),
        (1000, {-1: 99}, "none"),
        (1000, {-1: 60, -30: 40}, "medium"),  # in thirty days
        (1000, {-1: 60, -31: 40}, "none"),
        (395, {-1: 120}, "medium"),  # the first day that has 366 windows
        (394, {-1: 120}, "none"),
        (1124, {-1: 120}, "medium"),
        (1125, {-1: 120}, "high"),  # the first that has 1,096
        (1124, {-1: 120, -395: 500}, "none"),  # more in one of the 366 windows
        (1124, {-1: 120, -396: 500}, "medium"),
        (1200, {-1: 120, -1125: 500}, "medium"),  # more in one of the 1,096
        (1200, {-1: 120, -1126: 500}, "high"),
        (1124, {-1: 120, -300: 120}, "medium"),  # as many as ever is the most
        (1124, {-2: 100, -31: 40}, "none"),  # more in the thirty days to yesterday
        (1124, {-1: 130, -180: 120}, "quiet"),  # 179 days after an alert
        (1124, {-1: 130, -181: 120}, "medium"),
    ],
)
def test_each_bound_of_the_hdx_rule_on_both_sides(n_days, deaths, level):
    daily = np.zeros(n_days)
    daily[list(deaths)] = list(deaths.values())
    assert hdx_level(daily) == level


def test_hdx_levels_by_hand():
    quiet = np.zeros(1500)
    assert hdx_level(quiet) == "none"
    risen = quiet.copy()
    risen[-1] = 120
    assert hdx_level(risen) == "high"  # the most in three years
    earlier = risen.copy()
    earlier[-800] = 500
    assert hdx_level(earlier) == "medium"  # the most in a year, not in three
    short = np.zeros(800)
    short[-1] = 120
    assert hdx_level(short) == "medium"  # three years are not covered


def test_the_hdx_rule_goes_through_the_days_of_units_with_deaths_enough_alone(incidents, study, monkeypatch):
    """Those of 60,000 units are minutes."""
    rows = [
        {"date": "2024-12-02", "admin1": "a", "fatalities_best": 60.0},  # the first of thirty days
        {"date": "2024-12-31", "admin1": "a", "fatalities_best": 40.0},
        {"date": "2024-12-01", "admin1": "b", "fatalities_best": 60.0},
        {"date": "2024-12-31", "admin1": "b", "fatalities_best": 40.0},
        {"date": "2024-12-31", "admin1": "c", "fatalities_best": 99.0},
    ]
    opened = study(incidents(rows), start="2023-06-01", as_of="2024-12-31", unit="admin1")
    looked = []
    monkeypatch.setattr(known_rules, "hdx_level", lambda daily: looked.append(daily.sum()) or hdx_level(daily))
    assert hdx_levels(opened) == ({"MLI/a": "medium"}, "")
    assert looked == [100]


def test_the_hdx_rule_says_why_it_cannot_be_told(incidents, study):
    rows = [{"date": "2024-12-31", "fatalities_best": 120.0}]
    enough = study(incidents(rows), start="2023-12-02", as_of="2024-12-31")  # 396 days
    assert hdx_levels(enough) == ({"MLI": "medium"}, "")
    short = study(incidents(rows), start="2023-12-03", as_of="2024-12-31")
    assert hdx_levels(short) == ({}, "the history has 395 days, and the rule needs 396")
    unknown = study(incidents([{"date": "2024-12-31"}]), start="2023-12-02", as_of="2024-12-31")
    assert hdx_levels(unknown) == ({}, "the table gives no best figure of deaths")
    weeks = pd.date_range("2022-01-05", "2024-12-25", freq="7D").as_unit("us")
    counts = pd.DataFrame({"period_start": weeks, "period_end": weeks + 7 * DAY, "attacks": 1})
    counts = counts.assign(deaths=np.nan, country="MLI")
    of_weeks = replace(enough, counts=counts, attacks=enough.attacks.iloc[:0], start=weeks[0])
    assert hdx_levels(of_weeks)[1] == "the table gives no figure of deaths"


def test_comparators_are_told_of_every_unit_and_with_weeks_enough(incidents, study):
    rows = [
        {"date": f"{pd.Timestamp('2024-12-31') - 7 * week * DAY:%Y-%m-%d}", "admin1": place}
        for week in range(56)
        for place, n in (("A", 1 if week else 2), ("B", 4 if week < 4 else 2))
        for _ in range(n)
    ]
    made = study(incidents(rows), start="2023-12-06", as_of="2024-12-31", unit="admin1")  # 56 weeks
    fired, rules = compare_rules(made, problem="", n_simulations=400)
    assert fired["unit"].tolist() == ["MLI/A", "MLI/B"]
    assert fired["acled_surge"].tolist() == [True, False]
    assert fired["acled_threat"].tolist() == [False, True]
    assert fired["hdx_level"].tolist() == ["not computed"] * 2
    assert rules["rule"].tolist() == ["acled_surge", "acled_threat", "hdx_signal"]
    assert rules["status"].tolist() == ["computed", "computed", "not_computed"]
    assert rules["n_units"].tolist() == [1, 1, 0]
    by_hand = np.mean([
        COMPARATORS[0].fires(simulate_steady(week_panel(made)[unit].to_numpy(dtype=float), n_weeks=5, n=400,
                                             seed=made.settings.seed)).mean()
        for unit in fired["unit"]
    ])  # fmt: skip
    assert rules["false_alarms_per_year"].iloc[0] == pytest.approx(by_hand * 365.25 / 7)
    short = study(incidents(rows), start="2023-12-13", as_of="2024-12-31", unit="admin1")
    fired, rules = compare_rules(short, problem="", n_simulations=400)
    assert rules["reason"].iloc[1] == "the history has 55 whole weeks, and the rule needs 56"
    assert fired["acled_threat"].isna().all()
    assert (rules["reason"].iloc[0], rules["status"].iloc[0]) == ("", "computed")
    nowhere = study(incidents([row | {"geo_precision": "country"} for row in rows[:60]]), start="2023-12-06",
                    as_of="2024-12-31", unit="admin1")  # fmt: skip
    assert "no attack is placed well enough" in compare_rules(nowhere, problem="", n_simulations=4)[1]["reason"].iloc[0]
    assert compare_rules(made, problem="because", n_simulations=4)[1]["reason"].tolist()[:2] == ["because"] * 2


def test_weeks_in_which_the_hdx_rule_issues_an_alert(incidents, study):
    rows = [{"date": day, "fatalities_best": 120.0} for day in ("2024-12-17", "2024-12-20")]
    made = study(incidents(rows), start="2022-01-01", as_of="2024-12-31")
    panel = pd.DataFrame(0, index=pd.date_range("2024-12-04", periods=4, freq="7D"), columns=["MLI"])
    # An alert on the first day alone: on the second the level is no higher. The week from 11 to 17 December.
    assert hdx_weeks(made, panel)[:, 0].tolist() == [False, True, False, False]


def test_quiet_never_hides_a_rise_in_level():
    daily = np.zeros(1600)
    daily[-900] = 150  # the most in three years is 150
    daily[-100] = 120  # medium: an alert, then 180 days of quiet
    daily[-1] = 130  # medium again: held back
    assert hdx_level(daily) == "quiet"
    daily[-1] = 200  # high: never held back
    assert hdx_level(daily) == "high"


def test_the_hdx_rule_equals_that_of_each_day_alone():
    """`hdx_level` judges the last day of a history; the days on which it shows a level are those on which an
    alert is issued.
    """
    generator = np.random.default_rng(6)
    daily = generator.poisson(1.5, 900).astype(float)
    daily[[420, 430, 640, 800]] += [120, 60, 400, 30]
    days = np.flatnonzero(hdx_days(daily)[1])
    assert len(days) >= 2
    for day in (*days, *(days - 1), 500, 899):
        assert (hdx_level(daily[: day + 1]) in ("medium", "high")) == (day in days)
