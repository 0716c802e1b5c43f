"""So: is it escalating? Levels and lines of evidence as ratios, the word over time, and what chances of lasting were
worth.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, NullLocator

from analysis.figures import theme
from analysis.language import localised, say

LINE_COLUMNS = ("line", "asks", "direction", "p_value", "value", "low", "high", "status", "reason")
# The widest ratio that is drawn; what lies beyond is marked by an arrow and written out.
MOST_RATIO = 16.0
# What names take at most of the width before the ratios, and what is said of them behind.
NAMES_SHARE, SAID_SHARE = 0.3, 0.4
COLORS = {"up": theme.RISING, "down": theme.FALLING, "as recorded": theme.UNCERTAIN, "cannot tell": theme.UNCERTAIN}


@theme.chart(*LINE_COLUMNS)
def plot_lines(
    lines: pd.DataFrame, *, ax: Axes | None = None, caption: theme.Caption | None = None, title: str | None = None
) -> Axes:
    """Draw each line of evidence as a ratio to no change with its interval, and what it counts as.

    Parameters
    ----------
    lines : pandas.DataFrame
        One row per level or line, from `sections.assessment.evidence`: `line, asks, direction, p_value, value, low,
        high, status, reason`. `direction` is a code, which is said in the reader's language.
    """
    title = title or say("Levels and lines of evidence as ratios to no change")
    if lines.empty:
        return theme.plot_absence(ax, title, say("The table holds no line of evidence."), caption=caption)
    ax = theme.begin(ax, size=(theme.REPORT_COLUMN[0], 1.5 + 0.36 * len(lines)))
    ax.set(xscale="log", xlim=(1 / MOST_RATIO, MOST_RATIO), ylim=(len(lines) - 0.5, -0.5))
    ax.xaxis.set_major_locator(FixedLocator([1 / 16, 1 / 4, 1, 4, 16]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xticklabels(["1/16", "1/4", say("no change"), "× 4", "× 16"])
    width = theme.figure_of(ax).get_size_inches()[0] * 72
    names = [theme.wrap_text(theme.safe_text(name, limit=44), NAMES_SHARE * width) for name in lines["line"]]
    ax.set_yticks(range(len(lines)), names, linespacing=1.1)
    ax.tick_params(axis="y", length=0, labelcolor=theme.INK)
    ax.grid(visible=False, axis="y")
    ax.axvline(1, color=theme.MUTED, linewidth=1.0, zorder=theme.LAYER_SHADE)
    for y, row in enumerate(lines.itertuples(index=False)):
        _draw_line(ax, y, row, room=SAID_SHARE * width)
    if theme.settle(ax)[0] < 150:
        ax.set_xticklabels(["1/16", "", "× 1", "", "× 16"])
    return theme.write_frame(ax, title, (), caption, value_label=say("ratio to no change, with its interval"))


def _draw_line(ax: Axes, y: int, row: Any, *, room: float) -> None:
    color = COLORS.get(row.direction, theme.MUTED)
    told = row.status == "computed" and row.direction != "cannot tell"
    if not np.isnan(row.value):
        shown = float(np.clip(row.value, 1 / MOST_RATIO, MOST_RATIO))
        if not (np.isnan(row.low) or np.isnan(row.high)):
            low, high = np.clip([row.low, row.high], 1 / MOST_RATIO, MOST_RATIO)
            ax.plot([low, high], [y, y], color=color, linewidth=2.2, alpha=0.45, solid_capstyle="butt", gid="interval")
        marker = "o" if shown == row.value else ("<" if row.value < shown else ">")
        ax.plot(
            [shown], [y], marker=marker, markersize=6, linestyle="none", color=color, gid="value",
            markerfacecolor=color if told else theme.PAPER, clip_on=False,
        )  # fmt: skip
    said, ratio = say(row.direction), theme.format_rate(row.value)
    if told and np.isnan(row.p_value):
        said = say("{word}, × {ratio}", word=said, ratio=ratio)
    elif told:
        said = say("{word}, × {ratio}, p {p}", word=said, ratio=ratio, p=_probability(row.p_value))
    weight = "bold" if row.direction in ("up", "down") else "normal"
    look: Any = {"coords": ("axes fraction", "data"), "color": color if told else theme.MISSING_TEXT}
    said = theme.wrap_text(said, room, size=theme.SMALL_SIZE, weight=weight)
    theme.write_by(ax, said, (1, y), (6, 0), fontweight=weight, linespacing=1.1, **look)


def _probability(p: float) -> str:
    return localised("< 0.001" if p < 0.001 else f"= {p:.2g}")


LOOK_COLUMNS = ("day", "recent", "reference", "reference_days", "word")
WORD_COLORS = {"rising": theme.RISING, "falling": theme.FALLING}
HATCHES = {"rising": "", "falling": "////"}  # told apart without colour
RECENT_DAYS = 90


@theme.chart(*LOOK_COLUMNS)
def plot_words(
    looks: pd.DataFrame,
    *,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
    value_label: str | None = None,
) -> Axes:
    """Draw the recent count of every look beside what was usual in as many days, and when the word was rising or
    falling.

    Parameters
    ----------
    looks : pandas.DataFrame
        One row a look, oldest first, from `measures.level`: `day, recent, reference, reference_days, word`.
    value_label : str
        What is counted, with its unit.
    """
    value_label = value_label or say("attacks in {days} days", days=RECENT_DAYS)
    title = title or say("The recent count week by week, and what was usual")
    if looks.empty:
        return theme.plot_absence(ax, title, say("No week could be judged."), caption=caption)
    ax = theme.begin(ax, size=(theme.REPORT_COLUMN[0], 3.2))
    days = theme.day_numbers(looks["day"])
    recent = looks["recent"].to_numpy(dtype=float)
    usual = (looks["reference"] / looks["reference_days"]).to_numpy(dtype=float) * RECENT_DAYS
    ax.set_xlim(days[0], days[-1] if len(days) > 1 else days[0] + 7)
    width, _ = theme.settle(ax)
    edges = np.append(days, days[-1] + 7)
    key: list[tuple[Artist, str]] = []
    for word, color in WORD_COLORS.items():
        said = looks["word"].eq(word).to_numpy()
        look: theme.Look = {
            "facecolor": color, "edgecolor": color, "alpha": 0.16, "hatch": HATCHES[word], "linewidth": 0,
        }  # fmt: skip
        for start, end in theme.joined_spans(edges[:-1], edges[1:], said):
            ax.axvspan(start, end, **look, zorder=theme.LAYER_SHADE, gid=word)
        if said.any():
            key.append((Patch(**look), say(word)))
    ax.plot(days, recent, color=theme.INK, linewidth=1.6, zorder=theme.LAYER_MARK, gid="recent")
    ax.plot(days, usual, color=theme.MUTED, linewidth=1.2, linestyle=(0, (4, 2)), zorder=theme.LAYER_MARK, gid="usual")
    key = [
        (Line2D([], [], color=theme.INK, linewidth=1.6), say("recorded")),
        (Line2D([], [], color=theme.MUTED, linewidth=1.2, linestyle=(0, (4, 2))), say("usual: up to a year before")),
        *key,
    ]
    top = float(max(np.nanmax(recent), np.nanmax(usual), 1.0))
    theme.count_axis(ax, top, room=1.08)
    theme.format_date_axis(ax, width=width)
    theme.write_head(ax, title, value_label=value_label, key=key, width=width)
    return theme.finish(ax, caption)


@theme.chart("said", "came", "n")
def plot_reliability(
    table: pd.DataFrame, *, ax: Axes | None = None, caption: theme.Caption | None = None, title: str | None = None
) -> Axes:
    """Draw how often what was said with a chance came true, class by class; on the line it came as often as it was
    said.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.persistence`: `said, came, n`.
    """
    title = title or say("How often chances that a rise lasts came true")
    if table.empty:
        return theme.plot_absence(ax, title, say("No earlier month has its next six months known."), caption=caption)
    ax = theme.begin(ax, size=(theme.REPORT_COLUMN[0], 3.4))
    ax.set(xlim=(0, 1), ylim=(0, 1))
    theme.settle(ax)
    ax.plot([0, 1], [0, 1], color=theme.MUTED, linewidth=1.0, zorder=theme.LAYER_SHADE, gid="calibrated")
    look: Any = {"markersize": 5, "clip_on": False, "zorder": theme.LAYER_MARK, "gid": "came"}
    ax.plot(table["said"], table["came"], "o-", color=theme.EXPECTED, **look)
    for row in table.itertuples(index=False):
        lift = 5 if row.came < 0.1 else -8  # not on the numbers of the axis
        theme.write_by(ax, f"{row.n}", (row.said, row.came), (6, lift), va="baseline", color=theme.MUTED)
    ticks = [0, 0.25, 0.5, 0.75, 1]
    ax.set_xticks(ticks, [theme.format_share(tick) for tick in ticks])
    ax.set_yticks(ticks, [theme.format_share(tick) for tick in ticks])
    theme.name_x(ax, say("chance as said"))
    theme.write_head(ax, title, value_label=say("share that came true; numbers: months"))
    return theme.finish(ax, caption)
