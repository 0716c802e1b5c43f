"""Opens a file by what it holds: unpacks it, and finds who reads it."""

import io
import mmap
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from gzip import GzipFile
from pathlib import Path
from typing import IO

from analysis.incidents.errors import TableError
from analysis.incidents.files.copies import BLOCK_BYTES, Content, HeldFile, read_privately
from analysis.incidents.files.delimited import DelimitedFile
from analysis.incidents.files.markup import open_markup
from analysis.incidents.files.parquet import ParquetFile
from analysis.incidents.files.records import JsonFile
from analysis.incidents.files.table import ANYWHERE, BINARY, Layout, TableFile
from analysis.incidents.files.workbook import WorkbookFile
from analysis.incidents.sidefiles import note_file, read_content, refuse_pipe
from analysis.incidents.terms import term

_DOCUMENTS = (".pdf", ".md", ".html", ".htm", ".docx")
# What a small hostile or broken file may grow to. The largest tables of the publishers unpack to some 2 GB, at 5 to 20
# times.
_MOST_BYTES = 1 << 32
_ALWAYS_ALLOWED_BYTES = 1 << 28
_MOST_TIMES = 100
_MOST_NESTED = 2
_HEAD_BYTES = 512
_HEAD_OF_ENTRY = 1 << 16
_SAVE = "Save its table as CSV or XLSX with the program that made it."
_UNPACK = "Unpack it and give the table in it."
_AS_PARQUET = "Write it as Parquet or CSV."
AS_GEOJSON = "Save the units as GeoJSON in degrees (WGS 84), for instance with QGIS."
_NO_TEXT = "Copy the table into a spreadsheet and save it as CSV or XLSX."
# What is known by its first bytes, what it is, and what to do.
_NOT_TABLES: tuple[tuple[bytes, str, str], ...] = (
    (rb"%PDF", "a PDF document", _NO_TEXT),
    (rb"\{\\rtf", "a text document (RTF)", _NO_TEXT),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "a picture", "Give the table that it shows as CSV or XLSX."),
    (rb"BZh[1-9]1AY", "compressed with bzip2", _UNPACK),
    (rb"\xfd7zXZ", "compressed with xz", _UNPACK),
    (rb"\x28\xb5\x2f\xfd", "compressed with zstd", _UNPACK),
    (rb"\x04\x22\x4d\x18", "compressed with LZ4", _UNPACK),
    (rb"\x1f\x9d", "compressed with compress", _UNPACK),
    (rb"7z\xbc\xaf", "a 7-Zip archive", _UNPACK),
    (rb"Rar!\x1a", "a RAR archive", _UNPACK),
    (rb".{257}ustar", "a tar archive", _UNPACK),
    (rb"SQLite format 3.{53}GPKG", "a GeoPackage", "Export its layer as CSV, for instance with QGIS."),
    (rb"SQLite", "an SQLite database", "Export the table as CSV."),
    (rb"\0\x01\0\0Standard (?:Jet|ACE) DB", "an Access database", "Export the table as CSV or XLSX."),
    (rb"ARROW1\0|FEA1|\xff{4}.{3}\0", "an Arrow or Feather file", _AS_PARQUET),
    (rb"Obj\x01", "an Avro file", _AS_PARQUET),
    (rb"\x89HDF|CDF[\x01\x02]", "an HDF5 or NetCDF file", _SAVE),
    (rb"\x80[\x02-\x05]", "a pickle of Python", _AS_PARQUET),
    (rb"\0{12}\xc2\xea\x81\x60|HEADER RECORD\*{7}LIB", "a SAS file", _SAVE),
    (rb"\$FL[23]|.{0,160}ASCII SPSS PORT", "an SPSS file", _SAVE),
    (rb"<stata_|[\x6c-\x75][\x01\x02]\x01\0", "a Stata file", _SAVE),
    (rb"RDX[23]\n|RD[AB][23]\n|[XAB]\n\0\0\0[\x02\x03]", "a file of R", "Write the table as CSV or Parquet."),
    (rb"\0\0\x27\n", "a part of a shapefile", "Save its table as CSV, for instance with QGIS."),
    (rb"[\x02\x03\x30-\x32\x83\x8b\x8e\xf5\xfb].[\x01-\x0c][\x01-\x1f].{8}\0\0", "a dBase table (DBF)",
        "Open it in a spreadsheet and save it as XLSX or CSV."),
    (rb"TABLE\r?\n0,1\r?\n", "a table in Data Interchange Format (DIF)",
        "Open it in a spreadsheet and save it as XLSX or CSV."),
    (rb"ID;P[^\r\n]*\r?\n[A-Z];", "a SYLK table (SLK)", "Open it in a spreadsheet and save it as XLSX or CSV."),
    (rb"version https://git-lfs\.", "a pointer of Git LFS in place of the file",
        "Fetch the file itself: git lfs pull."),
    (rb"<{7} \S", "a file with marks of a merge conflict of git", "Settle the conflict, and keep each row once."),
)  # fmt: skip
_BY_START = [(re.compile(start, re.DOTALL), what, how) for start, what, how in _NOT_TABLES]
# What other documents that are zip files or old workbooks hold.
_IN_ZIP = {
    "word/": ("a Word document", _NO_TEXT),
    "ppt/": ("a PowerPoint presentation", _NO_TEXT),
    "Index/": ("a document of Apple's Numbers or Pages", "Export it as XLSX or CSV."),
}
_IN_OLD = {
    "WordDocument": ("a Word document", _NO_TEXT),
    "PowerPoint Document": ("a PowerPoint presentation", _NO_TEXT),
    "__properties_version1.0": ("a message of Outlook", "Save the table that is attached to it."),
}
# How a workbook with a password says so: XLSX by what it holds, XLS by what stands behind its beginning, also where its
# structure alone is protected.
_LOCKED = re.compile(
    "EncryptedPackage".encode("utf-16-le") + rb"|\t\x08(?:\x10\0.{16}|\x08\0.{8})(?:\x86\0\0\0)?\x2f\0", re.S
)

# A column of a CSV file may be called {id} or [id].
_MARKUP_OR_JSON = re.compile(rb"[\xef\xbb\xbf \t\r\n]*(?:(<)|\{\s*(?:[\"}]|\Z)|\[\s*(?:[\[{\"\]\d-]|\Z))")


ENCRYPTED = b"PARE"  # as a Parquet file begins and ends whose footer is encrypted too
_READERS: dict[bytes, type[ParquetFile | WorkbookFile]] = {b"PAR1": ParquetFile, b"\xd0\xcf\x11\xe0": WorkbookFile}


def open_table(path: str | Path, layout: Layout = ANYWHERE) -> TableFile:
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
    if not os.path.exists(path):  # nor is a path that is too long
        near = sorted(other.name for other in path.parent.glob(f"*{path.suffix}"))[:5] if path.parent.is_dir() else []
        folder = "The folder" if str(path.parent) == "." else f"{path.parent}"
        hint = f" {folder} holds {', '.join(near)}." if near else " Check the path."
        raise TableError(f"{path} does not exist.{hint}", path=path)
    if path.is_dir():
        raise TableError(f"{path} is a folder, not a table. Give one file in it.", path=path)
    refuse_pipe(path)
    if _size(path) == 0:
        raise TableError(f"{path.name} is empty (0 bytes). Download or export it again.", path=path)
    content, state = read_privately(path, _is_plain_text)
    if isinstance(content, bytes) and len(content) <= BLOCK_BYTES:  # files beside a table are small
        note_file(path, content)
    table = _open_content(path, content, path.name, layout)
    if layout.sheet and isinstance(table, DelimitedFile | JsonFile | ParquetFile):
        raise TableError(
            f"{path.name} is no workbook and has no sheets. Leave out {term('sheet', layout.sheet)}.", path=path
        )
    table.state = state
    return table


def _size(path: Path) -> int | None:
    """Return the size of a file; none where it has gone meanwhile, which its reading tells."""
    with suppress(OSError):
        return path.stat().st_size
    return None


def _is_plain_text(head: bytes) -> bool:
    """Tell whether a file that begins so is read as text with delimiters, which need not be copied."""
    return not (
        head.startswith((b"\x1f\x8b", b"PK", ENCRYPTED, b"\xff\xfe", b"\xfe\xff", *_READERS))
        or any(start.match(head) for start, *_ in _BY_START)
        or b"\0" in head
        or _MARKUP_OR_JSON.match(head)
    )


def _open_content(path: Path, content: Content, name: str, layout: Layout, depth: int = 0) -> TableFile:
    if isinstance(content, HeldFile):
        return DelimitedFile.open(path, content, name, layout)
    if not content:
        raise TableError(f"{name} is empty. Download or export it again.", path=path)
    start = content[:8]
    if depth > _MOST_NESTED:
        raise TableError(f"{name} is packed more than {_MOST_NESTED} times over. Unpack it first.", path=path)
    if start.startswith(b"\x1f\x8b"):
        with _told_as_damaged(path, f"{name} is a damaged gzip file", " Download it again."):
            unpacked = _unpack(path, GzipFile(fileobj=io.BytesIO(content)), len(content), name)
        return _open_content(path, unpacked, name, layout, depth + 1)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _open_zip(path, content, name, layout, depth)
    head = bytes(content[:_HEAD_BYTES])
    if start.startswith(b"ORC") and content[-4:-1] == b"ORC":
        raise _no_table(path, name, "an ORC file", _AS_PARQUET)
    for begins, what, how in _BY_START:
        if begins.match(head):
            raise _no_table(path, name, what, how)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        for held, (what, how) in _IN_OLD.items():
            if content.find(held.encode("utf-16-le")) >= 0:
                raise _no_table(path, name, what, how)
    if 0 < start[0] < 32 and start[0] not in b"\t\n\v\f\r":
        raise TableError(BINARY.format(name=name), path=path)
    if start.startswith(b"\xd0\xcf\x11\xe0") and _LOCKED.search(content):
        raise _locked(path, name)
    if start.startswith(ENCRYPTED) and content[-4:] == ENCRYPTED:
        raise TableError(f"{name} is an encrypted Parquet file. Save it without encryption.", path=path)
    if marked := _MARKUP_OR_JSON.match(content[:4096]):
        return (open_markup if marked[1] == b"<" else JsonFile.open)(path, content, name, layout)
    reader = next((reader for magic, reader in _READERS.items() if start.startswith(magic)), DelimitedFile)
    return reader.open(path, content, name, layout)


def _no_table(path: Path, name: str, what: str, how: str) -> TableError:
    expected = "Expected CSV (also .gz, .zip), Parquet, JSON records, Excel or ODS."
    return TableError(f"{name} is {what}, not a table that is read here. {how} {expected}", path=path)


def _locked(path: Path, name: str) -> TableError:
    return TableError(
        f"{name} is locked with a password, or its structure is protected with one. Save it without one.", path=path
    )


@contextmanager
def _told_as_damaged(path: Path, words: str, how: str = "") -> Iterator[None]:
    """Tell whatever a file raises that is unpacked: bytes that are lost or changed anywhere lead the libraries to
    errors of a dozen kinds."""
    try:
        yield
    except (TableError, MemoryError):
        raise
    except Exception as error:
        raise TableError(f"{words} ({error}).{how}", path=path) from None


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


def read_unpacked(path: Path, *, most_bytes: int, what: str) -> bytes:
    """Return the content of a file beside a table, unpacked where it is a gzip or zip file of one.

    Raises `TableError` if it is no file, too large, damaged, or of a form that is known and is not ``what``.
    """
    content = read_content(path, most_bytes=most_bytes, what=what)
    note_file(path, content)
    with _told_as_damaged(path, f"{path.name} cannot be unpacked", " Download it again."):
        if content.startswith(b"\x1f\x8b"):
            content = _unpack(path, GzipFile(fileobj=io.BytesIO(content)), len(content), path.name)
        elif content.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                inside = [
                    entry for entry in _inside(archive) if Path(entry).suffix.lower() not in (*_DOCUMENTS, ".txt")
                ]
                if any(entry.lower().endswith(".shp") for entry in inside):
                    raise TableError(f"{path.name} is a shapefile. {AS_GEOJSON}", path=path)
                if len(inside) != 1:
                    listed = ", ".join(inside[:10]) or "nothing"
                    raise TableError(
                        f"{path.name} holds {len(inside)} files: {listed}. Unpack it and give the one that is meant.",
                        path=path,
                    )
                with archive.open(inside[0]) as packed:
                    content = _unpack(path, packed, len(content), path.name)
    head = content[:_HEAD_BYTES]
    for begins, form, how in _BY_START:
        if begins.match(head):
            how = how if how == _UNPACK or " git" in form.casefold() else AS_GEOJSON
            raise TableError(f"{path.name} is {form}, not {what}. {how}", path=path)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        form = "a web page" if b"<html" in head.lower() or b"<!doctype" in head.lower() else "a map in XML (KML or GML)"
        raise TableError(f"{path.name} is {form}, not {what}. {AS_GEOJSON}", path=path)
    return content


def _inside(archive: zipfile.ZipFile) -> list[str]:
    """Return the files in a zip file, but for what systems put beside them."""
    return [
        entry.filename
        for entry in archive.infolist()
        if not entry.is_dir()
        and not entry.filename.startswith("__MACOSX/")
        and not Path(entry.filename).name.startswith(".")
    ]


def _head_of(archive: zipfile.ZipFile, entry: str) -> bytes:
    """Return what an entry of a zip file begins with, which may unpack to more than memory holds; nothing where there
    is none."""
    with suppress(KeyError), archive.open(entry) as packed:
        return packed.read(_HEAD_OF_ENTRY)
    return b""


def _open_zip(path: Path, content: "bytes | mmap.mmap", name: str, layout: Layout, depth: int) -> TableFile:
    with (
        _told_as_damaged(path, f"{name} is a zip file that cannot be unpacked"),
        zipfile.ZipFile(io.BytesIO(content)) as archive,
    ):
        entries = set(archive.namelist())
        for folder, (what, how) in _IN_ZIP.items():
            if any(entry.startswith(folder) for entry in entries):
                raise _no_table(path, name, what, how)
        if _head_of(archive, "mimetype").endswith((b".text", b".presentation")):
            raise _no_table(path, name, "a text document or presentation", _NO_TEXT)
        if b"encryption-data" in _head_of(archive, "META-INF/manifest.xml"):
            raise _locked(path, name)
        is_workbook = bool({"[Content_Types].xml", "mimetype"} & entries)
        if not is_workbook:
            inside = _inside(archive)
            tables = [entry for entry in inside if Path(entry).suffix.lower() not in _DOCUMENTS]
            if len(tables) > 1:
                tables = [entry for entry in tables if Path(entry).suffix.lower() != ".txt"]
            if any(entry.lower().endswith(".shp") for entry in tables):
                raise _no_table(path, name, "a shapefile", "Save its table as CSV, for instance with QGIS.")
            if len(tables) != 1:
                listed = ", ".join((tables or inside)[:10]) or "nothing"
                raise TableError(
                    f"{name} holds {len(tables)} tables: {listed}. Expected one. "
                    "Unpack it and give the file that is meant.",
                    path=path,
                )
            with archive.open(tables[0]) as packed:
                unpacked = _unpack(path, packed, len(content), name)
    if is_workbook:
        return WorkbookFile.open(path, content, name, layout)
    inner = f"{name}:{tables[0]}"
    return _open_content(path, unpacked, inner, layout, depth + 1)
