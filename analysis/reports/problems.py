"""The table of what was wrong with rows and values of a file, and what was done about each."""

import pandas as pd

from analysis.incidents.reasons import reason_words
from analysis.language import message, say
from analysis.reports.page import Page
from analysis.reports.wording import heads

COLUMNS = {
    "row": message("row"),
    "column": message("column"),
    "value": message("value"),
    "reason": message("problem"),
    "action": message("what was done"),
}
ACTIONS = {
    "row set aside": message("row set aside"),
    "value blanked": message("value treated as unknown"),
    "kept": message("kept"),
}
MOST_SHOWN = 15


def show_problems(page: Page, problems: pd.DataFrame, *, title: str) -> None:
    """Show a file's problems, the first of many.

    Parameters
    ----------
    page
        Where to.
    problems
        As `analysis.incidents.canonical.PROBLEM_COLUMNS` has them.
    title
        Of the table.
    """
    page.table(
        problems.assign(
            reason=problems["reason"].map(reason_words),
            action=[say(ACTIONS.get(name, name)) for name in problems["action"]],
        ),
        title=title,
        columns=heads(COLUMNS),
        limit=MOST_SHOWN,
        as_written=("column", "value"),
    )
