"""How deadly, and how bad could one get?

Deaths are of all parties and stay as stated: the lowest and the highest figure that anyone gives for an attack are two
readings, and nothing is filled in between. Frequency and severity can move apart (Clauset & Gleditsch 2012): neither is
inferred from the other. The chance of an attack at least as deadly as the worst so far is a range over readings, models
and resamples, never one number.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.incidents.canonical import typed_frame
from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study
from analysis.language import dated_words, day_words, message, say, say_count
from analysis.measures.deadliest import READINGS as READINGS
from analysis.measures.deadliest import read_deaths as read_deaths
from analysis.measures.maps import place_names
from analysis.measures.refusals import FEW_STATED_DAYS, refusal_words
from analysis.measures.reliability import copies_of
from analysis.measures.result import COMPUTED, IndicatorRow, IndicatorRows, Measure, Table, clauses, ids_of, row_tail
from analysis.statistics import geometry, tails
from analysis.statistics.errors import NotComputableError

QUESTION = "severity"
# Fewer attacks with a figure carry no model of a tail.
MIN_ATTACKS = 30
MIN_PER_PERIOD = 5
YEAR_DAYS = 365
# Fewer days tell no rate by the year.
LEAST_DAYS = 90
NONE_LAST_YEAR = message("the last year holds no attack with a figure of deaths")
NONE_DIED = message("no attack has a death")
SHORT_PERIOD_DAYS, SHORT_HISTORY_DAYS = 91, 4 * 366
N_BOOTSTRAPS = 40
N_FIT_BOOTSTRAPS = 199
N_DRAWS = 499
N_CURVE = 16
CLAUSET = "Clauset, Shalizi & Newman 2009, SIAM Rev 51:661"
WOODARD = "Clauset & Woodard 2013, Ann Appl Stat 7:1838"
CHUNG = "Chung & Romano 2013, Ann Stat 41:484"

MEASURES = (
    *(
        measure
        for reading in READINGS
        for measure in (
            Measure(f"deaths_stated_{reading}", "attacks", f"Attacks of the history with a figure of deaths ({reading} "
                "given).", message("count")),
            Measure(
                f"deaths_mean_window_{reading}", "deaths per attack",
                f"Mean of the {reading} figures, window; low and high: bootstrap.",
                message("mean; bootstrap of attack days, {n} draws"), numbers={"n": N_DRAWS},
            ),
            Measure(
                f"deaths_mean_baseline_{reading}", "deaths per attack",
                f"Mean of the {reading} figures, baseline; low and high: bootstrap.",
                message("mean; bootstrap of attack days, {n} draws"), numbers={"n": N_DRAWS},
            ),
            Measure(
                f"deaths_ratio_{reading}", "ratio", "Geometric mean of one plus the deaths, window over baseline: one "
                "massacre hardly moves it.",
                message("ratio of geometric means; {n} studentised permutations of attack days"), CHUNG, {"n": N_DRAWS},
            ),
            Measure(f"deaths_ratio_p_{reading}", "probability", "Chance of a change as clear, either way, if none.",
                message("{n} studentised permutations of attack days"), CHUNG, {"n": N_DRAWS}),
            Measure(f"deaths_worst_{reading}", "deaths",
                f"The deadliest attack of the history by the {reading} figure.", message("maximum")),
            Measure(
                f"worst_again_exchangeable_{reading}", "probability",
                "Chance that some attack of the next year is at least as deadly as the worst so far, if attacks of "
                "past and future are alike in any order.",
                message("m / (n + m) for n attacks so far and m to come, as many as in the last year; a lower bound "
                    "where deaths tie"),
                "Wilks 1959, Ann Math Stat 30:397",
            ),
            Measure(f"tail_exponent_{reading}", "exponent", "Exponent of the power law that fits the deadliest attacks "
                "best; the smaller, the heavier.", message("discrete power law, threshold by least KS distance, {n} "
                "resamples"), CLAUSET, {"n": N_FIT_BOOTSTRAPS}),
            Measure(f"tail_start_{reading}", "deaths", "Where the power law begins.", message("least KS distance"),
                CLAUSET),
            Measure(f"tail_fit_p_{reading}", "probability", "Share of samples from the fitted power law that lie as "
                "far from their own fit: small speaks against it.", message("{n} samples"), CLAUSET,
                {"n": N_FIT_BOOTSTRAPS}),
            Measure(
                f"tail_against_lognormal_p_{reading}", "probability",
                "Large: the data cannot tell the power law from a lognormal.", message("Vuong's test, two-sided"),
                "Vuong 1989, Econometrica 57:307",
            ),
        )
    ),
    Measure("worst_again_least", "probability", "Least chance, over readings, models and resamples, of an attack at "
        "least as deadly as the worst so far among the next year's.",
        message("power law, lognormal, stretched exponential; {n} resamples"), WOODARD, {"n": N_BOOTSTRAPS}),
    Measure("worst_again_most", "probability", "Greatest such chance: what may be stated is the range.",
        message("power law, lognormal, stretched exponential; {n} resamples"), WOODARD, {"n": N_BOOTSTRAPS}),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Tail:
    """One reading's tail: the fit, its rivals, and the chance that the worst is reached again; ``problem`` says why
    there is none."""

    deaths: np.ndarray
    n_next: int
    fit: tails.DiscretePowerLaw | None = None
    rivals: tuple[tails.RivalTail, ...] = ()
    chance: tails.Exceedance | None = None
    problem: str = ""

    @property
    def worst(self) -> float:
        """The most deaths so far."""
        return float(self.deaths.max())


@kept_on_study
def tail_of(study: Study, reading: str) -> Tail:
    """Fit the tail of a study's deaths by one reading, once; readings that give the same figures share it."""
    first = READINGS[0]
    if reading != first and read_deaths(study.attacks, reading).equals(read_deaths(study.attacks, first)):
        return tail_of(study, first)
    stated = read_deaths(study.attacks, reading).dropna()
    deaths = stated.to_numpy()
    n_next = attacks_next_year(study, reading)
    if len(deaths) < MIN_ATTACKS:
        problem = say_count(
            "{n} [attack has|attacks have] a figure of deaths; a model of the deadliest needs at least {needed}",
            len(deaths),
            needed=MIN_ATTACKS,
        )
        return Tail(deaths, n_next, problem=problem)
    if (deaths % 1 != 0).any():
        problem = say("{n} figures of deaths are not whole numbers", n=int((deaths % 1 != 0).sum()))
        return Tail(deaths, n_next, problem=problem)
    if deaths.max() < 1:
        return Tail(deaths, n_next, problem=say("no attack has a death, so there is no tail"))
    seed, level = study.settings.seed, study.settings.level
    fit = tails.fit_discrete_power_law(deaths, level=level, n_bootstraps=N_FIT_BOOTSTRAPS, seed=seed)
    if fit.status != COMPUTED:
        return Tail(deaths, n_next, problem=fit.reason)
    chance = None
    if n_next:
        chance = tails.exceedance_probability(
            deaths, int(deaths.max()), n_events=n_next, level=level, n_bootstraps=N_BOOTSTRAPS, seed=seed
        )
    return Tail(deaths, n_next, fit, tails.compare_tails(deaths).rivals, chance)


def attacks_next_year(study: Study, reading: str) -> int:
    """Return how many attacks with a figure the next year brings if it is like the last (or like the history, where
    that is shorter); 0 where there is none, or the history is too short to tell (see `_none_next`)."""
    days = _days_of_last_year(study)
    if days < LEAST_DAYS:
        return 0
    last = min(study.covered_end, study.end)
    stated = read_deaths(study.attacks, reading).notna().to_numpy()
    n = float(study.shares_between(last - days * DAY, study.end)[stated].sum())
    return round(round(n, 6) * YEAR_DAYS / days)


def _days_of_last_year(study: Study) -> int:
    return min(YEAR_DAYS, max((min(study.covered_end, study.end) - study.start) // DAY, 1))


def _none_next(study: Study) -> str:
    """Return why no number of attacks is taken for the next year."""
    days = _days_of_last_year(study)
    if days < LEAST_DAYS:
        return say_count(
            "the history has {n} [day|days], and a number for the next year needs {least}", days, least=LEAST_DAYS
        )
    return say(NONE_LAST_YEAR)


@kept_on_study
def models_of(study: Study) -> pd.DataFrame:
    """Return every model of every reading: how well it does, and the chance it gives of reaching the worst so far
    again.

    Returns
    -------
    pandas.DataFrame
        ``reading, model, worst, n_next, xmin, n_tail, n_stated, statistic, p_value`` (Vuong's against the power law;
        above zero the power law does better) and the tail; ``value, low, high`` are the chance with its bootstrap
        interval.
    """
    rows = []
    for reading in READINGS:
        tail = tail_of(study, reading)
        stated = study.attacks[read_deaths(study.attacks, reading).notna()]
        problem = tail.problem or ("" if tail.chance else _none_next(study))
        rivals = {rival.name: rival for rival in tail.rivals}
        least = tail.fit.xmin if tail.fit else np.nan
        method = (
            say("tail of at least {deaths:.0f} deaths; {n} resamples", deaths=least, n=N_BOOTSTRAPS) if tail.fit else ""
        )
        for place, model in enumerate(tails.MODELS):
            rival, chance = rivals.get(model), (np.nan,) * 3
            if tail.chance is not None and not problem:
                chance = tail.chance.probability[place], tail.chance.low[place], tail.chance.high[place]
            rows.append(
                {
                    "reading": reading,
                    "model": model.replace("_", " "),
                    "worst": tail.worst if tail.deaths.size else np.nan,
                    "n_next": tail.n_next,
                    "xmin": least,
                    "n_tail": tail.fit.n_tail if tail.fit else 0,
                    "n_stated": len(tail.deaths),
                    "statistic": rival.statistic if rival else np.nan,
                    "p_value": rival.p_value if rival else np.nan,
                    **row_tail(
                        *chance,
                        level=np.nan if problem else study.settings.level,
                        method=method,
                        ids=ids_of(stated),
                        reason=problem,
                    ),
                }
            )
    return pd.DataFrame(rows)


@kept_on_study
def curves_of(study: Study, reading: str = "highest") -> pd.DataFrame:
    """Return the share of attacks with at least so many deaths, as observed and under each model.

    Returns
    -------
    pandas.DataFrame
        ``series`` ("observed" or a model), ``deaths``, ``value`` (the share), ``status, reason``; observed first, then
        each model from where the tail begins to three times the worst.
    """
    tail = tail_of(study, reading)
    positive = np.unique(tail.deaths[tail.deaths > 0])
    rows = [("observed", float(size), float((tail.deaths >= size).mean())) for size in positive]
    if tail.fit is not None:
        sizes = np.unique(np.round(np.geomspace(tail.fit.xmin, 3 * max(tail.worst, tail.fit.xmin), N_CURVE)))
        for size in sizes:
            found = tails.exceedance_probability(tail.deaths, int(size), xmin=int(tail.fit.xmin), n_bootstraps=1)
            rows += [
                (model.replace("_", " "), float(size), float(share))
                for model, share in zip(found.models, found.probability, strict=True)
            ]
    table = typed_frame(rows, {"series": "str", "deaths": "float64", "value": "float64"})
    order = ["observed", *(model.replace("_", " ") for model in tails.MODELS)]
    table = table.sort_values(
        ["series", "deaths"], key=lambda one: one.map(order.index) if one.name == "series" else one, ignore_index=True
    )
    return table.assign(status=COMPUTED, reason=tail.problem)


@kept_on_study
def deaths_by_period_of(study: Study) -> pd.DataFrame:
    """Return deaths per attack over time, by both readings.

    Returns
    -------
    pandas.DataFrame
        One row per reading and period of 91 days (365 in a history of over four years), counted back from the last
        covered day: ``reading, period_start, period_end, n_attacks, median, worst`` and the tail; ``value`` is the mean
        with its bootstrap interval.
    """
    last = min(study.covered_end, study.end)
    days = (last - study.start) // DAY
    length = SHORT_PERIOD_DAYS if days <= SHORT_HISTORY_DAYS else YEAR_DAYS
    rows = []
    for reading in READINGS:
        stated = _stated(study, reading)
        for place in range(max(days // length, 1), 0, -1):
            start, end = last - place * length * DAY, last - (place - 1) * length * DAY
            inside = stated[stated["day"].ge(start) & stated["day"].lt(end)]
            known = inside.dropna(subset="deaths")
            few = len(known) < MIN_PER_PERIOD
            rows.append(
                {
                    "reading": reading,
                    "period_start": start,
                    "period_end": end,
                    "n_attacks": len(inside),
                    "median": np.nan if few else float(known["deaths"].median()),
                    "worst": float(known["deaths"].max()) if len(known) else np.nan,
                    **row_tail(
                        *((np.nan,) * 3 if few else _mean_with_interval(known, study)),
                        level=np.nan if few else study.settings.level,
                        method=say("mean; bootstrap of attack days, {n} draws", n=N_DRAWS),
                        ids=ids_of(known),
                        reason=_too_few(known) if few else "",
                    ),
                }
            )
    return pd.DataFrame(rows)


@in_its_language
def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    chances = []
    for reading in READINGS:
        stated = _stated(study, reading).dropna(subset="deaths")
        rows.add(f"deaths_stated_{reading}", len(stated), attacks=stated, span="history")
        _add_worst(rows, study, stated, reading)
        _add_change(rows, study, stated, reading)
        _add_tail(rows, study, stated, reading)
        chances.append(tail_of(study, reading))
    known = [tail.chance for tail in chances if tail.chance is not None]
    on = {"attacks": study.attacks[read_deaths(study.attacks, "highest").notna()], "span": "history"}
    if len(known) == len(READINGS):
        method = say(
            "at least {lowest:.0f} (lowest figures) or {highest:.0f} deaths (highest) among the next {n_next} attacks; "
            "{n} resamples of three models and two readings",
            lowest=chances[0].worst, highest=chances[1].worst, n_next=known[-1].n_events, n=N_BOOTSTRAPS,
        )  # fmt: skip
        worst = {reading: float(tail.worst) for tail, reading in zip(chances, READINGS, strict=True)}
        on["detail"] = {"deaths": worst, "next_attacks": int(known[-1].n_events)}
        rows.add("worst_again_least", min(chance.lowest for chance in known), method=method, **on)
        rows.add("worst_again_most", max(chance.highest for chance in known), method=method, **on)
    else:
        reasons = [tail.problem for tail in chances if tail.problem]
        rows.skip_rest(reasons[0] if reasons else _none_next(study), span="history")
    return rows.frame()


def _stated(study: Study, reading: str) -> pd.DataFrame:
    """Return a study's attacks with their ``deaths`` by a reading, and the ``day`` on which each counts as a whole."""
    return study.attacks.assign(deaths=read_deaths(study.attacks, reading), day=study.whole_days)


def _add_worst(rows: IndicatorRows, study: Study, stated: pd.DataFrame, reading: str) -> None:
    if stated.empty:
        names = (f"deaths_worst_{reading}", f"worst_again_exchangeable_{reading}")
        rows.skip(names, say("no attack has a figure of deaths"), span="history")
        return
    worst, alike = stated.loc[[stated["deaths"].idxmax()]], int(stated["deaths"].eq(stated["deaths"].max()).sum())
    where, precision = place_names(study, worst).iloc[0], str(worst["date_precision"].iloc[0])
    days = int((worst["date_end"] - worst["date_start"]).iloc[0] // DAY) + 1
    day = worst["date_start"].iloc[0]
    when = dated_words(day, precision)
    lasted = say("one row for {n} days", n=days) if days > 1 and when == day_words(day) else ""
    place = say("{place}, {day}", place=where, day=when)
    rows.add(
        f"deaths_worst_{reading}",
        worst["deaths"].iloc[0],
        attacks=worst,
        span="history",
        method=clauses(place, lasted),
        detail={
            "place": where, "day": f"{day:%Y-%m-%d}", "dated": precision,
            "days": days if lasted else 1, "alike": alike,
        },
    )  # fmt: skip
    n_next = attacks_next_year(study, reading)
    if not n_next or not worst["deaths"].iloc[0]:
        reason = _none_next(study) if worst["deaths"].iloc[0] else say(NONE_DIED)
        rows.skip(f"worst_again_exchangeable_{reading}", reason, span="history")
        return
    rows.add(
        f"worst_again_exchangeable_{reading}", n_next / (len(stated) + n_next), attacks=stated, span="history",
        method=say(
            "m / (n + m) with n = {past} attacks so far and m = {n_next} in the next year", past=len(stated),
            n_next=n_next
        ),
        detail={"past": len(stated), "next": n_next},
    )  # fmt: skip


def _add_change(rows: IndicatorRows, study: Study, stated: pd.DataFrame, reading: str) -> None:
    problem = study.baseline_problem()
    recent = stated[stated["day"].ge(study.window_start)]
    earlier = stated[stated["day"].between(study.baseline_start, study.window_start, inclusive="left")]
    for span, held in (("window", recent), ("baseline", earlier)):
        name = f"deaths_mean_{span}_{reading}"
        if problem or len(held) < MIN_PER_PERIOD:
            rows.skip(name, problem or _too_few(held, span), span=span)
            continue
        value, low, high = _mean_with_interval(held, study)
        rows.add(name, value, low=low, high=high, level=study.settings.level, attacks=held, span=span)
    names = (f"deaths_ratio_{reading}", f"deaths_ratio_p_{reading}")
    both = pd.concat([earlier, recent])
    if not problem and len(both) and not both["deaths"].any():
        problem = say(NONE_DIED)
    if problem:
        rows.skip(names, problem, baseline=True)
        return
    try:
        found = _compared(study, both)
    except NotComputableError as error:
        rows.skip(names, refusal_words(error, few_days=FEW_STATED_DAYS), baseline=True)
        return
    change, low, high = np.exp([found.change, found.low, found.high])
    rows.add(names[0], change, low=low, high=high, level=study.settings.level, attacks=both, baseline=True)
    rows.add(names[1], found.p_value, attacks=both, baseline=True, detail=_without_copies(study, both))


def _compared(study: Study, both: pd.DataFrame) -> geometry.Comparison:
    return geometry.compare_means(
        np.log1p(both["deaths"]), both["day"].to_numpy(), both["day"].ge(study.window_start).to_numpy(),
        n_permutations=N_DRAWS, level=study.settings.level, seed=study.settings.seed,
    )  # fmt: skip


def _without_copies(study: Study, both: pd.DataFrame) -> dict[str, float | None]:
    """Return how many of two spans' attacks are like an earlier one, and what ratio and p are without these (none where
    these cannot be told); nothing where none is."""
    again = copies_of(study)[both.index]
    if not again.any():
        return {}
    try:
        found = _compared(study, both[~again])
    except NotComputableError:
        return {"copied": int(again.sum()), "ratio_without": None, "p_without": None}
    return {"copied": int(again.sum()), "ratio_without": float(np.exp(found.change)), "p_without": found.p_value}


def chance_of(ratio: IndicatorRow, p: IndicatorRow) -> float:
    """Return the p-value of a change of deaths in a typical attack with what may be copies or without them, by which it
    is the less clear; 1 where the two point opposite ways, or nothing can be told without them."""
    if "copied" not in p.detail:
        return p.value
    without, chance = p.detail["ratio_without"], p.detail["p_without"]
    agree = without is not None and (ratio.value - 1) * (without - 1) >= 0
    return max(p.value, chance) if agree else 1.0


def _add_tail(rows: IndicatorRows, study: Study, stated: pd.DataFrame, reading: str) -> None:
    tail, on = tail_of(study, reading), {"attacks": stated, "span": "history"}
    names = [f"{name}_{reading}" for name in ("tail_exponent", "tail_start", "tail_fit_p", "tail_against_lognormal_p")]
    if tail.fit is None:
        rows.skip(names, tail.problem, span="history")
        return
    fit = tail.fit
    held = say("{n} of {total} attacks in the tail", n=fit.n_tail, total=fit.n)
    rows.add(
        names[0],
        fit.alpha,
        low=fit.low,
        high=fit.high,
        level=fit.level,
        method=clauses(held, fit.reason),
        **on,
    )
    low, high, p_value = (np.nan if one is None else one for one in (fit.xmin_low, fit.xmin_high, fit.p_value))
    rows.add(names[1], fit.xmin, low=low, high=high, level=fit.level, **on)
    rows.add(names[2], p_value, **on)
    rows.add(names[3], tail.rivals[0].p_value, **on)


def _too_few(attacks: pd.DataFrame, span: str = "") -> str:
    if span == "window":
        return say_count(
            "{n} [attack|attacks] of the window [has|have] a figure of deaths; a mean needs at least {needed}",
            len(attacks),
            needed=MIN_PER_PERIOD,
        )
    if span == "baseline":
        return say_count(
            "{n} [attack|attacks] of the baseline [has|have] a figure of deaths; a mean needs at least {needed}",
            len(attacks),
            needed=MIN_PER_PERIOD,
        )
    return say_count(
        "{n} [attack has|attacks have] a figure of deaths; a mean needs at least {needed}",
        len(attacks),
        needed=MIN_PER_PERIOD,
    )


def _mean_with_interval(attacks: pd.DataFrame, study: Study) -> tuple[float, float, float]:
    deaths = attacks["deaths"].to_numpy()
    # A day is drawn as a whole: what its attacks add up to is all that is needed of it.
    days, day = np.unique(attacks["day"].to_numpy(), return_inverse=True)
    weights = geometry.bootstrap_weights(days, n_bootstraps=N_DRAWS, seed=study.settings.seed)
    level = study.settings.level
    means = weights @ np.bincount(day, deaths) / (weights @ np.bincount(day))
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(deaths.mean()), float(low), float(high)


# What ``study.severity`` holds as tables.
TABLES = (
    Table("deaths", "Deaths per attack over time, by lowest and highest figures.", deaths_by_period_of,
        because="deaths_stated_highest"),
    Table("models", "How bad could one get, model by model.", models_of, because="worst_again_most"),
    Table("curves", "Share of attacks with at least so many deaths, and what each model says.", curves_of,
        because="worst_again_most"),
)  # fmt: skip
