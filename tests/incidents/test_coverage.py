"""In which days silence means zero, and whose counts a table is held against."""

import pandas as pd
import pytest

from analysis.incidents.coverage import assumed_coverage, load_context, load_coverage, load_reference
from analysis.incidents.errors import TableError
from tests.incidents.tables import write


def test_coverage_is_the_same_for_every_country_where_it_is_assumed():
    first, last = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-12-31")
    coverage = assumed_coverage(["NER", "MLI"], first, last, basis="assumed")
    assert coverage.to_numpy().tolist() == [["MLI", first, last, "assumed"], ["NER", first, last, "assumed"]]


def test_stated_coverage(tmp_path):
    path = write(
        tmp_path / "c.csv",
        "\ufeffcountry,first_day,last_day,note\nMali,2024-01-01,2024-06-30,x\nNER,2024-02-01,2024-06-30,\n",
    )
    coverage = load_coverage(path)
    assert coverage["country"].tolist() == ["MLI", "NER"]
    assert coverage["basis"].eq("stated").all()


@pytest.mark.parametrize(
    ("rows", "phrase"),
    [
        ("MLI,2024-06-30,2024-01-01", "row 2: it ends before it starts"),
        ("MLI,2024-01-01,2024-06-30\nMali,2024-01-01,2024-06-30", "MLI has several rows"),
        ("Mlai,2024-01-01,2024-06-30", "Did you mean"),
        ("MLI,2024-02-31,2024-06-30", r"row 2: first_day '2024-02-31' cannot be read \(1 of 1 days"),
        ("MLI,,2024-06-30", "row 2: first_day '' cannot be read"),
    ],
)
def test_coverage_that_cannot_be_read(tmp_path, rows, phrase):
    with pytest.raises(TableError, match=phrase):
        load_coverage(write(tmp_path / "c.csv", f"country,first_day,last_day\n{rows}\n"))


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        ("country,first_day,last_day\n", "a header and no rows; it needs at least one"),
        ("country\nMLI\n", "row 1: there is no column first_day, last_day; found country"),
        ("country,first_day,last_day,country\nMLI,2024-01-01,2024-01-02,NER\n", "column country stands twice"),
        ("country,first_day,last_day\nMLI,2024-01-01\n", "row 2: .* has 2 fields where the header has 3"),
    ],
)
def test_coverage_without_rows_or_columns(tmp_path, content, phrase):
    with pytest.raises(TableError, match=phrase):
        load_coverage(write(tmp_path / "c.csv", content))
    with pytest.raises(TableError, match=r"nowhere\.csv does not exist"):
        load_coverage(tmp_path / "nowhere.csv")


def test_reference_by_period_and_by_month(tmp_path):
    by_period = load_reference(
        write(tmp_path / "r.csv", "country,period_start,period_end,count,reporter\nMali,2024-01-01,2024-02-01,7,army\n")
    )
    by_month = load_reference(
        write(tmp_path / "m.csv", "country,month,reporter,direct_attacks,ied_incidents\nMLI,2024-01,army,5,2\n")
    )
    pd.testing.assert_frame_equal(by_period, by_month)


@pytest.mark.parametrize(
    ("count", "phrase"),
    [
        ("-1", "is no count"),
        ("1.5", "is no count"),
        ("many", "row 2: count 'many'"),
        ("1e30", "is no count"),
        ("", "what was not counted is not 0"),
    ],
)
def test_a_reference_count_that_is_none(tmp_path, count, phrase):
    with pytest.raises(TableError, match=phrase):
        load_reference(
            write(tmp_path / "r.csv", f"country,period_start,period_end,count\nMLI,2024-01-01,2024-02-01,{count}\n")
        )
    with pytest.raises(TableError, match="expected country, period_start"):
        load_reference(write(tmp_path / "r.csv", "country,when\nMLI,2024\n"))


def test_what_happened_beside_is_read_in_order(tmp_path):
    path = tmp_path / "context.csv"
    path.write_text("date,text\n2024-03-01,ceasefire\n2023-01-01,election\n", encoding="utf-8")
    assert load_context(path)["text"].tolist() == ["election", "ceasefire"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("date,text\n2024-03-01,a\n1 March,b\n",
            "row 3: date '1 March' cannot be read \\(1 of 2 days cannot\\); write days as 2025-07-01"),
        ("date,text\n2024-03-01,\n", "row 2: text is empty"),
        ("date,what\n2024-03-01,a\n", "there is no column text"),
    ],
)  # fmt: skip
def test_a_broken_table_of_context_is_refused_with_its_row(tmp_path, text, told):
    path = tmp_path / "context.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=told):
        load_context(path)
