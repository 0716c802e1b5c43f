"""Which rows and which results move from one export of a table to the next, both as of one day?"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.incidents.counts import NEEDS_INCIDENTS
from analysis.incidents.errors import SelectionError
from analysis.incidents.opening import open_study
from analysis.incidents.selection import select_attacks
from analysis.incidents.snapshots import SnapshotDiff, compare_snapshots, vintage_of
from analysis.incidents.study import Study
from analysis.measures import compute_indicators, rows_of
from analysis.measures.result import COMPUTED

_MOVED_DTYPES = {
    "name": "str", "question": "str", "unit": "str", "measure_unit": "str", "old_value": "float64",
    "old_low": "float64",
    "old_high": "float64", "new_value": "float64", "new_low": "float64", "new_high": "float64", "change": "float64",
    "moved": "bool", "outside": "bool", "old_reason": "str", "new_reason": "str",
}  # fmt: skip


def results_moved(old: Study, new: Study, *, questions: tuple[str, ...] = ()) -> pd.DataFrame:
    """Compare the indicators of two studies of one selection, on an older and a newer export.

    Parameters
    ----------
    old, new
        Studies with the same place, ``as_of`` and settings.
    questions
        Only these; default all.

    Returns
    -------
    pandas.DataFrame
        One row per measure in the order of the report: ``name, question, unit, measure_unit, old_value, old_low,
        old_high, new_value, new_low, new_high, change, moved, outside, old_reason, new_reason``. ``moved``: value, a
        bound or whether it could be computed differs beyond rounding (1e-9 of its size). ``outside``: the new value
        lies outside the old interval.

    Raises
    ------
    ValueError
        If the days or settings differ: what then moves would not be history's doing.
    """
    if old.as_of != new.as_of or old.settings != new.settings:
        raise ValueError(
            f"The studies are as of {old.as_of:%Y-%m-%d} and {new.as_of:%Y-%m-%d}; both must share as_of and settings."
        )
    sides = []
    for side, study in (("old", old), ("new", new)):
        rows = compute_indicators(study, questions=questions)
        kept = ["value", "low", "high", "level", "reason"]
        sides.append(
            rows.set_index("name")[["question", "measure_unit", *kept]].rename(columns={n: f"{side}_{n}" for n in kept})
        )
    table = sides[0].join(sides[1].drop(columns=["question", "measure_unit"])).reset_index()
    table["unit"] = old.place
    pairs = [(table[f"old_{part}"].to_numpy(), table[f"new_{part}"].to_numpy()) for part in ("value", "low", "high")]
    same = [np.isclose(before, after, rtol=1e-9, atol=1e-12, equal_nan=True) for before, after in pairs]
    table["change"] = table["new_value"] - table["old_value"]
    table["moved"] = ~np.logical_and.reduce(same)
    beyond = table["new_value"].lt(table["old_low"]) | table["new_value"].gt(table["old_high"])
    table["outside"] = beyond & table["old_level"].notna()
    return table[list(_MOVED_DTYPES)].astype(_MOVED_DTYPES)


@dataclass(frozen=True, eq=False)
class ExportComparison:
    """What changed between two exports, and which results moved, both as of one day."""

    old: Study
    new: Study
    rows: SnapshotDiff
    results: pd.DataFrame


def compare_exports(
    old: str | Path, new: str | Path, *, as_of: str = "", questions: tuple[str, ...] = (), **selection: object
) -> ExportComparison:
    """Open two exports of one table in the same way and compare rows and results.

    Parameters
    ----------
    old, new
        Files.
    as_of
        The day that both are judged at; default: the older table's last covered day, and none after its own export.
    questions
        Only results of these; default all.
    selection
        As for `open_study`.

    Raises
    ------
    TableError, SelectionError
        As `open_study` and `compare_snapshots`.
    """
    before = open_study(old, as_of=as_of, **selection)
    exported = vintage_of(old)
    if not as_of and exported is not None and exported < before.as_of:
        before = open_study(old, as_of=f"{exported:%Y-%m-%d}", **selection)
    after = open_study(new, as_of=f"{before.as_of:%Y-%m-%d}", **selection)
    for study in (before, after):
        if study.holds_counts:
            raise SelectionError(f"{study.table.provenance.file} cannot be compared row by row: {NEEDS_INCIDENTS}.")
    changed = compare_snapshots(before.table, after.table, only=_ids_of_selection(before) | _ids_of_selection(after))
    return ExportComparison(before, after, changed, results_moved(before, after, questions=questions))


def _ids_of_selection(study: Study) -> set[str]:
    """Return the ids of all rows that pass a study's selection, after its last day too: history and what is new."""
    chosen = {
        name: getattr(study.selection, name)
        for name in ("country", "admin1", "actor", "attacker", "target", "target_type", "event_type")
    }
    first = study.selection.from_date or None
    try:
        return set(
            select_attacks(study.table.incidents, first_day=first, actors=study.table.actors, **chosen)["incident_id"]
        )
    except SelectionError:
        return set()


def rank_moved(results: pd.DataFrame) -> pd.DataFrame:
    """Return the results that moved, most telling first: the verdict, then those outside their old interval, then by
    how far they moved beside what chance moves.

    That is half of the old interval, or, of a value without one, the root that a count varies by: 400 that became 900
    stand before 1 that became 3. What came to be computed, or is no more, stands first.
    """
    moved = results[results["moved"]].copy()
    size = moved[["old_value", "new_value"]].abs().max(axis=1)
    half = (moved["old_high"] - moved["old_low"]) / 2
    spread = half.where(half > 0, np.sqrt(size.where(size > 0)))
    still = moved["change"].eq(0)  # a bound alone moved
    moved["_change"] = (moved["change"].abs() / spread).fillna(np.inf).mask(still, 0.0)
    moved["_verdict"] = moved["name"].ne("escalation_verdict")
    order = ["_verdict", "outside", "_change"]
    return (
        moved.sort_values(order, ascending=[True, False, False], kind="stable")
        .drop(columns=["_change", "_verdict"])
        .reset_index(drop=True)
    )


def verdicts_of(compared: ExportComparison) -> tuple[str, str] | None:
    """Return the verdict's word on the older and the newer export; none where the verdict was not asked for."""
    if "escalation_verdict" not in set(compared.results["name"]):
        return None
    words = []
    for study in (compared.old, compared.new):
        row = rows_of(study, "assessment").set_index("name").loc["escalation_verdict"]
        words.append(str(row["label"] or "") or (f"{row['value']:g}" if row["status"] == COMPUTED else "cannot tell"))
    return words[0], words[1]


def diff_document(compared: ExportComparison) -> dict[str, object]:
    """Return a comparison as plain values, for ``escalation diff --format json``."""
    rows = compared.rows
    return {
        "schema": 1,
        "as_of": f"{compared.old.as_of:%Y-%m-%d}",
        "selection": compared.old.selection.as_dict(),
        "publisher": rows.publisher,
        "old": {
            "file": rows.old_file,
            "vintage": rows.old_vintage,
            "n_rows": rows.n_old,
            "last_day": rows.old_last_day,
        },
        "new": {"file": rows.new_file, "vintage": rows.new_vintage, "n_rows": rows.n_new},
        "n_kept": rows.n_kept,
        "n_added": rows.n_added,
        "n_added_by_kind": rows.n_added_by_kind,
        "n_removed": rows.n_removed,
        "n_changed": rows.n_changed,
        "n_renewed": rows.n_renewed,
        "verdicts": verdicts_of(compared),
        "n_changed_by_column": dict(zip(rows.by_column["column"], rows.by_column["n_changed"].tolist(), strict=True)),
        "added": _records(rows.added),
        "removed": _records(rows.removed),
        "changed": _records(rows.changed),
        "results": _records(compared.results),
        "moved": rank_moved(compared.results)["name"].tolist(),
    }


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    return frame.to_dict("records")
