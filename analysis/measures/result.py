"""The tail that every measure's table ends in, so that any number can be traced and any gap has a reason."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Protocol, SupportsFloat, TypedDict
from weakref import WeakValueDictionary

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.incidents.nouns import named
from analysis.incidents.study import Study
from analysis.language import message, say

# Every measure's tidy frame ends in these; `low` and `high` bound `value` at `level` (missing: not a confidence bound).
TAIL_DTYPES = {
    "value": "float64", "low": "float64", "high": "float64", "level": "float64", "method": "str",
    "n_incidents": "int64", "incident_ids": "object", "status": "str", "reason": "str",
}  # fmt: skip
TAIL = tuple(TAIL_DTYPES)

INDICATOR_COLUMNS = (
    "name", "question", "unit", "period_start", "period_end", "value", "low", "high", "level", "measure_unit",
    "method", "reference", "baseline_start", "baseline_end", "n_incidents", "incident_ids", "status", "reason", "label",
    "detail",
)  # fmt: skip

# Above so many ids they are not kept as a list.
FEW_IDS = 10_000

COMPUTED, NOT_COMPUTED = "computed", "not_computed"
# Why a table has no rows, where nothing else says it.
NOTHING = message("nothing of this study belongs in it")


@dataclass(frozen=True)
class Measure:
    """What one indicator is: the line from which result rows and the page of measures are made.

    ``method`` is a message for `analysis.language.say`, whose fields ``numbers`` fills; ``labels`` are the words that
    its label can be.
    """

    name: str
    measure_unit: str
    meaning: str
    method: str
    reference: str = "no published source"
    numbers: Mapping[str, float] = field(default_factory=dict)
    labels: tuple[str, ...] = ()

    @property
    def method_words(self) -> str:
        """The method in the language that is spoken."""
        return say(self.method, **self.numbers)


@dataclass(frozen=True)
class Table:
    """A table that a question answers with, as ``study.<question>.<name>``: what it holds, and what makes it of a
    study.

    Where it has no rows, the reason of the value ``because`` says why, or else ``nothing``: a message, or what makes
    the words of a study where the value is dear.
    """

    name: str
    meaning: str
    make: Callable[[Study], pd.DataFrame]
    because: str = ""
    nothing: str | Callable[[Study], str] = NOTHING


def row_tail(
    value: SupportsFloat = np.nan,
    low: SupportsFloat = np.nan,
    high: SupportsFloat = np.nan,
    *,
    method: str,
    level: float = np.nan,
    ids: Sequence[str] = (),
    n_incidents: int | None = None,
    reason: str = "",
) -> dict[str, object]:
    """Return what a row of a measure's table ends in (`TAIL`): not computed where there is a reason, else computed.

    Parameters
    ----------
    value, low, high
        Missing where there is none.
    method
        In the study's language.
    level
        Of the interval; missing where `low` and `high` are no confidence bounds.
    ids
        Of the incidents that the value rests on.
    n_incidents
        Their number; default: that of the ids.
    reason
        Why there is no value.
    """
    return {
        "value": float(value),
        "low": float(low),
        "high": float(high),
        "level": level,
        "method": method,
        "n_incidents": len(ids) if n_incidents is None else n_incidents,
        "incident_ids": ids,
        "status": NOT_COMPUTED if reason else COMPUTED,
        "reason": reason,
    }


def clauses(*parts: str) -> str:
    """Return clauses that are whole in themselves as one text, e.g. of a method: ``a; b``.

    Examples
    --------
    >>> clauses("199 permutations of days", "", "no pair left out")
    '199 permutations of days; no pair left out'
    """
    held = [part for part in parts if part]
    joined = held[0] if held else ""
    for part in held[1:]:
        joined = say("{first}; {second}", first=joined, second=part)
    return joined


class Ids(Sequence):
    """Many ids of incidents, kept as text is kept in a table: as a list of words each would take four times the
    memory."""

    def __init__(self, names: pa.Array) -> None:
        self._names = names

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, place: int | slice) -> "str | list[str]":
        found = self._names[place]
        return found.to_pylist() if isinstance(place, slice) else found.as_py()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.to_pylist())

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, list | Ids) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as a list has none


# Equal sets that are in use: many values rest on the same incidents.
_IN_USE: "WeakValueDictionary[bytes, Ids]" = WeakValueDictionary()


def ids_of(attacks: pd.DataFrame) -> "list[str] | Ids":
    """Return the ids of attacks in order: a list, or where they are very many a sequence that equal sets share."""
    if len(attacks) <= FEW_IDS:
        return attacks["incident_id"].tolist()
    names = pa.concat_arrays(pa.chunked_array(pa.array(attacks["incident_id"])).chunks).cast(pa.large_string())
    _, offsets, text = names.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[names.offset : names.offset + len(names) + 1]
    digest = blake2b(memoryview(text)[ends[0] : ends[-1]])
    digest.update((ends - ends[0]).tobytes())
    return _IN_USE.setdefault(digest.digest(), Ids(names))


class IndicatorRow(Protocol):
    """A row of an indicators' frame, as ``itertuples`` gives it; those of `INDICATOR_COLUMNS` that are read so."""

    name: str
    value: float
    low: float
    high: float
    level: float
    method: str
    n_incidents: int
    incident_ids: Sequence[str]
    status: str
    reason: str
    detail: Mapping[str, Any]


class Basis(TypedDict, total=False):
    """What values rest on, as `IndicatorRows.add` takes it: rows or their number, and which days."""

    attacks: pd.DataFrame | None
    n_incidents: int | None
    span: str
    baseline: bool


class IndicatorRows:
    """Collects one row for each declared measure of a question, called as in ``analysis.measures.QUESTIONS``; a
    measure left out is an error, not a gap. The study gives place, window and baseline of all rows."""

    def __init__(self, study: Study, question: str, measures: Iterable[Measure]) -> None:
        self._study = study
        self._question = question
        self._declared = {measure.name: measure for measure in measures}
        self._rows: dict[str, dict[str, object]] = {}

    def add(
        self,
        name: str,
        value: SupportsFloat,
        *,
        low: SupportsFloat = np.nan,
        high: SupportsFloat = np.nan,
        level: float = np.nan,
        attacks: pd.DataFrame | None = None,
        n_incidents: int | None = None,
        method: str = "",
        span: str = "window",
        baseline: bool = False,
        label: str = "",
        detail: Mapping[str, object] | None = None,
        otherwise: str = "",
    ) -> None:
        """Record a computed value, or where it is missing why: ``otherwise``.

        ``attacks`` are the rows it rests on, ``span`` is window, baseline or history. ``label`` is a fixed word and
        ``detail`` holds plain values, for readers who need more than a number: nobody has to take ``method`` apart.
        """
        if np.isnan(float(value)):
            if not otherwise:
                raise ValueError(f"{name} has no value: record it by skip() with its reason.")
            self.skip(name, otherwise, span=span, baseline=baseline)
            return
        ids = [] if attacks is None else ids_of(attacks)
        self._put(name, span, baseline, method, n_incidents if n_incidents is not None else len(ids), ids)
        self._rows[name] |= {"value": float(value), "low": float(low), "high": float(high), "level": float(level)}
        self._rows[name] |= {"label": label, "detail": detail or {}}

    def skip(
        self,
        names: str | Iterable[str],
        reason: str,
        *,
        span: str = "window",
        baseline: bool = False,
        label: str = "",
        detail: Mapping[str, object] | None = None,
    ) -> None:
        """Record that a measure, or several, could not be computed, and why; ``label`` and ``detail`` as in `add`."""
        reason = named(reason, self._study.noun)
        for name in [names] if isinstance(names, str) else names:
            self._put(name, span, baseline, "", 0, [])
            self._rows[name] |= {"status": NOT_COMPUTED, "reason": reason, "label": label, "detail": detail or {}}

    def skip_rest(self, reason: str, *, span: str = "window", baseline: bool = False) -> "IndicatorRows":
        """Record the same reason for every measure that has no row yet, and return all rows."""
        self.skip([name for name in self._declared if name not in self._rows], reason, span=span, baseline=baseline)
        return self

    def __contains__(self, name: str) -> bool:
        return name in self._rows

    def frame(self) -> pd.DataFrame:
        """Return the rows in declared order, with ``INDICATOR_COLUMNS``.

        Raises `LookupError` if a declared measure has neither a value nor a reason.
        """
        if missing := [name for name in self._declared if name not in self._rows]:
            raise LookupError(f"{self._question}: no value and no reason for {', '.join(missing)}.")
        return indicator_frame([self._rows[name] for name in self._declared])

    def _put(self, name: str, span: str, baseline: bool, method: str, n_incidents: int, ids: Sequence[str]) -> None:
        study, measure = self._study, self._declared[name]
        period = {
            "window": (study.window_start, study.end),
            "baseline": (study.baseline_start, study.window_start),
            "history": (study.start, study.end),
        }[span]
        self._rows[name] = {
            "name": name,
            "question": self._question,
            "unit": study.place,
            "period_start": period[0],
            "period_end": period[1],
            "value": np.nan,
            "low": np.nan,
            "high": np.nan,
            "level": np.nan,
            "measure_unit": measure.measure_unit.replace("attack", study.noun),
            "method": named(method or measure.method_words, study.noun),
            "reference": measure.reference,
            "baseline_start": study.baseline_start if baseline else pd.NaT,
            "baseline_end": study.window_start if baseline else pd.NaT,
            "n_incidents": n_incidents,
            "incident_ids": ids,
            "status": COMPUTED,
            "reason": "",
            "label": "",
            "detail": {},
        }


def indicator_frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Return rows as one typed frame; no rows give an empty frame with the same columns and dtypes."""
    frame = pd.DataFrame(rows, columns=list(INDICATOR_COLUMNS))
    for column in ("period_start", "period_end", "baseline_start", "baseline_end"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    numbers = dict.fromkeys(("value", "low", "high", "level"), "float64")
    return frame.astype(numbers | {"n_incidents": "int64"})
