"""Which columns are meant, by their names; and tables whose rows are no events."""

import pytest

from analysis.incidents.check import warnings_of
from analysis.incidents.errors import TableError
from analysis.incidents.guessing import counts_dead, counts_hurt
from analysis.incidents.load import load_incidents
from tests.incidents.tables import write


@pytest.mark.parametrize(
    ("header", "guessed"),
    [
        ("Date,Country,Civilians killed,Soldiers killed", {"date": "Date", "country": "Country"}),
        (
            "Date,Country,Civilians killed,Total killed",
            {"date": "Date", "country": "Country", "deaths": "Total killed"},
        ),
        (
            "date,iso2,min_deaths,max_deaths",
            {"date": "date", "country": "iso2", "deaths_low": "min_deaths", "deaths_high": "max_deaths"},
        ),
        (
            "Année,Semaine,Pays,Province,Incidents",
            {"year": "Année", "week": "Semaine", "country": "Pays", "admin1": "Province", "count": "Incidents"},
        ),
        ("date,country,civilians_killed,militants_killed", {"date": "date", "country": "country"}),
        ("from,to,country", {"date": "from", "end": "to", "country": "country"}),
        ("Quarter,Country,Incidents", {"date": "Quarter", "country": "Country", "count": "Incidents"}),
        ("month,country,events", {"date": "month", "country": "country", "count": "events"}),
        ("week_start,country,attacks", {"date": "week_start", "country": "country", "count": "attacks"}),
        ("date,country,cumulative_deaths", {"date": "date", "country": "country"}),
        (
            "grp/date_incident,pays,_gps_latitude,_gps_longitude",
            {"date": "grp/date_incident", "country": "pays", "lat": "_gps_latitude", "lon": "_gps_longitude"},
        ),
        (
            "Fecha,País,Municipio,Responsable",
            {"date": "Fecha", "country": "País", "place": "Municipio", "attacker": "Responsable"},
        ),
        (
            "Fecha de actualización,Fecha del hecho,País,Personas fallecidas",
            {"date": "Fecha del hecho", "country": "País", "deaths": "Personas fallecidas"},
        ),
        (
            "تاريخ الإدخال,تاريخ الحادث,الدولة",
            {"date": "تاريخ الحادث", "country": "الدولة"},
        ),
        # A form's start and end are no days of what it tells of; its questions stand in paths.
        (
            "start,end,loc/country,loc/admin1,loc/village,inc/date_incident,inc/auteur",
            {"date": "inc/date_incident", "country": "loc/country", "admin1": "loc/admin1", "place": "loc/village",
                "attacker": "inc/auteur"},
        ),
        (
            "Date of incident,Country,Governorate / Region,Town or village,Killed or injured,Who was responsible?",
            {"date": "Date of incident", "country": "Country", "admin1": "Governorate / Region",
                "place": "Town or village", "attacker": "Who was responsible?"},
        ),
        ("Date,Country,Civilian deaths,Attacker deaths", {"date": "Date", "country": "Country"}),
        # Of others the dead stand beside the parts, too.
        ("Date,Country,Civilians Killed,Police Killed,Robbers Killed", {"date": "Date", "country": "Country"}),
        ("Date,Country,FriendlyKIA,EnemyKIA", {"date": "Date", "country": "Country"}),
        ("year,country,nkill", {"year": "year", "country": "country", "deaths": "nkill"}),
        # Whence people came, when they were born, and who is missing is not where and when somebody died.
        (
            "Country of Origin,Date of Birth,Date of Offence,Country of Incident,Dead and Missing,Number of Dead",
            {"date": "Date of Offence", "country": "Country of Incident", "deaths": "Number of Dead"},
        ),
        (
            "Start Day,Start Month,Start Year,Country",
            {"year": "Start Year", "month": "Start Month", "day": "Start Day", "country": "Country"},
        ),
        (
            "Complaint Year Number,Month Number,Record Create Date,Country",
            {"year": "Complaint Year Number", "month": "Month Number", "country": "Country"},
        ),
        ("time,updated,country", {"date": "time", "country": "country"}),
        ("Date,Country,Responsible", {"date": "Date", "country": "Country", "attacker": "Responsible"}),
        ("date,country,target1,actor2", {"date": "date", "country": "country", "target": "target1"}),
        # Accidents explained by x are at no latitude; dead and injured together are no attacks.
        ("year,country,y", {"year": "year", "country": "country"}),
        ("date,country,dead,injured,total", {"date": "date", "country": "country", "deaths": "dead"}),
        ("Date of death,Country,Place of death", {"date": "Date of death", "country": "Country",
            "place": "Place of death"}),
        ("date,adm0_pcode,adm1_pcode,adm1_name", {"date": "date", "country": "adm0_pcode", "admin1": "adm1_name"}),
        ("Date,Country Code,Country", {"date": "Date", "country": "Country"}),
        ("Date,Country,Killed,Killed", {"date": "Date", "country": "Country"}),
        ("Date,Country,Town,,Region,Total", {"date": "Date", "country": "Country", "place": "Town"}),
        (
            "Дата,Країна,Область,Місто,Загинуло",
            {"date": "Дата", "country": "Країна", "admin1": "Область", "place": "Місто", "deaths": "Загинуло"},
        ),
        (
            "التاريخ,الدولة,المحافظة,عدد القتلى",
            {"date": "التاريخ", "country": "الدولة", "admin1": "المحافظة", "deaths": "عدد القتلى"},
        ),
        (
            "1. Date de l'incident,2. Pays,3. Nombre de personnes tuées",
            {"date": "1. Date de l'incident", "country": "2. Pays", "deaths": "3. Nombre de personnes tuées"},
        ),
        (
            "Date,Country,Civilian deaths (min),Civilian deaths (max)",
            {"date": "Date", "country": "Country", "deaths_low": "Civilian deaths (min)",
                "deaths_high": "Civilian deaths (max)"},
        ),
        # When it was told is not when it happened; what is not dead is no death; a state is no country.
        (
            "Date reported,Date occurred,State,Livestock killed",
            {"date": "Date occurred", "admin1": "State", "country": "=COUNTRY"},
        ),
        (
            "created_at,updated_at,happened_on,country,deadline,casualty_fatal",
            {"date": "happened_on", "country": "country", "deaths": "casualty_fatal"},
        ),
        (
            "EVENT_DATE_START,EVENT_DATE_END,COUNTRY,FATALITIES_MIN,FATALITIES_MAX",
            {"date": "EVENT_DATE_START", "end": "EVENT_DATE_END", "country": "COUNTRY", "deaths_low": "FATALITIES_MIN",
                "deaths_high": "FATALITIES_MAX"},
        ),
        # When a survey's form was filled in is not when it happened.
        (
            "Start Date,End Date,Date of incident,Country",
            {"date": "Date of incident", "country": "Country"},
        ),
        (
            "start_date,end_date,date_of_incident,country",
            {"date": "date_of_incident", "country": "country"},
        ),
        # These are no form's.
        ("Date,End date,Start time,Country", {"date": "Date", "end": "End date", "country": "Country"}),
        ("Date,Date of last incident,Country", {"date": "Date", "country": "Country"}),
        ("Start Date,End Date,Country", {"date": "Start Date", "end": "End Date", "country": "Country"}),
        # A publisher's columns in part.
        (
            "event_date,event_type,actor1,country,fatalities",
            {"date": "event_date", "country": "country", "deaths": "fatalities", "attacker": "actor1",
                "type": "event_type"},
        ),
    ],
)  # fmt: skip
def test_a_suggested_mapping_never_takes_a_part_for_the_whole(tmp_path, header, guessed):
    with pytest.raises(TableError) as refused:
        load_incidents(write(tmp_path / "guess.csv", f"{header}\n2024-01-05,Mali,1,2\n"))
    assert str(refused.value).endswith(f"mapping={guessed}")


def test_what_a_suggestion_leaves_out_is_said(tmp_path):
    header = "Date,Country,Civilian deaths,Attacker deaths,Note,Note"
    with pytest.raises(TableError, match="Civilian deaths, Attacker deaths count the deaths of some each: add them up"):
        load_incidents(write(tmp_path / "parts.csv", f"{header}\n2024-01-05,Mali,1,2,a,b\n"))
    with pytest.raises(TableError, match="Note stands more than once: rename what is meant"):
        load_incidents(tmp_path / "parts.csv")


def test_a_column_that_is_no_number_or_1_throughout_is_no_count(tmp_path):
    for values, counted in (("attack attack attack", False), ("1 1 1", False), ("1 4 2", True)):
        rows = "".join(f"2024-01-0{n},Mali,{value}\n" for n, value in enumerate(values.split(), 1))
        with pytest.raises(TableError) as refused:
            load_incidents(write(tmp_path / "event.csv", f"date,country,event\n{rows}"))
        assert ("'count': 'event'" in str(refused.value)) == counted


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (
            "dyad_id,location,side_a,side_b,incompatibility,year,intensity_level,start_date",
            "a pair of parties in a year",
        ),
        ("conflict_id,dyad_id,location,best_fatality_estimate,year", "a conflict or a party in a year"),
        ("country,admin1,month,year,total_forecast,battles_forecast", "a forecast and no event"),
        ("iso3,location,indicator_id,date,alert_level", "a signal and no event"),
    ],
)
def test_rows_that_are_no_events_are_named(tmp_path, header, said):
    cells = ",".join("2012" for _ in header.split(","))
    with pytest.raises(TableError, match=said) as refused:
        load_incidents(write(tmp_path / "other.csv", f"{header}\n{cells}\n"))
    assert "mapping={" not in str(refused.value)


@pytest.mark.parametrize(
    ("title", "header", "first"),
    [
        ("Security incidents, Mali, 2024", "date,country,deaths", "date"),
        ("Incidents of the office, all regions, final", "\nJour,Pays,Morts", "Jour"),
        ("date,country,deaths", "Mali,Niger,Chad", "date"),  # the first of two that may be names
    ],
)
def test_a_title_with_as_many_commas_as_the_table_is_not_its_header(tmp_path, title, header, first):
    rows = "".join(f"2024-03-{day:02d},Mali,{day % 4}\n" for day in range(1, 20))
    (tmp_path / "table.csv").write_text(f"{title}\n{header}\n{rows}", encoding="utf-8")
    with pytest.raises(TableError, match=f"'date': '{first}', 'country': "):
        load_incidents(tmp_path / "table.csv")


def test_where_no_row_is_known_to_hold_values_none_becomes_the_header(tmp_path):
    """A row of words that sound like names of columns, below days that no reader knows as values."""
    rows = "on Monday,Town,day\n" + "on Tuesday,Village,nobody was hurt\n" * 5
    (tmp_path / "table.csv").write_text(f"When,Where it happened,Summary\n{rows}", encoding="utf-8")
    with pytest.raises(TableError, match="When, Where it happened, Summary"):
        load_incidents(tmp_path / "table.csv")


def test_values_may_deny_what_a_name_says(tmp_path):
    header = "Arrest Date,Report Date,Fatal (Y/N),Death rate,Dead,Location,Time,country"
    rows = [f',2024-01-{n:02d},Y,0.{n},{n % 3},"(14.{n}, -4.2)",10:{n},Mali' for n in range(10, 24)]
    with pytest.raises(TableError) as refused:
        load_incidents(write(tmp_path / "cells.csv", "\n".join([header, *rows])))
    assert str(refused.value).endswith("mapping={'date': 'Report Date', 'country': 'country', 'deaths': 'Dead'}")


@pytest.mark.parametrize(
    ("cells", "guessed"),
    [("3/{n}/2024 10:05", "Time"), ("17{n}000000", "Time"), ("10:{n}", "WHEN"), ("1949.{n}", "WHEN")],
)
def test_a_column_of_times_is_one_of_dates_where_it_holds_days(tmp_path, cells, guessed):
    rows = [f"{cells.format(n=n)},Mali" for n in range(10, 24)]
    with pytest.raises(TableError, match=rf"mapping={{'date': '{guessed}', 'country': 'country'}}"):
        load_incidents(write(tmp_path / "times.csv", "\n".join(["Time,country", *rows])))


def test_a_day_that_is_written_once_for_several_rows_is_still_one(tmp_path):
    rows = [f"{'2024-01-05' * (n % 5 == 0)},2024-02-05,Mali" for n in range(20)]
    with pytest.raises(TableError) as refused:
        load_incidents(write(tmp_path / "blocks.csv", "\n".join(["Date,Reported date,Country", *rows])))
    assert str(refused.value).endswith("mapping={'date': 'Date', 'country': 'Country'}")


@pytest.mark.parametrize("cells", ['"1,{n}00"', "{n}-", "-", "none"])
def test_deaths_in_thousands_and_nothing_in_words_are_deaths(tmp_path, cells):
    rows = [f"2024-01-{n:02d},Mali,{cells.format(n=n % 9)}" for n in range(10, 24)]
    with pytest.raises(TableError, match="'deaths': 'Dead'"):
        load_incidents(write(tmp_path / "dead.csv", "\n".join(["Date,Country,Dead", *rows, "2024-02-01,Mali,4"])))


def test_a_number_of_the_dead_is_no_part_of_them(tmp_path):
    rows = [f"2024-01-{n:02d},Mali,1,2,3" for n in range(10, 24)]
    header = "date,country,civilian deaths,military deaths,number of dead"
    with pytest.raises(TableError, match="'deaths': 'number of dead'") as refused:
        load_incidents(write(tmp_path / "dead.csv", "\n".join([header, *rows])))
    assert "add them up" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "hurt"),
    [("casualty count", True), ("victim_count", True), ("wounded in attacks", True), ("injury incidents", False),
     ("casualty events", False), ("victim groups", False)],
)  # fmt: skip
def test_counts_of_hurt_people_are_known_by_name(name, hurt):
    assert counts_hurt(name) == hurt


def test_rows_that_look_like_persons_are_told(tmp_path):
    rows = "".join(f"2024-01-{n:02d},Mali,{n},M\n" for n in (1, 3, 4, 9))
    mapping = {"date": "d", "country": "c"}
    headers = {"age,gender": 1, "Victim's age,Victim's name": 1, "age_of_shooter,gender": 0, "name,x": 0}
    for header, told in headers.items():
        table = load_incidents(write(tmp_path / "rows.csv", f"d,c,{header}\n{rows}"), mapping=mapping)
        said = [note for note in warnings_of(table) if "tell of one person" in note]
        assert len(said) == told, header


def test_ids_of_countries_are_no_ids_of_rows(tmp_path):
    rows = "".join(f"Mali,74,20{year}-0{month}-01,{month}\n" for year in range(20, 24) for month in range(1, 7))
    path = write(tmp_path / "panel.csv", f"country_name,country_id,date,ged_best_sb\n{rows}")
    with pytest.raises(TableError) as refused:
        load_incidents(path)
    assert str(refused.value).endswith("mapping={'date': 'date', 'country': 'country_name'}")


@pytest.mark.parametrize("deaths", ["fatalities", "ged_best_sb"])
def test_sums_of_deaths_are_never_taken_for_counts_of_events(tmp_path, deaths):
    """`--count fatalities` was asked for, and 339 deaths were 339 attacks."""
    rows = "".join(
        f"20{year}-{month:02d},Mali,{(month * 7 + year) % 9}\n" for year in (22, 23) for month in range(1, 13)
    )
    path = write(tmp_path / "sums.csv", f"month,country,{deaths}\n{rows}")
    mapping = {"date": "month", "country": "country"}
    with pytest.raises(TableError, match=f"'{deaths}' would be the deaths of one event in each"):
        load_incidents(path, mapping=mapping)
    with pytest.raises(TableError, match=f"'{deaths}' counts deaths, by its name, and each would pass as an attack"):
        load_incidents(path, mapping=mapping, count=deaths)


def test_a_name_tells_deaths_of_attacks_from_attacks_that_are_deadly():
    dead = ["fatalities", "ged_best_sb", "killed_in_attacks", "attack_deaths", "event_fatalities", "nombre de morts"]
    dead += ["morts_attaques", "tues_attaque", "décès attentats", "muertos_ataques", "víctimas mortales de ataques"]
    dead += ["mortes em ataques", "óbitos ataques", "Angriffstote", "Tote_Angriffe", "Todesfälle je Vorfall"]
    dead += ["قتلى الهجمات", "عدد القتلى في الهجمات", "погибшие в атаках", "загинуло_атаки"]
    events = ["incidents", "fatal_attacks", "attacks_with_deaths", "nb_attaques_mortelles", "mortars", "ged_sb_events"]
    events += ["attaques avec morts", "ataques mortales", "ataques con muertos", "ataques mortais", "tödliche Angriffe"]
    events += ["Angriffe mit Toten", "هجمات مميتة", "عدد الهجمات", "смертельные атаки", "death_events", "attentats"]
    assert [counts_dead(name) for name in (*dead, *events)] == [True] * len(dead) + [False] * len(events)
    hurt = ["casualties", "victimes", "nb_victimes", "injured", "wounded_in_attacks", "blessés", "heridos", "جرحى"]
    assert [counts_hurt(name) for name in (*hurt, *events)] == [True] * len(hurt) + [False] * len(events)
    assert not any(map(counts_hurt, ("mass_casualty_events", "attacks_with_injured", "victim_groups", "n")))


@pytest.mark.parametrize(("step", "taken"), [(1, "id"), (0, "count")])
def test_a_column_that_numbers_its_rows_is_no_count(tmp_path, step, taken):
    rows = [f"{10_000 + step * n},2024-01-{n:02d},Mali" for n in range(1, 21)]
    with pytest.raises(TableError) as refused:
        load_incidents(write(tmp_path / "events.csv", "\n".join(["Event,Date,Country", *rows])))
    assert f"'{taken}': 'Event'" in str(refused.value) or f"{taken}='Event'" in str(refused.value)


def test_an_id_that_stands_in_several_rows_is_told(tmp_path):
    rows = [f"E{n // 3},2024-01-{n // 3 + 1:02d},Mali,{'ABC'[n % 3]}" for n in range(60)]
    path = write(tmp_path / "sources.csv", "\n".join(["event_id,date,country,source", *rows]))
    with pytest.raises(TableError, match="The same event_id stands in several rows: where a row is a report"):
        load_incidents(path)
    pasted = load_incidents(path, mapping="date=date,country=country")
    assert any(said.startswith("the same event_id stands in several rows") for said in pasted.provenance.warnings)


@pytest.mark.parametrize(
    "parts",
    [
        ("deaths_a", "deaths_b"),
        ("Deaths (M)", "Deaths (F)"),
        ("Deaths <18", "Deaths 18-59"),
        ("killed_by_army", "killed_by_x"),
    ],
)
def test_deaths_of_a_side_or_an_age_are_not_those_of_all(tmp_path, parts):
    rows = [f"2024-01-{n:02d},Mali,1,0,1" for n in range(1, 21)]
    with pytest.raises(TableError) as refused:
        load_incidents(write(tmp_path / "parts.csv", "\n".join([f"date,country,{','.join(parts)},Total", *rows])))
    assert f"{', '.join(parts)} count the deaths of some each" in str(refused.value)
    assert "'deaths'" not in str(refused.value)
    assert "'count'" not in str(refused.value)


@pytest.mark.parametrize(
    ("header", "cells", "guessed"),
    [
        ("date,country,total,deaths_low,deaths_high", "{n},1,2", "'count': 'total'"),
        ("date,country,incidents", "{n}", "'count': 'incidents'"),
        ("date,country,n", "{n}", "'count': 'n'"),
        ("Year,Month,Day of month,Country", "Mali", "'day': 'Day of month'"),
    ],
)
def test_what_may_be_counts_or_days_is_still_suggested(tmp_path, header, cells, guessed):
    when = "2024,1,{n}" if "Year" in header else "2024-01-{n:02d},Mali"
    rows = [f"{when},{cells}".format(n=n) for n in range(1, 21)]
    with pytest.raises(TableError) as refused:
        load_incidents(write(tmp_path / "t.csv", "\n".join([header, *rows])))
    assert guessed in str(refused.value)


def test_numbers_that_rise_from_month_to_month_are_counts(tmp_path):
    rows = [f"{2022 + n // 12}-{n % 12 + 1:02d},Mali,{n + 5}" for n in range(24)]
    with pytest.raises(TableError, match="'count': 'Attack'"):
        load_incidents(write(tmp_path / "t.csv", "\n".join(["month,country,Attack", *rows])))
