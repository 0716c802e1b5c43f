"""Is it speeding up: counts with a fitted trend, and the dates at which the rate changed."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from analysis.figures import theme
from analysis.language import say

MAX_LABELS = 6
LABEL_ROWS = 2


@theme.chart("period_start", "value")
def plot_trend(
    table: pd.DataFrame,
    change_points: pd.DataFrame | None = None,
    *,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
    value_label: str | None = None,
) -> Axes:
    """Draw counts as bars, the fitted trend with its interval, and change points with the rates on either side.

    Parameters
    ----------
    table : pandas.DataFrame
        One unit's periods from `measures.trend`: `period_start, value`; optional `period_end, unit, fitted, low, high,
        status, reason`. Where nothing was fitted the counts stand alone and the reason is written on the chart.
    change_points : pandas.DataFrame, optional
        `period_start` (first period of the new regime), `rate_before, rate_after` (per period).
    value_label : str
        What the bars count, with its unit.
    """
    unit = theme.one_unit(table, what="plot_trend")
    table = table.sort_values("period_start")
    value_label = value_label or say("attacks per period")
    title = title or f"{value_label[0].upper()}{value_label[1:]}" + (f", {unit}" if unit else "")
    value = table["value"].to_numpy(dtype=float)
    if not np.isfinite(value).any():
        reason = theme.reasons_of(table) or say("The table holds no value.")
        return theme.plot_absence(ax, title, reason, caption=caption)
    ax = theme.begin(ax, size=(7.5, 3.8))
    starts, ends = theme.period_edges(table)
    ax.set_xlim(starts[0], ends[-1])
    width, height = theme.settle(ax)
    held = np.isfinite(value)
    theme.draw_counts(ax, starts, ends, value, color=theme.QUIET)
    key: list[tuple[Artist, str]] = []
    look: Any
    top = float(value[held].max())

    fitted = table["fitted"].to_numpy(dtype=float) if "fitted" in table else np.full(len(table), np.nan)
    if np.isfinite(fitted).any():
        middle = (starts + ends) / 2
        if {"low", "high"} <= set(table.columns):
            low, high = table["low"].to_numpy(dtype=float), table["high"].to_numpy(dtype=float)
            look = {"alpha": 0.25, "linewidth": 0, "zorder": theme.LAYER_MARK, "gid": "trend interval"}
            ax.fill_between(middle, low, high, color=theme.EXPECTED, **look)
            top = max(top, float(np.nanmax(high, initial=0.0)))
        ax.plot(middle, fitted, color=theme.EXPECTED, linewidth=2.0, zorder=theme.LAYER_MARK, gid="trend")
        key.append((Line2D([], [], color=theme.EXPECTED, linewidth=2.0), say("fitted trend")))

    rows = 0
    labels: list[tuple[float, str, str, int]] = []
    days = np.zeros(0)
    if change_points is not None and len(change_points):
        theme.need_columns(change_points, ("period_start", "rate_before", "rate_after"), what="plot_trend")
        change_points = change_points.sort_values("period_start")
        days = theme.day_numbers(change_points["period_start"])
        before, after = (change_points[name].to_numpy(dtype=float) for name in ("rate_before", "rate_after"))
        edges = np.concatenate([[starts[0]], days, [ends[-1]]])
        rates = np.append(before[0], after)
        look = {"color": theme.ALARM, "linewidth": 1.4, "zorder": theme.LAYER_MARK, "gid": "rates between changes"}
        ax.stairs(rates, edges, baseline=None, **look)
        key.append((Line2D([], [], color=theme.ALARM, linewidth=1.4), say("rate between changes")))
        months = map(theme.format_month, change_points["period_start"])
        told = zip(months, map(theme.format_rate, before), map(theme.format_rate, after), strict=True)
        words = [
            say("{month}: {before} to {after}", month=month, before=first, after=second)
            for month, first, second in told
        ]
        order = np.argsort(-np.abs(after - before), kind="stable")
        items = [((days[i] - starts[0]) * width / (ends[-1] - starts[0]), words[i]) for i in order]
        labels = theme.place_labels(items, width=width, rows=LABEL_ROWS, most=MAX_LABELS)
        rows = 1 + max((row for *_, row in labels), default=-1)
        top = max(top, float(max(before.max(), after.max())))

    theme.format_date_axis(ax, width=width)
    theme.write_head(ax, title, value_label=value_label, key=key, width=width)
    notes = []
    if len(labels) < len(days):
        notes.append(say("{n} of {of} changes labelled, the largest first.", n=len(labels), of=len(days)))
    if not np.isfinite(fitted).any():
        reason = theme.reasons_of(table)
        notes.append(say("No trend line: {reason}.", reason=reason) if reason else say("No trend line was computed."))
    theme.finish(ax, caption, note=" ".join(notes))
    # Labels stand in the height that head and foot leave.
    _, height = theme.settle(ax)
    line_height = theme.SMALL_SIZE * theme.LINE_SPACING
    share = max(0.5, 1 - (6 + rows * line_height) / height)
    ax.set_ylim(0, max(top, 1.0) / share)
    theme.count_axis(ax, top)
    lane = ax.get_xaxis_transform()
    labelled = {round(at, 6): (text, align, row) for at, text, align, row in labels}
    for day in days:
        at = round((day - starts[0]) * width / (ends[-1] - starts[0]), 6)
        text, align, row = labelled.get(at, ("", "center", 0))
        foot = share + (3 + row * line_height) / height
        look = {"color": theme.ALARM, "linewidth": 0.9, "linestyle": (0, (3, 2)), "zorder": theme.LAYER_BAND}
        ax.plot([day, day], [0, foot], transform=lane, gid="change point", **look)
        if text:
            theme.write_above(ax, day, foot, text, align, color=theme.ALARM, lift=1)

    theme.shade_missing(ax, theme.joined_spans(starts, ends, ~held), say("no coverage"), width=width, height=height)
    return ax
