"""Was the verdict right? Its words on this table's own history, week by week without look-ahead, held against the half
year after."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analysis.incidents.study import DAY, Study, kept_on_study
from analysis.language import say
from analysis.measures.level import FALLING, NO_CHANGE, RISING, level_of, words_over_time
from analysis.measures.level_rule import FACTOR
from analysis.statistics.distributions import binomial_interval

AFTER_DAYS = 180
FLIP_DAYS = 28
# A sustained rise: the next half year at so many times the year before it, with so many events at least.
RISE_RATIO, RISE_EVENTS, BEFORE_DAYS = 1.5, 10, 360
LATEST_DAYS = 180
COLUMNS = ("word", "n_looks", "n_known", "n_right", "share", "low", "high", "share_of_all")


@dataclass(frozen=True)
class Hindsight:
    """What the verdict's words were worth on a study's history."""

    # One row a word: ``COLUMNS``. ``n_known`` looks have their half year after known; ``share`` of them was right, with
    # its exact interval as if looks were independent (they overlap: it is too narrow); ``share_of_all`` looks of any
    # word had such a half year after.
    words: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(COLUMNS)))
    # Changes of the word, and how many were taken back within four weeks.
    n_changes: int = 0
    n_flipped: int = 0
    # Sustained rises, and how many of them the word named in time.
    n_rises: int = 0
    n_said: int = 0
    # Median days from a rise's beginning to the first word, of those named; missing without any.
    delay_days: float = np.nan
    looks: pd.DataFrame = field(default_factory=pd.DataFrame)  # `words_over_time`
    problem: str = ""  # why nothing was computed


@kept_on_study
def hindsight_of(study: Study, *, quantity: str = "attacks") -> Hindsight:
    """Hold every word of a study's history against what came after it."""
    looks = words_over_time(study, quantity=quantity)
    if looks.empty:
        return Hindsight(
            problem=level_of(study, quantity=quantity).problem or say("the history is too short to look back on")
        )
    daily = study.daily_counts(quantity)
    ends = ((looks["day"] - study.start) // DAY + 1).to_numpy()
    return judge_words(looks, daily, ends, level=study.settings.level)


def judge_words(looks: pd.DataFrame, daily: np.ndarray, ends: np.ndarray, *, level: float = 0.95) -> Hindsight:
    """Judge words by the days after them.

    Parameters
    ----------
    looks
        From `words_over_time`.
    daily
        Counts a day, shape (n_days,).
    ends
        Days that each look saw, shape (n_looks,), ascending.
    level
        Of the shares' intervals.
    """
    total = np.concatenate([[0.0], np.cumsum(daily)])
    known = ends + AFTER_DAYS <= daily.size
    after = np.full(ends.size, np.nan)
    after[known] = (total[ends[known] + AFTER_DAYS] - total[ends[known]]) / AFTER_DAYS
    before = (looks["reference"] / looks["reference_days"]).to_numpy(dtype=float)
    beyond = {
        RISING: after > FACTOR * before,
        FALLING: after < before / FACTOR,
    }
    beyond[NO_CHANGE] = ~beyond[RISING] & ~beyond[FALLING]
    rows = []
    for word, came in beyond.items():
        said = looks["word"].eq(word).to_numpy()
        told = said & known
        n, right = int(told.sum()), int((came & told).sum())
        low, high = binomial_interval(right, n, level=level) if n else (np.nan, np.nan)
        rows.append(
            {
                "word": word,
                "n_looks": int(said.sum()),
                "n_known": n,
                "n_right": right,
                "share": right / n if n else np.nan,
                "low": low,
                "high": high,
                "share_of_all": float(came[known].mean()) if known.any() else np.nan,
            }
        )
    n_changes, n_flipped = count_flips(looks["day"], looks["word"])
    n_rises, n_said, delay = _rises(looks, total, ends, known)
    return Hindsight(pd.DataFrame(rows, columns=list(COLUMNS)), n_changes, n_flipped, n_rises, n_said, delay, looks)


def definition_words() -> str:
    """Return what is called right, a sustained rise and a flip, in sentences."""
    sentences = (
        say(
            "Rising was right if the next {days} days stayed above {factor:g} times the year that it was compared "
            "with.",
            days=AFTER_DAYS, factor=FACTOR,
        ),
        say(
            "Falling was right if they stayed below {factor:g} times, and no clear change if they stayed between.",
            factor=1 / FACTOR,
        ),
        say(
            "A sustained rise begins where the next {days} days hold at least {least} and {ratio:g} times the "
            "{before} days before.",
            days=AFTER_DAYS, least=RISE_EVENTS, ratio=RISE_RATIO, before=BEFORE_DAYS,
        ),
        say("It is missed if the verdict does not say rising within {days} days.", days=LATEST_DAYS),
        say("A word is taken back if the one before it returns within {days} days.", days=FLIP_DAYS),
    )  # fmt: skip
    return " ".join(sentences)


def count_flips(days: pd.Series, words: pd.Series) -> tuple[int, int]:
    """Return how often a word changed, with four weeks known after it, and how often the one before it was back within
    these."""
    day, word = pd.to_datetime(days).to_numpy(), words.to_numpy()
    changed = np.flatnonzero(word[1:] != word[:-1]) + 1
    changed = changed[day[changed] + np.timedelta64(FLIP_DAYS, "D") <= day[-1]] if word.size else changed
    flipped = 0
    for at in changed:
        soon = (day > day[at]) & (day <= day[at] + np.timedelta64(FLIP_DAYS, "D"))
        flipped += bool((word[soon] == word[at - 1]).any())
    return changed.size, flipped


def _rises(looks: pd.DataFrame, total: np.ndarray, ends: np.ndarray, known: np.ndarray) -> tuple[int, int, float]:
    """Return how many sustained rises began, how many the word named within their half year, and the median delay in
    days."""
    judged = known & (ends >= BEFORE_DAYS)
    after = np.where(judged, total[np.minimum(ends + AFTER_DAYS, total.size - 1)] - total[ends], 0.0)
    before = np.where(judged, total[ends] - total[np.maximum(ends - BEFORE_DAYS, 0)], np.nan)
    rising = judged & (after >= RISE_EVENTS) & (after / AFTER_DAYS >= RISE_RATIO * before / BEFORE_DAYS)
    begins = np.flatnonzero(rising & ~np.concatenate([[False], rising[:-1]]))
    said = looks["word"].eq(RISING).to_numpy()
    delays = []
    for at in begins:
        if said[at]:
            delays.append(0)
            continue
        in_time = np.flatnonzero(said & (ends > ends[at]) & (ends <= ends[at] + LATEST_DAYS))
        if in_time.size:
            delays.append(int(ends[in_time[0]] - ends[at]))
    return begins.size, len(delays), float(np.median(delays)) if delays else np.nan
