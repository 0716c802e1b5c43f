"""Work that a kernel leaves to a copy of itself, so that a second core writes charts while the first goes on computing.

The copy is made when the kernel starts, and imports what draws while the kernel imports what computes; tasks are sent to it. What it has
not yet done is told by a note beside each file that it makes: gone when that is done, holding the reason when it failed.
"""

import os
import pickle
import re
import signal
import time
import traceback
import warnings
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from heapq import heappop, heappush
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

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
    """Files to be written: ``begin`` returns what writes each of ``files``, in their order, and is called by the copy.

    An urgent task is begun before others that wait.
    """

    begin: Callable[[], Iterable[Callable[[], object]]]
    files: Sequence[Path]
    urgent: bool = False


class Copy:
    """A copy of this process that does tasks as they are sent, and ends when all are done and nobody can send more; see `wait_for`.

    The first file of each task is written before the second of any. A warning in the copy is an error.
    """

    def __init__(self, prepare: Callable[[], None] = lambda: None) -> None:
        receiver, self._sender = Pipe(duplex=False)
        if _fork() == 0:
            self._sender.close()
            _work(receiver, prepare)
        receiver.close()

    def send(self, task: Task) -> bool:
        """Let the copy do a task; return False, with nothing sent, if it cannot be sent or is of a notebook's own.

        Raises
        ------
        BesideError
            If the copy has ended.
        """
        try:
            begin = pickle.dumps(task.begin)
        except Exception:  # whatever an object of the notebook's own raises
            return False
        if b"__main__" in begin:  # a function defined in a notebook's cell is sent by its name
            return False
        content = pickle.dumps((not task.urgent, task.files, begin))
        for file in task.files:
            _note(file).touch()
        try:
            self._sender.send_bytes(content)
        except BrokenPipeError:
            raise BesideError("The process that writes files beside this one has ended.") from None
        return True


def _fork() -> int:
    with warnings.catch_warnings():
        # The copy needs none of the other threads, whose locks it does not take.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _work(receiver: Connection, prepare: Callable[[], None]) -> None:
    """Do tasks in a copy, and end it."""
    asked: list[Path] = []
    try:
        # The kernel may end before it is done, and takes its group with it. Not a session: the system would then share the machine out
        # between sessions, whatever niceness their processes have.
        os.setpgid(0, 0)
        os.nice(NICENESS)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):  # whoever reads the kernel's need not wait for the copy
            os.dup2(nothing, stream)
        arrived: SimpleQueue[bytes | None] = SimpleQueue()
        # Whoever sends need not wait until a task is begun.
        Thread(target=_receive, args=(receiver, arrived), daemon=True).start()
        prepare()
        warnings.simplefilter("error")
        steps: list[tuple[int, bool, int, Iterator[Path]]] = []
        more, number = True, 0
        while more or steps:
            while more and (not steps or not arrived.empty()):
                if more := (content := arrived.get()) is not None:
                    later, files, begin = pickle.loads(content)
                    asked += files
                    heappush(steps, (0, later, number, _steps(files, begin)))
                    number += 1
                elif len(steps) > 1:
                    # Whoever sent tasks has ended, and leaves a core to a second copy.
                    second = _fork() == 0
                    signal.alarm(MAX_SECONDS)
                    steps = sorted(steps)[second::2]
            if steps:
                done, *order, step = heappop(steps)
                if next(step, None):
                    heappush(steps, (done + 1, *order, step))
    except Exception:
        _tell(asked)
    finally:
        os._exit(0)


def _tell(files: Iterable[Path]) -> None:
    """Leave the reason why files were not written in their notes."""
    for note in filter(Path.exists, map(_note, files)):
        note.write_text(traceback.format_exc(), encoding="utf-8")


def _receive(receiver: Connection, arrived: "SimpleQueue[bytes | None]") -> None:
    """Pass on what is sent, and None when no more can come."""
    try:
        with suppress(EOFError, OSError):
            while True:
                arrived.put(receiver.recv_bytes())
    finally:
        # However long a notebook takes, from its end on nobody waits longer.
        signal.alarm(MAX_SECONDS)
        arrived.put(None)


def _steps(files: Sequence[Path], begin: bytes) -> Iterator[Path]:
    """Write one file of a task a step."""
    try:
        for write, file in zip(pickle.loads(begin)(), files, strict=True):
            write()
            _note(file).unlink()
            yield file
    except Exception:
        _tell(files)


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


def expected(folder: Path, pattern: str) -> list[Path]:
    """Return a folder's files whose name matches a pattern, those that are still to be written among them."""
    return sorted(
        {path.with_name(path.name.removesuffix(ENDING)) for end in ("", ENDING) for path in folder.glob(pattern + end)}
    )


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
