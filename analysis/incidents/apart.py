"""Opens what is not parsed by Python (workbooks, Parquet) in a process of its own, bounded in memory and time.

A hostile or broken file then ends that process, not this one, and the user is told. What runs there is
`analysis.incidents.parsing_apart`.
"""

import json
import mmap
import os
import pickle
import select
import subprocess
import sys
import tempfile
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from analysis.incidents.errors import TableError

# What the parser of a file may hold: so much whatever its size, and so many times its size. A workbook of 100 MB needs
# some 4 GB.
LEAST_MEMORY_BYTES = 640 << 20
MEMORY_TIMES = 60
MOST_MEMORY_BYTES = 16 << 30
# And compute: a table of 100 MB takes about ten seconds.
LEAST_CPU_SECONDS = 15
CPU_SECONDS_PER_BYTE = 2e-6
# On a machine that is busy with other things the time on the clock is longer.
WALL_TIMES = 10
PARSER = Path(__file__).with_name("parsing_apart.py")


class Apart:
    """A process that has the ``content`` of one file open, the user's at ``path``, called ``name`` in errors; it ends
    with this object, or when a request is more than it may hold or compute."""

    def __init__(self, content: "bytes | mmap.mmap", *, name: str, path: Path) -> None:
        self._name, self._path = name, path
        self._size = size = len(content)
        self.memory_bytes = min(LEAST_MEMORY_BYTES + MEMORY_TIMES * size, MOST_MEMORY_BYTES)
        self.cpu_seconds = int(LEAST_CPU_SECONDS + CPU_SECONDS_PER_BYTE * size)
        self._scratch = scratch_file("answer")
        with scratch_file("content") as given:
            given.write(content)
            given.flush()
            given.seek(0)
            files = {"content": given.fileno(), "scratch": self._scratch.fileno()}
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(PARSER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=tuple(files.values()),
                env={"ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "2"},
                cwd="/",
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asking, self._answering = self._process.stdin, self._process.stdout
        self._end = weakref.finalize(self, _end, self._process, self._scratch)
        self._say({"path": sys.path, "memory_bytes": self.memory_bytes, "cpu_seconds": self.cpu_seconds} | files)

    def ask(self, **request: object) -> dict[str, Any]:
        """Return the answer to one request; large parts of it are in `read_scratch`.

        Raises `TableError` if the file cannot be used, or is more than the process may hold or compute.
        """
        self._say(request)
        line = read_line(self._answering, seconds=WALL_TIMES * self.cpu_seconds)
        told: dict[str, Any] = json.loads(line) if line.endswith(b"\n") else {"died": True}
        if "ok" in told:
            return told["ok"]
        if "died" in told:
            with suppress(subprocess.TimeoutExpired):  # what ended it
                self._process.wait(1)
        code = self._process.poll()
        self.close()
        if "refused" in told:
            raise TableError(f"{self._name} {told['refused']}", path=self._path)
        ended = f" (signal {-code} ended it)" if code is not None and code < 0 else ""
        raise TableError(
            f"{self._name} cannot be opened: its parser broke down, or needs more than {self.memory_bytes / 1e9:.1f} GB"
            f" of memory and {self.cpu_seconds} seconds{ended}. A table of {self._size:,} bytes needs less: the file is"
            " damaged, or a cell lies far from the table. Save the table as CSV.",
            path=self._path,
        )

    def read_scratch(self) -> mmap.mmap:
        """Return what the last answer left in the scratch file."""
        return mmap.mmap(self._scratch.fileno(), 0, access=mmap.ACCESS_READ)

    def unpickle_scratch(self) -> Any:
        """Return the object that the last answer left in the scratch file."""
        self._scratch.seek(0)
        return pickle.load(self._scratch)

    def close(self) -> None:
        """End the process."""
        self._end()

    def _say(self, request: dict[str, object]) -> None:
        with suppress(BrokenPipeError):
            self._asking.write(json.dumps(request).encode() + b"\n")
            self._asking.flush()


def read_line(stream: IO[bytes], *, seconds: float) -> bytes:
    """Return a line from a pipe, or what came of it where the pipe ended or the seconds passed before."""
    until = time.monotonic() + seconds
    heard = b""
    ready = select.poll()  # `select.select` takes no file whose number is above 1,023
    ready.register(stream, select.POLLIN)
    while not heard.endswith(b"\n"):
        if not ready.poll(max(0.0, until - time.monotonic()) * 1000):
            break
        part = os.read(stream.fileno(), 1 << 16)
        if not part:
            break
        heard += part
    return heard


def scratch_file(name: str) -> IO[bytes]:
    """Return an open file without a name that vanishes when it is closed: in memory where the system has such files
    and lets this process make them, as not every sandbox does; else on disk."""
    with suppress(AttributeError, OSError):
        return os.fdopen(os.memfd_create(f"escalation-{name}"), "w+b")
    return tempfile.TemporaryFile()


def _end(process: subprocess.Popen, scratch: IO[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
    scratch.close()
