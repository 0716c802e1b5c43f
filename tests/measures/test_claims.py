"""What a study's claims say of the embedded table, and what its indicators are."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.measures import claims as measure
from analysis.measures.claims import MEASURES
from analysis.measures.result import INDICATOR_COLUMNS
from tests.measures.claim_rows import INF, make_claims
from tests.measures.tables import make_incidents, make_study

PUBLISHED = ["published_deaths_low", "published_deaths_best", "published_deaths_high"]
WEST, BOULKESSI = "MLI-2025-07-01-west", "MLI-2025-06-01-boulkessi"
LOSS = ["event", "subject_side", "measure", "counted"]


def test_the_first_of_july_2025_as_told(embedded):
    record = measure.record_of(embedded)
    ledger = record.ledger[record.ledger["event"].eq(WEST)].set_index(["subject_side", "measure", "claimant"])
    army = ledger.loc[("attacker", "killed", "Malian Armed Forces")]
    assert army["words"] == "more than 80 (Sahel Intelligence); 80 (ADF Magazine)"
    assert (army["low"], army["high"], army["by_outlet"]) == (80, INF, True)
    assert ledger.loc[("attacker", "killed", "JNIM"), "silent"]
    assert ledger.loc[("defender", "killed", "Malian Armed Forces"), "silent"]
    assert ledger.loc[("site", "sites_seized", "JNIM"), "words"] == "3 barracks"
    assert ledger.loc[("civilian", "abducted", "Indian Ministry of External Affairs"), "value"] == 3
    assert ledger.loc[("attacker", "killed", "Africa Corps"), ["low", "high"]].tolist() == [
        80,
        INF,
    ]  # one town of seven
    assert measure.latest_and_most_claimed(embedded) == [WEST, BOULKESSI]
    for side in ("attacker", "defender"):
        assert measure.why_no_estimate(record.compared, WEST, side) == "the figures come from one side alone"


def test_boulkessi_has_a_spread_and_no_best_figure(embedded):
    row = measure.record_of(embedded).compared.set_index(LOSS).loc[(BOULKESSI, "defender", "killed", "persons")]
    assert (row["verdict"], row["least"], row["greatest"], row["gap_low"], row["gap_high"]) == (
        "contradict",
        30,
        INF,
        30,
        101,
    )
    assert np.isnan(row["value"])
    assert row["silent"] == "Malian Armed Forces"


def test_indicators_have_a_value_or_a_reason(embedded):
    table = measure.indicators(embedded)
    assert tuple(table.columns) == INDICATOR_COLUMNS
    assert table["name"].tolist() == [declared.name for declared in MEASURES]
    computed = table["status"].eq("computed")
    assert table["value"].notna().eq(computed).all()
    assert table.loc[~computed, "reason"].str.len().gt(10).all()
    rows = table.set_index("name")
    assert rows.loc["attackers_killed_claimed_low", "value"] == 80 + 6 + 25  # 1 July, Timbuktu, Mahou
    assert "open" in rows.loc["attackers_killed_claimed_high", "reason"]
    assert set(rows.loc["sites_seized_claimed_low", "incident_ids"]) <= set(embedded.attacks["incident_id"])
    assert rows.loc["own_deaths_disclosed_attackers", "value"] == 0
    assert rows.loc["claims_set_aside", "value"] == 0


def test_the_whole_table_supports_an_estimate():
    study = open_study()
    row = measure.indicators(study).set_index("name").loc["defenders_killed_median"]
    assert row["status"] == "computed"
    assert row["low"] <= row["value"] <= row["high"]
    assert "48 events" in row["method"]
    record = measure.record_of(study)
    killed = record.compared[record.compared["measure"].eq("killed") & record.compared["subject_side"].eq("defender")]
    with_figure = killed[killed["least"].notna()]
    assert len(with_figure) == 48
    assert set(row["incident_ids"]) == {name for names in with_figure["incident_ids"] for name in names}
    assert re.search(r"medians of lower and upper ends: \d+ and \d+$", row["method"])
    assert len(record.placed) + record.n_left_out == len(study.claim_rows) == 225


def test_without_claims_only_the_publishers_figures_speak(study, incidents):
    deaths = {"fatalities_low": 2.0, "fatalities_best": 3.0, "fatalities_high": 5.0}
    opened = study(
        incidents([{"date": "2024-06-01", **deaths}, {"date": "2024-06-20", **deaths}]),
        start="2024-01-01",
        as_of="2024-06-30",
    )
    rows = measure.indicators(opened).set_index("name")
    assert rows.loc[PUBLISHED, "value"].tolist() == [4, 6, 10]
    assert measure.record_of(opened).events.empty
    others = rows.drop(index=PUBLISHED)
    assert others["status"].eq("not_computed").all()
    assert others["reason"].str.contains("no claims table was given").all()
    elsewhere = study(
        incidents([{"date": "2024-06-01"}]),
        start="2024-01-01",
        as_of="2024-06-30",
        claims=make_claims(("q", "a", "defender", "defender", 1, 1)),
    )
    assert "none of the 1 claims" in measure.indicators(elsewhere)["reason"].iloc[0]


def test_published_figures_say_how_many_attacks_have_none(study, incidents):
    """Of four attacks one has no figure at all, and one no best figure: one lacks low and high, two lack the best."""
    low_high = {"fatalities_low": 2.0, "fatalities_high": 5.0}
    whole = low_high | {"fatalities_best": 3.0}
    rows = [{"date": f"2024-06-{day}", **more} for day, more in ((10, whole), (11, whole), (12, low_high), (13, {}))]
    told = measure.indicators(study(incidents(rows), start="2024-01-01", as_of="2024-06-30")).set_index("name")
    assert told.loc["published_deaths_low", "value"] == 6
    assert told.loc["published_deaths_low", "method"].endswith("1 of 4 attacks have none")
    assert "2 of 4 attacks" in told.loc["published_deaths_best", "reason"]
    assert "1 of 4 attacks" in told.loc["published_deaths_high", "reason"]


ARMY, REBELS = ("army", "defender"), ("rebels", "attacker")
SITES = {"measure": "sites_seized", "unit": "barracks"}
SPOKEN = [
    ("w1", *ARMY, "attacker", 10, 10),
    ("w1", *REBELS, "attacker", 2, 2),
    ("w2", *ARMY, "attacker", 5, INF),
    ("w2", *REBELS, "attacker", 7, 7),
    ("w3", *ARMY, "attacker", 3, 3),
    ("w3", *REBELS, "attacker", None, None),
    ("old", *ARMY, "attacker", 4, 4),
    ("old", *REBELS, "attacker", 4, 4),
    ("w1", *REBELS, "site", 2, 2, SITES),
    ("w2", *REBELS, "site", None, None, SITES),
    ("old", *REBELS, "site", 5, 5, SITES),
]
DAYS = {"old": "2024-02-01", "w1": "2024-06-10", "w2": "2024-06-11", "w3": "2024-06-12", "w4": "2024-06-13"}


def told_of(claims, study, incidents):
    attacks = incidents([{"date": day, "reported_wave": wave} for wave, day in DAYS.items()])
    return measure.indicators(
        study(attacks, start="2024-01-01", as_of="2024-06-30", claims=make_claims(*claims))
    ).set_index("name")


def test_claims_of_a_window_by_hand(study, incidents):
    rows = told_of(SPOKEN, study, incidents)
    # The least that anyone's words allow, where anyone gives a figure: 2, 5 and 3; of w4 nobody speaks.
    assert rows.loc["attackers_killed_claimed_low", "value"] == 2 + 5 + 3
    assert rows.loc["attackers_killed_claimed_low", "method"].endswith("3 of 4 events have a figure")
    assert "1 of 4 events in the window have no figure, and 1 an open" in rows.loc[
        "attackers_killed_claimed_high", "reason"
    ]  # fmt: skip
    assert (
        rows.loc[["defenders_killed_claimed_low", "defenders_killed_claimed_high"], "reason"].tolist()
        == ["nobody gives a figure for an attack that began in the window"] * 2
    )
    # Neither the five of February nor the silence on w2.
    assert rows.loc["sites_seized_claimed_low", ["value", "incident_ids"]].tolist() == [2, ["i0001"]]
    assert rows.loc["own_deaths_disclosed_attackers", ["value", "detail"]].tolist() == [3 / 4, {"count": 3, "of": 4}]
    # Both speak in figures of w1 (10 or 2), w2 (5 and more, 7) and old (4, 4).
    assert rows.loc["claims_contradicted", ["value", "detail"]].tolist() == [1 / 3, {"count": 1, "of": 3}]


def test_a_share_of_contradictions_needs_three_losses(study, incidents):
    rows = told_of([one for one in SPOKEN if one[0] != "old"], study, incidents)
    assert rows.loc["claims_contradicted", "reason"].startswith(
        "losses with figures by two or more claimants number 2;"
    )


def test_captives_of_two_kinds_are_added_up_without_a_count_of_events(study, incidents):
    taken = [
        ("w1", *REBELS, "defender", 3, 3, {"measure": "captured"}),
        ("w2", *REBELS, "civilian", 4, 4, {"measure": "abducted"}),
    ]
    rows = told_of(taken, study, incidents)
    assert rows.loc["captives_claimed_low", ["value", "method"]].tolist() == [
        7, "sum of lower ends of claims, waves counted once"
    ]  # fmt: skip
    assert rows.loc["sites_seized_claimed_low", "reason"] == "nobody gives a figure of sites seized in the window"


def test_a_publisher_without_claims_gives_low_best_and_high():
    """UCDP GED 23.1, Central African Republic: the window's sums, straight from the file's own columns."""
    path = (
        Path(__file__).resolve().parents[3] / "shared" / "data" / "ucdp" / "GEDEvent_v23_1_CentralAfricanRepublic.csv"
    )
    if not path.exists():
        pytest.skip("UCDP's files lie beside the project and are not part of it")
    opened = open_study(str(path), as_of="2020-12-31")
    raw = pd.read_csv(path, usecols=["date_start", "date_end", "low", "best", "high"])
    day, last = pd.to_datetime(raw["date_start"]), pd.to_datetime(raw["date_end"])
    event = (last - day).dt.days < 7  # a row that lasts longer is a summary
    inside = raw[day.ge(opened.window_start) & day.lt(opened.end) & event]
    rows = measure.indicators(opened).set_index("name")
    assert rows.loc[PUBLISHED, "value"].tolist() == inside[["low", "best", "high"]].sum().tolist()
    assert len(rows.loc["published_deaths_low", "incident_ids"]) == len(inside)


def test_an_event_without_a_name_is_where_the_map_puts_it_and_in_the_window_by_its_days():
    rows = [
        {"date": "2025-07-01", "date_precision": "month", "latitude": 16.77, "longitude": -3.0, "incident_id": "a"},
        {"date": "2025-07-03", "admin1": "Gao", "incident_id": "b"},
        {"date": "2025-06-01", "date_precision": "month", "incident_id": "c"},
    ]
    claims = make_claims(*((name, "the army", "defender", "civilian", 3, 3) for name in "abc"))
    study = make_study(make_incidents(rows), start="2025-01-01", as_of="2025-07-31", claims=claims)
    events = measure.record_of(study).events.set_index("event")
    assert events["where"].to_dict() == {"a": "Timbuktu", "b": "Gao", "c": "Mali"}
    # The window begins on 2 July, after the first day of "a".
    began = measure.began_of(study, events)
    assert {name: f"{day:%m-%d}" for name, day in began.items()} == {"a": "07-16", "b": "07-03", "c": "06-15"}
    table = measure.indicators(study).set_index("name")
    assert table.loc["claims_in_window", "value"] == 2
