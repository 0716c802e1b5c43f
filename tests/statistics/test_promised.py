"""The array functions that outsiders call: a name and its arguments stay, whether or not a measure reaches them."""

import inspect
from importlib import import_module

import pytest

PROMISED = {
    "acceleration": [
        "laplace_trend(times, horizon)",
        "reverse_arrangements(times)",
        "power_law_process(times, horizon)",
    ],
    "changepoint": ["pelt(counts, cost, penalty, min_size)"],
    "evidence": ["gamma_mixture_e_value(n_events, expected, shape, rate)"],
    "monotone_trend": ["mann_kendall(x, correction, lags)", "sen_slope(x)"],
    "point_process": ["fit_hawkes(times, horizon)"],
    "rates": [
        "poisson_interval(count, exposure, level)",
        "rate_ratio_test(count_1, exposure_1, count_2, exposure_2)",
    ],
    "scan": [
        "naus_probability(k, expected_per_window, n_windows)",
        "window_probability(k, rate_per_day, window_days, history_days, branching_ratio, n_simulations, seed)",
    ],
    "scores": [
        "crps_sample(draws, observed)",
        "crps_negative_binomial(mean, dispersion, observed)",
        "interval_score(low, high, observed, level)",
    ],
    "space_time": [
        "knox_test(x_km, y_km, days, max_km, max_days, n_permutations, seed)",
        "permutation_scan(counts, zones)",
    ],
    "surveillance": [
        "farrington_flexible(counts, freq, years, half_window, reweight, weights_threshold, trend, trend_threshold, "
        "n_seasonal, past_weeks_not_included, alpha, threshold_method, limit, evaluate)",
        "ears(counts, method, alpha)",
        "cusum(counts)",
        "glr(counts)",
    ],
    "tails": ["fit_discrete_power_law(x)"],
}


@pytest.mark.parametrize(("module", "promise"), [(name, one) for name, all_of in PROMISED.items() for one in all_of])
def test_a_function_that_outsiders_call_keeps_its_name_and_arguments(module, promise):
    name, _, arguments = promise.rstrip(")").partition("(")
    function = getattr(import_module(f"analysis.statistics.{module}"), name)
    assert set(arguments.split(", ")) <= set(inspect.signature(function).parameters)
