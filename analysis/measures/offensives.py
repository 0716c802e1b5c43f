"""Which attacks were one operation?

An offensive is a connected component of attacks by one attacker, each at most `max_gap_days` and `max_km` from
the next, that meets a significance rule. It is always derived: `reported_wave`, where a source describes several
attacks as one, is only what the linking is validated against.
"""

from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.incidents.actors import names_nobody
from analysis.incidents.selection import plain_admin1
from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study
from analysis.language import message, say, say_count
from analysis.measures.coordination import N_REDRAWS, Coordination, linking_problem, test_coordination
from analysis.measures.frequency import compare_periods
from analysis.measures.linking import (
    DEFAULT,
    TOLD_BY,
    Definition,
    definition_grid,
    find_offensives,
    link_attacks,
    linkable,
    linking_agreement,
    offensive_starts,
    read_definition,
    site_code,
)
from analysis.measures.result import COMPUTED, NOT_COMPUTED, IndicatorRows, Measure, Table

QUESTION = "offensives"
# Attackers, units and types of target that are tried alone where offensives cannot be told of all.
MOST_TRIED = 6
N_PERMUTATIONS = 1999
# Fewer operations than these in window or baseline are no sample of their kind.
MIN_OPERATIONS = 3

MEASURES = (
    Measure("offensives_in_window", "offensives",
        "Offensives that began in the trailing window; low and high: over the grid of sensible definitions.",
        message("connected components of attacks, default definition")),
    Measure("offensives_in_baseline", "offensives", "Offensives that began in the baseline.",
        message("connected components of attacks, default definition")),
    Measure("operations_in_window", "operations", "Attacks in the window with those of one operation counted once.",
        message("connected components of attacks, default linking; attacks that cannot be linked count singly")),
    Measure("operation_rate_ratio", "ratio",
        "Recorded rate of operations in the window over that in the baseline: a wave of many towns counts once.",
        message("ratio of Poisson rates, score interval"),
        "Krishnamoorthy & Thomson 2004, J Stat Plan Inference 119:23"),
    Measure("operation_rate_ratio_p", "probability",
        "Chance of a difference at least as large if operations were equally frequent (two-sided).", message("E-test"),
        "Krishnamoorthy & Thomson 2004, J Stat Plan Inference 119:23"),
    Measure("operation_size_ratio", "ratio", "Mean number of attacks in an operation, window over baseline.",
        message("ratio of means; interval from {n} bootstraps of operations"), numbers={"n": N_REDRAWS}),
    Measure("operation_size_ratio_p", "probability",
        "Chance of a difference at least as large if operations of window and baseline were of one kind (two-sided).",
        message("{n} permutations of operations"), "Fisher 1935, The Design of Experiments",
        numbers={"n": N_PERMUTATIONS}),
    Measure("linking_precision", "share",
        "Of pairs of attacks that the rule joins, the share that a source also reports as one wave.",
        message("pairwise precision against reported_wave")),
    Measure("linking_recall", "share",
        "Of pairs of attacks that a source reports as one wave, the share that the rule joins.",
        message("pairwise recall against reported_wave")),
    Measure("multi_site_days", "days", "Times that one attacker hit two or more sites in one day.",
        message("count of attacker-days with two or more sites")),
    Measure("multi_site_days_expected", "days",
        "The same if each attack's day were drawn anew within its calendar month; low and high: 95 % of draws.",
        message("exact mean of dates drawn anew within attacker and month; bounds from {n} draws"),
        numbers={"n": N_REDRAWS}),
    Measure("multi_site_days_p", "probability", "Chance of as many multi-site days without coordination.",
        message("Monte Carlo rank among redraws of dates within attacker and month"),
        "Besag & Clifford 1989, Biometrika 76:633"),
)  # fmt: skip


def definition_of(study: Study) -> Definition:
    """Return what a study calls an offensive: as selected, or the default."""
    return read_definition(study.selection.offensive) if study.selection.offensive else DEFAULT


@dataclass(frozen=True)
class Finding:
    """A study's offensives by the default definition; none, with the reason, where joining attacks would be empty
    talk."""

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
    coordination = test_coordination(study.attacks, start=study.start, end=study.end, seed=study.settings.seed)
    if not coordination.dated.day.size:
        return Finding(none, None, say("no attack has both a named attacker and a date known to three days"))
    if problem := linking_problem(coordination):
        return Finding(none, coordination, problem)
    found = find_offensives(study.attacks, definition=definition_of(study), claims=_claims_on(study, study.attacks))
    if found.empty and (site_code(study.attacks) < 0).all():
        return Finding(none, coordination, say("no attack says where: how many places one operation hit is not known"))
    return Finding(found, coordination)


def untold_between(study: Study, start: pd.Timestamp, end: pd.Timestamp) -> str:
    """Return why it cannot be told that no offensive began in the days ``[start, end)``; ``""`` where some did, or half
    of their attacks or more can be joined."""
    return "" if len(offensives_of(study).within(start, end)) else mostly_alone(study, start, end)


def mostly_alone(study: Study, start: pd.Timestamp, end: pd.Timestamp) -> str:
    """Return that most attacks of the days ``[start, end)`` cannot be joined to others; ``""`` where half of them or
    more can."""
    if study.holds_counts:
        return ""
    alone, of_all = (int(n) for n in alone_of_all(study, (start - study.start) // DAY, (end - study.start) // DAY))
    if 2 * alone <= of_all:
        return ""
    return say_count(
        "[the only attack|{n} of the {all} attacks] from {first} to {last} cannot be joined to others, as [it names|"
        "they name] no attacker or no day",  # one is more than half of one alone
        alone, all=of_all, first=start, last=end - DAY,
    )  # fmt: skip


def alone_of_all(study: Study, starts: ArrayLike, ends: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return how many attacks of the days ``[start, end)`` cannot be joined to others, and how many there are, for
    spans of days by their numbers from the study's first."""
    first, last = study.day_numbers
    held = last > first
    alone, of_all = (
        np.searchsorted(np.sort(first[rows]), ends) - np.searchsorted(np.sort(last[rows]), starts, side="right")
        for rows in (held & ~linkable(study.attacks), held)
    )
    return alone, of_all


def _claims_on(study: Study, attacks: pd.DataFrame) -> pd.DataFrame | None:
    """Return a study's claims without those on a wave of which some attacks are not among these: no part has its
    dead."""
    if study.claim_rows is None:
        return None
    held = attacks["reported_wave"].value_counts()
    in_table = study.table.incidents["reported_wave"].value_counts().reindex(held.index)
    return study.claim_rows[~study.claim_rows["wave_or_incident"].isin(held.index[held < in_table])]


@dataclass(frozen=True)
class Part:
    """A part of a study of which offensives can be told, though not of the whole: what to select, and what it holds."""

    # As `analysis.open_study` takes them.
    parameter: str
    value: str
    n_offensives: int  # in the history
    judged: bool  # whether the window and the baseline hold some, so that their tempo can be judged


@kept_on_study
def parts_told_of(study: Study) -> tuple[list[Part], int]:
    """Return the parts of which offensives can be told where they cannot be of the whole, the best first, and how many
    parts were tried.

    Tried are the attackers, first-order units and types of target with most attacks, so far as none is selected.
    """
    tried = 0
    found = []
    spans = (study.window_start, study.end), (study.baseline_start, study.window_start)
    coordination = offensives_of(study).coordination
    if coordination is None:
        return [], 0
    attacks = study.attacks[TOLD_BY]
    for parameter in ("attacker", "admin1", "target_type"):
        if getattr(study.selection, parameter):
            continue
        codes, names = pd.factorize(study.attacks[parameter].astype("str"))
        alike = plain_admin1(pd.Series(names, dtype="str")) if parameter == "admin1" else pd.Series(names)
        order = np.argsort(-np.bincount(codes[codes >= 0], minlength=len(names)), kind="stable")
        somebody = (at for at in order if not names_nobody(names[at]) and names[at] not in ("unknown", "other"))
        for at in islice(somebody, MOST_TRIED):
            # One more for the missing, whose code is -1.
            inside = np.append(alike.eq(alike[at]), False)[codes]
            if inside.all():
                continue
            tried += 1
            part = coordination.among(inside)
            if not part.dated.day.size or linking_problem(part):
                continue
            some = attacks[inside]
            began = offensive_starts(some, definition=definition_of(study), claims=_claims_on(study, some))
            if len(began):
                in_spans = [began.between(start, end, inclusive="left").any() for start, end in spans]
                judged = not study.baseline_problem() and all(in_spans)
                found.append(Part(parameter, str(names[at]), len(began), judged))
    return sorted(found, key=lambda one: (not one.judged, -one.n_offensives, one.value)), tried


def share_offensives(study: Study, alike: Study) -> None:
    """Let a study have the offensives of another that differs from it in nothing but its window, on which they do not
    depend."""
    study.kept[(offensives_of.__wrapped__,)] = offensives_of(alike)  # type: ignore[attr-defined]


@kept_on_study
def grid_of(study: Study) -> pd.DataFrame:
    """Count a study's offensives in window and baseline under every definition; all rows say why where they cannot
    be."""
    problem = offensives_of(study).problem or study.window_problem()
    problem = problem or untold_between(study, study.window_start, study.end)
    spans = {"window": (study.window_start, study.end), "baseline": (study.baseline_start, study.window_start)}
    attacks = study.attacks.iloc[:0] if problem else study.attacks
    grid = definition_grid(attacks, spans=spans, default=definition_of(study), claims=_claims_on(study, attacks))
    if problem:
        grid["value"] = np.nan
        grid["status"], grid["reason"] = NOT_COMPUTED, problem
    return grid


@kept_on_study
def agreement_of(study: Study) -> pd.DataFrame:
    """Compare each linking rule with the waves that the whole table's sources report, once."""
    return linking_agreement(study.incidents)


@in_its_language
def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows, definition = IndicatorRows(study, QUESTION, MEASURES), definition_of(study)
    _add_linking(rows, study, definition)
    finding = offensives_of(study)
    if finding.coordination:
        _add_coordination(rows, study, finding.coordination)
    if problem := finding.problem or study.window_problem():
        return rows.skip_rest(problem).frame()
    recent = finding.within(study.window_start, study.end)
    grid = grid_of(study)
    if untold := untold_between(study, study.window_start, study.end):
        rows.skip("offensives_in_window", untold)
    else:
        rows.add(
            "offensives_in_window", len(recent), low=min(grid["value"].min(), len(recent)),
            high=max(grid["value"].max(), len(recent)),
            attacks=members(study.attacks, recent), method=say("{definition}; bounds over {n} definitions",
                definition=str(definition), n=len(grid)),
        )  # fmt: skip
    operations = operations_of(study)
    starts = operations["date_start"]
    n_recent = _operations_between(study, operations, study.window_start, study.end)
    attacks = study.attacks_in(study.window_start, study.end)
    rows.add("operations_in_window", n_recent, attacks=attacks)
    if problem := study.baseline_problem():
        return rows.skip_rest(problem, baseline=True).frame()
    earlier = finding.within(study.baseline_start, study.window_start)
    if untold := untold_between(study, study.baseline_start, study.window_start):
        rows.skip("offensives_in_baseline", untold, span="baseline")
    else:
        rows.add(
            "offensives_in_baseline", len(earlier), attacks=members(study.attacks, earlier), method=str(definition),
            span="baseline"
        )  # fmt: skip
    n_earlier = _operations_between(study, operations, study.baseline_start, study.window_start)
    if n_earlier == 0:
        return rows.skip_rest(
            say("the baseline holds no operation, and a ratio over zero is not a number"), baseline=True
        ).frame()
    baseline_days = (study.window_start - study.baseline_start) // DAY
    level = study.settings.level
    ratio = compare_periods(n_recent, study.settings.window_days, n_earlier, baseline_days, level=level)
    both = study.attacks_in(study.baseline_start, study.end)
    rows.add(
        "operation_rate_ratio", ratio.ratio, low=ratio.low, high=ratio.high, level=level, attacks=both, baseline=True
    )
    rows.add("operation_rate_ratio_p", ratio.p_value, attacks=both, baseline=True)
    if min(n_recent, n_earlier) < MIN_OPERATIONS:
        return rows.skip_rest(
            say(
                "operations number {recent} in the window and {earlier} in the baseline, and a comparison of sizes"
                " needs {least} in each",
                recent=n_recent,
                earlier=n_earlier,
                least=MIN_OPERATIONS,
            ),
            baseline=True,
        ).frame()
    inside = starts.ge(study.baseline_start)
    sizes, recent = operations.loc[inside, "n_attacks"].to_numpy(), starts[inside].ge(study.window_start).to_numpy()
    low, high, p_value = _compare_sizes(sizes[recent], sizes[~recent], level=level, seed=study.settings.seed)
    value = sizes[recent].mean() / sizes[~recent].mean()
    bounded = level if np.isfinite(low) else np.nan
    rows.add("operation_size_ratio", value, low=low, high=high, level=bounded, attacks=both, baseline=True)
    rows.add("operation_size_ratio_p", p_value, attacks=both, baseline=True)
    return rows.frame()


def _add_linking(rows: IndicatorRows, study: Study, definition: Definition) -> None:
    agreement = agreement_of(study)
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
            rows.skip(f"linking_{name}", chosen["reason"], span="history")


def _add_coordination(rows: IndicatorRows, study: Study, found: Coordination) -> None:
    of_rows: Any = {"attacks": study.attacks[linkable(study.attacks)], "span": "history"}
    drawn = say("exact mean of dates drawn anew within attacker and month; bounds from {n} draws", n=found.n_redraws)
    bounds: Any = {"low": found.low, "high": found.high, "level": 0.95}
    rows.add("multi_site_days", found.observed, **of_rows)
    rows.add("multi_site_days_expected", found.expected, **bounds, **of_rows, method=drawn)
    rows.add("multi_site_days_p", found.p_value, **of_rows)


def _compare_sizes(recent: np.ndarray, earlier: np.ndarray, *, level: float, seed: int) -> tuple[float, float, float]:
    """Return bootstrap bounds of the ratio of mean sizes and its two-sided permutation p-value.

    Sizes that are all equal, as of few operations, say nothing of how much they vary: there are then no bounds.
    """
    generator = np.random.default_rng(seed)
    pooled = np.concatenate([recent, earlier]).astype(float)
    total, n = pooled.sum(), len(recent)
    dealt = generator.permuted(np.tile(pooled, (N_PERMUTATIONS, 1)), axis=1)[:, :n].sum(axis=1)
    # Means differ by as much as the sum of the window's sizes differs from its share.
    far = np.abs(dealt - total * n / len(pooled)) >= np.abs(recent.sum() - total * n / len(pooled)) - 1e-9
    if np.ptp(recent) and np.ptp(earlier):
        drawn = [generator.choice(part, (N_REDRAWS, len(part))).mean(axis=1) for part in (recent, earlier)]
        low, high = np.quantile(drawn[0] / drawn[1], [(1 - level) / 2, (1 + level) / 2])
    else:
        low = high = np.nan
    return float(low), float(high), float((1 + far.sum()) / (1 + N_PERMUTATIONS))


def operations_of(study: Study) -> pd.DataFrame:
    """Return each operation's ``date_start``, ``n_attacks`` and, of an attack that cannot be linked and is an operation
    of its own, the ``row``, else -1; such a one starts on the day on which it counts as a whole."""
    definition = definition_of(study)
    labels = link_attacks(study.attacks, max_gap_days=definition.max_gap_days, max_km=definition.max_km)
    alone = labels < 0
    linked = study.attacks.loc[~alone].groupby(labels[~alone])["date_start"]
    return pd.DataFrame(
        {
            "date_start": pd.concat([linked.min(), study.whole_days[alone]], ignore_index=True),
            "n_attacks": [*linked.size(), *([1] * int(alone.sum()))],
            "row": [*([-1] * linked.ngroups), *np.flatnonzero(alone)],
        }
    )


def _operations_between(study: Study, operations: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> int:
    """Count the operations that began in the days ``[start, end)``, attacks of their own by their shares."""
    row, began = operations["row"].to_numpy(), operations["date_start"]
    linked = began[row < 0].between(start, end, inclusive="left").sum()
    return int(linked) + round(study.shares_between(start, end)[row[row >= 0]].sum())


def operation_starts(study: Study) -> pd.Series:
    """Return the first day of each operation; see `operations_of`."""
    return operations_of(study)["date_start"]


def members(attacks: pd.DataFrame, offensives: pd.DataFrame) -> pd.DataFrame:
    """Return the attacks that offensives consist of."""
    ids = {name for names in offensives["incident_ids"] for name in names}
    return attacks[attacks["incident_id"].isin(ids)]


# What ``study.offensives`` holds as tables.
TABLES = (
    Table("offensives", "The offensives, by first day.", lambda study: offensives_of(study).offensives,
        because="offensives_in_window", nothing=message("no attacks meet the definition of an offensive")),
    Table("definitions", "How many offensives the window holds under each definition.", grid_of),
    Table("agreement", "How well each linking rule agrees with reported waves.", agreement_of),
)  # fmt: skip
