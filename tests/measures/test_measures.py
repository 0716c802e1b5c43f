"""What all questions share: every declared measure has a value or a reason, and any value can be traced."""

import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.measures import QUESTIONS, compute_indicators, question_modules
from analysis.measures.result import INDICATOR_COLUMNS, IndicatorRows, Measure
from analysis.reports.documents import flat
from analysis.resources import resource


@pytest.fixture(scope="module")
def embedded():
    opened = open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", n_simulations=300)
    return opened, compute_indicators(opened, by="tactic")


def test_every_declared_measure_has_one_row_per_part(embedded):
    _, table = embedded
    declared = [measure.name for module in question_modules().values() for measure in module.MEASURES]
    assert len(declared) == len(set(declared))
    for _, part in table.groupby("unit"):
        assert part["name"].tolist() == declared


def test_columns_and_reasons(embedded):
    _, table = embedded
    assert tuple(table.columns) == INDICATOR_COLUMNS
    computed = table["status"].eq("computed")
    assert table.loc[computed, "value"].notna().all()
    assert table.loc[~computed, "value"].isna().all()
    assert table.loc[~computed, "reason"].str.len().gt(10).all()
    assert set(table["question"]) == set(QUESTIONS)


def test_ids_are_of_the_table(embedded):
    opened, table = embedded
    known = set(opened.table.incidents["incident_id"])
    assert all(set(ids) <= known for ids in table["incident_ids"])
    whole = table[table["unit"].eq("MLI")].set_index("name")
    assert whole.loc["attacks_in_window", "n_incidents"] == len(whole.loc["attacks_in_window", "incident_ids"])


def test_parts_of_a_split_add_up(embedded):
    _, table = embedded
    counts = table[table["name"].eq("attacks_in_window")].set_index("unit")["value"]
    assert counts.drop("MLI").sum() == counts["MLI"]


def test_same_inputs_same_table(embedded):
    _opened, table = embedded
    again = open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", n_simulations=300)
    whole = table[table["unit"].eq("MLI")].reset_index(drop=True)
    pd.testing.assert_frame_equal(compute_indicators(again), whole)


def test_a_measure_left_out_is_an_error(study, incidents):
    opened = study(incidents([{"date": "2024-03-01"}]), start="2024-01-01", as_of="2024-06-30")
    rows = IndicatorRows(opened, "frequency", [Measure("a", "x", "", ""), Measure("b", "x", "", "")])
    rows.add("a", 1.0)
    with pytest.raises(LookupError, match="no value and no reason for b"):
        rows.frame()
    with pytest.raises(ValueError, match="has no value"):
        rows.add("b", float("nan"))


def test_a_missing_value_is_recorded_with_the_reason_that_came_with_it(study, incidents):
    opened = study(incidents([{"date": "2024-03-01"}]), start="2024-01-01", as_of="2024-06-30")
    names = ("a", "b", "c", "d", "e")
    rows = IndicatorRows(opened, "frequency", [Measure(name, "x", "", "") for name in names])
    rows.add("a", 1.0, otherwise="never said")
    rows.add("b", float("nan"), span="history", otherwise="nothing to divide by")
    rows.skip(("c", "d"), "too few")
    table = rows.skip_rest("too late").frame().set_index("name")
    assert table["reason"].tolist() == ["", "nothing to divide by", "too few", "too few", "too late"]
    assert table["value"].notna().tolist() == [True, False, False, False, False]
    assert table.loc["b", "period_start"] == opened.start


def test_a_row_carries_its_word_and_its_facts(study, incidents):
    opened = study(incidents([{"date": "2024-03-01"}]), start="2024-01-01", as_of="2024-06-30")
    rows = IndicatorRows(opened, "frequency", [Measure("a", "x", "", ""), Measure("b", "x", "", "")])
    rows.add("a", 1.0, label="rising", detail={"p_up": 0.97, "since": "2024-03-01"})
    rows.skip("b", "there is no row in the window")
    table = rows.frame()
    assert table["label"].tolist() == ["rising", ""]
    assert table["detail"].tolist() == [{"p_up": 0.97, "since": "2024-03-01"}, {}]
    assert flat(table)["detail"].tolist() == ['{"p_up": 0.97, "since": "2024-03-01"}', ""]


def test_rows_after_as_of_change_no_result(tmp_path):
    """Every measure of the embedded table, with and without what the table learned later."""
    folder = resource("data/sahel")
    rows = (folder / "incidents.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    earlier = [rows[0], *(row for row in rows[1:] if row.split(",")[1] <= "2025-07-01")]
    assert 50 < len(earlier) < len(rows)
    for name in ("coverage.csv", "benchmarks.csv", "claims.csv", "claims_notes.csv"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "incidents.csv").write_text("".join(earlier), encoding="utf-8")
    arguments = {"country": "MLI", "attacker": "JNIM", "as_of": "2025-07-01", "n_simulations": 500}
    full = compute_indicators(open_study(**arguments))
    cut = compute_indicators(open_study(tmp_path / "incidents.csv", **arguments))
    # What the file itself is (rows set aside, age, claims about rows that are no longer there) may differ.
    of_file = full["name"].isin(
        ["rows_set_aside", "cells_blanked", "claims_set_aside", "days_since_last_row", "days_to_export"]
    )
    pd.testing.assert_frame_equal(full[~of_file], cut[~of_file])
