"""How late attacks are recorded, and how many are still to come, from made-up exports."""

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.measures import delays, reliability
from analysis.measures.result import NOT_COMPUTED
from analysis.reports.page import open_page
from analysis.reports.sections import reliability as section
from analysis.reports.wording import Results, number
from tests.incidents.tables import PROJECT_ROW, as_text, write
from tests.measures.exports import LAST, keep_exports

SNAPSHOT_MEASURES = [
    "reporting_delay_median", "reported_within_4_weeks", "nowcast_attacks", "attacks_added_late", "rows_vanished",
]  # fmt: skip


def test_without_snapshots_nothing_is_said_of_delays(embedded):
    rows = reliability.indicators(embedded).set_index("name").loc[SNAPSHOT_MEASURES]
    assert rows["status"].eq(NOT_COMPUTED).all()
    assert rows["reason"].eq("no earlier exports of the table were given").all()
    said = section.read(embedded, Results(embedded, reliability.indicators(embedded)))
    assert said[-1].endswith("because no earlier exports of the table were given.")


@pytest.fixture(scope="module")
def followed(exports):
    paths, _, _ = exports
    return open_study(paths[-1], country="MLI", snapshots=str(paths[0].parent), as_of="2025-06-29")


def test_delays_and_nowcast_of_made_exports(exports, followed):
    _, day, known = exports
    rows = reliability.indicators(followed).set_index("name")
    # Exponential delays of 14 days: half within 9.7 days (counted in whole days from the next on), 86 % within 4 weeks.
    assert rows.loc["reporting_delay_median", "low"] < 9.7 + 0.5 < rows.loc["reporting_delay_median", "high"]
    assert rows.loc["reported_within_4_weeks", "low"] < 1 - np.exp(-2) < rows.loc["reported_within_4_weeks", "high"]
    inside = day >= np.datetime64("2025-05-31")
    cast = rows.loc["nowcast_attacks"]
    recorded = int((inside & (known <= LAST.to_numpy())).sum())
    assert cast["n_incidents"] == len(cast["incident_ids"]) == recorded < inside.sum()
    assert cast["low"] <= inside.sum() <= cast["high"]
    assert rows.loc["days_to_export", "value"] == 0
    assert rows.loc["rows_vanished", "value"] == 0


def test_late_attacks_are_those_that_a_snapshot_missed(exports, followed):
    """Added late: recorded after the first snapshot from its day on; snapshots are weekly, so each is held against the
    one before.
    """
    paths, day, known = exports
    looks = [np.datetime64(path.stem[2:]) for path in paths]
    seen = known <= looks[-1]
    before = np.array(
        [max((look for look in looks if look < when), default=None) for when in known], dtype="datetime64[D]"
    )
    missed = seen & (known > looks[0]) & (day <= before)
    assert len(delays.added_late(followed)) == missed.sum()


def test_the_triangle_and_the_weeks_conserve_attacks(exports, followed):
    told = delays.reporting_of(followed)
    first = pd.Timestamp(told.vintages["vintage"].iloc[0])
    after = followed.attacks["date_start"].gt(first)
    assert told.triangle["value"].sum() == after.sum() == told.estimate.n_reports + told.estimate.n_later
    assert told.n_before == len(followed.attacks) - after.sum()
    assert (
        told.triangle["period_start"] + (told.triangle["delay_weeks"] * 7).map(pd.Timedelta("1D").__mul__) <= LAST
    ).all()
    assert told.weeks["recorded"].sum() == followed.attacks["date_start"].ge(told.weeks["period_start"].iloc[0]).sum()
    assert (told.weeks["low"] >= told.weeks["recorded"]).all()
    assert told.delays["value"].is_monotonic_increasing
    assert told.delays["value"].iloc[-1] == 1


def test_later_rows_leave_earlier_delays_unchanged(exports, followed, tmp_path):
    paths, _, _ = exports
    later = [
        PROJECT_ROW | {"incident_id": f"L{n}", "date_start": "2025-07-02", "date_end": "2025-07-02"} for n in range(50)
    ]
    text = paths[-1].read_text() + as_text(later).split("\n", 1)[1]
    write(tmp_path / "coverage.csv", (paths[0].parent / "coverage.csv").read_text())
    grown = open_study(
        write(tmp_path / "t-2025-06-29.csv", text), country="MLI", snapshots=str(paths[0].parent), as_of="2025-06-29"
    )
    unlike = ["rows_set_aside", "cells_blanked"]  # of the table as a whole
    before, after = (reliability.indicators(each).set_index("name").drop(unlike) for each in (followed, grown))
    pd.testing.assert_frame_equal(before, after)


def test_the_section_tells_what_the_rows_tell(followed):
    results = Results(followed, reliability.indicators(followed))
    text = " ".join(section.read(followed, results))
    assert f"half are in the table after {number(results['reporting_delay_median'].value)} days" in text
    assert f"{int(results['attacks_added_late'].value)} selected attacks came into days" in text
    assert f"The window holds {results['nowcast_attacks'].n_incidents} recorded attacks" in text
    assert section.finding(followed, results).startswith("The window holds")


def test_the_section_shows_each_chart_with_its_numbers(followed, tmp_path):
    results = Results(followed, reliability.indicators(followed))
    shown = {}
    for brief in (False, True):
        section.write(open_page(output_dir=str(tmp_path / str(brief))), followed, results, brief=brief)
        shown[brief] = {path.stem for path in (tmp_path / str(brief) / "charts").glob("*.csv")}
    assert shown[False] == {"nowcast", "reporting_delay", "reporting_triangle"}
    assert shown[True] == {"nowcast", "reporting_delay"}
    weeks = pd.read_csv(tmp_path / "False" / "charts" / "nowcast.csv")
    assert weeks["recorded"].tolist() == delays.reporting_of(followed).weeks["recorded"].tolist()


def test_few_snapshots_or_reports_are_refused_with_their_number(exports, tmp_path):
    paths, _, _ = exports
    folder = tmp_path / "few"
    folder.mkdir()
    for path in paths[-3:-1]:
        write(folder / path.name, path.read_bytes())
    few = open_study(paths[-1], country="MLI", snapshots=str(folder), as_of="2025-06-29")
    rows = reliability.indicators(few).set_index("name")
    assert "too few: 3 in place of 4" in rows.loc["nowcast_attacks", "reason"]
    assert rows.loc["attacks_added_late", "value"] > 0
    write(folder / paths[-5].name, paths[-5].read_bytes())
    short = open_study(paths[-1], country="MLI", snapshots=str(folder), as_of="2025-06-29")
    reason = reliability.indicators(short).set_index("name").loc["reporting_delay_median", "reason"]
    assert "attacks happened after the first export, of 1 June 2025; 30 are needed" in reason


def test_a_table_whose_day_is_unknown_is_not_nowcast(exports, tmp_path):
    paths, _, _ = exports
    write(tmp_path / "coverage.csv", (paths[0].parent / "coverage.csv").read_text())
    # One byte more than the snapshot, so that it is no copy of it.
    path = write(tmp_path / "now.csv", paths[-1].read_text() + "\n")
    study = open_study(path, country="MLI", snapshots=str(paths[0].parent), as_of="2025-06-20")
    rows = reliability.indicators(study).set_index("name")
    assert "the day of the table's export is not known" in rows.loc["nowcast_attacks", "reason"]
    assert "does not tell the one day" in rows.loc["days_to_export", "reason"]


def test_a_day_moved_on_after_a_row_was_seen_is_no_negative_delay(exports, tmp_path):
    paths, _, _ = exports
    write(tmp_path / "coverage.csv", (paths[0].parent / "coverage.csv").read_text())
    path = write(tmp_path / paths[-1].name, paths[-1].read_text())
    early = open_study(path, country="MLI", as_of="2025-06-29").attacks.iloc[-60]
    day = f"{early['date_start']:%Y-%m-%d}"
    moved = [
        line.replace(day, "2025-06-25") if line.startswith(f"{early['incident_id']},") else line
        for line in path.read_text().splitlines()
    ]
    write(path, "\n".join(moved))
    study = open_study(path, country="MLI", snapshots=str(paths[0].parent), as_of="2025-06-29")
    told = delays.reporting_of(study)
    assert told.problem == ""
    found = told.delays.loc[told.delays["incident_ids"].map(lambda ids: early["incident_id"] in ids), "delay_weeks"]
    assert found.tolist() == [0]


def test_a_table_that_gets_all_at_once_needs_no_correction(tmp_path):
    paths, _, _ = keep_exports(tmp_path / "kept", n_looks=14, slow_days=0.0)
    study = open_study(paths[-1], country="MLI", snapshots=str(paths[0].parent), as_of="2025-06-29")
    row = reliability.indicators(study).set_index("name").loc["nowcast_attacks"]
    assert row["low"] == row["n_incidents"]
    assert row["value"] < 1.03 * row["n_incidents"]
