"""Naming the units of 386,000 incidents in 1,500 units over 13,149 days."""

import numpy as np
import pandas as pd
import pytest

from analysis.incidents.canonical import COLUMNS, VOCABULARIES
from analysis.incidents.selection import unit_of

N_ROWS, N_UNITS, N_DAYS = 386_000, 1500, 13_149
START = pd.Timestamp("1988-01-04").as_unit("us")  # a Monday


@pytest.fixture(scope="module")
def attacks():
    generator = np.random.default_rng(7)
    unit = np.minimum((generator.pareto(1.0, N_ROWS) * 30).astype(int), N_UNITS - 1)
    unit[:N_UNITS] = np.arange(N_UNITS)
    day = START + pd.to_timedelta(generator.integers(0, N_DAYS, N_ROWS), unit="D")
    made = dict.fromkeys(COLUMNS, None) | {
        "incident_id": [f"i{number}" for number in range(N_ROWS)], "row": np.arange(N_ROWS) + 2, "date_start": day,
        "date_end": day,
        "country": [f"C{number:02}" for number in unit % 60], "admin1": [f"Province {number}" for number in unit],
        "geo_precision": pd.Categorical(["exact"] * N_ROWS, categories=VOCABULARIES["geo_precision"]),
    }  # fmt: skip
    frame = pd.DataFrame(
        {name: made[name] for name in ("incident_id", "country", "admin1", "geo_precision", "date_start", "date_end")}
    )
    return frame.astype({name: COLUMNS[name] for name in frame if COLUMNS[name] != "category"})


def test_naming_the_units(benchmark, attacks):
    named = benchmark(unit_of, attacks, "admin1")
    assert named.nunique() == N_UNITS
