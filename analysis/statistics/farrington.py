"""Is a count above what the same season of earlier years leads to expect? Farrington's rules, over many series at
once."""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from analysis.statistics.given import one_of, shown, whole_number

THRESHOLD_METHODS = ("nbPlugin", "delta", "muan")
# What `status` counts on; every value but the first says why there is no bound.
STATUS = (
    "computed",
    "too few recent cases",
    "all-zero baseline",
    "no convergence",
    "missing count",
    "too little baseline",
    "no finite bound",
)
COMPUTED, FEW_CASES, ZERO_BASELINE, NO_CONVERGENCE, MISSING, LITTLE_BASELINE, NO_BOUND = range(len(STATUS))
# Fewer years than this carry no trend.
MIN_TREND_YEARS = 3
# Baselines are laid out for so many periods at once, at 24 bytes each: all of a weekly panel, some years of a daily
# one.
MAX_LAID_OUT = 4_000_000
# Above this mean a count has more digits than its bound needs.
MAX_COUNTED_MEAN = 1e14


class WithReasons:
    """What a rule found in each period of each unit, or why nothing."""

    status: np.ndarray

    @property
    def reason(self) -> np.ndarray:
        """`status` in words."""
        return np.array(STATUS)[self.status]


@dataclass(frozen=True)
class FarringtonResult(WithReasons):
    """Bounds and alarms; arrays of shape (n_evaluated, n_units), see `farrington_flexible`.

    Attributes
    ----------
    upper
        Upper bound of the count; NaN where `status` is not 0.
    expected
        Count expected from the baseline; NaN where there was no fit, 0 for an all-zero baseline.
    trend
        Whether the model kept a trend.
    score
        Exceedance ``(count - expected) / (upper - expected)``: 1 at the bound. Where the bound is not above the
        expected count (very skewed or next to zero), infinite for an alarm, else 0. NaN where there is no bound.
    alarm
        ``count > upper``; False where there is no bound.
    p_value
        Chance of a count at least as large in the distribution that gives the bound; NaN where there is none.
    dispersion
        Variance over mean, at least 1; NaN where there was no fit.
    slope
        Change of the log of the expected count per period; 0 without a trend, NaN without a fit.
    status
        Index into `STATUS`, int8.
    evaluated
        Period index of each row, shape (n_evaluated,).
    """

    upper: np.ndarray
    expected: np.ndarray
    trend: np.ndarray
    score: np.ndarray
    alarm: np.ndarray
    p_value: np.ndarray
    dispersion: np.ndarray
    slope: np.ndarray
    status: np.ndarray
    evaluated: np.ndarray


class _Baselines(NamedTuple):
    """Baseline periods of all evaluated ones in a row: where each begins, period, group, time before the evaluated
    period."""

    begin: np.ndarray
    where: np.ndarray
    season: np.ndarray
    time: np.ndarray


class _Options(NamedTuple):
    trend: bool
    trend_threshold: float
    reweight: bool
    weights_threshold: float
    as_peer: bool
    tail: float
    threshold_method: str


def farrington_flexible(
    counts: ArrayLike,
    *,
    freq: int = 52,
    years: int = 5,
    half_window: int = 3,
    reweight: bool = True,
    weights_threshold: float = 2.58,
    trend: bool = True,
    trend_threshold: float = 0.05,
    n_seasonal: int = 10,
    past_weeks_not_included: int = 26,
    alpha: float = 0.05,
    threshold_method: str = "nbPlugin",
    limit: tuple[float, int] | None = (5, 4),
    evaluate: ArrayLike | None = None,
    exposure: ArrayLike | None = None,
    period_starts: ArrayLike | None = None,
    as_peer: bool = True,
) -> FarringtonResult:
    """Compare counts with the upper bound of a quasi-Poisson model of their earlier years: Farrington flexible.

    ``log E y_t = level[season(t)] + slope t (+ log exposure_t)``, ``Var y_t = phi E y_t``, fitted twice: the second
    time past surges, with standardised Anscombe residual ``s = 3/2 phi^-1/2 (y^2/3 - m^2/3) / (m^1/6 (1 - h)^1/2)``
    above ``weights_threshold``, weigh s^-2. The trend is dropped, and all repeated, where its p-value is above
    ``trend_threshold``, where it leads beyond the largest count of the baseline, where its fit does not converge, or
    where there are fewer than 3 years.

    Parameters
    ----------
    counts
        Whole numbers of at least 0, shape (n_periods, n_units) or (n_periods,); equally long periods in order. NaN
        marks a period without coverage: it is left out of baselines, and what needs it is not computed.
    freq
        Periods per year: 52 for weeks, 12 for months.
    years, half_window
        The baseline reaches ``years * freq + half_window`` periods back. Periods within ``half_window`` of the
        evaluated one's season are its own season.
    reweight, weights_threshold
        Whether past surges are weighed down, and above which residual (2.58 in the improved rule, 1 in the original).
    trend, trend_threshold
        Whether a trend is tried, and the p-value up to which it is kept (1 keeps all but those above).
    n_seasonal
        Levels of the season, its own among them; the others share the rest of each year, the first ones the periods
        that do not divide. 1 takes only the periods within ``half_window`` of the season.
    past_weeks_not_included
        Periods just before the evaluated one that are no baseline, so that a surge under way is not held against
        itself.
    alpha
        One-sided: the bound is the ``1 - alpha`` quantile. 0.05 is the interface's default; the published studies use
        .01 and below.
    threshold_method
        ``nbPlugin``: quantile of the negative binomial with the fitted mean and dispersion. ``muan``: the same at the
        ``1 - alpha`` quantile of the fitted mean. ``delta``: ``m (1 + 2/3 z (phi m + Var m)^1/2 / m)^3/2``, normal on
        the scale of two thirds.
    limit
        ``(cases, periods)``: with fewer cases in the last ``periods``, the evaluated one among them, nothing is fitted.
        None fits all.
    evaluate
        0-based indices of the periods to judge; default: all that have a full baseline.
    exposure
        Positive, in the shape of ``counts`` (or one column for all units): the model is of counts per exposure.
    period_starts
        Dates, ascending, one a period: years are then counted by date (of 52 or 53 weeks), not by ``freq`` periods.
    as_peer
        True follows R surveillance 1.20 where it departs from the papers. After reweighting, the variance of the fitted
        mean, which enters the trend's p-value and the bounds of ``delta`` and ``muan``, rests on the dispersion ``sum
        omega ((y - m) / m)^2 / df``; the papers have ``sum omega (y - m)^2 / m / df``, at least 1, which False gives.
        Where there are more levels of season than periods to share, True counts the first period of each later year's
        window to the level before it; False gives each period its level. The dispersion of the counts themselves, and
        ``nbPlugin`` bounds but for the choice of a trend, are the same.

    Returns
    -------
    FarringtonResult
        A row for each evaluated period, a column for each unit.

    Raises
    ------
    ValueError
        If a count is negative, not whole or infinite, the series are shorter than a baseline, a period without a full
        one is evaluated, or an option is out of range.

    Notes
    -----
    An all-zero baseline gives no bound however many cases follow (status 2), as long as iterations do not end before
    the fitted mean is zero to all digits: short baselines end them, as they do in R surveillance, and any count is then
    above the bound.

    Simulated false alarms per 100 periods at ``alpha=.01``, ``limit=None``, else defaults, without trend or season
    (``nbPlugin``, ``delta``, ``muan``): Poisson counts of mean 5: .85, 1.1, .4; of mean 1: .6, 1.0, .1; negative
    binomial of mean 5 and variance 17.5: 1.4, 2.3, 1.0. Whole counts keep the first and last below ``alpha`` where
    means are small; the skewness of overdispersed counts is too much for ``delta``.

    References
    ----------
    Noufaily et al. 2013, Statistics in Medicine 32:1206; Farrington et al. 1996, Journal of the Royal Statistical
    Society A 159:547; Salmon, Schumacher & Hoehle 2016, Journal of Statistical Software 70:10.

    Examples
    --------
    >>> import numpy as np
    >>> counts = np.random.default_rng(1).poisson(4.0, 300)
    >>> counts[-1] = 25
    >>> farrington_flexible(counts, evaluate=[299]).alarm.item()
    True
    """
    one_of("threshold_method", threshold_method, THRESHOLD_METHODS)
    freq, years, n_seasonal = (
        whole_number(name, value) for name, value in (("freq", freq), ("years", years), ("n_seasonal", n_seasonal))
    )
    half_window = whole_number("half_window", half_window, 0)
    past_weeks_not_included = whole_number("past_weeks_not_included", past_weeks_not_included, 0)
    if n_seasonal > freq:
        raise ValueError(
            f"n_seasonal={n_seasonal}; expected at most one level for each of the {freq} periods of a year."
        )
    if 2 * half_window + 1 > freq:
        raise ValueError(
            f"half_window={half_window} spans {2 * half_window + 1} of {freq} periods; a season must fit in a year."
        )
    _check_share("alpha", alpha, 0.5)
    counts = check_counts(counts)
    options = _Options(
        trend and years >= MIN_TREND_YEARS,
        _check_share("trend_threshold", trend_threshold, 1.0),
        reweight,
        weights_threshold,
        as_peer,
        alpha,
        threshold_method,
    )
    if not weights_threshold > 0:
        raise ValueError(f"weights_threshold={weights_threshold}; expected a number above 0.")
    # By date, the window of the first year may begin a period or two before the series: as many are then left out.
    evaluated = check_evaluated(evaluate, counts.shape[0], years * freq + half_window)
    references = _references(counts.shape[0], freq, years, period_starts)
    n_blocks = -(-evaluated.size * (years * freq + half_window) // MAX_LAID_OUT)
    blocks = []
    for block in np.array_split(evaluated, n_blocks):
        baselines = _baselines(
            block, references, half_window, n_seasonal, past_weeks_not_included, period_starts, as_peer
        )
        blocks.append(_judge(counts, block, baselines, n_seasonal, limit, exposure, options))
    if n_blocks == 1:
        return blocks[0]
    return FarringtonResult(
        **{field.name: np.concatenate([getattr(block, field.name) for block in blocks]) for field in fields(blocks[0])}
    )


def check_counts(counts: ArrayLike) -> np.ndarray:
    """Return counts as floats of shape (n_periods, n_units), NaN where missing.

    Raises
    ------
    ValueError
        If they have another shape, or one is negative, infinite or not whole.
    """
    counts = np.asarray(counts, dtype=float)
    counts = counts[:, None] if counts.ndim == 1 else counts
    if counts.ndim != 2 or counts.size == 0:
        raise ValueError(f"counts has shape {counts.shape}; expected (n_periods, n_units), neither of them 0.")
    wrong = (counts < 0) | (counts != np.floor(counts)) & ~np.isnan(counts) | np.isinf(counts)
    if wrong.any():
        at = np.argwhere(wrong)
        where = ", ".join(f"period {period} of unit {unit}" for period, unit in at[:3])
        raise ValueError(
            f"{len(at)} of {counts.size} counts are negative, infinite or not whole ({where}; first"
            f" {counts[tuple(at[0])]:g}). Give whole counts of at least 0, and NaN for periods without coverage."
        )
    return counts


def check_evaluated(evaluate: ArrayLike | None, n: int, reach: int) -> np.ndarray:
    """Return the indices of the periods to judge, all that have ``reach`` periods before them where none are given.

    Raises
    ------
    ValueError
        If there are none, or one lies outside or has fewer before it.
    """
    if evaluate is None:
        if n <= reach:
            raise ValueError(
                f"counts has {n} periods; a full baseline and one period to judge need {reach + 1}. Give more history"
                " or a shorter baseline."
            )
        return np.arange(reach, n)
    evaluated = np.asarray(evaluate)
    if evaluated.ndim != 1 or evaluated.size == 0 or not np.issubdtype(evaluated.dtype, np.integer):
        raise ValueError("evaluate must be a one-dimensional array of at least one whole period index.")
    outside = (evaluated < 0) | (evaluated >= n)
    if outside.any():
        raise ValueError(f"evaluate has {outside.sum()} indices outside 0..{n - 1} (first {evaluated[outside][0]}).")
    short = evaluated < reach
    if short.any():
        raise ValueError(
            f"{short.sum()} of {evaluated.size} evaluated periods have no full baseline (first {evaluated[short][0]});"
            f" the first that could have one is {reach}. Evaluate later periods, give more history or a shorter"
            " baseline."
        )
    return evaluated.astype(np.int64)


def negative_binomial_quantile(level: float, mean: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
    """Return the least count with a chance of at least ``level`` of it or fewer; variance = dispersion * mean, 1 is
    Poisson.

    Sums the distribution up to a mean of 500, searches it beyond; above 1e14 the expansion of Cornish & Fisher stands
    for the count.
    """
    from analysis.statistics.surveillance_kernel import sum_quantiles

    mean, dispersion = np.ascontiguousarray(mean, dtype=float), np.ascontiguousarray(dispersion, dtype=float)
    found = np.empty(mean.size)
    level = level * (1 - 64 * np.finfo(float).eps)
    sum_quantiles(mean, dispersion, level, found)
    left = np.flatnonzero(found < 0)
    if left.size:
        m, phi = mean[left], dispersion[left]
        z = special.ndtri(level)
        spread = np.sqrt(phi * m)
        guess = np.maximum(np.rint(m + spread * z + (2 * phi - 1) * (z * z - 1) / 6), 0)
        counted = m <= MAX_COUNTED_MEAN
        low, high = guess.copy(), guess.copy()
        step = np.ceil(1 + spread / 50)
        for _ in range(200):
            above = counted & (low >= 0) & (_cdf(low, m, phi) >= level)
            below = counted & (_cdf(high, m, phi) < level)
            if not (above | below).any():
                break
            low = np.where(above, low - step, low)
            high = np.where(below, high + step, high)
            step = step * np.where(above | below, 2, 1)
        low = np.maximum(low, -1)
        while (open_ := counted & (high - low > 1)).any():
            middle = np.floor((low + high) / 2)
            enough = _cdf(middle, m, phi) >= level
            high = np.where(open_ & enough, middle, high)
            low = np.where(open_ & ~enough, middle, low)
        found[left] = np.where(counted, high, guess)
    return found


def _cdf(count: np.ndarray, mean: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
    poisson = dispersion <= 1
    size = np.where(poisson, 1.0, mean / np.where(poisson, 1.0, dispersion - 1))
    k = np.maximum(count, 0)
    chance = np.where(poisson, special.pdtr(k, mean), special.betainc(size, k + 1, 1 / dispersion))
    return np.where(count < 0, 0.0, chance)


def _at_least(count: np.ndarray, mean: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
    """Chance of ``count`` or more."""
    chance = np.ones_like(mean)
    some = count > 0
    poisson = some & (dispersion <= 1)
    chance[poisson] = special.gammainc(count[poisson], mean[poisson])
    other = some & ~poisson
    m, phi = mean[other], dispersion[other]
    chance[other] = special.betainc(count[other], m / (phi - 1), 1 - 1 / phi)
    return chance


def _references(n: int, freq: int, years: int, period_starts: ArrayLike | None) -> np.ndarray:
    """Index of the period that starts nearest to 0, 1, ..., ``years`` years before each, shape (n, years + 1); negative
    before the first."""
    if period_starts is None:
        return np.arange(n)[:, None] - freq * np.arange(years + 1)
    starts = np.asarray(period_starts, dtype="datetime64[D]")
    if starts.shape != (n,) or not (np.diff(starts) > np.timedelta64(0)).all():
        raise ValueError(f"period_starts has shape {starts.shape}; expected {n} dates, ascending.")
    months = starts.astype("datetime64[M]")
    day = starts - months
    earlier = [(months - 12 * year).astype("datetime64[D]") + day for year in range(years + 1)]
    after = [np.clip(np.searchsorted(starts, date), 1, n - 1) for date in earlier]
    return np.stack(
        [at - (date - starts[at - 1] < starts[at] - date) for at, date in zip(after, earlier, strict=True)], axis=1
    )


def _baselines(
    evaluated: np.ndarray,
    references: np.ndarray,
    half_window: int,
    n_seasonal: int,
    excluded: int,
    period_starts: ArrayLike | None,
    as_peer: bool,
) -> _Baselines:
    where, season, begin = [], [], [0]
    window = np.arange(-half_window, half_window + 1)
    patterns: dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]] = {}
    for now in evaluated:
        # Periods back from the evaluated one to each year's window: the same for most, so laid out once.
        back = tuple(int(now - at) for at in references[now])
        if back not in patterns:
            steps, groups, crowded = [], [], []
            for year in range(len(back) - 1, -1, -1):
                steps.append(-back[year] + window)
                groups.append(np.zeros(window.size, np.int64))
                if year and n_seasonal > 1:
                    gap = np.arange(-back[year] + half_window + 1, -back[year - 1] - half_window)
                    share, rest = divmod(gap.size, n_seasonal - 1)
                    sizes = share + (np.arange(n_seasonal - 1) < rest)
                    steps.append(gap)
                    groups.append(np.repeat(np.arange(1, n_seasonal), sizes))
                    if as_peer and gap.size < n_seasonal - 1:
                        crowded.append(sum(step.size for step in steps))
            step, group = np.concatenate(steps), np.concatenate(groups)
            for first in crowded:
                group[first] = group[first - 1]
            kept = (step < 0) & (step <= -1 - excluded)
            patterns[back] = step[kept], group[kept]
        step, group = patterns[back]
        if (step < -now).any():
            step, group = step[step >= -now], group[step >= -now]
        where.append(now + step)
        season.append(group)
        begin.append(begin[-1] + step.size)
    periods = np.concatenate(where)
    if period_starts is None:
        time = (periods - np.repeat(evaluated, np.diff(begin))).astype(float)
    else:
        starts = np.asarray(period_starts, dtype="datetime64[D]").astype(np.int64)
        time = (starts[periods] - np.repeat(starts[evaluated], np.diff(begin))) / np.median(np.diff(starts))
    return _Baselines(np.array(begin), periods, np.concatenate(season), time)


def _judge(
    counts: np.ndarray,
    evaluated: np.ndarray,
    baselines: _Baselines,
    n_seasonal: int,
    limit: tuple[float, int] | None,
    exposure: ArrayLike | None,
    options: _Options,
) -> FarringtonResult:
    from analysis.statistics.surveillance_kernel import FITTED, NO_BASELINE, fit_cells

    shape = (evaluated.size, counts.shape[1])
    status = np.full(shape, COMPUTED, np.int8)
    observed = counts[evaluated]
    status[np.isnan(observed)] = MISSING
    if limit is not None:
        recent = _recent(counts, evaluated, limit)
        status[np.isnan(recent)] = MISSING
        status[recent < limit[0]] = FEW_CASES
    exposures = _exposures(exposure, counts.shape)
    at, unit = np.nonzero(status == COMPUTED)
    by_unit = np.argsort(unit, kind="stable")
    at, unit = at[by_unit], unit[by_unit]
    lengths = np.diff(baselines.begin)
    freedom = np.arange(max(int(lengths.max()), 1) + 1)
    with np.errstate(all="ignore"):
        critical = special.stdtrit(np.maximum(freedom, 1), 1 - options.trend_threshold / 2)
    needed = np.ascontiguousarray(counts.T)
    fitted = np.empty((at.size, 5))
    kept = np.zeros(at.size, bool)
    state = np.empty(at.size, np.int8)
    fit_cells(
        needed, np.log(needed + 0.1), special.xlogy(needed, needed), np.cbrt(needed) ** 2, exposures, unit, at,
        evaluated, *baselines, n_seasonal, options.trend, options.reweight, float(options.weights_threshold), critical,
        options.as_peer, fitted, kept, state,
    )  # fmt: skip
    done = state == FITTED
    status[at[~done], unit[~done]] = np.where(state[~done] == NO_BASELINE, LITTLE_BASELINE, NO_CONVERGENCE)
    upper, expected, score, p_value, dispersion, slope = (np.full(shape, np.nan) for _ in range(6))
    trend = np.zeros(shape, bool)
    for e, u in zip(at[~done], unit[~done], strict=True):
        baseline = counts[baselines.where[baselines.begin[e] : baselines.begin[e + 1]], u]
        if status[e, u] == NO_CONVERGENCE and not np.nansum(baseline):
            status[e, u] = ZERO_BASELINE
            expected[e, u] = 0.0
    at, unit, fitted = at[done], unit[done], fitted[done]
    cells = (at, unit)
    bound, chance = _bounds(observed[cells], fitted, options)
    upper[cells], p_value[cells] = bound, chance
    expected[cells] = np.exp(fitted[:, 0])
    dispersion[cells], slope[cells], trend[cells] = fitted[:, 2], fitted[:, 3], kept[done]
    unbound = ~np.isfinite(bound)
    status[at[unbound], unit[unbound]] = NO_BOUND
    upper[at[unbound], unit[unbound]] = p_value[at[unbound], unit[unbound]] = np.nan
    alarm = observed > upper
    room = upper > expected
    score[room] = (observed[room] - expected[room]) / (upper[room] - expected[room])
    score[upper <= expected] = np.where(alarm, np.inf, 0.0)[upper <= expected]
    return FarringtonResult(upper, expected, trend, score, alarm, p_value, dispersion, slope, status, evaluated)


def _bounds(observed: np.ndarray, fitted: np.ndarray, options: _Options) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds, infinite where there is none, and chances of counts at least as large."""
    mean, error, dispersion = np.exp(fitted[:, 0]), fitted[:, 1], fitted[:, 2]
    z = -special.ndtri(options.tail)
    if options.threshold_method == "delta":
        spread = np.sqrt(dispersion * mean + (mean * error) ** 2)
        distance = (np.cbrt(observed) ** 2 - np.cbrt(mean) ** 2) / (2 / 3 * spread / np.cbrt(mean))
        return mean * (1 + 2 / 3 * z * spread / mean) ** 1.5, special.ndtr(-distance)
    if options.threshold_method == "muan":
        with np.errstate(over="ignore"):
            mean = np.exp(fitted[:, 0] + z * error)
    bound, chance = np.full(mean.size, np.inf), np.full(mean.size, np.nan)
    real = np.isfinite(mean)
    bound[real] = negative_binomial_quantile(1 - options.tail, mean[real], dispersion[real])
    chance[real] = _at_least(observed[real], mean[real], dispersion[real])
    return bound, chance


def _recent(counts: np.ndarray, evaluated: np.ndarray, limit: tuple[float, int]) -> np.ndarray:
    try:
        cases, periods = map(float, limit)
    except (TypeError, ValueError):
        cases = periods = np.nan
    if not (cases >= 0 and periods >= 1 and periods == np.floor(periods)):
        raise ValueError(
            f"limit={shown(limit)}; expected (cases of at least 0, a whole number of periods of at least 1) or None."
        )
    gaps = np.isnan(counts)
    total = np.cumsum(np.vstack([np.zeros(counts.shape[1]), np.where(gaps, 0, counts)]), axis=0)
    missing = np.cumsum(np.vstack([np.zeros(counts.shape[1]), gaps]), axis=0)
    first = np.maximum(evaluated + 1 - int(min(periods, len(counts))), 0)
    recent = total[evaluated + 1] - total[first]
    recent[(missing[evaluated + 1] > missing[first]) & (recent < cases)] = np.nan
    return recent


def _exposures(exposure: ArrayLike | None, shape: tuple[int, int]) -> np.ndarray:
    if exposure is None:
        return np.empty((0, 0))
    exposure = np.asarray(exposure, dtype=float)
    exposure = exposure[:, None] if exposure.ndim == 1 else exposure
    if exposure.shape not in (shape, (shape[0], 1)):
        raise ValueError(f"exposure has shape {exposure.shape}; expected {shape} or ({shape[0]},).")
    wrong = ~((exposure > 0) & np.isfinite(exposure))
    if wrong.any():
        raise ValueError(
            f"{wrong.sum()} of {wrong.size} exposures are missing or not positive (first {exposure[wrong][0]:g})."
        )
    return np.ascontiguousarray(np.broadcast_to(exposure, shape).T)


def _check_share(name: str, value: float, most: float) -> float:
    if not 0 < value <= most or (name == "alpha" and value == most):
        raise ValueError(
            f"{name}={value}; expected a number above 0 and {'below' if name == 'alpha' else 'up to'} {most:g}."
        )
    return float(value)
