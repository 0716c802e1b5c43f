"""What is given to an array function: taken as it is meant, or refused in words."""

from collections.abc import Collection

import numpy as np

MOST = 10_000_000


def whole_number(name: str, value: object, least: int = 1, most: float = MOST) -> int:
    """Return a whole number, which may be given as ``30.0``, or refuse what is none."""
    number = _number(value)
    if not least <= number < np.inf or number != np.floor(number):
        raise ValueError(f"{name}={shown(value)}; expected a whole number of at least {least}.")
    if number > most:
        raise ValueError(f"{name}={shown(value)}; expected a whole number from {least} to {most:,}.")
    return int(value)  # type: ignore[call-overload]


def proportion(name: str, value: object) -> float:
    """Return a number between 0 and 1, or refuse what is none."""
    number = _number(value)
    if not 0 < number < 1:
        raise ValueError(f"{name}={shown(value)}; expected a number between 0 and 1.")
    return number


def positive(name: str, value: object) -> float:
    """Return a finite number above 0, or refuse what is none."""
    number = _number(value)
    if not 0 < number < np.inf:
        raise ValueError(f"{name}={shown(value)}; expected a number above 0.")
    return number


def at_least(name: str, value: object, least: float = 0) -> float:
    """Return a finite number of ``least`` or more, or refuse what is none."""
    number = _number(value)
    if not least <= number < np.inf:
        raise ValueError(f"{name}={shown(value)}; expected a number of at least {least:g}.")
    return number


def one_of(name: str, value: object, known: Collection[str]) -> None:
    """Refuse what is none of the known words."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name}={shown(value)}; expected one of {', '.join(known)}.")


def seeded(seed: object) -> np.random.Generator:
    """Return the source of randomness of a seed, which may be given as ``1.0``, or refuse what is none."""
    return np.random.default_rng(whole_number("seed", seed, 0, np.inf))


def shown(value: object) -> str:
    """Return a value as it would be typed: ``2.5``, not ``np.float64(2.5)``."""
    with np.printoptions(legacy="1.25"):
        return repr(value)


def _number(value: object) -> float:
    """Return a number, and for what is none one that no bound lets pass; text is no number, whatever it says."""
    try:
        return np.nan if isinstance(value, str | bytes) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return np.nan
