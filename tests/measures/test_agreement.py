"""A forecast held against what has just come: each kind of departure, and none where they fit."""

from dataclasses import dataclass
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.language import used
from analysis.measures import agreement
from analysis.measures.level import CANNOT_TELL, FALLING, NO_CHANGE, RISING, Level
from analysis.reports.outlook_words import departure_words


@dataclass
class Kept:
    """As much of a study as `kept_on_study` needs."""

    kept: dict
    settings: SimpleNamespace


def departure(monkeypatch, *, word, recent, usual, middle, low, high, quantity="deaths", **over):
    """A span of 30 days beside a forecast for April, which has as many."""
    table = pd.DataFrame({"span_days": [90, 30], "recent": [0.0, recent], "usual": [3 * usual, 7 * usual]})
    made = pd.DataFrame(
        {"period_start": [pd.Timestamp("2024-04-01")], "value": [middle], "low_80": [low], "high_80": [high]}
    )
    level = Level(quantity, table=table, word=word, **over)
    monkeypatch.setattr(agreement, "level_of", lambda study, quantity: level)
    monkeypatch.setattr(agreement, "outlook_of", lambda study, quantity: SimpleNamespace(problem="", coming=made))
    return agreement.departure_of(Kept({}, SimpleNamespace(language="en")), quantity=quantity)


@pytest.mark.parametrize(
    ("word", "recent", "usual", "middle", "kind", "says"),
    [
        (RISING, 149, 47, 46, "above", "149 deaths; 20 to 80 are expected in as many days of April 2024"),
        (NO_CHANGE, 81, 60, 46, "above", "expects the peak to fade, and is too low if it lasts"),
        (FALLING, 3, 60, 46, "below", "expects the lull to end, and is too high if it lasts"),
        (
            RISING,
            75,
            47,
            46,
            "fades",
            "Deaths are rising, yet about 46 are expected in 30 days of April 2024, usually 47",
        ),
        (FALLING, 30, 40, 46, "returns", "Deaths are falling, yet about 46"),
    ],
)
def test_a_forecast_that_does_not_fit_is_joined_with_what_came(monkeypatch, word, recent, usual, middle, kind, says):
    found = departure(monkeypatch, word=word, recent=recent, usual=usual, middle=middle, low=20, high=80)
    assert found.kind == kind
    assert says in departure_words(found)
    with used("fr"):
        assert "La prévision" in departure_words(found)


@pytest.mark.parametrize(
    ("word", "recent", "usual", "middle"),
    [(RISING, 75, 40, 46), (FALLING, 30, 60, 46), (NO_CHANGE, 80, 40, 46), (NO_CHANGE, 20, 60, 46)],
)
def test_a_forecast_that_fits_says_nothing(monkeypatch, word, recent, usual, middle):
    found = departure(monkeypatch, word=word, recent=recent, usual=usual, middle=middle, low=20, high=80)
    assert found is None
    assert departure_words(found) == ""


@pytest.mark.parametrize(("word", "recent", "usual"), [(RISING, 30, 47), (FALLING, 60, 40)])
def test_a_forecast_of_what_has_turned_back_by_itself_fits(monkeypatch, word, recent, usual):
    told = {"recent": recent, "usual": usual, "middle": 46, "low": 20, "high": 80}
    for over in ("month_turned", "standing"):  # a word that merely stands is told as no longer clear
        assert departure(monkeypatch, word=word, **{over: True}, **told) is None
    assert departure(monkeypatch, word=word, **told) is not None


def test_the_range_is_of_as_many_days_as_the_count(monkeypatch):
    """30 of the 31 days of a month hold 30/31 of it: 78 lie above 80 x 30 / 31 = 77.4; 77 do not, written as 77."""
    held = departure(monkeypatch, word=NO_CHANGE, recent=78, usual=50, middle=31, low=20, high=80)
    assert held is None
    month = pd.Timestamp("2024-05-01")
    monkeypatch.setattr(
        agreement,
        "outlook_of",
        lambda study, quantity: SimpleNamespace(
            problem="",
            coming=pd.DataFrame({"period_start": [month], "value": [31], "low_80": [20], "high_80": [80]}),
        ),
    )
    held = agreement.departure_of(Kept({}, SimpleNamespace(language="en")), quantity="deaths")
    assert held.kind == "above"
    assert held.middle == pytest.approx(30)
    study = Kept({}, SimpleNamespace(language="en"))
    table = pd.DataFrame({"span_days": [90, 30], "recent": [0.0, 77.45], "usual": [150.0, 50.0]})
    monkeypatch.setattr(agreement, "level_of", lambda study, quantity: Level(quantity, table=table, word=NO_CHANGE))
    assert agreement.departure_of(study, quantity="deaths") is None


def test_a_forecast_is_held_against_few_attacks_too(monkeypatch):
    """Seven attacks in ten days after years of none stood above "no attack is to be expected", and nothing joined
    them, as they were too few for a verdict."""
    table = pd.DataFrame({"span_days": [90, 30], "recent": [7.0, 7.0], "usual": [0.0, 0.0]})
    made = pd.DataFrame({"period_start": [pd.Timestamp("2025-01-01")], "value": [0], "low_80": [0], "high_80": [0]})
    few = Level("attacks", table=table, word=CANNOT_TELL, problem="too few")
    monkeypatch.setattr(agreement, "level_of", lambda study, quantity: few)
    monkeypatch.setattr(agreement, "outlook_of", lambda study, quantity: SimpleNamespace(problem="", coming=made))
    found = agreement.departure_of(Kept({}, SimpleNamespace(language="en")))
    assert departure_words(found, concluded=False) == (
        "The last 30 days held 7 attacks; none is expected in as many days of January 2025."
    )


def test_one_is_one_and_a_middle_is_written_as_the_usual_number_is(monkeypatch):
    found = departure(monkeypatch, word=NO_CHANGE, recent=1, usual=1, middle=0, low=0, high=0, quantity="attacks")
    assert departure_words(found).startswith("The last 30 days held 1 attack; none is expected in as many days of")
    found = departure(monkeypatch, word=NO_CHANGE, recent=9, usual=5, middle=5, low=5, high=5, quantity="attacks")
    assert departure_words(found).startswith("The last 30 days held 9 attacks; the forecast for as many days of")
    found = departure(monkeypatch, word=RISING, recent=3, usual=3.4, middle=2.6, low=0, high=9, quantity="attacks")
    assert "yet about 2.6 are expected in 30 days of April 2024, usually 3.4." in departure_words(found)
