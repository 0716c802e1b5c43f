"""Loops that are compiled when they are first needed: to import numba takes a third of a second."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache, wraps
from typing import Any

from analysis.lazy import without


def compiling(**options: Any) -> Callable[[Callable], Any]:
    """Return what has numba compile a loop, and keep what it made on disk, where there is a folder for that.

    What is kept only saves time: where neither this program's folder nor one of the user's may be written, where the
    disk is full, or where a file of it was cut, as by a power failure, the loop is compiled anew.
    """
    with without("coverage"):  # which numba imports for who measures what it compiles
        import numba

    def compiled_from(loop: Callable) -> Any:
        try:
            made = numba.njit(cache=True, **options)(loop)
        except RuntimeError:
            return numba.njit(**options)(loop)
        kept = made._cache
        kept.load_overload = _or_anew(kept.load_overload, kept.flush)
        kept.save_overload = _or_anew(kept.save_overload, kept.flush)
        return made

    return compiled_from


def _or_anew(act: Callable, flush: Callable[[], None]) -> Callable:
    @wraps(act)
    def acted(*arguments: object) -> Any:
        try:
            return act(*arguments)
        except Exception:  # whatever a broken file may raise when it is read as objects
            with suppress(OSError):
                flush()
            return None

    return acted


@cache
def compiled(loop: Callable) -> Callable:
    """Return a loop over arrays as numba compiles it."""
    made: Callable = compiling()(loop)
    return made
