"""The maps of a study's last month or so as charts: where attacks were recorded, and where more or fewer than usual."""

from dataclasses import replace

import pandas as pd

from analysis.figures.caption import Caption
from analysis.incidents.places import in_country
from analysis.incidents.study import DAY, Study, in_its_language
from analysis.language import localised, message, say, say_count
from analysis.measures import maps
from analysis.measures.maps import FEWER, MORE, NEW, UNKNOWN, Where
from analysis.measures.maps import are_new as are_new
from analysis.reports.page import Chart, Drawing
from analysis.reports.wording import caption, few, joined, named

# What the areas of a map are called: many of them, and in "by region".
AREAS = {"admin1": message("regions"), "country": message("countries"), "given": message("units")}
AREA = {"admin1": message("region"), "country": message("country"), "given": message("unit")}
MOST_NAMED = 3
LEAST_USUAL = 1.0  # a usual month has fewer than one
# Signs: a title holds no more of a name, or of what one area holds.
LONGEST_NAME = 60
MOST_TOLD = 6
# Inches: a narrower map says less above itself.
WIDE = 4.0


@in_its_language
def where_chart(study: Study, *, width: float = 7.5, tallest: float = 7.0) -> Chart:
    """Return the map of where the attacks of the last month or so were recorded, each at the level it is located to.

    Parameters
    ----------
    width, tallest
        Of the drawing, and of the map alone, inches; letters keep their size, and beside a long country more is shown.
    """
    where = maps.where_of(study)
    start, end = maps.period_of(study)
    told = say("Attacks by {area}, {start} to {end}", area=say(AREA[where.level]), start=start, end=end - DAY)
    wide = width >= WIDE and len(where.places) > 0
    subtitle = say("{told}; dots are the places hit", told=told) if wide else told
    finding = where_finding(study)
    draw = Drawing(
        "maps.plot_where", where.areas, where.shapes, where.labels, where.places, frame=where.frame,
        unknown=where.unknown, problem=where.problem, width=width, tallest=tallest, title=named(finding, study.noun),
        subtitle=named(subtitle, study.noun),
        caption=_with_offensives(_caption(study, where, wide=width >= WIDE), study, where),
    )  # fmt: skip
    what = say("Map of attacks by place")
    return Chart("where", draw, where.units, what, title=finding, alt=_alt(where, told))


@in_its_language
def change_chart(study: Study, *, width: float = 7.5) -> Chart:
    """Return the map of where attacks are more or fewer than in a usual month; ``width`` as for `where_chart`."""
    where = maps.where_of(study)
    start, end = maps.period_of(study)
    area = say(AREA[where.level])
    subtitle = say(
        "Attacks from {start} to {end} beside a usual month, by {area}", start=start, end=end - DAY, area=area
    )
    finding = change_finding(study)
    draw = Drawing(
        "maps.plot_change", where.areas, where.shapes, where.labels, frame=where.frame, unknown=where.unknown,
        problem=where.problem, width=width, title=named(finding, study.noun), subtitle=named(subtitle, study.noun),
        caption=_caption(study, where),
    )  # fmt: skip
    what = say("Map of change by place")
    return Chart("where_change", draw, where.units, what, title=finding, alt=_alt(where, subtitle, usual=True))


@in_its_language
def where_finding(study: Study) -> str:
    """Return in one sentence where attacks of the last month or so were recorded."""
    where = maps.where_of(study)
    start, end = maps.period_of(study)
    if not where.n:
        return say("No attacks recorded from {start} to {end}", start=start, end=end - DAY)
    units = where.areas[where.areas["name"].ne("")]
    hit = units[units["recent"].gt(0)]
    if hit.empty:
        return say_count("{n} [attack,|attacks, all] located only to the country", where.n)
    led = int(hit["n"].iloc[0])
    first = hit[hit["n"].eq(led)]
    if led == where.n == 2:
        return say("Both attacks are in {unit}", unit=_names(first, where)[0])
    if led == where.n:
        return say_count("[|All ]{n} [attack,|attacks are] in {unit}", led, unit=_names(first, where)[0])
    if len(first) > MOST_NAMED or not led:
        told = say_count("{n} [attack|attacks]", where.n)
    elif len(first) > 1:
        told = say("{units} have {led} each of {n} attacks", units=joined(_names(first, where)), led=led, n=where.n)
    else:
        told = say_count("{unit} has {led} of {n} [attack|attacks]", where.n, unit=_names(first, where)[0], led=led)
    n_drawn = int(units["shape"].ne("").sum())
    # Where units share an area, areas are fewer than the units that the text counts.
    shared = where.units.loc[where.units["shape"].ne(""), "shape"].duplicated().any()
    if n_drawn < 2 or where.n_off_map or shared:
        return told
    least, most = where.n_hit
    of = {"told": told, "all": n_drawn, "areas": say(AREAS[where.level])}
    if not least and most:
        return say_count("{told}; up to {n} of {all} {areas} [is|are] hit", most, **of)
    if least < most:
        return say("{told}; {low} to {high} of {all} {areas} are hit", low=least, high=most, **of)
    return say_count("{told}; {n} of {all} {areas} [is|are] hit", most, **of)


@in_its_language
def change_finding(study: Study) -> str:
    """Return in one sentence which units stand above or below their usual month."""
    where = maps.where_of(study)
    units = where.areas[where.areas["name"].ne("")]
    if units["change"].eq(UNKNOWN).all():
        reason = next(iter(where.units["reason"]), say("there is nothing to compare: none now, or none usual"))
        return say("Where attacks are more than usual cannot be told: {reason}", reason=reason)
    return moved_words(*(_names(units[units["change"].eq(change)], where) for change in (MORE, FEWER, NEW)))


def moved_words(up: list[str], down: list[str], fresh: list[str]) -> str:
    """Say where attacks are more or fewer than in a usual month, by the names of the places; those of ``fresh``, where
    a usual month has next to none, have more too."""
    if fresh and not up and not down:
        return say("Attacks in {new}, where a usual month has next to none", new=_listed(fresh))
    up = up + fresh
    if up and down:
        return say("More attacks than usual in {up}; fewer in {down}", up=_listed(up), down=_listed(down))
    if up:
        return say("More attacks than usual in {up}", up=_listed(up))
    if down:
        return say("Fewer attacks than usual in {down}", down=_listed(down))
    return say("In no single place is the last month clearly above or below a usual one")


def _names(areas: pd.DataFrame, where: Where) -> list[str]:
    """Return areas' names, each with what is drawn inside it, and its country where areas of several are drawn."""
    several = where.level == "admin1" and len(where.areas["country"].unique()) > 1
    told = []
    for row in areas[["name", "inside", "country"]].itertuples(index=False, name="Row"):
        name = in_country(row.name, row.country) if several else row.name
        name, inside = (
            text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…" for text in (name, row.inside)
        )
        told.append(say("{unit} with {others}", unit=name, others=inside) if inside else name)
    return told


def _listed(names: list[str]) -> str:
    return few(names, MOST_NAMED if len(names) <= MOST_NAMED else MOST_NAMED - 1)


def _caption(study: Study, where: Where, *, wide: bool = True) -> Caption:
    """Return what stands under a map; under a narrow one the publisher's name alone, without the file's."""
    under = replace(caption(study), n=where.n)
    return under if wide else replace(under, source=say(study.publisher.title))


def _with_offensives(under: Caption, study: Study, where: Where) -> Caption:
    """Return a caption that says of each number on the map when that offensive began."""
    shown = sorted(set(where.places["offensive"]) - {0})
    if not shown or study.counts is not None:
        return under
    numbers = study.attacks["incident_id"].map(maps.offensive_numbers(study))
    starts = study.attacks.groupby(numbers)["date_start"].min()
    told = [say("{number} ({day})", number=number, day=starts[number]) for number in shown]
    return replace(under, note=say("Offensives: {listed}.", listed=", ".join(told)))


def _alt(where: Where, what: str, *, usual: bool = False) -> str:
    """Return the places with their counts, and with what a usual month holds there, which the map of change writes."""
    units = where.areas[where.areas["name"].ne("") & where.areas["n"].gt(0)]
    told = [f"{name} {localised(f'{n:,}')}" for name, n in zip(_names(units, where), units["n"], strict=True)]
    if usual and units["usual"].notna().all():
        usually = [localised(f"{month:.1f}") for month in units["usual"]]
        told = [say("{counted} (usual: {usual})", counted=one, usual=n) for one, n in zip(told, usually, strict=True)]
    if not told:
        return say("{what}: none.", what=what)
    return say("{what}: {listed}.", what=what, listed=few(told, MOST_TOLD))
