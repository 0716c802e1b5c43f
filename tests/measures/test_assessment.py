"""The verdict follows from the table of lines alone; each clause of the rule by hand, and what recording forbids."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.measures import assessment, rows_of
from analysis.measures.assessment import CANNOT_TELL, DOWN, LEVEL, LINES, SILENT, UP, assess, attacks_needed, decide
from analysis.measures.frequency import compare_periods

UCDP = Path(__file__).resolve().parents[3] / "shared" / "data" / "ucdp"
NAMES = [line.name for line in LINES]


def table(low=0.8, high=1.2, **directions):
    """Return a table of lines; all are silent but those named. Bounds are those of the lines that found no change."""
    rows = [
        {"line": line.name, "core": line.core, "now": line.now, "sides": line.sides, "direction": directions.get(line.name, SILENT), "low": low, "high": high}
        for line in LINES
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("directions", "verdict"),
    [
        ({}, CANNOT_TELL),
        ({"coordination": UP, "spread": UP}, CANNOT_TELL),  # how, but not how often
        ({"frequency": UP}, "elevated"),
        ({"frequency": UP, "breadth": UP}, "escalating"),
        ({"frequency": UP, "tempo": UP}, "escalating"),
        ({"acceleration": UP, "breadth": UP, "frequency": LEVEL}, "elevated"),  # over years, not now
        ({"frequency": UP, "breadth": UP, "lethality": DOWN}, "escalating"),
        ({"frequency": UP, "breadth": UP, "acceleration": DOWN}, "elevated"),  # how often disagrees with itself
        ({"frequency": LEVEL, "lethality": UP}, "elevated"),
        ({"frequency": DOWN}, "easing"),
        ({"frequency": DOWN, "lethality": UP}, "elevated"),
        ({"frequency": LEVEL}, "steady"),
        ({"frequency": LEVEL, "lethality": DOWN}, "steady"),
    ],
)
def test_each_clause_of_the_rule(directions, verdict):
    assert decide(table(**directions))[0] == verdict


def test_no_change_found_is_steady_only_where_a_doubling_is_excluded():
    assert decide(table(low=0.4, high=1.3, frequency=LEVEL))[0] == CANNOT_TELL
    assert decide(table(low=0.6, high=2.3, frequency=LEVEL))[0] == CANNOT_TELL
    assert decide(table(low=0.6, high=1.9, frequency=LEVEL))[0] == "steady"


def rows_on(dates, place="Here"):
    return [{"date": day, "locality": f"{place} {n}", "admin1": place} for n, day in enumerate(dates)]


STEADY = [
    f"{year}-{month:02d}-{day:02d}" for year in (2022, 2023, 2024) for month in range(1, 13) for day in (3, 10, 17, 24)
]
RISEN = [*STEADY, *[f"2024-12-{day:02d}" for day in range(4, 31) if day not in (10, 17, 24)]]


def opened(incidents, study, dates, **arguments):
    return study(incidents(rows_on(dates)), start="2022-01-01", as_of="2024-12-31", n_simulations=300, **arguments)


def test_a_steady_table_is_steady_and_a_risen_one_is_not(incidents, study):
    calm = assess(opened(incidents, study, STEADY))
    assert calm.verdict == "steady"
    assert set(calm.lines["direction"]) <= {LEVEL, SILENT}
    risen = assess(opened(incidents, study, RISEN))
    assert risen.lines.set_index("line").loc["frequency", "direction"] == UP
    assert risen.verdict in ("elevated", "escalating")


def test_every_line_has_a_value_or_a_reason(incidents, study):
    for dates in (STEADY, RISEN, ["2024-12-20"]):
        lines = assess(opened(incidents, study, dates)).lines
        assert lines["line"].tolist() == NAMES
        told = lines["status"].eq("computed")
        assert lines.loc[told, "value"].notna().all()
        assert (lines.loc[~told, "reason"].str.len() > 10).all()
        assert lines.loc[~told, "direction"].eq(SILENT).all()


def test_uneven_recording_silences_what_it_could_draw(incidents, study):
    reference = [("MLI", "2023-01-01", "2023-02-01", 8), ("MLI", "2023-06-01", "2023-07-01", 40)]
    found = assess(opened(incidents, study, RISEN, reference=reference))
    lines = found.lines.set_index("line")
    sensitive = [line.name for line in LINES if line.recording]
    assert lines.loc[sensitive, "direction"].eq(SILENT).all()
    assert lines.loc["tempo", "reason"]
    assert found.verdict == CANNOT_TELL


def test_a_rise_larger_than_recording_could_draw_still_counts(incidents, study):
    many = [*STEADY, *[f"2024-12-{day:02d}" for day in range(2, 31) for _ in range(6)]]
    # Completeness runs from a fifth to a half: even if the window alone were recorded in full, attacks rose.
    reference = [("MLI", "2023-01-01", "2023-02-01", 8), ("MLI", "2023-06-01", "2023-07-01", 20)]
    made = opened(incidents, study, many, reference=reference)
    floor = rows_of(made, "reliability").set_index("name").loc["rate_ratio_floor"]
    assert floor["low"] > 1
    assert assess(made).lines.set_index("line").loc["frequency", "direction"] == UP


def test_false_discoveries_are_held_down_over_the_lines():
    lines = pd.DataFrame({"status": "computed", "p_value": [0.04, 0.9, 0.8, 0.7, 0.6, 0.5, 0.5]})
    assert not assessment._discoveries(lines).any()  # .04 alone among seven is no discovery
    lines["p_value"] = [0.007, 0.9, 0.8, 0.7, 0.6, 0.5, 0.5]
    assert assessment._discoveries(lines).tolist() == [True] + [False] * 6  # .05 / 7 = .00714
    lines.loc[1:, "status"] = "not_computed"
    lines["p_value"] = 0.04
    assert assessment._discoveries(lines)[0]  # a line without a value is no test


def test_what_would_change_the_verdict_does_change_it(incidents, study):
    found = assess(opened(incidents, study, STEADY))
    assert len(found.changes)
    for row in found.changes.itertuples():
        other = found.lines.copy()
        other.loc[other["line"].eq(row.line), "direction"] = row.direction
        assert decide(other)[0] == row.verdict != found.verdict


def test_the_attacks_needed_are_the_least_that_count(incidents, study):
    made = opened(incidents, study, STEADY)
    needed = attacks_needed(made)
    n = sum(day < "2024-12-02" for day in STEADY)
    p = [compare_periods(count, 30, n, 1066).p_value for count in (needed, needed - 1)]
    threshold = assessment.FALSE_DISCOVERY_RATE / len(LINES)
    assert p[0] <= threshold < p[1]
    assert attacks_needed(opened(incidents, study, ["2024-12-20"])) is None


def test_later_rows_change_nothing(incidents, study):
    one = assess(opened(incidents, study, RISEN))
    other = assess(opened(incidents, study, [*RISEN, *[f"2025-01-{day:02d}" for day in range(1, 29)]]))
    pd.testing.assert_frame_equal(one.lines, other.lines)
    assert one.verdict == other.verdict


def test_indicators_name_the_verdict_and_the_lines(incidents, study):
    rows = assessment.indicators(opened(incidents, study, STEADY)).set_index("name")
    assert rows.loc["escalation_verdict", "value"] == 0
    assert rows.loc["escalation_verdict", "method"].startswith("steady: ")
    counts = rows.loc[["lines_up", "lines_down", "lines_silent"], "value"]
    assert counts.sum() <= len(LINES)


def test_the_embedded_table_cannot_tell():
    found = assess(open_study(country="MLI", attacker="JNIM", as_of="2025-07-01"))
    lines = found.lines.set_index("line")
    assert found.verdict == CANNOT_TELL
    assert lines.loc[["frequency", "tempo", "acceleration", "breadth"], "direction"].eq(SILENT).all()
    assert "completeness varies between 14 % and 36 %" in lines.loc["acceleration", "reason"]
    row = assessment.indicators(open_study(country="MLI", attacker="JNIM", as_of="2025-07-01")).iloc[0]
    assert (row["status"], np.isnan(row["value"])) == ("not_computed", True)


@pytest.mark.skipif(not UCDP.exists(), reason="the UCDP files are not beside the checkout")
@pytest.mark.parametrize(
    ("file", "as_of", "verdicts"),
    [
        ("GEDEvent_v24_1_Myanmar.csv", "2021-03-31", {"escalating"}),
        ("GEDEvent_v23_1_CentralAfricanRepublic.csv", "2014-01-31", {"escalating"}),
        ("GEDEvent_v23_1_CentralAfricanRepublic.csv", "2022-12-31", {"steady", CANNOT_TELL}),
    ],
)
def test_known_turns_read_as_such(file, as_of, verdicts):
    assert assess(open_study(UCDP / file, as_of=as_of)).verdict in verdicts
