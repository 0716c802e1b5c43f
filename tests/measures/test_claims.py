"""What a study's claims say of the embedded table, and what its indicators are."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.measures import claims as measure
from analysis.measures.claims import MEASURES
from analysis.measures.result import INDICATOR_COLUMNS
from tests.measures.claim_rows import INF, make_claims

PUBLISHED = ["published_deaths_low", "published_deaths_best", "published_deaths_high"]
WEST, BOULKESSI = "MLI-2025-07-01-west", "MLI-2025-06-01-boulkessi"
LOSS = ["event", "subject_side", "measure", "counted"]


@pytest.fixture(scope="module")
def embedded():
    return open_study(country="MLI", attacker="JNIM", as_of="2025-07-01")


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
