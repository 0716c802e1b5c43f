"""A time of the year that stands out each year, and what is none."""

import numpy as np
import pytest

from analysis.statistics.seasons import season_p

YEAR = [9, 9, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1]


def test_years_alike_are_as_alike_in_one_turn_of_all():
    assert season_p(YEAR * 3) == pytest.approx(1 / 144)
    assert season_p([7] * 36) == 1.0


def test_two_years_tell_no_season_and_parts_of_years_are_refused():
    assert np.isnan(season_p(YEAR * 2))
    with pytest.raises(ValueError, match="35 counts are no whole years of 12"):
        season_p(YEAR * 2 + YEAR[:11])


def test_a_quarter_that_comes_at_another_time_each_year_is_no_season():
    assert season_p([*YEAR, *np.roll(YEAR, 4), *np.roll(YEAR, 8)]) > 0.5


def test_what_has_no_season_is_said_to_have_one_as_rarely_as_stated():
    """Bursts of three months at four times the level, and levels that wander, of 4 years: at .02 about 2 %."""
    random = np.random.default_rng(4)
    found = []
    for _ in range(200):
        level = 10 * np.exp(np.cumsum(random.normal(0, 0.2, 48)))
        level[(at := random.integers(0, 46)) : at + 3] *= 4
        found.append(season_p(random.poisson(level)))
    assert np.mean(np.array(found) <= 0.02) <= 0.05
    found = [season_p(random.poisson(np.tile(YEAR, 4) * 2)) for _ in range(20)]
    assert max(found) <= 0.02
