"""What a command says of errors whose cause lies with the system."""

import os
import resource
from pathlib import Path
from threading import get_ident

import click
import pytest
from click.testing import CliRunner

import analysis.answering as answering_module
import analysis.cli as doors
from analysis.answering import answering
from analysis.publishing import kernels
from analysis.publishing.errors import KernelDiedError, NotebookError, OutOfMemoryError
from analysis.resources import n_threads, side_by_side


@pytest.mark.parametrize(
    ("error", "limit", "words"),
    [
        (KernelDiedError("Its kernel died."), "RLIMIT_NOFILE", "open files"),
        (NotebookError("cell 3: CellExecutionError:"), "RLIMIT_NOFILE", "open files"),
        (EOFError("unexpected EOF"), "RLIMIT_NPROC", "processes and threads of its user"),
    ],
)
def test_limits_that_are_too_low_are_told_with_what_they_may_have_caused(monkeypatch, error, limit, words):
    @click.command()
    @answering
    def fail():
        raise error

    known = getattr(resource, limit)
    monkeypatch.setattr(resource, "getrlimit", lambda which: (4096, 4096) if which == known else (-1, -1))
    assert "raise its limits" not in CliRunner().invoke(fail).output
    monkeypatch.setattr(resource, "getrlimit", lambda which: (64, 4096) if which == known else (-1, -1))
    told = CliRunner().invoke(fail)
    assert told.exit_code == 1
    assert f"only 64 {words}: raise its limits" in told.output
    assert "fault of ours" not in told.output


@pytest.mark.parametrize("error", [ImportError("cannot import name 'few'"), KernelDiedError("Its kernel died.")])
def test_a_program_that_is_replaced_in_the_midst_says_so(monkeypatch, error):
    """The command called it a fault of ours, and a report was to be given less to do."""

    @click.command()
    @answering
    def fail():
        raise error

    words = "Files of this program changed while it ran, as by an upgrade: run it again."
    assert words not in CliRunner().invoke(fail).output
    monkeypatch.setattr(answering_module, "BEGAN", 0.0)
    told = CliRunner().invoke(fail)
    assert told.exit_code == 1
    assert words in told.output
    assert "fault of ours" not in told.output


@pytest.mark.parametrize(
    ("hard", "told"),
    [
        (-1, "than the 4096 MB that --memory-mb allows."), (4096 << 20, "than the 4096 MB that --memory-mb allows."),
        (512 << 20, "than the 512 MB that the system allows it (ulimit -a)."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("std::bad_alloc"), OutOfMemoryError("its kernel")])
def test_of_two_bounds_on_memory_the_lower_is_told(monkeypatch, error, hard, told):
    @click.command()
    @click.option("--memory-mb", default=4096)
    @answering
    def fail(memory_mb):
        raise error

    monkeypatch.setattr(
        resource, "getrlimit", lambda which: (hard, hard) if which == resource.RLIMIT_DATA else (-1, -1)
    )
    shown = CliRunner().invoke(fail)
    assert f"The table needs more memory {told}" in shown.output
    assert shown.exit_code == 3


def test_a_thread_is_begun_only_where_memory_is_left_for_it(monkeypatch):
    held = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    for limit, most in ((held // 2, 0), (1 << 50, 8)):
        monkeypatch.setattr(resource, "getrlimit", lambda _limit, limit=limit: (limit, limit))
        assert n_threads(8) == most
    monkeypatch.setattr(resource, "getrlimit", lambda _limit: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert n_threads(8) == 8
    monkeypatch.setattr("analysis.resources.n_threads", lambda _most: 1)
    assert side_by_side(lambda _item: get_ident(), "ab") == [get_ident()] * 2
    monkeypatch.setattr("analysis.resources.n_threads", lambda _most: 2)
    assert get_ident() not in side_by_side(lambda _item: get_ident(), "ab")


def test_what_asks_for_memory_for_ever_is_loaded_before_it_is_bounded(monkeypatch):
    told = []
    before = resource.getrlimit(resource.RLIMIT_DATA)
    monkeypatch.setattr(kernels, "load_algebra", lambda: told.append(resource.getrlimit(resource.RLIMIT_DATA)))
    with kernels.bounded_memory(1 << 20):
        assert told == [before]


def test_a_sandbox_that_lets_nobody_set_bounds_stops_no_command(monkeypatch):
    """Python says it in two ways; each was a fault of ours."""
    for error in (ValueError("not allowed to raise maximum limit"), PermissionError(1, "Operation not permitted")):
        for call in ("setrlimit", "prlimit"):
            read = getattr(resource, call)
            monkeypatch.setattr(resource, call, lambda *given, error=error, read=read: _refused(error, read, *given))
        with kernels.bounded_memory(1 << 20):
            pass
        kernels.bound_memory(1 << 20)
        kernels.bound_memory(1 << 20, pid=os.getpid())
        monkeypatch.undo()


def _refused(error, read, *given):
    if isinstance(given[-1], tuple):
        raise error
    return read(*given)


def test_a_command_has_one_thread_of_algebra(monkeypatch):
    monkeypatch.setattr(os, "environ", {"OPENBLAS_NUM_THREADS": "64"})
    for name in ("cli", "open_streams", "collect_seldom", "import_without_settings"):
        monkeypatch.setattr(doors, name, lambda **_: None)
    doors.main()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
