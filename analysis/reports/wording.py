"""How numbers, days and places are put into words, the same way in every section of every report.

No sentence is kept in a notebook: each is built from a study and its indicator rows.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec

import pandas as pd

from analysis.figures.caption import Caption
from analysis.incidents.actor_types import kinds_or_names
from analysis.incidents.counting import rounded
from analysis.incidents.kinds import called_types
from analysis.incidents.names import as_key
from analysis.incidents.places import country_in, country_name, country_within, in_place
from analysis.incidents.regions import countries_of
from analysis.incidents.study import Study, in_its_language
from analysis.language import current, joined, localised, message, say, say_count, used
from analysis.language import day_words as day_words
from analysis.language import few as few
from analysis.language import month_words as month_words
from analysis.measures import question_modules, rows_of
from analysis.measures.result import COMPUTED
from analysis.reports.nouns import block_named as block_named
from analysis.reports.nouns import named as named
from analysis.reports.nouns import unit_words as unit_words

P = ParamSpec("P")

ATTACKS = message("attacks")
# Signs of the selection that a caption has room for.
MOST_SHOWN = 120


def listed(tell: Callable[P, Iterable[str]]) -> Callable[P, list[str]]:
    """Let a function that yields sentences return them as a list."""

    @wraps(tell)
    def told(*args: P.args, **kwargs: P.kwargs) -> list[str]:
        return list(tell(*args, **kwargs))

    return told


class Results:
    """Indicator rows of one place by name: ``results["attack_rate_ratio"].value``.

    Rows of a question that is not among those given are computed when one of them is asked for.
    """

    def __init__(self, study: Study, indicators: pd.DataFrame | None = None) -> None:
        self._study = study
        self._rows: dict[object, Any] = {}
        if indicators is not None:
            self._hold(indicators[indicators["unit"].eq(study.place)])

    def _hold(self, rows: pd.DataFrame) -> None:
        self._rows |= {row.name: row for row in rows.itertuples(index=False)}

    def __getitem__(self, name: str) -> Any:
        if name not in self._rows:
            for question, module in question_modules().items():
                if any(measure.name == name for measure in module.MEASURES):
                    self._hold(rows_of(self._study, question))
        return self._rows[name]

    def known(self, *names: str) -> bool:
        """Whether all of these were computed."""
        return all(self[name].status == COMPUTED for name in names)

    def why_not(self, *names: str) -> str:
        """Return the reason of the first that was not computed."""
        return next(self[name].reason for name in names if self[name].status != COMPUTED)


def title(study: Study) -> str:
    """Return the report's heading, e.g. ``Attacks by JNIM in Mali`` or ``Deadly events involving A in Mali``."""
    chosen = study.selection
    with used(study.settings.language):
        told = say(
            "Attacks{types}{by}{involving}{on} {place}",
            types=" (\N{OBJECT REPLACEMENT CHARACTER})" if chosen.event_type else "",
            by=say(" by {names}", names=kinds_or_names(chosen.attacker)) if chosen.attacker else "",
            involving=say(" involving {names}", names=kinds_or_names(chosen.actor)) if chosen.actor else "",
            on=say(" on {names}", names=kinds_or_names([*chosen.target, *chosen.target_type]))
            if chosen.target or chosen.target_type
            else "",
            place=place_in(study),
        )
        # A type may be called Attack itself.
        types = joined(called_types(chosen.event_type))
        return named(told, study.noun).replace("\N{OBJECT REPLACEMENT CHARACTER}", types)


def place_name(study: Study) -> str:
    """Return the countries' names in the study's language, or their number."""
    codes = study.countries
    with used(study.settings.language):
        return joined(map(country_name, codes)) if len(codes) <= 3 else say("{n} countries", n=len(codes))


def place_in(study: Study) -> str:
    """Return "in" with the countries' names, or their number, as the study's language says it: ``au Mali``."""
    with used(study.settings.language):
        if units := study.selection.admin1:
            return say("in {units}, {countries}", units=joined(units), countries=place_name(study))
        return countries_in(study)


def countries_in(study: Study) -> str:
    """Return what `place_in` does without a selection of units."""
    codes = study.countries
    with used(study.settings.language):
        if len(codes) > 3:
            return _regions_in(study) or say("in {n} countries", n=len(codes))
        if current() == "fr":
            return joined(map(country_in, codes))
        return f"in {joined(map(country_within, codes))}"


REGIONS_IN = {
    "sahel": message("in the Sahel"),
    "central_sahel": message("in the central Sahel"),
    "liptako_gourma": message("in Liptako-Gourma"),
    "coastal_west_africa": message("in coastal West Africa"),
    "west_africa": message("in West Africa"),
    "lake_chad_basin": message("in the Lake Chad basin"),
    "central_africa": message("in Central Africa"),
    "great_lakes": message("in the Great Lakes region"),
    "horn_of_africa": message("in the Horn of Africa"),
    "east_africa": message("in East Africa"),
    "north_africa": message("in North Africa"),
    "southern_africa": message("in southern Africa"),
    "levant": message("in the Levant"),
    "middle_east": message("in the Middle East"),
    "south_asia": message("in South Asia"),
    "south_east_asia": message("in South-East Asia"),
    "central_america": message("in Central America"),
}


def _regions_in(study: Study) -> str:
    """Return "in" with the names of the groups of countries that were selected, if they hold all of them."""
    asked = [as_key(name) for name in study.selection.region]
    if not asked or set(study.countries) - set(countries_of(asked, study.beside.get("regions"))):
        return ""
    places = joined(say(REGIONS_IN[name]) if name in REGIONS_IN else say("in {place}", place=name) for name in asked)
    return say("{places} ({n} countries)", places=places, n=len(study.countries))


def source_name(study: Study) -> str:
    """Return what captions name as the source."""
    with used(study.settings.language):
        return f"{say(study.publisher.title)} ({study.table.provenance.file})"


@in_its_language
def subtitle(study: Study) -> str:
    """Return the line under the heading: as_of, window, and which table."""
    return say(
        "As of {as_of}. Window under test: {start} to {as_of}. Source: {source}.",
        as_of=study.as_of, start=study.window_start, source=source_name(study),
    )  # fmt: skip


@in_its_language
def caption(study: Study, *, rows: pd.DataFrame | None = None, counted: str = ATTACKS) -> Caption:
    """Return what stands under a chart of the study, its selection too; ``rows`` are those it counts, by default the
    attacks, and ``counted`` is a message that says what they are."""
    if rows is None and study.holds_counts:
        n = round(study.daily_counts().sum())
    else:
        n = len(study.attacks if rows is None else rows)
    counted = named(say(counted), study.noun)
    return Caption(source_name(study), study.as_of, n, counted=counted, shows=selection_words(study))


def selection_words(study: Study) -> str:
    """Return the report's heading as a caption can hold it."""
    told = title(study)
    return told if len(told) <= MOST_SHOWN else f"{told[: MOST_SHOWN - 1]}…"


def as_alt(what: str, sentences: Iterable[str]) -> str:
    """Return a chart's text alternative: what is drawn, then what the section reads from it."""
    return f"{what}. {' '.join(sentences)}"


def headline_k(study: Study, results: Results) -> int:
    """Return the k of "the k-th offensive": as reported, or else as counted."""
    return study.settings.headline_count or int(results["offensives_in_window"].value)


# What no chance is told to be below, nor its opposite.
LEAST_CHANCE = 0.0005


def number(value: float) -> str:
    """Return a number with two digits, or all that stand before the point: ``0.35``, ``1.0``, ``12``, ``4,371``."""
    told = f"{value:,.0f}" if abs(value) >= 99.5 else f"{value:.2g}"
    return localised(f"{told}.0" if len(told.lstrip("-")) == 1 and value != round(value) else told)


def count(value: float) -> str:
    """Return a count, whole, in the language's form."""
    return localised(f"{rounded(value):,}")


def formatted(value: float, form: str) -> str:
    """Return a value in a named form (``percent, chance, count, number, ratio``) or a format string of a number
    alone."""
    named = {
        "percent": percent, "chance": chance, "count": count, "number": number,
        "ratio": lambda ratio: f"× {_ratio_number(ratio)}",
    }  # fmt: skip
    return named[form](value) if form in named else localised(form.format(value))


def interval(row, form: str) -> str:
    """Return an indicator row's bounds with their level, e.g. ``95 % interval 1.6 to 11``; nothing where it has none.

    ``form`` is as in `formatted`.
    """
    if pd.isna(row.low) or pd.isna(row.high):
        return ""
    low, high = (formatted(end, form).removeprefix("× ") for end in (row.low, row.high))
    if row.high == float("inf"):
        return say("{level} % interval from {low}, without an upper end", level=f"{100 * row.level:.0f}", low=low)
    if pd.isna(row.level):
        return say("{low} to {high}", low=low, high=high)
    return say("{level} % interval {low} to {high}", level=f"{100 * row.level:.0f}", low=low, high=high)


def fullest_month(starts: "pd.Series[pd.Timestamp]", values: "pd.Series[float]") -> str:
    """Return the month that holds most, or those that do; see `all_of`."""
    return all_of(list(map(month_words, starts[values.eq(values.max())])))


def all_of(alike: Sequence[str]) -> str:
    """Return the one name that holds most, or least; of several that hold as many the first, and how many others do."""
    return alike[0] if len(alike) == 1 else joined([alike[0], say_count("{n} [other|others]", len(alike) - 1)])


def gap(what: str, reason: str) -> str:
    """Return the sentence for what could not be computed; ``what`` is a message."""
    return say("{what} could not be computed, because {reason}.", what=say(what), reason=reason)


def as_sentence(clause: str) -> str:
    """Return a reason or a note as a sentence of its own."""
    return f"{clause[0].upper()}{clause[1:]}."


def percent(share: float) -> str:
    """Return a share as per cent with two digits, never rounded to a certainty."""
    percent = 100 * share
    if percent == 0:
        return say("{number} %", number="0")
    if percent < 0.1:
        return say("under {share}", share=say("{number} %", number=localised("0.1")))
    if 99.5 <= percent < 100:
        return say("over {share}", share=say("{number} %", number=localised("99.9" if percent > 99.9 else "99")))
    return say("{number} %", number=localised(f"{percent:.2g}" if percent < 10 else f"{percent:.0f}"))


def chance(share: float) -> str:
    """Return a chance as per cent: no number of simulated histories makes one certain, or rules one out."""
    return percent(min(max(share, LEAST_CHANCE), 1 - LEAST_CHANCE))


def simulated_chance(share: float) -> str:
    """Return a simulated chance in whole per cent: of some thousand histories its tenths are the luck of the draw."""
    if share < 0.01:
        return say("under {share}", share=percent(0.01))
    return chance(round(share, 2) if share <= 0.99 else share)


def chances(low: float, high: float, *, told: Callable[[float], str] = chance) -> str:
    """Return a range of chances as per cent, or the one that both are written as: no range begins under where it
    ends, or ends over where it begins."""
    first, last = told(low), told(high)
    if first == say("under {share}", share=last):
        return say("at most {share}", share=last)
    if last == say("over {share}", share=first):
        return say("at least {share}", share=first)
    return span(first, last)


def span(low: str, high: str) -> str:
    """Return two ends as they are written as a range, or as one where they are alike."""
    return low if low == high else say("{low} to {high}", low=low, high=high)


def probability(p: float) -> str:
    """Return a p-value with its sign: ``= 0.03`` or ``under 0.001``."""
    return say("under {number}", number=localised("0.001")) if p < 0.001 else f"= {localised(f'{p:.2g}')}"


def times(ratio: float) -> str:
    """Return a ratio as ``4.1 times``."""
    return say("{number} times", number=_ratio_number(ratio))


def _ratio_number(ratio: float) -> str:
    """Return a ratio's number; what rounds to one has its digit behind the point, as all near it have."""
    told = number(ratio)
    return localised("1.0") if told == "1" else told


def years(span: float) -> str:
    """Return a span in years, or in months below one."""
    if span >= 1:
        return say_count("about {n:.1f} [year|years]", span)
    return say_count("about {n:.0f} [month|months]", max(round(span * 12), 1))


def whole(value: float) -> str:
    """Return an expected count as people say it: whole, or with one digit below five: ``25``, ``2.3``, ``1``."""
    near = value >= 5 or abs(value - rounded(value)) < 0.05
    return localised(f"{rounded(value):,}" if near else f"{value:.1f}")


# How the units that a study counts by are called.
UNIT_WORDS = {
    "country": message("country"),
    "admin1": message("first-order unit"),
    "admin2": message("second-order unit"),
    "grid": message("half-degree cell"),
}
_OF_COUNTRY = re.compile(r"[A-Z]{3}(/|$)")


def unit_name(unit: str, study: Study) -> str:
    """Return a counted unit as a reader calls it: by name and not by code, with its country where there are several.

    Parameters
    ----------
    unit
        As `analysis.incidents.selection.unit_of` gives it, e.g. ``MLI`` or ``MLI/Gao``; anything else is left as it is.
    study
        Says how many countries there are, and which of one's units alone are counted.
    """
    if not _OF_COUNTRY.match(unit):
        return unit
    code, *names = unit.split("/")
    if not names:
        chosen = study.selection.admin1
        name = country_name(code)
        return in_place(", ".join(chosen), name) if chosen and len(study.countries) == 1 else name
    inner = [*names[:0:-1], names[0]]  # the smaller first
    within = inner[1:] + ([country_name(code)] if len(study.countries) > 1 else [])
    return in_place(inner[0], ", ".join(within)) if within else inner[0]


def unit_within(unit: str, study: Study, *, first: bool = False) -> str:
    """Return a unit's name as it stands within a sentence, or ``first`` in it: ``the Central African Republic``."""
    name = unit_name(unit, study)
    if name == country_name(unit):
        name = country_within(unit)
    return f"{name[0].upper()}{name[1:]}" if first else name


def heads(columns: Mapping[str, str]) -> dict[str, str]:
    """Return the headings of a table's columns in the reader's language."""
    return {name: say(words) for name, words in columns.items()}


# Upper ends of the bands, each halfway to the next: values between bands take the nearer one.
YARDSTICK = (
    (0.075, message("there is a remote chance")),
    (0.225, message("it is highly unlikely")),
    (0.375, message("it is unlikely")),
    (0.525, message("it is a realistic possibility")),
    (0.775, message("it is likely")),
    (0.925, message("it is highly likely")),
    (1.0, message("it is almost certain")),
)


def yardstick(chance: float, shown: str) -> str:
    """Return a probability in the words of the professional yardstick of intelligence assessment, the number in
    brackets.

    Source: PHIA probability yardstick, UK Government, Professional Head of Intelligence Assessment.
    """
    words = next(words for end, words in YARDSTICK if chance <= end)
    return f"{say(words)} ({shown})"
