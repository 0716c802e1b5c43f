"""On which days rows count; expected values by hand."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.incidents import counting
from analysis.incidents.counting import DAY, counted_spans, days_within, spread_evenly, spread_over
from analysis.incidents.opening import open_study
from analysis.measures.frequency import counts_of
from analysis.reports import wording
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
            {"date_start": "2024-07-01", "date_end": "2024-09-30", "incident_kind": "summary"},
        ]
    )
    first, end = counted_spans(incidents)
    assert [f"{day:%m-%d}" for day in first] == ["03-11", "01-01", "07-01", "07-01"]
    assert [f"{day:%Y-%m-%d}" for day in end] == ["2024-03-15", "2025-01-01", "2024-07-02", "2024-10-01"]


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


# ---------------------------------------------------------------------------------------------------------------------
# What a window holds of a row

SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 31)), min_size=1, max_size=20)


@settings(max_examples=50)
@given(SPANS, st.lists(st.integers(0, 75), min_size=2, max_size=8, unique=True).map(sorted))
def test_the_shares_of_adjoining_windows_add_up_and_are_those_of_the_days(spans, edges):
    begins, lengths = (np.array(part) for part in zip(*spans, strict=True))
    ends, edges = begins + lengths, np.array(edges)
    shares = [counting.shares_between(begins, ends, *pair) for pair in pairwise(edges)]
    assert np.sum(shares, axis=0) == pytest.approx(counting.shares_between(begins, ends, edges[0], edges[-1]))
    row, at, share = counting.periods_of(begins, ends, edges)
    table = np.zeros((len(edges) - 1, len(spans)))
    np.add.at(table, (at, row), share)
    assert table == pytest.approx(np.array(shares))


def test_a_window_holds_of_a_month_the_share_of_its_days_and_the_month_is_whole_where_its_middle_is():
    rows = [
        {"date": "2025-06-20", "date_precision": "month", "locality": "Kidal"},
        {"date": "2025-07-01", "date_precision": "month", "fatalities_best": 31, "locality": "Gao"},
        {"date": "2025-07-02", "fatalities_best": 3, "locality": "Gao"},
    ]
    study = make_study(make_incidents(rows), start="2025-01-01", as_of="2025-07-31")
    start = pd.Timestamp("2025-07-02")  # 30 of July's 31 days
    assert study.shares_between(start, study.end) == pytest.approx([0, 30 / 31, 1])
    assert study.count_between(start, study.end) == pytest.approx(1 + 30 / 31, abs=1e-6)
    assert study.count_between(start, study.end, "deaths") == pytest.approx(33)
    assert [f"{day:%m-%d}" for day in study.whole_days] == ["06-15", "07-16", "07-02"]
    assert len(study.whole_attacks(start, study.end)) == 2
    assert study.attacks_in(pd.Timestamp("2025-06-10"), start)["incident_id"].tolist() == ["i0000", "i0001"]
    # One place that is surely hit; the whole of June is one, and a third of it may be one.
    names = study.attacks["locality"]
    assert study.distinct_between(names, start, study.end) == (1, 1)
    assert study.distinct_between(names, pd.Timestamp("2025-06-01"), study.end) == (2, 2)
    assert study.distinct_between(names, pd.Timestamp("2025-06-21"), study.end) == (1, 2)
    other = make_incidents([{"date": "2025-07-10"}, {"date_start": "2025-08-01"}])
    assert study.shares_between(start, study.end, rows=other).tolist() == [1, 0]


def test_places_are_those_surely_hit_and_those_that_may_be():
    # The number to be expected, 2 of three that are likely to be hit, stood beside three regions with one attack each.
    half, once = np.array([0.5, 0.5]), np.ones(2)
    assert counting.distinct_within(np.array([0, 1]), half, once) == (0, 2)
    assert counting.distinct_within(np.array([0, 0]), np.array([0.5, 1]), once) == (1, 1)
    assert counting.distinct_within(np.array([0, -1]), half, once) == (0, 1)
    assert counting.distinct_within(np.array([0, 1]), half, np.array([2, 0])) == (0, 1)  # a row of a count of none
    assert counting.distinct_within(np.array([0, 1]), np.zeros(2), once) == (0, 0)


def test_halves_are_written_upwards_everywhere():
    assert [counting.rounded(value) for value in (0.5, 1.5, 2.5, 8.5, 8.4999999, 8.49)] == [1, 2, 3, 9, 9, 8]
    assert (wording.whole(8.5), wording.whole(4.95), wording.whole(2.25), wording.whole(1.0)) == ("9", "5", "2.2", "1")
    assert wording.count(1234.5) == "1,235"


def test_a_month_that_has_only_begun_holds_its_share_of_rough_dates():
    """Thirty rows of each month of 2024, looked at on 3 June: of June's three, not thirty in three days. Where the
    table ends there (a coverage table), they can lie nowhere else."""
    rows = pd.DataFrame([(f"2024-{month:02d}", "Mali") for month in range(1, 13) for _ in range(30)])
    told = {"mapping": {"date": "month", "country": "country"}, "as_of": "2024-06-03"}
    study = open_study(rows.set_axis(["month", "country"], axis=1), **told)
    assert study.daily_counts()[-3:] == pytest.approx([1, 1, 1])
    assert study.shares_between(study.end - 3 * DAY, study.end).sum() == pytest.approx(3)
    assert (study.whole_days <= study.as_of).all()
    assert counts_of(study)["value"].tolist()[-2:] == pytest.approx([30, 3])
    june = study.attacks["date_start"].ge("2024-06-01")
    spans = days_within(*counted_spans(study.attacks[june]), start=study.start, end_of_all=study.end)
    assert spread_over(np.ones(30), *spans, n_days=len(study.daily_counts()))[-3:] == pytest.approx([10, 10, 10])
