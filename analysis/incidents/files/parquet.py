"""Tables as Parquet, read in a process of its own."""

import mmap
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from analysis.incidents.apart import Apart
from analysis.incidents.errors import TableError
from analysis.incidents.files.headers import checked_header
from analysis.incidents.files.table import MOST_ROWS, Layout, RawTable, TableFile, one_array
from analysis.language import say


@dataclass
class ParquetFile(TableFile):
    """A Parquet file, of which only the groups of rows that are asked for are read."""

    apart: Apart = field(kw_only=True)
    stored: list[str] = field(kw_only=True)
    sizes: np.ndarray = field(kw_only=True)
    pushes_selection = True

    @classmethod
    def open(cls, path: Path, content: "bytes | mmap.mmap", name: str, _layout: Layout) -> "ParquetFile":
        apart = Apart(content, name=name, path=path)
        found = apart.ask(do="parquet")
        sizes = np.array(found["rows"], dtype=int)
        if sizes.sum() > MOST_ROWS:
            raise TableError(
                f"{name} holds {sizes.sum():,} rows; no incident table has more than {MOST_ROWS:,}.", path=path
            )
        header = checked_header(path, name, found["names"])
        nested = [column for column, is_nested in zip(header, found["nested"], strict=True) if is_nested]
        return cls(path, header, "parquet", [], apart=apart, stored=found["names"], sizes=sizes, nested=nested)

    def read(self, texts: Collection[str], numbers: Collection[str], keep: np.ndarray | None = None) -> RawTable:
        wanted = [*texts, *numbers]
        groups = np.arange(len(self.sizes))
        if keep is not None:
            group_of_row = np.repeat(groups, self.sizes)
            groups = np.unique(group_of_row[keep])
            keep = keep[np.isin(group_of_row, groups)]
        starts = np.concatenate([[0], np.cumsum(self.sizes)])
        row = np.concatenate([np.arange(starts[g], starts[g + 1]) for g in groups] or [np.array([], int)]) + 2
        names = [self.stored[self.header.index(name)] for name in wanted]
        found = self.apart.ask(do="columns", names=names, groups=groups.tolist())
        with pa.ipc.open_stream(pa.py_buffer(self.apart.read_scratch())) as stream:
            table = stream.read_all()
        columns = {name: one_array(table.column(position)) for position, name in enumerate(wanted)}
        raw = RawTable(columns, row.astype(np.int64), (), (*self.notes, *map(_note_of_parquet, found["notes"])))
        return raw if keep is None else raw.keep(keep)


def _note_of_parquet(note: dict[str, str]) -> str:
    """Return what the process that read a Parquet file has to say, which imports nothing of this package."""
    return say(
        "column {name} holds text that is not UTF-8; its odd bytes are shown as {sign}",
        name=note["name"],
        sign=note["sign"],
    )
