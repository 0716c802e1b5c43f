"""How often, and is that more than before?

An incident is counted on its first day; one that is dated to a month or a year evenly on all its days, as everywhere
(`analysis.incidents.counting`). Where its days are known only roughly, ``low`` counts the incidents that lie surely
inside the period and ``high`` those that may: dating bounds, not a confidence interval.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.incidents.counting import counted_spans, days_within, periods_of, possible_spans
from analysis.incidents.parameters import SPLITS
from analysis.incidents.selection import part_of
from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study
from analysis.language import message, say
from analysis.measures import panels
from analysis.measures.noise import NOISE_SPANS, noise_of, span_counts_of_parts, span_edges
from analysis.measures.result import COMPUTED, NOT_COMPUTED, TAIL, Basis, IndicatorRows, Measure, Table, row_tail
from analysis.statistics import local_level, rates
from analysis.statistics.given import one_of
from analysis.statistics.local_level import Noise

QUESTION = "frequency"
HOLDS_FOR_COUNTS = True
PERIODS = {"day": "D", "week": "W-SUN", "month": "M"}  # weeks start on Monday
DAYS_PER_WEEK = 7
BY_DAY = message("count by first day, of rough dates by their days; bounds from date precision")

MEASURES = (
    Measure("attacks_in_window", "attacks",
        "Attacks in the trailing window; low and high: surely and possibly inside it, given how well they are dated.",
        BY_DAY),
    Measure("attacks_in_baseline", "attacks", "Attacks in the baseline, which ends where the window starts.",
        BY_DAY),
    Measure("attack_rate_window", "attacks per week", "Rate of recorded attacks in the window.",
        message("gamma interval, widened by the noise from month to month"),
        "West & Harrison 1997, Bayesian Forecasting and Dynamic Models"),
    Measure("attack_rate_baseline", "attacks per week", "Rate of recorded attacks in the baseline.",
        message("gamma interval, widened by the noise from month to month"),
        "West & Harrison 1997, Bayesian Forecasting and Dynamic Models"),
    Measure("attack_dispersion", "ratio",
        "Variance over mean of monthly counts around a level that may move: 1 for independent attacks.",
        message("local-level model of counts over the last five years"),
        "West & Harrison 1997, Bayesian Forecasting and Dynamic Models"),
    Measure("attack_rate_ratio", "ratio",
        "Recorded rate in the window over that in the baseline; a change of recording moves it too.",
        message("ratio of levels under the noise from month to month"),
        "West & Harrison 1997, Bayesian Forecasting and Dynamic Models"),
    Measure("attack_rate_ratio_p", "probability",
        "Chance of a difference at least as large if both recorded rates were equal (two-sided).",
        message("twice the smaller chance that the ratio is above or below 1, under the noise from month to month"),
        "West & Harrison 1997, Bayesian Forecasting and Dynamic Models"),
)  # fmt: skip


def count_attacks(
    attacks: pd.DataFrame,
    *,
    start: pd.Timestamp,
    end: pd.Timestamp,
    covered_end: pd.Timestamp | None = None,
    told: pd.Timestamp | None = None,
    period: str = "month",
    units: pd.Series | None = None,
) -> pd.DataFrame:
    """Count attacks by unit and calendar period, with zeros inside coverage and missing values outside it.

    Parameters
    ----------
    attacks
        Canonical incidents.
    start, end
        The span ``[start, end)`` counted.
    covered_end
        Where coverage ends (exclusive), if before ``end``.
    told
        Up to where the table tells of days (exclusive), if after ``end``: the share of a rough date's days that lies
        there is not counted.
    period
        ``day``, ``week`` (from Monday) or ``month``.
    units
        Each attack's unit, aligned with ``attacks``; missing ones are left out. Default: one unit, ``all``.

    Returns
    -------
    pandas.DataFrame
        One row per unit and period in that order: ``unit, period, period_start, period_end, complete`` and the
        tail. ``value`` counts attacks by first day, or by the share of their days; ``low`` and ``high`` bound it by
        date precision. ``complete`` is False for a period cut by the span's edges.
    """
    one_of("period", period, PERIODS)
    covered_end = end if covered_end is None else min(end, covered_end)
    units = pd.Series("all", index=attacks.index) if units is None else units
    placed = attacks[units.notna() & attacks["date_start"].ge(start) & attacks["date_start"].lt(end)]
    names, codes = _codes(units.loc[placed.index], default=units)
    bins = pd.period_range(start, end - DAY, freq=PERIODS[period])
    edges = bins.start_time.append(bins[-1:].end_time.ceil("D")).as_unit("us")
    days = np.clip((edges - start) // DAY, 0, (end - start) // DAY)
    shape = (len(names), len(bins))

    counted = days_within(*counted_spans(placed), start=start, end_of_all=end, told=told)
    row, at, share = periods_of(*counted, days)
    cell = codes[row] * shape[1] + at
    open_first, open_end = possible_spans(placed)
    begins, ends = days_within(open_first, open_end, start=start, end_of_all=end)
    first, last = (np.searchsorted(days, edge, side="right") - 1 for edge in (begins, np.maximum(ends - 1, begins)))
    surely = _tally(codes[first == last], first[first == last], shape)
    opened = _tally(codes, first, (shape[0], shape[1] + 1))
    closed = _tally(codes, last + 1, (shape[0], shape[1] + 1))
    possibly = np.cumsum(opened - closed, axis=1)[:, :-1]

    ids = np.empty(shape, dtype=object)
    for flat in np.ndindex(shape):
        ids[flat] = []
    for unit, position, name in zip(codes[row], at, placed["incident_id"].iloc[row], strict=True):
        ids[unit, position].append(name)
    table = pd.DataFrame(
        {
            "unit": np.repeat(names, len(bins)),
            "period": period,
            "period_start": np.tile(edges[:-1], len(names)),
            "period_end": np.tile(edges[1:], len(names)),
            "value": np.bincount(cell, weights=share, minlength=shape[0] * shape[1]).round(6),
            "low": surely.ravel().astype(float),
            "high": possibly.ravel().astype(float),
            "level": np.nan,
            "method": say(BY_DAY),
            "n_incidents": np.bincount(cell, minlength=shape[0] * shape[1]),
            "incident_ids": ids.ravel(),
        }
    )
    table.insert(4, "complete", table["period_start"].ge(start) & table["period_end"].le(covered_end))
    outside = table["period_start"].ge(covered_end)
    table.loc[outside, ["value", "low", "high"]] = np.nan
    table["status"] = np.where(outside, NOT_COMPUTED, COMPUTED)
    table["reason"] = np.where(outside, say("outside coverage, which ends on {day}", day=covered_end - DAY), "")
    return table


def compare_periods(
    count: float,
    days: float,
    baseline_count: float,
    baseline_days: float,
    *,
    noise: Noise | None = None,
    level: float = 0.95,
) -> rates.RateRatio:
    """Compare two recorded rates: under the table's own noise, or by the E-test for events that come alone.

    Parameters
    ----------
    count, days, baseline_count, baseline_days
        Events and days of the window and of the baseline.
    noise
        Of the series that the counts are of. Then the interval is central under `local_level.chance_above`, and the
        p-value twice the smaller chance that the ratio is above or below 1. Without it: `rates.rate_ratio_test`, for
        whole numbers.
    level
        Of the interval.

    Raises
    ------
    ValueError
        If the baseline count is zero: a ratio over zero is not a number.
    """
    if baseline_count == 0:
        raise ValueError("the baseline holds no attack, and a ratio over zero is not a number")
    if noise is None:
        return rates.rate_ratio_test(count, days, baseline_count, baseline_days, level=level)
    share, dispersions, weights = baseline_days / days, noise.dispersions, noise.of_dispersion
    low, high = local_level.ratio_interval(
        count, baseline_count, share=share, dispersions=dispersions, weights=weights, level=level
    )
    above = float(
        local_level.chance_above(count, baseline_count, 1.0, share=share, dispersions=dispersions, weights=weights)
    )
    return rates.RateRatio(
        ratio=float((count / days) / (baseline_count / baseline_days)),
        low=float(low),
        high=float(high),
        p_value=2 * min(above, 1 - above),
        method=_method(float(noise.dispersion)),
    )


def dating_bounds(attacks: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> tuple[int, int]:
    """Return how many attacks lie surely, and how many possibly, in the days ``[start, end)``."""
    first, last = (edge.to_numpy() for edge in possible_spans(attacks))
    begin, beyond = start.to_datetime64(), end.to_datetime64()
    surely = (first >= begin) & (last <= beyond)
    return int(surely.sum()), int(((first < beyond) & (last > begin)).sum())


@dataclass(frozen=True)
class Comparison:
    """A study's window against its baseline; ``ratio`` is missing, with the reason, where there is nothing to
    compare."""

    recent: pd.DataFrame
    earlier: pd.DataFrame
    n_recent: float
    n_earlier: float
    baseline_days: int
    noise: Noise | None = None
    ratio: rates.RateRatio | None = None
    problem: str = ""


@kept_on_study
def comparison_of(study: Study) -> Comparison:
    """Compare a study's window with its baseline once, for this question and those that build on it."""
    spans = (study.window_start, study.end), (study.baseline_start, study.window_start)
    numbers = study.count_between(*spans[0]), study.count_between(*spans[1])
    recent, earlier = (study.attacks_in(*span) for span in spans)
    baseline_days = (study.window_start - study.baseline_start) // DAY
    if problem := study.baseline_problem():
        return Comparison(recent, earlier, *numbers, baseline_days, problem=problem)
    noise = noise_of(study)
    if numbers[1] == 0:
        problem = say("the baseline holds no attack, and a ratio over zero is not a number")
        return Comparison(recent, earlier, *numbers, baseline_days, noise, problem=problem)
    settings = study.settings
    ratio = compare_periods(
        numbers[0], settings.window_days, numbers[1], baseline_days, noise=noise, level=settings.level
    )
    return Comparison(recent, earlier, *numbers, baseline_days, noise, ratio)


@in_its_language
def counts_of(study: Study, *, period: str = "month") -> pd.DataFrame:
    """Count a study's attacks by calendar period, as one unit; see `count_attacks`.

    Of a table of counts: whole covered months, or weeks, with no bounds by dating.
    """
    if study.holds_counts:
        return _counts_in(study, period, by_unit=False)
    return _attacks_in(study, period, pd.Series(study.place, index=study.attacks.index))


@in_its_language
def counts_by_unit(study: Study, *, period: str = "month") -> pd.DataFrame:
    """Count a study's attacks by unit and calendar period; see `counts_of`. Rows of no unit are left out."""
    if study.holds_counts:
        return _counts_in(study, period, by_unit=True)
    return _attacks_in(study, period, study.units)


def _attacks_in(study: Study, period: str, units: pd.Series) -> pd.DataFrame:
    span = {"start": study.start, "end": study.end, "covered_end": study.covered_end, "told": study.told_end}
    return count_attacks(study.attacks, **span, period=period, units=units)


def _counts_in(study: Study, period: str, *, by_unit: bool) -> pd.DataFrame:
    """Return the numbers of a table of counts in the form of `count_attacks`."""
    panels_by_period = {"month": panels.month_panel, "week": panels.week_panel}
    if period not in panels_by_period:
        raise ValueError(f"period is {period!r}; of a table of counts expected one of {', '.join(panels_by_period)}.")
    panel = panels_by_period[period](study, by_unit=by_unit)
    ends = panel.index + (pd.offsets.MonthBegin(1) if period == "month" else panels.WEEK_DAYS * DAY)
    value = panel.to_numpy(dtype=float).T.ravel()
    names = panel.columns if by_unit else [study.place]
    return pd.DataFrame(
        {
            "unit": np.repeat(np.asarray(names, dtype=object), len(panel)),
            "period": period,
            "period_start": np.tile(panel.index, len(names)),
            "period_end": np.tile(ends, len(names)),
            "complete": True,
            "value": value,
            "low": value,
            "high": value,
            "level": np.nan,
            "method": say("count of a table of counts, spread evenly over the days of its periods"),
            "n_incidents": 0,
            "incident_ids": [[] for _ in value],
            "status": COMPUTED,
            "reason": "",
        }
    )


def rolling_of(study: Study) -> pd.DataFrame:
    """Count a study's attacks in every covered window of `window_days` days.

    Returns
    -------
    pandas.DataFrame
        One row a day, the window's last: ``day, value``. Attacks that are dated roughly are spread over their days.
    """
    days, window = study.daily_counts()[: (study.covered_end - study.start) // DAY], study.settings.window_days
    value = np.convolve(days, np.ones(window), mode="valid") if len(days) >= window else np.empty(0)
    first = study.start + (window - 1) * DAY
    return pd.DataFrame({"day": pd.date_range(first, periods=len(value), unit="us"), "value": value.round(6)})


@in_its_language
def compare_parts(study: Study, *, by: str) -> pd.DataFrame:
    """Compare window and baseline for each part of the attacks.

    Parameters
    ----------
    by
        ``unit`` (the study's unit) or one of `SPLITS`: attacker, attacker_type, pair, target_type, target_group,
        event_type, tactic.

    Returns
    -------
    pandas.DataFrame
        One row per part, most attacks in the window first: ``part, n_window, n_baseline`` and the tail, ``value`` being
        the ratio of recorded rates under the part's own noise, as for the whole. A part with no baseline has no ratio.
        The parts are not a family of tests: with many of them some will stand out by chance. A table of counts holds
        no attacks, and has none.
    """
    if by != "unit" and by not in SPLITS:
        raise ValueError(f"by is {by!r}; expected unit, {', '.join(SPLITS)}.")
    columns = ["part", "n_window", "n_baseline", *TAIL]
    if study.counts is not None:
        return pd.DataFrame(columns=columns)
    names = study.units if by == "unit" else part_of(study.attacks, by)
    names = names.fillna(say("not known"))
    codes, parts = pd.factorize(names, sort=True)
    spans_held = (study.baseline_start, study.window_start), (study.window_start, study.end)
    shares = dict(zip(("n_baseline", "n_window"), (study.shares_between(*span) for span in spans_held), strict=True))
    table = pd.DataFrame({
        name: np.bincount(codes, weights=share, minlength=len(parts)).round(6) for name, share in shares.items()
    })  # fmt: skip
    table.insert(0, "part", np.asarray(parts, dtype=object))
    table = table[table["n_window"].gt(0) | table["n_baseline"].gt(0)]
    problem, level = study.baseline_problem(), study.settings.level
    of = np.flatnonzero(table["n_baseline"].gt(0)) if not problem else np.empty(0, dtype=int)
    told: dict[str, Any] = {name: np.full(len(table), np.nan) for name in ("ratio", "low", "high")}
    told["method"] = np.full(len(table), "", dtype=object)
    if of.size:
        spans = span_counts_of_parts(study, codes, span_edges(study)[-NOISE_SPANS - 1 :], len(parts))
        for name, values in _compared(study, table.iloc[of], spans[table.index[of]]).items():
            told[name][of] = values
    ids = study.attacks["incident_id"].to_numpy()
    order = np.flatnonzero((shares["n_baseline"] > 0) | (shares["n_window"] > 0))
    order = order[np.argsort(codes[order], kind="stable")]
    n_rows = np.bincount(codes[order], minlength=len(parts))
    nothing = problem or say("the baseline holds none")
    tails = [
        row_tail(
            ratio, low, high, level=level, method=method, reason="" if method else nothing,
            ids=list(ids[order[end - n : end]]),
        )
        for ratio, low, high, method, end, n in zip(
            *(told[name] for name in ("ratio", "low", "high", "method")), np.cumsum(n_rows)[table.index],
            n_rows[table.index], strict=True,
        )
    ]  # fmt: skip
    rows = [held | tail for held, tail in zip(table.to_dict("records"), tails, strict=True)]
    table = pd.DataFrame(rows, columns=columns)
    if (table[["n_window", "n_baseline"]] % 1 == 0).all(axis=None):  # whole numbers, but of attacks dated roughly
        table = table.astype({"n_window": "int64", "n_baseline": "int64"})
    return table.sort_values(["n_window", "n_baseline", "part"], ascending=[False, False, True], ignore_index=True)


def _compared(study: Study, parts: pd.DataFrame, spans: np.ndarray) -> dict[str, np.ndarray]:
    """Return the ratio, interval and method of parts with attacks in their baseline, as `compare_periods` under the
    noise of their counts over spans; parts with the same counts are compared once."""
    counts = parts[["n_window", "n_baseline"]].to_numpy(dtype=float)
    distinct, part = np.unique(np.column_stack([counts, spans]), axis=0, return_inverse=True)
    recent, earlier = distinct[:, 0], distinct[:, 1]
    noise = local_level.estimate_noise(distinct[:, 2:])
    days, baseline_days = study.settings.window_days, (study.window_start - study.baseline_start) // DAY
    low, high = local_level.ratio_interval(
        recent, earlier, share=baseline_days / days, dispersions=noise.dispersions, weights=noise.of_dispersion,
        level=study.settings.level,
    )  # fmt: skip
    method = np.array([_method(dispersion) for dispersion in noise.dispersion.tolist()], dtype=object)
    ratio = (recent / days) / (earlier / baseline_days)
    return {"ratio": ratio[part], "low": low[part], "high": high[part], "method": method[part]}


def _method(dispersion: float) -> str:
    return say(
        "ratio of levels under the noise from month to month, dispersion {dispersion:.2f}", dispersion=dispersion
    )


@in_its_language
def compare_splits(study: Study) -> pd.DataFrame:
    """Compare window and baseline part by part along every split that has two parts or more.

    Returns
    -------
    pandas.DataFrame
        The rows of `compare_parts` for unit, attacker (the pair of parties where most attackers are not known), target
        type and tactic, ``split`` naming which.
    """
    tables = []
    stated = study.attacks["attacker"].notna().mean() >= 0.5
    for by in ("unit", "attacker" if stated else "pair", "target_type", "tactic"):
        table = compare_parts(study, by=by)
        if len(table) > 1:
            table.insert(0, "split", study.selection.unit if by == "unit" else by)
            tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else compare_parts(study, by="unit").assign(split="").iloc[:0]


@in_its_language
def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    if problem := study.window_problem():
        return rows.skip_rest(problem, baseline=True).frame()
    compared = comparison_of(study)
    settings, level = study.settings, study.settings.level
    noise = noise_of(study)

    def rate_interval(n: float, weeks: float) -> tuple[np.ndarray, np.ndarray]:
        return local_level.rate_interval(
            n, weeks, dispersions=noise.dispersions, weights=noise.of_dispersion, level=level
        )

    recent = compared.recent
    weeks = settings.window_days / DAYS_PER_WEEK
    n_recent, n_earlier = compared.n_recent, compared.n_earlier
    low, high = rate_interval(n_recent, weeks)
    surely, possibly = n_recent, n_recent
    if not study.holds_counts:
        surely, possibly = dating_bounds(study.attacks, study.window_start, study.end)
    rows.add("attacks_in_window", n_recent, low=surely, high=possibly, attacks=recent)
    rows.add("attack_rate_window", n_recent / weeks, low=low, high=high, level=level, attacks=recent)
    if problem := study.baseline_problem():
        return rows.skip_rest(problem, baseline=True).frame()

    based_on: Basis = {"attacks": compared.earlier, "span": "baseline"}
    surely, possibly = n_earlier, n_earlier
    if not study.holds_counts:
        surely, possibly = dating_bounds(study.attacks, study.baseline_start, study.window_start)
    rows.add("attacks_in_baseline", n_earlier, low=surely, high=possibly, **based_on)
    if study.daily_counts().sum() == 0:
        rows.skip("attack_dispersion", say("the history holds no attack"), span="history")
    else:
        least, most = noise.dispersion_interval(level)
        bounds: Any = {"low": least, "high": most, "level": level}
        rows.add("attack_dispersion", noise.dispersion, **bounds, attacks=study.attacks, span="history")
    weeks = compared.baseline_days / DAYS_PER_WEEK
    low, high = rate_interval(n_earlier, weeks)
    rows.add("attack_rate_baseline", n_earlier / weeks, low=low, high=high, level=level, **based_on)
    if compared.ratio is None:
        return rows.skip_rest(compared.problem, baseline=True).frame()
    ratio = compared.ratio
    based_on = {"attacks": study.attacks_in(study.baseline_start, study.end), "baseline": True}
    detail = {"dispersion": float(noise.dispersion)}
    rows.add(
        "attack_rate_ratio", ratio.ratio, low=ratio.low, high=ratio.high, level=level, detail=detail,
        method=ratio.method, **based_on,
    )  # fmt: skip
    rows.add("attack_rate_ratio_p", ratio.p_value, method=ratio.method, **based_on)
    return rows.frame()


def _codes(units: pd.Series, default: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return sorted unit names and each row's position among them (-1 where missing)."""
    categories = pd.Categorical(units, categories=None if default is None else sorted(default.dropna().unique()))
    return np.asarray(categories.categories, dtype=object), categories.codes.astype(np.intp)


def _tally(row: np.ndarray, column: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return np.bincount(row * shape[1] + column, minlength=shape[0] * shape[1]).reshape(shape)


# What ``study.frequency`` holds as tables.
TABLES = (
    Table("counts", "Attacks by calendar month, with zeros inside coverage: `value` of the month from `period_start`.",
        counts_of),
    Table("counts_by_unit",
        "Attacks by unit and calendar month, with zeros inside coverage: `value` by `unit` and `period_start`. A unit"
        " is a country, or in `study.select(unit='admin1')` a first-order unit.", counts_by_unit),
    Table("rolling", "Attacks in every window of `window_days` days, by the window's last day.", rolling_of),
    Table("parts", "Window against baseline, part by part: units, attackers, types of target, tactics.",
        compare_splits),
)  # fmt: skip
