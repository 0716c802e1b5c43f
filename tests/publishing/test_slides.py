"""Slides: six of a brief, in whatever template; of other reports nothing that is said is lost; all texts are only
text.
"""

import shutil
import time
import zipfile
from base64 import b64encode
from io import BytesIO

import openpyxl
import pytest
from PIL import Image
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.util import Emu, Inches, Pt

from analysis.language import used
from analysis.publishing.deck import BODY_SIZES
from analysis.publishing.deck_template import Template, problem_of
from analysis.publishing.document import FACTS, Document, Section
from analysis.publishing.html import render_html
from analysis.publishing.slides import charts_on_slides, write_slides

COUNTS = "period,period_start,period_end,value,covered_start,covered_end\n" + "".join(
    f"month,2025-{month:02d}-01,2025-{month + 1:02d}-01,{month},2025-{month:02d}-01,{end}\n"
    for month, end in ((4, "2025-05-01"), (5, "2025-06-01"), (6, "2025-06-20"))
)
CARDS = [
    {"label": f"Figure {n}", "value": f"{n * 3}", "uncertainty": "", "note": f"note {n}", "absent": False}
    for n in range(6)
]


def picture(folder, name, *, size=(400, 300)):
    folder.mkdir(exist_ok=True)
    Image.new("RGB", size, "white").save(folder / f"{name}.png")


def said(*paragraphs, as_list=False, part=""):
    return {"kind": "say", "paragraphs": list(paragraphs), "as_list": as_list} | ({"part": part} if part else {})


def table(*rows, part=""):
    head = [{"words": "Region", "type": ""}, {"words": "30 days", "type": "number"}, {"words": "Change", "type": ""}]
    return {
        "kind": "table",
        "title": "Kayes has most: 5 of 15",
        "head": head,
        "rows": list(rows),
        "note": "a note",
        "part": part,
    }


def chart(name, part=""):
    return {
        "kind": "chart",
        "name": name,
        "title": f"Finding of {name}",
        "alt": f"Alternative of {name}.",
        "part": part,
    }


def report(*sections):
    """Return a document of headings with their blocks; a finding that is not given is the plainest."""
    made = [Section(heading, heading, list(blocks)) for heading, *blocks in sections]
    if not any(block["kind"] == "finding" for section in made for block in section.blocks):
        made[0].blocks.insert(0, {"kind": "finding", "sentence": "It is so.", "qualifiers": []})
    title = next(
        (block["heading"] for section in made for block in section.blocks if block["kind"] == "title"), "A report"
    )
    return Document(made, dict.fromkeys(FACTS, "a") | {"title": title, "as_of": "2025-07-01", "inputs": []})


def brief(*, rows=6, points=3):
    """Return a document with every part of a brief and an annex."""
    listed = [[f"Region {n}", f"{n}", "× 2 (1–4)"] for n in range(rows)]
    return report(
        (
            "",
            {"kind": "title", "heading": "Attacks in Mali", "subtitle": "As of 1 July 2025. Source: a table.",
                "part": "headline"},
            {
                "kind": "finding", "sentence": "Attacks are rising.",
                "qualifiers": ["15 in 30 days.", "Confidence is low."],
                "fine": "Ratio 3.1.", "part": "headline",
            },
            {"kind": "figures", "cards": CARDS, "part": "headline"},
            {"kind": "heading", "heading": "Timeline", "part": "timeline"},
            chart("brief_timeline", "timeline"),
            {"kind": "heading", "heading": "Where", "part": "where"},
            chart("map", "where"),
            table(*listed, part="where"),
            {"kind": "heading", "heading": "Who", "part": "who"},
            table(["JNIM", "15", "–"], part="who"),
            {"kind": "heading", "heading": "What stands out", "part": "stands_out"},
            said(*[f"Point {n} stands out." for n in range(points)], as_list=True, part="stands_out"),
            {"kind": "heading", "heading": "What next and what to watch", "part": "next"},
            said("25 in a month would count as a rise.", as_list=True, part="next"),
            {"kind": "heading", "heading": "How far to trust this", "part": "trust"},
            said("The table is coded by hand.", as_list=True, part="trust"),
        ),
        ("How often", said("A long annex."), chart("annex")),
        ("Limits", said("Counts say nothing of intent.", as_list=True)),
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    for name in ("brief_timeline", "map", "annex", "timeline"):
        picture(tmp_path / "charts", name)
    (tmp_path / "charts" / "brief_timeline.csv").write_text(COUNTS)
    return tmp_path


def deck_of(document, folder, **options):
    write_slides(document, folder / "briefing.pptx", **options)
    return Presentation(folder / "briefing.pptx")


def texts(slide):
    return [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]


def tables(slide):
    return [
        [[cell.text for cell in row.cells] for row in shape.table.rows] for shape in slide.shapes if shape.has_table
    ]


def pictures(deck):
    return [(slide, shape) for slide in deck.slides for shape in slide.shapes if shape.shape_type == 13]


def native(deck):
    return next(shape for slide in deck.slides for shape in slide.shapes if shape.has_chart)


def titles(deck):
    return [slide.shapes.title.text_frame.text for slide in deck.slides]


def everything(deck):
    return "\n".join("\n".join([*texts(slide), str(tables(slide))]) for slide in deck.slides)


def test_a_brief_is_six_slides(folder):
    deck = deck_of(brief(), folder)
    assert titles(deck) == [
        "Attacks are rising.", "Finding of brief_timeline", "Finding of map", "Kayes has most: 5 of 15",
        "What next and what to watch", "How far to trust this",
    ]  # fmt: skip
    first, _, where, who, *_ = deck.slides
    assert any("15 in 30 days." in text and "Confidence is low." in text for text in texts(first))
    for row, part in enumerate(("label", "value")):
        assert [cell for held in tables(first) for cell in held[row]] == [card[part] for card in CARDS]
    assert tables(where)[0][1] == ["Region 0", "0", "× 2 (1–4)"]
    assert [slide for slide, _ in pictures(deck)] == [where]
    assert pictures(deck)[0][1]._element.nvPicPr.cNvPr.get("descr") == "Alternative of map."
    assert any("Point 2 stands out." in text for text in texts(who))
    assert all(any("Source: a table." in text for text in texts(slide)) for slide in deck.slides)
    assert charts_on_slides(brief()) == ["map"]


def test_countries_stand_beside_the_timeline_on_one_slide(folder):
    document = brief()
    blocks = document.sections[0].blocks
    after = next(at for at, block in enumerate(blocks) if block.get("part") == "where")
    blocks[after:after] = [{"kind": "heading", "heading": "Countries", "part": "countries"}, chart("map", "countries")]
    deck = deck_of(document, folder)
    assert len(deck.slides) == 6
    assert deck.slides[1].shapes.title.text_frame.text == "Finding of brief_timeline"
    (beside,) = [shape for slide, shape in pictures(deck) if slide == deck.slides[1]]
    (drawn,) = [shape for shape in deck.slides[1].shapes if shape.has_chart]
    assert drawn.left + drawn.width <= beside.left


def test_a_chart_of_any_part_and_a_further_part_reach_the_slides(folder):
    document = brief()
    document.sections[0].blocks += [
        chart("map", "stands_out"),
        chart("map", "headline"),
        chart("map", "timeline"),
        {"kind": "heading", "heading": "Weather", "part": "weather"},
        said("It rained.", as_list=True, part="weather"),
    ]
    deck = deck_of(document, folder)
    assert [slide for slide, _ in pictures(deck)] == [deck.slides[at] for at in (1, 1, 2, 3)]
    assert charts_on_slides(document) == ["map"] * 4
    assert deck.slides[6].shapes.title.text_frame.text == "Weather"
    assert "It rained." in " ".join(texts(deck.slides[6]))


def test_six_figures_stand_in_two_rows_in_type_that_can_be_read(folder):
    document = brief()
    (figures,) = [block for block in document.blocks() if block["kind"] == "figures"]
    long = {"uncertainty": "", "note": "moyenne de l'année jusqu'à septembre 2020", "absent": False}
    figures["cards"] = [{"label": "Les 30 jours précédents", "value": f"{n}"} | long for n in range(6)]
    first = deck_of(document, folder).slides[0]
    held = [shape for shape in first.shapes if shape.has_table]
    assert [[cell.text for cell in shape.table.rows[1].cells] for shape in held] == [["0", "1", "2"], ["3", "4", "5"]]
    sizes = [
        run.font.size.pt
        for shape in held for row in shape.table.rows for cell in row.cells
        for paragraph in cell.text_frame.paragraphs for run in paragraph.runs
    ]  # fmt: skip
    assert min(sizes) >= 12
    assert max(shape.top + shape.height for shape in held) <= 7.5 * 914_400


def test_method_and_caveats_are_in_the_notes(folder):
    deck = deck_of(brief(), folder)
    first, *_, last = deck.slides
    assert "Ratio 3.1." in first.notes_slide.notes_text_frame.text
    assert "Counts say nothing of intent." in last.notes_slide.notes_text_frame.text


def test_a_part_that_is_absent_leaves_no_empty_slide(folder):
    document = brief()
    document.sections[0].blocks = [
        block for block in document.sections[0].blocks if block["part"] in ("headline", "trust")
    ]
    assert titles(deck_of(document, folder)) == ["Attacks are rising.", "How far to trust this"]


def test_the_timeline_can_be_edited_and_marks_what_is_not_over(folder):
    deck = deck_of(brief(), folder)
    plot = native(deck).chart.plots[0]
    assert list(plot.series[0].values) == [4.0, 5.0, 6.0]
    assert list(plot.categories) == ["Apr 2025", "May 2025", "Jun 2025 (part)"]
    assert [point.format.fill.type for point in (plot.series[0].points[n] for n in (1, 2))] == [
        None,
        5,
    ]  # 5: none at all
    assert native(deck)._element.nvGraphicFramePr.cNvPr.get("descr") == "Alternative of brief_timeline."
    assert "not over" in native(deck).chart.chart_title.text_frame.text
    with used("fr"):
        assert list(native(deck_of(brief(), folder)).chart.plots[0].categories)[-1] == "juin 2025 (partiel)"


def test_counts_that_are_no_series_are_shown_as_the_picture(folder):
    (folder / "charts" / "brief_timeline.csv").write_text("x,y\n1,2\n")
    assert len(pictures(deck_of(brief(), folder))) == 2


def test_a_picture_drawn_for_slides_goes_first(folder, tmp_path):
    picture(tmp_path / "drawn", "map", size=(700, 500))
    shown = pictures(deck_of(brief(), folder, pictures=tmp_path / "drawn"))[0][1]
    assert shown.image.size == (700, 500)


def without(layout, kinds):
    for shape in list(layout.placeholders):
        if shape.placeholder_format.type in kinds:
            shape._element.getparent().remove(shape._element)


def ministry(path, *, kind):
    """Write a template: of 4 to 3 with a narrow body, with titles alone, without any placeholder, or with slides of its
    own.
    """
    deck = Presentation()
    title, body = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE), (PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.BODY)
    if kind == "narrow":
        for layout in deck.slide_layouts:
            for shape in layout.placeholders:
                if shape.placeholder_format.type in body:
                    shape.left, shape.top, shape.width, shape.height = Inches(3), Inches(2), Inches(6), Inches(4.5)
    if kind in ("titles", "bare"):
        for layout in deck.slide_layouts:
            without(layout, body if kind == "titles" else (*title, *body))
    if kind == "with slides":
        deck.slides.add_slide(deck.slide_layouts[0]).shapes.title.text = "An old slide"
        deck.slide_width = Inches(13.333)
    deck.save(path)
    template = Template(path.name, path.read_bytes())
    assert problem_of(template) == ""
    return template


@pytest.mark.parametrize("kind", ["narrow", "titles", "bare", "with slides"])
def test_a_template_simply_applies(folder, kind):
    template = ministry(folder / "ministry.pptx", kind=kind)
    deck = deck_of(brief(rows=30, points=12), folder, template=template)
    assert 6 <= len(deck.slides) <= 7
    assert "An old slide" not in everything(deck)
    for slide in deck.slides:
        for shape in slide.shapes:
            assert Emu(0) <= shape.left <= shape.left + shape.width <= deck.slide_width
            assert Emu(0) <= shape.top <= shape.top + shape.height <= deck.slide_height
            # Fonts and colours are the template's own.
            runs = [run for part in shape.text_frame.paragraphs for run in part.runs] if shape.has_text_frame else []
            assert all(run.font.name is None and run.font.color.type is None for run in runs)
        if kind != "bare":
            assert slide.shapes.title.text_frame.text
        # A placeholder that nothing was written in would say "Click to add text".
        assert all(shape.text_frame.text for shape in slide.placeholders if shape.has_text_frame)
    if kind == "narrow":
        shapes = [shape for shape in deck.slides[2].shapes if shape.shape_type == 13 or shape.has_table]
        assert all(Inches(3) - 1 <= shape.left and shape.left + shape.width <= Inches(9) + 1 for shape in shapes)


def test_what_is_read_is_at_least_14_points(folder):
    deck = deck_of(brief(points=20), folder)
    sizes = [
        run.font.size
        for slide in deck.slides
        for shape in slide.placeholders
        if shape.has_text_frame and shape.placeholder_format.type != PP_PLACEHOLDER.SLIDE_NUMBER
        for part in shape.text_frame.paragraphs
        for run in part.runs
    ]
    assert min(sizes) >= Pt(BODY_SIZES[-1]) == Pt(14)
    assert all(f"Point {n} stands out." in everything(deck) for n in range(20))  # on a further slide


def test_a_long_table_says_how_many_rows_are_left_out(folder):
    where = deck_of(brief(rows=300), folder).slides[2]
    shown = len(tables(where)[0]) - 1
    assert 10 < shown < 300
    assert f"{300 - shown} more rows are in the report." in texts(where)
    assert "Region 299" in where.notes_slide.notes_text_frame.text


@pytest.mark.parametrize("content", [b"not slides", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_template_is_refused(content):
    assert problem_of(Template("t.pptx", content)) == "it is no PowerPoint file, or a broken one"


@pytest.mark.parametrize("bound", ["MOST_TEMPLATE_BYTES", "MOST_MARKUP_BYTES", "MOST_PARTS"])
def test_a_template_that_unpacks_to_very_much_is_refused(tmp_path, monkeypatch, bound):
    template = ministry(tmp_path / "t.pptx", kind="narrow")
    monkeypatch.setattr(f"analysis.publishing.deck_template.{bound}", 10)
    assert "unpacked it has more than" in problem_of(template)


RELATION = '<Relationship Id="rId9" Type="{}/{}" Target="http://127.0.0.1:9/{}.png" {}/></Relationships>'


@pytest.mark.parametrize(
    ("kind", "mode", "blip", "refused"),
    [
        ("image", 'TargetMode="External"', "", True),
        ("image", "TargetMode = '&#69;xternal'", "", True),  # however it is written
        ("hyperlink", 'TargetMode="External"', "", False),
        ("hyperlink", 'TargetMode="External"', '<a:blip r:link="rId9"/>', True),  # a link that is shown
    ],
)
def test_a_template_that_asks_elsewhere_for_a_picture_is_refused(kind, mode, blip, refused):
    relation = RELATION.format("http://schemas.openxmlformats.org/officeDocument/2006/relationships", kind, kind, mode)
    changed = {
        "ppt/slideLayouts/_rels/slideLayout1.xml.rels": ("</Relationships>", relation),
        "ppt/slideLayouts/slideLayout1.xml": ("<p:spPr>", f"<p:spPr>{blip}"),
    }
    said = problem_of(Template("t.pptx", rewritten(changed)))
    assert said == ("" if not refused else "it shows a picture or a film from another place, which would be asked for"
        " whenever slides are opened")  # fmt: skip


def test_a_template_that_defines_words_of_its_own_is_refused():
    file = '<!DOCTYPE a [<!ENTITY word SYSTEM "file:///etc/hostname">]><p:sldLayout'
    changed = {"ppt/slideLayouts/slideLayout1.xml": ("<p:sldLayout", file)}
    assert problem_of(Template("t.pptx", rewritten(changed))) == "its markup defines words of its own, as no slides do"


def rewritten(changed):
    """Return the usual template with words of its parts exchanged, each the first time."""
    usual, out = BytesIO(), BytesIO()
    Presentation().save(usual)
    with zipfile.ZipFile(usual) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name in changed:
                before, after = (word.encode() for word in changed[name])
                assert before in text
                text = text.replace(before, after, 1)
            new.writestr(name, text)
    return out.getvalue()


def test_a_long_history_is_cut_aloud(folder):
    rows = [
        f"month,{year}-{month:02d}-01,True,{month},computed\n" for year in range(2000, 2025) for month in range(1, 13)
    ]
    (folder / "charts" / "brief_timeline.csv").write_text("period,period_start,complete,value,status\n" + "".join(rows))
    deck = deck_of(brief(), folder)
    chart = native(deck).chart
    assert len(list(chart.plots[0].categories)) == 120
    assert "The last 120 of 300 periods" in deck.slides[1].notes_slide.notes_text_frame.text
    assert chart.category_axis._element.xpath("c:tickLblSkip/@val") == ["9"]


def test_hostile_texts_and_numbers_are_only_text(folder):
    (folder / "charts" / "brief_timeline.csv").write_text(
        "period,period_start,complete,value,status\nmonth,=1+1,True,3,computed\nmonth,2025-02-01,True,,not_computed\nmonth,2025-03-01,False,2,computed\n"
    )
    document = brief()
    document.sections[0].blocks[1]["sentence"] = "=cmd|' /C calc'!A0 <script>alert(1)</script> \u202eevil"
    deck = deck_of(document, folder)
    assert titles(deck)[0] == "=cmd|' /C calc'!A0 <script>alert(1)</script> \\u202eevil"
    assert "\u202e" not in everything(deck)
    chart = native(deck).chart
    assert list(chart.plots[0].series[0].values) == [3.0, None, 2.0]
    book = openpyxl.load_workbook(BytesIO(chart.part.chart_workbook.xlsx_part.blob))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert "'=1+1" in [cell.value for cell in cells]
    assert "1 periods without a bar" in deck.slides[1].notes_slide.notes_text_frame.text


def test_no_words_are_lost_of_a_report_without_a_brief(folder):
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
            chart("annex"),
        ),
        ("A question with a very long answer", said("word " * 3000)),
    )
    deck = deck_of(document, folder)
    words = everything(deck)
    for one in ("Before any heading", "the end", "An important refusal.", "Printed.", "Written by hand."):
        assert one in words
    assert words.count("word") >= 3000
    assert len(pictures(deck)) == 1
    assert charts_on_slides(document) == ["annex"]


def test_a_notebook_of_ones_own_loses_neither_pictures_nor_cards(folder):
    content = b64encode((folder / "charts" / "map.png").read_bytes()).decode()
    shown = {"kind": "picture", "form": "image/png", "data": content, "alt": "<Figure>"}
    cards = [
        {"label": f"Number {n}", "value": str(n), "uncertainty": "", "note": "", "absent": False} for n in range(8)
    ]
    document = report(("", {"kind": "figures", "cards": cards}, shown), ("Another", said("Said."), shown))
    deck = deck_of(document, folder)
    assert titles(deck) == ["A report", "Key figures", "Key figures", "A report", "Another", "Another"]
    assert len(pictures(deck)) == 2
    assert all(f"Number {n}" in everything(deck) for n in range(8))
    assert "Said." in everything(deck)
    page = render_html(document, charts=folder, made="a")
    assert page.count(f'<img src="data:image/png;base64,{content}" alt="&lt;Figure&gt;">') == 2


def test_two_runs_write_the_same_bytes(folder, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(folder / "charts", other / "charts")
    write_slides(brief(), folder / "briefing.pptx")
    time.sleep(1.1)  # a workbook behind a chart would note the second
    write_slides(brief(), other / "briefing.pptx")
    assert (folder / "briefing.pptx").read_bytes() == (other / "briefing.pptx").read_bytes()
