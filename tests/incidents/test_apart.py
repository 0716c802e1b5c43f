"""A workbook or Parquet file that is hostile or broken ends a process of its own, never this one, and is refused in
words.
"""

import fcntl
import io
import os
import resource
import signal
import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from analysis.incidents import apart
from analysis.incidents.apart import Apart
from analysis.incidents.errors import TableError
from tests.incidents.tables import write

CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
HEADER = '<c r="A1" t="inlineStr"><is><t>when</t></is></c><c r="B1" t="inlineStr"><is><t>land</t></is></c>'
SOUND = (
    f'<row r="1">{HEADER}</row><row r="2"><c r="A2" t="inlineStr"><is><t>2024-03-05</t></is></c>'
    '<c r="B2" t="inlineStr"><is><t>Mali</t></is></c></row>'
)


def workbook(rows, *, more=None):
    """Return a workbook whose one sheet holds the XML of these rows."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr(
            "_rels/.rels",
            RELATIONS.format(f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'),
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1"'
            ' r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            RELATIONS.format(f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'),
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        )
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


# Each lays a sheet out over billions of cells, and says so in its own way.
FAR = {
    "a far cell": SOUND + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    "a row without its number": SOUND + '<row><c r="XFD1048576"><v>1</v></c></row>',
    "rows out of order": f'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>{SOUND}',
    "a far column and a far row": SOUND + '<row r="3"><c r="XFD3"><v>1</v></c></row><row r="1048576"><c '
    'r="A1048576"><v>1</v></c></row>',
    "a column beyond the last": SOUND + '<row r="3"><c r="ZZZZZZ3"><v>1</v></c></row>',
    "a row beyond the last": SOUND + '<row r="4294967295"><c r="A4294967295"><v>1</v></c></row>',
    "numbers without digits of their own": SOUND + '<row r = "1048576"><c r = "XFD1048576"><v>1</v></c></row>',
}  # fmt: skip


@pytest.mark.parametrize("rows", FAR.values(), ids=FAR)
def test_a_small_workbook_laid_out_over_billions_of_cells(load, rows):
    content = workbook(rows)
    assert len(content) < 3000
    with pytest.raises(TableError, match=r"t\.xlsx (cannot be (used|opened)|is not a workbook|is a workbook without)"):
        load(content, name="t.xlsx", mapping="date=when,country=land")


def test_the_same_workbook_without_it(load):
    table = load(workbook(SOUND), name="t.xlsx", mapping="date=when,country=land")
    assert table.incidents["country"].tolist() == ["MLI"]


def test_it_is_said_which_cell_lies_far(load):
    with pytest.raises(
        TableError,
        match=r"cells as far as XFD1048576 and XFD1048576, so that it is laid out over 1,048,576 rows and 16,384",
    ):
        load(workbook(FAR["a far cell"]), name="t.xlsx")


TEXTS = f'<sst xmlns="{MAIN}"><si><t>Niger</t></si><si ><t>Mali</t></si><si/></sst>'


@pytest.mark.parametrize(("number", "country"), [("0", "NER"), ("1", "MLI"), ("3", ""), ("-1", ""), ("x", "")])
def test_a_cell_that_points_to_no_text_is_no_other_text(load, number, country):
    """Cells of a damaged file, whose numbers are below 0 or beyond the list, were read as its first text."""
    pointing = '<c r="B2" t="inlineStr"><is><t>Mali</t></is></c>', f'<c r="B2" s="1" t="s"><v>{number}</v></c>'
    content = workbook(SOUND.replace(*pointing), more={"xl/sharedStrings.xml": TEXTS})
    if country:
        table = load(content, name="t.xlsx", mapping="date=when,country=land")
        assert table.incidents["country"].tolist() == [country]
        return
    said = (
        rf"is damaged: cell B2 of xl/worksheets/sheet1\.xml holds text number {number} of a list of 3\. Save it again"
    )
    with pytest.raises(TableError, match=said):
        load(content, name="t.xlsx", mapping="date=when,country=land")


def test_a_workbook_that_unpacks_to_more_than_memory(load, monkeypatch):
    monkeypatch.setattr(apart, "LEAST_MEMORY_BYTES", 200 << 20)
    monkeypatch.setattr(apart, "MEMORY_TIMES", 0)
    bomb = f'<sst xmlns="{MAIN}"><si><t>' + "x" * (1 << 28)
    with pytest.raises(
        TableError, match=r"t\.xlsx cannot be opened: its parser broke down, or needs more than 0\.2 GB"
    ):
        load(workbook(SOUND, more={"xl/sharedStrings.xml": bomb}), name="t.xlsx")


def test_a_parquet_file_that_unpacks_to_more_than_memory(load, monkeypatch):
    monkeypatch.setattr(apart, "LEAST_MEMORY_BYTES", 200 << 20)
    monkeypatch.setattr(apart, "MEMORY_TIMES", 0)
    n = 5_000_000
    out = io.BytesIO()
    text = pa.DictionaryArray.from_arrays(pa.array([0] * n, pa.int32()), ["2024-01-01" * 100])
    pyarrow.parquet.write_table(pa.table({"when": text, "land": text}), out, store_schema=False)
    assert len(out.getvalue()) < 2_000_000  # of 10 GB
    with pytest.raises(
        TableError, match=r"t\.parquet cannot be opened: its parser broke down, or needs more than 0\.2 GB"
    ):
        load(out.getvalue(), name="t.parquet", mapping="date=when,country=land")


def test_a_long_value_that_stands_once_in_the_file_and_in_many_rows(load):
    out = io.BytesIO()
    note = pa.DictionaryArray.from_arrays(pa.array([0] * 1000, pa.int32()), pa.array(["x" * 1_000_000]))
    pyarrow.parquet.write_table(pa.table({"when": ["2024-01-01"] * 1000, "land": ["Mali"] * 1000, "who": note}), out)
    assert len(out.getvalue()) < 100_000
    with pytest.raises(TableError, match=r"column who repeats long values: written out in each row they are 1\.0 GB"):
        load(out.getvalue(), name="t.parquet", mapping="date=when,country=land,attacker=who")


def test_more_rows_than_any_table_has(load, monkeypatch):
    monkeypatch.setattr("analysis.incidents.files.parquet.MOST_ROWS", 3)
    for n, refused in ((3, False), (4, True)):
        out = io.BytesIO()
        pyarrow.parquet.write_table(pa.table({"when": ["2024-01-01"] * n, "land": ["Mali"] * n}), out)
        if refused:
            with pytest.raises(TableError, match="holds 4 rows; no incident table has more than 3"):
                load(out.getvalue(), name="t.parquet", mapping="date=when,country=land")
        else:
            assert len(load(out.getvalue(), name="t.parquet", mapping="date=when,country=land").incidents) == 3


@pytest.mark.parametrize("limit", ["cpu", "wall"])
def test_a_parser_that_does_not_end(monkeypatch, tmp_path, limit):
    # It never computes, or does nothing else.
    body = "while True: pass" if limit == "cpu" else "import time; time.sleep(600)"
    parser = (
        "import json, sys, resource\nstart = json.loads(sys.stdin.readline())\nresource.setrlimit(resource.RLIMIT_CPU,"
        f" (1, 1))\n{body}\n"
    )
    monkeypatch.setattr(apart, "PARSER", write(tmp_path / "parser.py", parser))
    monkeypatch.setattr(apart, "LEAST_CPU_SECONDS", 1)
    monkeypatch.setattr(apart, "WALL_TIMES", 1 if limit == "wall" else 60)
    opened = Apart(b"content", name="t.xlsx", path=tmp_path / "t.xlsx")
    with pytest.raises(TableError, match=r"needs more than 0\.7 GB of memory and 1 seconds"):
        opened.ask(do="workbook")
    assert opened._process.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


def children():
    return {child for held in Path("/proc/self/task").glob("*/children") for child in held.read_text().split()}


def test_no_process_stays_and_no_descriptor(load):
    out = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"when": ["2024-01-01"], "land": ["Mali"]}), out)
    before, others = 0, children()  # as a browser of other tests
    for _ in range(3):
        load(out.getvalue(), name="t.parquet", mapping="date=when,country=land")
        load(workbook(SOUND), name="t.xlsx", mapping="date=when,country=land")
        before = before or (len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0)
    if before:
        assert len(os.listdir("/proc/self/fd")) <= before + 1
    assert children() <= others


# --- what Parquet holds -------------------------------------------------------------------------------------------

DAY = 1704067200  # 2024-01-01 00:00 UTC


@pytest.mark.parametrize(
    ("zone", "midnight", "unit"),
    [
        (None, DAY, "s"),
        ("UTC", DAY, "ms"),
        ("UTC", DAY, "ns"),
        ("Africa/Johannesburg", DAY - 7200, "us"),
        ("+02:00", DAY - 7200, "s"),
        ("-05:00", DAY + 5 * 3600, "ms"),
        ("America/Bogota", DAY + 5 * 3600, "ns"),
    ],
)
def test_a_day_is_that_of_the_times_own_zone(load, zone, midnight, unit):
    """Midnight of its own zone begins the day, and a second before it belongs to the day before."""
    times = (
        pa.array([midnight, midnight - 1], pa.int64()).cast(pa.timestamp("s")).cast(pa.timestamp(unit)).cast(pa.int64())
    )
    out = io.BytesIO()
    held = {"when": times.cast(pa.timestamp(unit, zone)), "land": ["Mali", "Mali"]}
    pyarrow.parquet.write_table(pa.table(held), out)
    table = load(out.getvalue(), name="t.parquet", mapping="date=when,country=land")
    assert table.incidents["date_start"].dt.strftime("%Y-%m-%d").tolist() == ["2024-01-01", "2023-12-31"]


@pytest.mark.parametrize(
    ("hours", "told"),
    [((-2, 22), "22:00 UTC"), ((-2, 23 + 24), "22:00 / 23:00 UTC"), ((0, 22), None), ((-2, 5, 9), None)],
)
def test_midnights_of_another_zone_written_as_utc_are_told(load, hours, told):
    times = pa.array([DAY + 3600 * hour for hour in hours], pa.timestamp("s", "UTC"))
    out = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"when": times, "land": ["Mali"] * len(hours)}), out)
    warnings = load(out.getvalue(), name="t.parquet", mapping="date=when,country=land").provenance.warnings
    found = [warning for warning in warnings if "another time zone" in warning]
    assert [told in warning for warning in found] == ([True] if told else [])


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_a_day_beyond_all_calendars_never_comes_round_to_another(load, unit):
    """Counted in finer units, or in few bits, these moments would pass as one in 2023."""
    per = {"ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    # 2^64 microseconds, 2^32 days; the first moment that nanoseconds can tell.
    far = {"ms": 2**64 // 10**3 + DAY * per, "us": 2**32 * 86_400 * per // 10**3, "ns": -(2**63) + 1}[unit]
    times = pa.array([DAY * per, far], pa.timestamp(unit))
    out = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"when": times, "land": ["Mali"] * 2}), out)
    table = load(out.getvalue(), name="t.parquet", mapping="date=when,country=land")
    assert len(table.incidents) == 1
    assert table.problems["row"].tolist() == [3]
    if unit == "ns":
        assert table.problems["value"].tolist() == ["1677-09-21"]


def test_lists_and_records_that_nobody_asks_for_do_no_harm(load):
    out = io.BytesIO()
    box = pa.array([{"xmin": 1.0}], pa.struct([("xmin", pa.float64())]))
    pyarrow.parquet.write_table(pa.table({"when": ["2024-01-01"], "land": ["Mali"], "bbox": box}), out)
    assert len(load(out.getvalue(), name="t.parquet", mapping="date=when,country=land").incidents) == 1


@pytest.mark.parametrize("footer", ["read", "encrypted"])
def test_an_encrypted_parquet_file_is_called_so(load, footer):
    encryption = pytest.importorskip("pyarrow.parquet.encryption")

    class Keys(encryption.KmsClient):
        def __init__(self, _settings):
            super().__init__()

        def wrap_key(self, key, _master):
            return key.hex()

    properties = encryption.CryptoFactory(Keys).file_encryption_properties(
        encryption.KmsConnectionConfig(),
        encryption.EncryptionConfiguration(
            footer_key="f", column_keys={"c": ["when"]}, plaintext_footer=footer == "read"
        ),
    )
    table = pa.table({"when": ["2024-01-01"], "land": ["Mali"]})
    out = io.BytesIO()
    with pyarrow.parquet.ParquetWriter(out, table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    with pytest.raises(TableError, match=r"t\.parquet is an encrypted Parquet file"):
        load(out.getvalue(), name="t.parquet", mapping="date=when,country=land")


def test_a_zone_that_nobody_knows_is_refused(load):
    times = pa.array([DAY], pa.timestamp("s", "Mars/Olympus"))
    out = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"when": times, "land": ["Mali"]}), out)
    with pytest.raises(
        TableError, match=r"column when has times of the zone 'Mars/Olympus', which this system does not know"
    ):
        load(out.getvalue(), name="t.parquet", mapping="date=when,country=land")


def test_columns_of_rare_types(load):
    columns = {
        "when": pa.array(["2024-01-01", "2024-01-02"], pa.string_view()),
        "land": pa.array([b"Mali", b"Nige"], pa.binary(4)),
        "id": pa.array([1, 2], pa.uint64()),
        "deaths": pa.array([1.0, 2.0]).cast(pa.float16()),
        "lat": pa.array([14, 15], pa.decimal128(9, 2)),
        "lon": pa.array([True, False]),
        "attacker": pa.array(["A", None]).dictionary_encode(),
    }
    out = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), out)
    table = load(
        out.getvalue(),
        name="t.parquet",
        mapping=",".join(f"{n}={n}" for n in ("id", "deaths", "lat", "lon", "attacker")) + ",date=when,country=land",
    )
    assert table.incidents["incident_id"].tolist() == ["1"]
    assert table.incidents["fatalities_best"].tolist() == [1]
    assert table.incidents["attacker"].tolist() == ["A"]
    assert table.incidents["longitude"].isna().all()  # yes and no are no degrees
    assert ("land", "Nige") in {(row.column, row.value) for row in table.problems.itertuples()}


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64(), pa.decimal128(20, 0)])
def test_no_digit_of_a_long_id_is_lost(load, kind):
    """Read as floats, 2 ** 53 and 2 ** 53 + 1 are one."""
    ids = [2**53, 2**53 + 1] if kind != pa.uint64() else [2**64 - 2, 2**64 - 1]
    long = pa.array([Decimal(one) for one in ids], pa.decimal128(20, 0)).cast(kind)
    columns = {"when": ["2024-01-01", "2024-01-02"], "land": ["Mali", "Mali"], "id": long}
    out = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), out)
    table = load(out.getvalue(), name="t.parquet", mapping="date=when,country=land,id=id")
    assert table.incidents["incident_id"].tolist() == [str(one) for one in ids]


def test_text_that_is_not_utf8(load):
    bad = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.array([0, 3], pa.int32()).buffers()[1], pa.py_buffer(b"A\xe9B")]
    )
    out = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"when": ["2024-01-01"], "land": ["Mali"], "who": bad}), out)
    table = load(out.getvalue(), name="t.parquet", mapping="date=when,country=land,attacker=who")
    assert table.incidents["attacker"].tolist() == ["A\N{REPLACEMENT CHARACTER}B"]
    assert any("column who holds text that is not UTF-8" in warning for warning in table.provenance.warnings)


def test_a_sandbox_without_files_in_memory_has_them_on_disk(monkeypatch):
    """Of each workbook and Parquet file it was said that a file cannot be used."""
    monkeypatch.setattr(os, "memfd_create", lambda *_: (_ for _ in ()).throw(PermissionError(1, "no")))
    with apart.scratch_file("answer") as held:
        held.write(b"x")
        held.seek(0)
        assert held.read() == b"x"
    monkeypatch.delattr(os, "memfd_create")
    apart.scratch_file("answer").close()


def test_a_process_that_has_a_thousand_files_open_hears_its_parser():
    """As a server that opens tables may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = soft if soft == resource.RLIM_INFINITY else max(soft, 1100)
    resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
    out, into = os.pipe()
    try:
        with os.fdopen(fcntl.fcntl(out, fcntl.F_DUPFD, 1024), "rb") as high:
            os.write(into, b"an answer\n")
            assert apart.read_line(high, seconds=5) == b"an answer\n"
            assert apart.read_line(high, seconds=0) == b""
            os.close(into)
            assert apart.read_line(high, seconds=5) == b""
    finally:
        os.close(out)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
