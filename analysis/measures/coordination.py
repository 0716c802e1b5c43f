"""Do attacks of one attacker fall on the same days more often than chance alone would have it?

Tables in, tables out: nothing here knows a study. See `analysis.measures.offensives` for the question.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.incidents.study import DAY
from analysis.language import say, say_count
from analysis.measures.linking import SITE, linkable, site_code

# Above this share of linked pairs expected by chance alone, linking says nothing.
MAX_CHANCE_SHARE = 0.5
SHORTEST_MONTH = np.timedelta64(28, "D")
N_REDRAWS = 499
# Where attacks are so many that this many dates would not do, fewer redraws are made, and the number is said.
MOST_REDRAWN, FEWEST_REDRAWS = 100_000_000, 99


@dataclass(frozen=True, eq=False)
class Dated:
    """Attacks whose dates can be drawn anew: each keeps its attacker, its site and its month."""

    position: np.ndarray  # of each in its table
    # Numbers, alike where these are; a site of -1 is not known.
    attacker: np.ndarray
    site: np.ndarray
    # Its day, the first day of its month and that month's days, counted from the start of ``n_days``.
    day: np.ndarray
    first: np.ndarray
    length: np.ndarray
    n_days: int  # in all

    def multi_site_days(self, day: np.ndarray) -> int:
        """Return how many attacker-days have several sites if attacks fall on these days, each of its own month."""
        held, begins, n_days = self._of_several_sites
        key, site = begins + day[held], self.site[held]
        # A day has several sites where some attack's site is not the one that was written last.
        last = np.empty(n_days, dtype=site.dtype)
        last[key] = site
        several = np.zeros(n_days, dtype=bool)
        several[key[last[key] != site]] = True
        return int(several.sum())

    @cached_property
    def _of_several_sites(self) -> tuple[np.ndarray, np.ndarray, int]:
        """The attacks of months in which their attacker hit several sites, what makes their day one of all days of
        these months one after the other, and how many days these are: of many attackers few months are left."""
        known = np.flatnonzero(self.site >= 0)
        _, month = np.unique(self.attacker[known] * np.int64(self.n_days) + self.first[known], return_inverse=True)
        site, length = np.zeros(known.size, dtype=self.site.dtype), np.zeros(known.size, dtype=np.int64)
        site[month] = self.site[known]
        several = np.zeros(known.size, dtype=bool)
        several[month[site[month] != self.site[known]]] = True
        length[month] = self.length[known]
        length[~several] = 0
        inside = several[month]
        held, month = known[inside], month[inside]
        return held, (np.cumsum(length) - length)[month] - self.first[held], int(length.sum())


@dataclass(frozen=True, eq=False)
class Coordination:
    """Observed multi-site days against dates drawn anew within attacker and month."""

    dated: Dated = field(repr=False)  # the attacks
    # Of the draws.
    seed: int
    most_redraws: int = N_REDRAWS

    @property
    def n_redraws(self) -> int:
        """How many draws `low`, `high` and `p_value` rest on; they are made when one of these is asked for."""
        most = self.most_redraws
        return max(min(most, FEWEST_REDRAWS), min(most, MOST_REDRAWN // max(self.dated.day.size, 1)))

    @cached_property
    def observed(self) -> int:
        """Attacker-days with two or more sites."""
        return self.dated.multi_site_days(self.dated.day)

    @cached_property
    def expected(self) -> float:
        """Their mean over all draws there could be: exact, by no draw.

        A day of a month with L days is free of n attacks with chance q^n, q being 1 - 1/L; one site alone, with m of
        the n attacks, is hit with chance q^(n - m) - q^n; all else is several sites.
        """
        dated = self.dated
        known = dated.site >= 0
        if not known.any():
            return 0.0
        of_month, month = np.unique(
            dated.attacker[known] * np.int64(dated.n_days) + dated.first[known], return_inverse=True
        )
        n = np.bincount(month, minlength=of_month.size)
        days = np.zeros(of_month.size)
        days[month] = dated.length[known]
        n_sites = np.int64(dated.site.max() + 1)
        visited, m = np.unique(month * n_sites + dated.site[known], return_counts=True)
        at = visited // n_sites
        free = 1 - 1 / days
        one_site = np.bincount(at, weights=free[at] ** (n[at] - m) - free[at] ** n[at])
        return float(np.clip(days * (1 - free**n - one_site), 0, None).sum())

    def among(self, held: np.ndarray) -> "Coordination":
        """Return the same of some rows of the table."""
        inside = held[self.dated.position]
        names = ("position", "attacker", "site", "day", "first", "length")
        return replace(self, dated=replace(self.dated, **{name: getattr(self.dated, name)[inside] for name in names}))

    @cached_property
    def draws(self) -> np.ndarray:
        """The multi-site days of each draw, shape (n_redraws,)."""
        dated, generator = self.dated, np.random.default_rng(self.seed)
        drawn = (dated.first + generator.integers(0, dated.length) for _ in range(self.n_redraws))
        return np.array([dated.multi_site_days(day) for day in drawn])

    @property
    def low(self) -> float:
        """The lower end of 95 % of the draws."""
        return float(np.quantile(self.draws, 0.025))

    @property
    def high(self) -> float:
        """The upper end of 95 % of the draws."""
        return float(np.quantile(self.draws, 0.975))

    @property
    def p_value(self) -> float:
        """The share of draws, the observed table among them, that reach the observed count."""
        return float((1 + (self.draws >= self.observed).sum()) / (1 + self.n_redraws))


def _dated(attacks: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> Dated:
    """Return the attacks of the days ``[start, end)`` that can be linked, and the months that they stay in.

    A first month of which they hold fewer than 28 is one with the next. A last one is given 28, as if it were over:
    dealt out over the five days of a month that has just begun, the attacks of one wave fall together by chance alone.
    """
    day = attacks["date_start"].to_numpy().astype("datetime64[D]")
    begin, beyond = (np.datetime64(edge, "D") for edge in (start, end))
    position = np.flatnonzero(linkable(attacks) & (day >= begin) & (day < beyond))
    day, usable = day[position], attacks[["attacker", *SITE]].take(position)
    months = np.arange(begin.astype("datetime64[M]"), beyond.astype("datetime64[M]") + 2).astype("datetime64[D]")
    edges = np.unique(np.clip(months, begin, beyond))
    if edges.size > 2 and edges[1] - edges[0] < SHORTEST_MONTH:
        edges = np.delete(edges, 1)
    place = np.searchsorted(edges, day, side="right") - 1
    begins = np.append(edges[:-2], max(min(edges[-2], beyond - SHORTEST_MONTH), begin))
    first, after = begins[place], edges[1:][place]
    return Dated(
        position=position,
        attacker=pd.factorize(usable["attacker"])[0],
        site=site_code(usable),
        day=(day - begin).astype(np.int64),
        first=(first - begin).astype(np.int64),
        length=(after - first).astype(np.int64),
        n_days=(end - start) // DAY,
    )


def test_coordination(
    attacks: pd.DataFrame,
    *,
    start: pd.Timestamp,
    end: pd.Timestamp,
    n_redraws: int = N_REDRAWS,
    seed: int = 20250701,
) -> Coordination:
    """Test whether attacks fall on the same days more often than unco-ordinated ones would.

    The statistic is the number of attacker-days with two or more sites. Under the null each attack keeps its attacker,
    its site and its calendar month (so that busy months and gaps in recording stay as they are), and its day is drawn
    anew among the month's days inside ``[start, end)``; a first or a last month that these cut short is lengthened.
    Permuting the observed dates among the attacks would not do: it keeps how many attacks share a day, which is the
    very thing under test.

    Returns
    -------
    Coordination
        With the share of redraws (the observed table among them) that reach the observed count as ``p_value``.
    """
    return Coordination(_dated(attacks, start, end), seed, n_redraws)


def linking_problem(coordination: Coordination) -> str:
    """Return why linking by days would be empty talk on this table, or ``""`` where it says something."""
    if coordination.observed and coordination.expected / coordination.observed > MAX_CHANCE_SHARE:
        observed, expected = coordination.observed, round(coordination.expected)
        if expected >= observed:
            return say_count(
                "one attacker hit several sites in one day {n} [time|times], and chance alone would do it as often: "
                "attacks joined by days would be coincidences",
                observed,
            )
        return say(
            "one attacker hit several sites in one day {observed} times, and chance alone would give {expected} of"
            " these: attacks joined by days would be coincidences",
            observed=observed,
            expected=expected,
        )
    return ""
