"""One list of parameters: whatever takes them is made from it, and a new one is one line."""

import json
import re
from dataclasses import make_dataclass
from datetime import date
from inspect import signature

import numpy as np
import pytest

from analysis import cli, open_study
from analysis.incidents import SelectionError, load_incidents, parameters
from analysis.incidents.errors import ParameterError, TableError
from analysis.incidents.given import checked_parameters, typed
from analysis.incidents.parameters import (
    Beside,
    Reading,
    Selection,
    Settings,
    defaults_of,
    names_of,
    parameters_in,
    parameters_of,
)
from analysis.publishing.runner import notebook_parameters, typed_parameters
from analysis.resources import resource
from tests.notebooks import NOTEBOOKS, cell_of, renewed


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebooks_cell_is_the_list(path):
    text = path.read_text(encoding="utf-8")
    assert renewed(text) == text, "run: make notebooks"
    taken = notebook_parameters(path)
    assert list(taken)[: len(defaults_of())] == list(defaults_of())
    assert list(taken)[-1] == "output_dir"
    assert all(type(taken[name]) is type(value) for name, value in defaults_of().items())


@pytest.mark.parametrize("command", ["report", "indicators", "alerts", "backtest", "diff"])
def test_commands_take_the_whole_list(command):
    options = {option.name: option for option in cli.cli.commands[command].params}
    for one in parameters_of(Selection, Beside, Reading):
        assert options[one.name].opts == [one.flag]
        assert options[one.name].help.startswith(one.meaning[0].upper() + one.meaning[1:])


def test_check_takes_what_says_how_a_table_is_read():
    options = {option.name for option in cli.cli.commands["check"].params}
    assert options >= set(names_of(Reading))
    assert options & set(names_of(Selection, Settings)) == {"language"}


def test_open_study_shows_the_list():
    shown = signature(open_study).parameters
    assert list(shown) == list(defaults_of())
    assert all(shown[one.name].default == one.plain_default for one in parameters_of())
    assert all(f"    {one.name}\n" in open_study.__doc__ for one in parameters_of())


def test_a_new_parameter_is_one_line(monkeypatch):
    """What is made from the list has the new one, with its meaning, type and bounds."""
    line = ("smallest_deaths", int, parameters._told(0, "deaths that an attack must have", least=0, names_report=True))
    monkeypatch.setattr(
        parameters,
        "GROUPS",
        (make_dataclass("Selection", [line], bases=(Selection,), frozen=True), *parameters.GROUPS[1:]),
    )
    assert "smallest_deaths = 0  # deaths that an attack must have" in cell_of().splitlines()
    assert parameters_in({"smallest_deaths": 3, "other": 4}) == {"smallest_deaths": 3}
    assert typed({"smallest_deaths": "3"}, defaults_of(), whose="A study") == {"smallest_deaths": 3}
    with pytest.raises(ParameterError, match=r"^smallest_deaths=-1: expected at least 0\.$"):
        typed({"smallest_deaths": "-1"}, defaults_of(), whose="A study")
    new = next(one for one in parameters_of() if one.name == "smallest_deaths")
    assert new.flag == "--smallest-deaths"
    assert new.names_report

    @parameters.listed_in_signature
    def open_anything(table="", **parameters):
        """Open."""

    assert signature(open_anything).parameters["smallest_deaths"].default == 0


@pytest.mark.parametrize(
    ("name", "inside", "outside", "words"),
    [
        ("window_days", 1, 0, "window_days=0: expected at least 1"),
        ("baseline_days", 1, 0, "baseline_days=0: expected at least 1"),
        ("headline_count", 0, -1, "headline_count=-1: expected at least 0"),
        ("level", 0.999, 1.0, "level=1.0: expected less than 1"),
        ("level", 0.001, 0.0, "level=0.0: expected more than 0"),
        ("level", 0.5, float("nan"), "level=nan: expected more than 0"),
        ("n_simulations", 1, 0, "n_simulations=0: expected at least 1"),
        ("n_simulations", 10**7 - 1, 10**7, "n_simulations=10000000: expected less than 10000000"),
        ("unit", "grid", "province", "unit='province': expected one of country, admin1, admin2, grid"),
        ("source", "acled", "acled2", "source='acled2': expected one of auto, project"),
    ],
)
def test_both_sides_of_every_bound(name, inside, outside, words):
    assert getattr(checked_parameters({name: inside}), name) == inside
    with pytest.raises(SelectionError) as told:
        checked_parameters({name: outside})
    assert words in str(told.value)


def test_values_come_in_the_ways_that_python_has_them():
    asked = checked_parameters(
        {"country": "Mali", "attacker": ["JNIM", "A, B"], "as_of": date(2025, 7, 1), "from_date": None}
    )
    assert (asked.country, asked.attacker, asked.as_of, asked.from_date) == (
        ("MLI",),
        ("JNIM", "A, B"),
        "2025-07-01",
        "",
    )


def test_a_selection_names_the_units_it_is_of():
    one = Selection(country=("MLI",), admin1=("Gao", "Kidal"), attacker=("JNIM",))
    assert str(one) == "JNIM on all targets in Gao, Kidal, Mali"
    assert str(Selection(admin1=("Sahel",))).endswith("in Sahel")
    assert str(Selection()).endswith("in all countries")


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(TypeError, match=r"open_study has no parameter 'contry'; did you mean country\?"):
        open_study(contry="MLI")


def test_every_parameter_says_what_it_means():
    for one in parameters_of():
        assert one.meaning
        assert one.meaning == one.meaning.strip(" .")
        assert f"{one.name} = " in cell_of()
    assert json.dumps(defaults_of())


@pytest.mark.parametrize(
    ("name", "kept", "refused"),
    [
        ("window_days", 119_999, 120_000), ("baseline_days", 119_999, 120_000), ("header_row", 10**9 - 1, 10**9),
        ("as_of", "2500-12-31", "2501-01-01"), ("from_date", "1500-01-01", "1499-12-31"),
    ],
)  # fmt: skip
def test_what_no_table_has_is_refused(name, kept, refused):
    assert getattr(checked_parameters({name: kept}), name) == kept
    with pytest.raises(SelectionError, match="expected "):
        checked_parameters({name: refused})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"header_row": 10**22}, "expected less than 1000000000"),
        ({"header_row": 1.5}, "header_row=1.5: expected a whole number"),
        ({"strict": "yes"}, "expected True or False"),
        ({"actors": 5}, "actors=5: expected a path"),
        ({"mapping": {1: 2}}, "The mapping holds 1, which is no name"),
        ({"mapping": {"date": None}}, "The mapping holds None, which is no name"),
    ],
)
def test_how_a_table_is_read_is_checked_where_it_is_read(given, told):
    with pytest.raises(TableError, match=re.escape(told)):
        load_incidents(resource("data/sahel/incidents.csv"), **given)


@pytest.mark.parametrize("name", ["", *names_of(kinds=["file", "folder"])])
def test_a_path_that_no_system_has_is_told(name):
    given = {name: "x" * 5000} if name else {}
    with pytest.raises((TableError, SelectionError), match="x" * 20):
        open_study(resource("data/sahel/incidents.csv") if name else "x" * 5000, **given)


@pytest.mark.parametrize("name", ["admin1", "attacker", "sheet", "mapping"])
def test_bytes_that_are_no_text_are_told(name):
    with pytest.raises(SelectionError, match="bytes that are no text"):
        open_study(resource("data/sahel/incidents.csv"), **{name: "S\udce9gou"})
    with pytest.raises(ParameterError, match="bytes that are no text"):
        typed({name: "S\udce9gou"}, defaults_of(), whose="A study")


def test_a_path_that_is_no_text_is_refused_by_notebooks_alone():
    assert typed({"table": "x\udce9.csv"}, defaults_of(), whose="A study")
    with pytest.raises(ParameterError, match=r"x\\udce9\.csv' is no text"):
        typed_parameters(NOTEBOOKS[0], {"table": "x\udce9.csv"})


@pytest.mark.parametrize("given", [100.0, np.float64(100), "100.0"])
def test_a_whole_number_with_a_point_is_taken(given):
    """JSON, TOML and R write 100.0 where 100 is meant."""
    assert typed({"window_days": given}, defaults_of(), whose="A study") == {"window_days": 100}
    if not isinstance(given, str):
        assert checked_parameters({"window_days": given}).window_days == 100
    with pytest.raises(ParameterError, match="is not a whole number"):
        typed({"window_days": type(given)(100.5)}, defaults_of(), whose="A study")


def test_an_array_is_no_number():
    with pytest.raises(SelectionError, match="expected a whole number"):
        open_study(resource("data/sahel/incidents.csv"), header_row=np.array([3]))
