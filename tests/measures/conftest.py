"""The builders of hand-made tables, as fixtures."""

import pytest

from tests.measures.tables import make_incidents, make_study


@pytest.fixture
def incidents():
    """The builder of canonical tables."""
    return make_incidents


@pytest.fixture
def study():
    """The builder of studies on hand-made tables."""
    return make_study
