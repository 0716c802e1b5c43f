"""Sentences built from values: what the report says, and only where a number says it.

No sentence is kept in a notebook. Each function takes a study and its indicator rows, and says "not computed, because ..."
where a row does.
"""

import pandas as pd

from analysis.figures.theme import Caption
from analysis.incidents.study import DAY, Study
from analysis.measures.offensives import DEFAULT, linkable
from analysis.measures.result import COMPUTED
from analysis.measures.tempo import BRANCHING_RATIO
from analysis.reports.page import KeyFigure

# The rule behind the finding's first words, stated in the report's method section.
USUAL, RARE = 0.05, 0.05


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
    """Return the report's heading, e.g. ``Attacks by JNIM in Mali``."""
    who = f" by {_join(study.selection.attacker)}" if study.selection.attacker else ""
    what = f" on {_join([*study.selection.target, *study.selection.target_type])}".replace("_", " ")
    return f"Attacks{who}{what if len(what) > 4 else ''} in {place_name(study)}"


def place_name(study: Study) -> str:
    """Return the countries' names as published, or their number."""
    names = study.attacks.drop_duplicates("country").set_index("country")["country_name"].fillna("")
    countries = [names.get(code) or code for code in (study.selection.country or sorted(names.index))]
    return _join(countries) if len(countries) <= 3 else f"{len(countries)} countries"


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
    }[provenance.source]
    return f"{publisher} ({provenance.file})"


def subtitle(study: Study) -> str:
    """Return the line under the heading: as_of, window, and which table."""
    window = f"{_date(study.window_start)} to {_date(study.as_of)}"
    return f"As of {_date(study.as_of)}. Window under test: {window}. Source: {source_name(study)}."


def caption(study: Study, *, rows: pd.DataFrame | None = None, counted: str = "attacks") -> Caption:
    """Return what stands under a chart of the study; ``rows`` are those it counts, by default the attacks."""
    return Caption(source_name(study), study.as_of, len(study.attacks if rows is None else rows), counted=counted)


def as_alt(what: str, sentences: list[str]) -> str:
    """Return a chart's text alternative: what is drawn, then what the section reads from it."""
    return f"{what}. {' '.join(sentences)}"


PARTS_COLUMNS = {
    "split": "by",
    "part": "part",
    "n_window": "attacks in window",
    "n_baseline": "attacks in baseline",
    "value": "ratio of recorded rates",
    "low": "low",
    "high": "high",
    "reason": "not computed, because",
}
PARTS_NOTE = "Several comparisons at once: with many parts, some stand out by chance."
OFFENSIVES_COLUMNS = {
    "date_start": "first day",
    "attacker": "attacker",
    "n_sites": "sites",
    "sites": "where",
    "deaths_low": "deaths, lowest given",
    "deaths_high": "deaths, highest claim",
    "meets": "counts by",
}
AGREEMENT_COLUMNS = {
    "max_gap_days": "gap, days",
    "max_km": "distance, km",
    "n_linked": "pairs joined",
    "n_reported": "pairs reported",
    "precision": "precision",
    "recall": "recall",
    "value": "F1",
    "reason": "not computed, because",
}


def finding(study: Study, results: Results) -> tuple[str, list[str]]:
    """Return the report's one sentence of finding, and what qualifies it."""
    window = f"the {study.settings.window_days} days to {_date(study.as_of)}"
    if not results.known("attacks_in_window"):
        return f"Nothing can be said of {window}: {results.why_not('attacks_in_window')}.", []
    count = int(results["attacks_in_window"].value)
    attacks = f"{_count(count, 'recorded attack')}"
    if results.known("offensives_in_window", "tempo_fixed_window_independent", "tempo_any_window_clustered"):
        return _tempo_finding(study, results, window, attacks), _qualifiers(study, results)
    if results.known("attack_rate_ratio", "attack_rate_ratio_p"):
        ratio, p = results["attack_rate_ratio"], results["attack_rate_ratio_p"].value
        more = "more" if ratio.value > 1 else "fewer"
        verdict = f"{more.capitalize()} than usual" if p < USUAL else "Within the usual range"
        sentence = (
            f"{verdict}: {attacks} in {window}, {_times(ratio.value)} the recorded rate of the baseline "
            f"({_interval(ratio, '{:.2g}')}; p {_probability(p)})."
        )
        return sentence, _qualifiers(study, results)
    reason = results.why_not("attack_rate_ratio", "attack_rate_ratio_p")
    return f"{attacks.capitalize()} in {window}; whether that is more than usual could not be computed: {reason}.", []


def key_figures(study: Study, results: Results) -> list[KeyFigure]:
    """Return the first screen's four to six figures."""
    days = study.settings.window_days
    cards = []
    row = results["attacks_in_window"]
    cards.append(
        KeyFigure(f"Attacks in {days} days", f"{row.value:.0f}", _dating(row), f"recorded, to {_date(study.as_of)}")
        if row.status == COMPUTED
        else KeyFigure(f"Attacks in {days} days", "not computed", "", row.reason)
    )
    row = results["operation_rate_ratio"] if results.known("operation_rate_ratio") else results["attack_rate_ratio"]
    counted = "operations" if row.name.startswith("operation") else "attacks"
    cards.append(_card("Recorded rate against baseline", row, "× {:.2g}", note=f"of {counted}, as recorded"))
    row = results["offensives_in_window"]
    spread = f"{row.low:.0f} to {row.high:.0f} by other definitions" if row.status == COMPUTED else ""
    cards.append(_card(f"Offensives in {days} days", row, "{:.0f}", uncertainty=spread))
    row = results["tempo_fixed_window_independent"]
    cards.append(_card("A window fixed beforehand holds as many", row, "percent", note="chance, if independent"))
    low, high = results["tempo_any_window_independent"], results["tempo_any_window_clustered"]
    if results.known("tempo_any_window_independent", "tempo_any_window_clustered"):
        span = f"independent {_percent(low.value)}; clustered {_percent(high.value)}"
        history = f"chance, in {(study.end - study.baseline_start) // DAY} days"
        cards.append(
            KeyFigure(
                "Some window in the history does", f"{_percent(low.value)} – {_percent(high.value)}", span, history
            )
        )
    row = results["completeness"]
    cards.append(_card("Share of attacks that the table holds", row, "percent", note="against a reference count"))
    return cards


def read_frequency(study: Study, results: Results) -> list[str]:
    """Say how often, and whether that is more than before."""
    if not results.known("attacks_in_window"):
        return [_gap("Frequency", results.why_not("attacks_in_window"))]
    recent = results["attacks_in_window"]
    said = [
        f"The table records {_count(int(recent.value), 'attack')} from {_date(study.window_start)} to {_date(study.as_of)}"
        f"{_dating_clause(recent)}: {results['attack_rate_window'].value:.2g} a week "
        f"({_interval(results['attack_rate_window'], '{:.2g}')})."
    ]
    if not results.known("attack_rate_ratio"):
        said.append(_gap("A comparison with the baseline", results.why_not("attack_rate_ratio")))
        return said
    earlier, rate, ratio = results["attacks_in_baseline"], results["attack_rate_baseline"], results["attack_rate_ratio"]
    said.append(
        f"In the baseline, {_date(study.baseline_start)} to {_date(study.window_start - DAY)}, it records "
        f"{earlier.value:.0f}: {rate.value:.2g} a week ({_interval(rate, '{:.2g}')}). The recorded rate is "
        f"{_times(ratio.value)} that of the baseline ({_interval(ratio, '{:.2g}')}; p "
        f"{_probability(results['attack_rate_ratio_p'].value)}; {ratio.method})."
    )
    if results.known("attack_dispersion"):
        index = results["attack_dispersion"]
        tells = "the intervals are widened for it" if index.value > 1 else "no sign of clusters"
        said.append(
            f"Counts in slices of {study.settings.window_days} days vary {index.value:.2g} times as much as independent "
            f"attacks would ({_interval(index, '{:.2g}')}): {tells}."
        )
    if results.known("operation_rate_ratio"):
        ratio = results["operation_rate_ratio"]
        said.append(
            f"With the attacks of one operation counted once, {results['operations_in_window'].value:.0f} fall in the window, "
            f"{_times(ratio.value)} the baseline's rate ({_interval(ratio, '{:.2g}')}; p "
            f"{_probability(results['operation_rate_ratio_p'].value)})."
        )
    if results.known("rate_ratio_floor"):
        floor = results["rate_ratio_floor"]
        verdict = (
            "even then more than before"
            if floor.low > 1
            else "which could be no rise at all"
            if floor.high > 1
            else "no rise"
        )
        said.append(
            "Recording may have changed. Reference counts show that the table held "
            f"{_percent(results['completeness'].value)} of attacks by anyone in the periods they cover; if it held that share of the "
            f"baseline's and all of the window's, attacks by anyone came at {_times(floor.value)} the rate before "
            f"({_interval(floor, '{:.2g}')}): {verdict}. Whether one group's share was recorded evenly is not known."
        )
    return said


def read_offensives(study: Study, results: Results) -> list[str]:
    """Say which attacks were one operation, by which definition, and how well that agrees with reports."""
    said = []
    if results.known("multi_site_days"):
        days, expected, p = (results[f"multi_site_days{part}"] for part in ("", "_expected", "_p"))
        said.append(
            f"On {_count(int(days.value), 'day')} one attacker hit two or more sites; dates drawn anew within each month give "
            f"{expected.value:.2g} ({expected.low:.0f} to {expected.high:.0f}; p {_probability(p.value)})."
        )
    if not results.known("offensives_in_window"):
        return [*said, _gap("Offensives", results.why_not("offensives_in_window"))]
    row = results["offensives_in_window"]
    said.insert(
        0,
        f"{_count(int(row.value), 'offensive')} began in the {study.settings.window_days} days to {_date(study.as_of)} by the "
        f"default definition ({DEFAULT}); sensible definitions give {row.low:.0f} to {row.high:.0f}.",
    )
    left_out = int((~linkable(study.attacks)).sum())
    if left_out:
        said.append(
            f"{_count(left_out, 'attack')} of {len(study.attacks)} cannot be joined to any other: dated to a week or worse, "
            "or without a named attacker."
        )
    if results.known("linking_precision"):
        precision, recall = results["linking_precision"].value, results["linking_recall"].value
        said.append(
            f"Of the pairs that the rule joins, {_percent(precision)} are also reported as one wave; of the pairs so reported "
            f"it joins {_percent(recall)}. The rule was chosen by that agreement, not by what reproduces a headline."
        )
    return said


def read_tempo(study: Study, results: Results) -> list[str]:
    """Say how unusual the count of offensives is, under both nulls."""
    names = ("tempo_fixed_window_independent", "tempo_any_window_independent", "tempo_any_window_clustered")
    if not results.known(*names):
        return [_gap("How unusual that is", results.why_not(*names))]
    fixed, some, clustered = (results[name] for name in names)
    rate, k = results["offensive_rate_baseline"], _k(study, results)
    history = (study.end - study.baseline_start) // DAY
    said = [
        f"The baseline holds {rate.value:.2g} offensives a year ({_interval(rate, '{:.2g}')}). At that rate {k} or more in one "
        f"window of {study.settings.window_days} days fixed beforehand has a chance of {_percent(fixed.value)} "
        f"({_percent(fixed.low)} to {_percent(fixed.high)} at the ends of the rate's interval).",
        f"But nobody fixed the window beforehand. Some window in {history} days of history holds as many with a chance of "
        f"{_percent(some.value)} if offensives are independent, and {_percent(clustered.value)} if {_percent(BRANCHING_RATIO)} "
        "of them are brought on by an earlier one.",
    ]
    if results.known("tempo_recurrence_independent", "tempo_recurrence_clustered"):
        alone, brought = results["tempo_recurrence_independent"].value, results["tempo_recurrence_clustered"].value
        said.append(f"One waits {_years(alone)} for such a window if independent, {_years(brought)} if clustered.")
    if results.known("tempo_e_value"):
        value = results["tempo_e_value"].value
        line = "reaches" if value >= 1 / (1 - study.settings.level) else "does not reach"
        said.append(
            f"Evidence that stays valid however often one looks while the window grows (e-value): {value:.2g}; it {line} "
            f"{1 / (1 - study.settings.level):.0f}, the line for an alarm."
        )
    if results.known("tempo_p_over_definitions"):
        row = results["tempo_p_over_definitions"]
        said.append(
            f"Under other definitions of an offensive, each with its own baseline, the fixed-window chance runs from "
            f"{_percent(row.low)} to {_percent(row.high)}."
        )
    return said


def read_trend(study: Study, results: Results) -> list[str]:
    """Say whether attacks change over time, or why that is not computed."""
    if not results.known("trend_percent_per_year"):
        return [_gap("A trend over time", results.why_not("trend_percent_per_year"))]
    row, p = results["trend_percent_per_year"], results["trend_p"].value
    said = [
        f"From {_date(study.start)} to {_date(study.as_of)} recorded attacks change by {row.value:+.0f} % a year "
        f"({row.low:+.0f} to {row.high:+.0f} at {_percent(row.level)}; p {_probability(p)}; {row.method})."
    ]
    if results.known("mann_kendall_p", "power_law_shape"):
        said.append(
            f"Checks beside it: Mann-Kendall p {_probability(results['mann_kendall_p'].value)}; power-law shape "
            f"{results['power_law_shape'].value:.2f} ({_interval(results['power_law_shape'], '{:.2f}')}), above 1 where attacks "
            "come ever faster. One log-linear line over a long history hides its turns: read it with the change points."
        )
    if results.known("last_change_point_ratio"):
        change = results["last_change_point_ratio"]
        when = change.method.rsplit(" ", 1)[-1]
        said.append(f"The latest change of level is in {when}: × {change.value:.2g} against the regime before it.")
    if not results.known("completeness"):
        said.append(f"How complete the table is, was not measured: {results.why_not('completeness')}.")
    return said


def read_reliability(study: Study, results: Results) -> list[str]:
    """Say how far the table can be trusted."""
    provenance = study.table.provenance
    said = [
        f"Rows read {provenance.rows_read:,} = kept {provenance.rows_kept:,} + set aside {provenance.rows_rejected:,}; "
        f"{_count(provenance.cells_blanked, 'impossible value')} treated as unknown."
    ]
    if results.known("completeness"):
        whole, lowest, highest = (results[f"completeness{part}"] for part in ("", "_lowest", "_highest"))
        said.append(
            f"Against the reference counts the table holds {_percent(whole.value)} of attacks "
            f"({_percent(whole.low)} to {_percent(whole.high)}), from {_percent(lowest.value)} ({lowest.method}) to "
            f"{_percent(highest.value)} ({highest.method})."
        )
    else:
        said.append(_gap("Completeness", results.why_not("completeness")))
    shares = {
        "dated_to_day": "dated to the day",
        "placed_near": "located exactly or nearby",
        "verified": "supported by someone other than the attacker",
        "deaths_known": "with any figure of deaths",
    }
    told = [f"{_percent(results[name].value)} {words}" for name, words in shares.items() if results.known(name)]
    if told:
        said.append(f"Of the attacks: {_join(told)}.")
    if results["roles_stated"].value < 1:
        said.append(
            f"For {_percent(1 - results['roles_stated'].value)} of the attacks the publisher does not say who attacked whom: "
            "those roles are assumed from the order of its sides."
        )
    return said


def limits(study: Study, results: Results, indicators: pd.DataFrame) -> list[str]:
    """Return what this report cannot say: first what was not computed, then what no such table can tell."""
    gaps = indicators[indicators["status"].ne(COMPUTED) & indicators["unit"].eq(study.place)]
    said = [
        f"Not computed: {_join([name.replace('_', ' ') for name in group['name']])}, because {reason}."
        for reason, group in gaps.groupby("reason", sort=False)
    ]
    return [
        *said,
        "Why: counts of attacks say nothing of intent, of who is winning, or of what comes next. An alert is a rule crossed, not a "
        "prediction.",
        "How deadly: frequency and severity can move apart, and neither is inferred from the other here.",
        "What was not recorded: a place without reports is not a calm place. Zero is counted only inside the stated coverage.",
        "Other sources: a row means something else to ACLED, UCDP and GTD. Their counts are not comparable and are never added up.",
    ]


def method(study: Study) -> list[str]:
    """Return how the figures were made."""
    settings, selection = study.settings, study.selection
    return [
        f"Selection: {selection}, counted by {selection.unit}. The table covers the selection from {_date(study.start)}; as_of "
        f"{_date(study.as_of)} is the last day looked at.",
        f"Windows are half-open: the last {settings.window_days} days up to and with as_of. The baseline ends where the window starts "
        f"and holds {(study.window_start - study.baseline_start) // DAY} days (at most {settings.baseline_days}).",
        f"Offensives: {DEFAULT}. They are always derived from attacks, never read from a label.",
        f"The finding says 'within the usual range' where the fixed-window chance is {_percent(USUAL)} or more, 'unusual for one window, not "
        f"for a history' where only that chance is below {_percent(USUAL)}, and 'above the baseline' where the any-window chance under "
        f"the clustered null is below {_percent(RARE)} too.",
        f"Intervals are at {_percent(settings.level)} unless said otherwise. Simulations use seed {settings.seed} and "
        f"{settings.n_simulations:,} runs.",
    ]


def _tempo_finding(study: Study, results: Results, window: str, attacks: str) -> str:
    fixed, clustered = results["tempo_fixed_window_independent"], results["tempo_any_window_clustered"]
    row, k = results["offensives_in_window"], _k(study, results)
    if fixed.value >= USUAL:
        verdict = "Within the usual range"
    elif clustered.value >= RARE:
        verdict = "Unusual for one window, not for a history"
    else:
        verdict = "Above the baseline"
    span = f"{row.low:.0f} to {row.high:.0f} by other definitions"
    history = (study.end - study.baseline_start) // DAY
    return (
        f"{verdict}: {attacks} in {window} form {_count(int(row.value), 'offensive')} ({span}); {k} or more come up in "
        f"{_percent(fixed.value)} of windows fixed beforehand, but {_percent(results['tempo_any_window_independent'].value)} to "
        f"{_percent(clustered.value)} of histories of {history} days hold such a window somewhere."
    )


def _qualifiers(study: Study, results: Results) -> list[str]:
    said = []
    if not results.known("trend_percent_per_year"):
        said.append(f"Whether attacks rise over time was not computed: {results.why_not('trend_percent_per_year')}.")
    if study.settings.headline_count and results.known("offensives_in_window"):
        counted = int(results["offensives_in_window"].value)
        agrees = "agrees with" if counted == study.settings.headline_count else "differs from"
        said.append(
            f"The reported number, {study.settings.headline_count}, {agrees} the count by the default definition ({counted})."
        )
    if results["roles_stated"].value < 0.5:
        said.append("The publisher does not code who attacked whom: roles are assumed.")
    return said


def _k(study: Study, results: Results) -> int:
    return study.settings.headline_count or int(results["offensives_in_window"].value)


def _card(label: str, row, form: str, *, uncertainty: str | None = None, note: str = "") -> KeyFigure:
    if row.status != COMPUTED:
        return KeyFigure(label, "not computed", "", row.reason)
    shown = _percent(row.value) if form == "percent" else form.format(row.value)
    if uncertainty is None:
        uncertainty = _interval(row, form)
    return KeyFigure(label, shown, uncertainty, note)


def _interval(row, form: str) -> str:
    if pd.isna(row.low) or pd.isna(row.high):
        return ""
    low, high = (_percent(end) if form == "percent" else form.format(end) for end in (row.low, row.high))
    level = "" if pd.isna(row.level) else f"{100 * row.level:.0f} % interval "
    return f"{level}{low.removeprefix('× ')} to {high.removeprefix('× ')}"


def _dating(row) -> str:
    return "" if row.low == row.high == row.value else f"{row.low:.0f} to {row.high:.0f} by dating"


def _dating_clause(row) -> str:
    if row.low == row.high == row.value:
        return ""
    return f" (surely {row.low:.0f}, possibly {row.high:.0f}, as some are dated roughly)"


def _gap(what: str, reason: str) -> str:
    return f"{what} could not be computed, because {reason}."


def _percent(share: float) -> str:
    percent = 100 * share
    if percent == 0:
        return "0 %"
    if percent < 0.1:
        return "under 0.1 %"
    if 99.9 < percent < 100:
        return "over 99.9 %"
    return f"{percent:.2g} %" if percent < 10 else f"{percent:.0f} %"


def _probability(p: float) -> str:
    return "under 0.001" if p < 0.001 else f"= {p:.2g}"


def _times(ratio: float) -> str:
    return f"{ratio:.2g} times"


def _years(years: float) -> str:
    return f"about {years:.1f} years" if years >= 1 else f"about {years * 12:.0f} months"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _join(parts) -> str:
    parts = list(parts)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def _date(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%B %Y}"
