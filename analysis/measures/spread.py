"""Where is it going?

Has the area of recorded attacks moved, widened or only thickened; is it nearer to the sea or to named neighbours; which
places are hit for the first time? Every statement is about where recorded attacks lie, given that they were recorded: a
place from which more is reported draws the centre towards it. How often attacks come is judged only where recording is
not known to have changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.incidents.boundaries import load_units
from analysis.incidents.counts import NEEDS_INCIDENTS, count_units
from analysis.incidents.places import country_name
from analysis.incidents.selection import GRID_DEGREES, unit_of
from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study
from analysis.language import localised, message, messages, say, say_count
from analysis.measures import maps
from analysis.measures.frequency import comparison_of
from analysis.measures.map_lines import MapLines as MapLines
from analysis.measures.map_lines import map_lines as map_lines
from analysis.measures.map_lines import map_lines_of as map_lines_of
from analysis.measures.map_lines import map_table as map_table
from analysis.measures.map_lines import offensive_links_of as offensive_links_of
from analysis.measures.placing import MAX_OUTSIDE_KM as MAX_OUTSIDE_KM
from analysis.measures.placing import NEAR_KM, Located, distance_to_country, located_of, placed_rows, why_unplaced
from analysis.measures.placing import name_neighbours as name_neighbours
from analysis.measures.placing import place_attacks as place_attacks
from analysis.measures.refusals import FEW_PERIODS, FEW_PLACED_DAYS, refusal_words
from analysis.measures.reliability import trend_problem
from analysis.measures.result import Basis, IndicatorRows, Measure, Table, clauses, row_tail
from analysis.statistics import geometry, relocation
from analysis.statistics.distributions import chi2
from analysis.statistics.errors import NotComputableError

QUESTION = "spread"
# Of a table of counts the rows about units are computed; what needs places says so.
HOLDS_FOR_COUNTS = True
# Weights of attacks in bootstraps that are laid out together.
MOST_WEIGHTS_AT_ONCE = 5_000_000
N_DRAWS = 499
# Equal periods of the history for maps and the centre's path; a period with fewer attacks or attack days has no
# ellipse.
N_PERIODS = 6
MIN_ATTACKS, MIN_DAYS = 5, 3
# Distances are followed in periods of a quarter's length, or of a year's in a history of over four years.
SHORT_PERIOD_DAYS, LONG_PERIOD_DAYS, SHORT_HISTORY_DAYS = 91, 365, 4 * 366
SEA = "sea coast"
GRID_COLUMNS = int(360 / GRID_DEGREES)
PERMUTED, DRAWN = message("{n} permutations of attack days"), {"n": N_DRAWS}
CHUNG = "Chung & Romano 2013, Ann Stat 41:484"
YUILL = "Yuill 1971, Geografiska Annaler B 53:28"
KORN = "Korn & Graubard 1998, Survey Methodology 24:193"
SCHUTTE = "Schutte & Weidmann 2011, Polit Geogr 30:143"
VERDICT_WORDS = {
    "moved and widened": message("moved and widened"),
    "moved": message("moved"),
    "widened": message("widened"),
    "thickened": message("the same area, with more attacks"),
    "unchanged": message("unchanged"),
    "cannot tell": message("cannot tell"),
}
UNIT_WORDS = {
    "country": message("countries"),
    "admin1": message("first-order units"),
    "admin2": message("second-order units"),
    "grid": message("cells of half a degree"),
}
FEW_FOR_ELLIPSE = messages(
    "{n} located [attack|attacks], on {days} attack days; an ellipse needs at least {attacks} on {needed}"
)
FEW_FOR_MEDIAN = messages(
    "{n} located [attack|attacks], on {days} attack days; a median needs at least {attacks} on {needed}"
)
# Of an ellipse, of the region that holds its centre, and the standard distance.
AREA_PARTS = (
    "x_km", "y_km", "major_km", "minor_km", "angle", "centre_major_km", "centre_minor_km", "centre_angle", "value",
    "low", "high",
)  # fmt: skip
VERDICT_CODES = {verdict: place for place, verdict in enumerate(geometry.VERDICTS, start=1)}

MEASURES = (
    Measure("attacks_located", "attacks", "Attacks placed well enough for geometry.",
        message("exactly or nearby located, inside the country named")),
    Measure("attacks_not_located", "attacks", "Attacks left out of geometry: without coordinates, or placed only to "
        "the centre of an area.", message("count")),
    Measure("area_verdict", "; ".join(f"{code} {verdict}" for verdict, code in VERDICT_CODES.items()),
        "Has the area of recorded attacks moved, widened or only thickened, window against baseline.",
        message("studentised permutation tests with Holm's correction; the same area only where bounds show it"),
        "Chung & Romano 2016, J Stat Plan Inference 168:97; Holm 1979, Scand J Stat 6:65", labels=tuple(VERDICT_WORDS)),
    Measure("centre_shift_km", "km", "From the baseline's mean centre to the window's.", PERMUTED,
        "Chung & Romano 2016, J Stat Plan Inference 168:97", DRAWN),
    Measure("centre_shift_p", "probability", "Chance of a shift as clear if window and baseline were one field.",
        PERMUTED, "Chung & Romano 2016, J Stat Plan Inference 168:97", DRAWN),
    Measure("reach_ratio", "ratio", "Mean distance of attacks to their mean centre, window over baseline.", PERMUTED,
        "Anderson 2006, Biometrics 62:245", DRAWN),
    Measure("reach_ratio_p", "probability", "Chance of a ratio as clearly above 1 if the area had not widened.",
        PERMUTED, "Anderson 2006, Biometrics 62:245", DRAWN),
    *(
        Measure(f"standard_distance_{span}", "km", f"Root mean square distance to the mean centre, {span}.",
            message("bootstrap of attack days, {n} draws"), YUILL, DRAWN)
        for span in ("window", "baseline")
    ),
    *(
        Measure(f"coast_distance_{span}", "km", f"Median distance to the sea coast, {span}.",
            message("great circles; bootstrap of attack days, {n} draws"), numbers=DRAWN)
        for span in ("window", "baseline")
    ),
    Measure("coast_distance_change", "km", "Mean distance to the sea coast, window less baseline: below 0 is nearer.",
        PERMUTED, CHUNG, DRAWN),
    Measure("coast_distance_change_p", "probability", "Chance of a change as clear, either way, in one field.",
        PERMUTED, CHUNG, DRAWN),
    *(
        Measure(
            f"near_neighbours_{span}", "share", f"Share of attacks in, or within {NEAR_KM:g} km of, the named "
            f"neighbours, {span}.",
            message("exact binomial interval on the effective number of attacks, days kept together"), KORN,
        )
        for span in ("window", "baseline")
    ),
    Measure("near_neighbours_change_p", "probability", "Chance of a change of that share as clear, either way.",
        PERMUTED, CHUNG, DRAWN),
    Measure("units_hit", "units", "Units hit in the window.", message("count")),
    Measure("units_hit_expected", "units", "Units that as many attack days drawn from the whole history hit; low and "
        "high: the draws.", PERMUTED, numbers=DRAWN),
    Measure("units_newly_hit", "units", "Units hit in the window and never before in the history.", message("count")),
    Measure("units_newly_hit_expected", "units", "The same for attack days drawn from the whole history; low and high: "
        "the draws.", PERMUTED, numbers=DRAWN),
    Measure("units_newly_hit_p", "probability", "Chance of as many newly hit units if attack days came in any order.",
        PERMUTED, numbers=DRAWN),
    Measure("unit_entropy", "bits", "Shannon entropy of the window's attacks over units: 0 where one unit has all.",
        message("plug-in estimate")),
    Measure("unit_entropy_expected", "bits", "The same for as many attack days drawn from the whole history; low and "
        "high: the draws.", PERMUTED, numbers=DRAWN),
    *(
        Measure(f"{kind}_{part}", unit, meaning, message("queen neighbours among half-degree cells; {n} permutations "
            "of attack days"), SCHUTTE, DRAWN)
        for kind, what in (
            ("relocation", "a cell falls quiet as a quiet neighbour is hit"),
            ("expansion", "a cell stays active as a quiet neighbour is hit"),
        )
        for part, unit, meaning in (
            ("joins", "joins", f"How often, from one period to the next, {what}."),
            ("joins_expected", "joins", f"How often {what} if days came in any order; low and high: the draws."),
            ("p", "probability", "Chance of as many such joins if days came in any order."),
        )
    ),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Change:
    """The window against the baseline: what moved, by which numbers, and the verdict with its reason where one cannot
    tell."""

    recent: pd.DataFrame
    earlier: pd.DataFrame
    displacement: geometry.Displacement | None = None
    coast: geometry.Comparison | None = None
    near: geometry.Comparison | None = None
    verdict: str = "cannot tell"
    reason: str = ""
    problem: str = ""


@kept_on_study
def change_of(study: Study, neighbours: tuple[str, ...] = ()) -> Change:
    """Compare where the window's attacks lie with where the baseline's do, once."""
    located = located_of(study, neighbours)
    recent = located.within(study.window_start, study.end)
    earlier = located.within(study.baseline_start, study.window_start)
    if problem := located.problem or study.baseline_problem():
        return Change(recent, earlier, problem=problem)
    both = pd.concat([earlier, recent], ignore_index=True)
    is_recent = both["date_start"].ge(study.window_start).to_numpy()
    draws: dict[str, Any] = {"n_permutations": N_DRAWS, "level": study.settings.level, "seed": study.settings.seed}
    day = both["date_start"].to_numpy()
    try:
        displacement = geometry.compare_positions(both["x_km"], both["y_km"], day, is_recent, **draws)
    except NotComputableError as error:
        return Change(recent, earlier, problem=refusal_words(error))
    coast = geometry.compare_means(both["coast_km"], day, is_recent, **draws)
    near = geometry.compare_means(both["near"].astype(float), day, is_recent, **draws)
    uneven = trend_problem(study)
    rate = None if uneven else comparison_of(study).ratio
    verdict = geometry.judge_change(displacement, rate, level=study.settings.level)
    reason = _why_not(displacement, uneven) if verdict == "cannot tell" else ""
    return Change(recent, earlier, displacement, coast, near, verdict, reason)


def _why_not(displacement: geometry.Displacement, uneven: str) -> str:
    limit = geometry.SAME_PLACE * displacement.spread_earlier
    wide = []
    if displacement.shift_high >= limit:
        centre = say(
            "the centre can have moved by up to {km} km ({limit} km would still be the same place)",
            km=localised(f"{displacement.shift_high:,.0f}"), limit=localised(f"{limit:,.0f}"),
        )  # fmt: skip
        wide.append(centre)
    if displacement.spread_high >= geometry.SAME_SPREAD:
        wide.append(
            say(
                "the reach can be up to {ratio:.2g} times the baseline's ({limit:g} times would still be the same)",
                ratio=displacement.spread_high,
                limit=geometry.SAME_SPREAD,
            )
        )
    if wide:
        if displacement.spread_high < 1:
            return say("neither a move nor its absence is shown; {reasons}", reasons=clauses(*wide))
        return say("neither a change of the area nor its absence is shown; {reasons}", reasons=clauses(*wide))
    return say(
        "the area is the same, but whether attacks come more often in it cannot be compared: {reason}",
        reason=uneven or say("there is no rate to compare with"),
    )


@kept_on_study
def units_of(study: Study) -> tuple[pd.Series, str]:
    """Return each attack's (or count's) unit and what a unit is: from the boundaries given, as the study counts, or
    else half-degree cells.

    One country counted by country would be one unit; its attacks are then counted in cells of half a degree. Counts by
    country are counted in the first-order units that the table names.
    """
    if study.counts is not None:
        unit = study.selection.unit
        if unit == "country" and study.counts["admin1"].notna().any():
            unit = "admin1"
        return count_units(study.counts, unit), say(UNIT_WORDS[unit])
    attacks = study.attacks
    if path := study.beside.get("boundaries"):
        areas = load_units(path)
        placed = why_unplaced(attacks).eq("")
        found = areas.locate(attacks["longitude"].to_numpy(), attacks["latitude"].to_numpy())
        names = pd.Series(np.array([*areas.names, ""])[found], index=attacks.index, dtype="str")
        held = placed & (found >= 0)
        shared = areas.count_shared(attacks.loc[held, "longitude"].to_numpy(), attacks.loc[held, "latitude"].to_numpy())
        words = say("units of {file}", file=path.name)
        if shared:
            words = say(
                "units of {file} ({n} attacks lie in more than one and are counted in the smallest)",
                file=path.name, n=shared,
            )  # fmt: skip
        return names.where(held), words
    if study.selection.unit == "country" and len(attacks["country"].unique()) == 1:
        return unit_of(attacks, "grid").where(why_unplaced(attacks).eq("")), say(UNIT_WORDS["grid"])
    return study.units, say(UNIT_WORDS[study.selection.unit])


@kept_on_study
def breadth_of(study: Study) -> tuple[geometry.Breadth | None, str]:
    """Return the breadth of the window against the whole history, and the reason where there is none.

    What came together stays together: the attacks of a day, or in a table of counts those of a period.
    """
    if problem := study.baseline_problem():
        return None, problem
    units, words = units_of(study)
    times = study.row_numbers().round().astype(np.int64)
    held = units.notna().to_numpy() & (times > 0)
    if not held.any():
        return None, say("no attack could be put to {units}", units=words)
    began = study.whole_days[held]
    unit, came, recent = pd.factorize(units[held])[0], began.to_numpy(), began.ge(study.window_start).to_numpy()
    try:
        breadth = geometry.compare_breadth(
            *(np.repeat(values, times[held]) for values in (unit, came, recent)),
            n_permutations=N_DRAWS, level=study.settings.level, seed=study.settings.seed,
        )  # fmt: skip
    except NotComputableError as error:
        return None, refusal_words(error, few_days=FEW_PLACED_DAYS if study.counts is None else FEW_PERIODS)
    return breadth, ""


@kept_on_study
def joins_of(study: Study) -> tuple[relocation.JoinCounts | None, str]:
    """Return the joins of neighbouring cells over successive periods of the window's length, and the reason where there
    are none.

    Only baseline and window are looked at: over a longer history the places fought over change for good, and times
    exchanged across it would give joins that no diffusion could.
    """
    located = located_of(study)
    length = study.settings.window_days
    if problem := located.problem or study.baseline_problem():
        return None, problem
    n_periods = (study.end - study.baseline_start) // DAY // length
    inside = located.within(study.end - n_periods * length * DAY, study.end)
    period = n_periods - 1 - ((study.end - DAY - inside["date_start"]) // DAY // length).to_numpy()
    row, column = (np.floor(inside[axis].to_numpy() / GRID_DEGREES).astype(int) for axis in ("latitude", "longitude"))
    try:
        return relocation.count_joins(
            row, column % GRID_COLUMNS, period, n_periods=n_periods, cluster=inside["date_start"].to_numpy(),
            n_columns=GRID_COLUMNS,
            n_permutations=N_DRAWS, level=study.settings.level, seed=study.settings.seed,
        ), ""  # fmt: skip
    except NotComputableError as error:
        return None, refusal_words(error)


@in_its_language
def indicators(study: Study, *, neighbours: Iterable[str] = ()) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order).

    Parameters
    ----------
    neighbours
        ISO3 codes of the neighbours to measure the distance to; default as in `place_attacks`.
    """
    rows = IndicatorRows(study, QUESTION, MEASURES)
    if study.holds_counts:
        _add_breadth(rows, study)
        return rows.skip_rest(say(NEEDS_INCIDENTS), span="history").frame()
    neighbours = tuple(neighbours)
    located, change = located_of(study, neighbours), change_of(study, neighbours)
    rows.add("attacks_located", len(located.attacks), attacks=located.attacks, span="history")
    left = study.attacks.loc[~located.held, ["incident_id"]]
    rows.add("attacks_not_located", len(left), attacks=left, span="history")
    _add_breadth(rows, study)
    _add_joins(rows, study)
    if change.displacement is not None and change.coast is not None and change.near is not None:
        _add_change(rows, study, located, change, change.displacement, change.coast, change.near)
    return rows.skip_rest(change.problem, baseline=True).frame()


def _add_change(
    rows: IndicatorRows,
    study: Study,
    located: Located,
    change: Change,
    moved: geometry.Displacement,
    coast: geometry.Comparison,
    near: geometry.Comparison,
) -> None:
    level = study.settings.level
    both = pd.concat([change.earlier, change.recent])
    on: Basis = {"attacks": both, "baseline": True}
    rows.add(
        "area_verdict", VERDICT_CODES[change.verdict],
        method=clauses(say(VERDICT_WORDS[change.verdict]), change.reason), label=change.verdict,
        detail={"because": change.reason}, **on,
    )  # fmt: skip
    rows.add("centre_shift_km", moved.shift, low=moved.shift_low, high=moved.shift_high, level=level, **on)
    rows.add("centre_shift_p", moved.p_moved, **on)
    rows.add("reach_ratio", moved.spread_ratio, low=moved.spread_low, high=moved.spread_high, level=level, **on)
    rows.add("reach_ratio_p", moved.p_widened, **on)
    names = ", ".join(map(country_name, located.neighbours))
    for span, attacks in (("window", change.recent), ("baseline", change.earlier)):
        summary = describe_area(attacks, level=level, seed=study.settings.seed)
        on_span: Basis = {"attacks": attacks, "span": span}
        ends = {name: summary[name] for name in ("value", "low", "high")}
        rows.add(f"standard_distance_{span}", **ends, level=level, otherwise=summary["reason"], **on_span)
        median, low, high = _median_with_interval(attacks, attacks["coast_km"], level=level, seed=study.settings.seed)
        rows.add(f"coast_distance_{span}", median, low=low, high=high, level=level, **on_span)
        if located.neighbours:
            low, high = geometry.clustered_share_interval(
                attacks["near"], attacks["date_start"].to_numpy(), level=level
            )
            rows.add(
                f"near_neighbours_{span}",
                attacks["near"].mean(),
                low=low,
                high=high,
                method=clauses(
                    say("to {names}", names=names),
                    say("exact binomial interval on the effective number of attacks, days kept together"),
                ),
                level=level,
                detail={"neighbours": list(located.neighbours)},
                **on_span,
            )
        else:
            rows.skip(f"near_neighbours_{span}", say("the countries studied have no land neighbour"), span=span)
    rows.add("coast_distance_change", coast.change, low=coast.low, high=coast.high, level=level, **on)
    rows.add("coast_distance_change_p", coast.p_value, **on)
    if located.neighbours:
        rows.add("near_neighbours_change_p", near.p_value, **on)
    else:
        rows.skip("near_neighbours_change_p", say("the countries studied have no land neighbour"), baseline=True)


def _add_breadth(rows: IndicatorRows, study: Study) -> None:
    breadth, reason = breadth_of(study)
    units, words = units_of(study)
    days = (study.end - study.start) // DAY
    method = clauses(words, say("history of {days} days", days=int(days)))
    detail = {"counted": words, "history_days": int(days)}
    counts = None if study.baseline_problem() else study.counts
    hit = None if counts is None else _units_hit(study, counts, units)
    if hit is not None and breadth is None:  # what was counted is known, what to expect of it is not
        rows.add("units_hit", hit.units, n_incidents=hit.n, method=method, detail=detail)
        rows.add("units_newly_hit", hit.new_units, n_incidents=hit.n, method=method)
        rows.add("unit_entropy", hit.entropy, n_incidents=hit.n, method=method)
    if breadth is None:
        names = [measure.name for measure in MEASURES if measure.name.startswith("unit")]
        rows.skip([name for name in names if name not in rows], reason)
        return
    if study.holds_counts:
        on_recent: Basis = {"n_incidents": hit.n if hit is not None else 0}
        on_new: Basis = on_recent
        on_all: Basis = {"n_incidents": round(study.daily_counts().sum())}
    else:
        attacks, days = study.attacks[units.notna()], study.whole_days[units.notna()]
        first = days.groupby(units[units.notna()]).transform("min")
        on_recent = {"attacks": attacks[days.ge(study.window_start)]}
        on_new, on_all = {"attacks": attacks[first.ge(study.window_start)]}, {"attacks": attacks}
    level = study.settings.level
    rows.add("units_hit", breadth.units, method=method, detail=detail, **on_recent)
    rows.add("units_newly_hit", breadth.new_units, method=method, **on_new)
    rows.add("units_newly_hit_p", breadth.new_units_p, **on_all)
    rows.add("unit_entropy", breadth.entropy, method=method, **on_recent)
    for name, values in (
        ("units_hit_expected", (breadth.units_expected, breadth.units_low, breadth.units_high)),
        ("units_newly_hit_expected", (breadth.new_units_expected, breadth.new_units_low, breadth.new_units_high)),
        ("unit_entropy_expected", (breadth.entropy_expected, breadth.entropy_low, breadth.entropy_high)),
    ):
        rows.add(name, values[0], low=values[1], high=values[2], level=level, **on_all)


class _UnitsHit(NamedTuple):
    """Units that the window's counts are of: how many, how many for the first time, and how evenly."""

    units: int
    new_units: int
    entropy: float
    n: int


def _units_hit(study: Study, counts: pd.DataFrame, units: pd.Series) -> _UnitsHit | None:
    """Count the units of a table of counts that the window hits; nothing where it hits none that is named."""
    inside = counts["period_start"].ge(study.window_start)
    now, before = (counts.loc[part, "attacks"].groupby(units[part]).sum() for part in (inside, ~inside))
    now, before = now[now.gt(0)], before[before.gt(0)]
    if now.empty:
        return None
    share = (now / now.sum()).to_numpy()
    entropy = float((share * -np.log2(share)).sum()) + 0.0  # of one unit 0, not -0
    return _UnitsHit(len(now), len(now.index.difference(before.index)), entropy, round(float(now.sum())))


def _add_joins(rows: IndicatorRows, study: Study) -> None:
    joins, reason = joins_of(study)
    for kind in ("relocation", "expansion"):
        if joins is None:
            rows.skip([f"{kind}_{part}" for part in ("joins", "joins_expected", "p")], reason, baseline=True)
            continue
        expected, low, high = (getattr(joins, f"{kind}_{part}") for part in ("expected", "low", "high"))
        on = {"attacks": located_of(study).within(study.baseline_start, study.end), "baseline": True}
        told = {"n": joins.n_cells, "periods": int(joins.n_periods), "days": study.settings.window_days}
        cells = say("{n} cells, {periods} periods of {days} days", **told)
        rows.add(f"{kind}_joins", getattr(joins, kind), method=cells, **on)
        rows.add(f"{kind}_joins_expected", expected, low=low, high=high, level=study.settings.level, **on)
        rows.add(f"{kind}_p", getattr(joins, f"{kind}_p"), **on)


def describe_area(attacks: pd.DataFrame, *, level: float = 0.95, seed: int = 20250701) -> dict[str, Any]:
    """Return the mean centre, deviational ellipse and bootstrap bounds of placed attacks (``x_km, y_km, date_start``).

    Returns
    -------
    dict
        ``x_km, y_km`` of the centre; ``major_km, minor_km, angle`` of the ellipse; ``centre_major_km, centre_minor_km,
        centre_angle`` of the region that holds the true centre at ``level`` (bootstrap covariance, normal); ``value,
        low, high``: the standard distance; ``reason`` where there are fewer than ``MIN_ATTACKS`` attacks or
        ``MIN_DAYS`` attack days, or all in one place.
    """
    x, y = attacks["x_km"].to_numpy(), attacks["y_km"].to_numpy()
    n_days = attacks["date_start"].nunique()
    if len(x) < MIN_ATTACKS or n_days < MIN_DAYS:
        reason = say_count(FEW_FOR_ELLIPSE, len(x), days=n_days, attacks=MIN_ATTACKS, needed=MIN_DAYS)
        return dict.fromkeys(AREA_PARTS, np.nan) | {"reason": reason}
    try:
        ellipse = geometry.deviational_ellipse(x, y)
    except ValueError:
        return dict.fromkeys(AREA_PARTS, np.nan) | {"reason": say("all located attacks have the same coordinates")}
    # A day is drawn as a whole: what its attacks add up to is all that is needed of it.
    days, day = np.unique(attacks["date_start"].to_numpy(), return_inverse=True)
    weights = geometry.bootstrap_weights(days, n_bootstraps=N_DRAWS, seed=seed).astype(float)
    total = weights @ np.bincount(day)
    mx, my = weights @ np.bincount(day, x) / total, weights @ np.bincount(day, y) / total
    squares = weights @ np.bincount(day, x**2 + y**2) / total
    variance = np.maximum(squares - mx**2 - my**2, 0) * total / np.maximum(total - 1, 1)
    low, high = np.quantile(np.sqrt(variance), [(1 - level) / 2, (1 + level) / 2])
    values, vectors = np.linalg.eigh(np.cov(mx, my))
    minor, major = np.sqrt(np.maximum(values, 0) * chi2.ppf(level, 2))
    angle = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
    found = (
        ellipse.x, ellipse.y, ellipse.major, ellipse.minor, ellipse.angle, major, minor, angle,
        ellipse.standard_distance, low, high,
    )  # fmt: skip
    return dict(zip(AREA_PARTS, found, strict=True)) | {"reason": ""}


@kept_on_study
def areas_of(study: Study) -> pd.DataFrame:
    """Return centre and ellipse of each of ``N_PERIODS`` equal periods of the covered history, in order of time.

    Returns
    -------
    pandas.DataFrame
        ``period_start, period_end``, the centre's ``latitude, longitude``, the columns of `describe_area`, and the
        tail; ``value`` is the standard distance in km.
    """
    located = located_of(study)
    rows = []
    for start, end in _equal_periods(study):
        inside = located.within(start, end)
        if located.problem:
            area = describe_area(inside.iloc[:0]) | {"reason": located.problem}
        else:
            area = describe_area(inside, level=study.settings.level, seed=study.settings.seed)
        latitude, longitude = geometry.unproject(area["x_km"], area["y_km"], centre=located.centre)
        found = [area.pop(name) for name in ("reason", "value", "low", "high")]
        rows.append(
            {"period_start": start, "period_end": end, "latitude": float(latitude), "longitude": float(longitude)}
            | area
            | _tail(study, inside, say("deviational ellipse; bootstrap of attack days, {n} draws", n=N_DRAWS), *found)
        )
    return pd.DataFrame(rows)


@kept_on_study
def distances_of(study: Study, neighbours: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the distances of attacks to the sea and to each named neighbour, period by period.

    Returns
    -------
    pandas.DataFrame
        One row per place (``to``: "sea coast" or a country's name) and period, these being of 91 days (365 in a history
        of over four years) and counted back from the last covered day, so that none is partial; the days before the
        first are left out: ``period_start, period_end, to, q10, q90`` and the tail; ``value`` is the median in km with
        its bootstrap interval.
    """
    located = located_of(study, neighbours)
    last = min(study.covered_end, study.end)
    days = (last - study.start) // DAY
    length = SHORT_PERIOD_DAYS if days <= SHORT_HISTORY_DAYS else LONG_PERIOD_DAYS
    edges = [last - place * length * DAY for place in range(max(days // length, 1), -1, -1)]
    places = _distances(located, located.attacks)
    method = say("great circles; bootstrap of attack days, {n} draws", n=N_DRAWS)
    rows = []
    level, seed = study.settings.level, study.settings.seed
    problem = located.problem if located.attacks["coast_km"].isna().any() or located.attacks.empty else ""
    for place, km in places.items():
        for start, end in pairwise(edges):
            inside = located.within(start, end)
            n_days = inside["date_start"].nunique()
            reason, value, low, high, q10, q90 = problem, *[np.nan] * 5
            if not reason and (len(inside) < MIN_ATTACKS or n_days < MIN_DAYS):
                reason = say_count(FEW_FOR_MEDIAN, len(inside), days=n_days, attacks=MIN_ATTACKS, needed=MIN_DAYS)
            if not reason:
                value, low, high = _median_with_interval(inside, km[inside.index], level=level, seed=seed)
                q10, q90 = np.quantile(km[inside.index], [0.1, 0.9])
            tail = _tail(study, inside, method, reason, value, low, high)
            rows.append({"period_start": start, "period_end": end, "to": place, "q10": q10, "q90": q90} | tail)
    return pd.DataFrame(rows)


def _distances(located: Located, attacks: pd.DataFrame) -> dict[str, pd.Series]:
    """Return each attack's distance to the sea and to each named neighbour, km."""
    codes = () if located.problem else located.neighbours
    to_neighbours = {
        country_name(code): pd.Series(distance_to_country(attacks, code), index=attacks.index) for code in codes
    }
    return {SEA: attacks["coast_km"]} | to_neighbours


@kept_on_study
def neighbours_table_of(study: Study, neighbours: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return, for each named neighbour and the sea coast, how near attacks come in the window and in the baseline.

    Returns
    -------
    pandas.DataFrame
        ``place, nearest_window_km, nearest_baseline_km, n_near_window, n_near_baseline, share_baseline, p_value`` and
        the tail; ``value`` is the window's share of attacks within ``NEAR_KM``, and ``p_value`` of its change is not
        corrected for the number of rows.
    """
    located, change = located_of(study, neighbours), change_of(study, neighbours)
    both = pd.concat([change.earlier, change.recent], ignore_index=True)
    is_recent = both["date_start"].ge(study.window_start).to_numpy()
    rows = []
    days, level = both["date_start"].to_numpy(), study.settings.level
    method = clauses(
        say("within {km:g} km", km=NEAR_KM),
        say("exact binomial interval on the effective number of attacks, days kept together"),
    )
    for place, distances in _distances(located, both).items():
        km = distances.to_numpy()
        near = km <= NEAR_KM
        recent, earlier = near[is_recent], near[~is_recent]
        share = low = high = p = np.nan
        if not change.problem:
            share = recent.mean()
            low, high = geometry.clustered_share_interval(recent, days[is_recent], level=level)
            p = geometry.compare_means(
                near.astype(float), days, is_recent, n_permutations=N_DRAWS, seed=study.settings.seed
            ).p_value
        rows.append(
            {
                "place": place,
                "nearest_window_km": km[is_recent].min() if recent.size else np.nan,
                "nearest_baseline_km": km[~is_recent].min() if earlier.size else np.nan,
                "n_near_window": int(recent.sum()),
                "n_near_baseline": int(earlier.sum()),
                "share_baseline": earlier.mean() if earlier.size else np.nan,
                "p_value": p,
                **_tail(study, both[is_recent], method, change.problem, share, low, high),
            }
        )
    return pd.DataFrame(rows)


@kept_on_study
def newly_hit_of(study: Study) -> pd.DataFrame:
    """Return the units hit and those hit for the first time, month by month of the covered history.

    Returns
    -------
    pandas.DataFrame
        ``period_start, period_end, n_hit, history_days`` (before the month), ``partial`` (not a whole month) and the
        tail; ``value`` is the number of units never hit before. At the start of a history every unit is new: read a
        month with the length of what lies before it.
    """
    units, words = units_of(study)
    last = min(study.covered_end, study.end)
    if study.counts is not None:
        return _newly_hit_of_counts(study, study.counts, units, words)
    edges = pd.date_range(study.start, last, freq="MS", unit="us")
    edges = [study.start, *[edge for edge in edges if study.start < edge < last], last]
    attacks = study.attacks.assign(unit=units, date_start=study.whole_days)[units.notna()]
    attacks = attacks.sort_values(["date_start", "incident_id"])
    first = attacks.drop_duplicates("unit")
    month = np.searchsorted(
        np.array(edges[1:-1], dtype="datetime64[us]"), attacks["date_start"].to_numpy(), side="right"
    )
    hit = attacks["unit"].groupby(month).nunique()
    new = first.groupby(month[np.isin(attacks["incident_id"], first["incident_id"])])["incident_id"].agg(list)
    reason = "" if len(attacks) else say("no attack could be put to {units}", units=words)
    rows = []
    for place, (start, end) in enumerate(pairwise(edges)):
        ids = new.get(place, [])
        rows.append(
            {
                "period_start": start,
                "period_end": end,
                "n_hit": int(hit.get(place, 0)),
                "history_days": (start - study.start) // DAY,
                "partial": start.day != 1 or end.day != 1,
                **row_tail(np.nan if reason else len(ids), method=words, ids=ids, reason=reason),
            }
        )
    return pd.DataFrame(rows)


def _newly_hit_of_counts(study: Study, every: pd.DataFrame, units: pd.Series, words: str) -> pd.DataFrame:
    """Return the table of `newly_hit_of` for a table of counts: a count falls in the month that its period starts
    in."""
    counts = every.assign(unit=units)[units.notna() & every["attacks"].gt(0)]
    months = pd.date_range(study.start.to_period("M").start_time, study.end - DAY, freq="MS", unit="us")
    month = months.searchsorted(counts["period_start"], side="right") - 1
    first = counts.assign(month=month).groupby("unit")["month"].min().value_counts()
    hit = counts["unit"].groupby(month).nunique()
    starts, ends = months.where(months > study.start, study.start), (months + pd.offsets.MonthBegin(1)).as_unit("us")
    ends = ends.where(ends < study.end, study.end)
    reason = "" if len(counts) else say("no attack could be put to {units}", units=words)
    table = pd.DataFrame({"period_start": starts, "period_end": ends})
    table["n_hit"] = [int(hit.get(place, 0)) for place in range(len(months))]
    table["history_days"] = (starts - study.start) // DAY
    table["partial"] = (starts.day != 1) | (ends.day != 1)
    values = [np.nan if reason else first.get(place, 0) for place in range(len(months))]
    return table.join(pd.DataFrame([row_tail(value, method=words, reason=reason) for value in values]))


def _equal_periods(study: Study) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    last = min(study.covered_end, study.end)
    days = max((last - study.start) // DAY, N_PERIODS)
    edges = [last - (days * place // N_PERIODS) * DAY for place in range(N_PERIODS, -1, -1)]
    return list(pairwise(edges))


def _median_with_interval(
    attacks: pd.DataFrame, km: pd.Series, *, level: float, seed: int
) -> tuple[float, float, float]:
    days, day = np.unique(attacks["date_start"].to_numpy(), return_inverse=True)
    weights = geometry.bootstrap_weights(days, n_bootstraps=N_DRAWS, seed=seed)
    values, at_once = km.to_numpy(), max(1, MOST_WEIGHTS_AT_ONCE // len(attacks))
    drawn = np.concatenate(
        [
            geometry.weighted_quantile(values, weights[start : start + at_once][:, day], 0.5)
            for start in range(0, N_DRAWS, at_once)
        ]
    )
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(np.median(km)), float(low), float(high)


def _tail(study: Study, attacks: pd.DataFrame, method: str, reason: str, *value: float) -> dict[str, object]:
    level = np.nan if reason else study.settings.level
    return row_tail(*value, method=method, level=level, ids=attacks["incident_id"].tolist(), reason=reason)


# What ``study.spread`` holds as tables.
TABLES = (
    Table("attacks", "The attacks that can be placed, with distances to the sea.",
        placed_rows, nothing=message("no attack can be placed")),
    Table("regions", "Attacks of the last month or so by first-order unit, beside a usual month.",
        lambda study: maps.where_of(study).units),
    Table("left_out", "Attacks that cannot be placed, by reason.", lambda study: located_of(study).left_out,
        nothing=message("every attack can be placed")),
    Table("areas", "Centre and extent of attacks, period by period.", areas_of, because="area_verdict"),
    Table("distances", "How far attacks are from the sea, over time.", distances_of, because="coast_distance_window"),
    Table("neighbours", "How near attacks come to the sea and to neighbouring countries.", neighbours_table_of,
        because="near_neighbours_window"),
    Table("newly_hit", "Units hit each month, and hit for the first time.", newly_hit_of),
)  # fmt: skip
