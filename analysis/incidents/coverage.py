"""In which days no row means zero; and the counts of others that a table can be held against."""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.incidents.canonical import COVERAGE_COLUMNS, REFERENCE_COLUMNS
from analysis.incidents.errors import TableError
from analysis.incidents.places import to_iso3


def assumed_coverage(countries: list[str], first: pd.Timestamp, last: pd.Timestamp, *, basis: str) -> pd.DataFrame:
    """Return the same span for every country: a country's last incident must not end what is known of its quiet."""
    frame = pd.DataFrame({"country": sorted(countries), "first_day": first, "last_day": last, "basis": basis})
    return frame[list(COVERAGE_COLUMNS)].astype(COVERAGE_COLUMNS)


def load_coverage(path: str | Path) -> pd.DataFrame:
    """Read a coverage table: ``country, first_day, last_day`` (inclusive days); further columns are ignored.

    Returns
    -------
    pandas.DataFrame
        ``COVERAGE_COLUMNS``, one row per country, ``basis`` being ``stated``.

    Raises
    ------
    TableError
        If a column is missing, a country unknown, a day not a date, or a span ends before it starts.
    """
    path = Path(path)
    table = _read(path, ("country", "first_day", "last_day"))
    frame = pd.DataFrame(
        {
            "country": _countries(path, table["country"]),
            "first_day": _days(path, table["first_day"]),
            "last_day": _days(path, table["last_day"]),
            "basis": "stated",
        }
    )
    if (backward := frame["last_day"] < frame["first_day"]).any():
        raise TableError(
            f"{path.name}: row {int(np.argmax(backward)) + 2} ends before it starts; exchange the two days.", path=path
        )
    if (twice := frame["country"].duplicated()).any():
        raise TableError(
            f"{path.name}: {frame.loc[twice, 'country'].iloc[0]} has several rows; give one per country.", path=path
        )
    return frame.astype(COVERAGE_COLUMNS)


def load_reference(path: str | Path) -> pd.DataFrame:
    """Read reference counts, by month or by period.

    Either ``country, month, reporter`` with counts in ``direct_attacks`` and ``ied_incidents`` (their sum is taken), or
    ``country, period_start, period_end, count, reporter`` with ``period_end`` the first day after the period.

    Returns
    -------
    pandas.DataFrame
        ``REFERENCE_COLUMNS`` in order of time.

    Raises
    ------
    TableError
        If columns are missing or a value cannot be read.
    """
    path = Path(path)
    table = _read(path, ("country",))
    if {"month", "direct_attacks", "ied_incidents"} <= set(table):
        start = _days(path, table["month"] + "-01")
        end = start + pd.offsets.MonthBegin(1)
        count = _counts(path, table["direct_attacks"]) + _counts(path, table["ied_incidents"])
    elif {"period_start", "period_end", "count"} <= set(table):
        start, end = _days(path, table["period_start"]), _days(path, table["period_end"])
        count = _counts(path, table["count"])
    else:
        raise TableError(
            f"{path.name} has the columns {', '.join(table)}; expected country, period_start, period_end, count, reporter, or "
            "country, month, direct_attacks, ied_incidents, reporter.",
            path=path,
        )
    reporter = table["reporter"] if "reporter" in table else pd.Series(path.stem, index=table.index)
    frame = pd.DataFrame(
        {
            "country": _countries(path, table["country"]),
            "period_start": start,
            "period_end": end,
            "count": count,
            "reporter": reporter,
        }
    )
    return frame.sort_values(["period_start", "country"], ignore_index=True).astype(REFERENCE_COLUMNS)


def _read(path: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype="str", encoding="utf-8-sig", keep_default_na=False)
    except (OSError, ValueError) as error:
        raise TableError(f"{path.name} cannot be read: {error}", path=path) from None
    if table.empty or not set(needed) <= set(table):
        raise TableError(
            f"{path.name} has the columns {', '.join(table)} and {len(table)} rows; it needs {', '.join(needed)} and at least one row.",
            path=path,
        )
    return table


def _countries(path: Path, names: pd.Series) -> pd.Series:
    try:
        return names.map(to_iso3)
    except ValueError as error:
        raise TableError(f"{path.name}: {error}", path=path) from None


def _days(path: Path, texts: pd.Series) -> pd.Series:
    days = pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce")
    if (wrong := days.isna()).any():
        raise TableError(
            f"{path.name}: {wrong.sum()} of {len(texts)} days cannot be read (row {int(np.argmax(wrong)) + 2}, "
            f"{texts[wrong].iloc[0]!r}); write them as 2025-07-01.",
            path=path,
        )
    return days


def _counts(path: Path, texts: pd.Series) -> pd.Series:
    counts = pd.to_numeric(texts.replace("", "0"), errors="coerce")
    wrong = counts.isna() | counts.lt(0) | counts.mod(1).ne(0)
    if wrong.any():
        raise TableError(
            f"{path.name}: {texts[wrong].iloc[0]!r} in row {int(np.argmax(wrong)) + 2} is no count.", path=path
        )
    return counts.astype("int64")
