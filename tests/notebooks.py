"""Renews the parameters cell of each notebook from the one list: ``python -m tests.notebooks``, or ``make
notebooks``.
"""

import ast
import json
from pathlib import Path

from analysis.incidents.parameters import cell_of, defaults_of

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))


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


if __name__ == "__main__":
    for path in NOTEBOOKS:
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
