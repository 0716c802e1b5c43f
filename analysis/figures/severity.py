"""How deadly, and how bad could one get: the tail with every model, the chance of the worst again, deaths per attack
over time.
"""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.figures import theme
from analysis.language import message, say

MODEL_LOOKS = {
    "power law": (theme.OFFENSIVE, "-"),
    "lognormal": (theme.EXPECTED, (0, (5, 2))),
    "stretched exponential": (theme.REFERENCE, (0, (1.5, 1.5))),
}
# What codes of the table are called.
MODELS = {
    "power law": message("power law"),
    "lognormal": message("lognormal"),
    "stretched exponential": message("stretched exponential"),
}
FIGURES = {"lowest": message("lowest figures"), "highest": message("highest figures")}
SHARES = {
    "lowest": message("Share of attacks with at least so many deaths (lowest figures)"),
    "highest": message("Share of attacks with at least so many deaths (highest figures)"),
}
WORST_AGAIN = {
    "lowest": message("Lowest figures: {worst} or more deaths among {n} attacks"),
    "highest": message("Highest figures: {worst} or more deaths among {n} attacks"),
}
READING_LOOKS = {"lowest": (theme.MUTED, "o"), "highest": (theme.ATTACK, "D")}


@theme.chart("series", "deaths", "value")
def plot_tail(
    table: pd.DataFrame,
    *,
    reading: str = "highest",
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the share of attacks with at least so many deaths, with every model's tail, on logarithmic axes.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.severity.curves_of`: `series` ("observed" or a model), `deaths, value`; optional `reason` where
        there is no model.
    reading : str
        Which figures of deaths, for the words.
    """
    title = title or say(SHARES[reading])
    observed = table[table["series"].eq("observed") & table["value"].gt(0)]
    if observed.empty:
        reason = theme.reasons_of(table) or say("No attack has a death on record.")
        return theme.plot_absence(ax, title, reason, caption=caption)
    ax = theme.begin(ax, size=(7.5, 4.0))
    ax.grid(visible=True, axis="both", color=theme.GRID, linewidth=0.8)
    ax.set(xscale="log", yscale="log")
    look: Any = {"markersize": 3.2, "zorder": theme.LAYER_DATA, "gid": "observed"}
    ax.plot(observed["deaths"], observed["value"], "o", color=theme.ATTACK, **look)
    ends = []
    for name, (color, dashes) in MODEL_LOOKS.items():
        model = table[table["series"].eq(name) & table["value"].gt(0)]
        if model.empty:
            continue
        look = {"linestyle": dashes, "linewidth": 1.6, "zorder": theme.LAYER_MARK, "gid": name}
        ax.plot(model["deaths"], model["value"], color=color, **look)
        ends.append((float(model["value"].iloc[-1]), say(MODELS[name]), color))
    worst = float(observed["deaths"].max())
    ax.axvline(worst, color=theme.MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=theme.LAYER_BAND, gid="worst")
    shown = table[table["value"].gt(0)]
    low = max(float(observed["value"].min()) / 30, float(shown["value"].min()) / 1.5)
    ax.set_xlim(0.8, max(float(shown["deaths"].max()), 2 * worst) * 1.1)
    ax.set_ylim(low, 1.3)
    ax.set_xticks(decades := _decades(*ax.get_xlim()), [theme.format_number(value) for value in decades])
    decades = _decades(*ax.get_ylim())
    ax.set_yticks(decades, [say("all") if value >= 1 else say("1 in {n}", n=round(1 / value)) for value in decades])
    ax.minorticks_off()
    theme.name_x(ax, say("deaths in one attack, on a scale of tenfold steps"))
    words = say("worst so far: {worst}", worst=theme.format_number(worst))
    look = {"coords": ax.get_xaxis_transform(), "ha": "right", "va": "top", "bbox": theme.ground()}
    theme.write_by(ax, words, (worst, 1), (-4, -4), color=theme.MUTED, **look)
    width, height = theme.settle(ax)
    low, high = ax.get_ylim()
    theme.write_at_right(ax, [(min(max(end, low), high), name, color) for end, name, color in ends], height=height)
    label = say("share of attacks with at least so many deaths; dots as recorded")
    theme.write_head(ax, title, value_label=label, width=width)
    reason = theme.reasons_of(table)
    return theme.finish(ax, caption, note=say("No model: {reason}.", reason=reason) if reason else "")


@theme.chart("reading", "model", "worst", "n_next", "value", "low", "high")
def plot_chances(
    table: pd.DataFrame, *, ax: Axes | None = None, caption: theme.Caption | None = None, title: str = ""
) -> Axes:
    """Draw, for each reading and model, the chance that the worst so far is reached again, with its interval; the range
    is the answer.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.severity.models_of`: `reading, model, worst, n_next, value, low, high`.
    """
    title = title or say("Chance that the next year's attacks reach the worst so far")
    held = theme.computed_rows(table)
    if not held.any():
        return theme.plot_absence(ax, title, theme.reasons_of(table) or say("The table is empty."), caption=caption)
    shown = table[held]
    ax = theme.begin(ax, size=(7.5, 1.5 + 0.32 * len(shown) + 0.35 * shown["reading"].nunique()))
    theme.measure_along_x(ax)
    y, ticks, names, words = 0.0, [], [], []
    outset = 4 + max(theme.text_width(say(MODELS[model])) for model in shown["model"])
    for reading, rows in shown.groupby("reading", sort=False):
        first = rows.iloc[0]
        heading = say(WORST_AGAIN[reading], worst=theme.format_number(first["worst"]), n=int(first["n_next"]))
        heading = theme.fit_text(heading, theme.inches_of(ax)[0] * 72 - 30, weight="bold")
        theme.write_by(ax, heading, (0, y), (-outset, 0), coords=ax.get_yaxis_transform(), fontweight="bold")
        for row in rows.itertuples(index=False):
            y += 1
            color = MODEL_LOOKS.get(row.model, (theme.ATTACK, "-"))[0]
            name = f"{reading} {row.model}"
            look: Any = {"linewidth": 2.6, "alpha": 0.45, "zorder": theme.LAYER_DATA, "gid": f"interval {name}"}
            ax.hlines(y, row.low, row.high, color=color, **look)
            ax.plot([row.value], [y], "o", color=color, markersize=6, zorder=theme.LAYER_MARK, gid=name)
            ticks.append(y)
            names.append(say(MODELS[row.model]))
            words.append((y, say("{low} to {high}", low=_share(row.low), high=_share(row.high))))
        y += 1.3
    ax.set_xlim(0, 1)
    ax.set_ylim(y - 0.6, -0.6)
    ax.set_yticks(ticks, names)
    ax.set_xticks(np.linspace(0, 1, 6), [theme.format_share(share) for share in np.linspace(0, 1, 6)])
    for at, text in words:
        theme.write_by(ax, text, (1, at), (6, 0), coords=ax.get_yaxis_transform())
    theme.wrap_ticks(ax)
    low, high = float(shown["low"].min()), float(shown["high"].max())
    reading = say("What may be stated is the range: {low} to {high}.", low=_share(low), high=_share(high))
    return theme.write_frame(ax, title, (), caption, reading=reading)


@theme.chart("reading", "period_start", "period_end", "value", "low", "high")
def plot_deaths(
    table: pd.DataFrame, *, ax: Axes | None = None, caption: theme.Caption | None = None, title: str = ""
) -> Axes:
    """Draw the mean number of deaths per attack, period by period, by the lowest and by the highest figure given, with
    intervals.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.severity.deaths_by_period_of`: `reading, period_start, period_end, value, low, high`; periods
        without a value are shaded.
    """
    title = title or say("Deaths per attack")
    held = theme.computed_rows(table)
    if not held.any():
        return theme.plot_absence(ax, title, theme.reasons_of(table) or say("The table is empty."), caption=caption)
    ax = theme.begin(ax)
    labels, spans = [], []
    readings = list(dict.fromkeys(table["reading"]))
    top = 1.0
    for place, reading in enumerate(readings):
        color, marker = READING_LOOKS.get(reading, (theme.ATTACK, "o"))
        chosen = table["reading"].eq(reading).to_numpy()
        rows = table[chosen].sort_values("period_start")
        known = theme.computed_rows(rows)
        starts, ends = theme.period_edges(rows)
        shift = (place - (len(readings) - 1) / 2) * 0.16 * (ends - starts)
        middle = (starts + ends) / 2 + shift
        value, low, high = (rows[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
        look: Any = {"linewidth": 1.6, "zorder": theme.LAYER_DATA, "gid": f"interval {reading}"}
        ax.vlines(middle[known], low[known], high[known], color=color, **look)
        look = {"markersize": 4.5, "linewidth": 0.9, "zorder": theme.LAYER_MARK, "gid": reading}
        ax.plot(middle, np.where(known, value, np.nan), f"{marker}-", color=color, **look)
        labels.append((float(value[known][-1]) if known.any() else 0.0, say(FIGURES[reading]), color))
        top = max(top, float(np.nanmax(high[known], initial=1.0)))
        spans.append((starts, ends, ~known))
    starts, ends, missing = spans[0]
    if all(len(gone) == len(missing) for *_, gone in spans):
        missing = np.logical_and.reduce([gone for *_, gone in spans])
    ax.set_xlim(starts[0], ends[-1])
    theme.count_axis(ax, top, room=1.08)
    width, height = theme.settle(ax)
    gone = theme.joined_spans(starts, ends, missing)
    theme.shade_missing(ax, gone, say("too few figures"), width=width, height=height)
    theme.format_date_axis(ax, width=width)
    share = theme.share_words(table[held])
    drawn = say("mean deaths per attack, {share} interval", share=share) if share else say("mean deaths per attack")
    theme.write_at_right(ax, labels, height=height)
    theme.write_head(ax, title, value_label=drawn, width=width)
    return theme.finish(ax, caption)


def _decades(low: float, high: float, *, most: int = 7) -> list[float]:
    """Return powers of ten inside an axis' limits, in equal steps, at most so many."""
    powers = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
    return [10.0**power for power in powers if power % math.ceil(len(powers) / most) == 0]


def _share(value: float) -> str:
    if value < 0.001:
        return say("under 0.1 %")
    return say("over 99.9 %") if value > 0.999 else theme.format_share(value)
