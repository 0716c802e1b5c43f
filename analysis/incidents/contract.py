"""The contract of the canonical table, as a pandera schema built from ``canonical.COLUMNS``.

Loading keeps the contract by construction, and the tests hold every publisher's table against it. It is checked where a
table comes from elsewhere (`check_incidents`), under ``strict`` reading and by ``escalation check``: pandera takes half
a second to import and as long again for 400,000 rows, which is more than the loading of them.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from analysis.incidents.canonical import (
    COLUMNS,
    EARLIEST_DATE,
    LATEST_DATE,
    MOST_DEATHS,
    REQUIRED,
    VOCABULARIES,
    problem_frame,
)
from analysis.incidents.errors import TableError
from analysis.incidents.problems import summarise_problems

if TYPE_CHECKING:
    import pandera.pandas as pa

_OPTIONAL = tuple(
    name for name, dtype in COLUMNS.items() if dtype in ("str", "float64", "boolean") and name not in REQUIRED
)
_BROKEN = "breaks the contract"
# What holds between columns, by the one that is told.
_BETWEEN = {"date_end": "an end not before its start", "latitude": "both coordinates or neither"}


def check_incidents(incidents: pd.DataFrame) -> pd.DataFrame:
    """Return a canonical incident table as it is, if it is one.

    Every breach is collected before the table is refused: a missing, further or misplaced column, a dtype, a missing
    value in a column that has none, a word outside its vocabulary, a day, a coordinate or a number of deaths outside
    its range, an end before its start, one coordinate without the other, an id or a row that stands twice.

    Parameters
    ----------
    incidents
        ``canonical.COLUMNS``; an empty table is one too.

    Raises
    ------
    TableError
        If the contract is broken; the rows are on ``.problems`` (a row of 0: the column as a whole).

    Examples
    --------
    >>> from analysis import load_incidents
    >>> from analysis.resources import resource
    >>> len(check_incidents(load_incidents(resource("data/sahel/incidents.csv")).incidents))
    120
    """
    import pandera.errors

    try:
        incident_schema().validate(incidents, lazy=True)
    except pandera.errors.SchemaErrors as broken:
        problems = _problems(broken.failure_cases, incidents)
        told = summarise_problems(problems, n_rows=len(incidents))
        raise TableError(
            f"The incident table is not canonical. {' '.join(told[:5])} "
            f"Expected the columns of analysis.incidents.canonical; load_incidents makes such a table.",
            problems=problems,
            rows_read=len(incidents),
        ) from None
    return incidents


@lru_cache(maxsize=1)
def incident_schema() -> "pa.DataFrameSchema":
    """Return the schema: columns in order, dtypes, vocabularies, ranges, and what holds between columns."""
    import pandera.pandas as pa

    ranges: dict[str, pa.Check] = {
        "row": pa.Check.ge(1),  # a file without a header starts with its first row
        "latitude": pa.Check.in_range(-90, 90),
        "longitude": pa.Check.in_range(-180, 180),
        "n_sources": pa.Check.ge(0),
    }
    days = pa.Check(
        lambda day: day.ge(pd.Timestamp(EARLIEST_DATE)) & day.lt(pd.Timestamp(LATEST_DATE)),
        name=f"a day from {EARLIEST_DATE} to before {LATEST_DATE}",
    )
    midnight = pa.Check(lambda day: day.eq(day.dt.normalize()), name="a day without a time")
    whole = pa.Check(lambda deaths: deaths.mod(1).eq(0), name="a whole number")
    checks: dict[str, list[pa.Check]] = {name: [check] for name, check in ranges.items()}
    checks |= {name: [days, midnight] for name in ("date_start", "date_end")}
    checks |= {name: [pa.Check.in_range(0, MOST_DEATHS), whole] for name in COLUMNS if name.startswith("fatalities_")}
    checks["country"] = [pa.Check.str_matches(r"^[A-Z]{3}$")]
    checks["incident_id"] = [pa.Check(lambda name: name.str.strip().eq(name) & name.ne(""), name="trimmed text")]
    columns = {
        name: pa.Column(
            pd.CategoricalDtype(VOCABULARIES[name]) if dtype == "category" else dtype,
            checks=checks.get(name),
            nullable=name in _OPTIONAL,
            unique=name in ("incident_id", "row"),
        )
        for name, dtype in COLUMNS.items()
    }
    between = [
        pa.Check(lambda table: table["date_end"].ge(table["date_start"]), name=_BETWEEN["date_end"]),
        pa.Check(lambda table: table["latitude"].isna().eq(table["longitude"].isna()), name=_BETWEEN["latitude"]),
    ]
    return pa.DataFrameSchema(columns, checks=between, strict=True, ordered=True, name="incidents")


def _problems(cases: pd.DataFrame, incidents: pd.DataFrame) -> pd.DataFrame:
    """Return failure cases as ``PROBLEM_COLUMNS``, one for each row and reason."""
    rows = incidents["row"] if "row" in incidents else pd.Series(incidents.index, index=incidents.index)
    told_by = {check: column for column, check in _BETWEEN.items()}
    told = []
    for case in cases.drop_duplicates(["column", "check", "index"]).itertuples(index=False):
        whole = pd.isna(case.index)
        column = case.failure_case if whole and case.schema_context == "DataFrameSchema" else case.column
        if told_by.get(case.check, column) == column:
            value = "" if pd.isna(case.failure_case) else str(case.failure_case)
            told.append(
                (0 if whole else int(rows.loc[case.index]), str(column), value, f"{_BROKEN}: {case.check}", "kept")
            )
    return problem_frame(told)
