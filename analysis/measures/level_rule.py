"""When is a level called rising or falling? The rule: from counts of spans, and from the words of the look before.

The last three spans are held against the twelve before them, the last one against the twelve before it. Noise is what
counts vary from one span to the next around a level that may move (`analysis.statistics.local_level`), never their
spread around a long mean. The word follows from one row of numbers and from the word of the look before, by one
function: `next_words`.
"""

from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from analysis.measures.noise import NOISE_SPANS, expected_noise
from analysis.statistics import local_level

# A span is about a month: three of them are recent, twelve are the year before.
RECENT_SPANS, REFERENCE_SPANS, MIN_REFERENCE_SPANS = 3, 12, 6
# What the ratio is held against: `p_up` is the chance that it is over 1.25, `p_down` that it is under .8.
FACTOR = 1.25
# Rising: the ratio is at least this (falling: at most its inverse).
CLEAR_RATIO, STANDING_RATIO = 1.6, 1.5
# ... and either the counts alone put the level above the reference's with this chance, ...
CERTAIN = 0.985
# ... or, with so much, the table's own history makes a change of more than `FACTOR` this likely.
LIKELY, BORNE_OUT = 0.83, 0.72
# A word once said stands while its direction keeps this chance.
STANDING = 0.93
# The last 30 days alone: a rise that they make is too young to say whether it lasts, and one is sharp while they are
# above the 60 days before them too.
SHARP_RATIO, SHARP = 2.0, 0.995
# Falling sharply: so many times fewer, as a month of nothing in a record of little is no news.
SHARP_DROP = 3.0
# Steady: the ratio lies between 2/3 and 3/2 with this chance: inside, nothing has changed to speak of.
STEADY_RATIO, STEADY_CHANCE = 1.5, 0.9
# Levels last in a history whose counts so many spans apart resemble each other, in so many spans at least: where high
# months fade at once, a high quarter is borne out by none before it.
LASTING_LAGS, LASTING_SPANS = (2, 3), 20
# ... and every burst that fades looks like a fall: that one lasts has to show by more.
LASTING, LASTING_DOWN = 0.0, 0.1
# Fewer events than these in both spans together, or fewer clusters, tell nothing unless the direction has the chance
# `CERTAIN`; nor do those of two days.
MIN_EVENTS, MIN_CLUSTERS, MIN_DAYS = 10, 10, 3
# The printed interval: its ends are where `LIKELY` decides.
INTERVAL = round(2 * LIKELY - 1, 2)


@dataclass(frozen=True)
class Patience:
    """How slowly words change, so that the verdict does not turn with every look."""

    stands: int  # looks for which a word stands without support, while the ratio is still beyond `STANDING_RATIO`
    least: int  # looks for which a word stands once it has begun, while the ratio is on its side of 1
    apart: int  # looks within which a word that ended does not come back, unless its direction has the chance `AGAIN`


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
    ratio_without
        The same without the highest month of the reference, wherever it begins, which one burst makes.
    p_above
        Chance that the recent level is above the reference's, given the noise.
    p_up, p_down
        Chance that the ratio is over 1.25, or under .8, given the noise.
    borne_up, borne_down
        Chance of the same and of a level that moves at all, as this series' own history bears it out: less where levels
        have always held, and 0 where its high months fade at once (`lasting_of`).
    carried
        Whether the ratio would point the same way without its one deadliest attack (`Deadliest`); true of attacks.
    month, month_ratio, month_without, month_above
        Events of the last 30 days, and their ratio, that without the highest month, and chance against the 360 before
        them.
    month_climbs
        Chance that the level of the last 30 days is above that of the 60 before them.
    days
        Days with an event among the recent ones.
    dispersion, moves
        Variance over mean of monthly counts around their level; how much the history speaks for a level that moves.
    """

    recent: np.ndarray
    reference: np.ndarray
    share: np.ndarray
    ratio: np.ndarray
    ratio_without: np.ndarray
    p_above: np.ndarray
    p_up: np.ndarray
    p_down: np.ndarray
    borne_up: np.ndarray
    borne_down: np.ndarray
    carried: np.ndarray
    month: np.ndarray
    month_ratio: np.ndarray
    month_without: np.ndarray
    month_above: np.ndarray
    month_climbs: np.ndarray
    days: np.ndarray
    dispersion: np.ndarray
    moves: np.ndarray

    @property
    def enough(self) -> np.ndarray:
        """Whether there are events enough, in clusters enough (or a difference that is certain), to say anything."""
        events = self.recent + self.reference
        sure = np.maximum(self.p_above, 1 - self.p_above) >= CERTAIN
        return (events >= MIN_EVENTS) & ((events / self.dispersion >= MIN_CLUSTERS) | sure)

    def at(self, index: object) -> "Evidence":
        """Return the evidence at an index of its arrays."""
        return Evidence(**{name: value[index] for name, value in vars(self).items()})


@dataclass(frozen=True)
class Words:
    """The words of one look at several units."""

    code: np.ndarray  # 1 rising, 0 neither, -1 falling
    unconfirmed: np.ndarray  # looks since the word was last borne out; 0 where this one does
    young: np.ndarray  # whether the last 30 days alone began the word
    # Whether the last 30 days are at twice the year before (or a third of it) with a chance of 99.5 %, and go on the
    # same way.
    sharp: np.ndarray
    age: np.ndarray  # looks since the word began
    # The last word that ended, and how many looks ago.
    ended: np.ndarray
    quiet: np.ndarray

    @classmethod
    def none(cls, n: int) -> "Words":
        """Return the words before the first look."""
        zero, no = np.zeros(n, dtype=int), np.zeros(n, dtype=bool)
        return cls(zero, zero, no, no, zero, zero, zero)


def weigh_spans(
    spans: np.ndarray,
    noise: local_level.Noise,
    *,
    days: np.ndarray,
    carried: np.ndarray | None = None,
    highest: np.ndarray | None = None,
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
    highest
        Most events of the reference in as many days as a span, wherever these begin; shape (n_series,), its highest
        span where it is not given.
    """
    lasting = lasting_of(spans[:, -NOISE_SPANS:-RECENT_SPANS])
    spans = spans[:, -RECENT_SPANS - REFERENCE_SPANS :]
    recent, reference = spans[:, -RECENT_SPANS:].sum(axis=1), spans[:, :-RECENT_SPANS].sum(axis=1)
    month, before = spans[:, -1], spans[:, -1 - REFERENCE_SPANS : -1].sum(axis=1)
    share = (spans.shape[1] - RECENT_SPANS) / RECENT_SPANS
    month_share = float(min(spans.shape[1] - 1, REFERENCE_SPANS))
    at_one = {"dispersions": noise.dispersions, "weights": noise.of_dispersion}
    highest = spans[:, :-RECENT_SPANS].max(axis=1) if highest is None else highest
    burst = np.maximum(highest, spans[:, -RECENT_SPANS:-1].max(axis=1))
    return Evidence(
        recent=recent,
        reference=reference,
        share=np.full(recent.shape, share),
        ratio_without=rate_ratio(recent, reference - highest, share - 1 / RECENT_SPANS),
        **compare_spans(recent, reference, share, noise, lasting),
        carried=np.ones(recent.shape, dtype=bool) if carried is None else carried,
        month=month,
        month_ratio=rate_ratio(month, before, month_share),
        month_without=rate_ratio(month, np.maximum(before - burst, 0), month_share - 1),
        month_above=local_level.chance_above(month, before, 1.0, share=month_share, **at_one),
        month_climbs=local_level.chance_above(month, recent - month, 1.0, share=RECENT_SPANS - 1.0, **at_one),
        days=days,
        dispersion=noise.dispersion,
        moves=noise.moves,
    )


class Comparison(TypedDict):
    """What `compare_spans` returns; see `Evidence`."""

    ratio: np.ndarray
    p_above: np.ndarray
    p_up: np.ndarray
    p_down: np.ndarray
    borne_up: np.ndarray
    borne_down: np.ndarray


def compare_spans(
    recent: np.ndarray, reference: np.ndarray, share: float, noise: local_level.Noise, lasting: np.ndarray
) -> Comparison:
    """Return the ratio of two spans and its chances, as `Evidence` names them, shape of the counts; ``lasting`` as of
    `lasting_of`.
    """
    moving = noise.of_dispersion_moving

    def chances(factor: float) -> tuple[np.ndarray, np.ndarray]:
        of_each = local_level.chances_above(recent, reference, factor, share=share, dispersions=noise.dispersions)
        return (noise.of_dispersion * of_each).sum(axis=-1), (moving * of_each).sum(axis=-1)

    (over, moving_over), (under, moving_under) = chances(FACTOR), chances(1 / FACTOR)
    return {
        "ratio": rate_ratio(recent, reference, share),
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
        Counts of equally long spans, oldest first, shape (n_series, n_spans); so few that it cannot be told, and those
        that never change, are held to last (1).
    """
    if spans.shape[1] < LASTING_SPANS:
        return np.ones(len(spans))
    root = np.sqrt(spans + 0.375)  # of nearly the same variance at every level (Anscombe 1948, Biometrika 35:246)
    root -= root.mean(axis=1, keepdims=True)
    alike = sum((root[:, lag:] * root[:, :-lag]).mean(axis=1) for lag in LASTING_LAGS) / len(LASTING_LAGS)
    variance = (root**2).mean(axis=1)
    changes = variance > 1e-9  # what rounding leaves of a constant has a sign of its own
    return np.where(changes, alike / np.where(changes, variance, 1.0), 1.0)


def next_words(evidence: Evidence, before: Words, *, patience: Patience = WEEKLY) -> Words:
    """Return what the level is called now, from this look's evidence and the words of the look before.

    1. Rising begins where the ratio is at least 1.6 over days enough, the counts put the level above the reference's
       with a chance of 83 %, and either that chance is 98.5 % or the history makes a rise over 1.25 times 72 % likely.
       Falling is the mirror, of the ratio without the highest month of the year before.
    2. It also begins, young, where the last 30 days alone are at twice the year before (falling: a third of it, and the
       last 90 days at .8, both without its highest month), and above (below) it with a chance of 99.5 %. It is sharp
       while they are, and above (below) the 60 days before them with a chance of 83 %.
    3. A word stands while the ratio is beyond 1.5 (of a fall, without that month, under .625) and its direction has a
       chance of 93 %, and for two more weeks while the ratio is.
    4. A word that has begun stands for four more weeks while the ratio is on its side of 1; one that has ended comes
       back within four weeks only where its direction has a chance of 97 %.
    5. Fewer than 10 events in both spans, or fewer than 10 clusters of them without a chance of 98.5 %, begin no word.
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
    enough = evidence.enough & carried
    # After a burst everything is a fall: it counts where the year before is high without its highest month.
    fallen = enough & (evidence.ratio_without <= 1 / CLEAR_RATIO)
    above, below, month_above = evidence.p_above, 1 - evidence.p_above, evidence.month_above
    # What ended of late comes back only where it is plain: never two turns in four weeks for a count that hovers.
    lately = (before.quiet > 0) & (before.quiet <= patience.apart)
    may_rise = ~(lately & (before.ended == 1)) | (above >= AGAIN)
    may_fall = ~(lately & (before.ended == -1)) | (below >= AGAIN)
    up = may_rise & enough & several & (ratio >= CLEAR_RATIO) & (above >= LIKELY)
    up &= (above >= CERTAIN) | (evidence.borne_up >= BORNE_OUT)
    down = may_fall & fallen & (below >= LIKELY)
    down &= (below >= CERTAIN) | (evidence.borne_down >= BORNE_OUT)
    doubled = (evidence.month_ratio >= SHARP_RATIO) & (month_above >= SHARP)
    dropped = (evidence.month_without <= 1 / SHARP_DROP) & (1 - month_above >= SHARP)
    young_up = may_rise & enough & several & doubled & (ratio > 1) & (above >= LIKELY) & ~up
    young_down = may_fall & enough & dropped & (evidence.ratio_without <= 1 / FACTOR) & (below >= LIKELY) & ~down
    higher, lower = ratio >= STANDING_RATIO, ratio <= 1 / STANDING_RATIO
    rose, fell = before.code == 1, before.code == -1
    holds_up = rose & enough & higher & (above >= STANDING)
    holds_down = fell & fallen & (below >= STANDING)
    supported_up, supported_down = up | young_up | holds_up, down | young_down | holds_down
    unsupported = before.unconfirmed + 1
    stands = ((rose & higher) | (fell & lower)) & (unsupported <= patience.stands)
    stands |= ((rose & (ratio > 1)) | (fell & (ratio < 1))) & (before.age < patience.least)
    stands &= carried & ~(supported_up | supported_down)
    code = np.select([supported_up, supported_down, stands], [1, -1, before.code], default=0)
    ends = (before.code != 0) & (code != before.code)
    return Words(
        code=code,
        unconfirmed=np.where(stands, unsupported, 0),
        young=((code == 1) & young_up)
        | ((code == -1) & young_down)
        | (before.young & (code == before.code) & ~(up | down)),
        sharp=((code == 1) & doubled & (evidence.month_climbs >= LIKELY))
        | ((code == -1) & dropped & (1 - evidence.month_climbs >= LIKELY)),
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


def rate_ratio(now: np.ndarray | np.float64, then: np.ndarray | np.float64, share: float) -> np.ndarray:
    """Return the ratio of two rates, the second over ``share`` times as long: infinite over none, missing of none over
    none.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(now / then * share)


def reference_start(edges: list[int]) -> int:
    """Return where the reference begins: twelve spans before the recent ones, or with the first edge of fewer."""
    return edges[max(-1 - RECENT_SPANS - REFERENCE_SPANS, -len(edges))]
