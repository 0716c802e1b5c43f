"""What is computed of a study is kept on it, once, and goes with it."""

import gc
import weakref
from dataclasses import replace

from analysis.incidents import open_study
from analysis.incidents.study import Study, kept_on_study
from analysis.measures import compute_indicators

CALLS = []


@kept_on_study
def doubled(study: Study, number: int = 1, *, by: int = 2) -> list[int]:
    CALLS.append((number, by))
    return [number * by]


def test_a_study_is_asked_once_for_each_arguments():
    study = open_study(country="MLI", as_of="2025-07-01")
    CALLS.clear()
    assert doubled(study) is doubled(study)
    assert (doubled(study, 3), doubled(study, 3, by=5)) == ([6], [15])
    assert CALLS == [(1, 2), (3, 2), (3, 5)]


def test_a_default_that_is_given_is_the_same_question():
    study = open_study(country="MLI", as_of="2025-07-01")
    CALLS.clear()
    assert doubled(study) is doubled(study, 1) is doubled(study, number=1, by=2)
    assert doubled(study, by=5) is doubled(study, 1, by=5)
    assert CALLS == [(1, 2), (1, 5)]


def test_another_study_is_computed_anew():
    study = open_study(country="MLI", as_of="2025-07-01")
    other = replace(study, label="another")
    assert doubled(study) is not doubled(other)
    assert other.kept.keys() == study.kept.keys()


def test_studies_that_are_dropped_leave_nothing_behind():
    gone = []
    for day in (1, 2):
        study = open_study(country="MLI", attacker="JNIM", as_of=f"2025-07-0{day}", n_simulations=100)
        rows = compute_indicators(study)
        gone += [weakref.ref(study), *(weakref.ref(part) for part in (study.attacks, study.incidents, study.table))]
        assert len(study.kept) > 20
        del study, rows
    gc.collect()
    assert [ref() for ref in gone] == [None] * 8
