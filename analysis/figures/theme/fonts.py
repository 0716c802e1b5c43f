"""Fonts of charts and pages: one for our words, and one for each script that it lacks and names may be written in.

Both come as packages, so that a chart is drawn alike on every machine; fonts that a machine has are never asked.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import ContextDecorator, ExitStack
from contextvars import ContextVar
from functools import cache, lru_cache, wraps
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import ParamSpec, TypeVar

import matplotlib.style
import pandas as pd
from matplotlib import get_data_path
from matplotlib.font_manager import FontEntry, fontManager
from matplotlib.ft2font import FT2Font

from analysis.figures.caption import Caption
from analysis.resources import SETTINGS_ALONE

P = ParamSpec("P")
R = TypeVar("R")

FONT = "DejaVu Sans"
_PACKAGE = "manimgx_fonts"
_SCRIPT = re.compile(r"NotoSans(?!Symbols)([A-Z]\w+)\[wght\]\.ttf")


def font_folders() -> list[Path]:
    """Return the folders of the fonts, the one of our words first."""
    return [Path(get_data_path()) / "fonts" / "ttf", Path(str(files(_PACKAGE)))]


@cache
def _script_fonts() -> dict[str, Path]:
    """Return the file of each script's font by its family, and let matplotlib find it, as it is for bold type too."""
    found = {}
    for path in sorted(font_folders()[1].glob("NotoSans*.ttf")):
        if match := _SCRIPT.fullmatch(path.name):
            family = f"Noto Sans {match[1]}"
            found[family] = path
            fontManager.ttflist += [
                FontEntry(str(path), 0, family, "normal", "normal", weight, "normal", "scalable")
                for weight in (400, 700)
            ]
    return found


@cache
def _signs(path: Path) -> frozenset[int]:
    return frozenset(FT2Font(path).get_charmap())


@cache
def _our_signs() -> frozenset[int]:
    regular, bold = (_signs(font_folders()[0] / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"))
    return regular & bold


@lru_cache(maxsize=65536)
def family_of(sign: str) -> str | None:
    """Return the family that has a sign, ours before those of the scripts; none where no font has it.

    Examples
    --------
    >>> [family_of(sign) for sign in ("a", "\\u0644", "\\u1000", "\\u4e2d")]
    ['DejaVu Sans', 'DejaVu Sans', 'Noto Sans Myanmar', None]
    """
    if ord(sign) in _our_signs():
        return FONT
    return next((family for family, path in _script_fonts().items() if ord(sign) in _signs(path)), None)


def families_of(texts: Iterable[str]) -> list[str]:
    """Return the families that texts need, ours first: those of other scripts only where a sign asks for them."""
    beyond = {sign for text in texts if not text.isascii() for sign in text} - {"\n"}
    return [FONT, *sorted({family for sign in beyond if (family := family_of(sign))} - {FONT})]


_families: ContextVar[list[str] | None] = ContextVar("families", default=None)


_lacking: ContextVar[bool] = ContextVar("lacking", default=False)


def families() -> list[str]:
    """Return the families that the chart being drawn has, ours first."""
    return _families.get() or [FONT]


def lacks_signs() -> bool:
    """Return whether no font has some sign of what the chart being drawn was given."""
    return _lacking.get()


class Style(ContextDecorator):
    """A look for as long as something is drawn, with fonts for every name that the chart is given; ``settings`` are
    what matplotlib is told, from its defaults on."""

    def __init__(self, settings: dict[str, object]) -> None:
        self._settings = settings
        self._stacks: list[ExitStack] = []

    def __enter__(self) -> None:
        stack = ExitStack()
        stack.enter_context(SETTINGS_ALONE)
        settings = self._settings | {"font.family": families()}
        stack.enter_context(matplotlib.style.context(settings, after_reset=True))
        self._stacks.append(stack)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A notebook's backend turns this on at its first chart; taken back, no later chart would show by itself.
        interactive = matplotlib.is_interactive()
        self._stacks.pop().close()
        matplotlib.interactive(interactive)

    # It decorates, and reads what is drawn.
    def __call__(self, draw: Callable[P, R]) -> Callable[P, R]:  # type: ignore[override]
        """Return a plot function that draws in this look, with the fonts that what it is given needs."""

        @wraps(draw)
        def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
            beyond = {sign for text in _texts((*args, *kwargs.values())) if not text.isascii() for sign in text}
            token = _families.set(families_of(beyond))
            lacking = _lacking.set(any(sign.isprintable() and family_of(sign) is None for sign in beyond))
            try:
                with Style(self._settings):
                    return draw(*args, **kwargs)
            finally:
                _families.reset(token)
                _lacking.reset(lacking)

        return drawn


def _texts(value: object) -> Iterable[str]:
    """Yield the texts that a plot function is given: of its tables, its caption, and alone."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Caption):
        yield value.source
    elif isinstance(value, pd.DataFrame):
        for name in value.columns:
            column = value[name]
            if column.dtype == object or isinstance(column.dtype, pd.StringDtype | pd.CategoricalDtype):
                yield from {text for text in column.dropna() if isinstance(text, str)}
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _texts(part)
