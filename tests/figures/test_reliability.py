import numpy as np
import pandas as pd
import pytest

from analysis.figures import theme
from analysis.figures.reliability import plot_completeness, plot_delays, plot_nowcast, plot_triangle

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


def delay_table(n_weeks=12):
    weeks = np.arange(n_weeks)
    value = (1 - 0.6 ** (weeks + 1)) / (1 - 0.6**n_weeks)
    return pd.DataFrame(
        {
            "delay_weeks": weeks, "age_days": 7 * (weeks + 0.5), "value": value, "low": value**1.3, "high": value**0.8,
            "level": 0.95, "status": "computed", "reason": "",
        }
    )  # fmt: skip


def test_the_delay_curve_starts_at_nothing_and_names_its_half(read):
    table = delay_table()
    ax = plot_delays(table, caption=CAPTION)
    line = read.by_gid(ax, "share in the table")
    assert line.get_ydata().tolist() == pytest.approx([0, *table["value"]])
    assert line.get_xdata().tolist() == pytest.approx([0, *(table["age_days"] / 7)])
    half = float(np.interp(0.5, line.get_ydata(), line.get_xdata()))
    assert read.by_gid(ax, "half").get_xdata()[0] == pytest.approx(half)
    assert {f"half within {round(7 * half)} days", "95 % interval", "weeks after the attack"} <= set(read.texts(ax))
    assert ax.get_ylabel() == "share of the attacks recorded within 12 weeks"
    assert read.overlaps(ax) == ([], [])


def triangle_table(n_weeks, n_delays, *, end="2025-06-30"):
    ends = pd.Timestamp(end) - pd.to_timedelta(7 * np.arange(n_weeks), unit="D")
    rows = [
        (ends[age] - pd.Timedelta(days=7), ends[age], delay, float((age + 2 * delay) % 5))
        for age in range(n_weeks)
        for delay in range(min(age + 1, n_delays))
    ]
    return pd.DataFrame(rows, columns=["period_start", "period_end", "delay_weeks", "value"])


@pytest.mark.parametrize(("n_weeks", "n_delays"), [(9, 9), (26, 12), (60, 53)])
def test_the_triangle_shows_each_count_and_leaves_open_what_cannot_be_seen(read, n_weeks, n_delays):
    table = triangle_table(n_weeks, n_delays)
    ax = plot_triangle(table, caption=CAPTION)
    cells = read.by_gid(ax, "triangle").get_array()
    assert cells.shape == (n_delays, n_weeks)
    assert cells.sum() == table["value"].sum()
    assert cells.count() == len(table)
    assert {"no attack", "4 attacks", "cannot be seen yet"} <= set(read.texts(ax))
    assert read.overlaps(ax) == ([], [])


def nowcast_table(n_weeks=26, *, level=0.95):
    starts = pd.date_range("2025-01-06", periods=n_weeks, freq="7D")
    recorded = np.arange(n_weeks) % 7
    coming = np.where(np.arange(n_weeks) >= n_weeks - 5, np.arange(n_weeks) - n_weeks + 6, 0)
    return pd.DataFrame(
        {
            "unit": "MLI", "period_start": starts, "period_end": starts + pd.Timedelta(days=7), "recorded": recorded,
            "value": recorded + 1.5 * coming, "low": recorded + 0.5 * (coming > 2), "high": recorded + 4.0 * coming,
            "level": level, "status": "computed", "reason": "",
        }
    )  # fmt: skip


@pytest.mark.parametrize("n_weeks", [8, 26, 53])
def test_the_nowcast_stands_beside_what_is_recorded(read, n_weeks):
    table = nowcast_table(n_weeks)
    ax = plot_nowcast(table, caption=CAPTION)
    assert read.bars(ax) == table["recorded"].tolist()
    coming = table["high"] > table["recorded"]
    assert coming.sum() == 5
    assert read.by_gid(ax, "expected").get_ydata().tolist() == table.loc[coming, "value"].tolist()
    spans = [segment[:, 1].tolist() for segment in read.by_gid(ax, "interval").get_segments()]
    assert spans == table.loc[coming, ["low", "high"]].to_numpy().tolist()
    assert {"recorded", "expected in the end", "95 % interval"} <= set(read.texts(ax))
    assert ax.get_ylim()[0] == 0
    assert ax.get_ylim()[1] >= table["high"].max()
    assert read.overlaps(ax) == ([], [])


def test_nothing_still_to_come_leaves_the_bars_alone(read):
    ax = plot_nowcast(nowcast_table().head(20), caption=CAPTION)
    assert len(read.by_gid(ax, "expected").get_ydata()) == 0
    assert len(read.bars(ax)) == 20


@pytest.mark.parametrize(
    ("plot", "table"),
    [(plot_delays, delay_table()), (plot_triangle, triangle_table(9, 9)), (plot_nowcast, nowcast_table())],
    ids=["delays", "triangle", "nowcast"],
)
def test_without_delays_the_chart_says_so(read, plot, table):
    ax = plot(table.iloc[:0], caption=CAPTION)
    assert any("No delay is known." in text for text in read.texts(ax))
    with pytest.raises(ValueError, match="lacks value"):
        plot(table.drop(columns="value"))
