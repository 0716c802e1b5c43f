"""What each part counts now, beside its usual month."""

import numpy as np
import pandas as pd
import pytest

from analysis.incidents.counting import spread_evenly
from analysis.measures import parts
from analysis.measures.deadliest import read_deaths
from analysis.measures.level import level_of
from analysis.measures.level_rule import MIN_EVENTS, RECENT_SPANS
from analysis.measures.noise import span_counts, span_edges
from analysis.measures.parts import DOWN, LIKELY, SAME, UNKNOWN, UP, deaths_between, hold_beside_usual
from tests.measures.tables import make_incidents, make_study


def study():
    """Return two years in which unit a has one a month and twelve in the last, b two a month, c none since June."""
    months = pd.date_range("2023-01-01", "2024-12-01", freq="MS")
    rows = [{"date": f"{day:%Y-%m}-05", "admin1": "a"} for day in months]
    rows += [
        {"date": f"2024-12-{day:02d}", "admin1": "a", "fatalities_low": 1, "fatalities_high": 3}
        for day in range(10, 21)
    ]
    rows += [
        {"date": f"{day:%Y-%m}-{at}", "admin1": "b", "fatalities_best": 2} for day in months for at in ("07", "21")
    ]
    rows += [{"date": f"{day:%Y-%m}-{at:02d}", "admin1": "c"} for day in months[:20] for at in range(2, 6)]
    return make_study(make_incidents(rows), start="2023-01-01", as_of="2024-12-31")


@pytest.fixture(scope="module")
def held():
    made = study()
    return made, hold_beside_usual(made, made.attacks["admin1"])


def test_each_part_is_held_against_its_own_usual_month(held):
    _, table = held
    table = table.set_index("part")
    assert table["recent"].tolist() == [12, 2, 0]
    assert table.index.tolist() == ["a", "b", "c"]
    assert table["direction"].tolist() == [UP, SAME, DOWN]
    # 360 days that end 90 before the last: a had one a month of the calendar, twelve in all.
    assert table.loc["a", "usual"] == pytest.approx(1.0, abs=0.1)
    assert table.loc["a", "low"] < table.loc["a", "ratio"] < table.loc["a", "high"]


def test_parts_are_counted_as_their_days_would_be():
    """By the days of each part, where rows without a part, rough dates and dates that reach beyond the study count."""
    draw = np.random.default_rng(3)
    days = pd.Timestamp("2018-01-01") + pd.to_timedelta(draw.integers(0, 2556, 3000), "D")
    rows = [
        {"date": f"{day:%Y-%m-%d}", "admin1": None if part == 9 else f"unit {part}", "date_precision": precision}
        for day, part, precision in zip(
            days, draw.integers(0, 10, 3000), draw.choice(["day", "week", "month", "year"], 3000), strict=True
        )
    ]
    made = make_study(make_incidents(rows), start="2018-01-01", as_of="2024-12-20")
    table = hold_beside_usual(made, made.attacks["admin1"]).set_index("part")
    number, first, end = made.row_numbers(), *made.row_spans()
    assert len(table) == 9
    for part in table.index:
        held = made.attacks["admin1"].eq(part).to_numpy()
        daily = spread_evenly(number[held], first[held], end[held], start=made.start, end_of_all=made.end)
        spans = span_counts(daily, span_edges(made))
        assert table.loc[part, ["recent", "before"]].tolist() == pytest.approx(spans[[-1, -2]].tolist(), abs=2e-6)
        assert table.loc[part, "usual"] == pytest.approx(spans[-15:-3].mean(), abs=2e-6)


def test_parts_of_any_number_are_counted_at_once(monkeypatch):
    """A pass for each of 60,000 names, such as free text, took minutes; and parts alike are weighed once."""
    read, weighed = [], []
    monkeypatch.setattr(parts, "read_deaths", lambda *given: read.append(given) or read_deaths(*given))
    noise = parts.local_level.estimate_noise
    monkeypatch.setattr(parts.local_level, "estimate_noise", lambda spans: weighed.append(len(spans)) or noise(spans))
    days = pd.date_range("2021-01-01", "2024-12-31")
    rows = [{"date": f"{day:%Y-%m-%d}", "attacker": f"{day:%d %B %Y}"} for day in days]
    made = make_study(make_incidents(rows), start="2021-01-01", as_of="2024-12-31")
    table = hold_beside_usual(made, made.attacks["attacker"])
    # A part for each day; those of the last span and of the twelve that end three months ago are told.
    assert len(table) == 30 + 12 * 30
    assert len(read) == 2
    assert weighed == [13]


def test_parts_add_up_to_the_whole(held):
    made, table = held
    row = level_of(made).table.iloc[0]
    assert table["usual"].sum() == pytest.approx(row["usual"] / row["span_days"] * 30)
    assert table["recent"].sum() == made.daily_counts()[-30:].sum()


def test_deaths_are_the_sums_of_lowest_and_highest_figures_of_rows_with_any(held):
    made, table = held
    table = table.set_index("part")
    assert table.loc["a", ["deaths_low", "deaths_high", "n_stated"]].tolist() == [11, 33, 11]
    assert table.loc["b", ["deaths_low", "deaths_high", "n_stated"]].tolist() == [4, 4, 2]
    whole = deaths_between(made, pd.Timestamp("2024-12-02"), made.end)
    assert (whole.low, whole.high, whole.n_stated, whole.n) == (15, 37, 13, 14)


def test_a_short_history_has_no_usual_month():
    rows = [{"date": f"2024-12-{day:02d}", "admin1": "a"} for day in range(1, 21)]
    made = make_study(make_incidents(rows), start="2024-10-01", as_of="2024-12-31")
    table = hold_beside_usual(made, made.attacks["admin1"])
    assert table["usual"].isna().all()
    assert table["direction"].tolist() == [UNKNOWN]
    assert hold_beside_usual(made, made.attacks["admin2"]).empty


def test_both_sides_of_what_makes_a_part_rise_or_fall(monkeypatch):
    """A year of twelve spans; beyond 1.25 times the usual number, or .8, likely enough, and of enough events.

    At 1.6 times as before, 8,037 where 6,020 are usual were "no clear change", beside an alarm.
    """
    sure, unsure = LIKELY, LIKELY - 1e-9
    # The last span, the year before the three last, the chance of more, and what follows.
    cases = [
        (25, 240, sure, UP),  # 25 where 20 are usual
        (25, 240, unsure, SAME),
        (24, 240, 1.0, SAME),  # 1.2 times
        (16, 240, 1 - sure, DOWN),  # 16 where 20 are usual
        (16, 240, 1 - unsure, SAME),
        (17, 240, 0.0, SAME),  # .85 times
        (4, 48, 0.0, SAME),  # as usual
        (MIN_EVENTS, 0, 1.0, UP),
        (MIN_EVENTS - 1, 0, 1.0, UNKNOWN),
    ]
    recent, year, above, said = (list(column) for column in zip(*cases, strict=True))
    spans = np.zeros((len(cases), 12 + RECENT_SPANS))
    spans[:, 0], spans[:, -1] = year, recent
    monkeypatch.setattr(parts.local_level, "chance_above", lambda *counts, **noise: np.array(above))
    assert parts._compare(spans, 12)["direction"].tolist() == said


def test_the_span_before_and_no_time_long_gone_count():
    def table(old):
        months = pd.date_range("2012-01-01", "2024-12-01", freq="MS")
        days = [*(f"{day:%Y-%m}-05" for day in months), "2024-11-20", "2024-11-21", *old]
        rows = [{"date": day, "admin1": "a"} for day in days]
        made = make_study(make_incidents(rows), start="2012-01-01", as_of="2024-12-31")
        return hold_beside_usual(made, made.attacks["admin1"])

    found = table([])
    # Spans of 30 days: of the last one attack, of the one before three, of that before one.
    assert found[["recent", "before"]].to_numpy().tolist() == [[1, 3]]
    pd.testing.assert_frame_equal(found, table([f"2012-02-{day:02d}" for day in range(1, 25)]))


@pytest.mark.parametrize(("mean", "dispersion"), [(2.0, 1.0), (5.0, 2.0), (10.0, 4.0)])
def test_of_parts_without_a_change_few_are_called_up_and_as_many_down(mean, dispersion):
    draw = np.random.default_rng(5)
    shape = mean / (dispersion - 1) if dispersion > 1 else np.inf
    level = draw.gamma(shape, mean / shape, (600, 62)) if np.isfinite(shape) else np.full((600, 62), mean)
    spans = draw.poisson(level).astype(float)
    said = parts._compare(spans, 12)["direction"]
    for direction in (UP, DOWN):
        assert (said == direction).mean() < 0.045  # .025, and three standard errors
