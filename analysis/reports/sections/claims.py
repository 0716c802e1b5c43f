"""Who says what happened?"""

import numpy as np
import pandas as pd

from analysis.figures.caption import Caption
from analysis.incidents.study import Study, in_its_language
from analysis.language import localised, message, say, say_count
from analysis.measures import claims
from analysis.measures.claims import ANYONE, MIN_SHARE_EVENTS, allowed_words
from analysis.measures.result import clauses
from analysis.reports.page import Chart, Page
from analysis.reports.problems import show_problems
from analysis.reports.wording import (
    Results,
    all_of,
    as_sentence,
    day_words,
    few,
    gap,
    heads,
    interval,
    joined,
    number,
    percent,
    selection_words,
)

# Charts of many rows say less: the newest losses and the parties with most events are drawn, the tables hold all.
MOST_LOSSES, MOST_PARTIES = 10, 8
# Whose dead are told, in this order.
SIDES = ("attacker", "defender", "civilian", "all")
LEDGER_COLUMNS = {
    "loss": message("loss"),
    "claimant": message("claimant"),
    "words": message("says"),
    "allows": message("allows"),
    "revised_from": message("first said"),
    "publishers": message("published by"),
    "verified": message("attested"),
}
LEDGER_NOTE = message(
    "A later figure of one claimant replaces its first. Counts of a part of a side, or of one place of several, bound"
    " the whole from below. Attested: a page read says so; never that the number is true."
)
PARTIES_COLUMNS = {
    "claimant": message("party"),
    "n_events": message("events spoken about"),
    "n_figure": message("with its own dead"),
    "n_no_figure": message("gives no figure"),
    "n_not_mentioned": message("not mentioned"),
    "share": message("share with its own dead"),
    "n_compared": message("losses that others count too"),
    "n_contradicted": message("of these contradicted"),
    "against_other": message("against the other side's own count"),
    "against_third": message("against third parties' count"),
}
PARTIES_NOTE = message(
    "Shares with their exact interval, from {n} events on. Against others' counts: its figure of the other side's dead"
    " over theirs. The median over events lies between the two ends; in brackets, the number of events."
)
TOTALS_COLUMNS = {
    "span": message("time span"),
    "loss": message("loss"),
    "allows": message("claims allow"),
    "named": message("largest numbers named, added up"),
    "n_figure": message("events with a figure"),
    "n_open": message("of them open"),
    "n_silent": message("events without"),
    "reason": message("not computed, because"),
}
TOTALLED = ("killed", "wounded", "captured", "abducted", "sites_seized")
TOTALS_NOTE = message(
    "For each event the least and the greatest that any claimant's words allow, waves counted once. An event without a "
    "figure has no upper end."
)
CHARTS = {
    "claims_latest": message("What each claimant says of the latest event"),
    "claims_most": message("What each claimant says of the event with most claims"),
    "counter_claims": message("Deaths by claim and counter-claim, event by event"),
    "disclosure": message("Which party gives a figure of its own dead"),
}
# What codes of the tables are called.
SIDE_WORDS = {
    "attacker": message("attackers"),
    "defender": message("defenders"),
    "civilian": message("civilians"),
    "all": message("members of all parties"),
}
LOSSES = {
    "killed": message("{side} killed"),
    "wounded": message("{side} wounded"),
    "captured": message("{side} captured"),
    "abducted": message("{side} abducted"),
    "missing": message("{side} missing"),
    "attackers_engaged": message("{side} engaged"),
    "casualties_total": message("{side} dead, wounded, missing or captured together"),
    "killed_bodies_removed": message("{side} killed, bodies removed"),
}
THINGS = {
    "sites_seized": message("sites seized"),
    "sites_attacked": message("sites attacked"),
    "positions_seized": message("positions seized"),
    "vehicles_seized": message("vehicles seized"),
    "vehicles_destroyed": message("vehicles destroyed"),
    "trucks_seized": message("trucks seized"),
    "motorcycles_seized": message("motorcycles seized"),
    "motorcycles_destroyed": message("motorcycles destroyed"),
    "motorcycles_engaged": message("motorcycles engaged"),
    "weapons_seized": message("weapons seized"),
    "launchers_seized": message("launchers seized"),
    "aircraft_destroyed": message("aircraft destroyed"),
    "vehicle_bombs_used": message("vehicle bombs used"),
    "damage": message("damage"),
}
TOLD = {
    "attacker": message("Attackers killed – {told}."),
    "defender": message("Defenders killed – {told}."),
    "civilian": message("Civilians killed – {told}."),
    "all": message("Dead of all parties together – {told}."),
}
AGREED = {
    "attacker": message("Claimants of two sides agree on attackers killed: {allowed}."),
    "defender": message("Claimants of two sides agree on defenders killed: {allowed}."),
    "civilian": message("Claimants of two sides agree on civilians killed: {allowed}."),
    "all": message("Claimants of two sides agree on the dead of all parties together: {allowed}."),
}
NOT_AGREED = {
    "attacker": message("Of attackers killed there is no joint estimate: {reason}."),
    "defender": message("Of defenders killed there is no joint estimate: {reason}."),
}
APART = {
    "attacker": message("Figures of attackers killed run from {least} to {greatest}, without a best figure; {reason}."),
    "defender": message("Figures of defenders killed run from {least} to {greatest}, without a best figure; {reason}."),
    "civilian": message("Figures of civilians killed run from {least} to {greatest}, without a best figure; {reason}."),
    "all": message(
        "Figures of all parties' dead together run from {least} to {greatest}, without a best figure; {reason}."
    ),
}
FROM_SIDES = message("What is said of the sides adds up to more than what is said of all parties; {reason}.")
TOTALS = {
    "attackers": message("attackers killed, {allowed}"),
    "defenders": message("defenders killed, {allowed}"),
}
DISCLOSED = {
    "attackers": message(
        "Attackers gave a figure of their own dead for {count} of the {n} events that they spoke about ({bounds})."
    ),
    "defenders": message(
        "Defenders gave a figure of their own dead for {count} of the {n} events that they spoke about ({bounds})."
    ),
}
NOT_DISCLOSED = {
    "attackers": message("How often attackers tell of their own dead"),
    "defenders": message("How often defenders tell of their own dead"),
}


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say who says what of the events worth telling, what follows, and what does not."""
    record = claims.record_of(study)
    if record.problem:
        return [f"{as_sentence(record.problem)} {_published(results)}"]
    told = claims.latest_and_most_claimed(study)
    said = [
        *[sentence for event in told for sentence in _tell(study, event)],
        say(
            "Told here: the latest event with a claim (of one day's, that with most claims), and of the others the one"
            " with most claims."
        ),
        _totals(study, results),
        _habits(results),
        _contradicted(results),
        _estimate(results),
        _left_out(study),
    ]
    return [sentence for sentence in said if sentence]


@in_its_language
def finding(study: Study, results: Results) -> str:
    """Return what heads a report of this question alone."""
    record = claims.record_of(study)
    if record.problem:
        return as_sentence(record.problem)
    event = claims.latest_and_most_claimed(study)[0]
    return f"{_when_and_where(record, event, most=3)}. {_verdict(record, event)}"


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the chart of a first reading: what is claimed of the latest event."""
    if claims.record_of(study).problem:
        return []
    return [_chart(study, "claims_latest", event) for event in claims.latest_and_most_claimed(study)[:1]]


@in_its_language
def further_charts(study: Study) -> list[Chart]:
    """Return the charts that only the question's own report shows: the event with most claims, claims against each
    other, and habits."""
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
    ends = newest.groupby(["event", "subject_side"]).agg(low=("low", "max"), high=("high", "min"))
    apart = int(ends["low"].gt(ends["high"]).sum())
    title = say_count("In {n} of {total} losses claim and counter-claim exclude each other", apart, total=len(ends))
    finite = newest.assign(named=newest["high"].where(np.isfinite(newest["high"]), newest["low"]))
    largest = finite[finite["named"].eq(finite["named"].max())]
    losses_of = largest.drop_duplicates(["event", "subject_side"])[["where", "date_start"]]
    of = [
        say("{place} on {day}", place=_places(where, most=3), day=day)
        for where, day in losses_of.itertuples(index=False)
    ]
    allowed = allowed_words(*largest[["low", "high"]].iloc[0])
    alt = say("The highest claim is {allowed}, of {losses}.", allowed=allowed, losses=all_of(of))
    look = {"caption": under, "title": title, "adds": alt}
    return [Chart.of(CHARTS, "counter_claims", "claims.plot_counter_claims", newest, **look)]


def _habit_charts(study: Study) -> list[Chart]:
    record = claims.record_of(study)
    parties = claims.claimants_table(record.ledger, level=study.settings.level)
    if parties.empty:
        return []
    shown = claims.disclosures(record.ledger)
    drawn = shown[shown["claimant"].isin(parties["claimant"].head(MOST_PARTIES))]
    title = say(
        "Parties gave a figure of their own dead for {n} of the {total} events that they spoke about",
        n=int(drawn["disclosed"].eq("figure").sum()), total=len(drawn),
    )  # fmt: skip
    first = parties.iloc[0]
    alt = say_count(
        "{party} spoke about {n} [event|events], and gave a figure of its own dead for {told}.",
        int(first["n_events"]), party=first["claimant"], told=int(first["n_figure"]),
    )  # fmt: skip
    under = _caption(study, int(record.ledger["n_claims"].sum()))
    look = {"caption": under, "title": title, "adds": alt}
    return [Chart.of(CHARTS, "disclosure", "claims.plot_disclosure", drawn, **look)]


def _chart(study: Study, name: str, event: str) -> Chart:
    record = claims.record_of(study)
    of_event = record.ledger[record.ledger["event"].eq(event)]
    shown = _with_losses(of_event[of_event["counted"].eq("persons")])
    title, silent = _chart_title(record, event), int(shown["silent"].sum())
    alt = say(
        "Statements on persons that are drawn: {n}; their claimants: {claimants}; without a figure: {silent}.",
        n=len(shown), claimants=shown["claimant"].nunique(), silent=silent,
    )  # fmt: skip
    under = _caption(study, int(of_event["n_claims"].sum()))
    return Chart.of(CHARTS, name, "claims.plot_ledger", shown, caption=under, title=title, adds=alt)


def _chart_title(record: claims.Record, event: str) -> str:
    """Return how the figures of an event's dead stand to each other."""
    rows = record.compared[record.compared["event"].eq(event) & record.compared["measure"].eq("killed")]
    where = _when_and_where(record, event, most=2)
    if rows["verdict"].eq("contradict").any():
        return say("{where}: figures of the dead contradict each other", where=where)
    if (rows["verdict"].eq("agree") & rows["n_sides"].ge(2)).any():
        return say("{where}: two sides' figures of the dead can both be true", where=where)
    if not rows["n_claimants"].sum():
        return say("{where}: nobody gives a figure of the dead", where=where)
    ledger = record.ledger[record.ledger["event"].eq(event) & record.ledger["measure"].eq("killed")]
    if len(ledger.loc[~ledger["silent"], "claimant_side"].unique()) > 1:
        return say("{where}: no two sides give figures of the same dead", where=where)
    return say("{where}: figures of the dead come from one side alone", where=where)


@in_its_language
def write(page: Page, study: Study, results: Results, *, brief: bool = False) -> None:
    """Show the section; ``brief`` leaves to the question's own notebook what a first reading does not need."""
    page.say(*read(study, results))
    record = claims.record_of(study)
    if record.problem:
        return
    events = claims.latest_and_most_claimed(study)[: 1 if brief else 2]
    for name, event in zip(("claims_latest", "claims_most"), events, strict=False):
        page.charts([_chart(study, name, event)], ())
        of_event = record.ledger[record.ledger["event"].eq(event)]
        page.table(
            _with_words(of_event),
            title=say("The ledger: {where}", where=_when_and_where(record, event)),
            columns=heads(LEDGER_COLUMNS),
            note=say(LEDGER_NOTE),
            limit=30,
        )
    if not brief:
        _write_comparisons(page, study, record)
        _write_totals(page, study)
    if study.claim_problems is not None and len(study.claim_problems):
        show_problems(page, study.claim_problems, title=say("Claims with problems"))


def _write_totals(page: Page, study: Study) -> None:
    totals = claims.totals_of(study)
    totals = _with_words(totals[totals["claimant"].eq(ANYONE) & totals["measure"].isin(TOTALLED)])
    spans = {
        "window": say("the last {days} days", days=study.settings.window_days),
        "history": say("since {day}", day=study.start),
    }
    totals["span"] = totals["span"].map(spans)
    page.table(totals, title=say("Totals of claims"), columns=heads(TOTALS_COLUMNS), note=say(TOTALS_NOTE), limit=60)


def _write_comparisons(page: Page, study: Study, record: claims.Record) -> None:
    if opposed := _opposed_charts(study):
        page.charts(opposed, ())
    else:
        page.say(say("Of no event do two sides give a figure of the same dead."))
    parties = claims.claimants_table(record.ledger, level=study.settings.level)
    if parties.empty:
        page.say(say("No party to the fighting is among the claimants."))
        return
    page.charts(_habit_charts(study), ())
    page.table(
        parties.assign(
            share=_shares(parties), against_other=_ratios(parties, "other"), against_third=_ratios(parties, "third")
        ),
        title=say("How the parties' claims stand against others'"),
        columns=heads(PARTIES_COLUMNS),
        note=say(PARTIES_NOTE, n=MIN_SHARE_EVENTS),
    )


def _tell(study: Study, event: str) -> list[str]:
    """Return one event's two paragraphs: whose dead by whom and what follows; and what else is claimed."""
    record = claims.record_of(study)
    row = record.events.set_index("event").loc[event]
    ledger = record.ledger[record.ledger["event"].eq(event)]
    where = _when_and_where(record, event)
    if row["n_incidents"] > 1:
        where = say("{where}, one reported wave of {n} attacks", where=where, n=int(row["n_incidents"]))
    claimants = say_count("{n} [claimant|claimants]", len(set(ledger["claimant"])))
    parts = [
        say_count(
            "{where}: {n} [claim|claims] by {claimants}.",
            int(ledger["n_claims"].sum()),
            where=where,
            claimants=claimants,
        )
    ]
    killed = ledger["measure"].eq("killed")
    for side in SIDES:
        of_side = ledger[killed & ledger["subject_side"].eq(side)]
        if len(of_side):
            parts.append(say(TOLD[side], told=clauses(*map(_says, of_side.itertuples()))))
    third = ledger[ledger["claimant_side"].eq("third_party")]
    if third.empty:
        parts.append(say("No third party is among the claimants."))
    elif not (third["measure"].eq("killed") & ~third["silent"]).any():
        parts.append(say("No third party gives a figure of the dead."))
    parts.append(_verdict(record, event))
    others = [
        say("{claimant}: {words}.", claimant=who, words=joined(told)) for who, told in _others(ledger[~killed]).items()
    ]
    if not others:
        return [" ".join(parts)]
    also = say("Also claimed at {place}:", place=_places(row["where"], most=3))
    return [" ".join(parts), " ".join((also, *others))]


def _says(row) -> str:
    if row.silent and row.claimant_side == row.subject_side:
        return say("{claimant}: no figure of its own", claimant=row.claimant)
    if row.silent:
        return say("{claimant}: no figure", claimant=row.claimant)
    if row.by_outlet:
        return say(
            "{claimant}: {words}, by outlet: {alternatives}",
            claimant=row.claimant, words=_plain(row.words), alternatives=row.alternatives,
        )  # fmt: skip
    return say("{claimant}: {words}", claimant=row.claimant, words=_plain(row.words))


def _others(ledger: pd.DataFrame) -> dict[str, list[str]]:
    """Return what else each claimant says of persons, sites and materiel."""
    told: dict[str, list[str]] = {}
    for row in ledger.itertuples():
        what = _loss(row.subject_side, row.measure, "persons" if row.counted == "persons" else "")
        words = say("no figure") if row.silent else _plain(row.words)
        who = row.claimant
        if row.claimant_side == "third_party":
            who = say("{claimant} (third party)", claimant=who)
        told.setdefault(who, []).append(say("{loss} ({words})", loss=what, words=words))
    return told


def _verdict(record: claims.Record, event: str) -> str:
    """Say whether the claims give a joint estimate of the dead, and for each side of the fighting why not."""
    whether = {side: claims.why_no_estimate(record.compared, event, side) for side in SIDES}
    why = {side: whether[side] for side in NOT_AGREED}
    rows = record.compared[record.compared["event"].eq(event) & record.compared["measure"].eq("killed")].set_index(
        "subject_side"
    )
    said = [
        say(AGREED[side], allowed=allowed_words(rows.loc[side, "low"], rows.loc[side, "high"]))
        for side, reason in whether.items()
        if not reason
    ]
    if len(set(why.values())) == 1 and all(why.values()):
        said.append(
            say("There is no joint estimate of deaths, of attackers or of defenders: {reason}.", reason=why["attacker"])
        )
    else:
        said += [say(NOT_AGREED[side], reason=reason) for side, reason in why.items() if reason]
    for side in SIDES:
        if side in rows.index and rows.loc[side, "verdict"] == "contradict":
            row = rows.loc[side]
            said.append(
                say(FROM_SIDES, reason=row["reason"])
                if row["by_sides"]
                else say(
                    APART[side], least=round(row["least"]), greatest=_end(row["greatest"], row["named"]),
                    reason=row["reason"],
                )
            )  # fmt: skip
    return " ".join(said)


def _totals(study: Study, results: Results) -> str:
    if not results.known("claims_in_window"):
        what = say("Totals of claims over the {days} days to {day}", days=study.settings.window_days, day=study.as_of)
        return gap(what, results.why_not("claims_in_window"))
    told, still_open = [], False
    for side, words in TOTALS.items():
        low, high = (f"{side}_killed_claimed_{end}" for end in ("low", "high"))
        still_open |= not results.known(high)
        if not results.known(low):
            allowed = say("no figure")
        else:
            allowed = allowed_words(results[low].value, results[high].value if results.known(high) else np.inf)
        told.append(say(words, allowed=allowed))
    said = say_count(
        "Over the {days} days to {day}, {n} [claim allows|claims allow]: {told}.",
        int(results["claims_in_window"].value),
        days=study.settings.window_days,
        day=study.as_of,
        told=clauses(*told),
    )
    if not still_open:
        return said
    return f"{said} {say('Upper ends are open, because some events have no figure or an open one.')}"


def _habits(results: Results) -> str:
    said = []
    for side, words in DISCLOSED.items():
        name = f"own_deaths_disclosed_{side}"
        if results.known(name):
            row = results[name]
            said.append(say(words, count=row.detail["count"], n=row.detail["of"], bounds=interval(row, "percent")))
        else:
            said.append(gap(say(NOT_DISCLOSED[side]), results.why_not(name)))
    return " ".join(said)


def _contradicted(results: Results) -> str:
    if not results.known("claims_contradicted"):
        return gap(say("How often claims contradict each other"), results.why_not("claims_contradicted"))
    row = results["claims_contradicted"]
    return say(
        "Where two or more claimants give figures of one loss, no number fits them all in {share} of cases ({count} of "
        "{n}; {bounds}).",
        share=percent(row.value), count=row.detail["count"], n=row.detail["of"], bounds=interval(row, "percent"),
    )  # fmt: skip


def _estimate(results: Results) -> str:
    if not results.known("defenders_killed_median"):
        return gap(say("An estimate of deaths an event"), results.why_not("defenders_killed_median"))
    row = results["defenders_killed_median"]
    estimate = say(
        "Among events with a figure of defenders killed, half have {n} or fewer by the estimate ({bounds}).",
        n=round(row.value), bounds=interval(row, "{:,.0f}"),
    )  # fmt: skip
    right = say("It is right only if in each event some claimant's words hold the truth ({method}).", method=row.method)
    return f"{estimate} {right}"


def _left_out(study: Study) -> str:
    record = claims.record_of(study)
    used, left = len(record.placed), record.n_left_out
    said = [say("Claims of the table that are used: {n} of {total}.", n=used, total=used + left)]
    if left:
        said.append(say("The others are about other attacks, or about waves that the selection holds in part."))
    if later := int(record.placed["published_date"].gt(study.as_of).sum()):
        said.append(
            say_count(
                "{n} of those used [was|were] published after {day}, about [an attack|attacks] up to it.",
                later,
                day=study.as_of,
            )
        )
    lost = 0 if study.claim_problems is None else int(study.claim_problems["action"].eq("row set aside").sum())
    if lost:
        said.append(
            say_count("{n} [problem|problems] set [a row|rows] of the claims table aside, [|each ]named below.", lost)
        )
    return " ".join(said)


def _published(results: Results) -> str:
    names = [f"published_deaths_{end}" for end in ("low", "best", "high")]
    if not results.known(*names):
        what = say("Deaths in the window by the publisher's own low, best and high figures")
        return gap(what, results.why_not(*names))
    low, best, high = (results[name].value for name in names)
    if low == high:
        return say(
            "By the publisher's own figures, deaths in attacks of the window number {best:,.0f}, all parties together, "
            "by low and high figures alike.",
            best=best,
        )
    return say(
        "By the publisher's own figures, deaths in attacks of the window number {best:,.0f}, all parties together "
        "({low:,.0f} to {high:,.0f} from all its low to all its high figures).",
        best=best, low=low, high=high,
    )  # fmt: skip


def _with_losses(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its losses in words."""
    loss = [_loss(*key) for key in zip(table["subject_side"], table["measure"], table["counted"], strict=True)]
    return table.assign(loss=pd.Series(loss, index=table.index, dtype="str"))


def _with_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its intervals and losses in words."""
    silent = table["silent"] if "silent" in table else table["status"].ne("computed")
    allows = [
        say("no figure") if quiet else allowed_words(low, high)
        for quiet, low, high in zip(silent, table["low"], table["high"], strict=True)
    ]
    if "alternatives" in table:
        allows = [
            say("{alternatives}, by outlet", alternatives=other) if other else words
            for other, words in zip(table["alternatives"], allows, strict=True)
        ]
    return _with_losses(table).assign(allows=allows)


def _loss(side: str, measure: str, counted: str) -> str:
    """Return what is lost, in words: of persons with their side, of things with what they are counted in."""
    if counted == "persons":
        words = LOSSES.get(measure)
        who = say(SIDE_WORDS.get(side, side))
        return say(words, side=who) if words else f"{who} {measure.replace('_', ' ')}"
    words = say(THINGS[measure]) if measure in THINGS else measure.replace("_", " ")
    return words if measure.startswith(counted) or not counted else say("{thing} ({unit})", thing=words, unit=counted)


def _shares(parties: pd.DataFrame) -> list[str]:
    return [
        say("{share} ({low} to {high})", share=percent(row.value), low=percent(row.low), high=percent(row.high))
        if row.status == "computed"
        else say("too few events")
        for row in parties.itertuples()
    ]


def _ratios(parties: pd.DataFrame, name: str) -> list[str]:
    return [
        ""
        if n == 0
        else say(
            "{low} to {high} ({n})", low=number(low), high=number(high) if np.isfinite(high) else say("no end"), n=n
        )
        for n, low, high in zip(
            parties[f"n_against_{name}"], parties[f"ratio_{name}_low"], parties[f"ratio_{name}_high"], strict=True
        )
    ]


def _end(high: float, named: float) -> str:
    if np.isfinite(high):
        return localised(f"{high:,.0f}")
    return say("{low} or more", low=localised(f"{named:,.0f}")) if np.isfinite(named) else say("no end")


def _when_and_where(record: claims.Record, event: str, *, most: int = 8) -> str:
    row = record.events.set_index("event").loc[event]
    return f"{_places(row['where'], most=most)}, {day_words(row['date_start'])}"


def _places(where: str, *, most: int = 8) -> str:
    return few(where.split("; "), most)


def _plain(words: str) -> str:
    """Return what a claimant says of several things as one or the other."""
    first, *others = words.split("; ")
    for other in others:
        first = say("{first} or {second}", first=first, second=other)
    return first


def _caption(study: Study, n: int, *, newest: int = 0) -> Caption:
    file = study.beside["claims"].name if "claims" in study.beside else "claims"
    note = say("The newest {n} of {total} losses.", n=MOST_LOSSES, total=newest) if newest else ""
    source = say("claims as published ({file})", file=file)
    return Caption(source, study.as_of, n, note=note, counted=say("claims"), shows=selection_words(study))
