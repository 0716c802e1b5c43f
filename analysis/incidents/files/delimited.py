"""Tables as text, with any usual delimiter and encoding.

A clean file takes the fast way, through Arrow's own parsers. A file that those refuse (ragged rows, blank lines)
is read record by record, with the same result for its sound rows.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from analysis.incidents.errors import TableError
from analysis.incidents.files.copies import Content, HeldFile
from analysis.incidents.files.headers import MOST_ROWS_ABOVE, TAG_NOTE, TAGS_BELOW, find_header, is_tag_row
from analysis.incidents.files.table import BINARY, MISSING, TEXT, Layout, RawTable, TableFile, one_array
from analysis.incidents.problems import SET_ASIDE
from analysis.incidents.reasons import OTHER_WIDTH
from analysis.language import say, say_count
from analysis.resources import side_by_side

_DELIMITERS = ",;\t|"
_LEAST_QUOTED = 3  # columns
_PARSED_BYTES = 1 << 21  # at once: they and what is made of them stay near the processor
_SAMPLE_ROWS = 1 << 15
_HEAD_BYTES = _TAIL_BYTES = 1 << 20
MOST_CELL_CHARACTERS = 1 << 24
_UTF_32 = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
_LINE_END = re.compile(rb"\r\n|\r|\n")
# Where quotation marks within quoted cells are doubled, none has a backslash before it and a letter behind it; where
# programs set a backslash before them (R's write.table, Spark, MySQL), all have the first.
_BACKSLASHED = re.compile(rb'\\"[^",;\t|\r\n]')
_BACKSLASH_QUOTE = re.compile(rb'(?<!\\)((?:\\\\)*)\\"')


@dataclass
class DelimitedFile(TableFile):
    """Text whose columns are parted by a delimiter."""

    content: Content = b""
    offset: int = 0
    delimiter: str = ","
    tagged: bool = False
    skipped: int = 0  # rows above the header
    surplus: int = 0  # empty fields behind those that the header names, in most rows
    headless: bool = False
    legacy: str = ""  # the encoding of bytes that are not UTF-8, as the file's beginning tells it
    searched: bool = False  # for rows within cells: a file is read more than once

    @classmethod
    def open(cls, path: Path, content: Content, name: str, layout: Layout) -> "DelimitedFile":
        notes: list[str] = []
        head = bytes(content[:_HEAD_BYTES])
        encoding, offset = "utf-8", 0
        if head.startswith(b"\xef\xbb\xbf"):
            encoding, offset = "utf-8 with BOM", 3
        elif head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head[:64]:
            encoding = "utf-16" if head[0] >= 0xFE else ("utf-16-be" if head[0] == 0 else "utf-16-le")
            if head.startswith(_UTF_32):
                encoding = "utf-32"
            try:
                content = bytes(content).decode(encoding).encode("utf-8")
                odd = "\0 in it" if b"\0" in content[:_HEAD_BYTES] else ""
            except UnicodeDecodeError as error:
                odd = f"{error.reason} at byte {error.start}"
            if odd:
                told = f"{name} looks like {encoding} text but cannot be decoded ({odd}). Save it as UTF-8."
                raise TableError(told if head[0] >= 0xFE else BINARY.format(name=name), path=path)
            head = content[:_HEAD_BYTES]
            notes.append(say("the file is {encoding} text; the usual encoding is UTF-8", encoding=encoding))
        doubts = []
        if n := sum(block.count(b"\0") for block in _blocks(content)):
            doubts.append(
                say(
                    "zero bytes in the file, as where it was not written whole: {n}; rows may be missing: download or "
                    "export it again",
                    n=n,
                )
            )
        notes += doubts
        if _is_backslashed(content):
            notes.append(
                say("a backslash before a quotation mark was read as a sign that the mark belongs to the cell")
            )
            content, offset = _BACKSLASH_QUOTE.sub(rb'\1""', bytes(content[offset:])), 0
            head = content[:_HEAD_BYTES]
        text, n_odd, legacy = _decode(head[offset:])
        try:
            delimiter, records, n_lines = _first_records(text, layout)
        except csv.Error as error:
            raise TableError(f"{name} is not a table of text: {error}.", path=path) from None
        if unquoted := _unquoted(text, records):
            notes.append(say("every line is quoted as a whole, and was read without these quotation marks"))
            content, offset = unquoted(bytes(content[offset:])), 0
            head = content[:_HEAD_BYTES]
            delimiter, records, n_lines = _first_records(head.decode(errors="replace"), layout)
        if _are_in_apostrophes(records):
            notes.append(say("cells stand between apostrophes, and were read without them"))
            content, offset = _with_quotes(bytes(content[offset:]), delimiter, path), 0
            head = content[:_HEAD_BYTES]
            delimiter, records, n_lines = _first_records(head.decode(errors="replace"), layout)
        found = find_header(records, layout, path=path, name=name)
        notes += found.notes
        before = n_lines[found.skipped] if records and not found.headless else 0
        if len(content) > len(head) and _bytes_of_lines(head[offset:], before) >= len(head) - offset:
            raise TableError(
                f"{name} has a header of more than {len(head):,} bytes, and which columns it names cannot be told. "
                "Leave out the columns that are not needed.",
                path=path,
            )
        if found.skipped:
            offset += _bytes_of_lines(head[offset:], n_lines[found.skipped - 1])
        below = records[found.skipped + (not found.headless) :]
        tagged = is_tag_row(next((record for record in below if record), []))
        rows = [record for record in below if any(record)]
        header, surplus = found.header, _surplus(rows, len(found.header))
        numbered = {len(row) for row in rows} == {len(header) + 1} and _hold_ids(rows, 0)
        # R names the columns and not that of the rows' numbers. Where the last field is always empty, a delimiter may
        # stand behind every row, and the numbers be the ids; unless others follow.
        if numbered and (not surplus or _hold_ids(rows, 1)):
            header, surplus = ["", *header], 0
        if tagged:
            notes.append(say(TAGS_BELOW if found.skipped else TAG_NOTE))
        return cls(
            path, header, encoding, notes, doubts, titles=found.titles, content=content,
            offset=offset, delimiter=delimiter, tagged=tagged,
            skipped=found.skipped, surplus=surplus, headless=found.headless,
            legacy=legacy if n_odd else "",
        )  # fmt: skip

    def _read(self, texts: Collection[str], numbers: Collection[str]) -> RawTable:
        wanted = [*texts, *numbers]
        table = self._read_clean(texts, numbers)
        if table is not None and not _has_blank_row(table) and self._ends_as_read(table):
            n_before = self.skipped + self.n_head
            row = np.arange(n_before + 1, n_before + 1 + len(table), dtype=np.int64)
            self._note_swallowed(len(table))
            columns = dict(zip(wanted, side_by_side(_compact, map(table.column, wanted)), strict=True))
            return RawTable(columns, row, (), tuple(self.notes))
        return self._read_carefully(wanted, numbers)

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
        as_numbers = dict.fromkeys(texts, TEXT) | dict.fromkeys(numbers, pa.float64())
        ways = ((False, as_numbers), (True, as_numbers), (True, dict.fromkeys(as_numbers, TEXT)))
        in_header = any("\n" in name or "\r" in name for name in self.header)
        for in_values, types in ways[in_header:]:
            source = (
                pa.PythonFile(self.content.stream(self.offset), mode="r")
                if isinstance(self.content, HeldFile)
                else pa.BufferReader(pa.py_buffer(self.content).slice(self.offset))
            )
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
        same = len(record) == len(self.header) and all(
            record[self.header.index(name)] == value for name, value in last.items() if isinstance(value, str)
        )
        # A line that ends within a quoted cell takes the next one in.
        if same and len(list(csv.reader([line, "next"], delimiter=self.delimiter))) == 1:
            self._doubt(
                say("the file ends within a quoted cell, as where it was cut: rows after the last may be missing")
            )
        return same

    def _doubt(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)
            self.doubts.append(text)

    def _note_swallowed(self, n_records: int) -> None:
        """Note rows that stand within one quoted cell, as where two marks that somebody forgot to double or to close
        are taken for a pair: read as the form has it, they are no rows."""
        if self.searched:
            return
        self.searched = True
        if sum(part.count(b"\n") or part.count(b"\r") for part in _blocks(self.content)) <= n_records + self.n_head:
            return
        lines = bytes(self.content[self.offset :]).splitlines()
        inside, found, delimiter = False, False, self.delimiter.encode()
        for line in lines:
            found = found or (inside and line.count(delimiter) >= len(self.header) - 1)
            inside ^= bool(line.count(b'"') & 1)
        if not found:
            return
        texts = [line.decode(errors="replace") + "\n" for line in lines]
        reader = csv.reader(texts, delimiter=self.delimiter)
        n_before = 0
        sound: list[str] = []
        broken: dict[int, list[str]] = {}
        with suppress(csv.Error):  # a cell too long for it, which is told where the records are needed
            for number, record in enumerate(reader, self.skipped + 1):
                if within := texts[n_before + 1 : reader.line_num]:
                    if not any("\n" in cell for cell in record[1:]):  # behind a first cell all others follow, as ever
                        within.pop()
                    broken[number] = [line.replace('"', "") for line in within]
                elif len(record) == len(self.header):
                    sound = record
                n_before = reader.line_num
        swallowed = {
            row: n
            for row, lines in broken.items()
            if (n := sum(_reads_as(line, sound, self.delimiter) for line in lines))
        }
        if swallowed:
            self._doubt(
                say_count(
                    "{n} [line within a quoted cell reads as a row and is|lines within quoted cells read as rows and "
                    "are] not counted (the first after row {row}): close or double the quotation mark there",
                    n=sum(swallowed.values()),
                    row=min(swallowed),
                )
            )

    def _read_carefully(self, wanted: list[str], numbers: Collection[str]) -> RawTable:
        if isinstance(self.content, HeldFile):
            self.content = bytes(self.content)
            self.refuse_changed()
        text, n_odd, legacy = _decode(bytes(self.content[self.offset :]), self.legacy)
        if n_odd:
            n_foreign = sum(not character.isascii() for character in text)
            self.encoding = legacy if n_odd == n_foreign else f"utf-8 mixed with {legacy}"
            self.notes.append(
                say(
                    "{n} bytes are not UTF-8 and were read as {encoding}; check the accents in names, or save as UTF-8",
                    n=n_odd,
                    encoding=f"{_LEGACY[legacy]} ({legacy})",
                )
            )
            self.content, self.offset = text.encode(), 0
            return self._read([name for name in wanted if name not in numbers], numbers)
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
            if not any(map(str.strip, record)):  # spreadsheets write ,,, for an empty row
                n_blank += 1
            elif len(record) not in (width, width + self.surplus) or any(record[width:]):
                if re.match(r"<{7} \S|>{7} \S", record[0]):
                    raise TableError(
                        f"{self.path.name}, row {number}: a mark of a merge conflict of git ({record[0][:40]!r}): rows"
                        " stand in two versions. Settle the conflict, and keep each row once.",
                        path=self.path,
                    )
                lost.append(_ragged(number, record, width))
            else:
                rows.append(number)
                for column, position in zip(cells, positions, strict=True):
                    column.append(record[position])
        self._note_swallowed(len(rows) + len(lost))
        notes = [*self.notes, say("{n} blank lines are not counted as data", n=n_blank)] if n_blank else self.notes
        columns = {name: pa.array(values, TEXT).dictionary_encode() for name, values in zip(wanted, cells, strict=True)}
        return RawTable(columns, np.array(rows, dtype=np.int64), tuple(lost), tuple(notes))


def _are_in_apostrophes(records: Sequence[Sequence[str]]) -> bool:
    """Tell whether apostrophes stand where quotation marks should: around some cells of three columns or more."""
    columns = {
        column
        for record in records
        for column, cell in enumerate(record)
        if len(cell) > 2 and cell[0] == cell[-1] == "'"
    }
    return len(columns) >= _LEAST_QUOTED


def _with_quotes(content: bytes, delimiter: str, path: Path) -> bytes:
    """Return a text in which cells stand between apostrophes as one with quotation marks."""
    made = io.StringIO()
    records = _records(_decode(content)[0], delimiter, path, mark="'")
    csv.writer(made, delimiter=delimiter, lineterminator="\n").writerows(record for _, record in records)
    return made.getvalue().encode()


def _surplus(rows: Sequence[Sequence[str]], width: int) -> int:
    """Return how many empty fields most rows have behind those that the header names; 0 where some are not empty."""
    widths = Counter(map(len, rows))
    usual = max(widths, key=widths.__getitem__, default=width)
    filled = any(any(row[width:]) for row in rows if len(row) == usual)
    return 0 if filled else max(usual - width, 0)


def _hold_ids(rows: Sequence[Sequence[str]], position: int) -> bool:
    """Tell whether all rows hold a number in one place, and each another."""
    held = {row[position] for row in rows}
    return len(held) == len(rows) and all(map(str.isdecimal, held))


def _is_backslashed(content: Content) -> bool:
    # A single sign is found five times as fast as the pattern, and most files have none.
    return any(b"\\" in block and _BACKSLASHED.search(block) for block in _blocks(content))


def _blocks(content: Content) -> Iterable[bytes]:
    return content.blocks() if isinstance(content, HeldFile) else [content[:]]


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
    csv.field_size_limit(MOST_CELL_CHARACTERS)
    said = re.match(r'\s*"?sep=([,;|\t])"?[ \t]*(\r\n|\r|\n)', text, flags=re.IGNORECASE)
    first = said[1] if said else _sniff_delimiter(text.lstrip())
    found = _records_by(text, first, layout, said=bool(said))
    wide = max(map(len, found[1]), default=0) > 1
    if said or any(layout.fits(record) for record in found[1]):
        return found
    # The first line tells, unless another delimiter parts the names that are looked for, or it is a title above a table
    # with another.
    others = []
    # Blanks last, and only where they part the names that are looked for: a title may hold these names.
    for delimiter in f"{_DELIMITERS.replace(first, '')} ":
        with suppress(csv.Error):
            others.append(_records_by(text, delimiter, layout))
    fitting = [other for other in others if any(layout.fits(record) for record in other[1])]
    # A title with commas above a table that writes decimal commas looks like one, but for its header.
    earliest = min((found, *(other for other in others if other[0] != " ")), key=lambda one: _steady_from(one[1]))
    if fitting or _steady_from(earliest[1]) < _steady_from(found[1]):
        return fitting[0] if fitting else earliest
    if wide and _is_table(found[1]):
        return found
    tables = [
        other for other in others if other[0] != " " and _is_table(other[1]) and max(map(len, other[1]), default=0) > 1
    ]
    return (tables or [found])[0]


def _records_by(
    text: str, delimiter: str, layout: Layout, *, said: bool = False
) -> tuple[str, list[list[str]], list[int]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records, lines = [], []
    try:
        for record in islice(reader, max(MOST_ROWS_ABOVE, layout.header_row + 1)):
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


def _steady_from(records: Sequence[Sequence[str]]) -> int:
    """Return from which record on all have the usual width, if it is that of a table; else how many there are."""
    held = [at for at, record in enumerate(records) if any(map(str.strip, record))]
    widths = [len(records[at]) for at in held]
    usual = max(set(widths), key=widths.count, default=0)
    first = widths.index(usual) if widths else 0
    return held[first] if usual > _LEAST_STEADY and set(widths[first:]) == {usual} else len(records)


_LEAST_STEADY = 2  # columns


def _bytes_of_lines(content: bytes, n_lines: int) -> int:
    """Return how many bytes the first lines take, with their ends."""
    position = 0
    for _ in range(n_lines):
        end = _LINE_END.search(content, position)
        if end is None:
            return len(content)
        position = end.end()
    return position


def _sniff_delimiter(text: str) -> str:
    first_line = text.partition("\n")[0].partition("\r")[0]
    outside_quotes = "".join(first_line.split('"')[::2])
    counts = Counter(character for character in outside_quotes if character in _DELIMITERS)
    return counts.most_common(1)[0][0] if counts else ","


def _decode(content: bytes, legacy: str = "") -> tuple[str, int, str]:
    """Return text, how many bytes were not UTF-8, and the encoding that they were taken to be in: ``legacy``, or the
    one that they look like."""
    try:
        return content.decode("utf-8"), 0, legacy
    except UnicodeDecodeError:
        escaped = content.decode("utf-8", errors="surrogateescape")
        n_odd = sum(count for sign, count in Counter(escaped).items() if "\udc80" <= sign <= "\udcff")
        legacy = legacy or _likely_encoding(escaped)
        return escaped.translate(_signs_of(legacy)), n_odd, legacy


# Encodings before Unicode that spreadsheets still write, and what they are called.
_LEGACY = {
    "cp1252": "Windows-1252", "mac_roman": "Mac OS Roman", "cp850": "DOS", "cp1251": "Windows-1251, Cyrillic",
    "cp1256": "Windows-1256, Arabic",
}  # fmt: skip
_ODD = "[\udc80-\udcff]"
_MOST_SEARCHED = 1 << 20  # characters


def _signs_of(encoding: str) -> dict[int, str]:
    """Return what each byte that stands escaped in a text is in an encoding."""
    odd = {code: bytes([code - 0xDC00]) for code in range(0xDC80, 0xDD00)}
    return {code: byte.decode(encoding, errors="ignore") or byte.decode("latin-1") for code, byte in odd.items()}


def _likely_encoding(escaped: str) -> str:
    """Return which encoding the bytes of a text that are not UTF-8 look like; Windows-1252 where nothing tells.

    Whole words of such bytes are Cyrillic or Arabic, which Windows-1251 would show with capitals inside words. Letters
    among others are told by what a wrong encoding puts in their place: capitals and signs within a word.
    """
    escaped = escaped[:_MOST_SEARCHED]
    words = re.findall(f"{_ODD}+", escaped)
    if sum(len(word) for word in words if len(word) > 2) * 2 > sum(map(len, words)):
        shown = [word.translate(_signs_of("cp1251")) for word in words]
        inside = sum(len(re.findall("[а-яёіїєґ][А-ЯЁІЇЄҐ]", word)) for word in shown)
        return "cp1256" if inside * 20 > sum(map(len, words)) else "cp1251"
    around = re.findall(f"(?=([^\\W\\d]|{_ODD}|)({_ODD})(.?))", escaped, flags=re.DOTALL)

    def odd_looks(encoding: str) -> int:
        signs = _signs_of(encoding)
        n = 0
        for before, odd, after in around:
            sign, after = odd.translate(signs), after.translate(signs)
            if not before or sign in _IN_WORDS:
                continue
            n += sign.isupper() and (before.translate(signs).islower() or after.islower())
            n += not sign.isalpha() and after.isalpha()
        return n

    return min(("cp1252", "mac_roman", "cp850"), key=odd_looks)


_IN_WORDS = "\N{RIGHT SINGLE QUOTATION MARK}\N{EN DASH}\N{EM DASH}\N{NO-BREAK SPACE}\N{DEGREE SIGN}"


def _records(text: str, delimiter: str, path: Path, *, mark: str = '"') -> Iterator[tuple[int, list[str]]]:
    """Yield every record with its number, blank lines too."""
    csv.field_size_limit(MOST_CELL_CHARACTERS)
    lines = io.StringIO(text, newline="")
    record: list[str] = []
    reader = csv.reader(lines, delimiter=delimiter, quotechar=mark)
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
        raise TableError(
            f"{path.name}: row {number + 1} cannot be read: {error}. Shorten it, or leave it out.", path=path
        ) from None


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
        OTHER_WIDTH.format(n=len(record), width=width),
        SET_ASIDE,
    )


def _shape(cell: str) -> str:
    """Return how a cell is built: letters and digits stand for those of their kind."""
    return re.sub(r"[^\W\d]+", "a", re.sub(r"\d+", "9", cell.strip()))


def _reads_as(line: str, record: Sequence[str], delimiter: str) -> bool:
    """Tell whether a line by itself is like a record: of the same width, and half of the cells that hold digits there
    are built alike."""
    cells = line.rstrip("\r\n").split(delimiter)
    if len(cells) != len(record):
        return False
    alike = [_shape(one) == _shape(other) for one, other in zip(cells, record, strict=True) if re.search(r"\d", other)]
    return sum(alike) * 2 > len(alike)


def _compact(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array, and as codes into distinct texts where these are few."""
    if pa.types.is_large_string(column.type):
        sample = column.slice(0, _SAMPLE_ROWS)
        if pa.compute.count_distinct(sample).as_py() * 2 <= len(sample):
            column = column.dictionary_encode()
    return one_array(column)
