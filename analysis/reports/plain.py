"""What a chart is drawn from, as plain JSON and back: the kernel that computes it sends it to the process that draws
it.

Whatever comes back equals what was sent: numbers to the last digit, days, missing values, categories and the order of
columns.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from analysis.figures.caption import Caption

# A value that JSON has no form for is an object with this key alone among its keys' names, and its kind as value.
KIND = "is"
# Which rows a figure rests on is kept with its numbers; no chart draws it.
NOT_DRAWN = ("incident_ids",)


def encode(value: object) -> Any:
    """Return a value as JSON holds it.

    Parameters
    ----------
    value
        A number, text, day, caption or table; or tuples, lists and dicts of them. A table loses its columns
        ``NOT_DRAWN``.

    Raises
    ------
    TypeError
        If it is none of these.
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else {KIND: "number", "of": str(float(value))}
    if value is pd.NaT or value is pd.NA:
        return {KIND: "missing", "of": "day" if value is pd.NaT else "value"}
    if isinstance(value, pd.Timestamp):
        return {KIND: "day", "of": value.isoformat(), "unit": value.unit}
    if isinstance(value, pd.Timedelta):
        return {KIND: "span", "of": value.isoformat(), "unit": value.unit}
    if isinstance(value, tuple):
        return {KIND: "tuple", "of": [encode(part) for part in value]}
    if isinstance(value, list):
        return [encode(part) for part in value]
    if isinstance(value, dict):
        return {KIND: "dict", "of": [[encode(key), encode(part)] for key, part in value.items()]}
    if isinstance(value, Caption):
        return {KIND: "caption", "of": {name: encode(part) for name, part in vars(value).items()}}
    if isinstance(value, pd.DataFrame):
        return _encode_frame(value)
    if isinstance(value, pd.Series):
        return {KIND: "series", "name": encode(value.name), "of": _encode_frame(value.to_frame("values"))}
    if isinstance(value, np.ndarray):
        return {KIND: "array", "of": [encode(part) for part in value.tolist()], "dtype": str(value.dtype)}
    raise TypeError(
        f"A chart cannot be drawn from {type(value).__name__} by another process: give it numbers, texts, days or"
        " tables."
    )


def decode(value: Any) -> Any:
    """Return what `encode` was given."""
    if isinstance(value, list):
        return [decode(part) for part in value]
    return _DECODERS[value[KIND]](value) if isinstance(value, dict) else value


def _encode_frame(frame: pd.DataFrame) -> dict[str, object]:
    drawn = [name for name in frame.columns if name not in NOT_DRAWN]
    told: dict[str, object] = {
        KIND: "table", "rows": len(frame), "columns": [[encode(name), *_encode_column(frame[name])] for name in drawn],
    }  # fmt: skip
    if not (isinstance(frame.index, pd.RangeIndex) and (frame.index.start, frame.index.step) == (0, 1)):
        told["index"] = [encode(frame.index.name), *_encode_column(frame.index.to_series())]
    return told


def _encode_column(column: pd.Series) -> tuple[str, object]:
    """Return a column's type and values."""
    kind = str(column.dtype)
    if isinstance(column.dtype, pd.CategoricalDtype):
        ordered, categories = column.cat.ordered, column.cat.categories.to_series()
        return "category", [bool(ordered), *_encode_column(categories), column.cat.codes.tolist()]
    if kind.startswith(("datetime64", "timedelta64")) and getattr(column.dtype, "tz", None) is None:
        return kind, [
            None if missing else day
            for missing, day in zip(column.isna(), column.astype("int64").tolist(), strict=True)
        ]
    if kind.startswith("float"):
        values = column.tolist()
        return kind, values if np.isfinite(column.to_numpy()).all() else [encode(value) for value in values]
    if kind in ("bool", "int64", "int32", "int16", "int8", "uint8"):
        return kind, column.tolist()
    if kind == "str" or kind.startswith("string"):
        return "str", [None if missing else text for missing, text in zip(column.isna(), column.tolist(), strict=True)]
    return kind, [encode(value) for value in column.tolist()]


def _decode_column(kind: str, values: Any) -> pd.Series:
    if kind == "category":
        ordered, of, categories, codes = values
        return pd.Series(
            pd.Categorical.from_codes(codes, categories=pd.Index(_decode_column(of, categories)), ordered=ordered)
        )
    if kind.startswith(("datetime64", "timedelta64")):
        missing = np.iinfo("int64").min  # how numpy writes a day that is not known
        days = np.array([missing if day is None else day for day in values], dtype="int64")
        return pd.Series(days.view(kind))
    if kind.startswith("float"):
        return pd.Series(np.array([decode(value) for value in values], dtype=kind))
    if kind in ("bool", "int64", "int32", "int16", "int8", "uint8"):
        return pd.Series(np.array(values, dtype=kind))
    return pd.Series([decode(value) for value in values], dtype=kind)


def _decode_frame(told: dict[str, Any]) -> pd.DataFrame:
    columns = {decode(name): _decode_column(kind, values) for name, kind, values in told["columns"]}
    frame = pd.DataFrame(columns, index=pd.RangeIndex(told["rows"]))
    if "index" in told:
        name, kind, values = told["index"]
        frame.index = pd.Index(_decode_column(kind, values), name=decode(name))
    return frame


def _decode_caption(told: dict[str, Any]) -> Caption:
    parts: dict[str, Any] = {name: decode(part) for name, part in told["of"].items()}
    return Caption(**parts)


_DECODERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "number": lambda told: float(told["of"]),
    "missing": lambda told: pd.NaT if told["of"] == "day" else pd.NA,
    "day": lambda told: pd.Timestamp(told["of"]).as_unit(told["unit"]),
    "span": lambda told: pd.Timedelta(told["of"]).as_unit(told["unit"]),
    "tuple": lambda told: tuple(decode(part) for part in told["of"]),
    "dict": lambda told: {decode(key): decode(part) for key, part in told["of"]},
    "caption": _decode_caption,
    "table": _decode_frame,
    "series": lambda told: _decode_frame(told["of"])["values"].rename(decode(told["name"])),
    "array": lambda told: np.array([decode(part) for part in told["of"]], dtype=told["dtype"]),
}
