"""What the README shows is made here: command output and the picture. `make readme` renews it."""

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from analysis.cli import cli

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PICTURE = ROOT / "reports" / "timeline.png"

_CONSOLE = re.compile(r"```console\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)```", re.DOTALL)
_PYTHON = re.compile(r"```python\n(?P<code>.*?)```\n\n```\n(?P<output>.*?)```", re.DOTALL)


def run_command(command: str, folder: Path) -> str:
    """Return what a README command prints (stderr, then stdout), run where ``data/`` lies as in a checkout: in this
    process, where everything is imported, and by a shell if it has a pipe or another of its signs."""
    if not (folder / "data").exists():
        shutil.copytree(ROOT / "data", folder / "data")
    if not set(command) & set("|<>&;$*"):
        with contextlib.chdir(folder):
            shown = CliRunner().invoke(cli, shlex.split(command)[1:])
        if shown.exception and not isinstance(shown.exception, SystemExit):
            raise shown.exception
        return shown.stderr + shown.stdout
    places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PATH": places},
    )
    return done.stderr + done.stdout


def run_python(code: str) -> str:
    """Return what a README example prints."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stderr + done.stdout


def commands(text: str) -> list[tuple[str, str]]:
    """Return the README's commands with the output it shows."""
    return [(found["command"], found["output"]) for found in _CONSOLE.finditer(text)]


def examples(text: str) -> list[tuple[str, str]]:
    """Return the README's Python examples with the output it shows."""
    return [(found["code"], found["output"]) for found in _PYTHON.finditer(text)]


def renew(folder: Path) -> None:
    """Write the README anew from what the commands print now, and its picture."""
    text = README.read_text(encoding="utf-8")
    for command, output in commands(text):
        text = text.replace(f"$ {command}\n{output}```", f"$ {command}\n{run_command(command, folder)}```")
    for code, output in examples(text):
        text = text.replace(
            f"```python\n{code}```\n\n```\n{output}```", f"```python\n{code}```\n\n```\n{run_python(code)}```"
        )
    README.write_text(text, encoding="utf-8")
    shutil.copyfile(next(folder.glob("reports/published/*/*/charts/timeline.png")), PICTURE)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as scratch:
        renew(Path(scratch))
