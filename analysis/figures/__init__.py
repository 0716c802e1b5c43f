"""Charts: each module draws the finished tables of the measure of the same name.

``later`` names a chart without importing what draws it, so that whoever leaves the drawing to another process needs no drawing library.
"""

from functools import partial
from importlib import import_module


def later(figure: str, *tables: object, **words: object) -> partial:
    """Return a call of a plot function, e.g. ``later("tempo.plot_rolling", rolling, window_days=30)``; it can be sent to another process."""
    return partial(_draw, figure, *tables, **words)


def _draw(figure: str, *tables: object, **words: object):
    module, function = figure.split(".")
    return getattr(import_module(f"{__name__}.{module}"), function)(*tables, **words)
