"""What charts ask of the table that they are given."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np
import pandas as pd

from analysis.figures.theme.look import style
from analysis.figures.theme.words import format_share, safe_text
from analysis.language import apart

_P = ParamSpec("_P")
_R = TypeVar("_R")


def chart(*columns: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Return the decorator of a plot function: it draws in the theme, from a first table that must have these columns.

    Raises
    ------
    ValueError
        When the function is called with a table that lacks some.
    """

    def decorated(draw: Callable[_P, _R]) -> Callable[_P, _R]:
        @wraps(draw)
        def checked(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            table = args[0] if args else next(iter(kwargs.values()))
            need_columns(table, columns, what=draw.__name__)
            return draw(*args, **kwargs)

        return style()(checked)

    return decorated


def floats(table: pd.DataFrame, *columns: str) -> list[np.ndarray]:
    """Return columns of a table as floats, in this order; NaN where one is missing."""
    return [table[name].to_numpy(dtype=float) for name in columns]


def share_words(table: pd.DataFrame) -> str:
    """Return the level of a table's intervals as a share, e.g. ``95 %``; ``""`` where they have none, or several."""
    levels = table["level"].dropna().unique().tolist() if "level" in table else []
    return format_share(levels[0]) if len(levels) == 1 and levels[0] > 0 else ""


def reasons_of(table: pd.DataFrame) -> str:
    """Return the reasons that a table gives for what was not computed, each once."""
    if "reason" not in table:
        return ""
    reasons = table["reason"].dropna().astype(str)
    return apart(safe_text(reason, limit=400) for reason in dict.fromkeys(reasons[reasons != ""]))


def need_columns(table: pd.DataFrame, columns: Iterable[str], *, what: str) -> None:
    """Refuse a table that lacks columns the chart draws.

    Raises
    ------
    ValueError
        Names the missing columns and those found.
    """
    lacking = [column for column in columns if column not in table]
    if lacking:
        raise ValueError(
            f"{what}: the table lacks {', '.join(lacking)}; it has "
            f"{', '.join(map(str, table.columns)) or 'no columns'}. Pass the measure's table unchanged."
        )


def computed_rows(table: pd.DataFrame) -> np.ndarray:
    """Return a mask of the rows that hold a value: status ``computed`` (if stated) and `value` not missing."""
    held = table["value"].notna().to_numpy() if "value" in table else np.ones(len(table), dtype=bool)
    return held & (table["status"].eq("computed").to_numpy() if "status" in table else True)


def one_unit(table: pd.DataFrame, *, what: str) -> str:
    """Return the table's only unit as text for a title; the unit `all` needs no words.

    Raises
    ------
    ValueError
        If the table holds several units.
    """
    if "unit" not in table or table.empty:
        return ""
    units = table["unit"].drop_duplicates()
    if len(units) > 1:
        raise ValueError(
            f"{what}: the table holds {len(units)} units ({', '.join(map(str, units[:3]))}, ...); expected one. "
            "Select one unit's rows first."
        )
    return "" if units.iloc[0] == "all" else safe_text(units.iloc[0], limit=60)
