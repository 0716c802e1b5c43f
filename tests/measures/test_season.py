"""The last days beside the same days of earlier years."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.measures.level import FALLING
from analysis.measures.season import ALIKE, FEWER, MORE, OPEN, _asked_years, most_years, stands_beside, told_beside

SAME, YEARS = np.array([90.0, 110.0, 100.0]), np.array([200.0, 200.0, 200.0])


@pytest.mark.parametrize(
    ("recent", "stands"),
    # The season brings 300 of 600: twice the share of 90 days in 360; 200 of the year before would be 100 now.
    [(100, ALIKE), (111, ALIKE), (124, ALIKE), (126, OPEN), (79, OPEN), (200, MORE), (75, OPEN), (40, FEWER)],
)
def test_the_last_count_is_held_against_what_the_season_brings(recent, stands):
    assert stands_beside(recent, 200.0, 4.0, SAME, YEARS, 2.0) == (2.0, stands)


def test_counts_that_vary_much_are_not_beyond_the_season():
    # log 1.25 / sqrt(D * (1/160 + 1/200 + 1/300 + 1/600)): 1.6 times is 3.7 standard errors at D = 1, 1.5 at D = 6.
    assert stands_beside(160, 200.0, 4.0, SAME, YEARS, 1.0)[1] == MORE
    assert stands_beside(160, 200.0, 4.0, SAME, YEARS, 6.0)[1] == OPEN


def test_a_season_without_counts_tells_nothing():
    assert stands_beside(9, 20.0, 4.0, np.zeros(3), YEARS, 1.0)[1] == OPEN
    assert stands_beside(9, 0.0, 4.0, SAME, YEARS, 1.0)[1] == OPEN


@pytest.mark.parametrize(
    ("direction", "factor", "stands", "told"),
    [
        (1, 1.25, ALIKE, (1, ALIKE)), (1, 1.24, ALIKE, (0, "")), (1, 0.8, ALIKE, (-1, "")), (-1, 0.8, OPEN, (-1, OPEN)),
        (0, 0.5, MORE, (-1, MORE)), (0, 0.81, MORE, (0, "")), (0, 2.0, ALIKE, (1, "")), (1, np.nan, MORE, (0, "")),
    ],
)  # fmt: skip
def test_what_is_told_beside_a_word(direction, factor, stands, told):
    assert told_beside(direction, 1 if factor > 1 else -1, factor, stands) == told
    assert told_beside(direction, 0, factor, stands) == (0, "")  # not in most years


@pytest.mark.parametrize(
    ("same", "often"),
    [
        ([20, 20, 20, 20, 9], 1),  # of 40 a year
        ([20, 20, 20, 9, 9], 0),
        ([5, 5, 5, 5, 10], -1),  # as many is on neither side
        ([5, 5, 5, 10, 10], 0),
    ],
)
def test_a_season_is_told_where_its_days_stood_out_in_most_years(same, often):
    years = np.full(5, 40.0)
    assert most_years(np.array(same, dtype=float), years, 4.0) == often
    assert most_years(np.array([*same, 9.0]), np.array([*years, 9.0]), 4.0) == often  # too few in a year to tell


def test_years_without_events_tell_of_no_season():
    assert most_years(np.zeros(3), np.zeros(3), 4.0) == 0


@pytest.mark.parametrize(("a_year", "asked"), [(9, 0), (10, 2)])
def test_years_with_few_events_let_nobody_ask_after_a_season(a_year, asked):
    """Côte d'Ivoire, August 2011: a war had ended, and none of 3, 1 and 4 in the years before "stood out alike"."""

    def count_between(start, end):  # `a_year` a year, all in its first days
        return float(a_year * sum(start <= pd.Timestamp(year, 1, 1) < end for year in range(2019, 2025)))

    first, end = pd.Timestamp("2021-01-01"), pd.Timestamp("2024-12-20")
    study = SimpleNamespace(start=first, end=end, count_between=count_between)
    row = pd.Series({"span_days": 90, "reference_days": 270, "recent": 9.0})
    judged = SimpleNamespace(word=FALLING)
    assert _asked_years(study, judged, row, [0.0, 0.0, 0.0]) == asked
