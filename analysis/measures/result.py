"""The tail that every measure's table ends in, so that any number can be traced and any gap has a reason."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

# Every measure returns a tidy frame that ends in these.
TAIL = ("value", "low", "high", "level", "method", "n_incidents", "incident_ids", "status", "reason")

INDICATOR_COLUMNS = (
    "name", "question", "unit", "period_start", "period_end", "value", "low", "high", "level", "measure_unit",
    "method", "reference", "baseline_start", "baseline_end", "n_incidents", "incident_ids", "status", "reason",
)  # fmt: skip

COMPUTED, NOT_COMPUTED = "computed", "not_computed"


@dataclass(frozen=True)
class Measure:
    """What one indicator is: the line that the README's table of measures and every result row are made from."""

    name: str
    question: str
    measure_unit: str
    method: str
    reference: str
    meaning: str
