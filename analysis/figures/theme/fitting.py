"""Text measured, broken into lines, cut and placed, so that words do not meet."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from itertools import product

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from analysis.figures.theme.fonts import families_of
from analysis.figures.theme.look import LINE_SPACING, SMALL_SIZE
from analysis.figures.theme.words import safe_text


@lru_cache(maxsize=4096)
def text_width(text: str, *, size: float = SMALL_SIZE, weight: str = "normal") -> float:
    """Return the width of the longest line of a text, in points, with room for the rounding of glyphs to pixels."""
    font = FontProperties(family=families_of([text]), size=size, weight=weight)
    return 1.03 * max(
        (text_to_path.get_text_width_height_descent(line, font, False)[0] for line in text.splitlines()), default=0.0
    )


def _as_it_is(text: str) -> str:
    return text


_called: ContextVar[Callable[[str], str]] = ContextVar("called", default=_as_it_is)


@contextmanager
def calling(called: Callable[[str], str]) -> Iterator[None]:
    """Let sentences on charts call what is counted by its name, before they are measured and broken into lines.

    Parameters
    ----------
    called
        Returns a text with that name; twice is as once.
    """
    token = _called.set(called)
    try:
        yield
    finally:
        _called.reset(token)


def as_called(text: str) -> str:
    """Return a text that calls what is counted by its name (see `calling`)."""
    return _called.get()(text)


def wrap_text(text: str, width: float, *, size: float = SMALL_SIZE, weight: str = "normal") -> str:
    """Break a text into lines of at most `width` points, at spaces but for those that hold a sign and its number
    together: before ``%``, behind ``×``, round ``=`` and ``<``.

    A longer word, such as a file's name, is broken after its strokes; one without any stands alone.
    """
    lines: list[str] = []
    for paragraph in as_called(text).split("\n"):
        line = ""
        words = filter(None, re.split(r"(?<![×=<])[ \t\r\f\v](?![%=<])", paragraph))
        for word, gap in ((piece, gap) for whole in words for piece, gap in _pieces(whole, width, size, weight)):
            longer = f"{line}{gap}{word}".strip()
            if line and text_width(longer, size=size, weight=weight) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return "\n".join(lines)


def _pieces(word: str, width: float, size: float, weight: str) -> list[tuple[str, str]]:
    """Return a word whole, or in pieces where it is wider than a line, each with what stands before it."""
    if len(word) < 12 or text_width(word, size=size, weight=weight) <= width:
        return [(word, " ")]
    pieces = re.findall(r"[^_/-]*[_/-]+|[^_/-]+$", word)
    return [(piece, "" if place else " ") for place, piece in enumerate(pieces)]


def fit_text(value: object, room: float, *, size: float = SMALL_SIZE, weight: str = "normal") -> str:
    """Return text from the data (see `safe_text`) cut to a width in points."""
    text = safe_text(value)
    while len(text) > 2 and text_width(text, size=size, weight=weight) > room:
        text = text[:-2].rstrip("… ") + "…"
    return text


def text_height(text: str, *, size: float = SMALL_SIZE) -> float:
    """Return the height of a text, in points."""
    return (text.count("\n") + 1) * size * LINE_SPACING


def place_labels(
    items: Sequence[tuple[float, str]], *, width: float, rows: int, most: int, size: float = SMALL_SIZE
) -> list[tuple[float, str, str, int]]:
    """Find room for labels over marks on a line, in rows above it, so that neither words nor leaders meet.

    Parameters
    ----------
    items : sequence of (position, text)
        In order of importance; positions in points from the left end of the line.
    width : float
        Length of the line, points.
    rows, most : int
        Rows to use, and the greatest number of labels.

    Returns
    -------
    list of (position, text, horizontal alignment, row)
        Those that found room, row 0 being the lowest.
    """
    taken: list[tuple[int, float, float]] = []
    leaders: list[tuple[int, float]] = []
    placed: list[tuple[float, str, str, int]] = []
    for position, (at, text) in enumerate(items):
        if len(placed) == most:
            break
        waiting = [other for other, _ in items[position + 1 : most]]
        extent = text_width(text, size=size) + 2
        free: list[tuple[int, int, int, float, str]] = []
        for row, (align, left) in product(
            range(rows), (("center", at - extent / 2), ("right", at - extent + 2), ("left", at - 2))
        ):
            right = left + extent
            meets_label = any(r == row and left < b + 7 and a - 7 < right for r, a, b in taken)
            meets_leader = any(r > row and left - 3 < x < right + 3 for r, x in leaders)
            crosses = any(r < row and a - 3 < at < b + 3 for r, a, b in taken)
            if left >= -4 and right <= width + 4 and not (meets_label or meets_leader or crosses):
                # A label bars the rows above it to the leaders of marks that it covers.
                barred = sum(left - 3 < other < right + 3 for other in waiting) * (rows - row)
                free.append((row + 2 * barred, len(free), row, left, align))
        if free:
            *_, row, left, align = min(free)
            taken.append((row, left, left + extent))
            leaders.append((row, at))
            placed.append((at, text, align, row))
    return placed


def place_days(
    days: Iterable[float], texts: Iterable[str], *, span: tuple[float, float], width: float, rows: int, most: int
) -> list[tuple[float, str, str, int]]:
    """Find room for labels over days of a ``span`` that is ``width`` points long, as `place_labels` does."""
    first, last = span
    scale = width / (last - first)
    items = [((day - first) * scale, text) for day, text in zip(days, texts, strict=True)]
    placed = place_labels(items, width=width, rows=rows, most=most)
    return [(at / scale + first, text, align, row) for at, text, align, row in placed]


def meets_any(box: Sequence[float], others: Iterable[Sequence[float]], *, across: float = 2.0, up: float = 2.0) -> bool:
    """Return whether a box (left, bottom, right, top) overlaps any of the others, or is nearer than so much to one."""
    left, bottom, right, top = box[0] - across, box[1] - up, box[2] + across, box[3] + up
    return any(left < x1 and x0 < right and bottom < y1 and y0 < top for x0, y0, x1, y1 in others)


def spread(positions: Sequence[float], gap: float, *, low: float, high: float) -> list[float]:
    """Move positions apart until neighbours are at least `gap` from each other, within `[low, high]` if possible."""
    order = np.argsort(positions, kind="stable")
    placed = np.clip(np.asarray(positions, dtype=float)[order], low, high)
    for index in range(1, len(placed)):
        placed[index] = max(placed[index], placed[index - 1] + gap)
    if len(placed) and placed[-1] > high:
        placed[-1] = high
        for index in range(len(placed) - 2, -1, -1):
            placed[index] = min(placed[index], placed[index + 1] - gap)
    result = np.empty(len(placed))
    result[order] = placed
    return result.tolist()
