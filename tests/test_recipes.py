"""The recipes of docs/recipes.md print what the page shows, and find what was planted in the example table."""

import pytest

from tests import recipes

RECIPES = recipes.recipes(recipes.PAGE.read_text(encoding="utf-8"))


def test_there_are_ten():
    assert [title.partition(".")[0] for title, _, _ in RECIPES] == [str(k) for k in range(1, 11)]
    assert all(len(code.strip().splitlines()) <= 12 for _, code, _ in RECIPES)


@pytest.mark.parametrize(("code", "output"), [recipe[1:] for recipe in RECIPES], ids=[recipe[0] for recipe in RECIPES])
def test_a_recipe_prints_what_the_page_shows(code, output, tmp_path):
    assert output.strip(), "python -m tests.recipes renews the page"
    assert recipes.run(code, tmp_path) == output, "python -m tests.recipes renews the page"


def test_charts_and_numbers_are_left_where_the_recipes_say(tmp_path):
    by_title = {title: code for title, code, _ in RECIPES}
    recipes.run(by_title["10. A chart on axes of my own, a file of numbers, a report"], tmp_path)
    assert (tmp_path / "both.svg").stat().st_size > 10_000
    assert (tmp_path / "units.csv").read_text(encoding="utf-8").startswith("unit,")
