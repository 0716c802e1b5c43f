"""Mann-Kendall with Sen slope: 1,500 series of 521 weeks, beside R trend or, where R lacks it, a plain loop over pairs.

R trend 1.1 took 9.3 ms (Mann-Kendall) and 67 ms (Sen) a series where it was last measured.
"""

import shutil
import subprocess
import time

import numpy as np
import pytest

from analysis.statistics.monotone_trend import mann_kendall, sen_slope

N_PERIODS, N_SERIES = 521, 1500
PEER_SERIES = 20
R_SCRIPT = """
library(trend)
x <- as.matrix(read.csv(file("stdin"), header = FALSE))
cat(system.time(for (j in seq_len(ncol(x))) { mk.test(x[, j]); sens.slope(x[, j]) })[["elapsed"]])
"""


@pytest.fixture(scope="module")
def panel():
    generator = np.random.default_rng(1)
    return generator.negative_binomial(0.5, 0.1, (N_PERIODS, N_SERIES)).astype(float)


def plain_pairs(x):
    """Both measures from all pairs, series by series."""
    earlier, later = np.triu_indices(x.size, 1)
    rises = x[later] - x[earlier]
    return np.sign(rises).sum(), np.median(rises / (later - earlier))


def test_mann_kendall(benchmark, panel):
    benchmark(mann_kendall, panel)


def test_mann_kendall_hamed_rao(benchmark, panel):
    benchmark(mann_kendall, panel, correction="hamed_rao")


def test_sen_slope(benchmark, panel):
    benchmark(sen_slope, panel)


def test_both_beside_r_trend(benchmark, panel):
    script = shutil.which("Rscript")
    if script is None or subprocess.run([script, "-e", "library(trend)"], capture_output=True, check=False).returncode:
        pytest.skip("R with its package trend is not installed")
    text = "\n".join(",".join(f"{value:g}" for value in row) for row in panel[:, :PEER_SERIES])
    shown = subprocess.run([script, "-e", R_SCRIPT], input=text, capture_output=True, text=True, check=True)
    peer = float(shown.stdout) / PEER_SERIES
    benchmark(lambda: (mann_kendall(panel), sen_slope(panel)))
    ratio = peer / (benchmark.stats.stats.min / N_SERIES)
    benchmark.extra_info.update(peer="R trend", peer_seconds=peer * N_SERIES, times_as_fast=ratio)
    assert ratio >= 100


def test_both_beside_plain_pairs(benchmark, panel):
    started = time.perf_counter()
    expected = [plain_pairs(panel[:, column]) for column in range(PEER_SERIES)]
    peer = (time.perf_counter() - started) / PEER_SERIES
    kendall, sen = benchmark(lambda: (mann_kendall(panel), sen_slope(panel)))
    for column, (statistic, slope) in enumerate(expected):
        assert (kendall.statistic[column], sen.slope[column]) == (statistic, pytest.approx(slope))
    ratio = peer / (benchmark.stats.stats.min / N_SERIES)
    benchmark.extra_info.update(peer="numpy, all pairs", peer_seconds=peer * N_SERIES, times_as_fast=ratio)
    assert ratio > 2
