"""The blocks that the brief is made of, its timeline and map among them."""

from dataclasses import replace

import pandas as pd

from analysis.figures.caption import Caption
from analysis.incidents.counting import rounded
from analysis.incidents.study import DAY, Study, in_its_language
from analysis.language import dated_words, message, say, say_count
from analysis.measures.deadliest import read_deaths
from analysis.measures.level import FALLING, RISING
from analysis.measures.level_rule import MIN_EVENTS
from analysis.measures.maps import place_names
from analysis.measures.parts import Deaths
from analysis.reports import comparison
from analysis.reports.brief import Absent, Brief, Timeline, brief_of, figures_of, headline_of, timeline_of, trust_of
from analysis.reports.brief_numbers import LATELY, deaths_words, usual_words
from analysis.reports.brief_tables import cards, change_finding, parties_table, places_table
from analysis.reports.brief_words import because, fine_print, headline, qualifiers, stands_out, trust, turned, what_next
from analysis.reports.maps import LEAST_USUAL, where_chart
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.wording import Results, caption, day_words, fullest_month, month_words, title

# Of the parts that follow the headline, in the order of the page; slides are made from the same parts.
HEADINGS = {
    "timeline": message("Timeline"),
    "countries": message("Country by country"),
    "where": message("Where"),
    "who": message("Who"),
    "stands_out": message("What stands out"),
    "next": message("What next and what to watch"),
    "trust": message("How far to trust this"),
}
# Inches: the map stands beside a table, and is not made smaller there, so that its words can be read.
MAP_WIDTH, MAP_TALLEST = 2.75, 2.8
MOST_COUNTRIES = 4  # panels
# What a bar of the timeline counts: 30 days, of which the text speaks, are no calendar month.
BARS = {"week": message("attacks a week"), "month": message("attacks a calendar month")}


def timeline_title(brief: Brief) -> str:
    """Return what the timeline finds."""
    timeline, figures, head = brief.timeline, brief.figures, brief.headline
    if isinstance(timeline, Absent) or isinstance(figures, Absent) or isinstance(figures.recent, Absent):
        return say("Attacks over time")
    recent = {"recent": rounded(figures.recent), "days": figures.days}
    if not isinstance(timeline.greatest, Absent) and not isinstance(timeline.recent_offensives, Absent):
        k, day = timeline.greatest
        now = timeline.recent_offensives
        window = {"window": timeline.window_days}
        lately = brief.as_of - day < LATELY
        if k > 1 and now == k:
            if brief.as_of - day >= timeline.window_days * DAY:  # the first to hold so many
                return say("{k} offensives in the last {window} days, as many as ever before", k=k, **window)
            return say("{k} offensives in the last {window} days, the most on record", k=k, **window)
        if k > 1 and now and lately:
            return say(
                "{k} offensives in the {window} days to {day}, {now} in the last {window}",
                k=k,
                day=day_words(day),
                now=now,
                **window,
            )
    if not isinstance(figures.usual, Absent) and figures.usual >= LEAST_USUAL and not turned(brief):
        usual = rounded(figures.usual)
        if head.word == RISING and recent["recent"] > usual:
            return say_count(
                "From about {n} [attack|attacks] in a usual month to {recent} in the last {days} days", usual, **recent
            )
        if head.word == FALLING and not round(figures.recent, 6):
            return say_count(
                "Down from about {n} [attack|attacks] in a usual month to none in the last {days} days",
                usual, days=figures.days,
            )  # fmt: skip
        if head.word == FALLING and 0 < recent["recent"] < usual:
            return say_count(
                "Down from about {n} [attack|attacks] in a usual month to {recent} in the last {days} days",
                usual, **recent,
            )  # fmt: skip
    most = timeline.peak[1]
    values = timeline.periods["value"]
    first = month_words(timeline.periods["period_start"].iloc[0])
    if timeline.periods["period"].iloc[0] == "week":
        return say_count("{n} [attack|attacks] in the last {days} days", recent["recent"], days=figures.days)
    if len(values) > 2 and figures.recent > values.iloc[:-1].max():
        return say_count(
            "{n} [attack|attacks] in the last {days} days: none of the {months} earlier calendar months shown had as"
            " many",
            recent["recent"], days=figures.days, months=len(values) - 1,
        )  # fmt: skip
    if not most:
        return say("No attacks recorded since the beginning of {first}", first=first)
    peak = {"peak": rounded(most), "first": first}
    peak["when"] = fullest_month(timeline.periods["period_start"], values)
    return say_count(
        "{n} [attack|attacks] in the last {days} days; the most in a calendar month since {first} was {peak}, in "
        "{when}",
        recent["recent"], days=figures.days, **peak,
    )  # fmt: skip


def timeline_chart(brief: Brief, under: Caption, *, low: bool = False) -> Chart | None:
    """Return the timeline, titled by what it finds; a low one leaves room for another chart on its page."""
    timeline = brief.timeline
    if isinstance(timeline, Absent):
        return None
    finding = timeline_title(brief)
    under = replace(under, n=rounded(timeline.periods["value"].sum()))  # three years of a history that may be longer
    offensives = None if isinstance(timeline.offensives, Absent) else timeline.offensives
    usual = None if isinstance(timeline.usual, Absent) else timeline.usual
    draw = Drawing(
        "brief.plot_timeline", timeline.periods, offensives=offensives, usual=usual, events=timeline.events, low=low,
        title=finding, caption=under, value_label=say(BARS[str(timeline.periods["period"].iloc[0])]),
    )  # fmt: skip
    return Chart(
        "brief_timeline", draw, timeline.periods, say("Timeline"), title=finding, alt=_timeline_alt(timeline),
        unit=_unit(brief),
    )  # fmt: skip


def _unit(brief: Brief) -> str:
    """Return what a bar counts, and what is usual, as the brief gives it."""
    timeline, figures = brief.timeline, brief.figures
    assert not isinstance(timeline, Absent) and not isinstance(figures, Absent)
    counted = say(BARS[str(timeline.periods["period"].iloc[0])])
    if isinstance(figures.usual, Absent):
        return counted
    return say(
        "{counted}; usual in {days} days: {usual}", counted=counted, days=figures.days, usual=usual_words(figures.usual)
    )


@in_its_language
def chart_alone(study: Study, name: str) -> Chart | None:
    """Return the brief's timeline or map, by its name, without the rest; none of a history that is too short."""
    if name == "brief_where":
        return _map(study)
    figures, gone = figures_of(study), Absent("")
    brief = Brief(
        noun=study.noun, as_of=study.as_of, n=MIN_EVENTS, headline=headline_of(study), figures=figures,
        timeline=timeline_of(study, figures), where=gone, who=gone, stands_out=gone, next=gone,
        trust=trust_of(study, figures.days),
    )  # fmt: skip
    return timeline_chart(brief, caption(study))


def _map(study: Study) -> Chart:
    return replace(where_chart(study, width=MAP_WIDTH, tallest=MAP_TALLEST), name="brief_where")


def _timeline_alt(timeline: Timeline) -> str:
    values, start = timeline.periods["value"], timeline.periods["period_start"]
    told = {"first": month_words(start.iloc[0]), "last": month_words(start.iloc[-1]), "peak": rounded(timeline.peak[1])}
    told |= {"when": fullest_month(start, values), "low": rounded(values.min())}
    if not told["peak"]:
        return say("Bars of attacks, {first} to {last}: none.", first=told["first"], last=told["last"])
    if timeline.periods["period"].iloc[0] == "week":
        return say(
            "Bars of attacks a week, {first} to {last}: from {low} to {peak}.",
            **{key: told[key] for key in ("first", "last", "low", "peak")},
        )
    return say("Bars of attacks a month, {first} to {last}: from {low} to {peak}, the most in {when}.", **told)


def write_brief(page: Page, study: Study, results: Results) -> None:
    """Show the brief: each block names its part, and what is absent leaves no empty part."""
    brief = brief_of(study, results)
    page.part("headline")
    publisher = say(study.publisher.title)
    page.title(title(study), say("As of {day}. Source: {source}.", day=study.as_of, source=publisher))
    told = qualifiers(brief)
    sure = because(brief) if told else ""  # which then is among them
    page.finding(headline(brief), told, fine=fine_print(brief), confidence=sure)
    if shown := cards(brief):
        page.key_figures(shown)
    if brief.too_few:
        _write_rows(page, study)
    several = not isinstance(brief.where, Absent) and comparison.holds_countries(study)
    if chart := timeline_chart(brief, caption(study), low=several):
        page.part("timeline", say(HEADINGS["timeline"]))
        page.charts([chart], [])
    if several:
        page.part("countries", say(HEADINGS["countries"]))
        look = {"most": MOST_COUNTRIES, "across": MOST_COUNTRIES, "low": True}
        panels = comparison.countries_chart(study, name="brief_countries", **look)
        page.charts([panels], comparison.read_countries(study)[:3])
    if not isinstance(brief.where, Absent):
        page.part("where", say(HEADINGS["where"]))
        finding, rows, heads, note = places_table(brief)
        drawn = _map(study)
        page.charts([drawn], [finding])
        if not drawn.numbers.empty and not rows.empty:
            finding = change_finding(brief)  # the map says who has most; the table, where that is more than usual
        _show_table(page, finding, rows, heads, note)
    if not isinstance(brief.who, Absent):
        page.part("who", say(HEADINGS["who"]))
        _show_table(page, *parties_table(brief))
    for part, said in (("stands_out", stands_out(brief)), ("next", what_next(brief)), ("trust", trust(brief))):
        if said:
            page.part(part, say(HEADINGS[part]))
            page.say(*said, as_list=True)
    page.part("")


def _show_table(page: Page, finding: str, rows: pd.DataFrame, heads: dict[str, str], note: str) -> None:
    """Show a table under what it finds; where nothing is to be listed, what it finds alone."""
    if rows.empty:
        page.say(f"{finding}.", *filter(None, [note]))
    else:
        page.table(rows, title=finding, columns=heads, note=note, numbers=("now", "usual", "deaths"))


def _write_rows(page: Page, study: Study) -> None:
    """Show the few rows that there are."""
    if study.holds_counts or study.attacks.empty:
        return
    attacks = study.attacks
    lowest, highest = (read_deaths(attacks, reading) for reading in ("lowest", "highest"))
    rows = pd.DataFrame({
        "place": place_names(study, attacks),
        "day": [dated_words(*dated) for dated in zip(attacks["date_start"], attacks["date_precision"], strict=True)],
        "deaths": [_deaths_cell(*dead) for dead in zip(lowest, attacks["fatalities_best"], highest, strict=True)],
    })  # fmt: skip
    heads = {"place": say("Place"), "day": say("First day"), "deaths": say("Deaths")}
    page.table(rows, title=say("What is recorded"), columns=heads, numbers=("deaths",))


def _deaths_cell(low: float, best: float, high: float) -> str:
    """Return the deaths of one attack, of which there may be but a highest figure."""
    if pd.isna(low) and not pd.isna(high):
        return say("up to {number}", number=rounded(high))
    return deaths_words(Deaths(low, best, high, 0 if pd.isna(high) else 1, 1))
