"""So: is it escalating?"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.incidents.counting import rounded
from analysis.incidents.study import Study, in_its_language
from analysis.language import dated_words, message, messages, say, say_count
from analysis.measures.assessment import (
    DOWN,
    FLAT,
    NO_RISE,
    SILENT,
    UNSURE,
    UP,
    Assessment,
    assess,
    rule_words,
    spans_of,
)
from analysis.measures.confidence import DOUBLING, deaths_copied
from analysis.measures.hindsight import Hindsight, definition_words, hindsight_of
from analysis.measures.level import CANNOT_TELL, FALLING, HIGH, LOW, NO_CHANGE, RISING, STEADY, USUAL, Level
from analysis.measures.level_rule import FACTOR, INTERVAL
from analysis.measures.persistence import Chance
from analysis.reports.page import Chart, Page
from analysis.reports.sections.surge import beside_verdict
from analysis.reports.verdict_words import (
    DEATHS_COPIED,
    MOST_SINCE,
    NO_CLEAR,
    SINCE,
    as_it_stands,
    deaths_words,
    leaning_words,
    month_turned_words,
    rise_from_words,
)
from analysis.reports.wording import (
    Results,
    all_of,
    caption,
    chance,
    day_words,
    gap,
    heads,
    interval,
    joined,
    listed,
    month_words,
    named,
    percent,
    times,
    whole,
    yardstick,
)

TABLE_COLUMNS = {
    "quantity": message("what is counted"),
    "span": message("span"),
    "recent": message("number recorded"),
    "usual": message("usual in as many days"),
    "ratio": message("ratio"),
    "ratio_without": message("without the highest month before"),
    "low": message("lower bound"),
    "high": message("upper bound"),
    "p_above": message("chance of more than before"),
    "p_up": message("of over 1.25 times"),
    "p_down": message("of under 0.8 times"),
    "borne_up": message("a rise, borne out by its history"),
    "borne_down": message("a fall, borne out by its history"),
}
HINDSIGHT_COLUMNS = {
    "word": message("word"),
    "n_looks": message("times judged"),
    "n_known": message("of these, with a half year after"),
    "n_right": message("proved right"),
    "share": message("share right"),
    "low": message("lower bound"),
    "high": message("upper bound"),
    "share_of_all": message("share of all with such a half year"),
}
LINES_COLUMNS = {
    "line": message("line of evidence"),
    "asks": message("what it speaks of"),
    "direction": message("counts as"),
    "value": message("ratio to no change"),
    "low": message("lower bound"),
    "high": message("upper bound"),
    "p_value": message("p"),
    "counts": message("counts where"),
}
# How the verdict opens a sentence; of a level that does not move, with how high it is.
HEADLINES = {
    RISING: message("Rising"),
    FALLING: message("Falling"),
    STEADY: message("Steady"),
    NO_CHANGE: message("No clear change"),
    CANNOT_TELL: message("Cannot tell"),
}
SHARP_HEADLINES = {RISING: message("Rising sharply"), FALLING: message("Falling sharply")}
LEVEL_HEADLINES = {
    (STEADY, HIGH): message("Steady, at a high level"),
    (STEADY, USUAL): message("Steady, at a usual level"),
    (STEADY, LOW): message("Steady, at a low level"),
    (NO_CHANGE, HIGH): message("No clear change, at a high level"),
    (NO_CHANGE, USUAL): message("No clear change, at a usual level"),
    (NO_CHANGE, LOW): message("No clear change, at a low level"),
}
# Where all of the interval lies on one side and no word says so: whether on that of a rise.
LEANING_HEADLINES = {True: message("No clear rise"), False: message("No clear fall")}
# By whether the interval reaches a doubling, and a halving.
HIDDEN = {
    (True, True): message("So few attacks could hide a doubling, or a halving."),
    (True, False): message("So few attacks could hide a doubling."),
    (False, True): message("So few attacks could hide a halving."),
    (False, False): "",
}
SINCE_MONTH = message(
    "Since about {month} there have been {rate} attacks in 30 days on average; before that, {before}."
)
SINCE_THEN = message("Since then there have been {rate} attacks in 30 days on average; before that, {before}.")
ANOTHER_CHANGE = message(
    "The last change of level by whole months is another, of about {month}: {rate} attacks in 30 days on average "
    "since, {before} before."
)
NEXT_SIX_MONTHS = {
    RISING: message("{likely} that the next six months stay above {factor:g} times the year before."),
    FALLING: message("{likely} that the next six months stay below {factor:g} times the year before."),
}
LASTED = {
    RISING: messages("Of {n} earlier [rise|rises] that the verdict named, month by month, {lasted} lasted six months."),
    FALLING: messages(
        "Of {n} earlier [fall|falls] that the verdict named, month by month, {lasted} lasted six months."
    ),
}
NONE_LASTED = {
    RISING: message(
        "Month by month, the verdict named no earlier rise whose next six months are known:"
        " none tells how long one lasts."
    ),
    FALLING: message(
        "Month by month, the verdict named no earlier fall whose next six months are known:"
        " none tells how long one lasts."
    ),
}
# Of deaths that neither rise nor fall: by the word, and of steady ones by the side that they lie on.
DEATHS = {
    "above": message("Deaths are a little above usual: {deaths} in the last {days} days, and usually {usual}."),
    "below": message("Deaths are a little below usual: {deaths} in the last {days} days, and usually {usual}."),
    STEADY: message("Deaths are much as before: {deaths} in the last {days} days; the usual number is {usual}."),
    NO_CHANGE: message("Deaths show no clear change: {deaths} in the last {days} days; the usual number is {usual}."),
    "more": message("Deaths show no clear rise: {deaths} in the last {days} days; the usual number is {usual}."),
    "fewer": message("Deaths show no clear fall: {deaths} in the last {days} days; the usual number is {usual}."),
}
# What a chart says of the levels that decide, and of those that stand beside them.
DECIDED = {RISING: UP, FALLING: DOWN, CANNOT_TELL: SILENT}
AS_RECORDED = message("as recorded")
# Two dates of a change, one by days and one by whole months, that are one.
SAME_CHANGE = pd.Timedelta(days=45)
# "The most since" says something only from here on back.
LONG_AGO = pd.Timedelta(days=365)


@in_its_language
def headline(study: Study) -> list[str]:
    """Say the verdict in one sentence, and in the next what it rests on: what a reader with a minute reads."""
    found = assess(study)
    judged = found.attacks
    if judged.word == CANNOT_TELL:
        said = [say("The table cannot tell whether attacks have become more or fewer.")]
        if not judged.table.empty:
            said.append(_recorded(judged))
        return [*said, say("The reason: {reason}.", reason=judged.problem)]
    said = [say("{verdict}: {recorded}", verdict=_verdict(judged), recorded=_recorded(judged))]
    said += _history(judged)
    if judged.young:
        said.append(say("It is too early to say whether it lasts."))
    elif sentence := _lasting(found):
        said.append(sentence)
    return said


CHARTS = {
    "assessment": message("Levels and lines of evidence as ratios to no change"),
    "levels": message("The recent count week by week, and what was usual"),
    "lasting": message("How often chances that a rise lasts came true"),
}


@in_its_language
def why_no_chart(study: Study, name: str) -> str:
    """Return why a chart of the catalogue is not drawn."""
    found = assess(study)
    if name == "lasting":
        return found.persistence.problem or say("no earlier month has its next six months known")
    return found.attacks.problem or say("no week could be judged")


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say the verdict on attacks and on deaths, since when, whether it lasts, and what other lines say."""
    found = assess(study)
    judged = found.attacks
    said = headline(study) + beside_verdict(study)
    if judged.word != CANNOT_TELL:
        said += _ratio_words(judged)
        said += month_turned_words(judged)
        if judged.standing:
            said.append(say("The word stands from an earlier look: today's counts would not bear it out."))
        said += _regime_words(found)
        said += _class_words(found)
    said += _deaths_words(found)
    if copied := deaths_copied(study):
        said.append(say_count(DEATHS_COPIED, copied[0], all=copied[1]))
    if results.known("rise_from") and judged.word != RISING:
        recent, days = judged.table["recent"].iloc[1], spans_of(study).last
        said.append(rise_from_words(rounded(results["rise_from"].value), recent, days))
    return [*said, *_line_words(found)]


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the section's charts."""
    found = assess(study)
    table = evidence(study)
    title = named(
        say("Attacks: {attacks}; deaths: {deaths}", attacks=_short(found.attacks), deaths=_short(found.deaths)),
        study.noun,
    )
    told = {"title": title, "alt": _lines_alt(table), "caption": caption(study)}
    drawn = [Chart.of(CHARTS, "assessment", "assessment.plot_lines", table, **told)]
    looks = found.attacks.looks
    if found.verdict != CANNOT_TELL and not looks.empty:
        days = int(found.table["span_days"].iloc[0])
        label = named(say("attacks in the {days} days to each day", days=days), study.noun)
        told |= {"title": named(headline(study)[0].rstrip("."), study.noun), "alt": _looks_alt(looks, days)}
        drawn.append(Chart.of(CHARTS, "levels", "assessment.plot_words", looks, value_label=label, **told))
    return drawn


def _lines_alt(table: pd.DataFrame) -> str:
    held = table[table["value"].notna() & table["direction"].ne(SILENT)]  # what cannot be told is drawn without a word
    if held.empty:
        return say("A line for each ratio, none of which tells anything.")
    largest = held[held["value"].eq(held["value"].max())]
    return say(
        "Dots for ratios with their intervals, more than before to the right. The largest is {ratio}: {line}.",
        ratio=times(largest["value"].iloc[0]),
        line=all_of(list(largest["line"])),
    )


def _looks_alt(looks: pd.DataFrame, days: int) -> str:
    most = looks[looks["recent"].eq(looks["recent"].max())]
    return say_count(
        "Line for the attacks of each {days} days and dashes for what was usual, shaded where the verdict said "
        "rising or falling. It said rising {n} [time|times] of {of}; the peak is {most}, on {day}.",
        int(looks["word"].eq(RISING).sum()),
        of=len(looks),
        days=days,
        most=rounded(most["recent"].iloc[0]),
        day=all_of(list(map(day_words, most["day"]))),
    )


@in_its_language
def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    said = read(study, results)
    page.say(*said)
    page.charts(charts(study), said)
    found = assess(study)
    if not found.table.empty:
        title = say("The table that the verdict follows from")
        page.table(printed(study), title=title, columns=heads(TABLE_COLUMNS))
    lines = found.lines.assign(
        line=[say(name) for name in found.lines["line"]], direction=[say(code) for code in found.lines["direction"]]
    )
    page.table(lines, title=say("Other lines of evidence, which do not decide"), columns=heads(LINES_COLUMNS))
    page.say(*rule_words(study), as_list=True)
    write_hindsight(page, study)


@in_its_language
def write_hindsight(page: Page, study: Study) -> None:
    """Show what the verdict's words were worth on this table's own history."""
    found = hindsight_of(study)
    if found.problem:
        page.say(gap(say("What the verdict was worth on this table's history"), found.problem))
        return
    said = hindsight_words(found)
    page.say(*said)
    page.charts(further_charts(study), said)
    page.table(
        found.words.assign(word=[say(word) for word in found.words["word"]]),
        title=say("The verdict on this table's own history"),
        columns=heads(HINDSIGHT_COLUMNS),
        note=definition_words(),
    )


@in_its_language
def further_charts(study: Study) -> list[Chart]:
    """Return the chart of what chances that a rise lasts were worth; none where none can be judged."""
    lasting = assess(study).persistence
    if lasting.up is None or lasting.up.reliability.empty:
        return []
    alt = say_count(
        "Line of how often each class of chances came true, beside the diagonal of chances that came as often as said. "
        "It rests on {n} [month|months].",
        lasting.up.n_origins,
    )
    look = {"title": _worth(lasting.up), "alt": alt, "caption": caption(study)}
    return [Chart.of(CHARTS, "lasting", "assessment.plot_reliability", lasting.up.reliability, **look)]


def _worth(up: Chance) -> str:
    """Return what chances of a rise that lasts were worth beside always saying the average share, as it was learnt
    month by month and as it came out: worse than the second, they were only sooner to learn it."""
    if up.n_origins > 1 and any(up.reliability["came"].eq(share).all() for share in (0, 1)):
        return say(
            "All {n} months tried came out alike: what chances that a rise lasts are worth is not known", n=up.n_origins
        )
    came, n = up.reliability["came"], up.reliability["n"]
    share = (came * n).sum() / n.sum()
    if up.brier < min(up.brier_climatology, share * (1 - share)):
        return say("Chances that a rise lasts told more than the average of the past")
    return say("Chances that a rise lasts told no more than the average of the past")


@listed
def hindsight_words(found: Hindsight) -> Iterator[str]:
    """Say how often the word was right, turned back, and how late it came."""
    rising = found.words.set_index("word").loc[RISING]
    if rising["n_known"]:
        yield say_count(
            "The verdict said rising {n} [time|times]; of {known} whose next half year is known, {share} stayed "
            "above {factor:g} times the year before.",
            int(rising["n_looks"]),
            known=int(rising["n_known"]),
            share=percent(rising["share"]),
            factor=FACTOR,
        )
        yield say("Of all that were judged, {share} had such a half year after.", share=percent(rising["share_of_all"]))
    if found.n_changes:
        yield say_count(
            "The word changed {n} [time|times] up to four weeks ago; changes taken back within four weeks: {flipped}.",
            found.n_changes,
            flipped=found.n_flipped,
        )
    if found.n_rises:
        yield say_count(
            "Looking back, {n} sustained [rise|rises] began; the verdict named {named} in time.",
            found.n_rises,
            named=found.n_said,
        )
        if found.n_said:
            days = rounded(found.delay_days)
            yield _delay(found.n_said == 1, days)
            if days:
                yield say("Such a rise begins with the first week whose next half year is one: nobody knew it then.")


def _delay(once: bool, days: int) -> str:
    """Say how long after the beginning of sustained rises the verdict named them."""
    if once:
        return say_count("It did so {n} [day|days] after the beginning.", days) if days else say("It did so at once.")
    if not days:
        return say("It did so at once in half of the cases.")
    return say_count("It did so within {n} [day|days] of the beginning in half of the cases.", days)


@in_its_language
def printed(study: Study) -> pd.DataFrame:
    """Return the verdict's table in words, with its chances in per cent."""
    table = assess(study).table
    out = table.assign(
        quantity=[_quantity(quantity, study.noun) for quantity in table["quantity"]],
        span=[say_count("{n} [day|days]", int(days)) for days in table["span_days"]],
    )
    for name in ("p_above", "p_up", "p_down", "borne_up", "borne_down"):
        out[name] = [chance(share) for share in table[name]]
    return out


def _quantity(quantity: str, noun: str) -> str:
    return say("deaths") if quantity == "deaths" else named(say("attacks"), noun)


@in_its_language
def evidence(study: Study) -> pd.DataFrame:
    """Return levels and lines as one table for a chart: ``line, asks, direction, p_value, value, low, high, status,
    reason``, what is counted called by its name. ``direction`` is a code."""
    found = assess(study)
    rows = []
    for judged in (found.attacks, found.deaths):
        for at, row in enumerate(judged.table.itertuples(index=False)):
            held = {"days": int(row.span_days)}
            if judged.quantity == "deaths":
                line = say("deaths, last {days} days", **held)
                asks = say("deaths of the last {days} days against what is usual", **held)
            else:
                line = say("attacks, last {days} days", **held)
                asks = say("attacks of the last {days} days against what is usual", **held)
            direction = DECIDED.get(judged.word, _undecided(judged)) if at == 0 else AS_RECORDED
            rows.append(
                {
                    "line": named(line, study.noun),
                    "asks": named(asks, study.noun),
                    "direction": SILENT if judged.word == CANNOT_TELL else direction,
                    "p_value": np.nan,
                    "value": row.ratio if np.isfinite(row.ratio) else np.nan,
                    "low": row.low,
                    "high": row.high,
                    "status": "computed" if np.isfinite(row.ratio) else "not_computed",
                    "reason": judged.problem,
                }
            )
    columns = ["line", "asks", "direction", "p_value", "value", "low", "high", "status", "reason"]
    lines = found.lines[columns].assign(line=[say(name) for name in found.lines["line"]])
    return pd.concat([pd.DataFrame(rows, columns=columns), lines], ignore_index=True)


def _verdict(judged: Level) -> str:
    word = LEVEL_HEADLINES.get((judged.word, judged.height), HEADLINES[judged.word])
    if judged.sharp:
        word = SHARP_HEADLINES[judged.word]
    elif judged.word == NO_CHANGE and judged.leaning:
        word = LEANING_HEADLINES[judged.leaning > 0]
    return as_it_stands(say(word), turned=judged.turned, standing=judged.standing)


def _short(judged: Level) -> str:
    """Return the word in a chart's title, which must not deny what the chart shows."""
    return as_it_stands(say(_undecided(judged)), turned=judged.turned, standing=judged.standing)


def _undecided(judged: Level) -> str:
    """Return the word, but of no clear change whose interval points up, or down, that it does."""
    return NO_CLEAR[judged.leaning > 0] if judged.word == NO_CHANGE and judged.leaning else judged.word


def _recorded(judged: Level) -> str:
    row = judged.table.iloc[0]
    return say_count(
        "{n} [attack|attacks] in the last {days} days; the usual number is {usual}.",
        rounded(row["recent"]),
        days=int(row["span_days"]),
        usual=whole(row["usual"]),
    )


def _history(judged: Level) -> list[str]:
    day, span = judged.looks["day"].iloc[-1], {"days": int(judged.table["span_days"].iloc[0])}
    if (judged.word, judged.height) not in ((RISING, HIGH), (FALLING, LOW)):
        return []
    since = judged.highest_since if judged.word == RISING else judged.lowest_since
    if since is None:
        return [say(MOST_SINCE[judged.word, False], **span)]
    return [say(MOST_SINCE[judged.word, True], month=month_words(since), **span)] if day - since >= LONG_AGO else []


def _ratio_words(judged: Level) -> list[str]:
    row = judged.table.iloc[0]
    if not np.isfinite(row["ratio"]):
        return [say("None is usual, so that there is no ratio."), *leaning_words(judged)]
    said = [
        say(
            "That is {ratio} the rate of the {days} days before ({interval}).",
            ratio=times(row["ratio"]),
            days=int(row["reference_days"]),
            interval=_interval(row),
        )
    ]
    if judged.leaning:
        said += leaning_words(judged)
    elif judged.word == NO_CHANGE:
        hidden = say(HIDDEN[bool(row["high"] >= DOUBLING), bool(row["low"] <= 1 / DOUBLING)])
        said += [hidden] if hidden else []
    return said


def _interval(row: pd.Series) -> str:
    return interval(pd.Series({"low": row["low"], "high": row["high"], "level": INTERVAL}), "number")


@listed
def _regime_words(found: Assessment) -> Iterator[str]:
    """Say since when: when the rise began, and the last change of level by whole months."""
    regime, judged = found.regime, found.attacks
    if judged.since is not None:
        yield say(SINCE[judged.word, judged.long_said], month=month_words(judged.since))
    if regime.since is None:
        return
    held = {"rate": whole(regime.rate), "before": whole(regime.rate_before), "month": month_words(regime.since)}
    same_way = (regime.rate > regime.rate_before) == (judged.word == RISING)
    if judged.since is None:
        words = SINCE_MONTH
    elif abs(judged.since - regime.since) <= SAME_CHANGE and same_way:
        words = SINCE_THEN
    else:
        words = ANOTHER_CHANGE
    yield say(words, **held)


def _lasting(found: Assessment) -> str:
    lasting, word = found.persistence, found.attacks.word
    held = {RISING: lasting.up, FALLING: lasting.down}.get(word)
    if held is None or found.attacks.back:  # what may be over has no chance to last
        return ""
    likely = yardstick(held.value, chance(held.value))
    factor = FACTOR if word == RISING else 1 / FACTOR
    return say(NEXT_SIX_MONTHS[word], likely=f"{likely[0].upper()}{likely[1:]}", factor=factor)


def _class_words(found: Assessment) -> list[str]:
    lasting, word = found.persistence, found.attacks.word
    if lasting.problem or word not in (RISING, FALLING):
        return []
    n, lasted = (
        (lasting.n_rises, lasting.n_lasted_rises) if word == RISING else (lasting.n_falls, lasting.n_lasted_falls)
    )
    return [say_count(LASTED[word], n, lasted=lasted) if n else say(NONE_LASTED[word])]


def _deaths_words(found: Assessment) -> list[str]:
    judged = found.deaths
    if judged.word == CANNOT_TELL:
        return [say("Whether deaths rise cannot be told. The reason: {reason}.", reason=judged.problem)]
    row = judged.table.iloc[0]
    held = {"deaths": rounded(row["recent"]), "days": int(row["span_days"]), "usual": whole(row["usual"])}
    if judged.word in (RISING, FALLING):
        attacks = found.attacks
        said = deaths_words(judged, word=attacks.word, turned=attacks.turned or attacks.standing)
    else:
        side = "above" if row["low"] > 1 else "below" if row["high"] < 1 else STEADY
        unclear = {1: "more", 0: NO_CHANGE, -1: "fewer"}[judged.leaning]
        said = say(DEATHS[side if judged.word == STEADY else unclear], **held)
    if np.isfinite(row["ratio"]):
        ratio = say(
            "That is {ratio} the usual number ({interval}).", ratio=times(row["ratio"]), interval=_interval(row)
        )
        said = f"{said} {ratio}"
    return [said, *leaning_words(judged), *_deadliest_words(judged), *month_turned_words(judged)]


def _deadliest_words(judged: Level) -> list[str]:
    """Name the attack that a ratio of deaths owes most to, where it makes half of them or the whole difference."""
    found, ratio = judged.deadliest, judged.table["ratio"].iloc[0]
    if found is None or not np.isfinite(found.ratio):
        return []
    differs = not 1 / FACTOR < ratio < FACTOR
    if not found.dominant and (found.carried or not differs):
        return []
    told = {"day": dated_words(found.day, found.precision), "n": rounded(found.deaths), "ratio": times(found.ratio)}
    if found.recent and not found.ratio:
        said = say("One attack ({day}) caused all of these deaths.", day=told["day"])
    elif found.recent:
        said = say("One attack ({day}) caused {n} of these deaths; without it, they are {ratio} the usual.", **told)
    else:
        said = say(
            "Before these days, one attack ({day}) caused {n} deaths; without it, these are {ratio} the usual.",
            **told,
        )
    if differs and not found.carried:
        said = f"{said} {say('A rise or a fall that one attack makes is not called one.')}"
    return [said]


def _line_words(found: Assessment) -> list[str]:
    direction = found.lines.set_index("line")["direction"]

    def lines(code: str) -> str:
        return joined(say(name) for name in direction.index[direction.eq(code)])

    said = [say("Other lines of evidence stand beside the verdict and do not decide it.")]
    if up := lines(UP):
        said.append(say("Up: {lines}.", lines=up))
    if down := lines(DOWN):
        said.append(say("Down: {lines}.", lines=down))
    if unsure := lines(UNSURE):
        said.append(say("Not sure enough, as several lines are looked at together: {lines}.", lines=unsure))
    if flat := lines(FLAT):
        said.append(say("No change found: {lines}.", lines=flat))
    if not_up := lines(NO_RISE):
        said.append(say("No rise found: {lines}.", lines=not_up))
    silent = found.lines[found.lines["direction"].eq(SILENT)]
    for (answered, reason), names in silent.groupby([silent["value"].notna(), "reason"], sort=False)["line"]:
        held = {"lines": joined(say(name) for name in names), "reason": reason}
        if answered:  # its section gives a number, which cannot count as a change
            said.append(say("Not counted: {lines}. The reason: {reason}.", **held))
        else:
            said.append(say("No answer on {lines}. The reason: {reason}.", **held))
    return said
