"""Runs a notebook in this process and collects every text that its report shows: of blocks, and of drawn charts."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pandas as pd
from matplotlib.text import Text

from analysis.figures import theme
from analysis.language import used
from analysis.publishing.document import said_prose
from analysis.reports import page as pages

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
# Keys of a block that hold no words of ours.
NO_WORDS = (
    "part",
    "key",
    "kind",
    "name",
    "plot",
    "tables",
    "address",
    "type",
    "noun",
    "language",
    "inputs",
    "selection",
    "as_of",
    "seed",
)
ENGLISH = re.compile(
    r"\b(the|of|and|in|which|with|is|are|was|were|from|by|to|for|not|that|this|these|at|than|be|been|has|have|had|its|it|their|they|each|"
    r"per|because|no|none|attacks?|deaths|counts?|weeks?|months?|years?|days?|rows|unknown|missing|expected|found|about|between|only|if|"
    r"would|could|cannot|so|where|when|who|what|how|more|less|other|others|all|any|some|one|two|last|next|first|since|until|under|over)\b",
    re.IGNORECASE,
)
# An English number: a comma between groups of three digits, or a point between digits.
ENGLISH_NUMBER = re.compile(r"(?<![\w.,])[1-9]\d{0,2}(?:,\d{3})+(?![\w,])|(?<![\w.])\d+\.\d+(?![\w.])")


def texts_of(notebook: str, folder: Path, **parameters: object) -> tuple[list[tuple[str, str]], object]:
    """Return where each text stands and the text, and the study."""
    cells = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    shown: list[dict] = []
    drawn: list[tuple[str, str]] = []
    lay_out = theme.lay_out

    def collecting(figure):
        figure.draw_without_rendering()
        told = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
        drawn.extend(("chart", text.get_text()) for text in told)
        lay_out(figure)

    names: dict[str, object] = {}
    texts: list[tuple[str, str]] = []
    with (
        patch.object(pages, "_show", shown.append),
        patch.object(theme, "lay_out", collecting),
        # What is asked for are texts: no file is written.
        patch.object(theme, "write_forms", lambda figure, paths, **words: None),
        patch.object(pages, "svg_address", lambda path: ""),
    ):
        for cell in cells:
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                with used(str(parameters.get("language", "en"))):
                    texts.append(("prose", said_prose(source)))
                continue
            exec(compile(source, notebook, "exec"), names)
            if "parameters" in cell["metadata"].get("tags", []):
                names |= parameters | {"output_dir": str(folder)}
    for block in shown:
        texts += [(f"{block['kind']} {block.get('name', '')}".strip(), text) for text in _words_of(block)]
    return [*texts, *drawn], names["study"]


def _words_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            if key not in NO_WORDS:
                yield from _words_of(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _words_of(part)


def names_in(study) -> list[str]:
    """Return the texts that the tables of a study hold, the longest first: they stay as they are."""
    frames = [study.table.incidents, study.claim_rows, study.counts, study.table.reference, study.claim_problems]
    held: set[str] = {study.table.provenance.file}
    for frame in frames:
        if frame is not None:
            for name in frame.columns:
                column = frame[name]
                if pd.api.types.is_string_dtype(column) and not isinstance(column.dtype, pd.CategoricalDtype):
                    held |= {str(value) for value in column.dropna().unique()}
    return sorted((name for name in held if len(name) > 2 or name.isupper()), key=len, reverse=True)


def english_in(texts: list[tuple[str, str]], study) -> list[str]:
    """Return the texts in which English words or numbers stand, names of the table aside."""
    names = [name for name in names_in(study) if ENGLISH.search(name) or re.search(r"\d", name)]
    left = []
    for where, text in texts:
        bare = " ".join(text.split())
        if bare.endswith("…") and any(name.startswith(bare[:-1]) for name in names):
            continue  # a name that is cut to its place
        for name in names:
            if name in bare:
                bare = bare.replace(name, "")
        bare = re.sub(r"\S+\.(csv|json|html|ipynb|toml)\b", "", bare)
        if ENGLISH.search(bare) or ENGLISH_NUMBER.search(bare):
            left.append(f"{where}: {text}")
    return list(dict.fromkeys(left))
