"""A massacre is no level of deaths: no word rests on one attack, and the attack is named."""

import pytest

from analysis.measures.level import NO_CHANGE, RISING, level_of
from tests.measures.tables import dates_of, make_incidents, make_study


def test_one_massacre_is_no_level_of_deaths():
    dates = dates_of([8] * 36)
    rows = [{"date": f"{day:%Y-%m-%d}", "fatalities_best": 2.0} for day in sorted(dates)]
    rows[-10]["fatalities_best"] = 400.0
    made = make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31")
    found = level_of(made, quantity="deaths")
    assert found.table["ratio"].iloc[0] > 5
    assert found.word == NO_CHANGE
    assert found.table["high"].iloc[0] > 8 * found.table["low"].iloc[0]
    assert found.dispersion > 150
    # The same deaths over all attacks of the quarter are a level.
    for row in rows[-24:]:
        row["fatalities_best"] = 18.0
    even = make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31")
    assert level_of(even, quantity="deaths").word == RISING


def test_the_attack_that_deaths_owe_most_to_is_named_with_the_ratio_without_it():
    rows = [{"date": f"{day:%Y-%m-%d}", "fatalities_best": 10.0} for day in sorted(dates_of([8] * 36))]
    rows[-10]["fatalities_best"] = 300.0
    made = make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31")
    found = level_of(made, quantity="deaths")
    assert found.deadliest is not None
    recent, reference = found.table.loc[0, ["recent", "reference"]]
    assert (f"{found.deadliest.day:%Y-%m-%d}", found.deadliest.deaths) == (rows[-10]["date"], 300.0)
    assert found.deadliest.share == pytest.approx(300 / recent)
    assert found.deadliest.ratio == pytest.approx((recent - 300) / reference * 4)
    assert found.deadliest.recent
    assert not found.deadliest.carried
    # A year in which one attack killed most makes no fall either.
    rows[-10]["fatalities_best"], rows[-60]["fatalities_best"] = 10.0, 1500.0
    after = level_of(make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31"), quantity="deaths")
    assert after.table["ratio"].iloc[0] < 0.5
    assert after.word == NO_CHANGE
    assert after.deadliest is not None
    assert (after.deadliest.recent, after.deadliest.carried) == (False, False)
    assert level_of(made).deadliest is None
