"""Small panels on one scale, and two periods with their intervals: what is drawn is what the tables hold."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.figures import looks, theme
from analysis.figures.compare import plot_parts, plot_periods


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def parts(n=4):
    return pd.DataFrame(
        {
            "part": [f"p{i}" for i in range(n)], "name": [f"Place {i}" for i in range(n)],
            "word": ["rising", "falling", "steady", "cannot tell"][:n] + ["steady"] * max(n - 4, 0), "told": "words",
            "usual": 4.0, "value": 2.0, "low": 1.5, "high": 3.0, "status": "computed",
        }
    )  # fmt: skip


def series(table, n=36):
    starts = pd.date_range("2022-01-01", periods=n, freq="MS")
    return pd.concat(
        pd.DataFrame({"part": row.part, "name": row.name, "period_start": starts,
            "period_end": starts + pd.offsets.MonthBegin(1),
                      "value": np.arange(n) % 7 * (place + 1.0)})
        for place, row in enumerate(table.itertuples(index=False))
    )  # fmt: skip


def periods(n=3):
    return pd.DataFrame(
        {
            "name": [f"Place {i}" for i in range(n)], "word": "higher", "told": "higher", "per_month_1": 2.0,
            "low_1": 1.0, "high_1": 3.0,
            "per_month_2": 5.0, "low_2": 4.0, "high_2": 7.0, "value": 2.5, "low": 1.4, "high": 4.0,
            "status": "computed",
        }
    )  # fmt: skip


def test_panels_share_one_scale_and_hold_their_counts():
    table = parts()
    panels = plot_parts(table, series(table))
    assert len(panels) == 4
    assert len({panel.get_ylim() for panel in panels}) == 1
    for place, panel in enumerate(panels):
        assert sum(bar.get_height() for bar in panel.patches) == pytest.approx(sum(np.arange(36) % 7) * (place + 1))
        usual = next(line for line in panel.lines if line.get_gid() == "usual")
        assert usual.get_ydata()[0] == 4.0


def test_the_last_three_months_are_darker():
    table = parts(1)
    (panel,) = plot_parts(table, series(table))
    from matplotlib.colors import to_rgba

    assert sum(bar.get_facecolor() == to_rgba(theme.ATTACK) for bar in panel.patches) == 3


def test_a_small_figure_shows_the_first_and_says_so():
    table = parts(9)
    with looks.sized("square"):
        panels = plot_parts(table, series(table), caption=theme.Caption("a table", "2024-12-31", 100))
    assert 1 <= len(panels) < 9
    said = " ".join(panels[0].figure._supxlabel.get_text().split())
    assert f"{len(panels)} of 9 are shown" in said


def test_rates_and_intervals_of_both_periods_are_drawn():
    ax = plot_periods(periods(), first="2023", second="2024")
    assert [line.get_xdata()[0] for line in ax.lines if line.get_gid() == "rate 2"] == [5.0] * 3
    assert [list(line.get_xdata()) for line in ax.lines if line.get_gid() == "interval 1"] == [[1.0, 3.0]] * 3
    assert [text.get_text() for text in ax.texts if text.get_gid() == "ratio"] == ["higher\n× 2.5 (1.4 – 4.0)"] * 3


def test_what_could_not_be_computed_has_no_ratio():
    table = periods(1).assign(status="not_computed", told="cannot tell")
    ax = plot_periods(table, first="2023", second="2024")
    assert [text.get_text() for text in ax.texts if text.get_gid() == "ratio"] == ["cannot tell"]


def test_no_part_is_said():
    assert theme.absence_of(plot_parts(parts(0), series(parts(1)))[0].figure) == "The table holds no part."
    assert theme.absence_of(plot_periods(periods(0), first="a", second="b").figure) == "The table holds no part."
