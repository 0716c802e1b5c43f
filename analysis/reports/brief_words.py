"""What the brief says of its facts.

Every sentence follows from the facts of `analysis.reports.brief` by a rule that stands here, is whole, and has at most
25 words. What is absent is not said: the annex names it with its reason.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.incidents.counting import rounded
from analysis.incidents.sources import publishers
from analysis.language import dated_words, localised, message, messages, say, say_count
from analysis.measures.agreement import ABOVE, BELOW, FADES
from analysis.measures.level import CANNOT_TELL, FALLING, HIGH, LOW, NO_CHANGE, RISING, STEADY, USUAL
from analysis.measures.maps import are_new
from analysis.measures.parts import DOWN
from analysis.measures.season import ALIKE, FEWER, MORE, OPEN
from analysis.reports.brief import ROLES_STATED, Absent, Brief, Claims, Headline, Largest, Tempo
from analysis.reports.brief_numbers import (
    LATELY,
    compares,
    cut_name,
    more_than_usual,
    number,
    unit_names,
    usual_words,
)
from analysis.reports.maps import LEAST_USUAL
from analysis.reports.outlook_words import departure_words
from analysis.reports.verdict_words import (
    COPIED,
    COURSE,
    DEATHS_COPIED,
    MOST_SINCE,
    NOT_ENOUGH,
    SINCE,
    deaths_words,
    rise_from_words,
)
from analysis.reports.wording import (
    chance,
    chances,
    day_words,
    few,
    joined,
    listed,
    month_words,
    percent,
    simulated_chance,
    whole,
    yardstick,
)

LOST_AND_TOLD = 0.01  # of a table's rows
LAST_CHANGE = {
    "month": message("The level last changed about {month}: {before} per 30 days until then, {rate} since."),
    "year": message("The level last changed about {month}: {before} a year until then, {rate} since."),
}
RISES = {True: message("Attacks are rising sharply."), False: message("Attacks are rising.")}
FALLS = {True: message("Attacks are falling sharply."), False: message("Attacks are falling.")}
# Where the last days point another way than the word, which looks at three months: the last month alone lies on the
# other side of a usual one (month); what rose or fell is over (back); the last month is far from the two before it,
# though not yet near a usual one (turned); or the word merely stands from an earlier look (standing).
OF_LATE = {
    ("month", RISING): message("Rising over {days} days, but the last month had fewer attacks than usual."),
    ("month", FALLING): message("Falling over {days} days, but the last month had more attacks than usual."),
    ("back", RISING): message("Attacks rose, but the last {days} days are back near the usual level."),
    ("back", FALLING): message("Attacks fell, but the last {days} days are back near the usual level."),
    ("turned", RISING): message(
        "Attacks are above the usual level, but the last month had fewer than the two before it on average."
    ),
    ("turned", FALLING): message(
        "Attacks are below the usual level, but the last month had more than the two before it on average."
    ),
    ("standing", RISING): message("Attacks are above the usual level, but the rise is no longer clear."),
    ("standing", FALLING): message("Attacks are below the usual level, but the fall is no longer clear."),
}
# The same where deaths, by their own word, rise.
OF_LATE_DEATHS = {
    ("month", RISING): message(
        "Rising over {days} days, but the last month had fewer attacks than usual; deaths are rising."
    ),
    ("month", FALLING): message(
        "Falling over {days} days, but the last month had more attacks than usual; deaths are rising."
    ),
    ("back", RISING): message(
        "Attacks rose, but the last {days} days are back near the usual level; deaths are rising."
    ),
    ("back", FALLING): message(
        "Attacks fell, but the last {days} days are back near the usual level; deaths are rising."
    ),
    ("turned", RISING): message(
        "Above the usual level, but fewer attacks last month than in the two before on average; deaths are rising."
    ),
    ("turned", FALLING): message(
        "Below the usual level, but more attacks last month than in the two before on average; deaths are rising."
    ),
    ("standing", RISING): message(
        "Attacks are above the usual level, but the rise is no longer clear; deaths are rising."
    ),
    ("standing", FALLING): message(
        "Attacks are below the usual level, but the fall is no longer clear; deaths are rising."
    ),
}
# What ends a rise: whether to go on at its pace would, as the year before then holds more.
ENDS_RISE = {
    False: messages(
        "[Without an attack|With fewer than {n} attacks] in the next {days} days, the record would no longer show a"
        " rise."
    ),
    True: messages(
        "As the rise goes on it becomes usual: [without an attack|with fewer than {n} attacks] in the next {days} days,"
        " the record would no longer show it."
    ),
}
LEANING_BUT = {
    True: message("Over {days} days, more attacks than usual, but fewer in the last month."),
    False: message("Over {days} days, fewer attacks than usual, but more in the last month."),
}
LEANING_BUT_DEATHS = {
    True: message("Over {days} days, more attacks than usual, but fewer in the last month; deaths are rising."),
    False: message("Over {days} days, fewer attacks than usual, but more in the last month; deaths are rising."),
}
ONE_MADE_MOST = message("One attack ({day}) caused {n} of the {all} deaths of the last {days} days.")
ONE_MADE_ALL = message("One attack ({day}) caused all {n} deaths of the last {days} days.")
LASTS = {
    RISING: message("{likely} that the next six months stay a quarter or more above the year before."),
    FALLING: message("{likely} that the next six months stay a fifth or more below the year before."),
}
RISES_TO = message("{likely} that the next six months come to lie a quarter or more above the year before.")
STEADY_AT = {
    HIGH: message("Steady: attacks stay at a high level."),
    USUAL: message("Steady: attacks stay at their usual level."),
    LOW: message("Steady: attacks stay at a low level."),
    "": message("Steady: attacks are about as many as before."),
}
UNCLEAR_AT = {
    HIGH: message("No clear change: attacks are at a high level."),
    USUAL: message("No clear change: attacks are at their usual level."),
    LOW: message("No clear change: attacks are at a low level."),
    "": message("No clear change in attacks."),
}
# Where the last month alone would not suggest the word, which looks at three: whether it had more.
STEADY_BUT = {
    True: message("Steady over {days} days, but the last month had more attacks than usual."),
    False: message("Steady over {days} days, but the last month had fewer attacks than usual."),
}
UNCLEAR_BUT = {
    True: message("No clear change over {days} days, but the last month had more attacks than usual."),
    False: message("No clear change over {days} days, but the last month had fewer attacks than usual."),
}
# Where deaths, which have a word of their own, go a way that attacks do not.
STEADY_DEATHS = {
    RISING: message("Attacks are steady, but deaths are rising."),
    FALLING: message("Attacks are steady, but deaths are falling."),
}
UNCLEAR_DEATHS = {
    RISING: message("No clear change in attacks, but deaths are rising."),
    FALLING: message("No clear change in attacks, but deaths are falling."),
}
# Where all of the interval points up, or down, and no word says so.
LEANING = {
    True: message("Over {days} days, more attacks than usual, but no clear rise."),
    False: message("Over {days} days, fewer attacks than usual, but no clear fall."),
}
# The same where deaths, by their own word, rise.
LEANING_DEATHS = {
    True: message("Over {days} days, more attacks than usual, but no clear rise; deaths are rising."),
    False: message("Over {days} days, fewer attacks than usual, but no clear fall; deaths are rising."),
}
# Where the 90 days before the last ones would suggest another word than what is usual does: whether they had fewer.
STEADY_COURSE = {
    True: message("Over {days} days, about as many attacks as usual, but more than in the {days} before."),
    False: message("Over {days} days, about as many attacks as usual, but fewer than in the {days} before."),
}
UNCLEAR_COURSE = {
    True: message("Over {days} days, no clear change from what is usual, but more attacks than in the {days} before."),
    False: message(
        "Over {days} days, no clear change from what is usual, but fewer attacks than in the {days} before."
    ),
}
CANNOT = {
    "uncovered": message("The record ends too early to say whether attacks are rising."),
    "uneven": message("The record cannot show whether attacks are rising."),
    "seldom": message("The record cannot show whether attacks are rising."),
    "chosen": message("The record cannot show whether attacks are rising."),
    "rough": message("The record cannot show whether attacks are rising."),
    "short": message("The record is too short to show whether attacks are rising."),
    "broken": message("The record has a gap: it cannot show whether attacks are rising."),
    "none": message("No attacks have been recorded since {month}."),
    "few": message("There are too few attacks to say whether they are rising."),
    "days": message("The attacks fell on too few days to say whether they are rising."),
}
# Where the last month holds more than all that is compared with it, which is little, and no word says so.
ONSET = message("A burst of attacks, after very few before: too early to call it a rise.")
RANGE_NEXT = message("For {month}, between {low} and {high} attacks are to be expected ({level} range).")
ABOUT_NEXT = messages("For {month}, about {n} [attack is|attacks are] to be expected.")
OVER_A_QUARTER = messages(
    "Over {quarter} days the record shows {n} [attack|attacks], against {usual} in as many of the {before} days before."
)
# Of a month with some, and of one without any, by what is usual: none, fewer than one, more.
SOME_NOW = (
    messages("The record shows {n} [attack|attacks] in the last {days} days; a usual month has none."),
    messages("The record shows {n} [attack|attacks] in the last {days} days; a usual month has fewer than one."),
    messages("The record shows {n} [attack|attacks] in the last {days} days; a usual month has about {usual}."),
)
NONE_NOW = (
    message("The record shows no attacks in the last {days} days; a usual month has none."),
    message("The record shows no attacks in the last {days} days; a usual month has fewer than one."),
    message("The record shows no attacks in the last {days} days; a usual month has about {usual}."),
)
# Of attacks dated to a month or a year, of which the month holds less than half a one.
PART_NOW = (
    message("The record shows less than one attack, dated roughly, in the last {days} days; a usual month has none."),
    message(
        "The record shows less than one attack, dated roughly, in the last {days} days; a usual month has fewer than "
        "one."
    ),
    message(
        "The record shows less than one attack, dated roughly, in the last {days} days; a usual month has about "
        "{usual}."
    ),
)
# Why confidence is what it is: a sentence, and a few words for the card.
BECAUSE = {
    "clear": message("Confidence is high: the difference is far beyond the usual ups and downs from month to month."),
    "chance": message(
        "Confidence is moderate: the difference is not far beyond the usual ups and downs from month to month."
    ),
    "month": message("Confidence is moderate: the change rests on the last month alone."),
    "week": message("Confidence is moderate: {n} of the {all} attacks fell in the week to {day}."),
    "standing": message("Confidence is low: the change was clear before, and is no longer."),
    "turned": message("Confidence is low: the last month alone points the other way."),
    "over": message("Confidence is low: the last {days} days are back near the usual level."),
    "back": message("Confidence is moderate: the last {days} days are back near the usual level."),
    "eased": message("Confidence is moderate: the last month turned back towards the usual level."),
    "steady": message("Confidence is high: over {quarter} days a change by half would have shown."),
    "open": message("Confidence is moderate: a doubling or a halving would have shown, a smaller change perhaps not."),
    "none": message("Confidence is low: the days compared hold no attacks."),
    "days": message("Confidence is low: all attacks of the last {quarter} days fell on one day or two."),
    "more": message("Confidence is low: the counts point up, but not clearly enough to call it a rise."),
    "fewer": message("Confidence is low: the counts point down, but not clearly enough to call it a fall."),
    "sure": message("Confidence is moderate: the difference is sure, but less than is called a rise or a fall."),
    "hidden": message("Confidence is low: with counts like these, a doubling or a halving could go unseen."),
    "doubling": message("Confidence is low: with counts like these, a doubling could go unseen."),
    "halving": message("Confidence is low: with counts like these, a halving could go unseen."),
    "uneven": message(
        "Confidence is low: the record held {low} to {high} of the attacks counted by another source, {reporter}."
    ),
    "seldom": message(
        "Confidence is low: on the few days that can be checked, the record held {low} of the attacks counted by "
        "another source, {reporter}."
    ),
    "chosen": message("Confidence is low: by its own account, the record does not hold all attacks in {names}."),
    "partial": message("Confidence is low: by its own account, the record does not hold all attacks in {names}."),
    "rough": message("Confidence is low: {n} of the {all} attacks compared are dated to their year alone."),
    "broken": message("Confidence is low: the record does not cover {first} to {last}."),
    "uncovered": message("Confidence is low: the record ends on {day}."),
    "lost": message("Confidence is low: {n} of the table's {all} rows could not be used."),
    "lacking": message(
        "Confidence is low: so many rows of these days could not be used ({n} of the table's {all} in all) that the "
        "ratio is another."
    ),
    "unused": message(
        "Confidence is moderate: {n} of the table's {all} rows could not be used; half of them in these days could "
        "change the verdict."
    ),
    "new": message("Confidence is moderate: the table has {names} only since {day}: new, or newly recorded?"),
    "season": message("Confidence is moderate: in each of the last {n} years the same days stood out alike: a season?"),
    "seasonal": message("Confidence is moderate: the season brings such a change in most years."),
    "partly": message("Confidence is moderate: the season may have brought part of the change."),
    "veiled": message("Confidence is moderate: the season can hide a change."),
    "moved": message("Confidence is moderate: attacks went up and down in the months before."),
    "silent": message("Confidence is moderate: no row is dated {first} to {last}."),
    "paused": message("Confidence is moderate: no row of {names} is dated {first} to {last}."),
    "ended": message("Confidence is moderate: no row of {names} is dated after {day}."),
}
COUNTED = {
    "copies": messages(
        "Confidence is low: {n} of the {all} attacks compared [is like another, and may be a copy|are like another, "
        "and may be copies]."
    ),
    "spans": messages(
        "Confidence is moderate: {n} [row|rows] dated to more than a week [is|are] not counted, and could change the "
        "verdict."
    ),
    "few": messages("Confidence is low: the days compared hold only {n} [attack|attacks]."),
    "short": messages("Confidence is low: the record covers [one day|only {n} days]."),
}
# The last days beside the same days of earlier years, where a season is there: by how they stand, and by whether the
# season lifts these days or lowers them.
SEASONS = {
    (MORE, 1): message(
        "The last {days} days hold more ({n}) than the same days of any of {years} years before, at most {most}: more "
        "than the season brings."
    ),
    (MORE, -1): message(
        "The last {days} days hold more ({n}) than the same days of any of {years} years before, at most {most}: the "
        "season usually lowers them."
    ),
    (FEWER, 1): message(
        "The last {days} days hold fewer ({n}) than the same days of any of {years} years before, at least {least}: "
        "the season usually lifts them."
    ),
    (FEWER, -1): message(
        "The last {days} days hold fewer ({n}) than the same days of any of {years} years before, at least {least}: "
        "fewer than the season brings."
    ),
    (ALIKE, 1): message(
        "A season usually lifts these {days} days: going by {years} earlier years, about {expected} attacks were to "
        "be expected; there were {n}."
    ),
    (ALIKE, -1): message(
        "A season usually lowers these {days} days: going by {years} earlier years, about {expected} attacks were to "
        "be expected; there were {n}."
    ),
    (OPEN, 1): message(
        "A season usually lifts these {days} days, to about {expected} attacks, going by {years} earlier years; "
        "whether {n} is more cannot be told."
    ),
    (OPEN, -1): message(
        "A season usually lowers these {days} days, to about {expected} attacks, going by {years} earlier years; "
        "whether {n} is fewer cannot be told."
    ),
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
SIDES_KILLED = {
    "attacker": message("Attackers killed, as {claimant} says: {words}."),
    "defender": message("Defenders killed, as {claimant} says: {words}."),
    "civilian": message("Civilians killed, as {claimant} says: {words}."),
    "all": message("Dead of all parties together, as {claimant} says: {words}."),
}
SIDES_UNSAID = {
    "attacker": message("{claimant} gives no figure of attackers killed."),
    "defender": message("{claimant} gives no figure of defenders killed."),
    "civilian": message("{claimant} gives no figure of civilians killed."),
    "all": message("{claimant} gives no figure of the dead of all parties."),
}
SIDES_APART = {
    "attacker": message("These figures of attackers killed cannot all be true."),
    "defender": message("These figures of defenders killed cannot all be true."),
    "civilian": message("These figures of civilians killed cannot all be true."),
    "all": message("These figures of all dead together cannot all be true."),
}
FROM_SIDES = message("Those of the sides add up to more than all parties together: these figures cannot all be true.")
NO_OUTLOOK = {
    "": message("No outlook can be given for this record."),
    "back": message("How it goes on is open: the last days are back near the usual level."),
    "uneven": message("No outlook can be given: recording is uneven, and so would be any forecast."),
    "chosen": message("No outlook can be given: the record is incomplete, and so would be any forecast."),
    "uncovered": message("No outlook can be given: the record ends too early."),
    "short": message("No outlook can be given: the record is too short."),
    "broken": message("No outlook can be given: the record is too short since its last gap."),
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
    "headline.ratio": message("the ratio to the usual number"),
    "next.month": message("the range for the next month"),
    "next.lasting": message("whether the level lasts"),
    "next.rise_from": message("the count that would be a rise"),
    "trust.caught": message("how many attacks the table misses"),
}
# The largest offensive: by whether a place of it has a name, and whether anybody gives its deaths.
LARGEST_OFFENSIVE = {
    (False, False): message("The largest offensive in {days} days hit {n} places on {day}."),
    (False, True): message(
        "The largest offensive in {days} days hit {n} places on {day}; figures of its dead run to {high}."
    ),
    (True, False): message("The largest offensive in {days} days hit {n} places on {day}, {place} among them."),
    (True, True): message(
        "The largest offensive in {days} days hit {n} places on {day}, {place} among them; figures of its dead run to "
        "{high}."
    ),
}
# The same of the one with most deaths, where another hit more places; its deaths are known.
DEADLIEST_OFFENSIVE = {
    False: message(
        "The deadliest offensive in {days} days hit {n} places on {day}; figures of its dead run to {high}."
    ),
    True: message(
        "The deadliest offensive in {days} days hit {n} places on {day}, {place} among them; figures of its dead run "
        "to {high}."
    ),
}
# Of what the record names for the first time: whether a party, which may have had another name.
NEVER_BEFORE = {
    False: message("{name}: {n}, and none on record before {month}."),
    True: message("{name}: {n}, and none on record before {month}: new, or newly called so?"),
}
# Parts with this share of the most, or more, are told beside it.
NEARLY = 0.8
# A number of offensives that comes up more often than this in days chosen beforehand does not stand out. Nor does
# a single one, unless such a span is as rare in the whole history.
COMMON = 0.25
LEAST_FOR_SHARES = 20
LEAST_APART = 3  # attacks by which two spans differ, where that is told beside another word
MANY_DEATHS = 10  # in one attack, from which on it is named beside the verdict
STEP = 1.25  # a present level this many times another is another
# A trigger this many times a usual month is said beside it: three months decide, and one alone must be far above.
FAR_ABOVE = 2.0


# ---------------------------------------------------------------------------------------------------------------------
# The headline


def headline(brief: Brief) -> str:
    """Return the brief's first sentence, at most 20 words, from the verdict."""
    head = brief.headline
    if brief.too_few:
        return say(NUMBERS[brief.n])
    if head.word == CANNOT_TELL:
        if head.because in ("few", "days") and head.onset:
            return say(ONSET)
        told = {"month": month_words(head.numbers["month"])} if head.because == "none" else {}  # type: ignore[arg-type]
        return say(CANNOT[head.because], **told)
    deaths = head.deaths
    surely = deaths.word in (RISING, FALLING) and not (deaths.turned or deaths.standing or head.deaths_copied)
    deadlier = surely and deaths.word == RISING  # which no word on attacks alone may hide
    if late := _of_late(head):
        days = {"days": head.back if late == "back" else head.quarter_days}
        return say((OF_LATE_DEATHS if deadlier else OF_LATE)[late, head.word], **days)
    if head.word == RISING:
        return say(RISES[head.sharp])
    if head.word == FALLING:
        return say("Attacks are falling, but deaths are rising.") if deadlier else say(FALLS[head.sharp])
    if head.onset:
        return say(ONSET)
    if head.leaning:
        turned_back = head.leaning * head.month_alone < 0
        words = (LEANING, LEANING_DEATHS, LEANING_BUT, LEANING_BUT_DEATHS)[2 * turned_back + deadlier]
        return say(words[head.leaning > 0], days=head.quarter_days)
    figures, steady = brief.figures, head.word == STEADY
    if deadlier:
        return say((STEADY_DEATHS if steady else UNCLEAR_DEATHS)[RISING])
    if not isinstance(figures, Absent) and not isinstance(head.recent_quarter, Absent):
        recent, usual = figures.recent, figures.usual
        known = not isinstance(recent, Absent) and not isinstance(usual, Absent)
        if known and _month_differs(head.word, recent, usual):  # type: ignore[arg-type]
            return say((STEADY_BUT if steady else UNCLEAR_BUT)[recent > usual], days=head.quarter_days)  # type: ignore[operator]
    if head.course:
        return say((STEADY_COURSE if steady else UNCLEAR_COURSE)[head.course > 0], days=head.quarter_days)
    if surely:
        return say((STEADY_DEATHS if steady else UNCLEAR_DEATHS)[deaths.word])
    return say((STEADY_AT if steady else UNCLEAR_AT)[_height(brief)])


def _of_late(head: Headline) -> str:
    """Return which of `OF_LATE` is so, the first; nothing where none is."""
    if head.word not in (RISING, FALLING):
        return ""
    late = {"month": head.month_alone, "back": head.back, "turned": head.turned, "standing": head.standing}
    return next((name for name, is_so in late.items() if is_so), "")


def _height(brief: Brief) -> str:
    """Return how high the level is, but where the time before it says otherwise: next to it the word would be odd."""
    head = brief.headline
    if isinstance(head.regime, Absent):
        return head.height
    _, rate, before = head.regime
    odd = {HIGH: before > rate, LOW: before < rate, USUAL: True}
    apart = max(rate, before) > STEP * min(rate, before)
    return "" if apart and odd.get(head.height) else head.height


@listed
def qualifiers(brief: Brief) -> Iterator[str]:
    """Return what stands under the headline: the counts, since when, will it last, how sure and why."""
    head, figures = brief.headline, brief.figures
    if isinstance(figures, Absent):
        if head.because == "uncovered":  # else that there are too few is all
            yield because(brief)
        return
    yield from _counts(brief)
    yield from _course(brief)
    yield from _season(brief)
    yield from _history(brief)
    yield from _since(brief)
    if head.young:
        yield say("It is too early to say whether this lasts.")
    elif not isinstance(head.lasting, Absent) and not head.back:  # of what is over, that it stays is no news
        yield _lasting(head.lasting, head.word)
    yield from _deaths(brief)
    if head.copied:
        yield say_count(COPIED, head.copied[0], all=head.copied[1])
    yield because(brief)


def _deaths(brief: Brief) -> list[str]:
    """Say which way deaths go, and where one attack makes most of them, or copies may."""
    judged = brief.headline.deaths
    if judged.table.empty:
        return []
    row, said = judged.table.iloc[0], []
    head = brief.headline
    leaning = judged.leaning if judged.word == NO_CHANGE else 0  # told where attacks do not go that way by their word
    if judged.word in (RISING, FALLING) or (leaning and head.word != (RISING if leaning > 0 else FALLING)):
        said.append(deaths_words(judged, word=head.word, turned=head.turned or head.standing))
    worst = judged.deadliest
    if worst is not None and worst.recent and worst.dominant and worst.deaths >= MANY_DEATHS:
        counts: dict[str, Any] = {
            "n": rounded(worst.deaths),
            "days": int(row["span_days"]),
            "all": rounded(row["recent"]),
        }
        every = counts["n"] == counts["all"]
        counts["day"] = dated_words(worst.day, worst.precision)
        said.append(say(ONE_MADE_ALL if every else ONE_MADE_MOST, **counts))
    if (copied := brief.headline.deaths_copied) and brief.headline.because != "copies":  # which tells of attacks alike
        said.append(say_count(DEATHS_COPIED, copied[0], all=copied[1]))
    return said


def because(brief: Brief) -> str:
    """Return how sure the verdict is and the one reason."""
    return because_words(brief.headline.because, brief.headline.numbers, quarter=brief.headline.quarter_days)


def because_words(reason: str, numbers: Mapping[str, Any], *, quarter: int) -> str:
    """Return how sure a verdict is: the reason and its numbers as of `confidence.confidence_of`, and its days."""
    if reason in COUNTED:
        return say_count(COUNTED[reason], **numbers)
    told = {name: percent(value) if isinstance(value, float) else value for name, value in numbers.items()}
    if "names" in numbers:
        told["names"] = few(map(cut_name, numbers["names"]))
    return say(BECAUSE[reason], quarter=quarter, **told)


def fine_print(brief: Brief) -> str:
    """Return the ratio with its interval, which the headline follows from, for small type."""
    head, figures = brief.headline, brief.figures
    if isinstance(head.recent_quarter, Absent) or isinstance(head.usual_quarter, Absent) or isinstance(figures, Absent):
        return ""
    counted = say(
        "Last {days} days: {n}; {usual} in as many of the {before} days before.", n=rounded(head.recent_quarter),
        days=head.quarter_days, usual=whole(head.usual_quarter), before=figures.usual_days,
    )  # fmt: skip
    if head.word == CANNOT_TELL or isinstance(head.ratio, Absent):
        return counted
    ratio = {"ratio": number(head.ratio), "low": number(head.low), "high": number(head.high)}
    interval = say("Ratio {ratio} ({level} interval {low} to {high}).", level=percent(head.interval_level), **ratio)
    return f"{counted} {interval}"


def _counts(brief: Brief) -> Iterator[str]:
    """Return the count of this period beside a usual month; that of three months first, where it points another way."""
    head, figures = brief.headline, brief.figures
    if isinstance(figures, Absent) or isinstance(figures.recent, Absent):
        return
    recent, days = rounded(figures.recent), {"days": figures.days}
    if isinstance(figures.usual, Absent):
        yield say_count("The record shows {n} [attack|attacks] in the last {days} days.", recent, **days)
        return
    usual = figures.usual
    quarter, year = head.recent_quarter, head.usual_quarter
    differs = bool(head.leaning) or _month_differs(head.word, recent, usual)
    of_part = not isinstance(quarter, Absent) and 0 < round(quarter, 6) < 0.5
    if differs and not of_part and not isinstance(quarter, Absent) and not isinstance(year, Absent):
        yield say_count(
            OVER_A_QUARTER, rounded(quarter),
            quarter=head.quarter_days, usual=whole(year), before=figures.usual_days,
        )  # fmt: skip
    of_usual = (usual >= 0.05) + (usual >= LEAST_USUAL)
    held = {"usual": rounded(usual), **days}
    none = PART_NOW if round(figures.recent, 6) else NONE_NOW
    yield say_count(SOME_NOW[of_usual], recent, **held) if recent else say(none[of_usual], **held)
    if head.month_alone and head.word not in (RISING, FALLING):
        yield say(NOT_ENOUGH[head.month_alone > 0])
    if head.turned and not isinstance(quarter, Absent):
        before = {"days": head.quarter_days - figures.days, "n": rounded(quarter) - recent}
        yield say("The {days} days before held {n}.", **before)
    elif turned(brief):
        before = {"n": rounded(figures.before), "days": figures.before_days}  # type: ignore[arg-type]
        yield (
            say("The {days} days before had more: {n}.", **before)
            if head.word == RISING
            else say("The {days} days before had fewer: {n}.", **before)
        )


def turned(brief: Brief) -> bool:
    """Tell whether the last days have turned, or this period and the one before it point another way than the word,
    which looks at a year."""
    figures, word = brief.figures, brief.headline.word
    if brief.headline.turned:
        return True
    if isinstance(figures, Absent) or isinstance(figures.recent, Absent) or isinstance(figures.before, Absent):
        return False
    recent, before = rounded(figures.recent), rounded(figures.before)
    return (word == RISING and recent < 0.8 * before) or (word == FALLING and recent > 1.25 * before)


def _course(brief: Brief) -> list[str]:
    """Say where the last 90 days and the 90 before them point another way than the word, which looks at a year."""
    head = brief.headline
    now, before = head.recent_quarter, head.quarter_before
    if isinstance(now, Absent) or isinstance(before, Absent):
        return []
    risen = head.word == FALLING and now > 1.25 * before and now >= before + LEAST_APART
    fallen = head.word == RISING and now < 0.8 * before and now <= before - LEAST_APART
    if not (risen or fallen or (head.course and head.course != head.leaning)):
        return []
    counts = {"days": head.quarter_days, "n": rounded(now), "before": rounded(before)}
    return [say(COURSE[risen or head.course > 0], **counts)]


def _month_differs(word: str, recent: float, usual: float) -> bool:
    """Tell whether the last month alone would not suggest the word, which looks at three."""
    if word == RISING:
        return recent <= usual
    if word == FALLING:
        return recent >= usual
    return word != CANNOT_TELL and not usual / 1.4 <= recent <= usual * 1.4 and abs(recent - usual) >= LEAST_APART


def _season(brief: Brief) -> list[str]:
    """Say how the last days stand beside the same days of earlier years, where a season is there."""
    season = brief.headline.season
    if season is None or not season.stands:
        return []
    held = {"most": max(season.same), "least": min(season.same), "expected": season.expected}
    counts = {name: rounded(count) for name, count in (held | {"n": season.recent}).items()}
    return [say(SEASONS[season.stands, season.lifts], days=season.days, years=len(season.same), **counts)]


def _history(brief: Brief) -> list[str]:
    head = brief.headline
    if isinstance(head.most_since, Absent):
        return []
    month = month_words(head.most_since) if head.most_since is not None else ""
    return [say(MOST_SINCE[head.word, bool(month)], days=head.quarter_days, month=month)]


def _since(brief: Brief) -> Iterator[str]:
    head = brief.headline
    if not isinstance(head.since, Absent):
        yield say(SINCE[head.word, head.long_said], month=month_words(head.since))
    elif head.word != CANNOT_TELL and not isinstance(head.regime, Absent):
        since, rate, before = head.regime
        span = "month"
        if max(rate, before) < LEAST_USUAL:  # by the month both would read "under 1"
            span, rate, before = "year", rate * 365 / 30, before * 365 / 30
        if rounded(rate) != rounded(before):
            yield say(LAST_CHANGE[span], month=month_words(since), rate=usual_words(rate), before=usual_words(before))


def _lasting(share: float, word: str) -> str:
    """Say how likely the next six months are beyond the year before; only what rises or falls can stay so."""
    likely = yardstick(share, chance(share))
    likely = f"{likely[0].upper()}{likely[1:]}"
    return say(LASTS.get(word, RISES_TO), likely=likely)


# ---------------------------------------------------------------------------------------------------------------------
# What stands out, what next, how far to trust it


def _is_a_run(tempo: Tempo) -> bool:
    """Tell whether so many offensives stand out: rare in days chosen beforehand, and not one that comes up anyway."""
    return tempo.fixed <= COMMON and (tempo.k > 1 or max(tempo.somewhere) <= COMMON)


@listed
def stands_out(brief: Brief) -> Iterator[str]:
    """Say what is out of the ordinary: the tempo of offensives, the deadliest attack, and who claims what of it."""
    found = brief.stands_out
    if isinstance(found, Absent):
        return
    if not isinstance(found.tempo, Absent) and _is_a_run(found.tempo):
        tempo = found.tempo
        told: dict[str, Any] = {"days": tempo.window_days, "fixed": chance(tempo.fixed)}
        if tempo.counted == tempo.k:
            yield say_count(
                "The last {days} days hold {n} [offensive|offensives]; at the earlier pace, {days} days chosen "
                "beforehand hold as many with a chance of {fixed}.",
                tempo.k, **told,
            )  # fmt: skip
        else:
            yield say_count(
                "Reported [is|are] {n} [offensive|offensives] in the last {days} days; by the rule used here, the "
                "record holds {counted}.",
                tempo.k, counted=tempo.counted, **told,
            )  # fmt: skip
            yield say(
                "At the earlier pace, {days} days chosen beforehand hold {k} or more with a chance of {fixed}.",
                k=tempo.k, **told,
            )  # fmt: skip
        yield say(
            "The chance of such a run somewhere in {days} days is {chance}.",
            days=tempo.history_days, chance=chances(*tempo.somewhere, told=simulated_chance),
        )  # fmt: skip
    timeline = brief.timeline
    if (
        not isinstance(timeline, Absent)
        and not isinstance(timeline.greatest, Absent)
        and not isinstance(timeline.recent_offensives, Absent)
    ):
        k, day = timeline.greatest
        lately = timeline.recent_offensives > 1 or brief.as_of - day < LATELY
        if k > max(timeline.recent_offensives, 1) and lately:
            yield say(
                "The most offensives in any {days} days were {k}, first in those to {day}.",
                days=timeline.window_days,
                k=k,
                day=day_words(day),
            )
    if compares(brief):
        yield from _changes(brief)
    if not isinstance(found.largest, Absent):
        yield _largest(found.largest)
        if not isinstance(found.claims, Absent) and found.claims.beyond:
            yield say("Some claims about it say more than these figures of the table.")
        yield from _highest(found.largest)
    if not isinstance(found.claims, Absent):
        yield from _claims(found.claims, day_words(brief.as_of))


def _changes(brief: Brief) -> list[str]:
    """Say of the region and of the party that count most above their usual month, and of those most below it."""
    where, who, said = brief.where, brief.who, []
    named = []
    if not isinstance(where, Absent):
        named.append(where.units.assign(name=unit_names(where.units)))
    if not isinstance(who, Absent) and who.kind != "target_group" and len(who.parties) > 1:
        named.append(who.parties.assign(name=who.parties["part"].map(cut_name)))
    for table in named:
        up = more_than_usual(table)
        if len(up) and len(table) > 1:
            row = up.sort_values("recent", ascending=False, kind="stable").iloc[0]
            told = {"name": row["name"], "n": rounded(row["recent"])}
            alike = _alike(up, row, "recent")
            if are_new(row["usual"], row["recent"]) and pd.notna(row["new_since"]):
                said.append(say(NEVER_BEFORE["alert" not in table], month=month_words(row["new_since"]), **told))
            elif are_new(row["usual"], row["recent"]):
                said.append(say("{name}: {n}, where a usual month has next to none.", **told))
            elif row["usual"] < LEAST_USUAL:
                said.append(say("{name}: {n}, where a usual month has fewer than one.", **told))
            else:
                said.append(
                    say("{name}: {n}, where a usual month has about {usual}.", usual=rounded(row["usual"]), **told)
                )
            if alike:
                said.append(say("About as many, and above a usual month too: {names}.", names=alike))
    for table in named:
        down = table[table["direction"].eq(DOWN)]
        if len(down) and len(table) > 1:
            row = down.sort_values("usual", ascending=False, kind="stable").iloc[0]
            told = {"name": row["name"], "n": rounded(row["recent"]), "usual": rounded(row["usual"])}
            if told["n"]:
                said.append(say("{name}: only {n}, where a usual month has about {usual}.", **told))
            else:
                said.append(say("{name}: none, where a usual month has about {usual}.", **told))
            if alike := _alike(down, row, "usual"):
                said.append(say("Usually about as many, and below that too: {names}.", names=alike))
    return said


def _alike(parts: pd.DataFrame, first: pd.Series, column: str) -> str:
    """Return the names of other parts that have nearly as many as the one that is told; nothing where none has."""
    others = parts[parts[column].ge(NEARLY * first[column]) & parts.index.to_series().ne(first.name)]
    names = others.sort_values(column, ascending=False, kind="stable")["name"].tolist()
    return few(names)


def _largest(largest: Largest) -> str:
    told: dict[str, object] = {"days": largest.days}
    if largest.n_alike > 1:
        if largest.n_sites > 1:
            return say(
                "No offensive in {days} days hit more than {n} places; {several} hit as many.",
                n=largest.n_sites, several=largest.n_alike, **told,
            )  # fmt: skip
        most = rounded(largest.best if np.isfinite(largest.best) else largest.high)
        return say_count(
            "No attack in {days} days had more than {n} [death|deaths]; {several} had as many.",
            most, several=largest.n_alike, **told,
        )  # fmt: skip
    told |= {"place": cut_name(largest.place), "day": dated_words(largest.day, largest.precision)}
    low, high, best = largest.low, largest.high, largest.best
    if largest.n_sites > 1:
        told["n"] = localised(f"{largest.n_sites:,}")
        said = LARGEST_OFFENSIVE[bool(largest.place), bool(np.isfinite(high))]
        if not largest.most_sites:
            said = DEADLIEST_OFFENSIVE[bool(largest.place)]
        return say(said, high="" if np.isnan(high) else rounded(high), **told)
    if np.isnan(high):
        return say("The largest attack in {days} days: {place}, {day}.", **told)
    if np.isfinite(best) and low != high:
        return say_count(
            "The attack with most deaths in {days} days: {place}, {day}; {n} [death|deaths] ({low} to {high}).",
            rounded(best),
            low=rounded(low),
            high=rounded(high),
            **told,
        )
    if np.isnan(low):
        return say(
            "The attack with most deaths in {days} days: {place}, {day}; highest figure {high}.",
            high=rounded(high),
            **told,
        )
    if low == high:
        return say_count(
            "The attack with most deaths in {days} days: {place}, {day}; {n} [death|deaths].", rounded(high), **told
        )
    return say_count(
        "The attack with most deaths in {days} days: {place}, {day}; {low} to {n} [death|deaths].", rounded(high),
        low=rounded(low), **told,
    )  # fmt: skip


def _highest(largest: Largest) -> list[str]:
    """Say the highest figure of any one attack, where what is told, which goes by the best figures, is less."""
    told = largest.high
    if largest.n_alike > 1 and np.isfinite(largest.best):
        told = largest.best
    if not largest.highest > told:
        return []
    return [
        say_count(
            "By the highest figures, one attack of these days may have caused {n} [death|deaths].",
            rounded(largest.highest),
        )
    ]


def _claims(claims: Claims, until: str) -> Iterator[str]:
    if not claims.of_largest:
        place = cut_name(joined(claims.places))
        yield say("The claims that follow are about {place}, {day}.", place=place, day=day_words(claims.day))
    for claimed in claims.of_sides:
        figures = [(cut_name(claimant), words) for claimant, words in claimed.lines if words]
        for claimant, words in figures:
            yield say(SIDES_KILLED[claimed.side], claimant=claimant, words=words.replace("; ", " / "))
        if claimed.contradicted:
            yield say(FROM_SIDES if claimed.by_sides else SIDES_APART[claimed.side])
        for claimant, words in claimed.lines:
            if not words:
                yield say(SIDES_UNSAID[claimed.side], claimant=cut_name(claimant))
    if claims.unsaid:
        names = few(map(cut_name, claims.unsaid))
        yield say_count("No figure of [its|their] own dead comes from {names}.", len(claims.unsaid), names=names)
    if claims.n_more:
        yield say_count("{n} more [claim|claims] on the dead of this attack [is|are] not shown here.", claims.n_more)
    if claims.n_later:
        yield say_count("{n} of the claims on its dead [was|were] published after {day}.", claims.n_later, day=until)


def what_next(brief: Brief) -> list[str]:
    """Say what is to be expected, and from which count on the verdict would be another."""
    coming, head = brief.next, brief.headline
    if isinstance(coming, Absent):
        return []
    said = []
    beside = any(one.quantity == "attacks" and one.kind in (ABOVE, BELOW) for one in coming.departures)
    if not isinstance(coming.month, Absent) and not beside:  # else the range is told beside the last days
        month, low, high, level = coming.month
        least, most, told = rounded(low), rounded(high), {"month": month_words(month), "level": percent(level)}
        if least < most:
            said.append(say(RANGE_NEXT, low=least, high=most, **told))
        elif most:
            said.append(say_count(ABOUT_NEXT, most, **told))
        else:
            said.append(say("For {month}, no attack is to be expected ({level} range).", **told))
    too_low = [departure.kind in (ABOVE, FADES) for departure in coming.departures]
    said += [  # two that are too low if what has come lasts, or too high, conclude once
        departure_words(departure, concluded=too_low[i] not in too_low[i + 1 :])
        for i, departure in enumerate(coming.departures)
    ]
    if not isinstance(coming.lasting, Absent) and not (head.young or head.back):  # too early to say so, or over
        said.append(_lasting(coming.lasting, head.word))
    said += filter(None, [_trigger(brief)])
    if not said:
        said.append(say(NO_OUTLOOK.get("back" if head.back else head.because, NO_OUTLOOK[""])))
    where = brief.where
    if not isinstance(where, Absent) and not isinstance(where.alerts, Absent):
        up = more_than_usual(where.units if compares(brief) else where.units[:0])
        on, more = few(unit_names(where.alerts, of=where.units), 5), few(unit_names(up, of=where.units))
        if on:
            said.append(say("On alert now: {names}.", names=on))
            doubted = where.alerts[where.alerts["may_be_copies"]]
            if len(doubted):
                names = few(unit_names(doubted, of=where.units))
                said.append(
                    say("Part of the attacks behind the alert may be copies, being like another: {names}.", names=names)
                )
        elif more:
            said.append(
                say("No place is on alert now, though the last month is above a usual one in {names}.", names=more)
            )
        else:
            said.append(
                say("No place is on alert now: where the last weeks held more than those before, it may be chance.")
            )
    return said


def _trigger(brief: Brief) -> str:
    """Say from which count of the next month on the verdict, which looks at three, would say rising, or no longer."""
    coming, head, figures = brief.next, brief.headline, brief.figures
    assert not isinstance(coming, Absent)
    rising = head.word == RISING
    if rising and (head.turned or head.standing):  # it is told as over, or as no longer clear
        return ""
    if isinstance(coming.rise_from, Absent):
        none = say("Even a month without attacks would not yet end the rise over {days} days.", days=head.quarter_days)
        return none if rising else ""
    usual = np.nan if isinstance(figures, Absent) or isinstance(figures.usual, Absent) else figures.usual
    if rising and coming.rise_from <= usual:
        return say_count(
            "Even a usual month would not yet end the rise over {quarter} days; "
            "[a month without attacks|fewer than {n} attacks] would.",
            coming.rise_from, quarter=head.quarter_days,
        )  # fmt: skip
    recent = 0.0 if isinstance(figures, Absent) or isinstance(figures.recent, Absent) else figures.recent
    if rising:
        assert not isinstance(head.recent_quarter, Absent)
        pace = max(recent, head.recent_quarter / head.quarter_days * coming.days)
        return say_count(ENDS_RISE[coming.rise_from > pace], coming.rise_from, days=coming.days)
    if usual >= LEAST_USUAL and coming.rise_from > max(FAR_ABOVE * usual, recent):
        return say(
            "One month alone would need {n} or more attacks to count as a rise; a usual month has about {usual}.",
            n=coming.rise_from, usual=rounded(usual),
        )  # fmt: skip
    return rise_from_words(coming.rise_from, recent, coming.days)


# Of the shares of a reference count that the table held: alike in all periods, or not.
HELD = {
    False: message("Where it can be checked, it held {low} of the attacks counted by another source, {reporter}."),
    True: message(
        "Where it can be checked, it held {low} to {high} of the attacks counted by another source, {reporter}."
    ),
}


# What is not known of any attack, of so many, of such a share.
NO_ROLES = (
    message("Of none of the attacks is it recorded who attacked whom."),
    messages("For {n} of {all} attacks, who attacked whom is not recorded."),
    message("For {share} of all {all} attacks, who attacked whom is not recorded."),
)
NO_DEATHS = (
    message("The table gives no figure of deaths."),
    messages("For {n} of {all} attacks, the table gives no figure of deaths."),
    message("For {share} of all {all} attacks, the table gives no figure of deaths."),
)


def _unknown(words: tuple[str, str, str], share: float, n: int) -> str:
    if share == 1:
        return say(words[0])
    if n < LEAST_FOR_SHARES:
        return say_count(words[1], rounded(share * n), all=n)
    return say(words[2], share=percent(share), all=n)


@listed
def trust(brief: Brief) -> Iterator[str]:
    """Say how far the table goes, in four lines."""
    found = brief.trust
    yield say(publishers()[found.source].records)
    if isinstance(found.caught, Absent):
        yield say("How many attacks it misses is not known.")
    else:
        low, high, reporter = found.caught
        told = {"low": percent(low), "high": percent(high), "reporter": cut_name(reporter)}
        yield say(HELD[low < high], **told)
    n_lost, n_read = found.lost
    if n_lost > LOST_AND_TOLD * n_read:
        yield say(
            "{n} of the table's {all} rows could not be used; all here rests on the others.", n=n_lost, all=n_read
        )
    if found.uncovered:
        first, last = found.uncovered
        yield say("It does not cover {first} to {last}; what is said here begins after that.", first=first, last=last)
    if found.silent:
        first, last = found.silent
        yield say("No row is dated {first} to {last}: calm, or not recorded?", first=first, last=last)
    elif found.pause:
        told = {"names": found.pause.country, "first": found.pause.first, "last": found.pause.last}
        yield say("No row of {names} is dated {first} to {last}: calm, or not recorded?", **told)
    if found.ended:
        units, day = found.ended
        names = few(map(cut_name, units))
        yield say("No row of {names} is dated after {day}: calm, or not recorded?", names=names, day=day)
    unsaid, attackers = found.unsaid
    if unsaid:
        yield say_count(
            "{n} more [attack|attacks] of this period [names|name] {whom} as a party, but not who attacked: [it is|"
            "they are] not counted.",
            unsaid,
            whom=few(map(cut_name, attackers)),
        )
    if found.deaths_refused:
        yield say_count(
            "{n} [attack has|attacks have] a figure of deaths that cannot be true, below 0 for instance: it is "
            "not used.",
            found.deaths_refused,
        )
    if found.summary_deaths:
        yield say_count(
            "{n} [row|rows] dated to more than a week [reaches|reach] into this period and [is|are] not counted; "
            "[its|their] deaths here: {deaths}.",
            found.n_summaries, deaths=found.summary_deaths,
        )  # fmt: skip
    elif found.n_alike > 0.1 * brief.n:
        yield say_count(
            "{n} of {all} attacks [is|are] like another in day, place, sides and deaths: [it|they] may be [a copy|"
            "copies].",
            found.n_alike,
            all=brief.n,
        )
    elif found.roles_unknown > 1 - ROLES_STATED:
        yield _unknown(NO_ROLES, found.roles_unknown, brief.n)
    elif found.deaths_unknown > 0.1:
        yield _unknown(NO_DEATHS, found.deaths_unknown, brief.n)
    elif found.left_out:
        yield say_count("{n} [row|rows] dated to more than a week [is|are] not counted.", found.left_out)
    yield say("A place without reports is not a calm place. Counts tell nothing of intent, or of who is winning.")


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
