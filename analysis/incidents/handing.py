"""What is handed out of what is kept: a change of it in place stays with whoever makes it.

Frames and series go out as shallow copies, which share their memory until one of both is written to: pandas 3 always
copies on write. Arrays that are kept cannot be written to.
"""

from dataclasses import fields, is_dataclass
from functools import cached_property
from typing import Any, TypeVar, get_args

import numpy as np
import pandas as pd

T = TypeVar("T")
_FRAMES = (pd.DataFrame, pd.Series)
_HANDING: set[type] = set()  # dataclasses that hand out copies: marked once each


def handed(kept: T) -> T:
    """Return what is kept, or of a frame or series a copy that shares its memory until one of them is written to."""
    return kept.copy(deep=False) if isinstance(kept, _FRAMES) else kept


def locked(*arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return arrays that cannot be written to any more."""
    for array in arrays:
        array.flags.writeable = False
    return arrays


class _HandedField:
    """A field of a frozen dataclass that holds a frame, and hands out copies of it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, owner: object, kind: type | None = None) -> Any:
        return self if owner is None else handed(vars(owner)[self.name])

    def __set__(self, owner: object, value: object) -> None:
        vars(owner)[self.name] = value


class handed_property(cached_property[T]):
    """A `cached_property` that hands out copies of the frame or series that it keeps."""

    def __get__(self, owner: object, kind: type | None = None) -> Any:  # type: ignore[override]
        return handed(super().__get__(owner, kind))

    def __set__(self, owner: object, value: object) -> None:
        raise AttributeError(f"{self.attrname!r} is computed, and cannot be set.")


def hands_out(kind: type[T]) -> type[T]:
    """Let a frozen dataclass hand out copies of the frames that it holds."""
    if kind in _HANDING:
        return kind
    _HANDING.add(kind)
    for one in fields(kind):  # type: ignore[arg-type]
        if set(_FRAMES) & {one.type, *get_args(one.type)}:
            setattr(kind, one.name, _HandedField(one.name))
    return kind


def to_keep(made: T) -> T:
    """Return what was made and is to be kept; the dataclasses in it hand out copies of their frames from now on."""
    for one in made if isinstance(made, tuple) else (made,):
        if is_dataclass(one) and not isinstance(one, type):
            hands_out(type(one))
    return made
