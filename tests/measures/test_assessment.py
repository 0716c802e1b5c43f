"""The verdict follows from the table of levels; other lines stand beside it; what recording forbids; and days that
everybody knows.
"""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import open_study
from analysis.measures import assessment
from analysis.measures.assessment import (
    DOWN,
    FLAT,
    LINES,
    NO_RISE,
    SILENT,
    UNSURE,
    UP,
    assess,
    decide,
    regime_of,
    rise_from,
    rule_words,
    spans_of,
)
from analysis.measures.confidence import confidence_of
from analysis.measures.level import CANNOT_TELL, FALLING, NO_CHANGE, RISING, STEADY, judge_days, level_of
from tests.measures.tables import make_incidents, make_study
from tests.measures.test_level import dates_of

UCDP = Path(__file__).resolve().parents[3] / "shared" / "data" / "ucdp"
NAMES = [line.name for line in LINES]


@pytest.mark.parametrize(
    ("word", "beside", "value"),
    [
        (RISING, ("ratio",), 2),
        (RISING, (), 1),
        (RISING, ("deaths", "tempo"), 2),
        (STEADY, ("tempo",), 0),  # lines do not decide
        (NO_CHANGE, ("deaths",), 0),
        (FALLING, ("tempo", "breadth"), -1),  # nor do they veto
        (CANNOT_TELL, ("ratio",), None),
    ],
)
def test_the_number_of_each_word(word, beside, value):
    found = decide(word, beside=beside)
    assert (found == value) if value is not None else np.isnan(found)


def rows_on(dates, place="Here"):
    return [
        {"date": f"{day:%Y-%m-%d}", "locality": f"{place} {n}", "admin1": place} for n, day in enumerate(sorted(dates))
    ]


STEADY_DATES = dates_of([8] * 36)
RISEN = dates_of([8] * 33 + [24] * 3)


def opened(incidents, study, dates, **arguments):
    return study(incidents(rows_on(dates)), start="2022-01-01", as_of="2024-12-31", n_simulations=300, **arguments)


@pytest.fixture(scope="module")
def steady():
    return opened(make_incidents, make_study, STEADY_DATES)


@pytest.fixture(scope="module")
def risen():
    return opened(make_incidents, make_study, RISEN)


def test_a_steady_table_is_steady_and_a_risen_one_rises(steady, risen):
    assert assess(steady).value == 0
    risen = assess(risen)
    assert (risen.verdict, risen.value) == (RISING, 2)
    assert set(risen.table["quantity"]) == {"attacks"}  # no deaths are stated


def test_every_line_has_a_value_or_a_reason(incidents, study, steady, risen):
    for made in (steady, risen, opened(incidents, study, [pd.Timestamp("2024-12-20")])):
        lines = assess(made).lines
        assert lines["line"].tolist() == NAMES
        told = lines["status"].eq("computed")
        assert lines.loc[told, "value"].notna().all()
        assert (lines.loc[~told, "reason"].str.len() > 10).all()
        assert lines.loc[~told, "direction"].eq(SILENT).all()
        assert set(lines["direction"]) <= {UP, DOWN, FLAT, NO_RISE, SILENT, UNSURE}


def test_uneven_recording_withholds_the_verdict_and_silences_what_it_could_draw(incidents, study):
    reference = [("MLI", "2023-01-01", "2023-02-01", 8), ("MLI", "2023-06-01", "2023-07-01", 40)]
    made = opened(incidents, study, RISEN, reference=reference)
    found = assess(made)
    sensitive = [line.name for line in LINES if line.recording]
    assert found.lines.set_index("line").loc[sensitive, "direction"].eq(SILENT).all()
    assert found.verdict == CANNOT_TELL
    rows = assessment.indicators(made).set_index("name")
    row = rows.loc["escalation_verdict"]
    assert (row["status"], row["label"]) == ("not_computed", CANNOT_TELL)
    assert rows.loc["rise_from", "reason"] == regime_of(made).problem == found.attacks.problem
    # What is recorded stands: 72 in 90 days, 96 in the 360 before; what would follow from it does not.
    assert (row["detail"]["recent"], row["detail"]["reference"], row["detail"]["p_up"]) == (72, 96, None)
    assert row["detail"]["confidence"] == "low"


def test_false_discoveries_are_held_down_over_the_lines():
    lines = pd.DataFrame({"status": "computed", "p_value": [0.04, 0.9, 0.8, 0.7, 0.6, 0.5, 0.5]})
    assert not assessment._discoveries(lines).any()  # .04 alone among seven is no discovery
    lines["p_value"] = [0.007, 0.9, 0.8, 0.7, 0.6, 0.5, 0.5]
    assert assessment._discoveries(lines).tolist() == [True] + [False] * 6  # .05 / 7 = .00714
    lines.loc[1:, "status"] = "not_computed"
    lines["p_value"] = 0.04
    assert assessment._discoveries(lines)[0]  # a line without a value is no test


def test_the_trigger_is_the_least_count_that_rises(incidents, study, steady):
    trigger = rise_from(steady)
    after = [8] * 33 + [8, 8, 8]
    # A month later the spans are those after the first, and the trigger's count.
    assert level_of(opened(incidents, study, dates_of([*after[1:], trigger]))).word == RISING
    assert level_of(opened(incidents, study, dates_of([*after[1:], trigger - 4]))).word != RISING
    assert rise_from(opened(incidents, study, [pd.Timestamp("2024-12-20")])) is None


def test_a_rise_that_is_said_ends_below_the_trigger_and_not_at_it(incidents, study):
    """It was judged by the rule for a word that begins: with one attack less the verdict still said rising."""
    rising = opened(incidents, study, dates_of([8] * 33 + [16, 18, 17]))
    trigger = rise_from(rising)

    def word_after(n):
        month = np.zeros(30)
        np.add.at(month, np.linspace(0, 29, n).round().astype(int), 1)
        return judge_days(np.concatenate([rising.daily_counts(), month]))[0][-1]

    assert level_of(rising).word == RISING
    assert (word_after(trigger), word_after(trigger - 1)) == (1, 0)


def test_a_regime_says_since_when_and_against_what(incidents, study, steady):
    found = regime_of(opened(incidents, study, dates_of([8] * 24 + [24] * 12)))
    assert found.problem == ""
    assert found.rate == pytest.approx(24, rel=0.1)
    assert found.rate_before == pytest.approx(8, rel=0.1)
    assert found.low < found.ratio < found.high
    assert abs((found.since - (pd.Timestamp("2025-01-01") - pd.Timedelta(days=360))).days) <= 31
    assert "one rate fits all months" in regime_of(steady).problem


def test_the_days_of_a_month_that_is_not_over_are_of_the_regime():
    """Rakhine, 15 September 2017: "since then 40 in 30 days on average", of August alone, beside 3 in September."""
    rows = [{"date": f"{month:%Y-%m}-{day:02d}"} for month in pd.date_range("2022-01-01", periods=32, freq="MS")
            for day in range(1, 29 if month.year == 2024 and month.month == 8 else 4)]  # fmt: skip
    found = regime_of(make_study(make_incidents(rows), start="2022-01-01", as_of="2024-09-15", n_simulations=10))
    assert (found.since, found.n_events, found.rate) == (pd.Timestamp("2024-08-01"), 28, pytest.approx(28 / 46 * 30))


def test_a_regime_of_two_events_is_no_denominator(incidents, study):
    found = regime_of(opened(incidents, study, dates_of([0] * 23 + [1] + [24] * 12)))
    assert "too few for a ratio" in found.problem
    assert found.since is not None


def test_each_bound_of_a_regime_on_both_sides(incidents, study):
    third = regime_of(opened(incidents, study, dates_of([0] * 20 + [3, 0, 0, 0] + [24] * 12)))
    assert (third.problem, third.n_events_before) == ("", 3)
    for n_days, least in ((2, True), (3, False)):
        days = [pd.Timestamp(f"2024-12-{20 + n % n_days}") for n in range(21)]
        found = regime_of(opened(incidents, study, [*dates_of([2] * 22 + [0] * 14), *days]))
        assert found.problem.startswith("all attacks since the last change of level fell on 2 days") == least


def test_lines_are_held_against_what_was_expected():
    assert [line.name for line in LINES if line.sides == "up"] == ["tempo", "breadth", "reach"]
    assert [line.name for line in LINES if line.recording] == ["tempo", "breadth"]
    study = SimpleNamespace(settings=SimpleNamespace(window_days=90))
    rows = {
        "offensive_rate_baseline": SimpleNamespace(value=8.0, status="computed"),
        "units_newly_hit_expected": SimpleNamespace(value=4.0),
    }
    tempo, breadth = LINES[0].as_ratio, LINES[1].as_ratio
    assert tempo(3.0, study, rows) == pytest.approx(3 / (8 * 90 / 365.25))
    assert breadth(3.0, study, rows) == 0.75
    rows["offensive_rate_baseline"] = SimpleNamespace(value=np.nan, status="not_computed")
    rows["units_newly_hit_expected"] = SimpleNamespace(value=0.0)
    assert np.isnan(tempo(3.0, study, rows))
    assert np.isnan(breadth(3.0, study, rows))


def test_a_line_has_a_value_where_both_its_indicators_have_one():
    def row(value, **changes):
        of_all = {"low": 2.0, "high": 6.0, "level": 0.95, "n_incidents": 7, "incident_ids": [], "status": "computed"}
        return SimpleNamespace(**{"value": value, "name": "n", "method": "m", "reason": ""} | of_all | changes)

    def line_row(uneven="", expected=4.0, **changes):
        rows = {"units_newly_hit": row(5.0), "units_newly_hit_p": row(0.01, **changes)}
        found = assessment._line_row(LINES[1], None, rows | {"units_newly_hit_expected": row(expected)}, uneven)
        return tuple(found[name] for name in ("value", "low", "high", "p_value", "status", "reason"))

    assert line_row() == (1.25, 0.5, 1.5, 0.01, "computed", "")
    *_, p_value, status, reason = line_row(status="not_computed", reason="because")
    assert (np.isnan(p_value), status, reason) == (True, "not_computed", "because")
    assert line_row("recording changed")[-2:] == ("not_computed", "recording changed")  # which could draw this line
    assert line_row(expected=0.0)[-2:] == (
        "not_computed",
        "no place was expected to be hit for the first time",
    )


@pytest.mark.parametrize(
    ("status", "sides", "value", "p_value", "found", "direction"),
    [
        ("computed", "two", 1.01, 0.01, True, UP),
        ("computed", "two", 0.99, 0.01, True, DOWN),
        ("computed", "two", 1.5, 0.0501, False, FLAT),
        ("computed", "up", 0.5, 0.01, True, NO_RISE),  # its p-value is of a rise alone
        ("computed", "up", 0.5, 0.05, False, NO_RISE),
        ("computed", "up", 1.0, 0.01, True, NO_RISE),
        ("computed", "up", 1.01, 0.01, True, UP),
        # "Deadlier", by a p of .03, stood above "no change found".
        ("computed", "two", 1.5, 0.05, False, UNSURE),
        ("computed", "up", 1.01, 0.05, False, UNSURE),
        ("computed", "up", 1.01, 0.0501, False, NO_RISE),
        ("not_computed", "two", 1.5, np.nan, True, SILENT),
    ],
)
def test_the_direction_of_a_line(status, sides, value, p_value, found, direction):
    row = SimpleNamespace(status=status, sides=sides, value=value, p_value=p_value)
    assert assessment._direction(row, found) == direction


def test_a_strong_rise_is_of_twice_the_rate(incidents, study):
    twice = opened(incidents, study, dates_of([8] * 33 + [16] * 3))
    less = assess(opened(incidents, study, dates_of([8] * 33 + [16, 16, 15])))
    assert (assess(twice).verdict, less.verdict) == (RISING, RISING)
    assert ("ratio" in assess(twice).beside, "ratio" in less.beside) == (True, False)
    rows = assessment.indicators(twice).set_index("name")
    assert rows.loc["level_ratio_month", "value"] == pytest.approx(16 / ((10 * 8 + 32) / 12))


def test_one_day_is_no_regime(incidents, study):
    found = regime_of(opened(incidents, study, [*dates_of([2] * 22), *[pd.Timestamp("2024-12-20")] * 20][-20:]))
    assert found == assessment.Regime(problem="all attacks since the last change of level fell on 1 day")


def test_later_rows_change_nothing(incidents, study, risen):
    later = [pd.Timestamp("2025-01-01") + pd.Timedelta(days=day) for day in range(28)]
    one = assessment.indicators(risen)
    other = assessment.indicators(opened(incidents, study, [*RISEN, *later]))
    pd.testing.assert_frame_equal(one, other)


def test_indicators_carry_the_word_and_its_numbers(risen):
    rows = assessment.indicators(risen).set_index("name")
    row = rows.loc["escalation_verdict"]
    assert (row["value"], row["label"]) == (2, RISING)
    detail = row["detail"]
    assert {"ratio", "low", "high", "p_up", "p_down", "recent", "reference", "since", "level", "persistence"} <= set(
        detail
    )
    assert (detail["recent"], detail["reference"], detail["ratio"]) == (72, 96, 3.0)
    assert detail["low"] < 3 < detail["high"]
    assert detail["p_above"] > 0.99 > detail["p_down"]
    assert detail["month"]["p_above"] > 0.99
    assert detail["beside"][0] == "ratio"
    assert (detail["confidence"], detail["because"]) == confidence_of(risen)[:2]  # the page's
    assert detail["level"] == "high"
    assert 0 < detail["persistence"] < 1
    assert detail["since"].startswith("2024-")
    assert rows.loc["level_ratio", "value"] == 3.0
    assert rows.loc["persistence_up", "value"] == detail["persistence"]
    assert rows.loc["deaths_verdict", "label"] == CANNOT_TELL
    assert rows.loc[["lines_up", "lines_down", "lines_silent"], "value"].sum() <= len(LINES)


@pytest.mark.parametrize(("reported", "silent"), [(0, False), (2, False), (3, True)])
def test_a_reported_number_is_no_evidence_beside_the_verdict(reported, silent):
    line = next(line for line in LINES if line.name == "tempo")
    held = {"low": np.nan, "high": np.nan, "level": np.nan, "n_incidents": 2, "incident_ids": (), "status": "computed"}
    held |= {"reason": "", "method": ""}
    values = {"offensives_in_window": 2.0, "tempo_any_window_clustered": 0.01, "offensive_rate_baseline": 1.0}
    rows = {name: SimpleNamespace(name=name, value=value, **held) for name, value in values.items()}
    study = SimpleNamespace(settings=SimpleNamespace(headline_count=reported, window_days=30))
    row = assessment._line_row(line, study, rows, "")
    assert (row["reason"] == "the chance is of 3 offensives as reported; the count is 2") is silent


def test_the_embedded_table_cannot_tell():
    study = open_study(country="MLI", attacker="JNIM", as_of="2025-07-01")
    found = assess(study)
    lines = found.lines.set_index("line")
    assert found.verdict == CANNOT_TELL
    assert lines.loc[["tempo", "breadth"], "direction"].eq(SILENT).all()
    assert "completeness varies between 14 % and 36 %" in found.attacks.problem
    row = assessment.indicators(study).iloc[0]
    assert (row["status"], np.isnan(row["value"])) == ("not_computed", True)
    assert row["detail"]["recent"] == pytest.approx(20)  # what it does record, in 90 days


KNOWN = [
    ("GEDEvent_v24_1_Myanmar.csv", "2020-12-31", {-1}),
    ("GEDEvent_v24_1_Myanmar.csv", "2021-04-30", {1, 2}),
    ("GEDEvent_v24_1_Myanmar.csv", "2021-12-31", {1, 2}),
    ("GEDEvent_v24_1_Myanmar.csv", "2022-12-31", {1, 2}),
    ("GEDEvent_v24_1_Myanmar.csv", "2023-12-31", {0}),
    ("GEDEvent_v23_1_CentralAfricanRepublic.csv", "2013-12-31", {1, 2}),
    ("GEDEvent_v23_1_CentralAfricanRepublic.csv", "2016-06-30", {-1}),
    ("GEDEvent_v23_1_CentralAfricanRepublic.csv", "2017-06-30", {1, 2}),
    ("GEDEvent_v23_1_CentralAfricanRepublic.csv", "2021-01-31", {1, 2}),
    ("hdx_conflict_data_BGD.csv", "2013-12-31", {1, 2}),
]


@pytest.mark.skipif(not UCDP.exists(), reason="the UCDP files are not beside the checkout")
@pytest.mark.parametrize(("file", "as_of", "values"), KNOWN)
def test_days_that_everybody_knows(file, as_of, values):
    found = assessment.level_of(open_study(UCDP / file, as_of=as_of))
    assert decide(found.word, beside=()) in values or decide(found.word, beside=("ratio",)) in values


def test_the_rule_names_the_days_that_a_table_of_weeks_has():
    weeks = pd.date_range("2022-01-03", "2024-12-23", freq="7D")
    counts = pd.DataFrame(
        {"period_start": weeks, "period_end": weeks + pd.Timedelta(days=7), "attacks": 3, "deaths": np.nan}
    )
    daily = make_study(make_incidents([{"date": "2023-01-01"}]), start="2022-01-03", as_of="2024-12-29")
    weekly = replace(daily, counts=counts, attacks=daily.attacks.iloc[:0])
    assert spans_of(weekly) == assessment.Spans(recent=84, reference=336, last=28)
    assert spans_of(daily) == assessment.Spans(recent=90, reference=360, last=30)
    said = " ".join(rule_words(weekly))
    assert "The last 84 days are compared with the 336 before them." in said
    assert "the last 28 days alone" in said
    assert not any(words in said for words in ("90 days", "360", "30 days"))
