"""Can it be trusted: how much of a reference count the table holds."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from analysis.figures import theme


@theme.style()
def plot_completeness(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the share of a reporter's count that the table holds, period by period, with its interval.

    Parameters
    ----------
    table : pandas.DataFrame
        One unit's table from `measures.reliability.completeness`: `period_start, period_end, held, reference, value`
        (share of one); optional `unit, low, high, reporter, status, reason`. Spans without a share, between the
        rows too, are shaded.
    """
    theme.need_columns(table, ("period_start", "period_end", "held", "reference", "value"), what="plot_completeness")
    unit = theme.one_unit(table, what="plot_completeness")
    table = table.sort_values("period_start")
    title = title or ("Share of reported attacks that the table holds" + (f", {unit}" if unit else ""))
    shown = theme.computed_rows(table)
    if not shown.any():
        return theme.plot_absence(ax, title, theme.reasons_of(table) or "There is no reference count.", caption=caption)
    ax = theme.begin(ax)

    starts, ends = theme.day_numbers(table["period_start"]), theme.day_numbers(table["period_end"])
    middle = (starts + ends) / 2
    share = table["value"].to_numpy(dtype=float)
    low, high = (
        table[name].to_numpy(dtype=float) if name in table else np.full(len(table), np.nan) for name in ("low", "high")
    )
    ax.set_xlim(starts[0], ends[-1])
    top = max(1.0, float(np.nanmax(np.concatenate([share[shown], high[shown]]))))
    ax.set_ylim(0, top * 1.02)
    ax.set_yticks(np.arange(0, top + 0.01, 0.25 if top <= 1.5 else 0.5))
    ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    width, height = theme.settle(ax)

    ax.hlines(1.0, starts[0], ends[-1], color=theme.REFERENCE, linewidth=1.2, zorder=theme.LAYER_BAND).set_gid(
        "reference"
    )
    bounded = shown & (low < high)
    spacing = np.diff(middle[shown]).min(initial=np.inf) * width / (ends.max() - starts[0])
    thick = np.clip(spacing / 4, 0.35, 1.0)
    ax.vlines(
        middle[bounded],
        low[bounded],
        high[bounded],
        color=theme.ATTACK,
        linewidth=2.4 * thick,
        alpha=0.45,
        zorder=theme.LAYER_DATA,
    ).set_gid("interval")
    points = ax.plot(
        middle[shown],
        share[shown],
        linestyle="none",
        marker="o",
        color=theme.ATTACK,
        markersize=6 * thick,
        zorder=theme.LAYER_MARK,
    )[0]
    points.set_gid("share held")
    theme.shade_missing(ax, _gaps(starts, ends, shown), "no reference", width=width, height=height)
    labelled = _label_points(ax, table, middle, share, high, shown, width)
    theme.format_date_axis(ax, width=width)
    reporters = list(dict.fromkeys(table["reporter"].dropna())) if "reporter" in table else []
    against = f" of {', '.join(theme.safe_text(name, limit=40) for name in reporters[:2])}" if reporters else ""
    words = f"share of the count{against}" + (", held/reported" if labelled else "")
    key = []
    if bounded.any():
        levels = table["level"].dropna().unique() if "level" in table else ()
        name = f"{theme.format_share(levels[0])} interval" if len(levels) == 1 else "interval"
        key.append((Line2D([], [], color=theme.ATTACK, linewidth=2.4, alpha=0.45), name))
    theme.write_head(ax, title, value_label=words, key=key, width=width)
    theme.finish(ax, caption)
    return ax


def _gaps(starts: np.ndarray, ends: np.ndarray, shown: np.ndarray) -> list[tuple[float, float]]:
    """Return the spans from the first period to the last that no shown period fills."""
    gaps, reached = [], starts[0]
    for start, end in zip(starts[shown], ends[shown], strict=True):
        if start > reached:
            gaps.append((float(reached), float(start)))
        reached = max(reached, end)
    return [*gaps, (float(reached), float(ends.max()))] if ends.max() > reached else gaps


def _label_points(
    ax: Axes,
    table: pd.DataFrame,
    middle: np.ndarray,
    share: np.ndarray,
    high: np.ndarray,
    shown: np.ndarray,
    width: float,
) -> bool:
    """Write held / reference over each interval where neighbours leave room; return whether it was done."""
    texts = [f"{h:.0f}/{r:.0f}" for h, r in zip(table["held"][shown], table["reference"][shown], strict=True)]
    left, right = ax.get_xlim()
    gap = np.diff(middle[shown]).min(initial=np.inf) * width / (right - left)
    upright = gap >= max(theme.text_width(text) for text in texts) + 3
    if not upright and gap < theme.SMALL_SIZE * 1.15:
        return False
    tops = np.fmax(share, high)[shown]
    for at, top, value, text in zip(middle[shown], tops, share[shown], texts, strict=True):
        below = top > 0.88 * ax.get_ylim()[1]
        ax.annotate(
            text,
            xy=(at, min(value, top) if below else top),
            xytext=(0, -8 if below else 4),
            textcoords="offset points",
            ha="center",
            va="top" if below else "bottom",
            rotation=0 if upright else 90,
            fontsize=theme.SMALL_SIZE,
            color=theme.INK,
            zorder=theme.LAYER_TEXT,
        )
    return True
