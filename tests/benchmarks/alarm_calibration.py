"""Measure what the chances of `analysis.statistics.expectation` are worth, and write the correction.

    python -m tests.benchmarks.alarm_calibration            # simulates, fits, writes
    analysis/statistics/expectation_calibration.py

On simulated histories in which nothing changes, the share of weeks whose smaller chance (of one week, and of four) is
at most A is held against 2 A. Its logarithm is fitted by Poisson regression on what the pool knows of the unit. Whole
counts are spread evenly over their chance (randomised), so that the fit is of the law, not of its steps.
"""

import sys
from pathlib import Path

import numpy as np

from analysis.statistics import expectation
from analysis.statistics.expectation_calibration import LARGEST_TAIL
from tests.benchmarks import histories

N_WEEKS, FIRST = 300, 26
TAILS = (0.01, 0.003, 0.001, 0.0003)
RIDGE = 2.0
FILE = Path(expectation.__file__).with_name("expectation_calibration.py")


def sample(kind, n_units, seed):
    """Simulate, and return the smaller randomised chance, the design and the kinds, one row a unit and week."""
    generator = np.random.default_rng(seed)
    counts, kinds = histories.mixed(generator, N_WEEKS, n_units)
    if kind == "sums":
        n = counts.shape[1]
        counts = histories.deaths_of(generator, counts, generator.uniform(1.0, 2.2, n), generator.uniform(0.7, 4, n))
    kept = {}
    original = expectation.calibration_design

    def spy(features, expected, seen):
        kept["design"] = original(features, expected, seen)
        return kept["design"]

    expectation.calibration_design = spy
    found = expectation.expect_counts(counts, kind=kind, first=FIRST)
    expectation.calibration_design = original
    chance = found.above + generator.uniform(size=found.raw.shape) * (found.raw - found.above)
    smaller = chance[:, FIRST:].min(axis=0)
    weeks = np.broadcast_to(np.arange(FIRST, N_WEEKS)[:, None], smaller.shape)
    return (
        smaller.ravel(),
        kept["design"][FIRST:].reshape(smaller.size, -1),
        np.tile(kinds, len(smaller)),
        weeks.ravel(),
    )


def fit(smaller, design):
    """Fit the shift of each term, and one slope, by Poisson regression over all tails at once."""
    parts = [np.hstack([design, np.full((len(design), 1), np.log(tail / LARGEST_TAIL))]) for tail in TAILS]
    held = np.vstack(parts)
    came = np.concatenate([(smaller <= tail).astype(float) for tail in TAILS])
    offset = np.concatenate([np.full(len(smaller), np.log(2 * tail)) for tail in TAILS])
    at = np.zeros(held.shape[1])
    penalty = np.full(at.size, RIDGE)
    penalty[0] = 0
    for _ in range(50):
        mean = np.exp(np.clip(held @ at + offset, -20, 0))
        step = np.linalg.solve(
            (held * mean[:, None]).T @ held + np.diag(penalty), held.T @ (came - mean) - penalty * at
        )
        at += np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-4:
            break
    return at[:-1], float(at[-1])


def main(n_units=900):
    lines, tables = [], []
    for kind, seed in (("counts", 1), ("sums", 2)):
        smaller, design, kinds, weeks = sample(kind, n_units, seed)
        shift, slope = fit(smaller, design)
        lines.append((kind, shift, slope))
        for name in dict.fromkeys(kinds):
            for low, high in ((26, 52), (52, 104), (104, 300)):
                held = (kinds == name) & (weeks >= low) & (weeks < high)
                shares = []
                for tail in (0.003, 0.001):
                    meant = (
                        2
                        * tail
                        * np.exp(np.clip(design[held] @ shift, -1.5, 1.5) + slope * np.log(tail / LARGEST_TAIL))
                    )
                    shares += [(smaller[held] <= tail).mean() / (2 * tail), (smaller[held] <= tail).sum() / meant.sum()]
                tables.append(
                    f"{kind:7} {name:18} weeks {low:3}-{high:3}  pool {shares[0]:.2f} {shares[2]:.2f}  corrected"
                    f" {shares[1]:.2f} {shares[3]:.2f}"
                )
    text = FILE.read_text(encoding="utf-8").split("CALIBRATION = ")[0]
    text += "CALIBRATION = {\n"
    for kind, shift, slope in lines:
        text += f'    "{kind}": (\n        ({", ".join(f"{x:.4g}" for x in shift)}),\n        {slope:.4g},\n    ),\n'
    FILE.write_text(text + "}\n", encoding="utf-8")
    sys.stdout.write("\n".join(tables) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
