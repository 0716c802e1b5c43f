"""What a command says of errors whose cause lies with the system."""

import resource

import click
import pytest
from click.testing import CliRunner

from analysis.answering import answering
from analysis.publishing.errors import KernelDiedError, NotebookError, OutOfMemoryError


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
