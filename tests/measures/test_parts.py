"""What each part counts now, beside its usual month."""

import pandas as pd
import pytest

from analysis.measures.level import level_of
from analysis.measures.parts import DOWN, SAME, UNKNOWN, UP, deaths_since, hold_beside_usual
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
    whole = deaths_since(made, pd.Timestamp("2024-12-02"))
    assert (whole.low, whole.high, whole.n_stated, whole.n) == (15, 37, 13, 14)


def test_a_short_history_has_no_usual_month():
    rows = [{"date": f"2024-12-{day:02d}", "admin1": "a"} for day in range(1, 21)]
    made = make_study(make_incidents(rows), start="2024-10-01", as_of="2024-12-31")
    table = hold_beside_usual(made, made.attacks["admin1"])
    assert table["usual"].isna().all()
    assert table["direction"].tolist() == [UNKNOWN]
    assert hold_beside_usual(made, made.attacks["admin2"]).empty
