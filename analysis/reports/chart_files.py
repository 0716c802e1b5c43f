"""Drawn charts as files."""

from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.reports.nouns import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def write_chart(
    path: Path,
    drawn: "Axes | Sequence[Axes]",
    *,
    title: str,
    noun: str = "attack",
    forms: "Sequence[str]" = ("png", "svg"),
    theme_name: str = "light",
    scale: float = 1.0,
) -> Path:
    """Write a drawn chart, by default as PNG and SVG, and close it; return the path of the last file.

    Parameters
    ----------
    path
        Of the files, without their endings.
    drawn
        Its axes: any one, or all.
    title
        Of the files.
    noun
        What the chart's words call one counted row; see `analysis.reports.nouns.named`.
    forms
        Of png, svg and pdf.
    theme_name, scale
        See `analysis.figures.looks`.
    """
    from matplotlib import pyplot as plt

    from analysis.figures import theme

    figure = figure_of(drawn)
    try:
        if noun != "attack":
            from matplotlib.text import Text
            from matplotlib.ticker import FixedLocator

            for axis in (axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)):
                if isinstance(axis.get_major_locator(), FixedLocator):  # an axis writes its labels anew
                    labels = [text.get_text() for text in axis.get_majorticklabels()]
                    if (called := [named(label, noun) for label in labels]) != labels:
                        axis.set_ticklabels(called)
            for text in figure.findobj(Text):
                text.set_text(named(text.get_text(), noun))
            title = named(title, noun)
            theme.rewrap(figure)
        # Laid out once for both files: the layout engine takes longer than the drawing.
        theme.lay_out(figure)
        if theme_name != "light":
            from analysis.figures import looks

            looks.recolour(figure, theme_name)
        files = [path.with_name(f"{path.name}.{form}") for form in forms]
        theme.write_forms(figure, files, title=title, scale=scale)
        return files[-1]
    finally:
        plt.close(figure)


def svg_address(path: Path) -> str:
    """Return an SVG file as an address that holds all of it."""
    return f"data:image/svg+xml;base64,{b64encode(path.read_bytes()).decode()}"


def figure_of(drawn: "Axes | Sequence[Axes]") -> "Figure":
    """Return the figure of a drawn chart: of its axes, any one or all."""
    axes: Any = drawn
    return np.ravel(axes)[0].figure


def close_chart(drawn: "Axes | Sequence[Axes]") -> None:
    """Close a drawn chart, which is not to be shown."""
    from matplotlib import pyplot as plt

    plt.close(figure_of(drawn))
