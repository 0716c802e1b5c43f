"""Small made-up tables in the shape that the measures give, for drawing."""

import numpy as np
import pandas as pd


def attack_table(n, *, first="2024-01-01", last="2025-07-15", seed=1, vague=0.15):
    rng = np.random.default_rng(seed)
    span = (pd.Timestamp(last) - pd.Timestamp(first)).days
    start = pd.Timestamp(first) + pd.to_timedelta(np.sort(rng.integers(0, span + 1, n)), unit="D")
    precision = np.where(rng.random(n) < vague, rng.choice(["week", "month"], n), "day")
    length = pd.Series(precision).map({"day": 0, "week": 6, "month": 29}).to_numpy().copy()
    length[(precision == "day") & (rng.random(n) < 0.05)] = 2
    return pd.DataFrame(
        {
            "incident_id": [f"A{i}" for i in range(n)],
            "date_start": start.astype("datetime64[us]"),
            "date_end": (start + pd.to_timedelta(length, unit="D")).astype("datetime64[us]"),
            "date_precision": pd.Categorical(precision),
            "locality": "Somewhere",
        }
    )


def count_table(
    attacks, *, first="2024-01-01", last="2025-07-16", freq="MS", period="month", unit="Mali", uncovered=()
):
    edges = pd.date_range(first, pd.Timestamp(last) + pd.DateOffset(months=1), freq=freq)
    starts, ends = edges[:-1], edges[1:]
    keep = starts < pd.Timestamp(last)
    starts, ends = starts[keep], ends[keep]
    when = attacks["date_start"].to_numpy()
    value = np.array(
        [((when >= s) & (when < e)).sum() for s, e in zip(starts.to_numpy(), ends.to_numpy(), strict=True)], float
    )
    sure = np.array(
        [
            ((when >= s) & (attacks["date_end"].to_numpy() < e)).sum()
            for s, e in zip(starts.to_numpy(), ends.to_numpy(), strict=True)
        ],
        float,
    )
    possible = np.array(
        [
            ((when < e) & (attacks["date_end"].to_numpy() >= s)).sum()
            for s, e in zip(starts.to_numpy(), ends.to_numpy(), strict=True)
        ],
        float,
    )
    table = pd.DataFrame(
        {
            "unit": unit, "period_start": starts, "period_end": ends, "period": period,
            "complete": ends <= pd.Timestamp(last), "value": value, "low": sure, "high": possible,
            "n_incidents": value.astype(int), "status": "computed", "reason": "",
        }
    )  # fmt: skip
    out = table.index.isin(uncovered)
    table.loc[out, ["value", "low", "high"]] = np.nan
    table.loc[out, "status"] = "not_computed"
    table.loc[out, "reason"] = "outside coverage (2024-01-01 to 2025-07-15)"
    return table


def offensive_table(n, *, first="2024-01-15", last="2025-07-01", seed=2):
    rng = np.random.default_rng(seed)
    span = (pd.Timestamp(last) - pd.Timestamp(first)).days
    days = np.sort(rng.integers(0, span + 1, n))
    if n:
        days[-1] = span
    start = (pd.Timestamp(first) + pd.to_timedelta(days, unit="D")).astype("datetime64[us]")
    n_sites = rng.choice([1, 2, 2, 3, 4], n)
    if n:
        n_sites[-1] = 7
    return pd.DataFrame(
        {
            "offensive_id": [f"O{i}" for i in range(n)], "attacker": "JNIM", "date_start": start, "date_end": start,
            "n_incidents": n_sites, "n_sites": n_sites,
            "sites": ["Boulkessi" if k == 1 else "; ".join(["Kayes", "Nioro", "Diboli"][: min(k, 3)]) for k in n_sites],
            "deaths_low": 0.0, "deaths_high": 10.0, "latitude": 14.0, "longitude": -4.0, "meets": "sites",
        }
    )  # fmt: skip
