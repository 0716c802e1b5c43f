"""Sizes and themes of a chart that stands alone: on a slide, on a page, in a post; on light, on dark, in grey.

A chart is drawn in the light theme, on a canvas on which its smallest type is `theme.SMALL_SIZE`; written, it is
enlarged so that this type has the size that its readers need. The other themes exchange colours of the finished figure,
one by one, by what they mean.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.colors import ListedColormap, to_hex, to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Annotation, Text

from analysis.figures import theme


@dataclass(frozen=True)
class Size:
    """A canvas: its width and height on paper or screen, inches, and the least type on it, points."""

    width: float
    height: float
    least_type: float

    @property
    def scale(self) -> float:
        """By how much a drawing is enlarged when it is written."""
        return self.least_type / theme.SMALL_SIZE

    @property
    def drawn(self) -> tuple[float, float]:
        """Width and height at which a chart is drawn, inches."""
        return self.width / self.scale, self.height / self.scale


SIZES = {
    "slide": Size(13.333, 7.5, 14.0),  # 16 to 9
    "page": Size(6.69, 4.4, 9.0),  # the width of A4 between its margins
    "square": Size(7.2, 7.2, 14.0),  # 1,080 pixels, for a telephone
}
# Of a chart beside what is read on a slide, and of one that has a slide to itself.
BESIDE, WHOLE = Size(6.0, 5.2, 14.0), Size(12.0, 5.2, 14.0)
# Of a chart that a page shows on a telephone, which is 350 dots wide.
PHONE = Size(3.6, 5.4, theme.SMALL_SIZE)
THEMES = ("light", "dark", "print")
LIGHT = THEMES[0]

_PARTIAL = theme.PARTIAL_LOOK["facecolor"]
# What each colour of the light theme becomes.
_DARK = {
    theme.PAPER: "#12161B", theme.INK: "#E8ECF0", theme.MUTED: "#AAB5C0", theme.GRID: "#2B333C",
    theme.ATTACK: "#6FA8DC", theme.OFFENSIVE: "#F08A45", theme.BASELINE: "#23464A", theme.EXPECTED: "#4FC3B4",
    theme.ALARM: "#FF6F7D", theme.QUIET: "#48596A", theme.UNCERTAIN: "#8A96A3", theme.MISSING: "#22272D",
    theme.MISSING_HATCH: "#3B424A", theme.MISSING_TEXT: "#C0B8A8", theme.REFERENCE: "#BBA2EC", _PARTIAL: "#22303E",
}  # fmt: skip
_PRINT = {
    theme.PAPER: "#FFFFFF", theme.INK: "#000000", theme.MUTED: "#3A3A3A", theme.GRID: "#DDDDDD",
    theme.ATTACK: "#3D3D3D", theme.OFFENSIVE: "#000000", theme.BASELINE: "#D6D6D6", theme.EXPECTED: "#6A6A6A",
    theme.ALARM: "#000000", theme.QUIET: "#BDBDBD", theme.UNCERTAIN: "#9C9C9C", theme.MISSING: "#F1F1F1",
    theme.MISSING_HATCH: "#CFCFCF", theme.MISSING_TEXT: "#525252", theme.REFERENCE: "#555555", _PARTIAL: "#EBEBEB",
}  # fmt: skip
_EXCHANGED = {"dark": _DARK, "print": _PRINT}


@contextmanager
def sized(size: str) -> Iterator[None]:
    """Draw charts on the canvas of a size, by its name, while the context lasts."""
    with theme.drawn_at(SIZES[size].drawn):
        yield


def in_theme(color: Any, name: str) -> tuple[float, float, float, float]:
    """Return what a colour of the light theme becomes in another, its opacity kept.

    A colour that the theme does not name keeps its hue and turns its lightness over (dark), or becomes the grey of its
    own lightness.
    """
    red, green, blue, alpha = to_rgba(color)
    held = str(to_hex((red, green, blue))).upper()
    known = {str(of).upper(): to for of, to in _EXCHANGED[name].items()}
    if held in known:
        return (*to_rgb(known[held]), alpha)
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    if name == "print":
        return (light, light, light, alpha)
    paper = np.array(to_rgb(_DARK[theme.PAPER]))
    turned = np.array([red, green, blue]) + (1 - 2 * light)
    return (*np.clip(paper + (1 - paper) * turned, 0, 1), alpha)


def recolour(figure: Figure, name: str) -> None:
    """Give a finished figure, laid out for good (see `theme.lay_out`), the colours of another theme."""
    if name == LIGHT:
        return
    done: set[int] = set()
    for artist in figure.findobj():
        _recolour(artist, name, done)


def _recolour(artist: Artist, name: str, done: set[int]) -> None:
    if id(artist) in done:
        return
    done.add(id(artist))

    def turned(color: Any) -> tuple[float, float, float, float]:
        return in_theme(color, name)

    if isinstance(artist, Text):
        artist.set_color(turned(artist.get_color()))
        for patch in (artist.get_bbox_patch(), artist.arrow_patch if isinstance(artist, Annotation) else None):
            if patch is not None:
                _recolour(patch, name, done)
    elif isinstance(artist, Line2D):
        face, edge = artist.get_markerfacecolor(), artist.get_markeredgecolor()
        artist.set_color(turned(artist.get_color()))
        if not isinstance(face, str) or face not in _NO_COLOURS:
            artist.set_markerfacecolor(turned(face))
        if not isinstance(edge, str) or edge not in _NO_COLOURS:
            artist.set_markeredgecolor(turned(edge))
    elif isinstance(artist, Patch):
        face, edge = artist.get_facecolor(), artist.get_edgecolor()
        artist.set_alpha(None)  # it is part of the colours now
        artist.set_facecolor(turned(face))
        artist.set_edgecolor(turned(edge))
    elif isinstance(artist, Collection):
        edges = artist.get_edgecolor()
        if artist.get_array() is None:
            faces = artist.get_facecolor()
            artist.set_alpha(None)
            artist.set_facecolor([turned(color) for color in faces] if len(faces) else "none")
        else:
            shades = artist.get_cmap()
            artist.set_cmap(ListedColormap([turned(color) for color in shades(np.linspace(0, 1, shades.N))]))
        if not isinstance(edges, str) and len(edges):
            artist.set_edgecolor([turned(color) for color in edges])


_NO_COLOURS = ("none", "auto")
