"""Charts: each module draws the finished tables of the measure of the same name."""

import logging

from analysis.lazy import modules_in, names_of_modules

# Where matplotlib keeps what it knows of fonts changes no chart: a user's home may be new, full, read-only or none.
OF_ITS_CACHE = ("font cache", "manager cache", "mkdir -p failed", "not a writable directory", "temporary cache dir")
for name in ("matplotlib", "matplotlib.font_manager"):
    logging.getLogger(name).addFilter(lambda record: not any(words in str(record.msg) for words in OF_ITS_CACHE))


def __getattr__(name: str) -> object:
    return modules_in(__name__, __path__, name)


def __dir__() -> list[str]:
    return names_of_modules(__path__)
