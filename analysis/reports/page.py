"""What a notebook shows: each call displays one piece and, where a folder is given, leaves its numbers there.

Run by hand in JupyterLab, with ``output_dir=""``, the same calls only display.
"""

import html
import json
import tempfile
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.reports import beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.incidents.study import Study

SCHEMA = 1
MISSING = "–"
# An id list longer than this is cut in the page, never in indicators.json.
MAX_IDS_SHOWN = 4


@dataclass(frozen=True)
class KeyFigure:
    """One card of the first screen: a value with its uncertainty, or why there is none."""

    label: str
    value: str
    uncertainty: str = ""
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart to be drawn: its name, the function that draws it and returns its axes, its numbers, and what it is in a few words."""

    name: str
    draw: "Callable[[], Axes | Sequence[Axes]]"
    numbers: pd.DataFrame
    what: str


def open_page(*, output_dir: str = "") -> "Page":
    """Open the page that a notebook writes; ``output_dir`` is created if it is named."""
    return Page(Path(output_dir) if output_dir else None)


class Page:
    """A report page in the making; see `open_page`."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._run: dict[str, object] = {}
        self._begun: set[str] = set()
        if folder is not None:
            (folder / "charts").mkdir(parents=True, exist_ok=True)

    def title(self, heading: str, subtitle: str = "") -> None:
        """Show the report's heading and the line under it."""
        self._note(title=heading)
        _show(f'<h1>{_text(heading)}</h1><p class="subtitle">{_text(subtitle)}</p>', heading)

    def finding(self, sentence: str, qualifiers: "Sequence[str]" = ()) -> None:
        """Show the one sentence of finding and what qualifies it."""
        self._note(finding=sentence)
        items = "".join(f"<li>{_text(said)}</li>" for said in qualifiers)
        listed = f'<ul class="qualifiers">{items}</ul>' if items else ""
        _show(f'<div class="finding"><p>{_text(sentence)}</p>{listed}</div>', sentence)

    def key_figures(self, cards: "Sequence[KeyFigure]") -> None:
        """Show the key figures as cards; each value stands with its uncertainty."""
        shown = "".join(
            f'<div class="card{" absent" if card.value == "not computed" else ""}"><dt>{_text(card.label)}</dt>'
            f'<dd class="value">{_text(card.value)}</dd>'
            + (f'<dd class="uncertainty">{_text(card.uncertainty)}</dd>' if card.uncertainty else "")
            + (f'<dd class="note">{_text(card.note)}</dd>' if card.note else "")
            + "</div>"
            for card in cards
        )
        _show(f'<dl class="cards">{shown}</dl>', "; ".join(f"{card.label}: {card.value}" for card in cards))

    def ahead(self, charts: "Iterable[Chart]", *, urgent: bool = False) -> None:
        """Begin charts that a later cell shows, where a copy of the kernel can draw them; the text that goes with them may come later."""
        for chart in charts if self._leaves_charts else ():
            if not chart.numbers.empty and chart.name not in self._begun:
                self._begin(chart.name, chart.draw, chart.numbers, title=chart.what, urgent=urgent)

    def charts(self, charts: "Iterable[Chart]", said: "Sequence[str]") -> None:
        """Show charts (see `chart`); their text alternative is what each is and what the section says."""
        from analysis.reports.words import as_alt

        for chart in charts:
            self.chart(chart.name, chart.draw, chart.numbers, alt=as_alt(chart.what, said))

    def chart(
        self,
        name: str,
        chart: "Axes | Sequence[Axes] | Callable[[], Axes | Sequence[Axes]]",
        numbers: pd.DataFrame,
        *,
        alt: str,
    ) -> None:
        """Show a chart with its text alternative and keep it as PNG, SVG and the CSV of its numbers.

        A chart without numbers is neither shown nor kept: the text says why there are none.

        Parameters
        ----------
        name
            Of its files, and of its place in the page.
        chart
            Its axes (of several panels: any one, or all), or a function that draws and returns them. The function is called only if there
            is something to show; in a published run by a copy of the kernel, if it can be sent there (see `analysis.figures.later`; a function
            of the notebook's own cannot).
        numbers
            What the chart shows, as its reader may want to count again.
        alt
            What it shows, in words; its first sentence is the image's title.
        """
        if numbers.empty:
            if not callable(chart):
                _close(chart)
            return
        title = alt.split(". ")[0]
        if name not in self._begun and callable(chart) and self._leaves_charts:
            self._begin(name, chart, numbers, title=title)
        if name in self._begun:
            address = beside.chart_address(name)  # the publisher puts the chart in its place
        else:
            drawn = chart() if callable(chart) else chart
            with tempfile.TemporaryDirectory() as scratch:
                folder = Path(scratch) if self._folder is None else self._folder / "charts"
                for write in _writers(
                    folder / name, lambda: drawn, numbers, title=title, vector_only=self._folder is None
                ):
                    write()
                address = beside.svg_address(folder / f"{name}.svg")
            _close(drawn)
        image = f'<img src="{address}" alt="{html.escape(alt, quote=True)}">'
        _show(f'<figure id="chart-{name}">{image}</figure>', alt)

    @property
    def _leaves_charts(self) -> bool:
        """Whether a copy of this process draws what can be drawn later: only where a folder keeps it and a publisher waits for it."""
        return self._folder is not None and beside.is_published()

    def _begin(
        self,
        name: str,
        draw: "Callable[[], Axes | Sequence[Axes]]",
        numbers: pd.DataFrame,
        *,
        title: str,
        urgent: bool = False,
    ) -> None:
        """Let a copy of this process draw a chart and write its files, if what draws it can be sent."""
        path = self._folder / "charts" / name
        files = [path.with_name(f"{name}.{kind}") for kind in ("png", "csv", "svg")]
        if copy_that_draws().send(beside.Task(partial(_writers, path, draw, numbers, title=title), files, urgent)):
            self._begun.add(name)

    def table(
        self,
        frame: pd.DataFrame,
        *,
        title: str,
        columns: dict[str, str] | None = None,
        note: str = "",
        limit: int | None = None,
        newest_first: bool = False,
    ) -> None:
        """Show a table, missing values as a dash; rows beyond ``limit`` are counted, not dropped in silence."""
        wanted = columns or {name: name.replace("_", " ") for name in frame.columns}
        ordered = frame.iloc[::-1] if newest_first else frame
        shown = ordered if limit is None else ordered.head(limit)
        if len(shown) < len(frame):
            note = f"{note} {len(shown)} of {len(frame):,} rows shown.".strip()
        if frame.empty:
            note = f"{note} None.".strip()
        kinds = {name: _kind(frame[name]) for name in wanted}
        # A column of reasons is only worth its space where there is one.
        wanted = {name: word for name, word in wanted.items() if name != "reason" or frame["reason"].ne("").any()}
        head = "".join(f'<th scope="col"{kinds[name]}>{_text(word)}</th>' for name, word in wanted.items())
        body = "".join(
            "<tr>" + "".join(f"<td{kinds[name]}>{_text(_cell(row[name]))}</td>" for name in wanted) + "</tr>"
            for row in shown.to_dict("records")
        )
        noted = f'<p class="note">{_text(note)}</p>' if note else ""
        filled = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>" if body else ""
        _show(f'<div class="table"><table><caption>{_text(title)}</caption>{filled}</table></div>{noted}', title)

    def say(self, *paragraphs: str, as_list: bool = False) -> None:
        """Show sentences, as paragraphs or as a list."""
        tag = "li" if as_list else "p"
        shown = "".join(f"<{tag}>{_text(said)}</{tag}>" for said in paragraphs)
        _show(f"<ul>{shown}</ul>" if as_list else shown, " ".join(paragraphs))

    def lineage(self, indicators: pd.DataFrame) -> None:
        """Show each figure's value and from which incidents it is made, so that any can be traced.

        Figures made of the same incidents stand together, with the first few ids; all ids, methods and their sources are in
        ``indicators.json``.
        """
        rows = []
        by_ids: dict[tuple[str, ...], list[str]] = {}
        for row in indicators.itertuples():
            if row.status != "computed":
                continue
            words = f"{row.name.replace('_', ' ')} {_cell(row.value)}"
            by_ids.setdefault(tuple(row.incident_ids), []).append(words)
        for ids, figures in by_ids.items():
            listed = ", ".join(ids[:MAX_IDS_SHOWN]) or "the table as a whole"
            more = f" and {len(ids) - MAX_IDS_SHOWN:,} more" if len(ids) > MAX_IDS_SHOWN else ""
            count = f"{len(ids):,} incidents: " if ids else ""
            rows.append(f"<dt>{_text('; '.join(figures))}</dt><dd>{count}{_text(listed)}{more}</dd>")
        shown = "".join(rows)
        note = (
            "The first ids of each; all of them, with the method of each figure and its source, are in indicators.json."
        )
        _show(
            f'<h3>From figure to incidents</h3><p class="note">{note}</p><dl class="lineage">{shown}</dl>',
            "From figure to incidents",
        )

    def indicators(self, indicators: pd.DataFrame, study: "Study") -> None:
        """Keep the indicator rows as ``indicators.json`` and ``indicators.csv``, and what the run read."""
        self._note(
            as_of=f"{study.as_of:%Y-%m-%d}",
            seed=study.settings.seed,
            selection=study.selection.as_dict(),
            inputs=study.inputs(),
        )
        if self._folder is None:
            return
        (self._folder / "indicators.json").write_text(indicators_json(indicators, study), encoding="utf-8")
        flat(indicators).to_csv(self._folder / "indicators.csv", index=False, lineterminator="\n")

    def alerts(self, document: dict[str, object]) -> None:
        """Keep what an alert rule says of every unit as ``alerts.json``."""
        if self._folder is not None:
            (self._folder / "alerts.json").write_text(as_json(document), encoding="utf-8")

    def _note(self, **facts: object) -> None:
        """Leave what the publisher needs to know beside the report; it ends up in the manifest."""
        self._run |= facts
        if self._folder is not None:
            (self._folder / "run.json").write_text(json.dumps(self._run, ensure_ascii=False), encoding="utf-8")


@cache
def copy_that_draws() -> beside.Copy:
    """Start the copy of this process that draws charts; best before this process has imported much, which the copy then need not hold."""
    return beside.Copy(prepare=_prepare_to_draw)


def _prepare_to_draw() -> None:
    from analysis.figures import theme

    theme.warm_up()


def _writers(
    path: Path,
    draw: "Callable[[], Axes | Sequence[Axes]]",
    numbers: pd.DataFrame,
    *,
    title: str,
    vector_only: bool = False,
) -> "list[Callable[[], object]]":
    """Draw a chart and return what writes each of its files."""
    from matplotlib import pyplot as plt

    from analysis.figures import theme

    figure = _figure(draw())
    # Laid out once for both files: the layout engine takes longer than the drawing.
    theme.lay_out(figure)
    plt.close(figure)  # it is written from here on; pyplot need not keep it with all others until the last is
    vector = partial(theme.write_figure, figure, path.with_name(f"{path.name}.svg"), title=title)
    if vector_only:
        return [vector]
    numbered = path.with_name(f"{path.name}.csv")
    return [
        partial(theme.write_figure, figure, path.with_name(f"{path.name}.png"), title=title, dpi=150),
        lambda: flat(numbers).to_csv(numbered, index=False, lineterminator="\n"),
        vector,
    ]


def indicators_json(indicators: pd.DataFrame, study: "Study") -> str:
    """Return indicator rows as the promised JSON document; a value that is not a finite number is null."""
    document = {
        "schema": SCHEMA,
        "as_of": f"{study.as_of:%Y-%m-%d}",
        "selection": study.selection.as_dict(),
        "indicators": indicators.to_dict("records"),
    }
    return as_json(document)


def as_json(document: dict[str, object]) -> str:
    """Return a document as JSON; days without a time, a value that is not a finite number as null."""
    return json.dumps(_plain(document), ensure_ascii=False, indent=1) + "\n"


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy that CSV can hold: lists joined by semicolons, details as JSON, days without a time."""
    out = frame.copy()
    for name in out.columns:
        if pd.api.types.is_datetime64_any_dtype(out[name]):
            out[name] = out[name].dt.strftime("%Y-%m-%d")
        elif out[name].map(lambda value: isinstance(value, list)).any():
            out[name] = out[name].map(";".join)
        elif out[name].map(lambda value: isinstance(value, dict)).any():
            out[name] = out[name].map(lambda value: json.dumps(_plain(value), ensure_ascii=False) if value else "")
    return out


def _figure(drawn: "Axes | Sequence[Axes]") -> "Figure":
    return np.ravel(drawn)[0].figure


def _close(drawn: "Axes | Sequence[Axes]") -> None:
    from matplotlib import pyplot as plt

    plt.close(_figure(drawn))


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if value is pd.NaT or value is pd.NA or value is None:
        return None
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return str(value)


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or MISSING
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return MISSING
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float | np.floating):
        if np.isinf(value):
            return "no limit"
        return f"{value:,.0f}" if value == round(value) and abs(value) >= 1 else f"{value:.3g}"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    return str(value).replace("_", " ") or MISSING


def _kind(column: pd.Series) -> str:
    """Return the class attribute of a column's cells."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return ' class="day"'
    return ' class="number"' if pd.api.types.is_numeric_dtype(column) and column.dtype != bool else ""


def _text(value: str) -> str:
    return html.escape(str(value), quote=False)


def _show(markup: str, plain: str) -> None:
    from IPython.display import display

    display({"text/html": markup, "text/plain": plain}, raw=True)
