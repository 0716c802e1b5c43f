"""Which places stand above their baseline: rules by hand, their false alarms by simulation, the coup of 2021 by name."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.measures import surge
from analysis.measures.surge import (
    COMPARATORS,
    FARRINGTON,
    TWO_PERIODS,
    compare_weeks,
    false_alarm_rate,
    hdx_level,
    rule_for,
    watch_units,
    week_panel,
)

UCDP = Path(__file__).resolve().parents[3] / "shared" / "data" / "ucdp"


def weekly(counts, *, last="2024-12-31", place="Kayes", attacker="A"):
    """Return rows with so many attacks in each week that ends with ``last``, spread over the week's days."""
    end = pd.Timestamp(last)
    return [
        {"date": f"{end - pd.Timedelta(days=7 * back + n % 7):%Y-%m-%d}", "admin1": place, "attacker": attacker}
        for back, count in enumerate(reversed(counts))
        for n in range(int(count))
    ]


def numbered(rows):
    return [row | {"incident_id": f"i{number}"} for number, row in enumerate(rows)]


def test_weeks_end_with_the_span(incidents):
    table = incidents([{"date": day} for day in ("2024-03-03", "2024-03-04", "2024-03-10", "2024-03-11")])
    units = pd.Series("MLI", index=table.index)
    panel = week_panel(table, units, start=pd.Timestamp("2024-02-20"), end=pd.Timestamp("2024-03-11"))
    # 20 days hold two whole weeks: 26 Feb - 3 March and 4 - 10 March.
    assert panel.index.strftime("%Y-%m-%d").tolist() == ["2024-02-26", "2024-03-04"]
    assert panel["MLI"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("n_weeks", "rule"),
    [(300, FARRINGTON), (264, FARRINGTON), (263, TWO_PERIODS), (30, TWO_PERIODS), (29, "EARS C2"), (9, "")],
)
def test_the_rule_goes_by_the_length_of_history(n_weeks, rule):
    found, why = rule_for(n_weeks)
    assert found == rule
    assert f"{n_weeks} whole weeks" in why


def test_four_weeks_by_hand():
    # 96 weeks with 48 attacks, evenly: .5 a week, 2 in four weeks. Twelve in the last four.
    counts = np.array([0, 1] * 48 + [3, 3, 3, 3])[:, None]
    found = compare_weeks(counts, alpha=0.01, evaluate=np.array([99]))
    assert found.expected.item() == pytest.approx(48 / 96)
    # Every four weeks of the baseline hold 2: no more dispersed than independent attacks, so D = 1; the rate itself adds 4/96.
    assert found.dispersion.item() == pytest.approx(1 + 4 / 96)
    assert found.alarm.item()
    assert found.p_value.item() < 1e-5


def test_a_baseline_without_any_attack_is_judged_by_shares():
    # All of three attacks fall into the last 4 of 100 weeks: (4/100)^3 by the conditional test.
    counts = np.array([0] * 97 + [1, 1, 1])[:, None]
    found = compare_weeks(counts, alpha=0.01, evaluate=np.array([99]))
    assert found.p_value.item() == pytest.approx(0.04**3)
    assert found.alarm.item()
    # One attack alone has a chance of .04, above the level.
    assert not compare_weeks(np.array([0] * 99 + [1])[:, None], alpha=0.01, evaluate=np.array([99])).alarm.item()


@pytest.mark.parametrize(("mean", "size"), [(0.5, None), (3.0, None), (3.0, 1.5), (10.0, 4.0)])
def test_four_weeks_keep_their_level_where_nothing_changes(mean, size):
    generator = np.random.default_rng(7)
    shape = (104, 4000)
    counts = (
        generator.poisson(mean, shape)
        if size is None
        else generator.negative_binomial(size, size / (size + mean), shape)
    )
    share = compare_weeks(counts, alpha=0.01, evaluate=np.array([103])).alarm.mean()
    # Counts are whole, so the level is rarely reached; an estimated dispersion may exceed it a little: at most twice.
    assert 0.001 < share < 0.02


def test_the_acled_surge_rule_fires_in_a_sixth_of_quiet_weeks():
    # methods.md 5: on stationary Poisson(2 a week) about 15.6 of 100 unit-weeks (their simulation, four standard errors of ours).
    counts = np.random.default_rng(3).poisson(2.0, (5, 40_000))
    assert COMPARATORS[0].fires(counts).mean() == pytest.approx(0.156, abs=0.0075)


def test_comparators_by_hand():
    surge_rule, threat = COMPARATORS
    assert surge_rule.fires(np.array([1, 1, 1, 1, 2])[:, None]).item()
    assert not surge_rule.fires(np.array([1, 1, 1, 0, 9])[:, None]).item()  # a mean of .75 is below 1
    assert threat.fires(np.array([1] * 52 + [2] * 4)[:, None]).item()
    assert not threat.fires(np.array([0] * 52 + [2] * 4)[:, None]).item()  # a ratio over zero is none


def test_hdx_levels_by_hand():
    quiet = np.zeros(1500)
    assert hdx_level(quiet) == "none"
    risen = quiet.copy()
    risen[-1] = 120
    assert hdx_level(risen) == "high"  # the most in three years
    earlier = risen.copy()
    earlier[-800] = 500
    assert hdx_level(earlier) == "medium"  # the most in a year, not in three
    short = np.zeros(800)
    short[-1] = 120
    assert hdx_level(short) == "medium"  # three years are not covered


def test_quiet_never_hides_a_rise_in_level():
    daily = np.zeros(1600)
    daily[-900] = 150  # the most in three years is 150
    daily[-100] = 120  # medium: an alert, then 180 days of quiet
    daily[-1] = 130  # medium again: held back
    assert hdx_level(daily) == "quiet"
    daily[-1] = 200  # high: never held back
    assert hdx_level(daily) == "high"


def test_a_surge_in_one_place_of_many_is_found(incidents, study):
    generator = np.random.default_rng(5)
    rows = []
    for place in range(12):
        counts = generator.poisson(2, 300)
        if place == 3:
            counts[-3:] = [12, 14, 15]
        rows += weekly(counts, place=f"P{place:02d}")
    made = study(incidents(numbered(rows)), start="2019-01-01", as_of="2024-12-31", unit="admin1")
    watch = watch_units(made)
    assert watch.alerts["unit"].tolist() == ["MLI/P03"]
    found = watch.alerts.iloc[0]
    assert found["rule"] == FARRINGTON
    assert found["observed"] == 15
    assert found["above_since"] == pd.Timestamp("2024-12-11")
    assert len(found["incident_ids"]) == 15
    assert found["false_alarms_per_year"] < 1.5
    assert watch_units(made, control="fdr").alerts["unit"].tolist() == ["MLI/P03"]
    with pytest.raises(ValueError, match="alarms_per_year, fdr"):
        watch_units(made, control="none")


def test_alarms_keep_to_the_years_budget_where_nothing_changes(incidents, study):
    """200 units of stationary counts: the level shares out four alarms a year, so a week has .08 of one."""
    rng = np.random.default_rng(11)
    counts = rng.poisson(3.0, (300, 200))
    alpha = surge.ALARMS_PER_YEAR / (surge.WEEKS_PER_YEAR * 200)
    judged = surge.RULES[FARRINGTON](counts, alpha, np.arange(263, 300))
    a_year = judged.alarm.sum() / 37 * surge.WEEKS_PER_YEAR
    # 37 weeks expect 2.8 alarms at the level; whole counts and down-weighted surges move it by no more than a few.
    assert a_year < 4 * surge.ALARMS_PER_YEAR


def test_the_false_alarm_rate_is_the_level_times_the_weeks():
    counts = np.random.default_rng(2).poisson(6.0, 300)
    rate = false_alarm_rate(counts, FARRINGTON, alpha=0.01, n_simulations=2000)
    # 1 % of 52 weeks; whole counts keep it below, the estimated baseline above; Monte Carlo error .12.
    assert 0.1 < rate < 1.2


def test_a_place_with_a_silent_past_is_judged_all_the_same(incidents, study):
    rows = weekly([0] * 296 + [2, 3, 3, 4], place="Silent") + weekly([1] * 300, place="Steady")
    made = study(incidents(numbered(rows)), start="2019-01-01", as_of="2024-12-31", unit="admin1")
    first = watch_units(made).units.iloc[0]
    assert (first["unit"], first["rule"], bool(first["alarm"])) == ("MLI/Silent", TWO_PERIODS, True)
    assert "next to nothing" in first["rule_reason"]
    assert np.isnan(first["value"])  # a ratio over nothing


def test_too_few_attacks_and_too_short_histories_say_so(incidents, study):
    made = study(
        incidents(numbered(weekly([1] * 296 + [0, 0, 1, 1]))), start="2019-01-01", as_of="2024-12-31", unit="admin1"
    )
    row = watch_units(made).units.iloc[0]
    assert (row["status"], bool(row["alarm"])) == ("not_computed", False)
    assert "fewer than 5 attacks in the last 4 weeks" in row["reason"]
    short = study(incidents([{"date": "2024-12-20"}]), start="2024-12-01", as_of="2024-12-31")
    table = surge.indicators(short).set_index("name")
    assert "the shortest baseline needs 10" in table.loc["surge_units_judged", "reason"]
    uncovered = study(
        incidents([{"date": "2024-06-20"}]), start="2020-01-01", as_of="2024-12-31", last_day="2024-11-30"
    )
    assert "covers the selection only to 2024-11-30" in surge.indicators(uncovered)["reason"].iloc[0]


def test_what_cannot_be_placed_is_counted(incidents, study):
    rows = numbered(weekly([2] * 60))
    rows[0]["geo_precision"] = "country"
    watch = watch_units(study(incidents(rows), start="2023-10-01", as_of="2024-12-31", unit="admin1"))
    assert watch.n_unplaced == 1
    assert watch.panel.to_numpy().sum() == len(rows) - 1


def test_order_of_rows_and_later_rows_change_nothing(incidents, study):
    rng = np.random.default_rng(9)
    rows = numbered(weekly(rng.poisson(2, 80), place="P1") + weekly(rng.poisson(1, 80), place="P2"))
    arguments = {"start": "2023-06-01", "as_of": "2024-12-31", "unit": "admin1"}
    first = watch_units(study(incidents(rows), **arguments))
    shuffled = [rows[place] for place in rng.permutation(len(rows))]
    later = [*shuffled, *({"date": "2025-02-01", "admin1": "P1", "incident_id": f"later{n}"} for n in range(30))]
    again = watch_units(study(incidents(later), **arguments))
    pd.testing.assert_frame_equal(first.units, again.units)
    pd.testing.assert_frame_equal(first.series, again.series)


def test_shifting_dates_by_whole_weeks_shifts_the_result(incidents, study):
    rng = np.random.default_rng(4)
    counts = rng.poisson(2, 80)
    one = watch_units(study(incidents(numbered(weekly(counts))), start="2023-06-01", as_of="2024-12-31"))
    other = watch_units(
        study(incidents(numbered(weekly(counts, last="2025-01-28"))), start="2023-06-29", as_of="2025-01-28")
    )
    assert one.units["p_value"].tolist() == other.units["p_value"].tolist()
    assert (other.units["period_end"] - one.units["period_end"]).dt.days.tolist() == [28]


def test_the_alerts_document_names_every_unit(incidents, study):
    made = study(incidents(numbered(weekly([1] * 60))), start="2023-10-01", as_of="2024-12-31")
    document = surge.alerts_document(watch_units(made), made)
    assert (document["schema"], document["n_units"], len(document["units"])) == (1, 1, 1)
    assert {"unit", "rule", "alarm", "above_since", "false_alarms_per_year", "incident_ids"} <= set(
        document["units"][0]
    )
    assert {row["rule"] for row in document["comparators"]} == {"acled_surge", "acled_threat", "hdx_signal"}


def test_the_embedded_table_is_judged_on_four_weeks():
    opened = open_study(country="MLI", attacker="JNIM", as_of="2025-07-01")
    row = watch_units(opened).units.iloc[0]
    assert (row["rule"], row["observed"], bool(row["alarm"])) == (TWO_PERIODS, 3.0, True)


@pytest.mark.skipif(not UCDP.exists(), reason="the UCDP files are not beside the checkout")
def test_myanmar_in_march_2021_reads_as_the_coup_and_its_cities():
    file = UCDP / "GEDEvent_v24_1_Myanmar.csv"
    before = watch_units(open_study(file, unit="admin1", as_of="2021-01-31"))
    after = watch_units(open_study(file, unit="admin1", as_of="2021-03-31"))
    assert not {"MMR/Yangon", "MMR/Mandalay"} & set(before.alerts["unit"])
    assert {"MMR/Yangon", "MMR/Mandalay"} <= set(after.alerts["unit"])
    assert after.alerts["above_since"].ge("2021-02-01").all()
