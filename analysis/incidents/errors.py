"""The error that tells a user what to do about a table. Light, so that refusing costs no import of pandas."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.incidents.canonical import problem_frame
from analysis.incidents.printing import bounded, printable

if TYPE_CHECKING:
    import pandas as pd


class Told(Exception):
    """An error whose message somebody reads (what is wrong, where, and what to do): each of its lines has a bounded
    length (see `bounded`)."""

    def __init__(self, message: str = "") -> None:
        super().__init__("\n".join(map(bounded, str(message).split("\n"))))

    def _render_traceback_(self) -> list[str]:
        """Show in a notebook the line that was refused, and why: IPython asks for this in place of our own lines."""
        from itertools import takewhile
        from traceback import extract_tb

        ours = f"{Path(__file__).parents[1]}{os.sep}"
        theirs = list(takewhile(lambda one: not one.filename.startswith(ours), extract_tb(self.__traceback__)))
        where = [f"line {theirs[-1].lineno}: {theirs[-1].line}", ""] if theirs and theirs[-1].line else []
        return [*where, f"{type(self).__name__}: {self}"]


class ParameterError(Told, ValueError):
    """A parameter is unknown, unread, of the wrong type or outside its range."""


class TableError(Told, ValueError):
    """The table cannot be used; the message says where, what, how many and what to do.

    Attributes
    ----------
    problems
        Every offending row (``PROBLEM_COLUMNS``); empty where the table as a whole is at fault.
    rows_read
        How many rows were read before the table was refused; 0 where none were.
    path
        The file, or ``None``.
    """

    def __init__(
        self,
        message: str,
        *,
        problems: "pd.DataFrame | None" = None,
        rows_read: int = 0,
        path: str | Path | None = None,
    ) -> None:
        super().__init__(printable(message))
        self._problems = problems
        self.rows_read = rows_read
        self.path = None if path is None else Path(path)

    @property
    def problems(self) -> "pd.DataFrame":
        """Every offending row; empty where the table as a whole is at fault."""
        return problem_frame([]) if self._problems is None else self._problems


class SelectionError(TableError):
    """The table is sound, but the selection cannot be made from it."""


class UnitError(SelectionError):
    """The table names no places of the unit that was asked for; ``reason`` says why, without what to give instead."""

    def __init__(self, message: str, *, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class UnknownCountryError(SelectionError):
    """No country has a ``name`` that was asked for, as it was given."""

    def __init__(self, message: str, *, name: str = "") -> None:
        super().__init__(message)
        self.name = name
