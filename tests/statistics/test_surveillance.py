"""Moving baselines, charts that add up, and their run lengths."""

import numpy as np
import pytest
from scipy import stats

from analysis.statistics.surveillance import (
    cusum,
    cusum_run_length,
    cusum_threshold,
    ears,
    glr,
    likelihood_cusum,
)
from tests.statistics.test_farrington import COUNTS, EVALUATED, SERIES, oracle_of, read_oracle

GLR_ROWS = read_oracle("glr_intercept")
GLR_CASES = sorted({(row["fun"], row["theta"], row["ret"], row["series"]) for row in GLR_ROWS})


def first_alarms(alarm):
    """Periods until the first alarm of each column; all must have one."""
    assert alarm.any(axis=0).all()
    return alarm.argmax(axis=0) + 1.0


@pytest.mark.parametrize("method", ["C1", "C2", "C3"])
def test_ears_against_r_surveillance(method):
    """R surveillance 1.20.3, ``earsC``, baseline 7, minSigma 0, alpha .001 (C3 .025): bounds to 1e-9, where it gives
    none nor do we.
    """
    peer = oracle_of(f"ears{method}")
    found = ears(COUNTS, method=method, evaluate=EVALUATED)
    np.testing.assert_allclose(found.upper, peer["upperbound"], rtol=0, atol=1e-9)
    assert (found.alarm == (peer["alarm"] == 1)).all()
    assert (np.isnan(found.upper) == (found.status != 0)).all()


@pytest.mark.parametrize("method", ["C1", "C2", "C3"])
@pytest.mark.parametrize("min_sigma", [0.0, 0.5])
def test_ears_against_its_words(method, min_sigma):
    counts = np.random.default_rng(1).poisson(3.0, 60).astype(float)
    found = ears(counts, method=method, min_sigma=min_sigma, baseline=5, alpha=0.01, as_peer=False)
    z = stats.norm.ppf(0.99)

    def deviation(t, lag):
        window = counts[t - lag - 5 : t - lag]
        return window.mean(), max(window.std(ddof=1), min_sigma)

    for row, t in enumerate(found.evaluated):
        mean, spread = deviation(t, 0 if method == "C1" else 2)
        expected = mean + z * spread
        if method == "C3":
            earlier = [(counts[s], *deviation(s, 2)) for s in (t - 1, t - 2)]
            expected -= spread * sum(max(0, (y - m) / s - 1) for y, m, s in earlier)
        assert found.upper[row, 0] == pytest.approx(max(0, expected) if method == "C3" else expected, abs=1e-9)
        assert found.expected[row, 0] == pytest.approx(mean)
    assert found.evaluated[0] == {"C1": 5, "C2": 7, "C3": 9}[method]


def test_c3_of_the_peer_misses_the_week_of_the_surge():
    """A surge of one week after steady noise: as published the alarm comes in that week, from the peer one week
    late.
    """
    counts = np.array([5, 6, 4, 5, 6, 4, 5, 6, 4, 5, 6, 4, 5, 30, 5, 5])
    assert ears(counts, method="C3", as_peer=False).alarm[:, 0].nonzero()[0].tolist()[0] == 13 - 11
    assert ears(counts, method="C3").alarm[:, 0].nonzero()[0].tolist()[0] == 14 - 11


def test_ears_without_spread():
    counts = np.full(20, 4.0)
    counts[-1] = 5
    for method in ("C1", "C2", "C3"):
        found = ears(counts, method=method, as_peer=False)
        assert (found.upper == 4.0).all()
        assert found.alarm[:, 0].tolist() == [False] * (found.alarm.size - 1) + [True]
    after = ears(np.append(counts, 4.0), method="C3", as_peer=False)
    assert after.upper[-1, 0] == 0.0
    assert after.alarm[-1, 0]
    peer = ears(counts, method="C3")
    assert set(peer.reason.ravel()) == {"no finite bound"}
    assert not peer.alarm.any()


def test_gaps_are_told_and_do_not_spread():
    counts = np.random.default_rng(2).poisson(4.0, (40, 2)).astype(float)
    whole = ears(counts, method="C2")
    counts[20, 0] = np.nan
    found = ears(counts, method="C2")
    touched = np.isin(found.evaluated, [20, *range(23, 30)])
    assert (found.reason[:, 0] == np.where(touched, "missing count", "computed")).all()
    assert np.isnan(found.upper[touched, 0]).all()
    np.testing.assert_array_equal(found.upper[~touched, 0], whole.upper[~touched, 0])
    np.testing.assert_array_equal(found.upper[:, 1], whole.upper[:, 1])


@pytest.mark.parametrize(
    ("method", "size", "low", "high"),
    [
        ("C1", np.inf, 1.9, 2.4),
        ("C2", np.inf, 1.9, 2.4),
        ("C3", np.inf, 13.0, 14.6),
        ("C1", 2.0, 4.0, 4.8),
        ("C3", 2.0, 17.3, 19.0),
    ],
)
def test_ears_alarms_more_often_than_its_alpha(method, size, low, high):
    """Stationary counts of mean 5: alarms per 100 periods, as documented, over 400 series of 150."""
    generator = np.random.default_rng(12)
    counts = generator.poisson(5.0 if np.isinf(size) else generator.gamma(size, 5.0 / size, (150, 400)), (150, 400))
    assert low < 100 * ears(counts, method=method, as_peer=False).alarm.mean() < high


@pytest.mark.parametrize("transform", ["standard", "rossi"])
def test_cusum_against_r_surveillance(transform):
    """R surveillance 1.20.3, ``cusum``, k=1.04, h=2.26, m=NULL: counts needed for an alarm, and alarms."""
    peer = oracle_of(f"cusum_{transform}_mNULL")
    found = cusum(COUNTS, transform=transform, evaluate=EVALUATED)
    np.testing.assert_allclose(found.upper, peer["upperbound"], rtol=1e-6, atol=1e-9)
    assert (found.alarm == (peer["alarm"] == 1)).all()
    honest = cusum(COUNTS, transform=transform, evaluate=EVALUATED, as_peer=False)
    np.testing.assert_array_equal(honest.statistic, found.statistic)
    observed = COUNTS[EVALUATED]
    decided = np.abs(honest.statistic - 2.26) > 1e-9
    assert ((observed >= honest.upper) == honest.alarm)[decided].all()


def test_cusum_by_hand():
    # Mean 4, root 2: z = (6 - 4)/2 = 1, (8 - 4)/2 = 2, 0; with reference .5: S = .5, 2, 1.5. From 0 a count of 4 + 2 (2
    # + .5) = 9 alarms.
    found = cusum([6, 8, 4], mean=4.0, reference=0.5, threshold=2.0)
    assert found.statistic[:, 0].tolist() == [0.5, 2.0, 1.5]
    assert found.alarm[:, 0].tolist() == [False, True, False]
    assert found.upper[:, 0].tolist() == [9.0, 8.0, 5.0]


@pytest.mark.parametrize("case", GLR_CASES, ids="-".join)
def test_glr_against_r_surveillance(case):
    """R surveillance 1.20.3, ``glrnb`` and ``glrpois``, c.ARL=5, intercept, inc, Mtilde 1, M -1: statistics (or counts
    needed) and alarms.
    """
    rows = [row for row in GLR_ROWS if (row["fun"], row["theta"], row["ret"], row["series"]) == case]
    found = glr(
        COUNTS[:, SERIES.index(case[3])],
        mean=float(rows[0]["mu0"]),
        dispersion=float(rows[0]["alpha"]),
        shift=float(case[1]) if case[1] not in ("", "NA") else None,
        evaluate=EVALUATED,
    )
    ours = found.statistic if case[2] == "value" else found.upper
    np.testing.assert_allclose(ours[:, 0], [float(row["upperbound"]) for row in rows], rtol=1e-6, atol=1e-9)
    assert found.alarm[:, 0].tolist() == [row["alarm"] == "1" for row in rows]


@pytest.mark.parametrize("dispersion", [0.0, 0.4])
def test_glr_against_its_definition(dispersion):
    """Maximum over all onsets and, by a fine grid, over all factors; the mean has a season."""
    generator = np.random.default_rng(5)
    mean = 4 + 2 * np.sin(np.arange(30) / 4)
    counts = generator.poisson(mean * np.where(np.arange(30) < 20, 1, 1.5))
    found = glr(counts, mean=mean[:, None], dispersion=dispersion, threshold=1e9)
    factor = np.exp(np.linspace(0, 2, 4001))[:, None]
    if dispersion:
        size = 1 / dispersion
        terms = stats.nbinom.logpmf(counts, size, size / (size + mean * factor))
    else:
        terms = stats.poisson.logpmf(counts, mean * factor)
    terms = terms - terms[:1]
    for t in range(30):
        ratios = [terms[:, k : t + 1].sum(axis=1).max() for k in range(t + 1)]
        assert found.statistic[t, 0] == pytest.approx(max(ratios), abs=1e-5)
        if max(ratios) > 0:
            assert found.onset[t, 0] == np.argmax(ratios)
        else:
            assert found.onset[t, 0] == -1
    near = glr(counts, mean=mean[:, None], dispersion=dispersion, threshold=1e9, max_window=1)
    assert (near.statistic <= found.statistic + 1e-12).all()


def test_glr_sees_a_rise_in_the_quiet_periods_of_an_overdispersed_series():
    # 10 cases where 11 are expected, but the low mean was exceeded: the score (3 - 1) / 2 + (7 - 10) / 11 is above 0.
    mean, counts = np.array([1.0, 10.0]), np.array([3, 7])
    found = glr(counts, mean=mean[:, None], dispersion=1.0, threshold=9.0)
    factor = np.exp(np.linspace(0, 2, 20001))[:, None]
    terms = stats.nbinom.logpmf(counts, 1.0, 1 / (1 + mean * factor)).sum(axis=1)
    assert found.statistic[1, 0] == pytest.approx((terms - terms[0]).max(), abs=1e-7)
    assert found.statistic[1, 0] > 0.05
    assert found.onset[1, 0] == 0


def test_glr_finds_the_onset_and_starts_anew():
    counts = np.r_[np.full(20, 2), np.full(10, 7)]
    found = glr(counts, mean=2.0)
    first = found.alarm[:, 0].argmax()
    assert found.onset[first, 0] == 20
    assert 20 < first < 24
    later = found.onset[first + 1 :, 0]
    assert (later[later >= 0] > first).all()


def test_a_missing_count_leaves_a_chart_where_it_was():
    counts = np.array([9.0, np.nan, 9.0])
    for found in (
        cusum(counts, mean=4.0, threshold=50.0),
        likelihood_cusum(counts, mean=4.0, out_mean=8.0, threshold=50.0),
        glr(counts, mean=4.0, threshold=50.0),
    ):
        assert found.statistic[1, 0] == found.statistic[0, 0] > 0
        assert found.statistic[2, 0] > found.statistic[1, 0]
        assert found.reason[:, 0].tolist() == ["computed", "missing count", "computed"]
        assert not found.alarm.any()


def test_a_silent_past_gives_no_chart():
    counts = np.zeros((30, 2))
    counts[:, 1] = 3
    counts[25:] = 9
    evaluate = np.arange(20, 30)
    for found in (
        cusum(counts, evaluate=evaluate),
        glr(counts, evaluate=evaluate),
        glr(counts, evaluate=evaluate, shift=0.5),
    ):
        assert set(found.reason[:, 0]) == {"all-zero baseline"}
        assert np.isnan(found.statistic[:, 0]).all()
        assert not found.alarm[:, 0].any()
        assert found.alarm[:, 1].any()


def test_later_counts_leave_earlier_results_unchanged():
    for rule in (
        lambda counts, **options: ears(counts, method="C3", **options),
        cusum,
        glr,
        lambda counts, **options: likelihood_cusum(counts, mean=2.0, out_mean=4.0, threshold=4.0, **options),
    ):
        short, long = (rule(counts[:, :3], evaluate=np.arange(300, 400)) for counts in (COUNTS[:400], COUNTS))
        for name in set(vars(short)) - {"evaluated"}:
            if getattr(short, name) is not None:
                np.testing.assert_array_equal(getattr(short, name), getattr(long, name))


def test_likelihood_ratio_steps_come_from_the_densities():
    counts = np.array([3, 0, 11, 7])
    for dispersion, law in (
        (0.0, lambda m: stats.poisson(m)),
        (0.5, lambda m: stats.nbinom(2.0, 2.0 / (2.0 + m))),
    ):
        found = likelihood_cusum(counts, mean=4.0, out_mean=9.0, dispersion=dispersion, threshold=100.0)
        total = 0.0
        for t, count in enumerate(counts):
            total = max(0.0, total + law(9.0).logpmf(count) - law(4.0).logpmf(count))
            assert found.statistic[t, 0] == pytest.approx(total, abs=1e-12)


def test_run_length_against_a_fine_grid_and_simulation():
    """Negative binomial of mean 10 against 20, size 2, threshold 5: other sources have 1345 (a refined Markov chain)
    and 1351 +- 21 (simulated).
    """
    found = cusum_run_length(10.0, out_mean=20.0, dispersion=0.5, threshold=5.0)
    assert found.low <= found.mean <= found.high
    assert found.high - found.low <= 1e-3 * found.low
    assert found.mean == pytest.approx(1345, rel=2e-3)
    assert abs(found.mean - 1351) < 21


@pytest.mark.parametrize(
    ("mean", "out_mean", "dispersion", "threshold", "true_mean"),
    [
        (2.0, 4.0, 0.0, 2.5, 2.0),
        (2.0, 4.0, 0.0, 2.5, 4.0),
        (10.0, 20.0, 0.5, 3.0, 10.0),
        (0.1, 0.3, 0.0, 2.0, 0.1),
        (5.0, 7.0, 1.0, 1.5, 5.0),
    ],
)
def test_run_length_against_simulation(mean, out_mean, dispersion, threshold, true_mean):
    """Up to 4,000 charts of our own, run until the first alarm; 4 standard errors."""
    found = cusum_run_length(
        mean, out_mean=out_mean, dispersion=dispersion, threshold=threshold, true_mean=true_mean, accuracy=1e-3
    )
    assert found.high - found.low <= 5e-3 * found.low
    generator = np.random.default_rng(6)
    shape = (int(found.mean * 14), 4000)
    while shape[0] * shape[1] > 5_000_000:
        shape = (shape[0], shape[1] // 2)
    counts = generator.poisson(
        generator.gamma(1 / dispersion, dispersion * true_mean, shape) if dispersion else true_mean, shape
    )
    runs = first_alarms(
        likelihood_cusum(counts, mean=mean, out_mean=out_mean, dispersion=dispersion, threshold=threshold).alarm
    )
    assert abs(runs.mean() - found.mean) < 4 * runs.std() / np.sqrt(runs.size)


@pytest.mark.parametrize(("mean", "dispersion", "expected"), [(0.5, 0.0, 66.0), (5.0, 0.0, 215.4), (5.0, 0.5, 14.18)])
def test_run_length_of_the_standardised_chart(mean, dispersion, expected):
    """The documented run lengths at the published reference and threshold, against 1,000 charts of our own; 4 standard
    errors.
    """
    found = cusum_run_length(mean, reference=1.04, threshold=2.26, dispersion=dispersion)
    assert found.mean == pytest.approx(expected, rel=2e-3)
    generator = np.random.default_rng(8)
    shape = (3000, 1000)
    rate = generator.gamma(1 / dispersion, dispersion * mean, shape) if dispersion else mean
    runs = first_alarms(cusum(generator.poisson(rate, shape), mean=mean).alarm)
    assert abs(runs.mean() - found.mean) < 4 * runs.std() / np.sqrt(runs.size)


def test_run_length_exactly():
    # A chart that alarms at the first count of 1 or more: in-control mean run length 1 / P(Y >= 1).
    found = cusum_run_length(0.05, out_mean=0.2, threshold=0.4)
    assert found.mean == pytest.approx(1 / (1 - np.exp(-0.05)), rel=1e-9)


@pytest.mark.parametrize(
    ("mean", "out_mean", "dispersion", "run_length"),
    [(0.1, 0.3, 0.0, 520.0), (3.0, 8.0, 0.5, 30.0)],
)
def test_threshold_gives_the_wanted_run_length(mean, out_mean, dispersion, run_length):
    found = cusum_threshold(mean, out_mean=out_mean, dispersion=dispersion, run_length=run_length)
    assert found.low >= run_length
    less = cusum_run_length(mean, out_mean=out_mean, dispersion=dispersion, threshold=found.threshold * 0.9995)
    assert less.low < run_length
    assert (
        cusum_run_length(mean, out_mean=out_mean, dispersion=dispersion, threshold=found.threshold).mean == found.mean
    )


def test_glr_run_length_is_the_documented_one():
    """Poisson counts of mean 5, threshold 5: about 420 periods between alarms, over 100 charts."""
    counts = np.random.default_rng(7).poisson(5.0, (1500, 100))
    alarms = glr(counts, mean=5.0).alarm.sum()
    assert abs(alarms - counts.size / 420) < 4 * np.sqrt(counts.size / 420)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ears([1] * 20, method="C4"), "C1, C2, C3"),
        (lambda: ears([1] * 7), "7 periods; a full baseline and one period to judge need 8"),
        (lambda: ears([1] * 20, evaluate=[3, 12]), "1 of 2 evaluated periods"),
        (lambda: ears([1] * 20, alpha=1.0), "between 0 and 1"),
        (lambda: ears([1] * 20, baseline=1), "at least 2"),
        (lambda: ears([1] * 20, min_sigma=-1), "min_sigma"),
        (lambda: ears([1, -1, 0.5] * 7), "14 of 21 counts are negative, infinite or not whole"),
        (lambda: cusum([1] * 20), "Pass mean, or evaluate later periods"),
        (lambda: cusum([1] * 20, mean=0.0), "20 of 20 in-control means"),
        (lambda: cusum([1] * 20, mean=[1.0, 2.0]), "mean has shape"),
        (lambda: cusum([1] * 20, mean=1.0, transform="root"), "standard, rossi"),
        (lambda: cusum([1] * 20, mean=1.0, threshold=0.0), "threshold"),
        (lambda: cusum([1] * 20, mean=1.0, evaluate=[4, 3]), "ascend"),
        (lambda: likelihood_cusum([1] * 20, mean=2.0, out_mean=2.0, threshold=4.0), "not above the in-control mean"),
        (lambda: likelihood_cusum([1] * 20, mean=2.0, out_mean=3.0, threshold=-1.0), "above 0"),
        (lambda: likelihood_cusum([1] * 20, mean=2.0, out_mean=3.0, threshold=4.0, dispersion=-1.0), "dispersion"),
        (lambda: glr([1] * 20, mean=2.0, threshold=np.inf), "threshold"),
        (lambda: glr([1] * 20, mean=2.0, shift=-0.5), "shift"),
        (lambda: glr([1] * 20, mean=2.0, max_window=0), "max_window"),
        (lambda: cusum_run_length(2.0, out_mean=1.0, threshold=4.0), "mean < out_mean"),
        (lambda: cusum_run_length(2.0, out_mean=3.0, threshold=0.0), "threshold"),
        (lambda: cusum_run_length(2.0, threshold=4.0), "just one of them"),
        (lambda: cusum_run_length(2.0, out_mean=3.0, reference=1.0, threshold=4.0), "just one of them"),
        (lambda: cusum_run_length(2.0, reference=-1.0, threshold=4.0), "reference"),
        (lambda: cusum_run_length(2.0, out_mean=3.0, threshold=4.0, accuracy=0.0), "accuracy"),
        (lambda: cusum_run_length(2.0, out_mean=3.0, threshold=4.0, true_mean=0.0), "true_mean"),
        (lambda: cusum_run_length(2.0, out_mean=3.0, threshold=4.0, dispersion=-1.0), "dispersion"),
        (lambda: cusum_run_length(2.0, out_mean=2.001, threshold=4.0), "Lower it or simulate"),
        (lambda: cusum_threshold(2.0, out_mean=3.0, run_length=1.0), "run_length"),
        (lambda: cusum_threshold(100.0, out_mean=101.0, run_length=1e9), "Ask for a shorter one"),
    ],
)
def test_rules_refuse(call, words):
    with pytest.raises(ValueError, match=words):
        call()
