"""Where the files that ship with the package lie: ``data/`` and ``notebooks/``; and what the system gives a process.

In a checkout the files stand beside the package; in an installed wheel they travel inside it.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import RLock
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHECKOUT = Path(__file__).resolve().parent.parent
_SHIPPED = Path(__file__).resolve().parent / "_shipped"
# What a thread may take before it works: its stack, and memory of its own.
_THREAD_BYTES = 64 << 20
MOST_MEMORY_MB = 1 << 20  # the greatest bound of memory that is taken, by a command or a schedule
# Settings of the whole process that are changed for a while, as how charts look and what is warned of, are one thread's
# at a time: another would draw by them, and put them back for good when it restores what it found.
SETTINGS_ALONE = RLock()
if hasattr(os, "register_at_fork"):  # whoever held it is not in the new process
    os.register_at_fork(after_in_child=SETTINGS_ALONE._at_fork_reinit)  # type: ignore[attr-defined]


def resource(relative: str) -> Path:
    """Return the absolute path of a shipped file or folder, e.g. ``resource("data/sahel/incidents.csv")``.

    Raises `FileNotFoundError` if neither the checkout nor the installed package holds it.
    """
    for root in (_SHIPPED, _CHECKOUT):
        if (root / relative).exists():
            return root / relative
    raise FileNotFoundError(
        f"{relative} ships with the package but was found neither in {_SHIPPED} nor in {_CHECKOUT}."
    )


def real_path(path: str | Path) -> Path:
    """Return a path as the system sees it; one whose links lead in a circle, which cannot be used, as it is written.

    ``Path.resolve`` raises of such a circle what is no `OSError`, before anybody can say what the path is for. What a
    shell gives for a pipe (``/dev/fd/63``) leads to a name under which nothing can be opened, and is kept too.
    """
    found = os.path.realpath(path)
    return Path(found if os.path.exists(found) or not os.path.exists(path) else os.path.abspath(path))


def named_path(path: str | Path) -> Path:
    """Return the absolute path by which a file is called: its links are not followed, as reports are named by it, and
    what belongs to a table lies beside that name. Before ``..`` they are, and where this process alone knows a file."""
    full = Path(path).absolute()
    if full.is_relative_to("/dev") or full.is_relative_to("/proc") or full.name in ("", ".."):
        return real_path(path)
    return real_path(full.parent) / full.name if ".." in full.parts else full


@contextmanager
def scratch_folder(*, dir: str | Path | None = None, prefix: str | None = None) -> Iterator[Path]:
    """Make a folder for as long as something is made in it; what of it cannot be removed then stays.

    Of a folder that may not be changed any more Python's own tries again until it can call no deeper, and for a file
    whose mode cannot be set it raises.
    """
    made = TemporaryDirectory(dir=dir, prefix=prefix, ignore_cleanup_errors=True)
    try:
        yield Path(made.name)
    finally:
        with suppress(RecursionError, OSError):
            made.cleanup()


def n_threads(most: int) -> int:
    """Return how many threads, up to so many, this process has memory to begin, where a limit holds it.

    A thread that finds no memory at its first step ends before it tells that it has begun, and whoever starts it waits
    for ever.
    """
    try:
        import resource

        held = Path("/proc/self/statm").read_text().split()
    except (ImportError, OSError):  # another system, which does not bound data
        return most
    for limit, pages in ((resource.RLIMIT_DATA, held[5]), (resource.RLIMIT_AS, held[0])):
        soft, _ = resource.getrlimit(limit)
        if soft != resource.RLIM_INFINITY:
            most = min(most, max(0, soft - int(pages) * resource.getpagesize()) // _THREAD_BYTES)
    return most


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Do a work for each item, in threads where there is memory for some, and return what became of each, in order."""
    given = [*items]
    n = n_threads(min(len(given), os.cpu_count() or 1))
    if n < 2:
        return [work(item) for item in given]
    with ThreadPoolExecutor(n) as workers:
        return [*workers.map(work, given)]
