"""What the command line prints of results, as lines of text in the language that is spoken.

Names of options, files and columns stay as they are written.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.incidents.counting import rounded
from analysis.incidents.printing import readable
from analysis.language import ENGLISH, current, localised, message, say, say_count, short_day
from analysis.reports.nouns import named, unit_words
from analysis.reports.page import bounds_text, measure_name
from analysis.reports.wording import number, percent, source_name

if TYPE_CHECKING:
    import pandas as pd

    from analysis.incidents.study import Study
    from analysis.measures.backtest import AlertBacktest
    from analysis.measures.hindsight import Hindsight
    from analysis.measures.outlook import Outlook
    from analysis.measures.surge import Watch

MOST_SHOWN = 12  # names of a kind that `escalation check` lists
NONE = "-"
PRECISIONS = {"date": message("date precision: {counts}"), "place": message("place precision: {counts}")}
# What a selection can name, and the option that does.
OPTIONS = {
    "country": "--country",
    "actor": "--actor",
    "event_type": "--event-type",
    "sub_event_type": "--event-type",
    "admin1": "--admin1",
}
QUANTITIES = {
    "attacks": message("attacks"),
    "deaths": message("deaths"),
    "deaths_low": message("deaths, low figures"),
    "deaths_high": message("deaths, high figures"),
}
VERDICTS_ON = {"attacks": message("verdict on attacks"), "deaths": message("verdict on deaths")}
OUTLOOKS_OF = {
    "attacks": message("outlook of attacks, months ahead 1 to 6"),
    "deaths": message("outlook of deaths, months ahead 1 to 6"),
}


def study_text(study: "Study", *, by_unit: bool = False) -> str:
    """Return of which table a study is, which nobody may have named, what it selects, and what is to be known of it."""
    told = say("{source}: {told}", source=source_name(study), told=selection_text(study))
    if by_unit:
        told = say("{told}; by {unit}", told=told, unit=study.selection.unit)
    return "\n".join(map(readable, [told, *(say("note: {note}", note=note) for note in study.notes)]))


def selection_text(study: "Study") -> str:
    """Return what a study selects, and its last day."""
    return say("{selection}; as of {day}", selection=study.selection, day=short_day(study.as_of))


def check_text(
    described: Mapping[str, Any], selectable: Mapping[str, Mapping[str, int]], *, holds_counts: bool
) -> list[str]:
    """Return what a table is; see `analysis.incidents.check`."""
    publisher = f"{described['source']} {described['source_version'] or ''}".rstrip()
    lines = [say("{file}: {publisher}", file=described["file"], publisher=publisher)]
    names = ("rows_read", "rows_kept", "rows_rejected", "cells_blanked")
    lines.append(
        say(
            "rows read {rows_read} = kept {rows_kept} + set aside {rows_rejected}; values blanked {cells_blanked}",
            **{name: described[name] for name in names},
        )
    )
    held = {"first": _iso(described["date_min"]), "last": _iso(described["date_max"])}
    held["countries"] = ", ".join(described["countries"])
    lines.append(
        say("counts {first} to {last} in {countries}", **held)
        if holds_counts
        else say("incidents {first} to {last} in {countries}", **held)
    )
    for of, counts in described["precision"].items():
        if counts:
            listed = ", ".join(say("{name} {n}", name=say(name), n=n) for name, n in counts.items())
            lines.append(say(PRECISIONS[of], counts=listed))
    lines += _coverage(described["coverage"])
    for name, option in OPTIONS.items():
        if listed_names := selectable[name]:
            shown = _first([say("{name} {n}", name=value, n=n) for value, n in listed_names.items()])
            lines.append(say("can be selected with {option}: {names}", option=option, names=shown))
    return lines + [say("note: {note}", note=warning) for warning in described["warnings"]]


def _coverage(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what is covered: a line for each span, with its countries where they differ."""
    spans: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        spans.setdefault((row["first_day"], row["last_day"], row["basis"]), []).append(str(row["country"]))
    lines = []
    for (first, last, basis), countries in sorted(spans.items()):
        told = {"first": _iso(first), "last": _iso(last), "basis": say(basis)}
        if len(spans) == 1:
            lines.append(say("coverage {first} to {last} ({basis})", **told))
            continue
        names = _first(sorted(set(countries)))
        lines.append(say("coverage {first} to {last} ({basis}): {names}", **told, names=names))
    return lines


def _first(names: Sequence[str]) -> str:
    """Return the first of some names, and how many more there are."""
    shown, n_more = ", ".join(names[:MOST_SHOWN]), len(names) - MOST_SHOWN
    return say_count("{names}, and {n} more", n_more, names=shown) if n_more > 0 else shown


def indicators_text(computed: "pd.DataFrame", noun: str = "attack") -> str:
    """Return indicator rows, question by question; ``noun`` is what the table counts."""
    lines = []
    names = {name: name if current() == ENGLISH else named(measure_name(name), noun) for name in computed["name"]}
    width = max(32, *map(len, names.values()))
    for (unit, question), rows in computed.groupby(["unit", "question"], sort=False):
        lines.append(say("{place}: {question}", place=readable(unit), question=say(question)))
        for row in rows.itertuples():
            name = names[row.name]
            if row.status == "computed":
                bounds = "" if row.low != row.low else f"  {bounds_text(row.low, row.high)}"
                value = localised(f"{row.value:>10.4g}")
                lines.append(f"  {name:{width}} {value}{bounds}  {unit_words(row.measure_unit, noun)}")
            else:
                lines.append(f"  {name:{width}} {_not_computed(row.reason)}")
    return "\n".join(lines)


def alerts_text(watch: "Watch") -> str:
    """Return which units stand above their baseline, and what other rules say of them."""
    from analysis.measures.surge import doubts_words, simulated_words

    counted = say(QUANTITIES[watch.quantity])
    if watch.problem:
        lines = [say("no unit could be judged ({counted}): {reason}", counted=counted, reason=watch.problem)]
    else:
        lines = [
            say(
                "units above their baseline ({counted}): {n} of {units}",
                n=len(watch.alerts), units=len(watch.units), counted=counted,
            )
        ]  # fmt: skip
    if len(watch.alerts):
        head = [
            say("unit"), counted, say("in weeks"), say("expected"), "p", say("above since"), say("false alarms a year"),
        ]  # fmt: skip
        rows = [
            (row.unit, number_or_none(row.observed, "{:.0f}"), f"{row.window_weeks}", number_or_none(row.expected),
             number_or_none(row.p_value), short_day(row.above_since), number_or_none(row.false_alarms_per_year))
            for row in watch.alerts.itertuples()
        ]  # fmt: skip
        lines += columns(head, rows)
    if not watch.problem:
        lines += doubts_words(watch, readable)
        if watch.recording:
            lines.append(say("recording, uneven or of chosen cases, could raise an alarm by itself"))
        if watch.control == "fdr":
            told = say("of such alarms at most {rate:.0f} % are expected to be false", rate=100 * watch.asked)
        else:
            told = say(
                "if nothing changed, there would be {n} false alarms a year over all units (asked: at most {asked})",
                n=number_or_none(watch.expected_alarms),
                asked=localised(f"{watch.asked:g}"),
            )
        lines += [told, simulated_words(watch)]
    if watch.n_unplaced:
        lines.append(say("{n} attacks are located too roughly to belong to a unit", n=watch.n_unplaced))
    lines.append(say("for comparison, rules known from elsewhere:"))
    for row in watch.comparators.itertuples():
        if row.status != "computed":
            told = _not_computed(row.reason)
        else:
            told = say("fires in {n} of {units}", n=row.n_units, units=len(watch.units))
            if row.false_alarms_per_year == row.false_alarms_per_year:
                told = say(
                    "{told}, {n} false alarms a unit and year", told=told, n=number_or_none(row.false_alarms_per_year)
                )
        lines.append(f"  {row.rule:13} {told}")
    return "\n".join(lines)


def trade_off_text(costs: "pd.DataFrame", problem: str) -> str:
    """Return what each level of false alarms costs on a table's own history."""
    from analysis.measures.backtest import definition_words

    if problem:
        return say("what each level costs: not computed: {reason}", reason=problem)
    head = [
        say("false alarms a year asked"), say("if nothing changes"), say("alarms a year here"),
        say("followed by a rise"), say("rises missed"), say("delay, weeks"),
    ]  # fmt: skip
    rows = [
        (localised(f"{row.asked_per_year:g}"), number_or_none(row.expected_per_year),
         number_or_none(row.alarms_per_year), share_or_none(row.share_followed),
         _of(row.n_missed, row.n_rises), number_or_none(row.delay_weeks))
        for row in costs.itertuples()
    ]  # fmt: skip
    told = say("what each level costs, on this table's own history of attacks:")
    return "\n".join([told, *columns(head, rows), "", definition_words()])


def hindsight_text(verdicts: Mapping[str, "Hindsight"]) -> str:
    """Return what each word of the verdict was worth, looking back."""
    from analysis.measures.hindsight import definition_words

    head = [
        say("word"), say("times judged"), say("with a half year after"), say("right"), say("share"),
        say("share of all"),
    ]  # fmt: skip
    lines = []
    for quantity, found in verdicts.items():
        lines.append(say(VERDICTS_ON[quantity]))
        if found.problem:
            lines += [_not_computed(found.problem), ""]
            continue
        rows = [
            (say(row.word), localised(f"{row.n_looks:,}"), localised(f"{row.n_known:,}"), localised(f"{row.n_right:,}"),
             share_or_none(row.share), share_or_none(row.share_of_all))
            for row in found.words.itertuples()
        ]  # fmt: skip
        told = say(
            "changes taken back within four weeks: {flipped} of {changes}; sustained rises named: {said} of {rises}",
            flipped=found.n_flipped, changes=found.n_changes, said=found.n_said, rises=found.n_rises,
        )  # fmt: skip
        if found.n_said:
            told = say_count("{told}, median delay {n} [day|days]", rounded(found.delay_days), told=told)
        lines += [*columns(head, rows), told, ""]
    judged = any(not found.problem for found in verdicts.values())
    return "\n".join([*lines, *([definition_words(), ""] if judged else [])])


def backtest_text(tested: "AlertBacktest", outlooks: Mapping[str, "Outlook"]) -> str:
    """Return how each alert rule and the outlook did on a table's own history."""
    from analysis.measures.outlook import NAMES

    head = [
        say("rule"), say("alarms a year"), say("followed by a rise"), say("by chance"), say("rises missed"),
        say("delay, weeks"), say("weeks in alarm, unit and year"), say("if nothing changes"),
    ]  # fmt: skip
    rows = [
        (say(row.rule), number_or_none(row.alarms_per_year), share_or_none(row.value),
         share_or_none(row.share_at_random), _of(row.n_missed, row.n_rises), number_or_none(row.delay_weeks),
         number_or_none(row.alarm_weeks_per_unit_year), number_or_none(row.false_alarm_weeks_per_unit_year))
        for row in tested.rules.itertuples() if row.n_alarms == row.n_alarms
    ]  # fmt: skip
    lines = columns(head, rows) if rows else []
    untried = tested.rules[tested.rules["n_alarms"].isna()]
    lines += [
        say("{rule}: not computed: {reason}", rule=say(row.rule), reason=row.reason) for row in untried.itertuples()
    ]
    if rows:
        lines += ["", tested.definition]
    for quantity, made in outlooks.items():
        lines += ["", say(OUTLOOKS_OF[quantity])]
        if made.problem:
            lines.append(_not_computed(made.problem))
            continue
        scores = made.scores[made.scores["horizon"].eq(0)]
        head = [say("forecast"), "CRPS", say("log score"), say("interval score"), say("within 95 %")]
        lines += columns(
            head,
            [
                (
                    say(NAMES[row.kind]), number_or_none(row.crps, "{:.4g}"), number_or_none(row.log_score, "{:.3g}"),
                    number_or_none(row.interval_score, "{:.4g}"), share_or_none(row.held_95),
                )
                for row in scores.itertuples()
            ],
        )  # fmt: skip
        lines.append(
            say(
                "gain over the best benchmark: {gain}, in the last five years: {recent}; in the report: {shown}",
                gain=_gain(made.gain),
                recent=_gain(made.recent_gain),
                shown=say(NAMES[made.shown]),
            )
        )
    return "\n".join(lines)


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a head and rows as text in columns."""
    rows = [tuple(map(readable, row)) for row in rows]  # a name with a line break stays on its line
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]


def _gain(value: float) -> str:
    """Return a gain, which may be below zero, as per cent, or a dash where there is none."""
    return NONE if value != value else say("{number} %", number=localised(f"{100 * value:.1f}"))


def share_or_none(value: float) -> str:
    """Return a share as per cent, or a dash where there is none."""
    return NONE if value != value else percent(value)


def number_or_none(value: float, form: str = "") -> str:
    """Return a number (with two digits, or in a form of its own), or a dash where there is none."""
    if value != value:
        return NONE
    return localised(form.format(value)) if form else number(value)


def _not_computed(reason: str) -> str:
    return say("not computed: {reason}", reason=reason)


def _of(part: float, whole: float) -> str:
    return say("{n} of {all}", n=rounded(part), all=rounded(whole))


def _iso(day: str | None) -> str:
    """Return a day that is written as ISO text as the language that is spoken writes it."""
    if day is None or current() == ENGLISH:
        return str(day)
    from datetime import date

    return short_day(date.fromisoformat(day))
