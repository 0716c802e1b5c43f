"""On which days rows count; expected values by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.incidents.counting import counted_spans, spread_evenly
from tests.measures.tables import make_incidents, make_study


def test_a_day_counts_on_its_first_day_and_a_month_on_all_its_days():
    study = make_study(
        make_incidents(
            [
                {"date": "2024-01-31", "fatalities_best": 5},
                {"date_start": "2024-02-01", "date_end": "2024-02-04"},  # four days, counted on the first
                {"date": "2024-02-10", "date_precision": "month", "fatalities_best": 29},  # all 29 days of February
                {"date": "2024-02-02", "date_precision": "week"},
            ]
        ),
        start="2024-01-30",
        as_of="2024-03-01",
    )
    daily = study.daily_counts()
    share = 1 / 29
    assert daily.shape == (32,)
    assert daily[:5] == pytest.approx([0, 1, 1 + share, 1 + share, share])
    assert daily[-2:] == pytest.approx([share, 0])
    assert study.daily_counts("deaths")[[1, 2, 31]] == pytest.approx([5, 1, 0])
    assert study.count_period_days == 1
    assert not study.holds_counts
    with pytest.raises(ValueError, match="expected one of attacks, deaths"):
        study.daily_counts("wounded")


def test_a_month_that_the_study_cuts_keeps_its_whole_number():
    # Known to March; the study ends on 10 March, and the attack was in the table by then: a tenth on each of ten days.
    incidents = make_incidents([{"date": "2024-03-05", "date_precision": "month"}])
    daily = make_study(incidents, start="2024-02-28", as_of="2024-03-10").daily_counts()
    assert daily == pytest.approx([0, 0, *[0.1] * 10])


def test_the_dates_that_a_publisher_leaves_open_come_before_the_calendar():
    incidents = make_incidents(
        [
            {"date_start": "2024-03-11", "date_end": "2024-03-14", "date_precision": "month"},
            {"date": "2024-07-01", "date_precision": "year"},
            {"date": "2024-07-01", "date_precision": "unstated"},
        ]
    )
    first, end = counted_spans(incidents)
    assert [f"{day:%m-%d}" for day in first] == ["03-11", "01-01", "07-01"]
    assert [f"{day:%Y-%m-%d}" for day in end] == ["2024-03-15", "2025-01-01", "2024-07-02"]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(-5, 40), st.integers(1, 31), st.integers(0, 9)), max_size=20))
def test_no_part_of_a_number_is_lost_inside_and_none_comes_from_outside(rows):
    start = pd.Timestamp("2024-01-01")
    first = pd.Series([start + pd.Timedelta(days=day) for day, _, _ in rows], dtype="datetime64[us]")
    end = first + pd.to_timedelta(pd.Series([n for _, n, _ in rows], dtype="int64"), unit="D")
    number = np.array([x for _, _, x in rows], dtype=float)
    days = spread_evenly(number, first, end, start=start, end_of_all=start + pd.Timedelta(days=30))
    inside = sum(x for day, n, x in rows if day + n > 0 and day < 30)
    assert days.shape == (30,)
    assert (days >= 0).all()
    assert days.sum() == pytest.approx(inside)
