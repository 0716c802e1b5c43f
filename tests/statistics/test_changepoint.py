"""Change points of counts."""

import gzip
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from analysis.statistics import changepoint
from analysis.statistics.changepoint import estimate_dispersion, pelt

ORACLE = json.loads(gzip.decompress((Path(__file__).parent / "oracles" / "changepoint_R.json.gz").read_bytes()))
NAMES = {"BIC": "bic", "SIC": "sic", "MBIC": "mbic"}
EXACT_RUNS = [run for run in ORACLE["runs"] if run["penalty"] != "MBIC"]
MBIC_RUNS = [run for run in ORACLE["runs"] if run["penalty"] == "MBIC"]


def cost_of(counts, edges, *, size=0.0, weight=0.0):
    """Cost of a segmentation straight from the definition."""
    total = 0.0
    for begin, end in pairwise(edges):
        events, length = counts[begin:end].sum(), end - begin
        mean = events / length
        if events and size:
            total += 2 * (events + length * size) * np.log(1 + mean / size) - 2 * events * np.log(mean / size)
        elif events:
            total += -2 * events * np.log(mean)
        total += weight * np.log(length)
    return total


def best_by_dynamic_programme(counts, penalty, min_size, **costs):
    """Least penalised cost over all segmentations, nothing pruned."""
    n = len(counts)
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    for end in range(min_size, n + 1):
        starts = [start for start in range(end - min_size + 1) if start == 0 or start >= min_size]
        best[end] = min(best[start] + cost_of(counts, [start, end], **costs) + penalty for start in starts)
    return best[n]


def penalised(counts, found, **costs):
    edges = [0, *found.change_points, len(counts)]
    return cost_of(counts, edges, **costs) + found.penalty * len(found.change_points)


@pytest.mark.parametrize("run", EXACT_RUNS, ids=lambda run: f"{run['series']}-{run['penalty']}-{run['minseglen']}")
def test_positions_against_r_changepoint(run):
    """R changepoint 2.3, ``cpt.meanvar(x, method="PELT", test.stat="Poisson", penalty=..., minseglen=...)``: identical
    positions.
    """
    penalty = NAMES.get(run["penalty"], run["pen.value"])
    found = pelt(ORACLE["series"][run["series"]], penalty=penalty, min_size=run["minseglen"])
    assert found.penalty == pytest.approx(run["pen.value"], rel=1e-12)
    # The peer names the last period of a regime, counted from 1: the first of the next, counted from 0.
    assert found.change_points.tolist() == run["cpts"]


@pytest.mark.parametrize("run", MBIC_RUNS, ids=lambda run: f"{run['series']}-{run['minseglen']}")
def test_mbic_is_never_beaten_by_r_changepoint(run):
    """R changepoint 2.3, ``penalty="MBIC"``, whose pruning may drop the optimum: same penalty, and our cost is no
    larger than its.
    """
    counts = np.array(ORACLE["series"][run["series"]])
    found = pelt(counts, penalty="mbic", min_size=run["minseglen"])
    assert found.penalty == pytest.approx(run["pen.value"], rel=1e-12)
    peer = cost_of(counts, [0, *run["cpts"], counts.size], weight=1.0) + found.penalty * len(run["cpts"])
    ours = penalised(counts, found, weight=1.0)
    assert ours <= peer + 1e-8 * abs(peer)
    assert abs(len(found.change_points) - len(run["cpts"])) <= 1


@pytest.mark.parametrize("min_size", [1, 2, 5, 9])
@pytest.mark.parametrize(
    "options",
    [
        {"penalty": "bic"},
        {"penalty": 1.0},
        {"penalty": "mbic"},
        {"penalty": "aic", "cost": "negative_binomial", "dispersion": 0.4},
    ],
    ids=str,
)
def test_search_is_exact(min_size, options):
    generator = np.random.default_rng(min_size)
    costs = {"size": 1 / options["dispersion"]} if "dispersion" in options else {}
    costs |= {"weight": 1.0} if options["penalty"] == "mbic" else {}
    for n in (9, 17, 60):
        counts = generator.poisson(np.repeat(generator.gamma(1, 4, 6), 10)[:n])
        found = pelt(counts, min_size=min_size, **options)
        assert np.diff([0, *found.change_points, n]).min() >= min_size
        assert penalised(counts, found, **costs) == pytest.approx(
            best_by_dynamic_programme(counts, found.penalty, min_size, **costs), rel=1e-10, abs=1e-9
        )


def test_compiled_and_plain_search_agree(monkeypatch):
    counts = np.random.default_rng(3).poisson(np.repeat([1.0, 5.0, 2.0], 80))
    plain = {cost: pelt(counts, cost=cost) for cost in changepoint.COSTS}
    monkeypatch.setattr(changepoint, "FEW_PERIODS", 0)
    for cost, expected in plain.items():
        assert pelt(counts, cost=cost).change_points.tolist() == expected.change_points.tolist()


def test_by_hand():
    # Six quiet weeks, then six of 8: the change is at index 6, the first week of the new regime.
    found = pelt([0] * 6 + [8] * 6)
    assert found.change_points.tolist() == [6]
    assert found.rates.tolist() == [0.0, 8.0]
    # Cost: nothing for zeros, -2 * 48 ln 8 for the rest. Penalty 2 ln 12.
    assert found.cost == pytest.approx(-96 * np.log(8))
    assert found.penalty == pytest.approx(2 * np.log(12))
    assert found.dispersion == 0.0


@pytest.mark.parametrize("cost", ["poisson", "negative_binomial"])
@pytest.mark.parametrize("counts", [[0] * 50, [4] * 50, [3], [2, 9, 1]], ids=["zero", "constant", "one", "short"])
def test_series_without_a_change(counts, cost):
    found = pelt(counts, cost=cost, min_size=2)
    assert found.change_points.size == 0
    assert found.change_points.dtype.kind == "i"
    assert found.rates.tolist() == [np.mean(counts)]


@pytest.mark.parametrize(("n", "min_size"), [(5, 5), (5, 9), (9, 5), (1, 2)])
def test_series_shorter_than_two_regimes(n, min_size):
    assert pelt([0, 90, 0, 90, 0, 90, 0, 90, 0][:n], min_size=min_size).change_points.size == 0


def test_negative_binomial_nears_poisson_as_the_dispersion_vanishes():
    counts = ORACLE["series"]["C116_Adm_1450"]
    nearly = pelt(counts, cost="negative_binomial", dispersion=1e-7)
    assert nearly.change_points.tolist() == pelt(counts).change_points.tolist()
    assert pelt(counts, cost="negative_binomial", dispersion=0.0).cost == pelt(counts).cost


def test_overdispersed_counts_need_the_negative_binomial():
    """Stationary counts of mean 5, dispersion .5: changes found where none is, over 20 series of 200 weeks."""
    generator = np.random.default_rng(4)
    found = {cost: 0 for cost in changepoint.COSTS}
    for counts in generator.negative_binomial(2.0, 2.0 / 7.0, (20, 200)):
        for cost in found:
            found[cost] += pelt(counts, cost=cost).change_points.size > 0
    assert found["poisson"] >= 19
    assert found["negative_binomial"] <= 5


def test_dispersion_is_estimated_across_changes_of_level():
    generator = np.random.default_rng(5)
    mean = np.repeat([3.0, 30.0, 8.0], 2000)
    counts = generator.negative_binomial(2.5, 2.5 / (2.5 + mean))
    assert estimate_dispersion(counts) == pytest.approx(0.4, abs=0.06)
    assert estimate_dispersion(generator.poisson(mean)) < 0.02
    assert estimate_dispersion([5]) == estimate_dispersion([0, 7, 0]) == 0.0


def test_a_real_change_is_found_despite_overdispersion():
    generator = np.random.default_rng(6)
    mean = np.repeat([3.0, 15.0], 60)
    counts = generator.negative_binomial(3.0, 3.0 / (3.0 + mean))
    found = pelt(counts, cost="negative_binomial", min_size=4)
    assert len(found.change_points) == 1
    assert abs(found.change_points[0] - 60) <= 3


def test_a_larger_penalty_gives_no_more_changes():
    counts = ORACLE["series"]["C076_Adm_0928"]
    numbers = [
        len(pelt(counts, penalty=penalty).change_points) for penalty in ("aic", "hannan-quinn", "bic", 30.0, 300.0)
    ]
    assert numbers == sorted(numbers, reverse=True)


def test_relabelling_time_backwards_mirrors_the_changes():
    counts = np.array(ORACLE["series"]["cp_1000"])
    forward, backward = pelt(counts).change_points, pelt(counts[::-1]).change_points
    assert (counts.size - backward[::-1]).tolist() == forward.tolist()


@pytest.mark.parametrize(
    ("counts", "options", "words"),
    [
        ([1, np.nan, -2, 3], {}, r"2 of 4 counts are missing, negative or not whole \(periods 1, 2; first nan\)"),
        ([1.5, 2], {}, "1 of 2 counts"),
        ([1, np.inf], {}, "1 of 2 counts"),
        ([], {}, "at least one count"),
        ([[1, 2]], {}, "one series"),
        ([1, 2], {"cost": "normal"}, "poisson, negative_binomial"),
        ([1, 2], {"penalty": "ric"}, "expected a number or one of bic"),
        ([1, 2], {"penalty": -1.0}, "at least 0"),
        ([1, 2], {"min_size": 0}, "at least 1"),
        ([1, 2], {"dispersion": 0.5}, "belongs to"),
        ([1, 2], {"cost": "negative_binomial", "dispersion": -0.5}, "at least 0"),
    ],
)
def test_pelt_refuses(counts, options, words):
    with pytest.raises(ValueError, match=words):
        pelt(counts, **options)
