"""A block is plain data; its texts become markup only where it is shown."""

import json
import re
import time

import pytest

from analysis.reports import blocks
from analysis.reports.blocks import FIELDS, MIME, SILENT, bundle_of, markup, problem_of

BLOCKS = {
    "title": {"heading": "A <b>", "subtitle": "as of & more"},
    "heading": {"heading": "Where <", "part": "where"},
    "finding": {"sentence": "It <i>rises", "qualifiers": ["perhaps & perhaps not"]},
    "figures": {"cards": [{"label": "a<", "value": "1", "uncertainty": "0 to 2", "note": "", "absent": False}]},
    "say": {"paragraphs": ["one <", "two"], "as_list": True},
    "table": {"title": "T<", "head": [{"words": "n", "type": "number"}], "rows": [["<1"]], "note": ""},
    "chart": {"name": "tempo", "title": "A chart", "alt": 'It "rises" <.'},
    "lineage": {"title": "L", "note": "n<", "rows": [{"figures": "a 1", "incidents": "x <"}]},
}


@pytest.mark.parametrize("kind", BLOCKS)
def test_a_block_is_json_with_a_preview_in_which_texts_are_escaped(kind):
    block = {"kind": kind, **BLOCKS[kind]}
    assert problem_of(block) == ""
    shown = bundle_of(block)
    assert json.loads(json.dumps(shown[MIME])) == block
    assert "<b>" not in shown["text/html"]
    assert shown["text/html"].startswith('<div class="mathjax_ignore tex2jax_ignore">')
    assert " <" not in markup(block).replace(" </", "").replace(" <img", "")
    assert shown["text/plain"]


def test_every_kind_is_tried_here():
    assert set(BLOCKS) | set(SILENT) == set(FIELDS)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("text", "a block without a kind"),
        ({}, "a block without a kind"),
        ({"kind": "sya"}, "a block of the unknown kind 'sya' (known: title, heading, finding"),
        ({"kind": "say", "paragraphs": []}, "a block of kind 'say' without its as_list"),
    ],
)
def test_what_is_no_block_is_told(block, words):
    assert words in problem_of(block)
    with pytest.raises(ValueError, match=re.escape(words)):
        blocks.show(block)


def test_a_row_is_headed_by_its_first_cell():
    table = {
        "kind": "table",
        "title": "T",
        "note": "",
        "head": [{"words": "place", "type": ""}, {"words": "n", "type": "number"}],
    }
    shown = markup(table | {"rows": [["Gao", "1"], ["", "2"]]})
    assert (
        '<tr><th scope="row">Gao</th><td class="number">1</td></tr><tr><td></td><td class="number">2</td></tr>' in shown
    )


def test_the_finding_of_a_brief_says_its_sentences_in_a_row_and_its_numbers_small():
    block = {
        "kind": "finding",
        "sentence": "It rises.",
        "qualifiers": ["Five.", "Six."],
        "fine": "p <",
        "part": "headline",
    }
    assert markup(block) == (
        '<div class="finding"><p>It rises.</p><p class="said">Five. Six.</p><p class="fine">p &lt;</p></div>'
    )


def test_a_published_chart_is_linked_to_its_numbers():
    block = {"kind": "chart", **BLOCKS["chart"]}
    assert "href" not in markup(block)
    assert '<figcaption><a href="charts/tempo.csv">Numbers of this chart (CSV)</a></figcaption>' in markup(
        block | {"linked": True}
    )


def test_a_chart_that_is_drawn_is_shown_whole():
    block = {"kind": "chart", **BLOCKS["chart"], "address": "data:image/svg+xml;base64,AAAA"}
    assert 'src="data:image/svg+xml;base64,AAAA"' in bundle_of(block)["text/html"]
    assert "address" not in bundle_of(block)[MIME]
    assert 'alt="It &quot;rises&quot; &lt;."' in markup(block)


def test_previews_need_no_style_of_a_page():
    """JupyterLab drops styles and floats the terms of definitions: what a reader sees there is told by tables and
    lists."""
    for kind, parts in BLOCKS.items():
        shown = bundle_of({"kind": kind, **parts})["text/html"]
        assert "<style" not in shown.replace(blocks._IN_THE_DARK, "")  # without it a chart is white there
        assert "<dl" not in shown
        assert set(re.findall(r'class="([^"]*)"', shown)) <= {"subtitle", "mathjax_ignore tex2jax_ignore"}
    figures = bundle_of({"kind": "figures", **BLOCKS["figures"]})["text/html"]
    cells = [f'<td style="text-align: left">{part}</td>' for part in ("a&lt;", "1", "0 to 2", "")]
    assert f"<tr>{''.join(cells)}</tr>" in figures


def test_progress_is_one_line_by_hand_and_nothing_elsewhere(monkeypatch):
    shown = []

    class Line:
        def display(self, bundle, raw):
            shown.append(("display", bundle["text/plain"]))

        def update(self, bundle, raw):
            shown.append(("update", bundle["text/plain"]))

    monkeypatch.setattr("IPython.display.DisplayHandle", Line)
    nobody = blocks.Progress()
    nobody.tell("1 of 2")
    nobody.done()
    assert shown == []
    monkeypatch.setattr("IPython.get_ipython", lambda: type("Shell", (), {"kernel": None})())
    by_hand = blocks.Progress()
    by_hand.tell("1 of 2")
    by_hand.tell("2 of 2")
    by_hand.done()
    assert shown == [("display", "1 of 2"), ("update", "2 of 2"), ("update", "")]
    monkeypatch.setenv(blocks.PUBLISHER, "1")
    published = blocks.Progress()
    published.tell("1 of 2")
    assert len(shown) == 3


def test_a_long_step_is_told_once_on_one_line_of_a_terminal(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr(blocks, "PATIENCE", 0.001)
    with blocks.awaited("Where is it going?") as tell, blocks.awaited("A step within"):
        tell("What next?")
        time.sleep(0.2)
    told = capsys.readouterr().err
    assert "\rComputing, 0 s: What next?\033[K" in told
    assert "A step within" not in told
    assert told.endswith("\r\033[K")
    monkeypatch.setattr(blocks, "PATIENCE", 60)
    with blocks.awaited("What next?"):
        pass
    assert not capsys.readouterr().err
