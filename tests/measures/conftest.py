"""The builders of hand-made tables, as fixtures."""

import pytest

from tests.measures.exports import keep_exports
from tests.measures.tables import make_incidents, make_study


@pytest.fixture
def incidents():
    """The builder of canonical tables."""
    return make_incidents


@pytest.fixture
def study():
    """The builder of studies on hand-made tables."""
    return make_study


@pytest.fixture
def opened():
    """What opens hand-made rows as a study of two years before a window of 90 days."""

    def of(rows, **settings):
        usual = {"start": "2022-01-01", "as_of": "2024-03-30", "window_days": 90}
        return make_study(make_incidents(rows), **(usual | settings))

    return of


@pytest.fixture(scope="session")
def exports(tmp_path_factory):
    """Weekly exports of a made-up table, each attack's day and its day of recording."""
    return keep_exports(tmp_path_factory.mktemp("made") / "kept")
