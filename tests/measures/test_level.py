"""The word on a level: each threshold on both sides, cases that anybody can see, and that words never contradict their
interval.
"""

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
    Evidence,
    Words,
    level_of,
    next_words,
)
from tests.measures.tables import make_incidents, make_study

START, AS_OF = pd.Timestamp("2022-01-01"), pd.Timestamp("2024-12-31")
N_DAYS = (AS_OF - START).days + 1
BASE = {
    "recent": 30.0, "reference": 60.0, "share": 4.0, "ratio": 2.0, "p_above": 0.99, "p_up": 0.9, "p_down": 0.0,
    "borne_up": 0.9, "borne_down": 0.0,
    "month": 10.0, "month_ratio": 1.9, "month_above": 0.9,
    "days": 20, "dispersion": 1.5, "moves": 0.9, "carried": True,
}  # fmt: skip
DOWN = {"ratio": 0.5, "p_above": 0.01, "borne_up": 0.0, "borne_down": 0.9, "month_ratio": 0.6, "month_above": 0.1}


def evidence(**changes):
    return Evidence(**{name: np.array([value]) for name, value in (BASE | changes).items()})


def word(before=None, **changes):
    return int(next_words(evidence(**changes), before or Words.none(1)).code[0])


def standing(code, weeks=0, *, sharp=False, age=20, ended=0, quiet=0):
    return Words(*(np.array([value]) for value in (code, weeks, sharp, age, ended, quiet)))


def dates_of(counts):
    """Return one date an event, given how many events each 30-day span before the end of 2024 holds, oldest first."""
    dates = []
    for back, count in enumerate(reversed(counts)):
        end = AS_OF - pd.Timedelta(days=30 * back)
        dates += [end - pd.Timedelta(days=int(day)) for day in (np.arange(count) * 30 // max(count, 1))]
    return dates


def opened(dates, **arguments):
    rows = [{"date": f"{day:%Y-%m-%d}"} for day in sorted(dates)]
    return make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31", **arguments)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 1),
        ({"ratio": 1.6}, 1),
        ({"ratio": 1.599}, 0),
        ({"p_above": 0.985, "borne_up": 0.1}, 1),
        ({"p_above": 0.984, "borne_up": 0.1}, 0),  # not certain by itself, and the table's history does not bear it out
        ({"p_above": 0.83, "borne_up": 0.72}, 1),
        ({"p_above": 0.829, "borne_up": 0.72}, 0),
        ({"p_above": 0.9, "borne_up": 0.719}, 0),
        ({"days": 3}, 1),
        ({"days": 2}, 0),  # all of them on two days
        ({"recent": 6.0, "reference": 4.0, "dispersion": 1.0}, 1),  # ten in both
        ({"recent": 5.0, "reference": 4.0, "dispersion": 1.0}, 0),
        ({"dispersion": 9.0, "p_above": 0.985}, 1),  # 90 events, ten clusters
        ({"dispersion": 9.1, "p_above": 0.984}, 0),
        ({"dispersion": 9.1, "p_above": 0.985}, 1),  # certain
        (DOWN, -1),
        (DOWN | {"ratio": 0.626}, 0),
        (DOWN | {"p_above": 0.01, "borne_down": 0.1}, -1),
        (DOWN | {"p_above": 0.0101, "borne_down": 0.1}, 0),
        (DOWN | {"p_above": 0.169, "borne_down": 0.7}, -1),
        (DOWN | {"p_above": 0.171, "borne_down": 0.7}, 0),
        (DOWN | {"p_above": 0.1, "borne_down": 0.699}, 0),
        (DOWN | {"dispersion": 11.25, "p_above": 0.1}, -1),  # 90 events, eight clusters
        (DOWN | {"dispersion": 11.3, "p_above": 0.1}, 0),
        (DOWN | {"days": 0}, -1),  # a fall needs no days
        ({"ratio": 1.3, "p_above": 0.9, "borne_up": 0.4, "month_ratio": 2.0, "month_above": 0.995}, 1),  # sharply
        ({"ratio": 1.3, "p_above": 0.9, "borne_up": 0.4, "month_ratio": 1.99, "month_above": 0.995}, 0),
        ({"ratio": 1.3, "p_above": 0.9, "borne_up": 0.4, "month_ratio": 2.0, "month_above": 0.994}, 0),
        ({"ratio": 1.3, "p_above": 0.82, "borne_up": 0.4, "month_ratio": 2.0, "month_above": 0.995}, 0),
        (
            {
                "ratio": 0.8,
                "p_above": 0.1,
                "borne_up": 0.0,
                "borne_down": 0.4,
                "month_ratio": 0.5,
                "month_above": 0.005,
            },
            -1,
        ),
    ],
)
def test_each_threshold_on_both_sides(changes, code):
    assert word(**changes) == code


@pytest.mark.parametrize(
    ("before", "changes", "code"),
    [
        (standing(1, 3), {"ratio": 1.5, "p_above": 0.93, "borne_up": 0.1}, 1),
        (standing(1), {"ratio": 1.5, "p_above": 0.92, "borne_up": 0.1}, 1),  # first week without support
        (standing(1, 1), {"ratio": 1.5, "p_above": 0.92, "borne_up": 0.1}, 1),
        (standing(1, 2), {"ratio": 1.5, "p_above": 0.92, "borne_up": 0.1}, 0),  # the third
        (standing(1), {"ratio": 1.499, "p_above": 0.93, "borne_up": 0.1}, 0),
        (standing(0), {"ratio": 1.5, "p_above": 0.93, "borne_up": 0.1}, 0),
        (standing(-1), {"ratio": 0.666, "p_above": 0.07, "borne_up": 0.0, "borne_down": 0.1}, -1),
        (standing(-1), {"ratio": 0.667, "p_above": 0.07, "borne_up": 0.0, "borne_down": 0.1}, 0),
        (standing(1, 3, age=3), {"ratio": 1.01, "p_above": 0.5, "borne_up": 0.1}, 1),  # begun of late
        (standing(1, 4, age=4), {"ratio": 1.01, "p_above": 0.5, "borne_up": 0.1}, 0),
        (standing(1, 3, age=3), {"ratio": 0.99, "p_above": 0.5, "borne_up": 0.1}, 0),
        (standing(-1, 3, age=3), {"ratio": 0.99, "p_above": 0.5, "borne_up": 0.1}, -1),
        (standing(0, ended=1, quiet=4), {"p_above": 0.969}, 0),  # ended of late
        (standing(0, ended=1, quiet=4), {"p_above": 0.97}, 1),
        (standing(0, ended=1, quiet=5), {"p_above": 0.969}, 1),
        (standing(0, ended=-1, quiet=1), {"p_above": 0.969}, 1),
        (standing(0, ended=-1, quiet=4), DOWN | {"p_above": 0.05}, 0),
        (standing(-1), {}, 1),  # the opposite is said at once
        (standing(1), DOWN, -1),
    ],
)
def test_a_word_stands_for_a_while(before, changes, code):
    assert word(before, **changes) == code


def test_how_long_a_word_has_stood_is_counted():
    bare = {"ratio": 1.3, "p_above": 0.6, "borne_up": 0.1}
    words = next_words(evidence(), Words.none(1))
    counted = []
    for _ in range(7):
        words = next_words(evidence(**bare), words)
        counted.append(
            tuple(int(part[0]) for part in (words.code, words.unconfirmed, words.age, words.ended, words.quiet))
        )
    assert counted == [
        (1, 1, 1, 0, 0), (1, 2, 2, 0, 0), (1, 3, 3, 0, 0), (1, 4, 4, 0, 0), (0, 0, 0, 1, 1), (0, 0, 0, 1, 2),
        (0, 0, 0, 1, 3),
    ]  # fmt: skip


def test_no_count_makes_a_word_flip_within_four_weeks_but_for_what_is_plain():
    generator = np.random.default_rng(5)
    words, codes = Words.none(200), []
    for _ in range(60):
        ratio = np.exp(generator.normal(0.3, 0.3, 200))
        found = Evidence(**{name: np.full(200, value) for name, value in BASE.items()})
        found = replace(
            found, ratio=ratio, p_above=np.minimum(np.clip(ratio / 2, 0, 1), 0.94), month_above=np.full(200, 0.5)
        )
        words = next_words(found, words)
        codes.append(words.code)
    codes = np.array(codes)
    assert (codes == 1).any()
    for week in range(1, 56):
        changed = (codes[week] != codes[week - 1]) & (codes[week - 1] == 1)
        assert not (changed & (codes[week + 1 : week + 5] == 1).any(axis=0)).any()


def test_only_a_history_whose_levels_last_bears_a_change_out():
    generator = np.random.default_rng(3)
    lasting = generator.poisson(np.repeat([2.0, 9.0, 2.0, 9.0, 2.0], 12))
    bursts = np.where(np.arange(60) % 5 == 0, 20, 2)
    found = level.lasting_of(np.stack([lasting, bursts]))
    assert found[0] > level.LASTING_DOWN
    assert found[1] < level.LASTING
    assert level.lasting_of(bursts[None, :19]).tolist() == [1]  # too few to tell
    for history, borne in ((lasting, True), (bursts, False)):
        found, _ = level.judge_history(np.concatenate([history, [14, 15, 16]])[None])
        assert (found.borne_up[0, -1] > 0.5) == borne
        assert found.borne_up[0, -1] <= found.p_up[0, -1]


def test_in_a_table_of_months_a_word_stands_one_more_month():
    words = standing(1, age=20)
    for expected in (1, 0):
        words = next_words(evidence(ratio=1.5, p_above=0.8, borne_up=0.1), words, patience=level.MONTHLY)
        assert words.code[0] == expected


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
    assert found.word in (NO_CHANGE, CANNOT_TELL)


def test_a_history_of_a_hundred_days_is_too_short():
    made = make_study(
        make_incidents([{"date": f"2024-12-{day:02d}"} for day in range(1, 29)]), start="2024-09-23", as_of="2024-12-31"
    )
    found = level_of(made)
    assert found.word == CANNOT_TELL
    assert "the history has 100 days" in found.problem


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


def test_the_table_counts_by_hand():
    found = level_of(opened(dates_of([8] * 33 + [16, 10, 12])))
    row = found.table.set_index("span").loc["90 days"]
    assert (row["recent"], row["reference"], row["usual"]) == (38, 96, 24)  # 12 spans of 8 before; a quarter of them
    assert row["ratio"] == pytest.approx(38 / 24)
    month = found.table.set_index("span").loc["30 days"]
    assert (month["recent"], month["reference"]) == (12, 10 + 16 + 10 * 8)


def test_since_is_where_the_level_changed():
    found = level_of(opened(dates_of([8] * 33 + [24] * 3)))
    assert abs((found.since - (AS_OF - pd.Timedelta(days=89))).days) <= 7


def test_since_is_of_a_fall_where_an_older_rise_parts_the_year_better():
    fell = level_of(opened(dates_of([20] * 21 + [6] * 4 + [40] * 8 + [6, 6, 5])))
    assert fell.word == FALLING
    assert abs((fell.since - (AS_OF - pd.Timedelta(days=89))).days) <= 7


def test_a_month_alone_is_told_apart_from_the_quarter():
    found = level_of(opened(dates_of([12] * 33 + [7, 6, 20])))
    assert (found.word, found.month_alone) == (NO_CHANGE, 1)
    below = level_of(opened(dates_of([12] * 33 + [17, 18, 4])))
    assert (below.word, below.month_alone) == (NO_CHANGE, -1)
    assert level_of(opened(dates_of(STEADY_MONTHS))).month_alone == 0


def test_height_is_among_all_earlier_spans():
    assert level_of(opened(dates_of([4] * 18 + [30] * 12 + [12] * 6))).height == "usual"
    risen = level_of(opened(dates_of([4] * 33 + [12] * 3)))
    assert (risen.height, risen.highest_since) == ("high", None)
    assert level_of(opened(dates_of([12] * 33 + [3] * 3))).height == "low"


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


def test_one_massacre_is_no_level_of_deaths():
    dates = dates_of([8] * 36)
    rows = [{"date": f"{day:%Y-%m-%d}", "fatalities_best": 2.0} for day in sorted(dates)]
    rows[-10]["fatalities_best"] = 400.0
    made = make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31")
    found = level_of(made, quantity="deaths")
    assert found.table["ratio"].iloc[0] > 5
    assert found.word == NO_CHANGE
    assert found.table["high"].iloc[0] > 8 * found.table["low"].iloc[0]
    assert found.dispersion > 150
    # The same deaths over all attacks of the quarter are a level.
    for row in rows[-24:]:
        row["fatalities_best"] = 18.0
    even = make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31")
    assert level_of(even, quantity="deaths").word == RISING


@pytest.mark.parametrize(
    ("sign", "before"), [(1, Words.none(1)), (-1, Words.none(1)), (1, standing(1, age=1)), (-1, standing(-1, age=1))]
)
def test_no_word_rests_on_one_attack(sign, before):
    changes = {} if sign == 1 else DOWN
    assert next_words(evidence(**changes), before).code[0] == sign
    assert next_words(evidence(**changes, carried=False), before).code[0] == 0


def test_the_attack_that_deaths_owe_most_to_is_named_with_the_ratio_without_it():
    rows = [{"date": f"{day:%Y-%m-%d}", "fatalities_best": 10.0} for day in sorted(dates_of([8] * 36))]
    rows[-10]["fatalities_best"] = 300.0
    made = make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31")
    found = level_of(made, quantity="deaths")
    assert found.deadliest is not None
    recent, reference = found.table.loc[0, ["recent", "reference"]]
    assert (f"{found.deadliest.day:%Y-%m-%d}", found.deadliest.deaths) == (rows[-10]["date"], 300.0)
    assert found.deadliest.share == pytest.approx(300 / recent)
    assert found.deadliest.ratio == pytest.approx((recent - 300) / reference * 4)
    assert found.deadliest.recent
    assert not found.deadliest.carried
    # A year in which one attack killed most makes no fall either.
    rows[-10]["fatalities_best"], rows[-60]["fatalities_best"] = 10.0, 1500.0
    after = level_of(make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31"), quantity="deaths")
    assert after.table["ratio"].iloc[0] < 0.5
    assert after.word == NO_CHANGE
    assert after.deadliest is not None
    assert (after.deadliest.recent, after.deadliest.carried) == (False, False)
    assert level_of(made).deadliest is None


def test_rows_after_as_of_change_nothing():
    dates = dates_of([8] * 33 + [14] * 3)
    one = level_of(opened(dates))
    other = level_of(opened([*dates, *[AS_OF + pd.Timedelta(days=3)] * 50], last_day="2025-06-30"))
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.looks, other.looks)
    assert one.word == other.word


def test_a_history_is_judged_month_by_month_without_look_ahead():
    counts = np.random.default_rng(1).poisson([[6], [20]], (2, 40))
    whole, codes = level.judge_history(counts)
    cut, earlier = level.judge_history(counts[:, :30])
    np.testing.assert_array_equal(codes[:, :30], earlier)
    # The grid of levels is as high as the highest count of the call: a percent of a chance at most.
    np.testing.assert_allclose(whole.p_above[:, :30], cut.p_above, atol=0.01)
    assert np.isnan(whole.p_above[:, :8]).all()
    assert not np.isnan(whole.p_above[:, 8:]).any()


@settings(max_examples=25, deadline=None, derandomize=True)
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
        assert found.standing or found.sharp or row["low"] > 1 or row["p_above"] >= level.STANDING
        assert found.month_alone <= 0
    if found.word == FALLING:
        assert row["ratio"] < 1
        assert found.standing or found.sharp or row["high"] < 1 or row["p_above"] <= 1 - level.STANDING
    if found.word == STEADY:
        assert row["low"] > 2 / 3
        assert row["high"] < 1.5
        assert found.month_alone == 0
    if found.word == NO_CHANGE:
        assert not (row["ratio"] >= 1.5 and row["p_above"] >= level.CERTAIN and row["recent"] >= 30)
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
    assert found.table["recent"].iloc[0] == pytest.approx(12 * 9)
    some = counts.assign(deaths=np.where(np.arange(len(counts)) < 16, np.nan, 2.0))  # 16 of 156 weeks, over a tenth
    few = counts.assign(deaths=np.where(np.arange(len(counts)) < 15, np.nan, 2.0))
    refused, judged = (
        level_of(replace(made, counts=table, attacks=made.attacks.iloc[:0]), quantity="deaths") for table in (some, few)
    )
    assert "16 of 156 counts have no figure of deaths, more than 10 %" in refused.problem
    assert judged.word != CANNOT_TELL
