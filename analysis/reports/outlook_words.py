"""What is said where a forecast does not fit what has just come, in the brief and in the section on the outlook."""

from analysis.incidents.counting import rounded
from analysis.language import message, messages, say, say_count
from analysis.measures.agreement import ABOVE, BELOW, FADES, RETURNS, Departure
from analysis.reports.wording import month_words, whole

BESIDE_RANGE = {
    "attacks": messages(
        "The last {days} days held {n} [attack|attacks]; {low} to {high} are expected in as many days of {month}."
    ),
    "deaths": messages(
        "The last {days} days held {n} [death|deaths]; {low} to {high} are expected in as many days of {month}."
    ),
}
BESIDE_ONE = {
    "attacks": messages(
        "The last {days} days held {n} [attack|attacks]; the forecast for as many days of {month} is about {high}."
    ),
    "deaths": messages(
        "The last {days} days held {n} [death|deaths]; the forecast for as many days of {month} is about {high}."
    ),
}
BESIDE_NONE = {
    "attacks": messages("The last {days} days held {n} [attack|attacks]; none is expected in as many days of {month}."),
    "deaths": messages("The last {days} days held {n} [death|deaths]; none is expected in as many days of {month}."),
}
AGAINST_VERDICT = {
    ("attacks", FADES): message(
        "Attacks are rising, yet about {middle} are expected in {days} days of {month}, usually {usual}."
    ),
    ("attacks", RETURNS): message(
        "Attacks are falling, yet about {middle} are expected in {days} days of {month}, usually {usual}."
    ),
    ("deaths", FADES): message(
        "Deaths are rising, yet about {middle} are expected in {days} days of {month}, usually {usual}."
    ),
    ("deaths", RETURNS): message(
        "Deaths are falling, yet about {middle} are expected in {days} days of {month}, usually {usual}."
    ),
}
SO = {
    ABOVE: message("The forecast expects the peak to fade, and is too low if it lasts."),
    BELOW: message("The forecast expects the lull to end, and is too high if it lasts."),
    FADES: message("The forecast expects the rise to fade, and is too low if it lasts."),
    RETURNS: message("The forecast expects the fall to end, and is too high if it lasts."),
}


def departure_words(found: Departure | None, *, concluded: bool = True) -> str:
    """Return what joins a forecast with what it does not fit, or ``""`` where it fits; what follows from it is left out
    unless ``concluded``."""
    if found is None:
        return ""
    told = {"days": found.days, "month": month_words(found.month)}
    if found.kind in (ABOVE, BELOW):
        low, high = rounded(found.low), rounded(found.high)
        words = (BESIDE_RANGE if low < high else BESIDE_ONE if high else BESIDE_NONE)[found.quantity]
        said = say_count(words, rounded(found.recent), low=low, high=high, **told)
    else:
        words = AGAINST_VERDICT[found.quantity, found.kind]
        said = say(words, middle=whole(found.middle), usual=whole(found.usual), **told)
    return f"{said} {say(SO[found.kind])}" if concluded else said
