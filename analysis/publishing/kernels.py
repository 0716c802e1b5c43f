"""Kernels that start from a parent which has imported what notebooks need, and that never outlive it.

A fresh kernel spends most of a short notebook's time on imports. A kernel forked from a parent that has done them
shares its memory and starts in some hundredths of a second. Forking is safe only from a process with a single thread:
that is checked.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from pkgutil import iter_modules
from queue import Empty
from typing import IO, Any

from analysis.lazy import (
    ONE_THREAD,
    collect_seldom,
    import_when_used,
    import_without_settings,
    load_algebra,
    without,
)
from analysis.publishing.errors import ForkError

# What a kernel needs, then what runs notebooks and renders pages. Order matters only for readers.
IMPORTED = (
    "matplotlib.pyplot",
    "analysis.reports.report",
    "analysis.publishing.html",
    "analysis.publishing.pdf",
    "ipykernel.kernelapp",
    "analysis.publishing.report_kernel",
    "matplotlib_inline.backend_inline",
    "jupyter_client.manager",
    "numba",
    "scipy.optimize",
    "scipy.sparse",
    "scipy.spatial",
    "scipy.stats",
    "statsmodels.genmod.generalized_linear_model",
    "papermill",
    "jinja2",
    "typst",
    "analysis.publishing.deck",
    "pptx.chart.data",
)
# One report is one process; libraries that start threads of their own would make forking unsafe.
SINGLE_THREADED = ONE_THREAD | {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
SAFE_PATH = {"PYTHONSAFEPATH": "1"}
PR_SET_PDEATHSIG = 1
KERNEL_MODULE = "analysis.publishing.report_kernel"
# What a kernel that has filled its memory may hold besides, to say so (see `answer_when_full`).
SPARE_MB = 64


def import_schemas() -> None:
    """Import jsonschema without its check of international addresses, which takes longer to import than all else here.

    That check compiles a grammar for 1.5 seconds when it is imported; no schema of a notebook asks for it.
    """
    with without("rfc3987_syntax"):
        import jsonschema  # noqa: F401


def prepare_kernel() -> None:
    """Bind a fresh kernel to its parent, also should it be stopped, and import what computes."""
    die_with_parent()
    collect_seldom()
    import_without_settings()
    import_when_used("numpy.f2py")
    import_sections()
    answer_when_full()


def answer_when_full() -> None:
    """Let a kernel use what it is spared between its cells alone: one whose cell has filled its memory would not
    answer, and be waited for as long as the whole run may take."""
    import resource

    from IPython import get_ipython

    # Made before memory is full.
    bounds: list[tuple[int, int]] = []

    def bound() -> None:
        if not bounds:
            soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
            bounds[:] = (soft, hard), (hard, hard)
        _bound_data(resource.setrlimit, bounds[0])

    def spare() -> None:
        if bounds:
            _bound_data(resource.setrlimit, bounds[1])

    events = get_ipython().events
    events.register("pre_execute", bound)
    events.register("post_execute", spare)


def import_sections() -> None:
    """Import every section of a report with its measures."""
    from analysis.measures import question_modules
    from analysis.reports import sections

    question_modules()
    for found in iter_modules(sections.__path__):
        import_module(f"{sections.__name__}.{found.name}")


def import_figures() -> None:
    """Import everything that draws a chart."""
    from analysis import figures

    for found in iter_modules(figures.__path__):
        import_module(f"{figures.__name__}.{found.name}")


def import_all() -> None:
    """Import what notebooks, the runner and the renderer need."""
    collect_seldom()
    import_without_settings()
    import_schemas()
    from nbformat import validate
    from nbformat.v4 import new_notebook

    for module in IMPORTED:
        import_module(module)
    # A parent that has every section with its measures and figures saves every kernel the work.
    import_sections()
    import_figures()
    validate(new_notebook())


def warm_up() -> None:
    """Do once, in the parent, what every report would do first: find fonts, load boundaries, compile the page's
    template, ask for the revision."""
    from analysis.figures import theme
    from analysis.incidents.boundaries import load_countries
    from analysis.publishing import html
    from analysis.publishing.manifest import git_revision

    load_countries()
    theme.warm_up()
    html.warm_up()
    git_revision()


def count_threads() -> int:
    """Return how many threads this process has, by the system's count where it tells one."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        import threading

        return threading.active_count()


def die_with_parent() -> None:
    """Ask the system to end this process when its parent ends. Linux only; elsewhere kernels look for their parent
    themselves."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended in between
        os._exit(1)


def bound_memory(megabytes: int, *, pid: int = 0) -> None:
    """Bound the data that a process (default: this one) and its later children may hold; beyond it an allocation
    fails with MemoryError.

    Another process can be bound on Linux alone, and none in a sandbox that lets nobody set bounds; else it is left as
    it is.
    """
    import resource

    if pid and not hasattr(resource, "prlimit"):
        return
    read = partial(resource.prlimit, pid) if pid else resource.getrlimit
    write = partial(resource.prlimit, pid) if pid else resource.setrlimit
    size, spared = megabytes * 2**20, (megabytes + SPARE_MB) * 2**20
    _, hard = read(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        size, spared = min(size, hard), min(spared, hard)
    _bound_data(write, (size, spared))


def _bound_data(write: Callable[..., object], bounds: tuple[int, int]) -> None:
    import resource

    with suppress(OSError, ValueError):  # the system's refusal, in either of Python's ways
        write(resource.RLIMIT_DATA, bounds)


@contextmanager
def bounded_memory(megabytes: int) -> Iterator[None]:
    """Bound the data that this process may hold meanwhile, at least what it holds already; beyond it an allocation
    fails with MemoryError."""
    import resource

    load_algebra()
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    size = megabytes * 2**20
    for limit in (soft, hard):
        size = size if limit == resource.RLIM_INFINITY else min(size, limit)
    _bound_data(resource.setrlimit, (size, hard))
    try:
        yield
    finally:
        _bound_data(resource.setrlimit, (soft, hard))


@contextmanager
def signals_held() -> Iterator[None]:
    """Let a signal that this process answers wait meanwhile: a kernel that is half started would be known to nobody,
    and write into its folder when that is gone."""
    met: list[int] = []
    before: dict[int, Any] = {}
    try:
        with suppress(ValueError):  # only the main thread may set handlers
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                if callable(answer := signal.getsignal(number)):
                    signal.signal(number, lambda met_now, _: met.append(met_now))
                    before[number] = answer
        yield
    finally:
        for held, answer in before.items():
            signal.signal(held, answer)
        if met:
            signal.raise_signal(met[0])


class ForkedProcess:
    """A process that is forked from this one and ends with what it is to ``run``; it has the part of `subprocess.Popen`
    that is used."""

    stdin: IO[bytes] | None = None
    stdout: IO[bytes] | None = None
    stderr = None

    def __init__(self, run: Callable[[], None]) -> None:
        if (threads := count_threads()) != 1:
            raise ForkError(
                f"This process has {threads} threads; another is forked only from one with a single thread."
            )
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            try:
                run()
            finally:
                os._exit(0)

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            with suppress(ChildProcessError):
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end."""
        until = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None and (until is None or time.monotonic() < until):
            time.sleep(0.005)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


def quick_classes(*, forked: bool):
    """Return the classes of a kernel's client and of what starts and ends it, by forking or as usual; neither waits
    longer than it need. They are made when asked for, as jupyter_client is heavy."""
    from jupyter_client.asynchronous import AsyncKernelClient
    from jupyter_client.provisioning import LocalProvisioner

    class Client(AsyncKernelClient):
        async def wait_for_ready(self, timeout=float("inf")):
            # jupyter_client's own listens for a fifth of a second more, whether anything else comes; messages that no
            # cell asked for are passed over later all the same.
            until = time.monotonic() + timeout
            while time.monotonic() < until:
                self.kernel_info()
                with suppress(Empty):
                    await self.shell_channel.get_msg(timeout=1)
                    await self.iopub_channel.get_msg(timeout=0.2)
                    return
                if not await self.is_alive():
                    raise RuntimeError("The kernel died before it answered.")
            raise RuntimeError(f"The kernel did not answer in {timeout} seconds.")

    class Provisioner(LocalProvisioner):
        was_killed = False

        async def launch_kernel(self, cmd, **kwargs):
            # python -P -m KERNEL_MODULE -f FILE ...
            if not forked:
                return await super().launch_kernel(cmd, **kwargs)
            arguments = cmd[cmd.index(KERNEL_MODULE) + 1 :]
            env, cwd = kwargs.get("env") or dict(os.environ), kwargs.get("cwd")
            process = ForkedProcess(partial(_become_kernel, arguments, env, cwd))
            self.process = process  # type: ignore[assignment]  # it has the part of Popen that is used
            self.pid = self.pgid = process.pid
            return self.connection_info

        async def kill(self, restart=False):
            self.was_killed = True
            await super().kill(restart)
            if self.process:
                with suppress(subprocess.TimeoutExpired):  # jupyter_client looks every tenth of a second
                    self.process.wait(1)

    return Client, Provisioner


def _become_kernel(arguments: list[str], env: dict[str, str], cwd: str | None) -> None:
    """Turn a forked child into a kernel."""
    os.setsid()
    die_with_parent()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    tempfile.tempdir = None  # as the new environment says
    os.environ.clear()
    os.environ.update(env)
    if cwd:
        os.chdir(cwd)
    import asyncio

    from analysis.publishing.report_kernel import launch

    # The parent forks from within a running loop, which is not this process's.
    asyncio._set_running_loop(None)
    asyncio.set_event_loop(asyncio.new_event_loop())
    launch(arguments)
