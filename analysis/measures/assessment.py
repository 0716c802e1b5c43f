"""So: is it escalating?

The verdict follows from one printed table of levels (`analysis.measures.level`): the last 90 and the last 30 days
against the year before, for attacks and for deaths, each with its own noise. Other questions stand beside it as lines
of evidence; they qualify the verdict and never veto it. Three things are kept apart: the level now, the regime (since
when, against what before), and whether it will last.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study
from analysis.language import message, say, say_count
from analysis.measures import rows_of
from analysis.measures.confidence import attacks_copied, confidence_of, deaths_copied
from analysis.measures.deadliest import Deadliest
from analysis.measures.frequency import compare_periods
from analysis.measures.level import APART, CANNOT_TELL, FALLING, NO_CHANGE, RISING, STEADY, Level, level_of
from analysis.measures.level_rule import (
    AGAIN,
    BORNE_OUT,
    CERTAIN,
    CLEAR_RATIO,
    FACTOR,
    INTERVAL,
    LASTING_DOWN,
    LIKELY,
    MIN_CLUSTERS,
    MIN_DAYS,
    MIN_EVENTS,
    RECENT_SPANS,
    REFERENCE_SPANS,
    SHARP,
    SHARP_DROP,
    SHARP_RATIO,
    STANDING,
    STANDING_RATIO,
    STEADY_CHANCE,
    WEEKLY,
    Words,
    next_words,
    weigh_spans,
)
from analysis.measures.noise import NOISE_SPANS, SPAN_DAYS, noise_of, span_counts, span_edges, span_width
from analysis.measures.persistence import Persistence, persistence_of
from analysis.measures.reliability import trend_problem
from analysis.measures.result import COMPUTED, TAIL, Basis, IndicatorRow, IndicatorRows, Measure, Table, row_tail
from analysis.measures.season import season_of
from analysis.measures.severity import chance_of
from analysis.measures.trend import change_points_of, monthly_counts
from analysis.statistics import local_level
from analysis.statistics.discoveries import benjamini_hochberg

QUESTION = "assessment"
HOLDS_FOR_COUNTS = True
# Expected share of false ones among the lines that count.
FALSE_DISCOVERY_RATE = 0.05
# A ratio from which a rise is a strong one, whatever other lines say.
STRONG_RATIO = 2.0
# Codes, in English whatever the language; `analysis.language.say` says them.
UP, DOWN, FLAT, SILENT = message("up"), message("down"), message("no change found"), message("cannot tell")
UNSURE = message("not sure enough")  # by itself it would count, among the others it does not
NO_RISE = message("no rise found")  # of a line whose test looks for a rise alone: a fall is not its to find
DAYS_PER_YEAR = 365.25
# A regime with fewer events is no denominator.
MIN_REGIME_EVENTS = 3


@dataclass(frozen=True)
class Line:
    """One line of evidence beside the verdict."""

    name: str
    asks: str  # what it speaks of
    # The indicators that give its size and its p-value.
    effect: str
    p: str
    counts: str  # the rule for what counts, in words
    recording: bool  # whether a change of recording alone could draw it
    sides: str = "two"  # ``two``, or ``up`` where the p-value is of a rise alone
    # Turns the indicator's value into a ratio to no change.
    as_ratio: Callable[[float, Study, Mapping[str, IndicatorRow]], float] = lambda value, _study, _rows: value
    nothing: str = message("there is no ratio")  # why there is no ratio where nothing was expected
    # Size and p-value by the table's other figures, where it gives lowest and highest: a change is one by both, and
    # with and without what may be copies, so that the reading with the greater p-value is the line's.
    also: tuple[str, str] | None = None


def _against_expected_offensives(value: float, study: Study, rows: Mapping[str, IndicatorRow]) -> float:
    rate = rows["offensive_rate_baseline"]
    expected = rate.value * study.settings.window_days / DAYS_PER_YEAR if rate.status == COMPUTED else 0.0
    return value / expected if expected > 0 else np.nan


def _against_expected_units(value: float, _study: Study, rows: Mapping[str, IndicatorRow]) -> float:
    expected = rows["units_newly_hit_expected"].value
    return value / expected if expected > 0 else np.nan


LINES = (
    Line(
        message("tempo"), message("Offensives in the window against the baseline's rate"), "offensives_in_window",
        "tempo_any_window_clustered",
        message("so many in some window of the history are unlikely even if offensives bring others"), recording=True,
        sides="up",
        as_ratio=_against_expected_offensives, nothing=message("the baseline holds no offensive to compare with"),
    ),
    Line(
        message("breadth"), message("Places hit for the first time"), "units_newly_hit", "units_newly_hit_p",
        message("more than attack days drawn from the whole history hit"), recording=True, sides="up",
        as_ratio=_against_expected_units, nothing=message("no place was expected to be hit for the first time"),
    ),
    Line(
        message("coordination"), message("Attacks in one operation, window against baseline"), "operation_size_ratio",
        "operation_size_ratio_p",
        message("mean size of operations differs"), recording=False,
    ),
    Line(
        message("lethality"), message("Deaths in a typical attack, window against baseline"), "deaths_ratio_highest",
        "deaths_ratio_p_highest",
        message("geometric mean of deaths differs, by lowest and by highest figures, with and without possible copies"),
        recording=False,
        also=("deaths_ratio_lowest", "deaths_ratio_p_lowest"),
    ),
    Line(
        message("reach"), message("Reach of attacks around their centre, window against baseline"), "reach_ratio",
        "reach_ratio_p",
        message("attacks lie farther from their centre"), recording=False, sides="up",
    ),
)  # fmt: skip
# The questions whose indicators the lines read.
READ = ("offensives", "tempo", "spread", "severity")

VERDICTS = (RISING, FALLING, STEADY, NO_CHANGE, CANNOT_TELL)
WEST = "West & Harrison 1997, Bayesian Forecasting and Dynamic Models"
CALIBRATED = message("outlook's predictive distribution, recalibrated on this table's past")
MEASURES = (
    Measure("escalation_verdict", "verdict",
        "-1 falling, 0 steady or no clear change, 1 or 2 rising; not computed: cannot tell. 2 where the ratio is 2 or "
        "more, deaths are rising too (`deaths_verdict`), or a line of evidence is up (`lines_up`): the detail's "
        "`beside` names which. The word is the label; the numbers that it follows from are the detail, whose `season` "
        "holds the same days of earlier years, `confidence` and `because` how sure the word is (`high`, `moderate`, "
        "`low`) and the one reason, as the page says them, `copied` how many of the attacks compared may be copies "
        "where that makes the ratio another, and whose `since` "
        "is the first day of the level that the word speaks of. The last 90 and 30 days are always held against the "
        "360 days before: `window_days`, `baseline_days` and `level` do not change it.",
        message("rule on the table of levels"), WEST, labels=VERDICTS),
    Measure("deaths_verdict", "verdict",
        "The same for deaths, by their best estimates; 2 where the ratio is 2 or more, or "
        "attacks rise too. The detail's `deadliest`: the attack that the ratio owes most to, and the ratio without it; "
        "`copied`: how many of the deaths compared may be counted twice, where that makes the ratio another.",
        message("rule on the table of levels"), WEST, labels=VERDICTS),
    Measure("level_ratio", "ratio", "Rate of the last 90 days over that of the 360 before them.",
        message("local-level model of counts"), WEST),
    Measure("level_ratio_month", "ratio", "Rate of the last 30 days over that of the 360 before them; `window_days` "
        "does not change it.", message("local-level model of counts"), WEST),
    Measure("deaths_level_ratio", "ratio", "Deaths a day in the last 90 days over those in the 360 before them.",
        message("local-level model of sums"), WEST),
    Measure("regime_ratio", "ratio",
        "Rate since the latest change of regime over the rate of the regime before it. The "
        "detail's `since` is the first day of the month in which "
        "monthly counts last changed their level; the verdict's `since` is of the last 90 days and the year before, "
        "day by day, and may be another.",
        message("PELT on whole months, Poisson cost, BIC penalty times the dispersion"),
        "Killick et al. 2012, J Am Stat Assoc 107:1590"),
    Measure("persistence_up", "probability", "Chance that the next six months stay above 1.25 times the year before.",
        CALIBRATED, "Cox 1958, Biometrika 45:562"),
    Measure("persistence_down", "probability", "Chance that the next six months stay below .8 times the year before.",
        CALIBRATED, "Cox 1958, Biometrika 45:562"),
    Measure("persistence_brier", "score", "Mean squared error of such chances of a rise so far; less is better.",
        message("rolling origins, no look-ahead"), "Brier 1950, Mon Weather Rev 78:1"),
    Measure("persistence_brier_climatology", "score", "The same had one always said the share that came true by then.",
        message("rolling origins, no look-ahead"), "Brier 1950, Mon Weather Rev 78:1"),
    Measure("persistence_brier_last_change", "score", "The same had one taken every rise to stay.",
        message("rolling origins, no look-ahead"), "Brier 1950, Mon Weather Rev 78:1"),
    Measure("earlier_rises", "rises", "Earlier rises that the verdict named, month by month, and whose next six months "
        "are known. What `hindsight` calls a sustained rise follows from counts alone, named or not.",
        message("the verdict's rule month by month, no look-ahead")),
    Measure("earlier_rises_lasted", "rises", "Of these, how many stayed at 1.25 times their year before for the next "
        "six months.", message("the verdict's rule month by month, no look-ahead")),
    Measure("rise_from", "attacks", "Attacks in the next 30 days from which the verdict would say rising, or still "
        "does.", message("the verdict's rule on the spans shifted by a month")),
    Measure("lines_up", "lines", "Lines of evidence that count as a rise; deaths are none of them (`deaths_verdict`).",
        message("Benjamini-Hochberg over the lines"), "Benjamini & Hochberg 1995, J R Stat Soc B 57:289"),
    Measure("lines_down", "lines", "Lines of evidence that count as a fall.",
        message("Benjamini-Hochberg over the lines"), "Benjamini & Hochberg 1995, J R Stat Soc B 57:289"),
    Measure("lines_silent", "lines", "Lines that cannot tell.",
        message("count of lines without a value, or that uneven recording could draw")),
)  # fmt: skip


@dataclass(frozen=True)
class Regime:
    """The current regime of a study's attacks and the one before it, or why there is none to compare."""

    since: pd.Timestamp | None = None  # first day of the current regime
    # Attacks in 30 days.
    rate: float = np.nan
    rate_before: float = np.nan
    # Of the two, with its interval at `INTERVAL`.
    ratio: float = np.nan
    low: float = np.nan
    high: float = np.nan
    # Attacks in each.
    n_events: float = np.nan
    n_events_before: float = np.nan
    problem: str = ""


@dataclass(frozen=True)
class Assessment:
    """The verdicts and what they follow from."""

    table: pd.DataFrame  # the table that both verdicts follow from: `Level.table` of attacks and of deaths
    # The level of each.
    attacks: Level
    deaths: Level
    # Other lines of evidence, one row each: ``line, asks, counts, direction, sides, p_value`` and the tail, ``value``
    # being a ratio to no change.
    lines: pd.DataFrame
    # The verdict's number, missing where it cannot be told.
    value: float
    deaths_value: float
    # What speaks for a strong rise beside the word: ``ratio`` (2 or more), ``deaths`` (or ``attacks``) that rise too,
    # and lines that are up.
    beside: tuple[str, ...]
    deaths_beside: tuple[str, ...]
    # Since when, and will it last.
    regime: Regime
    persistence: Persistence

    @property
    def verdict(self) -> str:
        """The word on attacks: `RISING`, `FALLING`, `STEADY`, `NO_CHANGE` or `CANNOT_TELL`."""
        return self.attacks.word


@kept_on_study
def assess(study: Study) -> Assessment:
    """Judge the level of a study's attacks and deaths, and weigh the lines beside it by the printed rules."""
    attacks, deaths = level_of(study), level_of(study, quantity="deaths")
    lines = _lines(study)
    tables = [found.table for found in (attacks, deaths) if not found.table.empty]
    table = pd.concat(tables, ignore_index=True) if tables else attacks.table
    strong = (("ratio",) if _ratio(attacks) >= STRONG_RATIO else ()) + (("deaths",) if deaths.word == RISING else ())
    beside = (*strong, *lines.loc[lines["direction"].eq(UP), "line"])
    deaths_beside = (("ratio",) if _ratio(deaths) >= STRONG_RATIO else ()) + (
        ("attacks",) if attacks.word == RISING else ()
    )
    return Assessment(
        table=table,
        attacks=attacks,
        deaths=deaths,
        lines=lines,
        value=decide(attacks.word, beside=beside),
        deaths_value=decide(deaths.word, beside=deaths_beside),
        beside=beside,
        deaths_beside=deaths_beside,
        regime=regime_of(study),
        persistence=persistence_of(study),
    )


def decide(word: str, *, beside: tuple[str, ...]) -> float:
    """Return the verdict's number: 2 or 1 rising, 0 steady or no clear change, -1 falling, missing where it cannot be
    told.

    Rising is 2 where anything stands beside the word (a ratio of at least `STRONG_RATIO`, deaths that rise too, a line
    that is up); 1 otherwise.
    """
    if word == CANNOT_TELL:
        return np.nan
    if word == RISING:
        return 2.0 if beside else 1.0
    return -1.0 if word == FALLING else 0.0


@kept_on_study
def regime_of(study: Study) -> Regime:
    """Say since when a study's attacks have come at their present rate, and what the rate was before; see
    `trend.change_points_of`."""
    if problem := trend_problem(study):
        return Regime(problem=problem)
    changes = change_points_of(study)
    if changes.empty:
        return Regime(problem=say("one rate fits all months"))
    counts, last = monthly_counts(study), changes.iloc[-1]
    since = last["period_start"]
    begin = changes["period_start"].iloc[-2] if len(changes) > 1 else counts.index[0]
    then = counts[(counts.index >= begin) & (counts.index < since)]
    until = min(study.end, study.covered_end)  # the days of a month that is not over are of the regime too
    n_now, days = study.count_between(since, until), (until - since) // DAY
    held = int((study.daily_counts()[(since - study.start) // DAY :] > 0).sum())
    if 0 < held < MIN_DAYS:
        return Regime(problem=say_count("all attacks since the last change of level fell on {n} [day|days]", held))
    days_before = int(np.sum(then.index.days_in_month))
    known = {
        "since": since,
        "rate": n_now / days * SPAN_DAYS,
        "rate_before": then.sum() / days_before * SPAN_DAYS,
        "n_events": float(n_now),
        "n_events_before": float(then.sum()),
    }
    if then.sum() < MIN_REGIME_EVENTS:
        problem = say_count("the regime before it holds {n} [attack|attacks], too few for a ratio", int(then.sum()))
        return Regime(**known, problem=problem)
    ratio = compare_periods(n_now, days, then.sum(), days_before, noise=noise_of(study), level=INTERVAL)
    return Regime(**known, ratio=ratio.ratio, low=ratio.low, high=ratio.high)


@kept_on_study
def rise_from(study: Study) -> int | None:
    """Return the least number of attacks in the next 30 days (`Spans.last`) at which the verdict would say rising, or
    still say so; none where it cannot be told.

    The table's noise is taken to stay as it is. A word that is said stands by the rule for that, without the weeks for
    which it stands without support.
    """
    word = level_of(study).word
    if word == CANNOT_TELL:
        return None
    spans = span_counts(study.daily_counts(), span_edges(study))[-NOISE_SPANS + 1 :]
    noise = noise_of(study)
    most = int(6 * spans[-REFERENCE_SPANS - RECENT_SPANS + 1 :].max() + 40)
    while True:
        counts = np.arange(most + 1)
        series = np.column_stack([np.tile(spans, (counts.size, 1)), counts])
        same = local_level.Noise(noise.dispersions, np.broadcast_to(noise.weights, (counts.size, *noise.weights.shape)))
        days = np.where(series[:, -RECENT_SPANS:].sum(axis=1) > 0, MIN_DAYS, 0)
        said = replace(
            Words.none(counts.size),
            code=np.full(counts.size, int(word == RISING)),
            unconfirmed=np.full(counts.size, WEEKLY.stands),
            age=np.full(counts.size, WEEKLY.least),
        )
        code = next_words(weigh_spans(series, same, days=days), said).code
        if (code == 1).any():
            return int(counts[np.argmax(code == 1)])
        most *= 2
        if most > 10_000_000:
            return None


@dataclass(frozen=True)
class Spans:
    """How many days the verdict looks at: the recent ones, those before that they are held against, and the last span.

    90, 360 and 30, but where a table of counts has other periods: 84, 336 and 28 in weeks.
    """

    recent: int
    reference: int
    last: int


@in_its_language
def spans_of(study: Study) -> Spans:
    """Return how many days the verdict of a study looks at."""
    table = level_of(study).table
    if not table.empty:
        first, second = table.iloc[0], table.iloc[1]
        return Spans(int(first["span_days"]), int(first["reference_days"]), int(second["span_days"]))
    width = span_width(study) or SPAN_DAYS
    return Spans(width * RECENT_SPANS, width * REFERENCE_SPANS, width)


def rule_words(study: Study) -> list[str]:
    """Return the rule of the verdict in sentences, for the report."""
    spans = spans_of(study)
    paragraphs = (
        (
            say(
                "The last {recent} days are compared with the {before} before them.",
                recent=spans.recent, before=spans.reference,
            ),
            say(
                "Rising: the rate is at least {ratio:g} times as high, with attacks on {days} days or more.",
                ratio=CLEAR_RATIO, days=MIN_DAYS,
            ),
            say(
                "The chance that the level is above that before must then be at least {chance}, given how counts vary "
                "from month to month.",
                chance=_share(LIKELY),
            ),
            say(
                "And either that chance is {certain} or more, or the table's own history makes a rise to over "
                "{factor:g} times {likely} likely.",
                certain=_share(CERTAIN), factor=FACTOR, likely=_share(BORNE_OUT),
            ),
            say("It does so only where its levels last: months two and three apart resemble each other."),
            say("Falling is the mirror, but every burst that fades looks like a fall."),
            say(
                "So its ratio is that without the highest month of those before, and these must have a correlation "
                "above {lasting:g}.",
                lasting=LASTING_DOWN,
            ),
            say(
                "No word on deaths rests on one attack: without it, the ratio must still be over {up:g} (falling: "
                "under {down:g}).",
                up=FACTOR, down=1 / FACTOR,
            ),
        ),
        (
            say(
                "Rising sharply: the last {days} days alone are at {ratio:g} times the usual level or more, and above "
                "it with a chance of {chance}.",
                days=spans.last, ratio=SHARP_RATIO, chance=_share(SHARP),
            ),
            say(
                "Falling sharply: they are at 1/{drop:g} of it or less, without the highest month, and below it with "
                "the same chance.",
                drop=SHARP_DROP,
            ),
            say(
                "Both are also beyond the {days} days before them, with a chance of {chance}.",
                days=spans.recent - spans.last, chance=_share(LIKELY),
            ),
            say(
                "Where the {days} days make no word yet, such a month makes one; of a fall, they must be at {down:g} "
                "times without the highest month.",
                days=spans.recent, down=1 / FACTOR,
            ),
            say("It is then too early to say whether it lasts."),
            say(
                "The last {days} days of a rise turn back at {down:g} times the pace of the {before} days before them "
                "or less, and below it with a chance of {chance}.",
                days=spans.last, down=1 / CLEAR_RATIO, before=spans.recent - spans.last, chance=_share(LIKELY),
            ),
            say(
                "Those of a fall do at {up:g} times. Of deaths no chance is asked. That stands beside the word.",
                up=CLEAR_RATIO,
            ),
            say(
                "So do those that hold fewer than those before, and no more than {up:g} times a usual month (of a fall:"
                " more, and {down:g} times at least).",
                up=FACTOR, down=1 / FACTOR,
            ),
            say(
                "Beside steady and no clear change stand the {days} days before, where the last are at {up:g} times "
                "these or at {down:g}, and apart with a chance of {chance}.",
                days=spans.recent, up=CLEAR_RATIO, down=1 / CLEAR_RATIO, chance=_share(APART),
            ),
        ),
        (
            say(
                "A word stands while the ratio is beyond {ratio:g} (of a fall, without the highest month, under "
                "{down:g}) and its direction has a chance of {chance}.",
                ratio=STANDING_RATIO, down=1 / CLEAR_RATIO, chance=_share(STANDING),
            ),
            say(
                "It stands {weeks} more weeks while the ratio alone is beyond, and at least {least} weeks after it "
                "began while the ratio is on its side of 1.",
                weeks=WEEKLY.stands, least=WEEKLY.least,
            ),
            say(
                "A word that has ended comes back within {weeks} weeks only where its direction has a chance of "
                "{chance}.",
                weeks=WEEKLY.apart, chance=_share(AGAIN),
            ),
            say("So the verdict does not turn with every week."),
            say("In a table of months a word stands one more month while the ratio is beyond, and no longer."),
        ),
        (
            say(
                "Steady: the ratio lies between 2/3 and 3/2 with a chance of {chance}, and the last {days} days alone "
                "do not speak against it.",
                days=spans.last, chance=_share(STEADY_CHANCE),
            ),
            say("No clear change: none of these."),
            say(
                "Cannot tell: recording is uneven or of chosen cases, the days are not covered, most dates "
                "name a year alone, or both spans together hold fewer than {least}.",
                least=MIN_EVENTS,
            ),
            say(
                "Fewer than {clusters} clusters of attacks begin no word, unless the direction has a chance of "
                "{chance}.",
                clusters=MIN_CLUSTERS, chance=_share(CERTAIN),
            ),
        ),
        (
            say(
                "The verdict's number is 2 where the word is rising, and the ratio is {ratio:g} or more, or deaths "
                "rise too, or another line is up.",
                ratio=STRONG_RATIO,
            ),
            say("Any other rise is 1, a fall is -1, and the rest is 0."),
            say(
                "The other lines count at a false discovery rate of {rate} (Benjamini and Hochberg).",
                rate=_share(FALSE_DISCOVERY_RATE),
            ),
            say("They stand beside the verdict, and none of them can lower it."),
            say(
                "A line that a change of recording could draw by itself is silent where recording is known to have "
                "changed."
            ),
        ),
    )  # fmt: skip
    return [" ".join(paragraph) for paragraph in paragraphs]


def _share(share: float) -> str:
    return say("{percent:g} %", percent=round(100 * share, 2))


@in_its_language
def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    found = assess(study)
    on: Basis = {"attacks": study.attacks, "span": "history"}
    if study.holds_counts:
        on = {"n_incidents": round(float(study.daily_counts().sum())), "span": "history"}
    for name, judged, value in (
        ("escalation_verdict", found.attacks, found.value),
        ("deaths_verdict", found.deaths, found.deaths_value),
    ):
        detail = _detail(judged, found)
        copied = attacks_copied(study) if judged is found.attacks else deaths_copied(study)
        detail["copied"] = copied[0] if copied else None
        if judged is found.attacks:
            detail |= {"season": _season(study)} | dict(
                zip(("confidence", "because"), confidence_of(study)[:2], strict=True)
            )
        if judged.word == CANNOT_TELL:
            reason = say("cannot tell: {reason}", reason=judged.problem)
            rows.skip(name, reason, span="history", label=CANNOT_TELL, detail=detail)
        else:
            rows.add(name, value, label=judged.word, detail=detail, **on)
    for name, judged, at in (
        ("level_ratio", found.attacks, 0), ("level_ratio_month", found.attacks, 1),
        ("deaths_level_ratio", found.deaths, 0),
    ):  # fmt: skip
        _add_ratio(rows, name, judged, at, on)
    _add_regime(rows, found.regime, on)
    _add_persistence(rows, found, on)
    trigger = rise_from(study)
    if trigger is None:
        rows.skip("rise_from", found.attacks.problem or say("no number would"), span="history")
    elif trigger == 0:
        reason = say("the verdict would say rising even with none in the next {days} days", days=spans_of(study).last)
        rows.skip("rise_from", reason, span="history")
    else:
        rows.add("rise_from", trigger, **on)
    direction = found.lines["direction"]
    for name, word in (("lines_up", UP), ("lines_down", DOWN), ("lines_silent", SILENT)):
        which = found.lines.loc[direction.eq(word), "line"].tolist()
        rows.add(name, len(which), detail={"lines": which}, **on)
    return rows.frame()


def _ratio(judged: Level) -> float:
    return float(judged.table["ratio"].iloc[0]) if not judged.table.empty else np.nan


def _detail(judged: Level, found: Assessment) -> dict[str, object]:
    """Return the plain values that a verdict follows from; what is not known is None."""
    if judged.table.empty:
        unknown = ("recent", "reference", "ratio", "low", "high", "p_up", "p_down", "since", "level", "persistence")
        return dict.fromkeys(unknown)
    row, month = judged.table.iloc[0], judged.table.iloc[1]
    chances = ("p_above", "p_up", "p_down", "borne_up", "borne_down")
    names: tuple[str, ...] = ("ratio", "low", "high", *chances, "recent", "reference", "usual")
    if judged.word == CANNOT_TELL:  # what is recorded stands; what would follow from it does not
        names = ("ratio", "low", "high", "recent", "reference", "usual")
    detail: dict[str, object] = dict.fromkeys(chances) | {name: _plain(row[name]) for name in names}
    lasting = found.persistence
    chance = {RISING: lasting.up, FALLING: lasting.down}.get(judged.word) if judged is found.attacks else None
    beside = found.beside if judged is found.attacks else found.deaths_beside
    return detail | {
        "interval_level": INTERVAL,
        "recent_days": int(row["span_days"]),
        "reference_days": int(row["reference_days"]),
        "month": {name: _plain(month[name]) for name in names},
        "since": _day(judged.since),
        "level": judged.height or None,
        "highest_since": _day(judged.highest_since),
        "lowest_since": _day(judged.lowest_since),
        "persistence": _plain(chance.value) if chance else None,
        "young": judged.young,
        "sharp": judged.sharp,
        "standing": judged.standing,
        "month_alone": {1: "above", -1: "below"}.get(judged.month_alone),
        "month_turned": judged.month_turned,
        "course": {1: "above", -1: "below"}.get(judged.course),
        "beside": list(beside) if judged.word == RISING else [],
        "dispersion": _plain(judged.dispersion),
        "moves": _plain(judged.moves),
        "deadliest": _deadliest(judged.deadliest),
    }


def _season(study: Study) -> dict[str, object] | None:
    """Return the plain values of the last days beside the same days of earlier years."""
    found = season_of(study)
    if found is None:
        return None
    known = {name: _plain(getattr(found, name)) for name in ("recent", "p", "factor", "expected")}
    lifts = {1: "lifts", -1: "lowers"}.get(found.lifts)
    return known | {
        "days": found.days, "same_days": list(found.same), "season": lifts, "stands": found.stands or None,
        "asked_years": found.asked_years,
    }  # fmt: skip


def _deadliest(found: Deadliest | None) -> dict[str, object] | None:
    """Return the plain values of the attack that a ratio of deaths owes most to."""
    if found is None:
        return None
    return {
        "day": _day(found.day),
        "deaths": found.deaths,
        "ratio_without": _plain(found.ratio),
        "recent": found.recent,
    }


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _day(day: pd.Timestamp | None) -> str | None:
    return None if day is None else f"{day:%Y-%m-%d}"


def _add_ratio(rows: IndicatorRows, name: str, judged: Level, at: int, on: Basis) -> None:
    if judged.word == CANNOT_TELL:
        rows.skip(name, judged.problem, span="history")
        return
    row = judged.table.iloc[at]
    if not np.isfinite(row["ratio"]):
        rows.skip(name, say("none is usual, and a ratio over zero is not a number"), span="history")
        return
    detail = {key: _plain(row[key]) for key in ("recent", "reference", "usual", "p_above", "p_up", "p_down")}
    rows.add(name, row["ratio"], low=row["low"], high=row["high"], level=INTERVAL, detail=detail, **on)


def _add_regime(rows: IndicatorRows, regime: Regime, on: Basis) -> None:
    detail = {"since": _day(regime.since), "rate": _plain(regime.rate), "rate_before": _plain(regime.rate_before)}
    if regime.problem:
        rows.skip("regime_ratio", regime.problem, span="history", detail=detail)
    else:
        rows.add("regime_ratio", regime.ratio, low=regime.low, high=regime.high, level=INTERVAL, detail=detail, **on)


def _add_persistence(rows: IndicatorRows, found: Assessment, on: Basis) -> None:
    lasting = found.persistence
    names = [measure.name for measure in MEASURES if measure.name.startswith(("persistence_", "earlier_"))]
    if lasting.up is None or lasting.down is None:
        rows.skip(names, lasting.problem, span="history")
        return
    for name, chance in (("persistence_up", lasting.up), ("persistence_down", lasting.down)):
        rows.add(name, chance.value, detail={"raw": chance.raw, "threshold": chance.threshold}, **on)
    up = lasting.up
    scores = {"": up.brier, "_climatology": up.brier_climatology, "_last_change": up.brier_last_change}
    reason = say("no earlier month has its next six months known")
    for name, value in scores.items():
        rows.add(f"persistence_brier{name}", value, detail={"n_origins": up.n_origins}, otherwise=reason, **on)
    rows.add("earlier_rises", lasting.n_rises, **on)
    rows.add("earlier_rises_lasted", lasting.n_lasted_rises, **on)


def _lines(study: Study) -> pd.DataFrame:
    indicators = {row.name: row for question in READ for row in rows_of(study, question).itertuples(index=False)}
    uneven = trend_problem(study)
    rows = [_line_row(line, study, indicators, uneven) for line in LINES]
    lines = pd.DataFrame(rows, columns=["line", "asks", "counts", "sides", "p_value", *TAIL])
    counted = _discoveries(lines)
    lines.insert(
        3, "direction", [_direction(row, found) for row, found in zip(lines.itertuples(), counted, strict=True)]
    )
    return lines


def _line_row(line: Line, study: Study, indicators: Mapping[str, IndicatorRow], uneven: str) -> dict[str, object]:
    readings = [(indicators[line.effect], indicators[line.p])]
    if line.also:
        readings.append((indicators[line.also[0]], indicators[line.also[1]]))
    reason = next((row.reason for both in readings for row in both if row.status != COMPUTED), "")
    chances = [chance_of(*both) if line.also and not reason else both[1].value for both in readings]
    at = 0 if reason else int(np.argmax(chances))
    effect, chance, ways = readings[at][0], chances[at], [one.value for one, _ in readings]
    if not reason and chance <= FALSE_DISCOVERY_RATE and min(ways) < 1 < max(ways):
        reason = say("the lowest and the highest figures point opposite ways")
    ends = (effect.value, effect.low, effect.high)
    ratios = [np.nan if reason else line.as_ratio(end, study, indicators) for end in ends]
    p_value = chance if not reason else np.nan
    if not reason and line.recording and uneven:
        reason = uneven
    if not reason and line.name == "tempo" and (reported := study.settings.headline_count) not in (0, effect.value):
        reason = say_count(
            "the chance is of {n} [offensive|offensives] as reported; the count is {counted}", reported,
            counted=int(effect.value),
        )  # fmt: skip
    if not reason and np.isnan(ratios[0]):
        reason = say(line.nothing)
    row = {"line": line.name, "asks": say(line.asks), "counts": say(line.counts), "sides": line.sides}
    method = f"{effect.name}: {effect.method}" if not effect.reason else effect.name
    based_on: Any = {"n_incidents": effect.n_incidents, "ids": effect.incident_ids}
    return row | {
        "p_value": p_value, **row_tail(*ratios, level=effect.level, method=method, reason=reason, **based_on),
    }  # fmt: skip


class _LineRow(Protocol):
    status: str
    sides: str
    value: float
    p_value: float


def _discoveries(lines: pd.DataFrame) -> np.ndarray:
    """Return which lines' p-values are discoveries; a line without a value is no test."""
    told = lines["status"].eq(COMPUTED).to_numpy()
    found = np.zeros(len(lines), dtype=bool)
    found[told] = benjamini_hochberg(lines["p_value"].to_numpy()[told], rate=FALSE_DISCOVERY_RATE)
    return found


def _direction(row: _LineRow, found: bool) -> str:
    if row.status != COMPUTED:
        return SILENT
    alone = row.p_value <= FALSE_DISCOVERY_RATE
    if row.sides == "up":
        return NO_RISE if row.value <= 1 else UP if found else UNSURE if alone else NO_RISE
    if not found:
        return UNSURE if alone else FLAT
    return UP if row.value > 1 else DOWN


def _hindsight_of(study: Study) -> pd.DataFrame:
    from analysis.measures.hindsight import hindsight_of

    return hindsight_of(study).words


# What ``study.assessment`` holds as tables.
TABLES = (
    Table("spans", "The table that the verdict follows from.", lambda study: assess(study).table,
        because="escalation_verdict"),
    Table("lines", "Other lines of evidence, which do not decide.", lambda study: assess(study).lines),
    Table("over_time",
        "The verdict's word on attacks at the last forty weekly looks, with its numbers; steady counts as no change.",
        lambda study: assess(study).attacks.looks, because="escalation_verdict"),
    Table("deaths_over_time",
        "The verdict's word on deaths at the last forty weekly looks, with its numbers; steady counts as no change.",
        lambda study: assess(study).deaths.looks, because="deaths_verdict"),
    Table("hindsight", "What the verdict's words were worth on this history.", _hindsight_of,
        because="escalation_verdict"),
)  # fmt: skip
