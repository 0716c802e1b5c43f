"""The report as slides for a briefing: its finding, its charts with what each says, and what it could not compute or
cannot say."""

import csv
import io
import re
import zipfile
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.figures import theme
from analysis.figures.theme import INK, MUTED
from analysis.language import current, message, say
from analysis.publishing.defuse import defused, visible
from analysis.publishing.document import Document, Section, as_of_words

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

# Inches, points: a slide of 16 to 9 with a margin all around.
WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.6
TITLE_TOP, TITLE_HEIGHT, BODY_TOP, FOOT_TOP = 0.35, 0.9, 1.35, 7.0
FONT = "Calibri"
# Sections that list what holds for the whole report get slides of their own.
LISTS = (message("Since last time"), message("What this cannot say"))
METHOD = message("Method and lineage")
# More bars than these cannot be told apart on a slide.
PERIODS_AT_MOST, LABELS_AT_MOST = 120, 14
CARDS_A_SLIDE = 6
PER_PERIOD = {
    "day": message("Attacks per day"),
    "week": message("Attacks per week"),
    "month": message("Attacks per month"),
    "year": message("Attacks per year"),
}
EDITED = {
    "day": message("Attacks per day, as a chart to edit"),
    "week": message("Attacks per week, as a chart to edit"),
    "month": message("Attacks per month, as a chart to edit"),
    "year": message("Attacks per year, as a chart to edit"),
}
CARD_PARTS = ("label", "value", "uncertainty", "note")


def write_slides(document: Document, path: Path) -> None:
    """Write a report as slides (PowerPoint's format).

    The finding and the key figures come first; then a slide for each chart, as a picture with its text alternative,
    what the section says of
    it beneath, and all that the section says in the notes; the timeline also as a chart that can be edited.
    Questions that have no chart, which
    is how most refusals look, stand together on one slide. Last comes what the report cannot say. Tables stay in
    the page.

    Parameters
    ----------
    document
        What the report says.
    path
        The file; charts lie beside it in ``charts/``.
    """
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    facts = deck.core_properties
    facts.title, facts.author, facts.subject = (
        visible(document.title)[:255],
        "escalation",
        say("as of {day}", day=as_of_words(document.as_of)),
    )
    facts.created = facts.modified = datetime.combine(date.fromisoformat(document.as_of), datetime.min.time())
    foot = say(
        "{title}, as of {day}; tables, method and lineage: report.html",
        title=document.title,
        day=as_of_words(document.as_of),
    )
    _write_front(deck, document, foot)
    sections = [_of_charts(section) for section in document.sections]
    drawn = [alt for section in sections for _, alt in section.charts]
    for section in sections:
        for position, (name, alt) in enumerate(section.charts):
            # Which of a section's words go with its further charts is not known: they are in the notes of each.
            words = (section.said if position == 0 else []) or [f"{alt.split('. ')[0].rstrip('.')}."]
            _write_chart(deck, section, path.parent / "charts" / f"{name}.png", alt, words, foot)
            numbers = path.parent / "charts" / f"{name}.csv"
            if name == "timeline" and numbers.exists():
                _write_native(deck, numbers, alt, foot)
        for picture in section.pictures:
            _write_chart(
                deck, section, BytesIO(picture), say("A picture of the notebook's own."), section.said or [""], foot
            )
    silent = [section for section in sections if _is_silent(section, drawn)]
    _write_points(
        deck,
        say("Questions without a chart"),
        [f"{section.heading} {' '.join(section.said)}".strip() for section in silent],
        foot,
    )
    for wanted in map(say, LISTS):
        for section in sections:
            if section.heading == wanted:
                _write_points(deck, wanted, section.said, foot)
    made = io.BytesIO()
    deck.save(made)
    _write_timeless(made, path)


@dataclass(frozen=True)
class _Shown:
    """What slides take of a section: its sentences, its charts with their text alternatives, and pictures of the
    notebook's own."""

    heading: str
    said: list[str]
    charts: list[tuple[str, str]]
    pictures: list[bytes]


def _write_timeless(archive: io.BytesIO, path: Path) -> None:
    """Write a zip file again without the moments at which its parts were written."""
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), source.read(name), zipfile.ZIP_DEFLATED)


def _of_charts(section: Section) -> _Shown:
    said, charts, pictures = [], [], []
    for block in section.blocks:
        kind = block["kind"]
        if kind == "say":
            said += [_on_one_line(sentence) for sentence in block["paragraphs"]]
        elif kind in ("text", "markup", "prose"):
            words = str(block.get("markdown") or block.get("text") or "")
            said.append(_on_one_line(words))
        elif kind == "chart":
            charts.append((block["name"], visible(block["alt"])))
        elif kind == "picture" and block["form"] == "image/png":
            pictures.append(b64decode(block["data"]))
    said = [sentence for sentence in said if sentence]
    if section.heading or not charts:
        return _Shown(visible(section.heading), said, charts, pictures)
    # What stands before the first heading is called by what its chart shows, and read from the chart.
    title, _, rest = charts[0][1].partition(". ")
    return _Shown(title, [*said, rest] if rest else said, charts, pictures)


def _on_one_line(text: str) -> str:
    """Return text without line breaks and doubled spaces; spaces at which no line breaks stay."""
    return visible(re.sub(r"[ \t\r\n]+", " ", text).strip())


def _is_silent(section: _Shown, drawn: Sequence[str]) -> bool:
    """Return whether a section says something that no chart shows, there or on the first screen."""
    shown = bool(section.charts or section.pictures)
    read = any(" ".join(section.said) in alt for alt in drawn)
    return bool(section.said) and not shown and section.heading not in map(say, (*LISTS, METHOD)) and not read


def _write_front(deck: "Presentation", document: Document, foot: str) -> None:
    """Write the finding with what qualifies it, and the key figures."""
    subtitle = visible(next((block["subtitle"] for block in document.blocks() if block["kind"] == "title"), ""))
    finding = next(block for block in document.blocks() if block["kind"] == "finding")
    sentence, qualifiers = visible(finding["sentence"]), [visible(said) for said in finding["qualifiers"]]
    cards = [card for block in document.blocks() if block["kind"] == "figures" for card in block["cards"]]
    slide = _slide(deck, visible(document.title), foot)
    width = WIDTH - 2 * MARGIN
    _write(slide, [subtitle], (MARGIN, BODY_TOP - 0.15, width, 0.4), sizes=(14, 12, 10), color=MUTED, whatever=True)
    large = (26, 24, 22, 20, 18, 16, 14, 12, 10, 8)
    _write(slide, [sentence], (MARGIN, 1.75, width, 2.6), sizes=large, bold=True, whatever=True)
    left = _write(slide, qualifiers, (MARGIN, 4.45, width, 2.4), sizes=(18, 16, 14, 12), bullets=True)
    _note(slide, [subtitle, sentence, *qualifiers])
    if left:
        _write_points(deck, say("What qualifies the finding"), left, foot)
    for begin in range(0, len(cards), CARDS_A_SLIDE):
        _write_cards(deck, cards[begin : begin + CARDS_A_SLIDE], foot)


def _write_cards(deck: "Presentation", cards: Sequence[Mapping[str, object]], foot: str) -> None:
    slide = _slide(deck, say("Key figures"), foot)
    width, across = WIDTH - 2 * MARGIN, 3
    wide, high = (width - (across - 1) * 0.3) / across, 2.55
    for position, card in enumerate(cards):
        label, value, uncertainty, note = (str(card[part]) for part in CARD_PARTS)
        row, column = divmod(position, across)
        left, top = MARGIN + column * (wide + 0.3), BODY_TOP + row * (high + 0.2)
        _write(slide, [label], (left, top, wide, 0.6), sizes=(16, 14, 12, 10), color=MUTED, whatever=True)
        large = (22,) if card["absent"] else (36, 30, 24, 18)
        _write(slide, [value], (left, top + 0.6, wide, 0.75), sizes=large, bold=True, whatever=True)
        below = (left, top + 1.35, wide, high - 1.4)
        _write(slide, [uncertainty, note], below, sizes=(14, 12, 11, 10, 9, 8), color=MUTED, whatever=True)
    _note(slide, [". ".join(filter(None, (str(card[part]) for part in CARD_PARTS))) for card in cards])


def _write_chart(
    deck: "Presentation", section: _Shown, png: Path | BytesIO, alt: str, said: Sequence[str], foot: str
) -> None:
    """Write a chart with as many sentences of what is said of it as find room; all that the section says is in the
    notes."""
    from PIL import Image
    from pptx.util import Inches

    slide = _slide(deck, section.heading or foot, foot)
    room = (WIDTH - 2 * MARGIN, 4.55)
    with Image.open(png) as image:
        scale = min(room[0] / image.width, room[1] / image.height)
        wide, high = image.width * scale, image.height * scale
    picture = slide.shapes.add_picture(
        str(png) if isinstance(png, Path) else png,
        Inches((WIDTH - wide) / 2),
        Inches(BODY_TOP),
        Inches(wide),
        Inches(high),
    )
    _describe(picture._element.nvPicPr, alt)
    place = (MARGIN, BODY_TOP + room[1] + 0.1, WIDTH - 2 * MARGIN, FOOT_TOP - BODY_TOP - room[1] - 0.15)
    whole = " ".join(said)
    sentences = whole.split(". ")
    while len(sentences) > 1 and _size_that_fits([". ".join(sentences)], *place[2:], (14,)) is None:
        sentences.pop()
    words = ". ".join(sentences)
    _write(
        slide, [words if words == whole else f"{words}."], place, sizes=(18, 16, 14, 13, 12, 11, 10, 8), whatever=True
    )
    _note(slide, section.said or [alt])


def _write_native(deck: "Presentation", numbers: Path, alt: str, foot: str) -> None:
    """Write counts over time as a chart whose numbers can be edited; a period that is not computed stays empty."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.oxml.ns import qn
    from pptx.util import Inches, Pt

    with numbers.open(encoding="utf-8", newline="") as lines:
        known = list(csv.DictReader(lines))
    rows = known[-PERIODS_AT_MOST:]
    if not rows or not {"period_start", "period", "value"} <= rows[0].keys() or rows[0]["period"] not in PER_PERIOD:
        return
    period = rows[0]["period"]
    data = CategoryChartData(number_format="0")
    data.categories = [
        defused(
            visible(row["period_start"][: 7 if period == "month" else 10])
            + (say(" (part)") if row.get("complete") == "False" else "")
        )
        for row in rows
    ]
    data.add_series(say(PER_PERIOD[period]), [_number(row) for row in rows])
    slide = _slide(deck, say(EDITED[period]), foot)
    place = [Inches(part) for part in (MARGIN, BODY_TOP, WIDTH - 2 * MARGIN, FOOT_TOP - BODY_TOP - 0.5)]
    frame: Any = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data)  # type: ignore[call-arg, arg-type]
    _describe(frame._element.nvGraphicFramePr, alt)
    chart = frame.chart
    chart.has_legend, chart.has_title = False, False
    chart.font.size, chart.font.name = Pt(12), FONT
    fill = chart.plots[0].series[0].format.fill
    fill.solid()
    fill.fore_color.rgb = _rgb(theme.ATTACK)
    chart.plots[0].gap_width = 40
    chart.value_axis.has_major_gridlines = True
    chart.value_axis.major_gridlines.format.line.color.rgb = _rgb(theme.GRID)
    chart.value_axis.format.line.fill.background()
    chart.value_axis.minimum_scale = 0
    skip = chart.category_axis._element.makeelement(qn("c:tickLblSkip"), {"val": str(-(-len(rows) // LABELS_AT_MOST))})
    chart.category_axis._element.find(qn("c:noMultiLvlLbl")).addprevious(skip)
    missing = sum(row is None for row in map(_number, rows))
    said = [
        say(
            "Recorded counts, from charts/{file}. One marked (part) is not over or not wholly covered.",
            file=numbers.name,
        )
    ]
    if len(rows) < len(known):
        said.append(say("The last {shown} of {n}; all are in the file.", shown=len(rows), n=len(known)))
    if missing:
        said.append(say("{n} without a bar could not be counted; that is not zero.", n=missing))
    words = " ".join(said)
    _write(slide, [words], (MARGIN, FOOT_TOP - 0.45, WIDTH - 2 * MARGIN, 0.4), sizes=(12, 11, 10), color=MUTED)
    _note(slide, [words])


def _describe(properties: Any, alt: str) -> None:
    """Give a picture or a chart its text alternative."""
    properties.cNvPr.set("descr", visible(alt))


def _number(row: dict[str, str]) -> float | None:
    try:
        value = float(row["value"])
    except ValueError:
        return None
    return value if isfinite(value) and row.get("status", "computed") == "computed" else None


def _write_points(deck: "Presentation", title: str, points: Sequence[str], foot: str) -> None:
    """Write points on as many slides as they need."""
    left, number = [point for point in points if point], 0
    while left:
        number += 1
        slide = _slide(deck, title if number == 1 else f"{title} ({number})", foot)
        before = left
        place = (MARGIN, BODY_TOP, WIDTH - 2 * MARGIN, FOOT_TOP - BODY_TOP - 0.2)
        left = _write(slide, before, place, sizes=(18, 16, 14), bullets=True)
        if len(left) == len(before):  # a point larger than a slide
            _write(slide, before[:1], place, sizes=(12, 10, 8, 6, 4), bullets=True, whatever=True)
            left = before[1:]
        _note(slide, before[: len(before) - len(left)])


def _slide(deck: "Presentation", title: str, foot: str) -> "Slide":
    """Add a slide with a title, a foot and its number."""
    from pptx.util import Inches

    slide = deck.slides.add_slide(deck.slide_layouts[5])
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = (
        Inches(part) for part in (MARGIN, TITLE_TOP, WIDTH - 2 * MARGIN, TITLE_HEIGHT)
    )
    size = _size_that_fits([title], WIDTH - 2 * MARGIN, TITLE_HEIGHT, (30, 26, 22, 18, 14))
    _fill(shape.text_frame, [title], size=size or 12, color=INK, bold=True)
    place = (MARGIN, FOOT_TOP, WIDTH - 2 * MARGIN, 0.3)
    _write(slide, [f"{foot} · {len(deck.slides)}"], place, sizes=(11, 9, 7, 5), color=MUTED, whatever=True)
    return slide


def _write(
    slide: "Slide",
    texts: Sequence[str],
    place: tuple[float, float, float, float],
    *,
    sizes: Sequence[float],
    color: str = INK,
    bold: bool = False,
    bullets: bool = False,
    whatever: bool = False,
) -> list[str]:
    """Write texts in the largest size in which all fit, else as many of them as fit in the smallest; return those
    left out.

    ``whatever``: write all, even if they do not fit.
    """
    from pptx.util import Inches

    texts = [text for text in texts if text]
    _, _, width, height = place
    size, fitting = _size_that_fits(texts, width, height, sizes), len(texts)
    while size is None and fitting and not whatever:
        fitting -= 1
        size = _size_that_fits(texts[:fitting], width, height, sizes[-1:])
    if fitting:
        box = slide.shapes.add_textbox(*(Inches(part) for part in place))
        _fill(box.text_frame, texts[:fitting], size=size or sizes[-1], color=color, bold=bold, bullets=bullets)
    return texts[fitting:]


def _size_that_fits(texts: Sequence[str], width: float, height: float, sizes: Iterable[float]) -> float | None:
    """Return the first size, points, in which texts fit in inches; measured in a font that is wider than the
    slides' own."""
    for size in sizes:
        room = (width - 0.45) * 72
        lines = sum(theme.wrap_text(text, room, size=size).count("\n") + 1 for text in texts)
        if (lines * 1.2 + len(texts) * 0.4) * size <= height * 72:
            return size
    return None


def _fill(frame, texts: Sequence[str], *, size: float, color: str, bold: bool = False, bullets: bool = False) -> None:
    from pptx.enum.lang import MSO_LANGUAGE_ID
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Inches, Pt

    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Inches(0.03)
    for position, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if position == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.space_after = Pt(size * 0.4)
        run = paragraph.add_run()
        run.text = ("•  " if bullets else "") + visible(text)
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, FONT
        run.font.color.rgb = _rgb(color)
        run.font.language_id = MSO_LANGUAGE_ID.FRENCH if current() == "fr" else MSO_LANGUAGE_ID.ENGLISH_UK


def _rgb(color: str):
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(color.removeprefix("#"))


def _note(slide: "Slide", texts: Iterable[str]) -> None:
    notes: Any = slide.notes_slide.notes_text_frame
    notes.text = "\n".join(visible(text) for text in texts if text)
