"""Parts of one table side by side: small panels on one scale, and two periods as rates with their intervals."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from analysis.figures import theme
from analysis.language import say

MOST_PANELS = 12
PANEL_HEIGHT, HEAD = 1.25, 1.35  # inches: one panel; title and caption together
RECENT_SPANS = 3
COLORS = {"rising": theme.RISING, "falling": theme.FALLING, "higher": theme.RISING, "lower": theme.FALLING}
SERIES_COLUMNS = ("part", "name", "period_start", "period_end", "value")
PARTS_COLUMNS = ("part", "name", "word", "told", "usual", "value", "low", "high", "status")
PERIODS_COLUMNS = (
    "name", "word", "told", "per_month_1", "low_1", "high_1", "per_month_2", "low_2", "high_2", "value", "low", "high",
    "status",
)  # fmt: skip


@theme.style()
def plot_parts(
    table: pd.DataFrame,
    series: pd.DataFrame,
    *,
    caption: theme.Caption | None = None,
    title: str | None = None,
    value_label: str = "attacks per month",
    most: int = MOST_PANELS,
    across: int = 0,
    low: bool = False,
) -> np.ndarray:
    """Draw one small panel for each part, all on one scale: its spans, the last three stronger, and its usual month.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.compare.compute_parts`: `part, name, word, usual, value, low, high, status`, and
        `told`, the word as it is read; drawn in its order.
    series : pandas.DataFrame
        From `measures.compare.compute_series`: `part, name, period_start, period_end, value`.
    value_label : str
        What is counted, with its unit.
    most, across : int
        Greatest number of panels, and of those in a row where the figure is wide; 0: as many as usual.
    low : bool
        Draw a row of panels that leaves room on the page.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes
        One for each part shown, in order; a figure has room for the first twelve at most.
    """
    theme.need_columns(table, PARTS_COLUMNS, what="plot_parts (table)")
    theme.need_columns(series, SERIES_COLUMNS, what="plot_parts (series)")
    if title is None:
        title = say("{counted}, side by side", counted=f"{value_label[:1].upper()}{value_label[1:]}")
    if table.empty or series.empty:
        return np.array([theme.plot_absence(None, title, say("The table holds no part."), caption=caption)])
    figure, panels, across = theme.panel_grid(
        len(table), head=1.25 if low else HEAD, row=1.1 if low else PANEL_HEIGHT, most=most, across=across
    )
    shown = table.head(min(len(panels), most))
    wide = figure.get_size_inches()[0] * 72 - 2 * 72 * theme.MARGIN
    heading = theme.wrap_text(theme.drawable(title), wide, **theme.TITLE)
    figure.suptitle(heading, x=0.012, ha="left", fontsize=theme.TITLE_SIZE, fontweight="bold", color=theme.INK)
    note = say(
        "Bars: {counted}, one scale; the last three stand out. Dashes: the usual number.",
        counted=value_label,
    )
    if len(shown) < len(table):
        note += " " + say("{shown} of {n} are shown.", shown=len(shown), n=len(table))
    theme.write_foot(figure, caption, note=note, width=wide, x=0.012)
    starts, ends = theme.day_numbers(series["period_start"]), theme.day_numbers(series["period_end"])
    top = max(float(series["value"].max()), float(table["usual"].max(skipna=True) or 0.0), 1.0)
    for position, ax in enumerate(panels):
        theme.dress(ax)
        ax.set_visible(position < len(shown))
        ax.set_xlim(starts.min(), ends.max())
        ax.set_ylim(0, 1.08 * top)
        ax.tick_params(axis="x", labelbottom=position + across >= len(shown))
    theme.count_axis(panels[0], top, ticks=2)
    # Placeholders of the heads' height, so that their width is known when they are written.
    for ax in panels[: len(shown)]:
        ax.set_title("x\nx", loc="left", fontsize=theme.SMALL_SIZE, pad=4)
    theme.format_date_axis(panels[0], width=wide / across - 30)
    width, _ = theme.settle(panels[0])
    words = [_panel_words(row, width) for row in shown.itertuples(index=False)]
    lines = max(told.count("\n") for told in words)
    by_part = dict(list(series.groupby("part", sort=False)))
    for ax, row, told in zip(panels, shown.itertuples(index=False), words, strict=False):
        _draw_panel(ax, row, by_part.get(row.part), width, told=told + "\n" * (lines - told.count("\n")))
    return panels[: len(shown)]


def _panel_words(row: Any, width: float) -> str:
    """Return what is said of a panel, the ratio only where the line has room for it."""
    if row.status == "computed":
        told = f"{row.told}, × {theme.format_rate(row.value)}"
        if theme.text_width(told) <= width:
            return told
    return theme.wrap_text(row.told, width)


def _draw_panel(ax: Axes, row: Any, spans: pd.DataFrame | None, width: float, *, told: str) -> None:
    """Draw a panel; ``told`` stands under its name, and has as many lines in each."""
    color = COLORS.get(row.word, theme.MUTED)
    name = theme.fit_text(row.name, width, weight="bold")
    name += "\n" * (1 + told.count("\n"))
    ax.set_title(
        name, loc="left", fontsize=theme.SMALL_SIZE, fontweight="bold", color=theme.INK, pad=4, linespacing=1.5
    )
    look: Any = {"coords": "axes fraction", "va": "bottom", "linespacing": 1.4, "gid": "word"}
    theme.write_by(ax, told, (0, 1), (0, 4), color=color, **look)
    if spans is None:
        return
    starts, ends = theme.period_edges(spans)
    values = spans["value"].to_numpy(dtype=float)
    earlier, recent = values.copy(), values.copy()
    earlier[-RECENT_SPANS:], recent[:-RECENT_SPANS] = np.nan, np.nan
    theme.draw_counts(ax, starts, ends, earlier, color=theme.QUIET)
    theme.draw_counts(ax, starts, ends, recent, color=theme.ATTACK)
    if np.isfinite(row.usual):
        look = {"linewidth": 1.0, "linestyle": (0, (4, 2)), "zorder": theme.LAYER_MARK, "gid": "usual"}
        ax.axhline(row.usual, color=theme.INK, **look)


@theme.chart(*PERIODS_COLUMNS)
def plot_periods(
    table: pd.DataFrame,
    *,
    first: str,
    second: str,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
    value_label: str = "attacks in 30 days",
) -> Axes:
    """Draw the rates of two periods with their intervals, a row a part, and the ratio of the two at its right.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.compare.compute_periods`, with `told`, the word as it is read; drawn in its order. What its
        ``attrs`` say of seasons stands in the note.
    first, second : str
        The periods in words.
    value_label : str
        What is counted, with its unit.
    """
    title = title or say("{second} beside {first}", first=first, second=second)
    if table.empty:
        return theme.plot_absence(ax, title, say("The table holds no part."), caption=caption)
    rows = theme.room_for_rows(ax, head=1.7, row=0.36)
    shown = table.head(rows)
    ax = theme.begin(ax, size=(theme.REPORT_COLUMN[0], 1.7 + 0.36 * len(shown)))
    highs = shown[["high_1", "high_2", "per_month_1", "per_month_2"]].to_numpy(dtype=float)
    top = max(float(np.nanmax(highs[np.isfinite(highs)], initial=0.0)), 1.0)
    ax.set(xlim=(0, 1.04 * top), ylim=(len(shown) - 0.4, -0.6))
    looks = (("1", theme.UNCERTAIN, -0.14, theme.PAPER), ("2", theme.ATTACK, 0.14, theme.ATTACK))
    beside = []
    for y, row in enumerate(shown.itertuples(index=False)):
        for period, color, shift, fill in looks:
            low, high = getattr(row, f"low_{period}"), getattr(row, f"high_{period}")
            if np.isfinite(low) and np.isfinite(high):
                ax.plot([low, high], [y + shift] * 2, color=color, linewidth=2.2, alpha=0.6, gid=f"interval {period}")
            ax.plot(
                [getattr(row, f"per_month_{period}")], [y + shift], marker="o", markersize=6, linestyle="none",
                color=color,
                markerfacecolor=fill, gid=f"rate {period}", zorder=theme.LAYER_MARK, clip_on=False,
            )  # fmt: skip
        beside.append((y, _ratio_words(row), COLORS.get(row.word, theme.MUTED)))
    room = theme.inches_of(ax)[0] * 72 * 0.3
    ax.set_yticks(range(len(shown)), [theme.fit_text(name, room) for name in shown["name"]])
    ax.tick_params(axis="y", labelcolor=theme.INK)
    theme.measure_along_x(ax)
    look: Any = {"coords": ("axes fraction", "data"), "linespacing": 1.15, "gid": "ratio"}
    for y, words, color in beside:
        theme.write_by(ax, words, (1, y), (8, 0), color=color, **look)
    theme.name_x(ax, value_label)
    key: list[tuple[Artist, str]] = [
        (Line2D([], [], color=color, marker="o", markersize=6, markerfacecolor=fill, linewidth=2.2), words)
        for (_, color, _, fill), words in zip(looks, (first, second), strict=True)
    ]
    note = say("{shown} of {n} are shown.", shown=len(shown), n=len(table)) if len(shown) < len(table) else ""
    level = shown["level"].iloc[0] if "level" in shown else np.nan
    if level > 0:
        note = f"{say('Lines: intervals of {level:.0f} %.', level=100 * level)} {note}".strip()
    note = f"{note} {table.attrs.get('seasons', '')}".strip()
    return theme.write_frame(ax, title, key, caption, note)


def _ratio_words(row: Any) -> str:
    told = row.told
    if row.status != "computed":
        return told
    return f"{told}\n× {theme.format_rate(row.value)} ({theme.format_rate(row.low)} – {theme.format_rate(row.high)})"
