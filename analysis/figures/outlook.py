"""What next: the forecast after its history, how it scored against plain benchmarks, and whether its spread was
right."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.figures import theme
from analysis.language import message, say

SHOWN_MONTHS = 36
BANDS = (("95", 0.18), ("80", 0.32), ("50", 0.5))
PER_MONTH = {"attacks": message("attacks per month"), "deaths": message("deaths per month")}
OUTLOOKS = {
    "attacks": message("Attacks per month, and the months ahead"),
    "deaths": message("Deaths per month, and the months ahead"),
}
SCORES = {
    "attacks": message("How far off forecasts of attacks were, on this table's own past"),
    "deaths": message("How far off forecasts of deaths were, on this table's own past"),
}
SCORE_UNITS = {
    "attacks": message("mean score (CRPS), attacks per month; less is better"),
    "deaths": message("mean score (CRPS), deaths per month; less is better"),
}
CALIBRATIONS = {
    "attacks": message("Where attacks fell within their forecasts"),
    "deaths": message("Where deaths fell within their forecasts"),
}
KIND_LOOKS = {
    "outlook": (theme.EXPECTED, "o"),
    "last_year": (theme.ATTACK, "s"),
    "poisson": (theme.OFFENSIVE, "^"),
    "kept": (theme.REFERENCE, "D"),
    "ewma": (theme.MUTED, "v"),
}


@theme.style()
def plot_outlook(
    forecasts: pd.DataFrame,
    history: pd.DataFrame,
    *,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
    quantity: str = "attacks",
    problem: str = "",
    shown_months: int = SHOWN_MONTHS,
) -> Axes:
    """Draw the last months as bars and after them the forecast: its median with the intervals of 50, 80 and 95 %.

    Parameters
    ----------
    forecasts : pandas.DataFrame
        One unit's rows from `measures.outlook`: `period_start, period_end, value` (the median), `low_50, high_50, ...`
        and the tail.
    history : pandas.DataFrame
        One unit's months: `period_start, value`.
    problem : str
        Why there is no forecast; it is then written instead.
    """
    theme.need_columns(history, ("period_start", "value"), what="plot_outlook")
    if problem or forecasts.empty:
        words = title or say(OUTLOOKS[quantity])
        return theme.plot_absence(ax, words, problem or say("There is no forecast."), caption=caption)
    theme.need_columns(forecasts, ("period_start", "period_end", "value", "low_95", "high_95"), what="plot_outlook")
    unit = theme.one_unit(forecasts, what="plot_outlook")
    title = title or ", ".join(filter(None, (say(OUTLOOKS[quantity]), unit)))
    past = history.sort_values("period_start").tail(shown_months)
    ahead = forecasts.sort_values("period_start")
    ax = theme.begin(ax, size=(7.5, 3.8))
    first, last = theme.period_edges(ahead)
    starts = theme.day_numbers(past["period_start"])
    ends = np.append(starts[1:], first[0])
    ax.set_xlim(starts[0], last[-1])
    width, _ = theme.settle(ax)
    values = past["value"].to_numpy(dtype=float)
    theme.draw_counts(ax, starts, ends, values)
    edges = np.append(first, last[-1])
    for level, strength in BANDS:
        low, high = (ahead[f"{end}_{level}"].to_numpy(dtype=float) for end in ("low", "high"))
        look: Any = {"color": theme.EXPECTED, "alpha": strength, "linewidth": 0, "zorder": theme.LAYER_BAND}
        ax.stairs(high, edges, baseline=low, fill=True, gid=f"interval {level}", **look)
    medians = ahead["value"].to_numpy(dtype=float)
    ax.hlines(medians, first, last, color=theme.INK, linewidth=2.0, zorder=theme.LAYER_MARK, gid="median")
    ax.axvline(first[0], color=theme.MUTED, linewidth=0.9, linestyle=(0, (3, 2)), zorder=theme.LAYER_BAND)
    top = max(float(np.nanmax(values, initial=0.0)), float(ahead["high_95"].max()), 1.0)
    theme.count_axis(ax, top, room=1.08)
    theme.format_date_axis(ax, width=width)
    ends_of = [
        (float(ahead[f"high_{level}"].iloc[-1]), say("{level} %", level=level), theme.EXPECTED) for level, _ in BANDS
    ]
    width, height = theme.settle(ax)
    theme.write_at_right(ax, [*ends_of, (float(medians[-1]), say("median"), theme.INK)], height=height)
    theme.write_head(ax, title, value_label=say(PER_MONTH[quantity]), width=width)
    method = theme.safe_text(ahead["method"].iloc[0]) if "method" in ahead else ""
    return theme.finish(ax, caption, note=say("Forecast: {method}.", method=method) if method else "")


@theme.chart("kind", "name", "horizon", "crps")
def plot_scores(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
    quantity: str = "attacks",
    problem: str = "",
) -> Axes:
    """Draw the mean score of each kind of forecast by months ahead: lower is better.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.outlook`: `kind, name, horizon, crps, n`; horizon 0, all together, is left out.
    """
    title = title or say(SCORES[quantity])
    table = table[table["horizon"].gt(0)]
    if problem or table.empty:
        return theme.plot_absence(ax, title, problem or say("There is no backtest."), caption=caption)
    ax = theme.begin(ax, size=(7.5, 4.2))
    horizons = sorted(table["horizon"].unique())
    ax.set_xlim(min(horizons) - 0.4, max(horizons) + 0.4)
    top = float(table["crps"].max()) or 1.0
    ax.set_ylim(0, 1.1 * top)
    labels = []
    for kind, (color, marker) in KIND_LOOKS.items():
        rows = table[table["kind"].eq(kind)].sort_values("horizon")
        if rows.empty:
            continue
        look: Any = {"linewidth": 2.2 if kind == "outlook" else 1.2, "zorder": theme.LAYER_MARK}
        ax.plot(rows["horizon"], rows["crps"], f"{marker}-", color=color, markersize=5, gid=f"score {kind}", **look)
        labels.append((float(rows["crps"].iloc[-1]), theme.safe_text(rows["name"].iloc[0]), color))
    ax.set_xticks(horizons)
    ax.set_xlabel(say("months ahead"), fontsize=theme.TEXT_SIZE, color=theme.MUTED)
    width, height = theme.settle(ax)
    theme.write_at_right(ax, labels, height=height)
    theme.write_head(ax, title, value_label=say(SCORE_UNITS[quantity]), width=width)
    n = int(table["n"].sum() / table["kind"].nunique()) if "n" in table else 0
    note = say("{n} forecasts of each kind, each made from earlier months alone.", n=n) if n else ""
    return theme.finish(ax, caption, note=note)


@theme.chart("bin_start", "bin_end", "value")
def plot_calibration(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
    quantity: str = "attacks",
    problem: str = "",
) -> Axes:
    """Draw where outcomes fell within their forecasts, in tenths: level when forecasts have the right spread.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.outlook`: `bin_start, bin_end, value` (share).
    """
    title = title or say(CALIBRATIONS[quantity])
    if problem or table.empty:
        return theme.plot_absence(ax, title, problem or say("There is no backtest."), caption=caption)
    ax = theme.begin(ax, size=(7.5, 3.0))
    middle = (table["bin_start"] + table["bin_end"]) / 2
    ax.bar(middle, 100 * table["value"], 0.92 / len(table), color=theme.QUIET, zorder=theme.LAYER_DATA)
    ax.axhline(100 / len(table), color=theme.EXPECTED, linewidth=1.6, zorder=theme.LAYER_MARK, gid="even")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 115 * max(float(table["value"].max()), 1 / len(table)))
    ax.set_xticks([0, 0.5, 1], ["", say("median"), ""])
    room = 0.36 * theme.settle(ax)[0]
    ends = [
        theme.wrap_text(words, room, size=theme.TEXT_SIZE)
        for words in (say("lowest forecast"), say("highest forecast"))
    ]
    ax.set_xticks([0, 0.5, 1], [ends[0], say("median"), ends[1]])
    lowest, _, highest = ax.get_xticklabels()
    lowest.set_horizontalalignment("left")
    highest.set_horizontalalignment("right")
    width, height = theme.settle(ax)
    theme.write_at_right(ax, [(100 / len(table), say("right spread"), theme.EXPECTED)], height=height)
    theme.write_head(ax, title, value_label=say("share of outcomes in each tenth of their forecast, %"), width=width)
    note = say("High at both ends: forecasts too narrow; high in the middle: too wide; high to the right: too low.")
    return theme.finish(ax, caption, note=note)
