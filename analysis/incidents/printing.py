"""Text of others, safe to print."""

import errno
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

# Signs that a reader does not see as they are, from the first to the last of each kind. Joiners of letters (U+200C,
# U+200D) belong to words of many languages and stay. Their class is one of ranges: one of single signs beyond U+FFFF is
# searched one by one for each sign of a page.
_HIDDEN_SPANS = (
    # Those that reorder text around them.
    *((0x200E, 0x200F), (0x202A, 0x202E), (0x2066, 0x2069), (0x061C, 0x061C)),
    # Those that nobody sees: two names that differ by one of these look alike.
    *((0xAD, 0xAD), (0x180E, 0x180E), (0x200B, 0x200B), (0x2028, 0x2029), (0x2060, 0x2065), (0x206A, 0x206F)),
    *((0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x2800, 0x2800), (0x3164, 0x3164), (0xFFA0, 0xFFA0)),
    *((0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0xE0000, 0xE0FFF)),
    # Controls but for tabs and ends of lines.
    *((0x00, 0x08), (0x0B, 0x0C), (0x0E, 0x1F), (0x7F, 0x9F)),
    # No characters, or halves of one: a file of slides may not hold them.
    *((0xFFFE, 0xFFFF), (0xD800, 0xDFFF)),
)
_HIDDEN_CLASS = "".join(f"{chr(first)}-{chr(last)}" for first, last in _HIDDEN_SPANS)
_HIDDEN = re.compile(f"[{_HIDDEN_CLASS}]")
# Those among them that spreadsheets and copied pages put around digits.
_UNSEEN = dict.fromkeys(
    (0xAD, 0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF)
)
# A terminal begins its line anew at a carriage return, and miscounts signs that enclose the numbers behind them.
_OBEYED = re.compile(f"[{_HIDDEN_CLASS}\r\u0600-\u0605\u06dd\u070f\u08e2]")

# Of a message: a word, a value in quotes, and the whole; what a table or a file beside it holds can be of any length.
MOST_WORD, MOST_QUOTED, MOST_CHARACTERS = 300, 400, 4000
KEPT_BEFORE, KEPT_BEHIND = 120, 40
_LONG_WORD = re.compile(rf"\S{{{MOST_WORD + 1},}}")
# A value in quotes as Python writes it: the quote opens after a space or a bracket.
_LONG_QUOTED = re.compile(
    rf"""(?<![^\s(\[{{=:,])(?:'(?:[^'\\\n]|\\.){{{MOST_QUOTED},}}'|"(?:[^"\\\n]|\\.){{{MOST_QUOTED},}}")"""
)

# Spaces at which no line is broken: French sets them before some signs and within numbers.
JOINING_SPACES = "\u00a0\u202f"


def printable(text: str) -> str:
    """Return text with everything that a terminal would obey, or could not show, written out (``\\x1b``)."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() or sign in JOINING_SPACES else sign.encode("unicode_escape").decode()
        for sign in text
    )


def seen(text: str) -> str:
    """Return text, a date or a number, without signs that nobody sees."""
    return text if text.isascii() else text.translate(_UNSEEN)


def harmless(text: str) -> str:
    """Return text whose lines stay lines, with every sign that a terminal would obey written as JSON writes it.

    >>> print(harmless("Kidal\\x1b[2J\\u202e"))
    Kidal\\u001b[2J\\u202e
    """
    return _OBEYED.sub(lambda found: as_json(ord(found[0])), text)


def written_out(text: str) -> str:
    """Return text of a page with every hidden sign written as JSON writes it."""
    return _HIDDEN.sub(lambda found: as_json(ord(found[0])), text)


def as_json(code: int) -> str:
    """Return a sign as JSON writes it where it writes it out."""
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD800 + ((code - 0x10000) >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def bounded(message: str) -> str:
    """Return a message whose words, quoted values and whole have a length that can be read: what is beyond it is
    counted.

    >>> print(bounded("There is no column " + "a" * 1000 + ".")[130:])
    aaaaaaaaa[... 841 characters ...]aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.
    """
    if len(message) <= MOST_WORD:
        return message
    shorter = _LONG_QUOTED.sub(lambda found: _without_middle(found[0]), message)
    shorter = _LONG_WORD.sub(lambda found: _without_middle(found[0]), shorter)
    if len(shorter) > MOST_CHARACTERS:
        return _without_middle(shorter, before=MOST_CHARACTERS - 640, behind=600)
    return shorter


def readable(text: str) -> str:
    """Return text as a line of results shows it: `printable`, and `bounded`, whatever length a name has."""
    return bounded(printable(text))


def _without_middle(text: str, *, before: int = KEPT_BEFORE, behind: int = KEPT_BEHIND) -> str:
    return f"{text[:before]}[... {len(text) - before - behind:,} characters ...]{text[-behind:]}"


class UnwrittenError(Exception):
    """Results could not be written to where they go; ``unread`` where a reader has simply closed its end."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"The results cannot be written: {(error.strerror or str(error)).lower()}.")
        self.unread = error.errno == errno.EPIPE


class HarmlessStream:
    """A stream of text that writes out what a terminal would obey; a progress bar may still begin with a carriage
    return.

    It is ``told`` where it is of messages, whose words are bounded in length, and not of results. Messages that cannot
    be written are lost, and end no work; results raise `UnwrittenError`.
    """

    def __init__(self, stream: TextIO, *, told: bool = False) -> None:
        self._stream = stream
        self._told = told
        self._lost: OSError | None = None

    def write(self, text: str) -> int:
        """Write text; signs that the stream's encoding does not have are written out as well."""
        if not isinstance(text, str):
            raise TypeError(f"write() takes text, not {type(text).__name__}")
        if self._lost:
            self._give_up(self._lost)
            return len(text)
        start = "\r" if text.startswith("\r") and self._stream.isatty() else ""
        safe = start + harmless(text[len(start) :])
        if self._told:
            safe = "\n".join(map(bounded, safe.split("\n")))
        try:
            self._stream.write(safe)
        except UnicodeEncodeError:  # which names many encodings "charmap", and that is another one
            held = self._stream.encoding
            self._stream.write(safe.encode(held, "backslashreplace").decode(held))
        except OSError as error:
            self._give_up(error)
        return len(text)

    def flush(self) -> None:
        """Write what is held back."""
        try:
            self._stream.flush()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        """Let what follows go nowhere, so that nothing fails a second time, not even when this process ends."""
        if not self._lost:
            with suppress(OSError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)
        self._lost = error
        if not self._told:
            raise UnwrittenError(error) from None

    def writelines(self, lines: Iterator[str]) -> None:
        """Write each line."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        if name == "buffer":  # what is written there would pass unseen
            raise AttributeError(name)
        return getattr(self._stream, name)


def open_streams() -> None:
    """Open what whoever started this process closed of its three streams: what goes there goes nowhere.

    Otherwise the next file or socket would take its number, and be written to by whatever prints.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest number that is free: this one
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            stream = open(os.devnull, "w" if number else "r", encoding="utf-8")  # noqa: SIM115  # as long as this process
            setattr(sys, name, stream)


@contextmanager
def harmless_streams() -> Iterator[None]:
    """Let nothing that this process prints be obeyed by a terminal, whoever prints it."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = HarmlessStream(before[0]), HarmlessStream(before[1], told=True)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
