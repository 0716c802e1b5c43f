"""The slides say what the page says: every chart with its words, every refusal, and numbers that can be edited but not
run."""

import csv
import shutil
from base64 import b64encode
from io import BytesIO

import nbformat
import openpyxl
import pytest
from pptx import Presentation
from pptx.util import Emu

from analysis.publishing.document import FACTS, Document, Section, read_document
from analysis.publishing.html import render_html
from analysis.publishing.publish import publish_report
from analysis.publishing.slides import write_slides
from analysis.reports.blocks import MIME


@pytest.fixture(scope="module")
def document(situation):
    notebook = nbformat.read(situation / "notebook.ipynb", as_version=4)
    study = {
        "kind": "study",
        "as_of": "2025-07-01",
        "seed": 1,
        "selection": {},
        "inputs": [],
    }  # not kept in a published notebook
    notebook.cells[-1].outputs.append(nbformat.v4.new_output("display_data", data={MIME: study}))
    return read_document(notebook)


@pytest.fixture(scope="module")
def deck(situation, document, tmp_path_factory):
    folder = tmp_path_factory.mktemp("slides")
    shutil.copytree(situation / "charts", folder / "charts")
    write_slides(document, folder / "briefing.pptx")
    return Presentation(folder / "briefing.pptx")


def block_of(document, kind):
    return next(block for block in document.blocks() if block["kind"] == kind)


def said_in(section):
    return [sentence for block in section.blocks if block["kind"] == "say" for sentence in block["paragraphs"]]


def texts(slide):
    return [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]


def pictures(deck):
    return [(slide, shape) for slide in deck.slides for shape in slide.shapes if shape.shape_type == 13]


def test_the_finding_comes_first_and_the_key_figures_next(deck, document):
    finding, cards = block_of(document, "finding"), block_of(document, "figures")["cards"]
    first, second = deck.slides[0], deck.slides[1]
    assert first.shapes.title.text_frame.text == "Attacks by JNIM in Mali"
    assert finding["sentence"] in texts(first)
    assert finding["qualifiers"]
    assert all(any(said in text for text in texts(first)) for said in finding["qualifiers"])
    assert 4 <= len(cards) <= 6
    assert all(
        card[part] in "\n".join(texts(second)) for card in cards for part in ("label", "value", "uncertainty", "note")
    )


def test_every_chart_has_a_slide_with_its_text_alternative_and_what_is_said_of_it(deck, document, situation):
    shown = pictures(deck)
    charts = [(section, block) for section in document.sections for block in section.blocks if block["kind"] == "chart"]
    assert len(shown) == len(charts) == len(list((situation / "charts").glob("*.png")))
    for (slide, picture), (section, block) in zip(shown, charts, strict=True):
        assert picture._element.nvPicPr.cNvPr.get("descr") == block["alt"]
        assert slide.shapes.title.text_frame.text == (section.heading or block["title"])
        said = slide.notes_slide.notes_text_frame.text
        assert all(sentence in said for sentence in said_in(section))


def test_what_has_no_chart_and_what_cannot_be_said_is_all_there(deck, document):
    everything = "\n".join("\n".join(texts(slide)) for slide in deck.slides)
    sections = [
        section
        for section in document.sections
        if section.heading and not any(block["kind"] == "chart" for block in section.blocks)
    ]
    told = [block["alt"] for block in document.blocks() if block["kind"] == "chart"]
    wanted = [
        section
        for section in sections
        if section.heading != "Method and lineage" and not any(" ".join(said_in(section)) in alt for alt in told)
    ]
    assert len(wanted) >= 2
    assert all(sentence in everything for section in wanted for sentence in said_in(section))
    assert sum(len(said_in(section)) for section in wanted) > 10


def test_nothing_leaves_its_slide_and_no_slide_is_without_a_title(deck):
    for slide in deck.slides:
        assert slide.shapes.title.text_frame.text
        for shape in slide.shapes:
            assert Emu(0) <= shape.left <= shape.left + shape.width <= deck.slide_width
            assert Emu(0) <= shape.top <= shape.top + shape.height <= deck.slide_height
            if shape.has_text_frame and shape != slide.shapes.title:
                assert all(run.font.size.pt >= 9 for part in shape.text_frame.paragraphs for run in part.runs)


def native(deck):
    return next(shape for slide in deck.slides for shape in slide.shapes if shape.has_chart)


def test_the_timeline_can_be_edited_and_holds_the_counts(deck, situation):
    with (situation / "charts" / "timeline.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    plot = native(deck).chart.plots[0]
    assert list(plot.series[0].values) == [float(row["value"]) for row in rows]
    assert list(plot.categories)[:2] == ["2024-01", "2024-02"]
    assert list(plot.categories)[-1] == "2025-07 (part)"
    assert native(deck)._element.nvGraphicFramePr.cNvPr.get("descr").startswith("Attacks per month")


def test_a_long_history_is_cut_aloud(situation, tmp_path):
    (tmp_path / "charts").mkdir()
    shutil.copy(situation / "charts" / "timeline.png", tmp_path / "charts")
    rows = [
        f"month,{year}-{month:02d}-01,True,{month},computed\n" for year in range(2000, 2025) for month in range(1, 13)
    ]
    (tmp_path / "charts" / "timeline.csv").write_text("period,period_start,complete,value,status\n" + "".join(rows))
    write_slides(hostile_report(), tmp_path / "briefing.pptx")
    deck = Presentation(tmp_path / "briefing.pptx")
    chart = native(deck).chart
    assert len(list(chart.plots[0].categories)) == 120
    assert any("The last 120 of 300; all are in the file." in text for slide in deck.slides for text in texts(slide))
    assert chart.category_axis._element.xpath("c:tickLblSkip/@val") == ["9"]


def report(*sections):
    """Return a document of headings with their blocks; a finding that is not given is the plainest."""
    made = [Section(heading, heading, list(blocks)) for heading, *blocks in sections]
    if not any(block["kind"] == "finding" for section in made for block in section.blocks):
        made[0].blocks.insert(0, {"kind": "finding", "sentence": "It is so.", "qualifiers": []})
    title = next(
        (block["heading"] for section in made for block in section.blocks if block["kind"] == "title"), "A report"
    )
    return Document(made, dict.fromkeys(FACTS, "a") | {"title": title, "as_of": "2025-07-01", "inputs": []})


def said(*paragraphs, as_list=False):
    return {"kind": "say", "paragraphs": list(paragraphs), "as_list": as_list}


def hostile_report():
    points = [f"=cmd|' /C calc'!A0 {number} \u202eevil" for number in range(40)]
    alt = "=SUM(1+1)' <script>. It rises. Then it falls."
    return report(
        (
            "",
            {"kind": "title", "heading": "<script>alert(1)</script> \u202eevil", "subtitle": "@x"},
            {"kind": "finding", "sentence": "=1+1", "qualifiers": []},
            {"kind": "chart", "name": "timeline", "title": "=SUM(1+1)", "alt": alt},
        ),
        ("What this cannot say", said(*points, as_list=True)),
        ("A question with a very long answer", said("word " * 3000)),
    )


def test_hostile_and_endless_texts_are_text_and_none_is_lost(situation, tmp_path):
    (tmp_path / "charts").mkdir()
    shutil.copy(situation / "charts" / "timeline.png", tmp_path / "charts")
    (tmp_path / "charts" / "timeline.csv").write_text(
        "period,period_start,complete,value,status\nmonth,=1+1,True,3,computed\nmonth,2025-02-01,True,,not_computed\nmonth,2025-03-01,False,2,computed\n"
    )
    write_slides(hostile_report(), tmp_path / "briefing.pptx")
    deck = Presentation(tmp_path / "briefing.pptx")
    everything = "\n".join("\n".join(texts(slide)) for slide in deck.slides)
    assert "<script>alert(1)</script> \\u202eevil" in everything
    assert "\u202e" not in everything
    assert all(f"A0 {number} " in everything for number in range(40))
    assert everything.count("word") >= 3000
    chart = native(deck).chart
    assert list(chart.plots[0].series[0].values) == [3.0, None, 2.0]
    book = openpyxl.load_workbook(BytesIO(chart.part.chart_workbook.xlsx_part.blob))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert "'=1+1" in [cell.value for cell in cells]
    assert "1 without a bar could not be counted" in everything


def test_no_words_are_lost_whatever_the_report(tmp_path):
    document = report(
        (
            "",
            {"kind": "title", "heading": "long " * 100, "subtitle": ""},
            {"kind": "finding", "sentence": "finding " * 500 + "the end", "qualifiers": []},
            said("Before any heading \uffff."),
        ),
        (
            "Refused",
            said("No", "An important refusal."),
            {"kind": "text", "text": "Printed."},
            {"kind": "prose", "markdown": "Written by hand."},
        ),
    )
    write_slides(document, tmp_path / "briefing.pptx")
    everything = "\n".join("\n".join(texts(slide)) for slide in Presentation(tmp_path / "briefing.pptx").slides)
    for words in ("Before any heading", "the end", "An important refusal.", "Printed.", "Written by hand."):
        assert words in everything


def test_a_notebook_of_ones_own_loses_neither_pictures_nor_cards(situation, tmp_path):
    picture = b64encode((situation / "charts" / "timeline.png").read_bytes()).decode()
    shown = {"kind": "picture", "form": "image/png", "data": picture, "alt": "<Figure>"}
    cards = [
        {"label": f"Number {n}", "value": str(n), "uncertainty": "", "note": "", "absent": False} for n in range(8)
    ]
    document = report(("", {"kind": "figures", "cards": cards}, shown), ("Another", said("Said."), shown))
    write_slides(document, tmp_path / "briefing.pptx")
    deck = Presentation(tmp_path / "briefing.pptx")
    assert [slide.shapes.title.text_frame.text for slide in deck.slides] == [
        "A report", "Key figures", "Key figures", "A report, as of 2025-07-01; tables, method and lineage: report.html", "Another",
    ]  # fmt: skip
    assert len(pictures(deck)) == 2
    everything = "\n".join("\n".join(texts(slide)) for slide in deck.slides)
    assert all(f"Number {n}" in everything for n in range(8))
    assert "Said." in everything
    page = render_html(document, charts=tmp_path, made="a")
    assert page.count(f'<img src="data:image/png;base64,{picture}" alt="&lt;Figure&gt;">') == 2


def test_a_report_that_is_asked_for_slides_has_them(tmp_path):
    made = publish_report({"headline_count": 3, "n_simulations": 200}, out=tmp_path, formats=("pptx",))
    assert (made.folder / "briefing.pptx").exists()
    assert (made.folder / "report.html").exists()
    assert not (made.folder / "report.pdf").exists()
    assert '/briefing.pptx">slides</a>' in (tmp_path / "index.html").read_text()
    assert len(pictures(Presentation(made.folder / "briefing.pptx"))) > 5
