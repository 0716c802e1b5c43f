"""Joins between neighbouring cells by hand, and against permuted times."""

import numpy as np
import pytest

from analysis.statistics.relocation import count_joins


def test_joins_by_hand():
    # Cell (0,0) in period 0; then its neighbour (0,1) alone in period 1: a relocation. Then (0,1) and (1,2) in period
    # 2: an expansion from (0,1). (9,9) neighbours none.
    row, column, period = [0, 0, 0, 1, 9], [0, 1, 1, 2, 9], [0, 1, 2, 2, 0]
    found = count_joins(row, column, period, n_periods=3, n_permutations=19)
    assert (found.relocation, found.expansion) == (1, 1)
    assert found.n_cells == 4


def test_cells_across_the_antimeridian_are_neighbours_if_told():
    points = {"row": [0, 0, 5], "column": [0, 719, 300], "period": [0, 1, 0]}
    assert count_joins(**points, n_periods=2, n_permutations=9).relocation == 0
    assert count_joins(**points, n_periods=2, n_permutations=9, n_columns=720).relocation == 1


def walk(seed, *, stays):
    """A front that moves one cell each period, leaving nothing behind, or (``stays``) for one more period; with points
    scattered around.
    """
    generator = np.random.default_rng(seed)
    front = [
        (0, place, when) for when in range(20) for place in (range(max(0, when - 1), when + 1) if stays else [when])
    ]
    noise = np.column_stack(
        [generator.integers(0, 3, 30), generator.integers(0, 20, 30), generator.integers(0, 20, 30)]
    )
    return np.concatenate([np.array(front), noise]).T


def test_a_moving_front_relocates_and_a_growing_one_expands():
    moving = count_joins(*walk(1, stays=False), n_periods=20, n_permutations=199)
    assert moving.relocation_p < 0.02
    growing = count_joins(*walk(1, stays=True), n_periods=20, n_permutations=199)
    assert growing.expansion_p < 0.02


def test_p_values_are_nominal_where_times_are_exchangeable():
    """Two hundred fields without diffusion: at most four standard errors above 10 % fall below p = .1."""
    found = []
    for seed in range(200):
        generator = np.random.default_rng(seed)
        cell, period = generator.integers(0, 6, (2, 60)), generator.integers(0, 10, 60)
        joins = count_joins(*cell, period, n_periods=10, n_permutations=39, seed=seed)
        found.append((joins.relocation_p, joins.expansion_p))
    assert (np.array(found) <= 0.1).mean(axis=0).max() <= 0.1 + 4 * (0.1 * 0.9 / 200) ** 0.5


def test_clusters_keep_together():
    # The two neighbours share a cluster, so whatever the draw they are active at once and never join.
    together = {"row": [0, 0, 5, 7], "column": [0, 1, 5, 7], "period": [0, 0, 1, 2], "cluster": [0, 0, 1, 2]}
    found = count_joins(**together, n_periods=3, n_permutations=99)
    assert (found.relocation_high, found.expansion_high) == (0, 0)
    alone = count_joins(*(together[name] for name in ("row", "column", "period")), n_periods=3, n_permutations=99)
    assert alone.relocation_expected > 0
    with pytest.raises(ValueError, match="A cluster has points in several periods"):
        count_joins([0, 0, 5, 6], [0, 1, 5, 5], [0, 1, 1, 0], n_periods=2, cluster=[0, 0, 1, 2])


@pytest.mark.parametrize(
    ("points", "said"),
    [
        (([0, 0, 0], [1, 1, 1], [0, 1, 2]), "1 active cell"),
        (([0, 1], [1, 1], [0, 1]), "2 cluster"),
        (([0, 1, 2], [1, 1, 2], [0, 1, 3]), "Periods run from 0 to 3; expected 0 to 2"),
    ],
)
def test_too_little_is_refused(points, said):
    with pytest.raises(ValueError, match=said):
        count_joins(*points, n_periods=3)
