"""Tables on sheets of a workbook (Excel, ODS), read in a process of its own."""

import mmap
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from analysis.incidents.apart import Apart
from analysis.incidents.dates import month_number
from analysis.incidents.errors import TableError
from analysis.incidents.files.headers import (
    MOST_ROWS_ABOVE,
    TAG_NOTE,
    TAGS_BELOW,
    find_header,
    holds_values,
    is_tag_row,
    numbered,
)
from analysis.incidents.files.table import TEXT, Layout, RawTable, TableFile, cell_text
from analysis.incidents.terms import placeholder, term
from analysis.language import say, say_count


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook by columns, from its first cell on: each column's codes by row, 0 being the empty cell, and
    its values by code."""

    columns: list[tuple[np.ndarray, list[object]]]

    def __len__(self) -> int:
        """Rows up to the last with a value."""
        return len(self.columns[0][0]) if self.columns else 0

    @cached_property
    def filled(self) -> np.ndarray:
        """Which rows have a value."""
        held = np.zeros(len(self), dtype=bool)
        for codes, _ in self.columns:
            held |= codes != 0
        return held

    def row(self, index: int) -> list[str]:
        """Return one row as texts, without the empty cells at its end."""
        cells = [cell_text(values[codes[index]]) for codes, values in self.columns]
        while cells and cells[-1] == "":
            cells.pop()
        return cells

    def head(self) -> list[list[str]]:
        """Return the first rows as texts, in which a header is looked for."""
        return [self.row(index) for index in range(min(len(self), MOST_ROWS_ABOVE))]


@dataclass(frozen=True)
class Workbook:
    """The sheets of a workbook and what is to be known of it; see `parsing_apart.read_workbook`."""

    sheets: dict[str, Sheet]
    hidden: list[str]
    merged: dict[str, int]
    errors: int
    uncalculated: int
    hidden_rows: int
    struck: int


@dataclass
class WorkbookFile(TableFile):
    """The table on one sheet of a workbook."""

    sheet: Sheet = Sheet([])
    first: int = 1  # the index of the first row of data

    @classmethod
    def open(cls, path: Path, content: "bytes | mmap.mmap", name: str, layout: Layout) -> "WorkbookFile":
        book = read_workbook(content, name=name, path=path)
        chosen, notes = _choose_sheets(book, layout, path=path, name=name)
        sheet = book.sheets[chosen[0]]
        if len(chosen) > 1:
            sheet = _joined([book.sheets[one] for one in chosen])
        found = find_header(sheet.head(), layout, path=path, name=name)
        first = found.skipped + (not found.headless)
        tagged = first < len(sheet) and is_tag_row(sheet.row(first))
        width = len(sheet.columns)
        header = found.header + [""] * (width - len(found.header)) if not found.headless else numbered(width)
        notes += found.notes
        if tagged:
            notes.append(say(TAG_NOTE if first == 1 else TAGS_BELOW))
        if n_merged := sum(book.merged.get(one, 0) for one in chosen):
            notes.append(say("{n} cells under a merged cell were read as having its value", n=n_merged))
        if book.errors:
            notes.append(
                say("{n} cells of the workbook hold an error, such as #REF!, and were read as empty", n=book.errors)
            )
        if book.uncalculated:
            notes.append(
                say(
                    "{n} cells of the workbook hold a formula without its result and were read as empty; open the"
                    " workbook in a spreadsheet and save it",
                    n=book.uncalculated,
                )
            )
        if book.hidden_rows:
            notes.append(
                say_count(
                    "{n} [row|rows] of the workbook [is|are] hidden, as by a filter, and [counts|count] all the same",
                    book.hidden_rows,
                )
            )
        if book.struck:
            notes.append(
                say_count(
                    "{n} [cell|cells] of the workbook [is|are] struck through and [was|were] read as any other",
                    book.struck,
                )
            )
        titles = found.titles or (tuple(chosen) if len(chosen) == 1 else ())
        return cls(path, header, "workbook", notes, titles=titles, sheet=sheet, first=first + tagged)

    def _read(self, texts: Collection[str], numbers: Collection[str]) -> RawTable:
        filled = np.flatnonzero(self.sheet.filled[self.first :]) + self.first
        notes = list(self.notes)
        if n_blank := len(self.sheet) - self.first - len(filled):
            notes.append(say("{n} blank lines are not counted as data", n=n_blank))
        columns = {}
        for name in (*texts, *numbers):
            codes, values = self.sheet.columns[self.header.index(name)]
            columns[name] = _coded_texts(codes[filled], values)
        return RawTable(columns, filled.astype(np.int64) + 1, (), tuple(notes))


def _choose_sheets(book: Workbook, layout: Layout, *, path: Path, name: str) -> tuple[list[str], list[str]]:
    """Return the sheet that is named, the one whose columns are those looked for, or the only one with a table; visible
    ones go first. Sheets with the same header, such as one for each year, are one table."""
    sheets = book.sheets
    filled = {name: sheet for name, sheet in sheets.items() if len(sheet)}
    if not filled:
        raise TableError(f"{name} is a workbook without data.", path=path)
    if layout.sheet:
        named = [sheet for sheet in sheets if sheet.strip().casefold() == layout.sheet.strip().casefold()]
        if not named or named[0] not in filled:
            why = "is empty" if named else "is not there"
            raise TableError(
                f"{name}: {term('sheet', layout.sheet)} {why}. Its sheets with data: {', '.join(filled)}.", path=path
            )
        return named, []
    fitting = [name for name, sheet in filled.items() if any(map(layout.fits, sheet.head()))]
    tables = fitting or [name for name, sheet in filled.items() if len(sheet) > 1] or list(filled)
    tables = [name for name in tables if name not in book.hidden] or tables
    if not fitting:  # what stands in two columns is a note on the data
        tables = [name for name in tables if len(filled[name].columns) > _MOST_COLUMNS_OF_A_NOTE] or tables
    alike = len({_lasting_words(one) for one in tables}) == 1
    if len(tables) > 1 and alike and not layout.header_row and _are_parts([filled[one] for one in tables], layout):
        return tables, [
            say(
                "sheets with the same columns were read as one table, their rows numbered in this order: {sheets}",
                sheets=", ".join(tables),
            )
        ]
    if len(tables) > 1:
        raise TableError(
            f"{name} holds tables on {len(tables)} sheets: {', '.join(tables)}. Expected one. Name the sheet that is"
            f" meant: {placeholder('sheet', 'NAME')}.",
            path=path,
        )
    return tables, [say("sheet {name} was read, of {sheets}", name=repr(tables[0]), sheets=", ".join(sheets))] if len(
        filled
    ) > 1 else []


_MOST_COLUMNS_OF_A_NOTE = 2


def _lasting_words(sheet: str) -> tuple[str, ...]:
    """Return the words of a sheet's name without numbers and months: alike where sheets go on one after the other."""
    return tuple(word.casefold() for word in re.findall(r"[^\W\d_]+", sheet) if month_number(word) is None)


def _are_parts(sheets: list[Sheet], layout: Layout) -> bool:
    """Tell whether sheets have one and the same header, in their first row with a value, and no row in common, as a
    copy has."""
    rows = [[sheet.row(int(at)) for at in np.flatnonzero(sheet.filled)] for sheet in sheets]
    top = rows[0][0]
    if len(top) <= _MOST_COLUMNS_OF_A_NOTE or any(held[0] != top for held in rows):
        return False
    distinct = [{tuple(row) for row in held[1:]} for held in rows]
    alone = len(set().union(*distinct)) == sum(map(len, distinct))
    return alone and (layout.fits(top) or not holds_values(top))


def _joined(sheets: list[Sheet]) -> Sheet:
    """Return the rows of sheets one under the other, with the header of the first alone."""
    columns: list[tuple[np.ndarray, list[object]]] = []
    width = max(len(sheet.columns) for sheet in sheets)
    for at in range(width):
        codes: list[np.ndarray] = []
        values: list[object] = [None]
        for number, sheet in enumerate(sheets):
            rows = slice(0 if not number else int(np.argmax(sheet.filled)) + 1, None)
            if at >= len(sheet.columns):
                codes.append(np.zeros(len(sheet), dtype=np.int32)[rows])
                continue
            held, own = sheet.columns[at]
            codes.append(np.where(held > 0, held + len(values) - 1, 0).astype(np.int32)[rows])
            values = [*(values if number else own[:1]), *own[1:]]
        columns.append((np.concatenate(codes), values))
    return Sheet(columns)


def read_workbook(content: "bytes | mmap.mmap", *, name: str, path: Path) -> Workbook:
    """Return the sheets of a workbook, read in a process of its own.

    Raises
    ------
    TableError
        If it is no workbook, or takes more memory or time than a workbook of its size can need.
    """
    apart = Apart(content, name=name, path=path)
    apart.ask(do="workbook")
    told = apart.unpickle_scratch()
    apart.close()
    sheets = {
        sheet: Sheet([(np.frombuffer(codes, dtype=np.int32), values) for codes, values in columns])
        for sheet, columns in told.pop("sheets").items()
    }
    return Workbook(sheets, **told)


def _coded_texts(codes: np.ndarray, values: list[object]) -> pa.Array:
    """Return cells as text, each distinct one turned once."""
    texts = pa.array([cell_text(value) for value in values], TEXT)
    column = pa.DictionaryArray.from_arrays(pa.array(codes), texts)
    # Texts of rows above the header, of other kinds of cells alike in text.
    return column.dictionary_decode().dictionary_encode()
