"""Ids of many incidents are kept small, and read as a list is."""

import json

import pandas as pd
import pyarrow as pa
import pytest

from analysis.measures import result
from analysis.measures.result import Ids, ids_of
from analysis.reports import documents
from analysis.reports.documents import as_json


@pytest.fixture
def attacks():
    return pd.DataFrame({"incident_id": pd.Series([f"é{number}" for number in range(8)], dtype="str")})


@pytest.mark.parametrize(("few", "kind"), [(8, list), (7, Ids)])
def test_many_ids_read_as_few_do(attacks, monkeypatch, few, kind):
    monkeypatch.setattr(result, "FEW_IDS", few)
    ids = ids_of(attacks)
    assert isinstance(ids, kind)
    expected = attacks["incident_id"].tolist()
    assert (len(ids), list(ids), ids[2], ids[:2], ids == expected, tuple(ids)) == (
        8,
        expected,
        "é2",
        ["é0", "é1"],
        True,
        tuple(expected),
    )
    assert json.loads(as_json({"incident_ids": ids})) == {"incident_ids": expected}
    assert ids != expected[:-1]


def test_ids_become_words_when_they_are_written_and_no_sooner(tmp_path):
    """As words, the sets of a table of 400,000 rows would be gigabytes at once."""
    read = []

    class Noted(Ids):
        def __iter__(self):
            read.append(self[0])
            return super().__iter__()

    document = {"rows": [Noted(pa.array([name])) for name in "abc"]}
    pieces = documents._pieces(document)
    assert next(piece for piece in pieces if "b" in piece)
    assert read == ["a", "b"]
    documents.write_json(document, tmp_path / "a.json")
    assert (tmp_path / "a.json").read_text() == as_json(document)


def test_equal_sets_are_kept_once_and_others_are_not_taken_for_them(attacks, monkeypatch):
    monkeypatch.setattr(result, "FEW_IDS", 0)
    part = attacks.iloc[2:5]
    assert ids_of(part) is ids_of(part.reset_index(drop=True))
    assert list(ids_of(part)) == ["é2", "é3", "é4"]
    assert ids_of(attacks.iloc[::-1]) is not ids_of(attacks)
    # The same letters, cut otherwise.
    one, other = (pd.DataFrame({"incident_id": pd.Series(ids, dtype="str")}) for ids in (["ab", "c"], ["a", "bc"]))
    kept = ids_of(one)
    assert ids_of(other) is not kept
