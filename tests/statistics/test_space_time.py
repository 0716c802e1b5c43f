"""Closeness in space and time: Knox test, near-repeat table, permutation scans."""

import gzip
import json
from itertools import permutations
from math import log
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from analysis.statistics import closeness, space_time, space_time_scan
from analysis.statistics.space_time import (
    knox_test,
    near_repeat_table,
    nearest_zones,
    permutation_scan,
    permutation_scan_points,
)

ORACLES = Path(__file__).parent / "oracles"
POINTS = pd.read_csv(ORACLES / "st_1000.csv.gz")
KNOX = pd.read_csv(ORACLES / "knox_surveillance_1000.csv")
BY_TIME = json.loads((ORACLES / "knox_time_permutation.json").read_text())["1000"]
SPLANCS = json.loads((ORACLES / "splancs_stkhat_1000.json").read_text())
SCAN = json.loads((ORACLES / "scanstatistics_permutation.json").read_text())
COUNTS = pd.read_csv(ORACLES / "scan_counts_52x150.csv.gz").to_numpy()
ZONES = [
    tuple(area - 1 for area in zone)
    for zone in json.loads(gzip.decompress((ORACLES / "scan_zones_knn15.json.gz").read_bytes()))
]


def random_events(generator, n, days=300, side=100.0):
    return generator.uniform(0, side, n), generator.uniform(0, side, n), generator.integers(0, days, n)


def clustered_events(generator, n, days=300, side=100.0):
    """Half of the events within 3 km and 5 days of another."""
    x, y, t = random_events(generator, n // 2, days, side)
    return (
        np.concatenate([x, x + generator.uniform(-2, 2, x.size)]),
        np.concatenate([y, y + generator.uniform(-2, 2, x.size)]),
        np.concatenate([t, t + generator.integers(0, 5, x.size)]),
    )


@pytest.mark.parametrize("row", list(KNOX.itertuples(index=False)), ids=lambda row: f"{row[1]}d-{row[2]}km")
def test_pairs_against_r_surveillance(row):
    """R surveillance 1.20.3, ``knox(dt, ds, eps.t, eps.s)``: counts exact, expectation 1e-9."""
    _, max_days, max_km, close, in_time, in_space, _, expected, _ = row
    found = knox_test(POINTS.x, POINTS.y, POINTS.t, max_km=max_km, max_days=max_days, n_permutations=1)
    assert (found.close_pairs, found.n_time_pairs, found.n_space_pairs) == (close, in_time, in_space)
    assert found.expected == pytest.approx(expected, abs=1e-9)


def test_moments_and_p_value_against_100000_permutations():
    """100,000 permutations of the times (and Barton & David's formula): sd 1 %, exact formula 1e-12; p within 4
    standard errors."""
    found = knox_test(POINTS.x, POINTS.y, POINTS.t, max_km=10, max_days=7, n_permutations=4000)
    assert found.close_pairs == BY_TIME["statistic"]
    assert found.expected == pytest.approx(BY_TIME["expected"], rel=1e-12)
    assert found.sd == pytest.approx(BY_TIME["barton_david_sd"], rel=1e-12)
    assert found.sd == pytest.approx(BY_TIME["mc_sd"], rel=0.01)
    assert found.p_value == pytest.approx(BY_TIME["mc_p"], abs=4 * np.sqrt(BY_TIME["mc_p"] / 4000))
    assert found.ratio == pytest.approx(7 / BY_TIME["expected"])


def test_pairs_against_r_splancs():
    """R splancs ``stkhat`` with edge correction: its K functions are zero where no pair is close, and only there."""
    table = near_repeat_table(
        POINTS.x, POINTS.y, POINTS.t, km_edges=SPLANCS["s"], day_edges=SPLANCS["tm"], n_permutations=1
    )
    cumulative = table.observed.cumsum(axis=0).cumsum(axis=1)
    peer = np.array(SPLANCS["kst"])
    peer = peer if peer.shape == cumulative.shape else peer.T
    assert ((cumulative == 0) == (peer == 0)).all()
    # K is area times span times twice the weighted pairs over n^2, each weight from 1 (inside) to at most 8 (at a
    # corner, at an end of time).
    sides = np.ptp(np.array(SPLANCS["poly"]), axis=0)
    unweighted = np.prod(sides) * np.diff(SPLANCS["tlimits"])[0] * 2 * cumulative / 1000**2
    met = cumulative > 0
    assert (peer[met] >= 0.98 * unweighted[met]).all()
    assert (peer[met] <= 1.2 * unweighted[met]).all()


def test_every_permutation_of_five_events():
    """120 permutations by hand of the machine: mean and standard deviation exact, pairs on the limit close."""
    x, y, t = np.array([0, 3, 6, 0, 50.0]), np.array([0, 4, 8, 5, 50.0]), np.array([0, 2, 4, 9, 2.0])

    def close(days):
        return sum(
            (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2 <= 25 and abs(days[i] - days[j]) <= 2
            for i in range(5)
            for j in range(i)
        )

    all_counts = [close(order) for order in permutations(t)]
    found = knox_test(x, y, t, max_km=5, max_days=2, n_permutations=9999, seed=1)
    assert found.close_pairs == close(t) == 2
    assert found.expected == pytest.approx(np.mean(all_counts))
    assert found.sd == pytest.approx(np.std(all_counts))
    assert found.p_value == pytest.approx(np.mean(np.array(all_counts) >= 2), abs=0.02)


@pytest.mark.parametrize("seed", [1, 2])
def test_both_ways_of_counting_agree(monkeypatch, seed):
    """Pairs close in space, and pairs close in time: the same numbers, and those of a count of all pairs."""
    generator = np.random.default_rng(seed)
    x, y, t = clustered_events(generator, 120)
    x, y = np.round(x), np.round(y)
    edges = {"km_edges": [0, 2, 5, 20], "day_edges": [0, 3, 10]}
    found = []
    for stored in (10**9, -1):
        monkeypatch.setattr(closeness, "MAX_STORED_PAIRS", stored)
        table = near_repeat_table(x, y, t, **edges, n_permutations=50, seed=seed)
        test = knox_test(x, y, t, max_km=5, max_days=3, n_permutations=50, seed=seed)
        found.append((table, test))
    by_space, by_time = found
    # Dealing places to times draws other permutations; what does not depend on them is the same.
    assert (by_time[0].observed == by_space[0].observed).all()
    assert by_time[1].close_pairs == by_space[1].close_pairs == by_space[0].observed[:3, :2].sum()
    assert by_time[1].sd == by_space[1].sd
    assert by_time[0].p_value == pytest.approx(by_space[0].p_value, abs=0.35)
    distances = np.hypot(x[:, None] - x, y[:, None] - y)[np.triu_indices(120, 1)]
    lags = np.abs(t[:, None] - t)[np.triu_indices(120, 1)]
    by_hand = np.histogram2d(distances, lags, bins=[[-1, 1e-9, 2 + 1e-9, 5 + 1e-9, 20 + 1e-9], [-1, 0.5, 3.5, 10.5]])[0]
    assert (by_space[0].observed == by_hand).all()


def test_knox_p_values_under_the_null_are_uniform():
    """150 patterns of 60 events without interaction but crowded in space and season; spread of many distinct values."""
    generator = np.random.default_rng(3)
    p = []
    for seed in range(150):
        x, y = generator.normal(0, 15, (2, 60))
        t = 100 * generator.beta(2, 5, 60)
        p.append(knox_test(x, y, t, max_km=12, max_days=12, n_permutations=99, seed=seed).p_value)
    assert kstest(p, "uniform").pvalue > 0.005
    assert np.mean(np.array(p) <= 0.05) <= 0.12


def test_interaction_is_found():
    events = clustered_events(np.random.default_rng(4), 200)
    assert knox_test(*events, max_km=3, max_days=5, n_permutations=199).p_value == 0.005
    table = near_repeat_table(*events, km_edges=[3, 10, 30], day_edges=[5, 20, 60], n_permutations=199)
    assert table.p_corrected[0, 0] == 0.005
    assert table.ratio[0, 0] > 5
    assert (table.p_corrected >= table.p_value - 1e-12).all()


def test_correction_holds_over_cells():
    """100 patterns without interaction, 12 cells: some cell below .1 corrected in one of ten (standard error 3 points),
    uncorrected far more often."""
    generator = np.random.default_rng(5)
    corrected = alone = 0
    for seed in range(100):
        table = near_repeat_table(
            *random_events(generator, 60), km_edges=[5, 10, 20, 40], day_edges=[5, 20, 60], n_permutations=49, seed=seed
        )
        corrected += table.p_corrected.min() <= 0.1
        alone += table.p_value.min() <= 0.1
    assert corrected <= 20
    assert alone > 40


def test_order_place_and_date_do_not_matter():
    x, y, t = clustered_events(np.random.default_rng(6), 80)
    order = np.random.default_rng(7).permutation(80)
    found = knox_test(x, y, t, max_km=4, max_days=6, n_permutations=9)
    moved = knox_test(x[order] + 512, y[order], t[order] + 7, max_km=4, max_days=6, n_permutations=9)
    assert (moved.close_pairs, moved.expected, moved.sd) == (found.close_pairs, found.expected, found.sd)


def test_nothing_close_is_said():
    found = knox_test([0, 100, 200, 300], [0, 0, 0, 0], [1, 2, 3, 4], max_km=5, max_days=5, n_permutations=9)
    assert (found.close_pairs, found.expected, found.sd, found.p_value) == (0, 0.0, 0.0, 1.0)
    assert np.isnan(found.ratio)
    assert "nothing to compare" in found.reason
    same = knox_test([0] * 20, [0] * 20, range(20), max_km=5, max_days=5, n_permutations=9)
    # All in one place: every permutation gives the same number.
    assert (same.sd, same.p_value, same.ratio) == (0.0, 1.0, 1.0)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_too_few_events_are_not_computed(n):
    few = [1.0] * n
    assert knox_test(few, few, few, max_km=1, max_days=1).reason == f"{n} events; at least 4 are needed"
    table = near_repeat_table(few, few, few, km_edges=[1], day_edges=[1, 2])
    assert (table.status, table.observed.shape) == ("not_computed", (1, 2))
    assert permutation_scan_points(few, few, few, end_day=9, max_km=1, max_days=2).status == "not_computed"
    assert permutation_scan([[n]], [[0]], max_periods=1).status == "not_computed"


def score_of(observed, expected, n):
    rest = (n - observed) * log((n - observed) / (n - expected)) if observed < n else 0.0
    return observed * log(observed / expected) + rest if observed > expected else 0.0


def test_scan_against_r_scanstatistics():
    """R scanstatistics, ``scan_permutation`` on the last 8 periods, 999 simulations: cluster and score 1e-6; its p,
    mean, sd and quantile by simulation."""
    found = permutation_scan(COUNTS[-8:], ZONES, max_periods=8, n_simulations=999, seed=1)
    best, peer = found.clusters[0], SCAN["MLC"]
    assert best.score == pytest.approx(peer["score"], abs=1e-6)
    assert [area + 1 for area in best.members] == peer["locations"]
    assert best.n_periods == peer["duration"]
    assert best.p_value == pytest.approx(SCAN["p"], abs=0.004)
    assert best.recurrence_interval == 1 / best.p_value
    # Two samples of 999 each: standard errors .041 (mean), .03 (sd), and about .13 (quantile).
    assert found.simulated_scores.mean() == pytest.approx(SCAN["mc_mean"], abs=0.17)
    assert found.simulated_scores.std() == pytest.approx(SCAN["mc_sd"], abs=0.12)
    assert np.quantile(found.simulated_scores, 0.95) == pytest.approx(SCAN["mc_q95"], abs=0.5)
    assert best.score == pytest.approx(score_of(best.observed, best.expected, found.n_events), rel=1e-9)


def test_nearest_zones_are_those_of_the_peer():
    """The zones of the oracle: 15 nearest on x = lon cos(mean lat) 111.195 km."""
    centroids = pd.read_csv(ORACLES / "scan_centroids_150.csv.gz")
    x = centroids.lon * np.cos(np.radians(centroids.lat.mean())) * 111.195
    zones = nearest_zones(x, centroids.lat * 111.195, n_neighbours=15)
    assert len(zones) == len(set(zones)) == len(ZONES)
    assert set(zones) == {tuple(sorted(zone)) for zone in ZONES}
    # Two areas at one place are each a zone of their own.
    assert nearest_zones([0, 0, 9], [0, 0, 0], n_neighbours=2) == [(0,), (0, 1), (1,), (2,), (0, 2)]


@pytest.mark.parametrize("seed", range(3))
def test_scan_finds_the_best_of_all_zones(seed):
    """Every zone and length by hand; also of the permutations, whose best scores no shortcut may miss."""
    generator = np.random.default_rng(seed)
    counts = generator.poisson(1.0, (9, 12))
    zones = [tuple(generator.choice(12, generator.integers(1, 5), replace=False)) for _ in range(25)] + [
        (0,),
        (0, 1),
        (0, 1, 5),
    ]

    def best(table):
        n = table.sum()
        return max(
            score_of(table[-d:, zone].sum(), table[:, zone].sum() * table[-d:].sum() / n, n)
            for zone in map(list, zones)
            for d in range(1, 5)
        )

    found = permutation_scan(counts, zones, max_periods=4, n_simulations=40, seed=seed)
    assert found.clusters[0].score == pytest.approx(best(counts), rel=1e-9)
    # Row by row: the periods of all events dealt anew, with both margins kept.
    area = np.repeat(np.tile(np.arange(12), 9), counts.ravel())
    period = np.repeat(np.repeat(np.arange(9), 12), counts.ravel())
    simulated = []
    for _ in range(120):
        table = np.zeros((9, 12), int)
        np.add.at(table, (generator.permutation(period), area), 1)
        simulated.append(best(table))
    spread = np.std(simulated)
    assert found.simulated_scores.mean() == pytest.approx(
        np.mean(simulated), abs=4 * spread * np.sqrt(1 / 40 + 1 / 120)
    )


def test_scan_p_values_under_the_null_are_uniform():
    """150 tables of independent counts with busy areas and busy periods: p below .1 in one of ten (standard error 2.4
    points).
    """
    generator = np.random.default_rng(8)
    zones = nearest_zones(*generator.uniform(0, 10, (2, 15)), n_neighbours=5)
    p = []
    for seed in range(150):
        mean = generator.gamma(1, 1, 15) * generator.gamma(4, 0.25, (10, 1))
        found = permutation_scan(generator.poisson(mean), zones, max_periods=3, n_simulations=39, seed=seed)
        p.append(found.clusters[0].p_value if found.clusters else 1.0)
    assert np.mean(np.array(p) <= 0.1) <= 0.2
    assert np.mean(p) == pytest.approx(0.5, abs=0.12)


def test_secondary_clusters_share_no_area():
    counts = np.ones((20, 10), int)
    counts[-2:, 2] += 12
    counts[-1, 7] += 9
    found = permutation_scan(
        counts, nearest_zones(np.arange(10), np.zeros(10), n_neighbours=3), max_periods=4, n_simulations=99
    )
    first, second = found.clusters[:2]
    assert (first.members, first.n_periods, first.observed) == ((2,), 2, 26)
    assert (second.members, second.n_periods, second.observed) == ((7,), 1, 10)
    assert first.p_value == 0.01 < second.p_value < 0.1
    areas = [area for cluster in found.clusters for area in cluster.members]
    assert len(areas) == len(set(areas))
    assert len(permutation_scan(counts, [(2,), (7,)], max_periods=4, n_simulations=99, max_clusters=1).clusters) == 1


def test_scan_without_excess_says_so():
    found = permutation_scan(np.ones((5, 4), int), [(0,), (1, 2)], max_periods=2, n_simulations=9)
    assert found.clusters == ()
    assert "more events of late" in found.reason
    quiet = np.vstack([np.full((4, 3), 5), np.zeros((2, 3), int)])
    assert permutation_scan(quiet, [(0,)], max_periods=2, n_simulations=9).clusters == ()


def test_points_find_the_best_cylinder():
    """Every place, radius and length by hand."""
    generator = np.random.default_rng(9)
    x, y = generator.integers(0, 8, (2, 80)).astype(float)
    t = generator.integers(0, 60, 80)
    x, y, t = np.append(x, [3, 3, 4, 3]), np.append(y, [3, 3, 3, 4]), np.append(t, [58, 59, 59, 57])
    found = permutation_scan_points(x, y, t, end_day=60, max_km=3, max_days=10, n_simulations=99, min_events=2)
    best = found.clusters[0]
    scores = {}
    for centre in range(84):
        squared = (x - x[centre]) ** 2 + (y - y[centre]) ** 2
        for radius in np.unique(squared[squared <= 9]):
            inside = squared <= radius
            for d in range(1, 11):
                recent = t > 60 - d
                observed = (inside & recent).sum()
                if observed >= 2 and inside.sum() <= 42:
                    scores[centre, radius, d] = score_of(observed, inside.sum() * recent.sum() / 84, 84)
    assert best.score == pytest.approx(max(scores.values()), rel=1e-9)
    inside = (x - x[best.centre]) ** 2 + (y - y[best.centre]) ** 2 <= best.radius_km**2 + 1e-9
    assert best.members == tuple(np.flatnonzero(inside & (t > 60 - best.n_periods)))
    assert best.observed == len(best.members)
    assert best.expected == pytest.approx(inside.sum() * (t > 60 - best.n_periods).sum() / 84)


def test_points_and_areas_agree():
    """Areas with all their events at the centre, every area its own place: the same scan."""
    generator = np.random.default_rng(10)
    x, y = generator.uniform(0, 50, (2, 12))
    counts = generator.poisson(1.5, (15, 12))
    counts[-2:, 4] += 6
    period, area = np.nonzero(counts)
    repeats = counts[period, area]
    period, area = np.repeat(period, repeats), np.repeat(area, repeats)
    areas = permutation_scan(
        counts, nearest_zones(x, y, n_neighbours=12), max_periods=5, n_simulations=199, min_events=2
    )
    points = permutation_scan_points(
        x[area], y[area], period, end_day=14, max_km=500, max_days=5, n_simulations=199, max_share=1.0
    )
    best, cylinder = areas.clusters[0], points.clusters[0]
    assert cylinder.score == pytest.approx(best.score, rel=1e-9)
    assert (cylinder.observed, cylinder.n_periods) == (best.observed, best.n_periods)
    # Each p-value of about .005 has a standard error of .005.
    assert max(cylinder.p_value, best.p_value) <= 0.025
    assert tuple(np.unique(area[list(cylinder.members)])) == best.members
    assert points.simulated_scores.mean() == pytest.approx(areas.simulated_scores.mean(), abs=0.4)


def test_points_under_the_null():
    """80 patterns of 100 events without interaction: p below .1 in one of ten (standard error 3.4 points)."""
    generator = np.random.default_rng(11)
    p = []
    for seed in range(80):
        x, y, t = random_events(generator, 100, days=50)
        found = permutation_scan_points(x, y, t, end_day=49, max_km=20, max_days=10, n_simulations=29, seed=seed)
        p.append(found.clusters[0].p_value if found.clusters else 1.0)
    assert np.mean(np.array(p) <= 0.1) <= 0.22
    assert np.mean(p) == pytest.approx(0.5, abs=0.15)


def test_the_same_seed_gives_the_same_numbers():
    events = random_events(np.random.default_rng(12), 60)
    for call in (
        lambda seed: knox_test(*events, max_km=9, max_days=20, n_permutations=499, seed=seed).p_value,
        lambda seed: permutation_scan(
            COUNTS[-8:], ZONES[:50], max_periods=8, n_simulations=9, seed=seed
        ).simulated_scores.tolist(),
    ):
        assert call(1) == call(1)
        assert call(1) != call(2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: knox_test([1, np.nan], [1, 2], [1, 2], max_km=1, max_days=1),
            r"1 of 2 events lack a place or a time \(places 1\)",
        ),
        (lambda: knox_test([1], [1, 2], [1, 2], max_km=1, max_days=1), "one length"),
        (lambda: knox_test([1, 2], [1, 2], [1, 2], max_km=-1, max_days=1), "max_km=-1"),
        (lambda: knox_test([1, 2], [1, 2], [1, 2], max_km=1, max_days=np.inf), "max_days=inf"),
        (lambda: knox_test([1, 2], [1, 2], [1, 2], max_km=1, max_days=1, n_permutations=0), "n_permutations=0"),
        (lambda: near_repeat_table([1], [1], [1], km_edges=[2, 1], day_edges=[1]), "km_edges"),
        (lambda: near_repeat_table([1], [1], [1], km_edges=[1], day_edges=[]), "day_edges"),
        (lambda: nearest_zones([1, 2], [1, 2], n_neighbours=0), "n_neighbours=0"),
        (lambda: permutation_scan([1, 2], [[0]], max_periods=1), "n_periods, n_areas"),
        (lambda: permutation_scan([[1, -2]], [[0]], max_periods=1), "1 of 2 counts"),
        (lambda: permutation_scan([[1, np.nan]], [[0]], max_periods=1), "1 of 2 counts"),
        (lambda: permutation_scan([[1, 2]], [[0]], max_periods=2), "max_periods=2, but there are 1"),
        (lambda: permutation_scan([[1, 2]], [[2]], max_periods=1), "zone 0"),
        (lambda: permutation_scan([[1, 2]], [[0], []], max_periods=1), "zone 1"),
        (lambda: permutation_scan([[1, 2]], [], max_periods=1), "zones is empty"),
        (lambda: permutation_scan([[1, 2]], [[0]], max_periods=1, n_simulations=0), "n_simulations=0"),
        (lambda: permutation_scan_points([1], [1], [5], end_day=4, max_km=1, max_days=1), "1 of 1 events lie after"),
        (lambda: permutation_scan_points([1], [1], [5], end_day=9, max_km=1, max_days=0), "max_days=0"),
        (lambda: permutation_scan_points([1], [1], [5], end_day=9, max_km=1, max_days=1, max_share=0), "max_share=0"),
    ],
)
def test_refuses(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# --- bounds where events are dense ------------------------------------------------------------------------------


def crowd(n=300, *, seed=1):
    """Events anywhere in 40 km by 40 km over 100 days, and eight more around (35, 35) in the last five."""
    generator = np.random.default_rng(seed)
    x, y = generator.uniform(0, 40, (2, n))
    late = generator.uniform(34, 36, (2, 8))
    return (
        np.append(x, late[0]),
        np.append(y, late[1]),
        np.append(generator.integers(0, 95, n), [95, 96, 97, 98, 99, 99, 98, 97]),
    )


def n_items(x, y, max_km):
    """Places in all circles, by brute force."""
    return int((np.hypot(x[:, None] - x, y[:, None] - y) <= max_km).sum())


@pytest.mark.parametrize("spare", [0, -1])
def test_places_are_joined_where_their_circles_are_too_many(monkeypatch, spare):
    x, y, days = crowd()
    monkeypatch.setattr(space_time_scan, "MAX_SCAN_ITEMS", n_items(x, y, 20) + spare)
    found = permutation_scan_points(x, y, days, end_day=99, max_km=20, max_days=10, n_simulations=99, seed=1)
    assert (found.joined_km > 0) == (spare < 0)


@pytest.mark.parametrize("most", [40_000, 10_000, 1_000])
def test_joined_places_show_the_same_cluster_within_the_bound(monkeypatch, most):
    x, y, days = crowd()
    free = permutation_scan_points(x, y, days, end_day=99, max_km=20, max_days=10, n_simulations=99, seed=1)
    monkeypatch.setattr(space_time_scan, "MAX_SCAN_ITEMS", most)
    found = permutation_scan_points(x, y, days, end_day=99, max_km=20, max_days=10, n_simulations=99, seed=1)
    places, first, place, side = space_time_scan._joined_places(x, y, 20.0)
    assert found.joined_km == side in [share * 20 for share in space_time_scan.JOINING_SHARES]
    assert n_items(*places.T, 20) <= most
    # A joined place is the place of an event of its own square.
    assert (np.column_stack([x, y])[first] == places).all()
    assert (
        np.floor((places[place] - [x.min(), y.min()]) / side)
        == np.floor((np.column_stack([x, y]) - [x.min(), y.min()]) / side)
    ).all()
    best, same = found.clusters[0], free.clusters[0]
    assert best.p_value == same.p_value == 0.01
    assert len({*range(300, 308)} & set(best.members)) >= 7
    assert np.hypot(x[best.centre] - 35, y[best.centre] - 35) < 3 + side


def test_the_place_of_a_square_is_that_with_most_events(monkeypatch):
    monkeypatch.setattr(space_time_scan, "MAX_SCAN_ITEMS", 4)
    # Squares of .05 km: the first three lie in one, the last alone. The second place has two events.
    x = np.array([0.0, 0.01, 0.01, 0.02, 5.0])
    places, first, place, side = space_time_scan._joined_places(x, np.zeros(5), 10.0)
    assert side == pytest.approx(0.05)
    assert places.tolist() == [[0.01, 0.0], [5.0, 0.0]]
    assert place.tolist() == [0, 0, 0, 0, 1]
    assert x[first].tolist() == [0.01, 5.0]


def test_events_without_any_reach_are_not_joined(monkeypatch):
    monkeypatch.setattr(space_time_scan, "MAX_SCAN_ITEMS", 1)
    x, y, days = crowd()
    assert permutation_scan_points(x, y, days, end_day=99, max_km=0, max_days=10, n_simulations=9).joined_km == 0


def test_pairs_close_in_time_by_hand():
    # 0, 1, 3, 3: apart 1, 3, 3, 2, 2, 0.
    assert [space_time.close_in_time([3, 0, 1, 3], days) for days in (0, 1, 2, 3)] == [1, 2, 4, 6]
