"""Words, numbers and days as charts write them, in the language that is spoken, with the signs that their font has."""

import math
import re
import unicodedata
from collections.abc import Callable

import pandas as pd
from matplotlib.ticker import ScalarFormatter

from analysis.figures.theme.fonts import family_of
from analysis.language import ENGLISH, LEFT_TO_RIGHT_MARK, current, in_order, localised, say, say_count, used

MISSING_GLYPH = "□"
# Signs without a width that join letters or keep them apart, in scripts from Hebrew and Arabic on.
JOINERS, FIRST_JOINED = "\u200c\u200d", 0x0590
# Spaces at which no line is broken.
JOINING_SPACES = "\u00a0\u202f"

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def safe_text(value: object, *, limit: int | None = None) -> str:
    """Return text from the data as the chart's fonts can draw it.

    Characters that no font has become ``□`` (one for each run of them), control characters and line breaks become
    spaces, invisible format characters go (but those that join letters of a script), a name from right to left is kept
    in order, ``$`` is kept from starting a formula, and text longer than `limit`
    characters ends in ``…``. A missing value becomes ``unnamed``.
    """
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return say("unnamed")
    drawn: list[str] = []
    for character in unicodedata.normalize("NFC", str(value)):
        category = unicodedata.category(character)
        if category == "Cf" and not (character in JOINERS and drawn and ord(drawn[-1]) >= FIRST_JOINED):
            continue
        if category in {"Cc", "Zl", "Zp", "Zs"} and character not in JOINING_SPACES:
            character = " "
        elif family_of(character) is None:
            if category in {"Mn", "Mc"} and drawn and drawn[-1] == MISSING_GLYPH:
                continue
            character = MISSING_GLYPH
        if character in {" ", MISSING_GLYPH} and drawn and drawn[-1] == character:
            continue
        drawn.append(character)
    text = "".join(drawn).strip() or say("unnamed")
    if limit is not None and len(text) > limit:
        text = text[: limit - 1].rstrip() + "…"
    return in_order(text).replace("$", r"\$")


def drawable(text: str) -> str:
    """Return a sentence as the chart's fonts can draw it: `safe_text` for words of ours that hold names from the data.

    A text that is drawable comes back unchanged; ``$`` is kept from starting a formula.
    """
    seen = text if text.isprintable() else "".join(map(_seen, text))
    shown = "".join(sign if sign == "\n" or family_of(sign) else MISSING_GLYPH for sign in seen)
    return re.sub(r"(?<!\\)\$", r"\\$", re.sub(f"{MISSING_GLYPH}+", MISSING_GLYPH, shown))


def _seen(sign: str) -> str:
    """Return a sign of a sentence: nothing for those that turn text round or hide, a space for other controls."""
    category = unicodedata.category(sign)
    if category == "Cf":
        return sign if sign in JOINERS or sign == LEFT_TO_RIGHT_MARK else ""
    return " " if category in {"Cc", "Zl", "Zp"} and sign != "\n" else sign


def format_day(day: object, *, year: bool = True) -> str:
    """Return a day as ``1 Jul 2025``, in the language that is spoken, whatever the machine's."""
    stamp = pd.Timestamp(day)
    if current() != ENGLISH:
        from babel.dates import format_date

        written = format_date(stamp, "d MMM y" if year else "d MMM", locale=current())
        return f"1er{written[1:]}" if stamp.day == 1 and current() == "fr" else written
    return f"{stamp.day} {MONTHS[stamp.month - 1]}" + (f" {stamp.year}" if year else "")


def format_month(day: object) -> str:
    """Return a day's month as ``Jul 2025``."""
    stamp = pd.Timestamp(day)
    return f"{month_name(stamp.month)} {stamp.year}"


def month_name(month: int) -> str:
    """Return a month, 1 to 12, shortened as the language that is spoken does: ``Jul``, ``juil.``."""
    if current() == ENGLISH:
        return MONTHS[month - 1]
    from babel.dates import get_month_names

    return str(get_month_names("abbreviated", locale=current())[month])


def format_number(value: float) -> str:
    """Return a number with thousands separated: whole if it is whole or at least 100, else to two digits."""
    if not math.isfinite(value):
        return say("not known") if math.isnan(value) else say("no limit")
    if value == round(value) or abs(value) >= 100:
        return localised(f"{value:,.0f}")
    return localised(f"{value:.1f}" if abs(value) >= 1 else f"{value:.2g}")


def format_rate(value: float) -> str:
    """Return a rate to two digits: ``41``, ``2.3``, ``0.04``."""
    if not math.isfinite(value):
        return format_number(value)
    return localised(
        f"{value:,.0f}" if abs(value) >= 9.95 else f"{value:.1f}" if abs(value) >= 0.95 else f"{value:.2g}"
    )


def format_share(value: float) -> str:
    """Return a share of one as a percentage: ``26 %``, ``3.4 %``."""
    percent = 100 * value
    if 99.5 <= percent < 100:
        return say("over {share}", share=say("{number} %", number=localised("99.9" if percent > 99.9 else "99")))
    whole = percent >= 10 or percent == round(percent)
    return say("{number} %", number=localised(f"{percent:.0f}" if whole else f"{percent:.2g}"))


def _two_digits(value: float) -> int:
    return (
        round(value)
        if value < 100
        else int(f"{value:.1e}".split("e")[0].replace(".", "")) * 10 ** (math.floor(math.log10(value)) - 1)
    )


def format_chance(probability: float) -> str:
    """Return a probability as a natural frequency: ``1 in 240``, ``5 in 10``, ``96 in 100``.

    Small chances keep two digits of the number of trials. What would round to never or always is told as a bound.
    """
    if math.isnan(probability):
        return say("not known")
    if probability < 1e-6:
        return say("below 1 in a million")
    if probability > 0.995:
        return say("over 99 in 100")
    if probability < 0.175:
        return say("1 in {n}", n=_two_digits(1 / probability))
    if probability < 0.85:
        return say("{n} in 10", n=round(10 * probability))
    return say("{n} in 100", n=round(100 * probability))


def format_span(days: float) -> str:
    """Return a length of time in the unit a reader would use: ``29 days``, ``18 months``, ``12 years``."""
    if not math.isfinite(days):
        return say("not known")
    if days < 60:
        number, text = _span_number(days)
        return say_count("{span} [day|days]", number, span=text)
    if days < 731:
        number, text = _span_number(days / (365.25 / 12))
        return say_count("{span} [month|months]", number, span=text)
    years = days / 365.25
    text = f"{years:.1f}".removesuffix(".0") if years < 10 else f"{_two_digits(years):,}"
    return say("{span} years", span=localised(text))


def _span_number(number: float) -> tuple[float, str]:
    """Return a span's number as it is written, and so written: with a digit behind the point below three."""
    text = f"{number:.0f}" if number >= 2.95 or round(number, 1) == round(number) else f"{number:.1f}"
    return float(text), localised(text)


class SpokenFormatter(ScalarFormatter):
    """Writes numbers with the marks of the language that was spoken when it was made."""

    def __init__(self) -> None:
        super().__init__()
        self._written = in_these_marks(super().__call__)

    def __call__(self, value: float, position: int | None = None) -> str:
        """Return a tick's label."""
        return self._written(value, position)


def in_these_marks(write: Callable[..., str]) -> Callable[..., str]:
    """Return a function that writes as this one does, with the marks of the language that is spoken now: axes are drawn
    later."""
    language = current()

    def written(value: float, position: int | None = None) -> str:
        with used(language):
            return localised(write(value))

    return written
