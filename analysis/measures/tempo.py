"""How unusual is the k-th offensive in w days?

Three numbers belong together: the chance in one window fixed beforehand, the chance that some window of the stated
history holds as many, and how long one waits for such a window. Each is given for independent offensives, which is the
optimistic case, and for offensives that bring others (a clustered null). None says why, and none is a forecast.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study
from analysis.language import message, say
from analysis.measures import offensives
from analysis.measures.result import COMPUTED, NOT_COMPUTED, TAIL, Basis, IndicatorRows, Measure, Table, row_tail
from analysis.statistics import evidence, rates, scan
from analysis.statistics.distributions import poisson

QUESTION = "tempo"
DAYS_PER_YEAR = 365.25
# Share of offensives that bring another in the clustered null; methods and literature give .2 to .6 for insurgencies.
BRANCHING_RATIO = 0.4
NULLS = {"independent": 0.0, "clustered": BRANCHING_RATIO}
NAUS = "Naus 1982, J Am Stat Assoc 77:177"
VILLE = "Ville 1939; Grünwald, de Heide & Koolen 2024, J R Stat Soc B 86:1091"

MEASURES = (
    Measure("offensive_rate_baseline", "offensives per year", "Offensives a year in the baseline.",
        message("exact Poisson interval"), "Garwood 1936, Biometrika 28:437"),
    *(
        Measure(f"tempo_{quantity}_{null}", unit, f"{meaning}, {wording}.", method, NAUS)
        for null, wording in (
            ("independent", "if offensives are independent"),
            ("clustered", f"if {BRANCHING_RATIO:.0%} of offensives are brought on by an earlier one"),
        )
        for quantity, unit, meaning, method in (
            ("fixed_window", "probability", "Chance of k or more offensives in one window fixed beforehand",
                message("upper tail at the baseline rate; bounds at the ends of the rate's interval")),
            ("any_window", "probability",
                "Chance that some window of that length in the stated history holds k or more",
                message("simulation on whole days; bounds at the ends of the rate's interval")),
            ("recurrence", "years", "Mean wait for a window with k or more",
                message("simulation on whole days; bounds at the ends of the rate's interval")),
        )
    ),
    Measure("tempo_any_window_closed_form", "probability",
        "The any-window chance for continuous time, beside the simulated one on days.",
        message("scan statistic, closed form"), NAUS),
    Measure("tempo_greatest", "offensives", "Most offensives in any window of the history; the detail says when.",
        message("largest count of a trailing window, day by day"), NAUS),
    *(
        Measure(f"tempo_greatest_{null}", "probability",
            f"Chance that some window of the history holds as many as the greatest, {wording}.",
            message("simulation on whole days, at the rate of the days outside that window"), NAUS)
        for null, wording in (
            ("independent", "if offensives are independent"),
            ("clustered", f"if {BRANCHING_RATIO:.0%} of offensives are brought on by an earlier one"),
        )
    ),
    Measure("tempo_e_value", "ratio",
        "Evidence against an unchanged rate, however often one looks while the window grows from its start: alarm at 20"
        " for 5 %.",
        message("predictive gamma mixture with the baseline's uncertainty, counts divided by the dispersion of clusters"
        " (branching ratio 0.4)"), VILLE),
    Measure("tempo_p_over_definitions", "probability",
        "Fixed-window chance under the default definition; low and high: over the grid of definitions of an offensive.",
        message("upper tail at each definition's own baseline rate"), "no published source"),
)  # fmt: skip


def rolling_counts(
    events: pd.Series,
    *,
    start: pd.Timestamp,
    end: pd.Timestamp,
    baseline_start: pd.Timestamp,
    baseline_end: pd.Timestamp,
    window_days: int = 30,
    level: float = 0.95,
) -> pd.DataFrame:
    """Count events in the trailing window of every day, with the band that a steady baseline rate would give.

    Parameters
    ----------
    events
        First days of the events, datetime64.
    start, end
        The span ``[start, end)``; days whose window begins before ``start`` have no value.
    baseline_start, baseline_end
        The span that the band's rate comes from.

    Returns
    -------
    pandas.DataFrame
        One row per day: ``day, expected, baseline_low, baseline_high`` (central Poisson range of ``level``) and the
        tail; ``value`` counts events in the window that ends with that day.
    """
    n_days = (end - start) // DAY
    position = ((events - start) // DAY).to_numpy()
    daily = np.bincount(position[(position >= 0) & (position < n_days)], minlength=n_days)
    total = np.concatenate([[0], np.cumsum(daily)])
    value = np.full(n_days, np.nan)
    value[window_days - 1 :] = total[window_days:] - total[:-window_days]
    baseline_days = (baseline_end - baseline_start) // DAY
    expected = np.nan
    if baseline_days > 0:
        held = events.ge(baseline_start) & events.lt(baseline_end)
        expected = held.sum() / baseline_days * window_days
    computed = ~np.isnan(value)
    return pd.DataFrame(
        {
            "day": pd.date_range(start, periods=n_days, unit="us"),
            "expected": expected,
            "baseline_low": poisson.ppf((1 - level) / 2, expected) if expected > 0 else expected,
            "baseline_high": poisson.ppf((1 + level) / 2, expected) if expected > 0 else expected,
            "value": value,
            "low": np.nan,
            "high": np.nan,
            "level": level,
            "method": say("count in the trailing {days} days", days=window_days),
            "n_incidents": np.nan_to_num(value).astype(int),
            "status": np.where(computed, COMPUTED, NOT_COMPUTED),
            "reason": np.where(computed, "", say("the window begins before coverage")),
        }
    )


def estimate_unusualness(
    k: int,
    *,
    baseline_count: int,
    baseline_days: float,
    window_days: int,
    history_days: int,
    level: float = 0.95,
    n_simulations: int = 20_000,
    seed: int = 20250701,
) -> pd.DataFrame:
    """Say how unusual ``k`` or more events in a window are at the baseline's rate, under both nulls.

    Returns
    -------
    pandas.DataFrame
        Six rows, null by null: ``null, quantity`` (``fixed_window``, ``any_window``, ``recurrence_years``), ``k,
        window_days, history_days`` and the tail. ``low`` and ``high`` are the values at the ends of the baseline rate's
        exact interval; a rate of zero at its lower end gives a chance of zero and a wait without end (inf).

    Raises
    ------
    ValueError
        If ``k`` is not positive or the baseline holds no event.
    """
    if k < 1 or baseline_count < 1:
        raise ValueError(f"k is {k} and the baseline holds {baseline_count} events; both must be at least 1.")
    low_rate, high_rate = rates.poisson_interval(baseline_count, baseline_days, level=level)
    triple = (baseline_count / baseline_days, float(low_rate), float(high_rate))
    rows = []
    for null, branching_ratio in NULLS.items():
        common: Any = {"window_days": window_days, "n_simulations": n_simulations, "seed": seed}
        common["branching_ratio"] = branching_ratio
        fixed = [scan.fixed_window_probability(k, rate_per_day=rate, **common) for rate in triple]
        some = [scan.window_probability(k, rate_per_day=rate, history_days=history_days, **common) for rate in triple]
        wait = [scan.recurrence_interval_days(k, rate_per_day=rate, **common) / DAYS_PER_YEAR for rate in triple]
        exact = say("simulation on whole days") if branching_ratio else say("Poisson tail")
        for quantity, values, bounds, method in (
            ("fixed_window", fixed, fixed[1:], exact),
            ("any_window", some, some[1:], say("simulation on whole days")),
            ("recurrence_years", wait, wait[:0:-1], say("simulation on whole days")),
        ):
            of = {"k": k, "window_days": window_days, "history_days": history_days}
            tail = row_tail(values[0], *bounds, level=level, method=method, n_incidents=baseline_count)
            del tail["incident_ids"]
            rows.append({"null": null, "quantity": quantity, **of, **tail})
    return pd.DataFrame(rows)


@in_its_language
def compare_definitions(study: Study) -> pd.DataFrame:
    """Give the fixed-window chance under every definition of an offensive, each with its own baseline.

    Returns
    -------
    pandas.DataFrame
        The rows of `linking.definition_grid` for window and baseline with, as ``value``, the chance of
        ``n_window`` or more in one window; not computed where the window or the baseline holds none.
    """
    table = offensives.grid_of(study).copy()
    days = (study.window_start - study.baseline_start) // DAY
    expected = table["n_baseline"] / days * study.settings.window_days
    computed = table["status"].eq(COMPUTED) & table["n_window"].gt(0) & table["n_baseline"].gt(0)
    table["value"] = _poisson_tail(table["n_window"], expected).where(computed)
    table["method"] = say("Poisson tail at the definition's own baseline rate")
    table["status"] = np.where(computed, COMPUTED, NOT_COMPUTED)
    table["reason"] = np.where(computed, "", say("the window or the baseline holds no offensive by this definition"))
    return table


@in_its_language
def rolling_of(study: Study) -> pd.DataFrame:
    """Count a study's offensives in the trailing window of every covered day; no value where they cannot be told, as of
    `offensives.untold_between`."""
    finding = offensives.offensives_of(study)
    table = rolling_counts(
        finding.offensives["date_start"], start=study.start, end=min(study.end, study.covered_end),
        baseline_start=study.baseline_start, baseline_end=study.window_start,
        window_days=study.settings.window_days, level=study.settings.level,
    )  # fmt: skip
    if finding.problem:
        table["value"] = np.nan
        table["status"], table["reason"] = NOT_COMPUTED, finding.problem
        return table
    days = np.arange(1, len(table) + 1)
    alone, of_all = offensives.alone_of_all(study, days - study.settings.window_days, days)
    untold = table["value"].eq(0) & (2 * alone > of_all)
    table["value"] = table["value"].mask(untold)
    told = say("most attacks of these days cannot be joined to others")
    return table.assign(status=table["status"].mask(untold, NOT_COMPUTED), reason=table["reason"].mask(untold, told))


@in_its_language
def unusualness_problem(study: Study) -> str:
    """Return why a study's count of offensives cannot be judged, or ``""`` where it can."""
    finding = offensives.offensives_of(study)
    if problem := finding.problem or study.baseline_problem() or _untold(study):
        return problem
    if not study.settings.headline_count and finding.within(study.window_start, study.end).empty:
        return say("no offensive began in the window, so there is no k-th one to judge")
    if finding.within(study.baseline_start, study.window_start).empty:
        return say("the baseline holds no offensive, so it gives no rate to judge by")
    return ""


def _untold(study: Study) -> str:
    """Return why one of the two counts that are compared is not told, though it is none; ``""`` where both are."""
    now = "" if study.settings.headline_count else offensives.untold_between(study, study.window_start, study.end)
    return now or offensives.untold_between(study, study.baseline_start, study.window_start)


@kept_on_study
def unusualness_of(study: Study) -> pd.DataFrame:
    """Say once how unusual a study's count of offensives is; see `estimate_unusualness`. Empty where it cannot be
    judged."""
    if unusualness_problem(study):
        return pd.DataFrame(columns=["null", "quantity", "k", "window_days", "history_days", *TAIL])
    settings = study.settings
    k, known = _headline(study)
    return estimate_unusualness(
        k,
        **known,
        window_days=settings.window_days,
        level=settings.level,
        n_simulations=settings.n_simulations,
        seed=settings.seed,
    )


@kept_on_study
def headline_chances(study: Study) -> dict[str, float]:
    """Return ``k``, ``fixed_window`` (independent) and ``any_window`` (clustered), as `unusualness_of` has them,
    without its bounds.

    A fifth of the time of the whole table, for a screen that waits; empty where they cannot be judged.
    """
    if unusualness_problem(study):
        return {}
    k, known = _headline(study)
    settings = study.settings
    rate = known["baseline_count"] / known["baseline_days"]
    fixed = scan.fixed_window_probability(k, rate_per_day=rate, window_days=settings.window_days)
    some = scan.window_probability(
        k, rate_per_day=rate, window_days=settings.window_days, history_days=known["history_days"],
        branching_ratio=BRANCHING_RATIO, n_simulations=settings.n_simulations, seed=settings.seed,
    )  # fmt: skip
    return {"k": k, "fixed_window": fixed, "any_window": float(some)}


def _headline(study: Study) -> tuple[int, dict[str, int]]:
    """Return the k of a study's window, and what it is held against."""
    finding = offensives.offensives_of(study)
    known = {
        "baseline_count": len(finding.within(study.baseline_start, study.window_start)),
        "baseline_days": (study.window_start - study.baseline_start) // DAY,
        "history_days": (study.end - study.baseline_start) // DAY,
    }
    return study.settings.headline_count or len(finding.within(study.window_start, study.end)), known


@dataclass(frozen=True)
class Greatest:
    """The window of a history that held most offensives; where several did, the first."""

    k: int  # offensives in it
    # Of the window.
    first_day: pd.Timestamp
    last_day: pd.Timestamp
    # By null: that some window of the history holds as many, at the rate of the days outside this one; empty where
    # those held none.
    chances: Mapping[str, float]


@kept_on_study
def fullest_of(study: Study) -> tuple[int, pd.Timestamp] | None:
    """Return how many offensives the fullest window of a study's history holds, and the last day of the first that
    does; none where most attacks of the history cannot be joined to others, or where no window holds any."""
    finding = offensives.offensives_of(study)
    if finding.problem or finding.offensives.empty or offensives.mostly_alone(study, study.start, study.end):
        return None
    held = rolling_of(study).set_index("day")["value"].fillna(0)
    return (int(held.max()), held.idxmax()) if held.max() > 0 else None


@kept_on_study
def greatest_of(study: Study) -> Greatest | None:
    """Find the window with most offensives in a study's whole history, as of `fullest_of`.

    The chance looks at the whole history, because that is what was looked at; the window itself gives no rate to be
    judged by.
    """
    fullest = fullest_of(study)
    if fullest is None:
        return None
    k, last_day = fullest
    settings = study.settings
    history_days = (min(study.end, study.covered_end) - study.start) // DAY
    outside = len(offensives.offensives_of(study).offensives) - k
    chances = {}
    if outside > 0:
        rate = outside / (history_days - settings.window_days)
        chances = {
            null: scan.window_probability(
                k, rate_per_day=rate, window_days=settings.window_days, history_days=history_days,
                branching_ratio=branching_ratio, n_simulations=settings.n_simulations, seed=settings.seed,
            )
            for null, branching_ratio in NULLS.items()
        }  # fmt: skip
    return Greatest(k, last_day - (settings.window_days - 1) * DAY, last_day, chances)


def why_no_greatest(study: Study) -> str:
    """Return why no window is the fullest of a study's history, where `fullest_of` finds none."""
    alone = offensives.mostly_alone(study, study.start, study.end)
    return alone or say("the history holds no offensive in a whole window")


def _add_greatest(rows: IndicatorRows, study: Study) -> None:
    found = greatest_of(study)
    names = ("tempo_greatest", *(f"tempo_greatest_{null}" for null in NULLS))
    if found is None:
        rows.skip(names, why_no_greatest(study), span="history")
        return
    within = offensives.offensives_of(study).within(found.first_day, found.last_day + DAY)
    detail = {"first_day": f"{found.first_day:%Y-%m-%d}", "last_day": f"{found.last_day:%Y-%m-%d}"}
    on: Basis = {"attacks": offensives.members(study.attacks, within), "span": "history"}
    rows.add("tempo_greatest", found.k, detail=detail, **on)
    nothing = say("no offensive lies outside that window, so there is no rate to judge by")
    for null in NULLS:
        rows.add(f"tempo_greatest_{null}", found.chances.get(null, np.nan), detail=detail, otherwise=nothing, **on)


@in_its_language
def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    finding = offensives.offensives_of(study)
    if problem := finding.problem or study.baseline_problem():
        return rows.skip_rest(problem, baseline=True).frame()
    settings = study.settings
    _add_greatest(rows, study)
    if problem := _untold(study):
        return rows.skip_rest(problem, baseline=True).frame()
    recent = finding.within(study.window_start, study.end)
    earlier = finding.within(study.baseline_start, study.window_start)
    baseline_days = (study.window_start - study.baseline_start) // DAY
    low, high = rates.poisson_interval(len(earlier), baseline_days / DAYS_PER_YEAR, level=settings.level)
    rows.add(
        "offensive_rate_baseline", len(earlier) / baseline_days * DAYS_PER_YEAR, low=low, high=high,
        level=settings.level, attacks=offensives.members(study.attacks, earlier), span="baseline",
    )  # fmt: skip
    based_on: Basis = {"attacks": offensives.members(study.attacks, pd.concat([earlier, recent])), "baseline": True}
    e_value = evidence.predictive_e_value(
        len(recent), settings.window_days, baseline_events=len(earlier), baseline_exposure=baseline_days,
        dispersion=1 / (1 - BRANCHING_RATIO) ** 2,
    )  # fmt: skip
    rows.add("tempo_e_value", e_value, **based_on)
    if problem := unusualness_problem(study):
        return rows.skip_rest(problem, baseline=True).frame()

    table = unusualness_of(study)
    k, history_days = int(table["k"].iloc[0]), int(table["history_days"].iloc[0])
    stated = {"k": k, "days": settings.window_days}
    for row in table.itertuples():
        name = f"tempo_{row.quantity.removesuffix('_years')}_{row.null}"
        method = say("{method}; k = {k} in {days} days", method=row.method, **stated)
        if row.quantity == "any_window":
            method = say(
                "{method}; k = {k} in {days} days, in a history of {history} days",
                method=row.method, history=history_days, **stated,
            )  # fmt: skip
        if np.isinf(row.value):
            rows.skip(name, say("no simulated history held {k} in {days} days", **stated), baseline=True)
        else:
            bounds = {"low": row.low, "high": row.high, "level": row.level}
            rows.add(name, row.value, **bounds, method=method, **based_on)
    closed = scan.naus_probability(
        k,
        expected_per_window=len(earlier) / baseline_days * settings.window_days,
        n_windows=history_days / settings.window_days,
    )
    naus = say("Naus approximation; k = {k} in {days} days", **stated)
    rows.add("tempo_any_window_closed_form", closed, method=naus, **based_on)
    definitions = compare_definitions(study)
    judged = definitions[definitions["status"].eq(COMPUTED)]
    default = judged[judged["is_default"]]
    if default.empty:
        reason = say("the window holds no offensive by the default definition")
        rows.skip("tempo_p_over_definitions", reason, baseline=True)
    else:
        rows.add(
            "tempo_p_over_definitions", default["value"].iloc[0], low=judged["value"].min(), high=judged["value"].max(),
            method=say("Poisson tail under {n} of {of} definitions", n=len(judged), of=len(definitions)), **based_on,
        )  # fmt: skip
    return rows.frame()


def _poisson_tail(count: pd.Series, expected: pd.Series) -> pd.Series:
    return pd.Series(poisson.sf(count - 1, expected), index=count.index)


# What ``study.tempo`` holds as tables.
TABLES = (
    Table("rolling", "Offensives in every window of `window_days` days, by the window's last day.", rolling_of),
    Table("unusualness", "Chance of so many offensives, for each k, under both nulls.", unusualness_of,
        because="tempo_fixed_window_independent"),
)  # fmt: skip
