"""What each claimant says of each loss in each event, as intervals; what they allow together, and what each is worth.

Tables in, tables out: nothing here knows a study. See `analysis.measures.claims` for the rules.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.incidents.canonical import typed_frame
from analysis.incidents.claims import measure_kind
from analysis.language import localised, message, say, say_count
from analysis.measures.result import COMPUTED, NOT_COMPUTED, TAIL_DTYPES, row_tail
from analysis.statistics.distributions import binomial_interval

# An estimate over events needs this many for which someone gives a figure: with fewer, a median's interval spans most
# of them.
MIN_EVENTS = 20
# A share of fewer events than this says nothing of a habit.
MIN_SHARE_EVENTS = 3
N_DRAWS = 199
ANYONE = "anyone"
SIDE_ORDER = ("attacker", "defender", "third_party")
SUBJECT_ORDER = ("attacker", "defender", "civilian", "all", "site", "materiel")
# What "all" of an event are made of: nobody is of two.
OF_ALL = ("attacker", "defender", "civilian")
_OPPOSITE = {"attacker": "defender", "defender": "attacker"}
_MEASURES_FIRST = ("killed", "wounded", "captured", "abducted", "missing")
# What is said of a side, by its code.
FEW_EVENTS = {
    "attacker": message("events with a figure of attackers killed number {n}; an estimate needs {needed}"),
    "defender": message("events with a figure of defenders killed number {n}; an estimate needs {needed}"),
    "civilian": message("events with a figure of civilians killed number {n}; an estimate needs {needed}"),
    "all": message("events with a figure of all killed number {n}; an estimate needs {needed}"),
}
NO_OWN_FIGURE = {
    "attacker": message("the attackers give no figure of their own"),
    "defender": message("the defenders give no figure of their own"),
}
NO_FIGURE = {
    "attacker": message("the attackers give no figure"),
    "defender": message("the defenders give no figure"),
}
_MATTER = ["event", "subject_side", "measure", "counted"]
_EVENT_DTYPES = {
    "event": "str", "date_start": "datetime64[us]", "date_end": "datetime64[us]", "where": "str", "attacker": "str",
    "whole": "bool", "n_incidents": "int64", "incident_ids": "object",
}  # fmt: skip
_LEDGER_DTYPES = {
    "event": "str", "date_start": "datetime64[us]", "where": "str", "subject_side": "str", "measure": "str",
    "counted": "str",
    "claimant": "str", "claimant_side": "str", "words": "str", "silent": "bool", "civilians": "bool",
    "by_outlet": "bool", "alternatives": "str", "revised_from": "str",
    "approximate": "bool", "verified": "bool", "n_claims": "int64", "claim_ids": "object", "publishers": "str",
    **TAIL_DTYPES,
}  # fmt: skip
_COMPARED_DTYPES = {
    "event": "str", "date_start": "datetime64[us]", "where": "str", "subject_side": "str", "measure": "str",
    "counted": "str",
    "verdict": "str", "gap_low": "float64", "gap_high": "float64", "least": "float64", "greatest": "float64",
    "named": "float64", "lowest_claimant": "str", "highest_claimant": "str", "n_claimants": "int64", "n_sides": "int64",
    "n_silent": "int64", "silent": "str", "n_of_sides": "int64", "by_sides": "bool",
    "ever_low": "float64", "ever_high": "float64", "ratio_low": "float64",
    "ratio_high": "float64", "ratio_reason": "str", **TAIL_DTYPES,
}  # fmt: skip
_CLAIMANT_DTYPES = {
    "claimant": "str", "claimant_side": "str", "n_events": "int64", "n_figure": "int64", "n_no_figure": "int64",
    "n_not_mentioned": "int64", "n_compared": "int64", "n_contradicted": "int64", "n_against_other": "int64",
    "ratio_other_low": "float64", "ratio_other_high": "float64", "n_against_third": "int64",
    "ratio_third_low": "float64", "ratio_third_high": "float64", **TAIL_DTYPES,
}  # fmt: skip
_TOTAL_DTYPES = {
    "span": "str", "period_start": "datetime64[us]", "period_end": "datetime64[us]", "subject_side": "str",
    "measure": "str",
    "counted": "str", "claimant": "str", "named": "float64", "n_events": "int64", "n_figure": "int64",
    "n_open": "int64", "n_silent": "int64", **TAIL_DTYPES,
}  # fmt: skip


def claim_events(attacks: pd.DataFrame, *, incidents: pd.DataFrame) -> pd.DataFrame:
    """Return what claims can be about: each reported wave as one event, each other attack as one.

    Parameters
    ----------
    attacks
        The attacks selected.
    incidents
        The whole incident table, which tells whether a wave is selected whole.

    Returns
    -------
    pandas.DataFrame
        One row an event, by first day: ``event, date_start, date_end, where, attacker, whole, n_incidents,
        incident_ids``.
    """
    columns = ["incident_id", "date_start", "date_end", "locality", "admin1", "attacker", "reported_wave"]
    texts = attacks[columns].astype(dict.fromkeys(columns[3:], object))
    grouped: dict[str, list] = {}
    for row in texts.where(texts.notna(), None).itertuples(index=False):
        grouped.setdefault(row.reported_wave or row.incident_id, []).append(row)
    in_table = incidents["reported_wave"].value_counts().to_dict()
    rows = [
        {
            "event": event,
            "date_start": min(row.date_start for row in members),
            "date_end": max(row.date_end for row in members),
            "where": "; ".join(dict.fromkeys(row.locality or row.admin1 or say("place not stated") for row in members)),
            "attacker": " and ".join(dict.fromkeys(row.attacker or say("unnamed") for row in members)),
            "whole": members[0].reported_wave is None or len(members) == in_table.get(event, 0),
            "n_incidents": len(members),
            "incident_ids": [row.incident_id for row in members],
        }
        for event, members in grouped.items()
    ]
    frame = typed_frame(rows, _EVENT_DTYPES)
    return frame.sort_values(["date_start", "event"], ignore_index=True)


def place_claims(
    claims: pd.DataFrame, *, attacks: pd.DataFrame, incidents: pd.DataFrame, events: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the claims that speak of the attacks selected, each with its event.

    A claim about a wave is left out unless the wave is selected whole: it cannot be split.

    Parameters
    ----------
    claims, attacks, incidents
        Claims of `load_claims` (``.claims``) or `derive_claims`, the attacks selected, and the whole table.
    events
        From `claim_events`, where it is known already.

    Returns
    -------
    pandas.DataFrame
        The claims' columns with ``event``, ``of_whole`` (about the event rather than one of its incidents), ``counted``
        (``persons``, or the unit of things and sites) and ``where`` (the incident's place). Where one name is both a
        wave and an incident, the claim is read as about the wave for its lower end, and its upper end is left open.
    """
    events = claim_events(attacks, incidents=incidents) if events is None else events
    wave_of = dict(zip(attacks["incident_id"], attacks["reported_wave"].fillna(attacks["incident_id"]), strict=True))
    place_of = dict(zip(attacks["incident_id"], attacks["locality"].fillna(""), strict=True))
    waves = set(incidents["reported_wave"].dropna())
    size = claims.groupby("wave_or_incident")["n_incidents"].max()
    beyond = set(size.index[size > attacks["reported_wave"].value_counts().reindex(size.index).fillna(np.inf)])
    whole_waves = (set(events.loc[events["whole"], "event"]) & waves) - beyond
    single = set(events.loc[events["n_incidents"].eq(1) & events["whole"], "event"])
    key = claims["wave_or_incident"]
    about_wave = _among(key, whole_waves)
    about_incident = _among(key, wave_of) & ~_among(key, waves)
    placed = claims[about_wave | about_incident].copy()
    key = placed["wave_or_incident"]
    placed["event"] = pd.Series(
        [name if name in whole_waves else wave_of[name] for name in key], index=placed.index, dtype="str"
    )
    placed["of_whole"] = _among(key, whole_waves) | _among(placed["event"], single)
    placed["where"] = pd.Series([place_of.get(name, "") for name in key], index=placed.index, dtype="str")
    both = _among(key, whole_waves) & _among(key, set(incidents["incident_id"])) & ~_among(placed["event"], single)
    placed["high"] = placed["high"].where(~both, np.inf)
    persons = pd.Series([measure_kind(name) == "persons" for name in placed["measure"]], index=placed.index, dtype=bool)
    placed["counted"] = placed["unit"].where(~persons, "persons").astype("str")
    return placed.reset_index(drop=True)


def _among(names: pd.Series, known: Collection[str]) -> np.ndarray:
    """Return which names are among those known; `Series.isin` looks at every known name again at each call."""
    return np.fromiter((name in known for name in names), dtype=bool, count=len(names))


def ledger_of(placed: pd.DataFrame, *, events: pd.DataFrame) -> pd.DataFrame:
    """Return what each claimant says of each loss in each event: one row a claimant, event, side, measure.

    A claimant's latest words count, by what it calls first or last and by date; where that does not tell them apart and
    they cannot all be true, the interval spans them (``by_outlet``). Counts of a part of a side bound the whole from
    below; counts of more than a side, from above. What is said of a wave's incidents adds up to a lower end for the
    wave, and to an upper end only where all of them are spoken of.

    Parameters
    ----------
    placed
        Claims, of `load_claims` (``.claims``) or `derive_claims`, placed at their events by `place_claims`.
    events
        From `claim_events`.

    Returns
    -------
    pandas.DataFrame
        ``event, date_start, where, subject_side, measure, counted, claimant, claimant_side, words, silent,
        civilians, by_outlet, alternatives, revised_from, approximate, verified, n_claims, claim_ids, publishers`` and
        the tail: ``low`` and ``high`` are the ends of what the words allow, ``value`` is the figure where they are one.
        By date, event, side of the loss, measure, claimant.

    Notes
    -----
    No published source.
    """
    events = events.set_index("event")
    said = [*_MATTER, "speaker"]
    if placed.empty:
        return typed_frame([], _LEDGER_DTYPES)
    figures = placed[placed["bound"].ne("undisclosed")]
    current = figures[_is_current(figures, [*said, "wave_or_incident", "scope", "unit"])]
    met = _what_each_allows(current, said, events["n_incidents"])
    in_force = set(current["claim_id"])
    of_event = events[["date_start", "where", "n_incidents", "incident_ids"]].to_dict("index")
    rows = []
    for key, group in _grouped(placed, said).items():
        now = [claim for claim in group if claim["claim_id"] in in_force]
        before = [claim for claim in group if claim["claim_id"] not in in_force and claim["bound"] != "undisclosed"]
        low, high, split = met.get(key, (0.0, np.inf, False))
        rows.append(
            dict(zip(_MATTER, key, strict=False))
            | of_event[key[0]]
            | {
                "claimant": key[-1],
                "claimant_side": group[0]["claimant_side"],
                "words": _words(now) if now else say("no figure"),
                "silent": not now,
                "civilians": any(claim["civilians"] for claim in now),
                "by_outlet": split,
                "alternatives": _alternatives(now) if split else "",
                "revised_from": "; ".join(dict.fromkeys(claim["words"] for claim in sorted(before, key=_by_stage))),
                "approximate": any(claim["approximate"] for claim in now),
                "verified": any(claim["verified"] is True for claim in group),
                "n_claims": len(group),
                "claim_ids": sorted(claim["claim_id"] for claim in group),
                "publishers": "; ".join(sorted({claim["publisher"] for claim in group} - {""})),
                "value": low if low == high else np.nan,
                "low": low,
                "high": high,
                "level": np.nan,
                "method": say("interval that the claimant's words allow"),
                "status": COMPUTED if now else NOT_COMPUTED,
                "reason": "" if now else say("the claimant spoke of it and gave no figure"),
            }
        )
    return _ordered(typed_frame(rows, _LEDGER_DTYPES))


def compare_claims(ledger: pd.DataFrame, *, placed: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return, for each loss, what the claimants jointly allow or where they contradict, and claim against
    counter-claim.

    ``low`` to ``high`` is the intersection of the claimants' intervals: ``[max low, min high]``. Where it is empty both
    are missing and ``gap_low`` to ``gap_high`` is what lies between the figures. A claimant who has not spoken yet can
    only narrow it.

    Parameters
    ----------
    ledger
        From `ledger_of`.
    placed
        From `place_claims`: gives ``ever_low, ever_high``, the ends that every statement ever made allows, those since
        replaced too (crossed where they contradict); any further statement can only narrow these.

    Returns
    -------
    pandas.DataFrame
        ``event, date_start, where, subject_side, measure, counted, verdict`` (agree, contradict, one claimant, no
        figure), the ends ``least, greatest`` of all figures together and ``named``, the largest number given; who gives
        the lowest and highest; ``n_claimants, n_sides, n_silent, silent``; of all parties together ``n_of_sides``,
        claimants who give a least number of one side's or more, and ``by_sides``, whether it is what these add up to
        that contradicts; ``ratio_low, ratio_high, ratio_reason``: the
        other side's claim over the own side's counter-claim; and the tail.

    Notes
    -----
    No published source.
    """
    ever = {}
    if placed is not None and len(placed):
        bounds = placed.assign(
            high=placed["high"].where(placed["of_whole"] & placed["scope"].ne("part"), np.inf),
            low=placed["low"].where(placed["scope"].ne("wide"), 0.0),
        )
        ends = bounds.groupby(_MATTER).agg(low=("low", "max"), high=("high", "min"))
        ever = dict(zip(ends.index, zip(ends["low"], ends["high"], strict=True), strict=True))
    rows, by_loss = [], _grouped(ledger, _MATTER)
    for key, group in by_loss.items():
        told = [row for row in group if not row["silent"]]
        quiet = [row["claimant"] for row in group if row["silent"]]
        ever_low, ever_high = ever.get(key, (np.nan, np.nan))
        rows.append(
            dict(zip(_MATTER, key, strict=True))
            | {name: group[0][name] for name in ("date_start", "where", "n_incidents", "incident_ids")}
            | {
                "n_claimants": len(told),
                "n_sides": len({row["claimant_side"] for row in told}),
                "n_silent": len(quiet),
                "silent": "; ".join(quiet),
                "ever_low": ever_low,
                "ever_high": ever_high,
                "level": np.nan,
                "method": say("intersection of the claimants' intervals"),
            }
            | _meeting(told)
            | _ratio(told, key[1])
            | _held_against_sides(told, _least_of_sides(key, by_loss))
        )
    return typed_frame(rows, _COMPARED_DTYPES)


def claims_by_side(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return claim against counter-claim: what each side says of the dead of a side, where two or more sides give
    figures.

    Parameters
    ----------
    ledger
        From `ledger_of`.

    Returns
    -------
    pandas.DataFrame
        One row an event, side of the dead, and side of the claimants, by date: ``event, date_start, where,
        subject_side, claimant_side, claimants`` and the tail; ``low`` to ``high`` spans the words of all claimants of
        that side.
    """
    killed = ledger[ledger["measure"].eq("killed") & ledger["subject_side"].isin(list(_OPPOSITE)) & ~ledger["silent"]]
    rows = []
    for group in _grouped(killed, ["event", "subject_side"]).values():
        sides = _grouped_rows(group, ["claimant_side"])
        for (side,), told in sides.items():
            low, high = min(row["low"] for row in told), max(row["high"] for row in told)
            if len(sides) > 1:
                rows.append(
                    told[0]
                    | {
                        "claimant_side": side,
                        "claimants": "; ".join(row["claimant"] for row in told),
                        "value": low if low == high else np.nan,
                        "low": low,
                        "high": high,
                        "method": say("span of what the side's claimants allow"),
                    }
                )
    dtypes = {name: _LEDGER_DTYPES[name] for name in ("event", "date_start", "where", "subject_side", "claimant_side")}
    dtypes |= {"claimants": "str", **TAIL_DTYPES}
    return typed_frame(rows, dtypes)


def disclosures(ledger: pd.DataFrame) -> pd.DataFrame:
    """Return, for each party and each event it spoke about, what it said of its own dead.

    Returns
    -------
    pandas.DataFrame
        ``claimant, claimant_side, event, date_start, where, disclosed`` (figure; no figure: asked or spoke, and gave
        none; not mentioned), ``words, low, high, incident_ids``; by claimant and date. Third parties have no dead of
        their own.
    """
    parties = ledger[ledger["claimant_side"].isin(list(_OPPOSITE))]
    rows = []
    for (claimant, event), group in _grouped(parties, ["claimant", "event"]).items():
        side = group[0]["claimant_side"]
        own = [row for row in group if row["subject_side"] == side and row["measure"] == "killed"]
        told = next((row for row in own if not row["silent"]), None)
        rows.append(
            {
                "claimant": claimant,
                "claimant_side": side,
                "event": event,
                "date_start": group[0]["date_start"],
                "where": group[0]["where"],
                "disclosed": "figure" if told else "no figure" if own else "not mentioned",
                "words": told["words"] if told else "",
                "low": told["low"] if told else np.nan,
                "high": told["high"] if told else np.nan,
                "incident_ids": group[0]["incident_ids"],
            }
        )
    dtypes = {
        "claimant": "str", "claimant_side": "str", "event": "str", "date_start": "datetime64[us]", "where": "str",
        "disclosed": "str", "words": "str", "low": "float64", "high": "float64", "incident_ids": "object",
    }  # fmt: skip
    frame = typed_frame(rows, dtypes)
    return frame.sort_values(["claimant", "date_start", "event"], ignore_index=True)


def claimants_table(ledger: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Return each party's record: how often it discloses its own dead, how its figures compare, how often it is
    contradicted.

    Parameters
    ----------
    ledger
        From `ledger_of`.
    level
        Of the exact binomial interval of the share disclosed.

    Returns
    -------
    pandas.DataFrame
        One row a party, most events first: ``claimant, claimant_side, n_events, n_figure, n_no_figure,
        n_not_mentioned``; ``n_compared, n_contradicted``: losses of which others gave figures too, and of these those
        where some other's interval does not meet its own; ``n_against_other, ratio_other_low, ratio_other_high``: its
        figure of the other side's dead over that side's own, the median ratio lies between the two; ``n_against_third,
        ratio_third_low, ratio_third_high``: the same over third parties' figures; and the tail, where ``value`` is the
        share of events with a figure of its own dead.
    """
    by_loss = _grouped(ledger[~ledger["silent"]], _MATTER)
    rows = []
    for (claimant,), events in _grouped(disclosures(ledger), ["claimant"]).items():
        side = events[0]["claimant_side"]
        shown = Counter(event["disclosed"] for event in events)
        n, figure = len(events), shown["figure"]
        share: tuple[float, ...] = ()
        few = say_count("it spoke of {n} [event|events], and a share needs {needed}", n, needed=MIN_SHARE_EVENTS)
        if n >= MIN_SHARE_EVENTS:
            few, share = "", (figure / n, *binomial_interval(figure, n, level=level))
        ids = list(dict.fromkeys(name for event in events for name in event["incident_ids"]))
        method = say("share of events spoken about, Clopper-Pearson interval")
        tail = row_tail(*share, level=level, method=method, ids=ids, reason=few)
        rows.append(
            {
                "claimant": claimant,
                "claimant_side": side,
                "n_events": n,
                "n_figure": figure,
                "n_no_figure": shown["no figure"],
                "n_not_mentioned": shown["not mentioned"],
                **_contradictions(claimant, by_loss),
                **_median_ratio(claimant, _OPPOSITE[side], _OPPOSITE[side], by_loss, "other"),
                **_median_ratio(claimant, _OPPOSITE[side], "third_party", by_loss, "third"),
                **tail,
            }
        )
    frame = typed_frame(rows, _CLAIMANT_DTYPES)
    return frame.sort_values(["n_events", "claimant"], ascending=[False, True], ignore_index=True)


def claim_totals(
    ledger: pd.DataFrame, events: pd.DataFrame, *, spans: dict[str, tuple[pd.Timestamp, pd.Timestamp]]
) -> pd.DataFrame:
    """Add up claims over the events that began in each span, as intervals with their open ends.

    Each event counts once. For ``anyone`` its interval runs from the least to the greatest that any claimant's words
    allow; for a claimant it is that claimant's own. An event without a figure is ``[0, inf)``.

    Parameters
    ----------
    ledger
        From `ledger_of`.
    events
        From `claim_events`.
    spans
        Name to half-open ``(start, end)``.

    Returns
    -------
    pandas.DataFrame
        ``span, period_start, period_end, subject_side, measure, counted, claimant, named`` (the largest numbers given,
        added up), ``n_events, n_figure, n_open, n_silent`` and the tail. ``high`` is infinite where any event has no
        figure or an open one; ``value`` is missing unless both ends agree.
    """
    rows = []
    loss = ["subject_side", "measure", "counted"]
    for span, (start, end) in spans.items():
        inside = events[events["date_start"].ge(start) & events["date_start"].lt(end)]
        spoken = ledger[ledger["event"].isin(inside["event"])]
        groups = _grouped(spoken.assign(claimant=ANYONE), [*loss, "claimant"]) | _grouped(spoken, [*loss, "claimant"])
        for key, group in sorted(groups.items()):
            told = _grouped_rows([row for row in group if not row["silent"]], ["event"])
            n_events = len(inside) if key[-1] == ANYONE else len({row["event"] for row in group})
            low = sum(min(row["low"] for row in said) for said in told.values())
            highs = [max(row["high"] for row in said) for said in told.values()]
            ids = list(dict.fromkeys(name for said in told.values() for name in said[0]["incident_ids"]))
            missing = n_events - len(told)
            high = np.inf if missing else sum(highs)
            rows.append(
                {
                    "span": span,
                    "period_start": start,
                    "period_end": end,
                    **dict(zip((*loss, "claimant"), key, strict=True)),
                    "named": sum(max(map(_largest, said)) for said in told.values()) if told else np.nan,
                    "n_events": n_events,
                    "n_figure": len(told),
                    "n_open": sum(map(np.isinf, highs)),
                    "n_silent": missing,
                    **row_tail(
                        low if told and low == high else np.nan,
                        low if told else np.nan,
                        high if told else np.nan,
                        method=say("sum over events of the ends of claims, waves counted once"),
                        ids=ids,
                        reason="" if told else say("nobody who spoke of it gave a figure"),
                    ),
                }
            )
    return typed_frame(rows, _TOTAL_DTYPES)


@dataclass(frozen=True)
class MedianDeaths:
    """The median of deaths an event, estimated from intervals, beside the bounds that need no estimate."""

    n_events: int
    n_open: int
    value_low: float
    value_high: float
    low: float
    high: float
    bound_low: float
    bound_high: float
    problem: str = ""


def estimate_median_deaths(
    compared: pd.DataFrame, *, subject_side: str, level: float = 0.95, seed: int = 20250701
) -> MedianDeaths:
    """Estimate the median of deaths an event from the intervals of claims, where enough events have a figure.

    Each event's interval runs from the least to the greatest that any claimant's words allow. The estimate is
    Turnbull's nonparametric one; the bounds beside it are the medians of all lower and of all upper ends.

    Parameters
    ----------
    compared
        From `compare_claims`.
    subject_side
        Whose dead.
    level, seed
        Of the bootstrap interval over events.

    Returns
    -------
    MedianDeaths
        Without a value, and with the reason, below ``MIN_EVENTS`` events with a figure.

    Notes
    -----
    It speaks of events for which someone gave a figure, which are not a sample of all; and is right only if in each of
    them at least one claimant's words hold the truth.

    References
    ----------
    Turnbull 1976, J R Stat Soc B 38:290.
    """
    from analysis.statistics.interval_censored import bootstrap_quantile, fit_turnbull

    killed = compared[
        compared["measure"].eq("killed") & compared["subject_side"].eq(subject_side) & compared["least"].notna()
    ]
    n, n_open = len(killed), int(np.isinf(killed["greatest"]).sum())
    if n < MIN_EVENTS:
        problem = say(FEW_EVENTS[subject_side], n=n, needed=MIN_EVENTS)
        return _no_median(n, n_open, problem)
    low, high = killed["least"].to_numpy(), killed["greatest"].to_numpy()
    fit = fit_turnbull(low, high)
    if not fit.converged:
        return _no_median(n, n_open, say("the estimate from intervals did not settle"))
    ends = bootstrap_quantile(low, high, 0.5, level=level, n_draws=N_DRAWS, seed=seed)
    bounds = (float(np.quantile(low, 0.5, method="lower")), float(np.quantile(high, 0.5, method="higher")))
    return MedianDeaths(n, n_open, *fit.quantile(0.5), *ends, *bounds)


def _no_median(n: int, n_open: int, problem: str) -> MedianDeaths:
    return MedianDeaths(n, n_open, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, problem)


def allowed_words(low: float, high: float) -> str:
    """Return an interval in words: ``80``, ``80 or more``, ``at most 32``, ``30 to 40``, ``any number``."""
    if np.isinf(high):
        return say("any number") if low == 0 else say("{low} or more", low=round(low))
    if low == high:
        return localised(f"{low:,.0f}")
    if low == 0:
        return say("at most {number}", number=round(high))
    return say("{low} to {high}", low=round(low), high=round(high))


def why_no_estimate(compared: pd.DataFrame, event: str, subject_side: str) -> str:
    """Return why the claims give no joint estimate of a side's dead in an event, or ``""`` where they do.

    A joint estimate is a bounded interval on which claimants of two sides agree.
    """
    rows = compared[
        compared["event"].eq(event) & compared["subject_side"].eq(subject_side) & compared["measure"].eq("killed")
    ]
    if rows.empty:
        return say("nobody speaks of them")
    row = rows.iloc[0]
    if row["n_claimants"] == 0:
        return say("nobody who speaks of them gives a figure")
    if row["verdict"] == "contradict":
        return say("the figures contradict each other")
    if row["n_sides"] < 2:
        return say("the figures come from one side alone")
    return say("the figures have no upper end") if np.isinf(row["high"]) else ""


def _is_current(figures: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Return which figures no later one of the same claimant on the same thing replaces."""
    groups = [figures[key] for key in keys]
    last_stage = figures["stage"].eq(figures.groupby(groups)["stage"].transform("max"))
    day = figures["published_date"].where(last_stage)
    newest = day.groupby(groups).transform("max")
    return last_stage & (day.isna() | day.eq(newest))


def _meet(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Intersect intervals by group; where they do not meet, span them and say so in ``split``."""
    grouped = rows.groupby(keys, sort=False)
    ends = grouped.agg(
        low=("low", "max"), high=("high", "min"), least=("low", "min"), most=("high", "max"), split=("split", "max")
    )
    apart = ends["low"] > ends["high"]
    ends["low"] = ends["low"].where(~apart, ends["least"])
    ends["high"] = ends["high"].where(~apart, ends["most"])
    ends["split"] = ends["split"] | apart
    return ends[["low", "high", "split"]].reset_index()


def _what_each_allows(
    current: pd.DataFrame, said: list[str], n_incidents: pd.Series
) -> dict[tuple[str, ...], tuple[float, float, bool]]:
    """Return for each claimant and loss the interval that its statements on the event and its incidents allow
    together."""
    if current.empty:
        return {}
    wide = current["scope"].eq("wide")
    rows = current.assign(split=False, unit=current["unit"].where(current["scope"].eq("part"), ""))
    rows["low"] = rows["low"].where(~wide, 0.0)
    here = [*said, "wave_or_incident", "of_whole"]
    by_scope = _meet(rows, [*here, "scope", "unit"])
    part = by_scope["scope"].eq("part")
    parts = by_scope[part].groupby(here, sort=False).agg(low=("low", "sum"), split=("split", "max")).reset_index()
    by_key = _meet(pd.concat([by_scope[~part], parts.assign(high=np.inf)]), here)
    of_incidents = by_key[~by_key["of_whole"]]
    added = of_incidents.groupby(said, sort=False).agg(
        low=("low", "sum"), high=("high", "sum"), split=("split", "max"), n=("low", "size")
    )
    added = added.reset_index()
    all_told = added["n"].to_numpy() == n_incidents.reindex(added["event"]).to_numpy()
    added["high"] = added["high"].where(all_told, np.inf)
    met = _meet(pd.concat([by_key[by_key["of_whole"]], added]), said)
    keys = map(tuple, met[said].to_numpy())
    return dict(zip(keys, zip(met["low"], met["high"], met["split"].astype(bool), strict=True), strict=True))


def _words(now: list[dict]) -> str:
    """Return what a claimant says, each thing once, with the place or the outlet where it says several things."""
    told = sorted(now, key=lambda claim: (not claim["of_whole"], -claim["low"], claim["claim_id"]))
    several = len({claim["words"] for claim in told if claim["of_whole"] and claim["scope"] == "whole"}) > 1
    shown = []
    for claim in told:
        text = claim["words"]
        if not claim["of_whole"]:
            text = (
                say("{words} at {place}", words=text, place=claim["where"])
                if claim["where"]
                else say("{words} in one place", words=text)
            )
        elif several and claim["publisher"]:
            text += f" ({claim['publisher']})"
        shown.append(text)
    return "; ".join(dict.fromkeys(shown))


def _alternatives(now: list[dict]) -> str:
    """Return the intervals of statements that cannot all be true, each once."""
    told = sorted(now, key=lambda claim: (-claim["low"], claim["high"]))
    first, *others = dict.fromkeys(allowed_words(claim["low"], claim["high"]) for claim in told)
    for other in others:
        first = say("{first}, or {second}", first=first, second=other)
    return first


def _by_stage(claim: dict) -> tuple[int, str]:
    return claim["stage"], claim["claim_id"]


def _grouped(frame: pd.DataFrame, keys: list[str]) -> dict[tuple, list[dict]]:
    """Return a table's rows by key, in order: many small groups are quicker as plain rows than as tables."""
    return _grouped_rows(frame.to_dict("records"), keys)


def _grouped_rows(rows: list[dict], keys: list[str]) -> dict[tuple, list[dict]]:
    groups: dict[tuple, list[dict]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in keys), []).append(row)
    return groups


def _ordered(ledger: pd.DataFrame) -> pd.DataFrame:
    measures = {name: place for place, name in enumerate(_MEASURES_FIRST)}
    order = pd.DataFrame(
        {
            "date": ledger["date_start"],
            "event": ledger["event"],
            "subject": ledger["subject_side"].map({name: place for place, name in enumerate(SUBJECT_ORDER)}),
            "first": ledger["measure"].map(measures).fillna(len(measures)),
            "measure": ledger["measure"],
            "counted": ledger["counted"],
            "side": ledger["claimant_side"].map({name: place for place, name in enumerate(SIDE_ORDER)}),
            "claimant": ledger["claimant"],
        }
    ).sort_values(["date", "event", "subject", "first", "measure", "counted", "side", "claimant"])
    return ledger.loc[order.index].reset_index(drop=True)


def _largest(row: dict) -> float:
    """Return the largest number that a row's words name."""
    return row["high"] if np.isfinite(row["high"]) else row["low"]


def _meeting(told: list[dict]) -> dict[str, object]:
    """Return where claimants' intervals meet, or what lies between them."""
    ends = ("gap_low", "gap_high", "least", "greatest", "named", "value", "low", "high")
    if not told:
        nothing: dict[str, object] = dict.fromkeys(ends, np.nan)
        said = {"verdict": "no figure", "lowest_claimant": "", "highest_claimant": "", "status": NOT_COMPUTED}
        return nothing | said | {"reason": say("nobody who spoke of it gave a figure")}
    low, high = max(row["low"] for row in told), min(row["high"] for row in told)
    agree = low <= high
    lowest = next(row["claimant"] for row in told if row["high"] == high)
    highest = next(row["claimant"] for row in told if row["low"] == low)
    reason = ""
    if not agree:
        reason = say(
            "no number fits all: at most {high} ({lowest}), at least {low} ({highest})",
            high=round(high), lowest=lowest, low=round(low), highest=highest,
        )  # fmt: skip
    return {
        "verdict": "one claimant" if len(told) == 1 else "agree" if agree else "contradict",
        "gap_low": np.nan if agree else high,
        "gap_high": np.nan if agree else low,
        "least": min(row["low"] for row in told),
        "greatest": max(row["high"] for row in told),
        "named": max(map(_largest, told)),
        "lowest_claimant": lowest,
        "highest_claimant": highest,
        "value": low if low == high else np.nan,
        "low": low if agree else np.nan,
        "high": high if agree else np.nan,
        "status": COMPUTED if agree else NOT_COMPUTED,
        "reason": reason,
    }


def _least_of_sides(key: tuple, by_loss: dict[tuple, list[dict]]) -> dict[str, dict[str, float]]:
    """Return the least that each claimant's words allow of each side, where a loss is that of all parties together."""
    event, subject, *loss = key
    sides = OF_ALL if subject == "all" else ()
    least: dict[str, dict[str, float]] = {}
    for side in sides:
        for row in by_loss.get((event, side, *loss), ()):
            if not row["silent"] and row["low"] > 0:
                least.setdefault(row["claimant"], {})[side] = row["low"]
    return least


class _OfSides:
    """What is said of the sides of a loss of all parties together: `_least_of_sides`, added up."""

    def __init__(self, least: dict[str, dict[str, float]]) -> None:
        self._least = least
        by_side: dict[str, list[tuple[float, str]]] = {}
        for claimant, sides in least.items():
            for side, low in sides.items():
                by_side.setdefault(side, []).append((low, claimant))
        # Of each side the greatest two, by two claimants: the second where the first is who speaks of all.
        self._greatest = [sorted(lows, key=lambda one: -one[0])[:2] for lows in by_side.values()]

    def by(self, claimant: str) -> float:
        """Return the least that one claimant's words allow of all sides together."""
        return sum(self._least.get(claimant, {}).values())

    def by_others(self, claimant: str) -> tuple[float, list[str]]:
        """Return the least that others' words together allow of all sides, and who they are."""
        others = [next((one for one in lows if one[1] != claimant), (0.0, "")) for lows in self._greatest]
        return sum(low for low, _ in others), [who for _, who in others if who]


def _held_against_sides(told: list[dict], least: dict[str, dict[str, float]]) -> dict[str, object]:
    """Return how figures of all parties together stand to what others say of the sides, which add up to no more."""
    gap, furthest, most = 0.0, {}, []
    of_sides = _OfSides(least)
    for row in told:
        summed, others = of_sides.by_others(row["claimant"])
        if (beyond := summed - row["high"]) > gap:
            gap, furthest, most = beyond, row, others
    held: dict[str, object] = {"n_of_sides": len(least) if told else 0, "by_sides": False}
    low, high = max((one["low"] for one in told), default=0.0), min((one["high"] for one in told), default=np.inf)
    if not gap or low > high:  # figures of all that contradict each other are told as that
        return held
    high, who = furthest["high"], "; ".join(dict.fromkeys(most))
    reason = say(
        "no number fits all: at most {high} of all parties together ({lowest}), at least {low} of the sides "
        "({highest})",
        high=round(high), lowest=furthest["claimant"], low=round(high + gap), highest=who,
    )  # fmt: skip
    return held | {
        "by_sides": True, "verdict": "contradict", "gap_low": high, "gap_high": high + gap,
        "lowest_claimant": furthest["claimant"], "highest_claimant": who,
        "value": np.nan, "low": np.nan, "high": np.nan, "status": NOT_COMPUTED, "reason": reason,
    }  # fmt: skip


def _ratio(told: list[dict], subject_side: str) -> dict[str, object]:
    """Return the other side's claim over the own side's counter-claim, as an interval."""
    none: dict[str, object] = {"ratio_low": np.nan, "ratio_high": np.nan}
    if subject_side not in _OPPOSITE:
        return none | {"ratio_reason": say("no party stands against another on this loss")}
    own = [row for row in told if row["claimant_side"] == subject_side]
    other = [row for row in told if row["claimant_side"] == _OPPOSITE[subject_side]]
    if not own:
        return none | {"ratio_reason": say(NO_OWN_FIGURE[subject_side])}
    if not other:
        return none | {"ratio_reason": say(NO_FIGURE[_OPPOSITE[subject_side]])}
    if min(row["low"] for row in own) == 0:
        return none | {"ratio_reason": say("the counter-claim allows zero, and a ratio over zero is not a number")}
    low, high = _quotient(other, own)
    return none | {"ratio_low": low, "ratio_high": high, "ratio_reason": ""}


def _quotient(claim: list[dict], counter: list[dict]) -> tuple[float, float]:
    return (
        min(row["low"] for row in claim) / max(row["high"] for row in counter),
        max(row["high"] for row in claim) / min(row["low"] for row in counter),
    )


def _contradictions(claimant: str, by_loss: dict[tuple, list[dict]]) -> dict[str, int]:
    """Return for how many losses others give figures too, and for how many of these some other's does not meet its
    own."""
    compared = contradicted = 0
    for key, told in by_loss.items():
        mine = next((row for row in told if row["claimant"] == claimant), None)
        # What is said of the sides of a loss of all parties bounds it from below.
        of_sides = _OfSides(_least_of_sides(key, by_loss))
        others = [row for row in told if row["claimant"] != claimant]
        own, by_others = of_sides.by(claimant), of_sides.by_others(claimant)[0]
        if (mine is not None and (others or by_others)) or (own and others):
            compared += 1
            low, high = (mine["low"], mine["high"]) if mine is not None else (0.0, np.inf)
            least = [*(row["low"] for row in others), by_others]
            contradicted += any(one > high for one in least) or any(max(low, own) > row["high"] for row in others)
    return {"n_compared": compared, "n_contradicted": contradicted}


def _median_ratio(
    claimant: str, subject_side: str, counter_side: str, by_loss: dict[tuple, list[dict]], name: str
) -> dict[str, float]:
    """Return over how many events a claimant's figures can be held against others', and the ends of the median
    ratio."""
    ends = []
    for (_, side, measure, _), told in by_loss.items():
        mine = [row for row in told if row["claimant"] == claimant]
        counter = [row for row in told if row["claimant_side"] == counter_side]
        if side == subject_side and measure == "killed" and mine and counter and min(row["low"] for row in counter) > 0:
            ends.append(_quotient(mine, counter))
    lows, highs = zip(*ends, strict=True) if ends else ((), ())
    return {
        f"n_against_{name}": len(ends),
        f"ratio_{name}_low": float(np.quantile(lows, 0.5, method="lower")) if ends else np.nan,
        f"ratio_{name}_high": float(np.quantile(highs, 0.5, method="higher")) if ends else np.nan,
    }
