"""A batch beside the papermill command run on the same notebooks, one by one; and a hundred countries of a made-up
world.
"""

import csv
import os
import random
import shutil
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from analysis.resources import resource
from analysis.scheduling.batch import run_schedule
from tests.scheduling.batches import published, write_notebook, write_schedule

N_REPORTS = 12
ROUNDS = 2
# Of the hundred countries, so many are also run by papermill.
N_PEERS = 4
CODES = (
    "AFG AGO ALB ARE ARG ARM AUS AZE BDI BEN BFA BGD BGR BIH BLR BOL BRA BWA CAF CHL CHN CIV CMR COD COG COL CRI CUB "
    "CYP DJI DOM DZA ECU "
    "EGY ERI ESP ETH FJI FRA GAB GEO GHA GIN GMB GNB GRC GTM GUY HND HRV HTI HUN IDN IND IRN IRQ ISR ITA JAM JOR KAZ "
    "KEN KGZ KHM LAO LBN "
    "LBR LBY LKA LSO MAR MDA MDG MEX MKD MLI MMR MNG MOZ MRT MWI MYS NAM NER NGA NIC NPL PAK PAN PER PHL PNG POL PRY "
    "PSE ROU RUS RWA SAU SDN"
)  # fmt: skip
WORLD = CODES.split()


def papermill_seconds(notebook, folder, countries, **parameters):
    """Return the wall time of the papermill command over the same notebook and parameters, one country after the
    other.
    """
    started = time.perf_counter()
    for country in countries:
        out = folder / country
        out.mkdir(parents=True)
        words = ["--no-progress-bar", str(notebook), str(out / "out.ipynb")]
        for name, value in {"country": country, "output_dir": str(out), **parameters}.items():
            words += ["-p", name, value]
        subprocess.run(
            [shutil.which("papermill", path=Path(sys.executable).parent), *words], check=True, capture_output=True
        )
    return time.perf_counter() - started


def batch_seconds(path):
    """Return the wall time of the whole command in a fresh process: imports, parent, reports, index."""
    code = (
        "from pathlib import Path; from analysis.scheduling.batch import run_schedule;"
        f" run_schedule(Path({str(path)!r}), run_all=True)"
    )
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - started


def test_a_batch_beside_papermill_one_by_one(benchmark, tmp_path):
    """The batch also renders, compares and publishes; papermill only executes."""
    names = [f"c{number}" for number in range(N_REPORTS)]
    notebook = write_notebook(tmp_path / "small.ipynb")
    path = write_schedule(tmp_path, {name: f'selection = {{ country = "{name}" }}' for name in names})
    peer = []
    benchmark.pedantic(
        batch_seconds,
        args=(path,),
        setup=lambda: peer.append(papermill_seconds(notebook, tmp_path / f"peer{len(peer)}", names)),
        rounds=ROUNDS,
    )
    assert len(published(tmp_path / "out")) == N_REPORTS
    ratio = min(peer) / benchmark.stats.stats.min
    benchmark.extra_info.update(
        peer="papermill command, one by one", peer_seconds=min(peer), times_as_fast=ratio, n_reports=N_REPORTS
    )
    assert ratio >= 3


def write_world(path, *, n_rows, seed=1):
    """Write a made-up table of a hundred countries in the project's own format."""
    generator = random.Random(seed)
    first = date(2015, 1, 1)
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(
            [
                "incident_id",
                "date_start",
                "date_precision",
                "country",
                "admin1",
                "latitude",
                "longitude",
                "geo_precision",
                "attacker",
                "target_type",
                "fatalities_best",
            ]
        )
        for number in range(n_rows):
            country = WORLD[number % len(WORLD)]
            day = first + timedelta(days=generator.randrange(3830))
            place = [round(generator.uniform(-10, 10), 3), round(generator.uniform(-10, 10), 3)]
            writer.writerow(
                [f"{country}-{number}", day.isoformat(), "day", country, f"{country} {generator.randrange(8)}", *place,
                    "exact",
                 f"Group {generator.randrange(3)}", "civilians", generator.randrange(12)]
            )  # fmt: skip


@pytest.mark.skipif(not os.environ.get("ESCALATION_LONG"), reason="takes many minutes: set ESCALATION_LONG=1")
def test_a_hundred_countries_with_flat_memory(benchmark, tmp_path):
    """Real situation reports of a generated world table on two workers, then again with nothing to do."""
    write_world(tmp_path / "world.csv", n_rows=40_000)
    reports = {"world": 'foreach = "country"\ntable = "world.csv"\nselection = { as_of = 2025-06-24 }'}
    path = write_schedule(tmp_path, reports, notebook="situation")
    done = benchmark.pedantic(run_schedule, args=(path,), rounds=1)
    assert not done.failed
    assert len(published(tmp_path / "out")) == len(WORLD) == 100
    peaks = [outcome.peak_mb for outcome in done.outcomes]
    # Each report has a process of its own: what the last ones hold is what the first ones held.
    early, late = max(peaks[:20]), max(peaks[-20:])
    again = time.perf_counter()
    code = (
        "from pathlib import Path; from analysis.scheduling.batch import run_schedule;"
        f" print(len(run_schedule(Path({str(path)!r})).not_due))"
    )
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    again = time.perf_counter() - again
    told = {"table": str(tmp_path / "world.csv"), "attacker": "", "as_of": "2025-06-24"}
    peer = papermill_seconds(resource("notebooks/situation.ipynb"), tmp_path / "peer", WORLD[:N_PEERS], **told)
    ratio = (peer / N_PEERS) / (benchmark.stats.stats.min / len(WORLD))
    benchmark.extra_info.update(peak_mb_first_20=early, peak_mb_last_20=late, nothing_to_do_seconds=again)
    benchmark.extra_info.update(
        peer="papermill command, one by one", peer_seconds=peer / N_PEERS * len(WORLD), times_as_fast=ratio
    )
    assert ratio >= 3
    assert shown.stdout.strip() == "100"
    assert late < early * 1.15
    # A run with nothing to do beside one with all to do, which is no absolute time.
    assert again < benchmark.stats.stats.min / 10
