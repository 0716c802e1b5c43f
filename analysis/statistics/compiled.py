"""Loops that are compiled when they are first needed: to import numba takes a third of a second."""

from collections.abc import Callable
from functools import cache

from analysis.lazy import without


@cache
def compiled(loop: Callable) -> Callable:
    """Return a loop over arrays as numba compiles it; what it made is kept on disk too."""
    with without("coverage"):  # which numba imports for who measures what it compiles
        import numba

    return numba.njit(cache=True)(loop)
