"""Which places stand above their own baseline now?

Every unit is judged in the seven days that end with as_of, by the strongest rule that its history carries: Farrington's
flexible rule where it reaches five years back, else the last four weeks against all before, else EARS. How often that rule would raise an alarm
in the unit if nothing changed is simulated from the unit's own baseline and stands beside each alarm. Rules that users know from elsewhere stand
beside it as comparators, each with the same simulation: they are not what decides.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.incidents.study import DAY, Study, kept_on_study
from analysis.measures.frequency import DAYS_PER_WEEK
from analysis.measures.result import COMPUTED, NOT_COMPUTED, IndicatorRows, Measure
from analysis.statistics import farrington
from analysis.statistics.distributions import negative_binomial_bound, negative_binomial_tail, norm, student_tail

QUESTION = "surge"
FARRINGTON, TWO_PERIODS, EARS = "Farrington flexible", "four weeks against all before", "EARS C2"
WEEKS_PER_YEAR = 365.25 / 7
WEEK = DAYS_PER_WEEK * DAY
# Farrington's rule: five years, three weeks either side.
FARRINGTON_WEEKS = 5 * 52 + 3
# The comparison of two periods: four weeks against at least half a year.
WINDOW_WEEKS, MIN_BASELINE_WEEKS = 4, 26
# EARS C2: seven weeks, after a gap of two.
EARS_WEEKS = 9
EARS_LEAST_DEVIATION = 0.5
# Attacks a week; a fitted rate below it stands for nothing at all.
LEAST_EXPECTED = 0.01
# An alarm is never easier to come by than this, however few the units.
MAX_ALPHA = 0.01
ALARMS_PER_YEAR = 4.0
FALSE_DISCOVERY_RATE = 0.10
CONTROLS = ("alarms_per_year", "fdr")
SHOWN_WEEKS = 156
N_SIMULATIONS = 400
MIN_RATE_LIMIT = (5, 4)

MEASURES = (
    Measure(
        "surge_units_judged",
        "units",
        "Units whose history carries a rule, so that they could stand above their baseline.",
        "count of units",
    ),
    Measure(
        "surge_units_above",
        "units",
        "Units above their baseline in the week that ends with as_of, with control over all units.",
        "Farrington flexible, or four weeks against all before, or EARS C2, by length of history",
        "Noufaily et al. 2013, Stat Med 32:1206",
    ),
    Measure(
        "surge_false_alarms_per_year",
        "alarms per year",
        "Alarms that the rules would raise in a year over all units if nothing changed.",
        "alarm level times weeks times units judged",
    ),
    Measure(
        "surge_observed_to_expected",
        "ratio",
        "For the most unusual unit: what was observed over what its baseline leads to expect.",
        "the unit's rule",
        "Noufaily et al. 2013, Stat Med 32:1206",
    ),
    Measure(
        "surge_p",
        "probability",
        "For the most unusual unit: chance of as many if its baseline held on.",
        "upper tail of the rule's distribution",
        "Noufaily et al. 2013, Stat Med 32:1206",
    ),
    Measure(
        "acled_surge_units",
        "units",
        "Units in which the latest week is at least twice the mean of the four before, that mean being at least 1.",
        "ACLED surge rule, as a comparator",
        "ACLED Conflict Alert System, methodology",
    ),
    Measure(
        "acled_threat_units",
        "units",
        "Units in which the last four weeks' mean is at least twice that of the 52 weeks before.",
        "ACLED threat rule, as a comparator",
        "ACLED Conflict Alert System, methodology",
    ),
    Measure(
        "hdx_signal_units",
        "units",
        "Units with 100 deaths or more in 30 days, the most in a year (medium) or in three (high).",
        "HDX Signals rule, as a comparator",
        "OCHA Centre for Humanitarian Data, HDX Signals, methodology",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """A rule that users know from elsewhere: which units it fires in, given weekly counts with weeks in rows."""

    name: str
    words: str
    weeks_needed: int
    fires: Callable[[np.ndarray], np.ndarray]


def _acled_surge(counts: np.ndarray) -> np.ndarray:
    before = counts[-5:-1].mean(axis=0)
    return (before >= 1) & (counts[-1] >= 2 * before)


def _acled_threat(counts: np.ndarray) -> np.ndarray:
    year = counts[-56:-4].mean(axis=0)
    return (year > 0) & (counts[-4:].mean(axis=0) >= 2 * year)


COMPARATORS = (
    Rule(
        "acled_surge", "latest week at least twice the mean of the four before, that mean at least 1", 5, _acled_surge
    ),
    Rule("acled_threat", "mean of four weeks at least twice that of the 52 before", 56, _acled_threat),
)


@dataclass(frozen=True)
class Watch:
    """All units at once.

    Attributes
    ----------
    units
        One row per unit, most unusual first: see `watch_units`.
    panel
        Weekly counts: index ``week_start``, one column per unit.
    series
        For the units of ``units`` in order: ``unit, period_start, period_end, observed, expected, upper, alarm, status, reason``, one row per
        week, at most `SHOWN_WEEKS` of them.
    comparators
        One row per comparator: ``rule, words, n_units, false_alarms_per_year`` (mean over units), ``status, reason``.
    alpha
        The level of each unit's test.
    n_unplaced
        Attacks that are located too roughly for the unit, and are in none.
    """

    units: pd.DataFrame
    panel: pd.DataFrame
    series: pd.DataFrame
    comparators: pd.DataFrame
    alpha: float
    control: str
    n_unplaced: int

    @property
    def alerts(self) -> pd.DataFrame:
        """The units above their baseline."""
        return self.units[self.units["alarm"]].reset_index(drop=True)


def week_panel(
    attacks: pd.DataFrame, units: pd.Series, *, start: pd.Timestamp, end: pd.Timestamp
) -> pd.DataFrame:  # fmt: skip
    """Count attacks in weeks of seven days that end with the span, for all units at once.

    Returns
    -------
    pandas.DataFrame
        Index ``week_start``, ascending, whole weeks only; one column per unit (sorted), integer counts by first day.
    """
    n_weeks = int((end - start) // WEEK)
    names = sorted(units.dropna().unique())
    codes = pd.Categorical(units, categories=names).codes.astype(np.intp)
    back = ((end - DAY - attacks["date_start"]) // WEEK).to_numpy()
    held = (codes >= 0) & (back >= 0) & (back < n_weeks)
    flat = (n_weeks - 1 - back[held]) * len(names) + codes[held]
    counts = np.bincount(flat, minlength=n_weeks * len(names)).reshape(n_weeks, len(names))
    starts = pd.date_range(end - n_weeks * WEEK, periods=n_weeks, freq=WEEK, unit="us", name="week_start")
    return pd.DataFrame(counts, index=starts, columns=pd.Index(names, dtype="object"))


def compare_weeks(
    counts: np.ndarray, *, alpha: float, evaluate: np.ndarray | None = None
) -> farrington.FarringtonResult:  # fmt: skip
    """Compare each four weeks with all weeks before them.

    The four weeks' count is held against the negative binomial that the baseline predicts: mean ``m = 4 x / b`` for x attacks in b
    weeks, variance ``D m (1 + 4 / b)`` with D the dispersion of sums of four weeks in the baseline, at least 1; ``4 / b`` is
    what is not known of the rate itself. Over a baseline without any attack the exact conditional test decides: under an unchanged rate,
    whatever it is, all k attacks fall into the last four weeks with a chance of ``(4 / (b + 4))^k``.

    Parameters
    ----------
    counts
        Shape (n_weeks, n_units).
    alpha
        One-sided level.
    evaluate
        Indices of the last of each four weeks; default: all with `MIN_BASELINE_WEEKS` before.

    Returns
    -------
    FarringtonResult
        Per week: ``expected`` is ``m / 4``, ``upper`` the bound on the mean of four weeks.
    """
    counts = np.asarray(counts, dtype=float)
    n = len(counts)
    first = MIN_BASELINE_WEEKS + WINDOW_WEEKS - 1
    evaluated = np.arange(first, n) if evaluate is None else np.asarray(evaluate)
    total = np.vstack([np.zeros((1, counts.shape[1])), counts.cumsum(axis=0)])
    fours = total[WINDOW_WEEKS:] - total[:-WINDOW_WEEKS]  # fours[i]: weeks i to i + 3
    moments = np.vstack([np.zeros((1, counts.shape[1])), (fours**2).cumsum(axis=0)])
    sums = np.vstack([np.zeros((1, counts.shape[1])), fours.cumsum(axis=0)])
    weeks = (evaluated - WINDOW_WEEKS + 1)[:, None].astype(float)  # of the baseline
    held = total[evaluated - WINDOW_WEEKS + 1]
    n_fours = weeks - WINDOW_WEEKS + 1
    mean_fours = sums[(n_fours[:, 0]).astype(int)] / n_fours
    spread = moments[(n_fours[:, 0]).astype(int)] / n_fours - mean_fours**2
    # Overlapping sums vary less around their own mean than around the true one, by about four parts in their number.
    free = 1 - WINDOW_WEEKS / n_fours
    with np.errstate(invalid="ignore", divide="ignore"):
        dispersion = np.where(mean_fours > 0, np.maximum(spread / free / mean_fours, 1.0), np.nan)
    expected = WINDOW_WEEKS * held / weeks
    widened = dispersion * (1 + WINDOW_WEEKS / weeks)
    observed = fours[evaluated - WINDOW_WEEKS + 1]
    known = expected > 0
    # Where nothing came before, this many attacks are too many for chance.
    least = np.ceil(np.log(alpha) / np.log(WINDOW_WEEKS / (weeks + WINDOW_WEEKS))) - 1
    upper = np.where(known, np.nan, least)
    chance = (WINDOW_WEEKS / (weeks + WINDOW_WEEKS)) ** observed
    upper[known] = negative_binomial_bound(1 - alpha, expected[known], widened[known])
    chance[known] = negative_binomial_tail(observed[known], expected[known], widened[known])
    with np.errstate(invalid="ignore", divide="ignore"):
        score = np.where(
            upper > expected, (observed - expected) / (upper - expected), np.where(observed > upper, np.inf, 0.0)
        )
    return farrington.FarringtonResult(
        upper=upper / WINDOW_WEEKS,
        expected=expected / WINDOW_WEEKS,
        trend=np.zeros(expected.shape, dtype=bool),
        score=score,
        alarm=observed > upper,
        p_value=chance,
        dispersion=np.where(known, widened, np.nan),
        slope=np.zeros(expected.shape),
        status=np.full(expected.shape, farrington.COMPUTED, dtype=np.int8),
        evaluated=evaluated,
    )


def watch_units(
    study: Study,
    *,
    control: str = "alarms_per_year",
    alarms_per_year: float = ALARMS_PER_YEAR,
    false_discovery_rate: float = FALSE_DISCOVERY_RATE,
    n_simulations: int = N_SIMULATIONS,
    shown: int = 25,
) -> Watch:
    """Judge every unit of a study in the week that ends with as_of.

    Parameters
    ----------
    study
        Its selection's ``unit`` says what is watched.
    control
        Over many units: ``alarms_per_year`` shares out as many false alarms a year over all units (each unit's level never above
        `MAX_ALPHA`); ``fdr`` keeps the expected share of false ones among this week's alarms at ``false_discovery_rate`` (Benjamini &
        Hochberg 1995, Journal of the Royal Statistical Society B 57:289).
    alarms_per_year, false_discovery_rate
        See ``control``.
    n_simulations
        Runs behind each false-alarm rate.
    shown
        Units whose series are kept, besides those in alarm.

    Returns
    -------
    Watch
        ``units`` has ``unit, rule, rule_reason, window_weeks, period_start, period_end, observed, expected, upper, score, p_value, alarm,
        above_since, false_alarms_per_year``, a column for each comparator and ``hdx_level``, and the tail: ``value`` is observed over
        expected, missing over a zero expectation. Counts are per week. ``above_since`` is the first week of the unbroken run of alarms;
        ``false_alarms_per_year`` is simulated for units in alarm alone.

    Raises
    ------
    ValueError
        If ``control`` is unknown.
    """
    if control not in CONTROLS:
        raise ValueError(f"control is {control!r}; expected one of {', '.join(CONTROLS)}.")
    end = min(study.end, study.covered_end)
    panel = week_panel(study.attacks, study.units, start=study.start, end=end)
    counts = panel.to_numpy()
    n_weeks, n_units = counts.shape
    rule, why = rule_for(n_weeks)
    problem = (
        _problem(study)
        or ("" if n_units else "no attack is placed well enough to belong to a unit")
        or ("" if rule else why)
    )
    alpha = min(MAX_ALPHA, alarms_per_year / (WEEKS_PER_YEAR * max(n_units, 1)))
    rules, reasons = np.full(n_units, rule, dtype=object), np.full(n_units, why, dtype=object)
    if problem:
        judged = _unjudged(counts.shape)
    else:
        weeks = np.arange(max(n_weeks - SHOWN_WEEKS, first_week(rule)), n_weeks)
        judged = RULES[rule](counts, alpha, weeks)
        if rule == FARRINGTON and (void := _without_rate(judged)).any():
            judged = _replaced(judged, compare_weeks(counts[:, void], alpha=alpha, evaluate=weeks), void)
            rules[void], reasons[void] = (
                TWO_PERIODS,
                "the same weeks of five years hold next to nothing, so they give no rate",
            )
    alarm = judged.alarm.copy()
    if control == "fdr" and not problem:
        alarm[-1] = _discoveries(judged.p_value[-1], false_discovery_rate) & (judged.score[-1] > 0)
    units = _unit_rows(study, panel, judged, alarm, rules=rules, why=reasons, problem=problem, alpha=alpha)
    rates = {}
    if rule and not problem:
        seed = study.settings.seed
        for row in units[units["alarm"]].itertuples():
            rates[row.unit] = false_alarm_rate(
                panel[row.unit].to_numpy(), row.rule, alpha=alpha, n_simulations=n_simulations, seed=seed
            )
    units["false_alarms_per_year"] = units["unit"].map(rates).astype(float)
    fired, comparators = _compare(study, panel, problem, n_simulations=n_simulations)
    units = units.merge(fired, on="unit", how="left")
    kept = units["unit"].iloc[: max(shown, int(units["alarm"].sum()))]
    return Watch(
        units=units,
        panel=panel,
        series=_series(panel, judged, alarm, kept.tolist()),
        comparators=comparators,
        alpha=alpha,
        control=control,
        n_unplaced=int(study.units.isna().sum()),
    )


def _without_rate(judged: farrington.FarringtonResult) -> np.ndarray:
    """Return the units whose last week has a baseline so empty that a rate fitted to it means nothing."""
    empty = (judged.status[-1] == farrington.COMPUTED) & (judged.expected[-1] < LEAST_EXPECTED)
    return empty | np.isin(
        judged.status[-1], (farrington.ZERO_BASELINE, farrington.NO_CONVERGENCE, farrington.NO_BOUND)
    )


def _replaced(
    judged: farrington.FarringtonResult, other: farrington.FarringtonResult, columns: np.ndarray
) -> farrington.FarringtonResult:
    """Return a result with some of its units taken from another rule's."""
    changed = {}
    for name in ("upper", "expected", "trend", "score", "alarm", "p_value", "dispersion", "slope", "status"):
        array = getattr(judged, name).copy()
        array[:, columns] = getattr(other, name)
        changed[name] = array
    return replace(judged, **changed)


def rule_for(n_weeks: int) -> tuple[str, str]:
    """Return the strongest rule that a history of whole weeks carries, and why; none where it carries none."""
    years = f"the history has {n_weeks} whole weeks"
    if n_weeks > FARRINGTON_WEEKS:
        return FARRINGTON, f"{years}, and the rule needs {FARRINGTON_WEEKS + 1}"
    if n_weeks >= MIN_BASELINE_WEEKS + WINDOW_WEEKS:
        return (
            TWO_PERIODS,
            f"{years}, fewer than the {FARRINGTON_WEEKS + 1} that Farrington's rule needs",
        )
    if n_weeks > EARS_WEEKS:
        return (
            EARS,
            f"{years}, fewer than the {MIN_BASELINE_WEEKS + WINDOW_WEEKS} that a comparison of periods needs",
        )
    return "", f"{years}, and the shortest baseline needs {EARS_WEEKS + 1}"


def first_week(rule: str) -> int:
    """Return the index of the first week that a rule can judge."""
    return {
        FARRINGTON: FARRINGTON_WEEKS,
        TWO_PERIODS: MIN_BASELINE_WEEKS + WINDOW_WEEKS - 1,
        EARS: EARS_WEEKS,
    }[rule]


def _farrington(counts: np.ndarray, alpha: float, evaluate: np.ndarray) -> farrington.FarringtonResult:
    return farrington.farrington_flexible(counts, alpha=alpha, evaluate=evaluate, limit=MIN_RATE_LIMIT)


def _two_periods(counts: np.ndarray, alpha: float, evaluate: np.ndarray) -> farrington.FarringtonResult:
    return compare_weeks(counts, alpha=alpha, evaluate=evaluate)


def _ears(counts: np.ndarray, alpha: float, evaluate: np.ndarray) -> farrington.FarringtonResult:
    from analysis.statistics.surveillance import ears

    found = ears(counts, method="C2", alpha=alpha, min_sigma=EARS_LEAST_DEVIATION, evaluate=evaluate)
    observed = counts[evaluate]
    spread = np.maximum(found.upper - found.expected, 0)
    # Seven values give the deviation: excesses follow Student's t with six degrees of freedom, not the normal law.
    deviation = spread / norm.ppf(1 - alpha)
    scaled = np.divide(observed - found.expected, deviation, out=np.zeros(spread.shape), where=deviation > 0)
    return farrington.FarringtonResult(
        upper=found.upper,
        expected=found.expected,
        trend=np.zeros(found.upper.shape, dtype=bool),
        score=np.divide(observed - found.expected, spread, out=np.zeros(spread.shape), where=spread > 0),
        alarm=found.alarm,
        p_value=student_tail(scaled / np.sqrt(1 + 1 / 7), 6),
        dispersion=np.full(found.upper.shape, np.nan),
        slope=np.zeros(found.upper.shape),
        status=found.status,
        evaluated=evaluate,
    )


RULES: dict[str, Callable[[np.ndarray, float, np.ndarray], farrington.FarringtonResult]] = {
    FARRINGTON: _farrington,
    TWO_PERIODS: _two_periods,
    EARS: _ears,
}


def false_alarm_rate(
    counts: np.ndarray, rule: str, *, alpha: float, n_simulations: int = N_SIMULATIONS, seed: int = 20250701
) -> float:
    """Simulate how many alarms a year a rule would raise in a unit in which nothing changed.

    Whole histories are drawn at the unit's own mean and dispersion before the last four weeks (negative binomial; Poisson where counts vary less), and the
    last week of each is judged.

    Parameters
    ----------
    counts
        The unit's weekly counts.

    Returns
    -------
    float
        Alarms a year; its Monte Carlo error is ``52 sqrt(p (1 - p) / n_simulations)`` with p the chance in one week.
    """
    histories = _simulate(counts, n_weeks=min(len(counts), first_week(rule) + SHOWN_WEEKS), n=n_simulations, seed=seed)
    judged = RULES[rule](histories, alpha, np.array([len(histories) - 1]))
    return float(judged.alarm.mean() * WEEKS_PER_YEAR)


def _simulate(counts: np.ndarray, *, n_weeks: int, n: int, seed: int) -> np.ndarray:
    """Draw histories of shape (n_weeks, n) at a unit's own mean and dispersion, its last four weeks left out."""
    baseline = counts[:-WINDOW_WEEKS]
    mean = baseline.mean()
    generator = np.random.default_rng(seed)
    dispersion = baseline.var(ddof=1) / mean if mean > 0 else 1.0
    if dispersion <= 1:
        return generator.poisson(mean, (n_weeks, n)).astype(float)
    size = mean / (dispersion - 1)
    return generator.negative_binomial(size, 1 / dispersion, (n_weeks, n)).astype(float)


@kept_on_study
def watch_of(study: Study) -> Watch:
    """Judge a study's units once, for this question and those that build on it."""
    return watch_units(study)


def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    watch = watch_of(study)
    judged = watch.units[watch.units["status"].eq(COMPUTED)]
    for comparator in watch.comparators.itertuples():
        name = f"{comparator.rule}_units"
        if comparator.status == COMPUTED:
            rows.add(name, comparator.n_units, n_incidents=int(watch.panel.to_numpy().sum()))
        else:
            rows.skip(name, comparator.reason)
    if judged.empty:
        reasons = watch.units["reason"]
        rows.skip_rest(reasons.iloc[0] if len(reasons) else "no attack is placed well enough to belong to a unit")
        return rows.frame()
    method = "; ".join(judged["rule"].unique())
    n = int(watch.panel.to_numpy().sum())
    rows.add(
        "surge_units_judged", len(judged), n_incidents=n, method=f"count of units; {judged['rule_reason'].iloc[0]}"
    )
    ids = [name for held in watch.alerts["incident_ids"] for name in held]
    above = study.attacks[study.attacks["incident_id"].isin(ids)]
    rows.add("surge_units_above", len(watch.alerts), attacks=above, method=f"{method}, {_control_words(watch)}")
    expected = watch.alpha * len(judged) * WEEKS_PER_YEAR
    if watch.control == "fdr":
        rows.skip("surge_false_alarms_per_year", "the false discovery rate bounds a share of alarms, not their number")
    else:
        rows.add("surge_false_alarms_per_year", expected, n_incidents=n)
    first = judged.iloc[0]
    attacks = study.attacks[study.attacks["incident_id"].isin(first["incident_ids"])]
    if np.isnan(first["value"]):
        rows.skip("surge_observed_to_expected", "nothing was expected, and a ratio over zero is not a number")
    else:
        rows.add(
            "surge_observed_to_expected", first["value"], attacks=attacks, method=f"{first['rule']}, {first['unit']}"
        )
    rows.add("surge_p", first["p_value"], attacks=attacks, method=f"{first['rule']}, {first['unit']}")
    return rows.frame()


def alerts_document(watch: Watch, study: Study) -> dict[str, object]:
    """Return what ``alerts.json`` holds: every unit with its rule, and how the alarms are controlled."""
    return {
        "schema": 1,
        "as_of": study.as_of,
        "selection": study.selection.as_dict(),
        "unit": study.selection.unit,
        "control": watch.control,
        "alpha": watch.alpha,
        "n_units": len(watch.units),
        "n_alerts": len(watch.alerts),
        "n_unplaced_attacks": watch.n_unplaced,
        "comparators": watch.comparators.to_dict("records"),
        "units": watch.units.to_dict("records"),
    }


def _problem(study: Study) -> str:
    if study.covered_end < study.end:
        return f"the table covers the selection only to {study.covered_end - DAY:%Y-%m-%d}, not to as_of"
    return ""


def _unjudged(shape: tuple[int, int]) -> farrington.FarringtonResult:
    """Return a result of one week without any bound."""
    absent = np.full((1, shape[1]), np.nan)
    return farrington.FarringtonResult(
        upper=absent, expected=absent, trend=absent == 0, score=absent, alarm=absent == 0, p_value=absent, dispersion=absent,
        slope=absent, status=np.full(absent.shape, farrington.LITTLE_BASELINE, dtype=np.int8),
        evaluated=np.array([max(shape[0] - 1, 0)]),
    )  # fmt: skip


def _discoveries(p_values: np.ndarray, rate: float) -> np.ndarray:
    """Return which tests are discoveries at a false discovery rate; units without a p-value count as tested and not found."""
    p = np.where(np.isnan(p_values), 1.0, p_values)
    order = np.argsort(p)
    passed = np.flatnonzero(p[order] <= rate * (np.arange(p.size) + 1) / p.size)
    found = np.zeros(p.size, dtype=bool)
    if passed.size:
        found[order[: passed[-1] + 1]] = True
    return found


def _unit_rows(
    study: Study,
    panel: pd.DataFrame,
    judged: farrington.FarringtonResult,
    alarm: np.ndarray,
    *,
    rules: np.ndarray,
    why: np.ndarray,
    problem: str,
    alpha: float,
) -> pd.DataFrame:
    names, counts = panel.columns, panel.to_numpy()
    end = min(study.end, study.covered_end)
    weeks = np.where(rules == TWO_PERIODS, WINDOW_WEEKS, 1)
    start = end - weeks * WEEK
    began = study.units.map(dict(zip(names, start, strict=True)))
    held = study.attacks["date_start"].ge(began) & study.attacks["date_start"].lt(end)
    ids = study.attacks[held].groupby(study.units[held])["incident_id"].agg(list)
    observed = (
        np.where(weeks == 1, counts[-1:].mean(axis=0), counts[-WINDOW_WEEKS:].mean(axis=0)) if len(counts) else 0.0
    )
    expected = judged.expected[-1]
    computed = (judged.status[-1] == farrington.COMPUTED) & ~np.isnan(judged.upper[-1])
    reasons = [problem or _reason(status, held) for status, held in zip(judged.reason[-1], computed, strict=True)]
    runs = (~alarm[::-1]).argmax(axis=0)
    runs = np.where(alarm.all(axis=0), len(alarm), runs)
    since = [
        panel.index[judged.evaluated[-run]] - (length - 1) * WEEK if run else pd.NaT
        for run, length in zip(runs, weeks, strict=True)
    ]
    table = pd.DataFrame(
        {
            "unit": names,
            "rule": rules,
            "rule_reason": why,
            "window_weeks": weeks,
            "period_start": start,
            "period_end": end,
            "observed": observed,
            "expected": expected,
            "upper": judged.upper[-1],
            "score": judged.score[-1],
            "p_value": judged.p_value[-1],
            "alarm": alarm[-1],
            "above_since": pd.to_datetime(pd.Series(since, dtype="datetime64[us]")).to_numpy(),
            "value": np.divide(observed, expected, out=np.full(len(names), np.nan), where=expected > 0),
            "low": np.nan,
            "high": np.divide(judged.upper[-1], expected, out=np.full(len(names), np.nan), where=expected > 0),
            "level": 1 - alpha,
            "method": rules,
            "n_incidents": [len(ids.get(name, [])) for name in names],
            "incident_ids": [ids.get(name, []) for name in names],
            "status": np.where(computed, COMPUTED, NOT_COMPUTED),
            "reason": reasons,
        }
    )
    table.loc[~computed, ["value", "high", "p_value", "upper"]] = np.nan
    table["sparse"] = np.isnan(table["p_value"])
    ranked = table.sort_values(
        ["alarm", "sparse", "p_value", "observed", "unit"],
        ascending=[False, True, True, False, True],
        ignore_index=True,
    )
    return ranked.drop(columns="sparse")


def _reason(status: str, computed: bool) -> str:
    if computed:
        return ""
    limit = (
        f"fewer than {MIN_RATE_LIMIT[0]} attacks in the last {MIN_RATE_LIMIT[1]} weeks: too few to stand above anything"
    )
    return {
        "too few recent cases": limit,
        "all-zero baseline": "the baseline holds no attack, so it gives no rate to judge by",
    }.get(status, status)


def _series(
    panel: pd.DataFrame, judged: farrington.FarringtonResult, alarm: np.ndarray, units: list[str]
) -> pd.DataFrame:  # fmt: skip
    """Return the shown units' recent weeks, observed beside expected and bound."""
    recent = panel.iloc[-SHOWN_WEEKS:]
    position = pd.Index(np.arange(len(panel))[-SHOWN_WEEKS:])
    at = position.get_indexer(judged.evaluated)
    parts = []
    for unit in units:
        column = panel.columns.get_loc(unit)
        filled = {name: np.full(len(recent), np.nan) for name in ("expected", "upper")}
        raised = np.zeros(len(recent), dtype=bool)
        held = at >= 0
        filled["expected"][at[held]] = judged.expected[held, column]
        filled["upper"][at[held]] = judged.upper[held, column]
        filled["expected"][np.isnan(filled["upper"])] = np.nan
        raised[at[held]] = alarm[held, column]
        parts.append(
            pd.DataFrame(
                {
                    "unit": unit,
                    "period_start": recent.index,
                    "period_end": recent.index + WEEK,
                    "observed": recent[unit].to_numpy(dtype=float),
                    **filled,
                    "alarm": raised,
                    "status": COMPUTED,
                    "reason": "",
                }
            )
        )
    columns = ["unit", "period_start", "period_end", "observed", "expected", "upper", "alarm", "status", "reason"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _compare(
    study: Study, panel: pd.DataFrame, problem: str, *, n_simulations: int
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Return which comparators fire in which units, and how often each would if nothing changed."""
    fired = pd.DataFrame({"unit": panel.columns})
    rows = []
    counts = panel.to_numpy(dtype=float)
    for place, rule in enumerate(COMPARATORS):
        reason = problem
        if not reason and len(panel) < rule.weeks_needed:
            reason = f"the history has {len(panel)} whole weeks, and the rule needs {rule.weeks_needed}"
        if not reason and not panel.shape[1]:
            reason = "no attack is placed well enough to belong to a unit"
        held = np.zeros(panel.shape[1], dtype=bool) if reason else rule.fires(counts)
        fired[rule.name] = (
            pd.array(held, dtype="boolean") if not reason else pd.array([pd.NA] * len(held), dtype="boolean")
        )
        rate = np.nan
        if not reason:
            seeds = study.settings.seed + place
            busiest = np.argsort(-counts.sum(axis=0), kind="stable")[:25]
            rate = np.mean(
                [rule.fires(_simulate(counts[:, unit], n_weeks=rule.weeks_needed, n=n_simulations, seed=seeds)).mean() for unit in busiest]
            ) * WEEKS_PER_YEAR  # fmt: skip
        rows.append((rule.name, rule.words, int(held.sum()), rate, NOT_COMPUTED if reason else COMPUTED, reason))
    levels, reason = hdx_levels(study)
    unsaid = "not computed" if reason else "none"
    fired["hdx_level"] = pd.Series([levels.get(unit, unsaid) for unit in panel.columns], dtype="str")
    words = f"{HDX_DEATHS} deaths or more in {HDX_WINDOW} days, the most in a year (medium) or in three (high)"
    n_fired = int(fired["hdx_level"].isin(["medium", "high"]).sum())
    rows.append(("hdx_signal", words, n_fired, np.nan, NOT_COMPUTED if reason else COMPUTED, reason))
    columns = ["rule", "words", "n_units", "false_alarms_per_year", "status", "reason"]
    return fired, pd.DataFrame(rows, columns=columns)


HDX_DEATHS, HDX_WINDOW, HDX_YEAR, HDX_THREE_YEARS, HDX_QUIET = 100, 30, 366, 1096, 180


def hdx_levels(study: Study) -> tuple[dict[str, str], str]:
    """Return each unit's level by the HDX Signals rule on the last day, and why it could not be told.

    ``medium``: deaths of 30 days are at least 100 and the most of the last 366 days; ``high``: of the last 1,096 days, where coverage reaches as
    far. An alert is followed by 180 days of quiet, in which a level no higher than the alert's raises none; a higher level always does, so that quiet
    never hides a rise. ``quiet`` marks a unit whose level is held back so.
    """
    if problem := _problem(study):
        return {}, problem
    n_days = (study.end - study.start) // DAY
    if n_days < HDX_YEAR + HDX_WINDOW:
        return {}, f"the history has {n_days} days, and the rule needs {HDX_YEAR + HDX_WINDOW}"
    placed = study.units.notna() & study.attacks["fatalities_best"].notna()
    if not placed.any():
        return {}, "the table gives no best figure of deaths"
    levels = {}
    for unit, attacks in study.attacks[placed].groupby(study.units[placed], sort=True):
        day = ((attacks["date_start"] - study.start) // DAY).to_numpy()
        daily = np.bincount(day, weights=attacks["fatalities_best"], minlength=n_days)
        levels[unit] = hdx_level(daily)
    return levels, ""


def hdx_level(daily_deaths: np.ndarray) -> str:
    """Return the HDX Signals level on the last of consecutive days: ``none``, ``medium``, ``high`` or ``quiet``; see `hdx_levels`."""
    total = np.concatenate([[0.0], np.cumsum(daily_deaths)])
    sums = total[HDX_WINDOW:] - total[:-HDX_WINDOW]
    first = max(len(sums) - 2 * HDX_QUIET, HDX_YEAR - 1)
    issued_level, issued_on, shown = 0, -np.inf, "none"
    for now in range(first, len(sums)):
        level = 0
        if sums[now] >= HDX_DEATHS and sums[now] >= sums[max(now - HDX_YEAR + 1, 0) : now + 1].max():
            three_years = now >= HDX_THREE_YEARS - 1
            level = 2 if three_years and sums[now] >= sums[now - HDX_THREE_YEARS + 1 : now + 1].max() else 1
        shown = ("none", "medium", "high")[level]
        if level and now - issued_on < HDX_QUIET and level <= issued_level:
            shown = "quiet"
        elif level:
            issued_level, issued_on = level, now
    return shown


def _control_words(watch: Watch) -> str:
    if watch.control == "fdr":
        return f"false discovery rate {FALSE_DISCOVERY_RATE:.0%} over {len(watch.units)} units"
    return f"each unit at {watch.alpha:.2g} a week over {len(watch.units)} units"
