"""The PDF is tagged, holds the charts that lie beside it as drawings, and takes texts as data."""

import re
import zlib
from contextlib import suppress

import pytest
from PIL import Image

from analysis.publishing.document import FACTS, Document, Section
from analysis.publishing.errors import NotebookError
from analysis.publishing.pdf import LONGEST_WORD, PADDING, PAGE_WIDTH, SIGN, _widths, write_pdf

HOSTILE = [
    "#panic()",
    "$1/0$",
    "*a* _b_ `c` @d <e> \\u{1F600} // x /* y",
    '#read("/etc/passwd")',
    "\u202eevil",
    "မြန်မာ 中文",
    "\x1b[2J",
    "] [",
    "#{",
    "\\",
]
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="#2C5F8A"/></svg>'
)


def document(*blocks, heading="A section"):
    facts = dict.fromkeys(FACTS, "a") | {"as_of": "2025-07-01", "inputs": []}
    return Document([Section(), Section(heading, "a", list(blocks))], facts)


def written(path, *blocks, **words):
    write_pdf(document(*blocks, **words), path, charts=path.parent, made="made of a table")
    return path.read_bytes()


def unpacked(content):
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, flags=re.S):
        with suppress(zlib.error):
            content += zlib.decompress(stream)
    return content


def test_it_is_tagged_and_says_so(tmp_path):
    content = unpacked(written(tmp_path / "a.pdf", {"kind": "say", "paragraphs": ["One."], "as_list": False}))
    for mark in (b"/StructTreeRoot", b"/MarkInfo", b"/Lang", b"/Outlines", b"pdfuaid:part>1<"):
        assert mark in content, mark


def test_equal_reports_give_equal_bytes(tmp_path):
    block = {"kind": "say", "paragraphs": ["One."], "as_list": True}
    assert written(tmp_path / "a.pdf", block) == written(tmp_path / "b.pdf", block)
    assert written(tmp_path / "a.pdf", block) != written(tmp_path / "c.pdf", block | {"as_list": False})


def test_the_annex_of_a_brief_on_few_rows_begins_on_its_page(tmp_path):
    told = {"kind": "say", "paragraphs": ["One."], "as_list": True}
    for part, n_pages in (("trust", 1), ("next", 3)):
        heading = {"kind": "heading", "heading": "Part", "part": part}
        brief = Section(
            "", "", [{"kind": "kicker", "text": "Report"}, told | {"part": "headline"}, heading, told | {"part": part}]
        )
        facts = dict.fromkeys(FACTS, "a") | {"as_of": "2025-07-01", "inputs": []}
        path = tmp_path / f"{part}.pdf"
        write_pdf(Document([brief, Section("Annexed", "a", [told])], facts), path, charts=tmp_path, made="made")
        assert len(re.findall(rb"/Type ?/Page\b", unpacked(path.read_bytes()))) == n_pages


def test_a_chart_is_a_drawing_with_its_text_alternative(tmp_path):
    (tmp_path / "größe 50%.svg").write_text(SVG, encoding="utf-8")
    content = unpacked(
        written(tmp_path / "a.pdf", {"kind": "chart", "name": "größe 50%", "title": "A", "alt": "It rises."})
    )
    assert b"/Subtype/Image" not in content
    assert b"/Alt(It rises.)" in content


@pytest.mark.parametrize(("drawn", "width"), [(540, 510.2), (270, 255.1), (600, 510.2)])
def test_charts_have_one_scale_and_a_narrow_one_is_not_blown_up(tmp_path, drawn, width):
    svg = SVG.replace('width="40" height="20"', f'width="{drawn}pt" height="300pt" viewBox="0 0 {drawn} 300"', 1)
    (tmp_path / "map.svg").write_text(svg, encoding="utf-8")
    content = unpacked(written(tmp_path / "a.pdf", {"kind": "chart", "name": "map", "title": "A", "alt": "It rises."}))
    left, _, right, _ = map(float, re.search(rb"/BBox ?\[([^\]]*)\]", content).group(1).split())
    assert right - left == pytest.approx(width, abs=0.2)


def test_a_chart_that_is_not_there_is_told(tmp_path):
    with pytest.raises(NotebookError, match=r"The PDF could not be set: .*gone.svg.*Nothing is published"):
        written(tmp_path / "a.pdf", {"kind": "chart", "name": "gone", "title": "A", "alt": "It rises."})
    assert not (tmp_path / "a.pdf").exists()


def test_texts_are_data_wherever_they_stand(tmp_path):
    cards = [{"label": text, "value": text, "uncertainty": text, "note": text, "absent": False} for text in HOSTILE]
    blocks = [
        {"kind": "finding", "sentence": " ".join(HOSTILE), "qualifiers": HOSTILE},
        {"kind": "figures", "cards": cards},
        {"kind": "say", "paragraphs": HOSTILE, "as_list": False},
        {"kind": "say", "paragraphs": HOSTILE, "as_list": True},
        {
            "kind": "table",
            "title": HOSTILE[0],
            "note": HOSTILE[1],
            "head": [{"words": HOSTILE[2], "type": ""}],
            "rows": [[text] for text in HOSTILE],
        },
        {
            "kind": "lineage",
            "title": HOSTILE[0],
            "note": HOSTILE[1],
            "rows": [{"figures": text, "incidents": text} for text in HOSTILE],
        },
        {"kind": "text", "text": "\n".join(HOSTILE)},
        {"kind": "markup", "html": "<b>", "text": HOSTILE[0]},
        {"kind": "prose", "markdown": "\n\n".join(HOSTILE)},
        {"kind": "kicker", "text": HOSTILE[0]},
    ]
    assert written(tmp_path / "a.pdf", *blocks, heading=HOSTILE[0]).startswith(b"%PDF")


def test_what_the_standard_asks_for_is_there_whatever_is_left_empty(tmp_path):
    (tmp_path / "a.svg").write_text(SVG, encoding="utf-8")
    blocks = [
        {"kind": "lineage", "title": "From figure to incidents", "note": "", "rows": []},
        {"kind": "chart", "name": "a", "title": "", "alt": ""},
        {"kind": "finding", "sentence": "", "qualifiers": []},
        {"kind": "figures", "cards": []},
        {"kind": "say", "paragraphs": [], "as_list": False},
        {"kind": "say", "paragraphs": [], "as_list": True},
        {"kind": "table", "title": "", "note": "", "head": [], "rows": []},
        {"kind": "text", "text": ""},
    ]
    made = document(*blocks)
    made.facts["title"] = " "
    made.sections[0].blocks, made.sections[1].blocks, made.sections[1].heading = blocks, blocks, ""
    write_pdf(made, tmp_path / "a.pdf", charts=tmp_path, made="")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_a_picture_of_the_notebooks_own(tmp_path):
    from base64 import b64encode
    from io import BytesIO

    held = BytesIO()
    Image.new("RGB", (40, 20), "#2C5F8A").save(held, "PNG")
    png = {"kind": "picture", "form": "image/png", "data": b64encode(held.getvalue()).decode(), "alt": ""}
    svg = {"kind": "picture", "form": "image/svg+xml", "data": SVG, "alt": "A drawing"}
    content = unpacked(written(tmp_path / "a.pdf", png, svg))
    assert b"/Width 40" in content
    assert b"(A picture of the notebook's own.)" in content
    assert b"(A drawing)" in content


def table(head, *rows):
    return {"head": [{"words": words, "type": ""} for words in head], "rows": [list(row) for row in rows]}


def test_every_column_has_room_for_its_longest_word_and_a_table_fills_the_page():
    widths = _widths(table(["a", "words"], ["0.00673", "a text of many words that goes over lines, again and again"]))
    assert sum(widths) == pytest.approx(PAGE_WIDTH)
    assert widths[0] >= 7 * SIGN + PADDING
    assert widths[1] > 2 * widths[0]
    many = _widths(table(["x" * 30] * 12, ["y" * 30] * 12))
    assert sum(many) == pytest.approx(PAGE_WIDTH)
    assert LONGEST_WORD * 12 * SIGN > PAGE_WIDTH


def test_a_column_is_as_wide_as_what_no_line_ends_within():
    def least(cell):
        return _widths(table(["a", "b"], [cell, "x" * 200]))[0]

    assert least("1.62e-05") == least("1.62e_05") > least("1.62e-x5")
    assert least("\xab\xa0surge\xa0\xbb") == least("xxsurgexx")
