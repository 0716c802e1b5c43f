"""What is said of a region's countries follows from their tables, and holds in both languages."""

from dataclasses import replace

import pandas as pd
import pytest

from analysis.language import used
from analysis.measures import compare
from analysis.reports import comparison
from analysis.reports.wording import place_in
from tests.measures.test_compare import opened


@pytest.fixture(scope="module")
def study():
    made = opened(MLI=[6] * 56 + [20] * 4, BFA=[12] * 57 + [3] * 3, NER=[5] * 60, BEN=[0] * 55 + [1, 0, 2, 1, 2])
    made.table.provenance.source, made.table.provenance.file = "plain", "a.csv"
    return made


def test_the_region_is_answered_country_by_country(study):
    said = comparison.read_countries(study)
    assert "Rising: Mali." in said
    assert "Falling: Burkina Faso." in said
    assert any(one.startswith("In the 4 countries together, attacks ") for one in said)
    shares = compare.compute_shares(study)
    n = int(shares.loc[shares["period_start"].eq(shares["period_start"].max()), "n"].sum())
    assert any(one.startswith(f"Of the {n} attacks of the last twelve months") for one in said)


def test_what_a_whole_interval_points_to_is_not_called_no_change(study):
    table = compare.compute_parts(study)
    told = {"word": "no clear change", "standing": False}
    for leaning, words in ((1, "no clear rise"), (0, "no clear change"), (-1, "no clear fall")):
        said = comparison.parts_printed(study, table.assign(**told, leaning=leaning))
        assert set(said["word"]) == {words}


def test_a_word_that_stands_from_earlier_weeks_is_called_so_in_its_panel_too(study):
    table = compare.compute_parts(study).assign(word="rising", leaning=0, stands=True)
    assert set(comparison._drawn(table.assign(standing=True))["told"]) == {"rising, no longer clear"}
    assert set(comparison._drawn(table.assign(standing=False))["told"]) == {"rising"}


def test_a_change_that_does_not_stand_with_all_counted_is_not_drawn_as_one(study):
    """The table said "stands: no" beside a panel that said "rising"."""
    table = compare.compute_parts(study).assign(word="rising", leaning=0, standing=False)
    assert set(comparison._drawn(table.assign(stands=False))["told"]) == {"perhaps rising"}
    assert set(comparison._drawn(table.assign(word="steady", stands=False))["told"]) == {"steady"}
    assert set(comparison.countries_chart(study).draw.tables[0]["told"]) >= {"falling"}


def test_a_change_in_doubt_is_not_read_as_one_beyond_it(study, monkeypatch):
    """ "Rising: Iran, Israel and Peru" stood above a chart that called Peru "perhaps rising, no longer clear"."""
    table = compare.compute_parts(study)
    mali = table["name"].eq("Mali")
    for column, of_mali, words in (
        ("standing", True, "Of these, no longer clear: Mali."),
        ("stands", False, "Of these, perhaps by chance, as several countries are compared: Mali."),
    ):
        doubted = table.assign(**{column: table[column].astype(bool).mask(mali, of_mali)})
        monkeypatch.setattr(compare, "compute_parts", lambda _, made=doubted, **__: made)
        assert words in comparison.read_countries(study)


def test_a_country_that_rose_from_nothing_is_not_called_steady():
    said = comparison.read_countries(opened(MLI=[6] * 60, BFA=[0] * 59 + [11]))
    assert "More than usual, but no clear rise: Burkina Faso." in said
    assert "Steady, or without a clear change: Mali." in said


def test_of_countries_that_have_as_many_or_move_as_far_none_is_named_alone():
    said = comparison.read_countries(opened(MLI=[5] * 60, NER=[5] * 48 + [5] * 12))
    assert any("the most were in Mali and 1 other, 50 % each." in one for one in said)
    moved = comparison.read_countries(opened(MLI=[5] * 60, NER=[5] * 48 + [9] * 12))
    assert any("were in Niger, the most" in one for one in moved)
    assert not any("moved most" in one for one in moved)  # Mali by as much, the other way


def test_only_a_table_needs_the_word_on_brackets(study):
    assert not any("brackets" in one for one in comparison.read_countries(study))
    assert any("brackets" in one for one in comparison.notes_printed(study, compare.compute_parts(study)))


def test_the_coast_is_answered_with_its_number(study):
    (said,) = [one for one in comparison.read_countries(study) if one.startswith("Coastal states")]
    assert said.startswith("Coastal states (Benin): 6 of the ")
    assert "the two periods hold 6 together" in said


def test_a_first_attack_is_told_once(study):
    firsts = [one for one in comparison.read_countries(study) if one.startswith("The first attack")]
    assert firsts == [
        "The first attack recorded in Benin was on 1 August 2024, after 5 years without any; "
        "6 are recorded there to date."
    ]


def test_what_has_turned_back_of_late_says_so_beside_its_word_and_makes_no_title():
    """Thirty in two months where two are usual, and three in the last."""
    study = opened(MLI=[2] * 57 + [30, 30, 3], NER=[5] * 60)
    table = compare.compute_parts(study, by="country")
    told = dict(zip(table["name"], comparison.parts_printed(study, table)["word"], strict=True))
    assert told["Mali"] == "rising, but turned back of late"
    assert "turned" not in told["Niger"]
    assert "Of these, turned back of late: Mali." in comparison.read_countries(study)
    assert comparison.countries_chart(study).title == "No country with a clear change that goes on"


def test_countries_of_which_nothing_can_be_told_are_not_called_without_a_change():
    study = opened(MLI=[*[0] * 59, 3], NER=[*[0] * 59, 2])
    assert comparison.countries_chart(study).title == "For no country can a change be told"


def test_tables_and_their_heads_agree(study):
    table = compare.compute_parts(study)
    assert list(comparison.head_of(study, table)) == list(comparison.parts_printed(study, table).columns)
    first, second = compare.read_periods("2023,2024")
    table = compare.compute_periods(study, first=first, second=second, by="country")
    assert list(comparison.head_of(study, table)) == list(comparison.periods_printed(study, table).columns)


def test_all_is_said_in_french(study):
    french = replace(study, settings=replace(study.settings, language="fr"))
    with used("en"):
        said = comparison.read_countries(french)
        assert "En hausse\u00a0: Mali." in said
        assert comparison.countries_chart(french).title == "En hausse\u00a0: Mali\u00a0; en baisse\u00a0: Burkina Faso"
        assert "oui" in comparison.parts_printed(french, compare.compute_parts(french))["stands"].tolist()


def test_one_country_has_no_side_by_side():
    alone = opened(MLI=[6] * 60)
    assert not comparison.holds_countries(alone)
    assert pd.isna(compare.compute_parts(alone)["since"]).all()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "in the central Sahel and in coastal West Africa (4 countries)"),
        ("fr", "au Sahel central et en Afrique de l'Ouest côtière (4 pays)"),
    ],
)
def test_a_region_is_called_by_its_name(study, language, words):
    chosen = replace(study.selection, region=("Central Sahel", "coastal_west_africa"))
    named = replace(study, selection=chosen, settings=replace(study.settings, language=language))
    assert place_in(named) == words
    alone = replace(named, selection=replace(chosen, region=("central_sahel",)))
    assert place_in(alone) == ("in 4 countries" if language == "en" else "dans 4 pays")
