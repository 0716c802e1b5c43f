"""Tables as JSON: a list of flat records, as the publishers' interfaces answer."""

import json
import mmap
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from analysis.incidents.errors import TableError
from analysis.incidents.files.table import TEXT, Layout, RawTable, TableFile, cell_text
from analysis.language import say

MOST_JSON_COLUMNS = 20_000
_MOST_JSON_BYTES = 1 << 29
# How interfaces say how many records they hold, and that more follow; and in what, beside the records, they say it.
_TOTALS = {"totalcount", "count", "total", "totalrecords", "totalfeatures", "numbermatched"}
_FOLLOWS = {
    *("next", "nextlink", "nextpage", "nextpageurl", "nexturl", "nextpagetoken", "nextcursor", "offset"),
    *("hasmore", "hasnext", "hasnextpage", "exceededtransferlimit"),
}
_NOTHING = {"", "0", "false", "none", "null"}
_ENVELOPES = {"meta", "metadata", "pagination", "paging", "page", "pageinfo", "links", "link", "properties"}


@dataclass
class JsonFile(TableFile):
    """A list of flat records."""

    records: list[dict[str, object]] = field(default_factory=list)

    @classmethod
    def open(cls, path: Path, content: "bytes | mmap.mmap", name: str, _layout: Layout) -> "JsonFile":
        if len(content) > _MOST_JSON_BYTES:
            raise TableError(
                f"{name} has {len(content):,} bytes of JSON; at most {_MOST_JSON_BYTES:,} are read. Save it as CSV.",
                path=path,
            )
        try:
            text = bytes(content).decode("utf-8-sig")
            document, twice = _parse_json(text)
        except RecursionError:
            raise TableError(f"{name} is deeply nested JSON, not a table. Save the table as CSV.", path=path) from None
        except ValueError as error:
            raise TableError(
                f"{name} is JSON and not a table that can be read ({str(error)[:120]}). Download it again.", path=path
            ) from None
        records, notes = _list_of_records(document)
        if twice:
            notes.append(
                say(
                    "{n} records have a key twice ({names}): where its values differ neither is taken",
                    n=len(twice),
                    names=", ".join(dict.fromkeys(twice)),
                )
            )
        if records is None:
            raise TableError(
                f"{name} is JSON without a list of flat records{_answer_of(document)}. Expected [{{...}}, ...], or the"
                " answer of ACLED (data) or UCDP (Result). Save the records as CSV (ACLED: _format=csv; UCDP: its"
                " download page).",
                path=path,
            )
        header = list(dict.fromkeys(key for record in records for key in record))
        if len(header) > MOST_JSON_COLUMNS:
            raise TableError(
                f"{name} has {len(header):,} different keys in its records; a table has at most {MOST_JSON_COLUMNS:,}.",
                path=path,
            )
        held: Counter[str] = Counter()
        lists: Counter[str] = Counter()
        for record in records:
            for key, value in record.items():
                held[key] += value is not None
                lists[key] += isinstance(value, dict | list) and not _is_pair(value)
        # One odd cell among values is a bad value of its row; a column of lists is no column of a table.
        nested = [key for key in header if lists[key] and 2 * lists[key] >= held[key]]
        if nested:
            notes.append(say("columns that hold lists or records are not read: {names}", names=", ".join(nested[:5])))
        header = [key for key in header if key not in nested]
        if not header:
            raise TableError(f"{name} is JSON whose records have no columns, or none at all.", path=path)
        return cls(path, header, "json", notes, records=records)

    def _read(self, texts: Collection[str], numbers: Collection[str]) -> RawTable:
        columns = {
            name: pa.array([_json_text(record.get(name)) for record in self.records], TEXT).dictionary_encode()
            for name in (*texts, *numbers)
        }
        return RawTable(columns, np.arange(2, len(self.records) + 2, dtype=np.int64), (), tuple(self.notes))


def _parse_json(text: str) -> tuple[object, list[str]]:
    """Return a document, and for each record that has a key twice the first such key."""
    twice: list[str] = []

    def record(pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) < len(pairs):
            values: dict[str, list[object]] = {}
            for key, value in pairs:
                values.setdefault(key, []).append(value)
            several = {key: held for key, held in values.items() if len(held) > 1}
            twice.append(next(iter(several)))
            made |= {
                key: " | ".join(map(_json_text, held))
                for key, held in several.items()
                if any(v != held[0] for v in held)
            }
        return made

    def read(text: str) -> object:
        try:
            return json.loads(text, object_pairs_hook=record)
        except json.JSONDecodeError:
            raise
        except ValueError:  # a number of more digits than Python reads is left as text
            twice.clear()
            return json.loads(text, object_pairs_hook=record, parse_int=str)

    try:
        return read(text), twice
    except json.JSONDecodeError:
        lines = [line for line in text.split("\n") if line.strip()]  # other ends of lines may stand in a text
        if len(lines) < 2 or not lines[0].lstrip().startswith("{"):
            raise
        twice.clear()
        return [read(line) for line in lines], twice  # one record a line


def _answer_of(document: object) -> str:
    """Return what an answer without records says of itself."""
    if not isinstance(document, dict):
        return ""
    said = [
        document[key] for key in ("error", "message", "messages", "detail", "error_description") if document.get(key)
    ]
    told = f"; it says {json.dumps(said[0], ensure_ascii=False)[:200]}" if said else ""
    return (
        f" (an answer without any record{told})" if document.get("data") == [] or document.get("Result") == [] else told
    )


def _list_of_records(document: object) -> tuple[list[dict[str, object]] | None, list[str]]:
    """Return the records of a document and what its envelope says of them."""
    if isinstance(document, list):
        if document and all(isinstance(one, dict) and one.get("type") == "Feature" for one in document):
            return _features(document)  # GeoJSON with a feature a line
        return (document if document and all(isinstance(one, dict) for one in document) else None), []
    if not isinstance(document, dict):
        return None, []
    if isinstance(document.get("features"), list):
        records, notes = _features(document["features"])
        return records, [*notes, *_missing_pages(document, len(records or ()))]
    names, rows = document.get("columns"), document.get("data")
    if not isinstance(names, list) or not isinstance(rows, list):
        names, rows = [], []
    if rows and all(isinstance(row, list) and len(row) == len(names) for row in rows):
        return [dict(zip(map(str, names), row, strict=True)) for row in rows], []
    columns = list(document.values())
    lengths = {len(one) if isinstance(one, list) else 0 for one in columns}
    # A list of values for each column.
    if (
        len(lengths) == 1
        and 0 not in lengths
        and not any(isinstance(cell, dict | list) for one in columns for cell in one[:10])
    ):
        return [dict(zip(document, cells, strict=True)) for cells in zip(*columns, strict=True)], []
    lists = [key for key in ("data", "Result", "results", "records", "value") if isinstance(document.get(key), list)]
    key = lists[0] if lists else None
    records = document[key] if key else None
    if not records or not all(isinstance(one, dict) for one in records):
        return None, []
    return [_within(record) for record in records], _missing_pages(document, len(records))


def _missing_pages(document: dict[str, Any], n: int) -> list[str]:
    """Return what an answer of ``n`` records says of others that it does not hold."""
    said = {_bare(key): value for key, value in document.items()}
    for key in _ENVELOPES.intersection(said):
        inner = said[key]
        if isinstance(inner, list):  # links, each with what it leads to
            inner = {str(one.get("rel")): one.get("href") for one in inner if isinstance(one, dict)}
        if isinstance(inner, dict):
            said = {_bare(str(name)): value for name, value in inner.items()} | said
    totals = {key: int(said[key]) for key in _TOTALS.intersection(said) if re.fullmatch(r"\d{1,15}", str(said[key]))}
    if totals and max(totals.values()) > n:
        return [
            say(
                "the file holds {n} of {all} records: it is one page of an answer, and the others are missing",
                n=n,
                all=max(totals.values()),
            )
        ]
    follows = {key: _led_to(said[key]) for key in _FOLLOWS.intersection(said)}
    ends = any(key.startswith(("has", "exceeded")) and not led for key, led in follows.items())
    if any(follows.values()) and not ends and not totals.keys() - {"count"}:
        return [say("the file is one page of an answer that says that more records follow, and these are missing")]
    return []


def _led_to(value: object) -> bool:
    """Tell whether a field that leads to more records leads anywhere."""
    if isinstance(value, dict):
        value = value.get("href", value)
    return value is True or (isinstance(value, str | dict) and str(value).strip().casefold() not in {*_NOTHING, "{}"})


def _bare(key: str) -> str:
    return re.sub("[^a-z]", "", key.casefold().removeprefix("@odata."))


def _within(record: dict[str, object]) -> dict[str, object]:
    """Return a record with what it holds under ``fields``, as Airtable answers, beside the rest."""
    held = record.get("fields")
    if not isinstance(held, dict):
        return record
    return {key: value for key, value in record.items() if key != "fields"} | held


def _is_pair(value: object) -> bool:
    """Tell whether a value is a list of two numbers, as a point is, or of two nulls, as a point that is not known."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and (value == [None, None] or all(type(one) in (int, float) for one in value))
    )


def _features(features: list[Any]) -> tuple[list[dict[str, object]] | None, list[str]]:
    """Return the properties of GeoJSON features, with a point's degrees where they name none, and what is no point."""
    records, n_other = [], 0
    for feature in features:
        # GeoJSON calls them properties, ArcGIS attributes.
        held = feature.get("properties", feature.get("attributes")) if isinstance(feature, dict) else None
        if not isinstance(held, dict):
            return None, []
        record = dict(held)
        geometry = feature.get("geometry")
        point = _point_of(geometry) if isinstance(geometry, dict) else []
        n_other += point is None
        if point:
            own = {str(name).casefold(): name for name in record}
            for name, degrees in zip(("longitude", "latitude"), point, strict=False):
                called = own.get(name, name)
                record[called] = degrees if record.get(called) in (None, "") else record[called]
        records.append(record)
    said = say("geometries that are no points, whose coordinates are not read: {n}", n=n_other) if n_other else ""
    return records or None, [said] if said else []


def _point_of(geometry: dict[str, Any]) -> list[Any] | None:
    """Return the degrees of a point, east first, as GeoJSON or ArcGIS writes it; None of another geometry."""
    if {"x", "y"} <= set(geometry):
        return [geometry["x"], geometry["y"]]
    point = geometry.get("coordinates")
    if geometry.get("type") == "MultiPoint" and isinstance(point, list) and len(point) == 1:
        point = point[0]
    elif geometry.get("type") != "Point":
        return None
    return point if isinstance(point, list) and len(point) >= 2 else []


def _json_text(value: object) -> str:
    if isinstance(value, list) and _is_pair(value):
        return ", ".join(map(cell_text, value)) if value[0] is not None else ""
    if isinstance(value, dict | list):
        return json.dumps(value)[:100]
    if isinstance(value, str):  # half of a pair of signs is no sign
        return value.encode("utf-8", "replace").decode("utf-8")
    return cell_text(value)
