"""A question of a study: its values by name, its tables, its charts, and what a report says of it."""

import ast
import html
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache, partial
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.door.value import Value, module_of
from analysis.incidents.counts import NEEDS_INCIDENTS
from analysis.incidents.errors import SelectionError
from analysis.incidents.given import nearest
from analysis.incidents.study import Study
from analysis.language import say, used
from analysis.measures import QUESTIONS, compute_indicators, holds_for_counts
from analysis.measures.result import INDICATOR_COLUMNS, NOTHING, Measure, Table
from analysis.reports.blocks import awaited, image_in_the_dark, literal
from analysis.reports.charts import Found, charts_of
from analysis.reports.page import Chart, Drawing
from analysis.reports.report import section_of
from analysis.reports.wording import Results, gap, named

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_SAVED = ("save", "savefig", "export", "to_csv", "to_excel", "write", "download")  # asked for by users of pandas
# Beside the question's own name, first words that the short name of a value leaves out.
LEFT_OUT = ("attack", "escalation")
WIDE, KEYS_FIRST = 12, 2  # columns; those that say what a row is of


class Question:
    """One question of a study: its values by name, its tables, its charts, and what a report says of it.

    Attributes are computed when they are asked for, and kept on the study.
    """

    name = ""
    words = ""

    def __init__(self, study: Study) -> None:
        self._study = study

    def __reduce__(self) -> tuple[object, ...]:
        return _unasked, (self.name,), vars(self)  # its class is made at run time, and is found by no name

    def _spoken(self) -> AbstractContextManager[None]:
        return used(self._study.settings.language)

    @property
    def values(self) -> dict[str, Value]:
        """All values by the names of their rows, in order."""
        meanings = {measure.name: measure.meaning for measure in module_of(self.name).MEASURES}
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
            return compute_indicators(self._study, questions=[self.name])

    def read(self) -> list[str]:
        """Return what a report says of the question, sentence by sentence."""
        study = self._study
        with self._awaited():
            if self._needs_incidents:
                return [gap("This question", NEEDS_INCIDENTS)]
            said = section_of(self.name).read(study, Results(study))
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
            (``matplotlib.pyplot.style.use("dark_background")``), else light, which a dark JupyterLab shows dark.
        **words
            Other arguments of the function in `analysis.figures` that draws it, e.g. ``title``.

        Raises
        ------
        ValueError
            If there is no such chart, or it takes no such argument.
        """
        from analysis.figures.looks import LIGHT
        from analysis.figures.theme import plot_absence, style

        chosen = _theme_of(theme)
        with self._awaited():
            found = self._chart(name)
            with style():
                if found.chart is None:
                    drawn: Axes | Sequence[Axes] = plot_absence(ax, say(found.listed.what), found.reason)
                else:
                    drawn = self._drawn(found.chart, ax, words)
                if ax is None:
                    _give_theme(drawn, chosen)
                    if not theme and chosen == LIGHT:
                        _follow_the_lab(drawn)
            return drawn

    @contextmanager
    def _awaited(self) -> Iterator[None]:
        """Compute in the study's language, and tell who waits what is computed."""
        with self._spoken(), awaited(say(self.words)):
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
        if name in _SAVED:
            raise AttributeError(
                f"study.{self.name} has no {name!r}; a chart is saved by study.{self.name}.plot().figure.savefig("
                f"'chart.png'), numbers by study.{self.name}.table().to_csv('numbers.csv')."
            )
        if f"plot_{name}" in known:
            raise AttributeError(f"study.{self.name} has no {name!r}; did you mean plot_{name}()?")
        if places := places_of(name):
            raise AttributeError(f"study.{self.name} has no {name!r}; there is {' and '.join(places)}.")
        raise AttributeError(f"study.{self.name} has no {name!r}; {nearest(name, known)}")

    def __dir__(self) -> list[str]:
        return sorted(set(super().__dir__()) - {"name", "words"})

    def __repr__(self) -> str:
        tables = ", ".join(table.name for table in module_of(self.name).TABLES)
        values = ", ".join(short_names(self.name))
        plots = ", ".join(["plot()", *(f"{plot}()" for plot in _plots_of(self.name))])
        with self._spoken():
            lines = [
                say("values: {names}", names=values),
                say("tables: {names}", names=tables),
                say("charts: {names}; in words: read()", names=plots),
            ]
            return "\n  ".join([f"study.{self.name}: {say(self.words)}", *lines])

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.read())
        with self._spoken():
            asks = say(self.words)
            rows = "".join(
                f"<tr><td style='text-align: left'>{html.escape(short)}</td>"
                f"<td style='text-align: left'>{html.escape(repr(self[short]))}</td></tr>"
                for short in short_names(self.name)
            )
        return literal(f"<h4>{html.escape(asks)}</h4>{said}<table><tbody>{rows}</tbody></table>")

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


def _value_early(table: pd.DataFrame) -> pd.DataFrame:
    """Return a copy of a table; of a wide one the value and its bounds follow the first two columns, and are shown."""
    if len(table.columns) < WIDE:
        return table.copy()
    first = table.columns[:KEYS_FIRST]
    held = [name for name in ("value", "low", "high") if "value" in table and name in table]
    rest = [name for name in table.columns if name not in (*first, *held)]
    return table[[*(name for name in first if name not in held), *held, *rest]].copy()


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


def _follow_the_lab(axes: "Axes | Sequence[Axes]") -> None:
    """Let a notebook show a light figure as one picture that is dark where JupyterLab is, whenever it is looked at."""
    figure = _figure_of(axes)
    figure._repr_html_ = partial(_shown, figure)


def _figure_of(axes: "Axes | Sequence[Axes]") -> Any:
    import numpy as np

    drawn: Any = axes
    return np.ravel(drawn)[0].figure


def _shown(figure: "Figure") -> str:
    picture = BytesIO()
    figure.savefig(picture, format="png", bbox_inches="tight", facecolor=figure.get_facecolor())
    titles = [title for ax in figure.axes for place in ("left", "center") if (title := ax.get_title(loc=place))]
    address = f"data:image/png;base64,{b64encode(picture.getvalue()).decode()}"
    return image_in_the_dark(address, titles[0] if titles else "")


def _give_theme(axes: "Axes | Sequence[Axes]", name: str) -> None:
    from analysis.figures import looks
    from analysis.figures.theme import lay_out

    if name != looks.LIGHT:
        figure = _figure_of(axes)
        lay_out(figure)
        looks.recolour(figure, name)


@lru_cache
def short_names(question: str) -> dict[str, str]:
    """Return the names of a question's rows by short name: without the question's own word, or one of `LEFT_OUT`."""
    short = {}
    for measure in module_of(question).MEASURES:
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


def places_of(name: str) -> list[str]:
    """Return where questions have a value, a table or a chart of this name: ``study.assessment.verdict``."""
    return [
        f"study.{question}.{one}{'()' if one.startswith('plot_') else ''}"
        for question in QUESTIONS
        for one in (name, f"plot_{name}")
        if one in vars(question_class(question)) and one not in ("name", "words")
    ]


@lru_cache
def question_class(name: str) -> type[Question]:
    """Return the class of one of `analysis.measures.QUESTIONS`: an attribute for each value, table and chart, with its
    meaning for ``help()``."""
    made: dict[str, object] = {"name": name, "words": QUESTIONS[name]}
    measures = {measure.name: measure for measure in module_of(name).MEASURES}
    for short, row in short_names(name).items():
        for one in dict.fromkeys((short, row)):
            made[one] = _value_property(one, measures[row])
    for table in module_of(name).TABLES:
        made[table.name] = _table_property(table)
    for plot, words in _plots_of(name).items():
        made[plot] = _plot_method(plot, words)
    made["__doc__"] = f"{QUESTIONS[name]}\n\n    {Question.__doc__}"
    return type(f"{name.capitalize()}Question", (Question,), made)


def _unasked(name: str) -> Question:
    """Return a question whose study is still to be given, as a copy of one is read."""
    of_its_kind = question_class(name)
    return of_its_kind.__new__(of_its_kind)


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
