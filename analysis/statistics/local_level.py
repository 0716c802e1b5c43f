"""Has the level of a count series moved? A local-level model of counts, its noise, and two spans compared under that
noise.

The level is a random walk on the log scale; a count is negative binomial around it, with variance ``dispersion *
level``. Noise is therefore what counts vary around a level that may move, never their spread around a long mean: a
series that doubles for good has no more noise than before. How lively levels are is unknown, so four random walks are
weighed by their evidence, from levels that hold to levels that jump; in a series whose level has always held, a run of
high counts has to say more to be believed.

Levels are put on a grid, so that sums stand for integrals and no approximation depends on the series (Kitagawa 1987).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, gammaincc, gammaln, logsumexp, xlogy

# Steps of the log level from one period to the next: mixtures of (weight, standard deviation), and the prior weight of
# each walk. The first is of levels that hold. A period is a month or near to one.
WALKS = (
    ("holds", ((0.99, 0.03), (0.01, 1.0)), 0.1),
    ("drifts", ((0.85, 0.1), (0.12, 0.35), (0.03, 1.3)), 0.3),
    ("moves", ((0.6, 0.12), (0.3, 0.4), (0.1, 1.0)), 0.3),
    ("jumps", ((0.3, 0.2), (0.5, 0.5), (0.2, 1.2)), 1.0),
)
# Variance over mean of counts around their level: events that come alone, to events that come by the score.
DISPERSIONS = np.array([1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.5, 8, 10, 13, 17, 22, 30, 45.0])
# The same for sums of heavy-tailed sizes, such as deaths.
WIDE_DISPERSIONS = np.geomspace(1, 600, 18)
DISPERSION_PRIOR = (2.0, 0.8)  # median and standard deviation of the log
WIDE_DISPERSION_PRIOR = (15.0, 1.5)
# Worth half an event of its own beside the counts: Jeffreys' prior of a Poisson rate.
PRIOR_EVENTS = 0.5
# No event at all is held to be so many: half of the chance of none lies below (a mid-p).
LEAST_EVENTS = 0.25
# Clusters in both spans at which the law of clusters has half its weight.
FEW_CLUSTERS = 3.0
LOWEST_LEVEL, _LOG_STEP, _TURN, _ROOT_STEP = 0.05, 0.2, 4.0, 0.5
# Of the log of a ratio: far enough for any, to ten digits, and of the steps that take it there.
_FARTHEST, _NEAR, _MOST_STEPS = 20.0, 1e-12, 100
_BLOCK = 64  # series filtered at once: their states stay in the processor's cache
_FEW_LEVELS, _PARTS = 64, 4
_SMALL_PRODUCT = 200_000  # multiplications; OpenBLAS takes threads from some 260,000 on
_IMPOSSIBLE = 50.0  # so far below the likeliest in log chance that no sum shows it
_STIRLING_FROM = 16.0  # from here on what the series leaves out is less than rounding


@dataclass(frozen=True)
class Noise:
    """What a series tells of its own noise and of how far its level moves.

    Attributes
    ----------
    dispersions
        The grid of dispersions (variance over mean), shape (n_dispersions,).
    weights
        Posterior weights of walk and dispersion, shape (..., n_walks, n_dispersions); they sum to 1 over the last two
        axes.
    """

    dispersions: np.ndarray
    weights: np.ndarray

    @property
    def dispersion(self) -> np.ndarray:
        """Geometric mean of the dispersion, shape (...)."""
        return np.exp(self.weights.sum(axis=-2) @ np.log(self.dispersions))

    def dispersion_interval(self, level: float) -> tuple[float, float]:
        """Return the central interval of the dispersion of one series: grid points at which its cumulative weight
        passes both tails."""
        reached = np.cumsum(self.of_dispersion)
        tail = (1 - level) / 2
        at = np.minimum(np.searchsorted(reached, [tail, 1 - tail]), self.dispersions.size - 1)
        return float(self.dispersions[at[0]]), float(self.dispersions[at[1]])

    def at_least(self, least: ArrayLike) -> "Noise":
        """Return the same noise with no dispersion below ``least``, shape (...): what lower ones weigh goes to the
        first that is not (the last of the grid, where all are)."""
        below = self.dispersions < np.asarray(least, dtype=float)[..., None]
        below[..., -1] = False
        weights = np.where(below[..., None, :], 0.0, self.weights)
        first = np.broadcast_to(below.sum(axis=-1)[..., None, None], (*weights.shape[:-1], 1))
        moved = np.take_along_axis(weights, first, axis=-1) + (self.weights - weights).sum(axis=-1, keepdims=True)
        np.put_along_axis(weights, first, moved, axis=-1)
        return Noise(self.dispersions, weights)

    @property
    def moves(self) -> np.ndarray:
        """Weight of the walks whose level does not hold, shape (...)."""
        return self.weights[..., 1:, :].sum(axis=(-2, -1))

    @property
    def of_dispersion(self) -> np.ndarray:
        """Weights of the dispersions over all walks, shape (..., n_dispersions)."""
        return self.weights.sum(axis=-2)

    @property
    def of_dispersion_moving(self) -> np.ndarray:
        """Weights of the dispersions and of a moving level together, shape (..., n_dispersions); they sum to
        `moves`."""
        return self.weights[..., 1:, :].sum(axis=-2)


def level_grid(highest: float) -> np.ndarray:
    """Return the grid of levels for counts up to ``highest``: even steps of the log below 4, of the square root above.

    Half a step is at most a quarter of the standard deviation of a Poisson count, so that the grid adds little to the
    noise.
    """
    low = np.exp(np.arange(np.log(LOWEST_LEVEL), np.log(_TURN), _LOG_STEP))
    top = np.sqrt(1.3 * highest + 4 * np.sqrt(highest) + _TURN)
    high = np.arange(np.sqrt(_TURN), top + _ROOT_STEP, _ROOT_STEP) ** 2
    return np.concatenate([low, high])


def estimate_noise(
    counts: ArrayLike,
    *,
    dispersions: ArrayLike = DISPERSIONS,
    prior: tuple[float, float] = DISPERSION_PRIOR,
    every: bool = False,
) -> Noise:
    """Weigh dispersions and walks of the level by the evidence of each series.

    Parameters
    ----------
    counts
        Counts per period, oldest first, shape (n_series, n_periods) or (n_periods,); at least 0, whole or spread over
        periods.
    dispersions
        The grid of variance over mean, each at least 1.
    prior
        Median and standard deviation of the log of the dispersion's lognormal prior.
    every
        Whether to return the weights after each period (then of shape (n_series, n_periods, ...)), as they were known
        by its end.

    Returns
    -------
    Noise
        After the last period, or after each.

    Raises
    ------
    ValueError
        If a count is missing, infinite or negative.

    References
    ----------
    West & Harrison 1997, Bayesian Forecasting and Dynamic Models, chapters 2 and 14; Durbin & Koopman 2012, Time Series
    Analysis by State Space Methods; Kitagawa 1987, Journal of the American Statistical Association 82:1032 (grid
    filter).

    Examples
    --------
    >>> steady = estimate_noise([4, 5, 3, 6, 4, 5, 4, 3, 5, 4, 6, 4, 5, 4, 4, 5, 3, 4])
    >>> bool(steady.dispersion < 1.3), bool(steady.moves < 0.8)
    (True, True)
    """
    counts = np.asarray(counts, dtype=float)
    wrong = ~((counts >= 0) & np.isfinite(counts))
    if wrong.any():
        raise ValueError(
            f"{wrong.sum()} of {wrong.size} counts are missing, infinite or negative (first {counts[wrong][0]:g}); a"
            " level needs counts of covered periods only."
        )
    single = counts.ndim == 1
    series = counts[None] if single else counts
    dispersions = np.asarray(dispersions, dtype=float)
    start = np.log([weight for *_, weight in WALKS])[:, None]
    start = start - 0.5 * ((np.log(dispersions) - np.log(prior[0])) / prior[1]) ** 2
    start -= logsumexp(start)
    shape = (*series.shape[: 2 if every else 1], len(WALKS), dispersions.size)
    weights = np.empty(shape)
    order = np.argsort(series.max(axis=1, initial=0.0), kind="stable")  # series alike in size share a grid
    for first in range(0, order.size, _BLOCK):
        chosen = order[first : first + _BLOCK]
        weights[chosen] = _filtered(series[chosen], dispersions, start, every)
    return Noise(dispersions, weights[0] if single else weights)


def chance_above(
    recent: ArrayLike,
    reference: ArrayLike,
    factor: ArrayLike,
    *,
    share: float,
    dispersions: np.ndarray,
    weights: np.ndarray,
) -> np.ndarray:
    """Return the chance that the recent level is more than ``factor`` times the reference's, given what each span
    recorded.

    `chances_above`, averaged over the dispersions' weights.

    Parameters
    ----------
    recent, reference, factor, share, dispersions
        As in `chances_above`.
    weights
        As in `Noise`: shape (..., n_dispersions). Weights that sum to less than 1 (of a moving level) give the chance
        that the level moves and is above.

    Examples
    --------
    Ten events where five are usual, alone:

    >>> float(chance_above(10, 20, 1.0, share=4.0, dispersions=np.array([1.0]), weights=np.array([1.0])).round(2))
    0.96
    """
    return (weights * chances_above(recent, reference, factor, share=share, dispersions=dispersions)).sum(axis=-1)


def chances_above(
    recent: ArrayLike, reference: ArrayLike, factor: ArrayLike, *, share: float, dispersions: np.ndarray
) -> np.ndarray:
    """Return the chance under each dispersion that the recent level is more than ``factor`` times the reference's.

    Two laws are mixed so that counts are as skewed as negative binomial ones are. Of events that come alone (D = 1) a
    count x leaves its level a gamma law of shape x + 1/2, and the chance is a beta tail. Of events that come by the
    score a count is nearly a gamma variable itself: of the sum S of both spans the recent share has a beta law with (S
    - 1) / D in both shapes together, and the chance is its tail at the share recorded. The second has the weight (D -
    1) / D, less where both spans hold so few clusters (S / D) that one of them is the whole record. One-sided tests at
    2 % and 10 % hold their size under every known dispersion (the first law alone sees no fall among clusters).

    Parameters
    ----------
    recent, reference
        Counts of the two spans, shape (...), broadcast together.
    factor
        Positive; an array has a last axis of length 1 beside the counts' shape.
    share
        Length of the reference over that of the recent span.
    dispersions
        Variance over mean, shape (n_dispersions,).

    Returns
    -------
    numpy.ndarray
        Shape (..., n_dispersions).

    References
    ----------
    Jeffreys 1961, Theory of Probability, section 3.10 (prior); McCullagh & Nelder 1989, section 6.2.3 (variance in
    proportion to the mean); Johnson, Kemp & Kotz 2005, Univariate Discrete Distributions, section 5.3 (moments of the
    negative binomial).
    """
    recent, reference = np.broadcast_arrays(np.asarray(recent, dtype=float), np.asarray(reference, dtype=float))
    recent, reference = recent[..., None], reference[..., None]
    limit = np.asarray(factor, dtype=float)
    limit = limit / (limit + share)
    alone = 1 - betainc(recent / dispersions + PRIOR_EVENTS, reference / dispersions + PRIOR_EVENTS, limit)
    shapes = np.maximum(recent + reference - 1, LEAST_EVENTS) / dispersions
    held, before = np.maximum(recent, LEAST_EVENTS), np.maximum(reference, LEAST_EVENTS)
    by_score = betainc(shapes * limit, shapes * (1 - limit), held / (held + before))
    clusters = (recent + reference) / dispersions
    weight = (1 - 1 / dispersions) * clusters**2 / (clusters**2 + FEW_CLUSTERS**2)
    return alone + weight * (by_score - alone)


def ratio_interval(
    recent: ArrayLike,
    reference: ArrayLike,
    *,
    share: float,
    dispersions: np.ndarray,
    weights: np.ndarray,
    level: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the central interval of the ratio of two levels: where `chance_above` passes both tails; by bisection of
    its log.

    Parameters are as there, with weights that sum to 1, and ``level`` between 0 and 1. The lower end is 0 where nothing
    was recorded recently, and the upper end infinite where the reference recorded nothing: there counts bound the ratio
    on one side alone. Of a cluster or less the law knows so little that it leans to 1, beyond the ratio recorded:
    the interval is then drawn out to it.

    Examples
    --------
    >>> low, high = ratio_interval(10, 20, share=4.0, dispersions=np.array([1.0]), weights=np.array([1.0]), level=0.8)
    >>> float(low.round(2)), float(high.round(2))
    (1.21, 3.26)
    """
    recent, reference = np.broadcast_arrays(np.asarray(recent, dtype=float), np.asarray(reference, dtype=float))

    def above(ratio: np.ndarray) -> np.ndarray:
        return chance_above(recent, reference, ratio[..., None], share=share, dispersions=dispersions, weights=weights)

    low, high = _central(above, recent.shape, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = recent * share / reference
    # fmin, fmax: over two empty spans there is no ratio.
    return np.where(recent == 0, 0.0, np.fmin(low, ratio)), np.where(reference == 0, np.inf, np.fmax(high, ratio))


def rate_interval(
    count: ArrayLike, exposure: float, *, dispersions: np.ndarray, weights: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the central interval of a level, in events per unit of exposure: the gamma law of `chance_above`, over the
    dispersions.

    Parameters
    ----------
    count
        Events, at least 0, shape (...).
    exposure
        Positive.
    dispersions, weights, level
        As in `ratio_interval`. The lower end is 0 where nothing was recorded.

    Examples
    --------
    >>> low, high = rate_interval(10, 1.0, dispersions=np.array([1.0]), weights=np.array([1.0]), level=0.95)
    >>> float(low.round(2)), float(high.round(2))
    (5.14, 17.74)
    """
    count = np.asarray(count, dtype=float)
    shape = count[..., None] / dispersions + PRIOR_EVENTS

    def above(events: np.ndarray) -> np.ndarray:
        return (weights * gammaincc(shape, events[..., None] / dispersions)).sum(axis=-1)

    ends = [end / exposure for end in _central(above, count.shape, level)]
    return np.where(count == 0, 0.0, ends[0]), ends[1]


def change_start(counts: ArrayLike, *, least: int = 1, rose: bool | None = None) -> int:
    """Return where one change of level divides counts best: the index of its first period.

    The largest Poisson likelihood ratio over all places with at least ``least`` periods on either side; the dispersion
    scales all alike.

    Parameters
    ----------
    counts
        Shape (n_periods,), at least ``2 * least`` of them.
    least
        Periods on either side.
    rose
        Whether to look at rises alone, or at falls alone; at both where None.

    References
    ----------
    Worsley 1986, Biometrika 73:91.
    """
    counts = np.asarray(counts, dtype=float)
    n = counts.size
    after = np.cumsum(counts[::-1])[::-1]
    at = np.arange(least, n - least + 1)
    later, earlier = after[at], counts.sum() - after[at]
    gain = xlogy(later, later / (n - at)) + xlogy(earlier, earlier / at)
    if rose is not None:
        toward = later / (n - at) > earlier / at if rose else later / (n - at) < earlier / at
        gain = np.where(toward, gain, -np.inf)
    return int(at[np.argmax(gain)])


def _central(
    above: Callable[[np.ndarray], np.ndarray], shape: tuple[int, ...], level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return where the chance of lying above falls past both tails of a level, each of a shape: by Chandrupatla's
    method on the log, which takes a third of the steps of a bisection.

    References
    ----------
    Chandrupatla 1997, Advances in Engineering Software 28:145.
    """

    tails = np.array([(1 + level) / 2, (1 - level) / 2]).reshape(2, *(1 for _ in shape))
    # The end tried last, the end beyond what is looked for, and how far the chances there are from the tail.
    last, other = np.full((2, *shape), -_FARTHEST), np.full((2, *shape), _FARTHEST)
    off_last, off_other = (np.broadcast_to(chance - tails, last.shape) for chance in (1.0, 0.0))
    step = np.full(last.shape, 0.5)
    for _ in range(_MOST_STEPS):
        tried = last + step * (other - last)
        off = above(np.exp(tried)) - tails
        same = (off > 0) == (off_last > 0)
        left, off_left = np.where(same, last, other), np.where(same, off_last, off_other)
        other, off_other = np.where(same, other, last), np.where(same, off_other, off_last)
        last, off_last = tried, off
        width = np.abs(other - last)
        if (width <= _NEAR).all():
            break
        with np.errstate(divide="ignore", invalid="ignore"):
            along, up = (last - other) / (left - other), (off_last - off_other) / (off_left - off_other)
            inverse = off_last / (off_other - off_last) * off_left / (off_other - off_left)
            inverse += (
                (left - last) / (other - last) * off_last / (off_left - off_last) * off_other / (off_left - off_other)
            )
            least = np.minimum(_NEAR / 2 / width, 0.5)
        curved = (up**2 < along) & ((1 - up) ** 2 < 1 - along)
        step = np.clip(np.where(curved, inverse, 0.5), least, 1 - least)
    ends = np.exp((last + other) / 2)
    return ends[0], ends[1]


def _filtered(series: np.ndarray, dispersions: np.ndarray, start: np.ndarray, every: bool) -> np.ndarray:
    """Return the weights of walks and dispersions, shape (n_series[, n_periods], n_walks, n_dispersions)."""
    levels = level_grid(float(series.max(initial=0.0)))
    width = np.gradient(np.log(levels))
    steps = np.log(levels)[:, None] - np.log(levels)
    walks = np.stack([_transition(steps, width, mixture) for _, mixture, _ in WALKS])
    first = width / width.sum()
    if levels.size <= _FEW_LEVELS:
        gained = _evidence(series, dispersions, levels, walks, first, every)
    else:
        # The noisier, the more levels a count leaves possible: dispersions alike share what they leave.
        parts = np.array_split(dispersions, _PARTS)
        gained = np.concatenate([_evidence(series, part, levels, walks, first, every) for part in parts], axis=-1)
    evidence = start + gained
    evidence -= logsumexp(evidence, axis=(-2, -1), keepdims=True)
    return np.exp(evidence)


def _evidence(
    series: np.ndarray, dispersions: np.ndarray, levels: np.ndarray, walks: np.ndarray, first: np.ndarray, every: bool
) -> np.ndarray:
    """Return the log evidence of each walk and dispersion, shape as of `_filtered`, from where the level may be
    ``first``.

    Of many levels each period looks only at those that its counts leave possible.
    """
    n_series, n_periods = series.shape
    spans = [(0, levels.size)] * n_periods
    if levels.size <= _FEW_LEVELS:
        # Each distinct count once: a chance depends on nothing else.
        distinct, place = np.unique(series, return_inverse=True)
        chances = _log_chances(distinct, levels, dispersions)
        place = place.reshape(series.shape)
    else:
        spans = _possible(series, levels, float(dispersions.max()))
    # The walk comes first: all series then step together, in one product of matrices for each walk.
    shape = (len(WALKS), n_series, dispersions.size)
    evidence = np.zeros(shape)
    kept = np.empty((n_periods, *shape))
    state = np.broadcast_to(first[slice(*spans[0])], (*shape, spans[0][1] - spans[0][0])).copy()
    for period, (low, high) in enumerate(spans):
        if levels.size <= _FEW_LEVELS:
            log_chance = chances[place[:, period]]
        else:
            log_chance = _log_chances(series[:, period], levels[low:high], dispersions)
        top = log_chance.max(axis=-1, keepdims=True)
        state *= np.exp(log_chance - top)
        total = state.sum(axis=-1)
        evidence += np.log(total) + top[..., 0]
        kept[period] = evidence
        if period + 1 < n_periods:
            state /= total[..., None]
            state = _stepped(state, walks[:, low:high, slice(*spans[period + 1])])
    return np.moveaxis(kept, (2, 0), (0, 1)) if every else np.moveaxis(evidence, 1, 0)


def _stepped(state: np.ndarray, walks: np.ndarray) -> np.ndarray:
    """Return states after one step of each walk: products of matrices so small that the library which makes them wakes
    no thread, for waiting ones take the time of a processor too."""
    n_walks, n_series, n_dispersions, _ = state.shape
    onward = np.empty((n_walks, n_series * n_dispersions, walks.shape[2]))
    rows = state.reshape(n_walks, -1, walks.shape[1])
    at_once = max(_SMALL_PRODUCT // (walks.shape[1] * walks.shape[2]), 1)
    for begin in range(0, rows.shape[1], at_once):
        some = slice(begin, begin + at_once)
        np.matmul(rows[:, some], walks, out=onward[:, some])
    return onward.reshape(n_walks, n_series, n_dispersions, -1)


def _possible(series: np.ndarray, levels: np.ndarray, dispersion: float) -> list[tuple[int, int]]:
    """Return for each period the first and the end (exclusive) of the levels that its counts leave possible under a
    dispersion, and under each smaller one."""
    spans = []
    for counts in (series.min(axis=0), series.max(axis=0)):
        log_chance = _log_chances(counts, levels, np.array([dispersion]))[:, 0]
        spans.append(log_chance >= log_chance.max(axis=-1, keepdims=True) - _IMPOSSIBLE)
    return [
        (int(np.argmax(least)), levels.size - int(np.argmax(most[::-1]))) for least, most in zip(*spans, strict=True)
    ]


def _transition(steps: np.ndarray, width: np.ndarray, mixture: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Return the chances of each level (column) after each (row): a mixture of normal steps of the log, on the grid."""
    chances = np.zeros_like(steps)
    for weight, deviation in mixture:
        part = np.exp(-0.5 * (steps / deviation) ** 2) * width
        chances += weight * part / part.sum(axis=1, keepdims=True)
    return chances


def _log_chances(counts: np.ndarray, levels: np.ndarray, dispersions: np.ndarray) -> np.ndarray:
    """Return log chances of counts, shape (n_counts, n_dispersions, n_levels), each short of ``log(count!)``, which all
    share."""
    counts = counts[:, None, None]
    dispersion = dispersions[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        size = levels / (dispersion - 1)
        negative_binomial = (
            _log_gamma_above(counts, size)
            - gammaln(size)
            - size * np.log(dispersion)
            + counts * np.log((dispersion - 1) / dispersion)
        )
    poisson = counts * np.log(levels) - levels
    return np.where(dispersion > 1, negative_binomial, poisson)


def _log_gamma_above(counts: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return ``gammaln(counts + size)``; of counts large enough by Stirling's series, which is quicker and as exact."""
    made = np.empty(np.broadcast_shapes(counts.shape, size.shape))
    large = counts.ravel() >= _STIRLING_FROM
    made[~large] = gammaln(counts[~large] + size)
    x = counts[large] + size
    square = x**2
    series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / x
    made[large] = (x - 0.5) * np.log(x) - x + np.log(2 * np.pi) / 2 + series
    return made
