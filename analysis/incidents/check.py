"""What a table is, in one object: the answer of ``escalation check``."""

from typing import Any

import pandas as pd

from analysis.incidents.actors import names_nobody
from analysis.incidents.canonical import SUMMARY_DAYS
from analysis.incidents.contract import check_incidents
from analysis.incidents.counting import DAY
from analysis.incidents.coverage import tell_uncovered, tell_unnamed
from analysis.incidents.errors import TableError
from analysis.incidents.load import IncidentTable, Provenance
from analysis.incidents.names import first_few
from analysis.incidents.problems import summarise_problems
from analysis.incidents.reasons import DISORDERED
from analysis.incidents.terms import term
from analysis.incidents.whereabouts import tell_whereabouts
from analysis.language import say, say_count

# A share of roughly dated or placed rows from which a user should hear of it.
TELLING_SHARE = 0.1
# Rows are pasted again at a table's end: so many of its last days are looked at, where they hold so many rows.
LATE_DAYS, LEAST_LATE = 90, 20
_SELECTABLE = ("country", "actor", "event_type", "sub_event_type", "admin1")


def describe_table(table: IncidentTable) -> dict[str, Any]:
    """Return what a table is, ready for JSON: no missing numbers, days as text.

    Returns
    -------
    dict
        ``file, source, source_version, rows_read, rows_kept, rows_rejected, cells_blanked, problems, date_min,
        date_max, countries, precision, coverage, warnings, problem_kinds, selectable``, with ``rows_read = rows_kept +
        rows_rejected``.

    Raises
    ------
    TableError
        If the table breaks the contract of canonical tables, and so is not one that `load_incidents` made.
    """
    incidents, provenance = check_incidents(table.incidents), table.provenance
    if table.counts is None:
        first, last = incidents["date_start"].min(), incidents["date_end"].max()
    else:
        first, last = table.counts["period_start"].min(), table.counts["period_end"].max() - DAY
    return {
        "file": provenance.file,
        "source": provenance.source,
        "source_version": provenance.source_version,
        "rows_read": provenance.rows_read,
        "rows_kept": provenance.rows_kept,
        "rows_rejected": provenance.rows_rejected,
        "cells_blanked": provenance.cells_blanked,
        "problems": _problems(table.problems),
        "date_min": _day(first),
        "date_max": _day(last),
        "countries": sorted(table.rows["country"].unique().tolist()),
        "precision": {"date": _counts(incidents["date_precision"]), "place": _counts(incidents["geo_precision"])},
        "coverage": [
            {
                "country": row.country,
                "first_day": _day(row.first_day),
                "last_day": _day(row.last_day),
                "basis": row.basis,
            }
            for row in table.coverage.itertuples()
        ],
        "warnings": warnings_of(table),
        "problem_kinds": summarise_problems(table.problems, n_rows=provenance.rows_read, remedies=True),
        "selectable": selectable(table),
    }


def selectable(table: IncidentTable) -> dict[str, dict[str, int]]:
    """Return what a selection can name, most frequent first: countries, actors on either side, types of events,
    first-order units.

    Returns
    -------
    dict
        For each of ``country, actor, event_type, sub_event_type, admin1`` names to rows, or, of a table of counts, to
        events.
    """
    rows = table.rows
    number = None if table.counts is None else rows["attacks"]
    told = {}
    for name in ("country", "event_type", "sub_event_type", "admin1"):
        told[name] = _tally(rows[name], number)
    told["actor"] = {}
    if table.counts is None:
        parties = _tally(pd.concat([rows["actor_a"], rows["actor_b"].where(rows["actor_b"].ne(rows["actor_a"]))]), None)
        told["actor"] = {name: n for name, n in parties.items() if not names_nobody(name)}
    return {name: told[name] for name in _SELECTABLE}


def _tally(column: pd.Series, number: pd.Series | None) -> dict[str, int]:
    counts = (
        column.value_counts()
        if number is None
        else number.groupby(column).sum().sort_values(ascending=False, kind="stable")
    )
    return {str(name): int(n) for name, n in counts.items()}


def possible_duplicates(attacks: pd.DataFrame) -> pd.DataFrame:
    """Return attacks that are alike in dates, place, both sides and deaths and differ in id.

    Publishers rightly hold several attacks alike in all of these; a row without any place is like no other.

    Returns
    -------
    pandas.DataFrame
        ``group, incident_id, date_start, country, locality, attacker, target_actor, fatalities_best``, by group
        (numbered from 1 in order of day) and id.
    """
    alike_in = [
        "date_start", "date_end", "country", "admin1", "admin2", "locality", "latitude", "longitude", "attacker",
        "target_actor", "fatalities_low", "fatalities_best", "fatalities_high",
    ]  # fmt: skip
    placed = attacks[attacks["locality"].notna() | attacks["latitude"].notna()]
    # Few rows share a day and a place, and only these are held beside each other in all.
    near = placed[placed.duplicated(["date_start", "locality", "latitude"], keep=False)]
    same = near[near.duplicated(alike_in, keep=False)].sort_values(["date_start", "incident_id"])
    number = same.groupby(alike_in, dropna=False, sort=False).ngroup() + 1
    shown = ["incident_id", "date_start", "country", "locality", "attacker", "target_actor", "fatalities_best"]
    table = same[shown].assign(group=number.astype("int64"))[["group", *shown]]
    return table.sort_values(["group", "incident_id"]).reset_index(drop=True)


def describe_refusal(error: TableError) -> dict[str, object]:
    """Return what is known of a table that was refused, under the names of `describe_table`; why is its one warning."""
    return {
        "file": error.path.name if error.path else None,
        "source": None,
        "source_version": None,
        "rows_read": error.rows_read,
        "rows_kept": 0,
        "rows_rejected": error.rows_read,
        "cells_blanked": 0,
        "problems": _problems(error.problems),
        "date_min": None,
        "date_max": None,
        "countries": [],
        "precision": {"date": {}, "place": {}},
        "coverage": [],
        "warnings": [str(error)],
        "problem_kinds": summarise_problems(error.problems, n_rows=error.rows_read, remedies=True),
        "selectable": {name: {} for name in _SELECTABLE},
    }


def warnings_of(table: IncidentTable) -> list[str]:
    """Return what a user of the table should know before trusting a figure from it."""
    incidents, provenance = table.incidents, table.provenance
    n = len(incidents)
    said = [*provenance.warnings, *table.idle]
    if provenance.rows_rejected * 2 > provenance.rows_read:
        most = say(
            "most rows were set aside: {n} of {all}; whatever is computed rests on the other {kept}",
            n=provenance.rows_rejected, all=provenance.rows_read, kept=provenance.rows_kept,
        )  # fmt: skip
        said.insert(0, most)
    if table.coverage["basis"].eq("assumed").all():
        said.append(say("coverage is assumed to run from the first to the last row; give a coverage table to state it"))
    said += [*tell_unnamed(table.rows["country"], table.coverage), *tell_uncovered(table.rows, table.coverage)]
    if table.counts is not None:
        said += _types_left_out(table.counts)
    if n == 0:
        return said
    said += tell_persons(provenance)
    kinds = incidents["incident_kind"].value_counts()
    if others := int(kinds.get("demonstration", 0) + kinds.get("other", 0)):
        types = (
            incidents.loc[incidents["incident_kind"].isin(["demonstration", "other"]), "event_type"]
            .fillna(say("no type"))
            .value_counts()
        )
        named = [say("{name} {n}", name=name, n=count) for name, count in types.head(5).items()]
        said.append(
            say(
                "{n} of {all} rows are no attacks and are not counted ({types}); {option} selects them",
                n=others, all=n, types=first_few(named, 4), option=term("event_type"),
            )
        )  # fmt: skip
    if summaries := int(kinds.get("summary", 0)):
        deaths = int(incidents.loc[incidents["incident_kind"].eq("summary"), "fatalities_best"].sum())
        said.append(
            say(
                "{n} of {all} rows, with {deaths} deaths, last more than {days} days: without a day of their own they "
                "count in no rate",
                n=summaries, all=n, deaths=deaths, days=SUMMARY_DAYS,
            )
        )  # fmt: skip
    said += tell_whereabouts(incidents)
    if assumed := int(incidents["role_basis"].eq("assumed").sum()):
        said.append(
            say("{n} of {all} rows: the publisher does not say who attacked whom, roles are assumed", n=assumed, all=n)
        )
    rough = int(incidents["date_precision"].isin(["month", "year"]).sum())
    if rough > TELLING_SHARE * n:
        said.append(say("{n} of {all} rows are dated to a month or worse", n=rough, all=n))
    if incidents["incident_id"].str.startswith("row-").all():  # a table without ids
        alike = int(incidents.drop(columns=["incident_id", "row"]).duplicated(keep=False).sum())
        if alike > TELLING_SHARE * n:
            said.append(
                say(
                    "{n} of {all} rows are alike in all that was read, and each counts; if a row is a victim or a "
                    "report and not an attack, put those of one attack together",
                    n=alike, all=n,
                )
            )  # fmt: skip
    late = incidents[incidents["date_start"].gt(incidents["date_start"].max() - LATE_DAYS * DAY)]
    again = int(possible_duplicates(late)["group"].duplicated().sum())
    if again > TELLING_SHARE * len(late) and len(late) >= LEAST_LATE:
        said.append(
            say(
                "{n} of the {all} rows of the last {days} days are like another in day, place, sides and deaths, with "
                "an id of their own: they may be copies",
                n=again, all=len(late), days=LATE_DAYS,
            )
        )  # fmt: skip
    unplaced = int(incidents["geo_precision"].isin(["admin1", "region", "country", "international"]).sum())
    if unplaced > TELLING_SHARE * n:
        said.append(
            say(
                "{n} of {all} rows are located to a first-order region or worse: not for maps below the country",
                n=unplaced, all=n,
            )
        )  # fmt: skip
    if incidents["date_precision"].eq("unstated").all():
        said.append(say("the publisher does not say how precise its dates are"))
    if incidents["geo_precision"].eq("unstated").all():
        said.append(say("the publisher does not say how precise its places are"))
    if conflicting := int(table.problems["reason"].isin(DISORDERED).sum()):
        said.append(
            say_count(
                "{n} [conflict|conflicts] in the order of low, best and high deaths [was|were] kept as published",
                conflicting,
            )
        )
    # What is dated to a month or a year counts on all of its days.
    lasts = incidents["date_end"].gt(incidents["date_start"]) & ~incidents["date_precision"].isin(["month", "year"])
    if several_days := int(lasts.sum()):
        said.append(
            say("{n} of {all} rows last or may last several days and are counted on their first", n=several_days, all=n)
        )
    return said


def tell_persons(provenance: Provenance) -> list[str]:
    """Say that rows look like persons, of whom one attack may have several."""
    if not provenance.of_a_person:
        return []
    return [
        say(
            "columns {columns} tell of one person: each row counts as an attack; where several rows are victims or "
            "perpetrators of one, put these together",
            columns=", ".join(provenance.of_a_person),
        )
    ]


def _types_left_out(counts: pd.DataFrame) -> list[str]:
    """Say which types of a table of counts are no attacks."""
    held = counts[counts["incident_kind"].ne("attack")]
    of_type = held["attacks"].groupby(held["event_type"].astype("str")).sum()
    of_type = of_type[of_type > 0].sort_values(ascending=False, kind="stable")
    if of_type.empty:
        return []
    named = [say("{name} {n}", name=name, n=round(n)) for name, n in of_type.head(5).items()]
    told = {"types": first_few(named, 4), "option": term("event_type")}
    return [say("events that are no attacks are not counted ({types}); {option} selects them", **told)]


def _problems(problems: pd.DataFrame) -> list[dict[str, object]]:
    return [
        {
            "row": int(row.row),
            "column": row.column,
            "value": row.value or "",
            "reason": row.reason,
            "action": row.action,
        }
        for row in problems.fillna("").itertuples()
    ]


def _counts(column: pd.Series) -> dict[str, int]:
    counts = column.value_counts()
    return {str(name): int(counts[name]) for name in column.cat.categories if counts.get(name, 0)}


def _day(value: pd.Timestamp) -> str | None:
    return None if pd.isna(value) else f"{value:%Y-%m-%d}"
