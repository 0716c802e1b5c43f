"""Who says what happened?"""

import numpy as np
import pandas as pd

from analysis.figures.caption import Caption
from analysis.incidents.study import Study, in_its_language
from analysis.language import message, say
from analysis.measures import claims
from analysis.measures.claims import ANYONE, MIN_SHARE_EVENTS, allowed_words
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.words import Results, counted, day_words, gap, interval, joined, percent

# Charts of many rows say less: the newest losses and the parties with most events are drawn, the tables hold all.
MOST_LOSSES, MOST_PARTIES = 10, 8
SIDES = {"attacker": "attackers", "defender": "defenders", "civilian": "civilians"}

LEDGER_COLUMNS = {
    "loss": "of",
    "claimant": "claimant",
    "words": "says",
    "allows": "allows",
    "revised_from": "first said",
    "publishers": "published by",
    "verified": "attested",
}

LEDGER_NOTE = (
    "A later figure of one claimant replaces its first; counts of a part of a side, or of one place of several, bound "
    "the whole from "
    "below. Attested: a page read says so; never that the number is true."
)

PARTIES_COLUMNS = {
    "claimant": "party",
    "n_events": "events spoken about",
    "n_figure": "with its own dead",
    "n_no_figure": "gives no figure",
    "n_not_mentioned": "not mentioned",
    "share": "share with its own dead",
    "n_compared": "losses that others count too",
    "n_contradicted": "of these contradicted",
    "against_other": "against the other side's own count",
    "against_third": "against third parties' count",
}

PARTIES_NOTE = (
    f"Shares with their exact interval, from {MIN_SHARE_EVENTS} events on. Against others' counts: its figure of the "
    f"other side's dead "
    "over theirs; the median over events lies between the two ends; in brackets, the number of events."
)

TOTALS_COLUMNS = {
    "span": "over",
    "loss": "of",
    "allows": "claims allow",
    "named": "largest numbers named, added up",
    "n_figure": "events with a figure",
    "n_open": "of them open",
    "n_silent": "events without",
    "reason": "not computed, because",
}

TOTALLED = ("killed", "wounded", "captured", "abducted", "sites_seized")
TOTALS_NOTE = (
    "For each event the least and the greatest that any claimant's words allow, waves counted once. An event without a "
    "figure has no "
    "upper end."
)


CHARTS = {
    "claims_latest": message("What each claimant says of the latest event"),
    "claims_most": message("What each claimant says of the event with most claims"),
    "counter_claims": message("Deaths by claim and counter-claim, event by event"),
    "disclosure": message("Which party gives a figure of its own dead"),
}


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say who says what of the events worth telling, what follows, and what does not."""
    record = claims.record_of(study)
    if record.problem:
        return [f"{_sentence(record.problem)} {_published(results)}"]
    told = claims.latest_and_most_claimed(study)
    said = [
        *[sentence for event in told for sentence in _tell(study, event)],
        "Told here: the latest event with a claim (of one day's, that with most claims), and of the others the one "
        "with most claims.",
        _totals(study, results),
        _habits(results),
        _contradicted(results),
        _estimate(results),
        _left_out(study),
    ]
    return [sentence for sentence in said if sentence]


@in_its_language
def finding(study: Study, results: Results) -> str:
    """Return the one sentence that heads a report of this question alone."""
    record = claims.record_of(study)
    if record.problem:
        return _sentence(record.problem)
    event = claims.latest_and_most_claimed(study)[0]
    row = record.events.set_index("event").loc[event]
    return f"{_place(row, most=3)}, {day_words(row['date_start'])}. {_verdict(record, event)}"


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the chart of a first reading: what is claimed of the latest event."""
    if claims.record_of(study).problem:
        return []
    return [_chart(study, "claims_latest", event) for event in claims.latest_and_most_claimed(study)[:1]]


@in_its_language
def further_charts(study: Study) -> list[Chart]:
    """Return the charts that only the question's own report shows: the event with most claims, claims against each other, and habits."""
    if claims.record_of(study).problem:
        return []
    most = [_chart(study, "claims_most", event) for event in claims.latest_and_most_claimed(study)[1:2]]
    return [*most, *_opposed_charts(study), *_habit_charts(study)]


@in_its_language
def why_no_chart(study: Study, name: str) -> str:
    """Return why a chart of the catalogue is not drawn."""
    if problem := claims.record_of(study).problem:
        return problem
    if name == "counter_claims":
        return say("of no event do two sides give a figure of the same dead")
    if name == "disclosure":
        return say("no party to the fighting is among the claimants")
    return say("claims speak of one event alone")


def _opposed_charts(study: Study) -> list[Chart]:
    record = claims.record_of(study)
    opposed = claims.claims_by_side(record.ledger)
    if opposed.empty:
        return []
    losses = opposed[["event", "subject_side"]].drop_duplicates()
    newest = opposed.merge(losses.tail(MOST_LOSSES))
    under = _caption(
        study, int(record.ledger["n_claims"].sum()), newest=len(losses) if len(losses) > MOST_LOSSES else 0
    )
    draw = Drawing("claims.plot_counter_claims", newest, caption=under)
    return [Chart("counter_claims", draw, newest, "Deaths by claim and counter-claim, event by event")]


def _habit_charts(study: Study) -> list[Chart]:
    record = claims.record_of(study)
    parties = claims.claimants_table(record.ledger, level=study.settings.level)
    if parties.empty:
        return []
    shown = claims.disclosures(record.ledger)
    drawn = shown[shown["claimant"].isin(parties["claimant"].head(MOST_PARTIES))]
    draw = Drawing("claims.plot_disclosure", drawn, caption=_caption(study, int(record.ledger["n_claims"].sum())))
    what = "Events that each party spoke about, and whether it gave a figure of its own dead"
    return [Chart("disclosure", draw, drawn, what)]


def _chart(study: Study, name: str, event: str) -> Chart:
    ledger = claims.record_of(study).ledger
    of_event = ledger[ledger["event"].eq(event)]
    shown = of_event[of_event["counted"].eq("persons")]
    draw = Drawing("claims.plot_ledger", shown, caption=_caption(study, int(of_event["n_claims"].sum())))
    return Chart(name, draw, shown, "What each claimant says")


@in_its_language
def write(page: Page, study: Study, results: Results, *, brief: bool = False) -> None:
    """Show the section; ``brief`` leaves to the question's own notebook what a first reading does not need."""
    page.say(*read(study, results))
    record = claims.record_of(study)
    if record.problem:
        return
    events = claims.latest_and_most_claimed(study)[: 1 if brief else 2]
    for name, event in zip(("claims_latest", "claims_most"), events, strict=False):
        page.charts([_chart(study, name, event)], _tell(study, event))
        of_event = record.ledger[record.ledger["event"].eq(event)]
        page.table(
            _with_words(of_event),
            title=f"The ledger: {_place(record.events.set_index('event').loc[event])}, {day_words(of_event['date_start'].iloc[0])}",
            columns=LEDGER_COLUMNS,
            note=LEDGER_NOTE,
            limit=30,
        )
    if not brief:
        _write_comparisons(page, study, record, results)
        _write_totals(page, study)
    if study.claim_problems is not None and len(study.claim_problems):
        page.table(study.claim_problems, title="Claims with problems", limit=15)


def _write_totals(page: Page, study: Study) -> None:
    totals = claims.totals_of(study)
    totals = _with_words(totals[totals["claimant"].eq(ANYONE) & totals["measure"].isin(TOTALLED)])
    totals["span"] = totals["span"].map(
        {"window": f"the last {study.settings.window_days} days", "history": f"since {day_words(study.start)}"}
    )
    page.table(totals, title="Totals of claims", columns=TOTALS_COLUMNS, note=TOTALS_NOTE, limit=60)


def _write_comparisons(page: Page, study: Study, record: claims.Record, results: Results) -> None:
    if opposed := _opposed_charts(study):
        page.charts(opposed, [_contradicted(results)])
    else:
        page.say("Of no event do two sides give a figure of the same dead.")
    parties = claims.claimants_table(record.ledger, level=study.settings.level)
    if parties.empty:
        page.say("No party to the fighting is among the claimants.")
        return
    page.charts(_habit_charts(study), [_habits(results)])
    page.table(
        parties.assign(
            share=_shares(parties), against_other=_ratios(parties, "other"), against_third=_ratios(parties, "third")
        ),
        title="What the parties' words are worth",
        columns=PARTIES_COLUMNS,
        note=PARTIES_NOTE,
    )


def _tell(study: Study, event: str) -> list[str]:
    """Return one event's two paragraphs: whose dead by whom and what follows; and what else is claimed."""
    record = claims.record_of(study)
    row = record.events.set_index("event").loc[event]
    ledger = record.ledger[record.ledger["event"].eq(event)]
    whole = f", one reported wave of {row['n_incidents']} attacks" if row["n_incidents"] > 1 else ""
    parts = [
        f"{_place(row)}, {day_words(row['date_start'])}{whole}: {counted(int(ledger['n_claims'].sum()), 'claim')} by "
        f"{counted(len(set(ledger['claimant'])), 'claimant')}."
    ]
    killed = ledger["measure"].eq("killed")
    for side, name in SIDES.items():
        of_side = ledger[killed & ledger["subject_side"].eq(side)]
        if len(of_side):
            parts.append(f"{name.capitalize()} killed – {'; '.join(map(_says, of_side.itertuples()))}.")
    third = ledger[ledger["claimant_side"].eq("third_party")]
    if third.empty:
        parts.append("No third party is among the claimants.")
    elif not (third["measure"].eq("killed") & ~third["silent"]).any():
        parts.append("No third party gives a figure of the dead.")
    parts.append(_verdict(record, event))
    others = [f"{who}: {joined(told)}" for who, told in _others(ledger[~killed]).items()]
    return [" ".join(parts), f"Also claimed at {_place(row, most=3)} – {'; '.join(others)}." if others else ""]


def _says(row) -> str:
    if row.silent:
        return f"{row.claimant}: no figure{' of its own' if row.claimant_side == row.subject_side else ''}"
    outlets = f", by outlet: {row.alternatives}" if row.by_outlet else ""
    return f"{row.claimant}: {_plain(row.words)}{outlets}"


def _others(ledger: pd.DataFrame) -> dict[str, list[str]]:
    """Return what else each claimant says of persons, sites and materiel."""
    told: dict[str, list[str]] = {}
    for row in ledger.itertuples():
        thing, _, done = row.measure.rpartition("_")
        what = done
        if row.counted == "persons":
            who = SIDES.get(row.subject_side, row.subject_side)
            what = (
                f"{who.removesuffix('s') if row.words == '1' else who} {_MEASURE_WORDS.get(row.measure, row.measure)}"
            )
        first, at, place = _plain(row.words).partition(" at ")
        text = f"{thing} {what} (no figure)".replace("_", " ").strip() if row.silent else f"{first} {what}{at}{place}"
        by = " (third party)" if row.claimant_side == "third_party" else ""
        told.setdefault(f"{row.claimant}{by}", []).append(text)
    return told


_MEASURE_WORDS = {
    "attackers_engaged": "engaged",
    "casualties_total": "dead, wounded, missing or captured together",
    "killed_bodies_removed": "killed, bodies removed",
}


def _verdict(record: claims.Record, event: str) -> str:
    """Say whether the claims give a joint estimate of the dead, and for each side why not."""
    why = {side: claims.why_no_estimate(record.compared, event, side) for side in ("attacker", "defender")}
    rows = record.compared[record.compared["event"].eq(event) & record.compared["measure"].eq("killed")].set_index(
        "subject_side"
    )
    held = [
        f"{allowed_words(rows.loc[side, 'low'], rows.loc[side, 'high'])} {SIDES[side]} killed"
        for side, reason in why.items()
        if not reason
    ]
    said = [f"Claimants of two sides agree on {joined(held)}."] if held else []
    sides_of: dict[str, list[str]] = {}
    for side, reason in why.items():
        if reason:
            sides_of.setdefault(reason, []).append(f"of {SIDES[side]}")
    missing = [f"{joined(sides)}, {reason}" for reason, sides in sides_of.items()]
    if missing:
        said.append(f"No joint estimate {'' if held else 'of deaths '}exists: {'; '.join(missing)}.")
    for side in why:
        if side in rows.index and rows.loc[side, "verdict"] == "contradict":
            row = rows.loc[side]
            spread = f"{row['least']:.0f} to {_end(row['greatest'], row['named'])}"
            said.append(f"Figures of {SIDES[side]} killed run from {spread}, without a best figure; {row['reason']}.")
    return " ".join(said)


def _totals(study: Study, results: Results) -> str:
    names = ("attackers_killed_claimed_low", "defenders_killed_claimed_low")
    window = f"the {study.settings.window_days} days to {day_words(study.as_of)}"
    if not results.known("claims_in_window"):
        return gap(f"Totals of claims over {window}", results.why_not("claims_in_window"))
    told = []
    for name in names:
        side = name.split("_")[0]
        if not results.known(name):
            told.append(f"no figure of {side} killed")
        elif results.known(name.replace("low", "high")):
            high = results[name.replace("low", "high")].value
            told.append(f"{allowed_words(results[name].value, high)} {side} killed")
        else:
            told.append(f"{results[name].value:.0f} or more {side} killed")
    reasons = {
        results.why_not(name.replace("low", "high")) for name in names if not results.known(name.replace("low", "high"))
    }
    still_open = "" if not reasons else " Upper ends are open, because some events have no figure or an open one."
    return (
        f"Over {window}, {counted(int(results['claims_in_window'].value), 'claim')} allow {joined(told)}.{still_open}"
    )


def _habits(results: Results) -> str:
    told, gaps = [], []
    for side in ("attackers", "defenders"):
        name = f"own_deaths_disclosed_{side}"
        if results.known(name):
            row = results[name]
            told.append(f"{side} for {row.detail['count']} of {row.detail['of']} events ({interval(row, 'percent')})")
        else:
            gaps.append(gap(f"How often {side} tell of their own dead", results.why_not(name)))
    first = (
        f"Of the events that they spoke about, a figure of their own dead was given by {joined(told)}." if told else ""
    )
    return " ".join(filter(None, (first, *gaps)))


def _contradicted(results: Results) -> str:
    if not results.known("claims_contradicted"):
        return gap("How often claims contradict each other", results.why_not("claims_contradicted"))
    row = results["claims_contradicted"]
    return (
        f"Where two or more claimants give figures of one loss, no number fits them all in {percent(row.value)} of cases "
        f"({row.detail['count']} of {row.detail['of']}; {interval(row, 'percent')})."
    )


def _estimate(results: Results) -> str:
    if not results.known("defenders_killed_median"):
        return gap("An estimate of deaths an event", results.why_not("defenders_killed_median"))
    row = results["defenders_killed_median"]
    return (
        f"Among events with a figure of defenders killed, half have {row.value:.0f} or fewer by the estimate "
        f"({interval(row, '{:.0f}')}; {row.method}), right only if in each event some claimant's words hold the truth."
    )


def _left_out(study: Study) -> str:
    record = claims.record_of(study)
    said = [f"Claims used: {len(record.placed):,}, of the {len(record.placed) + record.n_left_out:,} in the table"]
    if record.n_left_out:
        said.append("the others are about other attacks, or about waves that the selection holds in part")
    later = int(record.placed["published_date"].gt(study.as_of).sum())
    if later:
        said.append(f"{later:,} of those used were published after as_of, about attacks up to it")
    lost = 0 if study.claim_problems is None else int(study.claim_problems["action"].eq("row set aside").sum())
    if lost:
        said.append(f"{lost:,} problems set rows of the claims table aside, each named below")
    return "; ".join(said) + "."


def _published(results: Results) -> str:
    names = [f"published_deaths_{end}" for end in ("low", "best", "high")]
    if not results.known(*names):
        return gap("Deaths in the window by the publisher's own low, best and high figures", results.why_not(*names))
    low, best, high = (results[name].value for name in names)
    return (
        f"By the publisher's own figures, attacks in the window killed {best:,.0f} people ({low:,.0f} to {high:,.0f} "
        f"from all its "
        "low to all its high figures), all parties together."
    )


def _with_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its intervals and losses in words."""
    silent = table["silent"] if "silent" in table else table["status"].ne("computed")
    allows = ["no figure" if quiet else allowed_words(low, high) for quiet, low, high in zip(silent, table["low"], table["high"], strict=True)]  # fmt: skip
    loss = [_loss(*key) for key in zip(table["subject_side"], table["measure"], table["counted"], strict=True)]
    if "alternatives" in table:
        allows = [
            f"{other}, by outlet" if other else words
            for other, words in zip(table["alternatives"], allows, strict=True)
        ]
    return table.assign(allows=allows, loss=loss)


def _loss(side: str, measure: str, counted: str) -> str:
    if counted == "persons":
        return f"{SIDES.get(side, side)} {_MEASURE_WORDS.get(measure, measure)}"
    words = measure.replace("_", " ")
    return words if words.startswith(counted) or not counted else f"{words} ({counted})"


def _shares(parties: pd.DataFrame) -> list[str]:
    return [
        f"{percent(row.value)} ({percent(row.low)} to {percent(row.high)})"
        if row.status == "computed"
        else "too few events"
        for row in parties.itertuples()
    ]


def _ratios(parties: pd.DataFrame, name: str) -> list[str]:
    return [
        "" if n == 0 else f"{low:.2g} to {_end(high, high, '{:.2g}')} ({n})"
        for n, low, high in zip(
            parties[f"n_against_{name}"], parties[f"ratio_{name}_low"], parties[f"ratio_{name}_high"], strict=True
        )
    ]


def _end(high: float, named: float, form: str = "{:,.0f}") -> str:
    if np.isfinite(high):
        return form.format(high)
    return f"{form.format(named)} or more" if np.isfinite(named) else "no end"


def _place(event: pd.Series, *, most: int = 8) -> str:
    places = event["where"].split("; ")
    return joined(places) if len(places) <= most else f"{', '.join(places[:most])} and {len(places) - most} more"


def _plain(words: str) -> str:
    return words.replace("; ", " or ")


def _sentence(reason: str) -> str:
    return f"{reason[0].upper()}{reason[1:]}."


def _caption(study: Study, n: int, *, newest: int = 0) -> Caption:
    file = study.beside["claims"].name if "claims" in study.beside else "claims"
    note = f"The newest {MOST_LOSSES} of {newest} losses." if newest else ""
    return Caption(f"claims as published ({file})", study.as_of, n, note=note, counted="claims")
