"""What the chances of `expectation` were worth on simulated histories: coefficients, made by ``python -m
tests.benchmarks.alarm_calibration``."""

LARGEST_TAIL = 0.003
CALIBRATION = {
    "counts": (
        (-0.3599, 0.177, -0.7605, 0.6349, -0.1683, 0.1197, -0.1128, -0.01304, 0.1604),
        -0.05446,
    ),
    "sums": (
        (1.646, -0.3263, -1.073, -0.1172, -0.3804, 0.3712, -0.1101, -0.0458, 0.3762),
        -0.3648,
    ),
}
