"""Does one attack bring the next?

Are attacks that are near in space also near in time, more often than if the days were dealt to them at random; is there
a place with more of late than its share; and how many attacks follow from an earlier one? Only baseline and window are
looked at: over a longer history the places fought over change for good, which also looks like closeness. Clustering is
not cause: operations, seasons and uneven reporting cluster too.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study
from analysis.language import message, say, say_count
from analysis.measures.linking import MAX_DATING_DAYS, site_of
from analysis.measures.offensives import offensives_of, operation_starts
from analysis.measures.placing import located_of
from analysis.measures.reliability import trend_problem
from analysis.measures.result import (
    COMPUTED,
    Basis,
    IndicatorRows,
    Measure,
    Table,
    clauses,
    ids_of,
    row_tail,
)
from analysis.statistics import point_process, space_time

QUESTION = "contagion"
# The limits of "near", fixed beforehand: a day's drive on bad roads, and two weeks. Same-day pairs are coordination,
# not contagion.
NEAR_KM, NEAR_DAYS = 25.0, 14
KM_EDGES = (1.0, 10.0, 25.0, 50.0, 100.0)
DAY_EDGES = (0, 7, 14, 30, 60)
SCAN_KM, MAX_SCAN_DAYS = 100.0, 90
MIN_ATTACKS = 10
N_DRAWS = 999
# Above this many attacks fewer draws keep a report quick.
MANY_ATTACKS, FEW_DRAWS = 1000, 199
# Above so many comparisons of pairs in all draws the tests are made on a random sample of the attacks, and say so.
MOST_COMPARISONS = 500_000_000
# Above so many events on daily data the order within a day, which nobody knows, is most of what a self-exciting process
# would be fitted to.
MOST_EVENTS = 25_000
# Daily data are spread over their day so often, with other seeds.
N_SPREADS = 5
N_SIMULATIONS = 199
FEW_EVENTS = {
    "operations": message(
        "operations in baseline and window number {n}, and a self-exciting process needs at least {needed}"
    ),
    "attacks": message(
        "attacks in baseline and window number {n}, and a self-exciting process needs at least {needed}"
    ),
}
MANY_EVENTS = {
    "operations": message(
        "{n} operations in baseline and window are more than {most}: dated to days, most of their order is unknown"
    ),
    "attacks": message(
        "{n} attacks in baseline and window are more than {most}: dated to days, most of their order is unknown"
    ),
}
FITTED = {
    "operations": message("{n} operations; widest of {times} spreadings of days"),
    "attacks": message("{n} attacks; widest of {times} spreadings of days"),
}
KNOX = "Knox 1964, Appl Stat 13:25"
TOWNSLEY = "Townsley, Homel & Chaseling 2003, Br J Criminol 43:615"
KULLDORFF = "Kulldorff et al. 2005, PLoS Med 2:e59"
OGATA = "Hawkes 1971, Biometrika 58:83; Ogata 1988, J Am Stat Assoc 83:9"

MEASURES = (
    Measure("knox_ratio", "ratio",
        f"Pairs of attacks within {NEAR_KM:g} km and {NEAR_DAYS} days, the same day among them, "
        "over those expected.", message("permutation of days"), KNOX),
    Measure("knox_p", "probability", "Chance of as many such pairs if days were dealt at random.",
        message("permutation of days"), KNOX),
    Measure("near_repeat_pairs", "pairs", f"Pairs of attacks within {NEAR_KM:g} km, the later 1 to {NEAR_DAYS} days "
        "after the earlier.", message("count"), TOWNSLEY),
    Measure("near_repeat_expected", "pairs", "The same if days were dealt at random.",
        message("exact mean over permutations of days"), TOWNSLEY),
    Measure("near_repeat_ratio", "ratio", "Observed over expected pairs: above 1 where an attack is followed by others "
        "nearby.", message("permutation of days"), TOWNSLEY),
    Measure("near_repeat_p", "probability", "Chance of as many such pairs if days were dealt at random.",
        message("permutation of days"), TOWNSLEY),
    Measure("near_repeat_table_p", "probability",
        "The least p of any cell of the near-repeat table but those of the same day, corrected for all cells.",
        message("permutation of days, largest standardised excess"),
        "Westfall & Young 1993, Resampling-Based Multiple Testing"),
    Measure("scan_cluster_attacks", "attacks", "Attacks in the circle with most above its share in the last days.",
        message("prospective space-time permutation scan"), KULLDORFF),
    Measure("scan_cluster_expected", "attacks", "Attacks that the totals of the place and of the days would put there.",
        message("prospective space-time permutation scan"), KULLDORFF),
    Measure("scan_p", "probability", "Chance that the best circle and span of a random order of days does as well.",
        message("prospective space-time permutation scan"), KULLDORFF),
    Measure("scan_recurrence", "days", "If the scan is run each day, so strong a cluster comes by chance once in so "
        "many days.", message("prospective space-time permutation scan"), KULLDORFF),
    Measure("branching_ratio", "attacks per attack", "Attacks that one attack brings on directly; also the share that "
        "earlier ones brought on.", message("self-exciting process, exponential kernel, maximum likelihood"), OGATA),
    Measure("excitation_delay", "days", "Mean delay from an attack to those that it brings on.",
        message("self-exciting process, exponential kernel, maximum likelihood"), OGATA),
    Measure("excitation_p", "probability", "Chance of as clear a gain over a constant rate if there were one. A trend "
        "gains as well.", message("likelihood ratio against {n} simulated constant rates"),
        "Davies 1987, Biometrika 74:33", {"n": N_SIMULATIONS}),
    Measure("excitation_fit_p", "probability", "Small where the self-exciting process does not fit either.",
        message("Kolmogorov-Smirnov test of rescaled gaps"), OGATA),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Closeness:
    """The located and dated attacks of baseline and window, and what they show; ``problem`` says why nothing can be
    shown.

    ``attacks`` are those that the tests of closeness look at: all of ``placed``, or a random sample of them where they
    are too many.
    """

    attacks: pd.DataFrame
    placed: pd.DataFrame
    n_left_out: int
    knox: space_time.KnoxTest | None = None
    later: space_time.NearRepeats | None = None
    table: space_time.NearRepeats | None = None
    problem: str = ""

    @property
    def sampled(self) -> str:
        """What share of the attacks the tests look at, in words; nothing where they look at all."""
        if len(self.attacks) == len(self.placed):
            return ""
        return say("a random sample of {n} of {total} attacks", n=len(self.attacks), total=len(self.placed))


@kept_on_study
def closeness_of(study: Study) -> Closeness:
    """Test a study's attacks for closeness in space and time, once.

    Attacks are used if they are placed well enough for geometry (see `placing.place_attacks`) and dated to at most
    three days.
    """
    located = located_of(study)
    inside = study.whole_days.ge(study.baseline_start)
    placed = located.within(study.baseline_start, study.end)
    dated = placed[_dated(placed)].reset_index(drop=True)
    left_out = int(inside.sum()) - len(dated)
    attacks = _sampled(dated, study)
    problem = located.problem or study.window_problem()
    if not problem and len(attacks) < MIN_ATTACKS:
        problem = say_count(
            "{n} [attack is|attacks are] both located and dated well enough; closeness needs at least {needed}",
            len(attacks),
            needed=MIN_ATTACKS,
        )
    if problem:
        return Closeness(attacks, dated, left_out, problem=problem)
    x, y, days = _points(attacks, study)
    options = {"n_permutations": _draws(attacks), "seed": study.settings.seed}
    return Closeness(
        attacks,
        dated,
        left_out,
        knox=space_time.knox_test(x, y, days, max_km=NEAR_KM, max_days=NEAR_DAYS, **options),
        later=space_time.near_repeat_table(x, y, days, km_edges=[NEAR_KM], day_edges=[0, NEAR_DAYS], **options),
        table=space_time.near_repeat_table(x, y, days, km_edges=KM_EDGES, day_edges=DAY_EDGES, **options),
    )


@kept_on_study
def near_repeats_of(study: Study) -> pd.DataFrame:
    """Return pairs of attacks by bands of distance and of time, against days dealt at random.

    Returns
    -------
    pandas.DataFrame
        One row per cell: ``km_low, km_high, days_low, days_high, observed, expected, p_value, p_corrected`` and the
        tail; ``value`` is observed over expected, and ``p_corrected`` takes all cells together. The first band of time
        is the same day.
    """
    close = closeness_of(study)
    rows = []
    for i, km_high in enumerate(KM_EDGES):
        for j, days_high in enumerate(DAY_EDGES):
            table = close.table
            expected = np.nan if table is None else float(table.expected[i, j])
            reason = close.problem or ("" if expected > 0 else say("no pair is expected in this cell"))
            rows.append(
                {
                    "km_low": 0.0 if i == 0 else KM_EDGES[i - 1],
                    "km_high": km_high,
                    "days_low": 0 if j == 0 else DAY_EDGES[j - 1] + 1,
                    "days_high": days_high,
                    "observed": np.nan if table is None else float(table.observed[i, j]),
                    "expected": expected,
                    "p_value": np.nan if table is None else float(table.p_value[i, j]),
                    "p_corrected": np.nan if table is None else float(table.p_corrected[i, j]),
                    **row_tail(
                        np.nan if reason or table is None else table.ratio[i, j],
                        method=_how(close),
                        ids=ids_of(close.attacks),
                        reason=reason,
                    ),
                }
            )
    return pd.DataFrame(rows)


@kept_on_study
def scan_of(study: Study) -> tuple[space_time.PermutationScan | None, str]:
    """Scan the last days for circles with more attacks than their share, once; and the reason where that cannot be
    done."""
    close = closeness_of(study)
    if close.problem:
        return None, close.problem
    x, y, days = _points(close.placed, study)
    found = space_time.permutation_scan_points(
        x, y, days, end_day=float((study.end - study.baseline_start) // DAY - 1), max_km=SCAN_KM,
        max_days=scan_days(study),
        n_simulations=_draws(close.placed), seed=study.settings.seed,
    )  # fmt: skip
    if not found.clusters:
        return None, say("no circle holds more attacks of late than its share")
    return found, ""


def scan_days(study: Study) -> int:
    """Return the longest span that the scan looks back over: the window, at most ``MAX_SCAN_DAYS``."""
    return min(study.settings.window_days, MAX_SCAN_DAYS)


@kept_on_study
def clusters_of(study: Study) -> pd.DataFrame:
    """Return the circles with more attacks of late than their share, the strongest first.

    Returns
    -------
    pandas.DataFrame
        ``place`` (of the centre), ``latitude, longitude, radius_km, period_start, period_end`` (exclusive), ``expected,
        ratio, p_value, recurrence_days`` and the tail; ``value`` is the number of attacks. One row with the reason
        where there is none.
    """
    found, reason = scan_of(study)
    attacks = closeness_of(study).placed
    scanned = say(
        "space-time permutation scan, circles up to {km:g} km, last {days} days", km=SCAN_KM, days=scan_days(study)
    )
    method = clauses(scanned, _joined(found))
    if found is None:
        unknown = ("radius_km", "expected", "ratio", "p_value", "recurrence_days")
        nowhere = {"place": "", "latitude": np.nan, "longitude": np.nan, "radius_km": np.nan}
        nowhere |= {"period_start": pd.NaT, "period_end": pd.NaT} | dict.fromkeys(unknown, np.nan)
        return pd.DataFrame([nowhere | row_tail(method=method, ids=[], reason=reason)])
    rows = []
    for cluster in found.clusters:
        centre = attacks.iloc[cluster.centre]
        members = attacks.iloc[list(cluster.members)]
        rows.append(
            {
                "place": site_of(attacks.iloc[[cluster.centre]]).iloc[0],
                "latitude": centre["latitude"],
                "longitude": centre["longitude"],
                "radius_km": cluster.radius_km,
                "period_start": study.end - cluster.n_periods * DAY,
                "period_end": study.end,
                "expected": cluster.expected,
                "ratio": cluster.observed / cluster.expected,
                "p_value": cluster.p_value,
                "recurrence_days": cluster.recurrence_interval,
                **row_tail(cluster.observed, method=method, ids=members["incident_id"].tolist()),
            }
        )
    return pd.DataFrame(rows)


@dataclass(frozen=True, eq=False)
class Excitation:
    """A self-exciting process fitted to daily data spread over their days several times: medians, and the widest
    bounds."""

    branching_ratio: float = np.nan
    low: float = np.nan
    high: float = np.nan
    delay_days: float = np.nan
    p_value: float = np.nan
    fit_p_value: float = np.nan
    counted: str = ""
    n_events: int = 0
    caution: str = ""
    problem: str = ""


@kept_on_study
def excitation_of(study: Study) -> Excitation:
    """Fit a self-exciting process to the starts of operations of baseline and window (of attacks, where they cannot be
    linked), once.

    Attacks of one operation are one event, as its simultaneous attacks do not bring on one another. It is not computed
    where recording is known to have changed: a change of rate looks like excitation.
    """
    if problem := trend_problem(study) or study.window_problem():
        return Excitation(problem=problem)
    linked = not offensives_of(study).problem
    sharp = study.attacks[_dated(study.attacks)]
    starts = operation_starts(study) if linked else sharp["date_start"]
    starts = starts[starts.isin(sharp["date_start"])] if linked else starts
    starts = starts[starts.ge(study.baseline_start) & starts.lt(study.end)]
    days = np.sort(((starts - study.baseline_start) // DAY).to_numpy())
    horizon = float((study.end - study.baseline_start) // DAY)
    counted = "operations" if linked else "attacks"
    n = int(days.size)
    if n < point_process.MIN_EVENTS:
        few = say(FEW_EVENTS[counted], n=n, needed=point_process.MIN_EVENTS)
        return Excitation(n_events=n, counted=counted, problem=few)
    if n > MOST_EVENTS:
        return Excitation(n_events=n, counted=counted, problem=say(MANY_EVENTS[counted], n=n, most=MOST_EVENTS))
    level, seed = study.settings.level, study.settings.seed
    spread = [point_process.spread_within_day(days, seed=seed + number) for number in range(N_SPREADS)]
    fits = [point_process.fit_hawkes(times, horizon=horizon, level=level, resolution=1.0) for times in spread]
    if failed := [fit.reason for fit in fits if fit.status != COMPUTED or not fit.converged]:
        unsettled = say("the likelihood has no maximum in the range of delays that the record can tell")
        return Excitation(n_events=n, counted=counted, problem=failed[0] or unsettled)
    test = point_process.excitation_test(spread[0], horizon=horizon, n_simulations=N_SIMULATIONS, seed=seed)
    delays = [1 / fit.decay for fit in fits if fit.branching_ratio > 0]
    cautions = dict.fromkeys(caution for fit in fits for caution in fit.cautions)
    return Excitation(
        branching_ratio=float(np.median([fit.branching_ratio for fit in fits])),
        low=min(fit.low for fit in fits),
        high=max(fit.high for fit in fits),
        delay_days=float(np.median(delays)) if delays else np.nan,
        p_value=test.p_value,
        fit_p_value=float(np.median([fit.ks_p_value for fit in fits])),
        counted=counted,
        n_events=n,
        caution=clauses(*cautions),
    )


@in_its_language
def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    close = closeness_of(study)
    if close.knox is None or close.later is None or close.table is None:
        rows.skip([measure.name for measure in MEASURES[:7]], close.problem, baseline=True)
    else:
        _add_closeness(rows, close, close.knox, close.later, close.table)
    _add_scan(rows, study)
    _add_excitation(rows, study)
    return rows.frame()


def _add_closeness(
    rows: IndicatorRows,
    close: Closeness,
    knox: space_time.KnoxTest,
    later: space_time.NearRepeats,
    table: space_time.NearRepeats,
) -> None:
    on: Basis = {"attacks": close.attacks, "baseline": True}
    left_out = say_count("{n} [attack is|attacks are] located or dated too roughly", close.n_left_out)
    left = clauses(_how(close), left_out)
    pairs = say("{n} pairs, {expected:.3g} expected", n=knox.close_pairs, expected=knox.expected)
    nothing = say("no pair is close in space, or none in time: nothing to compare with")
    rows.add("knox_ratio", knox.ratio, method=clauses(pairs, left), otherwise=nothing, **on)
    rows.add("knox_p", knox.p_value, **on)
    rows.add("near_repeat_pairs", float(later.observed[0, 1]), method=left, **on)
    rows.add("near_repeat_expected", float(later.expected[0, 1]), **on)
    rows.add("near_repeat_ratio", float(later.ratio[0, 1]), otherwise=say("no pair is expected so near"), **on)
    rows.add("near_repeat_p", float(later.p_value[0, 1]), **on)
    rows.add("near_repeat_table_p", float(table.p_corrected[:, 1:].min()), **on)


def _add_scan(rows: IndicatorRows, study: Study) -> None:
    found, reason = scan_of(study)
    names = ("scan_cluster_attacks", "scan_cluster_expected", "scan_p", "scan_recurrence")
    if found is None:
        rows.skip(names, reason, baseline=True)
        return
    best = found.clusters[0]
    row = clusters_of(study).iloc[0]
    members = closeness_of(study).placed.iloc[list(best.members)]
    where = say_count(
        "{km:.0f} km around {place}, last [day|{n} days]", best.n_periods, km=row["radius_km"], place=row["place"]
    )
    detail = {"place": row["place"], "radius_km": float(row["radius_km"]), "days": int(best.n_periods)}
    on = {"attacks": members, "baseline": True}
    rows.add(names[0], best.observed, method=clauses(where, _joined(found)), detail=detail, **on)
    rows.add(names[1], best.expected, **on)
    rows.add(names[2], best.p_value, **on)
    rows.add(names[3], best.recurrence_interval, **on)


def _add_excitation(rows: IndicatorRows, study: Study) -> None:
    found = excitation_of(study)
    names = ("branching_ratio", "excitation_delay", "excitation_p", "excitation_fit_p")
    if found.problem:
        rows.skip(names, found.problem, baseline=True)
        return
    on = {"attacks": study.whole_attacks(study.baseline_start, study.end), "baseline": True}
    based_on = say(FITTED[found.counted], n=found.n_events, times=N_SPREADS)
    rows.add(
        names[0], found.branching_ratio, low=found.low, high=found.high, level=study.settings.level,
        method=clauses(based_on, found.caution),
        detail={"events": found.n_events, "counted": found.counted}, **on,
    )  # fmt: skip
    rows.add(names[1], found.delay_days, otherwise=say("no excitation is found, so there is no delay"), **on)
    rows.add(names[2], found.p_value, **on)
    rows.add(names[3], found.fit_p_value, **on)


def _dated(attacks: pd.DataFrame) -> pd.Series:
    """Return which attacks are dated to at most three days."""
    days = (attacks["date_end"] - attacks["date_start"]) // DAY + 1
    return days.le(MAX_DATING_DAYS) & ~attacks["date_precision"].astype("str").isin(("week", "month", "year"))


def _points(attacks: pd.DataFrame, study: Study) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    days = ((attacks["date_start"] - study.baseline_start) // DAY).to_numpy(dtype=float)
    return attacks["x_km"].to_numpy(), attacks["y_km"].to_numpy(), days


def _sampled(attacks: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return the attacks, or as many of them, drawn at random, as the tests of closeness can compare in bounded time
    and memory."""
    days = ((attacks["date_start"] - study.baseline_start) // DAY).to_numpy(dtype=float)
    comparisons = space_time.close_in_time(days, DAY_EDGES[-1]) * _draws(attacks)
    if comparisons <= MOST_COMPARISONS:
        return attacks
    size = int(len(attacks) * np.sqrt(MOST_COMPARISONS / comparisons))
    chosen = np.random.default_rng(study.settings.seed).choice(len(attacks), size, replace=False)
    return attacks.iloc[np.sort(chosen)].reset_index(drop=True)


def _how(close: Closeness) -> str:
    return clauses(say("{n} permutations of days", n=_draws(close.attacks)), close.sampled)


def _joined(found: space_time.PermutationScan | None) -> str:
    return say("places within {km:g} km taken as one", km=found.joined_km) if found and found.joined_km else ""


def _draws(attacks: pd.DataFrame) -> int:
    return N_DRAWS if len(attacks) <= MANY_ATTACKS else FEW_DRAWS


# What ``study.contagion`` holds as tables.
TABLES = (
    Table("near_repeats", "Pairs of attacks by distance and delay, observed and expected.", near_repeats_of,
        because="knox_p"),
    Table("clusters", "Where attacks gather of late.", clusters_of, because="scan_p",
        nothing=message("attacks gather nowhere of late")),
)  # fmt: skip
