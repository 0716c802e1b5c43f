"""The facts of the brief and what is said of them."""

import inspect
import json
import re
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.exploring.ground import Look
from analysis.exploring.view import verdict_of
from analysis.figures.assessment import LINE_COLUMNS
from analysis.incidents import open_study
from analysis.incidents.load import load_incidents
from analysis.incidents.parameters import Settings
from analysis.incidents.study import DAY
from analysis.language import used
from analysis.measures import compute_indicators, panels, season
from analysis.measures import confidence as confidence_measure
from analysis.measures.agreement import ABOVE, FADES, Departure
from analysis.measures.level import Level
from analysis.reports import brief, brief_numbers, brief_page, brief_tables, brief_words, summary, wording
from analysis.reports.brief import (
    Absent,
    Brief,
    Largest,
    alerts_by,
    brief_of,
    figures_of,
    headline_of,
    trust_of,
    where_of,
)
from analysis.reports.page import open_page
from analysis.reports.report import Report
from analysis.reports.sections import assessment, trend
from analysis.reports.wording import Results, fullest_month
from tests.incidents.tables import as_text, ged, write
from tests.measures.tables import make_incidents, make_study


def facts_of(study):
    return brief_of(study, results_of(study))


PARTS = {
    "headline": headline_of,
    "figures": figures_of,
    "where": lambda study: brief.where_of(study, 30),
    "who": lambda study: brief.who_of(study, 30),
    "trust": lambda study: trust_of(study, 30),
}


def parts_of(study, *names):
    """Return a brief of no more than the parts named, where the others would take a second."""
    found = dict.fromkeys((field.name for field in fields(Brief)), Absent(""))
    found |= {"noun": study.noun, "as_of": study.as_of, "n": len(study.attacks)}
    return Brief(**found | {name: PARTS[name](study) for name in names})


def results_of(study):
    """Return the rows that the brief reads; others are read from the study."""
    return Results(study, compute_indicators(study, questions=["offensives", "tempo", "assessment"]))


def monthly(*counts, first="2022-01-01"):
    """Return rows with so many attacks in each month from the first on, one a day from the second on."""
    months = pd.date_range(first, periods=len(counts), freq="MS")
    return [
        {"date": f"{month:%Y-%m}-{2 + day:02d}", "admin1": "Mopti", "locality": f"town {day}", "fatalities_best": 2}
        for month, n in zip(months, counts, strict=True)
        for day in range(n)
    ]


def made(*counts, as_of="2024-12-31", **settings):
    return made_of(monthly(*counts), as_of=as_of, **settings)


def made_of(rows, *, as_of="2024-12-31", **settings):
    return make_study(make_incidents(rows), start="2022-01-01", as_of=as_of, n_simulations=200, **settings)


@pytest.fixture(scope="module")
def embedded():
    return facts_of(open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", headline_count=3, n_simulations=300))


def test_the_embedded_table_cannot_tell_and_says_why(embedded):
    head = embedded.headline
    assert (head.word, head.confidence, head.because) == ("cannot tell", "low", "uneven")
    assert head.numbers["low"] == pytest.approx(1 / 7)
    assert embedded.figures.recent == 15
    assert embedded.figures.usual == pytest.approx(5 / 3)
    assert embedded.timeline.greatest == (5, pd.Timestamp("2025-06-05"))
    assert embedded.timeline.recent_offensives == 3
    assert (embedded.stands_out.largest.n_sites, embedded.stands_out.largest.place) == (8, "Kayes")  # located exactly
    assert brief_words.stands_out(embedded)[0].startswith(
        "The last 30 days hold 3 offensives; at the earlier pace, 30 days"
    )
    # A number that is reported, or left over in a notebook, is not told as what the record holds.
    found = embedded.stands_out
    reported = replace(embedded, stands_out=replace(found, tempo=replace(found.tempo, k=4)))
    assert brief_words.stands_out(reported)[0] == (
        "Reported are 4 offensives in the last 30 days; by the rule used here, the record holds 3."
    )
    # Seven towns and Agh Inlahi: 80 and 18 dead; claims on both count, though those of the towns alone are shown.
    told = list(brief_words.stands_out(embedded))
    assert told[3].endswith("Kayes among them; figures of its dead run to 98.")
    assert "No figure of their own dead comes from JNIM and Malian Armed Forces." in told
    assert "2 more claims on the dead of this attack are not shown here." in told
    assert told[-1] == "3 of the claims on its dead were published after 1 July 2025."
    assert dict(embedded.absent())["next.rise_from"] == head.problem
    # Of the whole record: the card beside it speaks of the last 30 days.
    assert "For 56 % of all 41 attacks, the table gives no figure of deaths." in "\n".join(brief_words.trust(embedded))


def test_a_rise_that_one_week_holds_half_of_says_so():
    """Two years with an attack in a month, then a week of twelve and six others in the last 90 days."""
    calm = pd.date_range("2023-01-05", "2024-09-20", freq="30D")
    week = [*pd.date_range("2024-12-20", "2024-12-25"), *pd.date_range("2024-12-20", "2024-12-25")]
    for others, because in ((6, "week"), (13, "clear")):
        days = [*calm, *pd.date_range("2024-10-04", periods=others, freq="5D"), *week]
        rows = [{"date": f"{day:%Y-%m-%d}", "locality": f"town {i}"} for i, day in enumerate(days)]
        head = headline_of(made_of(rows))
        assert (head.word, head.because) == ("rising", because)
        if because == "week":
            assert head.confidence == "moderate"
            assert head.numbers == {"n": 12, "all": 18, "day": pd.Timestamp("2024-12-25")}


@pytest.mark.parametrize(
    ("often", "seldom", "to", "back", "days", "said"),
    [
        (
            "10D",
            "2D",
            "2024-11-30",
            "2024-12-02",
            30,
            "Attacks rose, but the last 30 days are back near the usual level.",
        ),
        (
            "2D",
            "20D",
            "2024-11-29",
            "2024-12-02",
            30,
            "Attacks fell, but the last 30 days are back near the usual level.",
        ),
        (
            "2D",
            "20D",
            "2024-12-10",
            "2024-12-17",
            14,
            "Attacks fell, but the last 14 days are back near the usual level.",
        ),
        ("10D", "2D", "2024-12-31", "", 0, "Attacks are rising."),
        ("2D", "8D", "2024-12-31", "", 0, "Attacks are falling."),
    ],
)
def test_a_change_that_is_over_is_not_told_as_one_that_goes_on(often, seldom, to, back, days, said):
    """It was "rising", with high confidence, above a last month as usual."""
    dates = [*pd.date_range("2023-01-01", "2024-10-02", freq=often), *pd.date_range("2024-10-03", to, freq=seldom)]
    dates += [*pd.date_range(back, "2024-12-31", freq=often)] if back else []
    rows = [{"date": f"{day:%Y-%m-%d}", "locality": f"town {i}"} for i, day in enumerate(dates)]
    head = headline_of(made_of(rows))
    assert (head.confidence, head.because) == (("moderate", "back") if back else ("high", "clear"))
    assert head.numbers.get("days", 0) == days
    assert brief_words.headline(SimpleNamespace(headline=head, too_few=False)) == said


def test_a_burst_that_is_over_is_told_as_such_whatever_makes_its_rise_unsure():
    """Togo, July 2005: above a month without any stood that "the last month had fewer than the two before it"."""
    dates = [*pd.date_range("2023-01-01", "2024-10-31", freq="100D"), *list(pd.date_range("2024-11-11", periods=7)) * 8]
    head = headline_of(made_of([{"date": f"{day:%Y-%m-%d}", "locality": f"town {i}"} for i, day in enumerate(dates)]))
    assert (head.word, head.because, head.turned, head.back) == ("rising", "week", True, 30)
    assert brief_words.headline(SimpleNamespace(headline=head, too_few=False)) == (
        "Attacks rose, but the last 30 days are back near the usual level."
    )


def test_of_what_is_over_no_chance_is_told_that_it_stays():
    """ "It is likely (77 %) that the next six months stay a quarter or more above" stood below it."""
    brief = parts_of(made(*[9] * 33, 20, 20, 20), "headline", "figures")
    for back in (0, 30):
        head = replace(brief.headline, lasting=0.77, young=False, back=back)
        assert any("next six months" in one for one in brief_words.qualifiers(replace(brief, headline=head))) == (
            not back
        )


def test_a_word_that_merely_stands_beside_days_as_usual_says_so():
    study = made(*[27] * 36)
    row = {"span_days": 90, "reference_days": 360, "recent": 40, "reference": 324, "usual": 81, "p_above": 0.05}
    table = pd.DataFrame([row, row | {"span_days": 30}])
    judged = Level("attacks", table=table, word="falling", standing=True, back=30)
    assert confidence_measure.confidence_in(study, judged) == ("low", "over", {"days": 30})
    assert confidence_measure.confidence_in(study, replace(judged, back=0)) == ("low", "standing", {})


def test_a_burst_that_ended_is_told_before_who_is_new():
    """As above, three weeks before as_of and by a party that is new: its five days, not its novelty, are the news."""
    calm = [{"date": f"{day:%Y-%m-%d}"} for day in pd.date_range("2023-01-05", "2024-09-20", freq="30D")]
    new = [{"date": f"2024-12-{4 + i % 5:02d}", "actor_a": "C", "locality": f"town {i}"} for i in range(20)]
    head = headline_of(made_of([*calm, *new]))
    assert (head.word, head.because, head.numbers["n"]) == ("rising", "week", 20)


def test_of_the_most_offensives_a_tie_is_no_record(embedded):
    timeline = replace(embedded.timeline, recent_offensives=5, greatest=(5, embedded.as_of - 30 * DAY))
    tied = replace(embedded, timeline=timeline)
    assert brief_page.timeline_title(tied) == "5 offensives in the last 30 days, as many as ever before"
    record = replace(tied, timeline=replace(timeline, greatest=(5, embedded.as_of - 29 * DAY)))
    assert brief_page.timeline_title(record) == "5 offensives in the last 30 days, the most on record"


def replace_part(parts, name, **changes):
    """Return a table of parts in which one is another."""
    return parts.assign(**{key: parts[key].where(parts["part"].ne(name), new) for key, new in changes.items()})


def test_no_part_without_any_is_said_to_have_most_beside_another():
    """Of rows dated to their year five regions hold less than half an attack each, three of them none."""
    parts = pd.DataFrame({"recent": [0.4, 0.2, 0.0, 0.0, 0.0]})
    assert len(brief_tables._as_many(parts)) == 1
    assert len(brief_tables._as_many(parts + 1)) == 5


def test_parts_that_have_nearly_as_many_are_told_beside_the_first():
    """One of several regions that are alike was named, as if it were the only one."""
    parts = pd.DataFrame({"name": list("ABCDEF"), "recent": [10.0, 10.0, 9.0, 8.0, 8.0, 7.9]})
    assert brief_words._alike(parts, parts.iloc[0], "recent") == "B, C, D and 1 more"
    assert brief_words._alike(parts.iloc[[0, 5]], parts.iloc[0], "recent") == ""


@pytest.mark.parametrize(("directions", "told"), [(["same", ""], True), (["same", "same"], False), (["", ""], False)])
def test_from_how_many_on_a_part_is_judged_is_told_beside_one_that_is_not(directions, told):
    """Of two parts with nine and ten attacks one was "too few to say", the other of "no clear change"."""
    parts = pd.DataFrame({"direction": directions, "usual": [1.0, 1.0], "recent": [1.0, 1.0]})
    brief = SimpleNamespace(headline=SimpleNamespace(because="clear"))
    note = "Too few: under 10 in all the days compared."
    assert brief_tables._few_note(parts, brief) == [note] * told


def test_a_party_that_falls_stands_out_and_has_its_row():
    """Seven parties, of which the one with most attacks before has none now."""
    last = {"Fallen": [9] * 35 + [0], **{f"party {i}": [3] * 36 for i in range(7)}}
    rows = [row | {"actor_a": name, "attacker": name} for name, n in last.items() for row in monthly(*n)]
    found = parts_of(made_of(rows), "headline", "figures", "who")
    assert "Fallen: none, where a usual month has about 9." in brief_words._changes(found)
    parties = found.who.parties
    alike = [replace_part(parties, "party 0", usual=n, direction="down") for n in (6.9, 6.7)]
    told = [brief_words._changes(replace(found, who=replace(found.who, parties=one))) for one in alike]
    too = "Usually about as many, and below that too: party 0."
    assert [too in one for one in told] == [True, False]  # .8 times 8.5
    _, table, _, note = brief_tables.parties_table(found)
    assert table["party"].tolist()[-1] == "Fallen"
    assert len(table) == brief.MOST_PARTIES
    assert note.startswith("Those with most and those that changed: 6 of 8.")


def test_a_party_that_no_row_names_before_is_asked_after():
    """A renamed party was told as news: "B: 9, where a usual month has next to none"."""
    last = {"Renamed": [9] * 35 + [0], "B": [0] * 35 + [9], "C": [3] * 36}
    rows = [row | {"actor_a": name, "attacker": name} for name, n in last.items() for row in monthly(*n)]
    said = brief_words._changes(parts_of(made_of(rows), "headline", "figures", "who"))
    assert "B: 9, and none on record before December 2024: new, or newly called so?" in said
    late = replace(made_of(rows), selection=replace(made_of(rows).selection, from_date="2022-01-01"))
    assert "B: 9, where a usual month has next to none." in brief_words._changes(
        parts_of(late, "headline", "figures", "who")
    )


def test_attacks_of_one_day_are_not_said_to_be_few():
    study = made_of([{"date": "2023-02-01"}] * 3 + [{"date": "2024-12-20"}] * 20)
    brief = parts_of(study, "headline", "figures")
    assert brief_words.headline(brief) == "A burst of attacks, after very few before: too early to call it a rise."
    few = replace(brief, headline=replace(brief.headline, onset=False))
    assert brief_words.headline(few) == "The attacks fell on too few days to say whether they are rising."
    assert brief_words.because(brief) == "Confidence is low: all attacks of the last 90 days fell on one day or two."


def test_a_rise_is_told_with_its_month_and_high_confidence():
    found = facts_of(made(*[4] * 33, 14, 15, 16))
    head = found.headline
    assert (head.word, head.confidence, head.because) == ("rising", "high", "clear")
    assert found.figures.recent == 16
    assert found.figures.usual == pytest.approx(4, abs=0.5)
    assert found.where.units["part"].tolist() == ["MLI/Mopti"]
    assert found.where.units["direction"].tolist() == ["up"]


def test_the_figures_of_the_page_and_of_its_tables_are_the_same():
    found = facts_of(made(*[4] * 33, 14, 15, 16))
    units = found.where.units
    assert units["recent"].sum() == found.figures.recent
    assert units["usual"].sum() == pytest.approx(found.figures.usual)
    assert units["deaths_high"].sum() == found.figures.deaths.high
    assert found.timeline.periods["value"].iloc[-1] == found.figures.recent


def test_of_a_history_of_days_all_is_counted():
    """The page of 12 attacks in 12 days showed no number but that the record is short."""
    rows = make_incidents([{"date": f"2024-12-{day}", "admin1": "Gao"} for day in range(20, 32)])
    study = make_study(rows, start="2024-12-20", as_of="2024-12-31", n_simulations=50)
    found = parts_of(study, "headline", "figures", "where")
    assert (found.figures.days, found.figures.recent, found.where.units["recent"].tolist()) == (12, 12, [12])
    assert list(brief_words.qualifiers(found)) == [
        "The record shows 12 attacks in the last 12 days.", "Confidence is low: the record covers only 12 days.",
    ]  # fmt: skip
    assert list(brief_tables.places_table(found)[1]) == ["place", "now"]
    day = pd.concat([rows[:1]] * 12, ignore_index=True)  # a table of one day had no count on its page
    study = make_study(day, start="2024-12-20", as_of="2024-12-20")
    assert "and holds 0 days" in " ".join(summary.method(study))  # not -29
    found = parts_of(study, "headline", "figures", "where")
    assert [(card.label, card.value) for card in brief_tables.cards(found)][:1] == [("Last day", "12")]
    assert brief_words.qualifiers(found)[0] == "The record shows 12 attacks in the last day."


def test_a_region_of_a_table_of_counts_whose_rows_have_ended_is_not_calm():
    """Gao and Kayes to June, Mopti to March only: eight a month each. With a coverage table they are calm."""
    months = pd.date_range("2019-01-01", "2024-06-01", freq="MS")
    rows = [
        (f"{day:%Y-%m}", "Mali", name, 6 + i % 5)
        for name in ("Gao", "Kayes", "Mopti")
        for i, day in enumerate(months if name != "Mopti" else months[:-3])
    ]
    frame = pd.DataFrame(rows, columns=["date", "country", "region", "n"])
    study = open_study(frame, mapping="date=date,country=country,admin1=region", count="n", n_simulations=10)
    found = parts_of(study, "headline", "trust")
    assert (found.headline.confidence, found.headline.because) == ("moderate", "ended")
    assert brief_words.because(found) == "Confidence is moderate: no row of Mopti is dated after 31 March 2024."
    assert "No row of Mopti is dated after 31 March 2024: calm, or not recorded?" in list(brief_words.trust(found))


def test_a_table_of_yearly_counts_cannot_show_the_last_months():
    frame = pd.DataFrame({"year": range(2010, 2025), "country": "Mali", "n": [60] * 14 + [180]}).astype({"year": str})
    study = open_study(frame, mapping="date=year,country=country", count="n", n_simulations=10)
    assert (headline_of(study).word, headline_of(study).because) == ("cannot tell", "rough")


@pytest.mark.parametrize("year", [2023, 2024])
def test_a_table_of_years_cannot_show_the_last_months(year):
    """30 rows of each year, dated to it alone: the 30 of 2024 lay on its first day, with which the table was to end."""
    rows = [(one, "Mali") for one in range(2018, year + 1) for _ in range(30)]
    frame = pd.DataFrame(rows, columns=["year", "country"]).astype(str)
    study = open_study(frame, mapping="date=year,country=country", count="none")
    assert study.as_of == pd.Timestamp(year, 12, 31)
    head = brief.headline_of(study)
    assert (head.word, head.because, head.numbers) == ("cannot tell", "rough", {"n": 37, "all": 37})  # of 450 days
    assert "dated to a month or a year" in panels.week_problem(study)


def test_three_rows_are_too_few_and_nothing_else_is_said():
    found = facts_of(make_study(make_incidents(monthly(1, 2)), start="2022-01-01", as_of="2022-02-28"))
    assert found.too_few
    for part in ("figures", "timeline", "where", "who", "stands_out", "next"):
        assert getattr(found, part) == Absent("3 in all are too few to judge")
    assert found.headline.word == "cannot tell"


# ---------------------------------------------------------------------------------------------------------------------
# Words

STEADY_BESIDE_ANOTHER = "Steady: attacks are about as many as before."
VOWELS = re.compile(r"[aeiouy]+")
NAMES_OF_OURS = re.compile(r"--\w|\w_\w|\.csv|\.json|[/\\]\w+\.\w|\bwindows?\b|\bbaselines?\b|\bp =|cry wolf|thickened")


def syllables(word):
    """Count a word's syllables as readability formulas do: groups of vowels, without a silent e."""
    word = word.lower()
    n = len(VOWELS.findall(word))
    return max(n - (word.endswith("e") and not word.endswith(("le", "ee")) and n > 1), 1)


def flesch(sentences):
    """Return Flesch's reading ease of sentences; numbers are read as words of one syllable."""
    words = [word for sentence in sentences for word in re.findall(r"[A-Za-z']+|\d[\d,.]*", sentence)]
    return 206.835 - 1.015 * len(words) / len(sentences) - 84.6 * sum(map(syllables, words)) / len(words)


def sentences_of(brief):
    """Return every sentence of a brief, names of the table taken out of none."""
    said = [brief_words.headline(brief), *brief_words.qualifiers(brief)]
    for part in (brief_words.stands_out, brief_words.what_next, brief_words.trust):
        said += part(brief)
    if not isinstance(brief.where, Absent):
        said.append(brief_tables.places_table(brief)[3])
    if not isinstance(brief.who, Absent):
        said.append(brief_tables.parties_table(brief)[3])
    return [one for text in said for one in re.split(r"(?<=[.;])\s+", text) if one]


def ucdp(name, **words):
    path = Path(__file__).parents[3] / "shared" / "data" / "ucdp" / name
    if not path.exists():
        pytest.skip(f"{path.name} is not there")
    return open_study(str(path), n_simulations=200, **words)


STUDIES = {
    "rise": lambda: made(*[4] * 33, 14, 15, 16),
    "sharp": lambda: made(*[4] * 35, 20),
    "war": lambda: made(*[2] * 33, 5, 12, 27),
    "back": lambda: made(*[2] * 33, 26, 27, 7),
    "fall": lambda: made(*[12] * 33, 2, 1, 2),
    "steady": lambda: made(*[14, 15, 13] * 12),
    "unclear": lambda: made(*[2, 0, 3, 1, 0, 2] * 6),
    "short": lambda: made_from("2024-10-01", 6, 8, 9),
    "few": lambda: made_from("2022-01-01", *[1, 0, 0] * 12),
    "embedded": lambda: open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", n_simulations=200),
    "Myanmar 2020": lambda: ucdp("GEDEvent_v24_1_Myanmar.csv", as_of="2020-12-31"),
}  # fmt: skip
WORDS = {
    "rise": ("rising", "Attacks are rising."),
    "sharp": ("rising", "Attacks are rising sharply."),
    "war": ("rising", "Attacks are rising sharply."),
    "back": (
        "rising",
        "Attacks are above the usual level, but the last month had fewer than the two before it on average.",
    ),
    "fall": ("falling", "Attacks are falling."),
    "steady": ("steady", "Steady: attacks stay at their usual level."),
    "unclear": ("no clear change", "No clear change: attacks are at"),
    "short": ("cannot tell", "The record is too short to show whether attacks are rising."),
    "few": ("cannot tell", "There are too few attacks to say whether they are rising."),
    "embedded": ("cannot tell", "The record cannot show whether attacks are rising."),
}


def made_from(start, *counts):
    rows = make_incidents(monthly(*counts, first=start))
    return make_study(rows, start=start, as_of="2024-12-31", n_simulations=200)


@pytest.fixture(scope="module")
def briefs():
    """Return the facts of a study by its name, each computed once."""
    known = {}

    def brief(name):
        if name not in known:
            known[name] = facts_of(STUDIES[name]())
        return known[name]

    return brief


@pytest.mark.parametrize("name", STUDIES)
def test_a_brief_can_be_read(name, briefs):
    brief = briefs(name)
    said = sentences_of(brief)
    assert len(brief_words.headline(brief).split()) <= 20
    assert all(len(one.split()) <= 25 for one in said), max(said, key=lambda one: len(one.split()))
    assert flesch(said) >= 50, said
    assert not [one for one in said if NAMES_OF_OURS.search(one)]
    assert not [one for one in said if re.search(r"\bnan\b|\binf\b|NaT|None|\{|\}", one)]


@pytest.mark.parametrize("name", WORDS)
def test_the_headline_says_the_verdict(name, briefs):
    word, words = WORDS[name]
    brief = briefs(name)
    assert brief.headline.word == word
    assert brief_words.headline(brief).startswith(words)


@pytest.mark.parametrize("name", STUDIES)
def test_words_and_figures_agree(name, briefs):
    """What a sentence counts is what its card, its table and its chart count, and it points where they point."""
    brief = briefs(name)
    said, cards = brief_words.qualifiers(brief), {card.label: card.value for card in brief_tables.cards(brief)}
    text, head, figures = " ".join(said), brief.headline, brief.figures
    recent = brief_numbers.count(figures.recent)
    assert f"The record shows {recent if figures.recent else 'no'} attack" in text
    assert cards[f"Last {figures.days} days"] == recent
    assert cards["Confidence"].lower() == head.confidence
    assert f"Confidence is {head.confidence}:" in said[-1]
    if not isinstance(figures.usual, Absent) and figures.usual >= 1:
        assert f"a usual month has about {round(figures.usual)}." in text
        assert cards["A usual month"].removeprefix("about ") == str(round(figures.usual))
    rises, falls = "The rise began" in text, "The fall began" in text
    assert (rises, falls) == (head.word == "rising", head.word == "falling")
    if rises or falls:
        assert (head.ratio > 1) == rises
    if not isinstance(brief.where, Absent):
        units = brief.where.units
        assert units["recent"].sum() == pytest.approx(figures.recent - brief.where.n_rough, abs=0.51)
        if not isinstance(figures.usual, Absent):
            assert units["usual"].sum() <= figures.usual + 0.01
        changes = [brief_numbers.change_words(row) for row in units.itertuples()]
        told = [one for one in changes if one.startswith("×")]
        assert len(told) <= int(units["direction"].isin(["up", "down"]).sum())
    if head.because == "uneven":
        assert "change" not in brief_tables.places_table(brief)[2]
        assert "usual month has" not in " ".join(brief_words.stands_out(brief))


@pytest.mark.parametrize(
    ("low", "best", "high", "told"),
    [(100, np.nan, 110, "100 to 110"), (np.nan, np.nan, 200, "up to 200"), (2, 3, 4, "3"), (0, 0, 0, "0"),
     (30, np.nan, 30, "30"), (np.nan, np.nan, np.nan, "–")],
)  # fmt: skip
def test_the_deaths_of_single_attacks_are_told_without_a_best_figure_too(low, best, high, told):
    """Mansila, 100 to 110, and Djibo, up to 200, stood as "–" in the list of the few attacks of Burkina Faso."""
    rows = [dict(date="2022-01-09", fatalities_low=low, fatalities_best=best, fatalities_high=high)]
    study = make_study(make_incidents(rows), start="2022-01-01", as_of="2022-02-28")
    page, shown = open_page(), []
    page._tell = shown.append
    brief_page._write_rows(page, study)
    assert list(shown[0]["rows"][0])[-1] == told


def test_a_usual_month_of_a_record_of_less_than_a_year_is_not_said_to_be_of_one():
    study = make_study(make_incidents(monthly(*[4] * 11)), start="2022-01-01", as_of="2022-11-30")
    short = parts_of(study, "headline", "figures")
    assert brief_words.fine_print(short).startswith("Last 90 days: 12; 11 in as many of the 240 days before. Ratio")
    leans = replace(short, headline=replace(short.headline, leaning=1))
    assert next(brief_words._counts(leans)).endswith("attacks, against 11 in as many of the 240 days before.")
    card = summary.key_figures(study, results_of(study))[1]
    assert card.label == "Last 90 days against the 240 before"
    (said, *_) = verdict_of(Look(study, study, study))["sentences"]
    assert said == "12 attacks in the last 90 days; about 11 would be usual, by the 240 days before."
    assert brief_tables._usual_note(short.figures) == "mean of the 240 days to August 2022"
    long = parts_of(made(*[4] * 36), "headline", "figures")
    assert "11 in as many of the 360 days before." in brief_words.fine_print(long)
    assert brief_words.fine_print(replace(long, figures=Absent("too few"))) == ""  # and not of 0 days before
    assert brief_tables._usual_note(long.figures).startswith("mean of the year to")


@pytest.mark.parametrize(
    ("now", "before", "told"), [(7, 1, True), (5, 4, True), (4, 3, False), (5, 0, True), (1, 8, False)]
)
def test_an_onset_of_few_attacks_is_not_told_as_any_few(now, before, told):
    """Niger, 20 February 2015: seven in the first two weeks of Boko Haram in Diffa, and one in the year before."""
    rows = monthly(*[0] * 25, before, *[0] * 9, now)
    brief = parts_of(make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31"), "headline", "figures")
    brief = replace(brief, n=now + before + 10)
    assert brief.headline.because == "few"
    assert (brief_words.headline(brief) == brief_words.ONSET) == told


@pytest.mark.parametrize(
    ("attacks", "before", "because", "told"),
    [
        (8, 4, "days", True),
        (8, 4, "more", True),
        (4, 4, "more", False),
        (66, 9, "more", True),
        (66, 10, "more", False),  # no few: 66 after 60 of one month, of which no word can be sure
    ],
)
def test_an_onset_is_told_as_one_whatever_leaves_it_unclear(attacks, before, because, told):
    """Mali, 22 January 2012, eight attacks of the first week of a rebellion: "fell on too few days to say"."""
    brief = parts_of(made(*[4] * 36), "headline", "figures")
    judged = Level("attacks", table=pd.DataFrame({"recent": [attacks, attacks], "reference": [before] * 2}))
    word = "cannot tell" if because == "days" else "no clear change"
    head = replace(brief.headline, word=word, because=because, onset=judged.onset, leaning=1, month_alone=1)
    said = brief_words.headline(replace(brief, headline=head))
    assert said == (
        "A burst of attacks, after very few before: too early to call it a rise."
        if told
        else "Over 90 days, more attacks than usual, but no clear rise."
    )


@pytest.mark.parametrize(("country", "day", "beyond"), [("MLI", "2025-06-05", True), ("BFA", "2025-05-31", False)])
def test_claims_that_go_beyond_the_table_are_not_passed_over(country, day, beyond):
    """Boulkessi, 1 June 2025: "30 to 100 deaths" stood above "as JNIM says: more than 100"; of Djibo 200 is both."""
    study = open_study(country=country, attacker="JNIM", as_of=day)
    found = brief._claims(study, brief._largest(study, 30))
    assert (found.of_largest, found.beyond) == (True, beyond)
    said = "Some claims about it say more than these figures of the table."
    stands = brief.StandsOut(brief.Absent(""), brief._largest(study, 30), found)
    gone = SimpleNamespace(timeline=Absent(""), headline=SimpleNamespace(because="uneven"), as_of=study.as_of)
    assert (said in brief_words.stands_out(SimpleNamespace(**vars(gone), stands_out=stands))) == beyond


def test_where_deaths_alone_change_the_headline_says_so():
    """Nigeria, May 2014: 2,507 deaths in 90 days, where 667 are usual, stood below "no clear change in attacks"."""
    brief = parts_of(made(*[27] * 36), "headline", "figures")
    assert brief.headline.word == "steady"

    def said(word="rising", copied=None, attacks=None, last=None, **deaths):
        told = SimpleNamespace(word=word, **{"turned": False, "standing": False} | deaths)
        head = replace(brief.headline, deaths=told, deaths_copied=copied, **attacks or {})
        figures = brief.figures if last is None else replace(brief.figures, recent=last)
        return brief_words.headline(replace(brief, headline=head, figures=figures))

    assert said() == "Attacks are steady, but deaths are rising."
    assert said("falling") == "Attacks are steady, but deaths are falling."
    # On that very day the last month had more attacks as well, which hid the deaths.
    assert said(last=45.0) == "Attacks are steady, but deaths are rising."
    assert said("falling", last=45.0) == "Steady over 90 days, but the last month had more attacks than usual."
    assert said(attacks={"word": "falling"}) == "Attacks are falling, but deaths are rising."
    assert said("falling", attacks={"word": "falling"}) == "Attacks are falling."
    more = {"word": "no clear change", "leaning": 1}
    assert said(attacks=more).endswith("but no clear rise; deaths are rising.")
    assert said("falling", attacks=more).endswith("but no clear rise.")
    # Nor do the last days of attacks hide them.
    late = ({"month_alone": True}, {"back": 30}, {"turned": True}, {"standing": True})
    told = [
        (said(attacks={"word": way, **one}), said("falling", attacks={"word": way, **one}))
        for one in late
        for way in ("rising", "falling")
    ]
    told.append((said(attacks=more | {"month_alone": -1}), said("falling", attacks=more | {"month_alone": -1})))
    assert all(rise.endswith("; deaths are rising.") and "deaths" not in fall for rise, fall in told)
    assert all(len(rise.replace("attacks", "deadly events").split()) <= 20 for rise, _ in told)
    unsure = said("steady"), said(turned=True), said(standing=True), said(copied=(9, 10))
    assert set(unsure) == {"Steady: attacks stay at their usual level."}


def test_a_lowest_figure_of_none_is_not_told_as_one_that_somebody_gave():
    """Djibo, 11 May 2025: only JNIM's 200 is known, and "0 to 200" stood in the table of regions."""
    assert brief_numbers.deaths_words(brief.Deaths(0, np.nan, 200, 1, 1)) == "up to 200"
    assert brief_numbers.deaths_words(brief.Deaths(1, np.nan, 200, 1, 1)) == "1 to 200"
    assert brief_numbers.deaths_words(brief.Deaths(0, 0, 0, 1, 1)) == "0"
    # JNIM in Mali, 5 July 2025: of 9 attacks one has a figure, the highest alone, 18. It was told as "0 or more".
    assert brief_numbers.deaths_words(brief.Deaths(0, np.nan, 18, 1, 9)) == "up to 18 known"
    assert brief_numbers.deaths_words(brief.Deaths(0, 0, 0, 1, 9)) == "0 or more"
    assert brief_numbers.deaths_words(brief.Deaths(1, np.nan, 18, 1, 9)) == "1 or more"


def test_what_is_too_few_to_judge_has_one_sentence_and_its_rows():
    study = make_study(make_incidents(monthly(1, 2)), start="2022-01-01", as_of="2022-02-28")
    results = results_of(study)
    brief = brief_of(study, results)
    assert brief_words.headline(brief) == "Three incidents are too few to judge."
    assert brief_words.qualifiers(brief) == brief_tables.cards(brief) == brief_words.stands_out(brief) == []
    shown = []
    page = open_page()
    page._tell = shown.append
    brief_page.write_brief(page, study, results)
    assert [(block["kind"], block.get("heading")) for block in shown] == [
        ("title", "Attacks in Mali"), ("finding", None), ("table", None), ("heading", "How far to trust this"),
        ("say", None),
    ]  # fmt: skip
    report = Report(study, page, compute_indicators(study, questions=["frequency"]))
    report.brief()
    shown.clear()
    report.method()
    assert [block["kind"] for block in shown] == ["say"]  # the rows stand in the brief: no list of their ids


def test_a_word_that_looks_at_a_year_says_where_the_last_months_point_another_way(briefs):
    brief = briefs("fall")
    head = replace(brief.headline, recent_quarter=20.0, quarter_before=9.0)
    said = brief_words.qualifiers(replace(brief, headline=head))
    assert "The last 90 days hold more (20) than the 90 days before them (9)." in said
    near = replace(head, quarter_before=19.0)
    assert not any(one.startswith("But") for one in brief_words.qualifiers(replace(brief, headline=near)))
    steady = briefs("steady")
    assert brief_words.headline(steady).startswith("Steady: attacks stay at")
    busy = replace(steady, figures=replace(steady.figures, recent=2 * steady.figures.usual))
    assert brief_words.headline(busy) == "Steady over 90 days, but the last month had more attacks than usual."


def test_what_the_whole_interval_points_to_is_not_said_to_be_no_change():
    """Four attacks in one month of the year before and seven in the last: a ratio of 7 that is no rise."""
    study = made(*[0] * 24, 4, *[0] * 9, 3, 4)
    head = headline_of(study)
    assert (head.word, head.leaning, head.confidence) == ("no clear change", 1, "low")
    brief = parts_of(study, "headline", "figures")
    said = list(brief_words.qualifiers(brief))
    assert brief_words.headline(brief) == ("Over 90 days, more attacks than usual, but no clear rise.")
    back = replace(brief, headline=replace(head, month_alone=-1))
    assert brief_words.headline(back) == ("Over 90 days, more attacks than usual, but fewer in the last month.")
    fell = replace(back, headline=replace(head, leaning=-1, month_alone=1))
    assert brief_words.headline(fell).endswith("fewer attacks than usual, but more in the last month.")
    assert said[0] == "Over 90 days the record shows 7 attacks, against 1 in as many of the 360 days before."
    assert said[-1] == "Confidence is low: the counts point up, but not clearly enough to call it a rise."
    section = assessment.read(study, results_of(study))
    assert section[0] == "No clear rise: 7 attacks in the last 90 days; the usual number is 1."
    assert "That is more than usual, but not clearly enough to call it a rise." in section
    assert not any("could hide" in one for one in section)


@pytest.mark.parametrize(("low", "high", "told"), [(4.3, 74, "rise"), (0.9, 1.5, "change"), (0.1, 0.7, "fall")])
def test_deaths_far_from_usual_are_not_said_to_show_no_change(low, high, told, monkeypatch):
    """Mali, 29 January 2012: "no clear change: 147", where 6 are usual, above an interval from 4.3 to 74."""
    row = {"recent": 147, "span_days": 90, "usual": 6.0, "ratio": 27.0, "low": low, "high": high, "p_above": 0.97}
    month = {**row, "recent": 50, "span_days": 30}
    table = pd.DataFrame([row, month]).assign(ratio_without=np.nan)
    judged = Level("deaths", table=table, word="no clear change")
    found = SimpleNamespace(deaths=judged, attacks=Level("attacks"))
    assert assessment._deaths_words(found)[0].startswith(f"Deaths show no clear {told}: 147 in the last 90 days")
    assert assessment._short(judged) == f"no clear {told}"
    # The chart says so beside that interval, where it said "no change found", and the first page gives the counts.
    found = SimpleNamespace(deaths=judged, attacks=judged, lines=pd.DataFrame(columns=[*LINE_COLUMNS]))
    study = make_study(make_incidents([{"date": "2024-01-05"}]), start="2024-01-01", as_of="2024-12-31")
    monkeypatch.setattr(assessment, "assess", lambda study: found)
    assert assessment.evidence(study)["direction"].tolist()[2:] == [
        f"no clear {told}", "as recorded"
    ]  # fmt: skip
    head = SimpleNamespace(deaths=judged, word="steady", turned=False, standing=False, deaths_copied=None)
    said = " ".join(brief_words._deaths(SimpleNamespace(headline=head)))
    assert (f"but no clear {told}: 147 in 90 days, usually 6." in said) == (told != "change")


def test_a_rise_whose_last_month_fell_is_not_drawn_as_one(briefs):
    rise = briefs("rise")
    usual = round(rise.figures.usual)
    assert brief_page.timeline_title(rise).startswith(f"From about {usual} attacks in a usual month to ")
    once = brief_page.timeline_title(replace(rise, figures=replace(rise.figures, usual=1.0)))
    assert once.startswith("From about 1 attack in a usual month to ")
    for recent, before in ((usual, usual), (2 * usual, 4 * usual)):
        figures = replace(rise.figures, recent=float(recent), before=float(before))
        assert "the most in a calendar month since" in brief_page.timeline_title(replace(rise, figures=figures))


def test_a_history_quiet_for_over_a_year_is_told_and_names_no_part():
    study = make_study(make_incidents(monthly(*[3] * 12, *[0] * 23, 1)), start="2022-01-01", as_of="2024-12-31")
    brief = facts_of(study)
    assert "the days compared hold only 1 attack." in brief_words.because(brief)
    nobody = replace(brief.where, units=brief.where.units.head(0))
    assert brief_words.stands_out(replace(brief, where=nobody)) is not None
    assert brief_tables.places_table(replace(brief, where=nobody))[0] == "No place was hit in the last 30 days"


def test_of_months_that_hold_as_many_none_is_named_alone():
    study = made(*[3] * 12)
    periods = brief.timeline_of(study, figures_of(study)).periods
    assert fullest_month(periods["period_start"], periods["value"]) == "January 2022 and 11 others"
    assert trend._alt(periods, periods.head(0)).endswith("Most, 3, in January 2022 and 11 others.")
    alone = periods["value"].where(periods.index != 4, 4)
    assert fullest_month(periods["period_start"], alone) == "May 2022"
    with used("fr"):
        assert fullest_month(periods["period_start"], periods["value"]).endswith(" et 11 autres")


def test_of_places_parties_and_offensives_that_have_as_many_none_is_named_alone(briefs):
    steady = briefs("steady")
    two = pd.concat([steady.where.units.head(1)] * 2, ignore_index=True).assign(recent=3.0, name=["Gao", "Mopti"])
    places = brief_tables.places_table(replace(steady, where=replace(steady.where, units=two)))
    assert places[0].startswith("Gao and 1 other have most: 3 each of ")
    parties = pd.concat([steady.who.parties.head(1)] * 2, ignore_index=True).assign(recent=3.0, part=["A", "B"])
    assert brief_tables.parties_table(replace(steady, who=replace(steady.who, parties=parties)))[0].startswith(
        "A and 1 other were hit in 3 each of "
    )
    largest = Largest(steady.as_of, "Gao", 3, 0, np.nan, 5, (), n_alike=2)
    assert brief_words._largest(largest) == "No offensive in 30 days hit more than 3 places; 2 hit as many."


def test_a_table_without_rows_is_its_finding_alone(briefs):
    steady, told = briefs("steady"), []
    page = open_page()
    page._tell = told.append
    who = replace(steady.who, parties=steady.who.parties.head(0))
    brief_page._show_table(page, *brief_tables.parties_table(replace(steady, who=who)))
    (block,) = told
    assert block["kind"] == "say"
    assert block["paragraphs"][0] == "Nobody is named in the last 30 days."


def test_one_range_is_told_of_the_next_month(briefs):
    steady = briefs("steady")
    beside = Departure("attacks", ABOVE, 30, 40.0, 14.0, pd.Timestamp("2025-01-01"), 14.0, 9.0, 19.0)
    month = pd.Timestamp("2025-01-01"), 9.0, 19.0, 0.8
    for departures, ranges in (((), 1), ((beside,), 0)):
        coming = replace(steady.next, month=month, departures=departures)
        said = " ".join(brief_words.what_next(replace(steady, next=coming)))
        assert said.count("attacks are to be expected") == ranges
        assert said.count("9 to 19 are expected in as many days of January 2025") == 1 - ranges
    flat = replace(steady, next=replace(steady.next, month=(pd.Timestamp("2025-01-01"), 5.0, 5.2, 0.8), departures=()))
    assert "For January 2025, about 5 attacks are to be expected." in brief_words.what_next(flat)
    both = beside, replace(beside, quantity="deaths", high=0.2)
    said = " ".join(brief_words.what_next(replace(steady, next=replace(coming, departures=both))))
    assert "40 deaths; none is expected in as many days of January 2025." in said
    assert said.count("The forecast expects the peak to fade, and is too low if it lasts.") == 1
    fades = beside, replace(beside, quantity="deaths", kind=FADES)  # of Côte d'Ivoire in 2002 it was said twice
    said = " ".join(brief_words.what_next(replace(steady, next=replace(coming, departures=fades))))
    assert said.count("and is too low if it lasts.") == 1


def test_a_country_that_was_quiet_for_years_is_told_in_words_and_not_in_zeros(monkeypatch):
    study = make_study(make_incidents(monthly(*[3] * 12, *[0] * 48)), start="2022-01-01", as_of="2026-12-31")
    brief = facts_of(study)
    assert brief_words.headline(brief) == "No attacks have been recorded since December 2022."
    assert brief_words.because(brief) == "Confidence is low: the days compared hold no attacks."
    assert brief_page.timeline_title(brief) == "No attacks recorded since the beginning of January 2024"
    assert brief_page.timeline_chart(brief, wording.caption(study)).draw.words["caption"].n == 0
    told = []
    monkeypatch.setattr("analysis.reports.page._show", told.append)
    brief_page.write_brief(open_page(), study, results_of(study))
    assert ["No place was hit in the last 30 days."] in [
        block["paragraphs"] for block in told if block["kind"] == "say" and block["part"] == "where"
    ]


def test_many_countries_are_not_called_regions_and_one_without_attacks_now_is_told():
    """The places of the table are more than those that the card counts as hit: one is usually, and now is not."""
    names = ["MLI", "NER", "BEN", "TGO", "GHA", "NGA", "TCD", "SDN", "ETH", "SOM", "KEN", "UGA"]
    nobody = {"admin1": None, "locality": None, "actor_a": None, "actor_b": None, "role_basis": "unstated"}
    rows = [
        row | nobody | {"country": country}
        for country in names
        for row in monthly(*[3] * 35, 0 if country == "GHA" else 3)
    ]
    brief = facts_of(made_of(rows))
    _, table, _, note = brief_tables.places_table(brief)
    assert note.startswith("Those with most and those that changed: 9 of 12.")
    assert table["place"].tolist()[-1] == "Ghana"  # which the finding over the table names
    assert "No place is on alert now: where the last weeks held more" in " ".join(brief_words.what_next(brief))
    assert "Of none of the attacks is it recorded who attacked whom." in list(brief_words.trust(brief))
    undead = replace(brief.trust, roles_unknown=0, deaths_unknown=1, n_alike=0, summary_deaths=0)
    told = list(brief_words.trust(replace(brief, trust=undead)))
    assert "The table gives no figure of deaths." in told  # not "for 100 % of all"


def test_months_that_count_none_are_no_attacks():
    first = pd.date_range("2020-01-01", periods=60, freq="MS")
    counts = [3] * 12 + [0] * 48
    frame = pd.DataFrame({"period": first.strftime("%Y-%m"), "country": "Mali", "n": counts})
    study = open_study(frame, mapping="date=period,country=country", count="n", n_simulations=200)
    assert headline_of(study).numbers == {"month": pd.Timestamp("2020-12-01")}


def test_a_region_above_its_usual_month_without_an_alert_is_not_passed_over(briefs):
    brief = briefs("rise")
    where = brief.where
    assert where.units["direction"].tolist() == ["up"]
    none, on = where.alerts[:0], where.units[["country", "name"]].assign(may_be_copies=False)
    calm = replace(where, alerts=none, units=where.units.assign(direction="no change found"))
    fresh = replace(calm, units=calm.units.assign(usual=0.25, recent=3.0))  # next to none usually
    for changed, said in (
        (fresh, "No place is on alert now, though the last month is above a usual one in Mopti."),
        (replace(where, alerts=on), "On alert now: Mopti."),
        (
            replace(where, alerts=on.assign(may_be_copies=True)),
            "On alert now: Mopti. Part of the attacks behind the alert may be copies, being like another: Mopti.",
        ),
        (replace(where, alerts=none), "No place is on alert now, though the last month is above a usual one in Mopti."),
        (
            replace(fresh, units=fresh.units.assign(usual=0.26)),
            "No place is on alert now: where the last weeks held more",
        ),
        (calm, "No place is on alert now: where the last weeks held more than those before, it may be chance."),
    ):
        assert said in " ".join(brief_words.what_next(replace(brief, where=changed)))


def test_a_month_that_has_begun_is_not_expected_to_hold_fewer_than_it_holds():
    """Togo, 15 May 2005: "between 0 and 149" for a month that held five already."""
    rows = [*monthly(*[20] * 42), *[{"date": "2025-07-05"}] * 20]
    brief = facts_of(make_study(make_incidents(rows), start="2022-01-01", as_of="2025-07-10"))
    month, low, high, _ = brief.next.month
    assert (f"{month:%Y-%m}", low) == ("2025-07", 20)
    assert high >= 20


def test_what_would_count_as_a_rise_is_said_beside_a_usual_month(briefs):
    steady, rise = briefs("steady"), briefs("rise")

    def told(brief, trigger):
        return brief_words.what_next(replace(brief, next=replace(brief.next, rise_from=trigger)))

    usual = round(steady.figures.usual)
    assert f"{usual + 5} or more attacks in the next 30 days would count as a rise." in told(steady, usual + 5)
    far = 3 * usual
    assert (
        f"One month alone would need {far} or more attacks to count as a rise; a usual month has about {usual}."
        in told(steady, far)
    )
    busy = replace(steady, figures=replace(steady.figures, recent=float(far)))
    assert f"Another {far} or more attacks in the next 30 days would count as a rise." in told(busy, far)
    assert "Even a usual month would not yet end the rise over 90 days; fewer than 2 attacks would." in told(rise, 2)
    assert "With fewer than 9 attacks in the next 30 days, the record would no longer show a rise." in told(rise, 9)
    # Somalia, July 2018: 44, more than any month had held, would have ended a rise at 30 a month.
    usual_by_then = "As the rise goes on it becomes usual: with fewer than {} attacks in the next 30 days, the record"
    assert any(line.startswith(usual_by_then.format(500)) for line in told(rise, 500))
    over = replace(rise, headline=replace(rise.headline, turned=True))  # of which the headline says so
    assert not any("a rise" in one or "the rise" in one for one in told(over, 2) + told(over, 9))


def test_only_what_rises_or_falls_can_stay_beyond_the_year_before(briefs):
    for name, words in {"rise": "stay a quarter", "fall": "stay a fifth", "steady": "come to lie a quarter"}.items():
        (said,) = [one for one in brief_words.what_next(briefs(name)) if "the next six months" in one]
        assert words in said


def test_of_what_is_too_young_nobody_says_that_it_is_likely_to_last(briefs):
    rise = briefs("rise")
    assert any("next six months" in one for one in brief_words.what_next(rise))
    young = replace(rise, headline=replace(rise.headline, young=True))
    assert "It is too early to say whether this lasts." in brief_words.qualifiers(young)
    assert not any("next six months" in one for one in brief_words.what_next(young))


def test_a_rise_said_long_before_its_plainest_step_is_not_said_to_begin_there(briefs):
    rise = briefs("rise")
    older = brief_words.qualifiers(replace(rise, headline=replace(rise.headline, long_said=True)))
    assert any(one.startswith("The rise is older; its plainest step was about") for one in older)
    assert not any(one.startswith("The rise began") for one in older)


def test_a_high_level_is_not_called_so_beside_a_higher_one_before(briefs):
    steady = briefs("steady")
    since = pd.Timestamp("2023-01-01")
    head = replace(steady.headline, height="high", regime=(since, 12.0, 23.0))
    assert brief_words.headline(replace(steady, headline=head)) == STEADY_BESIDE_ANOTHER
    head = replace(head, regime=(since, 23.0, 12.0))
    assert brief_words.headline(replace(steady, headline=head)) == "Steady: attacks stay at a high level."


def test_a_level_that_came_with_a_step_is_not_called_usual_and_the_step_is_told(briefs):
    steady = briefs("steady")
    head = replace(steady.headline, height="usual", regime=(pd.Timestamp("2023-06-01"), 19.4, 41.2))
    stepped = replace(steady, headline=head)
    assert brief_words.headline(stepped) == STEADY_BESIDE_ANOTHER
    told = "The level last changed about June 2023: about 41 per 30 days until then, about 19 since."
    assert told in brief_words.qualifiers(stepped)
    seldom = replace(stepped, headline=replace(head, regime=(pd.Timestamp("2006-04-01"), 0.6, 0.04)))
    told = "The level last changed about April 2006: under 1 a year until then, about 7 since."
    assert told in brief_words.qualifiers(seldom)
    head = replace(head, regime=(pd.Timestamp("2023-06-01"), 19.4, 21.2))
    assert brief_words.headline(replace(steady, headline=head)) == "Steady: attacks stay at their usual level."


def test_a_year_that_was_uneven_itself_is_in_the_headline():
    """The Central African Republic on 26 June 2014 was steady, at half of what it had been."""
    months = [8, 8, 8, 10, 10, 10] * 4 + [8, 8, 8, 10, 10, 10, 28, 28, 28, 15, 15, 15]
    study = made_of(monthly(*months))
    brief = parts_of(study, "headline", "figures")
    said = "Over 90 days, about as many attacks as usual, but fewer than in the 90 before."
    assert brief_words.headline(brief) == said
    counts = "The last 90 days hold fewer (44) than the 90 days before them (82)."
    qualifiers = brief_words.qualifiers(brief)
    assert counts in qualifiers
    assert qualifiers[-1] == "Confidence is moderate: attacks went up and down in the months before."
    assert counts in assessment.read(study, results_of(study))
    unclear = replace(brief, headline=replace(brief.headline, word="no clear change", course=1))
    said = "Over 90 days, no clear change from what is usual, but more attacks than in the 90 before."
    assert brief_words.headline(unclear) == said


@pytest.mark.parametrize(("word", "said"), [("rising", "the rise"), ("falling", "the fall")])
def test_a_word_that_merely_stands_is_not_said_as_one_that_is_borne_out(briefs, word, said):
    steady = briefs("steady")
    head = steady.headline
    head = replace(head, word=word, standing=True, because="standing", deaths=replace(head.deaths, word=word))
    standing = replace(steady, headline=head)
    ends = "; deaths are rising." if word == "rising" else "."
    assert brief_words.headline(standing).endswith(f" the usual level, but {said} is no longer clear{ends}")
    assert [one for one in brief_words.qualifiers(standing) if one.startswith(f"Deaths are {word}: ")]  # not "too"
    # Nor are deaths whose word merely stands, and no count is told from which on a rise would be one no longer.
    both = replace(standing, headline=replace(head, deaths=replace(head.deaths, standing=True)))
    assert [one for one in brief_words.qualifiers(both) if one.startswith("Deaths are ") and "what is usual" in one]
    assert word == "falling" or not brief_words._trigger(standing)


def test_the_timeline_is_titled_by_the_months_that_it_shows(briefs):
    steady = briefs("steady")
    periods = steady.timeline.periods
    first, most = wording.month_words(periods["period_start"].iloc[0]), periods["value"].iloc[:-1].max()
    of_most = brief_page.timeline_title(steady)
    assert f"the most in a calendar month since {first} was {most:.0f}, in" in of_most
    high = replace(steady, figures=replace(steady.figures, recent=most + 1))
    # "No earlier month since December 2021 had as many" read as if that one had.
    none = f"days: none of the {len(periods) - 1} earlier calendar months shown had as many"
    assert brief_page.timeline_title(high).endswith(none)
    same = replace(steady, figures=replace(steady.figures, recent=most))
    assert "the most in a calendar month" in brief_page.timeline_title(same)


def test_the_first_page_says_which_way_deaths_go_and_where_one_attack_makes_most_of_them():
    rows = monthly(*[8] * 36)
    for row in rows[-24:]:
        row["fatalities_best"] = 18
    brief = parts_of(made_of(rows), "headline", "figures")
    assert "Deaths are rising: 414 in 90 days, usually 49." in brief_words.qualifiers(brief)
    head = brief.headline
    fallen = replace(head, deaths=replace(head.deaths, month_turned=True))
    said = brief_words.qualifiers(replace(brief, headline=fallen))
    assert "Deaths are above what is usual: 414 in 90 days, against 49." in said
    turned = replace(brief, headline=replace(head, word="rising", turned=True))
    assert "Deaths are rising: 414 in 90 days, usually 49." in brief_words.qualifiers(turned)  # not "too"
    for row in rows[-24:]:
        row["fatalities_best"] = 2
    rows[-10]["fatalities_best"] = 400
    study = made_of(rows)
    said = list(brief_words.qualifiers(parts_of(study, "headline", "figures")))
    assert "One attack (8 November 2024) caused 400 of the 444 deaths of the last 90 days." in said
    assert not any("rising" in one for one in said)
    annex = " ".join(assessment.read(study, results_of(study)))
    assert "caused 400 of these deaths; without it, they are 0.98 times the usual. A rise or a fall that" in annex


def test_a_selection_by_attacker_says_what_it_passes_over(tmp_path):
    """Where only attacks on civilians name who attacked, the rest may be most."""
    days = ["2020-11-30", *[f"2020-12-{day:02d}" for day in (2, 9, 20, 31)]]
    sides = {"side_a": "Group A", "side_b": "Civilians", "type_of_violence": "3"}
    battles = [{"date_start": day, "date_end": day} for day in days]
    rows = ged(*battles, *({**one, **sides} for one in battles), {"date_start": "2020-12-31", "side_b": "Group B"})
    table = write(tmp_path / "ged.csv", as_text(rows))
    study = open_study(table, attacker="Group A", as_of="2020-12-31")
    assert (len(study.attacks), len(study.unsaid)) == (5, 5)
    trust = trust_of(study, 30)
    assert trust.unsaid == (4, ("Group A",))
    said = brief_words.trust(Brief(study.noun, study.as_of, 5, *[Absent("")] * 7, trust))
    assert "4 more attacks of this period name Group A as a party, but not who attacked: they are not counted." in said
    assert trust_of(open_study(table, as_of="2020-12-31"), 30).unsaid == (0, ())


@pytest.mark.parametrize(
    ("last", "finding"),
    [(1, "Security forces were hit in the only attack"), (4, "Security forces were hit in all 4 attacks")],
)
def test_who_is_in_every_attack_is_said_so(last, finding):
    assert brief_tables.parties_table(parts_of(made(*[3] * 35, last), "headline", "who", "figures"))[0] == finding


def test_civilians_that_nobody_counted_are_not_passed_over():
    """Beside a bombing of soldiers, "two attacks hit civilians; deaths in them: 3" is not all that civilians lost."""
    hit = ("civilians", "security_forces")
    rows = [{**one, "target_group": hit[at % 2]} for at, one in enumerate(monthly(*[4] * 36))]
    study = made_of(rows)
    note = brief_tables.parties_table(parts_of(study, "headline", "who", "figures"))[3]
    assert (
        "2 attacks hit civilians; deaths in them: 4. How many civilians died in the others, the table does not" in note
    )
    counted = made_of([{**one, "fatalities_civilians": 1} for one in rows])
    note = brief_tables.parties_table(parts_of(counted, "headline", "who", "figures"))[3]
    assert "Civilians killed in all attacks of this period: 4." in note
    assert "does not say" not in note


def test_copies_and_deaths_in_rows_of_many_days_are_told():
    day = {"date": "2024-12-20", "admin1": "Mopti", "locality": "Mopti", "fatalities_best": 0}
    campaign = {**day, "date": "2024-03-01", "date_end": "2024-12-15", "fatalities_best": 870}
    campaign["incident_kind"] = "summary"
    study = replace(made_of([day] * 3), summaries=make_incidents([campaign]))
    trust = trust_of(study, 30)
    assert (trust.n_alike, trust.summary_deaths, trust_of(study, 10).summary_deaths) == (
        2,
        42,
        0,
    )  # 3 on each of 290 days, of which 14
    brief = Brief(study.noun, study.as_of, 3, *[Absent("")] * 7, trust)
    assert (
        brief_words.trust(brief)[2] == "1 row dated to more than a week reaches into this period and is not counted; "
        "its deaths here: 42."
    )
    copies = replace(brief, trust=trust_of(study, 10))
    assert "2 of 3 attacks are like another in day, place" in brief_words.trust(copies)[2]


def test_of_few_attacks_their_number_is_told_and_of_many_their_share(briefs):
    few = replace(briefs("few"), n=3, trust=replace(briefs("few").trust, roles_unknown=1 / 3))
    assert "For 1 of 3 attacks, who attacked whom is not recorded." in brief_words.trust(few)
    assert "For 33 % of all 300 attacks, who attacked whom is not recorded." in brief_words.trust(replace(few, n=300))


def test_that_no_civilian_was_hit_is_not_said_where_the_selection_leaves_them_out():
    """ "No attack that hit civilians is recorded" stood under attacks on security forces alone, of a table of both."""
    study = made_of([{**row, "target_group": "security_forces"} for row in monthly(*[4] * 36)])
    assert brief.who_of(study, 30).civilians[0] == 0
    chosen = replace(study, selection=replace(study.selection, target_type=("security_forces",)))
    assert isinstance(brief.who_of(chosen, 30).civilians, Absent)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, False), ({"high": 0.0}, True), ({"civilians": False}, True),
        ({"civilians": False, "words": "3 civil guards"}, True),
    ],
)  # fmt: skip
def test_that_no_civilian_was_hit_is_not_said_beside_claims_of_some(monkeypatch, told, said):
    """Three abducted in Kayes on 1 July 2025, as a third party says, of attacks on the army; "dozens of soldiers and
    civilians" killed at Djibo on 11 May."""
    study = made_of([{**row, "target_group": "security_forces"} for row in monthly(*[4] * 36)])
    claim = {"event": "E", "civilians": True, "high": 3.0, "words": "3"}
    ledger = pd.DataFrame([claim | told])
    monkeypatch.setattr(brief, "record_of", lambda study: SimpleNamespace(ledger=ledger))
    for day, lately in ((study.as_of, True), (study.start, False)):
        monkeypatch.setattr(brief, "began_of", lambda study, events, day=day: pd.Series(day, index=events.index))
        assert isinstance(brief.who_of(study, 30).civilians, Absent) == (lately and not said)


def test_civilians_killed_are_said_where_the_table_counts_them():
    rows = [row | {"fatalities_civilians": 1} for row in monthly(*[4] * 36)]
    rows[-1]["fatalities_unidentified"] = 13
    study = make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31", n_simulations=100)
    found = parts_of(study, "headline", "who", "figures")
    assert found.who.civilians_killed == (found.figures.recent, 13)
    assert (
        f"Civilians killed in all attacks of this period: {found.figures.recent:.0f}. Who 13 more of the dead were is "
        "not known." in brief_tables.parties_table(found)[3]
    )
    assert "No attack that hit civilians" not in brief_tables.parties_table(found)[3]  # beside those whom others killed
    assert isinstance(parts_of(made(*[4] * 36), "who").who.civilians_killed, Absent)


def test_a_report_on_several_countries_shows_them_side_by_side():
    there = [row | {"country": "NER", "admin1": "Diffa"} for row in monthly(*[3] * 36)]
    study = make_study(
        make_incidents([*monthly(*[4] * 36), *there]), start="2022-01-01", as_of="2024-12-31", n_simulations=100
    )
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.reports.page._show", told.append)
        brief_page.write_brief(open_page(), study, results_of(study))
    assert [block["name"] for block in told if block.get("part") == "countries" and block["kind"] == "chart"] == [
        "brief_countries"
    ]


def test_each_block_of_a_brief_names_its_part(briefs, monkeypatch):
    study = STUDIES["rise"]()
    told = []
    monkeypatch.setattr("analysis.reports.page._show", told.append)
    brief_page.write_brief(open_page(), study, results_of(study))
    shown = ["headline", *(part for part in brief_page.HEADINGS if part != "countries")]
    assert list(dict.fromkeys(block["part"] for block in told)) == shown
    assert [block["heading"] for block in told if block["kind"] == "heading"] == [
        "Timeline", "Where", "Who", "What stands out", "What next and what to watch", "How far to trust this",
    ]  # fmt: skip


def test_a_brief_in_french_has_no_english_sentence(briefs):
    study = replace(STUDIES["rise"](), settings=Settings(language="fr", n_simulations=200))
    with used("fr"):
        brief = facts_of(study)
        said = [brief_words.headline(brief), *brief_words.qualifiers(brief), *brief_words.what_next(brief)]
    assert said[0] == "Les attaques sont en hausse."
    assert (
        said[1] == "Les données recensent 16 attaques ces 30 derniers jours\xa0; un mois habituel en compte environ 4."
    )
    assert not [one for one in said if re.search(r"\b(the|of|attacks|days)\b", one)]


def test_what_is_absent_is_told_with_its_reason(briefs):
    brief = briefs("embedded")
    said = brief_words.absences(brief)
    told = dict(brief.absent())
    assert any("the range for the next month" in one and told["next.month"] in one for one in said)
    known = [reason for name, reason in brief.absent() if name in brief_words.ABSENT]
    assert known
    assert all(any(reason in one for one in said) for reason in known)
    assert len(said) == len(set(known))


def test_a_table_with_coordinates_and_no_names_of_units_has_a_map_and_no_alerts():
    rows = [row | {"admin1": None, "latitude": 14.5, "longitude": -4.2} for row in monthly(*[4] * 33, 14, 15, 16)]
    brief = facts_of(make_study(make_incidents(rows), start="2022-01-01", as_of="2024-12-31", n_simulations=200))
    assert brief.where.units["part"].tolist() == ["MLI/Mopti"]
    assert brief.where.alerts == Absent(
        "alerts are counted by the units that the table itself names, and it names none"
    )
    assert "alert" not in brief_tables.places_table(brief)[2]
    # Nigeria, February 2015: `alerts` had the country in alarm, and the page said nothing of it.
    burst = [rows[0] | {"date": "2024-12-27"}] * 20
    study = make_study(make_incidents(rows[:-30] + burst), start="2022-01-01", as_of="2024-12-31")
    alarmed = replace(brief, where=replace(brief.where, alerts=where_of(study, 30).alerts))
    assert "On alert now: Mali." in brief_words.what_next(alarmed)
    assert isinstance(alerts_by(study, "admin1"), Absent)  # "counted by region": Mali, said the annex
    assert "alert" not in brief_tables.places_table(alarmed)[2]


def test_offensives_of_long_ago_do_not_stand_out_beside_one_or_none(briefs):
    brief = briefs("embedded")
    for recent, days, told in ((1, 400, False), (0, 400, False), (2, 400, True), (0, 100, True)):
        timeline = replace(brief.timeline, recent_offensives=recent, greatest=(4, brief.as_of - days * DAY))
        said = brief_words.stands_out(replace(brief, timeline=timeline))
        assert any("most offensives" in one for one in said) == told


def test_long_names_end_in_an_ellipsis():
    assert (
        brief_numbers.cut_name("Government of Myanmar (Burma) and civilians")
        == "Government of Myanmar (Burma) and civilians"
    )
    assert brief_numbers.cut_name("Place " + "x" * 70) == "Place " + "x" * 29 + "…"
    assert len(brief_numbers.cut_name("many words " * 20)) == 60


def test_attacks_without_a_place_hit_no_number_of_places():
    rows = [row | {"locality": None} for row in monthly(*[8] * 36)]
    figures = figures_of(made_of(rows))
    assert figures.places == Absent("no attack of this period names its place")
    assert figures.regions == (1, 1, 1)


def test_the_deadliest_attack_may_be_located_to_its_country_alone():
    worst = {"date": "2024-12-20", "admin1": None, "locality": None, "fatalities_best": 9}
    assert brief._largest(made_of([*monthly(*[8] * 36), worst]), 30).place == "Mali"


def test_no_attack_is_the_deadliest_that_by_the_best_figure_killed_nobody():
    """Ghana, 24 March 1994: "the attack with most deaths in 30 days: 0 deaths (0 to 7)"."""
    calm = {"date": "2024-12-20", "fatalities_low": 0, "fatalities_best": 0, "fatalities_high": 7, "attacker": None}
    told = brief._largest(made_of([calm]), 30)
    assert told == Absent("by the best figures no attack of this period caused a death")
    assert brief._largest(made_of([calm | {"fatalities_best": 1}]), 30).best == 1


def test_a_name_of_places_in_two_units_stands_for_two():
    rows = [{"date": "2024-12-20", "admin1": admin1, "locality": "Koro"} for admin1 in ("Mopti", "Segou", "Mopti")]
    assert figures_of(made_of([*monthly(*[8] * 35), *rows])).places == (2, 2)


@pytest.mark.parametrize(
    ("days", "as_of", "year_ago"),
    [  # 365 days before 30 June 2024 lies 1 July 2023, and 29 February has no year before
        (["2023-06-01", "2023-07-01"], "2024-06-30", 1),
        (["2023-06-30", "2023-05-31"], "2024-06-30", 1),
        (["2023-01-30", "2023-02-28"], "2024-02-29", 2),
        (["2023-01-29", "2023-03-01"], "2024-02-29", 0),
    ],
)
def test_a_year_ago_are_the_same_days(days, as_of, year_ago):
    assert figures_of(made_of([{"date": day} for day in days], as_of=as_of)).year_ago == year_ago


@pytest.mark.parametrize(
    ("freq", "n", "before_days", "before", "year_ago"),
    [("MS", 29, 30, 27, 16), ("7D", 120, 28, 112 + 113 + 114 + 115, 64 + 65 + 66 + 67)],
)
def test_counts_beside_others_are_those_of_whole_periods(freq, n, before_days, before, year_ago):
    """Months to 31 May 2024, numbered from 0 on: April holds 27, May of the year before 16. Weeks likewise."""
    first = pd.date_range("2022-01-01", periods=n, freq=freq)
    frame = pd.DataFrame({"period": first.strftime("%Y-%m-%d"), "country": "Mali", "n": range(n)})
    study = open_study(frame, mapping="date=period,country=country", count="n", n_simulations=200)
    figures = figures_of(study)
    assert (figures.before_days, figures.before, figures.year_ago) == (before_days, before, year_ago)


@pytest.mark.parametrize(
    ("deaths", "said"),
    [
        ((3, 5, 5), "No attack in 30 days had more than 5 deaths; 2 had as many."),
        ((1, 1, 0), "No attack in 30 days had more than 1 death; 2 had as many."),
        ((3, 5, 4), "The attack with most deaths in 30 days: town, 21 December 2024; 5 deaths."),
    ],
)
def test_of_several_that_are_the_deadliest_none_is_named(deaths, said):
    rows = [
        {"date": f"2024-12-{20 + day}", "locality": "town", "fatalities_best": n, "attacker": None}
        for day, n in enumerate(deaths)
    ]
    assert brief_words._largest(brief._largest(made_of(rows), 30)) == said


@pytest.mark.parametrize(
    ("figures", "most"),
    [
        ([(2, 2), (1, 9)], 9),
        ([(2, 2), (2, 12)], 12),  # of two with as many deaths, told without a range
        ([(5, 9), (1, 9)], 0),  # told as 5 to 9
        ([(2, 2), (2, 2)], 0),
    ],
)
def test_beside_the_most_deaths_by_the_best_figures_stands_a_higher_one_of_another_attack(figures, most):
    """ "No attack in 30 days had more than 2 deaths" stood beside one of up to 12."""
    rows = [
        {"date": f"2024-12-{20 + day}", "locality": "town", "attacker": None, "fatalities_best": best,
         "fatalities_low": 1, "fatalities_high": high}
        for day, (best, high) in enumerate(figures)
    ]  # fmt: skip
    said = [f"By the highest figures, one attack of these days may have caused {most} deaths."] if most else []
    assert brief_words._highest(brief._largest(made_of(rows), 30)) == said


def test_of_two_offensives_with_most_deaths_none_hit_most_places_where_a_third_hit_more():
    """ "No offensive hit more than 2 places" of two with twenty dead each stood beside one of three places."""
    hits = [(day, town, 10) for day in (20, 22) for town in "ab"] + [(24, town, 1) for town in "abc"]
    rows = [
        {"date": f"2024-12-{day}", "locality": town, "attacker": "A", "fatalities_best": n} for day, town, n in hits
    ]
    said = brief_words._largest(brief._largest(made_of(rows), 30))
    assert said.startswith("The deadliest offensive in 30 days hit 2 places")
    rows += [{"date": f"2024-12-{day}", "locality": "c", "attacker": "A", "fatalities_best": 0} for day in (20, 22)]
    said = brief_words._largest(brief._largest(made_of(rows), 30))
    assert said == "No offensive in 30 days hit more than 3 places; 3 hit as many."  # two of them as deadly


@pytest.mark.parametrize(("most_sites", "called"), [(True, "largest"), (False, "deadliest")])
def test_an_offensive_is_called_the_largest_where_none_hit_more_places(most_sites, called):
    day = pd.Timestamp("2024-12-20")
    largest = brief.Largest(day, "Gao", 3, float("nan"), float("nan"), 80.0, (), most_sites=most_sites)
    assert brief_words._largest(largest) == (
        f"The {called} offensive in 30 days hit 3 places on 20 December 2024, Gao among them; figures of its dead run "
        "to 80."
    )


def test_a_massacre_by_nobody_known_is_told_before_a_smaller_offensive():
    """A hits two towns in one day, 8 dead in all; who killed 50 the day after is not known."""
    rows = [{"date": "2024-12-20", "locality": town, "attacker": "A", "fatalities_best": 4} for town in ("Gao", "Ber")]
    rows.append({"date": "2024-12-21", "locality": "Ouatagouna", "attacker": None, "fatalities_best": 50})
    said = brief_words._largest(brief._largest(made_of(rows), 30))
    assert said == "The attack with most deaths in 30 days: Ouatagouna, 21 December 2024; 50 deaths."


def test_nobody_attacks_whom_in_a_demonstration():
    rows = [{"date": "2024-12-20", "role_basis": "unstated"}] * 3
    for kind, unknown in (("attack", 1), ("demonstration", 0)):
        study = made_of([row | {"incident_kind": kind} for row in rows])
        assert trust_of(study, 30).roles_unknown == unknown


@pytest.mark.parametrize(
    ("counts", "because"),
    [
        ((8, 16), "the record held 50 % to 100 % of the attacks counted by another source, the army."),
        ((8, 8), "on the few days that can be checked, the record held 100 % of the attacks counted by another source"),
    ],
)
def test_one_share_of_a_reference_is_no_range(counts, because):
    spans = [("MLI", "2024-02-01", "2024-03-01"), ("MLI", "2024-03-01", "2024-04-01")]
    reference = [(*span, n) for span, n in zip(spans, counts, strict=True)]
    study = make_study(make_incidents(monthly(*[8] * 36)), start="2022-01-01", as_of="2024-12-31", reference=reference)
    found = SimpleNamespace(headline=headline_of(study), too_few=False)
    assert because in brief_words.because(found)
    assert brief_words.headline(found) == "The record cannot show whether attacks are rising."


def test_every_reason_for_a_confidence_has_its_words_on_the_page_and_on_the_card():
    assert set(brief_words.BECAUSE) | set(brief_words.COUNTED) == set(brief_tables.IN_SHORT)
    assert set(brief_words.CANNOT) <= set(brief_tables.IN_SHORT)
    given = re.findall(r'"([a-z]+)"(?=,| if|\))', inspect.getsource(confidence_measure._why_not))
    assert {"seldom", "none", "few", "days"} <= set(given) & set(brief_words.CANNOT)


@pytest.mark.parametrize(
    ("n", "told"), [(1, "is like another, and may be a copy"), (2, "are like another, and may be copies")]
)
def test_one_possible_copy_is_one(n, told):
    said = brief_words.because_words("copies", {"n": n, "all": 31}, quarter=90)
    assert said == f"Confidence is low: {n} of the 31 attacks compared {told}."


@pytest.mark.parametrize(("recent", "usual", "differs"), [(3, 4.5, False), (6, 3, True), (5.9, 3, False), (0, 3, True)])
def test_one_attack_or_two_more_than_usual_are_no_headline(recent, usual, differs):
    assert brief_words._month_differs("no clear change", recent, usual) == differs


def test_a_long_silence_before_a_rise_is_told_and_lowers_its_confidence():
    early = pd.date_range("2022-01-05", "2022-03-30", freq="4D")
    late = pd.date_range("2024-10-05", periods=22, freq="4D")
    stated, assumed = (made_of([{"date": f"{day:%Y-%m-%d}"} for day in [*early, *late]]) for _ in range(2))
    assumed.table.coverage["basis"] = "assumed"
    head = headline_of(assumed)
    assert (head.word, head.confidence, head.because) == ("rising", "moderate", "silent")
    said = brief_words.because(parts_of(assumed, "headline"))
    assert said.endswith("no row is dated 31 March 2022 to 4 October 2024.")
    assert trust_of(assumed, 30).silent == (pd.Timestamp("2022-03-31"), pd.Timestamp("2024-10-04"))
    assert headline_of(stated).because == "clear"
    assert trust_of(stated, 30).silent is None


def test_days_without_rows_amid_many_lower_the_confidence_of_a_fall():
    days = [*pd.date_range("2022-01-05", "2024-10-21", freq="2D"), *pd.date_range("2024-12-20", periods=3, freq="2D")]
    study = made_of([{"date": f"{day:%Y-%m-%d}"} for day in days])
    study.table.coverage["basis"] = "assumed"
    head = headline_of(study)
    assert (head.word, head.confidence, head.because) == ("falling", "moderate", "silent")
    assert "No row is dated 22 October 2024 to 19 December 2024" in " ".join(
        brief_words.trust(parts_of(study, "headline", "figures", "trust"))
    )


@pytest.mark.parametrize(("n", "confidence", "because"), [(16, "moderate", "spans"), (3, "high", "clear")])
def test_rows_dated_to_a_month_that_would_change_the_verdict_lower_its_confidence(n, confidence, because):
    """An event whose day is not known is not counted: a fall that such rows would undo rests on their absence."""
    days = [*pd.date_range("2022-01-05", "2024-09-30", freq="4D"), *pd.date_range("2024-10-10", periods=8, freq="10D")]
    study = made_of([{"date": f"{day:%Y-%m-%d}"} for day in days])
    row = {"date": "2024-11-01", "date_end": "2024-11-30", "fatalities_best": 1, "incident_kind": "summary"}
    head = headline_of(replace(study, summaries=make_incidents([row] * n)))
    assert (head.word, head.confidence, head.because) == ("falling", confidence, because)


PAUSE = pd.Timestamp("2024-10-21"), pd.Timestamp("2024-12-20")


@pytest.mark.parametrize(("often", "because"), [("2D", "paused"), ("16D", "")])
def test_days_without_rows_of_one_country_among_several_are_told(often, because):
    """Of two countries one pauses for two months, as exports put together with a hole do; one of few rows is calm."""
    days = pd.date_range("2022-01-05", "2024-12-30", freq=often)
    rows = [(f"{day:%Y-%m-%d}", "Mali") for day in days if not PAUSE[0] <= day <= PAUSE[1]]
    rows += [(f"{day:%Y-%m-%d}", "Niger") for day in pd.date_range("2022-01-05", "2024-12-30", freq="4D")]
    frame = pd.DataFrame(rows, columns=["date", "country"])
    study = open_study(frame, mapping={"date": "date", "country": "country"}, n_simulations=50)
    head = headline_of(study)
    said = " ".join(brief_words.trust(parts_of(study, "headline", "figures", "trust")))
    assert ("No row of Mali is dated 20 October 2024 to 21 December 2024: calm" in said) == bool(because)
    assert (head.because == "paused") == bool(because)


def test_a_level_is_not_surely_steady_where_rows_of_one_country_are_missing():
    days = pd.date_range("2022-01-05", "2024-12-30", freq="2D")
    rows = [(f"{day:%Y-%m-%d}", "Mali") for day in days if not "2024-05-01" <= f"{day:%Y-%m-%d}" <= "2024-07-05"]
    rows += [(f"{day:%Y-%m-%d}", "Niger") for day in pd.date_range("2022-01-05", "2024-12-30", freq="4D")]
    frame = pd.DataFrame(rows, columns=["date", "country"])
    head = headline_of(open_study(frame, mapping={"date": "date", "country": "country"}, n_simulations=50))
    assert (head.word, head.confidence, head.because) == ("steady", "moderate", "paused")


def test_weeks_without_rows_of_any_unit_lower_the_confidence_of_a_fall():
    weeks = pd.date_range("2022-01-03", "2025-06-23", freq="7D")
    missing = weeks[-9:-3]
    rows = [(f"{week:%Y-%m-%d}", "Mali", unit, 2) for week in weeks.difference(missing) for unit in ("Gao", "Mopti")]
    frame = pd.DataFrame(rows, columns=["week", "land", "region", "n"])
    study = open_study(frame, mapping={"date": "week", "country": "land", "admin1": "region"}, count="n")
    head = headline_of(study)
    assert (head.word, head.confidence, head.because) == ("falling", "moderate", "silent")
    assert head.numbers == {"first": missing[0], "last": missing[-1] + 6 * DAY}


def test_several_attacks_in_one_place_are_not_told_as_one():
    rows = monthly(*[8] * 36) + [
        {"date": "2024-12-20", "admin1": "Mopti", "locality": "town", "fatalities_best": deaths} for deaths in (30, 20)
    ]
    largest = facts_of(made_of(rows)).stands_out.largest
    assert (largest.place, largest.high) == ("town", 30)


def test_a_figure_of_deaths_that_cannot_be_true_is_not_called_none(tmp_path):
    days = pd.date_range("2024-01-01", "2024-12-31", freq="2D")
    dead = ["-5" if day.month < 4 else "" if day.month < 7 else "1" for day in days]
    rows = "".join(f"{day:%Y-%m-%d},Mali,{n}\n" for day, n in zip(days, dead, strict=True))
    (tmp_path / "t.csv").write_text("when,land,dead\n" + rows)
    study = open_study(tmp_path / "t.csv", mapping="date=when,country=land,deaths=dead")
    trust = trust_of(study, 30)
    assert trust.deaths_refused == dead.count("-5") == 46
    assert trust.deaths_unknown == pytest.approx(dead.count("") / len(dead))
    lines = brief_words.trust(replace(parts_of(made(*[8] * 36), "headline", "figures"), trust=trust))
    assert "46 attacks have a figure of deaths that cannot be true, below 0 for instance: it is not used." in lines


@pytest.mark.parametrize(
    ("word", "told", "confidence", "because"),
    [
        ("falling", {"p_above": 0.011}, "moderate", "chance"),
        ("falling", {"p_above": 0.009}, "high", "clear"),
        ("no clear change", {"low": 0.51, "high": 1.99}, "moderate", "open"),
        ("no clear change", {"low": 0.5, "high": 2.0}, "low", "hidden"),
        ("no clear change", {"low": 0.51, "high": 2.0}, "low", "doubling"),
        ("no clear change", {"low": 0.4, "high": 1.9}, "low", "halving"),
        ("no clear change", {"low": 0.4, "high": 0.8}, "low", "fewer"),
        ("no clear change", {"low": 0.4, "high": 0.81}, "low", "halving"),
        ("no clear change", {"low": 1.25, "high": 2.5}, "low", "more"),
        ("no clear change", {"low": 1.24, "high": 1.9}, "moderate", "open"),
        ("steady", {"low": 0.9, "high": 1.1}, "high", "steady"),
        ("steady", {"ratio": 1.3, "low": 1.2, "high": 1.4, "p_above": 0.99}, "moderate", "sure"),
        ("no clear change", {"ratio": 1.3, "low": 1.2, "high": 1.4, "p_above": 0.99}, "moderate", "sure"),
    ],
)
def test_both_sides_of_how_sure_a_verdict_is(word, told, confidence, because):
    row = {"span_days": 90, "reference_days": 360, "recent": 9, "reference": 9, "usual": 9, "p_above": 0.5}
    row |= {"low": 1.0, "high": 1.0, "ratio": 1.0, "ratio_without": 1.0} | told
    judged = Level("attacks", table=pd.DataFrame([row, row | {"span_days": 30}]), word=word)
    study = made(1, as_of="2024-12-31")
    assert confidence_measure.confidence_in(study, judged) == (confidence, because, {})


@pytest.mark.parametrize(
    ("chances", "words", "confidence"),
    [
        ([0.98, 0.989], "rr", "moderate"),  # never beyond doubt
        ([0.99, 0.95], "rr", "high"),  # it was, and nearly is
        ([0.99, 0.949], "rr", "moderate"),
        ([0.99, 0.949, 0.96], "rrr", "moderate"),  # to come back it must be beyond doubt again
        ([0.99, 0.949, 0.99], "rrr", "high"),
        ([0.99, 0.5, 0.97], "rnr", "moderate"),  # of another rise
        ([0.01, 0.05], "ff", "high"),  # a fall is the mirror
        ([0.01, 0.051], "ff", "moderate"),
    ],
)
def test_how_sure_a_word_is_does_not_come_and_go_with_every_row(chances, words, confidence):
    """In 150 days of the Central African Republic it went from high to moderate, or back, eleven times."""
    names = {"r": "rising", "f": "falling", "n": "no clear change"}
    looks = pd.DataFrame({"p_above": chances, "word": [names[word] for word in words]})
    row = {"span_days": 90, "reference_days": 360, "recent": 81, "reference": 324, "usual": 81, "p_above": chances[-1]}
    table = pd.DataFrame([row | {"low": 1.0, "high": 1.0}, row | {"span_days": 30}])
    judged = Level("attacks", table=table, looks=looks, word=names[words[-1]])
    because = "clear" if confidence == "high" else "chance"
    assert confidence_measure.confidence_in(made(*[27] * 36), judged)[:2] == (confidence, because)


def test_of_too_few_attacks_it_is_told_where_their_record_ends():
    found = SimpleNamespace(
        figures=Absent("1 in all is too few"), too_few=True, n=1,
        headline=SimpleNamespace(because="uncovered", numbers={"day": pd.Timestamp("2024-01-05")}, quarter_days=90),
    )  # fmt: skip
    assert brief_words.headline(found) == "One incident is too few to judge."
    assert brief_words.qualifiers(found) == ["Confidence is low: the record ends on 5 January 2024."]
    found.headline.because = "few"
    assert brief_words.qualifiers(found) == []


def test_what_was_recorded_within_a_year_is_no_news():
    study = SimpleNamespace(as_of=pd.Timestamp("2025-01-01"))
    for days, news in ((364, False), (365, True)):
        since = study.as_of - days * DAY
        judged = SimpleNamespace(word="rising", height="high", highest_since=since)
        assert (brief._most_since(study, judged) == since) is news


def test_units_of_a_users_map_have_names_and_one_row_each(tmp_path):
    """A map that lacks a unit of the table, writes one otherwise and has one with a slash in its name."""
    spots = {"Ménaka": (16.3, 0.5), "Gao": (16.3, 0.0), "Timbuktu": (16.8, -3.0), "Kidal": (18.4, 1.4)}
    rows = [
        {"date": f"2024-{month:02d}-{day:02d}", "admin1": unit, "latitude": north, "longitude": east}
        for month in range(1, 13)
        for day, (unit, (north, east)) in enumerate(spots.items(), start=5)
    ]
    rows.append({"date": "2024-12-20", "admin1": "Timbuktu", "geo_precision": "admin1"})
    study = made_of(rows)
    study.beside["boundaries"] = tmp_path / "units.geojson"
    boxes = {"Gao": (-1, 15, 1, 17), "Tombouctou": (-5, 16, -1, 20), "Kidal/north": (1, 18, 3, 20)}
    study.beside["boundaries"].write_text(collection(boxes), encoding="utf-8")
    found = brief.where_of(study, 30)
    assert sorted(zip(brief_numbers.unit_names(found.units), found.units["recent"], strict=True)) == [
        ("Gao", 2), ("Kidal/north", 1), ("Timbuktu", 2),
    ]  # fmt: skip
    two = study.attacks.assign(country=study.attacks["country"].mask(study.attacks["admin1"].eq("Kidal"), "NER"))
    abroad = replace(study, attacks=two, selection=replace(study.selection, country=("MLI", "NER")))
    assert brief_numbers.unit_names(brief.where_of(abroad, 30).units)[-1] == "Kidal/north (Niger)"


def test_an_alert_of_a_unit_that_the_map_lacks_has_its_name(tmp_path):
    rows = [row | {"latitude": 16.3, "longitude": 0.5, "admin1": "Ménaka"} for row in monthly(*[4] * 35, 25)]
    study = made_of(rows)
    study.beside["boundaries"] = tmp_path / "units.geojson"
    study.beside["boundaries"].write_text(collection({"Gao": (-1, 15, 1, 17)}), encoding="utf-8")
    facts = facts_of(study)
    assert facts.where.units["name"].tolist() == ["Gao"]
    assert "On alert now: Ménaka." in brief_words.what_next(facts)


def collection(boxes):
    made = [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [
            [[west, south], [east, south], [east, north], [west, north], [west, south]]
        ]}}
        for name, (west, south, east, north) in boxes.items()
    ]  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": made})


def test_two_countries_without_regions_are_told_apart_and_one_is_not():
    for codes in (["MLI"], ["MLI", "BFA"]):
        rows = [{"date": f"2024-{month:02d}-05", "country": code} for month in range(1, 13) for code in codes]
        found = brief.where_of(made_of(rows), 30)
        assert isinstance(found, Absent) if len(codes) == 1 else (found.kind, len(found.units)) == ("country", 2)


def test_the_timeline_holds_no_month_that_is_not_covered():
    study = made(*[3] * 34, last_day="2024-10-15")
    periods = brief.timeline_of(study, figures_of(study)).periods
    assert periods["period_start"].iloc[-1] == pd.Timestamp("2024-10-01")
    assert periods["covered_end"].iloc[-1] == pd.Timestamp("2024-10-16")


# ---------------------------------------------------------------------------------------------------------------------
# What a table's making alone can draw

MAPPED = "date=date,country=country,admin1=region,locality=town,attacker=group"
TOWNS = ("Gao", "Mopti", "Segou", "Kidal", "Kayes")


def steady_rows(**changes):
    """Return four years of 16 attacks a month, no two alike; truth: no change."""
    days = pd.date_range("2021-07-01", "2025-06-30", freq="45h").normalize()
    at = range(len(days))
    rows = {"date": days.strftime("%Y-%m-%d"), "country": "Mali", "region": [TOWNS[i % 4] for i in at]}
    rows |= {"town": [f"town {i}" for i in at], "group": [("A", "B", "B")[i % 3] for i in at]}
    return pd.DataFrame(rows | changes)


def said_first(rows, mapping=MAPPED, **selected):
    study = open_study(rows, mapping=mapping, n_simulations=50, **selected)
    brief = parts_of(study, "headline", "figures", "trust")
    return brief_words.headline(brief), brief_words.because(brief), list(brief_words.trust(brief))


def test_copies_of_the_last_month_are_told_where_they_change_the_ratio():
    """The last weeks are pasted twice more: 4 % of all."""
    rows = steady_rows()
    last = rows[rows["date"] >= "2025-06-01"]
    verdict, because, _ = said_first(pd.concat([rows, last, last]))
    assert verdict.startswith("Attacks are rising")
    told = rf"Confidence is low: {2 * len(last)} of the \d+ attacks compared are like another, and may be copies\."
    assert re.fullmatch(told, because)
    # Copied alike at all times they change no ratio.
    verdict, because, _ = said_first(pd.concat([rows, rows]))
    assert "copies" not in because
    assert said_first(rows)[1].startswith("Confidence is high")


def test_copies_without_which_the_word_is_the_same_lower_no_confidence():
    """A rise of 90 days to four times as many; a fourth of its rows is pasted once more: 1.25 times the ratio."""
    rows = steady_rows()
    last = rows[rows["date"] >= "2025-04-02"]
    more = [last.assign(town=last["town"] + f" {i}") for i in range(3)]
    for table, n in ((pd.concat([rows, *more, last]), len(last)), (pd.concat([rows, *more]), 0)):
        brief = parts_of(open_study(table, mapping=MAPPED, n_simulations=50), "headline", "figures")
        assert brief_words.headline(brief).startswith("Attacks are rising")
        assert brief.headline.because != "copies"
        told = [one for one in brief_words.qualifiers(brief) if "without them the verdict would be the same." in one]
        assert [one.split(" of ")[0] for one in told] == [str(n)] * bool(n)


def test_few_copies_that_change_the_ratio_of_deaths_alone_are_told_beside_the_word_on_deaths():
    """Six deadly rows of the last month are pasted once more, too few for the ratio of attacks: 1.13 of 1.2."""
    rows = steady_rows(killed=2.0)
    rows.loc[rows.index[-6:], "killed"] = 20.0
    for table, n in ((pd.concat([rows, rows.tail(6)]), 120), (rows, 0)):
        study = open_study(table, mapping=MAPPED + ",deaths=killed", n_simulations=50)
        brief = parts_of(study, "headline", "figures", "trust")
        all_deaths = int(study.daily_counts("deaths")[-450:].sum())
        told = f"{n} of the {all_deaths} deaths compared are of attacks that are like another, "
        told += "and may be counted twice."
        assert (brief.headline.because, brief.headline.deaths.word) != ("copies", "cannot tell")
        assert (told in brief_words.qualifiers(brief)) == bool(n)
        assert brief.headline.deaths_copied == ((n, all_deaths) if n else None)


@pytest.mark.parametrize(
    ("where", "n", "confidence", "because"),
    [("anywhere", 60, "moderate", "unused"), ("anywhere", 6, "high", "steady"), ("first", 60, "high", "steady"),
     ("undated", 60, "moderate", "unused"),
     ("last", 60, "low", "lacking"), ("last", 6, "high", "steady"), ("late", 40, "low", "lacking")],
)  # fmt: skip
def test_unused_rows_that_could_change_the_verdict_lower_its_confidence_and_are_told(where, n, confidence, because):
    """A month whose name nobody knows is one of the last, perhaps; in a table that goes from day to day, surely."""
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2022-01-01", "2025-06-30", freq="2D")]
    at = {"first": 0, "late": len(days) - 20}.get(where, len(days))
    unread = "not known" if where == "undated" else "3 Ventôse 2025"
    rows = pd.DataFrame({"date": [*days[:at], *[unread] * n, *days[at:]]})
    rows = rows.sample(frac=1, random_state=1) if where == "anywhere" else rows
    study = open_study(rows, mapping="date=date,country==Mali")
    brief = parts_of(study, "headline", "figures", "trust")
    assert (brief.headline.word, brief.headline.confidence, brief.headline.because) == ("steady", confidence, because)
    told = f"{n} of the table's {len(rows)} rows could not be used; all here rests on the others."
    assert (told in brief_words.trust(brief)) == (n >= 40)
    assert (f"{n} rows of the table's {len(rows)} could not be used" in study.notes) == (n < 0.1 * len(rows))


def test_rows_that_were_lost_at_the_end_of_a_country_s_own_are_its_last():
    """A table by country, and by day within each; half of the last rows of Niger have no day that can be read."""
    rows = []
    for country in ("Mali", "Niger", "Togo"):
        days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2022-01-01", "2025-06-30", freq="3D")]
        lost = [*days[:-20], *(day if i % 2 else "3 Ventôse" for i, day in enumerate(days[-20:]))]
        rows += [{"date": day, "country": country} for day in (lost if country == "Niger" else days)]
    table, found = pd.DataFrame(rows), {}
    for country in ("Mali", "Niger"):
        study = open_study(table, mapping="date=date,country=country", country=country, n_simulations=50)
        found[country] = parts_of(study, "headline", "figures").headline
    assert (found["Mali"].confidence, found["Niger"].confidence) == ("high", "low")
    assert found["Niger"].because == "lacking"


def test_lines_below_a_table_are_no_rows_that_were_lost(tmp_path):
    rows = steady_rows().assign(country="Mali")
    notes = pd.DataFrame({"note": ["Source: made up", "As of July"]})
    study = open_study(pd.concat([rows, notes]), mapping="date=date,country=country", n_simulations=50)
    assert study.table.n_lost == 0
    text = rows[["date", "country"]].to_csv(index=False) + "Total,\nSource: field notes\n"
    assert load_incidents(write(tmp_path / "t.csv", text), mapping="date=date,country=country").n_lost == 0


def test_rows_that_could_not_be_used_are_told_on_the_first_page():
    """From spring 2025 on the month comes first: of these rows, those with a day above 12 are no dates."""
    rows, days = steady_rows(), pd.to_datetime(steady_rows()["date"])
    rows["date"] = days.dt.strftime("%d/%m/%Y").where(days < "2024-02-01", days.dt.strftime("%m/%d/%Y"))
    _, because, trust = said_first(rows, day_first=True)
    n = int(((days >= "2024-02-01") & (days.dt.day > 12)).sum())
    assert because == f"Confidence is low: {n} of the table's {len(rows)} rows could not be used."
    assert f"{n} of the table's {len(rows)} rows could not be used; all here rests on the others." in trust
    # Rows that others say again are no loss: every row stands twice under its id.
    rows = steady_rows(id=[f"x{i}" for i in range(len(steady_rows()))])
    assert not any("could not be used" in said for said in said_first(pd.concat([rows, rows]), MAPPED + ",id=id")[2])


def test_few_rows_of_a_table_whose_ids_begin_anew_say_what_is_missing():
    rows = steady_rows()
    rows["no"] = rows.groupby(rows["date"].str[:7]).cumcount() + 1
    rows.loc[rows.index[-1], "no"] = 99
    verdict, _, trust = said_first(rows, MAPPED + ",id=no")
    assert "too few" in verdict
    assert any("rows could not be used; all here rests on the others." in said for said in trust)


@pytest.mark.parametrize("column", ["group", "region"])
def test_a_rise_of_what_is_new_to_the_table_is_not_sure(column):
    """A party that is renamed in spring 2025, and regions that a new source adds."""
    rows = steady_rows()
    recent = rows["date"] >= "2025-03-20"
    if column == "group":
        rows.loc[recent & rows["group"].eq("B"), "group"] = "C"
        verdict, because, _ = said_first(rows, attacker="C")
    else:
        verdict, because, _ = said_first(rows[recent | rows["region"].isin(["Gao", "Mopti"])])
    assert verdict == "Attacks are rising."
    names = {"group": "C", "region": "Kidal and Segou"}[column]
    assert because.startswith(f"Confidence is moderate: the table has {names} only since 2")
    assert because.endswith(" March 2025: new, or newly recorded?")


def test_a_rise_that_known_names_make_is_sure_beside_a_new_one():
    rows = pd.concat([steady_rows(), *[steady_rows(town=f"t{i}").query("date >= '2025-04-01'") for i in range(3)]])
    rows.loc[rows["town"].eq("t2"), "group"] = "C"
    assert said_first(rows)[:2] == (
        "Attacks are rising.",
        "Confidence is high: the difference is far beyond the usual ups and downs from month to month.",
    )


def seasonal_rows(growth=1.0):
    """Return six years with an attack a day from November to February, and one in six days else, times ``growth`` from
    each July on."""
    days = pd.date_range("2019-01-01", "2024-12-31")
    dry = days.month.isin([11, 12, 1, 2])
    years = days.year + (days.month > 6) - 2019
    held = days.repeat(np.where(dry, np.rint(growth**years), np.arange(len(days)) % 6 == 0).astype(int))
    at = range(len(held))
    rows = {"date": held.strftime("%Y-%m-%d"), "country": "Mali", "region": [TOWNS[i % 4] for i in at]}
    return pd.DataFrame(rows | {"town": [f"town {i}" for i in at], "group": "A"})


@pytest.mark.parametrize(("as_of", "years", "word"), [("2024-12-20", 4, "rising"), ("2021-12-20", 0, "rising")])
def test_what_comes_back_every_year_is_asked_after_where_no_season_is_sure(as_of, years, word, monkeypatch):
    """In 2021 only one earlier year is covered with the year before it."""
    monkeypatch.setattr(season, "SEASON_P", 0.0)
    verdict, because, _ = said_first(seasonal_rows(), as_of=as_of)
    assert word in verdict
    told = f"in each of the last {years} years the same days stood out alike: a season?"
    assert (told in because) == bool(years)
    assert ("season" in because) == bool(years)


@pytest.mark.parametrize(
    ("as_of", "changed", "word", "because", "words"),
    [
        # 31 October, then an attack a day from November on, as in each year.
        ("2024-01-29", {}, "rising", "seasonal", "A season usually lifts these 90 days: going by 4 earlier years, "
         "about 87 attacks were to be expected; there were 90."),
        ("2024-01-29", {"growth": 2.0}, "rising", "clear", "more (2,880) than the same days of any of 4 years before, "
         "at most 1,440: more than the season brings."),
        ("2024-07-29", {}, "falling", "seasonal", "A season usually lowers these 90 days: going by 5 earlier years, "
         "about 15 attacks were to be expected; there were 15."),
        # 15 in these days of each year; 45 now, as many as in a quarter of the year before.
        ("2024-07-29", {"added": 30}, "no clear change", "veiled", "more (45) than the same days of any of 5 "
         "years before, at most 15: the season usually lowers them."),
        ("2020-12-20", {}, "rising", None, ""),  # one earlier year
    ],
)  # fmt: skip
def test_a_season_is_told_beside_the_word_and_told_apart_from_a_change(as_of, changed, word, because, words):
    rows = seasonal_rows(changed.get("growth", 1.0))
    more = rows.tail(changed.get("added", 0)).assign(date=pd.date_range("2024-05-02", periods=changed.get("added", 0)))
    study = open_study(pd.concat([rows, more.astype({"date": str})]), mapping=MAPPED, as_of=as_of, n_simulations=50)
    head = headline_of(study)
    assert head.word == word
    assert because is None or head.because == because
    said = " ".join(brief_words._season(SimpleNamespace(headline=head)))
    assert said.endswith(words)
    assert bool(said) == bool(words)


def test_a_rise_that_has_fallen_silent_is_not_told_as_one_that_goes_on():
    """Four times as many from September on, and one row in the last forty days: "attacks are rising", with high
    confidence, stood above "1 attack in the last 30 days; a usual month has about 16"."""
    days = pd.date_range("2021-01-01", "2024-11-20")
    late = np.where(days >= "2024-09-01", 2, np.arange(len(days)) % 2)
    held = [*days.repeat(late), pd.Timestamp("2024-12-31")]
    rows = pd.DataFrame({"date": held, "country": "Mali", "town": [f"town {i}" for i in range(len(held))]})
    verdict, because, _ = said_first(rows, "date=date,country=country,locality=town")
    assert verdict == "Rising over 90 days, but the last month had fewer attacks than usual."
    assert because == "Confidence is low: the last month alone points the other way."
    # A month that is merely less than the one before it is no turn.
    rows = rows[pd.to_datetime(rows["date"]) < "2024-11-21"]
    verdict, because, _ = said_first(rows, "date=date,country=country,locality=town")
    assert (verdict, "high" in because) == ("Attacks are rising.", True)


def test_a_level_that_only_ever_rises_is_no_season():
    """Twice as many each year: the same days of the year before rose as well, but held half as many."""
    verdict, because, _ = said_first(seasonal_rows(growth=2.0), as_of="2024-12-20")
    assert "rising" in verdict
    assert "season" not in because


def test_deaths_that_are_not_filled_in_yet_are_not_said_to_fall():
    """From May 2025 on no row has a figure; of four years these are 4 %."""
    rows = steady_rows(killed=2.0)
    rows.loc[rows["date"] >= "2025-05-01", "killed"] = np.nan
    study = open_study(rows, mapping=MAPPED + ",deaths=killed", n_simulations=50)
    lacking = int((rows["date"] >= "2025-05-01").sum())
    all_of_90 = int((rows["date"] >= "2025-03-31").sum())  # the last row is of 28 June
    assert headline_of(study).deaths.problem.startswith(f"{lacking} of the {all_of_90} rows of the last 90 days")
    rows.loc[rows["date"] < "2025-06-25", "killed"] = 2.0  # three rows alone
    assert not headline_of(open_study(rows, mapping=MAPPED + ",deaths=killed", n_simulations=50)).deaths.problem


def test_a_map_in_which_no_attack_can_be_placed_gives_no_table_of_regions(tmp_path):
    (tmp_path / "map.geojson").write_text(collection({"Gao": (-1, 15, 1, 17)}), encoding="utf-8")
    days = pd.date_range("2024-01-01", periods=60, freq="3D")
    rows = pd.DataFrame({"date": [f"{day:%Y-%m-%d}" for day in days]})
    study = open_study(rows, mapping="date=date,country==Mali", boundaries=tmp_path / "map.geojson", n_simulations=50)
    assert isinstance(where_of(study, 30), Absent)


def test_a_share_of_an_attack_is_not_told_as_none():
    """The one row of the last month is dated to November; of its days a third lie in the last 30."""
    rows = [{"date": f"{day:%Y-%m-%d}"} for day in pd.date_range("2022-01-05", "2024-09-30", freq="15D")]
    rows.append({"date": "2024-11-01", "date_end": "2024-11-30", "date_precision": "month"})
    study = made_of(rows, as_of="2024-12-19")
    brief = parts_of(study, "headline", "figures")
    assert 0 < brief.figures.recent < 0.5
    assert "The record shows less than one attack, dated roughly, in the last 30 days" in " ".join(
        brief_words.qualifiers(brief)
    )


def test_a_record_that_was_seldom_checked_is_not_called_uneven():
    """Of three years two months are checked, and hold 80 and 67 % of what is counted."""
    spans = [("MLI", "2024-02-01", "2024-03-01", 10), ("MLI", "2024-03-01", "2024-04-01", 12)]
    study = make_study(make_incidents(monthly(*[8] * 36)), start="2022-01-01", as_of="2024-12-31", reference=spans)
    head = headline_of(study)
    assert (head.because, round(head.numbers["low"], 2)) == ("seldom", 0.73)
