"""The page about charts: its examples are run here. ``python -m tests.charts_page`` renews what they print."""

import tempfile
from pathlib import Path

from tests import readme

PAGE = readme.ROOT / "docs" / "charts.md"


def renew() -> None:
    """Write the page anew from what its examples print now."""
    text = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for command, output in readme.commands(text):
            printed = readme.run_command(command, Path(folder))
            text = text.replace(f"$ {command}\n{output}```", f"$ {command}\n{printed}```")
    for code, output in readme.examples(text):
        text = text.replace(
            f"```python\n{code}```\n\n```\n{output}```", f"```python\n{code}```\n\n```\n{readme.run_python(code)}```"
        )
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    renew()
