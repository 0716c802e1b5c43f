"""Sums of heavy-tailed marks against the views' bounds."""

import numpy as np
import pytest

from analysis.statistics import marks
from analysis.statistics.expectation import expect_counts, expect_last, shared_level
from analysis.statistics.expectation_kernel import compound_bound
from analysis.statistics.marks import count_marks, fewest_marks, laws_of, mark_laws, shared_lift, with_lift

UNITS, WEEKS, ASKED = 48, 160, 0.1


def steady(generator, shape=(WEEKS, UNITS)):
    """Poisson attacks of 2 a week with power-law deaths, at most 100: attacks and deaths a week, each attack's."""
    attacks = generator.poisson(2.0, shape)
    week, unit = (np.repeat(part, attacks.ravel()) for part in np.indices(shape).reshape(2, -1))
    each = np.minimum(np.floor(generator.uniform(size=week.size) ** (-1 / 1.4)), 100)
    deaths = np.bincount(week * shape[1] + unit, weights=each, minlength=attacks.size).reshape(shape)
    return attacks, deaths, each, week, unit


def test_the_bound_of_a_compound_sum_is_that_of_simulated_sums():
    generator = np.random.default_rng(11)
    law = np.array([0.5, 0.3, 0.0, 0.2])
    bound = compound_bound(0.01, 4.0, 2.5, law)
    number = generator.negative_binomial(4.0 / 1.5, 1 / 2.5, 200_000)
    sums = generator.multinomial(number, law) @ np.arange(4)
    assert np.mean(sums >= bound) <= 0.0107
    assert np.mean(sums >= bound - 1) > 0.0095
    # One mark of 1 an event: the sum is the number of events, whose tail is known.
    assert compound_bound(0.01, 3.0, 1.0, np.array([0.0, 1.0])) == 9
    assert np.isnan(compound_bound(0.01, 1e6, 2.0, law))


def test_a_law_keeps_a_units_own_body_and_shares_the_tail():
    generator = np.random.default_rng(12)
    unit = np.repeat([0, 1], 5000)
    marks = np.where(unit == 0, generator.integers(0, 3, 10_000), generator.integers(0, 11, 10_000))
    laws = mark_laws(marks, unit, 3, most=20)
    assert laws.sum(axis=1) == pytest.approx(1.0)
    assert (laws >= -1e-12).all()
    assert laws[0, 0] == pytest.approx(1 / 3, abs=0.03)
    assert laws[1, :10] == pytest.approx(1 / 11, abs=0.02)
    # A unit without events has the law of all.
    assert laws[2, 0] == pytest.approx((1 / 3 + 1 / 11) / 2, abs=0.02)


def test_the_tail_of_a_law_by_hand():
    """Of 20 marks of 1 and 20 of 5 the largest that 20 reach is 5; beyond it ten marks follow a power law."""
    five = np.repeat([1, 5], 20)
    reach = mark_laws(five, np.zeros(40), 1, most=8)[0][::-1].cumsum()[::-1]
    assert reach[[0, 1, 2, 5]] == pytest.approx([1, 1, 0.5, 0.5])
    assert reach[6:] == pytest.approx(0.5 * 10 / 30 * (np.array([6, 7, 8]) / 5) ** -1.4)
    # Of 19 fives too few are as large: from 1 on the law is that of all.
    reach = mark_laws(five[:-1], np.zeros(39), 1, most=8)[0][::-1].cumsum()[::-1]
    assert reach[5] == pytest.approx((19 + 10 * 5**-1.4) / (39 + 10))
    assert reach[6] == pytest.approx(10 * 6**-1.4 / (39 + 10))
    # Where nothing is known, the power law alone: a mark of at least 1.
    assert mark_laws([], [], 1, most=3)[0] == pytest.approx([0, 1 - 2**-1.4, 2**-1.4 - 3**-1.4, 3**-1.4])


def test_marks_are_whole_and_at_most_the_largest():
    assert count_marks([0.4, 1.6, 9.0, -1.0, 3.0], [0, 0, 0, 1, 1], 3, most=3).tolist() == [
        [1, 0, 1, 1], [1, 0, 0, 1], [0, 0, 0, 0],
    ]  # fmt: skip


def test_a_lift_multiplies_every_chance_and_no_chance_passes_one():
    counts = np.random.default_rng(3).poisson(4.0, (40, 3))
    found = expect_counts(counts, first=38)
    lift = np.array([[0.0, np.log(2), 50.0]] * 2)
    raised = with_lift(found, lift)
    by_hand = np.minimum(found.p_value * [1, 2, 1e20], 1)
    np.testing.assert_allclose(raised.p_value, by_hand)
    np.testing.assert_allclose(with_lift(found, np.repeat(lift[:, None], 40, axis=1)).p_value, by_hand)
    added = (raised.shift - found.shift)[:, -1]
    np.testing.assert_allclose(added, lift, atol=1e-12)


def test_units_with_one_past_share_a_pool_and_are_lifted_each_by_its_law(monkeypatch):
    counts = np.random.default_rng(3).poisson(4.0, (150, 3))[:, [0, 1, 0, 2, 1]].astype(float)
    found, whole = expect_last(counts), expect_counts(counts, first=149)
    assert (found.pool.shape[2], whole.pool.shape[2]) == (3, 5)
    for one, other in zip(found.bounds(0.01), whole.bounds(0.01), strict=True):
        np.testing.assert_array_equal(one, other)
    laws = np.eye(30)[[3, 1, 20, 9, 2]]  # each attack of a unit has so many deaths
    lifts = marks.lifted(whole, whole, laws, 0.01)
    assert len(set(lifts.ravel())) > 5
    monkeypatch.setattr(marks, "LIFTED_AT_ONCE", 3)
    np.testing.assert_array_equal(marks.lifted(found, found, laws, 0.01), lifts)


def test_laws_grow_week_by_week_and_of_chosen_units():
    generator = np.random.default_rng(14)
    each, unit = generator.integers(0, 9, 600), generator.integers(0, 4, 600)
    held = count_marks(each[:200], unit[:200], 4, most=20) + count_marks(each[200:], unit[200:], 4, most=20)
    assert laws_of(held, [2, 0]) == pytest.approx(mark_laws(each, unit, 4, most=20)[[2, 0]])


def test_sums_alone_are_held_by_as_few_events_as_can_hold_them():
    each, group = fewest_marks([7, 250, 0, 0, 999], [3, 4, 2, 0, 2], most=100)
    assert group.tolist() == [0, 0, 0, 1, 1, 1, 1, 2, 2, 4, 4]
    assert each.tolist() == [7, 0, 0, 100, 100, 50, 0, 0, 0, 100, 100]


def test_false_alarms_of_heavy_tailed_sums_are_near_those_asked_and_a_rise_is_found():
    generator = np.random.default_rng(13)
    attacks, deaths, each, week, unit = steady(generator)
    before = week < WEEKS - 4
    sums = expect_counts(deaths, kind="sums", first=WEEKS - 1)
    events = expect_counts(attacks, kind="counts", first=WEEKS - 1)
    laws = mark_laws(each[before], unit[before], UNITS, most=100)
    level, lift = shared_lift(sums, events, laws, ASKED, largest=0.01, least=10)
    bounds, rates = with_lift(sums, lift).bounds(level, 10)
    assert np.nansum(rates) <= ASKED
    # What truly comes in a year in which nothing changes: many fresh weeks and four weeks.
    _, fresh, *_ = steady(generator, (4, 40_000))
    realised = sum((total[:, None] >= bound).mean(axis=0).sum()
                   for total, bound in zip((fresh[0], fresh.sum(axis=0)), bounds, strict=True))  # fmt: skip
    uncorrected = sums.bounds(shared_level(sums, ASKED, largest=0.01, least=10), 10)[0]
    worse = sum((total[:, None] >= bound).mean(axis=0).sum()
                for total, bound in zip((fresh[0], fresh.sum(axis=0)), uncorrected, strict=True))  # fmt: skip
    assert 0.2 * ASKED < realised < 1.5 * ASKED < worse
    # Ten times as many attacks for four weeks, with deaths as before, are found in most units.
    _, rise, *_ = steady(generator, (40, UNITS))
    assert np.mean(rise.sum(axis=0) >= bounds[1]) > 0.5
