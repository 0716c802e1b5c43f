"""Counts, rolling counts, comparisons."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.incidents.study import DAY
from analysis.measures import frequency
from analysis.statistics.local_level import Noise
from tests.measures.tables import make_incidents

START, END = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-04-01")


def test_counts_by_hand(incidents):
    # January 2, February 0 (zero inside coverage), March 1.
    attacks = incidents([{"date": "2024-01-05"}, {"date": "2024-01-31"}, {"date": "2024-03-01"}])
    table = frequency.count_attacks(attacks, start=START, end=END)
    assert table["value"].tolist() == [2, 0, 1]
    assert table["incident_ids"].tolist() == [["i0000", "i0001"], [], ["i0002"]]
    assert table["complete"].all()


def test_rough_dates_bound_the_count_and_never_move_it(incidents):
    # One attack some time from 25 January to 5 February: counted in January, possibly in February, surely in neither.
    attacks = incidents([{"date_start": "2024-01-25", "date_end": "2024-02-05", "date_precision": "month"}])
    table = frequency.count_attacks(attacks, start=START, end=END)
    assert table["value"].tolist() == [1, 0, 0]
    assert table["low"].tolist() == [0, 0, 0]
    assert table["high"].tolist() == [1, 1, 0]


def test_periods_cut_by_the_span_are_marked_partial(incidents):
    table = frequency.count_attacks(
        incidents([{"date": "2024-01-20"}]), start=pd.Timestamp("2024-01-10"), end=pd.Timestamp("2024-03-15")
    )
    assert table["complete"].tolist() == [False, True, False]


def test_no_count_outside_coverage(incidents):
    table = frequency.count_attacks(
        incidents([{"date": "2024-01-20"}]), start=START, end=END, covered_end=pd.Timestamp("2024-02-15")
    )
    assert table["status"].tolist() == ["computed", "computed", "not_computed"]
    assert table["complete"].tolist() == [True, False, False]
    assert np.isnan(table["value"].iloc[2])
    assert "coverage" in table["reason"].iloc[2]


def test_an_unknown_period_is_refused(incidents):
    with pytest.raises(ValueError, match="expected one of day, week, month"):
        frequency.count_attacks(incidents([{"date": "2024-01-20"}]), start=START, end=END, period="year")


days = st.lists(st.integers(0, 90), min_size=1, max_size=30)


@settings(max_examples=30, deadline=None)
@given(days=days, spread=st.integers(0, 20), data=st.data())
def test_every_attack_is_counted_once_whatever_the_order(days, spread, data):
    rows = [
        {"date_start": START + day * DAY, "date_end": START + (day + spread) * DAY,
            "country": "MLI" if day % 2 else "NER"}
        for day in days
    ]  # fmt: skip
    attacks = make_incidents(rows)
    shuffled = attacks.sample(frac=1, random_state=data.draw(st.integers(0, 99)))
    tables = [
        frequency.count_attacks(table, start=START, end=END, units=table["country"]) for table in (attacks, shuffled)
    ]
    assert tables[0]["value"].sum() == len(attacks)
    assert (tables[0]["low"] <= tables[0]["value"]).all()
    assert (tables[0]["value"] <= tables[0]["high"]).all()
    pd.testing.assert_frame_equal(tables[0].drop(columns="incident_ids"), tables[1].drop(columns="incident_ids"))


def test_comparison_refuses_a_zero_baseline():
    with pytest.raises(ValueError, match="ratio over zero"):
        frequency.compare_periods(3, 30, 0, 300)


def test_comparison_is_wider_where_attacks_cluster():
    alone = Noise(np.array([1.0]), np.ones((4, 1)) / 4)
    clustered = Noise(np.array([4.0]), np.ones((4, 1)) / 4)
    plain = frequency.compare_periods(6, 30, 20, 300, noise=alone)
    wide = frequency.compare_periods(6, 30, 20, 300, noise=clustered)
    assert plain.ratio == wide.ratio == pytest.approx(3.0)  # (6/30) / (20/300)
    assert wide.low < plain.low < 3 < plain.high < wide.high
    assert wide.p_value > plain.p_value


def test_a_fall_to_nothing_is_seen_where_counts_cluster():
    # Twenty were expected and none came, at a dispersion of seven: no Wald test with half an event for none could see
    # it.
    clustered = Noise(np.array([7.0]), np.ones((4, 1)) / 4)
    found = frequency.compare_periods(0, 90, 80, 360, noise=clustered)
    assert (found.ratio, found.low) == (0, 0)
    assert found.high < 1
    assert found.p_value < 0.05


def test_parts_and_the_whole_have_the_same_interval(study, incidents):
    rows = [{"date": f"2024-{month:02d}-{day:02d}", "tactic": "raid"} for month in range(1, 7) for day in (3, 17)]
    opened = study(incidents(rows), start="2024-01-01", as_of="2024-06-30")
    whole = frequency.indicators(opened).set_index("name").loc["attack_rate_ratio"]
    part = frequency.compare_parts(opened, by="tactic").iloc[0]
    split = frequency.indicators(next(iter(opened.split("tactic")))).set_index("name").loc["attack_rate_ratio"]
    for other in (part, split):
        assert (other["value"], other["low"], other["high"]) == (whole["value"], whole["low"], whole["high"])


def test_baseline_ends_where_the_window_starts(study, incidents):
    rows = [{"date": "2024-01-10"}] * 3 + [{"date": "2024-06-05"}] * 2 + [{"date": "2024-06-30"}]
    opened = study(incidents(rows), start="2024-01-01", as_of="2024-06-30", window_days=30)
    by_name = frequency.indicators(opened).set_index("name")
    assert by_name.loc["attacks_in_window", "value"] == 3  # 5 June (twice) and 30 June, as_of included
    assert by_name.loc["attacks_in_baseline", "value"] == 3
    assert by_name.loc["attack_rate_ratio", "baseline_end"] == opened.window_start
    assert by_name.loc["attacks_in_window", "incident_ids"] == ["i0003", "i0004", "i0005"]


def test_later_rows_change_nothing_earlier(study, incidents):
    rows = [{"date": f"2024-{month:02d}-10"} for month in range(1, 7)]
    before = frequency.indicators(study(incidents(rows), start="2024-01-01", as_of="2024-06-30"))
    rows += [{"date": "2024-07-01"}] * 9
    after = frequency.indicators(study(incidents(rows), start="2024-01-01", as_of="2024-06-30", last_day="2024-12-31"))
    pd.testing.assert_frame_equal(before, after)


def test_window_outside_coverage_is_not_computed(study, incidents):
    opened = study(incidents([{"date": "2024-01-10"}]), start="2024-01-01", as_of="2024-06-30", last_day="2024-06-15")
    table = frequency.indicators(opened)
    assert table["status"].eq("not_computed").all()
    assert table["reason"].str.contains("covers the selection to 15 June 2024").all()


def test_parts_add_up_to_the_whole(study, incidents):
    rows = [{"date": "2024-06-20", "tactic": "ied"}, {"date": "2024-06-21", "tactic": "raid"}, {"date": "2024-02-01"}]
    table = frequency.compare_parts(study(incidents(rows), start="2024-01-01", as_of="2024-06-30"), by="tactic")
    assert table["n_window"].sum() == 2
    assert table["n_baseline"].sum() == 1
    assert set(table["part"]) == {"ied", "raid", "not known"}
    assert table.loc[table["part"].eq("ied"), "reason"].item() == "the baseline holds none"
