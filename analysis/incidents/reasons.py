"""What is wrong with a cell or a row, said in the reader's language.

Problems keep their reason in English, beside their row, column and value; a reader in another language meets it by its
wording here. Fields stand for what a reason quotes of the table.
"""

import re
from functools import cache

from analysis.language import ENGLISH, current, localised, message, say

# Reasons that somebody else asks for: what is to be done about them, how many there are.
IS_MISSING = message("is missing")
CAN_BE_THOUSANDS = message("can be read as thousands or as a fraction; write it without a comma or point")
NOT_A_DATE = message("is not a date")
NO_MONTH = message(
    "is not a date: {value} is no month in English, French, Spanish, Portuguese, German, Russian, Ukrainian or Arabic"
)
EXCHANGED = message(
    "was made a date by a spreadsheet that took the day for the month, as it seems: all such dates have a day of 12 or"
    " less and all others of the column one above 12; write dates as 2024-03-05, or say that the day is first to"
    " exchange them back"
)
TWOFOLD = message(
    "can be read as day/month or month/day; write dates as 2024-03-05, or say whether the day or the month is first"
)
YEAR_OR_DAY = message(
    "can be read with the year first or last; write dates as 2024-03-05, or say whether the day or the month is first"
    " where the year is last"
)
NO_COUNTRY = message("is no known country")
COUNTRY_MEANT = message("is no known country; did the publisher mean {countries}?")
NOT_A_NUMBER = message("is not a number")
NO_LATITUDE = message("is outside {first} to {last} (latitude; if it is the longitude, the two columns are exchanged)")
IDS_DIFFER = message("is the id of rows that differ")
LAST_DIGITS_LOST = message(
    "is in scientific notation, as a spreadsheet writes a long number: its last digits are lost, and the row's "
    "number stands for it"
)
HEADER_AGAIN = message("repeats the header, as where files were put together")
OTHER_WIDTH = message("has {n} fields where the header has {width}")
A_COPY = message("is a copy of an earlier row")
AN_OLDER_VERSION = message("is an older version of a row, by the publisher's timestamp")
A_TOTAL = message("is a total of other rows, which would count twice")
# What is set aside for these is no loss: another row says it.
SAID_ELSEWHERE = HEADER_AGAIN, A_COPY, AN_OLDER_VERSION, A_TOTAL
DISORDERED = message("low is above best"), message("best is above high"), message("low is above high")

# Reasons that quote the table.
WORDINGS = (
    NO_LATITUDE,
    COUNTRY_MEANT,
    NO_MONTH,
    OTHER_WIDTH,
    CAN_BE_THOUSANDS,
    message("is outside {first} to {last}"),
    message("is outside {least} or more"),
    message("stands without its other coordinate"),
    message("names another country than {column}"),
    message("is none of {known}"),
    message("is a number ({countries}); write the country's name or its code of letters"),
    message("has {value} where a year should be"),
    message("has {value} where a month should be"),
    message("has {value} where a week should be"),
    message("is no point; write 14.5, -4.25 or POINT (-4.25 14.5)"),
    message("has {value} where a day should be"),
    A_TOTAL,
    message("starts on another day than the other weeks, {weekday}"),
    message(
        "is the unit, period and type of rows that differ; map the column that tells them apart (month, week,"
        " type, ...)"
    ),
    message("is neither an incident nor a reported wave of the incident table"),
    message("is no known measure (expected {known})"),
    message("cannot suffer or own what the measure counts"),
    message("does not match the measure"),
    message("is no known unit and was not held against the measure"),
    message("is missing, or neither a number nor a known word"),
    message("is given though undisclosed"),
    message("is no whole number from 0 to a thousand million"),
    message("has its lower end above its upper end"),
    message("is the id of claims that differ"),
    message("says again what an earlier row says"),
    message("stands on more than one side of one event"),
    message("is one of a lower and an upper end that lie the wrong way round"),
    message("is no date written as 2025-07-01"),
    message("is neither 1 nor 0"),
)
WEEKDAYS = (
    message("Monday"), message("Tuesday"), message("Wednesday"), message("Thursday"), message("Friday"),
    message("Saturday"), message("Sunday"),
)  # fmt: skip
_NUMBER = re.compile(r"-?\d[\d,]*(\.\d+)?")


def reason_words(reason: str) -> str:
    """Return the reason of a problem in the language that is spoken; what is quoted in it stays as it is.

    Examples
    --------
    >>> from analysis.language import used
    >>> with used("fr"): reason_words("is outside 0 to 1,000,000"), reason_words("has '13' where a month should be")
    ("hors de l'intervalle de 0 à 1\u202f000\u202f000", "contient '13' au lieu d'un mois")
    """
    if current() == ENGLISH:
        return reason
    wording, quoted = _parted(reason)
    return say(wording, **{name: _value(text) for name, text in quoted.items()})


def wording_of(reason: str) -> str:
    """Return the wording that a reason fills with what it quotes of the table; the reason itself where it quotes
    nothing."""
    return _parted(reason)[0]


def _parted(reason: str) -> tuple[str, dict[str, str]]:
    for wording, pattern in _patterns():
        if match := pattern.fullmatch(reason):
            return wording, match.groupdict()
    return reason, {}


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Return each wording with the pattern of the reasons that it words."""
    return [(wording, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(wording)))) for wording in WORDINGS]


def _value(text: str) -> str:
    if text in WEEKDAYS:
        return say(text)
    return localised(text) if _NUMBER.fullmatch(text) else text
