"""What an executed notebook says, as blocks under headings: page, PDF and slides are three renderings of it."""

import html
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from analysis.language import ENGLISH, LANGUAGES, apart, current, day_words, say, used
from analysis.publishing.errors import NotebookError
from analysis.reports.blocks import MIME, SILENT, Block, problem_of
from analysis.reports.nouns import named

if TYPE_CHECKING:
    from nbformat import NotebookNode

TOLD = ("as_of", "inputs", "seed", "selection")  # by the block `study`
FACTS = ("title", "finding", *TOLD)


@dataclass
class Section:
    """A heading with the blocks under it; the first of a document has none."""

    heading: str = ""
    id: str = ""
    blocks: list[Block] = field(default_factory=list)


@dataclass
class Part:
    """A part of the brief (``headline``, or of `analysis.reports.brief_page.HEADINGS`): its heading, which the first
    has not, and its blocks."""

    name: str
    heading: str = ""
    blocks: list[Block] = field(default_factory=list)


@dataclass
class Document:
    """A report as data. Blocks of the kinds ``prose, text, picture, markup`` are what a notebook shows by other
    means than blocks of its own."""

    sections: list[Section]
    facts: dict[str, Any]

    @property
    def title(self) -> str:
        """The report's heading."""
        return str(self.facts["title"])

    @property
    def as_of(self) -> str:
        """The last day that it looks at."""
        return str(self.facts["as_of"])

    @property
    def language(self) -> str:
        """The language that it is in; of a notebook that does not say, English."""
        told = self.facts.get("language")
        return told if told in LANGUAGES else ENGLISH

    def blocks(self) -> Iterator[Block]:
        """Yield every block, in order."""
        for section in self.sections:
            yield from section.blocks

    def brief(self) -> list[Part]:
        """Return the parts of the brief that stands in front, in order; none where the report has no brief."""
        parts: list[Part] = []
        for block in self.blocks():
            name = block.get("part", "")
            if not name:
                continue
            if not parts or parts[-1].name != name:
                parts.append(Part(name))
            if block["kind"] == "heading":
                parts[-1].heading = block["heading"]
            else:
                parts[-1].blocks.append(block)
        return parts

    def annex(self) -> list[Section]:
        """Return the sections without what stands in the brief; with a brief, without those that say nothing."""
        rest = [
            Section(section.heading, section.id, [block for block in section.blocks if not block.get("part")])
            for section in self.sections
        ]
        briefed = any(block.get("part") for block in self.blocks())
        return [section for section in rest if section.blocks or not briefed]

    def charts(self) -> list[str]:
        """Return the names of the charts shown, in order."""
        return [block["name"] for block in self.blocks() if block["kind"] == "chart"]


def read_document(notebook: "NotebookNode", *, name: str = "The notebook") -> Document:
    """Return what an executed notebook says; ``name`` is what errors call it.

    Raises `NotebookError` if a cell wrote to the error stream (a warning is mended or told, never dropped), if a block
    is of unknown kind or lacks a part, or if the notebook shows no block, or not all that a report must say of itself.
    """
    with used(language_of(notebook)):
        return _read_document(notebook, name)


def language_of(notebook: "NotebookNode") -> str:
    """Return the language that an executed notebook's study speaks; without one, English."""
    told = (block.get("language") for block in _blocks_in(notebook) if block.get("kind") == "study")
    return next((str(language) for language in told if language in LANGUAGES), ENGLISH)


def _blocks_in(notebook: "NotebookNode") -> Iterator[Block]:
    shown = (output.get("data", {}).get(MIME) for cell in notebook.cells for output in cell.get("outputs", ()))
    return (block for block in shown if isinstance(block, dict))


def paragraphs_of(source: str) -> list[tuple[str, str]]:
    """Return the paragraphs of a notebook's prose, each with the mark of a heading before it or none."""
    parts = []
    for line in source.strip().replace("\n\n", "\0").replace("\n", " ").split("\0"):
        mark, _, heading = line.partition(" ")
        parts.append((f"{mark} ", heading) if set(mark) == {"#"} else ("", line))
    return parts


def said_prose(source: str) -> str:
    """Return a notebook's prose in the language that is spoken; what no catalogue holds stays as it is written."""
    if current() == ENGLISH:
        return source
    return "\n\n".join(mark + say(text) for mark, text in paragraphs_of(source))


def made_words(document: Document) -> str:
    """Return one line on how a report was made, for its foot."""
    inputs = apart(f"{item['file']} (sha256 {item['sha256'][:12]})" for item in document.facts["inputs"])
    return say("Made with escalation from {inputs}. Parameters, versions and checksums: manifest.json.", inputs=inputs)


def as_of_words(as_of: str) -> str:
    """Return a report's day as its head and foot give it, written out."""
    return day_words(date.fromisoformat(as_of))


def _read_document(notebook: "NotebookNode", name: str) -> Document:
    sections, emitted = [Section()], 0
    facts: dict[str, Any] = {}
    noun = _noun_of(notebook)
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            _read_prose(cell, sections, noun)
        for output in cell.get("outputs", ()):
            if output.output_type == "stream" and output.name == "stderr":
                raise NotebookError(f"The notebook wrote to its error stream: {''.join(output.text).strip()}")
            block = output.get("data", {}).get(MIME)
            if block is None:
                sections[-1].blocks += _foreign(output)
                continue
            if problem := problem_of(block):
                raise NotebookError(f"{name}, cell {number}, shows {problem}: nothing is published.")
            emitted += 1
            if block["kind"] == "study":
                facts |= {
                    key: block[key] for key in ("as_of", "seed", "selection", "inputs", "language") if key in block
                }
            elif block["kind"] not in SILENT:
                sections[-1].blocks.append({key: _unparted(key, part) for key, part in block.items()})
            if block["kind"] == "title":
                facts["title"] = block["heading"]
            elif block["kind"] == "finding":
                facts |= {"finding": block["sentence"], "confidence": str(block.get("confidence", ""))}
    if not emitted:
        raise NotebookError(
            f"{name} shows no block, so there is nothing to publish: show what it says with "
            f"analysis.reports.page.open_page or analysis.reports.open_report."
        )
    return Document(sections, checked_facts(facts))


_PER_CENT = re.compile(r"(?<=\d) %")


def _unparted(key: str, value: Any) -> Any:
    """Return a part of a block in which no line ends between a number and its sign of per cent; names stay."""
    if isinstance(value, str):
        return value if key in ("name", "address") else _PER_CENT.sub("\N{NO-BREAK SPACE}%", value)
    if isinstance(value, dict):
        return {inner: _unparted(inner, part) for inner, part in value.items()}
    return [_unparted(key, part) for part in value] if isinstance(value, list) else value


def checked_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """Return what a report says of itself, if it says all.

    Raises `NotebookError` if something is missing, or its day is none.
    """
    if missing := [key for key in FACTS if key not in facts]:
        raise NotebookError(f"The notebook ended without telling its {', '.join(missing)}: nothing is published.")
    is_day = False
    with suppress(TypeError, ValueError):
        is_day = date.fromisoformat(facts["as_of"]).isoformat() == facts["as_of"]
    if not is_day:  # it becomes a folder
        raise NotebookError(f"The notebook's as_of is {facts['as_of']!r}, not an ISO day: nothing is published.")
    try:
        made_words(Document([], facts))
    except (TypeError, KeyError) as error:
        raise NotebookError(
            f"The notebook's inputs are not each of a 'file' and its 'sha256' ({error}): nothing is published."
        ) from None
    return facts


def _noun_of(notebook: "NotebookNode") -> str:
    """Return what a report's study calls what is counted."""
    return next((block["noun"] for block in _blocks_in(notebook) if isinstance(block.get("noun"), str)), "attack")


def _read_prose(cell: "NotebookNode", sections: list[Section], noun: str) -> None:
    source = _unparted("", named(said_prose(cell.source), noun))
    if source.startswith("## "):
        heading, _, rest = source[3:].partition("\n")
        sections.append(Section(heading.strip(), cell.get("id", heading)))
    elif source.startswith("# "):
        heading, rest = source[2:].partition("\n")[0], ""
        sections[-1].blocks.append({"kind": "kicker", "text": heading})
    else:
        rest = source
    if rest.strip():
        sections[-1].blocks.append({"kind": "prose", "markdown": rest.strip()})


def _foreign(output: "NotebookNode") -> list[Block]:
    """Return what a notebook shows by other means, as blocks."""
    if output.output_type == "stream":
        return [{"kind": "text", "text": "".join(output.text)}]
    if output.output_type == "error":
        return [{"kind": "text", "text": output.evalue}]
    data = output.get("data", {})
    words = "".join(data.get("text/plain", ""))
    for form in ("image/svg+xml", "image/png"):
        if form in data and "text/html" not in data:
            return [{"kind": "picture", "form": form, "data": "".join(data[form]), "alt": words}]
    if "text/html" in data:
        markup = "".join(data["text/html"])
        return [{"kind": "markup", "html": markup, "text": words or html.unescape(markup)}]
    return [{"kind": "text", "text": words}] if words else []
