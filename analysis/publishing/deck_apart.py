"""Checks a template, and writes slides, in a process of its own, bounded in memory and time.

A template comes from anywhere, and its parser is not Python: a hostile or broken one ends that process, and the user
is told. See `analysis.incidents.apart`, which does the same for tables.
"""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

from analysis.incidents.apart import (
    CPU_SECONDS_PER_BYTE,
    LEAST_CPU_SECONDS,
    LEAST_MEMORY_BYTES,
    MEMORY_TIMES,
    WALL_TIMES,
    read_line,
)
from analysis.incidents.errors import TableError
from analysis.language import current, used
from analysis.lazy import import_without_settings
from analysis.publishing.deck_template import MOST_TEMPLATE_BYTES, Template, problem_of
from analysis.publishing.errors import KernelDiedError, NotebookError, OutOfMemoryError
from analysis.publishing.kernels import ForkedProcess, count_threads
from analysis.publishing.own_files import read_bytes

# What slides may hold where nothing else is said, and compute: a deck takes a second.
MOST_MB = 4096
WRITING_CPU_SECONDS = 120
START = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
    "from analysis.publishing.deck_apart import answer_one; answer_one(sys.stdin.buffer)"
)


class ApartError(Exception):
    """The process could not do what it was asked; the message completes "writing the slides ..."."""


class ApartMemoryError(ApartError):
    """It needed more memory than it may hold."""


class ApartEndedError(ApartError):
    """It was ended."""


class DeckProcess:
    """A process that does one thing with slides; it ends with this object.

    It may hold ``memory_mb`` of data, compute for ``cpu_seconds`` and take ten times as long. Where it is to write
    slides (``drawing``), it may import what that needs while it waits; ``forked`` from this process, it has that, where
    a single thread allows it.
    """

    def __init__(self, *, memory_mb: int, cpu_seconds: int, drawing: bool = False, forked: bool = False) -> None:
        self._memory_mb, self._cpu_seconds = memory_mb, cpu_seconds
        self._process: subprocess.Popen | ForkedProcess
        if forked and count_threads() == 1:
            self._process = _forked()
        else:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", START],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._say(json.dumps(sys.path).encode() + b"\n")
        start = {"memory_bytes": memory_mb << 20, "cpu_seconds": cpu_seconds, "drawing": drawing, "parent": os.getpid()}
        self._say(pickle.dumps(start))

    def ask(self, request: dict[str, object]) -> Any:
        """Return the answer to a request.

        Raises `ApartError` if there is none.
        """
        self._say(pickle.dumps(request))
        out: IO[bytes] = self._process.stdout  # type: ignore[assignment]
        heard = read_line(out, seconds=WALL_TIMES * self._cpu_seconds)
        if not heard.endswith(b"\n"):
            with suppress(subprocess.TimeoutExpired):  # what ended it
                self._process.wait(1)
        code = self._process.poll()
        self.close()
        told = json.loads(heard) if heard.endswith(b"\n") else {}
        if "ok" in told:
            return told["ok"]
        if "failed" in told:
            raise ApartError(f"failed ({told['failed']})")
        bound = f"more than {self._memory_mb:,} MB of memory"
        if "memory" in told:
            raise ApartMemoryError(f"needs {bound}")
        ended = f"; signal {-code} ended it" if code is not None and code < 0 else ""
        raise ApartEndedError(f"broke down, or needs {bound} or {self._cpu_seconds} seconds{ended}")

    def is_waiting(self) -> bool:
        """Return whether the process is there to be asked."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what was never sent
                stream.close()  # type: ignore[union-attr]

    def _say(self, content: bytes) -> None:
        with suppress(BrokenPipeError):
            self._process.stdin.write(content)  # type: ignore[union-attr]
            self._process.stdin.flush()  # type: ignore[union-attr]


def read_template(path: Path) -> Template:
    """Read a template.

    Raises `TableError` if it cannot be read, or not as slides.
    """
    try:
        template = Template(path.name, read_bytes(path, most_bytes=MOST_TEMPLATE_BYTES))
        problem = check_apart(template)
    except OSError as error:
        problem = error.strerror or str(error).rstrip(".")
    except ApartError as error:
        problem = f"reading it {error}: it is damaged, or made to fill a machine"
    if problem:
        raise TableError(f"The template {path.name} cannot be used: {problem}. Give a .pptx file, or none.", path=path)
    return template


def check_apart(template: Template) -> str:
    """Return why a template cannot be used; nothing where it can.

    Raises `ApartError` if reading it breaks down, or is more than the process may hold or compute.
    """
    size = len(template.content)
    process = DeckProcess(
        memory_mb=(LEAST_MEMORY_BYTES + MEMORY_TIMES * size) >> 20,
        cpu_seconds=int(LEAST_CPU_SECONDS + CPU_SECONDS_PER_BYTE * size),
    )
    try:
        return str(process.ask({"do": "check", "template": template}))
    finally:
        process.close()


class DeckWriter:
    """Writes one deck apart; started early, its process (see `DeckProcess`) imports what it needs while a notebook
    runs."""

    def __init__(self, *, memory_mb: int | None = None, forked: bool = False) -> None:
        memory_mb = memory_mb or MOST_MB
        self._start = partial(
            DeckProcess, memory_mb=memory_mb, cpu_seconds=WRITING_CPU_SECONDS, drawing=True, forked=forked
        )
        self._process = self._start()

    def write(self, contents: Sequence[Any], path: Path, *, template: Template | None = None, **facts: str) -> None:
        """Write slides; see `analysis.publishing.deck.write_deck`.

        Raises `TableError` if a template cannot be used for them; `OutOfMemoryError`, `KernelDiedError` or
        `NotebookError` if they cannot be written.
        """
        request = {"do": "write", "contents": contents, "path": path, "template": template, "facts": facts}
        if not self._process.is_waiting():  # something ended it while the notebook ran, which was not for nothing
            self._process.close()
            self._process = self._start()
        try:
            self._process.ask(request | {"language": current()})
        except ApartError as error:
            if template:
                raise TableError(
                    f"The template {template.name} cannot be used: writing slides into it {error}. "
                    "Give another .pptx file, or none."
                ) from None
            kinds = {ApartMemoryError: OutOfMemoryError, ApartEndedError: KernelDiedError}
            kind = kinds.get(type(error), NotebookError)
            raise kind(f"The slides could not be written: writing them {error}.") from None

    def close(self) -> None:
        """End the process."""
        self._process.close()


# --- in that process --------------------------------------------------------------------------------------------


def _forked() -> ForkedProcess:
    """Return a process forked from this one that answers one request."""
    asked, asking = os.pipe()
    answered, answering = os.pipe()

    def run() -> None:
        os.dup2(asked, 0)
        os.dup2(answering, 1)
        for handle in (asked, asking, answered, answering):
            os.close(handle)
        answer_one(os.fdopen(0, "rb"))

    process = ForkedProcess(run)
    os.close(asked)
    os.close(answering)
    process.stdin, process.stdout = os.fdopen(asking, "wb"), os.fdopen(answered, "rb")
    return process


def answer_one(asked: IO[bytes]) -> None:
    """Answer one request on the standard output."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever else is printed is no answer
    told: dict[str, object]
    try:
        import_without_settings()
        start = pickle.load(asked)
        _bind(start)
        told = {"ok": _do(pickle.load(asked))}
    except EOFError:  # nobody asks any more
        return
    except MemoryError:
        told = {"memory": True}
    except Exception as error:
        told = {"failed": f"{type(error).__name__}: {error}".rstrip(".")}
    print(json.dumps(told), file=answers, flush=True)


def _bind(start: dict[str, Any]) -> None:
    from analysis.incidents.parsing_apart import bound

    bound(start["memory_bytes"], start["cpu_seconds"])
    if os.getppid() != start["parent"]:  # it ended in between
        os._exit(1)
    if start["drawing"]:
        import pptx.chart.data

        from analysis.figures import theme
        from analysis.publishing import deck

        _ = pptx, deck
        theme.text_width("a", size=12)


def _do(request: dict[str, Any]) -> object:
    if request["do"] == "check":
        return problem_of(request["template"])
    from analysis.publishing.deck import write_deck

    with used(request["language"]):
        write_deck(request["contents"], request["path"], template=request["template"], **request["facts"])
    return ""
