"""What a hostile table could slip to a reader: formulas in CSV, and signs that reorder or hide text."""

import csv
import io
import re
import unicodedata
from pathlib import Path

# A spreadsheet runs a cell that starts with one of these; a leading apostrophe makes it text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "|", "%")
# Signs that reorder text around them, and those that have no business in a page: shown as they are written in Python.
REORDERING = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]
CONTROLS = [code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\r\t"]
# No characters, or halves of one: a file of slides may not hold them.
NONE = [0xFFFE, 0xFFFF, *range(0xD800, 0xE000)]
_SHOWN = {code: f"\\u{code:04x}" for code in (*REORDERING, *CONTROLS, *NONE)}
_SUSPECT = re.compile(rb'(?:^|[,"\n])[=+\-@\t\r|%]')


def visible(text: str) -> str:
    """Return text in which every sign that would reorder or hide text, or that a page may not hold, is written out.

    >>> visible("abc\\u202edef")
    'abc\\\\u202edef'
    """
    return text.translate(_SHOWN)


def is_formula(cell: str) -> bool:
    """Return whether a spreadsheet could take a cell for a formula; numbers are not.

    >>> [is_formula(cell) for cell in ("=cmd", "-2.5", "-2+3", "@x", "Kidal", " =1")]
    [True, False, True, True, False, True]
    """
    start = cell.lstrip(" ")
    if not unicodedata.normalize("NFKC", start[:1]).startswith(FORMULA_STARTS):
        return False
    try:
        float(cell)
    except ValueError:
        return True
    return False


def defused(cell: str) -> str:
    """Return a cell that no spreadsheet runs.

    >>> defused("=cmd"), defused("Kidal")
    ("'=cmd", 'Kidal')
    """
    return f"'{cell}" if is_formula(cell) else cell


def defuse_csv(path: Path) -> None:
    """Put an apostrophe before every cell of a CSV that a spreadsheet could run; a file without one is not touched."""
    content = path.read_bytes()
    if not _SUSPECT.search(content) and content.isascii():
        return
    csv.field_size_limit(max(csv.field_size_limit(), len(content)))  # a cell may hold the ids of ten thousand incidents
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    if not any(is_formula(cell) for row in rows for cell in row):
        return
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows([defused(cell) for cell in row] for row in rows)
    path.write_text(written.getvalue(), encoding="utf-8", newline="")
