import numpy as np
import pandas as pd
import pytest

from analysis.figures import theme
from analysis.figures.severity import plot_chances, plot_deaths, plot_tail

CAPTION = theme.Caption("UCDP GED 24.1", "2023-12-31", 400, counted="attacks with a figure of deaths")
MODELS = ["power law", "lognormal", "stretched exponential"]


def curves(*, models=True, reason=""):
    deaths = np.unique(np.round(np.geomspace(1, 400, 30)))
    rows = [("observed", size, size**-1.2) for size in deaths]
    if models:
        rows += [
            (name, size, size**-1.2 * (1 - 0.1 * place))
            for place, name in enumerate(MODELS)
            for size in (10.0, 100.0, 1200.0)
        ]
    return pd.DataFrame(rows, columns=["series", "deaths", "value"]).assign(status="computed", reason=reason)


def chances(*, computed=True):
    rows = [
        (reading, model, worst, 90, value, value / 3, min(1.0, value * 2))
        for reading, worst in (("lowest", 450.0), ("highest", 1200.0))
        for model, value in zip(MODELS, (0.3, 0.05, 0.0002), strict=True)
    ]
    table = pd.DataFrame(rows, columns=["reading", "model", "worst", "n_next", "value", "low", "high"])
    if not computed:
        return table.assign(
            value=np.nan, status="not_computed", reason="16 attacks with a figure of deaths; a model needs at least 30"
        )
    return table.assign(status="computed", reason="")


def periods(values):
    value = np.asarray(values, dtype=float)
    starts = pd.date_range("2024-01-01", periods=len(value) + 1, freq="91D", unit="us")
    part = pd.DataFrame(
        {
            "period_start": starts[:-1],
            "period_end": starts[1:],
            "value": value,
            "low": value / 2,
            "high": value * 2,
            "level": 0.95,
        }
    )
    part["status"] = np.where(np.isnan(value), "not_computed", "computed")
    part["reason"] = np.where(np.isnan(value), "2 attacks with a figure of deaths", "")
    return pd.concat(
        [part.assign(reading="lowest"), part.assign(reading="highest", value=value * 1.5)], ignore_index=True
    )


def test_the_tail_holds_every_observed_size_and_every_model(read):
    table = curves()
    ax = plot_tail(table, caption=CAPTION)
    for name in ("observed", *MODELS):
        line, rows = read.by_gid(ax, name), table[table["series"].eq(name)]
        assert np.array_equal(line.get_xdata(), rows["deaths"])
        assert np.array_equal(line.get_ydata(), rows["value"])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert "worst so far: 400" in read.texts(ax)
    assert set(MODELS) <= set(read.texts(ax))
    assert read.overlaps(ax) == ([], [])


def test_a_tail_without_a_model_says_why(read):
    ax = plot_tail(
        curves(models=False, reason="16 attacks with a figure of deaths; a model needs at least 30"), caption=CAPTION
    )
    assert "No model: 16 attacks with a figure" in " ".join(read.by_gid(ax, "caption").get_text().split())
    assert not ax.findobj(lambda artist: artist.get_gid() == "lognormal")
    assert read.overlaps(ax) == ([], [])


def test_no_death_at_all_is_said(read):
    ax = plot_tail(curves().iloc[:0])
    assert any("No attack has a death on record." in text for text in read.texts(ax))


def test_chances_stand_as_a_range_over_models_and_readings(read):
    table = chances()
    ax = plot_chances(table, caption=CAPTION)
    for row in table.itertuples():
        assert list(read.by_gid(ax, f"{row.reading} {row.model}").get_xdata()) == [row.value]
        (segment,) = read.by_gid(ax, f"interval {row.reading} {row.model}").get_segments()
        assert segment[:, 0] == pytest.approx([row.low, row.high])
    assert read.by_gid(ax, "reading").get_text() == "What may be stated is the range: under 0.1 % to 60 %."
    assert "Lowest figures: 450 or more deaths among 90 attacks" in read.texts(ax)
    assert read.texts(ax).count("10 % to 60 %") == 2
    assert read.overlaps(ax) == ([], [])


def test_chances_that_were_not_computed_say_why(read):
    ax = plot_chances(chances(computed=False), caption=CAPTION)
    assert any("a model needs at least 30" in " ".join(text.split()) for text in read.texts(ax))


def test_deaths_over_time_hold_both_readings(read):
    table = periods([4.0, np.nan, 10.0])
    ax = plot_deaths(table, caption=CAPTION)
    for reading in ("lowest", "highest"):
        rows = table[table["reading"].eq(reading)]
        assert np.array_equal(read.by_gid(ax, reading).get_ydata(), rows["value"], equal_nan=True)
        assert len(read.by_gid(ax, f"interval {reading}").get_segments()) == 2
    assert "too few figures" in read.texts(ax)
    assert ax.get_ylabel() == "mean deaths per attack, 95 % interval"
    assert read.overlaps(ax) == ([], [])


def test_deaths_that_nobody_gives_are_said(read):
    ax = plot_deaths(periods([np.nan, np.nan]))
    assert any("2 attacks with a figure of deaths" in text for text in read.texts(ax))


def test_a_wrong_table_is_refused():
    with pytest.raises(ValueError, match="plot_tail: the table lacks series"):
        plot_tail(curves().drop(columns="series"))
