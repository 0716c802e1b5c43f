"""The widget: what is asked comes from the browser, what is seen goes to it, each as small JSON.

The browser asks for one look at a time and waits for its answer, so that a slow table never queues up looks that nobody
wants any more. What was asked stays in the browser too: after a restart of the kernel it is asked again.
"""

import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import anywidget
import pandas as pd
import traitlets

from analysis.exploring.ground import Ground
from analysis.exploring.lines import command_of, python_of
from analysis.exploring.view import quick_parts, slow_parts
from analysis.exploring.words import labels_of
from analysis.incidents.errors import ParameterError, SelectionError, TableError
from analysis.incidents.load import IncidentTable
from analysis.incidents.opening import EMBEDDED_TABLE
from analysis.incidents.parameters import Selection, defaults_of, names_of
from analysis.incidents.sources import publishers
from analysis.language import LANGUAGES, say, used
from analysis.reports.wording import named
from analysis.resources import resource

HERE = Path(__file__).resolve().parent
# What the controls choose; everything else that `explore` was given holds for all looks.
CHOSEN = ("country", "attacker", "actor", "event_type", "window_days", "as_of", "offensive", "language")
REFUSALS = (TableError, SelectionError, ParameterError, TypeError, ValueError)


class Explorer(anywidget.AnyWidget):
    """A table seen through controls; see `analysis.explore`.

    ``publish`` writes the report of some parameters and returns its folder. What the controls say is ``chosen``, by the
    names of `analysis.open_study`'s parameters; setting it moves them.
    """

    _esm = HERE / "explore.js"
    _css = HERE / "explore.css"
    offers = traitlets.Dict().tag(sync=True)
    labels = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)
    asked = traitlets.Dict().tag(sync=True)
    # What is on the screen: sentences, numbers and points, and ``problem`` where the last choice cannot be shown.
    seen = traitlets.Dict().tag(sync=True)
    told = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        table: "str | Path | pd.DataFrame | IncidentTable" = "",
        *,
        publish: Callable[[dict[str, object]], Path],
        **parameters: object,
    ) -> None:
        self._write = publish
        plain = {name: value for name, value in parameters.items() if value is not None}
        self._held = {name: value for name, value in plain.items() if name not in CHOSEN}
        self._ground = Ground(table, plain)
        start = {name: defaults_of()[name] for name in CHOSEN} | {
            name: _plain(plain[name]) for name in CHOSEN if name in plain
        }
        labels = {}
        for language in LANGUAGES:
            with used(language):
                noun = "deadly event" if publishers()[self._ground.table.provenance.source].deadly_events else "attack"
                labels[language] = {name: named(text, noun) for name, text in labels_of().items()}
        super().__init__(offers=self._ground.offers, labels=labels, start=start, asked={**start, "number": 0}, seen={})
        self._look()
        self.observe(lambda _change: self._look(), names="asked")
        self.on_msg(self._do)

    @property
    def chosen(self) -> dict[str, object]:
        """What the controls say now."""
        return {name: value for name, value in self.asked.items() if name in CHOSEN}

    @chosen.setter
    def chosen(self, values: dict[str, object]) -> None:
        given = {name: _plain(value) for name, value in values.items() if value is not None}
        self.asked = {**self.start, **given, "number": self.asked.get("number", 0)}

    def __repr__(self) -> str:
        return f"Explorer of {self.offers['file']}: {self.seen.get('status', self.seen.get('problem', ''))}"

    def _look(self) -> None:
        """Answer what is asked, part by part; what was seen stays where it cannot be answered."""
        number = self.asked.get("number", 0)
        begun = perf_counter()
        with self._refused(number):
            look = self._ground.look(self.chosen)
            seen = {**self.seen, "number": number, "problem": "", "done": False, "complete": False}
            seen |= {"verdict": None, "offensives": None, "chance": None, "map": None}
            seen |= {"command": self._command(), "python": python_of(self._ground.given, self._all())}
            for part in quick_parts(self._ground, look):
                seen = {**seen, **part}
                if seen["verdict"]:  # never a verdict beside another look's timeline
                    self.seen = {**seen, "ms": round(1000 * (perf_counter() - begun))}
            self.seen = {**self.seen, "done": True}
            if self._ground.is_small:
                self._rest(number)

    def _rest(self, number: object) -> None:
        """Answer what takes longer, where it is still asked for."""
        if number != self.asked.get("number", 0) or self.seen.get("problem") or self.seen.get("complete"):
            return
        with self._refused(number):
            for part in slow_parts(self._ground, self._ground.look(self.chosen)):
                self.seen = {**self.seen, **part}
            self.seen = {**self.seen, "complete": True}

    @contextmanager
    def _refused(self, number: object) -> Iterator[None]:
        """Say on the screen what cannot be shown, and why."""
        try:
            yield
        except REFUSALS as error:
            self._refuse(number, str(error))
        except Exception as error:  # whatever it is, the screen says it and what was chosen stays
            traceback.print_exc()
            with used(_language(self.asked)):
                self._refuse(
                    number, say("A fault of ours: {kind}: {problem}", kind=type(error).__name__, problem=str(error))
                )

    def _refuse(self, number: object, problem: str) -> None:
        self.seen = {**self.seen, "number": number, "problem": problem, "done": True, "complete": True}

    def _all(self) -> dict[str, object]:
        return {**self._held, **self.chosen}

    def _command(self) -> str:
        given, chosen = self._ground.given, self._all()
        if isinstance(given, str) and not given and not any(chosen.get(name) for name in names_of(Selection)):
            given = str(resource(EMBEDDED_TABLE))  # the bare command is about the story of the embedded table
        return command_of(given, chosen)

    def _do(self, _widget: object, content: object, _buffers: object) -> None:
        if isinstance(content, dict) and content.get("kind") == "publish":
            threading.Thread(target=self._publish, args=(self._all(),), daemon=True).start()
        elif isinstance(content, dict) and content.get("kind") == "rest":
            self._rest(content.get("number"))

    def _publish(self, chosen: dict[str, object]) -> None:
        """Write the report of what is on the screen, and say where it is or why it is not."""
        with used(_language(chosen)):
            self.told = {"words": say("Writing the report; this takes about half a minute.")}
            try:
                where = (self._write(chosen) / "report.html").resolve()
            except Exception as error:  # said on the screen, whatever it is
                self.told = {"words": say("The report was not written: {problem}", problem=str(error)), "problem": True}
                return
            self.told = {"words": say("Written: {path}", path=str(where)), "path": str(where)}


def _language(chosen: Mapping[str, object]) -> str:
    language = str(chosen.get("language", ""))
    return language if language in LANGUAGES else LANGUAGES[0]


def _plain(value: object) -> object:
    """Return a parameter as a control holds it."""
    if hasattr(value, "strftime"):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, list | tuple):
        from analysis.incidents.names import names_text

        return names_text(value)
    return value
