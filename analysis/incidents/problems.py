"""What is wrong with a table: one record a case, and the error that tells a user what to do about it."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from analysis.incidents.canonical import PROBLEM_ACTIONS, PROBLEM_COLUMNS
from analysis.incidents.printing import printable

SET_ASIDE, BLANKED, KEPT = PROBLEM_ACTIONS

_MOST_EXAMPLES = 3
_MOST_VALUE_CHARACTERS = 200


class ProblemLog:
    """Collects problems by position in a raw table and knows which rows are lost."""

    def __init__(self, row: np.ndarray) -> None:
        self._row = row
        self._parts: list[pd.DataFrame] = []
        self.set_aside = np.zeros(len(row), dtype=bool)

    def add(
        self, positions: np.ndarray, column: str, values: Sequence[object], reason: str | Sequence[str], action: str
    ) -> None:
        """Record one problem a position; ``values`` and, where given one each, ``reason`` run along ``positions``."""
        if len(positions) == 0:
            return
        if action == SET_ASIDE:
            self.set_aside[positions] = True
        self._parts.append(
            pd.DataFrame(
                {
                    "row": self._row[positions],
                    "column": printable(column),
                    "value": [_shown(value) for value in values],
                    "reason": reason,
                    "action": action,
                }
            )
        )

    def frame(self, beside: Iterable[tuple[int, str, str, str, str]] = ()) -> pd.DataFrame:
        """Return all problems by row, with ``PROBLEM_COLUMNS``; ``beside`` holds those of rows that never were parsed.

        Of a row that is set aside only the reasons for that are kept: nothing else of it reaches the table.
        """
        unparsed = [(row, column, _shown(value), reason, action) for row, column, value, reason, action in beside]
        frame = pd.concat([problem_frame(unparsed), *(part.astype(PROBLEM_COLUMNS) for part in self._parts)])
        lost = frame.loc[frame["action"].eq(SET_ASIDE), "row"]
        frame = frame[frame["action"].eq(SET_ASIDE) | ~frame["row"].isin(lost)]
        return frame.sort_values(["row", "column"], kind="stable", ignore_index=True)


def problem_frame(rows: list[tuple[int, str, str, str, str]]) -> pd.DataFrame:
    """Return problems as a typed frame; no rows give an empty one."""
    return pd.DataFrame(rows, columns=list(PROBLEM_COLUMNS)).astype(PROBLEM_COLUMNS)


def summarise_problems(problems: pd.DataFrame, *, n_rows: int) -> list[str]:
    """Return one line for each kind of problem: how many rows, which, the first value, and what was done.

    Parameters
    ----------
    problems
        ``PROBLEM_COLUMNS``.
    n_rows
        Rows read.
    """
    lines = []
    for (action, column, reason), group in problems.groupby(["action", "column", "reason"], sort=False):
        rows = group["row"].unique()
        examples = ", ".join(map(str, rows[:_MOST_EXAMPLES])) + (", ..." if len(rows) > _MOST_EXAMPLES else "")
        value = group["value"].iloc[0]
        first = f"; {'first ' if len(rows) > 1 else ''}{value!r}" if isinstance(value, str) and value else ""
        lines.append(
            f"{len(rows):,} of {n_rows:,} rows: {column} {reason} "
            f"(row{'s' if len(rows) > 1 else ''} {examples}{first}): {action}."
        )
    return lines


def _shown(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = printable(str(value)[: _MOST_VALUE_CHARACTERS + 1])
    return text if len(text) <= _MOST_VALUE_CHARACTERS else text[: _MOST_VALUE_CHARACTERS - 3] + "..."
