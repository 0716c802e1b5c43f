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

from analysis.incidents.counting import counted_spans, spread_evenly
from analysis.incidents.study import DAY, Study, kept_on_study
from analysis.language import message, say, say_count
from analysis.measures.noise import (
    LOOK_DAYS,
    NOISE_SPANS,
    SPAN_DAYS,
    counted_by_month,
    day_edges,
    expected_noise,
    span_edges,
)
from analysis.measures.panels import deaths_problem
from analysis.measures.reliability import trend_problem
from analysis.statistics import local_level

# Codes, in English whatever the language; `analysis.language.say` says them.
RISING, FALLING, STEADY = message("rising"), message("falling"), message("steady")
NO_CHANGE, CANNOT_TELL = message("no clear change"), message("cannot tell")
QUANTITIES = ("attacks", "deaths")
# A span is about a month: three of them are recent, twelve are the year before.
RECENT_SPANS, REFERENCE_SPANS, MIN_REFERENCE_SPANS = 3, 12, 6
N_LOOKS = 40  # weeks: a word has forgotten by then what it was
# What the ratio is held against: `p_up` is the chance that it is over 1.25, `p_down` that it is under .8.
FACTOR = 1.25
# Rising: the ratio is at least this (falling: at most its inverse).
CLEAR_RATIO, STANDING_RATIO = 1.6, 1.5
# ... and either the counts alone put the level above the reference's with this chance, ...
CERTAIN, CERTAIN_DOWN = 0.985, 0.99
# ... or, with so much, the table's own history makes a change of more than `FACTOR` this likely.
LIKELY, LIKELY_UP, LIKELY_DOWN = 0.83, 0.72, 0.7
# A word once said stands while its direction keeps this chance.
STANDING = 0.93
# The last 30 days alone: rising sharply, too young to say whether it lasts.
SHARP_RATIO, SHARP = 2.0, 0.995
# Steady: the ratio lies between 2/3 and 3/2 with this chance: inside, nothing has changed to speak of.
STEADY_RATIO, STEADY_CHANCE = 1.5, 0.9
# Levels last in a history whose counts so many spans apart resemble each other, in so many spans at least: where high
# months fade at once, a high quarter is borne out by none before it.
LASTING_LAGS, LASTING_SPANS = (2, 3), 20
# ... and every burst that fades looks like a fall: that one lasts has to show by more.
LASTING, LASTING_DOWN = 0.0, 0.1
# Fewer events than these in both spans together, or fewer clusters (of a fall fewer), tell nothing unless the direction
# has the chance `CERTAIN`; nor do those of two days.
MIN_EVENTS, MIN_CLUSTERS, MIN_CLUSTERS_DOWN, MIN_DAYS = 10, 10, 8, 3
# The printed interval: its ends are where `LIKELY` decides.
INTERVAL = round(2 * LIKELY - 1, 2)
HIGH, USUAL, LOW = "high", "usual", "low"  # codes
LONG_BEFORE = 45  # days
DOMINANT = 0.5  # share of deaths from which one attack is named beside the word
EXTREME_SHARE = 0.2  # of all earlier spans that long: above four in five is high, below is low


@dataclass(frozen=True)
class Patience:
    """How slowly words change, so that the verdict does not turn with every look.

    Attributes
    ----------
    stands
        Looks for which a word stands without support, while the ratio is still beyond `STANDING_RATIO`.
    least
        Looks for which a word stands once it has begun, while the ratio is on its side of 1.
    apart
        Looks within which a word that ended does not come back, unless its direction has the chance `AGAIN`.
    """

    stands: int
    least: int
    apart: int


WEEKLY, MONTHLY = Patience(stands=2, least=4, apart=4), Patience(stands=1, least=0, apart=0)
AGAIN = 0.97


@dataclass(frozen=True)
class Evidence:
    """What recorded counts say of the level; arrays of one shape, a unit or a look each.

    Attributes
    ----------
    recent, reference
        Events of the last 90 days and of the 360 before them (or of as many spans as there are).
    share
        Length of the reference over that of the recent span.
    ratio
        Of the two rates; infinite over an empty reference, missing where both are empty.
    p_above
        Chance that the recent level is above the reference's, given the noise.
    p_up, p_down
        Chance that the ratio is over 1.25, or under .8, given the noise.
    borne_up, borne_down
        Chance of the same and of a level that moves at all, as this series' own history bears it out: less where levels
        have always held, and 0 where its high months fade at once (`lasting_of`).
    carried
        Whether the ratio would point the same way without its one deadliest attack (`Deadliest`); true of attacks.
    month, month_ratio, month_above
        Events of the last 30 days, and their ratio and chance against the 360 before them.
    days
        Days with an event among the recent ones.
    dispersion, moves
        Variance over mean of monthly counts around their level; how much the history speaks for a level that moves.
    """

    recent: np.ndarray
    reference: np.ndarray
    share: np.ndarray
    ratio: np.ndarray
    p_above: np.ndarray
    p_up: np.ndarray
    p_down: np.ndarray
    borne_up: np.ndarray
    borne_down: np.ndarray
    carried: np.ndarray
    month: np.ndarray
    month_ratio: np.ndarray
    month_above: np.ndarray
    days: np.ndarray
    dispersion: np.ndarray
    moves: np.ndarray

    @property
    def enough(self) -> np.ndarray:
        """Whether there are events enough, in clusters enough (or a difference that is certain), to say anything."""
        return self._in_clusters(MIN_CLUSTERS)

    @property
    def enough_to_fall(self) -> np.ndarray:
        """The same for a fall."""
        return self._in_clusters(MIN_CLUSTERS_DOWN)

    def _in_clusters(self, least: int) -> np.ndarray:
        events = self.recent + self.reference
        sure = np.maximum(self.p_above, 1 - self.p_above) >= CERTAIN
        return (events >= MIN_EVENTS) & ((events / self.dispersion >= least) | sure)

    def at(self, index: object) -> "Evidence":
        """Return the evidence at an index of its arrays."""
        return Evidence(**{name: value[index] for name, value in vars(self).items()})


@dataclass(frozen=True)
class Words:
    """The words of one look at several units.

    Attributes
    ----------
    code
        1 rising, 0 neither, -1 falling.
    unconfirmed
        Looks since the word was last borne out; 0 where this one does.
    sharp
        Whether the last 30 days alone began the word.
    age
        Looks since the word began.
    ended, quiet
        The last word that ended, and how many looks ago.
    """

    code: np.ndarray
    unconfirmed: np.ndarray
    sharp: np.ndarray
    age: np.ndarray
    ended: np.ndarray
    quiet: np.ndarray

    @classmethod
    def none(cls, n: int) -> "Words":
        """Return the words before the first look."""
        zero = np.zeros(n, dtype=int)
        return cls(zero, zero, np.zeros(n, dtype=bool), zero, zero, zero)


TABLE_COLUMNS = (
    "quantity", "span", "span_days", "recent", "reference", "reference_days", "usual",
    "ratio", "low", "high", "p_above", "p_up", "p_down", "borne_up", "borne_down",
)  # fmt: skip
LOOK_COLUMNS = ("day", "recent", "reference", "reference_days", "ratio", "p_above", "p_up", "p_down", "word")


@dataclass(frozen=True)
class Deadliest:
    """The one attack that the ratio of deaths owes most to: of the last 90 days where the ratio is over 1, else of the
    year before.

    Attributes
    ----------
    day
        Its first day.
    deaths, share
        Its deaths in that span, and their share of all deaths there.
    ratio
        The ratio without it.
    recent
        Whether it lies in the last 90 days.
    """

    day: pd.Timestamp
    deaths: float
    share: float
    ratio: float
    recent: bool

    @property
    def carried(self) -> bool:
        """Whether the ratio would point the same way without it, by more than `FACTOR`."""
        return self.ratio >= FACTOR if self.recent else self.ratio <= 1 / FACTOR

    @property
    def dominant(self) -> bool:
        """Whether it makes half of its span's deaths, or more."""
        return self.share >= DOMINANT


@dataclass(frozen=True)
class Level:
    """The level of one quantity of a study, or why it cannot be told.

    Attributes
    ----------
    quantity
        ``attacks`` or ``deaths``.
    table
        The table that the word follows from, one row a span, the longer first: ``quantity, span, span_days, recent,
        reference, reference_days, usual, ratio, low, high, p_above, p_up, p_down, borne_up, borne_down``. ``usual`` is
        the reference's count in as many days.
    looks
        One row a look, a week apart: ``LOOK_COLUMNS``; the last is as_of's.
    word
        `RISING`, `FALLING`, `STEADY`, `NO_CHANGE` or `CANNOT_TELL`.
    sharp
        Whether the last 30 days alone raised (or lowered) the word.
    standing
        Whether the word stands from earlier weeks, without the last look's support.
    month_alone
        1 where the last 30 days alone are above the year before as clearly as the printed interval can say, and the
        word is not rising; -1 where they are below it, and the word is not falling; else 0.
    since
        First day of the level that the word speaks of; missing without a direction.
    height
        `HIGH`, `USUAL` or `LOW` among all earlier spans of 90 days; ``""`` where the history has under two years.
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
    sharp: bool = False
    standing: bool = False
    month_alone: int = 0
    since: pd.Timestamp | None = None
    height: str = ""
    highest_since: pd.Timestamp | None = None
    lowest_since: pd.Timestamp | None = None
    dispersion: float = np.nan
    moves: float = np.nan
    deadliest: Deadliest | None = None
    problem: str = ""

    def usual_in(self, days: float) -> float:
        """Return the count that is usual in so many days: one number everywhere, that of the year before the last 90
        days, never that of the year before the last 30.
        """
        row = self.table.iloc[0]
        return float(row["usual"] / row["span_days"] * days)

    @property
    def long_said(self) -> bool:
        """Whether the word was said, without a break, from well before its plainest step on."""
        if self.since is None or self.looks.empty:
            return False
        other = self.looks.loc[self.looks["word"].ne(self.word), "day"]
        said = self.looks["day"] if other.empty else self.looks.loc[self.looks["day"].gt(other.iloc[-1]), "day"]
        return len(said) > 0 and bool(said.iloc[0] < self.since - LONG_BEFORE * DAY)


def weigh_spans(
    spans: np.ndarray, noise: local_level.Noise, *, days: np.ndarray, carried: np.ndarray | None = None
) -> Evidence:
    """Hold the last three spans against the twelve before them, for many series at once.

    Parameters
    ----------
    spans
        Counts of equally long spans, oldest first, shape (n_series, n_spans), at least 9 of them: the last 15 are
        weighed, and of the last 60 those before tell whether levels last.
    noise
        Of each series, as of the last span.
    days
        Days with an event among the last three spans, shape (n_series,).
    carried
        See `Evidence`; shape (n_series,), true of all where it is not given.
    """
    lasting = lasting_of(spans[:, -NOISE_SPANS:-RECENT_SPANS])
    spans = spans[:, -RECENT_SPANS - REFERENCE_SPANS :]
    recent, reference = spans[:, -RECENT_SPANS:].sum(axis=1), spans[:, :-RECENT_SPANS].sum(axis=1)
    month, before = spans[:, -1], spans[:, -1 - REFERENCE_SPANS : -1].sum(axis=1)
    share = (spans.shape[1] - RECENT_SPANS) / RECENT_SPANS
    month_share = float(min(spans.shape[1] - 1, REFERENCE_SPANS))
    at_one = {"dispersions": noise.dispersions, "weights": noise.of_dispersion}
    return Evidence(
        recent=recent,
        reference=reference,
        share=np.full(recent.shape, share),
        **_compared(recent, reference, share, noise, lasting),
        carried=np.ones(recent.shape, dtype=bool) if carried is None else carried,
        month=month,
        month_ratio=_ratio(month, before, month_share),
        month_above=local_level.chance_above(month, before, 1.0, share=month_share, **at_one),
        days=days,
        dispersion=noise.dispersion,
        moves=noise.moves,
    )


class _Comparison(TypedDict):
    ratio: np.ndarray
    p_above: np.ndarray
    p_up: np.ndarray
    p_down: np.ndarray
    borne_up: np.ndarray
    borne_down: np.ndarray


def _compared(
    recent: np.ndarray, reference: np.ndarray, share: float, noise: local_level.Noise, lasting: np.ndarray
) -> _Comparison:
    """Return the ratio of two spans and its chances, as `Evidence` names them, shape of the counts; ``lasting`` as of
    `lasting_of`.
    """
    moving = noise.of_dispersion_moving

    def chances(factor: float) -> tuple[np.ndarray, np.ndarray]:
        of_each = local_level.chances_above(recent, reference, factor, share=share, dispersions=noise.dispersions)
        return (noise.of_dispersion * of_each).sum(axis=-1), (moving * of_each).sum(axis=-1)

    (over, moving_over), (under, moving_under) = chances(FACTOR), chances(1 / FACTOR)
    return {
        "ratio": _ratio(recent, reference, share),
        "p_above": chances(1.0)[0],
        "p_up": over,
        "p_down": 1 - under,
        "borne_up": moving_over * (lasting > LASTING),
        "borne_down": (moving.sum(axis=-1) - moving_under) * (lasting > LASTING_DOWN),
    }


def lasting_of(spans: np.ndarray) -> np.ndarray:
    """Return how far counts two and three spans apart resemble each other: their mean correlation.

    Parameters
    ----------
    spans
        Counts of equally long spans, oldest first, shape (n_series, n_spans); so few that it cannot be told are held to
        last (1).
    """
    if spans.shape[1] < LASTING_SPANS:
        return np.ones(len(spans))
    root = np.sqrt(spans + 0.375)  # of nearly the same variance at every level (Anscombe 1948, Biometrika 35:246)
    root -= root.mean(axis=1, keepdims=True)
    alike = sum((root[:, lag:] * root[:, :-lag]).mean(axis=1) for lag in LASTING_LAGS) / len(LASTING_LAGS)
    return alike / np.maximum((root**2).mean(axis=1), 1e-9)


def next_words(evidence: Evidence, before: Words, *, patience: Patience = WEEKLY) -> Words:
    """Return what the level is called now, from this look's evidence and the words of the look before.

    1. Rising begins where the ratio is at least 1.6 over days enough, the counts put the level above the reference's
       with a chance of 83 %, and either that chance is 98.5 % or the history makes a rise over 1.25 times 72 % likely.
       Falling is the mirror, with 99 % or 70 %.
    2. It begins sharply where the last 30 days alone are at twice the year before, and above it with a chance of
       99.5 %.
    3. A word stands while the ratio is beyond 1.5 and its direction has a chance of 93 %, and for two more weeks while
       the ratio is.
    4. A word that has begun stands for four more weeks while the ratio is on its side of 1; one that has ended comes
       back within four weeks only where its direction has a chance of 97 %.
    5. Fewer than 10 events in both spans, or fewer than 10 clusters of them (8 of a fall) without a chance of 98.5 %,
       begin no word.
    6. No word begins or stands on one attack's deaths: without it, the ratio is still over 1.25 (falling: under .8).

    Parameters
    ----------
    evidence
        Of one look, arrays of shape (n,).
    before
        The words of the look before, or `Words.none`.
    patience
        How long words stand; looks are a week apart, or a month.
    """
    ratio, carried, several = evidence.ratio, evidence.carried.astype(bool), evidence.days >= MIN_DAYS
    enough, enough_to_fall = evidence.enough & carried, evidence.enough_to_fall & carried
    above, below, month_above = evidence.p_above, 1 - evidence.p_above, evidence.month_above
    # What ended of late comes back only where it is plain: never two turns in four weeks for a count that hovers.
    lately = (before.quiet > 0) & (before.quiet <= patience.apart)
    may_rise = ~(lately & (before.ended == 1)) | (above >= AGAIN)
    may_fall = ~(lately & (before.ended == -1)) | (below >= AGAIN)
    up = may_rise & enough & several & (ratio >= CLEAR_RATIO) & (above >= LIKELY)
    up &= (above >= CERTAIN) | (evidence.borne_up >= LIKELY_UP)
    down = may_fall & enough_to_fall & (ratio <= 1 / CLEAR_RATIO) & (below >= LIKELY)
    down &= (below >= CERTAIN_DOWN) | (evidence.borne_down >= LIKELY_DOWN)
    sharply_up = may_rise & enough & several & (evidence.month_ratio >= SHARP_RATIO) & (month_above >= SHARP)
    sharply_up &= (ratio > 1) & (above >= LIKELY) & ~up
    sharply_down = may_fall & enough_to_fall & (evidence.month_ratio <= 1 / SHARP_RATIO) & (1 - month_above >= SHARP)
    sharply_down &= (ratio < 1) & (below >= LIKELY) & ~down
    higher, lower = ratio >= STANDING_RATIO, ratio <= 1 / STANDING_RATIO
    rose, fell = before.code == 1, before.code == -1
    holds_up = rose & enough & higher & (above >= STANDING)
    holds_down = fell & enough_to_fall & lower & (below >= STANDING)
    supported_up, supported_down = up | sharply_up | holds_up, down | sharply_down | holds_down
    unsupported = before.unconfirmed + 1
    stands = ((rose & higher) | (fell & lower)) & (unsupported <= patience.stands)
    stands |= ((rose & (ratio > 1)) | (fell & (ratio < 1))) & (before.age < patience.least)
    stands &= carried & ~(supported_up | supported_down)
    code = np.select([supported_up, supported_down, stands], [1, -1, before.code], default=0)
    ends = (before.code != 0) & (code != before.code)
    return Words(
        code=code,
        unconfirmed=np.where(stands, unsupported, 0),
        sharp=((code == 1) & sharply_up)
        | ((code == -1) & sharply_down)
        | (before.sharp & (code == before.code) & ~(up | down)),
        age=np.where((code != 0) & (code == before.code), before.age + 1, 0),
        ended=np.where(ends, before.code, before.ended),
        quiet=np.where(ends, 1, before.quiet + (before.quiet > 0)),
    )


def judge_history(spans: np.ndarray, *, quantity: str = "attacks") -> tuple[Evidence, np.ndarray]:
    """Judge every span of every series as it would have been judged at its end, without look-ahead.

    Parameters
    ----------
    spans
        Counts of equally long spans of about a month, oldest first, shape (n_series, n_spans).
    quantity
        ``attacks`` or ``deaths``: which noise to expect.

    Returns
    -------
    tuple
        The evidence, arrays of shape (n_series, n_spans), missing where fewer than nine spans came before; and the
        words' codes, 1 rising, 0 neither, -1 falling.
    """
    spans = np.atleast_2d(np.asarray(spans, dtype=float))
    n_series, n_spans = spans.shape
    noise = local_level.estimate_noise(spans, every=True, **expected_noise(quantity))
    least = RECENT_SPANS + MIN_REFERENCE_SPANS
    names = list(Evidence.__dataclass_fields__)
    found = {name: np.full(spans.shape, np.nan) for name in names}
    codes = np.zeros(spans.shape, dtype=int)
    words = Words.none(n_series)
    for last in range(least, n_spans + 1):
        part = spans[:, :last]
        days = np.where(part[:, -RECENT_SPANS:].sum(axis=1) > 0, MIN_DAYS, 0)
        evidence = weigh_spans(part, local_level.Noise(noise.dispersions, noise.weights[:, last - 1]), days=days)
        words = next_words(evidence, words, patience=MONTHLY)
        codes[:, last - 1] = words.code
        for name in names:
            found[name][:, last - 1] = getattr(evidence, name)
    return Evidence(**found), codes


def judge_days(
    daily: np.ndarray, *, n_looks: int = N_LOOKS, quantity: str = "attacks"
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
    _, evidences, codes, _ = _judge(daily, looks, quantity, WEEKLY)
    return codes, evidences[-1]


@kept_on_study
def level_of(study: Study, *, quantity: str = "attacks") -> Level:
    """Say once how a study's attacks or deaths stand against the year before; see `Level`."""
    if quantity not in QUANTITIES:
        raise ValueError(f"quantity is {quantity!r}; expected one of {', '.join(QUANTITIES)}.")
    if quantity == "deaths" and (problem := deaths_problem(study)):
        return Level(quantity, problem=problem)
    recording = trend_problem(study)
    if study.covered_end < study.end:
        return Level(quantity, problem=recording)
    daily = study.daily_counts(quantity)
    edges = span_edges(study)
    if len(edges) < RECENT_SPANS + MIN_REFERENCE_SPANS + 1:
        needed = {"recent": RECENT_SPANS * SPAN_DAYS, "least": MIN_REFERENCE_SPANS * SPAN_DAYS}
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
                "the history has {n} day, and the last {recent} are compared with at least {least} before them",
                "the history has {n} days, and the last {recent} are compared with at least {least} before them",
                len(daily),
                **needed,
            ),
        )
    total = np.concatenate([[0.0], np.cumsum(daily)])
    looks = _looks(study)
    singles = _Singles.of(study, quantity)
    series, evidences, codes, words = _judge(daily, looks, quantity, _patience(study), singles)
    now = evidences[-1]
    noise = local_level.estimate_noise(series[-1], **expected_noise(quantity))
    noise = noise.at_least(_least_dispersion(daily, singles, looks[-1]))
    word, problem = (CANNOT_TELL, recording) if recording else _word(now, words, quantity, noise)
    month = _month_beyond(now)
    return Level(
        quantity,
        table=_table(quantity, series[-1], looks[-1], noise),
        looks=_look_table(study, looks, evidences, codes).assign(**({"word": CANNOT_TELL} if recording else {})),
        word=word,
        sharp=bool(words.sharp[0]),
        standing=bool(words.unconfirmed[0] > 0),
        month_alone=0 if word == CANNOT_TELL or word == (RISING, FALLING)[month < 0] else month,
        since=_since(study, daily, _reference_start(looks[-1]), rose=word == RISING)
        if word in (RISING, FALLING)
        else None,
        dispersion=float(now.dispersion[0]),
        moves=float(now.moves[0]),
        deadliest=_deadliest(daily, singles, looks[-1]),
        problem=problem,
        **_place_in_history(study, total, looks[-1]),
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
    _, evidences, codes, _ = _judge(
        study.daily_counts(quantity), looks, quantity, _patience(study), _Singles.of(study, quantity)
    )
    return _look_table(study, looks, evidences, codes)


def _ratio(now: np.ndarray | np.float64, then: np.ndarray | np.float64, share: float) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((now == 0) & (then == 0), np.nan, now / then * share)


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


def _reference_start(edges: list[int]) -> int:
    """Return where the reference begins: twelve spans before the recent ones, or with the first edge of fewer."""
    return edges[max(-1 - RECENT_SPANS - REFERENCE_SPANS, -len(edges))]


def _patience(study: Study) -> Patience:
    return MONTHLY if counted_by_month(study) else WEEKLY


@dataclass(frozen=True)
class _Singles:
    """Deaths of single attacks: each one's first day and the day after its last, counted from the study's start, its
    deaths, and the sum of their squares for each day.
    """

    start: pd.Timestamp
    first: np.ndarray
    end: np.ndarray
    deaths: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, study: Study, quantity: str) -> "_Singles | None":
        """Return those of a study; none of attacks, or where single attacks are not known."""
        if quantity == "attacks" or study.counts is not None:
            return None
        deaths = study.attacks["fatalities_best"].fillna(0).to_numpy(dtype=float)
        first, end = counted_spans(study.attacks)
        squares = spread_evenly(deaths**2, first, end, start=study.start, end_of_all=study.end)
        begun, ended = (
            np.clip((day - study.start) // DAY, 0, squares.size).to_numpy(dtype=int) for day in (first, end)
        )
        return cls(study.start, begun, ended, deaths, squares)

    def deadliest(self, begin: int, end: int) -> tuple[float, pd.Timestamp]:
        """Return the most deaths of one attack on days ``[begin, end)``, and the attack's first day."""
        days = np.clip(np.minimum(self.end, end) - np.maximum(self.first, begin), 0, None)
        deaths = self.deaths * days / np.maximum(self.end - self.first, 1)
        most = int(deaths.argmax())
        return float(deaths[most]), self.start + int(self.first[most]) * DAY


def _least_dispersion(daily: np.ndarray, singles: _Singles | None, edges: list[int]) -> float:
    """Return the dispersion that a sum of deaths has by the size of single attacks alone, however evenly these come:
    mean square over mean, in the spans that are compared (the variance of a compound Poisson sum over its mean).
    """
    if singles is None:
        return 1.0
    held = slice(_reference_start(edges), edges[-1])
    total = daily[held].sum()
    return float(singles.squares[held].sum() / total) if total > 0 else 1.0


def _deadliest(daily: np.ndarray, singles: _Singles | None, edges: list[int]) -> Deadliest | None:
    """Return the attack that the ratio of the last spans owes most to; none without deaths of single attacks."""
    begin, middle, end = _reference_start(edges), edges[-1 - RECENT_SPANS], edges[-1]
    now, then, share = daily[middle:end].sum(), daily[begin:middle].sum(), (middle - begin) / (end - middle)
    if singles is None or now + then == 0:
        return None
    recent = bool(now * share > then)
    deaths, day = singles.deadliest(*((middle, end) if recent else (begin, middle)))
    rest = _ratio(now - deaths * recent, then - deaths * (not recent), share)
    return Deadliest(day, deaths, float(deaths / (now if recent else then)), float(rest), recent)


def _judge(
    daily: np.ndarray, looks: list[list[int]], quantity: str, patience: Patience, singles: _Singles | None = None
) -> tuple[list[np.ndarray], list[Evidence], list[int], Words]:
    """Return the spans, the evidence and the word's code at each look, and the words of the last."""
    total = np.concatenate([[0.0], np.cumsum(daily)])
    active = np.concatenate([[0], np.cumsum(daily > 0)])
    series = [np.diff(total[np.array(look)]) for look in looks]
    least = np.array([_least_dispersion(daily, singles, look) for look in looks])
    deadliest = [_deadliest(daily, singles, look) for look in looks]
    carried = np.array([one is None or one.carried for one in deadliest])
    evidences = _weigh_looks(series, looks, active, least, carried, quantity)
    words, codes = Words.none(1), []
    for evidence in evidences:
        words = next_words(evidence, words, patience=patience)
        codes.append(int(words.code[0]))
    return series, evidences, codes, words


def _weigh_looks(
    series: list[np.ndarray],
    looks: list[list[int]],
    active: np.ndarray,
    least: np.ndarray,
    carried: np.ndarray,
    quantity: str,
) -> list[Evidence]:
    """Weigh each look by its own noise; looks with equally many spans are filtered together."""
    found: list[Evidence | None] = [None] * len(series)
    for length in sorted({spans.size for spans in series}):
        at = [index for index, spans in enumerate(series) if spans.size == length]
        spans = np.stack([series[index] for index in at])
        days = np.array([active[looks[index][-1]] - active[looks[index][-1 - RECENT_SPANS]] for index in at])
        noise = local_level.estimate_noise(spans, **expected_noise(quantity)).at_least(least[at])
        evidence = weigh_spans(spans, noise, days=days, carried=carried[at])
        for position, index in enumerate(at):
            found[index] = evidence.at(slice(position, position + 1))
    return [evidence for evidence in found if evidence is not None]


def _word(now: Evidence, words: Words, quantity: str, noise: local_level.Noise) -> tuple[str, str]:
    """Return the word of the last look, and why it cannot be told."""
    events = float(now.recent[0] + now.reference[0])
    if events < MIN_EVENTS:
        return CANNOT_TELL, _too_few(round(events), quantity)
    if words.code[0]:
        return (RISING if words.code[0] == 1 else FALLING), ""
    of_noise = {"dispersions": noise.dispersions, "weights": noise.of_dispersion}
    between = [
        local_level.chance_above(now.recent[0], now.reference[0], factor, share=float(now.share[0]), **of_noise)
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


def _too_few(n: int, quantity: str) -> str:
    """Return why so few events allow no comparison."""
    held = {"days": RECENT_SPANS * SPAN_DAYS, "least": MIN_EVENTS}
    if quantity == "deaths" and n == 0:
        return say("the last {days} days and the year before hold no deaths, and a comparison needs {least}", **held)
    if quantity == "deaths":
        return say_count(
            "the last {days} days and the year before hold {n} death together, and a comparison needs {least}",
            "the last {days} days and the year before hold {n} deaths together, and a comparison needs {least}",
            n,
            **held,
        )
    if n == 0:
        return say("the last {days} days and the year before hold no attacks, and a comparison needs {least}", **held)
    return say_count(
        "the last {days} days and the year before hold {n} attack together, and a comparison needs {least}",
        "the last {days} days and the year before hold {n} attacks together, and a comparison needs {least}",
        n,
        **held,
    )


def _table(quantity: str, spans: np.ndarray, edges: list[int], noise: local_level.Noise) -> pd.DataFrame:
    rows = []
    every = {"dispersions": noise.dispersions, "weights": noise.of_dispersion}
    lasting = lasting_of(spans[None, -NOISE_SPANS:-RECENT_SPANS])[0]
    for name, n_recent in (("90 days", RECENT_SPANS), ("30 days", 1)):
        n_reference = min(spans.size - n_recent, REFERENCE_SPANS)
        recent, reference = spans[-n_recent:].sum(), spans[-n_recent - n_reference : -n_recent].sum()
        share = n_reference / n_recent
        low, high = local_level.ratio_interval(recent, reference, share=share, level=INTERVAL, **every)
        found = _compared(recent, reference, share, noise, lasting)
        compared = {name: float(np.asarray(value)) for name, value in found.items()}
        ratio = compared["ratio"]
        rows.append(
            {
                "quantity": quantity,
                "span": name,
                "span_days": int(edges[-1] - edges[-1 - n_recent]),
                "recent": float(recent),
                "reference": float(reference),
                "reference_days": int(edges[-1 - n_recent] - edges[-1 - n_recent - n_reference]),
                "usual": float(reference / share),
                **compared,
                "low": float(low) if np.isfinite(ratio) or ratio > 0 else np.nan,
                "high": float(high) if np.isfinite(ratio) else np.nan,
            }
        )
    return pd.DataFrame(rows, columns=list(TABLE_COLUMNS))


def _look_table(study: Study, looks: list[list[int]], evidences: list[Evidence], codes: list[int]) -> pd.DataFrame:
    words = {1: RISING, -1: FALLING, 0: NO_CHANGE}
    rows = [
        {
            "day": study.start + (look[-1] - 1) * DAY,
            **{name: float(getattr(evidence, name)[0]) for name in LOOK_COLUMNS[1:-1] if name != "reference_days"},
            "reference_days": look[-1 - RECENT_SPANS] - _reference_start(look),
            "word": words[code],
        }
        for look, evidence, code in zip(looks, evidences, codes, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(LOOK_COLUMNS))


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
    # Four events are the most of a quiet history, and no high level where the year before held twice as many.
    begin, end = _reference_start(edges), edges[-1 - RECENT_SPANS]
    usual = (total[end] - total[begin]) / (end - begin) * width
    high, low = share > 1 - EXTREME_SHARE and now >= usual / FACTOR, share < EXTREME_SHARE and now <= usual * FACTOR
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
