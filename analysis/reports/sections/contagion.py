"""Does one attack bring the next?"""

from analysis.incidents.study import Study, in_its_language
from analysis.measures import contagion
from analysis.measures.contagion import NEAR_DAYS, NEAR_KM, SCAN_KM
from analysis.reports.page import Chart, Drawing, Page
from analysis.reports.words import (
    Results,
    caption,
    counted,
    day_words,
    gap,
    interval,
    number,
    percent,
    probability,
)

CLUSTERS_COLUMNS = {
    "place": "around",
    "radius_km": "radius, km",
    "period_start": "from",
    "value": "attacks",
    "expected": "expected",
    "p_value": "p",
    "recurrence_days": "by chance once in, days",
    "reason": "none, because",
}

CLUSTERS_NOTE = f"Circles of up to {SCAN_KM:g} km with more attacks of late than their own and the days' totals would put there. p already counts all circles and spans tried."
LINE = 0.05


@in_its_language
def read(study: Study, results: Results) -> list[str]:
    """Say whether attacks follow one another nearby, where they gather of late, and how many follow from an earlier
    one."""
    said = [_near(study, results)]
    if results.known("scan_p"):
        said.append(_scan(study, results))
    else:
        said.append(gap("Where attacks gather of late", results.why_not("scan_p")))
    if results.known("branching_ratio"):
        said.append(_excitation(results))
    else:
        said.append(gap("How many attacks follow from an earlier one", results.why_not("branching_ratio")))
    said.append(
        "Closeness is not cause: one plan, one season or one reporter can make attacks near in place and time without "
        "any bringing the next."
    )
    return said


@in_its_language
def finding(study: Study, results: Results) -> str:
    """Return the one sentence of a report on this question alone."""
    return _near(study, results)


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the section's chart."""
    table = contagion.near_repeats_of(study)
    close = contagion.closeness_of(study)
    under = caption(
        study, rows=close.attacks, counted=f"located and dated attacks{', a random sample' if close.sampled else ''}"
    )
    what = "Pairs of attacks by distance and time, observed over expected"
    return [Chart("near_repeats", Drawing("contagion.plot_near_repeats", table, caption=under), table, what)]


@in_its_language
def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    said = read(study, results)
    page.say(*said)
    page.charts(charts(study), said)
    page.table(
        contagion.clusters_of(study),
        title="Where attacks gather of late",
        columns=CLUSTERS_COLUMNS,
        note=CLUSTERS_NOTE,
        limit=10,
    )


def _near(study: Study, results: Results) -> str:
    if not results.known("near_repeat_pairs", "near_repeat_expected"):
        return gap(
            "Whether one attack is followed by others nearby",
            results.why_not("near_repeat_pairs", "near_repeat_expected"),
        )
    pairs, expected, p = (results[f"near_repeat_{part}"].value for part in ("pairs", "expected", "p"))
    followed = (
        "Attacks are followed by others nearby more often than chance would have it"
        if p <= LINE
        else "That attacks are followed by others nearby more often than by chance is not shown"
    )
    table_p = results["near_repeat_table_p"].value
    sampled = contagion.closeness_of(study).sampled
    among = f"among {sampled}, " if sampled else ""
    return (
        f"{followed}: since {day_words(study.baseline_start)}, {among}{counted(int(pairs), 'pair')} within {NEAR_KM:g} "
        f"km, the later attack 1 to {NEAR_DAYS} days after the "
        f"earlier; days dealt at random give {number(expected)} (p {probability(p)}). Over all distances and delays of "
        f"the table, corrected for their number, the least p is "
        f"{probability(table_p).removeprefix('= ')}. Pairs of the same day are left out of this: they are coordination."
    )


def _scan(study: Study, results: Results) -> str:
    attacks, expected, p = (results[name] for name in ("scan_cluster_attacks", "scan_cluster_expected", "scan_p"))
    strong = "stands out" if p.value <= LINE else "is no more than chance brings"
    return (
        f"Of all circles of up to {SCAN_KM:g} km in the last {contagion.scan_days(study)} days, the one with most "
        f"above its share ({attacks.method}) holds {attacks.value:.0f} attacks where its place and "
        f"its days would give {number(expected.value)}; it {strong} (p {probability(p.value)}, over all circles tried; "
        f"scanned daily, as strong a one comes by chance once in "
        f"{number(results['scan_recurrence'].value)} days)."
    )


def _excitation(results: Results) -> str:
    ratio, p, fit = results["branching_ratio"], results["excitation_p"].value, results["excitation_fit_p"].value
    delay = (
        f", after {number(results['excitation_delay'].value)} days on average"
        if results.known("excitation_delay")
        else ""
    )
    what = f"{ratio.detail['events']} {ratio.detail['counted']}"
    fits = "the model fits" if fit >= LINE else "but the model does not fit well"
    return (
        f"A self-exciting process ascribes {percent(min(ratio.value, 1.0))} of {what} to an earlier one "
        f"({interval(ratio, 'percent')}{delay}; p against a constant rate {probability(p)}; {fits}, "
        f"p {probability(fit)}). A rate that rises or falls looks like excitation too: read it with the trend."
    )
