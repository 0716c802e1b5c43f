"""Which attacks are joined to one operation, and which operations count as offensives.

Tables in, tables out: nothing here knows a study. See `analysis.measures.offensives` for the question.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.incidents.definition import definition_numbers
from analysis.incidents.errors import ParameterError, SelectionError
from analysis.incidents.selection import time_order
from analysis.incidents.study import DAY
from analysis.incidents.terms import term
from analysis.language import say, say_count
from analysis.measures.deadliest import read_deaths
from analysis.measures.result import ids_of, row_tail
from analysis.statistics.geometry import great_circle_km

# Only attacks dated at least this well can be linked by days.
MAX_DATING_DAYS = 3
GRID_GAPS = (0, 1, 2, 3)
GRID_KM = (50.0, 150.0, 300.0, np.inf)
# What tells a site, and what an operation is described by.
SITE = ["locality", "latitude", "longitude"]
_DESCRIBED = ["incident_id", "attacker", "date_start", "date_end", *SITE, "target_type"]
# What tells which attacks are offensives.
TOLD_BY = [
    *_DESCRIBED[:-1],
    "date_precision",
    "fatalities_low",
    "fatalities_best",
    "fatalities_high",
    "reported_wave",
]
# Pairs of attacks that are looked at together.
MOST_PAIRS_AT_ONCE = 5_000_000
_OPERATION_DTYPES = {
    "offensive_id": "str", "attacker": "str", "date_start": "datetime64[us]", "date_end": "datetime64[us]",
    "n_incidents": "int64", "n_sites": "int64", "sites": "str", "deaths_low": "float64", "deaths_high": "float64",
    "latitude": "float64", "longitude": "float64", "target_types": "object", "incident_ids": "object",
}  # fmt: skip


@dataclass(frozen=True)
class Significance:
    """What makes joined attacks an offensive: any one of these.

    The convention: two or more sites hit, which is what "coordinated" means in GTD's codebook; or 25 deaths by the
    highest figure that anyone gives, UCDP's yearly threshold of an armed conflict reached in one operation.
    """

    min_sites: float = 2
    min_deaths: float = 25

    def __str__(self) -> str:
        sites, deaths = np.isfinite(self.min_sites), np.isfinite(self.min_deaths)
        held = {"sites": f"{self.min_sites:g}", "deaths": f"{self.min_deaths:g}"}
        if sites and deaths:
            return say("{sites}+ sites or {deaths}+ deaths", **held)
        if sites:
            return say("{sites}+ sites", sites=held["sites"])
        return say("{deaths}+ deaths", deaths=held["deaths"])


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
                "same attacker, at most {n} [day|days] apart, any distance; {rule}", self.max_gap_days, rule=rule
            )
        return say_count(
            "same attacker, at most {n} [day|days] apart, at most {km} km apart; {rule}",
            self.max_gap_days,
            rule=rule,
            km=km,
        )


DEFAULT = Definition()
GRID_SIGNIFICANCE = (
    Significance(min_sites=2, min_deaths=25),
    Significance(min_sites=3, min_deaths=25),
    Significance(min_sites=3, min_deaths=np.inf),
    Significance(min_sites=np.inf, min_deaths=25),
)  # fmt: skip


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


def link_attacks(attacks: pd.DataFrame, *, max_gap_days: int = 0, max_km: float = np.inf) -> np.ndarray:
    """Return each attack's group number; -1 where its attacker or its days are not known well enough to link.

    Two attacks are joined if they have the same attacker, if at most ``max_gap_days`` lie between the end of
    one and the start of the other (0: the same day), and if they are at most ``max_km`` apart on the great circle. An
    attack without coordinates is joined by days alone only where no distance limit is set.

    Groups are numbered in order of first day, whatever the order of rows.
    """
    return _linked(_days_of(attacks), max_gap_days, max_km)


@dataclass(frozen=True)
class _Days:
    """The attacks that can be linked, as arrays: prepared once, whatever the linking rule."""

    n: int  # attacks, with those that cannot be linked
    usable: np.ndarray  # their positions, in order of first day and identifier
    attacker: np.ndarray
    start: np.ndarray
    end: np.ndarray
    north: np.ndarray
    east: np.ndarray


def _days_of(attacks: pd.DataFrame) -> _Days:
    usable = np.flatnonzero(linkable(attacks))
    usable = usable[time_order(attacks["date_start"].to_numpy()[usable], attacks["incident_id"].take(usable))]
    start, end = (attacks[name].to_numpy()[usable].astype("datetime64[D]") for name in ("date_start", "date_end"))
    north, east = (attacks[name].to_numpy()[usable] for name in ("latitude", "longitude"))
    attacker = pd.factorize(attacks["attacker"].take(usable))[0]
    return _Days(len(attacks), usable, attacker, start.astype(np.int64), end.astype(np.int64), north, east)


def _linked(days: _Days, max_gap_days: int, max_km: float) -> np.ndarray:
    labels = np.full(days.n, -1)
    if days.usable.size:
        # By first appearance, which is the order of first days.
        labels[days.usable] = pd.factorize(_components(days, max_gap_days, max_km))[0]
    return labels


def linkable(attacks: pd.DataFrame) -> np.ndarray:
    """Return which attacks can be linked: dated to at most three days, and by a named attacker or a reported one.

    Attacks by an unknown group carry that label as their attacker, so they are joined only with one another.
    """
    lasts = attacks["date_end"].to_numpy() - attacks["date_start"].to_numpy()
    rough = attacks["date_precision"].isin(("week", "month", "year"))
    return (lasts < MAX_DATING_DAYS * DAY.to_timedelta64()) & ~rough.to_numpy() & attacks["attacker"].notna().to_numpy()


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
        raise that incident's or wave's part of ``deaths_high``, and nothing of ``deaths_low``.

    Returns
    -------
    pandas.DataFrame
        One row per operation by first day: ``offensive_id, attacker, date_start, date_end, n_incidents, n_sites, sites,
        deaths_low, deaths_high, latitude, longitude`` (mean of the attacks), ``target_types`` and ``incident_ids``.
    """
    labels = link_attacks(attacks, max_gap_days=max_gap_days, max_km=max_km)
    return _described(attacks, labels, _grouped(labels, _facts_of(attacks, claims)))


def _described(attacks: pd.DataFrame, labels: np.ndarray, grouped: pd.DataFrame) -> pd.DataFrame:
    """Return what operations consist of, beside their sizes."""
    if grouped.empty:
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in _OPERATION_DTYPES.items()})
    linked = attacks.loc[labels >= 0, _DESCRIBED].assign(label=labels[labels >= 0])
    linked = linked.iloc[time_order(linked["date_start"].to_numpy(), linked["incident_id"])]
    linked = linked.assign(site=site_of(linked)).sort_values("label", kind="stable")
    ids = _split(linked["incident_id"], linked["label"], len(grouped))
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
            "incident_ids": pd.Series(ids, dtype="object"),
        }
    )
    operations["sites"] = operations["sites"].where(operations["sites"].ne(""))
    days = np.datetime_as_string(operations["date_start"].to_numpy(), unit="D")
    operations["offensive_id"] = [f"{day} {names[0]}" for day, names in zip(days, ids, strict=True)]
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
    labels, operations, parts = _sized(attacks, definition, claims)
    met = np.logical_or.reduce([*parts.values()])
    # What is no offensive is not described.
    number = np.where(met, np.cumsum(met) - 1, -1)
    labels = np.where(labels >= 0, number[labels] if met.size else -1, -1)
    table = _described(attacks, labels, operations[met].reset_index(drop=True))
    words = [_met_words(name, table[name].where(part[met])) for name, part in parts.items()]
    table["meets"] = pd.Series(
        [", ".join(filter(None, row)) for row in zip(*words, strict=True)], index=table.index, dtype="str"
    )
    return table


def offensive_starts(
    attacks: pd.DataFrame, *, definition: Definition = DEFAULT, claims: pd.DataFrame | None = None
) -> pd.Series:
    """Return the first days of the offensives that `find_offensives` tells in full, without what they consist of."""
    _, operations, parts = _sized(attacks, definition, claims)
    return operations.loc[np.logical_or.reduce([*parts.values()]), "date_start"]


def _sized(
    attacks: pd.DataFrame, definition: Definition, claims: pd.DataFrame | None
) -> tuple[np.ndarray, pd.DataFrame, dict[str, np.ndarray]]:
    """Return each attack's label, the operations' sizes, and which of these meet each part of the definition's rule."""
    labels = link_attacks(attacks, max_gap_days=definition.max_gap_days, max_km=definition.max_km)
    operations = _grouped(labels, _facts_of(attacks, claims))
    return labels, operations, _rule_parts(operations, definition.significance)


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
    facts, days, names = _facts_of(attacks, claims), _days_of(attacks), attacks["incident_id"].to_numpy(dtype=object)
    rules = {significance: str(significance) for significance in GRID_SIGNIFICANCE}
    method = say("connected components of attacks")
    for gap in GRID_GAPS:
        for distance in GRID_KM:
            labels = _linked(days, gap, distance)
            operations = _grouped(labels, facts)
            began = operations["date_start"].to_numpy()
            by_operation = days.usable[np.argsort(labels[days.usable], kind="stable")]
            for significance, words in rules.items():
                met = np.logical_or.reduce([*_rule_parts(operations, significance).values()])
                inside = {name: met & (began >= start) & (began < end) for name, (start, end) in spans.items()}
                counted = by_operation[next(iter(inside.values()))[labels[by_operation]]]
                counts = {f"n_{name}": int(held.sum()) for name, held in inside.items()}
                rows.append(
                    {
                        "max_gap_days": gap,
                        "max_km": distance,
                        "significance": words,
                        "is_default": Definition(gap, distance, significance) == default,
                        **counts,
                        **row_tail(next(iter(counts.values())), method=method, ids=names[counted].tolist()),
                    }
                )
    return pd.DataFrame([row for place in range(len(rules)) for row in rows[place :: len(rules)]])


def linking_agreement(incidents: pd.DataFrame) -> pd.DataFrame:
    """Compare each linking rule of the grid with ``reported_wave``, pair by pair.

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
    wave_code, waves = pd.factorize(wave)
    reported, ids = _pairs_within(wave_code), ids_of(usable[wave.notna()])
    nothing = (
        say("the rule joins no two attacks")
        if reported
        else say("the table marks no two attacks that can be joined as one reported wave")
    )
    days = _days_of(usable)
    rows = []
    for gap in GRID_GAPS:
        for distance in GRID_KM:
            # Without a reported wave there is nothing to compare with, whatever would be linked.
            labels = _linked(days, gap, distance) if reported else np.full(len(usable), -1)
            linked = _pairs_within(labels)
            both = _pairs_within(np.where((labels < 0) | (wave_code < 0), -1, labels * len(waves) + wave_code))
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
                    **row_tail(
                        2 * both / (linked + reported) if computed else np.nan,
                        method=say("pairwise F1 against reported_wave"),
                        n_incidents=len(usable),
                        ids=ids,
                        reason="" if computed else nothing,
                    ),
                }
            )
    table = pd.DataFrame(rows)
    return table.sort_values(["value", "max_gap_days", "max_km"], ascending=[False, True, True], ignore_index=True)


def site_of(attacks: pd.DataFrame) -> pd.Series:
    """Return each attack's site: its locality, or else its coordinates to about a kilometre."""
    rounded = attacks[["latitude", "longitude"]].round(2)
    coordinates = rounded["latitude"].astype("str") + "/" + rounded["longitude"].astype("str")
    return attacks["locality"].fillna(coordinates.where(rounded.notna().all(axis=1)))


def site_code(attacks: pd.DataFrame) -> np.ndarray:
    """Return a number for each attack's site, alike where `site_of` is; -1 where it is not known."""
    code, names = pd.factorize(attacks["locality"])
    nameless = np.flatnonzero(code < 0)
    (north, _), (east, distinct) = (
        pd.factorize(attacks[name].to_numpy()[nameless].round(2)) for name in ("latitude", "longitude")
    )
    spot = len(names) + pd.factorize(north * np.int64(len(distinct)) + east)[0]
    code[nameless] = np.where((north < 0) | (east < 0), -1, spot)
    return code


def _rule_parts(operations: pd.DataFrame, rule: Significance) -> dict[str, np.ndarray]:
    """Return, for each part of a significance rule, which operations meet it."""
    return {
        "n_sites": operations["n_sites"].to_numpy() >= rule.min_sites,
        "deaths_high": operations["deaths_high"].to_numpy() >= rule.min_deaths,
    }


def _met_words(part: str, numbers: pd.Series) -> list[str]:
    """Return the words for a part of a significance rule, empty where it is not met; each number is put into words
    once."""
    if part == "n_sites":
        words = {n: say_count("{n} [site|sites]", int(n)) for n in numbers.dropna().unique()}
    else:
        words = {n: say_count("{n} [death|deaths] by the highest figure", round(n)) for n in numbers.dropna().unique()}
    return [words.get(n, "") for n in numbers]


@dataclass(frozen=True)
class _Facts:
    """What an operation's size is made of, by attack: prepared once, whatever the linking rule."""

    site_code: np.ndarray
    start: np.ndarray
    deaths_low: np.ndarray
    deaths_high: np.ndarray  # the highest figure, or the most deaths that one claimant gives for the incident
    wave_code: np.ndarray
    wave_more: np.ndarray  # by how much the most that one claimant gives for each wave exceeds these of its attacks


def _facts_of(attacks: pd.DataFrame, claims: pd.DataFrame | None) -> _Facts:
    wave_code, waves = pd.factorize(attacks["reported_wave"])
    largest = _largest_claims(claims)
    highest = read_deaths(attacks, "highest").to_numpy()
    highest = np.fmax(highest, largest.reindex(attacks["incident_id"]).to_numpy())
    in_wave = wave_code >= 0
    of_attacks = np.bincount(wave_code[in_wave], weights=np.nan_to_num(highest[in_wave]), minlength=len(waves))
    return _Facts(
        site_code=site_code(attacks),
        start=attacks["date_start"].to_numpy(),
        deaths_low=read_deaths(attacks, "lowest").to_numpy(),
        deaths_high=highest,
        wave_code=wave_code,
        wave_more=np.maximum(largest.reindex(waves).to_numpy() - of_attacks, 0),
    )


def _largest_claims(claims: pd.DataFrame | None) -> pd.Series:
    """Return, for each incident or wave, the most deaths that one claimant gives, of all sides together."""
    if claims is None:
        return pd.Series(dtype="float64", index=pd.Index([], dtype="str"))
    killed = claims[claims["measure"].eq("killed") & claims["value"].notna()]
    keys = ["wave_or_incident", "claimant", killed["subject_side"].eq("all").rename("all")]  # made of the sides
    largest = killed.groupby([*keys, "subject_side"])["value"].max().groupby(level=[0, 1, 2]).sum()
    return largest.groupby(level=0).max()


def _grouped(labels: np.ndarray, facts: _Facts) -> pd.DataFrame:
    """Return the operations' first days and sizes, one row per label.

    A claim about a wave is never split over its attacks: it counts only where the group holds the wave whole.
    """
    n, held = int(labels.max(initial=-1)) + 1, labels >= 0
    label, site = labels[held], facts.site_code[held]
    visits = np.unique(np.column_stack([label, site])[site >= 0], axis=0)
    began = np.full(n, np.iinfo(np.int64).max)
    np.minimum.at(began, label, facts.start[held].astype("datetime64[us]").astype(np.int64))
    pairs, sizes = np.unique(
        np.column_stack([facts.wave_code, labels])[held & (facts.wave_code >= 0)], axis=0, return_counts=True
    )
    whole = (
        pairs[sizes == np.bincount(facts.wave_code[facts.wave_code >= 0], minlength=1)[pairs[:, 0]]]
        if len(pairs)
        else pairs
    )
    parts, highest = np.append(label, whole[:, 1]), np.append(facts.deaths_high[held], facts.wave_more[whole[:, 0]])
    return pd.DataFrame(
        {
            "date_start": began.astype("datetime64[us]"),
            "n_sites": np.bincount(visits[:, 0], minlength=n),
            "deaths_low": _sum_known(label, facts.deaths_low[held], n),
            "deaths_high": _sum_known(parts, highest, n),
        }
    )


def _sum_known(label: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """Return the sum of the known values of each label, missing where none is known."""
    known = ~np.isnan(values)
    total = np.bincount(label[known], weights=values[known], minlength=n)
    return np.where(np.bincount(label[known], minlength=n) > 0, total, np.nan)


def _components(days: _Days, max_gap_days: int, max_km: float) -> np.ndarray:
    """Return a number for each attack that can be linked, alike for those that are joined: by attacker, days, space."""
    attacker, start, end = days.attacker, days.start, days.end
    order = np.lexsort((start, attacker))
    span = start.max() - start.min() + MAX_DATING_DAYS + max_gap_days + 1
    key = attacker[order] * span + (start[order] - start.min())
    reach = attacker[order] * span + (end[order] - start.min()) + max_gap_days
    component = np.empty(order.size, dtype=np.int64)
    if np.isinf(max_km):
        # A chain of neighbours joins the same attacks as all pairs do: the farthest reach so far carries the chain.
        carried = np.maximum.accumulate(reach)
        component[order] = np.cumsum(np.concatenate([[False], carried[:-1] < key[1:]]))
        return component

    return _joined(
        *_close_pairs(order, np.searchsorted(key, reach, side="right"), days.north, days.east, max_km), order.size
    )


def _joined(first: np.ndarray, second: np.ndarray, n: int) -> np.ndarray:
    """Return a number for each of ``n`` attacks, alike for those that pairs join: the least of theirs.

    Its own few lines, as the graphs of `scipy` take longer to import than all definitions of an offensive to compute.
    """
    label = np.arange(n)
    while (apart := label[first] != label[second]).any():
        first, second = first[apart], second[apart]
        a, b = label[first], label[second]
        np.minimum.at(label, np.maximum(a, b), np.minimum(a, b))
        while ((lower := label[label]) != label).any():
            label = lower
    return label


def _close_pairs(
    order: np.ndarray, last: np.ndarray, north: np.ndarray, east: np.ndarray, max_km: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of pairs to join: each attack of an order and those behind it up to its last, close in space."""
    n_after = last - np.arange(order.size) - 1
    before = np.cumsum(n_after) - n_after
    found: tuple[np.ndarray, np.ndarray] = (np.empty(0, dtype=int), np.empty(0, dtype=int))
    # In blocks of pairs, of which only as many are kept as join the same attacks.
    blocks = np.unique(np.searchsorted(before, np.arange(0, n_after.sum(), MOST_PAIRS_AT_ONCE)))
    for start_of, end_of in pairwise([*blocks, order.size]):
        some = np.arange(start_of, end_of)
        first = np.repeat(some, n_after[some])
        second = first + 1 + np.arange(first.size) - np.repeat(before[some] - before[start_of], n_after[some])
        a, b = order[first], order[second]
        # Missing where a coordinate is, and so never within a limit.
        near = great_circle_km(north[a], east[a], north[b], east[b]) <= max_km
        found = np.concatenate([found[0], a[near]]), np.concatenate([found[1], b[near]])
        if found[0].size > 2 * order.size:
            found = _forest(*found, order.size)
    return found


def _forest(first: np.ndarray, second: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return as few of these pairs of ``n`` attacks as join the same ones."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    ends = first.astype(np.int32), second.astype(np.int32)  # scipy before 1.17.1 takes no others
    tree = minimum_spanning_tree(coo_array((np.ones(first.size), ends), shape=(n, n))).tocoo()
    return tree.row, tree.col


def _pairs_within(labels: np.ndarray) -> int:
    sizes = np.bincount(labels[labels >= 0])
    return int((sizes * (sizes - 1) // 2).sum())
