"""Forecasts of counts: exact scores of their distributions, no look-ahead, calibration and gain under simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.statistics import forecast, forecast_scores, forecast_views, knots, scores
from analysis.statistics.knots import KNOTS


def cdf_of(draws):
    """The distribution of draws at the knots, shape (len(KNOTS),)."""
    return (np.asarray(draws)[:, None] <= KNOTS).mean(axis=0)


def every_count(cdf, top):
    """The same distribution at every count from 0 to top: straight lines between knots."""
    return np.interp(np.arange(top + 1), KNOTS, cdf)


@pytest.fixture(scope="module")
def wandering():
    """Eight units of 130 periods whose level wanders, some of them silent for long."""
    generator = np.random.default_rng(11)
    level = np.exp(np.cumsum(generator.normal(0, 0.25, (130, 8)), axis=0) + np.linspace(-2, 2.5, 8))
    return generator.negative_binomial(1.5, 1.5 / (1.5 + np.minimum(level, 400)))


@pytest.mark.parametrize("observed", [0, 1, 7, 20, 21, 22, 300])
def test_crps_equals_the_sum_over_every_count(observed):
    """Gneiting & Raftery 2007, equation 20, for counts: the sum of (F(z) - 1[y <= z])^2 over z, here term by term."""
    cdf = cdf_of(np.random.default_rng(2).negative_binomial(0.4, 0.4 / 40, 500))
    terms = every_count(cdf, 20_000) - (np.arange(20_001) >= observed)
    assert knots.crps_cdf(cdf, observed) == pytest.approx((terms**2).sum(), rel=1e-9)


def test_crps_equals_that_of_the_sample_where_every_draw_is_on_a_knot():
    draws = np.array([0, 0, 3, 20, 20, 26, 26, 8])
    assert set(draws) <= set(KNOTS)
    # Steps that lie on two neighbouring knots are told exactly.
    small = draws[draws <= 20]
    for observed in (0, 4, 19, 40):
        expected = scores.crps_sample(small, observed)
        assert knots.crps_cdf(cdf_of(small), observed) == pytest.approx(expected, abs=1e-12)


def test_quantiles_cumulative_chances_and_mean_agree_with_every_count():
    cdf = cdf_of(np.random.default_rng(3).negative_binomial(0.8, 0.8 / 60, 400))
    full = every_count(cdf, 5_000)
    for level in (0.025, 0.1, 0.5, 0.9, 0.975):
        assert knots.quantile_cdf(cdf, level) == np.argmax(full >= level - 1e-12)
    for count in (0, 5, 23, 111):
        assert knots.cumulative_cdf(cdf, count) == pytest.approx(full[count], abs=1e-12)
    assert knots.cumulative_cdf(cdf, -1) == 0


def test_log_score_is_that_of_a_thousand_draws():
    """One draw is added to each of the eleven VIEWS classes, for a distribution with chances in thousandths."""
    draws = np.repeat([0, 2, 9, 14], [600, 250, 100, 50])
    for observed in (0, 1, 7, 30, 5_000):
        first, last = forecast_scores.count_class(observed)
        below = (draws < first).mean()
        upto = (draws <= last).mean()
        met = ((draws >= first) & (draws <= last)).sum()
        assert forecast_scores.log_score_classes(below, upto) == pytest.approx(-np.log((1 + met) / (1000 + 11)))


def test_forecasts_are_distributions(wandering):
    made = forecast.forecast_counts(wandering)
    assert made.cdf.shape == (8, 6, len(KNOTS))
    assert (np.diff(made.cdf, axis=-1) >= -1e-12).all()
    assert made.cdf[..., -1] == pytest.approx(1)
    assert made.weights.sum(axis=-1) == pytest.approx(1)
    assert (made.weights >= 0).all()


def test_the_weights_solve_their_quadratic_programme():
    """Optimality (Karush-Kuhn-Tucker): the slope is least, and equal, where a weight is above zero."""
    generator = np.random.default_rng(5)
    root = generator.normal(size=(40, 5, 9))
    matrix = root @ root.swapaxes(-1, -2)
    vector = generator.normal(0, 3, (40, 5))
    weights = forecast._least_on_simplex(matrix, vector)
    slope = (matrix @ weights[..., None])[..., 0] - vector
    excess = slope - slope.min(axis=-1, keepdims=True)
    assert (excess * weights).max() < 1e-3 * np.abs(vector).max()


@settings(max_examples=4)
@given(n_more=st.integers(1, 30), level=st.sampled_from([0, 3, 400]), seed=st.integers(0, 1000))
def test_appended_periods_change_no_earlier_score_or_forecast(wandering, n_more, level, seed):
    later = np.random.default_rng(seed).poisson(level, (n_more, 3))
    short = wandering[:60, :3]
    first = forecast.backtest_counts(short)
    second = forecast.backtest_counts(np.vstack([short, later]))
    n = len(first.origins)
    assert second.origins[:n].tolist() == first.origins.tolist()
    assert second.weights[:n] == pytest.approx(first.weights, abs=1e-9)
    for name, held in first.scored.items():
        for field in ("crps", "log_score", "below", "upto"):
            assert getattr(second.scored[name], field)[:n] == pytest.approx(getattr(held, field), abs=1e-7)


def test_the_last_forecast_is_the_one_that_a_longer_backtest_scores(wandering):
    made = forecast.forecast_counts(wandering[:100])
    tested = forecast.backtest_counts(wandering)
    at = int(np.flatnonzero(tested.origins == 99)[0])
    assert knots.crps_cdf(made.cdf, tested.observed[at]) == pytest.approx(tested.scored["outlook"].crps[at])


@pytest.mark.parametrize("dispersion", [0.02, 0.3, 4.0])
def test_negative_binomial_chances_are_those_of_scipy_at_every_knot(dispersion):
    means = np.array([1e-300, 0.01, 5.0, 300.0, 1e6])
    law = stats.nbinom(1 / dispersion, 1 / (1 + dispersion * means[:, None]))
    assert knots.negative_binomial_cdf(means, dispersion) == pytest.approx(law.cdf(KNOTS), abs=1e-12)


@pytest.mark.parametrize("kind", forecast_views.KINDS)
def test_a_backtest_gives_the_forecast_too(wandering, monkeypatch, kind):
    """To the last bit, also of units that are taken in parts."""
    monkeypatch.setattr(forecast_views, "MAX_VALUES_AT_ONCE", 200_000)
    made, tested = forecast.forecast_counts(wandering, kind=kind), forecast.backtest_counts(wandering, kind=kind)
    assert np.array_equal(tested.forecast.cdf, made.cdf)
    assert np.array_equal(tested.forecast.weights, made.weights)


def test_order_of_units_is_irrelevant(wandering):
    order = np.random.default_rng(0).permutation(8)
    whole, mixed = (forecast.forecast_counts(part).cdf for part in (wandering, wandering[:, order]))
    assert mixed == pytest.approx(whole[order], abs=1e-9)


def test_units_taken_in_parts_give_the_same(wandering, monkeypatch):
    whole = forecast.backtest_counts(wandering[:70])
    done = []
    monkeypatch.setattr(forecast_views, "MAX_VALUES_AT_ONCE", 200_000)
    parts = forecast.backtest_counts(wandering[:70], progress=lambda n, of: done.append((n, of)))
    assert parts.scored["outlook"].crps == pytest.approx(whole.scored["outlook"].crps, abs=1e-9)
    assert done[-1] == (8, 8)
    assert len(done) > 1


def test_benchmarks_by_hand():
    # Twelve values 0..11 before the origin, then 4: last year's draws, Poisson(11), and 11 kept.
    counts = np.concatenate([np.zeros(12), np.arange(12), np.full(18, 4)])[:, None]
    tested = forecast.backtest_counts(np.vstack([counts, np.full((10, 1), 4)]))
    assert tested.origins[0] == 23
    assert tested.observed[0, 0].tolist() == [4] * 6
    assert tested.scored["kept"].crps[0, 0].tolist() == [7] * 6
    assert tested.scored["last_year"].crps[0, 0, 0] == pytest.approx(scores.crps_sample(np.arange(12), 4))
    assert tested.scored["poisson"].crps[0, 0, 0] == pytest.approx(scores.crps_poisson(11, 4))
    # Half of twelve equally likely values lie from the third to the ninth.
    assert tested.scored["last_year"].low[0, 0, 0, 0] == 2
    assert tested.scored["last_year"].high[0, 0, 0, 0] == 8
    assert tested.scored["last_year"].upto[0, 0, 0] == pytest.approx(5 / 12)
    assert forecast_scores.benchmark_quantiles("last_year", counts[:24], [0.25, 0.75])[:, 0].tolist() == [2, 8]
    assert forecast_scores.benchmark_quantiles("kept", counts[:24], [0.5])[:, 0].tolist() == [11]
    assert forecast_scores.benchmark_quantiles("poisson", counts[:24], [0.5])[:, 0].tolist() == [11]


def test_a_steady_rate_is_forecast_calibrated_and_better_than_any_benchmark():
    """Poisson(6), 20 units: draws from last year cost 1 + 1/12 of the true score, the outlook less; PIT flat, intervals
    at their level.
    """
    counts = np.random.default_rng(7).poisson(6, (110, 20))
    tested = forecast.backtest_counts(counts)
    held = tested.scored["outlook"]
    best = min(tested.scored[name].crps.mean() for name in forecast_scores.BENCHMARKS)
    true = scores.crps_poisson(6, tested.observed).mean()
    assert true < held.crps.mean() < min(best, 1.03 * true)
    # About 1,400 separate outcomes, each met six times: 3 standard errors of a share of one half are .04.
    for level in forecast_scores.LEVELS:
        assert forecast_scores.coverage_between(held.below, held.upto, level=level) == pytest.approx(level, abs=0.05)
    assert scores.pit_histogram(held.below, held.upto, n_bins=5) == pytest.approx(0.2, abs=0.05)


def test_rare_events_are_covered_at_the_level_by_split_ends():
    """One event in 20 periods: [0, 0] covers 95 in 100, whatever its level; with split ends the levels are met."""
    counts = np.random.default_rng(8).binomial(1, 0.05, (150, 30))
    held = forecast.backtest_counts(counts).scored["outlook"]
    for level in forecast_scores.LEVELS:
        assert forecast_scores.coverage_between(held.below, held.upto, level=level) == pytest.approx(level, abs=0.02)


def test_a_unit_never_hit_borrows_from_the_others(wandering):
    quiet = np.column_stack([wandering, np.zeros(130)])
    chance = 1 - forecast.forecast_counts(quiet).cdf[-1, :, 0]
    assert (chance > 0).all()
    assert (chance < 0.2).all()


def test_one_massacre_stays_finite():
    counts = np.zeros((80, 2))
    counts[40, 0] = 9e5
    counts[::7, 1] = 2
    tested = forecast.backtest_counts(counts)
    for held in tested.scored.values():
        assert np.isfinite(held.crps).all()
        assert np.isfinite(held.log_score).all()


@pytest.mark.parametrize(
    ("counts", "match"),
    [
        (np.ones((23, 2)), "23 whole periods; needed are at least 24"),
        (np.zeros((60, 2)), "every count is zero"),
        (np.array([[1.0]] * 30 + [[np.nan]] + [[2.0]] * 10), "1 of 41 values are no counts .* breaks the history"),
        (np.full((60, 1), 1.5), "no counts"),
        (np.full((60, 1), -1), "no counts"),
        (np.full((60, 1), 2e6), "no counts"),
        (np.ones(60), "expected \\(n_periods, n_units\\)"),
        (np.ones((60, 0)), "at least one unit"),
    ],
)
def test_what_cannot_be_forecast_is_refused(counts, match):
    with pytest.raises(ValueError, match=match):
        forecast.forecast_counts(counts)


def test_a_backtest_needs_origins_too():
    assert forecast.periods_needed() == 41
    with pytest.raises(ValueError, match="40 whole periods; needed are at least 41"):
        forecast.backtest_counts(np.ones((40, 1)))
    assert len(forecast.backtest_counts(np.ones((41, 1))).origins) == 12


def test_wrong_words_are_refused():
    with pytest.raises(ValueError, match="expected one of last_year, poisson, kept"):
        forecast_scores.benchmark_quantiles("naive", np.ones((30, 1)), [0.5])
    with pytest.raises(ValueError, match="n_horizons=0"):
        forecast.forecast_counts(np.ones((60, 1)), n_horizons=0)


def test_the_chance_of_a_mean_uses_nothing_after_its_origin(wandering):
    year = np.stack([wandering[max(0, at - 11) : at + 1].mean(axis=0) for at in range(len(wandering))])
    whole = forecast.backtest_means(wandering, 1.25 * year)
    early = forecast.backtest_means(wandering[:90], 1.25 * year[:90])
    assert np.array_equal(whole.chance[: len(early.chance)], early.chance)
    assert whole.origins[-1] == len(wandering) - 1


def test_the_mean_that_came_is_that_of_the_next_six_periods():
    counts = np.arange(60)[:, None] % 7
    made = forecast.backtest_means(counts, np.full((60, 1), 3.0))
    # Origin 30: periods 31 to 36 hold 3, 4, 5, 6, 0, 1, whose mean is 19 / 6.
    at = int(np.flatnonzero(made.origins == 30)[0])
    assert made.observed[at, 0] == pytest.approx(19 / 6)
    assert made.passed[at, 0] == 1
    # The last six origins do not know what came.
    assert np.isnan(made.observed[-6:]).all()
    assert np.isnan(made.passed[-6:]).all()
    assert not np.isnan(made.observed[-7]).any()
    assert not np.isnan(made.chance).any()


def mean_draws(counts, *, n_horizons=forecast_views.N_HORIZONS, n_draws=4000):
    """Draws of the mean of the next periods as of the last one, shape (n_draws, n_units)."""
    last = np.array([len(counts) - 1])
    return forecast._mean_draws(counts.astype(float), n_horizons, last, n_draws=n_draws, seed=20250701, kind="counts")[
        0
    ]


def test_chances_of_a_mean_are_those_of_its_draws_and_fall_with_the_threshold(wandering):
    drawn = mean_draws(wandering, n_draws=1000)
    limits = np.broadcast_to(np.array([0.0, 2.0, 20.0, np.nan]), (*wandering.shape, 4))
    made = forecast.backtest_means(wandering, limits, n_draws=1000)
    assert made.chance[-1, :, 1] == pytest.approx((drawn > 2).mean(axis=0), abs=1e-9)
    assert (np.diff(made.chance[..., :3], axis=-1) <= 0).all()
    assert np.isnan(made.chance[..., 3]).all()
    assert np.isnan(made.passed[..., 3]).all()


def test_a_mean_of_independent_periods_spreads_less_than_of_periods_with_a_level_of_their_own():
    """Poisson around 10 in both; in one the level of ten periods wanders, so that six periods are high or low
    together.
    """
    generator = np.random.default_rng(8)
    even = generator.poisson(10, (300, 1))
    held = generator.poisson(np.repeat(generator.gamma(2, 5, 30), 10)[:, None])

    def narrowing(counts):
        six, one = (np.diff(np.quantile(mean_draws(counts, n_horizons=n), [0.1, 0.9]))[0] for n in (6, 1))
        return six / one

    # Independent periods would narrow to 1 / sqrt(6) = .41, periods that are one to 1.
    assert narrowing(even) < 0.55
    assert narrowing(held) > 0.6


def test_thresholds_of_another_shape_are_refused(wandering):
    with pytest.raises(ValueError, match=r"thresholds has shape \(8,\); expected \(130, 8\)"):
        forecast.backtest_means(wandering, np.ones(8))


def test_the_benchmark_of_two_parameters_by_hand():
    """Counts that stay at 4: whatever the half-life the mean is 4, and the least dispersion does best; negative
    binomial of size 50.
    """
    counts = np.full((40, 1), 4)
    found = forecast_scores.benchmark_quantiles("ewma", counts, [0.5, 0.9])
    law = stats.nbinom(50, 50 / 54)
    assert found[:, 0].tolist() == [law.ppf(0.5), law.ppf(0.9)]
    assert forecast_scores.benchmark_none("ewma", counts)[0] == pytest.approx(law.pmf(0))


def test_chances_of_none_by_hand():
    counts = np.array([0, 3, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 3])[:, None]
    # Of the last twelve (3, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 3) eight are none.
    assert forecast_scores.benchmark_none("last_year", counts)[0] == pytest.approx(8 / 12)
    assert forecast_scores.benchmark_none("poisson", counts)[0] == pytest.approx(np.exp(-3))
    assert forecast_scores.benchmark_none("kept", counts)[0] == 0
    with pytest.raises(ValueError, match="last_year, poisson, kept, ewma"):
        forecast_scores.benchmark_none("last_month", counts)


def test_the_correction_gives_intervals_their_width_and_leaves_the_middle(wandering, monkeypatch):
    corrected = forecast.backtest_counts(wandering)
    middle = knots.quantile_cdf(forecast.forecast_counts(wandering).cdf, 0.5)
    for name in ("PIT_PRIOR", "CLASS_PRIOR"):
        monkeypatch.setattr(forecast, name, 1e9)
    monkeypatch.setattr(forecast, "PIT_SHAPES", {"counts": (1.0,) * 5})
    plain = forecast.backtest_counts(wandering)

    def miss(tested):
        held = tested.scored["outlook"]
        return abs(forecast_scores.coverage_between(held.below, held.upto, level=0.9) - 0.9)

    assert miss(corrected) < miss(plain)
    assert corrected.scored["outlook"].crps.mean() < 1.02 * plain.scored["outlook"].crps.mean()
    # One half stays one half: G is alike at both ends.
    assert middle == pytest.approx(knots.quantile_cdf(forecast.forecast_counts(wandering).cdf, 0.5), rel=0.01)


def test_classes_of_units_get_intervals_of_their_own(monkeypatch):
    """Calm units of 20 a period beside bursting ones of 1: what the one teaches must not set the other's width."""
    generator = np.random.default_rng(12)
    bursts = generator.poisson(generator.choice([0.0, 8.0], (150, 12), p=[0.88, 0.12]))
    counts = np.hstack([generator.poisson(20, (150, 12)), bursts])

    def misses():
        tested = forecast.backtest_counts(counts)
        held, classes = tested.scored["outlook"], forecast.level_classes(counts, tested.origins)
        shares = [
            forecast_scores.coverage_between(held.below[classes == at], held.upto[classes == at], level=0.9)
            for at in (1, 3)
        ]
        return np.abs(np.array(shares) - 0.9)

    apart = misses()
    monkeypatch.setattr(forecast, "CLASS_PRIOR", 1e9)
    together = misses()
    assert apart.max() < 0.025
    assert apart.max() < together.max()


def test_the_class_of_a_last_year_by_hand():
    counts = np.array([[0.0, 5.0]] * 12 + [[6.0, 40.0]] * 12)
    # Twelve periods to the twelfth hold 0 and 5 a period, to the thirteenth .5 and 7.9, to the last 6 and 40.
    assert forecast.level_classes(counts, np.array([11, 12, 23])).tolist() == [[0, 2], [1, 2], [2, 4]]


def test_an_unknown_kind_is_refused(wandering):
    with pytest.raises(ValueError, match="expected one of counts, sums"):
        forecast.forecast_counts(wandering, kind="deaths")


@pytest.mark.parametrize("n_periods", range(24, 34))
def test_a_backtest_of_means_on_the_shortest_histories(n_periods):
    # From the least history on, with fewer origins than horizons too.
    counts = np.random.default_rng(n_periods).poisson(5, (n_periods, 1)).astype(float)
    tested = forecast.backtest_means(counts, np.full((n_periods, 1), 6.0), n_draws=50, seed=1)
    assert np.isfinite(tested.chance).all()
