"""The same rows, however they lie on disk."""

import gzip
import hashlib
import io
import json
import os
import zipfile
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from analysis.incidents import parsing_apart
from analysis.incidents.errors import TableError
from analysis.incidents.files import copies, delimited, recognising
from analysis.incidents.load import load_incidents
from tests.incidents.tables import GED_49, acled, as_text, ged, project, write

ROWS = ged(
    {"where_coordinates": "Bhāndāria"}, {"adm_1": 'A "B", C'}, {"where_coordinates": "line\nbreak"}, {"best": ""}
)
TEXT = as_text(ROWS, GED_49)
FRAME = pd.DataFrame({"when": ["2024-01-01"], "land": ["Mali"]})


def zipped(entries, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def workbook(rows, *, sheets=("Sheet1",)):
    """Return a workbook with the same rows on each sheet, or each sheet's own rows by its name."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for sheet, filled in (rows if isinstance(rows, dict) else dict.fromkeys(sheets, rows)).items():
        page = book.create_sheet(sheet)
        for row in filled:
            page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parquet(rows):
    out = io.BytesIO()
    pd.DataFrame(rows).to_parquet(out, index=False)
    return out.getvalue()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return load_incidents(write(tmp_path_factory.mktemp("plain") / "ged.csv", TEXT)).incidents


PLACED = "date=date,country=country,place=place,attacker=attacker"
FORMS = {
    "utf-8 with BOM": lambda: b"\xef\xbb\xbf" + TEXT.encode(),
    "utf-16 with BOM": lambda: TEXT.encode("utf-16"),
    "utf-16 little-endian": lambda: TEXT.encode("utf-16-le"),
    "utf-16 big-endian": lambda: TEXT.encode("utf-16-be"),
    "utf-32 with BOM": lambda: TEXT.encode("utf-32"),
    "semicolons": lambda: as_text(ROWS, GED_49, delimiter=";"),
    "tabs": lambda: as_text(ROWS, GED_49, delimiter="\t"),
    "bars": lambda: as_text(ROWS, GED_49, delimiter="|"),
    "carriage returns": lambda: TEXT.replace("\n", "\r").replace("line\rbreak", "line\nbreak"),
    "carriage returns and line feeds": lambda: as_text(ROWS, GED_49, ends="\r\n"),
    "no last line end": lambda: TEXT.rstrip("\n"),
    "gzip": lambda: gzip.compress(TEXT.encode()),
    "zip": lambda: zipped({"ged.csv": TEXT}),
    "zip with a read-me": lambda: zipped({"readme.txt": "words", "codebook.pdf": "%PDF", "__MACOSX/._ged.csv": "x",
        "d/ged.csv": TEXT}),
    "gzip in a zip": lambda: zipped({"ged.csv.gz": gzip.compress(TEXT.encode())}),
    "workbook": lambda: workbook([GED_49, *([row.get(name, "") for name in GED_49] for row in ROWS)]),
    "Parquet": lambda: parquet([{name: row.get(name, "") for name in GED_49} for row in ROWS]),
    "columns in another order": lambda: as_text(ROWS, GED_49[::-1]),
    "names in capitals": lambda: TEXT.replace(",".join(GED_49), ",".join(GED_49).upper()),
    "trailing empty columns": lambda: as_text(ROWS, [*GED_49, "", "", ""]),
    "backslashes before quotation marks": lambda: TEXT.replace('""', '\\"'),
    "delimiters behind every row": lambda: as_text(ROWS, [*GED_49, ""]).replace(",\n", "\n", 1),
    "R's numbers of rows, which have no name": lambda: as_text(
        [row | {"": number} for number, row in enumerate(ROWS, 1)], ["", *GED_49]
    ).removeprefix(","),
    "blanks": lambda: as_text(ROWS, GED_49, delimiter=" "),
    "an index column": lambda: as_text([row | {"": number} for number, row in enumerate(ROWS)], ["", *GED_49]),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_same_table_in_every_form(load, plain, form):
    # The name says nothing of the form: content does.
    table = load(FORMS[form](), name="ged.csv")
    pd.testing.assert_frame_equal(table.incidents, plain)
    assert table.problems.empty


def test_mixed_line_ends(load, plain):
    lines = TEXT.replace("line\nbreak", "line break").split("\n")
    mixed = "".join(line + end for line, end in zip(lines, ("\n", "\r\n", "\r", "\n", ""), strict=False))
    assert load(mixed).incidents["incident_id"].tolist() == plain["incident_id"].tolist()


def test_rows_are_numbered_as_a_spreadsheet_does(load):
    table = load(as_text(ged({"where_coordinates": "two\nlines"}, {"best": "many"}, {}), GED_49))
    assert table.incidents["row"].tolist() == [2, 3, 4]
    assert table.problems["row"].tolist() == [3]


def test_blank_lines_are_no_rows_but_count_as_lines(load):
    lines = as_text(ged({}, {"best": "-1"}), GED_49).split("\n")
    table = load("\n".join([lines[0], "", lines[1], "", "", lines[2], "", ""]))
    assert table.provenance.rows_read == 2
    assert table.incidents["row"].tolist() == [3, 6]
    assert table.problems["row"].tolist() == [6]
    assert any("blank lines" in warning for warning in table.provenance.warnings)


def test_ragged_rows_are_set_aside_and_the_others_kept(load):
    lines = as_text(ged({}, {}, {}, {}), GED_49).splitlines()
    table = load("\n".join([*lines[:2], lines[2] + ",extra", "short,row", *lines[3:]]))
    assert table.provenance.rows_read == 5
    assert table.problems["row"].tolist() == [3, 4]
    assert table.problems["reason"].tolist() == [
        "has 50 fields where the header has 49",
        "has 2 fields where the header has 49",
    ]
    assert table.incidents["row"].tolist() == [2, 5, 6]


def test_a_row_torn_by_a_comma_whose_last_cell_is_empty_is_set_aside(load):
    rows = ["2024-03-05,Mali,Gao,A,x", "2024-03-06,Mali,Gao, north,A,", "2024-03-07,Mali,Gao,A,"]
    table = load("\n".join(["date,country,place,attacker,notes", *rows]), mapping=PLACED)
    assert table.problems["reason"].tolist() == ["has 6 fields where the header has 5"]
    assert table.incidents["attacker"].tolist() == ["A", "A"]


def test_ids_are_no_numbers_of_rows_where_a_delimiter_stands_behind_each(load):
    numbered = [f"{number},2024-03-0{number},Mali" for number in (1, 2, 3)]
    mapping = "date=date,country=country,id=id"
    table = load("id,date,country\n" + "".join(f"{row},\n" for row in numbered), mapping=mapping)
    assert table.incidents["incident_id"].tolist() == ["1", "2", "3"]
    table = load("date,country\n" + "\n".join([numbered[2], numbered[0]]), mapping="date=date,country=country")
    assert table.incidents["date_start"].dt.day.tolist() == [3, 1]


def test_a_title_that_holds_the_names_of_columns_is_no_header(load):
    rows = "date;country;place;attacker\n2024-03-05;Mali;Gao;A\n"
    assert len(load(f"Columns, in order: date country place attacker\n{rows}", mapping=PLACED).incidents) == 1


def test_backslashes_before_quotation_marks_are_told_and_those_of_paths_stay(load):
    written = '"date","country","place","attacker"\n"2024-03-05","Mali","%s","Brigade %s"\n'
    table = load(written % ('Gao \\"old, north\\" camp', '\\"A\\"'), mapping=PLACED)
    assert table.incidents.loc[0, ["locality", "attacker"]].tolist() == ['Gao "old, north" camp', 'Brigade "A"']
    assert any("backslash" in note for note in table.provenance.warnings)
    table = load(written % ("C:\\", '""A""'), mapping=PLACED)
    assert table.incidents.loc[0, ["locality", "attacker"]].tolist() == ["C:\\", 'Brigade "A"']


def test_windows_letters_are_read_and_told(load):
    table = load(as_text(ged({"adm_1": "Ségou"}, {"adm_1": "Koulikoro"})).encode("cp1252"))
    assert table.incidents["admin1"].tolist() == ["Ségou", "Koulikoro"]
    assert table.provenance.encoding == "cp1252"
    assert any("Windows-1252" in warning for warning in table.provenance.warnings)


def test_one_windows_letter_among_many_others(load):
    content = as_text(ged({"adm_1": "Ségou"}, {"adm_1": "Bhāndāria"})).encode().replace("é".encode(), b"\xe9")
    table = load(content)
    assert table.incidents["admin1"].tolist() == ["Ségou", "Bhāndāria"]
    assert table.provenance.encoding == "utf-8 mixed with cp1252"


def test_decimal_commas_of_a_european_export(load):
    rows = ged({"latitude": "14,5", "longitude": "-4,25", "best": "3,0"}, {"best": "1,5"})
    table = load(as_text(rows, GED_49, delimiter=";"))
    assert table.incidents["latitude"].tolist() == [14.5, 14.5]
    assert table.incidents["fatalities_best"].isna().tolist() == [False, True]
    assert table.problems["reason"].tolist() == ["is not a whole number"]
    assert any("decimal commas" in warning and "latitude" in warning for warning in table.provenance.warnings)


def test_a_table_of_one_column_and_one_row(one):
    incident = one("when\n2024-03-05\n", mapping="date=when,country==MLI")
    assert (incident["row"], incident["date_start"]) == (2, pd.Timestamp("2024-03-05"))


def test_a_table_of_one_column_with_a_blank_line(load):
    table = load("when\n2024-03-05\n\n2024-03-06\n", mapping="date=when,country==MLI")
    assert table.incidents["row"].tolist() == [2, 4]


# --- Excel and Parquet --------------------------------------------------------------------------------------------


def test_cells_of_a_workbook_keep_their_meaning(load):
    header = ["nr", "when", "land", "dead", "y", "x", "sure"]
    rows = [
        [1, datetime(2024, 3, 5), "Mali", 3, 14.5, -4.25, True],
        [2.0, date(2024, 3, 6), "Niger", None, 13, 2, False],
        ["c", "2024-03-07", "NA", 1.5, None, None, None],
    ]
    mapping = "id=nr,date=when,country=land,deaths=dead,lat=y,lon=x,verified=sure"
    table = load(workbook([header, *rows]), name="t.xlsx", mapping=mapping)
    assert table.incidents["incident_id"].tolist() == ["1", "2", "c"]
    assert table.incidents["date_start"].dt.day.tolist() == [5, 6, 7]
    assert table.incidents["country"].tolist() == ["MLI", "NER", "NAM"]
    assert table.incidents["verified"].tolist() == [True, False, pd.NA]
    assert table.problems[["row", "column", "value"]].to_numpy().tolist() == [[4, "dead", "1.5"]]


def test_a_spreadsheets_numbers_of_days_are_read_and_said(load):
    table = load(workbook([["when", "land"], [45356, "Mali"]]), name="t.xlsx", mapping="date=when,country=land")
    assert table.incidents["date_start"].tolist() == [pd.Timestamp("2024-03-05")]
    assert any(
        note.startswith("dates in when that are a spreadsheet's serial numbers") for note in table.provenance.warnings
    )


def test_blank_rows_of_a_workbook(load):
    content = workbook(
        [["when", "land"], [None, None], ["2024-03-05", "Mali"], [None, None], ["2024-03-06", "Mali"], [None, None]]
    )
    table = load(content, name="t.xlsx", mapping="date=when,country=land")
    assert table.incidents["row"].tolist() == [3, 5]
    assert any(warning.startswith("2 blank lines") for warning in table.provenance.warnings)


def test_typed_columns_of_parquet(load):
    frame = pd.DataFrame(ged({"id": 7}, {"id": 8}))
    frame["date_start"] = pd.to_datetime(frame["date_start"]).astype("datetime64[ns]") + pd.Timedelta(nanoseconds=1)
    frame["date_end"] = frame["date_start"].dt.date
    frame["best"] = [3, 4]
    frame["low"] = [2.0, float("nan")]
    frame["where_prec"] = pd.array([1, None], dtype="Int64")
    frame["country"] = frame["country"].astype("category")
    out = io.BytesIO()
    frame.to_parquet(out, index=False)
    table = load(out.getvalue(), name="t.parquet")
    assert table.incidents["incident_id"].tolist() == ["7", "8"]
    assert table.incidents["date_start"].eq(pd.Timestamp("2020-03-05")).all()
    assert table.incidents["fatalities_best"].tolist() == [3, 4]
    assert table.incidents["geo_precision"].tolist() == ["exact", "unstated"]
    assert table.problems.empty


@pytest.mark.parametrize(
    ("rows", "given"),
    [
        # Twelve days of ten months, one alone of which says that the day is first; the year first, with two digits.
        ([f"{day:02}/{month:02}/2024" for month in range(1, 11) for day in (2, 9)] + ["25/11/2024"], {}),
        ([f"24-{month:02}-{day:02}" for month in range(1, 11) for day in range(1, 29)], {}),
        ([f"{month:02}/{day:02}/2024" for month in range(1, 11) for day in (2, 9)] + ["25/11/2024"],
            {"month_first": True}),
    ],
)  # fmt: skip
def test_days_of_a_pushed_selection_are_read_as_those_of_the_whole(tmp_path, rows, given):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"when": rows, "country": "Mali", "row": range(len(rows))}).to_parquet(path)
    read = {"mapping": "date=when,country=country,place=row", **given}
    whole = load_incidents(path, **read).incidents
    chosen = load_incidents(path, first_day="2024-02-01", last_day="2024-02-12", **read).incidents
    expected = whole[whole["date_start"].between("2024-02-01", "2024-02-12")]
    assert len(chosen)
    assert chosen["locality"].tolist() == expected["locality"].tolist()


def test_a_pushed_selection_does_not_count_versions_that_moved_out_of_it(tmp_path):
    path = tmp_path / "t.parquet"
    moved = {"event_id_cnty": "MLI1", "event_date": "2024-09-05", "timestamp": "1720000000"}
    pd.DataFrame(acled({}, {}, moved)).to_parquet(path)
    chosen = load_incidents(path, last_day="2024-06-30")
    assert chosen.incidents["incident_id"].tolist() == ["MLI2"]
    assert len(load_incidents(path).incidents) == 2


@pytest.mark.parametrize(
    ("title", "delimiter"), [("Incidents, Mali, 2024", ";"), ("Incidents, Mali", "\t"), ("A, list, of, all", "|")]
)
def test_a_title_with_commas_hides_no_table_with_decimal_commas(tmp_path, title, delimiter):
    rows = ["Date;Pays;Latitude;Longitude", *(f"{day:02}/03/2024;Mali;14,{day};-4,25" for day in range(11, 29))]
    path = write(tmp_path / "t.csv", f"{title}\n\n" + "\n".join(rows).replace(";", delimiter))
    with pytest.raises(TableError, match=r"mapping=.'date': 'Date', 'country': 'Pays'"):
        load_incidents(path)


def test_a_selection_is_pushed_into_parquet(tmp_path):
    rows = ged(
        *({"country": "Niger", "country_id": "436"} if number % 2 else {} for number in range(40)),
        {"date_start": "never"},
    )
    frame = pd.DataFrame(rows)
    path = tmp_path / "t.parquet"
    frame.to_parquet(path, row_group_size=4, index=False)
    whole = load_incidents(path)
    chosen = load_incidents(path, countries=["Niger"], first_day="2020-01-01", last_day="2020-12-31")
    assert chosen.provenance.selection_pushed == "NER, 2020-01-01 to 2020-12-31"
    expected = whole.incidents[whole.incidents["country"].eq("NER")].reset_index(drop=True)
    pd.testing.assert_frame_equal(chosen.incidents, expected)
    # Twenty rows of Niger, and the one that cannot be judged.
    assert (chosen.provenance.rows_read, chosen.provenance.rows_rejected) == (21, 1)
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False)
    cut = load_incidents(path, countries=["NER"])
    pd.testing.assert_frame_equal(cut.incidents, expected)
    assert cut.provenance.rows_read == 41


# --- what is no table ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "country", "place"),
    [
        ("mac_roman", "Mali", "Diafarab\xe9"), ("cp850", "C\xf4te d'Ivoire", "Kafol\xe9"),
        ("cp1252", "C\xf4te d\N{RIGHT SINGLE QUOTATION MARK}Ivoire", "S\xc9GUELON"),
        ("cp1251", "Україна", "Куп'янськ"), ("cp1256", "السودان", "الفاشر"),
    ],
)  # fmt: skip
def test_encodings_before_unicode_are_told_by_how_their_words_look(load, encoding, country, place):
    text = "date,pays,lieu\n" + "".join(f"2024-01-0{n},{country},{place}\n" for n in range(1, 6))
    table = load(text.encode(encoding), mapping="date=date,country=pays,place=lieu")
    assert (table.provenance.encoding, set(table.incidents["locality"])) == (encoding, {place})


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (b"", "is empty"),
        (b"\n\n\n", "nothing but blank lines"),
        (b"   \n", "nothing but blank lines"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-20], "damaged gzip"),
        (zipped({"a.csv": TEXT, "b.csv": TEXT}), "holds 2 tables: a.csv, b.csv"),
        (zipped({}), "holds 0 tables: nothing"),
        (zipped({"readme.md": "words"}), "holds 0 tables"),
        (zipped({"a.csv": ""}), "is empty"),
        (zipped({"a.csv": TEXT})[:-30], "cannot be unpacked"),
        (zipped({"\xe9.csv": TEXT}).replace(b"\xc3\xa9", b"\xc3("), "cannot be unpacked"),
        (b"PAR1 is not enough", "damaged Parquet"),
        (b"%PDF-1.7", "a PDF document"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b'{"data": []}', "is JSON"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "not a workbook"),
        (b"\xff\xfe\x00", "cannot be decoded"),
        (b"\x03\x7a\x01\x01" + b"\0" * 60, "a dBase table"), (b"$FL2@(#) SPSS", "an SPSS file"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "locked with a password"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600 + b"\t\x08\x10\0" + b"\0" * 16 + b"/\0\x36\0", "locked with a password"),
        (zipped({"mimetype": "x", "META-INF/manifest.xml": "<manifest:encryption-data>"}), "locked with a password"),
        (b"0" * 40 + b"ASCII SPSS PORT FILE" + b"0" * 200, "an SPSS file"),
        (zipped({"a.csv": TEXT})[:50] + zipped({"a.csv": TEXT})[52:], "cannot be unpacked"),
        (zipped({"mimetype": TEXT})[:50] + zipped({"mimetype": TEXT})[52:], "cannot be unpacked"),
        (zipped({"ged.shp": "x", "ged.dbf": "x", "ged.prj": "x"}), "a shapefile"),
        (b"Date      Place   Dead\n2024-01-01 Gao  3\n", "columns are told by their width"),
        (bytes(range(256)), "binary data"),
        (zipped({"[Content_Types].xml": "<x/>"}), "not a workbook"),
        (b"ARROW1\0\0" + b"\0" * 64, r"an Arrow or Feather file.*Parquet or CSV"),
        (b"FEA1" + b"\0" * 64, "an Arrow or Feather file"),
        (b"\xff\xff\xff\xff\x10\x01\0\0" + b"\x10" * 64, "an Arrow or Feather file"),
        (b"ORC\n\x10" + b"\0" * 64 + b"ORC\x18", "an ORC file"),
        (b"Obj\x01\x02\x16avro.schema" + b"\0" * 64, "an Avro file"),
        (b"\0" * 12 + b"\xc2\xea\x81\x60" + b"\0" * 64, "a SAS file"),
        (b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!" + b" " * 64, "a SAS file"),
        (b"$FL3@(#) SPSS", "an SPSS file"),
        (b"<stata_dta><header>", "a Stata file"), (b"\x72\x02\x01\0" + b"\0" * 64, "a Stata file"),
        (gzip.compress(b"X\n\0\0\0\x03" + b"\0" * 64, mtime=0), "a file of R"), (b"RDX3\nX\n", "a file of R"),
        (b'TABLE\r\n0,1\r\n"EXCEL"\r\n', "Data Interchange Format"),
        (b'ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K"id"\r\n', "a SYLK table"),
        (b"\x03\x7c\x01\x02" + b"\x02\0\0\0\x41\0\x0b\0" + b"\0" * 64, r"dBase table.*in a spreadsheet"),
        (b"\0\0\x27\n" + b"\0" * 64, "a part of a shapefile"),
        (b"SQLite format 3\0" + b"\0" * 64, "an SQLite database"),
        (b"SQLite format 3\0" + b"\0" * 52 + b"GPKG", "a GeoPackage"),
        (b"\0\x01\0\0Standard ACE DB\0" + b"\0" * 64, "an Access database"),
        (b"Rar!\x1a\x07\x01\0", "a RAR archive"), (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
        (b"a.csv".ljust(257, b"\0") + b"ustar\x0000" + b"\0" * 250, r"a tar archive.*Unpack it"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 or NetCDF file"), (b"\x89PNG\r\n", "a picture"),
        (b"{\\rtf1\\ansi words}", "a text document"),
        (zipped({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}), "a Word document"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "a text document"),
        (zipped({"Index/Document.iwa": "x", "preview.jpg": "x"}), "Apple's Numbers"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "WordDocument".encode("utf-16-le"), "a Word document"),
        (b'<?xml version="1.0"?><office:document>', r"FODS.*save it as ODS"),
        (b'<?xml version="1.0"?><kml xmlns="x">', "a map"),
        (b"version https://git-lfs.github.com/spec/v1\nsize 12\n", r"pointer of Git LFS.*git lfs pull"),
        (f"<<<<<<< HEAD\n{TEXT}=======\n{TEXT}>>>>>>> other\n".encode(), "marks of a merge conflict"),
        (f"{TEXT}<<<<<<< HEAD\n=======\n>>>>>>> other\n".encode(), r"row \d+: a mark of a merge conflict"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_by_name(load, content, phrase):
    with pytest.raises(TableError, match=phrase) as refused:
        load(content, name="thing.csv")
    assert "thing.csv" in str(refused.value)


def test_what_a_zip_file_says_of_itself_is_read_no_further_than_it_may_be_long(load):
    """An ODS of 6 MB, the kind of which unpacks to 6 GB, took 3.3 GB before it was refused."""
    import tracemalloc

    content = zipped({"mimetype": bytes(80_000_000), "content.xml": "<x/>"})
    tracemalloc.start()
    try:
        with pytest.raises(TableError, match="not a workbook"):
            load(content, name="thing.ods")
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "header",
    ["id;place;dead\n1;Gao;3\n", "orc,sqlite,rdx\n1,2,3\n", "ID;Pays\n1;Mali\n", "{id},b\n1,2\n", "[id],b\n1,2\n"],
)
def test_a_header_that_begins_as_another_form_does_is_a_header(tmp_path, header):
    write(tmp_path / "t.csv", header)
    assert recognising.open_table(tmp_path / "t.csv").header[0].strip("{[]}") in ("id", "orc", "ID")


def test_rows_that_a_filter_hides_and_cells_struck_through_are_told(load):
    """They count; who looks at the sheet does not see the first, and takes the others for deleted."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    for row in ([*GED_49], *([row.get(name, "") for name in GED_49] for row in ROWS)):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    for cell in book.active[2][:3]:
        cell.font = Font(strike=True)
    book.active["A4"].font = Font(bold=True)
    out = io.BytesIO()
    book.save(out)
    read = load(out.getvalue(), name="ged.xlsx")
    assert read.provenance.rows_kept == len(ROWS)
    assert "1 row of the workbook is hidden, as by a filter, and counts all the same" in read.provenance.warnings
    assert "3 cells of the workbook are struck through and were read as any other" in read.provenance.warnings


def test_rows_that_a_filter_hides_in_an_open_document_are_counted():
    hidden = '<table:table-row table:style-name="ro1" table:visibility="filter"><table:table-cell/></table:table-row>'
    text = zipped({"content.xml": f"<x>{hidden}<table:table-row>{hidden}</x>", "mimetype": "ods"})
    assert parsing_apart._look_through(text)["hidden_rows"] == 2


def test_apostrophes_may_stand_for_quotation_marks(load):
    """As some databases write them; the names in them held the marks, and a comma within tore its row."""
    rows = ged(*[{"where_description": "Gao, south of O'Hara's, l'"}] * 4)
    cells = [row.split("\t") for row in as_text(rows, GED_49, delimiter="\t").splitlines()]
    text = "\n".join(",".join(f"'{cell.replace(chr(39), chr(39) * 2)}'" for cell in row) for row in cells)
    given, usual = load(text.encode()), load(as_text(rows, GED_49))
    pd.testing.assert_frame_equal(given.incidents, usual.incidents)
    assert any("apostrophes" in note for note in given.provenance.warnings)


def test_a_path_that_is_none(tmp_path):
    write(tmp_path / "other.csv", TEXT)
    with pytest.raises(TableError, match=r"does not exist.*holds other\.csv"):
        load_incidents(tmp_path / "ged.csv")
    with pytest.raises(TableError, match="is a folder"):
        load_incidents(tmp_path)
    for long in (tmp_path / ("a" * 300), f"{'a' * 300}.toml"):
        with pytest.raises(TableError, match="does not exist"):
            load_incidents(long) if isinstance(long, Path) else load_incidents(FRAME, mapping=long)


def test_a_workbook_with_two_tables(load):
    rows = [["when", "land"], ["2024-03-05", "Mali"]]
    with pytest.raises(TableError, match="tables on 2 sheets: North, South"):
        load(workbook(rows, sheets=("North", "South")), name="t.xlsx")


@pytest.mark.parametrize("quoted", ["id", "where_coordinates", "gwnob"])
def test_a_quotation_mark_that_is_never_closed(load, quoted):
    rows = ged(*[{"source_article": ""}] * 4)
    rows[1][quoted] = f"OPEN{rows[1][quoted]}"
    content = as_text(rows, GED_49).replace("OPEN", '"')
    with pytest.raises(
        TableError, match=r"a quotation mark that row 3 opens is never closed, so that 2 lines after it"
    ):
        load(content)


def test_the_last_record_may_have_several_lines(load):
    table = load(as_text(ged({}, {"gwnob": "a\nb"}), GED_49))
    assert table.provenance.rows_read == 2


def test_a_column_that_stands_twice(load):
    with pytest.raises(TableError, match="column Country stands more than once"):
        load(as_text(ged(), GED_49).replace("region", "Country", 1))
    # One that is not read does no harm.
    assert len(load(as_text(ged(), GED_49).replace("region", "gwnoa", 1)).incidents) == 1


def test_lists_in_parquet_are_refused(load):
    frame = pa.table({"when": ["2024-03-05"], "land": [["Mali", "Niger"]]})
    out = io.BytesIO()
    pyarrow.parquet.write_table(frame, out)
    with pytest.raises(TableError, match="column land holds lists"):
        load(out.getvalue(), name="t.parquet", mapping="date=when,country=land")


# --- hostile files ------------------------------------------------------------------------------------------------


def test_unpacking_is_bounded(load, monkeypatch):
    monkeypatch.setattr(recognising, "_ALWAYS_ALLOWED_BYTES", 1 << 20)
    zeros = b"0" * (1 << 24)
    for content in (gzip.compress(zeros), zipped({"a.csv": zeros})):
        with pytest.raises(TableError, match="unpacks to more than"):
            load(content)
    # What packs well is no bomb while it is small, nor while it packs no better than tables do.
    assert len(load(gzip.compress(as_text(ged({}, {})).encode())).incidents) == 2


def test_packing_is_not_followed_for_ever(load):
    content = TEXT.encode()
    for _ in range(4):
        content = gzip.compress(content)
    with pytest.raises(TableError, match="packed more than"):
        load(content)


def test_a_cell_beyond_all_measure_is_refused(load):
    rows = ged({"where_coordinates": "x" * (delimited.MOST_CELL_CHARACTERS + 1)}, {})
    with pytest.raises(TableError, match="row 2 cannot be read: field larger than field limit"):
        load(as_text(rows, GED_49))


def test_a_header_that_is_longer_than_what_is_looked_at_is_refused(load, monkeypatch):
    monkeypatch.setattr(delimited, "_HEAD_BYTES", 200)
    rows = "e1,2024-01-01,Mali" + ",1" * 50
    wide = f"id,date,country,{','.join(f'c{n}' for n in range(50))}\n"
    mapping = "id=id,date=date,country=country"
    with pytest.raises(TableError, match="has a header of more than 200 bytes"):
        load(f"{wide}{rows}\n", mapping=mapping)
    short = wide.replace("c", "", 30)
    assert len(short) < 200
    assert len(load(f"{short}{rows}\n", mapping=mapping.replace("country=country", "country=ountry")).incidents) == 1


def test_a_long_cell_is_read(load):
    table = load(as_text(ged({}, {"source_article": "word " * (1 << 20)}), GED_49))
    assert len(table.incidents) == 2


def test_a_workbook_that_reaches_too_far(load):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["when", "land"])
    book.active["A2"], book.active["B2"] = "2024-03-05", "Mali"
    book.active["XFD1048576"] = "stray"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(TableError, match="Delete what lies beside and below the table"):
        load(out.getvalue(), name="t.xlsx")


def test_what_a_terminal_would_obey_is_written_out(load):
    escape = "\x1b[2J\x9b31m\u202e"
    with pytest.raises(TableError) as refused:
        load(f"a{escape},b\n1,2\n")
    assert str(refused.value).isprintable()
    assert "\\x1b[2J" in str(refused.value)
    table = load(as_text(ged({"best": f"3{escape}"}, {})))
    assert table.problems["value"].tolist() == ["3\\x1b[2J\\x9b31m\\u202e"]
    with pytest.raises(TableError) as refused:
        load(as_text(ged({"country": f"Nowhere{escape}\nError", "country_id": ""})))
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["1,000"], [None]),
        (["1,000", "2"], [None, 2]),
        (["999,999"], [None]),
        (["0,5", "1,000"], [None, None]),  # no whole number; and never 1
        (["1,000,000"], [1_000_000]),  # nothing but thousands
        (["1000"], [1000]),
        (["1.000"], [1]),
    ],
)
def test_a_comma_before_three_digits_of_a_count_is_never_a_point(load, written, read):
    table = load(project(*({"fatalities_best": text} for text in written)))
    assert [None if count != count else count for count in table.incidents["fatalities_best"]] == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["14,510"], [14.51]),  # 14510 is no latitude
        (["14,5", "1,000"], [14.5, 1.0]),
        (["0,123"], [0.123]),
    ],
)
def test_a_comma_before_three_digits_of_a_fraction_is_a_point_where_it_can_be_nothing_else(load, written, read):
    table = load(project(*({"latitude": text, "longitude": "1"} for text in written)))
    assert table.incidents["latitude"].tolist() == read


# --- files that change --------------------------------------------------------------------------------------------


@pytest.fixture(params=["in memory", "on disk", "no room on disk", "no such files", "held open"])
def copied(request, monkeypatch):
    """Copy files in each way that they are copied in, or hold them open."""
    if request.param == "held open":
        monkeypatch.setattr(copies, "_LEAST_HELD_BYTES", 0)
    elif request.param != "in memory":
        monkeypatch.setattr(copies, "_MOST_BYTES_IN_MEMORY", 0)
    if request.param == "no such files":  # as on some file systems of networks and of users
        monkeypatch.setattr(copies.mmap, "mmap", lambda *_, **__: (_ for _ in ()).throw(OSError(19, "No such device")))
    if request.param == "no room on disk":
        monkeypatch.setattr(
            copies, "TemporaryFile", lambda: (_ for _ in ()).throw(OSError(28, "No space left on device"))
        )


@pytest.mark.usefixtures("copied")
@pytest.mark.parametrize("change", ["cut short", "lengthened", "rewritten at its length"])
def test_a_table_that_is_written_to_while_it_is_read_is_refused(tmp_path, monkeypatch, change):
    path = write(tmp_path / "ged.csv", TEXT)
    content = path.read_bytes()
    changed = {"cut short": content[:100], "lengthened": content * 2, "rewritten at its length": content[::-1]}[change]
    read = delimited.DelimitedFile.read

    def read_late(*arguments, **options):
        path.write_bytes(changed)
        os.utime(path, ns=(1, 1))
        return read(*arguments, **options)

    monkeypatch.setattr(delimited.DelimitedFile, "read", read_late)
    with pytest.raises(TableError, match=r"ged\.csv was written to while it was read\. Run again when it is complete"):
        load_incidents(path)


@pytest.mark.usefixtures("copied")
@pytest.mark.parametrize("change", ["removed", "replaced as a whole"])
def test_a_table_that_vanishes_or_is_replaced_was_read_whole(plain, tmp_path, monkeypatch, change):
    path = write(tmp_path / "ged.csv", TEXT)
    read = delimited.DelimitedFile.read

    def read_late(*arguments, **options):
        if change == "removed":
            path.unlink(missing_ok=True)
        else:
            write(path.with_name("new"), "id\n").replace(path)
        return read(*arguments, **options)

    monkeypatch.setattr(delimited.DelimitedFile, "read", read_late)
    pd.testing.assert_frame_equal(load_incidents(path).incidents, plain)


@pytest.mark.usefixtures("copied")
def test_a_table_that_is_written_to_while_it_is_copied_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path / "ged.csv", TEXT)
    state = os.fstat
    times = iter((1, 2))

    def fstat_that_changes(number):
        found = list(state(number))
        return os.stat_result(found, {"st_mtime_ns": next(times, 2)})

    monkeypatch.setattr(copies.os, "fstat", fstat_that_changes)
    with pytest.raises(TableError, match="was written to while it was read"):
        load_incidents(path)


def test_a_large_text_is_read_where_it_lies_with_the_same_result(plain, tmp_path, monkeypatch):
    monkeypatch.setattr(copies, "_LEAST_HELD_BYTES", 0)
    for text in (TEXT.encode(), TEXT.encode("utf-8-sig"), TEXT.encode() + b",,\xe9\n\n"):
        path = write(tmp_path / "ged.csv", text)
        table = load_incidents(path)
        pd.testing.assert_frame_equal(table.incidents, plain)
        assert table.provenance.sha256 == hashlib.sha256(text).hexdigest()
    # What is written while it is hashed would have another hash than what was read.
    state = copies.read_privately(path, lambda _: True)[1]
    path.write_bytes(b"id\n")
    with pytest.raises(TableError, match="was written to while it was read"):
        _ = state.sha256
    # Only text is held: what a process of its own parses is copied, and so is text that must be recoded.
    for head in (b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"<html>", b" [{", b"\xff\xfei\0", b"%PDF"):
        assert not recognising._is_plain_text(head)


def test_a_sheet_of_what_has_none_is_refused(tmp_path):
    with pytest.raises(TableError, match=r"ged\.csv is no workbook and has no sheets\. Leave out sheet='x'"):
        load_incidents(write(tmp_path / "ged.csv", TEXT), sheet="x")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_no_table(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(TableError, match="is no file but a device or a pipe"):
        load_incidents(tmp_path / "pipe.csv")


MAPPED = "id=id,date=date,country=country,deaths=deaths"


def load_json(tmp_path, records):
    return load_incidents(write(tmp_path / "t.json", json.dumps(records).encode()), mapping=MAPPED)


def record(number, **more):
    return {"id": f"e{number}", "date": "2021-01-01", "country": "MLI", "deaths": 1} | more


def test_records_of_forms_and_maps(tmp_path):
    points = [
        {"_geolocation": [14.5, -4.2], "date": "2024-03-05"},
        {"_geolocation": [None, None], "date": "2024-03-06"},
    ]
    mapping = "date=date,country==Mali,lat=_geolocation"
    for records in (points, {"records": [{"id": n, "fields": point} for n, point in enumerate(points)]}):
        table = load_incidents(write(tmp_path / "t.json", json.dumps(records).encode()), mapping=mapping)
        assert table.incidents["latitude"].fillna(0).tolist() == [14.5, 0]
        assert table.provenance.cells_blanked == 0
    feature = {"attributes": {"date": 1709596800000}, "geometry": {"x": -4.2, "y": 14.5}}
    path = write(tmp_path / "t.json", json.dumps({"features": [feature]}).encode())
    table = load_incidents(path, mapping="date=date,country==Mali,lat=latitude,lon=longitude")
    assert table.incidents[["latitude", "longitude"]].iloc[0].tolist() == [14.5, -4.2]
    assert table.incidents["date_start"].iloc[0] == pd.Timestamp(2024, 3, 5)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"TotalCount": 9}, "holds 1 of 9"), ({"count": "9"}, "holds 1 of 9"), ({"meta": {"total": 9}}, "holds 1 of 9"),
        ({"next": "https://a.org/?page=2"}, "more records follow"), ({"offset": "itr1/rec2"}, "more records follow"),
        ({"@odata.nextLink": "https://a.org"}, "more records follow"), ({"has_more": True}, "more records follow"),
        ({"_links": {"next": {"href": "/2"}}}, "more records follow"),
        ({"count": 1, "next": None, "offset": 0, "has_more": False, "links": {"next": ""}}, ""),
        ({"hasMore": "false", "cursor": "abc", "next": {"href": None}, "offset": "0"}, ""),
        ({"links": [{"rel": ["next"], "href": "/2"}]}, "more records follow"), ({"total": 1, "next": "/2"}, ""),
        ({"next": "/2", "has_more": False}, ""),
    ],
)  # fmt: skip
def test_one_page_of_an_answer_is_told(tmp_path, said, told):
    table = load_json(tmp_path, {"results": [record(1)]} | said)
    notes = [note for note in table.provenance.warnings if "page of an answer" in note]
    assert [told in note for note in notes] == [True] * bool(told)


@pytest.mark.parametrize(
    "said",
    [
        {"exceededTransferLimit": True}, {"properties": {"exceededTransferLimit": True}}, {"numberMatched": 9},
        {"links": [{"rel": "self", "href": "/1"}, {"rel": "next", "href": "/2"}]},
    ],
)  # fmt: skip
def test_one_page_of_a_map_is_told(tmp_path, said):
    table = load_json(tmp_path, {"features": [{"properties": record(1)}]} | said)
    assert [note for note in table.provenance.warnings if "page of an answer" in note]


@pytest.mark.parametrize(("n", "told"), [(65_534, False), (65_535, True), (1_048_575, True)])
def test_a_table_that_ends_where_a_sheet_does_is_told(tmp_path, n, told):
    path = write(tmp_path / "t.csv", b"date,country\n" + b"2024-03-05,Mali\n" * n)
    notes = [note for note in load_incidents(path, mapping="date=date,country=country").provenance.warnings]
    assert any("the last that a sheet has" in note for note in notes) == told


def test_geojson_with_a_feature_a_line_is_read(tmp_path):
    """Its columns were "type", and the table refused by that."""
    feature = {"type": "Feature", "properties": {"date": "2024-03-05"}}
    lines = [json.dumps(feature | {"geometry": {"type": "Point", "coordinates": [-4.2, at]}}) for at in (14.5, 14.6)]
    path = write(tmp_path / "t.geojsonl", "\n".join(lines).encode())
    table = load_incidents(path, mapping="date=date,country==Mali,lat=latitude,lon=longitude")
    assert table.incidents["latitude"].tolist() == [14.5, 14.6]
    assert table.incidents["longitude"].tolist() == [-4.2, -4.2]


def test_one_odd_cell_of_json_is_blanked_and_its_column_kept(tmp_path):
    table = load_json(tmp_path, [record(1), record(2), record(3, deaths=[])])
    assert table.incidents["fatalities_best"].tolist()[:2] == [1, 1]
    assert table.incidents["fatalities_best"].isna().tolist() == [False, False, True]
    assert table.problems["value"].tolist() == ["[]"]


def test_a_number_of_ever_more_digits_costs_its_own_value_alone(tmp_path):
    for ends in ("[{}]", "{}"):  # a list, and one record a line
        text = (
            (",", "\n")[ends == "{}"]
            .join(json.dumps(record(n)) for n in (1, 2))
            .replace(": 1}", f": {'9' * 5000}}}", 1)
        )
        table = load_incidents(write(tmp_path / "t.json", ends.format(text).encode()), mapping=MAPPED)
        assert table.incidents["fatalities_best"].isna().tolist() == [True, False]
        assert len(table.problems) == 1


def test_minus_nothing_is_nothing(load):
    table = load(
        "id,date,country,deaths,lat,lon\ne1,2024-01-01,Mali,-0,-0.0,5\n",
        mapping="id=id,date=date," + ",".join(f"{n}={n}" for n in ("country", "deaths", "lat", "lon")),
    )
    assert str(table.incidents["fatalities_best"][0]) == "0.0"
    assert str(table.incidents["latitude"][0]) == "0.0"


def test_a_column_of_lists_is_no_column(tmp_path):
    table = load_json(tmp_path, [record(1, tags=["a"]), record(2, tags=["b"]), record(3)])
    assert any("tags" in note for note in table.provenance.warnings)


def test_half_of_a_pair_of_signs_is_no_fault(tmp_path):
    table = load_json(tmp_path, [record(1) | {"id": "\ud800"}, record(2)])
    assert table.incidents["incident_id"].tolist() == ["?", "e2"]


def test_records_of_ever_new_keys_are_read_in_one_pass_or_refused(tmp_path, monkeypatch):
    records = [record(number, **{f"k{number}_{n}": n for n in range(10)}) for number in range(1500)]
    assert len(load_json(tmp_path, records).incidents) == 1500
    monkeypatch.setattr("analysis.incidents.files.records.MOST_JSON_COLUMNS", 100)
    with pytest.raises(TableError, match="15,004 different keys in its records; a table has at most 100"):
        load_json(tmp_path, records)


def test_a_text_of_json_lines_may_hold_any_other_end_of_line(tmp_path):
    lines = "\n".join(json.dumps(record(n, deaths=n) | {"id": f"a\u2028{n}"}, ensure_ascii=False) for n in (1, 2))
    table = load_incidents(write(tmp_path / "t.json", lines.encode()), mapping=MAPPED)
    assert table.incidents["fatalities_best"].tolist() == [1, 2]


@pytest.mark.parametrize(("end", "told"), [('"a note"', False), ('"a no', True), ('a 5" shell', False)])
def test_a_file_cut_within_its_last_quoted_cell_is_told(tmp_path, end, told):
    path = tmp_path / "t.csv"
    path.write_text(f'date,country,note\n2024-01-01,Mali,"one"\n2024-01-02,Mali,{end}', encoding="utf-8")
    table = load_incidents(path, mapping="date=date,country=country,place=note")
    assert len(table.incidents) == 2
    assert any("ends within a quoted cell" in note for note in table.provenance.warnings) == told


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ('"un', 'deux"', "3 lines within quoted cells read as rows and are not counted (the first after row 3)"),
        ('"the "big" one', 'another" one', ""),  # of which no mark stands at the beginning of a cell and pairs up
        ('"a note\nof 2024-01-01, of Mali, and more"', "", ""),  # of as many commas as a row
    ],
)
def test_rows_between_two_stray_quotation_marks_are_told(tmp_path, first, last, told):
    notes = ["", first, "", "", last, ""]
    rows = "".join(f"2024-01-{day:02d},Mali,{note}\n" for day, note in enumerate(notes, 1))
    path = write(tmp_path / "t.csv", f"date,country,note\n{rows}".encode())
    found = load_incidents(path, mapping="date=date,country=country").provenance.warnings
    assert [note.partition(":")[0] for note in found if "within" in note] == ([told] if told else [])


def test_a_first_cell_of_two_lines_is_no_row_within_a_cell(tmp_path):
    path = write(tmp_path / "t.csv", b'place,date,country\n"near\nGao 7",2024-01-01,Mali\nGao 8,2024-01-02,Mali\n')
    found = load_incidents(path, mapping="date=date,country=country").provenance.warnings
    assert not [note for note in found if "within" in note]


def test_points_of_geojson_are_read_and_other_geometries_told(tmp_path):
    shapes = [
        {"type": "Point", "coordinates": [-0.1, 16.2]}, {"type": "MultiPoint", "coordinates": [[-0.2, 16.3]]},
        {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]},
        {"type": "LineString", "coordinates": [[1, 2], [3, 4]]},
        {"x": -0.3, "y": 16.4}, None,
    ]  # fmt: skip
    own = {"Latitude": None, "Longitude": None}
    features = [{"type": "Feature", "properties": {"date": "2024-01-05", **own}, "geometry": one} for one in shapes]
    path = write(tmp_path / "map.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    table = load_incidents(path, mapping="date=date,country==Mali,lat=Latitude,lon=Longitude")
    assert table.incidents["longitude"].dropna().tolist() == [-0.1, -0.2, -0.3]
    assert "geometries that are no points, whose coordinates are not read: 2" in table.provenance.warnings
