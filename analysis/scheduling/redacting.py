"""Takes secrets out of what receivers and commands say."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from urllib.parse import quote, quote_plus, unquote, urlsplit

# What is shorter is no secret, and would blank innocent words.
SHORTEST_SECRET = 4
LONG_SECRET = 12  # from so many signs on it may be broken at the end of a line
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
# How programs write a text: in addresses, in JSON with and without other letters and strokes, in web pages, in Python.
_FORMS: tuple[Callable[[str], str], ...] = (
    partial(quote, safe=""),
    quote,
    quote_plus,
    unquote,
    lambda part: json.dumps(part)[1:-1],
    lambda part: json.dumps(part)[1:-1].replace("/", "\\/"),
    lambda part: json.dumps(part, ensure_ascii=False)[1:-1],
    escape,
    lambda part: escape(part, quote=False),
    lambda part: repr(part)[1:-1],
)


def redact(text: str, *, secrets: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return text without the values of secret variables or parts of them, should a command have sent one back, also
    encoded."""
    parts: set[str] = set()
    for name in secrets:
        value = environment.get(name, "")
        parts |= {value, *_secret_parts(value)}
    user, password = (environment.get(f"ESCALATION_SMTP_{part}", "") for part in ("USER", "PASSWORD"))
    if user or password:
        parts.add(f"\0{user}\0{password}")
    parts = {part for part in parts if len(part) >= SHORTEST_SECRET}
    forms = parts | {form(part) for form in _FORMS for part in parts}
    for part in [one.encode() for one in forms]:
        # Within a longer text, base64 begins at any of three places; the signs at its ends depend on what stands
        # beside.
        for offset in range(3):
            encoded = b64encode(b"\0" * offset + part).decode().rstrip("=")
            forms.add(encoded[(0, 2, 3)[offset] : len(encoded) - (1 if (len(part) + offset) % 3 else 0)])
    forms |= {part.replace("+", "-").replace("/", "_") for part in forms} | {part.encode().hex() for part in parts}
    told = sorted((form for form in forms if len(form) >= SHORTEST_SECRET), key=len, reverse=True)
    # Signs of hexadecimal digits are written in either case, and whoever shouts changes all.
    pattern = "|".join(map(_anyhow_laid_out, told))
    return re.sub(pattern, "***", _COLOURS.sub("", text), flags=re.IGNORECASE) if told else text


def _anyhow_laid_out(form: str) -> str:
    """Return a pattern of a form, also where a program that lays out its words broke a long one."""
    return (r"\s*" if len(form) >= LONG_SECRET else "").join(map(re.escape, form))


def _secret_parts(value: str) -> list[str]:
    """Return what is secret in an address: all but its scheme, host and port."""
    try:
        address = urlsplit(value)
        if not address.hostname:
            return []
        rest = [
            address.username or "",
            address.password or "",
            *re.split(r"[/?&=#]+", f"{address.path}?{address.query}"),
        ]
        return [*rest, f"{address.path}?{address.query}" if address.query else address.path]
    except ValueError:
        return re.split(r"[/?&=#:@]+", value)
