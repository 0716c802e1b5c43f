"""Can any of this be trusted?

How much of the span the table covers, how much of what a reference counted it holds, how well rows are dated and placed,
and what follows: a change of recording can look like a change in violence, so a trend is refused where completeness is
known to swing, or known for too few periods to say that it does not.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from analysis.incidents.study import DAY, Study
from analysis.measures.frequency import comparison_of, count_within
from analysis.measures.result import COMPUTED, NOT_COMPUTED, IndicatorRows, Measure
from analysis.statistics.distributions import binomial_interval

QUESTION = "reliability"
# A swing in completeness by this factor would by itself look like a rise by half.
MAX_COMPLETENESS_RATIO = 1.5
# Reference counts must speak for at least this share of the span before they can vouch for it.
MIN_REFERENCE_SHARE = 0.5

MEASURES = (
    Measure(
        "coverage_share", "share", "Share of the days from the study's start to as_of that the table covers.", "days covered over days"
    ),
    Measure(
        "completeness",
        "share",
        "Attacks held over attacks that the reference counts, all its periods together.",
        "ratio of counts, exact binomial interval",
        "Clopper & Pearson 1934, Biometrika 26:404",
    ),
    Measure("completeness_lowest", "share", "Completeness of the reference period with the least.", "ratio of counts, exact binomial interval"),
    Measure("completeness_highest", "share", "Completeness of the reference period with the most.", "ratio of counts, exact binomial interval"),
    Measure(
        "completeness_ratio",
        "ratio",
        "Highest over lowest completeness: a change of recording alone could look like a change this large.",
        "ratio of completeness",
    ),
    Measure(
        "rate_ratio_floor",
        "ratio",
        "The least that the true rate of attacks by anyone can have changed: as recorded, if the window were recorded in full "
        "and the baseline only as well as the reference periods. low and high carry both intervals.",
        "recorded rate ratio times the reference periods' completeness",
    ),
    Measure("dated_to_day", "share", "Attacks dated to the day.", "share of attacks"),
    Measure("placed_near", "share", "Attacks located exactly or nearby, not to a region's centre.", "share of attacks"),
    Measure("roles_stated", "share", "Attacks whose publisher says who attacked; elsewhere roles are assumed.", "share of attacks"),
    Measure("attacker_named", "share", "Attacks by anyone in the same places and dates whose attacker is named.", "share of attacks"),
    Measure("verified", "share", "Attacks supported by someone other than the attacker.", "share of attacks whose table says"),
    Measure("deaths_known", "share", "Attacks for which any figure of deaths is given.", "share of attacks"),
    Measure("rows_set_aside", "rows", "Rows of the table that could not be used.", "count"),
    Measure("cells_blanked", "cells", "Values that were impossible and are treated as unknown.", "count"),
)  # fmt: skip


def completeness(
    incidents: pd.DataFrame, reference: pd.DataFrame, *, level: float = 0.95, end: pd.Timestamp | None = None
) -> pd.DataFrame:
    """Compare the attacks held with a reference's counts, period by period.

    Parameters
    ----------
    incidents
        Canonical incidents by any attacker: a reference counts all.
    reference
        ``country, period_start, period_end, count, reporter``.
    end
        Reference periods that end later are left out.

    Returns
    -------
    pandas.DataFrame
        One row per reference period: ``unit, period_start, period_end, held, reference, reporter`` and the tail. ``value``
        is held over reference; it is not capped, as a reference can miss what the table holds, and the binomial
        interval is then not given.
    """
    rows = []
    for count in reference.itertuples():
        if end is not None and count.period_end > end:
            continue
        local = incidents[incidents["country"].eq(count.country)]
        held, _, _ = count_within(local, count.period_start, count.period_end)
        n, total = len(held), int(count.count)
        low, high = _binomial(n, total, level)
        rows.append(
            {
                "unit": count.country,
                "period_start": count.period_start,
                "period_end": count.period_end,
                "held": n,
                "reference": total,
                "reporter": count.reporter,
                "value": n / total if total else np.nan,
                "low": low,
                "high": high,
                "level": level,
                "method": "held over reference, Clopper-Pearson interval",
                "n_incidents": n,
                "incident_ids": held["incident_id"].tolist(),
                "status": COMPUTED if total else NOT_COMPUTED,
                "reason": "" if total else "the reference counts none",
            }
        )
    return pd.DataFrame(rows, columns=list(_COMPLETENESS_DTYPES)).astype(_COMPLETENESS_DTYPES)


_COMPLETENESS_DTYPES = {
    "unit": "str",
    "period_start": "datetime64[us]",
    "period_end": "datetime64[us]",
    "held": "int64",
    "reference": "int64",
    "reporter": "str",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "level": "float64",
    "method": "str",
    "n_incidents": "int64",
    "incident_ids": "object",
    "status": "str",
    "reason": "str",
}


@dataclass(frozen=True)
class Completeness:
    """What the reference counts say of a study, and what that forbids."""

    periods: pd.DataFrame
    problem: str = ""
    trend_problem: str = ""

    @property
    def pooled(self) -> float:
        """Attacks held over attacks counted, all periods together."""
        return self.periods["held"].sum() / self.periods["reference"].sum()


@lru_cache(maxsize=16)
def completeness_of(study: Study) -> Completeness:
    """Hold a study's table against its reference counts, once for every question that asks."""
    empty = completeness(study.incidents.iloc[:0], _reference(study).iloc[:0])
    if study.table.reference is None:
        return Completeness(
            empty, "no reference count was given (--reference), so nothing says how much the table misses"
        )
    periods = completeness(
        study.incidents,
        _reference(study)[lambda table: table["period_start"].ge(study.start)],
        level=study.settings.level,
        end=study.end,
    )
    periods = periods[periods["status"].eq(COMPUTED)]
    if periods.empty:
        return Completeness(empty, "no reference count speaks of these countries and dates")
    return Completeness(periods, trend_problem=_trend_problem(study, periods))


def trend_problem(study: Study) -> str:
    """Return why a change over time must not be computed from this table, or ``""`` where nothing forbids it."""
    if study.covered_end < study.end:
        return f"the table covers the selection only to {study.covered_end - DAY:%Y-%m-%d}, not to as_of"
    return completeness_of(study).trend_problem


def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    attacks = study.attacks
    covered = (study.covered_end - study.start) / (study.end - study.start)
    rows.add("coverage_share", max(0.0, covered), attacks=attacks, span="history")
    _add_completeness(rows, study)
    for name, held, among in (
        ("dated_to_day", attacks["date_precision"].eq("day"), attacks),
        ("placed_near", attacks["geo_precision"].isin(["exact", "near"]), attacks),
        ("roles_stated", attacks["role_basis"].eq("stated"), attacks),
        ("attacker_named", _named(study.incidents), study.incidents),
        ("verified", attacks["verified"].eq(True), attacks[attacks["verified"].notna()]),
        (
            "deaths_known",
            attacks[["fatalities_low", "fatalities_best", "fatalities_high"]].notna().any(axis=1),
            attacks,
        ),
    ):
        unstated = {"dated_to_day": "date_precision", "placed_near": "geo_precision"}.get(name)
        if among.empty:
            rows.skip(name, "the table does not say", span="history")
        elif unstated and among[unstated].eq("unstated").all():
            rows.skip(name, f"the publisher states no {unstated.replace('_', ' ')}", span="history")
        else:
            rows.add(name, held[among.index].mean(), n_incidents=len(among), span="history")
    provenance = study.table.provenance
    rows.add("rows_set_aside", provenance.rows_rejected, n_incidents=provenance.rows_read, span="history")
    rows.add("cells_blanked", provenance.cells_blanked, n_incidents=provenance.rows_read, span="history")
    return rows.frame()


def _add_completeness(rows: IndicatorRows, study: Study) -> None:
    known = completeness_of(study)
    level = study.settings.level
    names = ("completeness", "completeness_lowest", "completeness_highest", "completeness_ratio")
    if known.problem:
        for name in names:
            rows.skip(name, known.problem, span="history")
        rows.skip("rate_ratio_floor", known.problem, baseline=True)
        return
    periods = known.periods
    lowest, highest = periods.loc[periods["value"].idxmin()], periods.loc[periods["value"].idxmax()]
    held = study.incidents[study.incidents["incident_id"].isin({i for ids in periods["incident_ids"] for i in ids})]
    pooled = _binomial(periods["held"].sum(), periods["reference"].sum(), level)
    rows.add("completeness", known.pooled, low=pooled[0], high=pooled[1], level=level, attacks=held, span="history")
    for name, period in (("completeness_lowest", lowest), ("completeness_highest", highest)):
        inside = study.incidents[study.incidents["incident_id"].isin(period["incident_ids"])]
        rows.add(
            name, period["value"], low=period["low"], high=period["high"], level=level, attacks=inside, span="history",
            method=f"held {period['held']} of {period['reference']} in {period['period_start']:%Y-%m}",
        )  # fmt: skip
    if lowest["value"] > 0:
        rows.add("completeness_ratio", highest["value"] / lowest["value"], attacks=held, span="history")
    else:
        rows.skip("completeness_ratio", "one reference period holds no attack at all", span="history")
    # A reference counts attacks by anyone, so it can bound only the change of attacks by anyone.
    compared = comparison_of(replace(study, attacks=study.incidents))
    if compared.ratio is None:
        rows.skip("rate_ratio_floor", compared.problem, baseline=True)
    else:
        ratio = compared.ratio
        rows.add(
            "rate_ratio_floor", ratio.ratio * known.pooled, low=ratio.low * pooled[0], high=ratio.high * pooled[1],
            level=level, attacks=pd.concat([compared.earlier, compared.recent]), baseline=True,
        )  # fmt: skip


def _trend_problem(study: Study, periods: pd.DataFrame) -> str:
    lowest, highest = periods["value"].min(), periods["value"].max()
    span = f"{lowest:.0%} and {highest:.0%}".replace("%", " %")
    if highest > MAX_COMPLETENESS_RATIO * lowest:
        return (
            f"completeness varies between {span} of the attacks that the reference counts "
            f"({periods['reporter'].iloc[0]}, {len(periods)} periods): recording alone could make a change of that size"
        )
    days = ((periods["period_end"] - periods["period_start"]) // DAY).sum()
    if days < MIN_REFERENCE_SHARE * ((study.end - study.start) // DAY):
        return f"reference counts speak for only {days} days of the span, too few to say that completeness held steady"
    return ""


def _reference(study: Study) -> pd.DataFrame:
    reference = study.table.reference
    if reference is None:
        return pd.DataFrame(columns=["country", "period_start", "period_end", "count", "reporter"])
    countries = study.selection.country
    return reference[reference["country"].isin(countries)] if countries else reference


def _named(incidents: pd.DataFrame) -> pd.Series:
    return incidents["attacker"].notna() & ~incidents["attacker"].astype("str").str.startswith("unknown").fillna(True)


def _binomial(held: int, total: int, level: float) -> tuple[float, float]:
    """Return the exact interval; none where more are held than counted, as that is no share."""
    if total == 0 or held > total:
        return np.nan, np.nan
    return binomial_interval(int(held), int(total), level=level)
