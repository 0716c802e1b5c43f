"""The generated pages of docs/ are made here, from the code: measures, parameters, commands, functions. `make docs`
renews them.
"""

import copy
import inspect
import re
import warnings
from functools import cached_property
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import click

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
NOTE = "<!-- Made by `make docs` from the code; a change here is lost. -->\n\n"
# Rooms whose public functions outsiders call.
ROOMS = ("incidents", "measures", "figures", "statistics", "reports")


def measures_page() -> str:
    """Return the page of measures, from their declarations."""
    from analysis.measures import QUESTIONS, question_modules

    lines = [
        "# Measures",
        "",
        "Every indicator, as declared in the code. Each row of `indicators.json` names one of them. Its",
        "`incident_ids` are the rows of the table that it rests on.",
        "",
    ]
    for name, module in question_modules().items():
        lines += [
            f"## {QUESTIONS[name]} (`{name}`)",
            "",
            "| measure | unit | what it is | method | source |",
            "| --- | --- | --- | --- | --- |",
        ]
        for measure in module.MEASURES:
            cells = (
                f"`{measure.name}`",
                measure.measure_unit,
                measure.meaning,
                measure.method_words,
                measure.reference,
            )
            lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
        lines.append("")
    return _page(lines)


def parameters_page() -> str:
    """Return the page of parameters, from the one list of them."""
    from analysis.incidents.parameters import parameters_of

    lines = [
        "# Parameters", "",
        "One list: each is an argument of `open_study`, a line of every notebook's parameters cell and a key of a "
        "schedule; what has no option of its own on the command line is given as `-p NAME=VALUE`.", "",
        "| name | option | type | default | meaning |", "| --- | --- | --- | --- | --- |",
    ]  # fmt: skip
    for one in parameters_of():
        option = f"`{one.flag or f'-p {one.name}='}`"
        kind = "text" if one.kind == "names" or one.type is str else one.type.__name__
        lines.append(f"| `{one.name}` | {option} | {kind} | `{one.plain_default!r}` | {_cell(one.words)} |")
    return _page([*lines, ""])


def commands_page() -> str:
    """Return the page of commands: what each says with ``--help``; what most of them take stands once."""
    from analysis.cli import cli

    lines = [
        "# Commands", "",
        "What each command says with `--help`. The options of a study, which most commands take, stand once, at the "
        "end.", "",
    ]  # fmt: skip
    width = {"max_content_width": 110, "terminal_width": 110}
    group = click.Context(cli, info_name="escalation", **cli.context_settings | width)

    def page_of(name: str, command: click.Command) -> list[str]:
        return ["```", command.get_help(click.Context(command, parent=group, info_name=name, **width)), "```", ""]

    def record_of(option: click.Parameter) -> tuple[str, str] | None:
        return option.get_help_record(group) if isinstance(option, click.Option) else None

    def options_of(name: str) -> list[tuple[str, str]]:
        return [record for one in cli.commands[name].params if (record := record_of(one))]

    shared = [record for record in options_of("report") if record in options_of("indicators")]
    for name, command in sorted(cli.commands.items()):
        # A command keeps the help option of the context that first asked for it: a copy asks anew, under the group.
        short = copy.copy(command)
        short._help_option = None
        takes_all = set(shared) <= set(options_of(name))
        if takes_all:
            short.params = [one for one in command.params if record_of(one) not in shared]
        lines += [f"## escalation {name}", "", *page_of(name, short)]
        lines += ["And the [options of a study](#options-of-a-study).", ""] * takes_all
    of_study = [one for one in cli.commands["report"].params if record_of(one) in shared]
    together = click.Command("COMMAND", params=of_study, add_help_option=False)
    return _page([*lines, "## Options of a study", "", *page_of("COMMAND", together)])


def reference_page() -> str:
    """Return the page of public functions: where each is, how it is called, and its text.

    Raises
    ------
    ValueError
        If a public function has no text.
    """
    lines = ["# Functions", "", "Every public function by room and module, with its text.", ""]
    for room in ROOMS:
        package = import_module(f"analysis.{room}")
        for found in sorted(iter_modules(package.__path__), key=lambda found: found.name):
            module = import_module(f"{package.__name__}.{found.name}")
            functions = public_functions(module)
            if not functions:
                continue
            lines += [f"## `{module.__name__}`", "", _first_line(module.__doc__), ""]
            for name, function in functions:
                if not function.__doc__:
                    raise ValueError(f"{module.__name__}.{name} has no text.")
                text = re.sub(r"^ +$", "", inspect.cleandoc(function.__doc__), flags=re.MULTILINE)
                lines += [f"### {name}", "", "```", f"{name}{_signature(function)}", "", text, "```", ""]
    return _page(lines)


def library_page() -> str:
    """Return the index of what can be called: the names of `analysis`, what a study answers, and every public
    function.
    """
    import analysis
    from analysis.door import Question, Study, question_class, short_names
    from analysis.measures import QUESTIONS, question_modules

    lines = [
        "# Index of the library", "",
        "Ten short examples: [recipes.md](recipes.md). All of this is found by completion and `help()` too. Arguments "
        "of each: `help(NAME)`, or "
        "`reference.md`, which `make docs` makes.", "",
        "## `import analysis`", "", "| name | what |", "| --- | --- |",
    ]  # fmt: skip
    named = [name for name in analysis.__all__ if name != "__version__"]
    lines += [f"| `{name}` | {_cell(_first_line(getattr(analysis, name).__doc__))} |" for name in named]
    lines += [
        "", "## A study", "", "`attacks` are the rows that pass the selection, `incidents` those of the same places "
        "and days by anyone, both as "
        "DataFrames; `selection` and `settings` are what was asked for, `table` is the whole checked table.", "",
        "| name | what |", "| --- | --- |",
    ]  # fmt: skip
    for name in dir(Study):
        thing = inspect.getattr_static(Study, name)
        told = inspect.isfunction(thing) or isinstance(thing, property | cached_property)
        if told and not name.startswith("_") and name not in HIDDEN:
            called = "()" if inspect.isfunction(thing) else ""
            lines.append(f"| `study.{name}{called}` | {_cell(_first_line(thing.__doc__))} |")
    lines += [f"| `study.{name}` | {words} |" for name, words in QUESTIONS.items()]
    lines += ["", "Each question has, beside what the tables below list:", "", "| name | what |", "| --- | --- |"]
    for name in ("values", "table", "read", "charts", "plot"):
        thing = inspect.getattr_static(Question, name)
        called = "()" if inspect.isfunction(thing) else ""
        lines.append(f"| `{name}{called}` | {_cell(_first_line(thing.__doc__))} |")
    lines += [
        "", "A value has `value, low, high, level, status, reason, label, detail, computed, meaning, method, "
        "reference, n_incidents, "
        "incident_ids` and its days.", "",
    ]  # fmt: skip
    for name, module in question_modules().items():
        lines += [f"### `study.{name}`: {QUESTIONS[name]}", "", "| name | what |", "| --- | --- |"]
        made = question_class(name)
        meanings = {measure.name: measure.meaning for measure in module.MEASURES}
        lines += [f"| `{short}` | {_cell(meanings[row])} |" for short, row in short_names(name).items()]
        lines += [f"| `{table.name}` | Table: {_cell(table.meaning)} |" for table in module.TABLES]
        plots = [one for one in vars(made) if one.startswith("plot_")]
        lines += [f"| `{one}()` | {_cell(_first_line(vars(made)[one].__doc__))} |" for one in plots]
        lines.append("")
    lines += ["## Functions", "", "| function | module | what |", "| --- | --- | --- |"]
    for room in ROOMS:
        package = import_module(f"analysis.{room}")
        for found in sorted(iter_modules(package.__path__), key=lambda found: found.name):
            module = import_module(f"{package.__name__}.{found.name}")
            for name, function in public_functions(module):
                lines.append(f"| `{name}` | `{room}.{found.name}` | {_cell(_first_line(function.__doc__))} |")
    return _page([*lines, ""])


# Of a study, what its rooms alone need.
HIDDEN = ("spoken", "kept")


# Promised in a module that has them from elsewhere now.
PROMISED_HERE = {"analysis.reports.wording": ("joined", "few")}


def public_functions(module) -> list[tuple[str, object]]:
    """Return the public functions of a module, or of a package at its door, in order of the code."""
    kept = PROMISED_HERE.get(module.__name__, ())
    found = [
        (name, thing)
        for name, thing in vars(module).items()
        if inspect.isfunction(thing)
        and name[0] != "_"
        and (name in kept or f"{thing.__module__}.".startswith(f"{module.__name__}."))
    ]
    return sorted(found, key=lambda item: (item[1].__module__, inspect.unwrap(item[1]).__code__.co_firstlineno))


PAGES = {
    "measures.md": measures_page,
    "parameters.md": parameters_page,
    "commands.md": commands_page,
    "library.md": library_page,
    "reference.md": reference_page,
}


def renew() -> None:
    """Write every generated page. A warning is an error."""
    DOCS.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name, make in PAGES.items():
            (DOCS / name).write_text(make(), encoding="utf-8")


def _signature(function) -> str:
    parameters = [
        one.replace(annotation=inspect.Parameter.empty) for one in inspect.signature(function).parameters.values()
    ]
    return re.sub(r" at 0x[0-9a-f]+", "", str(inspect.Signature(parameters)))


def _first_line(text: str | None) -> str:
    return " ".join((text or "").strip().split("\n\n")[0].split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _page(lines: list[str]) -> str:
    heading, *rest = lines
    return f"{heading}\n\n{NOTE}" + "\n".join(rest).strip("\n") + "\n"


if __name__ == "__main__":
    renew()
