"""So: is it escalating? The lines of evidence, each as a ratio to no change, with what it counts as."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from analysis.figures import theme

LINE_COLUMNS = ("line", "asks", "direction", "p_value", "value", "low", "high", "status", "reason")
# The widest ratio that is drawn; what lies beyond is marked by an arrow and written out.
MOST_RATIO = 16.0
COLORS = {"up": theme.ALARM, "down": theme.EXPECTED, "no change found": theme.MUTED}
WORDS = {"up": "up", "down": "down", "no change found": "no change found", "cannot tell": "cannot tell"}


@theme.style()
def plot_lines(
    lines: pd.DataFrame,
    *,
    verdict: str,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
) -> Axes:
    """Draw each line of evidence as a ratio to no change with its interval, and what it counts as.

    Parameters
    ----------
    lines : pandas.DataFrame
        One row per line, from `measures.assessment`: `line, asks, direction, p_value, value, low, high, status, reason`.
    verdict : str
        What follows from them; stands in the title.
    """
    theme.need_columns(lines, LINE_COLUMNS, what="plot_lines")
    title = title or f"Verdict: {verdict}"
    if lines.empty:
        return theme.plot_absence(ax, title, "The table holds no line of evidence.", caption=caption)
    ax = theme.begin(ax, size=(theme.REPORT_COLUMN[0], 1.5 + 0.36 * len(lines)))
    ax.set(xscale="log", xlim=(1 / MOST_RATIO, MOST_RATIO), ylim=(len(lines) - 0.5, -0.5))
    ax.xaxis.set_major_locator(FixedLocator([1 / 16, 1 / 4, 1, 4, 16]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticklabels(["1/16", "1/4", "no change", "× 4", "× 16"])
    ax.set_yticks(range(len(lines)), [theme.safe_text(name, limit=20) for name in lines["line"]])
    ax.tick_params(axis="y", length=0, labelcolor=theme.INK)
    ax.grid(visible=False, axis="y")
    ax.axvline(1, color=theme.MUTED, linewidth=1.0, zorder=theme.LAYER_SHADE)
    for y, row in enumerate(lines.itertuples(index=False)):
        _draw_line(ax, y, row)
    theme.write_head(ax, title, value_label="size of each line, as a ratio to no change")
    theme.finish(ax, caption)
    return ax


def _draw_line(ax: Axes, y: int, row: object) -> None:
    color = COLORS.get(row.direction, theme.UNCERTAIN)
    told = row.status == "computed"
    if not np.isnan(row.value):
        shown = float(np.clip(row.value, 1 / MOST_RATIO, MOST_RATIO))
        if not (np.isnan(row.low) or np.isnan(row.high)):
            low, high = np.clip([row.low, row.high], 1 / MOST_RATIO, MOST_RATIO)
            ax.plot([low, high], [y, y], color=color, linewidth=2.2, alpha=0.45, solid_capstyle="butt", gid="interval")
        marker = "o" if shown == row.value else ("<" if row.value < shown else ">")
        ax.plot(
            [shown], [y], marker=marker, markersize=6, linestyle="none", color=color, gid="value",
            markerfacecolor=color if told else theme.PAPER,
        )  # fmt: skip
    said = WORDS[row.direction]
    if told:
        said += f", × {theme.format_rate(row.value)}, p {_probability(row.p_value)}"
    ax.annotate(
        said, xy=(1, y), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points", va="center", ha="left",
        fontsize=theme.SMALL_SIZE, color=color if told else theme.MISSING_TEXT, annotation_clip=False,
        fontweight="bold" if row.direction in ("up", "down") else "normal",
    )  # fmt: skip


def _probability(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.2g}"
