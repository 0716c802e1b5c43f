"""The door for who works in Python: a study that answers its questions by name, ``study.frequency.rate_ratio``.

What stands here only gives names to what the rooms compute; it computes nothing itself.
"""

import ast
import html
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from numbers import Number
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.incidents import study as incidents_study
from analysis.incidents.check import selectable
from analysis.incidents.columns import mapping_pairs, mapping_text
from analysis.incidents.counts import NEEDS_INCIDENTS
from analysis.incidents.errors import SelectionError
from analysis.incidents.files import write_frame
from analysis.incidents.given import checked_parameters, nearest
from analysis.incidents.load import IncidentTable
from analysis.incidents.names import names_text
from analysis.incidents.parameters import (
    COMPARED_BY,
    EXAMPLE,
    TABLE,
    UNITS,
    Reading,
    Selection,
    Settings,
    defaults_of,
    listed_in_signature,
    names_of,
)
from analysis.incidents.problems import BLANKED
from analysis.incidents.sources.plain import ALIASES
from analysis.incidents.study import DAY
from analysis.language import ENGLISH, current, localised, say, used
from analysis.measures import QUESTIONS, compute_indicators, holds_for_counts, rows_of
from analysis.measures.result import COMPUTED, INDICATOR_COLUMNS, NOTHING, Measure, Table
from analysis.reports.blocks import awaited
from analysis.reports.charts import Found, charts_of
from analysis.reports.page import Chart, Drawing
from analysis.reports.report import section_of
from analysis.reports.wording import Results, chance, gap, interval, named, number, probability, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.exploring.widget import Explorer
    from analysis.publishing.publish import Published

# Beside the question's own name, first words that the short name of a value leaves out.
LEFT_OUT = ("attack", "escalation")
REPORTS = "reports/published"


WIDE, KEYS_FIRST = 12, 2  # columns; those that say what a row is of
# Values of one column of many rows may be odd; from this share on an opened study says so at once.
BLANKED_SHARE = 0.05
# A column whose values another parameter selects, and parameters that take the values of another.
_SELECTED_BY = {"sub_event_type": "event_type"}
_TAKES_VALUES_OF = {"attacker": "actor", "target": "actor"}

# Where a study has what users of pandas ask for by another word.
_ROWS = "study.attacks, one row each"
_BY_MONTH = (
    "study.frequency.counts and study.frequency.counts_by_unit, by month; study.select(unit='admin1') counts by region"
)
_CHARTS = (
    "study.frequency.plot(), study.trend.plot() and so on, one set for each question; a map is study.spread.plot()"
)
_NUMBERS = "study.indicators(), a DataFrame of every number, e.g. study.indicators().to_csv('numbers.csv')"
_WHERE = {
    **dict.fromkeys(("plot", "plots", "chart", "charts", "figure", "figures", "draw"), _CHARTS),
    **dict.fromkeys(("tables", "values", "describe", "summary", "to_csv", "to_excel", "to_dict"), _NUMBERS),
    **dict.fromkeys(("head", "tail", "rows", "df", "frame", "data", "events", "columns", "shape"), _ROWS),
    **dict.fromkeys(("month", "months", "monthly", "monthly_counts", "resample", "groupby", "pivot_table"), _BY_MONTH),
    **dict.fromkeys(("actors", "attackers", "top_actors"), "study.compare(by='actor')"),
    **dict.fromkeys(("alarms", "alarm", "alert", "warnings"), "study.surge.alerts, whose above_since says since when"),
    **dict.fromkeys(("query", "filter", "loc", "where"), "study.select(country='Mali', from_date='2024-01-01')"),
    "map": "study.spread.plot()",
    "forecast": "study.outlook",
    "save": "study.report('folder'), or study.frequency.plot().figure.savefig('chart.png') of one chart",
    "to_html": "study.report('folder', formats='html')",
    "to_pdf": "study.report('folder', formats='pdf')",
}


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
        names = next(one.labels for one in _module(self.question).MEASURES if one.name == self.name) or (self.label,)
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
        return f"<p>{html.escape(self.name)}: <strong>{html.escape(repr(self))}</strong>{notes}</p>"


def _is_no_source(value: Value) -> bool:
    return value.reference == Measure.reference


def _of_one(unit: str) -> str:
    first, *rest = unit.split(" ")
    return " ".join([first.removesuffix("s"), *rest])


def _number(value: float, unit: str) -> str:
    if unit == "probability":
        return probability(value).removeprefix("= ")
    return localised(f"{value:,.0f}") if value == round(value) else number(value)


class Question:
    """One question of a study: its values by name, its tables, its charts, and what a report says of it.

    Attributes are computed when they are asked for, and kept on the study.
    """

    name = ""
    words = ""

    def __init__(self, study: "Study") -> None:
        self._study = study

    @property
    def values(self) -> dict[str, Value]:
        """All values by the names of their rows, in order."""
        meanings = {measure.name: measure.meaning for measure in _module(self.name).MEASURES}
        rows = self.table().to_dict("records")
        return {
            row["name"]: Value(
                **{name: row[name] for name in INDICATOR_COLUMNS},
                meaning=meanings[row["name"]],
                language=self._study.settings.language,
            )
            for row in rows
        }

    def table(self) -> pd.DataFrame:
        """Return the question's indicator rows, one for each value, as `study.indicators` does for all questions."""
        with self._awaited():
            return rows_of(self._study, self.name).copy()

    def read(self) -> list[str]:
        """Return what a report says of the question, sentence by sentence."""
        study = self._study
        with self._awaited():
            if self._needs_incidents:
                return [gap("This question", NEEDS_INCIDENTS)]
            said = section_of(self.name).read(study, _AllResults(study))
            return [named(sentence, study.noun) for sentence in said if sentence]

    def charts(self) -> dict[str, str]:
        """Return the charts that can be drawn of this study: what each shows, by the name that `plot` takes."""
        with self._awaited():
            found = charts_of(self._study, list(section_of(self.name).CHARTS))
            noun = self._study.noun
            return {one.listed.name: named(say(one.listed.what), noun) for one in found if one.chart is not None}

    def plot(
        self, name: str = "", *, ax: "Axes | None" = None, theme: str = "", **words: object
    ) -> "Axes | Sequence[Axes]":
        """Draw one of the question's charts and return its axes; where it has none, they say why.

        Parameters
        ----------
        name
            One of `charts`; default: the first.
        ax
            Axes to draw on; default: those of a new figure. A chart of several panels makes its own.
        theme
            Colours of a new figure: light, dark or print; default: dark where matplotlib's own figures are
            (``matplotlib.pyplot.style.use("dark_background")``), else light.
        **words
            Other arguments of the function in `analysis.figures` that draws it, e.g. ``title``.

        Raises
        ------
        ValueError
            If there is no such chart, or it takes no such argument.
        """
        from analysis.figures.theme import plot_absence, style

        chosen = _theme_of(theme)
        with self._awaited(), style():
            found = self._chart(name)
            if found.chart is None:
                drawn: Axes | Sequence[Axes] = plot_absence(ax, say(found.listed.what), found.reason)
            else:
                drawn = self._drawn(found.chart, ax, words)
            if ax is None:
                _give_theme(drawn, chosen)
            return drawn

    @contextmanager
    def _awaited(self) -> Iterator[None]:
        """Compute in the study's language, and tell who waits what is computed."""
        with self._study.spoken(), awaited(say(self.words)):
            yield

    def __getitem__(self, name: str) -> Value:
        values, row = self.values, short_names(self.name).get(name, name)
        if row not in values:
            raise KeyError(f"{self.name} has no value {name!r}; {nearest(name, values)}")
        return values[row]

    def _ipython_key_completions_(self) -> list[str]:
        return list(dict.fromkeys([*short_names(self.name), *short_names(self.name).values()]))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        known = [one for one in dir(self) if not one.startswith("_")]
        if f"plot_{name}" in known:
            raise AttributeError(f"study.{self.name} has no {name!r}; did you mean plot_{name}()?")
        if places := _places_of(name):
            raise AttributeError(f"study.{self.name} has no {name!r}; there is {' and '.join(places)}.")
        raise AttributeError(f"study.{self.name} has no {name!r}; {nearest(name, known)}")

    def __dir__(self) -> list[str]:
        return sorted(set(super().__dir__()) - {"name", "words"})

    def __repr__(self) -> str:
        tables = ", ".join(table.name for table in _module(self.name).TABLES)
        values = ", ".join(short_names(self.name))
        plots = ", ".join(["plot()", *(f"{plot}()" for plot in _plots_of(self.name))])
        with self._study.spoken():
            lines = [
                say("values: {names}", names=values),
                say("tables: {names}", names=tables),
                say("charts: {names}; in words: read()", names=plots),
            ]
            return "\n  ".join([f"study.{self.name}: {say(self.words)}", *lines])

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.read())
        with self._study.spoken():
            asks = say(self.words)
            rows = "".join(
                f"<tr><td style='text-align: left'>{html.escape(short)}</td>"
                f"<td style='text-align: left'>{html.escape(repr(self[short]))}</td></tr>"
                for short in short_names(self.name)
            )
        return f"<h4>{html.escape(asks)}</h4>{said}<table><tbody>{rows}</tbody></table>"

    @property
    def _needs_incidents(self) -> bool:
        return self._study.holds_counts and not holds_for_counts(self.name)

    def _table(self, table: Table) -> pd.DataFrame:
        if self._needs_incidents:
            raise SelectionError(f"study.{self.name}.{table.name} could not be computed, because {NEEDS_INCIDENTS}.")
        with self._awaited():
            made = _value_early(table.make(self._study))
            made.attrs["reason"] = self._why_empty(table) if made.empty else ""
            return made

    def _why_empty(self, table: Table) -> str:
        """Return why a table has no rows: the reason of the value that it goes with, or what its absence means."""
        if not isinstance(table.nothing, str):
            return table.nothing(self._study)
        with_it = self.values.get(table.because)
        return with_it.reason if with_it is not None and not with_it.computed else say(table.nothing)

    def _chart(self, name: str) -> Found:
        """Return a chart by its name or that of the function that draws it, by default the first."""
        study, section = self._study, section_of(self.name)
        if not name:
            first = [] if self._needs_incidents else section.charts(study)
            name = first[0].name if first else next(iter(section.CHARTS))
        for one in (name, name.removeprefix("plot_")):
            if one in section.CHARTS:
                return next(charts_of(study, [one]))
        found = list(charts_of(study, list(section.CHARTS)))
        drawn = [one for one in found if one.chart is not None]
        for listed in drawn:
            if listed.chart is not None and _function_of(listed.chart) == name:
                return listed
        if not drawn and name in _plots_of(self.name):
            return found[0]
        there = ", ".join(one.listed.name for one in drawn) or "none"
        absent = "; ".join(f"{one.listed.name} ({one.reason})" for one in found if one.chart is None)
        raise ValueError(
            f"study.{self.name} has no chart {name!r} here. Charts of this study: {there}."
            + (f" Not drawn: {absent}." if absent else "")
        )

    def _drawn(self, chart: Chart, ax: "Axes | None", words: dict[str, object]) -> "Axes | Sequence[Axes]":
        draw = chart.draw
        assert isinstance(draw, Drawing)
        module, name = draw.plot.split(".")
        takes = signature(getattr(import_module(f"analysis.figures.{module}"), name)).parameters
        if ax is not None and "ax" not in takes:
            raise ValueError(f"{name} draws several panels on a figure of its own; leave out ax=.")
        for word in words:
            if word not in takes:
                raise ValueError(f"{name} takes no {word!r}; {nearest(word, takes)}")
        given = words | ({} if ax is None else {"ax": ax})
        made = Drawing(draw.plot, *draw.tables, **(draw.words | given))()
        _call_by_name(made, self._study.noun)
        return made


class _AllResults(Results):
    """Indicator rows of a study by name; a question's rows are computed when one of them is asked for."""

    def __init__(self, study: "Study") -> None:
        super().__init__(rows_of(study, "frequency").iloc[:0], study)
        self._rows = _Rows(study)


class _Rows(dict):
    def __init__(self, study: "Study") -> None:
        super().__init__()
        self._study = study

    def __missing__(self, name: str) -> Any:
        question = next(one for one in QUESTIONS if any(m.name == name for m in _module(one).MEASURES))
        self.update({row.name: row for row in rows_of(self._study, question).itertuples(index=False)})
        return self[name]


def _value_early(table: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of a table; of a wide one the value and its bounds follow the first two columns, and are shown."""
    if len(table.columns) < WIDE:
        return table.copy()
    first = table.columns[:KEYS_FIRST]
    held = [name for name in ("value", "low", "high") if "value" in table and name in table]
    rest = [name for name in table.columns if name not in (*first, *held)]
    return table[[*(name for name in first if name not in held), *held, *rest]].copy()


def _module(question: str) -> Any:
    return import_module(f"analysis.measures.{question}")


def _function_of(chart: Chart) -> str:
    return chart.draw.plot.split(".")[1] if isinstance(chart.draw, Drawing) else ""


def _call_by_name(axes: "Axes | Sequence[Axes]", noun: str) -> None:
    """Call what a chart counts by its name, as reports do."""
    if noun == "attack":
        return
    import numpy as np
    from matplotlib.text import Text

    drawn: Any = axes
    for one in np.ravel(drawn):
        for text in one.figure.findobj(Text):
            text.set_text(named(text.get_text(), noun))


def _theme_of(name: str) -> str:
    """Return the theme that is asked for, or without a name that of matplotlib's own figures, dark or light."""
    from matplotlib import rcParams
    from matplotlib.colors import to_rgba

    from analysis.figures.looks import LIGHT, THEMES

    if name and name not in THEMES:
        raise ValueError(f"theme={name!r}: expected one of {', '.join(THEMES)}.")
    *colour, opacity = to_rgba(rcParams["figure.facecolor"])
    return name or ("dark" if opacity and sum(colour) < 1.5 else LIGHT)


def _give_theme(axes: "Axes | Sequence[Axes]", name: str) -> None:
    import numpy as np

    from analysis.figures import looks
    from analysis.figures.theme import lay_out

    if name != looks.LIGHT:
        drawn: Any = axes
        figure = np.ravel(drawn)[0].figure
        lay_out(figure)
        looks.recolour(figure, name)


@lru_cache
def short_names(question: str) -> dict[str, str]:
    """Return the names of a question's rows by short name: without the question's own word, or one of `LEFT_OUT`."""
    short = {}
    for measure in _module(question).MEASURES:
        first, _, rest = measure.name.partition("_")
        short[rest if first in (question, *LEFT_OUT) else measure.name] = measure.name
    return short


@lru_cache
def _plots_of(question: str) -> dict[str, str]:
    """Return the names that a question's charts are drawn by, with what each shows; nothing that draws is imported.

    A chart goes by its own name (``plot_map``) and by that of its function in `analysis.figures`.
    """
    found = find_spec(f"analysis.figures.{question}")
    text = Path(str(found.origin)).read_text(encoding="utf-8") if found else ""
    by_function = {
        node.name: " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("plot_")
    }
    by_name = {f"plot_{name}": f"Draw the chart: {what}." for name, what in section_of(question).CHARTS.items()}
    return by_name | by_function


def _places_of(name: str) -> list[str]:
    """Return where questions have a value, a table or a chart of this name: ``study.assessment.verdict``."""
    return [
        f"study.{question}.{one}{'()' if one.startswith('plot_') else ''}"
        for question in QUESTIONS
        for one in (name, f"plot_{name}")
        if one in vars(question_class(question)) and one not in ("name", "words")
    ]


@lru_cache
def question_class(name: str) -> type[Question]:
    """Return the class of one question: an attribute for each value, table and chart, with its meaning for ``help()``.

    Parameters
    ----------
    name
        One of `analysis.measures.QUESTIONS`.
    """
    made: dict[str, object] = {"name": name, "words": QUESTIONS[name]}
    measures = {measure.name: measure for measure in _module(name).MEASURES}
    for short, row in short_names(name).items():
        for one in dict.fromkeys((short, row)):
            made[one] = _value_property(one, measures[row])
    for table in _module(name).TABLES:
        made[table.name] = _table_property(table)
    for plot, words in _plots_of(name).items():
        made[plot] = _plot_method(plot, words)
    made["__doc__"] = f"{QUESTIONS[name]}\n\n    {Question.__doc__}"
    return type(f"{name.capitalize()}Question", (Question,), made)


def _value_property(name: str, measure: Measure) -> property:
    def value(self: Question) -> Value:
        return _without_attribute_error(lambda: self[name])

    value.__annotations__["return"] = Value
    return property(value, doc=f"{measure.meaning} Unit: {measure.measure_unit}.")


def _table_property(table: Table) -> property:
    def made(self: Question) -> pd.DataFrame:
        return _without_attribute_error(lambda: self._table(table))

    made.__annotations__["return"] = pd.DataFrame
    says = " Where it has no rows, its attrs['reason'] says why." if table.because or table.nothing != NOTHING else ""
    return property(made, doc=f"Table: {table.meaning}{says}")


def _plot_method(name: str, words: str) -> Callable[..., object]:
    def plot(self: Question, *, ax: "Axes | None" = None, theme: str = "", **words: object) -> "Axes | Sequence[Axes]":
        return self.plot(name, ax=ax, theme=theme, **words)

    plot.__name__, plot.__qualname__ = name, f"Question.{name}"
    plot.__doc__ = (
        f"{words}\n\nSee `plot`; other arguments are those of the function of this name in `analysis.figures`."
    )
    return plot


def _without_attribute_error(compute: Callable[[], Any]) -> Any:
    """Compute an attribute; a fault inside must not read as if there were no such attribute."""
    try:
        return compute()
    except AttributeError as error:
        raise RuntimeError(f"{type(error).__name__}: {error}") from error


class _Asked:
    """A question as an attribute of a study, opened when it is asked for."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.__doc__ = QUESTIONS[name]

    def __repr__(self) -> str:
        return f"a question; see help(study.{self.name})"

    def __get__(self, study: "Study | None", owner: type | None = None) -> Any:
        if study is None:
            return self
        key = (question_class, self.name)
        if key not in study.kept:
            study.kept[key] = question_class(self.name)(study)
        return study.kept[key]


@dataclass(frozen=True, eq=False, repr=False)
class Study(incidents_study.Study):
    """A checked table cut to one selection and one last day, which answers questions by name; see `open_study`.

    Each question has values (``study.frequency.rate_ratio``), tables (``study.surge.units``), charts
    (``study.tempo.plot()``) and sentences (``study.trend.read()``); ``dir(study.frequency)`` lists them,
    ``help(study.frequency)`` says what each means. ``attacks`` are the rows that are counted, ``incidents`` those of
    the same places and days by anyone.
    """

    # What `open_study` was given, for a report.
    opened: Path | pd.DataFrame | IncidentTable | None = None
    given: dict[str, object] = field(default_factory=dict)

    frequency = _Asked()
    offensives = _Asked()
    tempo = _Asked()
    trend = _Asked()
    surge = _Asked()
    contagion = _Asked()
    severity = _Asked()
    claims = _Asked()
    spread = _Asked()
    outlook = _Asked()
    reliability = _Asked()
    assessment = _Asked()

    def indicators(self, *, by: str = "", questions: Sequence[str] = ()) -> pd.DataFrame:
        """Compute every measure.

        Parameters
        ----------
        by
            Also split by one of `analysis.incidents.parameters.SPLITS` (attacker, ...), each part beside the whole.
        questions
            Names of questions; default: all.

        Returns
        -------
        pandas.DataFrame
            One row per measure and part, with `analysis.measures.result.INDICATOR_COLUMNS`; what could not be computed
            has its reason.
        """
        questions = (questions,) if isinstance(questions, str) else questions
        for name in questions:
            if name not in QUESTIONS:
                raise ValueError(f"there is no question {name!r}; {nearest(name, QUESTIONS)}")
        asked = list(questions) or list(QUESTIONS)
        with self.spoken(), awaited(say(QUESTIONS[asked[0]])) as tell:

            def then(name: str) -> None:
                if name != asked[-1]:
                    tell(say(QUESTIONS[asked[asked.index(name) + 1]]))

            return compute_indicators(self, by=by, questions=questions, then=then)

    def __getitem__(self, name: str) -> "Question | Value":
        """Return a question, or a value by the name of its row: ``study["tempo"]``, ``study["escalation_verdict"]``."""
        if name in QUESTIONS:
            return getattr(self, name)
        question = next((one for one in QUESTIONS if name in short_names(one).values()), None)
        if question is None:
            raise KeyError(self._hint(name, self._ipython_key_completions_()))
        return getattr(self, question)[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(self._hint(name, [one for one in dir(self) if not one.startswith("_")]))

    def _hint(self, name: str, known: Sequence[str]) -> str:
        """Return what to ask in place of a name that a study has not."""
        said = f"a study has no {name!r}; "
        if places := [_WHERE[name]] if name in _WHERE else _places_of(name):
            return f"{said}there is {' and '.join(places)}."
        if name in self._columns:
            return f"{said}the column {name!r} is read as study.attacks[{self._columns[name]!r}]."
        if get_close_matches(name, known, n=1):
            return said + nearest(name, known)
        return f"{said}its questions are {', '.join(QUESTIONS)}; dir(study) lists what else it has."

    @property
    def _columns(self) -> dict[str, str]:
        """The columns that a mapping named, with what each is read as."""
        given: Any = self._source()[1].get("mapping")
        return {column: ALIASES.get(name, name) for name, column in mapping_pairs(given).items()} if given else {}

    def _read_as(self, word: str, known: Sequence[str]) -> str:
        """Return by which of the known names a user's word goes, or ``""``: a column of the mapping, or a region."""
        meant = "admin1" if word == "region" else self._columns.get(word, "")
        return meant if word not in known and meant in known else ""

    def _ipython_key_completions_(self) -> list[str]:
        return [*QUESTIONS, *(row for question in QUESTIONS for row in short_names(question).values())]

    def select(self, **parameters: object) -> "Study":
        """Open another selection of the same table, which is not read again; what is not named stays as it is here.

        Parameters
        ----------
        **parameters
            As those of `open_study`; an empty one takes a selection back: ``study.select(country="")``.

        Examples
        --------
        >>> study = open_study("example", country="XZA")
        >>> study.select(admin1="Velmark", window_days=90).frequency.attacks_in_window
        21 attacks
        """
        for name in parameters:
            if meant := self._read_as(name, names_of()):
                raise TypeError(
                    f"select has no parameter {name!r}; that column is read as {meant}: select({meant}=...)."
                )
        unit = parameters.get("unit")
        if isinstance(unit, str) and (meant := self._read_as(unit, UNITS)):
            raise SelectionError(f"unit={unit!r}: expected one of {', '.join(UNITS)}. Did you mean unit={meant!r}?")
        checked_parameters(parameters)
        held = {name: value for name, value in self.given.items() if name not in names_of(Reading)}
        again = open_study(self.table, **{**held, **parameters})
        return replace(again, opened=self.opened, given={**self.given, **parameters})

    def compare(self, *what: str, by: str = "", first: str = "", second: str = "", most: int = 12) -> pd.DataFrame:
        """Hold parts of the study, or two periods, side by side, as ``escalation compare`` does.

        Parameters
        ----------
        *what
            One name as ``by``, or two periods as ``first`` and ``second``: ``study.compare("2022", "2023")``.
        by
            country, admin1, admin2, actor (a party on either side), attacker, attacker_type, pair, target_type,
            target_group, event_type or tactic. Default: country; of two periods, the whole.
        first, second
            Two periods, the earlier first: a year (``"2023"``), a month (``"2023-06"``) or days
            (``"2023-01-01..2023-06-30"``). Without them each part is held against its own year before, by the
            verdict's rule.
        most
            Parts that are compared, those with most first.

        Returns
        -------
        pandas.DataFrame
            One row a part; columns as of `analysis.measures.compare.compute_parts`, or of `compute_periods`: ``name``,
            ``word`` (rising, falling, ...; of periods: higher, lower, ...), counts, and ``value, low, high`` (the ratio
            with its interval) or the ``reason`` why there is none. ``attrs["notes"]`` says what to know of it.

        Raises
        ------
        SelectionError
            If the table cannot be split so, or a period is not covered.

        Examples
        --------
        >>> study = open_study("example")
        >>> study.compare(by="country")[["name", "word"]].iloc[0].tolist()
        ['Ardovia (made up)', 'rising']
        """
        from analysis.measures import compare

        if len(what) > 2 or (what and (by if len(what) == 1 else first or second)):
            raise ValueError("compare takes one name to compare by, or two periods: compare('2022', '2023').")
        if len(what) == 2:
            first, second = what
        elif what:
            (by,) = what
        if meant := self._read_as(by, COMPARED_BY):
            raise SelectionError(f"A study is not compared by {by!r}; did you mean by={meant!r}?")
        if bool(first) != bool(second):
            raise ValueError("compare takes both first= and second=, or neither.")
        if first:
            made = compare.compute_periods(self, first=first, second=second, by=by, most=most)
        else:
            made = compare.compute_parts(self, by=by or "country", most=most).copy()
        with self.spoken():
            made.attrs["notes"] = compare.notes_of(made)
        return made

    def selectable(self, parameter: str = "") -> pd.DataFrame:
        """Return what can be selected of the whole table: ``parameter`` of `open_study`, ``value`` and its ``rows``.

        Parameters
        ----------
        parameter
            Only of this one: country, actor, event_type or admin1 (first-order unit); default: of all. Attackers and
            targets are listed as actors.
        """
        parameter = _TAKES_VALUES_OF.get(parameter, parameter)
        found = selectable(self.table)
        rows = [(name, value, n) for name, counts in found.items() for value, n in counts.items()]
        listed = pd.DataFrame(rows, columns=["parameter", "value", "rows"]).replace({"parameter": _SELECTED_BY})
        if not parameter:
            return listed
        if parameter not in set(listed["parameter"]):
            raise ValueError(
                f"no values of {parameter!r} are listed; {nearest(parameter, listed['parameter'].unique())}"
            )
        return listed[listed["parameter"].eq(parameter)].reset_index(drop=True)

    def report(self, out: str | Path = REPORTS, *, name: str = "", **options: object) -> "Published":
        """Publish the situation report, or another notebook's, as ``escalation report`` does.

        Parameters
        ----------
        out
            The folder that reports are published in.
        name
            The report's name; default: made of the table and the selection.
        **options
            Others of `analysis.publishing.publish.publish_report`: ``formats`` (``"html,pdf"`` by default, and
            ``"pptx"``), ``notebook``, ``template``, ``progress``, ``say``, ...

        Returns
        -------
        Published
            Its ``folder`` holds ``report.html``, ``report.pdf``, charts and numbers; ``finding`` is its one sentence.

        Raises
        ------
        TypeError
            If there is no such option, with the nearest name.
        SelectionError
            If the study cannot be opened again by its parameters: it is a part of another, or its table was loaded
            in part or changed since.
        """
        from analysis.publishing.publish import publish_report

        known = [one for one in signature(publish_report).parameters if one != "parameters"]
        for option in options:
            if option not in known:
                raise TypeError(f"report has no option {option!r}; {nearest(option, known)}")
        if self.label:
            raise SelectionError(
                f"A part ({self.label}) of a study has no report of its own; open a study of that part."
            )
        if isinstance(self.opened, IncidentTable):
            self._refuse_changed(self.opened)
        # Of one name for the same rows, so that the report is the same each time; removed when it is made.
        scratch = Path(out) / f".{self.table.provenance.sha256[:16]}"
        source, given = self._source()
        if isinstance(source, pd.DataFrame) or isinstance(given.get("mapping"), Mapping):
            scratch.mkdir(parents=True, exist_ok=True)
        try:
            asked = self._parameters(scratch)
            formats = options.get("formats")
            if isinstance(formats, str):
                options["formats"] = tuple(formats.split(","))
            return publish_report(asked, out=Path(out), name=name, **options)  # type: ignore[arg-type]
        finally:
            rmtree(scratch, ignore_errors=True)

    def _source(self) -> "tuple[Path | pd.DataFrame | None, dict[str, object]]":
        """Return what the table was read from, and all that was asked for, how it was read included."""
        if isinstance(self.opened, IncidentTable):
            return self.opened.read_from, {**self.opened.read_with, **self.given}
        return self.opened, self.given

    def _refuse_changed(self, table: IncidentTable) -> None:
        """Refuse a loaded table that a notebook cannot read again as it is here."""
        if table.read_from is None or len(table.rows) != table.provenance.rows_kept:
            raise SelectionError(
                "The loaded table holds other rows than the file or the DataFrame that it was read from, and a report "
                "reads that again. Give open_study a DataFrame of the rows that you mean: "
                "open_study(frame, mapping=...).report()."
            )

    def _parameters(self, scratch: Path) -> dict[str, object]:
        """Return the parameters with which a notebook opens this study; what memory alone holds goes to a folder."""
        source, given = self._source()
        asked = {name: value for name, value in given.items() if value is not None}
        asked |= {name: getattr(self.selection, name) for name in names_of(Selection) if name != "region"}
        # The window of a table of counts holds whole periods, and is made from the one that was asked for.
        asked |= {name: getattr(self.settings, name) for name in names_of(Settings) if name != "window_days"}
        paths = [name for name in names_of(kinds=["file", "folder"]) if asked.get(name)]
        asked |= {name: str(Path(str(asked[name])).resolve()) for name in paths}
        mapping: Any = asked.get("mapping")
        asked["mapping"] = mapping_text(mapping, scratch) if mapping else ""
        asked["region"] = ""  # its countries are those of the selection
        if isinstance(source, pd.DataFrame):
            asked[TABLE] = str(write_frame(source, scratch))
        elif isinstance(source, Path):
            asked[TABLE] = str(source.resolve())
        asked = {name: names_text(value) if isinstance(value, tuple | list) else value for name, value in asked.items()}
        # A notebook opens with an example of its own, whose parameters are always said.
        usual = {name: value for name, value in defaults_of().items() if name not in EXAMPLE}
        return {name: value for name, value in asked.items() if name not in usual or value != usual[name]}

    def explore(self, *, out: str = "") -> "Explorer":
        """Show the study's table in a notebook, with controls that start from its selection; see `analysis.explore`.

        Parameters
        ----------
        out
            The folder that "Publish" puts reports in; default: ``reports/published``.
        """
        return explore(self.opened if self.opened is not None else self.table, out=out, **self.given)

    def spoken(self) -> Any:
        """Return a context in which texts are in the study's language."""
        return used(self.settings.language)

    def __dir__(self) -> list[str]:
        return sorted(set(super().__dir__()) - {"given", "opened", "spoken", "kept"})

    def __repr__(self) -> str:
        with self.spoken():
            return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        with self.spoken():
            first, *rest = self._lines()
        return f"<p><strong>{html.escape(first)}</strong><br>{'<br>'.join(map(html.escape, rest))}</p>"

    def _lines(self) -> list[str]:
        covered = self.covered_end - DAY
        days = (self.window_start - self.baseline_start) // DAY
        return [
            say(
                "{heading}: {n} from {start} to {as_of}",
                heading=title(self),
                n=self.n_counted,
                start=self.start.date(),
                as_of=self.as_of.date(),
            ),
            say(
                "{file}, covered to {covered}; window {window} days, baseline {baseline} days",
                file=self.table.provenance.file,
                covered=covered.date(),
                window=self.settings.window_days,
                baseline=max(days, 0),
            ),
            *self._set_aside(),
        ]

    def _set_aside(self) -> list[str]:
        """Say how much of the table was not read as it stands; nothing where all, or nearly all, was."""
        total = self.table.provenance.rows_read
        aside = total - self.table.provenance.rows_kept
        problems = self.table.problems
        blanked = problems.loc[problems["action"].eq(BLANKED)].groupby("column", sort=False)["row"].nunique()
        told = [
            say(
                "{n} of {total} values of {column} could not be used and count as not given;"
                " see study.reliability.problems",
                n=int(n),
                total=total,
                column=column,
            )
            for column, n in blanked.items()
            if n > BLANKED_SHARE * total
        ]
        if aside:
            told.insert(
                0, say("{n} of {total} rows were set aside; see study.reliability.problems", n=aside, total=total)
            )
        return told


@listed_in_signature
def open_study(table: str | Path | pd.DataFrame | IncidentTable = "", **parameters: object) -> Study:
    """Load a table, make the selection, and return a study that answers questions: ``study.frequency.rate_ratio``.

    ``""`` means all, or the default. A selection is one name, a list of names, or that list in text; a comma belongs to
    a name. A day is text, a date or a Timestamp.

    Parameters
    ----------
    table
        A file; ``""`` is the embedded Sahel table, ``"example"`` the made-up one. Or a pandas DataFrame, its columns
        named by ``mapping`` (a dict, e.g. ``{"date": "when", "country": "land"}``, or text) unless they are a
        publisher's; or a table that `load_incidents` has read.
    **parameters
        See `analysis.incidents.parameters`.

    Returns
    -------
    Study
        Its questions are attributes: frequency, offensives, tempo, trend, surge, contagion, severity, claims, spread,
        outlook, reliability, assessment.

    Raises
    ------
    TypeError
        If a parameter is unknown, with the nearest name.
    TableError
        If the table cannot be used.
    SelectionError
        If the selection cannot be made from it, a value is outside its range, or the last day is not covered and
        ``allow_uncovered`` was not given.

    Examples
    --------
    >>> study = open_study(country="Mali", attacker="JNIM", as_of="2025-07-01")
    >>> study
    Attacks by JNIM in Mali: 41 from 1 January 2024 to 1 July 2025
    incidents.csv, covered to 1 July 2025; window 30 days, baseline 518 days
    >>> study.frequency.attacks_in_window
    15 attacks
    """
    opened = incidents_study.open_study(table, **parameters)
    incidents_study.refuse_uncovered(opened)
    parts = {one.name: getattr(opened, one.name) for one in fields(incidents_study.Study)}
    return Study(**parts, opened=incidents_study.source_of(table), given=dict(parameters))


@listed_in_signature
def explore(
    table: str | Path | pd.DataFrame | IncidentTable = "", *, out: str = "", **parameters: object
) -> "Explorer":
    """Show a table in a notebook, with controls for country, actor, type of event, window and last day.

    Timeline, verdict, tempo and map follow each change. Runs in JupyterLab and needs the extra ``lab``.

    Parameters
    ----------
    table
        A file; ``""`` is the embedded Sahel table, ``"example"`` the made-up one. Or a pandas DataFrame, its columns
        named by ``mapping`` unless they are a publisher's; or a table that `load_incidents` has read.
    out
        The folder that "Publish" puts reports in; default: ``reports/published``.
    **parameters
        See `analysis.incidents.parameters`.

    Returns
    -------
    Explorer
        The widget; the last line of a notebook's cell shows it.

    Raises
    ------
    TypeError
        If a parameter is unknown, with the nearest name.
    ModuleNotFoundError
        If the extra ``lab`` is not installed.
    TableError
        If the table cannot be used.
    """
    try:
        from analysis.exploring.widget import Explorer
    except ModuleNotFoundError as error:
        if error.name != "anywidget":
            raise
        raise ModuleNotFoundError(
            "explore needs anywidget and JupyterLab; install them with: pip install 'escalation[lab]'", name="anywidget"
        ) from None

    def publish(chosen: dict[str, object]) -> Path:
        return Path(open_study(table, **chosen).report(out or REPORTS).folder)

    return Explorer(table, publish=publish, **parameters)
