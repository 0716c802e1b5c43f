"""Is it speeding up; since when?

A change over time is computed only where recording is not known to have changed: `reliability.trend_problem` decides. A
trend line is fitted to the present regime alone, since the latest change point: a line across a change of level
describes neither side. Rank tests and event times stand beside it as checks.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.incidents.counts import NEEDS_INCIDENTS
from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study
from analysis.language import message, say, say_count
from analysis.measures.frequency import compare_periods
from analysis.measures.noise import noise_of
from analysis.measures.panels import month_panel
from analysis.measures.reliability import trend_problem
from analysis.measures.result import NOT_COMPUTED, Basis, IndicatorRows, Measure, Table
from analysis.resources import SETTINGS_ALONE
from analysis.statistics import acceleration, changepoint, monotone_trend
from analysis.statistics.distributions import student_quantile, student_tail

QUESTION = "trend"
HOLDS_FOR_COUNTS = True
DAYS_PER_YEAR = 365.25
PERIODS_PER_YEAR = {"week": DAYS_PER_YEAR / 7, "month": 12.0}
# Fewer periods or attacks than these carry no trend worth an interval.
MIN_PERIODS = 24
MIN_ATTACKS = 10
# A regime must be told by three months at least.
MIN_REGIME_MONTHS = 3
MONTHS_PER_YEAR = 12
# Autocorrelation beyond this is a level of its own, which no line can speak of.
MAX_AUTOCORRELATION = 0.9
# Harmonics are fitted from two full years on.
MIN_YEARS_FOR_SEASONS = 2.0

ERRORS = message(
    "negative-binomial regression with a yearly harmonic and exposure offset, Pearson scale, AR(1) inflation,"
    " Student's t"
)
MEASURES = (
    Measure("year_ratio", "ratio", "Attacks in the last twelve whole months over those in the twelve before.",
        message("ratio of levels under the noise from month to month"),
        "West & Harrison 1997, Bayesian Forecasting and Dynamic Models"),
    Measure("trend_percent_per_year", "percent per year",
        "Change of the expected number of attacks a month, per year, within the present regime; the detail says since"
        " when.", ERRORS,
        "Hilbe 2011, Negative Binomial Regression; Bayley & Hammersley 1946, J R Stat Soc Suppl 8:184"),
    Measure("trend_p", "probability", "Chance of a trend at least as steep, either way, if there were none.", ERRORS,
        "Hilbe 2011, Negative Binomial Regression; Bayley & Hammersley 1946, J R Stat Soc Suppl 8:184"),
    Measure("mann_kendall_p", "probability", "A check that needs no model: chance of so monotone a series of months.",
        message("Mann-Kendall with Hamed-Rao correction"), "Hamed & Rao 1998, J Hydrol 204:182"),
    Measure("sen_slope_per_year", "attacks per month, per year", "Median of the slopes between all pairs of months.",
        message("Sen slope"), "Sen 1968, J Am Stat Assoc 63:1379"),
    Measure("laplace_statistic", "standard deviations",
        "Above zero where the attacks crowd towards the end of the span.", message("Laplace test on attack days"),
        "Cox & Lewis 1966, The Statistical Analysis of Series of Events"),
    Measure("power_law_shape", "exponent", "Above 1 where attacks come ever faster; low and high bound it.",
        message("power-law process, maximum likelihood"), "Crow 1974; Johnson et al. 2011, Science 333:81"),
    Measure("last_change_point_ratio", "ratio", "Rate after the latest change point over the rate before it.",
        message("PELT with Poisson cost, BIC penalty times the dispersion from month to month"),
        "Killick et al. 2012, J Am Stat Assoc 107:1590"),
)  # fmt: skip


@dataclass(frozen=True)
class TrendFit:
    """A fitted trend: per cent a year with interval, and the fitted series."""

    percent_per_year: float
    low: float
    high: float
    p_value: float
    dispersion: float
    series: pd.DataFrame
    autocorrelation: float = 0.0


def estimate_trend(counts: pd.Series, *, period: str = "month", level: float = 0.95) -> TrendFit:
    """Fit a log-linear trend with a yearly harmonic to counts: ``log E(y) = a + b t + s sin 2πt + c cos 2πt +
    log(days)``.

    Parameters
    ----------
    counts
        Counts of whole periods, indexed by ``period_start``, in order, without gaps.
    period
        ``week`` or ``month``.
    level
        Of the interval.

    Returns
    -------
    TrendFit
        ``percent_per_year = 100 (exp(b) - 1)``. The dispersion is estimated by maximum likelihood (alpha; 0: Poisson).
        The model's variances are scaled by Pearson's statistic over its degrees of freedom (at least 1) and by (1 + r)
        / (1 - r), r being the residuals' autocorrelation from one period to the next, freed of its bias in short
        series; the interval is Student's with as many degrees of freedom as independent periods would leave. ``series``
        has ``period_start`` and the tail's ``value`` (observed), with ``fitted, low, high`` for the expected count.

    Raises
    ------
    ValueError
        If there are fewer than ``MIN_PERIODS`` periods or ``MIN_ATTACKS`` counts in all.
    """
    from statsmodels.genmod.families import NegativeBinomial, Poisson

    n = len(counts)
    if n < MIN_PERIODS or counts.sum() < MIN_ATTACKS:
        raise ValueError(_too_short(n, int(counts.sum()), period))
    years = np.arange(n) / PERIODS_PER_YEAR[period]
    centred = years - years.mean()
    columns = [np.ones(n), centred]
    if years[-1] >= MIN_YEARS_FOR_SEASONS:
        columns += [np.sin(2 * np.pi * years), np.cos(2 * np.pi * years)]
    design = np.column_stack(columns)
    days = counts.index.days_in_month.to_numpy() if period == "month" else np.full(n, 7)
    offset = np.log(days.astype(float))
    alpha = _dispersion(counts.to_numpy(), design, offset)
    family = NegativeBinomial(alpha=alpha) if alpha > 0 else Poisson()
    fit = _fit(counts.to_numpy(), design, offset, family)
    correlation = _autocorrelation(np.asarray(fit.resid_pearson), design.shape[1])
    inflation = (1 + correlation) / (1 - correlation)
    freedom = max(n / inflation - design.shape[1], 2.0)
    scale = max(1.0, fit.pearson_chi2 / fit.df_resid) * inflation
    covariance = scale * np.asarray(fit.cov_params())
    slope, error = fit.params[1], np.sqrt(covariance[1, 1])
    reach = student_quantile((1 + level) / 2, freedom)
    linear = design @ fit.params + offset
    spread = reach * np.sqrt(np.einsum("ij,jk,ik->i", design, covariance, design))
    series = pd.DataFrame(
        {
            "period_start": counts.index,
            "value": counts.to_numpy(dtype=float),
            "fitted": np.exp(linear),
            "low": np.exp(linear - spread),
            "high": np.exp(linear + spread),
        }
    )
    return TrendFit(
        percent_per_year=float(100 * np.expm1(slope)),
        low=float(100 * np.expm1(slope - reach * error)),
        high=float(100 * np.expm1(slope + reach * error)),
        p_value=float(2 * student_tail(abs(slope / error), freedom)),
        dispersion=alpha,
        series=series,
        autocorrelation=correlation,
    )


def _autocorrelation(residuals: np.ndarray, n_fitted: int) -> float:
    """Return the residuals' lag-one autocorrelation, at least 0, freed of the bias that a fit of so many terms gives a
    short series.

    Least squares of k terms leaves an expected -(1 + (k + 1) r) / n or so on the estimate (Kendall 1954, Biometrika
    41:403).
    """
    centred = residuals - residuals.mean()
    total = (centred**2).sum()
    if total == 0:
        return 0.0
    n, k = residuals.size, n_fitted
    raw = (centred[1:] * centred[:-1]).sum() / total
    return float(np.clip((n * raw + 1) / max(n - k - 1, 1), 0.0, MAX_AUTOCORRELATION))


def find_change_points(counts: pd.Series, *, dispersion: float = 1.0) -> pd.DataFrame:
    """Return the change points of a count series: PELT with Poisson cost and the BIC penalty times the dispersion.

    A change is found where three months on either side bear it out, and dated where it is plainest between its
    neighbours: a burst of one month is not dated to the months beside it that made up the three.

    Parameters
    ----------
    counts
        Counts of whole periods, indexed by ``period_start``, in order, without gaps.
    dispersion
        Variance over mean of counts around their level, at least 1.

    Returns
    -------
    pandas.DataFrame
        One row per change point in time order: ``period_start`` (the first period of the new regime), ``rate_before``
        and ``rate_after`` (attacks per period), ``value`` (their ratio; missing over a zero rate).
    """
    if len(counts) < 2 * MIN_REGIME_MONTHS:
        found = changepoint.Segmentation(np.empty(0, dtype=np.int64), np.zeros(1), 0.0, 0.0, 0.0)
    else:
        penalty = changepoint.PENALTIES["bic"](len(counts)) * dispersion
        found = changepoint.pelt(counts.to_numpy(), cost="poisson", penalty=penalty, min_size=MIN_REGIME_MONTHS)
    edges = _plainest(counts.to_numpy(dtype=float), found.change_points)
    rates = np.add.reduceat(counts.to_numpy(dtype=float), edges[:-1]) / np.diff(edges) if len(counts) else np.zeros(1)
    before, after = rates[:-1], rates[1:]
    return pd.DataFrame(
        {
            "period_start": counts.index[edges[1:-1]],
            "rate_before": before,
            "rate_after": after,
            "value": np.divide(after, before, out=np.full(before.shape, np.nan), where=before > 0),
        }
    )


def _plainest(counts: np.ndarray, change_points: np.ndarray) -> np.ndarray:
    """Return the edges of regimes, each change moved to where it is likeliest between its neighbours, however short a
    regime that leaves."""
    edges = np.concatenate([[0], change_points, [counts.size]]).astype(int)
    total = np.concatenate([[0.0], np.cumsum(counts)])
    moved = True
    while moved:  # each move makes the counts likelier, so that this ends
        moved = False
        for at in range(1, edges.size - 1):
            first, last = edges[at - 1], edges[at + 1]
            places = np.arange(first + 1, last)
            before, after = total[places] - total[first], total[last] - total[places]
            fit = before * np.log(np.maximum(before, 1) / (places - first))
            fit += after * np.log(np.maximum(after, 1) / (last - places))
            if fit.max() > fit[edges[at] - first - 1] + 1e-9:
                edges[at], moved = places[fit.argmax()], True
    return edges


def monthly_counts(study: Study) -> pd.Series:
    """Return the study's attacks in whole covered months, indexed by ``period_start``."""
    return month_panel(study).iloc[:, 0]


@kept_on_study
def change_points_of(study: Study) -> pd.DataFrame:
    """Return a study's change points; no rows where recording forbids to look for them, or none stands out from the
    noise."""
    counts = monthly_counts(study)
    if trend_problem(study):
        counts = counts.iloc[:0]
    return find_change_points(counts, dispersion=float(noise_of(study).dispersion) if len(counts) else 1.0)


@kept_on_study
def trend_of(study: Study) -> tuple[TrendFit | None, str]:
    """Fit the trend of a study's present regime once; none, with the reason, where it must not or cannot be
    computed."""
    if problem := trend_problem(study):
        return None, problem
    counts, changes = monthly_counts(study), change_points_of(study)
    if not changes.empty:
        since = changes["period_start"].iloc[-1]
        counts = counts[counts.index >= since]
        if len(counts) < MIN_PERIODS:
            return None, say_count(
                "the rate changed {n} whole [month|months] ago, on {since}, and a line needs {least} months of one "
                "regime",
                len(counts), since=since, least=MIN_PERIODS,
            )  # fmt: skip
    try:
        return estimate_trend(counts, level=study.settings.level), ""
    except ValueError as error:
        return None, str(error)


@in_its_language
def series_of(study: Study) -> pd.DataFrame:
    """Return a study's monthly counts, with the fitted trend where it holds; no rows where recording forbids a
    trend."""
    columns = ["period_start", "value", "fitted", "low", "high"]
    if trend_problem(study):
        return pd.DataFrame(columns=columns)
    counts = monthly_counts(study)
    series = pd.DataFrame({"period_start": counts.index, "value": counts.to_numpy(dtype=float)})
    fit, problem = trend_of(study)
    if fit is None:
        return series.assign(fitted=np.nan, low=np.nan, high=np.nan, status=NOT_COMPUTED, reason=problem)
    return series.merge(fit.series.drop(columns="value"), on="period_start", how="left")[columns]


@in_its_language
def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    if problem := trend_problem(study):
        return rows.skip_rest(problem, span="history").frame()
    level = study.settings.level
    counts = monthly_counts(study)
    based_on: Basis = {"attacks": study.attacks, "span": "history"}
    if study.holds_counts:
        based_on = {"n_incidents": int(counts.sum()), "span": "history"}
    _add_year(rows, study, counts)
    fit, problem = trend_of(study)
    if fit is None:
        rows.skip(("trend_percent_per_year", "trend_p"), problem, span="history")
    else:
        detail = {
            "since": f"{fit.series['period_start'].iloc[0]:%Y-%m-%d}",
            "months": len(fit.series),
            "dispersion": fit.dispersion,
            "autocorrelation": fit.autocorrelation,
        }
        rows.add(
            "trend_percent_per_year", fit.percent_per_year, low=fit.low, high=fit.high, level=level, detail=detail,
            **based_on
        )  # fmt: skip
        rows.add("trend_p", fit.p_value, **based_on)
    if len(counts) < MIN_PERIODS or counts.sum() < MIN_ATTACKS:
        reason = _too_short(len(counts), int(counts.sum()))
        rows.skip(
            ("mann_kendall_p", "sen_slope_per_year", "laplace_statistic", "power_law_shape"), reason, span="history"
        )
    else:
        _add_checks(rows, study, counts, based_on)
    changes = change_points_of(study)
    if changes.empty:
        rows.skip("last_change_point_ratio", say("one rate fits all months"), span="history")
    else:
        detail = {"since": f"{changes['period_start'].iloc[-1]:%Y-%m}"}
        reason = say("the rate before the latest change of level is zero")
        rows.add("last_change_point_ratio", changes["value"].iloc[-1], detail=detail, otherwise=reason, **based_on)
    return rows.frame()


def _too_short(n_periods: int, n_attacks: int, period: str = "month") -> str:
    """Return why so few periods, or so few attacks, carry no trend."""
    held = {"periods": n_periods, "attacks": n_attacks, "least": MIN_PERIODS, "least_attacks": MIN_ATTACKS}
    if period == "week":
        return say(
            "the history has {periods} whole weeks with {attacks} attacks, and a trend needs at least {least} and "
            "{least_attacks}",
            **held,
        )
    return say(
        "the history has {periods} whole months with {attacks} attacks, and a trend needs at least {least} and "
        "{least_attacks}",
        **held,
    )


def _add_year(rows: IndicatorRows, study: Study, counts: pd.Series) -> None:
    year = MONTHS_PER_YEAR
    if len(counts) < 2 * year:
        reason = say_count("the history has {n} whole [month|months], and two years are needed", len(counts))
        rows.skip("year_ratio", reason, span="history")
        return
    recent, before = float(counts.iloc[-year:].sum()), float(counts.iloc[-2 * year : -year].sum())
    detail = {"recent": recent, "before": before, "since": f"{counts.index[-year]:%Y-%m-%d}"}
    if before == 0:
        rows.skip(
            "year_ratio",
            say("the year before holds none, and a ratio over zero is not a number"),
            span="history",
            detail=detail,
        )
        return
    days = [int(np.sum(part.days_in_month)) for part in (counts.index[-year:], counts.index[-2 * year : -year])]
    ratio = compare_periods(recent, days[0], before, days[1], noise=noise_of(study), level=study.settings.level)
    based_on: Basis = {"n_incidents": int(recent + before), "span": "history"}
    if not study.holds_counts:
        based_on = {"attacks": study.attacks_in(counts.index[-2 * year], study.end), "span": "history"}
    rows.add(
        "year_ratio", ratio.ratio, low=ratio.low, high=ratio.high, level=study.settings.level, detail=detail, **based_on
    )


def _add_checks(rows: IndicatorRows, study: Study, counts: pd.Series, based_on: Basis) -> None:
    level = study.settings.level
    kendall = monotone_trend.mann_kendall(counts.to_numpy(), correction="hamed_rao")
    if np.isnan(kendall.p_value):
        rows.skip("mann_kendall_p", say("all months have the same count"), span="history")
    else:
        rows.add("mann_kendall_p", float(kendall.p_value), **based_on)
    slope = monotone_trend.sen_slope(counts.to_numpy(), level=level)
    per_year = PERIODS_PER_YEAR["month"]
    rows.add(
        "sen_slope_per_year", slope.slope * per_year, low=slope.low * per_year, high=slope.high * per_year, level=level,
        **based_on,
    )  # fmt: skip
    if study.holds_counts:
        rows.skip("laplace_statistic", say(NEEDS_INCIDENTS), span="history")
        rows.skip("power_law_shape", say(NEEDS_INCIDENTS), span="history")
        return
    # Days are whole: an attack is put in the middle of its day.
    days = ((study.whole_days - study.start) / DAY).to_numpy() + 0.5
    horizon = (min(study.end, study.covered_end) - study.start) / DAY
    rows.add("laplace_statistic", acceleration.laplace_trend(days, horizon).statistic, **based_on)
    process = acceleration.power_law_process(days, horizon)
    rows.add("power_law_shape", process.shape, low=process.low, high=process.high, level=level, **based_on)


def _fit(counts: np.ndarray, design: np.ndarray, offset: np.ndarray, family: object, **options: object):
    """Fit a generalised linear model; what the library warns of is judged here by whether the fit converged."""
    from statsmodels.genmod.generalized_linear_model import GLM

    with SETTINGS_ALONE, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = GLM(counts, design, family=family, offset=offset).fit(**options)
    if not (fit.converged and np.isfinite(fit.params).all()):
        raise ValueError(say("the regression did not converge"))
    return fit


def _dispersion(counts: np.ndarray, design: np.ndarray, offset: np.ndarray) -> float:
    """Return the negative-binomial alpha by maximum likelihood, bounded search on its log; 0 where Poisson fits as
    well.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln
    from statsmodels.genmod.families import Poisson

    poisson = _fit(counts, design, offset, Poisson())
    if poisson.pearson_chi2 <= poisson.df_resid:
        return 0.0

    def loss(log_alpha: float) -> float:
        # The steps of `_fit`, at a tenth of its time: a search asks for a dozen fits.
        alpha, mean, last = np.exp(log_alpha), (counts + counts.mean()) / 2, np.inf
        of_counts = gammaln(counts + 1 / alpha) - gammaln(1 / alpha) - gammaln(counts + 1.0)
        for _ in range(100):
            root = np.sqrt(mean / (1 + alpha * mean))
            response = root * (np.log(mean) - offset + (counts - mean) / mean)
            mean = np.exp(design @ np.linalg.lstsq(root[:, None] * design, response)[0] + offset)
            chances = of_counts + counts * np.log(alpha * mean) - (counts + 1 / alpha) * np.log1p(alpha * mean)
            found = -float(chances.sum())
            if abs(last - found) < 1e-8:
                return found
            if not np.isfinite(found):
                break
            last = found
        raise ValueError(say("the regression did not converge"))

    with np.errstate(all="ignore"):
        best = minimize_scalar(loss, bounds=(-8, 4), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(best.x)) if -best.fun > poisson.llf else 0.0


# What ``study.trend`` holds as tables.
TABLES = (
    Table("series", "Attacks by month with the fitted trend and its interval.", series_of,
        because="trend_percent_per_year"),
    Table("change_points", "Months at which the level changed.", change_points_of, because="last_change_point_ratio",
        nothing=message("one rate fits all months")),
)  # fmt: skip
