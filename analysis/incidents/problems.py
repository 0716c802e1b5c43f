"""What is wrong with a table: one record a case, and the error that tells a user what to do about it."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from analysis.incidents.canonical import PROBLEM_ACTIONS, PROBLEM_COLUMNS, problem_frame
from analysis.incidents.printing import printable
from analysis.incidents.terms import term

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


def _remedies() -> tuple[tuple[str, str], ...]:
    """Return what to do about a kind of problem, by words of its reason; the first that fits is said."""
    return (
        ("day/month or month/day", f"give {term('day_first')} or {term('month_first')}"),
        ("is no month in", "write the months in one of these languages, or as numbers"),
        ("is not a date", "write dates as 2024-03-05"),
        ("no known country", "correct the name, or write its ISO 3166-1 alpha-3 code"),
        (
            "is the id of rows that differ",
            (
                "keep the right version, map a column of times (timestamp=...), or export one row an event (ACLED:"
                " dyadic, not monadic)"
            ),
        ),
        ("day for the month", f"give {term('day_first')}, which exchanges them back"),
        ("is not a number", "write a number, or leave the cell empty"),
        ("scientific notation", "format the column as text in the spreadsheet and export again"),
        ("repeats the header", "nothing to do"),
        ("fields where the header has", "quote cells that hold the delimiter"),
        ("exchanged", "exchange the two columns"),
        ("is missing", "fill it in"),
        ("is above", "nothing to do: kept as published"),
    )


def summarise_problems(problems: pd.DataFrame, *, n_rows: int, remedies: bool = False) -> list[str]:
    """Return one line for each kind of problem: how many rows, which, the first values, and what was done.

    Kinds that differ only in a value within their reason (``did the publisher mean ...``) are one.

    Parameters
    ----------
    problems
        ``PROBLEM_COLUMNS``.
    n_rows
        Rows read.
    remedies
        Also say what to do about it.
    """
    lines: list[str] = []
    if problems.empty:
        return lines
    kind = problems["reason"].str.partition("; ")[0].str.replace(r": '.*?' is no month", ": no month", regex=True)
    for (action, column, reason), group in problems.groupby(["action", "column", kind], sort=False):
        rows = group["row"].unique()
        examples = ", ".join(map(str, rows[:_MOST_EXAMPLES])) + (", ..." if len(rows) > _MOST_EXAMPLES else "")
        values = [value for value in dict.fromkeys(group["value"].head(200)) if isinstance(value, str) and value][
            :_MOST_EXAMPLES
        ]
        shown = ", ".join(map(repr, values))
        first = f"; {'first ' if len(rows) > 1 else ''}{shown}" if values else ""
        said = group["reason"].iloc[0] if len(group["reason"].unique()) == 1 else reason
        remedy = next((words for mark, words in _remedies() if mark in said), "") if remedies else ""
        lines.append(
            f"{len(rows):,} of {n_rows:,} rows: {column} {said} "
            f"(row{'s' if len(rows) > 1 else ''} {examples}{first}): {action}{f'; {remedy}' if remedy else ''}."
        )
    return lines


def _shown(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = printable(str(value)[: _MOST_VALUE_CHARACTERS + 1])
    return text if len(text) <= _MOST_VALUE_CHARACTERS else text[: _MOST_VALUE_CHARACTERS - 3] + "..."
