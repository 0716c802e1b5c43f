"""A DataFrame is held to the same contract as a file."""

from datetime import date

import pandas as pd
import pyarrow as pa
import pytest

from analysis.incidents.errors import TableError
from analysis.incidents.load import load_incidents
from analysis.incidents.opening import open_study
from tests.incidents.tables import as_text, ged, write

MAPPING = {"date": "when", "country": "land", "deaths": "dead", "attacker": "who"}


@pytest.fixture
def frame():
    days = pd.date_range("2024-01-01", periods=40, freq="4D")
    return pd.DataFrame(
        {"when": days, "land": "Mali", "dead": [1, 2, None, 4] * 10, "who": ["A", "B", "Unknown", None] * 10}
    )


def test_the_same_rows_from_a_frame_and_a_file(tmp_path, frame):
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    from_file = load_incidents(path, mapping=MAPPING).incidents
    pd.testing.assert_frame_equal(load_incidents(frame, mapping=MAPPING).incidents, from_file)
    texts = frame.assign(when=frame["when"].dt.strftime("%d %B %Y"), land=frame["land"].astype("category"))
    pd.testing.assert_frame_equal(load_incidents(texts, mapping=MAPPING).incidents, from_file)
    dates = frame.assign(when=frame["when"].dt.date)
    pd.testing.assert_frame_equal(load_incidents(dates, mapping=MAPPING).incidents, from_file)


def test_a_level_of_the_index_is_a_column(frame):
    indexed = frame.set_index("when")
    assert len(load_incidents(indexed, mapping=MAPPING).incidents) == 40
    assert list(indexed.columns) == ["land", "dead", "who"]


def test_a_publishers_frame_needs_no_mapping(tmp_path):
    path = write(tmp_path / "ged.csv", as_text(ged({}, {"best": "7"})))
    frame = pd.read_csv(path)
    table = load_incidents(frame)
    assert table.provenance.source == "ucdp_ged"
    assert table.provenance.file == "DataFrame"
    pd.testing.assert_frame_equal(table.incidents, load_incidents(path).incidents)


def test_problems_name_the_row_under_a_header(frame):
    frame.loc[3, "dead"] = 1.5
    frame["land"] = frame["land"].where(frame.index != 5, "Mlai")
    table = load_incidents(frame, mapping=MAPPING)
    assert table.problems[["row", "column", "action"]].to_numpy().tolist() == [
        [5, "dead", "value blanked"],
        [7, "land", "row set aside"],
    ]
    assert table.provenance.rows_read == 40 == table.provenance.rows_kept + 1


def test_the_hash_is_of_what_was_given(frame):
    first = load_incidents(frame, mapping=MAPPING).provenance.sha256
    assert load_incidents(frame.copy(), mapping=MAPPING).provenance.sha256 == first
    assert load_incidents(frame.assign(dead=1), mapping=MAPPING).provenance.sha256 != first


def test_a_study_of_a_frame_takes_lists_and_dates(frame):
    study = open_study(
        frame,
        mapping=MAPPING,
        country=["Mali"],
        attacker=["A", "B"],
        from_date=pd.Timestamp("2024-01-05"),
        as_of=date(2024, 5, 1),
    )
    assert (study.as_of, study.selection.attacker) == (pd.Timestamp("2024-05-01"), ("A", "B"))
    assert study.attacks["attacker"].tolist()[:2] == ["B", "A"]
    assert study.inputs()[0]["file"] == "DataFrame"
    # A table that was read already is not read again.
    again = open_study(study.table, country="Mali", as_of="2024-05-01")
    assert again.table is study.table


def test_a_frame_of_counts(frame):
    counts = pd.DataFrame({"when": pd.date_range("2024-01-01", periods=12, freq="MS"), "land": "Mali", "n": range(12)})
    study = open_study(counts, mapping={"date": "when", "country": "land"}, count="n")
    assert study.holds_counts
    assert study.daily_counts().sum() == pytest.approx(66)


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame({"when": [], "land": []})])
def test_a_frame_without_data_is_refused(frame):
    with pytest.raises(TableError, match="Give one with data"):
        load_incidents(frame, mapping="date=when,country=land")


def test_values_that_no_table_has_are_told_by_row():
    days = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"]))
    spans = pd.IntervalIndex.from_arrays(days, days + pd.Timedelta(days=1))
    raw = pd.Series([b"\xff", b"3"], dtype=pd.ArrowDtype(pa.binary()))
    frame = pd.DataFrame({"day": days, "land": "Mali", "dead": spans, "place": raw})
    table = load_incidents(frame, mapping="date=day,country=land,deaths=dead,locality=place")
    assert table.problems["reason"].tolist() == ["is not a number"] * 2
    assert table.problems["row"].tolist() == [2, 3]


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC", "GMT", "arrow"])
def test_midnights_of_another_zone_are_told_by_whatever_name_of_utc(zone):
    times = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"])).dt.tz_localize("Asia/Tokyo")
    arrow = pd.ArrowDtype(pa.timestamp("us", tz="UTC"))
    day = times.dt.tz_convert("UTC").astype(arrow) if zone == "arrow" else times.dt.tz_convert(zone)
    table = load_incidents(pd.DataFrame({"day": day, "land": "Mali"}), mapping="date=day,country=land")
    assert [note for note in table.provenance.warnings if "is 15:00 UTC, as midnight of another time zone" in note]
