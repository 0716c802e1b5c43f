"""What a command says of errors whose cause lies with the system."""

import resource

import click
import pytest
from click.testing import CliRunner

from analysis.answering import answering
from analysis.publishing.errors import KernelDiedError, NotebookError


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
