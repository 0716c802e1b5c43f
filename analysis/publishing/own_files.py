"""Reading what earlier runs left in a folder of reports, where others may have put anything: a pipe, or a device."""

import os
import stat
from pathlib import Path

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
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        held = os.fstat(opened)
        if not stat.S_ISREG(held.st_mode):
            raise OSError(f"{path.name} is no file.")
        if held.st_size > MOST_BYTES:
            raise OSError(f"{path.name} has {held.st_size:,} bytes, more than any file of ours.")
        with open(opened, "rb", closefd=False) as file:
            return file.read().decode("utf-8")
    finally:
        os.close(opened)
