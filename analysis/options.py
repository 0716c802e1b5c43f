"""The options of the command line: what more than one command takes stands here once; an option of one command stands
at that command in `cli.py`. Options of a study come from the one list of parameters, `incidents/parameters.py`."""

import os
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any

import click

from analysis.incidents.parameters import EXAMPLE_NAME, Beside, Parameter, Reading, Selection, Settings, parameters_of

CHART_FORMS = ("png", "svg", "pdf")
REPORT_FORMATS = ("html", "pdf", "pptx")  # those of `publishing.publish`, which takes long to import
RESULT_FORMS = ("table", "json", "csv")


class IsoDay(click.ParamType):
    """A day written 2025-07-01."""

    name = "day"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the day as it was written, if it is one."""
        from datetime import date

        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            self.fail(f"{value!r} is not a day; write it as 2025-07-01.", param, ctx)


class Between(click.FloatRange):
    """A number within bounds; what is no number is in none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number."""
        found = super().convert(value, param, ctx)
        return found if isfinite(found) else self.fail(f"{value!r} is not a finite number.", param, ctx)


class Several(click.ParamType):
    """Some of a few known words, joined by commas."""

    def __init__(self, known: tuple[str, ...], what: str) -> None:
        self.known, self.what = known, what
        self.name = ",".join(known)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the words in their usual order, if all are known."""
        given = value if isinstance(value, tuple) else tuple(part.strip() for part in str(value).split(","))
        for word in given:
            if word not in self.known:
                near = get_close_matches(word, self.known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(self.known)}."
                self.fail(f"{word!r} is {self.what}; {hint}", param, ctx)
        return tuple(word for word in self.known if word in given)


class Table(click.Path):
    """A file that there is, or the name of the made-up table that ships."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        if value == EXAMPLE_NAME:
            from analysis.resources import resource

            return str(resource("data/example/incidents.csv"))
        return super().convert(value, param, ctx)


class TableBeforeNames(Table):
    """A table, before names of charts."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path; of a chart's name in its place, say what to type."""
        if not os.path.exists(value):  # a path that cannot be looked at is told below
            from analysis.reports.charts import catalogue

            if value in [one.name for one in catalogue()]:
                self.fail(
                    f"{value!r} is the name of a chart, and no table. The table comes first: "
                    f"escalation charts TABLE {value}",
                    param,
                    ctx,
                )
        return super().convert(value, param, ctx)


def existing() -> click.Path:
    """Return the type of an option that names a file that there is."""
    return click.Path(exists=True, dir_okay=False, path_type=str)


def option_of(parameter: Parameter) -> Callable:
    """Return a parameter of a study as an option of the command line."""
    words = f"{parameter.meaning[0].upper()}{parameter.meaning[1:]}"
    usual = parameter.empty or (str(parameter.default) if parameter.group is Settings else "")
    words += ("; repeatable." if parameter.kind == "names" else ".") + (f" Default: {usual}." if usual else "")
    kinds = {"day": IsoDay(), "file": existing(), "folder": click.Path(exists=True, file_okay=False, path_type=str)}
    asked: dict[str, Any] = {"help": words, "metavar": parameter.example or None}
    if parameter.type is bool:
        asked = {"is_flag": True, "help": words}
    elif parameter.kind == "names":
        asked |= {"multiple": True, "metavar": parameter.example or "NAME"}
    elif parameter.choices:
        asked |= {"type": click.Choice(parameter.choices), "default": None}
    elif parameter.type is int:
        asked |= {
            "type": click.IntRange(
                min=None if parameter.least is None else int(parameter.least),
                max=None if parameter.below is None else int(parameter.below) - 1,
            ),
            "default": None,
        }
    else:
        asked |= {"type": kinds.get(parameter.kind)}
    return click.option(parameter.flag, parameter.name, **asked)


def selection_options(command: Callable) -> Callable:
    """Add the options that say which table, and what of it."""
    options = [
        *(option_of(one) for one in parameters_of(Selection, Beside, Reading, Settings) if one.flag),
        click.option("-p", "parameters", multiple=True, metavar="NAME=VALUE", help="A notebook parameter; repeatable."),
        quiet_option(),
        debug_option(),
    ]
    return _with(command, options)


def language_option() -> Callable:
    """Return the option that says in which language results are."""
    return option_of(next(one for one in parameters_of(Settings) if one.name == "language"))


def quiet_option(words: str = "Say nothing but results and errors.") -> Callable:
    """Return the option that keeps a command from telling how it goes."""
    return click.option("--quiet", is_flag=True, help=words)


def debug_option() -> Callable:
    """Return the option that shows where a fault of ours came from."""
    return click.option("--debug", is_flag=True, help="Show where a fault of ours came from.")


def form_option(*forms: str) -> Callable:
    """Return the option that says in which of some forms a result is printed; see ``RESULT_FORMS``."""
    return click.option(
        "--format", "form", type=click.Choice(forms), default=forms[0], show_default=True, help="Form of the output."
    )


def out_option(words: str, *, default: Path | None = None) -> Callable:
    """Return the option that names the folder of what is written."""
    folder = click.Path(file_okay=False, path_type=Path)
    return click.option("--out", type=folder, default=default, show_default=default is not None, help=words)


def chart_options(command: Callable) -> Callable:
    """Add the options that say how a chart that stands alone looks."""
    options = [
        click.option("--to", "forms", type=Several(CHART_FORMS, "no form of a chart"), default="png", show_default=True,
                     help="Forms of the files, joined by commas: png, svg, pdf."),
        click.option("--size", type=click.Choice(["slide", "page", "square"]), default="slide", show_default=True,
                     help="slide: 16 to 9, type of 14 points or more; page: the width of A4, 9 points or more; square: "
                     "for a telephone."),
        click.option("--theme", type=click.Choice(["light", "dark", "print"]), default="light", show_default=True,
                     help="print: in greys."),
    ]  # fmt: skip
    return _with(command, options)


def _with(command: Callable, options: Iterable[Callable]) -> Callable:
    for option in reversed([*options]):
        command = option(command)
    return command
