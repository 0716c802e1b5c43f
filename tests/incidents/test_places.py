"""Countries by every name and number that publishers use."""

import csv
import re

import pytest
from babel import Locale

from analysis.incidents.load import load_incidents
from analysis.incidents.places import (
    _entries,
    country_name,
    find_country,
    find_iso3,
    find_iso3_by_number,
    to_iso3,
    to_iso3_list,
)
from analysis.resources import resource


@pytest.mark.parametrize(
    ("name", "iso3"),
    [
        # UCDP's names
        ("DR Congo (Zaire)", "COD"), ("Congo", "COG"), ("Yemen (North Yemen)", "YEM"), ("Myanmar (Burma)", "MMR"),
        ("Bosnia-Herzegovina", "BIH"), ("Serbia (Yugoslavia)", "SRB"), ("Cambodia (Kampuchea)", "KHM"),
        ("Zimbabwe (Rhodesia)", "ZWE"), ("Russia (Soviet Union)", "RUS"), ("Kingdom of eSwatini (Swaziland)", "SWZ"),
        ("Madagascar (Malagasy)", "MDG"), ("Ivory Coast", "CIV"), ("Macedonia, FYR", "MKD"), ("North Macedonia", "MKD"),
        ("Vietnam (North Vietnam)", "VNM"), ("South Sudan", "SSD"), ("Sudan", "SDN"), ("Guinea", "GIN"),
        ("Guinea-Bissau", "GNB"),
        ("Equatorial Guinea", "GNQ"), ("Papua New Guinea", "PNG"), ("Niger", "NER"), ("Nigeria", "NGA"),
        ("North Korea", "PRK"),
        ("South Korea", "KOR"), ("Dominican Republic", "DOM"), ("United States of America", "USA"), ("Kosovo", "XKX"),
        # ACLED's
        ("Republic of Congo", "COG"), ("Democratic Republic of Congo", "COD"), ("Palestine", "PSE"),
        ("eSwatini", "SWZ"),
        ("Turkey", "TUR"), ("Türkiye", "TUR"), ("Bailiwick of Jersey", "JEY"), ("Virgin Islands, U.S.", "VIR"),
        # GTD's
        ("West Bank and Gaza Strip", "PSE"), ("Slovak Republic", "SVK"), ("East Timor", "TLS"),
        ("West Germany (FRG)", "DEU"),
        ("People's Republic of the Congo", "COG"), ("Serbia-Montenegro", "SRB"), ("South Yemen", "YEM"),
        ("Zaire", "COD"),
        ("New Hebrides", "VUT"), ("Vatican City", "VAT"), ("Czechoslovakia", "CZE"),
        # codes, and other hands
        ("MLI", "MLI"), ("ml", "MLI"), ("NA", "NAM"), ("GB", "GBR"), ("XK", "XKX"), ("XKX", "XKX"),
        ("Cote d’Ivoire", "CIV"),
        ("Côte d'Ivoire", "CIV"), ("Congo, Dem. Rep.", "COD"), ("Egypt, Arab Rep.", "EGY"),
        ("Korea, Republic of", "KOR"),
        ("  MALI", "MLI"),
        # French names
        ("République centrafricaine", "CAF"), ("Centrafrique", "CAF"), ("Tchad", "TCD"), ("RDC", "COD"),
        ("Birmanie", "MMR"), ("Russie", "RUS"),
        ("ETATS-UNIS", "USA"), ("Côte-d\N{RIGHT SINGLE QUOTATION MARK}Ivoire", "CIV"), ("Soudan du Sud", "SSD"),
        ("République du Mali", "MLI"), ("Corée du Nord", "PRK"),
        ("Égypte", "EGY"), ("Grèce", "GRC"), ("Royaume-Uni", "GBR"),
        # Spanish and Portuguese names
        ("Moçambique", "MOZ"), ("Sudán del Sur", "SSD"), ("República Centroafricana", "CAF"), ("Camarões", "CMR"),
        ("Costa do Marfim", "CIV"), ("República Democrática del Congo", "COD"), ("Delta del Níger", None),
        ("Guiana", "GUY"), ("Guiana Francesa", "GUF"), ("EE. UU.", "USA"), ("EUA", "USA"), ("Grã-Bretanha", "GBR"),
        # German, Russian, Ukrainian and Arabic ones, also those that Unicode knows longer alone
        ("Großbritannien", "GBR"), ("EE.UU.", "USA"), ("قطاع غزة", "PSE"),
        ("Südsudan", "SSD"), ("Elfenbeinküste", "CIV"), ("Мьянма", "MMR"), ("ДР Конго", "COD"), ("США", "USA"),
        ("Греция", "GRC"), ("Велика Британія", "GBR"), ("М’янма", "MMR"), ("فلسطين", "PSE"), ("اليونان", "GRC"),
        ("أفريقيا الوسطى", "CAF"), ("Конго", None),
        # not what a part of the name says
        ("Sudan (South)", "SSD"), ("Ireland (Northern)", "GBR"), ("Northern Ireland", "GBR"), ("Niger Delta", None),
        ("Niger State", None), ("Republic of Niger", "NER"), ("Lake Chad", None),
        ("Mali Empire", None), ("Chad Basin", None), ("Jordan River", None), ("Israel (Gaza)", None),
        ("Sudan & South Sudan", None),
        ("Mali and Niger", None), ("Eastern DRC", None), ("Bosnia and Herzegovina", "BIH"),
        ("Trinidad and Tobago", "TTO"),
        # as other publishers call them
        ("Occupied Palestinian Territories", "PSE"), ("oPt", "PSE"), ("Palestinian Territory, Occupied", "PSE"),
        ("China, Hong Kong SAR", "HKG"), ("Taiwan, Province of China", "TWN"), ("Venezuela, RB", "VEN"),
        ("DPRK", "PRK"), ("UAE", "ARE"), ("S. Sudan", "SSD"), ("Libyan Arab Jamahiriya", "LBY"), ("Chechnya", None),
        # waters
        ("Red Sea", "XRS"), ("Gulf of Guinea", "XGG"), ("Guinea (Gulf of)", "XGG"), ("South China Sea", "XSC"),
        ("mer Rouge", "XRS"), ("XRS", "XRS"),
        ("Gulf of Mexico", "XGM"), ("International Waters", "XIN"),
        # none, or several
        ("International", None), ("Iraq, Syria", None), ("Bosnia-Herzegovina, Croatia", None),
        ("Ethiopia/Eritrea", None), ("", None),
        ("Atlantis", None), ("Mali " * 40, None),
    ],
)  # fmt: skip
def test_names(name, iso3):
    assert find_iso3(name) == iso3


@pytest.mark.parametrize(
    ("number", "iso3"),
    [
        ("2", "USA"), ("340", "SRB"), ("345", "SRB"), ("347", "XKX"), ("343", "MKD"), ("365", "RUS"), ("490", "COD"),
        ("484", "COG"),
        ("626", "SSD"), ("625.0", "SDN"), ("678", "YEM"), ("680", "YEM"), ("775", "MMR"), ("811", "KHM"),
        ("816", "VNM"),
        ("552", "ZWE"), ("572", "SWZ"), ("580", "MDG"), ("437", "CIV"), ("565", "NAM"), ("260", "DEU"), ("255", "DEU"),
        ("0", None),
        ("999", None), ("", None),
    ],
)  # fmt: skip
def test_gleditsch_ward_numbers(number, iso3):
    assert find_iso3_by_number(number, kind="gw") == iso3


@pytest.mark.parametrize(
    ("number", "iso3"), [("466", "MLI"), ("004", "AFG"), ("4.0", "AFG"), ("728", "SSD"), ("0", None), ("-9", None)]
)
def test_iso_numbers(number, iso3):
    assert find_iso3_by_number(number, kind="iso") == iso3


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(ValueError, match=r"No country is called 'Mlai'\. Did you mean Malawi, Mali"):
        to_iso3("Mlai")
    with pytest.raises(ValueError, match="Give its English name or its ISO"):
        to_iso3("zzzz")
    assert to_iso3_list(["Niger", "Mali", "NER"]) == ("NER", "MLI")


def test_what_a_bracket_says_and_is_not_known_is_likeness():
    assert find_country("Mali (Kidal)").by_likeness
    assert find_country("Mali (Kidal)").iso3 == "MLI"
    assert not find_country("Myanmar (Burma)").by_likeness
    assert not find_country("Yemen (North Yemen)").by_likeness


def test_waters_are_places_of_their_own():
    assert (country_name("XRS"), to_iso3("Gulf of Aden")) == ("Red Sea", "XGA")


def test_every_french_name_is_read():
    with resource("data/countries_fr.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for name in row["names"].split("|"):
                assert find_iso3(name) == row["iso3"], name
                assert find_iso3(name.upper()) == find_iso3(name)


def test_a_table_with_likeness_says_so(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("d,c\n2024-01-01,Mali (Kidal)\n2024-01-02,Mali (Kidal)\n2024-01-03,Red Sea\n")
    table = load_incidents(path, mapping="date=d,country=c")
    assert table.incidents["country"].tolist() == ["MLI", "MLI", "XRS"]
    assert any(
        "rows whose country, written in another way, was read by likeness ('Mali (Kidal)' as MLI): 2" in said
        for said in table.provenance.warnings
    )


@pytest.mark.parametrize("language", ["en", "fr", "es", "pt", "pt_PT", "de", "ru", "uk", "ar"])
def test_no_name_that_unicode_has_is_another_country(language):
    codes = {code: entry["ISO3"] for entry in _entries() for code in re.findall("[A-Z]{2}", entry["ISO2"])}
    named = {name: codes[code] for code, name in Locale.parse(language).territories.items() if code in codes}
    others = {name: read for name, code in named.items() if (read := find_iso3(name)) != code}
    assert {name for name, read in others.items() if read} == set()
    assert len(others) <= 3  # islands
