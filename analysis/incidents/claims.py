"""Who said what: one row per statement, as an interval. A claim about a wave is never split over its incidents."""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.incidents.errors import TableError

NEEDED = ("claim_id", "wave_or_incident", "claimant", "claimant_side", "subject_side", "measure", "bound", "value")
BOUNDS = ("exact", "at_least", "more_than", "about", "up_to", "at_most", "undisclosed")
SIDES = ("attacker", "defender", "third_party")


def load_claims(path: str | Path) -> pd.DataFrame:
    """Read a claims table and give each statement the interval that its words allow.

    ``exact`` and ``about`` give ``[v, v]`` (``approximate`` tells them apart), ``at_least`` ``[v, inf)``, ``more_than``
    ``[v + 1, inf)``, ``up_to`` and ``at_most`` ``[0, v]``, ``undisclosed`` ``[0, inf)``: never zero.

    Parameters
    ----------
    path
        CSV with at least ``NEEDED``; see ``data/sahel/README.md`` for their meaning.

    Returns
    -------
    pandas.DataFrame
        The file's columns, ``value`` as a number (missing where undisclosed), with ``low, high`` and ``approximate``.

    Raises
    ------
    TableError
        If a column is missing, or a row has an unknown word, no value, or a value that is no count.
    """
    path = Path(path)
    try:
        table = pd.read_csv(path, dtype="str", encoding="utf-8-sig", keep_default_na=False)
    except (OSError, ValueError) as error:
        raise TableError(f"{path.name} cannot be read: {error}", path=path) from None
    if missing := [name for name in NEEDED if name not in table]:
        raise TableError(f"{path.name} lacks {', '.join(missing)}; found {', '.join(table)}.", path=path)
    value = pd.to_numeric(table["value"], errors="coerce")
    undisclosed = table["bound"].eq("undisclosed")
    faults = {
        f"bound is none of {', '.join(BOUNDS)}": ~table["bound"].isin(BOUNDS),
        f"claimant_side is none of {', '.join(SIDES)}": ~table["claimant_side"].isin(SIDES),
        "value is no count of at least 0": ~undisclosed & ~(value.ge(0) & value.mod(1).eq(0)),
        "value is given though undisclosed": undisclosed & table["value"].ne(""),
        "claim_id stands twice": table["claim_id"].duplicated(),
    }
    told = []
    for fault, rows in faults.items():
        if rows.any():
            numbers = (np.flatnonzero(rows) + 2)[:3]
            told.append(f"{rows.sum()} of {len(table)} rows: {fault} (row {', '.join(map(str, numbers))})")
    if told:
        raise TableError(f"{path.name}: {'; '.join(told)}. Correct the file.", path=path)
    bound = table["bound"]
    low = value.where(~bound.isin(["up_to", "at_most", "undisclosed"]), 0.0) + bound.eq("more_than")
    high = value.where(bound.isin(["exact", "about", "up_to", "at_most"]), np.inf)
    return table.assign(value=value, low=low, high=high, approximate=bound.eq("about"))
