import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.figures import theme
from analysis.figures.contagion import plot_near_repeats

CAPTION = theme.Caption("UCDP GED 24.1", "2023-12-31", 400, counted="located and dated attacks")
KM, DAYS = [(0, 1), (1, 10), (10, 25)], [(0, 0), (1, 7), (8, 14)]


def cells():
    rows = [
        (*km, *days, float(12 * i + j), 4.0 + i + j, 0.01 if (i, j) == (1, 1) else 0.4, (12.0 * i + j) / (4 + i + j))
        for i, km in enumerate(KM)
        for j, days in enumerate(DAYS)
    ]
    columns = ["km_low", "km_high", "days_low", "days_high", "observed", "expected", "p_corrected", "value"]
    return pd.DataFrame(rows, columns=columns).assign(status="computed", reason="")


def test_every_cell_has_its_ratio_and_pairs(read):
    table = cells()
    ax = plot_near_repeats(table, caption=CAPTION)
    words = read.texts(ax)
    for row in table.itertuples():
        assert f"× {theme.format_rate(row.value)}" in words
        assert f"{row.observed:,.0f} of {theme.format_rate(row.expected)}" in words
    assert {"same day", "1 to 7 days", "8 to 14 days", "up to 1 km", "1 to 10 km", "10 to 25 km"} <= set(words)
    assert read.overlaps(ax) == ([], [])


def test_row_order_of_the_table_does_not_matter(read):
    first = plot_near_repeats(cells())
    ratios = np.asarray(read.by_gid(first, "ratios").get_array())
    plt.close(first.figure)
    second = plot_near_repeats(cells().iloc[::-1])
    assert np.array_equal(np.asarray(read.by_gid(second, "ratios").get_array()), ratios)


def test_sure_cells_are_outlined(read):
    ax = plot_near_repeats(cells())
    assert read.by_gid(ax, "sure").get_xy() == pytest.approx((1.03, 1.05))
    assert "corrected p at most 0.05" in read.texts(ax)


def test_more_and_fewer_have_other_colours_and_nothing_expected_has_none(read):
    table = cells()
    table.loc[0, ["observed", "expected", "value"]] = [0.0, 0.3, 0.0]
    tones = np.asarray(read.by_gid(plot_near_repeats(table), "ratios").get_array())
    assert tones[0, 0] == 0
    assert tones[0, 1] < 0 < tones[2, 2]


def test_numbers_in_cells_can_be_read(read):
    ax = plot_near_repeats(cells())
    ax.figure.canvas.draw()
    faces = read.by_gid(ax, "ratios").get_facecolors()
    assert min(theme.contrast(theme.INK, face[:3]) for face in faces) >= 4.5


def test_a_cell_without_a_value_is_marked(read):
    table = cells()
    table.loc[4, ["value", "status"]] = [np.nan, "not_computed"]
    assert read.texts(plot_near_repeats(table)).count("n/c") == 1


def test_nothing_computed_gives_the_reason(read):
    table = cells().assign(
        value=np.nan, status="not_computed", reason="5 attacks are both located and dated well enough"
    )
    assert any("5 attacks are both located" in text for text in read.texts(plot_near_repeats(table)))
