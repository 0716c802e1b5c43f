"""What docs/recipes.md shows is made here: what each recipe prints. `python -m tests.recipes` renews it."""

import io
import re
from contextlib import chdir, redirect_stdout
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "recipes.md"

_RECIPE = re.compile(r"## (?P<title>\d+\. [^\n]+)\n\n```python\n(?P<code>.*?)```\n\n```\n(?P<output>.*?)```", re.DOTALL)


def recipes(text: str) -> list[tuple[str, str, str]]:
    """Return the recipes' titles and code, with the output that the page shows."""
    return [(found["title"], found["code"], found["output"]) for found in _RECIPE.finditer(text)]


def run(code: str, folder: Path) -> str:
    """Return what a recipe prints, run where ``data/`` lies as in a checkout; its files go to ``folder``."""
    from matplotlib import pyplot as plt

    if not (folder / "data").exists():
        (folder / "data").symlink_to(ROOT / "data")
    printed = io.StringIO()
    with chdir(folder), redirect_stdout(printed):
        exec(compile(code, "recipe", "exec"), {"__name__": "recipe"})
    plt.close("all")
    return printed.getvalue()


def renew(folder: Path) -> None:
    """Write the page anew from what the recipes print now."""
    text = PAGE.read_text(encoding="utf-8")
    for _, code, output in recipes(text):
        before = f"```python\n{code}```\n\n```\n"
        text = text.replace(f"{before}{output}```", f"{before}{run(code, folder)}```")
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    import tempfile

    import matplotlib

    matplotlib.use("agg")
    with tempfile.TemporaryDirectory() as scratch:
        renew(Path(scratch))
