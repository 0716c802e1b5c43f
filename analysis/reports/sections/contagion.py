"""Does one attack bring the next?"""

from collections.abc import Iterator

from analysis.incidents.study import Study, in_its_language
from analysis.language import message, say, say_count
from analysis.measures import contagion
from analysis.measures.contagion import NEAR_DAYS, NEAR_KM, SCAN_KM
from analysis.reports.page import Chart, Page
from analysis.reports.wording import (
    Results,
    caption,
    chance,
    gap,
    heads,
    interval,
    listed,
    number,
    probability,
)

CLUSTERS_COLUMNS = {
    "place": message("around"),
    "radius_km": message("radius, km"),
    "period_start": message("from"),
    "value": message("attacks"),
    "expected": message("expected"),
    "p_value": message("p"),
    "recurrence_days": message("by chance once in, days"),
    "reason": message("none, because"),
}
CLUSTERS_NOTE = message(
    "Circles of up to {km:g} km with more attacks of late than their own and the days' totals would put there. "
    "p already counts all circles and spans tried."
)
CHARTS = {
    "near_repeats": message("Pairs of attacks by distance and time"),
}
ASCRIBED = {
    "operations": message(
        "A self-exciting process ascribes {share} of {n} operations to an earlier one "
        "(branching ratio {ratio}, {bounds})."
    ),
    "attacks": message(
        "A self-exciting process ascribes {share} of {n} attacks to an earlier one (branching ratio {ratio}, {bounds})."
    ),
}
LINE = 0.05


@in_its_language
@listed
def read(study: Study, results: Results) -> Iterator[str]:
    """Say whether attacks follow one another nearby, where they gather of late, and how many follow from an earlier
    one."""
    yield _near(study, results)
    if results.known("scan_p"):
        yield _scan(study, results)
    else:
        yield gap(say("Where attacks gather of late"), results.why_not("scan_p"))
    if results.known("branching_ratio"):
        yield _excitation(results)
    else:
        yield gap(say("How many attacks follow from an earlier one"), results.why_not("branching_ratio"))
    yield say(
        "Closeness is not cause: one plan, one season or one reporter can bring attacks near in place and time, and"
        " none of them brings the next."
    )


@in_its_language
def finding(study: Study, results: Results) -> str:
    """Return what a report on this question alone finds."""
    return _near(study, results)


@in_its_language
def charts(study: Study) -> list[Chart]:
    """Return the section's chart."""
    table = contagion.near_repeats_of(study)
    close = contagion.closeness_of(study)
    if close.problem or close.later is None:
        return []
    counted = say("located and dated attacks, a random sample") if close.sampled else say("located and dated attacks")
    under = caption(study, rows=close.attacks, counted=counted)
    later = close.later
    pairs, expected = int(later.observed[0, 1]), number(float(later.expected[0, 1]))
    if later.p_value[0, 1] <= LINE:
        title = say_count(
            "Attacks follow one another nearby: {n} near [pair|pairs], {expected} by chance", pairs, expected=expected
        )
    else:
        title = say_count(
            "No clear sign that attacks follow one another nearby: {n} near [pair|pairs], {expected} by chance",
            pairs,
            expected=expected,
        )
    nearest = table[table["days_low"].gt(0)].sort_values(["days_high", "km_high"]).iloc[0]
    alt = say_count(
        "Nearest of all, up to {km:g} km and {first:g} to {last:g} days apart, {n} [pair stands|pairs stand] against "
        "{expected} expected.",
        int(nearest["observed"]),
        km=nearest["km_high"],
        first=nearest["days_low"],
        last=nearest["days_high"],
        expected=number(nearest["expected"]),
    )
    look = {"caption": under, "title": title, "adds": alt}
    return [Chart.of(CHARTS, "near_repeats", "contagion.plot_near_repeats", table, **look)]


@in_its_language
def why_no_chart(study: Study, name: str) -> str:
    """Return why a chart of the catalogue is not drawn."""
    return contagion.closeness_of(study).problem


@in_its_language
def write(page: Page, study: Study, results: Results) -> None:
    """Show the section."""
    page.say(*read(study, results))
    page.charts(charts(study), ())
    page.table(
        contagion.clusters_of(study),
        title=say("Where attacks gather of late"),
        columns=heads(CLUSTERS_COLUMNS),
        note=say(CLUSTERS_NOTE, km=SCAN_KM),
        limit=10,
    )


def _near(study: Study, results: Results) -> str:
    names = ("near_repeat_pairs", "near_repeat_expected")
    if not results.known(*names):
        return gap(say("Whether one attack is followed by others nearby"), results.why_not(*names))
    pairs, expected, p = (results[f"near_repeat_{part}"].value for part in ("pairs", "expected", "p"))
    if p <= LINE:
        followed = say("Attacks are followed by others nearby more often than chance would have it.")
    elif results["near_repeat_table_p"].value <= LINE:
        followed = say(
            "At some distances and delays attacks are followed by others more often than by chance. Of all within "
            "{km:g} km and {days} days that is not shown.",
            km=NEAR_KM, days=NEAR_DAYS,
        )  # fmt: skip
    else:
        followed = say("It is not shown that attacks are followed by others nearby more often than by chance.")
    close = contagion.closeness_of(study)
    told = {
        "km": NEAR_KM, "days": NEAR_DAYS, "since": study.baseline_start, "expected": number(expected),
        "p": probability(p),
    }  # fmt: skip
    if close.sampled:
        found = say_count(
            "In {sample} since {since}, {n} [pair lies|pairs lie] within {km:g} km, the later attack 1 to {days} "
            "days after the earlier; days dealt at random give {expected} (p {p}).",
            int(pairs),
            sample=close.sampled,
            **told,
        )
    else:
        found = say_count(
            "Since {since}, {n} [pair lies|pairs lie] within {km:g} km, the later attack 1 to {days} days after the "
            "earlier; days dealt at random give {expected} (p {p}).",
            int(pairs),
            **told,
        )
    table = say(
        "Corrected for all distances and delays of the table, the clearest excess has p {p}.",
        p=probability(results["near_repeat_table_p"].value),
    )
    return " ".join((followed, found, table, say("Pairs of the same day are left out: they are coordination.")))


def _scan(study: Study, results: Results) -> str:
    attacks, expected, p = (results[name] for name in ("scan_cluster_attacks", "scan_cluster_expected", "scan_p"))
    where = attacks.detail
    best = say(
        "Of all circles of up to {most:g} km in the last {span} days, one stands most above its share.",
        most=SCAN_KM, span=contagion.scan_days(study),
    )  # fmt: skip
    found = say_count(
        "It holds {attacks:.0f} attacks of the last [day|{n} days] within {km:.0f} km around {place}; its share "
        "would be {expected}.",
        where["days"],
        attacks=attacks.value,
        km=max(where["radius_km"], 1.0),
        place=where["place"],
        expected=number(expected.value),
    )
    days = results["scan_recurrence"].value
    told = {"p": probability(p.value), "said": number(days)}
    if p.value <= LINE:
        strong = say_count(
            "It stands out (p {p}, over all circles tried); scanned daily, so strong a circle comes by chance once "
            "in {said} [day|days].",
            days,
            **told,
        )
    else:
        strong = say_count(
            "It is no more than chance brings (p {p}, over all circles tried); scanned daily, so strong a circle "
            "comes by chance once in {said} [day|days].",
            days,
            **told,
        )
    return " ".join((best, found, strong))


def _excitation(results: Results) -> str:
    ratio, p, fit = results["branching_ratio"], results["excitation_p"].value, results["excitation_fit_p"].value
    said = [
        say(
            ASCRIBED[ratio.detail["counted"]], share=chance(ratio.value), n=ratio.detail["events"],
            ratio=number(ratio.value), bounds=interval(ratio, "number"),
        )
    ]  # fmt: skip
    if results.known("excitation_delay"):
        said.append(say("They follow after {days} days on average.", days=number(results["excitation_delay"].value)))
    if fit >= LINE:
        fits = say("Against a constant rate p {p}; the model fits (p {fit}).", p=probability(p), fit=probability(fit))
    else:
        fits = say(
            "Against a constant rate p {p}; but the model does not fit well (p {fit}).",
            p=probability(p), fit=probability(fit),
        )  # fmt: skip
    trend = say("A rate that rises or falls looks like excitation too: read it with the trend.")
    return " ".join((*said, fits, trend))
