"""Which row of a table holds the columns' names."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from pathlib import Path

from analysis.incidents.errors import TableError
from analysis.incidents.files.table import Layout
from analysis.incidents.terms import placeholder, term
from analysis.language import message, say, say_count

MOST_ROWS_ABOVE = 40  # a header is looked for in so many rows
_LEAST_COLUMNS = 3
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_A_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?|\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{1,2}[ -][^\W\d]{3,9}[ -]\d{4}")
TAG_NOTE = message("row 2 holds HXL tags and is not counted as data")
TAGS_BELOW = message("the row under the header holds HXL tags and is not counted as data")


@dataclass(frozen=True)
class Header:
    """The columns' names, how many rows stand above them, and whether they are numbers for want of names."""

    header: list[str]
    skipped: int
    notes: list[str]
    headless: bool = False
    titles: tuple[str, ...] = ()  # what stands above


def checked_header(path: Path, name: str, cells: list[str], *, row: int = 1) -> list[str]:
    """Return names of columns without blanks around them; refuse a row without any."""
    header = [cell.strip().lstrip("\N{ZERO WIDTH NO-BREAK SPACE}") for cell in cells]
    if not any(header):
        where = "its first row" if row == 1 else f"row {row}"
        raise TableError(
            f"{name} has no column names in {where}. Name the row that has them: {placeholder('header_row', 'N')}.",
            path=path,
        )
    return header


def is_tag_row(cells: Collection[object]) -> bool:
    """Tell whether a row holds HXL tags (``#date+start``): nothing but tags and empty cells."""
    filled = [str(cell).strip() for cell in cells if cell is not None and str(cell).strip()]
    return bool(filled) and all(cell.startswith("#") and len(cell) > 1 for cell in filled)


def find_header(records: Sequence[Sequence[str]], layout: Layout, *, path: Path, name: str) -> Header:
    """Return the columns' names: in the row that is named, the one that has the columns looked for, or the first row
    under a title."""
    if layout.header_row < 0:
        width = max(map(len, records), default=0)
        return Header(
            numbered(width),
            0,
            [say("the file has no header: its columns are called column_1, column_2, ...")],
            headless=True,
        )
    if not any(cell.strip() for record in records for cell in record):
        raise TableError(f"{name} holds nothing but blank lines: no text, no number. Export it again.", path=path)
    if layout.header_row > len(records):
        raise TableError(
            f"{name}: {term('header_row', layout.header_row)} is beyond its first {len(records)} rows.", path=path
        )
    at = layout.header_row - 1 if layout.header_row else _header_index(records, layout)
    header = checked_header(path, name, list(records[at]) if records else [""], row=at + 1)
    if not layout.header_row and not layout.fits(header) and holds_values(header):
        example = ", ".join(cell for cell in header if cell)[:80]
        raise TableError(
            f"{name}: row {at + 1} holds values and no names of columns ({example}). If the file has no header, give"
            f" {term('header_row', -1)} and map column_1, column_2, ...; if its names stand in another row, give"
            f" {placeholder('header_row', 'N')}.",
            path=path,
        )
    above = [record for record in records[:at] if any(map(str.strip, record))]
    said = (
        [
            say_count(
                "the header was found in row {row}, under {n} [row|rows] of other text", len(above) or at, row=at + 1
            )
        ]
        if above and not layout.header_row
        else []
    )
    titles = tuple(cell.strip() for record in above for cell in record if cell.strip())
    return Header(header, at, said, titles=titles)


def _header_index(records: Sequence[Sequence[str]], layout: Layout) -> int:
    for index, record in enumerate(records):
        if layout.fits(record):
            return index
    widths = [sum(bool(cell.strip()) for cell in record) for record in records]
    first = next((index for index, width in enumerate(widths) if width), 0)
    usual = max(widths, default=0)
    if usual >= _LEAST_COLUMNS and widths[first] * 2 <= usual:  # a title above a table
        for index in range(first + 1, len(records)):
            if widths[index] * 2 > usual and _may_be_names(records[index]):
                first = index
                break
    # Groups of columns may stand above their names, in cells that are merged.
    below = first + 1
    if below < len(records) - 1 and widths[below] > widths[first] > 0 and _may_be_names(records[below]):
        names = {cell.strip() for cell in records[below]}
        if any(cell.strip() in names for cell in records[first] if cell.strip()) and holds_values(records[below + 1]):
            return below
    # A title may have as many commas as the table: the header names more, before the first row of values.
    above = [records[first], *takewhile(lambda record: not holds_values(record), records[first + 1 :])]
    named = [layout.names(record) if _may_be_names(record) else 0 for record in above]
    ended = first + len(above) < len(records)  # else no row is known to hold values, and each may be one
    return first + named.index(max(named)) if ended and max(named) > 1 else first


def _may_be_names(cells: Sequence[str]) -> bool:
    names = [cell.strip() for cell in cells if cell.strip()]
    return len(set(names)) == len(names) and not holds_values(cells)


def holds_values(cells: Sequence[str]) -> bool:
    """Tell whether a row holds values in place of names: a whole date, or numbers in most of its cells."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    numbers = sum(bool(_NUMBER.fullmatch(cell)) for cell in filled)
    years = [int(cell) for cell in filled if re.fullmatch(r"(?:19|20)\d{2}", cell)]
    if len(years) > 2 and len(years) == numbers and len({b - a for a, b in pairwise(years)}) == 1:
        return False  # as names of columns
    return any(_A_DAY.fullmatch(cell) for cell in filled) or (len(filled) > 1 and numbers * 2 > len(filled))


def numbered(width: int) -> list[str]:
    """Return the names of columns that have none: ``column_1``, ``column_2``, ..."""
    return [f"column_{number}" for number in range(1, width + 1)]
