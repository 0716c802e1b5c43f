"""What is wrong with a drawn chart for a reader's eye: words off the canvas, words on words, type that is too small."""

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis.figures import looks, theme


def problems_of(figure: Figure, size: str = "") -> list[str]:
    """Return what does not fit on a chart that was drawn at one of `looks.SIZES`, or in a figure of somebody's own."""
    figure.draw_without_rendering()  # laid out as it would be drawn: letters are measured, no ink is set
    renderer = figure.canvas.get_renderer()
    own = looks.Size(*figure.get_size_inches(), theme.SMALL_SIZE)
    asked = looks.SIZES[size] if size else own
    found = []
    if max(abs(side - wanted) for side, wanted in zip(figure.get_size_inches(), asked.drawn, strict=True)) > 1e-6:
        found.append(f"another size: {figure.get_size_inches()}")
    unseen = _unseen_ticks(figure)
    for text in figure.findobj(Text):
        if not text.get_visible() or not text.get_text().strip() or id(text) in unseen:
            continue
        box = text.get_window_extent(renderer)
        if box.width and (
            min(box.x0, box.y0) < -1 or box.x1 > figure.bbox.width + 1 or box.y1 > figure.bbox.height + 1
        ):
            found.append(f"off the canvas: {text.get_text()[:40]!r}")
        if text.get_fontsize() * asked.scale < asked.least_type - 1e-6:
            found.append(f"type of {text.get_fontsize() * asked.scale:.1f} points: {text.get_text()[:40]!r}")
    for ax in figure.axes:
        if ax.get_visible():
            found += _ticks_that_meet(ax, unseen, renderer)
    return found


def recoloured_badly(figure: Figure, name: str) -> list[str]:
    """Return the words of a recoloured chart, on its own ground, whose contrast with it is below 4.5."""
    ground = looks.in_theme(theme.PAPER, name)[:3]
    return [
        text.get_text()[:40]
        for text in figure.findobj(Text)
        if text.get_text().strip()
        and text.get_bbox_patch() is None
        and text.get_gid() in ("caption", "reading", "subtitle")
        and theme.contrast(to_rgb(text.get_color()), ground) < 4.5
    ]


def _unseen_ticks(figure: Figure) -> set[int]:
    """Return labels of ticks outside the axes' limits: they exist, and are not drawn."""
    unseen = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not low - 1e-9 <= tick.get_loc() <= high + 1e-9:
                    unseen |= {id(tick.label1), id(tick.label2)}
    return unseen


def _ticks_that_meet(ax: Axes, unseen: set[int], renderer: object) -> list[str]:
    found = []
    for axis in (ax.xaxis, ax.yaxis):
        boxes = [
            label.get_window_extent(renderer)
            for label in axis.get_ticklabels()
            if label.get_visible() and label.get_text().strip() and id(label) not in unseen
        ]
        for place, first in enumerate(boxes):
            for second in boxes[place + 1 :]:
                across = first.x0 < second.x1 - 0.5 and second.x0 < first.x1 - 0.5
                if across and first.y0 < second.y1 - 0.5 and second.y0 < first.y1 - 0.5:
                    found.append(f"ticks meet on the {axis.axis_name} axis")
    return list(dict.fromkeys(found))
