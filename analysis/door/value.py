"""One number of a study, used as a number is, and said with its uncertainty."""

import html
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from numbers import Number
from typing import Any

import pandas as pd

from analysis.incidents.given import nearest
from analysis.language import ENGLISH, current, localised, say, used
from analysis.measures.result import COMPUTED, Measure
from analysis.reports.blocks import literal
from analysis.reports.wording import chance, interval, number, probability


def _as_number(operation: Callable[..., Any], *, turned: bool = False) -> Callable[..., Any]:
    """Return a method of `Value` that does to its number what an operation does to numbers."""

    def method(self: "Value", *others: Any) -> Any:
        if not all(isinstance(other, Number | Value) for other in others):
            return NotImplemented
        held = [float(self), *(float(other) if isinstance(other, Value) else other for other in others)]
        return operation(*(reversed(held) if turned else held))

    return method


@dataclass(frozen=True, repr=False, eq=False, slots=True)
class Value:
    """One number of a study with its uncertainty, or the reason why it could not be computed.

    It is used as a number is: ``value + 1``, ``value > 2``, ``round(value, 1)``, ``f"{value:.1f}"``,
    ``numpy.log(value)``; where it was not computed, this is refused with the reason (``value.computed`` asks first).
    One with a word equals that word: ``study.assessment.verdict == "rising"``. ``str(value)`` has unit and interval.

    Attributes
    ----------
    value, low, high
        The number and its bounds; not a number where it was not computed.
    level
        The confidence level of the bounds; not a number where these are no confidence bounds.
    status
        ``computed`` or ``not_computed``.
    reason
        Why it was not computed.
    label, detail
        A fixed word, and plain values that belong to the number.
    name, question, unit, measure_unit
        What it is called, which question it answers, for what place, and what it is measured in.
    meaning, method, reference
        What it says, how it was computed, and the published source of that.
    language
        Of the texts.
    period_start, period_end, baseline_start, baseline_end
        The days ``[start, end)`` that it is about, and those that it is held against.
    n_incidents, incident_ids
        On how many rows of the table it rests, and on which.
    """

    name: str
    question: str
    unit: str
    period_start: pd.Timestamp
    period_end: pd.Timestamp
    value: float
    low: float
    high: float
    level: float
    measure_unit: str
    method: str
    reference: str
    baseline_start: pd.Timestamp
    baseline_end: pd.Timestamp
    n_incidents: int
    incident_ids: Sequence[str]
    status: str
    reason: str
    label: str
    detail: dict[str, object]
    meaning: str = ""
    language: str = ENGLISH

    @property
    def computed(self) -> bool:
        """Whether there is a number."""
        return self.status == COMPUTED

    def __float__(self) -> float:
        if not self.computed:
            raise ValueError(f"{self.name} was not computed, because {self.reason}.")
        return self.value

    def __format__(self, form: str) -> str:
        if not form:
            return str(self)
        held = float(self)
        return format(int(held) if form.endswith("d") and held.is_integer() else held, form)

    def __bool__(self) -> bool:
        return bool(float(self))

    def __int__(self) -> int:
        return int(float(self))

    def __round__(self, digits: int | None = None) -> float:
        return round(float(self), digits)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return self._is_called(other)
        if isinstance(other, Value):
            return self is other or float(self) == float(other)
        # Neither None nor a list is a number: it is another thing, and no reason to refuse.
        return float(self) == other if isinstance(other, Number) else NotImplemented

    def _is_called(self, word: str) -> bool:
        """Whether the label is this word, in English or the study's language; refused where there is no such word."""
        if not self.label:
            raise TypeError(
                f"{self.name} has no word to compare with {word!r}; it is a number ({self!r}). "
                "Compare it with a number, or read its words with str()."
            )
        names = next(one.labels for one in module_of(self.question).MEASURES if one.name == self.name) or (self.label,)
        with used(self.language):
            known = {spoken.casefold(): name for name in names for spoken in (name, say(name))}
        if word.casefold() not in known:
            raise ValueError(f"{self.name} is never {word!r}; {nearest(word, names)}")
        return known[word.casefold()] == self.label

    __add__, __radd__ = _as_number(operator.add), _as_number(operator.add, turned=True)
    __sub__, __rsub__ = _as_number(operator.sub), _as_number(operator.sub, turned=True)
    __mul__, __rmul__ = _as_number(operator.mul), _as_number(operator.mul, turned=True)
    __truediv__, __rtruediv__ = _as_number(operator.truediv), _as_number(operator.truediv, turned=True)
    __floordiv__, __rfloordiv__ = _as_number(operator.floordiv), _as_number(operator.floordiv, turned=True)
    __mod__, __rmod__ = _as_number(operator.mod), _as_number(operator.mod, turned=True)
    __pow__, __rpow__ = _as_number(operator.pow), _as_number(operator.pow, turned=True)
    __lt__, __le__ = _as_number(operator.lt), _as_number(operator.le)
    __gt__, __ge__ = _as_number(operator.gt), _as_number(operator.ge)
    __neg__, __pos__, __abs__ = _as_number(operator.neg), _as_number(operator.pos), _as_number(operator.abs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy as np

        return np.asarray(float(self), dtype=dtype)

    def __repr__(self) -> str:
        with used(self.language):
            return self._words()

    def _words(self) -> str:
        if not self.computed:
            return say("not computed, because {reason}", reason=self.reason)
        if not self.label and self._is_chance:
            bounds = interval(self, "chance")
            return f"{chance(self.value)} ({bounds})" if bounds and self.low != self.high else chance(self.value)
        shown = say(self.label) if self.label else _number(self.value, self.measure_unit)
        # Units are names of the indicator rows, which stay English.
        if not self.label and self.measure_unit not in ("ratio", "probability", "share") and current() == ENGLISH:
            shown = f"{shown} {_of_one(self.measure_unit) if self.value == 1 else self.measure_unit}"
        bounds = interval(self, "number")
        return f"{shown} ({bounds})" if bounds and not self.label and self.low != self.high else shown

    @property
    def _is_chance(self) -> bool:
        """Whether it is the chance of something, and no p-value."""
        return self.measure_unit == "probability" and not {"p"} & set(self.name.split("_"))

    def _repr_html_(self) -> str:
        lines = [
            self.meaning if self.language == ENGLISH else "",
            self.method if self.computed else "",
            "" if _is_no_source(self) else self.reference,
        ]
        notes = "".join(f"<br><small>{html.escape(line)}</small>" for line in lines if line)
        return literal(f"<p>{html.escape(self.name)}: <strong>{html.escape(repr(self))}</strong>{notes}</p>")


def _is_no_source(value: Value) -> bool:
    return value.reference == Measure.reference


def _of_one(unit: str) -> str:
    first, *rest = unit.split(" ")
    return " ".join([first.removesuffix("s"), *rest])


def _number(value: float, unit: str) -> str:
    if unit == "probability":
        return probability(value).removeprefix("= ")
    return localised(f"{value:,.0f}") if value == round(value) else number(value)


def module_of(question: str) -> Any:
    """Return the module of `analysis.measures` that answers a question."""
    return import_module(f"analysis.measures.{question}")
