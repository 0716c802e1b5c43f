"""Results as JSON and CSV: what stands in files beside a report, and what commands print."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.measures.result import Ids

if TYPE_CHECKING:
    from analysis.incidents.study import Study

SCHEMA = 1
MOST_IDS, MOST_CHARACTERS = 1_000, 32_000  # in one cell: a spreadsheet's holds 32,767 characters


def indicators_document(indicators: pd.DataFrame, study: "Study") -> dict[str, object]:
    """Return indicator rows as the document that is promised, for `as_json`."""
    return document_of(study, indicators=indicators.to_dict("records"))


def document_of(study: "Study", **parts: object) -> dict[str, object]:
    """Return a document on a study for `as_json`: its last day and what was selected, before its own parts."""
    return {"schema": SCHEMA, "as_of": study.as_of, "selection": study.selection.as_dict(), **parts}


def as_json(document: dict[str, object]) -> str:
    """Return a document as JSON; days without a time, a value that is not a finite number as null."""
    return "".join(_pieces(document))


def write_json(document: dict[str, object], path: Path) -> None:
    """Write a document as JSON, see `as_json`, piece by piece: its ids may be many times what the table holds."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_pieces(document))


def _pieces(document: dict[str, object]) -> Iterator[str]:
    # Ids become a list of words when their turn has come, and no sooner.
    yield from json.JSONEncoder(ensure_ascii=False, indent=1, default=list).iterencode(_plain(document))
    yield "\n"


def number_sets(indicators: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return indicator rows with a number in place of their ids, and the ids by that number: many rows rest on the
    same incidents.

    Returns
    -------
    tuple of pandas.DataFrame
        The rows with ``incident_set`` (missing where a row rests on no particular incidents) in place of
        ``incident_ids``, and ``incident_set, incident_id``, one row for each incident of each set.
    """
    numbers: dict[object, int] = {}
    nothing = {"incident_set": pd.Series(dtype="int64"), "incident_id": pd.Series(dtype="str")}
    listed = [pd.DataFrame(nothing)]
    of_row = []
    for ids in indicators["incident_ids"]:
        # Equal sets of very many ids are one object, see `ids_of`.
        number = numbers.setdefault(id(ids) if isinstance(ids, Ids) else tuple(ids), len(numbers) + 1) if ids else None
        if number == len(listed):
            listed.append(pd.DataFrame({"incident_set": number, "incident_id": list(ids)}))
        of_row.append(number)
    out = indicators.drop(columns="incident_ids")
    out.insert(indicators.columns.get_loc("incident_ids"), "incident_set", pd.array(of_row, dtype="Int64"))
    return out, pd.concat(listed, ignore_index=True)


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy that CSV can hold: lists joined by semicolons, details as JSON, days without a time; long lists
    of ids as their number."""
    out = frame.copy()
    if "incident_ids" in out:
        long = out["incident_ids"].map(lambda ids: isinstance(ids, list | Ids) and _are_long(ids))
        out["incident_ids"] = out["incident_ids"].where(
            ~long, out["incident_ids"].map(lambda ids: [f"{len(ids)} incidents"])
        )
    for name in out.columns:
        if pd.api.types.is_datetime64_any_dtype(out[name]):
            out[name] = out[name].dt.strftime("%Y-%m-%d")
        elif out[name].map(lambda value: isinstance(value, list)).any():
            out[name] = out[name].map(";".join)
        elif out[name].map(lambda value: isinstance(value, dict)).any():
            out[name] = out[name].map(lambda value: json.dumps(_plain(value), ensure_ascii=False) if value else "")
    return out


def _are_long(ids: list[str] | Ids) -> bool:
    return len(ids) > MOST_IDS or sum(len(one) + 1 for one in ids) > MOST_CHARACTERS


def numbers_of(numbers: pd.DataFrame, chart: object) -> pd.DataFrame:
    """Return a chart's numbers as CSV can hold them, each row with what the chart's caption says it is of: the file is
    lifted alone, too."""
    caption = getattr(chart, "words", {}).get("caption")
    return flat(numbers.assign(shows=caption.shows, source=caption.source) if caption else numbers)


def _plain(value: object) -> object:
    if isinstance(value, Ids):
        return value
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if value is pd.NaT or value is pd.NA or value is None:
        return None
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return str(value)
