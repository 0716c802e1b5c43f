"""The six figures of the brief, and its tables: where, and who."""

import numpy as np
import pandas as pd

from analysis.incidents.counting import rounded
from analysis.language import message, say, say_count
from analysis.measures.confidence import HIGH_CONFIDENCE, LOW_CONFIDENCE, MODERATE
from analysis.measures.level_rule import MIN_EVENTS
from analysis.measures.maps import are_new
from analysis.measures.parts import DOWN, INTERVAL, SAME, UNKNOWN, UP, Deaths
from analysis.reports.brief import (
    MOST_PARTIES,
    MOST_PLACES,
    Absent,
    Brief,
    Figures,
)
from analysis.reports.brief_numbers import (
    change_words,
    compares,
    count,
    cut_name,
    deaths_words,
    has_ratio,
    more_than_usual,
    unit_names,
    usual_words,
)
from analysis.reports.maps import LEAST_USUAL, MOST_NAMED, moved_words
from analysis.reports.page import KeyFigure
from analysis.reports.verdict_words import NO_CLEAR
from analysis.reports.wording import all_of, month_words

CONFIDENCE = {
    HIGH_CONFIDENCE: message("High"),
    MODERATE: message("Moderate"),
    LOW_CONFIDENCE: message("Low"),
}
FIRST_OF = message("The first {n} of {of}.")
IN_SHORT = {
    "clear": message("clear change"),
    "chance": message("may be chance"),
    "month": message("rests on one month"),
    "season": message("so in other years"),
    "partly": message("season may explain part"),
    "seasonal": message("a season's change"),
    "veiled": message("season could hide change"),
    "moved": message("uneven months before"),
    "week": message("rests on one week"),
    "standing": message("no longer clear"),
    "turned": message("last month differs"),
    "back": message("may have ended"),
    "over": message("may have ended"),
    "eased": message("last month differs"),
    "steady": message("change by half would show"),
    "open": message("small change could hide"),
    "more": NO_CLEAR[True],
    "fewer": NO_CLEAR[False],
    "sure": message("short of a rise or fall"),
    "hidden": message("a doubling could hide"),
    "doubling": message("a doubling could hide"),
    "halving": message("a halving could hide"),
    "uneven": message("uneven record"),
    "seldom": message("seldom checked"),
    "chosen": message("incomplete record"),
    "partial": message("incomplete record"),
    "rough": message("rough dates"),
    "short": message("short record"),
    "broken": message("gap in the record"),
    "lost": message("rows not used"),
    "lacking": message("rows not used"),
    "unused": message("rows not used"),
    "copies": message("possible copies"),
    "new": message("new on record"),
    "silent": message("rows may be missing"),
    "paused": message("rows may be missing"),
    "spans": message("rows not counted"),
    "ended": message("rows may be missing"),
    "none": message("no attacks for long"),
    "few": message("few attacks"),
    "days": message("few days"),
    "uncovered": message("record ends early"),
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
# Of several that are named as often.
WHO_TIED = {
    "attacker": message("{who} made {n} each of {of} attacks"),
    "pair": message("{who}: {n} each of {of} attacks"),
    "target_group": message("{who} were hit in {n} each of {of} attacks"),
}
WHO_MADE_ALL = {
    "attacker": (message("{who} made the only attack"), message("{who} made all {n} attacks")),
    "pair": (message("{who}: the only attack"), message("{who}: all {n} attacks")),
    "target_group": (message("{who} were hit in the only attack"), message("{who} were hit in all {n} attacks")),
}
WHO_HEADS = {
    "attacker": message("Attacker"),
    "pair": message("Between"),
    "target_group": message("Who was hit"),
}
# By whether deaths are told of the attacks that hit civilians.
CIVILIANS_UNTOLD = {
    False: message("How many civilians died, the table does not say."),
    True: message("How many civilians died in the others, the table does not say."),
}
HALF_A_MONTH = pd.Timedelta(days=14)
# What is usual is of a year, or, where the record is shorter, of fewer days than these.
SHORT_YEAR = 330


def cards(brief: Brief) -> list[KeyFigure]:
    """Return the six figures; one that could not be computed is left out."""
    figures, head = brief.figures, brief.headline
    if isinstance(figures, Absent):
        return []
    days = {"days": figures.days}
    shown = []
    if not isinstance(figures.recent, Absent):
        counted = say_count("[attack|attacks]", rounded(figures.recent) or bool(round(figures.recent, 6)))
        shown.append(KeyFigure(say("Last {days} days", **days), count(figures.recent), note=counted))
    if not isinstance(figures.before, Absent):
        ago = "" if isinstance(figures.year_ago, Absent) else say("a year ago: {n}", n=rounded(figures.year_ago))
        shown.append(
            KeyFigure(say("The {days} days before", days=figures.before_days), count(figures.before), note=ago)
        )
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
        regions = "" if isinstance(figures.regions, Absent) or not figures.places[1] else _in_regions(figures.regions)
        shown.append(KeyFigure(say("Places hit"), _between(*figures.places), note=regions))
    elif not isinstance(figures.regions, Absent):
        least, most, of = figures.regions
        shown.append(KeyFigure(say("Regions hit"), _between(least, most), note=say("of {n} in the record", n=of)))
    shown.append(KeyFigure(say("Confidence"), say(CONFIDENCE[head.confidence]), note=say(IN_SHORT[head.because])))
    return shown


def _between(least: int, most: int) -> str:
    if least == most:
        return count(most)
    return say("{low} to {high}", low=least, high=most) if least else say("up to {n}", n=most)


def _in_regions(regions: tuple[int, int, int]) -> str:
    least, most, _ = regions
    if least == most:
        return say_count("in {n} [region|regions]", most)
    if not least:
        return say_count("in up to {n} [region|regions]", most)
    return say("in {low} to {high} regions", low=least, high=most)


def _usual_note(figures: Figures) -> str:
    """Say which year is the usual one: it ends before a rise that began of late."""
    if isinstance(figures.usual_to, Absent):
        return ""
    month = month_words(figures.usual_to - HALF_A_MONTH)
    if figures.usual_days < SHORT_YEAR:
        return say("mean of the {days} days to {month}", days=figures.usual_days, month=month)
    return say("mean of the year to {month}", month=month)


def _deaths_note(deaths: Deaths, in_summaries: int) -> str:
    if in_summaries:
        return say("and {n} in rows of many days", n=in_summaries)
    if deaths.n_stated < deaths.n and (n := rounded(deaths.n)):
        return say("a figure for {n} of {of} attacks", n=min(rounded(deaths.n_stated), n - 1), of=n)
    if deaths.low == deaths.high:
        return ""
    best = deaths.best
    return say("best figure: {n}", n=rounded(best)) if np.isfinite(best) else say("lowest to highest figures")


def places_table(brief: Brief) -> tuple[str, pd.DataFrame, dict[str, str], str]:
    """Return the hot spots: what the table finds, its rows, its headings and its note."""
    where, figures = brief.where, brief.figures
    assert not isinstance(where, Absent) and not isinstance(figures, Absent)
    # A region that has none now, and next to none usually, says nothing.
    units = where.units[where.units["recent"].gt(0) | where.units["usual"].ge(LEAST_USUAL)]
    shown = _with_named(units, MOST_PLACES, n_named=MOST_NAMED)
    names = unit_names(shown, of=where.units)
    heading = say("Country") if where.kind == "country" else say("Region")
    rows, heads = _beside_usual(shown, figures.days, ("place", heading, names), compared=compares(brief))
    if not isinstance(where.alerts, Absent) and shown["alert"].any():
        rows["alert"] = [say("yes") if alert else say("no") for alert in shown["alert"]]
        heads["alert"] = say("Alert")
    top = shown.iloc[0] if len(shown) else None
    finding = say("No place was hit in the last {days} days", days=figures.days)
    if top is not None and top["recent"] > 0:
        n, of = count(top["recent"]), rounded(_number_or(figures.recent, where.n))
        alike = unit_names(_as_many(units), of=where.units)
        finding = say("{place} has most: {n} of {of}", place=names[0], n=n, of=of)
        if len(alike) > 1:
            finding = say("{places} have most: {n} each of {of}", places=all_of(alike), n=n, of=of)
    # More than the card says were hit: a place that usually is, and now is not, has its row.
    first = message("The first {n} of {of} that are hit now or usually.")
    noted = _cut_note(shown, units, first=FIRST_OF if units["recent"].gt(0).all() else first)
    if rounded(where.n_rough):
        noted.append(
            say_count(
                "{n} [attack is|attacks are] located only to [its|their] country, and [counts|count] in no region.",
                rounded(where.n_rough),
            )
        )
    noted += _rounding_note(shown) + _interval_note(shown, brief) + _few_note(shown, brief)
    noted += _silence_note(rows, brief)
    if "alert" in heads:
        noted.append(say("Alert: the last week, or the last four, held far more than the weeks before led to expect."))
        noted.append(say("A rise that is older raises none."))
        if not compares(brief):
            noted.append(say("Recording alone could raise one."))
    return finding, rows, heads, " ".join(noted)


def change_finding(brief: Brief) -> str:
    """Return where attacks are more or fewer than usual."""
    where = brief.where
    if isinstance(where, Absent) or not compares(brief) or where.units["usual"].isna().all():
        return say("Hot spots")
    table = where.units
    rose, fell = table[table["direction"].eq(UP)], table[table["direction"].eq(DOWN)]
    fresh = table[are_new(table["usual"], table["recent"]) & table["direction"].ne(UP)]
    fell = fell.sort_values("usual", ascending=False)
    return moved_words(*(unit_names(moved, of=table) for moved in (rose, fell, fresh)))


def parties_table(brief: Brief) -> tuple[str, pd.DataFrame, dict[str, str], str]:
    """Return the parties: what the table finds, its rows, its headings and its note."""
    who, figures = brief.who, brief.figures
    assert not isinstance(who, Absent) and not isinstance(figures, Absent)
    parties = who.parties[who.parties["recent"].gt(0) | who.parties["usual"].ge(LEAST_USUAL)]
    shown = _with_named(parties, MOST_PARTIES, n_named=1)

    def names_of(parts: pd.DataFrame) -> list[str]:
        coded = GROUPS if who.kind == "target_group" else {}
        return [say(coded[part]) if part in coded else cut_name(part) for part in parts["part"]]

    names = names_of(shown)
    named = ("party", say(WHO_HEADS[who.kind]), names)
    rows, heads = _beside_usual(shown, figures.days, named, compared=compares(brief))
    finding = say("Nobody is named in the last {days} days", days=figures.days)
    if isinstance(figures.recent, float) and not figures.recent:
        finding = say("No attacks in the last {days} days", days=figures.days)
    if len(shown) and shown["recent"].iloc[0] > 0:
        n, of = rounded(shown["recent"].iloc[0]), rounded(_number_or(figures.recent, 0))
        # Of two, "2 of 2": all two would be said "both".
        words = WHO_MADE_ALL[who.kind][n > 1] if n == of != 2 else WHO_FINDS[who.kind]
        alike = names_of(_as_many(parties))
        words = WHO_TIED[who.kind] if len(alike) > 1 else words
        finding = say(words, who=all_of(alike), n=count(shown["recent"].iloc[0]), of=of)
    noted, hit = _cut_note(shown, parties), 0 if isinstance(who.civilians, Absent) else rounded(who.civilians[0])
    if not isinstance(who.civilians, Absent):
        deaths = who.civilians[1]
        if hit and deaths.n_stated:
            noted.append(say_count(
                "{n} [attack|attacks] hit civilians; deaths in [it|them]: {deaths}.",
                hit, deaths=deaths_words(deaths),
            ))  # fmt: skip
        elif hit:
            noted.append(say_count("{n} [attack|attacks] hit civilians.", hit))
        elif isinstance(who.civilians_killed, Absent) or not rounded(who.civilians_killed[0]):
            noted.append(say("No attack that hit civilians is recorded in this period."))
    if not isinstance(who.civilians_killed, Absent):
        killed, unknown = map(rounded, who.civilians_killed)
        noted.append(say("Civilians killed in all attacks of this period: {n}.", n=killed))
        if unknown:
            noted.append(say_count("Who {n} more of the dead [was|were] is not known.", unknown))
    elif 0 < hit < rounded(_number_or(figures.recent, 0)):
        told = not isinstance(who.civilians, Absent) and who.civilians[1].n_stated > 0
        noted.append(say(CIVILIANS_UNTOLD[told]))
    noted += _rounding_note(shown) if isinstance(brief.where, Absent) else []  # else it stands beside that table
    noted += _interval_note(shown, brief) + (_few_note(shown, brief) if isinstance(brief.where, Absent) else [])
    noted += _silence_note(rows, brief)
    return finding, rows, heads, " ".join(noted)


def _with_named(parts: pd.DataFrame, most: int, *, n_named: int) -> pd.DataFrame:
    """Return the first parts, so many at most, with those among them that the page names for their change: of those
    that rose, and of those that fell, so many each."""
    rose = more_than_usual(parts).head(n_named)
    fell = parts[parts["direction"].eq(DOWN)].sort_values("usual", ascending=False, kind="stable").head(n_named)
    first = parts.index[:1].append([rose.index, fell.index]).append(parts.index).unique()[:most]
    return parts.loc[first.sort_values()]


def _as_many(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the parts that have most, as they are shown: the first, or several."""
    shown = parts["recent"].map(rounded)
    return parts[shown.eq(shown.iloc[0])] if shown.iloc[0] else parts.head(1)


def _cut_note(shown: pd.DataFrame, parts: pd.DataFrame, *, first: str = FIRST_OF) -> list[str]:
    """Say how many parts a table shows, and which, where there are more."""
    if len(parts) == len(shown):
        return []
    in_order = shown.index.equals(parts.index[: len(shown)])
    said = first if in_order else message("Those with most and those that changed: {n} of {of}.")
    return [say(said, n=len(shown), of=len(parts))]


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
    elif shown["usual"].isna().all():  # of a short history
        del rows["usual"], rows["change"], heads["usual"], heads["change"]
    if shown["n_stated"].sum() == 0 and shown["recent"].sum() > 0:
        del rows["deaths"], heads["deaths"]
    return rows, heads


def _rounding_note(shown: pd.DataFrame) -> list[str]:
    """Say why parts need not add up to the whole, where a row counts some of its attacks in part."""
    if np.allclose(shown["recent"], shown["recent"].round(), atol=1e-6):
        return []
    return [say("Attacks dated to a month or a year count by their days: parts are rounded, and need not add up.")]


def _interval_note(shown: pd.DataFrame, brief: Brief) -> list[str]:
    """Say of what level the intervals in brackets are, if there are any."""
    if not compares(brief) or not any(has_ratio(row) for row in shown.itertuples()):
        return []
    return [say("In brackets behind a ratio: its interval of {level:.0f} %.", level=100 * INTERVAL)]


def _few_note(shown: pd.DataFrame, brief: Brief) -> list[str]:
    """Say below which number a part is too few, where others that are nearly alike are not."""
    few = shown["direction"].eq(UNKNOWN) & shown["usual"].notna() & ~are_new(shown["usual"], shown["recent"])
    if not compares(brief) or not few.any() or not shown["direction"].eq(SAME).any():
        return []
    return [say("Too few: under {least} in all the days compared.", least=MIN_EVENTS)]


def _silence_note(rows: pd.DataFrame, brief: Brief) -> list[str]:
    """Say what a dash among deaths means, if there is one."""
    if "deaths" not in rows or not rows["deaths"].eq("–").any():
        return []
    refused = brief.trust.deaths_refused
    return [say("–: no figure that can be used.") if refused else say("–: the table gives no figure.")]


def _usual_cell(usual: float) -> str:
    if np.isnan(usual):
        return "–"
    return usual_words(usual) if usual < LEAST_USUAL else count(usual)


def _deaths(row: object) -> Deaths:
    return Deaths(row.deaths_low, row.deaths_best, row.deaths_high, row.n_stated, row.n_rows)  # type: ignore[attr-defined]


def _number_or(value: float | Absent, other: float) -> float:
    return other if isinstance(value, Absent) else value
