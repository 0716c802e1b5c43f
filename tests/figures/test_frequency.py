import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.figures import theme
from analysis.figures.frequency import plot_timeline

CAPTION = theme.Caption("Project table of the central Sahel", "2025-07-01", 42)


def test_bars_hold_the_counts_and_the_partial_period_is_hatched(tables, read):
    counts = tables.counts(tables.attacks(42))
    ax = plot_timeline(counts, caption=CAPTION)
    whole = counts[counts["complete"]]
    assert read.bars(ax) == whole["value"].tolist()
    assert read.bars(ax, hatched=True) == counts.loc[~counts["complete"], "value"].tolist()
    assert "partial period" in read.texts(ax)
    assert ax.get_title(loc="left") == "Attacks per month, Mali"
    assert ax.get_ylabel() == "attacks per month"
    assert "n = 42 attacks." in read.by_gid(ax, "caption").get_text()


def test_a_period_outside_coverage_has_no_bar_and_is_shaded(tables, read):
    counts = tables.counts(tables.attacks(42), uncovered=[0, 1, 2])
    ax = plot_timeline(counts)
    assert len(read.bars(ax)) + len(read.bars(ax, hatched=True)) == len(counts) - 3
    shade = read.by_gid(ax, "missing").get_extents().transformed(ax.transData.inverted())
    assert mdates.num2date(shade.x0 + 1e-6).strftime("%Y-%m-%d") == "2024-01-01"
    assert mdates.num2date(shade.x1 + 1e-6).strftime("%Y-%m-%d") == "2024-04-01"
    assert "no coverage" in read.texts(ax)


def test_whiskers_stand_where_dates_leave_the_count_open(tables, read):
    counts = tables.counts(tables.attacks(42))
    segments = read.by_gid(plot_timeline(counts), "dating bounds").get_segments()
    opened = counts[counts["low"] < counts["high"]]
    assert [tuple(s[:, 1]) for s in segments] == list(zip(opened["low"], opened["high"], strict=True))


def test_every_offensive_is_marked_and_the_latest_is_labelled(tables, read):
    ax = plot_timeline(tables.counts(tables.attacks(42)), offensives=tables.offensives(10))
    assert len(read.by_gid(ax, "offensives").get_xdata()) == 10
    assert "7 sites, 1 Jul" in read.texts(ax)
    assert any(text.startswith("10 offensives") for text in read.texts(ax))


def test_the_strip_holds_one_mark_an_attack(tables, read):
    attacks = tables.attacks(42)
    ax = plot_timeline(tables.counts(attacks), attacks=attacks)
    (strip,) = ax.child_axes
    exact = attacks["date_precision"].eq("day")
    longer = exact & attacks["date_end"].gt(attacks["date_start"])
    assert len(read.by_gid(strip, "attacks to the day").get_segments()) == (exact & ~longer).sum()
    assert len(read.by_gid(strip, "attacks within a span").get_paths()) == (~exact).sum()
    assert strip.get_xlim() == ax.get_xlim()


def test_the_given_axes_are_used(tables):
    _, ax = plt.subplots(layout="constrained")
    attacks = tables.attacks(42)
    assert plot_timeline(tables.counts(attacks), attacks=attacks, ax=ax) is ax
    assert len(plt.get_fignums()) == 1


def test_nothing_overlaps_on_a_table_like_the_embedded_one(tables, read):
    attacks = tables.attacks(42)
    ax = plot_timeline(
        tables.counts(attacks, uncovered=[0]), attacks=attacks, offensives=tables.offensives(10), caption=CAPTION
    )
    assert read.overlaps(ax) == ([], [])


def test_nothing_overlaps_on_thirty_five_years(tables, read):
    span = {"first": "1989-01-01", "last": "2023-12-31"}
    attacks = tables.attacks(3000, **span)
    ax = plot_timeline(
        tables.counts(attacks, **span), attacks=attacks, offensives=tables.offensives(50, **span), caption=CAPTION
    )
    assert read.overlaps(ax) == ([], [])
    assert any("50 offensives, " in text for text in read.texts(ax))
    assert read.by_gid(ax.child_axes[0], "attacks to the day").get_rasterized()


def test_no_attack_is_said_not_left_blank(tables, read):
    attacks = tables.attacks(0)
    ax = plot_timeline(tables.counts(attacks), attacks=attacks, offensives=tables.offensives(0))
    assert set(read.bars(ax)) == {0.0}
    assert {"no attack in any covered period", "no incident in these periods", "partial"} <= set(read.texts(ax))


def test_one_attack(tables, read):
    attacks = tables.attacks(1, vague=0)
    ax = plot_timeline(tables.counts(attacks), attacks=attacks, caption=theme.Caption("x", "2025-07-01", 1))
    assert sum(read.bars(ax)) + sum(read.bars(ax, hatched=True)) == 1
    assert "n = 1: read as a list, not a distribution." in read.by_gid(ax, "caption").get_text()


def test_all_outside_coverage_gives_the_reason_and_no_bar(tables, read):
    ax = plot_timeline(tables.counts(tables.attacks(42), uncovered=range(30)))
    assert read.bars(ax) == []
    assert any("outside coverage (2024-01-01" in text for text in read.texts(ax))


def test_an_empty_table_still_gives_a_chart(tables, read):
    ax = plot_timeline(tables.counts(tables.attacks(3)).iloc[:0])
    assert any("holds no period" in text for text in read.texts(ax))


def test_thousands_of_days_are_one_outline(tables):
    attacks = tables.attacks(500, first="2015-01-01", last="2023-12-31")
    counts = tables.counts(attacks, first="2015-01-01", last="2023-12-31", freq="D", period="day")
    ax = plot_timeline(counts)
    (outline,) = [patch for patch in ax.patches if hasattr(patch, "get_data")]
    drawn, _, _ = outline.get_data()
    assert np.array_equal(drawn[~np.isnan(drawn)], counts.loc[counts["complete"], "value"])


def test_names_from_the_data_are_drawn_as_the_font_can(tables, read):
    counts = tables.counts(tables.attacks(42), unit="ရန်ကုန် $1 $2")
    offensives = tables.offensives(1).assign(n_sites=1, sites="မြန်မာ")
    ax = plot_timeline(counts, offensives=offensives)
    ax.figure.canvas.draw()
    assert ax.get_title(loc="left") == r"Attacks per month, ရန်ကုန် \$1 \$2"
    assert "မြန်မာ, 1 Jul" in read.texts(ax)


def test_row_order_does_not_matter(tables, read):
    counts = tables.counts(tables.attacks(42))
    first = read.bars(plot_timeline(counts))
    plt.close("all")
    assert read.bars(plot_timeline(counts.iloc[::-1])) == first


def test_missing_columns_and_several_units_are_refused(tables):
    counts = tables.counts(tables.attacks(5))
    with pytest.raises(ValueError, match=r"plot_timeline: the table lacks value"):
        plot_timeline(counts.drop(columns="value"))
    counts.loc[0, "unit"] = "Niger"
    with pytest.raises(ValueError, match="holds 2 units"):
        plot_timeline(counts)


def test_the_latest_offensives_are_labelled_though_they_crowd(tables, read):
    offensives = tables.offensives(10)
    offensives.loc[[7, 8], "date_start"] = pd.to_datetime(["2025-06-02", "2025-06-14"])
    offensives.loc[[7, 8], "n_sites"] = [3, 2]
    ax = plot_timeline(tables.counts(tables.attacks(42)), offensives=offensives)
    assert {"7 sites, 1 Jul", "2 sites, 14 Jun"} <= set(read.texts(ax))
    assert read.overlaps(ax) == ([], [])
