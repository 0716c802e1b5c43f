"""Will it last? The chance that the next six months stay above, or below, the year before; and what such chances were
worth so far.

The chance comes from the outlook's own predictive distribution, set right by this table's own past: how often it came
true when it was said to be as likely. Beside it stands the plain reference class: of so many earlier rises, so many
lasted. Months are the verdict's spans of 30 days that end with as_of, so that a month that is not over counts: what
came in its first weeks would else be unknown to the chance of what comes next.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.incidents.study import Study, kept_on_study
from analysis.language import say, say_count
from analysis.measures.level_rule import FACTOR, RECENT_SPANS, REFERENCE_SPANS, judge_history
from analysis.measures.noise import span_counts, span_edges, span_width
from analysis.measures.outlook import N_HORIZONS, NAMES, outlook_of
from analysis.measures.panels import deaths_problem, in_whole_numbers
from analysis.measures.reliability import trend_problem
from analysis.measures.season import MONTH_DAYS
from analysis.statistics import forecast
from analysis.statistics.calibration import recalibrate

DIRECTIONS = {"up": FACTOR, "down": 1 / FACTOR}
# Past origins with a known outcome that a recalibration needs, and of either outcome.
MIN_ORIGINS, MIN_OF_EACH = 36, 6
N_DRAWS = 1000
# A chance beyond these is contradicted by a forecast whose middle lies on the other side.
FIRM_YES, FIRM_NO = 2 / 3, 1 / 3
RELIABILITY_EDGES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


@dataclass(frozen=True)
class Chance:
    """One direction's chance, and what such chances were worth."""

    # Chance that the mean of the next six months is beyond the threshold, recalibrated where there is past enough.
    value: float
    raw: float  # the same as the predictive distribution gives it
    threshold: float  # events a span: 1.25 (or .8) times the mean of the twelve spans that ended three spans ago
    n_origins: int  # past months from which the same was said and its outcome is known
    # Mean squared error of the chances said then, each recalibrated by what was known then; of the share that had come
    # true by then; and of taking the last change to stay.
    brier: float
    brier_climatology: float
    brier_last_change: float
    reliability: pd.DataFrame  # one row per class of chances: ``said, came, n``


@dataclass(frozen=True)
class Persistence:
    """Chances of either direction and the reference class, or why there are none."""

    # `Chance` of staying above 1.25 times the year before, or below .8 times it.
    up: Chance | None = None
    down: Chance | None = None
    # Earlier rises and falls of this table, judged month by month without look-ahead, whose next six months are known;
    # and how many of these stayed beyond.
    n_rises: int = 0
    n_lasted_rises: int = 0
    n_falls: int = 0
    n_lasted_falls: int = 0
    problem: str = ""  # why there are no chances: nothing was computed, or they contradict the forecast that is shown


@kept_on_study
def persistence_of(study: Study, *, quantity: str = "attacks") -> Persistence:
    """Say once how likely a study's level is to stay beyond the year before."""
    if problem := trend_problem(study) or (deaths_problem(study) if quantity == "deaths" else ""):
        return Persistence(problem=problem)
    counts = in_whole_numbers(span_counts(study.daily_counts(quantity), span_edges(study)))
    found = weigh_persistence(counts, quantity=quantity, seed=study.settings.seed)
    if found.problem:
        return found
    made = outlook_of(study, quantity=quantity)
    if made.problem or made.shown == "outlook":
        return found
    share = (span_width(study) or MONTH_DAYS) / MONTH_DAYS
    return beside_forecast(found, share * float(made.forecasts["value"].mean()), say(NAMES[made.shown]))


def beside_forecast(found: Persistence, middle: float, name: str) -> Persistence:
    """Return chances as they are, or none where they contradict the forecast that is shown in place of the outlook's.

    Parameters
    ----------
    found
        With its chances.
    middle
        Mean of the medians that the shown forecast gives for the next six months, a span.
    name
        What that forecast is called.
    """
    assert found.up is not None and found.down is not None
    beyond = ((found.up.value, middle > found.up.threshold), (found.down.value, middle < found.down.threshold))
    if not any(value <= FIRM_NO if lies else value >= FIRM_YES for value, lies in beyond):
        return found
    reason = say(
        "the outlook, which gives such a chance, did worse on this record than the forecast that is shown ({name}), and"
        " the two point to different sides",
        name=name,
    )
    return replace(found, up=None, down=None, problem=reason)


def weigh_persistence(counts: np.ndarray, *, quantity: str = "attacks", seed: int = 20250701) -> Persistence:
    """Return the chances and the reference class for counts of spans of a month, oldest first, shape (n_spans,)."""
    needed = forecast.MIN_HISTORY + RECENT_SPANS
    if counts.size < needed:
        return Persistence(
            problem=say_count(
                "the history has {n} [month|months], and a chance needs {least}", counts.size, least=needed
            )
        )
    total = np.concatenate([[0.0], np.cumsum(counts)])
    ends = np.arange(1, counts.size + 1)
    year_before = np.full(counts.size, np.nan)
    known = ends >= RECENT_SPANS + REFERENCE_SPANS
    to = ends[known] - RECENT_SPANS
    year_before[known] = (total[to] - total[to - REFERENCE_SPANS]) / REFERENCE_SPANS
    recent = np.full(counts.size, np.nan)
    recent[known] = (total[ends[known]] - total[to]) / RECENT_SPANS
    if not year_before[-1] > 0:
        return Persistence(problem=say("the year before holds none, and nothing can be 1.25 times none"))
    factors = np.array(list(DIRECTIONS.values()))
    tested = forecast.backtest_means(
        counts[:, None], (year_before[:, None] * factors)[:, None, :], n_draws=N_DRAWS, seed=seed
    )
    chances = {}
    for at, (direction, factor) in enumerate(DIRECTIONS.items()):
        above, passed = tested.chance[:, 0, at], tested.passed[:, 0, at]
        said, came = (above, passed) if direction == "up" else (1 - above, 1 - passed)
        ratio = recent[tested.origins] / np.where(year_before > 0, year_before, np.nan)[tested.origins]
        stays = np.where(ratio >= FACTOR if direction == "up" else ratio <= 1 / FACTOR, 1.0, 0.0)
        chances[direction] = _judge(said, came, stays, threshold=float(year_before[-1] * factor))
    _, codes = judge_history(counts[None], quantity=quantity)
    rises = _reference_class(codes[0], counts, year_before, 1)
    falls = _reference_class(codes[0], counts, year_before, -1)
    return Persistence(chances["up"], chances["down"], *rises, *falls)


def _judge(said: np.ndarray, came: np.ndarray, stays: np.ndarray, *, threshold: float) -> Chance:
    """Recalibrate the last chance by all before it whose outcome is known, and judge each past one by what was known
    then."""
    held = np.full(said.shape, np.nan)
    climatology = np.full(said.shape, np.nan)
    for origin in range(said.size):
        past = slice(0, max(origin - N_HORIZONS + 1, 0))
        usable = np.isfinite(said[past]) & np.isfinite(came[past])
        held[origin] = recalibrate(
            said[origin], said[past][usable], came[past][usable], least=MIN_ORIGINS, least_of_each=MIN_OF_EACH
        )
        climatology[origin] = (came[past][usable].sum() + 1) / (usable.sum() + 3)  # a third, before anything came
    known = np.isfinite(came) & np.isfinite(held)

    def brier(chance: np.ndarray) -> float:
        return float(((chance[known] - came[known]) ** 2).mean()) if known.any() else np.nan

    classes = np.clip(np.digitize(held[known], RELIABILITY_EDGES[1:-1]), 0, len(RELIABILITY_EDGES) - 2)
    rows = [
        {
            "said": held[known][classes == at].mean(),
            "came": came[known][classes == at].mean(),
            "n": int((classes == at).sum()),
        }
        for at in range(len(RELIABILITY_EDGES) - 1)
        if (classes == at).any()
    ]
    return Chance(
        value=float(held[-1]),
        raw=float(said[-1]),
        threshold=threshold,
        n_origins=int(known.sum()),
        brier=brier(held),
        brier_climatology=brier(climatology),
        brier_last_change=brier(stays),
        reliability=pd.DataFrame(rows, columns=["said", "came", "n"]),
    )


def _reference_class(codes: np.ndarray, counts: np.ndarray, year_before: np.ndarray, code: int) -> tuple[int, int]:
    """Return how many earlier months began a word, and after how many of them the next six months stayed beyond."""
    began = np.flatnonzero((codes[1:] == code) & (codes[:-1] != code)) + 1
    began = began[began + N_HORIZONS < counts.size]
    after = np.array([counts[month + 1 : month + 1 + N_HORIZONS].mean() for month in began])
    beyond = after >= FACTOR * year_before[began] if code == 1 else after <= year_before[began] / FACTOR
    return began.size, int(beyond.sum())
