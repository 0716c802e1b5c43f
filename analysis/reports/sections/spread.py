"""Where is it going?"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.figures.caption import Caption
from analysis.incidents.counting import rounded
from analysis.incidents.counts import NEEDS_INCIDENTS
from analysis.incidents.places import country_name
from analysis.incidents.study import DAY, Study, in_its_language
from analysis.language import message, say, say_count
from analysis.measures import spread
from analysis.measures.reliability import recording_problem
from analysis.measures.result import COMPUTED
from analysis.measures.spread import MAX_OUTSIDE_KM, NEAR_KM
from analysis.reports.maps import change_chart, change_finding, where_chart, where_finding
from analysis.reports.page import Chart, Page
from analysis.reports.wording import (
    Results,
    all_of,
    caption,
    day_words,
    few,
    fullest_month,
    gap,
    heads,
    interval,
    month_words,
    number,
    percent,
    probability,
)

NEIGHBOURS_COLUMNS = {
    "place": message("place"),
    "nearest_window_km": message("nearest in window, km"),
    "nearest_baseline_km": message("nearest in baseline, km"),
    "n_near_window": message("near in window"),
    "value": message("share in window"),
    "low": message("low"),
    "high": message("high"),
    "n_near_baseline": message("near in baseline"),
    "share_baseline": message("share in baseline"),
    "p_value": message("p of the change"),
    "reason": message("not computed, because"),
}
NEIGHBOURS_NOTE = message(
    "Near: in the country or within {km:g} km of it. Several comparisons at once: p-values are not corrected for their "
    "number."
)
WHICH_NEIGHBOURS = message("Listed are the neighbours that have a sea coast, or all where none has.")
MOST_NEIGHBOURS = 5  # named in a sentence
LEFT_OUT_COLUMNS = {"reason": message("not placed, because"), "n_incidents": message("attacks")}
VERDICTS = {
    "moved and widened": message("The area of recorded attacks has moved and widened."),
    "moved": message("The area of recorded attacks has moved; it is not shown that it widened."),
    "widened": message("The area of recorded attacks has widened; it is not shown that its middle moved."),
    "thickened": message(
        "The area of recorded attacks has neither moved nor widened, and attacks come more often in it."
    ),
    "unchanged": message(
        "The area of recorded attacks has neither moved nor widened;"
        " it is not shown that attacks come more often in it."
    ),
    "cannot tell": message("It cannot be told whether the area of recorded attacks has moved or widened."),
}
# How the tables name the sea.
COAST = message("sea coast")
LAST_MONTHS = 12
# Inches: narrow enough for a telephone to show its words.
MAP_WIDTH = 5.5
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
    if recording_problem(study):
        regions.append(
            say("Recording alone, uneven or of chosen cases, could make places count more, or fewer, than usual.")
        )
    if study.holds_counts:
        return [*regions, *_of_counts(results)]
    said = regions
    if results.known("area_verdict"):
        said.append(_verdict(results))
        said.append(_numbers(study, results))
        said.append(_coast(results))
        if results.known("near_neighbours_window", "near_neighbours_baseline"):
            said.append(_neighbours(results))
    else:
        said.append(gap(say("Whether attacks move or widen"), results.why_not("area_verdict")))
    said.append(_units(results))
    if results.known("relocation_p", "expansion_p"):
        said.append(_joins(results))
    located = int(results["attacks_located"].value)
    used = say_count(
        "{n} [attack|attacks] of {total} [is|are] located well enough for this.",
        located,
        total=located + int(results["attacks_not_located"].value),
    )
    limit = say(
        "It is about where recorded attacks lie: a region from which more comes to be reported draws the middle"
        " towards it."
    )
    return [*said, f"{used} {limit}"]


@in_its_language
def finding(study: Study, results: Results) -> str:
    """Return what a report on this question alone finds."""
    if study.holds_counts:
        return f"{where_finding(study)}. {change_finding(study)}."
    if not results.known("area_verdict"):
        return gap(say("Whether attacks move or widen"), results.why_not("area_verdict"))
    return f"{_area(results)} {_coast(results)}"


@in_its_language
def charts(study: Study, neighbours: tuple[str, ...] = ()) -> list[Chart]:
    """Return the charts of a first reading."""
    return [where_chart(study, width=MAP_WIDTH), change_chart(study, width=MAP_WIDTH)]


def why_no_chart(study: Study, name: str) -> str:
    """Return why a chart cannot be drawn of a table of counts."""
    return say(NEEDS_INCIDENTS) if study.holds_counts else ""


@in_its_language
def write(page: Page, study: Study, results: Results, *, neighbours: tuple[str, ...] = (), brief: bool = False) -> None:
    """Show the section; ``brief`` leaves to the question's own notebook what a first reading does not need."""
    page.say(*read(study, results))
    # A situation report has the map of regions on its first pages.
    page.charts([chart for chart in charts(study, neighbours) if not brief or chart.name != "where"], ())
    if not brief:
        page.charts(further_charts(study, neighbours), ())
    if study.holds_counts:
        return
    located = spread.located_of(study, neighbours)
    table = spread.neighbours_table_of(study, neighbours)
    page.table(
        table.assign(place=[say(COAST) if name == spread.SEA else name for name in table["place"]]),
        title=say("How near attacks come to the sea and to neighbours"),
        columns=heads(NEIGHBOURS_COLUMNS),
        note=" ".join([say(NEIGHBOURS_NOTE, km=NEAR_KM), *([] if neighbours else [say(WHICH_NEIGHBOURS)])]),
        limit=20,
    )
    if len(located.left_out):
        page.table(
            located.left_out,
            title=say("Attacks left out of maps and distances"),
            columns=heads(LEFT_OUT_COLUMNS),
            note=say(
                "A row over {km:g} km outside the country that it names is not placed by its coordinates.",
                km=MAX_OUTSIDE_KM,
            ),
            limit=10,
        )


@in_its_language
def further_charts(study: Study, neighbours: tuple[str, ...] = ()) -> list[Chart]:
    """Return the charts that only the question's own report shows: how places and distances change over time."""
    if study.holds_counts:
        return [_newly_hit_chart(study, caption(study))]
    under = caption(study, rows=spread.located_of(study, neighbours).attacks, counted=message("located attacks"))
    return [
        _recency_chart(study, neighbours, under),
        *_area_charts(study, neighbours, under),
        _distance_chart(study, neighbours, under),
        _newly_hit_chart(study, under),
    ]


def _recency_chart(study: Study, neighbours: tuple[str, ...], under: Caption) -> Chart:
    """Return the map of all attacks, old and new."""
    located, lines, title = spread.located_of(study, neighbours), spread.map_lines_of(study), ""
    recent = len(located.within(study.window_start, study.end))
    if not located.problem:
        title = say_count(
            "{n} of {total} located attacks [has|have] come since {day}",
            recent,
            total=len(located.attacks),
            day=study.window_start,
        )
    left_out = int(located.left_out["n_incidents"].sum())
    return Chart.of(
        CHARTS, "map", "spread.plot_map", located.attacks, lines.lines, frame=lines.frame, labels=lines.labels,
        links=spread.offensive_links_of(study), window_start=study.window_start, baseline_start=study.baseline_start,
        n_left_out=left_out, problem=located.problem, caption=under, title=title, numbers=spread.map_table(located),
        adds=say("Dots are attacks, the newest darkest; {n} are located too roughly to be shown.", n=left_out),
    )  # fmt: skip


def _area_charts(study: Study, neighbours: tuple[str, ...], under: Caption) -> list[Chart]:
    """Return the maps period by period, and the path of the centre."""
    located, lines, areas = spread.located_of(study, neighbours), spread.map_lines_of(study), spread.areas_of(study)
    maps_title = path_title = numbers = way = ""
    known = areas[areas["status"].eq(COMPUTED)]
    if len(known) > 1:
        first, last = known.iloc[0], known.iloc[-1]
        told = {"first": month_words(first["period_start"]), "last": month_words(last["period_end"] - DAY)}
        maps_title = say(
            "Attacks lay {before} km from their centre in the period from {first}, {after} km in the one to {last}",
            before=number(first["value"]), after=number(last["value"]), **told,
        )  # fmt: skip
        path_title = say(
            "The centre of attacks shifted by {km} km between {first} and {last}",
            km=number(float(np.hypot(last["x_km"] - first["x_km"], last["y_km"] - first["y_km"]))), **told,
        )  # fmt: skip
        fewest, most = known.loc[known["n_incidents"].idxmin()], known.loc[known["n_incidents"].idxmax()]
        numbers = say(
            "A period holds from {least} to {most} located attacks.",
            least=int(fewest["n_incidents"]), most=int(most["n_incidents"]),
        )  # fmt: skip
        way = _way(first, last)
    look = {"frame": lines.frame, "caption": under, "numbers": areas}
    return [
        Chart.of(
            CHARTS, "map_periods", "spread.plot_period_maps", located.attacks, areas, lines.lines,
            problem=located.problem, title=maps_title, adds=numbers, **look,
        ),
        Chart.of(
            CHARTS, "centre_path", "spread.plot_centre_path", areas, lines.lines, labels=lines.labels,
            title=path_title, adds=way, **look,
        ),
    ]  # fmt: skip


def _way(first: pd.Series, last: pd.Series) -> str:
    """Say which way the centre went, in kilometres north or south and east or west."""
    east, north = last["x_km"] - first["x_km"], last["y_km"] - first["y_km"]
    told = {"north": number(abs(north)), "east": number(abs(east))}
    if north >= 0:
        if east >= 0:
            return say("It went {north} km north and {east} km east.", **told)
        return say("It went {north} km north and {east} km west.", **told)
    if east >= 0:
        return say("It went {north} km south and {east} km east.", **told)
    return say("It went {north} km south and {east} km west.", **told)


def _distance_chart(study: Study, neighbours: tuple[str, ...], under: Caption) -> Chart:
    distances, title, tenth = spread.distances_of(study, neighbours), "", ""
    known = distances[distances["to"].eq(spread.SEA) & distances["status"].eq(COMPUTED)]
    if len(known) > 1:
        first, last = known.iloc[0], known.iloc[-1]
        title = say(
            "Half of the attacks lay within {after} km of the sea in the period to {last}, {before} km in the one from "
            "{first}",
            after=number(last["value"]), before=number(first["value"]), first=month_words(first["period_start"]),
            last=month_words(last["period_end"] - DAY),
        )  # fmt: skip
        nearest = known[known["q10"].eq(known["q10"].min())]
        tenth = say(
            "The nearest tenth came closest in the period from {day}: within {km} km.",
            day=all_of(list(map(day_words, nearest["period_start"]))), km=number(nearest["q10"].iloc[0]),
        )  # fmt: skip
    look = {"caption": under, "title": title, "adds": tenth}
    return Chart.of(CHARTS, "coast_distance", "spread.plot_distances", distances, **look)


def _newly_hit_chart(study: Study, under: Caption) -> Chart:
    new, units, title, peak = spread.newly_hit_of(study), spread.units_of(study)[1], "", ""
    late = new.tail(LAST_MONTHS)
    if new["status"].eq(COMPUTED).all():
        title = say(
            "Hit for the first time in the last {months} months ({units}): {n}",
            months=len(late), units=units, n=int(late["value"].sum()),
        )  # fmt: skip
        month = fullest_month(new["period_start"], new["n_hit"])
        peak = say("The most in one month were hit in {month}: {n}.", n=int(new["n_hit"].max()), month=month)
    look = {"units": units, "caption": under, "title": title, "adds": peak}
    return Chart.of(CHARTS, "newly_hit", "spread.plot_newly_hit", new, **look)


def _of_counts(results: Results) -> Iterator[str]:
    """Say what counts without places tell of where attacks are, and what they do not."""
    if results.known("units_hit", "units_newly_hit"):
        hit, new = results["units_hit"], results["units_newly_hit"]
        yield say_count(
            "The window's attacks are in {n} [unit|units]; never hit before in the {days} days of the history: {new}.",
            rounded(hit.value), new=rounded(new.value), days=hit.detail["history_days"],
        )  # fmt: skip
    else:
        yield say("How many units are hit is not computed: {reason}.", reason=results.why_not("units_hit"))
    yield say(
        "Whether attacks move or widen, and how near they come to the sea, needs a table of incidents with coordinates."
    )


def _area(results: Results) -> str:
    label = results["area_verdict"].label
    if label == "cannot tell" and results["reach_ratio"].high < 1:
        return say("Recorded attacks lie closer together; it cannot be told whether their area has moved.")
    return say(VERDICTS[label])


def _verdict(results: Results) -> str:
    verdict, because = _area(results), results["area_verdict"].detail["because"]
    return f"{verdict} {say('The reason: {reason}.', reason=because)}" if because else verdict


def _numbers(study: Study, results: Results) -> str:
    shift, reach = results["centre_shift_km"], results["reach_ratio"]
    centre = say(
        "From the baseline (since {day}) to the window, the mean centre shifts by {km} km ({bounds}; p {p}).",
        day=study.baseline_start, km=number(shift.value), bounds=interval(shift, "number"),
        p=probability(results["centre_shift_p"].value),
    )  # fmt: skip
    wide = say(
        "Attacks lie {ratio} times as far from it ({bounds}; p of widening {p}). Attacks of one day are kept together.",
        ratio=number(reach.value), bounds=interval(reach, "number"), p=probability(results["reach_ratio_p"].value),
    )  # fmt: skip
    return f"{centre} {wide}"


def _coast(results: Results) -> str:
    change, p = results["coast_distance_change"], results["coast_distance_change_p"].value
    window, baseline = (results[f"coast_distance_{span}"] for span in ("window", "baseline"))
    if change.high < 0:
        way = say("On average, attacks of the window lie nearer to the sea.")
    elif change.low > 0:
        way = say("On average, attacks of the window lie farther from the sea.")
    else:
        way = say("It is not shown that attacks of the window lie nearer to the sea or farther from it.")
    medians = say(
        "The median distance to the coast is {window} km ({window_bounds}), {baseline} km in the baseline "
        "({baseline_bounds}).",
        window=number(window.value), window_bounds=interval(window, "number"), baseline=number(baseline.value),
        baseline_bounds=interval(baseline, "number"),
    )  # fmt: skip
    mean = say(
        "The mean changes by {km:+,.0f} km ({low:+,.0f} to {high:+,.0f}; p {p}).",
        km=change.value, low=change.low, high=change.high, p=probability(p),
    )  # fmt: skip
    return f"{way} {medians} {mean}"


def _neighbours(results: Results) -> str:
    window, baseline = (results[f"near_neighbours_{span}"] for span in ("window", "baseline"))
    near = say(
        "{share} of the window's attacks lie in or within {km:g} km of a neighbour that is measured ({bounds}).",
        share=percent(window.value), km=NEAR_KM, bounds=interval(window, "percent"),
    )  # fmt: skip
    names = say("Measured are {names}.", names=few(map(country_name, window.detail["neighbours"]), MOST_NEIGHBOURS))
    before = say(
        "In the baseline it was {share} ({bounds}; p of the change {p}).",
        share=percent(baseline.value), bounds=interval(baseline, "percent"),
        p=probability(results["near_neighbours_change_p"].value),
    )  # fmt: skip
    return f"{near} {before} {names}"


def _units(results: Results) -> str:
    names = ("units_hit", "units_newly_hit")
    if not results.known(*names):
        return gap(say("How many places are hit, and how many for the first time"), results.why_not(*names))
    hit, new = results["units_hit"], results["units_newly_hit"]
    expected, new_expected = results["units_hit_expected"], results["units_newly_hit_expected"]
    places = say(
        "Hit in the window ({units}): {n:.0f}; as many days with attacks, taken at any time, hit {expected} ({low} to "
        "{high}).",
        units=hit.detail["counted"], n=hit.value, expected=number(expected.value), low=number(expected.low),
        high=number(expected.high),
    )  # fmt: skip
    first = say(
        "Never hit before in the history of {days} days: {n:.0f}, where {expected} are expected ({low} to {high}; p "
        "{p}).",
        days=hit.detail["history_days"], n=new.value, expected=number(new_expected.value),
        low=number(new_expected.low), high=number(new_expected.high),
        p=probability(results["units_newly_hit_p"].value),
    )  # fmt: skip
    return f"{places} {first}"


def _joins(results: Results) -> str:
    told = {
        f"{kind}_{name}": value
        for kind in ("relocation", "expansion")
        for name, value in (
            ("n", rounded(results[f"{kind}_joins"].value)),
            ("expected", number(results[f"{kind}_joins_expected"].value)),
            ("p", probability(results[f"{kind}_p"].value)),
        )
    }
    joins = say(
        "Joins between neighbouring cells: of relocation {relocation_n}, {relocation_expected} expected (p "
        "{relocation_p}); of expansion {expansion_n}, {expansion_expected} expected (p {expansion_p}).",
        **told,
    )
    kinds = say("Relocation is a cell that falls quiet as its neighbour is hit; expansion is one that stays active.")
    means = say("More than expected would mean that violence spreads to neighbouring places; fewer, that it does not.")
    return f"{joins} {kinds} {means}"
