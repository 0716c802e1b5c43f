"""The report as slides: six of the brief; of a report without one, what it found, its charts and its lists."""

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from analysis.language import say
from analysis.publishing.changes import SECTION
from analysis.publishing.deck import Content, write_deck
from analysis.publishing.deck_template import Template
from analysis.publishing.defuse import visible
from analysis.publishing.document import Document, Section
from analysis.reports.blocks import Block

CARDS_A_SLIDE = 6


def write_slides(
    document: Document,
    path: Path,
    *,
    template: Template | None = None,
    pictures: Path | None = None,
    write: Callable[..., None] = write_deck,
) -> None:
    """Write a report as slides (PowerPoint's format); see `analysis.publishing.deck.write_deck`.

    Charts lie beside ``path`` in ``charts/``, those drawn for slides in ``pictures``, as far as they are there.
    ``write`` writes the deck; a publisher lets a process of its own do it (`analysis.publishing.deck_apart`).
    """
    charts = _Charts(path.parent / "charts", pictures)
    contents = list(_of_brief(document, charts) if has_brief(document) else _of_sections(document, charts))
    subtitle = next((str(block["subtitle"]) for block in document.blocks() if block["kind"] == "title"), "")
    foot = ". ".join(part.rstrip(".") for part in (document.title, subtitle) if part) + "."
    write(
        [_visible(content) for content in contents],
        path,
        title=document.title,
        as_of=document.as_of,
        foot=visible(foot),
        template=template,
    )


def has_brief(document: Document) -> bool:
    """Return whether a report holds a brief."""
    return any(block.get("part") for block in document.blocks())


def charts_on_slides(document: Document) -> list[str]:
    """Return the names of the charts that slides show as pictures."""
    shown = [block for block in document.blocks() if block["kind"] == "chart"]
    if has_brief(document):
        native = next((block for block in shown if block.get("part") == "timeline"), None)
        shown = [block for block in shown if block.get("part") and block is not native]
    return [str(block["name"]) for block in shown]


class _Charts:
    """Where a chart's picture and its numbers lie."""

    def __init__(self, charts: Path, pictures: Path | None) -> None:
        self._charts, self._pictures = charts, pictures

    def picture(self, block: Block) -> tuple[Path, str]:
        name = f"{block['name']}.png"
        drawn = self._pictures / name if self._pictures else self._charts / name
        return (drawn if drawn.exists() else self._charts / name), str(block["alt"])

    def counts(self, block: Block) -> tuple[Path, str, str]:
        return self._charts / f"{block['name']}.csv", str(block["alt"]), str(block.get("unit", ""))


def _of_brief(document: Document, charts: _Charts) -> Iterator[Content]:
    """Yield six slides: headline, timeline, where, who and what stands out, what next, how far to trust it; then one
    for each further part."""
    parts: dict[str, list[Block]] = {}
    for block in document.blocks():
        if block.get("part"):
            parts.setdefault(block["part"], []).append(block)
    head = parts.get("headline", [])
    finding = next(block for block in head if block["kind"] == "finding")
    cards = [card for block in head if block["kind"] == "figures" for card in block["cards"]]
    tables = [block for block in head if block["kind"] == "table"]
    notes = (document.title, str(finding.get("fine", "")), *_all_cards(cards), *_changes(document))
    yield Content(
        finding["sentence"],
        points=tuple(finding["qualifiers"]),
        cards=tuple(cards),
        tables=tuple(tables),
        notes=tuple(filter(None, notes)),
    )
    yield _of_time(parts.pop("timeline", []), [*head, *parts.pop("countries", [])], charts)
    yield _of_part(parts.pop("where", []), charts)
    yield _of_part([*parts.pop("who", []), *parts.pop("stands_out", [])], charts)
    yield _of_part(parts.pop("next", []), charts)
    trust = _of_part(parts.pop("trust", []), charts)
    yield replace(trust, notes=(*trust.notes, *_lists(document)))
    yield from (_of_part(blocks, charts) for name, blocks in parts.items() if name != "headline")


def _of_time(timeline: Sequence[Block], others: Sequence[Block], charts: _Charts) -> Content:
    """Return the timeline as a chart that can be edited, and beside it the other charts, such as the countries'."""
    shown = [block for block in (*timeline, *others) if block["kind"] == "chart"]
    whole = [block for block in shown[:1] if block in timeline]
    return Content(
        next((str(block["title"]) for block in shown), ""),
        counts=charts.counts(whole[0]) if whole else None,
        pictures=tuple(map(charts.picture, shown[len(whole) :])),
        notes=tuple(str(block["alt"]) for block in shown),
    )


def _of_part(blocks: Sequence[Block], charts: _Charts) -> Content:
    """Return a part as one slide: its charts, its tables, its sentences."""
    tables = [block for block in blocks if block["kind"] == "table" and block["rows"]]
    shown = [block for block in blocks if block["kind"] == "chart"]
    titled = next((str(block["title"]) for block in (*shown, *tables)), "")
    return Content(
        titled or _heading(blocks),
        points=_paragraphs(blocks),
        tables=tuple(tables),
        pictures=tuple(map(charts.picture, shown)),
        notes=tuple(filter(None, (*(block["alt"] for block in shown), *(block["note"] for block in tables)))),
    )


def _heading(blocks: Iterable[Block]) -> str:
    return next((str(block["heading"]) for block in blocks if block["kind"] == "heading"), "")


def _paragraphs(blocks: Iterable[Block]) -> tuple[str, ...]:
    return tuple(str(said) for block in blocks if block["kind"] == "say" for said in block["paragraphs"])


def _lists(document: Document) -> Iterator[str]:
    """Yield what the annex lists for the whole report: what it cannot say, and how it was made."""
    for block in document.blocks():
        if block["kind"] == "say" and block["as_list"] and not block.get("part"):
            yield from map(str, block["paragraphs"])


def _changes(document: Document) -> Iterator[str]:
    """Yield what changed since the last report."""
    for section in document.sections:
        if section.id == SECTION:
            yield from _words(section)


def _all_cards(cards: Iterable[Mapping[str, object]]) -> Iterator[str]:
    for card in cards:
        yield ". ".join(str(card[part]) for part in ("label", "value", "uncertainty", "note") if card[part])


def _of_sections(document: Document, charts: _Charts) -> Iterator[Content]:
    """Yield the finding, then for each section its charts and its sentences, so that nothing that is said is lost."""
    finding = next(block for block in document.blocks() if block["kind"] == "finding")
    yield Content(document.title, points=(finding["sentence"], *finding["qualifiers"]))
    cards = [card for block in document.blocks() if block["kind"] == "figures" for card in block["cards"]]
    for begin in range(0, len(cards), CARDS_A_SLIDE):
        some = cards[begin : begin + CARDS_A_SLIDE]
        yield Content(say("Key figures"), cards=tuple(some), notes=tuple(_all_cards(some)))
    for section in document.sections:
        said = list(_words(section))
        shown = [block for block in section.blocks if block["kind"] == "chart"]
        for block in shown:
            yield Content(block["title"], pictures=(charts.picture(block),), notes=(block["alt"], *said))
        for block in section.blocks:
            if block["kind"] == "picture" and block["form"] == "image/png":
                picture = BytesIO(b64decode(block["data"]))
                yield Content(
                    section.heading or document.title, pictures=((picture, say("A picture of the notebook's own.")),)
                )
        yield Content(section.heading or document.title, points=tuple(said))


def _words(section: Section) -> Iterator[str]:
    """Yield what a section says, but for finding and tables."""
    for block in section.blocks:
        if block["kind"] == "say":
            yield from (_on_one_line(str(said)) for said in block["paragraphs"] if str(said).strip())
        elif block["kind"] in ("text", "markup", "prose"):
            words = _on_one_line(str(block.get("markdown") or block.get("text") or ""))
            if words:
                yield words


def _on_one_line(text: str) -> str:
    """Return text without line breaks and doubled spaces; spaces at which no line breaks stay."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip()


def _visible(content: Content) -> Content:
    """Return a slide whose texts hold no sign that turns them round."""

    def shown(value: Any) -> Any:
        if isinstance(value, str):
            return visible(value)
        if isinstance(value, Mapping):
            return {key: shown(part) for key, part in value.items()}
        return [shown(part) for part in value] if isinstance(value, list) else value

    return replace(
        content,
        title=visible(content.title),
        points=tuple(map(visible, content.points)),
        cards=tuple(map(shown, content.cards)),
        tables=tuple(map(shown, content.tables)),
        pictures=tuple((picture, visible(alt)) for picture, alt in content.pictures),
        counts=content.counts and (content.counts[0], visible(content.counts[1]), visible(content.counts[2])),
        notes=tuple(map(visible, content.notes)),
    )
