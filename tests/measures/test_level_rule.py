"""The rule of the word: each threshold on both sides, how long a word stands, and whose history bears a change out."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.measures.level_rule import (
    LASTING,
    LASTING_DOWN,
    MONTHLY,
    Evidence,
    Words,
    judge_history,
    lasting_of,
    next_words,
)

BASE = {
    "recent": 30.0, "reference": 60.0, "share": 4.0, "ratio": 2.0, "ratio_without": 2.2,
    "p_above": 0.99, "p_up": 0.9, "p_down": 0.0, "borne_up": 0.9, "borne_down": 0.0,
    "month": 10.0, "month_ratio": 1.9, "month_above": 0.9,
    "days": 20, "dispersion": 1.5, "moves": 0.9, "carried": True,
}  # fmt: skip
DOWN = {
    "ratio": 0.5, "ratio_without": 0.55, "p_above": 0.01, "borne_up": 0.0, "borne_down": 0.9,
    "month_ratio": 0.6, "month_above": 0.1,
}  # fmt: skip


def evidence(**changes):
    return Evidence(**{name: np.array([value]) for name, value in (BASE | changes).items()})


def word(before=None, **changes):
    return int(next_words(evidence(**changes), before or Words.none(1)).code[0])


def standing(code, weeks=0, *, sharp=False, age=20, ended=0, quiet=0):
    return Words(*(np.array([value]) for value in (code, weeks, sharp, age, ended, quiet)))


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
        (DOWN | {"days": 0}, -1),  # a fall needs no days
        ({"ratio": 1.3, "p_above": 0.9, "borne_up": 0.4, "month_ratio": 2.0, "month_above": 0.995}, 1),  # sharply
        ({"ratio": 1.3, "p_above": 0.9, "borne_up": 0.4, "month_ratio": 1.99, "month_above": 0.995}, 0),
        ({"ratio": 1.3, "p_above": 0.9, "borne_up": 0.4, "month_ratio": 2.0, "month_above": 0.994}, 0),
        ({"ratio": 1.3, "p_above": 0.82, "borne_up": 0.4, "month_ratio": 2.0, "month_above": 0.995}, 0),
        (
            {
                "ratio": 0.6,
                "ratio_without": 0.62,
                "p_above": 0.1,
                "borne_up": 0.0,
                "borne_down": 0.4,
                "month_ratio": 0.5,
                "month_above": 0.005,
            },
            -1,
        ),
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
    assert (ratios < 0.63).all()
    assert codes[:, -1].tolist() == [0, -1]
