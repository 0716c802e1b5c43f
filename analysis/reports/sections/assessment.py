"""So: is it escalating?"""

import numpy as np
import pandas as pd

from analysis.incidents.study import Study, in_its_language
from analysis.language import message, say
from analysis.measures.assessment import DOWN, FLAT, SILENT, UP, Assessment, assess, rule_words
from analysis.measures.hindsight import DEFINITION, Hindsight, hindsight_of
from analysis.measures.level import CANNOT_TELL, FALLING, HIGH, INTERVAL, LOW, NO_CHANGE, RISING, STEADY, Level
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.sections.surge import beside_verdict
from analysis.reports.words import (
    Results,
    caption,
    counted,
    gap,
    joined,
    month_words,
    number,
    percent,
    times,
    whole,
    yardstick,
)

TABLE_COLUMNS = {
    "quantity": "of",
    "span": "last",
    "recent": "recorded",
    "usual": "usual in as many days",
    "ratio": "ratio",
    "low": "low",
    "high": "high",
    "p_above": "chance of more than before",
    "p_up": "of over 1.25 times",
    "p_down": "of under .8 times",
    "borne_up": "a rise, borne out by its history",
    "borne_down": "a fall, borne out by its history",
}
HINDSIGHT_COLUMNS = {
    "word": "word",
    "n_looks": "weeks",
    "n_known": "of these, with a half year after",
    "n_right": "right",
    "share": "share",
    "low": "low",
    "high": "high",
    "share_of_all": "share of all weeks",
}
LINES_COLUMNS = {
    "line": "line",
    "asks": "what it speaks of",
    "direction": "counts as",
    "value": "ratio to no change",
    "low": "low",
    "high": "high",
    "p_value": "p",
    "counts": "counts where",
}
HEADLINES = {
    RISING: "Rising",
    FALLING: "Falling",
    STEADY: "Steady",
    NO_CHANGE: "No clear change",
    CANNOT_TELL: "Cannot tell",
}
# What a chart says of the levels that decide, and of those that stand beside them.
DECIDED = {RISING: UP, FALLING: DOWN, STEADY: FLAT, NO_CHANGE: FLAT, CANNOT_TELL: SILENT}
AS_RECORDED = "as recorded"
# An interval that reaches a doubling, or a halving, hides it.
DOUBLING = 2.0
# "The most since" says something only from here on back.
LONG_AGO = pd.Timedelta(days=365)


@in_its_language
def headline(study: Study) -> list[str]:
    """Say the verdict in one sentence, and in the next what it rests on: what a reader with a minute reads."""
    found = assess(study)
    judged = found.attacks
    if judged.word == CANNOT_TELL:
        said = [f"The table cannot tell whether {study.noun}s have become more or fewer."]
        if not judged.table.empty:
            said.append(_recorded(study, judged))
        return [*said, f"The reason: {judged.problem}."]
    sharply = " sharply" if judged.sharp else ""
    said = [f"{HEADLINES[judged.word]}{sharply}{_height(judged)}: {_recorded(study, judged, first=False)}"]
    said += _history(judged)
    if judged.sharp:
        said.append("It is too early to say whether it lasts.")
    elif sentence := _lasting(found):
        said.append(sentence)
    return said


CHARTS = {
    "assessment": message("Levels and lines of evidence as ratios to no change"),
    "levels": message("The recent count week by week, and what was usual"),
    "lasting": message("How often chances that a rise lasts came true"),
}


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say the verdict on attacks and on deaths, since when, whether it lasts, and what other lines say."""
    found = assess(study)
    judged = found.attacks
    said = headline(study) + beside_verdict(study)
    if judged.word != CANNOT_TELL:
        said.append(_ratio_words(judged))
        if judged.standing:
            said.append("The word stands from earlier weeks; the last week alone would not bear it out.")
        said += _regime_words(study, found)
        said += _class_words(found)
    said.append(_deaths_words(found))
    if results.known("rise_from") and judged.word != RISING:
        trigger = whole(results["rise_from"].value)
        said.append(f"{trigger} or more {study.noun}s in the next 30 days would count as a rise.")
    return [*said, *_line_words(found)]


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the section's charts."""
    found = assess(study)
    table = evidence(study)
    draw = Drawing("assessment.plot_lines", table, verdict=HEADLINES[found.verdict].lower(), caption=caption(study))
    drawn = [Chart("assessment", draw, table, "Levels and other lines of evidence as ratios to no change")]
    looks = found.attacks.looks
    if found.verdict != CANNOT_TELL and not looks.empty:
        label = f"{study.noun}s in {found.table['span_days'].iloc[0]:.0f} days"
        words = Drawing("assessment.plot_words", looks, value_label=label, caption=caption(study))
        drawn.append(Chart("levels", words, looks, f"{label[0].upper()}{label[1:]} week by week, and what was usual"))
    return drawn


@in_its_language
def why_no_chart(study: Study, name: str) -> str:
    """Return why a chart of the catalogue is not drawn."""
    found = assess(study)
    return found.persistence.problem if name == "lasting" else found.attacks.problem or say("no week could be judged")


@in_its_language
def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    said = read(study, results)
    page.say(*said)
    page.charts(charts(study), said)
    found = assess(study)
    if not found.table.empty:
        page.table(printed(study), title="The table that the verdict follows from", columns=TABLE_COLUMNS)
    page.table(found.lines, title="Other lines of evidence, which do not decide", columns=LINES_COLUMNS)
    page.say(*rule_words(), as_list=True)
    write_hindsight(page, study)


@in_its_language
def write_hindsight(page: Page, study: Study) -> None:
    """Show what the verdict's words were worth on this table's own history."""
    found = hindsight_of(study)
    if found.problem:
        page.say(gap("What the verdict was worth on this table's history", found.problem))
        return
    said = hindsight_words(found)
    page.say(*said)
    page.charts(further_charts(study), said)
    page.table(found.words, title="The verdict on this table's own history", columns=HINDSIGHT_COLUMNS, note=DEFINITION)


@in_its_language
def further_charts(study: Study) -> list[Chart]:
    """Return the chart of what chances that a rise lasts were worth."""
    lasting = assess(study).persistence
    if lasting.problem:
        return []
    table = lasting.up.reliability
    draw = Drawing("assessment.plot_reliability", table, caption=caption(study))
    return [Chart("lasting", draw, table, "Chances that a rise lasts, and how often they came true")]


def hindsight_words(found: Hindsight) -> list[str]:
    """Say how often the word was right, turned back, and how late it came."""
    said = []
    rising = found.words.set_index("word").loc[RISING]
    if rising["n_known"]:
        said.append(
            f"In {percent(rising['share'])} of the {int(rising['n_known']):,} weeks that were called rising, the next "
            f"half year stayed above 1.25 times the year before; "
            f"of all weeks {percent(rising['share_of_all'])} had such a half year after."
        )
    if found.n_changes:
        said.append(
            f"The word changed {counted(found.n_changes, 'time')} and was taken back within four weeks "
            f"{counted(found.n_flipped, 'time')}."
        )
    if found.n_rises:
        late = f", half of them within {found.delay_days:.0f} days of its beginning" if found.n_said else ""
        said.append(f"Of {counted(found.n_rises, 'sustained rise')}, it named {found.n_said}{late}.")
    return said


@in_its_language
def printed(study: Study) -> pd.DataFrame:
    """Return the verdict's table with its chances in per cent, and with the publisher's noun for what is counted."""
    table = assess(study).table
    out = table.assign(quantity=table["quantity"].replace("attacks", f"{study.noun}s"))
    for name in ("p_above", "p_up", "p_down", "borne_up", "borne_down"):
        # No count makes a chance certain, whatever the last digit of a sum.
        out[name] = [percent(min(max(chance, 1e-4), 1 - 1e-4)) for chance in table[name]]
    return out


@in_its_language
def evidence(study: Study) -> pd.DataFrame:
    """Return levels and lines as one table for a chart: ``line, asks, direction, p_value, value, low, high, status,
    reason``."""
    found = assess(study)
    rows = []
    for judged in (found.attacks, found.deaths):
        named = f"{study.noun}s" if judged.quantity == "attacks" else judged.quantity
        for row in judged.table.itertuples(index=False):
            direction = DECIDED[judged.word] if row.span == "90 days" else AS_RECORDED
            rows.append(
                {
                    "line": f"{named}, {row.span}",
                    "asks": f"{named} of the last {row.span} against the year before",
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
    return pd.concat([pd.DataFrame(rows, columns=columns), found.lines[columns]], ignore_index=True)


def _recorded(study: Study, judged: Level, *, first: bool = True) -> str:
    row = judged.table.iloc[0]
    begin = "It records " if first else ""
    usual = "none" if row["usual"] == 0 else whole(row["usual"])
    verb = "is" if usual == "1" else "are"
    return (
        f"{begin}{counted(round(row['recent']), study.noun)} in the last {row['span_days']:.0f} days; {usual} {verb} "
        f"usual."
    )


def _height(judged: Level) -> str:
    if judged.word in (STEADY, NO_CHANGE) and judged.height:
        return f", at a {judged.height} level"
    return ""


def _history(judged: Level) -> list[str]:
    day = judged.looks["day"].iloc[-1]
    if judged.word == RISING and judged.height == HIGH:
        since, most = judged.highest_since, "most"
    elif judged.word == FALLING and judged.height == LOW:
        since, most = judged.lowest_since, "least"
    else:
        return []
    if since is None:
        return [f"It is the {most} in 90 days on record."]
    if day - since < LONG_AGO:
        return []
    return [f"It is the {most} in 90 days since {month_words(since)}."]


def _ratio_words(judged: Level) -> str:
    row = judged.table.iloc[0]
    if not np.isfinite(row["ratio"]):
        return "The year before holds none, so that there is no ratio."
    level = percent(INTERVAL)
    said = (
        f"That is {times(row['ratio'])} the rate of the {row['reference_days']:.0f} days before ({level} interval "
        f"{number(row['low'])} to {number(row['high'])})"
    )
    hidden = [
        word
        for word, hides in (("a doubling", row["high"] >= DOUBLING), ("a halving", row["low"] <= 1 / DOUBLING))
        if hides
    ]
    if judged.word == NO_CHANGE and hidden:
        return f"{said}: so few that {' or '.join(hidden)} could go unseen."
    return f"{said}."


def _regime_words(study: Study, found: Assessment) -> list[str]:
    regime = found.regime
    if regime.since is None:
        return []
    said = (
        f"The present rate, {number(regime.rate)} {study.noun}s in 30 days, has held since about "
        f"{month_words(regime.since)}; "
        f"before that it was {number(regime.rate_before)}."
    )
    return [said]


def _lasting(found: Assessment) -> str:
    lasting, word = found.persistence, found.attacks.word
    if lasting.problem or word not in (RISING, FALLING):
        return ""
    chance = lasting.up if word == RISING else lasting.down
    against = "above 1.25 times" if word == RISING else "below .8 times"
    return (
        f"{yardstick(chance.value, percent(chance.value)).capitalize()} that the next six months stay {against} the "
        f"year before."
    )


def _class_words(found: Assessment) -> list[str]:
    lasting, word = found.persistence, found.attacks.word
    if lasting.problem or word not in (RISING, FALLING):
        return []
    n, lasted = (
        (lasting.n_rises, lasting.n_lasted_rises) if word == RISING else (lasting.n_falls, lasting.n_lasted_falls)
    )
    noun = "rise" if word == RISING else "fall"
    if not n:
        return [f"The table holds no earlier {noun} to learn from."]
    return [f"Of {counted(n, f'earlier {noun}')} in this table, {lasted} lasted six months."]


def _deaths_words(found: Assessment) -> str:
    judged = found.deaths
    if judged.word == CANNOT_TELL:
        return f"Whether deaths rise cannot be told, because {judged.problem}."
    row = judged.table.iloc[0]
    verb = {
        RISING: "are rising",
        FALLING: "are falling",
        STEADY: "are much as before",
        NO_CHANGE: "show no clear change",
    }[judged.word]
    joins = judged.word == found.attacks.word and judged.word in (RISING, FALLING)
    usual = "none" if row["usual"] == 0 else f"{row['usual']:,.0f}"
    said = (
        f"Deaths {verb}{', too' if joins else ''}: {row['recent']:,.0f} in the last {row['span_days']:.0f} days; "
        f"{usual} are usual"
    )
    if np.isfinite(row["ratio"]):
        said += f" ({times(row['ratio'])}; {number(row['low'])} to {number(row['high'])})"
    return f"{said}."


def _line_words(found: Assessment) -> list[str]:
    direction = found.lines.set_index("line")["direction"]
    told = [
        f"{word}: {joined(direction.index[direction.eq(code)])}"
        for word, code in (("up", UP), ("down", DOWN), ("no change found", FLAT), ("silent", SILENT))
        if direction.eq(code).any()
    ]
    said = [f"Other lines of evidence, which do not decide – {'; '.join(told)}."]
    reasons = found.lines.loc[found.lines["direction"].eq(SILENT)].groupby("reason", sort=False)["line"]
    return said + [f"{joined(lines).capitalize()} cannot tell, because {reason}." for reason, lines in reasons]
