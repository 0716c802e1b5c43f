"""One notebook and its parameters in, one folder out, whole or not at all."""

from analysis.lazy import modules_in, names_of_modules


def __getattr__(name: str) -> object:
    return modules_in(__name__, __path__, name)


def __dir__() -> list[str]:
    return names_of_modules(__path__)
