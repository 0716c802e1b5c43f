"""What a table is, in one object: the answer of ``escalation check``."""

import pandas as pd

from analysis.incidents.contract import check_incidents
from analysis.incidents.errors import TableError
from analysis.incidents.load import IncidentTable

# A share of roughly dated or placed rows from which a user should hear of it.
TELLING_SHARE = 0.1


def describe_table(table: IncidentTable) -> dict[str, object]:
    """Return what a table is, ready for JSON: no missing numbers, days as text.

    Returns
    -------
    dict
        ``file, source, source_version, rows_read, rows_kept, rows_rejected, cells_blanked, problems, date_min, date_max,
        countries, precision, coverage, warnings``, with ``rows_read = rows_kept + rows_rejected``.

    Raises
    ------
    TableError
        If the table breaks the contract of canonical tables, and so is not one that `load_incidents` made.
    """
    incidents, provenance = check_incidents(table.incidents), table.provenance
    return {
        "file": provenance.file,
        "source": provenance.source,
        "source_version": provenance.source_version,
        "rows_read": provenance.rows_read,
        "rows_kept": provenance.rows_kept,
        "rows_rejected": provenance.rows_rejected,
        "cells_blanked": provenance.cells_blanked,
        "problems": _problems(table.problems),
        "date_min": _day(incidents["date_start"].min()),
        "date_max": _day(incidents["date_end"].max()),
        "countries": sorted(incidents["country"].unique().tolist()),
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
    }


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
    }


def warnings_of(table: IncidentTable) -> list[str]:
    """Return what a user of the table should know before trusting a figure from it."""
    incidents = table.incidents
    n = len(incidents)
    said = list(table.provenance.warnings)
    if n == 0:
        return said
    assumed = incidents["role_basis"].eq("assumed").sum()
    if assumed:
        said.append(f"{assumed:,} of {n:,} rows: the publisher does not say who attacked whom, roles are assumed")
    rough = incidents["date_precision"].isin(["month", "year"]).sum()
    if rough > TELLING_SHARE * n:
        said.append(f"{rough:,} of {n:,} rows are dated to a month or worse")
    unplaced = incidents["geo_precision"].isin(["admin1", "region", "country", "international"]).sum()
    if unplaced > TELLING_SHARE * n:
        said.append(
            f"{unplaced:,} of {n:,} rows are located to a first-order region or worse: not for maps below the country"
        )
    for column, what in (("date_precision", "dates"), ("geo_precision", "places")):
        if incidents[column].eq("unstated").all():
            said.append(f"the publisher does not say how precise its {what} are")
    conflicting = table.problems["reason"].str.contains("is above").sum()
    if conflicting:
        said.append(f"{conflicting:,} conflicts in the order of low, best and high deaths were kept as published")
    several_days = (incidents["date_end"] > incidents["date_start"]).sum()
    if several_days:
        said.append(f"{several_days:,} of {n:,} rows last or may last several days and are counted on their first")
    if table.coverage["basis"].eq("assumed").all():
        said.append("coverage is assumed to run from the first to the last row; give a --coverage table to state it")
    return said


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
