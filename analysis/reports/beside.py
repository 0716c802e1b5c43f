"""Work that a kernel leaves to a copy of itself, so that a second core writes charts while the first goes on computing.

A copy shares the kernel's memory until it ends, so that nothing needs to be handed over. It is told from the kernel's own work by a note
beside each file that it makes: gone when that is done, holding the reason when it failed.
"""

import os
import re
import signal
import time
import traceback
import warnings
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# Set by the publisher, which waits for what is written beside; a notebook that is run by hand writes as it goes.
PUBLISHER = "ESCALATION_PUBLISHER"
ENDING = ".pending"
NICENESS = 19
MAX_SECONDS = 300
CHART = re.compile(r'(<figure id="chart-([^"]+)"><img [^>]*?)src="charts/\2\.svg"')


class BesideError(RuntimeError):
    """What was to be written beside was not."""


def is_published() -> bool:
    """Return whether a publisher waits for what is written beside."""
    return bool(os.environ.get(PUBLISHER)) and hasattr(os, "fork")


@dataclass(frozen=True)
class Task:
    """Files to be written: ``begin`` returns what writes each of ``files``, in their order, and is called by the copy."""

    begin: Callable[[], Iterable[Callable[[], object]]]
    files: Sequence[Path]


class Copies:
    """Copies of this process that write files; see `wait_for`. A warning in one is an error."""

    def __init__(self) -> None:
        self._waiting: list[Task] = []
        self._at_work: set[int] = set()

    def add(self, task: Task) -> None:
        """Let a copy do a task: soon, with others, for making a copy takes time; see `start`."""
        for file in task.files:
            _note(file).touch()
        self._waiting.append(task)
        for pid in list(self._at_work):
            with suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG)[0] == 0:
                    continue
            self._at_work.discard(pid)
        if not self._at_work:
            self.start()

    def start(self, n_copies: int = 1) -> None:
        """Begin all that waits, shared out to so many copies."""
        shares = [self._waiting[number::n_copies] for number in range(n_copies)]
        self._waiting = []
        for share in filter(None, shares):
            with warnings.catch_warnings():
                # The copy does its tasks and ends: it needs none of the other threads, whose locks it does not take.
                warnings.simplefilter("ignore", DeprecationWarning)
                pid = os.fork()
            if pid == 0:
                _work(share)
            self._at_work.add(pid)


def _work(tasks: Sequence[Task]) -> None:
    """Do tasks in a copy, the first file of each before the second of any, and end it."""
    try:
        os.setsid()  # the kernel may end before it is done
        signal.alarm(MAX_SECONDS)  # nobody waits longer
        os.nice(NICENESS)
        warnings.simplefilter("error")
        steps = [_steps(task) for task in tasks]
        while steps:
            steps = [step for step in steps if next(step, None)]
    finally:
        os._exit(0)


def _steps(task: Task) -> Iterator[Path]:
    """Write one file a step."""
    try:
        for write, file in zip(task.begin(), task.files, strict=True):
            write()
            _note(file).unlink()
            yield file
    except Exception:
        for note in filter(Path.exists, map(_note, task.files)):
            note.write_text(traceback.format_exc(), encoding="utf-8")


def _note(file: Path) -> Path:
    return file.with_name(file.name + ENDING)


def chart_address(name: str) -> str:
    """Return where the page looks for a chart until `put_in_charts` puts it in."""
    return f"charts/{name}.svg"


def svg_address(path: Path) -> str:
    """Return an SVG file as an address that holds all of it."""
    return f"data:image/svg+xml;base64,{b64encode(path.read_bytes()).decode()}"


def put_in_charts(markup: str, folder: Path) -> str:
    """Return markup in which charts that were written beside stand in their places."""
    return CHART.sub(lambda found: f'{found[1]}src="{svg_address(folder / chart_address(found[2]))}"', markup)


def wait_for(folder: Path, pattern: str = "*", *, timeout_seconds: float = MAX_SECONDS) -> None:
    """Wait until all files of a folder that were left to copies, or those whose name matches a pattern, are written.

    Raises
    ------
    BesideError
        If one failed, or is not done in time.
    """
    until = time.monotonic() + timeout_seconds
    while notes := sorted(folder.rglob(pattern + ENDING)):
        for note in notes:
            with suppress(FileNotFoundError):
                if failed := note.read_text(encoding="utf-8"):
                    raise BesideError(
                        f"{note.name.removesuffix(ENDING)} was not written: {failed.strip().splitlines()[-1]}"
                    )
        if time.monotonic() > until:
            raise BesideError(
                f"{notes[0].name.removesuffix(ENDING)} was not written within {timeout_seconds:g} seconds."
            )
        time.sleep(0.01)
