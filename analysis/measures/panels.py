"""Counts by period and unit, the same way for a table of incidents and for a table of counts.

Measures that need no more than how many attacks, or deaths, each unit had in each week or month ask here.
"""

import numpy as np
import pandas as pd

from analysis.incidents.counting import periods_of, rounded
from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study
from analysis.language import message, say

WEEK_DAYS = 7
# Beyond this share of attacks without any figure, a sum of deaths is no count of deaths.
MAX_DEATHS_UNKNOWN = 0.1
# Nor is it one of the last days where so many lack a figure that by itself it would pass for a fall.
LATELY, LEAST_UNKNOWN, LEAST_AS_WELL_KNOWN = 90, 5, 0.8


@kept_on_study
def month_panel(study: Study, *, by_unit: bool = False, quantity: str = "attacks") -> pd.DataFrame:
    """Count a study's attacks, or deaths, in whole covered calendar months.

    Incidents count in the month of their first day. Those of rough dates, and the weeks of a table of counts, are
    spread evenly over their days, and sums since the start are rounded, so that months are whole numbers and nothing is
    lost.

    Parameters
    ----------
    study
        Of incidents or of counts.
    by_unit
        One column for each unit, sorted, in place of one for the whole study; what belongs to no unit is in none.
    quantity
        ``attacks`` or ``deaths``.

    Returns
    -------
    pandas.DataFrame
        Index ``period_start``, ascending, without gaps; int64.
    """
    end = min(study.end, study.covered_end)
    edges = pd.date_range(study.start, end, freq="MS", unit="us")
    return _panel(study, edges, by_unit=by_unit, quantity=quantity, name="period_start")


@kept_on_study
def week_panel(
    study: Study, *, by_unit: bool = True, quantity: str = "attacks", most: float | None = None
) -> pd.DataFrame:
    """Count a study's attacks, or deaths, in weeks of seven days that end with the study.

    Of a table of weekly counts these are the table's own weeks.

    Parameters
    ----------
    study
        Of incidents, or of counts by day or week.
    by_unit, quantity
        As in `month_panel`; besides ``deaths_low`` and ``deaths_high``.
    most
        What one row adds at most.

    Returns
    -------
    pandas.DataFrame
        Index ``week_start``, ascending, whole weeks only; int64.

    Raises
    ------
    ValueError
        If the table counts by longer periods: a month says nothing of its weeks (see `week_problem`).
    """
    if problem := week_problem(study):
        raise ValueError(problem)
    end = min(study.end, study.covered_end)
    n_weeks = max(int((end - study.start) // (WEEK_DAYS * DAY)), 0)
    edges = pd.date_range(end - n_weeks * WEEK_DAYS * DAY, periods=n_weeks + 1, freq=WEEK_DAYS * DAY, unit="us")
    return _panel(study, edges, by_unit=by_unit, quantity=quantity, name="week_start", most=most)


@in_its_language
def week_problem(study: Study) -> str:
    """Return why a study cannot be looked at week by week, or ``""`` where it can."""
    if study.count_period_days <= WEEK_DAYS:
        n, all_of_them = known_within(study, WEEK_DAYS)
        if n > all_of_them / 2:
            return say(
                "most attacks are dated to a month or a year, which does not say in which of its weeks they were"
            )
        return ""
    if study.count_period_days < 300:
        return say("the table counts by month, and a month does not say in which of its weeks its attacks were")
    return say("the table counts by year, and a year does not say in which of its weeks its attacks were")


@kept_on_study
def known_within(study: Study, days: int) -> tuple[float, float]:
    """Return how many attacks of the days that the verdict compares are dated to more than so many days, and all."""
    share = study.shares_between(study.end - (LATELY + 360) * DAY, study.end)
    number = study.row_numbers() * share
    first, end = study.row_spans()
    return float(number[((end - first) > days * DAY).to_numpy()].sum()), float(number.sum())


@in_its_language
def dates_problem(study: Study) -> str:
    """Return why the last 90 days cannot be told from the year before, or ``""`` where they can."""
    n, all_of_them = known_within(study, LATELY)
    if n <= all_of_them / 2:
        return ""
    return say(
        "{n} of the {all} attacks compared are dated to their year alone",
        n=rounded(n), all=rounded(all_of_them),
    )  # fmt: skip


# Where rows without this figure have another.
WITHOUT = {
    "fatalities_low": message(
        "{unknown} of {n} attacks have no lowest figure of deaths, more than {most:.0f} %: a sum that leaves them out "
        "is no count of deaths"
    ),
    "fatalities_best": message(
        "{unknown} of {n} attacks have no best figure of deaths, more than {most:.0f} %: a sum that leaves them out "
        "is no count of deaths"
    ),
    "fatalities_high": message(
        "{unknown} of {n} attacks have no highest figure of deaths, more than {most:.0f} %: a sum that leaves them out "
        "is no count of deaths"
    ),
}


@in_its_language
def deaths_problem(study: Study, *, column: str = "fatalities_best") -> str:
    """Return why a study's deaths must not be summed, or ``""`` where they may.

    Parameters
    ----------
    study
        Of incidents or of counts.
    column
        The figure that is summed: lowest, best or highest.
    """
    if study.counts is not None and column != "fatalities_best":
        return say("a table of counts gives one figure of deaths, no lowest and highest")
    unknown = study.attacks[column].isna() if study.counts is None else study.counts["deaths"].isna()
    if len(unknown) and unknown.mean() > MAX_DEATHS_UNKNOWN:
        numbers = {"unknown": int(unknown.sum()), "n": len(unknown), "most": 100 * MAX_DEATHS_UNKNOWN}
        if study.counts is None:
            figures = study.attacks[list(WITHOUT)]
            if figures[unknown].notna().any(axis=None):
                return say(WITHOUT[column], **numbers)
            return say(
                "{unknown} of {n} attacks have no figure of deaths, more than {most:.0f} %: a sum that leaves them out "
                "is no count of deaths",
                **numbers,
            )
        return say(
            "{unknown} of {n} counts have no figure of deaths, more than {most:.0f} %: a sum that leaves them out is no"
            " count of deaths",
            **numbers,
        )
    recent = study.first_days.ge(study.end - LATELY * DAY)
    now, then = unknown[recent], unknown[~recent & study.first_days.ge(study.end - (LATELY + 360) * DAY)]
    if now.sum() >= LEAST_UNKNOWN and len(then) and now.mean() > 1 - LEAST_AS_WELL_KNOWN * (1 - then.mean()):
        return say(
            "{unknown} of the {n} rows of the last {days} days have no figure of deaths, far more than before: a sum "
            "that leaves them out is no count of deaths",
            unknown=int(now.sum()), n=len(now), days=LATELY,
        )  # fmt: skip
    return ""


def _panel(
    study: Study, edges: pd.DatetimeIndex, *, by_unit: bool, quantity: str, name: str, most: float | None = None
) -> pd.DataFrame:
    rows = study.counted_rows
    units = study.units if by_unit else pd.Series(study.place, index=rows.index)
    names = sorted(units.dropna().unique()) if by_unit else [study.place]
    codes = pd.Categorical(units, categories=names).codes.astype(np.intp)
    number = study.row_numbers(quantity)
    if most is not None:
        number = np.minimum(number, most)
    if study.counts is None:
        panel = _by_days(study, codes, number, edges, len(names))
    else:
        panel = _by_period(rows, codes, number, edges, len(names))
    index = pd.DatetimeIndex(edges[:-1], name=name)
    return pd.DataFrame(panel, index=index, columns=pd.Index(names, dtype="object"))


def _by_days(study: Study, codes: np.ndarray, number: np.ndarray, edges: pd.DatetimeIndex, n_units: int) -> np.ndarray:
    """Sum incidents by their days; where these cross an edge the sums up to each edge are rounded."""
    n = max(len(edges) - 1, 0)
    row, at, share = periods_of(*study.day_numbers, np.asarray((edges - study.start) // DAY, dtype=np.int64))
    held = codes[row] >= 0
    row, flat = row[held], at[held] * n_units + codes[row[held]]
    panel = np.bincount(flat, weights=number[row] * share[held], minlength=n * n_units).reshape(n, n_units)
    if (share < 1).any():
        panel = in_whole_numbers(panel)
    return panel.round().astype(np.int64)


def in_whole_numbers(counts: np.ndarray) -> np.ndarray:
    """Return counts of one period after the other, shape (n_periods, ...), as whole numbers, of which nothing is
    lost."""
    return np.diff(counts.cumsum(axis=0).round(6).round(), axis=0, prepend=0.0)


def _by_period(
    counts: pd.DataFrame, codes: np.ndarray, number: np.ndarray, edges: pd.DatetimeIndex, n_units: int
) -> np.ndarray:
    """Sum the periods up to each edge, a period that an edge cuts by its share of days, and round the sums."""
    if len(edges) == 0:
        return np.zeros((0, n_units), dtype=np.int64)
    marks = np.unique(np.concatenate([counts["period_start"].to_numpy(), counts["period_end"].to_numpy()]))
    held = codes >= 0
    at_end = np.searchsorted(marks, counts["period_end"].to_numpy())[held]
    flat = np.bincount(at_end * n_units + codes[held], weights=number[held], minlength=len(marks) * n_units)
    sums = flat.reshape(len(marks), n_units).cumsum(axis=0)
    marks_day, edge_day = (
        marks.astype("datetime64[D]").astype(float),
        edges.to_numpy().astype("datetime64[D]").astype(float),
    )
    after = np.clip(np.searchsorted(marks_day, edge_day, side="right"), 1, max(len(marks) - 1, 1))
    before = after - 1
    width = np.maximum(marks_day[np.minimum(after, len(marks) - 1)] - marks_day[before], 1)
    share = np.clip((edge_day - marks_day[before]) / width, 0, 1)[:, None]
    up_to = sums[before] + share * (sums[np.minimum(after, len(marks) - 1)] - sums[before])
    return np.diff(np.round(up_to), axis=0).astype(np.int64)
