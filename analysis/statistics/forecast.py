"""What comes next: distributions of counts some periods ahead, for many units at once, and how well they would have
done.

A forecast is a pool of ten simple views of the past (see `forecast_views.VIEWS`), each a whole distribution: some
forget quickly, some never, some expect a spread around a mean, some what came before, and one is lent by all units
together. Their weights are those that would have given the least continuous ranked probability score so far, learned
from all units for each horizon; until the past has told, they are those of other tables. The pool's intervals are then
widened or narrowed by how far out outcomes fell in its earlier forecasts of units about as active. Every step uses what
was known at its origin, and no more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.statistics.forecast_scores import BENCHMARKS, Scored, score_benchmark, score_cdf
from analysis.statistics.forecast_views import KINDS, LAST_YEAR, N_HORIZONS, VIEWS, views_of
from analysis.statistics.given import one_of, seeded, whole_number
from analysis.statistics.knots import (
    KNOTS,
    LARGEST_COUNT,
    LEFT,
    ROOTS,
    WIDTHS,
    between_knots,
    cumulative_cdf,
)

# Periods that must be known at an origin, and origins that a backtest needs.
MIN_HISTORY, MIN_ORIGINS = 24, 12
# A view is judged from the first full year on, and what its score was is forgotten by half in four. On
# monthly tables of four countries and twelve neighbours, halving or doubling these moved the gain over the benchmarks
# by less than a point.
FIRST_JUDGED, FORGET_HALF_LIFE, PRIOR_PERIODS = LAST_YEAR, 48.0, 200.0
# What the weights are before the past has told, by horizon and view: those that did best on monthly tables of ten
# countries, attacks and deaths apart. They count as `PRIOR_PERIODS` periods of one unit.
_COUNTS_FIRST = (0.0, 0.0, 0.05, 0.20, 0.0, 0.0, 0.30, 0.23, 0.10, 0.12)
_COUNTS_LAST = (0.0, 0.0, 0.14, 0.0, 0.44, 0.0, 0.10, 0.03, 0.17, 0.12)
_SUMS_FIRST = (0.0, 0.0, 0.08, 0.31, 0.39, 0.0, 0.07, 0.07, 0.08, 0.0)
_SUMS_LAST = (0.0, 0.03, 0.05, 0.0, 0.66, 0.0, 0.02, 0.01, 0.23, 0.0)
PRIOR_WEIGHTS = {"counts": (_COUNTS_FIRST, _COUNTS_LAST), "sums": (_SUMS_FIRST, _SUMS_LAST)}
# Chances p are corrected to G(p), the share of outcomes that fell below them in earlier forecasts, in fortieths, both
# ends alike: so intervals get their width and the middle stays. Before the past has told, G is a beta distribution with
# both parameters those of other tables, by the class of the last year's mean; this counts as `PIT_PRIOR` forecasts, and
# what all classes say as `CLASS_PRIOR` of one class. What was seen is forgotten by half in 480 periods, and half of a
# horizon's correction is that of all.
PIT_GRID = np.linspace(0.0, 1.0, 41)
PIT_PRIOR, CLASS_PRIOR, PIT_HALF_LIFE, PIT_POOLED = 250.0, 80.0, 480.0, 0.5
LEVEL_EDGES = (0.5, 2.0, 8.0, 32.0)
PIT_SHAPES = {"counts": (0.78, 0.78, 0.78, 0.95, 1.05), "sums": (0.78, 0.78, 0.78, 0.85, 1.05)}
# Weight that the last view keeps, so that what has happened elsewhere is never impossible.
LEAST_LENT = 0.02
# Share of variance that horizons have in common before the past has told; it counts as so many origins.
SHARED_PRIOR, SHARED_PERIODS = 0.4, 8.0
N_ITERATIONS = 150


@dataclass(frozen=True)
class Forecast:
    """Distributions from one origin, the last period.

    Attributes
    ----------
    cdf
        Shape (n_units, n_horizons, len(KNOTS)): chance of at most so many.
    weights
        Shape (n_horizons, len(VIEWS)), rows sum to 1.
    """

    cdf: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Backtest:
    """A rolling-origin backtest.

    Attributes
    ----------
    origins
        Index of the last period known to each forecast, shape (n_origins,).
    observed
        What came, shape (n_origins, n_units, n_horizons).
    scored
        `Scored` of ``outlook`` and of each of ``BENCHMARKS``.
    weights
        Of the views at each origin, shape (n_origins, n_horizons, len(VIEWS)).
    forecast
        From the last period, as `forecast_counts` gives it: what was learned for the backtest says it at no cost.
    """

    origins: np.ndarray
    observed: np.ndarray
    scored: dict[str, Scored]
    weights: np.ndarray
    forecast: Forecast


def forecast_counts(counts: ArrayLike, *, n_horizons: int = N_HORIZONS, kind: str = "counts") -> Forecast:
    """Forecast counts 1 to ``n_horizons`` periods after the last: a linear pool ``F = sum_k w_k F_k`` of the ``VIEWS``.

    The weights minimise the sum of past continuous ranked probability scores over all units, with a half-life of
    `FORGET_HALF_LIFE` periods, under ``w_k >= 0, sum w = 1``; `PRIOR_WEIGHTS` count as `PRIOR_PERIODS` further periods,
    and the last view keeps at least `LEAST_LENT`. The pool's chances p become G(p), G being how earlier outcomes were
    spread (nonrandomised probability integral transform), both ends alike, by the class of the unit's last year
    (`LEVEL_EDGES`).

    Parameters
    ----------
    counts
        Shape (n_periods, n_units), whole numbers from 0 to a million, in order of time, without gaps.
    n_horizons
        At least 1.
    kind
        ``counts`` of events, or ``sums`` of marks such as deaths: whose `PRIOR_WEIGHTS` are taken.

    Returns
    -------
    Forecast
        Distributions and weights.

    Raises
    ------
    ValueError
        If there are fewer than `MIN_HISTORY` periods, no unit, a count is missing or no whole number, or all are zero.

    References
    ----------
    Pools with weights by score: Thorey, Mallet & Baudin 2017, Quarterly Journal of the Royal Meteorological Society
    143:521. Correction: Raftery et al. 2005, Monthly Weather Review 133:1155 (calibration of pools); Czado, Gneiting &
    Held 2009, Biometrics 65:1254; classes: Vovk et al. 2003, IEEE Symposium on Foundations of Computer Science
    (Mondrian confidence machines). The choice of views: no published source.
    """
    counts = _checked(counts, n_horizons, needed=MIN_HISTORY)
    followed = _follow(counts, n_horizons, kind)
    cdf = np.concatenate([part[-1] for _, part in followed.forecasts(counts)])
    return Forecast(cdf=cdf, weights=followed.weights[-1])


def backtest_counts(
    counts: ArrayLike,
    *,
    n_horizons: int = N_HORIZONS,
    kind: str = "counts",
    progress: Callable[[int, int], None] | None = None,
) -> Backtest:
    """Forecast from every origin that leaves ``n_horizons`` periods to compare with, and score against what came.

    Beside it the benchmarks of the VIEWS challenge: ``last_year`` (the last twelve values, equally likely), ``poisson``
    (Poisson with the last value as its mean), ``kept`` (the last value, without spread); and ``ewma``, a negative
    binomial around an exponentially weighted mean, whose two parameters are each unit's own. Weights are learned anew
    at each origin from what had come by then, so that appended periods add origins and change none.

    Parameters
    ----------
    counts, n_horizons, kind
        As in `forecast_counts`; at least `MIN_HISTORY` + `MIN_ORIGINS` + ``n_horizons`` - 1 periods.
    progress
        Called with units done and units in all.

    Returns
    -------
    Backtest
        Scores of each kind of forecast, and the forecast itself. Log scores are of classes of counts; see
        `log_score_classes`.

    Raises
    ------
    ValueError
        As `forecast_counts`.

    References
    ----------
    Hegre et al. 2025, Journal of Peace Research 62:2070 (benchmarks and scores).
    """
    counts = _checked(counts, n_horizons, needed=periods_needed(n_horizons))
    n_periods, n_units = counts.shape
    origins = np.arange(MIN_HISTORY - 1, n_periods - n_horizons)
    observed = np.stack([counts[origins + h] for h in range(1, n_horizons + 1)], axis=-1)
    followed = _follow(counts, n_horizons, kind)
    weights = followed.weights[: len(origins)]
    parts: dict[str, list[Scored]] = {name: [] for name in ("outlook", *BENCHMARKS)}
    latest = []
    for units, cdf in followed.forecasts(counts):
        latest.append(cdf[-1].copy())  # not the whole of which it is a part
        seen = observed[:, units]
        horizons = [score_cdf(cdf[: len(origins), :, h], seen[..., h]) for h in range(n_horizons)]
        parts["outlook"].append(Scored.of(horizons, np.stack, -1))
        for name in BENCHMARKS:
            parts[name].append(score_benchmark(name, counts[:, units], origins, seen))
        if progress is not None:
            progress(int(units[-1]) + 1, n_units)
    scored = {name: Scored.of(held, np.concatenate, -2) for name, held in parts.items()}
    made = Forecast(cdf=np.concatenate(latest), weights=followed.weights[-1])
    return Backtest(origins=origins, observed=observed, scored=scored, weights=weights, forecast=made)


@dataclass(frozen=True)
class MeanBacktest:
    """Chances that the mean of the next periods passes a threshold, from every origin, and whether it did.

    Attributes
    ----------
    origins
        Index of the last period known to each forecast, shape (n_origins,); the last one is the last period.
    chance
        Of a mean above the threshold, shape (n_origins, n_units) or (n_origins, n_units, n_thresholds).
    observed
        The mean that came, shape (n_origins, n_units); missing where the periods after the origin are not all known.
    passed
        Whether it was above: 1 or 0, shape of ``chance``; missing with ``observed``.
    """

    origins: np.ndarray
    chance: np.ndarray
    observed: np.ndarray
    passed: np.ndarray


def backtest_means(
    counts: ArrayLike,
    thresholds: ArrayLike,
    *,
    n_horizons: int = N_HORIZONS,
    kind: str = "counts",
    n_draws: int = 1000,
    seed: int = 20250701,
) -> MeanBacktest:
    """Return, from every origin, the chance that the mean of the next ``n_horizons`` periods is above a threshold, and
    whether it was.

    Each horizon has the distribution of `forecast_counts`. What comes one to six periods ahead is high or low together,
    so the horizons share one Gaussian factor; its strength is the correlation of normal scores of what came in earlier
    forecasts, from all units.

    Nothing after an origin enters its chance. The same random numbers serve all origins, so that chances change with
    the counts alone.

    Parameters
    ----------
    counts, n_horizons, kind
        As in `forecast_counts`.
    thresholds
        Shape (n_periods, n_units) or (n_periods, n_units, n_thresholds): the thresholds of each period as an origin,
        such as 1.25 times the mean of the twelve periods up to it. Rows before the first origin (`MIN_HISTORY` periods)
        are not read. Missing gives a missing chance.
    n_draws, seed
        Draws of each unit, and of the draws.

    Returns
    -------
    MeanBacktest
        With the last period as its last origin, whose outcome is not known.

    Raises
    ------
    ValueError
        As `forecast_counts`, and if the thresholds have another shape.

    References
    ----------
    Gaussian copula over horizons: Pinson et al. 2009, Wind Energy 12:51.
    """
    counts = _checked(counts, n_horizons, needed=MIN_HISTORY)
    thresholds = np.asarray(thresholds, dtype=float)
    if thresholds.ndim not in (2, 3) or thresholds.shape[:2] != counts.shape:
        raise ValueError(
            f"thresholds has shape {thresholds.shape}; expected {counts.shape}, a threshold for each period as an"
            " origin, or one more axis."
        )
    n_periods, n_units = counts.shape
    origins = np.arange(MIN_HISTORY - 1, n_periods)
    asked = thresholds[origins].reshape(len(origins), n_units, -1)
    drawn = np.sort(_mean_draws(counts, n_horizons, origins, n_draws=n_draws, seed=seed, kind=kind), axis=1)
    chance = np.full(asked.shape, np.nan)
    for origin in range(len(origins)):
        for unit in range(n_units):
            upto = np.searchsorted(drawn[origin, :, unit], asked[origin, unit], side="right")
            chance[origin, unit] = 1 - upto / n_draws
    chance[np.isnan(asked)] = np.nan
    total = np.concatenate([np.zeros((1, n_units)), counts.cumsum(axis=0)])
    known = origins + n_horizons < n_periods
    observed = np.full((len(origins), n_units), np.nan)
    observed[known] = (total[origins[known] + n_horizons + 1] - total[origins[known] + 1]) / n_horizons
    passed = np.where(np.isnan(observed)[..., None] | np.isnan(asked), np.nan, observed[..., None] > asked)
    shape = thresholds[origins].shape
    return MeanBacktest(origins, chance.reshape(shape), observed, passed.reshape(shape))


def _mean_draws(
    counts: np.ndarray, n_horizons: int, origins: np.ndarray, *, n_draws: int, seed: int, kind: str
) -> np.ndarray:
    """Return draws of the mean of the next periods, shape (n_origins, n_draws, n_units)."""
    n_periods, n_units = counts.shape
    first = MIN_HISTORY - 1
    every = np.arange(first, n_periods)
    followed = _follow(counts, n_horizons, kind)
    generator = seeded(seed)
    # Antithetic: every draw comes with its mirror.
    half = (n_draws + 1) // 2
    common, own = generator.standard_normal(half), generator.standard_normal((n_horizons, half))
    common, own = (np.concatenate([part, -part], axis=-1)[..., :n_draws] for part in (common, own))
    means = np.empty((len(origins), n_draws, n_units))
    cdfs, normal = [], np.full((len(every), n_units, n_horizons), np.nan)
    for units, cdf in followed.forecasts(counts):
        for h in range(1, n_horizons + 1):
            ahead = counts[first + h :, units]
            made = cdf[: len(ahead), :, h - 1]
            middle = (np.where(ahead > 0, cumulative_cdf(made, ahead - 1), 0.0) + cumulative_cdf(made, ahead)) / 2
            normal[: len(ahead), units, h - 1] = special.ndtri(np.clip(middle, 1e-4, 1 - 1e-4))
        cdfs.append((units, cdf[origins - first]))
    shared = _shared(normal)[origins - first]
    for units, cdf in cdfs:
        for at, share in enumerate(shared):
            chances = special.ndtr(np.sqrt(share) * common + np.sqrt(1 - share) * own)
            for unit, held in zip(units, cdf[at], strict=True):
                total = np.zeros(n_draws)
                for h in range(n_horizons):
                    total += _draw(held[h], chances[h])
                means[at, :, unit] = total / n_horizons
    return means


def _draw(cdf: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """Return the counts at chances between 0 and 1 of one distribution, as `quantile_cdf`."""
    after = np.minimum(np.searchsorted(cdf, chances - 1e-12), len(KNOTS) - 1)
    before = np.maximum(after - 1, 0)
    rise = cdf[after] - cdf[before]
    share = np.divide(chances - cdf[before], rise, out=np.ones(len(chances)), where=rise > 0)
    return np.where(
        after == 0, 0.0, KNOTS[before] + np.ceil(np.clip(share, 0, 1) * (KNOTS[after] - KNOTS[before]) - 1e-9)
    )


def _shared(normal: np.ndarray) -> np.ndarray:
    """Return the share of variance that horizons have in common, at each origin from forecasts whose outcomes were all
    known by then."""
    n_origins, _, n_horizons = normal.shape
    if n_horizons == 1:
        return np.zeros(n_origins)
    pairs = (normal.sum(axis=-1) ** 2 - (normal**2).sum(axis=-1)) / (n_horizons * (n_horizons - 1))
    pairs, square = (
        np.nan_to_num(np.nanmean(part, axis=1)) if len(part) else np.zeros(0)
        for part in (pairs[:-n_horizons], (normal**2).mean(axis=-1)[:-n_horizons])
    )
    none = np.zeros(min(n_horizons, n_origins))
    pairs, square = (np.concatenate([none, part])[:n_origins].cumsum() for part in (pairs, square))
    return np.clip((pairs + SHARED_PRIOR * SHARED_PERIODS) / (square + SHARED_PERIODS), 0.0, 0.99)


def periods_needed(n_horizons: int = N_HORIZONS) -> int:
    """Return how many periods a backtest needs."""
    return MIN_HISTORY + MIN_ORIGINS + n_horizons - 1


def _weights(counts: np.ndarray, n_horizons: int, *, origins: np.ndarray, kind: str) -> np.ndarray:
    """Return the views' weights at each origin, shape (n_origins, n_horizons, len(VIEWS)), from what had come by then.

    With S = 1 - F, a pool's score is ``sum over z of (sum_k w_k S_k(z) - 1[y > z])^2``: quadratic in w, its matrix and
    vector are sums over units and past periods.
    """
    n_periods, n_views = len(counts), len(VIEWS)
    square = np.zeros((n_periods, n_views, n_views))
    cross = np.zeros((n_horizons, n_periods, n_views))
    for units, views in views_of(counts, kind):
        more = between_knots(1 - views) * ROOTS
        square += np.matmul(more, more.swapaxes(-1, -2)).sum(axis=1)
        above = np.clip(counts[:, units, None] - 1 - LEFT, 0, WIDTHS) / ROOTS
        for h in range(1, n_horizons + 1):
            cross[h - 1, : n_periods - h] += np.matmul(more[:-h], above[h:, ..., None])[..., 0].sum(axis=1)
    keep = 0.5 ** (1 / FORGET_HALF_LIFE)
    matrix = np.zeros((n_periods, n_horizons, n_views, n_views))
    vector = np.zeros((n_periods, n_horizons, n_views))
    weight = np.zeros((n_periods, n_horizons))
    for origin in range(1, n_periods):
        matrix[origin], vector[origin], weight[origin] = (
            keep * held[origin - 1] for held in (matrix, vector, weight)
        )  # fmt: skip
        for h in range(1, n_horizons + 1):
            judged = origin - h
            if judged >= FIRST_JUDGED - 1:
                matrix[origin, h - 1] += square[judged]
                vector[origin, h - 1] += cross[h - 1, judged]
                weight[origin, h - 1] += 1
    matrix, vector, weight = matrix[origins], vector[origins], weight[origins]
    usual = _usual_weights(kind, n_horizons)
    # Of many units the past tells more, and other tables' weights count for less.
    prior = PRIOR_PERIODS / counts.shape[1] / np.maximum(weight, 1.0)
    vector = vector + prior[..., None] * np.matmul(matrix, usual[..., None])[..., 0]
    weights = (1 - LEAST_LENT) * _least_on_simplex(matrix * (1 + prior)[..., None, None], vector)
    weights[..., -1] += LEAST_LENT
    return weights


def _usual_weights(kind: str, n_horizons: int) -> np.ndarray:
    """Return `PRIOR_WEIGHTS`, in steps from the first horizon to the sixth and further ones as that, shape (n_horizons,
    len(VIEWS))."""
    first, last = (np.array(part) for part in PRIOR_WEIGHTS[kind])
    share = np.clip(np.arange(n_horizons) / (N_HORIZONS - 1), 0.0, 1.0)[:, None]
    found = (1 - share) * first + share * last
    return found / found.sum(axis=-1, keepdims=True)


@dataclass(frozen=True)
class _Followed:
    """What was learned at each origin from `MIN_HISTORY` periods on.

    ``weights`` (n_origins, n_horizons, len(VIEWS)); ``corrections`` (n_origins, n_classes, n_horizons, len(PIT_GRID));
    ``classes`` of the units' last years, (n_origins, n_units).
    """

    weights: np.ndarray
    corrections: np.ndarray
    classes: np.ndarray
    kind: str

    def forecasts(self, counts: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield units and their corrected distributions from each origin, shape (n_origins, n_chunk, n_horizons,
        len(KNOTS))."""
        for units, cdf in _pooled(counts, self.weights, self.kind):
            for at in range(len(cdf)):
                for held in np.unique(self.classes[at, units]):
                    alike = self.classes[at, units] == held
                    for h in range(cdf.shape[2]):
                        cdf[at, alike, h] = np.interp(cdf[at, alike, h], PIT_GRID, self.corrections[at, held, h])
            yield units, cdf


def level_classes(counts: np.ndarray, origins: np.ndarray, n_periods: int = LAST_YEAR) -> np.ndarray:
    """Return the class in `LEVEL_EDGES` of the mean of the last periods up to each origin, twelve if not told
    otherwise, shape (n_origins, n_units)."""
    total = np.concatenate([np.zeros((1, counts.shape[1])), counts.cumsum(axis=0)])
    return np.digitize((total[origins + 1] - total[origins + 1 - n_periods]) / n_periods, LEVEL_EDGES)


def _follow(counts: np.ndarray, n_horizons: int, kind: str) -> _Followed:
    """Learn weights and corrections at each origin from what had come by then."""
    one_of("kind", kind, KINDS)
    n_periods, n_units = counts.shape
    origins = np.arange(MIN_HISTORY - 1, n_periods)
    weights = _weights(counts, n_horizons, origins=origins, kind=kind)
    classes = level_classes(counts, origins)
    n_classes = len(LEVEL_EDGES) + 1
    of_class = (classes[:, None, :] == np.arange(n_classes)[:, None]).astype(float)
    fell = np.zeros((n_horizons, len(origins), n_classes, len(PIT_GRID)))
    for units, cdf in _pooled(counts, weights, kind):
        for h in range(1, n_horizons + 1):
            came = counts[origins[0] + h :, units]
            made = cdf[: len(came), :, h - 1]
            upto = cumulative_cdf(made, came)[..., None]
            below = np.where(came > 0, cumulative_cdf(made, came - 1), 0.0)[..., None]
            share = np.clip((PIT_GRID - below) / np.maximum(upto - below, 1e-9), 0.0, 1.0)
            share[..., -1] = 1.0
            fell[h - 1, : len(came)] += np.matmul(of_class[: len(came)][..., units], share)
    shapes = np.array(PIT_SHAPES[kind])[:, None, None]
    usual = special.betainc(shapes, shapes, PIT_GRID)
    keep = 0.5 ** (1 / PIT_HALF_LIFE)
    total, number = np.zeros((n_classes, n_horizons, len(PIT_GRID))), np.zeros((n_classes, n_horizons, 1))
    corrections = np.empty((len(origins), *total.shape))
    for at in range(len(origins)):
        total, number = keep * total, keep * number
        for h in range(1, n_horizons + 1):
            if at >= h:
                total[:, h - 1] += fell[h - 1, at - h]
                number[:, h - 1, 0] += of_class[at - h].sum(axis=-1)
        shared, times = (
            (1 - PIT_POOLED) * part + PIT_POOLED * part.mean(axis=1, keepdims=True) for part in (total, number)
        )
        every = (PIT_PRIOR * usual + shared.sum(axis=0) / n_units) / (PIT_PRIOR + times.sum(axis=0) / n_units)
        found = (CLASS_PRIOR * every + shared) / (CLASS_PRIOR + times)
        corrections[at] = (found + 1 - found[..., ::-1]) / 2
    return _Followed(weights, corrections, classes, kind)


def _pooled(counts: np.ndarray, weights: np.ndarray, kind: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield units and the pool's own distributions from each origin, shape (n_origins, n_chunk, n_horizons,
    len(KNOTS))."""
    for units, views in views_of(counts, kind):
        yield units, np.matmul(weights[:, None], views[MIN_HISTORY - 1 :])


def _least_on_simplex(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Minimise ``w'Aw / 2 - b'w`` over ``w >= 0, sum w = 1`` for many A, b at once: accelerated projected gradient.

    Source: Beck & Teboulle 2009, SIAM Journal on Imaging Sciences 2:183.
    """
    steepest = np.linalg.norm(matrix, axis=(-2, -1))[..., None]
    rate = np.divide(1.0, steepest, out=np.zeros(steepest.shape), where=steepest > 0)
    weights = np.full(vector.shape, 1 / vector.shape[-1])
    ahead, pace = weights, 1.0
    for _ in range(N_ITERATIONS):
        slope = np.matmul(matrix, ahead[..., None])[..., 0] - vector
        moved = _onto_simplex(ahead - rate * slope)
        quicker = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        ahead = moved + (pace - 1) / quicker * (moved - weights)
        weights, pace = moved, quicker
    return weights


def _onto_simplex(points: np.ndarray) -> np.ndarray:
    """Return the nearest points with coordinates of at least 0 that sum to 1."""
    ordered = -np.sort(-points, axis=-1)
    excess = ordered.cumsum(axis=-1) - 1
    rank = np.arange(1, points.shape[-1] + 1)
    n_positive = (ordered * rank > excess).sum(axis=-1, keepdims=True)
    return np.maximum(points - np.take_along_axis(excess, n_positive - 1, axis=-1) / n_positive, 0.0)


def _checked(counts: ArrayLike, n_horizons: int, *, needed: int) -> np.ndarray:
    counts = np.asarray(counts, dtype=float)
    if counts.ndim != 2 or counts.shape[1] == 0:
        raise ValueError(f"counts has shape {counts.shape}; expected (n_periods, n_units) with at least one unit.")
    whole_number("n_horizons", n_horizons)
    wrong = ~((counts >= 0) & (counts <= LARGEST_COUNT) & (counts == np.floor(counts)))
    if wrong.any():
        raise ValueError(
            f"counts: {int(wrong.sum())} of {counts.size} values are no counts (first {counts[wrong][0]:g}); expected"
            f" whole numbers from 0 to {LARGEST_COUNT:,}. A period outside coverage breaks the history: start after it."
        )
    if len(counts) < needed:
        raise ValueError(f"{len(counts)} whole periods; needed are at least {needed}")
    if not counts.any():
        raise ValueError("every count is zero, and no forecast can be learned from that")
    return counts
