"""What changed since the last published report, by hand."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest

from analysis.language import used
from analysis.publishing.changes import (
    SECTION,
    Changes,
    changes_from,
    compare_reports,
    told,
    with_changes,
    write_changes,
)
from analysis.publishing.document import FACTS, Document, Section
from analysis.publishing.html import render_html
from analysis.version import __version__
from tests.french import ENGLISH

RUN = {"as_of": "2025-07-01", "selection": {"country": ["MLI"]}, "inputs": [{"file": "t.csv", "sha256": "a"}]}


def report(
    folder, *, as_of="2025-06-01", verdict="steady", alarms=(), counts=(), value=1.0, selection=RUN["selection"]
):
    """Write what a comparison reads."""
    (folder / "charts").mkdir(parents=True)
    rows = [
        {
            "name": "escalation_verdict",
            "unit": "MLI",
            "value": 0.0,
            "method": "rule",
            "label": verdict,
            "status": "computed",
        },
        {"name": "attacks", "unit": "MLI", "value": value, "status": "computed"},
    ]
    if verdict is None:
        rows[0] |= {"value": None, "status": "not_computed", "method": "rule"}
    (folder / "indicators.json").write_text(json.dumps({"indicators": rows}))
    units = [{"unit": unit, "alarm": unit in alarms} for unit in ("Gao", "Kidal", "Mopti")]
    (folder / "alerts.json").write_text(json.dumps({"units": units}))
    lines = "".join(f"MLI,{start},{complete},{count}\n" for start, complete, count in counts)
    (folder / "charts" / "timeline.csv").write_text("unit,period_start,complete,value\n" + lines)
    (folder / "manifest.json").write_text(json.dumps({"as_of": as_of, "inputs": RUN["inputs"], "selection": selection}))
    return folder


def test_nothing_was_published_before(tmp_path):
    changes = compare_reports([], report(tmp_path / "new"), run=RUN)
    assert changes.events == ("first",)
    assert told(changes) == ["Nothing was published before."]
    write_changes(changes, tmp_path)
    document = json.loads((tmp_path / "changes.json").read_text())
    assert (document["since"], document["reason"]) == (None, "nothing was published before")


@pytest.mark.parametrize("name", ["indicators.json", "alerts.json", "charts/timeline.csv"])
def test_with_a_report_whose_files_somebody_changed_nothing_is_compared(tmp_path, name):
    old, new = report(tmp_path / "2025-06-01", verdict="escalating", alarms=["Gao"]), report(tmp_path / "new")
    manifest = json.loads((old / "manifest.json").read_text())
    manifest["files"] = {name: sha256((old / name).read_bytes()).hexdigest()}
    (old / "manifest.json").write_text(json.dumps(manifest))
    assert compare_reports([old], new, run=RUN).events == ("verdict", "alert_ended")
    (old / name).write_text('{"indicators": 5}')
    changes = compare_reports([old], new, run=RUN)
    assert changes.events == ()
    assert "files of the last published report are not as they were published" in told(changes)[0]
    # It was published all the same, also where it is of this very day; one before it that is whole is compared with.
    assert compare_reports([old], new, run=RUN | {"as_of": "2025-06-01"}) == replace(changes, as_of="2025-06-01")
    before = report(tmp_path / "2025-05-01", verdict="escalating")
    changes = compare_reports([old, before], new, run=RUN)
    assert (changes.since, changes.events) == ("2025-05-01", ("verdict",))


@pytest.mark.parametrize("left", ['{"indicators": 5}', '{"indicators": [1]}', '{"units": {"a": 1}}', '{"units": [{}]}'])
def test_files_of_another_shape_stop_no_report(tmp_path, left):
    old, new = report(tmp_path / "2025-06-01"), report(tmp_path / "new")
    for name in ("indicators.json", "alerts.json", "changes.json"):
        (old / name).write_text(left)
    assert compare_reports([old], new, run=RUN).since == "2025-06-01"


def test_verdict_alerts_and_revised_history(tmp_path):
    # May was running in June's report: it is no history there. April went from 2 to 3; March is as it was.
    old = report(
        tmp_path / "2025-06-01",
        alarms=["Gao", "Kidal"],
        counts=[("2025-03-01", True, 4), ("2025-04-01", True, 2), ("2025-05-01", False, 1)],
    )
    new = report(
        tmp_path / "new", verdict="escalating", alarms=["Kidal", "Mopti"], value=2.0,
        counts=[("2025-03-01", True, 4), ("2025-04-01", True, 3), ("2025-05-01", True, 9)],
    )  # fmt: skip
    changes = compare_reports([old], new, run=RUN)
    assert (changes.verdict_before, changes.verdict_after) == ("steady", "escalating")
    assert (changes.alerts_new, changes.alerts_ended, changes.alerts_standing) == (("Mopti",), ("Gao",), ("Kidal",))
    assert changes.revised == ({"unit": "MLI", "period_start": "2025-04-01", "before": 2.0, "after": 3.0},)
    assert changes.moved == ({"name": "attacks", "unit": "MLI", "before": 1.0, "after": 2.0},)
    assert changes.events == ("verdict", "alert", "alert_ended", "history")
    said = " ".join(told(changes))
    for words in (
        "The verdict went from 'steady' to 'escalating'.", "Newly above the baseline: Mopti.",
        "No longer above the baseline: Gao.",
        "Still above the baseline: Kidal.", "Mali 2025-04-01 (2, now 3)", "as of 1 June 2025: 1 indicator moved",
    ):  # fmt: skip
        assert words in said
    named = told(replace(changes, alerts_new=("MLI", "NER/Gao", "XZA/Tavrin")))
    assert "Newly above the baseline: Mali, Gao (Niger) and Tavrin \N{EN DASH} Ardovia (made up)." in named
    write_changes(changes, tmp_path)
    assert json.loads((tmp_path / "changes.json").read_text())["alerts"] == {
        "new": ["Mopti"],
        "ended": ["Gao"],
        "standing": ["Kidal"],
        "doubted": [],
    }
    # One of those above now may rest on copies, and one that is not above any more.
    units = [
        {"unit": unit, "alarm": unit != "Gao", "may_be_copies": unit != "Kidal"} for unit in ("Gao", "Kidal", "Mopti")
    ]
    (new / "alerts.json").write_text(json.dumps({"units": units}))
    changes = compare_reports([old], new, run=RUN)
    assert changes.alerts_doubted == ("Mopti",)
    assert "Of those above, part of the attacks may be copies, being like another: Mopti." in told(changes)
    write_changes(changes, tmp_path)
    written = json.loads((tmp_path / "changes.json").read_text())
    assert changes_from(written, changes.as_of).alerts_doubted == ("Mopti",)


def test_the_same_again_has_no_event(tmp_path):
    counts = [("2025-04-01", True, 2)]
    changes = compare_reports(
        [report(tmp_path / "2025-06-01", counts=counts)], report(tmp_path / "new", counts=counts), run=RUN
    )
    assert changes.events == ()
    assert "No alert is new or ended, and no past period was revised." in told(changes)


def test_a_withheld_verdict_is_a_verdict(tmp_path):
    changes = compare_reports([report(tmp_path / "2025-06-01")], report(tmp_path / "new", verdict=None), run=RUN)
    assert changes.events == ("verdict",)
    assert "from 'steady' to 'cannot tell'" in told(changes)[0]


def test_another_selection_is_not_compared(tmp_path):
    old = report(tmp_path / "2025-06-01", alarms=["Gao"], selection={"country": ["NER"]})
    changes = compare_reports([old], report(tmp_path / "new"), run=RUN)
    assert changes.events == ()
    assert "has another selection" in told(changes)[0]


@pytest.mark.parametrize("broken", ["indicators.json", "alerts.json", "charts/timeline.csv", "manifest.json"])
def test_a_published_file_that_cannot_be_read_is_no_reason_to_fail(tmp_path, broken):
    old = report(tmp_path / "2025-06-01", counts=[("2025-04-01", True, 2)])
    (old / broken).write_text("\x00{")
    assert isinstance(compare_reports([old], report(tmp_path / "new"), run=RUN), Changes)


def test_the_section_stands_first_and_is_escaped():
    facts = dict.fromkeys(FACTS, "a") | {"as_of": "2025-07-01"}
    document = Document([Section(), Section("First", "first")], facts)
    assert with_changes(document, Changes("2025-07-01")) is document
    changed = with_changes(document, Changes("2025-07-01", since="2025-06-01", alerts_new=("<script>x</script>",)))
    assert [section.heading for section in changed.sections] == ["", "Since last time", "First"]
    assert changed.sections[1].id == SECTION
    page = render_html(changed, charts=None, made="")
    assert '<h2 id="since-last-time">Since last time</h2><ul><li>' in page
    assert "&lt;script&gt;" in page


def test_the_same_report_once_more_says_what_it_said(tmp_path):
    june = report(tmp_path / "2025-06-01", verdict="steady")
    first = report(tmp_path / "2025-07-01", as_of="2025-07-01", verdict="escalating", alarms=["Gao"])
    told_first = compare_reports([june], first, run=RUN)
    write_changes(told_first, first)
    again = report(tmp_path / "again", as_of="2025-07-01", verdict="escalating", alarms=["Gao"])
    assert compare_reports([first, june], again, run=RUN) == told_first
    assert told_first.since == "2025-06-01"
    # With slides in another template, or from an export in which nothing of it changed, it is the same report too.
    assert compare_reports([first, june], again, run=RUN | {"inputs": []}) == told_first
    more = report(tmp_path / "more", as_of="2025-07-01", verdict="escalating", alarms=["Gao", "Kidal"])
    assert compare_reports([first, june], more, run=RUN).alerts_new == ("Kidal",)
    # Without a past the second says that it has none, as the first did.
    write_changes(compare_reports([], first, run=RUN), first)
    assert compare_reports([first], again, run=RUN).events == ("first",)


def test_the_same_day_from_other_inputs_is_compared(tmp_path):
    first = report(tmp_path / "2025-07-01", as_of="2025-07-01", verdict="steady")
    other = report(tmp_path / "other", as_of="2025-07-01", verdict="escalating")
    changes = compare_reports([first], other, run=RUN | {"inputs": [{"file": "t.csv", "sha256": "b"}]})
    assert (changes.since, changes.events) == ("2025-07-01", ("verdict",))


@pytest.mark.parametrize(
    ("made", "given", "otherwise"),
    [
        ({}, {"window_days": 60}, ("window_days",)),
        ({"parameters": {"window_days": 60, "level": 0.9}}, {"level": 0.9}, ("window_days",)),
        ({"parameters": {"window_days": 30}}, {"country": "MLI", "table": "t.csv", "claims": "c.csv"}, ()),
        ({"parameters": {"mine": 1}}, {"mine": 1}, ()),
        ({"parameters": {"mapping": "/out/.a1/mapping.toml"}}, {"mapping": "/out/.b2/mapping.toml"}, ()),
        ({"versions": {"escalation": "0.0.1"}, "git_revision": "abc"}, {}, ("program",)),
        ({"versions": {"escalation": __version__}, "git_revision": "now"}, {}, ()),
        ({"git_revision": "abc"}, {}, ("program",)),
        ({"git_revision": None}, {}, ()),
    ],
)
def test_what_alone_may_change_results_is_said_of_a_report_made_otherwise(
    tmp_path, monkeypatch, made, given, otherwise
):
    """A new version changed the words of reports on the same table, and "the verdict is another" was told alone."""
    monkeypatch.setattr("analysis.publishing.changes.git_revision", lambda: ("now", ""))
    old = report(tmp_path / "2025-06-01")
    manifest = json.loads((old / "manifest.json").read_text())
    (old / "manifest.json").write_text(json.dumps(manifest | made))
    changes = compare_reports([old], report(tmp_path / "new", value=2.0), run=RUN, parameters=given)
    assert changes.made_otherwise == otherwise
    said = [one for one in told(changes) if "which alone may change results" in one]
    assert len(said) == len(otherwise)
    assert all(one.startswith("The report compared with was made ") for one in said)
    assert all("(window_days)" in one or "another version of this program" in one for one in said)
    write_changes(changes, tmp_path)
    assert changes_from(json.loads((tmp_path / "changes.json").read_text()), changes.as_of) == changes
    unmoved = compare_reports([old], report(tmp_path / "same"), run=RUN, parameters=given)
    assert not any("which alone" in one for one in told(unmoved))


def test_a_later_day_is_no_past(tmp_path):
    later = report(tmp_path / "2025-08-01", as_of="2025-08-01")
    earlier = report(tmp_path / "2025-05-01", as_of="2025-05-01")
    assert compare_reports([later, earlier], report(tmp_path / "new"), run=RUN).since == "2025-05-01"
    # A table lost its last four weeks: of its ninth report "first published" was told.
    changes = compare_reports([later], report(tmp_path / "newer"), run=RUN)
    assert changes.events == ()
    assert told(changes) == ["Not compared with the report as of 1 August 2025, because that one is as of a later day."]


def test_reports_of_two_days_are_compared_though_a_selection_holds_its_day(tmp_path):
    chosen = {"country": ["MLI"], "as_of": "2025-06-01"}
    old = report(tmp_path / "2025-06-01", verdict="steady", selection=chosen)
    new = report(tmp_path / "new", verdict="rising")
    run = RUN | {"selection": chosen | {"as_of": "2025-07-01"}}
    changes = compare_reports([old], new, run=run)
    assert (changes.reason, changes.events) == ("", ("verdict",))
    other = compare_reports([old], new, run=RUN | {"selection": {"country": ["NER"], "as_of": "2025-07-01"}})
    assert other.reason == "the last published report has another selection"


def test_what_changed_is_said_in_french():
    changed = Changes(
        "2025-07-01", since="2025-06-01", verdict_before="steady", verdict_after="rising", alerts_new=("Gao",),
        alerts_standing=("Kidal",),
        revised=({"unit": "MLI", "period_start": "2025-05-01", "before": 3.0, "after": 1234.5},),
        moved=({"name": "a", "unit": "MLI", "before": 1, "after": 2},), made_otherwise=("level", "program"),
    )  # fmt: skip
    first = Changes("2025-07-01")
    same = Changes("2025-07-01", since="2025-06-01", verdict_before="rising", verdict_after="rising")
    with used("fr"):
        said = told(changed) + told(first) + told(same)
        section = next(
            part
            for part in with_changes(Document([Section()], dict.fromkeys(FACTS, "")), changed).sections
            if part.id == SECTION
        )
    assert said[0] == "Le verdict est passé de «\u00a0stable\u00a0» à «\u00a0en hausse\u00a0»."
    assert said[1] == "Désormais au-dessus du niveau de référence\u00a0: Gao."
    assert any("1234,5" in one for one in said)
    assert any("le rapport du 1er juin 2025\u00a0: 1 indicateur a changé" in one for one in said)
    assert sum("ce qui peut suffire à changer des résultats" in one for one in said) == 2
    assert section.heading == "Depuis la dernière publication"
    assert [one for one in said if ENGLISH.search(one)] == []


def test_a_report_made_again_keeps_the_form_in_which_its_changes_were_written(tmp_path):
    """By its bytes it is known what was told: a later version of this program writes them otherwise."""
    old = report(tmp_path / "2025-07-01")
    verdict = {"before": "steady", "after": "rising"}
    older = {"since": {"as_of": "2025-06-01"}, "events": ["verdict"], "verdict": verdict}
    (old / "changes.json").write_text(json.dumps(older))
    manifest = {"as_of": "2025-07-01", "selection": RUN["selection"]}
    (old / "manifest.json").write_text(json.dumps(manifest))
    changes = compare_reports([old], new := report(tmp_path / "new"), run=RUN)
    write_changes(changes, new)
    assert (changes.since, changes.verdict_after) == ("2025-06-01", "rising")
    assert (new / "changes.json").read_bytes() == (old / "changes.json").read_bytes()
