"""What a notebook shows before anybody changes it: its page, its picture, and an answer worth seeing."""

import pytest

from analysis import open_study
from analysis.incidents.parameters import defaults_of
from analysis.measures import QUESTIONS
from analysis.publishing.runner import notebook_parameters
from analysis.resources import resource
from tests.pictures import MOST_BYTES, NOTEBOOKS, in_order, page

# The embedded table is too short for these; `tests/test_example.py` holds that the alarms of the example are found.
ANSWERED = [path for path in in_order() if path.stem in QUESTIONS and path.stem != "surge"]


def test_the_page_of_notebooks_is_fresh():
    assert (NOTEBOOKS / "README.md").read_text(encoding="utf-8") == page(), "run: make pictures"


def test_every_notebook_has_a_small_picture():
    pictures = {path.stem: path.stat().st_size for path in (NOTEBOOKS / "pictures").glob("*")}
    assert pictures.keys() == {path.stem for path in in_order()}
    assert max(pictures.values()) <= MOST_BYTES


@pytest.mark.parametrize("path", ANSWERED, ids=lambda path: path.stem)
def test_a_notebook_opens_with_an_answer(path):
    told = {name: value for name, value in notebook_parameters(path).items() if name in defaults_of()}
    question = getattr(open_study(**{**told, "n_simulations": 200}), path.stem)
    first = question.read()[0]
    assert "could not be computed" not in first
    assert "cannot tell" not in first
    assert question.charts()


def test_the_situation_report_asks_every_question():
    """One that has no cell is computed, and never shown."""
    source = (NOTEBOOKS / "situation.ipynb").read_text(encoding="utf-8")
    asked = [name for name in QUESTIONS if f'report.section(\\"{name}\\"' in source]
    assert asked == list(QUESTIONS)


def test_notebooks_of_questions_travel_with_their_page():
    assert resource("notebooks/README.md").exists()
    assert resource("data/example/incidents.csv").exists()
