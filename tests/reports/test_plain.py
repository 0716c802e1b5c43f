"""What a chart is drawn from comes back from JSON as it was sent."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.pandas import column, data_frames

from analysis.figures.caption import Caption
from analysis.measures import QUESTIONS
from analysis.reports.page import Drawing
from analysis.reports.plain import decode, encode
from analysis.reports.report import section_of


def there_and_back(value):
    return decode(json.loads(json.dumps(encode(value), allow_nan=False)))


def assert_same(sent, came):
    assert type(came) is type(sent)
    if isinstance(sent, pd.DataFrame):
        drawn = sent.drop(columns=[name for name in sent.columns if name == "incident_ids"])
        pd.testing.assert_frame_equal(came, drawn)
    elif isinstance(sent, pd.Series):
        pd.testing.assert_series_equal(came, sent)
    elif isinstance(sent, Caption):
        assert vars(came) == vars(sent)
    elif isinstance(sent, float) and np.isnan(sent):
        assert np.isnan(came)
    else:
        assert came == sent


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, 0.1, float("inf"), float("-inf"), float("nan"), "a", (1, (2.5, "b")), [1, None], {"a": (1,)},
        {1: "b"},
        pd.Timestamp("2025-07-01"), pd.Timestamp("2025-07-01 12:30:01.000001").as_unit("us"), pd.Timedelta(days=3),
        Caption("a table", pd.Timestamp("2025-07-01"), 3, note="n", counted="offensives"),
    ],
)  # fmt: skip
def test_values(value):
    assert_same(value, there_and_back(value))


def test_missing_values_and_arrays():
    assert there_and_back(pd.NaT) is pd.NaT
    assert there_and_back(pd.NA) is pd.NA
    np.testing.assert_array_equal(there_and_back(np.array([1.5, np.nan])), [1.5, np.nan])
    assert there_and_back(np.float64(0.1)) == 0.1
    assert there_and_back(np.bool_(True)) is True


def test_a_table_of_every_kind_of_column():
    frame = pd.DataFrame(
        {
            "day": pd.to_datetime(["2025-07-01", None, "1989-01-01"]).as_unit("us"),
            "exact": pd.to_datetime(["2025-07-01 01:02:03", None, None]).as_unit("s"),
            "span": pd.to_timedelta([1, 2, None], unit="D"),
            "share": [0.1, np.nan, np.inf],
            "count": [1, 2, 3],
            "small": np.array([1, 2, 3], dtype="int8"),
            "flag": [True, False, True],
            "maybe": pd.array([1, None, 3], dtype="Int64"),
            "unsure": pd.array([True, None, False], dtype="boolean"),
            "word": pd.array(["a", None, ""], dtype="str"),
            "kind": pd.Categorical(["b", None, "a"], categories=["b", "a"], ordered=True),
            "mixed": pd.Series([1, "a", None], dtype="object"),
            "incident_ids": [["a"], [], ["b"]],
        }
    )
    assert_same(frame, there_and_back(frame))
    assert_same(frame.iloc[:0].reset_index(drop=True), there_and_back(frame.iloc[:0].reset_index(drop=True)))
    assert_same(frame.iloc[[2, 0]], there_and_back(frame.iloc[[2, 0]]))
    assert_same(frame["share"], there_and_back(frame["share"]))


@given(data_frames([column("a", dtype=float), column("b", dtype=int), column("c", elements=st.text(), dtype=object)]))
@settings(max_examples=60, derandomize=True)
def test_any_table(frame):
    pd.testing.assert_frame_equal(there_and_back(frame), frame, check_dtype=False, check_index_type=False)


def test_what_cannot_be_sent_is_told():
    with pytest.raises(
        TypeError, match="cannot be drawn from function by another process: give it numbers, texts, days or tables"
    ):
        encode(test_values)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_chart_of_a_report_is_drawn_from_what_can_be_sent(question, embedded):
    for chart in section_of(question).charts(embedded):
        assert isinstance(chart.draw, Drawing)
        for value in (*chart.draw.tables, *chart.draw.words.values()):
            assert_same(value, there_and_back(value))
