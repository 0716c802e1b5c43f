"""A comma belongs to a name; several names are a list, or a list written as one text."""

import doctest

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.incidents import names
from analysis.incidents.errors import SelectionError
from analysis.incidents.names import as_countries, as_names, names_text
from analysis.incidents.selection import refuse_absent


def test_the_examples_of_the_docstrings():
    assert doctest.testmod(names).failed == 0


@pytest.mark.parametrize("text", ["[", "[A]", '["A', '["A", 1]', "[" * 5000, "[Brigade A]"])
def test_a_text_that_is_no_list_of_names_is_one_name(text):
    assert as_names(text) == (text,)


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool), max_size=5))
def test_names_survive_being_written_as_one_text(given):
    assert as_names(names_text(given)) == tuple(dict.fromkeys(given))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("MLI, Burkina Faso", ("MLI", "BFA")),
        ("MLI,", ("MLI",)),
        ("Korea, Republic of", ("KOR",)),
        ("Sudan, South", ("SSD",)),
        ('["Korea, Republic of", "Mali"]', ("KOR", "MLI")),
        (["MLI", "Mali"], ("MLI",)),
        ("Congo, The Democratic Republic of the", ("COD",)),
        ("Niger, Nigeria", ("NER", "NGA")),
    ],
)
def test_countries(text, codes):
    assert as_countries(text) == codes


def test_no_part_of_a_list_of_countries_is_dropped():
    with pytest.raises(SelectionError, match="No country is called 'Atlantis'"):
        as_countries("Mali, Atlantis")


@pytest.mark.parametrize(
    ("cell", "told"), [("Front; Nord", "; for cells that hold all of them, attacker='Front; Nord'"), ("x", "")]
)
def test_a_cell_of_several_names_is_told_as_it_can_be_asked_for(cell, told):
    column = pd.Series([cell, "Front", "Nord"])
    with pytest.raises(SelectionError) as refused:
        refuse_absent("attacker", ["Front, Nord"], [column])
    assert f"To name several, give attacker=['Front', 'Nord']{told}." in str(refused.value)
