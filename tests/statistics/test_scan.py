"""Windows that hold many events: closed form and simulation."""

import copy
import gzip
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import poisson

from analysis.statistics import scan

ORACLE = json.loads(gzip.decompress((Path(__file__).parent / "oracles" / "scan_window_mc.json.gz").read_bytes()))
CONTINUOUS = [row for row in ORACLE if row["kind"] == "continuous"]
DAILY = [row for row in ORACLE if row["kind"] != "continuous"]


def naus(row):
    return scan.naus_probability(row["k"], expected_per_window=row["mean_per_window"], n_windows=row["T_over_w"])


def test_naus_worked_example():
    """methods.md section 3: six deaths in 14 days, .6 expected, 208 windows: .0390. Fixed fortnights: 1 - F(5; .6)^208
    = .8 %.
    """
    assert scan.naus_probability(6, expected_per_window=0.6, n_windows=208) == pytest.approx(0.0390, abs=5e-5)
    assert 1 - poisson.cdf(5, 0.6) ** 208 == pytest.approx(0.008, abs=5e-4)


def test_naus_formula_by_a_second_computation():
    """The same formula computed apart with the oracle's simulations; tolerance 1e-9."""
    assert [naus(row) for row in CONTINUOUS] == pytest.approx([row["naus1982"] for row in CONTINUOUS], rel=1e-9)


def test_naus_against_simulation():
    """300,000 to 2,000,000 simulated continuous histories a row; within 4 standard errors or 2 % (the approximation's
    own error).
    """
    assert len(CONTINUOUS) > 150
    for row in CONTINUOUS:
        assert abs(naus(row) - row["p"]) <= max(4 * row["se"], 0.02 * row["p"]), row


def test_naus_is_exact_for_one_event_and_for_two_windows():
    """k = 1: 1 - exp(-rate T). k = 2 over m windows: no two of N uniform points within w, summed over N."""
    assert scan.naus_probability(1, expected_per_window=0.3, n_windows=7.5) == pytest.approx(-np.expm1(-2.25))
    n = np.arange(0, 4)
    none = np.sum(poisson.pmf(n, 0.9) * np.maximum(0, 1 - np.maximum(n - 1, 0) / 3) ** n)
    assert scan.naus_probability(2, expected_per_window=0.3, n_windows=3) == pytest.approx(1 - none, rel=1e-9)


def test_naus_at_its_edges():
    assert scan.naus_probability(3, expected_per_window=0.0, n_windows=10) == 0.0
    assert scan.naus_probability(5, expected_per_window=2000.0, n_windows=50) == 1.0
    assert 0 <= scan.naus_probability(2150, expected_per_window=2000.0, n_windows=50) <= 1
    one = scan.naus_probability(4, expected_per_window=1.0, n_windows=1)
    assert one == pytest.approx(poisson.sf(3, 1.0))
    chances = [scan.naus_probability(4, expected_per_window=1.0, n_windows=n) for n in (1, 1.5, 2, 2.5, 3)]
    assert chances == sorted(chances)


@pytest.mark.parametrize("wrong", [{"k": 0}, {"k": 2.5}, {"expected_per_window": -1.0}, {"n_windows": 0.5}])
def test_naus_refuses(wrong):
    arguments = {"k": 3, "expected_per_window": 1.0, "n_windows": 5.0} | wrong
    with pytest.raises(ValueError, match=rf"{next(iter(wrong))}=.*(expected a whole|must be at least)"):
        scan.naus_probability(arguments.pop("k"), **arguments)


def daily(row, n_simulations, seed=1):
    return scan.window_probability(
        row["k"], rate_per_day=row["lam_per_day"], window_days=row["w_days"], history_days=row["D_days"],
        n_simulations=n_simulations, seed=seed,
    )  # fmt: skip


def test_window_probability_against_simulation():
    """An independent simulation of whole days, 300,000 to 1,000,000 runs a row; within 4 standard errors of both."""
    assert len(DAILY) == 60
    for row in DAILY:
        n = 20_000 if row["lam_per_day"] * row["D_days"] < 100 else 4_000
        found = daily(row, n)
        error = np.hypot(row["se"], np.sqrt(max(row["p"] * (1 - row["p"]), 1 / n) / n))
        assert abs(found - row["p"]) <= 4 * error, (row, found)


def test_window_probability_counts_consecutive_days():
    """methods.md section 3, six deaths at .6 a fortnight over 208 fortnights: 14 days 3.4 %, 13 days 2.4 %."""
    common = {"rate_per_day": 0.6 / 14, "history_days": 14 * 208, "n_simulations": 60_000, "seed": 2}
    assert scan.window_probability(6, window_days=14, **common) == pytest.approx(0.034, abs=0.003)
    assert scan.window_probability(6, window_days=13, **common) == pytest.approx(0.024, abs=0.003)


def test_window_probability_exactly():
    # Windows of one day over three days, at least one event: 1 - exp(-3 r).
    found = scan.window_probability(1, rate_per_day=0.2, window_days=1, history_days=3, n_simulations=100_000, seed=3)
    assert abs(found - (1 - np.exp(-0.6))) < 4 * found.standard_error
    # A history no longer than the window is that one window.
    found = scan.window_probability(2, rate_per_day=0.1, window_days=30, history_days=30, n_simulations=100_000, seed=3)
    assert abs(found - poisson.sf(1, 3.0)) < 4 * found.standard_error


def test_clustered_null_of_the_headline():
    """methods.md section 3: 4 a year, 3 within 29 days, five years: 48 % if independent, 84 % at a branching ratio of
    .4.
    """
    common = {"rate_per_day": 4 / 365.25, "window_days": 29, "history_days": 1826, "n_simulations": 50_000, "seed": 4}
    assert scan.window_probability(3, **common) == pytest.approx(0.48, abs=0.015)
    assert scan.window_probability(3, branching_ratio=0.4, **common) == pytest.approx(0.84, abs=0.015)
    fixed = scan.fixed_window_probability(3, rate_per_day=4 / 365.25, window_days=29)
    assert fixed == pytest.approx(0.004, abs=0.0005)


def test_clustering_keeps_the_rate_and_is_stationary():
    """The mean number of events a day is the stated rate from the first day to the last."""
    generator = np.random.default_rng(5)
    _, day = scan._clustered_events(generator, 20_000, 0.05, 200, 0.5, 10.0)
    per_day = np.bincount(day, minlength=200) / 20_000
    assert per_day[:20].mean() == pytest.approx(0.05, rel=0.03)
    assert per_day[-20:].mean() == pytest.approx(0.05, rel=0.03)
    # Fano factor of long windows tends to 1 / (1 - branching ratio)^2 = 4 from below.
    history, day = scan._clustered_events(generator, 4_000, 0.05, 2_000, 0.5, 10.0)
    counts = np.bincount(history, minlength=4_000)
    assert 3.3 < counts.var() / counts.mean() < 4.2


def test_fixed_window_probability_of_clustered_events_is_larger():
    common = {"rate_per_day": 0.02, "window_days": 30}
    assert scan.fixed_window_probability(4, **common) == pytest.approx(poisson.sf(3, 0.6))
    clustered = scan.fixed_window_probability(4, branching_ratio=0.4, seed=1, **common)
    assert clustered > 2 * scan.fixed_window_probability(4, **common)


def test_recurrence_interval_by_hand():
    # Windows of one day, one event: the wait for the first day with an event is geometric, 1 / (1 - exp(-r)).
    found = scan.recurrence_interval_days(1, rate_per_day=0.01, window_days=1, seed=6)
    assert found == pytest.approx(1 / -np.expm1(-0.01), rel=0.03)
    assert scan.recurrence_interval_days(3, rate_per_day=0.0, window_days=10) == np.inf


def test_recurrence_interval_of_few_histories_waits_for_one_window_in_each(monkeypatch):
    """Fewer histories than windows asked for can never meet more than one each: lengthening them further would bring
    nothing.
    """
    lengths = []
    simulate = scan._first_hits
    monkeypatch.setattr(
        scan,
        "_first_hits",
        lambda k, rate, window, days, *rest: lengths.append(days) or simulate(k, rate, window, days, *rest),
    )
    found = scan.recurrence_interval_days(
        1, rate_per_day=0.01, window_days=1, history_days=3653, n_simulations=50, seed=6
    )
    assert lengths == [3653]
    assert found == pytest.approx(1 / -np.expm1(-0.01), rel=0.5)


def test_recurrence_interval_agrees_with_the_chance():
    """A wait that is all but exponential: chance over D days = 1 - exp(-D / mean wait)."""
    common = {"rate_per_day": 4 / 365.25, "window_days": 29, "n_simulations": 50_000, "seed": 7}
    wait = scan.recurrence_interval_days(3, **common)
    chance = scan.window_probability(3, history_days=1826, **common)
    assert 1 - np.exp(-1826 / wait) == pytest.approx(chance, abs=0.015)


def test_simulation_is_repeatable_and_says_its_error():
    common = {"rate_per_day": 0.05, "window_days": 10, "history_days": 400, "n_simulations": 5_000}
    found = scan.window_probability(3, seed=8, **common)
    assert found == scan.window_probability(3, seed=8, **common)
    assert found != scan.window_probability(3, seed=9, **common)
    assert found.standard_error == pytest.approx(np.sqrt(found * (1 - found) / 5_000))
    for copied in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        assert (copied, copied.n_simulations, copied.seed) == (found, 5_000, 8)


def test_chunks_do_not_change_what_is_simulated(monkeypatch):
    common = {"rate_per_day": 2.0, "window_days": 7, "history_days": 120, "n_simulations": 4_000}
    whole = scan.window_probability(26, seed=10, **common)
    monkeypatch.setattr(scan, "MAX_EVENTS_AT_ONCE", 50_000)
    chunked = scan.window_probability(26, seed=11, **common)
    assert abs(whole - chunked) < 4 * np.hypot(whole.standard_error, chunked.standard_error)


@pytest.mark.parametrize(
    "wrong",
    [
        {"window_days": 0},
        {"rate_per_day": -0.1},
        {"rate_per_day": np.nan},
        {"branching_ratio": 1.0},
        {"n_simulations": 0},
    ],
)
def test_simulation_refuses(wrong):
    arguments = {"rate_per_day": 0.1, "window_days": 7, "history_days": 100, "n_simulations": 10} | wrong
    with pytest.raises(ValueError, match=rf"{next(iter(wrong))}=.*expected"):
        scan.window_probability(2, **arguments)
