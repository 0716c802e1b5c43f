"""How deadly attacks are, and the range within which the worst so far may be reached again."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.measures import assessment, severity
from analysis.measures.result import INDICATOR_COLUMNS
from analysis.reports.sections.severity import _change, _change_title
from analysis.reports.wording import Results

START = pd.Timestamp("2022-01-01")
BOTH = {reading: reading for reading in severity.READINGS}


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    """The rules are the same with few resamples; only the intervals are rougher."""
    monkeypatch.setattr(severity, "N_BOOTSTRAPS", 5)
    monkeypatch.setattr(severity, "N_FIT_BOOTSTRAPS", 39)
    monkeypatch.setattr(severity, "N_CURVE", 5)


def day(number):
    return f"{START + pd.Timedelta(days=int(number)):%Y-%m-%d}"


def pareto(n, *, seed=1, alpha=2.5, scale=1.0, days=(0, 820)):
    """Rows whose deaths are rounded Pareto values, low a little below high."""
    generator = np.random.default_rng(seed)
    high = np.floor(scale * (1 - generator.random(n)) ** (-1 / (alpha - 1)))
    when = np.sort(generator.integers(*days, n))
    return [
        {"date": day(d), "fatalities_low": np.floor(0.8 * x), "fatalities_high": x}
        for d, x in zip(when, high, strict=True)
    ]


def values(opened):
    return severity.indicators(opened).set_index("name")


def test_readings_by_hand(incidents):
    table = incidents(
        [
            {"date": "2022-01-01", "fatalities_low": 3, "fatalities_best": 5, "fatalities_high": 9},
            {"date": "2022-01-02", "fatalities_best": 4},
            {"date": "2022-01-03", "fatalities_low": 2},
            {"date": "2022-01-04"},
            {"date": "2022-01-05", "fatalities_low": 9, "fatalities_best": 5, "fatalities_high": 2},
            {"date": "2022-01-06", "fatalities_high": 3},
        ]
    )
    assert severity.read_deaths(table, "lowest").fillna(-1).tolist() == [3, 4, 2, -1, 2, -1]
    assert severity.read_deaths(table, "highest").fillna(-1).tolist() == [9, 4, 2, -1, 9, 3]
    with pytest.raises(ValueError, match="expected one of lowest, highest"):
        severity.read_deaths(table, "best")


def test_the_worst_and_the_chance_without_a_model_by_hand(opened):
    # 12 attacks with a figure, 4 of them in the last 365 days: 4 / (12 + 4).
    rows = [{"date": day(100 + i), "fatalities_best": i, "locality": f"place {i}"} for i in range(8)]
    rows += [{"date": day(500 + i), "fatalities_best": i} for i in range(4)]
    table = values(opened(rows))
    assert table.loc["deaths_worst_lowest", "value"] == 7
    assert table.loc["deaths_worst_lowest", "detail"] == {
        "place": "place 7",
        "day": "2022-04-18",
        "dated": "day",
        "days": 1,
        "alike": 1,
    }
    assert table.loc["deaths_worst_lowest", "incident_ids"] == ["i0007"]
    assert table.loc["worst_again_exchangeable_lowest", "value"] == pytest.approx(0.25)


def test_a_worst_row_that_sums_up_weeks_is_said_to(opened):
    rows = [{"date_start": "2022-05-01", "date_end": "2022-05-30", "fatalities_best": 500}]
    assert values(opened(rows)).loc["deaths_worst_highest", "detail"] == {
        "place": "Mali",
        "day": "2022-05-01",
        "dated": "day",
        "days": 30,
        "alike": 1,
    }


def test_the_range_holds_every_model_and_reading(opened):
    ours = opened(pareto(150))
    table, models = values(ours), severity.models_of(ours)
    assert tuple(severity.indicators(ours).columns) == INDICATOR_COLUMNS
    assert models["status"].eq("computed").all()
    assert table.loc["worst_again_least", "value"] == pytest.approx(models["low"].min())
    assert table.loc["worst_again_most", "value"] == pytest.approx(models["high"].max())
    assert (models["low"] <= models["value"]).all()
    assert (models["value"] <= models["high"]).all()
    assert (
        models.groupby("reading")["model"].agg(list).tolist()
        == [["power law", "lognormal", "stretched exponential"]] * 2
    )


def test_the_tail_is_found(opened):
    # 300 values with exponent 2.5: four standard errors (1.5 / sqrt(300)) are .35; rounding down bends the smallest.
    row = values(opened(pareto(300))).loc["tail_exponent_highest"]
    assert row["value"] == pytest.approx(2.5, abs=0.5)
    assert row["low"] < row["value"] < row["high"]


def test_deadlier_attacks_are_told_from_a_single_massacre(opened):
    calm = pareto(160, days=(0, 730))
    massacre = [*calm, *pareto(20, seed=2, days=(730, 820))]
    massacre[-1] = massacre[-1] | {"fatalities_low": 900, "fatalities_high": 1000}
    deadlier = [*calm, *pareto(20, seed=2, scale=6.0, days=(730, 820))]
    one, all_ = values(opened(massacre)), values(opened(deadlier))
    assert one.loc["deaths_mean_window_highest", "value"] > 8 * one.loc["deaths_mean_baseline_highest", "value"]
    assert one.loc["deaths_ratio_p_highest", "value"] > 0.05
    assert all_.loc["deaths_ratio_p_highest", "value"] < 0.01
    assert all_.loc["deaths_ratio_highest", "low"] > 2


def test_what_cannot_be_told_without_copies_is_no_change_and_no_number():
    def chance(**without):
        told = {"unit": "", "detail": {}, "low": 1.5, "high": 3.0, "level": 0.9, "status": "computed"}
        of = {"ratio": 2.0, "ratio_p": 0.01, "mean_window": 4.0, "mean_baseline": 2.0}
        rows = [
            {"name": f"deaths_{name}_{reading}", "value": value} | told | {"detail": without if "p" in name else {}}
            for name, value in of.items()
            for reading in severity.READINGS
        ]
        results = Results(SimpleNamespace(place=""), pd.DataFrame(rows))
        found = severity.chance_of(results["deaths_ratio_highest"], results["deaths_ratio_p_highest"])
        return found, _change(results, BOTH)

    assert chance()[0] == 0.01
    assert chance(copied=1, ratio_without=1.5, p_without=0.2)[0] == 0.2
    assert chance(copied=1, ratio_without=0.5, p_without=0.04)[0] == 1  # the other way
    found, said = chance(copied=1, ratio_without=None, p_without=None)
    assert found == 1
    assert said.count("like another, and may be a copy: without it no change can be told.") == 2


def test_attacks_are_deadlier_only_where_lowest_and_highest_figures_say_so(opened):
    calm, scaled = pareto(160, days=(0, 730)), pareto(20, seed=2, scale=6.0, days=(730, 820))
    line = next(line for line in assessment.LINES if line.name == "lethality")

    def told(late):
        study = opened([*calm, *late])
        rows = {row.name: row for row in severity.indicators(study).itertuples(index=False)}
        return assessment._line_row(line, study, rows, ""), _change_title(study)

    both, title = told(scaled)
    assert both["p_value"] < 0.01
    assert both["value"] > 2
    assert title.startswith("Attacks became deadlier: ")
    assert " deaths each in the last 90 days, " in title
    # Figures that lie farther apart, no deaths more: six times the highest figure beside the usual lowest one.
    wider, title = told([row | {"fatalities_low": np.floor(row["fatalities_low"] / 6)} for row in scaled])
    assert wider["p_value"] > 0.05
    assert wider["value"] < 2
    assert title.startswith("No clear change in deaths per attack: ")
    # Calm rows, of which the deadliest are pasted several times more, are deadlier by their copies alone.
    placed = [row | {"locality": f"town {i}"} for i, row in enumerate(pareto(40, seed=2, days=(730, 820)))]
    worst = sorted(placed, key=lambda row: row["fatalities_high"])[-12:]
    pasted, title = told([*placed, *worst * 8])
    assert pasted["p_value"] > 0.05
    assert title.startswith("No clear change in deaths per attack: ")
    study = opened([*calm, *placed, *worst * 8])
    p = severity.indicators(study).set_index("name").loc["deaths_ratio_p_highest"]
    assert (p["value"] <= 0.05, p["detail"]["copied"]) == (True, 96)
    assert "96 of these attacks are like another, and may be copies: without them" in _change(Results(study), BOTH)
    # The lowest figures fall as clearly as the highest rise.
    torn, title = told([row | {"fatalities_low": 0} for row in scaled])
    assert torn["reason"] == "the lowest and the highest figures point opposite ways"
    assert title.startswith("No clear change in deaths per attack: 0 to ")


def test_means_by_period_by_hand(opened):
    # The last 91 days hold 1..6 (mean 3.5, median 3.5, worst 6); the period before has only 2 figures.
    rows = [{"date": day(735 + i), "fatalities_best": i + 1} for i in range(6)]
    rows += [{"date": day(700), "fatalities_best": 9}, {"date": day(701), "fatalities_best": 9}, {"date": day(740)}]
    table = severity.deaths_by_period_of(opened(rows))
    last = table[table["reading"].eq("lowest")].iloc[-1]
    assert (last["value"], last["median"], last["worst"], last["n_attacks"], last["n_incidents"]) == (3.5, 3.5, 6, 7, 6)
    before = table[table["reading"].eq("lowest")].iloc[-2]
    assert before["status"] == "not_computed"
    assert before["reason"] == "2 attacks have a figure of deaths; a mean needs at least 5"


@pytest.mark.parametrize(
    ("rows", "name", "said"),
    [
        ([{"date": "2022-05-01"}], "deaths_worst_highest", "no attack has a figure of deaths"),
        (
            [{"date": "2022-05-01"}],
            "worst_again_most",
            "0 attacks have a figure of deaths; a model of the deadliest needs at least 30",
        ),
        ([{"date": day(i), "fatalities_best": 0} for i in range(40)], "tail_start_lowest", "no attack has a death"),
        ([{"date": day(i), "fatalities_best": 0} for i in range(40)], "worst_again_exchangeable_lowest", "has a death"),
        ([{"date": day(i), "fatalities_best": 0} for i in range(40)], "deaths_ratio_highest", "no attack has a death"),
        ([{"date": day(i), "fatalities_best": 2} for i in range(40)], "tail_start_lowest", "distinct"),
        (
            [{"date": day(i), "fatalities_best": 1.5 + i} for i in range(40)],
            "tail_start_lowest",
            "40 figures of deaths are not whole numbers",
        ),
        (
            pareto(60, days=(0, 200)),
            "worst_again_exchangeable_lowest",
            "the last year holds no attack with a figure of deaths",
        ),
        (pareto(60, days=(0, 200)), "worst_again_least", "the last year holds no attack with a figure of deaths"),
        (
            pareto(60, days=(0, 200)),
            "deaths_ratio_highest",
            "days with a figure of deaths are few: 0 in the window and",
        ),
    ],
)
def test_too_little_is_refused_with_its_reason(opened, rows, name, said):
    row = values(opened(rows)).loc[name]
    assert row["status"] == "not_computed"
    assert pd.Series([row["reason"]]).str.contains(said).all(), row["reason"]


@pytest.mark.parametrize(("days", "known"), [(1, False), (89, False), (90, True)])
def test_a_short_history_tells_no_number_for_the_next_year(study, incidents, days, known):
    # One attack on its one day is no 365 attacks a year, of which one is "at least as deadly" with over 99 %.
    rows = [{"date": day(days - 1), "fatalities_best": 4}]
    table = values(study(incidents(rows), start="2022-01-01", as_of=day(days - 1), window_days=1))
    row = table.loc["worst_again_exchangeable_lowest"]
    if known:  # 1 attack in 90 days is 365 / 90, so 4, in a year
        assert row["value"] == pytest.approx(4 / 5)
    else:
        least = f"the history has {days} {'day' if days == 1 else 'days'}, and a number for the next year needs 90"
        assert (row["status"], row["reason"]) == ("not_computed", least)


def test_curves_start_at_the_share_observed_and_fall(opened):
    curves = severity.curves_of(opened(pareto(150)))
    for _, series in curves.groupby("series"):
        assert series["deaths"].is_monotonic_increasing
        assert series["value"].is_monotonic_decreasing
    observed = curves[curves["series"].eq("observed")].set_index("deaths")["value"]
    for model in ("power law", "lognormal", "stretched exponential"):
        first = curves[curves["series"].eq(model)].iloc[0]
        assert first["value"] == pytest.approx(observed[first["deaths"]])


def test_later_rows_change_nothing_earlier(study, incidents):
    rows = pareto(200)
    before = [row for row in rows if row["date"] <= "2023-12-31"]
    span = {"start": "2022-01-01", "as_of": "2023-12-31"}
    pd.testing.assert_frame_equal(
        severity.indicators(study(incidents(before), **span)), severity.indicators(study(incidents(rows), **span))
    )


def test_the_embedded_table_is_refused_a_model_and_given_the_rest():
    table = values(open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", n_simulations=1000))
    assert table.loc["worst_again_most", "status"] == "not_computed"
    assert table.loc["worst_again_exchangeable_highest", "status"] == "computed"
    assert table.loc["deaths_worst_highest", "value"] == 105
