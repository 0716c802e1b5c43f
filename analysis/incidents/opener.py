"""Reads one workbook or Parquet file in a process of its own: the parsers are not Python, and a hostile file ends them or fills memory.

`analysis.incidents.apart` starts it and hands it two open files: the one to read, and one for large answers. Each line of the standard input is
a request, each line of the standard output an answer, both JSON. It imports nothing of this package.
"""

import io
import json
import os
import pickle
import re
import sys
import zipfile
from contextlib import suppress

PR_SET_PDEATHSIG, SIGKILL = 1, 9
# A workbook's reader lays out a whole sheet up to its farthest cell, so that one stray cell makes of a small file a large sheet.
MOST_CELLS = 60_000_000
MOST_CHARACTERS = 1 << 31
# In a larger sheet the farthest cell is not looked for beforehand; the bound on memory holds for it as well.
MOST_BYTES_SEARCHED = 1 << 26
SAMPLE_ROWS = 1 << 15
_CELL = re.compile(rb'<c [^>]*?\br="([A-Z]{1,3})(\d{1,7})"')


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


def read_workbook(content: int) -> dict[str, list[list[object]]]:
    """Return the rows of each sheet, from its first row on, without the empty cells at the end of a row or rows at the end of a sheet."""
    from python_calamine import CalamineWorkbook

    with os.fdopen(os.dup(content), "rb") as file:
        text = file.read()
    _refuse_stray_cells(text)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(text))
        sheets, n_cells = {}, 0
        for name in book.sheet_names:
            try:
                sheet = book.get_sheet_by_name(name)
            except Exception as error:
                if "orksheet" in type(error).__name__:  # a sheet of charts has no cells
                    continue
                raise
            if sheet.total_height * sheet.total_width > MOST_CELLS:
                raise Refused(
                    f"cannot be used: sheet {name} is laid out over {sheet.total_height:,} rows and {sheet.total_width:,} columns. "
                    "Delete what lies beside and below the table, or save the table as CSV."
                )
            known: dict[object, object] = {}
            rows = []
            n_empty_above = sheet.start[0] if sheet.start else 0
            before = [""] * (sheet.start[1] if sheet.start else 0)
            for row in sheet.iter_rows():
                while row and row[-1] == "":
                    row.pop()
                n_cells += len(row)
                rows.append([known.setdefault(cell, cell) if type(cell) is str else cell for cell in row])
                if len(known) > 1_000_000:
                    known.clear()
            while rows and not rows[-1]:
                rows.pop()
            sheets[name] = (
                [[] for _ in range(n_empty_above)] + [before + row if row else row for row in rows] if rows else []
            )
    except Refused:
        raise
    except MemoryError:
        raise
    except BaseException as error:  # a panic of the reader is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise Refused(
            f"is not a workbook that can be read ({error}). Save it again, or save the table as CSV."
        ) from None
    return sheets


def _refuse_stray_cells(text: bytes) -> None:
    """Refuse a sheet whose farthest cell makes it too large to lay out, and say where that cell is."""
    if not text.startswith(b"PK"):
        return
    with (
        suppress(zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError),
        zipfile.ZipFile(io.BytesIO(text)) as archive,
    ):
        for entry in archive.infolist():
            if not entry.filename.startswith("xl/worksheets/") or entry.file_size > MOST_BYTES_SEARCHED:
                continue
            right = down = 0
            where = {}
            rest = b""
            with archive.open(entry) as packed:
                while block := packed.read(1 << 22):
                    for letters, digits in _CELL.findall(rest + block):
                        column = 0
                        for letter in letters:
                            column = column * 26 + letter - 64
                        row = int(digits)
                        if column > right:
                            right, where["right"] = column, (letters + digits).decode()
                        if row > down:
                            down, where["down"] = row, (letters + digits).decode()
                    rest = block[-300:]
            if right * down > MOST_CELLS:
                raise Refused(
                    f"cannot be used: {entry.filename} has cells as far as {where['right']} and {where['down']}, so that it is laid out over "
                    f"{down:,} rows and {right:,} columns. Delete what lies beside and below the table, or save the table as CSV."
                )


# --- Parquet ----------------------------------------------------------------------------------------------------


class Parquet:
    """A Parquet file whose columns are read in few types: text, whole numbers, floats, days, yes and no."""

    def __init__(self, content: int) -> None:
        import pyarrow as pa
        import pyarrow.compute
        import pyarrow.parquet

        self.pa = pa
        self._file = os.fdopen(os.dup(content), "rb")
        try:
            self.parquet = pyarrow.parquet.ParquetFile(self._file)
        except (pa.ArrowException, OSError, ValueError, RuntimeError) as error:
            raise Refused(f"is a damaged Parquet file ({_first_line(error)}). Download it again.") from None

    def describe(self) -> dict[str, object]:
        """Return the names of the columns and the rows of each group."""
        metadata = self.parquet.metadata
        return {
            "names": self.parquet.schema_arrow.names,
            "rows": [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)],
        }

    def read(self, names: list[str], groups: list[int], scratch: int) -> dict[str, object]:
        """Write columns of some groups to the scratch file as an Arrow stream; return what is to be known of them."""
        pa = self.pa
        schema = self.parquet.schema_arrow
        for name in names:
            if schema.names.count(name) == 1 and pa.types.is_nested(schema.field(name).type):
                raise Refused(
                    f"cannot be used: column {name} holds lists or records, not single values. Write one value a row."
                )
        notes: list[dict[str, str]] = []
        try:
            table = self.parquet.read_row_groups(groups, columns=list(dict.fromkeys(names)))
            arrays = [self._plain(name, table.column(name), notes) for name in names]
        except (pa.ArrowException, OSError, ValueError, RuntimeError, KeyError) as error:
            if isinstance(error, pa.ArrowMemoryError):
                raise MemoryError from None
            raise Refused(f"is a damaged Parquet file ({_first_line(error)}). Download it again.") from None
        del table
        batch = pa.record_batch(arrays, names=[f"{position}" for position in range(len(arrays))])
        with os.fdopen(os.dup(scratch), "wb") as file, pa.ipc.new_stream(pa.PythonFile(file), batch.schema) as stream:
            stream.write_batch(batch)
        return {"notes": notes}

    def _plain(self, name: str, column, notes: list[dict[str, str]]):
        """Return a column as one array of a plain type."""
        pa, types, compute = self.pa, self.pa.types, self.pa.compute
        kind = column.type
        if types.is_dictionary(kind):
            texts = types.is_string(kind.value_type) or types.is_large_string(kind.value_type)
            column = column.cast(pa.dictionary(pa.int32(), pa.large_string()) if texts else kind.value_type)
            kind = column.type
            if texts:
                return _one_array(pa, column.unify_dictionaries())
        if types.is_timestamp(kind):
            column = self._days(name, column, notes)
        elif types.is_date(kind):
            column = column.cast(pa.date32(), safe=False)
        elif types.is_float16(kind) or types.is_float32(kind):
            column = column.cast(pa.float64())
        elif types.is_decimal(kind):
            column = column.cast(pa.float64(), safe=False)
        elif types.is_boolean(kind) or types.is_floating(kind):
            pass
        elif types.is_integer(kind):
            column = (
                column.cast(pa.int64(), safe=False) if kind != pa.uint64() else column.cast(pa.float64(), safe=False)
            )
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
            notes.append({"of": "bytes", "name": name, "sign": "\N{REPLACEMENT CHARACTER}"})
            return pa.array(texts, pa.large_string())
        return _one_array(pa, column)

    def _days(self, name: str, column, notes: list[dict[str, str]]):
        """Return the days of times: those of the column's own time zone, where it has one."""
        pa, compute = self.pa, self.pa.compute
        if column.type.tz is not None:
            try:
                local = compute.local_timestamp(column)
            except (pa.ArrowInvalid, pa.ArrowKeyError, OSError) as error:
                raise Refused(
                    f"cannot be used: column {name} has times of the zone {column.type.tz!r}, which this system does not know "
                    f"({_first_line(error)}). Write days (date32), or times without a zone."
                ) from None
            if column.type.tz.upper() in ("UTC", "Z", "+00:00", "ETC/UTC", "GMT"):
                of_day = compute.subtract(local, compute.floor_temporal(local, unit="day")).cast(pa.int64())
                times = compute.unique(of_day.drop_null())
                if 0 < len(times) <= 2 and 0 not in times.to_pylist():
                    unit = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[column.type.unit]
                    clock = " and ".join(
                        f"{t // unit // 3600:02d}:{t // unit // 60 % 60:02d}" for t in sorted(times.to_pylist())
                    )
                    notes.append({"of": "zone", "name": name, "clock": clock})
            column = local
        return (
            compute.floor_temporal(column, unit="day")
            .cast(pa.timestamp("us"), safe=False)
            .cast(pa.date32(), safe=False)
        )


def _one_array(pa, column):
    combined = column.combine_chunks()
    if isinstance(combined, pa.ChunkedArray):
        combined = combined.chunk(0) if combined.num_chunks else pa.array([], column.type)
    return combined


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:300]


# --- the conversation -------------------------------------------------------------------------------------------


def answer(request: dict[str, object], content: int, scratch: int, state: dict[str, Parquet]) -> dict[str, object]:
    """Do what one request asks."""
    match request["do"]:
        case "workbook":
            sheets = read_workbook(content)
            with os.fdopen(os.dup(scratch), "wb") as file:
                pickle.dump(sheets, file, protocol=5)
            return {}
        case "parquet":
            state["parquet"] = Parquet(content)
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
            told = {"ok": answer(json.loads(line), content, scratch, state)}
        except Refused as refusal:
            told = {"refused": str(refusal)}
        except MemoryError:
            told = {"memory": True}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
