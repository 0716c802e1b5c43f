"""How sure a verdict is, and the one reason: what the page, `indicators.json` and the explorer say alike."""

from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.incidents.counting import rounded
from analysis.incidents.coverage import CHOSEN, IN_PART
from analysis.incidents.load import MOST_LOST
from analysis.incidents.study import DAY, Study, kept_on_study
from analysis.measures.level import CANNOT_TELL, FALLING, RISING, STEADY, Level, level_of
from analysis.measures.level_rule import CLEAR_RATIO, FACTOR, MIN_EVENTS, STANDING_RATIO, rate_ratio
from analysis.measures.panels import LATELY, dates_problem, known_within
from analysis.measures.reliability import (
    MAX_COMPLETENESS_RATIO,
    completeness_of,
    copies_that_matter,
    ended_units,
    longest_silence,
    lost_days,
    newcomers_of,
    pause_of,
    recorded_in_part,
    without_copies,
)
from analysis.measures.season import ALIKE, FEWER, MORE, season_of

HIGH_CONFIDENCE, MODERATE, LOW_CONFIDENCE = "high", "moderate", "low"
FEWEST_LOST = 3  # rows of one span that matter
# An interval that reaches a doubling, or a halving, hides it.
DOUBLING = 2.0
# From this chance of the direction on, the confidence is high; it stays so while the chance is this great, as a word
# stands: else it goes and comes with every row.
BEYOND_DOUBT, STILL_SURE = 0.99, 0.95


@kept_on_study
def confidence_of(study: Study) -> tuple[str, str, dict[str, object]]:
    """Return how sure a study's verdict is, the one reason, and its numbers: once for all that say it."""
    return confidence_in(study, level_of(study))


@kept_on_study
def deaths_copied(study: Study) -> tuple[int, int] | None:
    """Return how many of the deaths compared are of attacks that are like another, and how many there are, where the
    ratio without them is another; none where they leave it, or nothing is said of it."""
    return _copied(study, "deaths")


@kept_on_study
def attacks_copied(study: Study) -> tuple[int, int] | None:
    """Return the same of the attacks compared."""
    return _copied(study, "attacks")


def _copied(study: Study, quantity: str) -> tuple[int, int] | None:
    judged = level_of(study, quantity=quantity)
    if judged.word == CANNOT_TELL:
        return None
    found = _copies_that_matter(study, judged)
    return (found["n"], found["all"]) if found else None


def copies_make_word(study: Study, judged: Level) -> bool:
    """Return whether a verdict on attacks would be another without those that are like another."""
    bare = level_of(without_copies(study))
    said = ("word", "sharp", "leaning", "turned", "course")
    return any(getattr(bare, name) != getattr(judged, name) for name in said)


def confidence_in(study: Study, judged: Level) -> tuple[str, str, dict[str, object]]:
    """Return how sure a word on attacks is, as `confidence_of` does of the study's own."""
    if judged.word == CANNOT_TELL:
        return LOW_CONFIDENCE, *_why_not(study, judged)
    row = judged.table.iloc[0]
    table = study.table
    lost: dict[str, object] = {"n": table.n_lost, "all": table.provenance.rows_read}
    if table.n_lost > MOST_LOST * table.provenance.rows_read:
        return LOW_CONFIDENCE, "lost", lost
    if _lost_matter(study, judged):
        return LOW_CONFIDENCE, "lacking", lost
    if names := recorded_in_part(study, IN_PART):
        return LOW_CONFIDENCE, "partial", {"names": tuple(names)}
    if (copies := _copies_that_matter(study, judged)) and copies_make_word(study, judged):
        return LOW_CONFIDENCE, "copies", {**copies}
    if judged.standing:
        if judged.back:
            return LOW_CONFIDENCE, "over", {"days": judged.back}
        return LOW_CONFIDENCE, "standing", {}
    if judged.word in (RISING, FALLING):
        if judged.month_alone:
            return LOW_CONFIDENCE, "turned", {}
        week = _busy_week(study, int(row["span_days"])) if judged.word == RISING else {}
        if week and week["day"] < study.as_of - 7 * DAY:  # what has ended is told before all that is only moderate
            return MODERATE, "week", week
        if judged.word == RISING and (new := _newcomers(study, row)):
            return MODERATE, "new", new
        if uncounted := _uncounted(study, judged):
            return MODERATE, *uncounted
        season = season_of(study)
        if season and season.stands != (MORE if judged.word == RISING else FEWER):
            if season.stands in (ALIKE, MORE, FEWER):
                return MODERATE, "seasonal", {}
            if season.stands:
                return MODERATE, "partly", {}
            if season.asked_years:
                return MODERATE, "season", {"n": season.asked_years}
        if judged.young:
            return MODERATE, "month", {}
        begin, split, _ = _edges(study, row)
        # A silence in the year before makes a rise, and one in the last days a fall.
        since = begin if judged.word == RISING else split
        if (silent := longest_silence(study)) and silent[1] >= since:
            return MODERATE, "silent", {"first": silent[0], "last": silent[1]}
        if pause := _pause_that_matters(study, since, row):
            return MODERATE, "paused", pause
        if judged.word == FALLING and (ended := _ended(study)):
            return MODERATE, "ended", ended
        if judged.back:
            return MODERATE, "back", {"days": judged.back}
        if judged.month_turned:
            return MODERATE, "eased", {}
        if not _beyond_doubt(judged):
            return MODERATE, "chance", {}
        if week:
            return MODERATE, "week", week
        return HIGH_CONFIDENCE, "clear", {}
    veiled = (season := season_of(study)) is not None and season.stands in (MORE, FEWER)
    gone = _gone(study, judged)
    if judged.word == STEADY and not (gone or judged.leaning):
        unsure = "moved" if judged.course else "veiled" if veiled else ""
        return (MODERATE, unsure, {}) if unsure else (HIGH_CONFIDENCE, "steady", {})
    if judged.leaning and judged.leaning == judged.sure:
        return MODERATE, *(gone or ("sure", {}))
    if judged.leaning:
        return LOW_CONFIDENCE, "more" if judged.leaning > 0 else "fewer", {}
    doubled, halved = row["high"] >= DOUBLING, row["low"] <= 1 / DOUBLING
    if doubled or halved:
        return LOW_CONFIDENCE, "hidden" if doubled and halved else "doubling" if doubled else "halving", {}
    return MODERATE, *(gone or ("veiled" if veiled else "open", {}))


def _gone(study: Study, judged: Level) -> tuple[str, dict[str, object]] | None:
    """Return the code and the numbers of rows that end early, are missing for some days, or are not counted, in all
    that is compared."""
    row = judged.table.iloc[0]
    if ended := _ended(study):
        return "ended", ended
    if uncounted := _uncounted(study, judged):
        return uncounted
    pause = _pause_that_matters(study, _edges(study, row)[0], row)
    return ("paused", pause) if pause else None


def _edges(study: Study, row: pd.Series) -> tuple[pd.Timestamp, pd.Timestamp, pd.Timestamp]:
    """Return where the days begin that the last ones are compared with, where these begin, and where they end."""
    split = study.end - int(row["span_days"]) * DAY
    return split - int(row["reference_days"]) * DAY, split, study.end


def _beyond_doubt(judged: Level) -> bool:
    """Return whether the direction of a word is beyond doubt, or was at an earlier look of the same word and has been
    nearly so at each since."""
    others = np.flatnonzero(judged.looks["word"].ne(judged.word))
    same = judged.looks["p_above"].iloc[others[-1] + 1 if others.size else 0 : -1]
    sure = False
    for above in (*same, judged.table["p_above"].iloc[0]):
        sure = (above if judged.word == RISING else 1 - above) >= (STILL_SURE if sure else BEYOND_DOUBT)
    return bool(sure)


def ended_of(study: Study) -> tuple[tuple[str, ...], pd.Timestamp] | None:
    """Return the units of a table of counts whose rows end before it, and the first day without one of any."""
    found = ended_units(study)
    return (tuple(sorted(found, key=lambda name: found[name])), min(found.values())) if found else None


def _ended(study: Study) -> dict[str, object]:
    found = ended_of(study)
    return {"names": found[0], "day": found[1]} if found else {}


def _pause_that_matters(study: Study, since: pd.Timestamp, row: pd.Series) -> dict[str, object]:
    """Return the country whose rows are missing for some days, where they are more than a tenth of what the span that
    these lie in holds."""
    pause = pause_of(study)
    if pause is None or pause.last < since:
        return {}
    held = row["recent" if pause.last >= _edges(study, row)[1] else "reference"]
    matters = pause.missing > MOST_LOST * held
    return {"names": (pause.country,), "first": pause.first, "last": pause.last} if matters else {}


def _uncounted(study: Study, judged: Level) -> tuple[str, dict[str, object]] | None:
    """Return the code and the numbers of rows that are not counted, where with them the ratio would no longer be that
    of the word: they last more than a week, or could not be used and nobody knows whether half lie in these days."""
    if study.summaries is not None and not study.summaries.empty:
        spans = pairwise(_edges(study, judged.table.iloc[0]))
        early, late = (study.shares_between(*span, rows=study.summaries) for span in spans)
        if _of_another_word(judged, late.sum(), early.sum()):
            return "spans", {"n": int(((late > 0) | (early > 0)).sum())}
    unplaced = lost_days(study)[1] if study.table.n_lost and not study.holds_counts else 0
    if not unplaced:
        return None
    half = unplaced / 2 * len(study.attacks) / len(study.table.rows)
    if (judged.word != RISING and _of_another_word(judged, half, 0)) or (
        judged.word != FALLING and _of_another_word(judged, 0, half)
    ):
        return "unused", {"n": unplaced, "all": study.table.provenance.rows_read}
    return None


def _lost_matter(study: Study, judged: Level) -> bool:
    """Return whether of the days compared so many rows could not be used that the ratio is another."""
    if not study.table.n_lost:
        return False
    days, _ = lost_days(study)
    spans = pairwise(_edges(study, judged.table.iloc[0]))
    early, late = (days.between(*span, inclusive="left").sum() for span in spans)
    return max(early, late) >= FEWEST_LOST and _ratios(judged, late, early)[2]


def _of_another_word(judged: Level, late: float, early: float) -> bool:
    """Return whether so many more attacks in the last days, and in those before, take the ratio out of the word's."""
    bare, whole, apart = _ratios(judged, late, early)
    if judged.word in (RISING, FALLING):
        other = (whole if judged.word == RISING else -whole) < np.log(STANDING_RATIO)
    else:
        other = abs(whole) >= np.log(CLEAR_RATIO) > abs(bare)
    return bool(other and apart)


def _ratios(judged: Level, late: float, early: float) -> tuple[float, float, bool]:
    """Return the logarithm of the ratio, what it is with so many more attacks in the last days and in those before, and
    whether these are apart."""
    row = judged.table.iloc[0]
    share = row["reference_days"] / row["span_days"]
    with np.errstate(divide="ignore", invalid="ignore"):
        bare = np.log(np.float64(row["ratio"]))
        whole = np.log(rate_ratio(row["recent"] + late, row["reference"] + early, share))
        return bare, whole, bool(abs(whole - bare) >= np.log(FACTOR))


def _newcomers(study: Study, row: pd.Series) -> dict[str, object]:
    """Return who or what is new to the table and makes the rise; nothing where it would be one without."""
    new = newcomers_of(
        study, int(row["span_days"]), int(row["reference_days"]), least=FACTOR
    )  # below which it is no rise
    return {"names": new.names, "day": new.first} if new else {}


def _copies_that_matter(study: Study, judged: Level) -> dict[str, int]:
    """Return how much of what is compared are attacks like another, or their deaths, where the ratio without them is
    another."""
    row = judged.table.iloc[0]
    n = copies_that_matter(study, *pairwise(_edges(study, row)), quantity=judged.quantity)
    return {"n": n, "all": rounded(row["recent"] + row["reference"])} if n else {}


def _busy_week(study: Study, days: int) -> dict[str, object]:
    """Return the week that holds half or more of the last days' attacks; nothing where none does."""
    if study.holds_counts:
        return {}
    daily = study.daily_counts()[-days:]
    weeks = np.convolve(daily, np.ones(7), mode="valid")
    if weeks.max() < daily.sum() / 2:
        return {}
    last = study.end - DAY * int(weeks.size - weeks.argmax())
    return {"n": rounded(weeks.max()), "all": rounded(daily.sum()), "day": last}


def _why_not(study: Study, judged: Level) -> tuple[str, dict[str, object]]:
    if study.covered_end < study.end:
        return "uncovered", {"day": study.covered_end - DAY}
    if completeness_of(study).trend_problem:
        low, high, reporter = caught_of(study)
        if high > MAX_COMPLETENESS_RATIO * low:
            return "uneven", {"low": low, "high": high, "reporter": reporter}
        return "seldom", {"low": completeness_of(study).pooled, "reporter": reporter}
    if names := recorded_in_part(study, CHOSEN):
        return "chosen", {"names": tuple(names)}
    if dates_problem(study):
        n, all_of_them = map(rounded, known_within(study, LATELY))
        return "rough", {"n": n, "all": all_of_them}
    if judged.table.empty and study.uncovered_before:
        return "broken", dict(zip(("first", "last"), study.uncovered_before, strict=True))
    if judged.table.empty:
        return "short", {"n": (study.end - study.start) // DAY}
    row = judged.table.iloc[0]
    n = rounded(row["recent"] + row["reference"])
    if not n:
        return "none", {"month": study.first_days[study.row_numbers() > 0].max()}
    return ("few", {"n": n}) if n < MIN_EVENTS else ("days", {})


def caught_of(study: Study) -> tuple[float, float, str]:
    """Return the least and the greatest share of a reference count that the table holds, and who counts."""
    periods = completeness_of(study).periods
    return float(periods["value"].min()), float(periods["value"].max()), ", ".join(dict.fromkeys(periods["reporter"]))
