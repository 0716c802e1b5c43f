"""Rules of alarm that users know from elsewhere: ACLED's, HDX Signals', the plain 90-day ratio. They stand beside the
own rule as comparators and decide nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.incidents.counting import spread_evenly
from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study
from analysis.language import message, say, say_count
from analysis.measures.panels import week_problem
from analysis.measures.result import COMPUTED, NOT_COMPUTED
from analysis.measures.watched import WEEKS_PER_YEAR, uncovered, watched_panel
from analysis.statistics.expectation import WINDOWS

N_SIMULATIONS = 4000
SIMULATED_UNITS = 25
# HDX Signals: so many deaths in so many days, the most in a year or in three; then quiet.
HDX_DEATHS, HDX_WINDOW, HDX_YEAR, HDX_THREE_YEARS, HDX_QUIET = 100, 30, 366, 1096, 180


@dataclass(frozen=True)
class Rule:
    """A rule by weekly counts: which units it fires in, given weeks in rows."""

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


@kept_on_study
def compare_rules(study: Study, *, problem: str, n_simulations: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return which comparators fire in which units, and how often each would if nothing changed; the same beside every
    quantity, for they are of attacks.

    Parameters
    ----------
    study
        Its selection's ``unit`` says what is watched.
    problem
        Why no unit can be judged, or ``""``.
    n_simulations
        Histories of each unit behind the false-alarm rates.

    Returns
    -------
    tuple of pandas.DataFrame
        One row per unit: ``unit``, a column for each of `COMPARATORS`, ``hdx_level``. One row per rule: ``rule, words,
        n_units, false_alarms_per_year`` (mean over units), ``status, reason``.
    """
    panel = watched_panel(study)
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
        fired[rule.name] = pd.array([pd.NA] * len(held) if reason else held, dtype="boolean")
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


@in_its_language
def hdx_levels(study: Study) -> tuple[dict[str, str], str]:
    """Return each unit's level by the HDX Signals rule on the last day, and why it could not be told.

    ``medium``: deaths of 30 days are at least 100 and the most of the last 366 days; ``high``: of the last 1,096 days,
    where coverage reaches as far. An alert is followed by 180 days of quiet, in which a level no higher than the
    alert's raises none; a higher level always does, so that quiet never hides a rise. ``quiet`` marks a unit whose
    level is held back so.
    """
    if problem := uncovered(study) or week_problem(study):
        return {}, problem
    n_days = (study.end - study.start) // DAY
    if n_days < HDX_YEAR + HDX_WINDOW:
        return {}, say(
            "the history has {days} days, and the rule needs {least}", days=n_days, least=HDX_YEAR + HDX_WINDOW
        )
    deaths = study.counted_rows["fatalities_best" if study.counts is None else "deaths"]
    if not (study.units.notna() & deaths.notna()).any():
        if study.counts is None:
            return {}, say("the table gives no best figure of deaths")
        return {}, say("the table gives no figure of deaths")
    # Of tens of thousands of units few have had as many, and the others have no level.
    recent = daily_deaths(study, least=HDX_DEATHS, since=study.end - HDX_WINDOW * DAY)
    return {unit: hdx_level(daily) for unit, daily in recent}, ""


def daily_deaths(
    study: Study, *, least: float = 0.0, since: pd.Timestamp | None = None
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each unit that has figures of deaths, with its deaths on each day of the study, spread as its attacks
    are.

    Units whose rows that reach beyond ``since`` hold fewer deaths than ``least`` are passed over.
    """
    number, (first, end), units = study.row_numbers("deaths"), study.row_spans(), study.units
    if since is not None:
        held = pd.Series(number, index=units.index)[end.gt(since)].groupby(units).sum()
        units = units.where(units.isin(held.index[held.ge(least - 1e-6)]))
    for unit, rows in units.groupby(units, sort=True).indices.items():
        spans = first.iloc[rows], end.iloc[rows]
        of_days = {"start": study.start, "end_of_all": study.end, "told": study.told_end}
        yield unit, np.round(spread_evenly(number[rows], *spans, **of_days), 9)


def hdx_level(deaths: np.ndarray) -> str:
    """Return the HDX Signals level on the last of consecutive days: ``none``, ``medium``, ``high`` or ``quiet``; see
    `hdx_levels`.
    """
    level, issued = hdx_days(deaths)
    name = ("none", "medium", "high")[level[-1]]
    return "quiet" if level[-1] and not issued[-1] else name


def hdx_days(deaths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the level of the HDX Signals rule on each day, and on which days it issues an alert; see `hdx_levels`.

    Parameters
    ----------
    deaths
        Of consecutive days, shape (n_days,).

    Returns
    -------
    tuple of numpy.ndarray
        Shape (n_days,): 0, 1 (medium) or 2 (high); and bool.
    """
    n_days = len(deaths)
    levels, issued = np.zeros(n_days, dtype=int), np.zeros(n_days, dtype=bool)
    total = np.concatenate([[0.0], np.cumsum(deaths)])
    sums = total[HDX_WINDOW:] - total[:-HDX_WINDOW]
    issued_level, issued_on = 0, -HDX_QUIET
    for now in map(int, np.flatnonzero(sums >= HDX_DEATHS)):
        if now < HDX_YEAR - 1 or sums[now] < sums[now - HDX_YEAR + 1 : now + 1].max():
            continue
        day, three_years = now + HDX_WINDOW - 1, now >= HDX_THREE_YEARS - 1
        levels[day] = 2 if three_years and sums[now] >= sums[now - HDX_THREE_YEARS + 1 : now + 1].max() else 1
        issued[day] = now - issued_on >= HDX_QUIET or levels[day] > issued_level
        if issued[day]:
            issued_level, issued_on = levels[day], now
    return levels, issued


def hdx_weeks(study: Study, panel: pd.DataFrame) -> np.ndarray:
    """Return in which weeks of a panel the HDX Signals rule issues an alert, shape of the panel."""
    issued = np.zeros((len(panel), 7, panel.shape[1]), dtype=bool)
    skipped = (panel.index[0] - study.start) // DAY
    for unit, daily in daily_deaths(study):
        issued[:, :, panel.columns.get_loc(unit)] = hdx_days(daily)[1][skipped:][: 7 * len(panel)].reshape(-1, 7)
    return np.asarray(issued.any(axis=1))
