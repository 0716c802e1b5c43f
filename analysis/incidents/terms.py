"""What a parameter is called by who gives it: ``as_of=`` in Python, ``--as-of`` on the command line, ``as_of =`` in a
schedule.

Whoever raises an error about a parameter names it by `term`. Texts that reports hold name a parameter in no such way:
they are the same whoever asks.
"""

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from analysis.incidents.parameters import parameters_of

ARGUMENT, OPTION, KEY = "argument", "option", "key"
# Set in a kernel by who publishes, whose terms are then those of the errors in it.
TERMS = "ESCALATION_TERMS"

_current: ContextVar[str] = ContextVar("terms", default="")


def current_terms() -> str:
    """Return in whose terms errors speak now: `ARGUMENT`, `OPTION` or `KEY`."""
    return _current.get() or os.environ.get(TERMS, ARGUMENT)


@contextmanager
def in_terms(terms: str) -> Iterator[None]:
    """Let errors speak of arguments, of options, or of keys, for a while."""
    token = _current.set(terms)
    try:
        yield
    finally:
        _current.reset(token)


def term(name: str, value: object = None) -> str:
    """Return what a parameter is called by who gives it, with a value if there is one.

    Parameters
    ----------
    name
        The parameter's name in `analysis.incidents.parameters`.
    value
        As it was given, or as it is to be given; a list is several. Default: none.

    Examples
    --------
    >>> term("as_of", "2025-07-01"), term("strict"), term("mapping", {"date": "when"})
    ("as_of='2025-07-01'", 'strict=True', "mapping={'date': 'when'}")
    >>> with in_terms(OPTION): term("actor", ["A, B", "C"]), term("mapping", {"date": "when"}), term("level", 0.9)
    ("--actor 'A, B' --actor C", '--map date=when', '-p level=0.9')
    """
    spoken = {OPTION: _option, KEY: _key, ARGUMENT: _argument}[current_terms()]
    return spoken(name, value)


def placeholder(name: str, shown: str) -> str:
    """Return what a parameter is called with a word in place of its value: ``--header-row N``, ``header_row=N``."""
    return f"{term(name)} = {shown}" if current_terms() == KEY else f"{_joint(term(name))}{shown}"


def _joint(name: str) -> str:
    return name if name.endswith("=") else f"{name} "


def _is_flag(name: str) -> bool:
    return any(one.name == name and one.type is bool for one in parameters_of())


def _argument(name: str, value: object) -> str:
    if value is None:
        return f"{name}=True" if _is_flag(name) else f"{name}="
    several = list(value) if isinstance(value, list | tuple) else value
    one = several[0] if isinstance(several, list) and len(several) == 1 else several
    return f"{name}={one!r}"


def _option(name: str, value: object) -> str:
    # What is no option of its own is a notebook's parameter.
    flag = next((one.flag or f"-p {name}=" for one in parameters_of() if one.name == name), f"-p {name}=")
    if value is None:
        return flag
    if isinstance(value, Mapping):
        value = ",".join(f"{word}={column}" for word, column in value.items())
    values = value if isinstance(value, list | tuple) else [value]
    return " ".join(f"{_joint(flag)}{shlex.quote(str(one))}" for one in values)


def _key(name: str, value: object) -> str:
    if value is None:
        return f"{name} = true" if _is_flag(name) else name
    several = list(value) if isinstance(value, list | tuple) else value
    one = several[0] if isinstance(several, list) and len(several) == 1 else several
    if isinstance(one, Mapping):
        one = ",".join(f"{word}={column}" for word, column in one.items())
    return f"{name} = {json.dumps(one if isinstance(one, list | int | float) else str(one), ensure_ascii=False)}"
