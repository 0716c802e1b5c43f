import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.figures import theme
from analysis.figures.spread import plot_centre_path, plot_distances, plot_map, plot_newly_hit, plot_period_maps

CAPTION = theme.Caption("Project table of the central Sahel", "2025-07-01", 60, counted="located attacks")
FRAME = (-400.0, 400.0, -300.0, 300.0)
DATES = {"window_start": "2025-06-02", "baseline_start": "2024-01-01"}


def placed(n=60, *, seed=1):
    generator = np.random.default_rng(seed)
    days = pd.Timestamp("2023-07-01") + pd.to_timedelta(np.sort(generator.integers(0, 731, n)), unit="D")
    x, y = generator.normal(0, (120, 80), (n, 2)).T
    return pd.DataFrame(
        {"incident_id": [f"i{i}" for i in range(n)], "x_km": x, "y_km": y, "date_start": days.astype("datetime64[us]")}
    )


LINES = pd.DataFrame(
    {
        "kind": ["border"] * 3 + ["coast"] * 2,
        "part": [0, 0, 0, 1, 1],
        "x_km": [-500, 0, 500, -500, 500],
        "y_km": [50, 90, 40, -250, -200.0],
    }
)
LABELS = pd.DataFrame(
    {
        "name": ["Mali", "စစ်ကိုင်း", "Côte d'Ivoire"],
        "x_km": [0, 200, -100.0],
        "y_km": [150, 180, -150.0],
        "share": [0.5, 0.2, 0.1],
    }
)
LINKS = pd.DataFrame(
    {"offensive_id": ["O", "O"], "x_km": [0, 100.0], "y_km": [0, 50.0], "centre_x_km": 50.0, "centre_y_km": 25.0}
)


def areas(n=6, *, missing=()):
    starts = pd.date_range("2024-01-01", periods=n + 1, freq="91D", unit="us")
    table = pd.DataFrame(
        {
            "period_start": starts[:-1], "period_end": starts[1:], "x_km": np.linspace(-150, 150, n),
            "y_km": np.linspace(-80, 80, n),
            "major_km": 120.0, "minor_km": 60.0, "angle": 30.0, "centre_major_km": 40.0, "centre_minor_km": 25.0,
            "centre_angle": 10.0,
            "value": 134.0, "low": 100.0, "high": 160.0, "level": 0.95, "status": "computed", "reason": "",
        }
    )  # fmt: skip
    gone = list(missing)
    table.loc[gone, ["x_km", "y_km", "major_km", "minor_km", "angle", "centre_major_km", "value"]] = np.nan
    table.loc[gone, "status"] = "not_computed"
    table.loc[gone, "reason"] = "2 located attacks on 2 days; an ellipse needs at least 5 on 3"
    return table


def distances(values):
    value = np.asarray(values, dtype=float)
    starts = pd.date_range("2024-01-01", periods=len(value) + 1, freq="91D", unit="us")
    return pd.DataFrame(
        {
            "period_start": starts[:-1], "period_end": starts[1:], "to": "sea coast", "value": value, "low": value - 40,
            "high": value + 60,
            "q10": value - 200, "q90": value + 300, "level": 0.95,
            "status": np.where(np.isnan(value), "not_computed", "computed"),
            "reason": np.where(np.isnan(value), "too few located attacks", ""),
        }
    )  # fmt: skip


def test_the_map_holds_every_attack_once_in_its_class(read):
    attacks = placed()
    ax = plot_map(attacks, LINES, frame=FRAME, links=LINKS, labels=LABELS, n_left_out=7, caption=CAPTION, **DATES)
    began = attacks["date_start"]
    for gid, held in (
        ("window", began.ge("2025-06-02")),
        ("baseline", began.ge("2024-01-01") & began.lt("2025-06-02")),
        ("before", began.lt("2024-01-01")),
    ):
        drawn = np.asarray(read.by_gid(ax, gid).get_offsets())
        assert np.array_equal(drawn, attacks.loc[held, ["x_km", "y_km"]].to_numpy())
        assert any(text.endswith(f"({held.sum()})") for text in read.texts(ax))
    said = " ".join(read.by_gid(ax, "caption").get_text().split())
    assert "7 located too roughly are not shown." in said
    assert "Azimuthal equidistant" in said
    assert read.by_gid(ax, "offensive").get_text() == "1"
    assert not ax.findobj(
        lambda artist: artist.get_gid() == "offensives"
    )  # no lines from an offensive's middle across borders
    assert read.overlaps(ax) == ([], [])


def test_the_map_is_as_long_up_as_across_and_holds_its_frame(read):
    ax = plot_map(placed(), LINES, frame=FRAME, **DATES)
    ax.figure.canvas.draw()
    box = ax.get_window_extent()
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert (right - left) / box.width == pytest.approx((top - bottom) / box.height, rel=0.01)
    assert left <= FRAME[0]
    assert right >= FRAME[1]
    assert bottom <= FRAME[2] + 1
    assert top >= FRAME[3] - 1


def test_the_scale_bar_is_as_long_as_it_says(read):
    ax = plot_map(placed(), LINES, frame=FRAME, **DATES)
    x = read.by_gid(ax, "scale bar").get_xdata()
    assert f"{x[1] - x[0]:,.0f} km" in read.texts(ax)


def test_borders_and_coast_are_drawn_as_given(read):
    ax = plot_map(placed(), LINES, frame=FRAME, **DATES)
    assert [len(part) for part in read.by_gid(ax, "border").get_segments()] == [3]
    assert [len(part) for part in read.by_gid(ax, "coast").get_segments()] == [2]


def test_names_never_meet_and_leave_out_what_has_no_room(read):
    crowded = pd.concat([LABELS.assign(x_km=0.0, y_km=0.0)] * 3, ignore_index=True)
    ax = plot_map(placed(), LINES, frame=FRAME, labels=crowded, **DATES)
    assert len(ax.findobj(lambda artist: artist.get_gid() == "country")) == 1
    assert read.overlaps(ax) == ([], [])


@pytest.mark.parametrize("problem", ["attacks lie up to 9,000 km from their mean centre", ""])
def test_a_map_of_nothing_says_why(read, problem):
    attacks = placed() if problem else placed().iloc[:0]
    ax = plot_map(attacks, LINES, frame=FRAME, problem=problem, caption=CAPTION, **DATES)
    assert any((problem or "No attack is located well enough") in text for text in read.texts(ax))


def test_period_maps_place_each_attack_in_its_period(read):
    attacks, table = placed(), areas(missing=[1])
    panels = plot_period_maps(attacks, table, LINES, frame=FRAME, caption=CAPTION)
    assert len(panels) == len(table)
    for panel, area in zip(panels, table.itertuples(index=False), strict=True):
        inside = attacks["date_start"].ge(area.period_start) & attacks["date_start"].lt(area.period_end)
        drawn = panel.findobj(lambda artist: artist.get_gid() == "attacks")[0].get_offsets()
        assert len(drawn) == inside.sum()
        assert panel.get_title(loc="left").endswith(f": {inside.sum()}")
        assert len(panel.findobj(lambda artist: artist.get_gid() == "ellipse")) == (0 if np.isnan(area.major_km) else 1)
    assert read.overlaps(panels[0]) == ([], [])


def test_period_maps_of_nothing_say_why(read):
    ax = plot_period_maps(placed().iloc[:0], areas(), LINES, frame=FRAME)
    assert any("No attack is located" in text for text in read.texts(ax))


def test_the_path_passes_over_periods_without_a_centre(read):
    table = areas(missing=[1, 4])
    ax = plot_centre_path(table, LINES, frame=FRAME, labels=LABELS, caption=CAPTION)
    centres = np.asarray(read.by_gid(ax, "centres").get_offsets())
    held = table[table["status"].eq("computed")]
    assert np.array_equal(centres, held[["x_km", "y_km"]].to_numpy())
    drawn = ax.findobj(lambda artist: artist.get_gid() == "ellipse")
    assert [(patch.width, patch.height, patch.angle) for patch in drawn] == [(240, 120, 30)] * 4
    assert "2 of 6 periods have too few located attacks." in " ".join(read.by_gid(ax, "caption").get_text().split())
    assert "Jan 2024 – Mar 2024" in read.texts(ax)
    assert read.overlaps(ax) == ([], [])


def test_no_centre_at_all_gives_the_reason(read):
    ax = plot_centre_path(areas(missing=range(6)), LINES, frame=FRAME)
    assert any("an ellipse needs at least 5 on 3" in text for text in read.texts(ax))


def test_distances_hold_median_interval_and_tenths(read):
    values = [900.0, np.nan, 850.0, 700.0]
    ax = plot_distances(distances(values), caption=CAPTION)
    assert np.array_equal(read.by_gid(ax, "median").get_ydata(), values, equal_nan=True)
    segments = read.by_gid(ax, "interval").get_segments()
    assert [tuple(segment[:, 1]) for segment in segments] == [(860, 960), (810, 910), (660, 760)]
    bars = ax.findobj(lambda artist: artist.get_gid() == "tenth to tenth")
    assert [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in bars] == [(700, 1200), (650, 1150), (500, 1000)]
    assert "too few located attacks" in read.texts(ax)
    assert ax.get_ylabel() == "km"
    assert read.overlaps(ax) == ([], [])


def test_distances_to_another_place_are_asked_for_by_name(read):
    table = distances([900.0, 800.0])
    ax = plot_distances(pd.concat([table, table.assign(to="Senegal", value=[5.0, 6.0])]), to="Senegal")
    assert list(read.by_gid(ax, "median").get_ydata()) == [5, 6]
    assert ax.get_title(loc="left") == "Distance of attacks to Senegal"
    absent = plot_distances(table, to="Chad")
    assert any("The table holds nothing about Chad." in text for text in read.texts(absent))
    plt.close(absent.figure)


def test_newly_hit_units_stand_in_those_hit(read):
    starts = pd.date_range("2024-01-01", periods=5, freq="MS", unit="us")
    table = pd.DataFrame(
        {
            "period_start": starts[:-1], "period_end": [*starts[1:-1], pd.Timestamp("2024-04-10")],
            "n_hit": [3, 4, 2, 1],
            "history_days": [0, 31, 60, 91], "partial": [False, False, False, True], "value": [3.0, 2.0, 0.0, 1.0],
        }
    )  # fmt: skip
    ax = plot_newly_hit(table, units="cells of half a degree", caption=CAPTION)
    heights = read.bars(ax)
    assert sorted(heights) == sorted([3, 4, 2, 3, 2, 0, 1])
    assert read.bars(ax, hatched=True) == [1]
    said = " ".join(read.by_gid(ax, "caption").get_text().split())
    assert "In the first months every unit is new; the last month has a history of 3 months before it." in said
    assert read.overlaps(ax) == ([], [])


def test_a_wrong_table_is_refused():
    with pytest.raises(ValueError, match="plot_map: the table lacks x_km"):
        plot_map(placed().drop(columns="x_km"), LINES, frame=FRAME, **DATES)


def test_the_given_axes_are_used():
    _, ax = plt.subplots()
    assert plot_map(placed(), LINES, frame=FRAME, ax=ax, **DATES) is ax
