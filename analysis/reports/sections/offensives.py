"""Which attacks were one operation?"""

from analysis.incidents.study import Study, in_its_language
from analysis.language import message
from analysis.measures import offensives
from analysis.measures.offensives import definition_of, linkable
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.words import Results, caption, counted, day_words, gap, number, percent, probability

OFFENSIVES_COLUMNS = {
    "date_start": "first day",
    "attacker": "attacker",
    "n_sites": "sites",
    "sites": "where",
    "deaths_low": "deaths, lowest given",
    "deaths_high": "deaths, highest claim",
    "meets": "counts by",
}

AGREEMENT_COLUMNS = {
    "max_gap_days": "gap, days",
    "max_km": "distance, km",
    "n_linked": "pairs joined",
    "n_reported": "pairs reported",
    "precision": "precision",
    "recall": "recall",
    "value": "F1",
    "reason": "not computed, because",
}


CHARTS = {
    "definition_grid": message("Offensives in the last window under each definition"),
}


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say which attacks were one operation, by which definition, and how well that agrees with reports."""
    said = []
    if results.known("multi_site_days"):
        days, expected, p = (results[f"multi_site_days{part}"] for part in ("", "_expected", "_p"))
        said.append(
            f"On {counted(int(days.value), 'day')} one attacker hit two or more sites; dates drawn anew within each "
            f"month give "
            f"{number(expected.value)} ({number(expected.low)} to {number(expected.high)}; p {probability(p.value)})."
        )
    if not results.known("offensives_in_window"):
        return [*said, gap("Offensives", results.why_not("offensives_in_window"))]
    row = results["offensives_in_window"]
    whose = "chosen" if study.selection.offensive else "default"
    said.insert(
        0,
        f"{counted(int(row.value), 'offensive')} began in the {study.settings.window_days} days to "
        f"{day_words(study.as_of)} by the "
        f"{whose} definition ({definition_of(study)}); sensible definitions give {row.low:.0f} to {row.high:.0f}.",
    )
    left_out = int((~linkable(study.attacks)).sum())
    if left_out:
        said.append(
            f"{counted(left_out, 'attack')} of {len(study.attacks)} cannot be joined to any other: dated to a week or worse, "
            "or without a named attacker."
        )
    if results.known("linking_precision"):
        precision, recall = results["linking_precision"].value, results["linking_recall"].value
        said.append(
            f"Of the pairs that the rule joins, {percent(precision)} are also reported as one wave; of the pairs so "
            f"reported "
            f"it joins {percent(recall)}. The rule was chosen by that agreement, not by what reproduces a headline."
        )
    return said


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the section's chart."""
    grid = offensives.grid_of(study)
    under = caption(study, rows=offensives.offensives_of(study).offensives, counted="offensives in all")
    draw = Drawing("offensives.plot_definition_grid", grid, caption=under)
    return [Chart("definition_grid", draw, grid, "Offensives in the window under each definition")]


@in_its_language
def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    said = read(study, results)
    page.say(*said)
    page.charts(charts(study), said)
    finding = offensives.offensives_of(study)
    if finding.problem:  # said above: no table of none for what was not computed
        return
    found = finding.offensives
    page.table(found, title="Offensives found, by first day", columns=OFFENSIVES_COLUMNS, limit=25, newest_first=True)
    agreement = offensives.agreement_of(study)
    if not results.known("linking_precision"):
        page.say(gap("How well the rule agrees with reported waves", results.why_not("linking_precision")))
        return
    page.table(agreement, title="Linking rules against reported waves", columns=AGREEMENT_COLUMNS, limit=6)
