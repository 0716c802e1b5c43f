"""The verdict on a table's own history: what counts as right, as a flip, as a rise in time; by hand."""

import numpy as np
import pandas as pd
import pytest

from analysis.measures import hindsight
from analysis.measures.hindsight import count_flips, hindsight_of, judge_words
from analysis.measures.level import FALLING, NO_CHANGE, RISING, words_over_time
from tests.measures.test_level import dates_of, opened

WEEKS = pd.date_range("2024-01-07", periods=12, freq="7D")


def looks(words, ends, reference=360.0, reference_days=360):
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.array(ends) - 1, unit="D")
    return pd.DataFrame(
        {"day": days, "recent": 90.0, "reference": reference, "reference_days": reference_days, "word": words}
    )


@pytest.mark.parametrize(
    ("words", "changes", "flips"),
    [
        ("nnnnnnnnnnnn", 0, 0),
        ("nnnrrrrrrrrr", 1, 0),
        ("nnnrnnnnnnnn", 2, 1),  # rising for a week
        ("nnrrrrnnnnnn", 2, 1),  # back 28 days after
        ("nnrrrrrnnnnn", 2, 0),  # back after 35
        ("nnnnnnnnnrnn", 0, 0),  # four weeks after it are not known
    ],
)
def test_a_flip_is_taken_back_within_four_weeks(words, changes, flips):
    named = pd.Series([{"n": NO_CHANGE, "r": RISING}[letter] for letter in words])
    assert count_flips(pd.Series(WEEKS), named) == (changes, flips)


def test_each_word_is_held_against_the_half_year_after_it():
    # One a day in the year before; then 180 days of 2, of 1, of .5 a day.
    daily = np.concatenate([np.ones(400), np.full(180, 2.0), np.full(180, 1.0), np.full(180, 0.5)])
    table = looks([RISING, NO_CHANGE, FALLING, RISING], [400, 580, 760, 940])
    words = judge_words(table, daily, np.array([400, 580, 760, 940])).words.set_index("word")
    assert words["n_known"].to_dict() == {RISING: 1, FALLING: 1, NO_CHANGE: 1}  # nothing is known after the last look
    assert words["n_right"].to_dict() == {RISING: 1, FALLING: 1, NO_CHANGE: 1}
    assert words.loc[RISING, "n_looks"] == 2
    assert words["share_of_all"].tolist() == pytest.approx([1 / 3] * 3)


def test_at_the_bounds_a_half_year_is_no_change():
    daily = np.concatenate([np.ones(400), np.full(180, 1.25)])
    words = judge_words(looks([RISING], [400]), daily, np.array([400])).words.set_index("word")
    assert words.loc[RISING, "n_right"] == 0  # more than 1.25 times, not as much


def test_a_rise_is_named_in_time_or_missed():
    daily = np.concatenate([np.ones(360), np.full(300, 3.0)])
    ends = np.arange(360, 480, 7)
    named = judge_words(looks([NO_CHANGE] * 5 + [RISING] * (ends.size - 5), ends), daily, ends)
    assert (named.n_rises, named.n_said, named.delay_days) == (1, 1, 35)
    missed = judge_words(looks([NO_CHANGE] * ends.size, ends), daily, ends)
    assert (missed.n_rises, missed.n_said) == (1, 0)
    assert np.isnan(missed.delay_days)


def test_words_are_those_that_would_have_been_said_then():
    dates = dates_of([8] * 20 + [30] * 8 + [8] * 8)
    whole = words_over_time(opened(dates))
    day = whole["day"].iloc[60]
    rows = [date for date in dates if date <= day]
    from tests.measures.tables import make_incidents, make_study

    cut = make_study(
        make_incidents([{"date": f"{date:%Y-%m-%d}"} for date in sorted(rows)]),
        start="2022-01-01",
        as_of=f"{day:%Y-%m-%d}",
    )
    then = words_over_time(cut)
    assert then["word"].tolist() == whole["word"].iloc[: len(then)].tolist()
    np.testing.assert_allclose(then["p_above"], whole["p_above"].iloc[: len(then)], atol=1e-3)


def test_a_war_that_lasted_is_named_rising_and_right():
    found = hindsight_of(opened(dates_of([6] * 16 + [25] * 20)))
    assert found.problem == ""
    rising = found.words.set_index("word").loc[RISING]
    assert rising["n_right"] >= 0.6 * rising["n_known"] > 0
    assert (found.n_rises, found.n_said) == (1, 1)


def test_what_cannot_be_told_has_no_hindsight():
    reference = [("MLI", "2023-01-01", "2023-02-01", 8), ("MLI", "2023-06-01", "2023-07-01", 40)]
    found = hindsight_of(opened(dates_of([8] * 36), reference=reference))
    assert "completeness varies" in found.problem
    assert found.words.empty
    assert hindsight.definition_words().count(". ") >= 4
