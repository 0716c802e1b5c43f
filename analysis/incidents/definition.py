"""The definition of an offensive as it is written: ``gap=1,km=150,sites=3,deaths=25``. Light, so that it is checked
early."""

from analysis.incidents.errors import ParameterError

PARTS = ("gap", "km", "sites", "deaths")
MOST_DAYS = 120_000  # of a gap, and of a window and a baseline: 300 years and more
EXPECTED = "expected gap=DAYS,km=KM,sites=N,deaths=N, each a number of 0 or more or any"
ANY = float("inf")


def definition_numbers(words: str) -> dict[str, float]:
    """Return the numbers that a definition gives, by part; ``any`` is infinite, and what is not given is left out.

    Parameters
    ----------
    words
        ``gap`` (whole days), ``km``, ``sites`` and ``deaths`` with a number each, joined by commas; ``any``: no bound.
        Empty: nothing given.

    Raises
    ------
    ParameterError
        If a word is unknown, a number is none or negative, or neither sites nor deaths would count.

    Examples
    --------
    >>> definition_numbers("gap=1,km=150,sites=any")
    {'gap': 1.0, 'km': 150.0, 'sites': inf}
    """
    given: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in words.split(","))):
        name, _, value = (piece.strip().casefold() for piece in part.partition("="))
        if name not in PARTS:
            raise ParameterError(f"{part!r} is no part of a definition; {EXPECTED}")
        if name in given:
            raise ParameterError(f"{name} is given twice; {EXPECTED}")
        try:
            given[name] = ANY if value == "any" and name != "gap" else float(value)
        except ValueError:
            raise ParameterError(f"{part!r} has no number; {EXPECTED}") from None
        days = given[name] if name == "gap" else 0
        if not given[name] >= 0 or not float(days).is_integer() or days >= MOST_DAYS:
            raise ParameterError(f"{part!r} is out of range; {EXPECTED}")
    if given.get("sites") == given.get("deaths") == ANY:
        raise ParameterError(
            "it gives neither a number of sites nor one of deaths, and nothing would make an offensive"
        )
    return given


def definition_problem(words: str) -> str:
    """Return what is wrong with a definition, or ``""``."""
    try:
        definition_numbers(words)
    except ParameterError as error:
        return str(error)
    return ""
