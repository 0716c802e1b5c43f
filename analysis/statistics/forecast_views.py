"""The simple views of the past that a forecast pools, each a whole distribution from each period on (see `VIEWS`)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special

from analysis.statistics.knots import KNOTS, negative_binomial_cdf, sized_cdf

N_HORIZONS = 6
LAST_YEAR = 12
# Counts of events, and sums of marks such as deaths.
KINDS = ("counts", "sums")
# The benchmark of two parameters: negative binomial around an exponentially weighted mean. Its half-life and dispersion
# are those that did best so far, by log score over all horizons, forgotten by half in 23 periods.
EWMA_HALF_LIVES, EWMA_DISPERSIONS = (0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 12.0), (0.02, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
EWMA_FORGET, EWMA_LEAST_MEAN = 0.97, 0.02
# Of the views: deaths spread more around what came before, and what came before tells for longer.
KERNEL_DISPERSION = {"counts": 0.1, "sums": 0.3}
KERNEL_HALF_LIVES = {"counts": (1.0, 2.0), "sums": (1.0, 4.0)}
SLOW_DISPERSION, FAST_DISPERSION, STEADY_DISPERSION = 0.3, 0.05, 0.02
LOOKALIKE_BASE, LOOKALIKE_PRIOR = 3.0, 12.0
MAX_VALUES_AT_ONCE = 6_000_000

VIEWS = (
    ("none", "no event at all"),
    ("whole history", "any earlier count, none forgotten"),
    ("past years", "any earlier count, forgotten by half in 18 periods"),
    ("last month", "negative binomial around any earlier count, forgotten by half in each period"),
    ("recent past", "the same, forgotten by half in 2 periods (sums: 4)"),
    ("slow mean", "negative binomial, dispersion 0.3, around a mean that forgets by half in 16 periods"),
    ("fast mean", "negative binomial, dispersion 0.05, around a mean that forgets by half in each half period"),
    ("steady mean", "negative binomial, dispersion 0.02, around a mean that forgets by half in 2 periods"),
    (
        "own pace",
        (
            "negative binomial around a mean, its half-life and dispersion those that did best in the unit so far (the"
            " benchmark `ewma`)"
        ),
    ),
    ("lookalikes", "what followed in any unit after a year with about as many"),
)


def ewma_cdf(counts: np.ndarray) -> np.ndarray:
    """Return chances of at most ``KNOTS`` by the benchmark of two parameters from each period, shape (n_periods,
    n_units, len(KNOTS))."""
    n_periods, n_units = counts.shape
    means = np.stack([_forgetting_mean(counts, half_life) for half_life in EWMA_HALF_LIVES], axis=-1)
    means = np.maximum(means, EWMA_LEAST_MEAN)
    told = np.zeros((n_periods, n_units, len(EWMA_HALF_LIVES), len(EWMA_DISPERSIONS)))
    for at, dispersion in enumerate(EWMA_DISPERSIONS):
        size = 1 / dispersion
        for h in range(1, N_HORIZONS + 1):
            if h >= n_periods:
                continue
            came, mean = counts[h:, :, None], means[:-h]
            told[h:, ..., at] += (
                special.gammaln(came + size) - special.gammaln(size) - special.gammaln(came + 1)
                + size * np.log(size / (size + mean)) + special.xlogy(came, mean / (size + mean))
            )  # fmt: skip
    told[:LAST_YEAR] = 0.0
    for period in range(1, n_periods):
        told[period] += EWMA_FORGET * told[period - 1]
    best = told.reshape(n_periods, n_units, -1).argmax(axis=-1)
    half_life, dispersion = np.divmod(best, len(EWMA_DISPERSIONS))
    mean = np.take_along_axis(means, half_life[..., None], axis=-1)
    sizes = 1 / np.array(EWMA_DISPERSIONS)[dispersion][..., None]
    return sized_cdf(mean, sizes)


def views_of(counts: np.ndarray, kind: str) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield units and their views, shape (n_periods, n_chunk, len(VIEWS), len(KNOTS)): few enough units at once to
    bound the memory."""
    lookalikes = _lookalikes(counts)
    n_periods, n_units = counts.shape
    size = max(1, MAX_VALUES_AT_ONCE // (n_periods * len(VIEWS) * len(KNOTS)))
    for first in range(0, n_units, size):
        units = np.arange(first, min(first + size, n_units))
        yield units, _views(counts[:, units], units, lookalikes, kind)


def _views(counts: np.ndarray, units: np.ndarray, lookalikes: "_Lookalikes", kind: str) -> np.ndarray:
    values, at = np.unique(counts, return_inverse=True)
    kernel = negative_binomial_cdf(values, KERNEL_DISPERSION[kind])[at.reshape(counts.shape)]
    exact = (counts[..., None] <= KNOTS).astype(float)
    views = np.empty((*counts.shape, len(VIEWS), len(KNOTS)))
    views[:, :, 0] = 1.0
    views[:, :, 1] = _forgetting_mean(exact, np.inf)
    views[:, :, 2] = _forgetting_mean(exact, 18.0)
    for at_view, half_life in enumerate(KERNEL_HALF_LIVES[kind]):
        views[:, :, 3 + at_view] = _forgetting_mean(kernel, half_life)
    views[:, :, 5] = negative_binomial_cdf(_forgetting_mean(counts, 16.0), SLOW_DISPERSION)
    views[:, :, 6] = negative_binomial_cdf(_forgetting_mean(counts, 0.5), FAST_DISPERSION)
    views[:, :, 7] = negative_binomial_cdf(_forgetting_mean(counts, 2.0), STEADY_DISPERSION)
    views[:, :, 8] = ewma_cdf(counts)
    views[:, :, 9] = lookalikes.of(counts, units)
    return views


def _forgetting_mean(values: np.ndarray, half_life: float) -> np.ndarray:
    """Return the mean of what was seen up to each period, weighted by ``0.5 ** (age / half_life)``."""
    keep = 0.5 ** (1 / half_life)
    found = np.empty(values.shape)
    total, weight = np.zeros(values.shape[1:]), 0.0
    for period, seen in enumerate(values):
        total = keep * total + seen
        weight = keep * weight + 1
        found[period] = total / weight
    return found


@dataclass(frozen=True)
class _Lookalikes:
    """What followed, by class of the last year's sum: ``cdf_sum`` (n_periods, n_classes, len(KNOTS)) and ``n``
    (n_periods, n_classes)."""

    year_class: np.ndarray
    year_mean: np.ndarray
    cdf_sum: np.ndarray
    n: np.ndarray

    def of(self, counts: np.ndarray, units: np.ndarray) -> np.ndarray:
        classes = self.year_class[:, units]
        held = np.take_along_axis(self.cdf_sum, classes[..., None], axis=1)
        n = np.take_along_axis(self.n, classes, axis=1)[..., None]
        own = negative_binomial_cdf(self.year_mean[:, units], 1.0)
        return (held + LOOKALIKE_PRIOR * own) / (n + LOOKALIKE_PRIOR)


def _lookalikes(counts: np.ndarray) -> _Lookalikes:
    """Gather what came 1 to 6 periods after a year of each class, none and then powers of three, up to each period and
    over all units."""
    n_periods = len(counts)
    total = counts.cumsum(axis=0)
    year = total.copy()
    year[LAST_YEAR:] -= total[:-LAST_YEAR]
    classes = np.where(year == 0, 0, 1 + np.floor(np.log(np.maximum(year, 1)) / np.log(LOOKALIKE_BASE) + 1e-9)).astype(
        int
    )
    n_classes = int(classes.max()) + 1
    values, at = np.unique(counts, return_inverse=True)
    at = at.reshape(counts.shape)
    kernel = (values[:, None] <= KNOTS).astype(float)
    cdf_sum = np.zeros((n_periods, n_classes, len(KNOTS)))
    n = np.zeros((n_periods, n_classes))
    for period in range(n_periods):
        if period:
            cdf_sum[period], n[period] = cdf_sum[period - 1], n[period - 1]
        for back in range(1, N_HORIZONS + 1):
            if period - back >= LAST_YEAR:
                pair, times = np.unique(classes[period - back] * len(values) + at[period], return_counts=True)
                which, value = np.divmod(pair, len(values))
                np.add.at(cdf_sum[period], which, times[:, None] * kernel[value])
                np.add.at(n[period], which, times)
    seen = np.minimum(np.arange(1, n_periods + 1), LAST_YEAR)[:, None]
    return _Lookalikes(year_class=classes, year_mean=year / seen, cdf_sum=cdf_sum, n=n)
