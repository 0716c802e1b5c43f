"""The example table, ``data/example/``: ACLED's columns, and a column of its own that says of each row that it is made
up.

Read as an ACLED export is; but nothing that shows it may name ACLED as its source.
"""

import pandas as pd

from analysis.incidents.sources import acled

NAME = "example"
KNOWN_BY = (*acled.KNOWN_BY, "made_up")
TEXTS, NUMBERS, ALIASES = acled.TEXTS, acled.NUMBERS, acled.ALIASES
read = acled.read


def covered(
    first: pd.Timestamp, last: pd.Timestamp, _name: str, **_of_table: object
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the days that the table speaks for: whole years."""
    return first.to_period("Y").start_time, last.to_period("Y").end_time.normalize()
