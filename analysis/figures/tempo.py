"""How unusual is the k-th offensive in w days: trailing counts against a steady rate, the chances in plain words."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.figures import theme
from analysis.language import message, say

NULLS = {
    "independent": (message("if each comes by chance"), theme.EXPECTED, "o"),
    "clustered": (message("if one brings the next"), theme.REFERENCE, "D"),
}
READINGS = {
    "independent": message(
        "If each comes by chance at the baseline rate, {k} or more offensives have a chance of {fixed} in one given"
        " window of {days} days. In some window within {span}, that chance is {some}."
    ),
    "clustered": message(
        "If one brings the next, the chance is {fixed} for one given window and {some} for some window."
    ),
}
CHANCES = ("fixed_window", "any_window")
SMALLEST_CHANCE = 1e-6
RASTER_FROM = 2000


@theme.chart("day", "value", "baseline_low", "baseline_high")
def plot_rolling(
    table: pd.DataFrame,
    *,
    window_days: int,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
    band_label: str | None = None,
) -> Axes:
    """Draw the trailing count day by day over the band that a steady rate would give.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.tempo.rolling_counts`: `day` (the window's last day), `value`, `baseline_low, baseline_high`;
        optional `expected`, `level` (of the band), `status`. Days without a value
        (window not fully covered) are shaded.
    window_days : int
        Length of the trailing window, for the words.
    band_label : str
        What the band means, in place of words made from the table's `level`; its bounds on the last day are added.
    """
    table = table.sort_values("day")
    title = title or say("Offensives in the trailing {days} days", days=window_days)
    held = theme.computed_rows(table)
    if not held.any():
        reason = theme.reasons_of(table) or say("No window is fully covered.")
        return theme.plot_absence(ax, title, reason, caption=caption)
    ax = theme.begin(ax)

    days = theme.day_numbers(table["day"])
    value = np.where(held, table["value"].to_numpy(dtype=float), np.nan)
    low, high = (table[name].to_numpy(dtype=float) for name in ("baseline_low", "baseline_high"))
    edges = np.append(days, days[-1] + 1)
    ax.set_xlim(edges[0], edges[-1])
    top = float(np.nanmax(np.concatenate([value, high]), initial=1.0))
    theme.count_axis(ax, top, room=1.08)

    dense = len(days) > RASTER_FROM
    bands: Any = {"step": "post", "linewidth": 0, "zorder": theme.LAYER_BAND, "rasterized": dense}
    steps: Any = {"where": "post", "rasterized": dense}
    look: Any = {"where": theme.stepped(held), "color": theme.BASELINE, "gid": "baseline"}
    ax.fill_between(edges, theme.stepped(low), theme.stepped(high), **look, **bands)
    if "expected" in table and table["expected"].notna().any():
        expected = theme.stepped(np.where(held, table["expected"].to_numpy(dtype=float), np.nan))
        look = {"color": theme.EXPECTED, "linewidth": 1.0, "linestyle": (0, (4, 2)), "zorder": theme.LAYER_DATA}
        ax.step(edges, expected, gid="expected", **look, **steps)
    look = {"where": theme.stepped(value > high), "color": theme.OFFENSIVE, "alpha": 0.3, "gid": "above the band"}
    ax.fill_between(edges, theme.stepped(np.fmin(high, value)), theme.stepped(value), **look, **bands)
    look = {"color": theme.OFFENSIVE, "zorder": theme.LAYER_MARK}
    thick = 0.8 if dense else 1.6
    ax.step(edges, theme.stepped(value), linewidth=thick, gid="trailing count", **look, **steps)

    last = int(np.flatnonzero(held)[-1])
    ax.plot([edges[last + 1]], [value[last]], "o", markersize=4.5, clip_on=False, **look)
    day = theme.format_day(table["day"].iloc[last])
    words = [(value[last], say("{n} on\n{day}", n=theme.format_number(value[last]), day=day), theme.OFFENSIVE)]
    known = np.flatnonzero(~np.isnan(low) & ~np.isnan(high))
    if band_label is None:
        share = theme.share_words(table)
        steady = say("{share} of days at a steady rate", share=share) if share else say("expected at a steady rate")
        band_label = steady
    if len(known):
        at = int(known[-1])
        bounds = say("{low} to {high}:", low=theme.format_number(low[at]), high=theme.format_number(high[at]))
        wrapped = f"{bounds}\n{theme.wrap_text(band_label, 88)}"
        words.append(((low[at] + high[at]) / 2, wrapped, theme.EXPECTED))
    theme.write_at_right(ax, words)
    width, height = theme.settle(ax)
    beside = max(theme.text_width(text) for _, text, _ in words) + 4
    theme.shade_missing(
        ax, theme.joined_spans(days, days + 1, ~held), say("window not fully covered"), width=width, height=height
    )
    theme.format_date_axis(ax, width=width)
    theme.write_head(ax, title, value_label=say("offensives in {days} days", days=window_days), width=width)
    return theme.finish(ax, caption, width=width + beside)


@theme.chart("null", "quantity", "k", "window_days", "history_days", "value")
def plot_unusualness(
    table: pd.DataFrame, *, ax: Axes | None = None, caption: theme.Caption | None = None, title: str | None = None
) -> Axes:
    """Draw the three numbers under two nulls: chances as dots on a log axis, each told as "1 in N" at its right.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.tempo.estimate_unusualness`: `null` ("independent" or "clustered"), `quantity` ("fixed_window",
        "any_window", "recurrence_years"), `k, window_days, history_days, value`; optional `low, high, status, reason`.
    """
    title = title or _question(table)
    held = theme.computed_rows(table)
    if not held.any():
        return theme.plot_absence(ax, title, theme.reasons_of(table) or say("The table is empty."), caption=caption)
    ax = theme.begin(ax, size=(7.5, 4.1))
    ax.grid(visible=False)
    first = table.iloc[0]
    k, window, history = int(first["k"]), int(first["window_days"]), float(first["history_days"])
    headings = {
        "fixed_window": say("In one given window of {days} days", days=window),
        "any_window": say("In some window within {span}", span=theme.format_span(history)),
        "recurrence_years": say("Such a window comes back about once in"),
    }
    floor = _floor(table[held & table["quantity"].isin(CHANCES)])
    ax.set_xscale("log")
    ax.set_xticks([])  # those of a scale of powers are set as formulas, which takes a tenth of a second
    ax.set_xlim(floor, 1.0)
    outset = 10 + max(theme.text_width(say(words)) for words, *_ in NULLS.values())
    beside = 0.0

    y, ticks, names = 0.0, [], []
    written: dict[tuple[str, str], str] = {}
    bold: Any = {"coords": ax.get_yaxis_transform(), "size": theme.TEXT_SIZE, "fontweight": "bold"}
    for quantity in (name for name in headings if (table["quantity"] == name).any()):
        theme.write_by(ax, headings[quantity], (0, y), (-outset, 0), **bold, bbox=theme.ground())
        for null, (words, color, marker) in NULLS.items():
            chosen = np.flatnonzero((table["null"] == null) & (table["quantity"] == quantity))
            if not len(chosen):
                continue
            y += 1
            text = _draw_row(ax, table.iloc[chosen[0]], held[chosen[0]], y, color=color, marker=marker, floor=floor)
            if text:
                written[quantity, null] = text
            beside = max(beside, theme.text_width(text, size=theme.TEXT_SIZE, weight="bold") + 8)
            theme.write_by(ax, text, (1, y), (8, 0), color=color, **bold)
            ticks.append(y)
            names.append(say(words))
        y += 1.4
    ax.set_ylim(y - 0.7, -0.6)
    ax.set_yticks(ticks, names)
    width, _ = theme.settle(ax)
    step = math.ceil(-math.log10(floor) / max(1, width // 68))
    decades = [10.0**-power for power in range(0, round(-math.log10(floor)) + 1, step)]
    ax.set_xticks(decades, [_decade(value) for value in decades])
    ax.minorticks_off()
    ax.vlines(
        decades, 0, 1, transform=ax.get_xaxis_transform(), color=theme.GRID, linewidth=0.8, zorder=theme.LAYER_SHADE
    )
    theme.name_x(ax, say("chance, on a scale of tenfold steps"))
    width, _ = theme.settle(ax)
    for written_range in [text for text in ax.texts if text.get_gid() == "range"]:
        if theme.text_width(written_range.get_text()) > width:  # it would meet the words at the right
            written_range.remove()
    whole = width + outset + beside
    theme.write_head(ax, title, width=whole, outset=outset)
    reading = _reading(written, k=k, window=window, history=history)
    drop = theme.write_reading(ax, reading, width=whole, outset=outset) if reading else 8.0
    return theme.finish(ax, caption, drop=drop, width=whole, outset=outset)


def _question(table: pd.DataFrame) -> str:
    if table.empty:
        return say("How unusual is the count of offensives?")
    first = table.iloc[0]
    return say(
        "How unusual are {k} or more offensives in {days} days?", k=int(first["k"]), days=int(first["window_days"])
    )


def _floor(chances: pd.DataFrame) -> float:
    """Return the power of ten at which the axis starts: below every chance and bound shown, at most a tenth."""
    shown = [chances[name].to_numpy(dtype=float) for name in ("value", "low") if name in chances]
    ends = np.concatenate([*shown, [0.1]])
    return 10.0 ** math.floor(math.log10(max(ends[ends > 0].min(), SMALLEST_CHANCE)) - 0.15)


def _decade(value: float) -> str:
    if value == 1:
        return say("certain")
    return say("1 in {n}", n=round(1 / value)) if value > 1e-6 else say("1 in a million")


def _draw_row(ax: Axes, row: pd.Series, held: bool, y: float, *, color: str, marker: str, floor: float) -> str:
    """Draw one row's dot and interval and return the words that stand at its right."""
    aside: Any = {"ha": "left", "transform": ax.get_yaxis_transform(), "bbox": theme.ground()}
    if not held:
        reason = row.get("reason")
        words = say("not computed")
        if isinstance(reason, str) and reason:
            words = say("not computed: {reason}", reason=theme.safe_text(reason, limit=50))
        theme.write_at(ax, 0.01, y, words, color=theme.MISSING_TEXT, **aside)
        return ""
    value, low, high = (float(row.get(name, np.nan)) for name in ("value", "low", "high"))
    if row["quantity"] not in CHANCES:
        if low < high:
            bounds = say("range {low} or more", low=theme.format_span(low * 365.25))
            if math.isfinite(high):
                bounds = say(
                    "range {low} to {high}", low=theme.format_span(low * 365.25), high=theme.format_span(high * 365.25)
                )
            theme.write_at(ax, 0.01, y, bounds, color=theme.MUTED, gid="range", **aside)
        return theme.format_span(value * 365.25) if math.isfinite(value) else say("no end")
    name = f"{row['null']} {row['quantity']}"
    if low < high:
        look: Any = {"linewidth": 2.4, "alpha": 0.45, "zorder": theme.LAYER_DATA}
        ax.hlines(y, max(low, floor), min(high, 1.0), color=color, gid=f"interval {name}", **look)
    look = {"markersize": 7, "linestyle": "none", "clip_on": False, "zorder": theme.LAYER_MARK}
    ax.plot([max(value, floor)], [y], marker=marker if value >= floor else "<", color=color, gid=name, **look)
    if value == 0 and high > 0:
        return say("under {share}", share=theme.format_chance(high))
    return theme.format_chance(value)


def _reading(written: dict[tuple[str, str], str], *, k: int, window: int, history: float) -> str:
    """Return the chart in plain sentences, made only of what is written beside the dots."""
    held = {"k": k, "days": window, "span": theme.format_span(history)}
    sentences: list[str] = []
    for null in NULLS:
        fixed, some = written.get(("fixed_window", null)), written.get(("any_window", null))
        if fixed is None or some is None:
            continue
        sentences.append(say(READINGS[null], **held, fixed=fixed, some=some))
    return " ".join(sentences)
