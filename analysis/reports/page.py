"""What a notebook shows: each call displays one block and, where a folder is given, leaves its numbers there.

Run by hand in JupyterLab, with ``output_dir=""``, the same calls only display.
"""

from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.language import ENGLISH, apart, current, localised, message, say, say_count, short_day, speaking
from analysis.reports import blocks
from analysis.reports.chart_files import close_chart, svg_address, write_chart
from analysis.reports.documents import flat, indicators_document, number_sets, numbers_of, write_json
from analysis.reports.nouns import block_named, named
from analysis.reports.plain import encode
from analysis.resources import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from matplotlib.axes import Axes

    from analysis.incidents.study import Study

MISSING = "–"
NOT_COMPUTED = message("not computed")
# An id list longer than this is cut in the page, never in indicators.json.
MAX_IDS_SHOWN = 4
# A smaller number of a table is written as less than this: no reader is given powers of ten.
LEAST_WRITTEN = 1e-4


@dataclass(frozen=True)
class KeyFigure:
    """One card of the first screen: a value with its uncertainty, or why there is none."""

    label: str
    value: str
    uncertainty: str = ""
    note: str = ""

    @property
    def absent(self) -> bool:
        """Whether it says why there is no value."""
        return self.value == NOT_COMPUTED


class Drawing:
    """A call of a plot function by its name, e.g. ``Drawing("tempo.plot_rolling", rolling, window_days=30)``: drawn
    by whoever publishes.

    Who names a chart need not import what draws it. For arguments see `analysis.reports.plain.encode`.
    """

    def __init__(self, plot: str, *tables: object, **words: object) -> None:
        self.plot, self.tables, self.words = plot, tables, words

    def __call__(self) -> "Axes | Sequence[Axes]":
        """Draw the chart here and now."""
        module, function = self.plot.split(".")
        return getattr(import_module(f"analysis.figures.{module}"), function)(*self.tables, **self.words)


@dataclass(frozen=True)
class Chart:
    """A chart to be drawn."""

    name: str  # of its files
    draw: "Callable[[], Axes | Sequence[Axes]]"  # draws it and returns its axes
    numbers: pd.DataFrame  # what it shows
    what: str  # what is drawn, in a few words
    title: str = ""  # what it finds, in one sentence: the title of its files and of its slide. Default: ``what``.
    # Its text alternative: one or two sentences that add to the section's text. Default: ``what``, then that text.
    alt: str = ""
    unit: str = ""  # what its values count, for who draws it from its numbers

    @classmethod
    def of(
        cls, catalogue: "Mapping[str, str]", name: str, plot: str, *tables: object, title: object = "",
        alt: object = "", adds: object = "", numbers: object = None, **words: object,
    ) -> "Chart":  # fmt: skip
        """Return a chart of a section's catalogue, which holds by its name what each draws, in a few words; for
        ``plot``, the tables and the words see `Drawing`.

        By default it says what is drawn: ``title`` says what it finds, ``alt`` is its text alternative and ``adds``
        what that adds to what is drawn. ``numbers`` is what it shows, by default the first table.
        """
        what = say(catalogue[name])
        title, alt = str(title or what), f"{what}. {adds}" if adds else str(alt or what)
        shown = tables[0] if numbers is None else numbers
        assert isinstance(shown, pd.DataFrame)
        return cls(name, Drawing(plot, *tables, title=title, **words), shown, what, title=title, alt=alt)


def open_page(*, output_dir: str = "") -> "Page":
    """Open the page that a notebook writes; ``output_dir`` is created if it is named."""
    return Page(Path(output_dir) if output_dir else None)


@speaking
class Page:
    """A report page in the making; see `open_page`."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._sent: set[str] = set()
        self._shown: dict[str, tuple[str, int]] = {}  # each chart, with the cell that showed it last
        self._part = ""
        # What one counted row is called; see `Study.noun`.
        self.noun = "attack"
        # What it says is in this language.
        self.language = current()
        if folder is not None:
            (folder / "charts").mkdir(parents=True, exist_ok=True)

    def _tell(self, block: blocks.Block) -> None:
        if self._part:
            block["part"] = self._part
        _show(block_named(block, self.noun))

    def part(self, name: str, heading: str = "") -> None:
        """Begin a part of the brief, ``headline`` or one of `analysis.reports.brief_page.HEADINGS`, or with ``""`` end
        it: what follows names it. A heading, if any, is shown above it."""
        self._part = name
        if heading:
            self._tell({"kind": "heading", "heading": heading})

    def title(self, heading: str, subtitle: str = "") -> None:
        """Show the report's heading and the line under it."""
        self._tell({"kind": "title", "heading": str(heading), "subtitle": str(subtitle)})

    def finding(self, sentence: str, qualifiers: "Sequence[str]" = (), *, fine: str = "", confidence: str = "") -> None:
        """Show the one sentence of finding, what qualifies it, and in small type the numbers that it follows from.

        ``confidence`` is that of the qualifiers which says how sure it is: it goes wherever the sentence goes alone.
        """
        told = {"kind": "finding", "sentence": str(sentence), "qualifiers": [str(said) for said in qualifiers]}
        self._tell(told | {key: said for key, said in (("fine", fine), ("confidence", confidence)) if said})

    def key_figures(self, cards: "Sequence[KeyFigure]") -> None:
        """Show the key figures as cards; each value stands with its uncertainty."""
        told = [
            {"label": str(card.label), "value": say(card.value), "uncertainty": str(card.uncertainty),
                "note": str(card.note), "absent": card.absent}
            for card in cards
        ]  # fmt: skip
        self._tell({"kind": "figures", "cards": told})

    def ahead(self, charts: "Iterable[Chart]") -> None:
        """Let a publisher begin charts that a later cell shows; the text that goes with them may come later."""
        for chart in charts:
            if not chart.numbers.empty and (drawing := self._left(chart.draw)):
                self._send(chart.name, drawing, chart.numbers, title=chart.title or chart.what)

    def charts(self, charts: "Iterable[Chart]", said: "Sequence[str]") -> None:
        """Show charts (see `chart`); where one brings no text alternative, it is what is drawn and what the section
        says."""
        from analysis.reports.wording import as_alt

        for chart in charts:
            alt = chart.alt or as_alt(chart.what, said)
            self.chart(chart.name, chart.draw, chart.numbers, alt=alt, title=chart.title or chart.what, unit=chart.unit)

    def chart(
        self,
        name: str,
        chart: "Axes | Sequence[Axes] | Callable[[], Axes | Sequence[Axes]]",
        numbers: pd.DataFrame,
        *,
        alt: str,
        title: str = "",
        unit: str = "",
    ) -> None:
        """Show a chart with its text alternative and keep it as PNG, SVG and the CSV of its numbers.

        A chart without numbers is neither shown nor kept: the text says why there are none. A chart is shown once,
        where it is first asked for, and anew whenever that cell of a notebook is run again.

        Parameters
        ----------
        name
            Of its files, and of its place in the page.
        chart
            Its axes (of several panels: any one, or all), or a function that draws and returns them; best a
            `Drawing`, which a publisher
            draws while this process computes. The function is called only if there is something to show.
        numbers
            What the chart shows, as its reader may want to count again.
        alt
            What it shows, in words.
        title
            Of the image. Default: the first sentence of ``alt``.
        unit
            What its values count, for who draws it from its numbers.
        """
        cell = blocks.running_cell()
        before = self._shown.get(name)
        if numbers.empty or (before and (before == cell or before[0] != cell[0])):
            if not callable(chart):
                close_chart(chart)
            return
        alt = say(alt)
        self._shown[name] = cell
        block: blocks.Block = {"kind": "chart", "name": name, "title": title or alt.split(". ")[0], "alt": alt}
        if unit:
            block["unit"] = unit
        if self._folder is not None:
            block["linked"] = True
        if drawing := self._left(chart):
            self._send(name, drawing, numbers, title=block["title"])
        else:
            with scratch_folder() as scratch:
                folder = scratch if self._folder is None else self._folder / "charts"
                from analysis.figures.theme import calling

                with calling(partial(named, noun=self.noun)):
                    drawn = chart() if callable(chart) else chart
                written = write_chart(
                    folder / name,
                    drawn,
                    title=block["title"],
                    forms=("svg",) if self._folder is None else ("png", "svg"),
                    noun=self.noun,
                )
                block["address"] = svg_address(written)
            self._keep(name, numbers, chart)
        self._tell(block)

    def _left(self, chart: object) -> Drawing | None:
        """Return what is left to a publisher to draw: one takes the blocks, and can be told what to draw."""
        return chart if self._folder is not None and blocks.is_published() and isinstance(chart, Drawing) else None

    def _send(self, name: str, drawing: Drawing, numbers: pd.DataFrame, *, title: str) -> None:
        if name in self._sent:
            return
        self._sent.add(name)
        tables = [encode(table) for table in drawing.tables]
        words = {word: encode(value) for word, value in drawing.words.items()}
        block = {"kind": "drawing", "name": name, "title": title, "plot": drawing.plot, "tables": tables}
        self._tell(block | {"words": words, "noun": self.noun, "language": self.language})
        self._keep(name, numbers, drawing)

    def _keep(self, name: str, numbers: pd.DataFrame, chart: object) -> None:
        """Leave a chart's numbers in the folder."""
        if self._folder is not None:
            path = self._folder / "charts" / f"{name}.csv"
            numbers_of(numbers, chart).to_csv(path, index=False, lineterminator="\n")

    def table(
        self,
        frame: pd.DataFrame,
        *,
        title: str,
        columns: dict[str, str] | None = None,
        note: str = "",
        limit: int | None = None,
        newest_first: bool = False,
        numbers: "Sequence[str]" = (),
        as_written: "Sequence[str]" = (),
    ) -> None:
        """Show a table, missing values as a dash; rows beyond ``limit`` are counted, not dropped in silence.

        ``numbers`` are columns whose texts are set as numbers are; those of ``as_written`` are quoted from a file.
        Headings of columns are messages or said already; a cell's code word (``not_computed``) is said where it is one
        of ours.
        """
        wanted = {name: say(words) for name, words in columns.items()} if columns else {
            name: name.replace("_", " ") for name in frame.columns
        }  # fmt: skip
        ordered = frame.iloc[::-1] if newest_first else frame
        shown = ordered if limit is None else ordered.head(limit)
        if len(shown) < len(frame):
            note = f"{note} {say('{shown} of {n} rows shown.', shown=len(shown), n=len(frame))}".strip()
        if frame.empty:
            note = f"{note} {say('None.')}".strip()
        # A column of reasons is only worth its space where there is one.
        wanted = {name: word for name, word in wanted.items() if name != "reason" or frame["reason"].ne("").any()}
        head = [
            {"words": str(word), "type": "number" if name in numbers else _kind(frame[name])}
            for name, word in wanted.items()
        ]
        rows = [
            [
                str(row[name]) or MISSING
                if name in as_written
                else named(_cell(row[name]), self.noun)
                if name in SAID_COLUMNS
                else _cell(row[name])
                for name in wanted
            ]
            for row in shown.to_dict("records")
        ]
        self._tell({"kind": "table", "title": say(str(title)), "head": head, "rows": rows, "note": str(note)})

    def say(self, *paragraphs: str, as_list: bool = False) -> None:
        """Show sentences, as paragraphs or as a list."""
        self._tell({"kind": "say", "paragraphs": [str(said) for said in paragraphs], "as_list": as_list})

    def lineage(self, indicators: pd.DataFrame) -> None:
        """Show each figure's value and from which incidents it is made, so that any can be traced.

        Figures made of the same incidents stand together, with the first few ids; all ids, methods and their sources
        are in ``indicators.json``.
        """
        rows = []
        by_ids: dict[tuple[str, ...], list[str]] = {}
        for row in indicators.itertuples():
            if row.status != "computed":
                continue
            words = f"{measure_name(row.name)} {_cell(row.value)}"
            by_ids.setdefault(tuple(row.incident_ids), []).append(words)
        for ids, figures in by_ids.items():
            listed, more = ", ".join(ids[:MAX_IDS_SHOWN]), len(ids) - MAX_IDS_SHOWN
            if not ids:
                of = say("the table as a whole")
            elif more > 0:
                of = say_count("{total} incidents: {ids} and {n} more", more, total=len(ids), ids=listed)
            else:
                of = say_count("{n} [incident|incidents]: {ids}", len(ids), ids=listed)
            rows.append({"figures": apart(figures), "incidents": of})
        note = (
            say("The first ids of each; `study.indicators()` holds all, with the method of each figure and its source.")
            if self._folder is None
            else say(
                "The first ids of each; all of them, with the method of each figure and its source, are in"
                " indicators.json."
            )
        )
        self._tell({"kind": "lineage", "title": say("From figure to incidents"), "note": note, "rows": rows})

    def indicators(self, indicators: pd.DataFrame, study: "Study") -> None:
        """Keep the indicator rows as ``indicators.json`` and ``indicators.csv``, and tell a publisher what the
        run read.

        The ids that rows rest on stand in ``indicators.json``; to a spreadsheet they are a file of
        their own, ``incident_sets.csv``, each set once.
        """
        if self._folder is None:
            return
        if blocks.is_published():
            facts = {
                "as_of": f"{study.as_of:%Y-%m-%d}", "seed": study.settings.seed, "selection": study.selection.as_dict(),
                "inputs": study.inputs(), "language": study.settings.language, "noun": study.noun,
            }  # fmt: skip
            self._tell({"kind": "study", **facts})
        write_json(indicators_document(indicators, study), self._folder / "indicators.json")
        numbered, sets = number_sets(indicators)
        flat(numbered).to_csv(self._folder / "indicators.csv", index=False, lineterminator="\n")
        if len(sets):
            sets.to_csv(self._folder / "incident_sets.csv", index=False, lineterminator="\n")

    def alerts(self, document: dict[str, object]) -> None:
        """Keep what an alert rule says of every unit as ``alerts.json``."""
        if self._folder is not None:
            write_json(document, self._folder / "alerts.json")


# Columns whose cells are sentences and words of ours, never names or values of a table.
SAID_COLUMNS = frozenset({"asks", "counts", "quantity", "reason", "method"})


def measure_name(name: str) -> str:
    """Return an indicator's name as a reader meets it: its words, which are its key in ``indicators.json``."""
    return say(name.replace("_", " "))


def bounds_text(low: float, high: float) -> str:
    """Return two bounds as the terminal writes them: ``[1.2, 3.4]``, ``[1,2 ; 3,4]``."""
    ends = localised(f"{low:.4g}"), localised(f"{high:.4g}")
    return f"[{', '.join(ends) if current() == ENGLISH else apart(ends)}]"


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or MISSING
    if isinstance(value, bool | np.bool_):
        return say("yes") if value else say("no")
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return MISSING
    if isinstance(value, pd.Timestamp):
        return short_day(value)
    if isinstance(value, float | np.floating):
        if np.isinf(value):
            return say("no limit")
        if 0 < value < LEAST_WRITTEN:
            return f"< {localised(f'{LEAST_WRITTEN:.4f}')}"
        whole = abs(float(value)) >= 1000 or (value == round(value) and abs(float(value)) >= 1)
        return localised(f"{value:,.0f}" if whole else f"{value:.3g}")
    if isinstance(value, int | np.integer):
        return localised(f"{value:,}")
    return say(str(value).replace("_", " ")) or MISSING


def _kind(column: pd.Series) -> str:
    """Return what kind of values a column holds, where it is set in a way of its own."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return "day"
    return "number" if pd.api.types.is_numeric_dtype(column) and column.dtype != bool else ""


def _show(block: blocks.Block) -> None:
    blocks.show(block)
