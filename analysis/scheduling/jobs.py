"""A report to be made and what became of it, wherever it is made: on this machine (`batch`) or on a cluster."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.publishing.errors import NotebookError, OutOfMemoryError, StorageError
from analysis.publishing.runner import Limits
from analysis.scheduling.errors import CancelledError
from analysis.scheduling.schedule import Report

PUBLISHED, FAILED = "published", "failed"


@dataclass(frozen=True)
class Job:
    """One report to be made, with its limits."""

    report: Report
    out: Path
    runtime: Path
    keep: int
    limits: Limits
    secrets: tuple[str, ...] = ()
    scratch: Path = Path()


@dataclass(frozen=True)
class Outcome:
    """What became of one report; ``error`` of one that was published is what could not be done beside it."""

    name: str
    status: str
    as_of: str = ""
    finding: str = ""
    error: str = ""
    tries: int = 1
    seconds: float = 0.0
    peak_mb: float = 0.0


def said_of(outcome: Outcome) -> str:
    """Return what became of a report, in words."""
    tried = f" (try {outcome.tries})" if outcome.tries > 1 else ""
    if outcome.status == PUBLISHED:
        trouble = f"; {outcome.error}" if outcome.error else ""
        return f"published as of {outcome.as_of} in {outcome.seconds:.1f} s{tried}{trouble}"
    return f"failed{tried}: {outcome.error}"


def words_of(error: Exception, *, memory_mb: int | None) -> str:
    """Return an error of a report in words: those that are ours say enough, others with their kind."""
    ours = isinstance(error, NotebookError | StorageError | ValueError)
    words = str(error) if ours else f"{type(error).__name__}: {error}"
    bounded = isinstance(error, MemoryError | OutOfMemoryError)
    return f"{words} A report may hold {memory_mb} MB (memory_mb)." if bounded else words


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM, SIGHUP and SIGINT stop a run in order: whoever works for it ends first, then the error is raised.
    Those that whoever started it had it ignore, as `nohup` does, it ignores."""

    def stop(number: int, frame: object) -> None:
        for again in before:
            signal.signal(again, signal.SIG_IGN)  # a second one would end the tidying
        raise CancelledError(f"Stopped by {signal.Signals(number).name}; what was published until then stays.")

    before: dict[int, Any] = {}
    with suppress(ValueError):  # only the main thread may set handlers
        for told in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            if signal.getsignal(told) is not signal.SIG_IGN:
                before[told] = signal.signal(told, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
