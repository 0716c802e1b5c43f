"""Can it be trusted: how much of a reference count the table holds, and how late reports come."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from analysis.figures import theme
from analysis.language import message, say, say_count

# What is drawn, by whether the reporter is known and the points are labelled.
SHARES = {
    (True, True): message("share of the count ({reporter}), held/reported"),
    (True, False): message("share of the count ({reporter})"),
    (False, True): message("share of the count, held/reported"),
    (False, False): message("share of the count"),
}


@theme.chart("period_start", "period_end", "held", "reference", "value")
def plot_completeness(
    table: pd.DataFrame, *, ax: Axes | None = None, caption: theme.Caption | None = None, title: str | None = None
) -> Axes:
    """Draw the share of a reporter's count that the table holds, period by period, with its interval.

    Parameters
    ----------
    table : pandas.DataFrame
        One unit's table from `measures.reliability.completeness`: `period_start, period_end, held, reference, value`
        (share of one); optional `unit, low, high, reporter, status, reason`. Spans without a share, between the
        rows too, are shaded.
    """
    unit = theme.one_unit(table, what="plot_completeness")
    table = table.sort_values("period_start")
    title = title or ", ".join(filter(None, (say("Share of reported attacks that the table holds"), unit)))
    shown = theme.computed_rows(table)
    if not shown.any():
        reason = theme.reasons_of(table) or say("There is no reference count.")
        return theme.plot_absence(ax, title, reason, caption=caption)
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

    look: Any = {"linewidth": 1.2, "zorder": theme.LAYER_BAND, "gid": "reference"}
    ax.hlines(1.0, starts[0], ends[-1], color=theme.REFERENCE, **look)
    bounded = shown & (low < high)
    spacing = np.diff(middle[shown]).min(initial=np.inf) * width / (ends.max() - starts[0])
    thick = np.clip(spacing / 4, 0.35, 1.0)
    look = {"linewidth": 2.4 * thick, "alpha": 0.45, "zorder": theme.LAYER_DATA, "gid": "interval"}
    ax.vlines(middle[bounded], low[bounded], high[bounded], color=theme.ATTACK, **look)
    look = {"markersize": 6 * thick, "zorder": theme.LAYER_MARK, "gid": "share held"}
    ax.plot(middle[shown], share[shown], "o", color=theme.ATTACK, **look)
    theme.shade_missing(ax, _gaps(starts, ends, shown), say("no reference"), width=width, height=height)
    labelled = _label_points(ax, table, middle, share, high, shown, width)
    theme.format_date_axis(ax, width=width)
    reporters = list(dict.fromkeys(table["reporter"].dropna())) if "reporter" in table else []
    against = ", ".join(theme.safe_text(name, limit=40) for name in reporters[:2])
    words = say(SHARES[bool(reporters), labelled], reporter=against)
    key = []
    if bounded.any():
        key.append((Line2D([], [], color=theme.ATTACK, linewidth=2.4, alpha=0.45), _interval(table)))
    theme.write_head(ax, title, value_label=words, key=key, width=width)
    return theme.finish(ax, caption)


@theme.chart("age_days", "value", "low", "high")
def plot_delays(
    table: pd.DataFrame, *, ax: Axes | None = None, caption: theme.Caption | None = None, title: str | None = None
) -> Axes:
    """Draw the share of attacks that are in the table so many weeks after their day, with its interval.

    Parameters
    ----------
    table : pandas.DataFrame
        `delays` of `measures.reliability.reporting_of`: `age_days, value, low, high` (shares of one); optional `level,
        status, reason`.
    """
    title = title or say("Attacks in the table, by time since they happened")
    if not theme.computed_rows(table).any():
        return theme.plot_absence(ax, title, theme.reasons_of(table) or say("No delay is known."), caption=caption)
    table = table[theme.computed_rows(table)].sort_values("age_days")
    ax = theme.begin(ax)
    weeks = np.append(0.0, table["age_days"].to_numpy(dtype=float) / 7)
    share, low, high = (np.append(0.0, table[name].to_numpy(dtype=float)) for name in ("value", "low", "high"))
    ax.set(xlim=(0, weeks[-1]), ylim=(0, 1.02), yticks=np.arange(0, 1.01, 0.25))
    ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    ax.locator_params(axis="x", integer=True)
    width, _ = theme.settle(ax)
    look: Any = {"alpha": 0.2, "linewidth": 0, "zorder": theme.LAYER_BAND, "gid": "interval"}
    ax.fill_between(weeks, low, high, color=theme.ATTACK, **look)
    ax.plot(weeks, share, color=theme.ATTACK, linewidth=1.8, zorder=theme.LAYER_DATA, gid="share in the table")
    _mark_half(ax, weeks, share)
    ax.set_xlabel(say("weeks after the attack"))
    key = [(Patch(facecolor=theme.ATTACK, alpha=0.2), _interval(table))]
    label = say("share of the attacks recorded within {weeks} weeks", weeks=round(weeks[-1] + 0.5))
    theme.write_head(ax, title, value_label=label, key=key, width=width)
    return theme.finish(ax, caption)


@theme.chart("period_start", "period_end", "delay_weeks", "value")
def plot_triangle(
    table: pd.DataFrame, *, ax: Axes | None = None, caption: theme.Caption | None = None, title: str | None = None
) -> Axes:
    """Draw the reporting triangle: attacks of each week by the weeks it took until a snapshot held them.

    Parameters
    ----------
    table : pandas.DataFrame
        `triangle` of `measures.reliability.reporting_of`: `period_start, period_end, delay_weeks, value` (attacks);
        what cannot have been seen yet has no row and is shaded.
    """
    title = title or say("When the attacks of each week were first seen")
    if table.empty:
        return theme.plot_absence(ax, title, say("No delay is known."), caption=caption)
    import seaborn  # takes half a second, and no chart of a report needs it

    ax = theme.begin(ax)
    ax.grid(visible=False)
    counts = table.pivot_table(index="delay_weeks", columns="period_start", values="value", aggfunc="sum")
    first, last = (theme.day_numbers(table[name]) for name in ("period_start", "period_end"))
    days = (last.max() - first.min()) / counts.shape[1]
    most = float(np.nanmax(counts.to_numpy()))
    shades = LinearSegmentedColormap.from_list("attacks", [theme.PAPER, theme.ATTACK])
    seaborn.heatmap(
        counts, ax=ax, cmap=shades, vmin=0, vmax=max(most, 1.0), cbar=False, xticklabels=False, yticklabels=False,
        linewidths=0.3, linecolor=theme.GRID,
    )  # fmt: skip
    ax.collections[-1].set_gid("triangle")
    ax.set(facecolor=theme.MISSING, xlabel="", ylabel="", ylim=(0, len(counts)))
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    width, _ = theme.settle(ax)
    dates, labels = theme.plain_dates(first.min(), last.max(), room=width)
    theme.write_dates(ax, (np.array(dates) - first.min()) / days, labels)
    key = [
        (Patch(facecolor=theme.PAPER, edgecolor=theme.GRID), say("no attack")),
        (Patch(facecolor=theme.ATTACK), say_count("{n} [attack|attacks]", int(most))),
        (Patch(facecolor=theme.MISSING, edgecolor=theme.GRID), say("cannot be seen yet")),
    ]
    label = say("weeks until an export held them, by week of the attack")
    theme.write_head(ax, title, value_label=label, key=key, width=width)
    return theme.finish(ax, caption)


@theme.chart("period_start", "period_end", "recorded", "value", "low", "high")
def plot_nowcast(
    table: pd.DataFrame, *, ax: Axes | None = None, caption: theme.Caption | None = None, title: str | None = None
) -> Axes:
    """Draw the attacks recorded each week as bars and, beside them, how many there will be once all are recorded.

    Parameters
    ----------
    table : pandas.DataFrame
        `weeks` of `measures.reliability.reporting_of`: `period_start, period_end, recorded, value, low, high` (attacks
        a week); optional `unit, level, status, reason`. Weeks to which nothing is still to come carry their bar alone.
    """
    unit = theme.one_unit(table, what="plot_nowcast")
    title = title or ", ".join(filter(None, (say("Attacks recorded, and expected once all are"), unit)))
    if not theme.computed_rows(table).any():
        return theme.plot_absence(ax, title, theme.reasons_of(table) or say("No delay is known."), caption=caption)
    table = table[theme.computed_rows(table)].sort_values("period_start")
    ax = theme.begin(ax)
    starts, ends = theme.period_edges(table)
    middle = (starts + ends) / 2
    recorded, value, low, high = theme.floats(table, "recorded", "value", "low", "high")
    ax.set_xlim(starts[0], ends[-1])
    theme.count_axis(ax, float(high.max()), room=1.05)
    width, _ = theme.settle(ax)
    theme.draw_counts(ax, starts, ends, recorded, color=theme.QUIET)
    open_weeks = high > recorded
    look: Any = {"linewidth": 2.4, "alpha": 0.45, "zorder": theme.LAYER_MARK, "gid": "interval"}
    ax.vlines(middle[open_weeks], low[open_weeks], high[open_weeks], color=theme.ATTACK, **look)
    look = {"markersize": 4.5, "zorder": theme.LAYER_MARK, "gid": "expected"}
    ax.plot(middle[open_weeks], value[open_weeks], "o", color=theme.ATTACK, **look)
    theme.format_date_axis(ax, width=width)
    key = [
        (Patch(facecolor=theme.QUIET), say("recorded")),
        (Line2D([], [], color=theme.ATTACK, marker="o", markersize=4.5, linestyle="none"), say("expected in the end")),
        (Line2D([], [], color=theme.ATTACK, linewidth=2.4, alpha=0.45), _interval(table)),
    ]
    theme.write_head(ax, title, value_label=say("attacks a week"), key=key, width=width)
    return theme.finish(ax, caption)


def _interval(table: pd.DataFrame) -> str:
    """Return what the key calls the interval: with its level, where all have one."""
    share = theme.share_words(table)
    return say("{share} interval", share=share) if share else say("interval")


def _mark_half(ax: Axes, weeks: np.ndarray, share: np.ndarray) -> None:
    """Mark and name the time within which half are recorded."""
    half = float(np.interp(0.5, share, weeks))
    ax.plot([half], [0.5], marker="o", markersize=5, color=theme.ATTACK, zorder=theme.LAYER_MARK, gid="half")
    words = say("half within {span}", span=theme.format_span(7 * half))
    theme.write_by(ax, words, (half, 0.5), (8, -4), va="top", zorder=theme.LAYER_TEXT)


def _gaps(starts: np.ndarray, ends: np.ndarray, shown: np.ndarray) -> list[tuple[float, float]]:
    """Return the spans from the first period to the last that no shown period fills."""
    gaps, reached = [], starts[0]
    for start, end in zip(starts[shown], ends[shown], strict=True):
        if start > reached:
            gaps.append((float(reached), float(start)))
        reached = max(reached, end)
    return [*gaps, (float(reached), float(ends.max()))] if ends.max() > reached else gaps


def _label_points(
    ax: Axes, table: pd.DataFrame, middle: np.ndarray, share: np.ndarray, high: np.ndarray, shown: np.ndarray,
    width: float,
) -> bool:  # fmt: skip
    """Write held / reference over each interval where neighbours leave room; return whether it was done."""
    texts = [f"{h:.0f}/{r:.0f}" for h, r in zip(table["held"][shown], table["reference"][shown], strict=True)]
    left, right = ax.get_xlim()
    gap = np.diff(middle[shown]).min(initial=np.inf) * width / (right - left)
    upright = gap >= max(theme.text_width(text) for text in texts) + 3
    if not upright and gap < theme.SMALL_SIZE * 1.15:
        return False
    tops = np.fmax(share, high)[shown]
    look: Any = {"ha": "center", "rotation": 0 if upright else 90, "zorder": theme.LAYER_TEXT}
    for at, top, value, text in zip(middle[shown], tops, share[shown], texts, strict=True):
        if top > 0.88 * ax.get_ylim()[1]:
            theme.write_by(ax, text, (at, min(value, top)), (0, -8), va="top", **look)
        else:
            theme.write_by(ax, text, (at, top), (0, 4), va="bottom", **look)
    return True
