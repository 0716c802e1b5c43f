"""What stands around a chart: title, key, caption, a plain sentence; and what stands in its place when there is
none."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypedDict, Unpack

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox, BboxTransformTo, ScaledTranslation, Transform

from analysis.figures.caption import Caption
from analysis.figures.theme.fitting import as_called, text_height, text_width, wrap_text
from analysis.figures.theme.fonts import families, lacks_signs
from analysis.figures.theme.look import (
    INK,
    LAYER_TEXT,
    LINE_SPACING,
    MISSING,
    MISSING_TEXT,
    MUTED,
    REPORT_COLUMN,
    SMALL_SIZE,
    TEXT_SIZE,
    TITLE,
    TITLE_SIZE,
)
from analysis.figures.theme.marks import ground, spread_at_right, write_at, write_by
from analysis.figures.theme.sheet import begin, figure_of, inner_width, keep_width, settle
from analysis.figures.theme.words import MISSING_GLYPH, drawable, format_day, safe_text
from analysis.language import message, say

SMALL_N = 10
NOT_COMPUTED = message("Not computed")


def write_head(
    ax: Axes,
    title: str,
    *,
    value_label: str = "",
    key: Iterable[tuple[Artist, str]] = (),
    width: float | None = None,
    lift: float = 0.0,
    outset: float = 0.0,
) -> None:
    """Write the title, under it the value axis' name with its unit, and to the right a key of the marks in use.

    `lift`: points to leave free above the axes for marks of the chart's own. `outset`: points by which the title starts
    left of the axes. `width`: points that the title may take.
    """
    key = [(handle, as_called(label)) for handle, label in key]
    inner = inner_width(ax)
    width = width or inner
    row = SMALL_SIZE * LINE_SPACING + 2
    value_label = wrap_text(value_label, width, size=TEXT_SIZE)
    rows = key_rows = 0
    beside = False
    if key:
        labels = [drawable(label) for _, label in key]
        across = _key_columns(labels, width)
        key_rows = math.ceil(len(key) / across)
        needed = _key_width(labels, across) + text_width(value_label, size=TEXT_SIZE)
        beside = key_rows == 1 and needed <= width and "\n" not in value_label
        rows = key_rows
        ax.legend(
            [handle for handle, _ in key], labels, loc="lower right", bbox_to_anchor=(1.0, 1.0),
            bbox_transform=ax.transAxes + _points(ax, max(width - outset - inner, 0.0), lift), ncols=across,
            borderaxespad=0.1, borderpad=0.0, handlelength=1.3, handletextpad=0.5, columnspacing=1.4,
            fontsize=SMALL_SIZE, labelcolor=MUTED, frameon=False,
        )  # fmt: skip
    if value_label:
        above = lift + 3 + (0 if beside else key_rows * row)
        ax.set_ylabel(value_label, rotation=0, ha="left", va="bottom", fontsize=TEXT_SIZE, color=MUTED)
        ax.yaxis.set_label_coords(0.0, 1.0, transform=ax.transAxes + _points(ax, -outset, above))
        rows = max(rows, 1) if beside else rows + 1 + value_label.count("\n")
    ax.set_title(
        wrap_text(drawable(title), width, **TITLE), loc="left", x=-outset / inner, pad=5 + lift + rows * row, color=INK,
        fontsize=TITLE_SIZE, fontfamily=families(), fontweight="bold",
    )  # fmt: skip
    keep_width(ax)


def _key_width(labels: Sequence[str], across: int) -> float:
    """Return the width of a key of so many columns, points; matplotlib fills it column by column."""
    columns = np.array_split(np.asarray(labels, dtype=object), across)
    return sum(max(text_width(label) for label in column) + 34 for column in columns)


def _key_columns(labels: Sequence[str], width: float) -> int:
    """Return the greatest number of columns of a key that a width has room for."""
    return next((n for n in range(len(labels), 1, -1) if _key_width(labels, n) <= width), 1)


def _points(ax: Axes, x: float, y: float) -> ScaledTranslation:
    return ScaledTranslation(x / 72, y / 72, figure_of(ax).dpi_scale_trans)


def small_n_note(n: int) -> str:
    """Return the warning that a chart of few rows carries, or an empty string."""
    return say("n = {n}: read as a list, not a distribution.", n=n) if 0 < n < SMALL_N else ""


def caption_text(*, source: str, as_of: object, n: int, note: str, counted: str, width: float, shows: str = "") -> str:
    """Return a caption's words, wrapped to a width in points."""
    number = small_n_note(n) or say("n = {n} {counted}.", n=n, counted=say(counted))
    cited, vintage = say("Source: {source}.", source=safe_text(source)), say("As of {day}.", day=format_day(as_of))
    parts = [f"{safe_text(shows)}." if shows else "", cited, vintage, number, safe_text(note) if note else ""]
    if lacks_signs() and MISSING_GLYPH not in note:
        parts.append(say("{sign} stands for signs that the chart's type lacks.", sign=MISSING_GLYPH))
    return wrap_text(" ".join(part for part in parts if part), width)


def write_caption(
    ax: Axes,
    *,
    source: str,
    as_of: object,
    n: int,
    note: str = "",
    counted: str = "attacks",
    shows: str = "",
    anchor: Axis | None = None,
    drop: float = 8.0,
    width: float | None = None,
    outset: float = 0.0,
) -> Text:
    """Write what is shown, source, vintage and number of rows below the axes, at the left; say so when rows are few.

    Parameters
    ----------
    anchor : matplotlib.axis.Axis, optional
        The axis below which the caption hangs; default the axes' own x axis, whatever its labels' height.
    drop : float
        Distance from it, points.
    width, outset : float
        Width that the caption may take, and how far left of the axes it starts, points.
    """
    room = width or inner_width(ax)
    text = caption_text(source=source, as_of=as_of, n=n, note=note, counted=counted, shows=shows, width=room)
    return _hang(ax, text, anchor=anchor, drop=drop, outset=outset, size=SMALL_SIZE, color=MUTED, gid="caption")


def write_reading(ax: Axes, text: str, *, width: float, drop: float = 8.0, outset: float = 0.0) -> float:
    """Write one plain sentence below the axes and return how far below it the caption must hang, points."""
    wrapped = wrap_text(text, width, size=TEXT_SIZE)
    _hang(ax, wrapped, anchor=None, drop=drop, outset=outset, size=TEXT_SIZE, color=INK, gid="reading")
    return drop + text_height(wrapped, size=TEXT_SIZE) + 5


def _hang(
    ax: Axes, text: str, *, anchor: Axis | None, drop: float, outset: float, size: float, color: str, gid: str
) -> Text:
    axis = anchor or ax.xaxis

    def below(renderer: RendererBase) -> Bbox | Transform:
        return axis.get_tightbbox(renderer) or BboxTransformTo(axis.axes.bbox)

    look: Any = {"coords": ("axes fraction", below), "va": "top", "linespacing": LINE_SPACING, "gid": gid}
    return write_by(ax, drawable(text), (0, 0), (-outset, -drop), size=size, color=color, **look)


class Place(TypedDict, total=False):
    """Where a caption hangs: see `write_caption`."""

    anchor: Axis | None
    drop: float
    width: float | None
    outset: float


def finish(ax: Axes, caption: Caption | None, *, note: str = "", **place: Unpack[Place]) -> Axes:
    """Write the caption, if there is one, with what the chart itself must add, and return the axes; `place` as for
    `write_caption`."""
    if caption is not None:
        write_caption(ax, **vars(_with_note(caption, note)), **place)
    spread_at_right(ax)
    return ax


def words_under(caption: Caption, *, note: str, width: float) -> str:
    """Return a caption's words with what the chart itself must add, wrapped to a width in points."""
    return caption_text(**vars(_with_note(caption, note)), width=width)


def write_foot(figure: Figure, caption: Caption | None, *, note: str, width: float, x: float = 0.01) -> None:
    """Write the caption of a figure of several panels, if there is one, below all of them.

    Parameters
    ----------
    note : str
        What the chart itself must add.
    width : float
        Width that the caption may take, points.
    x : float
        Where it begins, as a share of the figure's width.
    """
    if caption is None:
        return
    words = words_under(caption, note=note, width=width)
    look = {"ha": "left", "fontsize": SMALL_SIZE, "color": MUTED, "linespacing": LINE_SPACING}
    figure.supxlabel(words, x=x, gid="caption", **look)


def _with_note(caption: Caption, note: str) -> Caption:
    return replace(caption, note=" ".join(part for part in (caption.note, note) if part))


def write_frame(
    ax: Axes,
    title: str,
    key: Iterable[tuple[Artist, str]],
    caption: Caption | None,
    note: str = "",
    *,
    value_label: str = "",
    reading: str = "",
) -> Axes:
    """Write title, key and caption over the whole width, from the left of the row labels to the right of the words, and
    return the axes.

    `reading`: a plain sentence between axes and caption.
    """
    inner = inner_width(ax)
    keep_width(ax)
    box, scale = ax.get_window_extent(), 72 / figure_of(ax).dpi
    labels = ax.yaxis.get_tightbbox()
    outset = (box.x0 - labels.x0) * scale if labels is not None else 0.0
    right = max([text.get_window_extent().x1 for text in ax.texts if text.get_text()] + [box.x1])
    width = outset + inner + (right - box.x1) * scale
    write_head(ax, title, key=key, value_label=value_label, width=width, outset=outset)
    drop = write_reading(ax, reading, width=width, outset=outset) if reading else 8.0
    return finish(ax, caption, note=note, width=width, outset=outset, drop=drop)


def plot_absence(
    ax: Axes | None,
    title: str,
    reason: str,
    *,
    caption: Caption | None = None,
    headline: str = NOT_COMPUTED,
    width: float = REPORT_COLUMN[0],
) -> Axes:
    """Draw the chart that stands in for one with nothing to show: its title, a headline, and why."""
    ax = begin(ax, size=(width, 1.7))
    ax.set(xticks=[], yticks=[], facecolor=MISSING)
    ax.spines["bottom"].set_visible(False)
    write_head(ax, title)
    write_absence(ax, say(headline), reason)
    ax.set_gid(ABSENT)
    ax.set_label(reason)
    return finish(ax, caption)


def absence_of(figure: Figure) -> str:
    """Return why a figure has nothing to show, or ``""`` where it shows something; see `plot_absence`."""
    return next((str(ax.get_label()) for ax in figure.axes if ax.get_gid() == ABSENT), "")


ABSENT = "nothing to draw"  # the gid of axes that stand in for a chart; their label is the reason


def write_absence(ax: Axes, headline: str, reason: str = "") -> None:
    """Say in the middle of the axes that there is nothing to draw, and why."""
    width, _ = settle(ax)
    text = wrap_text(f"{headline}\n{reason}".strip(), 0.8 * width, size=TEXT_SIZE)
    look: Any = {"color": MISSING_TEXT, "linespacing": 1.5, "zorder": LAYER_TEXT, "bbox": ground(MISSING, pad=4)}
    write_at(ax, 0.5, 0.5, text, size=TEXT_SIZE, transform=ax.transAxes, **look)
