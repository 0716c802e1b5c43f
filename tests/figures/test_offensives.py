from itertools import pairwise

import numpy as np
import pytest

from analysis.figures import looks, theme
from analysis.figures.offensives import plot_definition_grid
from analysis.language import used

RULES = ["2+ sites or 25+ deaths", "3+ sites or 25+ deaths", "3+ sites", "5+ sites"]
CAPTION = theme.Caption("Project table of the central Sahel", "2025-07-01", 12)


@pytest.mark.parametrize("n_rules", [1, 2, 3, 4])
def test_every_count_is_printed_in_its_cell(tables, read, n_rules):
    table = tables.grid(RULES[:n_rules])
    ax = plot_definition_grid(table, caption=CAPTION)
    cells = [text.get_text() for text in ax.texts if text.get_text().isdigit() and text.get_size() == theme.TEXT_SIZE]
    assert sorted(map(float, cells)) == sorted(table["value"])
    assert {"same day", "gap 1 day", "gap 3 days", "any", "150"} <= set(read.texts(ax))
    assert set(RULES[:n_rules]) <= {text.replace("\n", " ") for text in read.texts(ax)}
    assert f"{table['value'].min():.0f} to {table['value'].max():.0f}" in ax.get_ylabel()
    assert read.overlaps(ax) == ([], [])


def test_distances_are_told_apart_on_a_square(tables, read):
    """ "150", "300" and "toute" ran into each other."""
    with used("fr"), looks.sized("square"):
        ax = plot_definition_grid(tables.grid(RULES), caption=CAPTION)
        theme.lay_out(ax.figure)
    ax.figure.canvas.draw()
    ends = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert all(right.x0 - left.x1 > 3 for left, right in pairwise(ends))
    assert read.overlaps(ax) == ([], [])


def test_the_definition_in_use_is_outlined(tables, read):
    ax = plot_definition_grid(tables.grid(RULES))
    assert read.by_gid(ax, "default definition").get_xy() == (3, 0)
    assert "definition in use" in read.texts(ax)


def test_numbers_in_cells_can_be_read(tables):
    ax = plot_definition_grid(tables.grid(RULES))
    ax.figure.canvas.draw()
    colors = ax.collections[0].get_facecolors()
    rows, columns = ax.collections[0].get_array().shape
    by_cell = colors.reshape(rows, columns, 4)
    for text in ax.texts:
        if text.get_text().isdigit() and text.get_size() == theme.TEXT_SIZE:
            column, row = (int(part) for part in text.get_position())
            assert theme.contrast(text.get_color(), by_cell[row, column, :3]) >= 4.5


def test_a_cell_without_a_value_is_marked(tables, read):
    table = tables.grid(RULES[:1])
    table.loc[5, ["value", "status"]] = [np.nan, "not_computed"]
    assert read.texts(plot_definition_grid(table)).count("n/c") == 1


def test_nothing_computed_gives_the_reason(tables, read):
    table = tables.grid(RULES).assign(value=np.nan, status="not_computed", reason="no attack has a named attacker")
    assert any("no attack has a named attacker" in text for text in read.texts(plot_definition_grid(table)))
