"""Facts are fields: every method and every reason can be worded otherwise, and a report says the same but for those
words."""

import re

import pytest

from analysis.incidents import open_study
from analysis.measures import QUESTIONS, compute_indicators
from analysis.publishing import changes
from analysis.reports import summary, wording
from analysis.reports.report import section_of
from tests.measures.tables import make_incidents, make_study

SIGN = re.compile(r"<<([a-z]+):([a-z0-9_]+)>>")


def made_up():
    """Return a study in which attacks come often, anywhere in a degree, and kill: most is computed."""
    rows = [
        {"date_start": f"{2021 + month // 12}-{1 + month % 12:02d}-{day:02d}", "latitude": 14 + (day * 7 % 10) / 10,
         "longitude": -3 + (month * 3 % 10) / 10, "fatalities_best": 1 + day * month % 9, "attacker": "JNIM"}
        for month in range(36) for day in range(1, 2 + (month % 5) + month // 6, 2)
    ]  # fmt: skip
    return make_study(make_incidents(rows), start="2021-01-01", as_of="2023-12-31", n_simulations=200)


def embedded():
    return open_study(country="MLI", attacker="JNIM", as_of="2025-07-01", n_simulations=200)


def renamed(indicators):
    """Return rows whose methods and reasons are signs that nobody can take apart."""
    out = indicators.copy()
    for field in ("method", "reason"):
        out[field] = [
            f"<<{field}:{name}>>" if text else "" for name, text in zip(out["name"], indicators[field], strict=True)
        ]
    return out


def read_all(study, indicators):
    results = wording.Results(study, indicators)
    sentence, qualifiers = summary.finding(study, results)
    cards = [
        ". ".join((card.label, card.value, card.uncertainty, card.note)) for card in summary.key_figures(study, results)
    ]
    said = [("finding", [sentence, *qualifiers]), ("figures", cards)]
    for question in QUESTIONS:
        section = section_of(question)
        said.append((question, section.read(study, results)))
        if hasattr(section, "finding"):
            said.append((question, [section.finding(study, results)]))
    return said


@pytest.mark.parametrize("study", [embedded, made_up], ids=["embedded", "made up"])
def test_sentences_are_renamed_and_nothing_breaks(study):
    study = study()
    indicators = compute_indicators(study)
    rows = indicators[indicators["unit"].eq(study.place)].set_index("name")

    def restored(sentence):
        return SIGN.sub(lambda sign: rows.loc[sign[2], sign[1]], sentence)

    before, after = read_all(study, indicators), read_all(study, renamed(indicators))
    assert [question for question, _ in before] == [question for question, _ in after]
    signs = 0
    for (question, said), (_, other) in zip(before, after, strict=True):
        for sentence, changed in zip(said, other, strict=True):
            signs += len(SIGN.findall(changed))
            # A sentence may raise the first letter of a reason that it begins with.
            assert restored(changed).lower() == sentence.lower(), question
    assert signs > 5


def test_the_verdict_of_a_report_is_read_from_its_field():
    row = {
        "name": "escalation_verdict",
        "unit": "MLI",
        "value": 1.0,
        "status": "computed",
        "method": "words",
        "label": "elevated",
    }
    assert changes._verdict({("escalation_verdict", "MLI"): row}) == "elevated"
    assert changes._verdict({("escalation_verdict", "MLI"): row | {"method": "others: elevated"}}) == "elevated"
