"""Files where others may have put anything, such as a pipe: what earlier runs left, templates, and what a notebook
leaves."""

import errno
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from analysis.publishing.errors import NotebookError

# A report that lists the ids of hundreds of thousands of incidents is large, and is ours all the same.
MOST_BYTES = 4 << 30
# What the system says of a file that is not there, and of one that is not for this user.
_ABSENT = (None, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG)
_OF_OTHERS = (errno.EACCES, errno.EPERM)


def read_own(path: Path) -> str:
    """Return the text of a file of ours.

    Raises `OSError` if it is no file (opening a pipe would wait for whoever writes to it), or larger than any of ours;
    `ValueError` if it is not UTF-8.
    """
    return read_bytes(path, most_bytes=MOST_BYTES).decode("utf-8")


def read_facts(path: Path, shape: Any = dict, *, of_others: bool = True) -> Any:
    """Return the JSON that a run left in a file, as far as it has the shape that runs give it; nothing where there is
    none, or, unless ``of_others``, where it is another user's.

    A shape is a type; an object's parts by name, each with its shape; or a list of one shape. A part of another shape
    is left out, and so is an entry of a list that lacks a part.

    Raises `OSError` if the file may well be there, but cannot be read now: a report that took it for none would call
    itself the first, and what it changes would be told to nobody.
    """
    found = None
    with suppress(ValueError, RecursionError), where_there(of_others=of_others):
        found = json.loads(read_own(path))
    return _shaped(found, shape) or ([] if isinstance(shape, list) else {})


@contextmanager
def where_there(*, of_others: bool = True) -> Iterator[None]:
    """Pass over what is not there, or (``of_others``) not for this user to read; raise any other error of reading."""
    try:
        yield
    except OSError as error:
        if error.errno not in (_ABSENT + _OF_OTHERS if of_others else _ABSENT):
            raise


def _shaped(value: Any, shape: Any) -> Any:
    """Return a value in a shape, or None where it has another."""
    if isinstance(shape, dict) and isinstance(value, dict):
        known = {name: _shaped(value.get(name), inner) for name, inner in shape.items()}
        return {name: known.get(name, part) for name, part in value.items() if known.get(name, part) is not None}
    if isinstance(shape, list) and isinstance(value, list):
        needed = shape[0] if isinstance(shape[0], dict) else {}
        found = [_shaped(one, shape[0]) for one in value]
        return [one for one in found if one is not None and all(name in one for name in needed)]
    return value if isinstance(shape, type) and isinstance(value, shape) else None


def check_left(folder: Path, *, notebook: str) -> None:
    """Refuse what a notebook left that is no file of the report's own: to read a pipe would wait for ever, to make a
    linked table harmless would write into the table.

    Raises `NotebookError` if there is such.
    """

    def refusal(path: Path, wrong: str) -> NotebookError:
        name = ascii(str(path.relative_to(folder)))[1:-1]
        return NotebookError(
            f"{notebook} left {name} in its folder, which is {wrong}: nothing is published. Let it write files of its"
            " own there."
        )

    try:
        left = everything_in(folder)
    except PermissionError as error:
        raise refusal(Path(error.filename), "a folder that may not be read") from None
    for path in left:
        held, name = path.lstat(), str(path.relative_to(folder))
        is_file = stat.S_ISREG(held.st_mode)
        if stat.S_ISLNK(held.st_mode) or (is_file and held.st_nlink > 1):
            wrong = "a link to another file"
        elif not is_file and not stat.S_ISDIR(held.st_mode):
            wrong = "no file"
        elif name != name.encode("utf-8", "replace").decode():
            wrong = "called by what is no text in UTF-8"
        else:
            continue
        raise refusal(path, wrong)


def everything_in(folder: Path) -> list[Path]:
    """Return all that lies in a folder of ours, at any depth, in order.

    Raises `OSError` if a folder in it cannot be listed, which `Path.rglob` passes over.
    """

    def refuse(error: OSError) -> None:
        raise error

    walked = os.walk(folder, onerror=refuse)
    return sorted(Path(place) / name for place, folders, files in walked for name in (*folders, *files))


def read_bytes(path: Path, *, most_bytes: int) -> bytes:
    """Return the content of a file.

    Raises `OSError` if it is no file, or larger than so many bytes.
    """
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        held = os.fstat(opened)
        if not stat.S_ISREG(held.st_mode):
            raise OSError(f"{path.name} is no file.")
        if held.st_size > most_bytes:
            raise OSError(f"{path.name} has {held.st_size:,} bytes, more than {most_bytes:,}.")
        with open(opened, "rb", closefd=False) as file:
            content = file.read()
        if content is None:  # so Python says that a file system has it read later
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN), str(path))
        return content
    finally:
        os.close(opened)
