"""What the table holds of what a reference counted, how late it gets it, and what that forbids."""

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import TableError, open_study
from analysis.measures import frequency, question_modules, reliability, trend
from analysis.measures.result import NOT_COMPUTED
from analysis.reports.page import open_page
from analysis.reports.sections import reliability as section
from analysis.reports.words import Results, number
from tests.incidents.tables import PROJECT_ROW, as_text, project, write


@pytest.fixture(scope="module")
def embedded():
    return open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", n_simulations=2000)


def test_completeness_of_the_embedded_table(embedded):
    """The army's own totals (benchmarks.csv): 5 of 19, 4 of 19, 8 of 22, 4 of 12 and 3 of 21, as the table's README says."""
    periods = reliability.completeness_of(embedded).periods
    assert periods[["held", "reference"]].to_numpy().tolist() == [[5, 19], [4, 19], [8, 22], [4, 12], [3, 21]]
    rows = reliability.indicators(embedded).set_index("name")
    assert rows.loc["completeness_lowest", "value"] == pytest.approx(3 / 21)
    assert rows.loc["completeness_highest", "value"] == pytest.approx(8 / 22)
    assert rows.loc["completeness", "value"] == pytest.approx(24 / 93)


def test_uneven_completeness_forbids_a_trend(embedded):
    rows = trend.indicators(embedded)
    assert rows["status"].eq(NOT_COMPUTED).all()
    assert rows["reason"].str.contains("completeness varies between 14 % and 36 %").all()


MONTHS = [(f"2024-{month:02d}-01", f"2024-{month + 1:02d}-01") for month in range(1, 7)]


def counted(incidents, study, held, reference):
    rows = [{"date": f"2024-{month + 1:02d}-10"} for month, n in enumerate(held) for _ in range(n)]
    counts = [("MLI", *span, n) for span, n in zip(MONTHS, reference, strict=False)]
    return study(incidents(rows), start="2024-01-01", as_of="2024-06-30", reference=counts)


def test_even_completeness_forbids_nothing(incidents, study):
    assert reliability.trend_problem(counted(incidents, study, [5, 6, 5, 6, 5, 6], [10, 12, 10, 12, 10, 12])) == ""


def test_few_reference_periods_cannot_vouch_for_the_rest(incidents, study):
    opened = counted(incidents, study, [5, 6, 5, 6, 5, 6], [10, 12])
    assert "too few to say that completeness held steady" in reliability.trend_problem(opened)


def test_without_a_reference_completeness_is_not_computed(incidents, study):
    opened = study(incidents([{"date": "2024-03-01"}]), start="2024-01-01", as_of="2024-06-30")
    rows = reliability.indicators(opened).set_index("name")
    assert rows.loc["completeness", "status"] == NOT_COMPUTED
    assert "no reference count" in rows.loc["completeness", "reason"]
    assert reliability.trend_problem(opened) == ""


def test_a_reference_may_count_less_than_the_table_holds(incidents, study):
    opened = counted(incidents, study, [5, 0, 0, 0, 0, 0], [3])
    table = reliability.completeness_of(opened).periods
    assert table["value"].tolist() == [5 / 3]
    assert table[["low", "high"]].isna().all(axis=None)


def test_the_floor_of_the_rate_ratio_by_hand(incidents, study):
    # Half of the reference's attacks are held: a window recorded in full would halve the recorded ratio.
    opened = counted(incidents, study, [4, 4, 1, 1, 1, 6], [8, 8])
    rows = reliability.indicators(opened).set_index("name")
    ratio = frequency.comparison_of(opened).ratio.ratio
    assert rows.loc["rate_ratio_floor", "value"] == pytest.approx(ratio / 2)
    assert rows.loc["rate_ratio_floor", "low"] < ratio / 2 < rows.loc["rate_ratio_floor", "high"]


def test_shares_by_hand(incidents, study):
    opened = study(
        incidents(
            [
                {"date": "2024-03-01", "verified": True, "fatalities_high": 2.0},
                {"date": "2024-03-02", "verified": False, "geo_precision": "admin1"},
                {"date": "2024-03-03", "date_precision": "week", "attacker": "unknown_armed_group"},
                {"date": "2024-03-04", "role_basis": "assumed"},
            ]
        ),
        start="2024-01-01",
        as_of="2024-06-30",
    )
    rows = reliability.indicators(opened).set_index("name")["value"]
    assert rows["verified"] == 0.5
    assert rows["dated_to_day"] == rows["placed_near"] == rows["roles_stated"] == rows["attacker_named"] == 0.75
    assert rows["deaths_known"] == 0.25
    assert rows["coverage_share"] == 1


def test_possible_duplicates_by_hand(incidents, study):
    alike = {"date": "2024-03-01", "locality": "Town A", "fatalities_best": 3.0}
    rows = [
        alike,
        alike,
        alike,
        alike | {"fatalities_best": 4.0},
        alike | {"locality": "Town B"},
        {"date": "2024-03-01"},
        {"date": "2024-03-01"},
    ]
    opened = study(incidents(rows), start="2024-01-01", as_of="2024-06-30")
    found = reliability.possible_duplicates(opened.attacks)
    # The last two have no place at all: nothing says that they are alike.
    assert found["incident_id"].tolist() == ["i0000", "i0001", "i0002"]
    row = reliability.indicators(opened).set_index("name").loc["possible_duplicates"]
    assert row["value"] == 2
    assert row["incident_ids"] == ["i0000", "i0001", "i0002"]
    assert len(opened.attacks) == 7


def test_uneven_search_effort_by_hand(incidents, study):
    # Means of 4 and 2 sources; variances of 2 each, over 2 and 2 rows: relative variance 2/(2*16) + 2/(2*4) = .3125.
    rows = [("2024-06-10", 3.0), ("2024-06-11", 5.0), ("2024-03-01", 1.0), ("2024-03-02", 3.0), ("2024-03-03", np.nan)]
    made = incidents([{"date": day, "n_sources": n} for day, n in rows])
    opened = study(made, start="2024-01-01", as_of="2024-06-30")
    row = reliability.indicators(opened).set_index("name").loc["sources_per_attack_ratio"]
    assert row["value"] == pytest.approx(2)
    assert np.log(row["high"] / 2) == pytest.approx(1.959964 * np.sqrt(0.3125), rel=1e-5)
    silent = study(made.assign(n_sources=np.nan), start="2024-01-01", as_of="2024-06-30")
    row = reliability.indicators(silent).set_index("name").loc["sources_per_attack_ratio"]
    assert row["reason"] == "no column tells on how many sources a row rests"


SNAPSHOT_MEASURES = [
    "reporting_delay_median", "reported_within_4_weeks", "nowcast_attacks", "attacks_added_late", "rows_vanished",
]  # fmt: skip


def test_without_snapshots_nothing_is_said_of_delays(embedded):
    rows = reliability.indicators(embedded).set_index("name").loc[SNAPSHOT_MEASURES]
    assert rows["status"].eq(NOT_COMPUTED).all()
    assert rows["reason"].eq("no earlier exports of the table were given").all()
    said = section.read(embedded, Results(reliability.indicators(embedded), embedded))
    assert said[-1].endswith("because no earlier exports of the table were given.")


LAST = pd.Timestamp("2025-06-29")


def keep_exports(folder, *, n_looks=16, gap_days=7, rate=8.0, mean_days=14.0, seed=1, slow_days=None):
    """Write weekly exports of a made-up table; return their paths, and each attack's day and day of recording."""
    rng = np.random.default_rng(seed)
    looks = [LAST - pd.Timedelta(days=gap_days * k) for k in range(n_looks)][::-1]
    days = pd.date_range(looks[0] - pd.Timedelta(days=100), LAST)
    day = np.repeat(days.to_numpy(), rng.poisson(rate / 7, len(days)))
    delay = rng.exponential(mean_days, len(day)) if slow_days is None else np.full(len(day), slow_days)
    known = day + pd.to_timedelta(np.ceil(delay), unit="D").to_numpy()
    text = [str(value)[:10] for value in day]
    rows = [
        PROJECT_ROW | {"incident_id": f"E{n}", "date_start": text[n], "date_end": text[n], "locality": f"Town {n}"}
        for n in range(len(day))
    ]
    folder.mkdir()
    paths = []
    for look in looks:
        held = [row for row, when in zip(rows, known, strict=True) if when <= look]
        paths.append(write(folder / f"t-{look:%Y-%m-%d}.csv", as_text(held)))
    write(folder / "coverage.csv", f"country,first_day,last_day\nMLI,{days[0]:%Y-%m-%d},2025-12-31\n")
    return paths, day, known


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    return keep_exports(tmp_path_factory.mktemp("made") / "kept")


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
    """Added late: recorded after the first snapshot from its day on; snapshots are weekly, so each is held against the one before."""
    paths, day, known = exports
    looks = [np.datetime64(path.stem[2:]) for path in paths]
    seen = known <= looks[-1]
    before = np.array(
        [max((look for look in looks if look < when), default=None) for when in known], dtype="datetime64[D]"
    )
    missed = seen & (known > looks[0]) & (day <= before)
    assert len(reliability.added_late(followed)) == missed.sum()


def test_the_triangle_and_the_weeks_conserve_attacks(exports, followed):
    told = reliability.reporting_of(followed)
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
    results = Results(reliability.indicators(followed), followed)
    text = " ".join(section.read(followed, results))
    assert f"half are in the table after {number(results['reporting_delay_median'].value)} days" in text
    assert f"{int(results['attacks_added_late'].value)} selected attacks came into days" in text
    assert f"The window holds {results['nowcast_attacks'].n_incidents} recorded attacks" in text
    assert section.finding(followed, results).startswith("The window holds")


def test_the_section_shows_each_chart_with_its_numbers(followed, tmp_path):
    results = Results(reliability.indicators(followed), followed)
    shown = {}
    for brief in (False, True):
        section.write(open_page(output_dir=str(tmp_path / str(brief))), followed, results, brief=brief)
        shown[brief] = {path.stem for path in (tmp_path / str(brief) / "charts").glob("*.csv")}
    assert shown[False] == {"nowcast", "reporting_delay", "reporting_triangle"}
    assert shown[True] == {"nowcast", "reporting_delay"}
    weeks = pd.read_csv(tmp_path / "False" / "charts" / "nowcast.csv")
    assert weeks["recorded"].tolist() == reliability.reporting_of(followed).weeks["recorded"].tolist()


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
    told = reliability.reporting_of(study)
    assert told.problem == ""
    found = told.delays.loc[told.delays["incident_ids"].map(lambda ids: early["incident_id"] in ids), "delay_weeks"]
    assert found.tolist() == [0]


def test_a_table_that_gets_all_at_once_needs_no_correction(tmp_path):
    paths, _, _ = keep_exports(tmp_path / "kept", n_looks=14, slow_days=0.0)
    study = open_study(paths[-1], country="MLI", snapshots=str(paths[0].parent), as_of="2025-06-29")
    row = reliability.indicators(study).set_index("name").loc["nowcast_attacks"]
    assert row["low"] == row["n_incidents"]
    assert row["value"] < 1.03 * row["n_incidents"]


def test_results_that_moved_between_two_exports(exports):
    paths, day, known = exports
    compared = reliability.compare_exports(paths[-6], paths[-1], country="MLI", questions=("frequency", "reliability"))
    rows, results = compared.rows, compared.results.set_index("name")
    # The older table speaks of days to its own export, whatever its coverage table says.
    old_day = np.datetime64(paths[-6].stem[2:])
    assert compared.old.as_of == compared.new.as_of == pd.Timestamp(old_day)
    late = (known > old_day) & (known <= LAST.to_numpy()) & (day <= old_day)
    assert rows.n_added_by_kind["late"] == late.sum() > 0
    window = day > old_day - np.timedelta64(30, "D")
    assert results.loc["attacks_in_window", "change"] == (late & window).sum()
    assert results.loc["attacks_in_window", "moved"]
    assert not results.loc["dated_to_day", "moved"]
    assert not results.loc["completeness", "moved"]
    document = reliability.diff_document(compared)
    assert document["old"]["n_rows"] == document["n_kept"] + document["n_removed"]
    assert document["new"]["n_rows"] == document["n_kept"] + document["n_added"]
    assert len(document["added"]) == document["n_added"]
    text = section.diff_text(compared)
    assert f"added late: {late.sum()} (within the days that the older table covers)" in text
    assert f"{results['moved'].sum()} of {len(results)} moved" in text
    assert "nan" not in text
    assert text.replace("\n", "").isprintable()


def test_no_result_moves_between_a_table_and_itself(exports):
    paths, _, _ = exports
    compared = reliability.compare_exports(
        paths[-1], paths[-1], country="MLI", as_of="2025-06-01", questions=("frequency", "reliability")
    )
    assert not compared.results["moved"].any()
    assert compared.rows.n_changed == compared.rows.n_added == compared.rows.n_removed == 0


def test_results_of_different_days_are_not_compared(exports):
    paths, _, _ = exports
    studies = [open_study(paths[-1], country="MLI", as_of=day) for day in ("2025-06-01", "2025-06-02")]
    with pytest.raises(ValueError, match="share as_of and settings"):
        reliability.results_moved(*studies)


def test_exports_of_two_tables_are_refused(exports, tmp_path):
    paths, _, _ = exports
    other = write(
        tmp_path / "t-2025-07-01.csv",
        as_text(project({"incident_id": "X1", "date_start": "2025-03-05", "date_end": ""})),
    )
    with pytest.raises(TableError, match="share none"):
        reliability.compare_exports(paths[-1], other, country="MLI", as_of="2025-06-01", questions=("reliability",))


def test_every_row_of_every_question_can_be_compared():
    """Results are matched by name: no two questions share one."""
    names = [measure.name for module in question_modules().values() for measure in module.MEASURES]
    assert len(names) == len(set(names)) > 100


@pytest.fixture
def two_exports(tmp_path):
    """Two exports of a small table: one row of Mali changed, one came late, one left; and Niger, which nobody asks for, changed throughout."""
    base = [{"incident_id": f"M{n}", "date_start": f"2024-{1 + n % 12:02d}-{5 + n // 12:02d}", "date_end": "", "fatalities_low": "", "fatalities_high": "",
             "fatalities_best": str(n % 5), "locality": f"Town {n}"} for n in range(48)]  # fmt: skip
    niger = [
        {
            "incident_id": f"N{n}",
            "date_start": "2024-06-01",
            "date_end": "",
            "country": "NER",
            "fatalities_low": "",
            "fatalities_high": "",
        }
        for n in range(9)
    ]
    later = [
        row | ({"fatalities_best": "40", "locality": "Elsewhere"} if row["incident_id"] == "M7" else {})
        for row in base
        if row["incident_id"] != "M9"
    ]
    later.append(base[0] | {"incident_id": "M99", "locality": "Late Town"})
    moved = [row | {"fatalities_best": "9"} for row in niger]
    paths = [tmp_path / name for name in ("t-2024-12-28.csv", "t-2025-02-01.csv")]
    for path, rows in zip(paths, ([*base, *niger], [*later, *moved]), strict=True):
        write(path, as_text(project(*rows)))
    return paths


def test_a_diff_speaks_of_the_selection_and_says_what_changed(two_exports):
    compared = reliability.compare_exports(*two_exports, country="Mali", n_simulations=200)
    rows = compared.rows
    assert (rows.n_old, rows.n_kept, rows.n_removed, rows.n_added, rows.n_changed, rows.n_renewed) == (
        48,
        47,
        1,
        1,
        1,
        0,
    )
    text = section.diff_text(compared)
    assert "t-2024-12-28.csv: 48 rows of the selection = kept 47 + removed 1" in text
    assert "  changed: 2024-08-05 (M7): locality Town 7 -> Elsewhere; fatalities_best 2 -> 40" in text
    assert "N1" not in text
    assert "the verdict did not change: " in text
    everything = reliability.compare_exports(*two_exports, n_simulations=200, questions=("frequency",))
    assert everything.rows.n_changed == 10
    assert "the verdict" not in section.diff_text(everything)


def test_results_that_moved_are_ranked():
    rows = [
        ("a", 1.0, 1.1, False),
        ("b", 10.0, 20.0, False),
        ("c", 5.0, 5.05, True),
        ("escalation_verdict", 0.0, 1.0, False),
        ("d", 3.0, 3.0, False),
    ]
    table = pd.DataFrame(rows, columns=["name", "old_value", "new_value", "outside"]).assign(
        moved=lambda t: t["name"].ne("d")
    )
    table["change"] = table["new_value"] - table["old_value"]
    # The verdict; then c, outside its interval; then by relative change: b by half, a by a tenth.
    assert reliability.rank_moved(table)["name"].tolist() == ["escalation_verdict", "c", "b", "a"]


def test_ids_that_were_renewed_are_warned_of(two_exports):
    old, new = two_exports
    text = old.read_text().replace("\nM", "\nOTHER")
    new.write_text(text.replace("OTHER0,", "M0,"))
    compared = reliability.compare_exports(old, new, country="Mali", questions=("frequency",))
    assert compared.rows.n_renewed == 47
    assert "warning: 47 of 47 removed rows stand in the new export under another id" in section.diff_text(compared)
    new.write_text(old.read_text().replace("\nM", "\nOTHER").replace("\nN", "\nNEW"))
    with pytest.raises(TableError, match="57 rows are alike in all but their id, so that the ids were renewed"):
        reliability.compare_exports(old, new, country="Mali", questions=("frequency",))
