"""The one look of every chart: colours by meaning, type sizes, captions, shading, dates and numbers.

Nothing here touches matplotlib's global settings: a plot function draws inside ``style()``, which is undone on leaving.
Sizes suit a chart 7.5 inches wide that a report shows 680 pixels wide: no text then falls below ten pixels.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import _GeneratorContextManager, contextmanager
from contextvars import ContextVar
from functools import lru_cache
from io import BytesIO
from itertools import product
from os import PathLike
from pathlib import Path

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_pdf import FigureCanvasPdf, Op, PdfFile, RendererPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, MaxNLocator, ScalarFormatter
from matplotlib.transforms import ScaledTranslation
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from analysis.figures.caption import Caption
from analysis.language import ENGLISH, current, localised, message, say, say_count, used

# Colours by meaning, told apart under the common forms of colour blindness; those used for text reach 4.5:1 on white.
INK = "#1F2933"
MUTED = "#52606D"
GRID = "#E1E6EB"
ATTACK = "#2C5F8A"
OFFENSIVE = "#B5460F"
BASELINE = "#C6DEDA"
EXPECTED = "#1F7A70"
ALARM = "#C8102E"
QUIET = "#AFC4D6"
UNCERTAIN = "#8A96A3"
MISSING = "#F0EDE6"
MISSING_HATCH = "#D6CFC0"
MISSING_TEXT = "#665E4F"
REFERENCE = "#6A4A9C"
PAPER = "#FFFFFF"

REPORT_COLUMN = (7.5, 3.6)
MARGIN = 0.14  # inches around a chart that stands alone
SLIDE = (12.0, 5.6)

TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 11.0, 9.0, 8.5
LINE_SPACING = 1.3
PARTIAL_LOOK = {"facecolor": "#DCE6EF", "edgecolor": ATTACK, "hatch": "////", "linewidth": 0.8}
SMALL_N = 10
NOT_COMPUTED = message("Not computed")
MAX_BARS = 1500  # above this, one outline stands for all bars
FONT = "DejaVu Sans"
MISSING_GLYPH = "□"
# Spaces at which no line is broken.
JOINING_SPACES = "\u00a0\u202f"

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

STYLE: dict[str, object] = {
    "font.family": [FONT],
    "font.size": TEXT_SIZE,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.labelsize": TEXT_SIZE,
    "axes.titlecolor": INK,
    "axes.titlesize": TITLE_SIZE,
    "axes.titleweight": "bold",
    "axes.facecolor": PAPER,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.unicode_minus": True,
    "figure.facecolor": PAPER,
    "figure.dpi": 100.0,
    "savefig.facecolor": PAPER,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": SMALL_SIZE,
    "legend.labelcolor": MUTED,
    "lines.solid_capstyle": "butt",
    "xtick.labelsize": SMALL_SIZE,
    "ytick.labelsize": SMALL_SIZE,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "svg.fonttype": "path",
    "svg.hashsalt": "escalation",
    "pdf.fonttype": 42,
}

# Named by what they mark, so that every chart stacks alike.
LAYER_SHADE, LAYER_BAND, LAYER_DATA, LAYER_MARK, LAYER_TEXT = 0.4, 1.5, 2.5, 3.5, 4.5


def style() -> _GeneratorContextManager[None]:
    """Return the theme as a context (or decorator) that starts from matplotlib's defaults and is undone on leaving."""
    return matplotlib.style.context(STYLE, after_reset=True)


# ---------------------------------------------------------------------------------------------------------------------
# Words and numbers


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    return frozenset(FT2Font(findfont(FontProperties(family=FONT))).get_charmap())


def safe_text(value: object, *, limit: int | None = None) -> str:
    """Return text from the data as the chart's font can draw it.

    Characters that the font lacks become ``□`` (one for each run of them), control characters and line breaks become
    spaces, invisible format characters go, ``$`` is kept from starting a formula, and text longer than `limit`
    characters ends in ``…``. A missing value becomes ``unnamed``.
    """
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return say("unnamed")
    drawn: list[str] = []
    for character in unicodedata.normalize("NFC", str(value)):
        category = unicodedata.category(character)
        if category == "Cf":
            continue
        if category in {"Cc", "Zl", "Zp", "Zs"} and character not in JOINING_SPACES:
            character = " "
        elif ord(character) not in _glyphs():
            if category in {"Mn", "Mc"} and drawn and drawn[-1] == MISSING_GLYPH:
                continue
            character = MISSING_GLYPH
        if character in {" ", MISSING_GLYPH} and drawn and drawn[-1] == character:
            continue
        drawn.append(character)
    text = "".join(drawn).strip() or say("unnamed")
    if limit is not None and len(text) > limit:
        text = text[: limit - 1].rstrip() + "…"
    return text.replace("$", r"\$")


def drawable(text: str) -> str:
    """Return a sentence as the chart's font can draw it: `safe_text` for words of ours that hold names from the data.

    A text that is drawable comes back unchanged; ``$`` is kept from starting a formula.
    """
    known = _glyphs()
    shown = "".join(sign if sign == "\n" or ord(sign) in known else MISSING_GLYPH for sign in text)
    return re.sub(r"(?<!\\)\$", r"\\$", re.sub(f"{MISSING_GLYPH}+", MISSING_GLYPH, shown))


def format_day(day: object, *, year: bool = True) -> str:
    """Return a day as ``1 Jul 2025``, in the language that is spoken, whatever the machine's."""
    stamp = pd.Timestamp(day)
    if current() != ENGLISH:
        from babel.dates import format_date

        written = format_date(stamp, "d MMM y" if year else "d MMM", locale=current())
        return f"1er{written[1:]}" if stamp.day == 1 and current() == "fr" else written
    return f"{stamp.day} {MONTHS[stamp.month - 1]}" + (f" {stamp.year}" if year else "")


def format_month(day: object) -> str:
    """Return a day's month as ``Jul 2025``."""
    stamp = pd.Timestamp(day)
    return f"{month_name(stamp.month)} {stamp.year}"


def month_name(month: int) -> str:
    """Return a month, 1 to 12, shortened as the language that is spoken does: ``Jul``, ``juil.``."""
    if current() == ENGLISH:
        return MONTHS[month - 1]
    from babel.dates import get_month_names

    return str(get_month_names("abbreviated", locale=current())[month])


def format_number(value: float) -> str:
    """Return a number with thousands separated: whole if it is whole or at least 100, else to two digits."""
    if not math.isfinite(value):
        return say("not known") if math.isnan(value) else say("no limit")
    if value == round(value) or abs(value) >= 100:
        return localised(f"{value:,.0f}")
    return localised(f"{value:.1f}" if abs(value) >= 1 else f"{value:.2g}")


def format_rate(value: float) -> str:
    """Return a rate to two digits: ``41``, ``2.3``, ``0.04``."""
    if not math.isfinite(value):
        return format_number(value)
    return localised(
        f"{value:,.0f}" if abs(value) >= 9.95 else f"{value:.1f}" if abs(value) >= 0.95 else f"{value:.2g}"
    )


def format_share(value: float) -> str:
    """Return a share of one as a percentage: ``26 %``, ``3.4 %``."""
    percent = 100 * value
    whole = percent >= 10 or percent == round(percent)
    return say("{number} %", number=localised(f"{percent:.0f}" if whole else f"{percent:.2g}"))


def _two_digits(value: float) -> int:
    return (
        round(value)
        if value < 100
        else int(f"{value:.1e}".split("e")[0].replace(".", "")) * 10 ** (math.floor(math.log10(value)) - 1)
    )


def format_chance(probability: float) -> str:
    """Return a probability as a natural frequency: ``1 in 240``, ``5 in 10``, ``96 in 100``.

    Small chances keep two digits of the number of trials. What would round to never or always is told as a bound.
    """
    if math.isnan(probability):
        return say("not known")
    if probability < 1e-6:
        return say("below 1 in a million")
    if probability > 0.995:
        return say("over 99 in 100")
    if probability < 0.175:
        return say("1 in {n}", n=_two_digits(1 / probability))
    if probability < 0.85:
        return say("{n} in 10", n=round(10 * probability))
    return say("{n} in 100", n=round(100 * probability))


def format_span(days: float) -> str:
    """Return a length of time in the unit a reader would use: ``29 days``, ``18 months``, ``12 years``."""
    if not math.isfinite(days):
        return say("not known")
    if days < 60:
        number, text = _span_number(days)
        return say_count("{span} day", "{span} days", number, span=text)
    if days < 731:
        number, text = _span_number(days / (365.25 / 12))
        return say_count("{span} month", "{span} months", number, span=text)
    years = days / 365.25
    text = f"{years:.1f}".removesuffix(".0") if years < 10 else f"{_two_digits(years):,}"
    return say("{span} years", span=localised(text))


def _span_number(number: float) -> tuple[float, str]:
    """Return a span's number as it is written, and so written: with a digit behind the point below three."""
    text = f"{number:.0f}" if number >= 2.95 or round(number, 1) == round(number) else f"{number:.1f}"
    return float(text), localised(text)


# ---------------------------------------------------------------------------------------------------------------------
# Measuring text, so that labels can be placed without meeting


@lru_cache(maxsize=4096)
def text_width(text: str, *, size: float = SMALL_SIZE, weight: str = "normal") -> float:
    """Return the width of the longest line of a text, in points, with room for the rounding of glyphs to pixels."""
    font = FontProperties(family=FONT, size=size, weight=weight)
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


def wrap_text(text: str, width: float, *, size: float = SMALL_SIZE, weight: str = "normal") -> str:
    """Break a text at spaces into lines of at most `width` points.

    A longer word, such as a file's name, is broken after its strokes; one without any stands alone.
    """
    lines: list[str] = []
    for paragraph in _called.get()(text).split("\n"):
        line = ""
        words = filter(None, re.split(r"[ \t\r\f\v]", paragraph))
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
        free = []
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


def settle(ax: Axes) -> tuple[float, float]:
    """Let the figure's layout place the axes now and return their width and height in points."""
    figure = ax.get_figure(root=True)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    box = ax.get_window_extent()
    return box.width * 72 / figure.dpi, box.height * 72 / figure.dpi


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


# ---------------------------------------------------------------------------------------------------------------------
# Axes


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
    wide, high = ax.get_figure(root=True).get_size_inches()
    return float(wide), float(high)


def leave_margin(figure: Figure) -> None:
    """Leave a margin around a chart that stands alone."""
    engine = figure.get_layout_engine()
    if _canvas.get() is not None and engine is not None:
        engine.set(w_pad=MARGIN, h_pad=MARGIN)


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
        height = ax.get_figure(root=True).get_size_inches()[1] * ax.get_position(original=True).height / 0.77
    elif _canvas.get() is not None:
        height = _canvas.get()[1]
    else:
        return 10_000
    return max(int((height - head) / row), least)


def panel_grid(n: int, *, head: float, row: float, most: int = 10_000) -> tuple[Figure, np.ndarray, int]:
    """Return a figure of small panels that share their scales, the panels row by row, and their number in a row.

    Parameters
    ----------
    n : int
        Panels that are wanted.
    head, row : float
        Inches for title and caption together, and for each row of panels.
    most : int
        Greatest number of panels. A figure of a size that is asked for holds fewer where it has no room.
    """
    across = 2 if n == 4 or canvas(REPORT_COLUMN)[0] < 6 else min(3, n)
    across = min(across, n)
    down = math.ceil(min(n, most, across * room_for_rows(None, head=head, row=row)) / across)
    layout = ConstrainedLayoutEngine(hspace=0.06, wspace=0.04)
    size = canvas((REPORT_COLUMN[0], head + row * down))
    figure, grid = plt.subplots(down, across, figsize=size, layout=layout, squeeze=False, sharex=True, sharey=True)
    leave_margin(figure)
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
        figure, ax = plt.subplots(figsize=canvas(size), layout="constrained")
        leave_margin(figure)
    else:
        figure = ax.get_figure(root=True)
        if figure.get_layout_engine() is None and ax.get_subplotspec() is not None:
            figure.set_layout_engine("constrained")
    dress(ax)
    return ax


def dress(ax: Axes) -> None:
    """Give axes the theme's spines, ticks and grid, also where they were made outside ``style()``."""
    ax.set_facecolor(PAPER)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set(color=MUTED, linewidth=0.8)
    font = {"labelsize": SMALL_SIZE, "labelcolor": MUTED, "labelfontfamily": FONT, "color": MUTED}
    ax.tick_params(axis="x", length=3, width=0.8, **font)
    ax.tick_params(axis="y", length=0, **font)
    ax.grid(visible=True, axis="y", color=GRID, linewidth=0.8)
    ax.grid(visible=False, axis="x")
    if current() != ENGLISH:
        for axis in (ax.xaxis, ax.yaxis):
            if isinstance(axis.get_major_formatter(), ScalarFormatter):
                axis.set_major_formatter(_ScalarFormatter())


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
    key = [(handle, _called.get()(label)) for handle, label in key]
    inner = settle(ax)[0]
    width = width or inner
    row = SMALL_SIZE * LINE_SPACING + 2
    value_label = wrap_text(value_label, width, size=TEXT_SIZE)
    rows = key_rows = 0
    beside = False
    if key:
        labels = [label for _, label in key]
        across = _key_columns(labels, width)
        key_rows = math.ceil(len(key) / across)
        needed = _key_width(labels, across) + text_width(value_label, size=TEXT_SIZE)
        beside = key_rows == 1 and needed <= width and "\n" not in value_label
        rows = key_rows
        ax.legend(
            [handle for handle, _ in key],
            labels,
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            bbox_transform=ax.transAxes + _points(ax, max(width - outset - inner, 0.0), lift),
            ncols=across,
            borderaxespad=0.1,
            borderpad=0.0,
            handlelength=1.3,
            handletextpad=0.5,
            columnspacing=1.4,
            fontsize=SMALL_SIZE,
            labelcolor=MUTED,
            frameon=False,
        )
    if value_label:
        above = lift + 3 + (0 if beside else key_rows * row)
        ax.set_ylabel(value_label, rotation=0, ha="left", va="bottom", fontsize=TEXT_SIZE, color=MUTED)
        ax.yaxis.set_label_coords(0.0, 1.0, transform=ax.transAxes + _points(ax, -outset, above))
        rows = max(rows, 1) if beside else rows + 1 + value_label.count("\n")
    ax.set_title(
        wrap_text(drawable(title), width, size=TITLE_SIZE, weight="bold"),
        loc="left",
        x=-outset / inner,
        pad=5 + lift + rows * row,
        color=INK,
        fontsize=TITLE_SIZE,
        fontfamily=FONT,
        fontweight="bold",
    )


def _key_width(labels: Sequence[str], across: int) -> float:
    """Return the width of a key of so many columns, points; matplotlib fills it column by column."""
    columns = np.array_split(np.asarray(labels, dtype=object), across)
    return sum(max(text_width(label) for label in column) + 34 for column in columns)


def _key_columns(labels: Sequence[str], width: float) -> int:
    """Return the greatest number of columns of a key that a width has room for."""
    return next((n for n in range(len(labels), 1, -1) if _key_width(labels, n) <= width), 1)


def _points(ax: Axes, x: float, y: float) -> ScaledTranslation:
    return ScaledTranslation(x / 72, y / 72, ax.get_figure(root=True).dpi_scale_trans)


def small_n_note(n: int) -> str:
    """Return the warning that a chart of few rows carries, or an empty string."""
    return say("n = {n}: read as a list, not a distribution.", n=n) if 0 < n < SMALL_N else ""


def caption_text(*, source: str, as_of: object, n: int, note: str, counted: str, width: float) -> str:
    """Return a caption's words, wrapped to a width in points."""
    number = small_n_note(n) or say("n = {n} {counted}.", n=n, counted=say(counted))
    cited, vintage = say("Source: {source}.", source=safe_text(source)), say("As of {day}.", day=format_day(as_of))
    parts = [cited, vintage, number, safe_text(note) if note else ""]
    return wrap_text(" ".join(part for part in parts if part), width)


def write_caption(
    ax: Axes,
    *,
    source: str,
    as_of: object,
    n: int,
    note: str = "",
    counted: str = "attacks",
    anchor: Axis | None = None,
    drop: float = 8.0,
    width: float | None = None,
    outset: float = 0.0,
) -> Text:
    """Write source, vintage and number of rows below the axes, at the left, and say so when the rows are few.

    Parameters
    ----------
    anchor : matplotlib.axis.Axis, optional
        The axis below which the caption hangs; default the axes' own x axis, whatever its labels' height.
    drop : float
        Distance from it, points.
    width, outset : float
        Width that the caption may take, and how far left of the axes it starts, points.
    """
    text = caption_text(source=source, as_of=as_of, n=n, note=note, counted=counted, width=width or settle(ax)[0])
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

    def below(renderer: object):
        return axis.get_tightbbox(renderer) or axis.axes.bbox

    written = ax.annotate(
        text,
        xy=(0, 0),
        xycoords=("axes fraction", below),
        xytext=(-outset, -drop),
        textcoords="offset points",
        ha="left",
        va="top",
        fontsize=size,
        color=color,
        linespacing=LINE_SPACING,
        annotation_clip=False,
    )
    written.set_gid(gid)
    return written


def finish(ax: Axes, caption: Caption | None, *, note: str = "", **place: object) -> None:
    """Write the caption, if there is one, with what the chart itself must add; `place` as for `write_caption`."""
    if caption is None:
        return
    joined = " ".join(part for part in (caption.note, note) if part)
    write_caption(
        ax, source=caption.source, as_of=caption.as_of, n=caption.n, note=joined, counted=caption.counted, **place
    )


def write_frame(
    ax: Axes,
    title: str,
    key: Iterable[tuple[Artist, str]],
    caption: Caption | None,
    note: str = "",
    *,
    value_label: str = "",
    reading: str = "",
) -> None:
    """Write title, key and caption over the whole width: from the left of the row labels to the right of the words.

    `reading`: a plain sentence between axes and caption.
    """
    inner, _ = settle(ax)
    figure = ax.get_figure(root=True)
    box, scale = ax.get_window_extent(), 72 / figure.dpi
    labels = ax.yaxis.get_tightbbox(figure.canvas.get_renderer())
    outset = (box.x0 - labels.x0) * scale if labels is not None else 0.0
    right = max(
        [text.get_window_extent().x1 for text in ax.texts if text.get_text()] + [box.x1]
    )  # fmt: skip
    width = outset + inner + (right - box.x1) * scale
    write_head(ax, title, key=key, value_label=value_label, width=width, outset=outset)
    drop = write_reading(ax, reading, width=width, outset=outset) if reading else 8.0
    finish(ax, caption, note=note, width=width, outset=outset, drop=drop)


def plot_absence(
    ax: Axes | None, title: str, reason: str, *, caption: Caption | None = None, headline: str = NOT_COMPUTED
) -> Axes:
    """Draw the chart that stands in for one with nothing to show: its title, a headline, and why."""
    ax = begin(ax, size=(REPORT_COLUMN[0], 1.7))
    ax.set(xticks=[], yticks=[], facecolor=MISSING)
    ax.spines["bottom"].set_visible(False)
    write_head(ax, title)
    write_absence(ax, say(headline), reason)
    ax.set_gid(ABSENT)
    ax.set_label(reason)
    finish(ax, caption)
    return ax


def absence_of(figure: Figure) -> str:
    """Return why a figure has nothing to show, or ``""`` where it shows something; see `plot_absence`."""
    return next((str(ax.get_label()) for ax in figure.axes if ax.get_gid() == ABSENT), "")


ABSENT = "nothing to draw"  # the gid of axes that stand in for a chart; their label is the reason


def write_absence(ax: Axes, headline: str, reason: str = "") -> None:
    """Say in the middle of the axes that there is nothing to draw, and why."""
    width, _ = settle(ax)
    text = wrap_text(f"{headline}\n{reason}".strip(), 0.8 * width, size=TEXT_SIZE)
    ax.text(
        0.5,
        0.5,
        text,
        transform=ax.transAxes,
        ha="center",
        va="center",
        fontsize=TEXT_SIZE,
        color=MISSING_TEXT,
        linespacing=1.5,
        zorder=LAYER_TEXT,
        bbox={"facecolor": MISSING, "edgecolor": "none", "pad": 4},
    )


# ---------------------------------------------------------------------------------------------------------------------
# Dates and missing spans


def write_scale(ax: Axes, *, above: float = 0.045, ground: dict[str, object] | None = None) -> Text:
    """Draw a scale bar of a round length, about a sixth of a map's width in km, at its lower left; return its words.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        A map whose limits are set.
    above : float
        Share of the height that lies below the bar.
    ground : dict, optional
        What the words stand on, as a text's ``bbox``.
    """
    left, right = ax.get_xlim()
    bottom, top = ax.get_ylim()
    wanted = (right - left) / 6
    step = 10 ** math.floor(math.log10(wanted))
    length = step * max(factor for factor in (1, 2, 5) if factor * step <= wanted)
    x, y = left + 0.03 * (right - left), bottom + above * (top - bottom)
    bar = ax.plot([x, x + length], [y, y], color=INK, linewidth=2.0, zorder=LAYER_TEXT)[0]
    bar.set_gid("scale bar")
    return ax.annotate(
        say("{km:,.0f} km", km=length),
        xy=(x, y),
        xytext=(0, 3),
        textcoords="offset points",
        ha="left",
        va="bottom",
        fontsize=SMALL_SIZE,
        color=INK,
        zorder=LAYER_TEXT,
        bbox=ground or {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.75, "pad": 1},
    )


def day_numbers(days: object) -> np.ndarray:
    """Return dates as matplotlib's day numbers."""
    return mdates.date2num(pd.to_datetime(pd.Series(days)).to_numpy())


# From the finest: steps between ticks, in days, months or years.
DATE_STEPS = (
    *(("day", n) for n in (1, 2, 7, 14)),
    *(("month", n) for n in (1, 2, 3, 4, 6)),
    *(("year", n) for n in (1, 2, 5, 10, 20, 50)),
)  # fmt: skip
MOST_DATES = 10


def format_date_axis(ax: Axes, *, width: float | None = None) -> None:
    """Give the x axis the finest plain dates that do not meet, at most ten; the year stands once, under the first of its dates.

    The axes' limits must be set before. `width`: of the axes in points, if known.
    """
    ax.xaxis_date()
    room = width or settle(ax)[0]
    left, right = sorted(ax.get_xlim())
    scale = room / (right - left)
    ticks, labels = [left], [_date_label(mdates.num2date(left), "day", first=True)]
    for unit, step in DATE_STEPS:
        days = _date_ticks(left, right, unit, step)
        if not 2 <= len(days) <= MOST_DATES:
            continue
        written = [
            _date_label(day, unit, first=place == 0 or day.year != days[place - 1].year)
            for place, day in enumerate(days)
        ]
        at = mdates.date2num(days)
        wide = np.array([text_width(words) for words in written])
        if (np.diff(at) * scale >= (wide[1:] + wide[:-1]) / 2 + 6).all():
            ticks, labels = at.tolist(), written
            break
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FixedFormatter(labels))
    for label in ax.get_xticklabels():
        label.set_linespacing(1.15)
    ax.set_xlabel("")


def _date_ticks(left: float, right: float, unit: str, step: int) -> list[pd.Timestamp]:
    """Return the days from left to right, day numbers, that begin a step."""
    first, last = (pd.Timestamp(mdates.num2date(end)).tz_localize(None) for end in (left, right))
    if (last - first).days > 400 * step * {"day": 1, "month": 30, "year": 365}[unit]:
        return []
    if unit == "day":
        begin = first.ceil("D") if step < 7 else pd.Timestamp(first.year, first.month, 1)
        days = pd.date_range(begin, last, freq=f"{step}D")
    elif unit == "month":
        days = pd.date_range(pd.Timestamp(first.year, 1, 1), last, freq=f"{step}MS")
    else:
        days = pd.date_range(pd.Timestamp(first.year - first.year % step, 1, 1), last, freq=f"{step}YS")
    return [day for day in days if day >= first]


def _date_label(day: pd.Timestamp, unit: str, *, first: bool) -> str:
    if unit == "year":
        return str(day.year)
    told = month_name(day.month) if unit == "month" else format_day(day, year=False)
    return f"{told}\n{day.year}" if first else told


class _ScalarFormatter(ScalarFormatter):
    """Writes numbers with the marks of the language that was spoken when it was made."""

    def __init__(self) -> None:
        super().__init__()
        self._written = _in_these_marks(super().__call__)

    def __call__(self, value: float, position: int | None = None) -> str:
        """Return a tick's label."""
        return self._written(value, position)


def _in_these_marks(write: Callable[..., str]) -> Callable[..., str]:
    """Return a function that writes as this one does, with the marks of the language that is spoken now: axes are drawn later."""
    language = current()

    def written(value: float, position: int | None = None) -> str:
        with used(language):
            return localised(write(value))

    return written


def wrap_ticks(ax: Axes) -> None:
    """Break the words under an x axis of named places into lines, or leave out every second, so that neighbours do not meet."""
    width, _ = settle(ax)
    limits = ax.get_xlim()
    place = ax.transData.transform([(at, 0.0) for at in ax.get_xticks()])[:, 0] * 72 / ax.get_figure(root=True).dpi
    words = [label.get_text() for label in ax.get_xticklabels()]
    room = float(np.diff(place).min(initial=np.inf)) - 4 if len(place) > 1 else width
    wrapped = [wrap_text(text, room) for text in words]
    if any(text_width(text) > room for text in wrapped):
        wrapped = [text if number % 2 == 0 else "" for number, text in enumerate(words)]
    if wrapped != words:
        ax.set_xticks(ax.get_xticks(), wrapped)
    ax.set_xlim(*limits)


def count_axis(ax: Axes, top: float, *, ticks: int = 4) -> None:
    """Give the y axis whole-number ticks from zero up to `top` and no further."""
    steps = MaxNLocator(nbins=ticks, integer=True, steps=[1, 2, 2.5, 5, 10]).tick_values(0, max(top, 1))
    ax.set_yticks([step for step in steps if step <= max(top, 1) + 1e-9])
    ax.yaxis.set_major_formatter(FuncFormatter(_in_these_marks(lambda value: f"{value:,.0f}")))


def period_edges(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the starts and ends of a table's periods as day numbers.

    Without `period_end` each ends where the next starts.
    """
    starts = day_numbers(table["period_start"])
    if "period_end" in table:
        return starts, day_numbers(table["period_end"])
    last = np.diff(starts)[-1] if len(starts) > 1 else 7.0
    return starts, np.append(starts[1:], starts[-1] + last)


def joined_spans(starts: np.ndarray, ends: np.ndarray, chosen: np.ndarray) -> list[tuple[float, float]]:
    """Join chosen neighbouring spans, in order, into as few as possible."""
    spans: list[tuple[float, float]] = []
    for start, end in zip(np.asarray(starts)[chosen], np.asarray(ends)[chosen], strict=True):
        if spans and start <= spans[-1][1] + 1e-9:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((float(start), float(end)))
    return spans


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
        patch = ax.axvspan(
            start, end, facecolor=MISSING, edgecolor=MISSING_HATCH, hatch="////", linewidth=0, zorder=LAYER_SHADE
        )
        patch.set_gid("missing")
    if width is None or height is None:
        width, height = settle(ax)
    left, right = sorted(ax.get_xlim())
    scale = width / (right - left)
    start, end = max(spans, key=lambda span: min(span[1], right) - max(span[0], left))
    room = (min(end, right) - max(start, left)) * scale
    needed = text_width(label) + 8
    if room < 14 or (room < needed and height < needed):
        return
    ax.text(
        (max(start, left) + min(end, right)) / 2,
        0.5,
        label,
        transform=ax.get_xaxis_transform(),
        ha="center",
        va="center",
        rotation=0 if room >= needed else 90,
        fontsize=SMALL_SIZE,
        color=MISSING_TEXT,
        zorder=LAYER_TEXT,
        bbox={"facecolor": MISSING, "edgecolor": "none", "pad": 1.5},
    )


def missing_handle() -> Artist:
    """Return the key's sample of the missing shading."""
    return Patch(facecolor=MISSING, edgecolor=MISSING_HATCH, hatch="////", linewidth=0)


def write_at_right(ax: Axes, items: Sequence[tuple[float, str, str]], *, height: float | None = None) -> list[Text]:
    """Write labels just right of the axes at the given data heights, moved apart where they would meet.

    Parameters
    ----------
    items : sequence of (y, text, colour)
        `y` in data units.
    """
    height = height or settle(ax)[1]
    to_points = [ax.transAxes.inverted().transform(ax.transData.transform((0, y)))[1] * height for y, _, _ in items]
    tallest = max((text_height(text) for _, text, _ in items), default=0.0)
    placed = spread(to_points, tallest + 4, low=tallest / 2, high=max(height - tallest / 2, tallest))
    return [
        ax.annotate(
            text,
            xy=(1, y / height),
            xycoords="axes fraction",
            xytext=(6, 0),
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=SMALL_SIZE,
            color=color,
            linespacing=1.15,
            annotation_clip=False,
        )
        for y, (_, text, color) in zip(placed, items, strict=True)
    ]


def contrast(first: object, second: object) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    lights = []
    for color in (first, second):
        channels = np.array(to_rgb(color))
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        lights.append(float(linear @ (0.2126, 0.7152, 0.0722)))
    return (max(lights) + 0.05) / (min(lights) + 0.05)


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
    look = {"color": color, "linewidth": 0, "zorder": LAYER_DATA}
    if len(values) > MAX_BARS:
        ax.stairs(np.where(whole, values, np.nan), np.append(starts, ends[-1]), fill=True, rasterized=True, **look)
    else:
        ax.bar(middles[whole], values[whole], widths[whole], antialiased=fill < 1, **look)
    if partial.any():
        ax.bar(middles[partial], values[partial], widths[partial], zorder=LAYER_DATA, **PARTIAL_LOOK)


def partial_handle() -> Artist:
    """Return the key's sample of a partial period."""
    return Patch(**PARTIAL_LOOK)


def reasons_of(table: pd.DataFrame) -> str:
    """Return the reasons that a table gives for what was not computed, each once."""
    if "reason" not in table:
        return ""
    reasons = table["reason"].dropna().astype(str)
    return "; ".join(safe_text(reason, limit=400) for reason in dict.fromkeys(reasons[reasons != ""]))


def need_columns(table: pd.DataFrame, columns: Iterable[str], *, what: str) -> None:
    """Refuse a table that lacks columns the chart draws.

    Raises
    ------
    ValueError
        Names the missing columns and those found.
    """
    lacking = [column for column in columns if column not in table]
    if lacking:
        raise ValueError(
            f"{what}: the table lacks {', '.join(lacking)}; it has "
            f"{', '.join(map(str, table.columns)) or 'no columns'}. Pass the measure's table unchanged."
        )


def computed_rows(table: pd.DataFrame) -> np.ndarray:
    """Return a mask of the rows that hold a value: status ``computed`` (if stated) and `value` not missing."""
    held = table["value"].notna().to_numpy() if "value" in table else np.ones(len(table), dtype=bool)
    return held & (table["status"].eq("computed").to_numpy() if "status" in table else True)


def one_unit(table: pd.DataFrame, *, what: str) -> str:
    """Return the table's only unit as text for a title; the unit `all` needs no words.

    Raises
    ------
    ValueError
        If the table holds several units.
    """
    if "unit" not in table or table.empty:
        return ""
    units = table["unit"].drop_duplicates()
    if len(units) > 1:
        raise ValueError(
            f"{what}: the table holds {len(units)} units ({', '.join(map(str, units[:3]))}, ...); expected one. "
            "Select one unit's rows first."
        )
    return "" if units.iloc[0] == "all" else safe_text(units.iloc[0], limit=60)


def rewrap(figure: Figure) -> None:
    """Break words anew that leave a figure at its right, as they may when they were changed after they were drawn."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    scale = 72 / figure.dpi
    for text in figure.findobj(Text):
        if text.get_ha() != "left" or not text.get_text().strip():
            continue
        box = text.get_window_extent()
        if box.x1 > figure.bbox.width and (room := (figure.bbox.width - box.x0) * scale - 6) > 60:
            weight = "bold" if text.get_fontweight() in ("bold", 700) else "normal"
            text.set_text(
                wrap_text(re.sub(r"[ \n]+", " ", text.get_text()), room, size=text.get_fontsize(), weight=weight)
            )


def lay_out(figure: Figure) -> None:
    """Place everything in a figure for good, so that writing it more than once does not place it again."""
    if (engine := figure.get_layout_engine()) is not None:
        engine.execute(figure)
    figure.set_layout_engine("none")


def warm_up() -> None:
    """Do once what the first chart of a process would do: find fonts, and draw text in each form."""
    figure = plt.figure()
    figure.text(0, 0, "a")
    for form in ("png", "svg"):
        figure.savefig(BytesIO(), format=form)
    plt.close(figure)


def write_figure(
    figure: Figure, path: str | PathLike[str], *, title: str = "", dpi: int = 200, scale: float = 1.0
) -> Path:
    """Write a figure as PNG, SVG or PDF (by the path's ending) so that equal figures give equal bytes.

    `scale` enlarges everything alike, type and lines too: a chart drawn 8 inches wide is written `scale` times as wide.
    """
    path = Path(path)
    title = safe_text(title) if title else ""  # a control character would leave an SVG that is no XML
    kind = path.suffix.lower().lstrip(".")
    metadata: dict[str, object] = {
        "png": {"Title": title},
        "svg": {"Date": None, "Creator": None, "Title": title},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None, "Title": title},
    }.get(kind)
    if metadata is None:
        raise ValueError(f"{path.name}: charts are written as .png, .svg or .pdf, not '.{kind}'.")
    with style():
        if kind == "pdf":
            _print_pdf(figure, path, dpi=dpi, metadata=metadata, scale=scale)
        else:
            _print_once(figure, path, kind, dpi=dpi, metadata=metadata, scale=scale)
    return path


def _print_once(figure: Figure, path: Path, kind: str, *, dpi: int, metadata: dict[str, object], scale: float) -> None:
    """Print a figure by its canvas: `Figure.savefig` draws it twice, which for a chart of text is half of its time."""
    canvas, resolution = figure.canvas, figure.dpi
    try:
        figure.dpi = dpi * scale
        if kind == "svg":
            FigureCanvasSVG(figure).print_svg(path, metadata=metadata)
            if scale != 1.0:
                _enlarge_svg(path, figure, scale)
        else:
            drawn = FigureCanvasAgg(figure)
            drawn.draw()
            # Charts stand on paper: a channel of transparency would be dead weight in every file they go to.
            info = PngInfo()
            info.add_text("Title", metadata["Title"])
            Image.fromarray(np.ascontiguousarray(np.asarray(drawn.buffer_rgba())[..., :3])).save(
                path, pnginfo=info, dpi=(dpi, dpi)
            )
    finally:
        figure.dpi = resolution
        figure.set_canvas(canvas)


def _enlarge_svg(path: Path, figure: Figure, scale: float) -> None:
    """Give an SVG another size on paper; its inner units, and so its drawing, stay."""
    wide, high = (72 * side * scale for side in figure.get_size_inches())
    head, tag, rest = re.split(r"(<svg [^>]*>)", path.read_text(encoding="utf-8"), maxsplit=1)
    for name, size in (("width", wide), ("height", high)):
        tag = re.sub(rf' {name}="[^"]*"', f' {name}="{size:g}pt"', tag)
    path.write_text(head + tag + rest, encoding="utf-8")


def _print_pdf(figure: Figure, path: Path, *, dpi: int, metadata: dict[str, object], scale: float) -> None:
    """Print a figure as one page of PDF, enlarged by the page's own matrix."""
    canvas, resolution = figure.canvas, figure.dpi
    wide, high = figure.get_size_inches()
    file = PdfFile(path, metadata=metadata)
    try:
        FigureCanvasPdf(figure)
        figure.dpi = 72  # of which a PDF has 72 to an inch
        file.newPage(wide * scale, high * scale)
        file.output(scale, 0, 0, scale, 0, 0, Op.concat_matrix)
        renderer = MixedModeRenderer(
            figure, wide, high, dpi * scale, RendererPdf(file, dpi * scale, high, wide), bbox_inches_restore=None
        )
        figure.draw(renderer)
        renderer.finalize()
        file.finalize()
    finally:
        file.close()
        figure.dpi = resolution
        figure.set_canvas(canvas)
