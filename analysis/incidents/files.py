"""Tables as they lie on disk: which format, which encoding, which columns; records numbered as a spreadsheet does.

A clean file takes the fast way, through Arrow's own parsers. A file that those refuse (ragged rows, blank lines)
is read record by record, with the same result for its sound rows.
"""

import csv
import errno
import io
import json
import mmap
import os
import re
import shutil
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, partial
from gzip import BadGzipFile, GzipFile
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv

from analysis.incidents.apart import Apart
from analysis.incidents.errors import TableError
from analysis.incidents.problems import SET_ASIDE
from analysis.incidents.sidefiles import note_file
from analysis.incidents.terms import placeholder, term
from analysis.language import message, say, say_count

if TYPE_CHECKING:
    import pandas as pd

# How publishers and programs write "no value". Only a country may be called NA (Namibia), see `Cells.text`.
MISSING = ("", "NA", "N/A", "#N/A", "NaN", "nan", "NaT", "null", "NULL", "<NA>", "None")

_DOCUMENTS = (".pdf", ".md", ".html", ".htm", ".docx")
_DELIMITERS = ",;\t|"
_TEXT = pa.large_string()
_BLOCK_BYTES = 1 << 22
_PART_BYTES, _READERS = 1 << 24, 4
_PARSED_BYTES = 1 << 21  # at once: they and what is made of them stay near the processor
# What a small hostile or broken file may grow to. The largest tables of the publishers unpack to some 2 GB, at 5 to 20
# times.
_MOST_BYTES = 1 << 32
_ALWAYS_ALLOWED_BYTES = 1 << 28
_MOST_TIMES = 100
_MOST_NESTED = 2
MOST_JSON_COLUMNS = 20_000
# A larger file is copied to disk, not into memory, before it is read.
_MOST_BYTES_IN_MEMORY = 1 << 28
_MOST_ROWS = 50_000_000
_SAMPLE_ROWS = 1 << 15
_TAIL_BYTES = 1 << 20
_MOST_JSON_BYTES = 1 << 29
_MOST_CELL_CHARACTERS = 1 << 24
_NOT_TABLES = {
    b"%PDF": "a PDF document",
    b"<htm": "a web page, perhaps a log-in or error page saved in place of the table",
    b"<!do": "a web page, perhaps a log-in or error page saved in place of the table",
    b"<?xm": "an XML document",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ": "compressed with xz",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"SQLi": "an SQLite database",
}


@dataclass(frozen=True)
class RawTable:
    """Columns as read, none interpreted yet.

    Attributes
    ----------
    columns
        Name (as in the file) to Arrow array; all of one length.
    row
        Each record's number in the file, the header being row 1.
    lost
        Records that cannot be laid under the header, as ``PROBLEM_COLUMNS`` tuples.
    notes
        What a user should know of how the file was read.
    """

    columns: dict[str, pa.Array]
    row: np.ndarray
    lost: tuple[tuple[int, str, str, str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def keep(self, mask: np.ndarray) -> "RawTable":
        """Return the records where ``mask`` holds."""
        chosen = pa.array(mask)
        columns = {name: column.filter(chosen) for name, column in self.columns.items()}
        return RawTable(columns, self.row[mask], self.lost, self.notes)


@dataclass(frozen=True)
class Layout:
    """Where in a file its table is, as far as the user or the columns that are looked for say.

    Attributes
    ----------
    sheet
        The sheet of a workbook; ``""``: the one that holds the table.
    header_row
        The row that holds the columns' names, the first being 1; 0: found by itself; -1: there is none, and columns are
        called ``column_1``, ``column_2``, ...
    fits
        Tells whether a row of texts names the columns that are looked for.
    """

    sheet: str = ""
    header_row: int = 0
    fits: Callable[[Sequence[str]], bool] = lambda _names: False


@dataclass
class TableFile:
    """A file whose header is known; columns are read when asked for."""

    path: Path
    header: list[str]
    encoding: str
    notes: list[str] = field(default_factory=list)
    pushes_selection = False
    state: "FileState | None" = None

    def refuse_changed(self) -> None:
        """Refuse a file that was written to since its reading began; see `FileState`."""
        if self.state is not None:
            self.state.refuse_changed()

    def read(self, texts: Collection[str], numbers: Collection[str], keep: np.ndarray | None = None) -> RawTable:
        """Return the columns named, of all records or of those where ``keep`` holds.

        Columns of ``numbers`` come back as text where some cell is not a number.
        """
        raise NotImplementedError


def open_table(path: str | Path, layout: Layout = Layout()) -> TableFile:
    """Open a CSV, TSV, gzip, zip, Parquet, JSON, Excel or ODS file, told by its content rather than by its name.

    Parameters
    ----------
    path
        The file.
    layout
        Where in it the table is.

    Raises
    ------
    TableError
        If there is no such file, or it holds no table, or several.
    """
    path = Path(path)
    if not path.exists():
        near = sorted(other.name for other in path.parent.glob(f"*{path.suffix}"))[:5] if path.parent.is_dir() else []
        folder = "The folder" if str(path.parent) == "." else f"{path.parent}"
        hint = f" {folder} holds {', '.join(near)}." if near else " Check the path."
        raise TableError(f"{path} does not exist.{hint}", path=path)
    if path.is_dir():
        raise TableError(f"{path} is a folder, not a table. Give one file in it.", path=path)
    if path.exists() and not path.is_file():  # opening a pipe would wait for whoever writes to it
        raise TableError(f"{path} is no file but a device or a pipe. Save the table as a file.", path=path)
    if path.stat().st_size == 0:
        raise TableError(f"{path.name} is empty (0 bytes). Download or export it again.", path=path)
    content, state = read_privately(path)
    if isinstance(content, bytes) and len(content) <= _BLOCK_BYTES:  # files beside a table are small
        note_file(path, content)
    table = _open_content(path, content, path.name, layout)
    table.state = state
    return table


@dataclass(frozen=True)
class FileState:
    """What a file was when it was read: its size, times and hash. Later changes of the file change nothing that was
    read.
    """

    path: Path
    n_bytes: int
    modified_ns: int
    inode: int
    _digest: Callable[[], str]

    @cached_property
    def sha256(self) -> str:
        """The sha256 of what was read, in hexadecimal."""
        return self._digest()

    def hashed(self) -> Callable[[], str]:
        """Return what gives the sha256; that of a large file is begun now and waited for when it is asked for."""
        if isinstance(self._digest, _Digest):
            self._digest.begin()
            return self._digest
        return partial(str, self.sha256)

    def refuse_changed(self) -> None:
        """Refuse a file that was written to since its reading began: what was read may be half of the old and half of
        the new.

        Raises
        ------
        TableError
            If it is the same file with another size or time. One that was replaced or removed as a whole was read
            whole.
        """
        try:
            now = self.path.stat()
        except OSError:
            return
        if now.st_ino == self.inode and (now.st_size, now.st_mtime_ns) != (self.n_bytes, self.modified_ns):
            _refuse_changed(self.path)


class _Digest:
    """The sha256 of a content that nobody can change, made beside other work."""

    def __init__(self, content: "bytes | mmap.mmap") -> None:
        self._content = content
        self._begun: Future[str] | None = None

    def begin(self) -> None:
        if self._begun is None:
            worker = ThreadPoolExecutor(1)
            self._begun = worker.submit(lambda content: sha256(content).hexdigest(), self._content)
            self._content = b""
            worker.shutdown(wait=False)

    def __call__(self) -> str:
        self.begin()
        assert self._begun is not None
        return self._begun.result()

    def __reduce__(self) -> tuple[object, ...]:
        return partial, (str, self())


def read_privately(path: Path) -> "tuple[bytes | mmap.mmap, FileState]":
    """Return a file's content as a copy that nobody else can change or cut short, and what the file was.

    A small file is copied into memory, a large one into a file without a name, or into memory where there is no room
    for that.

    Raises
    ------
    TableError
        If the file is none, cannot be read, or is written to meanwhile.
    """
    try:
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            content = _copy(file) if before.st_size > _MOST_BYTES_IN_MEMORY else _in_memory(file, before.st_size)
            after = os.fstat(file.fileno())
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror or error}.", path=path) from None
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(content) != after.st_size:
        _refuse_changed(path)
    large = len(content) > _BLOCK_BYTES
    digest = _Digest(content) if large else partial(str, sha256(content).hexdigest())
    return content, FileState(path, after.st_size, after.st_mtime_ns, after.st_ino, digest)


def _in_memory(file: "io.BufferedReader", n_bytes: int) -> "bytes | mmap.mmap":
    """Return a file's content, read in parts side by side where it is large; short where the file was cut meanwhile."""
    if n_bytes <= _BLOCK_BYTES or not hasattr(os, "preadv"):
        return file.read()
    content = mmap.mmap(-1, n_bytes)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):
            content.madvise(mmap.MADV_HUGEPAGE)

    def fill(start: int) -> int:
        with memoryview(content) as whole, whole[start : start + _PART_BYTES] as part:
            done = 0
            while done < len(part):
                with part[done:] as rest:
                    n_read = os.preadv(file.fileno(), [rest], start + done)
                if n_read == 0:
                    break
                done += n_read
            return done

    with ThreadPoolExecutor(_READERS) as workers:
        n_read = sum(workers.map(fill, range(0, n_bytes, _PART_BYTES)))
    return content if n_read == n_bytes else b""


def _copy(file: IO[bytes]) -> "bytes | mmap.mmap":
    try:
        with TemporaryFile() as private:
            shutil.copyfileobj(file, private, _BLOCK_BYTES)
            private.flush()
            return mmap.mmap(private.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.ENOENT):
            raise
    file.seek(0)
    return file.read()


def _refuse_changed(path: Path) -> None:
    raise TableError(f"{path.name} was written to while it was read. Run again when it is complete.", path=path)


def _open_content(path: Path, content: "bytes | mmap.mmap", name: str, layout: Layout, depth: int = 0) -> TableFile:
    start = content[:8]
    if depth > _MOST_NESTED:
        raise TableError(f"{name} is packed more than {_MOST_NESTED} times over. Unpack it first.", path=path)
    if start.startswith(b"\x1f\x8b"):
        try:
            unpacked = _unpack(path, GzipFile(fileobj=io.BytesIO(content)), len(content), name)
        except (BadGzipFile, EOFError, zlib.error, OSError) as error:
            raise TableError(f"{name} is a damaged gzip file ({error}). Download it again.", path=path) from None
        return _open_content(path, unpacked, name, layout, depth + 1) if unpacked else _refuse_empty(path, name)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _open_zip(path, content, name, layout, depth)
    if start.startswith(b"PAR1"):
        return _ParquetFile.open(path, content, name)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return _ExcelFile.open(path, content, name, layout)
    for magic, what in _NOT_TABLES.items():
        if start.lower().startswith(magic.lower()):
            raise TableError(
                f"{name} is {what}, not a table. Expected CSV (also .gz, .zip), Parquet, JSON records, Excel or ODS.",
                path=path,
            )
    if bytes(content[:4096]).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _JsonFile.open(path, content, name)
    return _DelimitedFile.open(path, content, name, layout)


def _unpack(path: Path, packed: "IO[bytes] | GzipFile", n_packed: int, name: str) -> bytes:
    """Unpack to the end, but never to more than a table of that packed size can be."""
    most = min(_MOST_BYTES, max(_ALWAYS_ALLOWED_BYTES, _MOST_TIMES * n_packed))
    blocks, n_bytes = [], 0
    while block := packed.read(1 << 22):
        n_bytes += len(block)
        if n_bytes > most:
            raise TableError(
                f"{name} holds {n_packed:,} bytes and unpacks to more than {most:,}, which no incident table does. "
                "Download it again, or unpack it yourself and give the table.",
                path=path,
            )
        blocks.append(block)
    return b"".join(blocks)


def _open_zip(path: Path, content: "bytes | mmap.mmap", name: str, layout: Layout, depth: int) -> TableFile:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if {"[Content_Types].xml", "mimetype"} & set(archive.namelist()):
                return _ExcelFile.open(path, content, name, layout)
            inside = [
                entry.filename
                for entry in archive.infolist()
                if not entry.is_dir()
                and not entry.filename.startswith("__MACOSX/")
                and not Path(entry.filename).name.startswith(".")
            ]
            tables = [entry for entry in inside if Path(entry).suffix.lower() not in _DOCUMENTS]
            if len(tables) > 1:
                tables = [entry for entry in tables if Path(entry).suffix.lower() != ".txt"]
            if len(tables) != 1:
                listed = ", ".join((tables or inside)[:10]) or "nothing"
                raise TableError(
                    f"{name} holds {len(tables)} tables: {listed}. Expected one. "
                    "Unpack it and give the file that is meant.",
                    path=path,
                )
            with archive.open(tables[0]) as packed:
                unpacked = _unpack(path, packed, len(content), name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise TableError(f"{name} is a zip file that cannot be unpacked ({error}).", path=path) from None
    inner = f"{name}:{tables[0]}"
    return _open_content(path, unpacked, inner, layout, depth + 1) if unpacked else _refuse_empty(path, inner)


def _refuse_empty(path: Path, name: str) -> TableFile:
    raise TableError(f"{name} is empty. Download or export it again.", path=path)


def _checked_header(path: Path, name: str, cells: list[str], *, row: int = 1) -> list[str]:
    header = [cell.strip().lstrip("\N{ZERO WIDTH NO-BREAK SPACE}") for cell in cells]
    if not any(header):
        where = "its first row" if row == 1 else f"row {row}"
        raise TableError(
            f"{name} has no column names in {where}. Name the row that has them: {placeholder('header_row', 'N')}.",
            path=path,
        )
    return header


def _is_tag_row(cells: Collection[object]) -> bool:
    """Tell whether a row holds HXL tags (``#date+start``): nothing but tags and empty cells."""
    filled = [str(cell).strip() for cell in cells if cell is not None and str(cell).strip()]
    return bool(filled) and all(cell.startswith("#") and len(cell) > 1 for cell in filled)


@dataclass(frozen=True)
class _Header:
    header: list[str]
    skipped: int
    notes: list[str]
    headless: bool = False


_MOST_ROWS_ABOVE = 40  # a header is looked for in so many rows


def _find_header(records: Sequence[Sequence[str]], layout: Layout, *, path: Path, name: str) -> _Header:
    """Return the columns' names: in the row that is named, the one that has the columns looked for, or the first row
    under a title.
    """
    if layout.header_row < 0:
        width = max(map(len, records), default=0)
        return _Header(
            _numbered(width),
            0,
            [say("the file has no header: its columns are called column_1, column_2, ...")],
            headless=True,
        )
    if layout.header_row > len(records):
        raise TableError(
            f"{name}: {term('header_row', layout.header_row)} is beyond its first {len(records)} rows.", path=path
        )
    at = layout.header_row - 1 if layout.header_row else _header_index(records, layout)
    header = _checked_header(path, name, list(records[at]) if records else [""], row=at + 1)
    if not layout.header_row and not layout.fits(header) and _holds_values(header):
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
                "the header was found in row {row}, under {n} row of other text",
                "the header was found in row {row}, under {n} rows of other text",
                len(above) or at,
                row=at + 1,
            )
        ]
        if above and not layout.header_row
        else []
    )
    return _Header(header, at, said)


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
        if any(cell.strip() in names for cell in records[first] if cell.strip()) and _holds_values(records[below + 1]):
            return below
    return first


def _may_be_names(cells: Sequence[str]) -> bool:
    names = [cell.strip() for cell in cells if cell.strip()]
    return len(set(names)) == len(names) and not _holds_values(cells)


_LEAST_COLUMNS = 3


def _holds_values(cells: Sequence[str]) -> bool:
    """Tell whether a row holds values in place of names: a whole date, or numbers in most of its cells."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    numbers = sum(bool(_NUMBER.fullmatch(cell)) for cell in filled)
    return any(_A_DAY.fullmatch(cell) for cell in filled) or (len(filled) > 1 and numbers * 2 > len(filled))


_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_A_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?|\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{1,2}[ -][^\W\d]{3,9}[ -]\d{4}")


def _numbered(width: int) -> list[str]:
    return [f"column_{number}" for number in range(1, width + 1)]


_TAG_NOTE = message("row 2 holds HXL tags and is not counted as data")
_TAGS_BELOW = message("the row under the header holds HXL tags and is not counted as data")


# --- text -------------------------------------------------------------------------------------------------------


@dataclass
class _DelimitedFile(TableFile):
    content: "bytes | mmap.mmap" = b""
    offset: int = 0
    delimiter: str = ","
    tagged: bool = False
    skipped: int = 0  # rows above the header
    headless: bool = False

    @classmethod
    def open(cls, path: Path, content: "bytes | mmap.mmap", name: str, layout: Layout) -> "_DelimitedFile":
        notes: list[str] = []
        head = bytes(content[: 1 << 20])
        encoding, offset = "utf-8", 0
        if head.startswith(b"\xef\xbb\xbf"):
            encoding, offset = "utf-8 with BOM", 3
        elif head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head[:64]:
            encoding = "utf-16" if head[0] >= 0xFE else ("utf-16-be" if head[0] == 0 else "utf-16-le")
            try:
                content = bytes(content).decode(encoding).encode("utf-8")
            except UnicodeDecodeError as error:
                raise TableError(
                    f"{name} looks like {encoding} text but cannot be decoded ({error.reason} at byte {error.start}). "
                    "Save it as UTF-8.",
                    path=path,
                ) from None
            head = content[: 1 << 20]
            notes.append(say("the file is {encoding} text; the usual encoding is UTF-8", encoding=encoding))
        text, _ = _decode(head[offset:])
        try:
            delimiter, records, n_lines = _first_records(text, layout)
        except csv.Error as error:
            raise TableError(f"{name} is not a table of text: {error}.", path=path) from None
        if unquoted := _unquoted(text, records):
            notes.append(say("every line is quoted as a whole, and was read without these quotation marks"))
            content, offset = unquoted(bytes(content[offset:])), 0
            head = content[: 1 << 20]
            delimiter, records, n_lines = _first_records(head.decode(errors="replace"), layout)
        found = _find_header(records, layout, path=path, name=name)
        notes += found.notes
        if found.skipped:
            offset += _bytes_of_lines(head[offset:], n_lines[found.skipped - 1])
        below = records[found.skipped + (not found.headless) :]
        tagged = _is_tag_row(next((record for record in below if record), []))
        if tagged:
            notes.append(say(_TAGS_BELOW if found.skipped else _TAG_NOTE))
        return cls(
            path, found.header, encoding, notes, content=content, offset=offset, delimiter=delimiter, tagged=tagged,
            skipped=found.skipped,
            headless=found.headless,
        )  # fmt: skip

    def read(self, texts: Collection[str], numbers: Collection[str], keep: np.ndarray | None = None) -> RawTable:
        wanted = [*texts, *numbers]
        table = self._read_clean(texts, numbers)
        if table is not None and not _has_blank_row(table) and self._ends_as_read(table):
            n_before = self.skipped + self.n_head
            row = np.arange(n_before + 1, n_before + 1 + len(table), dtype=np.int64)
            with ThreadPoolExecutor() as workers:
                columns = dict(zip(wanted, workers.map(_compact, map(table.column, wanted)), strict=True))
            raw = RawTable(columns, row, (), tuple(self.notes))
            return raw if keep is None else raw.keep(keep)
        raw = self._read_carefully(wanted, numbers)
        return raw if keep is None else raw.keep(keep)

    @property
    def n_head(self) -> int:
        """Rows from the header, if there is one, to the first row of data."""
        return (not self.headless) + self.tagged

    def _read_clean(self, texts: Collection[str], numbers: Collection[str]) -> pa.Table | None:
        """Read by Arrow, from the strictest reading to the most lenient; ``None`` where every one refuses."""
        if len(self.header) == 1:
            return None  # an empty cell and a blank line cannot be told apart
        times = Counter(self.header)
        names = [name if times[name] == 1 else f"{name}\0{index}" for index, name in enumerate(self.header)]
        as_numbers = dict.fromkeys(texts, _TEXT) | dict.fromkeys(numbers, pa.float64())
        ways = ((False, as_numbers), (True, as_numbers), (True, dict.fromkeys(as_numbers, _TEXT)))
        in_header = any("\n" in name or "\r" in name for name in self.header)
        for in_values, types in ways[in_header:]:
            source = pa.BufferReader(pa.py_buffer(self.content).slice(self.offset))
            with suppress(pa.ArrowInvalid):
                return pyarrow.csv.read_csv(
                    source,
                    read_options=pyarrow.csv.ReadOptions(
                        column_names=names, skip_rows_after_names=self.n_head, block_size=_PARSED_BYTES
                    ),
                    parse_options=pyarrow.csv.ParseOptions(
                        delimiter=self.delimiter, newlines_in_values=in_values, ignore_empty_lines=False
                    ),
                    convert_options=pyarrow.csv.ConvertOptions(
                        include_columns=list(types), column_types=types, null_values=list(MISSING)
                    ),
                )
        return None

    def _ends_as_read(self, table: pa.Table) -> bool:
        """Tell whether the file's last line is the last record: a quotation mark never closed would swallow the lines
        after it.
        """
        if len(table) == 0:
            return True
        end = bytes(self.content[-_TAIL_BYTES:]).decode(errors="replace").rstrip("\r\n")
        line = re.split(r"[\r\n]", end)[-1]
        record = next(csv.reader([line], delimiter=self.delimiter), [])
        last = table.slice(len(table) - 1).to_pylist()[0]
        return len(record) == len(self.header) and all(
            record[self.header.index(name)] == value for name, value in last.items() if isinstance(value, str)
        )

    def _read_carefully(self, wanted: list[str], numbers: Collection[str]) -> RawTable:
        text, n_odd = _decode(bytes(self.content[self.offset :]))
        if n_odd:
            n_foreign = sum(not character.isascii() for character in text)
            self.encoding = "cp1252" if n_odd == n_foreign else "utf-8 mixed with cp1252"
            self.notes.append(
                say(
                    "{n} bytes are not UTF-8 and were read as Windows-1252 (cp1252); check the accents in names, or"
                    " save as UTF-8",
                    n=n_odd,
                )
            )
            self.content, self.offset = text.encode(), 0
            return self.read([name for name in wanted if name not in numbers], numbers)
        positions = [self.header.index(name) for name in wanted]
        cells: list[list[str]] = [[] for _ in wanted]
        rows: list[int] = []
        lost = []
        n_blank = 0
        width = len(self.header)
        for number, record in _records(text, self.delimiter, self.path):
            if number <= self.n_head:
                continue
            number += self.skipped
            if not record:
                n_blank += 1
            elif len(record) < width or any(record[width:]):
                lost.append(_ragged(number, record, width))
            else:
                rows.append(number)
                for column, position in zip(cells, positions, strict=True):
                    column.append(record[position])
        notes = [*self.notes, say("{n} blank lines are not counted as data", n=n_blank)] if n_blank else self.notes
        columns = {
            name: pa.array(values, _TEXT).dictionary_encode() for name, values in zip(wanted, cells, strict=True)
        }
        return RawTable(columns, np.array(rows, dtype=np.int64), tuple(lost), tuple(notes))


def _unquoted(text: str, records: list[list[str]]) -> Callable[[bytes], bytes] | None:
    """Return how to read a text whose every line is one quoted cell that holds the delimiters, or ``None`` where it is
    not so.
    """
    lines = [record for record in records if record]
    if len(lines) < 2 or any(len(record) != 1 for record in lines) or not text.lstrip().startswith('"'):
        return None
    if not any(all(sign in record[0] for record in lines) for sign in _DELIMITERS):
        return None

    def read(content: bytes) -> bytes:
        rows = csv.reader(io.StringIO(_decode(content)[0], newline=""))
        return "".join(f"{','.join(row)}\n" for row in rows).encode()

    return read


def _has_blank_row(table: pa.Table) -> bool:
    """Tell whether some row has no value at all in the columns read, as a blank line would."""
    filled = np.zeros(len(table), dtype=bool)
    for column in table.columns:
        if filled.all():
            return False
        numbers = pa.types.is_floating(column.type)
        here = column.is_valid() if numbers else pa.compute.not_equal(column, pa.scalar("", column.type))
        filled |= here.to_numpy()
    return not filled.all()


def _first_records(text: str, layout: Layout) -> tuple[str, list[list[str]], list[int]]:
    """Return the delimiter, the first records, and for each how many lines end with it; a line ``sep=;`` says its
    delimiter and is none.
    """
    csv.field_size_limit(_MOST_CELL_CHARACTERS)
    said = re.match(r'\s*"?sep=([,;|\t])"?[ \t]*(\r\n|\r|\n)', text, flags=re.IGNORECASE)
    first = said[1] if said else _sniff_delimiter(text.lstrip())
    found = _records_by(text, first, layout, said=bool(said))
    if said or any(layout.fits(record) for record in found[1]) or _is_table(found[1]):
        return found
    # The first line tells, unless it is a title above a table with another delimiter.
    others = []
    for delimiter in _DELIMITERS.replace(first, ""):
        with suppress(csv.Error):
            others.append(_records_by(text, delimiter, layout))
    fitting = [other for other in others if any(layout.fits(record) for record in other[1])]
    tables = [other for other in others if _is_table(other[1]) and max(map(len, other[1]), default=0) > 1]
    return (fitting or tables or [found])[0]


def _records_by(
    text: str, delimiter: str, layout: Layout, *, said: bool = False
) -> tuple[str, list[list[str]], list[int]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records, lines = [], []
    try:
        for record in islice(reader, max(_MOST_ROWS_ABOVE, layout.header_row + 1)):
            records.append(record)
            lines.append(reader.line_num)
    except csv.Error:
        if not records:
            raise
    return delimiter, [[], *records[1:]] if said else records, lines


def _is_table(records: Sequence[Sequence[str]]) -> bool:
    widths = Counter(len(record) for record in records if record)
    if not widths:
        return True
    width, times = widths.most_common(1)[0]
    return times * 2 > sum(widths.values()) and (width > 1 or len(widths) == 1)


def _bytes_of_lines(content: bytes, n_lines: int) -> int:
    """Return how many bytes the first lines take, with their ends."""
    position = 0
    for _ in range(n_lines):
        end = _LINE_END.search(content, position)
        if end is None:
            return len(content)
        position = end.end()
    return position


_LINE_END = re.compile(rb"\r\n|\r|\n")


def _sniff_delimiter(text: str) -> str:
    first_line = text.partition("\n")[0].partition("\r")[0]
    outside_quotes = "".join(first_line.split('"')[::2])
    counts = Counter(character for character in outside_quotes if character in _DELIMITERS)
    return counts.most_common(1)[0][0] if counts else ","


def _decode(content: bytes) -> tuple[str, int]:
    """Return text and how many bytes were not UTF-8 and were taken as Windows-1252."""
    try:
        return content.decode("utf-8"), 0
    except UnicodeDecodeError:
        escaped = content.decode("utf-8", errors="surrogateescape")
        odd = {code: bytes([code - 0xDC00]) for code in range(0xDC80, 0xDD00)}
        n_odd = sum(count for character, count in Counter(escaped).items() if ord(character) in odd)
        table = {code: byte.decode("cp1252", errors="ignore") or byte.decode("latin-1") for code, byte in odd.items()}
        return escaped.translate(table), n_odd


def _records(text: str, delimiter: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield every record with its number, blank lines too."""
    csv.field_size_limit(_MOST_CELL_CHARACTERS)
    lines = io.StringIO(text, newline="")
    record: list[str] = []
    reader = csv.reader(lines, delimiter=delimiter)
    number = 0
    n_lines = n_lines_before = 0
    try:
        for record in reader:
            number += 1
            n_lines_before, n_lines = n_lines, reader.line_num
            yield number, record
        if any("\n" in cell or "\r" in cell for cell in record):
            _refuse_open_quote(text, n_lines_before, number, path)
    except csv.Error as error:
        raise TableError(f"{path.name}: row {number + 1} cannot be read: {error}.", path=path) from None


def _refuse_open_quote(text: str, n_lines: int, number: int, path: Path) -> None:
    rest = "".join(islice(io.StringIO(text, newline=""), n_lines, None))
    if rest.count('"') % 2:
        raise TableError(
            f"{path.name}: a quotation mark that row {number} opens is never closed, so that"
            f" {len(rest.splitlines()) - 1:,} "
            f'lines after it cannot be told apart. Close or double the " in row {number}.',
            path=path,
        )


def _ragged(number: int, record: list[str], width: int) -> tuple[int, str, str, str, str]:
    start = " | ".join(record[:3])
    return (
        number,
        "(whole row)",
        start if len(start) <= 80 else start[:77] + "...",
        f"has {len(record)} fields where the header has {width}",
        SET_ASIDE,
    )


def _compact(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array, and as codes into distinct texts where these are few."""
    if pa.types.is_large_string(column.type):
        sample = column.slice(0, _SAMPLE_ROWS)
        if pa.compute.count_distinct(sample).as_py() * 2 <= len(sample):
            column = column.dictionary_encode()
    return _one_array(column)


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    if isinstance(combined, pa.ChunkedArray):
        combined = combined.chunk(0) if combined.num_chunks else pa.array([], column.type)
    return combined


# --- frames -----------------------------------------------------------------------------------------------------


@dataclass
class _FrameFile(TableFile):
    """A pandas DataFrame in place of a file: the same contract, its rows numbered as if under a header."""

    frame: "pd.DataFrame" = field(kw_only=True)

    def read(self, texts: Collection[str], numbers: Collection[str], keep: np.ndarray | None = None) -> RawTable:
        columns = {name: _frame_column(self.frame.iloc[:, self.header.index(name)]) for name in (*texts, *numbers)}
        raw = RawTable(columns, np.arange(2, len(self.frame) + 2, dtype=np.int64), (), tuple(self.notes))
        return raw if keep is None else raw.keep(keep)


FRAME_NAME = "DataFrame"


def open_frame(frame: "pd.DataFrame") -> TableFile:
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
            for part in _frame_column(frame.iloc[:, position]).cast(_TEXT).to_pylist():
                hashed.update(b"\0" if part is None else part.encode() + b"\1")
        return hashed.hexdigest()

    made = _FrameFile(path, header, "frame", [], frame=frame)
    made.state = FileState(path, int(frame.memory_usage(deep=False).sum()), 0, -1, digest)
    return made


def write_frame(frame: "pd.DataFrame", folder: Path) -> Path:
    """Write a DataFrame as a Parquet file that is read as the frame is, and return the file's path."""
    from pyarrow import parquet

    opened = open_frame(frame)
    raw = opened.read(opened.header, ())
    made = folder / f"{FRAME_NAME}.parquet"
    parquet.write_table(pa.table({name: raw.columns[name] for name in opened.header}), made)
    return made


def _frame_column(column: "pd.Series") -> pa.Array:
    if column.dtype == "object" or str(column.dtype) == "category":
        cells = [_frame_text(cell) for cell in column.astype("object")]
        return pa.array(cells, _TEXT).dictionary_encode()
    if str(column.dtype).startswith("period["):  # "2024-03-05" or "2024-03", as text says it
        column = column.astype("str").where(column.notna(), None)
    try:
        array = pa.array(column, from_pandas=True)
    except pa.ArrowException:  # a kind of value that no table has
        return pa.array([str(cell) for cell in column], _TEXT).dictionary_encode()
    array = _one_array(array) if isinstance(array, pa.ChunkedArray) else array
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return array.cast(_TEXT).dictionary_encode()
    return array


def _frame_text(cell: object) -> str | None:
    if cell is None or cell != cell:  # NaN and NaT are not themselves
        return None
    if isinstance(cell, bool | np.bool_):  # no number
        return "true" if cell else "false"
    if isinstance(cell, float | np.floating):
        return repr(int(cell)) if float(cell).is_integer() else repr(float(cell))
    return cell.isoformat() if isinstance(cell, date) else str(cell)  # a datetime and a Timestamp are dates too


# --- JSON -------------------------------------------------------------------------------------------------------


@dataclass
class _JsonFile(TableFile):
    """A list of flat records, as the publishers' interfaces answer."""

    records: list[dict[str, object]] = field(default_factory=list)

    @classmethod
    def open(cls, path: Path, content: "bytes | mmap.mmap", name: str) -> "_JsonFile":
        if len(content) > _MOST_JSON_BYTES:
            raise TableError(
                f"{name} has {len(content):,} bytes of JSON; at most {_MOST_JSON_BYTES:,} are read. Save it as CSV.",
                path=path,
            )
        try:
            text = bytes(content).decode("utf-8-sig")
            document, twice = _parse_json(text)
        except RecursionError:
            raise TableError(f"{name} is deeply nested JSON, not a table. Save the table as CSV.", path=path) from None
        except ValueError as error:
            raise TableError(
                f"{name} is JSON and not a table that can be read ({str(error)[:120]}). Download it again.", path=path
            ) from None
        records, notes = _list_of_records(document)
        if twice:
            notes.append(
                say(
                    "{n} records have a key twice ({names}): where its values differ neither is taken",
                    n=len(twice),
                    names=", ".join(dict.fromkeys(twice)),
                )
            )
        if records is None:
            raise TableError(
                f"{name} is JSON without a list of flat records{_answer_of(document)}. Expected [{{...}}, ...], or the"
                " answer of ACLED (data) or UCDP (Result). Save the records as CSV (ACLED: _format=csv; UCDP: its"
                " download page).",
                path=path,
            )
        header = list(dict.fromkeys(key for record in records for key in record))
        if len(header) > MOST_JSON_COLUMNS:
            raise TableError(
                f"{name} has {len(header):,} different keys in its records; a table has at most {MOST_JSON_COLUMNS:,}.",
                path=path,
            )
        held: Counter[str] = Counter()
        lists: Counter[str] = Counter()
        for record in records:
            for key, value in record.items():
                held[key] += value is not None
                lists[key] += isinstance(value, dict | list)
        # One odd cell among values is a bad value of its row; a column of lists is no column of a table.
        nested = [key for key in header if lists[key] and 2 * lists[key] >= held[key]]
        if nested:
            notes.append(say("columns that hold lists or records are not read: {names}", names=", ".join(nested[:5])))
        header = [key for key in header if key not in nested]
        if not header:
            raise TableError(f"{name} is JSON whose records have no columns, or none at all.", path=path)
        return cls(path, header, "json", notes, records=records)

    def read(self, texts: Collection[str], numbers: Collection[str], keep: np.ndarray | None = None) -> RawTable:
        columns = {
            name: pa.array([_json_text(record.get(name)) for record in self.records], _TEXT).dictionary_encode()
            for name in (*texts, *numbers)
        }
        raw = RawTable(columns, np.arange(2, len(self.records) + 2, dtype=np.int64), (), tuple(self.notes))
        return raw if keep is None else raw.keep(keep)


def _parse_json(text: str) -> tuple[object, list[str]]:
    """Return a document, and for each record that has a key twice the first such key."""
    twice: list[str] = []

    def record(pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) < len(pairs):
            values: dict[str, list[object]] = {}
            for key, value in pairs:
                values.setdefault(key, []).append(value)
            several = {key: held for key, held in values.items() if len(held) > 1}
            twice.append(next(iter(several)))
            made |= {
                key: " | ".join(map(_json_text, held))
                for key, held in several.items()
                if any(v != held[0] for v in held)
            }
        return made

    try:
        return json.loads(text, object_pairs_hook=record), twice
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]  # other ends of lines may stand in a text
        if len(lines) < 2 or not lines[0].lstrip().startswith("{"):
            raise
        twice.clear()
        return [json.loads(line, object_pairs_hook=record) for line in lines], twice  # one record a line


def _answer_of(document: object) -> str:
    """Return what an answer without records says of itself."""
    if not isinstance(document, dict):
        return ""
    said = [
        document[key] for key in ("error", "message", "messages", "detail", "error_description") if document.get(key)
    ]
    told = f"; it says {json.dumps(said[0], ensure_ascii=False)[:200]}" if said else ""
    return (
        f" (an answer without any record{told})" if document.get("data") == [] or document.get("Result") == [] else told
    )


def _list_of_records(document: object) -> tuple[list[dict[str, object]] | None, list[str]]:
    """Return the records of a document and what its envelope says of them."""
    if isinstance(document, list):
        return (document if document and all(isinstance(one, dict) for one in document) else None), []
    if not isinstance(document, dict):
        return None, []
    if document.get("type") == "FeatureCollection" and isinstance(document.get("features"), list):
        return _features(document["features"])
    names, rows = document.get("columns"), document.get("data")
    if not isinstance(names, list) or not isinstance(rows, list):
        names, rows = [], []
    if rows and all(isinstance(row, list) and len(row) == len(names) for row in rows):
        return [dict(zip(map(str, names), row, strict=True)) for row in rows], []
    columns = list(document.values())
    lengths = {len(one) if isinstance(one, list) else 0 for one in columns}
    # A list of values for each column.
    if (
        len(lengths) == 1
        and 0 not in lengths
        and not any(isinstance(cell, dict | list) for one in columns for cell in one[:10])
    ):
        return [dict(zip(document, cells, strict=True)) for cells in zip(*columns, strict=True)], []
    lists = [key for key in ("data", "Result", "results", "records", "value") if isinstance(document.get(key), list)]
    key = lists[0] if lists else None
    records = document[key] if key else None
    if not records or not all(isinstance(one, dict) for one in records):
        return None, []
    total = next(
        (document[name] for name in ("TotalCount", "total_count", "count") if isinstance(document.get(name), int)), None
    )
    notes = []
    if total is not None and total > len(records):
        notes.append(
            say(
                "the file holds {n} of {all} records: it is one page of an answer, and the others are missing",
                n=len(records),
                all=total,
            )
        )
    return records, notes


def _features(features: list[object]) -> tuple[list[dict[str, object]] | None, list[str]]:
    """Return the properties of GeoJSON features, with a point's degrees where they name none."""
    records = []
    for feature in features:
        if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
            return None, []
        record = dict(feature["properties"])
        geometry = feature.get("geometry")
        point = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
        if isinstance(point, list) and len(point) >= 2:
            record = {"longitude": point[0], "latitude": point[1]} | record
        records.append(record)
    return records or None, []


def _json_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value)[:100]
    if isinstance(value, str):  # half of a pair of signs is no sign
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, bool):  # no number
        return "true" if value else "false"
    return (
        repr(value)
        if isinstance(value, float) and not value.is_integer()
        else str(int(value) if isinstance(value, float) else value)
    )


# --- Parquet and Excel ------------------------------------------------------------------------------------------


@dataclass
class _ParquetFile(TableFile):
    apart: Apart = field(kw_only=True)
    stored: list[str] = field(kw_only=True)
    sizes: np.ndarray = field(kw_only=True)
    pushes_selection = True

    @classmethod
    def open(cls, path: Path, content: "bytes | mmap.mmap", name: str) -> "_ParquetFile":
        apart = Apart(content, name=name, path=path)
        found = apart.ask(do="parquet")
        sizes = np.array(found["rows"], dtype=int)
        if sizes.sum() > _MOST_ROWS:
            raise TableError(
                f"{name} holds {sizes.sum():,} rows; no incident table has more than {_MOST_ROWS:,}.", path=path
            )
        return cls(
            path, _checked_header(path, name, found["names"]), "parquet", [], apart=apart, stored=found["names"],
            sizes=sizes
        )  # fmt: skip

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
        columns = {name: _one_array(table.column(position)) for position, name in enumerate(wanted)}
        raw = RawTable(columns, row.astype(np.int64), (), (*self.notes, *map(_note_of_parquet, found["notes"])))
        return raw if keep is None else raw.keep(keep)


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook by columns, from its first cell on: each column's codes by row, 0 being the empty cell, and
    its values by code.
    """

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
        cells = [_cell_text(values[codes[index]]) for codes, values in self.columns]
        while cells and cells[-1] == "":
            cells.pop()
        return cells

    def head(self) -> list[list[str]]:
        """Return the first rows as texts, in which a header is looked for."""
        return [self.row(index) for index in range(min(len(self), _MOST_ROWS_ABOVE))]


@dataclass(frozen=True)
class Workbook:
    """The sheets of a workbook and what is to be known of it; see `opener.read_workbook`."""

    sheets: dict[str, Sheet]
    hidden: list[str]
    merged: dict[str, int]
    errors: int
    uncalculated: int


@dataclass
class _ExcelFile(TableFile):
    sheet: Sheet = Sheet([])
    first: int = 1  # the index of the first row of data

    @classmethod
    def open(cls, path: Path, content: "bytes | mmap.mmap", name: str, layout: Layout) -> "_ExcelFile":
        book = read_workbook(content, name=name, path=path)
        chosen, notes = _choose_sheet(book, layout, path=path, name=name)
        sheet = book.sheets[chosen]
        found = _find_header(sheet.head(), layout, path=path, name=name)
        first = found.skipped + (not found.headless)
        tagged = first < len(sheet) and _is_tag_row(sheet.row(first))
        width = len(sheet.columns)
        header = found.header + [""] * (width - len(found.header)) if not found.headless else _numbered(width)
        notes += found.notes
        if tagged:
            notes.append(say(_TAG_NOTE if first == 1 else _TAGS_BELOW))
        if n_merged := book.merged.get(chosen, 0):
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
        return cls(path, header, "workbook", notes, sheet=sheet, first=first + tagged)

    def read(self, texts: Collection[str], numbers: Collection[str], keep: np.ndarray | None = None) -> RawTable:
        filled = np.flatnonzero(self.sheet.filled[self.first :]) + self.first
        notes = list(self.notes)
        if n_blank := len(self.sheet) - self.first - len(filled):
            notes.append(say("{n} blank lines are not counted as data", n=n_blank))
        columns = {}
        for name in (*texts, *numbers):
            codes, values = self.sheet.columns[self.header.index(name)]
            columns[name] = _coded_texts(codes[filled], values)
        raw = RawTable(columns, filled.astype(np.int64) + 1, (), tuple(notes))
        return raw if keep is None else raw.keep(keep)


def _choose_sheet(book: Workbook, layout: Layout, *, path: Path, name: str) -> tuple[str, list[str]]:
    """Return the sheet that is named, the one whose columns are those looked for, or the only one with a table; visible
    ones go first.
    """
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
        return named[0], []
    fitting = [name for name, sheet in filled.items() if any(map(layout.fits, sheet.head()))]
    tables = fitting or [name for name, sheet in filled.items() if len(sheet) > 1] or list(filled)
    tables = [name for name in tables if name not in book.hidden] or tables
    if len(tables) > 1:
        raise TableError(
            f"{name} holds tables on {len(tables)} sheets: {', '.join(tables)}. Expected one. Name the sheet that is"
            f" meant: {placeholder('sheet', 'NAME')}.",
            path=path,
        )
    return tables[0], [
        say("sheet {name} was read, of {sheets}", name=repr(tables[0]), sheets=", ".join(sheets))
    ] if len(filled) > 1 else []


def _note_of_parquet(note: dict[str, str]) -> str:
    """Return what the process that read a Parquet file has to say, which imports nothing of this package."""
    if note["of"] == "bytes":
        return say(
            "column {name} holds text that is not UTF-8; its odd bytes are shown as {sign}",
            name=note["name"],
            sign=note["sign"],
        )
    return say(
        "every time of column {name} is {clock} UTC, as midnight of another time zone would be: its days are those of"
        " UTC and may be one day off; write days, or times with their own zone",
        name=note["name"],
        clock=note["clock"],
    )


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
    texts = pa.array([_cell_text(value) for value in values], _TEXT)
    column = pa.DictionaryArray.from_arrays(pa.array(codes), texts)
    # Texts of rows above the header, of other kinds of cells alike in text.
    return column.dictionary_decode().dictionary_encode()


def _cell_text(cell: object) -> str:
    if isinstance(cell, bool):  # no number
        return "true" if cell else "false"
    if isinstance(cell, float):
        return repr(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return "" if cell is None else str(cell)
