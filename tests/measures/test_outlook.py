"""The outlook: what is forecast, what is refused, that the past alone is used, and what it reaches on real tables."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.measures import outlook
from analysis.measures.result import NOT_COMPUTED
from analysis.reports.sections import outlook as section
from analysis.reports.wording import Results
from analysis.statistics import forecast, forecast_scores

UCDP = Path(__file__).resolve().parents[3] / "shared" / "data" / "ucdp"


def panel(counts, *, start="2015-01-01"):
    counts = np.asarray(counts)
    if counts.ndim == 1:
        counts = counts[:, None]
    months = pd.date_range(start, periods=len(counts), freq="MS", name="period_start", unit="us")
    return pd.DataFrame(counts, index=months, columns=[f"u{n}" for n in range(counts.shape[1])])


def steady_study(incidents, study, *, months=60, **options):
    """Three attacks with two deaths each on the 5th, 15th and 25th of every month from January 2015."""
    days = [
        day + pd.Timedelta(days=offset)
        for day in pd.date_range("2015-01-01", periods=months, freq="MS")
        for offset in (4, 14, 24)
    ]
    end = pd.Timestamp("2015-01-01") + pd.DateOffset(months=months) - pd.Timedelta(days=1)
    as_of = options.pop("as_of", f"{end:%Y-%m-%d}")
    rows = [{"date": day, "fatalities_best": 2.0} for day in days]
    return study(incidents(rows), start="2015-01-01", as_of=as_of, **options)


def test_what_never_changes_is_forecast_to_stay(incidents, study):
    opened = steady_study(incidents, study)
    table = outlook.indicators(opened).set_index("name")
    assert table.loc["outlook_attacks_next", ["value", "low", "high"]].tolist() == [3, 3, 3]
    assert table.loc["outlook_deaths_last", "value"] == 6
    # Last month kept scores 0: nothing can beat it, so it is what is shown.
    assert outlook.outlook_of(opened).shown in ("last_year", "kept")
    assert table.loc["outlook_attacks_benchmark_crps", "value"] == 0
    assert "never wrong" in table.loc["outlook_attacks_gain", "reason"]
    assert table.loc["outlook_attacks_next", "detail"] == {"month": "2020-01"}
    assert table.loc["outlook_attacks_next", "n_incidents"] == 180


@pytest.mark.parametrize(
    ("as_of", "held", "month"),
    [
        ("2020-01-15", 3, "2020-01"),  # 15 of 31 days are over, fewer than half
        ("2020-01-16", 3, "2020-02"),
        ("2020-01-10", 4, "2020-02"),  # holds more already than the 3 that are forecast
        ("2019-12-31", 0, "2020-01"),
        ("2020-01-31", 9, "2020-02"),
    ],
)
def test_the_month_told_first_is_one_that_lies_ahead(incidents, study, as_of, held, month):
    """On 30 December "none is expected in December" stood above the seven of that month."""
    days = [f"{day:%Y-%m}-{at}" for day in pd.date_range("2015-01-01", periods=60, freq="MS") for at in (5, 15, 25)]
    opened = study(
        incidents([{"date": day, "fatalities_best": 2.0} for day in days + held * ["2020-01-09"]]),
        start="2015-01-01",
        as_of=as_of,
    )
    made = outlook.outlook_of(opened)
    assert made.coming["period_start"].dt.strftime("%Y-%m").tolist() == [month]
    table = outlook.indicators(opened).set_index("name")
    assert table.loc["outlook_attacks_next", "detail"] == {"month": month}
    assert table.loc["outlook_attacks_last", "detail"]["month"] == f"{made.forecasts['period_start'].iloc[-1]:%Y-%m}"
    told = section.read(opened, Results(opened))[0]
    assert ("holds" in told) == (made.ahead == 2)


@pytest.mark.parametrize(("held", "ahead"), [(2.0, 1), (3.0, 2)])
def test_a_month_that_holds_more_than_its_forecast_is_not_told_first(held, ahead):
    """Bangladesh, 5 September 2005, three events: "forecast of September: 2" stood below "between 3 and 6"."""
    begin = pd.Timestamp("2005-09-01")
    rows = {"horizon": 1, "period_start": begin, "period_end": pd.Timestamp("2005-10-01"), "value": 2.0, "high_80": 6.0}
    made = SimpleNamespace(covered_end=pd.Timestamp("2005-09-06"), count_between=lambda *_: held)
    assert outlook._ahead(made, pd.DataFrame([rows]), "attacks") == ahead


def test_a_month_from_which_nothing_was_expected_says_none(incidents, study):
    """Three years of attacks, three of none, and seven in January 2021: "0 to 0 were to be expected"."""
    days = [f"{day:%Y-%m}-{at}" for day in pd.date_range("2015-01-01", periods=36, freq="MS") for at in (5, 15)]
    rows = [{"date": day, "fatalities_best": 2.0} for day in days + 7 * ["2021-01-09"]]
    opened = study(incidents(rows), start="2015-01-01", as_of="2021-01-20")
    told = section.read(opened, Results(opened))[0]
    assert told.startswith("January 2021 holds 7 attacks so far, in 20 of its 31 days; from the months before, none")
    flat = pd.DataFrame({"period_start": [pd.Timestamp("2021-01-01")], "low_80": [5.0], "high_80": [5.0]})
    told = section._begun(opened, SimpleNamespace(forecasts=flat), "attacks")
    assert told.endswith("in 20 of its 31 days; the forecast from the months before was about 5.")


def test_a_benchmark_is_shown_where_the_outlook_does_not_beat_it():
    # The same twelve values every year: draws from the last year are the right forecast but for the season.
    made = outlook.forecast_panel(panel([5] * 80))
    assert made.shown == made.best_benchmark
    assert made.forecasts["value"].tolist() == [5] * 6
    assert made.forecasts["chance_none"].tolist() == [0] * 6


def test_a_benchmark_that_did_better_in_decades_of_calm_is_not_shown_in_a_war():
    """After months of 7 to 12 "about 1, from 0 to 28" stood on a page: zeros had decided what was shown."""
    calm = np.zeros(384)
    calm[40::60] = 1
    made = outlook.forecast_panel(panel([*calm, 2, 8, 12, 7, 10]))
    assert made.best_benchmark == "ewma"
    assert made.gain < 0
    assert made.shown == "outlook"
    assert made.n_alike < outlook.LEAST_ALIKE
    assert made.forecasts["value"].iloc[0] >= 3
    assert made.forecasts["high_80"].iloc[0] <= 25
    # Where months like the last ones are known, they decide with the whole.
    assert outlook.forecast_panel(panel([5] * 60)).shown != "outlook"


def test_the_table_of_forecasts():
    counts = np.random.default_rng(3).poisson([2, 9], (90, 2))
    made = outlook.forecast_panel(panel(counts))
    table = made.forecasts
    assert tuple(table.columns) == outlook.FORECAST_COLUMNS
    assert table["unit"].tolist() == ["u0"] * 6 + ["u1"] * 6
    assert table["period_start"].iloc[0] == pd.Timestamp("2022-07-01")
    assert table["period_end"].iloc[5] == pd.Timestamp("2023-01-01")
    nested = ["low_95", "low_80", "low_50", "value", "high_50", "high_80", "high_95"]
    assert (table[nested].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert table[["low", "high"]].to_numpy().tolist() == table[["low_95", "high_95"]].to_numpy().tolist()
    assert made.shown == min(
        ("outlook", *forecast_scores.BENCHMARKS),
        key=made.scores[made.scores["horizon"].eq(0)].set_index("kind")["crps"].get,
    )
    assert made.gain_low < made.gain < made.gain_high
    assert made.pit["value"].sum() == pytest.approx(1)
    assert made.weights.groupby("horizon")["value"].sum().to_numpy() == pytest.approx(1)
    whole = made.scores[made.scores["horizon"].eq(0)].set_index("kind")
    parts = made.scores[made.scores["horizon"].gt(0)].groupby("kind")["crps"].mean()
    assert whole["crps"].to_dict() == pytest.approx(parts.to_dict())
    assert made.gain == pytest.approx(1 - whole.loc["outlook", "crps"] / whole.loc[made.best_benchmark, "crps"])


def test_appended_months_leave_earlier_forecasts_as_they_were(incidents, study):
    generator = np.random.default_rng(5)
    days = pd.Timestamp("2015-01-01") + pd.to_timedelta(np.sort(generator.integers(0, 365 * 6, 500)), unit="D")
    rows = incidents([{"date": day, "fatalities_best": float(n % 4)} for n, day in enumerate(days)])
    for quantity in outlook.QUANTITIES:
        early = study(rows[rows["date_start"].le("2019-06-30")], start="2015-01-01", as_of="2019-06-30")
        late = study(rows, start="2015-01-01", as_of="2019-06-30")
        whole = study(rows, start="2015-01-01", as_of="2020-12-31")
        first, second = (outlook.outlook_of(opened, quantity=quantity) for opened in (early, late))
        pd.testing.assert_frame_equal(first.forecasts, second.forecasts)
        n = len(first.history)
        assert outlook.monthly_panel(whole, quantity=quantity).iloc[:n].equals(first.history)


def test_an_unfinished_month_is_never_used(incidents, study):
    opened = steady_study(incidents, study, as_of="2019-12-20")
    made = outlook.outlook_of(opened)
    assert made.history.index[-1] == pd.Timestamp("2019-11-01")
    assert made.forecasts["period_start"].iloc[0] == pd.Timestamp("2019-12-01")
    assert made.forecasts["n_incidents"].iloc[0] == 59 * 3


def test_deaths_are_summed_by_month_and_unit(incidents, study):
    rows = [
        {"date": "2015-01-05", "fatalities_best": 4.0},
        {"date": "2015-01-20"},
        {"date": "2015-03-01", "fatalities_best": 3.0},
    ]
    opened = study(incidents(rows), start="2015-01-01", as_of="2015-03-31")
    assert outlook.monthly_panel(opened, quantity="deaths")["MLI"].tolist() == [4, 0, 3]
    assert outlook.monthly_panel(opened)["MLI"].tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    ("history", "match"),
    [
        (panel([3] * 40), "the history has 40 whole months, and a forecast that can be checked needs 41"),
        (panel([0] * 60), "every month counts zero"),
        (panel([0] * 59 + [9]), "the history holds 9 in all, and a forecast needs at least 10"),
        (panel([3] * 60).drop(pd.Timestamp("2017-05-01")), "months are missing inside the history"),
        (panel([3.0] * 30 + [np.nan] + [2.0] * 30), "not covered inside the history"),
        (panel(np.ones((60, 0))), "no attack is placed well enough"),
    ],
)
def test_what_cannot_be_forecast_has_its_reason(history, match):
    made = outlook.forecast_panel(history)
    assert match in made.problem
    assert made.forecasts.empty
    assert made.scores.empty
    assert made.shown == ""


def test_uneven_recording_refuses_a_forecast(incidents, study):
    opened = steady_study(
        incidents, study, reference=[("MLI", "2015-01-01", "2015-02-01", 40), ("MLI", "2019-11-01", "2019-12-01", 4)]
    )
    rows = outlook.indicators(opened)
    assert rows["status"].eq(NOT_COMPUTED).all()
    assert rows["reason"].str.contains("completeness varies").all()


def test_the_embedded_table_gets_no_forecast():
    opened = open_study(country="MLI", attacker="JNIM", as_of="2025-07-01")
    rows = outlook.indicators(opened)
    assert rows["status"].eq(NOT_COMPUTED).all()
    assert rows["reason"].str.contains("completeness varies between 14 % and 36 %").all()


def test_deaths_without_figures_are_not_forecast(incidents, study):
    days = pd.date_range("2015-01-01", periods=60, freq="MS")
    rows = [{"date": day} if n % 4 == 0 else {"date": day, "fatalities_best": 1.0} for n, day in enumerate(days)]
    opened = study(incidents(rows), start="2015-01-01", as_of="2019-12-31")
    assert "15 of 60 attacks have no figure of deaths" in outlook.outlook_of(opened, quantity="deaths").problem
    assert outlook.outlook_of(opened).problem == ""


def test_an_unknown_quantity_is_refused(incidents, study):
    with pytest.raises(ValueError, match="expected one of attacks, deaths"):
        outlook.monthly_panel(steady_study(incidents, study), quantity="wounded")


def test_progress_is_told_for_every_unit():
    told = []
    outlook.forecast_panel(
        panel(np.random.default_rng(2).poisson(3, (50, 3))), progress=lambda n, of: told.append((n, of))
    )
    assert told[-1] == (3, 3)


@pytest.fixture(scope="module")
def ucdp():
    """Myanmar, the Central African Republic and Bangladesh by month: the outlook of each for attacks and deaths."""
    files = ("GEDEvent_v24_1_Myanmar.csv", "GEDEvent_v23_1_CentralAfricanRepublic.csv", "hdx_conflict_data_BGD.csv")
    if not all((UCDP / name).exists() for name in files):
        pytest.skip("the UCDP files beside the checkout (../shared/data/ucdp) are absent")
    studies = [open_study(UCDP / name) for name in files]
    return {
        quantity: [outlook.outlook_of(opened, quantity=quantity) for opened in studies]
        for quantity in outlook.QUANTITIES
    }


def mean_scores(outlooks):
    """Mean CRPS over tables: of the outlook, and of the best benchmark of all."""
    whole = [made.scores[made.scores["horizon"].eq(0)].set_index("kind")["crps"] for made in outlooks]
    mean = pd.concat(whole, axis=1).mean(axis=1)
    return mean["outlook"], min(mean[name] for name in forecast_scores.BENCHMARKS)


def test_on_real_tables_the_outlook_beats_every_benchmark(ucdp):
    """Done when: 10 % below the best benchmark for attacks, below it for deaths; intervals of 95 % within 3 points."""
    ours, best = mean_scores(ucdp["attacks"])
    assert ours < 0.9 * best
    ours, best = mean_scores(ucdp["deaths"])
    assert ours < best
    for outlooks in ucdp.values():
        assert all(made.shown == "outlook" for made in outlooks)
        held = np.mean([made.scores["held_95"].iloc[0] for made in outlooks])
        assert held == pytest.approx(0.95, abs=0.03)


def test_a_panel_of_deaths_in_west_africa_is_forecast_better_than_by_any_benchmark():
    path = UCDP / "west_africa_country_month_ged_1990-01_2020-08.csv"
    if not path.exists():
        pytest.skip("the UCDP files beside the checkout (../shared/data/ucdp) are absent")
    table = pd.read_csv(path, parse_dates=["date"])
    table["deaths"] = table[["ged_best_sb", "ged_best_ns", "ged_best_os"]].sum(axis=1)
    history = table.pivot_table(index="date", columns="country_name", values="deaths", aggfunc="sum").astype(int)
    made = outlook.forecast_panel(history, quantity="deaths")
    assert made.problem == ""
    assert made.gain > 0.03
    assert made.scores["held_95"].iloc[0] == pytest.approx(0.95, abs=0.03)


def test_the_last_five_years_are_told_apart():
    counts = np.random.default_rng(6).negative_binomial(2, 2 / (2 + np.repeat([1.0, 30.0], 70)))
    made = outlook.forecast_panel(panel(counts))
    # Months 24 to 134 are origins.
    assert made.scores["n"].iloc[0] == 111 * 6
    tested = forecast.backtest_counts(counts[:, None])
    ours, theirs = (tested.scored[name].crps[-60:].sum() for name in ("outlook", made.recent_benchmark))
    assert made.recent_gain == pytest.approx(1 - ours / theirs)
    assert made.recent_low <= made.recent_gain <= made.recent_high


def test_copies_of_the_last_year_that_lift_a_forecast_are_told(incidents, study):
    """Twelve attacks with 2 deaths in each year; the last two are pasted, with 10: 60 of 80 deaths, 6 of 18 attacks."""
    days = pd.date_range("2022-01-10", "2023-12-10", periods=24).normalize()
    rows = [{"date": f"{day:%Y-%m-%d}", "locality": f"{day:%y-%m}", "fatalities_best": 2} for day in days]
    last = [row | {"fatalities_best": 10} for row in rows[-2:]]
    made = study(incidents([*rows[:-2], *last * 4]), start="2022-01-01", as_of="2023-12-31")
    assert outlook.copied_of(made, quantity="deaths") == (60, 100)
    assert outlook.copied_of(made) == (6, 18)
    assert outlook.copied_of(study(incidents(rows), start="2022-01-01", as_of="2023-12-31")) is None
    # One copy among twelve lifts no forecast by a fifth: 13 of 12.
    assert outlook.copied_of(study(incidents([*rows, rows[-1]]), start="2022-01-01", as_of="2023-12-31")) is None


def test_what_is_shown_although_a_benchmark_did_better_is_told_with_the_reason(incidents, study):
    def told(counts):
        days = pd.date_range("2015-01-01", periods=len(counts), freq="MS")
        rows = [{"date": day, "fatalities_best": 0.0} for day, n in zip(days, counts, strict=True) for _ in range(n)]
        end = f"{days[-1] + pd.offsets.MonthEnd():%Y-%m-%d}"
        opened = study(incidents(rows), start="2015-01-01", as_of=end)
        return outlook.outlook_of(opened), section.read(opened, Results(opened))[1]

    made, words = told([*[1, *[0] * 59] * 4, 2, 8, 12, 7, 10])
    assert made.shown == "outlook"
    assert not made.gain > 0
    assert f"asks for 24 months tried that were about as active as now, and finds {made.n_alike}." in words
