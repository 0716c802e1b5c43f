"""What the brief and the section on the verdict say in the same words."""

from typing import Any

from analysis.incidents.counting import rounded
from analysis.language import message, messages, say, say_count
from analysis.measures.level import FALLING, RISING, Level
from analysis.reports.wording import whole

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
# What the whole interval points to where no word says so: up or not.
NOT_CLEAR = {
    True: message("That is more than usual, but not clearly enough to call it a rise."),
    False: message("That is fewer than usual, but not clearly enough to call it a fall."),
}
# ... or is certain, and too small.
SHORT_OF = {
    True: message("That is more than usual, but less than is called a rise."),
    False: message("That is fewer than usual, but not so few that it is called a fall."),
}
NO_CLEAR = {True: message("no clear rise"), False: message("no clear fall")}
# Which way deaths go whose last days have turned, or whose word merely stands from an earlier look.
DEATHS_TURNED = {
    RISING: message("Deaths are above what is usual: {n} in {days} days, against {usual}."),
    FALLING: message("Deaths are below what is usual: {n} in {days} days, against {usual}."),
}
# Which way deaths go: by the word, and whether attacks go the same way.
DEATHS = {
    (RISING, False): message("Deaths are rising: {n} in {days} days, usually {usual}."),
    (RISING, True): message("Deaths are rising too: {n} in {days} days, usually {usual}."),
    (FALLING, False): message("Deaths are falling: {n} in {days} days, usually {usual}."),
    (FALLING, True): message("Deaths are falling too: {n} in {days} days, usually {usual}."),
}
DEATHS_LEAN = {
    True: message("Deaths are more than usual, but no clear rise: {n} in {days} days, usually {usual}."),
    False: message("Deaths are fewer than usual, but no clear fall: {n} in {days} days, usually {usual}."),
}
# Of what is said of deaths, as `BECAUSE` of the brief says it of attacks.
DEATHS_COPIED = messages(
    "{n} of the {all} deaths compared [is|are] of attacks that are like another, and may be counted twice."
)
COPIED = messages(
    "{n} of the {all} attacks compared [is|are] like another, and may be [a copy|copies]; without [it|them] the "
    "verdict would be the same."
)
# What points up, or down, without being enough.
NOT_ENOUGH = {
    True: message("By themselves they are not enough to call it a rise."),
    False: message("By themselves they are not enough to call it a fall."),
}

# What the last month alone holds, where it points another way than the word, which looks at three.
DENIED = {
    "attacks": messages("The last {days} days alone do not show it: {n} [attack|attacks], usually {usual}."),
    "deaths": messages("The last {days} days alone do not show it: {n} [death|deaths], usually {usual}."),
}
TURNED_BACK = {
    "attacks": messages(
        "But the last {days} days hold {n} [attack|attacks], and the {before} days before them {held}."
    ),
    "deaths": messages("But the last {days} days hold {n} [death|deaths], and the {before} days before them {held}."),
}
ALONE = {
    "attacks": messages("The last {days} days alone hold {n} [attack|attacks], usually {usual}."),
    "deaths": messages("The last {days} days alone hold {n} [death|deaths], usually {usual}."),
}


# What the 90 days before the last ones hold, where the word, of a year, is none.
COURSE = {
    True: message("The last {days} days hold more ({n}) than the {days} days before them ({before})."),
    False: message("The last {days} days hold fewer ({n}) than the {days} days before them ({before})."),
}


def as_it_stands(word: str, *, turned: bool, standing: bool) -> str:
    """Return a verdict's word with what has become of it: whether the last days have turned back, or it merely stands
    from an earlier look."""
    if turned:
        return say("{word}, but turned back of late", word=word)
    return say("{word}, no longer clear", word=word) if standing else word


def rise_from_words(n: int, recent: float, days: int) -> str:
    """Say from how many attacks in the next days on the verdict would say rising, beside the number of the last days:
    where that is as high and no rise, ``n`` are to come on top of it.
    """
    if recent >= n:
        return say_count(
            "Another [attack|{n} or more attacks] in the next {days} days would count as a rise.", n, days=days
        )
    return say("{n} or more attacks in the next {days} days would count as a rise.", n=n, days=days)


def deaths_words(judged: Level, *, word: str, turned: bool) -> str:
    """Say which way deaths go that rise, fall or lean, or where they are where that is no longer clear: "too" where
    attacks, of that ``word``, do, and neither have ``turned`` nor merely stand from an earlier look."""
    row = judged.table.iloc[0]
    counts = {"n": rounded(row["recent"]), "days": int(row["span_days"]), "usual": whole(row["usual"])}
    if judged.word not in (RISING, FALLING):
        return say(DEATHS_LEAN[judged.leaning > 0], **counts)
    too = judged.word == word and not turned
    over = judged.turned or judged.standing
    return say(DEATHS_TURNED[judged.word] if over else DEATHS[judged.word, too], **counts)


def leaning_words(judged: Level) -> list[str]:
    """Say where there are more, or fewer, than usual, and no word says so: not clearly, or too little."""
    if not judged.leaning:
        return []
    return [say((SHORT_OF if judged.leaning == judged.sure else NOT_CLEAR)[judged.leaning > 0])]


def month_turned_words(judged: Level) -> list[str]:
    """Say what the last 30 days alone hold, or the 90 days before the last, where they point another way than the word,
    which looks at 90 days beside a year."""
    row = judged.table.iloc[1]
    usual, n = judged.usual_in(row["span_days"]), rounded(row["recent"])
    held: dict[str, Any] = {"days": int(row["span_days"]), "usual": whole(usual)}
    if judged.word in (RISING, FALLING):
        if row["recent"] <= usual if judged.word == RISING else row["recent"] >= usual:
            return [say_count(DENIED[judged.quantity], n, **held)]
        if not judged.turned:
            return []
        days, recent = (judged.table[name].iloc[0] - row[name] for name in ("span_days", "recent"))
        return [say_count(TURNED_BACK[judged.quantity], n, days=held["days"], before=int(days), held=rounded(recent))]
    said = []
    if judged.course and judged.course != judged.leaning:
        quarter = judged.table.iloc[0]
        counts = {"n": rounded(quarter["recent"]), "before": rounded(judged.quarter_before)}
        said.append(say(COURSE[judged.course > 0], days=int(quarter["span_days"]), **counts))
    if judged.month_alone:
        said += [say_count(ALONE[judged.quantity], n, **held), say(NOT_ENOUGH[judged.month_alone > 0])]
    return said
