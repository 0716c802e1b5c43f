"""Maps as charts: a title that says the finding, numbers beside it, in both languages."""

import re

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from analysis.figures import theme
from analysis.incidents.opening import open_study
from analysis.reports.maps import change_chart, change_finding, moved_words, where_chart, where_finding
from analysis.reports.plain import decode, encode
from tests.measures.tables import make_incidents, make_study


def study_of(counts, **more):
    table = [
        {"date": f"2024-12-{4 + place:02d}", "admin1": name, "latitude": 14.5, "longitude": -4.2}
        for name, n in counts.items()
        for place in range(n)
    ]
    return make_study(make_incidents(table), start="2023-01-01", as_of="2024-12-31", **more)


def test_the_title_says_who_leads_and_how_many_are_hit():
    assert where_finding(study_of({"Mopti": 5, "Gao": 2})) == "Mopti has 5 of 7 attacks; 2 of 9 regions are hit"


def test_a_tie_is_said_as_one():
    assert (
        where_finding(study_of({"Mopti": 3, "Gao": 3}))
        == "Gao and Mopti have 3 each of 6 attacks; 2 of 9 regions are hit"
    )
    four = {"Mopti": 1, "Gao": 1, "Kidal": 1, "Kayes": 1}
    assert where_finding(study_of(four)) == "4 attacks; 4 of 9 regions are hit"
    placed = (("Mopti", "admin1"), ("Mopti", "admin1"), (None, "country"))
    table = [{"date": "2024-12-05", "admin1": name, "geo_precision": precision} for name, precision in placed]
    one = make_study(make_incidents(table), start="2023-01-01", as_of="2024-12-31")
    assert where_finding(one) == "Mopti has 2 of 3 attacks; 1 of 9 regions is hit"


def test_regions_that_only_attacks_dated_to_a_month_may_have_hit_are_told_apart():
    # "2 of 9 regions are hit", the number to be expected, stood beside three with one attack each.
    table = [{"date": "2024-12-05", "admin1": "Gao"}]
    table += [{"date": "2024-12-01", "date_precision": "month", "admin1": name} for name in ("Gao", "Mopti", "Kidal")]
    of_months = make_study(make_incidents(table), start="2023-01-01", as_of="2024-12-31")
    assert where_finding(of_months) == "Gao has 2 of 4 attacks; 1 to 3 of 9 regions are hit"


def test_where_a_name_is_not_on_the_map_no_share_of_regions_is_said():
    assert where_finding(study_of({"Mopti": 5, "Gao": 2})).endswith("are hit")
    table = [{"date": "2024-12-05", "admin1": "Atlantis", "geo_precision": "admin1"}] * 2
    assert (
        where_finding(make_study(make_incidents(table), start="2023-01-01", as_of="2024-12-31"))
        == "Both attacks are in Atlantis"
    )


def test_where_units_share_an_area_no_share_of_regions_is_said():
    """The text beside the map counts the units of the table, of which the map has fewer."""
    assert where_finding(study_of({"Mopti": 5, "Gao": 2, "Ménaka": 1})) == "Mopti has 5 of 8 attacks"


def test_no_attack_and_attacks_without_a_place_are_said():
    quiet = make_study(
        make_incidents([{"date": "2023-05-05", "admin1": "Gao"}]), start="2023-01-01", as_of="2024-12-31"
    )
    assert where_finding(quiet).startswith("No attacks recorded from")
    table = [
        {"date": "2024-12-05", "geo_precision": "country", "admin1": None},
        {"date": "2023-12-05", "admin1": "Gao"},
    ]
    placed = make_study(make_incidents(table), start="2023-01-01", as_of="2024-12-31")
    assert where_finding(placed) == "1 attack, located only to the country"


def test_change_names_what_rose():
    assert change_finding(study_of({"Mopti": 14})) == "More attacks than usual in Mopti"
    assert change_finding(study_of({"Mopti": 1})).startswith("In no single place")
    short = make_study(
        make_incidents([{"date": "2024-12-05", "admin1": "Gao"}]), start="2024-12-01", as_of="2024-12-31"
    )
    assert change_finding(short).startswith(
        "Where attacks are more than usual cannot be told: the history is too short"
    )


def test_a_rise_from_next_to_none_is_named_beside_the_others():
    assert moved_words(["Gao"], [], ["Kayes"]) == "More attacks than usual in Gao and Kayes"
    assert moved_words(["Gao"], ["Segou"], ["Kayes"]) == "More attacks than usual in Gao and Kayes; fewer in Segou"
    assert moved_words([], ["Segou"], ["Kayes"]) == "More attacks than usual in Kayes; fewer in Segou"
    assert moved_words([], [], ["Kayes"]) == "Attacks in Kayes, where a usual month has next to none"


def test_parts_of_attacks_in_regions_are_attacks_in_regions():
    """Of three attacks dated to November ten of its days, or four, lie in the last 30 to 20, or 26, December."""
    rows = [{"date": "2024-11-01", "date_precision": "month", "admin1": name} for name in ("Gao", "Mopti", "Kidal")]
    study = make_study(make_incidents(rows), start="2023-01-01", as_of="2024-12-20")
    assert where_finding(study) == "1 attack; up to 3 of 9 regions are hit"
    study = make_study(make_incidents(rows), start="2023-01-01", as_of="2024-12-26")
    assert where_finding(study).startswith("No attacks recorded from 27 November 2024")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_charts_are_drawn_from_plain_data_and_small(tmp_path, language):
    study = open_study(language=language)
    for made in (where_chart(study), change_chart(study, width=3.7)):
        drawn = made.draw
        tables = [decode(encode(table)) for table in drawn.tables]
        words = {name: decode(encode(value)) for name, value in drawn.words.items()}
        ax = type(drawn)(drawn.plot, *tables, **words)()
        path = theme.write_figure(ax.get_figure(root=True), tmp_path / "m.svg", title=made.title)
        assert path.stat().st_size < 300_000
        plt.close("all")
        assert made.title
        assert made.alt.endswith(".")
        assert isinstance(made.numbers, pd.DataFrame)
        assert len(made.numbers)


def test_regions_of_several_countries_carry_their_country():
    study = open_study()
    assert "(Mali)" in where_finding(study)
    assert "(Mali)" in where_chart(study).alt
    assert re.search(r" \d+ \(usual: \d+\.\d\)", change_chart(study).alt)  # what that map writes beside each name
