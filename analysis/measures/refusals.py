"""Why a comparison could not be made, in words of attacks; `analysis.statistics.errors` says it in codes and
numbers."""

from analysis.language import message, say
from analysis.statistics.errors import NotComputableError

FEW_LOCATED_DAYS = message(
    "days with located attacks are few: {recent} in the window and {earlier} in the baseline, and a comparison needs at"
    " least {recent_needed} and {earlier_needed}"
)
FEW_PLACED_DAYS = message(
    "days with attacks placed in a unit are few: {recent} in the window and {earlier} before it, and a comparison needs"
    " at least {recent_needed} and {earlier_needed}"
)
FEW_PERIODS = message(
    "periods with attacks are few: {recent} in the window and {earlier} before it, and a comparison needs at least"
    " {recent_needed} and {earlier_needed}"
)
FEW_STATED_DAYS = message(
    "days with a figure of deaths are few: {recent} in the window and {earlier} in the baseline, and a comparison needs"
    " at least {recent_needed} and {earlier_needed}"
)
WORDS = {
    "one_place": message("all attacks are in one place, so nothing can have moved or widened"),
    "one_group_in_one_place": message(
        "all attacks of the window or of the baseline are in one place, so their reach cannot be compared"
    ),
    "one_unit": message("all attacks are in one unit; breadth can only be judged over smaller units"),
    "few_cells": message(
        "active cells ({cells}), periods ({periods}) and attack days ({clusters}) are too few; joins need at least "
        "2, 2 and 3"
    ),
}


def refusal_words(error: NotComputableError, *, few_days: str = FEW_LOCATED_DAYS) -> str:
    """Return why something could not be computed, as a clause that follows "because".

    Parameters
    ----------
    error
        As raised by a function of `analysis.statistics`.
    few_days
        What is said where the window or the baseline holds too few days.

    Examples
    --------
    >>> refusal_words(NotComputableError("", code="one_place"))
    'all attacks are in one place, so nothing can have moved or widened'
    """
    return say(few_days if error.code == "few_clusters" else WORDS[error.code], **error.numbers)
