"""Earlier exports of one table: what was added, removed and changed since, and when each row was first seen."""

import os
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import file_digest
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.incidents.canonical import COLUMNS, typed_frame
from analysis.incidents.errors import TableError
from analysis.incidents.load import IncidentTable, Provenance, load_incidents
from analysis.incidents.parameters import is_text
from analysis.incidents.places import fold
from analysis.incidents.printing import printable
from analysis.incidents.terms import term

DAY = pd.Timedelta(days=1)
ENDINGS = (
    ".csv", ".tsv", ".txt", ".gz", ".zip", ".parquet", ".pq", ".xlsx", ".xlsm", ".xls", ".ods", ".json", ".jsonl",
    ".ndjson",
)  # fmt: skip
# Tables that may lie beside an incident table and are none.
BESIDE = ("coverage", "benchmarks", "actors", "claims", "claims_notes", "waves")
COMPARED = tuple(name for name in COLUMNS if name not in ("incident_id", "row", "source"))
KINDS = {
    "new": "after the older table's last day",
    "late": "within the days that the older table covers",
    "earlier": "before the older table's first day",
    "elsewhere": "in a country that the older table does not hold",
}

_SHOWN = {name: COLUMNS[name] for name in (
    "incident_id", "date_start", "country", "locality", "attacker", "target_actor", "fatalities_best",
)}  # fmt: skip
ADDED_COLUMNS = {"kind": "str"} | _SHOWN
REMOVED_COLUMNS = _SHOWN
CHANGED_COLUMNS = {
    "incident_id": "str", "date_start": "datetime64[us]", "column": "str", "old": "str", "new": "str",
}  # fmt: skip
VINTAGE_COLUMNS = {
    "file": "str",
    "vintage": "datetime64[us]",  # the day of the export
    "last_day": "datetime64[us]",  # the last day that it can speak of
    "n_rows": "int64",
    "n_added": "int64",  # rows that the snapshot before did not hold
    "n_vanished": "int64",  # rows that the next snapshot, or the table, no longer holds
}

_DAY_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d{2})(-?)(\d{2})\2(\d{2})(?!\d)")


@dataclass(frozen=True, eq=False)
class SnapshotDiff:
    """What changed between two exports of one table, by ``incident_id``.

    ``n_old = n_kept + n_removed`` and ``n_new = n_kept + n_added``, always; ``n_changed`` are those kept rows that
    differ; ``n_renewed`` those removed rows that stand among the added ones under another id.
    """

    old_file: str
    new_file: str
    publisher: str
    old_vintage: pd.Timestamp | None
    new_vintage: pd.Timestamp | None
    old_last_day: pd.Timestamp
    n_old: int
    n_new: int
    n_kept: int
    n_added: int
    n_removed: int
    n_changed: int
    n_renewed: int
    n_added_by_kind: dict[str, int]
    # ``ADDED_COLUMNS``, by kind (``KINDS``) and day: ``late`` are reports that reached history after the older export.
    added: pd.DataFrame
    removed: pd.DataFrame  # ``REMOVED_COLUMNS``, by day
    changed: pd.DataFrame  # ``CHANGED_COLUMNS``: one row for each value that differs, as text; missing stays missing
    by_column: pd.DataFrame  # ``column, n_changed``: most changed first


@dataclass(frozen=True, eq=False)
class SnapshotHistory:
    """Which rows each kept export held, oldest first."""

    vintages: pd.DataFrame  # ``VINTAGE_COLUMNS``, one row a snapshot
    # By incident id: the place of the first snapshot that held it; ids of the table that no snapshot held are not in
    # it.
    first_seen: pd.Series
    vanished: frozenset[str]  # ids that some snapshot held and the table does not
    provenances: tuple[Provenance, ...]  # where each snapshot came from
    # The day of the table's own export: of its name, or of the snapshot that is its copy; else ``None``.
    table_vintage: pd.Timestamp | None
    left_out: tuple[str, ...] = field(default=())  # files that are no earlier export: the table itself, or a later one

    def inputs(self) -> list[dict[str, object]]:
        """Return each snapshot's role, name, sha256, rows and vintage, for the manifest."""
        return [
            {
                "role": "snapshot",
                "file": provenance.file,
                "sha256": provenance.sha256,
                "rows": provenance.rows_read,
                "vintage": f"{vintage:%Y-%m-%d}",
            }
            for provenance, vintage in zip(self.provenances, self.vintages["vintage"], strict=True)
        ]


def vintage_of(file: str | Path) -> pd.Timestamp | None:
    """Return the day of an export from its file's name (``2025-06-01`` or ``20250601``), or ``None``.

    A name with two different days tells none: exports are often named for the span that they hold.
    """
    days = set()
    for year, _, month, day in _DAY_IN_NAME.findall(Path(file).name):
        try:
            days.add(pd.Timestamp(int(year), int(month), int(day)).as_unit("us"))
        except ValueError:
            continue
    return days.pop() if len(days) == 1 else None


def exported_on(provenance: Provenance) -> pd.Timestamp | None:
    """Return the day on which a table was exported, from its name or, where that is a link's, what it leads to."""
    return vintage_of(provenance.file) or vintage_of(provenance.path)


def compare_snapshots(old: IncidentTable, new: IncidentTable, *, only: Collection[str] | None = None) -> SnapshotDiff:
    """Compare two exports of one table, row by row.

    Parameters
    ----------
    old, new
        Tables of one publisher, read in the same way.
    only
        Ids of the rows that are compared, e.g. those of a selection; default: all.

    Returns
    -------
    SnapshotDiff
        An added row is ``late`` if its day is covered by the older table: it has reached history since, and moves what
        was once computed from it. The older table covers its days of coverage, and none after its own export.

    Raises
    ------
    TableError
        If the publishers differ, the tables share no id, ids were made from row numbers, or the older export is the
        later one.
    """
    _refuse_unlike(old, new)
    old_vintage, new_vintage = (vintage_of(table.provenance.file) for table in (old, new))
    if old_vintage is not None and new_vintage is not None and old_vintage > new_vintage:
        raise TableError(
            f"{old.provenance.file} is of {old_vintage:%Y-%m-%d}, later than {new.provenance.file}, of"
            f" {new_vintage:%Y-%m-%d}: exchange them."
        )
    before, after = old.incidents, new.incidents
    if only is not None:
        before, after = (rows[rows["incident_id"].isin(only)].reset_index(drop=True) for rows in (before, after))
    place = _places(before["incident_id"], after["incident_id"])
    is_kept = place >= 0
    is_known = np.zeros(len(after), dtype=bool)
    is_known[place[is_kept]] = True
    added, removed = after[~is_known].copy(), before[~is_kept]
    added["kind"] = _kinds(added, old, old_vintage)
    n_renewed = _n_alike(removed, added)
    changed = _changed(before[is_kept].reset_index(drop=True), after.take(place[is_kept]).reset_index(drop=True))
    by_column = changed["column"].value_counts().rename_axis("column").reset_index(name="n_changed")
    kinds = added["kind"].value_counts()
    return SnapshotDiff(
        old_file=old.provenance.file,
        new_file=new.provenance.file,
        publisher=old.provenance.source,
        old_vintage=old_vintage,
        new_vintage=new_vintage,
        old_last_day=_last_days(old, old_vintage).max(),
        n_old=len(before),
        n_new=len(after),
        n_kept=int(is_kept.sum()),
        n_added=len(added),
        n_removed=len(removed),
        n_changed=changed["incident_id"].nunique(),
        n_renewed=n_renewed,
        n_added_by_kind={kind: int(kinds.get(kind, 0)) for kind in KINDS},
        added=_sorted(added, ADDED_COLUMNS, ["kind", "date_start", "incident_id"]),
        removed=_sorted(removed, REMOVED_COLUMNS, ["date_start", "incident_id"]),
        changed=changed,
        by_column=by_column.astype({"column": "str", "n_changed": "int64"}),
    )


def load_snapshots(folder: str | Path, *, table: IncidentTable, **reading: Any) -> SnapshotHistory:
    """Read the kept exports of a table and tell which held each row first.

    Parameters
    ----------
    folder
        Holds earlier exports of the table, each with its day in its name; tables that lie beside an incident table
        (coverage, claims, ...) are passed over. The table itself, and exports later than it, are left out and named.
    table
        The table that they are exports of.
    reading
        As the table was read; see `load_incidents`.

    Returns
    -------
    SnapshotHistory

    Raises
    ------
    TableError
        If there is no snapshot, a name tells no single day, two are of one day, or one is not an export of this table.
    """
    folder = Path(folder)
    if not os.path.isdir(folder):  # of a name that is too long a path would raise
        raise TableError(
            f"{folder} is not a folder; {term('snapshots')} names the folder of earlier exports.", path=folder
        )
    dated, own, left_out = _dated_files(folder, table)
    loaded = []
    for vintage, path in dated:
        snapshot = load_incidents(path, **reading)
        if snapshot.incidents.empty:
            raise TableError(f"{path.name} holds no row of the selected countries. Remove it from {folder}.", path=path)
        _refuse_unlike(snapshot, table)
        loaded.append((vintage, snapshot))
    holds = [set(snapshot.incidents["incident_id"]) for _, snapshot in loaded]
    held_next = [*holds[1:], set(table.incidents["incident_id"])]
    rows: list[dict[str, object]] = []
    first_seen: dict[str, int] = {}
    for place, ((vintage, snapshot), ids, later) in enumerate(zip(loaded, holds, held_next, strict=True)):
        rows.append(
            {
                "file": snapshot.provenance.file,
                "vintage": vintage,
                "last_day": _last_days(snapshot, vintage).max(),
                "n_rows": len(ids),
                "n_added": len(ids - holds[place - 1]) if place else 0,
                "n_vanished": len(ids - later),
            }
        )
        first_seen |= dict.fromkeys(ids - first_seen.keys(), place)
    return SnapshotHistory(
        vintages=typed_frame(rows, VINTAGE_COLUMNS),
        first_seen=pd.Series(first_seen, dtype="int64").sort_index(),
        vanished=frozenset(first_seen.keys() - held_next[-1]),
        provenances=tuple(snapshot.provenance for _, snapshot in loaded),
        table_vintage=own,
        left_out=tuple(left_out),
    )


def _dated_files(
    folder: Path, table: IncidentTable
) -> tuple[list[tuple[pd.Timestamp, Path]], pd.Timestamp | None, list[str]]:
    """Return the earlier exports in a folder, oldest first, the table's own day, and the names of those left out.

    Passed over are hidden files, and those in which an office program notes who has a workbook open (``~$``).
    """
    files = [
        path for path in sorted(folder.iterdir())
        if path.is_file() and path.name.lower().endswith(ENDINGS) and not path.name.startswith((".", "~$"))
        and path.name.split(".")[0].lower() not in BESIDE
    ]  # fmt: skip
    if odd := [path for path in files if not is_text(path.name)]:
        raise TableError(f"{folder}: {printable(odd[0].name)} has a name that is no text; rename it.", path=folder)
    vintages = {path: vintage_of(path) for path in files}
    if undated := [path.name for path, vintage in vintages.items() if vintage is None]:
        raise TableError(
            f"{folder}: {len(undated)} of {len(files)} files do not tell the one day of their export by name "
            f"({', '.join(undated[:3])}). Write it as incidents-2025-06-01.csv, or move them elsewhere.",
            path=folder / undated[0],
        )
    known = {path: vintage for path, vintage in vintages.items() if vintage is not None}
    copies = [vintage for path, vintage in known.items() if _is_copy(path, table.provenance)]
    own = exported_on(table.provenance) or min(copies, default=None)
    left_out = [
        path.name for path, vintage in known.items()
        if path.resolve() == table.provenance.path or (own is not None and vintage >= own)
    ]  # fmt: skip
    dated = sorted((vintage, path) for path, vintage in known.items() if path.name not in left_out)
    if not dated:
        why = f" ({', '.join(left_out[:3])}: the table itself, or no earlier)" if left_out else ""
        raise TableError(f"{folder} holds no earlier export of {table.provenance.file}{why}.", path=folder)
    for (day, first), (other, second) in pairwise(dated):
        if day == other:
            raise TableError(f"{first.name} and {second.name} are both of {day:%Y-%m-%d}; keep one.", path=second)
    return dated, own, left_out


def _is_copy(path: Path, provenance: Provenance) -> bool:
    if path.stat().st_size != provenance.n_bytes:
        return False
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest() == provenance.sha256


def _refuse_unlike(old: IncidentTable, new: IncidentTable) -> None:
    names = old.provenance.file, new.provenance.file
    if old.provenance.source != new.provenance.source:
        raise TableError(
            f"{names[0]} is of {old.provenance.source} and {names[1]} of {new.provenance.source}: rows of different"
            " publishers cannot be compared. Give two exports of one table."
        )
    for table in (old, new):
        if table.incidents["incident_id"].str.fullmatch(r"row-\d+").all():
            raise TableError(
                f"{table.provenance.file} has no ids of its own, so its rows cannot be found again in another export."
                f" Name the column of ids with {term('mapping', {'id': '...'})}.",
                path=table.provenance.path,
            )
    if (_places(old.incidents["incident_id"], new.incidents["incident_id"]) < 0).all():
        raise TableError(
            f"{names[0]} and {names[1]} share none of {len(old.incidents):,} and {len(new.incidents):,} ids:"
            f" {_why_none(old, new)}",
            path=old.provenance.path,
        )


# Columns that tell a row that got another id.
_CONTENT = ("date_start", "country", "admin1", "locality", "actor_a", "actor_b", "fatalities_best")


def _n_alike(removed: pd.DataFrame, added: pd.DataFrame) -> int:
    """Return how many removed rows are alike in date, place, parties and deaths to an added one, each added row
    standing for one."""
    if removed.empty or added.empty:
        return 0
    gone, come = (
        pd.util.hash_pandas_object(rows[list(_CONTENT)].astype("str"), index=False).value_counts()
        for rows in (removed, added)
    )
    return int(pd.concat([gone, come], axis=1, join="inner").min(axis=1).sum())


def _why_none(old: IncidentTable, new: IncidentTable) -> str:
    n = _n_alike(old.incidents, new.incidents)
    if n * 2 > min(len(old.incidents), len(new.incidents)):
        return (
            f"{n:,} rows are alike in all but their id, so that the ids were renewed, and no row can be followed. Ask"
            " the publisher for a table of old and new ids."
        )
    return "they are not two exports of one table."


def _places(ids: pd.Series, among: pd.Series) -> np.ndarray:
    """Return where each id stands among others, -1 where it does not: many times faster than `isin` on text."""
    return pd.Index(among).get_indexer(ids)


def _last_days(table: IncidentTable, vintage: pd.Timestamp | None) -> pd.Series:
    """Return the last day that a table can speak of, by country: of its coverage, and none after its export."""
    held = table.coverage[table.coverage["country"].isin(table.incidents["country"].unique())]
    days = held.groupby("country")["last_day"].max()
    return days if vintage is None else days.clip(upper=vintage)


def _kinds(added: pd.DataFrame, old: IncidentTable, vintage: pd.Timestamp | None) -> np.ndarray:
    first = added["country"].map(old.coverage.groupby("country")["first_day"].min())
    last = added["country"].map(_last_days(old, vintage))
    day = added["date_start"]
    return np.select([last.isna(), day > last, day < first], ["elsewhere", "new", "earlier"], default="late")


def _changed(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the values that differ between two tables of the same rows in the same order."""
    parts = []
    for name in COMPARED:
        old, new = before[name], after[name]
        if isinstance(old.dtype, pd.CategoricalDtype):
            old, new = old.astype("str"), new.astype("str")
        same = np.array((old.eq(new) | (old.isna() & new.isna())).fillna(False), dtype=bool)
        both = np.flatnonzero(~same & old.notna() & new.notna())
        if pd.api.types.is_string_dtype(old.dtype):
            # Of several ways to write a name a table takes its most frequent, which other rows may change.
            same[both] = [fold(was) == fold(now) for was, now in zip(old.iloc[both], new.iloc[both], strict=True)]
        elif pd.api.types.is_float_dtype(old.dtype):  # programs write a number with 15 digits or with 17
            same[both] = _as_text(old.iloc[both]).eq(_as_text(new.iloc[both])).to_numpy()
        if not same.all():
            parts.append(
                pd.DataFrame(
                    {
                        "incident_id": before.loc[~same, "incident_id"].to_numpy(),
                        "date_start": before.loc[~same, "date_start"].to_numpy(),
                        "column": name,
                        "old": _as_text(old[~same]).to_numpy(),
                        "new": _as_text(new[~same]).to_numpy(),
                    }
                )
            )
    if not parts:
        return typed_frame([], CHANGED_COLUMNS)
    return _sorted(pd.concat(parts, ignore_index=True), CHANGED_COLUMNS, ["date_start", "incident_id"])


def _as_text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        text = values.dt.strftime("%Y-%m-%d")
    elif pd.api.types.is_float_dtype(values):
        text = values.map("{:.10g}".format)
    else:
        text = values.astype("str")
    return text.where(values.notna()).astype("str")


def _sorted(frame: pd.DataFrame, columns: dict[str, str], by: list[str]) -> pd.DataFrame:
    return frame[list(columns)].astype(columns).sort_values(by, kind="stable").reset_index(drop=True)
