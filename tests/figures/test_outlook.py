import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis.figures import looks, theme
from analysis.figures.outlook import plot_calibration, plot_outlook, plot_scores
from analysis.language import used

CAPTION = theme.Caption("UCDP GED 24.1", "2023-12-31", 400)


def history(n=60):
    values = np.random.default_rng(1).poisson(6, n)
    return pd.DataFrame({"period_start": pd.date_range("2019-01-01", periods=n, freq="MS"), "value": values})


def forecasts(unit="MMR"):
    start = pd.date_range("2024-01-01", periods=6, freq="MS")
    value = np.array([6.0, 6, 5, 5, 5, 4])
    table = pd.DataFrame(
        {"unit": unit, "period_start": start, "period_end": start + pd.DateOffset(months=1), "value": value}
    )
    for level, reach in (("50", 2), ("80", 4), ("95", 7)):
        table[f"low_{level}"], table[f"high_{level}"] = np.maximum(value - reach, 0), value + reach
    return table.assign(method="a pool of views", status="computed", reason="")


def scores():
    rows = [
        (kind, name, horizon, base + 0.1 * horizon, 300 if horizon else 1800)
        for kind, name, base in (
            ("outlook", "outlook", 1.0),
            ("last_year", "last year's values", 1.2),
            ("poisson", "Poisson", 1.6),
            ("kept", "last value kept", 1.65),
        )
        for horizon in range(7)
    ]
    return pd.DataFrame(rows, columns=["kind", "name", "horizon", "crps", "n"])


def test_the_fan_holds_the_table(read):
    ahead = forecasts()
    ax = plot_outlook(ahead, history(), caption=CAPTION)
    assert read.bars(ax) == history()["value"].tail(36).tolist()
    for level in ("50", "80", "95"):
        held = read.by_gid(ax, f"interval {level}").get_data()
        assert held.values.tolist() == ahead[f"high_{level}"].tolist()
        assert held.baseline.tolist() == ahead[f"low_{level}"].tolist()
    heights = [segment[0][1] for segment in read.by_gid(ax, "median").get_segments()]
    assert heights == ahead["value"].tolist()
    assert ax.get_ylabel() == "attacks per month"
    assert "Forecast: a pool of views." in " ".join(read.by_gid(ax, "caption").get_text().split())
    assert read.overlaps(ax) == ([], [])


def test_scores_hold_the_table_and_leave_out_the_total(read):
    table = scores()
    ax = plot_scores(table, caption=CAPTION)
    for kind in ("outlook", "last_year", "poisson", "kept"):
        drawn = read.by_gid(ax, f"score {kind}").get_ydata()
        assert list(drawn) == table[table["kind"].eq(kind) & table["horizon"].gt(0)]["crps"].tolist()
    assert {"outlook", "last year's values", "last value kept"} <= set(read.texts(ax))
    assert "1,800 forecasts of each kind" in " ".join(read.by_gid(ax, "caption").get_text().split())
    assert read.overlaps(ax) == ([], [])


def test_calibration_holds_the_shares(read):
    edges = np.linspace(0, 1, 11)
    shares = np.array([0.08, 0.09, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.13])
    ax = plot_calibration(
        pd.DataFrame({"bin_start": edges[:-1], "bin_end": edges[1:], "value": shares}), caption=CAPTION
    )
    assert read.bars(ax) == pytest.approx(100 * shares)
    assert read.by_gid(ax, "even").get_ydata()[0] == 10
    assert read.overlaps(ax) == ([], [])


def test_words_do_not_meet_on_a_telephone_in_french(read):
    """A title of three lines lowered the axes, so that the names of the lines met; so did those of the tenths."""
    title = "Les perspectives n'ont pas été plus justes que la meilleure prévision témoin : erreur moyenne de 5,61"
    close = scores().assign(crps=lambda table: 5 + 0.1 * table["crps"] / table["crps"].max())
    edges = np.linspace(0, 1, 11)
    even = pd.DataFrame({"bin_start": edges[:-1], "bin_end": edges[1:], "value": 0.1})
    with used("fr"), looks.sized("square"):
        for draw, table in ((plot_scores, close), (plot_calibration, even)):
            ax = draw(table, title=title, caption=CAPTION)
            assert read.overlaps(ax)[0] == []
            plt.close(ax.figure)


def test_without_a_forecast_the_reason_is_drawn(read):
    reason = "the history has 18 whole months, and a forecast that can be checked needs 41"
    for ax in (
        plot_outlook(forecasts().iloc[:0], history(18), problem=reason, caption=CAPTION),
        plot_scores(scores().iloc[:0], problem=reason),
        plot_calibration(pd.DataFrame(columns=["bin_start", "bin_end", "value"]), problem=reason),
    ):
        assert reason in " ".join(" ".join(read.texts(ax)).split())
        plt.close(ax.figure)


def test_two_units_at_once_are_refused():
    with pytest.raises(ValueError, match="2 units"):
        plot_outlook(pd.concat([forecasts("a"), forecasts("b")]), history())


def test_lacking_columns_are_named():
    with pytest.raises(ValueError, match="lacks crps"):
        plot_scores(scores().drop(columns="crps"))


def test_the_given_axes_are_used():
    _, ax = plt.subplots()
    assert plot_scores(scores(), ax=ax) is ax
