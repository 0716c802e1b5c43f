"""Maps: what is drawn where, what is said of what is not, and no words on words."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.figures import theme
from analysis.figures.maps import SHADES, plot_change, plot_where
from analysis.language import used

CAPTION = theme.Caption("A made table", "2025-07-01", 60)
FRAME = (0.0, 1000.0, 0.0, 800.0)


def grid(across=3, down=2, *, names=None):
    """Return units of a grid with counts 0, 1, 2, ..., their shapes and labels."""
    wide, high = 1000 / across, 800 / down
    units, shapes, labels = [], [], []
    for place in range(across * down):
        key = f"MLI/u{place}"
        name = names[place] if names else f"Unit {place}"
        x, y = place % across * wide, place // across * high
        units.append(
            {"unit": key, "name": name, "shape": key, "inside": "", "n": place, "n_rough": 0, "usual": float(place) / 2,
             "change": ("none", "fewer", "no clear change", "more", "too few to say")[place % 5], "value": 2.0 + place}
        )  # fmt: skip
        corners = [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y)]
        shapes += [{"kind": "unit", "shape": key, "part": 0, "ring": 0, "x_km": a, "y_km": b} for a, b in corners]
        labels.append(
            {
                "kind": "unit",
                "shape": key,
                "name": name,
                "x_km": x + wide / 2,
                "y_km": y + high / 2,
                "room_km": high / 2,
            }
        )
    for a, b in [(-500, -500), (1500, -500), (1500, -10), (-500, -10), (-500, -500)]:
        shapes.append({"kind": "neighbour", "shape": "NER", "part": 0, "ring": 0, "x_km": a, "y_km": b})
    return pd.DataFrame(units), pd.DataFrame(shapes), pd.DataFrame(labels)


def places(n=5, *, offensive=0, name="Town"):
    generator = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "x_km": generator.uniform(50, 950, n), "y_km": generator.uniform(50, 750, n), "n": np.arange(n, 0, -1),
            "name": [f"{name} {place}" for place in range(n)],
            "offensive": [offensive if place < 3 else 0 for place in range(n)],
        }
    )  # fmt: skip


NO_PLACES = places(0)


def texts(ax, gid):
    return [text.get_text() for text in ax.texts if text.get_gid() == gid]


def caption_of(ax):
    return " ".join(" ".join(texts(ax, "caption")).split())


def key_of(ax):
    return [
        text.get_text()
        for legend in ax.get_children()
        if isinstance(legend, plt.matplotlib.legend.Legend)
        for text in legend.texts
    ]


def assert_no_words_meet(ax):
    renderer = ax.get_figure(root=True).canvas.get_renderer()
    boxes = [
        text.get_window_extent(renderer)
        for text in ax.texts
        if text.get_gid() in ("unit", "town", "country", "offensive", "scale")
    ]
    frame = ax.get_window_extent(renderer)
    for place, box in enumerate(boxes):
        assert box.x0 >= frame.x0 - 1
        assert box.x1 <= frame.x1 + 1
        for other in boxes[:place]:
            assert not box.overlaps(other)


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_units_carry_names_and_numbers_and_places_dots():
    ax = plot_where(*grid(), places(), frame=FRAME, caption=CAPTION, title="Unit 5 leads", subtitle="Attacks by region")
    assert "Unit 5 5" in [text.replace("\n", " ") for text in texts(ax, "unit")]
    assert ax.get_title(loc="left") == "Unit 5 leads"
    assert texts(ax, "subtitle") == ["Attacks by region"]
    gids = {part.get_gid() for part in ax.collections}
    assert {"unit", "neighbour", "places"} <= gids
    assert "offensives" not in gids
    assert_no_words_meet(ax)


def test_darker_is_more():
    ax = plot_where(*grid(), NO_PLACES, frame=FRAME)
    drawn = next(part for part in ax.collections if part.get_gid() == "unit")
    light = drawn.get_facecolors()[:, :3] @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light) <= 1e-9).all()
    assert light[0] > light[1] > light[5]
    assert len({tuple(color) for color in drawn.get_facecolors()}) == len(SHADES)


@pytest.mark.parametrize("change", [False, True])
def test_colours_can_be_told_apart_in_grey(change):
    from matplotlib.colors import to_rgb

    from analysis.figures.maps import CHANGES

    colors = [CHANGES[name][0] for name in ("fewer", "no clear change", "more", "many more")] if change else SHADES
    light = [np.dot(to_rgb(color), [0.2126, 0.7152, 0.0722]) for color in colors]
    assert (np.diff(light) < -0.05).all()


def test_what_came_from_nothing_is_not_drawn_as_too_little_or_as_less_than_three_times():
    """Myanmar, May 2021: "more in Chin, Kayah and 5 more" stood above a map that drew Kayah, 12 where none are usual,
    lighter than 5 where .7 are, and three of the seven as too few to say."""
    units, shapes, labels = grid()
    units.loc[3, ["usual", "value"]] = [0.0, np.nan]  # more, of none
    units.loc[4, "change"] = "from next to none"
    ax = plot_change(units, shapes, labels, frame=FRAME)
    assert {"three times as many or more", "from next to none"} <= set(key_of(ax))
    assert not {"more", "too few to say"} & set(key_of(ax))
    fresh = next(part for part in ax.collections if part.get_gid() == "from next to none")
    assert fresh.get_hatch()
    assert len(fresh.get_paths()) == 1


def test_offensives_have_one_colour_and_a_number():
    ax = plot_where(*grid(), places(offensive=2), frame=FRAME)
    assert texts(ax, "offensive") == ["2"]
    assert "of an offensive, by its number" in key_of(ax)
    assert not [line for line in ax.lines if line.get_gid() == "offensives"]


def test_what_is_not_on_the_map_is_said():
    units, shapes, labels = grid()
    lost = {"unit": "MLI/Atlantis", "name": "Atlantis", "shape": "", "inside": "", "n": 4, "n_rough": 4}
    rough = {"unit": "MLI", "name": "", "shape": "", "inside": "", "n": 2, "n_rough": 2}
    units = pd.concat([units.assign(n_rough=[0, 1, 1, 1, 0, 0]), pd.DataFrame([lost, rough])], ignore_index=True)
    far = places(1).assign(x_km=5000.0)
    said = caption_of(plot_where(units, shapes, labels, far, frame=FRAME, caption=CAPTION))
    assert "The map does not hold Atlantis (4 there)." in said
    assert "2 located only to the country are not drawn." in said
    assert "3 located only roughly are counted in their region." in said
    assert "1 lies outside the map." in said


def test_a_newer_unit_is_named_beside_the_one_that_holds_it():
    units, shapes, labels = grid()
    units.loc[4, ["inside", "n"]] = ["Ménaka", 7]
    ax = plot_where(units, shapes, labels, NO_PLACES, frame=FRAME)
    assert any("Unit 4 with Ménaka" in text and text.endswith("7") for text in texts(ax, "unit"))


def test_unknown_units_are_hatched_and_said():
    units, shapes, labels = grid()
    for ax in (
        plot_where(units, shapes, labels, NO_PLACES, frame=FRAME, unknown=("MLI/u1",)),
        plot_change(units, shapes, labels, frame=FRAME, unknown=("MLI/u1",)),
    ):
        hatched = next(part for part in ax.collections if part.get_gid() == "missing")
        assert hatched.get_hatch()
        assert "not covered by the table" in key_of(ax)


def test_change_says_now_and_usual_and_hatches_what_cannot_be_told():
    units, shapes, labels = grid()
    units.loc[4, ["change", "usual"]] = ["not known", np.nan]
    ax = plot_change(units, shapes, labels, frame=FRAME, caption=CAPTION)
    told = [text.replace("\n", " ") for text in texts(ax, "unit")]
    assert "Unit 3 3 / 1.5" in told
    assert "Unit 4" in told
    assert "cannot tell" in key_of(ax)
    assert "three times as many or more" in key_of(ax)
    assert "Beside each name: this period / a usual month." in caption_of(ax)


def test_fewer_is_told_from_too_few_without_colour():
    ax = plot_change(*grid(), frame=FRAME)
    hatched = next(part for part in ax.collections if part.get_gid() == "fewer")
    assert hatched.get_hatch()
    assert len(hatched.get_paths()) == 1


@pytest.mark.slow
def test_three_hundred_units_find_room_or_go_without():
    units, shapes, labels = grid(20, 15)
    ax = plot_where(units, shapes, labels, places(40), frame=FRAME)
    assert 10 < len(texts(ax, "unit")) < 300
    assert_no_words_meet(ax)


@pytest.mark.parametrize(
    "name",
    ["x" * 80, "စစ်ကိုင်းတိုင်း", "محافظة حلب", "a$b$c", "\u202eabc", "Côte-d'Or\nx"],
    ids=["long", "burmese", "arabic", "dollar", "rtl", "break"],
)
def test_hostile_names_are_drawn_as_they_can_be(tmp_path, name):
    units, shapes, labels = grid(names=[name] * 6)
    ax = plot_where(units, shapes, labels, places(name=name), frame=FRAME, caption=CAPTION)
    theme.write_figure(ax.get_figure(root=True), tmp_path / "m.png", title="x")
    assert ("stands for signs" in caption_of(ax)) == (theme.MISSING_GLYPH in theme.safe_text(name))
    assert_no_words_meet(ax)


def test_nothing_to_draw_says_why():
    units, shapes, labels = grid()
    ax = plot_where(
        units.iloc[:0], shapes, labels, NO_PLACES, frame=FRAME, problem="the map holds no outline", caption=CAPTION,
        width=3.0,
    )  # fmt: skip
    assert ax.figure.get_figwidth() == 3.0  # else a page makes it small, and its words with it
    assert any("the map holds no outline" in text.get_text() for text in ax.texts)


def test_all_zeros_have_one_shade():
    units, shapes, labels = grid()
    ax = plot_where(units.assign(n=0), shapes, labels, NO_PLACES, frame=FRAME)
    assert key_of(ax) == ["none"]
    assert texts(ax, "unit")


@pytest.mark.parametrize("size", [(3.7, 5.0), (12.0, 5.6), (4.0, 3.0)])
def test_a_map_fits_the_axes_that_it_is_given(size):
    figure, ax = plt.subplots(figsize=size, layout="constrained")
    plot_where(
        *grid(),
        places(),
        frame=FRAME,
        ax=ax,
        caption=CAPTION,
        title="A title of some length that may need two lines here",
    )
    figure.draw_without_rendering()
    assert figure.get_size_inches().tolist() == list(size)
    left, right = ax.get_xlim()
    bottom, top = ax.get_ylim()
    assert left <= FRAME[0] + 1e-6
    assert right >= FRAME[1] - 1e-6
    assert bottom <= FRAME[2] + 1e-6
    assert top >= FRAME[3] - 1e-6
    box = ax.get_window_extent()
    assert (right - left) / box.width == pytest.approx((top - bottom) / box.height, rel=0.02)


@pytest.mark.parametrize("width", [3.7, 7.5])
def test_a_figure_of_its_own_is_as_high_as_it_needs(width):
    ax = plot_where(*grid(), places(offensive=1), frame=FRAME, width=width, caption=CAPTION, title="A title")
    ax.get_figure(root=True).draw_without_rendering()
    box = ax.get_window_extent()
    assert box.height / box.width == pytest.approx(0.8, rel=0.05)


def test_a_map_speaks_french():
    with used("fr"):
        ax = plot_where(*grid(), places(), frame=FRAME)
        assert ax.get_title(loc="left") == "Où les attaques ont été recensées"
        assert "aucune" in key_of(ax)


def test_a_foreign_table_is_refused():
    with pytest.raises(ValueError, match="lacks shape"):
        plot_where(pd.DataFrame({"n": [1]}), *grid()[1:], NO_PLACES, frame=FRAME)
