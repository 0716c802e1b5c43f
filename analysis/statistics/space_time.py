"""Events that are near in space and time: the tests of closeness, and the scan for clusters, by one name."""

from analysis.statistics.closeness import KnoxTest, NearRepeats, close_in_time, knox_test, near_repeat_table
from analysis.statistics.space_time_scan import (
    Cluster,
    PermutationScan,
    nearest_zones,
    permutation_scan,
    permutation_scan_points,
)

__all__ = [
    "Cluster", "KnoxTest", "NearRepeats", "PermutationScan", "close_in_time", "knox_test", "near_repeat_table",
    "nearest_zones",
    "permutation_scan", "permutation_scan_points",
]  # fmt: skip
