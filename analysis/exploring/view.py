"""What one look shows, as small JSON: sentences, numbers, and the points that its pictures are drawn from.

Nothing is computed here that a measure computes: the verdict is `level_of`, the window's ratio `comparison_of`,
offensives and their chance are those of every report.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
import shapely

from analysis.exploring.ground import Ground, Look
from analysis.incidents.admin1 import load_admin1
from analysis.incidents.boundaries import load_countries, load_units
from analysis.incidents.counting import rounded
from analysis.incidents.counts import NEEDS_INCIDENTS
from analysis.incidents.places import country_name
from analysis.incidents.study import DAY, Study
from analysis.language import message, messages, say, say_count, used
from analysis.measures import level
from analysis.measures.confidence import confidence_of
from analysis.measures.frequency import comparison_of
from analysis.measures.level_rule import INTERVAL
from analysis.measures.map_lines import along_edge, side_by_side
from analysis.measures.offensives import definition_of, offensives_of, share_offensives, untold_between
from analysis.measures.tempo import headline_chances
from analysis.reports.brief_words import because_words
from analysis.reports.sections.offensives import advice
from analysis.reports.verdict_words import SINCE, as_it_stands, leaning_words, month_turned_words
from analysis.reports.wording import chance, fullest_month, gap, month_words, named, number, subtitle, title, whole

# Pictures hold no more than an eye can tell apart.
MOST_DAYS, MOST_DOTS, MOST_POINTS, MOST_OFFENSIVES = 500, 1200, 6000, 60
MARGIN, LEAST_DEGREES = 0.18, 0.75
# First-order units are drawn of so many countries.
MOST_DIVIDED = 6
# Places nearer than this share of the map are one dot.
ONE_DOT = 1 / 60
VERDICTS = {
    level.RISING: message("Rising"),
    level.FALLING: message("Falling"),
    level.STEADY: message("Steady"),
    level.NO_CHANGE: message("No clear change"),
    level.CANNOT_TELL: message("Cannot tell"),
}
RECORDED = messages(
    "{n} [attack|attacks] in the last {days} days; about {usual} would be usual, by the {before} days before."
)
NUMBERS = ("span_days", "recent", "usual", "ratio", "low", "high")
SIGNS = {level.RISING: "▲", level.FALLING: "▼", level.STEADY: "●", level.NO_CHANGE: "●", level.CANNOT_TELL: "?"}


def quick_parts(ground: Ground, look: Look) -> Iterator[dict[str, object]]:
    """Yield what a screen shows at once: ``head, timeline, tempo, verdict, status``; ``map`` where it is quick."""
    yield from _said(look, lambda: _first(look.study, look.base), lambda: _judged(look))
    if ground.knows_places:
        yield from _said(look, lambda: {"map": map_of(ground, look.study)})


def slow_parts(ground: Ground, look: Look) -> Iterator[dict[str, object]]:
    """Yield what may take longer: ``map`` where it was not quick, ``offensives``, their ``chance``."""
    if not ground.knows_places:
        yield from _said(look, lambda: {"map": map_of(ground, look.study)})
    yield from _said(look, lambda: _offensives(look), lambda: _chance(look.study))


def _said(look: Look, *steps: Callable[[], dict[str, object]]) -> Iterator[dict[str, object]]:
    for step in steps:
        with used(look.study.settings.language):
            part = _renamed(step(), look.study.noun)
        yield part  # type: ignore[misc]


def _first(study: Study, base: Study) -> dict[str, object]:
    return {
        "head": {
            "title": title(study),
            "subtitle": subtitle(study),
            "notes": _notes(study),
            "as_of": f"{study.as_of:%Y-%m-%d}",
        },
        "timeline": timeline_of(study, level.level_of(base)),
        "tempo": tempo_of(study),
    }


def _judged(look: Look) -> dict[str, object]:
    verdict = verdict_of(look)
    return {
        "verdict": verdict,
        "status": say("{title}: {verdict}", title=title(look.study), verdict=verdict["spoken"]),
    }


def _notes(study: Study) -> list[str]:
    problem = study.window_problem() or study.baseline_problem()
    told = [gap(message("The comparison of the window"), problem)] if problem else []
    return [*told, *study.notes]


def verdict_of(look: Look) -> dict[str, object]:
    """Return the verdict's word, what it rests on in a sentence, and the numbers of two spans and of the window."""
    study, judged = look.study, level.level_of(look.base)
    word = say(VERDICTS[judged.word])
    if judged.sharp:
        word = say("Rising sharply") if judged.word == level.RISING else say("Falling sharply")
    word = as_it_stands(word, turned=judged.turned, standing=judged.standing)
    sentences = []
    if not judged.table.empty:
        row = judged.table.iloc[0]
        recorded = say_count(
            RECORDED, rounded(row["recent"]),
            days=int(row["span_days"]), usual=whole(row["usual"]), before=int(row["reference_days"]),
        )  # fmt: skip
        sentences.append(recorded)
    if judged.since is not None:
        sentences.append(say(SINCE[judged.word, judged.long_said], month=month_words(judged.since)))
    sentences += leaning_words(judged)
    if judged.word != level.CANNOT_TELL:  # of which the problem is told
        sentences += month_turned_words(judged)
        _, reason, numbers = confidence_of(look.base)
        sentences.append(because_words(reason, numbers, quarter=int(judged.table.iloc[0]["span_days"])))
    if judged.problem:
        sentences.append(gap(message("A verdict"), judged.problem))
    ratios = judged.table[["ratio", "low", "high"]]
    if judged.word == level.CANNOT_TELL:  # what no verdict could be made of makes no ratio
        ratios = ratios.mask(ratios.notna())
    rows = [
        _row(say("last {n} days", n=int(row.span_days)), row.recent, row.usual, *ratio)
        for row, ratio in zip(judged.table.itertuples(), ratios.to_numpy(float), strict=True)
    ]
    compared = comparison_of(study)
    days = study.settings.window_days
    if compared.ratio is not None:
        usual = compared.n_earlier / compared.baseline_days * days
        held = (compared.n_recent, usual, compared.ratio.ratio, compared.ratio.low, compared.ratio.high)
        rows.append(_row(say("window of {n} days, against the baseline", n=days), *held))
    return {
        "key": judged.word,
        "sign": SIGNS[judged.word],
        "word": word,
        "sentences": sentences,
        "spoken": f"{word}. {' '.join(sentences)}",
        "level": f"{100 * INTERVAL:.0f} %",
        "rows": rows,
        "numbers": [_plain(row) for row in judged.table[list(NUMBERS)].to_dict("records")],
    }  # fmt: skip


def _row(name: str, recent: float, usual: float, ratio: float, low: float, high: float) -> list[str]:
    between = (
        "–"
        if not np.isfinite(low) or not np.isfinite(high)
        else say("{low} to {high}", low=number(low), high=number(high))
    )
    return [name, whole(recent), whole(usual), number(ratio) if np.isfinite(ratio) else "–", between]


def timeline_of(study: Study, judged: level.Level) -> dict[str, object]:
    """Return the attacks of each month; the last may be unfinished: it is drawn by its share of days."""
    days = pd.date_range(study.start, study.end - DAY)
    daily = pd.Series(study.daily_counts(), index=days)
    covered = min(study.end, study.covered_end)
    months = daily.resample("MS")
    counts, starts = months.sum(), months.sum().index
    periods = []
    for start, end in pairwise([*starts, starts[-1] + pd.offsets.MonthBegin(1)]):
        known = (min(end, covered) - max(start, study.start)) / DAY
        periods.append(
            [f"{start:%Y-%m-%d}", round(float(counts[start]), 2), round(max(known, 0) / ((end - start) / DAY), 3)]
        )
    usual = np.nan if judged.table.empty else judged.usual_in(365.25 / 12)
    fullest = fullest_month(starts.to_series(index=counts.index), counts)
    words = say("Attacks by month. Most in {month}: {n}.", month=fullest, n=whole(counts.max()))
    return {
        "periods": periods,
        "usual": _finite(usual),
        "window": [f"{study.window_start:%Y-%m-%d}", f"{study.end:%Y-%m-%d}"],
        "words": words,
    }  # fmt: skip


def tempo_of(study: Study) -> dict[str, object]:
    """Return the attacks in the window's length of days up to each day."""
    width = study.settings.window_days
    total = np.concatenate([[0.0], np.cumsum(study.daily_counts())])
    if len(total) <= width:
        return {"days": [], "values": [], "usual": None, "words": study.window_problem()}
    values = total[width:] - total[:-width]
    kept = np.unique(np.linspace(0, len(values) - 1, min(len(values), MOST_DAYS)).round().astype(int))
    first = study.start + (width - 1) * DAY
    baseline = (study.baseline_start - study.start) // DAY, (study.window_start - study.start) // DAY
    span = baseline[1] - baseline[0]
    usual = (total[baseline[1]] - total[baseline[0]]) / span * width if span > 0 else np.nan
    words = say(
        "Attacks in the {n} days up to each day: {now} now, {most} at most.",
        n=width,
        now=whole(values[-1]),
        most=whole(values.max()),
    )
    return {
        "days": [f"{first + int(at) * DAY:%Y-%m-%d}" for at in kept],
        "values": [round(float(values[at]), 2) for at in kept],
        "usual": _finite(usual),
        "words": words,
    }  # fmt: skip


def _offensives(look: Look) -> dict[str, object]:
    study = look.study
    if study.holds_counts:
        return {"offensives": {"rows": [], "words": gap(message("Offensives"), NEEDS_INCIDENTS)}}
    share_offensives(study, look.joined)
    found = offensives_of(study)
    if problem := found.problem or untold_between(study, study.window_start, study.end):
        return {"offensives": {"rows": [], "words": gap(message("Offensives"), problem)}}
    rows, now = found.offensives, len(found.within(study.window_start, study.end))
    largest = rows.sort_values(["n_sites", "n_incidents", "date_start"], ascending=[False, False, True]).head(
        MOST_OFFENSIVES
    )
    shown = [
        [f"{row.date_start:%Y-%m-%d}", int(row.n_incidents), int(row.n_sites)]
        for row in largest.sort_values("date_start").itertuples()
    ]  # fmt: skip
    words = say_count(
        "{n} [offensive|offensives] began in the window of {days} days; {all} in the whole history ({definition}).",
        now, days=study.settings.window_days, all=len(rows), definition=_defined(study),
    )  # fmt: skip
    return {"offensives": {"rows": shown, "now": now, "all": len(rows), "words": words}}


def _defined(study: Study) -> str:
    chosen = definition_of(study)
    rules = []
    if np.isfinite(chosen.significance.min_sites):
        rules.append(say("{n} sites", n=int(chosen.significance.min_sites)))
    if np.isfinite(chosen.significance.min_deaths):
        rules.append(say("{n} deaths", n=int(chosen.significance.min_deaths)))
    apart = say_count("at most {n} [day|days] apart", chosen.max_gap_days)
    when = say("the same day") if chosen.max_gap_days == 0 else apart
    far = [say("within {n} km", n=round(chosen.max_km))] if np.isfinite(chosen.max_km) else []
    return ", ".join([when, *far, say(" or ").join(rules)])


def _chance(study: Study) -> dict[str, object]:
    if study.holds_counts:
        return {"chance": {"words": ""}}
    found = headline_chances(study)
    if not found:
        return {"chance": {"words": " ".join(advice(study))}}
    words = say(
        "{k} or more in {days} days fixed beforehand: a chance of {fixed} at the usual pace; in some such span of the "
        "history: {some}.",
        k=found["k"], days=study.settings.window_days,
        fixed=chance(found["fixed_window"]), some=chance(found["any_window"]),
    )  # fmt: skip
    return {"chance": {"words": words}}


def map_of(ground: Ground, study: Study) -> dict[str, object]:
    """Return the places of attacks with their numbers, in degrees, and the lines around them."""
    if study.holds_counts:
        return {
            "dots": [],
            "lines": [],
            "areas": [],
            "labels": [],
            "frame": None,
            "words": gap(message("A map"), NEEDS_INCIDENTS),
        }
    attacks = study.attacks
    held = ground.placed[attacks["row"].to_numpy()]
    latitude, longitude = (attacks[name].to_numpy()[held] for name in ("latitude", "longitude"))
    day = study.whole_days.to_numpy()[held]
    left = int((~held).sum())
    words = say_count("{n} [attack is|attacks are] placed well enough for a map.", len(day))
    if left:
        words += " " + say_count("{n} [is|are] not.", left)
    if not len(day):
        return {"dots": [], "lines": [], "areas": [], "labels": [], "frame": None, "words": words}
    longitude = side_by_side(latitude, longitude)
    grain = max(float(max(np.ptp(latitude), np.ptp(longitude))) * ONE_DOT, 0.01)
    east, north = (np.round(degrees / grain).astype(np.int64) for degrees in (longitude, latitude))
    spot, place, n = np.unique(east * 10**6 + north, return_inverse=True, return_counts=True)
    now = np.bincount(place, weights=day >= np.datetime64(study.window_start))
    n_places, most = len(spot), np.argsort(-n, kind="stable")[:MOST_DOTS]
    north = (spot[most] + 5 * 10**5) % 10**6 - 5 * 10**5
    longitude, latitude = (spot[most] - north) // 10**6 * grain, north * grain
    dots = [
        [round(float(x), 3), round(float(y), 3), int(of_all), int(of_window)]
        for x, y, of_all, of_window in zip(longitude, latitude, n[most], now[most], strict=True)
    ]
    if n_places > MOST_DOTS:
        words += " " + say("Shown are the {n} places with most.", n=MOST_DOTS)
    frame = _frame(longitude, latitude)
    drawn = ground.drawn(frame, study.countries, lambda: _drawn(study, frame))
    return {"dots": dots, "frame": [round(float(edge), 3) for edge in frame], "words": words, **drawn}


def _frame(longitude: np.ndarray, latitude: np.ndarray) -> tuple[float, float, float, float]:
    west, east, south, north = longitude.min(), longitude.max(), latitude.min(), latitude.max()
    wide, high = (
        max((far - near) * (1 + 2 * MARGIN) / 2, LEAST_DEGREES) for near, far in ((west, east), (south, north))
    )
    middle = (west + east) / 2, (south + north) / 2
    return middle[0] - wide, middle[0] + wide, middle[1] - high, middle[1] + high


def _drawn(study: Study, frame: tuple[float, float, float, float]) -> dict[str, object]:
    """Return borders and coasts in a frame, the studied countries' areas, and names."""
    countries, studied = load_countries(), study.countries
    paths = [
        (path, kind)
        for kind, lines in (("border", countries.borders), ("coast", countries.coast))
        for path in lines.paths
    ]
    if boundaries := study.beside.get("boundaries"):
        paths += [(ring, "unit") for rings in load_units(boundaries).rings for ring in rings]
    elif len(studied) <= MOST_DIVIDED:
        shapes = [shape for code in studied for shape in load_admin1(code).shapes]
        lines = shapely.get_parts(shapely.boundary(np.array(shapes, dtype=object)))
        paths += [(shapely.get_coordinates(line), "unit") for line in lines]
    beyond = _beyond(frame)
    # The globe once more on the side on which the frame reaches over 180 degrees.
    turns = [0.0, *(turn for turn in (-360.0, 360.0) if beyond[0] < turn + 180 and beyond[1] > turn - 180)]
    pieces = [(kind, piece) for path, kind in paths for turn in turns for piece in _within(path, beyond, turn)]
    # A screen that is wider or higher than the frame shows what lies beyond it.
    n_points = sum(len(piece) for _, piece in pieces)
    step = max(1, -(-n_points // MOST_POINTS))
    areas, labels = [], []
    for code, rings, turn in (
        (code, [np.add(ring, (turn, 0.0)) for ring in rings] if turn else rings, turn)
        for turn in turns
        for code, rings in zip(countries.codes, countries.areas.rings, strict=True)
    ):
        biggest = max(rings, key=len)
        (west, south), (east, north) = biggest.min(axis=0), biggest.max(axis=0)
        if west > frame[1] or east < frame[0] or south > frame[3] or north < frame[2]:
            continue
        if code in studied:
            thin = max(1, len(biggest) // 800)
            areas += [ring[::thin].round(2).tolist() for ring in rings if len(ring) > 8]
        middle = (max(west, frame[0]) + min(east, frame[1])) / 2, (max(south, frame[2]) + min(north, frame[3])) / 2
        if countries.only(code).locate(np.array([middle[0] - turn]), np.array([middle[1]]))[0] >= 0:
            labels.append([country_name(code), round(float(middle[0]), 2), round(float(middle[1]), 2)])
    return {
        "lines": [[kind, np.vstack([piece[::step], piece[-1:]]).round(3).tolist()] for kind, piece in pieces],
        "areas": areas,
        "labels": labels,
    }


def _beyond(frame: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, east, south, north = frame
    side = max(east - west, north - south)
    return west - side, east + side, south - side / 2, north + side / 2


def _within(path: np.ndarray, frame: tuple[float, float, float, float], turn: float = 0.0) -> list[np.ndarray]:
    """Return the runs of a path, turned around the globe, that lie in a frame, one point beyond at each end."""
    west, east, south, north = frame
    edge = along_edge(path) | (np.abs(np.diff(path[:, 0])) > 180)  # there a path goes on at the other edge
    path = np.add(path, (turn, 0.0)) if turn else path
    if path[:, 0].min() > east or path[:, 0].max() < west or path[:, 1].min() > north or path[:, 1].max() < south:
        return []
    inside = (path[:, 0] >= west) & (path[:, 0] <= east) & (path[:, 1] >= south) & (path[:, 1] <= north)
    inside[:-1] |= inside[1:]
    inside[1:] |= inside[:-1]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(int), [0]])))
    pieces = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        pieces += np.split(path[start:end], np.flatnonzero(edge[start : end - 1]) + 1)
    return [piece for piece in pieces if len(piece) > 1]


def _finite(value: float) -> float | None:
    return round(float(value), 3) if np.isfinite(value) else None


def _plain(row: dict[str, float]) -> dict[str, float | None]:
    return {name: None if not np.isfinite(value) else float(value) for name, value in row.items()}


# Parts of a screen without words of ours.
_NUMBERS_AND_NAMES = ("title", "lines", "areas", "labels", "dots", "frame", "periods", "days", "values", "numbers")


def _renamed(part: object, noun: str) -> object:
    """Return a part in whose sentences what is counted is called by its name."""
    if isinstance(part, str):
        return named(part, noun)
    if isinstance(part, dict):
        return {name: value if name in _NUMBERS_AND_NAMES else _renamed(value, noun) for name, value in part.items()}
    return [_renamed(one, noun) for one in part] if isinstance(part, list) else part
