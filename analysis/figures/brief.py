"""The brief's timeline: attacks a month beside what is usual, offensives and what else happened; deaths below."""

from typing import Any

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from analysis.figures import theme
from analysis.language import localised, say

# Inches, by whether deaths are drawn below and whether another chart stands under it.
SIZES = {
    (False, False): (7.5, 4.6), (False, True): (7.5, 3.9), (True, False): (7.5, 6.2), (True, True): (7.5, 4.8),
}  # fmt: skip
MOST_OFFENSIVES, MOST_EVENTS = 4, 8
LABEL_ROWS, EVENT_ROWS = 3, 3
LEAST_SHARE = 0.4  # of the height, for the bars
MOST_NAME = 26
EDGE = 12.0  # points right of the axes in which words may stand


@theme.chart("period", "period_start", "period_end", "covered_start", "covered_end", "value")
def plot_timeline(
    periods: pd.DataFrame,
    *,
    offensives: pd.DataFrame | None = None,
    usual: float | None = None,
    events: pd.DataFrame | None = None,
    low: bool = False,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str = "",
    value_label: str = "",
) -> Axes:
    """Draw attacks a period as bars; a period that is not over is as wide as its share of days.

    Parameters
    ----------
    periods : pandas.DataFrame
        ``period, period_start, period_end, covered_start, covered_end, value``, in order of time; ``deaths``, where
        known, are drawn in a panel of their own below.
    offensives : pandas.DataFrame, optional
        ``date_start, n_sites, deaths_high, sites``: marked above the bars, the largest labelled.
    usual : float, optional
        Of a whole period: a dashed line.
    events : pandas.DataFrame, optional
        ``date, text``: a lane of their own at the top.
    low : bool
        Leave room on the page for another chart below.
    ax : matplotlib.axes.Axes, optional
        Where to draw, without deaths; default a new figure.
    caption : Caption, optional
        Source, vintage and n.
    title : str
        What is found.
    value_label : str
        What a bar counts.

    Returns
    -------
    matplotlib.axes.Axes
        The axes of the bars.

    Raises
    ------
    ValueError
        If columns are missing.
    """
    if periods.empty:
        return theme.plot_absence(ax, title, say("There is no period to draw."), caption=caption)
    starts, ends = theme.day_numbers(periods["covered_start"]), theme.day_numbers(periods["covered_end"])
    deadly = "deaths" in periods and periods["deaths"].notna().all()
    below = None
    if ax is None:
        note = f"{_last_note(ends[-1])} {_left_out_note(events, 0)}".strip()
        ax, below = _panels(title, caption, deadly=deadly, low=low, note=note)
    ax = theme.begin(ax)
    last = theme.day_numbers(periods["period_end"])[-1]
    first = theme.day_numbers(periods["period_start"])[0]
    ax.set_xlim(first, last)
    width, height = theme.settle(ax)
    values = periods["value"].to_numpy(dtype=float)
    whole = theme.day_numbers(periods["period_end"]) - theme.day_numbers(periods["period_start"])
    theme.draw_counts(ax, starts, ends, values)
    top = float(max(values.max(), usual or 0.0, 1.0))

    told = _place_events(events, first, last, width)
    line = theme.SMALL_SIZE * theme.LINE_SPACING
    lanes = 1 + max((row for *_, row in told), default=-1)
    lane_points = lanes * line + (8 if lanes else 0)
    room = (1 - LEAST_SHARE) * height - 16 - lane_points
    labelled, marked = _place_offensives(offensives, first, last, width, rows=int((room - 14) / line))
    rows = 1 + max((row for *_, row in labelled), default=-1)
    mark_points = (14 + rows * line) if len(marked) else 0
    share = max(LEAST_SHARE, 1 - (16 + lane_points + mark_points) / height)
    ax.set_ylim(0, top / share)
    theme.count_axis(ax, top)
    dated = _write_values(ax, starts, ends, values, whole, scale=width / (last - first))
    key: list[tuple[Artist, str]] = []
    if usual is not None:
        look: Any = {"linewidth": 1.4, "linestyle": (0, (5, 3)), "zorder": theme.LAYER_MARK, "gid": "usual"}
        ax.axhline(usual, color=theme.EXPECTED, **look)
        sample = Line2D([], [], color=theme.EXPECTED, linewidth=1.4, linestyle=(0, (3, 2)))
        key.append((sample, say("usual")))
    if len(marked):
        key.append((theme.offensive_handle(), say("offensive")))
        theme.mark_offensives(ax, marked, labelled, foot=share + 14 / height, height=height)
    if told:
        _draw_events(ax, told, height=height, lanes=lanes)
    if below is not None:
        _draw_deaths(below, starts, ends, periods["deaths"].to_numpy(dtype=float))
        ax.tick_params(axis="x", labelbottom=False)
    theme.format_date_axis(below or ax, width=width)
    theme.write_head(ax, title, value_label=value_label, key=key, width=width)
    note = f"{'' if dated else _last_note(ends[-1])} {_left_out_note(events, len(told))}".strip()
    return theme.finish(ax, caption, note=note, anchor=(below or ax).xaxis)


def _panels(
    title: str, caption: theme.Caption | None, *, deadly: bool, low: bool, note: str
) -> tuple[Axes, Axes | None]:
    """Return axes for attacks and, below them, for deaths where they are drawn, in a figure of their own.

    They are placed by hand: the layout engine would let the head and the foot of one panel squeeze both, and whoever
    writes above the bars must know their height. ``note`` may join the caption.
    """
    size = theme.canvas(SIZES[deadly, low])
    figure = plt.figure(figsize=size)
    width, height = (72 * side for side in size)
    left, right = 42.0, 14.0
    inner = width - left - right
    line = theme.SMALL_SIZE * theme.LINE_SPACING
    head = theme.text_height(theme.wrap_text(title, inner, **theme.TITLE), size=theme.TITLE_SIZE)
    told = 0 if caption is None else theme.words_under(caption, note=note, width=inner).count("\n") + 1
    # Under both: two lines of dates and the caption; between them: the lower one's name.
    foot, gap, head = (told + 2) * line + 20, 26.0 * deadly, head + 30
    room = height - foot - gap - head
    deaths = 0.3 * room * deadly
    upper = (left / width, (foot + deaths + gap) / height, inner / width, (room - deaths) / height)
    ax = figure.add_axes(upper)
    if not deadly:
        return ax, None
    return ax, figure.add_axes((left / width, foot / height, inner / width, deaths / height), sharex=ax)


def _draw_deaths(ax: Axes, starts: np.ndarray, ends: np.ndarray, deaths: np.ndarray) -> None:
    """Draw deaths a period in a panel of their own, on their own scale."""
    theme.dress(ax)
    ax.set_label("deaths")
    theme.draw_counts(ax, starts, ends, deaths, color=theme.UNCERTAIN)
    theme.count_axis(ax, float(deaths.max()), ticks=3, room=1.12)
    ax.text(0.0, 1.02, say("deaths"), transform=ax.transAxes, fontsize=theme.TEXT_SIZE, color=theme.MUTED, va="bottom")


def _write_values(
    ax: Axes, starts: np.ndarray, ends: np.ndarray, values: np.ndarray, whole: np.ndarray, *, scale: float
) -> bool:
    """Write the greatest and the last count above their bars, and of a period that is not over its last day.

    ``scale``: points a day. No words leave the figure. Returns whether that day needed no other place.
    """
    told, edge = True, starts[-1] + whole[-1] + EDGE / scale
    for at in dict.fromkeys((int(np.argmax(values)), len(values) - 1)):
        unfinished = at == len(values) - 1 and ends[at] - starts[at] < whole[at]
        shown = localised(f"{values[at]:,.0f}")
        if unfinished:
            day = mdates.num2date(ends[at] - 1)
            dated = say("{n}, to {day}", n=shown, day=theme.format_day(day, year=False))
            told = theme.text_width(dated, weight="bold") <= (edge - ends[at]) * scale
            shown = dated if told else shown
        wide = theme.text_width(shown, weight="bold")
        beside = unfinished and wide + 3 <= (edge - ends[at]) * scale  # else above, as over a whole bar
        # Over a bar that a higher one stands before, a number begins where its bar does.
        aside = at > 0 and values[at - 1] > values[at]
        x = ends[at] if beside else starts[at] if aside else (starts[at] + ends[at]) / 2
        look: Any = {"va": "bottom", "fontweight": "bold", "zorder": theme.LAYER_TEXT}
        look["ha"] = "left" if beside or aside else "center"
        over = min(0.0, (edge - x) * scale - wide) if aside else 0.0
        theme.write_by(ax, shown, (x, values[at]), (3, -9) if beside else (over, 2), **look)
    return told


def _last_note(end: float) -> str:
    """Say on which day a last bar ends that is narrower than the others."""
    return say("The last bar ends on {day}.", day=theme.format_day(mdates.num2date(end - 1), year=False))


def _left_out_note(events: pd.DataFrame | None, n_shown: int) -> str:
    """Say how many of the events beside have room; nothing where all have."""
    n = 0 if events is None else len(events)
    return say("{shown} of {n} events of the context are shown.", shown=n_shown, n=n) if n > n_shown else ""


def _place_offensives(
    offensives: pd.DataFrame | None, first: float, last: float, width: float, *, rows: int
) -> tuple[list[tuple[float, str, str, int]], np.ndarray]:
    """Return the labels of the largest offensives (day, text, alignment, row), in so many rows at most, and the days
    of all."""
    if offensives is None or offensives.empty:
        return [], np.zeros(0)
    theme.need_columns(offensives, ("date_start", "n_sites", "deaths_high", "sites"), what="plot_timeline (offensives)")
    days = theme.day_numbers(offensives["date_start"]) + 0.5
    inside = (days >= first) & (days < last)
    shown = offensives.loc[inside].assign(day=days[inside])
    largest = shown.sort_values(["n_sites", "deaths_high"], ascending=False, na_position="last", kind="stable")
    texts = []
    for row in (likeliest := largest.head(2 * MOST_OFFENSIVES)).itertuples():
        day = theme.format_day(row.date_start, year=False)
        if row.n_sites > 1:
            texts.append(say("{n} places, {day}", n=int(row.n_sites), day=day))
        else:
            texts.append(f"{theme.safe_text(row.sites, limit=MOST_NAME)}, {day}")
    room: Any = {"span": (first, last), "width": width, "rows": min(max(rows, 0), LABEL_ROWS), "most": MOST_OFFENSIVES}
    return theme.place_days(likeliest["day"], texts, **room), shown["day"].to_numpy()


def _place_events(
    events: pd.DataFrame | None, first: float, last: float, width: float
) -> list[tuple[float, str, str, int]]:
    if events is None or events.empty:
        return []
    theme.need_columns(events, ("date", "text"), what="plot_timeline (events)")
    texts = [
        f"{theme.safe_text(text, limit=MOST_NAME)}, {theme.format_day(date, year=False)}"
        for text, date in zip(events["text"], events["date"], strict=True)
    ]
    days = theme.day_numbers(events["date"])
    return theme.place_days(days, texts, span=(first, last), width=width, rows=EVENT_ROWS, most=MOST_EVENTS)


def _draw_events(ax: Axes, told: list[tuple[float, str, str, int]], *, height: float, lanes: int) -> None:
    lane = ax.get_xaxis_transform()
    line = theme.SMALL_SIZE * theme.LINE_SPACING / height
    for day, text, align, row in told:
        bottom = 1 - (lanes - row) * line
        ax.plot([day, day], [0, bottom], transform=lane, color=theme.MUTED, linewidth=0.8, zorder=theme.LAYER_BAND)
        theme.write_above(ax, day, bottom, text, align, color=theme.MUTED).set_gid("event")
