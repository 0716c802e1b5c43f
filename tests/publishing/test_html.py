"""A page holds its charts in few characters, and they show the same."""

import re
from urllib.parse import unquote
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pytest

from analysis.figures import theme
from analysis.publishing.html import _short, _sign, _steps, markup, slim_address


@pytest.mark.parametrize(
    ("outline", "steps"),
    [
        ("M1.0 2.0L3.5 2.0L3.5 1.8z", "M1 2l2.5 0 0-.2z"),
        ("M10.0 0.0L0.5 0.0M1.0 1.0L2.0 2.0", "M10 0l-9.5 0M1 1l1 1"),
        ("M1.0 2.0Q1.0 1.0 2.0 2.0z", "M1.0 2.0Q1.0 1.0 2.0 2.0z"),
        ("12.3", "12.3"),
    ],
)
def test_straight_outlines_are_steps(outline, steps):
    assert _steps(outline) == steps


def test_signs_are_steps_of_sixteen_and_end_where_they_did():
    outline = "M 3328 2828 \nQ 3544 3216 3844 3400 \nL 0 16 \nz\nM 160 160 \nL 320 160 \nz\n"
    assert _sign(outline) == "M208 177q14 24 32 35l-240-211zM10 10l10 0z"
    assert [_short(number) for number in (0, 25, 26, 675)] == ["a", "z", "ba", "zz"]


def test_a_telephone_gets_the_chart_that_is_drawn_for_it(tmp_path):
    for folder, width in (("charts", 5), ("narrow", 2)):
        (tmp_path / folder).mkdir()
        with theme.style():
            figure, _ = plt.subplots(figsize=(width, 2))
            theme.write_figure(figure, tmp_path / folder / "a.svg")
            plt.close(figure)
    block = {"kind": "chart", "name": "a", "title": "A", "alt": "A."}
    page = markup(block, charts=tmp_path / "charts", narrow=tmp_path / "narrow")
    found = re.search(r'<picture><source media="\(max-width: 640px\)" srcset="([^"]*)"><img src="([^"]*)"', page)
    assert found
    assert " " not in found[1]  # a space would end the address
    assert ["width='144pt'" in unquote(found[1]), "width='360pt'" in unquote(found[2])] == [True, True]
    assert "<picture>" not in markup(block, charts=tmp_path / "charts")


def test_steps_end_where_the_outline_did():
    """Each step is taken from places rounded before: errors do not add up."""
    places = [(0.04 * at, (at * 7 % 10) / 10) for at in range(200)]
    rounded = [(round(x, 1), y) for x, y in places]
    outline = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in rounded)
    numbers = [float(one) for one in re.findall(r"-?\d*\.?\d+", _steps(outline))]
    ends = sum(numbers[0::2]), sum(numbers[1::2])
    assert ends == pytest.approx(rounded[-1])


def test_a_slim_chart_is_sound_and_whatever_it_refers_to_is_there(tmp_path):
    with theme.style():
        figure, ax = plt.subplots()
        ax.plot([1, 2, 3], [3, 1, 2], marker="o", clip_on=True)
        ax.bar([1, 2], [1, 2], hatch="//")
        ax.set_title("A & B <c> 50 % «é»")
        theme.write_figure(figure, tmp_path / "a.svg", title='A "b" & <c>')
        plt.close(figure)
    address = slim_address(tmp_path / "a.svg")
    assert address.startswith("data:image/svg+xml,<svg")
    assert '"' not in address
    assert "#" not in address
    svg = unquote(address.partition(",")[2])
    tree = ElementTree.fromstring(svg.replace(" href=", " data-href="))
    names = {one.get("id") for one in tree.iter() if one.get("id")}
    referred = set(re.findall(r"(?:href='|url\()#([^')]*)", svg))
    assert referred
    assert referred <= names
    assert len(address) < 0.7 * (tmp_path / "a.svg").stat().st_size * 4 / 3
