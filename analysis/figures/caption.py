"""What stands under a chart; apart from the theme, so that whoever writes one needs no drawing library."""

from dataclasses import dataclass

from analysis.language import message


@dataclass(frozen=True)
class Caption:
    """What stands under a chart: where the numbers come from, of which day they are, and on how many rows they rest.

    Parameters
    ----------
    source : str
        The table's name as a reader would cite it.
    as_of : str or date-like
        The data's vintage: the last day that the chart may know of.
    n : int
        Number of rows counted (see `counted`).
    note : str
        One more sentence, if the chart needs it.
    counted : str
        What `n` counts, in the plural; a message for `analysis.language.say`, or said already.
    shows : str
        Of what the chart is, in words: what was selected, and where. A chart is lifted without the page that says it.
    """

    source: str
    as_of: object
    n: int
    note: str = ""
    counted: str = message("attacks")
    shows: str = ""
