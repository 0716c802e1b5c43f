"""Where attacks go: what is placed, what is left out, and whether the area moved, widened or only thickened."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.measures import spread
from analysis.measures.result import INDICATOR_COLUMNS
from analysis.reports.sections import spread as section
from analysis.reports.wording import Results
from analysis.resources import resource
from analysis.statistics import geometry
from tests.measures.tables import attacks_of

BAMAKO = (12.65, -8.0)


def field(*, shift=0.0, widen=1.0, window_attacks=40, seed=1):
    """240 attacks around (14, -5) in two years, then ``window_attacks`` in 90 days, moved east by ``shift`` degrees or
    widened.
    """
    generator = np.random.default_rng(seed)
    early = generator.normal((14.5, -5.0), (0.4, 0.6), (240, 2))
    late = generator.normal((0, 0), (0.4, 0.6), (window_attacks, 2)) * widen + (14.5, -5.0 + shift)
    days = [*np.sort(generator.integers(0, 730, 240)), *np.sort(generator.integers(730, 820, window_attacks))]
    return attacks_of(days, [*early, *late])


def values(opened, **options):
    return spread.indicators(opened, **options).set_index("name")


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"shift": 2.0, "seed": 3}, "moved"),
        ({"widen": 2.5}, "widened"),
        ({"window_attacks": 90, "seed": 2}, "thickened"),
        ({"window_attacks": 30, "seed": 4}, "unchanged"),
        ({"window_attacks": 7}, "cannot tell"),
    ],
)
def test_changes_of_the_area_are_told_apart(opened, change, verdict):
    table = values(opened(field(**change)))
    assert table.loc["area_verdict", "label"] == verdict
    assert table.loc["area_verdict", "value"] == spread.VERDICT_CODES[verdict]
    assert tuple(spread.indicators(opened(field(**change))).columns) == INDICATOR_COLUMNS


def test_an_area_that_narrowed_is_not_one_of_which_nothing_can_be_told(opened):
    study = opened(field(widen=0.2, window_attacks=8, shift=0.15, seed=2))
    results = Results(study, spread.indicators(study))
    said = section.read(study, results)
    told = [one for one in said if "it cannot be told whether their area has moved" in one]
    assert results["reach_ratio"].high < 1
    assert len(told) == 1
    assert "neither a move nor its absence is shown" in told[0]


def test_a_move_east_is_measured_in_km(opened):
    # Two degrees of longitude at 14.5 north: 2 * 111.195 * cos(14.5 deg) = 215 km.
    row = values(opened(field(shift=2.0))).loc["centre_shift_km"]
    assert row["low"] < 215 < row["high"]
    assert row["value"] == pytest.approx(215, abs=25)


def test_without_even_recording_it_is_not_said_to_thicken(study, incidents):
    reference = [("MLI", "2022-01-01", "2022-02-01", 10), ("MLI", "2023-01-01", "2023-02-01", 400)]
    uneven = study(
        incidents(field(window_attacks=90, seed=2)),
        start="2022-01-01",
        as_of="2024-03-30",
        window_days=90,
        reference=reference,
    )
    row = values(uneven).loc["area_verdict"]
    assert row["method"].startswith(
        "cannot tell; the area is the same, but whether attacks come more often in it cannot be compared: completeness"
        " varies"
    )


@pytest.mark.parametrize(
    ("rows", "name", "said"),
    [
        (attacks_of(range(0, 810, 27), [BAMAKO] * 30), "area_verdict", "all located attacks have the same coordinates"),
        (
            attacks_of(range(0, 810, 27), [BAMAKO] * 30),
            "units_hit",
            "all attacks are in one unit; .*smaller units",
        ),
        (
            attacks_of([5, 790, 800], [BAMAKO, (13, -8), (14, -7)]),
            "area_verdict",
            (
                "days with located attacks are few: 2 in the window and 1 in the baseline, and a comparison needs at"
                " least 5 and 10"
            ),
        ),
        ([{"date": "2022-05-01"}], "area_verdict", "no attack can be placed: no coordinates"),
        ([{"date": "2022-05-01"}], "relocation_p", "no attack can be placed: no coordinates"),
        ([{"date": "2022-05-01"}], "units_hit", "no attack could be put to cells of half a degree"),
    ],
)
def test_too_little_is_refused_with_its_reason(opened, rows, name, said):
    table = values(opened(rows))
    assert table.loc[name, "status"] == "not_computed"
    assert pd.Series(table.loc[name, "reason"]).str.contains(said).all(), table.loc[name, "reason"]


def test_tables_and_charts_of_too_little_say_why(opened):
    nothing = opened([{"date": "2022-05-01"}])
    assert spread.areas_of(nothing)["reason"].str.contains("no attack can be placed: no coordinates").all()
    assert spread.distances_of(nothing)["status"].eq("not_computed").all()
    assert spread.newly_hit_of(nothing)["status"].eq("not_computed").all()
    assert spread.neighbours_table_of(nothing)["status"].eq("not_computed").all()
    assert spread.map_lines_of(nothing).frame[1] > 0
    assert spread.offensive_links_of(nothing).empty


def test_periods_hold_each_attack_once(opened):
    wide = opened(field())
    areas = spread.areas_of(wide)
    assert areas["n_incidents"].sum() == len(spread.located_of(wide).attacks)
    assert len(areas) == spread.N_PERIODS
    assert (areas["low"] <= areas["value"]).all()
    assert (areas["period_start"].iloc[1:].to_numpy() == areas["period_end"].iloc[:-1].to_numpy()).all()
    distances = spread.distances_of(wide)
    assert set(distances["to"]) == {"sea coast", "Algeria", "Côte d'Ivoire", "Guinea", "Mauritania", "Senegal"}
    lengths = (distances["period_end"] - distances["period_start"]).dt.days
    assert lengths.eq(91).all()


def test_newly_hit_by_hand(opened):
    # Cells: January A, A; February A, B; the rest quiet, C in March 2024. Three units in all, each new once.
    places = [(12.6, -8.1), (12.6, -8.1), (12.6, -8.1), (13.6, -8.1), (14.6, -8.1)]
    table = spread.newly_hit_of(opened(attacks_of([0, 3, 32, 40, 800], places)))
    assert table["value"].sum() == 3
    assert table.loc[:1, ["n_hit", "value"]].to_numpy().tolist() == [[1, 1], [2, 1]]
    assert table["partial"].tolist() == [False] * 26 + [True]
    assert table["history_days"].iloc[1] == 31


def test_units_of_a_user_replace_the_grid(opened, tmp_path):
    ring = [[-9, 12], [-7, 12], [-7, 13], [-9, 13], [-9, 12]]
    feature = {
        "type": "Feature",
        "properties": {"name": "Bamako area"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path = tmp_path / "units.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    ours = opened(attacks_of([0, 3], [BAMAKO, (14.5, -4.0)]))
    ours.beside["boundaries"] = path
    units, words = spread.units_of(ours)
    assert units.fillna("").tolist() == ["Bamako area", ""]
    assert words == "units of units.geojson"
    assert set(spread.map_lines_of(ours).lines["kind"]) >= {"border", "unit"}


def test_later_rows_change_nothing_earlier(opened, study, incidents):
    rows = field()
    before = spread.indicators(study(incidents(rows[:260]), start="2022-01-01", as_of="2023-12-31"))
    longer = incidents(rows)
    after = spread.indicators(study(longer, start="2022-01-01", as_of="2023-12-31"))
    pd.testing.assert_frame_equal(before, after)


@pytest.fixture(scope="module")
def embedded():
    return open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", n_simulations=1000)


def test_embedded_table_is_traced_and_fast_enough_to_be_in_every_report(embedded):
    table = spread.indicators(embedded)
    assert table["status"].eq("computed").all()
    known = set(embedded.attacks["incident_id"])
    assert all(set(ids) <= known for ids in table["incident_ids"])
    rows = table.set_index("name")
    assert rows.loc["attacks_located", "value"] + rows.loc["attacks_not_located", "value"] == len(embedded.attacks)


def test_named_neighbours_are_those_measured(embedded):
    row = spread.indicators(embedded, neighbours=["SEN", "GIN"]).set_index("name").loc["near_neighbours_window"]
    assert row["method"].startswith("to Senegal, Guinea;")
    table = spread.neighbours_table_of(embedded, ("SEN", "GIN"))
    assert table["place"].tolist() == ["sea coast", "Senegal", "Guinea"]
    assert table.loc[1, "n_near_window"] == 1  # Diboli


def test_example_units_cover_mali(embedded):
    assert resource("data/boundaries/mali_niger_admin1_ne10m_derived.geojson").exists()
    units = resource("data/boundaries/mali_niger_admin1_ne10m_derived.geojson")
    study = replace(embedded, beside=embedded.beside | {"boundaries": units})
    assert "Kayes" in set(spread.units_of(study)[0])


@pytest.mark.parametrize("at_once", [1, 1000, 10**9])
def test_bootstraps_in_blocks_are_the_bootstraps_at_once(monkeypatch, at_once):
    generator = np.random.default_rng(1)
    attacks = pd.DataFrame(
        {
            "date_start": pd.Timestamp("2024-01-01") + pd.to_timedelta(generator.integers(0, 20, 60), unit="D"),
            "km": generator.normal(0, 9, 60),
        }
    )
    weights = geometry.bootstrap_weights(attacks["date_start"].to_numpy(), n_bootstraps=spread.N_DRAWS, seed=3)
    drawn = geometry.weighted_quantile(attacks["km"].to_numpy(), weights, 0.5)
    monkeypatch.setattr(spread, "MOST_WEIGHTS_AT_ONCE", at_once)
    found = spread._median_with_interval(attacks, attacks["km"], level=0.9, seed=3)
    assert found == (attacks["km"].median(), *np.quantile(drawn, [0.05, 0.95]))


def weekly(tmp_path, *, last_year=()):
    """Return a study of two years of weekly counts of three units, and of further ones in the last weeks."""
    weeks = pd.date_range("2023-01-07", "2024-12-28", freq="7D")
    rows = [
        {"WEEK": f"{week:%Y-%m-%d}", "COUNTRY": "Mali", "ADMIN1": name, "EVENT_TYPE": "Battles",
            "SUB_EVENT_TYPE": "Armed clash",
         "EVENTS": 1 + place, "FATALITIES": 0}
        for place, name in enumerate(("Mopti", "Gao", "Kidal")) for week in weeks[place::2]
    ]  # fmt: skip
    rows += [
        {"WEEK": f"{week:%Y-%m-%d}", "COUNTRY": "Mali", "ADMIN1": name, "EVENT_TYPE": "Battles",
            "SUB_EVENT_TYPE": "Armed clash",
         "EVENTS": 2, "FATALITIES": 0}
        for name in last_year for week in weeks[-6:]
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "weeks.csv", index=False)
    return open_study(tmp_path / "weeks.csv", window_days=42)


def test_counts_tell_which_units_are_hit_for_the_first_time(tmp_path):
    rows = spread.indicators(weekly(tmp_path, last_year=("Kayes", "Sikasso"))).set_index("name")
    assert rows.loc[["units_hit", "units_newly_hit"], "value"].tolist() == [5, 2]
    assert rows.loc["units_newly_hit_p", "value"] < 0.05
    assert rows.loc["units_hit_expected", "value"] < 5
    assert rows.loc["units_hit", "n_incidents"] == 42 / 7 / 2 * (1 + 3) + 42 / 7 / 2 * 2 + 24
    others = rows.drop(index=[name for name in rows.index if name.startswith("unit")])
    assert others["status"].eq("not_computed").all()
    assert others["reason"].str.contains("counts").all()


def test_without_a_new_unit_none_is_said_to_be_new(tmp_path):
    rows = spread.indicators(weekly(tmp_path)).set_index("name")
    assert rows.loc[["units_hit", "units_newly_hit"], "value"].tolist() == [3, 0]
    assert rows.loc["units_newly_hit_p", "value"] == 1


def test_too_few_periods_are_counted_and_not_judged(tmp_path):
    weekly(tmp_path, last_year=("Kayes",))
    rows = spread.indicators(open_study(tmp_path / "weeks.csv")).set_index("name")
    assert rows.loc[["units_hit", "units_newly_hit"], "value"].tolist()[1] == 0  # hit in the two weeks before too
    assert rows.loc["units_hit_expected", "status"] == "not_computed"
    assert "periods with attacks" in rows.loc["units_hit_expected", "reason"]


def test_months_of_counts_hold_what_was_hit_and_what_was_new(tmp_path):
    table = spread.newly_hit_of(weekly(tmp_path, last_year=("Kayes",)))
    assert table["value"].sum() == 4
    assert table["value"].iloc[0] == 3
    assert table["n_hit"].iloc[:-1].between(1, 4).all()
    assert table["partial"].iloc[-1] or table["period_end"].iloc[-1].day == 1
    assert (table["period_end"] > table["period_start"]).all()


def test_attacks_that_can_be_placed_keep_all_their_columns(embedded):
    table = next(one for one in spread.TABLES if one.name == "attacks").make(embedded)
    assert list(table) == [*embedded.attacks, "x_km", "y_km", "coast_km", "near"]
    own = embedded.attacks.set_index("incident_id").loc[table["incident_id"]]
    assert table["latitude"].tolist() == own["latitude"].tolist()


def test_regions_are_a_table_of_the_question(embedded):
    table = next(one for one in spread.TABLES if one.name == "regions").make(embedded)
    assert {"name", "n", "usual", "change"} <= set(table.columns)


def test_counts_of_one_unit_alone_have_an_entropy_of_zero_and_not_minus_zero():
    counts = pd.DataFrame({"period_start": pd.to_datetime(["2024-01-01", "2024-02-01"]), "attacks": [3, 4]})
    study = SimpleNamespace(window_start=pd.Timestamp("2024-02-01"))
    assert str(spread._units_hit(study, counts, pd.Series(["Gao", "Gao"])).entropy) == "0.0"


def test_the_made_up_table_of_the_benchmark_of_maps_can_be_placed():
    """Nobody saw that `make bench` failed: placing asked for columns that its table did not have."""
    from tests.benchmarks.test_map import attacks_of as made

    assert len(spread.place_attacks(made(50)).attacks) > 25
