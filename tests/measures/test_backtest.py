"""Alert rules on a table's own history: what counts as a rise, by hand; that no rule looks ahead; that chance is told
beside.
"""

import numpy as np
import pandas as pd
import pytest

from analysis.measures import backtest
from analysis.measures.result import COMPUTED, NOT_COMPUTED


def weekly_study(incidents, study, counts, *, deaths=0.0, **options):
    """One unit with the given number of attacks in each week from Monday 1 January 2018."""
    start = pd.Timestamp("2018-01-01")
    days = [start + pd.Timedelta(days=7 * week + n % 7) for week, count in enumerate(counts) for n in range(count)]
    end = start + pd.Timedelta(days=7 * len(counts) - 1)
    rows = [{"date": day, "fatalities_best": deaths} for day in days]
    options = {"as_of": f"{end:%Y-%m-%d}"} | options
    return study(incidents(rows), start="2018-01-01", **options)


def risen():
    """Two a week for 150 weeks, six a week for 60, two again: one rise, at week 150."""
    return np.random.default_rng(4).poisson(np.repeat([2.0, 6.0, 2.0], [150, 60, 60]))


def test_the_words_of_the_plain_ratio_name_its_limits():
    assert f"at least {backtest.RISE_RATIO:g} times" in backtest.RATIO_90.words
    assert f"at least {backtest.RISE_ATTACKS} attacks" in backtest.RATIO_90.words


def test_a_rise_by_hand():
    # 52 weeks of one attack: 13 are expected in 13 weeks, their variance is 13 (1 + 1/4) = 16.25, two deviations 8.06.
    counts = np.concatenate([np.ones(52), np.full(13, 1.0)])[:, None]
    counts[52, 0] += 8  # 21 in all: at least 1.5 x 13 = 19.5, but not above 13 + 8.06
    assert not backtest.rises_after(counts, [52])[0, 0]
    counts[52, 0] += 1
    assert backtest.rises_after(counts, [52])[0, 0]


def test_few_attacks_are_no_rise_however_large_the_ratio():
    counts = np.zeros((70, 1))
    counts[55:59] = 1
    assert not backtest.rises_after(counts, [52])[0, 0]
    counts[59] = 1
    assert backtest.rises_after(counts, [52])[0, 0]


def test_the_gap_keeps_what_raised_the_alarm_out_of_the_year_before():
    counts = np.ones((80, 1))
    counts[52:56] = 30
    counts[56:] = 2
    # Against the year that ends with the burst nothing follows; against the one before it a rise does.
    assert not backtest.rises_after(counts, [56])[0, 0]
    assert backtest.rises_after(counts, [56], gap=4)[0, 0]


def test_one_step_is_one_rise_at_its_week():
    counts = np.concatenate([np.tile([1, 3], 80), np.tile([7, 9], 60)])[:, None]
    assert backtest.find_rises(counts, first=60, last=260) == [(160, 0)]


def test_alarms_near_each_other_are_one():
    fired = np.zeros((20, 1), dtype=bool)
    fired[[3, 4, 8, 13, 19], 0] = True
    # 8 follows 4 by four weeks, 13 follows 8 by five.
    assert np.flatnonzero(backtest.alarm_starts(fired)[:, 0]).tolist() == [3, 13, 19]


def test_delays_by_hand():
    fired = np.zeros((40, 2), dtype=bool)
    fired[[7, 30], 0] = True
    found = backtest.delays_of(fired, [(105, 0), (105, 1), (117, 0), (118, 0)], first=100)
    assert found[0] == 2
    assert np.isnan(found[1])
    assert np.isnan(found[2])  # the alarm in week 130 is the fourteenth
    assert found[3] == 12


def test_a_rise_is_found_and_alarmed(incidents, study):
    tested = backtest.backtest_rules(weekly_study(incidents, study, risen()))
    assert len(tested.rises) == 1
    rise = tested.rises.iloc[0]
    assert abs((rise["week_start"] - pd.Timestamp("2018-01-01")).days / 7 - 150) <= 3
    rules = tested.rules.set_index("rule")
    own = rules.loc[backtest.OWN]
    assert own["n_missed"] == 0
    assert 0 <= own["delay_weeks"] <= 6
    assert own["value"] == own["n_followed"] / own["n_alarms"]
    assert own["low"] <= own["value"] <= own["high"]
    assert own["value"] > own["share_at_random"]
    # No unit is in alarm by chance in more than one week in a hundred.
    assert 0.1 < own["false_alarm_weeks_per_unit_year"] <= 0.5218
    assert (rules["n_unit_weeks"].dropna() == rules["n_unit_weeks"].dropna().iloc[0]).all()


def test_rules_that_the_history_does_not_carry_say_so(incidents, study):
    tested = backtest.backtest_rules(weekly_study(incidents, study, risen()[:200]))
    rules = tested.rules.set_index("rule")
    assert rules.loc[backtest.FARRINGTON, "status"] == NOT_COMPUTED
    assert "200 whole weeks, and a year of alarms by this rule needs" in rules.loc[backtest.FARRINGTON, "reason"]
    assert rules.loc[backtest.OWN, "status"] == COMPUTED
    assert rules.loc[rules["status"].eq(NOT_COMPUTED), "reason"].ne("").all()


def test_a_short_history_computes_nothing(incidents, study):
    tested = backtest.backtest_rules(weekly_study(incidents, study, [2] * 60))
    assert tested.rules["status"].eq(NOT_COMPUTED).all()
    assert tested.alarms.empty
    assert tested.rises.empty
    assert tuple(tested.rules.columns) == backtest.COLUMNS


def test_a_table_that_ends_before_as_of_is_refused(incidents, study):
    tested = backtest.backtest_rules(weekly_study(incidents, study, risen(), last_day="2020-12-31"))
    assert tested.rules["reason"].str.contains("only to 31 December 2020").all()


@pytest.mark.parametrize("more", [7, 30])
def test_appended_weeks_change_no_earlier_alarm_or_verdict(incidents, study, more):
    counts = risen()
    early = backtest.backtest_rules(weekly_study(incidents, study, counts[: 270 - more]), alpha=0.01)
    late = backtest.backtest_rules(weekly_study(incidents, study, counts), alpha=0.01)
    # The longer history may carry a further rule, which would start all later: both are too short for Farrington here.
    last = early.alarms["week_start"].max()
    kept = late.alarms[late.alarms["week_start"].le(last)]
    pd.testing.assert_frame_equal(
        kept.sort_values(["rule", "week_start"], ignore_index=True),
        early.alarms.sort_values(["rule", "week_start"], ignore_index=True),
    )


def test_a_steady_unit_gives_as_many_alarms_as_are_simulated(incidents, study):
    """Poisson(3) for 260 weeks: weeks in alarm as simulated, within Monte Carlo error, and alarms no better than
    chance.
    """
    counts = np.random.default_rng(9).poisson(3.0, 260)
    rules = backtest.backtest_rules(weekly_study(incidents, study, counts)).rules.set_index("rule")
    row = rules.loc["acled_surge"]
    # About 7 weeks a year fire over 3.6 years; neighbours fire together, so allow 3 standard errors of clustered
    # counts.
    assert row["alarm_weeks_per_unit_year"] == pytest.approx(row["false_alarm_weeks_per_unit_year"], abs=6)
    assert row["false_alarm_weeks_per_unit_year"] > 2
    assert row["low"] <= row["share_at_random"] + 0.1


def test_a_higher_level_costs_alarms_and_misses_fewer_rises(incidents, study):
    made = weekly_study(incidents, study, risen())
    costs, problem = backtest.trade_off(made)
    assert problem == ""
    assert costs["asked_per_year"].tolist() == list(backtest.ASKED)
    for name in ("level", "expected_per_year", "alarm_weeks_per_year"):
        assert (np.diff(costs[name]) >= 0).all(), name
    assert (np.diff(costs["n_missed"]) <= 0).all()
    # What is asked for is kept by the bounds, up to what the highest level of one unit allows.
    assert (costs["expected_per_year"] <= costs["asked_per_year"]).all()
    assert costs["expected_per_year"].iloc[0] > 0.5
    tested = backtest.backtest_rules(made)
    pd.testing.assert_frame_equal(tested.trade_off, costs)


def test_the_costs_of_a_short_history_are_not_computed(incidents, study):
    costs, problem = backtest.trade_off(weekly_study(incidents, study, [2] * 60))
    assert costs.empty
    assert "a year of alarms by this rule needs" in problem


def test_the_plain_ratio_by_hand():
    # 52 weeks of one attack and 13 with 19 or 20: 1.5 times 13 is 19.5.
    counts = np.array([1] * 52 + [1] * 12 + [8])[:, None]
    assert counts[-13:].sum() == 20
    assert backtest.RATIO_90.fires(counts).item()
    counts[-1] -= 1
    assert not backtest.RATIO_90.fires(counts).item()
