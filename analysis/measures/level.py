"""How does the level of attacks or deaths stand against the year before, and what is that called?

The last 90 days are held against the 360 before them, and the last 30 against the 360 before those. Noise is what
counts vary from one month to the next around a level that may move (`analysis.statistics.local_level`), never their
spread around a long mean. The word follows from one row of numbers and from the word of a week before, by one function:
`next_words`.
"""

from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
import pandas as pd

from analysis.incidents.study import DAY, Study, kept_on_study
from analysis.language import message, messages, say, say_count
from analysis.measures.deadliest import Deadliest, SingleDeaths, single_deaths
from analysis.measures.level_rule import (
    CERTAIN,
    CLEAR_RATIO,
    FACTOR,
    INTERVAL,
    LIKELY,
    MIN_DAYS,
    MIN_EVENTS,
    MIN_REFERENCE_SPANS,
    MONTHLY,
    RECENT_SPANS,
    REFERENCE_SPANS,
    STEADY_CHANCE,
    STEADY_RATIO,
    WEEKLY,
    Evidence,
    Patience,
    Words,
    compare_spans,
    lasting_of,
    next_words,
    reference_start,
    weigh_spans,
)
from analysis.measures.noise import (
    LOOK_DAYS,
    NOISE_SPANS,
    SPAN_DAYS,
    counted_by_month,
    day_edges,
    expected_noise,
    span_edges,
    span_width,
)
from analysis.measures.panels import deaths_problem
from analysis.measures.reliability import trend_problem
from analysis.statistics import local_level
from analysis.statistics.given import one_of

# Codes, in English whatever the language; `analysis.language.say` says them.
RISING, FALLING, STEADY = message("rising"), message("falling"), message("steady")
NO_CHANGE, CANNOT_TELL = message("no clear change"), message("cannot tell")
QUANTITIES = ("attacks", "deaths")
ON_FEW_DAYS = {
    "attacks": messages("all attacks of the last {span} days fell on {n} [day|days], and a rise asks for {least}"),
    "deaths": messages("all deaths of the last {span} days fell on {n} [day|days], and a rise asks for {least}"),
}
TWO_WEEKS = 14  # days
APART = 0.95  # chance with which days differ from those before them, where that is said
LEAST_ONSET = 5  # events in 30 days after next to none
LEAST_HIGH = 5  # events in 90 days, of which a few are the most that a quiet history knows
LEAST_BACK = 3  # events by which a fall has ended, at least; a month with fewer is near any usual one that is lower
N_LOOKS = 40  # weeks: a word has forgotten by then what it was
HIGH, USUAL, LOW = "high", "usual", "low"  # codes
LONG_BEFORE = 45  # days
EXTREME_SHARE = 0.2  # of all earlier spans that long: above four in five is high, below is low


TABLE_COLUMNS = (
    "quantity", "span", "span_days", "recent", "reference", "reference_days", "usual",
    "ratio", "ratio_without", "low", "high", "p_above", "p_up", "p_down", "borne_up", "borne_down",
)  # fmt: skip
LOOK_COLUMNS = ("day", "recent", "reference", "reference_days", "ratio", "p_above", "p_up", "p_down", "word")


@dataclass(frozen=True)
class Level:
    """The level of one quantity of a study, or why it cannot be told.

    Attributes
    ----------
    quantity
        ``attacks`` or ``deaths``.
    table
        The table that the word follows from, one row a span, the longer first: ``quantity, span, span_days, recent,
        reference, reference_days, usual, ratio, ratio_without, low, high, p_above, p_up, p_down, borne_up,
        borne_down``. ``usual`` is the reference's count in as many days; ``ratio_without`` as in `Evidence`, of the
        longer span alone.
    looks
        One row a look, a week apart: ``LOOK_COLUMNS``; the last is as_of's.
    word
        `RISING`, `FALLING`, `STEADY`, `NO_CHANGE` or `CANNOT_TELL`.
    young, sharp
        Whether the last 30 days alone raised (or lowered) the word; whether they go on the same way, sharply. See
        `Words`.
    standing
        Whether the word stands from earlier weeks, without the last look's support.
    month_alone
        1 where the last 30 days alone are above the year before as clearly as the printed interval can say, and the
        word is not rising; -1 where they are below it, and the word is not falling; else 0.
    month_turned
        Whether the last 30 days turn back: of a rise at .625 times the pace of the 60 days before them or less, and
        below it with a chance of 83 %, of a fall at 1.6 times and above; of ten events in 90 days at least. Of deaths,
        which vary so much that a month without any has no such chance, the pace alone is asked. So they do, whatever
        the chance, where those of a rise hold no more than 1.25 times a usual month and fewer than those before, and
        those of a fall .8 times or more, and more.
    course, quarter_before
        1 where the last 90 days are at 1.6 times the 90 before them or more, and above them with a chance of 95 %, and
        the word, of a year, is steady or no clear change; -1 where they are at .625 times or less; else 0. Of attacks
        alone. Count of those 90 before; missing where the history does not reach so far.
    back
        In how many of the last days, a month's or of a fall two weeks', a rise or a fall has ended: their level is near
        the usual one, and unlike that of the days before; of a fall, on three events or more, and of a rise also where
        they hold fewer than three; 0 where none.
    since
        First day of the level that the word speaks of; missing without a direction.
    height
        `HIGH` (of five events or more), `USUAL` or `LOW` among all earlier spans of 90 days, and by 1.25 times or more
        off their middle; ``""`` where the history has under two years, or the last 30 days of a high level that does
        not rise hold none.
    highest_since, lowest_since
        Last day of the latest earlier 90 days, on whatever day they end, that held as many, or as few; missing where
        none did.
    dispersion, moves
        See `Evidence`.
    deadliest
        Of deaths, the attack that the ratio owes most to; none where single attacks are not known.
    problem
        Why the word is `CANNOT_TELL`. What the table records stands in ``table`` all the same, where its days are
        covered.
    """

    quantity: str
    table: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(TABLE_COLUMNS)))
    looks: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(LOOK_COLUMNS)))
    word: str = CANNOT_TELL
    young: bool = False
    sharp: bool = False
    standing: bool = False
    month_alone: int = 0
    month_turned: bool = False
    course: int = 0
    quarter_before: float = np.nan
    back: int = 0
    since: pd.Timestamp | None = None
    height: str = ""
    highest_since: pd.Timestamp | None = None
    lowest_since: pd.Timestamp | None = None
    dispersion: float = np.nan
    moves: float = np.nan
    deadliest: Deadliest | None = None
    problem: str = ""

    @property
    def turned(self) -> bool:
        """Whether the last days no longer go the way of a rise or a fall: what says its word says that too."""
        return self.word in (RISING, FALLING) and bool(self.month_alone or self.month_turned or self.back)

    def usual_in(self, days: float) -> float:
        """Return the count that is usual in so many days: one number everywhere, that of the year before the last 90
        days, never that of the year before the last 30.
        """
        row = self.table.iloc[0]
        return float(row["usual"] / row["span_days"] * days)

    @property
    def onset(self) -> bool:
        """Whether the last 30 days hold `LEAST_ONSET` events or more, and more than all that is compared with them,
        which are too few for a comparison: a burst after next to nothing is no calm, whatever the word."""
        if self.table.empty:
            return False
        quarter, month = self.table.iloc[0], self.table.iloc[1]["recent"]
        others = quarter["recent"] + quarter["reference"] - month
        return bool(month >= LEAST_ONSET and others < min(month, MIN_EVENTS))

    @property
    def leaning(self) -> int:
        """Return 1 where there are more than in the year before and no word says so, -1 where there are fewer; else 0.

        So it is where all of the printed interval is over `FACTOR` and the word is no clear change, or where the ratio
        is and its direction is `CERTAIN`, also of what is steady; the mirror for fewer, without the highest month too.
        """
        if self.word not in (NO_CHANGE, STEADY):
            return 0
        if self.sure or self.word == STEADY:
            return self.sure
        row = self.table.iloc[0]
        return int(row["low"] >= FACTOR) - int(row["high"] <= 1 / FACTOR)

    @property
    def sure(self) -> int:
        """Return 1 where the ratio is over `FACTOR` and surely over 1, though short of a rise, -1 for the mirror."""
        row = self.table.iloc[0]
        ratio, above = row["ratio"], row["p_above"]
        if FACTOR <= ratio < CLEAR_RATIO and above >= CERTAIN:
            return 1
        fewer = ratio > 1 / CLEAR_RATIO and max(ratio, row["ratio_without"]) <= 1 / FACTOR
        return -1 if fewer and 1 - above >= CERTAIN else 0

    @property
    def long_said(self) -> bool:
        """Whether the word was said, without a break, from well before its plainest step on."""
        if self.since is None or self.looks.empty:
            return False
        other = self.looks.loc[self.looks["word"].ne(self.word), "day"]
        said = self.looks["day"] if other.empty else self.looks.loc[self.looks["day"].gt(other.iloc[-1]), "day"]
        return len(said) > 0 and bool(said.iloc[0] < self.since - LONG_BEFORE * DAY)


def judge_days(
    daily: np.ndarray,
    *,
    n_looks: int = N_LOOKS,
    quantity: str = "attacks",
    singles: SingleDeaths | None = None,
) -> tuple[list[int], Evidence | None]:
    """Judge daily counts week by week, as `level_of` judges a study's.

    Parameters
    ----------
    daily
        Counts of consecutive days, shape (n_days,).
    n_looks
        Weeks to look back over.
    quantity
        ``attacks`` or ``deaths``.
    singles
        Deaths of single attacks, where they are known.

    Returns
    -------
    tuple
        The word's code at each look, oldest first (1 rising, 0 neither, -1 falling), and the last look's evidence; no
        code and none where the history is too short.
    """
    daily = np.asarray(daily, dtype=float)
    looks = [day_edges(daily.size - LOOK_DAYS * back)[-NOISE_SPANS - 1 :] for back in range(n_looks)]
    looks = [look for look in reversed(looks) if len(look) > RECENT_SPANS + MIN_REFERENCE_SPANS]
    if not looks:
        return [], None
    judged = _judge(daily, looks, quantity, WEEKLY, singles)
    return [int(look.words.code[0]) for look in judged], judged[-1].evidence


@kept_on_study
def level_of(study: Study, *, quantity: str = "attacks") -> Level:
    """Say once how a study's attacks or deaths stand against the year before; see `Level`."""
    one_of("quantity", quantity, QUANTITIES)
    if quantity == "deaths" and (problem := deaths_problem(study)):
        return Level(quantity, problem=problem)
    recording = trend_problem(study)
    if study.covered_end < study.end:
        return Level(quantity, problem=recording)
    daily = study.daily_counts(quantity)
    edges = span_edges(study)
    if len(edges) < RECENT_SPANS + MIN_REFERENCE_SPANS + 1:
        width = span_width(study) or SPAN_DAYS
        needed = {"recent": RECENT_SPANS * width, "least": MIN_REFERENCE_SPANS * width}
        if study.uncovered_before:
            first, last = study.uncovered_before
            return Level(
                quantity,
                problem=say(
                    "the table does not cover {first} to {last}, which leaves {n} days, and the last {recent} are"
                    " compared with at least {least} before them",
                    first=first, last=last, n=len(daily), **needed,
                ),
            )  # fmt: skip
        return Level(
            quantity,
            problem=say_count(
                "the history has {n} [day|days], and the last {recent} are compared with at least {least} before them",
                len(daily),
                **needed,
            ),
        )
    total = np.concatenate([[0.0], np.cumsum(daily)])
    looks = _judge(daily, _looks(study), quantity, _patience(study), _singles(study, quantity))
    last = looks[-1]
    word, problem = (CANNOT_TELL, recording) if recording else _word(last, quantity)
    month = _month_beyond(last.evidence)
    place = _place_in_history(study, total, last.edges)
    if word != RISING and place.get("height") == HIGH and not last.evidence.month[0]:
        place["height"] = ""
    table = _table(quantity, last)
    return Level(
        quantity,
        table=table,
        looks=_look_table(study, looks).assign(**({"word": CANNOT_TELL} if recording else {})),
        word=word,
        young=word != CANNOT_TELL and bool(last.words.young[0]),
        sharp=word != CANNOT_TELL and bool(last.words.sharp[0]),
        standing=word in (RISING, FALLING) and bool(last.words.unconfirmed[0] > 0),
        month_alone=0 if word == CANNOT_TELL or word == (RISING, FALLING)[month < 0] else month,
        month_turned=_turned(word, last.evidence, least=0.0 if quantity == "deaths" else LIKELY),
        course=_course(last) if quantity == "attacks" and word in (STEADY, NO_CHANGE) else 0,
        quarter_before=_quarter_before(last),
        back=_back(word, daily, _climbs(daily, last), table.iloc[0], fine=2 * study.count_period_days <= TWO_WEEKS),
        since=_since(study, daily, _looked_at(last), rose=word == RISING) if word in (RISING, FALLING) else None,
        dispersion=float(last.evidence.dispersion[0]),
        moves=float(last.evidence.moves[0]),
        deadliest=last.deadliest,
        problem=problem,
        **place,
    )


@kept_on_study
def words_over_time(study: Study, *, quantity: str = "attacks") -> pd.DataFrame:
    """Return the word of every week of a study's history (month, in a table of months), each as it would have been said
    then.

    Returns
    -------
    pandas.DataFrame
        One row a look, oldest first: `LOOK_COLUMNS`; no rows where recording forbids a word or the history is too
        short. The words here are `RISING`, `FALLING` and `NO_CHANGE`, which also stands for steady and for too few to
        tell.
    """
    problem = trend_problem(study) or (deaths_problem(study) if quantity == "deaths" else "")
    looks = [] if problem else _looks(study, n_looks=None)
    if not looks:
        return pd.DataFrame(columns=list(LOOK_COLUMNS))
    daily = study.daily_counts(quantity)
    return _look_table(study, _judge(daily, looks, quantity, _patience(study), _singles(study, quantity)))


def _looks(study: Study, *, n_looks: int | None = N_LOOKS) -> list[list[int]]:
    """Return the spans' edges at each look back from as_of, the earliest look first; each has spans enough. None: all
    there are.
    """
    least, most = RECENT_SPANS + MIN_REFERENCE_SPANS + 1, NOISE_SPANS + 1
    if n_looks is None:
        n_looks = (study.end - study.start) // DAY // (SPAN_DAYS if counted_by_month(study) else LOOK_DAYS)
    elif counted_by_month(study):
        n_looks = n_looks * LOOK_DAYS // SPAN_DAYS
    looks = [span_edges(study, back=back)[-most:] for back in range(n_looks)]
    return [look for look in reversed(looks) if len(look) >= least]


def _patience(study: Study) -> Patience:
    return MONTHLY if counted_by_month(study) else WEEKLY


def _singles(study: Study, quantity: str) -> SingleDeaths | None:
    return single_deaths(study) if quantity == "deaths" else None


@dataclass(frozen=True)
class _Look:
    """One look: where its spans end, what they count, their noise, the evidence, the words that follow, and the
    attack that deaths owe most to."""

    edges: list[int]
    spans: np.ndarray
    noise: local_level.Noise
    evidence: Evidence
    words: Words
    deadliest: Deadliest | None

    @property
    def of_noise(self) -> dict[str, np.ndarray]:
        """The dispersions and their weights, as the functions of `local_level` take them."""
        return {"dispersions": self.noise.dispersions, "weights": self.noise.of_dispersion}


def _judge(
    daily: np.ndarray,
    edges_of_looks: list[list[int]],
    quantity: str,
    patience: Patience,
    singles: SingleDeaths | None = None,
) -> list[_Look]:
    """Judge each look by its own noise and by the word of the look before; looks with equally many spans are filtered
    together.
    """
    total = np.concatenate([[0.0], np.cumsum(daily)])
    active = np.concatenate([[0], np.cumsum(daily > 0)])
    deadliest = [singles.deadliest(daily, edges) if singles else None for edges in edges_of_looks]
    carried = np.array([one is None or one.carried for one in deadliest])
    lengths = [len(edges) for edges in edges_of_looks]
    weighed: dict[int, tuple[np.ndarray, local_level.Noise, Evidence]] = {}
    for length in sorted(set(lengths)):
        at = [index for index, of_look in enumerate(lengths) if of_look == length]
        ends = np.array([edges_of_looks[index] for index in at])
        spans = np.diff(total[ends], axis=1)
        noise = local_level.estimate_noise(spans, **expected_noise(quantity))
        if singles:
            noise = noise.at_least(np.array([singles.least_dispersion(daily, edges_of_looks[index]) for index in at]))
        days = active[ends[:, -1]] - active[ends[:, -1 - RECENT_SPANS]]
        highest = np.array([_highest_month(total, edges_of_looks[index]) for index in at])
        evidence = weigh_spans(spans, noise, days=days, carried=carried[at], highest=highest)
        for place, index in enumerate(at):
            own = local_level.Noise(noise.dispersions, noise.weights[place])
            weighed[index] = spans[place], own, evidence.at(slice(place, place + 1))
    looks, words = [], Words.none(1)
    for index, edges in enumerate(edges_of_looks):
        words = next_words(weighed[index][-1], words, patience=patience)
        looks.append(_Look(edges, *weighed[index], words, deadliest[index]))
    return looks


def _highest_month(total: np.ndarray, edges: list[int]) -> float:
    """Return the most events of the reference in as many days as a span, wherever these begin: a burst lies over the
    edge of two spans at some looks and not at others.
    """
    first, last = reference_start(edges), edges[-1 - RECENT_SPANS]
    width = int(np.diff(edges).min())
    spans = np.diff(total[[edge for edge in edges if first <= edge <= last]])
    return float(max(spans.max(), (total[first + width : last + 1] - total[first : last + 1 - width]).max()))


def _word(last: _Look, quantity: str) -> tuple[str, str]:
    """Return the word of the last look, and why it cannot be told."""
    now, code = last.evidence, last.words.code[0]
    events = round(float(now.recent[0] + now.reference[0]), 6)  # ten rows dated to months make ten
    if events < MIN_EVENTS:
        # Of rows dated to months 9.7 are no 10.
        return CANNOT_TELL, _too_few(int(events), quantity, last.edges)
    if code:
        return (RISING if code == 1 else FALLING), ""
    days = int(now.days[0])
    if days < MIN_DAYS and now.ratio[0] >= CLEAR_RATIO and now.p_above[0] >= LIKELY:
        return CANNOT_TELL, say_count(ON_FEW_DAYS[quantity], days, span=RECENT_SPANS * SPAN_DAYS, least=MIN_DAYS)
    between = [
        local_level.chance_above(now.recent[0], now.reference[0], factor, share=float(now.share[0]), **last.of_noise)
        for factor in (1 / STEADY_RATIO, STEADY_RATIO)
    ]
    steady = between[0] - between[1] >= STEADY_CHANCE and not _month_beyond(now)
    return (STEADY if steady else NO_CHANGE), ""


def _month_beyond(now: Evidence) -> int:
    """Return whether the last 30 days alone are above (1) or below (-1) the year before, by the ratio and by its
    interval.
    """
    ratio, above, enough = now.month_ratio[0], now.month_above[0], now.enough[0]
    if enough and ratio >= STEADY_RATIO and above >= LIKELY:
        return 1
    return -1 if enough and ratio <= 1 / STEADY_RATIO and 1 - above >= LIKELY else 0


def _turned(word: str, now: Evidence, least: float = LIKELY) -> bool:
    """Return whether the last month turns back: see `Level.month_turned`. ``least`` is the chance that is asked."""
    month, usual = now.month[0], now.reference[0] / now.share[0] / RECENT_SPANS
    climbs, pace = now.month_climbs[0], (now.recent[0] - month) / (RECENT_SPANS - 1)
    if (word == RISING and month <= FACTOR * usual and month < pace) or (
        word == FALLING and FACTOR * month >= usual and month > pace
    ):
        return True
    down = word == RISING and CLEAR_RATIO * month <= pace and 1 - climbs >= least
    up = word == FALLING and month >= CLEAR_RATIO * pace and climbs >= least
    return bool((down or up) and now.recent[0] >= MIN_EVENTS)


def _quarter_before(last: _Look) -> float:
    """Return the count of as many spans before the last ones; missing where there are none."""
    before = last.spans[-2 * RECENT_SPANS : -RECENT_SPANS]
    return round(float(before.sum()), 6) if last.spans.size >= 2 * RECENT_SPANS else np.nan


def _course(last: _Look) -> int:
    """Return where the last 90 days stand against the 90 before them alone: see `Level.course`."""
    now, before = float(last.evidence.recent[0]), _quarter_before(last)
    if not now + before >= MIN_EVENTS:
        return 0
    above = local_level.chance_above(now, before, 1.0, share=1.0, **last.of_noise)
    if now >= CLEAR_RATIO * before and above >= APART:
        return 1
    return -1 if CLEAR_RATIO * now <= before and 1 - above >= APART else 0


def _back(word: str, daily: np.ndarray, climbs: dict[int, float], row: pd.Series, *, fine: bool = True) -> int:
    """Return in how many of the last days a rise or a fall has ended: see `Level.back`. Two weeks tell it of a fall
    alone, of ``fine`` counts: of a rise, rows may still be to come."""
    fell = word == FALLING
    for days, above in climbs.items() if word in (RISING, FALLING) else ():
        if days == TWO_WEEKS and not (fell and fine):
            continue
        held, usual = float(daily[-days:].sum()), float(row["usual"] / row["span_days"] * days)
        if fell and held >= max(usual / FACTOR, LEAST_BACK) and above >= APART:
            return days
        if not fell and held <= max(usual * FACTOR, LEAST_BACK - 1) and above <= 1 - APART:
            return days
    return 0


def _climbs(daily: np.ndarray, last: _Look) -> dict[int, float]:
    """Return the chance that the level of the last so many days, by their number (a month, and two weeks), is above
    that of the rest of the last 90; given the noise."""
    now, share = float(daily[-TWO_WEEKS:].sum()), (last.edges[-1] - last.edges[-1 - RECENT_SPANS]) / TWO_WEEKS - 1
    above = local_level.chance_above(now, float(last.evidence.recent[0]) - now, 1.0, share=share, **last.of_noise)
    return {last.edges[-1] - last.edges[-2]: float(last.evidence.month_climbs[0]), TWO_WEEKS: float(above)}


def _too_few(n: int, quantity: str, edges: list[int]) -> str:
    """Return why so few events, in the last days and those before, allow no comparison."""
    begin, split, end = reference_start(edges), edges[-1 - RECENT_SPANS], edges[-1]
    held = {"days": end - split, "before": split - begin, "least": MIN_EVENTS}
    if quantity == "deaths" and n == 0:
        return say(
            "the last {days} days and the {before} before hold no deaths, and a comparison needs {least}", **held
        )
    if quantity == "deaths":
        return say_count(
            "the last {days} days and the {before} before hold {n} [death|deaths] together, and a comparison needs "
            "{least}",
            n,
            **held,
        )
    if n == 0:
        return say(
            "the last {days} days and the {before} before hold no attacks, and a comparison needs {least}", **held
        )
    return say_count(
        "the last {days} days and the {before} before hold {n} [attack|attacks] together, and a comparison needs "
        "{least}",
        n,
        **held,
    )


def _table(quantity: str, last: _Look) -> pd.DataFrame:
    rows, spans, edges, noise = [], last.spans, last.edges, last.noise
    lasting = lasting_of(spans[None, -NOISE_SPANS:-RECENT_SPANS])[0]
    for name, n_recent in (("90 days", RECENT_SPANS), ("30 days", 1)):
        n_reference = min(spans.size - n_recent, REFERENCE_SPANS)
        recent, reference = spans[-n_recent:].sum(), spans[-n_recent - n_reference : -n_recent].sum()
        share = n_reference / n_recent
        low, high = local_level.ratio_interval(recent, reference, share=share, level=INTERVAL, **last.of_noise)
        found = compare_spans(recent, reference, share, noise, lasting)
        compared = {name: float(np.asarray(value)) for name, value in found.items()}
        ratio = compared["ratio"]
        rows.append(
            {
                "quantity": quantity,
                "span": name,
                "span_days": int(edges[-1] - edges[-1 - n_recent]),
                "recent": round(float(recent), 6),
                "reference": round(float(reference), 6),
                "reference_days": int(edges[-1 - n_recent] - edges[-1 - n_recent - n_reference]),
                "usual": float(reference / share),
                **compared,
                "ratio_without": float(last.evidence.ratio_without[0]) if n_recent == RECENT_SPANS else np.nan,
                "low": float(low) if np.isfinite(ratio) or ratio > 0 else np.nan,
                "high": float(high) if np.isfinite(ratio) else np.nan,
            }
        )
    return pd.DataFrame(rows, columns=list(TABLE_COLUMNS))


def _look_table(study: Study, looks: list[_Look]) -> pd.DataFrame:
    words = {1: RISING, -1: FALLING, 0: NO_CHANGE}
    rows = [
        {
            "day": study.start + (look.edges[-1] - 1) * DAY,
            **{name: float(getattr(look.evidence, name)[0]) for name in LOOK_COLUMNS[1:-1] if name != "reference_days"},
            "reference_days": look.edges[-1 - RECENT_SPANS] - reference_start(look.edges),
            "word": words[int(look.words.code[0])],
        }
        for look in looks
    ]
    return pd.DataFrame(rows, columns=list(LOOK_COLUMNS))


def _looked_at(last: _Look) -> int:
    """Return from where on the day of a change is looked for: within the last spans, where the last alone made it."""
    return last.edges[-1 - RECENT_SPANS] if last.words.young[0] else reference_start(last.edges)


def _since(study: Study, daily: np.ndarray, first: int, *, rose: bool) -> pd.Timestamp:
    """Return the day at which the last spans and the reference rose (or fell) most plainly, a week at least from either
    end.
    """
    return study.start + (first + local_level.change_start(daily[first:], least=LOOK_DAYS, rose=rose)) * DAY


class _Place(TypedDict, total=False):
    height: str
    highest_since: pd.Timestamp | None
    lowest_since: pd.Timestamp | None


def _place_in_history(study: Study, total: np.ndarray, edges: list[int]) -> _Place:
    """Say how the last 90 days stand among all earlier spans as long, a month apart."""
    width = edges[-1] - edges[-1 - RECENT_SPANS]
    ends = np.arange(edges[-1] - width, width - 1, -SPAN_DAYS)
    if ends.size < 2 * REFERENCE_SPANS - RECENT_SPANS:
        return {}
    now, before = total[edges[-1]] - total[edges[-1] - width], total[ends] - total[ends - width]
    share = ((before < now).sum() + 0.5 * (before == now).sum()) / before.size
    # No high level where the year before held twice as many.
    begin, end = reference_start(edges), edges[-1 - RECENT_SPANS]
    usual = (total[end] - total[begin]) / (end - begin) * width
    high = share > 1 - EXTREME_SHARE and now >= max(usual / FACTOR, LEAST_HIGH)
    low = share < EXTREME_SHARE and now <= usual * FACTOR
    # Of a history that never changes one span in five is above four in five: it must be clearly off the middle too.
    middle = float(np.median(before))
    high, low = high and now >= middle * FACTOR, low and now * FACTOR <= middle
    height = HIGH if high else LOW if low else USUAL

    # Of every earlier 90 days, whatever day they end on, as a chart shows them; those that share days with the last
    # must be beyond it, for often they hold the very same.
    every = np.arange(edges[-1] - 1, width - 1, -1)
    held = (total[every] - total[every - width] - now).round(6)
    apart = every <= edges[-1] - width

    def last(sign: int) -> pd.Timestamp | None:
        at = np.flatnonzero((sign * held > 0) | (apart & (held == 0)))
        return study.start + (int(every[at[0]]) - 1) * DAY if at.size else None

    return {"height": height, "highest_since": last(1), "lowest_since": last(-1)}
