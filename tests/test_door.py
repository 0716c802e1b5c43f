"""The door: a study that answers by name, in completion, help, short texts, charts and reports."""

import copy
import linecache
import math
import pickle
import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import analysis
from analysis import SelectionError, TableError, cli
from analysis.door import Study, question_class
from analysis.door.study import _WHERE
from analysis.figures.theme import style
from analysis.incidents import load_incidents
from analysis.incidents.errors import ParameterError
from analysis.incidents.study import Study as PlainStudy
from analysis.measures import QUESTIONS, compute_indicators, question_modules
from analysis.measures.level import level_of
from analysis.measures.panels import month_panel
from analysis.resources import resource

SAHEL = {"country": "Mali", "attacker": "JNIM", "as_of": "2025-07-01", "n_simulations": 200}


@pytest.fixture(scope="module")
def study():
    return analysis.open_study(**SAHEL)


@pytest.fixture
def axes():
    yield plt.subplots()[1]
    plt.close("all")


def counts_frame():
    weeks = pd.date_range("2022-01-03", "2024-06-24", freq="7D")
    rows = [(week, "Mali", region, 2 + k) for week in weeks for k, region in enumerate(("Mopti", "Gao"))]
    return pd.DataFrame(rows, columns=["week", "land", "region", "events"])


@pytest.fixture(scope="module")
def counted():
    mapping = {"date": "week", "country": "land", "admin1": "region"}
    return analysis.open_study(counts_frame(), mapping=mapping, count="events", unit="admin1", n_simulations=200)


def made_up():
    """300 attacks, one every four days, by A and B in turn."""
    when = pd.date_range("2022-01-01", periods=300, freq="4D")
    return pd.DataFrame({"when": when, "land": "Mali", "who": ["A", "B"] * 150, "dead": 3.0, "where": ["Gao"] * 300})


MAPPING = {"date": "when", "country": "land", "attacker": "who", "deaths": "dead", "admin1": "where"}


# --- names -------------------------------------------------------------------------------------------------------


def test_the_package_lists_what_users_call_and_no_machinery():
    assert not {"lazy", "resources", "cli", "door", "language"} & set(dir(analysis))


def test_every_question_is_an_attribute_under_its_name(study):
    for name, words in QUESTIONS.items():
        assert getattr(study, name).words == words
        assert getattr(study, name) is getattr(study, name)
    assert set(QUESTIONS) < set(dir(study))


@pytest.mark.parametrize("question", QUESTIONS)
def test_completion_lists_values_tables_and_charts_and_each_is_there(study, question):
    asked = getattr(study, question)
    listed = [name for name in dir(asked) if not name.startswith("_")]
    module = question_modules()[question]
    assert {measure.name for measure in module.MEASURES} <= set(listed)
    assert {table.name for table in module.TABLES} <= set(listed)
    for name in listed:
        assert getattr(asked, name) is not None, name


@pytest.mark.parametrize("question", QUESTIONS)
def test_names_of_a_question_do_not_hide_each_other(question):
    module = question_modules()[question]
    rows = [measure.name for measure in module.MEASURES]
    shorts = [name.partition("_")[2] for name in rows if name.split("_")[0] in (question, "attack", "escalation")]
    tables = [table.name for table in module.TABLES]
    methods = ["plot", "read", "table", "values", "charts"]
    names = [*set([*rows, *shorts]), *tables, *methods]
    assert len(names) == len(set(names))


def test_values_have_the_promised_short_names_and_those_of_their_rows(study):
    assert study.frequency.rate_ratio.name == study.frequency.attack_rate_ratio.name == "attack_rate_ratio"
    assert study.tempo.greatest.name == "tempo_greatest"
    assert study.assessment.verdict.name == "escalation_verdict"
    assert study.frequency["rate_ratio"].value == study.frequency["attack_rate_ratio"].value


def test_help_says_what_each_name_means():
    shown = question_class("frequency").rate_ratio.__doc__
    assert shown.startswith("Recorded rate in the window over that in the baseline")
    assert question_class("surge").units.__doc__.startswith("Table: Every unit")
    assert question_class("tempo").plot_rolling.__doc__.startswith("Draw")


def test_a_value_completes_to_its_parts():
    listed = dir(analysis.Value)
    assert {"value", "low", "high", "level", "reason", "status", "label", "detail", "meaning", "computed"} <= set(
        listed
    )


def test_help_on_arguments_speaks_of_lists_and_dates():
    from inspect import signature

    text = analysis.open_study.__doc__
    assert "Country, ISO3 or name: one, or a list; empty: all." in text
    assert "Last day: a date, a Timestamp or text such as 2025-07-01" in text
    assert "gap=1,km=150,sites=3,deaths=25" in text
    parameters = signature(analysis.open_study).parameters
    assert parameters["as_of"].annotation == str | date
    assert parameters["window_days"].default == 30
    assert "see help(study.frequency)" in repr(Study.frequency)


def test_a_wrong_name_is_answered_with_the_nearest(study):
    with pytest.raises(AttributeError, match=r"study\.surge has no 'unit'; did you mean units\?"):
        _ = study.surge.unit
    with pytest.raises(AttributeError, match=r"no 'verdict_over_time'; did you mean over_time\?"):
        study.assessment.verdict_over_time  # noqa: B018
    with pytest.raises(AttributeError, match=r"no 'slope'; did you mean sen_slope_per_year\?"):
        study.trend.slope  # noqa: B018
    with pytest.raises(AttributeError, match=r"is saved by study\.trend\.plot\(\)\.figure\.savefig"):
        study.trend.savefig  # noqa: B018
    with pytest.raises(KeyError, match="did you mean surge_p"):
        _ = study.surge["surge_pp"]
    with pytest.raises(ValueError, match="no question 'surg'; did you mean surge"):
        study.indicators(questions=["surg"])


def test_a_fault_inside_a_table_does_not_read_as_a_missing_name(study, monkeypatch):
    module = question_modules()["surge"]

    def broken(study):
        raise AttributeError("inner")

    table = module.TABLES[0]
    monkeypatch.setattr(type(study.surge), "_table", lambda self, table: broken(self))
    with pytest.raises(RuntimeError, match="inner"):
        getattr(study.surge, table.name)


def test_rooms_and_modules_are_attributes_and_listed():
    assert analysis.measures.tempo.QUESTION == "tempo"
    assert callable(analysis.figures.frequency.plot_timeline)
    assert callable(analysis.statistics.rates.poisson_interval)
    assert {"measures", "figures", "statistics", "incidents", "open_study"} <= set(dir(analysis))
    assert set(QUESTIONS) <= set(dir(analysis.measures))
    assert "rates" in dir(analysis.statistics)
    for room in ("incidents", "statistics", "measures", "figures", "reports", "publishing", "scheduling"):
        for name in dir(getattr(analysis, room)):
            assert getattr(getattr(analysis, room), name) is not None
    with pytest.raises(AttributeError, match="did you mean tempo"):
        _ = analysis.measures.tempi
    with pytest.raises(AttributeError, match="did you mean open_study"):
        _ = analysis.open_studdy


# --- values and tables --------------------------------------------------------------------------------------------


def test_values_are_those_of_the_indicator_rows(study):
    plain = compute_indicators(study).set_index("name")
    for question in QUESTIONS:
        for name, value in getattr(study, question).values.items():
            row = plain.loc[name]
            assert value.status == row["status"]
            assert value.reason == row["reason"]
            for part in ("value", "low", "high", "level"):
                assert getattr(value, part) == row[part] or (math.isnan(getattr(value, part)) and math.isnan(row[part]))
            assert list(value.incident_ids) == list(row["incident_ids"])


def test_a_value_is_short_and_says_its_interval_or_its_reason(study):
    ratio = study.frequency.rate_ratio
    assert ratio.computed
    assert repr(ratio).endswith(" to 22)")
    assert "95 % interval" in repr(ratio)
    assert float(ratio) == ratio.value
    absent = study.trend.percent_per_year
    assert not absent.computed
    assert repr(absent) == f"not computed, because {absent.reason}"
    with pytest.raises(ValueError, match="trend_percent_per_year was not computed, because completeness"):
        float(absent)


def test_a_value_is_used_as_a_number_is(study):
    ratio, n = study.frequency.rate_ratio, study.frequency.attacks_in_window
    assert (n, n + 1, 1 + n, n - 1, 20 - n, n * 2, n / 2, n // 2, n % 4, n**2, -n, abs(-n)) == (
        15, 16, 16, 14, 5, 30, 7.5, 7, 3, 225, -15, 15,
    )  # fmt: skip
    assert n > 14.9
    assert 14 < n <= 15
    assert n < 2 * ratio + 1000
    assert ratio == float(ratio)
    assert ratio != n
    assert bool(n)
    assert sum([n, n]) == 30
    assert max(n, study.frequency.attacks_in_baseline) == 26
    assert (round(n, 1), int(n), f"{n:d}", f"{n:.2f}") == (15, 15, "15", "15.00")
    assert np.log(n) == np.log(15.0)
    assert np.float64(2) * n == 30
    assert (n == None) is False  # noqa: E711
    assert n not in ([], "")[:1]
    with pytest.raises(TypeError, match="unsupported operand"):
        _ = n + "a"


@pytest.mark.parametrize("use", [bool, int, round, abs, lambda v: v + 1, lambda v: v > 1, lambda v: v == 1, np.log])
def test_a_value_that_was_not_computed_is_refused_with_its_reason(study, use):
    with pytest.raises(ValueError, match="trend_percent_per_year was not computed, because completeness"):
        use(study.trend.percent_per_year)


def test_a_value_with_a_word_equals_that_word():
    rising = analysis.open_study("example", country="XZA", language="fr", n_simulations=100).assessment.verdict
    assert rising == "rising"
    assert rising == "En hausse"
    assert rising != "steady"
    assert rising > 0
    with pytest.raises(ValueError, match="escalation_verdict is never 'risin'; did you mean rising"):
        _ = rising == "risin"
    with pytest.raises(TypeError, match="attacks_in_window has no word to compare with 'rising'"):
        _ = analysis.open_study("example", n_simulations=100).frequency.attacks_in_window == "rising"


def test_completion_in_brackets_knows_every_name(study):
    for name in study._ipython_key_completions_():
        assert study[name] is not None
    assert study["tempo"] is study.tempo
    assert study["attack_rate_ratio"] == study.frequency["rate_ratio"]
    assert set(study.frequency._ipython_key_completions_()) >= {"rate_ratio", "attack_rate_ratio"}
    with pytest.raises(KeyError, match="did you mean tempo"):
        _ = study["tempi"]


def test_an_empty_table_says_why(study):
    for question in QUESTIONS:
        for table in question_modules()[question].TABLES:
            made = getattr(study[question], table.name)
            assert bool(made.attrs["reason"]) == made.empty, (question, table.name)
    example = analysis.open_study("example", n_simulations=100)
    assert "coincidences" in example.tempo.unusualness.attrs["reason"]
    assert example.claims.ledger.attrs["reason"] == "no claims table was given, so nobody's words are known"
    assert example.spread.left_out.attrs["reason"] == "every attack can be placed"


def test_another_selection_of_the_same_table_is_opened_from_a_study():
    country = analysis.open_study("example", country="XZA", n_simulations=100)
    red = country.select(country="", attacker="Red Column")
    assert red.table is country.table
    assert red.n_counted == analysis.open_study("example", attacker="Red Column").n_counted
    assert red.given == {"country": "", "attacker": "Red Column", "n_simulations": 100}
    assert red.settings.n_simulations == 100
    with pytest.raises(TypeError, match="did you mean attacker"):
        country.select(atacker="Red Column")


def test_parts_and_periods_are_compared_from_a_study():
    from analysis.measures import compare

    opened = analysis.open_study("example", n_simulations=100)
    pd.testing.assert_frame_equal(opened.compare(by="attacker"), compare.compute_parts(opened, by="attacker"))
    held = opened.compare(first="2022", second="2023")
    pd.testing.assert_frame_equal(held, compare.compute_periods(opened, first="2022", second="2023"))
    assert held["part"].tolist() == ["all"]
    assert opened.compare(by="country").attrs["notes"] == compare.notes_of(compare.compute_parts(opened))
    with pytest.raises(ValueError, match="first= and second="):
        opened.compare(first="2022")


def test_a_last_day_beyond_the_table_is_refused_when_it_is_opened():
    with pytest.raises(
        SelectionError, match=r"as_of='2030-01-01' is not covered: .* to 2024-12-31.* allow_uncovered=True"
    ):
        analysis.open_study("example", as_of="2030-01-01")
    assert analysis.open_study("example", as_of="2030-01-01", allow_uncovered=True).as_of == pd.Timestamp("2030-01-01")


def test_a_chance_is_written_as_reports_write_it_and_never_as_certain():
    held = analysis.open_study("example", attacker="Red Column", n_simulations=100).tempo.any_window_clustered
    told = repr(replace(held, value=0.9982, low=0.4, high=0.99999))
    assert told == "over 99 % (95 % interval 40 % to over 99.9 %)"
    assert "100 %" not in repr(replace(held, value=1.0))
    assert "%" not in repr(analysis.open_study("example", n_simulations=100).frequency.rate_ratio_p)


def test_a_countrys_name_is_held_against_those_of_the_table():
    with pytest.raises(SelectionError, match=r"No country is called 'Malli'\. Did you mean Mali\?$"):
        analysis.open_study(made_up(), mapping=MAPPING, country="Malli")
    with pytest.raises(SelectionError, match=r"No country is called 'Tchadistan'\. The table has most of Mali"):
        analysis.open_study(made_up(), mapping=MAPPING, country="Tchadistan")
    with pytest.raises(SelectionError, match=r"country='TCD' is in none .* Most frequent: Mali \(MLI\)"):
        analysis.open_study(made_up(), mapping=MAPPING, country="Chad")
    with pytest.raises(SelectionError, match=r"A group of countries is meant; a first-order unit is admin1='Gao'"):
        analysis.open_study(made_up(), mapping=MAPPING, region="Gao")


def test_parts_go_by_one_name():
    with pytest.raises(SelectionError, match=r"compared by one name at a time, of country, .*; got \['country'\]"):
        analysis.open_study("example").compare(by=["country"])


@pytest.mark.parametrize("wrong", [pd.NA, pd.Series(["country"]), np.array(["a", "b"]), b"country", 2.5])
def test_what_is_no_word_is_called_so(wrong):
    """A truth value that is ambiguous said neither which argument was wrong nor what was expected."""
    study = analysis.open_study("example")
    for call in (study.split, study.counted_by, study.selectable, study.compare):
        with pytest.raises(ValueError, match=r"expected (text|one of)|compared by one name"):
            call(wrong)
    by_day = study.compare(first=pd.Period("2022"), second=pd.Period("2023"))
    assert by_day.equals(study.compare("2022", "2023"))
    with pytest.raises(ParameterError, match=r"(first|second)=[\s\S]*: expected text"):
        study.compare(first=wrong, second="2024")
    with pytest.raises(ParameterError, match=r"by=[\s\S]*: expected text"):
        study.indicators(by=wrong)


def test_a_mapping_the_wrong_way_round_is_told():
    with pytest.raises(TableError, match=r"a mapping names the column last, e\.g\. \{'date': 'when'\}"):
        analysis.open_study(made_up(), mapping={"when": "date", "land": "country"})
    with pytest.raises(AttributeError, match=r"did you mean plot_map\(\)"):
        _ = analysis.open_study("example", n_simulations=100).spread.map


def test_a_value_of_one_has_its_unit_in_the_singular(study):
    assert repr(study.surge.units_judged) == "1 unit"
    assert repr(study.frequency.attacks_in_window) == "15 attacks"


def test_bounds_that_are_the_value_are_not_repeated(study):
    in_window = study.frequency.attacks_in_window
    assert in_window.low == in_window.high == in_window.value
    assert "(" not in repr(in_window)


def test_a_study_and_its_questions_go_to_other_processes(study):
    verdict = study.assessment.verdict
    for one in (study, study.assessment):
        there = pickle.loads(pickle.dumps(one))
        assert type(there) is type(one)
        assert repr(there["escalation_verdict"]) == repr(verdict)
    assert repr(pickle.loads(pickle.dumps(verdict))) == repr(copy.deepcopy(verdict)) == repr(verdict)


def test_texts_of_users_are_no_markup():
    frame = made_up().assign(who="<b>A</b>")
    opened = analysis.open_study(frame, mapping=MAPPING, attacker="<b>A</b>", n_simulations=200)
    assert "<b>A" not in opened._repr_html_()
    assert "&lt;b&gt;A" in opened._repr_html_()
    assert "<b>A" not in opened.frequency._repr_html_()
    # What stands between two dollar signs of names is no formula in JupyterLab, nor in a page of nbconvert's.
    for shown in (opened, opened.frequency, opened.frequency.rate_ratio):
        assert shown._repr_html_().startswith('<div class="mathjax_ignore tex2jax_ignore">')


def test_study_question_and_value_are_short_in_text_and_whole_in_html(study):
    assert len(repr(study)) < 300
    assert len(repr(study).split("\n")) == 2
    for part in ("JNIM", "Mali", "41", "1 July 2025", "incidents.csv", "30 days"):
        assert part in repr(study)
        assert part in study._repr_html_()
    assert len(repr(study.frequency)) < 600
    assert "rate_ratio" in repr(study.frequency)
    assert study.frequency.read()[0] in study.frequency._repr_html_()
    assert "Recorded rate" in study.frequency.rate_ratio._repr_html_()
    assert study.trend.p.reason in study.trend.p._repr_html_()


def test_texts_follow_the_language_of_the_study():
    spoken = analysis.open_study(**SAHEL, language="fr")
    assert repr(spoken.trend.p).startswith("non calculé\u00a0: ")
    assert "intervalle à 95" in repr(spoken.frequency.rate_ratio)
    assert repr(spoken.frequency.rate_ratio_p) == "inférieur à 0,001"
    assert "À quelle fréquence" in spoken.frequency._repr_html_()
    assert "1er juillet 2025" in repr(spoken)
    assert repr(analysis.open_study(**SAHEL).trend.p).startswith("not computed")


def test_tables_are_copies(study):
    units = study.surge.units
    units["observed"] = -1
    assert study.surge.units["observed"].ge(0).all()
    rows = study.frequency.table()
    rows["value"] = -1.0
    assert study.frequency.attacks_in_window.value == 15


def test_what_a_user_changes_in_place_changes_no_later_result(study):
    other = study.select()  # the same, with nothing kept yet
    for name in ("attacks", "incidents", "counted_rows"):
        rows = getattr(other, name)
        rows["country"] = "QQQ"
        rows.iloc[0] = rows.iloc[-1]
        del rows["fatalities_best"]
    units, days = other.units, other.whole_days
    units.iloc[:], days.iloc[:] = "nowhere", other.start
    with pytest.raises(ValueError, match="read-only"):
        other.day_numbers[0][:] = 0
    # What measures keep: a frame, a frame in a result, and what a cell of a table holds.
    months, spans = month_panel(other), level_of(other).table
    months.iloc[:], spans["ratio"] = 0, 99.0
    other.frequency["attacks_in_window"].incident_ids.clear()
    other.frequency.table()["incident_ids"].iloc[0].append("none")
    pd.testing.assert_frame_equal(other.frequency.table(), study.frequency.table())
    assert month_panel(other).equals(month_panel(study))
    assert level_of(other).table.equals(level_of(study).table)
    assert other.countries == study.countries
    assert other.attacks.equals(study.attacks)


@pytest.mark.parametrize("projection", ["polar", "3d", "hammer"])
def test_charts_refuse_axes_that_are_not_plain(study, axes, projection):
    odd = axes.figure.add_subplot(projection=projection)
    for question in (study.frequency, study.tempo):
        with pytest.raises(ValueError, match="charts are drawn on plain axes of matplotlib, and these are not"):
            question.plot(ax=odd)
    for none in (axes.figure, [axes], "axes"):
        with pytest.raises(TypeError, match="ax= takes axes of matplotlib"):
            study.frequency.plot(ax=none)


def test_monthly_counts_and_rolling_counts_keep_every_attack(study):
    assert study.frequency.counts["value"].sum() == 41
    rolling = study.frequency.rolling
    assert rolling["value"].iloc[-1] == pytest.approx(study.frequency.attacks_in_window.value, abs=1)
    assert rolling["day"].iloc[-1] == study.as_of
    assert len(rolling) == (study.covered_end - study.start).days - 29


def test_what_can_be_selected_is_listed_and_can_be():
    whole = analysis.open_study("example", n_simulations=200)
    listed = whole.selectable()
    assert {"country", "actor", "event_type", "admin1"} == set(listed["parameter"])
    for row in listed.groupby("parameter").first().reset_index().itertuples():
        assert analysis.open_study("example", **{row.parameter: row.value}).n_counted > 0


def test_sentences_are_those_of_the_report(study):
    from analysis.reports.report import open_report, section_of

    report = open_report(study, questions=list(QUESTIONS))
    for question in QUESTIONS:
        assert getattr(study, question).read() == [s for s in section_of(question).read(study, report.results) if s]


# --- tables of counts ---------------------------------------------------------------------------------------------


def test_counts_by_month_of_a_table_of_counts_are_its_numbers(counted):
    # 130 weeks of 2 and 3; whole months alone, of weeks spread over their days.
    by_unit = counted.frequency.counts_by_unit.groupby("unit")["value"].sum()
    assert set(by_unit.index) == {"MLI/Mopti", "MLI/Gao"}
    assert by_unit["MLI/Gao"] / by_unit["MLI/Mopti"] == pytest.approx(1.5, rel=0.01)
    assert counted.frequency.counts["value"].sum() == pytest.approx(by_unit.sum(), abs=2)  # each is rounded
    assert counted.frequency.counts["value"].gt(0).all()
    # Any 28 days hold four whole weeks, of 5.
    assert counted.settings.window_days == 28
    assert counted.frequency.rolling["value"].unique() == pytest.approx([20.0])
    assert "650" in repr(counted)


def test_a_table_of_counts_has_no_attacks_that_could_be_placed(counted):
    assert len(counted.spread.attacks) == 0
    assert len(counted.whole_attacks(counted.start, counted.end)) == 0


def test_how_counts_of_a_table_of_counts_are_made_is_said_in_its_language(counted):
    french = replace(counted, settings=replace(counted.settings, language="fr"))
    for asked, begins in ((counted, "count of a table of counts"), (french, "nombre d'une table de décomptes")):
        assert asked.frequency.counts["method"].str.startswith(begins).all()


def test_what_needs_incidents_says_so(counted):
    assert "counts" in counted.contagion.knox_p.reason
    assert "counts" in counted.contagion.read()[0]
    assert counted.contagion.charts() == {}
    with pytest.raises(SelectionError, match=r"study\.contagion\.clusters could not be computed, because .*counts"):
        _ = counted.contagion.clusters
    drawn = counted.contagion.plot()
    assert "counts" in drawn.get_label()
    plt.close("all")


# --- charts -------------------------------------------------------------------------------------------------------


def test_charts_go_by_the_names_of_the_catalogue(study):
    from analysis.reports.charts import BRIEF, catalogue

    for listed in [one for one in catalogue() if one.question != BRIEF]:
        question = getattr(study, listed.question)
        assert f"plot_{listed.name}" in dir(question)
        axes = np.ravel(getattr(question, f"plot_{listed.name}")())
        assert axes[0].figure is not None
        assert (listed.name in question.charts()) or axes[0].get_label()  # drawn, or why not
        plt.close("all")


def test_charts_are_drawn_on_given_axes_and_by_the_name_of_their_function(study, axes):
    assert study.surge.plot(ax=axes) is axes
    assert study.surge.plot_series(ax=axes) is axes
    assert study.tempo.plot_rolling(ax=axes) is axes
    drawn = study.frequency.plot_timeline(title="A title of my own", ax=axes)
    assert any("A title of my own" in text.get_text() for text in drawn.figure.findobj(plt.Text))


def test_a_chart_that_is_not_there_is_answered_with_those_that_are(study, axes):
    with pytest.raises(ValueError, match=r"no chart 'plot_ranked_units' here\. Charts of this study: surge"):
        study.surge.plot_ranked_units()
    with pytest.raises(ValueError, match=r"no chart 'plot_delays' here\. .* Not drawn: .*reporting_delay \(delays are"):
        study.reliability.plot_delays()
    with pytest.raises(ValueError, match=r"takes no 'titel'; did you mean title\?"):
        study.frequency.plot(titel="x")
    by_unit = study.counted_by("admin1")
    with pytest.raises(ValueError, match="several panels on a figure of its own"):
        by_unit.surge.plot_small_multiples(ax=axes)


# --- what comes in ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2024-12-01", date(2024, 12, 1), datetime(2024, 12, 1), pd.Timestamp("2024-12-01")])
@pytest.mark.parametrize("mapping", [MAPPING, ",".join(f"{k}={v}" for k, v in MAPPING.items())])
def test_frames_days_and_names_come_in_many_forms(day, mapping):
    opened = analysis.open_study(made_up(), mapping=mapping, country=["Mali"], attacker=["A"], as_of=day)
    # One attack every eight days by A from 2022-01-01 on: 1,066 days hold 134.
    assert len(opened.attacks) == 134
    assert f"{opened.as_of:%Y-%m-%d}" == "2024-12-01"


def test_a_table_of_another_kind_is_refused_with_what_is_expected():
    with pytest.raises(TypeError, match=r"is a Series; expected a path, a DataFrame or a loaded table"):
        analysis.open_study(made_up()["when"])
    with pytest.raises(TypeError, match="is a dict"):
        analysis.open_study({"when": [1]})
    with pytest.raises(TypeError, match="no parameter 'contry'; did you mean country"):
        analysis.open_study(contry="Mali")


def test_periods_are_days_or_months_of_their_precision():
    by_day = made_up().assign(when=made_up()["when"].dt.to_period("D"))
    assert len(analysis.open_study(by_day, mapping=MAPPING).attacks) == 300
    by_month = made_up().assign(when=made_up()["when"].dt.to_period("M"))
    opened = analysis.open_study(by_month, mapping=MAPPING)
    assert opened.attacks["date_precision"].eq("month").all()


def test_odd_values_of_a_frame_are_blanked_and_said():
    opened = analysis.open_study(made_up().assign(dead=[1j] * 300), mapping=MAPPING)
    assert len(opened.attacks) == 300
    assert len(opened.table.problems) == 300
    with pytest.raises(TableError, match=r"none of 300 rows can be used\. 300 of 300 rows: when is not a date"):
        analysis.open_study(made_up().assign(when=range(300)), mapping=MAPPING)


def test_a_window_longer_than_the_history_is_no_crash():
    opened = analysis.open_study(made_up(), mapping=MAPPING, window_days=5000, n_simulations=200)
    assert "the window of 5,000 days is longer than the table's history" in repr(opened.frequency.rate_ratio)
    assert opened.frequency.rolling.empty
    assert "no attack says where" in opened.tempo.plot().get_label()  # a reason that comes before the window's
    plt.close("all")


def test_a_loaded_table_comes_in():
    loaded = load_incidents(resource("data/sahel/incidents.csv"))
    assert len(analysis.open_study(loaded, **SAHEL).attacks) == 41
    with pytest.raises(SelectionError, match=r"strict=True says how a table is read, and this one has been read"):
        analysis.open_study(loaded, **SAHEL, strict=True)


def test_a_loaded_table_has_a_report_of_what_it_was_read_from(tmp_path):
    frame = made_up()
    loaded = load_incidents(frame, mapping=MAPPING)
    opened = analysis.open_study(loaded, attacker="A", as_of="2024-12-01", n_simulations=100)
    asked = opened._parameters(tmp_path)
    again = analysis.open_study(**asked)
    assert again.n_counted == opened.n_counted == 134
    assert again.frequency.rate_ratio == opened.frequency.rate_ratio
    part = replace(loaded, incidents=loaded.incidents.head(100))
    with pytest.raises(SelectionError, match=r"open_study\(frame, mapping=\.\.\.\)\.report\(\)"):
        analysis.open_study(part).report("unused")
    with pytest.raises(SelectionError, match="holds other rows"):
        analysis.open_study(load_incidents(frame, mapping=MAPPING, last_day="2023-01-01")).report("unused")


@pytest.mark.parametrize("where", [{"country": ("Mali",)}, {"region": ("sahel",)}, {"country": ("Mali", "BFA")}])
def test_a_report_from_python_has_the_parameters_of_the_command(tmp_path, where):
    """The command wrote "Mali" and all that is not selected, Python "MLI": two reports of two names."""
    table, chosen = str(resource("data/sahel/incidents.csv")), where | {"as_of": "2025-07-01"}
    asked = analysis.open_study(table, **chosen)._parameters(tmp_path)
    assert list(asked.items()) == list(cli._parameters(table, chosen, ()).items())


def test_names_may_be_given_in_whatever_holds_them(tmp_path):
    """A generator was read to its end where it was checked, and then selected nothing; an array has no truth."""
    table = str(resource("data/sahel/incidents.csv"))
    for names in ((name for name in ["Mali"]), np.array(["Mali"]), pd.Series(["Mali"])):
        opened = analysis.open_study(table, country=names, as_of="2025-07-01")
        assert opened._parameters(tmp_path)["country"] == "Mali"
    niger = opened.select(country=(name for name in ["Niger"]))
    assert set(niger.attacks["country"]) == {"NER"}


def test_parts_and_other_units_answer_too(study):
    assert isinstance(study.counted_by("admin1"), Study)
    assert study.counted_by("admin1").surge.units["unit"].str.startswith("MLI/").all()
    part = next(study.split("target_type"))
    assert part.frequency.attacks_in_window.unit.startswith("MLI | target_type:")
    with pytest.raises(SelectionError, match="open a study of that part"):
        part.report("unused")


def test_a_plain_study_is_short_too():
    from analysis.incidents import open_study

    plain = open_study(**SAHEL)
    assert type(plain) is PlainStudy
    assert len(repr(plain)) < 300
    assert "41 attacks" in repr(plain)


# --- reports ------------------------------------------------------------------------------------------------------


def published_values(folder):
    import json

    rows = json.loads((folder / "indicators.json").read_text(encoding="utf-8"))["indicators"]
    return {row["name"]: row["value"] for row in rows}


def test_a_frame_is_published_with_the_study_s_own_numbers_and_leaves_nothing_behind(tmp_path):
    odd = made_up().rename(columns={"who": "who, by=whom"})
    mapping = MAPPING | {"attacker": "who, by=whom"}
    opened = analysis.open_study(odd, mapping=mapping, attacker="A", as_of="2024-12-01", n_simulations=200)
    made = opened.report(tmp_path / "out", formats=("html",), notebook="severity")
    assert (made.folder / "report.html").exists()
    assert "language" not in made.name
    told = published_values(made.folder)
    for row in opened.indicators(questions="severity").itertuples():
        assert told[row.name] == (None if math.isnan(row.value) else pytest.approx(row.value)), row.name
    assert not [path for path in (tmp_path / "out").iterdir() if path.name.startswith(".") and path.is_dir()]


def test_a_study_tells_that_rows_were_set_aside(tmp_path):
    frame = pd.DataFrame({"when": ["2024-01-01", "2024-02-01"], "land": ["Mali", "Mlai"]})
    study = analysis.open_study(frame, mapping={"date": "when", "country": "land"})
    assert "1 of 2 rows were set aside; see study.reliability.problems" in repr(study)


def test_formats_are_known_and_one_question_is_a_list_of_one(tmp_path):
    study = analysis.open_study(country="MLI", attacker="JNIM", n_simulations=100)
    with pytest.raises(ParameterError, match="'docx' is not a format; known: html, pdf, pptx"):
        study.report(tmp_path, formats="docx")
    assert set(study.indicators(questions="offensives")["question"]) == {"offensives"}
    assert f"{study.offensives.in_window:.1f}" == f"{study.offensives.in_window.value:.1f}"


def test_over_time_says_no_more_than_the_verdict():
    """Where recording forbids a verdict it forbade those before."""
    study = analysis.open_study(country="MLI", attacker="JNIM", as_of="2025-07-01")
    assert not study.assessment.verdict.computed
    assert set(study.assessment.over_time["word"]) == {"cannot tell"}


def test_periods_may_be_texts():
    study = analysis.open_study("example")
    from analysis.measures import compare

    texts = compare.compute_periods(study, first="2022", second="2023")
    periods = dict(zip(("first", "second"), compare.read_periods("2022,2023"), strict=True))
    pd.testing.assert_frame_equal(texts, compare.compute_periods(study, **periods))


# --- who knows pandas ----------------------------------------------------------------------------------------------


def test_a_word_of_pandas_is_answered_with_what_there_is(study):
    """Each place that a hint names is there."""
    for word, told in _WHERE.items():
        with pytest.raises(AttributeError, match="there is study"):
            getattr(study, word)
        for question, name in re.findall(r"study\.(\w+)(?:\.(\w+))?", told):
            assert hasattr(Study, question) or question == "attacks", told
            assert not name or question == "attacks" or hasattr(question_class(question), name), told
    with pytest.raises(AttributeError, match=r"no 'verdict'; there is study\.assessment\.verdict\."):
        _ = study.verdict
    with pytest.raises(AttributeError, match=r"study\.trend has no 'alerts'; there is study\.surge\.alerts\."):
        _ = study.trend.alerts
    with pytest.raises(AttributeError, match="did you mean frequency"):
        _ = study.frequencies
    with pytest.raises(KeyError, match=r"its questions are frequency, .* dir"):
        _ = study["zzz"]


def test_columns_of_the_users_own_are_answered_with_what_they_are_read_as():
    for mapping in (MAPPING, "date=when,country=land,attacker=who,deaths=dead,admin1=where"):
        opened = analysis.open_study(made_up().rename(columns={"where": "zone"}), mapping=_renamed(mapping))
        with pytest.raises(TypeError, match=r"read as admin1: select\(admin1=\.\.\.\)"):
            opened.select(zone="Gao")
        with pytest.raises(SelectionError, match="Did you mean unit='admin1'"):
            opened.select(unit="zone")
        with pytest.raises(SelectionError, match="did you mean by='attacker'"):
            opened.compare(by="who")
        with pytest.raises(SelectionError, match="did you mean by='admin1'"):
            opened.compare("region")
        with pytest.raises(AttributeError, match=r"read as study\.attacks\['fatalities_best'\]"):
            _ = opened.dead


def _renamed(mapping):
    return {**mapping, "admin1": "zone"} if isinstance(mapping, dict) else mapping.replace("=where", "=zone")


def test_two_periods_may_stand_without_names():
    opened = analysis.open_study("example", n_simulations=100)
    pd.testing.assert_frame_equal(opened.compare("2022", "2023"), opened.compare(first="2022", second="2023"))
    with pytest.raises(ValueError, match="two periods"):
        opened.compare("2022", "2023", first="2021")


def test_a_column_that_cannot_be_used_is_told_at_once():
    opened = analysis.open_study(made_up().assign(dead="many"), mapping=MAPPING)
    assert "300 of 300 values of dead could not be used and count as not given" in repr(opened)
    few = made_up().assign(dead=["many"] * 5 + ["3"] * 295)
    assert "values of dead" not in repr(analysis.open_study(few, mapping=MAPPING))


def test_an_option_that_a_report_has_not_is_answered_with_the_nearest(study, tmp_path):
    with pytest.raises(TypeError, match="report has no option 'format'; did you mean formats"):
        study.report(tmp_path, format="pdf")
    assert set(study.selectable("attacker")["parameter"]) == {"actor"}


def test_a_study_is_copied_with_its_hints(study):
    assert copy.copy(study).n_counted == study.n_counted
    assert not hasattr(study, "_repr_png_")


def test_a_chart_leaves_a_notebook_showing_charts_by_itself():
    """A notebook's backend turns that on when the first chart is drawn, inside the chart's look."""
    import matplotlib as mpl

    was = mpl.is_interactive()
    try:
        mpl.interactive(False)
        with style():
            mpl.interactive(True)
        assert mpl.is_interactive()
    finally:
        mpl.interactive(was)


def test_a_chart_takes_the_colours_of_a_dark_notebook():
    study = analysis.open_study("example", country="XZA", n_simulations=100)
    paper = []
    with plt.style.context("dark_background"):
        # Of two questions, one of which draws why there is nothing to draw.
        paper += [question.plot().figure.get_facecolor()[0] for question in (study.frequency, study.tempo)]
    paper += [study.frequency.plot(theme=theme).figure.get_facecolor()[0] for theme in ("dark", "light")]
    plt.close("all")
    assert paper[0] == paper[1] == paper[2] < 0.2 < 0.9 < paper[3]
    with pytest.raises(ValueError, match="expected one of light, dark, print"):
        study.frequency.plot(theme="darc")


def test_a_chart_in_a_notebook_is_dark_where_jupyterlab_is(study):
    figure = study.frequency.plot(title="Attacks < of a test").figure
    shown = figure._repr_html_()
    assert shown.count("data:image/png;base64,") == 1
    assert 'alt="Attacks &lt; of a test"' in shown
    assert 'body[data-jp-theme-light="false"] figure[id^="chart-"] img' in shown
    # A theme that is asked for stays as it is, and so do axes of the user's own.
    own = plt.figure()
    study.frequency.plot(ax=own.add_subplot())
    themed = study.frequency.plot(theme="light").figure
    plt.close("all")
    assert "_repr_html_" not in vars(own)
    assert "_repr_html_" not in vars(themed)


def test_a_wide_table_shows_its_value_early(study):
    assert study.frequency.parts.columns[:5].tolist() == ["split", "part", "value", "low", "high"]
    assert study.trend.series.columns[:3].tolist() == ["period_start", "value", "fitted"]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2025-01-01", "2025-07-01"),
        (date(2025, 1, 1), datetime(2025, 7, 1, 12)),
        (np.datetime64("2025-01-01"), pd.Timestamp("2025-07-01 23:00")),
        (pd.Timestamp("2025-01-01", tz="Africa/Bamako"), pd.Timestamp("2025-07-01", tz="Asia/Tokyo")),
    ],
)
def test_a_study_takes_days_as_they_are_written_elsewhere(study, start, end):
    """Text and dates were raw errors of pandas', and hours parted one count from another."""
    days = (pd.Timestamp("2025-01-01"), pd.Timestamp("2025-07-01"))
    assert study.count_between(start, end) == study.count_between(*days) > 0
    assert study.attacks_in(start, end).equals(study.attacks_in(*days))
    assert study.whole_attacks(start, end).equals(study.whole_attacks(*days))
    assert study.events_between(start, end).empty


@pytest.mark.parametrize(
    "wrong", ["2025", "2025-W26", "01/02/2025", "2025-02-30", 30, None, pd.NaT, np.datetime64("NaT"), True, ["a"]]
)
@pytest.mark.parametrize("method", ["count_between", "attacks_in", "whole_attacks", "events_between", "shares_between"])
def test_a_study_refuses_what_is_no_day_by_its_name(study, method, wrong):
    with pytest.raises(SelectionError, match=r"start=.* is not a date; write it as 2025-07-01"):
        getattr(study, method)(wrong, "2025-07-01")
    with pytest.raises(SelectionError, match=r"end=.* is not a date"):
        getattr(study, method)("2025-01-01", wrong)


def test_days_in_the_wrong_order_hold_no_answer(study):
    """They were answered with no attack."""
    with pytest.raises(SelectionError, match="end='2025-01-01' lies before start='2025-07-01'"):
        study.count_between("2025-07-01", "2025-01-01")
    assert study.count_between("2025-01-01", "2025-01-01") == 0


def test_a_users_file_in_a_folder_called_like_ours_is_theirs(tmp_path):
    path = f"{Path(analysis.__file__).parent}_mine/{tmp_path.name}.py"
    text = "raise ParameterError('no')\n"
    linecache.cache[path] = (len(text), None, [text], path)
    with pytest.raises(ParameterError) as caught:
        exec(compile(text, path, "exec"), {"ParameterError": ParameterError})
    caught.value.__traceback__ = caught.value.__traceback__.tb_next
    assert caught.value._render_traceback_()[0] == "line 1: raise ParameterError('no')"


def test_a_notebook_shows_the_line_that_was_refused_and_no_lines_of_ours():
    """Sixty lines of ours stood in red over the one that said which name was wrong."""
    with pytest.raises(SelectionError) as caught:
        analysis.open_study("example", country="XZA", attacker="JNIM")
    where, _, told = caught.value._render_traceback_()
    assert where.endswith('analysis.open_study("example", country="XZA", attacker="JNIM")')
    assert told.startswith("SelectionError: attacker='JNIM' is in none of the table's rows")
    remedy = "open_study(TABLE).selectable()"
    assert f"`{remedy}` lists" in told
    assert not eval(remedy, {"open_study": analysis.open_study, "TABLE": "example"}).empty
