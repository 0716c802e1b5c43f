"""Axes of dates, of whole numbers and of names; spans of time as numbers on them."""

from collections.abc import Sequence

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, MaxNLocator

from analysis.figures.theme.fitting import text_width, wrap_text
from analysis.figures.theme.look import GRID, MUTED, SMALL_SIZE
from analysis.figures.theme.sheet import figure_of, settle
from analysis.figures.theme.words import format_day, in_these_marks, month_name

# Left, right, bottom and top of a map, km.
Frame = tuple[float, float, float, float]


def fit_frame(ax: Axes, frame: Frame) -> None:
    """Set limits so that a map's frame is held whole and a kilometre is as long up as across."""
    width, height = settle(ax)
    scale = max((frame[1] - frame[0]) / width, (frame[3] - frame[2]) / height)
    x, y = (frame[0] + frame[1]) / 2, (frame[2] + frame[3]) / 2
    ax.set_xlim(x - scale * width / 2, x + scale * width / 2)
    ax.set_ylim(y - scale * height / 2, y + scale * height / 2)


def day_numbers(days: object) -> np.ndarray:
    """Return dates as matplotlib's day numbers."""
    return mdates.date2num(pd.to_datetime(pd.Series(days)).to_numpy())


# From the finest: steps between ticks, in days, months or years.
DATE_STEPS = (
    *(("day", n) for n in (1, 2, 7, 14)),
    *(("month", n) for n in (1, 2, 3, 4, 6)),
    *(("year", n) for n in (1, 2, 5, 10, 20, 50)),
)  # fmt: skip
MOST_DATES = 10


def format_date_axis(ax: Axes, *, width: float | None = None) -> None:
    """Give the x axis the finest plain dates that do not meet, at most ten; the year stands once, under the first of
    its dates.

    The axes' limits must be set before. `width`: of the axes in points, if known.
    """
    ax.xaxis_date()
    left, right = sorted(ax.get_xlim())
    write_dates(ax, *plain_dates(left, right, room=width or settle(ax)[0]))


def plain_dates(left: float, right: float, *, room: float) -> tuple[list[float], list[str]]:
    """Return the finest plain dates between two day numbers that do not meet in so many points, and their labels."""
    scale = room / (right - left)
    ticks, labels = [left], [_date_label(mdates.num2date(left), "day", first=True)]
    for unit, step in DATE_STEPS:
        days = _date_ticks(left, right, unit, step)
        if not 2 <= len(days) <= MOST_DATES:
            continue
        written = [
            _date_label(day, unit, first=place == 0 or day.year != days[place - 1].year)
            for place, day in enumerate(days)
        ]
        at = mdates.date2num(days)
        wide = np.array([text_width(words) for words in written])
        if (np.diff(at) * scale >= (wide[1:] + wide[:-1]) / 2 + 6).all():
            ticks, labels = at.tolist(), written
            break
    return ticks, labels


def write_dates(ax: Axes, ticks: Sequence[float], labels: Sequence[str]) -> None:
    """Write dates under the x axis."""
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_major_formatter(FixedFormatter(labels))
    for label in ax.get_xticklabels():
        label.set_linespacing(1.15)
    ax.set_xlabel("")


def _date_ticks(left: float, right: float, unit: str, step: int) -> list[pd.Timestamp]:
    """Return the days from left to right, day numbers, that begin a step."""
    first, last = (pd.Timestamp(mdates.num2date(end)).tz_localize(None) for end in (left, right))
    if (last - first).days > 400 * step * {"day": 1, "month": 30, "year": 365}[unit]:
        return []
    if unit == "day":
        begin = first.ceil("D") if step < 7 else pd.Timestamp(first.year, first.month, 1)
        days = pd.date_range(begin, last, freq=f"{step}D")
    elif unit == "month":
        days = pd.date_range(pd.Timestamp(first.year, 1, 1), last, freq=f"{step}MS")
    else:
        days = pd.date_range(pd.Timestamp(first.year - first.year % step, 1, 1), last, freq=f"{step}YS")
    return [day for day in days if day >= first]


def _date_label(day: pd.Timestamp, unit: str, *, first: bool) -> str:
    if unit == "year":
        return str(day.year)
    told = month_name(day.month) if unit == "month" else format_day(day, year=False)
    return f"{told}\n{day.year}" if first else told


def measure_along_x(ax: Axes) -> None:
    """Give axes whose rows are named a grid along x alone."""
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x", color=GRID, linewidth=0.8)


def name_x(ax: Axes, words: str) -> None:
    """Say in small letters what the x axis measures."""
    ax.set_xlabel(words, fontsize=SMALL_SIZE, color=MUTED)


def wrap_ticks(ax: Axes) -> None:
    """Break the words under an x axis of named places into lines, or leave out every second, so that neighbours do not
    meet."""
    width, _ = settle(ax)
    limits = ax.get_xlim()
    place = ax.transData.transform([(at, 0.0) for at in ax.get_xticks()])[:, 0] * 72 / figure_of(ax).dpi
    words = [label.get_text() for label in ax.get_xticklabels()]
    room = float(np.diff(place).min(initial=np.inf)) - 4 if len(place) > 1 else width
    wrapped = [wrap_text(text, room) for text in words]
    if any(text_width(text) > room for text in wrapped):
        wrapped = [text if number % 2 == 0 else "" for number, text in enumerate(words)]
    if wrapped != words:
        ax.set_xticks(ax.get_xticks(), wrapped)
    ax.set_xlim(*limits)


def count_axis(ax: Axes, top: float, *, ticks: int = 4, room: float = 0.0) -> None:
    """Give the y axis whole-number ticks from zero up to `top` and no further; with ``room`` it ends at so many times
    `top`, which is at least 1 then."""
    if room:
        ax.set_ylim(0, room * max(top, 1.0))
    steps = MaxNLocator(nbins=ticks, integer=True, steps=[1, 2, 2.5, 5, 10]).tick_values(0, max(top, 1))
    ax.set_yticks([step for step in steps if step <= max(top, 1) + 1e-9])
    ax.yaxis.set_major_formatter(FuncFormatter(in_these_marks(lambda value: f"{value:,.0f}")))


def period_edges(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the starts and ends of a table's periods as day numbers.

    Without `period_end` each ends where the next starts.
    """
    starts = day_numbers(table["period_start"])
    if "period_end" in table:
        return starts, day_numbers(table["period_end"])
    last = np.diff(starts)[-1] if len(starts) > 1 else 7.0
    return starts, np.append(starts[1:], starts[-1] + last)


def stepped(values: np.ndarray) -> np.ndarray:
    """Return values with the last one twice, as a line of steps asks for one more than its periods."""
    return np.append(values, values[-1])


def joined_spans(starts: np.ndarray, ends: np.ndarray, chosen: np.ndarray) -> list[tuple[float, float]]:
    """Join chosen neighbouring spans, in order, into as few as possible."""
    spans: list[tuple[float, float]] = []
    for start, end in zip(np.asarray(starts)[chosen], np.asarray(ends)[chosen], strict=True):
        if spans and start <= spans[-1][1] + 1e-9:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((float(start), float(end)))
    return spans
