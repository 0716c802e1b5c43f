"""Tables in web pages, which many systems export under the name of a workbook, and in the XML of Excel 2003."""

import csv
import html
import io
import mmap
import re
from dataclasses import dataclass, field
from pathlib import Path

from analysis.incidents.errors import TableError
from analysis.incidents.files.delimited import DelimitedFile
from analysis.incidents.files.table import Layout
from analysis.language import say

_MOST_BYTES = 1 << 26
_MOST_CELLS = 20_000_000
_MOST_SPAN = 1 << 14
_MOST_NESTED = 50
_TOO_MANY = "{name} has more cells than a table can have, or a cell that spans too many. Save it as XLSX or CSV."
_TOKEN = re.compile(r"<!--|-->|<(/?)([A-Za-z][\w:]*)([^<>]*)>")
_SPANS = re.compile(r"""\b(colspan|rowspan|ss:index|ss:mergeacross|ss:mergedown)\s*=\s*["']?(\d+)""", re.IGNORECASE)
_CHARSET = re.compile(
    rb"""(?:charset|encoding)\s*=\s*["']?\s*((?:utf-|windows-|iso-8859-|cp|koi8-)[\w-]{1,12})""", re.IGNORECASE
)
_ROW, _CELL, _UNSEEN = ("tr", "row"), ("td", "th", "cell"), ("script", "style")


@dataclass
class _Table:
    rows: list[list[str]] = field(default_factory=list)
    text: list[str] | None = None  # of the cell that is open
    at: int = 0  # its column
    down: int = 1  # how many rows it takes
    across: int = 1  # and how many columns
    # By column the last row of a cell above, and its text.
    below: dict[int, tuple[int, str]] = field(default_factory=dict)
    n_cells: int = 0

    def new_row(self) -> None:
        self.end_row()
        self.rows.append([])

    def end_row(self) -> None:
        self.end_cell()
        if self.rows:
            self._fill(self.rows[-1])

    def new_cell(self, attributes: str) -> None:
        self.end_cell()
        if not self.rows:
            self.rows.append([])
        row, spans = self.rows[-1], {name.lower(): int(n) for name, n in _SPANS.findall(attributes)}
        n_before = len(row)
        self._fill(row)
        if "ss:index" in spans:
            row += [""] * min(spans["ss:index"] - 1 - len(row), _MOST_SPAN)
        across = spans.get("colspan", spans.get("ss:mergeacross", 0) + 1)
        self.at, self.text = len(row), []
        self.down = min(spans.get("rowspan", spans.get("ss:mergedown", 0) + 1), _MOST_SPAN)
        self.across = max(1, min(across, _MOST_SPAN))
        row += [""] * self.across
        self.n_cells += len(row) - n_before

    def end_cell(self) -> None:
        if self.text is None:
            return
        words = " ".join(html.unescape("".join(self.text)).split())
        # A text that is merged over rows is each row's; a number that is merged is nobody's.
        number = self.down > 1 and re.fullmatch(r"[\d.,\s]+", words)
        self.rows[-1][self.at] = "" if number else words
        if self.down > 1:
            last = len(self.rows) + self.down - 2
            self.below |= {self.at + n: (last, "" if number or n else words) for n in range(self.across)}
        self.text = None

    def _fill(self, row: list[str]) -> None:
        while len(row) in self.below and self.below[len(row)][0] >= len(self.rows) - 1:
            row.append(self.below[len(row)][1])


# Documents that look like web pages or tables and hold none that is read.
_KNOWN = {
    "<office:document": "an OpenDocument table as one XML file (FODS), which is not read; save it as ODS, XLSX or CSV",
    "<kml": "a map (KML), not a table; save its table as CSV, for instance with QGIS",
    "<gpx": "a track (GPX), not a table; save its points as CSV",
}


def open_markup(path: Path, content: "bytes | mmap.mmap", name: str, layout: Layout) -> DelimitedFile:
    """Open the table of a web page, or of a workbook that Excel saved as XML, as if it were text with delimiters.

    Raises `TableError` if there is no table, or several that may be meant.
    """
    what = "an XML document" if bytes(content[:200]).lstrip(b"\xef\xbb\xbf \t\r\n")[:5] == b"<?xml" else "a web page"
    if len(content) > _MOST_BYTES:
        raise TableError(f"{name} is {what} of {len(content):,} bytes. Save the table as XLSX or CSV.", path=path)
    text = _decoded(bytes(content))
    tables = [] if re.search(r"""type\s*=\s*["']?password""", text, re.IGNORECASE) else _tables_of(text, name, path)
    tables = [rows for rows in tables if len(rows) > 1 and max(map(len, rows)) > 1]
    fitting = [rows for rows in tables if any(map(layout.fits, rows[:40]))]
    if not tables:
        told = ", perhaps a log-in or error page saved in place of the table" if what == "a web page" else ""
        for mark, known in _KNOWN.items():
            if mark in text[:2000]:
                raise TableError(f"{name} is {known}.", path=path)
        raise TableError(
            f"{name} is {what}{told}, not a table. Expected CSV (also .gz, .zip), Parquet, JSON records, Excel, ODS, or"
            " a web page with a table.",
            path=path,
        )
    rows = max(fitting or tables, key=lambda held: sum(bool(cell) for row in held for cell in row))
    width = max(map(len, rows))
    if len(rows) * width > _MOST_CELLS:
        raise TableError(_TOO_MANY.format(name=name), path=path)
    made = io.StringIO()
    csv.writer(made, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [*row, *[""] * (width - len(row))] for row in rows
    )
    opened = DelimitedFile.open(path, made.getvalue().encode(), name, layout)
    opened.encoding = what.split(" ", 1)[1]
    opened.notes.insert(
        0,
        say(
            "the file is a web page or XML under the name of a table; of its tables ({n}) the one with {rows} rows was"
            " read",
            n=len(tables),
            rows=len(rows),
        ),
    )
    return opened


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    said = _CHARSET.search(content[:4096])
    for encoding in ("utf-8-sig", said[1].decode() if said else "cp1252", "cp1252"):
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("cp1252", errors="replace")


def _tables_of(text: str, name: str, path: Path) -> list[list[list[str]]]:
    """Return the rows of each table; what stands in a table within a table is the inner one's."""
    done: list[_Table] = []
    held: list[_Table] = []
    unseen, position = "", 0
    for token in _TOKEN.finditer(text):
        if held and held[-1].text is not None and not unseen:
            held[-1].text.append(text[position : token.start()])
        position = token.end()
        closes, tag = token[1] == "/", (token[2] or token[0]).lower().rpartition(":")[2]
        if unseen:
            unseen = "" if (closes and tag == unseen) or tag == unseen == "-->" else unseen
        elif tag == "<!--" or (tag in _UNSEEN and not closes):
            unseen = "-->" if tag == "<!--" else tag
        elif tag == "table":
            if closes and held:
                held[-1].end_row()
                done.append(held.pop())
            elif not closes:
                held.append(_Table())
                if len(held) > _MOST_NESTED:
                    return []
        elif not held or (closes and tag not in _CELL):
            continue
        elif tag in _ROW:
            held[-1].new_row()
        elif tag in _CELL:
            held[-1].end_cell() if closes else held[-1].new_cell(token[3])
            if held[-1].n_cells > _MOST_CELLS:
                raise TableError(_TOO_MANY.format(name=name), path=path)
        elif held[-1].text is not None and tag in ("br", "p", "div", "li"):
            held[-1].text.append(" ")
    for table in held:
        table.end_row()
    return [[row for row in table.rows if row] for table in (*done, *held)]
