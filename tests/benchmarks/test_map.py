"""Drawing a map of 20,000 attacks, and the world's distances behind it."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt

from analysis.figures import theme
from analysis.figures.spread import plot_map
from analysis.incidents.boundaries import load_countries
from analysis.measures.spread import map_lines, place_attacks

N = 20_000
GOAL_SECONDS = 2.0


@pytest.fixture(scope="module")
def attacks():
    return attacks_of(N)


def attacks_of(n):
    generator = np.random.default_rng(1)
    latitude, longitude = generator.normal(14.5, 1.2, n), generator.normal(-4.0, 1.5, n)
    start = pd.Timestamp("2015-01-01") + pd.to_timedelta(np.sort(generator.integers(0, 3650, n)), unit="D")
    start = start.astype("datetime64[us]")
    return pd.DataFrame(
        {
            "incident_id": [f"i{number}" for number in range(n)], "date_start": start, "date_end": start,
            "date_precision": "day", "country": "MLI", "locality": "Somewhere",
            "latitude": latitude, "longitude": longitude, "geo_precision": "exact",
        }
    )  # fmt: skip


def test_map_of_20_000_attacks(benchmark, attacks, tmp_path):
    located = place_attacks(attacks)
    lines = map_lines(located)

    def drawn():
        ax = plot_map(
            located.attacks, lines.lines, frame=lines.frame, labels=lines.labels, window_start="2024-12-01",
            baseline_start="2022-01-01",
            caption=theme.Caption("a benchmark", "2024-12-28", len(located.attacks)),
        )  # fmt: skip
        theme.write_figure(ax.figure, tmp_path / "map.png", dpi=150)
        theme.write_figure(ax.figure, tmp_path / "map.svg")
        plt.close(ax.figure)

    drawn()
    benchmark.pedantic(drawn, rounds=3)
    benchmark.extra_info["goal_seconds"] = GOAL_SECONDS


def test_placing_20_000_attacks_with_their_distances(benchmark, attacks):
    place_attacks(attacks)
    benchmark.pedantic(place_attacks, args=(attacks,), rounds=3)
    benchmark.extra_info["goal_seconds"] = 2 * GOAL_SECONDS


def test_loading_the_world(benchmark):
    benchmark.pedantic(load_countries.__wrapped__, rounds=5)
    benchmark.extra_info["goal_seconds"] = 0.5
