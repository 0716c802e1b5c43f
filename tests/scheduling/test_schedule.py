"""A schedule is refused whole, with the line and key of every problem; a missed time is caught up once."""

import json
import os
import time
from datetime import UTC, datetime

import pytest

from analysis.incidents.errors import TableError
from analysis.publishing.runner import typed_parameters
from analysis.resources import resource
from analysis.scheduling.batch import check_schedule, plan
from analysis.scheduling.errors import ScheduleError
from analysis.scheduling.schedule import (
    Cadence,
    ended,
    expand,
    is_due,
    odd_times,
    read_schedule,
    table_countries,
)
from tests.notebooks import NOTEBOOKS
from tests.scheduling.batches import write_published, write_schedule, write_table


def refused(tmp_path, text):
    path = tmp_path / "s.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScheduleError) as error:
        read_schedule(path)
    return str(error.value).split("\n")


def test_the_example_ships_and_reads():
    schedule = read_schedule(resource("").joinpath("reports/schedule.toml"))
    assert [report.name for report in schedule.reports] == ["mali-jnim", "sahel"]
    first, each = schedule.reports
    assert first.parameters["as_of"] == ""  # its day moves with the table
    assert (first.cadence, each.cadence) == (Cadence("weekly", 0, 6, 0), Cadence("monthly", 1, 6, 0))
    assert (each.formats, each.parameters["attacker"], each.parameters["headline_count"]) == (("html",), "", 0)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_whatever_a_schedule_leaves_out_has_its_notebooks_type(tmp_path, path):
    """A notebook's own example never leaks in, and each parameter that stands for it can be run."""
    text = f'[reports.a]\ncadence = "daily"\nnotebook = "{path.stem}"\nselection = {{ target = "BFA army" }}\n'
    (tmp_path / "schedule.toml").write_text(text, encoding="utf-8")
    (report,) = read_schedule(tmp_path / "schedule.toml").reports
    assert typed_parameters(path, dict(report.parameters)) == dict(report.parameters)
    assert report.parameters["target"] == "BFA army"
    assert [report.parameters[name] for name in ("country", "attacker", "as_of", "headline_count")] == ["", "", "", 0]


def test_window_baseline_and_definition_are_keys(tmp_path):
    (tmp_path / "schedule.toml").write_text(
        """[reports.a]
cadence = "daily"
selection = { country = "MLI", offensive = "sites=4" }
[reports.a.parameters]
window_days = 60
baseline_days = 300
""",
        encoding="utf-8",
    )
    (report,) = read_schedule(tmp_path / "schedule.toml").reports
    asked = [report.parameters[name] for name in ("offensive", "window_days", "baseline_days")]
    assert asked == ["sites=4", 60, 300]


def test_values_of_other_kinds_within_a_list_and_long_names_are_told(tmp_path):
    told = refused(tmp_path, f'[reports.a]\nformats = [["html"]]\nnotebook = "{"n" * 5000}"\n')
    assert "['html'] is not a format" in told[0]
    assert told[1].endswith("cannot be used: a name in its path is too long.")


def test_every_problem_names_its_line_and_key(tmp_path):
    lines = refused(
        tmp_path,
        """[batch]
workers = 0
keap = 3
[defaults]
formats = ["html", "docx"]

[reports.a]
selection = { countri = "MLI" }
[reports.b]
cadence = "weekly"
on = "mon"
at = "6 am"
[reports.b.parameters]
window_days = "many"
[reports."../c"]
[reports.d]
table = "nowhere.csv"
[reports.e]
notebook = "sitaution"
foreach = "city"
[reports.f.parameters]
windowdays = 3
api_token = "x"
""",
    )
    expected = {
        2: "batch.workers: is 0; at least 1",
        3: "batch.keap: unknown key; did you mean keep",
        5: "defaults.formats: 'docx' is not a format",
        8: "reports.a.selection.countri: is not of a selection; did you mean country",
        11: "reports.b.on: 'mon' is no weekday",
        12: "reports.b.at: '6 am' is no time",
        14: 'reports.b.parameters.window_days: window_days = "many" is not a whole number',
        15: "'../c' cannot be a report's name",
        19: "reports.e.notebook: 'sitaution' cannot be used",
        20: "reports.e.foreach: 'city'; only \"country\" is known",
        22: "reports.f.parameters.windowdays: situation.ipynb has no parameter 'windowdays'; did you mean window_days",
        23: "reports.f.parameters.api_token: looks like a secret",
    }
    for line, words in expected.items():
        assert any(said.startswith(f"s.toml, line {line}: ") and words in said for said in lines), (line, words, lines)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no report"),
        ("reports = 3", "is 3, not a table"),
        ("[reports.a]\nx = ", "not TOML"),
        ("x = " + "[" * 5000 + "]" * 5000, "line 1: brackets nested more than 32 deep"),
        ("[reports.a]\n[reports.a]", "not TOML"),
        ("#" * 2_000_000, "has 2,000,000 bytes"),
        ('[reports.a.notify]\nwebhook = "https://hooks.example/x"', "line 2: .*belongs in the environment"),
        ('[reports.a.notify]\nsmtp_password = "x"', "line 2: .*looks like a secret"),
        ('[reports.a.notify]\non = ["anything"]\nemail = ["a@b"]', "line 2: .*'anything' is none of"),
        ('[reports.a.notify]\non = ["alert"]', "nobody is told"),
        ('[reports.a.notify]\non = ["alert"]\nemail = ["a@b.c\\r\\nBcc: x@y"]', "line 3: .*is no address"),
        ('[reports.a.notify]\non = ["alert"]\nwebhook_env = "https://x"', "line 3: .*name of an environment variable"),
        ('[batch]\nout = " "\n[reports.a]', "line 2: batch.out: is empty; leave it out"),
        ('[reports.a]\nselection = { country = "" }', "line 2: reports.a.selection.country: is empty; leave it out"),
        ('[reports.a]\nselection = { country = "[]" }', "line 2: reports.a.selection.country: is empty; leave it out"),
        ("[reports.a]\nselection = { country = [[]] }", "line 2: .*country: holds a list, and no names"),
        ('[reports.a]\nselection = { as_of = "24:00" }', "as_of: '24:00' is not a day; write it as 2025-07-01"),
        ("[reports.a]\nselection = { from_date = 2024-01-01T00:00:00Z }", "is not a day; write it as 2025-07-01"),
        ("[reports.a.parameters]\nwindow_days = [30]", "parameters.window_days: takes one value, no list"),
        ('[reports.a.selection]\nattacker = ["JNIM", " "]', "line 2: reports.a.selection.attacker: is empty"),
        ('[reports.a.selection]\nattacker = []', "line 2: reports.a.selection.attacker: is empty"),
        ('[defaults]\ntable = "t.csv"\n[reports.a]\ntable = ""', "line 4: reports.a.table: is empty"),
        ('[defaults]\ntable = "t\\u0000"\n[reports.a]', "line 2: defaults.table: .*cannot be the path of a file"),
        (f'[defaults]\ntemplate = "{"x" * 256}"\n[reports.a]', "defaults.template: .*cannot be the path of a file"),
        ('[defaults]\nclaims = ""\n[reports.a]', "line 2: defaults.claims: is empty"),
        ('[reports.a]\ncountries = ["MLI"]', 'line 2: .*needs foreach = "country"'),
        ('[reports.a]\nforeach = "country"\ncountries = ["../x"]', "line 3: .*is not an ISO3 code"),
        ('[reports.a]\nforeach = "country"\ncountries = ["DRC"]', "line 3: .*is not an ISO3 code"),
        ('[reports.a]\nforeach = "country"\ncountries = []', "line 3: .*countries: is empty"),
        ('[reports.a]\nforeach = "country"\nselection = { country = "MLI" }', "line 3: .*is made by foreach"),
        ('[reports.a]\ncadence = "monthly"\non = 31', "line 3: .*no day that every month has"),
        ('[reports.a]\ncadence = "hourly"', "line 2: .*'hourly' is none of daily"),
        ('[reports."a\\u001b[2J"]', "cannot be a report's name"),
        ("[reports.latest]", "cannot be a report's name"),
        ('x = """\n[reports.a]\n"""\n[reports."\\u0061"]\n"caden\\u0063e" = "hourly"', "line 5: .*'hourly' is none of"),
        ('[reports.a]\n"ca dence" = 1\nat = "25:00"', r"line 2: reports\.a\.ca dence: unknown key"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path, text, words):
    import re

    said = "\n".join(refused(tmp_path, text))
    assert re.search(words, said), said
    assert "\x1b" not in said


def test_a_file_that_is_not_there_or_not_text(tmp_path):
    with pytest.raises(ScheduleError, match=r"none\.toml does not exist"):
        read_schedule(tmp_path / "none.toml")
    (tmp_path / "s.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScheduleError, match="line 1: the text is UTF-16"):
        read_schedule(tmp_path / "s.toml")


@pytest.mark.parametrize(
    ("cadence", "now", "last"),
    [
        # 7 July 2025 is a Monday.
        (Cadence("weekly", 0, 6, 0), "2025-07-07T05:59", "2025-06-30T06:00"),
        (Cadence("weekly", 0, 6, 0), "2025-07-07T06:00", "2025-07-07T06:00"),
        (Cadence("weekly", 0, 6, 0), "2025-07-13T23:00", "2025-07-07T06:00"),
        (Cadence("weekly", 6, 0, 0), "2025-07-07T06:00", "2025-07-06T00:00"),
        (Cadence("daily", 0, 6, 30), "2025-07-01T06:29", "2025-06-30T06:30"),
        (Cadence("daily", 0, 6, 30), "2025-07-01T06:30", "2025-07-01T06:30"),
        (Cadence("monthly", 28, 0, 0), "2025-03-27T12:00", "2025-02-28T00:00"),
        (Cadence("monthly", 1, 0, 0), "2025-01-01T00:00", "2025-01-01T00:00"),
        (Cadence("monthly", 2, 0, 0), "2025-01-01T00:00", "2024-12-02T00:00"),
    ],
)
def test_the_last_appointed_time(cadence, now, last):
    assert cadence.last_time(datetime.fromisoformat(now).replace(tzinfo=UTC)).isoformat()[:16] == last


def test_a_missed_monday_is_caught_up_once(tmp_path):
    schedule = read_schedule(write_schedule(tmp_path, {"a": 'at = "06:00"'}))
    (report,) = schedule.reports
    monday = datetime(2025, 7, 7, 6, 0, tzinfo=UTC)
    assert is_due(report, schedule.out, now=monday)
    folder = schedule.out / "a" / "2025-06-01"
    folder.mkdir(parents=True)
    ours = {"name": "a", "as_of": "2025-06-01"}
    # Published three Mondays ago: due once, whatever was missed in between.
    (folder / "manifest.json").write_text(json.dumps(ours | {"started": "2025-06-16T06:00:05+00:00"}))
    assert is_due(report, schedule.out, now=monday)
    (folder / "manifest.json").write_text(json.dumps(ours | {"started": "2025-07-09T11:00:00+00:00"}))
    assert not is_due(report, schedule.out, now=monday.replace(day=13))
    assert is_due(report, schedule.out, now=monday.replace(day=14))
    # A manifest that cannot be read is no publication.
    (folder / "manifest.json").write_text("{")
    assert is_due(report, schedule.out, now=monday)


@pytest.mark.parametrize(
    ("made", "due", "odd"),
    [
        ({"2025-06-01": "2025-07-07T07:00"}, False, ""),
        # as_of moved back: what counts is when it was made.
        (
            {"2025-07-01": "2025-06-30T07:00", "2025-06-01": "2025-07-07T07:00"},
            False,
            "the last a is as of an earlier day than one before it",
        ),
        ({"2025-06-01": "2025-06-30T07:00", "2025-07-01": "2025-07-07T07:00"}, False, ""),
        # Made by a clock that was wrong: it would hide a missed Monday for years.
        ({"2025-06-01": "2035-01-01T00:00"}, True, "a was made in the future"),
        ({"2025-06-01": "2035-01-01T00:00", "2025-05-01": "2025-07-07T07:00"}, False, "a was made in the future"),
        ({"2025-06-01": "2025-07-08T06:10"}, False, ""),  # ten minutes between two clocks
        ({"2025-06-01": "2025-07-08T06:11"}, True, "a was made in the future"),
        ({"2025-06-01": "yesterday"}, True, ""),
        ({"2025-06-01": 7}, True, ""),
        ({}, True, ""),
    ],
)
def test_what_is_due_stays_sane_whatever_the_clocks_said(tmp_path, made, due, odd):
    schedule = read_schedule(write_schedule(tmp_path, {"a": 'at = "06:00"'}))
    (report,) = schedule.reports
    for as_of, started in made.items():
        folder = schedule.out / "a" / as_of
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text(json.dumps({"name": "a", "as_of": as_of}))
        (folder / "run.json").write_text(
            json.dumps({"started": f"{started}:00+00:00" if "T" in str(started) else started})
        )
    tuesday = datetime(2025, 7, 8, 6, 0, tzinfo=UTC)
    assert is_due(report, schedule.out, now=tuesday) == due
    assert odd_times(report, schedule.out, now=tuesday) == odd


def test_one_report_of_each_country_of_the_table(tmp_path):
    schedule = read_schedule(write_schedule(tmp_path, {"all": 'foreach = "country"', "one": ""}))
    names = [report.name for report in expand(schedule)]
    assert names == ["all-ben", "all-bfa", "all-mli", "all-ner", "all-tgo", "one"]
    assert [report.parameters["country"] for report in expand(schedule, only=["all-ner"])] == ["NER"]
    assert [report.name for report in expand(schedule, only=["one"])] == ["one"]
    with pytest.raises(ScheduleError, match="has no report 'al-ner'; did you mean all-ner"):
        expand(schedule, only=["al-ner"])


def test_countries_are_read_again_when_the_table_changes(tmp_path):
    table, cache = tmp_path / "t.csv", tmp_path / "state" / "countries.json"
    rows = resource("data/sahel/incidents.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text(rows[0] + "".join(row for row in rows[1:] if row.startswith("MLI")), encoding="utf-8")
    assert table_countries({"table": str(table)}, cache=cache) == ("MLI",)
    kept = json.loads(cache.read_text())
    kept[str(table)]["countries"] = ["XXX"]
    cache.write_text(json.dumps(kept))
    assert table_countries({"table": str(table)}, cache=cache) == ("XXX",)  # kept, not read
    table.write_text("".join(rows), encoding="utf-8")
    assert len(table_countries({"table": str(table)}, cache=cache)) == 5
    cache.write_text("{")
    assert len(table_countries({"table": str(table)}, cache=cache)) == 5


def test_countries_are_read_again_where_only_the_time_of_the_table_is_the_same(tmp_path, monkeypatch):
    """As of a copy that keeps its time, with one country for another of as many letters; or by another version."""
    table, cache = tmp_path / "t.csv", tmp_path / "countries.json"
    table.write_text("id,date,country\n1,2024-03-01,Mali\n", encoding="utf-8")
    told, held = {"table": str(table), "mapping": "id=id,date=date,country=country"}, table.stat()
    assert table_countries(told, cache=cache) == ("MLI",)
    time.sleep(0.03)  # clocks of file systems tick some hundred times a second
    table.write_text("id,date,country\n1,2024-03-01,Chad\n", encoding="utf-8")
    os.utime(table, ns=(held.st_atime_ns, held.st_mtime_ns))
    assert table_countries(told, cache=cache) == ("TCD",)
    cache.write_text(cache.read_text().replace("TCD", "XXX"))
    assert table_countries(told, cache=cache) == ("XXX",)
    monkeypatch.setattr("analysis.scheduling.schedule.__version__", "another")
    assert table_countries(told, cache=cache) == ("TCD",)


def test_nothing_is_kept_where_no_folder_of_reports_is(tmp_path):
    """A check made one, and a folder that was moved back came to lie inside it."""
    schedule = read_schedule(write_schedule(tmp_path, {"all": 'foreach = "country"'}, notebook="situation"))
    assert len(expand(schedule)) == 5
    assert not schedule.out.exists()
    schedule.out.mkdir()
    assert len(expand(schedule)) == 5
    assert (schedule.out / ".state" / "countries.json").is_file()


def test_countries_are_read_again_when_the_mapping_s_file_changes(tmp_path):
    table, mapping = tmp_path / "t.csv", tmp_path / "mapping.toml"
    table.write_text("day,seat,land\n2024-03-01,Mali,Niger\n2024-03-02,Mali,Chad\n", encoding="utf-8")
    mapping.write_text('date = "day"\ncountry = "seat"\n', encoding="utf-8")
    told, cache = {"table": str(table), "mapping": str(mapping)}, tmp_path / "countries.json"
    assert table_countries(told, cache=cache) == ("MLI",)
    mapping.write_text('date = "day"\ncountry = "land"\n', encoding="utf-8")
    assert table_countries(told, cache=cache) == ("NER", "TCD")


def test_countries_of_a_table_of_counts_and_of_one_that_is_read_in_its_own_way(tmp_path):
    counts = tmp_path / "counts.csv"
    rows = [f"{country},2024-{month:02d},{month}" for country in ("Mali", "Niger") for month in range(1, 7)]
    counts.write_text("\n".join(["country,month,events", *rows]) + "\n", encoding="utf-8")
    told = {"table": str(counts), "mapping": "date=month,country=country,count=events"}
    assert table_countries(told, cache=tmp_path / "a.json") == ("MLI", "NER")
    twofold = tmp_path / "days.csv"
    twofold.write_text("country,when\nMali,05/03/2024\nNiger,06/03/2024\n", encoding="utf-8")
    told = {"table": str(twofold), "mapping": "date=when,country=country"}
    with pytest.raises(TableError, match="can be read as day/month or month/day"):
        table_countries(told, cache=tmp_path / "b.json")
    assert table_countries(told | {"day_first": True}, cache=tmp_path / "b.json") == ("MLI", "NER")


def test_a_mapping_s_file_is_looked_for_beside_the_schedule(tmp_path):
    reports = {
        "a": 'parameters = { mapping = "columns.toml" }',
        "b": 'parameters = { mapping = "date=when,country=land" }',
    }
    a, b = read_schedule(write_schedule(tmp_path, reports, notebook="situation")).reports
    assert a.parameters["mapping"] == str(tmp_path / "columns.toml")
    assert b.parameters["mapping"] == "date=when,country=land"


def problems(schedule):
    return {report.name: report.problem for report in expand(schedule) if report.problem}


EACH = 'foreach = "country"\ntable = "t.csv"'
OF_EACH = {"schedule": "../schedule.toml", "entry": "each"}


def test_a_country_that_its_table_lists_no_more_cannot_be_made_and_is_told(tmp_path):
    """Only where the entry published on it, and does not name its countries by itself."""
    write_table(tmp_path / "t.csv", "MLI", "NER")
    schedule = read_schedule(write_schedule(tmp_path, {"each": EACH, "each-two": ""}))
    for country in ("MLI", "BEN"):
        write_published(schedule.out, f"each-{country.lower()}", parameters={"country": country}, **OF_EACH)
    write_published(schedule.out, "each-tgo", parameters={"country": "TGO"}, schedule="../schedule.toml", entry="all")
    write_published(schedule.out, "each-gha", parameters={"country": "GHA"}, schedule="", entry="")
    write_published(schedule.out, "each-tcd", parameters={"country": "TCD"})
    assert [report.name for report in expand(schedule)] == ["each-mli", "each-ner", "each-ben", "each-two"]
    assert problems(schedule) == {
        "each-ben": "BEN is in t.csv no more. each-ben stands as of 2025-07-01 and is not renewed. Mend the table; or,"
        " where it is to end, move the folder each-ben away."
    }
    assert ended(schedule, expand(schedule)) == ["each-tgo"]
    # One that names its countries, or whose table is read again, leaves none that is not made.
    write_schedule(tmp_path, {"each": f'{EACH}\ncountries = ["MLI"]', "each-two": ""})
    schedule = read_schedule(schedule.path)
    assert (problems(schedule), ended(schedule, expand(schedule))) == ({}, ["each-ben", "each-tgo"])
    write_table(tmp_path / "t.csv", "MLI", "BEN")
    schedule = read_schedule(write_schedule(tmp_path, {"each": EACH}))
    assert problems(schedule) == {}


def test_a_table_that_cannot_be_read_ends_none_of_its_reports(tmp_path):
    schedule = read_schedule(write_schedule(tmp_path, {"each": EACH}))
    write_published(schedule.out, "each-mli", parameters={"country": "MLI"}, **OF_EACH)
    assert list(problems(schedule)) == ["each"]
    assert ended(schedule, expand(schedule)) == []


def test_a_file_that_a_schedule_names_and_that_is_not_there_is_told_before_it_is_tried(tmp_path):
    write_table(tmp_path / "t.csv", "MLI", "BEN")
    entries = {"there": 'table = "t.csv"', "gone": 'table = "gone.csv"', "beside": 'table = "t.csv"\nclaims = "c.csv"'}
    entries |= {"each": EACH.replace("t.csv", "gone.csv") + '\ncountries = ["MLI"]'}
    entries |= {"kept": 'table = "t.csv"\nsnapshots = "t.csv"', "dir": 'table = "."'}
    entries |= {"mapped": 'table = "t.csv"\nparameters = { mapping = "m.toml" }'}
    entries |= {"slides": 'table = "t.csv"\nformats = ["html", "pptx"]\ntemplate = "s.pptx"'}
    entries |= {"own": 'table = "t.csv"\nnotebook = "n.ipynb"\nparameters = { mine = 3 }'}
    path = write_schedule(tmp_path, entries, notebook="situation")
    gone = f"{tmp_path}/{{}} cannot be read: No such file or directory."
    expected = {
        "gone": f"table {gone.format('gone.csv')}",
        "beside": f"claims {gone.format('c.csv')}",
        "each-mli": f"table {gone.format('gone.csv')}",
        "kept": f"snapshots {tmp_path}/t.csv cannot be read: it is no folder.",
        "dir": f"table {tmp_path} cannot be read: it is no file.",
        "mapped": f"mapping {gone.format('m.toml')}",
        "slides": f"template {gone.format('s.pptx')}",
        "own": "notebook 'n.ipynb' cannot be used: n.ipynb is no notebook that can be read: No such file or directory.",
    }
    due, _ = plan(read_schedule(path))
    assert {report.name: report.problem for report in due if report.problem} == expected
    well, line = check_schedule(path)
    assert not well
    assert f"{expected['gone'][:-1]}; {expected['beside'][:-1]};" in line


def test_the_failure_of_a_table_lies_apart_from_another_s_report_that_is_called_like_its_entry(tmp_path):
    schedule = read_schedule(write_schedule(tmp_path, {"each": EACH}))
    write_published(schedule.out, "each", schedule="", entry="")
    (report,) = expand(schedule)
    assert (report.taken, report.place(schedule.out).parent) == (True, schedule.out / ".state" / "refused")
    write_published(schedule.out, "each", schedule="../schedule.toml", entry="each")
    (report,) = expand(schedule)
    assert (report.taken, report.place(schedule.out)) == (False, schedule.out / "each")


OTHER = "b is the name of another report in {out}, published by {by}: {other}. Give this one another name, or move the"


@pytest.mark.parametrize(
    ("facts", "other"),
    [
        ({"parameters": {"country": "NER"}}, """country = "NER", here country = "MLI\""""),
        ({"parameters": {}}, """made without country = "MLI\""""),
        ({"parameters": {"country": "MLI", "attacker": "JNIM"}}, """attacker = "JNIM", which is not given here"""),
        ({"parameters": {"country": "MLI", "table": "/data/t.csv"}}, "table /data/t.csv, here embedded"),
        ({"parameters": {"country": "MLI"}, "notebook": "situation"}, "notebook situation, here small"),
        # The same report, whatever its day and its spelling.
        ({"parameters": {"country": "Mali", "as_of": "2024-01-01", "level": 0.9, "unit": "country"}}, ""),
    ],
)
def test_a_name_belongs_to_whoever_published_under_it(tmp_path, facts, other):
    """Its owner may publish something else; another schedule, or a schedule where somebody did by hand, may not."""
    report = 'selection = { country = "MLI" }'
    schedule = read_schedule(write_schedule(tmp_path, {"b": report}))
    first = tmp_path / "first.toml"
    first.write_text('[reports.b]\n[reports.c]\nforeach = "country"\n')
    for owner, by in (
        ({"schedule": "../first.toml", "entry": "b"}, first),
        ({"schedule": "", "entry": ""}, "somebody by hand"),
    ):
        write_published(schedule.out, "b", **facts, **owner)
        found = problems(schedule)
        assert list(found) == (["b"] if other else [])
        assert found.get("b", "").startswith(OTHER.format(out=schedule.out, by=by, other=other) if other else "")
        assert [report.taken for report in expand(schedule)] == [bool(other)]
    for owner in (
        {"schedule": "../schedule.toml", "entry": "was called otherwise"},
        {"schedule": "../gone.toml", "entry": "b"},
        {"schedule": "../first.toml", "entry": "gone"},
        {},
    ):
        write_published(schedule.out, "b", **facts, **owner)
        assert problems(schedule) == {}


def test_two_reports_never_share_a_name(tmp_path):
    reports = {"a": 'foreach = "country"\ncountries = ["MLI"]', "a-mli": ""}
    with pytest.raises(ScheduleError, match="more than one report would be called a-mli"):
        expand(read_schedule(write_schedule(tmp_path, reports)))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("memory_mb = 9999999999999999999999999", "batch.memory_mb: is 1e+25; at most 1,048,576"),
        ("timeout_minutes = nan", "batch.timeout_minutes: is nan; at least 0.01"),
        ("timeout_minutes = 10081", "at most 10,080"),
        ('out = "p\\u0000"', "cannot be the path of a file"),
        (f'out = "{"x" * 256}"', "cannot be the path of a file"),
    ],
)
def test_what_no_machine_has_is_refused(tmp_path, line, words):
    write_schedule(tmp_path, {"a": ""})
    said = refused(tmp_path, f'[batch]\n{line}\n[defaults]\nnotebook = "small.ipynb"\n[reports.a]\n')
    assert words in said[0]


def test_an_empty_value_may_undo_a_default(tmp_path):
    lines = 'claims = ""\nselection = { country = "", attacker = [] }'
    path = write_schedule(tmp_path, {"a": lines}, notebook="situation")
    defaults = 'claims = "c.csv"\nselection = { country = "MLI", attacker = "JNIM" }\n[reports."a"]'
    path.write_text(path.read_text().replace('[reports."a"]', defaults))
    chosen = read_schedule(path).reports[0].parameters
    assert (chosen["country"], chosen["attacker"], chosen.get("claims", "")) == ("", "", "")


def test_of_a_file_that_is_no_schedule_not_all_is_told(tmp_path):
    said = refused(tmp_path, "\n".join(f'"{number} {"ab " * 1000}" = 1' for number in range(99)))
    assert len(said) == 51
    assert said[-1] == "s.toml: 50 more problems."  # one of them that there is no report
    assert max(map(len, said)) < 200


def test_the_largest_that_is_taken(tmp_path):
    write_schedule(tmp_path, {"a": ""})
    path = tmp_path / "s.toml"
    text = f'[batch]\ntimeout_minutes = 10080\nout = "{"x" * 255}"\n[defaults]\nnotebook = "small.ipynb"\n[reports.a]\n'
    path.write_text(text)
    assert read_schedule(path).timeout_seconds == 10_080 * 60
