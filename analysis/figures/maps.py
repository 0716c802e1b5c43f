"""Where attacks were recorded, and where that changed: maps of first-order units, their names, and the places hit.

Shapes are drawn in an azimuthal equidistant plane about the middle of the countries studied; nothing is fetched.
"""

import math
import re
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.path import Path
from matplotlib.transforms import Bbox, ScaledTranslation

from analysis.figures import theme
from analysis.language import localised, message, say, say_count

SEA, LAND, LINE, COUNTRY_LINE = "#EDF3F7", "#F1EFEA", "#9AA5B1", "#52606D"
# Few to many attacks; dark enough at the end for white words, each step darker in grey too.
SHADES = ("#FFFFFF", "#FBE3D0", "#F3B98F", "#DB7F4C", "#A8450F")
# From fewer to many more; in grey each is darker than the one before.
CHANGES = {
    "none": ("#FFFFFF", message("none now, none usual")),
    "fewer": ("#CFE4F5", message("fewer")),
    "no clear change": ("#C4C7CA", message("no clear change")),
    "more": ("#E69152", message("more")),
    "too few to say": ("#F1F2F3", message("too few to say")),
    "many more": ("#A63603", message("three times as many or more")),
    "from next to none": ("#F7D7BC", message("from next to none")),
    "not known": (theme.MISSING, message("cannot tell")),
}
# In grey, these would be much like what is too few to judge: they are hatched.
HATCHES = {"fewer": ("#6E9CC2", "\\\\\\\\"), "from next to none": ("#C2641F", "////")}
MANY = 3.0
SMALLEST_DOT, LARGEST_DOT = 14.0, 190.0
MOST_TOWNS, MOST_GUARDED = 7, 60
NAME_LIMIT = 26
NO_CANVAS = (0.0, 0.0)
THINNEST = 0.8  # points of an outline that lie nearer to one another than this are one, in points
_KIND = re.compile(r"\s+(town|city|village|sub-district)$", re.IGNORECASE)


@theme.style()
def plot_where(
    areas: pd.DataFrame,
    shapes: pd.DataFrame,
    labels: pd.DataFrame,
    places: pd.DataFrame,
    *,
    frame: theme.Frame,
    unknown: Sequence[str] = (),
    problem: str = "",
    width: float = 7.5,
    tallest: float = 7.0,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
    subtitle: str = "",
) -> Axes:
    """Draw the countries studied with their units shaded by attacks, the places hit as dots, and offensives by number.

    Parameters
    ----------
    areas, shapes, labels, places, frame, unknown
        From `measures.maps.where_of`.
    problem : str
        Why there is nothing to draw.
    width, tallest : float
        Of a new figure, inches: its width, and the height that the map may take.
    ax : matplotlib.axes.Axes, optional
        Where to draw; the map fits it.
    caption, title, subtitle
        What stands under it, what it finds, and what is drawn with its unit.
    """
    theme.need_columns(areas, ("shape", "name", "inside", "n", "n_rough"), what="plot_where (areas)")
    title = title if title is not None else say("Where attacks were recorded")
    if problem:
        return theme.plot_absence(ax, title, problem, caption=caption, width=width)
    drawn = areas[areas["shape"].ne("")].set_index("shape")
    counts = drawn["n"]
    steps = _steps(int(counts.max()) if len(counts) else 0)
    shade = {shape: SHADES[int(np.searchsorted(steps, n, side="right"))] for shape, n in counts.items()}
    own = ax is None
    ax = _begin(ax, frame, width=width, tallest=tallest)
    offensives = _draw_places(ax, places)
    key: list[tuple[Artist, str]] = [
        (Patch(facecolor=color, edgecolor=LINE, linewidth=0.6), words) for color, words in _step_words(steps)
    ]
    if len(places):
        most = places["n"].max()
        for n in dict.fromkeys((1, int(most))):
            key.append((_dot(_area(n, most), theme.ATTACK), say("{n} at one place", n=n)))
    if offensives:
        words = say_count("of [an offensive|offensives], by [its number|their numbers]", offensives)
        key.append((_dot(60, theme.OFFENSIVE), words))
    if len(unknown):
        key.append((theme.missing_handle(), say("not covered by the table")))
    _write_around(ax, frame, title, subtitle, key, caption, _note(areas, places, frame), tallest=tallest if own else 0)
    paths = _draw_shapes(ax, shapes, shade, unknown)
    dots, numbers = _dot_boxes(ax, places), _write_numbers(ax, places)
    written = {
        shape: (_area_words(row["name"], row["inside"]), localised(f"{row['n']:,}")) for shape, row in drawn.iterrows()
    }
    _write_labels(ax, labels, written, shade, counts, paths, numbers, dots, places)
    return ax


@theme.style()
def plot_change(
    areas: pd.DataFrame,
    shapes: pd.DataFrame,
    labels: pd.DataFrame,
    *,
    frame: theme.Frame,
    unknown: Sequence[str] = (),
    problem: str = "",
    width: float = 7.5,
    tallest: float = 7.0,
    ax: Axes | None = None,
    caption: theme.Caption | None = None,
    title: str | None = None,
    subtitle: str = "",
) -> Axes:
    """Draw units shaded by how the period compares with what is usual, each with its count and the usual one.

    Parameters
    ----------
    areas, shapes, labels, frame, unknown
        From `measures.maps.where_of`.
    problem, width, tallest, ax, caption, title, subtitle
        As for `plot_where`.
    """
    theme.need_columns(areas, ("shape", "name", "inside", "n", "usual", "change", "value"), what="plot_change (areas)")
    title = title if title is not None else say("Where attacks are more or fewer than usual")
    if problem:
        return theme.plot_absence(ax, title, problem, caption=caption, width=width)
    drawn = areas[areas["shape"].ne("")].set_index("shape")
    classes = {
        shape: _class(row["change"], row["value"]) for shape, row in drawn.iterrows() if shape not in set(unknown)
    }
    shade = {shape: CHANGES[name][0] for shape, name in classes.items()}
    missing = [*unknown, *(shape for shape, name in classes.items() if name == "not known")]
    own = ax is None
    ax = _begin(ax, frame, width=width, tallest=tallest)
    key, seen = [], set()
    for name, (color, words) in CHANGES.items():
        if name in classes.values() and words not in seen:
            seen.add(words)
            key.append((_change_handle(name, color), say(words)))
    if len(unknown):
        key.append((theme.missing_handle(), say("not covered by the table")))
    note = f"{say('Beside each name: this period / a usual month.')} {_note(areas, None, frame)}".strip()
    _write_around(ax, frame, title, subtitle, key, caption, note, tallest=tallest if own else 0)
    paths = _draw_shapes(ax, shapes, shade, missing)
    written: dict[str, tuple[str, str]] = {}
    for shape, row in drawn.iterrows():
        numbers = ""
        if shape not in missing and (row["n"] or row["usual"]):
            numbers = localised(f"{row['n']:,}") + f" / {_usual_words(row['usual'])}"
        written[str(shape)] = (_area_words(row["name"], row["inside"]), numbers)
    weight = drawn["n"] + drawn["usual"].fillna(0)
    _write_labels(ax, labels, written, shade, weight, paths, [], [], None)
    return ax


# ---------------------------------------------------------------------------------------------------------------------
# Classes and words


def _steps(most: int) -> list[int]:
    """Return the least count of each shade in use but the first, which is for none: 1 and up to three more, of round
    numbers."""
    if most < len(SHADES):
        return list(range(1, most + 1))
    steps = [1]
    for share in (0.1, 0.3, 0.6):
        wanted = max(share * most, steps[-1] + 1)
        size = 10 ** math.floor(math.log10(wanted))
        round_one = min((factor * size for factor in (1, 2, 3, 5, 10)), key=lambda step: abs(step - wanted))
        steps.append(max(int(round_one), steps[-1] + 1))
    return steps


def _step_words(steps: list[int]) -> list[tuple[str, str]]:
    """Return each shade in use with the counts that it stands for."""
    words = [(SHADES[0], say("none"))]
    for place, least in enumerate(steps):
        last = place == len(steps) - 1
        greatest = least if last and len(steps) < len(SHADES) - 1 else None if last else steps[place + 1] - 1
        said = say("{n} or more", n=least) if greatest is None else say("{low} to {high}", low=least, high=greatest)
        words.append((SHADES[place + 1], said if greatest != least else localised(f"{least:,}")))
    return words


def _class(change: str, ratio: float) -> str:
    return "many more" if change == "more" and not ratio < MANY else change  # of none, any are as many times more


def _change_handle(name: str, color: str) -> Artist:
    if name == "not known":
        return theme.missing_handle()
    line, hatch = HATCHES.get(name, (LINE, ""))
    return Patch(facecolor=color, edgecolor=line, hatch=hatch, linewidth=0.6)


def _usual_words(usual: float) -> str:
    return localised("<0.1" if 0 < usual < 0.05 else f"{usual:.0f}" if usual >= 9.95 or usual == 0 else f"{usual:.1f}")


def _area_words(name: str, inside: str) -> str:
    """Return a shape's name, with the names of the table's units that are drawn inside it."""
    words, others = (theme.safe_text(text, limit=NAME_LIMIT) for text in (name, inside))
    return say("{unit} with {others}", unit=words, others=others) if inside else words


def _town_words(name: str) -> str:
    """Return a place's name without what stands in brackets or after a comma, and without the word for its kind."""
    return theme.safe_text(_KIND.sub("", re.sub(r"\s*(\([^)]*\)|,.*)", "", name)) or name, limit=NAME_LIMIT)


def _note(areas: pd.DataFrame, places: pd.DataFrame | None, frame: theme.Frame) -> str:
    """Say what of the window's attacks the map does not show, and what its signs stand for."""
    said = []
    if rough := int(areas.loc[areas["shape"].ne(""), "n_rough"].sum()):
        said.append(say_count("{n} located only roughly [is|are] counted in [its|their] region.", rough))
    if only := int(areas.loc[areas["name"].eq(""), "n"].sum()):
        said.append(say_count("{n} located only to the country [is|are] not drawn.", only))
    lost = areas[areas["name"].ne("") & areas["shape"].eq("") & areas["n"].gt(0)]
    if len(lost):
        names = [theme.safe_text(name, limit=NAME_LIMIT) for name in lost["name"]]
        shown = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
        said.append(say("The map does not hold {units} ({n} there).", units=shown, n=int(lost["n"].sum())))
    if places is not None and len(places):
        outside = places[~(places["x_km"].between(*frame[:2]) & places["y_km"].between(*frame[2:]))]
        if len(outside):
            said.append(say_count("{n} [lies|lie] outside the map.", int(outside["n"].sum())))
    names = [*areas["name"], *(places["name"] if places is not None else [])]
    if any(theme.MISSING_GLYPH in theme.safe_text(name) for name in names if name):
        said.append(say("{sign} stands for signs that the chart's type lacks.", sign=theme.MISSING_GLYPH))
    return " ".join(said)


# ---------------------------------------------------------------------------------------------------------------------
# Drawing


def _begin(ax: Axes | None, frame: theme.Frame, *, width: float, tallest: float) -> Axes:
    ratio = (frame[3] - frame[2]) / (frame[1] - frame[0])
    words = 1.4 if width >= 4 else 3.6  # above and below the map: more lines where they are short
    ax = theme.begin(ax, size=(width, min(max((width - 0.2) * ratio, 0.45 * width), tallest) + words))
    theme.bare(ax, paper=SEA)
    return ax


def _draw_shapes(ax: Axes, shapes: pd.DataFrame, shade: dict[str, str], missing: Sequence[str]) -> dict[str, Path]:
    """Draw the shapes of the view and return the path of each."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    more = 0.02 * (right - left)  # beyond the edges, so that what is cut there has no line
    least = THINNEST * (right - left) / (ax.get_window_extent().width / _pixels(ax))
    view = Bbox.from_extents(left - more, bottom - more, right + more, top + more)
    hatched = {CHANGES[name][0]: name for name in HATCHES}
    paths: dict[str, list] = {"neighbour": [], "unit": [], "missing": [], **{name: [] for name in HATCHES}}
    colors, drawn_paths = [], {}
    for (kind, shape), points in shapes.groupby(["kind", "shape"], sort=False):
        path = _path(points, least)
        if not view.overlaps(path.get_extents()):
            continue
        path = path.clip_to_bbox(view)
        group = "missing" if shape in missing else hatched.get(shade.get(shape, ""), kind)
        paths[group].append(path)
        drawn_paths[shape] = path
        if group == "unit":
            colors.append(shade.get(shape, theme.PAPER))
    looks = {
        "neighbour": {"facecolors": LAND, "edgecolors": LINE, "linewidths": 0.5, "linestyles": [(0, (4, 2))]},
        "unit": {"facecolors": colors, "edgecolors": COUNTRY_LINE, "linewidths": 0.6},
        **{
            name: {"facecolors": CHANGES[name][0], "edgecolors": line, "linewidths": 0.6, "hatch": hatch}
            for name, (line, hatch) in HATCHES.items()
        },
        "missing": {"facecolors": theme.MISSING, "edgecolors": theme.MISSING_HATCH, "linewidths": 0.6, "hatch": "////"},
    }
    for layer, (group, look) in enumerate(looks.items()):
        if paths[group]:
            drawn = PathCollection(paths[group], zorder=theme.LAYER_SHADE + layer / 10)
            drawn.set(gid=group, **look)
            ax.add_collection(drawn, autolim=False)
    return drawn_paths


def _path(points: pd.DataFrame, least: float) -> Path:
    """Return a shape's outlines as one path, without points that lie nearer than ``least`` km to the one before."""
    xy = points[["x_km", "y_km"]].to_numpy()
    marks = points[["part", "ring"]].to_numpy()
    starts = np.flatnonzero(np.r_[True, (np.diff(marks, axis=0) != 0).any(axis=1)])
    rings = [_thinned(ring, least) for ring in np.split(xy, starts[1:])]
    codes = [np.full(len(ring), Path.LINETO, dtype=Path.code_type) for ring in rings]
    for ring in codes:
        ring[0], ring[-1] = Path.MOVETO, Path.CLOSEPOLY
    return Path(np.concatenate(rings), np.concatenate(codes))


def _thinned(ring: np.ndarray, least: float) -> np.ndarray:
    """Return a closed ring with its points at least so far apart; a small one as it is."""
    kept, last = [0], ring[0]
    for place in range(1, len(ring) - 1):
        step = ring[place] - last
        if step[0] * step[0] + step[1] * step[1] >= least * least:
            kept.append(place)
            last = ring[place]
    return ring[[*kept, len(ring) - 1]] if len(kept) > 3 else ring


def _area(n: float, most: float) -> float:
    """Return a dot's area in square points: in proportion to its attacks, so far as the largest leaves room."""
    return SMALLEST_DOT + (LARGEST_DOT - SMALLEST_DOT) * (n - 1) / max(most - 1, 9)


def _draw_places(ax: Axes, places: pd.DataFrame) -> int:
    """Draw the places hit, the largest below; return the number of offensives among them."""
    if places.empty:
        return 0
    most = places["n"].max()
    for gid, held, color in (
        ("places", places["offensive"].eq(0), theme.ATTACK),
        ("offensives", places["offensive"].gt(0), theme.OFFENSIVE),
    ):
        chosen = places[held].sort_values("n", ascending=False, kind="stable")
        if len(chosen):
            look: Any = {"alpha": 0.85, "edgecolors": theme.PAPER, "linewidths": 0.7, "gid": gid}
            look |= {"s": [_area(n, most) for n in chosen["n"]], "color": color}
            ax.scatter(chosen["x_km"], chosen["y_km"], zorder=theme.LAYER_DATA + (gid == "offensives") / 10, **look)
    return places.loc[places["offensive"].gt(0), "offensive"].nunique()


def _write_around(
    ax: Axes,
    frame: theme.Frame,
    title: str,
    subtitle: str,
    key: list[tuple[Artist, str]],
    caption: theme.Caption | None,
    note: str,
    *,
    tallest: float,
) -> None:
    """Write what stands around a map, fit the map, and draw its scale.

    `tallest`: height that the map of a figure of our own may take, inches; 0 where the figure is somebody's.
    """
    drop = _write_key(ax, key)
    _write_head(ax, title, subtitle)
    theme.finish(ax, caption, note=note, drop=drop)
    if tallest and theme.canvas(NO_CANVAS) == NO_CANVAS:  # nobody has asked for a canvas of some size
        _fit_figure(ax, frame, tallest=tallest)
    theme.fit_frame(ax, frame)
    theme.write_scale(ax, above=0.03, pad=0.8).set_gid("scale")


def _fit_figure(ax: Axes, frame: theme.Frame, *, tallest: float) -> None:
    """Make a figure as high as its map and what is written around it need."""
    figure = theme.figure_of(ax)
    for _ in range(2):  # a longer figure may leave the words around the map another width
        width, height = theme.settle(ax)
        wanted = min(max(width * (frame[3] - frame[2]) / (frame[1] - frame[0]), 0.45 * width), tallest * 72)
        figure.set_figheight(figure.get_figheight() + (wanted - height) / 72)


def _write_head(ax: Axes, title: str, subtitle: str) -> None:
    """Write the title, and under it what is drawn."""
    width = theme.inner_width(ax)
    pad = 5.0
    if subtitle:
        words = theme.wrap_text(theme.safe_text(subtitle), width, size=theme.TEXT_SIZE)
        look: Any = {"coords": "axes fraction", "va": "bottom", "linespacing": theme.LINE_SPACING, "gid": "subtitle"}
        theme.write_by(ax, words, (0, 1), (0, 4), size=theme.TEXT_SIZE, color=theme.MUTED, **look)
        pad += theme.text_height(words, size=theme.TEXT_SIZE) + 2
    heading = theme.wrap_text(theme.drawable(title), width, **theme.TITLE)
    look = {"color": theme.INK, "fontsize": theme.TITLE_SIZE, "fontfamily": theme.families(), "fontweight": "bold"}
    ax.set_title(heading, loc="left", pad=pad, **look)
    theme.keep_width(ax)


def _write_key(ax: Axes, key: list[tuple[Artist, str]]) -> float:
    """Write the key below the map, in as many lines as it needs; return how far below it the caption must hang,
    points."""
    width = theme.settle(ax)[0]
    lines: list[list[tuple[Artist, str]]] = []
    room = 0.0
    for entry in key:
        needed = theme.text_width(entry[1]) + 34
        if not lines or needed > room:
            lines.append([])
            room = width
        lines[-1].append(entry)
        room -= needed
    high = theme.SMALL_SIZE * 1.5
    for place, line in enumerate(lines):
        legend = Legend(
            ax, [handle for handle, _ in line], [words for _, words in line], loc="upper left",
            bbox_to_anchor=(0.0, 0.0), ncols=len(line),
            bbox_transform=ax.transAxes + ScaledTranslation(0, -place * high / 72, theme.figure_of(ax).dpi_scale_trans),
            borderaxespad=0.4,
            borderpad=0.0, handlelength=1.3, handletextpad=0.5, columnspacing=1.2, fontsize=theme.SMALL_SIZE,
            labelcolor=theme.MUTED, frameon=False,
        )  # fmt: skip
        legend.set_gid("key")
        ax.add_artist(legend)
        legend.set_clip_on(False)
    theme.keep_width(ax)
    return 8.0 + len(lines) * high


# ---------------------------------------------------------------------------------------------------------------------
# Labels, each where it meets nothing that is written before it

Box = tuple[float, float, float, float]


def _dot_boxes(ax: Axes, places: pd.DataFrame) -> list[Box]:
    """Return the boxes of the dots, of many the larger ones, which no words may cover."""
    if places.empty:
        return []
    scale, most = _pixels(ax), places["n"].max()
    boxes = []
    every = len(places) <= MOST_GUARDED
    for place in places[places["n"].gt(1) | places["offensive"].gt(0) | every].itertuples(index=False):
        x, y = ax.transData.transform((place.x_km, place.y_km))
        half = math.sqrt(_area(place.n, most) / math.pi) * scale * 0.8
        boxes.append((x - half, y - half, x + half, y + half))
    return boxes


def _write_numbers(ax: Axes, places: pd.DataFrame) -> list[Box]:
    """Write each offensive's number beside its place nearest to the middle of them."""
    boxes: list[Box] = []
    if places.empty:
        return boxes
    scale = _pixels(ax)
    for number, members in places[places["offensive"].gt(0)].groupby("offensive"):
        middle = members[["x_km", "y_km"]].mean()
        nearest = members.loc[np.hypot(members["x_km"] - middle["x_km"], members["y_km"] - middle["y_km"]).idxmin()]
        x, y = ax.transData.transform((nearest["x_km"], nearest["y_km"]))
        radius = math.sqrt(_area(nearest["n"], places["n"].max()) / math.pi)
        wide, high = theme.text_width(str(number), weight="bold") * scale, theme.SMALL_SIZE * scale
        for right, up in ((1, 1), (-1, 1), (1, -1), (-1, -1), (2.2, 0), (-2.2, 0), (0, 2.2), (0, -2.2)):
            away = (radius * 0.8 + 4) * scale
            box = _box(x + right * away, y + up * away, wide, high)
            if not _meets(box, boxes):
                break
        boxes.append(box)
        _write(ax, str(number), box, color=theme.OFFENSIVE, gid="offensive", fontweight="bold")
    return boxes


def _write_labels(
    ax: Axes, labels: pd.DataFrame, words: dict[str, tuple[str, str]], shade: dict[str, str], weight: pd.Series,
    paths: dict[str, Path], taken: list[Box], dots: list[Box], places: pd.DataFrame | None,
) -> None:  # fmt: skip
    """Write names of units with their numbers, then towns, then quiet units, then neighbours, as far as there is room.

    Words lie on no other words, and on ``dots`` only where a unit that was hit would else have no name.
    """
    units = labels[labels["kind"].eq("unit") & labels["shape"].isin(paths)]
    units = units.assign(weight=units["shape"].map(weight).fillna(0)).sort_values(
        ["weight", "room_km"], ascending=False, kind="stable"
    )
    busy, quiet = units[units["weight"].gt(0)], units[~units["weight"].gt(0)]
    boxes = [*taken, *_own_boxes(ax)]
    for row in busy.itertuples(index=False):
        name, number = words[row.shape]
        ground = shade.get(row.shape, theme.PAPER)
        color = theme.PAPER if _is_dark(ground) else theme.INK
        whole, alone = [f"{name} {number}".strip(), f"{name}\n{number}".strip()], number or name
        for texts, barred in product((whole, [alone]), (dots, [])):
            if any(
                _try(ax, text, row, boxes, barred=barred, within=within, color=color, gid="unit", ground=ground)
                for within, text in product((paths[row.shape], None), texts)
            ):
                break
    boxes = [(box[0] - 6, box[1], box[2] + 6, box[3]) for box in boxes] + dots  # no name beside another's number
    if places is not None and len(places):
        by_name = places[places["name"].ne("")].groupby("name", sort=False)
        named = by_name.agg(n=("n", "sum"), x_km=("x_km", "first"), y_km=("y_km", "first"))
        for name, row in named.sort_values("n", ascending=False, kind="stable").head(MOST_TOWNS).iterrows():
            _write_beside(ax, _town_words(name), row, boxes)
    for row in quiet.itertuples(index=False):
        _try(ax, words[row.shape][0], row, boxes, within=paths[row.shape], color=theme.MUTED, gid="unit")
    look: Any = {"color": theme.MUTED, "gid": "country", "ground": LAND, "fontstyle": "italic"}
    for row in labels[labels["kind"].eq("neighbour")].sort_values("room_km", ascending=False).itertuples(index=False):
        _try(ax, theme.safe_text(row.name, limit=NAME_LIMIT), row, boxes, **look)


def _try(
    ax: Axes, text: str, row: Any, boxes: list[Box], *, barred: Sequence[Box] = (), within: Path | None = None,
    **look: Any,
) -> bool:  # fmt: skip
    """Write a label at its shape's roomiest place or near it, wholly inside a path if one is given; tell whether there
    was room. ``look`` as for `_write`."""
    if not text:
        return False
    scale = _pixels(ax)
    x, y = ax.transData.transform((row.x_km, row.y_km))
    wide, high = theme.text_width(text) * scale, theme.text_height(text) * scale
    for right, up in _NEAR if within is not None else _ABOVE:
        box = _box(x + right * wide, y + up * theme.SMALL_SIZE * 1.3 * scale, wide, high)
        if not _fits(ax, box, boxes) or _meets(box, barred):
            continue
        if within is not None and not within.contains_points(ax.transData.inverted().transform(_corners(box))).all():
            continue
        boxes.append(box)
        _write(ax, text, box, **look)
        return True
    return False


def _write_beside(ax: Axes, text: str, row: pd.Series, boxes: list[Box]) -> None:
    """Write a town's name at one of the sides of its dot."""
    scale = _pixels(ax)
    x, y = ax.transData.transform((row["x_km"], row["y_km"]))
    wide, high = theme.text_width(text) * scale, theme.SMALL_SIZE * 1.2 * scale
    gap = 5 * scale
    for right, up in ((1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1), (0, 1), (0, -1)):
        box = _box(x + right * (wide / 2 + gap), y + up * (high / 2 + gap), wide, high)
        if _fits(ax, box, boxes):
            boxes.append(box)
            _write(ax, text, box, color=theme.INK, gid="town")
            return


def _write(ax: Axes, text: str, box: Box, *, ground: str = theme.PAPER, **look: Any) -> None:
    """Write words in the middle of a box; ``look``: their colour, ``gid`` and what else a text has."""
    x, y = ax.transData.inverted().transform(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))
    behind = theme.ground(ground, alpha=0.75, pad=0.8)
    theme.write_at(ax, x, y, text, linespacing=1.1, zorder=theme.LAYER_TEXT, bbox=behind, **look)


def _own_boxes(ax: Axes) -> list[Box]:
    """Return where the scale bar stands."""
    found = [text.get_window_extent() for text in ax.texts if text.get_gid() == "scale"]
    return [(box.x0, box.y0 - 8, box.x1 + 10, box.y1) for box in found]


def _pixels(ax: Axes) -> float:
    return theme.figure_of(ax).dpi / 72


# Where a label is tried: by parts of its width, and lines up.
_ABOVE = tuple((0.0, up) for up in (0.0, 0.7, -0.7, 1.3, -1.3))
_NEAR = tuple(product((0.0, -0.25, 0.25), (0.0, 0.7, -0.7, 1.3, -1.3, 2.2, -2.2)))


def _corners(box: Box) -> list[tuple[float, float]]:
    return [(x, y) for x in (box[0], (box[0] + box[2]) / 2, box[2]) for y in (box[1], box[3])]


def _box(x: float, y: float, wide: float, high: float) -> Box:
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _fits(ax: Axes, box: Box, boxes: Sequence[Box]) -> bool:
    frame = ax.get_window_extent()
    inside = box[0] > frame.x0 + 2 and box[2] < frame.x1 - 2 and box[1] > frame.y0 + 2 and box[3] < frame.y1 - 2
    return inside and not _meets(box, boxes)


def _meets(box: Box, boxes: Sequence[Box]) -> bool:
    return theme.meets_any(box, boxes, across=4, up=1)


def _is_dark(color: str) -> bool:
    return theme.contrast(color, theme.INK) < theme.contrast(color, theme.PAPER)


def _dot(area: float, color: str) -> Line2D:
    size = math.sqrt(4 * area / math.pi)
    return Line2D([], [], marker="o", linestyle="none", color=color, markersize=size, markeredgecolor=theme.PAPER)
