"""A study that answers its questions by name, and what opens it."""

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from difflib import get_close_matches
from inspect import signature
from numbers import Integral
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from analysis.door.question import Question, places_of, question_class, short_names
from analysis.door.value import Value
from analysis.incidents import opening
from analysis.incidents import study as incidents_study
from analysis.incidents.check import selectable
from analysis.incidents.columns import mapping_pairs, mapping_text
from analysis.incidents.errors import SelectionError
from analysis.incidents.files import write_frame
from analysis.incidents.given import checked_parameters, nearest, read_once, word_given
from analysis.incidents.load import IncidentTable
from analysis.incidents.names import as_names, names_text
from analysis.incidents.parameters import (
    COMPARED_BY,
    TABLE,
    TAKES_VALUES_OF,
    UNITS,
    Reading,
    Selection,
    Settings,
    defaults_of,
    listed_in_signature,
    names_of,
    nothing_selected,
)
from analysis.incidents.problems import BLANKED
from analysis.incidents.sources.plain import ALIASES
from analysis.incidents.study import DAY
from analysis.language import say, used
from analysis.measures import QUESTIONS, compute_indicators
from analysis.reports.blocks import awaited, literal
from analysis.reports.wording import title
from analysis.resources import named_path

if TYPE_CHECKING:
    from analysis.exploring.widget import Explorer
    from analysis.publishing.publish import Published

REPORTS = "reports/published"
# Values of one column of many rows may be odd; from this share on an opened study says so at once.
BLANKED_SHARE = 0.05
# A column whose values another parameter selects.
_SELECTED_BY = {"sub_event_type": "event_type"}
# Where a study has what users of pandas ask for by another word.
_ROWS = "study.attacks, one row each"
_BY_MONTH = (
    "study.frequency.counts and study.frequency.counts_by_unit, by month; study.select(unit='admin1') counts by region"
)
_CHARTS = (
    "study.frequency.plot(), study.trend.plot() and so on, one set for each question; a map is study.spread.plot()"
)
_NUMBERS = "study.indicators(), a DataFrame of every number, e.g. study.indicators().to_csv('numbers.csv')"
_WHERE = {
    **dict.fromkeys(("plot", "plots", "chart", "charts", "figure", "figures", "draw"), _CHARTS),
    **dict.fromkeys(("tables", "values", "describe", "summary", "to_csv", "to_excel", "to_dict"), _NUMBERS),
    **dict.fromkeys(("head", "tail", "rows", "df", "frame", "data", "events", "columns", "shape"), _ROWS),
    **dict.fromkeys(("month", "months", "monthly", "monthly_counts", "resample", "groupby", "pivot_table"), _BY_MONTH),
    **dict.fromkeys(("actors", "attackers", "top_actors"), "study.compare(by='actor')"),
    **dict.fromkeys(("alarms", "alarm", "alert", "warnings"), "study.surge.alerts, whose above_since says since when"),
    **dict.fromkeys(("query", "filter", "loc", "where"), "study.select(country='Mali', from_date='2024-01-01')"),
    "map": "study.spread.plot()",
    "forecast": "study.outlook",
    "save": "study.report('folder'), or study.frequency.plot().figure.savefig('chart.png') of one chart",
    "to_html": "study.report('folder', formats='html')",
    "to_pdf": "study.report('folder', formats='pdf')",
}


class _Asked:
    """A question as an attribute of a study, opened when it is asked for."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        self.__doc__ = QUESTIONS[name]

    def __repr__(self) -> str:
        return f"a question; see help(study.{self.name})"

    def __get__(self, study: "Study | None", owner: type | None = None) -> Any:
        if study is None:
            return self
        key = (question_class, self.name)
        if key not in study.kept:
            study.kept[key] = question_class(self.name)(study)
        return study.kept[key]


@dataclass(frozen=True, eq=False, repr=False)
class Study(incidents_study.Study):
    """A checked table cut to one selection and one last day, which answers questions by name; see `open_study`.

    Each question has values (``study.frequency.rate_ratio``), tables (``study.surge.units``), charts
    (``study.tempo.plot()``) and sentences (``study.trend.read()``); ``dir(study.frequency)`` lists them,
    ``help(study.frequency)`` says what each means. ``attacks`` are the rows that are counted, ``incidents`` those of
    the same places and days by anyone.
    """

    # What `open_study` was given, for a report.
    opened: Path | pd.DataFrame | IncidentTable | None = None
    given: dict[str, object] = field(default_factory=dict)

    frequency = _Asked()
    offensives = _Asked()
    tempo = _Asked()
    trend = _Asked()
    surge = _Asked()
    contagion = _Asked()
    severity = _Asked()
    claims = _Asked()
    spread = _Asked()
    outlook = _Asked()
    reliability = _Asked()
    assessment = _Asked()

    def indicators(self, *, by: str = "", questions: Sequence[str] = ()) -> pd.DataFrame:
        """Compute every measure.

        Parameters
        ----------
        by
            Also split by one of `analysis.incidents.parameters.SPLITS` (attacker, ...), each part beside the whole.
        questions
            Names of questions; default: all.

        Returns
        -------
        pandas.DataFrame
            One row per measure and part, with `analysis.measures.result.INDICATOR_COLUMNS`; what could not be computed
            has its reason.
        """
        by = word_given("by", by)
        questions = as_names(questions if isinstance(questions, Iterable) else word_given("questions", questions))
        for name in questions:
            if name not in QUESTIONS:
                raise ValueError(f"there is no question {name!r}; {nearest(name, QUESTIONS)}")
        asked = list(questions) or list(QUESTIONS)
        with self.spoken(), awaited(say(QUESTIONS[asked[0]])) as tell:

            def then(name: str) -> None:
                if name != asked[-1]:
                    tell(say(QUESTIONS[asked[asked.index(name) + 1]]))

            return compute_indicators(self, by=by, questions=questions, then=then)

    def __getitem__(self, name: str) -> "Question | Value":
        """Return a question, or a value by the name of its row: ``study["tempo"]``, ``study["escalation_verdict"]``."""
        if name in QUESTIONS:
            return getattr(self, name)
        question = next((one for one in QUESTIONS if name in short_names(one).values()), None)
        if question is None:
            raise KeyError(self._hint(name, self._ipython_key_completions_()))
        return getattr(self, question)[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(self._hint(name, [one for one in dir(self) if not one.startswith("_")]))

    def _hint(self, name: str, known: Sequence[str]) -> str:
        """Return what to ask in place of a name that a study has not."""
        said = f"a study has no {name!r}; "
        if places := [_WHERE[name]] if name in _WHERE else places_of(name):
            return f"{said}there is {' and '.join(places)}."
        if name in self._columns:
            return f"{said}the column {name!r} is read as study.attacks[{self._columns[name]!r}]."
        if get_close_matches(name, known, n=1):
            return said + nearest(name, known)
        return f"{said}its questions are {', '.join(QUESTIONS)}; dir(study) lists what else it has."

    @property
    def _columns(self) -> dict[str, str]:
        """The columns that a mapping named, with what each is read as."""
        given: Any = self._source()[1].get("mapping")
        return {column: ALIASES.get(name, name) for name, column in mapping_pairs(given).items()} if given else {}

    def _read_as(self, word: str, known: Sequence[str]) -> str:
        """Return by which of the known names a user's word goes, or ``""``: a column of the mapping, or a region."""
        meant = "admin1" if word == "region" else self._columns.get(word, "")
        return meant if word not in known and meant in known else ""

    def _ipython_key_completions_(self) -> list[str]:
        return [*QUESTIONS, *(row for question in QUESTIONS for row in short_names(question).values())]

    def select(self, **parameters: object) -> "Study":
        """Open another selection of the same table, which is not read again; what is not named stays as it is here.

        Parameters
        ----------
        **parameters
            As those of `open_study`; an empty one takes a selection back: ``study.select(country="")``.

        Examples
        --------
        >>> study = open_study("example", country="XZA")
        >>> study.select(admin1="Velmark", window_days=90).frequency.attacks_in_window
        21 attacks
        """
        for name in parameters:
            if meant := self._read_as(name, names_of()):
                raise TypeError(
                    f"select has no parameter {name!r}; that column is read as {meant}: select({meant}=...)."
                )
        unit = parameters.get("unit")
        if isinstance(unit, str) and (meant := self._read_as(unit, UNITS)):
            raise SelectionError(f"unit={unit!r}: expected one of {', '.join(UNITS)}. Did you mean unit={meant!r}?")
        parameters = read_once(parameters)
        checked_parameters(parameters)
        held = {name: value for name, value in self.given.items() if name not in names_of(Reading)}
        again = open_study(self.table, **{**held, **parameters})
        return replace(again, opened=self.opened, given={**self.given, **parameters})

    def compare(self, *what: str, by: str = "", first: str = "", second: str = "", most: int = 12) -> pd.DataFrame:
        """Hold parts of the study, or two periods, side by side, as ``escalation compare`` does.

        Parameters
        ----------
        *what
            One name as ``by``, or two periods as ``first`` and ``second``: ``study.compare("2022", "2023")``.
        by
            country, admin1, admin2, actor (a party on either side), attacker, attacker_type, pair, target_type,
            target_group, event_type or tactic. Default: country; of two periods, the whole.
        first, second
            Two periods, the earlier first: a year (``"2023"``), a month (``"2023-06"``) or days
            (``"2023-01-01..2023-06-30"``). Without them each part is held against its own year before, by the
            verdict's rule.
        most
            Parts that are compared, those with most first.

        Returns
        -------
        pandas.DataFrame
            One row a part; columns as of `analysis.measures.compare.compute_parts`, or of `compute_periods`: ``name``,
            ``word`` (rising, falling, ...; of periods: higher, lower, ...), counts, and ``value, low, high`` (the ratio
            with its interval) or the ``reason`` why there is none. ``attrs["notes"]`` says what to know of it.

        Raises
        ------
        SelectionError
            If the table cannot be split so, or a period is not covered.

        Examples
        --------
        >>> study = open_study("example")
        >>> study.compare(by="country")[["name", "word"]].iloc[0].tolist()
        ['Ardovia (made up)', 'rising']
        """
        from analysis.measures import compare

        asked = what[0] if len(what) == 1 else by
        if not isinstance(asked, str):
            raise SelectionError(
                f"A study is compared by one name at a time, of {', '.join(COMPARED_BY)}; got {asked!r}."
            )
        if len(what) > 2 or (what and (by if len(what) == 1 else first or second)):
            raise ValueError("compare takes one name to compare by, or two periods: compare('2022', '2023').")
        if len(what) == 2:
            first, second = what
        elif what:
            (by,) = what
        first, second = (
            one if isinstance(one, Integral | date | pd.Period | compare.Period) else word_given(name, one)
            for name, one in (("first", first), ("second", second))
        )
        if meant := self._read_as(by, COMPARED_BY):
            raise SelectionError(f"A study is not compared by {by!r}; did you mean by={meant!r}?")
        if bool(first) != bool(second):
            raise ValueError("compare takes both first= and second=, or neither.")
        if first:
            made = compare.compute_periods(self, first=first, second=second, by=by, most=most)
        else:
            made = compare.compute_parts(self, by=by or "country", most=most).copy()
        with self.spoken():
            made.attrs["notes"] = compare.notes_of(made)
        return made

    def selectable(self, parameter: str = "") -> pd.DataFrame:
        """Return what can be selected of the whole table: ``parameter`` of `open_study`, ``value`` and its ``rows``.

        Parameters
        ----------
        parameter
            Only of this one: country, actor, event_type or admin1 (first-order unit); default: of all. Attackers and
            targets are listed as actors.
        """
        parameter = word_given("parameter", parameter)
        parameter = TAKES_VALUES_OF.get(parameter, parameter)
        found = selectable(self.table)
        rows = [(name, value, n) for name, counts in found.items() for value, n in counts.items()]
        listed = pd.DataFrame(rows, columns=["parameter", "value", "rows"]).replace({"parameter": _SELECTED_BY})
        if not parameter:
            return listed
        if parameter not in set(listed["parameter"]):
            raise ValueError(
                f"no values of {parameter!r} are listed; {nearest(parameter, listed['parameter'].unique())}"
            )
        return listed[listed["parameter"].eq(parameter)].reset_index(drop=True)

    def report(self, out: str | Path = REPORTS, *, name: str = "", **options: object) -> "Published":
        """Publish the situation report, or another notebook's, as ``escalation report`` does.

        Parameters
        ----------
        out
            The folder that reports are published in.
        name
            The report's name; default: made of the table and the selection.
        **options
            Others of `analysis.publishing.publish.publish_report`: ``formats`` (``"html,pdf"`` by default, and
            ``"pptx"``), ``notebook``, ``template``, ``progress``, ``say``, ...

        Returns
        -------
        Published
            Its ``folder`` holds ``report.html``, ``report.pdf``, charts and numbers; ``finding`` is its one sentence.

        Raises
        ------
        TypeError
            If there is no such option, with the nearest name.
        SelectionError
            If the study cannot be opened again by its parameters: it is a part of another, or its table was loaded
            in part or changed since.
        """
        from analysis.publishing.publish import publish_report

        known = [one for one in signature(publish_report).parameters if one != "parameters"]
        for option in options:
            if option not in known:
                raise TypeError(f"report has no option {option!r}; {nearest(option, known)}")
        if self.label:
            raise SelectionError(
                f"A part ({self.label}) of a study has no report of its own; open a study of that part."
            )
        if isinstance(self.opened, IncidentTable):
            self._refuse_changed(self.opened)
        # Of one name for the same rows, so that the report is the same each time; removed when it is made.
        scratch = Path(out) / f".{self.table.provenance.sha256[:16]}"
        source, given = self._source()
        if isinstance(source, pd.DataFrame) or isinstance(given.get("mapping"), Mapping):
            scratch.mkdir(parents=True, exist_ok=True)
        try:
            asked = self._parameters(scratch)
            formats = options.get("formats")
            if isinstance(formats, str):
                options["formats"] = tuple(formats.split(","))
            return publish_report(asked, out=Path(out), name=name, **options)  # type: ignore[arg-type]
        finally:
            rmtree(scratch, ignore_errors=True)

    def _source(self) -> "tuple[Path | pd.DataFrame | None, dict[str, object]]":
        """Return what the table was read from, and all that was asked for, how it was read included."""
        if isinstance(self.opened, IncidentTable):
            return self.opened.read_from, {**self.opened.read_with, **self.given}
        return self.opened, self.given

    def _refuse_changed(self, table: IncidentTable) -> None:
        """Refuse a loaded table that a notebook cannot read again as it is here."""
        if table.read_from is None or len(table.rows) != table.provenance.rows_kept:
            raise SelectionError(
                "The loaded table holds other rows than the file or the DataFrame that it was read from, and a report "
                "reads that again. Give open_study a DataFrame of the rows that you mean: "
                "open_study(frame, mapping=...).report()."
            )

    def _parameters(self, scratch: Path) -> dict[str, object]:
        """Return the parameters with which a notebook opens this study; what memory alone holds goes to a folder."""
        source, given = self._source()
        asked = {name: value for name, value in given.items() if value is not None}
        written = ("country", "region")  # which the report is named by, as they were given
        asked |= {name: getattr(self.selection, name) for name in names_of(Selection) if name not in written}
        asked |= {name: as_names(cast(Any, asked[name])) for name in written if name in asked}
        # The window of a table of counts holds whole periods, and is made from the one that was asked for.
        asked |= {name: getattr(self.settings, name) for name in names_of(Settings) if name != "window_days"}
        paths = [name for name in names_of(kinds=["file", "folder"]) if asked.get(name)]
        asked |= {name: str(named_path(str(asked[name]))) for name in paths}
        mapping: Any = asked.get("mapping")
        asked["mapping"] = mapping_text(mapping, scratch) if mapping else ""
        if isinstance(source, pd.DataFrame):
            asked[TABLE] = str(write_frame(source, scratch))
        elif isinstance(source, Path):
            asked[TABLE] = str(named_path(source))
        asked = {name: names_text(value) if isinstance(value, tuple | list) else value for name, value in asked.items()}
        usual = defaults_of()
        return nothing_selected() | {name: value for name, value in asked.items() if value != usual.get(name)}

    def explore(self, *, out: str = "") -> "Explorer":
        """Show the study's table in a notebook, with controls that start from its selection; see `analysis.explore`.

        Parameters
        ----------
        out
            The folder that "Publish" puts reports in; default: ``reports/published``.
        """
        return explore(self.opened if self.opened is not None else self.table, out=out, **self.given)

    def spoken(self) -> Any:
        """Return a context in which texts are in the study's language."""
        return used(self.settings.language)

    def __dir__(self) -> list[str]:
        return sorted(set(super().__dir__()) - {"given", "opened", "spoken", "kept"})

    def __repr__(self) -> str:
        with self.spoken():
            return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        with self.spoken():
            first, *rest = self._lines()
        return literal(f"<p><strong>{html.escape(first)}</strong><br>{'<br>'.join(map(html.escape, rest))}</p>")

    def _lines(self) -> list[str]:
        covered = self.covered_end - DAY
        days = (self.window_start - self.baseline_start) // DAY
        return [
            say(
                "{heading}: {n} from {start} to {as_of}",
                heading=title(self),
                n=self.n_counted,
                start=self.start.date(),
                as_of=self.as_of.date(),
            ),
            say(
                "{file}, covered to {covered}; window {window} days, baseline {baseline} days",
                file=self.table.provenance.file,
                covered=covered.date(),
                window=self.settings.window_days,
                baseline=max(days, 0),
            ),
            *self._set_aside(),
        ]

    def _set_aside(self) -> list[str]:
        """Say how much of the table was not read as it stands; nothing where all, or nearly all, was."""
        total = self.table.provenance.rows_read
        aside = total - self.table.provenance.rows_kept
        problems = self.table.problems
        blanked = problems.loc[problems["action"].eq(BLANKED)].groupby("column", sort=False)["row"].nunique()
        told = [
            say(
                "{n} of {total} values of {column} could not be used and count as not given;"
                " see study.reliability.problems",
                n=int(n),
                total=total,
                column=column,
            )
            for column, n in blanked.items()
            if n > BLANKED_SHARE * total
        ]
        if aside:
            told.insert(
                0, say("{n} of {total} rows were set aside; see study.reliability.problems", n=aside, total=total)
            )
        return told


@listed_in_signature
def open_study(table: str | Path | pd.DataFrame | IncidentTable = "", **parameters: object) -> Study:
    """Load a table, make the selection, and return a study that answers questions: ``study.frequency.rate_ratio``.

    ``""`` means all, or the default. A selection is one name, a list of names, or that list in text; a comma belongs to
    a name. A day is text, a date or a Timestamp.

    Parameters
    ----------
    table
        A file; ``""`` is the embedded Sahel table, ``"example"`` the made-up one. Or a pandas DataFrame, its columns
        named by ``mapping`` (a dict, e.g. ``{"date": "when", "country": "land"}``, or text) unless they are a
        publisher's; or a table that `load_incidents` has read.
    **parameters
        See `analysis.incidents.parameters`.

    Returns
    -------
    Study
        Its questions are attributes: frequency, offensives, tempo, trend, surge, contagion, severity, claims, spread,
        outlook, reliability, assessment.

    Raises
    ------
    TypeError
        If a parameter is unknown, with the nearest name.
    TableError
        If the table cannot be used.
    SelectionError
        If the selection cannot be made from it, a value is outside its range, or the last day is not covered and
        ``allow_uncovered`` was not given.

    Examples
    --------
    >>> study = open_study(country="Mali", attacker="JNIM", as_of="2025-07-01")
    >>> study
    Attacks by JNIM in Mali: 41 from 1 January 2024 to 1 July 2025
    incidents.csv, covered to 1 July 2025; window 30 days, baseline 518 days
    >>> study.frequency.attacks_in_window
    15 attacks
    """
    parameters = read_once(parameters)
    opened = opening.open_study(table, **parameters)
    opening.refuse_uncovered(opened)
    parts = {one.name: getattr(opened, one.name) for one in fields(incidents_study.Study)}
    return Study(**parts, opened=opening.source_of(table), given=dict(parameters))


@listed_in_signature
def explore(
    table: str | Path | pd.DataFrame | IncidentTable = "", *, out: str = "", **parameters: object
) -> "Explorer":
    """Show a table in a notebook, with controls for country, actor, type of event, window and last day.

    Timeline, verdict, tempo and map follow each change. Runs in JupyterLab and needs the extra ``lab``.

    Parameters
    ----------
    table
        A file; ``""`` is the embedded Sahel table, ``"example"`` the made-up one. Or a pandas DataFrame, its columns
        named by ``mapping`` unless they are a publisher's; or a table that `load_incidents` has read.
    out
        The folder that "Publish" puts reports in; default: ``reports/published``.
    **parameters
        See `analysis.incidents.parameters`.

    Returns
    -------
    Explorer
        The widget; the last line of a notebook's cell shows it.

    Raises
    ------
    TypeError
        If a parameter is unknown, with the nearest name.
    ModuleNotFoundError
        If the extra ``lab`` is not installed.
    TableError
        If the table cannot be used.
    """
    try:
        from analysis.exploring.widget import Explorer
    except ModuleNotFoundError as error:
        if error.name != "anywidget":
            raise
        raise ModuleNotFoundError(
            "explore needs anywidget and JupyterLab; install them with: pip install 'escalation[lab]'", name="anywidget"
        ) from None

    def publish(chosen: dict[str, object]) -> Path:
        return Path(open_study(table, **chosen).report(out or REPORTS).folder)

    return Explorer(table, publish=publish, **parameters)
