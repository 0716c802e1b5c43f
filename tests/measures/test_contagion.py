"""Whether attacks follow one another nearby, where they gather of late, and how many an earlier one brought on."""

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.measures import contagion
from analysis.measures.result import INDICATOR_COLUMNS
from analysis.reports.sections.contagion import read
from analysis.reports.wording import Results
from analysis.statistics.point_process import simulate_hawkes

START = pd.Timestamp("2022-01-01")
N_DAYS = 819  # to 30 March 2024


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    """The rules are the same with few draws; only p-values are coarser."""
    monkeypatch.setattr(contagion, "N_DRAWS", 99)
    monkeypatch.setattr(contagion, "N_SPREADS", 2)
    monkeypatch.setattr(contagion, "N_SIMULATIONS", 39)


def rows_of(days, places, **more):
    return [
        {
            "date": f"{START + pd.Timedelta(days=int(day)):%Y-%m-%d}",
            "latitude": lat,
            "longitude": lon,
            "attacker": f"A{number}",
        }
        | more
        for number, (day, (lat, lon)) in enumerate(zip(days, places, strict=True))
    ]


def scattered(n=120, *, seed=1):
    """Attacks without any interaction of place and time."""
    generator = np.random.default_rng(seed)
    return generator.integers(0, N_DAYS, n), generator.uniform((13, -8), (16, -2), (n, 2))


def with_followers(*, seed=1):
    """The same, and after every third attack one more within 5 km and a week."""
    days, places = scattered(seed=seed)
    generator = np.random.default_rng(seed + 1)
    after = np.minimum(days[::3] + generator.integers(1, 8, days[::3].size), N_DAYS - 1)
    near = places[::3] + generator.normal(0, 0.02, places[::3].shape)
    return np.concatenate([days, after]), np.concatenate([places, near])


def values(opened):
    return contagion.indicators(opened).set_index("name")


def test_pairs_by_hand(opened):
    # Ten attacks 100 km apart on days 0, 100, ...; two more at the first place on days 3 and 17. Pairs within 25 km:
    # (0, 3), (0, 17), (3, 17); of these 1 to 14 days apart: (0, 3) and (3, 17).
    days = [*range(0, 800, 80), 3, 17]
    places = [(13.0, -8 + 0.93 * i) for i in range(4)] + [(14.0, -8 + 0.93 * i) for i in range(6)] + [(13.0, -8.0)] * 2
    ours = opened(rows_of(days, places))
    later = contagion.closeness_of(ours).later
    assert later.observed[0, 1] == 2
    # All 66 pairs; 3 near in space; in time 1 to 14 days only those two: 3 * 2 / 66.
    assert later.expected[0, 1] == pytest.approx(6 / 66)
    cells = contagion.near_repeats_of(ours)
    near = cells[cells["km_high"].eq(1)].set_index("days_high")["observed"]
    assert near.to_dict() == {0: 0, 7: 1, 14: 1, 30: 1, 60: 0}


def test_followers_are_found_and_chance_is_not(opened):
    followed = opened(rows_of(*with_followers()))
    table = contagion.indicators(followed)
    assert tuple(table.columns) == INDICATOR_COLUMNS
    found = table.set_index("name")["value"]
    assert found["near_repeat_p"] == pytest.approx(1 / 100)
    assert found["near_repeat_ratio"] > 3
    assert found["near_repeat_table_p"] < 0.05
    assert contagion.closeness_of(opened(rows_of(*scattered()))).later.p_value[0, 1] > 0.05


def test_attacks_of_one_day_are_coordination(opened):
    days, places = scattered()
    twice = np.concatenate([days, days[::3]]), np.concatenate([places, places[::3] + 0.01])
    close = contagion.closeness_of(opened(rows_of(*twice)))
    assert close.knox.p_value <= 0.01
    assert close.later.p_value[0, 1] > 0.05
    assert close.table.p_corrected[:, 0].min() <= 0.01


def test_a_place_with_more_of_late_is_named(opened):
    days, places = scattered()
    late = np.arange(N_DAYS - 8, N_DAYS), np.tile((15.0, -4.0), (8, 1))
    ours = opened(rows_of(np.concatenate([days, late[0]]), np.concatenate([places, late[1]]), locality="Mopti"))
    best = contagion.clusters_of(ours).iloc[0]
    assert best["p_value"] <= 0.01
    assert best["recurrence_days"] == pytest.approx(1 / best["p_value"])
    assert best["value"] >= 8
    assert best["radius_km"] <= contagion.SCAN_KM
    assert {f"i{number:04d}" for number in range(120, 128)} <= set(best["incident_ids"])
    assert "Mopti" in values(ours).loc["scan_cluster_attacks", "method"]


def test_a_branching_ratio_is_found_within_its_bounds(opened):
    days = np.floor(simulate_hawkes(N_DAYS, baseline=0.12, branching_ratio=0.6, decay=0.2, seed=5)).astype(int)
    places = np.random.default_rng(1).uniform((13, -8), (16, -2), (days.size, 2))
    table = values(opened(rows_of(days, places)))
    row = table.loc["branching_ratio"]
    assert row["low"] < 0.6 < row["high"]
    assert row["method"].startswith(f"{days.size} operations;")
    assert table.loc["excitation_p", "value"] == pytest.approx(1 / 40)
    assert table.loc["excitation_fit_p", "value"] > 0.01
    assert 1 < table.loc["excitation_delay", "value"] < 25  # 5 days


def crowded(n=400):
    """Attacks that follow one another: of each two, the second comes two days later and a kilometre away."""
    generator = np.random.default_rng(3)
    days, places = generator.integers(0, N_DAYS - 3, n // 2), generator.uniform((13, -8), (16, -2), (n // 2, 2))
    return np.append(days, days + 2), np.concatenate([places, places + 0.009])


@pytest.mark.parametrize("spare", [0, -1])
def test_too_many_attacks_are_sampled_and_it_is_said(opened, monkeypatch, spare):
    rows = rows_of(*crowded())
    whole = contagion.closeness_of(opened(rows))
    study = opened(rows)
    days = (pd.to_datetime(whole.placed["date_start"]) - study.baseline_start).dt.days
    monkeypatch.setattr(
        contagion,
        "MOST_COMPARISONS",
        int(sum((days - day).abs().le(60).sum() for day in days) - len(days)) // 2 * 99 + spare,
    )
    close = contagion.closeness_of(study)
    assert (close.sampled != "") == (spare < 0)
    assert len(close.placed) == len(whole.placed)
    assert (len(close.attacks) < len(close.placed)) == (spare < 0)
    method = values(study).loc["near_repeat_pairs", "method"]
    assert (f"a random sample of {len(close.attacks):,} of {len(close.placed):,} attacks" in method) == (spare < 0)
    section = " ".join(read(study, Results(study, contagion.indicators(study))))
    assert ("a random sample of" in section) == (spare < 0)


def test_a_sample_shows_what_all_attacks_show_and_the_scan_looks_at_all(opened, monkeypatch):
    rows = rows_of(*crowded())
    whole = opened(rows)
    monkeypatch.setattr(contagion, "MOST_COMPARISONS", 99 * 4000)
    study = opened(rows)
    close = contagion.closeness_of(study)
    assert 150 < len(close.attacks) < 399
    assert close.attacks["date_start"].is_monotonic_increasing
    assert close.later.p_value[0, 1] <= 0.02
    assert contagion.clusters_of(study).equals(contagion.clusters_of(whole))
    again = contagion.closeness_of(opened(rows))
    assert again.attacks["incident_id"].tolist() == close.attacks["incident_id"].tolist()


@pytest.mark.parametrize("spare", [0, -1])
def test_too_many_events_of_unknown_order_are_not_fitted(opened, monkeypatch, spare):
    rows = rows_of(*scattered())
    monkeypatch.setattr(contagion, "MOST_EVENTS", contagion.excitation_of(opened(rows)).n_events + spare)
    assert ("dated to days, most of their order is unknown" in contagion.excitation_of(opened(rows)).problem) == (
        spare < 0
    )


def test_joined_places_are_said(opened, monkeypatch):
    monkeypatch.setattr("analysis.statistics.space_time_scan.MAX_SCAN_ITEMS", 200)
    days, places = scattered()
    late = np.arange(N_DAYS - 8, N_DAYS), np.tile((15.0, -4.0), (8, 1))
    ours = opened(rows_of(np.concatenate([days, late[0]]), np.concatenate([places, late[1]]), locality="Mopti"))
    assert " km taken as one" in values(ours).loc["scan_cluster_attacks", "method"]
    assert " km taken as one" in contagion.clusters_of(ours)["method"].iloc[0]


def test_one_operation_is_one_event(opened):
    days = np.arange(0, 810, 27)
    rows = rows_of(np.repeat(days, 3), np.tile([(13.0, -8), (14.0, -5), (15.0, -3)], (days.size, 1)), attacker="A")
    assert contagion.excitation_of(opened(rows)).n_events == days.size


def test_uneven_recording_forbids_a_rate_but_not_closeness(study, incidents):
    reference = [("MLI", "2022-01-01", "2022-02-01", 10), ("MLI", "2023-01-01", "2023-02-01", 400)]
    uneven = study(
        incidents(rows_of(*scattered())), start="2022-01-01", as_of="2024-03-30", window_days=90, reference=reference
    )
    table = values(uneven)
    assert table.loc["branching_ratio", "reason"].startswith("completeness varies")
    assert table.loc["near_repeat_p", "status"] == "computed"


def test_roughly_dated_or_placed_attacks_are_left_out(opened):
    rows = rows_of(*scattered(30))
    rows[0] |= {"date_precision": "month"}
    rows[1] |= {"geo_precision": "admin1"}
    close = contagion.closeness_of(opened(rows))
    assert len(close.attacks) == 28
    assert close.n_left_out == 2


@pytest.mark.parametrize(
    ("rows", "name", "said"),
    [
        (
            rows_of(*scattered(5)),
            "near_repeat_p",
            "5 attacks are both located and dated well enough; closeness needs at least 10",
        ),
        (rows_of(*scattered(5)), "scan_p", "closeness needs at least 10"),
        (
            rows_of(*scattered(5)),
            "branching_ratio",
            "operations in baseline and window number 5, and a self-exciting process needs at least 20",
        ),
        (
            rows_of(range(0, 800, 20), [(13.0, -8.0)] * 40),
            "near_repeat_p",
            "all located attacks have the same coordinates",
        ),
        ([{"date": "2022-05-01"}], "knox_p", "no attack can be placed: no coordinates"),
    ],
)
def test_too_little_is_refused_with_its_reason(opened, rows, name, said):
    row = values(opened(rows)).loc[name]
    assert row["status"] == "not_computed"
    assert said in row["reason"]


def test_tables_of_too_little_say_why(opened):
    nothing = opened([{"date": "2022-05-01"}])
    assert contagion.near_repeats_of(nothing)["reason"].str.contains("no attack can be placed: no coordinates").all()
    clusters = contagion.clusters_of(nothing)
    assert clusters["status"].tolist() == ["not_computed"]
    assert clusters["reason"].str.contains("no attack can be placed: no coordinates").all()


def test_later_rows_change_nothing_earlier(study, incidents):
    rows = rows_of(*with_followers())
    before = [row for row in rows if row["date"] <= "2023-12-31"]
    early = contagion.indicators(study(incidents(before), start="2022-01-01", as_of="2023-12-31"))
    late = contagion.indicators(study(incidents(rows), start="2022-01-01", as_of="2023-12-31"))
    values_only = ["name", "value", "low", "high", "status"]
    pd.testing.assert_frame_equal(early[values_only], late[values_only])


def test_the_embedded_table_shows_operations_not_contagion():
    table = values(open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", n_simulations=1000))
    assert table.loc["knox_p", "value"] < 0.05
    assert table.loc["near_repeat_p", "value"] > 0.5
    assert "completeness varies" in table.loc["branching_ratio", "reason"]
