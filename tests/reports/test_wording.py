"""Numbers, days, places and headings have the form of the language, and one helper writes each kind."""

import re
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from analysis import open_study
from analysis.figures.theme import caption_text
from analysis.incidents.places import country_in, country_name, to_iso3
from analysis.language import month_words, used
from analysis.reports import wording
from tests.measures.tables import make_incidents, make_study

NARROW, NBSP = "\u202f", "\u00a0"


def test_yielded_sentences_come_as_a_list():
    @wording.listed
    def tell(n):
        if not n:
            return
        yield "first"
        yield from ["second"] * n

    assert tell(0) == []
    assert tell(2) == ["first", "second", "second"]


def test_numbers_have_the_marks_of_the_language():
    def said():
        row = SimpleNamespace(low=1.62, high=4371.4, level=0.95)
        return [
            wording.number(0.3456),
            wording.number(4371.2),
            wording.percent(0.123),
            wording.percent(0.0312),
            wording.percent(0.0004),
            wording.times(4.1),
            wording.whole(1234.2),
            wording.interval(row, "number"),
            wording.probability(0.0001),
        ]

    assert said() == [
        "0.35",
        "4,371",
        "12 %",
        "3.1 %",
        "under 0.1 %",
        "4.1 times",
        "1,234",
        "95 % interval 1.6 to 4,371",
        "under 0.001",
    ]
    with used("fr"):
        assert said() == [
            "0,35",
            f"4{NARROW}371",
            f"12{NBSP}%",
            f"3,1{NBSP}%",
            f"moins de 0,1{NBSP}%",
            "4,1 fois",
            f"1{NARROW}234",
            f"intervalle à 95{NBSP}%{NBSP}: 1,6 à 4{NARROW}371",
            "inférieur à 0,001",
        ]
        assert month_words(date(2025, 7, 1)) == "juillet 2025"
        assert wording.joined(["a", "b", "c"]) == "a, b et c"


def test_nothing_uncertain_is_certain_and_one_is_singular():
    assert [wording.percent(share) for share in (0.9949, 0.995, 0.9982, 0.9995, 1.0)] == [
        "99 %", "over 99 %", "over 99 %", "over 99.9 %", "100 %",
    ]  # fmt: skip
    assert [wording.chance(share) for share in (0.0, 0.5, 1.0)] == ["under 0.1 %", "50 %", "over 99.9 %"]
    assert [wording.chances(0.37, 0.58), wording.chances(1.0, 1.0)] == ["37 % to 58 %", "over 99.9 %"]
    simulated = [(0.003, 0.011), (0.003, 0.02), (0.99, 0.997), (0.99, 1.0)]
    assert [wording.chances(*ends, told=wording.simulated_chance) for ends in simulated] == [
        "at most 1 %", "under 1 % to 2 %", "at least 99 %", "99 % to over 99.9 %",
    ]  # fmt: skip
    assert [wording.span("2", "2"), wording.span("2", "3")] == ["2", "2 to 3"]  # "2 to 2 by other definitions"
    assert [wording.few("abc"), wording.few("abcd"), wording.few("abcdef", 4)] == [
        "a, b and c", "a, b, c and 1 more", "a, b, c, d and 2 more",
    ]  # fmt: skip
    assert [wording.times(ratio) for ratio in (1.0, 1.02, 2.0, 0.8)] == [
        "1.0 times",
        "1.0 times",
        "2 times",
        "0.8 times",
    ]
    assert [wording.years(span) for span in (0.01, 1 / 12, 0.5)] == ["about 1 month", "about 1 month", "about 6 months"]
    with used("fr"):
        assert [wording.years(span) for span in (1.7, 2.9)] == ["environ 1,7 an", "environ 2,9 ans"]


def test_places_are_said_with_the_preposition_of_their_kind():
    codes = ("MLI", "CAF", "COD", "USA", "MDG", "BRB", "HTI", "MEX", "GBR", "IRQ", "XKX")
    with used("fr"):
        assert [country_in(code) for code in codes] == [
            "au Mali",
            "en République centrafricaine",
            "en République démocratique du Congo",
            "aux États-Unis",
            "à Madagascar",
            "à la Barbade",
            "en Haïti",
            "au Mexique",
            "au Royaume-Uni",
            "en Irak",
            "au Kosovo",
        ]
        assert country_in("XGG") == f"dans la zone «{NBSP}Golfe de Guinée{NBSP}»"
        assert all(to_iso3(country_name(code)) == code for code in codes)
    assert country_in("MLI") == "in Mali"


@pytest.mark.parametrize(
    ("chosen", "english", "french"),
    [
        ({"country": "MLI", "attacker": "JNIM"}, "Attacks by JNIM in Mali", "Attaques attribuées à JNIM au Mali"),
        (
            {"country": ["MLI", "BFA"], "actor": "JNIM"},
            "Attacks involving JNIM in Mali and Burkina Faso",
            "Attaques impliquant JNIM au Mali et au Burkina Faso",
        ),
        (
            {"country": "MLI", "target_type": "security_forces"},
            "Attacks on security forces in Mali",
            "Attaques contre des forces de sécurité au Mali",
        ),
    ],
)
def test_a_heading_says_the_selection(chosen, english, french):
    assert wording.title(open_study(**chosen)) == english
    study = open_study(**chosen, language="fr")
    assert wording.title(study) == french
    assert re.match(
        r"Situation au \d+ \w+ 20\d\d\. Fenêtre examinée\xa0: du .* Source\xa0: table d'incidents",
        wording.subtitle(study),
    )


def test_what_is_counted_is_called_by_its_name_in_french_too():
    with used("fr"):
        assert wording.named("L'attaque, 3 attaques d'assaillants ; Attaques", "deadly event") == (
            "L'action meurtrière, 3 actions meurtrières d'assaillants ; Actions meurtrières"
        )
        assert wording.named("les attaques", "event") == "les actions"
        assert wording.named("les attaques", "attack") == "les attaques"


def test_a_country_of_which_one_unit_is_counted_is_called_by_the_unit():
    rows = [{"date": "2024-06-05", "admin1": "Mopti"}]
    made = make_study(make_incidents(rows), start="2023-06-01", as_of="2024-06-30")
    assert wording.unit_name("MLI", made) == "Mali"
    chosen = replace(made, selection=replace(made.selection, admin1=("Mopti",)))
    assert wording.unit_name("MLI", chosen) == "Mopti (Mali)"
    assert wording.unit_name("MLI/Mopti", chosen) == "Mopti"


def test_units_are_named_however_many_countries_have_one_of_that_name():
    rows = [{"date": "2024-06-05", "country": code, "admin1": "Centre"} for code in ("BFA", "CMR", "MLI", "TGO")]
    made = make_study(make_incidents(rows), start="2023-06-01", as_of="2024-06-30")
    made = replace(made, selection=replace(made.selection, country=()))
    assert wording.place_in(made) == "in 4 countries"
    chosen = replace(made, selection=replace(made.selection, admin1=("Centre",)))
    assert wording.place_in(chosen) == "in Centre, 4 countries"


def test_what_stands_under_a_chart_says_what_was_selected():
    made = make_study(make_incidents([{"date": "2024-06-05"}]), start="2023-06-01", as_of="2024-06-30", attacker="JNIM")
    under = wording.caption(made)
    assert under.shows == wording.title(made) == "Attacks by JNIM in Mali"
    assert caption_text(**vars(under), width=900).startswith("Attacks by JNIM in Mali. Source: ")
    many = replace(made, selection=replace(made.selection, attacker=tuple(f"Brigade {n}" for n in range(40))))
    assert len(wording.caption(many).shows) == wording.MOST_SHOWN
    assert wording.countries_in(replace(made, selection=replace(made.selection, admin1=("Mopti",)))) == "in Mali"


def test_rows_of_a_question_that_was_not_asked_for_are_there_when_they_are_needed():
    results = wording.Results(open_study(country="MLI", as_of="2025-07-01"))
    assert results.known("dated_to_day")  # of reliability
    assert results["attacks_in_window"].value > 0  # of frequency
    with pytest.raises(KeyError, match="no_such_row"):
        results["no_such_row"]


def test_an_interval_without_an_upper_end_says_so():
    """ "1197 to inf" stood in reports on many claims."""
    row = SimpleNamespace(low=1197.0, high=float("inf"), level=0.95)
    assert wording.interval(row, "{:,.0f}") == "95 % interval from 1,197, without an upper end"
    row.high = 2000.0
    assert wording.interval(row, "{:,.0f}") == "95 % interval 1,197 to 2,000"


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0.0, "under 1 %"), (0.0099, "under 1 %"), (0.0101, "1 %"), (0.0821, "8 %"), (0.0899, "9 %"), (0.51, "51 %"),
        (0.9912, "99 %"), (1.0, "over 99.9 %"),
    ],
)  # fmt: skip
def test_a_simulated_chance_has_no_digits_that_the_draw_makes(share, told):
    """JNIM in Mali, June 2025: 8.6, 8.4, 8.8 and 8.2 % on four days without a new row."""
    assert wording.simulated_chance(share) == told
