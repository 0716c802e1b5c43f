"""What moves between two exports of one table."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import TableError, open_study
from analysis.measures import exports as moved
from analysis.measures import question_modules
from analysis.reports.sections import reliability as section
from tests.incidents.tables import as_text, project, write
from tests.measures.exports import LAST


def test_results_that_moved_between_two_exports(exports):
    paths, day, known = exports
    compared = moved.compare_exports(paths[-6], paths[-1], country="MLI", questions=("frequency", "reliability"))
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
    document = moved.diff_document(compared)
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
    compared = moved.compare_exports(
        paths[-1], paths[-1], country="MLI", as_of="2025-06-01", questions=("frequency", "reliability")
    )
    assert not compared.results["moved"].any()
    assert compared.rows.n_changed == compared.rows.n_added == compared.rows.n_removed == 0


def test_results_of_different_days_are_not_compared(exports):
    paths, _, _ = exports
    studies = [open_study(paths[-1], country="MLI", as_of=day) for day in ("2025-06-01", "2025-06-02")]
    with pytest.raises(ValueError, match="share as_of and settings"):
        moved.results_moved(*studies)


def test_exports_of_two_tables_are_refused(exports, tmp_path):
    paths, _, _ = exports
    other = write(
        tmp_path / "t-2025-07-01.csv",
        as_text(project({"incident_id": "X1", "date_start": "2025-03-05", "date_end": ""})),
    )
    with pytest.raises(TableError, match="share none"):
        moved.compare_exports(paths[-1], other, country="MLI", as_of="2025-06-01", questions=("reliability",))


def test_every_row_of_every_question_can_be_compared():
    """Results are matched by name: no two questions share one."""
    names = [measure.name for module in question_modules().values() for measure in module.MEASURES]
    assert len(names) == len(set(names)) > 100


@pytest.fixture
def two_exports(tmp_path):
    """Two exports of a small table: one row of Mali changed, one came late, one left; and Niger, which nobody asks for,
    changed throughout.
    """
    base = [
        {
            "incident_id": f"M{n}",
            "date_start": f"2024-{1 + n % 12:02d}-{5 + n // 12:02d}",
            "date_end": "",
            "fatalities_low": "",
            "fatalities_high": "",
            "fatalities_best": str(n % 5),
            "locality": f"Town {n}",
        }
        for n in range(48)
    ]
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
    compared = moved.compare_exports(*two_exports, country="Mali", questions=("assessment",), n_simulations=50)
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
    everything = moved.compare_exports(*two_exports, n_simulations=200, questions=("frequency",))
    assert everything.rows.n_changed == 10
    assert "the verdict" not in section.diff_text(everything)


def test_results_that_moved_are_ranked():
    rows = [
        ("a", 1.0, 1.1, False),
        ("b", 10.0, 20.0, False),
        ("c", 5.0, 5.05, True),
        ("escalation_verdict", 0.0, 1.0, False),
        ("d", 3.0, 3.0, False),
        ("e", 0.0, 0.0, False),  # a bound alone moved
        ("f", 1.0, 3.0, False),
        ("g", 400.0, 900.0, False),
        ("h", np.nan, 1.0, False),  # could not be computed
    ]
    table = pd.DataFrame(rows, columns=["name", "old_value", "new_value", "outside"]).assign(
        moved=lambda t: t["name"].ne("d"), old_low=np.nan, old_high=np.nan
    )
    table.loc[table["name"].eq("b"), ["old_low", "old_high"]] = (5.0, 25.0)
    table["change"] = table["new_value"] - table["old_value"]
    # The verdict; then c, outside its interval; h; then g by 500 / 30, f by 2 / 1.7, b by 10 / 10, a by .1 / 1.05.
    assert moved.rank_moved(table)["name"].tolist() == ["escalation_verdict", *"chgfbae"]


def test_a_result_that_reads_the_same_has_no_line(two_exports):
    compared = moved.compare_exports(*two_exports, country="Mali", questions=("frequency",))
    row = compared.results[compared.results["moved"]].iloc[[0]]
    alike = row.assign(new_value=row["old_value"] * (1 + 1e-6), new_low=row["old_low"], new_high=row["old_high"])
    shown = section.diff_text(replace(compared, results=pd.concat([row, alike.assign(outside=False)])))
    assert shown.count(row["name"].iloc[0]) == 1
    assert shown.endswith("  and 1 that reads the same; all with --format json")


def test_exports_that_were_exchanged_are_asked_after(exports, tmp_path):
    """Rows that the newer export added stood as removed, without a word; names with days are refused."""
    first, last = (write(tmp_path / f"{n}.csv", exports[0][n].read_text()) for n in (-6, -1))
    asked = "removed rows are dated after the last row of the new export"
    for old, new, told in ((last, first, True), (first, last, False)):
        compared = moved.compare_exports(old, new, country="MLI", questions=("frequency",), as_of="2025-05-01")
        assert (asked in section.diff_text(compared)) == told


def test_ids_that_were_renewed_are_warned_of(two_exports):
    old, new = two_exports
    text = old.read_text().replace("\nM", "\nOTHER")
    new.write_text(text.replace("OTHER0,", "M0,"))
    compared = moved.compare_exports(old, new, country="Mali", questions=("frequency",))
    assert compared.rows.n_renewed == 47
    assert "warning: 47 of 47 removed rows stand in the new export under another id" in section.diff_text(compared)
    new.write_text(old.read_text().replace("\nM", "\nOTHER").replace("\nN", "\nNEW"))
    with pytest.raises(TableError, match="57 rows are alike in all but their id, so that the ids were renewed"):
        moved.compare_exports(old, new, country="Mali", questions=("frequency",))
