"""A report as one self-contained HTML page: no code, no script, nothing fetched from elsewhere."""

from base64 import b64encode
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.language import say
from analysis.publishing.document import Document, as_of_words
from analysis.reports import blocks
from analysis.reports.page import svg_address

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).parent / "templates"


def render_html(document: Document, *, charts: Path, made: str) -> str:
    """Return the page of a report.

    Parameters
    ----------
    document
        What it says.
    charts
        The folder of its charts.
    made
        One line on how the page was made, for its foot.
    """
    numbered = enumerate(document.sections)
    return _template().render(
        page_title=say("{title}, as of {day}", title=document.title, day=as_of_words(document.as_of)),
        sections_label=say("Sections"),
        language=document.language,
        style=(TEMPLATES / "style.css").read_text(encoding="utf-8"),
        sections=document.sections,
        first=next((number for number, section in numbered if section.heading), -1),
        markup=lambda block: markup(block, charts=charts),
        made=made,
    )


def markup(block: blocks.Block, *, charts: Path) -> str:
    """Return a block as part of the page; a chart holds its image."""
    kind = block["kind"]
    if kind == "chart":
        return blocks.markup(block | {"address": svg_address(charts / f"{block['name']}.svg")}) + "\n"
    if kind == "kicker":
        return f'<header class="kicker"><p>{escape(block["text"])}</p></header>'
    if kind == "prose":
        from nbconvert.filters import markdown2html

        return markdown2html(block["markdown"])
    if kind == "picture":
        content = block["data"] if block["form"] == "image/png" else b64encode(block["data"].encode()).decode()
        return f'<figure><img src="data:{block["form"]};base64,{content}" alt="{escape(block["alt"])}"></figure>'
    if kind == "text":
        return f"<pre>{escape(block['text'])}</pre>"
    if kind == "markup":
        return block["html"] + "\n"
    return blocks.markup(block) + "\n"


@cache
def _template() -> "Template":
    """Return the page's template, once: compiling it takes as long as filling it."""
    from jinja2 import Environment, FileSystemLoader

    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=False, keep_trailing_newline=True).get_template(
        "page.html.j2"
    )
