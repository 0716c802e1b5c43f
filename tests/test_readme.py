"""The README tells the truth: every command and every output in it is run here."""

import re

import pytest

from analysis.cli import cli
from tests import readme

TEXT = readme.README.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder with the embedded data, in which the README's commands run one after another."""
    return tmp_path_factory.mktemp("readme")


@pytest.mark.parametrize(("command", "output"), readme.commands(TEXT), ids=lambda text: text.split("\n")[0][:60])
def test_a_command_prints_what_the_readme_shows(command, output, folder):
    assert readme.run_command(command, folder) == output, "make readme renews the README"
    if command == "escalation report":
        made = next(folder.glob("reports/published/*/*/charts/timeline.png"))
        assert made.read_bytes() == readme.PICTURE.read_bytes(), "make readme renews the picture"


@pytest.mark.parametrize(("code", "output"), readme.examples(TEXT))
def test_an_example_prints_what_the_readme_shows(code, output):
    assert readme.run_python(code) == output


def test_the_readme_is_short():
    assert len(TEXT.encode("utf-8")) < 12_000, "long text goes to docs/"


def test_every_command_is_in_the_readme_and_in_the_code():
    named = set(re.findall(r"^\| `escalation (\w+)", TEXT, re.MULTILINE))
    assert named == set(cli.commands)


def test_every_make_target_is_real():
    makefile = (readme.ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    assert set(re.findall(r"`make (\w+)`", TEXT)) | {"report", "test"} <= targets


def test_local_links_lead_somewhere():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", TEXT)
    assert links
    assert [link for link in links if not (readme.ROOT / link).exists()] == []
