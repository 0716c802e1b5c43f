"""Takes secrets out of what receivers and commands say."""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from urllib.parse import unquote, urlsplit

# What is shorter is no secret, and would blank innocent words.
SHORTEST_SECRET = 4
LONG_SECRET = 12  # from so many signs on it may be broken at the end of a line
# What variables are called that hold a secret of a command's own.
_OF_COMMANDS = re.compile(r"PASSWORD|SECRET|TOKEN|WEBHOOK|CREDENTIAL|(?:^|_)(?:PASS|(?:API)?KEY|HOOK)S?(?:_|$)")
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
# What may stand for one sign that is no ASCII letter or digit: in addresses, JSON, web pages, mails, and as shells,
# SQL, Python and others quote it; of a letter that takes several bytes, for each. No text is such signs in two ways,
# so that looking for them takes no longer than the text.
_SIGN = (
    r"(?:&#?\w{1,8};|%(?:25)*[\dA-F]{2}|=[\dA-F]{2}|(?<!\\)\\+(?:x[\dA-F]{2}|u[\dA-F]{4}|U[\dA-F]{8}|[0-7]{3})"
    r"|M-(?:\^.|[^^])|[^0-9A-Za-z])"
)
_MOST_FOR_ONE, _LEAST_PLAIN = 8, 4  # without so many letters and digits, signs could be anything


def redact(text: str, *, secrets: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return text without the values of secret variables or parts of them, should a command have sent one back, also
    encoded; secret are also those whose name says so."""
    parts: set[str] = set()
    called = [name for name, value in environment.items() if len(value) >= 8 and _OF_COMMANDS.search(name)]
    for name in {*secrets, *called}:
        value = environment.get(name, "")
        parts |= {value, *_secret_parts(value)}
    user, password = (environment.get(f"ESCALATION_SMTP_{part}", "") for part in ("USER", "PASSWORD"))
    if user or password:
        parts.add(f"\0{user}\0{password}")
    parts = {part for part in parts if len(part) >= SHORTEST_SECRET}
    forms = parts | {unquote(part) for part in parts} | {unicodedata.normalize("NFD", part) for part in parts}
    in_base64 = set()
    for part in [one.encode() for one in forms]:
        # Within a longer text, base64 begins at any of three places; the signs at its ends depend on what stands
        # beside.
        for offset in range(3):
            encoded = b64encode(b"\0" * offset + part).decode().rstrip("=")
            in_base64.add(encoded[(0, 2, 3)[offset] : len(encoded) - (1 if (len(part) + offset) % 3 else 0)])
    forms |= in_base64 | {one.replace("+", "-").replace("/", "_") for one in in_base64}
    forms |= {part.encode().hex() for part in parts}
    told = sorted((form for form in forms if len(form) >= SHORTEST_SECRET), key=len, reverse=True)
    # Signs of hexadecimal digits are written in either case, and whoever shouts changes all.
    pattern = "|".join(map(_anyhow_laid_out, told))
    return re.sub(pattern, "***", _COLOURS.sub("", text), flags=re.IGNORECASE) if told else text


def _anyhow_laid_out(form: str) -> str:
    """Return a pattern of a form with its signs in whatever quotes, also where a program that lays out its words broke
    a long one. What a gap between two runs of letters and digits took it keeps, so that no text takes long."""
    broken = r"(?:=\r?\n|\s){0,40}" if len(form) >= LONG_SECRET else ""
    runs = re.findall("[0-9A-Za-z]+|[^0-9A-Za-z]+", form)
    plain = [run[0].isascii() and run[0].isalnum() for run in runs]
    if sum(len(run) for run, is_plain in zip(runs, plain, strict=True) if is_plain) < _LEAST_PLAIN:
        return _written(form, broken)
    laid = ""
    for run, is_plain, following in zip(runs, plain, [*runs[1:], ""], strict=True):
        least = max(1, len(run) - run.count("\\"))  # before the backslash of an escape one is a part of it
        signs = f"{broken if laid else ''}{_SIGN}{{{least},{len(run) * _MOST_FOR_ONE}}}?"
        if is_plain:
            laid += broken.join(run)
        elif following:
            laid += f"(?>{signs}{broken}(?={broken.join(following)}))"
        else:
            laid += f"(?:{_written(run, broken)}|(?>{signs}))"
    return laid


def _written(form: str, broken: str) -> str:
    """Return a pattern of a form with its signs as programs write them, those that are the same and stand side by side
    in the same way, or as it is."""
    either = []
    for ways in (_ways, lambda sign: [re.escape(sign)]):
        laid = "" if form[0].isspace() else r"(?!\s)"
        for sign, same in groupby(" " if broken and sign.isspace() else sign for sign in form):
            number = len(list(same))
            before = "" if sign == " " else broken
            each = [f"(?:{before}{way}){{{number}}}" for way in ways(sign)]
            if broken and sign == " ":
                each.insert(0, rf"\s{{1,{max(number, 40)}}}")
            laid += f"(?>{'|'.join(each)})"
        either.append(laid)
    return f"(?:{'|'.join(either)})"


def _ways(sign: str) -> list[str]:
    """Return patterns of one sign as programs write it, the sign itself last."""
    code, itself = ord(sign), re.escape(sign)
    quoted = {"\\": [r"\\{4}", r"\\{2}"], "'": [r"'\\''", "'\"'\"'", "''"], '"': ['""'], " ": [r"\+"]}
    of_bytes = ("%(?:25)*{:02X}", r"(?:=\r?\n)?={:02X}", r"\\+x{:02X}", r"\\+{:03o}")
    return [
        *("".join(map(way.format, sign.encode())) for way in of_bytes),
        "".join(rf"\\+u{unit}" for unit in sign.encode("utf-16-be").hex(" ", 2).split()),
        *(rf"\\+x{code:02X}", rf"\\+U{code:08X}", rf"&(?:amp;)?#(?:x0*{code:X}|0*{code});"),
        *map(re.escape, {escape(sign), repr(sign)[1:-1]} - {sign, "\\\\"}),
        *([] if sign == "\\" else [rf"\\+{itself}"]),
        *quoted.get(sign, []),
        itself,
    ]


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
