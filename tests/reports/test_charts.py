"""The catalogue of charts: every name once, made by its section, and what is missing says why."""

import pytest

from analysis.incidents.errors import ParameterError
from analysis.reports.charts import catalogue, charts_of, listed


@pytest.fixture(scope="module")
def found(embedded):
    return list(charts_of(embedded))


def test_every_chart_of_the_catalogue_is_made_or_says_why_not(found):
    assert [one.listed for one in found] == catalogue()
    assert all((one.chart is None) == bool(one.reason) for one in found)


def test_sections_make_no_chart_that_the_catalogue_does_not_name(embedded):
    from analysis.measures import QUESTIONS
    from analysis.reports.report import section_of

    for question in QUESTIONS:
        section = section_of(question)
        made = section.charts(embedded)
        if hasattr(section, "further_charts"):
            made += section.further_charts(embedded)
        assert {chart.name for chart in made} <= set(section.CHARTS), question


def test_names_are_unique_and_fit_for_files():
    names = [one.name for one in catalogue()]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(ParameterError, match="'timelin' is not the name of a chart; did you mean timeline"):
        listed(["timelin"])
    with pytest.raises(ParameterError, match="known: brief_timeline, "):
        listed(["xyzzy"])


def test_only_what_is_asked_for_is_made(embedded, monkeypatch):
    from analysis.reports.sections import contagion

    monkeypatch.setattr(contagion, "charts", lambda study: 1 / 0)
    assert [one.listed.name for one in charts_of(embedded, ["map", "timeline"])] == ["timeline", "map"]
