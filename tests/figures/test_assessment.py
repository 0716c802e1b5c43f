import numpy as np
import pandas as pd

from analysis.figures import looks as sizes
from analysis.figures import theme
from analysis.figures.assessment import MOST_RATIO, plot_lines, plot_reliability, plot_words
from analysis.language import used

CAPTION = theme.Caption("UCDP GED 24.1", "2023-12-31", 7374)


def lines():
    return pd.DataFrame(
        {
            "line": ["frequency", "tempo", "lethality", "spread"],
            "asks": "",
            "direction": ["up", "cannot tell", "down", "no change found"],
            "p_value": [0.0001, np.nan, 0.01, 0.4],
            "value": [40.0, np.nan, 0.5, 1.1],
            "low": [20.0, np.nan, 0.3, 0.8],
            "high": [80.0, np.nan, 0.9, 1.5],
            "status": ["computed", "not_computed", "computed", "computed"],
            "reason": ["", "recording is uneven", "", ""],
        }
    )


def test_each_line_stands_at_its_ratio_and_says_what_it_counts_as(read):
    ax = plot_lines(lines(), title="Attacks: rising", caption=CAPTION)
    shown = [artist.get_xdata()[0] for artist in ax.findobj(lambda artist: artist.get_gid() == "value")]
    assert shown == [MOST_RATIO, 0.5, 1.1]  # beyond the axis: at its end, with an arrow, the number beside it
    texts = read.texts(ax)
    assert "up, × 40, p < 0.001" in texts
    assert "cannot tell" in texts
    assert "Attacks: rising" in texts
    assert read.overlaps(ax) == ([], [])


def test_long_words_leave_the_ratios_room_at_the_narrowest_size(read):
    said = lines().assign(line="attaques, 90 derniers jours", direction="no change found")
    with used("fr"), sizes.sized("square"):
        ax = plot_lines(said, title="Attaques : en hausse", caption=CAPTION)
        theme.lay_out(ax.figure)
    assert read.overlaps(ax) == ([], [])
    assert ax.get_window_extent().width > 0.2 * ax.figure.bbox.width


def test_long_words_end_before_the_edge_as_they_are_printed():
    """Letters are wider in print than measured: the last figure of a p-value was cut."""
    said = lines().assign(direction="not sure enough, and said at more length", p_value=0.82, value=0.91)
    with sizes.sized("page"):
        ax = plot_lines(said, caption=CAPTION)
        theme.lay_out(ax.figure)
    ends = [
        text.get_window_extent().x0 + theme.text_width(text.get_text()) / 1.03 * ax.figure.dpi / 72
        for text in ax.texts
        if text.get_text().startswith("not sure")
    ]
    assert len(ends) >= 4
    assert max(ends) <= ax.figure.bbox.width - 0.13 * ax.figure.dpi  # a margin of 0.14 inches


def test_a_line_without_a_value_has_no_mark(read):
    ax = plot_lines(lines().iloc[[1]])
    assert not ax.findobj(lambda artist: artist.get_gid() in ("value", "interval"))


def test_no_line_at_all_is_said(read):
    ax = plot_lines(lines().iloc[:0], caption=CAPTION)
    assert any("no line of evidence" in text for text in read.texts(ax))


def looks():
    days = pd.date_range("2021-01-03", periods=40, freq="7D")
    recent = np.r_[np.full(20, 12.0), np.full(20, 30.0)]
    words = ["no clear change"] * 22 + ["rising"] * 18
    return pd.DataFrame({"day": days, "recent": recent, "reference": 48.0, "reference_days": 360, "word": words})


def test_the_word_is_shaded_where_it_was_said(read):
    ax = plot_words(looks(), caption=CAPTION)
    (recent,) = ax.findobj(lambda artist: artist.get_gid() == "recent")
    (usual,) = ax.findobj(lambda artist: artist.get_gid() == "usual")
    assert recent.get_ydata().tolist() == looks()["recent"].tolist()
    assert set(usual.get_ydata()) == {12.0}  # 48 in 360 days: 12 in 90
    shaded = ax.findobj(lambda artist: artist.get_gid() == "rising")
    assert len(shaded) == 1
    start = theme.day_numbers(looks()["day"])[22]
    assert shaded[0].get_x() == start
    assert not ax.findobj(lambda artist: artist.get_gid() == "falling")
    assert read.overlaps(ax) == ([], [])


def test_no_week_is_said():
    ax = plot_words(looks().iloc[:0], caption=CAPTION)
    assert "No week could be judged" in " ".join(text.get_text() for text in ax.texts)


def test_reliability_stands_at_what_was_said_and_came(read):
    table = pd.DataFrame({"said": [0.05, 0.4, 0.8], "came": [0.1, 0.42, 0.7], "n": [20, 60, 15]})
    ax = plot_reliability(table, caption=CAPTION)
    (came,) = ax.findobj(lambda artist: artist.get_gid() == "came")
    assert came.get_xdata().tolist() == table["said"].tolist()
    assert came.get_ydata().tolist() == table["came"].tolist()
    assert {"20", "60", "15"} <= set(read.texts(ax))


def test_no_chance_to_judge_is_said():
    empty = pd.DataFrame({"said": [], "came": [], "n": []})
    assert "No earlier month" in " ".join(text.get_text() for text in plot_reliability(empty).texts)
