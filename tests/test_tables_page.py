"""The page about tables tells the truth: every command in it is run here, on a made-up table."""

import pytest

from tests import aggregates, readme

TEXT = aggregates.PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("tables")
    aggregates.write_aggregates(made)
    return made


@pytest.mark.parametrize(("command", "output"), readme.commands(TEXT), ids=lambda text: text.split("\n")[0][:40])
def test_a_command_prints_what_the_page_shows(command, output, folder):
    assert readme.run_command(command, folder) == output, "python -m tests.aggregates renews docs/tables.md"
