"""A batch: whole reports or none, whatever becomes of workers, kernels, disks and the batch itself."""

import errno
import json
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import timedelta
from multiprocessing import forkserver
from pathlib import Path

import pytest

from analysis.incidents.errors import ParameterError
from analysis.publishing import folders
from analysis.publishing.errors import LockedError, StorageError
from analysis.publishing.folders import open_folder, read_failure, temporary_folder
from analysis.publishing.publish import publish_report
from analysis.scheduling import batch
from analysis.scheduling.batch import check_schedule, forking_context, plan, read_run, run_schedule
from analysis.scheduling.errors import CancelledError
from analysis.scheduling.schedule import read_schedule, utc_now
from tests.publishing.test_processes import alive, children_of, temporary_left, wait_until
from tests.scheduling.batches import published, write_schedule, write_table

LATER = timedelta(days=40)
SECRET = "q7Zk-not-to-be-seen-91"
linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="kernels die with their parent by a signal that Linux has"
)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """One batch in which everything that can happen to a single report happens."""
    folder = tmp_path_factory.mktemp("batch")
    reports = {
        "good": 'selection = { country = "MLI" }',
        "each": 'foreach = "country"\ncountries = ["BFA", "NER"]',
        "fault": 'parameters = { mode = "fault" }',
        "dead": 'parameters = { mode = "killed" }',
        "revived": f'selection = {{ attacker = "{folder}/marker" }}\nparameters = {{ mode = "killed_once" }}',
        "greedy": 'parameters = { mode = "greedy" }',
        "slow": 'parameters = { mode = "slow" }',
        "full": 'parameters = { mode = "full" }',
    }
    path = write_schedule(folder, reports, batch="memory_mb = 1500\ncell_timeout_minutes = 0.1")
    said = []
    return path, run_schedule(path, say=said.append), said


def outcomes(result):
    return {outcome.name: outcome for outcome in result.outcomes}


def test_what_can_be_published_is_published_whole(first):
    path, result, _ = first
    done = published(path.parent / "out")
    assert {name for name, _ in done} == {"good", "each-bfa", "each-ner", "revived"}
    assert {name for name, outcome in outcomes(result).items() if outcome.status == "published"} == {
        name for name, _ in done
    }
    assert (path.parent / "out" / "good" / "latest").resolve().name == "2025-07-01"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fault", "ZeroDivisionError"),
        ("dead", "its kernel died"),
        ("greedy", r"MemoryError.*may hold 1500 MB"),
        ("slow", "a cell took longer than 6 seconds"),
        ("full", "no space is left on its device"),
    ],
)
def test_a_failure_is_told_and_left_where_the_index_shows_it(first, name, words):
    path, result, said = first
    out = path.parent / "out"
    outcome = outcomes(result)[name]
    assert outcome.status == "failed"
    assert any(line.split("] ")[-1].startswith(f"{name}: failed") for line in said)
    assert re.search(words, outcome.error)
    failed = out / name / "failed"
    assert json.loads((failed / "failure.json").read_text())["error"]
    executed = json.loads((failed / "notebook.ipynb").read_text())
    assert any(cell.get("outputs") or cell.get("execution_count") for cell in executed["cells"])
    assert str(out) not in (failed / "notebook.ipynb").read_text()
    index = (out / "index.html").read_text()
    assert f"{name}/failed/notebook.ipynb" in index
    assert index.count("<li>") == 4 + 5


def test_a_dead_kernel_is_tried_again_and_a_fault_is_not(first):
    tries = {name: outcome.tries for name, outcome in outcomes(first[1]).items()}
    assert (tries["revived"], tries["dead"], tries["fault"], tries["slow"], tries["good"]) == (2, 2, 1, 1, 1)


def test_what_is_published_is_not_due_again_and_what_failed_is(first):
    path, _, _ = first
    due, rested = plan(read_schedule(path))
    assert {report.name for report in due} == {"fault", "dead", "greedy", "slow", "full"}
    assert set(rested) == {"good", "each-bfa", "each-ner", "revived"}
    due, rested = plan(read_schedule(path), at=utc_now() + LATER)
    assert not rested
    assert {report.name for report in plan(read_schedule(path), only=["each"])[0]} == {"each-bfa", "each-ner"}


def test_the_page_is_renewed_also_where_nothing_is_due(tmp_path):
    path = write_schedule(tmp_path, {"a": 'cadence = "daily"'})
    folder = tmp_path / "out" / "a" / "2025-07-01"  # of a run that was ended before it wrote the page
    folder.mkdir(parents=True)
    manifest = {"name": "a", "as_of": folder.name, "title": "Mali", "started": utc_now().isoformat()}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert run_schedule(path).not_due == ("a",)
    assert 'href="a/2025-07-01/report.html"' in (tmp_path / "out" / "index.html").read_text()


def test_nothing_is_left_but_what_is_published(first):
    path, _, _ = first
    out = path.parent / "out"
    assert [left.name for left in out.rglob(".escalation-making*")] + [
        left.name for left in out.rglob(".escalation-aside*")
    ] == []
    assert read_run(out)["finished"]
    assert (out / ".lock").read_text() == ""


def test_a_monitor_gets_one_line(first):
    path, _, _ = first
    well, line = check_schedule(path)
    assert not well
    assert line.startswith("not well: 9 reports, ")
    assert "5 failed (fault, dead, greedy, ...)" in line
    assert "\n" not in line
    well, line = check_schedule(path, only=["good", "each"])
    assert well
    assert line.startswith("ok: 3 reports, 0 overdue, 0 failed;")


def test_a_failure_leaves_what_was_published_before(tmp_path):
    path = write_schedule(tmp_path, {"a": ""}, batch="keep = 2")
    assert not run_schedule(path).failed
    out = tmp_path / "out"
    before = {file: file.read_bytes() for file in out.glob("a/*/*") if file.is_file()}
    write_schedule(tmp_path, {"a": 'parameters = { mode = "fault" }'})
    failed = run_schedule(path, at=utc_now() + LATER)
    assert [outcome.name for outcome in failed.failed] == ["a"]
    assert {file: file.read_bytes() for file in before} == before
    since = read_failure(out / "a")["since"]
    time.sleep(1.1)
    run_schedule(path, run_all=True)
    again = read_failure(out / "a")
    assert again["since"] == since < again["when"]
    # Success ends the failure; of the folders the newest two are kept.
    for month in (8, 9):
        write_schedule(tmp_path, {"a": f'selection = {{ as_of = "2025-0{month}-01" }}'}, batch="keep = 2")
        assert not run_schedule(path, run_all=True).failed
    assert not (out / "a" / "failed").exists()
    assert "Failed" not in (out / "index.html").read_text()
    assert sorted(as_of for _, as_of in published(out)) == ["2025-08-01", "2025-09-01"]
    assert (out / "a" / "latest").resolve().name == "2025-09-01"
    well, line = check_schedule(path)
    assert (well, line.split(";")[0]) == (True, "ok: 1 report, 0 overdue, 0 failed")
    assert check_schedule(path, at=utc_now() + LATER, grace_hours=0)[0] is False
    # However often its time comes anew, what was not made in all these days is overdue; who looks from before is told.
    write_schedule(tmp_path, {"a": 'cadence = "daily"'})
    days = [check_schedule(path, at=utc_now() + timedelta(days=day))[0] for day in (0, 2, 30)]
    assert days == [True, False, False]
    assert "the last run was made in the future" in check_schedule(path, at=utc_now() - timedelta(hours=1))[1]


def test_a_run_with_nothing_to_do_imports_nothing_heavy(tmp_path):
    path = write_schedule(tmp_path, {"a": ""})
    run_schedule(path)
    code = (
        "import sys; from pathlib import Path; from analysis.scheduling.batch import run_schedule; "
        f"done = run_schedule(Path({str(path)!r})); print(done.outcomes, done.not_due); "
        "print([name for name in ('pandas', 'numpy', 'nbformat', 'papermill', 'matplotlib') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "() ('a',)\n[]\n"
    assert shown.stderr == ""


def test_one_run_at_a_time(tmp_path):
    path = write_schedule(tmp_path, {"a": ""})
    with open_folder(tmp_path / "out"), pytest.raises(LockedError, match="Another run is publishing"):
        run_schedule(path)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "no space is left"),
        (errno.EROFS, "it is read-only"),
        (errno.EACCES, "this user has no right to it"),
        (errno.ENAMETOOLONG, "a name in its path is too long"),
        (errno.ENOTCONN, "its device is gone"),
        (errno.ETIMEDOUT, "its device does not answer"),
    ],
)
def test_a_disk_that_cannot_be_written_is_told_plainly(tmp_path, monkeypatch, number, words):
    path = write_schedule(tmp_path, {"a": ""})

    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(folders.Path, "mkdir", refuse)
    with pytest.raises(StorageError, match=f"cannot be written: {words}.*there before is untouched"):
        run_schedule(path)


def test_a_file_system_without_locks_is_not_taken_for_another_run(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(folders.fcntl, "flock", refuse)
    with pytest.raises(StorageError, match="cannot hold a file for one run at a time"):
        run_schedule(write_schedule(tmp_path, {"a": ""}))


def test_a_worker_that_is_stuck_after_its_notebook_is_ended(tmp_path, monkeypatch):
    path = write_schedule(tmp_path, {"a": 'parameters = { mode = "slow" }'}, batch="timeout_minutes = 0.02")
    monkeypatch.setattr(batch, "RENDERING_SECONDS", -10.0)
    failed = run_schedule(path).failed[0]
    assert "was not done" in failed.error
    assert failed.tries == 1


def test_a_worker_that_is_killed_is_tried_again(tmp_path):
    body = (
        "import os\nmarker = Path(attacker)\nif not marker.exists():\n    marker.touch()\n    os.kill(os.getppid(), 9)"
    )
    from tests.scheduling import batches

    batches.write_notebook(tmp_path / "small.ipynb", f"{batches.BODY}\n{body}")
    done = run_schedule(write_schedule(tmp_path, {"a": f'selection = {{ attacker = "{tmp_path}/marker" }}'}))
    assert (done.outcomes[0].status, done.outcomes[0].tries) == ("published", 2)


def kill_once(path, kind):
    """Run a schedule, and kill once, as soon as it is there, the parent of the workers or a worker's kernel."""
    killed = []

    def kill_when_seen():
        until = time.monotonic() + 60
        while not killed and time.monotonic() < until:
            server = forkserver._forkserver._forkserver_pid
            workers = [pid for pid in children_of(server or 0, deep=False) if pid != os.getpid()]
            kernels = [pid for worker in workers for pid in children_of(worker, deep=False)]
            victim = {
                "the parent of workers, at once": workers and server,
                "the parent of workers, later": kernels and server,
                "a kernel": kernels and kernels[0],
            }[kind]
            if victim:
                killed.append(victim)
            if killed:
                os.kill(killed[0], signal.SIGKILL)
            time.sleep(0.002)

    watcher = threading.Thread(target=kill_when_seen)
    watcher.start()
    said = []
    done = run_schedule(path, run_all=True, say=said.append)
    watcher.join()
    assert killed
    return done, said


@linux
@pytest.mark.parametrize("kind", ["the parent of workers, at once", "the parent of workers, later", "a kernel"])
def test_a_batch_outlives_any_of_its_processes(tmp_path, kind):
    path = write_schedule(tmp_path, {name: "" for name in "ab"}, batch="workers = 2")
    forking_context()  # the parent is there before the watch begins
    done, said = kill_once(path, kind)
    assert [outcome.status for outcome in done.outcomes] == ["published"] * 2
    if not kind.endswith("at once"):  # a worker that was not begun is begun again, and not tried again
        assert sum(outcome.tries == 2 for outcome in done.outcomes) >= 1
        by = "by signal SIGKILL, as a system" if kind == "a kernel" else "with its parent process, as where a system"
        assert any(f"ended {by} or container" in line and line.endswith("Trying again.") for line in said)
    assert len(published(tmp_path / "out")) == 2


@linux
def test_a_parent_of_workers_that_is_started_again_knows_no_secret_and_leaves_no_files(monkeypatch):
    monkeypatch.setenv("MAIL_WORD", SECRET)
    forking_context(secrets=["MAIL_WORD"])
    first = forkserver._forkserver._forkserver_pid
    os.kill(first, signal.SIGKILL)
    until = time.monotonic() + 10
    while (again := forkserver._forkserver._forkserver_pid) == first:
        assert time.monotonic() < until
        time.sleep(0.02)
        forking_context(secrets=["MAIL_WORD"])
    temporary = f"TMPDIR={batch._short_folder()}\0".encode()  # where HOME is none, matplotlib leaves a folder there
    environ = Path(f"/proc/{again}/environ")
    wait_until(lambda: temporary in environ.read_bytes(), seconds=10)  # it is forked first
    assert SECRET.encode() not in environ.read_bytes()


@linux
def test_no_file_where_a_batch_was_started_is_run_in_place_of_a_module(tmp_path):
    path = write_schedule(tmp_path, {"a": ""})
    foreign = tmp_path / "here"
    foreign.mkdir()
    for name in ("multiprocessing", "socket", "signal", "json", "papermill"):
        (foreign / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})\n")
    code = f"from pathlib import Path; from analysis.scheduling import batch; batch.run_schedule(Path({str(path)!r}))"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-P", "-c", code], check=True, env=environment, cwd=foreign)
    assert len(published(tmp_path / "out")) == 1
    assert not (tmp_path / "ran").exists()


def run_here(path):
    """Run a schedule in a process that was forked from the imported parent."""
    os.environ["OMP_NUM_THREADS"] = "1"
    import analysis.publishing.preloaded  # noqa: F401

    with suppress(CancelledError):
        run_schedule(Path(path), run_all=True)


def unlocked_within(out, seconds):
    """Return whether nobody holds the folder: workers and kernels inherit the lock, so that an orphan would."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(LockedError), open_folder(out):
            return True
        time.sleep(0.02)
    return False


@linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_whoever_stops_the_batch_leaves_no_orphan(tmp_path, number):
    path = write_schedule(tmp_path, {name: 'parameters = { mode = "slow" }' for name in "ab"})
    process = forking_context().Process(target=run_here, args=(str(path),))
    process.start()
    until = time.monotonic() + 30
    while len(list((tmp_path / "out").glob(".escalation-making*/report/indicators.json"))) < 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    os.kill(process.pid, number)
    assert unlocked_within(tmp_path / "out", 5)
    process.join(5)
    assert process.exitcode in (0, -number)
    assert published(tmp_path / "out") == {}


@linux
def test_a_run_that_is_killed_takes_its_workers_with_it_and_the_next_tidies(tmp_path):
    path = write_schedule(tmp_path, {"a": 'parameters = { mode = "slow" }'})
    code = "import sys; from pathlib import Path; from analysis.scheduling.batch import run_schedule as run;"
    process = subprocess.Popen([sys.executable, "-c", f"{code} run(Path(sys.argv[1]))", str(path)])
    wait_until(lambda: list((tmp_path / "out").glob(".escalation-making*/report/indicators.json")))
    everybody = children_of(process.pid)
    process.kill()
    process.wait()
    assert len(everybody) >= 3
    wait_until(lambda: not any(map(alive, everybody)), seconds=5)
    left = temporary_left(tmp_path / "out")
    assert [folder.is_dir() for folder in left] == [True, True]
    with open_folder(tmp_path / "out") as out, temporary_folder(out):
        assert not any(folder.exists() for folder in left)
    assert published(out) == {}


@linux
def test_a_batch_that_is_stopped_while_a_worker_begins_leaves_nothing(tmp_path, monkeypatch):
    def stopped(process):
        raise CancelledError("Stopped by SIGTERM.")

    path = write_schedule(tmp_path, {"a": ""})
    context = forking_context()
    ended = []
    monkeypatch.setattr(type(context.Process()), "start", stopped)
    monkeypatch.setattr(batch, "end_parent", ended.append)
    with pytest.raises(CancelledError):
        run_schedule(path)
    assert ended
    assert not list((tmp_path / "out").glob(".escalation-making*"))


@linux
def test_a_worker_whose_batch_is_gone_does_nothing(tmp_path):
    path = write_schedule(tmp_path, {"a": ""})
    answer, asked = multiprocessing.Pipe(duplex=False)
    schedule = read_schedule(path)
    (job,) = batch.jobs_of(schedule, batch.expand(schedule), tmp_path)
    answer.close()
    worker = multiprocessing.get_context("fork").Process(target=batch._work, args=(job, asked))
    worker.start()
    worker.join(10)
    assert worker.exitcode == 0
    assert not (tmp_path / "out").exists()


def kill_at_random_instants(folder, *, instants, seed):
    """Kill a batch of three again and again; after each, what is published must be whole, and the next run must
    complete."""
    path = write_schedule(folder, {name: "" for name in "abc"})
    out = folder / "out"
    assert not run_schedule(path, workers=2).failed  # also starts the parent
    started = time.monotonic()
    assert not run_schedule(path, workers=2, run_all=True).failed
    usual = time.monotonic() - started
    generator = random.Random(seed)
    context = forking_context()
    counts = {"killed": 0, "finished": 0, "left_scratch": 0}
    for _ in range(instants):
        before = published(out)
        process = context.Process(target=run_here, args=(str(path),))
        process.start()
        time.sleep(generator.uniform(0, usual))
        counts["killed" if process.is_alive() else "finished"] += 1
        process.kill()
        process.join()
        process.close()
        # Before anything is tidied: every published folder is whole, and none was lost.
        counts["left_scratch"] += bool(list(out.glob(".escalation-making*")))
        assert published(out).keys() == before.keys()
        assert all((out / name / "latest" / "manifest.json").exists() for name in "abc")
        assert json.loads((out / ".state" / "run.json").read_text())
        assert unlocked_within(out, 5)
        assert not list(out.glob(".escalation-making*"))
        assert not list(out.glob("*/.escalation-making*"))
    assert not run_schedule(path, run_all=True, workers=2).failed
    assert len(published(out)) == 3
    return counts


@linux
def test_a_batch_that_is_killed_at_any_instant_loses_nothing(tmp_path):
    counts = kill_at_random_instants(tmp_path, instants=4, seed=1)
    assert counts["killed"] + counts["finished"] == 4
    assert counts["killed"] > 0


def test_a_folder_that_was_set_aside_when_a_run_was_killed_is_put_back(tmp_path, monkeypatch):
    path = write_schedule(tmp_path, {"a": ""})
    run_schedule(path)
    out = tmp_path / "out"
    target = out / "a" / "2025-07-01"
    os.replace(target, target.with_name(".escalation-aside-2025-07-01"))
    with open_folder(out):
        assert published(out).keys() == {("a", "2025-07-01")}
    # Where two names cannot be exchanged in one step, the old one is set aside.
    monkeypatch.setattr(folders, "_exchange", lambda first, second: False)
    made = tmp_path / "made"
    made.mkdir()
    (made / "manifest.json").write_text('{"as_of": "2025-07-01", "files": {}}')
    folders.put_in_place(made, out, name="a", as_of="2025-07-01")
    assert sorted(file.name for file in target.iterdir()) == ["manifest.json"]
    assert not list(out.glob("*/.escalation-aside*"))


def test_secrets_reach_no_kernel_no_notebook_and_no_output(tmp_path):
    """The notebook prints its environment and its parents'."""
    notify = (
        '[reports.a.notify]\non = ["first", "failure"]\ncommand = ["sh", "-c", "env; cat; exit 1"]\nwebhook_env ='
        ' "HOOK"'
    )
    path = write_schedule(tmp_path, {"a": f'parameters = {{ mode = "printing" }}\n{notify}'})
    code = (
        "from pathlib import Path; from analysis.scheduling import batch, notify; notify.WAIT_SECONDS = 0; "
        f"batch.run_schedule(Path({str(path)!r}), say=print)"
    )
    hook = f"https://127.0.0.1:9/{SECRET}"
    environment = os.environ | {"ESCALATION_SMTP_PASSWORD": SECRET, "HOOK": hook, "SHOWN": "may be seen"}
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    files = [file for file in (tmp_path / "out").rglob("*") if file.is_file()]
    assert any("may be seen" in file.read_text(errors="ignore") for file in files)
    assert [file for file in files if SECRET in file.read_text(errors="ignore")] == []
    assert SECRET not in shown.stdout + shown.stderr
    assert "a: not told by webhook" in shown.stdout


def test_a_table_that_cannot_be_read_stops_its_own_reports_alone(tmp_path):
    (tmp_path / "broken.csv").write_bytes(b"%PDF-1.4")
    path = write_schedule(
        tmp_path,
        {name: lines and f'notebook = "situation"\nforeach = "country"\ntable = "{lines}"' for name, lines in (
            ("a", ""), ("b", "gone.csv"), ("c", "broken.csv"),
        )},
    )  # fmt: skip
    done = run_schedule(path)
    assert {outcome.name: outcome.status for outcome in done.outcomes} == {
        "a": "published",
        "b": "failed",
        "c": "failed",
    }
    errors = {outcome.name: outcome.error for outcome in done.failed}
    assert "gone.csv cannot be read: No such file" in errors["b"]
    assert "broken.csv is a PDF document" in errors["c"]
    well, line = check_schedule(path)
    assert not well
    assert "gone.csv cannot be read" in line
    kept = {name: read_failure(tmp_path / "out" / name)["error"] for name in ("b", "c")}
    assert kept == errors
    assert [report.name for report in plan(read_schedule(path))[0]] == ["b", "c"]


def test_a_report_that_fails_before_its_notebook_is_kept_as_failed(tmp_path):
    (tmp_path / "broken.pptx").write_text("no slides")
    path = write_schedule(tmp_path, {"a": 'formats = ["pptx"]\ntemplate = "broken.pptx"'})
    (failed,) = run_schedule(path).failed
    assert "is no PowerPoint file" in failed.error
    assert read_failure(tmp_path / "out" / "a")["error"] == failed.error
    assert "1 failed (a)" in check_schedule(path)[1]


def test_an_index_that_cannot_be_written_ends_no_batch_and_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(batch, "INDEX_SECONDS", -1.0)
    monkeypatch.setattr(folders, "_index", lambda out: (_ for _ in ()).throw(PermissionError(errno.EPERM, "no")))
    path = write_schedule(tmp_path, {"a": "", "b": ""}, batch="workers = 1")
    done = run_schedule(path)
    assert [outcome.status for outcome in done.outcomes] == ["published", "published"]
    assert done.troubles == (f"{tmp_path / 'out' / 'index.html'} could not be renewed: this user has no right to it.",)
    assert read_run(tmp_path / "out")["finished"]


def test_a_monitor_learns_of_messages_that_could_not_be_told(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.scheduling.notify.WAIT_SECONDS", 0)
    path = write_schedule(tmp_path, {"a": '[reports.a.notify]\non = ["first"]\ncommand = ["false"]'})
    assert run_schedule(path).untold == 1
    well, line = check_schedule(path)
    assert not well
    assert "; 1 message not told" in line
    write_schedule(tmp_path, {"a": ""})  # nobody is to be told any more
    assert check_schedule(path)[0]


def test_who_asks_for_failures_is_told_of_a_table_that_cannot_be_read(tmp_path):
    told = f'[reports.a.notify]\non = ["failure"]\ncommand = ["sh", "-c", "cat >> {tmp_path}/told"]'
    path = write_schedule(tmp_path, {"a": f'foreach = "country"\ntable = "gone.csv"\n{told}'}, notebook="situation")
    assert [run_schedule(path).told for _ in range(2)] == [1, 0]
    assert "gone.csv cannot be read" in (tmp_path / "told").read_text()


def told_to(path, *on):
    """Return the lines of a schedule that tell a file of some events."""
    return f'\n[reports."{path.stem}".notify]\non = {json.dumps(on)}\ncommand = ["sh", "-c", "cat >> {path}"]'


def test_a_country_that_vanishes_from_its_table_is_told_until_it_is_mended(tmp_path):
    write_table(tmp_path / "t.csv", "MLI", "NER")
    each = f'foreach = "country"\ntable = "t.csv"{told_to(tmp_path / "each", "failure")}'
    path = write_schedule(tmp_path, {"each": each})
    assert [one.status for one in run_schedule(path).outcomes] == ["published"] * 2
    index = tmp_path / "out" / "index.html"
    before = {file: file.read_bytes() for file in (tmp_path / "out" / "each-ner").rglob("*") if file.is_file()}
    assert "Not renewed" not in index.read_text()
    write_table(tmp_path / "t.csv", "MLI")
    gone = "NER is in t.csv no more. each-ner stands as of 2025-07-01 and is not renewed."
    well, line = check_schedule(path)
    assert not well
    assert f"0 overdue, 1 failed (each-ner); last run finished {read_run(tmp_path / 'out')['finished']}; {gone}" in line
    for told in (1, 0):  # though nothing is due
        done = run_schedule(path)
        assert [(one.name, one.status, one.error.startswith(gone)) for one in done.outcomes] == [
            ("each-ner", "failed", True)
        ]
        assert done.told == told
    assert gone in (tmp_path / "each").read_text()
    assert index.read_text().count("Not renewed: the last try failed, as told below.") == 1
    assert gone in index.read_text()
    assert {file: file.read_bytes() for file in before} == before
    write_table(tmp_path / "t.csv", "MLI", "NER")
    assert [(one.name, one.status) for one in run_schedule(path).outcomes] == [("each-ner", "published")]
    assert "Not renewed" not in index.read_text()
    assert check_schedule(path)[0]
    # Where it is to end, the folder goes.
    write_table(tmp_path / "t.csv", "MLI")
    os.replace(tmp_path / "out" / "each-ner", tmp_path / "each-ner")
    assert not run_schedule(path).outcomes
    assert check_schedule(path)[0]


def test_reports_of_a_table_that_cannot_be_read_are_marked_each(tmp_path):
    write_table(tmp_path / "t.csv", "MLI", "NER")
    path = write_schedule(tmp_path, {"each": 'foreach = "country"\ntable = "t.csv"'})
    run_schedule(path)
    write_table(tmp_path / "t.csv")
    assert [one.name for one in run_schedule(path).failed] == ["each"]
    assert (tmp_path / "out" / "index.html").read_text().count("Not renewed: the last try failed") == 2
    write_table(tmp_path / "t.csv", "MLI", "NER")
    assert run_schedule(path).not_due == ("each-mli", "each-ner")
    assert "Not renewed" not in (tmp_path / "out" / "index.html").read_text()


def test_what_no_entry_makes_any_more_is_marked_and_its_failure_forgotten(tmp_path):
    fault = 'parameters = { mode = "fault" }'
    path = write_schedule(tmp_path, {"a": "", "b": "", "c": fault, "d": ""})
    run_schedule(path)
    write_schedule(tmp_path, {"a": "", "b": fault, "d": ""})
    assert [one.name for one in run_schedule(path, run_all=True).failed] == ["b"]
    assert not (tmp_path / "out" / "c").exists() or not read_failure(tmp_path / "out" / "c")
    write_schedule(tmp_path, {"a": ""})
    said = []
    assert run_schedule(path, say=said.append).not_due == ("a",)
    gone = "no entry makes it any more. It stands and is not renewed; to end that, move its folder away."
    assert said == [f"{name}: {gone}" for name in "bd"]
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.count("Not renewed: its schedule does not make it any more, or is not there.") == 2
    assert "Failed" not in page
    well, line = check_schedule(path)
    assert well
    assert line.endswith("; 2 made no more (b, d)")
    # Of a schedule that is gone, the next run of another tells.
    (tmp_path / "other.toml").write_text(path.read_text().replace('"a"', '"other"'))
    path.unlink()
    run_schedule(tmp_path / "other.toml")
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.count("Not renewed: its schedule does not make it any more, or is not there.") == 3


def test_two_schedules_that_make_one_report_share_its_failure(tmp_path):
    path = write_schedule(tmp_path, {"a": ""})
    run_schedule(path)
    second = tmp_path / "second.toml"
    second.write_text(path.read_text() + '[reports.a.parameters]\nmode = "fault"\n')
    assert run_schedule(second, run_all=True).failed
    for one in (path, second):
        assert not check_schedule(one)[0]
    assert [outcome.status for outcome in run_schedule(path).outcomes] == ["published"]
    assert all(check_schedule(one)[0] for one in (path, second))


def test_a_schedule_that_was_moved_finds_its_reports_again(tmp_path):
    path = write_schedule(tmp_path, {"a": "", "b": 'selection = { country = "MLI" }'})
    run_schedule(path)
    text = path.read_text()
    path = path.rename(tmp_path / "moved.toml")
    path.write_text(text.replace("MLI", "NER"))
    times = tmp_path / "out" / "a" / "2025-07-01" / "run.json"
    before = json.loads(times.read_text())
    assert [one.name for one in run_schedule(path).outcomes] == ["b"]  # which is another report now
    assert json.loads(times.read_text()) == before | {"schedule": "../moved.toml"}
    assert "Not renewed" not in (tmp_path / "out" / "index.html").read_text()
    times.unlink()  # as git keeps none
    (tmp_path / "out" / "a" / "2025-07-01" / "manifest.json").chmod(0o444)
    assert not run_schedule(path, only=["b"]).failed
    assert json.loads(times.read_text()) == {"schedule": "../moved.toml", "entry": "a"}
    assert not list((tmp_path / "out").glob(".escalation-making*"))


def test_what_failed_since_it_was_published_is_tried_by_the_next_run(tmp_path):
    path = write_schedule(tmp_path, {"a": 'cadence = "monthly"'})
    run_schedule(path)
    write_schedule(tmp_path, {"a": 'cadence = "monthly"\nparameters = { mode = "fault" }'})
    assert run_schedule(path, run_all=True).failed
    write_schedule(tmp_path, {"a": 'cadence = "monthly"'})
    assert [one.status for one in run_schedule(path).outcomes] == ["published"]
    assert not run_schedule(path).outcomes


def test_a_report_that_never_succeeded_is_failed_and_not_overdue_too(tmp_path):
    path = write_schedule(tmp_path, {"a": 'parameters = { mode = "fault" }'})
    run_schedule(path)
    assert "1 report, 0 overdue, 1 failed (a);" in check_schedule(path, at=utc_now() + LATER)[1]


def test_two_schedules_never_replace_each_others_reports(tmp_path):
    first = write_schedule(tmp_path, {"a": f'selection = {{ country = "MLI" }}{told_to(tmp_path / "a", "first")}'})
    run_schedule(first)
    folder = tmp_path / "out" / "a" / "2025-07-01"
    before = (folder / "run.json").read_bytes()
    told = f'selection = {{ country = "NER" }}{told_to(tmp_path / "a", "first", "failure")}'
    second = write_schedule(tmp_path, {"a": told.replace(str(tmp_path / "a"), str(tmp_path / "told"))})
    second.rename(tmp_path / "second.toml")
    second = tmp_path / "second.toml"
    write_schedule(tmp_path, {"a": 'selection = { country = "MLI" }'})
    refused = f'a is the name of another report in {tmp_path / "out"}, published by {first}: country = "MLI", here'
    refused += ' country = "NER".'
    assert refused in check_schedule(second)[1]
    assert not check_schedule(second)[0]
    for n_told in (1, 0):
        done = run_schedule(second)
        assert [one.error.startswith(refused) for one in done.failed] == [True]
        assert done.told == n_told
    assert (tmp_path / "told").read_text().count(refused) == 1
    assert "first published" not in (tmp_path / "told").read_text()
    # The first knows nothing of it.
    assert (folder / "run.json").read_bytes() == before
    assert check_schedule(first)[0]
    assert run_schedule(first).not_due == ("a",)
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.count("Not renewed") == 0
    assert "a, tried" in page.split("Failed")[1]
    # The same schedule may publish something else; what the first no longer makes, the second may.
    write_schedule(tmp_path, {"a": 'selection = { country = "BEN" }'})
    assert [one.status for one in run_schedule(first, run_all=True).outcomes] == ["published"]
    write_schedule(tmp_path, {"b": ""})
    line = check_schedule(second)[1]
    assert "1 overdue (a)" in line
    assert "; 1 in place of another that nobody makes any more (a)" in line
    assert [one.status for one in run_schedule(second).outcomes] == ["published"]
    assert check_schedule(second)[0]
    assert "in place of" not in check_schedule(second)[1]
    assert "Failed" not in (tmp_path / "out" / "index.html").read_text()


def test_a_report_by_hand_replaces_no_other(tmp_path):
    path = write_schedule(tmp_path, {"a": 'selection = { country = "MLI" }'})
    run_schedule(path)
    out, notebook = tmp_path / "out", tmp_path / "small.ipynb"
    with pytest.raises(
        ParameterError, match=rf"holds another report, published by {path}: country='MLI', here country='NER'\."
    ):
        publish_report({"country": "NER"}, out=out, name="a", notebook=notebook, formats=("html",))
    for country, table, name in (("MLI", "", "a"), ("NER", "one.csv", "b"), ("NER", "two.csv", "b")):
        asked = {"country": country, "table": table}
        publish_report(asked, out=out, name=name, notebook=notebook, formats=("html",))
    with pytest.raises(
        ParameterError, match=r"published by somebody by hand: country='NER', here country='MLI'\. Nothing was"
    ):
        publish_report({"country": "MLI"}, out=out, name="b", notebook=notebook, formats=("html",))
    # Made again by hand, it stays the schedule's.
    write_schedule(tmp_path, {"a": 'selection = { country = "BEN" }', "b": ""})
    assert [(one.name, one.status) for one in run_schedule(path, run_all=True).outcomes] == [
        ("a", "published"),
        ("b", "failed"),
    ]


def test_a_folder_of_workers_that_is_gone_is_no_trouble_at_the_end(monkeypatch, tmp_path):
    from multiprocessing import util

    monkeypatch.setitem(multiprocessing.current_process()._config, "tempdir", None)
    monkeypatch.setattr(batch, "short_base", lambda: str(tmp_path))
    made = batch._short_folder()
    made.rmdir()  # as with TMPDIR: Python's own then ended a run that had published with a traceback
    [end] = [one for one in util._finalizer_registry.values() if str(made) in one._args]
    end()
