import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.figures import theme
from analysis.figures.trend import plot_trend

CAPTION = theme.Caption("UCDP GED 24.1", "2023-12-31", 400)
VALUES = [3, 2, 4, 0, 5, 3, 6, 2, 8, 9, 7, 11] * 3
CHANGES = pd.DataFrame(
    {
        "period_start": pd.to_datetime(["2021-02-01", "2022-05-01"]),
        "rate_before": [3.0, 12.0],
        "rate_after": [12.0, 41.0],
    }
)


def test_counts_line_and_changes_hold_the_table(tables, read):
    table = tables.trend(VALUES)
    ax = plot_trend(table, CHANGES, caption=CAPTION, value_label="attacks per month")
    assert read.bars(ax) == VALUES
    assert read.by_gid(ax, "trend").get_ydata() == pytest.approx(table["fitted"])
    assert list(read.by_gid(ax, "rates between changes").get_data().values) == [3, 12, 41]
    assert {"Feb 2021: 3.0 to 12", "May 2022: 12 to 41"} <= set(read.texts(ax))
    assert ax.get_ylabel() == "attacks per month"
    assert read.overlaps(ax) == ([], [])


def test_where_nothing_was_fitted_the_reason_stands_on_the_chart(tables, read):
    caption = theme.Caption("Made-up table", "2023-12-31", 60)
    ax = plot_trend(
        tables.trend(VALUES, fitted=False, reason="completeness varies between 14 and 36 %"), caption=caption
    )
    assert read.bars(ax) == VALUES
    assert "No trend line: completeness varies between 14 and 36 %." in " ".join(read.texts(ax)).replace("\n", " ")
    assert not ax.findobj(lambda artist: artist.get_gid() == "trend")


def test_missing_periods_have_no_bar(tables, read):
    table = tables.trend(VALUES)
    table.loc[3:6, "value"] = np.nan
    ax = plot_trend(table)
    assert len(read.bars(ax)) == len(VALUES) - 4
    assert "no coverage" in read.texts(ax)


def test_many_changes_are_all_drawn_and_the_largest_labelled(tables, read):
    start = pd.date_range("2012-06-01", periods=20, freq="5MS")
    rates = np.arange(21.0) % 5 * 3 + 1
    changes = pd.DataFrame({"period_start": start, "rate_before": rates[:-1], "rate_after": rates[1:]})
    ax = plot_trend(tables.trend([4] * 140, first="2012-01-01"), changes, caption=CAPTION)
    assert len(ax.findobj(lambda artist: artist.get_gid() == "change point")) == 20
    caption = " ".join(read.by_gid(ax, "caption").get_text().split())
    assert "of 20 changes labelled, the largest first." in caption
    assert read.overlaps(ax) == ([], [])


def test_labels_of_changes_stay_below_the_head_whatever_its_height(tables, read):
    start = pd.date_range("2012-06-01", periods=20, freq="5MS")
    rates = np.arange(21.0) % 5 * 3 + 1
    changes = pd.DataFrame({"period_start": start, "rate_before": rates[:-1], "rate_after": rates[1:]})
    table = tables.trend([4] * 140, first="2012-01-01", fitted=False, reason="the rate changed of late " * 12)
    caption = theme.Caption("a table with a long name " * 6, "2023-12-31", 400)
    ax = plot_trend(table, changes, caption=caption, title="A finding that fills a line and a half " * 2)
    ax.figure.canvas.draw()
    top = ax.get_window_extent().y1
    labels = [text for text in ax.texts if " to " in text.get_text() and text.get_gid() is None]
    assert len(labels) > 3
    assert all(text.get_window_extent().y1 <= top + 2 for text in labels)
    assert read.overlaps(ax) == ([], [])


def test_no_value_at_all_is_said(tables, read):
    table = tables.trend(VALUES, reason="outside coverage").assign(value=np.nan)
    assert any("outside coverage" in text for text in read.texts(plot_trend(table)))


def test_the_given_axes_are_used(tables):
    _, ax = plt.subplots()
    assert plot_trend(tables.trend(VALUES), ax=ax) is ax
