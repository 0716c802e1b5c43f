"""Loading a world table of 400,000 x 49, beside pyarrow reading the same columns of the same file; and the cost of
`import analysis`.

The table is made up: its columns, distinct values and lengths of text are like those of UCDP GED.
"""

import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from analysis.incidents import load_incidents
from analysis.incidents.contract import check_incidents

N_ROWS, N_COLUMNS = 400_000, 49
ROUNDS = 6
COUNTRIES = {
    "Afghanistan": 700, "Angola": 540, "Burkina Faso": 439, "Central African Republic": 482, "Chad": 483,
    "Colombia": 100,
    "DR Congo (Zaire)": 490, "Ethiopia": 530, "India": 750, "Iraq": 645, "Madagascar (Malagasy)": 580, "Mali": 432,
    "Mexico": 70,
    "Myanmar (Burma)": 775, "Namibia": 565, "Nepal": 790, "Niger": 436, "Nigeria": 475, "Pakistan": 770,
    "Philippines": 840,
    "Russia (Soviet Union)": 365, "Serbia (Yugoslavia)": 345, "Somalia": 520, "South Sudan": 626, "Sri Lanka": 780,
    "Sudan": 625,
    "Syria": 652, "Turkey": 640, "Ukraine": 369, "Yemen (North Yemen)": 678,
}  # fmt: skip


def write_world(path):
    """Write a table like GED, with long quoted texts, and return its size in bytes."""
    generator = np.random.default_rng(20240101)

    def some(n_values, make):
        values = pa.array([make(index) for index in range(n_values)])
        return values.take(pa.array(generator.integers(0, n_values, N_ROWS)))

    names = list(COUNTRIES)
    country = generator.integers(0, len(names), N_ROWS)
    start = np.datetime64("1989-01-01") + generator.integers(0, 13_149, N_ROWS).astype("timedelta64[D]")
    end = start + (generator.random(N_ROWS) < 0.1) * generator.integers(1, 30, N_ROWS).astype("timedelta64[D]")
    best = generator.negative_binomial(0.4, 0.08, N_ROWS)
    dyad = generator.integers(0, 1500, N_ROWS)
    latitude, longitude = generator.uniform(-30, 50, N_ROWS).round(6), generator.uniform(-90, 120, N_ROWS).round(6)
    code = pa.array(generator.integers(1, 8, N_ROWS))
    day = " 00:00:00.000"
    by_dyad = {
        name: pa.array([make(index) for index in range(1500)]).take(pa.array(dyad))
        for name, make in {
            "conflict_name": "Country: Government {}".format, "dyad_name": "Government of Country - Group {}".format,
            "side_a": lambda index: f"Government of Country {index % 60}" if index % 3 else f"Militia {index}",
            "side_b": "Group {}".format,
        }.items()
    }  # fmt: skip
    place = [f"Town {index} in the district of the same name" for index in range(60_000)]
    columns = {
        "id": pa.array(generator.permutation(N_ROWS) + 1000), "relid": some(90_000, "AFG-2021-1-735-{}".format),
        "year": pa.array(start.astype("datetime64[Y]").astype(int) + 1970), "active_year": pa.array(dyad % 2),
        "code_status": pa.array(["Clear"] * N_ROWS), "type_of_violence": pa.array(dyad % 3 + 1),
        "conflict_dset_id": pa.array(dyad), "conflict_new_id": pa.array(dyad),
        "conflict_name": by_dyad["conflict_name"],
        "dyad_dset_id": pa.array(dyad), "dyad_new_id": pa.array(dyad), "dyad_name": by_dyad["dyad_name"],
        "side_a_dset_id": pa.array(dyad), "side_a_new_id": pa.array(dyad), "side_a": by_dyad["side_a"],
        "side_b_dset_id": pa.array(dyad), "side_b_new_id": pa.array(dyad), "side_b": by_dyad["side_b"],
        "number_of_sources": pa.array(generator.integers(-1, 6, N_ROWS)),
        "source_article": some(120_000, lambda index: f'"Agency,2013-01-03,A headline, number {index}, of the usual '
            'length of such"'),
        "source_office": some(800, "Office {}".format), "source_date": some(12_000, "2013-01-{}".format),
        "source_headline": some(120_000, "A headline, number {}, that is as long as such headlines are".format),
        "source_original": some(5000, "spokesman {} of the ministry".format), "where_prec": code,
        "where_coordinates": some(60_000, place.__getitem__),
        "where_description": some(90_000, "near the road, {} km from the river".format),
        "adm_1": some(1500, "Province {}".format), "adm_2": some(9000, "District {}".format),
        "latitude": pa.array(latitude),
        "longitude": pa.array(longitude), "geom_wkt": some(60_000, "POINT (36.{} 35.763369)".format),
        "priogrid_gid": pa.array(generator.integers(1, 259_200, N_ROWS)),
        "country": pa.array(names).take(pa.array(country)),
        "country_id": pa.array([COUNTRIES[name] for name in names]).take(pa.array(country)),
        "region": some(5, "Region {}".format), "event_clarity": pa.array(dyad % 2 + 1),
        "date_prec": pa.array(generator.choice(5, N_ROWS, p=[0.7, 0.15, 0.05, 0.07, 0.03]) + 1),
        "date_start": pa.array([text + day for text in np.datetime_as_string(start).tolist()]),
        "date_end": pa.array([text + day for text in np.datetime_as_string(end).tolist()]),
        "deaths_a": pa.array(best // 3), "deaths_b": pa.array(best // 3), "deaths_civilians": pa.array(best // 3),
        "deaths_unknown": pa.array(best % 3), "best": pa.array(best), "high": pa.array(best + dyad % 7),
        "low": pa.array(best),
        "gwnoa": pa.array([COUNTRIES[name] for name in names]).take(pa.array(country)),
        "gwnob": pa.nulls(N_ROWS, pa.string()),
    }  # fmt: skip
    table = pa.table(columns)
    assert table.shape == (N_ROWS, N_COLUMNS)
    pyarrow.csv.write_csv(table, path, pyarrow.csv.WriteOptions(quoting_style="needed"))
    return path.stat().st_size


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    path = tmp_path_factory.mktemp("world") / "GEDEvent_v24_1.csv"
    write_world(path)
    return path


def peer_seconds(path, columns):
    started = time.perf_counter()
    table = pyarrow.csv.read_csv(path, convert_options=pyarrow.csv.ConvertOptions(include_columns=columns))
    taken = time.perf_counter() - started
    assert len(table) == N_ROWS
    return taken


def test_loading_beside_pyarrow(benchmark, world):
    """The whole of `load_incidents`; the peer reads and types the same columns and does no more."""
    columns = list(load_incidents(world).provenance.columns_read)
    peer = []
    # The two take turns, so that whatever else the machine does slows both.
    table = benchmark.pedantic(
        load_incidents, args=(world,), setup=lambda: peer.append(peer_seconds(world, columns)), rounds=ROUNDS
    )
    assert (table.provenance.rows_kept, len(table.problems)) == (N_ROWS, 0)
    ratio = min(peer) / benchmark.stats.stats.min
    benchmark.extra_info.update(
        peer="pyarrow.csv, same columns", peer_seconds=min(peer), times_as_fast=ratio, goal_times=1 / 1.5
    )


def test_the_contract_of_a_world_table(benchmark, world):
    """Why the contract is not checked at every loading."""
    incidents = load_incidents(world).incidents
    benchmark.pedantic(check_incidents, args=(incidents,), rounds=3, warmup_rounds=1)


def test_a_country_out_of_a_world_in_parquet(benchmark, world):
    path = world.with_suffix(".parquet")
    table = pyarrow.csv.read_csv(world)
    pyarrow.parquet.write_table(table.sort_by("country"), path, row_group_size=20_000)
    whole = load_incidents(path)
    part = benchmark(load_incidents, path, countries=["MLI"])
    assert len(part.incidents) == whole.incidents["country"].eq("MLI").sum()


def test_importing_the_package_beside_pandas(benchmark):
    """`import analysis` and the first use of its loader, beyond `import pandas`."""

    def seconds(code):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - started

    peer = []
    benchmark.pedantic(
        seconds,
        args=("import pandas, analysis; analysis.load_incidents",),
        setup=lambda: peer.append(seconds("import pandas")),
        rounds=ROUNDS,
        warmup_rounds=1,
    )
    beyond = benchmark.stats.stats.min - min(peer)
    benchmark.extra_info.update(peer="import pandas", peer_seconds=min(peer), seconds_beyond=beyond)
    # What is added is little beside pandas alone, on any machine.
    assert beyond < min(peer)
