"""What is read back from a folder of reports is a file of ours, whatever stands there by its name."""

import errno
import json
import os
import socket
import threading
from contextlib import suppress
from functools import partial

import pytest

from analysis.publishing import own_files
from analysis.publishing.changes import compare_reports
from analysis.publishing.chart_folder import _held
from analysis.publishing.errors import LockedError, NotebookError, StorageError
from analysis.publishing.folders import open_folder, read_failure, read_manifest, recover
from analysis.publishing.own_files import check_left, everything_in, read_facts, read_own
from analysis.publishing.runner import notebook_parameters
from analysis.scheduling.batch import read_run
from analysis.scheduling.notify import read_record
from analysis.scheduling.schedule import table_countries


def test_a_file_is_read(tmp_path):
    (tmp_path / "a.json").write_text("é", encoding="utf-8")
    assert read_own(tmp_path / "a.json") == "é"


def test_a_pipe_a_folder_and_something_endless_are_no_files(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "large").write_text("abc")
    monkeypatch.setattr(own_files, "MOST_BYTES", 2)
    for name in ("pipe", "folder", "large", "absent"):
        with pytest.raises(OSError, match=name):
            read_own(tmp_path / name)


def test_a_folder_that_may_not_be_listed_is_refused_and_goes(tmp_path, monkeypatch):
    look = os.scandir

    def strict(place):  # as for a user who is not root
        if not os.stat(place).st_mode & 0o400:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), place)
        return look(place)

    monkeypatch.setattr(os, "scandir", strict)
    made = tmp_path / ".escalation-making-a"
    (made / "tables" / "closed").mkdir(parents=True)
    (made / "tables" / "closed" / "a.csv").write_text("a\n")
    (made / "tables" / "closed").chmod(0o300)
    with pytest.raises(PermissionError):
        everything_in(made)
    with pytest.raises(
        NotebookError, match=r"own\.ipynb left tables/closed in its folder, which is a folder that may not"
    ):
        check_left(made, notebook="own.ipynb")
    recover(tmp_path)
    assert not made.exists()


def test_a_pipe_in_place_of_what_a_run_left_holds_nobody_up(tmp_path):
    held = ("manifest.json", "changes.json", "indicators.json", "alerts.json", "charts/timeline.csv")
    left = ("run.json", "told/a.json", "countries.json")
    paths = [*(f"a/2025-07-01/{name}" for name in held), "a/failed/failure.json", *(f".state/{name}" for name in left)]
    for path in [*paths, "charts/charts.json", ".lock", "a/latest", "n.ipynb"]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(tmp_path / path)
    found, folder = [], tmp_path / "a" / "2025-07-01"

    def read():
        found.append((read_manifest(folder), read_failure(tmp_path / "a"), read_run(tmp_path)))
        found.append(read_record(tmp_path, "a"))
        for call in (
            partial(compare_reports, [folder], folder, run={"as_of": "2025-07-01", "selection": {}, "inputs": []}),
            partial(table_countries, {}, cache=tmp_path / ".state" / "countries.json"),
            partial(_held, tmp_path / "charts"),
            partial(open_folder(tmp_path).__enter__),
            partial(notebook_parameters, tmp_path / "n.ipynb"),
        ):  # fmt: skip
            with suppress(OSError, ValueError, StorageError, LockedError):
                call()
            found.append("went on")

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(20)
    assert found == [({}, {}, {}), [], *["went on"] * 5]


@pytest.mark.parametrize(
    ("left", "read"),
    [
        ({"name": "a", "rows": [{"n": 1, "more": [2]}], "other": 3}, None),
        ({"name": 5, "rows": {"n": 1}}, {}),
        ({"rows": [1, {"m": 1}, {"n": "1"}, {"n": 2}], "inner": "x"}, {"rows": [{"n": 2}]}),
        ({"inner": {"day": 5, "more": 1}, "words": ["a", 1]}, {"inner": {"more": 1}, "words": ["a"]}),
        ([1], {}),
    ],
)
def test_parts_of_another_shape_than_a_run_gives_them_are_left_out(tmp_path, left, read):
    (tmp_path / "a.json").write_text(json.dumps(left))
    shape = {"name": str, "rows": [{"n": int}], "inner": {"day": str}, "words": [str]}
    assert read_facts(tmp_path / "a.json", shape) == (left if read is None else read)
    assert read_facts(tmp_path / "a.json", [{"n": int}]) == []


def test_what_a_notebook_leaves_is_files_of_its_own(tmp_path):
    (tmp_path / "table.csv").write_text("=1")
    folder = tmp_path / "report"
    (folder / "charts").mkdir(parents=True)
    (folder / "charts" / "a.csv").write_text("1")
    check_left(folder, notebook="own.ipynb")

    def bind(path):
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(os.path.relpath(path))

    makers = {
        "to the table": lambda path: path.symlink_to(tmp_path / "table.csv"),
        "gone": lambda path: path.symlink_to("nowhere"),
        "hard": lambda path: path.hardlink_to(tmp_path / "table.csv"),
        "pipe": os.mkfifo,
        "socket": bind,
        "no text \udcff": lambda path: path.write_text("1"),
    }
    for name, make in makers.items():
        make(folder / "charts" / name)
        with pytest.raises(NotebookError, match=r"own\.ipynb left charts/.*(a link to|no file|no text)"):
            check_left(folder, notebook="own.ipynb")
        (folder / "charts" / name).unlink()
