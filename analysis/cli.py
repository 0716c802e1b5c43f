"""The door: words in, exit codes out.

Exit codes: 0 done; 1 our fault; 2 wrong words; 3 the table, or a file beside it, cannot be used; 4 some reports failed;
5 another run holds the lock. Results go to stdout, everything else to stderr.
"""

import atexit
import json
import os
import signal
import stat
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from analysis.answering import DONE, OUR_FAULT, SOME_FAILED, NearestGroup, answering, empty_value, memory_option
from analysis.incidents.errors import UnitError
from analysis.incidents.given import typed
from analysis.incidents.parameters import (
    COMPARED_BY,
    EXAMPLE,
    SPLITS,
    TABLE,
    Reading,
    Selection,
    defaults_of,
    names_of,
    nothing_selected,
    parameters_of,
)
from analysis.incidents.printing import open_streams, printable, readable
from analysis.language import say, used
from analysis.lazy import ONE_THREAD, collect_seldom, hold_interrupts, import_without_settings, without_settings
from analysis.options import (
    REPORT_FORMATS,
    RESULT_FORMS,
    Between,
    Several,
    Table,
    TableBeforeNames,
    chart_options,
    debug_option,
    existing,
    form_option,
    language_option,
    option_of,
    out_option,
    quiet_option,
    selection_options,
)
from analysis.resources import named_path, real_path
from analysis.version import __version__

if TYPE_CHECKING:
    from io import FileIO

    import pandas as pd


# Of so many attacks the computing takes long enough for a line on each question.
LONG_WORK_ROWS = 50_000
# Every measure of three million rows, or two tables at once, need more than other commands may hold.
MANY_ROWS_MB = 8192
# What neither alarms nor comparisons nor backtests look at, each but for what is named where it is called.
OF_REPORTS = {
    "offensive", "window_days", "baseline_days", "headline_count", "level", "n_simulations", "claims", "context",
    "snapshots",
}  # fmt: skip
# What JupyterLab answers, and ends.
ONLY_TELL = {"--version", "-h", "--help", "--help-all", "--show-config", "--show-config-json"}
# JupyterLab's own questions to the world outside: news, and whether there is a newer version.
ASKS_NOBODY = (
    "--LabApp.news_url=",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
)


@click.group(cls=NearestGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="escalation")
def cli() -> None:
    """Trend and escalation analysis of conflict incident tables."""


@cli.command()
@click.argument("table", required=False, type=Table(exists=True, dir_okay=False, path_type=str))
@selection_options
@out_option("Folder that reports are published in.", default=Path("reports/published"))
@click.option("--name", default="", help="The report's name; default: made of table and selection.")
@memory_option(least=768, apart=True)
@click.option("--formats", type=Several(REPORT_FORMATS, "not a format"), default="html,pdf", show_default=True,
              help="Of html (always), pdf and pptx (slides for a briefing).")  # fmt: skip
@click.option("--template", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.pptx",
              help="Slides whose layouts, fonts and colours the briefing takes.")  # fmt: skip
@answering
def report(
    table: str | None,
    out: Path,
    name: str,
    formats: tuple[str, ...],
    template: Path | None,
    memory_mb: int,
    quiet: bool,
    parameters: tuple[str, ...],
    **options: object,
) -> None:
    """Publish a situation report on TABLE.

    Without TABLE: the embedded Sahel table; where nothing is selected either, JNIM in Mali, as of 2025-07-01.
    """
    from analysis.publishing.deck_apart import read_template
    from analysis.publishing.errors import StorageError
    from analysis.publishing.publish import files_of, publish_report
    from analysis.scheduling.jobs import stoppable

    if template and "pptx" not in formats:
        raise click.UsageError("--template is of slides; ask for them too: --formats html,pdf,pptx.")
    with stoppable():
        made = publish_report(
            _parameters(table, options, parameters),
            out=out,
            name=name,
            formats=formats,
            template=read_template(template) if template else None,
            memory_mb=memory_mb,
            progress=not quiet and sys.stderr.isatty(),
            say=_teller(quiet),
        )
    _teller(quiet)("\n".join(filter(None, (made.finding, made.confidence))) + "\n")
    for file in (*files_of(formats), "indicators.json"):
        click.echo(_near(made.folder / file))
    if made.trouble:
        raise StorageError(made.trouble)


@cli.command()
@click.argument("table", type=Table(exists=True, dir_okay=False, path_type=str))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--rows",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE.csv",
    help="Write every problem with its row there; - is standard output, and all that is written.",
)
@debug_option()
@quiet_option("Do not list the problems.")
@language_option()
@answering
@memory_option()
def check(
    table: str,
    as_json: bool,
    rows: Path | None,
    quiet: bool,
    language: str | None,
    **reading: Any,
) -> None:
    """Say what TABLE is: rows read, kept and set aside with reasons, coverage, precision, and what can be selected."""
    from analysis.incidents import load_incidents
    from analysis.incidents.check import describe_refusal, describe_table
    from analysis.incidents.errors import TableError
    from analysis.reports import terminal

    if as_json and str(rows) == "-":
        raise click.UsageError("--rows - and --json would be written into each other; give --rows a file.")
    read = [table, *(value for value in reading.values() if isinstance(value, str))]
    try:
        loaded = load_incidents(table, **{key: value for key, value in reading.items() if value})
        described = describe_table(loaded)
    except TableError as error:
        if rows and (len(error.problems) or rows.exists()):  # a list of nothing says that nothing is wrong
            _write_rows(rows, error.problems, read=read)
        if as_json:
            click.echo(json.dumps(describe_refusal(error), ensure_ascii=False, indent=1))
        raise
    if rows:
        _write_rows(rows, loaded.problems, read=read)
    if str(rows) == "-":  # what else is said would stand within it
        return
    tell = _teller(quiet)
    for line in described["problem_kinds"]:
        tell(printable(line))
    if as_json:
        click.echo(json.dumps(described, ensure_ascii=False, indent=1))
        return
    lines = terminal.check_text(described, described["selectable"], holds_counts=loaded.counts is not None)
    click.echo("\n".join(map(readable, lines)))


for _parameter in reversed(parameters_of(Reading)):
    check = option_of(_parameter)(check)


@cli.command()
@click.argument("table", required=False, type=Table(exists=True, dir_okay=False, path_type=str))
@selection_options
@form_option(*RESULT_FORMS)
@click.option("--by", type=click.Choice(SPLITS), help="Also split every measure by this.")
@answering
@memory_option(default=MANY_ROWS_MB)
def indicators(
    table: str | None,
    form: str,
    by: str | None,
    quiet: bool,
    parameters: tuple[str, ...],
    **options: object,
) -> None:
    """Compute every measure of TABLE, without a notebook.

    Without TABLE: the embedded Sahel table, as `escalation report` has it.
    """
    from analysis.measures import QUESTIONS, compute_indicators
    from analysis.reports import terminal
    from analysis.reports.documents import indicators_document
    from analysis.reports.wording import named

    study = _open(table, options, parameters)
    _tell_unused(options, parameters, {"context"}, quiet=quiet)
    tell = _teller(quiet)
    tell(terminal.study_text(study))
    number = count(1)

    def done(name: str) -> None:
        tell(f"[{n}/{len(QUESTIONS)}] {name}" if (n := next(number)) <= len(QUESTIONS) else name)

    long = len(study.attacks) > LONG_WORK_ROWS
    computed = compute_indicators(study, by=by or "", then=done if long else None)
    _print(
        form,
        text=lambda: named(terminal.indicators_text(computed, study.noun), study.noun),
        document=lambda: indicators_document(computed, study),
        rows=lambda: computed.drop(columns="incident_ids"),
    )


@cli.command()
@click.argument("table", required=False, type=Table(exists=True, dir_okay=False, path_type=str))
@selection_options
@form_option(*RESULT_FORMS)
@click.option(
    "--control",
    type=click.Choice(["alarms_per_year", "fdr"]),
    default="alarms_per_year",
    show_default=True,
    help="What is held down over many units: false alarms a year, or their share.",
)
@click.option(
    "--alarms-per-year",
    type=Between(min=0, min_open=True),
    help="False alarms a year over all units together; default: 4, and no unit in more than one week in a hundred.",
)
@click.option(
    "--fdr",
    "false_discovery_rate",
    type=Between(0, 1, min_open=True, max_open=True),
    default=0.10,
    show_default=True,
    help="Expected share of false ones among the alarms, with --control fdr.",
)
@click.option(
    "--quantity",
    type=click.Choice(["attacks", "deaths", "deaths_low", "deaths_high"]),
    default="attacks",
    show_default=True,
    help="What is watched; deaths are best figures, or low or high ones.",
)
@click.option(
    "--exclude-from-baseline",
    "excluded",
    type=existing(),
    metavar="FILE",
    help="Known offensives (columns from, to and perhaps unit): judged and drawn, but no part of what is expected.",
)
@click.option(
    "--trade-off",
    "with_trade_off",
    is_flag=True,
    help="Also say what each level costs on this table's own history: false alarms against rises missed and delay.",
)
@answering
@memory_option()
def alerts(
    table: str | None,
    form: str,
    control: str,
    alarms_per_year: float | None,
    false_discovery_rate: float,
    quantity: str,
    excluded: str | None,
    with_trade_off: bool,
    quiet: bool,
    parameters: tuple[str, ...],
    **options: object,
) -> None:
    """Say which units of TABLE stand above their baseline, in which window, at what false-alarm rate.

    Units are those of --unit; by default first-order units where one country is selected, else countries.

    Without TABLE: the embedded Sahel table, as `escalation report` has it.
    """
    from analysis.incidents.coverage import load_periods
    from analysis.measures.backtest import trade_off
    from analysis.measures.surge import alerts_document, watch_units
    from analysis.reports import terminal
    from analysis.reports.wording import named

    of_control = {"alarms_per_year": "alarms_per_year", "false_discovery_rate": "fdr"}
    for name, its in of_control.items():
        if its != control:
            _refuse_idle(f"is of --control {its}; give that too.", name)
    study = _open_by_unit(table, options, parameters)
    unused = OF_REPORTS - {"level"} if with_trade_off else OF_REPORTS
    _tell_unused(options, parameters, unused, study=study, quiet=quiet)
    tell = _teller(quiet)
    tell(terminal.study_text(study, by_unit=True))

    def done(n: int, n_units: int) -> None:
        if n < n_units:  # of few units there is one step, and the last is followed by the next
            tell(say("[{n}/{total}] units followed through their past", n=n, total=n_units))

    def found(trial: int, n: int, total: int) -> None:
        if n < total:
            tell(say("[{n}/{total}] bounds found, try {trial} at a common level", n=n, total=total, trial=trial))

    watch = watch_units(
        study,
        quantity=quantity,
        control=control,
        alarms_per_year=alarms_per_year,
        false_discovery_rate=false_discovery_rate,
        left_out=load_periods(excluded) if excluded else None,
        shown=0,
        then=done,
        sought=found,
    )
    costs, problem = trade_off(study) if with_trade_off else (None, "")
    told = {} if costs is None else {"trade_off": costs.to_dict("records"), "trade_off_reason": problem}
    texts = [terminal.alerts_text(watch), *([] if costs is None else ["", terminal.trade_off_text(costs, problem)])]
    _print(
        form,
        text=lambda: named("\n".join(texts), study.noun),
        document=lambda: alerts_document(watch, study) | told,
        rows=lambda: watch.units if costs is None else costs,
    )


@cli.command()
@click.argument("table", required=False, type=TableBeforeNames(exists=True, dir_okay=False, path_type=str))
@click.argument("names", nargs=-1, metavar="[NAME]...")
@selection_options
@click.option("--list", "listing", is_flag=True, help="Name the charts, each with its question and what it shows.")
@chart_options
@out_option("Folder of the charts; default: one under reports/charts, named by table, selection and looks.")
@answering
@memory_option(least=1024)
def charts(
    table: str | None,
    names: tuple[str, ...],
    listing: bool,
    forms: tuple[str, ...],
    size: str,
    theme: str,
    out: Path | None,
    quiet: bool,
    parameters: tuple[str, ...],
    **options: object,
) -> None:
    """Write charts of TABLE alone, each with the CSV of its numbers: those of the NAMEs given, or all that it has.

    What a chart shows stands in its title; a chart that has nothing to show is left out, and the reason is told. Exit
    code 4 says that a chart asked for by its name was left out, or that none was left; all others are written all the
    same.

    Without TABLE: the embedded Sahel table, as `escalation report` has it.
    """
    from analysis.incidents.study import noting_reads
    from analysis.reports import terminal
    from analysis.reports.charts import listed

    if listing:
        heard = {"listing", "names", "language", "debug", *(["table"] if names else [])}  # names stand behind a table
        drawing = {str(one.name) for one in click.get_current_context().command.params} - heard
        _refuse_idle("changes nothing beside --list, which draws nothing; leave one of them out.", *drawing)
        rows = [(one.name, one.question, say(one.what)) for one in listed(names)]
        click.echo("\n".join(terminal.columns((say("name"), say("question"), say("what it shows")), rows)))
        return
    listed(names)  # refused before anything is computed
    from analysis.publishing.naming import default_name

    study = _open(table, options, parameters)
    tell = _teller(quiet)
    tell(terminal.study_text(study))
    name = default_name("charts", _parameters(table, options, parameters))
    looks = f"{size}-{theme}-{study.settings.language}"
    read: set[str] = set()
    written = _write_charts(
        noting_reads(study, read), out or Path("reports/charts") / name / looks,
        names=names, forms=forms, size=size, theme=theme, tell=lambda name: tell(f"drawing {name}"),
    )  # fmt: skip
    if "claim_rows" in read:
        read.add("claims")
    _tell_unused(options, parameters, {*OF_REPORTS, "unit", "seed", "boundaries"} - read, quiet=quiet, charts=True)
    for name, reason in written.absent.items():
        with used(study.settings.language):
            told = say("nothing to show: {name}: {reason}", name=name, reason=reason)
        click.echo(printable(told), err=True)
    for file in written.files:
        click.echo(_near(file))
    if not written.files or (names and written.absent):
        raise click.exceptions.Exit(SOME_FAILED)


@cli.command()
@click.argument("table", required=False, type=Table(exists=True, dir_okay=False, path_type=str))
@selection_options
@click.option(
    "--by",
    type=click.Choice(COMPARED_BY),
    help=(
        "What stands side by side; default: country, or the whole alone with --periods. actor: a party on either side."
    ),
)
@click.option(
    "--periods",
    default="",
    metavar="A..B,C..D",
    help=(
        "Two periods, the earlier first: 2023-01-01..2023-12-31,2024-01-01..2024-12-31, or 2023,2024, or"
        " 2023-06,2024-06."
    ),
)
@click.option(
    "--most", type=click.IntRange(min=1), default=12, show_default=True, help="Parts compared, those with most first."
)
@form_option(*RESULT_FORMS)
@chart_options
@out_option("Also write the chart, with its numbers, into this folder.")
@answering
@memory_option(least=1024)
def compare(
    table: str | None,
    by: str | None,
    periods: str,
    most: int,
    form: str,
    forms: tuple[str, ...],
    size: str,
    theme: str,
    out: Path | None,
    quiet: bool,
    parameters: tuple[str, ...],
    **options: object,
) -> None:
    """Hold parts of TABLE side by side: countries, units, parties, or two periods; one table, and with --out one chart.

    Each part is held against its own year before, by the rule and the noise of the verdict; periods are held against
    each other, whatever their lengths. Parts of one table alone: counts of two sources are never put in one ratio.

    Without TABLE: the embedded Sahel table, as `escalation report` has it.
    """
    from analysis.measures.compare import compute_parts, compute_periods, read_periods
    from analysis.reports import comparison, terminal
    from analysis.reports.documents import document_of

    if not out:
        _refuse_idle("is of the chart; ask for it too: --out DIRECTORY.", "forms", "size", "theme")
    if periods and not by:
        _refuse_idle("is of parts, and two periods of the whole have none; ask for parts too: --by.", "most")
    spans = read_periods(periods) if periods else None
    study = _open(table, options, parameters)
    unused = OF_REPORTS - {"level"} if spans else OF_REPORTS
    _tell_unused(options, parameters, {"unit", "seed", *unused}, study=study, quiet=quiet)
    if spans:
        first, second = spans
        compared = compute_periods(study, first=first, second=second, by=by or "", most=most)
        printed = comparison.periods_printed(study, compared)
    else:
        compared = compute_parts(study, by=by or "country", most=most)
        printed = comparison.parts_printed(study, compared)
    notes = comparison.notes_printed(study, compared)
    _teller(quiet)(terminal.study_text(study))
    if out:
        chart = (
            comparison.periods_chart(study, compared, first=first, second=second)
            if spans
            else comparison.parts_chart(study, compared, by=by or "country")
        )
        _write_compared(study, chart, out, forms=forms, size=size, theme=theme)
    heads = comparison.head_of(study, compared)
    cells = [tuple(str(getattr(row, name)) for name in heads) for row in printed.itertuples(index=False)]
    _print(
        form,
        text=lambda: "\n".join([*terminal.columns(tuple(heads.values()), cells), "", *map(readable, notes)]).rstrip(),
        document=lambda: document_of(
            study,
            by=by or ("" if spans else "country"),
            periods=[{"first": one.first, "last": one.last} for one in spans or ()],
            notes=notes,
            parts=compared.to_dict("records"),
        ),
        rows=lambda: compared.drop(columns="incident_ids"),
    )


def _write_charts(*given: Any, **words: Any) -> Any:
    """Write charts; where that is stopped, nothing half made stays beside their folder."""
    from analysis.publishing.chart_folder import write_charts
    from analysis.scheduling.jobs import stoppable

    with stoppable():
        return write_charts(*given, **words)


def _write_compared(study: Any, chart: Any, out: Path, **looks: Any) -> None:
    from analysis.reports.charts import Found, Listed

    written = _write_charts(study, out, found=[Found(Listed(chart.name, "compare", chart.what), chart)], **looks)
    for reason in written.absent.values():
        with used(study.settings.language):
            told = say("nothing to show: {reason}", reason=reason)
        click.echo(printable(told), err=True)
    for file in written.files:
        click.echo(_near(file), err=True)


@cli.command()
@click.argument("old", type=existing())
@click.argument("new", type=existing())
@selection_options
@form_option("table", "json")
@answering
@memory_option(default=MANY_ROWS_MB)
def diff(old: str, new: str, form: str, quiet: bool, parameters: tuple[str, ...], **options: object) -> None:
    """Say what changed in history between two exports of one table, OLD and NEW, and which results moved."""
    from analysis.measures.exports import compare_exports, diff_document
    from analysis.reports import terminal
    from analysis.reports.sections.reliability import diff_text
    from analysis.reports.wording import named

    chosen: dict[str, Any] = typed(_parameters(old, options, parameters), defaults_of(), whose="A study")
    for name in (TABLE, "snapshots"):
        chosen.pop(name, None)
    _tell_unused(options, parameters, {"context", "snapshots"}, quiet=quiet)
    compared = compare_exports(old, new, **chosen)
    _teller(quiet)(printable(terminal.selection_text(compared.old)))
    _print(
        form,
        text=lambda: named(diff_text(compared), compared.new.noun),
        document=lambda: diff_document(compared),
    )


@cli.command()
@click.argument("table", required=False, type=Table(exists=True, dir_okay=False, path_type=str))
@selection_options
@form_option("table", "json")
@answering
@memory_option(default=MANY_ROWS_MB)
def backtest(table: str | None, form: str, quiet: bool, parameters: tuple[str, ...], **options: object) -> None:
    """Try the verdict, each alert rule and the outlook on TABLE's own history, without a look ahead.

    Units are those of --unit; by default first-order units where one country is selected, else countries.

    Without TABLE: the embedded Sahel table, as `escalation report` has it.
    """
    from analysis.measures.backtest import backtest_rules
    from analysis.measures.hindsight import hindsight_of
    from analysis.measures.outlook import monthly_panel, outlook_of
    from analysis.reports import terminal
    from analysis.reports.documents import document_of
    from analysis.reports.wording import named

    study = _open_by_unit(table, options, parameters)
    _tell_unused(options, parameters, OF_REPORTS - {"level"}, study=study, quiet=quiet)
    tell = _teller(quiet)
    tell(terminal.study_text(study, by_unit=True))
    tell("the verdict's words")
    verdicts = {quantity: hindsight_of(study, quantity=quantity) for quantity in ("attacks", "deaths")}
    tested = backtest_rules(study, progress=lambda n, of: tell(f"[{n}/{of}] alert rules tried"))
    outlooks = {}
    for quantity in ("attacks", "deaths"):
        months, units = monthly_panel(study, quantity=quantity, by_unit=True).shape
        tell(f"outlook of {quantity}: months {months:,}, units {units:,}")
        outlooks[quantity] = outlook_of(study, quantity=quantity, by_unit=True)
    texts = [terminal.hindsight_text(verdicts), terminal.backtest_text(tested, outlooks)]
    _print(
        form,
        text=lambda: named("\n".join(texts), study.noun),
        document=lambda: document_of(
            study,
            verdict=[_hindsight_as_dict(quantity, found) for quantity, found in verdicts.items()],
            definition=tested.definition,
            rules=tested.rules.to_dict("records"),
            outlook=[
                {"quantity": name, "shown": made.shown, "gain": made.gain, "recent_gain": made.recent_gain,
                    "reason": made.problem, "scores": made.scores.to_dict("records")}
                for name, made in outlooks.items()
            ],
        ),
    )  # fmt: skip


@cli.command("run")
@click.argument("schedule", type=existing())
@click.option("--all", "run_all", is_flag=True, help="Also the reports that are not due.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this entry or report, due or not; repeatable.")
@click.option("--workers", type=click.IntRange(min=1), help="Reports at a time; default: the schedule's.")
@click.option("--cluster", default="", metavar="ADDRESS", help="Run on a dask scheduler, e.g. tcp://host:8786.")
@click.option("--dry-run", is_flag=True, help="Say what would run, and run nothing.")
@click.option(
    "--check",
    "checking",
    is_flag=True,
    help="One line for a monitor; exit 4 if a report failed, cannot be made or is overdue, or a message was not told.",
)
@out_option("Instead of the schedule's folder.")
@quiet_option()
@debug_option()
@language_option()
@answering
def run_command(
    schedule: str,
    run_all: bool,
    only: tuple[str, ...],
    workers: int | None,
    cluster: str,
    dry_run: bool,
    checking: bool,
    out: Path | None,
    quiet: bool,
    language: str | None,
) -> None:
    """Publish every report of SCHEDULE that is due, and tell whoever is to be told."""
    from dataclasses import replace

    from analysis.scheduling.batch import check_schedule, plan, run_schedule
    from analysis.scheduling.jobs import stoppable
    from analysis.scheduling.notify import check_notify
    from analysis.scheduling.schedule import read_schedule

    path = Path(schedule)
    asked_only = "--check" if checking else "--dry-run" if dry_run else ""
    if asked_only:
        idle = [*(["dry_run", "run_all", "language"] if checking else []), "workers", "cluster"]
        _refuse_idle(f"changes nothing beside {asked_only}, which runs nothing; leave one of them out.", *idle)
    if only:
        _refuse_idle("changes nothing beside --only, whose reports run due or not; leave one of them out.", "run_all")
    if cluster:
        _refuse_idle("changes nothing beside --cluster, whose workers are as many as it has.", "workers")
    if checking:
        well, line = check_schedule(path, only=only, out=out)
        click.echo(line)
        raise click.exceptions.Exit(DONE if well else SOME_FAILED)
    if dry_run:
        asked = read_schedule(path)
        asked = replace(asked, out=real_path(out or asked.out))
        due, resting = plan(asked, run_all=run_all, only=only)
        for report in due:
            click.echo(say("would run {name}", name=report.name))
        click.echo(say("{n} of {all} reports are due", n=len(due), all=len(due) + len(resting)))
        for report in due:
            if report.problem:
                click.echo(printable(f"would fail: {report.name}: {report.problem}"), err=True)
        for words in check_notify(due):  # the report is published all the same
            click.echo(printable(f"would not be told: {words}"), err=True)
        return
    with stoppable():
        done = run_schedule(
            path, run_all=run_all, only=only, workers=workers, cluster=cluster, out=out,
            say=_teller(quiet),
        )  # fmt: skip
    for outcome in done.failed:
        click.echo(f"failed {outcome.name}: {outcome.error}", err=True)
    for trouble in done.troubles:
        click.echo(printable(trouble), err=True)
    click.echo(
        say(
            "{published} published, {failed} failed, {resting} not due; {told} told, {untold} not",
            published=len(done.outcomes) - len(done.failed),
            failed=len(done.failed),
            resting=len(done.not_due),
            told=done.told,
            untold=done.untold,
        )
    )
    if done.failed or done.untold or done.troubles:
        raise click.exceptions.Exit(SOME_FAILED)


@cli.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("notebooks"),
    show_default=True,
              help="Where the notebooks are, or are copied to.")  # fmt: skip
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@debug_option()
@answering
def lab(folder: Path, arguments: tuple[str, ...]) -> None:
    """Open JupyterLab where you are, at the notebooks; further ARGUMENTS, after --, go to it.

    Its file browser shows the folder that you are in, with your own tables, and opens at the notebooks.
    """
    import shutil
    import subprocess
    from importlib.util import find_spec
    from urllib.parse import quote

    from analysis.resources import resource

    if find_spec("jupyterlab") is None:
        raise click.UsageError("JupyterLab is not installed; install it with: pip install 'escalation[lab]'")
    if not folder.exists() and not ONLY_TELL.intersection(arguments):
        shutil.copytree(resource("notebooks"), folder)
        click.echo(f"Copied the notebooks to {folder}; change them there.", err=True)
    here, inside = Path.cwd(), folder.resolve()
    root, shown = (here, inside.relative_to(here).as_posix()) if inside.is_relative_to(here) else (inside, "")
    # Nothing that lies here is run in place of a module of Python's.
    server = [sys.executable, "-P", "-m", "jupyterlab"]
    opened = [f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/lab/tree/{quote(shown)}", *ASKS_NOBODY]
    raise click.exceptions.Exit(subprocess.run([*server, *opened, *arguments]).returncode)


def main() -> None:
    """Run the command line."""
    hold_interrupts()
    collect_seldom()
    open_streams()
    stand_somewhere()
    os.umask(os.umask(0o077) & 0o077)  # whoever runs it can read what it writes
    # Whoever starts it may hold signals back, or let nobody know what became of a child: a batch would wait for ever.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if sys.argv[1:2] != ["lab"]:  # a window, or whatever a user's own charts need, is not needed here
        for name in os.environ.keys() - without_settings(os.environ).keys():
            del os.environ[name]
        os.environ.update(ONE_THREAD)
        os.environ["MPLBACKEND"] = "agg"
        os.environ.pop("SOURCE_DATE_EPOCH", None)  # no file of ours holds its time
        import_without_settings()
    try:
        cli(prog_name="escalation")
    except SystemExit as ended:
        # The system takes all back at once. Python would look through it for a fifth of a second, and cut a thread off
        # that still draws, in the midst of a library, which aborts the process.
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(ended.code if isinstance(ended.code, int) else OUR_FAULT if ended.code else 0)


def stand_somewhere() -> None:
    """Go where a process can be, if the folder in which the command was given was removed: libraries ask for it."""
    try:
        os.getcwd()
    except OSError:
        os.chdir("/")
        click.echo("The folder in which this command was given is gone: paths begin at / here.", err=True)


def _parameters(table: str | None, options: dict[str, object], given: tuple[str, ...]) -> dict[str, object]:
    """Return notebook parameters: every selecting one is named, so that a notebook's own example never leaks in."""
    from analysis.incidents.names import as_names, names_text

    chosen = nothing_selected()
    named = {key: names_text(value) if isinstance(value, tuple) else value for key, value in options.items()}
    named = {key: value for key, value in named.items() if value not in (None, "", False)}
    chosen_so = {*named, *(pair.partition("=")[0].strip() for pair in given)}
    if table is None and not chosen_so & ({"table", *names_of(Selection)} - {"unit", "offensive"}):
        chosen |= EXAMPLE
    chosen |= named
    if table is not None:
        chosen["table"] = str(named_path(table))
    for path in names_of(kinds=["file", "folder"]):
        if chosen.get(path):
            chosen[path] = str(named_path(str(chosen[path])))
    if (mapping := str(chosen.get("mapping", ""))) and os.path.isfile(mapping):
        chosen["mapping"] = str(named_path(mapping))
    twice = {*named, *(["table"] if table is not None else [])}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"-p {pair!r} is not NAME=VALUE, e.g. -p level=0.9.")
        if name == "output_dir":
            raise click.UsageError("-p output_dir is set by the publisher; use --out.")
        lists = name.strip() in names_of(kinds=["names"])
        if not (as_names(value) if lists else value.strip()) and name.strip() in defaults_of():
            raise empty_value(f"-p {name.strip()}")
        if (name := name.strip()) in twice:
            raise click.UsageError(f"-p {name} is given twice, or beside its option; it takes one value.")
        # /dev/fd/7 is a file of this process, which a kernel knows by its other name alone.
        chosen[name] = str(real_path(value)) if value.startswith(("/dev/", "/proc/")) else value
        twice.add(name)
    return chosen


def _refuse_idle(why: str, *names: str) -> None:
    """Refuse the first of some options of this command that stands on the command line: beside others it would change
    nothing."""
    context = click.get_current_context()
    for one in context.command.params:
        if one.name in names and context.get_parameter_source(one.name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"{one.opts[0] if isinstance(one, click.Option) else one.human_readable_name} {why}")


def _open(table: str | None, options: dict[str, object], given: tuple[str, ...]):
    """Open the study that the words select."""
    from analysis.incidents.opening import open_study

    return open_study(**typed(_parameters(table, options, given), defaults_of(), whose="A study"))


def _open_by_unit(table: str | None, options: dict[str, object], given: tuple[str, ...]):
    """Open the study, by first-order units where nothing is said, one country is selected and the table has them."""
    study = _open(table, options, given)
    if options.get("unit") or len(study.countries) != 1:
        return study
    try:
        return study.counted_by("admin1")
    except UnitError as error:
        click.echo(f"by country: {error.reason}", err=True)
        return study


def _tell_unused(
    options: dict[str, object], given: tuple[str, ...], unused: set[str], *, study: Any = None, quiet: bool,
    charts: bool = False,
) -> None:  # fmt: skip
    """Say which of the words have no effect on what a command computes, or on the charts that it draws, and, of a
    study, that it counts by the units that the table names, where boundaries of others are given."""
    named = {pair.partition("=")[0].strip() for pair in given}
    idle = [
        one.flag or f"-p {one.name}"
        for one in parameters_of()
        if one.name in unused and (one.name in named or options.get(one.name))
    ]
    if idle:
        why = "reports look at that, this command does not"
        if charts:
            why = "no chart that was asked for looks at that"
        _teller(quiet)(f"{', '.join(idle)} {'changes' if len(idle) == 1 else 'change'} nothing here: {why}.")
    if study and (path := study.beside.get("boundaries")):
        _teller(quiet)(
            f"--boundaries {path.name} changes nothing here: units are those that the table names (--unit), or the"
            " shipped map where it names none. It serves maps, and the spread of attacks in reports and indicators."
        )


def _hindsight_as_dict(quantity: str, found: Any) -> dict[str, object]:
    names = ("n_changes", "n_flipped", "n_rises", "n_said", "delay_days")
    facts = {name: getattr(found, name) for name in names}
    return {"quantity": quantity, "reason": found.problem, "words": found.words.to_dict("records")} | facts


def _print(
    form: str,
    *,
    text: Callable[[], str],
    document: Callable[[], dict[str, object]],
    rows: "Callable[[], pd.DataFrame] | None" = None,
) -> None:
    """Print a result in the form asked for, of which alone the words, the document or the rows are made."""
    from analysis.reports.documents import as_json, flat

    if form == "json":
        click.echo(as_json(document()), nl=False)
    elif rows and form == "csv":
        click.echo(_as_csv(flat(rows())), nl=False)
    else:
        click.echo(text())


def _as_csv(table) -> str:
    """Return a table as CSV in which no cell is a formula to a spreadsheet."""
    from analysis.publishing.defuse import defused

    return table.map(lambda cell: defused(cell) if isinstance(cell, str) else cell).to_csv(
        index=False, lineterminator="\n"
    )


def _write_rows(path: Path, problems: "pd.DataFrame", *, read: Iterable[str] = ()) -> None:
    """Write the problems of a table, also in place of such a list, but of no other file, and of none that was ``read``,
    whatever it is called here; into a pipe only where somebody reads it, as it would wait for ever. Where the disk is
    full what was there before stays: half a list would pass for a whole one. ``-`` is standard output."""
    if str(path) == "-":
        click.echo(_as_csv(problems), nl=False)
        return
    new, text = not path.exists(), _as_csv(problems)
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o666)
    try:
        _write_text(opened, path, text, read)
    except OSError as error:
        if new:
            Path(os.path.realpath(path)).unlink(missing_ok=True)
        error.filename = str(path)
        raise


def _write_text(opened: int, path: Path, text: str, read: Iterable[str]) -> None:
    before = b""
    os.set_blocking(opened, True)
    with open(opened, "wb", buffering=0) as written:
        found = os.fstat(opened)
        if any(os.path.samestat(found, os.stat(one)) for one in read if os.path.exists(one)):
            raise click.UsageError(f"{path} is a file that this command reads; give --rows another name.")
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # what has no number is no file
                if os.path.samestat(found, os.fstat(stream.fileno())):
                    break
        else:
            stream = None
        if stream:  # opened again, each would write over the other
            click.echo(text, nl=False, err=stream is sys.stderr)
            return
        if stat.S_ISREG(found.st_mode):
            head = f"{text.partition(chr(10))[0]}\n".encode()
            with path.open("rb") as held:
                if (before := held.read(len(head))) not in (b"", head):
                    raise click.UsageError(f"{path} holds something else than problems; give --rows another name.")
                before += held.read()
            os.ftruncate(opened, 0)
        try:
            _write_all(written, text.encode())
        except OSError:
            if stat.S_ISREG(found.st_mode):
                written.seek(0)
                os.ftruncate(opened, 0)
                _write_all(written, before)  # its room is free again
            raise


def _write_all(written: "FileIO", content: bytes) -> None:
    while content:
        content = content[written.write(content) or 0 :]


def _teller(quiet: bool) -> Callable[[str], None]:
    """Return what says on the error stream how a command goes, or says nothing."""
    return (lambda line: None) if quiet else (lambda line: click.echo(line, err=True))


def _near(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


if __name__ == "__main__":
    main()
