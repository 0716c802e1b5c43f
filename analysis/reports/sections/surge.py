"""Which places stand above their baseline now?"""

from collections.abc import Iterator

import pandas as pd

from analysis.incidents.counting import rounded
from analysis.incidents.study import DAY, Study, in_its_language
from analysis.language import message, say, say_count
from analysis.measures import known_rules, surge
from analysis.measures.assessment import assess
from analysis.measures.level import FALLING, RISING
from analysis.measures.reliability import recording_problem
from analysis.measures.surge import Watch, doubts_words, simulated_words, watch_of
from analysis.measures.watched import LEAST, WEEK
from analysis.reports.brief import Absent, alerts_by
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.wording import (
    UNIT_WORDS,
    Results,
    all_of,
    caption,
    day_words,
    few,
    gap,
    heads,
    joined,
    listed,
    named,
    number,
    percent,
    probability,
    times,
    unit_name,
    unit_within,
    whole,
)

SHOWN = 12
MOST_NAMED = 5
# Over less than this, a ratio says nothing but that next to nothing was expected.
LEAST_FOR_RATIO = 0.5
UNITS_COLUMNS = {
    "unit": message("unit"),
    "observed": message("attacks"),
    "window_weeks": message("in weeks"),
    "expected": message("expected"),
    "p_value": message("p"),
    "alarm": message("in alarm"),
    "above_since": message("above since"),
    "false_alarms_per_year": message("false alarms a year"),
    "acled_surge": message("ACLED surge"),
    "acled_threat": message("ACLED threat"),
    "hdx_level": message("HDX Signals"),
    "reason": message("not computed, because"),
}
COMPARATOR_COLUMNS = {
    "rule": message("rule"),
    "words": message("fires where"),
    "n_units": message("units now"),
    "false_alarms_per_year": message("false alarms a unit and year"),
    "reason": message("not computed, because"),
}
RULE_WORDS = {
    "acled_surge": message("ACLED surge"),
    "acled_threat": message("ACLED threat"),
    "hdx_signal": message("HDX Signals"),
}
HDX_WORDS = {
    "none": message("no alert"),
    "medium": message("medium alert"),
    "high": message("high alert"),
    "quiet": message("quiet after an alert"),
    "not computed": message("not computed"),
}


CHARTS = {
    "surge_ranked": message("Units above their baseline, most unusual first"),
    "surge": message("Attacks per week against the expected range"),
}


@in_its_language
def why_no_chart(study: Study, name: str) -> str:
    """Return why a chart of the catalogue is not drawn."""
    watch = watch_of(study)
    if watch.units.empty:
        return watch.problem or say("no attack is located in a unit")
    if watch.problem:
        return watch.problem
    if len(watch.units) == 1:
        return say("one unit alone is watched, and there is nothing to rank")
    return say("no unit stands above its baseline")


@in_its_language
@listed
def read(study: Study, results: Results) -> Iterator[str]:
    """Say which units stand above their baseline, by which rule, and how often that rule would be wrong."""
    watch = watch_of(study)
    if not results.known("surge_units_judged"):
        yield gap(say("Which places stand above their baseline"), results.why_not("surge_units_judged"))
        yield from _rough(study, watch)
        return
    judged = int(results["surge_units_judged"].value)
    yield _above(study, watch, judged)
    for row in watch.alerts.head(3).itertuples():
        yield from _alert(row, study)
    yield from _doubts(watch, study)
    yield from _regions(study)
    yield from _deaths(study)
    if results.known("surge_false_alarms_per_year"):
        yield from _asked(watch)
        yield say("Fewer than {least} attacks are never an alarm.", least=LEAST["attacks"])
    yield from _rough(study, watch)
    if recording_problem(study):
        yield say(
            "Attacks are recorded unevenly, or are chosen cases: a change of recording alone could raise an alarm."
        )


def _doubts(watch: Watch, study: Study) -> list[str]:
    return doubts_words(watch, lambda name: unit_name(name, study))


def _above(study: Study, watch: Watch, judged: int) -> str:
    n, day = len(watch.alerts), day_words(watch.units["period_end"].max() - DAY)
    if judged == 1:
        unit = unit_within(watch.units["unit"].iloc[0], study, first=True)
        if n:
            return say(
                "{unit} stands above its own baseline in the week, or the four weeks, to {day}.", unit=unit, day=day
            )
        return say(
            "{unit} does not stand above its own baseline in the week, or the four weeks, to {day}.", unit=unit, day=day
        )
    held = {"of": judged, "day": day, "level": say(UNIT_WORDS[study.selection.unit])}
    if not n:
        return say(
            "None of {of} units stands above its own baseline in the week, or the four weeks, to {day} (unit:"
            " {level}).",
            **held,
        )
    return say_count(
        "{n} [unit|units] of {of} [stands|stand] above [its|their] own baseline in the week, or the four weeks, to "
        "{day} (unit: {level}).",
        n,
        **held,
    )


def _regions(study: Study) -> Iterator[str]:
    """Say which first-order units are in alarm where the countries are counted: the brief names them."""
    found = alerts_by(study, "admin1") if study.selection.unit == "country" else Absent("")
    if isinstance(found, Absent):
        return
    names, _ = found
    if names:
        told = joined(unit_name(name, study) for name in names)
        yield say("Counted by region, these stand above their own baseline: {names}.", names=told)
    else:
        yield say("Counted by region, none stands above its own baseline.")


@in_its_language
def beside_verdict(study: Study) -> list[str]:
    """Say why an alarm can be on while the verdict is falling, or none while it is rising; nothing where they do not
    differ."""
    watch, judged = watch_of(study), assess(study).attacks
    if judged.word == RISING and watch.alerts.empty and not watch.units.empty:
        first = (
            say(
                "{unit} as a whole is not in alarm although the verdict is rising, for the two look at different"
                " spans.",
                unit=unit_within(watch.units["unit"].iloc[0], study, first=True),
            )
            if len(watch.units) == 1
            else say("No unit is in alarm although the verdict is rising, for the two look at different spans.")
        )
        holds = not (judged.young or judged.sharp or judged.turned)
        last = say("A level that rose some time ago and holds raises no alarm.") if holds else ""
    elif judged.word == FALLING and not watch.alerts.empty:
        first = say(
            "An alarm is on although the verdict is falling ({units}), for the two look at different spans.",
            units=_named(watch.alerts["unit"], study),
        )
        last = say("A burst at a lower level makes both true.")
    else:
        return []
    row = judged.table.iloc[1 if judged.young else 0]
    spans = {"days": int(row["span_days"]), "before": int(row["reference_days"])}
    verdict = say("The verdict compares {days} days with the {before} before them.", **spans)
    alarm = say("An alarm compares the last week, or four weeks, with what the weeks just before them led to expect.")
    return [f"{first} {verdict} {alarm} {last}".rstrip()]


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the section's charts: of one unit its series, of several those in alarm and the busiest."""
    watch, under = watch_of(study), caption(study)
    if watch.units.empty or watch.series.empty:
        return []
    series = _with_names(watch.series, study)
    look: dict[str, object] = {
        "numbers": watch.series, "alt": _series_alt(watch, study), "caption": under,
        "value_label": named(say("attacks per week, observed and expected"), study.noun),
    }  # fmt: skip
    if len(watch.units) == 1:
        look |= {"title": _one_title(watch, study)}
        return [Chart.of(CHARTS, "surge", "surge.plot_series", series, **look)]
    drawn = []
    if not watch.alerts.empty:
        title = named(_ranked_title(watch, study), study.noun)
        alerts = _with_names(watch.alerts, study)
        alt = say(
            "A line for each unit in alarm, most unusual first, with a small chart of its last two years. Beside it"
            " stand what was observed, what was expected and its false alarms a year."
        )
        told = {"numbers": watch.alerts, "title": title, "alt": alt, "caption": under}
        drawn.append(Chart.of(CHARTS, "surge_ranked", "surge.plot_ranked_units", alerts, series, **told))
    look |= {"n": SHOWN, "units": _panels(watch, study), "title": _many_title(watch, study)}
    return [*drawn, Chart.of(CHARTS, "surge", "surge.plot_small_multiples", series, **look)]


def _panels(watch: Watch, study: Study) -> list[str]:
    """Return the units to draw, by name: those in alarm, most unusual first, then the busiest of the weeks shown."""
    busiest = watch.series.groupby("unit", sort=False)["observed"].sum().sort_values(ascending=False, kind="stable")
    ranked = dict.fromkeys([*watch.alerts["unit"], *busiest.index[busiest > 0]])
    return [unit_name(unit, study) for unit in ranked or busiest.index]


def _with_names(table: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return a table whose units are called as a reader calls them."""
    names = {unit: unit_name(unit, study) for unit in table["unit"].unique()}
    return table.assign(unit=table["unit"].map(names))


def _named(units: pd.Series, study: Study) -> str:
    return few((unit_name(unit, study) for unit in units), MOST_NAMED)


def _one_title(watch: Watch, study: Study) -> str:
    row = watch.units.iloc[0]
    held = {"unit": unit_within(row["unit"], study, first=True), "day": day_words(row["period_end"] - DAY)}
    if row["alarm"]:
        return say("{unit} stands above its own baseline in the weeks to {day}", **held)
    return say("{unit} does not stand above its own baseline in the weeks to {day}", **held)


def _ranked_title(watch: Watch, study: Study) -> str:
    row, ranked = watch.alerts.iloc[0], watch.alerts[["p_value", "observed"]]
    if ranked.eq(ranked.iloc[0]).all(axis=1).sum() > 1:  # none stands out most
        return _many_title(watch, study)
    held = {"unit": unit_name(row["unit"], study), "expected": whole(row["expected"])}
    if row["window_weeks"] == 1:
        return say_count(
            "{unit} stands out most: {n} [attack|attacks] in the week, {expected} expected",
            rounded(row["observed"]),
            **held,
        )
    return say_count(
        "{unit} stands out most: {n} [attack|attacks] in four weeks, {expected} expected",
        rounded(row["observed"]),
        **held,
    )


def _many_title(watch: Watch, study: Study) -> str:
    n, held = len(watch.alerts), {"of": len(watch.units), "day": day_words(watch.units["period_end"].max() - DAY)}
    if not n:
        return say("None of {of} units stands above its own baseline in the weeks to {day}", **held)
    return say_count(
        "{n} [unit|units] of {of} [stands|stand] above [its|their] own baseline in the weeks to {day}: {units}",
        n,
        units=_named(watch.alerts["unit"], study),
        **held,
    )


def _series_alt(watch: Watch, study: Study) -> str:
    most = watch.series[watch.series["observed"].eq(watch.series["observed"].max())]
    weeks = [
        say("{unit} in the week from {day}", unit=unit_within(unit, study), day=day)
        for unit, day in zip(most["unit"], most["period_start"], strict=True)
    ]
    return say_count(
        "Stepped lines of attacks per week over the range that each unit's past led to expect. The most shown are {n} "
        "[attack|attacks]: {weeks}.",
        int(most["observed"].iloc[0]),
        weeks=all_of(weeks),
    )


@in_its_language
def write(page: Page, study: Study, results: Results, *, brief: bool = False) -> None:
    """Show the section; ``brief`` leaves to the question's own notebook what a first reading does not need."""
    said = read(study, results)
    page.say(*said)
    watch = watch_of(study)
    page.alerts(surge.alerts_document(watch, study))
    page.charts(charts(study), said)
    _units_table(page, study, watch, title=say("Units, most unusual first"), limit=15)
    if not brief:
        rules = watch.comparators["rule"]
        page.table(
            watch.comparators.assign(rule=[say(RULE_WORDS.get(rule, rule)) for rule in rules]),
            title=say("Rules that users know from elsewhere, as comparators"),
            columns=heads(COMPARATOR_COLUMNS),
            note=say(
                "False alarms are simulated for histories in which nothing changes, at each unit's own mean and"
                " dispersion (the {units} busiest units, {histories} histories each).",
                units=known_rules.SIMULATED_UNITS,
                histories=known_rules.N_SIMULATIONS,
            ),
        )


@in_its_language
def write_watch(page: Page, study: Study, watch: Watch) -> None:
    """Show what `watch_units` says under a control of one's own, in the words of the section: who is above, what was
    asked for, every unit.
    """
    if watch.problem or watch.units.empty:
        page.say(gap(say("Which places stand above their baseline"), why_no_chart(study, "surge")))
        return
    page.say(_above(study, watch, len(watch.units)), *_doubts(watch, study), *_asked(watch))
    series = _with_names(watch.series, study)
    look = {"n": SHOWN, "units": _panels(watch, study), "title": _many_title(watch, study), "caption": caption(study)}
    panels = Drawing("surge.plot_small_multiples", series, **look)
    page.chart("units", panels, watch.series, alt=_series_alt(watch, study), title=say(CHARTS["surge"]))
    _units_table(page, study, watch, title=say("Every unit, most unusual first"))


def _units_table(page: Page, study: Study, watch: Watch, *, title: str, limit: int | None = None) -> None:
    shown = _with_names(watch.units, study).assign(above_since=pd.to_datetime(watch.units["above_since"]))
    shown["hdx_level"] = [say(HDX_WORDS.get(level, level)) for level in shown["hdx_level"]]
    page.table(shown, title=title, columns=heads(UNITS_COLUMNS), limit=limit)


def _asked(watch: Watch) -> list[str]:
    """Say how often alarms are false, as it was asked for and as it came out in simulations."""
    if watch.control == "fdr":
        told = say("Of such alarms at most {share} are expected to be false.", share=percent(watch.asked))
    else:
        told = say(
            "If nothing changed anywhere, these bounds would give about {rate} false alarms a year over all units;"
            " at most {asked} were asked for.",
            rate=number(watch.expected_alarms),
            asked=number(watch.asked),
        )
    return [told, simulated_words(watch)]


def _alert(row, study: Study) -> list[str]:
    """Say what a unit in alarm holds, against what, since when, and how often its bound would be wrong."""
    held = {"unit": unit_name(row.unit, study), "expected": number(row.expected), "p": probability(row.p_value)}
    n = rounded(row.observed)
    if row.window_weeks == 1:
        said = say_count(
            "{unit}: {n} [attack|attacks] in the week, where its past led to expect {expected} (p {p}).", n, **held
        )
    else:
        said = say_count(
            "{unit}: {n} [attack|attacks] in four weeks, where its past led to expect {expected} (p {p}).", n, **held
        )
    if row.expected >= LEAST_FOR_RATIO:
        said = f"{said} {say('That is {ratio} as many.', ratio=times(row.value))}"
    since = say(
        "It has been in alarm since {day}; at this bound it would raise {rate} false alarms a year.",
        day=day_words(row.above_since),
        rate=number(row.false_alarms_per_year),
    )
    return [f"{said} {since}"]


def _deaths(study: Study) -> list[str]:
    """Say where deaths stand above their baseline, and where the lowest or highest figures say otherwise than the
    best."""
    watched = {quantity: watch_of(study, quantity=quantity) for quantity in ("deaths", "deaths_low", "deaths_high")}
    best = watched["deaths"]
    if best.problem:
        return [gap(say("Alarms on deaths"), best.problem)]
    if best.alerts.empty:
        said = [say("By deaths, no unit stands above its baseline.")]
    else:
        said = [
            say_count(
                "By deaths, {n} [unit stands|units stand] above [its|their] baseline: {units}.",
                len(best.alerts),
                units=_named(best.alerts["unit"], study),
            )
        ]
    for quantity in ("deaths_low", "deaths_high"):
        other = watched[quantity]
        if not other.problem and set(other.alerts["unit"]) != set(best.alerts["unit"]):
            said.append(_other_deaths(other, study))
    return [*said, *_doubts(best, study), simulated_words(best)]


def _other_deaths(watch: Watch, study: Study) -> str:
    units = _named(watch.alerts["unit"], study)
    if watch.quantity == "deaths_low":
        if not units:
            return say("By the lowest figures of deaths, no unit does.")
        return say("By the lowest figures of deaths, these do: {units}.", units=units)
    if not units:
        return say("By the highest figures of deaths, no unit does.")
    return say("By the highest figures of deaths, these do: {units}.", units=units)


def _rough(study: Study, watch: Watch) -> Iterator[str]:
    if not watch.n_unplaced:
        return
    if study.counts is not None:
        held = rounded(float(study.counts["attacks"].sum()))
    else:
        held = int((study.whole_days >= study.end - len(watch.panel) * WEEK).sum())
    yield say_count(
        "{n} [attack|attacks] of {of} [is|are] located too roughly to belong to a unit, and [counts|count] in none.",
        watch.n_unplaced,
        of=held,
    )
