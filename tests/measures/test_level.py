"""The word on a level: cases that anybody can see, and that words never contradict their interval."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.measures import level
from analysis.measures.level import (
    CANNOT_TELL,
    FALLING,
    NO_CHANGE,
    RISING,
    STEADY,
    Level,
    judge_days,
    level_of,
    words_over_time,
)
from analysis.measures.level_rule import CERTAIN, STANDING
from analysis.reports.verdict_words import leaning_words
from tests.measures.tables import dates_of, make_incidents, make_study
from tests.measures.test_level_rule import evidence

BACK = {"month": 8.0, "recent": 16.0, "month_climbs": 0.83, "reference": 132.0}
LESS = {"ratio": 0.8, "ratio_without": 0.8, "low": 0.7, "high": 0.9, "p_above": 0.015}
AS_OF = pd.Timestamp("2024-12-31")


def opened(dates, **arguments):
    rows = [{"date": f"{day:%Y-%m-%d}"} for day in sorted(dates)]
    return make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31", **arguments)


STEADY_MONTHS = [8] * 36
CASES = {
    "a doubling for three months": ([8] * 33 + [16] * 3, RISING),
    "a fall to a third": ([9] * 33 + [3] * 3, FALLING),
    "a fall to nothing": ([6] * 33 + [0] * 3, FALLING),
    "a fourfold month": ([8] * 35 + [32], RISING),
    "from nothing to a war": ([0] * 33 + [0, 14, 40], RISING),
    "steady": (STEADY_MONTHS, STEADY),
    "too few to tell": ([0] * 24 + [1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1], CANNOT_TELL),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_what_anybody_can_see(case):
    counts, expected = CASES[case]
    found = level_of(opened(dates_of(counts)))
    assert found.word == expected, found.table
    assert (found.problem != "") == (expected == CANNOT_TELL)


def test_nothing_recorded_says_so():
    found = level_of(opened([pd.Timestamp("2022-03-01")]))
    assert found.word == CANNOT_TELL
    assert "hold no attacks" in found.problem


def test_one_day_of_twenty_after_a_year_of_silence_is_no_rise():
    found = level_of(opened([*dates_of([2] * 22 + [0] * 14)[:40], *[pd.Timestamp("2024-12-20")] * 20]))
    assert (found.word, found.table["low"].iloc[0] > 1) == (CANNOT_TELL, True)
    assert "all attacks of the last 90 days fell on 1 day, and a rise asks for 3" in found.problem
    usual = level_of(opened([*dates_of([8] * 33 + [0] * 3), *[pd.Timestamp("2024-12-20")] * 24]))
    assert (usual.word, usual.problem) == (NO_CHANGE, "")


def test_a_history_of_a_hundred_days_is_too_short():
    made = make_study(
        make_incidents([{"date": f"2024-12-{day:02d}"} for day in range(1, 29)]), start="2024-09-23", as_of="2024-12-31"
    )
    found = level_of(made)
    assert found.word == CANNOT_TELL
    assert "the history has 100 days" in found.problem


def test_nine_spans_are_the_least_history():
    dates = dates_of([8] * 12)
    for start, told in (("2024-04-06", True), ("2024-04-07", False)):  # 270 and 269 days
        made = make_study(
            make_incidents([{"date": f"{day:%Y-%m-%d}"} for day in dates]), start=start, as_of="2024-12-31"
        )
        assert (level_of(made).problem == "") == told


def test_no_low_level_above_the_year_before():
    """Of five years nine months in ten held more; but the year before held 11 in 90 days, and the last 90 days 30."""
    dates = dates_of([30] * 45 + [0] * 8 + [11] * 4 + [10] * 3)
    made = make_study(
        make_incidents([{"date": f"{day:%Y-%m-%d}"} for day in dates]), start="2020-01-01", as_of="2024-12-31"
    )
    assert level_of(made).height == "usual"


def test_a_gap_of_coverage_at_the_end_is_no_fall():
    found = level_of(opened(dates_of([8] * 35 + [0]), last_day="2024-12-01"))
    assert found.word == CANNOT_TELL
    assert "covers the selection only to 1 December 2024" in found.problem
    assert found.table.empty


def test_uneven_recording_withholds_the_word_and_keeps_the_record():
    reference = [("MLI", "2023-01-01", "2023-02-01", 8), ("MLI", "2023-06-01", "2023-07-01", 40)]
    found = level_of(opened(dates_of([8] * 33 + [30] * 3), reference=reference))
    assert found.word == CANNOT_TELL
    assert found.table["recent"].tolist() == [90, 30]
    assert found.since is None
    assert words_over_time(opened(dates_of([8] * 33 + [30] * 3), reference=reference)).empty


def test_days_are_judged_as_a_study_is():
    made = opened(dates_of([8] * 33 + [16] * 3))
    codes, evidence = judge_days(made.daily_counts())
    words = level_of(made).looks["word"].map({RISING: 1, NO_CHANGE: 0, FALLING: -1}).tolist()
    assert codes == words
    assert evidence.recent[0] == 48
    assert judge_days(np.ones(269)) == ([], None)
    assert len(judge_days(np.ones(270))[0]) == 1


def test_a_burst_over_the_edge_of_two_months_is_one_month():
    """It was two of the year before, of which the rule left out one, at some looks; and "falling" stood for weeks more.

    One event in two days for five years, and 300 more in 15 days: 45 in the last 90 days, 480 in the 360 before them,
    without the highest 30 days 165 in 330: as many.
    """
    daily = np.zeros(5 * 365)
    daily[::2] = 1
    daily[-215:-200] += 20
    codes, evidence = judge_days(daily, n_looks=12)
    assert codes == [0] * 12
    assert (evidence.recent[0], evidence.reference[0]) == (45, 480)
    assert evidence.ratio_without[0] == pytest.approx(1)


def test_the_table_counts_by_hand():
    found = level_of(opened(dates_of([8] * 33 + [16, 10, 12])))
    row = found.table.set_index("span").loc["90 days"]
    assert (row["recent"], row["reference"], row["usual"]) == (38, 96, 24)  # 12 spans of 8 before; a quarter of them
    assert row["ratio"] == pytest.approx(38 / 24)
    month = found.table.set_index("span").loc["30 days"]
    assert (month["recent"], month["reference"]) == (12, 10 + 16 + 10 * 8)
    assert found.looks["day"].iloc[-1] == AS_OF
    assert found.looks["day"].diff().iloc[1:].eq(pd.Timedelta(days=7)).all()


def test_since_is_where_the_level_changed():
    found = level_of(opened(dates_of([8] * 33 + [24] * 3)))
    assert abs((found.since - (AS_OF - pd.Timedelta(days=89))).days) <= 7


def test_since_is_of_a_fall_where_an_older_rise_parts_the_year_better():
    fell = level_of(opened(dates_of([20] * 21 + [6] * 4 + [40] * 8 + [6, 6, 5])))
    assert fell.word == FALLING
    assert abs((fell.since - (AS_OF - pd.Timedelta(days=89))).days) <= 7


def test_a_rise_that_the_last_month_alone_makes_began_in_the_last_months():
    """An older and larger step, of January 2024, is not where it began."""
    found = level_of(opened(dates_of([2] * 24 + [9] * 7 + [4] * 4 + [20])))
    assert (found.word, found.young, found.since) == (RISING, True, pd.Timestamp("2024-12-01"))


def test_what_cannot_be_told_is_not_too_early_to_last():
    """Mali, 5 June 2025: "the record cannot show ...", and "it is too early to say whether this lasts"."""
    reference = [("MLI", "2023-01-01", "2023-02-01", 8), ("MLI", "2023-06-01", "2023-07-01", 40)]
    dates = dates_of([2] * 24 + [9] * 7 + [4] * 4 + [20])
    told, untold = level_of(opened(dates)), level_of(opened(dates, reference=reference))
    assert (told.young, untold.word, untold.young) == (True, CANNOT_TELL, False)


@pytest.mark.parametrize(
    ("word", "changes", "turned"),
    [
        (RISING, {}, True),
        (RISING, {"month_climbs": 0.171}, False),
        (RISING, {"recent": 33.5}, False),  # 12.8 in as many days before: 12.75 are fewer
        (RISING, {"month": 1.0, "recent": 9.0, "reference": 9.0}, False),  # too few
        (FALLING, BACK, True),
        (FALLING, BACK | {"month_climbs": 0.829}, False),
        (FALLING, BACK | {"recent": 18.1}, False),
        (STEADY, {}, False),
        # A month near a usual one ends what rose or fell, whatever its chance: within 1.25 times.
        (RISING, {"month": 5.0, "recent": 16.0, "month_climbs": 0.5, "reference": 48.0}, True),
        (RISING, {"month": 5.0, "recent": 16.0, "month_climbs": 0.5, "reference": 47.0}, False),
        (RISING, {"month": 5.0, "recent": 15.0, "month_climbs": 0.5, "reference": 48.0}, False),
        (FALLING, {"month": 5.0, "recent": 9.0, "month_climbs": 0.5, "reference": 75.0}, True),
        (FALLING, {"month": 5.0, "recent": 9.0, "month_climbs": 0.5, "reference": 76.0}, False),
        (FALLING, {"month": 5.0, "recent": 15.0, "month_climbs": 0.5, "reference": 75.0}, False),
    ],
)
def test_a_month_turns_back_from_the_two_before_it(word, changes, turned):
    found = evidence(**{"month": 8.0, "recent": 40.0, "month_climbs": 0.17} | changes)
    assert level._turned(word, found) == turned
    # Of deaths the pace alone is asked.
    assert level._turned(word, found, least=0.0) == (turned or changes.get("month_climbs") in (0.171, 0.829))


@pytest.mark.parametrize(
    ("before", "word", "course"),
    [
        ([8, 8, 8, 10, 10, 10, 50, 50, 50, 24, 24, 24], STEADY, -1),
        ([22, 14, 12, 6, 5, 6, 2, 1, 1, 4, 8, 9], NO_CHANGE, 1),
        ([24, 24, 24, 24, 24, 24, 30, 30, 30, 24, 24, 24], STEADY, 0),  # 1.25 times is no other level
        ([1, 0, 2, 0, 1, 0, 3, 1, 1, 1, 0, 0], NO_CHANGE, 0),  # a fifth, of too few
    ],
)
def test_a_year_that_was_uneven_itself_is_told_beside_a_word_that_is_none(before, word, course):
    found = level_of(opened(dates_of(before[:6] + before)))
    assert (found.word, found.course) == (word, course)
    assert found.quarter_before == sum(before[6:9])


def test_a_level_whose_last_month_holds_none_is_not_called_high():
    """Few in 90 days are much of a quiet history, and none of them lies in the last 30."""
    quiet = [0, 1, 0, 0, 0, 1, 0, 0, 2, 0, 1, 0] * 2 + [2, 1, 2, 1, 2, 2, 1, 2, 2]
    high, ended = (level_of(opened(dates_of([*quiet, *last]))) for last in ([1, 2, 2], [3, 2, 0]))
    assert (high.word, high.height) == (NO_CHANGE, level.HIGH)
    assert (ended.word, ended.height) == (NO_CHANGE, "")


@pytest.mark.parametrize(
    ("word", "row", "leaning"),
    [
        (STEADY, {}, 1),
        (STEADY, {"ratio": 1.249}, 0),
        (STEADY, {"p_above": 0.984}, 0),
        (NO_CHANGE, {}, 1),
        (NO_CHANGE, {"p_above": 0.9}, 0),
        (NO_CHANGE, {"p_above": 0.9, "low": 1.25}, 1),  # all of the interval
        (STEADY, {"p_above": 0.9, "low": 1.25}, 0),
        (NO_CHANGE, {"ratio": 1.7}, 0),  # else it would be a rise: what keeps it from one is said
        (STEADY, LESS, -1),
        (STEADY, LESS | {"ratio_without": 0.81}, 0),  # one month of the year before makes it
        (STEADY, LESS | {"p_above": 0.016}, 0),
        (RISING, {}, 0),
    ],
)
def test_what_is_surely_more_or_fewer_is_not_called_steady_alone(word, row, leaning):
    base = {"ratio": 1.3, "ratio_without": 1.3, "low": 1.2, "high": 1.4, "p_above": 0.985}
    judged = Level("attacks", table=pd.DataFrame([base | row]), word=word)
    assert judged.leaning == leaning
    # What is certain is not said to be unclear.
    said = " ".join(leaning_words(judged))
    assert ("clearly enough" in said) == bool(leaning and not judged.sure)
    assert ("is called" in said) == bool(leaning and judged.sure)


def test_a_rise_whose_last_month_has_ended_it_turns_back():
    found = level_of(opened(dates_of([2] * 33 + [30, 30, 6])))
    assert (found.word, found.month_turned, found.sharp) == (RISING, True, False)


@pytest.mark.parametrize(
    ("word", "last", "above", "fine", "back"),
    [
        (RISING, 37, 0.05, True, 30),  # usual: 30, and 1.25 times that is 37.5
        (RISING, 38, 0.05, True, 0),
        (RISING, 37, 0.051, True, 0),
        (FALLING, 24, 0.95, True, 30),
        (FALLING, 23, 0.95, True, 14),
        (FALLING, 23, 0.95, False, 0),
        (FALLING, 24, 0.949, True, 0),
        (NO_CHANGE, 24, 0.95, True, 0),
    ],
)
def test_both_sides_of_days_that_are_back_near_the_usual_level(word, last, above, fine, back):
    """The last two weeks hold 14, as many as usual."""
    daily = np.r_[np.zeros(60), last - 14, np.zeros(15), 14, np.zeros(13)]
    row = pd.Series({"usual": 90.0, "span_days": 90})
    climbs = {30: above, 14: above if word == FALLING else 0.0}
    assert level._back(word, daily, climbs, row, fine=fine) == back


@pytest.mark.parametrize(("held", "back"), [(2, 0), (3, 14)])
def test_one_attack_or_two_end_no_fall(held, back):
    """Niger, 10 October 2008: one in 30 days, and "the last 14 days are back near the usual level"."""
    daily, row = np.r_[np.zeros(89), held], pd.Series({"usual": 3.6, "span_days": 90})
    assert level._back(FALLING, daily, {14: 0.99, 30: 0.99}, row) == back


@pytest.mark.parametrize(("held", "back"), [(2, 30), (3, 0)])
def test_a_month_of_one_attack_or_two_ends_a_rise(held, back):
    """Togo, 20 June 2005: one in 30 days after 84 in 60, and "attacks are above the usual level"."""
    daily, row = np.r_[np.zeros(89), held], pd.Series({"usual": 1.0, "span_days": 90})
    assert level._back(RISING, daily, {14: 0.01, 30: 0.01}, row) == back


@pytest.mark.parametrize("held", [{"month_alone": -1}, {"month_turned": True}, {"back": 30}])
def test_one_property_says_whether_the_last_days_have_turned(held):
    assert Level("attacks", word=RISING, **held).turned
    assert not Level("attacks", word=NO_CHANGE, **held).turned
    assert not Level("attacks", word=RISING).turned


def test_a_month_alone_is_told_apart_from_the_quarter():
    found = level_of(opened(dates_of([12] * 33 + [7, 6, 20])))
    assert (found.word, found.month_alone) == (NO_CHANGE, 1)
    below = level_of(opened(dates_of([12] * 33 + [17, 18, 4])))
    assert (below.word, below.month_alone) == (NO_CHANGE, -1)
    assert level_of(opened(dates_of(STEADY_MONTHS))).month_alone == 0


@pytest.mark.parametrize(
    ("changes", "beyond"),
    [
        ({"month_ratio": 1.5, "month_above": 0.83}, 1),
        ({"month_ratio": 1.49, "month_above": 0.83}, 0),
        ({"month_ratio": 1.5, "month_above": 0.829}, 0),
        ({"month_ratio": 2 / 3, "month_above": 0.169}, -1),
        ({"month_ratio": 0.667, "month_above": 0.169}, 0),
        ({"month_ratio": 2 / 3, "month_above": 0.171}, 0),
        ({"month_ratio": 3.0, "month_above": 0.99, "recent": 5.0, "reference": 4.0}, 0),
        ({"month_ratio": 0.1, "month_above": 0.01, "recent": 5.0, "reference": 4.0}, 0),
    ],
)
def test_each_bound_of_a_month_alone_on_both_sides(changes, beyond):
    assert level._month_beyond(evidence(**changes)) == beyond


def test_three_events_in_90_days_are_no_high_level():
    """ "Attacks are at a high level" stood above one in 30 days (Niger, April 2008)."""
    counts = [0, 0, 1] * 12 + [1] * 12
    assert level_of(opened(dates_of([*counts, 1, 1, 1]))).height == "usual"
    assert level_of(opened(dates_of([*counts, 2, 2, 1]))).height == "high"


def test_height_is_among_all_earlier_spans():
    assert level_of(opened(dates_of([4] * 18 + [30] * 12 + [12] * 6))).height == "usual"
    risen = level_of(opened(dates_of([4] * 33 + [12] * 3)))
    assert (risen.height, risen.highest_since) == ("high", None)
    assert level_of(opened(dates_of([12] * 33 + [3] * 3))).height == "low"
    # "Attacks stay at a low level" stood over 50 where all spans hold some 54: 36 beside 45 are low, 37 are not.
    assert level_of(opened(dates_of([15] * 33 + [12] * 3))).height == "low"
    assert level_of(opened(dates_of([15] * 33 + [12, 12, 13]))).height == "usual"
    assert level_of(opened(dates_of([12] * 33 + [15] * 3))).height == "high"
    assert level_of(opened(dates_of([12] * 33 + [15, 15, 14]))).height == "usual"


def test_no_most_on_record_where_an_overlapping_quarter_held_more():
    now = level_of(opened(dates_of([4] * 32 + [14, 12, 12, 4])))  # 28 in 90 days; 38 in those to a month before
    assert now.word == RISING
    assert abs((now.highest_since - (AS_OF - pd.Timedelta(days=1))).days) <= 7


def test_a_rise_said_long_before_its_plainest_step_is_older():
    step = level_of(opened(dates_of([8] * 33 + [24] * 3)))
    assert not step.long_said
    older = level_of(opened(dates_of([3] * 25 + [8] * 8 + [24] * 3)))
    assert older.looks["word"].eq(RISING).all()
    assert older.long_said


def test_the_most_of_a_quiet_history_is_no_high_level_below_the_year_before():
    found = level_of(opened(dates_of([0] * 18 + [2] * 15 + [1, 1, 1])))
    assert found.height == "usual"  # more than in most of three years, and half of what the year before led to expect


def test_deaths_have_their_own_word():
    dates = dates_of(STEADY_MONTHS)
    rows = [
        {"date": f"{day:%Y-%m-%d}", "fatalities_best": 12 if day > AS_OF - pd.Timedelta(days=90) else 2}
        for day in sorted(dates)
    ]
    made = make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31")
    assert level_of(made).word == STEADY
    deaths = level_of(made, quantity="deaths")
    assert deaths.word == RISING
    assert deaths.table["ratio"].iloc[0] == pytest.approx(6)
    assert "have no figure of deaths" in level_of(opened(dates), quantity="deaths").problem


def test_rows_after_as_of_change_nothing():
    dates = dates_of([8] * 33 + [14] * 3)
    one = level_of(opened(dates))
    other = level_of(opened([*dates, *[AS_OF + pd.Timedelta(days=3)] * 50], last_day="2025-06-30"))
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.looks, other.looks)
    assert one.word == other.word


@settings(max_examples=25, derandomize=True)
@given(
    counts=st.lists(st.integers(0, 12), min_size=18, max_size=36),
    last=st.lists(st.integers(0, 30), min_size=3, max_size=3),
)
def test_the_word_and_the_interval_agree(counts, last):
    if sum(counts) + sum(last) == 0:
        return
    found = level_of(opened(dates_of([*counts, *last])))
    if found.table.empty:
        assert found.word == CANNOT_TELL
        return
    row = found.table.iloc[0]
    if found.word == RISING:
        assert row["ratio"] > 1
        assert found.standing or found.young or row["low"] > 1 or row["p_above"] >= STANDING
        assert found.month_alone <= 0
    if found.word == FALLING:
        assert row["ratio"] < 1
        assert found.standing or found.young or row["high"] < 1 or row["p_above"] <= 1 - STANDING
    if found.word == STEADY:
        assert row["low"] > 2 / 3
        assert row["high"] < 1.5
        assert found.month_alone == 0
    if found.word == NO_CHANGE:
        assert not (row["ratio"] >= 1.5 and row["p_above"] >= CERTAIN and row["recent"] >= 30)
    assert (found.since is not None) == (found.word in (RISING, FALLING))


def test_a_unit_is_judged_by_the_same_rule_whatever_the_study_counts_by():
    dates = dates_of([8] * 33 + [16] * 3)
    by_country = level_of(opened(dates, unit="country"))
    by_admin = level_of(opened(dates, unit="admin1"))
    assert by_country.word == by_admin.word
    pd.testing.assert_frame_equal(by_country.table, by_admin.table)


def test_weekly_counts_are_judged_in_spans_of_four_weeks():
    weeks = pd.date_range("2022-01-03", "2024-12-23", freq="7D")
    counts = pd.DataFrame(
        {
            "period_start": weeks,
            "period_end": weeks + pd.Timedelta(days=7),
            "attacks": np.r_[np.full(143, 3), np.full(13, 9)],
            "deaths": np.nan,
        }
    )
    made = make_study(make_incidents([{"date": "2023-01-01"}]), start="2022-01-03", as_of="2024-12-29")
    found = level_of(replace(made, counts=counts, attacks=made.attacks.iloc[:0]))
    assert found.word == RISING
    assert found.table["span_days"].tolist() == [84, 28]
    assert found.table["recent"].iloc[0] == 12 * 9  # "108.0 attacks" where sevenths of weeks were added up
    quiet = counts.assign(attacks=np.where(np.arange(len(counts)) % 20 == 19, 3, 0))  # weeks 99, 119, 139 of the 60
    problem = level_of(replace(made, counts=quiet, attacks=made.attacks.iloc[:0])).problem
    assert problem == "the last 84 days and the 336 before hold 9 attacks together, and a comparison needs 10"
    sixths = counts.assign(attacks=1 / 6)  # 60 of them are ten, though added up they are a little less
    assert "a comparison needs" not in level_of(replace(made, counts=sixths, attacks=made.attacks.iloc[:0])).problem
    some = counts.assign(deaths=np.where(np.arange(len(counts)) < 16, np.nan, 2.0))  # 16 of 156 weeks, over a tenth
    few = counts.assign(deaths=np.where(np.arange(len(counts)) < 15, np.nan, 2.0))
    refused, judged = (
        level_of(replace(made, counts=table, attacks=made.attacks.iloc[:0]), quantity="deaths") for table in (some, few)
    )
    assert "16 of 156 counts have no figure of deaths, more than 10 %" in refused.problem
    assert judged.word != CANNOT_TELL
