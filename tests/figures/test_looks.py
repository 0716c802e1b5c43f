"""Sizes and themes: type is large enough, colours are exchanged whole and stay readable."""

import itertools
import logging
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from PIL import Image

from analysis.figures import looks, theme

PALETTE = [
    theme.PAPER, theme.INK, theme.MUTED, theme.GRID, theme.ATTACK, theme.OFFENSIVE, theme.BASELINE, theme.EXPECTED,
    theme.ALARM, theme.QUIET, theme.UNCERTAIN, theme.MISSING, theme.MISSING_HATCH, theme.MISSING_TEXT, theme.REFERENCE,
]  # fmt: skip
TEXT = [theme.INK, theme.MUTED, theme.OFFENSIVE, theme.EXPECTED, theme.ALARM, theme.REFERENCE]


@theme.style()
def bars():
    ax = theme.begin(None)
    ax.bar([0, 1], [1, 2], color=theme.ATTACK)
    ax.plot([0, 1], [1, 2], color=theme.OFFENSIVE, marker="o", markerfacecolor=theme.PAPER)
    theme.write_head(ax, "A title", value_label="attacks")
    return ax


@pytest.mark.parametrize("name", ["dark", "print"])
def test_words_reach_4_5_on_the_paper_of_every_theme(name):
    paper = looks.in_theme(theme.PAPER, name)[:3]
    for color in TEXT:
        assert theme.contrast(looks.in_theme(color, name)[:3], paper) >= 4.5, color
    missing = looks.in_theme(theme.MISSING, name)[:3]
    assert theme.contrast(looks.in_theme(theme.MISSING_TEXT, name)[:3], missing) >= 4.5


def test_print_holds_greys_alone():
    for color in [*PALETTE, "#E07B39", "#9FC4DE"]:
        red, green, blue, _ = looks.in_theme(color, "print")
        assert red == pytest.approx(green) == pytest.approx(blue)


def test_print_tells_apart_what_shares_a_chart_by_colour_alone():
    together = [
        (theme.ATTACK, theme.QUIET), (theme.ATTACK, theme.BASELINE), (theme.EXPECTED, theme.BASELINE),
        (theme.OFFENSIVE, theme.QUIET), (theme.ATTACK, theme.EXPECTED),
    ]  # fmt: skip
    for first, second in together:
        assert theme.contrast(looks.in_theme(first, "print")[:3], looks.in_theme(second, "print")[:3]) >= 1.5


@pytest.mark.parametrize("name", looks.THEMES)
def test_a_recoloured_chart_holds_colours_of_its_theme_alone(name):
    ax = bars()
    with theme.style():
        theme.lay_out(ax.figure)
    looks.recolour(ax.figure, name)
    own = {to_hex(color).upper() for color in PALETTE}
    if name != "light":
        own = {to_hex(looks.in_theme(color, name)).upper() for color in PALETTE}
    shown = [ax.figure.get_facecolor(), ax.get_facecolor(), ax.title.get_color(), ax.yaxis.label.get_color()]
    shown += [patch.get_facecolor() for patch in ax.patches] + [ax.lines[0].get_color()]
    shown += [ax.lines[0].get_markerfacecolor(), *(label.get_color() for label in ax.get_xticklabels())]
    assert {to_hex(color).upper() for color in shown} <= own
    plt.close(ax.figure)


def test_an_unknown_colour_keeps_its_order_of_lightness_turned_over_in_the_dark():
    greys = [looks.in_theme(str(light), "dark")[0] for light in np.linspace(0.05, 0.95, 10)]
    assert all(first > second for first, second in itertools.pairwise(greys))


@pytest.mark.parametrize("size", looks.SIZES)
def test_written_files_have_the_size_and_the_type_that_was_asked_for(size, tmp_path):
    asked = looks.SIZES[size]
    with looks.sized(size):
        ax = bars()
    theme.lay_out(ax.figure)
    for form in ("png", "svg", "pdf"):
        theme.write_figure(ax.figure, tmp_path / f"a.{form}", dpi=50, scale=asked.scale)
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == pytest.approx((asked.width * 50, asked.height * 50), abs=1)
    tag = re.search("<svg [^>]*>", (tmp_path / "a.svg").read_text(encoding="utf-8"))[0]
    assert float(re.search(r'width="([\d.]+)pt"', tag)[1]) == pytest.approx(72 * asked.width, rel=1e-4)
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", (tmp_path / "a.pdf").read_bytes())
    assert (float(box[1]), float(box[2])) == pytest.approx((72 * asked.width, 72 * asked.height), rel=1e-4)
    assert theme.SMALL_SIZE * asked.scale >= asked.least_type
    plt.close(ax.figure)


def test_the_canvas_is_forgotten_afterwards():
    with looks.sized("square"):
        assert tuple(theme.begin(None).figure.get_size_inches()) == pytest.approx(looks.SIZES["square"].drawn)
    assert tuple(theme.begin(None).figure.get_size_inches()) == theme.REPORT_COLUMN
    plt.close("all")


def test_paper_is_paper():
    assert to_rgb(looks.in_theme(theme.PAPER, "print")[:3]) == to_rgb(theme.PAPER)


def test_the_terminal_is_not_told_where_matplotlib_keeps_its_cache(caplog):
    """In a home that was new, full, read-only or none, each report printed lines of matplotlib's on it."""
    fonts, library = (logging.getLogger(name) for name in ("matplotlib.font_manager", "matplotlib"))
    fonts.warning("Matplotlib is building the font cache; this may take a moment.")
    fonts.warning("Could not save font_manager cache %s", "[Errno 28] No space left on device")
    library.warning("mkdir -p failed for path %s: %s", "/none", "[Errno 2]")
    library.warning("%s is not a writable directory", "/none")
    library.warning("Matplotlib created a temporary cache directory at %s because", "/tmp")
    fonts.warning("findfont: Font family %r not found.", "Arial")
    assert caplog.messages == ["findfont: Font family 'Arial' not found."]
