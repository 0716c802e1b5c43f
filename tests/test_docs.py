"""The pages of docs/ are made from the code, and lead somewhere."""

import re

import pytest

from analysis.measures import QUESTIONS
from tests import docs

PAGES = sorted(docs.DOCS.glob("*.md"))


@pytest.mark.parametrize("name", [name for name in docs.PAGES if name != "reference.md"])
def test_a_generated_page_is_fresh(name):
    assert (docs.DOCS / name).read_text(encoding="utf-8") == docs.PAGES[name](), "make docs renews it"


def test_every_public_function_has_a_text_and_a_place():
    page = docs.reference_page()
    assert page.count("\n### ") > 150
    for name in ("open_study", "poisson_interval", "farrington_flexible", "knox_test", "plot_timeline"):
        assert f"\n### {name}\n" in page


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    links = re.findall(r"\]\((?!http)([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_file_that_a_page_names_is_there():
    text = (docs.DOCS / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:incidents|measures|figures|reports|publishing|scheduling)/[\w/.]+)`", text)
    assert len(named) > 10
    assert [name for name in named if not (docs.ROOT / "analysis" / name).exists()] == []


def test_the_page_on_architecture_names_every_file():
    """Or the folder that it is one of, or the pattern by which each question has its own."""
    text = (docs.DOCS / "architecture.md").read_text(encoding="utf-8")
    folders = ("statistics/", "incidents/sources/", "incidents/files/", "figures/theme/", "languages/")
    assert all(folder in text for folder in folders)
    by_question = {f"{room}/{name}.py" for room in ("measures", "figures", "reports/sections") for name in QUESTIONS}
    code = docs.ROOT / "analysis"
    files = {path.relative_to(code).as_posix() for path in code.rglob("*.py") if not path.name.startswith("__")}
    files = {name for name in files - by_question if not name.startswith(folders)}
    assert sorted(name for name in files if f"`{name}`" not in text) == []


def test_every_test_that_the_page_of_trials_names_is_there():
    named = set(re.findall(r"`([\w/]*test_\w+\.py)`", (docs.DOCS / "robustness.md").read_text(encoding="utf-8")))
    assert len(named) > 50
    assert [name for name in sorted(named) if not (docs.ROOT / "tests" / name).exists()] == []


def test_a_cell_of_the_page_of_trials_can_be_read():
    rows = [line for line in (docs.DOCS / "robustness.md").read_text(encoding="utf-8").split("\n") if line[:1] == "|"]
    assert [cell[:60] for row in rows for cell in row.split(" | ") if len(cell) > 600] == []


def test_each_entry_of_the_changelog_opens_with_the_numbers_that_change():
    _, *entries = (docs.ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")
    assert [entry.split("\n")[0] for entry in entries if entry.split("\n")[2] != "### Numbers that change"] == []
