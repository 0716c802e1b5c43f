"""Where is it going: maps of attacks by recency and by period, the centre's path, distances over time, places newly
hit.

Maps are azimuthal equidistant about the attacks' mean centre: distances and directions from there are true. They carry
borders, coast and a scale bar; nothing is fetched.
"""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse, Patch
from matplotlib.typing import ColorType

from analysis.figures import theme
from analysis.language import message, say, say_count

RASTER_FROM = 1500


LINE_LOOKS: dict[str, dict[str, Any]] = {
    "border": {"color": theme.MUTED, "linewidth": 0.7, "linestyle": (0, (5, 2))},
    "coast": {"color": theme.INK, "linewidth": 0.9, "linestyle": "-"},
    "unit": {"color": theme.UNCERTAIN, "linewidth": 0.4, "linestyle": "-"},
}
# Attacks from old to new: what came before the baseline, the baseline, the window.
RECENCY = {"before": "#D3D8DD", "baseline": "#8FB9DB", "window": theme.ATTACK}
PERIODS_ACROSS = 3
PROJECTION = message("Azimuthal equidistant about the attacks' mean centre.")
COAST = "sea coast"  # as the tables of distances call it


@theme.chart("x_km", "y_km", "date_start")
def plot_map(
    attacks: pd.DataFrame,
    lines: pd.DataFrame,
    *,
    frame: theme.Frame,
    window_start: object,
    baseline_start: object,
    links: pd.DataFrame | None = None,
    labels: pd.DataFrame | None = None,
    n_left_out: int = 0,
    problem: str = "",
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str = "",
) -> Axes:
    """Draw each located attack as a dot, the newest darkest and on top, with offensives by number, borders and a scale
    bar.

    Parameters
    ----------
    attacks : pandas.DataFrame
        From `measures.spread.located_of`: `x_km, y_km, date_start`.
    lines, labels, frame
        From `measures.spread.map_lines_of`: `kind, part, x_km, y_km`; `name, x_km, y_km`; left, right, bottom, top in
        km.
    window_start, baseline_start : date-like
        Attacks from `window_start` on are the newest, those from `baseline_start` on the middle class.
    links : pandas.DataFrame, optional
        From `measures.spread.offensive_links_of`: attacks of recent offensives are ringed, each offensive with its
        number.
    n_left_out : int
        Attacks that are not on the map because they are located too roughly; said in the caption.
    problem : str
        Why there is nothing to draw.
    """
    title = title or say("Where attacks were recorded, by recency")
    if problem or attacks.empty:
        reason = problem or say("No attack is located well enough to be drawn.")
        return theme.plot_absence(ax, title, reason, caption=caption)
    ax = _begin_map(ax, frame)
    _draw_lines(ax, lines)
    began = attacks["date_start"].to_numpy()
    classes = np.where(began >= np.datetime64(pd.Timestamp(window_start)), "window", "before").astype(object)
    classes[(classes == "before") & (began >= np.datetime64(pd.Timestamp(baseline_start)))] = "baseline"
    words = {
        "window": say("since {day}", day=theme.format_day(window_start)),
        "baseline": say("since {day}", day=theme.format_day(baseline_start)),
        "before": say("before"),
    }
    key = []
    size = 26.0 if len(attacks) <= 150 else 14.0 if len(attacks) <= RASTER_FROM else 6.0
    for layer, name in enumerate(RECENCY):
        held = classes == name
        if not held.any():
            continue
        look: Any = {"edgecolors": theme.PAPER, "linewidths": 0.4, "rasterized": len(attacks) > RASTER_FROM}
        look |= {"color": RECENCY[name], "zorder": theme.LAYER_DATA + layer / 10, "gid": name}
        ax.scatter(attacks["x_km"].to_numpy()[held], attacks["y_km"].to_numpy()[held], s=size, **look)
        key.append((_dot(RECENCY[name]), say("{when} ({n})", when=words[name], n=int(held.sum()))))
    if links is not None and not links.empty:
        _draw_links(ax, links, size)
        n = links["offensive_id"].nunique()
        key.append((_ring(theme.OFFENSIVE), say_count("[offensive|offensives] in the window ({n})", n)))
    left_out = say_count("{n} located too roughly [is|are] not shown.", n_left_out) if n_left_out else ""
    theme.write_head(ax, title, key=key[::-1])
    theme.finish(ax, caption, note=" ".join(filter(None, (left_out, say(PROJECTION)))))
    theme.fit_frame(ax, frame)
    theme.write_scale(ax)
    if labels is not None:
        _write_labels(ax, labels)
    return ax


@theme.style()
def plot_period_maps(
    attacks: pd.DataFrame,
    areas: pd.DataFrame,
    lines: pd.DataFrame,
    *,
    frame: theme.Frame,
    problem: str = "",
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str = "",
) -> Axes | np.ndarray:
    """Draw one small map a period: its attacks over all earlier ones, with its deviational ellipse.

    Parameters
    ----------
    attacks, lines, frame
        As for `plot_map`.
    areas : pandas.DataFrame
        From `measures.spread.areas_of`: `period_start, period_end, x_km, y_km, major_km, minor_km, angle`; a period
        without an ellipse has none.

    Returns
    -------
    numpy.ndarray of Axes
        One a period; the caption hangs below the first. If `ax` is given, or there is nothing to draw, that one Axes.
    """
    theme.need_columns(
        areas, ("period_start", "period_end", "x_km", "major_km", "angle"), what="plot_period_maps (areas)"
    )
    title = title or say("Attacks, period by period")
    if problem or attacks.empty:
        reason = problem or say("No attack is located well enough to be drawn.")
        return theme.plot_absence(ax, title, reason, caption=caption)
    import matplotlib.pyplot as plt
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    across = min(PERIODS_ACROSS if theme.canvas(theme.REPORT_COLUMN)[0] >= 6 else 2, len(areas))
    down = math.ceil(len(areas) / across)
    ratio = (frame[3] - frame[2]) / (frame[1] - frame[0])
    size = theme.canvas((7.5, min(max(0.85 + down * (2.4 * ratio + 0.3), 2.6), 8.5)))
    layout = ConstrainedLayoutEngine(**theme.margins())
    figure, grid = plt.subplots(down, across, figsize=size, squeeze=False, layout=layout)
    panels = grid.ravel()
    began = attacks["date_start"].to_numpy()
    x, y = attacks["x_km"].to_numpy(), attacks["y_km"].to_numpy()
    many = len(attacks) > RASTER_FROM
    for panel, area in zip(panels, areas.itertuples(index=False), strict=False):
        theme.bare(panel)
        _draw_lines(panel, lines, thin=0.6)
        start, end = np.datetime64(area.period_start), np.datetime64(area.period_end)
        for gid, held, color, layer in (
            ("earlier", began < start, theme.QUIET, theme.LAYER_BAND),
            ("attacks", (began >= start) & (began < end), theme.ATTACK, theme.LAYER_DATA),
        ):
            look = {"color": color, "linewidths": 0, "zorder": layer, "rasterized": many, "gid": gid}
            panel.scatter(x[held], y[held], s=3.0 if many else 7.0, **look)
        if np.isfinite(area.major_km):
            panel.add_patch(_ellipse(area, color=theme.OFFENSIVE, linewidth=1.3))
        n = int(((began >= start) & (began < end)).sum())
        last = pd.Timestamp(area.period_end) - pd.Timedelta(days=1)
        words = say("{first} – {last}: {n}", first=_short_day(area.period_start), last=_short_day(last), n=n)
        panel.set_title(words, loc="left", fontsize=theme.SMALL_SIZE, color=theme.INK, pad=3)
    for panel in panels[len(areas) :]:
        panel.set_visible(False)
    key = [
        (_dot(theme.ATTACK), say("attacks of the period")),
        (_dot(theme.QUIET), say("before")),
        (_ring(theme.OFFENSIVE), say("deviational ellipse")),
    ]
    room = figure.get_size_inches()[0] * 72 - 16
    heading = theme.wrap_text(theme.drawable(title), room, **theme.TITLE)
    figure.suptitle(heading, x=0.01, ha="left", fontsize=theme.TITLE_SIZE, fontweight="bold", color=theme.INK)
    beside = sum(theme.text_width(label) + 34 for _, label in key)
    has_key = theme.text_width(heading, **theme.TITLE) + beside < room
    if has_key:
        look = {"frameon": False, "fontsize": theme.SMALL_SIZE, "labelcolor": theme.MUTED}
        figure.legend(*zip(*key, strict=True), loc="outside upper right", ncols=3, **look)
    in_words = say("Strong dots: attacks of the period; pale ones: before; rings: deviational ellipses.")
    parts = ("" if has_key else in_words, say("A period with too few attacks has no ellipse."), say(PROJECTION))
    theme.write_foot(figure, caption, note=" ".join(filter(None, parts)), width=room)
    for panel in panels[: len(areas)]:
        theme.fit_frame(panel, frame)
    theme.write_scale(panels[0])
    return panels[: len(areas)]


@theme.chart("period_start", "period_end", "x_km", "y_km", "major_km", "minor_km", "angle", "centre_major_km")
def plot_centre_path(
    areas: pd.DataFrame,
    lines: pd.DataFrame,
    *,
    frame: theme.Frame,
    labels: pd.DataFrame | None = None,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str = "",
) -> Axes:
    """Draw each period's mean centre, the path from one to the next, the region that holds it at 95 %, and its ellipse.

    Parameters
    ----------
    areas : pandas.DataFrame
        From `measures.spread.areas_of`. Periods without a centre are passed over by a dotted line.
    lines, labels, frame
        As for `plot_map`.
    """
    title = title or say("Path of the mean centre, with ellipses")
    held = np.flatnonzero(theme.computed_rows(areas))
    if not held.size:
        reason = theme.reasons_of(areas) or say("No period has enough located attacks.")
        return theme.plot_absence(ax, title, reason, caption=caption)
    ax = _begin_map(ax, frame)
    _draw_lines(ax, lines, thin=0.8)
    shown = areas.iloc[held]
    shades = [_between(theme.QUIET, theme.ATTACK, place / max(len(areas) - 1, 1)) for place in held]
    for area, shade in zip(shown.itertuples(index=False), shades, strict=True):
        ax.add_patch(_ellipse(area, color=shade, linewidth=1.2))
        across = 2 * area.centre_major_km, 2 * area.centre_minor_km
        look: Any = {"facecolor": shade, "alpha": 0.25, "edgecolor": "none", "zorder": theme.LAYER_BAND}
        look |= {"angle": area.centre_angle, "gid": "centre region"}
        ax.add_patch(Ellipse((area.x_km, area.y_km), *across, **look))
    x, y = shown["x_km"].to_numpy(), shown["y_km"].to_numpy()
    for i in range(1, len(shown)):
        arrow = {"arrowstyle": "-|>", "color": theme.OFFENSIVE, "linewidth": 1.3, "shrinkA": 3, "shrinkB": 3}
        arrow["linestyle"] = ":" if held[i] - held[i - 1] > 1 else "-"
        look = {"arrowprops": arrow, "zorder": theme.LAYER_MARK}
        ax.annotate("", xy=(x[i], y[i]), xytext=(x[i - 1], y[i - 1]), **look)
    look = {"edgecolors": theme.INK, "linewidths": 0.7, "zorder": theme.LAYER_MARK, "gid": "centres"}
    ax.scatter(x, y, s=26, color=shades, **look)
    share = theme.share_words(shown)
    region_words = say("region of the centre at {share}", share=share) if share else say("region of the centre")
    key = [
        (Patch(facecolor=theme.QUIET, alpha=0.6), region_words),
        (_ring(theme.ATTACK), say("deviational ellipse")),
        (Line2D([], [], color=theme.OFFENSIVE, linewidth=1.3), say("path")),
    ]
    gaps = len(areas) - len(shown)
    note = say("{n} of {total} periods have too few located attacks.", n=gaps, total=len(areas)) if gaps else ""
    theme.write_head(ax, title, key=key)
    notes = (say("The stronger the colour, the later."), note, say(PROJECTION))
    theme.finish(ax, caption, note=" ".join(filter(None, notes)))
    theme.fit_frame(ax, frame)
    theme.write_scale(ax)
    _write_dates(ax, x, y, [_span_words(area) for area in shown.itertuples(index=False)])
    if labels is not None:
        _write_labels(ax, labels)
    return ax


@theme.chart("period_start", "period_end", "to", "value", "low", "high", "q10", "q90")
def plot_distances(
    table: pd.DataFrame,
    *,
    to: str = COAST,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the distance of attacks to a place, period by period: the median with its interval, and from the nearest to
    the farthest tenth.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.spread.distances_of`: `period_start, period_end, to, value, low, high, q10, q90`; periods without
        a value are shaded.
    to : str
        Which place's rows are drawn.
    """
    if not title and to == COAST:
        title = say("Distance of attacks to the sea coast")
    title = title or say("Distance of attacks to {place}", place=to)
    table = table[table["to"].eq(to)].sort_values("period_start")
    held = theme.computed_rows(table)
    if not held.any():
        reason = theme.reasons_of(table) or say("The table holds nothing about {place}.", place=to)
        return theme.plot_absence(ax, title, reason, caption=caption)
    ax = theme.begin(ax)
    starts, ends = theme.period_edges(table)
    columns = theme.floats(table, "value", "low", "high", "q10", "q90")
    value, low, high, q10, q90 = (np.where(held, column, np.nan) for column in columns)
    middle = (starts + ends) / 2
    ax.set_xlim(starts[0], ends[-1])
    theme.count_axis(ax, float(np.nanmax(np.concatenate([q90, high]))), room=1.08)
    width = 0.7 * (ends - starts)
    look: Any = {"color": theme.BASELINE, "zorder": theme.LAYER_BAND, "gid": "tenth to tenth"}
    ax.bar(middle[held], (q90 - q10)[held], width[held], bottom=q10[held], **look)
    look = {"linewidth": 1.4, "zorder": theme.LAYER_DATA, "gid": "interval"}
    ax.vlines(middle[held], low[held], high[held], color=theme.ATTACK, **look)
    look = {"markersize": 4.0, "linewidth": 1.0, "zorder": theme.LAYER_MARK, "gid": "median"}
    ax.plot(middle, value, "o-", color=theme.ATTACK, **look)
    wide, tall = theme.settle(ax)
    missing = theme.joined_spans(starts, ends, ~held)
    theme.shade_missing(ax, missing, say("too few located attacks"), width=wide, height=tall)
    theme.format_date_axis(ax, width=wide)
    share = theme.share_words(table[held])
    median = say("median, {share} interval", share=share) if share else say("median")
    key = [
        (Line2D([], [], color=theme.ATTACK, marker="o", markersize=4, linewidth=1.4), median),
        (Patch(facecolor=theme.BASELINE), say("nearest to farthest tenth")),
    ]
    theme.write_head(ax, title, value_label="km", key=key)
    return theme.finish(ax, caption)


@theme.chart("period_start", "period_end", "n_hit", "history_days", "value")
def plot_newly_hit(
    table: pd.DataFrame,
    *,
    units: str = "",
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
) -> Axes:
    """Draw the units hit each month, and of these the ones never hit before.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.spread.newly_hit_of`: `period_start, period_end, n_hit, history_days, value`; optional `partial`.
    units : str
        What a unit is, in the plural.
    """
    units = units or say("units")
    title = title or say("Hit each month, and hit for the first time: {units}", units=units)
    held = theme.computed_rows(table)
    if not held.any():
        return theme.plot_absence(ax, title, theme.reasons_of(table) or say("The table is empty."), caption=caption)
    ax = theme.begin(ax)
    starts, ends = theme.period_edges(table)
    hit, new = table["n_hit"].to_numpy(dtype=float), table["value"].to_numpy(dtype=float)
    partial = table["partial"].to_numpy(dtype=bool) if "partial" in table else np.zeros(len(table), dtype=bool)
    ax.set_xlim(starts[0], ends[-1])
    theme.count_axis(ax, float(hit.max()), room=1.08)
    theme.draw_counts(ax, starts, ends, hit, color=theme.QUIET, partial=partial)
    theme.draw_counts(ax, starts, ends, new, color=theme.OFFENSIVE)
    width = theme.settle(ax)[0]
    theme.format_date_axis(ax, width=width)
    key: list[tuple[Artist, str]] = [
        (Patch(facecolor=theme.QUIET), say("hit before")),
        (Patch(facecolor=theme.OFFENSIVE), say("for the first time")),
    ]
    if partial.any():
        key.append((theme.partial_handle(), say("partial month")))
    theme.write_head(ax, title, value_label=say("{units} hit, a month", units=units), key=key)
    note = say(
        "In the first months every unit is new; the last month has a history of {history} before it.",
        history=theme.format_span(float(table["history_days"].iloc[-1])),
    )
    return theme.finish(ax, caption, note=note)


def _begin_map(ax: Axes | None, frame: theme.Frame) -> Axes:
    ratio = (frame[3] - frame[2]) / (frame[1] - frame[0])
    ax = theme.begin(ax, size=(7.5, min(max(7.3 * ratio, 3.0), 7.0) + 1.1))
    theme.bare(ax)
    return ax


def _draw_lines(ax: Axes, lines: pd.DataFrame, *, thin: float = 1.0) -> None:
    for kind, look in LINE_LOOKS.items():
        chosen = lines[lines["kind"].eq(kind)]
        if chosen.empty:
            continue
        points = chosen[["x_km", "y_km"]].to_numpy()
        breaks = np.flatnonzero(np.diff(chosen["part"].to_numpy())) + 1
        drawn: Any = {"linewidths": thin * look["linewidth"], "linestyles": [look["linestyle"]], "gid": kind}
        lines_drawn = LineCollection(np.split(points, breaks), zorder=theme.LAYER_SHADE, color=look["color"], **drawn)
        ax.add_collection(lines_drawn, autolim=False)


def _draw_links(ax: Axes, links: pd.DataFrame, size: float) -> None:
    """Ring the attacks of each offensive, and write its number beside the one that is nearest to its middle."""
    look: Any = {"facecolors": "none", "edgecolors": theme.OFFENSIVE, "linewidths": 1.2, "zorder": theme.LAYER_MARK}
    ax.scatter(links["x_km"], links["y_km"], s=1.8 * size, gid="attacks of offensives", **look)
    for number, (_, members) in enumerate(links.groupby("offensive_id", sort=False), start=1):
        away = np.hypot(members["x_km"] - members["centre_x_km"], members["y_km"] - members["centre_y_km"])
        nearest = members.loc[away.idxmin()]
        look = {"va": "baseline", "fontweight": "bold", "zorder": theme.LAYER_TEXT, "gid": "offensive"}
        at = (nearest["x_km"], nearest["y_km"])
        theme.write_by(ax, str(number), at, (4, 4), color=theme.OFFENSIVE, **look)


def _write_labels(ax: Axes, labels: pd.DataFrame) -> None:
    """Write the countries' names, largest first, where they meet no other words and stay inside."""
    taken = _text_boxes(ax)
    frame = ax.get_window_extent()
    scale = theme.figure_of(ax).dpi / 72
    ordered = labels.sort_values("share", ascending=False) if "share" in labels else labels
    for label in ordered.itertuples(index=False):
        words = theme.safe_text(label.name, limit=30)
        x, y = ax.transData.transform((label.x_km, label.y_km))
        half, high = theme.text_width(words) * scale / 2 + 2, theme.SMALL_SIZE * scale
        x = min(max(x, frame.x0 + half + 2), frame.x1 - half - 2)
        box = (x - half, y - high, x + half, y + high)
        if box[1] < frame.y0 or box[3] > frame.y1 or theme.meets_any(box, taken):
            continue
        taken.append(box)
        at_x, at_y = ax.transData.inverted().transform((x, y))
        look: Any = {"fontstyle": "italic", "zorder": theme.LAYER_TEXT, "gid": "country"}
        theme.write_at(ax, at_x, at_y, words, color=theme.MUTED, bbox=theme.ground(alpha=0.7, pad=0.8), **look)


def _write_dates(ax: Axes, x: np.ndarray, y: np.ndarray, words: list[str]) -> None:
    """Write each centre's period beside it, on the side that is free; the newest first."""
    taken = _text_boxes(ax)
    frame = ax.get_window_extent()
    scale = theme.figure_of(ax).dpi / 72
    for place in range(len(words) - 1, -1, -1):
        at_x, at_y = ax.transData.transform((x[place], y[place]))
        wide, high = theme.text_width(words[place]) * scale + 4, 1.5 * theme.SMALL_SIZE * scale
        for distance in (7, 22, 40, 60):
            sides = ((7, 0), (-7 - wide / scale, 0))
            aslant = ((-wide / scale / 2, distance), (-wide / scale / 2, -distance))
            for right, up in (*sides, *aslant, (distance, distance), (distance, -distance)):
                left, middle = at_x + right * scale, at_y + up * scale
                box = (left, middle - high / 2, left + wide, middle + high / 2)
                inside = box[0] > frame.x0 and box[2] < frame.x1 and box[1] > frame.y0 and box[3] < frame.y1
                if inside and not theme.meets_any(box, taken):
                    break
            else:
                continue
            taken.append(box)
            leader = {"arrowstyle": "-", "color": theme.MUTED, "linewidth": 0.6} if abs(up) > 10 else None
            look: Any = {"zorder": theme.LAYER_TEXT, "arrowprops": leader}
            look["bbox"] = theme.ground(alpha=0.8, pad=0.8)
            theme.write_by(ax, words[place], (x[place], y[place]), (right, up), **look)
            break


def _text_boxes(ax: Axes) -> list[tuple[float, float, float, float]]:
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
    return [(box.x0, box.y0, box.x1, box.y1) for box in boxes]


def _ellipse(area: Any, *, color: ColorType, linewidth: float) -> Ellipse:
    look: Any = {"fill": False, "edgecolor": color, "linewidth": linewidth, "zorder": theme.LAYER_MARK - 0.2}
    across = 2 * area.major_km, 2 * area.minor_km
    return Ellipse((area.x_km, area.y_km), *across, angle=area.angle, gid="ellipse", **look)


def _between(first: str, second: str, share: float) -> tuple[float, float, float]:
    red, green, blue = ((1 - share) * a + share * b for a, b in zip(to_rgb(first), to_rgb(second), strict=True))
    return red, green, blue


def _dot(color: str) -> Line2D:
    return Line2D([], [], marker="o", linestyle="none", color=color, markersize=5)


def _ring(color: str) -> Line2D:
    look: Any = {"linestyle": "none", "markersize": 7, "fillstyle": "none", "markeredgewidth": 1.3}
    return Line2D([], [], marker="o", color=color, **look)


def _short_day(day: object) -> str:
    stamp = pd.Timestamp(day)
    return f"{theme.format_day(stamp, year=False)} {stamp.year % 100:02d}"


def _span_words(area: Any) -> str:
    last = pd.Timestamp(area.period_end) - pd.Timedelta(days=1)
    return f"{theme.format_month(area.period_start)} – {theme.format_month(last)}"
