"""Puts the contents of slides into a template: its placeholders, fonts, colours and table style, whatever its size.

A slide takes a layout with a title and one body. What is seen (chart, picture, table) and what is read share the body's
place, so that a ministry's margins hold; a template without such a layout gets boxes of our own in the same places.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.figures import theme
from analysis.language import current, say, say_count
from analysis.publishing.deck_template import Template, open_template
from analysis.publishing.defuse import defused, visible

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide, SlideLayout

# Inches: the deck without a template, 16 to 9.
WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.6
EMU = 914_400
# Points. Nothing that is read is smaller than the least; the foot and a table's notes may be.
TITLE_SIZES = (40.0, 36.0, 32.0, 28.0, 26.0, 24.0, 22.0, 20.0, 18.0, 16.0, 14.0)
BODY_SIZES = (24.0, 22.0, 20.0, 18.0, 16.0, 14.0)
TABLE_SIZES = (16.0, 14.0, 13.0, 12.0)
# Of the rows of key figures (what, how many, how sure): the share of the height, and the sizes.
CARD_ROWS = ((0.29, (16.0, 14.0, 12.0)), (0.38, (28.0, 24.0, 20.0, 18.0, 16.0, 14.0)), (0.33, (14.0, 13.0, 12.0)))
CARDS_ACROSS = 3
FOOT_SIZES = (12.0, 11.0, 10.0, 9.0)
# More bars than these cannot be told apart on a slide.
PERIODS_AT_MOST, LABELS_AT_MOST = 120, 14
GAP = 0.25
# The share of the body's width that what is seen takes beside what is read.
SEEN = 0.6
# A table up to this share of the body's height stands above what is read.
LOW = 0.4


@dataclass(frozen=True)
class Content:
    """What one slide holds."""

    title: str  # one sentence
    points: tuple[str, ...] = ()  # sentences that are read
    cards: tuple[Mapping[str, object], ...] = ()  # key figures: ``label, value, uncertainty, note``
    tables: tuple[Mapping[str, Any], ...] = ()  # blocks of kind ``table``
    pictures: tuple[tuple[Path | io.BytesIO, str], ...] = ()  # files or streams of PNG, each with its text alternative
    # CSV of counts over time, drawn as a chart that can be edited, with its text alternative and what it counts.
    counts: tuple[Path, str, str] | None = None
    notes: tuple[str, ...] = ()  # what the speaker has at hand


@dataclass
class Box:
    """A place on a slide, inches."""

    left: float
    top: float
    width: float
    height: float

    def parts(self) -> tuple[Any, Any, Any, Any]:
        """Return left, top, width and height as the file counts them."""
        return round(self.left * EMU), round(self.top * EMU), round(self.width * EMU), round(self.height * EMU)

    def across(self, share: float) -> "tuple[Box, Box]":
        """Return the left part and the right part, a gap between them."""
        left = (self.width - GAP) * share
        return (
            Box(self.left, self.top, left, self.height),
            Box(self.left + left + GAP, self.top, self.width - GAP - left, self.height),
        )

    def down(self, height: float) -> "tuple[Box, Box]":
        """Return the upper part, so high, and the rest, a gap between them."""
        height = min(height, self.height)
        return (
            Box(self.left, self.top, self.width, height),
            Box(self.left, self.top + height + GAP / 2, self.width, max(self.height - height - GAP / 2, 0.1)),
        )


def write_deck(
    contents: Sequence[Content], path: Path, *, title: str, as_of: str, foot: str, template: Template | None = None
) -> None:
    """Write slides in PowerPoint's format, one for each content that has points or anything to be seen; ``title`` and
    ``as_of``, an ISO day, are of the file, and ``foot`` stands at the foot of each slide.

    Of a template its own slides are left out; without one slides are plain, 16 to 9.
    """
    deck = open_template(template) if template else _plain()
    facts = deck.core_properties
    subject = say("as of {day}", day=date.fromisoformat(as_of))
    facts.title, facts.author, facts.subject = visible(title)[:255], "escalation", subject
    facts.created = facts.modified = datetime.combine(date.fromisoformat(as_of), datetime.min.time())
    facts.last_modified_by = "escalation"
    maker = _Maker(deck, _layout_of(deck), foot)
    for content in contents:
        maker.add(content)
    made = io.BytesIO()
    deck.save(made)
    _write_timeless(made, path)


def _plain() -> "Presentation":
    """Return the plain deck: 16 to 9, its titles at the left, in the colours of the charts."""
    from pptx import Presentation
    from pptx.oxml.ns import qn

    deck: Any = Presentation()
    for part in deck.part.package.iter_parts():
        if str(part.partname).startswith("/ppt/theme/"):
            blob = part.blob.replace(b'"4F81BD"', theme.ATTACK.removeprefix("#").encode().join((b'"', b'"')))
            part._blob = blob.replace(b'"1F497D"', theme.INK.removeprefix("#").encode().join((b'"', b'"')))
    for level in deck.slide_master._element.iter(qn("p:titleStyle")):
        for paragraph in level.iter(qn("a:lvl1pPr")):
            paragraph.set("algn", "l")
    share = round(WIDTH * EMU) / deck.slide_width
    deck.slide_width, deck.slide_height = round(WIDTH * EMU), round(HEIGHT * EMU)
    for holder in (deck.slide_master, *deck.slide_layouts):
        for shape in holder.shapes:
            place = shape._element.find(".//{http://schemas.openxmlformats.org/drawingml/2006/main}xfrm")
            if place is not None:  # others stand where the master's do
                shape.left, shape.width = round(shape.left * share), round(shape.width * share)
    return deck


def _layout_of(deck: "Presentation") -> "SlideLayout":
    """Return the layout that fits best: a title and one body, then a title alone, then any."""

    def rank(layout: "SlideLayout") -> tuple[int, int, float]:
        bodies = _bodies(layout)
        area = max((float(body.width) * float(body.height) for body in bodies), default=0.0)
        if _title(layout) is None:
            return (0, 0, 0.0)
        return (3 if len(bodies) == 1 else 1 if bodies else 2, -len(layout.placeholders), area)

    return max(deck.slide_layouts, key=rank)


def _title(holder: Any) -> Any:
    return next(iter(_placeholders(holder, "TITLE", "CENTER_TITLE")), None)


def _bodies(holder: Any) -> list[Any]:
    return _placeholders(holder, "OBJECT", "BODY")


def _placeholders(holder: Any, *kinds: str) -> list[Any]:
    return [one for one in holder.placeholders if one.placeholder_format.type.name in kinds]


def _box_of(shape: Any) -> Box:
    return Box(*(float(part) / EMU for part in (shape.left, shape.top, shape.width, shape.height)))


@dataclass
class _Maker:
    deck: "Presentation"
    layout: Any
    foot: str
    body: Box = field(init=False)
    head: Box = field(init=False)

    def __post_init__(self) -> None:
        width, height = float(self.deck.slide_width or 0) / EMU, float(self.deck.slide_height or 0) / EMU
        margin = 0.05 * width
        title, bodies = _title(self.layout), _bodies(self.layout)
        self.head = _box_of(title) if title is not None else Box(margin, margin / 2, width - 2 * margin, 0.14 * height)
        if len(bodies) == 1:
            self.body = _box_of(bodies[0])
        else:
            top = self.head.top + self.head.height + GAP / 2
            self.body = Box(margin, top, width - 2 * margin, height - top - 0.9 * margin)
        # A body may reach below what a foot needs.
        self.body.height = min(self.body.height, height - 0.45 - self.body.top)

    def add(self, content: Content) -> None:
        """Add a slide, and more where points are left over; none for what is empty."""
        seen = content.cards or content.tables or content.pictures or content.counts
        if not seen and not any(content.points):
            return
        slide = self.deck.slides.add_slide(self.layout)
        self._write_title(slide, content.title)
        room = self.body
        if content.cards:
            _, cards = room.down(room.height - 2.35) if content.points else (None, room)
            room = Box(room.left, room.top, room.width, cards.top - room.top - GAP)
            self._write_cards(slide, cards, content.cards)
        read = room
        if content.counts or content.pictures or content.tables:
            shown = room
            if content.points:
                shown, read = _shared(room, content)
            self._write_seen(slide, shown, content)
        left = self._write_points(slide, read, [point for point in content.points if point])
        _remove_empty(slide)
        self._write_foot(slide)
        _note(slide, content.notes)
        if left:
            self.add(Content(content.title, points=tuple(left), notes=content.notes))

    def _write_title(self, slide: "Slide", title: str) -> None:
        shape = _title(slide)
        if shape is None:
            shape = slide.shapes.add_textbox(*self.head.parts())
        size = size_that_fits([title], self.head.width, self.head.height, TITLE_SIZES)
        _fill(shape.text_frame, [title], size=size or TITLE_SIZES[-1])

    def _write_points(self, slide: "Slide", place: Box, points: list[str]) -> list[str]:
        """Write points in the body's placeholder, as many as fit; return the others."""
        bodies = _bodies(slide)
        shape = bodies[0] if len(bodies) == 1 else None
        if not points:
            return []
        fitting, size = len(points), size_that_fits(points, place.width, place.height, BODY_SIZES)
        while size is None and fitting > 1:
            fitting -= 1
            size = size_that_fits(points[:fitting], place.width, place.height, BODY_SIZES[-1:])
        if size is None:  # one point that is larger than a slide
            size = size_that_fits(points[:1], place.width, place.height, (12, 10, 8, 6, 4)) or 4
        bullets = "" if shape is not None else "•  "
        if shape is None:
            shape = slide.shapes.add_textbox(*place.parts())
        else:
            shape.left, shape.top, shape.width, shape.height = place.parts()
        _fill(shape.text_frame, [f"{bullets}{point}" for point in points[:fitting]], size=size)
        return points[fitting:]

    def _write_seen(self, slide: "Slide", place: Box, content: Content) -> None:
        """Write charts, pictures and tables one beside the other."""
        n = bool(content.counts) + len(content.pictures) + len(content.tables)
        places = [place]
        while len(places) < n:
            *before, last = places
            share = 1 / (n - len(before))
            places = [*before, *last.across(share)]
        left = iter(places)
        if content.counts:
            self._write_counts(slide, next(left), *content.counts)
        for picture, alt in content.pictures:
            _write_picture(slide, next(left), picture, alt)
        for table in content.tables:
            _write_table(slide, next(left), table)

    def _write_cards(self, slide: "Slide", place: Box, cards: Sequence[Mapping[str, object]]) -> None:
        """Write key figures, three beside one another, as tables of three rows: what, how many, how sure."""
        height = place.height / -(-len(cards) // CARDS_ACROSS)
        for begin in range(0, len(cards), CARDS_ACROSS):
            top = place.top + begin / CARDS_ACROSS * height
            self._write_card_row(
                slide, Box(place.left, top, place.width, height - GAP / 2), cards[begin : begin + CARDS_ACROSS]
            )

    def _write_card_row(self, slide: "Slide", place: Box, cards: Sequence[Mapping[str, object]]) -> None:
        rows = [
            [str(card["label"]) for card in cards],
            [str(card["value"]) for card in cards],
            ["; ".join(str(card[part]) for part in ("uncertainty", "note") if card[part]) for card in cards],
        ]
        frame: Any = slide.shapes.add_table(3, len(cards), *place.parts())
        _describe(
            frame._element.nvGraphicFramePr,
            "; ".join(f"{name}: {value}" for name, value in zip(*rows[:2], strict=True)),
        )
        width = place.width / len(cards)
        for row, (share, sizes) in enumerate(CARD_ROWS):
            height = place.height * share
            fitting = [size_that_fits([text], width, height, sizes) or sizes[-1] for text in rows[row]]
            frame.table.rows[row].height = round(height * EMU)
            for column, text in enumerate(rows[row]):
                cell = frame.table.cell(row, column)
                cell.margin_top = cell.margin_bottom = round(0.02 * EMU)
                _fill(cell.text_frame, [text], size=min(fitting), bold=row == 1, space=0)

    def _write_counts(self, slide: "Slide", place: Box, numbers: Path, alt: str, unit: str) -> None:
        chart, words = _write_native(slide, place, numbers, unit)
        if chart is None:
            _write_picture(slide, place, numbers.with_suffix(".png"), alt)
            return
        _describe(chart._element.nvGraphicFramePr, alt)
        for said in words:
            _note(slide, [said])

    def _write_foot(self, slide: "Slide") -> None:
        """Write the foot below the body, and the slide's number in the template's own place for it."""
        from pptx.enum.shapes import PP_PLACEHOLDER

        width, height = float(self.deck.slide_width or 0) / EMU, float(self.deck.slide_height or 0) / EMU
        for shape in self.layout.placeholders:
            if shape.placeholder_format.type == PP_PLACEHOLDER.SLIDE_NUMBER:
                slide.shapes._spTree.append(deepcopy(shape._element))
                width = min(width, float(shape.left) / EMU + self.body.left)
        place = Box(self.body.left, height - 0.42, max(width - 2 * self.body.left, 1.0), 0.34)
        box: Any = slide.shapes.add_textbox(*place.parts())
        size = size_that_fits([self.foot], place.width, place.height, FOOT_SIZES)
        _fill(box.text_frame, [self.foot], size=size or FOOT_SIZES[-1])


def _shared(room: Box, content: Content) -> tuple[Box, Box]:
    """Return where a slide shows and where it says: a low table above, all else at the left, no wider than it needs."""
    if content.counts or content.pictures or len(content.tables) != 1:
        return room.across(SEEN)
    head, rows = _cells(content.tables[0])
    size = TABLE_SIZES[0]
    height = _table_height([head, *rows], _column_widths([head, *rows], size, room.width), size)
    if height <= LOW * room.height:
        return room.down(height + 0.1)
    return room.across(min(SEEN, _width_of([head, *rows]) / room.width))


def _cells(block: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
    numbers = [column["type"] == "number" for column in block["head"]]
    rows = [
        [
            str(cell).replace(" ", "\N{NO-BREAK SPACE}") if whole else str(cell)
            for cell, whole in zip(row, numbers, strict=True)
        ]
        for row in block["rows"]
    ]
    return [str(column["words"]) for column in block["head"]], rows


def _remove_empty(slide: Any) -> None:
    """Take away placeholders that nothing was written in: they would ask to be filled."""
    for shape in list(slide.placeholders):
        if not (shape.has_text_frame and shape.text_frame.text):
            shape._element.getparent().remove(shape._element)


def _write_picture(slide: "Slide", place: Box, picture: Path | io.BytesIO, alt: str) -> None:
    from PIL import Image

    with Image.open(picture) as image:
        scale = min(place.width / image.width, place.height / image.height)
        width, height = image.width * scale, image.height * scale
    if isinstance(picture, io.BytesIO):
        picture.seek(0)
    fitted = Box(place.left + (place.width - width) / 2, place.top + (place.height - height) / 2, width, height)
    shape = slide.shapes.add_picture(str(picture) if isinstance(picture, Path) else picture, *fitted.parts())
    _describe(shape._element.nvPicPr, alt)


def _write_table(slide: "Slide", place: Box, block: Mapping[str, Any]) -> None:
    """Write a table in the largest type in which it fits; of a long one the first rows, and how many are left out."""
    from pptx.enum.text import PP_ALIGN

    head, rows = _cells(block)
    if not rows:
        return
    size, widths = TABLE_SIZES[-1], _column_widths([head, *rows], TABLE_SIZES[-1], place.width)
    for larger in TABLE_SIZES:
        tried = _column_widths([head, *rows], larger, place.width)
        if _table_height([head, *rows], tried, larger) <= place.height:
            size, widths = larger, tried
            break
    shown = len(rows)
    if _table_height([head, *rows], widths, size) > place.height:
        while shown > 1 and _table_height([head, *rows[:shown]], widths, size) > place.height - 0.3:
            shown -= 1
    lines = [head, *rows[:shown]]
    heights = _row_heights(lines, widths, size)
    box = Box(place.left, place.top, place.width, sum(heights))
    frame: Any = slide.shapes.add_table(len(lines), len(head), *box.parts())
    _describe(frame._element.nvGraphicFramePr, str(block["title"]))
    table = frame.table
    for column, width in enumerate(widths):
        table.columns[column].width = round(width * EMU)
    for number, line in enumerate(lines):
        table.rows[number].height = round(heights[number] * EMU)
        for column, text in enumerate(line):
            cell = table.cell(number, column)
            cell.margin_left = cell.margin_right = round(0.06 * EMU)
            cell.margin_top = cell.margin_bottom = round(0.03 * EMU)
            _fill(cell.text_frame, [text], size=size, space=0)
            if block["head"][column]["type"] == "number":
                cell.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
    if shown < len(rows):
        _note(slide, [". ".join(", ".join(row) for row in rows[shown:])])
        below = Box(box.left, box.top + box.height + 0.03, box.width, 0.3)
        words = say_count("{n} more [row is|rows are] in the report.", len(rows) - shown)
        _fill(slide.shapes.add_textbox(*below.parts()).text_frame, [words], size=12)


def _column_widths(lines: Sequence[Sequence[str]], size: float, width: float) -> list[float]:
    """Return widths, inches, that share the room by what their longest words and texts need."""
    needed, least = [], []
    for column in zip(*lines, strict=True):
        needed.append(max(theme.text_width(text, size=size) for text in column) / 72 + 0.2)
        words = [word for text in column for word in re.split(r"[ \n]+", text)]
        least.append(max(theme.text_width(word, size=size) for word in words) / 72 + 0.2)
    if sum(needed) <= width:
        return [part * width / sum(needed) for part in needed]
    if sum(least) >= width:
        return [part * width / sum(least) for part in least]
    share = (width - sum(least)) / (sum(needed) - sum(least))
    return [low + (high - low) * share for low, high in zip(least, needed, strict=True)]


def _width_of(lines: Sequence[Sequence[str]]) -> float:
    """Return the width, inches, at which a table in the largest type needs no second line."""
    columns = zip(*lines, strict=True)
    return sum(max(theme.text_width(text, size=TABLE_SIZES[0]) for text in column) / 72 + 0.2 for column in columns)


def _row_heights(lines: Sequence[Sequence[str]], widths: Sequence[float], size: float) -> list[float]:
    return [
        max(_n_lines(text, width - 0.15, size) for text, width in zip(line, widths, strict=True)) * 1.22 * size / 72
        + 0.08
        for line in lines
    ]


def _table_height(lines: Sequence[Sequence[str]], widths: Sequence[float], size: float) -> float:
    return sum(_row_heights(lines, widths, size))


def _n_lines(text: str, width: float, size: float) -> int:
    return theme.wrap_text(text, max(width, 0.1) * 72, size=size).count("\n") + 1


def _write_native(slide: Any, place: Box, numbers: Path, unit: str) -> tuple[Any, list[str]]:
    """Write counts over time as a chart whose numbers can be edited, in the template's colours.

    A period that is not computed stays empty; one that is not over, or not wholly covered, is marked. Returns the
    chart, none where the file holds no counts over time, and what is to be said of it.
    """
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.enum.dml import MSO_THEME_COLOR
    from pptx.oxml.ns import qn
    from pptx.util import Pt

    if not numbers.exists():
        return None, []
    with numbers.open(encoding="utf-8", newline="") as lines:
        known = list(csv.DictReader(lines))
    rows = known[-PERIODS_AT_MOST:]
    if not rows or not {"period_start", "period", "value"} <= rows[0].keys():
        return None, []
    data = CategoryChartData(number_format="0")
    partial = [_is_partial(row) for row in rows]
    data.categories = [
        defused(visible(say("{period} (part)", period=name) if part else name))
        for name, part in zip(map(_period_words, rows), partial, strict=True)
    ]
    data.add_series(say("Count"), [_number(row) for row in rows])
    frame: Any = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place.parts(), data)
    chart = frame.chart
    book = chart.part.chart_workbook.xlsx_part
    book._blob = _timeless(book.blob)
    # Of many periods the axis names every second or third: what an empty bar is must not hang on its name.
    hollow = say("A bar without filling stands for a period that is not over, or not wholly covered.")
    told = [unit] * bool(unit) + [hollow] * any(partial)
    chart.has_legend, chart.has_title = False, bool(told)
    chart.font.size = Pt(14)
    if told:
        _fill(chart.chart_title.text_frame, told, size=14, bold=False, space=0)
        chart.chart_title.include_in_layout = False
    chart.plots[0].gap_width = 40
    for at, part in enumerate(partial):
        if part:  # an outline: readable in grey, and in any template's colours
            point = chart.plots[0].series[0].points[at].format
            point.fill.background()
            point.line.width = Pt(1.5)
            point.line.color.theme_color = MSO_THEME_COLOR.ACCENT_1
    chart.value_axis.minimum_scale = 0
    chart.value_axis.format.line.fill.background()
    skip = chart.category_axis._element.makeelement(qn("c:tickLblSkip"), {"val": str(-(-len(rows) // LABELS_AT_MOST))})
    chart.category_axis._element.find(qn("c:noMultiLvlLbl")).addprevious(skip)
    words = []
    if len(rows) < len(known):
        words.append(say("The last {n} of {total} periods; all are in the report.", n=len(rows), total=len(known)))
    if missing := sum(_number(row) is None for row in rows):
        words.append(say("{n} periods without a bar could not be counted; that is not zero.", n=missing))
    return frame, words


def _period_words(row: Mapping[str, str]) -> str:
    """Return a period's name on an axis: its month in few letters, or its first day."""
    from babel.dates import format_date

    try:
        day = date.fromisoformat(row["period_start"][:10])
    except ValueError:
        return row["period_start"]
    return format_date(day, "MMM y" if row["period"] == "month" else "d MMM y", locale=current())


def _is_partial(row: Mapping[str, str]) -> bool:
    if "complete" in row:
        return row["complete"] == "False"
    return bool(row.get("covered_end")) and (
        row["covered_end"] < row.get("period_end", "") or row.get("covered_start", "") > row["period_start"]
    )


def _number(row: Mapping[str, str]) -> float | None:
    try:
        value = float(row["value"])
    except ValueError:
        return None
    return value if isfinite(value) and row.get("status", "computed") == "computed" else None


def _describe(properties: Any, alt: str) -> None:
    """Give a picture, a table or a chart its text alternative."""
    properties.cNvPr.set("descr", visible(alt))


def size_that_fits(texts: Sequence[str], width: float, height: float, sizes: Iterable[float]) -> float | None:
    """Return the first size, points, in which texts fit in inches; measured in a font that is wider than most."""
    for size in sizes:
        room = max(width - 0.45, 0.1) * 72
        if any(theme.text_width(word, size=size) > room + 18 for text in texts for word in text.split()):
            continue  # a word would be broken
        lines = sum(theme.wrap_text(text, room, size=size).count("\n") + 1 for text in texts)
        if (lines * 1.2 + len(texts) * 0.4) * size <= height * 72:
            return size
    return None


def _fill(frame: Any, texts: Sequence[str], *, size: float, bold: bool | None = None, space: float = 0.4) -> None:
    """Write paragraphs; font and colour stay the template's own, the size is what fits."""
    from pptx.enum.lang import MSO_LANGUAGE_ID
    from pptx.util import Pt

    frame.word_wrap = True
    for position, text in enumerate(texts):
        paragraph = frame.paragraphs[0] if position == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(size * space)
        run = paragraph.add_run()
        run.text = visible(text)
        run.font.size = Pt(size)
        if bold is not None:
            run.font.bold = bold
        run.font.language_id = MSO_LANGUAGE_ID.FRENCH if current() == "fr" else MSO_LANGUAGE_ID.ENGLISH_UK


def _note(slide: "Slide", texts: Iterable[str]) -> None:
    """Add to a slide's notes."""
    notes: Any = slide.notes_slide.notes_text_frame
    held = [notes.text] if notes.text else []
    notes.text = "\n".join([*held, *(visible(text) for text in texts if text)])


def _write_timeless(archive: io.BytesIO, path: Path) -> None:
    """Write a zip file again without the moments at which its parts were written."""
    path.write_bytes(_timeless(archive.getvalue()))


def _timeless(content: bytes) -> bytes:
    """Return a zip file of Office without the moments at which it and its parts were made."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "docProps/core.xml" and "xl/workbook.xml" in source.namelist():
                part = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"1980-01-01T00:00:00Z", part)
            target.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), part, zipfile.ZIP_DEFLATED)
    return made.getvalue()
