"""Centres, ellipses and distances by hand; moved, widened and thickened told apart at stated rates."""

from collections import Counter

import numpy as np
import pytest

from analysis.statistics import geometry
from analysis.statistics.geometry import EARTH_RADIUS_KM
from analysis.statistics.rates import rate_ratio_test

N_FIELDS = 120


def test_great_circle_by_hand():
    # A quarter of the way round along the equator; over the pole from (60, 0) to (60, 180): 60 degrees.
    assert geometry.great_circle_km(0, 0, 0, 90) == pytest.approx(EARTH_RADIUS_KM * np.pi / 2)
    assert geometry.great_circle_km(60, 0, 60, 180) == pytest.approx(EARTH_RADIUS_KM * np.pi / 3)


def test_centre_lies_between_places_on_both_sides_of_the_antimeridian():
    latitude, longitude = geometry.mean_centre([10, 10], [179, -177])
    assert latitude == pytest.approx(10, abs=0.01)
    assert longitude == pytest.approx(-179)


def test_places_all_around_have_no_centre():
    with pytest.raises(ValueError, match="no mean centre"):
        geometry.mean_centre([0, 0], [0, 180])
    with pytest.raises(ValueError, match="at least one place"):
        geometry.mean_centre([], [])
    with pytest.raises(ValueError, match="no missing coordinate"):
        geometry.mean_centre([0, np.nan], [0, 0])


@pytest.mark.parametrize("centre", [(12.65, -8.0), (-17.0, 179.5), (89.0, 20.0), (0.0, 0.0)])
def test_plane_keeps_distances_from_its_centre_and_leads_back(centre):
    generator = np.random.default_rng(1)
    lat, lon = generator.uniform(-80, 80, 50), generator.uniform(-180, 180, 50)
    x, y = geometry.project(lat, lon, centre=centre)
    assert np.hypot(x, y) == pytest.approx(geometry.great_circle_km(*centre, lat, lon), rel=1e-9)
    back = geometry.unproject(x, y, centre=centre)
    assert geometry.great_circle_km(lat, lon, *back) == pytest.approx(0, abs=0.01)


def test_the_centre_itself_is_the_origin():
    assert np.allclose(geometry.project(5.0, 6.0, centre=(5.0, 6.0)), 0)


def test_ellipse_by_hand():
    # x: -3, 3, 0, 0 (variance 18/3 = 6); y: 0, 0, -1, 1 (2/3); no covariance. Standard distance: sqrt(6 + 2/3).
    ellipse = geometry.deviational_ellipse([-3, 3, 0, 0], [0, 0, -1, 1])
    assert (ellipse.major, ellipse.minor, ellipse.angle) == pytest.approx((6**0.5, (2 / 3) ** 0.5, 0), abs=1e-9)
    assert ellipse.standard_distance == pytest.approx((20 / 3) ** 0.5)
    # Turned by 30 degrees and moved, only angle and centre change.
    turn = np.radians(30)
    x, y = np.array([-3, 3, 0, 0]), np.array([0, 0, -1, 1])
    turned = geometry.deviational_ellipse(
        x * np.cos(turn) - y * np.sin(turn) + 5, x * np.sin(turn) + y * np.cos(turn) - 7
    )
    assert (turned.x, turned.y, turned.angle) == pytest.approx((5, -7, 30))
    assert (turned.major, turned.minor) == pytest.approx((ellipse.major, ellipse.minor))


@pytest.mark.parametrize(("x", "y"), [([1, 1, 1], [2, 2, 2]), ([1, 2], [1, 2])])
def test_no_ellipse_of_one_place_or_two_points(x, y):
    with pytest.raises(ValueError, match="have no ellipse"):
        geometry.deviational_ellipse(x, y)


def test_weighted_quantiles_by_hand():
    # Values 10, 20, 30 with weights 1, 1, 2: half the weight of 4 is reached at 20, .9 of it at 30.
    weights = np.array([[2, 1, 1], [0, 0, 5]])  # of the values 30, 10, 20
    assert geometry.weighted_quantile([30, 10, 20], weights, 0.5).tolist() == [20, 20]
    assert geometry.weighted_quantile([30, 10, 20], weights, 0.9).tolist() == [30, 20]


def test_bootstraps_draw_whole_clusters():
    weights = geometry.bootstrap_weights(["a", "a", "b"], n_bootstraps=50, seed=1)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 0] + weights[:, 2] == 2).all()


def means(values, cluster, recent, **options):
    return geometry.compare_means(np.asarray(values, float), cluster, np.asarray(recent), **options)


def test_comparing_means_by_hand():
    # Later 4..8 (mean 6), earlier 1..10 (mean 5.5): change .5; each point its own cluster.
    values, recent = [*range(4, 9), *range(1, 11)], [True] * 5 + [False] * 10
    found = means(values, np.arange(15), recent)
    assert (found.recent, found.earlier, found.change) == pytest.approx((6, 5.5, 0.5))
    assert found.low < 0 < found.high
    assert found.p_value > 0.3


def test_nothing_differs_among_equal_values():
    found = means([3.0] * 20, np.arange(20), np.arange(20) < 6)
    assert (found.change, found.p_value) == (0, 1)


def test_few_clusters_and_missing_values_are_refused():
    with pytest.raises(ValueError, match="4 later and 11 earlier clusters; a comparison needs at least 5 and 10"):
        means(range(15), np.arange(15), np.arange(15) < 4)
    with pytest.raises(ValueError, match="A cluster has points of both groups"):
        means(range(20), np.arange(20) // 2, np.arange(20) < 5)
    with pytest.raises(ValueError, match="1 of 15 values are missing"):
        means([np.nan, *range(14)], np.arange(15), np.arange(15) < 5)


def field(seed, *, n_recent, n_earlier, shift=0.0, widen=1.0, thicken=1.0):
    """Days with one to four places that lie 40 km about a day's own centre, these 100 km (standard deviations) about
    the field's.
    """
    generator = np.random.default_rng(seed)
    days = max(geometry.MIN_RECENT, generator.poisson(thicken * n_recent)), generator.poisson(n_earlier)
    parts = []
    for n, moved, wide in zip(days, (shift, 0.0), (widen, 1.0), strict=True):
        size = generator.choice([1, 1, 1, 2, 4], n)
        place = np.repeat(generator.normal(0, 100, (n, 2)), size, axis=0) + generator.normal(0, 40, (size.sum(), 2))
        parts.append((place * wide + (moved, 0.0), np.repeat(np.arange(n), size)))
    (p1, d1), (p0, d0) = parts
    recent = np.arange(len(p1) + len(p0)) < len(p1)
    return np.concatenate([p1, p0]), np.concatenate([d1, d0 + 10_000]), recent, days


def judged(*, n_recent, n_earlier, **change):
    """Shares of verdicts over fields; the later group is seen for n_recent units of time, the earlier for n_earlier."""
    verdicts, moved, widened = Counter(), 0, 0
    for seed in range(N_FIELDS):
        place, day, recent, days = field(seed, n_recent=n_recent, n_earlier=n_earlier, **change)
        found = geometry.compare_positions(*place.T, day, recent, n_permutations=99, seed=seed)
        rate = rate_ratio_test(days[0], n_recent, days[1], n_earlier)
        verdicts[geometry.judge_change(found, rate)] += 1
        moved += found.p_moved <= 0.05
        widened += found.p_widened <= 0.05
    share = {name: verdicts[name] / N_FIELDS for name in geometry.VERDICTS}
    return share, moved / N_FIELDS, widened / N_FIELDS


# 120 fields: four standard errors of a share of 5 % are 8 points, of 85 % 13.
@pytest.mark.parametrize(("n_recent", "n_earlier"), [(10, 80), (40, 200)])
def test_an_unchanged_field_is_called_changed_at_the_nominal_rate(n_recent, n_earlier):
    share, moved, widened = judged(n_recent=n_recent, n_earlier=n_earlier)
    assert moved <= 0.13
    assert widened <= 0.13
    assert share["cannot tell"] + share["unchanged"] >= 0.87


@pytest.mark.parametrize(
    ("change", "verdict", "least"),
    [
        ({"shift": 150.0}, "moved", 0.85),
        ({"widen": 2.0}, "widened", 0.85),
        ({"thicken": 2.5}, "thickened", 0.7),
        ({"shift": 250.0, "widen": 2.0}, "moved and widened", 0.85),
    ],
)
def test_forty_days_tell_moved_widened_and_thickened_apart(change, verdict, least):
    """Shares found with 300 fields, 40 later days against 400: moved 96 %, widened 96 %, thickened 89 %."""
    share, _, _ = judged(n_recent=40, n_earlier=200, **change)
    assert share[verdict] >= least


def test_ten_days_tell_large_changes_and_never_that_the_area_is_the_same():
    """Shares found with 300 fields, 12 later days against 80: moved 67 %, widened 85 %, thickened 1 %."""
    assert judged(n_recent=12, n_earlier=80, shift=250.0)[0]["moved"] >= 0.7
    assert judged(n_recent=12, n_earlier=80, widen=2.0)[0]["widened"] >= 0.65
    assert judged(n_recent=12, n_earlier=80, thicken=2.5)[0]["cannot tell"] >= 0.8


def test_shift_and_ratio_are_found_within_their_bounds():
    place, day, recent, _ = field(3, n_recent=60, n_earlier=300, shift=200.0, widen=1.5)
    found = geometry.compare_positions(*place.T, day, recent)
    assert found.shift_low < 200 < found.shift_high
    assert found.spread_low < 1.5 < found.spread_high
    assert (found.p_moved, found.p_widened) == (0.001, 0.001)


def test_the_unit_and_the_origin_do_not_matter():
    place, day, recent, _ = field(4, n_recent=10, n_earlier=50)
    found = geometry.compare_positions(*place.T, day, recent)
    moved = geometry.compare_positions(*(1000 * place + 5e5).T, day, recent)
    assert (moved.p_moved, moved.p_widened) == (found.p_moved, found.p_widened)
    assert moved.shift_high == pytest.approx(1000 * found.shift_high)


def test_each_draw_is_measured_from_its_own_centre():
    """Measured from the observed groups' centres, draws lay too close: 9 % of areas without a change had widened."""
    generator = np.random.default_rng(7)
    size = np.array([1, 3, 2, 1, 4, 2])
    place, member = generator.normal(0, 1, (size.sum(), 2)), np.repeat(np.arange(6), size)
    picked = np.array([[True, True, False, True, False, True], [False, True, True, False, True, True]])
    found = geometry._reach(picked, *place.T, size)
    for group, row in np.ndindex(2, 2):
        mean, variance = found[group]
        held = ~picked[row] if group else picked[row]
        own = place[held[member]]
        effective = size[held].sum() ** 2 / (size[held] ** 2).sum()
        distance = np.hypot(*(own - own.mean(axis=0)).T) * np.sqrt(effective / (effective - 1))
        assert mean[row] == pytest.approx(distance.mean())
        off = np.bincount(member[held[member]], distance - distance.mean(), minlength=6)[held]
        assert variance[row] == pytest.approx((off**2).sum() / size[held].sum() ** 2 * held.sum() / (held.sum() - 1))


def test_one_place_cannot_move():
    with pytest.raises(ValueError, match="All points are in one place"):
        geometry.compare_positions(np.ones(20), np.ones(20), np.arange(20), np.arange(20) < 6)
    x = np.r_[np.zeros(6), np.arange(14)]
    with pytest.raises(ValueError, match="of one group are in one place"):
        geometry.compare_positions(x, x, np.arange(20), np.arange(20) < 6)


def test_places_on_one_line_are_compared_along_it():
    generator = np.random.default_rng(5)
    x = generator.normal(0, 1, 60)
    x[:12] += 5
    found = geometry.compare_positions(x, np.zeros(60), np.arange(60), np.arange(60) < 12)
    assert found.p_moved < 0.01


def test_without_a_rate_a_steady_area_is_not_called_thickened():
    place, day, recent, _ = field(6, n_recent=80, n_earlier=400)
    found = geometry.compare_positions(*place.T, day, recent)
    assert geometry.judge_change(found, rate_ratio_test(200, 80, 400, 400)) == "thickened"
    assert geometry.judge_change(found, rate_ratio_test(80, 80, 400, 400)) == "unchanged"
    assert geometry.judge_change(found, None) == "cannot tell"


def test_breadth_by_hand():
    # Later days 0..4 fall in units 0, 0, 1, 2, 2; earlier days only in 0 and 1: three units hit, one of them new.
    # Entropy of counts 2, 1, 2: 2 (.4 log2 2.5) + .2 log2 5 = 1.522 bits.
    unit = np.array([0, 0, 1, 2, 2, *[0, 1] * 6])
    found = geometry.compare_breadth(unit, np.arange(17), np.arange(17) < 5)
    assert (found.units, found.new_units) == (3, 1)
    assert found.entropy == pytest.approx(1.5219, abs=1e-4)
    # A draw of 5 of 17 days makes unit 2 new only if it holds both its days: (5 4) / (17 16) = .0735; 0 and 1 have more
    # days than 5.
    assert found.new_units_expected == pytest.approx(20 / 272, abs=4 * (0.07 / 499) ** 0.5)
    assert found.new_units_p == pytest.approx(0.0735, abs=0.05)


def test_breadth_of_one_unit_is_refused():
    with pytest.raises(ValueError, match="All points are in one unit"):
        geometry.compare_breadth(np.zeros(20, int), np.arange(20), np.arange(20) < 6)


def test_share_interval_of_single_points_is_the_exact_one():
    # Clopper-Pearson for 3 of 20: .0321 to .3789 (any table of exact intervals).
    held = np.arange(20) < 3
    assert geometry.clustered_share_interval(held, np.arange(20)) == pytest.approx((0.0321, 0.3789), abs=2e-4)


def test_share_interval_widens_where_points_of_a_cluster_agree():
    held = np.repeat(np.arange(20) < 3, 4)
    alone, together = (
        geometry.clustered_share_interval(held, np.arange(80)),
        geometry.clustered_share_interval(held, np.arange(80) // 4),
    )
    assert together[0] < alone[0]
    assert together[1] > alone[1]
    assert geometry.clustered_share_interval(held[:4], np.zeros(4)) == (0, 1)


def test_share_interval_covers_the_truth_in_clustered_fields():
    """400 fields of 20 clusters whose points share a beta-distributed chance of mean .2; 95 % less four standard
    errors.
    """
    covered = 0
    for seed in range(400):
        generator = np.random.default_rng(seed)
        cluster = np.repeat(np.arange(20), generator.integers(1, 5, 20))
        held = generator.random(cluster.size) < generator.beta(0.4, 1.6, 20)[cluster]
        low, high = geometry.clustered_share_interval(held, cluster)
        covered += low <= 0.2 <= high
    assert covered / 400 >= 0.95 - 4 * (0.05 * 0.95 / 400) ** 0.5
