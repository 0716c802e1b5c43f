"""Every chart of the catalogue fits a slide, a page and a square, on usual tables and on tables made to break them."""

import inspect
from importlib import import_module

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.figures import compare as compare_figures
from analysis.figures import frequency, looks, surge, theme
from analysis.incidents.opening import open_study
from analysis.language import used
from analysis.reports.chart_files import figure_of
from analysis.reports.charts import charts_of
from tests.figures.conftest import attack_table, count_table, panel_table
from tests.fitting import problems_of, recoloured_badly

N = 100  # simulations: their number moves no word
COLUMNS = ("id", "date", "country", "admin1", "lat", "lon", "deaths", "attacker")
MAPPING = {name: name for name in COLUMNS}


def hostile():
    """Return 40 years in three countries, of parties and units with 80-character, right-to-left and Burmese names."""
    rng = np.random.default_rng(7)
    n = 300
    long = [
        f"{'Popular Front for the Defence of the Upper Valley and its Neighbouring Districts'[:78]} {sign}"
        for sign in "abcd"
    ]
    names = [*long, "جبهة الدفاع عن الوادي الأعلى", "ရန်ကုန်တိုင်းဒေသကြီး"]
    days = pd.DatetimeIndex(np.sort(rng.choice(pd.date_range("1985-01-01", "2024-12-31"), n)))
    return pd.DataFrame(
        {
            "id": [f"e{i}" for i in range(n)],
            "date": days.strftime("%Y-%m-%d"),
            "country": rng.choice(["Mali", "Niger", "Benin"], n),
            "admin1": rng.choice(names, n),
            "lat": rng.uniform(12, 15, n).round(3),
            "lon": rng.uniform(-4, 3, n).round(3),
            "attacker": rng.choice(names, n),
            "deaths": rng.geometric(0.2, n) - 1,
        }
    )


def one_point():
    return hostile().tail(1)


def opened(name):
    if name == "embedded":
        return open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", n_simulations=N)
    made = hostile() if name == "hostile" else one_point()
    return open_study(made, mapping=MAPPING, unit="admin1", n_simulations=N)


@pytest.fixture(scope="module", params=["embedded", "hostile", "one point"])
def found(request):
    study = opened(request.param)
    return study, list(charts_of(study))


def drawn(chart, size):
    with looks.sized(size):
        figure = figure_of(chart.draw())
    theme.lay_out(figure)
    return figure


def test_every_chart_fits_and_can_be_read_in_every_theme(found):
    """Of one table square, slide and page by turns, of others the square, the narrowest; by turns a theme: it moves no
    word.
    """
    study, charts = found
    wide = study.table.provenance.source == "project"
    broken = []
    for place, one in enumerate(one for one in charts if one.chart is not None):
        size = ("slide", "page", "square")[place % 3] if wide else "square"
        figure = drawn(one.chart, size)
        broken += [f"{one.listed.name}, {size}: {problem}" for problem in problems_of(figure, size)]
        name = ("dark", "print")[place // 2 % 2]
        looks.recolour(figure, name)
        broken += [f"{one.listed.name}, {name}: {words!r} is hard to read" for words in recoloured_badly(figure, name)]
        plt.close("all")
    assert not broken


def test_every_chart_fits_the_axes_that_it_is_given(found):
    study, charts = found
    if study.table.provenance.source != "project":
        pytest.skip("one table will do")
    broken = []
    for one in [one for one in charts if one.chart is not None]:
        call = one.chart.draw
        module, name = call.plot.split(".")
        plot = getattr(import_module(f"analysis.figures.{module}"), name)
        if "ax" in inspect.signature(plot).parameters:
            figure, ax = plt.subplots(figsize=(5, 4))
            plot(*call.tables, ax=ax, **call.words)
            theme.lay_out(figure)
            broken += [f"{one.listed.name}: {problem}" for problem in problems_of(figure)]
            plt.close("all")
    assert not broken


@pytest.mark.parametrize(("size", "language"), [("slide", "en"), ("square", "fr")])
def test_three_hundred_units_and_forty_years_fit(size, language):
    many = panel_table([f"Unit number {i} with a name" for i in range(300)], n=12)
    last = many.groupby("unit", sort=False).tail(1).assign(rule="four weeks", false_alarms_per_year=0.2)
    attacks = attack_table(1500, first="1985-01-01", last="2024-12-31")
    counts = count_table(attacks, first="1985-01-01", last="2024-12-31")
    parts = pd.DataFrame(
        {"part": [str(i) for i in range(300)], "name": "A unit with a long name of its own", "word": "rising",
         "told": "rising", "usual": 2.0, "value": 2.0, "low": 1.0, "high": 3.0, "status": "computed"}
    )  # fmt: skip
    months = pd.date_range("2022-01-01", periods=36, freq="MS")
    series = pd.DataFrame(
        {
            "part": "0",
            "name": "a",
            "period_start": months,
            "period_end": months + pd.offsets.MonthBegin(1),
            "value": 3.0,
        }
    )
    under = theme.Caption("a table with a name", "2024-12-31", 3000)
    draws = [
        lambda: surge.plot_small_multiples(many, caption=under),
        lambda: surge.plot_ranked_units(last, many, caption=under),
        lambda: frequency.plot_timeline(counts, attacks=attacks, caption=under),
        lambda: compare_figures.plot_parts(parts, series, caption=under),
    ]
    broken = []
    with used(language):
        for place, draw in enumerate(draws):
            with looks.sized(size):
                figure = figure_of(draw())
            theme.lay_out(figure)
            broken += [f"{place}: {problem}" for problem in problems_of(figure, size)]
    assert not broken
