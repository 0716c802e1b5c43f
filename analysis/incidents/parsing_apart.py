"""Reads one workbook or Parquet file in a process of its own: the parsers are not Python, and a hostile file ends them
or fills memory.

`analysis.incidents.apart` starts it and hands it two open files: the one to read, and one for large answers. Each line
of the standard input is a request, each line of the standard output an answer, both JSON. It imports nothing of this
package.
"""

import html
import io
import json
import os
import pickle
import re
import sys
import zipfile
import zlib
from array import array
from collections import defaultdict
from contextlib import suppress
from itertools import islice
from typing import Any

PR_SET_PDEATHSIG, SIGKILL = 1, 9
# A workbook's reader lays out a whole sheet up to its farthest cell, so that one stray cell makes of a small file a
# large sheet.
MOST_CELLS = 60_000_000
MOST_CHARACTERS = 1 << 31
# In a larger sheet the farthest cell is not looked for beforehand; the bound on memory holds for it as well.
MOST_BYTES_SEARCHED = 1 << 26
SAMPLE_ROWS = 1 << 15
ROWS_A_BLOCK = 1 << 12
# Names of the zone whose times may be midnights of another.
UTC_NAMES = ("UTC", "Z", "+00:00", "UTC+00:00", "ETC/UTC", "GMT", "ETC/GMT")
_CELL = re.compile(rb'<c [^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_TEXT = re.compile(rb"<(?:\w{1,20}:)?si[\s/>]")
_ERROR = re.compile(rb'<c [^>]*?\bt="e"')
_ODS_TAG = re.compile(rb'<table:(table|table-row|(?:covered-)?table-cell)(?=[\s/>])((?:[^>"]++|"[^"]*+")*+)>')
_ODS_TIMES = re.compile(rb'table:(number-(?:rows|columns)-(?:repeated|spanned))="(\d{1,7})"')
_ODS_NAME = re.compile(rb'table:name="([^"]*)"')
_UNCALCULATED = re.compile(rb"(?:</f>|<f[^>]*/>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
_HIDDEN_ROW = re.compile(rb'<row\b[^>]*?\bhidden="(?:1|true)"')
_HIDDEN_IN_ODS = re.compile(rb'<table:table-row\b[^>]*?table:visibility="(?:filter|collapse)"')
# How the libraries say that a zip file is damaged, which the reader of workbooks then says in its own words.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError)
_STRUCK = re.compile(rb'<strike\s*(?:/>|>|val="(?:1|true)")')


class Refused(Exception):
    """The file cannot be used; the message completes "NAME ..."."""


def bound(memory_bytes: int, cpu_seconds: int) -> None:
    """Bound what this process may hold and compute, and end it with its parent."""
    import resource

    for what, most in (
        (resource.RLIMIT_DATA, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL)


# --- workbooks --------------------------------------------------------------------------------------------------


def read_workbook(content: int) -> dict[str, Any]:
    """Return each sheet's columns as codes into distinct values, code 0 being the empty cell; and what is to be known
    of the workbook.

    Returns
    -------
    dict
        ``sheets``: by name the columns, each the bytes of 32-bit codes by row and the list of distinct values;
        ``hidden``: names of hidden sheets; ``merged``: by sheet how many cells were filled from the merged cell above;
        ``errors``, ``uncalculated``, ``struck``: cells; ``hidden_rows``.
    """
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    with os.fdopen(os.dup(content), "rb") as file:
        text = file.read()
    told: dict[str, Any] = {"sheets": {}, "hidden": [], "merged": {}, **_look_through(text)}
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(text))
        told["hidden"] = [sheet.name for sheet in book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible]
        merged = _merged_in_ods(text)
        for name in book.sheet_names:
            try:
                sheet = book.get_sheet_by_name(name)
            except Exception as error:
                if "orksheet" in type(error).__name__:  # a sheet of charts has no cells
                    continue
                raise
            if sheet.total_height * sheet.total_width > MOST_CELLS:
                raise Refused(
                    f"cannot be used: sheet {name} is laid out over {sheet.total_height:,} rows and"
                    f" {sheet.total_width:,} columns. Delete what lies beside and below the table, or save the table as"
                    " CSV."
                )
            columns = _columns(sheet)
            told["merged"][name] = _fill_merged(columns, sheet.merged_cell_ranges or merged.get(name, []))
            told["sheets"][name] = [(codes.tobytes(), list(places)) for codes, places in columns]
    except (Refused, MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of the reader is no Exception
        raise Refused(
            f"is not a workbook that can be read ({error}). Save it again, or save the table as CSV."
        ) from None
    return told


def _columns(sheet) -> list[tuple[array, dict[object, int]]]:
    """Return codes by row and distinct values by code for each column, from the first cell of the sheet on, without
    empty rows at its end."""
    n_above, n_before = sheet.start or (0, 0)
    codes: list[array] = []
    places: list[defaultdict[object, int]] = []
    n_rows = n_above
    rows = sheet.iter_rows()
    while block := list(islice(rows, ROWS_A_BLOCK)):
        while len(codes) < n_before + len(block[0]):
            codes.append(array("i", bytes(4 * n_rows)))
            place: defaultdict[object, int] = defaultdict()
            place.default_factory = place.__len__
            place[""]  # the empty cell is 0
            places.append(place)
        for position, column in enumerate(zip(*block, strict=True), start=n_before):
            cells = list(column)
            if bool in set(map(type, cells)):  # True equals 1
                cells = [("true" if cell else "false") if cell is True or cell is False else cell for cell in cells]
            codes[position].extend(map(places[position].__getitem__, cells))
        n_rows += len(block)
        for position in range(n_before):
            codes[position].extend(array("i", bytes(4 * len(block))))
    last = max((_last_filled(column) for column in codes), default=0)
    for held in codes:
        del held[last:]
    return list(zip(codes, places, strict=True))


def _last_filled(codes: array) -> int:
    """Return how many cells there are up to the last that is not empty."""
    return -(-len(codes.tobytes().rstrip(b"\0")) // codes.itemsize)


def _fill_merged(columns: list[tuple[array, dict[object, int]]], ranges: list[tuple]) -> int:
    """Give the cells under a merged cell its value, so that each row has its own: texts and days, but no numbers, which
    would add up."""
    n_filled = 0
    for (top, left), (bottom, _) in ranges:
        if bottom <= top or left >= len(columns):
            continue
        codes, places = columns[left]
        if top >= len(codes) or codes[top] == 0:
            continue
        value = next(islice(places, codes[top], None))
        if isinstance(value, int | float):
            continue
        for row in range(top + 1, min(bottom + 1, len(codes))):
            if codes[row] == 0:
                codes[row] = codes[top]
                n_filled += 1
    return n_filled


def _merged_in_ods(text: bytes) -> dict[str, list[tuple]]:
    """Return the ranges of cells that are merged over rows, by sheet of an Open Document: its reader does not."""
    merged: dict[str, list[tuple]] = {}
    with suppress(KeyError, *_DAMAGED):
        with zipfile.ZipFile(io.BytesIO(text)) as archive:
            if archive.getinfo("content.xml").file_size > MOST_BYTES_SEARCHED:
                return {}
            content = archive.read("content.xml")
        if b"number-rows-spanned" not in content:
            return {}
        ranges: list[tuple] = []
        row = next_row = column = 0
        for tag, attributes in _ODS_TAG.findall(content):
            times = {name: int(n) for name, n in _ODS_TIMES.findall(attributes)}
            if tag == b"table":
                name = _ODS_NAME.search(attributes)
                ranges = merged.setdefault(html.unescape(name[1].decode()) if name else "", [])
                next_row = 0
            elif tag == b"table-row":
                row, column = next_row, 0
                next_row += times.get(b"number-rows-repeated", 1)
            else:
                if (down := times.get(b"number-rows-spanned", 1)) > 1:
                    ranges.append(((row, column), (row + down - 1, column)))
                column += times.get(b"number-columns-repeated", 1)
    return merged


def _struck_styles(archive: zipfile.ZipFile) -> list[bytes]:
    """Return the numbers of those formats of cells whose letters are struck through."""
    if "xl/styles.xml" not in archive.namelist() or archive.getinfo("xl/styles.xml").file_size > MOST_BYTES_SEARCHED:
        return []
    styles = archive.read("xl/styles.xml")
    fonts, formats = (
        re.search(rb"<%s[\s>].*?</%s>" % (name, name), styles, re.DOTALL) for name in (b"fonts", b"cellXfs")
    )
    if b"<strike" not in styles or not fonts or not formats:
        return []
    lines = re.findall(rb"<font>.*?</font>|<font\s*/>", fonts[0], re.DOTALL)
    struck = {b"%d" % number for number, font in enumerate(lines) if _STRUCK.search(font)}
    used = [re.search(rb'fontId="(\d+)"', one) for one in re.findall(rb"<xf\b[^>]*>", formats[0])]
    return [b"%d" % number for number, font in enumerate(used) if font and font[1] in struck]


def _n_texts(archive: zipfile.ZipFile) -> int:
    """Return how many texts a workbook's list holds, to which cells point by number; 0 where there is none,
    or one that is too large to look through."""
    n, rest = 0, b""
    for entry in archive.infolist():
        if entry.filename.lower() == "xl/sharedstrings.xml" and entry.file_size <= MOST_BYTES_SEARCHED:
            with archive.open(entry) as packed:
                while block := packed.read(1 << 22):
                    seen = rest + block
                    n += len(_TEXT.findall(seen)) - len(_TEXT.findall(rest))
                    rest = seen[-30:]
    return n


def _refuse_unknown_texts(cells: bytes, suspect: re.Pattern[bytes], n_texts: int, file: str) -> None:
    """Refuse cells that point to no text of the workbook's list, for which the reader takes its first text or none;
    ``suspect`` finds those whose number is no number, or has as many digits as the list's length."""
    for number in set(suspect.findall(cells)):
        if not number.isdigit() or int(number) >= n_texts:
            cell = re.search(rb'\br="([A-Z]{1,3}\d{1,7})"[^>]*\bt="s"[^>]*><v>' + re.escape(number) + b"<", cells)
            where = f"cell {cell[1].decode()} of {file}" if cell else f"a cell of {file}"
            raise Refused(
                f"is damaged: {where} holds text number {number.decode('ascii', 'replace')} of a list of {n_texts:,}."
                " Save it again, or download it again."
            )


def _look_through(text: bytes) -> dict[str, int]:
    """Count cells of errors and of formulas that were never calculated, which the reader takes for empty; and rows that
    are hidden and cells that are struck through, which it takes for others.

    Raises `Refused` if a sheet's farthest cell makes it too large to lay out; the message says where that cell is.
    """
    told = {"errors": 0, "uncalculated": 0, "hidden_rows": 0, "struck": 0}
    if not text.startswith(b"PK"):
        return told
    with (
        suppress(*_DAMAGED),
        zipfile.ZipFile(io.BytesIO(text)) as archive,
    ):
        signs = {"errors": _ERROR, "uncalculated": _UNCALCULATED, "hidden_rows": _HIDDEN_ROW}
        if struck := _struck_styles(archive):
            signs["struck"] = re.compile(rb'<c [^>]*?\bs="(?:%s)"[^>]*(?<!/)>' % b"|".join(struck))
        n_texts = _n_texts(archive)
        suspect = re.compile(rb't="s"[^>]*><v>(?!\d{0,%d}<)([^<]*)<' % (len(f"{n_texts}") - 1))
        for entry in archive.infolist():
            if entry.filename == "content.xml" and entry.file_size <= MOST_BYTES_SEARCHED:
                told["hidden_rows"] += len(_HIDDEN_IN_ODS.findall(archive.read(entry)))
            if not entry.filename.startswith("xl/worksheets/") or entry.file_size > MOST_BYTES_SEARCHED:
                continue
            right = down = 0
            where = {}
            rest = b""
            with archive.open(entry) as packed:
                while block := packed.read(1 << 22):
                    seen = rest + block
                    if n_texts:
                        _refuse_unknown_texts(seen, suspect, n_texts, entry.filename)
                    for what, sign in signs.items():
                        told[what] += len(sign.findall(seen)) - len(sign.findall(rest))
                    for letters, digits in _CELL.findall(seen):
                        column = 0
                        for letter in letters:
                            column = column * 26 + letter - 64
                        row = int(digits)
                        if column > right:
                            right, where["right"] = column, (letters + digits).decode()
                        if row > down:
                            down, where["down"] = row, (letters + digits).decode()
                    rest = seen[-300:]
            if right * down > MOST_CELLS:
                raise Refused(
                    f"cannot be used: {entry.filename} has cells as far as {where['right']} and {where['down']}, so"
                    f" that it is laid out over {down:,} rows and {right:,} columns. Delete what lies beside and below"
                    " the table, or save the table as CSV."
                )
    return told


# --- Parquet ----------------------------------------------------------------------------------------------------


class Parquet:
    """A Parquet file whose columns are read in few types: text, whole numbers, floats, days, yes and no.

    Of text that stands once in the file and in many rows, as much as ``most_bytes`` once it is written out.
    """

    def __init__(self, content: int, most_bytes: int) -> None:
        import pyarrow as pa
        import pyarrow.compute
        import pyarrow.parquet

        self.pa, self.most_bytes = pa, most_bytes
        self._file = os.fdopen(os.dup(content), "rb")
        try:
            self.parquet = pyarrow.parquet.ParquetFile(self._file)
        except (pa.ArrowException, OSError, ValueError, RuntimeError) as error:
            raise _unreadable(error) from None
        self.schema = self.parquet.schema_arrow  # made anew each time it is asked for

    def describe(self) -> dict[str, object]:
        """Return the names of the columns, which of them hold lists or records, and the rows of each group."""
        metadata, schema = self.parquet.metadata, self.schema
        return {
            "names": schema.names,
            "nested": [self.pa.types.is_nested(kind) for kind in schema.types],
            "rows": [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)],
        }

    def read(self, names: list[str], groups: list[int], scratch: int) -> dict[str, object]:
        """Write columns of some groups to the scratch file as an Arrow stream; return what is to be known of them."""
        pa = self.pa
        for name in names:
            places = self.schema.get_all_field_indices(name)
            if len(places) == 1 and pa.types.is_nested(self.schema.field(places[0]).type):
                raise Refused(
                    f"cannot be used: column {name} holds lists or records, not single values. Write one value a row."
                )
        notes: list[dict[str, str]] = []
        try:
            table = self.parquet.read_row_groups(groups, columns=list(dict.fromkeys(names)))
            arrays = [self._plain(name, table.column(name), notes) for name in names]
            self._bound_texts(names, arrays)
        except (pa.ArrowException, OSError, ValueError, RuntimeError, KeyError) as error:
            if isinstance(error, pa.ArrowMemoryError):
                raise MemoryError from None
            raise _unreadable(error) from None
        del table
        batch = pa.record_batch(arrays, names=[f"{position}" for position in range(len(arrays))])
        with os.fdopen(os.dup(scratch), "wb") as file, pa.ipc.new_stream(pa.PythonFile(file), batch.schema) as stream:
            stream.write_batch(batch)
        return {"notes": notes}

    def _bound_texts(self, names: list[str], arrays: list) -> None:
        """Refuse values that are few and long in the file, and fill memory as soon as each row has its own."""
        pa, compute = self.pa, self.pa.compute
        for name, column in zip(names, arrays, strict=True):
            if pa.types.is_dictionary(column.type):
                lengths = compute.binary_length(column.dictionary).take(column.indices)
                if (n := compute.sum(lengths.cast(pa.int64())).as_py() or 0) > self.most_bytes:
                    raise Refused(
                        f"cannot be used: column {name} repeats long values: written out in each row they are"
                        f" {n / 1e9:,.1f} GB of text. Shorten them, or leave the column out."
                    )

    def _plain(self, name: str, column, notes: list[dict[str, str]]):
        """Return a column as one array of a plain type."""
        pa, types, compute = self.pa, self.pa.types, self.pa.compute
        column = self._periods(name, column)
        kind = column.type
        if types.is_dictionary(kind):
            texts = types.is_string(kind.value_type) or types.is_large_string(kind.value_type)
            column = column.cast(pa.dictionary(pa.int32(), pa.large_string()) if texts else kind.value_type)
            kind = column.type
            if texts:
                return _one_array(pa, column.unify_dictionaries())
        if types.is_timestamp(kind):
            column = self._days(name, column)
        elif types.is_date64(kind):
            column, _ = self._split(column.cast(pa.timestamp("ms")))
        elif types.is_date(kind):
            pass
        elif types.is_float16(kind) or types.is_float32(kind):
            column = column.cast(pa.float64())
        elif types.is_decimal(kind) or types.is_integer(kind):
            try:
                column = column.cast(pa.int64())  # identifiers keep all their digits
            except pa.ArrowInvalid:
                column = column if types.is_integer(kind) else column.cast(pa.float64(), safe=False)
        elif types.is_boolean(kind) or types.is_floating(kind):
            pass
        elif types.is_null(kind):
            column = column.cast(pa.large_string())
        elif types.is_time(kind) or types.is_duration(kind):
            column = (
                column.cast(pa.large_string())
                if types.is_time(kind)
                else column.cast(pa.int64()).cast(pa.large_string())
            )
        elif (
            types.is_fixed_size_binary(kind)
            or types.is_binary(kind)
            or types.is_large_binary(kind)
            or "binary_view" in str(kind)
        ):
            texts = [
                None if value is None else value.rstrip(b"\0").decode("utf-8", "replace")
                for value in column.to_pylist()
            ]
            column = pa.chunked_array([pa.array(texts, pa.large_string())])
        else:
            column = column.cast(pa.large_string())
        if types.is_large_string(column.type):
            bad = column.nbytes > MOST_CHARACTERS
            if bad:
                raise Refused(f"cannot be used: column {name} holds more than {MOST_CHARACTERS:,} bytes of text.")
            # The reader does not check that text is text.
            with suppress(pa.ArrowInvalid):
                column.validate(full=True)
                sample = column.slice(0, SAMPLE_ROWS)
                if compute.count_distinct(sample).as_py() * 2 <= len(sample):
                    column = column.dictionary_encode()
                return _one_array(pa, column)
            raw = column.cast(pa.large_binary()).to_pylist()
            texts = [None if value is None else value.decode("utf-8", "replace") for value in raw]
            notes.append({"name": name, "sign": "\N{REPLACEMENT CHARACTER}"})
            return pa.array(texts, pa.large_string())
        return _one_array(pa, column)

    def _periods(self, name: str, column):
        """Return a column of periods, which pandas stores as numbers since 1970, as days or as months in text; any
        other as it is."""
        pa = self.pa
        field = self.schema.field(self.schema.get_all_field_indices(name)[0])
        marks = field.metadata or {}
        if marks.get(b"ARROW:extension:name") != b"pandas.period" or not pa.types.is_integer(column.type):
            return column
        freq = json.loads(marks.get(b"ARROW:extension:metadata") or b"{}").get("freq", "")
        if freq == "D":
            return column.cast(pa.int32()).cast(pa.date32())
        if freq in ("M", "ME"):
            texts = [None if n is None else f"{1970 + n // 12}-{n % 12 + 1:02d}" for n in column.to_pylist()]
            return pa.chunked_array([pa.array(texts, pa.large_string())])
        raise Refused(
            f"cannot be used: column {name} holds periods of frequency {freq!r}. Write days or months as dates or text."
        )

    def _days(self, name: str, column):
        """Return the days of times: those of the column's own time zone, where it has one."""
        pa, compute = self.pa, self.pa.compute
        zone = column.type.tz
        if zone is not None:
            try:
                column = compute.local_timestamp(column)
            except (pa.ArrowInvalid, pa.ArrowKeyError, OSError) as error:
                raise Refused(
                    f"cannot be used: column {name} has times of the zone {zone!r}, which this system does"
                    f" not know ({_first_line(error)}). Write days (date32), or times without a zone."
                ) from None
        days, rest = self._split(column)
        times = compute.unique(rest.drop_null())
        clocks = times.to_pylist() if len(times) <= 2 and (zone is None or zone.upper() in UTC_NAMES) else []
        # As text whole quarters of an hour are told of midnights elsewhere.
        if any(clocks) and not any(clock % (900 * self._per_second(column)) for clock in clocks):
            with suppress(pa.ArrowInvalid):  # of days that no calendar holds
                seconds = column.cast(pa.timestamp("s"), safe=False)
                return compute.strftime(seconds, f"%Y-%m-%dT%H:%M:%S{'Z' if zone else ''}").cast(pa.large_string())
        return days

    @staticmethod
    def _per_second(column) -> int:
        return {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[column.type.unit]

    def _split(self, column):
        """Return the days of times, and what of each is over, in the column's unit; those that no day can hold are the
        first or last that one can, which no table covers, and never come round to one that looks right."""
        pa, compute = self.pa, self.pa.compute
        of_day = 86_400 * self._per_second(column)
        ticks = column.cast(pa.int64())
        days = compute.divide(ticks, of_day)
        rest = compute.subtract(ticks, compute.multiply(days, of_day))
        before = compute.less(rest, 0).cast(pa.int64())
        days, rest = compute.subtract(days, before), compute.add(rest, compute.multiply(before, of_day))
        held = compute.max_element_wise(
            compute.min_element_wise(days, 2**31 - 1, skip_nulls=False), -(2**31), skip_nulls=False
        )
        return held.cast(pa.int32()).cast(pa.date32()), rest


def _one_array(pa, column):
    combined = column.combine_chunks()
    if isinstance(combined, pa.ChunkedArray):
        combined = combined.chunk(0) if combined.num_chunks else pa.array([], column.type)
    return combined


def _unreadable(error: BaseException) -> Refused:
    if "decrypt" in str(error).lower():
        return Refused("is an encrypted Parquet file. Save it without encryption.")
    return Refused(f"is a damaged Parquet file ({_first_line(error)}). Download it again.")


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:300]


# --- the conversation -------------------------------------------------------------------------------------------


def answer(
    request: dict[str, Any], content: int, scratch: int, state: dict[str, Parquet], memory_bytes: int
) -> dict[str, object]:
    """Do what one request asks."""
    match request["do"]:
        case "workbook":
            told = read_workbook(content)
            with os.fdopen(os.dup(scratch), "wb") as file:
                pickle.dump(told, file, protocol=5)
            return {}
        case "parquet":
            state["parquet"] = Parquet(content, memory_bytes)
            return state["parquet"].describe()
        case "columns":
            return state["parquet"].read(request["names"], request["groups"], scratch)
    raise ValueError(f"unknown request {request['do']!r}")


def main() -> None:
    """Answer requests until the input ends."""
    start = json.loads(sys.stdin.readline())
    sys.path[:] = start["path"]
    content, scratch = start["content"], start["scratch"]
    bound(start["memory_bytes"], start["cpu_seconds"])
    state: dict[str, Parquet] = {}
    for line in sys.stdin:
        try:
            os.ftruncate(scratch, 0)
            os.lseek(scratch, 0, os.SEEK_SET)
            told: dict[str, object] = {"ok": answer(json.loads(line), content, scratch, state, start["memory_bytes"])}
        except Refused as refusal:
            told = {"refused": str(refusal)}
        except MemoryError:
            told = {"memory": True}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
