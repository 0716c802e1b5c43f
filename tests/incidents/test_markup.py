"""Tables in web pages and in the XML of Excel 2003."""

import pytest

from analysis.incidents.errors import TableError
from analysis.incidents.load import load_incidents
from tests.incidents.tables import write

MAPPING = "date=Date,country=Country,place=Place,deaths=Killed"
LOGIN = (
    "<html><form><table><tr><td>Name<td><input></tr><tr><td>Word<td><input type=password></tr></table></form></html>"
)
PAGE = """<html><head><meta charset="windows-1252"><style>td > a {{}} <table><tr><td>x</style></head><body>
<table><tr><td>Menu</td></tr></table><!-- <table><tr><td>no</td></tr></table> -->
<table border=1><caption>x</caption><thead><tr><th colspan=4>Attacks in 2024</th></tr>
<tr><th>Date</th><th>Country</th><th>Place</th><th>Killed</th></tr></thead>
<tr><td rowspan="2">5&nbsp;March</td><td>Mali<td>{place} <br>(centre)<td rowspan=2>3</tr>
<tr><td>Niger</td><td>T&eacute;ra</td></tr>
<tr><td>2024-03-07</td><td>Mali</td><td><table><tr><td>Gao</td></tr></table></td><td>0</td></tr></table></body></html>"""
SHEET = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="A"><Table>{rows}</Table></Worksheet></Workbook>"""


def test_a_web_page_under_the_name_of_a_workbook(load):
    table = load(PAGE.format(place="S\xe9gou").encode("cp1252"), name="export.xls", mapping=MAPPING)
    assert [f"{day:%Y-%m-%d}" for day in table.incidents["date_start"]] == ["2024-03-05", "2024-03-05", "2024-03-07"]
    assert table.incidents["country"].tolist() == ["MLI", "NER", "MLI"]
    assert table.incidents["locality"].fillna("").tolist() == ["Ségou (centre)", "Téra", ""]
    # A number that is merged over rows is nobody's.
    assert table.incidents["fatalities_best"].isna().tolist() == [True, True, False]
    told = table.provenance.warnings
    assert told[0].startswith("the file is a web page or XML under the name of a table")
    assert any("read as of the year of their row, or of the title (2024): 2" in words for words in told)


def test_a_header_of_two_rows(load):
    head = "<tr><th rowspan=2>Date<th colspan=2>Where<th rowspan=2 colspan=1>Killed<tr><th>Country<th>Place"
    rows = "".join(f"<tr><td data-order=1>2024-03-0{n}<td>Mali<td>Gao<td>1&nbsp;20{n}" for n in range(1, 6))
    table = load(f"<table>{head}{rows}</table>", mapping=MAPPING)
    assert table.incidents["fatalities_best"].tolist() == [1201, 1202, 1203, 1204, 1205]


def test_a_workbook_that_excel_saved_as_xml(load):
    def row(*cells):
        return "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in cells) + "</Row>"

    rows = row("Date", "Country", "Place", "Killed") + row("2024-03-05T00:00:00.000", "Mali", "Gao &amp; Ansongo", 2)
    rows += row("2024-03-06", "Mali").replace("</Row>", '<Cell ss:Index="4"><Data>1</Data></Cell></Row>')
    table = load(SHEET.format(rows=rows), name="old.xml", mapping=MAPPING)
    assert table.incidents["locality"].fillna("").tolist() == ["Gao & Ansongo", ""]
    assert table.incidents["fatalities_best"].tolist() == [2, 1]


@pytest.mark.parametrize(
    "page",
    [
        "<table>" + "<tr><td colspan=16384>x" * 3000, "<table><tr>" + "<td>x" * 10_000 + "<tr><td>x" * 3000,
    ],
)  # fmt: skip
def test_a_page_that_would_fill_memory_is_refused(tmp_path, page):
    with pytest.raises(TableError, match="more cells than a table can have"):
        load_incidents(write(tmp_path / "page.xls", page))
    with pytest.raises(TableError, match="a web page, perhaps a log-in"):
        load_incidents(write(tmp_path / "page.xls", "<table><tr><td>" * 60))


@pytest.mark.parametrize("page", [LOGIN, "<html><p>Just a moment</p></html>", "<a" * 1000 + "<table><tr><td>"])
def test_a_page_without_a_table_is_refused(tmp_path, page):
    with pytest.raises(TableError, match="a web page, perhaps a log-in or error page saved in place of the table"):
        load_incidents(write(tmp_path / "page.csv", page))
