"""Draws charts as their blocks arrive, in a thread beside the one that waits for the kernel."""

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread, get_ident
from typing import TYPE_CHECKING, Any

from analysis.language import ENGLISH, used
from analysis.publishing.errors import NotebookError, storage_words
from analysis.reports.nouns import named
from analysis.resources import SETTINGS_ALONE

if TYPE_CHECKING:
    from analysis.figures.looks import Size

# However long a notebook takes: from its end on nobody waits longer for a chart.
MAX_SECONDS = 300.0
# Of one that is being drawn when nobody waits for it any more.
MOST_SECONDS_OF_ONE = 10.0
# Charts of the brief that a telephone gets in a shape of its own.
NARROW = ("brief_timeline", "brief_countries")
# Python gives the turn to another thread after five milliseconds: a kernel would wait so long for each answer of the
# thread that hears it, while this one draws.
TURN_SECONDS = 1e-4


@contextmanager
def short_turns() -> Iterator[None]:
    """Let the thread that hears a kernel answer it at once, while another draws."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


class Drawer:
    """Draws what is sent to it into a folder, one chart after the other; see `wait`.

    What there is to ``prepare`` is done first, in the same thread: while a kernel starts there is nothing to draw.
    ``narrow`` is the folder of what a telephone gets in place of some of the charts; without it, nothing.
    """

    def __init__(self, folder: Path, *, prepare: Callable[[], None] | None = None, narrow: Path | None = None) -> None:
        self._folder, self._narrow = folder, narrow
        self.blocks: dict[str, Mapping[str, object]] = {}
        self._waiting: SimpleQueue[Mapping[str, object] | None] = SimpleQueue()
        self._drawn: set[str] = set()
        self._sent: list[str] = []
        self._failed: dict[str, Exception] = {}
        self._thread: Thread | None = None
        self._prepare = prepare

    def start(self) -> None:
        """Begin with what is prepared; without anything the first chart begins."""
        if self._prepare:
            self._start()

    def take(self, block: Mapping[str, object]) -> None:
        """Draw a chart from its block, when those before it are drawn."""
        self._start()
        self._sent.append(str(block["name"]))
        self.blocks[str(block["name"])] = block
        self._waiting.put(block)

    def wait(self, *, timeout_seconds: float = MAX_SECONDS) -> list[str]:
        """Wait until all that was sent is drawn; return the names.

        Raises `NotebookError` if a chart could not be drawn, or is not done in time; the message says which, and why;
        `OSError` if its folder cannot be written.
        """
        if self._thread:
            self._waiting.put(None)
            self._thread.join(timeout_seconds)
            if self._thread.is_alive():
                late = next((name for name in self._sent if name not in self._drawn), "the first")
                raise NotebookError(
                    f"Chart {late!r} was not drawn within {timeout_seconds:g} seconds: nothing is published."
                )
        for name, error in self._failed.items():
            if isinstance(error, OSError) and storage_words(error):  # it is no fault of the chart
                raise error
            reason = f"{type(error).__name__}: {error}".rstrip(".")
            raise NotebookError(f"Chart {name!r} could not be drawn: {reason}. Nothing is published.")
        return self._sent

    def close(self) -> None:
        """Draw nothing more, and let the chart that is being drawn end: Python aborts where a thread is cut off in the
        midst of a library."""
        with suppress(Exception):
            while self._thread and not self._waiting.empty():
                self._waiting.get_nowait()
        self._waiting.put(None)
        if self._thread:
            self._thread.join(MOST_SECONDS_OF_ONE)

    def _start(self) -> None:
        if self._thread is None:
            # A daemon: a chart that never ends must not keep the process.
            self._thread = Thread(target=self._work, name="charts", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        name = "the first"
        try:
            if self._prepare:
                self._prepare()
            while (block := self._waiting.get()) is not None:
                name = str(block["name"])
                draw(block, self._folder)
                if self._narrow and name in NARROW:
                    from analysis.figures.looks import PHONE

                    draw(block, self._narrow, size=PHONE, forms=("svg",))
                self._drawn.add(name)
        except Exception as error:
            self._failed[name] = error


def draw(
    block: Mapping[str, Any], folder: Path, *, size: "Size | None" = None, forms: Sequence[str] = ("png", "svg")
) -> None:
    """Draw one chart from its block, of its own or a stated size. A warning is an error: what a reader should know is
    on the chart."""
    from analysis.figures import theme
    from analysis.reports.chart_files import write_chart
    from analysis.reports.page import Drawing
    from analysis.reports.plain import decode

    tables = [decode(table) for table in block["tables"]]
    words = {word: decode(value) for word, value in block["words"].items()}
    canvas = theme.drawn_at(size.drawn) if size else nullcontext()
    noun = str(block.get("noun", "attack"))
    called = theme.calling(partial(named, noun=noun))
    with used(str(block.get("language", ENGLISH))), warnings_refused(), canvas, called:
        write_chart(
            folder / str(block["name"]),
            Drawing(str(block["plot"]), *tables, **words)(),
            title=str(block["title"]),
            noun=noun,
            forms=tuple(forms),
            scale=size.scale if size else 1.0,
        )


@contextmanager
def warnings_refused() -> Iterator[None]:
    """Raise what warns while a chart is drawn, as a RuntimeError: what is not as it should be is not published."""
    told: list[str] = []
    drawing = get_ident()

    def tell(message: Warning | str, category: type[Warning], *where: object, **more: object) -> None:
        # What another thread imports meanwhile may warn of what it likes; what is left open anywhere, such as a file of
        # the user's, is told to whichever thread collects it.
        if get_ident() == drawing and not issubclass(category, ResourceWarning):
            told.append(f"{category.__name__}: {message}")

    with SETTINGS_ALONE, warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = tell
        yield
    if told:
        raise RuntimeError(told[0])
