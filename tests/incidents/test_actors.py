"""One name for all ways of writing it; nobody is not somebody."""

import csv

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.incidents.actors import load_actors, names_nobody
from analysis.incidents.canonical import ACTOR_TYPES
from analysis.incidents.load import load_incidents
from analysis.resources import resource


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("JNIM", "JNIM"),
        ("jnim", "JNIM"),
        ("JNIM: Group for Support of Islam and Muslims", "JNIM"),
        ("Jama'at Nasr al-Islam wal Muslimin (JNIM)", "JNIM"),
        ("Jama\N{RIGHT SINGLE QUOTATION MARK}at Nusrat al-Islam wal-Muslimin", "JNIM"),
        ("Groupe de soutien à l'islam et aux musulmans", "JNIM"),
        ("Groupe de soutien à l\N{RIGHT SINGLE QUOTATION MARK}islam et aux musulmans (GSIM)", "JNIM"),
        ("GSIM", "JNIM"),
        ("Islamic State (Sahel)", "ISSP"),
        ("Islamic State Sahel Province (ISSP)", "ISSP"),
        ("État islamique dans le Grand Sahara (EIGS)", "ISSP"),
        ("ETAT ISLAMIQUE AU SAHEL", "ISSP"),
        ("Islamic State (West Africa) - Lake Chad Faction", "ISWAP"),
        ("Boko Haram - Jamatu Ahli is-Sunnah lid-Dawatai wal-Jihad", "Boko Haram"),
        ("Front de Libération de l'Azawad (FLA)", "FLA"),
        ("Military Forces of Mali (2021-)", "FAMa"),
        ("Volontaires pour la défense de la patrie (VDP)", "VDP"),
        # Not in the table: the name stays as it is written, with its bracket.
        ("Dozo Communal Militia (Ivory Coast)", "Dozo"),
        ("Group X (Mali)", "Group X (Mali)"),
        ("Military Forces of Nowhere (2020-)", "Military Forces of Nowhere (2020-)"),
    ],
)
def test_spellings_of_publishers_and_languages_are_one(written, name):
    assert load_actors().name(written) == name


@pytest.mark.parametrize(
    "name",
    [
        "Unknown", "unknown_armed_group", "UNKNOWN GUNMEN", "Unidentified Armed Group (Mali)",
        "Unidentified Communal Militia (Mali)", "Unnamed",
        "not identified", "Civilians", "Civilians (Mali)", "gunmen", "Armed men", "suspected gunmen",
        "Hommes armés non identifiés",
        "Groupe armé non identifié (Mali)", "HANI", "Individus armés", "inconnu", "Inconnus", "Non revendiqué",
        "civils", "Protesters (Mali)",
        "Sin identificar", "Por establecer", "Desconocidos", "Grupo armado no identificado", "Hombres armados",
        "Não identificado", "Desconhecido", "civis",
        "?", "-", "n/a", "N.A.", "nil", "н/д", "[unknown]",
        "Other", "Others", "Autre", "Otros", "Unaffiliated Individual(s)", "No information", "Under investigation",
        "Unknown soldiers", "actor unknown", "Täter unbekannt",
        "Attacker: unknown", "gunmen unknown", "Armed group - unidentified", "Perpetrator not known", "Unkn.", "unkown",
        "Not reported", "To be confirmed", "Attaque non revendiquée", "Grupo armado no dirimido", "Unbekannte Täter",
        "неустановленные лица", "исполнитель неизвестен", "нападник невідомий", "مسلحون مجهولون", "جهة غير معروفة",
        "مسلحون",
    ],
)  # fmt: skip
def test_nobody(name):
    assert names_nobody(name)
    assert load_actors().somebody(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "JNIM", "Group A", "Civilian Joint Task Force", "Civil Defence Forces", "Men of the Mountain", "People's Army",
        "Groupe X",
        "Unity Party", "Nonviolent Front", "Hanif Brigade", "Government of Mali", "Individuals for Change",
        "Nacional Front", "Los Urabeños", "Grupo X", "Sinaloa Cartel", "The Other Front",
        "The Unknown Soldiers Brigade", "Group of Five",
        "actor " * 5000 + "x",
        "Claim Front", "جماعة الحوثي", "Группа Вагнера",
    ],
)  # fmt: skip
def test_somebody(name):
    assert not names_nobody(name)


def test_the_shipped_table_gives_each_name_once():
    with resource("data/actors.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["type"] for row in rows} <= set(ACTOR_TYPES)
    assert all(None not in row for row in rows)  # no comma that cuts a row
    known = load_actors()
    for row in rows:
        for alias in (row["actor"], *row["aliases"].split("|")):
            assert known.name(alias) == row["actor"], alias
            assert known.name(f"{alias} (XYZ)") == row["actor"], alias


def test_a_users_table_adds_to_the_shipped_one_and_goes_before_it(tmp_path):
    path = tmp_path / "actors.csv"
    path.write_text("actor,type,aliases\nThe Front,separatist,FLA|Front X\n")
    own = load_actors(path)
    assert (own.name("FLA"), own.type("Front X"), own.name("GSIM")) == ("The Front", "separatist", "JNIM")


def test_actors_that_no_row_names_are_told(tmp_path):
    table = pd.DataFrame({"date": ["2024-01-01"], "country": ["Mali"], "attacker": ["Front X"]})
    path = tmp_path / "own.csv"
    path.write_text("actor,type,aliases\nThe Front,separatist,Front X\nFrnot Y,rebel,\n", encoding="utf-8")
    loaded = load_incidents(table, mapping="date=date,country=country,attacker=attacker", actors=path)
    assert "1 of 2 actors of own.csv are in no row that was read: Frnot Y" in loaded.provenance.warnings
    alone = load_incidents(table, mapping="date=date,country=country,attacker=attacker")
    assert not any("own.csv" in note for note in alone.provenance.warnings)


@pytest.mark.parametrize(
    ("aliases", "told"),
    [
        ("B, C", ["'B, C'"]),
        ("B / C", ["'B / C'"]),
        ("D, E", []),  # neither is in a row
        ("B, North", []),  # is in a row as it stands
        ("B|C", []),
        ("B\nC", []),
    ],
)
def test_several_aliases_that_stand_between_commas_are_told(tmp_path, aliases, told):
    """They were one name that no row has, and B and C other parties than A, without a word."""
    names = ["A", "B", "C", *(["B, North"] if "North" in aliases else [])]
    table = tmp_path / "t.csv"
    table.write_text("when,land,grp\n" + "".join(f'2024-01-05,Mali,"{name}"\n' for name in names), encoding="utf-8")
    own = tmp_path / "own.csv"
    own.write_text(f'actor,type,aliases\nA,rebel,"{aliases}"\n', encoding="utf-8")
    loaded = load_incidents(table, mapping="date=when,country=land,attacker=grp", actors=own)
    assert [note for note in loaded.provenance.warnings if "aliases of own.csv" in note] == [
        f"aliases of own.csv that are in no row, while a name between their commas or strokes is: {name}; part"
        " several names with |"
        for name in told
    ]
    parted = "|" in aliases or "\n" in aliases
    assert set(loaded.incidents["attacker"]) == ({"A"} if parted else {"A", *names} - {"B, North"})


@pytest.mark.parametrize("text", ["actor,type,alias\nX,rebel,A|B\n", 'actor;type;aliases\nX;rebel;"A;B"\n'])
def test_aliases_by_other_marks_and_under_a_singular_head_are_read(tmp_path, text):
    """Before, two were one name that nobody has, and a column called alias was passed over."""
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    assert [load_actors(path).name(alias) for alias in "AB"] == ["X", "X"]


@given(st.text(max_size=40))
def test_any_text_has_a_name(written):
    known = load_actors()
    assert known.name(known.name(written)) == known.name(written)
    assert names_nobody(written) in (True, False)


@pytest.mark.parametrize(
    ("cell", "parties"),
    [
        ("GSIM; Unknown", ["JNIM"]),
        ("GSIM / EIGS", ["JNIM", "ISSP"]),
        ("JNIM, Group X", ["JNIM", "Group X"]),
        ("Sons of A, B and C", ["Sons of A, B and C"]),
        ("Unknown", []),
    ],
)
def test_several_parties_of_one_cell(cell, parties):
    assert load_actors().parties(cell, {"Group X", "B"}) == parties


def test_a_party_with_a_semicolon_in_the_users_table_is_one_with_its_type(tmp_path):
    (tmp_path / "actors.csv").write_text('actor,type\n"Ansaru; Boko Haram",rebel\nGroup X,militia\n')
    (tmp_path / "a.csv").write_text(
        'date,country,attacker\n2024-01-01,Mali,"ansaru ; boko haram"\n2024-01-02,Mali,"Ansaru; Group X"\n'
        "2024-01-03,Mali,Group X\n"
    )
    mapping = "date=date,country=country,attacker=attacker"
    table = load_incidents(tmp_path / "a.csv", mapping=mapping, actors=tmp_path / "actors.csv")
    found = table.incidents[["attacker", "attacker_type"]].astype(str).to_numpy().tolist()
    assert found == [["Ansaru; Boko Haram", "rebel"], ["Ansaru; Group X", "unknown"], ["Group X", "militia"]]
