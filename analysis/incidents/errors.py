"""The error that tells a user what to do about a table. Light, so that refusing costs no import of pandas."""

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.incidents.printing import printable

if TYPE_CHECKING:
    import pandas as pd


class ParameterError(ValueError):
    """A parameter is unknown, unread, of the wrong type or outside its range."""


# Of a message: names of columns can be of any length.
MOST_CHARACTERS = 4000


class TableError(ValueError):
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
        told = printable(message)
        super().__init__(told if len(told) <= MOST_CHARACTERS else f"{told[: MOST_CHARACTERS - 3]}...")
        self._problems = problems
        self.rows_read = rows_read
        self.path = None if path is None else Path(path)

    @property
    def problems(self) -> "pd.DataFrame":
        """Every offending row; empty where the table as a whole is at fault."""
        from analysis.incidents.problems import problem_frame

        return problem_frame([]) if self._problems is None else self._problems


class SelectionError(TableError):
    """The table is sound, but the selection cannot be made from it."""
