"""What a report says, piece by piece: a notebook emits blocks, and page, PDF and slides are made from them.

A block is a plain JSON object with a ``kind``. Each is shown with a preview, so that who runs a notebook by hand reads
it too. Texts are data everywhere: markup is made of them here, and read back from nowhere.
"""

import html
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from threading import Event, Thread
from time import perf_counter
from typing import Any

from analysis.language import say
from analysis.resources import n_threads

MIME = "application/vnd.escalation.block+json"
# Set by who publishes: charts are then drawn there, from blocks, while the kernel computes. A notebook that is run by
# hand draws at once.
PUBLISHER = "ESCALATION_PUBLISHER"

Block = dict[str, Any]

# kind -> what it must hold. A block of the brief also names its `part` (``headline``, or one of
# `analysis.reports.brief_page.HEADINGS`), and its finding may have a `fine` print and, of what
# it says, the sentence on its `confidence`. What a publisher alone needs is not
# shown: `study` (what was read) and `drawing` (what a chart is drawn from).
FIELDS = {
    "title": ("heading", "subtitle"),
    "heading": ("heading",),
    "finding": ("sentence", "qualifiers"),
    "figures": ("cards",),
    "say": ("paragraphs", "as_list"),
    "table": ("title", "head", "rows", "note"),
    "chart": ("name", "title", "alt"),
    "lineage": ("title", "note", "rows"),
    "study": ("as_of", "seed", "selection", "inputs"),
    "drawing": ("name", "title", "plot", "tables", "words"),
}
SILENT = ("study", "drawing")


def is_published() -> bool:
    """Return whether a publisher takes the blocks that this process shows."""
    return bool(os.environ.get(PUBLISHER))


def running_cell() -> tuple[str, int]:
    """Return the text of the notebook's cell that is run, and the number of this run; outside of one always the
    same."""
    from IPython import get_ipython

    notebook = get_ipython()
    run = notebook.user_ns.get("In") if notebook else None
    return (run[-1], len(run)) if run else ("", 0)


def problem_of(block: object) -> str:
    """Return what is wrong with a block, or ``""``."""
    if not isinstance(block, Mapping) or "kind" not in block:
        return "a block without a kind"
    kind = block["kind"]
    if not isinstance(kind, str) or kind not in FIELDS:
        return f"a block of the unknown kind {kind!r} (known: {', '.join(FIELDS)})"
    if missing := [name for name in FIELDS[kind] if name not in block]:
        return f"a block of kind {kind!r} without its {', '.join(missing)}"
    # It becomes the name of files.
    if kind in ("chart", "drawing") and not re.fullmatch(r"[^./\\\0][^/\\\0]{0,99}", str(block["name"])):
        return f"a {kind} whose name {block['name']!r} can be that of no file"
    return ""


def show(block: Block) -> None:
    """Display a block with its preview.

    Raises
    ------
    ValueError
        If it is no block that a publisher could show.
    """
    from IPython.display import display

    if problem := problem_of(block):
        raise ValueError(f"{problem}; nothing is shown.")
    if block["kind"] in SILENT:
        display({MIME: block, "text/html": "", "text/plain": ""}, raw=True)
    else:
        display(bundle_of(block), raw=True)


class Progress:
    """One line that tells who works by hand, in a notebook or at a terminal, how far a long step is, and goes when all
    is done.

    A publisher, who has a progress of his own, and a script whose messages go to a file see nothing of it.
    """

    def __init__(self) -> None:
        from IPython import get_ipython
        from IPython.display import DisplayHandle

        by_hand = not is_published()
        self._line = DisplayHandle() if by_hand and hasattr(get_ipython(), "kernel") else None
        self._terminal = by_hand and self._line is None and sys.stderr.isatty()
        self._begun = False

    @property
    def is_seen(self) -> bool:
        """Whether there is somebody to tell."""
        return self._line is not None or self._terminal

    def tell(self, text: str) -> None:
        """Let the line say something else."""
        if self._terminal:
            print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)
        elif self._line is not None:
            said = literal(f'<p role="status">{html.escape(text)}</p>') if text else ""
            shown = {"text/plain": text, "text/html": said}
            (self._line.update if self._begun else self._line.display)(shown, raw=True)
        self._begun = self.is_seen

    def done(self) -> None:
        """Empty the line."""
        if self._begun:
            self.tell("")


# Seconds before a step is called long, and between two looks at the clock.
PATIENCE = 1.0
_awaited: ContextVar[bool] = ContextVar("awaited", default=False)


@contextmanager
def awaited(what: str) -> Iterator[Callable[[str], None]]:
    """Tell what is computed and for how long already, on one line, once it takes longer than a second; a step within
    another is part of it.

    What is yielded lets the line name something else.
    """
    progress, told = Progress(), [what]
    if _awaited.get() or not progress.is_seen or not n_threads(1):
        yield lambda _what: None
        return
    begun, done = perf_counter(), Event()

    def tell() -> None:
        while not done.wait(PATIENCE):
            progress.tell(say("Computing, {n} s: {question}", n=round(perf_counter() - begun), question=told[-1]))

    token = _awaited.set(True)
    # The thread has the context of who waits: the language, and the cell that shows the line.
    thread = Thread(target=copy_context().run, args=(tell,), daemon=True)
    thread.start()
    try:
        yield told.append
    finally:
        _awaited.reset(token)
        done.set()
        thread.join()
        progress.done()


def bundle_of(block: Block) -> dict[str, object]:
    """Return a block with its preview, as a notebook's output holds them."""
    kept = {name: value for name, value in block.items() if name not in ("address", "narrow")}
    return {MIME: kept, "text/html": preview(block), "text/plain": plain(block)}


def plain(block: Block) -> str:
    """Return a block in a line of plain text."""
    return _PLAIN[block["kind"]](block)


def markup(block: Block) -> str:
    """Return a block as HTML; all its texts are escaped."""
    return _MARKUP[block["kind"]](block)


def preview(block: Block) -> str:
    """Return a block as a notebook shows it: with the looks that JupyterLab gives, and none of a page's own.

    JupyterLab drops styles from a notebook that it does not know, floats the terms of a list of definitions and sets
    cells to the right: so what a page shows as cards or definitions is a table here, and cells say where they stand.
    """
    return literal(_PREVIEW.get(block["kind"], markup)(block))


def literal(shown: str) -> str:
    """Return HTML of which a notebook sets nothing as a formula: names may hold ``$`` and backslashes."""
    return f'<div class="mathjax_ignore tex2jax_ignore">{shown}</div>'


def text(value: object) -> str:
    """Return a value as text of a page."""
    return html.escape(str(value), quote=False)


def _figures(block: Block) -> str:
    shown = "".join(
        f'<div class="card{" absent" if card["absent"] else ""}"><dt>{text(card["label"])}</dt>'
        f'<dd class="value">{text(card["value"])}</dd>'
        + (f'<dd class="uncertainty">{text(card["uncertainty"])}</dd>' if card["uncertainty"] else "")
        + (f'<dd class="note">{text(card["note"])}</dd>' if card["note"] else "")
        + "</div>"
        for card in block["cards"]
    )
    return f'<dl class="cards">{shown}</dl>'


def _finding(block: Block) -> str:
    fine = f'<p class="fine">{text(block["fine"])}</p>' if block.get("fine") else ""
    if block.get("part"):
        said = f'<p class="said">{text(" ".join(block["qualifiers"]))}</p>' if block["qualifiers"] else ""
        return f'<div class="finding"><p>{text(block["sentence"])}</p>{said}{fine}</div>'
    items = "".join(f"<li>{text(said)}</li>" for said in block["qualifiers"])
    listed = f'<ul class="qualifiers">{items}</ul>' if items else ""
    return f'<div class="finding"><p>{text(block["sentence"])}</p>{listed}{fine}</div>'


def _say(block: Block) -> str:
    tag = "li" if block["as_list"] else "p"
    shown = "".join(f"<{tag}>{text(said)}</{tag}>" for said in block["paragraphs"])
    return f"<ul>{shown}</ul>" if block["as_list"] else shown


def _table(block: Block) -> str:
    classes = [f' class="{column["type"]}"' if column["type"] else "" for column in block["head"]]
    head = "".join(
        f'<th scope="col"{kind}>{text(column["words"])}</th>'
        for kind, column in zip(classes, block["head"], strict=True)
    )
    body = "".join(f"<tr>{_row(row, classes)}</tr>" for row in block["rows"])
    noted = f'<p class="note">{text(block["note"])}</p>' if block["note"] else ""
    filled = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>" if body else ""
    return (
        f'<div class="table" tabindex="0"><table><caption>{text(block["title"])}</caption>{filled}</table></div>{noted}'
    )


def _row(row: list[str], classes: list[str]) -> str:
    """Return a table's row; its first cell names it, unless it is empty."""
    cells = [f"<td{kind}>{text(cell)}</td>" for kind, cell in zip(classes, row, strict=True)]
    if str(row[0]).strip():
        cells[0] = f'<th scope="row"{classes[0]}>{text(row[0])}</th>'
    return "".join(cells)


def _chart(block: Block) -> str:
    address = block.get("address") or f"charts/{block['name']}.svg"
    # An image's address is long, and most of its signs are tags: only what would end the attribute is escaped.
    source = address.replace("&", "&amp;").replace('"', "&quot;")
    image = f'<img src="{source}" alt="{html.escape(block["alt"], quote=True)}">'
    if narrow := block.get("narrow"):
        source = narrow.replace("&", "&amp;").replace('"', "&quot;")
        image = f'<picture><source media="(max-width: 640px)" srcset="{source}">{image}</picture>'
    name = html.escape(block["name"], quote=True)
    # Where the page is published, the numbers lie beside it.
    link = f'<a href="charts/{name}.csv">{text(say("Numbers of this chart (CSV)"))}</a>' if block.get("linked") else ""
    return f'<figure id="chart-{name}">{image}{f"<figcaption>{link}</figcaption>" if link else ""}</figure>'


def _lineage(block: Block) -> str:
    shown = "".join(f"<dt>{text(row['figures'])}</dt><dd>{text(row['incidents'])}</dd>" for row in block["rows"])
    heading = f"h{block.get('level', 3)}"
    return (
        f'<{heading}>{text(block["title"])}</{heading}><p class="note">{text(block["note"])}</p>'
        f'<dl class="lineage">{shown}</dl>'
    )


_MARKUP: dict[str, Callable[[Block], str]] = {
    "title": lambda block: f'<h1>{text(block["heading"])}</h1><p class="subtitle">{text(block["subtitle"])}</p>',
    "heading": lambda block: f"<h2>{text(block['heading'])}</h2>",
    "finding": _finding,
    "figures": _figures,
    "say": _say,
    "table": _table,
    "chart": _chart,
    "lineage": _lineage,
}
_PLAIN: dict[str, Callable[[Block], str]] = {
    "title": lambda block: block["heading"],
    "heading": lambda block: block["heading"],
    "finding": lambda block: block["sentence"],
    "figures": lambda block: "; ".join(f"{card['label']}: {card['value']}" for card in block["cards"]),
    "say": lambda block: " ".join(block["paragraphs"]),
    "table": lambda block: block["title"],
    "chart": lambda block: block["alt"],
    "lineage": lambda block: block["title"],
}


def _preview_rows(rows: Iterable[Iterable[object]], *, head: bool = False) -> str:
    cell = "th" if head else "td"
    return "".join(
        "<tr>" + "".join(f'<{cell} style="text-align: left">{text(part)}</{cell}>' for part in row) + "</tr>"
        for row in rows
    )


def _preview_finding(block: Block) -> str:
    items = "".join(f"<li>{text(said)}</li>" for said in block["qualifiers"])
    listed = f"<ul>{items}</ul>" if items else ""
    fine = f"<p><small>{text(block['fine'])}</small></p>" if block.get("fine") else ""
    return f"<blockquote><p><strong>{text(block['sentence'])}</strong></p>{listed}{fine}</blockquote>"


def _preview_figures(block: Block) -> str:
    rows = ([card["label"], card["value"], card["uncertainty"], card["note"]] for card in block["cards"])
    return f"<table><tbody>{_preview_rows(rows)}</tbody></table>"


def _preview_table(block: Block) -> str:
    head = _preview_rows([[column["words"] for column in block["head"]]], head=True)
    noted = f"<p>{text(block['note'])}</p>" if block["note"] else ""
    filled = (
        f"<table><thead>{head}</thead><tbody>{_preview_rows(block['rows'])}</tbody></table>" if block["rows"] else ""
    )
    return f"<p><strong>{text(block['title'])}</strong></p>{filled}{noted}"


def _preview_lineage(block: Block) -> str:
    rows = _preview_rows([row["figures"], row["incidents"]] for row in block["rows"])
    return f"<h3>{text(block['title'])}</h3><p>{text(block['note'])}</p><table><tbody>{rows}</tbody></table>"


# A chart is drawn on white; where JupyterLab is dark its lightness is turned over, which keeps the hues. In a notebook
# that is not trusted it stays white.
_IN_THE_DARK = (
    '<style>body[data-jp-theme-light="false"] figure[id^="chart-"] img '
    "{filter: invert(0.93) hue-rotate(180deg)}</style>"
)


def image_in_the_dark(address: str, alt: str) -> str:
    """Return a picture of a chart as HTML, as the preview of a report shows it in a light and in a dark JupyterLab."""
    return preview({"kind": "chart", "name": "alone", "title": "", "alt": alt, "address": address})


_PREVIEW: dict[str, Callable[[Block], str]] = {
    "chart": lambda block: _IN_THE_DARK + _chart(block),
    "finding": _preview_finding,
    "figures": _preview_figures,
    "table": _preview_table,
    "lineage": _preview_lineage,
}
