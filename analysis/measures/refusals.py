"""Why a comparison could not be made, in words of attacks; `analysis.statistics.errors` says it in codes and numbers."""

from analysis.statistics.errors import NotComputableError

WORDS = {
    "few_clusters": "{recent} window and {earlier} baseline {days}; a comparison needs at least {recent_needed} and {earlier_needed}",
    "one_place": "All attacks are in one place, so nothing can have moved or widened",
    "one_group_in_one_place": "All attacks of one group are in one place, so how far they spread cannot be compared",
    "one_unit": "All attacks are in one unit, so nothing can be said of breadth; count by a smaller unit (--unit admin1, admin2 or grid)",
    "few_cells": "{cells} active cell(s), {periods} period(s) and {clusters} attack day(s); joins need at least 2, 2 and 3",
}


def refusal_words(error: NotComputableError, *, days: str = "days with located attacks") -> str:
    """Return why something could not be computed.

    Parameters
    ----------
    error
        As raised by a function of `analysis.statistics`.
    days
        What days that are kept together hold.

    Examples
    --------
    >>> refusal_words(NotComputableError("", code="one_place"))
    'All attacks are in one place, so nothing can have moved or widened'
    """
    return WORDS[error.code].format(days=days, **error.numbers)
