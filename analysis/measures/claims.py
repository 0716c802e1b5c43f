"""Who says what happened?

Each claimant's words are an interval; nothing is averaged into a number that nobody said. A reported wave and its
incidents are one event: a claim about the wave is never split over its incidents, and never added to what is said of
them. A later figure of one claimant replaces its earlier one. Silence is the interval ``[0, inf)``, never zero.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from analysis.incidents.canonical import COLUMNS, problem_frame, typed_frame
from analysis.incidents.claims import derive_claims
from analysis.incidents.study import Study, in_its_language, kept_on_study
from analysis.language import localised, message, messages, say, say_count
from analysis.measures.ledger import (
    ANYONE,
    MIN_EVENTS,
    MIN_SHARE_EVENTS,
    claim_events,
    claim_totals,
    compare_claims,
    disclosures,
    estimate_median_deaths,
    ledger_of,
    place_claims,
)
from analysis.measures.ledger import MedianDeaths as MedianDeaths
from analysis.measures.ledger import allowed_words as allowed_words
from analysis.measures.ledger import claimants_table as claimants_table
from analysis.measures.ledger import claims_by_side as claims_by_side
from analysis.measures.ledger import why_no_estimate as why_no_estimate
from analysis.measures.maps import site_names
from analysis.measures.result import COMPUTED, IndicatorRows, Measure, Table, clauses
from analysis.statistics.distributions import binomial_interval

QUESTION = "claims"
SPOKEN = {
    "attacker": message("events that attackers spoke of number {n}; a share needs {needed}"),
    "defender": message("events that defenders spoke of number {n}; a share needs {needed}"),
}
SEVERAL = message("losses with figures by two or more claimants number {n}; a share needs {needed}")
# What is said of the publisher's figures, by which end they are.
UNUSABLE = {
    "low": messages("no usable low figure of deaths for {missing} of {n} [attack|attacks] in the window"),
    "best": messages("no usable best figure of deaths for {missing} of {n} [attack|attacks] in the window"),
    "high": messages("no usable high figure of deaths for {missing} of {n} [attack|attacks] in the window"),
}
SUMMED = {
    "low": message("sum of the publisher's low figures"),
    "best": message("sum of the publisher's best figures"),
    "high": message("sum of the publisher's high figures"),
}
_TURNBULL = "Turnbull 1976, J R Stat Soc B 38:290"

MEASURES = (
    Measure("claims_in_window", "claims", "Claims about attacks that began in the trailing window.",
        message("count of statements")),
    *(
        Measure(f"{side}s_killed_claimed_{end}", "deaths", meaning.format(side=f"{side.capitalize()}s"), method)
        for side in ("attacker", "defender")
        for end, meaning, method in (
            ("low", "{side} killed in the window: for each event the least that any claimant's words allow, added up.",
                message("sum of lower ends of claims, waves counted once")),
            ("high", "The same by the greatest; not computed where any event has no claim or an open one.",
                message("sum of upper ends of claims, waves counted once")),
        )
    ),
    Measure("civilians_killed_claimed_low", "deaths",
        "Civilians killed in the window: for each event the least that any claimant's words allow, added up.",
        message("sum of lower ends of claims, waves counted once")),
    Measure("captives_claimed_low", "persons",
        "Captured or abducted in the window, all sides: the least that claims allow.",
        message("sum of lower ends of claims, waves counted once")),
    Measure("sites_seized_claimed_low", "sites", "Sites claimed seized in the window: the least that claims allow.",
        message("sum of lower ends of claims, waves counted once")),
    *(
        Measure(
            f"own_deaths_disclosed_{side}", "share",
            f"Of the events that {side} spoke about, the share for which they gave a figure of their own dead.",
            message("share of pairs of claimant and event, exact binomial interval"),
            "Clopper & Pearson 1934, Biometrika 26:404",
        )
        for side in ("attackers", "defenders")
    ),
    Measure("claims_contradicted", "share",
        "Of the losses for which two or more claimants give figures, the share where no number fits them all.",
        message("share of events, sides and measures, exact binomial interval"),
        "Clopper & Pearson 1934, Biometrika 26:404"),
    Measure("defenders_killed_median", "deaths",
        "Median of defenders killed an event, among events with a figure: the least value of the estimate. low and "
        "high carry its uncertainty; right only if in each event some claimant's words hold the truth.",
        message("Turnbull's nonparametric estimate from intervals, bootstrap interval; at least {n} events"), _TURNBULL,
        {"n": MIN_EVENTS}),
    Measure("published_deaths_low", "deaths",
        "Deaths of all parties in the window by the publisher's low figures; attacks without one add nothing.",
        message("sum of the publisher's low figures")),
    Measure("published_deaths_best", "deaths", "The same by its best figures; not computed where an attack has none.",
        message("sum of the publisher's best figures")),
    Measure("published_deaths_high", "deaths",
        "The same by its high figures; not computed where an attack has none, nor low and high in order.",
        message("sum of the publisher's high figures")),
    Measure("claims_set_aside", "rows", "Rows of the claims table that could not be used.", message("count")),
)  # fmt: skip


@dataclass(frozen=True)
class Record:
    """A study's claims: who spoke of what, and what follows.

    ``n_left_out`` claims of its table are not about its attacks, or about waves that it holds in part.
    """

    events: pd.DataFrame
    placed: pd.DataFrame
    ledger: pd.DataFrame
    compared: pd.DataFrame
    n_left_out: int
    problem: str = ""


@kept_on_study
def record_of(study: Study) -> Record:
    """Bring a study's claims to its attacks, once for all that is asked of them."""
    claims, attacks = study.claim_rows, study.attacks
    if claims is None:
        events, placed, ledger, compared = (frame.copy() for frame in _nothing_said())
        problem = say("no claims table was given, so nobody's words are known")
        return Record(events, placed, ledger, compared, 0, problem)
    nameless = attacks["locality"].isna() & attacks["admin1"].isna()
    attacks = attacks.assign(
        locality=attacks["locality"].fillna(site_names(study, attacks[nameless]).reindex(attacks.index))
    )
    events = claim_events(attacks, incidents=study.table.incidents)
    placed = place_claims(claims, attacks=attacks, incidents=study.table.incidents, events=events)
    ledger = ledger_of(placed, events=events)
    nowhere = say("none of the {n} claims is about the attacks selected", n=len(claims))
    problem = nowhere if placed.empty else ""
    return Record(events, placed, ledger, compare_claims(ledger, placed=placed), len(claims) - len(placed), problem)


@cache
def _nothing_said() -> tuple[pd.DataFrame, ...]:
    """Return the frames of a record without a claim."""
    nothing = typed_frame([], COLUMNS)
    claims = derive_claims(nothing)
    events = claim_events(nothing, incidents=nothing)
    placed = place_claims(claims, attacks=nothing, incidents=nothing, events=events)
    ledger = ledger_of(placed, events=events)
    return events, placed, ledger, compare_claims(ledger)


@in_its_language
def totals_of(study: Study) -> pd.DataFrame:
    """Add up a study's claims over its trailing window and over its whole history."""
    record = record_of(study)
    spans = {"window": (study.window_start, study.end), "history": (study.start, study.end)}
    return claim_totals(record.ledger, record.events.assign(date_start=began_of(study, record.events)), spans=spans)


@kept_on_study
def _days_by_id(study: Study) -> dict[str, pd.Timestamp]:
    return dict(zip(study.attacks["incident_id"], study.whole_days, strict=True))


def began_of(study: Study, events: pd.DataFrame) -> pd.Series:
    """Return the day on which each event begins to count (``incident_ids`` are its attacks): its first, or of attacks
    dated roughly the middle of their days."""
    days = _days_by_id(study)
    began = [min(days[name] for name in ids) for ids in events["incident_ids"]]
    return pd.Series(pd.to_datetime(began), index=events.index)


def _problems_of(study: Study) -> pd.DataFrame:
    return problem_frame([]) if study.claim_problems is None else study.claim_problems


@in_its_language
def latest_and_most_claimed(study: Study) -> list[str]:
    """Return the events worth telling: the latest with a claim, and of the others the one with most claims.

    Of events that began on one day the one with most claims is the latest; of those with equally many, the later.
    """
    record = record_of(study)
    if record.placed.empty:
        return []
    counts = record.placed["event"].value_counts().rename("n_claims")
    events = record.events.merge(counts, left_on="event", right_index=True)
    latest = events.sort_values(["date_start", "n_claims", "event"], ascending=[False, False, True])["event"].iloc[0]
    others = events[events["event"].ne(latest)]
    most = others.sort_values(["n_claims", "date_start", "event"], ascending=[False, False, True])["event"].head(1)
    return [latest, *most]


@in_its_language
def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    record = record_of(study)
    _add_published(rows, study)
    if study.claim_problems is not None:
        lost = study.claim_problems.loc[study.claim_problems["action"].eq("row set aside"), "row"]
        rows.add("claims_set_aside", lost.nunique(), span="history")
    if record.problem:
        return rows.skip_rest(record.problem).frame()
    if study.claim_problems is None:
        rows.skip("claims_set_aside", say("the claims were not read from a file"), span="history")
    _add_records(rows, study, record)
    if problem := study.window_problem():
        return rows.skip_rest(problem).frame()
    _add_window(rows, study, record)
    return rows.frame()


def _add_published(rows: IndicatorRows, study: Study) -> None:
    names = ("published_deaths_low", "published_deaths_best", "published_deaths_high")
    if problem := study.window_problem():
        rows.skip(names, problem)
        return
    inside, share = study.attacks, study.shares_between(study.window_start, study.end)
    inside, share = inside[share > 0], share[share > 0]
    derived = derive_claims(inside)
    spoken = inside[inside["incident_id"].isin(derived["wave_or_incident"])]
    silent = len(inside) - len(spoken)
    part = derived["wave_or_incident"].map(dict(zip(inside["incident_id"], share, strict=True)))
    for name, figures in zip(names, (derived["low"], derived["value"], derived["high"]), strict=True):
        end = name.rsplit("_", 1)[1]
        missing = silent + int((~np.isfinite(figures)).sum())
        if inside.empty:
            rows.skip(name, say("no attack began in the window"))
        elif derived.empty:
            rows.skip(
                name,
                say_count(
                    "[the only attack in the window has no|none of the {n} attacks in the window has a] low and high "
                    "figure of deaths in order",
                    len(inside),
                ),
            )
        elif end != "low" and missing:
            rows.skip(name, say_count(UNUSABLE[end], len(inside), missing=missing))
        else:
            without = say("{n} of {total} attacks have none", n=missing, total=len(inside))
            method = clauses(say(SUMMED[end]), without)
            rows.add(name, round(float((figures * part).sum()), 6), attacks=spoken, method=method)


def _add_records(rows: IndicatorRows, study: Study, record: Record) -> None:
    level = study.settings.level
    shown = disclosures(record.ledger)
    for side, words in SPOKEN.items():
        spoken = shown[shown["claimant_side"].eq(side)]
        _add_share(rows, study, f"own_deaths_disclosed_{side}s", spoken, spoken["disclosed"].eq("figure"), words)
    n_told = record.compared["n_claimants"]
    several = record.compared[n_told.ge(2) | (n_told.gt(0) & record.compared["n_of_sides"].gt(0))]
    _add_share(rows, study, "claims_contradicted", several, several["verdict"].eq("contradict"), SEVERAL)
    estimate = estimate_median_deaths(record.compared, subject_side="defender", level=level, seed=study.settings.seed)
    if estimate.problem:
        rows.skip("defenders_killed_median", estimate.problem, span="history")
        return
    killed = record.compared[
        record.compared["measure"].eq("killed")
        & record.compared["subject_side"].eq("defender")
        & record.compared["least"].notna()
    ]
    rows.add(
        "defenders_killed_median", estimate.value_low, low=estimate.low, high=estimate.high, level=level,
        attacks=_attacks_of(study, killed["incident_ids"]), span="history",
        method=clauses(
            say(
                "Turnbull's nonparametric estimate from the intervals of {n} events, {n_open} of them open",
                n=estimate.n_events, n_open=estimate.n_open,
            ),
            say(
                "medians of lower and upper ends: {low} and {high}",
                low=_end(estimate.bound_low), high=_end(estimate.bound_high),
            ),
        ),
    )  # fmt: skip


def _add_share(
    rows: IndicatorRows, study: Study, name: str, of: pd.DataFrame, counted: pd.Series, too_few: str
) -> None:
    """Add the share of rows that count, with its exact interval; ``too_few`` says of how many it would be."""
    n, count, level = len(of), int(counted.sum()), study.settings.level
    if n < MIN_SHARE_EVENTS:
        rows.skip(name, say(too_few, n=n, needed=MIN_SHARE_EVENTS), span="history")
        return
    low, high = binomial_interval(count, n, level=level)
    rows.add(
        name, count / n, low=low, high=high, level=level, attacks=_attacks_of(study, of["incident_ids"]),
        method=say("{n} of {total}, exact binomial interval", n=count, total=n), span="history",
        detail={"count": count, "of": n},
    )  # fmt: skip


def _add_window(rows: IndicatorRows, study: Study, record: Record) -> None:
    events = record.events
    inside = events[began_of(study, events).ge(study.window_start)]
    placed = record.placed[record.placed["event"].isin(inside["event"])]
    spoken = inside[inside["event"].isin(placed["event"])]
    rows.add("claims_in_window", len(placed), attacks=_attacks_of(study, spoken["incident_ids"]))
    if placed.empty:
        rows.skip_rest(say("no claim is about an attack that began in the window"))
        return
    totals = totals_of(study)
    totals = totals[totals["span"].eq("window") & totals["claimant"].eq(ANYONE)]
    killed = totals[totals["measure"].eq("killed")]
    for side, name in (("attacker", "attackers"), ("defender", "defenders"), ("civilian", "civilians")):
        _add_ends(rows, study, f"{name}_killed_claimed", killed[killed["subject_side"].eq(side)])
    _add_ends(rows, study, "captives_claimed", totals[totals["measure"].isin(["captured", "abducted"])])
    seized = record.ledger[
        record.ledger["measure"].eq("sites_seized")
        & record.ledger["event"].isin(inside["event"])
        & ~record.ledger["silent"]
    ]
    # One event's barracks may be its camps by another name: the most of one kind is surely not counted twice.
    by_kind = seized.groupby(["event", "counted"])["low"].min().groupby(level="event").max()
    if by_kind.empty:
        rows.skip("sites_seized_claimed_low", say("nobody gives a figure of sites seized in the window"))
    else:
        rows.add("sites_seized_claimed_low", by_kind.sum(), attacks=_attacks_of(study, seized["incident_ids"]))


def _add_ends(rows: IndicatorRows, study: Study, name: str, totals: pd.DataFrame) -> None:
    told = totals[totals["status"].eq(COMPUTED)]
    both = f"{name}_high" in {measure.name for measure in MEASURES}
    if told.empty:
        ends = ("low", "high")[: 1 + both]
        nobody = say("nobody gives a figure for an attack that began in the window")
        rows.skip([f"{name}_{end}" for end in ends], nobody)
        return
    attacks = _attacks_of(study, told["incident_ids"])
    n, figure, still_open = told["n_events"].max(), told["n_figure"].sum(), told["n_open"].sum()
    held = "" if len(told) > 1 else say("{n} of {total} events have a figure", n=int(figure), total=int(n))
    method = clauses(say("sum of lower ends of claims, waves counted once"), held)
    rows.add(f"{name}_low", told["low"].sum(), attacks=attacks, method=method)
    if both and np.isinf(told["high"].sum()):
        reason = say(
            "the upper end is open: {n} of {total} events in the window have no figure, and {n_open} an open one",
            n=int(n - figure), total=int(n), n_open=int(still_open),
        )  # fmt: skip
        rows.skip(f"{name}_high", reason)
    elif both:
        rows.add(f"{name}_high", told["high"].sum(), attacks=attacks)


def _attacks_of(study: Study, ids: pd.Series) -> pd.DataFrame:
    wanted = {name for names in ids for name in names}
    return study.attacks[study.attacks["incident_id"].isin(wanted)]


def _end(value: float) -> str:
    return say("no end") if np.isinf(value) else localised(f"{value:,.0f}")


# What ``study.claims`` holds as tables.
TABLES = (
    Table("ledger", "What each claimant says of each event.", lambda study: record_of(study).ledger,
        because="claims_in_window"),
    Table("events", "The events that claims are about.", lambda study: record_of(study).events,
        because="claims_in_window"),
    Table("comparisons", "What the claims on each figure allow, taken together.",
        lambda study: record_of(study).compared, because="claims_in_window"),
    Table("totals", "Claims added up over the window and the history.", totals_of, because="claims_in_window"),
    Table("problems", "Claims with problems, each with its reason.", _problems_of, because="claims_in_window",
        nothing=message("no claim has a problem")),
)  # fmt: skip
