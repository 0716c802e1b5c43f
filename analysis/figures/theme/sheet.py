"""What a chart is drawn on: its size, its axes dressed in the theme, the room that it has."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypedDict

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine, LayoutEngine
from matplotlib.ticker import ScalarFormatter
from matplotlib.transforms import Bbox

from analysis.figures.theme.fonts import families
from analysis.figures.theme.look import GRID, MUTED, PAPER, REPORT_COLUMN, SMALL_SIZE
from analysis.figures.theme.words import SpokenFormatter
from analysis.language import ENGLISH, current

MARGIN = 0.14  # inches around a chart that stands alone
LEAST_MARGIN = 0.09  # inches beside other charts
LEAST_MARGIN_ABOVE = 0.042  # inches above and below
# How much wider letters are in print than where they are measured, fitted to pixels.
_IN_PRINT = 1.045
# Pixels that are no change of a margin.
_SAME = 0.25
# Share of a figure that its axes keep, whatever is written around them.
_LEAST_AXES = 0.02


class SheetLayout(LayoutEngine):
    """Gives one pair of axes all of a figure but what is written around them, and a margin (inches) at the sides, and
    above and below.

    matplotlib's constrained layout measures every text of a figure twice each time it is asked; a chart asks it several
    times, as words are broken into lines by the room that there is.
    """

    _adjust_compatible = True
    _colorbar_gridspec = True

    def __init__(self, *, w_pad: float, h_pad: float) -> None:
        super().__init__()
        self._params: dict[str, float] = {"w_pad": w_pad, "h_pad": h_pad}
        # Of how many artists the axes' width is known.
        self.kept_width_of = -1

    def set(self, **pads: float) -> None:
        """Set the margins; see the class."""
        self._params |= pads

    def execute(self, fig: Figure) -> None:
        """Place the axes for good: what stands around them, such as the numbers on an axis, may change with their
        size."""
        if self.place(fig):
            self.place(fig)

    def place(self, fig: Figure) -> bool:
        """Place the axes by what stands around them now, and return whether they moved."""
        ax, paper = fig.axes[0], fig.bbox
        around = ax.get_tightbbox(for_layout_only=True)
        inner = ax.get_window_extent()
        if around is None or not np.isfinite(around.extents).all():
            return False
        wide, high = self._params["w_pad"] * fig.dpi, self._params["h_pad"] * fig.dpi
        placed = Bbox.from_extents(
            _IN_PRINT * (inner.x0 - around.x0) + wide,
            inner.y0 - around.y0 + high,
            paper.width - _IN_PRINT * (around.x1 - inner.x1) - wide,
            paper.height - (around.y1 - inner.y1) - high,
        )
        if np.abs(np.subtract(placed.extents, inner.extents)).max() < _SAME:
            return False
        left, right = placed.x0 / paper.width, placed.x1 / paper.width
        bottom, top = placed.y0 / paper.height, placed.y1 / paper.height
        fig.subplots_adjust(left, bottom, max(right, left + _LEAST_AXES), max(top, bottom + _LEAST_AXES))
        return True


def figure_of(ax: Axes) -> Figure:
    """Return the figure that axes stand in.

    Raises
    ------
    TypeError
        If they are no axes, but a figure, or several.
    ValueError
        If they were taken out of theirs, or are no plain ones: polar, or in three dimensions.
    """
    if not isinstance(ax, Axes):
        raise TypeError(f"ax= takes axes of matplotlib, as plt.subplots()[1]; got {type(ax).__name__}.")
    if ax.name != "rectilinear" or not {"top", "right", "bottom", "left"} <= set(ax.spines):
        raise ValueError(f"charts are drawn on plain axes of matplotlib, and these are not ({type(ax).__name__}).")
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("the axes stand in no figure; pass axes of one.")
    return figure


def settle(ax: Axes) -> tuple[float, float]:
    """Let the figure's layout place the axes now and return their width and height in points."""
    figure = figure_of(ax)
    engine = figure.get_layout_engine()
    if isinstance(engine, SheetLayout):
        engine.place(figure)
    elif engine is not None:
        engine.execute(figure)
    box = ax.get_window_extent()
    return box.width * 72 / figure.dpi, box.height * 72 / figure.dpi


def keep_width(ax: Axes) -> None:
    """Say that what was written since the axes were placed stands above or below them, and leaves their width."""
    engine = figure_of(ax).get_layout_engine()
    if isinstance(engine, SheetLayout):
        engine.kept_width_of = len(ax.get_children())


def inner_width(ax: Axes) -> float:
    """Return the width of axes in points; they are placed anew only where something was added since `keep_width`."""
    engine = figure_of(ax).get_layout_engine()
    if isinstance(engine, SheetLayout) and engine.kept_width_of == len(ax.get_children()):
        return ax.get_window_extent().width * 72 / figure_of(ax).dpi
    return settle(ax)[0]


_canvas: ContextVar[tuple[float, float] | None] = ContextVar("canvas", default=None)


@contextmanager
def drawn_at(size: tuple[float, float]) -> Iterator[None]:
    """Give every new chart this size, inches, instead of its own: charts then show what fits, and say what does not."""
    token = _canvas.set(size)
    try:
        yield
    finally:
        _canvas.reset(token)


def canvas(size: tuple[float, float]) -> tuple[float, float]:
    """Return the size of a new chart, inches: the one that is asked for, or else the chart's own."""
    return _canvas.get() or size


def inches_of(ax: Axes) -> tuple[float, float]:
    """Return width and height of the figure that axes stand in."""
    wide, high = figure_of(ax).get_size_inches()
    return float(wide), float(high)


class Margins(TypedDict):
    """Margins of a chart, inches: at its sides, and above and below."""

    w_pad: float
    h_pad: float


def margins() -> Margins:
    """Return the margins of a new chart, as a layout takes them: wider around one that stands alone."""
    if _canvas.get() is not None:
        return {"w_pad": MARGIN, "h_pad": MARGIN}
    return {"w_pad": LEAST_MARGIN, "h_pad": LEAST_MARGIN_ABOVE}


def room_for_rows(ax: Axes | None, *, head: float, row: float, least: int = 1) -> int:
    """Return how many rows a chart can hold: what fits the figure that it is given, or no limit in one of its own.

    Parameters
    ----------
    ax : matplotlib.axes.Axes, optional
        The axes that are given.
    head, row : float
        Inches for title, key and caption together, and for each row.
    least : int
        Rows that are shown in any case.
    """
    if ax is not None:
        height = figure_of(ax).get_size_inches()[1] * ax.get_position(original=True).height / 0.77
    elif (asked := _canvas.get()) is not None:
        height = asked[1]
    else:
        return 10_000
    return max(int((height - head) / row), least)


def panel_grid(
    n: int, *, head: float, row: float, most: int = 10_000, across: int = 0
) -> tuple[Figure, np.ndarray, int]:
    """Return a figure of small panels that share their scales, the panels row by row, and their number in a row.

    Parameters
    ----------
    n : int
        Panels that are wanted.
    head, row : float
        Inches for title and caption together, and for each row of panels.
    most : int
        Greatest number of panels. A figure of a size that is asked for holds fewer where it has no room.
    across : int
        Panels in a row of a wide figure; 0: three, or two of four.
    """
    if canvas(REPORT_COLUMN)[0] < 6:
        across = 2
    across = min(across or (2 if n == 4 else 3), n)
    down = math.ceil(min(n, most, across * room_for_rows(None, head=head, row=row)) / across)
    layout = ConstrainedLayoutEngine(hspace=0.06, wspace=0.04, **margins())
    size = canvas((REPORT_COLUMN[0], head + row * down))
    figure, grid = plt.subplots(down, across, figsize=size, layout=layout, squeeze=False, sharex=True, sharey=True)
    return figure, grid.ravel(), across


def more_head(ax: Axes | None) -> float:
    """Return by how much title, key and caption are higher in a narrow figure than in a report's column, inches."""
    wide = (inches_of(ax) if ax is not None else canvas(REPORT_COLUMN))[0]
    return max(0.0, 0.35 * (REPORT_COLUMN[0] - wide))


def begin(ax: Axes | None, *, size: tuple[float, float] = REPORT_COLUMN) -> Axes:
    """Return the axes to draw on: those given, or those of a new figure; dressed in the theme.

    A figure without a layout gets one that leaves room for title and caption.
    """
    if ax is None:
        figure, ax = plt.subplots(figsize=canvas(size), layout=SheetLayout(**margins()))
    else:
        figure = figure_of(ax)
        if figure.get_layout_engine() is None and ax.get_subplotspec() is not None:
            figure.set_layout_engine("constrained")
    dress(ax)
    return ax


def bare(ax: Axes, *, paper: str = PAPER) -> None:
    """Dress axes as those of a map: a frame, and nothing along it."""
    dress(ax)
    ax.grid(visible=False)
    ax.set(xticks=[], yticks=[], facecolor=paper)
    for spine in ax.spines.values():
        spine.set(visible=True, color=GRID, linewidth=0.8)


def dress(ax: Axes) -> None:
    """Give axes the theme's spines, ticks and grid, also where they were made outside ``style()``."""
    ax.set_facecolor(PAPER)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set(color=MUTED, linewidth=0.8)
    font = {"labelsize": SMALL_SIZE, "labelcolor": MUTED, "labelfontfamily": families(), "color": MUTED}
    ax.tick_params(axis="x", length=3, width=0.8, **font)
    ax.tick_params(axis="y", length=0, **font)
    ax.grid(visible=True, axis="y", color=GRID, linewidth=0.8)
    ax.grid(visible=False, axis="x")
    if current() != ENGLISH:
        for axis in (ax.xaxis, ax.yaxis):
            if isinstance(axis.get_major_formatter(), ScalarFormatter):
                axis.set_major_formatter(SpokenFormatter())
