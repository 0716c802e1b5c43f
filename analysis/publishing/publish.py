"""A report folder, whole or not at all: ``<out>/<name>/<as_of>/``."""

import ctypes
import errno
import fcntl
import json
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from analysis.incidents.errors import ParameterError
from analysis.incidents.names import as_names
from analysis.incidents.parameters import defaults_of, parameters_of
from analysis.incidents.printing import printable
from analysis.language import ENGLISH, catalogue_of, used
from analysis.publishing.changes import Changes, compare_reports, with_changes, write_changes
from analysis.publishing.charts import Drawer, draw
from analysis.publishing.deck_apart import DeckWriter
from analysis.publishing.defuse import defuse_csv, visible
from analysis.publishing.document import Document, made_words, read_document, said_prose
from analysis.publishing.errors import LockedError, NotebookError, StorageError, storage_words
from analysis.publishing.index import render_index
from analysis.publishing.kernels import import_figures
from analysis.publishing.manifest import write_manifest
from analysis.publishing.own_files import read_facts, read_own
from analysis.publishing.runner import run_notebook, short_base, typed_parameters
from analysis.resources import resource

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from analysis.publishing.deck_template import Template

# Named on the page but not kept in the published notebook or manifest: they belong to one machine.
LOCAL_PARAMETERS = ("output_dir",)
# Parameters that make a report another one, in the order of its name.
NAMING_PARAMETERS = tuple(one.name for one in parameters_of() if one.names_report)
FORMATS = ("html", "pdf")
# The file of each format that a report can be asked for in; the page is always written.
KNOWN_FORMATS = {"html": "report.html", "pdf": "report.pdf", "pptx": "briefing.pptx"}
# A name is one folder: no path, nothing hidden, nothing that a terminal or a browser would obey.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
# Scratch folders of a run; what a killed run leaves of them is removed by the next.
MAKING = ".making-"
# Where a folder waits while its successor takes its place, on systems that cannot exchange two names at once.
ASIDE = ".aside-"
FAILED = "failed"
# What stands beside reports and their folders.
RESERVED = (FAILED, "latest", "index.html")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ENDINGS = re.compile(r"(\.(csv|tsv|txt|parquet|pq|xlsx?|xlsm|ods|gz|zip))+$", re.IGNORECASE)
# A table's name that stands in a report's name as it is, letters small.
_PLAIN_STEM = re.compile(r"[A-Za-z0-9_]*")
_MOST_NAME_CHARACTERS = 100
RUN_TIMES = "run.json"
# Charts of the brief that a telephone gets in a shape of its own.
NARROW = ("brief_timeline", "brief_countries")
# Of the charts of the brief the one that stands on a slide beside another, which the slide's title speaks of.
SECOND = "brief_countries"
AT_FDCWD, RENAME_EXCHANGE = -100, 2
LOCK = ".lock"
# How the names of folders begin that runs make among temporary files: their own, and that of their workers' parent.
TEMPORARY = ("escalation-", "pymp-")


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
    formats: tuple[str, ...] = FORMATS,
    template: "Template | None" = None,
    timeout_seconds: float = 1800,
    memory_mb: int | None = None,
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
        The report's name; default: of the notebook, the table and the selection, so that two selections never
        share one.
    notebook
        The name of a notebook that ships with the package, or the path of one of your own.
    formats
        Of ``KNOWN_FORMATS``; the page is always written.
    template
        Of slides; see `analysis.publishing.deck_apart.read_template`.
    timeout_seconds
        For the whole run of the notebook.
    memory_mb
        Data that the notebook's kernel may hold; default: no bound.
    progress
        Show a progress bar for the notebook's cells.
    say
        Is told each step.

    Raises
    ------
    ParameterError
        If a parameter is unknown or of the wrong type, or the name is not that of one folder.
    TableError
        If the table or the selection is refused.
    NotebookError
        If the notebook fails; nothing is published then, and the executed notebook is kept in ``<out>/<name>/failed/``.
    LockedError
        If another run publishes into ``out``.
    StorageError
        If ``out`` cannot be written.
    """
    if unknown := [form for form in formats if form not in KNOWN_FORMATS]:
        raise ParameterError(f"{unknown[0]!r} is not a format; known: {', '.join(KNOWN_FORMATS)}.")
    source = find_notebook(notebook)
    parameters = typed_parameters(source, parameters)
    name = checked_name(name or default_name(source.stem, parameters))
    with told_plainly(out), open_folder(out) as folder, temporary_folder(folder) as runtime:
        tell_odd(folder, say)
        try:
            made = make_report(
                parameters,
                out=folder,
                name=name,
                notebook=source,
                formats=formats,
                template=template,
                timeout_seconds=timeout_seconds,
                memory_mb=memory_mb,
                progress=progress,
                say=say,
                runtime=runtime,
                keep_failure=(NotebookError,),
            )
        except NotebookError:
            write_index(folder)
            raise
        write_index(folder)
    return made


def make_report(
    parameters: dict[str, object],
    *,
    out: Path,
    name: str,
    notebook: Path,
    formats: tuple[str, ...] = FORMATS,
    template: "Template | None" = None,
    keep: int | None = None,
    timeout_seconds: float = 1800,
    cell_timeout_seconds: float | None = None,
    memory_mb: int | None = None,
    progress: bool = False,
    say: Callable[[str], None] = lambda line: None,
    forked: bool = False,
    runtime: Path | None = None,
    keep_failure: tuple[type[Exception], ...] = (),
    scratch: Path | None = None,
) -> Published:
    """Make one report in a folder that is held (see `open_folder`), and put it in place.

    Parameters
    ----------
    parameters, name, notebook
        As checked by `publish_report`.
    formats, template
        As of `publish_report`.
    keep
        How many published folders of this name stay, newest first; default: all.
    forked, runtime, cell_timeout_seconds, memory_mb
        See `analysis.publishing.runner.run_notebook`.
    keep_failure
        Errors after which the executed notebook and the error are left in ``<out>/<name>/failed/``.
    scratch
        An empty folder in ``out`` to work in, which whoever made it removes; default: one of its own.

    Raises
    ------
    As `publish_report`. Whatever is raised, what was published before is untouched.
    """
    started = now()
    with nullcontext(scratch) if scratch else tempfile.TemporaryDirectory(dir=out, prefix=MAKING) as working:
        folder = Path(working) / "report"
        folder.mkdir()
        try:
            run = fill_folder(
                folder, parameters, notebook=notebook, formats=formats, template=template,
                timeout_seconds=timeout_seconds,
                cell_timeout_seconds=cell_timeout_seconds, memory_mb=memory_mb, progress=progress, say=say,
                forked=forked, runtime=runtime,
                published=published_folders(out / name),
            )  # fmt: skip
            write_manifest(
                folder,
                name=name,
                notebook=notebook.stem,
                parameters=parameters,
                run=run,
            )
            write_times(folder, started=started)
        except Exception as error:
            if isinstance(error, keep_failure):
                leave_failure(out / name, error, executed=folder / "notebook.ipynb", when=started)
            raise
        put_in_place(folder, out, name=name, as_of=run["as_of"], keep=keep)
    return Published(out / name / run["as_of"], name, run["as_of"], run["finding"])


def fill_folder(
    folder: Path,
    parameters: dict[str, object],
    *,
    notebook: Path,
    formats: tuple[str, ...] = FORMATS,
    template: "Template | None" = None,
    timeout_seconds: float = 1800,
    cell_timeout_seconds: float | None = None,
    progress: bool = False,
    say: Callable[[str], None] = lambda line: None,
    forked: bool = False,
    runtime: Path | None = None,
    memory_mb: int | None = None,
    published: Sequence[Path] = (),
) -> dict[str, Any]:
    """Fill an empty folder with everything of a report but its manifest; return what the notebook said of itself.

    ``published`` are the folders published before, newest first; ``changes.json`` compares with one of them.
    """
    executed = folder / "notebook.ipynb"
    language = str(parameters.get("language") or ENGLISH)
    say(f"running notebook {notebook.stem}")
    (folder / "charts").mkdir()
    # The kernel computes in a process of its own; meanwhile this one imports what draws and renders, and draws
    # charts as their blocks
    # arrive. A process that forks its kernel has imported it before, and must not have a second thread until then.
    drawer = Drawer(folder / "charts", prepare=None if forked else partial(_warm_up, formats, language))
    writer = DeckWriter(memory_mb=memory_mb, forked=forked) if "pptx" in formats else None
    try:
        run_notebook(
            notebook,
            executed,
            parameters | {"output_dir": str(folder)},
            timeout_seconds=timeout_seconds,
            cell_timeout_seconds=cell_timeout_seconds,
            progress=progress,
            forked=forked,
            runtime=runtime,
            memory_mb=memory_mb,
            take=drawer.take,
        )
        import nbformat  # heavy, and imported by the run meanwhile

        notebook_run = nbformat.read(executed, as_version=4)
        document = read_document(notebook_run, name=notebook.name)
        for path in sorted(folder.glob("*.csv")):
            defuse_csv(path)
        with used(document.language):
            changes = compare_reports(published, folder, run=document.facts)
        write_changes(changes, folder)
        drawer.wait()
        if template and "pptx" in formats:
            document.facts["inputs"] = [*document.facts["inputs"], template.facts()]
        say(f"writing {' and '.join(files_of(formats))}")
        with used(document.language):
            _render(notebook_run, document, folder, formats=formats, changes=changes, drawings=drawer.blocks)
            if writer:
                _write_slides(
                    with_changes(document, changes), folder, drawings=drawer.blocks, template=template, writer=writer
                )
    finally:
        drawer.close()
        if writer:
            writer.close()
    for path in sorted(folder.glob("charts/*.csv")):
        defuse_csv(path)
    return document.facts


def write_times(folder: Path, *, started: str) -> None:
    """Write when a report was made: the one file of a report that two runs on the same inputs do not share."""
    text = json.dumps({"schema": 1, "started": started, "finished": now()}, indent=1) + "\n"
    (folder / RUN_TIMES).write_text(text, encoding="utf-8")


def files_of(formats: tuple[str, ...]) -> list[str]:
    """Return the files that a report has for the formats asked for; the page is always among them."""
    return [file for form, file in KNOWN_FORMATS.items() if form in ("html", *formats)]


def put_in_place(folder: Path, out: Path, *, name: str, as_of: str, keep: int | None = None) -> None:
    """Publish a finished folder: a reader sees the old one or the new one, whole, at any instant."""
    target = out / name / as_of
    if (target.exists() or target.is_symlink()) and not is_ours(target):
        raise StorageError(
            f"{target} is there and is no report of this program, or one with a damaged manifest. It was left alone,"
            " and nothing was published. Move it away and run again."
        )
    persist_folder(folder)
    replace_folder(folder, target)
    point_latest(out / name)
    drop_failure(out / name)
    if keep:
        # What was just published stays, however old its day.
        others = [path for path in published_folders(out / name) if path.name != as_of]
        for old in others[max(keep - 1, 0) :]:
            _remove_whole(old)


def find_notebook(notebook: str | Path) -> Path:
    """Return the path of a notebook that ships with the package, by name, or of one of your own."""
    return notebook.resolve() if isinstance(notebook, Path) else resource(f"notebooks/{notebook}.ipynb")


def checked_name(name: str) -> str:
    """Return a report's name if it can be that of one folder.

    Raises
    ------
    ParameterError
        If it cannot.
    """
    if not can_be_name(name):
        raise ParameterError(
            f"{name!r} cannot be a report's name: it becomes a folder. Use letters, digits, '-', '_' and '.', at most"
            f" 120, the first a letter or digit, and none of {', '.join(RESERVED)}."
        )
    return name


def can_be_name(name: str) -> bool:
    """Return whether a report can be called so."""
    return bool(NAME.fullmatch(name)) and name.casefold() not in RESERVED


def default_name(notebook: str, parameters: dict[str, object]) -> str:
    """Return a name made of the notebook, the table and the selection, so that two selections never share one.

    Its words are joined by hyphens. Where words alone could stand for another selection as well (names of several
    words, other scripts than Latin, several names, a point or hyphen in the table's name), six signs of the selection's
    hash follow.
    """
    table = str(parameters.get("table", ""))
    usual = defaults_of()
    chosen = {
        key: as_names(str(parameters[key]))
        for key in NAMING_PARAMETERS
        if key != "language" and str(parameters.get(key) or "") not in ("", str(usual[key]))
    }
    language = str(parameters.get("language") or ENGLISH)
    if language != ENGLISH:  # a report in another language is another report, of the same words
        notebook = f"{notebook}-{language}"
    if not table and chosen == {"country": ("MLI",), "attacker": ("JNIM",)}:  # the embedded example
        return notebook
    stem = _ENDINGS.sub("", Path(table).name)
    words = [notebook, stem]
    plain = _PLAIN_STEM.fullmatch(stem) is not None
    for key, names in chosen.items():
        known = key == "country" or (key == "attacker" and "country" in chosen)
        words += ["" if known else key, *names]
        plain &= len(names) == 1 and (
            (names[0].isascii() and names[0].isalnum()) or ISO_DAY.fullmatch(names[0]) is not None
        )
    name = "-".join(filter(None, (re.sub(r"[^a-z0-9_]+", "-", word.lower()).strip("-") for word in words)))
    if plain and len(name) <= _MOST_NAME_CHARACTERS:
        return name
    told = json.dumps(
        [stem.casefold(), {key: [name.casefold() for name in names] for key, names in chosen.items()}], sort_keys=True
    )
    return f"{name[:_MOST_NAME_CHARACTERS].rstrip('-')}-{sha256(told.encode()).hexdigest()[:6]}"


def published_folders(reports: Path) -> list[Path]:
    """Return the published folders of one report, newest as_of first: folders called by their day, with a manifest of
    this report and day.

    Whatever else lies there (a copy, a folder of another program) is none.
    """
    found = [path for path in reports.glob("*") if ISO_DAY.fullmatch(path.name) and is_ours(path)]
    return sorted(found, key=lambda path: path.name, reverse=True)


def is_ours(folder: Path) -> bool:
    """Return whether a folder is a published report that stands in its place."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    manifest = read_manifest(folder)
    return (manifest.get("name"), manifest.get("as_of")) == (folder.parent.name, folder.name)


def odd_entries(out: Path) -> list[str]:
    """Return what lies among reports and is none, relative to the folder: it is passed over, and never changed or
    removed.
    """
    odd = [RESERVED[-1]] if (out / "index.html").is_dir() else []
    for reports in sorted(path for path in out.glob("*") if path.is_dir() and can_be_name(path.name)):
        for path in sorted(reports.glob("*")):
            latest = path.name == "latest" and (path.is_symlink() or not path.is_dir())
            failed = path.name == FAILED and (path / "failure.json").exists()
            if not (latest or failed or path.name.startswith(".") or is_ours(path)):
                odd.append(f"{reports.name}/{path.name}")
    return odd


def tell_odd(out: Path, say: Callable[[str], None]) -> None:
    """Say what lies among the reports and is none."""
    if odd := odd_entries(out):
        more = f" and {len(odd) - 5} more" if len(odd) > 5 else ""
        say(f"passed over, as no report of this program: {', '.join(map(printable, odd[:5]))}{more}")


def latest_folder(reports: Path) -> Path | None:
    """Return the newest published folder of one report, if there is one."""
    return next(iter(published_folders(reports)), None)


def read_manifest(folder: Path | None) -> dict[str, Any]:
    """Return a published folder's manifest with the times of its run; nothing where there is none that can be read."""
    found: dict[str, Any] = {}
    if folder is None:
        return found
    for name in ("manifest.json", RUN_TIMES):
        found |= read_facts(folder / name)
    return found


@contextmanager
def open_folder(out: Path) -> Iterator[Path]:
    """Hold the folder that reports are published in, after tidying what a run that was killed left behind.

    Raises
    ------
    LockedError
        If another run holds it.
    """
    out = out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    with _lock(out):
        recover(out)
        yield out


def recover(out: Path) -> None:
    """Bring a folder that a killed run left to a state that a finished run leaves; what was published stays
    published.
    """
    for aside in (
        path
        for path in out.glob(f"*/{ASIDE}*")
        if ISO_DAY.fullmatch(path.name.removeprefix(ASIDE)) or path.name == f"{ASIDE}{FAILED}"
    ):
        target = aside.with_name(aside.name.removeprefix(ASIDE))
        if target.exists():
            shutil.rmtree(aside)
        else:
            os.replace(aside, target)
    for left in [*out.glob(f"{MAKING}*"), *out.glob(f"*/{MAKING}*")]:
        shutil.rmtree(left, ignore_errors=True)
    for reports in (path for path in out.glob("*") if path.is_dir() and not path.name.startswith(".")):
        newest = latest_folder(reports)
        if newest and _told_latest(reports) != newest.name:
            point_latest(reports)
        for link in reports.glob(".latest-*"):
            if link.is_symlink() or link.is_file():
                link.unlink()


def leave_failure(reports: Path, error: Exception, *, executed: Path, when: str) -> None:
    """Leave a failed report's executed notebook and its error in ``failed/``; what is published beside it is
    untouched."""
    import nbformat

    if (reports / FAILED).exists() and not read_failure(reports):
        return  # somebody's folder: it stays, and the failure is told alone
    making = reports / f"{MAKING}{os.getpid()}"
    before = read_failure(reports)
    # A disk that is full cannot hold the failure either; it is still told.
    with suppress(OSError):
        making.mkdir(parents=True)
        notebook = None
        # One that is written to a full disk ends in the middle.
        with suppress(ValueError, nbformat.ValidationError):
            notebook = nbformat.read(executed, as_version=4) if executed.exists() else None
        if notebook:
            if not any(output.output_type == "error" for cell in notebook.cells for output in cell.get("outputs", ())):
                notebook.cells.append(nbformat.v4.new_raw_cell(f"Not published: {error}", id="not-published"))
            _forget_machine(notebook)
            nbformat.write(notebook, making / "notebook.ipynb")
        since = before.get("since", when) if before.get("error") == f"{error}" else when
        document = {
            "name": reports.name,
            "kind": type(error).__name__,
            "error": f"{error}",
            "when": when,
            "since": since,
        }
        (making / "failure.json").write_text(
            json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        replace_folder(making, reports / FAILED)
    shutil.rmtree(making, ignore_errors=True)
    with suppress(OSError):
        reports.rmdir()  # where nothing could be kept


def read_failure(reports: Path) -> dict[str, str]:
    """Return what `leave_failure` left, if the last try of a report failed."""
    return read_facts(reports / FAILED / "failure.json")


def drop_failure(reports: Path) -> None:
    """Forget a failure once the report was published."""
    if (reports / FAILED / "failure.json").exists():
        _remove_whole(reports / FAILED)


@contextmanager
def told_plainly(out: Path) -> Iterator[None]:
    """Turn a full disk or a folder that cannot be written into words.

    Raises
    ------
    StorageError
        Instead of the system's error.
    """
    try:
        yield
    except OSError as error:
        raise_storage(error, out)
        raise
    except NotebookError as error:
        # The kernel writes too; of its error only the words come back.
        for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS):
            if f"[Errno {number}]" in str(error):
                raise_storage(OSError(number, os.strerror(number)), out)
        raise


def raise_storage(error: OSError, out: Path) -> None:
    """Raise a `StorageError` for a system error that is about storage; else do nothing."""
    if reason := storage_words(error):
        raise StorageError(
            f"{out} cannot be written: {reason}. Nothing of this report was published; what was "
            f"published before "
            "is untouched."
        ) from None


def _warm_up(formats: tuple[str, ...], language: str = ENGLISH) -> None:
    """Import what draws charts and renders a report, find the fonts, read the catalogues: the first takes longest."""
    from analysis.figures import theme
    from analysis.publishing import html

    theme.warm_up()
    import_figures()
    html.warm_up()
    catalogue_of(language)
    if "pdf" in formats:
        import_module("typst")


def _render(
    notebook: "NotebookNode",
    document: Document,
    folder: Path,
    *,
    formats: tuple[str, ...],
    changes: Changes,
    drawings: Mapping[str, Mapping[str, object]],
) -> None:
    """Write everything of a report that is made from its blocks."""
    from analysis.figures.looks import PHONE
    from analysis.publishing.html import render_html

    for name in document.charts():
        if missing := [kind for kind in ("png", "svg") if not (folder / "charts" / f"{name}.{kind}").exists()]:
            raise NotebookError(
                f"Chart {name!r} is shown, but was not drawn: there is no {name}.{missing[0]}. Nothing is published."
            )
    document = with_changes(document, changes)
    if "pdf" in formats:
        from analysis.publishing.pdf import write_pdf

        write_pdf(document, folder / "report.pdf", charts=folder / "charts", made=made_words(document))
    with tempfile.TemporaryDirectory(dir=folder.parent) as narrow:
        for name in NARROW:
            if name in drawings and name in document.charts():
                draw(drawings[name], Path(narrow), size=PHONE, forms=("svg",))
        made = made_words(document)
        page = visible(render_html(document, charts=folder / "charts", made=made, narrow=Path(narrow)))
    (folder / "report.html").write_text(page, encoding="utf-8")
    _write_notebook(notebook, folder)


def _write_slides(
    document: Document,
    folder: Path,
    *,
    drawings: Mapping[str, Mapping[str, object]],
    template: "Template | None",
    writer: DeckWriter,
) -> None:
    """Write the report as slides, on which charts are drawn again: larger type, another shape."""
    from analysis.figures.looks import BESIDE, WHOLE
    from analysis.publishing.slides import charts_on_slides, has_brief, write_slides

    size = BESIDE if has_brief(document) else WHOLE
    with tempfile.TemporaryDirectory(dir=folder.parent) as pictures:
        for name in charts_on_slides(document):
            if name in drawings:
                draw(_untitled(drawings[name]), Path(pictures), size=size, forms=("png",))
        write_slides(
            document, folder / KNOWN_FORMATS["pptx"], template=template, pictures=Path(pictures), write=writer.write
        )


def _untitled(drawing: Mapping[str, Any]) -> dict[str, Any]:
    """Return a chart's drawing without what a slide says of it by itself: its finding, and at the foot its source."""
    held, bare = drawing["words"], {"title": "", "subtitle": "", "caption": None}
    if drawing["name"] == SECOND:
        del bare["title"]
    return {**drawing, "words": held | {name: value for name, value in bare.items() if name in held}}


def _write_notebook(notebook: "NotebookNode", folder: Path) -> None:
    """Write the executed notebook with its charts in their places, and without what a publisher alone needs."""
    import nbformat

    from analysis.reports.blocks import MIME, SILENT, bundle_of
    from analysis.reports.page import svg_address

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = said_prose(cell.source)
        if cell.cell_type != "code":
            continue
        blocks = [output.get("data", {}).get(MIME) for output in cell.outputs]
        cell.outputs = [
            output
            for output, block in zip(cell.outputs, blocks, strict=True)
            if not block or block["kind"] not in SILENT
        ]
        for output in cell.outputs:
            block = output.get("data", {}).get(MIME)
            if block and block["kind"] == "chart":
                drawn = block | {"address": svg_address(folder / "charts" / f"{block['name']}.svg")}
                output.data = nbformat.from_dict(bundle_of(drawn))
    _forget_machine(notebook)
    nbformat.write(notebook, folder / "notebook.ipynb")


def _forget_machine(notebook) -> None:
    """Leave out of the published notebook what belongs to this machine and this minute."""
    kept = notebook.metadata.pop("papermill", {}).get("parameters", {})
    notebook.metadata["parameters"] = {key: value for key, value in kept.items() if key not in LOCAL_PARAMETERS}
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"  # papermill draws one at random
            lines = cell.source.splitlines()
            cell.source = "\n".join(line for line in lines if line.split(" = ")[0] not in LOCAL_PARAMETERS)


def persist_folder(folder: Path) -> None:
    """Have the system write a finished folder to its disk, so that after a power cut it is there whole or not at
    all.
    """
    for path in [*sorted(path for path in folder.rglob("*") if not path.is_symlink()), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EROFS):  # a file system that keeps nothing
                raise
        finally:
            os.close(handle)


def replace_folder(folder: Path, target: Path) -> None:
    """Put a finished folder in place of another; a reader sees the old one or the new one, never half of one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        os.replace(folder, target)
        _persist_names(target.parent)
    elif _exchange(folder, target):
        _persist_names(target.parent)
        shutil.rmtree(folder)
    else:
        # Should the run end between these two, `recover` puts the old folder back.
        aside = target.with_name(f"{ASIDE}{target.name}")
        os.replace(target, aside)
        os.replace(folder, target)
        shutil.rmtree(aside)


def _persist_names(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two names in one step, where the system can; return whether it could."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    return rename(AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second), RENAME_EXCHANGE) == 0


def _remove_whole(folder: Path) -> None:
    """Remove a folder so that no reader meets half of it."""
    gone = folder.with_name(f"{MAKING}{os.getpid()}-{folder.name}")
    os.replace(folder, gone)
    shutil.rmtree(gone)


def point_latest(reports: Path) -> None:
    """Let ``latest`` point to the newest published folder of a report; a real folder of that name is somebody's, and
    stays.
    """
    newest = latest_folder(reports)
    if newest is None or ((reports / "latest").is_dir() and not (reports / "latest").is_symlink()):
        return
    link = reports / f".latest-{os.getpid()}"
    try:
        link.symlink_to(newest.name)
    except OSError:  # a file system without links gets the name in a file
        link.write_text(newest.name + "\n", encoding="utf-8")
    os.replace(link, reports / "latest")


def _told_latest(reports: Path) -> str:
    with suppress(OSError):
        return os.readlink(reports / "latest")
    with suppress(OSError, ValueError):
        return read_own(reports / "latest").strip()
    return ""


def write_index(out: Path) -> None:
    """Write ``index.html``: what is published, newest first, and what failed; a folder of that name is somebody's, and
    stays.
    """
    if (out / "index.html").is_dir():
        return
    making = out / f"{MAKING}index"
    making.mkdir(exist_ok=True)
    (making / "index.html").write_text(_index(out), encoding="utf-8")
    os.replace(making / "index.html", out / "index.html")
    making.rmdir()


def _index(out: Path) -> str:
    found = [
        path
        for reports in out.glob("*")
        if reports.is_dir() and not reports.name.startswith(".")
        for path in published_folders(reports)
    ]
    manifests = [(read_manifest(path), path.relative_to(out).as_posix()) for path in found]
    manifests.sort(key=lambda item: (str(item[0].get("as_of", "")), str(item[0].get("name", ""))), reverse=True)
    failed = sorted(out.glob(f"*/{FAILED}/failure.json"))
    failures = [
        (failure, path.parent.relative_to(out).as_posix(), (path.parent / "notebook.ipynb").exists())
        for path in failed
        if (failure := read_failure(path.parent.parent))
    ]
    return render_index(manifests, failures)


@contextmanager
def _lock(out: Path) -> Iterator[None]:
    """Hold the folder for one run at a time; a run that died holds nothing."""
    # A pipe of that name would wait for whoever reads it.
    opened = os.open(out / LOCK, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o666)
    try:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise StorageError(f"{out / LOCK} is no file. Move it away and run again.")
        _hold(opened, out)
        yield
    finally:
        os.close(opened)


def _hold(opened: int, out: Path) -> None:
    """Hold an open file or folder, as long as it is open, for one run at a time that writes into ``out``."""
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LockedError(
            f"Another run is publishing into {out}; wait for it, or publish into another folder."
        ) from None


@contextmanager
def making_beside(out: Path) -> Iterator[Path]:
    """Make an empty folder beside another that is to be replaced, for one run at a time; it goes with the run, or with
    the next where the run was killed.

    Raises
    ------
    LockedError
        If another run has it.
    """
    making = out.with_name(f"{MAKING}{out.name[:100]}")
    out.parent.mkdir(parents=True, exist_ok=True)
    while True:
        making.mkdir(exist_ok=True)
        opened = os.open(making, os.O_RDONLY)
        try:
            _hold(opened, out)
            with suppress(FileNotFoundError):
                if os.fstat(opened).st_ino == making.stat().st_ino:
                    break
        except BaseException:
            os.close(opened)
            raise
        os.close(opened)  # it went with the run that had it
    try:
        for left in making.iterdir():
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
        yield making
    finally:
        shutil.rmtree(making, ignore_errors=True)
        os.close(opened)


@contextmanager
def temporary_folder(out: Path, *others: Path) -> Iterator[Path]:
    """Make a folder with a short path for the sockets and unfinished files of whoever works for a run; what a run left
    that was killed is removed.

    Parameters
    ----------
    out
        A folder that is held (see `open_folder`); its lock's file names what is there meanwhile.
    others
        Folders that go with this process, unless it is killed.
    """
    noted = out / LOCK
    with suppress(OSError, ValueError):
        for left in map(Path, read_own(noted).splitlines()):
            ours = left.name.startswith(TEMPORARY) and left.is_dir() and not left.is_symlink()
            if ours and left not in others and left.stat().st_uid == os.getuid():
                shutil.rmtree(left, ignore_errors=True)
    made = Path(short_base()) / f"{TEMPORARY[0]}{token_hex(8)}"
    # Noted first, so that no instant leaves a folder that the next run does not know.
    noted.write_text("".join(f"{path}\n" for path in (made, *others)), encoding="utf-8", errors="surrogateescape")
    made.mkdir(mode=0o700)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        with suppress(OSError):
            os.truncate(noted, 0)


def now() -> str:
    """Return this moment as an ISO time with zone."""
    return datetime.now(UTC).isoformat(timespec="seconds")
