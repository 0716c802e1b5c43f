"""Which attacks were one operation?

An offensive is a connected component of attacks by one attacker, each at most `max_gap_days` and `max_km` from
the next, that meets a significance rule. It is always derived: `reported_wave`, where a source describes several
attacks as one, is only what the linking is validated against.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.incidents.actors import names_nobody
from analysis.incidents.definition import definition_numbers
from analysis.incidents.errors import ParameterError, SelectionError
from analysis.incidents.selection import in_admin1
from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study
from analysis.incidents.terms import term
from analysis.language import message, say, say_count
from analysis.measures.frequency import compare_periods, count_within
from analysis.measures.result import COMPUTED, NOT_COMPUTED, IndicatorRows, Measure, Table, ids_of

QUESTION = "offensives"
EARTH_RADIUS_KM = 6371.0088
# Only attacks dated at least this well can be linked by days.
MAX_DATING_DAYS = 3
GRID_GAPS = (0, 1, 2, 3)
GRID_KM = (50.0, 150.0, 300.0, np.inf)
# Above this share of linked pairs expected by chance alone, linking says nothing.
MAX_CHANCE_SHARE = 0.5
N_REDRAWS = 499
# Where attacks are so many that this many dates would not do, fewer redraws are made, and the number is said.
MOST_REDRAWN, FEWEST_REDRAWS = 100_000_000, 99
# Attackers times days that are laid out in memory.
MOST_ATTACKER_DAYS = 50_000_000
# Attackers, units and types of target that are tried alone where offensives cannot be told of all.
MOST_TRIED = 6
# Pairs of attacks that are looked at together.
MOST_PAIRS_AT_ONCE = 5_000_000
N_PERMUTATIONS = 1999
# Fewer operations than these in window or baseline are no sample of their kind.
MIN_OPERATIONS = 3

MEASURES = (
    Measure(
        "offensives_in_window",
        "offensives",
        "Offensives that began in the trailing window; low and high: over the grid of sensible definitions.",
        message("connected components of attacks, default definition"),
    ),
    Measure(
        "offensives_in_baseline",
        "offensives",
        "Offensives that began in the baseline.",
        message("connected components of attacks, default definition"),
    ),
    Measure(
        "operations_in_window",
        "operations",
        "Attacks in the window with those of one operation counted once.",
        message("connected components of attacks, default linking; attacks that cannot be linked count singly"),
    ),
    Measure(
        "operation_rate_ratio",
        "ratio",
        "Recorded rate of operations in the window over that in the baseline: a wave of many towns counts once.",
        message("ratio of Poisson rates, score interval"),
        "Krishnamoorthy & Thomson 2004, J Stat Plan Inference 119:23",
    ),
    Measure(
        "operation_rate_ratio_p",
        "probability",
        "Chance of a difference at least as large if operations were equally frequent (two-sided).",
        message("E-test"),
        "Krishnamoorthy & Thomson 2004, J Stat Plan Inference 119:23",
    ),
    Measure(
        "operation_size_ratio",
        "ratio",
        "Mean number of attacks in an operation, window over baseline.",
        message("ratio of means; interval from {n} bootstraps of operations"),
        numbers={"n": N_REDRAWS},
    ),
    Measure(
        "operation_size_ratio_p",
        "probability",
        "Chance of a difference at least as large if operations of window and baseline were of one kind (two-sided).",
        message("{n} permutations of operations"),
        "Fisher 1935, The Design of Experiments",
        numbers={"n": N_PERMUTATIONS},
    ),
    Measure(
        "linking_precision",
        "share",
        "Of pairs of attacks that the rule joins, the share that a source also reports as one wave.",
        message("pairwise precision against reported_wave"),
    ),
    Measure(
        "linking_recall",
        "share",
        "Of pairs of attacks that a source reports as one wave, the share that the rule joins.",
        message("pairwise recall against reported_wave"),
    ),
    Measure(
        "multi_site_days",
        "days",
        "Days on which one attacker hit two or more sites.",
        message("count of attacker-days with two or more sites"),
    ),
    Measure(
        "multi_site_days_expected",
        "days",
        "The same if each attack's day were drawn anew within its calendar month; low and high: 95 % of draws.",
        message("exact mean of dates drawn anew within attacker and month; bounds from {n} draws"),
        numbers={"n": N_REDRAWS},
    ),
    Measure(
        "multi_site_days_p",
        "probability",
        "Chance of as many multi-site days without coordination.",
        message("Monte Carlo rank among redraws of dates within attacker and month"),
        "Besag & Clifford 1989, Biometrika 76:633",
    ),
)


@dataclass(frozen=True)
class Significance:
    """What makes joined attacks an offensive: any one of these.

    The convention: two or more sites hit, which is what "coordinated" means in GTD's codebook; or 25 deaths by the
    highest figure that anyone gives, UCDP's yearly threshold of an armed conflict reached in one operation.
    """

    min_sites: float = 2
    min_deaths: float = 25
    target_types: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        sites, deaths = np.isfinite(self.min_sites), np.isfinite(self.min_deaths)
        held = {"sites": f"{self.min_sites:g}", "deaths": f"{self.min_deaths:g}"}
        rule = ""
        if sites and deaths:
            rule = say("{sites}+ sites or {deaths}+ deaths", **held)
        elif sites:
            rule = say("{sites}+ sites", sites=held["sites"])
        elif deaths:
            rule = say("{deaths}+ deaths", deaths=held["deaths"])
        if not self.target_types:
            return rule
        types = ", ".join(self.target_types).replace("_", " ")
        if not rule:
            return say("a target of type {types}", types=types)
        return say("{rule}, or a target of type {types}", rule=rule, types=types)


@dataclass(frozen=True)
class Definition:
    """How attacks are joined, and when what was joined counts."""

    max_gap_days: int = 0
    max_km: float = np.inf
    significance: Significance = Significance()

    def __str__(self) -> str:
        rule, km = str(self.significance), f"{self.max_km:g}"
        if self.max_gap_days == 0 and np.isinf(self.max_km):
            return say("same attacker, the same day, any distance; {rule}", rule=rule)
        if self.max_gap_days == 0:
            return say("same attacker, the same day, at most {km} km apart; {rule}", rule=rule, km=km)
        if np.isinf(self.max_km):
            return say_count(
                "same attacker, at most {n} day apart, any distance; {rule}",
                "same attacker, at most {n} days apart, any distance; {rule}",
                self.max_gap_days,
                rule=rule,
            )
        return say_count(
            "same attacker, at most {n} day apart, at most {km} km apart; {rule}",
            "same attacker, at most {n} days apart, at most {km} km apart; {rule}",
            self.max_gap_days,
            rule=rule,
            km=km,
        )


DEFAULT = Definition()


def read_definition(words: str) -> Definition:
    """Read a definition of an offensive from words such as ``gap=1,km=150,sites=3,deaths=25``.

    Parameters
    ----------
    words
        ``gap`` (days between attacks that are joined, whole), ``km`` (their distance, or ``any``), and what makes them
        an offensive, any one of ``sites`` and ``deaths`` (least numbers, or ``any``: that rule does not count). What is
        left out is as in `DEFAULT`.

    Raises
    ------
    SelectionError
        If a word is unknown, a number is none or negative, or neither sites nor deaths count.

    Examples
    --------
    >>> str(read_definition("gap=1,km=150,sites=3"))
    'same attacker, at most 1 day apart, at most 150 km apart; 3+ sites or 25+ deaths'
    """
    try:
        given = definition_numbers(words)
    except ParameterError as error:
        raise SelectionError(f"{term('offensive', words)}: {error}.") from None
    rule = Significance(
        given.get("sites", DEFAULT.significance.min_sites), given.get("deaths", DEFAULT.significance.min_deaths)
    )
    return Definition(int(given.get("gap", DEFAULT.max_gap_days)), given.get("km", DEFAULT.max_km), rule)


def definition_of(study: Study) -> Definition:
    """Return what a study calls an offensive: as selected, or the default."""
    return read_definition(study.selection.offensive) if study.selection.offensive else DEFAULT


GRID_SIGNIFICANCE = (
    Significance(min_sites=2, min_deaths=25),
    Significance(min_sites=3, min_deaths=25),
    Significance(min_sites=3, min_deaths=np.inf),
    Significance(min_sites=np.inf, min_deaths=25),
)  # fmt: skip


def link_attacks(attacks: pd.DataFrame, *, max_gap_days: int = 0, max_km: float = np.inf) -> np.ndarray:
    """Return each attack's group number; -1 where its attacker or its days are not known well enough to link.

    Two attacks are joined if they have the same attacker, if at most ``max_gap_days`` lie between the end of
    one and the start of the other (0: the same day), and if they are at most ``max_km`` apart on the great circle. An
    attack without coordinates is joined by days alone only where no distance limit is set.

    Groups are numbered in order of first day, whatever the order of rows.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    labels = np.full(len(attacks), -1)
    usable = np.flatnonzero(linkable(attacks))
    if usable.size == 0:
        return labels
    first, second = _close_pairs(attacks.iloc[usable], max_gap_days, max_km)
    links = coo_array((np.ones(first.size, dtype=bool), (first, second)), shape=(usable.size, usable.size))
    component = connected_components(links, directed=False)[1]
    order = np.lexsort((attacks["incident_id"].to_numpy()[usable], attacks["date_start"].to_numpy()[usable]))
    rank = {group: position for position, group in enumerate(dict.fromkeys(component[order]))}
    labels[usable] = [rank[group] for group in component]
    return labels


def linkable(attacks: pd.DataFrame) -> np.ndarray:
    """Return which attacks can be linked: dated to at most three days, and by a named attacker or a reported one.

    Attacks by an unknown group carry that label as their attacker, so they are joined only with one another.
    """
    days = (attacks["date_end"] - attacks["date_start"]) // DAY + 1
    rough = attacks["date_precision"].astype("str").isin(("week", "month", "year"))
    return (days.le(MAX_DATING_DAYS) & ~rough & attacks["attacker"].notna()).to_numpy()


def group_attacks(
    attacks: pd.DataFrame,
    *,
    max_gap_days: int = DEFAULT.max_gap_days,
    max_km: float = DEFAULT.max_km,
    claims: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the operations that attacks form, significant or not; see `link_attacks`.

    Parameters
    ----------
    attacks
        Canonical incidents.
    max_gap_days, max_km
        The linking rule.
    claims
        Claims table; the deaths that one claimant gives for an incident, or for a wave that the operation holds whole,
        raise ``deaths_high``, never ``deaths_low``.

    Returns
    -------
    pandas.DataFrame
        One row per operation by first day: ``offensive_id, attacker, date_start, date_end, n_incidents, n_sites, sites,
        deaths_low, deaths_high, latitude, longitude`` (mean of the attacks), ``target_types`` and ``incident_ids``.
    """
    labels = link_attacks(attacks, max_gap_days=max_gap_days, max_km=max_km)
    facts = _facts_of(attacks, claims)
    grouped = _grouped(labels, facts)
    linked = attacks.loc[labels >= 0].assign(label=labels[labels >= 0])
    linked = linked.assign(site=site_of(linked)).sort_values(["label", "date_start", "incident_id"])
    by_label = linked.groupby("label", sort=True)
    operations = pd.DataFrame(
        {
            "attacker": by_label["attacker"].first(),
            "date_start": by_label["date_start"].min(),
            "date_end": by_label["date_end"].max(),
            "n_incidents": by_label.size(),
            "n_sites": grouped["n_sites"],
            "sites": pd.Series(
                ["; ".join(names) for names in _distinct_by_label(linked, "site", len(grouped))], dtype="str"
            ),
            "deaths_low": grouped["deaths_low"],
            "deaths_high": grouped["deaths_high"],
            "latitude": by_label["latitude"].mean(),
            "longitude": by_label["longitude"].mean(),
            "target_types": pd.Series(_distinct_by_label(linked, "target_type", len(grouped)), dtype="object"),
            "incident_ids": pd.Series(_split(linked["incident_id"], linked["label"], len(grouped)), dtype="object"),
        }
    )
    operations["sites"] = operations["sites"].where(operations["sites"].ne(""))
    first = operations["incident_ids"].str[0]
    operations["offensive_id"] = (
        operations["date_start"].dt.strftime("%Y-%m-%d").astype("str") + " " + first.astype("str")
    )
    return operations[list(_OPERATION_DTYPES)].astype(_OPERATION_DTYPES).reset_index(drop=True)


def _distinct_by_label(linked: pd.DataFrame, column: str, n: int) -> list[list[str]]:
    """Return the distinct known values of each of ``n`` labels in the order of the alphabet."""
    known = linked[["label", column]].assign(**{column: linked[column].astype("str")}).dropna()
    known = known.drop_duplicates().sort_values(["label", column])
    return _split(known[column], known["label"], n)


def _split(values: pd.Series, labels: pd.Series, n: int) -> list[list[str]]:
    """Return the values of each of ``n`` labels as a list, by rows that are in the order of labels."""
    edges = np.searchsorted(labels, np.arange(n + 1))
    held = values.tolist()
    return [held[begin:end] for begin, end in pairwise(edges)]


def find_offensives(
    attacks: pd.DataFrame, *, definition: Definition = DEFAULT, claims: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the offensives among attacks: the operations that meet the definition's significance rule.

    Returns
    -------
    pandas.DataFrame
        The rows of `group_attacks` that count, with ``meets``, the part of the rule that they meet.
    """
    operations = group_attacks(
        attacks, max_gap_days=definition.max_gap_days, max_km=definition.max_km, claims=claims
    )  # fmt: skip
    return _significant(operations, definition.significance)


def definition_grid(
    attacks: pd.DataFrame,
    *,
    spans: dict[str, tuple[pd.Timestamp, pd.Timestamp]],
    claims: pd.DataFrame | None = None,
    default: Definition = DEFAULT,
) -> pd.DataFrame:
    """Count the offensives that began in each span under every definition of the grid.

    Parameters
    ----------
    spans
        ``[start, end)`` by name; the first is the one whose count is ``value``.

    Returns
    -------
    pandas.DataFrame
        One row per definition: ``max_gap_days, max_km, significance, is_default``, ``n_NAME`` for each span, and the
        tail.
    """
    rows = []
    facts = _facts_of(attacks, claims)
    in_order = np.lexsort((attacks["incident_id"].to_numpy(), attacks["date_start"].to_numpy()))
    for gap in GRID_GAPS:
        for distance in GRID_KM:
            labels = link_attacks(attacks, max_gap_days=gap, max_km=distance)
            operations = _grouped(labels, facts)
            began = operations["date_start"].to_numpy()
            by_operation = in_order[np.argsort(labels[in_order], kind="stable")]
            by_operation = by_operation[labels[by_operation] >= 0]
            for significance in GRID_SIGNIFICANCE:
                met = np.logical_or.reduce([part.to_numpy() for part in _rule_parts(operations, significance).values()])
                inside = {name: met & (began >= start) & (began < end) for name, (start, end) in spans.items()}
                counted = by_operation[next(iter(inside.values()))[labels[by_operation]]]
                ids = attacks["incident_id"].iloc[counted].tolist()
                counts = {f"n_{name}": int(held.sum()) for name, held in inside.items()}
                rows.append(
                    {
                        "max_gap_days": gap,
                        "max_km": distance,
                        "significance": str(significance),
                        "is_default": Definition(gap, distance, significance) == default,
                        **counts,
                        "value": float(next(iter(counts.values()))),
                        "low": np.nan,
                        "high": np.nan,
                        "level": np.nan,
                        "method": say("connected components of attacks"),
                        "n_incidents": len(ids),
                        "incident_ids": ids,
                        "status": COMPUTED,
                        "reason": "",
                    }
                )
    order = {str(significance): place for place, significance in enumerate(GRID_SIGNIFICANCE)}
    return pd.DataFrame(rows).sort_values(
        "significance", key=lambda names: names.map(order), kind="stable", ignore_index=True
    )


def linking_agreement(
    incidents: pd.DataFrame, *, gaps: Iterable[int] = GRID_GAPS, distances: Iterable[float] = GRID_KM
) -> pd.DataFrame:
    """Compare each linking rule with ``reported_wave``, pair by pair.

    A pair counts as truly one operation where a source gives both attacks the same wave. Attacks that no source
    puts in a wave count as single, so precision is a lower bound.

    Returns
    -------
    pandas.DataFrame
        One row per rule, best first: ``max_gap_days, max_km, n_linked, n_reported, precision, recall`` and ``value``
        (their harmonic mean, F1) with the tail. Ties go to the smaller gap, then to the shorter distance.
    """
    usable = incidents[linkable(incidents)]
    wave = usable["reported_wave"]
    reported = _pairs_within(pd.factorize(wave)[0])
    rows = []
    for gap in gaps:
        for distance in distances:
            # Without a reported wave there is nothing to compare with, whatever would be linked.
            labels = link_attacks(usable, max_gap_days=gap, max_km=distance) if reported else np.full(len(usable), -1)
            linked = _pairs_within(labels)
            both = _pairs_within(pd.factorize(pd.Series(labels).astype("str") + "/" + wave.reset_index(drop=True))[0])
            precision = both / linked if linked else np.nan
            recall = both / reported if reported else np.nan
            computed = bool(linked and reported)
            rows.append(
                {
                    "max_gap_days": gap,
                    "max_km": distance,
                    "n_linked": linked if reported else np.nan,
                    "n_reported": reported,
                    "precision": precision,
                    "recall": recall,
                    "value": 2 * both / (linked + reported) if computed else np.nan,
                    "low": np.nan,
                    "high": np.nan,
                    "level": np.nan,
                    "method": say("pairwise F1 against reported_wave"),
                    "n_incidents": len(usable),
                    "incident_ids": ids_of(usable[wave.notna()]),
                    "status": COMPUTED if computed else NOT_COMPUTED,
                    "reason": ""
                    if computed
                    else say("no two linkable attacks share a reported wave, or none were joined"),
                }
            )
    table = pd.DataFrame(rows)
    return table.sort_values(["value", "max_gap_days", "max_km"], ascending=[False, True, True], ignore_index=True)


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
    site = _site_code(usable)
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


@dataclass(frozen=True)
class Finding:
    """A study's offensives by the default definition; none, with the reason, where joining attacks would be empty
    talk.
    """

    offensives: pd.DataFrame
    coordination: Coordination | None
    problem: str = ""

    def within(self, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """Return the offensives that began in ``[start, end)``."""
        began = self.offensives["date_start"]
        return self.offensives[began.ge(start) & began.lt(end)]


@kept_on_study
def offensives_of(study: Study) -> Finding:
    """Find a study's offensives once, for this question and those that build on it."""
    none = find_offensives(study.attacks.iloc[:0])
    if not linkable(study.attacks).any():
        return Finding(none, None, say("no attack has both a named attacker and a date known to three days"))
    coordination = test_coordination(study.attacks, start=study.start, end=study.end, seed=study.settings.seed)
    if problem := linking_problem(coordination):
        return Finding(none, coordination, problem)
    found = find_offensives(study.attacks, definition=definition_of(study), claims=study.claim_rows)
    if found.empty and (_site_code(study.attacks) < 0).all():
        return Finding(none, coordination, say("no attack says where: how many places one operation hit is not known"))
    return Finding(found, coordination)


@dataclass(frozen=True)
class Part:
    """A part of a study of which offensives can be told, though not of the whole: what to select, and what it holds.

    Attributes
    ----------
    parameter, value
        As `analysis.open_study` takes them.
    n_offensives
        In the history.
    judged
        Whether the window and the baseline hold some, so that their tempo can be judged.
    """

    parameter: str
    value: str
    n_offensives: int
    judged: bool


@kept_on_study
def parts_told_of(study: Study) -> tuple[list[Part], int]:
    """Return the parts of which offensives can be told where they cannot be of the whole, the best first, and how many
    parts were tried.

    Tried are the attackers, first-order units and types of target with most attacks, so far as none is selected.
    """
    tried = 0
    found = []
    for parameter in ("attacker", "admin1", "target_type"):
        if getattr(study.selection, parameter):
            continue
        counts = study.attacks[parameter].astype("str").dropna().value_counts()
        names = [str(name) for name in counts.index if not names_nobody(str(name)) and name not in ("unknown", "other")]
        for name in names[:MOST_TRIED]:
            inside = study.attacks[parameter].eq(name) if parameter != "admin1" else in_admin1(study.attacks, [name])
            if inside.all():
                continue
            tried += 1
            part = replace(
                study, attacks=study.attacks[inside].reset_index(drop=True), label=f"{parameter}: {name}"
            )  # fmt: skip
            told = offensives_of(part)
            if told.problem or told.offensives.empty:
                continue
            spans = (study.window_start, study.end), (study.baseline_start, study.window_start)
            judged = not study.baseline_problem() and not any(told.within(*span).empty for span in spans)
            found.append(Part(parameter, name, len(told.offensives), judged))
    return sorted(found, key=lambda one: (not one.judged, -one.n_offensives, one.value)), tried


def share_offensives(study: Study, alike: Study) -> None:
    """Let a study have the offensives of another that differs from it in nothing but its window, on which they do not
    depend.
    """
    study.kept[(offensives_of.__wrapped__,)] = offensives_of(alike)  # type: ignore[attr-defined]


@kept_on_study
def grid_of(study: Study) -> pd.DataFrame:
    """Count a study's offensives in window and baseline under every definition; all rows say why where they cannot
    be.
    """
    problem = offensives_of(study).problem or study.window_problem()
    spans = {"window": (study.window_start, study.end), "baseline": (study.baseline_start, study.window_start)}
    attacks = study.attacks.iloc[:0] if problem else study.attacks
    grid = definition_grid(attacks, spans=spans, default=definition_of(study), claims=study.claim_rows)
    if problem:
        grid["value"] = np.nan
        grid["status"], grid["reason"] = NOT_COMPUTED, problem
    return grid


@kept_on_study
def agreement_of(study: Study) -> pd.DataFrame:
    """Compare each linking rule with the waves that the whole table's sources report, once."""
    return linking_agreement(study.incidents)


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


@in_its_language
def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    agreement, definition = agreement_of(study), definition_of(study)
    alike = agreement["max_gap_days"].eq(definition.max_gap_days) & agreement["max_km"].eq(definition.max_km)
    chosen = agreement[alike].iloc[0] if alike.any() else None
    waves = study.incidents[study.incidents["reported_wave"].notna()]
    for name in ("precision", "recall"):
        if chosen is None:
            reason = say("the rule of joining is none of those that are compared with waves")
            rows.skip(f"linking_{name}", reason, span="history")
        elif chosen["status"] == COMPUTED:
            rows.add(f"linking_{name}", chosen[name], attacks=waves, span="history")
        else:
            reason = say("the table marks no two attacks as one reported wave")
            rows.skip(f"linking_{name}", reason, span="history")
    finding = offensives_of(study)
    if coordination := finding.coordination:
        linked = study.attacks[linkable(study.attacks)]
        rows.add("multi_site_days", coordination.observed, attacks=linked, span="history")
        rows.add(
            "multi_site_days_expected", coordination.expected, low=coordination.low, high=coordination.high, level=0.95,
            attacks=linked, span="history", method=say(
                "exact mean of dates drawn anew within attacker and month; bounds from {n} draws",
                n=coordination.n_redraws
            ),
        )  # fmt: skip
        rows.add("multi_site_days_p", coordination.p_value, attacks=linked, span="history")
    if problem := finding.problem or study.window_problem():
        rows.skip_rest(problem)
        return rows.frame()
    recent = finding.within(study.window_start, study.end)
    grid = grid_of(study)
    rows.add(
        "offensives_in_window", len(recent), low=min(grid["value"].min(), len(recent)),
        high=max(grid["value"].max(), len(recent)),
        attacks=members(study.attacks, recent), method=say("{definition}; bounds over {n} definitions",
            definition=str(definition), n=len(grid)),
    )  # fmt: skip
    operations = operations_of(study)
    starts = operations["date_start"]
    n_recent = int(starts.ge(study.window_start).sum())
    attacks, _, _ = count_within(study.attacks, study.window_start, study.end)
    rows.add("operations_in_window", n_recent, attacks=attacks)
    if problem := study.baseline_problem():
        rows.skip_rest(problem, baseline=True)
        return rows.frame()
    earlier = finding.within(study.baseline_start, study.window_start)
    rows.add(
        "offensives_in_baseline", len(earlier), attacks=members(study.attacks, earlier), method=str(definition),
        span="baseline"
    )  # fmt: skip
    n_earlier = int(starts.between(study.baseline_start, study.window_start, inclusive="left").sum())
    if n_earlier == 0:
        rows.skip_rest(say("the baseline holds no operation, and a ratio over zero is not a number"), baseline=True)
        return rows.frame()
    baseline_days = (study.window_start - study.baseline_start) // DAY
    level = study.settings.level
    ratio = compare_periods(n_recent, study.settings.window_days, n_earlier, baseline_days, level=level)
    before, _, _ = count_within(study.attacks, study.baseline_start, study.window_start)
    both = pd.concat([before, attacks])
    rows.add(
        "operation_rate_ratio", ratio.ratio, low=ratio.low, high=ratio.high, level=level, attacks=both, baseline=True
    )
    rows.add("operation_rate_ratio_p", ratio.p_value, attacks=both, baseline=True)
    if min(n_recent, n_earlier) < MIN_OPERATIONS:
        rows.skip_rest(
            say(
                "the window holds {recent} operations and the baseline {earlier}, and a comparison of sizes needs"
                " {least} in each",
                recent=n_recent,
                earlier=n_earlier,
                least=MIN_OPERATIONS,
            ),
            baseline=True,
        )
        return rows.frame()
    inside = starts.ge(study.baseline_start)
    sizes, recent = operations.loc[inside, "n_attacks"].to_numpy(), starts[inside].ge(study.window_start).to_numpy()
    low, high, p_value = _compare_sizes(sizes[recent], sizes[~recent], level=level, seed=study.settings.seed)
    value = sizes[recent].mean() / sizes[~recent].mean()
    rows.add("operation_size_ratio", value, low=low, high=high, level=level, attacks=both, baseline=True)
    rows.add("operation_size_ratio_p", p_value, attacks=both, baseline=True)
    return rows.frame()


def _compare_sizes(recent: np.ndarray, earlier: np.ndarray, *, level: float, seed: int) -> tuple[float, float, float]:
    """Return bootstrap bounds of the ratio of mean sizes and its two-sided permutation p-value."""
    generator = np.random.default_rng(seed)
    pooled = np.concatenate([recent, earlier]).astype(float)
    total, n = pooled.sum(), len(recent)
    dealt = generator.permuted(np.tile(pooled, (N_PERMUTATIONS, 1)), axis=1)[:, :n].sum(axis=1)
    # Means differ by as much as the sum of the window's sizes differs from its share.
    far = np.abs(dealt - total * n / len(pooled)) >= np.abs(recent.sum() - total * n / len(pooled)) - 1e-9
    drawn = [generator.choice(part, (N_REDRAWS, len(part))).mean(axis=1) for part in (recent, earlier)]
    low, high = np.quantile(drawn[0] / drawn[1], [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high), float((1 + far.sum()) / (1 + N_PERMUTATIONS))


def operations_of(study: Study) -> pd.DataFrame:
    """Return each operation's ``date_start`` and ``n_attacks``; an attack that cannot be linked is an operation of its
    own.
    """
    definition = definition_of(study)
    labels = link_attacks(study.attacks, max_gap_days=definition.max_gap_days, max_km=definition.max_km)
    alone = labels < 0
    linked = study.attacks.loc[~alone].groupby(labels[~alone])["date_start"]
    return pd.DataFrame(
        {
            "date_start": pd.concat([linked.min(), study.attacks.loc[alone, "date_start"]], ignore_index=True),
            "n_attacks": [*linked.size(), *([1] * int(alone.sum()))],
        }
    )


def operation_starts(study: Study) -> pd.Series:
    """Return the first day of each operation; see `operations_of`."""
    return operations_of(study)["date_start"]


def members(attacks: pd.DataFrame, offensives: pd.DataFrame) -> pd.DataFrame:
    """Return the attacks that offensives consist of."""
    ids = {name for names in offensives["incident_ids"] for name in names}
    return attacks[attacks["incident_id"].isin(ids)]


def site_of(attacks: pd.DataFrame) -> pd.Series:
    """Return each attack's site: its locality, or else its coordinates to about a kilometre."""
    rounded = attacks[["latitude", "longitude"]].round(2)
    coordinates = rounded["latitude"].astype("str") + "/" + rounded["longitude"].astype("str")
    return attacks["locality"].fillna(coordinates.where(rounded.notna().all(axis=1)))


def _site_code(attacks: pd.DataFrame) -> np.ndarray:
    """Return a number for each attack's site, alike where `site_of` is; -1 where it is not known."""
    code, names = pd.factorize(attacks["locality"])
    (north, _), (east, distinct) = (pd.factorize(attacks[name].round(2)) for name in ("latitude", "longitude"))
    spot = len(names) + pd.factorize(north * np.int64(len(distinct)) + east)[0]
    spot[(north < 0) | (east < 0)] = -1
    return np.where(code >= 0, code, spot)


_OPERATION_DTYPES = {
    "offensive_id": "str",
    "attacker": "str",
    "date_start": "datetime64[us]",
    "date_end": "datetime64[us]",
    "n_incidents": "int64",
    "n_sites": "int64",
    "sites": "str",
    "deaths_low": "float64",
    "deaths_high": "float64",
    "latitude": "float64",
    "longitude": "float64",
    "target_types": "object",
    "incident_ids": "object",
}


def _rule_parts(operations: pd.DataFrame, rule: Significance) -> dict[str, pd.Series]:
    """Return, for each part of a significance rule, which operations meet it."""
    parts = {
        "sites": operations["n_sites"].ge(rule.min_sites),
        "deaths": operations["deaths_high"].ge(rule.min_deaths),
    }
    if rule.target_types:
        wanted = set(rule.target_types)
        parts["target type"] = operations["target_types"].map(lambda types: not wanted.isdisjoint(types)).astype(bool)
    return parts


def _significant(operations: pd.DataFrame, rule: Significance) -> pd.DataFrame:
    parts = _rule_parts(operations, rule)
    met = np.logical_or.reduce([part.to_numpy() for part in parts.values()])
    table = operations[met].reset_index(drop=True)
    words = pd.DataFrame(index=table.index)
    for name, part in parts.items():
        kept = part[met].reset_index(drop=True)
        words[name] = _met_words(name, table).where(kept, "")
    table["meets"] = pd.Series(
        [", ".join(filter(None, row)) for row in words.itertuples(index=False)], index=table.index, dtype="str"
    )
    return table


def _met_words(part: str, operations: pd.DataFrame) -> pd.Series:
    """Return the words for a met part of a significance rule; each number is put into words once."""
    if part == "sites":
        numbers = operations["n_sites"]
        words = {n: say_count("{n} site", "{n} sites", int(n)) for n in numbers.unique()}
    elif part == "deaths":
        numbers = operations["deaths_high"]
        words = {n: say_count("up to {n} death", "up to {n} deaths", round(n)) for n in numbers.dropna().unique()}
    else:
        return pd.Series(say("type of target"), index=operations.index, dtype="str")
    return pd.Series([words.get(n, "") for n in numbers], index=operations.index, dtype="str")


@dataclass(frozen=True)
class _Facts:
    """What an operation's size is made of, by attack: prepared once, whatever the linking rule."""

    site_code: np.ndarray
    start: np.ndarray
    deaths_low: np.ndarray
    deaths_high: np.ndarray
    claimed: np.ndarray  # the most deaths that one claimant gives for the incident
    wave_code: np.ndarray
    wave_claimed: np.ndarray  # the same for each wave


def _facts_of(attacks: pd.DataFrame, claims: pd.DataFrame | None) -> _Facts:
    wave_code, waves = pd.factorize(attacks["reported_wave"])
    largest = _largest_claims(claims)
    low = attacks["fatalities_low"].fillna(attacks["fatalities_best"])
    high = attacks["fatalities_high"].fillna(attacks["fatalities_best"]).fillna(attacks["fatalities_low"])
    return _Facts(
        site_code=_site_code(attacks),
        start=attacks["date_start"].to_numpy(),
        deaths_low=low.to_numpy(),
        deaths_high=high.to_numpy(),
        claimed=largest.reindex(attacks["incident_id"]).to_numpy(),
        wave_code=wave_code,
        wave_claimed=largest.reindex(waves).to_numpy(),
    )


def _largest_claims(claims: pd.DataFrame | None) -> pd.Series:
    """Return, for each incident or wave, the most deaths that one claimant gives, both sides together."""
    if claims is None:
        return pd.Series(dtype="float64")
    killed = claims[claims["measure"].eq("killed") & claims["value"].notna()]
    largest = killed.groupby(["wave_or_incident", "claimant", "subject_side"])["value"].max()
    return largest.groupby(level=["wave_or_incident", "claimant"]).sum().groupby(level="wave_or_incident").max()


def _grouped(labels: np.ndarray, facts: _Facts) -> pd.DataFrame:
    """Return the operations' first days and sizes, one row per label.

    A claim about a wave is never split over its attacks: it counts only where the group holds the wave whole.
    """
    n, held = int(labels.max(initial=-1)) + 1, labels >= 0
    label, site = labels[held], facts.site_code[held]
    visits = np.unique(np.column_stack([label, site])[site >= 0], axis=0)
    began = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(began, label, facts.start[held].astype("datetime64[us]").astype(np.int64))
    claimed = np.full(n, np.nan)
    np.fmax.at(claimed, label, facts.claimed[held])
    pairs, sizes = np.unique(
        np.column_stack([facts.wave_code, labels])[held & (facts.wave_code >= 0)], axis=0, return_counts=True
    )
    whole = (
        pairs[sizes == np.bincount(facts.wave_code[facts.wave_code >= 0], minlength=1)[pairs[:, 0]]]
        if len(pairs)
        else pairs
    )
    np.fmax.at(claimed, whole[:, 1], facts.wave_claimed[whole[:, 0]])
    return pd.DataFrame(
        {
            "date_start": began.astype("datetime64[us]"),
            "n_sites": np.bincount(visits[:, 0], minlength=n),
            "deaths_low": _sum_known(label, facts.deaths_low[held], n),
            "deaths_high": np.fmax(_sum_known(label, facts.deaths_high[held], n), claimed),
        }
    )


def _sum_known(label: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """Return the sum of the known values of each label, missing where none is known."""
    known = ~np.isnan(values)
    total = np.bincount(label[known], weights=values[known], minlength=n)
    return np.where(np.bincount(label[known], minlength=n) > 0, total, np.nan)


def _close_pairs(attacks: pd.DataFrame, max_gap_days: int, max_km: float) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of pairs to join: same attacker, close in days, close in space."""
    attacker = pd.factorize(attacks["attacker"])[0]
    start = attacks["date_start"].to_numpy().astype("datetime64[D]").astype(np.int64)
    end = attacks["date_end"].to_numpy().astype("datetime64[D]").astype(np.int64)
    order = np.lexsort((start, attacker))
    span = start.max() - start.min() + MAX_DATING_DAYS + max_gap_days + 1
    key = attacker[order] * span + (start[order] - start.min())
    reach = attacker[order] * span + (end[order] - start.min()) + max_gap_days
    last = np.searchsorted(key, reach, side="right")
    if np.isinf(max_km):
        # A chain of neighbours joins the same attacks as all pairs do: the farthest reach so far carries the chain.
        carried = np.maximum.accumulate(reach)
        joined = np.flatnonzero(carried[:-1] >= key[1:])
        return order[joined], order[joined + 1]
    n_after = last - np.arange(order.size) - 1
    before = np.cumsum(n_after) - n_after
    found: tuple[np.ndarray, np.ndarray] = (np.empty(0, dtype=int), np.empty(0, dtype=int))
    # In blocks of pairs, of which only as many are kept as join the same attacks.
    blocks = np.unique(np.searchsorted(before, np.arange(0, int(n_after.sum()) + 1, MOST_PAIRS_AT_ONCE)))
    for start_of, end_of in pairwise([*blocks, order.size]):
        some = np.arange(start_of, end_of)
        first = np.repeat(some, n_after[some])
        second = first + 1 + np.arange(first.size) - np.repeat(before[some] - before[start_of], n_after[some])
        a, b = order[first], order[second]
        near = _distance_km(attacks, a, b) <= max_km
        found = np.concatenate([found[0], a[near]]), np.concatenate([found[1], b[near]])
        if found[0].size > 2 * order.size:
            found = _forest(*found, order.size)
    return found


def _forest(first: np.ndarray, second: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return as few of these pairs of ``n`` attacks as join the same ones."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    tree = minimum_spanning_tree(coo_array((np.ones(first.size), (first, second)), shape=(n, n))).tocoo()
    return tree.row, tree.col


def _distance_km(attacks: pd.DataFrame, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Great-circle distance; missing where a coordinate is, so that it is never within a limit."""
    latitude, longitude = (np.radians(attacks[column].to_numpy()) for column in ("latitude", "longitude"))
    half = np.sin((latitude[b] - latitude[a]) / 2) ** 2
    half += np.cos(latitude[a]) * np.cos(latitude[b]) * np.sin((longitude[b] - longitude[a]) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def _pairs_within(labels: np.ndarray) -> int:
    sizes = np.bincount(labels[labels >= 0])
    return int((sizes * (sizes - 1) // 2).sum())


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


# What ``study.offensives`` holds as tables.
TABLES = (
    Table(
        "offensives",
        "The offensives, by first day.",
        lambda study: offensives_of(study).offensives,
        because="offensives_in_window",
        nothing=message("no attacks meet the definition of an offensive"),
    ),
    Table("definitions", "How many offensives the window holds under each definition.", grid_of),
    Table("agreement", "How well each linking rule agrees with reported waves.", agreement_of),
)
