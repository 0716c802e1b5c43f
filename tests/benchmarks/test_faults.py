"""The long profiles of what the tests try a few times: a batch killed at 200 random instants, and 10,000 mutated tables.

``make bench`` runs them shortened; ``ESCALATION_LONG=1`` in full, which takes about an hour.
"""

import os

import pytest

from tests.publishing.test_hostile import mutate_tables_side_by_side
from tests.scheduling.test_batch import kill_at_random_instants, linux

LONG = bool(os.environ.get("ESCALATION_LONG"))
INSTANTS = 200 if LONG else 20
TABLES, COMPUTED = (10_000, 10_000) if LONG else (400, 4)


@linux
def test_a_batch_killed_at_random_instants(benchmark, tmp_path):
    counts = benchmark.pedantic(
        kill_at_random_instants, args=(tmp_path,), kwargs={"instants": INSTANTS, "seed": 20250701}, rounds=1
    )
    benchmark.extra_info.update(counts, instants=INSTANTS)
    assert counts["killed"] + counts["finished"] == INSTANTS


@pytest.mark.parametrize("seed", [20250701])
def test_mutated_tables(benchmark, tmp_path, seed):
    counts = benchmark.pedantic(
        mutate_tables_side_by_side,
        args=(tmp_path,),
        kwargs={"n": TABLES, "n_computed": COMPUTED, "seed": seed},
        rounds=1,
    )
    benchmark.extra_info.update(counts, tables=TABLES)
    assert counts["used"] + counts["refused"] == TABLES
    assert counts["computed"] == min(counts["used"], COMPUTED)
