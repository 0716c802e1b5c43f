"""The brief: what a reader with a minute gets, two pages in front of the annex.

Facts first (`Brief`), each a value or `Absent` with the reason that the annex tells; then words, which follow from the
facts by rules and from nothing else. Page, PDF and slides are made from the same blocks, each of which names its
``part``.
"""

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
import pandas as pd

from analysis.incidents.canonical import GEO_PRECISIONS
from analysis.incidents.counting import rounded
from analysis.incidents.errors import SelectionError
from analysis.incidents.selection import part_of
from analysis.incidents.study import DAY, Study, kept_on_study
from analysis.language import say
from analysis.measures.agreement import Departure, departure_of
from analysis.measures.assessment import regime_of, rise_from
from analysis.measures.claims import began_of, record_of
from analysis.measures.confidence import (
    attacks_copied,
    caught_of,
    confidence_of,
    copies_make_word,
    deaths_copied,
    ended_of,
)
from analysis.measures.ledger import OF_ALL, SUBJECT_ORDER
from analysis.measures.level import FALLING, RISING, Level, level_of
from analysis.measures.level_rule import INTERVAL, MIN_EVENTS
from analysis.measures.linking import site_of
from analysis.measures.maps import map_units_of, place_names
from analysis.measures.maps import where_of as where_of_map
from analysis.measures.noise import counted_by_month, span_edges
from analysis.measures.offensives import offensives_of, untold_between
from analysis.measures.outlook import QUANTITIES, outlook_of
from analysis.measures.panels import deaths_problem
from analysis.measures.parts import Deaths, deaths_between, hold_beside_usual
from analysis.measures.persistence import persistence_of
from analysis.measures.reliability import (
    Pause,
    completeness_of,
    duplicates_of,
    longest_silence,
    pause_of,
)
from analysis.measures.season import Season, season_of
from analysis.measures.severity import read_deaths
from analysis.measures.surge import alarmed_units
from analysis.measures.tempo import fullest_of, why_no_greatest
from analysis.reports.wording import Results, headline_k

SHOWN_MONTHS = 36
MOST_PLACES, MOST_PARTIES, MOST_CLAIMANTS = 9, 6, 3
LEVEL_OF_OUTLOOK = 0.8
# Below this share of stated roles, pairs are shown in place of attackers.
ROLES_STATED = 0.9
T = TypeVar("T")


@dataclass(frozen=True)
class Absent:
    """What could not be computed, and why: the annex tells it."""

    reason: str


@dataclass(frozen=True)
class Headline:
    """The verdict and what a sentence about it needs."""

    # As in `analysis.measures.level.Level`.
    word: str
    young: bool
    sharp: bool
    standing: bool
    onset: bool
    leaning: int
    month_alone: int
    turned: bool
    back: int
    course: int
    height: str
    # Count of the last 90 days, of the 90 before them, and of as many of the year before.
    recent_quarter: float | Absent
    quarter_before: float | Absent
    usual_quarter: float | Absent
    quarter_days: int
    # Of the two; missing where the year before holds none.
    ratio: float | Absent
    low: float
    high: float
    interval_level: float
    since: pd.Timestamp | Absent  # first day of the rise or fall
    long_said: bool  # whether the word was said long before that day already: then it is the day of its plainest step
    # Of a rise to a high level, or a fall to a low one: the last month before that held as many, or as few; none where
    # none did. `Absent` where that is no news.
    most_since: "pd.Timestamp | Absent | None"
    # Since when the present level holds, its rate and the one before, in 30 days.
    regime: "tuple[pd.Timestamp, float, float] | Absent"
    # Chance that the next six months stay 1.25 times above (falling: .8 times below) the year before.
    lasting: float | Absent
    # ``high``, ``moderate`` or ``low``; the one reason, by a code; and the numbers that its sentence needs.
    confidence: str
    because: str
    numbers: dict[str, object]
    problem: str  # why the word is `CANNOT_TELL`
    deaths: Level  # which has a word of its own
    season: Season | None  # the last days beside the same days of earlier years; none where the word is `CANNOT_TELL`
    # How many of the deaths compared, and of how many, may be copies, where that makes their ratio another; the same of
    # attacks, where the verdict would be the same without them.
    deaths_copied: tuple[int, int] | None = None
    copied: tuple[int, int] | None = None


@dataclass(frozen=True)
class Figures:
    """The figures of the first page."""

    days: int  # length of this period, about a month
    before_days: int  # that of the period before: of months as they are
    # Counts of this period, of the one before, of the same days a year ago (of weeks, the same weeks), and of a usual
    # month: the mean of the year that ended three months ago, in as many days; and the last day of that year.
    recent: float | Absent
    before: float | Absent
    year_ago: float | Absent
    usual: float | Absent
    usual_to: pd.Timestamp | Absent
    deaths: Deaths | Absent  # sums of the lowest and the highest figures, and of how many rows there is any
    # Places hit in this period, at least and at most, as of attacks that are dated roughly; first-order units hit,
    # likewise, and ever hit.
    places: tuple[int, int] | Absent
    regions: tuple[int, int, int] | Absent
    usual_days: int = 0  # the length of that year, as the record may be shorter


@dataclass(frozen=True)
class Timeline:
    """What the timeline shows."""

    # ``period, period_start, period_end, value, deaths, covered_start, covered_end``: months, or weeks of a short
    # history; ``covered_end`` is before ``period_end`` in a period that is not over, or not covered to its end;
    # ``deaths`` (best figures) are missing where they may not be summed.
    periods: pd.DataFrame
    window_days: int
    offensives: pd.DataFrame | Absent  # those in the periods shown, `offensives_of`'s columns
    # How many began in the trailing window of ``window_days``; and the greatest number in any such window with its last
    # day.
    recent_offensives: int | Absent
    greatest: tuple[int, pd.Timestamp] | Absent
    peak: tuple[pd.Timestamp, float]  # start and count of the period with most
    usual: float | Absent  # of a period, where known
    events: pd.DataFrame  # what happened beside: ``date, text``


@dataclass(frozen=True)
class Where:
    """Units with what they count now: `parts.COLUMNS`, ``name, country`` and ``alert``.

    ``kind`` is admin1 or country; ``n_rough`` rows of this period's ``n`` belong to none. ``alerts`` has ``name,
    country, may_be_copies`` of the units in alarm, which are those that the table itself names, or else countries.
    """

    kind: str
    units: pd.DataFrame
    alerts: pd.DataFrame | Absent
    n_rough: float
    n: float


@dataclass(frozen=True)
class Who:
    """Parties with what they count now: `parts.COLUMNS`.

    ``kind`` is ``attacker``, ``pair`` or ``target_group``; ``civilians`` counts this period's rows that hit civilians,
    with their deaths; ``civilians_killed`` is the sum of the publisher's own figures of them, in all rows, and of the
    dead beside them who are not identified.
    """

    kind: str
    parties: pd.DataFrame
    civilians: tuple[float, Deaths] | Absent
    civilians_killed: tuple[float, float] | Absent


@dataclass(frozen=True)
class Tempo:
    """The k-th offensive and its two honest chances: in a window fixed beforehand, and somewhere in the history.

    ``k`` is the number as reported, where one was, and ``counted`` that of the record.
    """

    k: int
    counted: int
    window_days: int
    fixed: float
    somewhere: tuple[float, float]
    history_days: int


@dataclass(frozen=True)
class Largest:
    """The deadliest attack of this period of ``days``, or the deadliest offensive where attacks are joined.

    ``place`` is empty where no place of an offensive has a name; ``best`` is missing of offensives, ``high`` where
    nobody gives a figure of one, ``low`` where nobody gives a lowest. ``n_alike`` attacks have as many deaths, or
    offensives as many sites where several are as deadly; ``most_sites`` tells that no other offensive hit more sites,
    ``precision`` how well the day is known; ``highest`` is the highest figure of any one attack, missing of
    offensives.
    """

    day: pd.Timestamp
    place: str
    n_sites: int
    low: float
    best: float
    high: float
    incident_ids: tuple[str, ...]
    n_alike: int = 1
    most_sites: bool = True
    precision: str = "day"
    days: int = 30
    highest: float = np.nan


@dataclass(frozen=True)
class Claimed:
    """Who says what of one side's dead, or of ``all``: (claimant, words), no words where no figure is given.

    Where ``contradicted``, no number fits the figures that stand here; of ``all``, where ``by_sides``, none that fits
    what others say of the sides.
    """

    side: str
    lines: tuple[tuple[str, str], ...]
    contradicted: bool
    by_sides: bool = False


@dataclass(frozen=True)
class Claims:
    """Who says what of the dead of one event; ``of_largest`` where that is the one that is told as the largest.

    ``unsaid`` are those, not told among them, who give no figure of their own side's dead. ``n_more`` are not told
    here; ``n_later`` rows of the claims table, of those that are behind all of them, were published after the day of
    the brief. Of a single largest attack ``beyond`` tells that some claim says more than its highest figure.
    """

    places: tuple[str, ...]
    day: pd.Timestamp
    of_sides: tuple[Claimed, ...]
    of_largest: bool
    unsaid: tuple[str, ...] = ()
    n_more: int = 0
    n_later: int = 0
    beyond: bool = False


@dataclass(frozen=True)
class StandsOut:
    """What is out of the ordinary."""

    tempo: Tempo | Absent
    largest: Largest | Absent
    claims: Claims | Absent


@dataclass(frozen=True)
class Next:
    """What is to be expected, and from which count on the verdict would be another.

    ``month`` is the next month's range with its level; ``lasting`` the chance that the next six months stay above 1.25
    times the year before (falling: below .8 times); ``rise_from`` counts in the next ``days`` days;
    ``departures`` are the forecasts, of attacks and of deaths, that do not fit what has just come.
    """

    month: tuple[pd.Timestamp, float, float, float] | Absent
    lasting: float | Absent
    rise_from: int | Absent
    days: int
    departures: tuple[Departure, ...] = ()


@dataclass(frozen=True)
class Trust:
    """How far the table goes."""

    source: str  # publisher's name, as in `Provenance.source`
    # Least and greatest share of a reference count that the table holds, and who counts.
    caught: tuple[float, float, str] | Absent
    # Shares of all rows.
    roles_unknown: float
    deaths_unknown: float
    deaths_refused: int  # rows without a figure of deaths that can be used, though the table gives one: negative, say
    left_out: int  # rows of more than a week, which are counted nowhere
    # Deaths in such rows, by the best figures and the share of their days, in the last days of the brief.
    summary_deaths: int
    n_alike: int  # possible duplicates, beyond the first of each
    # First and last day of a break in coverage that cut the history short.
    uncovered: "tuple[pd.Timestamp, pd.Timestamp] | None" = None
    # First and last day of a long silence in a table whose coverage nobody states.
    silent: "tuple[pd.Timestamp, pd.Timestamp] | None" = None
    pause: Pause | None = None  # the same of one country among several, in the days that the verdict looks at
    # Attacks of the last days of the brief that name a selected attacker as a party, but not who attacked; and the
    # selected attackers.
    unsaid: tuple[int, tuple[str, ...]] = (0, ())
    # Rows of the table that could not be used and that no other row says again, and rows read.
    lost: tuple[int, int] = (0, 0)
    n_summaries: int = 0  # how many of the rows left out have days among the last of the brief
    # Units of a table of counts whose rows end before it, and the first day on which one has none.
    ended: "tuple[tuple[str, ...], pd.Timestamp] | None" = None


@dataclass(frozen=True)
class Brief:
    """All facts of the brief. Of too few rows there is a headline and what is recorded, and nothing else."""

    noun: str
    as_of: pd.Timestamp
    n: int
    headline: Headline
    figures: Figures | Absent
    timeline: Timeline | Absent
    where: Where | Absent
    who: Who | Absent
    stands_out: StandsOut | Absent
    next: Next | Absent
    trust: Trust

    @property
    def too_few(self) -> bool:
        """Whether there are too few rows to say anything but what they are."""
        return self.n < MIN_EVENTS

    def absent(self) -> list[tuple[str, str]]:
        """Return what is not there and why, ``part.field`` or ``part`` first."""
        found = []
        for part in fields(self):
            value = getattr(self, part.name)
            if isinstance(value, Absent):
                found.append((part.name, value.reason))
            elif hasattr(value, "__dataclass_fields__"):
                held = ((one.name, getattr(value, one.name)) for one in fields(value))
                found += [(f"{part.name}.{name}", one.reason) for name, one in held if isinstance(one, Absent)]
        return found


@kept_on_study
def brief_of(study: Study, results: Results) -> Brief:
    """Return the facts of a study's brief.

    Parameters
    ----------
    study
        Of incidents or of counts.
    results
        Its indicator rows.
    """
    n = rounded(float(study.daily_counts().sum()))
    few = Absent(say("{n} in all are too few to judge", n=n)) if n < MIN_EVENTS else None
    figures = figures_of(study)
    return Brief(
        noun=study.noun,
        as_of=study.as_of,
        n=n,
        headline=headline_of(study),
        figures=few or figures,
        timeline=few or timeline_of(study, figures),
        where=few or where_of(study, figures.days),
        who=few or who_of(study, figures.days),
        stands_out=few or stands_out_of(study, results, figures.days),
        next=few or next_of(study, results, figures.days),
        trust=trust_of(study, figures.days),
    )


AS_JUDGED = (
    "word", "young", "sharp", "standing", "onset", "leaning", "month_alone", "turned", "back", "course", "height",
    "long_said", "problem",
)  # fmt: skip


def headline_of(study: Study) -> Headline:
    """Return the verdict, and how sure it is and why."""
    judged, lasting, regime = level_of(study), persistence_of(study), regime_of(study)
    chance = {RISING: lasting.up, FALLING: lasting.down}.get(judged.word)
    unknown = Absent(judged.problem or say("the history is too short"))
    known = not judged.table.empty
    row = judged.table.iloc[0] if known else pd.Series(dtype=float)
    confidence, because, numbers = confidence_of(study)
    held: tuple[pd.Timestamp, float, float] | Absent = Absent(regime.problem)
    if regime.since is not None and not regime.problem:
        held = regime.since, regime.rate, regime.rate_before
    return Headline(
        **{name: getattr(judged, name) for name in AS_JUDGED},
        recent_quarter=float(row["recent"]) if known else unknown,
        quarter_before=_or_absent(judged.quarter_before, say("the history does not reach so far back")),
        usual_quarter=float(row["usual"]) if known else unknown,
        quarter_days=int(row["span_days"]) if known else 90,
        ratio=_or_absent(row["ratio"], say("none is usual, and a ratio over zero is not a number"))
        if known
        else unknown,
        low=float(row["low"]) if known else np.nan,
        high=float(row["high"]) if known else np.nan,
        interval_level=INTERVAL,
        since=judged.since or Absent(say("the verdict has no direction")),
        most_since=_most_since(study, judged),
        regime=held,
        lasting=chance.value if chance else Absent(lasting.problem or say("the verdict has no direction")),
        confidence=confidence,
        because=because,
        numbers=numbers,
        deaths=level_of(study, quantity="deaths"),
        season=season_of(study),
        deaths_copied=deaths_copied(study),
        copied=copied if (copied := attacks_copied(study)) and not copies_make_word(study, judged) else None,
    )


def _most_since(study: Study, judged: Level) -> "pd.Timestamp | Absent | None":
    """Return the month before that held as many (of a fall: as few), none where none did."""
    if (judged.word, judged.height) not in ((RISING, "high"), (FALLING, "low")):
        return Absent(say("the level is not out of the ordinary"))
    since = judged.highest_since if judged.word == RISING else judged.lowest_since
    if since is not None and study.as_of - since < 365 * DAY:
        return Absent(say("the same was recorded within a year"))
    return since


def _days_problem(study: Study) -> str:
    """Return why the last days cannot be counted; a history shorter than a month is all there is to count."""
    return "" if study.covered_end == study.end else study.window_problem()


def figures_of(study: Study) -> Figures:
    """Return the counts of this period beside others, with deaths and places."""
    edges, daily = span_edges(study), study.daily_counts()
    whole = len(edges) > 1
    days = edges[-1] - edges[-2] if whole else min((study.end - study.start) // DAY, 30)
    if problem := _days_problem(study):
        gone = Absent(problem)
        return Figures(days, days, gone, gone, gone, gone, gone, gone, gone, gone)
    first = study.end - days * DAY

    before_days = edges[-2] - edges[-3] if len(edges) > 2 else days
    year = pd.DateOffset(years=1)
    year_ago = first - year, study.end - year  # of months, which begin on their first
    if not counted_by_month(study):
        until = study.end - 364 * DAY if study.count_period_days > 1 else study.as_of - year + DAY
        year_ago = until - days * DAY, until

    def count(begin: pd.Timestamp, end: pd.Timestamp) -> float | Absent:
        if begin < study.start:
            return Absent(say("the history does not reach so far back"))
        return float(daily[(begin - study.start) // DAY : (end - study.start) // DAY].sum().round(6))

    judged = level_of(study)
    usual: float | Absent = Absent(judged.problem or say("the history is too short"))
    usual_to: pd.Timestamp | Absent = usual
    if not judged.table.empty:
        usual = judged.usual_in(days)
        usual_to = study.end - int(judged.table.iloc[0]["span_days"]) * DAY - DAY
    stated = deaths_between(study, first, study.end)
    deaths: Deaths | Absent = stated
    if stated.n and not stated.n_stated:
        n = rounded(stated.n)
        deaths = Absent(say("none of the {n} in this period has a figure of deaths that can be used", n=n))
    places: tuple[int, int] | Absent = Absent(say("a table of counts names no single places"))
    if not study.holds_counts:
        held = study.attacks[study.shares_between(first, study.end) > 0]
        places = Absent(say("no attack of this period names its place"))
        if len(sites := sites_of(held).dropna()) or held.empty:
            places = study.distinct_between(sites, first, study.end)
    return Figures(
        days=days,
        before_days=before_days,
        recent=count(first, study.end),
        before=count(first - before_days * DAY, first),
        year_ago=count(*year_ago),
        usual=usual,
        usual_to=usual_to,
        deaths=deaths,
        places=places,
        regions=_regions(study, first),
        usual_days=0 if judged.table.empty else int(judged.table.iloc[0]["reference_days"]),
    )


def sites_of(attacks: pd.DataFrame) -> pd.Series:
    """Return a number for each attack's place, missing where none is named: one name may be that of places in several
    countries and units."""
    sites = attacks[["country", "admin1"]].assign(site=site_of(attacks))
    return sites.groupby(list(sites), dropna=False).ngroup().where(sites["site"].notna())


def _regions(study: Study, first: pd.Timestamp) -> tuple[int, int, int] | Absent:
    units = map_units_of(study)
    if units is None:
        return Absent(say("the table names no first-order units"))
    return *study.distinct_between(units, first, study.end), int(units.nunique())


def timeline_of(study: Study, figures: Figures) -> Timeline | Absent:
    """Return what the timeline shows: the last three years by month, or a short history by week."""
    daily, days = study.daily_counts(), pd.date_range(study.start, study.as_of, unit="us")
    covered, deaths = study.covered_end, None if deaths_problem(study) else study.daily_counts("deaths")
    short = len(days) < 200
    calendar = days.to_period("W-SUN" if short else "M")
    frame = pd.DataFrame({"value": np.where(days < covered, daily, np.nan), "period": calendar})
    frame["deaths"] = np.nan if deaths is None else np.where(days < covered, deaths, np.nan)
    sums = frame.groupby("period")[["value", "deaths"]].sum(min_count=1)
    periods = pd.DataFrame({
        "unit": study.place,
        "period": "week" if short else "month",
        "period_start": sums.index.start_time.as_unit("us"),
        "period_end": (sums.index.end_time.normalize() + DAY).as_unit("us"),
        "value": sums["value"].to_numpy().round(6),
            "deaths": sums["deaths"].to_numpy().round(6),
    })  # fmt: skip
    periods["covered_start"] = periods["period_start"].clip(lower=study.start)
    periods["covered_end"] = periods["period_end"].clip(upper=covered)
    periods = periods[periods["value"].notna()].tail(SHOWN_MONTHS).reset_index(drop=True)
    if len(periods) < 3:
        return Absent(say("the history has fewer than three weeks"))
    first = periods["period_start"].iloc[0]
    found = offensives_of(study) if not study.holds_counts else None
    reason = (
        say("a table of counts holds no single attacks") if found is None else found.problem or study.window_problem()
    )
    offensives: pd.DataFrame | Absent = Absent(reason)
    recent: int | Absent = Absent(reason)
    greatest: tuple[int, pd.Timestamp] | Absent = Absent(reason)
    if found is not None and not reason:
        offensives = found.within(first, study.end)
        offensives = offensives.assign(sites=place_names(study, _best_located(study, offensives)).tolist())
        offensives = offensives.drop(columns=["incident_ids", "target_types"])
        untold = untold_between(study, study.window_start, study.end)
        recent = Absent(untold) if untold else len(found.within(study.window_start, study.end))
        greatest = fullest_of(study) or Absent(why_no_greatest(study))
    at = int(periods["value"].to_numpy().argmax())
    usual = figures.usual
    if not isinstance(usual, Absent):
        usual = usual / figures.days * (7 if short else 365.25 / 12)
    return Timeline(
        periods=periods,
        window_days=study.settings.window_days,
        offensives=offensives,
        recent_offensives=recent,
        greatest=greatest,
        peak=(periods["period_start"].iloc[at], float(periods["value"].iloc[at])),
        usual=usual,
        events=study.events_between(first, study.end),
    )


def where_of(study: Study, days: int) -> Where | Absent:
    """Return what each first-order unit counts now, or each country where no units are named."""
    if problem := _days_problem(study):
        return Absent(problem)
    units, kind = map_units_of(study), "admin1"
    if units is None or units.isna().all():  # a map of the user's own has units, in which no attack may be placed
        units, kind = study.counted_rows["country"], "country"
        if units.nunique() < 2:
            return Absent(say("the table names no first-order units"))
    table = hold_beside_usual(study, units)
    of_map = where_of_map(study).units.set_index("unit")
    table = table.assign(
        name=table["part"].map(of_map["name"]) if kind == "admin1" else "",
        country=table["part"].map(of_map["country"]) if kind == "admin1" else table["part"],
    )
    alerts = alerts_by(study, kind)
    if isinstance(alerts, Absent):  # of no region: of a country's alarm the page tells
        countries = alerts_by(study, "country")
        alerts = alerts if isinstance(countries, Absent) or not countries[0] else countries
    keys, doubted = ((), ()) if isinstance(alerts, Absent) else alerts
    alarmed = pd.DataFrame([key.partition("/")[::2] for key in keys], columns=["country", "name"], dtype="str")
    alarmed["may_be_copies"] = [key in doubted for key in keys]
    share = study.shares_between(study.end - days * DAY, study.end)
    return Where(
        kind=kind,
        units=table.assign(alert=table["part"].isin(keys)),
        alerts=alerts if isinstance(alerts, Absent) else alarmed,
        n_rough=round(float(share[units.isna()].sum()), 6) if study.counts is None else 0,
        n=round(float(share.sum()), 6),
    )


@kept_on_study
def alerts_by(study: Study, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]] | Absent:
    """Return the units of a kind in alarm, by the rule of the question on surges, and those of them whose alarm may
    rest on copies."""
    counted = study
    if study.selection.unit != kind:
        try:
            counted = study.counted_by(kind)
        except SelectionError:  # the map places attacks by their coordinates
            return Absent(say("alerts are counted by the units that the table itself names, and it names none"))
    names, doubted, problem = alarmed_units(counted)
    return Absent(problem) if problem else (names, doubted)


def who_of(study: Study, days: int) -> Who | Absent:
    """Return what each attacker, or pair of parties, counts now; of one attacker, whom it attacks."""
    if study.holds_counts:
        return Absent(say("a table of counts names no parties"))
    if problem := _days_problem(study):
        return Absent(problem)
    attacks = study.attacks
    kind = "attacker" if attacks["role_basis"].eq("stated").mean() >= ROLES_STATED else "pair"
    if kind == "attacker" and attacks["attacker"].nunique() < 2:
        kind = "target_group"
    named = part_of(attacks, kind)
    named = named.where(~named.isin(["nan", "unstated", "<NA>"]))
    if named.isna().all():
        return Absent(say("the table names no parties"))
    span = study.end - days * DAY, study.end
    share = study.shares_between(*span)
    groups = attacks["target_group"].astype("str")
    civilians: tuple[float, Deaths] | Absent = Absent(say("the table does not say who was hit"))
    hit = groups.eq("civilians").to_numpy()
    if not hit.any() and (study.selection.target or study.selection.target_type):
        civilians = Absent(say("the selection by who was hit leaves them out"))
    elif groups.ne("unstated").any():
        civilians = round(float(share[hit].sum()), 6), deaths_between(study, *span, hit)
        if not civilians[0] and _civilians_claimed(study, span[0]):
            civilians = Absent(say("claims tell of civilians harmed, and no attack is recorded as one that hit them"))
    killed: tuple[float, float] | Absent = Absent(say("the table does not count civilians killed"))
    counted = attacks.loc[share > 0, ["fatalities_civilians", "fatalities_unidentified"]]
    if counted["fatalities_civilians"].notna().all() and len(counted):
        told, unknown = counted.mul(share[share > 0], axis=0).sum().round(6)
        killed = float(told), float(unknown)
    return Who(kind, hold_beside_usual(study, named), civilians, killed)


def _civilians_claimed(study: Study, first: pd.Timestamp) -> bool:
    """Whether a claim on an attack since then tells of civilians killed, wounded or abducted."""
    told = record_of(study).ledger
    told = told[told["civilians"] & told["high"].gt(0)]
    return bool(len(told) and began_of(study, told).ge(first).any())


def stands_out_of(study: Study, results: Results, days: int) -> StandsOut:
    """Return the tempo of offensives, the deadliest attack and who claims what of it."""
    if study.holds_counts:
        gone = Absent(say("a table of counts holds no single attacks"))
        return StandsOut(gone, gone, gone)
    largest, problem = _largest(study, days), record_of(study).problem
    claims = Absent(problem) if problem else _claims(study, largest)
    return StandsOut(_tempo(study, results), largest, claims)


def _tempo(study: Study, results: Results) -> Tempo | Absent:
    chances = ("fixed_window_independent", "any_window_independent", "any_window_clustered")
    names = ("offensives_in_window", *(f"tempo_{name}" for name in chances))
    if not results.known(*names):
        return Absent(results.why_not(*names))
    k = headline_k(study, results)
    if k < 1:
        return Absent(say("no offensive began in the window"))
    fixed, alone, clustered = (float(results[name].value) for name in names[1:])
    history = (study.end - study.baseline_start) // DAY
    counted, days = int(results["offensives_in_window"].value), study.settings.window_days
    return Tempo(k, counted, days, fixed, (min(alone, clustered), max(alone, clustered)), int(history))


def _largest(study: Study, days: int) -> Largest | Absent:
    start = study.end - days * DAY
    found = offensives_of(study)
    joined = found.within(start, study.end)
    if not found.problem and len(joined):
        joined = joined.sort_values(["deaths_high", "n_sites"], ascending=False, na_position="last", kind="stable")
        row = joined.iloc[0]
        single = read_deaths(study.whole_attacks(start, study.end), "highest").max()
        # At one place the deadliest attack is told, not the sum of several; so it is where it is none of them.
        if row["n_sites"] > 1 and not row["deaths_high"] < single:
            ids, deaths = tuple(row["incident_ids"]), (row["deaths_low"], np.nan, row["deaths_high"])
            best = _best_located(study, joined.head(1))
            place = "" if best["locality"].isna().all() else str(place_names(study, best).iloc[0])
            most = bool(row["n_sites"] == joined["n_sites"].max())
            alike = joined[["deaths_high", "n_sites"]].fillna(-1).eq(row[["deaths_high", "n_sites"]].fillna(-1))
            n_alike = int(alike.all(axis=1).sum()) if most else 1  # of those with most deaths, another hit more places
            if n_alike > 1:  # of which it is said that they hit as many places
                n_alike = int(joined["n_sites"].eq(row["n_sites"]).sum())
            return Largest(
                row["date_start"], place, int(row["n_sites"]), *deaths, ids, n_alike, most_sites=most, days=days
            )
    recent = study.whole_attacks(start, study.end)
    high = read_deaths(recent, "highest")
    if not high.gt(0).any():
        return Absent(say("no attack of this period has a figure of deaths that can be used"))
    told = recent["fatalities_best"].fillna(high)
    if not told.gt(0).any():
        return Absent(say("by the best figures no attack of this period caused a death"))
    at = told.idxmax()
    row = recent.loc[at]
    low = float(read_deaths(recent.loc[[at]], "lowest").iloc[0])
    best, ids = float(row["fatalities_best"]), (str(row["incident_id"]),)
    place, alike = place_names(study, recent.loc[[at]])[at], int(told.eq(told[at]).sum())
    precision = str(row["date_precision"])
    return Largest(
        row["date_start"], place, 1, low, best, float(high[at]), ids, alike, precision=precision, days=days,
        highest=float(high.max()),
    )  # fmt: skip


def _best_located(study: Study, offensives: pd.DataFrame) -> pd.DataFrame:
    """Return an attack of each offensive: of those that are located best, the deadliest."""
    if offensives.empty:
        return study.attacks.head(0)
    of = offensives["incident_ids"].explode()
    attacks = study.attacks[study.attacks["incident_id"].isin(of)]
    rank = attacks["geo_precision"].astype("str").map(GEO_PRECISIONS.index)
    attacks = attacks.assign(rank=rank).sort_values(
        ["rank", "fatalities_high"], ascending=[True, False], na_position="last", kind="stable"
    )
    order = pd.Series(range(len(attacks)), index=attacks["incident_id"])
    best = order.loc[of].groupby(of.index.to_numpy(), sort=False).min()
    return attacks.iloc[best]


def _claims(study: Study, largest: Largest | Absent) -> Claims | Absent:
    """Return the claims about the dead of the largest attack, or else of this period's event with most claims."""
    record = record_of(study)
    killed = record.ledger[record.ledger["measure"].eq("killed")]
    killed = killed[began_of(study, killed).ge(study.window_start)]
    if killed.empty:
        return Absent(say("no claim speaks of the dead of this period"))
    event, of_largest = killed.groupby("event", sort=False)["n_claims"].sum().idxmax(), False
    shared: dict[str, int] = {}
    if not isinstance(largest, Absent):
        ids = set(largest.incident_ids)
        shared = {one.event: len(ids & set(one.incident_ids)) for one in killed.itertuples()}
        if max(shared.values()):
            event, of_largest = max(shared, key=lambda name: shared[name]), largest.n_alike == 1
    events = {name for name, n in shared.items() if n} if of_largest else {event}
    of_event = killed[killed["event"].eq(event)].sort_values("silent", kind="stable")
    row = record.events.set_index("event").loc[event]
    compared = record.compared[record.compared["event"].eq(event) & record.compared["measure"].eq("killed")]
    apart = compared[compared["verdict"].eq("contradict")].set_index("subject_side")
    # The two that contradict each other most stand together, whatever else there is no room for.
    furthest = {
        (side, who)
        for row in apart.itertuples()
        for side in ((*OF_ALL, row.Index) if row.by_sides else (row.Index,))
        for who in (*row.highest_claimant.split("; "), row.lowest_claimant)
    }
    said = [(one.subject_side, one.claimant, "" if one.silent else one.words) for one in of_event.itertuples()]
    first = [one for one in said if one[:2] in furthest and one[2]]
    shown = [*first, *(one for one in said if one not in first)][: max(MOST_CLAIMANTS, len(first))]
    sides = [side for side in SUBJECT_ORDER if any(one[0] == side for one in shown)]
    told = (tuple(one[1:] for one in said if one in shown and one[0] == side) for side in sides)
    by_sides = set(apart.index[apart["by_sides"]])
    of_sides = (
        Claimed(side, lines, side in apart.index, side in by_sides) for side, lines in zip(sides, told, strict=True)
    )
    places, in_events = tuple(row["where"].split("; ")), killed[killed["event"].isin(events)]
    own = in_events[in_events["claimant_side"].eq(in_events["subject_side"])]
    silent = own.groupby(["subject_side", "claimant"])["silent"].all()
    quiet = [key for key in silent.index[silent] if (*key, "") not in shown]
    unsaid = tuple(dict.fromkeys(claimant for _, claimant in quiet))
    n_quiet = sum(key in quiet for key in own[["subject_side", "claimant"]].itertuples(index=False, name=None))
    n_more = len(in_events) - len(shown) - n_quiet
    behind = record.placed[record.placed["event"].isin(events) & record.placed["measure"].eq("killed")]
    n_later = int(behind["published_date"].gt(study.as_of).sum())
    beyond = False
    if of_largest and not isinstance(largest, Absent) and largest.n_sites == 1:
        same = set(row["incident_ids"]) <= set(largest.incident_ids)  # not a wave, of which it is one attack
        beyond = same and bool((of_event["low"] > largest.high).any())
    return Claims(places, row["date_start"], tuple(of_sides), of_largest, unsaid, n_more, n_later, beyond)


def next_of(study: Study, results: Results, days: int) -> Next:
    """Return the next month's range, whether the level stays, and from which count on it would be a rise."""
    made = outlook_of(study)
    month: tuple[pd.Timestamp, float, float, float] | Absent = Absent(made.problem)
    if not made.problem:
        row = made.coming.iloc[0]
        begun = row["period_start"] < study.covered_end
        held = study.count_between(row["period_start"], study.covered_end) if begun else 0.0  # it ends with no fewer
        month = row["period_start"], max(float(row["low_80"]), held), float(row["high_80"]), LEVEL_OF_OUTLOOK
    lasting = persistence_of(study)
    chance = lasting.down if level_of(study).word == FALLING else lasting.up
    trigger = rise_from(study)
    return Next(
        month=month,
        lasting=chance.value if chance else Absent(lasting.problem),
        rise_from=trigger if trigger else Absent(results.why_not("rise_from")),
        days=days,
        departures=tuple(one for name in QUANTITIES if (one := departure_of(study, quantity=name))),
    )


def trust_of(study: Study, days: int) -> Trust:
    """Return how far the table goes; ``days`` are those of the brief's last period."""
    known = completeness_of(study)
    attacks = study.attacks
    in_summaries, n_summaries = _summaries_of_late(study, days)
    alike = duplicates_of(study)
    caught = Absent(known.problem) if known.problem or known.periods.empty else caught_of(study)
    n = max(len(attacks), 1)
    stated = attacks[["fatalities_low", "fatalities_best", "fatalities_high"]].notna().any(axis=1)
    refused = ~stated & attacks["row"].isin(study.table.deaths_refused)
    return Trust(
        source=study.table.provenance.source,
        caught=caught,
        roles_unknown=float((attacks["role_basis"].ne("stated") & attacks["incident_kind"].eq("attack")).sum() / n),
        deaths_unknown=float((~stated & ~refused).sum() / n),
        deaths_refused=int(refused.sum()),
        left_out=0 if study.summaries is None else len(study.summaries),
        summary_deaths=in_summaries,
        n_summaries=n_summaries,
        n_alike=len(alike) - alike["group"].nunique(),
        uncovered=study.uncovered_before,
        silent=longest_silence(study),
        pause=pause_of(study),
        ended=ended_of(study),
        unsaid=(
            0
            if study.unsaid is None
            else rounded(study.shares_between(study.end - days * DAY, study.end, rows=study.unsaid).sum()),
            study.selection.attacker,
        ),
        lost=(study.table.n_lost, study.table.provenance.rows_read),
    )


def _summaries_of_late(study: Study, days: int) -> tuple[int, int]:
    if (rows := study.summaries) is None:
        return 0, 0
    share = study.shares_between(study.end - days * DAY, study.end, rows=rows)
    return rounded((rows["fatalities_best"] * share).sum()), int((share > 0).sum())


def _or_absent(value: float, reason: str) -> float | Absent:
    return float(value) if np.isfinite(value) else Absent(reason)
