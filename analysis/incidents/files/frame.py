"""A pandas DataFrame in place of a file."""

from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.incidents.errors import TableError
from analysis.incidents.files.copies import FileState
from analysis.incidents.files.table import TEXT, RawTable, TableFile, cell_text, one_array
from analysis.incidents.parsing_apart import UTC_NAMES

FRAME_NAME = "DataFrame"


@dataclass
class _FrameFile(TableFile):
    """A pandas DataFrame in place of a file: the same contract, its rows numbered as if under a header."""

    frame: pd.DataFrame = field(kw_only=True)

    def _read(self, texts: Collection[str], numbers: Collection[str]) -> RawTable:
        columns = {name: _frame_column(self.frame.iloc[:, self.header.index(name)]) for name in (*texts, *numbers)}
        return RawTable(columns, np.arange(2, len(self.frame) + 2, dtype=np.int64), (), tuple(self.notes))


def open_frame(frame: pd.DataFrame) -> TableFile:
    """Open a pandas DataFrame as a table; levels of its index that have a name are columns.

    Raises
    ------
    TableError
        If it has no columns or no rows.
    """
    named = [name for name in frame.index.names if name is not None]
    frame = frame.reset_index(level=named) if named else frame
    path = Path(FRAME_NAME)
    if not len(frame.columns) or frame.empty:
        raise TableError(
            f"The DataFrame has {len(frame):,} rows and {len(frame.columns)} columns. Give one with data.", path=path
        )
    header = [str(name) for name in frame.columns]

    def digest() -> str:
        hashed = sha256("\0".join(header).encode())
        for position in range(len(header)):
            for part in _frame_column(frame.iloc[:, position]).cast(TEXT).to_pylist():
                hashed.update(b"\0" if part is None else part.encode() + b"\1")
        return hashed.hexdigest()

    made = _FrameFile(path, header, "frame", [], frame=frame)
    made.state = FileState(path, int(frame.memory_usage(deep=False).sum()), 0, -1, digest)
    return made


def write_frame(frame: pd.DataFrame, folder: Path) -> Path:
    """Write a DataFrame as a Parquet file that is read as the frame is, and return the file's path."""
    from pyarrow import parquet

    opened = open_frame(frame)
    raw = opened.read(opened.header, ())
    made = folder / f"{FRAME_NAME}.parquet"
    parquet.write_table(pa.table({name: raw.columns[name] for name in opened.header}), made)
    return made


def _frame_column(column: pd.Series) -> pa.Array:
    if column.dtype == "object" or str(column.dtype) == "category":
        cells = [
            None if cell is None or cell != cell else cell_text(cell)  # NaN and NaT are not themselves
            for cell in column.astype("object")
        ]
        return pa.array(cells, TEXT).dictionary_encode()
    if str(column.dtype).startswith("period["):  # "2024-03-05" or "2024-03", as text says it
        column = column.astype("str").where(column.notna(), None)
    try:
        array = pa.array(column, from_pandas=True)
        odd = (
            isinstance(array.type, pa.ExtensionType) or pa.types.is_nested(array.type) or pa.types.is_binary(array.type)
        )
    except pa.ArrowException:
        odd = True
    if odd:  # a kind of value that no table has
        return pa.array([str(cell) for cell in column], TEXT).dictionary_encode()
    array = one_array(array) if isinstance(array, pa.ChunkedArray) else array
    zone = getattr(array.type, "tz", None)
    if pa.types.is_timestamp(array.type) and (zone is None or zone.upper() in UTC_NAMES):
        times = array.cast(pa.timestamp("s", zone), safe=False)
        clocks = np.unique(times.cast(pa.int64()).drop_null().to_numpy() % 86_400)
        if len(clocks) <= 2 and clocks.any():  # as text is told of midnights elsewhere
            text = pa.compute.strftime(times, f"%Y-%m-%dT%H:%M:%S{'Z' if zone else ''}")
            return text.cast(TEXT).dictionary_encode()
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return array.cast(TEXT).dictionary_encode()
    return array
