"""A report folder, whole or not at all: ``<out>/<name>/<as_of>/``."""

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from contextvars import copy_context
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.incidents.errors import ParameterError
from analysis.incidents.parameters import TABLE, names_of
from analysis.incidents.sidefiles import refuse_pipe
from analysis.language import ENGLISH, catalogue_of, used
from analysis.publishing.changes import Changes, compare_reports, with_changes, write_changes
from analysis.publishing.charts import Drawer, draw, short_turns
from analysis.publishing.deck_apart import DeckWriter
from analysis.publishing.defuse import defuse_csv, visible
from analysis.publishing.document import Document, made_words, read_document, said_prose
from analysis.publishing.errors import NotebookError
from analysis.publishing.folders import (
    MAKING,
    RUN_TIMES,
    last_facts,
    open_folder,
    published_folders,
    put_in_place,
    read_failure,
    replace_folder,
    tell_odd,
    temporary_folder,
    told_plainly,
    write_index,
)
from analysis.publishing.kernels import import_figures
from analysis.publishing.manifest import git_revision, write_manifest
from analysis.publishing.naming import FAILED, checked_name, default_name
from analysis.publishing.own_files import check_left, everything_in
from analysis.publishing.owners import Owner, differs, is_made, owner_of
from analysis.publishing.runner import UNHURRIED, Limits, run_notebook, typed_parameters
from analysis.resources import resource, scratch_folder

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from analysis.publishing.deck_template import Template

# Named on the page but not kept in the published notebook or manifest: they belong to one machine.
LOCAL_PARAMETERS = ("output_dir",)
FORMATS = ("html", "pdf")
# The file of each format that a report can be asked for in; the page is always written.
KNOWN_FORMATS = {"html": "report.html", "pdf": "report.pdf", "pptx": "briefing.pptx"}
# Of the charts of the brief the one that stands on a slide beside another, which the slide's title speaks of.
SECOND = "brief_countries"
# What is another at every try would make each failure a new one to be told: of an object of Python's its address, as in
# <_io.TextIOWrapper object at 0x7f3a>, and the folder worked in.
_OF_ONE_TRY = re.compile(rf" at 0x[0-9a-fA-F]+|{re.escape(MAKING)}[^/'\s]*/?")


@dataclass(frozen=True)
class Published:
    """Where a report was published, its one sentence and how sure that is, and what could not be done beside it."""

    folder: Path
    name: str
    as_of: str
    finding: str
    confidence: str = ""
    trouble: str = ""


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
    """Run a notebook (see `find_notebook`) and publish its report into the folder ``out``.

    The report's ``name`` is by default made by `default_name`; of ``formats`` the page is always written; for the
    ``template`` of slides see `analysis.publishing.deck_apart.read_template`, for time and memory `Limits`;
    ``progress`` shows a bar for the notebook's cells, and ``say`` is told each step.

    Raises `ParameterError` if a parameter is unknown or of the wrong type, or the name is not that of one folder, or is
    that of another report which is published there; `TableError` if the table or the selection is refused;
    `NotebookError` if the notebook fails: nothing is published then, and the executed notebook is kept in
    ``<out>/<name>/failed/``; `LockedError` if another run publishes into ``out``; `StorageError` if that cannot be
    written.
    """
    if unknown := [form for form in formats if form not in KNOWN_FORMATS]:
        raise ParameterError(f"{unknown[0]!r} is not a format; known: {', '.join(KNOWN_FORMATS)}.")
    source = find_notebook(notebook)
    parameters = typed_parameters(source, parameters)
    for one in (TABLE, *names_of(kinds=("file",))):  # read in a process apart
        refuse_pipe(str(parameters.get(one) or ""), "what it holds")
    name = checked_name(name or default_name(source.stem, parameters))
    with told_plainly(out), open_folder(out) as folder, temporary_folder(folder) as runtime:
        tell_odd(folder, say)
        owner = _owner_by_hand(folder, name, notebook=source.stem, parameters=parameters)
        try:
            made = make_report(
                parameters,
                out=folder,
                name=name,
                notebook=source,
                formats=formats,
                template=template,
                limits=Limits(timeout_seconds=timeout_seconds, memory_mb=memory_mb),
                progress=progress,
                say=say,
                runtime=runtime,
                keep_failure=(NotebookError,),
                owner=owner,
            )
        except NotebookError:
            write_index(folder)
            raise
        trouble = write_index(folder)
    return replace(made, trouble=f"{made.trouble} {trouble}".strip())


def _owner_by_hand(out: Path, name: str, *, notebook: str, parameters: Mapping[str, object]) -> Owner:
    """Return who owns a report that somebody makes by hand: a schedule's stays the schedule's.

    Raises `ParameterError` if another report has the name. Of one that was made by hand too, the table may be another:
    each week's export has its own.
    """
    facts = last_facts(out / name)
    owner = owner_of(facts) or Owner()
    if not facts or not is_made(out, facts):
        return Owner()
    if other := differs(facts, notebook=notebook, parameters=parameters, table=bool(owner.schedule)):
        raise ParameterError(
            f"{out / name} holds another report, published by {owner.told(out)}: {other}. Nothing was published. Give"
            " this one another name, or move that folder away."
        )
    return owner


def make_report(
    parameters: dict[str, object],
    *,
    out: Path,
    name: str,
    notebook: Path,
    formats: tuple[str, ...] = FORMATS,
    template: "Template | None" = None,
    keep: int | None = None,
    limits: Limits = UNHURRIED,
    progress: bool = False,
    say: Callable[[str], None] = lambda line: None,
    forked: bool = False,
    runtime: Path | None = None,
    keep_failure: tuple[type[Exception], ...] = (),
    scratch: Path | None = None,
    owner: Owner | None = None,
) -> Published:
    """Make one report in a folder that is held (see `open_folder`), and put it in place; parameters, name and notebook
    are as checked by `publish_report`.

    Of its published folders the newest ``keep`` stay, by default all. After errors of ``keep_failure`` the executed
    notebook and the error are left in ``<out>/<name>/failed/``. ``scratch`` is an empty folder in ``out`` to work in,
    which whoever made it removes; ``owner`` owns the name from then on. For ``limits``, ``forked`` and ``runtime`` see
    `analysis.publishing.runner.run_notebook`.

    Raises as `publish_report`. Whatever is raised, what was published before is untouched.
    """
    started = now()
    with nullcontext(scratch) if scratch else scratch_folder(dir=out, prefix=MAKING) as working:
        folder = Path(working) / "report"
        folder.mkdir()
        try:
            run = fill_folder(
                folder, parameters, notebook=notebook, formats=formats, template=template,
                limits=limits, progress=progress, say=say, forked=forked, runtime=runtime,
                published=published_folders(out / name),
            )  # fmt: skip
            write_manifest(folder, name=name, notebook=notebook.stem, parameters=parameters, run=run)
            write_times(folder, started=started, owner=owner)
            trouble = put_in_place(folder, out, name=name, as_of=run["as_of"], keep=keep)
        except Exception as error:
            if isinstance(error, keep_failure):
                leave_failure(out / name, error, executed=folder / "notebook.ipynb", when=started, owner=owner)
            raise
    return Published(out / name / run["as_of"], name, run["as_of"], run["finding"], run["confidence"], trouble)


def fill_folder(
    folder: Path,
    parameters: dict[str, object],
    *,
    notebook: Path,
    formats: tuple[str, ...],
    template: "Template | None",
    limits: Limits,
    runtime: Path | None,
    published: Sequence[Path],
    progress: bool = False,
    say: Callable[[str], None] = lambda line: None,
    forked: bool = False,
) -> dict[str, Any]:
    """Fill an empty folder with everything of a report but its manifest; return what the notebook said of itself.

    ``published`` are the folders published before, newest first; ``changes.json`` compares with one of them.
    """
    executed = folder / "notebook.ipynb"
    language = str(parameters.get("language") or ENGLISH)
    say(f"running notebook {notebook.stem}")
    charts, narrow = folder / "charts", folder.with_name("narrow")
    charts.mkdir()
    narrow.mkdir()
    # The kernel computes in a process of its own; meanwhile this one imports what draws and renders, and draws charts
    # as their blocks arrive. A process that forks its kernel has imported it before.
    drawer = Drawer(charts, prepare=None if forked else partial(_warm_up, language), narrow=narrow)
    writer = DeckWriter(memory_mb=limits.memory_mb, forked=forked) if "pptx" in formats else None
    try:
        with short_turns():
            run_notebook(
                notebook,
                executed,
                parameters | {"output_dir": str(folder)},
                limits=limits,
                progress=progress,
                forked=forked,
                runtime=runtime,
                take=drawer.take,
                meanwhile=drawer.start,
            )
        import nbformat  # heavy, and imported by the run meanwhile

        notebook_run = nbformat.read(executed, as_version=4)
        document = read_document(notebook_run, name=notebook.name)
        check_left(folder, notebook=notebook.name)
        for path in everything_in(folder):
            if path.suffix == ".csv":
                defuse_csv(path)
        if template and "pptx" in formats:
            document.facts["inputs"] = [*document.facts["inputs"], template.facts()]
        with used(document.language):
            changes = compare_reports(published, folder, run=document.facts, parameters=parameters)
        write_changes(changes, folder)
        drawer.wait()
        say(f"writing {' and '.join(files_of(formats))}")
        with used(document.language):
            _render(notebook_run, document, folder, formats=formats, changes=changes, narrow=narrow)
            if writer:
                _write_slides(
                    with_changes(document, changes), folder, drawings=drawer.blocks, template=template, writer=writer
                )
    finally:
        drawer.close()
        if writer:
            writer.close()
    return document.facts


def write_times(folder: Path, *, started: str, owner: Owner | None) -> None:
    """Write when and by whom a report was made: the one file of a report that two runs on the same inputs do not
    share."""
    facts = {"schema": 1, "started": started, "finished": now()} | (asdict(owner) if owner else {})
    text = json.dumps(facts, indent=1) + "\n"
    (folder / RUN_TIMES).write_text(text, encoding="utf-8")


def files_of(formats: tuple[str, ...]) -> list[str]:
    """Return the files that a report has for the formats asked for; the page is always among them."""
    return [file for form, file in KNOWN_FORMATS.items() if form in ("html", *formats)]


def find_notebook(notebook: str | Path) -> Path:
    """Return the path of a notebook that ships with the package, by name, or of one of your own."""
    return notebook.resolve() if isinstance(notebook, Path) else resource(f"notebooks/{notebook}.ipynb")


def leave_failure(reports: Path, error: Exception, *, executed: Path, when: str, owner: Owner | None = None) -> None:
    """Leave a failed report's executed notebook and its error in ``failed/``; what is published beside it is
    untouched."""
    import nbformat

    making = reports / f"{MAKING}{os.getpid()}"
    words = f"{error}".replace(f"{executed.parent}{os.sep}", "") if executed.name else f"{error}"
    words = _OF_ONE_TRY.sub("", words)
    # A disk that is full cannot hold the failure either; it is still told.
    with suppress(OSError):
        before = read_failure(reports)
        if (reports / FAILED).exists() and not before:
            return  # somebody's folder: it stays, and the failure is told alone
        making.mkdir(parents=True, exist_ok=True)
        notebook = None
        # One that is written to a full disk ends in the middle.
        with suppress(ValueError, nbformat.ValidationError):
            notebook = nbformat.read(executed, as_version=4) if executed.is_file() else None
        if notebook:
            if not any(output.output_type == "error" for cell in notebook.cells for output in cell.get("outputs", ())):
                notebook.cells.append(nbformat.v4.new_raw_cell(f"Not published: {error}", id="not-published"))
            _forget_machine(notebook)
            nbformat.write(notebook, making / "notebook.ipynb")
        since = before.get("since", when) if before.get("error") == words else when
        document = {
            "name": reports.name,
            "kind": type(error).__name__,
            "error": words,
            "when": when,
            "since": since,
            **(asdict(owner) if owner else {}),
        }
        (making / "failure.json").write_text(
            json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        replace_folder(making, reports / FAILED)
    shutil.rmtree(making, ignore_errors=True)
    with suppress(OSError):
        reports.rmdir()  # where nothing could be kept


def _warm_up(language: str) -> None:
    """Import what draws charts and renders a report, find the fonts, read the catalogues: the first takes longest."""
    from analysis.figures import theme
    from analysis.publishing import html

    import_module("analysis.reports.page")  # of which every chart is drawn
    theme.warm_up(pictures=True)
    import_figures()
    html.warm_up()
    catalogue_of(language)
    git_revision()


def _render(
    notebook: "NotebookNode",
    document: Document,
    folder: Path,
    *,
    formats: tuple[str, ...],
    changes: Changes,
    narrow: Path,
) -> None:
    """Write everything of a report that is made from its blocks: typst sets the PDF, which holds no lock, while the
    page is written."""
    from analysis.publishing.html import render_html
    from analysis.publishing.pdf import write_pdf

    charts = folder / "charts"
    for name in document.charts():
        if not (charts / f"{name}.svg").exists():
            raise NotebookError(
                f"Chart {name!r} is shown, but was not drawn: there is no {name}.svg. Nothing is published."
            )
    document = with_changes(document, changes)
    made = made_words(document)
    with ThreadPoolExecutor(1) as beside:
        set_pdf = partial(copy_context().run, write_pdf, document, folder / "report.pdf", charts=charts, made=made)
        pdf = beside.submit(set_pdf) if "pdf" in formats else None
        page = visible(render_html(document, charts=charts, made=made, narrow=narrow))
        (folder / "report.html").write_text(page, encoding="utf-8")
        _write_notebook(notebook, folder)
        if pdf:
            pdf.result()


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
    with scratch_folder(dir=folder.parent) as pictures:
        for name in charts_on_slides(document):
            if name in drawings:
                draw(_untitled(drawings[name]), pictures, size=size, forms=("png",))
        write_slides(document, folder / KNOWN_FORMATS["pptx"], template=template, pictures=pictures, write=writer.write)


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
    from analysis.reports.chart_files import svg_address

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


def now() -> str:
    """Return this moment as an ISO time with zone."""
    return datetime.now(UTC).isoformat(timespec="seconds")
