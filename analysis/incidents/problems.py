"""What is wrong with a table: one record a case, and the error that tells a user what to do about it."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from analysis.incidents.canonical import PROBLEM_ACTIONS, PROBLEM_COLUMNS, problem_frame
from analysis.incidents.names import first_few
from analysis.incidents.printing import printable
from analysis.incidents.reasons import (
    COUNTRY_MEANT,
    DISORDERED,
    EXCHANGED,
    HEADER_AGAIN,
    IDS_DIFFER,
    IS_MISSING,
    LAST_DIGITS_LOST,
    NO_COUNTRY,
    NO_LATITUDE,
    NO_MONTH,
    NOT_A_DATE,
    NOT_A_NUMBER,
    OTHER_WIDTH,
    TWOFOLD,
    YEAR_OR_DAY,
    wording_of,
)
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


def _remedies() -> dict[str, str]:
    """Return what to do about a kind of problem, by the wording of its reason."""
    day_first = term("day_first")
    return {
        TWOFOLD: f"give {day_first} or {term('month_first')}",
        YEAR_OR_DAY: f"write years of four digits, or give {day_first} or {term('month_first')} where they are last",
        EXCHANGED: f"give {day_first}, which exchanges them back",
        NO_MONTH: "write the months in one of these languages, or as numbers",
        NOT_A_DATE: "write dates as 2024-03-05",
        NO_COUNTRY: "correct the name, or write its ISO 3166-1 alpha-3 code",
        IDS_DIFFER: (
            "keep the right version, map a column of times (timestamp=...), export one row an event (ACLED:"
            " dyadic, not monadic), or leave ids unmapped where they begin anew within the table"
        ),
        NOT_A_NUMBER: "write a number, or leave the cell empty",
        LAST_DIGITS_LOST: "format the column as text in the spreadsheet and export again",
        HEADER_AGAIN: "nothing to do",
        OTHER_WIDTH: "quote cells that hold the delimiter",
        NO_LATITUDE: "exchange the two columns",
        IS_MISSING: "fill it in",
        **dict.fromkeys(DISORDERED, "nothing to do: kept as published"),
    }


# What is said of several problems of one kind whose reasons quote different values.
_OF_SEVERAL = {
    NO_MONTH: "is not a date: no month in English, French, Spanish, Portuguese, German, Russian, Ukrainian or Arabic"
}


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
    kinds = {reason: _kind(reason) for reason in problems["reason"].unique()}
    told = _remedies() if remedies else {}
    for (action, column, kind), group in problems.groupby(
        ["action", "column", problems["reason"].map(kinds)], sort=False
    ):
        rows = group["row"].unique()
        examples = first_few(rows, _MOST_EXAMPLES)
        values = [value for value in dict.fromkeys(group["value"].head(200)) if isinstance(value, str) and value][
            :_MOST_EXAMPLES
        ]
        shown = ", ".join(map(repr, values))
        first = f"; {'first ' if len(rows) > 1 else ''}{shown}" if values else ""
        said = group["reason"].iloc[0] if len(group["reason"].unique()) == 1 else _OF_SEVERAL.get(kind, kind)
        subject = "" if kind in DISORDERED else f"{column} "
        remedy = told.get(kind) or told.get(wording_of(kind))
        lines.append(
            f"{len(rows):,} of {n_rows:,} rows: {subject}{said} "
            f"(row{'s' if len(rows) > 1 else ''} {examples}{first}): {action}{f'; {remedy}' if remedy else ''}."
        )
    return lines


def _kind(reason: str) -> str:
    """Return what problems of one kind have in common: the wording where their reasons quote different values."""
    wording = wording_of(reason)
    return {COUNTRY_MEANT: NO_COUNTRY, NO_MONTH: NO_MONTH}.get(wording, reason)


def _shown(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = printable(str(value)[: _MOST_VALUE_CHARACTERS + 1])
    return text if len(text) <= _MOST_VALUE_CHARACTERS else text[: _MOST_VALUE_CHARACTERS - 3] + "..."
