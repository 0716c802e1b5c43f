"""What a series' own past leads to expect: by hand, without a look ahead, and the rate of alarms that is promised."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import special, stats

from analysis.statistics import expectation
from analysis.statistics.expectation import (
    MIN_PERIODS,
    WINDOWS,
    earlier_periods,
    expect_counts,
    panel_power,
    shared_level,
    with_power,
)
from tests.benchmarks import histories


def test_a_pool_of_one_view_is_a_negative_binomial():
    """Level with mean 3 and no spread, dispersion 2: scipy's nbinom with n = 3 and p = 1/2."""
    from analysis.statistics.expectation_kernel import pool_bound, pool_tail

    pool = tuple(np.array([value]) for value in (1.0, 3.0, 2.0, 0.0))
    for count in (0, 1, 4, 9, 30):
        assert pool_tail(float(count), *pool) == pytest.approx(stats.nbinom(3, 0.5).sf(count - 1), rel=1e-9)
    # P(9 or more) = .0327, P(10 or more) = .0193.
    assert pool_bound(0.02, *pool) == (10, pytest.approx(stats.nbinom(3, 0.5).sf(9), rel=1e-9))
    assert pool_bound(0.0328, *pool)[0] == 9
    # Wherever the search begins, and from a least count on.
    assert [pool_bound(0.02, *pool, start)[0] for start in (1.0, 9.0, 10.0, 11.0, 500.0)] == [10] * 5
    assert [pool_bound(0.02, *pool, 1.0, least)[0] for least in (9.0, 10.0, 11.0)] == [10, 10, 11]
    assert pool_bound(0.02, *pool, 14.0, 11.0) == (11, pytest.approx(stats.nbinom(3, 0.5).sf(10), rel=1e-9))


def test_tails_are_those_of_scipy_whatever_the_mean_and_the_dispersion():
    from analysis.statistics.expectation_kernel import pool_tail

    for mean in (1e-4, 0.3, 7.0, 900.0):
        for dispersion in (1.01, 2.0, 40.0, 150.0):
            for count in (1, 3, 20, round(3 * mean) + 40):
                pool = tuple(np.array([value]) for value in (1.0, mean, dispersion, 0.0))
                found = pool_tail(float(count), *pool)
                exact = special.betainc(count, mean / (dispersion - 1), 1 - 1 / dispersion)
                assert found == pytest.approx(exact, rel=1e-8, abs=1e-300), (mean, dispersion, count)


def test_a_wide_level_has_a_lognormal_tail():
    """Dispersion 2 around a lognormal level of mean 5 and squared variation .3, by a million draws; nine nodes are as
    near as a seventh.
    """
    from analysis.statistics.expectation_kernel import pool_tail

    generator = np.random.default_rng(1)
    level = 5 * np.exp(np.sqrt(np.log(1.3)) * generator.normal(size=1_000_000) - np.log(1.3) / 2)
    draws = generator.negative_binomial(level, 0.5)
    pool = tuple(np.array([value]) for value in (1.0, 5.0, 2.0, 0.3))
    for count in (3, 10, 20, 30):
        assert pool_tail(float(count), *pool) == pytest.approx((draws >= count).mean(), rel=0.15)


def test_nothing_after_a_period_enters_what_is_said_of_it():
    counts = np.random.default_rng(2).poisson(3.0, (120, 5))
    whole = expect_counts(counts)
    early = expect_counts(counts[:80])
    np.testing.assert_array_equal(whole.p_value[:, :80], early.p_value)
    np.testing.assert_array_equal(whole.expected[:, :80], early.expected)
    # Nor do other units.
    np.testing.assert_allclose(expect_counts(counts[:, 2:3]).p_value[..., 0], whole.p_value[..., 2], rtol=1e-12)


def test_what_is_expected_is_the_level_and_a_bound_is_what_it_says():
    counts = np.random.default_rng(3).poisson(6.0, (300, 40))
    found = expect_counts(counts, first=299)
    assert found.expected[:, -1].mean() == pytest.approx(6.0, rel=0.03)
    bound, chance = found.bounds(0.01)
    assert (chance <= 0.01 * (1 + 1e-9)).all()
    # Four weeks of 24 and some: 36 or so for a chance of 1 %; one week about 13.
    assert bound[0].mean() == pytest.approx(13.5, abs=1.5)
    assert bound[1].mean() == pytest.approx(38, abs=4)
    at_bound = counts.astype(float).copy()
    at_bound[-1] = bound[0]
    again = expect_counts(at_bound, first=299)
    assert (again.p_value[0, -1] <= 0.01 * (1 + 1e-9)).all()
    at_bound[-1] -= 1
    assert (expect_counts(at_bound, first=299).p_value[0, -1] > 0.01).all()


def test_periods_left_out_teach_nothing_and_missing_ones_are_not_judged():
    counts = np.random.default_rng(4).poisson(2.0, (100, 1)).astype(float)
    burst, gap = counts.copy(), counts.copy()
    burst[60:70] = 50
    gap[60:70] = np.nan
    out = np.zeros(100, dtype=bool)
    out[60:70] = True
    spared = expect_counts(burst, left_out=out)
    missing = expect_counts(gap)
    # After four more weeks both know the same.
    np.testing.assert_allclose(spared.expected[0, 75:], missing.expected[0, 75:], rtol=1e-9)
    assert (spared.p_value[0, 60:70] < 1e-6).all()
    assert np.isnan(missing.p_value[0, 60:70]).all()
    assert np.isnan(missing.p_value[1, 60:73]).all()
    assert np.isfinite(missing.p_value[1, 73:]).all()


def test_a_sure_surge_teaches_no_more_than_the_count_at_its_sure_bound():
    counts = np.full((100, 1), 4.0)
    counts[::2] = 3
    counts[90] = 1e6
    found = expect_counts(counts)
    assert found.expected[0, 91, 0] < 8
    assert found.p_value[0, 90, 0] < 1e-8


@pytest.mark.parametrize("counts", [np.zeros((60, 3)), np.full((60, 3), 7.0)])
def test_silent_and_constant_units_are_judged(counts):
    found = expect_counts(counts, first=59)
    assert np.isfinite(found.p_value[:, -1]).all()
    assert (found.p_value[:, -1] > 0.2).all()
    assert found.expected[0, -1, 0] == pytest.approx(counts[0, 0], abs=0.06)


def test_the_shared_level_leaves_what_whole_counts_cannot_reach_to_others():
    """Poisson of .3 a week: at a level of .001 the bound has a chance of .0003; the level rises until all units
    together reach what is asked.
    """
    counts = np.random.default_rng(5).poisson(0.3, (300, 60))
    found = expect_counts(counts, first=299)
    asked = 0.06
    plain = np.nansum(found.bounds(asked / 120)[1])
    level = shared_level(found, asked, largest=0.05)
    shared = np.nansum(found.bounds(level)[1])
    assert level > asked / 120
    assert plain < shared <= asked
    assert shared > 0.75 * asked
    # The most that a unit may have is not passed.
    assert shared_level(found, 10.0, largest=0.01) == pytest.approx(0.005)


@pytest.mark.parametrize(
    ("family", "low", "high"),
    [
        ("negative binomial, 5 a week, dispersion 4", 0.5, 1.4),
        ("AR(1) log level, 3 a week, memory 0.9, deviation 0.5", 0.45, 1.6),
        ("Hawkes, 3 a week, branching 0.5, 7 days", 0.5, 1.4),
        ("Poisson, 2 a week", 0.2, 1.2),
    ],
)
def test_the_rate_of_alarms_is_near_what_is_asked(family, low, high):
    """200 units, 26 looks at a level of 1 % each: 52 alarms are expected, with a standard error of some 10 as
    neighbours share. See docs/alarms.md.
    """
    counts = histories.fixed(np.random.default_rng(6), 250, 200, only=family)[family]
    found = expect_counts(counts, first=224)
    smaller = found.p_value[:, 224:].min(axis=0)
    assert low < (smaller <= 0.005).mean() / 0.01 < high


@pytest.mark.parametrize(
    ("counts", "options", "words"),
    [
        ([1.0, 2.0], {}, r"counts has shape \(2,\)"),
        ([[1.5]], {}, "1 of 1 counts are negative, not whole"),
        ([[-1.0], [2.0]], {}, "first -1"),
        ([[1.0]], {"kind": "deaths"}, "expected one of counts, sums"),
        ([[1.0]], {"windows": (4, 1)}, "ascending"),
        ([[1.0]], {"windows": (1, 1)}, "ascending"),
        ([[1.0]], {"windows": (0, 1)}, "of at least 1"),
        ([[1.0]], {"windows": ()}, "of at least 1"),
        ([[1e9 + 1]], {}, "above 1e\\+09"),
        (np.zeros((0, 3)), {}, "neither of them 0"),
    ],
)
def test_what_cannot_be_judged_is_refused(counts, options, words):
    with pytest.raises(ValueError, match=words):
        expect_counts(counts, **options)


def test_the_largest_count_and_the_first_period_that_is_judged():
    found = expect_counts(np.r_[np.full((39, 1), 2.0), [[1e9]]])
    assert np.flatnonzero(np.isfinite(found.p_value[0, :, 0])).tolist() == list(range(MIN_PERIODS, 40))
    assert found.p_value[0, -1, 0] < 1e-6
    also = expect_counts(np.full((40, 1), 2.0), first=38, also=[30])
    assert np.flatnonzero(np.isfinite(also.p_value[0, :, 0])).tolist() == [30, 38, 39]


def test_half_the_weight_is_on_levels_that_never_move():
    for kind in expectation.DISPERSIONS:
        keep, revert, noise, log_prior = expectation._views(kind)
        still, prior = keep == 1, np.exp(log_prior)
        assert (still.sum(), keep.size) == (8, 8 + 5 * 3 * 8)
        assert (prior[still].sum(), prior[~still].sum()) == pytest.approx((0.5, 0.5))
        assert revert[still].tolist() == [0.0] * 8
        assert sorted(set(zip(keep[~still], revert[~still], strict=True))) == sorted(
            (d, c) for d in expectation.DISCOUNTS for c in expectation.STRENGTHS
        )
        assert set(noise[still]) == set(noise[~still]) == set(expectation.DISPERSIONS[kind])


@pytest.mark.parametrize("kind", expectation.DISPERSIONS)
def test_the_calibration_by_hand(kind):
    """Linear in what both windows show on average, each within the bounds that were simulated."""
    (one, noise, spread, moving, length, level, noise_level, noise_length, moving_length), slope_by = (
        expectation.CALIBRATION[kind]
    )
    for seen, expected, variation in ((150.0, 2.0, 0.3), (10.0, 80.0, 2.0), (900.0, 0.01, 1.6)):
        features = np.array([[0.5, variation - 0.1, 0.2], [0.9, variation + 0.1, 0.6]])[:, None, None]
        rates = np.array([expected * 0.9, expected * 1.1])[:, None, None]
        shift, slope = expectation.calibration_of(features, rates, np.array([[seen]]), kind=kind)
        log_seen = np.log(min(max(seen, 20), 400) / 300)
        log_level = np.log(min(max(expected, 0.05), 50))
        by_hand = (
            one + noise * 0.7 + spread * min(variation, 1.5) + moving * 0.4 + length * log_seen + level * log_level
            + noise_level * 0.7 * log_level + noise_length * 0.7 * log_seen + moving_length * 0.4 * log_seen
        )  # fmt: skip
        assert slope.ravel() == pytest.approx([1 + slope_by] * 2)
        assert shift.ravel() == pytest.approx([min(max(by_hand, -1.5), 1.5) - slope_by * np.log(0.003)] * 2)


def test_the_power_of_a_panel_by_hand():
    """Ten periods of two units are looked at, so that .4 chances of two windows at most .01 are expected, and six count
    as seen before; one chance between .005 and .02 is at most .01 by a third.
    """
    raw, above = np.full((2, 40, 2), 0.5), np.full((2, 40, 2), 0.4)
    told = SimpleNamespace(raw=raw, above=above, shift=np.zeros_like(raw), slope=np.ones_like(raw), windows=WINDOWS)
    for window, came in ((0, 1 / 3), (1, 1 - (2 / 3) ** 2)):
        raw[window, 30, 1], above[window, 30, 1] = 0.02, 0.005
        assert panel_power(told) == pytest.approx(1 + np.log((came + 6) / 6.4) / np.log(0.01))
    out = np.zeros((40, 2), dtype=bool)
    out[30, 1] = True
    assert panel_power(told, left_out=out) == pytest.approx(1 + np.log(6 / 6.38) / np.log(0.01))
    # Of calibrated chances: half of .03 and .01, of which half lies at or below .01 in either window.
    told.shift = told.shift + np.log(0.5)
    raw[:, 30, 1], above[:, 30, 1] = 0.03, 0.01
    assert panel_power(told) == pytest.approx(1 + np.log((0.75 + 6) / 6.4) / np.log(0.01))


def test_bounds_are_sought_once_and_are_the_same_wherever_the_search_begins(monkeypatch):
    """Counts of all sizes: what is guessed of a pool's bound saves time and changes none."""
    generator = np.random.default_rng(8)
    counts = np.stack([generator.poisson(mean, 150) for mean in (0.01, 0.3, 2, 15, 80, 400)], axis=1)
    found = expect_counts(counts, first=149)
    looks, each = [], expectation.side_by_side
    monkeypatch.setattr(expectation, "side_by_side", lambda work, parts: (looks.append(len(parts)), each(work, parts)))
    bound, chance = found.bounds(0.001, 3)
    assert looks
    looks.clear()
    assert found.bounds(0.001, 3)[0] is bound
    assert not looks
    for start in (1.0, 5.0, 2000.0):
        other = expect_counts(counts, first=149).bounds(0.001, 3, near=np.full(bound.shape, start))
        np.testing.assert_array_equal(other, (bound, chance))
    raised = found.bounds(0.01, 3)[0]
    assert (raised <= bound).all()
    assert (raised < bound).any()
    assert with_power(found, 0.5).bounds(0.001, 3)[0] is not bound


def test_the_shared_level_by_hand():
    """Sixty units of two windows, .06 alarms asked for: .0005 each, and more where bounds have smaller chances."""

    def level_of(rate, largest=0.05):
        def bounds(level, least, near, then):
            assert (least, then) == (3, None)
            return None, np.full((2, 60), rate(level))

        return shared_level(SimpleNamespace(shift=np.zeros((2, 1, 60)), windows=WINDOWS, bounds=bounds), 0.06,
                            largest=largest, least=3)  # fmt: skip

    assert level_of(lambda level: level) == 0.0005
    assert level_of(lambda level: level / 2) == pytest.approx(0.0005 * 1.96)  # 98 % of what is asked for
    assert level_of(lambda level: level / 2, largest=0.0016) == 0.0008
    assert level_of(lambda level: level / 2, largest=0.0002) == 0.0001
    assert level_of(lambda level: level / 1000) == 0.025
    jump = level_of(lambda level: 0.001 if level > 0.0006 else 0.0)
    assert 0.0005 < jump <= 0.0006


def test_the_calibration_is_continuous_and_rising():
    """A smaller chance of the pool is never a larger calibrated one, wherever a unit lies."""
    generator = np.random.default_rng(7)
    features = np.stack(
        [generator.uniform(0, 5, 500), generator.uniform(0, 3, 500), generator.uniform(0, 1, 500)], axis=-1
    )
    for kind in expectation.DISPERSIONS:
        shift, slope = expectation.calibration_of(
            features[None, None], generator.uniform(0, 100, (1, 1, 500)), np.full((1, 500), 100.0), kind=kind
        )
        assert (slope > 0).all()
        assert np.isfinite(shift).all()


def test_earlier_periods_are_as_many_as_the_panel_allows_and_end_before_the_last_windows():
    few, many = earlier_periods(300, 10), earlier_periods(300, 1500)
    assert few[-1] == many[-1] == 300 - 1 - max(WINDOWS)
    assert few.tolist() == list(range(MIN_PERIODS, 300 - max(WINDOWS)))
    assert len(many) == 2  # 3,000 periods of units
    assert earlier_periods(MIN_PERIODS, 3).size == 0


def test_the_last_period_alone_is_what_all_periods_say_of_it_and_equal_pasts_are_followed_once(monkeypatch):
    """Of 60,000 units, most with one event in all, everything of all periods was 6 GB."""
    draw = np.random.default_rng(4)
    counts = draw.poisson(draw.gamma(0.5, 1.0, 12), (150, 12)).astype(float)
    counts = counts[:, draw.integers(0, 12, 40)]
    out = np.zeros(counts.shape, dtype=bool)
    out[70:90, 5] = True
    also = earlier_periods(*counts.shape)[-6:]
    whole = expect_counts(counts, first=149, also=also, left_out=out)
    followed, told = [], []
    monkeypatch.setattr(expectation, "UNITS_AT_ONCE", 5)
    monkeypatch.setattr(
        expectation,
        "expect_counts",
        lambda *given, **named: followed.append(given[0].shape) or expect_counts(*given, **named),
    )
    found = expectation.expect_last(counts, also=also, left_out=out, then=lambda *n: told.append(n))
    n = len(np.unique(np.concatenate([counts, out]), axis=1).T)
    assert n < 15
    assert [shape[1] for shape in followed] == [5] * (n // 5) + [n % 5] * bool(n % 5)
    assert told[-1] == (n, n)
    periods = [*also, 149]
    for name in ("p_value", "expected", "raw", "above", "slope", "shift"):
        np.testing.assert_allclose(getattr(found, name), getattr(whole, name)[:, periods], rtol=1e-12)
    for one, other in zip(found.bounds(0.001, 3), whole.bounds(0.001, 3), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    of_periods = panel_power(found, left_out=out[also], periods=np.arange(6))
    assert of_periods == pytest.approx(panel_power(whole, left_out=out, periods=also))
    assert expectation.expect_last(counts, kind="sums").raw.shape == (2, 1, 40)


@pytest.mark.parametrize(("worth", "power"), [(1.0, 1.0), (2.0, 0.85), (0.5, 1.15)])
def test_the_power_is_what_a_panel_s_chances_of_one_in_a_hundred_were_worth(worth, power):
    """Chances at even steps, of which ``worth`` times as many as promised are at most .01, never both windows'."""
    counts = np.random.default_rng(1).poisson(2.0, (200, 30)).astype(float)
    periods = earlier_periods(*counts.shape)
    found = expect_counts(counts, first=199, calibrated=False)
    even = (np.arange(30 * periods.size) + 0.5).reshape(periods.size, 30) / (30 * periods.size)
    raw, above = (np.full(found.raw.shape, np.nan) for _ in range(2))
    raw[:, periods] = above[:, periods] = np.stack([even, 1 - even]) / worth
    told = replace(found, raw=raw, above=above, slope=np.ones_like(raw), shift=np.zeros_like(raw))
    assert panel_power(told) == pytest.approx(power, abs=0.03)


def test_chances_raised_to_a_power_pass_their_bounds_as_often():
    counts = np.random.default_rng(2).poisson(2.0, (120, 8)).astype(float)
    found = expect_counts(counts, first=119)
    less = with_power(found, 0.8)
    assert less.p_value[:, -1] == pytest.approx(found.p_value[:, -1] ** 0.8)
    assert with_power(found, 1.0).p_value[:, -1] == pytest.approx(found.p_value[:, -1])
