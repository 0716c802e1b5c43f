"""Periods and units from incidents and from counts, the same way."""

import numpy as np
import pandas as pd
import pytest

from analysis.incidents.opening import open_study
from analysis.measures import QUESTIONS, compute_indicators
from analysis.measures.backtest import backtest_rules
from analysis.measures.panels import month_panel, week_panel, week_problem
from tests.measures.tables import make_incidents, make_study


def weekly_table(path, numbers, *, first="2024-01-06", deaths=0):
    days = pd.date_range(first, periods=len(numbers), freq="7D")
    rows = pd.DataFrame({"when": days, "land": "Mali", "n": numbers, "dead": deaths})
    rows.to_csv(path, index=False)
    return open_study(path, mapping="date=when,country=land,deaths=dead", count="n")


def test_incidents_count_on_their_first_day():
    rows = [
        {"date": "2024-01-31", "fatalities_best": 2},
        {"date_start": "2024-02-29", "date_end": "2024-03-02"},
        {"date": "2024-03-09"},
    ]
    study = make_study(make_incidents(rows), start="2024-01-01", as_of="2024-03-09")
    assert month_panel(study)["MLI"].tolist() == [1, 1]  # March is not over
    assert month_panel(study, quantity="deaths")["MLI"].tolist() == [2, 0]
    assert week_panel(study)["MLI"].tolist()[-2:] == [1, 1]
    assert week_panel(study).index[-1] == pd.Timestamp("2024-03-03")


def test_weeks_of_a_table_are_its_own_and_months_share_them_out(tmp_path):
    # From Saturday 6 January: the fourth week, 27 January to 2 February, has five of its seven days in January.
    study = weekly_table(tmp_path / "w.csv", [7, 7, 7, 14, 7, 7, 7, 7, 7], deaths=1)
    assert week_panel(study)["MLI"].tolist() == [7, 7, 7, 14, 7, 7, 7, 7, 7]
    assert month_panel(study).index.tolist() == [pd.Timestamp("2024-02-01")]
    assert month_panel(study)["MLI"].tolist() == [4 + 7 * 3 + 6]  # 2 of 7 days of 14; three weeks; 6 of 7 days of 7
    assert week_panel(study, quantity="deaths")["MLI"].tolist() == [1] * 9


def test_nothing_is_lost_in_rounding(tmp_path):
    numbers = np.random.default_rng(1).poisson(1.3, 150)
    study = weekly_table(tmp_path / "w.csv", numbers, first="2021-01-02")
    months = month_panel(study)["MLI"]
    daily = pd.Series(study.daily_counts(), index=pd.date_range(study.start, study.as_of))
    spread = daily.resample("MS").sum().reindex(months.index)
    assert (months - spread).abs().max() < 1
    assert abs(months.sum() - spread.sum()) < 1


def test_a_month_says_nothing_of_its_weeks(tmp_path):
    rows = pd.DataFrame({"when": pd.date_range("2023-01-01", periods=14, freq="MS"), "land": "Mali", "n": range(14)})
    rows.to_csv(tmp_path / "m.csv", index=False)
    study = open_study(tmp_path / "m.csv", mapping="date=when,country=land", count="n")
    assert month_panel(study)["MLI"].tolist() == list(range(14))
    assert "counts by month" in week_problem(study)
    with pytest.raises(ValueError, match="does not say in which of its weeks"):
        week_panel(study)


def test_units_stand_apart(tmp_path):
    rows = [("2024-01-06", "Mali", "A", 3), ("2024-01-13", "Mali", "B", 4)]
    pd.DataFrame(rows, columns=["when", "land", "place", "n"]).to_csv(tmp_path / "u.csv", index=False)
    study = open_study(tmp_path / "u.csv", mapping="date=when,country=land,admin1=place", count="n", unit="admin1")
    assert week_panel(study).to_dict("list") == {"MLI/A": [3, 0], "MLI/B": [0, 4]}
    assert week_panel(study, by_unit=False)["MLI"].tolist() == [3, 4]


def test_no_question_answers_a_table_of_counts_with_silent_zeros(tmp_path):
    study = weekly_table(tmp_path / "w.csv", np.full(200, 5), first="2021-01-02", deaths=2)
    computed = compute_indicators(study)
    assert set(computed["question"]) == set(QUESTIONS)
    silent = computed[computed["status"].ne("computed")]
    assert silent["reason"].ne("").all()
    needs = computed[computed["question"].isin(["offensives", "tempo", "contagion", "severity", "claims"])]
    assert needs["status"].eq("not_computed").all()
    assert needs["reason"].str.startswith("the table holds counts of attacks by unit and period").all()


def test_what_counts_can_answer_is_answered_from_them(tmp_path):
    # Five a week for five years, then fifteen for the last four weeks; the same table as incidents gives the same
    # numbers.
    numbers = np.r_[np.full(259, 5), np.full(4, 15)]
    study = weekly_table(tmp_path / "w.csv", numbers, first="2020-01-04", deaths=2)
    table = compute_indicators(study, questions=["frequency", "trend", "surge", "outlook", "assessment"]).set_index(
        "name"
    )
    assert table.loc["attacks_in_window", "value"] == 4 * 15
    assert table.loc["attacks_in_baseline", "value"] == 156 * 5  # 1,096 days hold 156 whole weeks
    assert table.loc["surge_units_above", "value"] == 1
    assert table.loc["escalation_verdict", "value"] >= 1
    assert table.loc["outlook_attacks_next", "status"] == "computed"
    assert table.loc["laplace_statistic", "reason"].startswith("the table holds counts")
    days = pd.date_range("2020-01-04", periods=len(numbers), freq="7D")
    rows = [
        {"date": f"{day + pd.Timedelta(days=k % 7):%Y-%m-%d}"}
        for day, n in zip(days, numbers, strict=True)
        for k in range(n)
    ]
    same = make_study(
        make_incidents(rows), start="2020-01-04", as_of=f"{study.as_of:%Y-%m-%d}", window_days=28, baseline_days=1092
    )
    assert week_panel(same)["MLI"].tolist() == numbers.tolist()
    assert (
        compute_indicators(same, questions=["frequency"]).set_index("name").loc["attacks_in_baseline", "value"] == 780
    )
    other = compute_indicators(same, questions=["surge"]).set_index("name")
    assert other.loc["surge_p", "value"] == pytest.approx(table.loc["surge_p", "value"])


def test_rules_are_tried_on_counts(tmp_path):
    generator = np.random.default_rng(3)
    numbers = np.concatenate(
        [generator.poisson(4, 400), generator.poisson(16, 70)]
    )  # a rise, so that each rule has an alarm
    study = weekly_table(tmp_path / "w.csv", numbers, first="2016-01-02", deaths=2)
    tested = backtest_rules(study).rules.set_index("rule")
    assert tested.loc[["own past", "Farrington flexible", "acled_surge"], "status"].eq("computed").all()
    assert not tested["reason"].str.contains("counts").any()
    rows = pd.DataFrame({"when": pd.date_range("2015-01-01", periods=80, freq="MS"), "land": "Mali", "n": 9})
    rows.to_csv(tmp_path / "m.csv", index=False)
    monthly = open_study(tmp_path / "m.csv", mapping="date=when,country=land", count="n")
    assert backtest_rules(monthly).rules["reason"].str.contains("counts by month").all()
    assert (
        compute_indicators(monthly, questions=["surge"])["reason"]
        .str.contains("counts by month|one figure of deaths")
        .all()
    )
