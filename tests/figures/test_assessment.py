import numpy as np
import pandas as pd

from analysis.figures import theme
from analysis.figures.assessment import MOST_RATIO, plot_lines

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
    ax = plot_lines(lines(), verdict="elevated", caption=CAPTION)
    shown = [artist.get_xdata()[0] for artist in ax.findobj(lambda artist: artist.get_gid() == "value")]
    assert shown == [MOST_RATIO, 0.5, 1.1]  # beyond the axis: at its end, with an arrow, the number beside it
    texts = read.texts(ax)
    assert "up, × 40, p < 0.001" in texts
    assert "cannot tell" in texts
    assert any("Verdict: elevated" in text for text in texts)
    assert read.overlaps(ax) == ([], [])


def test_a_line_without_a_value_has_no_mark(read):
    ax = plot_lines(lines().iloc[[1]], verdict="cannot tell")
    assert not ax.findobj(lambda artist: artist.get_gid() in ("value", "interval"))


def test_no_line_at_all_is_said(read):
    ax = plot_lines(lines().iloc[:0], verdict="cannot tell", caption=CAPTION)
    assert any("no line of evidence" in text for text in read.texts(ax))
