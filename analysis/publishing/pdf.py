"""A report as a tagged PDF, set by typst from one template: its texts go there as data, never as markup."""

import json
import re
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path

from analysis.figures.theme.fonts import family_of, font_folders
from analysis.language import say
from analysis.publishing.defuse import visible
from analysis.publishing.document import Document, as_of_words
from analysis.publishing.errors import NotebookError
from analysis.reports.blocks import Block

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
# Points: the page between its margins, a sign of a table's text and of its head, and what stands around a cell's text.
PAGE_WIDTH, HALF_WIDTH, SIGN, BOLD_SIGN, PADDING = 510.0, 270.0, 4.7, 5.4, 8.0
# Signs: a longer word is broken; a longer text is set in several lines.
LONGEST_WORD, LONGEST_LINE = 22, 40
# A sign that the typeface lacks is shown as this: a page of a checked standard may not hold what it cannot draw.
LACKING = "\N{WHITE SQUARE}"


def write_pdf(document: Document, path: Path, *, charts: Path, made: str) -> None:
    """Write a tagged A4 PDF (PDF/UA-1) of a report with the charts of a folder, as SVG; ``made`` is one line on how it
    was made, for its end. Equal reports give equal bytes.

    Raises `NotebookError` if it cannot be set.
    """
    import typst

    front = next(
        (block for block in document.blocks() if block["kind"] == "title"), {"heading": document.title, "subtitle": ""}
    )
    briefed = bool(document.brief())
    told = {
        "title": document.title.strip() or document.as_of,
        "subtitle": front["subtitle"],
        "annex": say("Annex"),
        "brief": [
            {
                "name": part.name,
                "heading": part.heading,
                "blocks": [_data(block, level=3) for block in part.blocks if block["kind"] != "title"],
            }
            for part in document.brief()
        ],
        "language": document.language,
        "foot": say("{title}, as of {day}", title=document.title, day=as_of_words(document.as_of)),
        # Two parts around the number of the page.
        "page": say("page {number} of {all}", number="\0", all="\0").split("\0"),
        "made": made,
        "sections": [
            {
                "heading": section.heading,
                "blocks": [
                    _data(block, level=(4 if briefed else 3) if section.heading else 2)
                    for block in section.blocks
                    if block["kind"] != "title"
                ],
            }
            for section in document.annex()
        ],
    }
    if lacking := _lacks_signs(told):
        told["subtitle"] = f"{front['subtitle']} {lacking}".strip()
    try:
        content: bytes = typst.compile(  # type: ignore[call-overload]
            TEMPLATE.read_bytes(),
            root=charts,
            font_paths=font_folders(),
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"report": json.dumps(_drawable(told), ensure_ascii=False)},
            pdf_standards=["ua-1"],
            package_path=charts,
            package_cache_path=charts,
            timestamp=int(datetime.fromisoformat(document.as_of).replace(tzinfo=UTC).timestamp()),
        )
    except typst.TypstError as error:
        raise NotebookError(f"The PDF could not be set: {error}. Nothing is published.") from error
    path.write_bytes(content)


def _data(block: Block, *, level: int) -> Block:
    """Return a block as the template takes it: what the standard asks for is there, if only a word."""
    kind = block["kind"]
    if kind == "lineage":
        return block | {"level": level}
    if kind == "chart":
        return block | {"alt": block["alt"] or block["title"] or block["name"]}
    if kind == "prose":
        # Plain paragraphs: a notebook's own prose keeps its words, without its marks.
        paragraphs = [re.sub(r"[*_`#]+", "", part).strip() for part in block["markdown"].split("\n\n")]
        return {"kind": "say", "paragraphs": [part for part in paragraphs if part], "as_list": False}
    if kind == "markup":
        return {"kind": "text", "text": block["text"]}
    if kind == "picture":
        alt = block["alt"] or say("A picture of the notebook's own.")
        return (
            block | {"alt": alt} | ({"bytes": list(b64decode(block["data"]))} if block["form"] == "image/png" else {})
        )
    if kind == "table":
        # A table of the brief takes its widths as shares of the half page, or the whole one, that it gets.
        of_brief = bool(block.get("part"))
        return block | {"widths": _widths(block, HALF_WIDTH if of_brief else PAGE_WIDTH), "shares": of_brief}
    return block


# Where a line may end: not at a no-break space, nor at a stroke before a digit.
_WORDS = re.compile(r"[ \t\n]|-(?!\d)")


def _widths(block: Block, page: float = PAGE_WIDTH) -> list[float]:
    """Return the widths of a table's columns, points: each has room for its longest word, and long texts share what
    is left."""
    least, extra = [], []
    for number, column in enumerate(block["head"]):
        cells = [str(row[number]) for row in block["rows"]] or [""]
        words = [len(word) * SIGN for cell in cells for word in _WORDS.split(cell)]
        words += [len(word) * BOLD_SIGN for word in _WORDS.split(column["words"])]
        least.append(PADDING + min(max(words), LONGEST_WORD * SIGN))
        usual = sum(map(len, cells)) / len(cells)
        extra.append(max(min(usual, LONGEST_LINE) * SIGN - least[-1], SIGN))
    room = page - sum(least)
    if room < 0:
        return [width * page / sum(least) for width in least]
    return [width + room * more / sum(extra) for width, more in zip(least, extra, strict=True)]


def _lacks_signs(told: dict[str, object]) -> str:
    """Return the sentence on signs that no typeface has, where a text of a report holds one."""
    signs = {sign for sign in json.dumps(told, ensure_ascii=False) if ord(sign) > 127}
    if all(family_of(sign) or not sign.isprintable() for sign in signs):
        return ""
    return say("{sign} stands for signs that this document's type lacks; the page beside it has them.", sign=LACKING)


def _drawable(value: object) -> object:
    """Return texts without signs that reorder or hide others, or that no typeface here has."""
    if isinstance(value, str):
        return "".join(sign if sign in "\n\t " or family_of(sign) else LACKING for sign in visible(value))
    if isinstance(value, dict):
        return {key: part if key in ("data", "kind", "name") else _drawable(part) for key, part in value.items()}
    return [_drawable(part) for part in value] if isinstance(value, list) else value
