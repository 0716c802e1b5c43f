"""What the table holds of what a reference counted, how late it gets it, and what that forbids."""

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.measures import frequency, reliability, trend
from analysis.measures.reliability import newcomers_of
from analysis.measures.result import NOT_COMPUTED


@pytest.fixture(scope="module")
def embedded():
    return open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", n_simulations=2000)


def test_completeness_of_the_embedded_table(embedded):
    """The army's own totals (benchmarks.csv): 5 of 19, 4 of 19, 8 of 22, 4 of 12 and 3 of 21, as the table's README
    says.
    """
    periods = reliability.completeness_of(embedded).periods
    assert periods[["held", "reference"]].to_numpy().tolist() == [[5, 19], [4, 19], [8, 22], [4, 12], [3, 21]]
    rows = reliability.indicators(embedded).set_index("name")
    assert rows.loc["completeness_lowest", "value"] == pytest.approx(3 / 21)
    assert rows.loc["completeness_highest", "value"] == pytest.approx(8 / 22)
    assert rows.loc["completeness", "value"] == pytest.approx(24 / 93)


def test_uneven_completeness_forbids_a_trend(embedded):
    rows = trend.indicators(embedded)
    assert rows["status"].eq(NOT_COMPUTED).all()
    assert rows["reason"].str.contains("completeness varies between 14 % and 36 %").all()


MONTHS = [(f"2024-{month:02d}-01", f"2024-{month + 1:02d}-01") for month in range(1, 7)]


def counted(incidents, study, held, reference):
    rows = [{"date": f"2024-{month + 1:02d}-10"} for month, n in enumerate(held) for _ in range(n)]
    counts = [("MLI", *span, n) for span, n in zip(MONTHS, reference, strict=False)]
    return study(incidents(rows), start="2024-01-01", as_of="2024-06-30", reference=counts)


def test_even_completeness_forbids_nothing(incidents, study):
    assert reliability.trend_problem(counted(incidents, study, [5, 6, 5, 6, 5, 6], [10, 12, 10, 12, 10, 12])) == ""


def test_few_reference_periods_cannot_vouch_for_the_rest(incidents, study):
    opened = counted(incidents, study, [5, 6, 5, 6, 5, 6], [10, 12])
    assert "too few to say that completeness held steady" in reliability.trend_problem(opened)


@pytest.mark.parametrize("part", [{"admin1": "Gao"}, {"event_type": "Battles"}])
def test_a_reference_is_of_whole_countries_whatever_part_of_one_is_selected(tmp_path, part):
    day = ("01,Mali,Gao,Battles", "02,Mali,Mopti,Explosions", "03,Mali,Segou,Explosions")
    rows = [f"2024-0{month}-{rest}" for month in range(1, 7) for rest in day]
    table, reference = tmp_path / "t.csv", tmp_path / "r.csv"
    table.write_text("\n".join(["day,country,admin1,type", *rows]), encoding="utf-8")
    counts = [f"MLI,{first},{end},6,observer" for first, end in MONTHS]
    reference.write_text("\n".join(["country,period_start,period_end,count,reporter", *counts]), encoding="utf-8")
    mapping = {"date": "day", "country": "country", "admin1": "admin1", "type": "type"}
    whole = {"as_of": "2024-06-30", "allow_uncovered": True}
    opened = open_study(table, mapping=mapping, reference=str(reference), **whole, **part)
    assert len(opened.attacks) == 6
    assert reliability.completeness_of(opened).periods["held"].tolist() == [3] * 6


def test_a_table_of_counts_is_held_against_a_reference_in_whole_periods(tmp_path):
    months = [f"2024-{month:02d}" for month in range(1, 13)]
    table = tmp_path / "counts.csv"
    table.write_text(
        "m,c,n\n" + "".join(f"{month},Mali,{n % 3 + 4}\n" for n, month in enumerate(months)), encoding="utf-8"
    )
    reference = tmp_path / "reference.csv"
    spans = ("2024-01-01,2024-04-01,20", "2024-04-01,2024-07-01,30", "2024-07-15,2024-08-15,9")
    rows = "".join(f"MLI,{span},observer\n" for span in spans)
    reference.write_text(f"country,period_start,period_end,count,reporter\n{rows}", encoding="utf-8")
    opened = open_study(table, mapping="date=m,country=c", count="n", reference=reference, country="Mali")
    periods = reliability.completeness_of(opened).periods
    assert periods[["held", "reference"]].to_numpy().tolist() == [[15, 20], [15, 30]]  # 4 + 5 + 6 each
    told = reliability.indicators(opened).set_index("name")
    assert told.loc["completeness", ["value", "n_incidents"]].tolist() == [0.6, 30]
    assert told.loc["rate_ratio_floor", "status"] == "computed"
    reference.write_text(f"country,period_start,period_end,count,reporter\nMLI,{spans[2]},observer\n", encoding="utf-8")
    opened = open_study(table, mapping="date=m,country=c", count="n", reference=reference, country="Mali")
    assert "filled by whole periods" in reliability.completeness_of(opened).problem


def test_without_a_reference_completeness_is_not_computed(incidents, study):
    opened = study(incidents([{"date": "2024-03-01"}]), start="2024-01-01", as_of="2024-06-30")
    rows = reliability.indicators(opened).set_index("name")
    assert rows.loc["completeness", "status"] == NOT_COMPUTED
    assert "no reference count" in rows.loc["completeness", "reason"]
    assert reliability.trend_problem(opened) == ""


def test_a_reference_may_count_less_than_the_table_holds(incidents, study):
    opened = counted(incidents, study, [5, 0, 0, 0, 0, 0], [3])
    table = reliability.completeness_of(opened).periods
    assert table["value"].tolist() == [5 / 3]
    assert table[["low", "high"]].isna().all(axis=None)
    rows = reliability.indicators(opened).set_index("name")
    for name in ("completeness", "completeness_lowest", "rate_ratio_floor"):  # it held 167 % of nothing
        assert rows.loc[name, "status"] == NOT_COMPUTED
        assert "is 3 where the table holds 5, and cannot tell what is missing" in rows.loc[name, "reason"]
    assert reliability.trend_problem(opened) == ""
    assert reliability.completeness_of(counted(incidents, study, [5, 0, 0, 0, 0, 0], [5])).problem == ""


def test_the_floor_of_the_rate_ratio_by_hand(incidents, study):
    # Half of the reference's attacks are held: a window recorded in full would halve the recorded ratio.
    opened = counted(incidents, study, [4, 4, 1, 1, 1, 6], [8, 8])
    rows = reliability.indicators(opened).set_index("name")
    ratio = frequency.comparison_of(opened).ratio.ratio
    assert rows.loc["rate_ratio_floor", "value"] == pytest.approx(ratio / 2)
    assert rows.loc["rate_ratio_floor", "low"] < ratio / 2 < rows.loc["rate_ratio_floor", "high"]


def test_shares_by_hand(incidents, study):
    opened = study(
        incidents(
            [
                {"date": "2024-03-01", "verified": True, "fatalities_high": 2.0},
                {"date": "2024-03-02", "verified": False, "geo_precision": "admin1"},
                {"date": "2024-03-03", "date_precision": "week", "attacker": "unknown_armed_group"},
                {"date": "2024-03-04", "role_basis": "assumed"},
            ]
        ),
        start="2024-01-01",
        as_of="2024-06-30",
    )
    rows = reliability.indicators(opened).set_index("name")["value"]
    assert rows["verified"] == 0.5
    assert rows["dated_to_day"] == rows["placed_near"] == rows["roles_stated"] == rows["attacker_named"] == 0.75
    assert rows["deaths_known"] == 0.25
    assert rows["coverage_share"] == 1


def test_possible_duplicates_by_hand(incidents, study, monkeypatch):
    alike = {"date": "2024-03-01", "locality": "Town A", "fatalities_best": 3.0}
    rows = [
        alike,
        alike,
        alike,
        alike | {"fatalities_best": 4.0},
        alike | {"locality": "Town B"},
        {"date": "2024-03-01"},
        {"date": "2024-03-01"},
    ]
    opened = study(incidents(rows), start="2024-01-01", as_of="2024-06-30")
    found = reliability.possible_duplicates(opened.attacks)
    sought = []
    monkeypatch.setattr(reliability, "possible_duplicates", lambda attacks: sought.append(1) or found)
    assert reliability.copies_of(opened).tolist() == [False, True, True, False, False, False, False]
    assert reliability.without_copies(opened).attacks["incident_id"].tolist() == [
        "i0000",
        "i0003",
        "i0004",
        "i0005",
        "i0006",
    ]
    assert reliability.copied_between(opened, opened.start, opened.end) == 2
    assert sought == [1]  # once for all that ask
    # The last two have no place at all: nothing says that they are alike.
    assert found["incident_id"].tolist() == ["i0000", "i0001", "i0002"]
    row = reliability.indicators(opened).set_index("name").loc["possible_duplicates"]
    assert row["value"] == 2
    assert row["incident_ids"] == ["i0000", "i0001", "i0002"]
    assert len(opened.attacks) == 7


def test_uneven_search_effort_by_hand(incidents, study):
    # Means of 4 and 2 sources; variances of 2 each, over 2 and 2 rows: relative variance 2/(2*16) + 2/(2*4) = .3125.
    rows = [("2024-06-10", 3.0), ("2024-06-11", 5.0), ("2024-03-01", 1.0), ("2024-03-02", 3.0), ("2024-03-03", np.nan)]
    made = incidents([{"date": day, "n_sources": n} for day, n in rows])
    opened = study(made, start="2024-01-01", as_of="2024-06-30")
    row = reliability.indicators(opened).set_index("name").loc["sources_per_attack_ratio"]
    assert row["value"] == pytest.approx(2)
    assert np.log(row["high"] / 2) == pytest.approx(1.959964 * np.sqrt(0.3125), rel=1e-5)
    silent = study(made.assign(n_sources=np.nan), start="2024-01-01", as_of="2024-06-30")
    row = reliability.indicators(silent).set_index("name").loc["sources_per_attack_ratio"]
    assert row["reason"] == "no column tells on how many sources a row rests"


def test_a_few_rows_that_state_a_precision_tell_nothing_of_the_others(incidents, study):
    rows = [{"date": f"2024-03-{day:02d}", "date_precision": "unstated"} for day in range(1, 10)]
    rows += [{"date": "2024-04-01", "date_precision": "month"}]
    found = reliability.indicators(study(incidents(rows), start="2024-01-01", as_of="2024-06-30")).set_index("name")
    assert found.loc["dated_to_day", "reason"] == "the publisher states no precision of dates"


def test_what_is_new_counts_by_the_share_of_its_days_in_the_window():
    """Six rows of June 2025, half of which lies in the 30 days from 16 June on: 3 beside the 3 of A."""
    steady = pd.date_range("2023-01-01", "2025-07-15", freq="10D").strftime("%Y-%m-%d")
    rows = pd.DataFrame({"date": [*steady, *["2025-06"] * 6], "group": [*["A"] * len(steady), *["C"] * 6]})
    study = open_study(rows, mapping="date=date,country==Mali,attacker=group", as_of="2025-07-15", n_simulations=10)
    found = newcomers_of(study, 30, 360, least=1.25)
    assert found is not None
    assert found.names == ("C",)


@pytest.mark.parametrize(("column", "told"), [("attacker", "C"), ("type", "C (type of event)")])
def test_of_the_new_only_those_are_named_that_make_the_rise(column, told):
    """B came in March with one row, C in June with six: without C the 30 days hold 3, as usual. A type of event is
    said to be one: "the table has state-based only since" (Burkina Faso, April 2018) named nothing."""
    steady = pd.date_range("2023-01-01", "2025-06-30", freq="10D").strftime("%Y-%m-%d")
    days = {"A": steady, "B": ["2025-03-05", "2025-06-20"], "C": [f"2025-06-{day}" for day in range(20, 26)]}
    rows = pd.DataFrame([(day, group) for group, dated in days.items() for day in dated], columns=["date", "group"])
    study = open_study(rows, mapping=f"date=date,country==Mali,{column}=group", as_of="2025-06-30", n_simulations=10)
    found = newcomers_of(study, 30, 360, least=1.4)
    assert found is not None
    assert (found.names, found.first) == ((told,), pd.Timestamp("2025-06-20"))
