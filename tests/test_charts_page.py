"""The page about charts tells the truth: every example in it is run here."""

import pytest

from tests import charts_page, readme

TEXT = charts_page.PAGE.read_text(encoding="utf-8")
RENEW = "python -m tests.charts_page renews docs/charts.md"


@pytest.mark.parametrize(("command", "output"), readme.commands(TEXT), ids=lambda text: text.split("\n")[0][:40])
def test_a_command_prints_what_the_page_shows(command, output, tmp_path):
    assert readme.run_command(command, tmp_path) == output, RENEW


@pytest.mark.parametrize(("code", "output"), readme.examples(TEXT), ids=lambda text: text.split("\n")[0][:40])
def test_an_example_prints_what_the_page_shows(code, output):
    assert readme.run_python(code) == output, RENEW
