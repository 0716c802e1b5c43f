"""What a hostile table could slip to a reader: formulas in CSV, and signs that reorder or hide text."""

import csv
import io
import re
import unicodedata
from pathlib import Path

from analysis.incidents.printing import as_json
from analysis.language import LEFT_TO_RIGHT_MARK, RIGHT_TO_LEFT

# A spreadsheet runs a cell that starts with one of these; a leading apostrophe makes it text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "|", "%")
# Signs that are shown as they are written in Python, from the first to the last of each kind. A class of ranges: one of
# single signs beyond U+FFFF is searched one by one for each sign of a page.
_HIDDEN_SPANS = (
    # Those that reorder text around them.
    *((0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069), (0x061C, 0x061C)),
    # Those that nobody sees: two names that differ by one of these look alike.
    *((0xAD, 0xAD), (0x180E, 0x180E), (0x200B, 0x200B), (0x2028, 0x2029), (0x2060, 0x2065), (0x206A, 0x206F)),
    *((0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0xE0000, 0xE0FFF)),
    # Controls but for tabs and ends of lines.
    *((0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x1F), (0x7F, 0x9F)),
    # No characters, or halves of one: a file of slides may not hold them.
    *((0xFFFE, 0xFFFF), (0xD800, 0xDFFF)),
)
_HIDDEN = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _HIDDEN_SPANS) + "]")
_UNMARKED = f"[^{LEFT_TO_RIGHT_MARK}\n]*"
_HELD_IN_ORDER = re.compile(f"{LEFT_TO_RIGHT_MARK}({_UNMARKED}{RIGHT_TO_LEFT.pattern}{_UNMARKED}){LEFT_TO_RIGHT_MARK}")
_SUSPECT = re.compile(rb'(?:^|[,;|"\n\t\r])[ ]*[=+\-@\t\r|%]')
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
        f"{LEFT_TO_RIGHT_MARK}{_written_out(part)}{LEFT_TO_RIGHT_MARK}" if index % 2 else _written_out(part)
        for index, part in enumerate(parts)
    )


def _written_out(text: str) -> str:
    return _HIDDEN.sub(lambda found: as_json(ord(found[0])), text)


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
    """Return a cell that no spreadsheet runs, wherever it splits a line.

    An apostrophe stands before each part that it could take for a formula.

    >>> defused("=cmd"), defused("Kidal"), defused("a;=cmd"), defused("a;b")
    ("'=cmd", 'Kidal', "a;'=cmd", 'a;b')
    """
    first, *parts = _SPLITS.split(cell)
    rest = "".join(f"'{part}" if index % 2 and is_formula(part) else part for index, part in enumerate(parts))
    return f"'{first}{rest}" if is_formula(cell) else first + rest


def defuse_csv(path: Path) -> None:
    """Put an apostrophe before every part of a CSV that a spreadsheet could run; a file without one is not touched."""
    content = path.read_bytes()
    if not _SUSPECT.search(content) and content.isascii():
        return
    csv.field_size_limit(_MOST_CELL_CHARACTERS)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    safe = [[defused(cell) for cell in row] for row in rows]
    if safe == rows:
        return
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(safe)
    path.write_text(written.getvalue(), encoding="utf-8", newline="")
