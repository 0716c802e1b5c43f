"""Completion between quotation marks: what may stand there, and nothing where it is not this package's to say."""

import pytest

import analysis
from analysis.exploring.completion import complete


@pytest.fixture(scope="module")
def names():
    return {"analysis": analysis, "study": analysis.open_study("example", n_simulations=100), "print": print}


@pytest.mark.parametrize(
    ("code", "begun", "held"),
    [
        ('study.compare(by="', "", {"country", "admin1", "actor", "event_type"}),
        ("x = study.compare('", "", {"country", "pair"}),
        ('study.select(country="XZ', "XZ", {"XZA", "XZB"}),
        ('study.select(unit="adm', "adm", {"admin1", "admin2"}),
        ('study.select(window_days=(90), attacker=["Moor League", "lantern', "lantern", {"Lantern Society"}),
        ('(study\n  .frequency)\nstudy.select(\n    admin1="Tav', "Tav", {"Tavrin"}),
        ('study.selectable("', "", {"country", "admin1"}),
        ('study.indicators(questions=["te', "te", {"tempo"}),
        ('study.spread.plot("', "", {"map", "coast_distance"}),
        ('analysis.open_study("', "", {"example"}),
        ('analysis.open_study("example", country="Ardo', "Ardo", {"Ardovia (made up)"}),
        ('analysis.open_study("example", region="sah', "sah", {"sahel"}),
        ('analysis.explore("example", unit="country", language="f', "f", {"fr"}),
    ],
)
def test_values_are_offered(names, code, begun, held):
    found = complete(code, names)
    assert found[0] == begun
    assert held <= set(found[1])
    assert all(text.casefold().startswith(begun.casefold()) for text in found[1])


@pytest.mark.parametrize(
    "code",
    [
        'print("', "study.select(country=", 'study.compare(by="country").head("', '"a text', "x = {'a': study.compare(",
        'study.select(country="XZA") # "', 'analysis.open_study("nowhere.csv", country="', 'nothing.select(country="',
        'study.compare({"', 'study.report("',
    ],
)  # fmt: skip
def test_nothing_is_offered_elsewhere(names, code):
    assert complete(code, names)[1] == []


def test_ipython_offers_them(names):
    completer = pytest.importorskip("IPython.core.completer")
    from IPython.core.interactiveshell import InteractiveShell

    from analysis.exploring.completion import offer_completion

    shell = InteractiveShell.instance()
    try:
        shell.user_ns |= names
        offer_completion()
        with completer.provisionalcompleter():
            found = {one.text for one in shell.Completer.completions('study.compare(by="', 18)}
        assert {"country", "actor"} <= found
    finally:
        InteractiveShell.clear_instance()
