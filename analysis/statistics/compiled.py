"""Loops that are compiled when they are first needed: to import numba takes a third of a second."""

from collections.abc import Callable
from functools import cache


@cache
def compiled(loop: Callable) -> Callable:
    """Return a loop over arrays as numba compiles it; what it made is kept on disk too."""
    import numba

    return numba.njit(cache=True)(loop)
