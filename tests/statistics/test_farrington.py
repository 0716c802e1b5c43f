"""Farrington's bounds."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from analysis.statistics import farrington
from analysis.statistics.farrington import STATUS, farrington_flexible

ORACLES = Path(__file__).parent / "oracles"
EVALUATED = np.arange(263, 521)


def read_oracle(name):
    with gzip.open(ORACLES / f"{name}.csv.gz", "rt") as file:
        return list(csv.DictReader(file))


WEEKLY = read_oracle("weekly_series")
SERIES = [name for name in WEEKLY[0] if name != "week"]
COUNTS = np.array([[float(row[name]) for name in SERIES] for row in WEEKLY])
WEEKS = np.array([row["week"] for row in WEEKLY], dtype="datetime64[D]")


def oracle_of(name):
    """Arrays (258 weeks, 8 series) of each column of an oracle file, NaN where the peer gives none."""
    rows = read_oracle(name)
    found = {}
    for column in set(rows[0]) - {"series", "t"}:
        found[column] = np.full((EVALUATED.size, len(SERIES)), np.nan)
        for row in rows:
            if row[column] not in ("", "NA"):
                found[column][int(row["t"]) - 264, SERIES.index(row["series"])] = float(row[column])
    return found


FLEXIBLE = {
    "nbPlugin_ptrend0.05": {},
    "nbPlugin_ptrend1": {"trend_threshold": 1.0},
    "nbPlugin_dates": {"period_starts": WEEKS},
    "delta_ptrend0.05": {"threshold_method": "delta"},
    "delta_ptrend1": {"threshold_method": "delta", "trend_threshold": 1.0},
    "delta_noPeriods1_wt1": {
        "threshold_method": "delta",
        "n_seasonal": 1,
        "weights_threshold": 1.0,
        "past_weeks_not_included": 3,
    },
    "muan_ptrend0.05": {"threshold_method": "muan"},
    "muan_ptrend1": {"threshold_method": "muan", "trend_threshold": 1.0},
}


def baseline_of(now, freq, years, half_window, n_seasonal, excluded):
    """Periods and groups of a baseline, straight from the words: windows around each year's season, the gaps between
    shared out.
    """
    periods, groups = [], []
    for year in range(years, -1, -1):
        centre = now - year * freq
        window = list(range(centre - half_window, centre + half_window + 1))
        periods += window
        groups += [0] * len(window)
        if n_seasonal > 1 and year:
            gap = list(range(centre + half_window + 1, centre + freq - half_window))
            parts = np.array_split(gap, n_seasonal - 1)
            periods += gap
            groups += [level for level, part in enumerate(parts, 1) for _ in part]
    kept = [i for i, period in enumerate(periods) if period < now - excluded and period < now]
    return np.array(periods)[kept], np.array(groups)[kept]


def glm(design, counts, weight, offset):
    """Quasi-Poisson fit by dense least squares on the whole design, as in any textbook; the last step's weights are
    returned.
    """
    mean = counts + 0.1
    predicted = np.log(mean)
    deviance = np.inf
    for _ in range(25):
        response = predicted - offset + (counts - mean) / mean
        working = weight * mean
        q, r = np.linalg.qr(design * np.sqrt(working)[:, None])
        coefficients = np.linalg.solve(r, q.T @ (response * np.sqrt(working)))
        predicted = design @ coefficients + offset
        mean = np.exp(predicted)
        ratio = np.where(counts > 0, counts, 1) / mean
        previous, deviance = deviance, 2 * np.sum(weight * (counts * np.log(ratio) - counts + mean))
        if abs(deviance - previous) < 1e-8 * (abs(deviance) + 0.1):
            return coefficients, mean, working, q, np.linalg.inv(r.T @ r)
    raise AssertionError("no convergence")


def fit_twice(design, counts, offset, threshold):
    n, p = design.shape
    weight = np.ones(n)
    for attempt in range(2 if threshold else 1):
        coefficients, mean, working, q, covariance = glm(design, counts, weight, offset)
        dispersion = max(1.0, np.sum(working * ((counts - mean) / mean) ** 2) / (n - p))
        if threshold and attempt == 0:
            free = 1 - (q**2).sum(axis=1)
            residual = (
                1.5 / np.sqrt(dispersion) * (counts ** (2 / 3) - mean ** (2 / 3)) / (mean ** (1 / 6) * np.sqrt(free))
            )
            weight = np.where(residual > threshold, 1 / np.maximum(residual, 1e-9) ** 2, 1.0)
            weight *= n / weight.sum()
    squares = weight if threshold else working
    return coefficients, mean, dispersion, covariance * np.sum(squares * ((counts - mean) / mean) ** 2) / (n - p)


def bound_of(
    counts,
    now,
    *,
    freq,
    years,
    half_window,
    n_seasonal,
    excluded,
    threshold,
    trend_threshold,
    alpha,
    method,
    log_exposure,
):
    """Upper bound and expected count of one series and period, written as a statistician would."""
    periods, groups = baseline_of(now, freq, years, half_window, n_seasonal, excluded)
    known = ~np.isnan(counts[periods])
    periods, groups = periods[known], groups[known]
    levels = (groups[:, None] == np.unique(groups)).astype(float)
    base, offset = counts[periods], log_exposure[periods]
    with_trend = np.column_stack([levels, periods - now])
    coefficients, _, dispersion, covariance = fit_twice(with_trend, base, offset, threshold)
    t = abs(coefficients[-1]) / np.sqrt(covariance[-1, -1])
    p_value = 2 * stats.t.sf(t, base.size - with_trend.shape[1])
    if p_value > trend_threshold or np.exp(coefficients[0] + log_exposure[now]) > base.max() or years < 3:
        coefficients, _, dispersion, covariance = fit_twice(levels, base, offset, threshold)
    mean, error = np.exp(coefficients[0] + log_exposure[now]), np.sqrt(covariance[0, 0])
    z = stats.norm.ppf(1 - alpha)
    if method == "delta":
        return mean * (1 + 2 / 3 * z * np.sqrt(dispersion * mean + (mean * error) ** 2) / mean) ** 1.5, mean
    at = mean * np.exp(z * error) if method == "muan" else mean
    law = stats.poisson(at) if dispersion == 1 else stats.nbinom(at / (dispersion - 1), 1 / dispersion)
    return law.ppf(1 - alpha), mean


@pytest.mark.parametrize("name", FLEXIBLE)
def test_bounds_against_r_surveillance(name):
    """R surveillance 1.20.3, ``farringtonFlexible``, b=5, w=3, alpha=.01, limit54=c(5, 4), else as in the file's
    name.
    """
    peer = oracle_of(f"farringtonFlexible_{name}")
    found = farrington_flexible(COUNTS, alpha=0.01, evaluate=EVALUATED, **FLEXIBLE[name])
    bound = ~np.isnan(peer["upperbound"])
    assert bound.sum() > 400
    assert (np.isnan(found.upper) == ~bound).all()
    assert ((found.status == 0) == bound).all()
    np.testing.assert_allclose(found.upper[bound], peer["upperbound"][bound], rtol=1e-6)
    assert (found.alarm == (peer["alarm"] == 1)).all()
    np.testing.assert_allclose(found.expected[bound], peer["expected"][bound], rtol=1e-6)
    np.testing.assert_allclose(found.p_value[bound], peer["pvalue"][bound], rtol=1e-4)
    np.testing.assert_allclose(found.dispersion[bound], peer["phiVector"][bound], rtol=1e-6)
    assert (found.trend[bound] == (peer["trend"][bound] == 1)).all()
    kept = bound & found.trend
    np.testing.assert_allclose(found.slope[kept], peer["trendVector"][kept], rtol=1e-6, atol=1e-12)
    assert (found.slope[bound & ~found.trend] == 0).all()
    if "delta" in name:
        np.testing.assert_allclose(found.score[bound], peer["score"][bound], rtol=1e-6)


def test_what_following_the_peer_changes():
    """Dispersion of the fitted mean as the papers have it: the count of alarms that differ over the oracle's weeks, of
    62 and 70.
    """
    for options, alarms, differ in (({}, 62, 5), ({"threshold_method": "delta", "trend_threshold": 1.0}, 70, 2)):
        peer = farrington_flexible(COUNTS, alpha=0.01, evaluate=EVALUATED, **options)
        paper = farrington_flexible(COUNTS, alpha=0.01, evaluate=EVALUATED, as_peer=False, **options)
        assert peer.alarm.sum() == alarms
        assert (peer.alarm != paper.alarm).sum() == differ
        same = (peer.status == 0) & (peer.trend == paper.trend)
        np.testing.assert_array_equal(peer.expected[same], paper.expected[same])


SETTINGS = [
    {
        "freq": 52,
        "years": 3,
        "half_window": 2,
        "n_seasonal": 10,
        "excluded": 26,
        "method": "nbPlugin",
        "threshold": 2.58,
    },
    {"freq": 52, "years": 4, "half_window": 3, "n_seasonal": 1, "excluded": 3, "method": "delta", "threshold": 1.0},
    {"freq": 12, "years": 5, "half_window": 1, "n_seasonal": 4, "excluded": 6, "method": "muan", "threshold": 2.58},
    {"freq": 12, "years": 6, "half_window": 2, "n_seasonal": 8, "excluded": 0, "method": "delta", "threshold": 2.0},
    {"freq": 12, "years": 2, "half_window": 1, "n_seasonal": 3, "excluded": 3, "method": "delta", "threshold": None},
]


@pytest.mark.parametrize("gaps", ["whole", "gaps"])
@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: f"{s['freq']}-{s['n_seasonal']}-{s['method']}")
def test_bounds_against_a_plain_fit(setting, gaps):
    """Dense least squares on the whole design matrix, series by series, with exposure, trends, surges and gaps."""
    generator = np.random.default_rng(SETTINGS.index(setting))
    freq, years, half_window = setting["freq"], setting["years"], setting["half_window"]
    n = years * freq + half_window + 6
    time = np.arange(n)
    exposure = np.exp(0.3 * np.sin(time / 40))
    for trend_threshold, alpha, slope in ((0.05, 0.01, 1.0), (1.0, 0.001, 0.0), (0.2, 0.05, -0.8)):
        mean = 6 * np.exp(0.4 * np.sin(2 * np.pi * time / freq) + slope * (time / n - 0.5)) * exposure
        counts = generator.negative_binomial(3.0, 3.0 / (3.0 + mean)).astype(float)
        counts[n // 2] += 40
        if gaps == "gaps":
            counts[generator.choice(n - 6, 4, replace=False)] = np.nan
        found = farrington_flexible(
            counts,
            freq=freq,
            years=years,
            half_window=half_window,
            n_seasonal=setting["n_seasonal"],
            past_weeks_not_included=setting["excluded"],
            reweight=setting["threshold"] is not None,
            weights_threshold=setting["threshold"] or 2.58,
            trend_threshold=trend_threshold,
            alpha=alpha,
            threshold_method=setting["method"],
            limit=None,
            exposure=exposure,
        )
        assert found.evaluated.tolist() == list(range(n - 6, n))
        for row, now in enumerate(found.evaluated):
            upper, expected = bound_of(
                counts, now, trend_threshold=trend_threshold, alpha=alpha, log_exposure=np.log(exposure), **setting
            )
            assert found.expected[row, 0] == pytest.approx(expected, rel=1e-6)
            assert found.upper[row, 0] == pytest.approx(upper, rel=1e-6)


def test_by_hand():
    # Two years of four seasons, half window 0, no trend, one season: the baseline of period 8 is periods 0 and 4,
    # counts 4 and 6, mean 5. Poisson (the dispersion is below 1): P(Y <= 8) = .932, P(Y <= 9) = .968; the .95 quantile
    # is 9.
    counts = np.array([4, 90, 90, 90, 6, 90, 90, 90, 11])
    found = farrington_flexible(
        counts, freq=4, years=2, half_window=0, n_seasonal=1, past_weeks_not_included=0, trend=False, limit=None
    )
    assert found.evaluated.tolist() == [8]
    assert found.expected.item() == pytest.approx(5.0)
    assert found.upper.item() == 9.0
    assert found.alarm.item()
    # (11 - 5) / (9 - 5), and P(Y >= 11 | 5) = .0137.
    assert found.score.item() == pytest.approx(1.5)
    assert found.p_value.item() == pytest.approx(0.0137, abs=5e-5)
    assert found.dispersion.item() == 1.0
    assert not found.trend.item()


def test_few_recent_cases_need_no_fit():
    everything = farrington_flexible(COUNTS, alpha=0.01, limit=None)
    limited = farrington_flexible(COUNTS, alpha=0.01, limit=(5, 4))
    recent = np.lib.stride_tricks.sliding_window_view(COUNTS, 4, axis=0).sum(axis=-1)[limited.evaluated - 3]
    assert ((limited.status == STATUS.index("too few recent cases")) == (recent < 5)).all()
    done = limited.status == 0
    np.testing.assert_array_equal(limited.upper[done], everything.upper[done])
    assert not limited.alarm[~done].any()
    assert np.isnan(limited.upper[~done]).all()


def test_every_cell_without_a_bound_has_a_reason():
    counts = np.tile(COUNTS[:, :1], 6)
    counts[:, 0] = 0
    counts[-4:, 0] = 9
    counts[:400, 1] = 0
    counts[:, 2] = 4
    counts[:, 3] = 0
    counts[300, 3] = 5000
    counts[-4:, 3] = 9
    counts[-2, 4] = np.nan
    counts[:500, 5] = np.nan
    for method in farrington.THRESHOLD_METHODS:
        found = farrington_flexible(counts, threshold_method=method, evaluate=[519, 520])
        assert (np.isfinite(found.upper) == (found.status == 0)).all()
        assert (np.isfinite(found.score) | np.isposinf(found.score) == (found.status == 0)).all()
        assert (np.isfinite(found.p_value) == (found.status == 0)).all()
        assert not found.alarm[found.status != 0].any()
        assert found.reason[1, 0] == "all-zero baseline"
        assert found.expected[1, 0] == 0.0
        assert found.reason[1, 2] == "computed"
        assert found.expected[1, 2] == pytest.approx(4.0)
        assert found.reason[1, 3] == ("no finite bound" if method == "muan" else "computed")
        assert found.reason[0, 4] == "missing count"
        assert found.reason[1, 4] == "computed"
        assert found.reason[1, 5] == "too little baseline"


def test_later_counts_leave_earlier_results_unchanged():
    short = farrington_flexible(COUNTS[:400], evaluate=np.arange(300, 400))
    long = farrington_flexible(COUNTS, evaluate=np.arange(300, 400))
    for name in ("upper", "expected", "trend", "score", "alarm", "p_value", "status"):
        np.testing.assert_array_equal(getattr(short, name), getattr(long, name))


def test_blocks_of_periods_make_no_difference(monkeypatch):
    whole = farrington_flexible(COUNTS, limit=None, evaluate=np.arange(400, 450))
    monkeypatch.setattr(farrington, "MAX_LAID_OUT", 2000)
    parts = farrington_flexible(COUNTS, limit=None, evaluate=np.arange(400, 450))
    for name, value in vars(whole).items():
        np.testing.assert_array_equal(getattr(parts, name), value)


def test_units_do_not_touch_each_other():
    together = farrington_flexible(COUNTS, threshold_method="delta")
    order = [5, 2, 7, 0, 1, 3, 6, 4]
    np.testing.assert_array_equal(
        farrington_flexible(COUNTS[:, order], threshold_method="delta").upper, together.upper[:, order]
    )
    np.testing.assert_array_equal(
        farrington_flexible(COUNTS[:, 0], threshold_method="delta").upper[:, 0], together.upper[:, 0]
    )


def test_a_constant_exposure_changes_nothing_but_the_baseline_rate():
    plain = farrington_flexible(COUNTS, threshold_method="delta", evaluate=np.arange(400, 420))
    scaled = farrington_flexible(
        COUNTS, threshold_method="delta", evaluate=np.arange(400, 420), exposure=np.full(521, 7.0)
    )
    done = (plain.status == 0) & (plain.expected > 1e-3)
    np.testing.assert_allclose(scaled.upper[done], plain.upper[done], rtol=1e-6)
    np.testing.assert_array_equal(scaled.status, plain.status)


def test_a_past_surge_is_not_held_against_the_present():
    counts = np.random.default_rng(2).poisson(5.0, 300)
    counts[150:153] = 60
    down = farrington_flexible(counts, evaluate=[299], alpha=0.01, limit=None)
    kept = farrington_flexible(counts, evaluate=[299], alpha=0.01, limit=None, reweight=False)
    assert down.dispersion.item() < 1.5 < 3 < kept.dispersion.item()
    assert down.upper.item() < kept.upper.item()


@pytest.mark.parametrize(
    ("mean", "size", "rates"),
    [
        (5.0, np.inf, {"nbPlugin": (0.005, 0.011), "delta": (0.008, 0.014), "muan": (0.002, 0.007)}),
        (5.0, 2.0, {"nbPlugin": (0.010, 0.019), "delta": (0.017, 0.028), "muan": (0.006, 0.014)}),
    ],
    ids=["poisson", "negative_binomial"],
)
def test_false_alarms_stand_at_the_stated_rate(mean, size, rates):
    """Stationary counts, alpha=.01: simulated rates over 320 series of 20 weeks; the documented ones lie inside, 3
    standard errors of weeks that share a baseline either side.
    """
    generator = np.random.default_rng(11)
    shape = (283, 320)
    counts = generator.poisson(mean if np.isinf(size) else generator.gamma(size, mean / size, shape), shape)
    for method, (low, high) in rates.items():
        rate = farrington_flexible(counts, alpha=0.01, limit=None, threshold_method=method).alarm.mean()
        assert low < rate < high, method


def test_a_quantile_is_the_least_count_that_reaches_its_level():
    """scipy.stats 1.17, ``nbinom.ppf`` and ``poisson.ppf``."""
    generator = np.random.default_rng(3)
    mean = np.exp(generator.uniform(-8, 16, 200))
    dispersion = np.where(generator.random(200) < 0.3, 1.0, 1 + np.exp(generator.uniform(-6, 4, 200)))
    for level in (0.9, 0.99, 0.9999):
        found = farrington.negative_binomial_quantile(level, mean, dispersion)
        for m, phi, count in zip(mean, dispersion, found, strict=True):
            law = stats.poisson(m) if phi == 1 else stats.nbinom(m / (phi - 1), 1 / phi)
            assert law.cdf(count) >= level * (1 - 1e-12)
            assert count == 0 or law.cdf(count - 1) < level


@pytest.mark.parametrize(
    ("counts", "options", "words"),
    [
        (np.ones(263), {}, "263 periods; a full baseline and one period to judge need 264"),
        (np.ones(300), {"evaluate": [262, 299]}, "1 of 2 evaluated periods have no full baseline .first 262.*is 263"),
        (np.ones(300), {"evaluate": [300]}, r"outside 0\.\.299"),
        (np.ones(300), {"evaluate": [1.5]}, "whole period ind"),
        (
            [[1, -2], [0.5, np.inf]],
            {},
            "3 of 4 counts are negative, infinite or not whole .period 0 of unit 1, period 1 of unit 0",
        ),
        (np.ones((3, 2, 2)), {}, "n_periods, n_units"),
        (np.ones(300), {"threshold_method": "quantile"}, "nbPlugin, delta, muan"),
        (np.ones(300), {"alpha": 0.0}, "alpha=0"),
        (np.ones(300), {"trend_threshold": 1.5}, "up to 1"),
        (np.ones(300), {"years": 0}, "years=0"),
        (np.ones(300), {"half_window": 26}, "spans 53 of 52"),
        (np.ones(300), {"n_seasonal": 60}, "at most one level"),
        (np.ones(300), {"weights_threshold": 0.0}, "above 0"),
        (np.ones(300), {"limit": (5, 0)}, "limit="),
        (np.ones(300), {"exposure": np.zeros(300)}, "300 of 300 exposures"),
        (np.ones(300), {"exposure": np.ones(299)}, "exposure has shape"),
        (np.ones(300), {"period_starts": WEEKS[:299]}, "expected 300 dates"),
    ],
)
def test_farrington_refuses(counts, options, words):
    with pytest.raises(ValueError, match=words):
        farrington_flexible(counts, **options)
