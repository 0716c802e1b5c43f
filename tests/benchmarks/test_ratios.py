"""The closing table of a run of benchmarks."""

import pytest

from tests.benchmarks.conftest import BEGIN, END, PAGE, as_table, renewed, rows_of


def one(name="test_a_fit", seconds=0.5, **info):
    return {"name": name, "seconds": seconds, "extra_info": info}


def test_a_line_says_how_many_times_as_fast_and_whether_the_goal_is_reached():
    rows = rows_of([one(peer="R", times_as_fast=1234.5), one(peer="pyarrow", times_as_fast=0.38, goal_times=2 / 3)])
    assert rows == [
        ("a fit", "0.5", "R", "1,234", ""),
        ("a fit", "0.5", "pyarrow", "0.38", "0.67 times: not reached"),
    ]


@pytest.mark.parametrize(("seconds", "words"), [(2.0, "2 s: reached"), (2.01, "2 s: not reached")])
def test_a_goal_in_seconds_is_told_on_both_sides(seconds, words):
    assert rows_of([one(seconds=seconds, goal_seconds=2.0)])[0][-1] == words


def test_what_has_neither_peer_nor_goal_is_not_listed():
    assert rows_of([one()]) == []


def test_only_what_stands_between_the_marks_is_written_anew():
    table = as_table(rows_of([one(peer="R", times_as_fast=2.0)]))
    page = renewed(f"before\n{BEGIN}\nold\n{END}\nafter\n", table)
    assert page == f"before\n{BEGIN}\n{table}\n{END}\nafter\n"


def test_the_page_has_the_marks():
    assert PAGE.read_text(encoding="utf-8").count(BEGIN) == PAGE.read_text(encoding="utf-8").count(END) == 1
