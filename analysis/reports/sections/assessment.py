"""So: is it escalating?"""

from analysis.incidents.study import Study
from analysis.measures.assessment import CANNOT_TELL, DOWN, LEVEL, SILENT, UP, assess, attacks_needed, rule_words
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.words import Results, caption, counted, joined

LINES_COLUMNS = {
    "line": "line",
    "asks": "what it speaks of",
    "direction": "counts as",
    "value": "ratio to no change",
    "low": "low",
    "high": "high",
    "p_value": "p",
    "counts": "counts where",
}
VERDICT_WORDS = {
    "escalating": "Escalating, by rules printed in advance",
    "elevated": "Elevated, not escalating, by rules printed in advance",
    "steady": "Steady: no change found, and a doubling and a halving excluded",
    "easing": "Easing, by rules printed in advance",
    CANNOT_TELL: "Cannot tell whether it is escalating",
}


def read(study: Study, results: Results) -> list[str]:
    """Say the verdict, which lines it rests on, which disagree, and what would change it."""
    found = assess(study)
    direction = found.lines.set_index("line")["direction"]
    told = [
        f"{word}: {joined(names)}"
        for word, names in (
            ("up", direction.index[direction.eq(UP)]),
            ("down", direction.index[direction.eq(DOWN)]),
            ("no change found", direction.index[direction.eq(LEVEL)]),
            ("silent", direction.index[direction.eq(SILENT)]),
        )
        if len(names)
    ]
    said = [
        f"{VERDICT_WORDS[found.verdict]}: {found.because}.",
        f"Of {len(direction)} lines of evidence – {'; '.join(told)}.",
    ]
    if direction.eq(UP).any() and direction.eq(DOWN).any():
        said.append(
            f"The lines disagree: {joined(direction.index[direction.eq(UP)])} point up, {joined(direction.index[direction.eq(DOWN)])} down."
        )
    reasons = found.lines.loc[found.lines["direction"].eq(SILENT)].groupby("reason", sort=False)["line"]
    said += [f"{joined(lines).capitalize()} cannot tell, because {reason}." for reason, lines in reasons]
    said.append(_what_would_change(found.changes))
    if found.verdict != CANNOT_TELL and (needed := attacks_needed(study)):
        held = int(results["attacks_in_window"].value) if results.known("attacks_in_window") else 0
        said.append(
            f"By the number of attacks alone, a rise would count from {counted(needed, 'attack')} in the window on; it holds {held:,}."
        )
    return said


def charts(study: Study) -> list[Chart]:
    """Return the section's chart."""
    found = assess(study)
    draw = Drawing("assessment.plot_lines", found.lines, verdict=found.verdict, caption=caption(study))
    return [Chart("assessment", draw, found.lines, "Lines of evidence as ratios to no change")]


def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    said = read(study, results)
    page.say(*said)
    page.charts(charts(study), said)
    found = assess(study)
    page.table(found.lines, title="The table that the verdict follows from", columns=LINES_COLUMNS)
    page.say(*rule_words(), as_list=True)


def _what_would_change(changes) -> str:
    if changes.empty:
        return "No single line, were it to point another way, would change the verdict."
    parts = []
    for (direction, verdict), lines in changes.groupby(["direction", "verdict"], sort=False)["line"]:
        word = {UP: "up", DOWN: "down", LEVEL: "without a change"}[direction]
        parts.append(f"{verdict} if {joined(lines).replace(' and ', ' or ')} were {word}")
    return f"A single line would change the verdict: {'; '.join(parts)}."
