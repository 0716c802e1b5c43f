"""The long profiles of what the tests try a few times: processes killed, tables and files beside them broken.

``make bench`` runs them shortened; ``ESCALATION_LONG=1`` in full, which takes two hours on a quiet machine and many
on a busy one.
"""

import os
import random
import threading
import time

import pytest

from analysis.incidents.errors import TableError
from analysis.incidents.load import load_incidents
from analysis.publishing.publish import open_folder, temporary_folder
from tests.incidents.sidefiles import break_side_files
from tests.incidents.tables import GED_49, as_text, ged, write
from tests.incidents.test_apart import FAR, workbook
from tests.publishing.conftest import notebook  # noqa: F401 (a fixture)
from tests.publishing.test_hostile import mutate_tables_side_by_side
from tests.publishing.test_processes import alive, children_of, publishing, started, wait_until
from tests.publishing.test_publish import foreign
from tests.scheduling.test_batch import kill_at_random_instants, linux

LONG = bool(os.environ.get("ESCALATION_LONG"))
INSTANTS = 200 if LONG else 20
TABLES, COMPUTED = (10_000, 10_000) if LONG else (400, 4)
SIDE_FILES = 2000 if LONG else 140
BOMBS = 200 if LONG else 14
REWRITES = 300 if LONG else 20
KILLS = 30 if LONG else 2


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


def test_broken_files_beside_a_table(benchmark, tmp_path):
    counts = benchmark.pedantic(
        break_side_files, args=(tmp_path,), kwargs={"n": SIDE_FILES, "seed": 20250701}, rounds=1
    )
    benchmark.extra_info.update(counts)
    assert sum(counts.values()) == SIDE_FILES


def test_workbooks_that_would_fill_memory(benchmark, tmp_path):
    """Each has one cell far away, said in one of several ways, and some bytes of it exchanged at random."""
    chance = random.Random(20250701)

    def load_all():
        counts = {"used": 0, "refused": 0}
        for number in range(BOMBS):
            content = bytearray(workbook(list(FAR.values())[number % len(FAR)]))
            for _ in range(chance.randint(0, 3)):
                content[chance.randrange(len(content))] = chance.randrange(256)
            try:
                load_incidents(write(tmp_path / "t.xlsx", bytes(content)), mapping="date=when,country=land")
                counts["used"] += 1
            except TableError:
                counts["refused"] += 1
        return counts

    counts = benchmark.pedantic(load_all, rounds=1)
    benchmark.extra_info.update(counts)
    assert sum(counts.values()) == BOMBS


def test_a_table_rewritten_while_it_is_read(benchmark, tmp_path):
    """Another writes the table anew all the time: each reading is of one whole table or is refused."""
    sizes = (400, 4000)
    texts = [as_text(ged(*[{}] * size), GED_49).encode() for size in sizes]
    path = write(tmp_path / "ged.csv", texts[0])
    stop = threading.Event()
    chance = random.Random(20250701)

    def rewrite():
        number = 0
        while not stop.is_set():
            number += 1
            with path.open("r+b") as file:
                file.truncate()
                for start in range(0, len(texts[number % 2]), 1 << 16):
                    file.write(texts[number % 2][start : start + (1 << 16)])
                    file.flush()
            time.sleep(0.02)

    def load_all():
        counts = {"whole": 0, "refused": 0}
        for _ in range(REWRITES):
            time.sleep(chance.uniform(0, 0.05))
            try:
                table = load_incidents(path)
            except TableError:
                counts["refused"] += 1
                continue
            assert table.provenance.rows_read in sizes
            counts["whole"] += 1
        return counts

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        counts = benchmark.pedantic(load_all, rounds=1)
    finally:
        stop.set()
        writer.join()
    benchmark.extra_info.update(counts)
    assert counts["whole"] + counts["refused"] == REWRITES


@linux
@pytest.mark.parametrize("victim", ["the run", "its kernel"])
def test_each_process_killed_apart(benchmark, tmp_path, notebook, victim):  # noqa: F811
    """Kill one process of a report among what others left in its folder: nothing stays behind but what was there."""
    kept = foreign(tmp_path / "out", "small")

    def kill_all():
        for number in range(KILLS):
            before = started(tmp_path)  # a killed run leaves its folder
            with publishing(tmp_path, notebook, temporary=tmp_path / f"t{number}") as process:
                wait_until(lambda before=before: started(tmp_path) - before)
                workers = children_of(process.pid)
                for pid in [process.pid] if victim == "the run" else workers:
                    os.kill(pid, 9)
                process.communicate(timeout=60)
                assert process.returncode != 0
            wait_until(lambda workers=workers: not any(map(alive, workers)), seconds=20)
        return KILLS

    assert benchmark.pedantic(kill_all, rounds=1) == KILLS
    assert {path: path.read_text() for path in kept} == kept
    with open_folder(tmp_path / "out") as out, temporary_folder(out):
        assert started(tmp_path) == set()
        assert [path for number in range(KILLS) for path in (tmp_path / f"t{number}").iterdir()] == []
