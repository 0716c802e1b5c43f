"""Who says what happened: claims as intervals, claim against counter-claim, and who tells of its own dead."""

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from analysis.figures import theme
from analysis.language import message, say

SIDES = {
    "attacker": (message("attackers say"), theme.OFFENSIVE, "^"),
    "defender": (message("defenders say"), theme.EXPECTED, "s"),
    "third_party": (message("third parties say"), theme.REFERENCE, "o"),
}
KILLED = {
    "attacker": message("attackers killed"),
    "defender": message("defenders killed"),
    "civilian": message("civilians killed"),
    "all": message("members of all parties killed"),
}
LABEL_CHARACTERS = 44
WORDS_WIDTH = 165.0  # points at the right of the axes
HEAD, ROW = 1.35, 0.28  # inches: title, key and caption together; one claim
LEDGER_COLUMNS = (
    "event", "date_start", "where", "subject_side", "measure", "counted", "claimant", "claimant_side", "words",
    "silent", "low", "high",
)  # fmt: skip


@theme.chart(*LEDGER_COLUMNS)
def plot_ledger(
    table: pd.DataFrame, *, ax: Axes | None = None, caption: theme.Caption | None = None, title: str | None = None
) -> Axes:
    """Draw what each claimant says of one event's losses: an interval each, open ends as arrows, silence as a hatched
    strip.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows of one event, counted in one unit, from `measures.ledger.ledger_of`: `event, date_start, where,
        subject_side, measure, counted, claimant, claimant_side, words, silent, low, high`, and `loss` where it is in
        words. Drawn in the table's order, under a head for each loss.

    Raises
    ------
    ValueError
        If the table holds several events or units.

    Notes
    -----
    A dot is a number; a bar runs from the least to the greatest that the words allow; an arrow has no upper end.
    """
    for column in ("event", "counted"):
        if len(values := table[column].drop_duplicates()) > 1:
            raise ValueError(
                f"plot_ledger: the table holds {len(values)} values of {column} ({', '.join(values[:3])}); expected"
                " one. Select one first."
            )
    if table.empty:
        nobody = say("no claimant gives a number of persons")
        return theme.plot_absence(ax, title or say("Who says what"), nobody, caption=caption)
    place, day = theme.safe_text(table["where"].iloc[0], limit=60), theme.format_day(table["date_start"].iloc[0])
    title = title or say("Who says what: {place}, {day}", place=place, day=day)
    table, left_out = _that_fit(table, ax)
    if "loss" in table:
        heads = table["loss"].map(_capital).reset_index(drop=True)
    else:
        heads = pd.Series([_loss(*loss) for loss in zip(table["subject_side"], table["measure"], strict=True)])
    new_head = heads.ne(heads.shift())
    places = np.arange(len(table)) + new_head.cumsum().to_numpy()
    ax = theme.begin(ax, size=(theme.REPORT_COLUMN[0], HEAD + ROW * (places[-1] + 1)))
    room = _room(ax)
    top = _top(table)
    ax.set(xlim=(0, top), ylim=(places[-1] + 0.6, -0.5))
    for place, row in zip(places, table.itertuples(index=False), strict=True):
        _draw_claim(ax, place, row, top, room)
    labels = [theme.fit_text(theme.safe_text(name, limit=LABEL_CHARACTERS), room) for name in table["claimant"]]
    ax.set_yticks(places, labels)
    for tick, side in zip(ax.get_yticklabels(), table["claimant_side"], strict=True):
        tick.set_color(SIDES[side][1])
    theme.measure_along_x(ax)
    for place, head in zip(places[new_head], heads[new_head], strict=True):
        theme.write_by(ax, head, (0, place - 1), (0, -1), fontweight="bold", gid="head")
    theme.name_x(ax, say(COUNTED.get(counted := table["counted"].iloc[0], counted)))
    key = _sides_key(table)
    if table["silent"].any():
        key.append((theme.missing_handle(), say("gives no figure")))
    is_open = np.isinf(table["high"]) & ~table["silent"]
    note = say("Arrows: no upper end.") if is_open.any() else ""
    return theme.write_frame(ax, title, key, caption, _with_rest(note, len(table), left_out))


@theme.chart("event", "date_start", "where", "subject_side", "claimant_side", "low", "high")
def plot_counter_claims(
    table: pd.DataFrame, *, ax: Axes | None = None, caption: theme.Caption | None = None, title: str | None = None
) -> Axes:
    """Draw claim against counter-claim: for each event and side of the dead, the span that each side's claimants allow.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.claims.claims_by_side`: `event, date_start, where, subject_side, claimant_side, low, high`.

    Notes
    -----
    Open ends are arrows, as in `plot_ledger`.
    """
    title = title or say("Deaths by claim and counter-claim")
    if table.empty:
        none = say("of no event do two sides give a figure of the same dead")
        return theme.plot_absence(ax, title, none, caption=caption)
    every = list(dict.fromkeys(zip(table["event"], table["subject_side"], strict=True)))
    losses = every[-theme.room_for_rows(ax, head=1.45, row=0.42) :]  # the newest
    table = table[[loss in losses for loss in zip(table["event"], table["subject_side"], strict=True)]]
    ax = theme.begin(ax, size=(theme.REPORT_COLUMN[0], 1.45 + 0.42 * len(losses)))
    room = _room(ax)
    top = _top(table)
    ax.set(xlim=(0, top), ylim=(len(losses) - 0.4, -0.6))
    labels = {}
    for place, loss in enumerate(losses):
        rows = table[table["event"].eq(loss[0]) & table["subject_side"].eq(loss[1])]
        offsets = (np.arange(len(rows)) - (len(rows) - 1) / 2) * 0.24
        for offset, row in zip(offsets, rows.itertuples(index=False), strict=True):
            _draw_interval(ax, place + offset, row, top)
        where = theme.fit_text(theme.safe_text(rows["where"].iloc[0], limit=LABEL_CHARACTERS), room)
        labels[place] = f"{where}\n{theme.format_day(rows['date_start'].iloc[0])}, {say(KILLED[loss[1]])}"
    ax.set_yticks(list(labels), list(labels.values()), linespacing=1.15)
    theme.measure_along_x(ax)
    theme.name_x(ax, say("deaths"))
    note = say("Arrows: no upper end.") if np.isinf(table["high"]).any() else ""
    rest = _with_rest(note, len(losses), len(every) - len(losses))
    return theme.write_frame(ax, title, _sides_key(table), caption, rest)


@theme.chart("claimant", "claimant_side", "event", "date_start", "disclosed")
def plot_disclosure(
    table: pd.DataFrame, *, ax: Axes | None = None, caption: theme.Caption | None = None, title: str | None = None
) -> Axes:
    """Draw, for each party over time, the events it spoke about: with a figure of its own dead, with none, or without a
    word.

    Parameters
    ----------
    table : pandas.DataFrame
        From `measures.claims.disclosures`: `claimant, claimant_side, event, date_start, disclosed`.

    Notes
    -----
    At the right of each party: for how many of its events it gave a figure. Parties with most events first.
    """
    title = title or say("Who gives a figure of its own dead")
    if table.empty:
        return theme.plot_absence(ax, title, say("no party speaks of these events"), caption=caption)
    counts = table["claimant"].value_counts()
    every = sorted(counts.index, key=lambda name: (-counts[name], name))
    names = every[: theme.room_for_rows(ax, head=1.3, row=0.3)]
    table = table[table["claimant"].isin(names)]
    ax = theme.begin(ax, size=(theme.REPORT_COLUMN[0], 1.3 + 0.3 * len(names)))
    days = theme.day_numbers(table["date_start"])
    pad = max((days.max() - days.min()) * 0.03, 3.0)
    ax.set(xlim=(days.min() - pad, days.max() + pad), ylim=(len(names) - 0.4, -0.6))
    at_right = []
    for place, name in enumerate(names):
        mine = table["claimant"].eq(name).to_numpy()
        color = SIDES[table.loc[mine, "claimant_side"].iloc[0]][1]
        for disclosed, look in _DISCLOSURE_LOOKS.items():
            chosen = mine & table["disclosed"].eq(disclosed).to_numpy()
            if chosen.any():
                of_name: Any = {"zorder": theme.LAYER_MARK, "gid": f"{name}: {disclosed}"}
                ax.plot(days[chosen], np.full(chosen.sum(), place), **look.drawn(color), **of_name)
        told = int((mine & table["disclosed"].eq("figure").to_numpy()).sum())
        at_right.append((place, say("{n} of {total}", n=told, total=int(mine.sum())), color))
    room = _room(ax)
    labels = [theme.fit_text(theme.safe_text(name, limit=LABEL_CHARACTERS), room) for name in names]
    ax.set_yticks(range(len(names)), labels)
    key = [
        (Line2D([], [], **look.drawn(theme.INK)), say(look.word))
        for name, look in _DISCLOSURE_LOOKS.items()
        if table["disclosed"].eq(name).any()
    ]
    theme.format_date_axis(ax)
    theme.write_at_right(ax, at_right)
    note = say("At the right: events with a figure, of those spoken about.")
    return theme.write_frame(ax, title, key, caption, _with_rest(note, len(names), len(every) - len(names)))


class _DisclosureLook(NamedTuple):
    marker: str
    size: float
    word: str
    filled: bool = False
    edge: str = ""

    def drawn(self, color: str) -> dict[str, Any]:
        """Return the look of a mark in a party's colour."""
        return {
            "linestyle": "none", "marker": self.marker, "markersize": self.size, "markeredgewidth": 1.2,
            "markerfacecolor": color if self.filled else theme.PAPER, "markeredgecolor": self.edge or color,
        }  # fmt: skip


_DISCLOSURE_LOOKS = {
    "figure": _DisclosureLook("o", 7, message("a figure"), filled=True),
    "no figure": _DisclosureLook("o", 7, message("gives no figure")),
    "not mentioned": _DisclosureLook("|", 8, message("spoke, not of its dead"), edge=theme.UNCERTAIN),
}


def _sides_key(table: pd.DataFrame) -> list[tuple[Artist, str]]:
    return [(_mark(side), say(word)) for side, (word, *_) in SIDES.items() if table["claimant_side"].eq(side).any()]


def _with_rest(note: str, shown: int, left_out: int) -> str:
    """Return a note that says how many rows a small figure has no room for."""
    rest = say("{shown} of {n} rows are shown.", shown=shown, n=shown + left_out) if left_out else ""
    return f"{note} {rest}".strip()


def _room(ax: Axes) -> float:
    """Return the width that names at the left, and words at the right, may each take, points: a third of the chart."""
    return theme.inches_of(ax)[0] * 72 * 0.34


def _that_fit(table: pd.DataFrame, ax: Axes | None) -> tuple[pd.DataFrame, int]:
    """Return the first claims that the figure has rows for, with the heads of their losses, and how many it has not."""
    rows = theme.room_for_rows(ax, head=HEAD + theme.more_head(ax), row=ROW, least=2)
    losses = table[["subject_side", "measure"]]
    taken = np.arange(1, len(table) + 1) + losses.ne(losses.shift()).any(axis=1).cumsum().to_numpy()
    shown = int((taken <= rows).sum()) or 1
    return table.iloc[:shown].reset_index(drop=True), len(table) - shown


def _top(table: pd.DataFrame) -> float:
    """Return the end of the count axis: room beyond the largest number for the arrows."""
    ends = np.concatenate([table["low"].to_numpy(), table["high"].to_numpy()])
    largest = ends[np.isfinite(ends)].max(initial=0.0)
    return max(1.22 * largest, 5.0)


# What persons are counted in; other units are called as the table calls them.
COUNTED = {"persons": message("persons")}


def _loss(subject_side: str, measure: str) -> str:
    """Return a loss where the table brings no words of it: ``Defenders killed``."""
    if measure == "killed" and subject_side in KILLED:
        return _capital(say(KILLED[subject_side]))
    return _capital(f"{subject_side} {measure}".replace("_", " "))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _draw_claim(ax: Axes, place: float, row: Any, top: float, room: float) -> None:
    if row.silent:
        look: Any = {"zorder": theme.LAYER_SHADE, "gid": "silence", **theme.MISSING_LOOK}
        ax.add_patch(Rectangle((0, place - 0.3), top, 0.6, **look))
    else:
        _draw_interval(ax, place, row, top)
    _write_words(ax, place, row, room)


def _draw_interval(ax: Axes, place: float, row: Any, top: float) -> None:
    _, color, marker = SIDES[row.claimant_side]
    gid = f"{row.event}: {row.claimant_side}"
    if math.isinf(row.high):
        look: Any = {"arrowstyle": "-|>", "color": color, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0}
        arrow: Any = {"arrowprops": look, "zorder": theme.LAYER_DATA, "gid": "open end"}
        ax.annotate("", xy=(top, place), xytext=(row.low, place), **arrow)
    elif row.high > row.low:
        ax.plot([row.low, row.high], [place, place], color=color, linewidth=4, zorder=theme.LAYER_DATA, gid=gid)
    # From zero up without an end says nothing of a number: no mark stands at the zero.
    if row.low == row.high or (math.isinf(row.high) and row.low > 0):
        look = {"markersize": 5.5, "zorder": theme.LAYER_MARK, "clip_on": False, "gid": gid}
        ax.plot([row.low], [place], marker, color=color, **look)


def _write_words(ax: Axes, place: float, row: Any, room: float) -> None:
    text = theme.wrap_text(theme.safe_text(row.words, limit=66), min(room, WORDS_WIDTH))
    if text.count("\n") > 1:  # a row has room for two lines
        first, rest = text.split("\n", 1)
        text = f"{first}\n{theme.fit_text(rest, min(room, WORDS_WIDTH))}"
    look: Any = {"color": theme.MISSING_TEXT if row.silent else theme.MUTED, "linespacing": 1.0, "gid": "words"}
    theme.write_by(ax, text, (1, place), (6, 0), coords=("axes fraction", "data"), **look)


def _mark(side: str) -> Line2D:
    _, color, marker = SIDES[side]
    return Line2D([], [], linestyle="-", linewidth=1.6, marker=marker, markersize=5.5, color=color)
