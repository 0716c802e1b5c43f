"""Two exports of one table, and a folder of them: what was added, removed, changed, and seen first when."""

import os

import pandas as pd
import pytest

from analysis.incidents.errors import TableError
from analysis.incidents.load import load_incidents
from analysis.incidents.opening import open_study
from analysis.incidents.snapshots import COMPARED, compare_snapshots, load_snapshots, vintage_of
from tests.incidents.tables import acled, as_text, ged, project, write


@pytest.fixture
def export(tmp_path):
    """Write rows as one export and load it."""

    def written(name, rows, **reading):
        return load_incidents(write(tmp_path / name, as_text(rows)), **reading)

    return written


def event(number, day, **change):
    return {"incident_id": f"E{number}", "date_start": day, "date_end": day} | change


OLD = project(event(1, "2024-01-05"), event(2, "2024-02-01"), event(3, "2024-03-01"), event(4, "2024-03-20"))
# E2 is gone, E3 changed in two columns, E5 is late, E6 new, E7 before all, E8 in another country.
NEW = project(
    event(1, "2024-01-05"), event(3, "2024-03-02", fatalities_best="4"), event(4, "2024-03-20"), event(5, "2024-02-10"),
    event(6, "2024-04-02"), event(7, "2023-12-01"), event(8, "2024-02-10", country="BFA"),
)  # fmt: skip


def test_what_changed_by_hand(export):
    told = compare_snapshots(export("old.csv", OLD), export("new.csv", NEW))
    assert (told.n_old, told.n_new, told.n_kept, told.n_added, told.n_removed, told.n_changed) == (4, 7, 3, 4, 1, 1)
    assert told.n_added_by_kind == {"new": 1, "late": 1, "earlier": 1, "elsewhere": 1}
    assert dict(zip(told.added["incident_id"], told.added["kind"], strict=True)) == {
        "E5": "late", "E6": "new", "E7": "earlier", "E8": "elsewhere",
    }  # fmt: skip
    assert told.removed["incident_id"].tolist() == ["E2"]
    assert told.changed[["column", "old", "new"]].to_numpy().tolist() == [
        ["date_start", "2024-03-01", "2024-03-02"],
        ["date_end", "2024-03-01", "2024-03-02"],
        ["fatalities_best", "3", "4"],
    ]
    assert told.by_column["n_changed"].tolist() == [1, 1, 1]
    assert told.old_last_day == pd.Timestamp("2024-03-20")


def test_rows_are_conserved_whatever_the_order(export):
    old, new = export("old.csv", OLD), export("new.csv", NEW[::-1])
    told = compare_snapshots(old, new)
    assert told.n_old == told.n_kept + told.n_removed == len(old.incidents)
    assert told.n_new == told.n_kept + told.n_added == len(new.incidents)
    assert sum(told.n_added_by_kind.values()) == told.n_added == len(told.added)
    pd.testing.assert_frame_equal(told.changed, compare_snapshots(old, export("again.csv", NEW)).changed)


def test_a_table_differs_from_itself_in_nothing(export):
    told = compare_snapshots(export("a.csv", ged({}, {"best": ""})), export("b.csv", ged({}, {"best": ""})))
    assert (told.n_added, told.n_removed, told.n_changed) == (0, 0, 0)
    assert told.added.empty
    assert told.changed.empty


def test_a_name_written_otherwise_by_more_rows_is_no_change(export):
    """E1 stands as it stood: another row makes the other spelling the usual one."""
    old = project(event(1, "2024-01-05", admin1="S\u00e9gou"), event(2, "2024-02-01", admin1="Segou"))
    new = project(
        *(event(n, "2024-02-01", admin1="SEGOU") for n in (3, 4)), event(1, "2024-01-05", admin1="S\u00e9gou")
    )
    told = compare_snapshots(export("old.csv", old), export("new.csv", new))
    assert (told.n_kept, told.n_changed) == (1, 0)
    moved = compare_snapshots(export("old.csv", old), export("new.csv", project(event(1, "2024-01-05", admin1="Gao"))))
    assert moved.changed["new"].tolist() == ["Gao"]


@pytest.mark.parametrize(("written", "n"), [("14.1234567890124", 0), ("14.1235", 1)])
def test_a_number_of_fewer_digits_from_another_program_is_no_change(export, written, n):
    old = project(event(1, "2024-01-05", latitude="14.123456789012345", longitude="-4.1"))
    new = project(event(1, "2024-01-05", latitude=written, longitude="-4.1"))
    assert compare_snapshots(export("old.csv", old), export("new.csv", new)).n_changed == n


def test_every_column_that_can_change_is_compared(export):
    """A value that becomes missing is a change, in text, categories, numbers, days and flags alike."""
    blank = {
        "admin1": "",
        "geo_precision": "",
        "fatalities_low": "",
        "verified": "",
        "target_type": "",
        "date_end": "2024-03-06",
    }
    told = compare_snapshots(export("old.csv", project({})), export("new.csv", project(blank)))
    changed = dict(zip(told.changed["column"], told.changed["new"], strict=True))
    assert set(changed) == {
        "admin1", "geo_precision", "fatalities_low", "verified", "target_type", "target_group", "date_end",
    }  # fmt: skip
    assert set(changed) <= set(COMPARED)
    assert changed["geo_precision"] == "unstated"
    assert pd.isna(changed["admin1"])
    assert pd.isna(changed["fatalities_low"])


def test_an_export_covers_no_day_after_itself(export):
    """Coverage stated to the end of March, exported on the 10th: an attack of the 15th is new, not late."""
    coverage = "country,first_day,last_day\nMLI,2024-01-01,2024-03-31\n"
    old = export("t-2024-03-10.csv", project(event(1, "2024-03-01")))
    write(old.provenance.path.parent / "coverage.csv", coverage)
    old = load_incidents(old.provenance.path)
    new = export("t-2024-04-10.csv", project(event(1, "2024-03-01"), event(2, "2024-03-15"), event(3, "2024-03-05")))
    told = compare_snapshots(old, new)
    assert dict(zip(told.added["incident_id"], told.added["kind"], strict=True)) == {"E2": "new", "E3": "late"}
    with pytest.raises(TableError, match="exchange them"):
        compare_snapshots(new, old)


def test_tables_that_are_not_two_exports_of_one_are_refused(export):
    with pytest.raises(TableError, match="different publishers"):
        compare_snapshots(export("a.csv", ged()), export("b.csv", acled()))
    with pytest.raises(TableError, match="share none of 1 and 1 ids"):
        compare_snapshots(
            export("a.csv", project(event(1, "2024-01-05"))), export("b.csv", project(event(2, "2024-01-05")))
        )
    plain = [{"when": "2024-01-05", "land": "Mali"}]
    tables = [export(name, plain, mapping="date=when,country=land") for name in ("a.csv", "b.csv")]
    with pytest.raises(TableError, match="no ids of its own"):
        compare_snapshots(*tables)


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("incidents-2024-03-10.csv", "2024-03-10"),
        ("acled_20240310.csv.gz", "2024-03-10"),
        ("20240310T0600.csv", "2024-03-10"),
        ("GEDEvent_v24_1.csv", None),
        ("from-2024-01-01-to-2024-03-10.csv", None),
        ("x-2024-02-30.csv", None),
        ("1202403101.csv", None),
        ("x-2024-0310.csv", None),
    ],
)
def test_the_day_of_an_export_is_in_its_name(name, day):
    assert vintage_of(name) == (None if day is None else pd.Timestamp(day))


def kept(tmp_path):
    folder = tmp_path / "kept"
    folder.mkdir()
    write(folder / "t-2024-02-01.csv", as_text(project(event(1, "2024-01-05"), event(2, "2024-01-20"))))
    write(folder / "t-2024-03-01.csv", as_text(project(event(1, "2024-01-05"), event(3, "2024-02-10"))))
    write(folder / "coverage.csv", "country,first_day,last_day\nMLI,2024-01-01,2024-12-31\n")
    write(folder / "README.md", "Kept each month.")
    now = project(event(1, "2024-01-05"), event(3, "2024-02-10"), event(4, "2024-02-11"), event(5, "2024-03-20"))
    return folder, write(tmp_path / "t-2024-04-01.csv", as_text(now))


def test_a_folder_of_snapshots_by_hand(tmp_path):
    folder, path = kept(tmp_path)
    told = load_snapshots(folder, table=load_incidents(path))
    assert told.first_seen.to_dict() == {"E1": 0, "E2": 0, "E3": 1}
    assert told.vanished == {"E2"}
    assert told.vintages[["n_rows", "n_added", "n_vanished"]].to_numpy().tolist() == [[2, 0, 1], [2, 1, 0]]
    assert told.vintages["last_day"].tolist() == [pd.Timestamp("2024-02-01"), pd.Timestamp("2024-03-01")]
    assert told.table_vintage == pd.Timestamp("2024-04-01")


def test_the_table_itself_and_later_exports_are_left_out(tmp_path):
    folder, path = kept(tmp_path)
    write(folder / "t-2024-04-01.csv", path.read_bytes())
    write(folder / "t-2024-05-01.csv", path.read_bytes())
    told = load_snapshots(folder, table=load_incidents(path))
    assert told.left_out == ("t-2024-04-01.csv", "t-2024-05-01.csv")
    # A copy without a day in its name takes the day of the snapshot that it is a copy of.
    write(tmp_path / "now.csv", path.read_bytes())
    told = load_snapshots(folder, table=load_incidents(tmp_path / "now.csv"))
    assert told.table_vintage == pd.Timestamp("2024-04-01")
    assert len(told.vintages) == 2


def test_snapshots_that_cannot_be_used_are_refused_by_name(tmp_path):
    folder, path = kept(tmp_path)
    table = load_incidents(path)
    with pytest.raises(TableError, match="is not a folder"):
        load_snapshots(tmp_path / "none", table=table)
    (tmp_path / "empty").mkdir()
    with pytest.raises(TableError, match="holds no earlier export"):
        load_snapshots(tmp_path / "empty", table=table)
    odd = folder / os.fsdecode(b"t\xff-2024-03-02.csv")
    odd.touch()
    with pytest.raises(TableError, match=r"t\\udcff-2024-03-02\.csv has a name that is no text"):
        load_snapshots(folder, table=table)
    odd.unlink()
    (folder / "~$t-2024-03-02.xlsx").write_bytes(b"who has it open")
    write(folder / "t-20240301.csv", path.read_bytes())
    with pytest.raises(TableError, match="both of 2024-03-01"):
        load_snapshots(folder, table=table)
    (folder / "t-20240301.csv").rename(folder / "latest.csv")
    for ending in (".ods", ".xls", ".json"):  # whatever can be read is no file to pass over
        (folder / f"other{ending}").touch()
    with pytest.raises(TableError, match=r"4 of 6 files do not tell the one day .*latest\.csv, other\.json"):
        load_snapshots(folder, table=table)
    for path in (folder / "latest.csv", *folder.glob("other.*")):
        path.unlink()
    write(folder / "t-2024-03-05.csv", as_text(acled()))
    with pytest.raises(TableError, match="different publishers"):
        load_snapshots(folder, table=table)
    (folder / "t-2024-03-05.csv").unlink()
    with pytest.raises(TableError, match="no row of the selected countries"):
        load_snapshots(folder, table=table, countries=("BFA",))


def test_a_study_tells_its_snapshots_among_its_inputs(tmp_path):
    folder, path = kept(tmp_path)
    study = open_study(path, country="MLI", snapshots=str(folder))
    read = [given for given in study.inputs() if given["role"] == "snapshot"]
    assert [given["file"] for given in read] == ["t-2024-02-01.csv", "t-2024-03-01.csv"]
    assert [given["vintage"] for given in read] == ["2024-02-01", "2024-03-01"]
    assert all(len(given["sha256"]) == 64 for given in read)
    assert open_study(path, country="MLI").snapshots is None
