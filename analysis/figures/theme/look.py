"""Colours by meaning, sizes of type and of charts, layers: the look that every chart shares.

Nothing here touches matplotlib's global settings: a plot function draws inside ``style()``, which is undone on leaving.
Sizes suit a chart 7.5 inches wide that a report shows 680 pixels wide: no text then falls below ten pixels.
"""

from typing import Any, TypedDict

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.typing import ColorType

from analysis.figures.theme.fonts import FONT, Style

# Colours by meaning, told apart under the common forms of colour blindness; those used for text reach 4.5:1 on white.
INK = "#1F2933"
MUTED = "#52606D"
GRID = "#E1E6EB"
ATTACK = "#2C5F8A"
OFFENSIVE = "#B5460F"
BASELINE = "#C6DEDA"
EXPECTED = "#1F7A70"
ALARM = "#C8102E"
# Which way a level goes; `exploring/explore.css` has the first too.
RISING, FALLING = ALARM, EXPECTED
QUIET = "#AFC4D6"
UNCERTAIN = "#8A96A3"
MISSING = "#F0EDE6"
MISSING_HATCH = "#D6CFC0"
MISSING_TEXT = "#665E4F"
REFERENCE = "#6A4A9C"
PAPER = "#FFFFFF"

REPORT_COLUMN = (7.5, 3.6)

TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 12.0, 10.0, 9.6
LINE_SPACING = 1.3
TITLE: Any = {"size": TITLE_SIZE, "weight": "bold"}  # how a title is measured and broken into lines

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


class Look(TypedDict, total=False):
    """How a mark is drawn, as matplotlib's functions take it."""

    color: str
    facecolor: str
    edgecolor: str
    hatch: str
    linewidth: float
    alpha: float
    zorder: float


# Named by what they mark, so that every chart stacks alike.
LAYER_SHADE, LAYER_BAND, LAYER_DATA, LAYER_MARK, LAYER_TEXT = 0.4, 1.5, 2.5, 3.5, 4.5


def style() -> Style:
    """Return the theme as a context (or decorator) that starts from matplotlib's defaults and is undone on leaving.

    As a decorator of a plot function it also brings the fonts that the names in its tables need.
    """
    return Style(STYLE)


def contrast(first: ColorType, second: ColorType) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    lights = []
    for color in (first, second):
        channels: np.ndarray = np.array(to_rgb(color))
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        lights.append(float(linear @ (0.2126, 0.7152, 0.0722)))
    return (max(lights) + 0.05) / (min(lights) + 0.05)
