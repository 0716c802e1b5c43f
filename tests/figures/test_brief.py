"""The brief's timeline: what is drawn is what was counted."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.text import Text

from analysis.figures.brief import plot_timeline
from analysis.figures.caption import Caption


def periods(values, *, deaths=None, covered_to=None):
    starts = pd.date_range("2024-01-01", periods=len(values), freq="MS")
    ends = starts + pd.offsets.MonthBegin(1)
    covered = ends.to_series(index=range(len(values)))
    if covered_to:
        covered.iloc[-1] = pd.Timestamp(covered_to)
    return pd.DataFrame({
        "period": "month", "period_start": starts, "period_end": ends, "covered_start": starts, "covered_end": covered,
        "value": values, "deaths": deaths if deaths is not None else float("nan"),
    })  # fmt: skip


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_bars_are_the_counts_and_the_last_is_as_wide_as_its_days():
    ax = plot_timeline(periods([3.0, 5.0, 2.0], covered_to="2024-03-11"), title="Found")
    assert [bar.get_height() for bar in ax.patches] == [3, 5, 2]
    shares = [bar.get_width() / days for bar, days in zip(ax.patches, (31, 29, 31), strict=True)]
    assert shares[2] / shares[0] == pytest.approx(10 / 31)
    assert ax.get_title(loc="left") == "Found"
    assert "5" in texts(ax)
    assert any(text.startswith("2") for text in texts(ax))


def test_what_is_usual_is_a_line_and_events_have_a_lane():
    events = pd.DataFrame({"date": pd.to_datetime(["2024-02-10", "2030-01-01"]), "text": ["ceasefire", "later"]})
    ax = plot_timeline(periods([3.0, 5.0, 2.0]), usual=2.5, events=events.iloc[:1], title="")
    (line,) = [one for one in ax.lines if one.get_gid() == "usual"]
    assert list(line.get_ydata()) == [2.5, 2.5]
    assert [text for text in texts(ax) if "ceasefire" in text] == ["ceasefire, 10 Feb"]


def test_events_that_have_no_room_are_counted():
    """Of 300 events of a context six had room, and nothing said that there were others."""
    days = pd.date_range("2024-01-01", "2024-03-20")
    events = pd.DataFrame({"date": days, "text": [f"meeting {n}" for n in range(len(days))]})
    caption = Caption("UCDP events (GEDEvent_v23.csv)", "2026-06-18", 318)
    ax = plot_timeline(periods([3.0, 5.0, 2.0]), events=events, title="", caption=caption)
    shown = sum("meeting" in text for text in texts(ax))
    foot = " ".join(text.get_text() for text in ax.figure.findobj(Text)).replace("\n", " ")
    assert f"{shown} of {len(days)} events of the context are shown." in foot
    ax = plot_timeline(periods([3.0, 5.0, 2.0]), events=events.head(1), title="", caption=caption)
    assert not any("context" in text.get_text() for text in ax.figure.findobj(Text))


def test_the_largest_offensives_are_labelled_and_all_are_marked():
    offensives = pd.DataFrame({
        "date_start": pd.to_datetime(["2024-01-05", "2024-02-05", "2024-02-20", "2023-01-01"]), "n_sites": [1, 7, 2, 9],
        "deaths_high": [40.0, float("nan"), 3.0, 1.0], "sites": ["Gao", "a; b", "c; d", "e"],
    })  # fmt: skip
    ax = plot_timeline(periods([3.0, 5.0, 2.0]), offensives=offensives, title="")
    (marks,) = [one for one in ax.lines if one.get_gid() == "offensives"]
    assert len(marks.get_xdata()) == 3
    assert {"7 places, 5 Feb", "2 places, 20 Feb", "Gao, 5 Jan"} <= set(texts(ax))


def test_deaths_have_a_panel_of_their_own_only_where_all_are_known():
    ax = plot_timeline(periods([3.0, 5.0, 2.0], deaths=[1.0, 20.0, 4.0]), title="")
    (below,) = [one for one in ax.figure.axes if one is not ax]
    assert [bar.get_height() for bar in below.patches] == [1, 20, 4]
    assert len(plot_timeline(periods([3.0, 5.0]), title="").figure.axes) == 1


@pytest.mark.parametrize("last", [3.0, 111.0, 250.0, 98_765.0])
def test_the_last_count_stays_inside_the_figure(last):
    ax = plot_timeline(periods([*[100.0] * 34, 211.0, last], covered_to="2026-12-19"), title="Found")
    ax.figure.canvas.draw()
    (told,) = [text for text in ax.texts if text.get_text().startswith(f"{last:,.0f}")]
    assert told.get_window_extent().x1 <= ax.figure.bbox.x1


def test_a_table_without_a_column_is_refused():
    with pytest.raises(ValueError, match="plot_timeline: the table lacks covered_end"):
        plot_timeline(periods([1.0]).drop(columns="covered_end"))


def test_no_period_is_said():
    ax = plot_timeline(periods([1.0]).iloc[:0], title="Nothing")
    assert any("There is no period to draw" in text for text in texts(ax))


def test_a_caption_with_the_day_of_the_last_bar_stays_inside_the_figure():
    table = periods([float(n) for n in range(1, 31)], deaths=5.0, covered_to="2026-06-18")
    caption = Caption("UCDP events (GEDEvent_v23.csv)", "2026-06-18", 318)
    ax = plot_timeline(table, caption=caption, title="Found")
    ax.figure.canvas.draw()
    (told,) = [text for text in ax.figure.findobj(Text) if text.get_gid() == "caption"]
    assert "The last bar ends on" in told.get_text().replace("\n", " ")
    assert "\n" in told.get_text()
    assert told.get_window_extent().y0 >= 0
