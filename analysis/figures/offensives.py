"""Which attacks were one operation: how far the count of offensives hangs on the definition."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from matplotlib.typing import ColorType

from analysis.figures import theme
from analysis.language import localised, say, say_count

BLOCKS_ACROSS = 3
NARROW = 0.5  # of what a head is higher, inches: one block less stands side by side


@theme.chart("max_gap_days", "max_km", "significance", "value", "is_default")
def plot_definition_grid(
    table: pd.DataFrame, *, ax: Axes | None = None, caption: theme.Caption | None = None, title: str | None = None
) -> Axes:
    """Draw the count of offensives under every definition: one block a significance rule, the count in each cell.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.linking.definition_grid`: `max_gap_days, max_km` (infinite: no limit), `significance, value,
        is_default`; optional `status`. A cell without a value is marked "n/c".

    Notes
    -----
    The definition in use is outlined. The range named at the top is the least and the greatest count shown.
    """
    title = title or say("Offensives in the last window under each definition")
    held = theme.computed_rows(table)
    if not held.any():
        return theme.plot_absence(ax, title, theme.reasons_of(table), caption=caption)
    rules = list(dict.fromkeys(table["significance"]))
    names = [theme.safe_text(rule, limit=80) for rule in rules]
    gaps, distances = sorted(table["max_gap_days"].unique()), sorted(table["max_km"].unique())
    across = min(len(rules), BLOCKS_ACROSS - (theme.more_head(ax) > NARROW))
    down = math.ceil(len(rules) / across)
    between = 1 if max(map(theme.text_width, names)) < 130 else 2
    step_down, step_right = len(gaps) + between, len(distances) + 1
    high, wide = down * step_down - between, across * step_right - 1
    ax = theme.begin(ax, size=(7.5, 1.45 + 0.31 * high))
    ax.grid(visible=False)

    matrix = np.full((high, wide), np.nan)
    places: dict[int, tuple[int, int]] = {}
    for position, (row, cell) in enumerate(zip(table.itertuples(index=False), held, strict=True)):
        rule = rules.index(row.significance)
        i = (rule // across) * step_down + gaps.index(row.max_gap_days)
        j = (rule % across) * step_right + distances.index(row.max_km)
        places[position] = (i, j)
        if cell:
            matrix[i, j] = row.value
    greatest = float(np.nanmax(matrix))
    shades = LinearSegmentedColormap.from_list("counts", [theme.PAPER, theme.ATTACK])
    most = max(greatest, 1.0)
    ax.set(xlim=(0, wide), ylim=(high, 0))
    ax.pcolormesh(
        np.ma.masked_invalid(matrix), cmap=shades, vmin=0, vmax=most, edgecolors=theme.PAPER, linewidth=1.5,
        zorder=theme.LAYER_SHADE,
    )  # fmt: skip
    for i, j in np.argwhere(~np.isnan(matrix)):
        n = matrix[i, j]
        theme.write_at(ax, j + 0.5, i + 0.5, f"{n:.0f}", size=theme.TEXT_SIZE, color=_readable_on(shades(n / most)))
    for position, (i, j) in places.items():
        if not held[position]:
            ax.add_patch(Rectangle((j + 0.03, i + 0.03), 0.94, 0.94, facecolor=theme.MISSING, edgecolor="none"))
            theme.write_not_computed(ax, j + 0.5, i + 0.5)
        if table["is_default"].iloc[position]:
            look: Any = {"linewidth": 2.2, "zorder": theme.LAYER_MARK, "gid": "default definition"}
            ax.add_patch(Rectangle((j, i), 1, 1, fill=False, edgecolor=theme.OFFENSIVE, **look))

    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="both", length=0, rotation=0)
    in_last_row = len(rules) - (down - 1) * across
    columns = [(b * step_right + d, distances[d]) for b in range(in_last_row) for d in range(len(distances))]
    ax.set_xticks([column + 0.5 for column, _ in columns], [_distance(value) for _, value in columns])
    rows = [(b * step_down + g, gaps[g]) for b in range(down) for g in range(len(gaps))]
    ax.set_yticks([row + 0.5 for row, _ in rows], [_gap(value) for _, value in rows])
    theme.name_x(ax, say("greatest distance between linked attacks, km"))
    width, _ = theme.settle(ax)
    room = width / wide * len(distances) * 0.98
    wrapped = [theme.wrap_text(name, room) for name in names]
    for position, name in enumerate(wrapped):
        i, j = (position // across) * step_down, (position % across) * step_right
        theme.write_by(ax, name, (j, i), (0, 3), va="bottom")
        if position // across < down - 1 and position % across >= in_last_row:
            for d, value in enumerate(distances):
                at = (j + d + 0.5, i + len(gaps))
                theme.write_by(ax, _distance(value), at, (0, -3), ha="center", va="top", color=theme.MUTED)
    least = float(np.nanmin(matrix))
    key = []
    if table["is_default"].any():
        sample = Rectangle((0, 0), 1, 1, fill=False, edgecolor=theme.OFFENSIVE, linewidth=2.0)
        key.append((sample, say("definition in use")))
    label = say("offensives in the window; {low} to {high}", low=round(least), high=round(greatest))
    lift = max(theme.text_height(name) for name in wrapped[:across]) + 2
    theme.write_head(ax, title, value_label=label, key=key, lift=lift)
    return theme.finish(ax, caption)


def _readable_on(color: ColorType) -> str:
    return max(("black", "white"), key=lambda ink: theme.contrast(ink, color))


def _distance(value: float) -> str:
    return say("any") if math.isinf(value) else localised(f"{value:g}")


def _gap(value: float) -> str:
    return say("same day") if value == 0 else say_count("gap {n} [day|days]", int(value))
