"""Where is it going?"""

from analysis.incidents.counts import NEEDS_INCIDENTS
from analysis.incidents.places import country_name
from analysis.incidents.study import Study, in_its_language
from analysis.language import message, say
from analysis.measures import spread
from analysis.measures.spread import MAX_OUTSIDE_KM, NEAR_KM
from analysis.reports.maps import change_chart, change_finding, where_chart, where_finding
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.words import (
    Results,
    caption,
    counted,
    day_words,
    gap,
    interval,
    joined,
    number,
    percent,
    probability,
)

NEIGHBOURS_COLUMNS = {
    "place": "to",
    "nearest_window_km": "nearest in window, km",
    "nearest_baseline_km": "nearest in baseline, km",
    "n_near_window": "near in window",
    "value": "share in window",
    "low": "low",
    "high": "high",
    "n_near_baseline": "near in baseline",
    "share_baseline": "share in baseline",
    "p_value": "p of the change",
    "reason": "not computed, because",
}

NEIGHBOURS_NOTE = f"Near: in the country or within {NEAR_KM:g} km of it. Several comparisons at once: p-values are not corrected for their number."

VERDICTS = {
    "moved and widened": "The area of recorded attacks has moved and widened.",
    "moved": "The area of recorded attacks has moved; that it widened is not shown.",
    "widened": "The area of recorded attacks has widened; that its middle moved is not shown.",
    "thickened": "The area of recorded attacks is the same and attacks come more often in it: it has only thickened.",
    "unchanged": "The area of recorded attacks is the same, and attacks do not come more often in it.",
    "cannot tell": "Whether the area of recorded attacks has moved, widened or only thickened cannot be told",
}


CHARTS = {
    "where": message("Map of attacks by region, with the places hit"),
    "where_change": message("Map of regions with more or fewer attacks than usual"),
    "map": message("Map of attacks, old and new"),
    "map_periods": message("Maps of attacks, period by period"),
    "centre_path": message("The path of the centre of attacks"),
    "coast_distance": message("The distance of attacks to the sea coast over time"),
    "newly_hit": message("Places hit each month, and places hit for the first time"),
}


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say where attacks are and go: the regions, the verdict, by which numbers, and how near to sea and neighbours."""
    regions = [f"{where_finding(study)}.", f"{change_finding(study)}."]
    if study.holds_counts:
        return [*regions, *_of_counts(results)]
    located = int(results["attacks_located"].value)
    left = results["attacks_not_located"].value
    said = regions
    if results.known("area_verdict"):
        said.append(_verdict(results))
        said.append(_numbers(study, results))
        said.append(_coast(results))
        if results.known("near_neighbours_window", "near_neighbours_baseline"):
            said.append(_neighbours(results))
    else:
        said.append(gap("Whether attacks move, widen or only thicken", results.why_not("area_verdict")))
    said.append(_units(results))
    if results.known("relocation_p", "expansion_p"):
        said.append(_joins(results))
    said.append(
        f"{counted(located, 'attack')} of {located + int(left)} {'is' if located == 1 else 'are'} located well enough "
        f"for this. It is about where "
        "recorded attacks lie: a region from which more comes to be reported draws the middle towards it."
    )
    return said


@in_its_language
def finding(study: Study, results: Results) -> str:
    """Return the one sentence of a report on this question alone."""
    if study.holds_counts:
        return f"{where_finding(study)}. {change_finding(study)}."
    if not results.known("area_verdict"):
        return gap("Whether attacks move, widen or only thicken", results.why_not("area_verdict"))
    verdict = VERDICTS[results["area_verdict"].label].rstrip(".")
    return f"{verdict}. {_coast(results)}"


@in_its_language
def charts(study: Study, neighbours: tuple[str, ...] = ()) -> list[Chart]:
    """Return the charts of a first reading."""
    return [where_chart(study), change_chart(study)]


def why_no_chart(study: Study, name: str) -> str:
    """Return why a chart cannot be drawn of a table of counts."""
    return say(NEEDS_INCIDENTS) if study.holds_counts else ""


@in_its_language
def write(page: Page, study: Study, results: Results, *, neighbours: tuple[str, ...] = (), brief: bool = False) -> None:
    """Show the section; ``brief`` leaves to the question's own notebook what a first reading does not need."""
    said = read(study, results)
    page.say(*said)
    # A situation report has the map of regions on its first pages.
    page.charts([chart for chart in charts(study, neighbours) if not brief or chart.name != "where"], said)
    if not brief:
        page.charts(further_charts(study, neighbours), said)
    if study.holds_counts:
        return
    located = spread.located_of(study, neighbours)
    table = spread.neighbours_table_of(study, neighbours)
    page.table(
        table,
        title="How near attacks come to the sea and to neighbours",
        columns=NEIGHBOURS_COLUMNS,
        note=NEIGHBOURS_NOTE,
        limit=20,
    )
    if len(located.left_out):
        page.table(
            located.left_out, title="Attacks left out of maps and distances", columns={"reason": "because", "n_incidents": "attacks"},
            note=f"A row over {MAX_OUTSIDE_KM:g} km outside the country that it names is not placed by its coordinates.", limit=10,
        )  # fmt: skip


@in_its_language
def further_charts(study: Study, neighbours: tuple[str, ...] = ()) -> list[Chart]:
    """Return the charts that only the question's own report shows: how places and distances change over time."""
    new = spread.newly_hit_of(study)
    if study.holds_counts:
        hit = Drawing("spread.plot_newly_hit", new, units=spread.units_of(study)[1], caption=caption(study))
        return [Chart("newly_hit", hit, new, "Units hit each month, and hit for the first time")]
    located, lines, areas = spread.located_of(study, neighbours), spread.map_lines_of(study), spread.areas_of(study)
    under = caption(study, rows=located.attacks, counted="located attacks")
    maps = Drawing(
        "spread.plot_period_maps",
        located.attacks,
        areas,
        lines.lines,
        frame=lines.frame,
        problem=located.problem,
        caption=under,
    )
    path = Drawing("spread.plot_centre_path", areas, lines.lines, frame=lines.frame, labels=lines.labels, caption=under)
    distances = spread.distances_of(study, neighbours)
    hit = Drawing("spread.plot_newly_hit", new, units=spread.units_of(study)[1], caption=under)
    nearness = Drawing("spread.plot_distances", distances, caption=under)
    return [
        _recency_chart(study, neighbours),
        Chart("map_periods", maps, areas, "Maps of attacks, period by period"),
        Chart("centre_path", path, areas, "Path of the mean centre with deviational ellipses"),
        Chart("coast_distance", nearness, distances, "Distance of attacks to the sea coast over time"),
        Chart("newly_hit", hit, new, "Units hit each month, and hit for the first time"),
    ]


def _recency_chart(study: Study, neighbours: tuple[str, ...]) -> Chart:
    """Return the map of all attacks, old and new."""
    located, lines = spread.located_of(study, neighbours), spread.map_lines_of(study)
    draw = Drawing(
        "spread.plot_map",
        located.attacks,
        lines.lines,
        frame=lines.frame,
        labels=lines.labels,
        links=spread.offensive_links_of(study),
        window_start=study.window_start,
        baseline_start=study.baseline_start,
        n_left_out=int(located.left_out["n_incidents"].sum()),
        problem=located.problem,
        caption=caption(study, rows=located.attacks, counted="located attacks"),
    )
    return Chart("map", draw, spread.map_table(located), "Map of attacks by recency, with the window's offensives")


def _of_counts(results: Results) -> list[str]:
    """Say what counts without places tell of where attacks are, and what they do not."""
    said = []
    if results.known("units_hit", "units_newly_hit"):
        hit, new = results["units_hit"], results["units_newly_hit"]
        said.append(
            say(
                "The window's attacks are in {n} units; {new} of them were never hit before in the {days} days of the history.",
                n=round(hit.value), new=round(new.value), days=hit.detail["history_days"],
            )
        )  # fmt: skip
    else:
        said.append(say("How many units are hit is not computed: {reason}.", reason=results.why_not("units_hit")))
    said.append(
        say(
            "Whether attacks move or widen, and how near they come to the sea, needs a table of incidents with coordinates."
        )
    )
    return said


def _verdict(results: Results) -> str:
    row = results["area_verdict"]
    return VERDICTS[row.label] + (f": {row.detail['because']}." if row.detail["because"] else "")


def _numbers(study: Study, results: Results) -> str:
    shift, reach = results["centre_shift_km"], results["reach_ratio"]
    return (
        f"From the baseline ({day_words(study.baseline_start)} on) to the window, the mean centre shifts by "
        f"{number(shift.value)} km "
        f"({interval(shift, 'number')}; p {probability(results['centre_shift_p'].value)}), and attacks lie "
        f"{number(reach.value)} times as far from it "
        f"({interval(reach, 'number')}; p of widening {probability(results['reach_ratio_p'].value)}). Attacks of one "
        f"day are kept together."
    )


def _coast(results: Results) -> str:
    change, p = results["coast_distance_change"], results["coast_distance_change_p"].value
    window, baseline = (results[f"coast_distance_{span}"] for span in ("window", "baseline"))
    way = (
        "nearer to the sea"
        if change.high < 0
        else "farther from the sea"
        if change.low > 0
        else "neither nearer to the sea nor farther, as far as can be shown"
    )
    return (
        f"Attacks of the window lie {way}: the median distance to the coast is {number(window.value)} km "
        f"({interval(window, 'number')}) against "
        f"{number(baseline.value)} km ({interval(baseline, 'number')}), the mean changes by {change.value:+,.0f} km "
        f"({change.low:+,.0f} to {change.high:+,.0f}; "
        f"p {probability(p)})."
    )


def _neighbours(results: Results) -> str:
    window, baseline = (results[f"near_neighbours_{span}"] for span in ("window", "baseline"))
    names = [country_name(code) for code in window.detail["neighbours"]]
    return (
        f"{percent(window.value)} of the window's attacks lie in or within {NEAR_KM:g} km of {joined(names)} "
        f"({interval(window, 'percent')}), against "
        f"{percent(baseline.value)} in the baseline ({interval(baseline, 'percent')}; p of the change "
        f"{probability(results['near_neighbours_change_p'].value)})."
    )


def _units(results: Results) -> str:
    if not results.known("units_hit", "units_newly_hit"):
        return gap(
            "How many places are hit, and how many for the first time,", results.why_not("units_hit", "units_newly_hit")
        )
    hit, new = results["units_hit"], results["units_newly_hit"]
    expected, new_expected = results["units_hit_expected"], results["units_newly_hit_expected"]
    return (
        f"The window's attacks hit {hit.value:.0f} {hit.detail['counted']}, where as many attack days of any time hit "
        f"{number(expected.value)} "
        f"({number(expected.low)} to {number(expected.high)}); {new.value:.0f} of them had never been hit in the "
        f"history of {hit.detail['history_days']} days, against "
        f"{number(new_expected.value)} expected ({number(new_expected.low)} to {number(new_expected.high)}; p "
        f"{probability(results['units_newly_hit_p'].value)})."
    )


def _joins(results: Results) -> str:
    moved, grown = results["relocation_joins"], results["expansion_joins"]
    more = [
        f"{word} ({row.value:.0f} joins, {number(results[f'{kind}_joins_expected'].value)} expected, p "
        f"{probability(results[f'{kind}_p'].value)})"
        for kind, word, row in (("relocation", "relocation", moved), ("expansion", "expansion", grown))
    ]
    return (
        f"Between neighbouring cells, {joined(more)}: relocation is a cell falling quiet as its neighbour is hit, "
        f"expansion one that stays active. More "
        "than expected would mean that violence spreads to neighbouring places; fewer, that it stays where it is."
    )
