"""So: is it escalating?

Seven lines of evidence, each one number of another question with its p-value and a rule, printed in advance, for what counts. The verdict
follows from that table alone; nothing is added up into a score. A line that a change of recording could draw by itself does not count where
recording is known to have changed, and without a line that says how often attacks come the verdict is "cannot tell".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.incidents.study import Study, kept_on_study
from analysis.measures import rows_of
from analysis.measures.frequency import compare_periods, comparison_of
from analysis.measures.reliability import trend_problem
from analysis.measures.result import COMPUTED, NOT_COMPUTED, TAIL, IndicatorRows, Measure

QUESTION = "assessment"
# Expected share of false ones among the lines that count.
FALSE_DISCOVERY_RATE = 0.05
# "Steady" needs a line that excludes a doubling and a halving: not having found a change is not having found none.
STEADY_RATIO = 2.0
VERDICTS = ("easing", "steady", "elevated", "escalating")
CANNOT_TELL = "cannot tell"
UP, DOWN, LEVEL, SILENT = "up", "down", "no change found", "cannot tell"
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Line:
    """One line of evidence.

    Attributes
    ----------
    asks
        What it speaks of.
    effect
        The indicator that gives its size.
    p
        The indicator that gives its p-value.
    counts
        The rule for what counts, in words.
    core
        Whether it says how often attacks come; the verdict needs one of these.
    now
        Whether it speaks of the window itself; a rise over years alone is no escalation now.
    recording
        Whether a change of recording alone could draw it.
    sides
        ``two``, or ``up`` where the p-value is of a rise alone.
    as_ratio
        Turns the indicator's value into a ratio to no change.
    """

    name: str
    asks: str
    effect: str
    p: str
    counts: str
    core: bool
    recording: bool
    now: bool = True
    sides: str = "two"
    as_ratio: Callable[[float, Study, Mapping[str, object]], float] = lambda value, _study, _rows: value


def _against_expected_offensives(value: float, study: Study, rows: Mapping[str, object]) -> float:
    rate = rows["offensive_rate_baseline"]
    expected = rate.value * study.settings.window_days / DAYS_PER_YEAR if rate.status == COMPUTED else 0.0
    return value / expected if expected > 0 else np.nan


def _against_expected_units(value: float, _study: Study, rows: Mapping[str, object]) -> float:
    expected = rows["units_newly_hit_expected"].value
    return value / expected if expected > 0 else np.nan


LINES = (
    Line(
        "frequency", "How often: operations against the baseline's rate", "operation_rate_ratio", "operation_rate_ratio_p",
        "ratio of rates differs from 1", core=True, recording=True,
    ),
    Line(
        "tempo", "Offensives in the window against the baseline's rate", "offensives_in_window", "tempo_any_window_clustered",
        "so many in some window of the history are unlikely even if offensives bring others", core=True, recording=True, sides="up",
        as_ratio=_against_expected_offensives,
    ),
    Line(
        "acceleration", "Change of attacks a year over the last three years", "recent_trend_percent_per_year", "recent_trend_p",
        "slope of the count regression differs from 0", core=True, recording=True, now=False,
        as_ratio=lambda value, _study, _rows: 1 + value / 100,
    ),
    Line(
        "breadth", "Places hit for the first time", "units_newly_hit", "units_newly_hit_p",
        "more than attack days drawn from the whole history hit", core=False, recording=True, sides="up",
        as_ratio=_against_expected_units,
    ),
    Line(
        "coordination", "Attacks in one operation, window against baseline", "operation_size_ratio", "operation_size_ratio_p",
        "mean size of operations differs", core=False, recording=False,
    ),
    Line(
        "lethality", "Deaths in a typical attack, window against baseline", "deaths_ratio_highest", "deaths_ratio_p_highest",
        "geometric mean of deaths differs", core=False, recording=False,
    ),
    Line(
        "spread", "Reach of attacks around their centre, window against baseline", "reach_ratio", "reach_ratio_p",
        "attacks lie farther from their centre", core=False, recording=False, sides="up",
    ),
)  # fmt: skip
# Where operations cannot be told, attacks stand in for them.
STAND_INS = {
    "operation_rate_ratio": (
        "attack_rate_ratio",
        "attack_rate_ratio_p",
        "How often: attacks against the baseline's rate",
    )
}
# The questions whose indicators the lines read.
READ = ("frequency", "offensives", "tempo", "trend", "spread", "severity", "reliability")

MEASURES = (
    Measure(
        "escalation_verdict",
        "verdict",
        "-1 easing, 0 steady, 1 elevated, 2 escalating; not computed: cannot tell.",
        "rule on the table of lines of evidence",
    ),
    Measure("lines_up", "lines", "Lines of evidence that count as a rise.", "Benjamini-Hochberg over the lines", "Benjamini & Hochberg 1995, J R Stat Soc B 57:289"),
    Measure("lines_down", "lines", "Lines of evidence that count as a fall.", "Benjamini-Hochberg over the lines", "Benjamini & Hochberg 1995, J R Stat Soc B 57:289"),
    Measure("lines_silent", "lines", "Lines that cannot tell.", "count of lines without a value, or that uneven recording could draw"),
)  # fmt: skip


@dataclass(frozen=True)
class Assessment:
    """The verdict and what it follows from.

    Attributes
    ----------
    lines
        One row per line: ``line, asks, counts, core, now, direction, sides, p_value`` and the tail, ``value`` being a ratio to no change.
    verdict
        One of `VERDICTS`, or ``cannot tell``.
    because
        The clause of the rule that decided.
    changes
        Which lines would change the verdict, and to what: ``line, direction, verdict``.
    """

    lines: pd.DataFrame
    verdict: str
    because: str
    changes: pd.DataFrame


@kept_on_study
def assess(study: Study) -> Assessment:
    """Weigh a study's lines of evidence by the printed rules.

    Returns
    -------
    Assessment
        The verdict depends on ``lines`` alone, by `decide`.
    """
    indicators = {row.name: row for question in READ for row in rows_of(study, question).itertuples(index=False)}
    uneven = trend_problem(study)
    rows = [_line_row(line, study, indicators, uneven) for line in LINES]
    lines = pd.DataFrame(rows, columns=["line", "asks", "counts", "core", "now", "sides", "p_value", *TAIL])
    counted = _discoveries(lines)
    lines.insert(
        4, "direction", [_direction(row, found) for row, found in zip(lines.itertuples(), counted, strict=True)]
    )
    verdict, because = decide(lines)
    return Assessment(lines, verdict, because, _what_would_change(lines, verdict))


def decide(lines: pd.DataFrame) -> tuple[str, str]:
    """Return the verdict that a table of lines gives, and the clause that decided.

    1. No core line has a direction or is precise enough to be steady: cannot tell.
    2. A core line on the window itself is up, another line is up too, and no core line is down: escalating.
    3. Any line is up: elevated.
    4. A core line is down and none is up: easing.
    5. No line is up, no core line is down, and a core line excludes a doubling and a halving: steady.
    """
    direction = lines["direction"]
    core = lines["core"]
    up, down = direction.eq(UP), direction.eq(DOWN)
    precise = core & direction.eq(LEVEL) & lines["low"].gt(1 / STEADY_RATIO) & lines["high"].lt(STEADY_RATIO)
    if not (core & (up | down)).any() and not precise.any():
        return (
            CANNOT_TELL,
            "no line says how often attacks come: each is silent, or too uncertain to exclude a doubling or a halving",
        )
    if (core & lines["now"] & up).any() and up.sum() >= 2 and not (core & down).any():
        return "escalating", "attacks come more often in the window, and at least one more line is up"
    if up.any():
        return (
            "elevated",
            "a line is up, but not two with one of them on how often attacks come in the window, or how often also points down",
        )
    if (core & down).any():
        return "easing", "attacks come less often, and no line is up"
    return "steady", "no line is up or down, and a doubling and a halving of how often attacks come are excluded"


def rule_words() -> list[str]:
    """Return the rule of the verdict in sentences, for the report."""
    return [
        f"A line counts where its p-value is among the discoveries at a false discovery rate of {FALSE_DISCOVERY_RATE:.0%} over all lines that have one "
        "(Benjamini & Hochberg). A line that a change of recording could draw by itself is silent where recording is known to have changed.",
        "Escalating: a line on how often attacks come in the window (frequency, tempo) is up, another line is up too, and none on how often (these or acceleration) is down. Elevated: "
        "any line is up, without that. Easing: a line on how often is down, and none is up. Steady: no line is up or down, and a doubling and a halving of how often are "
        "excluded. Cannot tell: no line on how often has a direction or is that precise.",
        "No score is added up: a table with seven rows can be read.",
    ]


def indicators(study: Study) -> pd.DataFrame:
    """Return this question's indicator rows for a study (``INDICATOR_COLUMNS``, in declared order)."""
    rows = IndicatorRows(study, QUESTION, MEASURES)
    found = assess(study)
    direction = found.lines["direction"]
    on = {"attacks": study.attacks, "baseline": True}
    if found.verdict == CANNOT_TELL:
        rows.skip("escalation_verdict", f"cannot tell: {found.because}", baseline=True)
    else:
        rows.add(
            "escalation_verdict",
            VERDICTS.index(found.verdict) - 1,
            method=f"{found.verdict}: {found.because}",
            label=found.verdict,
            **on,
        )
    for name, word in (("lines_up", UP), ("lines_down", DOWN), ("lines_silent", SILENT)):
        which = ", ".join(found.lines.loc[direction.eq(word), "line"]) or "none"
        rows.add(name, int(direction.eq(word).sum()), method=which, **on)
    return rows.frame()


def attacks_needed(study: Study) -> int | None:
    """Return the least number of recorded attacks in the window at which their rate would count as a rise by itself; none without a baseline.

    By the two-period comparison alone, at the level that a single line needs: its p-value at most the false discovery rate over the number of lines.
    """
    compared = comparison_of(study)
    if compared.ratio is None:
        return None
    dispersion = compared.dispersion.index if compared.overdispersed else 1.0
    threshold = FALSE_DISCOVERY_RATE / len(LINES)
    expected = len(compared.earlier) / compared.baseline_days * study.settings.window_days
    low, high = int(expected), max(int(expected) * 2, 2)
    while not _counts(high, study, compared, dispersion, threshold):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _counts(middle, study, compared, dispersion, threshold) else (middle, high)
    return high


def _counts(count: int, study: Study, compared: object, dispersion: float, threshold: float) -> bool:
    ratio = compare_periods(
        count, study.settings.window_days, len(compared.earlier), compared.baseline_days, dispersion=dispersion
    )
    return ratio.ratio > 1 and ratio.p_value <= threshold


def _line_row(line: Line, study: Study, indicators: Mapping[str, object], uneven: str) -> dict[str, object]:
    effect, p, asks = indicators[line.effect], indicators[line.p], line.asks
    if effect.status != COMPUTED and line.effect in STAND_INS:
        name, p_name, asks = STAND_INS[line.effect]
        effect, p = indicators[name], indicators[p_name]
    reason = next((row.reason for row in (effect, p) if row.status != COMPUTED), "")
    ratios = [
        line.as_ratio(end, study, indicators) if not reason else np.nan
        for end in (effect.value, effect.low, effect.high)
    ]
    p_value = p.value if not reason else np.nan
    if not reason and line.recording and uneven and not _outlives_recording(line, indicators):
        reason = f"recording is uneven and could draw this line by itself: {uneven}"
    if not reason and np.isnan(ratios[0]):
        reason = "nothing was expected, and a ratio over zero is not a number"
    return {
        "line": line.name,
        "asks": asks,
        "counts": line.counts,
        "core": line.core,
        "now": line.now,
        "sides": line.sides,
        "p_value": p_value,
        "value": ratios[0],
        "low": ratios[1],
        "high": ratios[2],
        "level": effect.level,
        "method": f"{effect.name}: {effect.method}" if not effect.reason else effect.name,
        "n_incidents": effect.n_incidents,
        "incident_ids": effect.incident_ids,
        "status": NOT_COMPUTED if reason else COMPUTED,
        "reason": reason,
    }


def _outlives_recording(line: Line, indicators: Mapping[str, object]) -> bool:
    """Whether the rise stands even if the window were recorded in full and the baseline only as well as the reference periods."""
    floor = indicators["rate_ratio_floor"]
    return line.name == "frequency" and floor.status == COMPUTED and floor.low > 1


def _discoveries(lines: pd.DataFrame) -> np.ndarray:
    """Return which lines' p-values are discoveries; a line without a value is no test."""
    told = lines["status"].eq(COMPUTED).to_numpy()
    p = lines["p_value"].to_numpy()
    order = np.flatnonzero(told)[np.argsort(p[told], kind="stable")]
    passed = np.flatnonzero(p[order] <= FALSE_DISCOVERY_RATE * (np.arange(order.size) + 1) / max(order.size, 1))
    found = np.zeros(len(lines), dtype=bool)
    if passed.size:
        found[order[: passed[-1] + 1]] = True
    return found


def _direction(row: object, found: bool) -> str:
    if row.status != COMPUTED:
        return SILENT
    if not found or (row.sides == "up" and row.value <= 1):
        return LEVEL
    return UP if row.value > 1 else DOWN


def _what_would_change(lines: pd.DataFrame, verdict: str) -> pd.DataFrame:
    """Return the lines that would change the verdict if they alone pointed another way."""
    rows = []
    for place, row in enumerate(lines.itertuples()):
        for direction in (UP, LEVEL, DOWN):
            if direction == row.direction or (direction == DOWN and row.sides == "up"):
                continue
            other = lines.copy()
            other.loc[place, "direction"] = direction
            changed, _ = decide(other)
            if changed != verdict:
                rows.append((row.line, direction, changed))
    return pd.DataFrame(rows, columns=["line", "direction", "verdict"])
