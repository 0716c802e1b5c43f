"""What is given for the parameters of a study, by name and type: checked, or refused with what was expected."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from analysis.incidents.errors import ParameterError, SelectionError
from analysis.incidents.names import as_countries, as_names
from analysis.incidents.parameters import Parameters, parameters_of
from analysis.incidents.terms import term

if TYPE_CHECKING:
    import pandas as pd


def read_once(given: Mapping[str, object]) -> dict[str, object]:
    """Return parameters of which a generator's values, that can be read once alone, are held as a tuple."""
    return {name: tuple(value) if isinstance(value, Iterator) else value for name, value in given.items()}


def checked_parameters(given: Mapping[str, object]) -> Parameters:
    """Return the parameters of a study: those given, and the defaults of the others. None stands for a default.

    Raises
    ------
    TypeError
        If a name is no parameter, with the nearest one.
    SelectionError
        If a value is outside its range.
    """
    listed = {one.name: one for one in parameters_of()}
    for name in given:
        if name not in listed:
            raise TypeError(f"open_study has no parameter {name!r}; {nearest(name, listed)}")
    values: dict[str, Any] = {name: one.default for name, one in listed.items()}
    values |= {name: value for name, value in given.items() if value is not None}
    for name, one in listed.items():
        value = values[name]
        if wrong := one.wrong_kind(value):
            raise SelectionError(f"{term(name, value)}: expected {wrong}.")
        if one.kind == "names":
            value = (as_countries if name == "country" else as_names)(value)
        elif one.kind == "day" and not isinstance(value, str):
            value = value.strftime("%Y-%m-%d")
        elif one.kind in ("file", "folder"):
            value = str(value)
        elif one.type in (int, float):
            value = one.type(value)
        values[name] = value
        if problem := one.problem(value):
            raise SelectionError(f"{term(name, value)}: {problem}.")
    return Parameters(**values)


def day_given(name: str, value: object) -> "pd.Timestamp":
    """Return a day as it may be given: text such as 2025-07-01, a date or a Timestamp, which has the day of its zone.

    Raises
    ------
    SelectionError
        If it is none.
    """
    import numpy as np
    import pandas as pd

    try:  # 01/02/2024 is two days, 2024-W27 is seven, and 2024 is 366
        if isinstance(value, str) and not re.fullmatch(r"\s*\d{4}-?W\d\d\s*", value):
            return pd.Timestamp(date.fromisoformat(value.strip())).as_unit("us")
        held = pd.Timestamp(value) if isinstance(value, np.datetime64) else value
        if isinstance(held, date) and held == held:  # NaT is not itself
            return pd.Timestamp(held.year, held.month, held.day).as_unit("us")
    except ValueError:
        pass
    raise SelectionError(f"{term(name, value)} is not a date; write it as 2025-07-01.")


def word_given(name: str, value: object) -> str:
    """Return a word as it may be given, ``""`` for None.

    Raises
    ------
    ParameterError
        If it is no text.
    """
    if value is None or isinstance(value, str):
        return str(value or "")
    raise ParameterError(f"{term(name, value)}: expected text.")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint to the nearest of the known names."""
    known, words = list(known), set(name.split("_"))
    # What is asked for may hold a name whole, be spelt nearly so, or be a word of a longer one.
    held = sorted((one for one in known if len(one) > 3 and set(one.split("_")) < words), key=len, reverse=True)
    holding = sorted((one for one in known if words < set(one.split("_"))), key=len)
    near = held or get_close_matches(name, known, n=1) or holding
    return f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}."


def typed(given: Mapping[str, object], defaults: Mapping[str, object], *, whose: str) -> dict[str, object]:
    """Return given parameters in the types of their defaults.

    Text is read by the default's type: ``"007"`` stays text where the default is text, ``"false"`` becomes False
    where it is a bool.

    Raises
    ------
    ParameterError
        If a name is unknown (with the nearest name), a value does not have the default's type, or is outside its range.
    """
    listed = {one.name: one for one in parameters_of()}
    read = {}
    for name, value in given.items():
        if name not in defaults:
            raise ParameterError(f"{whose} has no parameter {name!r}; {nearest(name, defaults)}")
        read[name] = _as_type(name, value, type(defaults[name]))
        if name in listed and (problem := listed[name].problem(read[name])):
            raise ParameterError(f"{term(name, read[name])}: {problem}.")
    return read


def _as_type(name: str, value: object, kind: type) -> object:
    if kind is bool and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, str) and kind in (int, float):
        for read in (kind, float):
            with suppress(ValueError):
                value = read(value)
                break
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if type(value) is kind:
        return value
    kinds = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    expected = kinds.get(kind, f"a {kind.__name__}")
    raise ParameterError(f"{term(name, value)} is not {expected}, as the notebook's default is.")
