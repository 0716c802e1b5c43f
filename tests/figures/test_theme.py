import itertools
import math
from xml.etree import ElementTree

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from analysis.figures import theme
from analysis.language import used

# Machado, Oliveira & Fernandes 2009 (IEEE TVCG 15:1291), severity 1, linear RGB.
DEUTERANOPIA = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
PROTANOPIA = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]


@pytest.mark.parametrize(
    "color", [theme.INK, theme.MUTED, theme.OFFENSIVE, theme.EXPECTED, theme.ALARM, theme.REFERENCE]
)
def test_text_colours_reach_4_5_on_paper(color):
    assert theme.contrast(color, theme.PAPER) >= 4.5


def test_text_on_the_missing_shade_reaches_4_5():
    assert theme.contrast(theme.MISSING_TEXT, theme.MISSING) >= 4.5


def test_contrast_of_black_on_white_is_21():
    assert theme.contrast("black", "white") == pytest.approx(21)


@pytest.mark.parametrize("matrix", [DEUTERANOPIA, PROTANOPIA])
def test_colours_that_share_a_chart_stay_apart_for_colour_blind_readers(matrix):
    from matplotlib.colors import to_rgb

    pairs = [
        (theme.ATTACK, theme.OFFENSIVE), (theme.ATTACK, theme.ALARM), (theme.EXPECTED, theme.REFERENCE),
        (theme.OFFENSIVE, theme.EXPECTED), (theme.ALARM, theme.EXPECTED), (theme.ATTACK, theme.BASELINE),
    ]  # fmt: skip

    def seen(color):
        channels = np.array(to_rgb(color))
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        light = np.clip(np.array(matrix) @ linear, 0, 1)
        x, y, z = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ light
        f = [t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x / 0.9505, y, z / 1.089)]
        return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])

    for first, second in pairs:
        assert np.linalg.norm(seen(first) - seen(second)) > 20, (first, second)


def test_what_is_counted_has_its_name_before_lines_are_broken():
    with theme.calling(lambda text: text.replace("attacks", "deadly events")):
        ax = theme.begin(None)
        theme.write_head(ax, "t", value_label="attacks per month", key=[(theme.partial_handle(), "attacks")])
        assert theme.wrap_text("all attacks", 30).split() == ["all", "deadly", "events"]
    assert ax.get_ylabel() == "deadly events per month"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["deadly events"]
    assert theme.wrap_text("attacks", 300) == "attacks"
    plt.close(ax.figure)


def test_style_starts_from_the_defaults_and_leaves_no_trace():
    with plt.rc_context({"font.size": 30.0, "lines.linewidth": 9.0}):
        with theme.style():
            assert plt.rcParams["font.size"] == theme.TEXT_SIZE
            assert plt.rcParams["lines.linewidth"] == 1.5
        assert plt.rcParams["font.size"] == 30.0


def test_what_is_drawn_once_beforehand_has_the_style_too():
    with plt.rc_context({"text.usetex": True}):
        theme.warm_up()  # which asked for a LaTeX that few have


@pytest.mark.parametrize(
    ("given_text", "drawn"),
    [
        ("Київ", "Київ"),
        ("بوركينا فاسو", "\u200eبوركينا فاسو\u200e"),
        ("ရန်ကုန် town", "ရန်ကုန် town"),
        ("می\u200cشود", "\u200eمی\u200cشود\u200e"),
        ("中文", "□"),
        ("two\nlines\tand tab", "two lines and tab"),
        ("$5 and $6", r"\$5 and \$6"),
        ("zero\u200bwidth", "zerowidth"),
        ("", "unnamed"),
        (None, "unnamed"),
        (float("nan"), "unnamed"),
        (pd.NA, "unnamed"),
    ],
)
def test_safe_text(given_text, drawn):
    assert theme.safe_text(given_text) == drawn


def test_safe_text_cuts_at_the_limit():
    assert theme.safe_text("Timbuktu airport camp", limit=10) == "Timbuktu…"


@theme.style()
def _drawn(table, *, caption):
    return theme.families(), theme.caption_text(**vars(caption), width=900)


@pytest.mark.parametrize(
    ("name", "family", "said"),
    [
        ("Gao", None, False), ("كيدال", None, False), ("ရန်ကုန်", "Noto Sans Myanmar", False),
        ("অঞ্চল", "Noto Sans Bengali", False), ("አዲስ አበባ", "Noto Sans Ethiopic", False), ("北京", None, True),
    ],
)  # fmt: skip
def test_a_chart_takes_the_fonts_that_its_names_need_and_says_what_none_has(name, family, said):
    caption = theme.Caption("UCDP GED", "2025-07-01", 12)
    families, told = _drawn(pd.DataFrame({"unit": [name]}), caption=caption)
    assert families == [theme.FONT, *filter(None, [family])]
    assert ("□ stands for signs" in told) == said
    assert theme.families() == [theme.FONT]


@given(st.text(max_size=40))
def test_safe_text_never_warns_of_a_missing_glyph(value):
    figure = plt.figure(figsize=(3, 1))
    text = theme.safe_text(value)
    figure.text(0, 0.5, text, fontfamily=theme.families_of([text]))
    figure.canvas.draw()
    plt.close(figure)


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1 / 240, "1 in 240"), (0.0390, "1 in 26"), (0.48, "5 in 10"), (0.84, "8 in 10"), (0.9, "90 in 100"),
        (0.97, "97 in 100"), (0.999, "over 99 in 100"), (1.0, "over 99 in 100"), (1e-8, "below 1 in a million"),
        (1 / 12345, "1 in 12,000"), (float("nan"), "not known"),
    ],
)  # fmt: skip
def test_format_chance(probability, words):
    assert theme.format_chance(probability) == words


@given(st.floats(1e-6, 0.995), st.floats(1e-6, 0.995))
def test_chances_keep_their_order_and_are_within_an_eighth(first, second):
    def told(probability):
        numerator, denominator = theme.format_chance(probability).split(" in ")
        return int(numerator) / int(denominator.replace(",", ""))

    assert told(first) == pytest.approx(first, rel=0.26)
    if first <= second:
        assert told(first) <= told(second) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "1 day"), (29, "29 days"), (90, "3 months"), (546, "18 months"), (800, "2.2 years"),
        (365.25 * 5, "5 years"), (365.25 * 1234, "1,200 years"), (math.inf, "not known"),
    ],
)  # fmt: skip
def test_format_span(days, words):
    assert theme.format_span(days) == words


def test_a_caption_is_no_wider_than_axes_that_labels_made_narrower():
    """Labels at the right, written after the title, move the axes' side: the caption wraps by where it is then."""
    ax = theme.begin(None)
    ax.plot([0, 1], [0, 1])
    theme.write_head(ax, "A title")
    theme.write_at_right(ax, [(1, "a rather long label at the right", theme.INK)])
    text = theme.write_caption(
        ax, source="UCDP GED 24.1", as_of="2023-12-31", n=7374, note="One more sentence to wrap."
    )
    theme.lay_out(ax.figure)
    box = text.get_window_extent()
    assert box.x1 <= ax.get_window_extent().x1 + 1
    assert "\n" in text.get_text()
    plt.close(ax.figure)


def test_caption_holds_source_vintage_and_number():
    _, ax = plt.subplots()
    text = theme.write_caption(ax, source="UCDP GED 24.1", as_of="2023-12-31", n=7374, note="One note.")
    assert " ".join(text.get_text().split()) == "Source: UCDP GED 24.1. As of 31 Dec 2023. n = 7,374 attacks. One note."


def test_few_rows_are_said_to_be_few():
    _, ax = plt.subplots()
    text = theme.write_caption(ax, source="x", as_of="2025-07-01", n=7)
    assert "n = 7: read as a list, not a distribution." in " ".join(text.get_text().split())
    assert theme.small_n_note(10) == theme.small_n_note(0) == ""


@given(st.lists(st.floats(0, 100), min_size=1, max_size=5))
def test_spread_labels_keep_their_distance_and_order(positions):
    placed = theme.spread(positions, 12, low=0, high=100)
    ordered = np.array(placed)[np.argsort(positions, kind="stable")]
    assert (np.diff(ordered) >= 12 - 1e-9).all()
    assert min(placed) >= -1e-9
    assert max(placed) <= 100 + 1e-9


def test_placed_labels_do_not_meet():
    items = [(float(x), f"{x} sites, 1 Jul") for x in range(0, 500, 9)]
    placed = theme.place_labels(items, width=500, rows=3, most=40)
    assert len(placed) >= 8
    spans = []
    for at, text, align, row in placed:
        extent = theme.text_width(text) + 2
        left = {"center": at - extent / 2, "right": at - extent + 2, "left": at - 2}[align]
        spans.append((row, left, left + extent, at))
    for (r1, a1, b1, x1), (r2, a2, b2, _) in itertools.permutations(spans, 2):
        assert r1 != r2 or b1 <= a2 or b2 <= a1
        assert not (r1 > r2 and a2 < x1 < b2)


def test_missing_columns_are_named():
    with pytest.raises(ValueError, match=r"plot_x: the table lacks value; it has day\. Pass"):
        theme.need_columns(pd.DataFrame({"day": []}), ("day", "value"), what="plot_x")


def test_a_plot_function_names_at_its_head_the_columns_that_it_needs():
    @theme.chart("day", "value")
    def plot_x(table, *, ax=None):
        return len(table)

    assert plot_x(pd.DataFrame({"day": [1], "value": [2.0]})) == plot_x(table=pd.DataFrame({"day": [1], "value": [2]}))
    with pytest.raises(ValueError, match=r"plot_x: the table lacks value; it has day\. Pass"):
        plot_x(pd.DataFrame({"day": [1]}))


@pytest.mark.parametrize(
    ("levels", "expected"), [([0.8, 0.8], "80 %"), ([np.nan, 0.95], "95 %"), ([0.8, 0.95], ""), ([np.nan], "")]
)
def test_a_level_is_told_where_all_intervals_have_one(levels, expected):
    assert theme.share_words(pd.DataFrame({"level": levels})) == expected
    assert theme.share_words(pd.DataFrame({"value": levels})) == ""


def test_boxes_meet_where_they_overlap_or_are_nearer_than_asked():
    box = (0.0, 0.0, 10.0, 10.0)
    assert theme.meets_any(box, [(30, 30, 40, 40), (11.9, 0, 20, 10)])
    assert not theme.meets_any(box, [(12.0, 0, 20, 10)])
    assert theme.meets_any(box, [(0, 10.9, 10, 20)], up=1)
    assert not theme.meets_any(box, [(0, 11.0, 10, 20)], up=1)


def test_several_units_are_refused_by_name():
    with pytest.raises(ValueError, match=r"holds 2 units \(MLI, NER"):
        theme.one_unit(pd.DataFrame({"unit": ["MLI", "NER"]}), what="plot_x")


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_equal_charts_are_written_as_equal_bytes(tmp_path, suffix):
    written = []
    for name in ("a", "b"):
        ax = theme.plot_absence(None, "Nothing", "because", caption=theme.Caption("x", "2025-07-01", 0))
        written.append(theme.write_figure(ax.figure, tmp_path / f"{name}.{suffix}", title="t").read_bytes())
        plt.close(ax.figure)
    assert written[0] == written[1]


def test_a_name_of_a_group_that_is_no_xml_spoils_no_chart(tmp_path):
    figure, ax = plt.subplots(figsize=(1, 1))
    ax.plot([0, 1])[0].set_gid("\x1b[2J\0\ufffe\x9bJNIM <b>")
    theme.write_forms(figure, [tmp_path / "a.svg", tmp_path / "a.png"])
    plt.close(figure)
    names = [part.get("id") for part in ElementTree.parse(tmp_path / "a.svg").iter()]
    assert "[2JJNIM <b>" in names


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"a\.bmp: charts are written as \.png, \.svg or \.pdf"):
        theme.write_figure(plt.figure(), tmp_path / "a.bmp")


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("days", [1, 3, 10, 40, 58, 61, 100, 400, 546, 700, 1100, 2000, 4000, 13_000])
@pytest.mark.parametrize("width", [60, 120, 260, 500])
def test_any_span_gets_a_few_dates_that_do_not_meet(days, width, language):
    _, ax = plt.subplots()
    ax.set_xlim(mdates.date2num(pd.Timestamp("2023-12-28")), mdates.date2num(pd.Timestamp("2023-12-28")) + days)
    with used(language):
        theme.format_date_axis(ax, width=width)
    at, words = ax.get_xticks(), [label.get_text() for label in ax.get_xticklabels()]
    assert 1 <= len(at) <= 10
    wide = np.array([theme.text_width(text) for text in words])
    assert (np.diff(at) * width / days > (wide[1:] + wide[:-1]) / 2).all()
    if width >= 260:
        assert len(at) >= 2
    plt.close(ax.figure)


def test_the_year_stands_once_under_the_first_of_its_dates():
    _, ax = plt.subplots()
    ax.set_xlim(mdates.date2num(pd.Timestamp("2024-02-10")), mdates.date2num(pd.Timestamp("2025-08-01")))
    with used("fr"):
        theme.format_date_axis(ax, width=300)
    words = [label.get_text() for label in ax.get_xticklabels()]
    assert words == ["mars\n2024", "mai", "juil.", "sept.", "nov.", "janv.\n2025", "mars", "mai", "juil."]
    plt.close(ax.figure)


@pytest.mark.parametrize(
    ("given_text", "drawn"),
    [
        ("Most in 北京, then ရန်ကုန်", "Most in □, then ရန်ကုန်"),
        ("two\nlines", "two\nlines"),
        ("$5 and $6", r"\$5 and \$6"),
        (r"\$5", r"\$5"),
        ("a\x1b[2J\0\u202eb\u2066\U000e0041c", "a [2J bc"),
        ("\u200e\u0643\u064a\u200e", "\u200e\u0643\u064a\u200e"),
    ],
)
def test_a_sentence_becomes_drawable_once(given_text, drawn):
    assert theme.drawable(given_text) == drawn
    assert theme.drawable(drawn) == drawn


def test_no_line_ends_between_a_number_and_its_sign():
    assert theme.wrap_text("from 14 % to 36 %", 1) == "from\n14 %\nto\n36 %"
    assert theme.wrap_text("up, × 1.5, p = 0.3 or p < 0.1", 1) == "up,\n× 1.5,\np = 0.3\nor\np < 0.1"


def test_a_file_s_long_name_is_broken_after_its_strokes():
    told = theme.wrap_text("(ged211_sahel_and_coast_exact_or_near.csv).", 90)
    assert told.replace("\n", "") == "(ged211_sahel_and_coast_exact_or_near.csv)."
    assert "\n" in told
    assert all(theme.text_width(line) <= 90 for line in told.split("\n"))
    assert theme.wrap_text("x" * 80, 90) == "x" * 80


def test_dates_and_numbers_of_a_chart_have_the_form_of_the_language():
    with used("fr"):
        assert theme.format_day("2025-07-01") == "1er juil. 2025"
        assert theme.format_month("2025-02-03") == "févr. 2025"
        assert [theme.format_number(value) for value in (1234.0, 0.25, math.inf)] == [
            "1\u202f234",
            "0,25",
            "sans limite",
        ]
        assert [theme.format_span(days) for days in (1, 29, 548, 4383)] == ["1 jour", "29 jours", "18 mois", "12 ans"]
        assert theme.format_chance(1 / 1240) == "1 sur 1\u202f200"
        ax = theme.begin(None)
        ax.plot(pd.to_datetime(["2024-01-01", "2024-12-31"]), [0, 0.5])
        theme.format_date_axis(ax)
        other = theme.begin(None)
        other.plot([0, 1], [0, 0.5])
    # Drawn later, outside of it: the axes keep the language that they were made in.
    for axes in (ax, other):
        axes.figure.canvas.draw()
    months = [label.get_text() for label in ax.get_xticklabels()]
    assert {"mai", "juil."} & set(months)
    assert not {"May", "Jul", "Feb"} & set(months)
    assert "0,1" in [label.get_text() for label in other.get_yticklabels()]
    plt.close("all")


def test_a_line_is_not_broken_at_a_space_that_joins():
    text = "12\u202f345 attaques\u00a0: oui"
    assert theme.wrap_text(text, 1) == "12\u202f345\nattaques\u00a0:\noui"


def test_a_png_is_the_picture_of_the_svg_with_its_title_and_size(tmp_path):
    ax = theme.plot_absence(None, "Nothing", "because")
    theme.write_forms(ax.figure, [tmp_path / "a.svg", tmp_path / "a.png"], title="A & é", dpi=100)
    plt.close(ax.figure)
    drawing = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert theme.picture_of(drawing, dpi=100) == (tmp_path / "a.png").read_bytes()
    with Image.open(tmp_path / "a.png") as image:
        assert image.info["Title"] == "A & é"
        assert image.info["dpi"] == pytest.approx((100, 100), abs=0.1)
        assert image.size == (750, 170)
        darkest, lightest = image.convert("L").getextrema()
        assert (darkest < 100, lightest) == (True, 255)


def test_axes_take_all_of_a_figure_but_what_stands_around_them():
    ax = theme.begin(None)
    ax.plot([0, 1], [0, 123456])
    theme.write_head(ax, "A title")
    theme.lay_out(ax.figure)
    around, paper, dots = ax.get_tightbbox(), ax.figure.bbox, ax.figure.dpi
    wider = 0.045 * (ax.get_window_extent().x0 - around.x0)  # in print
    assert around.x0 == pytest.approx(theme.LEAST_MARGIN * dots + wider, abs=1)
    assert ax.get_window_extent().x1 == pytest.approx(paper.x1 - theme.LEAST_MARGIN * dots, abs=1)
    assert around.y1 == pytest.approx(paper.y1, abs=0.06 * dots)
    assert around.y0 == pytest.approx(0, abs=0.06 * dots)
