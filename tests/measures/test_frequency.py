"""Counts, rolling counts, comparisons."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.incidents.canonical import COLUMNS
from analysis.incidents.counting import shares_of
from analysis.incidents.study import DAY
from analysis.measures import frequency
from analysis.statistics import rates
from analysis.statistics.local_level import Noise, chance_above
from tests.measures.tables import make_incidents

START, END = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-04-01")


def test_counts_by_hand(incidents):
    # January 2, February 0 (zero inside coverage), March 1.
    attacks = incidents([{"date": "2024-01-05"}, {"date": "2024-01-31"}, {"date": "2024-03-01"}])
    table = frequency.count_attacks(attacks, start=START, end=END)
    assert table["value"].tolist() == [2, 0, 1]
    assert table["incident_ids"].tolist() == [["i0000", "i0001"], [], ["i0002"]]
    assert table["complete"].all()


def test_rough_dates_count_by_their_days_and_bound_the_count(incidents):
    # One attack some time from 25 January to 5 February: seven of its twelve days are January's, surely it is in
    # neither.
    attacks = incidents([{"date_start": "2024-01-25", "date_end": "2024-02-05", "date_precision": "month"}])
    table = frequency.count_attacks(attacks, start=START, end=END)
    assert table["value"].tolist() == pytest.approx([7 / 12, 5 / 12, 0], abs=1e-6)
    assert table["n_incidents"].tolist() == [1, 1, 0]
    assert table["low"].tolist() == [0, 0, 0]
    assert table["high"].tolist() == [1, 1, 0]


def test_bounds_by_dating_by_hand(incidents):
    attacks = incidents([
        {"date_start": "2024-01-31", "date_end": "2024-03-01"},
        {"date_start": "2024-02-29", "date_end": "2024-02-29"},
        {"date_start": "2024-03-31", "date_end": "2024-04-20"},  # it may end after the span
        {"date": "2023-12-31"},
        {"date": "2024-04-01"},
    ])  # fmt: skip
    table = frequency.count_attacks(attacks, start=START, end=END)
    assert table["value"].tolist() == [1, 1, 1]
    assert table["low"].tolist() == [0, 1, 1]
    assert table["high"].tolist() == [1, 2, 2]
    assert table["period_end"].tolist() == [pd.Timestamp(f"2024-{month:02d}-01") for month in (2, 3, 4)]


def test_counts_by_week_and_unit(incidents):
    attacks = incidents([{"date": "2024-01-07"}, {"date": "2024-01-08"}, {"date": "2024-01-09"}])
    units = pd.Series(["B", "A", None])
    table = frequency.count_attacks(attacks, start=START, end=pd.Timestamp("2024-01-15"), period="week", units=units)
    assert table["unit"].tolist() == ["A", "A", "B", "B"]
    assert table["value"].tolist() == [0, 1, 1, 0]  # weeks begin on Monday; the attack of no unit is left out
    assert table["complete"].all()


def test_what_lies_in_a_span_surely_and_possibly(incidents):
    attacks = incidents([
        {"date_start": "2023-12-20", "date_end": "2024-01-01"},  # possibly
        {"date_start": "2023-12-20", "date_end": "2023-12-31"},
        {"date": "2024-01-01"},
        {"date_start": "2024-03-30", "date_end": "2024-03-31"},
        {"date_start": "2024-03-31", "date_end": "2024-04-01"},  # possibly, and by its first day
        {"date": "2024-04-01"},
    ])  # fmt: skip
    attacks = attacks.sort_values("date_start", ignore_index=True)
    for table in (attacks, attacks.iloc[[5, 3, 0, 2, 1, 4]]):
        assert table["incident_id"][shares_of(table, START, END) > 0].sort_values().tolist() == [
            "i0002", "i0003", "i0004",
        ]  # fmt: skip
        assert frequency.dating_bounds(table, START, END) == (2, 4)
    assert frequency.dating_bounds(attacks, END + 9 * DAY, END + 10 * DAY) == (0, 0)


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


@settings(max_examples=30)
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


def test_a_comparison_is_of_the_noise_by_hand():
    noise = Noise(np.array([1.0, 4.0]), np.array([[0.5, 0.1], [0.2, 0.2]]))
    known = {"share": 10.0, "dispersions": noise.dispersions, "weights": np.array([0.7, 0.3])}
    for count, sign in ((9, 1), (1, -1)):
        found = frequency.compare_periods(count, 30, 40, 300, noise=noise, level=0.8)
        above = chance_above(float(count), 40.0, 1.0, **known)
        assert found.p_value == pytest.approx(2 * (1 - above if sign == 1 else above))
        assert chance_above(float(count), 40.0, found.low, **known) == pytest.approx(0.9, abs=1e-3)
        assert chance_above(float(count), 40.0, found.high, **known) == pytest.approx(0.1, abs=1e-3)
    plain = frequency.compare_periods(9, 30, 40, 300, level=0.8)
    alone = rates.rate_ratio_test(9, 30, 40, 300, level=0.8)
    assert (plain.ratio, plain.low, plain.high, plain.p_value) == (alone.ratio, alone.low, alone.high, alone.p_value)


def test_every_window_of_days_is_counted(study, incidents):
    rows = [{"date": "2024-01-01"}, {"date": "2024-01-07"}, {"date": "2024-01-08"}]
    made = study(incidents(rows), start="2024-01-01", as_of="2024-01-10", last_day="2024-01-09", window_days=7)
    table = frequency.rolling_of(made)
    assert table["day"].tolist() == [pd.Timestamp(f"2024-01-{day:02d}") for day in (7, 8, 9)]
    assert table["value"].tolist() == [2, 2, 2]
    whole = study(incidents(rows), start="2024-01-01", as_of="2024-01-07", window_days=7)
    assert frequency.rolling_of(whole)["value"].tolist() == [2]
    assert frequency.rolling_of(study(incidents(rows), start="2024-01-01", as_of="2024-01-06", window_days=7)).empty


def test_splits_are_those_of_two_parts_and_by_pairs_where_attackers_are_not_known(study, incidents):
    def splits(*attackers):
        rows = [
            {"date": f"2024-0{1 + n}-20", "attacker": name, "target_type": "army" if n else "police", "tactic": "raid",
                "parties": "A vs B" if n else "A vs C"}
            for n, name in enumerate(attackers)
        ]  # fmt: skip
        rows = [{name: value for name, value in row.items() if name in COLUMNS or name == "date"} for row in rows]
        made = study(incidents(rows), start="2024-01-01", as_of="2024-06-30")
        return frequency.compare_splits(made)["split"].unique().tolist()

    assert splits("A", "B", "A", "C") == ["attacker", "target_type"]  # one country, one tactic
    assert splits("A", None, "B", None)[0] == "attacker"  # half of them
    assert "attacker" not in splits("A", None, None, "B", None)


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
        assert (other["level"], sorted(other["incident_ids"])) == (0.95, sorted(whole["incident_ids"]))


def test_baseline_ends_where_the_window_starts(study, incidents):
    rows = [{"date": "2024-01-10"}] * 3 + [{"date": "2024-06-05"}] * 2 + [{"date": "2024-06-30"}]
    opened = study(incidents(rows), start="2024-01-01", as_of="2024-06-30", window_days=30)
    by_name = frequency.indicators(opened).set_index("name")
    assert by_name.loc["attacks_in_window", "value"] == 3  # 5 June (twice) and 30 June, as_of included
    assert by_name.loc["attacks_in_baseline", "value"] == 3
    assert by_name.loc["attack_rate_ratio", "baseline_end"] == opened.window_start
    assert by_name.loc["attacks_in_window", "incident_ids"] == ["i0003", "i0004", "i0005"]
    rate = by_name.loc["attack_rate_window"]
    assert (rate["value"], rate["level"]) == (pytest.approx(3 / (30 / 7)), 0.95)
    assert rate["low"] < rate["value"] < rate["high"]
    before = by_name.loc["attack_rate_baseline"]
    assert (before["low"] < before["value"] < before["high"], before["level"]) == (True, 0.95)
    none = frequency.indicators(study(incidents(rows).iloc[:0], start="2024-01-01", as_of="2024-06-30", window_days=30))
    assert none.set_index("name").loc["attack_dispersion", "reason"] == "the history holds no attack"
    by_unit, whole = frequency.counts_by_unit(opened), frequency.counts_of(opened)
    assert by_unit["unit"].unique().tolist() == ["MLI"]
    assert by_unit["value"].tolist() == whole["value"].tolist() == [3, 0, 0, 0, 0, 3]
    # Without a baseline the window stands alone, and the rest says why.
    alone = frequency.indicators(study(incidents(rows), start="2024-06-01", as_of="2024-06-30", window_days=30))
    assert alone["status"].tolist() == ["computed", "not_computed"] + ["computed"] + ["not_computed"] * 4
    rest = alone[alone["status"].eq("not_computed")]
    assert rest["reason"].str.len().gt(10).all()


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


def test_parts_are_compared_as_studies_of_their_own_would_be_however_many_there_are(study, incidents, monkeypatch):
    """Of 60,000 kinds of events each was a study of its own: a report did not end within half an hour."""
    draw = np.random.default_rng(2)
    days = pd.Timestamp("2022-01-01") + pd.to_timedelta(np.sort(draw.integers(0, 1000, 600)), "D")
    rows = [
        {"date": f"{day:%Y-%m-%d}", "tactic": f"kind {kind}"}
        for day, kind in zip(days, draw.integers(0, 8, 600), strict=True)
    ]
    opened = study(incidents(rows), start="2022-01-01", as_of="2024-09-26")
    table = frequency.compare_parts(opened, by="tactic").set_index("part")
    assert len(table) == 8
    for part in opened.split("tactic"):
        compared = frequency.comparison_of(part)
        row = table.loc[part.attacks["tactic"].iloc[0]]
        assert (row["n_window"], row["n_baseline"]) == (compared.n_recent, compared.n_earlier)
        assert row["value"] == compared.ratio.ratio
        # The levels that are looked at are shared by parts alike in size.
        assert (row["low"], row["high"]) == pytest.approx((compared.ratio.low, compared.ratio.high), rel=0.01)
        assert row["incident_ids"] == [*compared.earlier["incident_id"], *compared.recent["incident_id"]]
    monkeypatch.setattr(frequency, "comparison_of", None)
    weighed, noise = [], frequency.local_level.estimate_noise
    monkeypatch.setattr(
        frequency.local_level, "estimate_noise", lambda spans: weighed.append(len(spans)) or noise(spans)
    )
    many = incidents([row | {"tactic": f"kind {number}"} for number, row in enumerate(rows)])
    opened = study(many, start="2022-01-01", as_of="2024-09-26")
    assert len(frequency.compare_parts(opened, by="tactic")) > 500
    assert sum(weighed) < 40
