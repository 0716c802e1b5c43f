"""Folders of reports: held by one run at a time, replaced whole or not at all, tidied after a run that was killed."""

import ctypes
import errno
import fcntl
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from analysis.incidents.printing import printable
from analysis.publishing.errors import LockedError, NotebookError, StorageError, storage_words
from analysis.publishing.index import INDEX_MARK, last_made, render_index
from analysis.publishing.naming import FAILED, ISO_DAY, RESERVED, can_be_name
from analysis.publishing.own_files import everything_in, read_facts, read_own, where_there
from analysis.publishing.owners import is_made
from analysis.publishing.runner import short_base
from analysis.resources import real_path

# Scratch folders of a run; what a killed run leaves of them is removed by the next. Nobody else calls a folder so.
MAKING = ".escalation-making-"
# Where a folder waits while its successor takes its place, on systems that cannot exchange two names at once.
ASIDE = ".escalation-aside-"
RUN_TIMES = "run.json"
# So many folders may lie in one another.
MOST_PARTS = 300
# Files that the disk is asked for at once.
MOST_PERSISTED = 8
# The parts of what runs leave that are read again: of a report, of its run, of one that failed.
RUN = dict.fromkeys(("started", "finished", "schedule", "entry"), str)
MANIFEST = RUN | dict.fromkeys(("name", "as_of", "title", "finding", "confidence", "notebook"), str) | {
    "parameters": {"language": str}, "files": dict,
}  # fmt: skip
_FAILED = ("name", "error", "when", "since")
FAILURE = dict.fromkeys((*_FAILED, "schedule", "entry"), str)
AT_FDCWD, RENAME_EXCHANGE = -100, 2
LOCK = ".lock"
# Where the failures lie of reports whose names are those of others.
REFUSED = ".state/refused"
# What runs make among temporary files is called: their own folder, and that of their workers' parent.
TEMPORARY = "escalation-"
_TEMPORARY_NAME = re.compile(rf"{TEMPORARY}[0-9a-f]{{16}}|pymp-[a-z0-9_]{{8}}")


def put_in_place(folder: Path, out: Path, *, name: str, as_of: str, keep: int | None = None) -> str:
    """Publish a finished folder: a reader sees the old one or the new one, whole, at any instant.

    Returns what could not be done once it was published, and why; usually nothing. A later run does it.
    """
    target = out / name / as_of
    if (target.exists() or target.is_symlink()) and not is_ours(target):
        raise StorageError(
            f"{target} is there and is no report of this program, or one with a damaged manifest. It was left alone,"
            " and nothing was published. Move it away and run again."
        )
    persist_folder(folder)
    replace_folder(folder, target)
    try:
        # What was just published stays, however old its day.
        others = [path for path in published_folders(out / name) if path.name != as_of]
        old = others[max(keep - 1, 0) :] if keep else []
        point_latest(out / name, without=old)
        drop_failure(out / name)
        for path in old:
            _remove_whole(path)
    except OSError as error:
        return f"{out / name}: what stands beside the published report could not be renewed: {reason_of(error)}."
    return ""


def published_folders(reports: Path) -> list[Path]:
    """Return the published folders of one report, newest as_of first: folders called by their day, with a manifest of
    this report and day.

    Whatever else lies there (a copy, a folder of another program) is none.

    Raises `OSError` if the folder cannot be listed now: a report that took it for empty would call itself the first.
    """
    found = [path for path in _entries(reports) if ISO_DAY.fullmatch(path.name) and is_ours(path)]
    return sorted(found, key=lambda path: path.name, reverse=True)


def report_folders(out: Path) -> list[Path]:
    """Return the folders that may be of reports: those that a report could be called like, and this user may read."""
    found = [path for path in _entries(out) if can_be_name(path.name) and os.path.isdir(path)]
    return [path for path in found if os.access(path, os.R_OK | os.X_OK)]


def failed_folders(out: Path) -> list[Path]:
    """Return the folders in which a report may have left its failure."""
    return [*report_folders(out), *_entries(out / REFUSED)]


def _entries(folder: Path) -> list[Path]:
    """Return what lies in a folder, in order; nothing where there is none. One that may not be listed is an error,
    which `Path.glob` passes over."""
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(folder.iterdir())
    return []


def is_ours(folder: Path) -> bool:
    """Return whether a folder is a published report that stands in its place."""
    manifest = {}
    with where_there():
        manifest = read_manifest(folder) if stat.S_ISDIR(folder.lstat().st_mode) else {}
    return (manifest.get("name"), manifest.get("as_of")) == (folder.parent.name, folder.name)


def odd_entries(out: Path) -> list[str]:
    """Return what lies among reports and is none, relative to the folder: it is passed over, and never changed or
    removed."""
    odd = [] if _is_our_index(out / RESERVED[-1]) else [RESERVED[-1]]
    for reports in report_folders(out):
        for path in sorted(reports.glob("*")):
            latest = path.name == "latest" and not _is_kept_latest(path)
            failed = path.name == FAILED and read_failure(reports)
            if not (latest or failed or path.name.startswith(".") or is_ours(path)):
                odd.append(f"{reports.name}/{path.name}")
    return odd


def tell_odd(out: Path, say: Callable[[str], None]) -> None:
    """Say what lies among the reports and is none."""
    odd = []
    with suppress(OSError):  # who makes the report whose files cannot be read now tells it
        odd = odd_entries(out)
    if odd:
        more = f" and {len(odd) - 5} more" if len(odd) > 5 else ""
        say(f"passed over, as no report of this program: {', '.join(map(printable, odd[:5]))}{more}")


def read_manifest(folder: Path | None, *, of_others: bool = True) -> dict[str, Any]:
    """Return a published folder's manifest with the times of its run; nothing where there is none that can be read
    (see `read_facts`)."""
    if folder is None:
        return {}
    found: dict[str, Any] = read_facts(folder / "manifest.json", MANIFEST, of_others=of_others)
    times = read_facts(folder / RUN_TIMES, MANIFEST, of_others=of_others)
    return found | {name: times[name] for name in RUN if name in times}


def last_facts(reports: Path) -> dict[str, Any]:
    """Return the manifest of the published folder of a report that was made last, whatever its day, with the times of
    its run and who made it; nothing where there is none, or none that can be read now."""
    with suppress(OSError):
        days = [path for path in _entries(reports) if ISO_DAY.fullmatch(path.name) and not path.is_symlink()]
        for path in sorted(days, key=_when_made, reverse=True):
            facts = read_manifest(path)
            if (facts.get("name"), facts.get("as_of")) == (reports.name, path.name):
                return facts
    return {}


def _when_made(folder: Path) -> tuple[str, str]:
    return read_facts(folder / RUN_TIMES, RUN).get("started", ""), folder.name


@contextmanager
def open_folder(out: Path) -> Iterator[Path]:
    """Hold the folder that reports are published in, after tidying what a run that was killed left behind.

    Raises `LockedError` if another run holds it; `StorageError` if its name is no text, which no notebook could be
    told, or if it lies in a published report.
    """
    out = real_path(out)
    if not (name := str(out)).isascii() and name.encode("utf-8", "replace").decode() != name:
        raise StorageError(f"{printable(name)} cannot be written: its name is not text in UTF-8. Give another folder.")
    days = (folder for folder in (out, *out.parents) if ISO_DAY.fullmatch(folder.name))
    if inside := next(filter(is_ours, days), None):
        raise StorageError(
            f"{out} lies in the report {inside}, and would go with it when that is made again. Give another folder."
        )
    _make(out)
    with _lock(out):
        recover(out)
        yield out


def _make(folder: Path) -> None:
    """Make a folder with those that it lies in, for each of which Python calls one deeper."""
    if len(folder.parts) > MOST_PARTS:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), str(folder))
    folder.mkdir(parents=True, exist_ok=True)


def recover(out: Path) -> None:
    """Bring a folder that a killed run left to a state that a finished run leaves; what was published stays
    published."""
    for left in out.glob(f"{MAKING}*"):
        _remove(left)
    for reports in report_folders(out):
        with suppress(OSError):  # one that cannot be read now, or that is another user's, stops no other
            _recover_report(reports)
    for left in (out / ".state").rglob(f"{MAKING}*"):
        _remove(left)


def _recover_report(reports: Path) -> None:
    for aside in reports.glob(f"{ASIDE}*"):
        target = aside.with_name(aside.name.removeprefix(ASIDE))
        if not ISO_DAY.fullmatch(target.name) and target.name != FAILED:
            continue
        if target.exists():
            _remove(aside)
        else:
            os.replace(aside, target)
    for left in reports.glob(f"{MAKING}*"):
        _remove(left)
    folders = published_folders(reports)
    if folders and _told_latest(reports) != folders[0].name:
        point_latest(reports)
    failed = read_failure(reports).get("when")
    if failed and any(read_manifest(folder).get("started", "") > failed for folder in folders):
        drop_failure(reports)  # the run that published since was ended before it did


def read_failure(reports: Path) -> dict[str, str]:
    """Return what `leave_failure` left, if the last try of a report failed."""
    found: dict[str, str] = read_facts(reports / FAILED / "failure.json", FAILURE)
    return found if set(_FAILED) <= found.keys() else {}


def drop_failure(reports: Path) -> None:
    """Forget a failure once the report was published."""
    if read_failure(reports):
        _remove_whole(reports / FAILED)


@contextmanager
def told_plainly(out: Path) -> Iterator[None]:
    """Turn a full disk or a folder that cannot be written into words: a `StorageError` for the system's error."""
    try:
        yield
    except OSError as error:
        raise_storage(error, out)
        raise
    except NotebookError as error:
        # The kernel writes too; of its error only the words come back.
        made = re.search(rf"/[^'\n]*/{re.escape(MAKING)}[^/']*", str(error))
        if "FileNotFoundError" in str(error) and made and not os.path.isdir(made[0]):  # moved away meanwhile
            raise_storage(OSError(errno.ENOENT, ""), out)
        for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS):
            if f"[Errno {number}]" in str(error):
                raise_storage(OSError(number, os.strerror(number)), out)
        raise


def raise_storage(error: OSError, out: Path) -> None:
    """Raise a `StorageError` for a system error that is about storage; else do nothing."""
    if reason := storage_words(error):
        place, done, there = _in_the_way(error), "written", "there"
        named = Path(printable(os.fsdecode(error.filename))) if error.filename else None
        elsewhere = named is not None and named.is_absolute() and not named.is_relative_to(out)
        # It may be one that is read, or one of temporary files.
        if named and (error.errno in (errno.EACCES, errno.EPERM, errno.EAGAIN) or (elsewhere and not place)):
            place, done, there = named, "used", f"into {out}"
        raise StorageError(
            f"{place or out} cannot be {done}: {reason}. Nothing was put {there}; what was there before is untouched."
        ) from None


def _in_the_way(error: OSError) -> Path | None:
    """Return what stands where a file or a folder of ours belongs, of an error that says so."""
    named = error.filename2 or error.filename
    if error.errno not in (errno.EEXIST, errno.ENOTDIR, errno.EISDIR) or not isinstance(named, str):
        return None
    return next(path for path in (Path(named), *Path(named).parents) if os.path.lexists(path))


def reason_of(error: OSError) -> str:
    """Return why something could not be read or written."""
    return storage_words(error) or f"{error.strerror or error}"


def persist_folder(folder: Path) -> None:
    """Have the system write a finished folder to its disk, so that after a power cut it is there whole or not at
    all."""
    # Asked for many at once, a disk writes them in a tenth of the time.
    with ThreadPoolExecutor(MOST_PERSISTED) as side_by_side:
        list(side_by_side.map(_persist, [path for path in everything_in(folder) if not path.is_symlink()]))
    _persist(folder)


def _persist(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EROFS):  # a file system that keeps nothing
            raise
    finally:
        os.close(handle)


def replace_folder(folder: Path, target: Path) -> None:
    """Put a finished folder in place of another; a reader sees the old one or the new one, never half of one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_dev != target.parent.stat().st_dev:  # a link leads to another disk
        folder = copy_folder(folder, target.with_name(f"{MAKING}{os.getpid()}"))
    if not target.exists():
        _move(folder, target)
    elif _exchange(folder, target):
        _remove(folder)
    else:
        # Should the run end between these two, `recover` puts the old folder back.
        aside = target.with_name(f"{ASIDE}{target.name}")
        _move(target, aside)
        try:
            _move(folder, target)
        except OSError:
            _move(aside, target)
            raise
        _remove_whole(aside)
    _persist_names(target.parent)


def _persist_names(folder: Path) -> None:
    with suppress(OSError):
        _persist(folder)


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two names in one step, where the system can; return whether it could."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    return rename(AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second), RENAME_EXCHANGE) == 0


def _remove_whole(folder: Path) -> None:
    """Remove a folder so that no reader meets half of it."""
    gone = folder.with_name(f"{MAKING}{os.getpid()}-{folder.name}")
    _move(folder, gone)
    _remove(gone)


def _move(folder: Path, target: Path) -> None:
    """Give a folder another name; where it would come to lie on another layer or disk, as in containers, unions of
    disks and folders with a quota, it is copied and removed."""
    try:
        os.replace(folder, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        os.replace(copy_folder(folder, target.with_name(f"{MAKING}{os.getpid()}-copy")), target)
        _remove(folder)


def copy_folder(folder: Path, copy: Path) -> Path:
    """Copy a folder of ours: its files, not their modes and times, which many a network's or a stick's file system does
    not let anybody set."""
    try:
        copy.mkdir()
        for path in everything_in(folder):
            if path.is_dir():
                (copy / path.relative_to(folder)).mkdir()
            elif path.is_file():
                shutil.copyfile(path, copy / path.relative_to(folder))
        persist_folder(copy)
    except OSError:
        _remove(copy)
        raise
    return copy


def _remove(folder: Path) -> None:
    """Remove a folder or file that nobody is to see, also one that was made read-only; what the system does not let go,
    such as a network's file that somebody reads, goes with a later run."""
    if os.path.islink(folder) or not os.path.isdir(folder):
        with suppress(OSError):
            folder.unlink()
        return
    with suppress(OSError):
        os.chmod(folder, 0o700)
    for place, inner, _ in os.walk(folder):
        for path in (Path(place, name) for name in inner):
            with suppress(OSError):  # before it is looked into
                if not path.is_symlink():
                    path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def point_latest(reports: Path, *, without: Sequence[Path] = ()) -> None:
    """Let ``latest`` point to the newest published folder of a report, but for those that are about to go."""
    newest = next((path for path in published_folders(reports) if path not in without), None)
    if newest is None or _is_kept_latest(reports / "latest"):
        return
    link = reports / f"{MAKING}{os.getpid()}-latest"
    try:
        link.symlink_to(newest.name)
    except OSError:  # a file system without links gets the name in a file
        link.write_text(newest.name + "\n", encoding="utf-8")
    os.replace(link, reports / "latest")


def _is_kept_latest(path: Path) -> bool:
    """Return whether what is called ``latest`` is somebody's, and stays: a folder, or a file that names no day."""
    return os.path.lexists(path) and not path.is_symlink() and not ISO_DAY.fullmatch(_told_latest(path.parent))


def _told_latest(reports: Path) -> str:
    """Return what ``latest`` names, by a link or, where links are not kept (on some file systems, in zip files, by
    git), as the text of a file."""
    with suppress(OSError):
        return os.readlink(reports / "latest")
    with suppress(OSError, ValueError):
        return read_own(reports / "latest").strip()
    return ""


def write_index(out: Path) -> str:
    """Write ``index.html``: what is published, newest first, and what failed; a folder or another page of that name is
    somebody's, and stays.

    Returns why it could not be written; usually nothing. What is published stands all the same.
    """
    try:
        if _is_our_index(out / "index.html"):
            write_whole(out / "index.html", _index(out))
    except OSError as error:
        return f"{out / 'index.html'} could not be renewed: {reason_of(error)}."
    return ""


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader, or the next run, finds the old text or the new, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f"{MAKING}{os.getpid()}-{path.name}")
    try:
        with making.open("w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(making, path)
    finally:
        making.unlink(missing_ok=True)


def _is_our_index(path: Path) -> bool:
    """Return whether a page of reports may stand there: nothing does, or one that this program wrote."""
    try:
        return INDEX_MARK in read_own(path)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False


def _index(out: Path) -> str:
    found = [path for reports in report_folders(out) for path in published_folders(reports)]
    manifests = [(read_manifest(path), path.relative_to(out).as_posix()) for path in found]
    manifests.sort(key=lambda item: (str(item[0].get("as_of", "")), str(item[0].get("name", ""))), reverse=True)
    failures = [
        (failure, (reports / FAILED).relative_to(out).as_posix(), os.path.exists(reports / FAILED / "notebook.ipynb"))
        for reports in failed_folders(out)
        if (failure := read_failure(reports))
    ]
    last = last_made(facts for facts, _ in manifests)
    return render_index(manifests, failures, ended=[name for name, facts in last.items() if not is_made(out, facts)])


@contextmanager
def _lock(out: Path) -> Iterator[None]:
    """Hold the folder for one run at a time; a run that died holds nothing."""
    # A pipe of that name would wait for whoever reads it.
    opened = os.open(out / LOCK, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o666)
    try:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise StorageError(f"{out / LOCK} is no file. Move it away and run again.")
        noted = os.pread(opened, 1 << 16, 0).strip(b"\0")
        if noted and not any(_TEMPORARY_NAME.fullmatch(Path(line).name) for line in os.fsdecode(noted).splitlines()):
            raise StorageError(f"{out / LOCK} is another program's. Move it away, or publish into another folder.")
        _hold(opened, out)
        yield
    finally:
        os.close(opened)


def _hold(opened: int, out: Path) -> None:
    """Hold an open file or folder, as long as it is open, for one run at a time that writes into ``out``."""
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LockedError(
            f"Another run is publishing into {out}; wait for it, or publish into another folder."
        ) from None


@contextmanager
def making_beside(out: Path) -> Iterator[Path]:
    """Make an empty folder beside another that is to be replaced, for one run at a time; it goes with the run, or with
    the next where the run was killed.

    Raises `LockedError` if another run has it.
    """
    # A name may have 255 bytes, not as many letters.
    making = out.with_name(MAKING + os.fsencode(out.name)[:200].decode("utf-8", "ignore"))
    _make(out.parent)
    while True:
        making.mkdir(exist_ok=True)
        opened = os.open(making, os.O_RDONLY)
        try:
            _hold(opened, out)
            with suppress(FileNotFoundError):
                if os.fstat(opened).st_ino == making.stat().st_ino:
                    break
        except BaseException:
            os.close(opened)
            raise
        os.close(opened)  # it went with the run that had it
    try:
        for left in making.iterdir():
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
        yield making
    finally:
        shutil.rmtree(making, ignore_errors=True)
        os.close(opened)


@contextmanager
def temporary_folder(out: Path, *others: Path) -> Iterator[Path]:
    """Make a folder with a short path for the sockets and unfinished files of whoever works for a run; what a run left
    that was killed is removed.

    ``out`` is held (see `open_folder`), and its lock's file names what is there meanwhile; the ``others`` go with this
    process, unless it is killed.
    """
    noted = out / LOCK
    with suppress(OSError, ValueError):
        for left in map(Path, read_own(noted).splitlines()):
            ours = _TEMPORARY_NAME.fullmatch(left.name) and left.is_dir() and not left.is_symlink()
            if ours and left not in others and left.stat().st_uid == os.getuid():
                shutil.rmtree(left, ignore_errors=True)
    made = Path(short_base()) / f"{TEMPORARY}{token_hex(8)}"
    # Noted first, so that no instant leaves a folder that the next run does not know.
    noted.write_text("".join(f"{path}\n" for path in (made, *others)), encoding="utf-8", errors="surrogateescape")
    made.mkdir(mode=0o700)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        with suppress(OSError):
            if not made.exists():
                os.truncate(noted, 0)
