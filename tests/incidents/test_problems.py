"""One line for each kind of problem, with what to do about it."""

import pytest

from analysis.incidents.canonical import problem_frame
from analysis.incidents.problems import summarise_problems
from analysis.incidents.reasons import (
    COUNTRY_MEANT,
    DISORDERED,
    IS_MISSING,
    NO_COUNTRY,
    NO_MONTH,
    OTHER_WIDTH,
    wording_of,
)


@pytest.mark.parametrize(
    ("reasons", "line"),
    [
        ([DISORDERED[0]] * 2, "2 of 9 rows: low is above best (rows 2, 3; first 'x'): kept; nothing to do: kept as"),
        ([IS_MISSING], "1 of 9 rows: when is missing (row 2; 'x'): kept; fill it in."),
        (
            [NO_COUNTRY, COUNTRY_MEANT.format(countries="MLI or MWI")],
            "2 of 9 rows: when is no known country (rows 2, 3; first 'x'): kept; correct the name",
        ),
        (
            [NO_MONTH.format(value="'Ventôse'"), NO_MONTH.format(value="'Nivôse'")],
            "2 of 9 rows: when is not a date: no month in English, French, Spanish, Portuguese, German, Russian,"
            " Ukrainian or Arabic (rows 2, 3",
        ),
        (
            [OTHER_WIDTH.format(n=3, width=4)],
            "1 of 9 rows: when has 3 fields where the header has 4 (row 2; 'x'): kept; quote cells that hold",
        ),
        (["is of another kind"], "1 of 9 rows: when is of another kind (row 2; 'x'): kept."),
    ],
)
def test_problems_of_one_kind_are_one_line_with_its_remedy(reasons, line):
    rows = [(2 + at, "when", "x", reason, "kept") for at, reason in enumerate(reasons)]
    (said,) = summarise_problems(problem_frame(rows), n_rows=9, remedies=True)
    assert said.startswith(line)


def test_a_reason_is_of_the_wording_that_it_fills():
    assert wording_of(OTHER_WIDTH.format(n=3, width=4)) == OTHER_WIDTH
    assert wording_of(IS_MISSING) == IS_MISSING
    assert wording_of("of a publisher's own") == "of a publisher's own"
