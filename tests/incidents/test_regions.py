"""Groups of countries by name, and first-order units in a selection."""

import pandas as pd
import pytest

from analysis.incidents.errors import SelectionError, TableError
from analysis.incidents.opening import open_study
from analysis.incidents.regions import countries_of, load_regions
from tests.incidents.tables import acled, as_text, write


def test_shipped_regions_are_countries():
    regions = load_regions()
    assert regions["sahel"] == ("MLI", "BFA", "NER", "MRT", "TCD")
    assert {"coastal_west_africa", "horn_of_africa"} <= set(regions)
    assert countries_of(["Coastal West Africa", "central_sahel"]) == ("BEN", "TGO", "GHA", "CIV", "MLI", "BFA", "NER")
    assert countries_of([]) == ()


def test_a_users_own_regions_replace_the_shipped_ones(tmp_path):
    path = write(tmp_path / "r.csv", "region,countries\nmine,Mali|Côte d'Ivoire\n")
    assert countries_of(["Mine"], path) == ("MLI", "CIV")
    with pytest.raises(SelectionError, match=r"region='sahel' is unknown\. Known: mine"):
        countries_of(["sahel"], path)
    with pytest.raises(TableError, match="row 2: No country is called 'Mlai'"):
        load_regions(write(tmp_path / "bad.csv", "region,countries\nmine,Mlai\n"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "needs the columns region and countries"),
        ("region,countries\nmine\n", "row 2: 'mine' has 1 fields where the header has 2"),
        # All of these were selections of other countries, or of all.
        ("region,countries\nmine,\n", "row 2: the group has no countries"),
        ("region,countries\n,Mali\n", "row 2: the group has no name"),
        ("region,countries\nmine,Mali,Niger\n", "row 2: 'mine | Mali | Niger' has 3 fields"),
        ("region,countries\nOurs,Mali\nours,Niger\n", "row 3: 'ours' stands twice"),
    ],
)
def test_tables_of_groups_that_cannot_be_used_are_refused(tmp_path, text, said):
    with pytest.raises(TableError, match=said):
        load_regions(write(tmp_path / "bad.csv", text))


def test_a_group_of_several_words_from_a_spreadsheet(tmp_path):
    path = write(
        tmp_path / "r.csv", "Region;Countries\nGrand Sahel;Côte d'Ivoire|Mali\nSud;South Sudan\n".encode("cp1252")
    )
    assert countries_of(["Grand Sahel", "sud"], path) == ("CIV", "MLI", "SSD")


def test_a_misspelled_region_gets_the_nearest():
    with pytest.raises(SelectionError, match="Did you mean sahel"):
        countries_of(["sahell"])


@pytest.fixture
def table(tmp_path):
    rows = acled(
        *({"event_date": f"2024-03-0{n + 1}", "admin1": place, "country": land, "iso": iso,
            "event_type": "Violence against civilians"}
          for n, (place, land, iso) in enumerate((("Mopti Region", "Mali", "466"), ("Ségou", "Mali", "466"), ("Est",
              "Burkina Faso", "854"), ("Dakar", "Senegal", "686"))))
    )  # fmt: skip
    return write(tmp_path / "t.csv", as_text(rows))


def test_of_a_region_the_countries_that_the_table_has(table):
    study = open_study(table, region="sahel")
    assert study.selection.country == ("MLI", "BFA")
    assert len(study.attacks) == 3
    assert open_study(table, region="central_sahel", country="Senegal").countries == ("SEN", "MLI", "BFA")


@pytest.mark.parametrize(("name", "n"), [("Mopti", 1), ("mopti region", 1), ("Segou", 1), (["Mopti", "Est"], 2)])
def test_first_order_units_without_accents_and_kinds(table, name, n):
    assert len(open_study(table, admin1=name).attacks) == n


def test_a_unit_that_is_not_there(table):
    with pytest.raises(SelectionError, match=r"admin1='Mopty' is in none .* Most frequent: Mopti Region"):
        open_study(table, admin1="Mopty")


def test_a_group_of_which_the_table_has_no_country_is_refused_by_its_own_name():
    rows = pd.DataFrame({"date": pd.date_range("2024-01-01", periods=30).strftime("%Y-%m-%d"), "country": "Nigeria"})
    with pytest.raises(SelectionError, match=r"region='sahel': the table has none of its countries, but Nigeria\."):
        open_study(rows, mapping="date=date,country=country", region="sahel")
