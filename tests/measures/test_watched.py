"""What the alarms watch: sums of weeks, weeks that are no baseline, and the deaths of single attacks, by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.incidents.study import DAY
from analysis.measures.watched import (
    LEAST,
    MOST_DEATHS,
    WEEKS_PER_YEAR,
    SingleDeaths,
    watched_panel,
    weeks_left_out,
    window_sums,
)
from analysis.statistics.expectation import expect_counts
from analysis.statistics.marks import lifted, mark_laws

WEEKS = pd.date_range("2024-01-03", periods=4, freq="7D", name="week_start").as_unit("us")
PANEL = pd.DataFrame([[1, 0], [2, 0], [3, 0], [4, 9]], index=WEEKS, columns=["P1", "P2"])


def test_what_is_ever_an_alarm():
    assert LEAST == {"attacks": 3, "deaths": 10, "deaths_low": 10, "deaths_high": 10}
    assert MOST_DEATHS == 100
    assert round(WEEKS_PER_YEAR, 2) == 52.18


def test_sums_of_weeks_by_hand():
    sums = window_sums(PANEL.to_numpy(dtype=float), 2)
    assert np.isnan(sums[0]).all()
    assert sums[1:].tolist() == [[3, 0], [5, 0], [7, 9]]
    assert window_sums(PANEL.to_numpy(dtype=float), 4)[-1].tolist() == [10, 9]
    assert np.isnan(window_sums(PANEL.to_numpy(dtype=float), 4)[:-1]).all()


@pytest.mark.parametrize(
    ("since", "to", "weeks"),
    [
        ("2024-01-10", "2024-01-16", [1]),  # the second week, from Wednesday to Tuesday
        ("2024-01-09", "2024-01-16", [0, 1]),
        ("2024-01-10", "2024-01-17", [1, 2]),  # its last day is one of it
        ("2024-01-12", "2024-01-12", [1]),
        ("2023-12-01", "2024-01-02", []),
    ],
)
def test_a_week_that_a_period_touches_is_no_baseline(since, to, weeks):
    period = pd.DataFrame({"since": [pd.Timestamp(since)], "to": [pd.Timestamp(to)], "unit": [None]})
    out = weeks_left_out(PANEL, period)
    assert np.flatnonzero(out.all(axis=1)).tolist() == np.flatnonzero(out.any(axis=1)).tolist() == weeks
    of_one = weeks_left_out(PANEL, period.assign(unit="P2"))
    assert np.flatnonzero(of_one[:, 1]).tolist() == weeks
    assert not of_one[:, 0].any()
    assert not weeks_left_out(PANEL, None).any()


def test_laws_know_the_attacks_before_the_windows_alone():
    week, deaths = np.array([0, 0, 1, 2, 3, 4, 5, 6]), np.array([5.0, 0, 7, 40, 100, 1, 2, 3])
    unit = np.array([0, 1, 0, 1, 0, 1, 0, 0])
    single = SingleDeaths(np.zeros((7, 2)), deaths, week, unit)
    for chosen in ([0, 1], [1]):
        laws = list(single.laws(np.array(chosen), 3))
        assert len(laws) == 3
        for last, law in zip((4, 5, 6), laws, strict=True):  # four weeks to the last are judged
            known = week <= last - 4
            by_hand = mark_laws(deaths[known], unit[known], 2, most=100)[chosen]
            np.testing.assert_allclose(law, by_hand)


def test_single_deaths_stand_in_their_week_and_unit(incidents, study):
    rows = [
        {"date": "2024-01-30", "admin1": "B", "fatalities_best": 3.0},  # the last week's last day
        {"date": "2024-01-24", "admin1": "A", "fatalities_best": 2.0},  # its first
        {"date": "2024-01-23", "admin1": "A"},  # the week before, no figure
        {"date": "2024-01-03", "admin1": "B", "fatalities_best": 7.0},  # the first day of the first whole week
        {"date": "2024-01-02", "admin1": "B", "fatalities_best": 9.0},  # before it
        {"date": "2024-01-29", "admin1": "B", "geo_precision": "country", "fatalities_best": 5.0},
    ]
    made = study(incidents(rows), start="2024-01-01", as_of="2024-01-30", unit="admin1")
    panel = pd.DataFrame(0, index=WEEKS, columns=["MLI/A", "MLI/B"])
    out = np.zeros((4, 2), dtype=bool)
    single = SingleDeaths.of(made, "deaths", panel, out)
    held = sorted(zip(single.week.tolist(), single.unit.tolist(), single.deaths.tolist(), strict=True))
    assert held == [(0, 1, 7.0), (2, 0, 0.0), (3, 0, 2.0), (3, 1, 3.0)]
    assert single.week.tolist() == sorted(single.week.tolist())
    out[3, 1] = True
    spared = SingleDeaths.of(made, "deaths", panel, out)
    assert sorted(spared.deaths.tolist()) == [0.0, 2.0, 7.0]


def test_sums_alone_are_of_as_few_attacks_as_could_hold_them(study, incidents):
    numbers = {"attacks": [1, 3, 0, 4], "deaths": [150.0, 250.0, 0.0, 9.0]}
    counts = pd.DataFrame({"period_start": WEEKS, "period_end": WEEKS + 7 * DAY, "country": "MLI", **numbers})
    made = study(incidents([{"date": "2024-01-03"}]), start="2024-01-03", as_of="2024-01-30")
    made = replace(made, counts=counts, attacks=made.attacks.iloc[:0])
    assert watched_panel(made)["MLI"].tolist() == [1, 3, 0, 4]
    panel = watched_panel(made, "deaths")
    assert panel["MLI"].tolist() == [100, 250, 0, 9]  # one attack adds a hundred at most
    single = SingleDeaths.of(made, "deaths", panel, np.zeros((4, 1), dtype=bool))
    assert single.deaths.tolist() == [100, 100, 100, 50, 9, 0, 0, 0]
    assert single.week.tolist() == [0, 1, 1, 1, 3, 3, 3, 3]


def test_lifts_are_those_of_each_week():
    """Of each of the last weeks by what was known before it, as `lifted` says of that week alone."""
    generator = np.random.default_rng(2)
    events = generator.poisson(2.0, (40, 2)).astype(float)
    week, unit = (np.repeat(part, events.astype(int).ravel()) for part in np.indices(events.shape).reshape(2, -1))
    deaths = np.minimum(np.floor(generator.uniform(size=week.size) ** (-1 / 1.4)), 100)
    sums = np.bincount(week * 2 + unit, weights=deaths, minlength=80).reshape(40, 2)
    single, past = SingleDeaths(events, deaths, week, unit), {"first": 37, "n_kept": 3}
    recent = expect_counts(sums, kind="sums", **past)
    lifts = single.lifts(recent, np.array([0, 1]), 0.005, past)
    assert not lifts[:, :37].any()
    known = expect_counts(events, **past)
    for last, laws in zip((37, 38, 39), single.laws(np.array([0, 1]), 3), strict=True):
        np.testing.assert_allclose(lifts[:, last], lifted(recent, known, laws, 0.005, back=39 - last))
    assert len({tuple(row) for row in lifts[:, 37:].reshape(2, -1).T.tolist()}) > 1
