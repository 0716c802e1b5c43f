"""What holds for every table, whatever is in it."""

import gzip
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.incidents.check import describe_table
from analysis.incidents.contract import check_incidents
from analysis.incidents.errors import TableError
from analysis.incidents.load import load_incidents
from tests.incidents.tables import GED_49, GED_ROW, as_text, ged

SETTINGS = {"derandomize": True, "suppress_health_check": [HealthCheck.too_slow]}
# What a cell may hold: what belongs there, what does not, and what breaks a careless reader.
CELLS = st.sampled_from(
    ["", "NA", "nan", "0", "-1", "1", "2.5", "1e9", "inf", "1,5", "2020-03-05", "2020-02-31", "05/03/2020",
        "0025-01-01", "Mali", "NER",
     "Atlantis", "JNIM", '"', 'a "b" c', "a,b", "a;b", "line\nbreak", "line\r\nbreak", "tab\there", "é", "\u202e",
     "\x1b[1m", " ", "\ufeff",
     "#date", "True", "7", "7.0", "٣", "2020-03-05 00:00:00.000"]
) | st.text(max_size=8)  # fmt: skip
READ = [
    "id", "type_of_violence", "side_a", "side_b", "where_prec", "country", "country_id", "date_prec", "date_start",
    "date_end",
    "latitude", "longitude", "best", "low", "high", "number_of_sources", "where_coordinates",
]  # fmt: skip
ROWS = st.lists(st.dictionaries(st.sampled_from(READ), CELLS, max_size=4), min_size=1, max_size=6)


def load_bytes(content: bytes, name: str = "t.csv", **options):
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return load_incidents(path, **options)


def parquet(rows):
    out = io.BytesIO()
    pd.DataFrame(rows, columns=GED_49, dtype="str").fillna("").to_parquet(out, index=False)
    return out.getvalue()


def conserved(content: bytes, **options):
    """Load, or be refused with a reason; either way every row is accounted for."""
    refused = None
    try:
        table = load_bytes(content, **options)
    except TableError as error:
        refused = str(error)
    if refused is not None:
        assert refused.isprintable()
        return None
    aside = set(table.problems.loc[table.problems["action"].eq("row set aside"), "row"])
    assert table.provenance.rows_read == len(table.incidents) + len(aside)
    assert len(table.incidents) > 0
    assert not aside & set(table.incidents["row"])
    return table


@settings(max_examples=20, **SETTINGS)
@given(ROWS)
def test_rows_read_are_kept_or_set_aside(changes):
    rows = ged(*changes)
    table = conserved(as_text(rows, GED_49).encode(errors="surrogateescape"))
    if table is not None:
        told = describe_table(table)
        assert told["rows_read"] == told["rows_kept"] + told["rows_rejected"] == len(rows)
        assert told["rows_kept"] == len(table.incidents)


@settings(max_examples=20, **SETTINGS)
@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_conserved(content):
    conserved(content)
    conserved(as_text(ged(), GED_49).encode() + content)
    conserved(as_text([], GED_49).encode() + content)


@settings(max_examples=25, **SETTINGS)
@given(st.integers(0, 2000), st.binary(min_size=1, max_size=6), st.booleans())
def test_a_file_that_was_damaged_on_its_way(position, damage, packed):
    content = as_text(ged({}, {"source_article": "a\nb"}, {}), GED_49).encode()
    content = gzip.compress(content, mtime=0) if packed else content
    conserved(content[:position] + damage + content[position + len(damage) :])
    conserved(content[:position])


@settings(max_examples=12, **SETTINGS)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(changes, random):
    rows = ged(*changes, {})
    # Copies of an id keep the first, which depends on the order: every row has its own here.
    rows = [row | {"id": f"{number}"} for number, row in enumerate(rows)]
    shuffled = random.sample(rows, len(rows))
    first, second = (conserved(as_text(these, GED_49).encode(errors="surrogateescape")) for these in (rows, shuffled))
    assert (first is None) == (second is None)
    if first is not None:
        frames = [
            table.incidents.drop(columns="row").sort_values("incident_id", ignore_index=True)
            for table in (first, second)
        ]
        pd.testing.assert_frame_equal(*frames)


@settings(max_examples=8, **SETTINGS)
@given(ROWS)
def test_csv_and_parquet_give_the_same_incidents(changes):
    rows = [row for row in ged(*changes, {}) if not any("\x00" in value for value in row.values())]
    text, columns = as_text(rows, GED_49).encode(errors="surrogateescape"), parquet(rows)
    first, second = conserved(text), conserved(columns)
    assert (first is None) == (second is None)
    if first is not None:
        pd.testing.assert_frame_equal(first.incidents, second.incidents)
        pd.testing.assert_frame_equal(first.problems, second.problems)


@settings(max_examples=10, **SETTINGS)
@given(ROWS, ROWS)
def test_later_rows_leave_earlier_incidents_as_they_are(changes, later):
    rows = [row | {"id": f"{number}"} for number, row in enumerate(ged(*changes, {}, *later))]
    # Which of day and month comes first is told by the other rows, so the days here need no telling.
    rows = [row | {"date_start": "2020-03-05", "date_end": "2020-03-07"} for row in rows]
    n = len(changes) + 1
    first, second = (conserved(as_text(these, GED_49).encode(errors="surrogateescape")) for these in (rows[:n], rows))
    assert first is not None
    both = second.incidents[second.incidents["row"].isin(first.incidents["row"])]
    pd.testing.assert_frame_equal(first.incidents, both.reset_index(drop=True))


@settings(max_examples=6, **SETTINGS)
@given(st.integers(-2000, 2000))
def test_shifting_the_days_shifts_the_incidents(n_days):
    shift = pd.Timedelta(days=n_days)
    moved = {
        name: f"{pd.Timestamp(GED_ROW[name]) + shift:%Y-%m-%d}" for name in ("date_start", "date_end")
    }  # fmt: skip
    first, second = (load_bytes(as_text(ged(change)).encode()).incidents for change in ({}, moved))
    for name in ("date_start", "date_end"):
        assert (second[name] - first[name]).tolist() == [shift]
    pd.testing.assert_frame_equal(first.drop(columns=list(moved)), second.drop(columns=list(moved)))


@pytest.mark.parametrize("n_rows", [1, 3])
def test_a_table_that_was_loaded_keeps_the_contract(n_rows):
    check_incidents(load_bytes(as_text(ged(*[{}] * n_rows)).encode()).incidents)
