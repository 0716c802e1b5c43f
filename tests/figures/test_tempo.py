import matplotlib.pyplot as plt
import numpy as np
import pytest

from analysis.figures import theme
from analysis.figures.tempo import plot_rolling, plot_unusualness

CAPTION = theme.Caption("Project table of the central Sahel", "2025-07-01", 10, counted="offensives")
NAN = (float("nan"),) * 3


def test_the_line_holds_the_trailing_counts(tables, read):
    table = tables.rolling("2024-01-01", "2025-07-01", [40, 41, 60, 200, 530, 540, 546])
    ax = plot_rolling(table, window_days=29, caption=CAPTION)
    drawn = read.by_gid(ax, "trailing count").get_ydata()[:-1]
    assert np.array_equal(drawn, table["value"], equal_nan=True)
    assert "3 on\n1 Jul 2025" in read.texts(ax)
    assert "0 to 2: 95 % of days at a steady rate" in {text.replace("\n", " ") for text in read.texts(ax)}
    assert ax.get_ylabel() == "offensives in 29 days"
    assert read.by_gid(ax, "missing").get_extents().transformed(ax.transData.inverted()).width == pytest.approx(28)
    assert read.overlaps(ax) == ([], [])


def test_a_trailing_count_without_a_covered_window_is_not_drawn(tables, read):
    table = tables.rolling("2025-06-20", "2025-07-01", [3])
    ax = plot_rolling(table, window_days=29)
    assert any("the window begins before coverage" in text for text in read.texts(ax))
    assert ax.lines[:] == []


def test_no_baseline_draws_no_band_words(tables, read):
    table = tables.rolling("2024-01-01", "2025-07-01", [40]).assign(
        baseline_low=np.nan, baseline_high=np.nan, expected=np.nan
    )
    ax = plot_rolling(table, window_days=29)
    assert not any("steady rate" in text for text in read.texts(ax))
    ax.figure.canvas.draw()


def test_three_numbers_under_two_nulls_are_said(tables, read):
    ax = plot_unusualness(tables.unusual((1 / 240, 0.48, 2.4), (1 / 90, 0.84, 0.9)), caption=CAPTION)
    words = read.texts(ax)
    assert {"1 in 240", "5 in 10", "2.4 years", "1 in 90", "8 in 10", "11 months"} <= set(words)
    assert read.by_gid(ax, "independent fixed_window").get_xdata() == pytest.approx([1 / 240])
    assert read.by_gid(ax, "clustered any_window").get_xdata() == pytest.approx([0.84])
    reading = " ".join(read.by_gid(ax, "reading").get_text().split())
    assert (
        reading
        == "If each comes by chance at the baseline rate, 3 or more offensives have a chance of 1 in 240 in one given"
        " window of 29 days. In some window within 18 months, that chance is 5 in 10. If one brings the next, the"
        " chance is 1 in 90 for one given window and 8 in 10 for some window."
    )
    assert ax.get_title(loc="left") == "How unusual are 3 or more offensives in 29 days?"
    assert read.overlaps(ax) == ([], [])


@pytest.mark.parametrize(
    ("independent", "clustered"),
    [
        ((2e-9, 4e-5, 4000.0), (1.2e-4, 0.03, 45.0)),
        ((0.7, 1.0, 0.1), (0.75, 1.0, 0.08)),
        ((0.0, 0.0, float("inf")), (0.01, 0.2, 3.0)),
        ((0.004, 0.48, 2.4), NAN),
    ],
)
def test_extreme_chances_stay_readable(tables, read, independent, clustered):
    ax = plot_unusualness(tables.unusual(independent, clustered), caption=CAPTION)
    low, high = ax.get_xlim()
    assert all(low <= x <= high for line in ax.lines if line.get_gid() for x in line.get_xdata())
    assert read.overlaps(ax) == ([], [])


def test_what_was_not_computed_is_said_and_not_drawn(tables, read):
    ax = plot_unusualness(tables.unusual((0.004, 0.48, 2.4), NAN))
    assert sum("the baseline holds no offensive" in text for text in read.texts(ax)) == 3
    assert not ax.findobj(lambda artist: str(artist.get_gid()).startswith("clustered"))
    assert "If one brings the next" not in read.by_gid(ax, "reading").get_text()


def test_nothing_computed_gives_the_reason(tables, read):
    ax = plot_unusualness(tables.unusual(NAN, NAN))
    assert any("the baseline holds no offensive" in text for text in read.texts(ax))


def test_the_given_axes_are_used(tables):
    _, (left, right) = plt.subplots(1, 2, figsize=(14, 4), layout="constrained")
    assert plot_unusualness(tables.unusual((0.004, 0.48, 2.4), NAN), ax=left) is left
    assert plot_rolling(tables.rolling("2024-01-01", "2024-06-01", [40]), window_days=29, ax=right) is right
    assert len(plt.get_fignums()) == 1
