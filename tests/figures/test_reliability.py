import pandas as pd
import pytest

from analysis.figures import theme
from analysis.figures.reliability import plot_completeness

CAPTION = theme.Caption("Project table of the central Sahel", "2025-07-01", 24)
EMBEDDED = [
    ("2024-05-01", 5, 19),
    ("2024-07-01", 4, 19),
    ("2024-09-01", 8, 22),
    ("2024-10-01", 4, 12),
    ("2024-11-01", 3, 21),
]


def test_shares_and_their_counts_are_shown(tables, read):
    table = tables.completeness(EMBEDDED)
    ax = plot_completeness(table, caption=CAPTION)
    assert read.by_gid(ax, "share held").get_ydata() == pytest.approx(table["value"])
    assert {"5/19", "4/19", "8/22", "4/12", "3/21", "95 % interval"} <= set(read.texts(ax))
    intervals = read.by_gid(ax, "interval").get_segments()
    assert [s[1, 1] for s in intervals] == pytest.approx(table["high"])
    assert "Army briefing" in ax.get_ylabel()
    assert read.overlaps(ax) == ([], [])


def test_spans_between_references_are_shaded(tables, read):
    ax = plot_completeness(tables.completeness(EMBEDDED))
    shaded = [p for p in ax.patches if p.get_gid() == "missing"]
    assert len(shaded) == 2  # June and August 2024
    assert "no reference" in read.texts(ax)


def test_a_reference_of_zero_has_no_point(tables, read):
    ax = plot_completeness(tables.completeness([*EMBEDDED, ("2024-12-01", 2, 0)]))
    assert len(read.by_gid(ax, "share held").get_ydata()) == 5


def test_more_held_than_counted_is_not_capped(tables, read):
    table = tables.completeness([("2024-05-01", 9, 6), ("2024-06-01", 2, 8)])
    table.loc[0, ["low", "high"]] = float("nan")
    ax = plot_completeness(table)
    assert max(read.by_gid(ax, "share held").get_ydata()) == 1.5
    assert ax.get_ylim()[1] > 1.5
    assert len(read.by_gid(ax, "interval").get_segments()) == 1
    assert read.overlaps(ax) == ([], [])


@pytest.mark.parametrize("n", [1, 30, 120])
def test_any_number_of_periods_is_readable(tables, read, n):
    months = pd.date_range("2010-01-01", periods=n, freq="MS")
    ax = plot_completeness(tables.completeness([(m, 3 + i % 4, 15) for i, m in enumerate(months)]), caption=CAPTION)
    assert read.overlaps(ax) == ([], [])


def test_no_reference_at_all_is_said(tables, read):
    ax = plot_completeness(tables.completeness(EMBEDDED).iloc[:0])
    assert any("There is no reference count." in text for text in read.texts(ax))
