"""What stands in a folder of reports by right and by wrong, and what becomes of it; no report is made here."""

import errno
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from analysis.publishing import folders
from analysis.publishing.errors import NotebookError, StorageError
from analysis.publishing.folders import (
    odd_entries,
    open_folder,
    published_folders,
    put_in_place,
    read_failure,
    read_manifest,
    reason_of,
    recover,
    temporary_folder,
    told_plainly,
    write_index,
)
from analysis.publishing.manifest import git_revision
from analysis.publishing.naming import ISO_DAY
from analysis.publishing.publish import leave_failure
from analysis.resources import scratch_folder


def finished(out, name="a", as_of="2025-07-01", **facts):
    """Make a folder that is ready to be put in its place."""
    folder = out / ".escalation-making-x" / "report"
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("new")
    (folder / "manifest.json").write_text(json.dumps({"name": name, "as_of": as_of} | facts))
    return folder


def publish(out, name="a", as_of="2025-07-01", keep=None, **facts):
    put_in_place(finished(out, name, as_of, **facts), out, name=name, as_of=as_of, keep=keep)
    (out / ".escalation-making-x").rmdir()


@pytest.mark.parametrize("way", ["exchanged", "renamed", "copied"])
def test_an_old_folder_that_cannot_be_removed_does_not_stop_its_successor(tmp_path, monkeypatch, way):
    """Such as one that was made read-only, whose files are read over a network, or that lies in a container's image or
    a union of disks."""
    publish(tmp_path, as_of="2025-06-01")
    publish(tmp_path)
    replace = os.replace

    def of_an_image(source, target):
        if ISO_DAY.fullmatch(Path(source).name) or Path(source).name == "report":
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        replace(source, target)

    if way != "exchanged":
        monkeypatch.setattr(folders, "_exchange", lambda *_: False)
    if way == "copied":
        monkeypatch.setattr(os, "replace", of_an_image)

    def busy(path, ignore_errors=False):
        if not ignore_errors:
            raise OSError(errno.ENOTEMPTY, "Directory not empty")

    with monkeypatch.context() as patched:
        if way != "copied":  # what is copied is removed before its name is taken
            patched.setattr(shutil, "rmtree", busy)
        put_in_place(finished(tmp_path, title="second"), tmp_path, name="a", as_of="2025-07-01", keep=1)
    assert read_manifest(published_folders(tmp_path / "a")[0])["title"] == "second"
    assert os.readlink(tmp_path / "a" / "latest") == "2025-07-01"
    recover(tmp_path)
    assert sorted(os.listdir(tmp_path / "a")) == ["2025-07-01", "latest"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the system lets this user do everything")
def test_a_folder_that_was_made_read_only_is_replaced(tmp_path):
    publish(tmp_path)
    (tmp_path / "a" / "2025-07-01").chmod(0o500)
    publish(tmp_path, title="second")
    assert read_manifest(published_folders(tmp_path / "a")[0])["title"] == "second"
    assert sorted(os.listdir(tmp_path / "a")) == ["2025-07-01", "latest"]


@pytest.mark.parametrize(("words", "theirs"), [("notes of the desk, do not lose", True), ("2025-06-30\n", False)])
def test_a_file_called_latest_is_replaced_only_where_it_names_a_day(tmp_path, words, theirs):
    publish(tmp_path)
    latest = tmp_path / "a" / "latest"
    latest.unlink()
    latest.write_text(words)  # the second as git writes a link where the file system has none
    publish(tmp_path, title="second")
    assert (latest.read_text() == words) if theirs else (os.readlink(latest) == "2025-07-01")
    assert ("a/latest" in folders.odd_entries(tmp_path)) == theirs


def test_what_was_published_comes_back_where_its_successor_cannot_take_its_place(tmp_path, monkeypatch):
    publish(tmp_path, title="first")
    monkeypatch.setattr(folders, "_exchange", lambda *_: False)
    replace = os.replace

    def fail(source, target):
        if Path(source).name == "report":
            raise OSError(errno.EIO, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="Input/output"):
        put_in_place(finished(tmp_path), tmp_path, name="a", as_of="2025-07-01")
    assert read_manifest(published_folders(tmp_path / "a")[0])["title"] == "first"


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a second file system")
def test_a_report_whose_folder_is_a_link_to_another_disk_is_published_there(tmp_path, monkeypatch):
    def fail(number):
        def failing(*_, **__):
            raise OSError(number, os.strerror(number))

        return failing

    # Such as one of a network, that lets nobody set a mode.
    monkeypatch.setattr(shutil, "copymode", fail(errno.EPERM))
    monkeypatch.setattr(shutil, "copystat", fail(errno.EPERM))
    other = Path("/dev/shm") / f"escalation-test-{os.getpid()}"
    other.mkdir()
    try:
        (tmp_path / "a").symlink_to(other)
        with monkeypatch.context() as patched:
            patched.setattr(shutil, "copyfile", fail(errno.ENOSPC))
            with pytest.raises(OSError, match="No space"):
                put_in_place(finished(tmp_path), tmp_path, name="a", as_of="2025-07-01")
        assert os.listdir(other) == []
        for title in ("first", "second"):
            shutil.rmtree(tmp_path / ".escalation-making-x", ignore_errors=True)
            put_in_place(finished(tmp_path, title=title), tmp_path, name="a", as_of="2025-07-01")
            assert read_manifest(other / "2025-07-01")["title"] == title
        assert sorted(os.listdir(other)) == ["2025-07-01", "latest"]
    finally:
        shutil.rmtree(other)


@pytest.mark.parametrize(
    "facts",
    [
        {"files": 5, "title": {"a": 1}, "finding": None},
        {"parameters": [1]},
        {"parameters": {"language": ["fr"]}},
        {"started": 5},
    ],
)
def test_a_manifest_that_lies_stops_no_other_report(tmp_path, facts):
    publish(tmp_path, **facts)
    publish(tmp_path, name="b", title="Of b")
    recover(tmp_path)
    write_index(tmp_path)
    assert "Of b" in (tmp_path / "index.html").read_text()


def test_times_of_a_run_say_nothing_else_of_a_report(tmp_path):
    publish(tmp_path)
    (tmp_path / "a" / "2025-07-01" / "run.json").write_text('{"name": "b", "as_of": "1", "started": "2"}')
    assert read_manifest(published_folders(tmp_path / "a")[0]) == {"name": "a", "as_of": "2025-07-01", "started": "2"}


@pytest.mark.parametrize("name", ["javascript:alert(1)", ".Trash", "a b"])
def test_only_what_a_report_can_be_called_is_on_the_page_of_reports(tmp_path, name):
    publish(tmp_path, name=name)
    (tmp_path / name / "failed").mkdir()
    failure = dict.fromkeys(("name", "error", "when", "since"), "of another program")
    (tmp_path / name / "failed" / "failure.json").write_text(json.dumps(failure))
    write_index(tmp_path)
    page = (tmp_path / "index.html").read_text()
    assert name not in page
    assert "of another program" not in page


def test_a_page_of_somebody_else_stays_and_is_told(tmp_path):
    publish(tmp_path)
    write_index(tmp_path)
    write_index(tmp_path)
    assert odd_entries(tmp_path) == []
    (tmp_path / "index.html").write_text("<h1>My own page</h1>")
    write_index(tmp_path)
    assert (tmp_path / "index.html").read_text() == "<h1>My own page</h1>"
    assert odd_entries(tmp_path) == ["index.html"]


def test_a_failure_of_another_program_is_no_failure_and_stays(tmp_path):
    (tmp_path / "a" / "failed").mkdir(parents=True)
    (tmp_path / "a" / "failed" / "failure.json").write_text('{"x": 1}')
    publish(tmp_path)
    assert read_failure(tmp_path / "a") == {}
    assert odd_entries(tmp_path) == ["a/failed"]


def test_only_temporary_folders_of_a_run_are_removed(tmp_path):
    names = ("escalation-mine", "escalation-0123456789abcdef", "pymp-abcd_123", "pymp-x")
    for name in names:
        (tmp_path / name).mkdir()
    with open_folder(tmp_path / "out") as out:
        (out / ".lock").write_text("".join(f"{tmp_path / name}\n" for name in names))
        with temporary_folder(out):
            pass
    assert [name for name in names if (tmp_path / name).exists()] == ["escalation-mine", "pymp-x"]


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK])
def test_a_file_system_that_cannot_lock_is_told(tmp_path, monkeypatch, number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(folders.fcntl, "flock", fail)
    with (
        pytest.raises(StorageError, match="a file for one run at a time"),
        told_plainly(tmp_path),
        open_folder(tmp_path),
    ):
        pass


def test_a_hook_of_another_repository_does_not_change_the_revision(tmp_path, monkeypatch):
    usual = git_revision.__wrapped__()
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    assert git_revision.__wrapped__() == usual


def test_a_checkout_of_another_user_has_its_revision(monkeypatch):
    """As in a container: git answers nothing of a folder that another user owns, and two users had other bytes."""
    usual, real = git_revision.__wrapped__(), subprocess.run
    if not usual[0]:
        pytest.skip("no checkout: " + usual[1])

    def run(words, *, env, **options):
        return real(words, env=env | {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}, **options)

    monkeypatch.setattr(subprocess, "run", run)
    assert git_revision.__wrapped__() == usual


def failing(monkeypatch, call, number, where):
    """Let a call of `os` fail where a path holds some words."""
    real = getattr(os, call)

    def fail(*paths, **options):
        if any(where in str(path) for path in paths):
            raise OSError(number, os.strerror(number), *paths[:1])
        return real(*paths, **options)

    monkeypatch.setattr(os, call, fail)


@pytest.mark.parametrize("where", ["-latest", "failed", "2025-05-01"])
def test_what_fails_once_a_report_is_published_is_told_as_that_and_mended_later(tmp_path, monkeypatch, where):
    publish(tmp_path, as_of="2025-05-01")
    publish(tmp_path, as_of="2025-06-01")
    leave_failure(tmp_path / "a", NotebookError("failed"), executed=Path(), when="2025-06-30T06:00:00+00:00")
    with monkeypatch.context() as held:
        failing(held, "replace", errno.ENOSPC, where)
        folder = finished(tmp_path, started="2025-07-01T06:00:00+00:00")
        trouble = put_in_place(folder, tmp_path, name="a", as_of="2025-07-01", keep=2)
    assert trouble == (
        f"{tmp_path / 'a'}: what stands beside the published report could not be renewed: no space is left on its"
        " device."
    )
    assert read_manifest(tmp_path / "a" / "2025-07-01")["started"]
    recover(tmp_path)
    assert os.readlink(tmp_path / "a" / "latest") == "2025-07-01"
    assert read_failure(tmp_path / "a") == {}
    assert not list((tmp_path / "a").glob(".*"))
    publish(tmp_path, as_of="2025-07-02", keep=2)
    assert [path.name for path in published_folders(tmp_path / "a")] == ["2025-07-02", "2025-07-01"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "this user has no right to it"),
        (errno.EAGAIN, "another program, or its file system, holds it back at this moment"),  # by a lease
    ],
)
def test_what_cannot_be_read_is_told_by_its_file_and_not_as_what_cannot_be_written(tmp_path, number, words):
    file = tmp_path / "a" / "manifest.json"
    told = re.escape(f"{file} cannot be used: {words}. Nothing")
    with pytest.raises(StorageError, match=told), told_plainly(tmp_path):
        raise OSError(number, os.strerror(number), str(file))
    assert reason_of(OSError(number, os.strerror(number), str(file))) == words
    with pytest.raises(BlockingIOError), told_plainly(tmp_path):  # a process that cannot be started
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def test_a_temporary_folder_that_is_gone_is_told_as_that(tmp_path):
    out, gone = tmp_path / "reports", tmp_path / "tmp" / "escalation-1" / "k.json"
    told = f"{gone} cannot be used: a folder on the way to it is not there. Nothing was put into {out};"
    with pytest.raises(StorageError, match=re.escape(told)), told_plainly(out):
        raise FileNotFoundError(errno.ENOENT, "", str(gone))
    with pytest.raises(StorageError, match=re.escape(f"{out} cannot be written")), told_plainly(out):
        raise FileNotFoundError(errno.ENOENT, "", str(out / "a" / "manifest.json"))


def test_a_folder_that_was_moved_away_meanwhile_is_no_fault_of_ours(tmp_path):
    making = tmp_path / f"{folders.MAKING}1"
    errors = [
        NotebookError(f"Chart 'a' could not be drawn: FileNotFoundError: [Errno 2] No such file: '{making}/a.svg'."),
        NotebookError(f"a did not run: FileNotFoundError: output folder {making}/report doesn't exist."),  # papermill's
    ]
    for error in errors:
        with pytest.raises(StorageError, match="a folder on the way to it is not there"), told_plainly(tmp_path):
            raise error
    making.mkdir()  # it stands, and something else is missing
    with pytest.raises(NotebookError, match="could not be drawn"), told_plainly(tmp_path):
        raise errors[0]


def test_a_failure_since_the_last_publication_stays(tmp_path):
    publish(tmp_path, started="2025-07-01T06:00:00+00:00")
    leave_failure(tmp_path / "a", NotebookError("failed"), executed=Path(), when="2025-07-01T06:00:00+00:00")
    recover(tmp_path)
    assert read_failure(tmp_path / "a")["error"] == "failed"


def test_an_index_that_cannot_be_replaced_stops_nothing_and_leaves_nothing(tmp_path, monkeypatch):
    publish(tmp_path)
    # As in a folder with the sticky bit, in which another user's file is replaced by nobody else.
    failing(monkeypatch, "replace", errno.EPERM, "index.html")
    assert write_index(tmp_path) == f"{tmp_path / 'index.html'} could not be renewed: this user has no right to it."
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a"]


@pytest.mark.parametrize(
    ("noted", "ours"),
    [
        ("", True), ("/tmp/escalation-0123456789abcdef\n/tmp/pymp-abcd_012\n", True),
        ("/tmp/a\nb/escalation-0123456789abcdef\n", True), ("\0\0\0", True), ("4711\n", False), ("my notes", False),
    ],
)  # fmt: skip
def test_the_lock_of_another_program_stays_as_it_is(tmp_path, noted, ours):
    (tmp_path / ".lock").write_text(noted)
    if ours:
        with open_folder(tmp_path) as out, temporary_folder(out):
            pass
        return
    with pytest.raises(StorageError, match=r"\.lock is another program's\. Move it away"), open_folder(tmp_path):
        pass
    assert (tmp_path / ".lock").read_text() == noted


def test_a_link_in_place_of_what_a_run_left_is_removed_alone(tmp_path):
    (tmp_path / "theirs").mkdir(mode=0o755)
    (tmp_path / "out").mkdir()
    left = tmp_path / "out" / ".escalation-making-1"
    left.symlink_to(tmp_path / "theirs")
    recover(tmp_path / "out")
    assert not left.is_symlink()
    assert (tmp_path / "theirs").stat().st_mode & 0o777 == 0o755


def test_what_a_killed_run_left_is_removed_though_one_report_cannot_be_read(tmp_path, monkeypatch):
    for name in ("a", "b"):
        publish(tmp_path, name)
        (tmp_path / name / "latest").unlink()
    left = [tmp_path / ".escalation-making-1-index.html", tmp_path / ".state" / "told" / ".escalation-making-1-a.json"]
    left[1].parent.mkdir(parents=True)
    for path in left:
        path.write_text("{")
    failing(monkeypatch, "open", errno.EIO, f"{tmp_path}/a/")
    recover(tmp_path)
    assert not [path for path in left if path.exists()]
    assert os.readlink(tmp_path / "b" / "latest") == "2025-07-01"
    assert not (tmp_path / "a" / "latest").is_symlink()


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EMFILE])
def test_a_report_that_cannot_be_read_now_is_not_taken_for_none(tmp_path, monkeypatch, number):
    publish(tmp_path)
    with monkeypatch.context() as held:
        failing(held, "open", number, "manifest.json")
        with pytest.raises(OSError, match=re.escape(os.strerror(number))):
            published_folders(tmp_path / "a")
    with monkeypatch.context() as held:
        failing(held, "listdir", errno.EACCES, "a")
        with pytest.raises(PermissionError):
            published_folders(tmp_path / "a")
    for absent in (errno.ENOENT, errno.EACCES):
        with monkeypatch.context() as held:
            failing(held, "open", absent, "manifest.json")
            assert published_folders(tmp_path / "a") == []


@pytest.mark.parametrize("calls", [["rmdir"], ["unlink", "chmod"]])
def test_what_may_not_be_removed_stays(tmp_path, monkeypatch, calls):
    """As where a folder was made unchangeable meanwhile: Python's own tries again without an end. Of a file in the last
    report it raises, and the new one, which was published, was said not to be."""

    def refused(*_, **__):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    with scratch_folder(dir=tmp_path) as made:
        (made / "report.html").touch()
        for call in calls:
            monkeypatch.setattr(os, call, refused)
    monkeypatch.undo()
    assert [*tmp_path.iterdir()] == [made]


def test_nothing_is_published_into_a_published_report(tmp_path):
    """As by a command that is given where a report lies, and without --out."""
    publish(tmp_path)
    for inside in ("a/2025-07-01", "a/latest/reports/published"):
        told = r"lies in the report .*a/2025-07-01, and would go with it"
        with pytest.raises(StorageError, match=told), open_folder(tmp_path / inside):
            pass
    assert sorted(os.listdir(tmp_path / "a" / "latest")) == ["manifest.json", "report.html"]
    with open_folder(tmp_path / "a" / "beside"), open_folder(tmp_path):
        pass


def test_a_folder_that_lies_too_deep_is_refused(tmp_path):
    deep = tmp_path.joinpath(*"x" * folders.MOST_PARTS)
    with pytest.raises(StorageError, match="too long"), told_plainly(deep), open_folder(deep):
        pass
