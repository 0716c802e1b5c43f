"""How often: attacks per period, with the operations they belong to and every incident beneath."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures import theme
from analysis.language import message, say, say_count

PERIOD_WORDS = {
    "day": message("attacks per day"),
    "week": message("attacks per week"),
    "month": message("attacks per month"),
}
ANY_PERIOD = message("attacks per period")
MAX_LABELS = 8
LATEST = 3  # the latest offensives find their labels before the largest
LABEL_ROWS = 3
RASTER_FROM = 800
DATED_TO_THE_DAY = ("day", "unstated")


@theme.chart("period_start", "period_end", "period", "value")
def plot_timeline(
    counts: pd.DataFrame,
    *,
    attacks: pd.DataFrame | None = None,
    offensives: pd.DataFrame | None = None,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
) -> Axes:
    """Draw attacks per period as bars, offensives marked above, and one mark for each attack below.

    Bars are `value`; thin whiskers run from `low` to `high` where imprecise dates leave the count open. Partial
    periods are hatched, periods outside coverage are shaded and hold no bar.

    Parameters
    ----------
    counts : pandas.DataFrame
        One unit's table from `measures.frequency.count_attacks`: `period_start, period_end, period, value`; optional
        `unit, complete, low, high, status, reason`.
    attacks : pandas.DataFrame, optional
        Canonical incidents: `date_start, date_end, date_precision`. Drawn as a strip in an inset below: to the day as
        ticks, otherwise as the span within which they happened.
    offensives : pandas.DataFrame, optional
        From `measures.linking.find_offensives`: `date_start, n_sites, n_incidents`; optional `sites`. All within the
        periods are marked, the latest and the largest labelled where there is room.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default a new figure. The strip is an inset of it.
    caption : Caption, optional
        Source, vintage and n.
    title : str, optional
        What the chart finds, in place of "Attacks per month, <unit>".

    Returns
    -------
    matplotlib.axes.Axes
        The axes of the bars.

    Raises
    ------
    ValueError
        If columns are missing or the table holds several units.
    """
    unit = theme.one_unit(counts, what="plot_timeline")
    counts = counts.sort_values("period_start")
    label = say(PERIOD_WORDS.get(str(counts["period"].iloc[0]), ANY_PERIOD) if len(counts) else ANY_PERIOD)
    title = title or f"{label[0].upper()}{label[1:]}" + (f", {unit}" if unit else "")
    if counts.empty:
        return theme.plot_absence(ax, title, say("The table of counts holds no period."), caption=caption)
    ax = theme.begin(ax, size=theme.REPORT_COLUMN if attacks is None else (7.5, 4.3))

    starts, ends = theme.day_numbers(counts["period_start"]), theme.day_numbers(counts["period_end"])
    ax.set_xlim(starts[0], ends[-1])
    strip = None if attacks is None else _add_strip(ax)
    width, height = theme.settle(ax)
    held = theme.computed_rows(counts)
    values = counts["value"].to_numpy(dtype=float)
    partial = held & ~counts["complete"].to_numpy(dtype=bool) if "complete" in counts else np.zeros(len(counts), bool)
    key: list[tuple[Artist, str]] = []

    theme.draw_counts(ax, starts, ends, np.where(held, values, np.nan), partial=partial)
    if (values[partial] > 0).any():
        key.append((theme.partial_handle(), say("partial period")))
    look: Any
    for at in ((starts + ends) / 2)[partial & (values == 0)]:
        look = {"ha": "center", "va": "bottom", "color": theme.MUTED, "rotation": 90, "zorder": theme.LAYER_TEXT}
        theme.write_by(ax, say("partial"), (at, 0), (0, 3), **look)
    top = float(values[held].max(initial=0.0))
    if {"low", "high"} <= set(counts.columns):
        low, high = counts["low"].to_numpy(dtype=float), counts["high"].to_numpy(dtype=float)
        open_dates = held & (low < high)
        if open_dates.any():
            sample = _draw_bounds(ax, starts, ends, low, high, chosen=open_dates, width=width)
            key.append((sample, say("range from imprecise dates")))
            top = max(top, float(high[open_dates].max()))

    headroom = 4.0
    labels: list[tuple[float, str, str, int]] = []
    marked = np.zeros(0)
    if offensives is not None and len(offensives):
        theme.need_columns(offensives, ("date_start", "n_sites", "n_incidents"), what="plot_timeline (offensives)")
        marked, labels = _place_offensives(offensives, starts[0], ends[-1], width)
        rows = 1 + max((row for *_, row in labels), default=-1)
        headroom = 14.0 + rows * theme.SMALL_SIZE * theme.LINE_SPACING
    data_share = max(0.45, 1 - headroom / height)
    ax.set_ylim(0, max(top, 1.0) / data_share)
    theme.count_axis(ax, top)
    if len(marked):
        key.append((theme.offensive_handle(), _offensive_words(len(marked), len(labels))))

    missing = theme.joined_spans(starts, ends, ~held)
    if held.any():
        uncovered = say("no coverage")
        theme.shade_missing(ax, missing, uncovered, width=width, height=height)
        if missing and not any(text.get_text() == uncovered for text in ax.texts):
            key.append((theme.missing_handle(), uncovered))
        if top == 0:
            look = {"color": theme.MUTED, "fontsize": theme.TEXT_SIZE, "zorder": theme.LAYER_TEXT}
            ax.text(0.5, 0.12, say("no attack in any covered period"), transform=ax.transAxes, ha="center", **look)
    else:
        theme.shade_missing(ax, missing, "", width=width, height=height)
        ax.set_yticks([])
        theme.write_absence(ax, say("Not computed"), theme.reasons_of(counts))

    lowest = ax if strip is None else strip
    if strip is not None:
        _draw_strip(strip, attacks, starts[0], ends[-1], width)
        ax.tick_params(axis="x", labelbottom=False, length=0)
    theme.format_date_axis(lowest, width=width)
    theme.write_head(ax, title, value_label=label, key=key, width=width)
    theme.finish(ax, caption, anchor=lowest.xaxis)
    if len(marked):
        # Labels stand in the height that head and foot leave.
        _, height = theme.settle(ax)
        data_share = max(0.45, 1 - headroom / height)
        ax.set_ylim(0, max(top, 1.0) / data_share)
        theme.mark_offensives(
            ax, marked, labels, foot=data_share + 6 / height, height=height, crowded=0.75, layer=theme.LAYER_BAND
        )
    return ax


def _draw_bounds(
    ax: Axes, starts: np.ndarray, ends: np.ndarray, low: np.ndarray, high: np.ndarray, *, chosen: np.ndarray,
    width: float,
) -> Artist:  # fmt: skip
    """Draw the range that imprecise dates leave, as whiskers or (thin bars) a band; return the key's sample."""
    look: Any = {"zorder": theme.LAYER_MARK, "gid": "dating bounds"}
    if width / len(starts) < 4:
        nothing = np.where(chosen, 0.0, np.nan)
        pale: Any = {"alpha": 0.55, "linewidth": 0}
        look |= {"step": "post", "color": theme.UNCERTAIN, "rasterized": len(starts) > RASTER_FROM}
        ax.fill_between(starts, low + nothing, high + nothing, **pale, **look)
        return Patch(facecolor=theme.UNCERTAIN, **pale)
    span = ((starts + ends) / 2)[chosen], low[chosen], high[chosen]
    ax.vlines(*span, color=theme.PAPER, linewidth=3.2, zorder=theme.LAYER_MARK)
    ax.vlines(*span, color=theme.INK, linewidth=1.2, **look)
    return Line2D([], [], color=theme.INK, linewidth=1.2)


def _offensive_words(n_marked: int, n_labelled: int) -> str:
    if n_labelled == n_marked:
        return say_count("{n} [offensive|offensives]", n_marked)
    return say_count("{n} [offensive|offensives], {labelled} labelled", n_marked, labelled=n_labelled)


def _place_offensives(
    offensives: pd.DataFrame, first: float, last: float, width: float
) -> tuple[np.ndarray, list[tuple[float, str, str, int]]]:
    """Return the days marked, and of those labelled (day, text, horizontal alignment, row), none touching another."""
    days = theme.day_numbers(offensives["date_start"]) + 0.5
    inside = (days >= first) & (days < last)
    shown = offensives.loc[inside].assign(day=days[inside])
    if shown.empty:
        return np.zeros(0), []
    with_year = last - first > 1100
    latest_first = shown.sort_values("day", ascending=False, kind="stable")
    largest_first = latest_first.sort_values(["n_sites", "n_incidents"], ascending=False, kind="stable")
    ranked = pd.concat([latest_first.iloc[:LATEST], largest_first])
    ranked = ranked.loc[~ranked.index.duplicated()]

    texts = [_offensive_text(offensive, with_year=with_year) for offensive in ranked.itertuples()]
    room: Any = {"span": (first, last), "width": width, "rows": LABEL_ROWS, "most": MAX_LABELS}
    return np.sort(shown["day"].to_numpy()), theme.place_days(ranked["day"], texts, **room)


def _offensive_text(offensive: Any, *, with_year: bool) -> str:
    sites = getattr(offensive, "sites", None)
    n_sites = int(offensive.n_sites)
    if n_sites == 1 and isinstance(sites, str) and sites:
        place = theme.safe_text(sites, limit=18)
    else:
        place = say_count("{n} [site|sites]", n_sites)
    start = offensive.date_start
    return f"{place}, {theme.format_month(start) if with_year else theme.format_day(start, year=False)}"


def _add_strip(ax: Axes) -> Axes:
    strip = ax.inset_axes((0, -0.19, 1, 0.16), sharex=ax)
    theme.dress(strip)
    strip.grid(visible=False)
    strip.set(ylim=(0, 1))
    strip.set_label("incident strip")
    return strip


def _draw_strip(strip: Axes, attacks: pd.DataFrame, first: float, last: float, width: float) -> None:
    theme.need_columns(attacks, ("date_start", "date_end", "date_precision"), what="plot_timeline (attacks)")
    starts = theme.day_numbers(attacks["date_start"])
    ends = theme.day_numbers(attacks["date_end"].fillna(attacks["date_start"])) + 1
    inside = (ends > first) & (starts < last)
    to_the_day = attacks["date_precision"].astype("str").isin(DATED_TO_THE_DAY).to_numpy()
    one_day = inside & to_the_day & (ends - starts <= 1)
    longer = inside & to_the_day & (ends - starts > 1)
    vague = inside & ~to_the_day

    dense = bool(inside.sum() > RASTER_FROM)
    exact = one_day | longer
    look: Any = {"zorder": theme.LAYER_DATA, "rasterized": dense}
    lanes: list[tuple[float, str]] = []
    split = 0.46 if vague.any() and exact.any() else 0.0 if not vague.any() else 1.0
    if exact.any():
        alpha = float(np.clip(1.5 * width / 1.0 / max(exact.sum(), 1) / 2, 0.12, 0.9))
        bottom, top = split + 0.08, 0.96
        look["alpha"] = alpha
        days = starts[one_day] + 0.5
        strip.vlines(days, bottom, top, color=theme.ATTACK, linewidth=1.0, gid="attacks to the day", **look)
        if longer.any():
            spans = list(zip(starts[longer], (ends - starts)[longer], strict=True))
            bar: Any = {
                "facecolor": theme.ATTACK,
                "edgecolor": theme.ATTACK,
                "linewidth": 0.5,
                "gid": "attacks over days",
            }
            strip.broken_barh(spans, (bottom, top - bottom), **bar, **look)
        lanes.append(((bottom + top) / 2, say("by day")))
    if vague.any():
        overlap = (ends - starts)[vague].sum() / (last - first)
        look["alpha"] = float(np.clip(0.5 / max(overlap, 1e-9), 0.03, 0.5))
        spans, high = list(zip(starts[vague], (ends - starts)[vague], strict=True)), max(split, 0.46) - 0.12
        bar = {"facecolor": theme.UNCERTAIN, "linewidth": 0, "gid": "attacks within a span"}
        strip.broken_barh(spans, (0.06, high), **bar, **look)
        lanes.append((0.06 + high / 2, say("in span")))
    strip.set_yticks([y for y, _ in lanes], [name for _, name in lanes])
    if not inside.any():
        none = say("no incident in these periods")
        theme.write_at(strip, 0.5, 0.5, none, transform=strip.transAxes, color=theme.MUTED)
