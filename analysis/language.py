"""Every sentence that a reader meets, in the reader's language: English in the code, other languages from catalogues.

A sentence is written whole where it is said, with named values: ``say("{n} attacks in {place}", n=12, place="Mali")``.
Other languages stand in gettext catalogues, ``analysis/languages/<language>/*.po``, one file a topic. What has no entry
is said in English; a test fails on entries that are missing or not used.
"""

import re
import string
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import lru_cache, wraps
from pathlib import Path
from typing import TypeVar

ENGLISH = "en"
LANGUAGES = (ENGLISH, "fr")
CATALOGUES = Path(__file__).resolve().parent / "languages"

# Thousands separator and decimal mark; the first of French is a narrow no-break space.
MARKS = {ENGLISH: (",", "."), "fr": ("\u202f", ",")}

K = TypeVar("K", bound=type)

_current: ContextVar[str] = ContextVar("language", default=ENGLISH)


def current() -> str:
    """Return the code of the language that is spoken now."""
    return _current.get()


@contextmanager
def used(language: str) -> Iterator[None]:
    """Speak a language for a while."""
    token = _current.set(_checked(language))
    try:
        yield
    finally:
        _current.reset(token)


def speaking(kind: K) -> K:
    """Let every public method of a class speak the language of its object, which has a ``language``.

    Examples
    --------
    >>> @speaking
    ... class Clock:
    ...     language = "fr"
    ...     def day(self):
    ...         return day_words(date(2025, 8, 2))
    >>> Clock().day(), current()
    ('2 août 2025', 'en')
    """
    for name, method in list(vars(kind).items()):
        if callable(method) and not name.startswith("_") and not isinstance(method, type):
            setattr(kind, name, _in_own_language(method))
    return kind


def _in_own_language(method: Callable) -> Callable:
    @wraps(method)
    def told(self, *args: object, **kwargs: object) -> object:
        with used(self.language):
            return method(self, *args, **kwargs)

    return told


def message(text: str) -> str:
    """Mark a text for the catalogues that is said later, by ``say(text)``: a column's heading, a chart's title.

    Examples
    --------
    >>> COLUMNS = {"n": message("attacks")}
    """
    return text


def forms_of(text: str) -> tuple[str, str]:
    """Return a sentence for one and for many: where they differ, both stand in it, as in ``{n} [attack|attacks]``.

    Examples
    --------
    >>> forms_of("{n} [attack hits|attacks hit] civilians.")
    ('{n} attack hits civilians.', '{n} attacks hit civilians.')
    """
    return _DIFFERING.sub(r"\1", text), _DIFFERING.sub(r"\2", text)


def messages(text: str) -> str:
    """Mark a sentence that is said later, by ``say_count(text, n)``; see `message` and `forms_of`."""
    return text


def say(text: str, **values: object) -> str:
    """Return a sentence in the current language, with its values in that language's form.

    The text is the English sentence, whole, with named fields. Numbers may have a format, e.g. ``{share:.1f}``; a whole
    number without one is grouped by thousands; a day is written out. A year is passed as text.

    Examples
    --------
    >>> say("{n} attacks to {day}", n=1234, day=date(2025, 7, 1))
    '1,234 attacks to 1 July 2025'
    """
    translated = catalogue_of(current()).one(text) if text else text
    return _filled(translated, values) if values else translated


def say_count(text: str, n: float, **values: object) -> str:
    """Return the sentence for one or that for many, as the current language counts; ``{n}`` is the number. Where one
    and many differ, both stand in brackets (see `forms_of`); for all else see `say`.

    Examples
    --------
    >>> say_count("{n} [attack|attacks]", 1), say_count("{n} [attack|attacks]", 1200)
    ('1 attack', '1,200 attacks')
    """
    translated = catalogue_of(current()).counted(*forms_of(text), n)
    return _filled(translated, {"n": n, **values})


def _filled(text: str, values: dict[str, object]) -> str:
    """Return a sentence with its values; a month that is shortened ends it with one point, not two, and of a span of
    one day it speaks as of one: ``the last day``, not ``the last 1 days``."""
    for name, value in values.items():
        if hasattr(value, "__index__") and value == 1:
            text = _of_one(text, name, current())
    told = _FILLED.vformat(text, (), values)
    return _TWO_POINTS.sub(".", told) if ".." in told and current() != ENGLISH else told


def day_words(day: date) -> str:
    """Return a day as it is written out, e.g. ``1 July 2025``.

    Examples
    --------
    >>> with used("fr"): day_words(date(2025, 7, 1))
    '1er juillet 2025'
    """
    if current() == ENGLISH:
        return f"{day.day} {day:%B %Y}"
    from babel.dates import format_date

    written = format_date(day, "d MMMM y", locale=current())
    return f"1er{written[1:]}" if day.day == 1 and current() == "fr" else written


def month_words(day: date) -> str:
    """Return the month of a day as it is written out, e.g. ``July 2025``.

    Examples
    --------
    >>> with used("fr"): month_words(date(2025, 7, 1))
    'juillet 2025'
    """
    if current() == ENGLISH:
        return f"{day:%B %Y}"
    from babel.dates import format_date

    return str(format_date(day, "LLLL y", locale=current()))


def dated_words(day: date, precision: str) -> str:
    """Return a day as it is written out, or of what is dated to a ``month`` or a ``year`` alone that.

    Examples
    --------
    >>> dated_words(date(2025, 7, 1), "month")
    'July 2025'
    """
    return f"{day:%Y}" if precision == "year" else month_words(day) if precision == "month" else day_words(day)


def short_day(day: date) -> str:
    """Return a day as tables write it: ``2025-07-01``, ``01/07/2025``."""
    return f"{day:%Y-%m-%d}" if current() == ENGLISH else f"{day:%d/%m/%Y}"


def localised(number: str) -> str:
    """Return a number that Python has written, with the marks of the current language.

    Examples
    --------
    >>> with used("fr"): localised("1234.5")
    '1234,5'
    """
    thousands, decimal = MARKS[current()]
    return number.translate({ord(","): thousands, ord("."): decimal})


def apart(parts: Iterable[str]) -> str:
    """Return parts with semicolons between them, as the language that is spoken sets them.

    Examples
    --------
    >>> with used("fr"): apart(["un", "deux"])
    'un\\xa0; deux'
    """
    return ("; " if current() == ENGLISH else "\u00a0; ").join(parts)


def joined(parts: Iterable[str]) -> str:
    """Return parts as ``a, b and c``; where one holds an "and" itself, as ``a and b, and c``."""
    parts = [in_order(part) for part in parts]
    if len(parts) < 2:
        return "".join(parts)
    within = any(say("{listed} and {last}", listed="", last="") in part for part in parts)
    return say("{listed} and {last}", listed=", ".join(parts[:-1]) + "," * within, last=parts[-1])


def few(names: Iterable[str], most: int = 3) -> str:
    """Return names as ``a, b and c``; of more than ``most`` the first, and how many more there are."""
    listed = list(names)
    more = [say_count("{n} more", len(listed) - most)] if len(listed) > most else []
    return joined([*listed[:most], *more])


# How a span of one is said, by language: patterns with ``#`` for the field of the number.
_SPANS_OF_ONE = {
    ENGLISH: (
        (r"\b([Ll]ast|[Nn]ext|trailing|any|[Tt]he) # (day|week|month|year)s hold\b", r"\1 \2 holds"),
        (r"\b([Ll]ast|[Nn]ext|trailing|any|[Tt]he) # (day|week|month|year)s\b", r"\1 \2"),
        (r"\blast #(?=[.,;:)]|$)", "last"),
        (r"(#) (day|week|month|year)s\b", r"\1 \2"),
    ),
    "fr": (
        (r"\b([Ll])es # (dernier|prochain)s jours comptent\b", r"\1e \2 jour compte"),
        (r"\b([Ll])es # (dernier|prochain)s jours\b", r"\1e \2 jour"),
        (r"\bdes # (dernier|prochain)s jours\b", r"du \1 jour"),
        (r"\b([Cc])es # (dernier|prochain)s jours\b", r"\1e \2 jour"),
        (r"\b([Ll])es # jours (précédent|suivant)s\b", r"\1e jour \2"),
        (r"\bdes # jours (précédent|suivant)s\b", r"du jour \1"),
        (r"\b([Ll])es # (dernier|prochain)s\b", r"\1e \2"),
        (r"^# derniers jours\b", "Dernier jour"),
        (r"# (dernier|prochain)s jours\b", r"\1 jour"),
        (r"(#) jours (précédent|suivant)s\b", r"\1 jour \2"),
        (r"\b([Ll])es # jours\b", r"\1e jour"),
        (r"\bdes # jours\b", "du jour"),
        (r"(#) (jour|semaine|année|an)s\b", "\\1\u00a0\\2"),
    ),
}


@lru_cache(maxsize=4096)
def _of_one(text: str, name: str, language: str) -> str:
    """Return a sentence whose field ``name`` holds one, and may be the number of days of a span."""
    field = rf"\{{{name}(?:[:!][^{{}}]*)?\}}"
    for pattern, told in _SPANS_OF_ONE[language]:
        text = re.sub(pattern.replace(" ", "[ \u00a0]").replace("#", field), told, text)
    return text


# What differs where one is counted, and where many are.
_DIFFERING = re.compile(r"\[([^\[\]|]*)\|([^\[\]|]*)\]")


class _Filled(string.Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, date):
            return format(value, format_spec) if format_spec else day_words(value)
        if isinstance(value, str):
            return format(in_order(value), format_spec)
        if isinstance(value, bool):
            return format(value, format_spec)
        if isinstance(value, int) or hasattr(value, "__float__"):
            whole = isinstance(value, int) or hasattr(value, "__index__")
            return localised(_SIGNED_ZERO.sub(r"\1", format(value, format_spec or ("," if whole else ""))))
        return format(value, format_spec)


_FILLED = _Filled()
_TWO_POINTS = re.compile(r"(?<=\w)\.\.(?![./])")
# What rounds to nothing has no sign.
_SIGNED_ZERO = re.compile(r"^[+-](0(?:\.0*)?)$")
# Signs that are written from right to left, and the mark that stands where such a name ends, so that the number behind
# it does not change sides.
RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
LEFT_TO_RIGHT_MARK = "\u200e"


def in_order(text: str) -> str:
    """Return a name as it stands in a line that runs from left to right, in whichever script the name is written.

    A name with signs that run from right to left is held between two invisible marks: without them, what stands behind
    it, such as its number, would be shown before it.

    Examples
    --------
    >>> in_order("Kidal"), len("\u0643\u064a\u062f\u0627\u0644"), len(in_order("\u0643\u064a\u062f\u0627\u0644"))
    ('Kidal', 5, 7)
    """
    if text.isascii() or LEFT_TO_RIGHT_MARK in text or not RIGHT_TO_LEFT.search(text):
        return text
    return f"{LEFT_TO_RIGHT_MARK}{text}{LEFT_TO_RIGHT_MARK}"


_BEFORE_SIGN, _AFTER_SIGN = re.compile(r" (?=[:;?!%»])"), re.compile(r"(?<=«) ")


def _typeset(text: str, language: str) -> str:
    """Return a translation as it is set: no line of a French text begins or ends at a sign that stands apart."""
    return _AFTER_SIGN.sub("\u00a0", _BEFORE_SIGN.sub("\u00a0", text)) if language == "fr" else text


class Catalogue:
    """The sentences of a language: one translation each, or those for one and for many."""

    def __init__(self, language: str) -> None:
        self._said: dict[str, str] = {}
        self._forms: dict[str, tuple[str, ...]] = {}
        self._form: Callable[[int], int] = lambda n: int(n != 1)
        if language == ENGLISH:
            return
        from gettext import c2py  # type: ignore[attr-defined]  # what `gettext` itself reads plural forms with

        from babel.messages.pofile import read_po

        for path in sorted((CATALOGUES / language).glob("*.po")):
            with path.open("rb") as file:
                read = read_po(file, locale=language)
            self._form = c2py(read.plural_expr)
            for entry in read:
                if isinstance(entry.id, str) and isinstance(entry.string, str) and entry.id:
                    self._said[entry.id] = _typeset(entry.string, language)
                elif not isinstance(entry.id, str):
                    self._forms[entry.id[0]] = tuple(_typeset(form, language) for form in entry.string or ())

    def one(self, text: str) -> str:
        """Return a sentence's translation, or the sentence where there is none."""
        return self._said.get(text) or text

    def counted(self, one: str, many: str, n: float) -> str:
        """Return the translation of the form that a number takes: in French, all below two take that of one."""
        forms = self._forms.get(one)
        return forms[self._form(int(n))] if forms else (one if n == 1 else many)


@lru_cache
def catalogue_of(language: str) -> Catalogue:
    """Return the sentences of a language, read once from its catalogues; English has none."""
    return Catalogue(language)


def _checked(language: str) -> str:
    if language not in LANGUAGES:
        raise ValueError(f"no language {language!r}; known: {', '.join(LANGUAGES)}.")
    return language
