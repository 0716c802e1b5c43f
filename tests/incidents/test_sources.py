"""Every publisher's form becomes the same canonical table; what a publisher does not say stays unsaid."""

import pandas as pd
import pytest

from analysis.incidents.errors import TableError
from tests.incidents.tables import (
    ACLED_31,
    ACLED_HDX,
    GED_41,
    GED_43,
    GED_48,
    GED_49,
    GTD,
    acled,
    as_text,
    ged,
    gtd,
    project,
)

DAY = pd.Timestamp("2020-03-05")


# --- UCDP -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [GED_41, GED_43, GED_48, GED_49], ids=len)
@pytest.mark.parametrize("tags", [False, True], ids=["plain", "hxl"])
def test_ged_in_every_column_set(load, columns, tags):
    shuffled = [*columns[20:], *columns[:20]]
    table = load(as_text(ged(), shuffled, tags=tags))
    incident = table.incidents.iloc[0]
    assert table.provenance.source == "ucdp_ged"
    assert incident["row"] == (3 if tags else 2)
    assert (incident["incident_id"], incident["country"], incident["country_name"]) == ("1001", "MLI", "Mali")
    assert (incident["date_start"], incident["date_end"]) == (DAY, DAY + pd.Timedelta(days=1))
    assert (incident["actor_a"], incident["actor_b"]) == ("Government of Mali", "Group A")
    assert (incident["attacker_type"], incident["target_group"]) == ("unknown", "unstated")
    assert incident[["attacker", "target_actor"]].isna().all()
    assert (incident["date_precision"], incident["geo_precision"]) == ("day", "exact")
    assert (incident["fatalities_low"], incident["fatalities_best"], incident["fatalities_high"]) == (2, 3, 4)
    assert (incident["event_type"], incident["role_basis"]) == ("state-based", "unstated")
    assert table.problems.empty
    assert any("HXL" in warning for warning in table.provenance.warnings) == tags


@pytest.mark.parametrize(
    ("change", "attacker", "kind", "target_group", "basis"),
    [
        ({"type_of_violence": "1"}, None, "unknown", "unstated", "unstated"),
        ({"type_of_violence": "2", "side_a": "Clan X", "side_b": "Clan Y"}, None, "unknown", "unstated", "unstated"),
        ({"type_of_violence": "", "side_a": "Clan X"}, None, "unknown", "unstated", "unstated"),
        ({"type_of_violence": "3", "side_b": "Civilians"}, "Government of Mali", "state", "civilians", "stated"),
        ({"type_of_violence": "3", "side_a": "JNIM", "side_b": "Civilians"}, "JNIM", "jihadist", "civilians", "stated"),
        (
            {"type_of_violence": "3", "side_a": "Unknown group", "side_b": "Civilians"},
            None,
            "unknown",
            "civilians",
            "unstated",
        ),
    ],
)
def test_ged_has_an_attacker_in_one_sided_violence_alone(one, change, attacker, kind, target_group, basis):
    incident = one(ged(change))
    assert (None if pd.isna(incident["attacker"]) else incident["attacker"], incident["attacker_type"]) == (
        attacker,
        kind,
    )
    assert (incident["target_group"], incident["role_basis"]) == (target_group, basis)
    # Both sides are kept as parties, whatever their roles.
    assert incident["actor_a"] == change.get("side_a", "Government of Mali")


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("1", "state-based"), ("1.0", "state-based"), ("State-based violence", "state-based"),
        ("state based conflict", "state-based"),
        ("State-based armed conflict", "state-based"), ("2", "non-state"), ("Non-state violence", "non-state"),
        ("nonstate", "non-state"),
        ("non-state conflict", "non-state"), ("3", "one-sided"), ("One-sided violence", "one-sided"),
        ("onesided violence", "one-sided"),
        ("ONE SIDED VIOLENCE", "one-sided"), ("violence unilatérale", "one-sided"),
    ],
)  # fmt: skip
def test_ged_violence_in_numbers_and_in_words(load, written, kind):
    table = load(ged({"type_of_violence": written}))
    assert table.incidents["event_type"].tolist() == [kind]
    assert table.problems.empty


def test_ged_1_to_5_and_names_that_a_shapefile_cut(load):
    rows = ged({"best": "7", "low": "6", "high": "8", "country": "Unknown name"})
    old = {"best": "best_est", "low": "low_est", "high": "high_est", "country_id": "gwno"}
    cut = {name: name[:10] for name in ("type_of_violence", "number_of_sources", "where_coordinates", "code_status")}
    for renamed in (old, old | cut):
        table = load([{renamed.get(name, name): value for name, value in row.items()} for row in rows])
        incident = table.incidents.iloc[0]
        assert (table.provenance.source, incident["country"]) == ("ucdp_ged", "MLI")  # by its Gleditsch-Ward number
        assert incident[["fatalities_low", "fatalities_best", "fatalities_high", "n_sources"]].tolist() == [6, 7, 8, 2]
        assert (incident["locality"], incident["event_type"]) == ("Town A", "state-based")


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"date_start": "2020-03-01", "date_end": "2020-03-07"}, "attack"),  # seven days
        ({"date_start": "2020-03-01", "date_end": "2020-03-08"}, "summary"),  # eight
        (
            {"date_start": "2020-03-01", "date_end": "2020-03-31", "date_prec": "4"},
            "summary",
        ),  # UCDP's dates are what a row spans
        ({"date_start": "2020-01-01", "date_end": "2020-12-31", "date_prec": "5"}, "summary"),
    ],
)
def test_a_row_of_more_than_a_week_is_a_summary(one, changes, kinds):
    assert one(ged(changes))["incident_kind"] == kinds


def test_a_row_known_to_a_month_is_one_event_where_dates_are_bounds(one):
    month = {"date_start": "2024-03-01", "date_end": "2024-03-31"}
    assert one(project(month | {"date_precision": "month"}))["incident_kind"] == "attack"
    assert one(project(month | {"date_precision": "day"}))["incident_kind"] == "summary"
    assert one(as_text(gtd({"iday": "0"}), GTD))["incident_kind"] == "attack"


def test_ged_columns_that_are_not_needed_may_hold_anything(load):
    flags = ["True", "false", "1", "0", "1.0", "", "NaN"]
    numbers = ["432", "432.0", "", "NaN", "null", "None", "70, 432", "text"]
    rows = [
        {"active_year": flag, "gwnoa": number, "gwnob": number, "conflict_dset_id": f"1-{number}", "relid": ""}
        for flag in flags
        for number in numbers
    ]
    table = load(ged(*rows))
    assert len(table.incidents) == len(flags) * len(numbers)
    assert table.problems.empty


def test_every_way_to_write_no_value(load):
    optional = ["date_end", "latitude", "longitude", "low", "best", "high", "adm_1", "adm_2", "number_of_sources"]
    ways = ["", "NaN", "nan", "NA", "null", "NULL", "None", "<NA>", " "]
    table = load(ged(*(dict.fromkeys(optional, way) for way in ways)))
    incidents = table.incidents
    assert table.problems.empty
    assert len(incidents) == len(ways)
    assert (
        incidents[["latitude", "longitude", "fatalities_best", "admin1", "admin2", "n_sources"]].isna().all(axis=None)
    )
    assert incidents["date_end"].eq(incidents["date_start"]).all()


@pytest.mark.parametrize(
    "written",
    [
        "2020-03-05",
        "2020-03-05 00:00:00.000",
        "2020-03-05T00:00:00Z",
        "2020/3/5",
        "20200305",
        "05.03.2020",
        "March 5, 2020",
    ],
)
def test_days_with_and_without_a_time(one, written):
    assert one(ged({"date_start": written, "date_end": written}))["date_start"] == DAY


@pytest.mark.parametrize("number", ["7", "7.0", "MLI-0007", "9007199254740993", "0007"])
def test_ids_as_text_or_numbers(load, number):
    table = load(ged({"id": number}, {"id": "8"}))
    assert table.incidents["incident_id"].tolist() == [number.removesuffix(".0"), "8"]


def test_number_of_sources_may_be_unknown(load):
    table = load(ged({"number_of_sources": "-1"}, {"number_of_sources": "3"}))
    assert table.incidents["n_sources"].isna().tolist() == [True, False]
    assert table.problems.empty


def test_ged_precision_of_days_and_places(load):
    table = load(
        ged(*({"date_prec": code, "where_prec": code} for code in "12345"), {"where_prec": "6"}, {"where_prec": "7.0"})
    )
    assert table.incidents["date_precision"].tolist() == ["day", "week", "week", "month", "year", "day", "day"]
    assert table.incidents["geo_precision"].tolist() == [
        "exact", "near", "admin2", "admin1", "region", "country", "international",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "code", "release"),
    [
        ("GEDEvent_v24_0_3.csv", "Clear", "24.0.3"),
        ("GEDEvent_v24_01_24_03.csv", "Clear", "24.01.24.03"),
        ("latest.csv", "Check deaths", "21.1 or later"),
    ],
)
def test_candidate_events_are_told_by_name_or_by_their_status(load, name, code, release):
    table = load(ged({"code_status": code}, {}), name=name)
    assert table.provenance.source == "ucdp_candidate"
    assert table.incidents["source"].eq("ucdp_candidate").all()
    assert table.provenance.source_version.startswith(release)
    # A candidate release speaks for whole months: the only incident is of 5 March.
    assert table.coverage.loc[0, ["first_day", "last_day"]].tolist() == [
        pd.Timestamp("2020-03-01"),
        pd.Timestamp("2020-03-31"),
    ]


def test_the_publisher_that_is_named_wins(load):
    assert load(ged(), source="ucdp_candidate").provenance.source == "ucdp_candidate"
    assert load(ged({"code_status": "Check deaths"}), source="ucdp_ged").provenance.source == "ucdp_ged"


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("GEDEvent_v24_1.csv", "24.1 (from the file's name)"),
        ("ged251.csv", "25.1 (from the file's name)"),
        ("ucdp-ged-24.1.csv", "24.1 (from the file's name)"),
        ("mali_2023-01-05.csv", "21.1 or later (inferred from the last year, 2020)"),
        ("ged_2024.csv", "21.1 or later (inferred from the last year, 2020)"),
    ],
)
def test_the_release_is_read_from_the_name_or_inferred_and_says_which(load, name, release):
    assert load(ged(), name=name).provenance.source_version == release


def test_a_release_covers_whole_years(load):
    table = load(
        ged({}, {"date_start": "2022-06-01", "date_end": "2022-06-01"}, {"country": "Niger", "country_id": "436"})
    )
    assert table.coverage["country"].tolist() == ["MLI", "NER"]
    assert table.coverage["first_day"].eq(pd.Timestamp("2020-01-01")).all()
    assert table.coverage["last_day"].eq(pd.Timestamp("2022-12-31")).all()
    assert table.coverage["basis"].eq("release").all()


# --- ACLED ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "tags", "inter", "day"),
    [
        (ACLED_31, False, ("Rebel group", "State forces"), "2024-03-05"),
        (ACLED_31, False, ("Rebel Groups", "State Forces"), "05 March 2024"),
        (ACLED_HDX, True, ("2", "1"), "05 March 2024"),
        (ACLED_HDX, True, ("2.0", "1.0"), "2024-03-05"),
        ([*ACLED_31, "population_1km", "population_best"], False, ("2", "1"), "5-Mar-2024"),
    ],
    ids=["words", "plural", "hdx", "hdx as floats", "population"],
)
def test_acled_new_and_old(one, columns, tags, inter, day):
    row = {"inter1": inter[0], "inter2": inter[1], "event_date": day}
    incident = one(as_text(acled(row), columns, tags=tags))
    assert (incident["source"], incident["incident_id"]) == ("acled", "MLI1")
    assert (incident["date_start"], incident["date_end"]) == (pd.Timestamp("2024-03-05"),) * 2
    assert (incident["attacker_type"], incident["target_group"]) == ("rebel", "security_forces")
    # In a battle ACLED's order of actors says nothing of who attacked.
    assert incident["role_basis"] == "assumed"
    assert (incident["fatalities_best"], incident["n_sources"], incident["tactic"]) == (3, 2, "Armed clash")
    assert pd.isna(incident["fatalities_low"])


@pytest.mark.parametrize(
    ("event_type", "kind", "basis", "group"),
    [
        ("Battles", "attack", "assumed", "security_forces"),
        ("Explosions/Remote violence", "attack", "stated", "security_forces"),
        ("Violence against civilians", "attack", "stated", "civilians"),
        ("Protests", "demonstration", "stated", "security_forces"),
        ("Riots", "demonstration", "stated", "security_forces"),
        ("Strategic developments", "other", "stated", "security_forces"),
        # Versions 1 to 8.
        ("Battle-No change of territory", "attack", "assumed", "security_forces"),
        ("Battle-Government regains territory", "attack", "assumed", "security_forces"),
        ("Battle-Non-state actor overtakes territory", "attack", "assumed", "security_forces"),
        ("Remote violence", "attack", "stated", "security_forces"),
        ("Riots/Protests", "demonstration", "stated", "security_forces"),
        ("Strategic development", "other", "stated", "security_forces"),
        ("Non-violent transfer of territory", "other", "stated", "security_forces"),
        ("Headquarters or base established", "other", "stated", "security_forces"),
    ],
)
def test_acled_kinds(one, event_type, kind, basis, group):
    incident = one(acled({"event_type": event_type}))
    assert (incident["incident_kind"], incident["role_basis"], incident["target_group"]) == (kind, basis, group)


def test_acled_types_are_kept_and_an_unknown_one_is_no_attack(load):
    table = load(acled({}, {"event_type": "Weather", "sub_event_type": "Storm"}))
    assert table.incidents[["event_type", "sub_event_type"]].to_numpy().tolist() == [
        ["Battles", "Armed clash"],
        ["Weather", "Storm"],
    ]
    assert table.incidents["incident_kind"].tolist() == ["attack", "other"]
    assert any(
        "rows with an event type that ACLED is not known to use (Weather): 1" in note
        for note in table.provenance.warnings
    )


def test_acled_1_to_8_in_its_own_columns(one):
    columns = [
        "GWNO", "EVENT_ID_CNTY", "EVENT_ID_NO_CNTY", "EVENT_DATE", "YEAR", "TIME_PRECISION", "EVENT_TYPE", "ACTOR1",
        "ALLY_ACTOR_1", "INTER1",
        "ACTOR2", "ALLY_ACTOR_2", "INTER2", "INTERACTION", "COUNTRY", "ADMIN1", "ADMIN2", "ADMIN3", "LOCATION",
        "LATITUDE", "LONGITUDE",
        "GEO_PRECIS", "SOURCE", "NOTES", "FATALITIES",
    ]  # fmt: skip
    lower = {
        name.upper(): value for name, value in acled({"event_type": "Remote violence", "geo_precision": "2"})[0].items()
    }
    row = {name: lower.get(name.replace("GEO_PRECIS", "GEO_PRECISION"), "") for name in columns}
    incident = one([row | {"EVENT_DATE": "05-March-2024", "INTER1": "2", "INTER2": "1"}])
    assert (incident["source"], incident["date_start"]) == ("acled", pd.Timestamp("2024-03-05"))
    assert (incident["geo_precision"], incident["attacker_type"], incident["incident_kind"]) == (
        "near",
        "rebel",
        "attack",
    )


@pytest.mark.parametrize(
    "name", ["Unidentified Armed Group (Mali)", "Unidentified Communal Militia (Mali)", "Unidentified Military Forces"]
)
def test_nobody_is_no_attacker_but_stays_a_party(one, name):
    incident = one(acled({"actor1": name, "event_type": "Violence against civilians"}))
    assert pd.isna(incident["attacker"])
    assert (incident["actor_a"], incident["role_basis"]) == (name, "unstated")


def test_acled_without_a_second_actor(one):
    incident = one(acled({"actor2": "", "inter2": "0", "event_type": "Explosions/Remote violence"}))
    assert pd.isna(incident["target_actor"])
    assert incident["target_group"] == "unstated"


# --- GTD --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "day", "start", "end", "precision"),
    [
        ("3", "5", "2020-03-05", "2020-03-05", "day"),
        ("3.0", "5.0", "2020-03-05", "2020-03-05", "day"),
        ("2", "0", "2020-02-01", "2020-02-29", "month"),
        ("02", "", "2020-02-01", "2020-02-29", "month"),
        ("0", "0", "2020-01-01", "2020-12-31", "year"),
        ("", "", "2020-01-01", "2020-12-31", "year"),
    ],
)
def test_gtd_days_and_months_may_be_unknown(one, month, day, start, end, precision):
    incident = one(as_text(gtd({"imonth": month, "iday": day}), GTD))
    assert (incident["date_start"], incident["date_end"]) == (pd.Timestamp(start), pd.Timestamp(end))
    assert incident["date_precision"] == precision


def test_gtd_says_who_attacked_whom(one):
    incident = one(as_text(gtd({"gname": "JNIM", "specificity": "3", "targtype1_txt": "Police"}), GTD))
    assert (incident["source"], incident["role_basis"]) == ("gtd", "stated")
    assert (incident["attacker"], incident["attacker_type"], incident["target_group"]) == (
        "JNIM",
        "jihadist",
        "security_forces",
    )
    assert (incident["geo_precision"], incident["country"]) == ("admin2", "MLI")


def test_gtd_unknown_stays_unknown(one):
    incident = one(
        gtd(
            {
                "gname": "Unknown",
                "city": "Unknown",
                "provstate": "Unknown",
                "targtype1_txt": "Unknown",
                "nkill": "",
                "specificity": "",
            }
        )
    )
    assert incident[["attacker", "admin1", "locality", "fatalities_best"]].isna().all()
    assert (incident["attacker_type"], incident["target_group"], incident["geo_precision"]) == (
        "unknown",
        "unstated",
        "unstated",
    )


def test_gtd_has_lost_what_happened_in_1993(load):
    covered = load(as_text(gtd({"iyear": "1991"}, {"iyear": "1995"}), GTD)).coverage
    assert covered["last_day"].tolist() == [pd.Timestamp("1992-12-31"), pd.Timestamp("1995-12-31")]
    assert covered["first_day"].tolist() == [pd.Timestamp("1991-01-01"), pd.Timestamp("1994-01-01")]
    assert len(load(as_text(gtd({"iyear": "1991"}, {"iyear": "1993"}, {"iyear": "1995"}), GTD)).coverage) == 1
    assert len(load(as_text(gtd({"iyear": "1991"}, {"iyear": "1992"}), GTD)).coverage) == 1


@pytest.mark.parametrize(
    ("row", "kept"),
    [("Total,Gao,A,,", 2), ("Gao,Sous-total,A,,", 2), ("Gao,,TOTAL:,,", 2), ("National,Total SA,A,,", 3),
     ("Gao,Total,A,16.27,-0.04", 3)],
)  # fmt: skip
def test_a_total_with_a_day_of_its_own_is_no_event(load, row, kept):
    rows = ["2024-01-02,Mali,Gao,B,A,,,3", "2024-01-03,Mali,Gao,C,A,,,4", f"2024-01-03,Mali,{row},7"]
    mapping = "date=when,country=land,admin1=reg,place=town,attacker=who,latitude=y,longitude=x,deaths=dead"
    table = load("\n".join(["when,land,reg,town,who,y,x,dead", *rows]) + "\n", mapping=mapping)
    assert len(table.incidents) == kept
    assert table.problems["reason"].eq("is a total of other rows, which would count twice").sum() == 3 - kept


def test_gtd_impossible_days_are_set_aside(load):
    table = load(
        gtd({"imonth": "2", "iday": "31"}, {"iyear": "0025"}, {"iyear": "2125"}, {"iyear": ""}, {"imonth": "13"}, {})
    )
    assert table.problems["row"].tolist() == [2, 3, 4, 5, 6]
    assert table.problems["action"].eq("row set aside").all()
    assert len(table.incidents) == 1


# --- the project's own format and plain tables --------------------------------------------------------------------


def test_the_projects_own_format(one):
    incident = one(project())
    assert (incident["source"], incident["country"], incident["role_basis"]) == ("project", "MLI", "stated")
    assert (incident["attacker_type"], incident["target_group"]) == ("jihadist", "security_forces")
    assert (incident["n_sources"], incident["verified"], incident["reported_wave"]) == (2, True, "W1")


def test_an_unnamed_attacker_has_no_stated_role(one):
    incident = one(project({"attacker": "", "verified": ""}))
    assert (incident["role_basis"], incident["attacker_type"]) == ("unstated", "unknown")
    assert pd.isna(incident["verified"])


PLAIN = "nr,when,land,dead,y,x\na,2024-03-05,Mali,3,14.5,-4.25\nb,2024-03-06,Niger,,,\n"


@pytest.mark.parametrize(
    "mapping",
    [
        "id=nr,date=when,country=land,deaths=dead,lat=y,lon=x",
        "incident_id=NR, date_start=When ,country=land,fatalities_best=dead,latitude=y,longitude=x",
        {"id": "nr", "date": "when", "country": "land", "deaths": "dead", "lat": "y", "lon": "x"},
    ],
    ids=["aliases", "names", "pairs"],
)
def test_a_plain_table_by_its_mapping(load, mapping):
    table = load(PLAIN, mapping=mapping)
    assert table.provenance.source == "plain"
    assert table.incidents["incident_id"].tolist() == ["a", "b"]
    assert table.incidents["country"].tolist() == ["MLI", "NER"]
    assert table.incidents.loc[0, ["latitude", "longitude", "fatalities_best"]].tolist() == [14.5, -4.25, 3]
    assert table.incidents["date_precision"].eq("unstated").all()
    assert table.incidents["role_basis"].eq("unstated").all()
    assert table.coverage["basis"].eq("assumed").all()


@pytest.mark.parametrize("section", ["", "[columns]\n"])
def test_a_mapping_in_a_file(load, tmp_path, section):
    path = tmp_path / "columns.toml"
    path.write_text(f'{section}date = "when"\ncountry = "land"\n')
    table = load(PLAIN, mapping=path)
    assert table.incidents["country"].tolist() == ["MLI", "NER"]
    # Ids made from row numbers are said to be so.
    assert table.incidents["incident_id"].tolist() == ["row-2", "row-3"]
    assert any("made from row numbers" in warning for warning in table.provenance.warnings)


def test_a_constant_in_place_of_a_column(load):
    table = load(
        "when,who\n2024-03-05,JNIM\n2024-03-06,\n",
        mapping="date=when,country==Mali,attacker=who,target_group==civilians",
    )
    assert table.incidents["country"].tolist() == ["MLI", "MLI"]
    assert table.incidents["target_group"].tolist() == ["civilians", "civilians"]
    assert table.incidents["role_basis"].tolist() == ["stated", "unstated"]


@pytest.mark.parametrize(
    ("mapping", "phrase"),
    [
        ("date=wehn,country=land", "no column 'wehn' (did you mean when?)"),
        ("date=when", "country is not mapped"),
        ("date=when,cuontry=land", "did you mean country?"),
        ("when", "is not written as date=when,country=land"),
        ("date=when,country=land,date=land", "names date twice"),
        ("date=when,country=land,deaths=when,fatalities=land", "deaths and fatalities mean the same"),
        ("nowhere.toml", "nowhere.toml does not exist"),
    ],
)
def test_a_mapping_that_does_not_fit(load, mapping, phrase):
    with pytest.raises(TableError, match=phrase.replace("(", r"\(").replace(")", r"\)").replace("?", r"\?")):
        load(PLAIN, mapping=mapping)


def test_a_broken_mapping_file(load, tmp_path):
    path = tmp_path / "columns.toml"
    path.write_text("date = when")
    with pytest.raises(TableError, match=r"columns\.toml, line 1: this is not TOML: Invalid value"):
        load(PLAIN, mapping=str(path))
