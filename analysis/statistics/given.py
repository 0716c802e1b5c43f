"""One number that is given: taken as it is meant, or refused in words."""

import numpy as np


def whole_number(name: str, value: object, least: int = 1) -> int:
    """Return a whole number, which may be given as ``30.0``, or refuse what is none."""
    number = _number(value)
    if not least <= number < np.inf or number != np.floor(number):
        raise ValueError(f"{name}={value!r}; expected a whole number of at least {least}.")
    return int(value)  # type: ignore[call-overload]


def proportion(name: str, value: object) -> float:
    """Return a number between 0 and 1, or refuse what is none."""
    number = _number(value)
    if not 0 < number < 1:
        raise ValueError(f"{name}={value!r}; expected a number between 0 and 1.")
    return number


def positive(name: str, value: object) -> float:
    """Return a finite number above 0, or refuse what is none."""
    number = _number(value)
    if not 0 < number < np.inf:
        raise ValueError(f"{name}={value!r}; expected a number above 0.")
    return number


def _number(value: object) -> float:
    """Return a number, and for what is none one that no bound lets pass; text is no number, whatever it says."""
    try:
        return np.nan if isinstance(value, str | bytes) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return np.nan
