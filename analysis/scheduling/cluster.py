"""The same batch on a dask.distributed cluster (extra ``cluster``): workers make the files, this machine publishes
them.

Workers need this package in the same versions, and to read the tables under the same paths. They hold nothing: whatever
becomes of one, its reports are made again by another, and what is published is decided here alone.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from analysis.incidents.printing import printable
from analysis.incidents.terms import KEY, in_terms
from analysis.publishing.changes import COMPARED
from analysis.publishing.deck_apart import read_template
from analysis.publishing.deck_template import Template
from analysis.publishing.errors import KernelDiedError, NotebookError
from analysis.publishing.folders import MAKING, published_folders, put_in_place, told_plainly
from analysis.publishing.manifest import installed_versions, write_manifest
from analysis.publishing.own_files import MOST_BYTES, everything_in, read_bytes, where_there
from analysis.publishing.publish import fill_folder, leave_failure, now, write_times
from analysis.publishing.runner import Limits
from analysis.resources import scratch_folder
from analysis.scheduling.errors import ClusterError
from analysis.scheduling.jobs import FAILED, PUBLISHED, Job, Outcome, said_of, stoppable, words_of

CONNECT_SECONDS = 20
# How often is looked whether a task has ended, and whether there is a worker.
WAITING_SECONDS, LOOKING_SECONDS = 0.05, 5.0
# Of so many published folders, the newest; a report is compared with the newest whose day is not later than its own.
MOST_COMPARED = 3
_ADDRESS = re.compile(r"\b(?:tcp|tls|ws|wss|ucx|inproc)://[\w.:\[\]/-]*\w")


@dataclass(frozen=True)
class Request:
    """All that a worker needs to make one report; ``previous`` are the files of the last published ones, by folder."""

    notebook: str
    content: bytes
    parameters: Mapping[str, object]
    formats: tuple[str, ...]
    limits: Limits
    previous: Mapping[str, bytes]
    versions: Mapping[str, str]
    template: Template | None = None


@dataclass(frozen=True)
class Answer:
    """What a worker made: the files of a report and what its notebook said; or an error, with the notebook as far
    as it came."""

    files: Mapping[str, bytes]
    run: Mapping[str, object] | None = None
    error: str = ""
    died: bool = False


def run_on_cluster(jobs: Sequence[Job], address: str, *, retries: int, say: Callable[[str], None]) -> list[Outcome]:
    """Run jobs on a cluster, by its scheduler's address (``tcp://10.0.0.5:8786``), in a folder that is held here, and
    return what became of each, in order.

    A job's memory bound holds for its notebook; what a worker holds besides is the cluster's to bound. A kernel or a
    worker that died is tried again ``retries`` times; dask itself gives a lost task to another worker first. Where the
    cluster has no worker for as long as a report may take, those that are left fail.

    Raises `ClusterError` if dask.distributed is not installed, or nothing answers at the address.
    """
    if find_spec("distributed") is None:
        raise ClusterError("dask.distributed is not installed; install it with: pip install 'escalation[cluster]'")
    from distributed import Client, as_completed

    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(f"no dask scheduler answers at {address}: {error}") from None
    outcomes: dict[str, Outcome] = {}
    made: dict[Any, tuple[Job, int, str]] = {}
    begun, limits = monotonic(), jobs[0].limits

    def settle(job: Job, answer: Answer, *, tries: int, started: str) -> None:
        outcome = Outcome(job.report.name, FAILED, error=answer.error, tries=tries)
        try:
            if answer.run is not None:
                as_of, finding, trouble = _publish(job, answer, answer.run, started=started)
                outcome = Outcome(job.report.name, PUBLISHED, as_of, finding, trouble, tries=tries)
        except Exception as error:
            answer = replace(answer, error=f"{error}", run=None)
            outcome = replace(outcome, error=f"{error}")
        if outcome.status == FAILED:
            _keep_failure(job, answer, started=started)
        outcome = replace(outcome, error=printable(outcome.error), seconds=monotonic() - begun)
        outcomes[outcome.name] = outcome
        say(f"[{len(outcomes)}/{len(jobs)}] {outcome.name}: {said_of(outcome)}")

    def ask(job: Job, tries: int) -> list[Any]:
        started = now()
        try:
            future = client.submit(make_files, request_of(job), pure=False, key=f"{job.report.name}-{tries}-{id(jobs)}")
        except Exception as error:  # of this report's files, or there is no scheduler any more
            settle(job, Answer({}, error=f"{error}"), tries=tries, started=started)
            return []
        made[future] = (job, tries, started)
        return [future]

    with stoppable(), client:
        pending = as_completed([future for job in jobs for future in ask(job, 1)], loop=client.loop)
        try:
            for future in _while_there_are_workers(client, pending, seconds=limits.timeout_seconds):
                job, tries, started = made.pop(future)
                answer = _answer(future, job.report.name)
                if answer.died and tries <= retries:
                    say(f"{job.report.name}: {printable(answer.error)} Trying again.")
                    pending.update(ask(job, tries + 1))
                    continue
                settle(job, answer, tries=tries, started=started)
            lost = f"The cluster had no worker for {limits.timeout_seconds:g} seconds (timeout_minutes)."
            for job, tries, started in made.values():
                settle(job, Answer({}, error=lost), tries=tries, started=started)
        finally:
            with suppress(Exception):  # a scheduler that is gone has nothing left to cancel
                client.cancel(list(made))
    return [outcomes[job.report.name] for job in jobs]


def _while_there_are_workers(client: Any, pending: Any, *, seconds: float) -> Iterator[Any]:
    """Yield tasks as they end, until all have, or the cluster had no worker for so many seconds."""
    seen = looked = monotonic()
    while not pending.is_empty():
        if pending.has_ready():
            yield next(pending)
            continue
        sleep(WAITING_SECONDS)
        if monotonic() - looked > min(LOOKING_SECONDS, seconds / 2):
            looked = monotonic()
            with suppress(Exception):  # of a scheduler that is gone, whose tasks end by that
                seen = looked if client.scheduler_info()["workers"] else seen
        if monotonic() - seen > seconds:
            return


def request_of(job: Job) -> Request:
    """Return what a worker needs for a job."""
    report = job.report
    previous = {}
    for folder in published_folders(job.out / report.name)[:MOST_COMPARED]:
        for name in ("manifest.json", *COMPARED):
            with where_there():
                previous[f"{folder.name}/{name}"] = read_bytes(folder / name, most_bytes=MOST_BYTES)
    return Request(
        report.notebook.name, report.notebook.read_bytes(), dict(report.parameters), report.formats,
        job.limits, previous, installed_versions(),
        read_template(report.template) if report.template else None,
    )  # fmt: skip


def make_files(request: Request) -> Answer:
    """Make one report's files; runs on a worker, in a folder that is gone afterwards."""
    here = installed_versions()
    if odd := [
        f"{name} {here[name]} here, {told} there" for name, told in request.versions.items() if here[name] != told
    ]:
        return Answer(
            {},
            error=(
                "The worker has other versions than the publishing machine, and could give other results:"
                f" {', '.join(odd)}."
            ),
        )
    with scratch_folder(prefix="escalation-") as root:
        folder, notebook = root / "report", root / request.notebook
        folder.mkdir()
        notebook.write_bytes(request.content)
        published = sorted(_write_files(root / "previous", request.previous).iterdir(), reverse=True)
        try:
            with in_terms(KEY):
                run = fill_folder(
                folder, dict(request.parameters), notebook=notebook, formats=request.formats, template=request.template,
                limits=request.limits, published=published, runtime=root,
            )  # fmt: skip
        except Exception as error:
            words = words_of(error, memory_mb=request.limits.memory_mb)
            executed = folder / "notebook.ipynb"
            files = {"notebook.ipynb": executed.read_bytes()} if executed.exists() else {}
            return Answer(files, error=words, died=isinstance(error, KernelDiedError))
        return Answer(
            {
                path.relative_to(folder).as_posix(): path.read_bytes()
                for path in everything_in(folder)
                if path.is_file()
            },
            run,
        )


def _answer(future: Any, name: str) -> Answer:
    try:
        return future.result()
    except Exception as error:  # dask gave up on it: its workers died, again and again
        words = f"The cluster lost it: {type(error).__name__}: {error}".split("\n")[0]
        # The key of a task and a worker's port are others at each run: the failure would be told as a new one.
        return Answer({}, error=_ADDRESS.sub("an address", words.replace(str(future.key), name)), died=True)


def _publish(job: Job, answer: Answer, run: Mapping[str, object], *, started: str) -> tuple[str, str, str]:
    report, run = job.report, dict(run)
    with told_plainly(job.out), scratch_folder(dir=job.out, prefix=MAKING) as scratch:
        folder = _write_files(scratch / "report", answer.files)
        write_manifest(
            folder, name=report.name, notebook=report.notebook.stem, parameters=dict(report.parameters), run=run,
        )  # fmt: skip
        write_times(folder, started=started, owner=report.owner)
        trouble = put_in_place(folder, job.out, name=report.name, as_of=str(run["as_of"]), keep=job.keep)
    return str(run["as_of"]), str(run["finding"]), trouble


def _keep_failure(job: Job, answer: Answer, *, started: str) -> None:
    with suppress(OSError), scratch_folder() as scratch:
        folder = _write_files(scratch / "report", answer.files)
        executed, owner = folder / "notebook.ipynb", job.report.owner
        leave_failure(
            job.out / job.report.name, NotebookError(answer.error), executed=executed, when=started, owner=owner
        )


def _write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise NotebookError(f"A worker named a file outside its report: {name!r}.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder
