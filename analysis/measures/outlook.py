"""What next: how many attacks and deaths, one to six months ahead, and would such forecasts have been any good?

A forecast of recorded attacks is one of attacks only where recording holds steady: `reliability.trend_problem` decides,
as for a trend. It is shown only beside its backtest on the same table, against the benchmarks of the VIEWS challenge.
Where the best of these did better, on the whole and from times about as active as now, that one is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from analysis.incidents.counting import rounded
from analysis.incidents.study import Study, in_its_language, kept_on_study
from analysis.language import message, say, say_count
from analysis.measures.panels import deaths_problem, month_panel
from analysis.measures.reliability import FACTOR_OF_COPIES, copied_between, trend_problem
from analysis.measures.result import COMPUTED, TAIL, Basis, IndicatorRows, Measure, Table
from analysis.statistics import forecast, forecast_scores, forecast_views, knots, scores
from analysis.statistics.given import one_of

QUESTION = "outlook"
HOLDS_FOR_COUNTS = True
QUANTITIES = ("attacks", "deaths")
N_HORIZONS = forecast_views.N_HORIZONS
SOURCE = "Hegre et al. 2025, Journal of Peace Research 62:2070"
# How each kind of forecast is made, and what it is called.
KINDS = {
    "outlook": message(
        "pool of ten views of the past, weighted by their past scores and corrected by how far out outcomes fell"
    ),
    "last_year": message("draws from the last twelve months' values"),
    "poisson": message("Poisson with the last month's value as its mean"),
    "kept": message("the last month's value, without spread"),
    "ewma": message("negative binomial around an exponentially weighted mean, both parameters the unit's own"),
}
NAMES = {
    "outlook": message("outlook"),
    "last_year": message("last year's values"),
    "poisson": message("Poisson at last value"),
    "kept": message("last value kept"),
    "ewma": message("weighted mean"),
}
# What the last five years say is told apart: a table's early years may be easier or harder to forecast.
RECENT_MONTHS = 60
# Fewer attacks or deaths than these in the whole history teach nothing.
MIN_TOTAL = 10
N_BOOTSTRAP, BLOCK_MONTHS = 1000, 12
# From this share of a month on, what is ahead is the month after it.
MOSTLY_OVER = 0.5
N_PIT_BINS = 10
# A benchmark that did better in decades of calm says nothing of a war: it is shown where it also did from times as
# active as now, whose last year and last so many months are in the same classes of `forecast.LEVEL_EDGES`; of these it
# takes as many, in unit-months.
LATEST_MONTHS, LEAST_ALIKE = 3, 24
# A forecast rests on the last year most.
COPIED_MONTHS = 12

MEASURES = tuple(
    measure
    for quantity in QUANTITIES
    for measure in (
        Measure(f"outlook_{quantity}_next", f"{quantity} per month",
            f"Median of the {quantity} forecast for the first month after the last whole one, or for the one after it "
            "where half of it is over or it holds more already than is forecast; low and high hold it at the "
            "level.", message("the outlook, or the benchmark that did better in the backtest"), SOURCE),
        Measure(f"outlook_{quantity}_last", f"{quantity} per month",
            f"Median of the {quantity} forecast for the sixth month after the last whole one.",
            message("the outlook, or the benchmark that did better in the backtest"), SOURCE),
        Measure(f"outlook_{quantity}_crps", quantity, f"Mean continuous ranked probability score of the outlook's "
            f"forecasts of {quantity}, one to six months ahead: less is better.", message("rolling-origin backtest"),
            "Gneiting & Raftery 2007, J Am Stat Assoc 102:359"),
        Measure(f"outlook_{quantity}_benchmark_crps", quantity, f"The same score of the best benchmark for {quantity}.",
            message("rolling-origin backtest"), SOURCE),
        Measure(f"outlook_{quantity}_gain", "share", f"By how much the outlook's score for {quantity} is below that of "
            "the best benchmark; under zero where it is worse.",
            message("one minus the ratio of mean scores, block bootstrap over months"), SOURCE),
        Measure(f"outlook_{quantity}_recent_gain", "share", f"The gain for {quantity} over the last five years of "
            "origins alone, against the benchmark that was best in them.",
            message("one minus the ratio of mean scores, last {n} origins, block bootstrap over months"), SOURCE,
            {"n": RECENT_MONTHS}),
        Measure(f"outlook_{quantity}_coverage", "share", f"Share of the {quantity} that came inside the outlook's "
            "intervals, ends split so that the level is what a right forecast reaches.",
            message("rolling-origin backtest"), "Smith 1985, J Forecasting 4:283"),
    )
)  # fmt: skip


FORECAST_COLUMNS = (
    "unit", "quantity", "horizon", "period_start", "period_end",
    *(f"{end}_{100 * level:.0f}" for level in forecast_scores.LEVELS for end in ("low", "high")), "chance_none", *TAIL,
)  # fmt: skip
SCORE_COLUMNS = (
    "kind", "name", "words", "horizon", "n", "crps", "log_score", "interval_score",
    *(f"coverage_{100 * level:.0f}" for level in forecast_scores.LEVELS),
    *(f"held_{100 * level:.0f}" for level in forecast_scores.LEVELS),
)  # fmt: skip


@dataclass(frozen=True)
class Outlook:
    """The forecasts of one quantity with their backtest, or why there are none."""

    quantity: str  # ``attacks`` or ``deaths``
    history: pd.DataFrame  # index ``period_start``, one column per unit: counts of whole months
    # One row per unit and horizon: ``unit, quantity, horizon, period_start, period_end``, ``low_50, high_50`` and so on
    # for each of `forecast_scores.LEVELS`, ``chance_none`` and the tail; ``value`` is the median. By the kind named in
    # ``shown``.
    forecasts: pd.DataFrame = field(default_factory=lambda: _typed([], FORECAST_COLUMNS))
    # One row per kind of forecast and horizon, horizon 0 being all together: ``kind, name, words, horizon, n, crps,
    # log_score, interval_score``, and for each of `forecast_scores.LEVELS` ``coverage_50, ...`` (ends split) and
    # ``held_50, ...`` (whole-number intervals).
    scores: pd.DataFrame = field(default_factory=lambda: _typed([], SCORE_COLUMNS))
    # Of the outlook: ``bin_start, bin_end, value``, shares that are even when calibrated.
    pit: pd.DataFrame = field(default_factory=lambda: _typed([], ("bin_start", "bin_end", "value")))
    # Of the views at the last origin, by horizon: ``horizon, view, words, value``.
    weights: pd.DataFrame = field(default_factory=lambda: _typed([], ("horizon", "view", "words", "value")))
    # Horizon of the month that is told first. A forecast knows whole months alone, so that its first month may be all
    # but over: that is 2 where half of that month is over, or where it holds more already than is forecast.
    ahead: int = 1
    # ``outlook``, or the best benchmark where its mean score is no higher, on the whole and from times about as active
    # as now.
    shown: str = ""
    n_alike: int = 0  # how many such times there are, unit-months
    best_benchmark: str = ""  # the benchmark with the lowest mean score
    # See `MEASURES`; missing where the best benchmark was never wrong.
    gain: float = np.nan
    gain_low: float = np.nan
    gain_high: float = np.nan
    recent_benchmark: str = ""
    # The same over the last `RECENT_MONTHS` origins, against the benchmark that was best in them, ``recent_benchmark``.
    recent_gain: float = np.nan
    recent_low: float = np.nan
    recent_high: float = np.nan
    problem: str = ""  # why nothing was computed; then all tables are empty

    @property
    def coming(self) -> pd.DataFrame:
        """The forecasts of the month that is told first, a row a unit."""
        return self.forecasts[self.forecasts["horizon"].eq(self.ahead)]


def forecast_panel(
    history: pd.DataFrame,
    *,
    quantity: str = "attacks",
    seed: int = 20250701,
    level: float = 0.95,
    progress: Callable[[int, int], None] | None = None,
) -> Outlook:
    """Forecast every unit of a panel one to six months ahead, and test on its own history whether that is any good.

    Parameters
    ----------
    history
        Counts of whole months: index ``period_start`` without gaps, one column per unit.
    quantity
        What is counted.
    seed
        Of the bootstrap of the gain.
    level
        Of the gain's interval and of the tail's ``low`` and ``high``; the latter are of the nearest of
        `forecast_scores.LEVELS`.
    progress
        Called with units done and units in all.

    Returns
    -------
    Outlook
        With ``problem`` set and empty tables if the history is shorter than `forecast.periods_needed` months, has a
        gap, or holds fewer than `MIN_TOTAL` in all.
    """
    if problem := _history_problem(history):
        return Outlook(quantity, history, problem=problem)
    counts = history.to_numpy(dtype=float)
    kind = "counts" if quantity == "attacks" else "sums"
    tested = forecast.backtest_counts(counts, kind=kind, progress=progress)
    mean = {name: float(held.crps.mean()) for name, held in tested.scored.items()}
    best = min(forecast_scores.BENCHMARKS, key=mean.__getitem__)
    alike = _alike(counts, tested.origins)
    beaten = mean["outlook"] >= mean[best] and alike.sum() >= LEAST_ALIKE
    ours, theirs = (tested.scored[name].crps[alike] for name in ("outlook", best))
    shown = best if beaten and ours.mean() >= theirs.mean() else "outlook"
    gain, low, high = _gain(tested, best, level=level, seed=seed)
    recent = {name: float(held.crps[-RECENT_MONTHS:].mean()) for name, held in tested.scored.items()}
    recent_best = min(forecast_scores.BENCHMARKS, key=recent.__getitem__)
    recent_gain, recent_low, recent_high = _gain(tested, recent_best, level=level, seed=seed, last=RECENT_MONTHS)
    held = tested.scored["outlook"]
    shares = scores.pit_histogram(held.below, held.upto, n_bins=N_PIT_BINS)
    edges = np.linspace(0, 1, N_PIT_BINS + 1)
    made = tested.forecast
    weights = [
        (horizon + 1, name, words, float(made.weights[horizon, at]))
        for horizon in range(N_HORIZONS)
        for at, (name, words) in enumerate(forecast_views.VIEWS)
    ]
    return Outlook(
        quantity=quantity,
        history=history,
        forecasts=_forecast_table(history, made, shown, quantity=quantity, level=level),
        scores=_score_table(tested),
        pit=pd.DataFrame({"bin_start": edges[:-1], "bin_end": edges[1:], "value": shares}),
        weights=_typed(weights, ("horizon", "view", "words", "value")),
        shown=shown,
        n_alike=int(alike.sum()),
        best_benchmark=best,
        gain=gain,
        gain_low=low,
        gain_high=high,
        recent_benchmark=recent_best,
        recent_gain=recent_gain,
        recent_low=recent_low,
        recent_high=recent_high,
    )


@kept_on_study
def outlook_of(study: Study, *, quantity: str = "attacks", by_unit: bool = False) -> Outlook:
    """Forecast a study's attacks or deaths once: as one series, or for each of its units.

    Deaths are the best figures, summed over all parties; an attack without a figure adds none, and where more than a
    tenth have none there is no forecast. Months cut by coverage or by as_of are left out, so that the first month
    forecast may have begun.
    """
    history = monthly_panel(study, quantity=quantity, by_unit=by_unit)
    problem = trend_problem(study) or (deaths_problem(study) if quantity == "deaths" else "")
    if problem:
        return Outlook(quantity, history, problem=problem)
    made = forecast_panel(history, quantity=quantity, seed=study.settings.seed, level=study.settings.level)
    if made.problem:
        return made
    ids = _ids(study, by_unit)
    table = made.forecasts.copy()
    table["incident_ids"] = [ids.get(unit, []) for unit in table["unit"]]
    table["n_incidents"] = table["incident_ids"].map(len)
    ahead = outlook_of(study, quantity=quantity).ahead if by_unit else _ahead(study, table, quantity)
    return replace(made, forecasts=table, ahead=ahead)


@kept_on_study
def copied_of(study: Study, *, quantity: str = "attacks") -> tuple[int, int] | None:
    """Return how many of the attacks, or deaths, of the last twelve whole months may be copies, and of how many, where
    without these they would be so many fewer that a forecast from them would be another; else none."""
    months = monthly_panel(study, quantity=quantity).index[-COPIED_MONTHS:]
    if study.holds_counts or months.empty:
        return None
    span = months[0], months[-1] + pd.offsets.MonthBegin(1)
    n, of = copied_between(study, *span, quantity), study.count_between(*span, quantity)
    return (rounded(n), rounded(of)) if of > FACTOR_OF_COPIES * (of - n) else None


def _ahead(study: Study, forecasts: pd.DataFrame, quantity: str) -> int:
    rows = forecasts[forecasts["horizon"].eq(1)]
    begin, stop = rows["period_start"].iloc[0], rows["period_end"].iloc[0]
    over = (study.covered_end - begin) / (stop - begin)
    held = study.count_between(begin, study.covered_end, quantity)
    return 2 if over >= MOSTLY_OVER or rounded(held) > rounded(rows["value"].sum()) else 1


def monthly_panel(study: Study, *, quantity: str = "attacks", by_unit: bool = False) -> pd.DataFrame:
    """Return a study's attacks or deaths in whole covered months: index ``period_start``, one column per unit, or one
    for the whole."""
    one_of("quantity", quantity, QUANTITIES)
    return month_panel(study, by_unit=by_unit, quantity=quantity)


@in_its_language
def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    level = study.settings.level
    for quantity in QUANTITIES:
        made = outlook_of(study, quantity=quantity)
        if made.problem:
            names = [measure.name for measure in MEASURES if measure.name.startswith(f"outlook_{quantity}_")]
            rows.skip(names, made.problem, span="history")
            continue
        based_on: Basis = {"attacks": study.attacks, "span": "history"}
        if study.holds_counts:
            based_on = {"n_incidents": round(study.daily_counts().sum()), "span": "history"}
        copied = copied_of(study, quantity=quantity)
        for name, horizon in (("next", made.ahead), ("last", N_HORIZONS)):
            row = made.forecasts[made.forecasts["horizon"].eq(horizon)].iloc[0]
            rows.add(
                f"outlook_{quantity}_{name}", row["value"], low=row["low"], high=row["high"], level=row["level"],
                method=say(KINDS[made.shown]), **based_on,
                detail={"month": f"{row['period_start']:%Y-%m}", **({"copied": copied[0]} if copied else {})},
            )  # fmt: skip
        whole = made.scores[made.scores["horizon"].eq(0)].set_index("kind")
        rows.add(
            f"outlook_{quantity}_crps", whole.loc["outlook", "crps"],
            method=say("rolling-origin backtest, {n} forecasts", n=whole["n"].iloc[0]), **based_on,
        )  # fmt: skip
        rows.add(
            f"outlook_{quantity}_benchmark_crps", whole.loc[made.best_benchmark, "crps"],
            method=say(KINDS[made.best_benchmark]), **based_on
        )  # fmt: skip
        rows.add(
            f"outlook_{quantity}_gain", made.gain, low=made.gain_low, high=made.gain_high, level=level, **based_on,
            otherwise=say("the best benchmark was never wrong, and a ratio over zero is not a number"),
        )  # fmt: skip
        rows.add(
            f"outlook_{quantity}_recent_gain", made.recent_gain, low=made.recent_low, high=made.recent_high,
            level=level, **based_on, detail={"benchmark": made.recent_benchmark},
            method=say("against the benchmark: {benchmark}", benchmark=say(NAMES[made.recent_benchmark])),
            otherwise=say(
                "the best benchmark was never wrong in the last five years, and a ratio over zero is not a number"
            ),
        )  # fmt: skip
        nearest = nearest_level(level)
        rows.add(
            f"outlook_{quantity}_coverage", whole.loc["outlook", f"coverage_{100 * nearest:.0f}"],
            method=say("rolling-origin backtest, intervals of {level:.0f} %", level=100 * nearest), **based_on,
        )  # fmt: skip
    return rows.frame()


def _history_problem(history: pd.DataFrame) -> str:
    needed = forecast.periods_needed(N_HORIZONS)
    n_months, n_units = history.shape
    if n_units == 0:
        return say("no attack is placed well enough to belong to a unit")
    if n_months < needed:
        return say_count(
            "the history has {n} whole [month|months], and a forecast that can be checked needs {needed}",
            n_months,
            needed=needed,
        )
    starts = history.index
    if len(pd.period_range(starts[0], starts[-1], freq="M")) != n_months or not starts.is_monotonic_increasing:
        return say("months are missing inside the history: start after the break in coverage")
    if history.isna().any(axis=None):
        return say("months are not covered inside the history: start after the break in coverage")
    if not history.to_numpy().any():
        return say("every month counts zero, and no forecast can be learned from that")
    if (total := int(history.to_numpy().sum())) < MIN_TOTAL:
        return say(
            "the history holds {total} in all, and a forecast needs at least {needed}", total=total, needed=MIN_TOTAL
        )
    return ""


def _ids(study: Study, by_unit: bool) -> dict[str, list[str]]:
    if study.holds_counts:
        return {}
    end = min(study.end, study.covered_end).to_period("M").start_time
    used = study.shares_between(study.start, end) > 0
    units = study.units if by_unit else pd.Series(study.place, index=study.attacks.index)
    return study.attacks.loc[used, "incident_id"].groupby(units[used]).agg(list).to_dict()


def _forecast_table(
    history: pd.DataFrame, made: forecast.Forecast, shown: str, *, quantity: str, level: float
) -> pd.DataFrame:
    counts = history.to_numpy(dtype=float)
    tails = [(1 + sign * held) / 2 for held in forecast_scores.LEVELS for sign in (-1, 1)]
    if shown == "outlook":
        bounds = np.stack([knots.quantile_cdf(made.cdf, tail) for tail in (0.5, *tails)])
        none = made.cdf[..., 0]
    else:
        once = forecast_scores.benchmark_quantiles(shown, counts, [0.5, *tails])
        bounds = np.repeat(once[..., None], N_HORIZONS, axis=-1)
        none = np.repeat(forecast_scores.benchmark_none(shown, counts)[:, None], N_HORIZONS, axis=-1)
    months = pd.period_range(history.index[-1], periods=N_HORIZONS + 1, freq="M")[1:]
    n_units = counts.shape[1]
    table = pd.DataFrame(
        {
            "unit": np.repeat(history.columns.to_numpy(dtype=object), N_HORIZONS),
            "quantity": quantity,
            "horizon": np.tile(np.arange(1, N_HORIZONS + 1), n_units),
            "period_start": np.tile(months.start_time.as_unit("us"), n_units),
            "period_end": np.tile((months + 1).start_time.as_unit("us"), n_units),
        }
    )
    for at, name in enumerate(FORECAST_COLUMNS[5 : 5 + 2 * len(forecast_scores.LEVELS)]):
        table[name] = bounds[at + 1].ravel()
    table["chance_none"] = none.ravel()
    nearest = nearest_level(level)
    for end in ("low", "high"):
        table[end] = table[f"{end}_{100 * nearest:.0f}"]
    table["value"], table["level"], table["method"] = bounds[0].ravel(), nearest, say(KINDS[shown])
    table["n_incidents"], table["status"], table["reason"] = 0, COMPUTED, ""
    table["incident_ids"] = [[] for _ in range(len(table))]
    return table[list(FORECAST_COLUMNS)]


def nearest_level(level: float) -> float:
    """Return the level among those of the intervals that is nearest to the one asked for."""
    return min(forecast_scores.LEVELS, key=lambda held: abs(held - level))


def _score_table(tested: forecast.Backtest) -> pd.DataFrame:
    rows = []
    for kind, held in tested.scored.items():
        for horizon in range(N_HORIZONS + 1):
            chosen = slice(None) if horizon == 0 else slice(horizon - 1, horizon)
            observed = tested.observed[..., chosen]
            low, high = held.low[..., chosen], held.high[..., chosen]
            below, upto = held.below[..., chosen], held.upto[..., chosen]
            row = {
                "kind": kind,
                "name": say(NAMES[kind]),
                "words": say(KINDS[kind]),
                "horizon": horizon,
                "n": observed.size,
                "crps": held.crps[..., chosen].mean(),
                "log_score": held.log_score[..., chosen].mean(),
                "interval_score": np.mean(
                    scores.interval_score(low[-1], high[-1], observed, level=forecast_scores.LEVELS[-1])
                ),
            }
            for at, level in enumerate(forecast_scores.LEVELS):
                row[f"coverage_{100 * level:.0f}"] = forecast_scores.coverage_between(below, upto, level=level)
                row[f"held_{100 * level:.0f}"] = scores.coverage(low[at], high[at], observed)
            rows.append(row)
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def _alike(counts: np.ndarray, origins: np.ndarray) -> np.ndarray:
    """Return which origins are about as active as the last period of any unit is, shape (n_origins, n_units)."""

    def activity(at: np.ndarray) -> np.ndarray:
        year, latest = (forecast.level_classes(counts, at, n) for n in (forecast_views.LAST_YEAR, LATEST_MONTHS))
        return (len(forecast.LEVEL_EDGES) + 1) * year + latest

    return np.isin(activity(origins), activity(np.array([len(counts) - 1])))


def _gain(
    tested: forecast.Backtest, best: str, *, level: float, seed: int, last: int | None = None
) -> tuple[float, float, float]:
    """Return the gain with its interval: origins are drawn in blocks of twelve months, which keeps what neighbours
    share."""
    origins = slice(None) if last is None else slice(-last, None)
    ours, theirs = (tested.scored[name].crps[origins].mean(axis=(1, 2)) for name in ("outlook", best))
    n = len(ours)
    if theirs.sum() == 0:
        return np.nan, np.nan, np.nan
    generator = np.random.default_rng(seed)
    n_blocks = -(-n // BLOCK_MONTHS)
    starts = generator.integers(0, n, (N_BOOTSTRAP, n_blocks))
    drawn = ((starts[..., None] + np.arange(BLOCK_MONTHS)) % n).reshape(N_BOOTSTRAP, -1)[:, :n]
    below = theirs[drawn].sum(axis=1)
    gains = 1 - ours[drawn].sum(axis=1)[below > 0] / below[below > 0]
    low, high = np.quantile(gains, [(1 - level) / 2, (1 + level) / 2])
    return float(1 - ours.sum() / theirs.sum()), float(low), float(high)


def _typed(rows: list[tuple], columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns))


def _forecasts_of(study: Study, *, quantity: str, by_unit: bool) -> pd.DataFrame:
    return outlook_of(study, quantity=quantity, by_unit=by_unit).forecasts


def _scores_of(study: Study, *, quantity: str) -> pd.DataFrame:
    return outlook_of(study, quantity=quantity).scores


# What ``study.outlook`` holds as tables.
TABLES = (
    *(
        Table(
            f"{quantity}{name}",
            f"Forecasts of {quantity}{words}.",
            partial(_forecasts_of, quantity=quantity, by_unit=by_unit),
            because=f"outlook_{quantity}_next",
        )
        for name, words, by_unit in (("", ", month by month", False), ("_by_unit", " of each unit", True))
        for quantity in QUANTITIES
    ),
    *(
        Table(
            f"{quantity}_scores",
            f"How good forecasts of {quantity} were, by kind and horizon.",
            partial(_scores_of, quantity=quantity),
            because=f"outlook_{quantity}_crps",
        )
        for quantity in QUANTITIES
    ),
)
