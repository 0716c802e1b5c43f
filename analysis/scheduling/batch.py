"""Runs all reports of a schedule that are due: side by side, each in a process of its own, whatever becomes of the
others.

The process that holds the lock is light and computes nothing. Workers are forked from a parent that has imported
everything, one for each report, so that memory is given back when a report ends; each forks its kernel. Whoever is
killed takes its children with it, and what is published is read from disk again by the next run: there is no other
state to lose.
"""

import json
import multiprocessing
import os
import select
import shutil
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from multiprocessing.connection import Connection, wait
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from analysis.incidents.errors import TableError
from analysis.incidents.names import first_few
from analysis.incidents.printing import bounded, printable
from analysis.incidents.terms import KEY, in_terms
from analysis.publishing.errors import KernelDiedError, NotebookError, ended_words
from analysis.publishing.folders import (
    MAKING,
    RUN_TIMES,
    drop_failure,
    failed_folders,
    last_facts,
    open_folder,
    read_failure,
    reason_of,
    tell_odd,
    temporary_folder,
    told_plainly,
    write_index,
    write_whole,
)
from analysis.publishing.kernels import SAFE_PATH, SINGLE_THREADED, bound_memory, count_threads, die_with_parent
from analysis.publishing.own_files import read_facts
from analysis.publishing.owners import differs, is_made, name_of, owner_of
from analysis.publishing.publish import leave_failure, make_report, now
from analysis.publishing.runner import Limits, short_base
from analysis.resources import real_path
from analysis.scheduling.jobs import FAILED, PUBLISHED, Job, Outcome, said_of, stoppable, words_of
from analysis.scheduling.schedule import (
    CLOCKS_DIFFER,
    Report,
    Schedule,
    ended,
    expand,
    is_due,
    odd_times,
    read_schedule,
    read_times,
    utc_now,
    with_problem,
)

if TYPE_CHECKING:
    from multiprocessing.context import ForkContext, ForkServerContext

    Context = ForkContext | ForkServerContext

# A worker that is not done this long after its notebook's deadline is stuck in rendering, and is ended.
RENDERING_SECONDS = 300.0
# How often the index is written anew while a batch runs.
INDEX_SECONDS = 5.0
# How often a worker is started anew whose parent ends meanwhile, and how long the system has to tell that it ended.
STARTS, ENDING_SECONDS = 5, 0.2
PARENT_ENDED = 255


@dataclass(frozen=True)
class BatchResult:
    """What a run did. ``not_due`` are the reports that needed nothing; ``told`` and ``untold`` count notifications;
    ``troubles`` say what could not be done beside the reports."""

    outcomes: tuple[Outcome, ...]
    not_due: tuple[str, ...] = ()
    told: int = 0
    untold: int = 0
    troubles: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """The reports that were not published."""
        return tuple(outcome for outcome in self.outcomes if outcome.status != PUBLISHED)


@dataclass
class _Running:
    job: Job
    process: multiprocessing.process.BaseProcess
    answer: Connection
    started: float
    tries: int
    scratch: Path
    late: bool = False

    @property
    def deadline(self) -> float:
        return self.started + self.job.limits.timeout_seconds + RENDERING_SECONDS


def run_schedule(
    path: Path,
    *,
    run_all: bool = False,
    only: Sequence[str] = (),
    workers: int | None = None,
    cluster: str = "",
    out: Path | None = None,
    at: datetime | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> BatchResult:
    """Publish every report of a schedule (see `analysis.scheduling.schedule.read_schedule`) that is due, and tell
    whoever is to be told.

    Those that are not due run too where ``run_all`` is set, or ``only`` names their entry or themselves; by default
    ``workers`` and ``out`` are the schedule's, a ``cluster`` is the address of a dask scheduler, and ``at``, the moment
    that decides what is due, is this one. ``say`` is told each step.

    Raises `ScheduleError` if the schedule cannot be used; nothing is run then. A table that cannot be used stops its
    own reports alone. `LockedError` if another run publishes into the same folder; `StorageError` if that folder cannot
    be written; `CancelledError` if the process was told to stop; what was published until then stays, and nothing is
    left running.
    """
    from analysis.scheduling.notify import tell_all

    schedule = read_schedule(path)
    schedule = replace(schedule, out=real_path(out or schedule.out), workers=workers or schedule.workers)
    moment = at or utc_now()
    with (
        told_plainly(schedule.out),
        open_folder(schedule.out) as folder,
        temporary_folder(folder, _short_folder()) as runtime,
    ):
        everything = expand(schedule)
        asked = expand(schedule, only=only) if only else everything
        reports, not_due = _due(asked, schedule.out, run_all=run_all or bool(only), at=moment)
        _drop_outdated(everything, folder)
        _adopt(everything, folder)
        for name in ended(schedule, everything):
            say(f"{name}: no entry makes it any more. It stands and is not renewed; to end that, move its folder away.")
        # What an earlier run could not tell is told before it is overtaken.
        earlier = tell_all(everything, folder, secrets=schedule.secrets, say=say)
        if not reports:
            # A run that was ended, or met a full disk, left the page of the run before it.
            stale = write_index(folder)
            return BatchResult(
                (), not_due, told=earlier.told, untold=earlier.untold, troubles=(stale,) if stale else ()
            )
        _note_run(folder, started=now(), due=[report.name for report in reports])
        tell_odd(folder, say)
        sound = [report for report in reports if not report.problem]
        refused = [_refused(report, folder, say) for report in reports if report.problem]
        if not sound:
            outcomes = []
        elif cluster:
            from analysis.scheduling.cluster import run_on_cluster

            outcomes = run_on_cluster(jobs_of(schedule, sound, runtime), cluster, retries=schedule.retries, say=say)
        else:
            jobs = jobs_of(schedule, sound, runtime)
            outcomes = run_jobs(jobs, workers=schedule.workers, retries=schedule.retries, say=say)
        made = {outcome.name: outcome for outcome in [*outcomes, *refused]}
        outcomes = [made[report.name] for report in reports]
        troubles = [outcome.error for outcome in outcomes if outcome.status == PUBLISHED] + [write_index(folder)]
        later = tell_all(everything, folder, secrets=schedule.secrets, say=say)
        try:
            _note_run(folder, finished=now(), outcomes=outcomes)
        except OSError as error:
            troubles.append(f"The end of this run could not be noted: {reason_of(error)}.")
    return BatchResult(
        tuple(outcomes), not_due, told=earlier.told + later.told, untold=later.untold,
        troubles=tuple(filter(None, troubles)),
    )  # fmt: skip


def plan(
    schedule: Schedule, *, run_all: bool = False, only: Sequence[str] = (), at: datetime | None = None
) -> tuple[list[Report], tuple[str, ...]]:
    """Return the reports that would run, those that could not be made with their problem, and the names of those that
    need nothing."""
    due, resting = _due(expand(schedule, only=only), schedule.out, run_all=run_all or bool(only), at=at or utc_now())
    return [with_problem(report) for report in due], resting


def _due(reports: list[Report], out: Path, *, run_all: bool, at: datetime) -> tuple[list[Report], tuple[str, ...]]:
    due = [one for one in reports if run_all or _failing(one, out) or is_due(one, out, now=at)]
    names = {report.name for report in due}
    return due, tuple(report.name for report in reports if report.name not in names)


def check_schedule(
    path: Path,
    *,
    only: Sequence[str] = (),
    out: Path | None = None,
    at: datetime | None = None,
    grace_hours: float = 24.0,
) -> tuple[bool, str]:
    """Return whether all is well with the reports (``only`` those of a name, see `run_schedule`), and one line for a
    monitor.

    Not well is: a report whose last try failed, or that cannot be made (its table or a file beside it cannot be read,
    the table holds its country no more, its name is another report's), one that is due for longer than ``grace_hours``,
    settings of notifications by which nothing could be sent, or a message that could not be told. Said is also what is
    odd: a report made in the future, as of an earlier day than one before it, or that no entry makes any more. Nothing
    is locked, and no report is changed.

    Raises `ScheduleError` if the schedule cannot be used.
    """
    from analysis.scheduling.notify import check_notify, untold

    schedule = read_schedule(path)
    schedule = replace(schedule, out=real_path(out or schedule.out))
    folder, moment = schedule.out, at or utc_now()
    reports = [with_problem(report) for report in expand(schedule, only=only)]
    odd = list(dict.fromkeys(bounded(report.problem) for report in reports if report.problem))
    odd += [said for report in reports if not report.problem and (said := odd_times(report, folder, now=moment))]
    failing = [report.name for report in reports if _failing(report, folder)]
    grace = timedelta(hours=grace_hours)
    late = [one.name for one in reports if one.name not in failing and is_due(one, folder, now=moment, grace=grace)]
    wrong = check_notify(reports)
    n_untold = sum(len(untold(report, folder)) for report in reports)
    run = read_run(folder)
    last = f"last run finished {run['finished']}" if run.get("finished") else "no run has finished"
    if run.get("started") and not run.get("finished"):
        last = f"the run of {run['started']} has not finished"
    if any(one > moment + CLOCKS_DIFFER for one in read_times(str(run.get(name)) for name in ("started", "finished"))):
        last = "the last run was made in the future"
    said = (
        f"{len(reports)} report{'s' * (len(reports) != 1)}, {len(late)} overdue{_some(late)},"
        f" {len(failing)} failed{_some(failing)}; {last}{_first(odd)}"
    )
    if taken_over := [one.name for one in reports if one.name in late and one.replaces]:
        said += f"; {len(taken_over)} in place of another that nobody makes any more{_some(taken_over)}"
    if gone := [] if only else ended(schedule, reports):
        said += f"; {len(gone)} made no more{_some(gone)}"
    said += f"; {n_untold} message{'s' * (n_untold > 1)} not told" if n_untold else ""
    said += _first(wrong)
    well = not (late or failing or wrong or n_untold)
    return well, f"{'ok' if well else 'not well'}: {printable(said)}"


def _first(words: Sequence[str], most: int = 3) -> str:
    """Return the first of what is wrong, each after a semicolon, and how much more there is."""
    more = [f"{len(words) - most} more like these"] if len(words) > most else []
    return "".join(f"; {one.rstrip('.')}" for one in [*words[:most], *more])


def _failing(report: Report, out: Path) -> bool:
    """Return whether a report cannot be made, or its last try failed: it is tried anew by each run."""
    with suppress(OSError):  # of files that cannot be read now, which whoever makes it tells
        return bool(report.problem or read_failure(report.place(out)))
    return False


def _drop_outdated(reports: Sequence[Report], out: Path) -> None:
    """Forget the failures of what no schedule makes any more: of an entry that is gone, of a table or a name that could
    not be used and now can be."""
    names, labels = {report.place(out).name for report in reports}, {report.schedule for report in reports}
    unread = {one.entry for one in reports if one.problem and one.foreach and one.name == one.entry}
    for folder in failed_folders(out):
        with suppress(OSError):  # one that cannot be read now stops no other
            failure = read_failure(folder)
            owner = owner_of(failure)
            if owner is None or folder.name in names:
                continue
            ours = owner.schedule in labels
            waits = ours and owner.entry in unread and name_of(folder.name) != owner.entry
            if not waits and (ours or not is_made(out, failure)):
                drop_failure(folder)


def _adopt(reports: Sequence[Report], out: Path) -> None:
    """Note as their owner this schedule on reports that it makes, and whose own is not there any more, or is not noted:
    this schedule, before it or the folder was moved, or before an entry was called otherwise."""
    for report in (one for one in reports if not one.problem):
        facts = last_facts(out / report.name)
        owner = owner_of(facts)
        if not facts or owner == report.owner or (owner and is_made(out, facts)):
            continue
        if not differs(facts, notebook=report.notebook.stem, parameters=report.parameters):
            times = out / report.name / facts["as_of"] / RUN_TIMES
            making = out / f"{MAKING}{os.getpid()}-{RUN_TIMES}"
            with suppress(OSError):  # such as another user's
                making.write_text(json.dumps(read_facts(times) | asdict(report.owner), indent=1) + "\n")
                os.replace(making, times)


def _refused(report: Report, out: Path, say: Callable[[str], None]) -> Outcome:
    """Keep and tell the failure of a report that cannot be made."""
    error = TableError(report.problem)
    leave_failure(report.place(out), error, executed=Path(), when=now(), owner=report.owner)
    outcome = Outcome(report.name, FAILED, error=printable(report.problem))
    say(f"{report.name}: {said_of(outcome)}")
    return outcome


def jobs_of(schedule: Schedule, reports: Sequence[Report], runtime: Path) -> list[Job]:
    """Return a job for each report, with the schedule's limits."""
    limits = Limits(schedule.timeout_seconds, schedule.cell_timeout_seconds, schedule.memory_mb)
    return [Job(report, schedule.out, runtime, schedule.keep, limits, schedule.secrets) for report in reports]


def run_jobs(jobs: Sequence[Job], *, workers: int, retries: int, say: Callable[[str], None]) -> list[Outcome]:
    """Run jobs side by side in a folder that is held, and return what became of each, in order.

    A job whose kernel or worker died is tried again, at most ``retries`` times; one that failed or ran out of time
    is not.

    Raises `CancelledError` if the process was told to stop. Every worker and kernel has ended by then.
    """
    waiting = deque((job, 1) for job in jobs)
    running: list[_Running] = []
    outcomes: dict[str, Outcome] = {}
    out = jobs[0].out
    indexed = time.monotonic()
    context = forking_context(secrets=jobs[0].secrets)
    with stoppable():
        try:
            while waiting or running:
                while waiting and len(running) < workers:
                    running.append(_start(context, *waiting.popleft()))
                wait(
                    [one.process.sentinel for one in running] + [one.answer for one in running],
                    timeout=_next_deadline(running),
                )
                for one in [one for one in running if _ended(one)]:
                    running.remove(one)
                    outcome, again = _outcome(one, retries=retries)
                    if again:
                        say(f"{one.job.report.name}: {outcome.error} Trying again.")
                        waiting.append((one.job, one.tries + 1))
                        continue
                    outcomes[outcome.name] = outcome
                    say(f"[{len(outcomes)}/{len(jobs)}] {outcome.name}: {said_of(outcome)}")
                    if time.monotonic() - indexed > INDEX_SECONDS:
                        write_index(out)
                        indexed = time.monotonic()
        except BaseException:
            # Workers that are about to begin are not among those that run.
            end_parent(context)
            raise
        finally:
            for one in running:
                one.process.kill()
            for one in running:
                one.process.join()
                one.answer.close()
                shutil.rmtree(one.scratch, ignore_errors=True)
    return [outcomes[job.report.name] for job in jobs]


def forking_context(*, secrets: Sequence[str] = ()) -> "Context":
    """Return the context whose processes are forked from a parent that has imported everything, and knows no secret."""
    if "analysis.publishing.preloaded" in sys.modules and count_threads() == 1:  # this process is such a parent
        return multiprocessing.get_context("fork")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["analysis.publishing.preloaded"])
    revive(context, secrets=secrets)
    return context


def revive(context: "Context", *, secrets: Sequence[str]) -> None:
    """Start the parent of workers if it is not there: for the first time, or again after it was ended."""
    if context.get_start_method() != "forkserver":
        return
    from multiprocessing import forkserver

    # No module of Python's is another of its name where the command was given; and what a library makes among temporary
    # files, as matplotlib does where HOME may not be written, goes with the run.
    names = SINGLE_THREADED | SAFE_PATH | {"TMPDIR": str(_short_folder())}
    with _environment(names, without=secrets), _without_interrupts():
        forkserver.ensure_running()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Have a process that is started here ignore SIGINT, which a terminal sends to all: this process ends it."""
    before = None
    with suppress(ValueError):  # only the main thread may
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)


def end_parent(context: "Context") -> None:
    """End the parent of workers, also while it imports: every worker goes with it."""
    if context.get_start_method() != "forkserver":
        return
    from multiprocessing import forkserver

    if pid := forkserver._forkserver._forkserver_pid:  # type: ignore[attr-defined]  # no public name tells it
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def _short_folder() -> Path:
    """Return the folder of the parent of workers, made where the path of its socket is not too long; it goes with this
    process, and may have gone before."""
    from multiprocessing import util

    noted: dict[str, Any] = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    if not noted.get("tempdir"):
        noted["tempdir"] = made = tempfile.mkdtemp(prefix="pymp-", dir=short_base())
        util.Finalize(None, shutil.rmtree, args=(made, True), exitpriority=-100)
    return Path(noted["tempdir"])


def read_run(out: Path) -> dict[str, Any]:
    """Return what is noted of the last run: when it started and finished, and what became of each report."""
    return read_facts(out / ".state" / "run.json")


def _note_run(out: Path, *, outcomes: Sequence[Outcome] = (), **facts: object) -> None:
    noted = read_run(out) if "started" not in facts else {}
    if outcomes:
        facts["outcomes"] = [asdict(outcome) for outcome in outcomes]
    write_whole(out / ".state" / "run.json", json.dumps(noted | facts, ensure_ascii=False, indent=1) + "\n")


def _start(context: "Context", job: Job, tries: int) -> _Running:
    scratch = job.out / f"{MAKING}{job.report.name[:60]}-{token_hex(4)}"  # which the worker makes
    answer, asked = context.Pipe(duplex=False)
    try:
        process = _begun(context, replace(job, scratch=scratch), asked)
    except BaseException:
        answer.close()
        end_parent(context)
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    finally:
        asked.close()
    return _Running(job, process, answer, time.monotonic(), tries, scratch)


def _begun(context: "Context", job: Job, asked: Connection) -> multiprocessing.process.BaseProcess:
    """Start a worker; where the parent of workers ends at that very moment, another is started."""
    for left in reversed(range(STARTS)):
        process = context.Process(target=_work, args=(job, asked), name=job.report.name)
        revive(context, secrets=job.secrets)
        try:
            process.start()
        except (EOFError, ConnectionError):
            if not left:
                raise
            time.sleep(ENDING_SECONDS)
        else:
            return process
    raise AssertionError("a loop that returns or raises")


def _work(job: Job, asked: Connection) -> None:
    """Make one report; runs in a process of its own."""
    die_with_parent()
    if not _is_heard(asked):  # the batch was stopped while this process began: it holds the folder no more
        return
    # Whoever stops the batch tells its first process, which ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for name in (*job.secrets, *SAFE_PATH):
        os.environ.pop(name, None)
    if job.limits.memory_mb:
        bound_memory(job.limits.memory_mb)
    report, started = job.report, now()
    try:
        from analysis.publishing.deck_apart import read_template

        with told_plainly(job.out), in_terms(KEY):
            job.scratch.mkdir(mode=0o700)
            made = make_report(
                dict(report.parameters), out=job.out, name=report.name, notebook=report.notebook,
                formats=report.formats,
                template=read_template(report.template) if report.template else None,
                keep=job.keep, limits=replace(job.limits, memory_mb=None), forked=True, runtime=job.runtime,
                scratch=job.scratch, owner=report.owner,
            )  # fmt: skip
        answer: object = Outcome(
            report.name, PUBLISHED, made.as_of, made.finding, printable(made.trouble), peak_mb=_peak_mb()
        )
    except KernelDiedError as error:
        answer = ("died", str(error))
    except Exception as error:
        words = words_of(error, memory_mb=job.limits.memory_mb)
        executed = job.scratch / "report" / "notebook.ipynb"
        leave_failure(job.out / report.name, error, executed=executed, when=started, owner=report.owner)
        answer = Outcome(report.name, FAILED, error=printable(words), peak_mb=_peak_mb())
    with suppress(BrokenPipeError):  # the batch was killed meanwhile: nobody asks any more
        asked.send(answer)
    asked.close()


def _is_heard(asked: Connection) -> bool:
    """Return whether somebody still holds the other end of a pipe."""
    end = select.poll()
    end.register(asked.fileno(), select.POLLERR)
    return not end.poll(0)


def _ended(one: _Running) -> bool:
    if not one.process.is_alive():
        return True
    if time.monotonic() > one.deadline:
        one.late = True
        one.process.kill()
        one.process.join()
        return True
    # A worker that has answered is about to end.
    if one.answer.poll():
        one.process.join(5)
        return True
    return False


def _outcome(one: _Running, *, retries: int) -> tuple[Outcome, bool]:
    """Return what became of a worker that has ended, and whether to try again."""
    name, seconds = one.job.report.name, time.monotonic() - one.started
    answer: object = None
    with suppress(EOFError, OSError):
        if one.answer.poll():
            answer = one.answer.recv()
    one.answer.close()
    one.process.kill()
    one.process.join()
    code = one.process.exitcode
    one.process.close()
    if isinstance(answer, Outcome):
        shutil.rmtree(one.scratch, ignore_errors=True)
        return replace(answer, tries=one.tries, seconds=seconds), False
    if one.late:
        error = (
            f"{name} was not done {RENDERING_SECONDS:g} seconds after its notebook's"
            f" {one.job.limits.timeout_seconds:g}, and was ended."
        )
    elif isinstance(answer, tuple):
        error = answer[1]
    else:
        # Of a worker whose parent was ended, and it with that, Python knows no code but its own, and no cause.
        with_parent = "with its parent process, as where a system or container is short of memory"
        error = f"{name}: its process was ended {with_parent if code == PARENT_ENDED else f'by {ended_words(code)}'}."
    again = not one.late and one.tries <= retries
    if not again:
        executed = one.scratch / "report" / "notebook.ipynb"
        owner = one.job.report.owner
        leave_failure(one.job.out / name, NotebookError(error), executed=executed, when=now(), owner=owner)
    shutil.rmtree(one.scratch, ignore_errors=True)
    return Outcome(name, FAILED, error=printable(error), tries=one.tries, seconds=seconds), again


def _next_deadline(running: Sequence[_Running]) -> float:
    left = min(one.deadline for one in running) - time.monotonic()
    return min(max(0.05, left), 60.0)


def _some(names: Sequence[str]) -> str:
    return f" ({first_few(names, 3)})" if names else ""


def _peak_mb() -> float:
    import resource

    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


@contextmanager
def _environment(names: Mapping[str, str], *, without: Sequence[str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(names)
    for name in without:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
