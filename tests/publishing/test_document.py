"""What a notebook says is read from its blocks, and what it shows by other means is kept too."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from analysis.publishing.document import read_document
from analysis.publishing.errors import NotebookError
from analysis.publishing.html import render_html
from analysis.reports.blocks import MIME

TITLE = {"kind": "title", "heading": "A report", "subtitle": "of a table"}
FINDING = {"kind": "finding", "sentence": "It is so.", "qualifiers": []}
STUDY = {"kind": "study", "as_of": "2025-07-01", "seed": 1, "selection": {}, "inputs": []}


def shown(block, **others):
    return new_output("display_data", data={MIME: block, "text/html": "<b>not read</b>", **others})


def cell(*outputs):
    return new_code_cell("x", outputs=list(outputs))


def notebook(*cells):
    return new_notebook(cells=[cell(*map(shown, (TITLE, FINDING, STUDY))), *cells])


def test_blocks_stand_under_their_headings():
    say = {"kind": "say", "paragraphs": ["One."], "as_list": False}
    cells = [
        new_markdown_cell("## First\nProse of *its* own", id="a"),
        cell(shown(say)),
        new_markdown_cell("## Second", id="b"),
    ]
    document = read_document(new_notebook(cells=[new_markdown_cell("# Kind\n\nNot shown"), *notebook(*cells).cells]))
    assert [(section.heading, section.id) for section in document.sections] == [
        ("", ""),
        ("First", "a"),
        ("Second", "b"),
    ]
    assert [block["kind"] for block in document.sections[0].blocks] == ["kicker", "title", "finding"]
    assert document.sections[1].blocks == [{"kind": "prose", "markdown": "Prose of *its* own"}, say]
    assert (document.title, document.as_of, document.facts["finding"]) == ("A report", "2025-07-01", "It is so.")
    page = render_html(document, charts=None, made="by hand")
    assert "not read" not in page
    assert "Prose of <em>its</em> own" in page
    assert page.index("<nav") < page.index('<h2 id="a">First</h2>') < page.index("<p>One.</p>") < page.index("by hand")


def test_no_line_ends_between_a_number_and_its_sign_of_per_cent():
    said = {"kind": "say", "paragraphs": ["From 14 % to 99.75 %, of 5 in all, as % says."], "as_list": False}
    chart = {"kind": "chart", "name": "80 %", "title": "80 % of all", "alt": "An 80 % range."}
    document = read_document(notebook(new_markdown_cell("## At 95 % or less"), cell(shown(said), shown(chart))))
    *_, told, drawn = document.blocks()
    assert told["paragraphs"] == ["From 14\xa0% to 99.75\xa0%, of 5 in all, as % says."]
    assert (drawn["name"], drawn["title"], drawn["alt"]) == ("80 %", "80\xa0% of all", "An 80\xa0% range.")
    assert document.sections[-1].heading == "At 95\xa0% or less"


def test_headings_call_what_is_counted_by_its_name():
    made = notebook(
        new_markdown_cell("## Does one attack bring the next?", id="a"), cell(shown(STUDY | {"noun": "deadly event"}))
    )
    assert read_document(made).sections[-1].heading == "Does one deadly event bring the next?"


def test_what_is_shown_by_other_means_is_kept():
    outputs = [
        new_output("stream", name="stdout", text="printed <\n"),
        new_output("display_data", data={"image/png": "AAAA", "text/plain": "<Figure>"}),
        new_output("display_data", data={"image/svg+xml": "<svg/>"}),
        new_output("execute_result", data={"text/html": "<table></table>", "text/plain": "a table"}),
        new_output("execute_result", data={"text/plain": "3"}),
    ]
    document = read_document(notebook(cell(*outputs)))
    assert [block["kind"] for block in document.blocks()][2:] == ["text", "picture", "picture", "markup", "text"]
    page = render_html(document, charts=None, made="")
    assert "<pre>printed &lt;\n</pre>" in page
    assert '<img src="data:image/png;base64,AAAA" alt="&lt;Figure&gt;">' in page
    assert "<table></table>" in page


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (
            new_notebook(cells=[cell(new_output("stream", name="stdout", text="a"))]),
            "own.ipynb shows no block, so there is nothing to publish",
        ),
        (
            notebook(cell(shown({"kind": "sya"}))),
            r"own.ipynb, cell 2, shows a block of the unknown kind 'sya' \(known: title",
        ),
        (
            notebook(cell(shown({"kind": ["say"]}))),
            r"own.ipynb, cell 2, shows a block of the unknown kind \['say'\]",
        ),
        (
            notebook(cell(shown({"kind": "say"}))),
            "own.ipynb, cell 2, shows a block of kind 'say' without its paragraphs, as_list",
        ),
        (notebook(cell(shown("text"))), "own.ipynb, cell 2, shows a block without a kind"),
        (notebook(cell(new_output("stream", name="stderr", text="W: odd"))), "wrote to its error stream: W: odd"),
        (new_notebook(cells=[cell(shown(TITLE), shown(STUDY))]), "ended without telling its finding"),
        (
            new_notebook(cells=[cell(shown(TITLE), shown(FINDING))]),
            "ended without telling its as_of, inputs, seed, selection",
        ),
        (notebook(cell(shown(STUDY | {"as_of": "20250701"}))), "as_of is '20250701', not an ISO day"),
        (notebook(cell(shown(STUDY | {"inputs": [1]}))), "inputs are not each of a 'file'"),
        (
            notebook(cell(shown({"kind": "chart", "name": "../a", "title": "", "alt": ""}))),
            r"a chart whose name '\.\./a' can be that of no file",
        ),
    ],
)
def test_what_cannot_be_published_is_told(made, words):
    with pytest.raises(NotebookError, match=words):
        read_document(nbformat.from_dict(made), name="own.ipynb")


def test_a_block_whose_parts_are_of_other_kinds_is_told():
    made = read_document(nbformat.from_dict(notebook(cell(shown({"kind": "say", "paragraphs": 5, "as_list": True})))))
    with pytest.raises(NotebookError, match="A block of kind 'say' cannot be shown"):
        render_html(made, charts=None, made="")


def test_a_document_is_in_the_language_that_its_study_says():
    english = read_document(nbformat.from_dict(notebook()), name="own.ipynb")
    french = read_document(nbformat.from_dict(notebook(cell(shown(STUDY | {"language": "fr"})))), name="own.ipynb")
    assert (english.language, french.language) == ("en", "fr")
    assert '<html lang="fr">' in render_html(french, charts=None, made="")
