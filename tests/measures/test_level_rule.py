"""The rule of the word: each threshold on both sides, how long a word stands, and whose history bears a change out."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.measures.level_rule import (
    INTERVAL,
    LASTING,
    LASTING_DOWN,
    MONTHLY,
    Evidence,
    Words,
    compare_spans,
    judge_history,
    lasting_of,
    next_words,
    rate_ratio,
    reference_start,
    weigh_spans,
)
from analysis.statistics.local_level import Noise, chances_above

BASE = {
    "recent": 30.0, "reference": 60.0, "share": 4.0, "ratio": 2.0, "ratio_without": 2.2,
    "p_above": 0.99, "p_up": 0.9, "p_down": 0.0, "borne_up": 0.9, "borne_down": 0.0,
    "month": 10.0, "month_ratio": 1.9, "month_without": 2.1, "month_above": 0.9, "month_climbs": 0.5,
    "days": 20, "dispersion": 1.5, "moves": 0.9, "carried": True,
}  # fmt: skip
DOWN = {
    "ratio": 0.5, "ratio_without": 0.55, "p_above": 0.01, "borne_up": 0.0, "borne_down": 0.9,
    "month_ratio": 0.6, "month_without": 0.65, "month_above": 0.1,
}  # fmt: skip
SHARPLY = {"ratio": 1.3, "p_above": 0.9, "borne_up": 0.4, "month_ratio": 2.0, "month_above": 0.995}
SHARPLY_DOWN = {
    "ratio": 0.6, "ratio_without": 0.62, "p_above": 0.1, "borne_up": 0.0, "borne_down": 0.4,
    "month_ratio": 0.3, "month_without": 0.33, "month_above": 0.005,
}  # fmt: skip


def evidence(**changes):
    return Evidence(**{name: np.array([value]) for name, value in (BASE | changes).items()})


def word(before=None, **changes):
    return int(next_words(evidence(**changes), before or Words.none(1)).code[0])


def standing(code, weeks=0, *, young=False, age=20, ended=0, quiet=0):
    return Words(*(np.array([value]) for value in (code, weeks, young, False, age, ended, quiet)))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 1),
        ({"ratio": 1.6}, 1),
        ({"ratio": 1.599}, 0),
        ({"p_above": 0.985, "borne_up": 0.1}, 1),
        ({"p_above": 0.984, "borne_up": 0.1}, 0),  # not certain by itself, and the table's history does not bear it out
        ({"p_above": 0.83, "borne_up": 0.72}, 1),
        ({"p_above": 0.829, "borne_up": 0.72}, 0),
        ({"p_above": 0.9, "borne_up": 0.719}, 0),
        ({"days": 3}, 1),
        ({"days": 2}, 0),  # all of them on two days
        ({"recent": 6.0, "reference": 4.0, "dispersion": 1.0}, 1),  # ten in both
        ({"recent": 5.0, "reference": 4.0, "dispersion": 1.0}, 0),
        ({"dispersion": 9.0, "p_above": 0.985}, 1),  # 90 events, ten clusters
        ({"dispersion": 9.1, "p_above": 0.984}, 0),
        ({"dispersion": 9.1, "p_above": 0.985}, 1),  # certain
        (DOWN, -1),
        (DOWN | {"ratio_without": 0.625}, -1),
        (DOWN | {"ratio_without": 0.626}, 0),  # a fall from one month
        (DOWN | {"ratio_without": np.nan}, 0),  # nothing now, and nothing before but in one month
        (DOWN | {"p_above": 0.0149, "borne_down": 0.1}, -1),
        (DOWN | {"p_above": 0.0151, "borne_down": 0.1}, 0),
        (DOWN | {"p_above": 0.169, "borne_down": 0.72}, -1),
        (DOWN | {"p_above": 0.171, "borne_down": 0.72}, 0),
        (DOWN | {"p_above": 0.1, "borne_down": 0.719}, 0),
        (DOWN | {"dispersion": 9.0, "p_above": 0.1}, -1),  # 90 events, ten clusters
        (DOWN | {"dispersion": 9.1, "p_above": 0.1}, 0),
        (DOWN | {"dispersion": 9.1, "p_above": 0.014}, -1),  # certain
        (DOWN | {"days": 0}, -1),  # a fall needs no days
        (SHARPLY, 1),
        (SHARPLY | {"month_ratio": 1.99}, 0),
        (SHARPLY | {"month_above": 0.994}, 0),
        (SHARPLY | {"p_above": 0.83}, 1),
        (SHARPLY | {"p_above": 0.82}, 0),
        (SHARPLY | {"ratio": 1.01}, 1),
        (SHARPLY | {"ratio": 1.0}, 0),  # a month, where the quarter is not higher
        (SHARPLY | {"days": 2}, 0),
        (SHARPLY | {"recent": 5.0, "reference": 4.0}, 0),
        (SHARPLY_DOWN, -1),
        (SHARPLY_DOWN | {"month_without": 0.34}, 0),
        (SHARPLY_DOWN | {"month_above": 0.006}, 0),
        (SHARPLY_DOWN | {"p_above": 0.169}, -1),
        (SHARPLY_DOWN | {"p_above": 0.171}, 0),
        (SHARPLY_DOWN | {"ratio_without": 0.8}, -1),
        (SHARPLY_DOWN | {"ratio_without": 0.801}, 0),
    ],
)
def test_each_threshold_on_both_sides(changes, code):
    assert word(**changes) == code


@pytest.mark.parametrize(
    ("before", "changes", "code"),
    [
        (standing(1, 3), {"ratio": 1.5, "p_above": 0.93, "borne_up": 0.1}, 1),
        (standing(1), {"ratio": 1.5, "p_above": 0.92, "borne_up": 0.1}, 1),  # first week without support
        (standing(1, 1), {"ratio": 1.5, "p_above": 0.92, "borne_up": 0.1}, 1),
        (standing(1, 2), {"ratio": 1.5, "p_above": 0.92, "borne_up": 0.1}, 0),  # the third
        (standing(1), {"ratio": 1.499, "p_above": 0.93, "borne_up": 0.1}, 0),
        (standing(0), {"ratio": 1.5, "p_above": 0.93, "borne_up": 0.1}, 0),
        (standing(-1, 3), DOWN | {"ratio_without": 0.625, "p_above": 0.069, "borne_down": 0.1}, -1),
        (standing(-1, 3), DOWN | {"ratio_without": 0.625, "p_above": 0.071, "borne_down": 0.1}, 0),
        (standing(-1, 3), DOWN | {"ratio_without": 0.626, "p_above": 0.069, "borne_down": 0.1}, 0),
        (standing(1, 3, age=3), {"ratio": 1.01, "p_above": 0.5, "borne_up": 0.1}, 1),  # begun of late
        (standing(1, 4, age=4), {"ratio": 1.01, "p_above": 0.5, "borne_up": 0.1}, 0),
        (standing(1, 3, age=3), {"ratio": 0.99, "p_above": 0.5, "borne_up": 0.1}, 0),
        (standing(-1, 3, age=3), {"ratio": 0.99, "p_above": 0.5, "borne_up": 0.1}, -1),
        (standing(0, ended=1, quiet=4), {"p_above": 0.969}, 0),  # ended of late
        (standing(0, ended=1, quiet=4), {"p_above": 0.97}, 1),
        (standing(0, ended=1, quiet=5), {"p_above": 0.969}, 1),
        (standing(0, ended=-1, quiet=1), {"p_above": 0.969}, 1),
        (standing(0, ended=-1, quiet=4), DOWN | {"p_above": 0.05}, 0),
        (standing(0, ended=-1, quiet=4), DOWN | {"p_above": 0.03}, -1),
        (standing(0, ended=-1, quiet=5), DOWN | {"p_above": 0.05}, -1),
        (standing(0, ended=1, quiet=1), DOWN | {"p_above": 0.05}, -1),
        (standing(0, ended=1, quiet=4), SHARPLY, 0),
        (standing(0, ended=-1, quiet=4), SHARPLY_DOWN, 0),
        (standing(1, 3), {"ratio": 1.5, "p_above": 0.93, "borne_up": 0.1, "recent": 5.0, "reference": 4.0}, 0),
        (standing(-1, 1), DOWN | {"ratio": 2 / 3, "p_above": 0.1, "borne_down": 0.1}, -1),
        (standing(-1, 2), DOWN | {"ratio": 2 / 3, "p_above": 0.1, "borne_down": 0.1}, 0),
        (standing(-1, 1), DOWN | {"ratio": 0.667, "p_above": 0.1, "borne_down": 0.1}, 0),
        (standing(1, 3, age=3), {"ratio": 1.0, "p_above": 0.5, "borne_up": 0.1}, 0),
        (standing(-1, 3, age=3), {"ratio": 1.0, "p_above": 0.5, "borne_up": 0.1}, 0),
        (standing(-1), {}, 1),  # the opposite is said at once
        (standing(1), DOWN, -1),
    ],
)
def test_a_word_stands_for_a_while(before, changes, code):
    assert word(before, **changes) == code


def test_how_long_a_word_has_stood_is_counted():
    bare = {"ratio": 1.3, "p_above": 0.6, "borne_up": 0.1}
    words = next_words(evidence(), Words.none(1))
    counted = []
    for _ in range(7):
        words = next_words(evidence(**bare), words)
        counted.append(
            tuple(int(part[0]) for part in (words.code, words.unconfirmed, words.age, words.ended, words.quiet))
        )
    assert counted == [
        (1, 1, 1, 0, 0), (1, 2, 2, 0, 0), (1, 3, 3, 0, 0), (1, 4, 4, 0, 0), (0, 0, 0, 1, 1), (0, 0, 0, 1, 2),
        (0, 0, 0, 1, 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "changes", "young"),
    [
        (standing(0), SHARPLY, True),
        (standing(0), SHARPLY_DOWN, True),
        (standing(0), {"month_ratio": 2.0, "month_above": 0.995}, False),  # the quarter alone raises the word
        (standing(0), DOWN | {"month_ratio": 0.5, "month_above": 0.005}, False),
        (standing(1, young=True), {"ratio": 1.5, "p_above": 0.93, "borne_up": 0.1}, True),  # it stands
        (standing(1, young=True), {}, False),  # borne out since
        (standing(-1, young=True), DOWN, False),
        (standing(1, young=True), DOWN | {"borne_down": 0.1, "p_above": 0.1}, False),  # it ended
    ],
)
def test_a_word_is_young_until_the_quarter_bears_it_out(before, changes, young):
    assert next_words(evidence(**changes), before).young[0] == young


DOUBLED = {"month_ratio": 2.0, "month_above": 0.995, "month_climbs": 0.83}
DROPPED = DOWN | {"month_ratio": 0.3, "month_without": 0.33, "month_above": 0.005, "month_climbs": 0.17}


@pytest.mark.parametrize(
    ("changes", "sharp"),
    [
        (DOUBLED, True),  # of a rise that the quarter makes
        (SHARPLY | DOUBLED, True),  # and of one that the month alone makes
        (SHARPLY, False),  # the two months before were as high
        (DOUBLED | {"month_climbs": 0.829}, False),
        (DOUBLED | {"month_ratio": 1.99}, False),
        (DOUBLED | {"month_above": 0.994}, False),
        (DOUBLED | {"ratio": 1.2, "p_above": 0.8}, False),  # no rise
        (DROPPED, True),
        (DROPPED | {"month_climbs": 0.171}, False),
        (DROPPED | {"month_without": 0.34}, False),
        (DROPPED | {"ratio_without": 0.9}, False),
    ],
)
def test_a_word_is_sharp_while_the_last_month_goes_on(changes, sharp):
    assert next_words(evidence(**changes), Words.none(1)).sharp[0] == sharp


def test_a_fall_that_ends_is_counted_too():
    words = next_words(evidence(**DOWN), standing(0, ended=1, quiet=3))
    assert (words.code[0], words.ended[0], words.quiet[0], words.age[0]) == (-1, 1, 4, 0)
    words = next_words(evidence(ratio=1.0, p_above=0.5, borne_up=0.1), words)
    assert (words.code[0], words.ended[0], words.quiet[0]) == (0, -1, 1)


def test_spans_are_weighed_by_hand():
    noise = Noise(np.array([1.0, 3.0]), np.full((1, 4, 2), 1 / 8))
    spans = np.array([[50.0, 50, 4, 3, 5, 4, 9, 4, 3, 5, 4, 3, 5, 4, 6, 7, 8]])  # the first two are too old
    found = weigh_spans(spans, noise, days=np.array([5]))
    assert (found.recent[0], found.reference[0], found.share[0], found.days[0]) == (21, 53, 4, 5)
    assert found.ratio[0] == pytest.approx(21 / (53 / 4))
    assert found.ratio_without[0] == pytest.approx(21 / 3 / (44 / 11))  # without the 9
    assert found.month_without[0] == pytest.approx(8 / ((53 - 4 - 3 - 5 + 6 + 7 + 5 - 9) / 11))
    over_an_edge = weigh_spans(spans, noise, days=np.array([5]), highest=np.array([11.0]))
    assert over_an_edge.ratio_without[0] == pytest.approx(21 / 3 / (42 / 11))
    assert (found.month[0], found.month_ratio[0]) == (8, pytest.approx(8 / ((53 - 4 - 3 - 5 + 6 + 7 + 5) / 12)))
    assert found.carried.tolist() == [True]
    short = weigh_spans(spans[:, -9:], noise, days=np.array([5]))  # six before the recent three, eight before the last
    assert (short.reference[0], short.share[0]) == (24, 2)
    assert short.month_ratio[0] == pytest.approx(8 / (37 / 8))
    assert short.ratio_without[0] == pytest.approx(21 / 3 / (19 / 5))


def test_chances_are_weighed_by_what_is_known_of_the_noise():
    noise = Noise(np.array([1.0, 3.0]), np.array([[[0.3, 0.1], [0.2, 0.4]]]))
    known = {"share": 4.0, "dispersions": noise.dispersions}
    recent, reference = np.array([21.0]), np.array([53.0])
    found = compare_spans(recent, reference, 4.0, noise, np.array([1.0]))
    each = {factor: chances_above(recent, reference, factor, **known)[0] for factor in (1.0, 1.25, 0.8)}
    assert found["p_above"][0] == pytest.approx([0.5, 0.5] @ each[1.0])
    assert found["p_up"][0] == pytest.approx([0.5, 0.5] @ each[1.25])
    assert found["p_down"][0] == pytest.approx(1 - [0.5, 0.5] @ each[0.8])
    assert found["borne_up"][0] == pytest.approx(noise.of_dispersion_moving[0] @ each[1.25])
    assert found["borne_down"][0] == pytest.approx(noise.of_dispersion_moving[0] @ (1 - each[0.8]))
    # A fall has to last by more than a rise.
    for lasting, rise, fall in ((0.0, False, False), (0.01, True, False), (0.1, True, False), (0.11, True, True)):
        found = compare_spans(recent, reference, 4.0, noise, np.array([lasting]))
        assert (found["borne_up"][0] > 0, found["borne_down"][0] > 0) == (rise, fall)


def test_rates_over_none_and_where_the_reference_begins():
    assert rate_ratio(np.array([0.0, 3.0, 3.0]), np.array([0.0, 0.0, 4.0]), 2.0) == pytest.approx(
        [np.nan, np.inf, 1.5], nan_ok=True
    )
    assert reference_start(list(range(20))) == 4  # fifteen spans before the last edge
    assert reference_start(list(range(16))) == 0
    assert reference_start(list(range(10))) == 0  # fewer spans: from the first
    assert INTERVAL == 0.66  # an end of the interval leaves 17 % beyond it: 83 % is likely


def test_how_far_levels_last_by_hand():
    # High and low by turns: alike two spans apart (1), opposite three apart (-1).
    assert lasting_of(np.tile([9.0, 1.0], 10)[None])[0] == pytest.approx(0)
    # Every third month is high: three apart the same; two apart never high with high. Roots 2 a, -a, -a: a mean of the
    # squares of 2 a^2, and of products two apart of (-2 - 2 + 1) / 3 a^2, so (-1 / 2 + 1) / 2.
    assert lasting_of(np.tile([9.0, 1.0, 1.0], 20)[None])[0] == pytest.approx(0.25, abs=0.03)
    # Of roots, not of counts.
    root = np.sqrt(np.tile([100.0, 0.0, 4.0, 49.0], 5) + 3 / 8)
    root -= root.mean()
    by_hand = (np.mean(root[2:] * root[:-2]) + np.mean(root[3:] * root[:-3])) / 2 / np.mean(root**2)
    assert lasting_of(np.tile([100.0, 0.0, 4.0, 49.0], 5)[None])[0] == pytest.approx(by_hand)
    for n in (20, 21, 22):  # what never changes lasts, whatever rounding leaves of its variance
        assert lasting_of(np.full((1, n), 0.0))[0] == 1


def test_no_count_makes_a_word_flip_within_four_weeks_but_for_what_is_plain():
    generator = np.random.default_rng(5)
    words, codes = Words.none(200), []
    for _ in range(60):
        ratio = np.exp(generator.normal(0.3, 0.3, 200))
        found = Evidence(**{name: np.full(200, value) for name, value in BASE.items()})
        found = replace(
            found, ratio=ratio, p_above=np.minimum(np.clip(ratio / 2, 0, 1), 0.94), month_above=np.full(200, 0.5)
        )
        words = next_words(found, words)
        codes.append(words.code)
    codes = np.array(codes)
    assert (codes == 1).any()
    for week in range(1, 56):
        changed = (codes[week] != codes[week - 1]) & (codes[week - 1] == 1)
        assert not (changed & (codes[week + 1 : week + 5] == 1).any(axis=0)).any()


def test_only_a_history_whose_levels_last_bears_a_change_out():
    generator = np.random.default_rng(3)
    lasting = generator.poisson(np.repeat([2.0, 9.0, 2.0, 9.0, 2.0], 12))
    bursts = np.where(np.arange(60) % 5 == 0, 20, 2)
    found = lasting_of(np.stack([lasting, bursts]))
    assert found[0] > LASTING_DOWN
    assert found[1] < LASTING
    assert lasting_of(bursts[None, :19]).tolist() == [1]  # too few to tell
    assert lasting_of(bursts[None, :20])[0] < LASTING
    for history, borne in ((lasting, True), (bursts, False)):
        found, _ = judge_history(np.concatenate([history, [14, 15, 16]])[None])
        assert (found.borne_up[0, -1] > 0.5) == borne
        assert found.borne_up[0, -1] <= found.p_up[0, -1]


def test_in_a_table_of_months_a_word_stands_one_more_month():
    words = standing(1, age=20)
    for expected in (1, 0):
        words = next_words(evidence(ratio=1.5, p_above=0.8, borne_up=0.1), words, patience=MONTHLY)
        assert words.code[0] == expected


@pytest.mark.parametrize(
    ("sign", "before"), [(1, Words.none(1)), (-1, Words.none(1)), (1, standing(1, age=1)), (-1, standing(-1, age=1))]
)
def test_no_word_rests_on_one_attack(sign, before):
    changes = {} if sign == 1 else DOWN
    assert next_words(evidence(**changes), before).code[0] == sign
    assert next_words(evidence(**changes, carried=False), before).code[0] == 0


def test_a_history_is_judged_month_by_month_without_look_ahead():
    counts = np.random.default_rng(1).poisson([[6], [20]], (2, 40))
    whole, codes = judge_history(counts)
    cut, earlier = judge_history(counts[:, :30])
    np.testing.assert_array_equal(codes[:, :30], earlier)
    # The grid of levels is as high as the highest count of the call: a percent of a chance at most.
    np.testing.assert_allclose(whole.p_above[:, :30], cut.p_above, atol=0.01)
    assert np.isnan(whole.p_above[:, :8]).all()
    assert not np.isnan(whole.p_above[:, 8:]).any()


def test_no_fall_rests_on_one_month_of_the_year_before():
    history = np.tile([4, 3, 5], 13)
    burst, year = (np.concatenate([history, before, [4, 3, 4]])[None] for before in ([3, 5, 30, 4], [18, 15, 17, 15]))
    found, codes = judge_history(np.concatenate([burst, year]))
    ratios, without = found.ratio[:, -1], found.ratio_without[:, -1]
    assert ratios[0] == pytest.approx(11 / (burst[0, -15:-3].sum() / 4))
    assert without[0] == pytest.approx(11 / 3 / ((burst[0, -15:-3].sum() - 30) / 11))
    assert without[1] == pytest.approx(11 / 3 / ((18 + 15 + 17 + 15 + year[0, -15:-7].sum() - 18) / 11))
    assert (ratios < 0.63).all()
    assert codes[:, -1].tolist() == [0, -1]
