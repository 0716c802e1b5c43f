"""Reading files whole where others may have put anything, such as a pipe: what earlier runs left, and templates."""

import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

# A report that lists the ids of hundreds of thousands of incidents is large, and is ours all the same.
MOST_BYTES = 4 << 30


def read_own(path: Path) -> str:
    """Return the text of a file of ours.

    Raises
    ------
    OSError
        If it is no file (opening a pipe would wait for whoever writes to it), or larger than any of ours.
    ValueError
        If it is not UTF-8.
    """
    return read_bytes(path, most_bytes=MOST_BYTES).decode("utf-8")


def read_facts(path: Path) -> dict[str, Any]:
    """Return the object of JSON that a run left in a file; nothing where there is none that can be read."""
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(read_own(path))
        return found if isinstance(found, dict) else {}
    return {}


def read_bytes(path: Path, *, most_bytes: int) -> bytes:
    """Return the content of a file.

    Raises
    ------
    OSError
        If it is no file, or larger than so many bytes.
    """
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        held = os.fstat(opened)
        if not stat.S_ISREG(held.st_mode):
            raise OSError(f"{path.name} is no file.")
        if held.st_size > most_bytes:
            raise OSError(f"{path.name} has {held.st_size:,} bytes, more than {most_bytes:,}.")
        with open(opened, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(opened)
