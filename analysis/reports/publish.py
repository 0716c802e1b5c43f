"""A report folder, whole or not at all: ``<out>/<name>/<as_of>/``."""

import fcntl
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from importlib import import_module
from pathlib import Path

from analysis.reports.manifest import write_manifest
from analysis.reports.runner import NotebookError, run_notebook, typed_parameters
from analysis.resources import resource

# Named on the page but not kept in the published notebook or manifest: they belong to one machine.
LOCAL_PARAMETERS = ("output_dir",)
# Parameters that make a report another one, in the order of its name.
NAMING_PARAMETERS = ("country", "attacker", "target", "target_type", "from_date", "unit")


class LockedError(RuntimeError):
    """Another run is publishing into the same folder."""


@dataclass(frozen=True)
class Published:
    """Where a report was published, and its one sentence."""

    folder: Path
    name: str
    as_of: str
    finding: str


def publish_report(
    parameters: dict[str, object],
    *,
    out: Path,
    name: str = "",
    notebook: str | Path = "situation",
    timeout_seconds: float = 1800,
    progress: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> Published:
    """Run a notebook and publish its report.

    Parameters
    ----------
    parameters
        Notebook parameters by name.
    out
        The folder that reports are published in.
    name
        The report's name; default: of the notebook, the table and the selection, so that two selections never share one.
    notebook
        The name of a notebook that ships with the package, or the path of one of your own.
    timeout_seconds
        For the whole run of the notebook.
    progress
        Show a progress bar for the notebook's cells.
    say
        Is told each step.

    Raises
    ------
    ParameterError
        If a parameter is unknown or of the wrong type.
    TableError
        If the table or the selection is refused.
    NotebookError
        If the notebook fails; nothing is published then.
    LockedError
        If another run publishes into ``out``.
    """
    source = notebook.resolve() if isinstance(notebook, Path) else resource(f"notebooks/{notebook}.ipynb")
    parameters = typed_parameters(source, parameters)
    name = name or default_name(source.stem, parameters)
    out = out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    started = _now()
    with _lock(out), tempfile.TemporaryDirectory(dir=out, prefix=".making-") as scratch, ThreadPoolExecutor(1) as warm:
        # The kernel computes in a process of its own; meanwhile this one imports what renders the page.
        ready = warm.submit(lambda: [import_module(module) for module in ("nbconvert", "weasyprint")])
        folder = Path(scratch) / "report"
        folder.mkdir()
        executed = folder / "notebook.ipynb"
        say(f"running notebook {source.stem}")
        run_notebook(
            source,
            executed,
            parameters | {"output_dir": str(folder)},
            timeout_seconds=timeout_seconds,
            progress=progress,
        )
        run = _take_run(folder)
        ready.result()
        say("writing report.html and report.pdf")
        _render(executed, folder, run)
        write_manifest(
            folder, name=name, notebook=source.stem, parameters=parameters, run=run, started=started, finished=_now()
        )
        target = out / name / run["as_of"]
        _replace(folder, target)
        _point_latest(out / name)
        (out / "index.html").write_text(_index(out), encoding="utf-8")
    return Published(target, name, run["as_of"], run["finding"])


def default_name(notebook: str, parameters: dict[str, object]) -> str:
    """Return a name made of the notebook, the table and the selection: words joined by hyphens."""
    table = str(parameters.get("table", ""))
    chosen = [str(parameters[key]) for key in NAMING_PARAMETERS if parameters.get(key) not in (None, "", "country")]
    if not table and chosen == ["MLI", "JNIM"]:  # the embedded example
        return notebook
    parts = [notebook, Path(table).name.split(".")[0], *chosen]
    return "-".join(filter(None, (re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)))


def _take_run(folder: Path) -> dict[str, object]:
    path = folder / "run.json"
    run = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if missing := [key for key in ("title", "finding", "as_of", "inputs", "seed", "selection") if key not in run]:
        raise NotebookError(f"The notebook ended without telling its {', '.join(missing)}: nothing is published.")
    path.unlink()
    return run


def _render(executed: Path, folder: Path, run: dict[str, object]) -> None:
    import nbformat

    from analysis.reports.html import render_html
    from analysis.reports.pdf import write_pdf

    notebook = nbformat.read(executed, as_version=4)
    _forget_machine(notebook)
    nbformat.write(notebook, executed)
    inputs = "; ".join(f"{item['file']} (sha256 {item['sha256'][:12]})" for item in run["inputs"])
    made = f"Made with escalation from {inputs}. Parameters, versions and checksums: manifest.json."
    markup = render_html(notebook, title=run["title"], as_of=run["as_of"], made=made)
    (folder / "report.html").write_text(markup, encoding="utf-8")
    write_pdf(markup, folder / "report.pdf", title=run["title"], as_of=run["as_of"])


def _forget_machine(notebook) -> None:
    """Leave out of the published notebook what belongs to this machine and this minute."""
    kept = notebook.metadata.pop("papermill", {}).get("parameters", {})
    notebook.metadata["parameters"] = {key: value for key, value in kept.items() if key not in LOCAL_PARAMETERS}
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            lines = cell.source.splitlines()
            cell.source = "\n".join(line for line in lines if line.split(" = ")[0] not in LOCAL_PARAMETERS)


def _replace(folder: Path, target: Path) -> None:
    """Put a finished folder in place; a reader sees the old one or the new one, never half of one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    old = None
    if target.exists():
        old = folder.parent / "old"
        os.replace(target, old)
    os.replace(folder, target)
    if old:
        shutil.rmtree(old)


def _point_latest(reports: Path) -> None:
    newest = max(path.name for path in reports.iterdir() if (path / "manifest.json").exists() and not path.is_symlink())
    link = reports / f".latest-{os.getpid()}"
    try:
        link.symlink_to(newest)
    except OSError:  # a file system without links gets the name in a file
        link.write_text(newest + "\n", encoding="utf-8")
    os.replace(link, reports / "latest")


def _index(out: Path) -> str:
    """Return the list of what is published, newest first."""
    found = [path for path in out.glob("*/*/manifest.json") if not path.parent.is_symlink()]
    manifests = [
        (json.loads(path.read_text(encoding="utf-8")), path.parent.relative_to(out).as_posix()) for path in found
    ]
    manifests.sort(key=lambda item: (item[0]["as_of"], item[0]["name"]), reverse=True)
    rows = "".join(
        f'<li><p class="subtitle">as of {escape(item["as_of"])} · {escape(item["name"])}</p>'
        f'<p><a href="{escape(place)}/report.html">{escape(item["title"])}</a> '
        f'(<a href="{escape(place)}/report.pdf">PDF</a>, <a href="{escape(place)}/indicators.csv">numbers</a>, '
        f'<a href="{escape(place)}/manifest.json">manifest</a>)</p><p>{escape(item["finding"])}</p></li>'
        for item, place in manifests
    )
    style = (Path(__file__).parent / "templates" / "report" / "style.css").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Published reports</title>'
        f'<style>{style}</style></head><body><main><h1>Published reports</h1><ul class="index">{rows}</ul></main></body></html>\n'
    )


@contextmanager
def _lock(out: Path) -> Iterator[None]:
    """Hold the folder for one run at a time; a run that died holds nothing."""
    with open(out / ".lock", "w", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LockedError(f"Another run is publishing into {out}; wait for it, or give another --out.") from None
        yield


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
