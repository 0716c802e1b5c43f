"""Counting 386,000 incidents by 1,500 units and 13,149 days: weeks, and every window of 30 days, beside pandas.

Counts are held against the peer's, number by number.
"""

import time

import numpy as np
import pandas as pd
import pytest

from analysis.incidents.canonical import COLUMNS, VOCABULARIES
from analysis.incidents.selection import unit_of
from analysis.measures.frequency import count_panel, rolling_panel

N_ROWS, N_UNITS, N_DAYS, WINDOW_DAYS = 386_000, 1500, 13_149, 30
START = pd.Timestamp("1988-01-04").as_unit("us")  # a Monday
END = START + pd.Timedelta(days=N_DAYS)


@pytest.fixture(scope="module")
def attacks():
    generator = np.random.default_rng(7)
    unit = np.minimum((generator.pareto(1.0, N_ROWS) * 30).astype(int), N_UNITS - 1)
    unit[:N_UNITS] = np.arange(N_UNITS)
    day = START + pd.to_timedelta(generator.integers(0, N_DAYS, N_ROWS), unit="D")
    made = dict.fromkeys(COLUMNS, None) | {
        "incident_id": [f"i{number}" for number in range(N_ROWS)], "row": np.arange(N_ROWS) + 2, "date_start": day, "date_end": day,
        "country": [f"C{number:02}" for number in unit % 60], "admin1": [f"Province {number}" for number in unit],
        "geo_precision": pd.Categorical(["exact"] * N_ROWS, categories=VOCABULARIES["geo_precision"]),
    }  # fmt: skip
    frame = pd.DataFrame(
        {name: made[name] for name in ("incident_id", "country", "admin1", "geo_precision", "date_start", "date_end")}
    )
    return frame.astype({name: COLUMNS[name] for name in frame if COLUMNS[name] != "category"})


@pytest.fixture(scope="module")
def units(attacks):
    return unit_of(attacks, "admin1")


def pandas_panels(attacks, units):
    daily = pd.crosstab(attacks["date_start"], units).reindex(
        pd.date_range(START, END - pd.Timedelta(days=1)), fill_value=0
    )
    weekly = daily.resample("W-MON", label="left", closed="left").sum()
    return weekly, daily.rolling(WINDOW_DAYS).sum().iloc[WINDOW_DAYS - 1 :]


def test_counting_beside_pandas(benchmark, attacks, units):
    started = time.perf_counter()
    weekly, rolling = pandas_panels(attacks, units)
    peer = time.perf_counter() - started

    spans = {"start": START, "end": END}
    busy = []

    def count():
        began = time.process_time()
        panels = (
            count_panel(attacks, units, period="week", **spans),
            rolling_panel(attacks, units, window_days=WINDOW_DAYS, **spans),
        )
        busy.append(time.process_time() - began)
        return panels

    counted, rolled = benchmark.pedantic(count, rounds=5, warmup_rounds=1)
    n_weeks = N_DAYS // 7
    assert (counted.to_numpy() == weekly.to_numpy()[:n_weeks]).all()
    assert (rolled.to_numpy() == rolling.to_numpy()).all()
    assert list(counted) == list(weekly)
    ratio = peer / benchmark.stats.stats.min
    benchmark.extra_info.update(
        peer="pandas crosstab, resample, rolling", peer_seconds=peer, times_as_fast=ratio, processor_seconds=min(busy)
    )
    assert ratio > 3


def test_naming_the_units(benchmark, attacks):
    named = benchmark(unit_of, attacks, "admin1")
    assert named.nunique() == N_UNITS
