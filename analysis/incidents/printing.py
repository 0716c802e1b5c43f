"""Text of others, safe to print."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

# What a terminal would obey (controls but line ends and tabs), what turns text round or hides it (bidirectional and invisible signs), and
# what is half a character. Joiners of letters (U+200C, U+200D) belong to words of many languages and stay.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u08e2\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
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


def harmless(text: str) -> str:
    """Return text whose lines stay lines, with every sign that a terminal would obey written as JSON writes it.

    >>> print(harmless("Kidal\\x1b[2J\\u202e"))
    Kidal\\u001b[2J\\u202e
    """
    return _OBEYED.sub(lambda found: _as_json(ord(found[0])), text)


def _as_json(code: int) -> str:
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD800 + ((code - 0x10000) >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


class HarmlessStream:
    """A stream of text that writes out what a terminal would obey; a progress bar may still begin with a carriage return.

    Parameters
    ----------
    stream
        Where the text goes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text; signs that the stream's encoding does not have are written out as well."""
        if not isinstance(text, str):
            raise TypeError(f"write() takes text, not {type(text).__name__}")
        start = "\r" if text.startswith("\r") and self._stream.isatty() else ""
        safe = start + harmless(text[len(start) :])
        try:
            self._stream.write(safe)
        except UnicodeEncodeError as error:
            self._stream.write(safe.encode(error.encoding, "backslashreplace").decode(error.encoding))
        return len(text)

    def writelines(self, lines: Iterator[str]) -> None:
        """Write each line."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        if name == "buffer":  # what is written there would pass unseen
            raise AttributeError(name)
        return getattr(self._stream, name)


@contextmanager
def harmless_streams() -> Iterator[None]:
    """Let nothing that this process prints be obeyed by a terminal, whoever prints it."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = HarmlessStream(before[0]), HarmlessStream(before[1])
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
