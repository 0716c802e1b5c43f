"""Can any of this be trusted?"""

from analysis.figures.reliability import plot_completeness
from analysis.incidents.study import Study
from analysis.measures import reliability
from analysis.reports.page import Page
from analysis.reports.words import Results, as_alt, caption, counted, gap, joined, percent


def read(study: Study, results: Results) -> list[str]:
    """Say how far the table can be trusted."""
    provenance = study.table.provenance
    said = [
        f"Rows read {provenance.rows_read:,} = kept {provenance.rows_kept:,} + set aside {provenance.rows_rejected:,}; "
        f"{counted(provenance.cells_blanked, 'impossible value')} treated as unknown."
    ]
    if results.known("completeness"):
        whole, lowest, highest = (results[f"completeness{part}"] for part in ("", "_lowest", "_highest"))
        said.append(
            f"Against the reference counts the table holds {percent(whole.value)} of attacks "
            f"({percent(whole.low)} to {percent(whole.high)}), from {percent(lowest.value)} ({lowest.method}) to "
            f"{percent(highest.value)} ({highest.method})."
        )
    else:
        said.append(gap("Completeness", results.why_not("completeness")))
    shares = {
        "dated_to_day": "dated to the day",
        "placed_near": "located exactly or nearby",
        "verified": "supported by someone other than the attacker",
        "deaths_known": "with any figure of deaths",
    }
    told = [f"{percent(results[name].value)} {words}" for name, words in shares.items() if results.known(name)]
    if told:
        said.append(f"Of the attacks: {joined(told)}.")
    if results["roles_stated"].value < 1:
        said.append(
            f"For {percent(1 - results['roles_stated'].value)} of the attacks the publisher does not say who attacked whom: "
            "those roles are assumed from the order of its sides."
        )
    return said


def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    said = read(study, results)
    page.say(*said)
    held = reliability.completeness_of(study).periods
    page.chart(
        "completeness",
        plot_completeness(held, caption=caption(study, rows=study.incidents)),
        held,
        alt=as_alt("Share of a reference count that the table holds", said),
    )
    page.table(study.table.problems, title="Rows and values with problems", limit=15)
