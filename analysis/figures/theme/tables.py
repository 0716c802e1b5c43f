"""What charts ask of the table that they are given."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.figures.theme.words import safe_text
from analysis.language import apart


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
