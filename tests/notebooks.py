"""Renews the parameters cell of each notebook from the one list: ``python -m tests.notebooks``, or ``make
notebooks``.
"""

import ast
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import wrap

from analysis.incidents.parameters import EXAMPLE, EXAMPLE_NAME, TABLE, defaults_of, parameters_of

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))
CELL_WIDTH = 120  # of a line of a notebook


def renewed(text: str) -> str:
    """Return a notebook's text with its parameters cell as the list has it; values and lines of the notebook's own
    stay.
    """
    notebook = json.loads(text)
    cell = next(cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", []))
    source = "".join(cell["source"])
    values, own = {}, []
    for node in ast.parse(source).body:
        name = node.targets[0].id
        if name in defaults_of():
            values[name] = ast.literal_eval(node.value)
        elif name != "output_dir":
            own.append("\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno]))
    cell["source"] = cell_of(example=values, own=own).splitlines(keepends=True)
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def cell_of(*, example: Mapping[str, object] = EXAMPLE, own: Iterable[str] = ()) -> str:
    """Return the parameters cell of a notebook: every parameter with its meaning, then the notebook's own lines."""
    words = f"path of an incident table; {EXAMPLE_NAME}: the made-up one; empty: the embedded Sahel table"
    lines = _cell_lines(TABLE, f'"{example.get(TABLE, "")}"', words)
    for one in parameters_of():
        value = example.get(one.name, one.plain_default)
        shown = f'"{value}"' if isinstance(value, str) else f"{value:_}" if one.name == "n_simulations" else repr(value)
        lines += _cell_lines(one.name, shown, one.words)
    return "\n".join([*lines, *own, 'output_dir = ""  # where charts and numbers go; empty: shown only'])


def _cell_lines(name: str, shown: str, words: str) -> list[str]:
    """Return a parameter's line with what it means behind it, or above it where it is too long for that."""
    line = f"{name} = {shown}  # {words}"
    if len(line) <= CELL_WIDTH:
        return [line]
    return [*(f"# {part}" for part in wrap(words, CELL_WIDTH - 2)), f"{name} = {shown}"]


if __name__ == "__main__":
    for path in NOTEBOOKS:
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
