"""What next: the forecast after its history, how it scored against plain benchmarks, and whether its spread was right."""

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures import theme

SHOWN_MONTHS = 36
BANDS = (("95", 0.18), ("80", 0.32), ("50", 0.5))
KIND_WORDS = {"outlook": "outlook", "last_year": "last year's values", "poisson": "Poisson at last value", "kept": "last value kept", "ewma": "weighted mean"}  # fmt: skip
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
        One unit's rows from `measures.outlook`: `period_start, period_end, value` (the median), `low_50, high_50, ...` and the tail.
    history : pandas.DataFrame
        One unit's months: `period_start, value`.
    problem : str
        Why there is no forecast; it is then written instead.
    """
    title = title or f"{quantity.capitalize()} per month, and the months ahead"
    theme.need_columns(history, ("period_start", "value"), what="plot_outlook")
    if problem or forecasts.empty:
        return theme.plot_absence(ax, title, problem or "There is no forecast.", caption=caption)
    theme.need_columns(forecasts, ("period_start", "period_end", "value", "low_95", "high_95"), what="plot_outlook")
    unit = theme.one_unit(forecasts, what="plot_outlook")
    title += f", {unit}" if unit and unit not in title else ""
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
        band = ax.stairs(high, edges, baseline=low, fill=True, color=theme.EXPECTED, alpha=strength, linewidth=0, zorder=theme.LAYER_BAND)  # fmt: skip
        band.set_gid(f"interval {level}")
    medians = ahead["value"].to_numpy(dtype=float)
    line = ax.hlines(medians, first, last, color=theme.INK, linewidth=2.0, zorder=theme.LAYER_MARK)
    line.set_gid("median")
    ax.axvline(first[0], color=theme.MUTED, linewidth=0.9, linestyle=(0, (3, 2)), zorder=theme.LAYER_BAND)
    top = max(float(np.nanmax(values, initial=0.0)), float(ahead["high_95"].max()), 1.0)
    ax.set_ylim(0, 1.08 * top)
    theme.count_axis(ax, top)
    theme.format_date_axis(ax, width=width)
    key: list[tuple[Artist, str]] = [(Line2D([], [], color=theme.INK, linewidth=2.0), "median")]
    key += [
        (Patch(facecolor=theme.EXPECTED, alpha=min(1.0, sum(s for _, s in BANDS[: i + 1])), linewidth=0), f"{level} %")
        for i, (level, _) in enumerate(BANDS)
    ]
    theme.write_head(ax, title, value_label=f"{quantity} per month", key=key, width=width)
    method = theme.safe_text(ahead["method"].iloc[0]) if "method" in ahead else ""
    theme.finish(ax, caption, note=f"Forecast by {method}." if method else "")
    return ax


@theme.style()
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
        From `measures.outlook`: `kind, horizon, crps, n`; horizon 0, all together, is left out.
    """
    title = title or f"How far off the forecasts of {quantity} were, on this table's own past"
    theme.need_columns(table, ("kind", "horizon", "crps"), what="plot_scores")
    table = table[table["horizon"].gt(0)]
    if problem or table.empty:
        return theme.plot_absence(ax, title, problem or "There is no backtest.", caption=caption)
    ax = theme.begin(ax, size=(7.5, 3.4))
    horizons = sorted(table["horizon"].unique())
    ax.set_xlim(min(horizons) - 0.4, max(horizons) + 0.4)
    top = float(table["crps"].max()) or 1.0
    ax.set_ylim(0, 1.1 * top)
    labels = []
    for kind, (color, marker) in KIND_LOOKS.items():
        rows = table[table["kind"].eq(kind)].sort_values("horizon")
        if rows.empty:
            continue
        line = ax.plot(
            rows["horizon"], rows["crps"], color=color, marker=marker, markersize=5,
            linewidth=2.2 if kind == "outlook" else 1.2, zorder=theme.LAYER_MARK,
        )[0]  # fmt: skip
        line.set_gid(f"score {kind}")
        labels.append((float(rows["crps"].iloc[-1]), KIND_WORDS[kind], color))
    ax.set_xticks(horizons)
    ax.set_xlabel("months ahead", fontsize=theme.TEXT_SIZE, color=theme.MUTED)
    width, height = theme.settle(ax)
    theme.write_at_right(ax, labels, height=height)
    theme.write_head(ax, title, value_label=f"mean CRPS, {quantity} per month (less is better)", width=width)
    n = int(table["n"].sum() / table["kind"].nunique()) if "n" in table else 0
    theme.finish(ax, caption, note=f"{n:,} forecasts of each kind, each made from earlier months alone." if n else "")
    return ax


@theme.style()
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
    title = title or f"Where {quantity} fell within their forecasts"
    theme.need_columns(table, ("bin_start", "bin_end", "value"), what="plot_calibration")
    if problem or table.empty:
        return theme.plot_absence(ax, title, problem or "There is no backtest.", caption=caption)
    ax = theme.begin(ax, size=(7.5, 3.0))
    middle = (table["bin_start"] + table["bin_end"]) / 2
    ax.bar(middle, 100 * table["value"], 0.92 / len(table), color=theme.QUIET, zorder=theme.LAYER_DATA)
    even = ax.axhline(100 / len(table), color=theme.EXPECTED, linewidth=1.6, zorder=theme.LAYER_MARK)
    even.set_gid("even")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 115 * max(float(table["value"].max()), 1 / len(table)))
    ax.set_xticks([0, 0.5, 1], ["lowest forecast", "median", "highest forecast"])
    for label, align in zip(ax.get_xticklabels(), ("left", "center", "right"), strict=True):
        label.set_horizontalalignment(align)
    width, _ = theme.settle(ax)
    key = [(Line2D([], [], color=theme.EXPECTED, linewidth=1.6), "right spread")]
    theme.write_head(ax, title, value_label="per cent of outcomes", key=key, width=width)
    note = "High at both ends: forecasts too narrow; high in the middle: too wide; high to the right: too low."
    theme.finish(ax, caption, note=note)
    return ax
