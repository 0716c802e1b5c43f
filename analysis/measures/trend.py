"""Is it speeding up; since when?

A change over time is computed only where recording is not known to have changed: `reliability.trend_problem` decides. The
negative-binomial trend is the answer; rank tests, event times and change points stand beside it as checks.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.incidents.counts import NEEDS_INCIDENTS
from analysis.incidents.study import DAY, Study, kept_on_study
from analysis.measures.panels import month_panel
from analysis.measures.reliability import trend_problem
from analysis.measures.result import IndicatorRows, Measure
from analysis.statistics import acceleration, changepoint, monotone_trend
from analysis.statistics.distributions import norm

QUESTION = "trend"
HOLDS_FOR_COUNTS = True
DAYS_PER_YEAR = 365.25
PERIODS_PER_YEAR = {"week": DAYS_PER_YEAR / 7, "month": 12.0}
# Fewer periods or attacks than these carry no trend worth an interval.
MIN_PERIODS = 24
MIN_ATTACKS = 10
# What "now" means for a trend: as long as the longest baseline.
RECENT_MONTHS = 36
# Harmonics are fitted from two full years on.
MIN_YEARS_FOR_SEASONS = 2.0

MEASURES = (
    Measure(
        "trend_percent_per_year",
        "percent per year",
        "Change of the expected number of attacks a month, per year.",
        "negative-binomial regression with a yearly harmonic, exposure offset and HAC errors",
        "Hilbe 2011, Negative Binomial Regression; Newey & West 1987, Econometrica 55:703",
    ),
    Measure(
        "trend_p",
        "probability",
        "Chance of a trend at least as steep, either way, if there were none.",
        "Wald test with HAC errors",
        "Newey & West 1987, Econometrica 55:703",
    ),
    Measure(
        "recent_trend_percent_per_year",
        "percent per year",
        f"The same over the last {RECENT_MONTHS} whole months alone: a long history's slope says little of now.",
        "negative-binomial regression with a yearly harmonic, exposure offset and HAC errors",
        "Hilbe 2011, Negative Binomial Regression; Newey & West 1987, Econometrica 55:703",
    ),
    Measure(
        "recent_trend_p",
        "probability",
        f"Chance of a trend at least as steep over the last {RECENT_MONTHS} whole months, either way, if there were none.",
        "Wald test with HAC errors",
        "Newey & West 1987, Econometrica 55:703",
    ),
    Measure(
        "mann_kendall_p",
        "probability",
        "A check that needs no model: chance of so monotone a series of months.",
        "Mann-Kendall with Hamed-Rao correction",
        "Hamed & Rao 1998, J Hydrol 204:182",
    ),
    Measure(
        "sen_slope_per_year",
        "attacks per month, per year",
        "Median of the slopes between all pairs of months.",
        "Sen slope",
        "Sen 1968, J Am Stat Assoc 63:1379",
    ),
    Measure(
        "laplace_statistic",
        "standard deviations",
        "Above zero where the attacks crowd towards the end of the span.",
        "Laplace test on attack days",
        "Cox & Lewis 1966, The Statistical Analysis of Series of Events",
    ),
    Measure(
        "power_law_shape",
        "exponent",
        "Above 1 where attacks come ever faster; low and high bound it.",
        "power-law process, maximum likelihood",
        "Crow 1974; Johnson et al. 2011, Science 333:81",
    ),
    Measure(
        "last_change_point_ratio",
        "ratio",
        "Rate after the latest change point over the rate before it.",
        "PELT with negative-binomial cost, BIC penalty",
        "Killick et al. 2012, J Am Stat Assoc 107:1590",
    ),
)


@dataclass(frozen=True)
class TrendFit:
    """A fitted trend: per cent a year with interval, and the fitted series."""

    percent_per_year: float
    low: float
    high: float
    p_value: float
    dispersion: float
    harmonics: int
    series: pd.DataFrame


def estimate_trend(
    counts: pd.Series, *, exposure: pd.Series | None = None, period: str = "month", level: float = 0.95
) -> TrendFit:
    """Fit a log-linear trend with a yearly harmonic to counts: ``log E(y) = a + b t + s sin 2πt + c cos 2πt + log(exposure)``.

    Parameters
    ----------
    counts
        Counts of whole periods, indexed by ``period_start``, in order, without gaps.
    exposure
        Days covered in each period, same index; default: the period's length.
    period
        ``week`` or ``month``.
    level
        Of the interval.

    Returns
    -------
    TrendFit
        ``percent_per_year = 100 (exp(b) - 1)``. The dispersion is estimated by maximum likelihood (alpha; 0: Poisson);
        standard errors are Newey-West with ``floor(4 (n/100)^(2/9))`` lags. ``series`` has ``period_start`` and the
        tail's ``value`` (observed), with ``fitted, low, high`` for the expected count.

    Raises
    ------
    ValueError
        If there are fewer than ``MIN_PERIODS`` periods or ``MIN_ATTACKS`` counts in all.
    """
    from statsmodels.genmod.families import NegativeBinomial, Poisson

    n = len(counts)
    if n < MIN_PERIODS or counts.sum() < MIN_ATTACKS:
        raise ValueError(
            f"{n} whole {period}s with {int(counts.sum())} attacks; a trend needs at least {MIN_PERIODS} and {MIN_ATTACKS}"
        )
    years = np.arange(n) / PERIODS_PER_YEAR[period]
    centred = years - years.mean()
    harmonics = 1 if years[-1] >= MIN_YEARS_FOR_SEASONS else 0
    columns = [np.ones(n), centred]
    for order in range(1, harmonics + 1):
        columns += [np.sin(2 * np.pi * order * years), np.cos(2 * np.pi * order * years)]
    design = np.column_stack(columns)
    if exposure is None:
        days = counts.index.days_in_month.to_numpy() if period == "month" else np.full(n, 7)
    else:
        days = exposure.to_numpy()
    offset = np.log(days.astype(float))
    alpha = _dispersion(counts.to_numpy(), design, offset)
    family = NegativeBinomial(alpha=alpha) if alpha > 0 else Poisson()
    lags = int(4 * (n / 100) ** (2 / 9))
    errors = {"cov_type": "HAC", "cov_kwds": {"maxlags": lags, "use_correction": True}}
    fit = _fit(counts.to_numpy(), design, offset, family, **errors)
    slope, error = fit.params[1], fit.bse[1]
    reach = norm.ppf((1 + level) / 2)
    linear = design @ fit.params + offset
    spread = reach * np.sqrt(np.einsum("ij,jk,ik->i", design, fit.cov_params(), design))
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
        p_value=float(2 * norm.sf(abs(slope / error))),
        dispersion=alpha,
        harmonics=harmonics,
        series=series,
    )


def find_change_points(counts: pd.Series, *, min_size: int = 3, penalty: str | float = "bic") -> pd.DataFrame:
    """Return the change points of a count series.

    Returns
    -------
    pandas.DataFrame
        One row per change point in time order: ``period_start`` (the first period of the new regime), ``rate_before``
        and ``rate_after`` (attacks per period), ``value`` (their ratio; missing over a zero rate).
    """
    found = changepoint.pelt(counts.to_numpy(), cost="negative_binomial", penalty=penalty, min_size=min_size)
    before, after = np.asarray(found.rates[:-1]), np.asarray(found.rates[1:])
    return pd.DataFrame(
        {
            "period_start": counts.index[np.asarray(found.change_points, dtype=int)],
            "rate_before": before,
            "rate_after": after,
            "value": np.divide(after, before, out=np.full(before.shape, np.nan), where=before > 0),
        }
    )


def monthly_counts(study: Study) -> pd.Series:
    """Return the study's attacks in whole covered months, indexed by ``period_start``."""
    return month_panel(study)[study.place]


@kept_on_study
def trend_of(study: Study) -> tuple[TrendFit | None, str]:
    """Fit a study's trend once; none, with the reason, where it must not or cannot be computed."""
    if problem := trend_problem(study):
        return None, problem
    try:
        return estimate_trend(monthly_counts(study), level=study.settings.level), ""
    except ValueError as error:
        return None, str(error)


def series_of(study: Study) -> pd.DataFrame:
    """Return a study's monthly counts with the fitted trend; no rows where it must not or cannot be computed."""
    fit, _ = trend_of(study)
    return fit.series if fit else pd.DataFrame(columns=["period_start", "value", "fitted", "low", "high"])


def change_points_of(study: Study) -> pd.DataFrame:
    """Return a study's change points; no rows where the trend is not computed either."""
    fit, _ = trend_of(study)
    return (
        find_change_points(monthly_counts(study))
        if fit
        else pd.DataFrame(columns=["period_start", "rate_before", "rate_after", "value"])
    )


def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    fit, problem = trend_of(study)
    if fit is None:
        rows.skip_rest(problem, span="history")
        return rows.frame()
    level = study.settings.level
    counts = monthly_counts(study)
    based_on: dict[str, object] = {"attacks": study.attacks, "span": "history"}
    if study.holds_counts:
        based_on = {"n_incidents": int(counts.sum()), "span": "history"}
    shape = f"{fit.harmonics} yearly harmonic{'s' * (fit.harmonics != 1)}, dispersion {fit.dispersion:.2f}"
    rows.add(
        "trend_percent_per_year", fit.percent_per_year, low=fit.low, high=fit.high, level=level,
        method=f"negative-binomial regression, {shape}, HAC errors", **based_on,
    )  # fmt: skip
    rows.add("trend_p", fit.p_value, **based_on)
    _add_recent(rows, study, counts)
    kendall = monotone_trend.mann_kendall(counts.to_numpy(), correction="hamed_rao")
    if np.isnan(kendall.p_value):
        rows.skip("mann_kendall_p", "all months have the same count", span="history")
    else:
        rows.add("mann_kendall_p", float(kendall.p_value), **based_on)
    slope = monotone_trend.sen_slope(counts.to_numpy(), level=level)
    per_year = PERIODS_PER_YEAR["month"]
    rows.add(
        "sen_slope_per_year", slope.slope * per_year, low=slope.low * per_year, high=slope.high * per_year, level=level,
        **based_on,
    )  # fmt: skip
    if study.holds_counts:
        for name in ("laplace_statistic", "power_law_shape"):
            rows.skip(name, NEEDS_INCIDENTS, span="history")
    else:
        # Days are whole: an attack is put in the middle of its day.
        days = ((study.attacks["date_start"] - study.start) / DAY).to_numpy() + 0.5
        horizon = (min(study.end, study.covered_end) - study.start) / DAY
        rows.add("laplace_statistic", acceleration.laplace_trend(days, horizon).statistic, **based_on)
        process = acceleration.power_law_process(days, horizon)
        rows.add("power_law_shape", process.shape, low=process.low, high=process.high, level=level, **based_on)
    changes = find_change_points(counts)
    if changes.empty:
        rows.skip("last_change_point_ratio", "no change point: one rate fits all months", span="history")
    elif np.isnan(changes["value"].iloc[-1]):
        rows.skip("last_change_point_ratio", "the rate before the latest change point is zero", span="history")
    else:
        when = changes["period_start"].iloc[-1]
        rows.add(
            "last_change_point_ratio",
            changes["value"].iloc[-1],
            method=f"PELT, latest change {when:%Y-%m}",
            detail={"since": f"{when:%Y-%m}"},
            **based_on,
        )
    return rows.frame()


def _add_recent(rows: IndicatorRows, study: Study, counts: pd.Series) -> None:
    recent = counts.iloc[-RECENT_MONTHS:]
    try:
        fit = estimate_trend(recent, level=study.settings.level)
    except ValueError as error:
        for name in ("recent_trend_percent_per_year", "recent_trend_p"):
            rows.skip(name, f"of the last {len(recent)} whole months: {error}", span="history")
        return
    attacks = study.attacks[study.attacks["date_start"].ge(recent.index[0])]
    based_on: dict[str, object] = {"attacks": attacks, "span": "history"}
    if study.holds_counts:
        based_on = {"n_incidents": int(recent.sum()), "span": "history"}
    rows.add(
        "recent_trend_percent_per_year", fit.percent_per_year, low=fit.low, high=fit.high, level=study.settings.level,
        method=f"negative-binomial regression over {len(recent)} months, dispersion {fit.dispersion:.2f}, HAC errors", **based_on,
    )  # fmt: skip
    rows.add("recent_trend_p", fit.p_value, **based_on)


def _fit(counts: np.ndarray, design: np.ndarray, offset: np.ndarray, family: object, **options: object):
    """Fit a generalised linear model; what the library warns of is judged here by whether the fit converged."""
    from statsmodels.genmod.generalized_linear_model import GLM

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = GLM(counts, design, family=family, offset=offset).fit(**options)
    if not (fit.converged and np.isfinite(fit.params).all()):
        raise ValueError("the regression did not converge")
    return fit


def _dispersion(counts: np.ndarray, design: np.ndarray, offset: np.ndarray) -> float:
    """Return the negative-binomial alpha by maximum likelihood, bounded search on its log; 0 where Poisson fits as well."""
    from scipy.optimize import minimize_scalar
    from statsmodels.genmod.families import NegativeBinomial, Poisson

    poisson = _fit(counts, design, offset, Poisson())
    if poisson.pearson_chi2 <= poisson.df_resid:
        return 0.0
    best = minimize_scalar(
        lambda log_alpha: -_fit(counts, design, offset, NegativeBinomial(alpha=np.exp(log_alpha))).llf,
        bounds=(-8, 4),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(best.x)) if -best.fun > poisson.llf else 0.0
