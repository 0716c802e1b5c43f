"""What next?"""

import pandas as pd

from analysis.incidents.study import Study, in_its_language
from analysis.measures import outlook
from analysis.measures.outlook import KINDS, QUANTITIES
from analysis.measures.result import COMPUTED
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.words import Results, caption, gap, interval, number, percent

SCORE_COLUMNS = {
    "words": "forecast", "n": "forecasts", "crps": "mean CRPS", "log_score": "ignorance", "interval_score": "interval score, 95 %",
    "coverage_50": "in 50 %", "coverage_80": "in 80 %", "coverage_95": "in 95 %", "held_95": "in whole-number 95 %",
}  # fmt: skip
SCORE_NOTE = (
    "Each made from earlier months alone, one to six months ahead; lower scores are better. A share in an interval "
    "splits its ends, so that a right "
    "forecast reaches the level; whole-number intervals hold more than that where events are rare."
)
FORECAST_COLUMNS = {
    "unit": "unit", "period_start": "month", "value": "median", "low_50": "50 % from", "high_50": "to", "low_95": "95 % from", "high_95": "to ",
    "chance_none": "chance of none",
}  # fmt: skip


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say what is forecast, whether such forecasts beat the naive ones, and what they do not know."""
    said = []
    for quantity in QUANTITIES:
        said.extend(_quantity(study, results, quantity))
    if any(results.known(f"outlook_{quantity}_next") for quantity in QUANTITIES):
        said.append(
            "A forecast knows nothing but these counts: no ceasefire, offensive or change of recording that has left "
            "no trace in them. It is about "
            "recorded attacks and deaths."
        )
    return said


@in_its_language
def finding(study: Study, results: Results) -> str:
    """Return the one sentence of a report on this question alone."""
    return _quantity(study, results, "attacks")[0]


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the section's charts, of each quantity the forecast, its scores and its calibration."""
    return [chart for quantity in QUANTITIES for chart in _charts(study, quantity)]


def _charts(study: Study, quantity: str) -> list[Chart]:
    made = outlook.outlook_of(study, quantity=quantity)
    history = made.history.iloc[:, :1].set_axis(["value"], axis=1).reset_index()
    words = {"quantity": quantity, "problem": made.problem, "caption": caption(study)}
    return [
        Chart(
            f"outlook_{quantity}",
            Drawing("outlook.plot_outlook", made.forecasts, history, **words),
            made.forecasts,
            f"Recorded {quantity} per month with the forecast of the months ahead",
        ),
        Chart(
            f"outlook_scores_{quantity}",
            Drawing("outlook.plot_scores", made.scores, **words),
            made.scores,
            f"Mean score of forecasts of {quantity} by months ahead",
        ),
        Chart(
            f"outlook_calibration_{quantity}",
            Drawing("outlook.plot_calibration", made.pit, **words),
            made.pit,
            f"Share of {quantity} in each tenth of their forecasts",
        ),
    ]


@in_its_language
def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    said = read(study, results)
    page.say(*said)
    for quantity in QUANTITIES:
        made = outlook.outlook_of(study, quantity=quantity)
        page.charts(_charts(study, quantity), _quantity(study, results, quantity))
        if not made.problem:
            whole = made.scores[made.scores["horizon"].eq(0)]
            page.table(
                whole,
                title=f"Backtest of forecasts of {quantity}: the outlook and the benchmarks",
                columns=SCORE_COLUMNS,
                note=SCORE_NOTE,
            )
    _write_units(page, study)


def _quantity(study: Study, results: Results, quantity: str) -> list[str]:
    names = [f"outlook_{quantity}_{part}" for part in ("next", "last", "crps", "benchmark_crps", "coverage")]
    if not results.known(*names):
        return [gap(f"A forecast of {quantity}", results.why_not(*names))]
    soon, late, score, benchmark, _ = (results[name] for name in names)
    made = outlook.outlook_of(study, quantity=quantity)
    first, last = made.forecasts.iloc[0], made.forecasts.iloc[-1]
    if made.shown == "outlook":
        gain = results[f"outlook_{quantity}_gain"]
        beaten = "beats" if gain.low > 0 else "does better than, though not beyond chance,"
        verdict = (
            f"On this table's own past the outlook {beaten} the best benchmark ({KINDS[made.best_benchmark]}): its "
            f"score is "
            f"{percent(gain.value)} lower ({interval(gain, 'percent') if gain.low >= 0 else _signed(gain)})"
        )
    else:
        verdict = (
            f"On this table's own past the outlook does not beat the best benchmark, which is shown instead "
            f"({KINDS[made.shown]}): the "
            f"outlook's score is {number(score.value)}, the benchmark's {number(benchmark.value)}"
        )
    nearest = 100 * outlook.nearest_level(study.settings.level)
    whole = made.scores[made.scores["horizon"].eq(0)].set_index("kind")
    held = whole.loc[made.shown, f"coverage_{nearest:.0f}"]
    return [
        f"For {_month(first)} the forecast of recorded {quantity} is {number(soon.value)} "
        f"({interval(soon, 'number')}), for {_month(last)} "
        f"{number(late.value)} ({interval(late, 'number')}).",
        f"{verdict}. {_recent(made, results[f'outlook_{quantity}_recent_gain'])}The {nearest:.0f} % intervals of what is shown held {percent(held)} of what came (ends split).",
    ]


def _recent(made: outlook.Outlook, gain) -> str:
    """Say what the last five years alone say, where they differ from the whole by more than a point."""
    if gain.status != COMPUTED or abs(gain.value - made.gain) < 0.01:
        return ""
    side = "lower" if gain.value > 0 else "higher"
    return f"Over the last five years alone its score is {percent(abs(gain.value))} {side} than the best benchmark's. "


def _signed(gain) -> str:
    return f"{100 * gain.level:.0f} % interval {100 * gain.low:+.0f} to {100 * gain.high:+.0f} %"


def _month(row: pd.Series) -> str:
    return f"{row['period_start']:%B %Y}"


def _write_units(page: Page, study: Study) -> None:
    """Show the next month of every unit, where a study has several: weights and rare events are learned from all of
    them."""
    if study.units.nunique() < 2:
        return
    for quantity in QUANTITIES:
        made = outlook.outlook_of(study, quantity=quantity, by_unit=True)
        if made.problem:
            continue
        table = made.forecasts[made.forecasts["horizon"].eq(1)].sort_values(
            ["value", "high_95"], ascending=False, kind="stable"
        )
        mean = made.scores[made.scores["horizon"].eq(0)].set_index("kind")["crps"]
        gain = f"mean CRPS {number(mean['outlook'])} against {number(mean[made.best_benchmark])} for the best benchmark"
        page.table(
            table,
            title=f"Forecast of {quantity} for the next month, unit by unit",
            columns=FORECAST_COLUMNS,
            note=f"All units together: {gain}; shown: {KINDS[made.shown]}.",
            limit=25,
        )
