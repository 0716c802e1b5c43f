"""An executed notebook as one self-contained HTML page: no code, no script, nothing fetched from elsewhere."""

from functools import cache
from pathlib import Path

import nbformat

from analysis.publishing.errors import NotebookError

TEMPLATES = Path(__file__).parent / "templates"


def render_html(notebook: nbformat.NotebookNode, *, title: str, as_of: str, made: str) -> str:
    """Return the page for an executed notebook.

    Parameters
    ----------
    notebook
        With its outputs.
    title, as_of
        For the document's head.
    made
        One line on how the page was made, for its foot.

    Raises
    ------
    NotebookError
        If a cell wrote to the error stream: a warning is mended or told, never dropped.
    """
    warnings = [
        output["text"].strip()
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream" and output["name"] == "stderr"
    ]
    if warnings:
        raise NotebookError(f"The notebook wrote to its error stream: {warnings[0]}")
    style = (TEMPLATES / "report" / "style.css").read_text(encoding="utf-8")
    sections = [cell for cell in notebook.cells if cell.cell_type == "markdown" and cell.source.startswith("## ")]
    facts = {"title": title, "as_of": as_of, "made": made, "style": style, "sections": sections}
    body, _ = _exporter().from_notebook_node(notebook, resources={"report": facts})
    return body


@cache
def _exporter():
    """Return what fills the template, once: compiling it takes as long as filling it.

    Not nbconvert's exporter of HTML, which parses every page once more to mend images without a text alternative: ours have one.
    """
    from nbconvert import TemplateExporter

    return TemplateExporter(
        template_name="report", template_file="index.html.j2", extra_template_basedirs=[str(TEMPLATES)]
    )
