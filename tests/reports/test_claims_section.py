"""The section tells what is claimed, who is silent, and that no joint estimate exists, in words made from values."""

from dataclasses import replace

import pytest

from analysis.incidents import open_study
from analysis.incidents.canonical import problem_frame
from analysis.incidents.problems import BLANKED, KEPT, SET_ASIDE
from analysis.language import used
from analysis.measures import claims as measure
from analysis.reports import brief, brief_words
from analysis.reports.sections import claims as section
from analysis.reports.wording import Results
from tests.measures.claim_rows import INF, make_claims
from tests.measures.tables import make_incidents, make_study


def told(study):
    results = Results(study, measure.indicators(study))
    return results, section.read(study, results)


def test_the_first_of_july_2025(embedded):
    _, said = told(embedded)
    west = said[0]
    assert "1 July 2025, one reported wave of 7 attacks: 22 claims by 4 claimants" in west
    assert (
        "Malian Armed Forces: more than 80 (Sahel Intelligence) or 80 (ADF Magazine), by outlet: 81 or more, or 80"
        in west
    )
    assert "Attackers killed – JNIM: no figure of its own" in west
    assert "Defenders killed – JNIM: dozens; Malian Armed Forces: no figure of its own" in west
    assert "No third party gives a figure of the dead" in west
    assert (
        "There is no joint estimate of deaths, of attackers or of defenders: the figures come from one side alone."
        in west
    )
    assert "sites seized (3 barracks)" in said[1]
    assert "Indian Ministry of External Affairs (third party): civilians abducted (3)" in said[1]
    assert "defenders captured (1)" in said[1]


def test_boulkessi_has_a_spread_and_no_best_figure(embedded):
    _, said = told(embedded)
    boulkessi = next(sentence for sentence in said if sentence.startswith("Boulkessi, 1 June 2025"))
    assert "Figures of defenders killed run from 30 to 101 or more, without a best figure" in boulkessi
    assert "Malian Armed Forces: no figure of its own" in boulkessi
    assert "the figures contradict each other" in boulkessi


def test_what_is_refused_and_left_out_is_said(embedded):
    results, said = told(embedded)
    text = " ".join(said)
    assert "Told here: the latest event with a claim" in text
    assert "attackers killed, 111 or more; defenders killed, 82 or more. Upper ends are open" in text
    assert "for 0 of the 14 events" in text
    assert "events with a figure of defenders killed number 17; an estimate needs 20" in text
    assert "Claims of the table that are used: " in text
    assert " of 225." in text
    assert "were published after 1 July 2025" in text
    assert section.finding(embedded, results).startswith(
        "Diboli, Gogui, Kayes and 4 more, 1 July 2025. There is no joint estimate"
    )


def test_the_whole_table_is_told_too():
    _, said = told(open_study())
    assert any("half have 15 or fewer by the estimate" in sentence for sentence in said)


def test_without_claims_one_sentence_and_the_publishers_spread():
    deaths = {"fatalities_low": 2.0, "fatalities_best": 3.0, "fatalities_high": 5.0}
    study = make_study(make_incidents([{"date": "2024-06-20", **deaths}]), start="2024-01-01", as_of="2024-06-30")
    results, said = told(study)
    assert len(said) == 1
    assert "No claims table was given" in said[0]
    assert "of the window number 3, all parties together (2 to 5" in said[0]
    assert section.finding(study, results).startswith("No claims table")
    silent = make_study(make_incidents([{"date": "2024-06-20"}]), start="2024-01-01", as_of="2024-06-30")
    assert "could not be computed, because the only attack in the window has no" in told(silent)[1][0]


UN, NGO, ARMY, GROUP = (
    ("UN", "third_party"), ("NGO", "third_party"), ("army", "defender"), ("group", "attacker"),
)  # fmt: skip


def claimed(*rows, event="i0000"):
    """Return a study of two attacks and what is claimed of the dead: (claimant and side, whose, low, high)."""
    attacks = make_incidents([
        {"date": "2024-06-20", "locality": "Koro", "fatalities_best": 30.0},
        {"date": "2024-06-10", "locality": "Bankass", "fatalities_best": 3.0},
    ])  # fmt: skip
    claims = make_claims(*((event, *who, *more) for who, *more in rows))
    return make_study(attacks, start="2024-01-01", as_of="2024-06-30", claims=claims)


def brief_lines(study):
    found = brief._claims(study, brief._largest(study, 30))
    return list(brief_words._claims(found, "30 June 2024"))


def test_the_dead_of_one_side_are_held_against_those_of_all():
    study = claimed((UN, "all", 40, 40), (GROUP, "defender", 50, INF), (ARMY, "defender", None, None))
    assert brief_lines(study) == [
        "Defenders killed, as group says: 50 to inf.",
        "army gives no figure of defenders killed.",
        "Dead of all parties together, as UN says: 40.",
        "Those of the sides add up to more than all parties together: these figures cannot all be true.",
    ]
    reason = "no number fits all: at most 40 of all parties together (UN), at least 50 of the sides (group)."
    assert f"What is said of the sides adds up to more than what is said of all parties; {reason}" in told(study)[1][0]
    # Beside figures of all that contradict each other, and where fewer are claimed of a side, nothing more is said.
    for rows in ([(UN, "all", 40, 40), (NGO, "all", 80, 80)], [(UN, "all", 40, 40)]):
        others = claimed(*rows, (GROUP, "defender", 50 if len(rows) > 1 else 40, INF))
        assert not any("add up" in line for line in brief_lines(others))


def test_the_dead_of_all_parties_are_told_and_held_against_each_other():
    study = claimed((UN, "all", 40, 40), (NGO, "all", 80, INF), (GROUP, "defender", 30, 30), (ARMY, "defender", 30, 30))
    assert brief_lines(study) == [
        "Defenders killed, as group says: 30.",
        "Dead of all parties together, as NGO says: 80 to inf.",
        "Dead of all parties together, as UN says: 40.",
        "These figures of all dead together cannot all be true.",
        "1 more claim on the dead of this attack is not shown here.",
    ]
    said = told(study)[1][0]
    assert "Dead of all parties together – NGO: 80 to inf; UN: 40." in said
    assert "Claimants of two sides agree on defenders killed: 30." in said
    assert "no number fits all: at most 40 (UN), at least 80 (NGO)." in said
    with used("fr"):
        assert "Morts de toutes les parties confondues, selon UN\N{NO-BREAK SPACE}: 40." in brief_lines(study)


@pytest.mark.parametrize(("event", "place"), [("i0000", ""), ("i0001", "Bankass, 10 June 2024")])
def test_what_cannot_all_be_true_stands_beneath_the_figures_that_contradict(event, place):
    study = claimed(
        (ARMY, "attacker", 20, INF), (GROUP, "attacker", 2, 2), (GROUP, "defender", 50, INF), (ARMY, "defender", 3, 3),
        (UN, "civilian", 12, 12), (UN, "all", None, None), event=event,
    )  # fmt: skip
    about = [f"The claims that follow are about {place}."] if place else []
    assert brief_lines(study) == [
        *about,
        "Attackers killed, as group says: 2.",
        "Attackers killed, as army says: 20 to inf.",
        "These figures of attackers killed cannot all be true.",
        "Defenders killed, as group says: 50 to inf.",
        "Defenders killed, as army says: 3.",
        "These figures of defenders killed cannot all be true.",
        "2 more claims on the dead of this attack are not shown here.",
    ]


def test_of_several_attacks_as_deadly_the_one_that_claims_are_about_is_named():
    study = claimed((UN, "all", 40, 40))
    alike = replace(study, attacks=study.attacks.assign(fatalities_best=30.0))
    assert brief_lines(alike)[0] == "The claims that follow are about Koro, 20 June 2024."


def test_an_event_of_whose_dead_nobody_but_third_parties_speaks_has_claims():
    lines = brief_lines(claimed((UN, "all", None, None)))
    assert lines == ["UN gives no figure of the dead of all parties."]
    study = claimed((UN, "civilian", 40, 40), (NGO, "civilian", 41, 41))
    assert brief_lines(study)[-1] == "These figures of civilians killed cannot all be true."
    assert "Figures of civilians killed run from 40 to 41, without a best figure" in told(study)[1][0]
    study = claimed((UN, "all", 40, 40), (ARMY, "all", 30, INF))
    assert "Claimants of two sides agree on the dead of all parties together: 40." in told(study)[1][0]


def test_a_chart_says_whose_figures_it_holds():
    for rows, said in (
        ([(UN, "all", 10, 10), (NGO, "all", 30, 30)], "figures of the dead contradict each other"),
        ([(UN, "all", 10, 10), (GROUP, "defender", 5, INF)], "no two sides give figures of the same dead"),
        ([(UN, "all", 10, 10), (GROUP, "defender", 50, INF)], "figures of the dead contradict each other"),
        ([(UN, "all", 10, 10), (NGO, "civilian", 5, 5)], "figures of the dead come from one side alone"),
    ):
        study = claimed(*rows)
        assert section._chart_title(measure.record_of(study), "i0000") == f"Koro, 20 June 2024: {said}"


class Shown:
    """A page that only remembers, so that many selections can be shown without drawing each to a file."""

    def __init__(self):
        self.tables, self.drawn = {}, {}

    def say(self, *sentences, **how):
        assert all(sentence.endswith(".") for sentence in sentences)

    def table(self, frame, *, title, columns=None, **how):
        assert set(columns or ()) <= set(frame.columns)
        self.tables[title] = frame

    def charts(self, charts, said):
        for chart in charts:
            self.chart(chart.name, chart.draw, chart.numbers, alt=f"{chart.what}. {' '.join(said)}")

    def chart(self, name, draw, numbers, *, alt):
        from matplotlib import pyplot as plt

        assert alt
        self.drawn[name] = numbers
        plt.close(draw().figure)


def test_the_section_shows_its_charts_and_tables(embedded):
    page = Shown()
    section.write(page, embedded, told(embedded)[0])
    assert list(page.drawn) == ["claims_latest", "claims_most", "counter_claims", "disclosure"]
    assert page.drawn["claims_most"]["event"].unique().tolist() == ["MLI-2025-06-01-boulkessi"]
    ledger = next(table for title, table in page.tables.items() if title.startswith("The ledger: Diboli"))
    army = ledger[ledger["claimant"].eq("Malian Armed Forces") & ledger["measure"].eq("killed")].set_index("loss")[
        "allows"
    ]
    assert army.to_dict() == {"attackers killed": "81 or more, or 80, by outlet", "defenders killed": "no figure"}
    parties = page.tables["How the parties' claims stand against others'"].set_index("claimant")
    assert parties.loc["JNIM", "share"] == "0 % (0 % to 23 %)"
    assert parties.loc["Africa Corps", "share"] == "too few events"


@pytest.mark.parametrize("country", ["BEN", "TGO"])
def test_every_country_of_the_table_reads(country):
    study = open_study(country=country)
    results, said = told(study)
    assert "nan" not in " ".join(said).split()
    page = Shown()
    section.write(page, study, results)
    assert {"claims_latest", "claims_most"} >= set(page.drawn) - {"counter_claims", "disclosure"}
    assert "Totals of claims" in page.tables


def test_what_was_done_about_a_problem_is_said_as_of_any_table(embedded):
    rows = [(2, "verified", "x", "is neither 1 nor 0", action) for action in (SET_ASIDE, BLANKED, KEPT)]
    study, results = replace(embedded, claim_problems=problem_frame(rows)), told(embedded)[0]
    page = Shown()
    section.write(page, study, results, brief=True)
    assert list(page.tables["Claims with problems"]["action"]) == ["row set aside", "value treated as unknown", "kept"]
    with used("fr"):
        section.show_problems(page, study.claim_problems, title="Problems")
    assert not {"row set aside", "value treated as unknown", "kept"} & set(page.tables["Problems"]["action"])
