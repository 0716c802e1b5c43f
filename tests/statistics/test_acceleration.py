"""Events that come ever faster, or ever slower."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, kendalltau, kstest

from analysis.statistics import acceleration

COAL = pd.read_csv(Path(__file__).parent / "oracles" / "coal_mining_disasters.csv")["year"].to_numpy()


def test_laplace_of_the_coal_mining_disasters():
    """Explosions in British coal mines, 1851 to 1962 (Jarrett 1979, Biometrika 66:191; ``boot::coal`` 1.3-28 in R): U =
    -7.68.
    """
    assert COAL.size == 191
    found = acceleration.laplace_trend(COAL - 1851, 1963 - 1851)
    assert found.statistic == pytest.approx(-7.68, abs=0.005)
    assert found.p_value < 1e-13


def test_laplace_by_hand():
    # Times 1, 2, 6 on (0, 8]: mean 3, U = (3 - 4) / (8 / sqrt(36)) = -.75.
    assert acceleration.laplace_trend([1, 2, 6], 8).statistic == pytest.approx(-0.75)


def test_power_law_by_hand():
    # Times T/e^2, T/e, T: logs 2, 1, 0; ended by an event, so chi-square on 2 (n - 1) = 4 with n = 3.
    horizon = 10.0
    found = acceleration.power_law_process(horizon * np.exp([-2.0, -1.0, 0.0]), horizon)
    assert found.shape == pytest.approx(1.0)
    assert found.statistic == pytest.approx(6.0)
    assert found.p_value == pytest.approx(chi2.cdf(6.0, 4))
    # Watched a little longer, the last event no longer ends observation: 2 n = 6.
    longer = acceleration.power_law_process(horizon * np.exp([-2.0, -1.0, 0.0]), horizon * (1 + 1e-9))
    assert longer.p_value == pytest.approx(chi2.cdf(6.0, 6))


def test_power_law_recovers_its_parameters():
    """Times of a power-law process are T u^(1/shape); its expected count at T is (T / scale)^shape."""
    generator = np.random.default_rng(1)
    found = acceleration.power_law_process(500.0 * generator.uniform(size=4000) ** (1 / 1.8), 500.0)
    assert found.low < 1.8 < found.high
    assert (500.0 / found.scale) ** found.shape == pytest.approx(4000)
    assert found.progress_exponent == pytest.approx(1 - 1 / 1.8, abs=0.03)


def test_progress_exponent_is_johnsons():
    """In a power-law process the expected gap after the n-th event falls as n^-b (Johnson et al. 2011)."""
    shape = 1.6
    n = np.arange(1000, 2000)
    gaps = np.diff(n ** (1 / shape))
    slope = np.polyfit(np.log(n[:-1] + 0.5), np.log(gaps), 1)[0]
    assert -slope == pytest.approx(1 - 1 / shape, abs=1e-4)


@pytest.mark.parametrize("ended_by_an_event", [False, True])
def test_interval_and_tests_hold_their_level(ended_by_an_event):
    generator = np.random.default_rng(2)
    inside, p_values, n_runs = 0, [], 1500
    for _ in range(n_runs):
        times = np.sort(generator.uniform(0, 100, 12))
        horizon = times[-1] if ended_by_an_event else 100.0
        found = acceleration.power_law_process(times, horizon)
        inside += found.low <= 1 <= found.high
        p_values.append(found.p_value)
    assert inside / n_runs == pytest.approx(0.95, abs=0.025)
    assert kstest(p_values, "uniform").pvalue > 0.001


def test_reverse_arrangements_by_hand():
    # Gaps 3, 1, 2: of three pairs only (1, 2) has the later one longer.
    found = acceleration.reverse_arrangements([0, 3, 4, 6])
    assert found.statistic == 1.0
    # All six orders are equally likely: 0, 1, 1, 2, 2, 3 reversals; at least as far from 1.5 as 1: all.
    assert found.p_value == pytest.approx(1.0)
    # Gaps 4, 3, 2, 1: no reversal, p = 2 / 4!.
    shrinking = acceleration.reverse_arrangements([0, 4, 7, 9, 10])
    assert (shrinking.statistic, shrinking.p_value) == (0.0, pytest.approx(2 / 24))


def test_reverse_arrangements_count_ties_half():
    # Gaps 2, 2, 3: pairs tie, longer, longer.
    assert acceleration.reverse_arrangements([0, 2, 4, 7]).statistic == 2.5
    level = acceleration.reverse_arrangements([0, 2, 4, 6])
    assert (level.statistic, level.p_value) == (1.5, 1.0)


def test_reverse_arrangements_against_scipy():
    """scipy 1.17, ``kendalltau(order, gaps)``: reversals are (pairs + S) / 2."""
    gaps = np.random.default_rng(3).exponential(size=80)
    times = np.concatenate([[0.0], np.cumsum(gaps)])
    found = acceleration.reverse_arrangements(times)
    expected = kendalltau(np.arange(80), np.diff(times))
    assert found.statistic == pytest.approx((1 + expected.statistic) * 80 * 79 / 4)
    assert found.p_value == pytest.approx(expected.pvalue)


def test_acceleration_has_one_direction():
    """Events that crowd towards the end: U above 0, few reversals, shape above 1, a small lower tail, a rate that
    rises.
    """
    times = 100 * (np.arange(1, 31) / 31) ** (1 / 3)
    assert acceleration.laplace_trend(times, 100).statistic > 2
    assert acceleration.reverse_arrangements(times).statistic < 30
    process = acceleration.power_law_process(times, 100)
    assert process.low > 1
    assert process.p_value < 0.001
    assert process.progress_exponent > 0


def test_scale_of_time_is_harmless():
    times = np.random.default_rng(5).uniform(1, 99, 20)
    assert acceleration.laplace_trend(times, 100) == acceleration.laplace_trend(times * 4, 400)
    assert acceleration.power_law_process(times, 100).shape == pytest.approx(
        acceleration.power_law_process(times / 365.25, 100 / 365.25).shape
    )


@pytest.mark.parametrize("function", [acceleration.laplace_trend, acceleration.power_law_process])
def test_too_few_or_misplaced_events(function):
    with pytest.raises(ValueError, match="at least 3 event times"):
        function([1.0, 2.0], 10.0)
    with pytest.raises(ValueError, match=r"2 of 4 times lie outside 0 to 10 \(first 12, nan\)"):
        function([1.0, 12.0, np.nan, 3.0], 10.0)
    with pytest.raises(ValueError, match=r"horizon=0.0; expected a number above 0"):
        function([0.0, 0.0, 0.0], 0.0)


def test_an_event_at_time_zero_has_no_power_law():
    with pytest.raises(ValueError, match="times above 0"):
        acceleration.power_law_process([0.0, 2.0, 5.0], 10.0)
