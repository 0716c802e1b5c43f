from contextlib import nullcontext

import matplotlib.pyplot as plt
import numpy as np
import pytest

from analysis.figures import looks, theme
from analysis.figures.surge import plot_ranked_units, plot_series, plot_small_multiples
from analysis.language import used

CAPTION = theme.Caption("UCDP GED 24.1", "2023-12-31", 7374)
UNITS = ["Sagaing", "Київ", "စစ်ကိုင်း", "بوركينا فاسو", "Ayeyarwady Region of the great delta"]


def alerts_of(panel):
    latest = panel.groupby("unit", sort=False).tail(1)
    return latest.assign(rule="Farrington flexible", false_alarms_per_year=0.52)


def test_a_series_holds_counts_band_and_alarms(tables, read):
    table = tables.panel(["Sagaing"])
    ax = plot_series(table, caption=CAPTION, value_label="attacks per week")
    assert np.array_equal(read.by_gid(ax, "observed").get_ydata()[:-1], table["observed"])
    assert np.array_equal(read.by_gid(ax, "expected").get_ydata()[:-1], table["expected"], equal_nan=True)
    assert list(read.by_gid(ax, "alarms").get_ydata()) == table.loc[table["alarm"], "observed"].tolist()
    assert any(text.endswith("alarm") or text.endswith("alarms") for text in read.texts(ax))
    assert read.overlaps(ax) == ([], [])


def test_a_series_without_a_baseline_says_so(tables, read):
    table = tables.panel(["X"], n=12).assign(
        expected=np.nan, upper=np.nan, alarm=False, reason="shorter than any baseline"
    )
    ax = plot_series(table, caption=CAPTION)
    assert "No expected range: shorter than any baseline." in " ".join(read.by_gid(ax, "caption").get_text().split())
    assert not ax.findobj(lambda artist: artist.get_gid() == "alarms")
    assert read.overlaps(ax) == ([], [])


def test_uncovered_weeks_are_shaded_and_raise_no_alarm(tables, read):
    table = tables.panel(["Sagaing"])
    table.loc[40:60, "observed"] = np.nan
    table["alarm"] = table["alarm"] | table["observed"].isna()
    ax = plot_series(table)
    assert "no coverage" in read.texts(ax)
    assert not np.isnan(read.by_gid(ax, "alarms").get_ydata()).any()


def test_a_series_of_nothing_is_said(tables, read):
    table = tables.panel(["X"]).assign(observed=np.nan, reason="outside coverage")
    assert any("outside coverage" in text for text in read.texts(plot_series(table)))


@pytest.mark.parametrize("n_units", [1, 2, 5])
def test_a_page_has_a_panel_for_each_unit(tables, read, n_units):
    panel = tables.panel(UNITS[:n_units])
    axes = plot_small_multiples(panel, caption=CAPTION)
    assert len(axes) == n_units
    assert [ax.get_title(loc="left") for ax in axes[:4]] == ["Sagaing", UNITS[1], UNITS[2], "\u200eبوركينا فاسو\u200e"][
        :n_units
    ]
    assert read.overlaps(axes[0]) == ([], [])


def test_a_page_shows_the_first_n_and_says_of_how_many(tables, read):
    panel = tables.panel([f"Unit {i}" for i in range(20)], n=30)
    axes = plot_small_multiples(panel, n=12, caption=CAPTION)
    assert [ax.get_title(loc="left") for ax in axes] == [f"Unit {i}" for i in range(12)]
    assert any("12 of 20 units" in text for text in read.texts(axes[0]))
    assert read.overlaps(axes[0]) == ([], [])


def test_a_long_name_of_what_is_counted_stays_on_a_square(tables, read):
    panel = tables.panel([f"Unit {i}" for i in range(20)], n=30)
    label = "actions meurtrières par semaine, observées et attendues"
    with looks.sized("square"):
        axes = plot_small_multiples(panel, value_label=label, caption=CAPTION)
        theme.lay_out(axes[0].figure)
    assert read.overlaps(axes[0]) == ([], [])


def test_ranked_units_keep_their_order_and_numbers(tables, read):
    panel = tables.panel(UNITS)
    ax = plot_ranked_units(alerts_of(panel), panel, caption=CAPTION)
    words = read.texts(ax)
    assert words.count("20") == 5
    assert words.count("0.52") == 5
    assert words.count("Farrington flexible") == 5
    sparks = ax.findobj(lambda artist: artist.get_gid() == "spark")
    assert len(sparks) == 5
    assert words.index("Sagaing") < words.index("Київ") < words.index(UNITS[2])
    assert read.overlaps(ax) == ([], [])


@pytest.mark.parametrize("size", [None, "slide", "page", "square"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_ranking_of_one_has_room_for_its_words_at_every_size(tables, read, size, language):
    panel = tables.panel([UNITS[0]])
    alerts = alerts_of(panel).assign(window_weeks=4)
    title = "Tavrin in Ardovia, of which the name is long, stands out most: 12 attacks in four weeks, 1.4 expected"
    with used(language), looks.sized(size) if size else nullcontext():
        ax = plot_ranked_units(alerts, panel, title=title, caption=CAPTION)
        theme.lay_out(ax.figure)
    assert read.overlaps(ax) == ([], [])
    assert ax.get_window_extent().height * 72 / ax.figure.dpi > 18  # the small chart is not crushed


def test_a_long_ranking_says_what_it_leaves_out(tables, read):
    panel = tables.panel([f"Unit {i}" for i in range(30)], n=10)
    ax = plot_ranked_units(alerts_of(panel), panel, limit=25)
    assert "25 of 30" in ax.get_ylabel()


def test_no_alert_is_said(tables, read):
    panel = tables.panel(UNITS)
    ax = plot_ranked_units(alerts_of(panel).iloc[:0], panel)
    assert any("No unit stands above its baseline." in text for text in read.texts(ax))


def test_the_given_axes_are_used(tables):
    _, ax = plt.subplots()
    panel = tables.panel(UNITS[:2])
    assert plot_ranked_units(alerts_of(panel), panel, ax=ax) is ax
    assert len(plt.get_fignums()) == 1
