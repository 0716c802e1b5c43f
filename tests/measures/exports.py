"""Made-up exports of one table, week by week, for tests of delays and of what moves."""

import numpy as np
import pandas as pd

from tests.incidents.tables import PROJECT_ROW, as_text, write

LAST = pd.Timestamp("2025-06-29")


def keep_exports(folder, *, n_looks=16, gap_days=7, rate=8.0, mean_days=14.0, seed=1, slow_days=None):
    """Write weekly exports of a made-up table; return their paths, and each attack's day and day of recording."""
    rng = np.random.default_rng(seed)
    looks = [LAST - pd.Timedelta(days=gap_days * k) for k in range(n_looks)][::-1]
    days = pd.date_range(looks[0] - pd.Timedelta(days=100), LAST)
    day = np.repeat(days.to_numpy(), rng.poisson(rate / 7, len(days)))
    delay = rng.exponential(mean_days, len(day)) if slow_days is None else np.full(len(day), slow_days)
    known = day + pd.to_timedelta(np.ceil(delay), unit="D").to_numpy()
    text = [str(value)[:10] for value in day]
    rows = [
        PROJECT_ROW | {"incident_id": f"E{n}", "date_start": text[n], "date_end": text[n], "locality": f"Town {n}"}
        for n in range(len(day))
    ]
    folder.mkdir()
    paths = []
    for look in looks:
        held = [row for row, when in zip(rows, known, strict=True) if when <= look]
        paths.append(write(folder / f"t-{look:%Y-%m-%d}.csv", as_text(held)))
    write(folder / "coverage.csv", f"country,first_day,last_day\nMLI,{days[0]:%Y-%m-%d},2025-12-31\n")
    return paths, day, known
