"""Parts of one table side by side: actors, countries, units, or two periods, under the noise that every comparison of
counts uses.

Parts are held against their own year before, by the verdict's rule, each under its own noise; periods against each
other. Counts of two tables never meet here: what one source records is no measure of another.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.incidents.actors import names_nobody
from analysis.incidents.counting import rounded
from analysis.incidents.counts import NEEDS_INCIDENTS
from analysis.incidents.errors import ParameterError, SelectionError, UnitError
from analysis.incidents.load import MOST_LOST
from analysis.incidents.parameters import COMPARED_BY
from analysis.incidents.places import country_name
from analysis.incidents.selection import part_of
from analysis.incidents.study import DAY, Study, in_its_language, kept_on_study
from analysis.language import few, message, say, say_count
from analysis.measures.frequency import compare_periods
from analysis.measures.level import CANNOT_TELL, FALLING, RISING, level_of
from analysis.measures.level_rule import FACTOR, INTERVAL, MIN_EVENTS, RECENT_SPANS
from analysis.measures.maps import map_units_of
from analysis.measures.noise import SPAN_DAYS, noise_of_counts, span_counts, span_edges
from analysis.measures.panels import deaths_problem
from analysis.measures.parts import deaths_between
from analysis.measures.reliability import MOST_NEW, copies_that_matter, newcomers_of, trend_problem
from analysis.measures.result import COMPUTED, NOT_COMPUTED, TAIL, ids_of
from analysis.statistics import local_level
from analysis.statistics.discoveries import benjamini_hochberg

PLACES = ("country", "admin1", "admin2")
ALL = "all"
MOST_PARTS = 12
SHOWN_SPANS = 36
MOST_NAMED = 5
# Years whose shares are told; days without any before a country's first attack.
SHARE_YEARS, QUIET_DAYS = 5, 730
# Two periods hold the same months of the year where no more of their days than this share lie in others.
SEASON_SHARE = 0.1
# Expected share of false ones among the parts that stand when all comparisons are counted.
FALSE_SHARE = 0.1
HIGHER, LOWER, NO_DIFFERENCE = "higher", "lower", "no clear difference"
CHANGES = (RISING, FALLING, HIGHER, LOWER)
PARTS_METHOD = message("recent rate over the usual one, levels under the part's own noise from month to month")
PERIODS_METHOD = message("second rate over the first, levels under the part's own noise from month to month")

PARTS_COLUMNS = (
    "part", "name", "word", "standing", "leaning", "height", "since", "recent", "recent_days", "per_month", "usual",
    "p_above", "stands", "deaths_low", "deaths_high", "month_alone", "turned_back", "may_be_new", "new", "n_alike",
    *TAIL,
)  # fmt: skip
PERIODS_COLUMNS = (
    "part", "name", "word", "count_1", "days_1", "per_month_1", "low_1", "high_1", "count_2", "days_2", "per_month_2",
    "low_2", "high_2", "p_value", "stands", "deaths_1", "deaths_2", "n_alike", *TAIL,
)  # fmt: skip


@dataclass(frozen=True)
class Period:
    """Days from ``first`` to ``last``, both counted."""

    first: pd.Timestamp
    last: pd.Timestamp

    @property
    def end(self) -> pd.Timestamp:
        """The day after the last."""
        return self.last + DAY

    @property
    def n_days(self) -> int:
        """How many days the period has."""
        return int((self.end - self.first) // DAY)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m-%d}..{self.last:%Y-%m-%d}"


def read_periods(text: str) -> tuple[Period, Period]:
    """Return the two periods that a text names.

    Parameters
    ----------
    text
        ``2023-01-01..2023-12-31,2024-01-01..2024-12-31``: first and last days, both counted. Years and months stand for
        their days: ``2023,2024`` and ``2023-06,2024-06..2024-07``.

    Raises
    ------
    ParameterError
        If it names no two periods, the days of one are exchanged, they overlap, or the later stands first.

    Examples
    --------
    >>> [str(period) for period in read_periods("2023,2024-01..2024-03")]
    ['2023-01-01..2023-12-31', '2024-01-01..2024-03-31']
    """
    parts = [part.strip() for part in str(text).split(",")]
    if len(parts) != 2 or not all(parts):
        raise ParameterError(
            f"{text!r} names no two periods; write first and last days, e.g."
            " 2023-01-01..2023-12-31,2024-01-01..2024-12-31."
        )
    first, second = (_period(part) for part in parts)
    if first.last >= second.first:
        told = "overlap" if second.last >= first.first else "stand in the wrong order; the earlier comes first"
        raise ParameterError(f"The periods {first} and {second} {told}. No day may count twice.")
    return first, second


_ISO = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")


def _period(text: str) -> Period:
    begin, two, stop = (part.strip() for part in text.partition(".."))
    stop = stop if two else begin
    try:
        # What pandas takes besides has more than one reading: 1.2.2023 is 2 January to it, and May that of the year 1.
        if not (_ISO.fullmatch(begin) and _ISO.fullmatch(stop)):
            raise ValueError(text)
        first, last = pd.Period(begin), pd.Period(stop)
    except ValueError:
        raise ParameterError(
            f"{text!r} is no period; write 2023-01-01..2023-12-31, a month (2023-06) or a year (2023)."
        ) from None
    period = Period(first.start_time.as_unit("us"), last.end_time.floor("D").as_unit("us"))
    if period.last < period.first:
        raise ParameterError(f"The period {text!r} ends before it begins; exchange its days.")
    return period


@in_its_language
def compute_parts(study: Study, *, by: str = "country", most: int = MOST_PARTS) -> pd.DataFrame:
    """Hold each part of a study against its own year before, and say in one word what its level does.

    Parameters
    ----------
    study
        Of incidents; of counts where ``by`` is a place.
    by
        One of ``COMPARED_BY``: country, admin1, admin2, actor (a party on either side), attacker, attacker_type, pair,
        target_type, target_group, event_type or tactic.
    most
        Parts with most in the last 90 days that are compared; of the others none is judged.

    Returns
    -------
    pandas.DataFrame
        One row a part, most in the last 90 days first: ``part``; ``name`` in the study's language; ``word``,
        ``standing``, ``leaning``, ``height`` and ``since`` as in `level.Level`; ``recent`` (count) in ``recent_days``;
        ``per_month`` and ``usual`` (counts in 30 days, of now and of the year before); ``p_above``; ``stands``: whether
        the word rising or falling holds with all parts counted as tests (share of false ones at most 10 %);
        ``deaths_low, deaths_high`` of the recent days, missing where deaths may not be summed; ``month_alone`` as in
        `level.Level`; ``turned_back``: whether the last days turn back from what the word says, or are back near the
        usual level; ``may_be_new``: whether a rise rests on what is new to the table, and ``new`` what that is,
        where the part is not new itself; ``n_alike``: attacks that are
        like another, where they change the ratio; and the tail, ``value`` the ratio.
        ``attrs`` holds ``n_parts``, ``n_unplaced`` (attacks of the recent days that belong to none), ``lost`` (rows
        that could not be used, and rows read) and ``divided`` (names of first-order units that the map divides).

    Raises
    ------
    ParameterError
        If ``most`` is no whole number of at least 1.
    SelectionError
        If the table cannot be split so.
    """
    _refuse_no_count(most)
    return _parts_of(study, by, most)


def _refuse_no_count(most: object) -> None:
    if isinstance(most, bool) or not isinstance(most, int | np.integer) or most < 1:
        raise ParameterError(f"most={most!r}: expected a whole number of at least 1.")


@kept_on_study
def _parts_of(study: Study, by: str, most: int) -> pd.DataFrame:
    edges = span_edges(study)  # the days that `level_of` calls recent: 84 of weekly counts
    first = edges[-1 - RECENT_SPANS] if len(edges) > RECENT_SPANS else 0
    late = study.shares_between(study.start + first * DAY, study.end)
    parts, n_parts, unplaced = _split(study, by, most, late)
    table = pd.DataFrame([_judged(name, part, by) for name, part in parts.items()], columns=list(PARTS_COLUMNS))
    if len(table):
        two_sided = 2 * np.fmin(table["p_above"], 1 - table["p_above"])
        table["stands"] = _stands(table, two_sided)
        table = table.sort_values(["recent", "usual", "part"], ascending=[False, False, True], ignore_index=True)
    table["since"] = pd.to_datetime(table["since"])
    table.attrs |= {"n_parts": n_parts, "n_unplaced": unplaced, "overlap": by == "actor", "lost": _lost(study)}
    table.attrs["divided"] = _divided(study, by, table)
    return table


def _divided(study: Study, by: str, table: pd.DataFrame) -> tuple[str, ...]:
    """Return the first-order units of a table that the map lacks, and whose attacks it counts in several of its own."""
    if by != "admin1" or study.holds_counts or "boundaries" in study.beside or (drawn := map_units_of(study)) is None:
        return ()
    held = _rows_of_parts(study, by)
    return tuple(row.name for row in table.itertuples(index=False) if len(set(drawn.iloc[held[row.part]].dropna())) > 1)


def _lost(study: Study) -> tuple[int, int]:
    return study.table.n_lost, study.table.provenance.rows_read


def _stands(table: pd.DataFrame, p_values: pd.Series) -> np.ndarray:
    """Return which changes are discoveries among all parts that could be compared, those without a ratio too: a party
    that is new rises from none."""
    judged = table["word"].ne(CANNOT_TELL).to_numpy()
    found = np.zeros(len(table), dtype=bool)
    found[judged] = benjamini_hochberg(p_values[judged], rate=FALSE_SHARE)
    return found & table["word"].isin(CHANGES).to_numpy()


def _judged(name: str, study: Study, by: str) -> dict[str, object]:
    found = level_of(study)
    row: dict[str, object] = dict.fromkeys(PARTS_COLUMNS, np.nan)
    row |= {
        "part": name, "name": _words(name, by), "word": found.word, "standing": found.standing,
        "leaning": found.leaning, "height": found.height,
        "since": found.since if found.since is not None else pd.NaT, "stands": False, "level": INTERVAL,
        "month_alone": found.month_alone, "turned_back": found.turned, "may_be_new": False, "new": "", "n_alike": 0,
        "method": say(PARTS_METHOD), "status": NOT_COMPUTED, "reason": found.problem, "n_incidents": 0,
        "incident_ids": [],
    }  # fmt: skip
    if found.table.empty:
        return row
    told = found.table.iloc[0]
    first = study.end - int(told["span_days"]) * DAY
    deaths = deaths_between(study, first, study.end)
    held = study.attacks[study.shares_between(first, study.end) > 0] if study.counts is None else study.attacks
    summed = not deaths_problem(study)
    row |= {
        "recent": told["recent"],
        "recent_days": int(told["span_days"]),
        "per_month": told["recent"] / told["span_days"] * SPAN_DAYS,
        "usual": told["reference"] / told["reference_days"] * SPAN_DAYS,
        "p_above": told["p_above"],
        "deaths_low": deaths.low if summed else np.nan,
        "deaths_high": deaths.high if summed else np.nan,
        "n_incidents": len(held),
        "incident_ids": ids_of(held) if len(held) else [],
    }
    if found.word == RISING:
        spans = int(told["span_days"]), int(told["reference_days"])
        if new := newcomers_of(study, *spans, least=FACTOR):
            own = {row["name"], name.rpartition("/")[2]}  # a part that is new itself is named already
            others = [words for one, words in zip(new.names, new.told, strict=True) if one not in own]
            row |= {"may_be_new": True, "new": few(others, MOST_NEW)}
    if not np.isfinite(told["ratio"]):
        row["reason"] = found.problem or say("none is usual, and a ratio over zero is not a number")
        return row
    # A word that cannot be told has no ratio either: too few, or recording that could make it alone.
    if found.word != CANNOT_TELL:
        row |= {"value": told["ratio"], "low": told["low"], "high": told["high"], "status": COMPUTED, "reason": ""}
        before = first - int(told["reference_days"]) * DAY, first
        row["n_alike"] = copies_that_matter(study, before, (first, study.end))
    return row


@in_its_language
def compute_periods(
    study: Study, *, first: Period | str, second: Period | str, by: str = "", most: int = MOST_PARTS
) -> pd.DataFrame:
    """Hold a later period against an earlier one, of the whole study or part by part.

    Parameters
    ----------
    study
        Of incidents or of counts; both periods lie inside its covered days.
    first, second
        The periods, of any lengths, or texts such as ``"2023"`` and ``"2024-01-01..2024-06-30"``, without a day in
        common; see `read_periods`.
    by, most
        As in `compute_parts`; empty: the whole alone.

    Returns
    -------
    pandas.DataFrame
        One row a part, most in both periods first: ``part, name, word`` (`HIGHER`, `LOWER`, `NO_DIFFERENCE` or
        `level.CANNOT_TELL`), of each period ``count, days, per_month, low, high`` (counts in 30 days, with their
        interval) and ``deaths`` (best figures, missing where they may not be summed), ``p_value``, ``stands`` and
        ``n_alike`` as in `compute_parts`, and the tail, ``value`` the second rate over the first.

    Raises
    ------
    ParameterError
        If the periods overlap, or ``most`` is no whole number of at least 1.
    SelectionError
        If a period is not covered, or the table cannot be split so.
    """
    _refuse_no_count(most)
    first, second = (one if isinstance(one, Period) else _period(str(one)) for one in (first, second))
    if first.last >= second.first:
        raise ParameterError(f"The periods {first} and {second} overlap or are exchanged. No day may count twice.")
    covered = Period(study.start, min(study.end, study.covered_end) - DAY)
    for period in (first, second):
        if period.first < covered.first or period.last > covered.last:
            inside = Period(max(period.first, covered.first), min(period.last, covered.last))
            hint = f", e.g. {inside}" if inside.first <= inside.last else ""
            raise SelectionError(
                f"The period {period} is not covered: the table covers the selection from {covered.first:%Y-%m-%d} to"
                f" {covered.last:%Y-%m-%d}, and a day without coverage is no day without {study.noun}s. Give days"
                f" inside it{hint}."
            )
    held = study.shares_between(first.first, first.end) + study.shares_between(second.first, second.end)
    parts, n_parts, unplaced = _split(study, by, 10_000, held) if by else ({ALL: study}, 1, 0)
    rows = [_held_against(name, part, by, first, second) for name, part in parts.items()]
    table = pd.DataFrame(rows, columns=list(PERIODS_COLUMNS))
    table = table.assign(both=table["count_1"] + table["count_2"]).sort_values(
        ["both", "part"], ascending=[False, True], ignore_index=True
    )
    table = table[table["both"].gt(0) | table["part"].eq(ALL)].drop(columns="both").head(most)
    table["stands"] = _stands(table, table["p_value"])
    seasons = seasons_note(study, first, second)
    table.attrs |= {"n_parts": n_parts, "n_unplaced": unplaced, "overlap": by == "actor", "seasons": seasons}
    table.attrs |= {"lost": _lost(study), "divided": _divided(study, by, table)}
    return table


def _held_against(name: str, study: Study, by: str, first: Period, second: Period) -> dict[str, object]:
    level = study.settings.level
    edges = [edge for edge in span_edges(study) if study.start + edge * DAY <= second.end]
    noise = noise_of_counts(study.daily_counts(), edges) if len(edges) > 1 else None
    counts = [study.count_between(period.first, period.end) for period in (first, second)]
    summed = not deaths_problem(study)
    row: dict[str, object] = dict.fromkeys(PERIODS_COLUMNS, np.nan)
    row |= {
        "part": name, "name": _words(name, by), "word": CANNOT_TELL, "level": level, "stands": False,
        "n_alike": 0, "method": say(PERIODS_METHOD), "status": NOT_COMPUTED, "reason": "",
        "n_incidents": 0, "incident_ids": [],
    }  # fmt: skip
    for number, (period, count) in enumerate(zip((first, second), counts, strict=True), start=1):
        months = period.n_days / SPAN_DAYS
        row |= {f"count_{number}": count, f"days_{number}": period.n_days, f"per_month_{number}": count / months}
        if noise is not None:
            bounds = local_level.rate_interval(
                count, months, dispersions=noise.dispersions, weights=noise.of_dispersion, level=level
            )
            row |= {f"low_{number}": float(bounds[0]), f"high_{number}": float(bounds[1])}
        if summed:
            row[f"deaths_{number}"] = study.count_between(period.first, period.end, "deaths")
    if not study.holds_counts:
        share = sum(study.shares_between(period.first, period.end) for period in (first, second))
        rows = study.attacks[share > 0]
        row |= {"n_incidents": len(rows), "incident_ids": ids_of(rows)}
    row["reason"] = _problem(study, counts, noise is not None)
    if row["reason"]:
        return row
    row["n_alike"] = copies_that_matter(study, *((period.first, period.end) for period in (first, second)))
    if counts[0] == 0:  # the ratio of the first over the second is 0, and its interval says whether that is a change
        turned = compare_periods(0, first.n_days, counts[1], second.n_days, noise=noise, level=level)
        word = HIGHER if turned.high < 1 else NO_DIFFERENCE
        reason = say("the first period holds none, and a ratio over zero is not a number")
        return row | {"word": word, "p_value": turned.p_value, "reason": reason}
    ratio = compare_periods(counts[1], second.n_days, counts[0], first.n_days, noise=noise, level=level)
    word = HIGHER if ratio.low > 1 else LOWER if ratio.high < 1 else NO_DIFFERENCE
    return row | {
        "word": word, "value": ratio.ratio, "low": ratio.low, "high": ratio.high, "p_value": ratio.p_value,
        "status": COMPUTED,
    }  # fmt: skip


def _problem(study: Study, counts: list[float], noise_known: bool) -> str:
    if recording := trend_problem(study):
        return recording
    if not noise_known:
        return say("the history is too short to know how counts vary from month to month")
    if sum(counts) < MIN_EVENTS:
        n = int(sum(counts))  # of rows dated to months 9.7 are no 10
        return say("the two periods hold {n:.0f} together; a comparison needs {least}", n=n, least=MIN_EVENTS)
    return ""


@in_its_language
def compute_series(study: Study, table: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """Count what each part of a table of `compute_parts` or `compute_periods` holds in spans of about a month that end
    with the study, as the verdict counts them.

    Returns
    -------
    pandas.DataFrame
        ``part, name, period_start, period_end, value``: covered spans of `noise.span_edges` (30 days; 28 of weekly
        counts; months of monthly ones), the last three years', parts in the table's order.
    """
    held = _rows_of_parts(study, by) if by else {}
    pieces = []
    for row in table.itertuples(index=False):
        part = _cut(study, by, row.part, held[row.part]) if by else study
        last = (min(part.end, part.covered_end) - part.start) // DAY
        edges = [edge for edge in span_edges(part) if edge <= last][-SHOWN_SPANS - 1 :]
        days = part.start + pd.to_timedelta(edges, unit="D")
        pieces.append(
            pd.DataFrame(
                {
                    "part": row.part,
                    "name": row.name,
                    "period_start": days[:-1],
                    "period_end": days[1:],
                    "value": span_counts(part.daily_counts(), edges).round(6) if edges else [],
                }
            )
        )
    columns = ["part", "name", "period_start", "period_end", "value"]
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=columns)


@kept_on_study
@in_its_language
def compute_shares(study: Study) -> pd.DataFrame:
    """Return each country's share of the attacks of each of the last five years, counted back from as_of.

    Returns
    -------
    pandas.DataFrame
        One row a country and year, oldest first: ``part`` (code), ``name, period_start, period_end, n, n_all, value``
        (share of one; missing in a year without any). Years that begin before the study are left out.
    """
    rows = []
    of_countries = _rows_of_parts(study, "country")
    parts = {name: _cut(study, "country", name, held) for name, held in sorted(of_countries.items())}
    for back in range(SHARE_YEARS, 0, -1):
        begin, stop = study.end - pd.DateOffset(years=back), study.end - pd.DateOffset(years=back - 1)
        if begin < study.start:
            continue
        counts = {name: part.count_between(begin, stop) for name, part in parts.items()}
        whole = sum(counts.values())
        rows += [
            {
                "part": name, "name": country_name(name), "period_start": begin, "period_end": stop, "n": n,
                "n_all": whole,
                "value": n / whole if whole else np.nan,
            }
            for name, n in counts.items()
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=["part", "name", "period_start", "period_end", "n", "n_all", "value"])


@in_its_language
def compute_firsts(study: Study) -> pd.DataFrame:
    """Return the first attack of each country that had none for two years of coverage before.

    Returns
    -------
    pandas.DataFrame
        One row a country, newest first: ``part, name, first_day, quiet_days, n`` (attacks since, the first counted). Of
        a table of counts ``first_day`` is the first of the period.
    """
    rows = []
    for name, held in _rows_of_parts(study, "country").items():
        part = _cut(study, "country", name, held)
        days = part.whole_days if part.counts is None else part.counts.loc[part.counts["attacks"].gt(0), "period_start"]
        if days.empty or (quiet := (days.min() - study.start) // DAY) < QUIET_DAYS:
            continue
        rows.append(
            {
                "part": name, "name": country_name(name), "first_day": days.min(), "quiet_days": int(quiet),
                "n": part.count_between(study.start, study.end),
            }
        )  # fmt: skip
    table = pd.DataFrame(rows, columns=["part", "name", "first_day", "quiet_days", "n"])
    table["first_day"] = pd.to_datetime(table["first_day"])
    return table.sort_values(["first_day", "part"], ascending=[False, True], ignore_index=True)


@in_its_language
def compute_group(study: Study, codes: tuple[str, ...]) -> pd.DataFrame:
    """Hold the last twelve months of some of a study's countries together against the twelve before, as
    `compute_periods` does.

    Parameters
    ----------
    codes
        ISO3 codes.

    Returns
    -------
    pandas.DataFrame
        One row, as of `compute_periods`; none where two years are not covered.
    """
    of_group = [held for name, held in _rows_of_parts(study, "country").items() if name in codes]
    middle, begin = study.end - pd.DateOffset(years=1), study.end - pd.DateOffset(years=2)
    if not of_group or begin < study.start or study.covered_end < study.end:
        return pd.DataFrame(columns=list(PERIODS_COLUMNS))
    held = np.sort(np.concatenate(of_group))  # a row has one country
    part = _cut(study, "group", ALL, held)
    return compute_periods(part, first=Period(begin, middle - DAY), second=Period(middle, study.end - DAY))


def comparisons_note(table: pd.DataFrame) -> str:
    """Say how many comparisons a table of `compute_parts` or `compute_periods` holds, and what of them stands; nothing
    of one."""
    n_compared = int(table["word"].ne(CANNOT_TELL).sum())
    if n_compared < 2:
        return ""
    return say(
        "{n} comparisons at once. With a change: {moved}; of these, also when all are counted: {stand} "
        "(at most 10 % of such are false).",
        n=n_compared,
        moved=int(table["word"].isin(CHANGES).sum()),
        stand=int(table["stands"].sum()),
    )


def notes_of(table: pd.DataFrame) -> list[str]:
    """Say what a reader of a table of `compute_parts` or `compute_periods` should know.

    How many were compared and what stands, the level of intervals, what makes words unsure, what was not computed and
    why, and what is left out.
    """
    said = list(filter(None, [comparisons_note(table)]))
    n_compared = int(table["status"].eq(COMPUTED).sum())
    if n_compared:
        level = 100 * float(table["level"].iloc[0])
        said.append(say("In brackets behind a ratio: its interval of {level:.0f} %.", level=level))
    said += filter(None, _doubts(table))
    gaps = table[table["status"].ne(COMPUTED)]
    for reason, rows in gaps.groupby("reason", sort=False):
        said.append(say("Not computed for {names}: {reason}.", names=_named(rows), reason=reason))
    if left := table.attrs.get("n_parts", len(table)) - len(table):
        said.append(say_count("{n} further [part holds|parts hold] no more and [is|are] not shown.", left))
    if rows := table.attrs.get("n_unplaced", 0):
        said.append(say_count("{n} [attack|attacks] of these days [belongs|belong] to no part.", rows))
    if divided := table.attrs.get("divided"):
        said.append(
            say(
                "The map has no unit {names}: maps, and the regions of a report, count these attacks where they lie.",
                names=few(divided, MOST_NAMED),
            )
        )
    if table.attrs.get("overlap"):
        said.append(say("An attack with two parties counts for each: the parts add up to more than the whole."))
    return [*said, *filter(None, [table.attrs.get("seasons", "")])]


def _doubts(table: pd.DataFrame) -> Iterator[str]:
    """Say what leaves no word, or some, sure, as it does of a report's verdict."""
    lost, read = table.attrs.get("lost", (0, 0))
    if lost > MOST_LOST * read:
        yield say("No word here is sure: {n} of the table's {all} rows could not be used.", n=lost, all=read)
    if len(copied := table[table["n_alike"].gt(0)]):
        yield say_count(
            "{names}: {n} [attack that is like another, and may be a copy, makes|attacks that are like another, and "
            "may be copies, make] the ratio another.",
            int(copied["n_alike"].sum()),
            names=_named(copied),
        )
    if "may_be_new" in table and len(new := table[table["may_be_new"].eq(True)]):
        named = [f"{name} ({what})" if what else name for name, what in zip(new["name"], new["new"], strict=True)]
        yield say(
            "{names}: the rise rests on what is new to the table, and may be newly recorded.",
            names=few(named, MOST_NAMED),
        )
    if "month_alone" in table and len(turned := table[table["word"].isin(CHANGES) & table["month_alone"].ne(0)]):
        yield say("{names}: the last 30 days alone point the other way.", names=_named(turned))


def _named(rows: pd.DataFrame) -> str:
    return few(rows["name"], MOST_NAMED)


@in_its_language
def seasons_note(study: Study, first: Period, second: Period) -> str:
    """Say that two periods do not hold the same months of the year, each by the same share of its days; nothing where
    they do."""
    of_months = [
        np.bincount(pd.date_range(period.first, period.last).month, minlength=13) / period.n_days
        for period in (first, second)
    ]
    if np.abs(of_months[0] - of_months[1]).sum() / 2 <= SEASON_SHARE:
        return ""
    return say(
        "The months of the year weigh differently in the two periods: what comes back every year is not taken out."
    )


def _split(study: Study, by: str, most: int, shares: np.ndarray) -> tuple[dict[str, Study], int, int]:
    """Return the parts with most in some days, how many there are, and how much of these days belongs to none;
    ``shares`` says how much of each row lies in them."""
    rows = study.counted_rows
    held = _rows_of_parts(study, by)
    if len(rows) and not held:
        raise SelectionError(f"The table cannot be compared by {by}: none of its {len(rows):,} rows names one.")
    placed = np.zeros(len(rows), dtype=bool)
    for part in held.values():
        placed[part] = True
    weight = study.row_numbers()
    within = weight * shares
    ranked = sorted(held, key=lambda name: (-within[held[name]].sum(), -weight[held[name]].sum(), name))
    unplaced = rounded(float(within[~placed].sum()))
    return {name: _cut(study, by, name, held[name]) for name in ranked[:most]}, len(ranked), unplaced


def _rows_of_parts(study: Study, by: str) -> dict[str, np.ndarray]:
    """Return the positions of the rows that belong to each part: of as many parts as rows they are no more than the
    rows."""
    if by not in COMPARED_BY:
        raise SelectionError(
            f"A study is not compared by {by!r}; expected one of {', '.join(COMPARED_BY)}"
            '; two periods are compared as first="2023", second="2024".'
        )
    if study.holds_counts and by not in PLACES:
        raise SelectionError(f"The table cannot be compared by {by}: {NEEDS_INCIDENTS}. Compare by a place.")
    rows = study.counted_rows
    if by == "actor":
        sides = pd.concat([rows["actor_a"], rows["actor_b"]]).astype(object)
        held = sides.groupby(sides.to_numpy()).indices
        return {name: np.unique(held[name] % len(rows)) for name in held if not names_nobody(name)}
    values = rows["country"] if by == "country" else _units(study, by) if by in PLACES else part_of(rows, by)
    values = values.astype(object)
    unnamed = {"attacker", "attacker_type"}
    return {
        str(name): held
        for name, held in values.groupby(values.to_numpy()).indices.items()
        if not (by in unnamed and names_nobody(str(name)))
    }


def _units(study: Study, by: str) -> pd.Series:
    try:
        return study.counted_by(by).units
    except UnitError as error:
        raise SelectionError(f"A study is not compared by {by} here: {error.reason}. Compare by country.") from None


def _cut(study: Study, by: str, name: str, held: np.ndarray) -> Study:
    changed: dict[str, Any] = {"label": name if by != "country" else ""}
    if by == "country":
        changed["selection"] = replace(study.selection, country=(name,))
    if study.counts is None:
        return replace(study, attacks=study.attacks.iloc[held].reset_index(drop=True), **changed)
    return replace(study, counts=study.counts.iloc[held].reset_index(drop=True), **changed)


def _words(part: str, by: str) -> str:
    if part == ALL and not by:
        return say("all")
    if by == "country":
        return country_name(part)
    if by in PLACES:
        code, slash, place = part.partition("/")
        return say("{place} ({country})", place=place, country=country_name(code)) if slash else part
    return say(part.replace("_", " ")) if by in ("attacker_type", "target_type", "target_group", "tactic") else part
