"""What a hostile table could slip to a reader: formulas in CSV, and signs that reorder or hide text."""

import csv
import io
import re
import unicodedata
from pathlib import Path

from analysis.incidents.printing import written_out
from analysis.language import LEFT_TO_RIGHT_MARK, RIGHT_TO_LEFT
from analysis.publishing.errors import NotebookError

# A spreadsheet runs a cell that starts with one of these; a leading apostrophe makes it text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "|", "%")
_UNMARKED = f"[^{LEFT_TO_RIGHT_MARK}\n]*"
_HELD_IN_ORDER = re.compile(f"{LEFT_TO_RIGHT_MARK}({_UNMARKED}{RIGHT_TO_LEFT.pattern}{_UNMARKED}){LEFT_TO_RIGHT_MARK}")
_SUSPECT = re.compile(rb'(?:^|[,;|"\n\t\r])[ \0]*[=+\-@\t\r|%]')
# Some spreadsheets split at semicolons or tabs, whatever the file is split at; a line end ends a cell whose
# quotation mark they do not see.
_SPLITS = re.compile(r"([;\t\r\n|])")
_MOST_CELL_CHARACTERS = 1 << 27


def visible(text: str) -> str:
    """Return text in which every sign that would reorder or hide text, or that a page may not hold, is written out.

    The marks that `in_order` sets around a name from right to left stay: they keep what stands beside it in its place.

    >>> visible("abc\\u202edef"), visible("\\u200e\\u0643\\u064a\\u200e") == "\\u200e\\u0643\\u064a\\u200e"
    ('abc\\\\u202edef', True)
    """
    parts = _HELD_IN_ORDER.split(text) if LEFT_TO_RIGHT_MARK in text else [text]
    # Every second part is such a name.
    return "".join(
        f"{LEFT_TO_RIGHT_MARK}{written_out(part)}{LEFT_TO_RIGHT_MARK}" if index % 2 else written_out(part)
        for index, part in enumerate(parts)
    )


def is_formula(cell: str) -> bool:
    """Return whether a spreadsheet could take a cell for a formula; numbers are not.

    >>> [is_formula(cell) for cell in ("=cmd", "-2.5", "-2+3", "@x", "Kidal", " =1", "\\0=1")]
    [True, False, True, True, False, True, True]
    """
    start = cell.lstrip(" \0")  # LibreOffice leaves zero bytes out
    if not unicodedata.normalize("NFKC", start[:1]).startswith(FORMULA_STARTS):
        return False
    try:
        float(cell)
    except ValueError:
        return True
    return False


def defused(cell: str) -> str:
    """Return a cell that no spreadsheet runs, wherever it splits a line.

    An apostrophe stands before each part that it could take for a formula.

    >>> defused("=cmd"), defused("Kidal"), defused("a;=cmd"), defused("a;b")
    ("'=cmd", 'Kidal', "a;'=cmd", 'a;b')
    """
    first, *parts = _SPLITS.split(cell)
    rest = "".join(f"'{part}" if index % 2 and is_formula(part) else part for index, part in enumerate(parts))
    return f"'{first}{rest}" if is_formula(cell) else first + rest


def defuse_csv(path: Path) -> None:
    """Put an apostrophe before every part of a CSV that a spreadsheet could run; a file without one is not touched.

    Raises `NotebookError` if it cannot be read.
    """
    content = path.read_bytes()
    if not _SUSPECT.search(content) and content.isascii():
        return
    csv.field_size_limit(_MOST_CELL_CHARACTERS)
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotebookError(
            f"{path.name} is no CSV in UTF-8 ({error}), and could hold formulas: nothing is published. Write it in"
            " UTF-8."
        ) from None
    safe = [[defused(cell) for cell in row] for row in rows]
    if safe == rows:
        return
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(safe)
    path.write_text(written.getvalue(), encoding="utf-8", newline="")
