"""The slides say what the page says: every chart with its words, every refusal, and numbers that can be edited but not run."""

import csv
import shutil
from base64 import b64encode
from io import BytesIO

import nbformat
import openpyxl
import pytest
from pptx import Presentation
from pptx.util import Emu

from analysis.publishing.html import render_html
from analysis.publishing.publish import publish_report
from analysis.publishing.slides import read_briefing, write_slides


@pytest.fixture(scope="module")
def notebook(situation):
    return nbformat.read(situation / "notebook.ipynb", as_version=4)


@pytest.fixture(scope="module")
def deck(situation, notebook, tmp_path_factory):
    folder = tmp_path_factory.mktemp("slides")
    shutil.copytree(situation / "charts", folder / "charts")
    write_slides(notebook, folder / "briefing.pptx", title="A report", as_of="2025-07-01")
    return Presentation(folder / "briefing.pptx")


def texts(slide):
    return [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]


def pictures(deck):
    return [(slide, shape) for slide in deck.slides for shape in slide.shapes if shape.shape_type == 13]


def test_the_finding_comes_first_and_the_key_figures_next(deck, notebook):
    briefing = read_briefing(notebook)
    first, second = deck.slides[0], deck.slides[1]
    assert first.shapes.title.text_frame.text == "Attacks by JNIM in Mali"
    assert briefing.finding in texts(first)
    assert len(briefing.qualifiers) == 3
    assert all(any(said in text for text in texts(first)) for said in briefing.qualifiers)
    assert 4 <= len(briefing.cards) <= 6
    assert all(part in "\n".join(texts(second)) for card in briefing.cards for part in card)


def test_every_chart_has_a_slide_with_its_text_alternative_and_what_is_said_of_it(deck, notebook, situation):
    shown = pictures(deck)
    briefing = read_briefing(notebook)
    charts = [(section, alt) for section in briefing.sections for _, alt in section.charts]
    assert len(shown) == len(charts) == len(list((situation / "charts").glob("*.png")))
    for (slide, picture), (section, alt) in zip(shown, charts, strict=True):
        assert picture._element.nvPicPr.cNvPr.get("descr") == alt
        assert slide.shapes.title.text_frame.text == section.heading
        said = slide.notes_slide.notes_text_frame.text
        assert all(sentence in said for sentence in section.said)


def test_what_has_no_chart_and_what_cannot_be_said_is_all_there(deck, notebook):
    everything = "\n".join("\n".join(texts(slide)) for slide in deck.slides)
    wanted = ["Is it speeding up; since when?", "What next?", "What this cannot say"]
    sections = [section for section in read_briefing(notebook).sections if section.heading in wanted]
    assert len(sections) == 3
    assert all(sentence in everything for section in sections for sentence in section.said)
    assert sum(len(section.said) for section in sections) > 10


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
    write_slides(hostile_notebook(), tmp_path / "briefing.pptx", title="A report", as_of="2025-07-01")
    deck = Presentation(tmp_path / "briefing.pptx")
    chart = native(deck).chart
    assert len(list(chart.plots[0].categories)) == 120
    assert any("The last 120 of 300; all are in the file." in text for slide in deck.slides for text in texts(slide))
    assert chart.category_axis._element.xpath("c:tickLblSkip/@val") == ["9"]


def cell(markup):
    output = nbformat.v4.new_output("display_data", data={"text/html": markup})
    return nbformat.v4.new_code_cell("", outputs=[output])


def hostile_notebook():
    points = "".join(f"<li>=cmd|' /C calc'!A0 {number} \u202eevil</li>" for number in range(40))
    alt = "=SUM(1+1)&#x27; &lt;script&gt;. It rises. Then it falls."
    return nbformat.v4.new_notebook(
        cells=[
            cell("<h1>&lt;script&gt;alert(1)&lt;/script&gt; \u202eevil</h1><p class='subtitle'>@x</p>"),
            cell("<div class='finding'><p>=1+1</p></div>"),
            cell(f"<figure id='chart-timeline'><img src='x' alt='{alt}'></figure>"),
            nbformat.v4.new_markdown_cell("## What this cannot say"),
            cell(f"<ul>{points}</ul>"),
            nbformat.v4.new_markdown_cell("## A question with a very long answer"),
            cell(f"<p>{'word ' * 3000}</p>"),
        ]
    )


def test_hostile_and_endless_texts_are_text_and_none_is_lost(situation, tmp_path):
    (tmp_path / "charts").mkdir()
    shutil.copy(situation / "charts" / "timeline.png", tmp_path / "charts")
    (tmp_path / "charts" / "timeline.csv").write_text(
        "period,period_start,complete,value,status\nmonth,=1+1,True,3,computed\nmonth,2025-02-01,True,,not_computed\nmonth,2025-03-01,False,2,computed\n"
    )
    write_slides(hostile_notebook(), tmp_path / "briefing.pptx", title="A report", as_of="2025-07-01")
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


def test_no_words_are_lost_whatever_the_page(situation, tmp_path):
    (tmp_path / "charts").mkdir()
    alt = "A. No change. " + "x " * 30
    notebook = nbformat.v4.new_notebook(
        cells=[
            cell(f"<h1>{'long ' * 100}</h1><p>Before any heading \uffff.</p></div><p>After a stray end.</p>"),
            cell(f"<div class='finding'><p>{'finding ' * 500}the end</p></div>"),
            nbformat.v4.new_markdown_cell("## A chart that is not there"),
            cell(
                f"<figure id='chart-gone'><a><img src='data:x' alt='{alt}'></a></figure><figure id='chart-b'></figure><p>Words of it.</p>"
            ),
            nbformat.v4.new_markdown_cell("## Refused"),
            cell("<p>No</p><p>An important refusal.</p>"),
        ]
    )
    write_slides(notebook, tmp_path / "briefing.pptx", title="A report", as_of="2025-07-01")
    everything = "\n".join("\n".join(texts(slide)) for slide in Presentation(tmp_path / "briefing.pptx").slides)
    for words in ("Before any heading", "After a stray end.", "the end", "Words of it.", "An important refusal."):
        assert words in everything


def test_a_notebook_of_ones_own_loses_neither_pictures_nor_cards(situation, tmp_path):
    (tmp_path / "charts").mkdir()
    picture = b64encode((situation / "charts" / "timeline.png").read_bytes()).decode()
    shown = nbformat.v4.new_output("display_data", data={"image/png": picture, "text/plain": "<Figure>"})
    cards = "".join(f"<div class='card'><dt>Number {n}</dt><dd class='value'>{n}</dd></div>" for n in range(8))
    cells = [
        cell(f"<dl class='cards'>{cards}</dl>"),
        nbformat.v4.new_code_cell("", outputs=[shown]),
        nbformat.v4.new_markdown_cell("## Another"),
        cell("<p>Said.</p>"),
        nbformat.v4.new_code_cell("", outputs=[shown]),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    write_slides(notebook, tmp_path / "briefing.pptx", title="A report", as_of="2025-07-01")
    deck = Presentation(tmp_path / "briefing.pptx")
    assert [slide.shapes.title.text_frame.text for slide in deck.slides] == [
        "A report", "Key figures", "Key figures", "A report, as of 2025-07-01; tables, method and lineage: report.html", "Another",
    ]  # fmt: skip
    assert len(pictures(deck)) == 2
    everything = "\n".join("\n".join(texts(slide)) for slide in deck.slides)
    assert all(f"Number {n}" in everything for n in range(8))
    assert "Said." in everything
    page = render_html(notebook, title="A report", as_of="2025-07-01", made="a")
    assert page.count(f'<img src="data:image/png;base64,{picture}" alt="&lt;Figure&gt;">') == 2


def test_a_report_that_is_asked_for_slides_has_them(tmp_path):
    made = publish_report({"headline_count": 3, "n_simulations": 200}, out=tmp_path, formats=("pptx",))
    assert (made.folder / "briefing.pptx").exists()
    assert (made.folder / "report.html").exists()
    assert not (made.folder / "report.pdf").exists()
    assert '/briefing.pptx">slides</a>' in (tmp_path / "index.html").read_text()
    assert not list(made.folder.rglob("*.pending"))
    assert len(pictures(Presentation(made.folder / "briefing.pptx"))) > 5
