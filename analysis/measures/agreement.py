"""Does the forecast of the next month fit what has just come, and what the verdict says? Where it does not, both must
be joined in one place."""

from dataclasses import dataclass

import pandas as pd

from analysis.incidents.counting import rounded
from analysis.incidents.study import Study, kept_on_study
from analysis.measures.level import FALLING, RISING, level_of
from analysis.measures.outlook import outlook_of

# What does not fit: the last 30 days are beyond the forecast's 80 % range; or they are inside, and the forecast's
# middle is on the other side of a usual month than the verdict's direction.
ABOVE, BELOW, FADES, RETURNS = "above", "below", "fades", "returns"


@dataclass(frozen=True)
class Departure:
    """A forecast that does not fit what has just come."""

    quantity: str  # ``attacks`` or ``deaths``
    # `ABOVE` or `BELOW`: where the recent count lies beside the range. `FADES`: the verdict is rising, the forecast's
    # middle below a usual month. `RETURNS`: the verdict is falling, the middle above it. Neither where the last month
    # has turned back by itself, or the word merely stands from an earlier look.
    kind: str
    # Length of the last span, and its count.
    days: int
    recent: float
    usual: float  # in as many days: see `Level.usual_in`
    month: pd.Timestamp  # first day of the month that is forecast: see `Outlook.ahead`
    # Its median and its range of 80 %, scaled to as many days as ``recent`` has.
    middle: float
    low: float
    high: float


@kept_on_study
def departure_of(study: Study, *, quantity: str = "attacks") -> Departure | None:
    """Return how a study's forecast departs from what has just come, or None where it fits or cannot be held against
    it.

    Parameters
    ----------
    study
        Counted as one series.
    quantity
        ``attacks`` or ``deaths``.

    Returns
    -------
    Departure or None
        The range of 80 % of the month told first (`Outlook.ahead`), held against the last 30 days and against the
        verdict's word.
    """
    level = level_of(study, quantity=quantity)
    made = outlook_of(study, quantity=quantity)
    if level.table.empty or made.problem:
        return None
    span, row = level.table.iloc[-1], made.coming.iloc[0]
    days, recent = int(span["span_days"]), float(span["recent"])
    usual = level.usual_in(days)
    scale = days / row["period_start"].days_in_month
    middle, low, high = (float(row[name]) * scale for name in ("value", "low_80", "high_80"))
    kind = ""
    # As they are written, in whole numbers: of a month of 31 days, whose range ends at 1, 30 days can hold 1.
    if rounded(recent) > rounded(high):
        kind = ABOVE
    elif rounded(recent) < rounded(low):
        kind = BELOW
    elif level.turned or level.standing:  # which is told as no longer going on
        kind = ""
    elif level.word == RISING and middle < usual:
        kind = FADES
    elif level.word == FALLING and middle > usual:
        kind = RETURNS
    if not kind:
        return None
    return Departure(quantity, kind, days, recent, usual, row["period_start"], middle, low, high)
