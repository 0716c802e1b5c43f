"""Which places stand above their baseline now?

Every unit is judged in the seven days and in the four weeks that end with as_of, against what its own past led to
expect before they began (`expectation`). The level is shared out so that all units together raise as many false alarms
a year as are asked for, if nothing changes in any of them. Rules that users know from elsewhere stand beside it as
comparators: they are not what decides.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.incidents.counting import spread_evenly
from analysis.incidents.errors import SelectionError
from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study
from analysis.language import localised, message, say, say_count
from analysis.measures import panels
from analysis.measures.frequency import DAYS_PER_WEEK
from analysis.measures.result import COMPUTED, NOT_COMPUTED, IndicatorRows, Measure, Table
from analysis.statistics.discoveries import benjamini_hochberg
from analysis.statistics.expectation import (
    MIN_PERIODS,
    WINDOWS,
    Expectation,
    earlier_periods,
    expect_counts,
    panel_power,
    shared_level,
    with_power,
)
from analysis.statistics.marks import count_marks, fewest_marks, laws_of, lifted, shared_lift, with_lift

QUESTION = "surge"
HOLDS_FOR_COUNTS = True
# What is counted, from which column, and the least sum in a window that is ever an alarm: fewer are too few to stand
# above anything.
QUANTITIES = {
    "attacks": "", "deaths": "fatalities_best", "deaths_low": "fatalities_low", "deaths_high": "fatalities_high",
}  # fmt: skip
LEAST = {"attacks": 3, "deaths": 10, "deaths_low": 10, "deaths_high": 10}
# One attack adds at most so many deaths to what is tested, so that one massacre is no year's baseline; about one row in
# a hundred has more.
MOST_DEATHS = 100
# False alarms on deaths over those asked for, least and most of simulated families (docs/alarms.md).
TIMES_ASKED = (0.1, 1.5)
RULES = {1: message("the week against its own past"), 4: message("four weeks against their own past")}
RULE = message("week and four weeks against their own past")
WEEKS_PER_YEAR = 365.25 / 7
WEEK = DAYS_PER_WEEK * DAY
MIN_WEEKS = MIN_PERIODS + max(WINDOWS)
# Where nobody asks for a number, no unit is in alarm by chance in more than one week in a hundred, however few the
# units.
MAX_ALPHA, MOST_ALPHA = 0.01, 0.25
ALARMS_PER_YEAR = 4.0
FALSE_DISCOVERY_RATE = 0.10
CONTROLS = ("alarms_per_year", "fdr")
SHOWN_WEEKS = 156
N_SIMULATIONS = 4000
SIMULATED_UNITS = 25

MEASURES = (
    Measure(
        "surge_units_judged",
        "units",
        "Units whose history carries a rule, so that they could stand above their baseline.",
        message("count of units"),
    ),
    Measure(
        "surge_units_above",
        "units",
        "Units above their baseline in the week, or the four weeks, that end with as_of, with control over all units.",
        message("week and four weeks against what the unit's own past led to expect, calibrated"),
        "West & Harrison 1997, Bayesian Forecasting and Dynamic Models; calibration: no published source",
    ),
    Measure(
        "surge_false_alarms_per_year",
        "alarms per year",
        "Alarms that the rules would raise in a year over all units if nothing changed.",
        message("chance of a count at or above each unit's bound, times weeks, over all units"),
    ),
    Measure(
        "surge_observed_to_expected",
        "ratio",
        "For the most unusual unit: what was observed over what its baseline leads to expect.",
        message("count over its expectation, in the window that is more unusual"),
        "West & Harrison 1997, Bayesian Forecasting and Dynamic Models",
    ),
    Measure(
        "surge_p",
        "probability",
        "For the most unusual unit: chance of as many if its baseline held on.",
        message("calibrated upper tail of what was expected, in the window that is more unusual"),
        "West & Harrison 1997, Bayesian Forecasting and Dynamic Models; calibration: no published source",
    ),
    *(
        Measure(
            f"surge_{quantity}_units_above",
            "units",
            f"Units whose {words} stand above their baseline in the week, or the four weeks, that end with as_of.",
            message("as for attacks; one attack adds at most 100 deaths"),
        )
        for quantity, words in (
            ("deaths", "deaths (best figures)"), ("deaths_low", "deaths (low figures)"),
            ("deaths_high", "deaths (high figures)"),
        )
    ),
    Measure(
        "acled_surge_units",
        "units",
        "Units in which the latest week is at least twice the mean of the four before, that mean being at least 1.",
        message("ACLED surge rule, as a comparator"),
        "ACLED Conflict Alert System, methodology",
    ),
    Measure(
        "acled_threat_units",
        "units",
        "Units in which the last four weeks' mean is at least twice that of the 52 weeks before.",
        message("ACLED threat rule, as a comparator"),
        "ACLED Conflict Alert System, methodology",
    ),
    Measure(
        "hdx_signal_units",
        "units",
        "Units with 100 deaths or more in 30 days, the most in a year (medium) or in three (high).",
        message("HDX Signals rule, as a comparator"),
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
        "acled_surge",
        message("latest week at least twice the mean of the four before, that mean at least 1"),
        5,
        _acled_surge,
    ),
    Rule("acled_threat", message("mean of four weeks at least twice that of the 52 before"), 56, _acled_threat),
)


@dataclass(frozen=True)
class Watch:
    """All units at once.

    Attributes
    ----------
    quantity
        One of `QUANTITIES`.
    units
        One row per unit, most unusual first: see `watch_units`.
    panel
        Weekly counts: index ``week_start``, one column per unit.
    series
        For the units of ``units`` in order: ``unit, period_start, period_end, observed, expected, upper, alarm,
        four_weeks, left_out, status, reason``, one row per week, at most `SHOWN_WEEKS` of them. ``upper`` is the most
        that is no alarm in a week; ``alarm`` marks weeks above it, and ``four_weeks`` holds the weekly mean of the four
        weeks to this one where these are an alarm.
    comparators
        One row per comparator: ``rule, words, n_units, false_alarms_per_year`` (mean over units), ``status, reason``.
    alpha
        The level of each window of each unit.
    asked
        False alarms a year over all units that were asked for.
    expected_alarms
        Those that the bounds give if nothing changes.
    n_unplaced
        Attacks that are located too roughly for the unit, and are in none.
    problem
        Why no unit was judged.
    times_asked
        For deaths: the least and the most false alarms that came in simulations, over those asked for.
    """

    quantity: str
    units: pd.DataFrame
    panel: pd.DataFrame
    series: pd.DataFrame
    comparators: pd.DataFrame
    alpha: float
    control: str
    asked: float
    expected_alarms: float
    n_unplaced: int
    problem: str = ""
    times_asked: tuple[float, float] | None = None

    @property
    def alerts(self) -> pd.DataFrame:
        """The units above their baseline."""
        return self.units[self.units["alarm"]].reset_index(drop=True)


def week_panel(
    attacks: pd.DataFrame,
    units: pd.Series,
    *,
    start: pd.Timestamp,
    end: pd.Timestamp,
    quantity: str = "attacks",
    most: float = np.inf,
) -> pd.DataFrame:
    """Count attacks, or sum their deaths, in weeks of seven days that end with the span, for all units at once.

    Parameters
    ----------
    attacks, units
        Canonical incidents and each one's unit; those without a unit are in no column.
    start, end
        The span ``[start, end)``.
    quantity
        One of `QUANTITIES`; deaths that nobody stated count as none.
    most
        What one attack adds at most.

    Returns
    -------
    pandas.DataFrame
        Index ``week_start``, ascending, whole weeks only; one column per unit (sorted), whole numbers by first day.
    """
    if quantity not in QUANTITIES:
        raise ValueError(f"quantity is {quantity!r}; expected one of {', '.join(QUANTITIES)}.")
    n_weeks = int((end - start) // WEEK)
    names = sorted(units.dropna().unique())
    codes = pd.Categorical(units, categories=names).codes.astype(np.intp)
    back = ((end - DAY - attacks["date_start"]) // WEEK).to_numpy()
    held = (codes >= 0) & (back >= 0) & (back < n_weeks)
    flat = (n_weeks - 1 - back[held]) * len(names) + codes[held]
    column = QUANTITIES[quantity]
    weights = np.minimum(attacks[column].fillna(0.0).to_numpy(dtype=float)[held], most) if column else None
    counts = np.bincount(flat, weights=weights, minlength=n_weeks * len(names)).reshape(n_weeks, len(names))
    starts = pd.date_range(end - n_weeks * WEEK, periods=n_weeks, freq=WEEK, unit="us", name="week_start")
    return pd.DataFrame(counts.round().astype("int64"), index=starts, columns=pd.Index(names, dtype="object"))


def tested_panel(study: Study, quantity: str = "attacks") -> pd.DataFrame:
    """Return the weekly counts of a study's units that are tested; a single attack's deaths are bounded by
    `MOST_DEATHS`.
    """
    if study.holds_counts:
        return _panel_of_counts(study, quantity)
    end = min(study.end, study.covered_end)
    return week_panel(study.attacks, study.units, start=study.start, end=end, quantity=quantity, most=MOST_DEATHS)


def _panel_of_counts(study: Study, quantity: str) -> pd.DataFrame:
    """Return the weeks of a table of counts; none where it counts by longer periods. Deaths are bounded by
    `MOST_DEATHS` an event.
    """
    if panels.week_problem(study):
        names = pd.Index(sorted(study.units.dropna().unique()), dtype="object")
        return pd.DataFrame(0, index=pd.DatetimeIndex([], name="week_start"), columns=names, dtype="int64")
    events = panels.week_panel(study)
    if quantity == "attacks":
        return events
    deaths = panels.week_panel(study, quantity="deaths")
    return deaths.clip(upper=events * MOST_DEATHS, axis=None)


@in_its_language
def watch_units(
    study: Study,
    *,
    quantity: str = "attacks",
    control: str = "alarms_per_year",
    alarms_per_year: float | None = None,
    false_discovery_rate: float = FALSE_DISCOVERY_RATE,
    left_out: pd.DataFrame | None = None,
    n_simulations: int = N_SIMULATIONS,
    shown: int = 25,
) -> Watch:
    """Judge every unit of a study in the week, and in the four weeks, that end with as_of.

    Parameters
    ----------
    study
        Its selection's ``unit`` says what is watched.
    quantity
        One of `QUANTITIES`.
    control
        Over many units: ``alarms_per_year`` shares out as many false alarms a year over all units; ``fdr`` keeps the
        expected share of false ones among this week's alarms at ``false_discovery_rate`` (Benjamini & Hochberg 1995,
        Journal of the Royal Statistical Society B 57:289).
    alarms_per_year
        A false alarm is one unit in alarm in one weekly look. Default: 4, and no unit in more than one look in a
        hundred.
    false_discovery_rate
        See ``control``.
    left_out
        Periods that are no baseline, but are judged and drawn: columns ``since, to`` (days, inclusive) and ``unit``
        (missing: all units); see `analysis.incidents.coverage.load_periods`. A unit that is not there is refused.
    n_simulations
        Histories of each unit behind the comparators' false-alarm rates.
    shown
        Units whose series are kept, besides those in alarm.

    Returns
    -------
    Watch
        ``units`` has ``unit, rule, window_weeks, period_start, period_end, observed, expected, upper, p_value, alarm,
        above_since, false_alarms_per_year``, a column for each comparator and ``hdx_level``, and the tail: ``value`` is
        observed over expected. All are of the window, one week or four, that is more unusual; ``upper`` is the most
        that is no alarm. ``above_since`` is the first day of the unbroken alarm: the day on which the count of its
        first week in alarm passed the bound of that week. ``false_alarms_per_year`` is the unit's share of the false
        alarms, exact under what is expected of it.

    Raises
    ------
    ValueError
        If ``control`` or ``quantity`` is unknown, or a number of alarms is not above 0.
    """
    if control not in CONTROLS:
        raise ValueError(f"control is {control!r}; expected one of {', '.join(CONTROLS)}.")
    if alarms_per_year is not None and not alarms_per_year > 0:
        raise ValueError(f"alarms_per_year={alarms_per_year}; expected a number above 0.")
    panel = tested_panel(study, quantity)
    n_weeks = len(panel)
    asked = ALARMS_PER_YEAR if alarms_per_year is None else float(alarms_per_year)
    problem = _watch_problem(study, quantity, panel)
    fired, comparators = _compare(study, problem=problem, n_simulations=n_simulations)
    if problem:
        units = _unjudged(study, panel, problem).merge(fired, on="unit", how="left")
        return Watch(
            quantity, units, panel, _series(panel, None, None, []), comparators, np.nan, control, asked, np.nan,
            _unplaced(study), problem
        )  # fmt: skip
    out = _weeks_left_out(panel, left_out)
    counts, kind = panel.to_numpy(dtype=float), "counts" if quantity == "attacks" else "sums"
    found, power = _expect_now(counts, kind, out)
    largest = MAX_ALPHA if alarms_per_year is None else MOST_ALPHA
    share = {"largest": largest, "least": LEAST[quantity]}
    deaths = None if quantity == "attacks" else _Deaths.of(study, quantity, panel, out)
    if deaths is None:
        level = shared_level(found, asked / WEEKS_PER_YEAR, **share)
    else:
        events = expect_counts(deaths.events, kind="counts", first=n_weeks - 1, left_out=out)
        laws = next(deaths.laws(np.arange(panel.shape[1]), 1))
        level, lift = shared_lift(found, events, laws, asked / WEEKS_PER_YEAR, **share)
        found = with_lift(found, lift)
    judged = _Judged.of(counts, found, level, LEAST[quantity])
    alarm = judged.in_alarm()
    if control == "fdr":
        either = np.minimum(len(WINDOWS) * np.nanmin(judged.p_value, axis=0), 1.0)
        enough = (judged.observed >= LEAST[quantity]).any(axis=0)
        alarm = benjamini_hochberg(either, rate=false_discovery_rate) & enough
    units = _unit_rows(study, panel, judged, alarm, level=level)
    kept = units["unit"].iloc[: max(shown, int(units["alarm"].sum()))].tolist()
    columns = panel.columns.get_indexer(kept)
    past: dict[str, Any] = {
        "first": max(n_weeks - SHOWN_WEEKS, MIN_WEEKS - 1), "left_out": out[:, columns], "n_kept": SHOWN_WEEKS,
    }  # fmt: skip
    recent = with_power(expect_counts(counts[:, columns], kind=kind, **past), power)
    if deaths is not None:
        recent = with_lift(recent, deaths.lifts(recent, columns, level, past))
    since = _above_since(study, panel, kept, recent, level=level, quantity=quantity)
    units["above_since"] = pd.to_datetime(units["unit"].map(since).where(units["alarm"]), errors="coerce").astype(
        "datetime64[us]"
    )
    series = _series(panel[kept], recent, out[:, columns], kept, level=level, least=LEAST[quantity])
    return Watch(
        quantity=quantity,
        units=units.merge(fired, on="unit", how="left"),
        panel=panel,
        series=series,
        comparators=comparators,
        alpha=level,
        control=control,
        asked=asked,
        expected_alarms=float(units["false_alarms_per_year"].sum()),
        n_unplaced=_unplaced(study),
        times_asked=None if quantity == "attacks" else TIMES_ASKED,
    )


def _expect_now(counts: np.ndarray, kind: str, left_out: np.ndarray) -> tuple[Expectation, float]:
    """Return what is expected of every unit's last week, and the power by which the units' past corrects the chances of
    attacks (those of deaths are held against the law of single attacks instead).
    """
    first = len(counts) - 1
    if kind != "counts":
        return expect_counts(counts, kind=kind, first=first, left_out=left_out), 1.0
    found = expect_counts(counts, kind=kind, first=first, also=earlier_periods(*counts.shape), left_out=left_out)
    power = panel_power(found, left_out=left_out)
    return with_power(found, power), power


@dataclass(frozen=True)
class _Judged:
    """The last week of every unit; arrays of shape (n_windows, n_units)."""

    observed: np.ndarray
    expected: np.ndarray
    p_value: np.ndarray
    bound: np.ndarray
    rate: np.ndarray

    @classmethod
    def of(cls, counts: np.ndarray, found: Expectation, level: float, least: float) -> "_Judged":
        bound, rate = found.bounds(level, least)
        observed = np.stack([counts[-weeks:].sum(axis=0) for weeks in WINDOWS])
        lengths = np.array(WINDOWS)[:, None]
        return cls(observed, found.expected[:, -1] * lengths, found.p_value[:, -1], bound, rate)

    def in_alarm(self) -> np.ndarray:
        return np.any(self.observed >= self.bound, axis=0)


@dataclass(frozen=True)
class _Deaths:
    """Deaths of single attacks, as far as a table knows them.

    Attributes
    ----------
    events
        Attacks a week and unit, shape of the panel.
    deaths, week, unit
        Each attack's deaths, at most `MOST_DEATHS`, and where in the panel it is; in the order of weeks. Those of weeks
        that are no baseline are left out.
    """

    events: np.ndarray
    deaths: np.ndarray
    week: np.ndarray
    unit: np.ndarray

    @classmethod
    def of(cls, study: Study, quantity: str, panel: pd.DataFrame, left_out: np.ndarray) -> "_Deaths":
        """Read them from a study. Where a table holds sums alone, each is taken to be of as few attacks as could hold
        it.
        """
        events = tested_panel(study)
        if study.holds_counts:
            sums, counts = panel.to_numpy().ravel(), events.to_numpy().ravel()
            deaths, group = fewest_marks(sums, counts, most=MOST_DEATHS)
            week, unit = np.divmod(group, panel.shape[1])
        else:
            end = min(study.end, study.covered_end)
            unit = panel.columns.get_indexer(study.units)
            week = len(panel) - 1 - ((end - DAY - study.attacks["date_start"]) // WEEK).to_numpy()
            deaths = study.attacks[QUANTITIES[quantity]].fillna(0.0).to_numpy(dtype=float)
        held = (unit >= 0) & (week >= 0)
        held[held] = ~left_out[week[held], unit[held]]
        order = np.flatnonzero(held)[np.argsort(week[held], kind="stable")]
        return cls(events.to_numpy(dtype=float), deaths[order], week[order], unit[order])

    def laws(self, columns: np.ndarray, n_weeks: int) -> Iterator[np.ndarray]:
        """Yield the chances of 0, 1, ... `MOST_DEATHS` deaths in one attack of each unit, for the last weeks in turn,
        by the weeks before the windows that end with each.
        """
        n_all, n_units = self.events.shape
        ends = np.searchsorted(self.week, np.arange(n_all - n_weeks, n_all) + 1 - max(WINDOWS))
        held = np.zeros((n_units, MOST_DEATHS + 1), dtype=np.int64)
        begin = 0
        for end in ends:
            held += count_marks(self.deaths[begin:end], self.unit[begin:end], n_units, most=MOST_DEATHS)
            begin = end
            yield laws_of(held, columns)

    def lifts(self, recent: Expectation, columns: np.ndarray, level: float, past: Mapping[str, Any]) -> np.ndarray:
        """Return the lift of each week and chosen unit, by what was known before it, shape as ``recent.p_value``."""
        events = expect_counts(self.events[:, columns], kind="counts", **past)
        lifts = np.zeros_like(recent.p_value)
        n_weeks = len(self.events) - past["first"]
        for back, laws in zip(range(n_weeks - 1, -1, -1), self.laws(columns, n_weeks), strict=True):
            lifts[:, -1 - back] = lifted(recent, events, laws, level, back=back)
        return lifts


def _unplaced(study: Study) -> int:
    if study.counts is not None:
        return int(study.counts.loc[study.units.isna(), "attacks"].sum())
    return int(study.units.isna().sum())


def _weeks_left_out(panel: pd.DataFrame, periods: pd.DataFrame | None) -> np.ndarray:
    """Return which weeks of which units touch a period that is no baseline, shape of the panel."""
    out = np.zeros(panel.shape, dtype=bool)
    if periods is None:
        return out
    unknown = sorted(set(periods["unit"].dropna()) - set(panel.columns))
    if unknown:
        raise SelectionError(
            f"{len(unknown)} units of the periods left out are not in the table (first {unknown[0]!r}); it has"
            f" {', '.join(panel.columns[:5])}{', ...' if panel.shape[1] > 5 else ''}. Write them so, or leave the unit"
            " empty for all."
        )
    starts, ends = panel.index, panel.index + WEEK
    for period in periods.itertuples(index=False):
        weeks = (starts < period.to + DAY) & (ends > period.since)
        column = slice(None) if pd.isna(period.unit) else panel.columns == period.unit
        out[np.ix_(weeks, np.arange(panel.shape[1])[column])] = True
    return out


def simulate_steady(counts: np.ndarray, *, n_weeks: int, n: int, seed: int) -> np.ndarray:
    """Draw histories of shape (n_weeks, n) at a unit's own mean and dispersion, its last four weeks left out."""
    baseline = counts[: -WINDOWS[-1]]
    mean = baseline.mean()
    generator = np.random.default_rng(seed)
    dispersion = baseline.var(ddof=1) / mean if mean > 0 else 1.0
    if dispersion <= 1:
        return generator.poisson(mean, (n_weeks, n)).astype(float)
    size = mean / (dispersion - 1)
    return generator.negative_binomial(size, 1 / dispersion, (n_weeks, n)).astype(float)


def _watch_problem(study: Study, quantity: str, panel: pd.DataFrame) -> str:
    """Return why no unit can be judged, or ``""``."""
    n_weeks, n_units = panel.shape
    return (
        _problem(study)
        or panels.week_problem(study)
        or ("" if n_units else say("no attack is placed well enough to belong to a unit"))
        or ("" if quantity == "attacks" else panels.deaths_problem(study, column=QUANTITIES[quantity]))
        or (
            ""
            if n_weeks >= MIN_WEEKS
            else say_count(
                "the history has {n} whole [week|weeks], and a rate of false alarms can be kept from {least} on",
                n_weeks,
                least=MIN_WEEKS,
            )
        )
    )


@kept_on_study
def alarmed_units(study: Study) -> tuple[tuple[str, ...], str]:
    """Return the units whose attacks are in alarm, as `watch_units` finds them by default, or why none was judged.

    Their past weeks and the comparators are not computed.
    """
    panel = tested_panel(study)
    if problem := _watch_problem(study, "attacks", panel):
        return (), problem
    counts, least = panel.to_numpy(dtype=float), LEAST["attacks"]
    found, _ = _expect_now(counts, "counts", _weeks_left_out(panel, None))
    level = shared_level(found, ALARMS_PER_YEAR / WEEKS_PER_YEAR, largest=MAX_ALPHA, least=least)
    return tuple(panel.columns[_Judged.of(counts, found, level, least).in_alarm()]), ""


@kept_on_study
def watch_of(study: Study, *, quantity: str = "attacks") -> Watch:
    """Judge a study's units once, for this question and those that build on it."""
    return watch_units(study, quantity=quantity)


@in_its_language
def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    watch = watch_of(study)
    judged = watch.units[watch.units["status"].eq(COMPUTED)]
    n = int(watch.panel.to_numpy().sum())
    for comparator in watch.comparators.itertuples():
        name = f"{comparator.rule}_units"
        if comparator.status == COMPUTED:
            rows.add(name, comparator.n_units, n_incidents=n)
        else:
            rows.skip(name, comparator.reason)
    for quantity in ("deaths", "deaths_low", "deaths_high"):
        deadly = watch_of(study, quantity=quantity)
        if deadly.problem:
            rows.skip(f"surge_{quantity}_units_above", deadly.problem)
        else:
            rows.add(
                f"surge_{quantity}_units_above", len(deadly.alerts), attacks=_attacks_of(study, deadly.alerts),
                method=say(RULE),
                detail={"units": deadly.alerts["unit"].tolist()},
            )  # fmt: skip
    if judged.empty:
        rows.skip_rest(watch.problem)
        return rows.frame()
    rows.add("surge_units_judged", len(judged), n_incidents=n, method=say("count of units; {rule}", rule=say(RULE)))
    rows.add(
        "surge_units_above", len(watch.alerts), attacks=_attacks_of(study, watch.alerts),
        method=f"{say(RULE)}, {_control_words(watch)}",
        detail={"units": watch.alerts["unit"].tolist()},
    )  # fmt: skip
    if watch.control == "fdr":
        reason = say("the false discovery rate bounds a share of alarms, not their number")
        rows.skip("surge_false_alarms_per_year", reason)
    else:
        rows.add("surge_false_alarms_per_year", watch.expected_alarms, n_incidents=n, detail={"asked": watch.asked})
    first = judged.iloc[0]
    attacks = _attacks_of(study, judged.iloc[:1])
    detail = {"unit": first["unit"], "window_weeks": int(first["window_weeks"])}
    method = f"{first['rule']}, {first['unit']}"
    rows.add("surge_observed_to_expected", first["value"], attacks=attacks, method=method, detail=detail)
    rows.add("surge_p", first["p_value"], attacks=attacks, method=method, detail=detail)
    return rows.frame()


def _attacks_of(study: Study, units: pd.DataFrame) -> pd.DataFrame:
    ids = [name for held in units["incident_ids"] for name in held]
    return study.attacks[study.attacks["incident_id"].isin(ids)]


@in_its_language
def alerts_document(watch: Watch, study: Study) -> dict[str, object]:
    """Return what ``alerts.json`` holds: every unit with its rule, and how the alarms are controlled."""
    return {
        "schema": 1,
        "as_of": study.as_of,
        "selection": study.selection.as_dict(),
        "unit": study.selection.unit,
        "quantity": watch.quantity,
        "control": watch.control,
        "false_alarms_per_year": watch.expected_alarms,
        "simulated_false_alarms_over_asked": watch.times_asked,
        "alpha": watch.alpha,
        "n_units": len(watch.units),
        "n_alerts": len(watch.alerts),
        "n_unplaced_attacks": watch.n_unplaced,
        "comparators": watch.comparators.to_dict("records"),
        "units": watch.units.to_dict("records"),
    }


def _problem(study: Study) -> str:
    if study.covered_end < study.end:
        return say(
            "the table covers the selection only to {covered}, and not to {as_of}",
            covered=study.covered_end - DAY,
            as_of=study.as_of,
        )
    return ""


def _unjudged(study: Study, panel: pd.DataFrame, reason: str) -> pd.DataFrame:
    """Return a row for each unit that says why it was not judged."""
    n = panel.shape[1]
    none = np.full((len(WINDOWS), n), np.nan)
    judged = _Judged(np.zeros((len(WINDOWS), n)), none, none, none, none)
    table = _unit_rows(study, panel, judged, np.zeros(n, dtype=bool), level=np.nan)
    return table.assign(status=NOT_COMPUTED, reason=reason, false_alarms_per_year=np.nan, observed=np.nan)


def _unit_rows(study: Study, panel: pd.DataFrame, judged: _Judged, alarm: np.ndarray, *, level: float) -> pd.DataFrame:
    names = panel.columns
    end = min(study.end, study.covered_end)
    # The window that is more unusual; the shorter of two alike. Before that: one that is above its bound.
    above = judged.observed >= judged.bound
    unusual = np.where(np.isnan(judged.p_value), 2.0, judged.p_value) + np.where(above.any(axis=0) & ~above, 1.0, 0.0)
    which = unusual.argmin(axis=0)
    weeks = np.array(WINDOWS)[which]
    observed, expected, p_value, bound = (
        np.take_along_axis(part, which[None], axis=0)[0]
        for part in (judged.observed, judged.expected, judged.p_value, judged.bound)
    )
    start = end - weeks * WEEK
    ids: dict[str, list[str]] | pd.Series = {}
    if not study.holds_counts and len(names):
        began = study.units.map(dict(zip(names, start, strict=True)))
        held = study.attacks["date_start"].ge(began) & study.attacks["date_start"].lt(end)
        ids = study.attacks[held].groupby(study.units[held])["incident_id"].agg(list)
    rule = np.array([say(RULES[length]) for length in weeks], dtype=object)
    table = pd.DataFrame(
        {
            "unit": names,
            "rule": rule,
            "window_weeks": weeks,
            "period_start": start,
            "period_end": end,
            "observed": observed,
            "expected": expected,
            "upper": bound - 1,
            "p_value": p_value,
            "alarm": alarm,
            "above_since": pd.Series(pd.NaT, index=range(len(names)), dtype="datetime64[us]"),
            "false_alarms_per_year": np.nansum(judged.rate, axis=0) * WEEKS_PER_YEAR,
            "value": observed / expected,
            "low": np.nan,
            "high": np.nan,
            "level": 1 - level,
            "method": rule,
            "n_incidents": [len(ids.get(name, [])) for name in names],
            "incident_ids": [ids.get(name, []) for name in names],
            "status": COMPUTED,
            "reason": "",
        }
    )
    return table.sort_values(
        ["alarm", "p_value", "observed", "unit"], ascending=[False, True, False, True], ignore_index=True
    )


def _above_since(
    study: Study, panel: pd.DataFrame, names: list[str], recent: Expectation, *, level: float, quantity: str
) -> dict[str, pd.Timestamp]:
    """Return the first day of each unit's unbroken run of alarms: when the sums of its first week in alarm passed their
    bounds of that week.
    """
    counts = panel[names].to_numpy(dtype=float)
    sums = np.stack([window_sums(counts, weeks) for weeks in WINDOWS])
    fired: np.ndarray = np.any((recent.p_value <= level) & (sums >= LEAST[quantity]), axis=0)
    since = {}
    for column, name in enumerate(names):
        run = 0
        while run < min(SHOWN_WEEKS, len(counts)) and fired[-1 - run, column]:
            run += 1
        if not run:
            continue
        back = run - 1
        bound, _ = recent.bounds(level, LEAST[quantity], back=back)
        start = panel.index[len(panel) - 1 - back]
        if study.holds_counts:  # no days are known within a week
            since[name] = start
            continue
        inside = study.units.eq(name) & study.attacks["date_start"].between(start, start + WEEK - DAY)
        attacks = study.attacks[inside].sort_values("date_start", kind="stable")
        values = attacks[QUANTITIES[quantity]].fillna(0.0).clip(upper=MOST_DEATHS) if QUANTITIES[quantity] else 1.0
        running = pd.Series(values, index=attacks.index, dtype=float).cumsum()
        days = []
        for window, weeks in enumerate(WINDOWS):
            before = counts[len(counts) - back - weeks : len(counts) - 1 - back, column].sum()
            reached = attacks.loc[before + running >= bound[window, column], "date_start"]
            days += reached.iloc[:1].tolist()
        since[name] = min(days) if days else start
    return since


def window_sums(counts: np.ndarray, weeks: int) -> np.ndarray:
    """Return the sum of so many weeks to each, shape as ``counts``; missing where the history is shorter."""
    total = np.concatenate([np.zeros((1, counts.shape[1])), counts.cumsum(axis=0)])
    found = np.full(counts.shape, np.nan)
    found[weeks - 1 :] = total[weeks:] - total[:-weeks]
    return found


def _series(
    panel: pd.DataFrame,
    recent: Expectation | None,
    left_out: np.ndarray | None,
    names: list[str],
    *,
    level: float = np.nan,
    least: float = 0.0,
) -> pd.DataFrame:
    """Return the shown units' recent weeks, observed beside expected and bound."""
    columns = [
        "unit", "period_start", "period_end", "observed", "expected", "upper", "alarm", "four_weeks", "left_out",
        "status", "reason",
    ]  # fmt: skip
    if recent is None or left_out is None or not names:
        return pd.DataFrame(columns=columns)
    n_shown = min(SHOWN_WEEKS, len(panel))
    counts = panel.to_numpy(dtype=float)
    upper, bounds = np.full((n_shown, len(names)), np.nan), None
    for back in range(n_shown):
        if np.isfinite(recent.shift[:, len(panel) - 1 - back]).any():
            bounds, _ = recent.bounds(level, least, back=back, windows=slice(1), near=bounds)
            upper[n_shown - 1 - back] = bounds[0] - 1
    last = slice(len(panel) - n_shown, None)
    fours = window_sums(counts, WINDOWS[-1])[last]
    long = (recent.p_value[-1, last] <= level) & (fours >= least)
    parts = []
    starts = panel.index[last]
    for column, name in enumerate(names):
        observed = counts[last, column]
        parts.append(
            pd.DataFrame(
                {
                    "unit": name,
                    "period_start": starts,
                    "period_end": starts + WEEK,
                    "observed": observed,
                    "expected": recent.expected[0, last, column],
                    "upper": upper[:, column],
                    "alarm": observed > np.where(np.isnan(upper[:, column]), np.inf, upper[:, column]),
                    "four_weeks": np.where(long[:, column], fours[:, column] / WINDOWS[-1], np.nan),
                    "left_out": left_out[last, column],
                    "status": COMPUTED,
                    "reason": "",
                }
            )
        )
    return pd.concat(parts, ignore_index=True)[columns]


@kept_on_study
def _compare(study: Study, *, problem: str, n_simulations: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return which comparators fire in which units, and how often each would if nothing changed; the same beside every
    quantity, for they are of attacks.
    """
    panel = tested_panel(study)
    fired = pd.DataFrame({"unit": panel.columns})
    rows = []
    counts = panel.to_numpy(dtype=float)
    for place, rule in enumerate(COMPARATORS):
        reason = problem
        if not reason and len(panel) < rule.weeks_needed:
            reason = say_count(
                "the history has {n} whole [week|weeks], and the rule needs {least}",
                len(panel),
                least=rule.weeks_needed,
            )
        if not reason and not panel.shape[1]:
            reason = say("no attack is placed well enough to belong to a unit")
        held = np.zeros(panel.shape[1], dtype=bool) if reason else rule.fires(counts)
        fired[rule.name] = (
            pd.array(held, dtype="boolean") if not reason else pd.array([pd.NA] * len(held), dtype="boolean")
        )
        rate = np.nan
        if not reason:
            seeds = study.settings.seed + place
            busiest = np.argsort(-counts.sum(axis=0), kind="stable")[:SIMULATED_UNITS]
            rate = np.mean(
                [rule.fires(simulate_steady(counts[:, unit], n_weeks=rule.weeks_needed, n=n_simulations,
                    seed=seeds)).mean() for unit in busiest]
            ) * WEEKS_PER_YEAR  # fmt: skip
        rows.append((rule.name, say(rule.words), int(held.sum()), rate, NOT_COMPUTED if reason else COMPUTED, reason))
    levels, reason = hdx_levels(study)
    unsaid = "not computed" if reason else "none"
    fired["hdx_level"] = pd.Series([levels.get(unit, unsaid) for unit in panel.columns], dtype="str")
    words = say(
        "{deaths} deaths or more in {days} days, the most in a year (medium) or in three (high)",
        deaths=HDX_DEATHS,
        days=HDX_WINDOW,
    )
    n_fired = int(fired["hdx_level"].isin(["medium", "high"]).sum())
    rows.append(("hdx_signal", words, n_fired, np.nan, NOT_COMPUTED if reason else COMPUTED, reason))
    columns = ["rule", "words", "n_units", "false_alarms_per_year", "status", "reason"]
    return fired, pd.DataFrame(rows, columns=columns)


HDX_DEATHS, HDX_WINDOW, HDX_YEAR, HDX_THREE_YEARS, HDX_QUIET = 100, 30, 366, 1096, 180


@in_its_language
def hdx_levels(study: Study) -> tuple[dict[str, str], str]:
    """Return each unit's level by the HDX Signals rule on the last day, and why it could not be told.

    ``medium``: deaths of 30 days are at least 100 and the most of the last 366 days; ``high``: of the last 1,096 days,
    where coverage reaches as far. An alert is followed by 180 days of quiet, in which a level no higher than the
    alert's raises none; a higher level always does, so that quiet never hides a rise. ``quiet`` marks a unit whose
    level is held back so.
    """
    if problem := _problem(study):
        return {}, problem
    n_days = (study.end - study.start) // DAY
    if n_days < HDX_YEAR + HDX_WINDOW:
        return {}, say(
            "the history has {days} days, and the rule needs {least}", days=n_days, least=HDX_YEAR + HDX_WINDOW
        )
    if study.counts is not None:
        return _hdx_of_counts(study, study.counts, n_days)
    placed = study.units.notna() & study.attacks["fatalities_best"].notna()
    if not placed.any():
        return {}, say("the table gives no best figure of deaths")
    levels = {}
    for unit, attacks in study.attacks[placed].groupby(study.units[placed], sort=True):
        day = ((attacks["date_start"] - study.start) // DAY).to_numpy()
        daily = np.bincount(day, weights=attacks["fatalities_best"], minlength=n_days)
        levels[unit] = hdx_level(daily)
    return levels, ""


def _hdx_of_counts(study: Study, every: pd.DataFrame, n_days: int) -> tuple[dict[str, str], str]:
    """Return levels where deaths are known by week alone, spread evenly over its days."""
    if problem := panels.week_problem(study):
        return {}, problem
    counts = every[every["deaths"].notna() & study.units.notna()]
    if counts.empty:
        return {}, say("the table gives no figure of deaths")
    levels = {}
    for unit, rows in counts.groupby(study.units[counts.index], sort=True):
        spans = rows["period_start"], rows["period_end"]
        daily = spread_evenly(rows["deaths"].to_numpy(), *spans, start=study.start, end_of_all=study.end)
        levels[unit] = hdx_level(np.round(daily[:n_days], 9))
    return levels, ""


def hdx_level(daily_deaths: np.ndarray) -> str:
    """Return the HDX Signals level on the last of consecutive days: ``none``, ``medium``, ``high`` or ``quiet``; see
    `hdx_levels`.
    """
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


def simulated_words(watch: Watch) -> str:
    """Say how well the promised number of false alarms on deaths was kept in simulations; empty for attacks."""
    if watch.times_asked is None:
        return ""
    low, high = watch.times_asked
    return say(
        "In simulations false alarms on deaths came {low} to {high} times as often as asked.",
        low=localised(f"{low:g}"),
        high=localised(f"{high:g}"),
    )


def _control_words(watch: Watch) -> str:
    if watch.control == "fdr":
        return say(
            "false discovery rate {rate:.0f} % over {units} units",
            rate=100 * FALSE_DISCOVERY_RATE,
            units=len(watch.units),
        )
    return say(
        "{alarms:.2g} false alarms a year over {units} units", alarms=watch.expected_alarms, units=len(watch.units)
    )


# What ``study.surge`` holds as tables.
TABLES = (
    Table(
        "units",
        "Every unit against what its own past led to expect, most unusual first: `alarm` says whether it stands above"
        " now, `above_since` since when.",
        lambda study: watch_of(study).units,
        because="surge_units_judged",
    ),
    Table(
        "alerts",
        "The units that stand above, `above_since` the day that each has done so without a break.",
        lambda study: watch_of(study).alerts,
        nothing=lambda study: watch_of(study).problem or say("no unit stands above its baseline"),
    ),
    Table(
        "series",
        "Weekly attacks of each unit, with what was expected.",
        lambda study: watch_of(study).series,
        because="surge_units_judged",
    ),
    Table("comparators", "Rules that users know from elsewhere.", lambda study: watch_of(study).comparators),
    Table(
        "deaths_units",
        "Every unit by deaths, best estimate.",
        lambda study: watch_of(study, quantity="deaths").units,
        because="surge_deaths_units_above",
    ),
)
