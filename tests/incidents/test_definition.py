"""The definition of an offensive as it is written."""

import math

import pytest

from analysis.incidents.definition import definition_numbers, definition_problem
from analysis.incidents.errors import ParameterError


def test_parts_are_read_in_any_order_and_what_is_left_out_is_left_out():
    assert definition_numbers("") == {}
    assert definition_numbers("sites=3, GAP=1") == {"gap": 1, "sites": 3}
    assert definition_numbers("km=any,deaths=any") == {"km": math.inf, "deaths": math.inf}
    assert definition_numbers("gap=0,sites=0") == {"gap": 0, "sites": 0}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("gaps=1", "'gaps=1' is no part of a definition; expected gap=DAYS"),
        ("gap=any", "'gap=any' has no number"),
        ("km", "'km' has no number"),
        ("km=-0.1", "'km=-0.1' is out of range"),
        ("gap=0.5", "'gap=0.5' is out of range"),
        ("sites=nan", "'sites=nan' is out of range"),
        ("sites=any,deaths=any", "neither a number of sites nor one of deaths"),
    ],
)
def test_what_is_no_definition_is_said(words, said):
    with pytest.raises(ParameterError) as told:
        definition_numbers(words)
    assert said in str(told.value)
    assert said in definition_problem(words)


def test_one_of_sites_and_deaths_is_enough():
    assert definition_problem("sites=any") == definition_problem("deaths=any") == definition_problem("") == ""
