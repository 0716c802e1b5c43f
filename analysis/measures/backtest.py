"""Would the alert rules have been any good on this table? Every rule on the table's own history, week by week, without
look-ahead.

A rule sees only what lay before and in the week that it judges; what came after is used to judge the rule alone. All
rules are held against the same weeks and against chance: the share of all weeks that a rise followed is what an alarm
at random would reach.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.incidents.study import DAY, Study, in_its_language
from analysis.language import message, say
from analysis.measures import known_rules, surge
from analysis.measures.known_rules import Rule, hdx_weeks, simulate_steady
from analysis.measures.panels import week_problem
from analysis.measures.result import COMPUTED, NOT_COMPUTED, TAIL
from analysis.measures.watched import LEAST, WEEKS_PER_YEAR, watched_panel, window_sums
from analysis.statistics import farrington
from analysis.statistics.distributions import binomial_interval
from analysis.statistics.expectation import Expectation, expect_counts, panel_power, shared_level, with_power

# A sustained rise: what "followed" and "missed" mean. Thirteen weeks against the year before them.
AFTER_WEEKS, BEFORE_WEEKS, GAP_WEEKS = 13, 52, 4
RISE_RATIO, RISE_DEVIATIONS, RISE_ATTACKS = 1.5, 2.0, 5
# Alarms closer than this are one.
MERGED_WEEKS = 4
SIMULATED_UNITS, N_SIMULATIONS = 10, 2000
UNITS_AT_ONCE = 16
OWN, FARRINGTON, HDX = message("own past"), "Farrington flexible", "hdx_signal"
# Farrington's rule: five years, three weeks either side; with fewer than 5 attacks in the last 4 weeks it says nothing.
FARRINGTON_WEEKS, FARRINGTON_LIMIT = 5 * 52 + 3, (5, 4)
# False alarms a year over all units that the table of costs goes through.
ASKED = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)


def definition_words() -> str:
    """Return what a sustained rise is, and when an alarm is followed by one, in whole sentences."""
    return " ".join(
        (
            say(
                "A sustained rise: {after} weeks with at least {ratio:g} times the attacks that the {before} weeks "
                "before "
                "them lead to expect, at least {least}, and more than {deviations:g} standard deviations above what is "
                "expected.",
                after=AFTER_WEEKS, ratio=RISE_RATIO, before=BEFORE_WEEKS, least=RISE_ATTACKS,
                deviations=RISE_DEVIATIONS,
            ),
            say(
                "An alarm is followed by a rise if the {after} weeks after it are one, against the year that ended "
                "{gap} weeks "
                "before it: what raised the alarm counts on neither side.",
                after=AFTER_WEEKS, gap=GAP_WEEKS,
            ),
            say(
                "Such weeks at most {after} apart are one rise, which begins where it stands out most; it is missed if "
                "no "
                "alarm falls in its {after} weeks.",
                after=AFTER_WEEKS,
            ),
        )
    )  # fmt: skip


def _ratio_90(counts: np.ndarray) -> np.ndarray:
    recent, year = counts[-AFTER_WEEKS:].sum(axis=0), counts[:-AFTER_WEEKS].sum(axis=0)
    return (recent >= RISE_ATTACKS) & (recent / AFTER_WEEKS >= RISE_RATIO * year / BEFORE_WEEKS)


RATIO_90 = Rule(
    "ratio_90",
    message("13 weeks at least 1.5 times the 52 before, and at least 5 attacks"),
    65,
    _ratio_90,
)
COMPARATORS = (*known_rules.COMPARATORS, RATIO_90)

COLUMNS = (
    "rule", "words", "comparator", "n_units", "n_unit_weeks", "n_alarms", "alarms_per_year", "alarms_per_unit_year",
    "alarm_weeks_per_unit_year", "false_alarm_weeks_per_unit_year",
    "n_followed", "share_at_random", "n_rises", "n_missed", "share_missed", "delay_weeks", *TAIL,
)  # fmt: skip


@dataclass(frozen=True)
class AlertBacktest:
    """Every rule on one history."""

    # One row per rule, the product's own first: ``COLUMNS``. ``value`` is the share of alarms that a sustained rise
    # followed, with its exact interval; ``share_at_random`` the share of all judged weeks that one followed;
    # ``alarms_per_year`` is over all units and counts alarms closer than `MERGED_WEEKS` weeks once;
    # ``alarm_weeks_per_unit_year`` counts every week in alarm, to be held against ``false_alarm_weeks_per_unit_year``,
    # simulated from the busiest units as if nothing changed in them; ``delay_weeks`` the median from a rise's first
    # week to the first alarm.
    rules: pd.DataFrame
    alarms: pd.DataFrame  # one row per alarm: ``rule, unit, week_start, followed``
    # One row per sustained rise: ``unit, week_start, before, after`` (attacks per week) and, by rule, ``delay <rule>``
    # in weeks, missing if missed.
    rises: pd.DataFrame
    trade_off: pd.DataFrame  # what a lower or higher level costs, from this history: see `trade_off`
    definition: str  # see `definition_words`


@in_its_language
def backtest_rules(
    study: Study, *, alpha: float | None = None, progress: Callable[[int, int], None] | None = None
) -> AlertBacktest:
    """Run every alert rule over a study's history: that of `surge`, and as comparators Farrington's, ACLED's, HDX's and
    the plain 90-day ratio.

    Parameters
    ----------
    study
        Its selection's ``unit`` says what is watched.
    alpha
        Level of each unit's test in Farrington's rule, and of each window in the own rule; default: as
        `surge.watch_units` sets it.
    progress
        Called with steps done and steps in all.

    Returns
    -------
    AlertBacktest
        A rule that the history does not carry has a row with its reason. The last `AFTER_WEEKS` weeks are not judged:
        what follows them is not known yet.
    """
    panel = watched_panel(study)
    n_weeks, n_units = panel.shape
    counts = panel.to_numpy(dtype=float)
    rules = [
        (OWN, say("week or four weeks above what the unit's own past led to expect"), False),
        (FARRINGTON, say("week above what five years at this season lead to expect"), True),
        *((rule.name, say(rule.words), True) for rule in COMPARATORS),
        (HDX, _hdx_words(), True),
    ]
    problems = {name: _problem(study, name, n_weeks, n_units) for name, *_ in rules}
    carried = [name for name, *_ in rules if not problems[name]]
    first = max((_first_week(name) for name in carried), default=0)
    last = n_weeks - AFTER_WEEKS
    judged, fired = np.arange(first, last), {}
    shared = alpha
    if shared is None:
        shared = min(surge.MAX_ALPHA, surge.ALARMS_PER_YEAR / (WEEKS_PER_YEAR * max(n_units, 1)))
    followed_past = _follow(counts, _first_week(OWN)) if OWN in carried else None
    own = alpha
    if own is None and followed_past is not None:
        own = _level(followed_past, surge.ALARMS_PER_YEAR, surge.MAX_ALPHA)
    for done, name in enumerate(carried):
        if name == OWN and followed_past is not None and own is not None:
            fired[name] = own_alarms(counts, followed_past, own)[judged]
        else:
            fired[name] = _fires(study, panel, name, judged, alpha=shared)
        if progress is not None:
            progress(done + 1, len(carried))
    followed = rises_after(counts, judged + 1, gap=GAP_WEEKS) if carried else np.zeros((0, n_units), dtype=bool)
    onsets = find_rises(counts, first=first, last=last) if carried else []
    rows, alarms, delays = [], [], {}
    for name, words, comparator in rules:
        if problems[name]:
            rows.append(_row(name, words, comparator, n_units, reason=problems[name]))
            continue
        delays[name] = delays_of(fired[name], onsets, first=first)
        rows.append(
            _row(name, words, comparator, n_units)
            | _numbers(fired[name], followed, delays[name], level=study.settings.level)
            | {
                "false_alarm_weeks_per_unit_year": _kept_rate(followed_past, own)
                if name == OWN
                else _simulated(study, panel, name, alpha=shared)
            }
        )
        week, unit = np.nonzero(alarm_starts(fired[name]))
        alarms.append(
            pd.DataFrame(
                {
                    "rule": name,
                    "unit": panel.columns.to_numpy()[unit],
                    "week_start": panel.index[judged[week]],
                    "followed": followed[week, unit],
                }
            )
        )
    return AlertBacktest(
        rules=pd.DataFrame(rows, columns=list(COLUMNS)),
        alarms=pd.concat(alarms, ignore_index=True)
        if alarms
        else pd.DataFrame(columns=["rule", "unit", "week_start", "followed"]),
        rises=_rise_table(panel, onsets, delays),
        trade_off=trade_off_of(counts, followed_past, first=_first_week(OWN), last=last, level=study.settings.level),
        definition=definition_words(),
    )  # fmt: skip


TRADE_OFF_COLUMNS = (
    "asked_per_year", "level", "expected_per_year", "alarms_per_year", "alarm_weeks_per_year", "n_alarms", "n_followed",
    "share_followed",
    "n_rises", "n_missed", "share_missed", "delay_weeks",
)  # fmt: skip


@in_its_language
def trade_off(study: Study) -> tuple[pd.DataFrame, str]:
    """Say what each level of alarm costs on this table's own history: false alarms against rises missed and delay.

    Parameters
    ----------
    study
        Its selection's ``unit`` says what is watched.

    Returns
    -------
    tuple of pandas.DataFrame and str
        One row for each of `ASKED` false alarms a year over all units: ``asked_per_year, level, expected_per_year``
        (what the bounds of the last week give if nothing changes), ``alarms_per_year`` (of this history, alarms closer
        than `MERGED_WEEKS` weeks once), ``alarm_weeks_per_year, n_alarms, n_followed, share_followed, n_rises,
        n_missed, share_missed, delay_weeks``; and why there are none, or ``""``.
    """
    panel = watched_panel(study)
    if problem := _problem(study, OWN, *panel.shape):
        return pd.DataFrame(columns=list(TRADE_OFF_COLUMNS)), problem
    counts = panel.to_numpy(dtype=float)
    first = _first_week(OWN)
    found = trade_off_of(
        counts, _follow(counts, first), first=first, last=len(counts) - AFTER_WEEKS, level=study.settings.level
    )
    return found, ""


def trade_off_of(counts: np.ndarray, found: Expectation | None, *, first: int, last: int, level: float) -> pd.DataFrame:
    """Return the table of `trade_off` from weekly counts of shape (n_weeks, n_units) and what was expected of them."""
    if found is None:
        return pd.DataFrame(columns=list(TRADE_OFF_COLUMNS))
    judged = np.arange(first, last)
    followed = rises_after(counts, judged + 1, gap=GAP_WEEKS)
    onsets = find_rises(counts, first=first, last=last)
    rows = []
    for asked in ASKED:
        tail = _level(found, asked, surge.MOST_ALPHA)
        fired = own_alarms(counts, found, tail)[judged]
        numbers = _numbers(fired, followed, delays_of(fired, onsets, first=first), level=level)
        rows.append(
            {
                "asked_per_year": asked,
                "level": tail,
                "expected_per_year": _kept_rate(found, tail) * counts.shape[1],
                "alarm_weeks_per_year": float(fired.sum()) / (len(judged) / WEEKS_PER_YEAR),
                "share_followed": numbers.get("value", np.nan),
            }
            | {name: numbers[name] for name in TRADE_OFF_COLUMNS if name in numbers and name != "level"}
        )
    return pd.DataFrame(rows, columns=list(TRADE_OFF_COLUMNS))


def own_alarms(counts: np.ndarray, found: Expectation, level: float, *, quantity: str = "attacks") -> np.ndarray:
    """Return in which weeks and units the own rule raises an alarm, shape of ``counts``."""
    fired = np.zeros(counts.shape, dtype=bool)
    for window, weeks in enumerate(found.windows):
        enough = window_sums(counts, int(weeks)) >= LEAST[quantity]
        fired |= (found.p_value[window] <= level) & enough
    return fired


def _follow(counts: np.ndarray, first: int) -> Expectation:
    found = expect_counts(counts, first=first)
    return with_power(found, panel_power(found))


def _level(found: Expectation, asked: float, largest: float) -> float:
    return shared_level(found, asked / WEEKS_PER_YEAR, largest=largest, least=LEAST["attacks"])


def _kept_rate(found: Expectation | None, level: float | None) -> float:
    """Return the weeks in alarm a year and unit that the bounds of the last week give if nothing changes."""
    if found is None or level is None:
        return np.nan
    chance = found.bounds(level, LEAST["attacks"])[1]
    return float(np.nansum(chance, axis=0).mean()) * WEEKS_PER_YEAR


def rises_after(counts: np.ndarray, weeks: Iterable[int], *, gap: int = 0) -> np.ndarray:
    """Return whether a sustained rise starts in a week, as `definition_words` has it.

    With A the attacks of 13 weeks from the week on and m the weekly mean of the 52 weeks before (they end ``gap`` weeks
    earlier), E = 13 m and D the variance over the mean of those 52 counts, at least 1: ``A >= 1.5 E``, ``A >= 5`` and
    ``A > E + 2 sqrt(D E (1 + 13/52))``.

    Parameters
    ----------
    counts
        Shape (n_weeks, n_units).
    weeks
        Indices with 52 weeks and the gap before, and 13 from it on.

    Returns
    -------
    numpy.ndarray
        Shape (len(weeks), n_units), bool.
    """
    after, expected, deviation = _before_and_after(counts, np.asarray(weeks), gap)
    return (after >= RISE_RATIO * expected) & (after >= RISE_ATTACKS) & (after > expected + RISE_DEVIATIONS * deviation)


def find_rises(counts: np.ndarray, *, first: int, last: int) -> list[tuple[int, int]]:
    """Return each sustained rise between two weeks as (week, unit).

    Weeks that start one and lie at most 13 weeks apart are one rise; it begins in the week that stands out most, in
    standard deviations, among those of its first 26 weeks.
    """
    weeks = np.arange(max(first, BEFORE_WEEKS), last)
    if not len(weeks):
        return []
    rising = rises_after(counts, weeks)
    after, expected, deviation = _before_and_after(counts, weeks, 0)
    excess = (after - expected) / np.sqrt(deviation**2 + 1)
    found = []
    for unit in np.flatnonzero(rising.any(axis=0)):
        at = np.flatnonzero(rising[:, unit])
        for run in np.split(at, np.flatnonzero(np.diff(at) > AFTER_WEEKS) + 1):
            early = run[run < run[0] + 2 * AFTER_WEEKS]
            best = early[np.argmax(excess[early, unit])]
            found.append((int(weeks[best]), int(unit)))
    return sorted(found)


def alarm_starts(fired: np.ndarray) -> np.ndarray:
    """Return the weeks in which an alarm begins: none within the `MERGED_WEEKS` before. Shape as ``fired``, (n_weeks,
    n_units).
    """
    recent = np.zeros(fired.shape, dtype=bool)
    for back in range(1, MERGED_WEEKS + 1):
        recent[back:] |= fired[:-back]
    return fired & ~recent


def delays_of(fired: np.ndarray, onsets: list[tuple[int, int]], *, first: int) -> np.ndarray:
    """Return the weeks from each rise's first week to the first week in alarm within its 13; missing if there is
    none.
    """
    found = np.full(len(onsets), np.nan)
    for place, (week, unit) in enumerate(onsets):
        within = np.flatnonzero(fired[week - first : week - first + AFTER_WEEKS, unit])
        if within.size:
            found[place] = within[0]
    return found


def _hdx_words() -> str:
    return say(
        "{deaths} deaths or more in {days} days, the most in a year (medium) or in three (high), then quiet",
        deaths=known_rules.HDX_DEATHS, days=known_rules.HDX_WINDOW,
    )  # fmt: skip


def _first_week(name: str) -> int:
    """Return the first week that a rule can judge and that has a year before it to judge the rule by."""
    least = BEFORE_WEEKS + GAP_WEEKS
    if name == OWN:
        return max(least, surge.MIN_WEEKS - 1)
    if name == FARRINGTON:
        return max(least, FARRINGTON_WEEKS)
    if name == HDX:
        return max(least, -(-(known_rules.HDX_YEAR + known_rules.HDX_WINDOW) // 7))
    return max(least, next(rule.weeks_needed for rule in COMPARATORS if rule.name == name))


def _problem(study: Study, name: str, n_weeks: int, n_units: int) -> str:
    if study.covered_end < study.end:
        return say("the table covers the selection only to {day}", day=study.covered_end - DAY)
    if problem := week_problem(study):
        return problem
    if not n_units:
        return say("no attack is placed well enough to belong to a unit")
    needed = _first_week(name) + BEFORE_WEEKS + AFTER_WEEKS
    if n_weeks < needed:
        return say(
            "the history has {n} whole weeks, and a year of alarms by this rule needs {needed}",
            n=n_weeks,
            needed=needed,
        )
    deaths = study.counts["deaths"] if study.counts is not None else study.attacks["fatalities_best"]
    if name == HDX and deaths.isna().all():
        return say("the table gives no best figure of deaths")
    return ""


def _fires(study: Study, panel: pd.DataFrame, name: str, weeks: np.ndarray, *, alpha: float) -> np.ndarray:
    """Return in which weeks and units a rule raises an alarm, shape (len(weeks), n_units)."""
    counts = panel.to_numpy(dtype=float)
    if name == FARRINGTON:
        parts = [
            _farrington(counts[:, first : first + UNITS_AT_ONCE], alpha, weeks)
            for first in range(0, counts.shape[1], UNITS_AT_ONCE)
        ]
        return np.concatenate(parts, axis=1).astype(bool)
    if name == HDX:
        return hdx_weeks(study, panel)[weeks]
    rule = next(rule for rule in COMPARATORS if rule.name == name)
    return np.stack([rule.fires(counts[week + 1 - rule.weeks_needed : week + 1]) for week in weeks])


def _farrington(counts: np.ndarray, alpha: float, weeks: np.ndarray) -> np.ndarray:
    return farrington.farrington_flexible(counts, alpha=alpha, evaluate=weeks, limit=FARRINGTON_LIMIT).alarm


def _before_and_after(counts: np.ndarray, weeks: np.ndarray, gap: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return attacks of the weeks after, what the year before leads to expect, and the standard deviation around it."""
    counts = np.asarray(counts, dtype=float)
    total = np.concatenate([np.zeros((1, counts.shape[1])), counts.cumsum(axis=0)])
    squares = np.concatenate([np.zeros((1, counts.shape[1])), (counts**2).cumsum(axis=0)])
    after = total[weeks + AFTER_WEEKS] - total[weeks]
    stop = weeks - gap
    mean, square = ((held[stop] - held[stop - BEFORE_WEEKS]) / BEFORE_WEEKS for held in (total, squares))
    variance = np.maximum(square - mean**2, 0.0) * BEFORE_WEEKS / (BEFORE_WEEKS - 1)
    dispersion = np.maximum(np.divide(variance, mean, out=np.ones(mean.shape), where=mean > 0), 1.0)
    expected = AFTER_WEEKS * mean
    return after, expected, np.sqrt(dispersion * expected * (1 + AFTER_WEEKS / BEFORE_WEEKS))


def _row(name: str, words: str, comparator: bool, n_units: int, *, reason: str = "") -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(COLUMNS, np.nan)
    row |= {
        "rule": name,
        "words": words,
        "comparator": comparator,
        "n_units": n_units,
        "method": say("rolling backtest"),
    }
    row |= {"n_incidents": 0, "incident_ids": [], "status": NOT_COMPUTED if reason else COMPUTED, "reason": reason}
    return row


def _numbers(fired: np.ndarray, followed: np.ndarray, delays: np.ndarray, *, level: float) -> dict[str, object]:
    starts = alarm_starts(fired)
    n_weeks, n_units = starts.shape
    years = n_weeks / WEEKS_PER_YEAR
    n_alarms, n_followed = int(starts.sum()), int((starts & followed).sum())
    n_missed = int(np.isnan(delays).sum())
    numbers: dict[str, object] = {
        "n_unit_weeks": n_weeks * n_units,
        "n_alarms": n_alarms,
        "alarms_per_year": n_alarms / years,
        "alarms_per_unit_year": n_alarms / years / n_units,
        "alarm_weeks_per_unit_year": float(fired.mean()) * WEEKS_PER_YEAR,
        "n_followed": n_followed,
        "share_at_random": float(followed.mean()),
        "n_rises": len(delays),
        "n_missed": n_missed,
        "share_missed": n_missed / len(delays) if len(delays) else np.nan,
        "delay_weeks": float(np.nanmedian(delays)) if n_missed < len(delays) else np.nan,
        "level": level,
        "method": say("rolling backtest; share of alarms followed by a sustained rise, exact binomial interval"),
    }
    if n_alarms == 0:
        return numbers | {
            "status": NOT_COMPUTED,
            "reason": say("the rule raised no alarm, so there is no share to give"),
        }
    low, high = binomial_interval(n_followed, n_alarms, level=level)
    return numbers | {"value": n_followed / n_alarms, "low": low, "high": high}


def _simulated(study: Study, panel: pd.DataFrame, name: str, *, alpha: float) -> float:
    """Return weeks in alarm a year and unit where nothing changes: the mean over the busiest units, each drawn at its
    mean and dispersion.
    """
    if name == HDX:
        return np.nan
    counts = panel.to_numpy(dtype=float)
    busiest = np.argsort(-counts.sum(axis=0), kind="stable")[:SIMULATED_UNITS]
    rates = []
    for unit in busiest:
        column = counts[:, unit]
        if name == FARRINGTON:
            drawn = simulate_steady(column, n_weeks=FARRINGTON_WEEKS + 1, n=N_SIMULATIONS, seed=study.settings.seed)
            fired = _farrington(drawn, alpha, np.array([FARRINGTON_WEEKS]))
        else:
            rule = next(rule for rule in COMPARATORS if rule.name == name)
            drawn = simulate_steady(column, n_weeks=rule.weeks_needed, n=N_SIMULATIONS, seed=study.settings.seed)
            fired = rule.fires(drawn)
        rates.append(float(fired.mean()) * WEEKS_PER_YEAR)
    return float(np.mean(rates))


def _rise_table(panel: pd.DataFrame, onsets: list[tuple[int, int]], delays: dict[str, np.ndarray]) -> pd.DataFrame:
    counts = panel.to_numpy(dtype=float)
    table = pd.DataFrame(
        {
            "unit": [panel.columns[unit] for _, unit in onsets],
            "week_start": panel.index[[week for week, _ in onsets]] if onsets else panel.index[:0],
            "before": [counts[week - BEFORE_WEEKS : week, unit].mean() for week, unit in onsets],
            "after": [counts[week : week + AFTER_WEEKS, unit].mean() for week, unit in onsets],
        }
    )
    for name, held in delays.items():
        table[f"delay {name}"] = held
    return table
