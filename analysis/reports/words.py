"""How numbers, days and places are put into words, the same way in every section of every report.

No sentence is kept in a notebook: each is built from a study and its indicator rows.
"""

import re
from collections.abc import Iterable

import pandas as pd

from analysis.figures.caption import Caption
from analysis.incidents.places import country_name
from analysis.incidents.study import Study
from analysis.measures.result import COMPUTED


class Results:
    """Indicator rows of one place by name: ``results["attack_rate_ratio"].value``."""

    def __init__(self, indicators: pd.DataFrame, study: Study) -> None:
        rows = indicators[indicators["unit"].eq(study.place)]
        self._rows = {row.name: row for row in rows.itertuples(index=False)}

    def __getitem__(self, name: str):
        return self._rows[name]

    def known(self, *names: str) -> bool:
        """Whether all of these were computed."""
        return all(self._rows[name].status == COMPUTED for name in names)

    def why_not(self, *names: str) -> str:
        """Return the reason of the first that was not computed."""
        return next(self._rows[name].reason for name in names if self._rows[name].status != COMPUTED)


def title(study: Study) -> str:
    """Return the report's heading, e.g. ``Attacks by JNIM in Mali`` or ``Deadly events involving A in Mali``."""
    who = f" by {joined(study.selection.attacker)}" if study.selection.attacker else ""
    who += f" involving {joined(study.selection.actor)}" if study.selection.actor else ""
    what = f" on {joined([*study.selection.target, *study.selection.target_type])}".replace("_", " ")
    of_type = f" ({joined(study.selection.event_type)})" if study.selection.event_type else ""
    return f"{study.noun.capitalize()}s{of_type}{who}{what if len(what) > 4 else ''} in {place_name(study)}"


def place_name(study: Study) -> str:
    """Return the countries' English names, or their number."""
    codes = study.countries
    return joined(country_name(code) for code in codes) if len(codes) <= 3 else f"{len(codes)} countries"


def source_name(study: Study) -> str:
    """Return what captions name as the source."""
    provenance = study.table.provenance
    publisher = {
        "project": "incident table hand-coded from public reporting",
        "ucdp_ged": "UCDP Georeferenced Event Dataset",
        "ucdp_candidate": "UCDP Candidate Events Dataset",
        "acled": "ACLED",
        "gtd": "Global Terrorism Database",
        "plain": "user's table",
        "acled_counts": "ACLED weekly counts",
        "hdx_hapi": "HDX HAPI monthly counts, from ACLED",
        "counts": "user's table of counts",
    }[provenance.source]
    return f"{publisher} ({provenance.file})"


def subtitle(study: Study) -> str:
    """Return the line under the heading: as_of, window, and which table."""
    window = f"{day_words(study.window_start)} to {day_words(study.as_of)}"
    return f"As of {day_words(study.as_of)}. Window under test: {window}. Source: {source_name(study)}."


_ATTACK = re.compile(r"\b(?:([Aa])n )?([Aa])ttack(s?)\b")


def named(text: str, noun: str) -> str:
    """Return a text in which what is counted is called by its name: UCDP, which codes no roles, has deadly events.

    Examples
    --------
    >>> named("An attack a week; attacks by attackers", "deadly event")
    'A deadly event a week; deadly events by attackers'
    """
    if noun == "attack":
        return text
    article = "an" if noun[0] in "aeiou" else "a"

    def renamed(found: "re.Match[str]") -> str:
        capital, first, plural = found.groups()
        if capital:
            return f"{article.capitalize() if capital == 'A' else article} {noun}{plural}"
        return f"{noun.capitalize() if first == 'A' else noun}{plural}"

    return _ATTACK.sub(renamed, text)


# Parts of a block that are words of ours, and not names or values of the table.
_WORDED = (
    "heading",
    "subtitle",
    "sentence",
    "qualifiers",
    "label",
    "note",
    "uncertainty",
    "title",
    "alt",
    "paragraphs",
    "words",
    "figures",
)


def block_named(block: dict[str, object], noun: str) -> dict[str, object]:
    """Return a block whose words call what is counted by its name; see `named`."""
    if noun == "attack":
        return block

    def turned(key: str, value: object) -> object:
        if isinstance(value, str):
            return named(value, noun) if key in _WORDED else value
        if isinstance(value, dict):
            return {inner: turned(inner, part) for inner, part in value.items()}
        if isinstance(value, list):
            return [turned(key, part) for part in value]
        return value

    return {
        key: value if key in ("rows", "tables", "plot", "name") and block["kind"] != "lineage" else turned(key, value)
        for key, value in block.items()
    }


def caption(study: Study, *, rows: pd.DataFrame | None = None, counted: str = "attacks") -> Caption:
    """Return what stands under a chart of the study; ``rows`` are those it counts, by default the attacks."""
    if rows is None and study.holds_counts:
        n = round(study.daily_counts().sum())
    else:
        n = len(study.attacks if rows is None else rows)
    return Caption(source_name(study), study.as_of, n, counted=counted.replace("attack", study.noun))


def as_alt(what: str, sentences: Iterable[str]) -> str:
    """Return a chart's text alternative: what is drawn, then what the section reads from it."""
    return f"{what}. {' '.join(sentences)}"


def headline_k(study: Study, results: Results) -> int:
    """Return the k of "the k-th offensive": as reported, or else as counted."""
    return study.settings.headline_count or int(results["offensives_in_window"].value)


def number(value: float) -> str:
    """Return a number with two digits, or with all that stand before the point: ``0.35``, ``12``, ``4,371``."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"


def formatted(value: float, form: str) -> str:
    """Return a value in a named form (``percent``, ``number``, ``ratio``) or a format string."""
    named = {"percent": percent, "number": number, "ratio": lambda ratio: f"× {number(ratio)}"}
    return named[form](value) if form in named else form.format(value)


def interval(row, form: str) -> str:
    """Return an indicator row's bounds with their level, e.g. ``95 % interval 1.6 to 11``; nothing where it has none.

    ``form`` is as in `formatted`.
    """
    if pd.isna(row.low) or pd.isna(row.high):
        return ""
    low, high = (formatted(end, form).removeprefix("× ") for end in (row.low, row.high))
    level = "" if pd.isna(row.level) else f"{100 * row.level:.0f} % interval "
    return f"{level}{low} to {high}"


def dating_clause(row) -> str:
    """Return, in brackets, the bounds that rough dating leaves to a count; nothing where it leaves none."""
    if row.low == row.high == row.value:
        return ""
    return f" (surely {row.low:.0f}, possibly {row.high:.0f}, as some are dated roughly)"


def gap(what: str, reason: str) -> str:
    """Return the sentence for what could not be computed."""
    return f"{what} could not be computed, because {reason}."


def percent(share: float) -> str:
    """Return a share as per cent with two digits, never rounded to a certainty."""
    percent = 100 * share
    if percent == 0:
        return "0 %"
    if percent < 0.1:
        return "under 0.1 %"
    if 99.9 < percent < 100:
        return "over 99.9 %"
    return f"{percent:.2g} %" if percent < 10 else f"{percent:.0f} %"


def probability(p: float) -> str:
    """Return a p-value with its sign: ``= 0.03`` or ``under 0.001``."""
    return "under 0.001" if p < 0.001 else f"= {p:.2g}"


def times(ratio: float) -> str:
    """Return a ratio as ``4.1 times``."""
    return f"{number(ratio)} times"


def years(span: float) -> str:
    """Return a span in years, or in months below one."""
    return f"about {span:.1f} years" if span >= 1 else f"about {span * 12:.0f} months"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in the right form."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def joined(parts: Iterable[str]) -> str:
    """Return parts as ``a, b and c``."""
    parts = list(parts)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def day_words(day: pd.Timestamp) -> str:
    """Return a day as ``1 July 2025``."""
    return f"{day.day} {day:%B %Y}"


def month_words(day: pd.Timestamp) -> str:
    """Return a day's month as ``July 2025``."""
    return f"{day:%B %Y}"


def whole(value: float) -> str:
    """Return an expected count as people say it: whole, or with one digit below five: ``25``, ``2.3``, ``1``."""
    rounded = round(value) if value >= 5 or abs(value - round(value)) < 0.05 else round(value, 1)
    return f"{rounded:,}"


# Upper ends of the bands, each halfway to the next: values between bands take the nearer one.
YARDSTICK = (
    (0.075, "it is a remote chance"),
    (0.225, "it is highly unlikely"),
    (0.375, "it is unlikely"),
    (0.525, "it is a realistic possibility"),
    (0.775, "it is likely"),
    (0.925, "it is highly likely"),
    (1.0, "it is almost certain"),
)


def yardstick(chance: float, shown: str) -> str:
    """Return a probability in the words of the professional yardstick of intelligence assessment, the number in
    brackets.

    Source: PHIA probability yardstick, UK Government, Professional Head of Intelligence Assessment.
    """
    words = next(words for end, words in YARDSTICK if chance <= end)
    return f"{words} ({shown})"
