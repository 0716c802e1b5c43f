"""What the brief says of its facts, and the blocks that it is made of.

Every sentence follows from the facts of `analysis.reports.brief` by a rule that stands here, is whole, and has at most
25 words. What is absent is not said: the annex names it with its reason.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from analysis.figures.caption import Caption
from analysis.incidents.places import country_name
from analysis.incidents.study import Study, in_its_language
from analysis.language import localised, message, say, say_count
from analysis.measures.agreement import ABOVE, BELOW
from analysis.measures.level import CANNOT_TELL, FALLING, HIGH, LOW, MIN_EVENTS, RISING, STEADY, USUAL
from analysis.measures.parts import DOWN, SAME, UP, Deaths
from analysis.reports import comparison
from analysis.reports.brief import (
    HIGH_CONFIDENCE,
    LOW_CONFIDENCE,
    MODERATE,
    MOST_PARTIES,
    MOST_PLACES,
    ROLES_STATED,
    Absent,
    Brief,
    Claims,
    Figures,
    Largest,
    Timeline,
    brief_of,
    figures_of,
    headline_of,
    timeline_of,
    trust_of,
)
from analysis.reports.maps import LEAST_NEW, LEAST_USUAL, in_country, moved_words, where_chart
from analysis.reports.outlook_words import departure_words
from analysis.reports.page import Chart, Drawing, KeyFigure, Page
from analysis.reports.wording import (
    PUBLISHERS,
    Results,
    caption,
    chance,
    chances,
    day_words,
    joined,
    month_words,
    percent,
    title,
    yardstick,
)

HEADINGS = {
    "timeline": message("Timeline"),
    "where": message("Where"),
    "countries": message("Country by country"),
    "who": message("Who"),
    "stands_out": message("What stands out"),
    "next": message("What next and what to watch"),
    "trust": message("How far to trust this"),
}
RISES = {True: message("Attacks are rising sharply."), False: message("Attacks are rising.")}
FALLS = {True: message("Attacks are falling sharply."), False: message("Attacks are falling.")}
# Since when: by the word, and whether it was said long before the day of its plainest step.
SINCE = {
    (RISING, False): message("The rise began about {month}."),
    (RISING, True): message("The rise is older; its plainest step was about {month}."),
    (FALLING, False): message("The fall began about {month}."),
    (FALLING, True): message("The fall is older; its plainest step was about {month}."),
}
# How far back one must look for as many, or as few: by the word, and whether there is such a month.
MOST_SINCE = {
    (RISING, False): message("No earlier {days} days on record hold as many."),
    (RISING, True): message("The last {days} days hold the most since {month}."),
    (FALLING, False): message("No earlier {days} days on record hold so few."),
    (FALLING, True): message("The last {days} days hold the fewest since {month}."),
}
LASTS = {
    RISING: message("{likely} that the next six months stay a quarter or more above the year before."),
    FALLING: message("{likely} that the next six months stay a fifth or more below the year before."),
}
RISES_TO = message("{likely} that the next six months come to lie a quarter or more above the year before.")
STEADY_AT = {
    HIGH: message("Steady: attacks stay at a high level."),
    USUAL: message("Steady: attacks stay at their usual level."),
    LOW: message("Steady: attacks stay at a low level."),
    "": message("Steady: attacks are about as many as in the year before."),
}
UNCLEAR_AT = {
    HIGH: message("No clear change: attacks are at a high level."),
    USUAL: message("No clear change: attacks are at their usual level."),
    LOW: message("No clear change: attacks are at a low level."),
    "": message("No clear change in attacks."),
}
# Where the last month alone would not suggest the word, which looks at three: whether it had more.
STEADY_BUT = {
    True: message("Steady over {days} days, but the last month had more attacks."),
    False: message("Steady over {days} days, but the last month had fewer attacks."),
}
UNCLEAR_BUT = {
    True: message("No clear change over {days} days, but the last month had more attacks."),
    False: message("No clear change over {days} days, but the last month had fewer attacks."),
}
CANNOT = {
    "uncovered": message("The record ends too early to say whether attacks are rising."),
    "uneven": message("The record cannot show whether attacks are rising."),
    "short": message("The record is too short to show whether attacks are rising."),
    "few": message("There are too few attacks to say whether they are rising."),
}
# Of a month without any, by what is usual: none, fewer than one, more.
NONE_NOW = (
    message("The record shows no attacks in the last {days} days; a usual month has none."),
    message("The record shows no attacks in the last {days} days; a usual month has fewer than one."),
    message("The record shows no attacks in the last {days} days; a usual month has about {usual}."),
)
CONFIDENCE = {
    HIGH_CONFIDENCE: message("High"),
    MODERATE: message("Moderate"),
    LOW_CONFIDENCE: message("Low"),
}
# Why confidence is what it is: a sentence, and a few words for the card.
BECAUSE = {
    "clear": message("Confidence is high: the record rarely swings this far by chance."),
    "chance": message("Confidence is moderate: a swing of this size is not rare in this record."),
    "month": message("Confidence is moderate: the change rests on the last month alone."),
    "standing": message("Confidence is low: the last week alone would not show the change."),
    "steady": message("Confidence is high: over {quarter} days a change by half would have shown."),
    "open": message("Confidence is moderate: a smaller change could go unseen."),
    "hidden": message("Confidence is low: with counts like these, a doubling or a halving could go unseen."),
    "uneven": message("Confidence is low: the record held {low} to {high} of the attacks counted by {reporter}."),
    "short": message("Confidence is low: the record covers fewer than {days} days."),
    "uncovered": message("Confidence is low: the record ends on {day}."),
}
IN_SHORT = {
    "clear": message("clear change"),
    "chance": message("may be chance"),
    "month": message("rests on one month"),
    "standing": message("last week differs"),
    "steady": message("change by half would show"),
    "open": message("small change could hide"),
    "hidden": message("a doubling could hide"),
    "uneven": message("uneven record"),
    "short": message("short record"),
    "few": message("few attacks"),
    "uncovered": message("record ends early"),
}
NUMBERS = (
    message("No incident is recorded."),
    message("One incident is too few to judge."),
    message("Two incidents are too few to judge."),
    message("Three incidents are too few to judge."),
    message("Four incidents are too few to judge."),
    message("Five incidents are too few to judge."),
    message("Six incidents are too few to judge."),
    message("Seven incidents are too few to judge."),
    message("Eight incidents are too few to judge."),
    message("Nine incidents are too few to judge."),
)
RECORDS = {
    "project": message("The table is coded by hand from public reports."),
    "ucdp_ged": message("UCDP records events with at least one death, from news and organisations."),
    "ucdp_candidate": message("UCDP records events with at least one death; these monthly releases are provisional."),
    "acled": message("ACLED records political violence from news and local partners, and revises it weekly."),
    "gtd": message("The Global Terrorism Database records attacks by non-state groups, from news."),
    "plain": message("What the table records, and how, only its makers know."),
    "acled_counts": message("ACLED publishes these counts by week and region; single attacks are not in them."),
    "hdx_hapi": message("These are monthly counts from ACLED; single attacks are not in them."),
    "counts": message("The table holds counts; single attacks are not in it."),
    "example": message("The table is made up: its countries, groups and numbers are invented."),
}
GROUPS = {
    "security_forces": message("Security forces"),
    "armed_group": message("Armed groups"),
    "civilians": message("Civilians"),
    "infrastructure": message("Infrastructure"),
    "other": message("Others"),
}
WHO_FINDS = {
    "attacker": message("{who} made {n} of {of} attacks"),
    "pair": message("{who}: {n} of {of} attacks"),
    "target_group": message("{who} were hit in {n} of {of} attacks"),
}
WHO_HEADS = {
    "attacker": message("Attacker"),
    "pair": message("Between"),
    "target_group": message("Who was hit"),
}
SIDES_KILLED = {
    "attacker": message("Attackers killed, as {claimant} says: {words}."),
    "defender": message("Defenders killed, as {claimant} says: {words}."),
    "civilian": message("Civilians killed, as {claimant} says: {words}."),
}
SIDES_UNSAID = {
    "attacker": message("{claimant} gives no figure of attackers killed."),
    "defender": message("{claimant} gives no figure of defenders killed."),
    "civilian": message("{claimant} gives no figure of civilians killed."),
}
NO_OUTLOOK = {
    "": message("No outlook can be given for this record."),
    "uneven": message("No outlook can be given: recording is uneven, and so would be any forecast."),
    "uncovered": message("No outlook can be given: the record ends too early."),
    "short": message("No outlook can be given: the record is too short."),
}
# What the annex calls what is not in the brief; what has no name here follows from what has one.
ABSENT = {
    "timeline": message("the timeline"),
    "where": message("the table of regions"),
    "who": message("the table of parties"),
    "figures.recent": message("the count of the last month"),
    "figures.before": message("the count of the month before"),
    "figures.year_ago": message("the count a year ago"),
    "figures.usual": message("the usual month"),
    "figures.deaths": message("deaths of the last month"),
    "figures.places": message("places hit"),
    "figures.regions": message("regions hit"),
    "timeline.offensives": message("offensives on the timeline"),
    "where.alerts": message("alerts by region"),
    "who.civilians": message("attacks on civilians"),
    "who.civilians_killed": message("the number of civilians killed"),
    "stands_out.tempo": message("how unusual the offensives are"),
    "stands_out.largest": message("the largest attack"),
    "stands_out.claims": message("who claims what"),
    "headline.ratio": message("the ratio to the year before"),
    "next.month": message("the range for the next month"),
    "next.lasting": message("whether the level lasts"),
    "next.rise_from": message("the count that would be a rise"),
    "trust.caught": message("how many attacks the table misses"),
}
# Longer ago than this, the month with most offensives is no news.
LATELY = pd.Timedelta(days=365)
MOST_NAME, MOST_WORD = 60, 30
# Inches: the map stands beside a table, and is not made smaller there, so that its words can be read.
MAP_WIDTH, MAP_TALLEST = 2.75, 2.8
MOST_COUNTRIES = 4  # panels
# A number of offensives that comes up more often than this in days chosen beforehand does not stand out.
COMMON = 0.25
LEAST_FOR_SHARES = 20
STEP = 1.25  # a present level this many times another is another
# A trigger this many times a usual month is said beside it: three months decide, and one alone must be far above.
FAR_ABOVE = 2.0
# What a bar of the timeline counts: 30 days, of which the text speaks, are no calendar month.
BARS = {"week": message("attacks a week"), "month": message("attacks a calendar month")}
HALF_A_MONTH = pd.Timedelta(days=14)


# ---------------------------------------------------------------------------------------------------------------------
# The headline


def headline(brief: Brief) -> str:
    """Return the brief's first sentence, at most 20 words, from the verdict."""
    head = brief.headline
    if brief.too_few:
        return say(NUMBERS[brief.n])
    if head.word == CANNOT_TELL:
        return say(CANNOT[head.because])
    if head.word == RISING:
        return say(RISES[head.sharp])
    if head.word == FALLING:
        return say(FALLS[head.sharp])
    figures, steady = brief.figures, head.word == STEADY
    if not isinstance(figures, Absent) and not isinstance(head.recent_quarter, Absent):
        recent, usual = figures.recent, figures.usual
        known = not isinstance(recent, Absent) and not isinstance(usual, Absent)
        if known and _month_differs(head.word, recent, usual):  # type: ignore[arg-type]
            return say((STEADY_BUT if steady else UNCLEAR_BUT)[recent > usual], days=head.quarter_days)  # type: ignore[operator]
    return say((STEADY_AT if steady else UNCLEAR_AT)[_height(brief)])


def _height(brief: Brief) -> str:
    """Return how high the level is, but where the time before it says otherwise: next to it the word would be odd."""
    head = brief.headline
    if isinstance(head.regime, Absent):
        return head.height
    _, rate, before = head.regime
    odd = {HIGH: before > rate, LOW: before < rate, USUAL: True}
    apart = max(rate, before) > STEP * min(rate, before)
    return "" if apart and odd.get(head.height) else head.height


def qualifiers(brief: Brief) -> list[str]:
    """Return what stands under the headline: the counts, since when, will it last, how sure and why."""
    head, figures = brief.headline, brief.figures
    if isinstance(figures, Absent):
        return []
    said = [*_counts(brief), *_course(brief), *_history(brief), *_since(brief)]
    if head.sharp:
        said.append(say("It is too early to say whether this lasts."))
    elif not isinstance(head.lasting, Absent):
        said.append(_lasting(head.lasting, head.word))
    return [*said, because(brief)]


def because(brief: Brief) -> str:
    """Return how sure the verdict is and the one reason."""
    head = brief.headline
    if head.because == "few":
        n = int(head.numbers["n"])  # type: ignore[call-overload]
        if not n:
            return say("Confidence is low: the last 15 months hold no attacks.")
        return say_count(
            "Confidence is low: the last 15 months hold only {n} attack.",
            "Confidence is low: the last 15 months hold only {n} attacks.",
            n,
        )
    numbers = {name: percent(value) if isinstance(value, float) else value for name, value in head.numbers.items()}
    return say(BECAUSE[head.because], quarter=head.quarter_days, **numbers)


def fine_print(brief: Brief) -> str:
    """Return the ratio with its interval, which the headline follows from, for small type."""
    head = brief.headline
    if isinstance(head.recent_quarter, Absent) or isinstance(head.usual_quarter, Absent):
        return ""
    counts = {"n": round(head.recent_quarter), "days": head.quarter_days, "usual": number(head.usual_quarter)}
    counted = say("Last {days} days: {n}; {usual} in as many days of the year before.", **counts)
    if head.word == CANNOT_TELL or isinstance(head.ratio, Absent):
        return counted
    ratio = {"ratio": number(head.ratio), "low": number(head.low), "high": number(head.high)}
    interval = say("Ratio {ratio} ({level} interval {low} to {high}).", level=percent(head.interval_level), **ratio)
    return f"{counted} {interval}"


def _counts(brief: Brief) -> list[str]:
    """Return the count of this period beside a usual month; that of three months first, where it points another way."""
    head, figures = brief.headline, brief.figures
    if isinstance(figures, Absent) or isinstance(figures.recent, Absent):
        return []
    recent, days = round(figures.recent), {"days": figures.days}
    if isinstance(figures.usual, Absent):
        return [
            say_count(
                "The record shows {n} attack in the last {days} days.",
                "The record shows {n} attacks in the last {days} days.",
                recent,
                **days,
            )
        ]
    usual = figures.usual
    said = []
    quarter, year = head.recent_quarter, head.usual_quarter
    differs = _month_differs(head.word, recent, usual)
    if differs and not isinstance(quarter, Absent) and not isinstance(year, Absent):
        said.append(say_count(
            "Over {quarter} days the record shows {n} attack, against {usual} in as many days of the year before.",
            "Over {quarter} days the record shows {n} attacks, against {usual} in as many days of the year before.",
            round(quarter), quarter=head.quarter_days, usual=number(year),
        ))  # fmt: skip
    if not recent:
        of_usual = NONE_NOW[(usual >= 0.05) + (usual >= LEAST_USUAL)]
        said.append(say(of_usual, usual=round(usual), **days))
    elif usual < 0.05:
        said.append(say_count(
            "The record shows {n} attack in the last {days} days; a usual month has none.",
            "The record shows {n} attacks in the last {days} days; a usual month has none.", recent, **days,
        ))  # fmt: skip
    elif usual < LEAST_USUAL:
        said.append(say_count(
            "The record shows {n} attack in the last {days} days; a usual month has fewer than one.",
            "The record shows {n} attacks in the last {days} days; a usual month has fewer than one.", recent, **days,
        ))  # fmt: skip
    else:
        said.append(say_count(
            "The record shows {n} attack in the last {days} days; a usual month has about {usual}.",
            "The record shows {n} attacks in the last {days} days; a usual month has about {usual}.",
            recent, usual=round(usual), **days,
        ))  # fmt: skip
    if head.month_alone and head.word not in (RISING, FALLING):
        up = head.month_alone > 0
        said.append(
            say("By themselves they are not enough to call it a rise.")
            if up
            else say("By themselves they are not enough to call it a fall.")
        )
    if isinstance(figures.before, Absent):
        return said
    before = round(figures.before)
    if head.word == RISING and recent < 0.8 * before:
        said.append(say("The {days} days before had more: {n}.", n=before, **days))
    elif head.word == FALLING and recent > 1.25 * before:
        said.append(say("The {days} days before had fewer: {n}.", n=before, **days))
    return said


def _course(brief: Brief) -> list[str]:
    """Say where the last 90 days and the 90 before them point another way than the word, which looks at a year."""
    head = brief.headline
    now, before = head.recent_quarter, head.quarter_before
    if isinstance(now, Absent) or isinstance(before, Absent):
        return []
    counts = {"days": head.quarter_days, "n": round(now), "before": round(before)}
    if head.word == FALLING and now > 1.25 * before and now >= before + LEAST_NEW:
        return [say("But the last {days} days hold more ({n}) than the {days} days before them ({before}).", **counts)]
    if head.word == RISING and now < 0.8 * before and now <= before - LEAST_NEW:
        return [say("But the last {days} days hold fewer ({n}) than the {days} days before them ({before}).", **counts)]
    return []


def _month_differs(word: str, recent: float, usual: float) -> bool:
    """Tell whether the last month alone would not suggest the word, which looks at three."""
    if word == RISING:
        return recent <= usual
    if word == FALLING:
        return recent >= usual
    return word != CANNOT_TELL and not usual / 1.4 <= recent <= usual * 1.4 and max(recent, usual) >= LEAST_NEW


def _history(brief: Brief) -> list[str]:
    head = brief.headline
    if isinstance(head.most_since, Absent):
        return []
    month = month_words(head.most_since) if head.most_since is not None else ""
    return [say(MOST_SINCE[head.word, bool(month)], days=head.quarter_days, month=month)]


def _since(brief: Brief) -> list[str]:
    head = brief.headline
    if not isinstance(head.since, Absent):
        return [say(SINCE[head.word, head.long_said], month=month_words(head.since))]
    if head.word == CANNOT_TELL or isinstance(head.regime, Absent):
        return []
    since, rate, before = head.regime
    if round(rate) == round(before):
        return []
    return [
        say(
            "The last clear change of level was about {month}: {before} in 30 days before it, {rate} since.",
            month=month_words(since), rate=usual_words(rate), before=usual_words(before),
        )
    ]  # fmt: skip


def _lasting(share: float, word: str) -> str:
    """Say how likely the next six months are beyond the year before; only what rises or falls can stay so."""
    likely = yardstick(share, chance(share))
    likely = f"{likely[0].upper()}{likely[1:]}"
    return say(LASTS.get(word, RISES_TO), likely=likely)


# ---------------------------------------------------------------------------------------------------------------------
# Figures


def cards(brief: Brief) -> list[KeyFigure]:
    """Return the six figures; one that could not be computed is left out."""
    figures, head = brief.figures, brief.headline
    if isinstance(figures, Absent):
        return []
    days = {"days": figures.days}
    shown = []
    if not isinstance(figures.recent, Absent):
        counted = say_count("attack", "attacks", round(figures.recent))
        shown.append(KeyFigure(say("Last {days} days", **days), count(figures.recent), note=counted))
    if not isinstance(figures.before, Absent):
        ago = "" if isinstance(figures.year_ago, Absent) else say("a year ago: {n}", n=round(figures.year_ago))
        shown.append(KeyFigure(say("The {days} days before", **days), count(figures.before), note=ago))
    if not isinstance(figures.usual, Absent):
        shown.append(KeyFigure(say("A usual month"), usual_words(figures.usual), note=_usual_note(figures)))
    if not isinstance(figures.deaths, Absent):
        shown.append(
            KeyFigure(
                say("Deaths, {days} days", **days),
                deaths_words(figures.deaths, ranged=True),
                note=_deaths_note(figures.deaths, brief.trust.summary_deaths),
            )
        )
    if not isinstance(figures.places, Absent):
        regions = (
            ""
            if isinstance(figures.regions, Absent) or not figures.places
            else say_count("in {n} region", "in {n} regions", figures.regions[0])
        )
        shown.append(KeyFigure(say("Places hit"), count(figures.places), note=regions))
    elif not isinstance(figures.regions, Absent):
        shown.append(
            KeyFigure(
                say("Regions hit"), count(figures.regions[0]), note=say("of {n} in the record", n=figures.regions[1])
            )
        )
    shown.append(KeyFigure(say("Confidence"), say(CONFIDENCE[head.confidence]), note=say(IN_SHORT[head.because])))
    return shown


def _usual_note(figures: Figures) -> str:
    """Say which year is the usual one: it ends before a rise that began of late."""
    if isinstance(figures.usual_to, Absent):
        return ""
    return say("mean of the year to {month}", month=month_words(figures.usual_to - HALF_A_MONTH))


def usual_words(usual: float) -> str:
    """Return a usual month's count as people say it."""
    if usual < 0.05:
        return count(0)
    if usual < LEAST_USUAL:
        return say("under 1")
    whole = round(usual)
    return count(whole) if abs(usual - whole) < 0.05 else say("about {n}", n=whole)


def deaths_words(deaths: Deaths, *, ranged: bool = False) -> str:
    """Return deaths by their best figures, or from the lowest to the highest; open above where some rows have none."""
    if not deaths.n:
        return count(0)
    if not deaths.n_stated:
        return "–"
    if deaths.n_stated < deaths.n:
        return say("{n} or more", n=round(deaths.low))
    known = np.isfinite(deaths.best) and not ranged and (deaths.best > 0 or not deaths.high)
    if deaths.low == deaths.high or known:
        return count(deaths.high if deaths.low == deaths.high else deaths.best)
    return say("{low} to {high}", low=round(deaths.low), high=round(deaths.high))


def _deaths_note(deaths: Deaths, in_summaries: int) -> str:
    if in_summaries:
        return say("and {n} in rows of many days", n=in_summaries)
    if deaths.n_stated < deaths.n:
        return say("{n} of {of} attacks have a figure", n=deaths.n_stated, of=deaths.n)
    if deaths.low == deaths.high:
        return ""
    return (
        say("best figure: {n}", n=round(deaths.best)) if np.isfinite(deaths.best) else say("lowest to highest figures")
    )


def count(value: float) -> str:
    """Return a count in the language's form."""
    return localised(f"{round(value):,}")


def number(value: float) -> str:
    """Return a number whole from ten on, with a digit from one on, and with two below, in the language's form."""
    if abs(value) >= 10 or value == round(value):
        return localised(f"{value:,.0f}")
    return localised(f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}")


# ---------------------------------------------------------------------------------------------------------------------
# Timeline


def timeline_title(brief: Brief) -> str:
    """Return what the timeline finds."""
    timeline, figures, head = brief.timeline, brief.figures, brief.headline
    if isinstance(timeline, Absent) or isinstance(figures, Absent) or isinstance(figures.recent, Absent):
        return say("Attacks over time")
    recent = {"recent": round(figures.recent), "days": figures.days}
    if not isinstance(timeline.greatest, Absent) and not isinstance(timeline.recent_offensives, Absent):
        k, day = timeline.greatest
        now = timeline.recent_offensives
        window = {"window": timeline.window_days}
        lately = brief.as_of - day < LATELY
        if k > 1 and now == k:
            return say("{k} offensives in the last {window} days, the most on record", k=k, **window)
        if k > 1 and now and lately:
            return say(
                "{k} offensives in the {window} days to {day}, {now} in the last {window}",
                k=k,
                day=day_words(day),
                now=now,
                **window,
            )
    if not isinstance(figures.usual, Absent) and figures.usual >= LEAST_USUAL:
        usual = {"usual": round(figures.usual)}
        if head.word == RISING and figures.recent > figures.usual:
            return say(
                "From about {usual} attacks in a usual month to {recent} in the last {days} days", **usual, **recent
            )
        if head.word == FALLING and not recent["recent"]:
            return say(
                "Down from about {usual} attacks in a usual month to none in the last {days} days",
                **usual,
                days=figures.days,
            )
        if head.word == FALLING and figures.recent < figures.usual:
            return say(
                "Down from about {usual} attacks in a usual month to {recent} in the last {days} days",
                **usual,
                **recent,
            )
    start, most = timeline.peak
    values = timeline.periods["value"]
    first = month_words(timeline.periods["period_start"].iloc[0])
    if timeline.periods["period"].iloc[0] == "week":
        return say_count(
            "{n} attack in the last {days} days",
            "{n} attacks in the last {days} days",
            recent["recent"],
            days=figures.days,
        )
    if figures.recent > values.iloc[:-1].max():
        return say_count(
            "{n} attack in the last {days} days: no earlier month since {first} had as many",
            "{n} attacks in the last {days} days: no earlier month since {first} had as many",
            recent["recent"], days=figures.days, first=first,
        )  # fmt: skip
    peak = {"peak": round(most), "when": month_words(start), "first": first}
    return say_count(
        "{n} attack in the last {days} days; the most in a month since {first} was {peak}, in {when}",
        "{n} attacks in the last {days} days; the most in a month since {first} was {peak}, in {when}",
        recent["recent"], days=figures.days, **peak,
    )  # fmt: skip


def timeline_chart(brief: Brief, under: Caption, *, low: bool = False) -> Chart | None:
    """Return the timeline, titled by what it finds; a low one leaves room for another chart on its page."""
    timeline = brief.timeline
    if isinstance(timeline, Absent):
        return None
    finding = timeline_title(brief)
    offensives = None if isinstance(timeline.offensives, Absent) else timeline.offensives
    draw = Drawing(
        "brief.plot_timeline",
        timeline.periods,
        offensives=offensives,
        usual=None if isinstance(timeline.usual, Absent) else timeline.usual,
        events=timeline.events,
        low=low,
        title=finding,
        caption=under,
        value_label=say(BARS[str(timeline.periods["period"].iloc[0])]),
    )
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
    told = {"first": month_words(start.iloc[0]), "last": month_words(start.iloc[-1]), "peak": round(timeline.peak[1])}
    told |= {"when": month_words(timeline.peak[0]), "low": round(values.min())}
    if timeline.periods["period"].iloc[0] == "week":
        return say(
            "Bars of attacks a week, {first} to {last}: from {low} to {peak}.",
            **{key: told[key] for key in ("first", "last", "low", "peak")},
        )
    return say("Bars of attacks a month, {first} to {last}: from {low} to {peak}, the most in {when}.", **told)


# ---------------------------------------------------------------------------------------------------------------------
# Where and who


def compares(brief: Brief) -> bool:
    """Tell whether counts may be held beside usual ones: recording that changes could make any change by itself."""
    return brief.headline.because not in ("uneven", "uncovered")


def change_words(row: object) -> str:
    """Return what a part's count is beside its usual month, with its interval where a ratio says something."""
    recent, usual = row.recent, row.usual  # type: ignore[attr-defined]
    if np.isnan(usual):
        return "–"
    if usual < LEAST_USUAL and recent >= LEAST_NEW:
        return say("from next to none")
    if row.direction == DOWN and not recent:  # type: ignore[attr-defined]
        return say("none now")
    if row.direction in (UP, DOWN) and np.isfinite(row.ratio):  # type: ignore[attr-defined]
        ends = {"ratio": number(row.ratio), "low": number(row.low), "high": number(row.high)}  # type: ignore[attr-defined]
        return say("× {ratio} ({low}–{high})", **ends)
    return say("no clear change") if row.direction == SAME else say("too few to say")  # type: ignore[attr-defined]


def unit_name(part: str, *, kind: str, several: bool) -> str:
    """Return a unit's name as a reader knows it: the country's name, where there are several, in place of its code."""
    code, _, name = part.partition("/")
    if kind == "country":
        return country_name(code)
    return _cut(in_country(name, code) if several else name)


def places_table(brief: Brief) -> tuple[str, pd.DataFrame, dict[str, str], str]:
    """Return the hot spots: what the table finds, its rows, its headings and its note."""
    where, figures = brief.where, brief.figures
    assert not isinstance(where, Absent) and not isinstance(figures, Absent)
    several = _several(where.units)
    # A region that has none now, and next to none usually, says nothing.
    units = where.units[where.units["recent"].gt(0) | where.units["usual"].ge(LEAST_USUAL)]
    shown = units.head(MOST_PLACES)
    names = [unit_name(part, kind=where.kind, several=several) for part in shown["part"]]
    heading = say("Country") if where.kind == "country" else say("Region")
    rows, heads = _beside_usual(shown, figures.days, ("place", heading, names), compared=compares(brief))
    if not isinstance(where.alerts, Absent) and shown["alert"].any():
        rows["alert"] = [say("yes") if alert else say("no") for alert in shown["alert"]]
        heads["alert"] = say("Alert")
    top = shown.iloc[0] if len(shown) else None
    finding = say("No region was hit in the last {days} days", days=figures.days)
    if top is not None and top["recent"] > 0:
        finding = say(
            "{place} has most: {n} of {of}",
            place=names[0],
            n=round(top["recent"]),
            of=round(_number_or(figures.recent, where.n)),
        )
    noted = []
    if len(units) > len(shown):
        noted.append(say("The first {n} of {of} regions.", n=len(shown), of=len(units)))
    if where.n_rough:
        noted.append(say_count(
            "{n} attack is located only to its country, and counts in no region.",
            "{n} attacks are located only to their country, and count in no region.", where.n_rough,
        ))  # fmt: skip
    noted += _silence_note(rows)
    if "alert" in heads:
        noted.append(say("Alert: the last week, or the last four, held far more than the weeks before led to expect."))
        noted.append(say("A rise that is older raises none."))
        if not compares(brief):
            noted.append(say("Recording is uneven, and alone could raise one."))
    return finding, rows, heads, " ".join(noted)


def change_finding(brief: Brief) -> str:
    """Return where attacks are more or fewer than usual."""
    where = brief.where
    if isinstance(where, Absent) or not compares(brief) or where.units["usual"].isna().all():
        return say("Hot spots")
    table, name = where.units, partial(unit_name, kind=where.kind, several=_several(where.units))
    fresh = table[table["usual"].lt(LEAST_USUAL) & table["recent"].ge(LEAST_NEW)]
    rose, fell = table[table["direction"].eq(UP)], table[table["direction"].eq(DOWN)]
    fell = fell.sort_values("usual", ascending=False)
    return moved_words(*([name(part) for part in moved["part"]] for moved in (rose, fell, fresh)))


def parties_table(brief: Brief) -> tuple[str, pd.DataFrame, dict[str, str], str]:
    """Return the parties: what the table finds, its rows, its headings and its note."""
    who, figures = brief.who, brief.figures
    assert not isinstance(who, Absent) and not isinstance(figures, Absent)
    parties = who.parties[who.parties["recent"].gt(0) | who.parties["usual"].ge(LEAST_USUAL)]
    shown = parties.head(MOST_PARTIES)
    names = [
        say(GROUPS[part]) if part in GROUPS and who.kind == "target_group" else _cut(part) for part in shown["part"]
    ]
    named = ("party", say(WHO_HEADS[who.kind]), names)
    rows, heads = _beside_usual(shown, figures.days, named, compared=compares(brief))
    finding = say("Nobody is named in the last {days} days", days=figures.days)
    if isinstance(figures.recent, float) and not figures.recent:
        finding = say("No attacks in the last {days} days", days=figures.days)
    if len(shown) and shown["recent"].iloc[0] > 0:
        told = {"who": names[0], "n": round(shown["recent"].iloc[0]), "of": round(_number_or(figures.recent, 0))}
        finding = say(WHO_FINDS[who.kind], **told)
    noted = []
    if len(parties) > len(shown):
        noted.append(say("The first {n} of {of}.", n=len(shown), of=len(parties)))
    if not isinstance(who.civilians, Absent):
        n, deaths = who.civilians
        if n and deaths.n_stated:
            noted.append(say_count(
                "{n} attack hit civilians; deaths in it: {deaths}.",
                "{n} attacks hit civilians; deaths in them: {deaths}.",
                n, deaths=deaths_words(deaths),
            ))  # fmt: skip
        elif n:
            noted.append(say_count("{n} attack hit civilians.", "{n} attacks hit civilians.", n))
        else:
            noted.append(say("No attack that hit civilians is recorded in this period."))
    if not isinstance(who.civilians_killed, Absent):
        noted.append(say("Civilians killed in all attacks of this period: {n}.", n=round(who.civilians_killed)))
    noted += _silence_note(rows)
    return finding, rows, heads, " ".join(noted)


def _beside_usual(
    shown: pd.DataFrame, days: int, named: tuple[str, str, list[str]], *, compared: bool
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the rows and the headings of parts that stand beside their usual month.

    ``named``: the first column's name, its heading, and the parts' names. Without ``compared`` nothing is said of
    change, and where attacks are counted and nobody gives a figure, nothing of deaths.
    """
    first, heading, names = named
    rows = pd.DataFrame({
        first: names,
        "now": [count(value) for value in shown["recent"]],
        "usual": [_usual_cell(value) for value in shown["usual"]],
        "change": [change_words(row) for row in shown.itertuples()],
        "deaths": [deaths_words(_deaths(row)) for row in shown.itertuples()],
    })  # fmt: skip
    heads = {
        first: heading,
        "now": say("{days} days", days=days),
        "usual": say("Usual"),
        "change": say("Change"),
        "deaths": say("Deaths"),
    }
    if not compared:
        del rows["change"], heads["change"]
    if shown["n_stated"].sum() == 0 and shown["recent"].sum() > 0:
        del rows["deaths"], heads["deaths"]
    return rows, heads


def _silence_note(rows: pd.DataFrame) -> list[str]:
    """Say what a dash among deaths means, if there is one."""
    return [say("–: nobody gives a figure.")] if "deaths" in rows and rows["deaths"].eq("–").any() else []


def _usual_cell(usual: float) -> str:
    if np.isnan(usual):
        return "–"
    return usual_words(usual) if usual < LEAST_USUAL else count(usual)


def _deaths(row: object) -> Deaths:
    return Deaths(row.deaths_low, row.deaths_best, row.deaths_high, row.n_stated, row.n_rows)  # type: ignore[attr-defined]


def _number_or(value: float | Absent, other: float) -> float:
    return other if isinstance(value, Absent) else value


def _cut(name: str) -> str:
    """Return a name as a line can hold it: a long word, and a long name, end in an ellipsis."""
    words = [word if len(word) <= MOST_WORD else f"{word[: MOST_WORD - 1]}…" for word in name.split(" ")]
    whole = " ".join(words)
    return whole if len(whole) <= MOST_NAME else f"{whole[: MOST_NAME - 1]}…"


# ---------------------------------------------------------------------------------------------------------------------
# What stands out, what next, how far to trust it


def stands_out(brief: Brief) -> list[str]:
    """Say what is out of the ordinary: the tempo of offensives, the deadliest attack, and who claims what of it."""
    found = brief.stands_out
    if isinstance(found, Absent):
        return []
    said = []
    if not isinstance(found.tempo, Absent) and found.tempo.fixed <= COMMON:
        tempo = found.tempo
        said.append(say(
            "At the earlier pace, {days} days chosen beforehand hold {k} or more offensives with a chance of {fixed}.",
            k=tempo.k, days=tempo.window_days, fixed=chance(tempo.fixed),
        ))  # fmt: skip
        said.append(say(
            "The chance of such a run somewhere in {days} days is {chance}.",
            days=tempo.history_days, chance=chances(*tempo.somewhere),
        ))  # fmt: skip
    timeline = brief.timeline
    if (
        not isinstance(timeline, Absent)
        and not isinstance(timeline.greatest, Absent)
        and not isinstance(timeline.recent_offensives, Absent)
    ):
        k, day = timeline.greatest
        lately = timeline.recent_offensives > 0 or brief.as_of - day < LATELY
        if k > max(timeline.recent_offensives, 1) and lately:
            said.append(
                say(
                    "The most offensives in any {days} days were {k}, to {day}.",
                    days=timeline.window_days,
                    k=k,
                    day=day_words(day),
                )
            )
    if compares(brief):
        said += _changes(brief)
    if not isinstance(found.largest, Absent):
        said.append(_largest(found.largest))
    if not isinstance(found.claims, Absent):
        said += _claims(found.claims)
    return said


def _changes(brief: Brief) -> list[str]:
    """Say of the region and of the party that count most above their usual month, and of the region most below it."""
    where, who, said = brief.where, brief.who, []
    named = []
    if not isinstance(where, Absent):
        name = partial(unit_name, kind=where.kind, several=_several(where.units))
        named.append(where.units.assign(name=[name(part) for part in where.units["part"]]))
    if not isinstance(who, Absent) and who.kind != "target_group" and len(who.parties) > 1:
        named.append(who.parties.assign(name=who.parties["part"].map(_cut)))
    for table in named:
        fresh = table["usual"].lt(LEAST_USUAL) & table["recent"].ge(LEAST_NEW)
        up = table[table["direction"].eq(UP) | fresh]
        if len(up) and len(table) > 1:
            row = up.sort_values("recent", ascending=False, kind="stable").iloc[0]
            told = {"name": row["name"], "n": round(row["recent"])}
            if row["usual"] < LEAST_USUAL:
                said.append(say("{name}: {n}, where a usual month has next to none.", **told))
            else:
                said.append(
                    say("{name}: {n}, where a usual month has about {usual}.", usual=round(row["usual"]), **told)
                )
    if named and len(named[0]) > 1:
        down = named[0][named[0]["direction"].eq(DOWN)]
        if len(down):
            row = down.sort_values("usual", ascending=False, kind="stable").iloc[0]
            told = {"name": row["name"], "n": round(row["recent"]), "usual": round(row["usual"])}
            if told["n"]:
                said.append(say("{name}: only {n}, where a usual month has about {usual}.", **told))
            else:
                said.append(say("{name}: none, where a usual month has about {usual}.", **told))
    return said


def _several(units: pd.DataFrame) -> bool:
    """Tell whether units lie in more than one country."""
    return len({part.partition("/")[0] for part in units["part"]}) > 1


def _largest(largest: Largest) -> str:
    told = {"place": _cut(largest.place.split("; ")[0]), "day": day_words(largest.day)}
    low, high, best = largest.low, largest.high, largest.best
    if largest.n_sites > 1:
        told["n"] = localised(f"{largest.n_sites:,}")
        if np.isnan(high):
            return say("The largest offensive hit {n} places on {day}, {place} among them.", **told)
        return say(
            "The largest offensive hit {n} places on {day}, {place} among them; the table gives up to {high} deaths.",
            high=round(high),
            **told,
        )
    if np.isnan(high):
        return say("The largest attack: {place}, {day}.", **told)
    if np.isfinite(best) and low != high:
        return say_count(
            "The attack with most deaths: {place}, {day}; {n} death ({low} to {high}).",
            "The attack with most deaths: {place}, {day}; {n} deaths ({low} to {high}).",
            round(best),
            low=round(low),
            high=round(high),
            **told,
        )
    if np.isnan(low):
        return say("The attack with most deaths: {place}, {day}; highest figure {high}.", high=round(high), **told)
    if low == high:
        return say_count(
            "The attack with most deaths: {place}, {day}; {n} death.",
            "The attack with most deaths: {place}, {day}; {n} deaths.",
            round(high),
            **told,
        )
    return say_count(
        "The attack with most deaths: {place}, {day}; {low} to {n} death.",
        "The attack with most deaths: {place}, {day}; {low} to {n} deaths.",
        round(high),
        low=round(low),
        **told,
    )


def _claims(claims: Claims) -> list[str]:
    said = []
    for claimant, side, words in claims.lines:
        told = {"claimant": _cut(claimant)}
        said.append(
            say(SIDES_KILLED[side], words=words.replace("; ", " / "), **told)
            if words
            else say(SIDES_UNSAID[side], **told)
        )
    if claims.contradicted:
        said.append(say("These claims cannot all be true."))
    return said


def what_next(brief: Brief) -> list[str]:
    """Say what is to be expected, and from which count on the verdict would be another."""
    coming, head = brief.next, brief.headline
    if isinstance(coming, Absent):
        return []
    said = []
    beside = any(one.quantity == "attacks" and one.kind in (ABOVE, BELOW) for one in coming.departures)
    if not isinstance(coming.month, Absent) and not beside:  # else the range is told beside the last days
        month, low, high, level = coming.month
        told = {"month": month_words(month), "low": round(low), "high": round(high), "level": percent(level)}
        said.append(
            say("For {month}, between {low} and {high} attacks are to be expected ({level} range).", **told)
            if round(high)
            else say("For {month}, no attack is to be expected ({level} range).", **told)
        )
    said.extend(map(departure_words, coming.departures))
    if not isinstance(coming.lasting, Absent):
        said.append(_lasting(coming.lasting, head.word))
    said += _trigger(brief)
    if not said:
        said.append(say(NO_OUTLOOK.get(head.because, NO_OUTLOOK[""])))
    where = brief.where
    if not isinstance(where, Absent) and not isinstance(where.alerts, Absent):
        several = _several(where.units)
        names = [unit_name(name, kind=where.kind, several=several) for name in where.alerts[:5]]
        said.append(
            say("On alert now: {names}.", names=joined(names))
            if names
            else say("No region is on alert now: none had far more in the last weeks than in the weeks before.")
        )
    return said


def _trigger(brief: Brief) -> list[str]:
    """Say from which count of the next month on the verdict, which looks at three, would say rising, or no longer."""
    coming, head, figures = brief.next, brief.headline, brief.figures
    assert not isinstance(coming, Absent)
    rising = head.word == RISING
    if isinstance(coming.rise_from, Absent):
        none = say("Even a month without attacks would not yet end the rise over {days} days.", days=head.quarter_days)
        return [none] if rising else []
    told = {"n": coming.rise_from, "days": coming.days}
    usual = np.nan if isinstance(figures, Absent) or isinstance(figures.usual, Absent) else figures.usual
    if rising and coming.rise_from <= usual:
        return [
            say(
                "Even a usual month would not yet end the rise over {quarter} days; fewer than {n} attacks would.",
                n=coming.rise_from, quarter=head.quarter_days,
            )
        ]  # fmt: skip
    if rising:
        return [
            say("With fewer than {n} attacks in the next {days} days, the record would no longer show a rise.", **told)
        ]
    if usual >= LEAST_USUAL and coming.rise_from > FAR_ABOVE * usual:
        return [
            say(
                "One month alone would need {n} or more attacks to count as a rise; a usual month has about {usual}.",
                n=coming.rise_from, usual=round(usual),
            )
        ]  # fmt: skip
    return [say("{n} or more attacks in the next {days} days would count as a rise.", **told)]


def trust(brief: Brief) -> list[str]:
    """Say how far the table goes, in four lines."""
    found = brief.trust
    said = [say(RECORDS[found.source])]
    if isinstance(found.caught, Absent):
        said.append(say("How many attacks it misses is not known."))
    else:
        low, high, reporter = found.caught
        told = {"low": percent(low), "high": percent(high), "reporter": _cut(reporter)}
        said.append(
            say("Where it can be checked, it held {low} to {high} of the attacks counted by {reporter}.", **told)
        )
    few = brief.n < LEAST_FOR_SHARES
    if found.summary_deaths:
        said.append(
            say_count(
                "{n} campaign told as one row is not counted; with such rows, {deaths} deaths reach into this period.",
                "{n} campaigns told as rows are not counted; with such rows, {deaths} deaths reach into this period.",
                found.left_out[1], deaths=found.summary_deaths,
            )
        )  # fmt: skip
    elif found.n_alike > 0.1 * brief.n:
        said.append(
            say(
                "{n} of {all} attacks are like another in day, place, sides and deaths: they may be copies.",
                n=found.n_alike, all=brief.n,
            )
        )  # fmt: skip
    elif found.roles_unknown > 1 - ROLES_STATED:
        share, n = found.roles_unknown, round(found.roles_unknown * brief.n)
        said.append(
            say_count(
                "For {n} of {all} attacks, who attacked whom is not recorded.",
                "For {n} of {all} attacks, who attacked whom is not recorded.", n, all=brief.n,
            )
            if few
            else say("For {share} of the attacks, who attacked whom is not recorded.", share=percent(share))
        )  # fmt: skip
    elif found.deaths_unknown > 0.1:
        share, n = found.deaths_unknown, round(found.deaths_unknown * brief.n)
        said.append(
            say_count(
                "For {n} of {all} attacks, nobody gives a figure of deaths.",
                "For {n} of {all} attacks, nobody gives a figure of deaths.", n, all=brief.n,
            )
            if few
            else say("For {share} of the attacks, nobody gives a figure of deaths.", share=percent(share))
        )  # fmt: skip
    elif found.left_out[1]:
        said.append(
            say_count(
                "{n} campaign told as one row is not counted.",
                "{n} campaigns told as one row each are not counted.", found.left_out[1],
            )
        )  # fmt: skip
    said.append(
        say("A place without reports is not a calm place. Counts tell nothing of intent, or of who is winning.")
    )
    return said


def absences(brief: Brief) -> list[str]:
    """Say what is not in the brief, and why: the annex tells it."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in brief.absent():
        if name in ABSENT and reason:
            by_reason.setdefault(reason, []).append(say(ABSENT[name]))
    return [
        say("Not in the brief: {what}, because {reason}.", what=joined(names), reason=reason)
        for reason, names in by_reason.items()
    ]


# ---------------------------------------------------------------------------------------------------------------------
# Blocks


def write_brief(page: Page, study: Study, results: Results) -> None:
    """Show the brief: each block names its part, and what is absent leaves no empty part."""
    brief = brief_of(study, results)
    page.part("headline")
    publisher = say(PUBLISHERS[study.table.provenance.source])
    page.title(title(study), say("As of {day}. Source: {source}.", day=study.as_of, source=publisher))
    page.finding(headline(brief), qualifiers(brief), fine=fine_print(brief))
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
        if not drawn.numbers.empty:  # the map says who has most; the table, where that is more than usual
            finding = change_finding(brief)
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
    rows = pd.DataFrame({
        "place": attacks["locality"].fillna(attacks["admin1"]).fillna(attacks["country"].map(country_name)),
        "day": [day_words(day) for day in attacks["date_start"]],
        "deaths": attacks["fatalities_best"],
    })  # fmt: skip
    heads = {"place": say("Place"), "day": say("First day"), "deaths": say("Deaths")}
    page.table(rows, title=say("What is recorded"), columns=heads)
