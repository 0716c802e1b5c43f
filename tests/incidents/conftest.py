"""Loading what a test has written, with what must hold for every table."""

import pytest

from analysis.incidents.check import describe_table
from analysis.incidents.load import load_incidents
from tests.incidents.tables import as_text, write


@pytest.fixture
def load(tmp_path):
    """Load text, bytes or rows; conservation and the contract of canonical tables are checked each time."""

    def loaded(content, *, name="table.csv", columns=None, **options):
        if isinstance(content, list):
            content = as_text(content, columns)
        table = load_incidents(write(tmp_path / name, content), **options)
        told = describe_table(table)
        assert told["rows_read"] == told["rows_kept"] + told["rows_rejected"]
        assert (
            told["rows_rejected"] == table.problems.loc[table.problems["action"].eq("row set aside"), "row"].nunique()
        )
        assert told["cells_blanked"] == table.problems["action"].eq("value blanked").sum()
        return table

    return loaded


@pytest.fixture
def one(load):
    """Load a table of one row and return that incident."""

    def loaded(*args, **options):
        table = load(*args, **options)
        assert len(table.incidents) == 1
        return table.incidents.iloc[0]

    return loaded
