"""Which places stand above their own baseline now: series with the expected band, many at once, and ranked."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures import theme
from analysis.language import say, say_count

SERIES_COLUMNS = ("unit", "period_start", "observed", "expected", "upper", "alarm")
ALERT_COLUMNS = ("unit", "observed", "expected", "rule", "false_alarms_per_year")
RANKED_LIMIT = 25
RANKED_HEAD, RANKED_ROW = 1.65, 0.3  # inches for title, headings and caption of two lines each; for each line
# Of a ranked line the sparkline, and the least that a name may have, as shares of the width.
SPARK, LEAST_NAME = 0.19, 0.15
SPARK_PERIODS = 104
COLUMN_GAP = 12  # points between columns


@theme.chart(*SERIES_COLUMNS)
def plot_series(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
    value_label: str | None = None,
) -> Axes:
    """Draw one unit's counts over the expected band, with the periods that crossed its upper bound marked.

    Parameters
    ----------
    table : pandas.DataFrame
        One unit's series from `measures.surge`: `unit, period_start, observed, expected, upper, alarm`; optional
        `period_end, four_weeks, left_out, status, reason`. Periods without `expected` have no band; without `observed`,
        no coverage. `four_weeks` is the mean of the four periods to this one where these together are an alarm: it is
        drawn over the four. `left_out` marks periods that are no part of what is expected.
    value_label : str
        What is counted, with its unit.
    """
    unit = theme.one_unit(table, what="plot_series")
    value_label = value_label or say("attacks per week")
    title = title or say("Attacks per week against the expected range") + (f", {unit}" if unit else "")
    if not table["observed"].notna().any():
        reason = theme.reasons_of(table) or say("The table holds no count.")
        return theme.plot_absence(ax, title, reason, caption=caption)
    ax = theme.begin(ax)
    width, height = theme.settle(ax)
    n_alarms = _draw_series(ax, table, width=width, height=height, label_missing=True)
    key: list[tuple[Artist, str]] = [(Line2D([], [], color=theme.ATTACK, linewidth=1.4), say("observed"))]
    if table["expected"].notna().any():
        key.append((Line2D([], [], color=theme.EXPECTED, linewidth=1.2, linestyle=(0, (4, 2))), say("expected")))
        key.append((Patch(facecolor=theme.BASELINE, linewidth=0), say("up to the alarm bound")))
    if n_alarms:
        words = say_count("{n} [week|weeks] in alarm", n_alarms)
        key.append((Line2D([], [], color=theme.ALARM, marker="o", markersize=5, linestyle="none"), words))
    if _four_weeks(table).notna().any():
        key.append((Line2D([], [], color=theme.ALARM, linewidth=2.4), say("mean of four weeks in alarm")))
    if _left_out(table).any():
        key.append(
            (Line2D([], [], color=theme.MUTED, linewidth=2.4, linestyle=(0, (1, 1))), say("left out of the baseline"))
        )
    theme.format_date_axis(ax, width=width)
    theme.write_head(ax, title, value_label=value_label, key=key, width=width)
    reason = "" if table["expected"].notna().any() else theme.reasons_of(table)
    return theme.finish(ax, caption, note=say("No expected range: {reason}.", reason=reason) if reason else "")


@theme.chart(*SERIES_COLUMNS)
def plot_small_multiples(
    table: pd.DataFrame,
    *,
    n: int = 12,
    units: Sequence[str] | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
    value_label: str | None = None,
) -> np.ndarray:
    """Draw one small panel for each of the first `n` units in the table's order, all on one scale.

    Parameters
    ----------
    table : pandas.DataFrame
        Many units' series, as for `plot_series`.
    n : int
        Most panels on the page.
    units : sequence of str, optional
        The units to show, in this order, in place of the table's own.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes
        One for each unit shown, in order.
    """
    every = list(dict.fromkeys(table["unit"]))
    shown = list(units if units is not None else every)[:n]
    value_label = value_label or say("attacks per week")
    title = title or say("Attacks per week against the expected range")
    if not shown:
        return np.array([theme.plot_absence(None, title, say("The table holds no unit."), caption=caption)])
    figure, panels, across = theme.panel_grid(len(shown), head=1.5, row=1.15)
    shown = shown[: len(panels)]
    subtitle = value_label
    if len(shown) < len(every):
        subtitle = say("{label}: {n} of {of} units", label=value_label, n=len(shown), of=len(every))
    room = figure.get_size_inches()[0] * 72 - 16
    heading = theme.wrap_text(theme.drawable(title), room, **theme.TITLE)
    subtitle = theme.wrap_text(subtitle, room, size=theme.TEXT_SIZE)
    # Blank lines keep room for title and subtitle, which are written when the layout is known.
    blank = "\n" * (heading.count("\n") + subtitle.count("\n") + 1)
    kept = figure.suptitle(f"{blank} ", x=0.01, ha="left", fontsize=theme.TITLE_SIZE, fontweight="bold")
    note = say(
        "Line: observed. Dashes: expected. Shade: up to the alarm bound. Dots: weeks in alarm. Thick lines: means of"
        " four weeks in alarm. All panels have one scale."
    )
    theme.write_foot(figure, caption, note=note, width=room)
    limits = _span(table)
    for position, ax in enumerate(panels):
        theme.dress(ax)
        ax.set_visible(position < len(shown))
        ax.set_xlim(*limits)
        ax.tick_params(axis="x", labelbottom=position + across >= len(shown))
        ax.tick_params(axis="y", labelleft=position % across == 0)
    theme.format_date_axis(panels[0], width=120)
    series = dict(list(table.groupby("unit", sort=False, observed=True)))
    for ax in panels[: len(shown)]:
        ax.set_title(" ", loc="left", fontsize=theme.SMALL_SIZE, pad=4)
    top = _top(table[table["unit"].isin(shown)])
    theme.count_axis(panels[0], top, ticks=2, room=1.08)
    width, height = theme.settle(panels[0])
    box = kept.get_window_extent()
    top_left, high = (0.01, box.y1 / figure.bbox.height), box.y0 / figure.bbox.height
    figure.text(*top_left, heading, va="top", fontsize=theme.TITLE_SIZE, fontweight="bold", color=theme.INK)
    figure.text(0.01, high, subtitle, va="bottom", fontsize=theme.TEXT_SIZE, color=theme.MUTED)
    for ax, unit in zip(panels, shown, strict=False):
        ax.set_title(theme.fit_text(unit, width, weight="bold"), loc="left", fontsize=theme.SMALL_SIZE, pad=4)
        one = series.get(unit)
        if one is None or not one["observed"].notna().any():
            ax.set_facecolor(theme.MISSING)
            theme.write_absence(ax, say("not computed"))
            continue
        _draw_series(ax, one, width=width, height=height, label_missing=False, limits=limits, ticks=2, top=top)
    return panels[: len(shown)]


@theme.style()
def plot_ranked_units(
    alerts: pd.DataFrame,
    series: pd.DataFrame,
    *,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
    limit: int = RANKED_LIMIT,
) -> Axes:
    """Draw a ranked table: a line for each alert with its recent history, observed and expected, and how its rule errs.

    Parameters
    ----------
    alerts : pandas.DataFrame
        One row an alert, in rank order, from `measures.surge`: `unit, observed, expected, rule, false_alarms_per_year`
        (alarms that the rule would raise in this unit in a year in which nothing changes).
    series : pandas.DataFrame
        As for `plot_series`, holding these units.
    limit : int
        Most lines shown; the subtitle says how many there are.
    """
    theme.need_columns(alerts, ALERT_COLUMNS, what="plot_ranked_units (alerts)")
    theme.need_columns(series, SERIES_COLUMNS, what="plot_ranked_units (series)")
    title = title or say("Units above their baseline, most unusual first")
    if alerts.empty:
        reason = say("No unit stands above its baseline.")
        return theme.plot_absence(ax, title, reason, caption=caption, headline=say("No alert"))
    head = RANKED_HEAD + theme.more_head(ax)
    shown = alerts.iloc[: min(limit, theme.room_for_rows(ax, head=head, row=RANKED_ROW))]
    label = say("units above their baseline, most unusual first")
    if len(shown) < len(alerts):
        label = say("{label}: {n} of {of} units", label=label, n=len(shown), of=len(alerts))
    ax = theme.begin(ax, size=(7.5, RANKED_HEAD + RANKED_ROW * len(shown)))
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    ax.set(xlim=(0, 1), ylim=(len(shown) - 0.5, -0.5), xticks=[], yticks=[])
    width, _ = theme.settle(ax)
    rows = list(shown.itertuples(index=False))
    spans = [theme.fit_text(_span_words(row), 0.2 * width) for row in rows]
    rates = [theme.format_rate(row.false_alarms_per_year) for row in rows]
    numbers = [
        (say("observed"), [theme.format_number(row.observed) for row in rows], "right", theme.ALARM, "bold"),
        (say("expected"), [theme.format_rate(row.expected) for row in rows], "right", theme.EXPECTED, "normal"),
        (say("span") if "window_weeks" in alerts else say("rule"), spans, "left", theme.MUTED, "normal"),
        (say("false alarms\na year"), rates, "right", theme.INK, "normal"),
    ]
    # From the right end on each column is as wide as its words; the names have what is left.
    gap = COLUMN_GAP / width
    right, columns = 1.0, []
    for heading, cells, align, color, weight in reversed(numbers):
        widest = max(theme.text_width(heading), *(theme.text_width(words, weight=weight) for words in cells))
        left = right - widest / width
        columns.append((right if align == "right" else left, align, heading, cells, color, weight))
        right = left - gap
    narrow = right - SPARK - gap <= LEAST_NAME  # it has no sparklines
    sparks = (right + gap,) * 2 if narrow else (right - SPARK, right)
    names = [theme.fit_text(row.unit, (sparks[0] - gap) * width, weight="bold") for row in rows]
    columns.append((0.0, "left", say("unit"), names, theme.INK, "bold"))
    if sparks[1] > sparks[0]:
        columns.append((sparks[0], "left", say("recent weeks"), [], theme.INK, "normal"))
    for x, align, heading, cells, color, weight in columns:
        theme.write_by(
            ax, heading, (x, 1), (0, 7), coords="axes fraction", ha=align, va="baseline", color=theme.MUTED,
            linespacing=1.1
        )  # fmt: skip
        for y, words in enumerate(cells):
            theme.write_at(ax, x, y, words, ha=align, color=color, fontweight=weight, zorder=theme.LAYER_TEXT)
    for y in range(len(rows)):
        ax.axhline(y - 0.5, color=theme.GRID, linewidth=0.8, zorder=theme.LAYER_SHADE)
    theme.write_head(ax, title, value_label=label, lift=2 * theme.SMALL_SIZE * 1.2 + 4, width=width)
    theme.finish(ax, caption)
    if sparks[1] > sparks[0]:
        high = min(0.72, 18 * len(rows) / theme.settle(ax)[1])  # of what is left when all words are written
        by_unit = dict(list(series.groupby("unit", sort=False, observed=True)))
        for y, row in enumerate(rows):
            if (one := by_unit.get(row.unit)) is not None:
                _draw_spark(ax, one, y, across=sparks, height=high)
    return ax


def _span_words(row: Any) -> str:
    """Return in which window an alert fired, or by which rule where its table does not say."""
    weeks = getattr(row, "window_weeks", None)
    return row.rule if weeks is None else say_count("{n} [week|weeks]", int(weeks))


def _span(table: pd.DataFrame) -> tuple[float, float]:
    starts, ends = theme.period_edges(table.drop_duplicates("period_start").sort_values("period_start"))
    return float(starts[0]), float(ends[-1])


def _draw_series(
    ax: Axes,
    table: pd.DataFrame,
    *,
    width: float,
    height: float,
    label_missing: bool,
    limits: tuple[float, float] | None = None,
    ticks: int = 4,
    top: float | None = None,
) -> int:
    """Draw observed, expected, band and alarms of one unit and return the number of alarms."""
    table = table.sort_values("period_start")
    starts, ends = theme.period_edges(table)
    edges = np.append(starts, ends[-1])
    observed, expected, upper = (table[name].to_numpy(dtype=float) for name in ("observed", "expected", "upper"))
    alarm = table["alarm"].fillna(False).to_numpy(dtype=bool) & np.isfinite(observed)
    dense = len(table) > 0.6 * width
    ax.set_xlim(*(limits or (edges[0], edges[-1])))
    look: Any = {"step": "post", "color": theme.BASELINE, "linewidth": 0, "zorder": theme.LAYER_SHADE}
    ax.fill_between(edges, 0, theme.stepped(upper), gid="expected band", **look)
    lines = [
        ("expected", expected, theme.EXPECTED, 1.1, (0, (4, 2)), theme.LAYER_BAND),
        ("observed", observed, theme.ATTACK, 0.7 if dense else 1.3, "solid", theme.LAYER_DATA),
    ]
    for name, values, color, thick, dashes, layer in lines:
        look = {"color": color, "linewidth": thick, "linestyle": dashes, "zorder": layer}
        ax.step(edges, theme.stepped(values), where="post", gid=name, **look)
    if alarm.any():
        size = 3.2 if dense or ticks < 3 else 5.0
        marks = ax.plot(((starts + ends) / 2)[alarm], observed[alarm], "o", color=theme.ALARM, markersize=size)[0]
        marks.set(clip_on=False, in_layout=False, zorder=theme.LAYER_MARK, gid="alarms")
    fours = _four_weeks(table).to_numpy(dtype=float)
    for at in np.flatnonzero(np.isfinite(fours)):
        ends_next = at + 1 < len(fours) and np.isfinite(fours[at + 1])
        if not ends_next:  # of one run of alarms the last
            look = {"color": theme.ALARM, "linewidth": 2.4, "zorder": theme.LAYER_MARK, "solid_capstyle": "butt"}
            ax.plot([starts[max(int(at) - 3, 0)], ends[at]], [fours[at]] * 2, gid="four periods", **look)
    out = _left_out(table)
    if out.any():
        along = np.where(np.repeat(out, 2), np.column_stack([starts, ends]).ravel(), np.nan)
        look = {"color": theme.MUTED, "linewidth": 2.4, "linestyle": (0, (1, 1)), "zorder": theme.LAYER_MARK}
        ax.plot(along, np.zeros(2 * len(out)), clip_on=False, gid="left out", **look)
    if top is None:
        theme.count_axis(ax, _top(table), ticks=ticks, room=1.08)
    missing = theme.joined_spans(starts, ends, ~np.isfinite(observed))
    theme.shade_missing(ax, missing, say("no coverage") if label_missing else "", width=width, height=height)
    return int(alarm.sum())


def _top(table: pd.DataFrame) -> float:
    """Return the greatest count or bound that series hold, at least 1."""
    held = [table[name].to_numpy(dtype=float) for name in ("observed", "upper")]
    return float(np.nanmax(np.concatenate([*held, _four_weeks(table).to_numpy(dtype=float), [1.0]])))


def _four_weeks(table: pd.DataFrame) -> pd.Series:
    return table["four_weeks"] if "four_weeks" in table else pd.Series(np.nan, index=table.index)


def _left_out(table: pd.DataFrame) -> np.ndarray:
    return table["left_out"].to_numpy(dtype=bool) if "left_out" in table else np.zeros(len(table), dtype=bool)


def _draw_spark(ax: Axes, table: pd.DataFrame, y: float, *, across: tuple[float, float], height: float) -> None:
    """Draw a unit's latest periods into its line, the last one dotted if it raised an alarm."""
    table = table.sort_values("period_start").tail(SPARK_PERIODS)
    observed, upper = table["observed"].to_numpy(dtype=float), table["upper"].to_numpy(dtype=float)
    top = max(1.0, float(np.nanmax(np.concatenate([observed, upper, [1.0]]))))
    at = np.linspace(*across, len(table)) if len(table) > 1 else np.array([across[1]])

    def down(values: np.ndarray) -> np.ndarray:
        return y + height / 2 - height * values / top

    look: Any = {"color": theme.BASELINE, "linewidth": 0, "zorder": theme.LAYER_BAND}
    ax.fill_between(at, down(np.zeros(len(table))), down(upper), **look)
    ax.plot(at, down(observed), color=theme.ATTACK, linewidth=0.9, zorder=theme.LAYER_DATA, gid="spark")
    if bool(table["alarm"].iloc[-1]) and np.isfinite(observed[-1]):
        ax.plot(at[-1:], down(observed)[-1:], "o", markersize=3.5, color=theme.ALARM, zorder=theme.LAYER_MARK)
