"""How good a distribution of counts was, and how good the benchmarks are that a forecast is held against."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.statistics import scores
from analysis.statistics.distributions import poisson
from analysis.statistics.forecast_views import LAST_YEAR, ewma_cdf
from analysis.statistics.knots import crps_cdf, cumulative_cdf, quantile_cdf

LEVELS = (0.5, 0.8, 0.9, 0.95)
BENCHMARKS = ("last_year", "poisson", "kept", "ewma")
# In log scores a distribution counts as this many draws, as in the VIEWS prediction challenge.
DRAWS_OF_LOG_SCORE = 1000


@dataclass(frozen=True)
class Scored:
    """How one kind of forecast did: arrays of shape (n_origins, n_units, n_horizons), bounds with the levels of
    ``LEVELS`` first."""

    crps: np.ndarray
    log_score: np.ndarray
    low: np.ndarray
    high: np.ndarray
    below: np.ndarray
    upto: np.ndarray

    @classmethod
    def of(cls, parts: Sequence["Scored"], join: Callable[..., np.ndarray], axis: int) -> "Scored":
        """Put parts together: ``join`` is `numpy.stack` or `numpy.concatenate`."""
        return cls(**{name: join([getattr(part, name) for part in parts], axis=axis) for name in FIELDS})


def benchmark_quantiles(name: str, counts: ArrayLike, levels: ArrayLike) -> np.ndarray:
    """Return the quantiles of a benchmark from the last period on, the same for every horizon.

    Parameters
    ----------
    name
        One of `BENCHMARKS`.
    counts
        Shape (n_periods, n_units), at least `LAST_YEAR` periods.
    levels
        Shape (n_levels,), between 0 and 1.

    Returns
    -------
    numpy.ndarray
        Least count with a chance of at least the level of it or fewer, shape (n_levels, n_units).

    Raises
    ------
    ValueError
        If the name is unknown.
    """
    counts, levels = np.asarray(counts, dtype=float), np.asarray(levels, dtype=float)
    if name == "last_year":
        ordered = np.sort(counts[-LAST_YEAR:], axis=0)
        return ordered[np.clip(np.ceil(LAST_YEAR * levels - 1e-9).astype(int) - 1, 0, None)]
    if name == "poisson":
        return _poisson_quantile(levels[:, None], counts[-1][None])
    if name == "kept":
        return np.broadcast_to(counts[-1], (len(levels), counts.shape[1])).copy()
    if name == "ewma":
        cdf = ewma_cdf(counts)[-1]
        return np.stack([quantile_cdf(cdf, level) for level in levels])
    raise ValueError(f"benchmark is {name!r}; expected one of {', '.join(BENCHMARKS)}.")


def log_score_classes(below: ArrayLike, upto: ArrayLike) -> np.ndarray:
    """Return the logarithmic (ignorance) score of a forecast in classes of counts: ``-ln((1 + n p) / (n +
    n_classes))``, n = 1,000.

    So no forecast is infinitely wrong, and one without spread can be compared.

    Parameters
    ----------
    below, upto
        Chance of less than the class that came (`count_class`), and of at most its last count.

    Returns
    -------
    numpy.ndarray
        In nats.
    """
    n_classes = len(scores.COUNT_CLASSES) + 1
    chance = np.clip(np.asarray(upto) - np.asarray(below), 0, 1)
    return -np.log((1 + DRAWS_OF_LOG_SCORE * chance) / (DRAWS_OF_LOG_SCORE + n_classes))


def count_class(observed: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and last count of the class that a count belongs to (`scores.COUNT_CLASSES`; the last class has
    no end)."""
    edges = np.array([0, *scores.COUNT_CLASSES, np.inf])
    at = np.searchsorted(edges, np.asarray(observed), side="right") - 1
    return edges[at], edges[at + 1] - 1


def coverage_between(below: ArrayLike, upto: ArrayLike, *, level: float) -> float:
    """Return the share of outcomes inside central intervals that meet their level exactly, ends split: the nominal
    level when calibrated.

    Whole-number intervals cover more than their level even when a forecast is right, the more so the rarer the events.
    Here an outcome at an interval's end counts by the share of its chance that lies inside: the mean over outcomes of
    the part of ``[F(y-1), F(y)]`` within ``[(1 - level) / 2, (1 + level) / 2]``.

    Parameters
    ----------
    below, upto
        F(y - 1) and F(y), broadcast.
    level
        Between 0 and 1.

    References
    ----------
    The randomised transform of Smith 1985, Journal of Forecasting 4:283, in its mean.
    """
    below, upto = np.asarray(below, dtype=float), np.asarray(upto, dtype=float)
    first, last = (1 - level) / 2, (1 + level) / 2
    width = upto - below
    part = np.clip(np.minimum(upto, last) - np.maximum(below, first), 0, None)
    point = (upto > first) & (upto <= last)
    return float(np.where(width > 1e-12, part / np.where(width > 1e-12, width, 1.0), point).mean())


FIELDS = ("crps", "log_score", "low", "high", "below", "upto")


def score_cdf(cdf: np.ndarray, observed: np.ndarray) -> Scored:
    """Score distributions of shape (..., len(KNOTS)) against what came, shape (...)."""
    first, last = count_class(observed)
    bounds = [[quantile_cdf(cdf, (1 + sign * level) / 2) for level in LEVELS] for sign in (-1, 1)]
    return Scored(
        crps=crps_cdf(cdf, observed),
        log_score=log_score_classes(cumulative_cdf(cdf, first - 1), _to_end(lambda z: cumulative_cdf(cdf, z), last)),
        low=np.stack(bounds[0]),
        high=np.stack(bounds[1]),
        below=np.minimum(cumulative_cdf(cdf, observed - 1), cumulative_cdf(cdf, observed)),
        upto=cumulative_cdf(cdf, observed),
    )


def benchmark_none(name: str, counts: ArrayLike) -> np.ndarray:
    """Return a benchmark's chance of no event in any period after the last, shape (n_units,); arguments as
    `benchmark_quantiles`."""
    counts = np.asarray(counts, dtype=float)
    if name == "last_year":
        return (counts[-LAST_YEAR:] == 0).mean(axis=0)
    if name == "poisson":
        return np.exp(-counts[-1])
    if name == "kept":
        return (counts[-1] == 0).astype(float)
    if name == "ewma":
        return ewma_cdf(counts)[-1, :, 0]
    raise ValueError(f"benchmark is {name!r}; expected one of {', '.join(BENCHMARKS)}.")


def score_benchmark(name: str, counts: np.ndarray, origins: np.ndarray, observed: np.ndarray) -> Scored:
    """Score one of `BENCHMARKS`, made at each origin from counts of shape (n_periods, n_units), against what came,
    shape (n_origins, n_units, n_horizons).
    """
    if name == "ewma":
        cdf = ewma_cdf(counts)[origins]
        return Scored.of([score_cdf(cdf, observed[..., h]) for h in range(observed.shape[-1])], np.stack, -1)
    last = counts[origins][..., None]
    year = np.stack([counts[origins - back] for back in range(LAST_YEAR)], axis=-1)
    tails = np.array([[(1 + sign * level) / 2 for level in LEVELS] for sign in (-1, 1)])
    if name == "last_year":
        crps = scores.crps_sample(year[:, :, None, :], observed)
        ordered = np.sort(year, axis=-1)
        at = np.clip(np.ceil(LAST_YEAR * tails - 1e-9).astype(int) - 1, 0, None)
        bounds = np.moveaxis(ordered[..., at], (-2, -1), (0, 1))

        def upto(z: np.ndarray) -> np.ndarray:
            return (year[:, :, None, :] <= z[..., None]).mean(axis=-1)
    elif name == "poisson":
        crps = scores.crps_poisson(np.broadcast_to(last, observed.shape), observed)
        bounds = _poisson_quantile(tails[:, :, None, None], last[..., 0])

        def upto(z: np.ndarray) -> np.ndarray:
            return np.where(z < 0, 0.0, special.pdtr(np.maximum(z, 0), last))
    else:
        crps = np.abs(last - observed)
        bounds = np.broadcast_to(last[..., 0], (*tails.shape, *last.shape[:-1]))

        def upto(z: np.ndarray) -> np.ndarray:
            return (last <= z).astype(float)

    bounds = np.broadcast_to(bounds[..., None], (*bounds.shape, observed.shape[-1]))
    first, end = count_class(observed)
    return Scored(
        crps=np.asarray(crps),
        log_score=log_score_classes(upto(first - 1), _to_end(upto, end)),
        low=bounds[0],
        high=bounds[1],
        below=upto(observed - 1),
        upto=upto(observed),
    )


def _to_end(upto: Callable[[np.ndarray], np.ndarray], last: np.ndarray) -> np.ndarray:
    """Return the chance of at most the last count of a class, which is 1 for the class without end."""
    return np.where(np.isinf(last), 1.0, upto(np.where(np.isinf(last), 0.0, last)))


def _poisson_quantile(levels: np.ndarray, mean: np.ndarray) -> np.ndarray:
    levels, mean = np.broadcast_arrays(levels, mean)
    return np.where(mean > 0, poisson.ppf(levels, np.where(mean > 0, mean, 1.0)), 0.0)
