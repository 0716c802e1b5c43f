"""The example table, ``data/example/``: ACLED's columns, and a column of its own that says of each row that it is made
up.

Read as an ACLED export is; but nothing that shows it may name ACLED as its source.
"""

from dataclasses import replace

import pandas as pd

from analysis.incidents.sources import acled
from analysis.language import message


def covered(first: pd.Timestamp, last: pd.Timestamp, **_of_table: object) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the days that the table speaks for: whole years."""
    return first.to_period("Y").start_time, last.to_period("Y").end_time.normalize()


PUBLISHERS = (
    replace(
        acled.PUBLISHERS[0],
        name="example",
        title=message("made-up example"),
        records=message("The table is made up: its countries, groups and numbers are invented."),
        known_by=(*acled.KNOWN_BY, "made_up"),
        covered=covered,
    ),
)
