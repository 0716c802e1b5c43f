"""Does what is seen in a cell next move to a neighbouring cell, or does it stay and reach out to it as well?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.errors import NotComputableError
from analysis.statistics.given import seeded

MAX_BITS = 40_000_000


@dataclass(frozen=True)
class JoinCounts:
    """Observed joins of each kind against times permuted: expected, the permutations' interval, and one-sided
    p-values."""

    relocation: int
    relocation_expected: float
    relocation_low: float
    relocation_high: float
    relocation_p: float
    expansion: int
    expansion_expected: float
    expansion_low: float
    expansion_high: float
    expansion_p: float
    n_cells: int
    n_periods: int
    n_permutations: int


def count_joins(
    row: ArrayLike,
    column: ArrayLike,
    period: ArrayLike,
    *,
    n_periods: int,
    cluster: ArrayLike | None = None,
    n_columns: int | None = None,
    n_permutations: int = 499,
    level: float = 0.95,
    seed: int = 20250701,
) -> JoinCounts:
    """Count joins between neighbouring cells in successive periods, against a Monte Carlo null.

    For neighbours A and B (eight around each), A active and B quiet in period t, and B active in t + 1: a relocation if
    A is then quiet, an expansion if A is still active. Under the null places stay as they are and the periods are
    exchanged among clusters, so that neither crowded places nor busy periods count as diffusion.

    Parameters
    ----------
    row, column
        Whole numbers of each point's cell, shape (n,).
    period
        0 to ``n_periods - 1``, shape (n,).
    cluster
        Points that keep together when periods are exchanged; default each by itself. All of one cluster are in one
        period.
    n_columns
        Columns around the globe, if the first neighbours the last; default they do not.
    level
        Of the permutations' interval.

    Returns
    -------
    JoinCounts
        Each p-value is the share of permutations, the observed one among them, with at least as many joins.

    Raises
    ------
    ValueError
        With fewer than two active cells, two periods or three clusters, or a cluster in several periods.

    References
    ----------
    After the space-time join counts of Schutte & Weidmann 2011, Political Geography 30:143.
    """
    row, column, period = (np.asarray(part, dtype=np.int64) for part in (row, column, period))
    cells, cell = np.unique(np.column_stack([row, column]), axis=0, return_inverse=True)
    cell = cell.ravel()
    names, first, member = np.unique(
        np.arange(row.size) if cluster is None else np.asarray(cluster), return_index=True, return_inverse=True
    )
    member = member.ravel()
    if len(cells) < 2 or n_periods < 2 or len(names) < 3:
        raise NotComputableError(
            f"{len(cells)} active cell(s), {n_periods} period(s) and {len(names)} cluster(s); joins need at least 2, 2 "
            "and 3",
            code="few_cells", cells=len(cells), periods=n_periods, clusters=len(names),
        )  # fmt: skip
    when = period[first]
    if (when[member] != period).any():
        raise ValueError("A cluster has points in several periods; give clusters that lie in one.")
    if period.min() < 0 or period.max() >= n_periods:
        raise ValueError(f"Periods run from {period.min()} to {period.max()}; expected 0 to {n_periods - 1}.")
    source, target = _neighbours(cells, n_columns)
    generator = seeded(seed)
    counts = np.empty((n_permutations + 1, 2), dtype=np.int64)
    for draw in range(n_permutations + 1):
        moved = when if draw == 0 else generator.permutation(when)
        active = np.zeros((len(cells), n_periods), dtype=bool)
        active[cell, moved[member]] = True
        counts[draw] = _joins(active, source, target)
    observed, drawn = counts[0], counts[1:]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    p = (1 + (drawn >= observed).sum(axis=0)) / (1 + n_permutations)
    expected = drawn.mean(axis=0)
    return JoinCounts(
        int(observed[0]), float(expected[0]), float(low[0]), float(high[0]), float(p[0]),
        int(observed[1]), float(expected[1]), float(low[1]), float(high[1]), float(p[1]),
        len(cells), n_periods, n_permutations,
    )  # fmt: skip


def _neighbours(cells: np.ndarray, n_columns: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of ordered pairs of neighbouring cells."""
    place = {(int(row), int(column)): position for position, (row, column) in enumerate(cells)}
    pairs = set()
    for (row, column), position in place.items():
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                beside = column + right if n_columns is None else (column + right) % n_columns
                other = place.get((row + down, beside))
                if other is not None and other != position:
                    pairs.add((position, other))
    ordered = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return ordered[:, 0], ordered[:, 1]


def _joins(active: np.ndarray, source: np.ndarray, target: np.ndarray) -> tuple[int, int]:
    relocation = expansion = 0
    parts = np.array_split(np.arange(source.size), max(1, source.size * active.shape[1] // MAX_BITS))
    for part in parts:
        a, b = active[source[part]], active[target[part]]
        reached = a[:, :-1] & ~b[:, :-1] & b[:, 1:]
        expansion_here = int(np.count_nonzero(reached & a[:, 1:]))
        expansion += expansion_here
        relocation += int(np.count_nonzero(reached)) - expansion_here
    return relocation, expansion
