"""The facts of the brief and what is said of them."""

import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.measures import compute_indicators
from analysis.reports.brief import Absent, brief_of
from analysis.reports.words import Results
from tests.measures.tables import make_incidents, make_study


def facts_of(study):
    return brief_of(study, Results(compute_indicators(study), study))


def monthly(*counts, first="2022-01-01"):
    """Return rows with so many attacks in each month from the first on, one a day from the second on."""
    months = pd.date_range(first, periods=len(counts), freq="MS")
    return [
        {"date": f"{month:%Y-%m}-{2 + day:02d}", "admin1": "Mopti", "locality": f"town {day}", "fatalities_best": 2}
        for month, n in zip(months, counts, strict=True)
        for day in range(n)
    ]


def made(*counts, as_of="2024-12-31", **settings):
    rows = make_incidents(monthly(*counts))
    return make_study(rows, start="2022-01-01", as_of=as_of, n_simulations=200, **settings)


@pytest.fixture(scope="module")
def embedded():
    return facts_of(open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", headline_count=3, n_simulations=300))


def test_the_embedded_table_cannot_tell_and_says_why(embedded):
    head = embedded.headline
    assert (head.word, head.confidence, head.because) == ("cannot tell", "low", "uneven")
    assert head.numbers["low"] == pytest.approx(1 / 7)
    assert embedded.figures.recent == 15
    assert embedded.figures.usual == pytest.approx(5 / 3)
    assert embedded.timeline.greatest == (5, pd.Timestamp("2025-06-05"))
    assert embedded.timeline.recent_offensives == 3
    assert embedded.stands_out.largest.n_sites == 8
    assert dict(embedded.absent())["next.rise_from"] == head.problem


def test_a_rise_is_told_with_its_month_and_high_confidence():
    found = facts_of(made(*[4] * 33, 14, 15, 16))
    head = found.headline
    assert (head.word, head.confidence, head.because) == ("rising", "high", "clear")
    assert found.figures.recent == 16
    assert found.figures.usual == pytest.approx(4, abs=0.5)
    assert found.where.units["part"].tolist() == ["MLI/Mopti"]
    assert found.where.units["direction"].tolist() == ["up"]


def test_the_figures_of_the_page_and_of_its_tables_are_the_same():
    found = facts_of(made(*[4] * 33, 14, 15, 16))
    units = found.where.units
    assert units["recent"].sum() == found.figures.recent
    assert units["usual"].sum() == pytest.approx(found.figures.usual)
    assert units["deaths_high"].sum() == found.figures.deaths.high
    assert found.timeline.periods["value"].iloc[-1] == found.figures.recent


def test_three_rows_are_too_few_and_nothing_else_is_said():
    found = facts_of(make_study(make_incidents(monthly(1, 2)), start="2022-01-01", as_of="2022-02-28"))
    assert found.too_few
    for part in ("figures", "timeline", "where", "who", "stands_out", "next"):
        assert getattr(found, part) == Absent("3 in all are too few to judge")
    assert found.headline.word == "cannot tell"
