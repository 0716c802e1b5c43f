"""The made-up example table: its script makes it again, it says that it is made up, measures find what was planted."""

import json
import subprocess
import sys

import pandas as pd
import pytest

from analysis import load_incidents, open_study
from analysis.incidents.boundaries import load_countries, load_units
from analysis.incidents.places import country_name, find_iso3
from analysis.measures.level import FALLING, NO_CHANGE, RISING, STEADY, level_of
from analysis.measures.offensives import offensives_of
from analysis.measures.spread import change_of, located_of
from analysis.measures.surge import watch_of
from analysis.measures.trend import change_points_of, trend_of
from analysis.reports import wording
from analysis.resources import resource

EXAMPLE = resource("data/example")
MADE = ("incidents.csv", "truth.csv", "countries.topojson", "regions.geojson")


@pytest.fixture(scope="module")
def table():
    return load_incidents(EXAMPLE / "incidents.csv")


@pytest.fixture(scope="module")
def truth():
    return pd.read_csv(EXAMPLE / "truth.csv", parse_dates=["first_day", "last_day"]).set_index("planted")


def selected(row) -> dict[str, str]:
    return {row["selects_by"]: row["selected"]}


def test_its_script_makes_the_same_bytes(tmp_path):
    subprocess.run([sys.executable, "-B", EXAMPLE / "make.py", tmp_path], check=True)
    assert {name: (tmp_path / name).read_bytes() for name in MADE} == {
        name: (EXAMPLE / name).read_bytes() for name in MADE
    }


def test_whatever_shows_it_says_that_it_is_made_up(table):
    assert (table.provenance.source, len(table.problems)) == ("example", 0)
    assert set(map(country_name, table.incidents["country"])) == {"Ardovia (made up)", "Belmora (made up)"}
    study = open_study(table, country="XZA")
    assert wording.title(study) == "Attacks in Ardovia (made up)"
    assert "made-up example (incidents.csv)" in wording.subtitle(study)
    assert wording.caption(study).source.startswith("made-up example")


def test_its_countries_are_on_the_map_and_hold_every_row(table):
    study = open_study(table)
    assert located_of(study).left_out.empty
    units = load_units(EXAMPLE / "regions.geojson")
    rows = table.incidents
    held = units.locate(rows["longitude"].to_numpy(), rows["latitude"].to_numpy())
    assert [units.names[place] for place in held] == rows["admin1"].tolist()
    assert load_countries().neighbours(["XZA"]) == ("XZB",)
    assert find_iso3("Ardovia") == find_iso3("ardovia (made up)") == "XZA"


def test_demonstrations_count_as_no_attack(table):
    kinds = table.incidents["incident_kind"].value_counts()
    assert kinds["demonstration"] > 50
    assert len(open_study(table).attacks) == kinds["attack"]


def test_trend_finds_the_slow_rise_and_no_step_in_it(table, truth):
    study = open_study(table, **selected(truth.loc["slow rise"]))
    fit, problem = trend_of(study)
    assert not problem
    assert fit.low > 0
    planted = 100 * (1.85 ** (1 / 4) - 1)  # per cent a year
    assert fit.low < planted < fit.high
    assert change_points_of(study).empty


def test_the_verdict_finds_the_lull_while_it_lasts(table, truth):
    planted = truth.loc["lull"]
    amid = planted["first_day"] + (planted["last_day"] - planted["first_day"]) * 0.7
    level = level_of(open_study(table, as_of=amid, **selected(planted)))
    assert level.word == FALLING
    assert abs((level.since - planted["first_day"]).days) <= 21
    assert level_of(open_study(table, as_of=planted["first_day"], **selected(planted))).word in (NO_CHANGE, STEADY)


def test_the_verdict_finds_the_sudden_rise_since_its_day(table, truth):
    planted = truth.loc["sudden rise"]
    level = level_of(open_study(table, **selected(planted)))
    assert level.word == RISING
    assert abs((level.since - planted["first_day"]).days) <= 7
    before = planted["first_day"] - pd.Timedelta(days=1)
    assert level_of(open_study(table, as_of=before, **selected(planted))).word in (NO_CHANGE, STEADY)


def test_the_country_is_rising_at_the_end(table):
    assert level_of(open_study(table, country="XZA")).word == RISING


def test_an_alarm_stands_where_the_rise_is_and_nowhere_else(table, truth):
    planted = truth.loc["sudden rise"]
    units = watch_of(open_study(table, unit="admin1", as_of=planted["first_day"] + pd.Timedelta(days=27))).units
    assert units.loc[units["alarm"], "unit"].tolist() == [f"XZA/{planted['selected']}"]


def test_every_wave_is_found_as_an_offensive_on_its_day(table, truth):
    waves = truth.loc[["wave"]]
    found = offensives_of(open_study(table, **selected(waves.iloc[0])))
    assert not found.problem
    assert found.offensives["date_start"].tolist() == waves["first_day"].tolist()
    assert found.offensives["n_sites"].tolist() == waves["expected"].astype(int).tolist()


def test_the_area_moves_to_the_south_east(table, truth):
    planted = truth.loc["shift of area"]
    change = change_of(open_study(table, **selected(planted)))
    assert change.verdict == "moved"
    assert planted["expected"] == "south-east"
    assert change.recent["longitude"].mean() > change.earlier["longitude"].mean() + 1
    assert change.recent["latitude"].mean() < change.earlier["latitude"].mean() - 0.5


def test_what_is_steady_is_called_so(table, truth):
    level = level_of(open_study(table, **selected(truth.loc["steady"])))
    assert level.word in (NO_CHANGE, STEADY)


def test_the_readme_counts_its_rows(table):
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert f"{len(table.incidents):,} events" in text


@pytest.mark.parametrize(
    ("code", "known"), [("XAA", True), ("QMA", True), ("ZZZ", True), ("QLA", False), ("xqq", False), ("WAA", False)]
)
def test_codes_that_iso_leaves_to_users_are_countries(code, known):
    assert (find_iso3(code) == code) is known


def test_a_table_of_a_users_own_code_is_read():
    rows = pd.DataFrame({"day": ["2024-01-01", "2024-02-01"], "land": ["XQQ", "XQQ"]})
    table = load_incidents(rows, mapping="date=day,country=land")
    assert table.incidents["country"].tolist() == ["XQQ", "XQQ"]
    assert country_name("XQQ") == "XQQ"
    assert "rows with a country code that ISO 3166-1 leaves to users (XQQ): 2" in " ".join(table.provenance.warnings)


def test_its_countries_are_no_news_to_the_topology():
    document = json.loads((EXAMPLE / "countries.topojson").read_text(encoding="utf-8"))
    assert [one["id"] for one in document["objects"]["countries"]["geometries"]] == ["XZA", "XZB"]


def test_a_report_says_of_every_kind_of_table_what_it_records():
    from analysis.incidents.canonical import SOURCES
    from analysis.incidents.sources import publishers

    assert set(publishers()) == set(SOURCES)
    assert all(one.title and one.records for one in publishers().values())
