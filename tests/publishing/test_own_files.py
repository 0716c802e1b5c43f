"""What is read back from a folder of reports is a file of ours, whatever stands there by its name."""

import os
import threading

import pytest

from analysis.publishing import own_files
from analysis.publishing.own_files import read_own
from analysis.publishing.publish import read_failure, read_manifest
from analysis.scheduling.batch import read_run
from analysis.scheduling.notify import read_record


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


def test_a_pipe_in_place_of_what_a_run_left_holds_nobody_up(tmp_path):
    for path in ("a/2025-07-01/manifest.json", "a/failed/failure.json", ".state/run.json", ".state/told/a.json"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(tmp_path / path)
    found = []

    def read():
        found.append((read_manifest(tmp_path / "a" / "2025-07-01"), read_failure(tmp_path / "a"), read_run(tmp_path)))
        found.append(read_record(tmp_path, "a"))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(20)
    assert found == [({}, {}, {}), []]
