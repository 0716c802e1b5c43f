"""What is said of parts of one table side by side: in the terminal, under charts, and of the countries of a region."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.incidents.counting import rounded
from analysis.incidents.places import country_name
from analysis.incidents.regions import load_regions
from analysis.incidents.study import Study, in_its_language
from analysis.language import message, say, say_count
from analysis.measures import compare
from analysis.measures.assessment import spans_of
from analysis.measures.level import CANNOT_TELL, FALLING, NO_CHANGE, RISING, STEADY, level_of
from analysis.measures.noise import SPAN_DAYS, span_width
from analysis.measures.result import COMPUTED
from analysis.reports.page import MISSING, Chart, Drawing
from analysis.reports.verdict_words import NO_CLEAR, as_it_stands, month_turned_words
from analysis.reports.wording import (
    all_of,
    caption,
    count,
    day_words,
    few,
    gap,
    joined,
    listed,
    named,
    number,
    percent,
    whole,
)

WORDS = {
    RISING: message("rising"),
    FALLING: message("falling"),
    STEADY: message("steady"),
    NO_CHANGE: message("no clear change"),
    CANNOT_TELL: message("cannot tell"),
    compare.HIGHER: message("higher"),
    compare.LOWER: message("lower"),
    compare.NO_DIFFERENCE: message("no clear difference"),
}
PARTS_HEAD = {
    "name": message("part"),
    "word": message("verdict"),
    "recent": message("last {days} days"),
    "per_month": message("per 30 days"),
    "usual": message("usual per 30 days"),
    "ratio": message("ratio to the usual"),
    "deaths": message("deaths"),
    "stands": message("stands with all counted"),
}
PERIODS_HEAD = {
    "name": message("part"),
    "word": message("second beside first"),
    "count_1": message("first"),
    "rate_1": message("first, in 30 days"),
    "count_2": message("second"),
    "rate_2": message("second, in 30 days"),
    "ratio": message("ratio"),
    "deaths": message("deaths, first and second"),
    "stands": message("stands with all counted"),
}
COASTAL = "coastal_west_africa"
TOGETHER = {
    RISING: message(
        "In the {n} countries together, attacks are rising: {recent} in the last {days} days, usually {usual} (× "
        "{ratio}, {low} to {high})."
    ),
    FALLING: message(
        "In the {n} countries together, attacks are falling: {recent} in the last {days} days, usually {usual} "
        "(× {ratio}, {low} to {high})."
    ),
    STEADY: message(
        "In the {n} countries together, attacks are steady: {recent} in the last {days} days, usually {usual} (× "
        "{ratio}, {low} to {high})."
    ),
    NO_CHANGE: message(
        "In the {n} countries together, attacks show no clear change: {recent} in the last {days} days, usually "
        "{usual} (× {ratio}, {low} to {high})."
    ),
}
# Where all of the interval points up, or not, and no word says so.
LEANING_TOGETHER = {
    True: message(
        "In the {n} countries together, there were more attacks than usual, but no clear rise: {recent} in the "
        "last {days} days, usually {usual} (× {ratio}, {low} to {high})."
    ),
    False: message(
        "In the {n} countries together, there were fewer attacks than usual, but no clear fall: {recent} in the "
        "last {days} days, usually {usual} (× {ratio}, {low} to {high})."
    ),
}
# By word, and by where the whole interval lies.
GROUPS = (
    ((RISING,), 0, message("Rising: {names}.")),
    ((FALLING,), 0, message("Falling: {names}.")),
    ((STEADY, NO_CHANGE), 1, message("More than usual, but no clear rise: {names}.")),
    ((STEADY, NO_CHANGE), -1, message("Fewer than usual, but no clear fall: {names}.")),
    ((STEADY, NO_CHANGE), 0, message("Steady, or without a clear change: {names}.")),
    ((CANNOT_TELL,), 0, message("Too few to tell, or not to be told from this table: {names}.")),
)
COAST_WORDS = {
    compare.HIGHER: message("That is more than before (× {ratio}, {low} to {high})."),
    compare.LOWER: message("That is less than before (× {ratio}, {low} to {high})."),
    compare.NO_DIFFERENCE: message("The difference is not clear (× {ratio}, {low} to {high})."),
}
# A first attack is news for so long.
NEWS_YEARS = 5


@in_its_language
def parts_printed(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of `compare.compute_parts` as it is read: columns as of ``PARTS_HEAD``."""
    out = pd.DataFrame({"name": table["name"].astype(str)})
    out["word"] = list(map(_word, table.itertuples(index=False)))
    for name in ("recent", "per_month", "usual"):
        out[name] = [_number(value) for value in table[name]]
    out["ratio"] = [_ratio(row) for row in table.itertuples(index=False)]
    out["deaths"] = [_range(low, high) for low, high in zip(table["deaths_low"], table["deaths_high"], strict=True)]
    out["stands"] = _stands(table)
    return out


def _word(row: Any) -> str:
    """Return a part's word, and what has become of it: of parts alone, not of periods."""
    leaning = getattr(row, "leaning", 0)
    word = say(NO_CLEAR[leaning > 0] if leaning else WORDS[row.word])
    return as_it_stands(word, turned=getattr(row, "turned_back", False), standing=getattr(row, "standing", False))


@in_its_language
def periods_printed(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of `compare.compute_periods` as it is read: columns as of ``PERIODS_HEAD``."""
    out = pd.DataFrame({"name": table["name"].astype(str)})
    out["word"] = [say(WORDS[word]) for word in table["word"]]
    for period in ("1", "2"):
        out[f"count_{period}"] = [_number(value) for value in table[f"count_{period}"]]
        bounds = zip(*(table[f"{name}_{period}"] for name in ("per_month", "low", "high")), strict=True)
        out[f"rate_{period}"] = [f"{_number(rate)} ({_range(low, high)})" for rate, low, high in bounds]
    out["ratio"] = [_ratio(row) for row in table.itertuples(index=False)]
    deaths = zip(table["deaths_1"], table["deaths_2"], strict=True)
    out["deaths"] = [f"{_number(first)}; {_number(second)}" for first, second in deaths]
    out["stands"] = _stands(table)
    return out[["name", "word", "count_1", "rate_1", "count_2", "rate_2", "ratio", "deaths", "stands"]]


@in_its_language
def head_of(study: Study, table: pd.DataFrame) -> dict[str, str]:
    """Return the headings of a printed table in the study's language, for a table of `compare`."""
    heads = PERIODS_HEAD if "count_1" in table else PARTS_HEAD
    days = table["recent_days"].max() if "recent_days" in table else 0
    days = int(days) if days > 0 else spans_of(study).recent
    return {name: say(words, days=days) if name == "recent" else say(words) for name, words in heads.items()}


@in_its_language
def notes_printed(study: Study, table: pd.DataFrame) -> list[str]:
    """Return what a reader of a printed table should know; see `compare.notes_of`."""
    return [named(note, study.noun) for note in compare.notes_of(table)]


@in_its_language
def parts_chart(
    study: Study, table: pd.DataFrame, *, by: str, name: str = "compare", title: str = "", **look: int
) -> Chart:
    """Return the chart of a table of `compare.compute_parts`: small panels on one scale; ``look`` as of its plot."""
    series = compare.compute_series(study, table, by=by)
    under, width = caption(study), span_width(study)
    if len(series):
        under = replace(under, n=rounded(study.count_between(series["period_start"].min(), study.end)))
    if look.get("low"):  # its page names the file above
        under = replace(under, source=say(study.publisher.title))
    label = say("attacks in {days} days", days=width) if width else say("attacks per month")
    drawn = _drawn(table)
    drawn["usual"] *= (width or 365.25 / 12) / SPAN_DAYS
    draw = Drawing(
        "compare.plot_parts", drawn, series, caption=under, title=title or None,
        value_label=label, **look,
    )  # fmt: skip
    return Chart(name, draw, series, say("Attacks over time, side by side on one scale"), title=title)


@in_its_language
def periods_chart(
    study: Study, table: pd.DataFrame, *, first: compare.Period, second: compare.Period, name: str = "compare"
) -> Chart:
    """Return the chart of a table of `compare.compute_periods`: rates of both with their intervals."""
    spans = [say("{first} to {last}", first=day_words(one.first), last=day_words(one.last)) for one in (first, second)]
    under = replace(caption(study), n=rounded(sum(study.count_between(one.first, one.end) for one in (first, second))))
    draw = Drawing(
        "compare.plot_periods", _drawn(table), first=spans[0], second=spans[1], caption=under,
        title=say("Attacks in two periods"), value_label=say("attacks in 30 days"),
    )  # fmt: skip
    return Chart(name, draw, _drawn(table), say("Attacks in two periods"))


def _drawn(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table as its chart takes it: with the word as it is read, without ids.

    The table says in a column whether a change stands with all parts counted, the chart in the word itself.
    """
    words = [
        say("perhaps {word}", word=_word(row)) if row.word in compare.CHANGES and not row.stands else _word(row)
        for row in table.itertuples(index=False)
    ]
    return table.drop(columns=["incident_ids"]).assign(told=words)


def holds_countries(study: Study) -> bool:
    """Whether a study counts in several countries, so that they can stand side by side."""
    return len(study.counted_rows["country"].unique()) > 1


@in_its_language
@listed
def read_countries(study: Study) -> Iterator[str]:
    """Say whether attacks rise in a study's countries together and in which, how shares move, and towards the coast."""
    table = compare.compute_parts(study, by="country")
    yield _together(study, len(study.countries))
    silent = table["recent"].eq(0) & table["usual"].eq(0)
    for words, leaning, sentence in GROUPS:
        held = table["word"].isin(words) & table["leaning"].eq(leaning) & ~silent
        names = table.loc[held, "name"].tolist()
        if names:
            yield say(sentence, names=joined(names))
    if turned := table.loc[table["turned_back"], "name"].tolist():
        yield say("Of these, turned back of late: {names}.", names=joined(turned))
    if standing := table.loc[table["standing"] & ~table["turned_back"], "name"].tolist():
        yield say("Of these, no longer clear: {names}.", names=joined(standing))
    if perhaps := table.loc[table["word"].isin(compare.CHANGES) & ~table["stands"], "name"].tolist():
        yield say("Of these, perhaps by chance, as several countries are compared: {names}.", names=joined(perhaps))
    if silent.any():
        names = joined(table.loc[silent, "name"])
        days = spans_of(study).recent
        yield say("No attack in the last {days} days, and usually none: {names}.", days=days, names=names)
    yield from filter(None, [compare.comparisons_note(table)])
    yield from (*_shares(study), *_coast(study), *_firsts(study))


@in_its_language
def countries_chart(study: Study, *, name: str = "countries", **look: int) -> Chart:
    """Return the panel of a study's countries, on one scale, most attacks first; ``look`` as of `parts_chart`."""
    table = compare.compute_parts(study, by="country")
    # What has turned back of late is no title; nor is a word that stands from an earlier look, where another is borne
    # out by the last.
    changed = table[table["word"].isin((RISING, FALLING)) & table["stands"]]
    moved = changed[~changed["turned_back"]]
    moved = moved[~moved["standing"]] if not moved["standing"].all() else moved
    rising = moved.loc[moved["word"].eq(RISING), "name"].tolist()
    falling = moved.loc[moved["word"].eq(FALLING), "name"].tolist()
    if rising and falling:
        title = say("Rising in {rising}; falling in {falling}", rising=few(rising, 5), falling=few(falling, 5))
    elif rising:
        title = say("Rising in {names}", names=few(rising, 5))
    elif falling:
        title = say("Falling in {names}", names=few(falling, 5))
    elif len(changed):
        title = say("No country with a clear change that goes on")
    elif table["word"].eq(CANNOT_TELL).all():
        title = say("For no country can a change be told")
    else:
        title = say("No country with a clear change")
    return parts_chart(study, table, by="country", name=name, title=title, **look)


def _together(study: Study, n: int) -> str:
    found = level_of(study)
    if found.word not in TOGETHER or found.table.empty:
        return gap(say("Whether attacks rise in the countries together"), found.problem)
    row = found.table.iloc[0]
    words = LEANING_TOGETHER[found.leaning > 0] if found.leaning else TOGETHER[found.word]
    said = say(
        words, n=n, recent=count(row["recent"]), days=int(row["span_days"]), usual=whole(row["usual"]),
        ratio=number(row["ratio"]), low=number(row["low"]), high=number(row["high"]),
    )  # fmt: skip
    if found.standing:
        said += " " + say("The word stands from an earlier look: today's counts would not bear it out.")
    return " ".join([said, *month_turned_words(found)])


def _shares(study: Study) -> list[str]:
    shares = compare.compute_shares(study)
    years = sorted(shares["period_start"].unique())
    if len(years) < 2:
        return []
    now, before = (shares[shares["period_start"].eq(year)].set_index("part") for year in (years[-1], years[-2]))
    if not (now["n_all"].iloc[0] and before["n_all"].iloc[0]):
        return []
    first = now.index[now["value"].eq(now["value"].max())]
    top, n = first[0], rounded(float(now["n_all"].iloc[0]))
    share, earlier = (percent(year.loc[top, "value"]) for year in (now, before))
    if len(first) > 1:
        names = all_of(list(now.loc[first, "name"]))
        said = [
            say(
                "Of the {n} attacks of the last twelve months, the most were in {names}, {share} each.",
                n=n, names=names, share=share,
            )
        ]  # fmt: skip
    else:
        said = [
            say(
                "Of the {n} attacks of the last twelve months, {share} were in {place}, the most; of the twelve months "
                "before, {earlier}.",
                n=n, share=share, place=now.loc[top, "name"], earlier=earlier,
            )
        ]  # fmt: skip
    change = (now["value"] - before["value"]).abs()
    most = change.idxmax()
    alone = not np.isclose(change.drop(most), change[most]).any()  # of two countries both move as far
    if alone and most not in first and change[most] >= 0.01:
        said.append(
            say(
                "The share of {place} moved most: from {earlier} to {share}.",
                place=now.loc[most, "name"],
                earlier=percent(before.loc[most, "value"]),
                share=percent(now.loc[most, "value"]),
            )
        )
    return said


def _coast(study: Study) -> list[str]:
    """Say how much falls in coastal states, where the study holds such and others."""
    coastal = load_regions(study.beside.get("regions")).get(COASTAL, ())
    inside = tuple(code for code in study.countries if code in coastal)
    if not inside or len(inside) == len(study.countries):
        return []
    held = compare.compute_group(study, inside)
    whole = compare.compute_group(study, study.countries)
    if held.empty or whole.empty:
        return []
    row, total = held.iloc[0], whole.iloc[0]
    if not (total["count_1"] and total["count_2"]):
        return []
    said = say(
        "Coastal states ({names}): {n} of the {all} attacks of the last twelve months, {share}; of the twelve months "
        "before, {n_before} of {all_before}, {share_before}.",
        names=joined(country_name(code) for code in inside), n=rounded(row["count_2"]), all=rounded(total["count_2"]),
        share=percent(row["count_2"] / total["count_2"]), n_before=rounded(row["count_1"]),
        all_before=rounded(total["count_1"]), share_before=percent(row["count_1"] / total["count_1"]),
    )  # fmt: skip
    if row["status"] != COMPUTED:
        return [f"{said} {say('Whether that is a change cannot be told: {reason}.', reason=row['reason'])}"]
    change = say(COAST_WORDS[row["word"]], ratio=number(row["value"]), low=number(row["low"]), high=number(row["high"]))
    return [f"{said} {change}"]


def _firsts(study: Study) -> Iterator[str]:
    firsts = compare.compute_firsts(study)
    for row in firsts[firsts["first_day"].ge(study.end - pd.DateOffset(years=NEWS_YEARS))].itertuples(index=False):
        yield say_count(
            "The first attack recorded in {place} was on {day}, after {years} years without any; {n} [is|are] recorded "
            "there to date.",
            rounded(row.n),
            place=row.name, day=row.first_day, years=rounded(row.quiet_days / 365.25),
        )  # fmt: skip


def _number(value: float) -> str:
    return MISSING if pd.isna(value) else number(value)


def _range(low: float, high: float) -> str:
    if pd.isna(low) or pd.isna(high):
        return MISSING
    return number(low) if low == high else say("{low} to {high}", low=number(low), high=number(high))


def _ratio(row: object) -> str:
    if row.status != COMPUTED:  # type: ignore[attr-defined]
        return MISSING
    return f"× {number(row.value)} ({_range(row.low, row.high)})"  # type: ignore[attr-defined]


def _stands(table: pd.DataFrame) -> list[str]:
    changed = table["word"].isin(compare.CHANGES)
    return [
        MISSING if not of_change else say("yes") if stands else say("no")
        for of_change, stands in zip(changed, table["stands"], strict=True)
    ]
