"""How long do attacks take to be recorded, and how many are still to come? From kept exports of the same table."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.incidents.canonical import typed_frame
from analysis.incidents.snapshots import VINTAGE_COLUMNS, SnapshotHistory
from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study
from analysis.language import message, say, say_count
from analysis.measures.result import COMPUTED, TAIL_DTYPES, row_tail
from analysis.statistics import reporting

# Delays are told in weeks; snapshots closer together than that add nothing and are passed over.
WEEK_DAYS = 7
# Kept exports, the table itself among them, and attacks whose reporting they saw from the first day.
MIN_SNAPSHOTS, MIN_REPORTS = 4, 30
# A longest delay below this says too little of what is still to come.
MIN_DELAY_WEEKS = 8
WITHIN_WEEKS = 4
N_DRAWS = 2000
NO_SNAPSHOTS = message("no earlier exports of the table were given")
_DELAY_DTYPES = {
    "delay_weeks": "int64", "age_days": "float64", **TAIL_DTYPES,
}  # fmt: skip
_TRIANGLE_DTYPES = {
    "period_start": "datetime64[us]", "period_end": "datetime64[us]", "delay_weeks": "int64", "value": "float64",
}  # fmt: skip
_WEEK_DTYPES = {
    "unit": "str", "period_start": "datetime64[us]", "period_end": "datetime64[us]", "recorded": "int64", **TAIL_DTYPES,
}  # fmt: skip
DELAY_METHOD = message("chain ladder (reverse hazard) over snapshots")


@dataclass(frozen=True, eq=False)
class Reporting:
    """How attacks of a study reached the table, from its kept snapshots; ``problem`` says why there are no delays."""

    # One row a week of delay: ``delay_weeks, age_days`` and the tail; ``value`` is the share recorded by that age.
    delays: pd.DataFrame
    # One row for each event week and delay that can have been seen: ``period_start, period_end, delay_weeks, value``.
    triangle: pd.DataFrame
    # The last weeks, oldest first: ``period_start, period_end, recorded`` and the tail; ``value`` is the nowcast.
    weeks: pd.DataFrame
    vintages: pd.DataFrame  # as in `SnapshotHistory`, the table itself last where its day is known
    estimate: reporting.DelayDistribution | None = None
    vintage: pd.Timestamp | None = None
    whose: str = ""
    mean_rate: float = np.nan
    n_before: int = 0
    problem: str = ""

    @property
    def distribution(self) -> reporting.DelayDistribution:
        """The estimate, where there is one.

        Raises `ValueError` with the reason, where there is none.
        """
        if self.estimate is None:
            raise ValueError(self.problem)
        return self.estimate


@kept_on_study
def reporting_of(study: Study) -> Reporting:
    """Estimate a study's reporting delay from its kept snapshots, once for every question that asks.

    Of a week's attacks it is known in which snapshot each was first seen. What the first snapshot already holds, and
    what lies before it, has no known delay and is left out. Delays are those of the selected attacks, or, where these
    are fewer than ``MIN_REPORTS``, of attacks by anyone in the same places.
    """
    nothing = Reporting(*(typed_frame([], columns) for columns in (
        _DELAY_DTYPES, _TRIANGLE_DTYPES, _WEEK_DTYPES, VINTAGE_COLUMNS,
    )))  # fmt: skip
    history = study.snapshots
    if history is None:
        return replace(nothing, problem=say(NO_SNAPSHOTS))
    nothing = replace(nothing, vintages=_vintages(study, None))
    vintage, problem = _vintage(study)
    if problem:
        return replace(nothing, problem=problem)
    nothing = replace(nothing, vintages=_vintages(study, vintage), vintage=vintage)
    looks = _looks(history.vintages["vintage"], vintage)
    if len(looks) < MIN_SNAPSHOTS:
        problem = say(
            "exports at least a week apart, the table among them, are too few: {n} in place of {needed}",
            n=len(looks), needed=MIN_SNAPSHOTS,
        )  # fmt: skip
        return replace(nothing, problem=problem)
    seen, whose = _reports(study, study.attacks, looks), say("the selected attacks")
    if len(seen) < MIN_REPORTS:
        seen, whose = _reports(study, study.incidents, looks), say("attacks by anyone in the same places")
    n_before = int(study.attacks["date_start"].le(looks[0]).sum())
    if len(seen) < MIN_REPORTS:
        problem = say_count(
            "only {n} [attack|attacks] happened after the first export, of {day}; {needed} are needed",
            len(seen), day=looks[0], needed=MIN_REPORTS,
        )  # fmt: skip
        return replace(nothing, n_before=n_before, problem=problem)
    settings = study.settings
    estimate = reporting.estimate_delays(
        seen["after"], seen["by"], seen["age"], level=settings.level, n_draws=N_DRAWS, seed=settings.seed
    )
    if estimate.max_delay < MIN_DELAY_WEEKS:
        problem = say_count(
            "the exports show delays of up to {n} [week|weeks] only; {needed} are needed",
            estimate.max_delay, needed=MIN_DELAY_WEEKS,
        )  # fmt: skip
        return replace(nothing, n_before=n_before, problem=problem)
    mean_rate = _mean_rate(study, estimate, looks[0], vintage)
    known = replace(
        nothing, estimate=estimate, whose=whose, mean_rate=mean_rate, n_before=n_before,
        delays=_delay_table(estimate, seen), triangle=_triangle_table(seen, estimate, vintage),
    )  # fmt: skip
    return replace(known, weeks=_week_table(study, known))


def _history(study: Study) -> SnapshotHistory:
    """Return a study's earlier exports, where it has any."""
    if study.snapshots is None:
        raise ValueError(say(NO_SNAPSHOTS))
    return study.snapshots


def nowcast_span(study: Study, known: Reporting, start: pd.Timestamp, end: pd.Timestamp) -> reporting.Nowcast:
    """Tell how many of the selected attacks ``[start, end)`` will hold once all are recorded; cells are weeks of age,
    youngest first."""
    days = pd.date_range(start, end - DAY)
    age_of_day = ((known.vintage - days) // DAY // WEEK_DAYS).to_numpy()
    began = study.whole_days[study.whole_days.between(start, end - DAY)]
    age_of_attack = ((known.vintage - began) // DAY // WEEK_DAYS).to_numpy()
    ages, n_days = np.unique(age_of_day, return_counts=True)
    recorded = np.bincount(np.searchsorted(ages, age_of_attack), minlength=len(ages))
    return reporting.nowcast(
        recorded, ages, n_days / WEEK_DAYS, known.distribution,
        mean_rate=known.mean_rate, level=study.settings.level, seed=study.settings.seed,
    )  # fmt: skip


@in_its_language
def added_late(study: Study) -> pd.DataFrame:
    """Return the selected attacks that some snapshot does not hold though it covers their day, in time order.

    That is those whose day is no later than the last day of the snapshot before the first that held them.
    """
    history = _history(study)
    last_days = history.vintages["last_day"].to_numpy()
    first = study.attacks["incident_id"].map(history.first_seen).fillna(len(last_days)).to_numpy(dtype=int)
    before = last_days[np.maximum(first - 1, 0)]
    return study.attacks[(first > 0) & (study.attacks["date_start"].to_numpy() <= before)].reset_index(drop=True)


def _vintage(study: Study) -> tuple[pd.Timestamp | None, str]:
    """Return the day of the table's export, or why it is not known: of its name, or else as_of."""
    last = _history(study).vintages["vintage"].iloc[-1]
    named = _history(study).table_vintage
    vintage = study.as_of if named is None else named
    if named is None and (study.table.incidents["date_start"].gt(vintage).any() or vintage <= last):
        return None, say(
            "the day of the table's export is not known: its file name tells none, and {day} is before its last row or "
            "earlier export; write the day into the file name",
            day=vintage,
        )
    if vintage < study.as_of:
        return None, say("the table was exported on {day}, before the last day of the study", day=vintage)
    return vintage, ""


def _vintages(study: Study, vintage: pd.Timestamp | None) -> pd.DataFrame:
    history = _history(study)
    if vintage is None:
        return history.vintages
    ids = set(study.table.incidents["incident_id"])
    own = {"file": study.table.provenance.file, "vintage": vintage, "last_day": study.as_of, "n_rows": len(ids),
           "n_added": len(ids - set(history.first_seen.index)), "n_vanished": 0}  # fmt: skip
    return pd.concat([history.vintages, pd.DataFrame([own]).astype(VINTAGE_COLUMNS)], ignore_index=True)


def _looks(vintages: pd.Series, last: pd.Timestamp) -> list[pd.Timestamp]:
    """Return the days of the snapshots used: from the last back, each at least a week before the next."""
    looks = [last]
    for day in reversed(vintages.tolist()):
        if looks[-1] - day >= WEEK_DAYS * DAY:
            looks.append(day)
    return looks[::-1]


def _reports(study: Study, attacks: pd.DataFrame, looks: list[pd.Timestamp]) -> pd.DataFrame:
    """Return each attack after the first look with its age in weeks at the look before it was seen (-1), and when it
    was."""
    history, days = _history(study), pd.DatetimeIndex(looks)
    seen = attacks[attacks["date_start"].gt(looks[0]) & attacks["date_start"].le(looks[-1])]
    place = seen["incident_id"].map(history.first_seen)
    first = place.map(history.vintages["vintage"]).fillna(looks[-1])
    # A row whose day was moved on after it was first seen is taken as seen on that day.
    first = np.maximum(first, seen["date_start"])
    at = np.clip(days.searchsorted(first), 1, len(days) - 1)
    age_by = (days[at] - pd.DatetimeIndex(seen["date_start"])) // DAY // WEEK_DAYS
    age_after = (days[at - 1] - pd.DatetimeIndex(seen["date_start"])) // DAY
    return pd.DataFrame(
        {
            "incident_id": seen["incident_id"].to_numpy(),
            "after": np.where(age_after < 0, -1, age_after // WEEK_DAYS),
            "by": age_by,
            "age": ((looks[-1] - seen["date_start"]) // DAY // WEEK_DAYS).to_numpy(),
        }
    )


def _mean_rate(
    study: Study, estimate: reporting.DelayDistribution, first: pd.Timestamp, vintage: pd.Timestamp
) -> float:
    """Return the selected attacks a week since the first look, corrected for those still to come; at least half of one
    in all."""
    n_days = (study.as_of - max(first, study.start - DAY)) // DAY
    ages = ((vintage - study.as_of) // DAY + np.arange(n_days)) // WEEK_DAYS
    exposure = estimate.cumulative[np.minimum(ages, estimate.max_delay)].sum() / WEEK_DAYS
    return max(int(study.attacks["date_start"].gt(first).sum()), 0.5) / exposure


def _delay_table(estimate: reporting.DelayDistribution, seen: pd.DataFrame) -> pd.DataFrame:
    weeks = np.arange(estimate.max_delay + 1)
    n = [int((seen["by"].le(k) & seen["age"].ge(k)).sum()) for k in weeks]
    table = pd.DataFrame(
        {
            "delay_weeks": weeks, "age_days": WEEK_DAYS * (weeks + 0.5), "value": estimate.cumulative,
            "low": estimate.low,
            "high": estimate.high, "level": estimate.level, "method": say(DELAY_METHOD), "n_incidents": n,
            "status": COMPUTED, "reason": "",
            "incident_ids": [seen.loc[seen["by"].eq(k), "incident_id"].tolist() for k in weeks],
        }
    )  # fmt: skip
    return table[list(_DELAY_DTYPES)].astype(_DELAY_DTYPES)


def _triangle_table(seen: pd.DataFrame, estimate: reporting.DelayDistribution, vintage: pd.Timestamp) -> pd.DataFrame:
    n_ages, n_delays = int(seen["age"].max()) + 1, estimate.max_delay + 1
    counts = reporting.reporting_triangle(seen["age"], seen["by"], n_ages=n_ages, n_delays=n_delays)
    ages, delays = np.nonzero(np.isfinite(counts))
    end = (vintage + DAY) - pd.to_timedelta(ages * WEEK_DAYS, unit="D")
    table = pd.DataFrame(
        {"period_start": end - WEEK_DAYS * DAY, "period_end": end, "delay_weeks": delays, "value": counts[ages, delays]}
    )
    return table.astype(_TRIANGLE_DTYPES).sort_values(["period_start", "delay_weeks"]).reset_index(drop=True)


def _week_table(study: Study, known: Reporting) -> pd.DataFrame:
    """Return the weeks up to as_of: at least all whose attacks may still be coming in, and half a year where there is
    one."""
    n_weeks = max(26, known.distribution.max_delay + 1)
    end = study.end
    start = max(end - n_weeks * WEEK_DAYS * DAY, study.start)
    edges = [end - k * WEEK_DAYS * DAY for k in range((end - start) // DAY // WEEK_DAYS + 1)][::-1]
    rows = []
    for first, last in pairwise(edges):
        cast = nowcast_span(study, known, first, last)
        inside = study.whole_attacks(first, last)["incident_id"]
        rows.append(
            {
                "unit": study.place, "period_start": first, "period_end": last, "recorded": len(inside),
                **row_tail(
                    cast.total_expected, cast.total_low, cast.total_high, level=study.settings.level,
                    method=say("nowcast from the reporting triangle"), ids=inside.tolist(),
                ),
            }
        )  # fmt: skip
    return typed_frame(rows, _WEEK_DTYPES)
