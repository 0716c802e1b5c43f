"""Claims as intervals: what each word allows, what is set aside and why, and that nothing is lost."""

import csv

import numpy as np
import pandas as pd
import pytest

from analysis.incidents import TableError, load_claims, load_incidents, open_study
from analysis.incidents.claims import (
    CLAIM_COLUMNS,
    NEEDED,
    OPTIONAL,
    derive_claims,
    load_claimants,
    load_quantities,
    measure_kind,
)
from analysis.resources import resource
from tests.measures.tables import make_incidents

SAHEL = resource("data/sahel/claims.csv")
SOUND = {
    "claim_id": "c1",
    "wave_or_incident": "i0000",
    "claimant": "Army",
    "claimant_side": "defender",
    "subject_side": "attacker",
    "measure": "killed",
    "bound": "exact",
    "value": "8",
    "unit": "persons",
    "publisher": "A paper",
    "published_date": "2024-01-02",
    "verified": "1",
}


@pytest.fixture
def write(tmp_path):
    def written(*changes, notes=(), name="claims.csv", **files):
        path = tmp_path / name
        fields = [*NEEDED, *OPTIONAL]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fields, restval="")
            writer.writeheader()
            for number, change in enumerate(changes, start=1):
                writer.writerow(SOUND | {"claim_id": f"c{number}"} | change)
        if notes:
            lines = [f"{claim},{note}" for claim, note in notes]
            (tmp_path / "claims_notes.csv").write_text("\n".join(["claim_id,note", *lines]) + "\n", encoding="utf-8")
        for stem, text in files.items():
            (tmp_path / f"{stem}.csv").write_text(text, encoding="utf-8")
        return path

    return written


def told(table):
    return {(problem.row, problem.column, problem.action) for problem in table.problems.itertuples()}


@pytest.mark.parametrize(
    ("bound", "value", "low", "high"),
    [
        ("exact", "8", 8, 8),
        ("at_least", "8", 8, np.inf),
        ("more_than", "80", 81, np.inf),
        ("up_to", "8", 0, 8),
        ("at_most", "8", 0, 8),
        ("undisclosed", "", 0, np.inf),
        ("about", "30", 24, 36),  # .8 and 1.2 times
        ("about", "7", 5, 9),  # 5.6 to 8.4, widened to whole numbers
        ("about", "15", 12, 18),
        ("exact", "30-40", 30, 40),
        ("about", "30 to 40", 24, 48),
        ("exact", "dozens", 24, np.inf),
        ("at_least", "Several", 3, np.inf),
    ],
)
def test_each_bound_is_the_interval_its_words_allow(write, bound, value, low, high):
    claim = load_claims(write({"bound": bound, "value": value})).claims.iloc[0]
    assert (claim["low"], claim["high"]) == (low, high)


def test_a_user_replaces_what_words_stand_for(write):
    words = "word,of,low,high\nabout,number,0.5,2\ndozens,count,36,96\n"
    path = write(
        {"bound": "about", "value": "30"}, {"bound": "at_least", "value": "24"}, notes=[("c2", "worded as dozens")]
    )
    shipped = load_claims(path).claims
    assert shipped[["low", "high"]].to_numpy().tolist() == [[24, 36], [24, np.inf]]
    path.with_name("mine.csv").write_text(words, encoding="utf-8")
    mine = load_claims(path, quantities=path.with_name("mine.csv")).claims
    assert mine[["low", "high"]].to_numpy().tolist() == [[15, 60], [36, np.inf]]
    path.with_name("quantities.csv").write_text(words, encoding="utf-8")
    pd.testing.assert_frame_equal(load_claims(path).claims, mine)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("word,low\nabout,1\n", "needs the columns"),
        ("word,of,low,high\ndozens,count,24,\n", "no row 'about'"),
        ("word,of,low,high\nabout,number,0.8,1.2\ndozens,count,24,12\n", "row 3: 'dozens'"),
        ("word,of,low,high\nabout,number,x,1.2\n", "row 2"),
        ("word,of,low,high\nabout,number,1.1,1.2\n", "whose factors hold 1"),
    ],
)
def test_a_wrong_table_of_words_is_refused(tmp_path, text, phrase):
    (tmp_path / "words.csv").write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=phrase):
        load_quantities(tmp_path / "words.csv")


def test_the_embedded_claims_pass_whole():
    incidents = load_incidents(resource("data/sahel/incidents.csv")).incidents
    table = load_claims(SAHEL, incidents=incidents, strict=True)
    assert (table.rows_read, table.rows_kept, table.rows_rejected) == (225, 225, 0)
    assert table.problems.empty
    assert {name: str(dtype) for name, dtype in table.claims.dtypes.items()} == CLAIM_COLUMNS
    claims = table.claims.set_index("claim_id")
    assert claims.loc["C0200", ["low", "high"]].tolist() == [81, np.inf]
    assert claims.loc["C0209", "words"] == "dozens"
    assert claims.loc[["C0106", "C0105"], "speaker"].unique().tolist() == ["Benin government"]
    assert claims.loc[["C0155", "C0156"], "stage"].tolist() == [0, 2]
    assert claims.loc[["C0147", "C0148"], "stage"].tolist() == [1, 2]
    assert claims.loc[["C0051", "C0064", "C0149"], "scope"].tolist() == ["part", "wide", "whole"]
    assert claims.loc[["C0008", "C0118", "C0064"], "civilians"].tolist() == [
        True,
        True,
        False,
    ]  # "soldiers and civilians"
    assert not claims.loc[claims["measure"].str.startswith("vehicles"), "civilians"].any()
    assert claims["low"].le(claims["high"]).all()


@pytest.mark.parametrize(
    ("change", "column", "phrase"),
    [
        ({"bound": "roughly"}, "bound", "none of exact"),
        ({"claimant_side": "army"}, "claimant_side", "none of attacker"),
        ({"subject_side": "army"}, "subject_side", "none of attacker"),
        ({"claimant": ""}, "claimant", "missing"),
        ({"claim_id": ""}, "claim_id", "missing"),
        ({"value": ""}, "value", "neither a number nor a known word"),
        ({"value": "lots"}, "value", "neither a number nor a known word"),
        ({"value": "-3"}, "value", "no whole number"),
        ({"value": "2.5"}, "value", "no whole number"),
        ({"value": "1.000"}, "value", "thousands or as a fraction"),
        ({"value": "+12"}, "value", "neither a number nor a known word"),
        ({"value": "900-1.200"}, "value", "thousands or as a fraction"),
        ({"value": "inf"}, "value", "no whole number"),
        ({"value": "40-30"}, "value", "lower end above its upper end"),
        ({"bound": "undisclosed", "value": "8"}, "value", "given though undisclosed"),
        ({"unit": "vehicles"}, "unit", "does not match the measure"),
        ({"measure": "vehicles_seized", "subject_side": "materiel", "unit": "soldiers"}, "unit", "does not match"),
        (
            {"measure": "vehicles_seized", "subject_side": "civilian", "unit": "vehicles"},
            "subject_side",
            "cannot suffer",
        ),
        ({"measure": "slain"}, "measure", "no known measure"),
        ({"wave_or_incident": "nowhere"}, "wave_or_incident", "neither an incident nor a reported wave"),
    ],
)
def test_bad_claims_are_named_and_set_aside(write, change, column, phrase):
    incidents = make_incidents([{"date": "2024-01-01"}])
    path = write({"value": "9"}, change)
    table = load_claims(path, incidents=incidents)
    assert (table.rows_read, table.rows_kept, table.rows_rejected) == (2, 1, 1)
    assert (3, column, "row set aside") in told(table)
    assert table.problems["reason"].str.contains(phrase).any()
    with pytest.raises(TableError, match="strict reading allows no problem") as error:
        load_claims(path, incidents=incidents, strict=True)
    assert len(error.value.problems) == len(table.problems)


def test_an_id_that_a_spreadsheet_made_a_number_is_that_id(write):
    """`374541.0`, as programs write a column of numbers with gaps, was about nothing in the table."""
    incidents = make_incidents([{"date": "2024-01-01", "incident_id": "374541"}])
    path = write({"wave_or_incident": "374541.0", "claim_id": "7.0"}, notes=[("7", "final")])
    table = load_claims(path, incidents=incidents)
    assert table.rows_rejected == 0
    assert table.claims[["claim_id", "wave_or_incident", "note"]].iloc[0].tolist() == ["7", "374541", "final"]


def test_the_same_claim_twice_counts_once(write):
    table = load_claims(
        write({}, {}, {"claim_id": "c1"}, {"claim_id": "c9", "value": "7"}, {"claim_id": "c9", "value": "6"})
    )
    # Rows 3 and 4 repeat row 2; rows 5 and 6 share an id and differ.
    assert table.claims["row"].tolist() == [2]
    assert table.rows_rejected == 4
    assert sorted(table.problems["row"]) == [3, 4, 5, 6]


def test_a_claimant_on_both_sides_of_an_event_is_set_aside(write):
    incidents = make_incidents(
        [
            {"date": "2024-01-01", "reported_wave": "w"},
            {"date": "2024-01-01", "reported_wave": "w"},
            {"date": "2024-02-01"},
        ]
    )
    other = {"claimant_side": "attacker", "value": "9"}
    table = load_claims(
        write({}, other | {"wave_or_incident": "w"}, other | {"wave_or_incident": "i0002"}), incidents=incidents
    )
    assert table.claims["row"].tolist() == [4]  # at another event a group may stand on another side
    assert table.problems["reason"].str.contains("more than one side").all()


def test_a_lower_end_above_the_upper_end_is_set_aside(write):
    crossed = ({"bound": "at_least", "value": "60"}, {"bound": "at_most", "value": "30"})
    assert load_claims(write(*crossed, {"value": "7", "publisher": "B"})).claims["row"].tolist() == [4]
    ordered = ({"bound": "at_least", "value": "30"}, {"bound": "at_most", "value": "60"})
    assert load_claims(write(*ordered)).rows_rejected == 0


def test_what_an_incident_can_do_without_is_blanked_or_told(write):
    table = load_claims(write({"published_date": "yesterday", "verified": "maybe", "unit": "kandas"}))
    assert table.rows_kept == 1
    assert told(table) == {
        (2, "published_date", "value blanked"),
        (2, "verified", "value blanked"),
        (2, "unit", "kept"),
    }
    assert table.claims["published_date"].isna().all()


def test_nothing_usable_or_a_missing_column_is_refused(write, tmp_path):
    with pytest.raises(TableError, match="none of 1 claims can be used"):
        load_claims(write({"bound": "x"}))
    (tmp_path / "other.csv").write_text("claim_id,value\n1,2\n", encoding="utf-8")
    with pytest.raises(TableError, match="row 1: there is no column wave_or_incident, claimant"):
        load_claims(tmp_path / "other.csv")
    with pytest.raises(TableError, match="does not exist"):
        load_claims(tmp_path / "nowhere.csv")


def test_ragged_rows_are_counted_among_those_set_aside(write):
    path = write({}, {"value": "9"})
    with path.open("a", encoding="utf-8") as file:
        file.write("too,few\n")
    table = load_claims(path)
    assert (table.rows_read, table.rows_kept, table.rows_rejected) == (3, 2, 1)


def test_no_claim_is_a_table_without_claims(write):
    table = load_claims(write())
    assert (table.rows_read, len(table.problems)) == (0, 0)
    assert list(table.claims) == list(CLAIM_COLUMNS)


def test_one_claimant_has_one_name(write, tmp_path):
    path = write(
        {"claimant": "Army (first statement)"},
        {"claimant": "Army (update)", "value": "9"},
        {"claimant": "Army: losses", "value": "10"},
        {"claimant": "Residents (a paper)", "claimant_side": "third_party", "value": "11"},
        {"claimant": "Residents (a paper), later", "claimant_side": "third_party", "value": "12"},
        {"claimant": "General staff", "value": "13"},
        {"claimant": "R\u00e9sidents", "claimant_side": "third_party", "value": "14"},
        {"claimant": "residents", "claimant_side": "third_party", "value": "15"},
        {"claimant": "R\u00e9sidents", "claimant_side": "third_party", "value": "16"},
        claimants="claimant,aliases\nArmy,Armed forces|general staff\n",
    )
    claims = load_claims(path).claims
    named = ["Army"] * 3 + ["Residents (a paper)"] * 2 + ["Army"] + ["R\u00e9sidents"] * 3
    assert claims["speaker"].tolist() == named
    assert claims["stage"].tolist() == [0, 2, 1, 1, 2, 1, 1, 1, 1]
    (tmp_path / "bad.csv").write_text("name\nx\n", encoding="utf-8")
    with pytest.raises(TableError, match="needs the columns claimant and aliases"):
        load_claimants(tmp_path / "bad.csv")


@pytest.mark.parametrize(
    ("measure", "kind"),
    [
        ("killed", "persons"),
        ("trucks_seized", "things"),
        ("sites_seized", "sites"),
        ("damage", "qualitative"),
        ("luck", ""),
    ],
)
def test_a_measure_says_what_it_counts(measure, kind):
    assert measure_kind(measure) == kind


def test_claims_derived_from_a_publishers_low_and_high():
    incidents = make_incidents(
        [
            {"date": "2024-01-01", "fatalities_low": 3.0, "fatalities_best": 4.0, "fatalities_high": 9.0},
            {"date": "2024-01-02"},
            {"date": "2024-01-03", "fatalities_low": 9.0, "fatalities_high": 3.0},
            {"date": "2024-01-04", "fatalities_low": 2.0},
        ]
    )
    claims = derive_claims(incidents)
    assert claims["wave_or_incident"].tolist() == ["i0000", "i0003"]
    assert claims[["low", "high"]].to_numpy().tolist() == [[3, 9], [2, np.inf]]
    assert {name: str(dtype) for name, dtype in claims.dtypes.items()} == CLAIM_COLUMNS
    assert derive_claims(incidents.iloc[:0]).empty


def test_a_study_holds_claims_and_what_was_set_aside(write):
    path = write({"wave_or_incident": "MLI-2025-06-01-boulkessi"}, {"wave_or_incident": "nowhere"})
    study = open_study(country="MLI", as_of="2025-07-01", claims=str(path))
    assert len(study.claim_rows) == 1
    assert study.claim_problems["column"].tolist() == ["wave_or_incident"]
