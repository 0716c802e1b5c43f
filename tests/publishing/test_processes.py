"""A run that is stopped, or whose kernel dies or stands still, ends in order and leaves nothing behind."""

import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_client.manager import AsyncKernelManager

from analysis.publishing import report_kernel, runner
from analysis.publishing.errors import KernelDiedError, storage_words
from analysis.publishing.folders import open_folder, temporary_folder
from analysis.publishing.publish import publish_report
from analysis.scheduling.errors import CancelledError
from analysis.scheduling.jobs import stoppable

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
PUBLISH = """
import sys
from pathlib import Path
from types import SimpleNamespace
from analysis.publishing.publish import publish_report
from analysis.scheduling.errors import CancelledError
from analysis.scheduling.jobs import stoppable
try:
    with stoppable():
        publish_report({"fail": sys.argv[1]}, out=Path(sys.argv[2]), notebook=Path(sys.argv[3]))
except CancelledError as error:
    sys.exit(f"stopped: {error}")
"""


def children_of(pid, *, deep=True):
    """Return a process's children and theirs, or the first alone."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *(children_of(child) if deep else ())]
    return found


def alive(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_while_its_kernel_starts_ends_the_kernel(tmp_path, monkeypatch, number):
    """The kernel was known to nobody, and wrote into its folder when that was gone: no run ever removed it."""
    done = []

    class Manager(AsyncKernelManager):
        has_kernel = property(lambda self: "started" in done)

        async def start_kernel(self, **words):
            signal.raise_signal(number)
            done.append("started")

        async def shutdown_kernel(self, **words):
            done.append("ended")

    monkeypatch.setattr("jupyter_client.manager.AsyncKernelManager", Manager)
    with pytest.raises(CancelledError), stoppable(), runner._kernel(tmp_path):
        done.append("used")
    assert done == ["started", "ended"]


@contextmanager
def publishing(tmp_path, notebook, *, fail="slow", temporary=None, **more):
    """Publish in a process of its own, as far as the slow cell."""
    temporary = temporary or tmp_path / "t"
    temporary.mkdir(exist_ok=True, parents=True)
    environment = os.environ | {"TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop("HOME", None)
    environment |= more
    process = subprocess.Popen(
        [sys.executable, "-c", PUBLISH, fail, str(tmp_path / "out"), str(notebook)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until(condition, *, seconds=90):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def temporary_left(out):
    """Return the folders among temporary files that a run that was killed has left."""
    return [Path(line) for line in (out / ".lock").read_text().splitlines()]


def started(tmp_path):
    """Return what notebooks have left on coming to their slow cell; that of a killed run stays until the next."""
    return set((tmp_path / "out").glob(".escalation-making*/report/indicators.json"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_what_ends_a_run_in_order_is_told_by_its_name(number):
    told = rf"^Stopped by {number.name}; what was published until then stays\.$"
    with pytest.raises(CancelledError, match=told), stoppable():
        signal.raise_signal(number)


def test_a_run_that_nohup_starts_goes_on_when_its_terminal_is_closed():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable():
            signal.raise_signal(signal.SIGHUP)
            assert signal.getsignal(signal.SIGTERM) not in (signal.SIG_IGN, signal.SIG_DFL)
    finally:
        signal.signal(signal.SIGHUP, before)


@linux
def test_a_report_that_is_told_to_stop_leaves_nothing(tmp_path, notebook):
    with publishing(tmp_path, notebook) as process:
        wait_until(lambda: started(tmp_path))
        workers = children_of(process.pid)
        assert workers
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 1
        assert said.strip().splitlines()[-1] == "stopped: Stopped by SIGTERM; what was published until then stays."
    wait_until(lambda: not any(map(alive, workers)), seconds=10)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]
    assert list((tmp_path / "t").iterdir()) == []


@linux
def test_a_kernel_that_stands_still_ends_with_its_parent_whose_leavings_the_next_run_removes(tmp_path, notebook):
    with publishing(tmp_path, notebook) as process:
        wait_until(lambda: started(tmp_path))
        kernels = [
            pid for pid in children_of(process.pid) if "report_kernel" in Path(f"/proc/{pid}/cmdline").read_text()
        ]
        assert kernels
        for pid in kernels:
            os.kill(pid, signal.SIGSTOP)
        process.kill()
        process.wait()
        wait_until(lambda: not any(map(alive, kernels)), seconds=10)
    left = temporary_left(tmp_path / "out")
    assert [path.is_dir() for path in left] == [True]
    with open_folder(tmp_path / "out") as out, temporary_folder(out):
        assert not left[0].exists()
    assert [path.name for path in out.iterdir()] == [".lock"]


def test_a_kernel_that_dies_before_its_first_answer_is_told_as_dead(tmp_path, notebook, monkeypatch):
    started = runner._kernel

    @contextmanager
    def killed(*arguments, **options):
        with started(*arguments, **options) as kernel:
            os.kill(kernel.provisioner.pid, signal.SIGKILL)
            yield kernel

    monkeypatch.setattr(runner, "_kernel", killed)
    with pytest.raises(KernelDiedError, match=r"to its end: its kernel died, ended by signal SIGKILL, as a system"):
        publish_report({}, out=tmp_path / "out", notebook=notebook)


def test_a_kernel_that_cannot_start_ends_and_its_folder_is_told(tmp_path, notebook):
    """Without room for its last socket it never ended, and was waited for as long as the whole run may take; else it
    was called dead, below Python's traceback."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "profile_default").symlink_to(tmp_path / "gone" / "too")  # where a folder of the kernel's belongs
    with pytest.raises(FileNotFoundError) as refused:
        runner.run_notebook(notebook, tmp_path / "out.ipynb", {}, runtime=tmp_path / "a")
    assert refused.value.filename == str(tmp_path)


def test_where_nothing_temporary_may_be_written_it_is_told(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/proc"])
    with pytest.raises(FileNotFoundError) as refused:
        tempfile.gettempdir()
    assert storage_words(refused.value) == "no folder for temporary files may be written; let TMPDIR name one"
    full = OSError(errno.ENOSPC, "No space left on device", "/data/temporary directory/x")
    assert storage_words(full) == "no space is left on its device"


@linux
def test_a_temporary_folder_of_any_length_no_home_and_what_a_user_keeps_for_kernels_of_their_own(tmp_path, notebook):
    startup = tmp_path / "ipython" / "profile_default" / "startup" / "00.py"
    startup.parent.mkdir(parents=True)
    startup.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    own = {"IPYTHONDIR": str(tmp_path / "ipython"), "PYTHONSTARTUP": str(startup)}
    temporary = tmp_path.joinpath(*["a-long-name-of-a-folder" * 4] * 3)
    assert len(str(temporary)) > 250
    with publishing(tmp_path, notebook, fail="", temporary=temporary, **own) as process:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    assert (tmp_path / "out" / "small" / "2025-07-01" / "report.html").exists()
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "ran").exists()


@linux
def test_a_home_that_is_none_and_another_python_of_the_same_name_change_nothing(tmp_path, notebook):
    kernel = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text('{"argv": ["false", "{connection_file}"], "display_name": "Python 3", "language": "python"}')
    temporary, home = tmp_path / "temporary", "/proc/none"  # as of a user of a service
    own = {"JUPYTER_PATH": str(tmp_path / "jupyter"), "HOME": home, "MPLCONFIGDIR": str(tmp_path)}
    with publishing(tmp_path, notebook, fail="", temporary=temporary, **own) as process:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    assert "IPython" not in said
    assert list(temporary.iterdir()) == []


def test_the_folder_for_sockets_is_short(monkeypatch):
    for base, kept in (("/tmp/" + "x" * 40, True), ("/tmp/" + "x" * 41, False), ("/tmp/" + "é" * 21, False)):
        monkeypatch.setattr(runner, "gettempdir", lambda base=base: base)
        assert runner.short_base() == (base if kept else "/tmp")


@pytest.mark.parametrize(
    ("refused", "words"),
    [(OSError(errno.EMFILE, "full"), "Too many open files"), (RuntimeError("can't start new thread"), "unavailable")],
)
def test_a_kernel_that_is_refused_files_or_threads_is_told_once(monkeypatch, capfd, refused, words):
    """Python's traceback stood before the line that says so."""

    def initialize(arguments):
        raise refused

    def end(code):
        raise SystemExit(code)

    monkeypatch.setattr(report_kernel.IPKernelApp, "instance", lambda: SimpleNamespace(initialize=initialize))
    monkeypatch.setattr(os, "_exit", end)
    with pytest.raises(SystemExit) as ended:
        report_kernel.launch()
    assert capfd.readouterr().err == ""
    kernel = SimpleNamespace(provisioner=SimpleNamespace(process=SimpleNamespace(poll=lambda: ended.value.code)))
    assert runner._refusal(kernel, Path("a/b")) is None
    assert words in str(runner._death(Path("own.ipynb"), kernel, runner.UNHURRIED))
