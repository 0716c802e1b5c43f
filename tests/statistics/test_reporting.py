"""Delays and nowcasts: by hand, against the peer, and by simulation."""

import numpy as np
import pytest

from analysis.statistics import reporting

# 20 weeks; week w has PATTERN[d] + (7 w + 3 d) mod 3 reports of delay d (none where the pattern is 0), as far as they
# can be seen by week 19.
PATTERN = [5, 4, 3, 2, 1, 1, 0, 1, 1]


def made_reports():
    rows = [
        (19 - week, delay)
        for week in range(20)
        for delay, n in enumerate(PATTERN)
        if week + delay <= 19 and n
        for _ in range(n + (7 * week + 3 * delay) % 3)
    ]
    return np.array(rows).T


def exact(age, delay, **options):
    return reporting.estimate_delays(delay - 1, delay, age, seed=1, **options)


def test_the_triangle_by_hand():
    table = reporting.reporting_triangle([0, 1, 1, 2, 2], [0, 0, 1, 0, 0], n_ages=3, n_delays=3)
    nan = np.nan
    np.testing.assert_array_equal(table, [[1, nan, nan], [1, 1, nan], [2, 0, 0]])
    assert np.nansum(table) == 5


def test_the_reverse_hazard_by_hand():
    # Of 20 events of age 2: 10, 6 and 4 of delay 0, 1 and 2. Of 15 of age 1: 10 and 5. 9 of age 0. g2 = 4/20; g1 =
    # 11/31.
    age = np.repeat([2, 2, 2, 1, 1, 0], [10, 6, 4, 10, 5, 9])
    delay = np.repeat([0, 1, 2, 0, 1, 0], [10, 6, 4, 10, 5, 9])
    told = exact(age, delay)
    assert told.cumulative == pytest.approx([20 / 31 * 16 / 20, 16 / 20, 1])
    assert told.n_reports == 44
    assert (told.low <= told.cumulative).all()
    assert (told.cumulative <= told.high).all()


def test_delays_agree_with_surveillance_lawless():
    """R surveillance 1.20.3: nowcast(method = "lawless", D = 8, aggregate.by = "1 week"), delayCDF()[["lawless"]]."""
    told = exact(*made_reports(), most=8)
    peer = [
        0.2320140626,
        0.4250169112,
        0.5795685153,
        0.6945622683,
        0.7703771638,
        0.8474148802,
        0.8474148802,
        0.9230769231,
        1,
    ]
    assert told.cumulative == pytest.approx(peer, abs=1e-9)


def test_a_delay_known_only_between_two_looks_moves_nothing_by_itself():
    # 20 events of age 1 seen week by week: 12 in the first. 10 more were looked at only at the end: they say nothing of
    # when.
    after, by = np.repeat([-1, 0, -1], [12, 8, 10]), np.repeat([0, 1, 1], [12, 8, 10])
    told = reporting.estimate_delays(after, by, np.ones(30), seed=1)
    assert told.cumulative == pytest.approx([0.6, 1], abs=1e-5)


def test_sparse_looks_tell_the_same_delays_as_many():
    rng = np.random.default_rng(5)
    age, delay = rng.integers(0, 40, 6000), rng.geometric(0.25, 6000) - 1
    seen = delay <= age
    often = reporting.estimate_delays(delay[seen] - 1, delay[seen], age[seen], most=20, seed=1)
    # A look every fourth week, the last one now: an event is found at its first look after it was recorded.
    by = age[seen] - 4 * ((age[seen] - delay[seen]) // 4)
    seldom = reporting.estimate_delays(np.maximum(by - 4, -1), by, age[seen], most=20, seed=1)
    truth = 1 - 0.75 ** np.arange(1, 22)
    assert np.abs(often.cumulative - truth / truth[-1]).max() < 0.04
    assert np.abs(seldom.cumulative - truth / truth[-1]).max() < 0.06
    # Those seen so far are the fast ones: without regard to truncation the share within four weeks is overstated.
    assert (delay[seen] <= 3).mean() > truth[3] + 0.02


def test_order_is_irrelevant_and_a_seed_repeats():
    age, delay = made_reports()
    shuffled = np.random.default_rng(1).permutation(len(age))
    one, other = exact(age, delay), exact(age[shuffled], delay[shuffled])
    np.testing.assert_array_equal(one.draws, other.draws)


def test_reports_in_batches_are_told_by_their_dispersion():
    age = np.repeat(np.arange(20), 12)
    all_or_none = np.where(age % 2 == 0, 0, np.minimum(age, 3))
    assert exact(age, all_or_none).dispersion > 3
    assert exact(*made_reports()).dispersion == 1


def test_the_longest_delay_is_one_that_enough_had_time_to_show():
    age, delay = np.repeat([30, 5], [9, 40]), np.repeat([2, 1, 29], [8, 40, 1])
    told = reporting.estimate_delays(delay[:49] - 1, delay[:49], np.r_[age[:8], age[9:], 30], seed=1)
    assert told.max_delay == 5
    assert told.n_later == 1


def test_quantile_and_share_are_inverse():
    told = exact(*made_reports())
    for q in (0.1, 0.5, 0.9):
        assert reporting.share_recorded(
            told.cumulative, float(reporting.delay_quantile(told.cumulative, q))
        ) == pytest.approx(q)
    assert reporting.share_recorded(told.cumulative, 0.0) == 0
    assert reporting.share_recorded(told.cumulative, 99.0) == 1
    assert reporting.delay_quantile([0.5, 1.0], 0.5) == 0.5
    assert reporting.delay_quantile([0.5, 1.0], 0.75) == 1.0


def test_nothing_is_still_to_come_of_old_weeks():
    told = exact(*made_reports())
    cast = reporting.nowcast([7, 3], [told.max_delay, 400], [1, 1], told, mean_rate=15, seed=1)
    assert cast.total_expected == cast.total_low == cast.total_high == 10


def test_the_nowcast_by_hand():
    # Nothing uncertain but the rate: F = 1/2, N = 9, mean rate 10: rate ~ Gamma(10, 0.1 + 0.5), mean 10 / 0.6, half of
    # it still to come.
    half = reporting.DelayDistribution(
        np.array([0.5, 1.0]),
        np.array([0.5, 1.0]),
        np.array([0.5, 1.0]),
        0.95,
        np.tile([0.5, 1.0], (40_000, 1)),
        1.0,
        100,
        0,
    )
    cast = reporting.nowcast([9], [0], [1.0], half, mean_rate=10.0, seed=3)
    mean, variance = 10 / 0.6 / 2, 10 / 0.6 / 2 + 10 / 0.36 / 4
    assert cast.total_expected == pytest.approx(9 + mean, abs=4 * np.sqrt(variance / 40_000))
    assert cast.expected[0] == cast.total_expected


def simulated(seed, *, gap, n_looks, rate, mean_days=20.0, surge=1.0):
    """Days of events and the day each is recorded; looks every ``gap`` days from day 0; what the last look knows."""
    rng = np.random.default_rng(seed)
    last = gap * (n_looks - 1)
    mean = np.full(last, rate / 7)
    mean[-28:] *= surge
    day = np.repeat(np.arange(1, last + 1), rng.poisson(mean))
    recorded = np.ceil(day + rng.exponential(mean_days, len(day)))
    look = np.ceil(recorded / gap).astype(int)
    seen = look < n_looks
    first = gap * look[seen]
    by = (first - day[seen]) // 7
    before = first - gap - day[seen]
    after = np.where(before >= 0, before // 7, -1)
    return after, by, (last - day[seen]) // 7, (last - day) // 7, (recorded - day) // 7


@pytest.mark.parametrize(
    ("gap", "n_looks", "rate", "surge", "n_runs"),
    [(7, 26, 10, 1, 200), (7, 26, 2, 1, 200), (28, 8, 10, 1, 40), (7, 26, 10, 2, 200)],
    ids=["weekly", "few attacks", "monthly", "a rise"],
)
def test_the_nowcast_covers_what_comes_in_the_end(gap, n_looks, rate, surge, n_runs):
    """90 % intervals of the last four weeks, three Monte Carlo errors allowed. Recorded counts alone are half of the
    truth.
    """
    covered, ratio, held = [], [], []
    for seed in range(n_runs):
        after, by, age, true_age, true_delay = simulated(seed, gap=gap, n_looks=n_looks, rate=rate, surge=surge)
        told = reporting.estimate_delays(after, by, age, n_draws=500, seed=seed)
        recorded = np.bincount(age, minlength=n_looks)
        exposure = told.cumulative[np.minimum(np.arange(len(recorded)), told.max_delay)].sum()
        cast = reporting.nowcast(
            recorded[:4], np.arange(4), np.ones(4), told, mean_rate=recorded.sum() / exposure, level=0.9, seed=seed
        )
        truth = ((true_age < 4) & (true_delay <= told.max_delay)).sum()
        covered.append(cast.total_low <= truth <= cast.total_high)
        ratio.append(cast.total_expected)
        held.append((recorded[:4].sum(), truth))
    held = np.array(held).sum(axis=0)
    error = np.sqrt(0.9 * 0.1 / n_runs)
    assert 0.9 - 3 * error <= np.mean(covered) <= 0.99
    assert np.sum(ratio) / held[1] == pytest.approx(1, abs=0.12)
    assert held[0] < 0.55 * held[1]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: reporting.reporting_triangle([1], [2], n_ages=3, n_delays=3), "longer than the event's age"),
        (lambda: reporting.estimate_delays([0], [0], [1], seed=1), "must obey"),
        (lambda: reporting.estimate_delays([-1] * 9, [0] * 9, [1] * 9, seed=1), "9 events are too few"),
        (lambda: reporting.estimate_delays([-1] * 10, [0.5] * 10, [1] * 10, seed=1), "by must be whole"),
        (lambda: reporting.nowcast([-1], [0], [1], exact(*made_reports()), mean_rate=1, seed=1), "at least 0"),
        (lambda: reporting.nowcast([1], [0], [1], exact(*made_reports()), mean_rate=0, seed=1), "mean rate above 0"),
    ],
)
def test_impossible_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
