"""What stands under a chart; apart from the theme, so that whoever writes one needs no drawing library."""

from dataclasses import dataclass

from analysis.language import message


@dataclass(frozen=True)
class Caption:
    """What stands under a chart: where the numbers come from, of which day they are, and on how many rows they rest."""

    source: str  # the table's name as a reader would cite it
    as_of: object  # the data's vintage, text or a day: the last that the chart may know of
    n: int  # number of rows counted
    note: str = ""  # one more sentence, if the chart needs it
    # What ``n`` counts, in the plural; a message for `analysis.language.say`, or said already.
    counted: str = message("attacks")
    # Of what the chart is, in words: what was selected, and where. A chart is lifted without the page that says it.
    shows: str = ""
