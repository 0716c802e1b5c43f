"""One number given to an array function: taken as it is meant, or refused in words; never an error from deep within."""

import numpy as np
import pytest

from analysis.statistics import acceleration, changepoint, farrington, monotone_trend, rates, scan, tails
from analysis.statistics.given import at_least, positive, proportion, seeded, whole_number

TIMES = np.arange(1.0, 21)
DAYS = {"rate_per_day": 0.05, "window_days": 30, "history_days": 400, "n_simulations": 50, "seed": 1}


@pytest.mark.parametrize("given", [30, 30.0, np.float32(30), np.int64(30)])
def test_a_whole_number_is_one_in_any_type(given):
    whole = whole_number("days", given)
    assert (whole, type(whole)) == (30, int)


@pytest.mark.parametrize("wrong", [0, -1, 2.5, np.nan, np.inf, -np.inf, "30", None, [30], np.array([1, 2])])
def test_what_is_no_whole_number_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match=r"days=.*; expected a whole number of at least 1"):
        whole_number("days", wrong)


@pytest.mark.parametrize("wrong", [0, 1, -0.5, 95, np.nan, np.inf, "0.9", None, (0.9,)])
def test_what_is_no_share_is_refused_by_name(wrong):
    assert proportion("level", np.float32(0.5)) == 0.5
    with pytest.raises(ValueError, match=r"level=.*; expected a number between 0 and 1"):
        proportion("level", wrong)


@pytest.mark.parametrize("wrong", [0, -1, np.nan, np.inf, "1", None])
def test_what_is_not_above_zero_is_refused_by_name(wrong):
    with pytest.raises(ValueError, match=r"horizon=.*; expected a number above 0"):
        positive("horizon", wrong)


@pytest.mark.parametrize("wrong", [0.5, -1, np.nan, np.inf, "1", None])
def test_what_is_too_small_is_refused_by_name(wrong):
    assert at_least("dispersion", np.float32(1), 1) == 1
    with pytest.raises(ValueError, match=r"dispersion=.*; expected a number of at least 1\."):
        at_least("dispersion", wrong, 1)


def test_days_as_floats_are_days():
    floats = {name: float(value) for name, value in DAYS.items() if name != "seed"} | {"seed": 1}
    assert scan.window_probability(3.0, **floats) == scan.window_probability(3, **DAYS)
    assert scan.recurrence_interval_days(3.0, **floats) == scan.recurrence_interval_days(3, **DAYS)


@pytest.mark.parametrize("level", [95, -0.5, 1, np.nan, None])
def test_an_interval_has_a_level(level):
    """A level of 95 gave bounds that are no numbers, one of -0.5 a low above the high."""
    with pytest.raises(ValueError, match="level="):
        acceleration.power_law_process(TIMES, 30.0, level=level)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: scan.window_probability(np.inf, **DAYS), "k"),
        (lambda: scan.window_probability(3, **(DAYS | {"n_simulations": 10.5})), "n_simulations"),
        (lambda: scan.naus_probability(np.nan, expected_per_window=1.0, n_windows=3), "k"),
        (lambda: scan.naus_probability(3, expected_per_window=np.inf, n_windows=3), "expected_per_window"),
        (lambda: changepoint.pelt(TIMES, min_size=np.nan), "min_size"),
        (lambda: farrington.farrington_flexible(np.ones((400, 1)), years=np.inf), "years"),
        (lambda: monotone_trend.mann_kendall(TIMES, correction="hamed_rao", lags=np.inf), "lags"),
        (lambda: tails.fit_discrete_power_law([1, 2, 3], n_bootstraps=np.nan), "n_bootstraps"),
        (lambda: acceleration.laplace_trend(TIMES, np.inf), "horizon"),
        (lambda: rates.rate_ratio_test(1, np.inf, 2, 1.0), "exposure_1"),
        (lambda: rates.rate_ratio_test(1e12, 1.0, 2, 1.0), "count_1"),
        (lambda: scan.naus_probability(1e9, expected_per_window=1.0, n_windows=3), "k"),
        (lambda: scan.window_probability(3, **(DAYS | {"history_days": 1e7, "n_simulations": 1e6})), "history_days"),
        (lambda: scan.window_probability(3, **(DAYS | {"rate_per_day": 1e6})), "rate_per_day"),
        (lambda: farrington.farrington_flexible(np.ones((400, 1)), years=1e9), "years"),
        (lambda: farrington.farrington_flexible(np.ones((400, 1)), limit=4), "limit"),
        (lambda: farrington.farrington_flexible(np.ones((400, 1)), limit=(5, 2.5)), "limit"),
    ],
)
def test_what_no_number_can_mean_is_refused_by_its_name(call, name):
    with pytest.raises(ValueError, match=rf"{name}=.*(expected|must be)"):
        call()


def test_a_number_of_numpy_is_shown_as_it_is_typed():
    for refuse, wrong in ((whole_number, np.float64(2.5)), (proportion, np.float32(1.5)), (positive, np.int64(-1))):
        with pytest.raises(ValueError, match=rf"^x={wrong}; expected"):
            refuse("x", wrong)
    with pytest.raises(ValueError, match=r"limit=\(-1.0, 4\);"):
        farrington.farrington_flexible(np.ones((400, 1)), limit=(np.float64(-1), np.int64(4)))


def test_a_seed_is_a_whole_number_in_any_type():
    assert scan.window_probability(3, **(DAYS | {"seed": 1.0})) == scan.window_probability(3, **DAYS)
    assert seeded(2**200).random() == np.random.default_rng(2**200).random()
    for wrong in (1.5, -1, "a", [1, 2], None):
        with pytest.raises(ValueError, match=r"seed=.*; expected a whole number of at least 0"):
            scan.window_probability(3, **(DAYS | {"seed": wrong}))


def test_what_is_left_out_of_a_baseline_may_be_all_of_it():
    """Periods left out just before the one judged: more than the baseline holds ended in an error of indices."""
    judged = farrington.farrington_flexible(np.full((400, 1), 9.0), past_weeks_not_included=1e6)
    assert (judged.status == farrington.LITTLE_BASELINE).all()


def test_gaps_have_an_order_only_where_times_are_finite():
    with pytest.raises(ValueError, match="2 of 4 times lie outside"):
        acceleration.reverse_arrangements([1.0, 2.0, np.inf, np.inf])
