"""Text of others, safe to print."""


def printable(text: str) -> str:
    """Return text with everything that a terminal would obey, or could not show, written out (``\\x1b``)."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
