"""Tables as they lie on disk: which format, which encoding, which columns; records numbered as a spreadsheet does.

A clean file takes the fast way, through Arrow's own parsers. A file that those refuse (ragged rows, blank lines)
is read record by record, with the same result for its sound rows.
"""

import csv
import errno
import io
import mmap
import os
import re
import shutil
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, partial
from gzip import BadGzipFile, GzipFile
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.csv

from analysis.incidents.apart import Apart
from analysis.incidents.errors import TableError
from analysis.incidents.problems import SET_ASIDE

# How publishers and programs write "no value". Only a country may be called NA (Namibia), see `Cells.text`.
MISSING = ("", "NA", "N/A", "#N/A", "NaN", "nan", "NaT", "null", "NULL", "<NA>", "None")

_DOCUMENTS = (".pdf", ".md", ".html", ".htm", ".docx")
_DELIMITERS = ",;\t|"
_TEXT = pa.large_string()
_BLOCK_BYTES = 1 << 22
# What a small hostile or broken file may grow to. The largest tables of the publishers unpack to some 2 GB, at 5 to 20 times.
_MOST_BYTES = 1 << 32
_ALWAYS_ALLOWED_BYTES = 1 << 28
_MOST_TIMES = 100
_MOST_NESTED = 2
# A larger file is copied to disk, not into memory, before it is read.
_MOST_BYTES_IN_MEMORY = 1 << 28
_MOST_ROWS = 50_000_000
_SAMPLE_ROWS = 1 << 15
_TAIL_BYTES = 1 << 20
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
    b"{": "JSON",
    b"[": "JSON",
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


@dataclass
class TableFile:
    """A file whose header is known; columns are read when asked for."""

    path: Path
    header: list[str]
    encoding: str
    notes: list[str] = field(default_factory=list)
    pushes_selection = False
    state: "FileState | None" = None

    def read(self, texts: Collection[str], numbers: Collection[str], keep: np.ndarray | None = None) -> RawTable:
        """Return the columns named, of all records or of those where ``keep`` holds.

        Columns of ``numbers`` come back as text where some cell is not a number.
        """
        raise NotImplementedError


def open_table(path: str | Path) -> TableFile:
    """Open a CSV, TSV, gzip, zip, Parquet or Excel file, told by its content rather than by its name.

    Raises
    ------
    TableError
        If there is no such file, or it holds no table, or several.
    """
    path = Path(path)
    if not path.exists():
        near = sorted(other.name for other in path.parent.glob(f"*{path.suffix}"))[:5] if path.parent.is_dir() else []
        hint = f" {path.parent} holds {', '.join(near)}." if near else " Check the path."
        raise TableError(f"{path} does not exist.{hint}", path=path)
    if path.is_dir():
        raise TableError(f"{path} is a folder, not a table. Give one file in it.", path=path)
    if path.exists() and not path.is_file():  # opening a pipe would wait for whoever writes to it
        raise TableError(f"{path} is no file but a device or a pipe. Save the table as a file.", path=path)
    if path.stat().st_size == 0:
        raise TableError(f"{path.name} is empty (0 bytes). Download or export it again.", path=path)
    content, state = read_privately(path)
    table = _open_content(path, content, path.name)
    table.state = state
    return table


@dataclass(frozen=True)
class FileState:
    """What a file was when it was read: its size, times and hash. Later changes of the file change nothing that was read."""

    path: Path
    n_bytes: int
    modified_ns: int
    inode: int
    _digest: Callable[[], str]

    @cached_property
    def sha256(self) -> str:
        """The sha256 of what was read, in hexadecimal."""
        return self._digest()

    def refuse_changed(self) -> None:
        """Refuse a file that was written to since its reading began: what was read may be half of the old and half of the new.

        Raises
        ------
        TableError
            If it is the same file with another size or time. One that was replaced or removed as a whole was read whole.
        """
        try:
            now = self.path.stat()
        except OSError:
            return
        if now.st_ino == self.inode and (now.st_size, now.st_mtime_ns) != (self.n_bytes, self.modified_ns):
            _refuse_changed(self.path)


def read_privately(path: Path) -> "tuple[bytes | mmap.mmap, FileState]":
    """Return a file's content as a copy that nobody else can change or cut short, and what the file was.

    A small file is copied into memory, a large one into a file without a name, or into memory where there is no room for that.

    Raises
    ------
    TableError
        If the file is none, cannot be read, or is written to meanwhile.
    """
    try:
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            content = _copy(file) if before.st_size > _MOST_BYTES_IN_MEMORY else file.read()
            after = os.fstat(file.fileno())
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror or error}.", path=path) from None
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(content) != after.st_size:
        _refuse_changed(path)
    if len(content) > _BLOCK_BYTES:  # hashed while it is parsed
        worker = ThreadPoolExecutor(1)
        hashing = worker.submit(lambda: sha256(content).hexdigest())
        worker.shutdown(wait=False)
        digest = hashing.result
    else:
        digest = partial(str, sha256(content).hexdigest())
    return content, FileState(path, after.st_size, after.st_mtime_ns, after.st_ino, digest)


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


def _open_content(path: Path, content: "bytes | mmap.mmap", name: str, depth: int = 0) -> TableFile:
    start = content[:8]
    if depth > _MOST_NESTED:
        raise TableError(f"{name} is packed more than {_MOST_NESTED} times over. Unpack it first.", path=path)
    if start.startswith(b"\x1f\x8b"):
        try:
            unpacked = _unpack(path, GzipFile(fileobj=io.BytesIO(content)), len(content), name)
        except (BadGzipFile, EOFError, zlib.error, OSError) as error:
            raise TableError(f"{name} is a damaged gzip file ({error}). Download it again.", path=path) from None
        return _open_content(path, unpacked, name, depth + 1) if unpacked else _refuse_empty(path, name)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _open_zip(path, content, name, depth)
    if start.startswith(b"PAR1"):
        return _ParquetFile.open(path, content, name)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        return _ExcelFile.open(path, content, name)
    for magic, what in _NOT_TABLES.items():
        if start.lower().startswith(magic.lower()):
            raise TableError(
                f"{name} is {what}, not a table. Expected CSV (also .gz, .zip), Parquet or Excel.", path=path
            )
    return _DelimitedFile.open(path, content, name)


def _unpack(path: Path, packed: IO[bytes], n_packed: int, name: str) -> bytes:
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


def _open_zip(path: Path, content: "bytes | mmap.mmap", name: str, depth: int) -> TableFile:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if {"[Content_Types].xml", "mimetype"} & set(archive.namelist()):
                return _ExcelFile.open(path, content, name)
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
    return _open_content(path, unpacked, inner, depth + 1) if unpacked else _refuse_empty(path, inner)


def _refuse_empty(path: Path, name: str) -> TableFile:
    raise TableError(f"{name} is empty. Download or export it again.", path=path)


def _checked_header(path: Path, name: str, cells: list[str]) -> list[str]:
    header = [cell.strip().lstrip("\N{ZERO WIDTH NO-BREAK SPACE}") for cell in cells]
    if not any(header):
        raise TableError(f"{name} has no column names in its first row. The first row must be a header.", path=path)
    return header


def _is_tag_row(cells: Collection[object]) -> bool:
    """Tell whether a row holds HXL tags (``#date+start``): nothing but tags and empty cells."""
    filled = [str(cell).strip() for cell in cells if cell is not None and str(cell).strip()]
    return bool(filled) and all(cell.startswith("#") and len(cell) > 1 for cell in filled)


_TAG_NOTE = "row 2 holds HXL tags and is not counted as data"


# --- text -------------------------------------------------------------------------------------------------------


@dataclass
class _DelimitedFile(TableFile):
    content: "bytes | mmap.mmap" = b""
    offset: int = 0
    delimiter: str = ","
    tagged: bool = False

    @classmethod
    def open(cls, path: Path, content: "bytes | mmap.mmap", name: str) -> "_DelimitedFile":
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
            notes.append(f"the file is {encoding} text; the usual encoding is UTF-8")
        text, _ = _decode(head[offset:])
        delimiter = _sniff_delimiter(text)
        csv.field_size_limit(_MOST_CELL_CHARACTERS)
        records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            header = _checked_header(path, name, next(records, [""]))
            tagged = _is_tag_row(next((record for record in records if record), []))
        except csv.Error as error:
            raise TableError(f"{name} is not a table of text: {error}.", path=path) from None
        if tagged:
            notes.append(_TAG_NOTE)
        return cls(path, header, encoding, notes, content=content, offset=offset, delimiter=delimiter, tagged=tagged)

    def read(self, texts: Collection[str], numbers: Collection[str], keep: np.ndarray | None = None) -> RawTable:
        wanted = [*texts, *numbers]
        table = self._read_clean(texts, numbers)
        if table is not None and not _has_blank_row(table) and self._ends_as_read(table):
            n_before = 1 + self.tagged
            row = np.arange(n_before + 1, n_before + 1 + len(table), dtype=np.int64)
            with ThreadPoolExecutor() as workers:
                columns = dict(zip(wanted, workers.map(_compact, map(table.column, wanted)), strict=True))
            raw = RawTable(columns, row, (), tuple(self.notes))
            return raw if keep is None else raw.keep(keep)
        raw = self._read_carefully(wanted, numbers)
        return raw if keep is None else raw.keep(keep)

    def _read_clean(self, texts: Collection[str], numbers: Collection[str]) -> pa.Table | None:
        """Read by Arrow, from the strictest reading to the most lenient; ``None`` where every one refuses."""
        if len(self.header) == 1:
            return None  # an empty cell and a blank line cannot be told apart
        times = Counter(self.header)
        names = [name if times[name] == 1 else f"{name}\0{index}" for index, name in enumerate(self.header)]
        as_numbers = dict.fromkeys(texts, _TEXT) | dict.fromkeys(numbers, pa.float64())
        for in_values, types in ((False, as_numbers), (True, as_numbers), (True, dict.fromkeys(as_numbers, _TEXT))):
            source = pa.BufferReader(pa.py_buffer(self.content).slice(self.offset))
            with suppress(pa.ArrowInvalid):
                return pyarrow.csv.read_csv(
                    source,
                    read_options=pyarrow.csv.ReadOptions(
                        column_names=names, skip_rows_after_names=1 + self.tagged, block_size=_BLOCK_BYTES
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
        """Tell whether the file's last line is the last record: a quotation mark never closed would swallow the lines after it."""
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
                f"{n_odd:,} bytes are not UTF-8 and were read as Windows-1252 (cp1252); check the accents in names, "
                "or save the file as UTF-8"
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
            if number <= 1 + self.tagged:
                continue
            if not record:
                n_blank += 1
            elif len(record) < width or any(record[width:]):
                lost.append(_ragged(number, record, width))
            else:
                rows.append(number)
                for column, position in zip(cells, positions, strict=True):
                    column.append(record[position])
        notes = [*self.notes, f"{n_blank:,} blank lines are not counted as data"] if n_blank else self.notes
        columns = {
            name: pa.array(values, _TEXT).dictionary_encode() for name, values in zip(wanted, cells, strict=True)
        }
        return RawTable(columns, np.array(rows, dtype=np.int64), tuple(lost), tuple(notes))


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
            f"{path.name}: a quotation mark that row {number} opens is never closed, so that {len(rest.splitlines()) - 1:,} "
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


# --- Parquet and Excel ------------------------------------------------------------------------------------------


@dataclass
class _ParquetFile(TableFile):
    apart: Apart | None = None
    stored: list[str] = field(default_factory=list)
    sizes: np.ndarray | None = None
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
            path, _checked_header(path, name, found["names"]), "parquet", [], apart=apart, stored=found["names"], sizes=sizes
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
        raw = RawTable(columns, row.astype(np.int64), (), (*self.notes, *found["notes"]))
        return raw if keep is None else raw.keep(keep)


@dataclass
class _ExcelFile(TableFile):
    records: list[list[object]] = field(default_factory=list)
    tagged: bool = False

    @classmethod
    def open(cls, path: Path, content: "bytes | mmap.mmap", name: str) -> "_ExcelFile":
        sheets = read_sheets(content, name=name, path=path)
        filled = {sheet: records for sheet, records in sheets.items() if any(any(map(_filled, r)) for r in records)}
        if not filled:
            raise TableError(f"{name} is a workbook without data.", path=path)
        tables = {sheet: records for sheet, records in filled.items() if len(records) > 1}
        if len(tables) > 1:
            raise TableError(
                f"{name} holds tables on {len(tables)} sheets: {', '.join(tables)}. Expected one. "
                "Save the sheet that is meant as a file of its own.",
                path=path,
            )
        records = next(iter(tables.values() or filled.values()))
        header = _checked_header(path, name, [str(cell) for cell in records[0]])
        tagged = len(records) > 1 and _is_tag_row(records[1])
        return cls(path, header, "workbook", [_TAG_NOTE] if tagged else [], records=records, tagged=tagged)

    def read(self, texts: Collection[str], numbers: Collection[str], keep: np.ndarray | None = None) -> RawTable:
        first = 1 + self.tagged
        filled = [index for index in range(first, len(self.records)) if any(map(_filled, self.records[index]))]
        notes = list(self.notes)
        n_blank = (
            sum(index < filled[-1] for index in range(first, len(self.records))) - len(filled) + 1 if filled else 0
        )
        if n_blank:
            notes.append(f"{n_blank:,} blank lines are not counted as data")
        columns = {}
        for name in (*texts, *numbers):
            position = self.header.index(name)
            cells = [
                _cell_text(record[position]) if position < len(record) else ""
                for record in map(self.records.__getitem__, filled)
            ]
            columns[name] = pa.array(cells, _TEXT).dictionary_encode()
        raw = RawTable(columns, np.array(filled, dtype=np.int64) + 1, (), tuple(notes))
        return raw if keep is None else raw.keep(keep)


def read_sheets(content: "bytes | mmap.mmap", *, name: str, path: Path) -> dict[str, list[list[object]]]:
    """Return the rows of every sheet of a workbook, read in a process of its own; empty cells at the end of a row are left out.

    Raises
    ------
    TableError
        If it is no workbook, or takes more memory or time than a workbook of its size can need.
    """
    apart = Apart(content, name=name, path=path)
    apart.ask(do="workbook")
    sheets = apart.unpickle_scratch()
    apart.close()
    return sheets


def _filled(cell: object) -> bool:
    return cell is not None and cell != ""


def _cell_text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float):
        return repr(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return "" if cell is None else str(cell)
