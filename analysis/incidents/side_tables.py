"""Small tables beside a table of incidents: actors, coverage, words of claims."""

import re
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from analysis.incidents.errors import TableError
from analysis.incidents.files import open_table
from analysis.incidents.sidefiles import state_of

# A million claims have some 200 MB.
MOST_BYTES = 1 << 28
# In a column that may narrow a row: all of it is meant.
SAYS_NOTHING_LESS = (
    "", "all", "yes", "y", "true", "1", "full", "complete", "oui", "tous", "toutes", "si", "sí", "sim", "ja",
    "national", "nationwide", "country", "whole country", "-", "n/a", "na", "nan",
)  # fmt: skip
NEAR = 0.85  # as alike as this, a column's name is one that would be read, mistyped


def read_side_table(
    path: str | Path, *, needed: tuple[str, ...], optional: tuple[str, ...] = (), refused: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Return the text of some columns of a small table, in any form that incident tables come in.

    Parameters
    ----------
    path
        CSV (any usual delimiter or encoding), Parquet or Excel.
    needed, optional
        Names of columns; case and surrounding blanks of the header do not count.
    refused
        Those of columns that say of a row what is not read, so that it would be taken for more than it says.

    Returns
    -------
    pandas.DataFrame
        The needed columns and those of the optional that the file has, ``str``, trimmed, empty where there is nothing;
        ``row`` is each record's number in the file, the header being row 1.

    Raises
    ------
    TableError
        If the file is no table, a needed column is missing or stands twice, an optional one is mistyped, one is
        ``refused``, a row does not fit the header, rows may be missing, there is no row, or it is too large.
    """
    if (state := state_of(Path(path))) and state.st_size > MOST_BYTES:
        raise TableError(
            f"{Path(path).name} has {state.st_size:,} bytes; a table beside another has at most {MOST_BYTES:,}.",
            path=path,
        )
    file = open_table(path)
    folded = [name.casefold() for name in file.header]
    if missing := [name for name in needed if name not in folded]:
        raise TableError(
            f"{file.path.name}, row 1: there is no column {', '.join(missing)}; found {', '.join(file.header)}. It"
            f" needs the columns {' and '.join(needed)}.",
            path=file.path,
        )
    wanted = [name for name in (*needed, *optional) if name in folded]
    if twice := [name for name in wanted if folded.count(name) > 1]:
        raise TableError(
            f"{file.path.name}, row 1: column {twice[0]} stands twice. Rename or delete one.", path=file.path
        )
    for name in (one for one in optional if one not in folded):
        if meant := get_close_matches(name, [one for one in folded if one not in wanted], 1, NEAR):
            raise TableError(
                f"{file.path.name}, row 1: column {file.header[folded.index(meant[0])]} is not read. If it is"
                f" {name}, call it so; else rename it.",
                path=file.path,
            )
    narrowing = [file.header[folded.index(name)] for name in refused if name in folded]
    raw = file.read([*(file.header[folded.index(name)] for name in wanted), *narrowing], [])
    file.refuse_changed()
    if raw.lost:
        row, _, value, reason, _ = raw.lost[0]
        more = f" {len(raw.lost) - 1} more rows do not fit either." if len(raw.lost) > 1 else ""
        raise TableError(f"{file.path.name}, row {row}: {value!r} {reason}. Correct the row.{more}", path=file.path)
    if file.doubts:
        raise TableError(f"{file.path.name} cannot be used: {file.doubts[0]}.", path=file.path)
    table = pd.DataFrame(
        {name: texts_of(raw.columns[file.header[folded.index(name)]].to_pylist()) for name in wanted} | {"row": raw.row}
    )
    blank = table[wanted].eq("").all(axis=1)
    table = table[~blank].reset_index(drop=True)
    for header in narrowing:
        if not texts_of(raw.columns[header].to_pylist()).str.casefold().isin(SAYS_NOTHING_LESS).all():
            raise TableError(
                f"{file.path.name}, row 1: column {header} is not read: a row speaks of a whole country and of all its"
                " days. Leave out rows that do not, and the column.",
                path=file.path,
            )
    if table.empty:
        raise TableError(f"{file.path.name} has a header and no rows; it needs at least one.", path=file.path)
    return table


def texts_of(cells: list[object]) -> pd.Series:
    """Return cells as text, trimmed; whole numbers, such as ids, as those of incident tables: without their ``.0``."""
    whole = (f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else cell for cell in cells)
    texts = ("" if cell is None else str(cell).strip() for cell in whole)
    return pd.Series([re.sub(r"^(\d+)\.0$", r"\1", text) for text in texts], dtype="str")
