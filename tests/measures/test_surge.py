"""Which places stand above their baseline: rules by hand, their false alarms by simulation, the coup of 2021 by
name.
"""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.incidents.coverage import load_periods
from analysis.incidents.errors import SelectionError, TableError
from analysis.measures import surge, watched
from analysis.measures.surge import watch_units
from analysis.reports import terminal

UCDP = Path(__file__).resolve().parents[3] / "shared" / "data" / "ucdp"


def weekly(counts, *, last="2024-12-31", place="Kayes", attacker="A"):
    """Return rows with so many attacks in each week that ends with ``last``, spread over the week's days."""
    days = pd.date_range(end=last, periods=7 * len(counts)).strftime("%Y-%m-%d")[::-1]
    return [
        {"date": days[7 * back + n % 7], "admin1": place, "attacker": attacker}
        for back, count in enumerate(reversed(counts))
        for n in range(int(count))
    ]


def numbered(rows):
    return [row | {"incident_id": f"i{number}"} for number, row in enumerate(rows)]


def test_a_surge_in_one_place_of_many_is_found(incidents, study):
    generator = np.random.default_rng(5)
    rows = []
    for place in range(12):
        counts = generator.poisson(2, 300)
        if place == 3:
            counts[-3:] = [12, 14, 15]
        rows += weekly(counts, place=f"P{place:02d}")
    made = study(incidents(numbered(rows)), start="2019-01-01", as_of="2024-12-31", unit="admin1")
    watch = watch_units(made, n_simulations=100)
    assert watch.alerts["unit"].tolist() == ["MLI/P03"]
    found = watch.alerts.iloc[0]
    # The last four weeks: some two attacks, then 12 + 14 + 15; the expectation was made before them.
    assert found["window_weeks"] == 4
    assert found["observed"] == watch.panel["MLI/P03"].iloc[-4:].sum() >= 41
    assert found["expected"] == pytest.approx(8, abs=3)
    assert len(found["incident_ids"]) == found["observed"]
    # In alarm from the week of the twelve on; its attacks fall on the week's last day backwards, so the bound is passed
    # inside that week.
    assert pd.Timestamp("2024-12-11") <= found["above_since"] <= pd.Timestamp("2024-12-17")
    assert surge.alarmed_units(made) == (("MLI/P03",), (), "")
    shares = watch_units(made, control="fdr", shown=0, n_simulations=100)
    assert shares.alerts["unit"].tolist() == shares.series["unit"].unique().tolist() == ["MLI/P03"]
    # One of 12 units is a discovery: a tenth of a twelfth, shared by two windows, is the level of every bound.
    assert shares.alpha == pytest.approx(0.1 / 12 / 2)
    assert shares.alerts["upper"].iloc[0] < found["observed"]
    assert (shares.asked, shares.times_asked) == (0.1, surge.TIMES_ASKED["fdr", "long"])
    assert "one unit in ten rises" in surge.simulated_words(shares)
    assert np.isnan(shares.expected_alarms)
    with pytest.raises(ValueError, match="alarms_per_year, fdr"):
        watch_units(made, control="none")
    with pytest.raises(ValueError, match="alarms_per_year=0"):
        watch_units(made, alarms_per_year=0.0)
    with pytest.raises(ValueError, match="attacks, deaths, deaths_low, deaths_high"):
        watch_units(made, quantity="injured")


@pytest.mark.parametrize(("times", "doubted"), [(1, []), (3, ["MLI/P03"])])
def test_an_alarm_on_copies_says_so(incidents, study, times, doubted):
    """The last four weeks pasted three times under new ids: five attacks a week stand as fifteen."""
    generator = np.random.default_rng(5)
    rows = []
    for place in range(12):
        counts = generator.poisson(2, 300)
        last = weekly([5, 5, 5, 5] if times > 1 else [13, 14, 15, 16], place=f"P{place:02d}") if place == 3 else []
        first = weekly(counts[:-4], place=f"P{place:02d}", last="2024-12-03")
        kept = last or weekly(counts[-4:], place=f"P{place:02d}")
        # Attacks of one place and day differ in their deaths.
        kept = [row | {"fatalities_best": n, "locality": "X"} for n, row in enumerate(first + kept)]
        rows += kept + kept[len(first) :] * ((times - 1) if place == 3 else 0)
    made = study(incidents(numbered(rows)), start="2019-01-01", as_of="2024-12-31", unit="admin1")
    watch = watch_units(made, n_simulations=100)
    assert watch.alerts["unit"].tolist() == ["MLI/P03"]
    alert = watch.alerts.iloc[0]
    weeks = alert["window_weeks"]
    # In so many weeks five attacks a week, of which each stands two more times.
    assert (alert["n_alike"], alert["n_incidents"]) == ((10 * weeks, 15 * weeks) if times > 1 else (0, 58))
    assert watch.units["may_be_copies"].sum() == len(doubted)
    assert surge.alarmed_units(made) == (("MLI/P03",), tuple(doubted), "")
    said = (
        f"Part of these alarms may be copies: MLI/P03. Of the {15 * weeks} attacks that they count, {10 * weeks} are "
        "like another."
    )
    assert surge.copies_words(watch) == (said if doubted else "")
    assert (said in terminal.alerts_text(watch)) == bool(doubted)


def test_copies_before_and_what_is_new_and_lost_are_said_of_alarms(incidents, study):
    """P0 has each attack of the year before four times over, and P1 a party that the table never had."""
    rows = []
    for place, last in (("P0", 4), ("P1", 8), ("P2", 1)):
        days = weekly([1] * 296, place=place, last="2024-12-03") + weekly([last] * 4, place=place)
        rows += [row | {"fatalities_best": n, "locality": "X"} for n, row in enumerate(days)]
    days = pd.to_datetime([row["date"] for row in rows])
    held = list(zip(rows, days, days >= "2024-12-04", strict=True))
    again = [row for row, day, last in held if row["admin1"] == "P0" and day.year == 2024 and not last]
    party = {"attacker": "C", "actor_a": "C"}
    new = [row | (party if row["admin1"] == "P1" and last else {}) for row, _, last in held]
    made = study(incidents(numbered(new + again * 3)), start="2019-01-01", as_of="2024-12-31", unit="admin1")
    watch = watch_units(made, n_simulations=20)
    units = watch.units.set_index("unit")
    assert units.index[units["may_be_new"]].tolist() == ["MLI/P1"] == watch.alerts["unit"].tolist()
    assert units.index[units["may_be_hidden"]].tolist() == ["MLI/P0"]
    bare = study(incidents(numbered(new)), start="2019-01-01", as_of="2024-12-31", unit="admin1")
    assert set(surge.alarmed_units(bare)[0]) == {"MLI/P0", "MLI/P1"}
    watch = replace(watch, n_lost=11, n_read=100)
    assert surge.doubts_words(watch) == [
        "1 alarm rests on what is new to the table, and may be newly recorded: MLI/P1 (the party C).",
        "Copies in the weeks before may hide 1 alarm, as they raise what is expected: MLI/P0.",
        "11 of the table's 100 rows could not be used, and no alarm counts them.",
    ]
    assert len(surge.doubts_words(replace(watch, n_lost=10))) == 2


def test_what_leaves_an_alarm_in_doubt_by_hand():
    """Both sides: without copies below the bound, or observed more than 1.2 times what is left."""
    judged = surge._Judged(
        observed=np.array([[12.0, 12, 12, 12], [12.0, 12, 12, 30]]),
        expected=np.ones((2, 4)),
        p_value=np.zeros((2, 4)),
        bound=np.array([[10.0, 11, 10, 13], [99.0, 99, 99, 20]]),
        rate=np.zeros((2, 4)),
    )
    # 12 of 12: 10 stay, at the bound and 1.2 times; below the bound; 9 stay; of 30 in four weeks 27 stay.
    alike = np.array([[2.0, 2, 3, 9], [0.0, 0, 0, 3]])
    assert judged.rests_on(alike).tolist() == [False, True, True, False]


def test_an_alarm_lists_each_row_that_it_counts_and_says_which_count_in_part(incidents, study):
    """Thirty rows dated to December alone: of the last week's seven of its 31 days are seven, and all thirty are
    listed."""
    rows = [{"date": "2024-12-01", "date_end": "2024-12-31", "date_precision": "month", "admin1": "A"}] * 30
    rows = numbered(weekly([1] * 60, place="A", last="2024-11-30") + rows)
    made = study(incidents(rows), start="2023-10-01", as_of="2024-12-31", unit="admin1")
    row = watch_units(made, n_simulations=50).units.iloc[0]
    share = {1: 7, 4: 28}[row["window_weeks"]] / 31
    assert row["observed"] == pytest.approx(30 * share, abs=1)
    assert (row["n_incidents"], row["n_in_part"]) == (30, 30)
    assert row["method"].endswith(
        "30 rows are listed, of which 30 dated roughly count by the share of their days in it"
    )


def test_the_share_of_false_ones_sets_the_level_by_hand():
    def level_of(*p_values, rate=0.1):
        return surge._discovery_level(SimpleNamespace(p_value=np.array(p_values)[:, None]), rate)

    # Of four units the smaller p of either window, doubled: .02 and .048 are below .1 * 1 / 4 and .1 * 2 / 4.
    assert level_of([0.01, 0.5, 0.5, 0.5], [0.9, 0.024, 0.5, 0.6]) == pytest.approx(0.1 * 2 / 4 / 2)
    assert level_of([0.01, 0.5, 0.5, 0.5], [0.9, 0.026, 0.5, 0.6]) == pytest.approx(0.1 * 1 / 4 / 2)
    assert level_of([0.5, 0.5], [0.5, 0.5]) == pytest.approx(0.1 / 2 / 2)  # none: one could be
    assert level_of([np.nan, 0.5], [0.02, 0.5], rate=0.2) == pytest.approx(0.2 / 2 / 2)


def test_the_row_of_a_unit_is_of_its_more_unusual_window(incidents, study):
    rows = [{"date": f"2024-12-{day:02d}", "admin1": "A"} for day in (3, 4, 24, 25, 31)]
    made = study(incidents(rows), start="2024-01-01", as_of="2024-12-31", unit="admin1")
    panel = pd.DataFrame(0, index=[], columns=["MLI/A", "MLI/B", "MLI/C", "MLI/D"])
    judged = surge._Judged(
        observed=np.array([[2.0, 5, 3, 1], [4.0, 9, 9, 3]]),
        expected=np.array([[1.0, 1, 1, 1], [2.0, 4, 4, 4]]),
        p_value=np.array([[0.3, 0.002, 0.01, np.nan], [0.2, 0.001, 0.01, 0.5]]),
        bound=np.array([[3.0, 5, 3, 4], [5.0, 10, 9, 9]]),
        rate=np.array([[0.01, 0.02, 0.01, np.nan], [0.01, 0.0, 0.01, 0.01]]),
    )
    table = surge._unit_rows(made, panel, judged, level=0.005).set_index("unit")
    # Those in alarm first, by p; B's week is above its bound, its four weeks are not; C's windows are alike.
    assert table.index.tolist() == ["MLI/B", "MLI/C", "MLI/A", "MLI/D"]
    assert table["alarm"].tolist() == [True, True, False, False]
    assert table["window_weeks"].tolist() == [1, 1, 4, 4]
    assert table["observed"].tolist() == [5, 3, 4, 3]
    assert table["upper"].tolist() == [4, 2, 4, 8]
    assert table["value"].tolist() == [5, 3, 2, 0.75]
    assert table["level"].eq(0.995).all()
    assert table["false_alarms_per_year"].tolist() == pytest.approx(
        [0.02 * 365.25 / 7, 0.02 * 365.25 / 7, 0.02 * 365.25 / 7, 0.01 * 365.25 / 7]
    )
    # A's four weeks: from 4 December on.
    assert table.loc["MLI/A", "period_start"] == pd.Timestamp("2024-12-04")
    assert table.loc["MLI/A", "incident_ids"] == ["i0001", "i0002", "i0003", "i0004"]
    assert table.loc["MLI/B", "period_start"] == pd.Timestamp("2024-12-25")


def test_above_since_is_the_day_on_which_the_bound_was_passed(incidents, study):
    """Nothing for 299 weeks, then four attacks on the last day: above since that day, not since four weeks."""
    rows = [{"date": "2024-12-31", "admin1": "P1"}] * 4 + weekly([1] * 300, place="P2")
    watch = watch_units(study(incidents(numbered(rows)), start="2019-01-01", as_of="2024-12-31", unit="admin1"))
    assert watch.alerts["unit"].tolist() == ["MLI/P1"]
    assert watch.alerts["above_since"].iloc[0] == pd.Timestamp("2024-12-31")


def test_above_since_is_what_the_report_of_that_day_would_have_said(incidents, study):
    counts = np.random.default_rng(8).poisson(1.0, 300)
    counts[-5:] = [9, 8, 9, 8, 9]
    rows = numbered(weekly(counts))
    today = watch_units(study(incidents(rows), start="2019-01-01", as_of="2024-12-31")).alerts.iloc[0]
    first_week = pd.Timestamp("2024-12-03")
    then = watch_units(study(incidents(rows), start="2019-01-01", as_of="2024-12-03"))
    before = watch_units(study(incidents(rows), start="2019-01-01", as_of="2024-11-26"))
    assert len(then.alerts) == 1
    assert before.alerts.empty
    assert then.alerts["above_since"].iloc[0] == today["above_since"]
    assert first_week - pd.Timedelta(days=6) <= today["above_since"] <= first_week


def test_what_is_said_is_what_is_drawn(incidents, study):
    """An alarm of a week lies above its bound in the series; one of four weeks is drawn as their mean."""
    counts = np.random.default_rng(3).poisson(2.0, 300)
    counts[-4:] = [6, 6, 7, 6]
    watch = watch_units(study(incidents(numbered(weekly(counts))), start="2019-01-01", as_of="2024-12-31"))
    # One unit, and no number asked for: in more than one look in a hundred it is never in alarm by chance.
    assert watch.alpha == 0.01 / 2
    assert watch.expected_alarms <= 0.01 * 52.2
    assert watch.times_asked == surge.TIMES_ASKED["alarms_per_year", "long"]
    row, last = watch.alerts.iloc[0], watch.series.iloc[-1]
    assert row["window_weeks"] == 4
    assert last["four_weeks"] == row["observed"] / 4 == 25 / 4
    series = watch.series.dropna(subset="upper")
    assert (series["alarm"] == (series["observed"] > series["upper"])).all()
    assert (series["upper"] >= 2).all()  # fewer than three attacks are never an alarm


def test_the_expected_line_does_not_jump(incidents, study):
    """A level that goes from 5 to 60 a week at once: what is expected follows over weeks, never by more than the bound
    of the week before.
    """
    counts = np.random.default_rng(2).poisson(np.repeat([5.0, 60.0], [280, 20]))
    watch = watch_units(study(incidents(numbered(weekly(counts))), start="2019-01-01", as_of="2024-12-31"))
    expected, upper = (watch.series[name].dropna().to_numpy() for name in ("expected", "upper"))
    assert (expected[1:] <= upper[:-1] + 1).all()
    assert expected[-1] > 45


def test_false_alarms_a_year_are_those_asked_for(incidents, study):
    """120 units in which nothing changes, negative binomial: the expected number over all units stays at what was
    asked, and so does what came.
    """
    counts = np.random.default_rng(11).negative_binomial(1.0, 0.25, (160, 120)).astype(float)
    rows = [row for unit in range(120) for row in weekly(counts[:, unit], place=f"P{unit:03d}")]
    watch = watch_units(
        study(incidents(numbered(rows)), start="2021-12-08", as_of="2024-12-31", unit="admin1"),
        alarms_per_year=52,
        shown=0,
        n_simulations=100,
    )
    assert 0.8 * 52 < watch.expected_alarms <= 52
    assert watch.times_asked == surge.TIMES_ASKED["alarms_per_year", "short"]
    # One a week is expected; more than four have a chance of .4 %.
    assert len(watch.alerts) <= 4
    assert watch.units["false_alarms_per_year"].sum() == pytest.approx(watch.expected_alarms)


def test_deaths_are_watched_by_each_figure_and_one_massacre_is_bounded(incidents, study):
    generator = np.random.default_rng(4)
    rows = numbered(weekly(generator.poisson(3, 200)))
    for row in rows:
        row |= {"fatalities_low": 1.0, "fatalities_best": 2.0, "fatalities_high": 2.0}
    last = [row for row in rows if row["date"] >= "2024-12-25"]
    for row in last[:1]:
        row |= {"fatalities_best": 400.0, "fatalities_high": 400.0}
    made = study(incidents(rows), start="2021-03-03", as_of="2024-12-31")
    watches = {quantity: watch_units(made, quantity=quantity) for quantity in watched.LEAST}
    asked = {quantity: watch.times_asked for quantity, watch in watches.items()}
    assert asked["attacks"] == surge.TIMES_ASKED["alarms_per_year", "long"]  # of 200 weeks
    assert asked["deaths"] == asked["deaths_low"] == surge.TIMES_ASKED["alarms_per_year", "deaths"]
    assert {quantity: len(watch.alerts) for quantity, watch in watches.items()} == {
        "attacks": 0, "deaths": 1, "deaths_low": 0, "deaths_high": 1,
    }  # fmt: skip
    # Of the 400 deaths 100 are tested, with two of each other attack of the week.
    assert watches["deaths"].panel.iloc[-1, 0] == 100 + 2 * (len(last) - 1)
    table = surge.indicators(made).set_index("name")
    assert table.loc["surge_deaths_units_above", "value"] == 1
    assert table.loc["surge_deaths_low_units_above", "value"] == 0


def test_past_bounds_on_deaths_know_nothing_of_later_attacks(incidents, study):
    generator = np.random.default_rng(4)
    rows = numbered(weekly(generator.poisson(3, 200)))
    for row in rows:
        row["fatalities_best"] = float(generator.integers(1, 5))
    later = [row | ({"fatalities_best": 90.0} if row["date"] >= "2024-10-01" else {}) for row in rows]
    calm, bloody = (
        watch_units(study(incidents(made), start="2021-03-03", as_of="2024-12-31"), quantity="deaths").series
        for made in (rows, later)
    )
    before = calm["period_end"].le("2024-10-01")
    assert calm.loc[before, "upper"].notna().sum() > 100
    assert calm.loc[before, "upper"].tolist() == bloody.loc[before, "upper"].tolist()
    assert calm["upper"].iloc[-1] < bloody["upper"].iloc[-1]


def test_deaths_without_figures_are_not_watched(incidents, study):
    rows = numbered(weekly([2] * 60))
    for row in rows[::3]:
        row["fatalities_best"] = 1.0
    made = study(incidents(rows), start="2023-11-08", as_of="2024-12-31")
    watch = watch_units(made, quantity="deaths")
    assert "80 of 120 attacks have no figure of deaths, more than 10 %" in watch.problem
    assert watch.alerts.empty
    assert watch.units["status"].eq("not_computed").all()
    for row in rows:
        row["fatalities_low"] = 1.0
    made = study(incidents(rows), start="2023-11-08", as_of="2024-12-31")
    assert "80 of 120 attacks have no best figure of deaths" in watch_units(made, quantity="deaths").problem


def test_a_known_offensive_is_drawn_and_judged_but_no_baseline(incidents, study, tmp_path):
    counts = np.random.default_rng(6).poisson(2.0, 300)
    counts[150:170] = 30
    counts[-4:] = [5, 7, 6, 7]
    made = study(incidents(numbered(weekly(counts))), start="2019-01-01", as_of="2024-12-31")
    end = pd.Timestamp("2024-12-31")
    first, last = (end - pd.Timedelta(days=7 * (300 - week) - 1) for week in (150, 170))
    file = tmp_path / "known.csv"
    file.write_text(f"from,to\n{first:%Y-%m-%d},{last - pd.Timedelta(days=1):%Y-%m-%d}\n")
    plain, spared = watch_units(made), watch_units(made, left_out=load_periods(file))
    assert spared.series["left_out"].sum() == 20
    assert not plain.series["left_out"].any()
    assert spared.series["observed"].tolist() == plain.series["observed"].tolist()
    row = {name: watch.units.iloc[0] for name, watch in (("plain", plain), ("spared", spared))}
    assert row["spared"]["p_value"] < row["plain"]["p_value"]
    with pytest.raises(
        SelectionError, match="1 units of the periods left out are not in the table \\(first 'MLI/Nowhere'\\)"
    ):
        watch_units(made, left_out=load_periods(file).assign(unit="MLI/Nowhere"))


def test_periods_that_cannot_be_read_are_refused(tmp_path):
    file = tmp_path / "known.csv"
    file.write_text("from,to,unit\n2020-02-01,2020-03-01,MLI/Kayes\n2020-01-01,2020-01-31,\n")
    read = load_periods(file)
    assert read["unit"].isna().tolist() == [False, True]
    file.write_text("from,to\n2020-02-01,2020-01-01\n")
    with pytest.raises(TableError, match="row 2: it ends before it starts"):
        load_periods(file)
    file.write_text("from,until\n2020-02-01,2020-01-01\n")
    with pytest.raises(TableError, match="there is no column to"):
        load_periods(file)


def test_histories_too_short_or_not_covered_say_so(incidents, study):
    short = study(incidents([{"date": "2024-12-20"}]), start="2024-06-10", as_of="2024-12-31")
    table = surge.indicators(short).set_index("name")
    assert (
        "has 29 whole weeks, and a rate of false alarms can be kept from 30 on"
        in table.loc["surge_units_judged", "reason"]
    )
    enough = study(incidents([{"date": "2024-12-20"}]), start="2024-06-05", as_of="2024-12-31")
    assert watch_units(enough).problem == ""
    assert surge.alarmed_units(enough) == ((), (), "")
    assert surge.alarmed_units(short) == ((), (), watch_units(short).problem)
    uncovered = study(
        incidents([{"date": "2024-06-20"}]), start="2020-01-01", as_of="2024-12-31", last_day="2024-11-30"
    )
    assert "covers the selection only to 30 November 2024" in surge.indicators(uncovered)["reason"].iloc[0]


def test_two_attacks_are_no_alarm_and_three_may_be_one(incidents, study):
    for n, expected in ((2, 0), (3, 1)):
        rows = numbered([{"date": "2024-12-30", "admin1": "P1"}] * n + weekly([1] * 300, place="P2"))
        watch = watch_units(study(incidents(rows), start="2019-01-01", as_of="2024-12-31", unit="admin1"))
        assert len(watch.alerts) == expected


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


def test_the_embedded_table_is_judged_on_its_week():
    opened = open_study(country="MLI", attacker="JNIM", as_of="2025-07-01")
    row = watch_units(opened).units.iloc[0]
    assert (row["window_weeks"], row["observed"]) == (1, 8)


@pytest.mark.skipif(not UCDP.exists(), reason="the UCDP files are not beside the checkout")
def test_myanmar_in_march_2021_reads_as_the_coup_and_its_cities():
    file = UCDP / "GEDEvent_v24_1_Myanmar.csv"
    before = watch_units(open_study(file, unit="admin1", as_of="2021-01-31"))
    after = watch_units(open_study(file, unit="admin1", as_of="2021-03-31"))
    assert not {"MMR/Yangon", "MMR/Mandalay"} & set(before.alerts["unit"])
    assert {"MMR/Yangon", "MMR/Mandalay"} <= set(after.alerts["unit"])
    assert after.alerts["above_since"].ge("2021-02-01").all()
