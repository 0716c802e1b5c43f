"""Does one attack bring the next: pairs of attacks by distance and time, against days dealt at random."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from analysis.figures import theme
from analysis.language import say

FEWER, MORE = "#9FC4DE", "#E07B39"
# Ratios beyond this, either way, are coloured alike; the number in the cell says which they are.
STRONGEST = 4.0
SURE = 0.05
SURE_LOOK: Any = {"fill": False, "edgecolor": theme.OFFENSIVE, "linewidth": 2.0}


@theme.chart("km_low", "km_high", "days_low", "days_high", "observed", "expected", "p_corrected", "value")
def plot_near_repeats(
    table: pd.DataFrame, *, ax: Axes | None = None, caption: theme.Caption | None = None, title: str = ""
) -> Axes:
    """Draw the near-repeat table: a cell for each band of distance and of time, with the ratio and the pairs that it
    rests on.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.contagion.near_repeats_of`: `km_low, km_high, days_low, days_high, observed, expected,
        p_corrected, value`; a cell without a value is marked "n/c".

    Notes
    -----
    Cells whose corrected p-value is at most .05 are outlined.
    """
    title = title or say("Pairs of attacks, observed over expected")
    held = theme.computed_rows(table)
    if not held.any():
        return theme.plot_absence(ax, title, theme.reasons_of(table) or say("The table is empty."), caption=caption)
    km = table[["km_low", "km_high"]].drop_duplicates().sort_values("km_high").to_numpy()
    days = table[["days_low", "days_high"]].drop_duplicates().sort_values("days_high").to_numpy()
    ax = theme.begin(ax, size=(7.5, 1.5 + 0.5 * len(km)))
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    colors = LinearSegmentedColormap.from_list("ratio", [FEWER, theme.PAPER, MORE])
    matrix = np.full((len(km), len(days)), np.nan)
    for row, cell in zip(table.itertuples(index=False), held, strict=True):
        i, j = int(np.flatnonzero(km[:, 1] == row.km_high)[0]), int(np.flatnonzero(days[:, 1] == row.days_high)[0])
        if not cell:
            theme.write_not_computed(ax, j + 0.5, i + 0.5)
            continue
        # None where less than one is expected says nothing, so it has no colour.
        matrix[i, j] = 0.0 if row.observed == 0 and row.expected < 1 else _tone(row.value)
        ratio = f"× {theme.format_rate(row.value)}"
        theme.write_at(ax, j + 0.5, i + 0.37, ratio, size=theme.TEXT_SIZE, fontweight="bold")
        words = say("{n:,.0f} of {expected}", n=row.observed, expected=theme.format_rate(row.expected))
        theme.write_at(ax, j + 0.5, i + 0.74, words, gid="counts")
        if row.p_corrected <= SURE:
            sure = Rectangle((j + 0.03, i + 0.05), 0.94, 0.9, **SURE_LOOK, zorder=theme.LAYER_MARK, gid="sure")
            ax.add_patch(sure)
    look: Any = {"edgecolors": theme.PAPER, "linewidth": 2, "zorder": theme.LAYER_SHADE}
    ax.pcolormesh(matrix, cmap=colors, vmin=-1, vmax=1, gid="ratios", **look)
    ax.set_xlim(0, len(days))
    ax.set_ylim(len(km), 0)
    ax.set_xticks(np.arange(len(days)) + 0.5, [_days(low, high) for low, high in days])
    ax.set_yticks(np.arange(len(km)) + 0.5, [_km(low, high) for low, high in km])
    ax.tick_params(length=0)
    theme.wrap_ticks(ax)
    key = []
    if ((table["p_corrected"] <= SURE) & held).any():
        key.append((Rectangle((0, 0), 1, 1, **SURE_LOOK), say("corrected p at most {sure:g}", sure=SURE)))
    room = theme.settle(ax)[0] / len(days)
    counted = [text for text in ax.texts if text.get_gid() == "counts"]
    if any(theme.text_width(text.get_text()) > room for text in counted):
        for text in counted:  # no room for them: the numbers beside the chart hold them
            text.remove()
        value_label = say("in each cell: ratio of pairs observed to pairs expected")
    else:
        value_label = say("in each cell: ratio; pairs observed of pairs expected")
    note = say("Expected: the same places with days dealt at random. The first column is coordination, not contagion.")
    return theme.write_frame(ax, title, key, caption, note, value_label=value_label)


def _tone(ratio: float) -> float:
    return float(np.clip(math.log(max(ratio, 1e-9)) / math.log(STRONGEST), -1, 1))


def _days(low: float, high: float) -> str:
    return say("same day") if high == 0 else say("{low:g} to {high:g} days", low=low, high=high)


def _km(low: float, high: float) -> str:
    return say("up to {high:g} km", high=high) if low == 0 else say("{low:g} to {high:g} km", low=low, high=high)
