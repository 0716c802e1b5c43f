"""How unusual the k-th offensive in w days is."""

import numpy as np
import pandas as pd
import pytest

from analysis.incidents.study import DAY
from analysis.measures import tempo
from analysis.reports.sections import frequency as frequency_section
from analysis.reports.sections import tempo as tempo_section

START = pd.Timestamp("2020-01-01")


def test_the_three_numbers_of_the_headline():
    """Four offensives a year, three within 29 days: .4 % of fixed windows, 48 % of five-year histories, 84 % if
    clustered.

    Values of methods.md section 3, found by simulation; tolerance two points.
    """
    table = tempo.estimate_unusualness(
        3, baseline_count=20, baseline_days=5 * 365.25, window_days=29, history_days=1826
    ).set_index(["null", "quantity"])["value"]  # fmt: skip
    assert table["independent", "fixed_window"] == pytest.approx(0.0042, abs=0.0002)
    assert table["independent", "any_window"] == pytest.approx(0.48, abs=0.02)
    assert table["clustered", "any_window"] == pytest.approx(0.84, abs=0.02)


def test_independence_is_the_optimistic_case_and_bounds_hold_the_value():
    table = tempo.estimate_unusualness(3, baseline_count=9, baseline_days=700, window_days=30, history_days=730)
    wide = table.set_index(["quantity", "null"])["value"]
    assert wide["any_window", "clustered"] > wide["any_window", "independent"]
    assert wide["recurrence_years", "clustered"] < wide["recurrence_years", "independent"]
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()


@pytest.mark.parametrize(("k", "count"), [(0, 5), (3, 0)])
def test_nothing_is_judged_without_a_count_or_a_baseline(k, count):
    with pytest.raises(ValueError, match="at least 1"):
        tempo.estimate_unusualness(k, baseline_count=count, baseline_days=300, window_days=30, history_days=330)


def test_rolling_counts_by_hand():
    # Events on days 0, 1 and 5; windows of three days end on day 2 (2 events), 3 (1), 4 (0), 5 (1), 6 (1), 7 (1).
    events = pd.Series(START + np.array([0, 1, 5]) * DAY)
    table = tempo.rolling_counts(
        events, start=START, end=START + 8 * DAY, baseline_start=START, baseline_end=START + 4 * DAY, window_days=3
    )
    assert table["value"].iloc[2:].tolist() == [2, 1, 0, 1, 1, 1]
    assert table["status"].iloc[:2].eq("not_computed").all()
    assert table["expected"].iloc[0] == pytest.approx(2 / 4 * 3)
    # A Poisson count of mean 1.5 is 0 with a chance of .22, at most 3 with one of .934, at most 4 with one of .981.
    assert table[["baseline_low", "baseline_high"]].iloc[0].tolist() == [0, 4]


@pytest.fixture
def busy(study, incidents):
    """Two-site operations: four in 2024, two in the last 30 days."""
    days = ["2024-02-01", "2024-05-01", "2024-08-01", "2024-11-01", "2024-12-10", "2024-12-20"]
    rows = [{"date": day, "locality": place} for day in days for place in "xy"]

    def opened(**settings):
        return study(incidents(rows), start="2024-01-01", as_of="2024-12-31", n_simulations=2000, **settings)

    return opened


def test_baseline_excludes_the_window(busy):
    table = tempo.indicators(busy()).set_index("name")
    assert table["status"].eq("computed").all()
    # Four offensives in the 336 days before the window.
    assert table.loc["offensive_rate_baseline", "value"] == pytest.approx(4 / 336 * 365.25)
    assert "k = 2 in 30 days" in table.loc["tempo_fixed_window_independent", "method"]
    closed = tempo.scan.naus_probability(2, expected_per_window=4 / 336 * 30, n_windows=366 / 30)
    assert table.loc["tempo_any_window_closed_form", "value"] == pytest.approx(closed)


def test_headline_count_replaces_the_count(busy):
    as_counted = tempo.indicators(busy()).set_index("name")["value"]
    as_reported = tempo.indicators(busy(headline_count=3)).set_index("name")["value"]
    assert as_reported["tempo_fixed_window_independent"] < as_counted["tempo_fixed_window_independent"]


def test_a_quiet_window_has_no_kth_offensive(study, incidents):
    rows = [{"date": "2024-02-01", "locality": place} for place in "xy"]
    table = tempo.indicators(study(incidents(rows), start="2024-01-01", as_of="2024-12-31")).set_index("name")
    assert table.loc["tempo_any_window_clustered", "status"] == "not_computed"
    assert "no k-th one" in table.loc["tempo_any_window_clustered", "reason"]
    assert table.loc["tempo_e_value", "value"] < 1.1  # nothing seen is no evidence of a rise


def test_an_empty_baseline_is_no_rate(study, incidents):
    rows = [{"date": "2024-12-20", "locality": place} for place in "xy"]
    table = tempo.indicators(study(incidents(rows), start="2024-01-01", as_of="2024-12-31")).set_index("name")
    assert "no rate to judge by" in table.loc["tempo_fixed_window_independent", "reason"]


def test_definitions_each_have_their_own_baseline(busy):
    table = tempo.compare_definitions(busy())
    assert len(table) == 64
    loose = table[table["max_gap_days"].eq(0) & np.isinf(table["max_km"])].iloc[0]
    assert (loose["n_window"], loose["n_baseline"]) == (2, 4)
    mean = 4 / 336 * 30
    assert loose["value"] == pytest.approx(1 - np.exp(-mean) * (1 + mean))
    strict = table[table["significance"].eq("3+ sites")]
    assert strict["status"].eq("not_computed").all()


@pytest.mark.parametrize("day", ["2024-02-01", "2024-12-20"])
def test_a_definition_needs_offensives_in_window_and_baseline(study, incidents, day):
    rows = [{"date": day, "locality": place} for place in "xy"]
    table = tempo.compare_definitions(study(incidents(rows), start="2024-01-01", as_of="2024-12-31"))
    assert table[["n_window", "n_baseline"]].to_numpy().max() == 1
    assert table["status"].eq("not_computed").all()


def test_same_seed_same_numbers(busy):
    pd.testing.assert_frame_equal(tempo.indicators(busy()), tempo.indicators(busy()))


def test_the_fullest_window_is_judged_by_the_days_outside_it(busy, monkeypatch):
    asked = []

    def window_probability(k, *, rate_per_day, history_days, **others):
        asked.append((k, rate_per_day, history_days))
        return 0.5

    monkeypatch.setattr(tempo.scan, "window_probability", window_probability)
    found = tempo.greatest_of(busy())
    # The first 30 days with two offensives end on 20 December; four lie in the other 336.
    assert (found.k, found.first_day, found.last_day) == (2, pd.Timestamp("2024-11-21"), pd.Timestamp("2024-12-20"))
    assert asked == [(2, 4 / 336, 366)] * 2


def test_of_days_whose_attacks_mostly_name_nobody_there_are_not_no_offensives(study, incidents):
    """Four battles without an attacker in the last month were "0 offensives in the last 30 days", in two titles."""
    rows = [{"date": "2024-02-01", "locality": place} for place in "xy"]
    battles = [{"date": f"2024-12-{day}", "attacker": None, "locality": "x"} for day in (10, 15, 20, 25)]
    opened = study(incidents(rows * 2 + battles), start="2024-01-01", as_of="2024-12-31")
    value = tempo.rolling_of(opened).set_index("day")["value"]
    # Windows that hold battles alone end from 10 December on; without any row none began, and that is told.
    assert value["2024-12-10":].isna().all()
    assert value["2024-12-09"] == 0
    assert value["2024-02-01"] == 1
    assert frequency_section.timeline_title(opened).startswith("4 attacks in the 30 days to 31 December 2024")
    (drawn,) = (chart for chart in tempo_section.charts(opened) if chart.name == "tempo")
    assert "last 30 days" not in drawn.title
    # Five of nine rows name nobody: no window is the fullest of the history.
    assert tempo.greatest_of(opened)
    five = study(incidents(rows * 2 + [*battles, battles[0]]), start="2024-01-01", as_of="2024-12-31")
    row = tempo.indicators(five).set_index("name").loc["tempo_greatest"]
    assert (row["status"], row["reason"][:10]) == ("not_computed", "5 of the 9")


def test_the_headline_tells_two_chances_of_the_whole_table(busy):
    opened = busy()
    values = tempo.unusualness_of(opened).set_index(["null", "quantity"])["value"]
    assert tempo.headline_chances(opened) == {
        "k": 2,
        "fixed_window": pytest.approx(values["independent", "fixed_window"]),
        "any_window": values["clustered", "any_window"],
    }
