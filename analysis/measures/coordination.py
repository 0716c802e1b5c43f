"""Do attacks of one attacker fall on the same days more often than chance alone would have it?

Tables in, tables out: nothing here knows a study. See `analysis.measures.offensives` for the question.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.incidents.study import DAY
from analysis.language import say
from analysis.measures.linking import linkable, site_code

# Above this share of linked pairs expected by chance alone, linking says nothing.
MAX_CHANCE_SHARE = 0.5
N_REDRAWS = 499
# Where attacks are so many that this many dates would not do, fewer redraws are made, and the number is said.
MOST_REDRAWN, FEWEST_REDRAWS = 100_000_000, 99
# Attackers times days that are laid out in memory.
MOST_ATTACKER_DAYS = 50_000_000


@dataclass(frozen=True, eq=False)
class _Redraws:
    """Attacks whose dates can be drawn anew: each keeps its attacker, its site and its month."""

    attacker: np.ndarray
    site: np.ndarray
    first: np.ndarray
    length: np.ndarray
    n_days: int
    n: int
    seed: int

    @cached_property
    def multi_site_days(self) -> np.ndarray:
        """The multi-site days of each draw, shape (n,)."""
        generator = np.random.default_rng(self.seed)
        return np.array(
            [
                _multi_site_days(
                    self.attacker, self.site, self.first + generator.integers(0, self.length), self.n_days
                )
                for _ in range(self.n)
            ]
        )  # fmt: skip

    @property
    def mean(self) -> float:
        """Their mean over all draws there could be.

        A day of a month with L days is free of n attacks with chance q^n, q being 1 - 1/L; one site alone, with m of
        the n attacks, is hit with chance q^(n - m) - q^n; all else is several sites.
        """
        known = self.site >= 0
        if not known.any():
            return 0.0
        of_month, month = np.unique(
            self.attacker[known] * np.int64(self.n_days) + self.first[known], return_inverse=True
        )
        n = np.bincount(month, minlength=of_month.size)
        days = np.zeros(of_month.size)
        days[month] = self.length[known]
        n_sites = np.int64(self.site.max() + 1)
        visited, m = np.unique(month * n_sites + self.site[known], return_counts=True)
        at = visited // n_sites
        free = 1 - 1 / days
        one_site = np.bincount(at, weights=free[at] ** (n[at] - m) - free[at] ** n[at])
        return float(np.clip(days * (1 - free**n - one_site), 0, None).sum())


@dataclass(frozen=True, eq=False)
class Coordination:
    """Observed multi-site days against dates drawn anew within attacker and month.

    Attributes
    ----------
    observed
        Attacker-days with two or more sites.
    expected
        Their mean if dates were drawn anew: exact, by no draw.
    """

    observed: int
    expected: float
    _redraws: _Redraws = field(repr=False)

    @property
    def n_redraws(self) -> int:
        """How many draws `low`, `high` and `p_value` rest on; they are made when one of these is asked for."""
        return self._redraws.n

    @property
    def _draws(self) -> np.ndarray:
        return self._redraws.multi_site_days

    @property
    def low(self) -> float:
        """The lower end of 95 % of the draws."""
        return float(np.quantile(self._draws, 0.025))

    @property
    def high(self) -> float:
        """The upper end of 95 % of the draws."""
        return float(np.quantile(self._draws, 0.975))

    @property
    def p_value(self) -> float:
        """The share of draws, the observed table among them, that reach the observed count."""
        return float((1 + (self._draws >= self.observed).sum()) / (1 + self.n_redraws))


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
    anew among the month's days inside ``[start, end)``. Permuting the observed dates among the attacks would not do: it
    keeps how many attacks share a day, which is the very thing under test.

    Returns
    -------
    Coordination
        With the share of redraws (the observed table among them) that reach the observed count as ``p_value``.
    """
    usable = attacks[linkable(attacks) & attacks["date_start"].ge(start) & attacks["date_start"].lt(end)]
    attacker = pd.factorize(usable["attacker"])[0]
    site = site_code(usable)
    day = ((usable["date_start"] - start) // DAY).to_numpy()
    month_start = usable["date_start"].dt.to_period("M").dt.start_time
    month_end = month_start + pd.offsets.MonthBegin(1)
    first = ((month_start.clip(lower=start) - start) // DAY).to_numpy()
    length = ((month_end.clip(upper=end) - start) // DAY).to_numpy() - first
    n_days = (end - start) // DAY
    n_redraws = max(min(n_redraws, FEWEST_REDRAWS), min(n_redraws, MOST_REDRAWN // max(len(usable), 1)))

    redraws = _Redraws(attacker, site, first, length, n_days, n_redraws, seed)
    return Coordination(
        observed=_multi_site_days(attacker, site, day, n_days), expected=redraws.mean, _redraws=redraws
    )  # fmt: skip


def linking_problem(coordination: Coordination) -> str:
    """Return why linking by days would be empty talk on this table, or ``""`` where it says something."""
    if coordination.observed and coordination.expected / coordination.observed > MAX_CHANCE_SHARE:
        observed, expected = coordination.observed, round(coordination.expected)
        if expected >= observed:
            return say(
                "several sites were hit on {observed} days, and chance alone would give as many: attacks joined by days"
                " would be coincidences",
                observed=observed,
            )
        return say(
            "several sites were hit on {observed} days, and chance alone would give {expected} of these: attacks joined"
            " by days would be coincidences",
            observed=observed,
            expected=expected,
        )
    return ""


def _multi_site_days(attacker: np.ndarray, site: np.ndarray, day: np.ndarray, n_days: int) -> int:
    known = site >= 0
    key, site = attacker[known] * n_days + day[known], site[known]
    most = (int(attacker.max(initial=0)) + 1) * n_days
    if most > MOST_ATTACKER_DAYS:
        distinct, key = np.unique(key, return_inverse=True)
        most = distinct.size
    # A day has several sites where some attack's site is not the one that was written last.
    last = np.empty(most, dtype=site.dtype)
    last[key] = site
    several = np.zeros(most, dtype=bool)
    several[key[last[key] != site]] = True
    return int(several.sum())
