"""Errors name a parameter as whoever asked gave it: an argument in Python, an option, or a key of a schedule."""

import re
from pathlib import Path

import pandas as pd
import pytest

from analysis.incidents import SelectionError, TableError, load_incidents, open_study, select_attacks
from analysis.incidents.errors import ParameterError
from analysis.incidents.given import typed
from analysis.incidents.parameters import defaults_of, parameters_of
from analysis.incidents.snapshots import compare_snapshots, load_snapshots
from analysis.incidents.terms import ARGUMENT, KEY, OPTION, current_terms, in_terms, placeholder, term
from analysis.measures.linking import read_definition
from analysis.reports.report import open_report
from analysis.resources import resource

SAHEL = {"country": "MLI", "attacker": "JNIM", "as_of": "2025-07-01"}
PLAIN = {"date": "when", "country": "land"}


def plain(**columns):
    return pd.DataFrame({"when": pd.date_range("2024-01-01", periods=9, freq="7D"), "land": "Mali"} | columns)


def counts(**columns):
    weeks = pd.date_range("2022-01-03", periods=60, freq="7D")
    return pd.DataFrame({"week": weeks, "land": "Mali", "n": range(60)} | columns)


def open_counts(**asked):
    return open_study(counts(), mapping={"date": "week", "country": "land"}, count="n", **asked)


def written(text):
    path = Path("table.csv")
    path.write_text(text, encoding="utf-8")
    return path


def without_roles():
    rows = load_incidents(resource("data/sahel/incidents.csv")).incidents
    return rows.assign(attacker=pd.Series(pd.NA, index=rows.index, dtype="str"))


def workbook(**sheets):
    path = Path("book.xlsx")
    with pd.ExcelWriter(path) as book:
        for name, frame in sheets.items():
            frame.to_excel(book, sheet_name=name, index=False)
    return path


# What is done, and the names of the parameters that its error speaks of.
REFUSED = {
    "a country that is not there": (lambda: open_study(country="Chad"), ["country"]),
    "an actor that is not there": (lambda: open_study(actor="JNMI"), ["actor"]),
    "an attacker that is not there": (lambda: open_study(attacker="JNMI"), ["attacker"]),
    "several names in one": (lambda: open_study(attacker="JNIM, ISSP"), ["attacker"]),
    "a target that is not there": (lambda: open_study(target="X"), ["target"]),
    "a type of target that is not there": (lambda: open_study(target_type="X"), ["target_type"]),
    "a first-order unit that is not there": (lambda: open_study(admin1="X"), ["admin1"]),
    "a type of event that is not there": (lambda: open_study(event_type="X"), ["event_type"]),
    "an empty selection": (
        lambda: open_study(country="Niger", attacker="JNIM", from_date="2025-06-30"),
        ["country", "attacker", "from_date", "as_of"],
    ),
    "a region that is not known": (lambda: open_study(region="x"), ["region"]),
    "a last day before the table": (lambda: open_study(as_of="1999-01-01"), ["as_of"]),
    "days in the wrong order": (lambda: open_study(from_date="2025-06-01", as_of="2025-05-01"), ["from_date", "as_of"]),
    "a last day that is none": (lambda: open_study(as_of="soon"), ["as_of"]),
    "a last day that could be two": (lambda: open_study(as_of="01/02/2025"), ["as_of"]),
    "a year in place of a day": (lambda: open_study(from_date="2024"), ["from_date"]),
    "a first day that is none": (lambda: open_study(from_date="soon"), ["from_date"]),
    "units that the table does not name": (
        lambda: open_study(plain(), mapping=PLAIN, unit="admin2"),
        ["unit"],
    ),
    "a definition that is none": (lambda: open_study(offensive="gap"), ["offensive"]),
    "a definition that nothing meets": (lambda: read_definition("sites=any,deaths=any"), ["offensive"]),
    "a window of no day": (lambda: open_study(window_days=0), ["window_days"]),
    "a baseline of no day": (lambda: open_study(baseline_days=0), ["baseline_days"]),
    "a level of 1": (lambda: open_study(level=1.0), ["level"]),
    "an unknown unit": (lambda: open_study(unit="x"), ["unit"]),
    "a window in words": (lambda: open_study(window_days="many"), ["window_days"]),
    "a window in words, typed": (
        lambda: typed({"window_days": "many"}, defaults_of(), whose="A study"),
        ["window_days"],
    ),
    "a window of no day, typed": (
        lambda: typed({"window_days": "0"}, defaults_of(), whose="A study"),
        ["window_days"],
    ),
    "parties of a table of counts": (lambda: open_counts(attacker="A"), ["attacker"]),
    "claims on a table of counts": (lambda: open_counts(claims="claims.csv"), ["claims"]),
    "units finer than the counts": (lambda: open_counts(unit="admin1"), ["unit"]),
    "no whole period": (
        lambda: open_counts(from_date="2022-02-01", as_of="2022-02-02"),
        ["from_date", "as_of"],
    ),
    "a count without a mapping": (lambda: load_incidents(counts(), count="n"), ["count", "mapping"]),
    "an unmapped column of counts": (
        lambda: load_incidents(counts(n=[k % 5 for k in range(60)]), mapping={"date": "week", "country": "land"}),
        ["count", "mapping"],
    ),
    "an unknown publisher": (lambda: load_incidents(plain()), ["mapping"]),
    "both orders of a date": (
        lambda: load_incidents(plain(), mapping=PLAIN, day_first=True, month_first=True),
        ["day_first", "month_first"],
    ),
    "twofold dates, strictly": (
        lambda: load_incidents(plain(when=[*plain()["when"].astype("str")[1:], "x"]), mapping=PLAIN, strict=True),
        ["strict"],
    ),
    "types that the table does not name": (
        lambda: open_study(plain(), mapping=PLAIN, event_type="Battles"),
        ["event_type", "mapping"],
    ),
    "no folder of exports": (
        lambda: load_snapshots("nowhere", table=load_incidents(plain(), mapping=PLAIN), countries=()),
        ["snapshots"],
    ),
    "a row that is no header": (lambda: load_incidents(written("1,2024-03-05,Mali\n2,2024-03-06,Mali\n")),
        ["header_row"]),
    "a header beyond the file": (lambda: load_incidents(written("a,b\n1,2\n"), header_row=9), ["header_row"]),
    "a row without names": (lambda: load_incidents(written(",,\n1,2,3\n"), header_row=1), ["header_row"]),
    "a sheet that is not there": (lambda: load_incidents(workbook(A=plain()), sheet="B"), ["sheet"]),
    "two sheets with tables": (lambda: load_incidents(workbook(A=plain(), B=plain())), ["sheet"]),
    "a publisher's table without a column": (
        lambda: load_incidents(pd.read_csv(resource("data/example/incidents.csv")).drop(columns=["actor1", "made_up"])),
        ["mapping"],
    ),
    "exports without ids": (lambda: compare_snapshots(*[load_incidents(plain(), mapping=PLAIN)] * 2), ["mapping"]),
    "a party that is nowhere said to attack": (
        lambda: select_attacks(without_roles(), attacker="JNIM"),
        ["attacker", "actor"],
    ),
    "how a loaded table is read": (
        lambda: open_study(load_incidents(plain(), mapping=PLAIN), day_first=True),
        ["day_first"],
    ),
    "a report on days that are not covered": (
        lambda: open_report(open_study(**SAHEL | {"as_of": "2026-01-01"}), output_dir="unused"),
        ["as_of", "coverage", "allow_uncovered"],
    ),
}  # fmt: skip


def flag_of(name):
    return next(one.flag for one in parameters_of() if one.name == name) or f"-p {name}="


def words_for(refused, terms):
    with in_terms(terms), pytest.raises((TableError, ParameterError)) as told:
        refused()
    return str(told.value)


@pytest.mark.parametrize("case", REFUSED)
def test_errors_speak_of_arguments_in_python_and_of_options_on_the_command_line(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused, names = REFUSED[case]
    said = words_for(refused, ARGUMENT)
    assert not re.search(r"(?<![\w-])--?[a-z]", said), said
    for name in names:
        assert f"{name}=" in said, said
    said = words_for(refused, OPTION)
    for name in names:
        assert flag_of(name) in said, said
        assert not re.search(rf"(?<![\w-]){name}=(?!many)", said) or flag_of(name).startswith("-p"), said
    said = words_for(refused, KEY)
    assert not re.search(r"(?<![\w-])--?[a-z]", said), said
    for name in names:
        assert re.search(rf"\b{name}\b", said), said


def test_no_message_writes_an_option_by_hand():
    """Options are named by `term` alone; what a terminal alone says is exempt."""
    import analysis

    root = Path(analysis.__file__).parent
    known = "|".join(re.escape(one.flag) for one in parameters_of() if one.flag)
    written = re.compile(rf"(?<![\w`-])({known})(?![\w-])")
    found = [
        f"{path.relative_to(root)}:{number}: {line.strip()}"
        for room in ("incidents", "measures", "reports", "figures", "statistics")
        for path in sorted((root / room).rglob("*.py"))
        if path.name not in ("parameters.py", "terms.py", "terminal.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if written.search(line) and "``" not in line
    ]
    assert not found


def test_a_term_in_each_way_of_asking():
    assert current_terms() == ARGUMENT
    assert term("as_of", "2025-07-01") == "as_of='2025-07-01'"
    assert term("actor", ("A",)) == "actor='A'"
    assert term("actor", ("A", "B")) == "actor=['A', 'B']"
    assert term("strict") == "strict=True"
    assert placeholder("header_row", "N") == "header_row=N"
    with in_terms(OPTION):
        assert term("actor", ("A, B", "C")) == "--actor 'A, B' --actor C"
        assert term("window_days", 60) == "--window 60"
        assert term("seed", 3) == "-p seed=3"
        assert term("strict") == "--strict"
        assert term("mapping", {"date": "the day", "country": "=MLI"}) == "--map 'date=the day,country==MLI'"
        assert placeholder("header_row", "N") == "--header-row N"
    with in_terms(KEY):
        assert term("actor", ("A", "B")) == 'actor = ["A", "B"]'
        assert term("window_days", 60) == "window_days = 60"
        assert term("strict") == "strict = true"
        assert placeholder("header_row", "N") == "header_row = N"
    assert current_terms() == ARGUMENT


def test_a_kernel_takes_the_terms_of_who_publishes(monkeypatch):
    monkeypatch.setenv("ESCALATION_TERMS", OPTION)
    assert term("as_of", "2025-07-01") == "--as-of 2025-07-01"


def test_a_suggested_mapping_can_be_pasted_in_python():
    with pytest.raises(TableError) as told:
        load_incidents(plain())
    pasted = re.search(r"mapping=(\{.*?\})", str(told.value))[1]
    assert pasted == "{'date': 'when', 'country': 'land'}"
    assert len(load_incidents(plain(), mapping=PLAIN).incidents) == 9


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"window_days": "60"}, "window_days='60': expected a whole number"),
        ({"window_days": True}, "window_days=True: expected a whole number"),
        ({"window_days": 30.5}, "window_days=30.5: expected a whole number"),
        ({"level": "0.9"}, "level='0.9': expected a number"),
        ({"strict": "yes"}, "strict='yes': expected True or False"),
        ({"as_of": 2025}, "as_of=2025: expected a day"),
        ({"as_of": pd.NaT}, "as_of=NaT: expected a day"),
        ({"country": 5}, "country=5: expected a name, or a list of names"),
        ({"country": {"MLI": 1}}, "expected a name, or a list of names"),
        ({"claims": 5}, "claims=5: expected a path"),
        ({"mapping": ["date"]}, "expected text, a dict, or the path of a TOML file"),
        ({"sheet": 3}, "sheet=3: expected text"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_at_the_door(given, words):
    with pytest.raises(SelectionError, match=re.escape(words)):
        open_study(**given)


def test_numbers_of_numpy_are_numbers():
    import numpy as np

    assert open_study(**SAHEL, window_days=np.int64(60), level=np.float64(0.9)).settings.window_days == 60
    assert open_study(**SAHEL, level=np.float64(0.9)).settings.level == 0.9
