"""A study's offensives, and what a count of them is worth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import open_study
from analysis.incidents.study import DAY
from analysis.measures import offensives
from analysis.resources import resource
from tests.measures.tables import make_incidents, make_study


def test_frequent_attacks_are_not_called_offensives(study, incidents):
    generator = np.random.default_rng(5)
    rows = [
        {"date": pd.Timestamp("2024-01-01") + int(day) * DAY, "locality": str(i)}
        for i, day in enumerate(generator.integers(0, 300, 900))
    ]
    table = offensives.indicators(study(incidents(rows), start="2024-01-01", as_of="2024-10-26")).set_index("name")
    assert table.loc["offensives_in_window", "status"] == "not_computed"
    assert "attacks joined by days would be coincidences" in table.loc["offensives_in_window", "reason"]
    assert table.loc["multi_site_days", "status"] == "computed"


def test_attacks_without_any_place_are_no_proof_of_no_offensive(study, incidents):
    rows = [{"date": f"2024-0{month}-05", "attacker": "G", "fatalities_best": 1} for month in range(1, 7)]
    found = offensives.offensives_of(study(incidents(rows), start="2023-01-01", as_of="2024-06-30"))
    assert "says where" in found.problem
    rows[-1] |= {"fatalities_best": 40}
    found = offensives.offensives_of(study(incidents(rows), start="2023-01-01", as_of="2024-06-30"))
    assert len(found.offensives) == 1  # its deaths alone make it one


def test_an_offensive_has_the_same_deaths_in_every_report_that_holds_it():
    selections = [{"attacker": "JNIM"}, {"actor": "JNIM"}, {}, {"attacker": "JNIM", "from_date": "2025-01-01"}]
    told = []
    for selection in selections:
        made = open_study(resource("data/sahel/incidents.csv"), country="MLI", as_of="2025-07-01", **selection)
        found = offensives.offensives_of(made).within(pd.Timestamp("2025-05-01"), made.end)
        found = found[found["attacker"].eq("JNIM")].set_index("date_start")
        told.append(found[["n_sites", "deaths_low", "deaths_high"]])
        if "from_date" not in selection:  # CSP-DPA's 84 are of the wave whose other attack was its own
            whole = offensives.offensives_of(made).offensives.set_index(["date_start", "attacker"])
            assert whole.loc[(pd.Timestamp("2024-07-27"), "JNIM"), "deaths_high"] == 60
    assert told[0].loc["2025-06-02"].tolist() == [3, 6, 60]
    for other in told[1:]:
        pd.testing.assert_frame_equal(other, told[0])


def operations_in(rows):
    table = offensives.indicators(make_study(make_incidents(rows), start="2023-06-01", as_of="2024-06-30"))
    return table.set_index("name")


def test_attacks_of_one_operation_count_once_beside_the_baseline():
    """Four operations of two towns each and three of one in the window; one a month of one town before."""
    last = [(day, town) for day in (3, 9, 15, 21) for town in "AB"] + [(day, "A") for day in (24, 26, 28)]
    rows = [{"date": f"2024-06-{day:02d}", "locality": f"{town}{day}"} for day, town in last]
    before = [{"date": f"2023-{month:02d}-11", "locality": "Old"} for month in range(7, 13)]
    held = operations_in([*rows, *before, {"date": "2023-07-11", "locality": "Other"}])
    assert held.loc["operations_in_window", "value"] == 7
    days = (pd.Timestamp("2024-06-01") - pd.Timestamp("2023-06-01")) / DAY
    assert held.loc["operation_rate_ratio", "value"] == pytest.approx((7 / 30) / (6 / days))
    size = held.loc["operation_size_ratio"]
    assert size["value"] == pytest.approx((11 / 7) / (7 / 6))
    assert size["low"] < size["value"] < size["high"]
    assert size["level"] == 0.95


def test_sizes_that_are_all_one_say_nothing_of_how_they_vary():
    """Bounds that leave chance out read as a change where the test beside them finds none."""
    rows = [{"date": f"2024-06-{day:02d}", "locality": "A"} for day in (3, 9, 15, 21, 27)]
    before = [{"date": f"2023-{month:02d}-{day}", "locality": f"T{day}"} for month in range(7, 13) for day in (10, 11)]
    held = operations_in([*rows, *before, {"date": "2023-07-10", "locality": "Other"}])
    size = held.loc["operation_size_ratio"]
    assert size["value"] == pytest.approx(12 / 13)
    assert size[["low", "high", "level"]].isna().all()
    assert held.loc["operation_size_ratio_p", "value"] > 0.5


def test_no_wave_no_agreement(study, incidents):
    row = {"date": "2024-05-01", "locality": "Kona"}
    table = offensives.indicators(study(incidents([row]), start="2024-01-01", as_of="2024-06-30"))
    by_name = table.set_index("name")
    assert by_name.loc["linking_recall", "status"] == "not_computed"
    assert by_name.loc["offensives_in_window", "value"] == 0


def test_waves_that_no_rule_joins_are_not_said_to_be_none(study, incidents):
    """Tinzaouaten, July 2024: beside "one reported wave of 2 attacks", by two groups, "the table marks no two"."""
    rows = [{"date": "2024-05-01", "attacker": name, "locality": name, "reported_wave": "W"} for name in "AB"]
    table = offensives.indicators(study(incidents(rows), start="2024-01-01", as_of="2024-06-30")).set_index("name")
    assert table.loc["linking_precision", "reason"] == "the rule joins no two attacks"


def test_no_offensive_is_no_finding_where_attackers_are_not_named(study, incidents):
    """Of UCDP's battles nobody is the attacker: "0 offensives, by all definitions" stood over Mali in January 2013."""
    rows = [{"date": f"2024-0{month}-05", "attacker": "A", "locality": "Kona"} for month in range(1, 5)]
    battles = [{"date": f"2024-06-{day}", "attacker": None, "locality": "Kona"} for day in (12, 13)]

    def counted(battles, named):
        rows_of = [*rows, *battles, *({"date": "2024-06-20", "attacker": "A", "locality": place} for place in named)]
        return offensives.indicators(study(incidents(rows_of), start="2024-01-01", as_of="2024-06-30")).set_index(
            "name"
        )

    untold = counted(battles, ["Kona"])
    window = "2 of the 3 attacks from 1 June 2024 to 30 June 2024 cannot be joined to others"
    assert untold.loc["offensives_in_window", "reason"].startswith(window)
    assert untold.loc["offensives_in_baseline", "value"] == 0
    assert counted(battles, ["Kona", "Diabaly"]).loc["offensives_in_window", "value"] == 1
    assert counted(battles[:1], ["Kona"]).loc["offensives_in_window", "value"] == 0


def test_a_study_joins_by_the_definition_that_is_asked_for():
    rows = [
        {"date": f"2024-06-{day:02d}", "locality": f"T{day}", "latitude": 14 + day / 10, "longitude": -4.0}
        for day in (3, 4, 6, 20)
    ]
    plain = make_study(make_incidents(rows), start="2022-01-01", as_of="2024-06-30")
    asked = replace(plain, selection=replace(plain.selection, offensive="gap=1,sites=2"))
    # By the same day alone nothing is joined; a day apart joins the 3rd with the 4th.
    assert len(offensives.offensives_of(plain).offensives) == 0
    assert offensives.offensives_of(asked).offensives["n_incidents"].tolist() == [2]
    row = offensives.indicators(asked).set_index("name").loc["offensives_in_window"]
    assert row["value"] == 1
    assert row["method"].startswith("same attacker, at most 1 day apart")
