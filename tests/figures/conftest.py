"""Small made-up tables in the shape that the measures give, for drawing."""

import warnings
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("agg")

import matplotlib.pyplot as plt


@pytest.fixture(autouse=True)
def no_trace():
    """Every chart leaves matplotlib's settings as they were and opens at most one figure."""
    plt.close("all")  # what tests of other rooms left open
    before = dict(mpl.rcParams)
    yield
    assert dict(mpl.rcParams) == before
    assert len(plt.get_fignums()) <= 1
    plt.close("all")


@pytest.fixture
def tables():
    return SimpleNamespace(
        attacks=attack_table, counts=count_table, offensives=offensive_table, rolling=rolling_table,
        unusual=unusual_table, grid=grid_table, completeness=completeness_table, trend=trend_table, panel=panel_table,
    )  # fmt: skip


@pytest.fixture
def read():
    return SimpleNamespace(bars=bars, texts=texts, by_gid=by_gid, overlaps=overlaps)


def bars(ax, *, hatched=False):
    """Heights of the bars, whole or hatched, by their middle day number, in order."""
    from matplotlib.patches import Rectangle

    found = [p for c in ax.containers for p in c if isinstance(p, Rectangle) and bool(p.get_hatch()) == hatched]
    return [p.get_height() for p in sorted(found, key=lambda p: p.get_x())]


def texts(ax):
    """Every text on the axes' figure that a reader can see."""
    from matplotlib.text import Text

    figure = ax.get_figure(root=True)
    return [t.get_text() for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]


def by_gid(ax, gid):
    found = ax.findobj(lambda artist: artist.get_gid() == gid)
    assert len(found) == 1, f"{len(found)} artists called {gid!r}"
    return found[0]


def overlaps(ax):
    """Pairs of visible texts whose drawn boxes meet, and texts that leave the figure."""
    from matplotlib.text import Text

    figure = ax.get_figure(root=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    boxes = []
    for text in figure.findobj(Text):
        hidden = any(not parent.get_visible() for parent in (text, text.axes) if parent is not None)
        if hidden or not text.get_text().strip() or text.get_window_extent(renderer).width == 0:
            continue
        boxes.append((text.get_text(), Text.get_window_extent(text, renderer)))
    drawn = [(name, box) for name, box in boxes if box.x1 > 0 and box.x0 < figure.bbox.x1]
    meeting = [
        (a, b)
        for i, (a, box_a) in enumerate(drawn)
        for b, box_b in drawn[i + 1 :]
        if min(box_a.x1, box_b.x1) - max(box_a.x0, box_b.x0) > 1
        and min(box_a.y1, box_b.y1) - max(box_a.y0, box_b.y0) > 1
    ]
    outside = [
        name
        for name, box in drawn
        if box.x0 < -2 or box.y0 < -2 or box.x1 > figure.bbox.x1 + 2 or box.y1 > figure.bbox.y1 + 2
    ]
    return meeting, outside


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


def rolling_table(first, last, event_days, *, window_days=29, level=0.95):
    days = pd.date_range(first, last, unit="us")
    events = np.asarray(event_days)
    value = np.array([((events <= i) & (events > i - window_days)).sum() for i in range(len(days))], float)
    value[: window_days - 1] = np.nan
    computed = ~np.isnan(value)
    return pd.DataFrame(
        {
            "day": days, "expected": 0.6, "baseline_low": 0.0, "baseline_high": 2.0, "value": value, "level": level,
            "status": np.where(computed, "computed", "not_computed"),
            "reason": np.where(computed, "", "the window begins before coverage"),
        }
    )  # fmt: skip


def unusual_table(independent, clustered, *, k=3, window_days=29, history_days=546):
    rows = []
    for null, values in (("independent", independent), ("clustered", clustered)):
        for quantity, value in zip(("fixed_window", "any_window", "recurrence_years"), values, strict=True):
            known = not np.isnan(value)
            high = value * 2 if quantity == "recurrence_years" else min(1.0, value * 1.5)
            rows.append(
                {
                    "null": null, "quantity": quantity, "k": k, "window_days": window_days,
                    "history_days": history_days, "value": value, "low": value / 2, "high": high,
                    "status": "computed" if known else "not_computed",
                    "reason": "" if known else "the baseline holds no offensive",
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def grid_table(rules):
    rows = [
        (gap, km, rule, float(gap + 2 * i + (km > 200)), (gap, km, i) == (0, np.inf, 0), "computed", "")
        for i, rule in enumerate(rules)
        for gap in range(4)
        for km in (50.0, 150.0, 300.0, np.inf)
    ]
    return pd.DataFrame(
        rows, columns=["max_gap_days", "max_km", "significance", "value", "is_default", "status", "reason"]
    )


def completeness_table(periods, *, reporter="Army briefing"):
    """periods: (month, held, reference); a reference of zero is not computed."""
    start = pd.to_datetime([month for month, *_ in periods])
    held, reference = np.array([p[1] for p in periods]), np.array([p[2] for p in periods])
    value = np.divide(held, reference, out=np.full(len(held), np.nan), where=reference > 0)
    return pd.DataFrame(
        {
            "unit": "MLI", "period_start": start, "period_end": start + pd.DateOffset(months=1), "held": held,
            "reference": reference, "reporter": reporter, "value": value, "low": value * 0.5,
            "high": np.minimum(1, value * 1.6), "level": 0.95,
            "status": np.where(reference > 0, "computed", "not_computed"),
            "reason": np.where(reference > 0, "", "the reference counts none"),
        }
    )  # fmt: skip


def trend_table(values, *, first="2020-01-01", fitted=True, reason=""):
    value = np.asarray(values, float)
    line = np.linspace(2, 6, len(value)) if fitted else np.full(len(value), np.nan)
    return pd.DataFrame(
        {
            "period_start": pd.date_range(first, periods=len(value), freq="MS"), "value": value, "fitted": line,
            "low": line * 0.7, "high": line * 1.4, "reason": reason,
        }
    )  # fmt: skip


def panel_table(units, *, n=120, seed=3):
    rng = np.random.default_rng(seed)
    parts = []
    for unit in units:
        observed = rng.poisson(4, n).astype(float)
        observed[-1] = 20
        upper = np.where(np.arange(n) < 20, np.nan, 9.0)
        parts.append(
            pd.DataFrame(
                {
                    "unit": unit, "period_start": pd.date_range("2022-01-03", periods=n, freq="W-MON"),
                    "observed": observed, "expected": np.where(np.isnan(upper), np.nan, 4.0), "upper": upper,
                    "alarm": observed > upper, "status": "computed", "reason": "",
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)
