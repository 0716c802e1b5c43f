"""The contract of canonical tables can be broken, and says where."""

import pandas as pd
import pytest

from analysis.incidents.canonical import COLUMNS, VOCABULARIES
from analysis.incidents.contract import check_incidents, incident_schema
from analysis.incidents.errors import TableError
from analysis.incidents.load import load_incidents
from analysis.resources import resource


@pytest.fixture
def incidents():
    return load_incidents(resource("data/sahel/incidents.csv")).incidents.copy()


def test_the_schema_is_the_canonical_columns():
    schema = incident_schema()
    assert list(schema.columns) == list(COLUMNS)
    assert {name for name, dtype in COLUMNS.items() if dtype == "category"} == set(VOCABULARIES)


def test_sound_tables_pass_as_they_are(incidents):
    assert check_incidents(incidents) is incidents
    assert len(check_incidents(incidents.iloc[:0])) == 0


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("latitude", 99.0, "in_range(-90, 90)"),
        ("longitude", -181.0, "in_range(-180, 180)"),
        ("longitude", float("nan"), "both coordinates or neither"),
        ("country", "Mali", "str_matches"),
        ("country", None, "not_nullable"),
        ("incident_id", " x", "trimmed text"),
        ("date_start", pd.NaT, "not_nullable"),
        ("date_start", pd.Timestamp("1025-01-01"), "a day from 1900-01-01"),
        ("date_end", pd.Timestamp("2020-01-01"), "an end not before its start"),
        ("date_end", pd.Timestamp("2025-12-31 12:00"), "a day without a time"),
        ("fatalities_best", -1.0, "in_range(0, 1000000)"),
        ("fatalities_low", 0.5, "a whole number"),
        ("n_sources", -1.0, "greater_than_or_equal_to(0)"),
        ("row", 0, "greater_than_or_equal_to(1)"),
        ("geo_precision", None, "not_nullable"),
    ],
)
def test_a_value_that_breaks_it_is_told_by_row(incidents, column, value, reason):
    incidents.loc[3, column] = value
    with pytest.raises(TableError, match="The incident table is not canonical") as refused:
        check_incidents(incidents)
    problems = refused.value.problems
    assert problems["reason"].str.contains(reason, regex=False).any()
    assert set(problems["row"]) == {incidents.loc[3, "row"]}


def test_every_breach_is_collected(incidents):
    incidents.loc[3, "latitude"] = 99.0
    incidents.loc[4, "country"] = "Mali"
    incidents.loc[5, "incident_id"] = incidents.loc[6, "incident_id"]
    with pytest.raises(TableError) as refused:
        check_incidents(incidents)
    assert refused.value.problems["row"].tolist() == [7, 8, 6, 5]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        (lambda table: table.drop(columns="tactic"), "tactic"),
        (lambda table: table.drop(columns="latitude"), "latitude"),
        (lambda table: table.assign(extra=1), "extra"),
        (lambda table: table.astype({"row": "float64"}), "row"),
        (lambda table: table.astype({"tactic": "category"}), "tactic"),
        (lambda table: table.assign(source=pd.Categorical(["a"] * len(table))), "source"),
        (lambda table: table[list(table)[::-1]], "reported_wave"),
    ],
)
def test_a_column_that_breaks_it_is_told(incidents, change, column):
    with pytest.raises(TableError, match="not canonical") as refused:
        check_incidents(change(incidents))
    assert column in set(refused.value.problems["column"])
