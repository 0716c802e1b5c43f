"""Charts: each module draws the finished tables of the measure of the same name."""

import logging

from analysis.lazy import modules_in, names_of_modules

# In a new home, on a slow machine, the terminal would be told that fonts are looked for.
logging.getLogger("matplotlib.font_manager").addFilter(lambda record: "building the font cache" not in record.msg)


def __getattr__(name: str) -> object:
    return modules_in(__name__, __path__, name)


def __dir__() -> list[str]:
    return names_of_modules(__path__)
