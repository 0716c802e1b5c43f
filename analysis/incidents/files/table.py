"""A table as it lies in a file: its columns as read, none interpreted yet; records numbered as a spreadsheet does."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from analysis.incidents.files.copies import FileState

# How publishers and programs write "no value". Only a country may be called NA (Namibia), see `Cells.text`.
MISSING = ("", "NA", "N/A", "#N/A", "NaN", "nan", "NaT", "null", "NULL", "<NA>", "None", "\\N")
TEXT = pa.large_string()
MOST_ROWS = 50_000_000
MOST_EXACT = 2.0**53  # of whole numbers that are held as floats
BINARY = "{name} is binary data of a program that is not known here, not a table. Save its table as CSV or XLSX."


@dataclass(frozen=True)
class RawTable:
    """Columns as read, none interpreted yet."""

    columns: dict[str, pa.Array]  # name (as in the file) to Arrow array; all of one length
    row: np.ndarray  # each record's number in the file, the header being row 1
    # Records that cannot be laid under the header, as ``PROBLEM_COLUMNS`` tuples.
    lost: tuple[tuple[int, str, str, str, str], ...] = ()
    notes: tuple[str, ...] = ()  # what a user should know of how the file was read

    def keep(self, mask: np.ndarray) -> "RawTable":
        """Return the records where ``mask`` holds."""
        chosen = pa.array(mask)
        columns = {name: column.filter(chosen) for name, column in self.columns.items()}
        return RawTable(columns, self.row[mask], self.lost, self.notes)


@dataclass(frozen=True)
class Layout:
    """Where in a file its table is, as far as the user or the columns that are looked for say."""

    sheet: str = ""  # the sheet of a workbook; ``""``: the one that holds the table
    # The row that holds the columns' names, the first being 1; 0: found by itself; -1: there is none, and columns are
    # called ``column_1``, ``column_2``, ...
    header_row: int = 0
    # Tells whether a row of texts names the columns that are looked for.
    fits: Callable[[Sequence[str]], bool] = lambda _names: False
    # Tells how much of what a table of events has a row of texts names, by the sound of it.
    names: Callable[[Sequence[str]], int] = lambda _names: 0


ANYWHERE = Layout()


@dataclass
class TableFile:
    """A file whose header is known; columns are read when asked for."""

    path: Path
    header: list[str]
    encoding: str
    notes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)  # those of the notes that say that rows may be missing
    pushes_selection = False
    state: FileState | None = None
    # Columns of lists or records, which are refused where they are asked for.
    nested: Collection[str] = ()
    titles: tuple[str, ...] = ()  # what stands above the header, and what its sheet is called

    def refuse_changed(self) -> None:
        """Refuse a file that was written to since its reading began; see `FileState`."""
        if self.state is not None:
            self.state.refuse_changed()

    def read(self, texts: Collection[str], numbers: Collection[str], keep: np.ndarray | None = None) -> RawTable:
        """Return the columns named, of all records or of those where ``keep`` holds.

        Columns of ``numbers`` come back as text where some cell is not a number.
        """
        raw = self._read(texts, numbers)
        return raw if keep is None else raw.keep(keep)

    def _read(self, texts: Collection[str], numbers: Collection[str]) -> RawTable:
        """Return the columns named, of all records."""
        raise NotImplementedError


def cell_text(cell: object) -> str:
    """Return a value as text: whole numbers without a point, true and false as no number, days as ISO writes them.

    A number too great to be exact is written as ``9.007199254740994e+15``: its last digits may be lost.
    """
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if isinstance(cell, float | np.floating):
        number = float(cell)
        if MOST_EXACT <= abs(number) < np.inf:
            return np.format_float_scientific(number)
        return repr(int(number)) if number.is_integer() else repr(number)
    if isinstance(cell, date):  # a datetime and a Timestamp are dates too
        return cell.isoformat()
    return "" if cell is None else str(cell)


def one_array(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece."""
    combined = column.combine_chunks()
    if isinstance(combined, pa.ChunkedArray):
        combined = combined.chunk(0) if combined.num_chunks else pa.array([], column.type)
    return combined
