"""Marks that several charts share: counted bars, spans without a value, labels at the right, a bar of scale."""

import math
from collections.abc import Iterable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from analysis.figures.theme.fitting import spread, text_height, text_width
from analysis.figures.theme.look import (
    ATTACK,
    INK,
    LAYER_DATA,
    LAYER_MARK,
    LAYER_SHADE,
    LAYER_TEXT,
    LINE_SPACING,
    MISSING,
    MISSING_HATCH,
    MISSING_TEXT,
    OFFENSIVE,
    PAPER,
    SMALL_SIZE,
    Look,
)
from analysis.figures.theme.sheet import settle
from analysis.language import say

PARTIAL_LOOK: Look = {"facecolor": "#DCE6EF", "edgecolor": ATTACK, "hatch": "////", "linewidth": 0.8}
MISSING_LOOK: Look = {"facecolor": MISSING, "edgecolor": MISSING_HATCH, "hatch": "////", "linewidth": 0}
# Where the labels at the right belong, in data units.
_AT: "WeakKeyDictionary[Text, float]" = WeakKeyDictionary()
MAX_BARS = 1500  # above this, one outline stands for all bars


def write_scale(ax: Axes, *, above: float = 0.045, pad: float = 1.0) -> Text:
    """Draw a scale bar of a round length, about a sixth of a map's width in km, at its lower left; return its words.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        A map whose limits are set.
    above : float
        Share of the height that lies below the bar.
    pad : float
        Of the ground that the words stand on, points.
    """
    left, right = ax.get_xlim()
    bottom, top = ax.get_ylim()
    wanted = (right - left) / 6
    step = 10 ** math.floor(math.log10(wanted))
    length = step * max(factor for factor in (1, 2, 5) if factor * step <= wanted)
    x, y = left + 0.03 * (right - left), bottom + above * (top - bottom)
    ax.plot([x, x + length], [y, y], color=INK, linewidth=2.0, zorder=LAYER_TEXT, gid="scale bar")
    look: Any = {"zorder": LAYER_TEXT, "bbox": ground(alpha=0.75, pad=pad)}
    return write_by(ax, say("{km:,.0f} km", km=length), (x, y), (0, 3), va="bottom", **look)


def shade_missing(
    ax: Axes,
    spans: Iterable[tuple[float, float]],
    label: str,
    *,
    width: float | None = None,
    height: float | None = None,
) -> None:
    """Shade spans that hold no value, and say once what they are, in the widest span that has room for the words.

    The axes' limits must be set before. `width`, `height`: size of the axes in points, if known.
    """
    spans = list(spans)
    if not spans:
        return
    for start, end in spans:
        ax.axvspan(start, end, **MISSING_LOOK, zorder=LAYER_SHADE, gid="missing")
    if width is None or height is None:
        width, height = settle(ax)
    left, right = sorted(ax.get_xlim())
    scale = width / (right - left)
    start, end = max(spans, key=lambda span: min(span[1], right) - max(span[0], left))
    room = (min(end, right) - max(start, left)) * scale
    needed = text_width(label) + 8
    if room < 14 or (room < needed and height < needed):
        return
    middle = (max(start, left) + min(end, right)) / 2
    look: Any = {"rotation": 0 if room >= needed else 90, "color": MISSING_TEXT, "zorder": LAYER_TEXT}
    write_at(ax, middle, 0.5, label, transform=ax.get_xaxis_transform(), bbox=ground(MISSING, pad=1.5), **look)


def missing_handle() -> Artist:
    """Return the key's sample of the missing shading."""
    return Patch(**MISSING_LOOK)


def write_not_computed(ax: Axes, x: float, y: float) -> None:
    """Write in the middle of a cell, in data units, that it holds no value."""
    write_at(ax, x, y, say("n/c"), color=MISSING_TEXT)


def write_at(
    ax: Axes, x: float, y: float, text: str, *, ha: str = "center", size: float = SMALL_SIZE, **look: Any
) -> Text:
    """Write words centred on a place, or at its height from it on (``ha``); `look`: what else a text has."""
    return ax.text(x, y, text, ha=ha, va="center", fontsize=size, **look)


def ground(color: str = PAPER, *, pad: float = 1.0, alpha: float | None = None) -> dict[str, object]:
    """Return what words stand on, as a text's ``bbox``, so that no line runs through them."""
    return {"facecolor": color, "edgecolor": "none", "pad": pad, "alpha": alpha}


def write_at_right(ax: Axes, items: Sequence[tuple[float, str, str]], *, height: float | None = None) -> list[Text]:
    """Write labels just right of the axes at the given data heights, moved apart where they would meet.

    Parameters
    ----------
    items : sequence of (y, text, colour)
        `y` in data units.
    """
    labels = [
        write_by(ax, text, (1, 0), (6, 0), coords="axes fraction", color=color, linespacing=1.15)
        for _, text, color in items
    ]
    _AT.update(zip(labels, (y for y, _, _ in items), strict=True))
    if labels:
        _spread(ax, labels, height or settle(ax)[1])
    return labels


def spread_at_right(ax: Axes) -> None:
    """Move labels right of the axes apart again, where what was written above and below has made the axes lower."""
    if labels := [text for text in ax.texts if text in _AT]:
        _spread(ax, labels, settle(ax)[1])


def _spread(ax: Axes, labels: Sequence[Text], height: float) -> None:
    shares = ax.transAxes.inverted().transform(ax.transData.transform([(0, _AT[label]) for label in labels]))[:, 1]
    tallest = max(text_height(label.get_text()) for label in labels)
    placed = spread((shares * height).tolist(), tallest + 4, low=tallest / 2, high=max(height - tallest / 2, tallest))
    for label, y in zip(labels, placed, strict=True):
        label.xy = (1, y / height)  # type: ignore[attr-defined]


def draw_counts(
    ax: Axes,
    starts: np.ndarray,
    ends: np.ndarray,
    values: np.ndarray,
    *,
    color: str = ATTACK,
    partial: np.ndarray | None = None,
) -> None:
    """Draw counts as bars from start to end, partial periods hatched; where the value is missing there is no bar.

    Above 1,500 periods one outline stands for all whole bars.
    """
    held = np.isfinite(values)
    partial = np.zeros(len(values), dtype=bool) if partial is None else partial & held
    whole = held & ~partial
    fill = 0.84 if len(values) <= 60 else 0.92 if len(values) <= 150 else 1.0
    middles, widths = (starts + ends) / 2, fill * (ends - starts)
    look: Look = {"color": color, "linewidth": 0, "zorder": LAYER_DATA}
    if len(values) > MAX_BARS:
        ax.stairs(np.where(whole, values, np.nan), np.append(starts, ends[-1]), fill=True, rasterized=True, **look)
    else:
        ax.bar(middles[whole], values[whole], widths[whole], antialiased=fill < 1, **look)
    if partial.any():
        ax.bar(middles[partial], values[partial], widths[partial], zorder=LAYER_DATA, **PARTIAL_LOOK)


def partial_handle() -> Artist:
    """Return the key's sample of a partial period."""
    return Patch(**PARTIAL_LOOK)


def mark_offensives(
    ax: Axes,
    marked: np.ndarray,
    labelled: Iterable[tuple[float, str, str, int]],
    *,
    foot: float,
    height: float,
    crowded: float = 1.0,
    layer: float = 2.0,
) -> None:
    """Mark offensives by their days over the bars, some with words, which a leader joins to a mark far below them.

    Parameters
    ----------
    marked
        Day numbers.
    labelled
        Day number, text, horizontal alignment and row of those with words, as `place_labels` gives them.
    foot
        Where the marks stand, as a share of the axes' height.
    height
        Of the axes, points.
    crowded
        Opacity of more than 25 marks.
    layer
        Of the leaders.
    """
    lane, few = ax.get_xaxis_transform(), len(marked) <= 25
    strength: Any = {"markersize": 5.5, "alpha": 1.0} if few else {"markersize": 4.0, "alpha": crowded}
    at: Any = {"transform": lane, "clip_on": False, "zorder": LAYER_MARK}
    ax.plot(marked, np.full(len(marked), foot), "v", color=OFFENSIVE, gid="offensives", **strength, **at)
    line = SMALL_SIZE * LINE_SPACING / height
    for day, text, align, row in labelled:
        bottom = foot + 5 / height + row * line
        if row:
            ax.plot([day, day], [foot, bottom], color=OFFENSIVE, linewidth=0.7, **(at | {"zorder": layer}))
        write_above(ax, day, bottom, text, align, color=OFFENSIVE)


def offensive_handle() -> Artist:
    """Return the key's sample of an offensive's mark."""
    return Line2D([], [], color=OFFENSIVE, marker="v", markersize=5.5, linestyle="none")


def write_by(
    ax: Axes,
    text: str,
    at: tuple[float, float],
    shift: tuple[float, float],
    *,
    coords: Any = "data",
    ha: str = "left",
    va: str = "center",
    size: float = SMALL_SIZE,
    color: str = INK,
    **look: Any,
) -> Text:
    """Write words some points to the right of and above a place, also where that lies outside the axes.

    `coords`: of the place, as `matplotlib.axes.Axes.annotate` takes them; `look`: what else a text has.
    """
    return ax.annotate(
        text, xy=at, xycoords=coords, xytext=shift, textcoords="offset points", ha=ha, va=va, fontsize=size,
        color=color, annotation_clip=False, **look,
    )  # fmt: skip


def write_above(ax: Axes, day: float, bottom: float, text: str, align: str, *, color: str, lift: float = 0) -> Text:
    """Write words over a day, their foot at a share of the axes' height, or so many points above it."""
    shift = ({"center": 0, "left": -2, "right": 2}[align], lift)
    look: Any = {"coords": ax.get_xaxis_transform(), "ha": align, "va": "bottom", "zorder": LAYER_TEXT}
    return write_by(ax, text, (day, bottom), shift, color=color, **look)
