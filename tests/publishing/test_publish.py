"""A report folder appears whole or not at all, and the same inputs give the same bytes."""

import csv
import errno
import json
import os
import re
import zlib
from contextlib import suppress
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from pptx import Presentation
from pptx.util import Inches

from analysis.incidents import TableError
from analysis.incidents.errors import ParameterError
from analysis.publishing import folders, naming, publish
from analysis.publishing.errors import LockedError, NotebookError, StorageError
from analysis.publishing.manifest import finding_of
from analysis.publishing.naming import default_name
from analysis.publishing.publish import publish_report
from analysis.reports.blocks import MIME, SILENT
from analysis.resources import resource
from tests.publishing.test_pdf import unpacked
from tests.publishing.test_slides import ministry, native

WHOLE = {"headline_count": 3, "n_simulations": 2000}  # of the embedded table


@pytest.fixture(scope="module")
def situation(tmp_path_factory) -> Path:
    """Return the folder of a situation report on the embedded table: page, PDF, and slides by a template."""
    out = tmp_path_factory.mktemp("published")
    template = ministry(out.parent / "ministry.pptx", kind="narrow")
    return publish_report(WHOLE, out=out, formats=("html", "pdf", "pptx"), template=template).folder


def published(out):
    return sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if not path.name.startswith("."))


def test_a_small_notebook_is_published_whole(notebook, tmp_path):
    out = tmp_path / "out"
    made = publish_report({"text": "A title"}, out=out, notebook=notebook)
    assert made.folder == out / "small" / "2025-07-01"
    assert (out / "small" / "latest").resolve() == made.folder
    assert {path.name for path in made.folder.iterdir()} == {
        "report.html", "report.pdf", "notebook.ipynb", "charts", "indicators.json", "indicators.csv",
        "incident_sets.csv",
        "manifest.json", "changes.json", "run.json",
    }  # fmt: skip
    assert {path.name for path in (made.folder / "charts").iterdir()} == {"line.png", "line.svg", "line.csv"}
    index = (out / "index.html").read_text()
    assert "small/2025-07-01/report.html" in index
    assert "A finding with &lt;angles&gt; &amp; signs" in index
    assert json.loads((made.folder / "indicators.json").read_text())["indicators"][0]["value"] is None
    assert str(tmp_path) not in (made.folder / "notebook.ipynb").read_text()
    first = made.folder.stat().st_ino
    with pytest.raises(NotebookError):
        publish_report({"fail": "fault"}, out=out, notebook=notebook)
    assert (out / "small" / "failed").exists()
    again = publish_report({"text": "Another"}, out=out, notebook=notebook)
    assert not (out / "small" / "failed").exists()
    assert again.folder == made.folder
    assert again.folder.stat().st_ino != first
    assert [path for path in out.iterdir() if path.name.startswith(".escalation-making")] == []


@pytest.mark.parametrize(
    ("fail", "error", "words"),
    [
        ("table", TableError, "^rows.csv: 3 of 9 rows are wrong$"),
        ("fault", NotebookError, "ZeroDivisionError"),
        ("chart", NotebookError, "ZeroDivisionError"),
        (
            "chart beside",
            NotebookError,
            "Chart 'bad' could not be drawn: ValueError: plot_rolling: the table lacks day",
        ),
        ("chart not sent", NotebookError, "A chart cannot be drawn from Study by another process"),
        ("chart not drawn", NotebookError, "Chart 'gone' is shown, but was not drawn: there is no gone.svg"),
        ("unknown block", NotebookError, r"small\.ipynb, cell [56], shows a block of the unknown kind 'sya'"),
        ("killed", NotebookError, "did not run"),
        ("warning", NotebookError, "something is off"),
    ],
)
def test_nothing_is_published_when_a_notebook_fails(notebook, publish_quickly, tmp_path, fail, error, words):
    out = tmp_path / "out"
    with pytest.raises(error, match=words):
        publish_quickly({"fail": fail}, out=out, notebook=notebook)
    kept = (
        []
        if error is TableError
        else ["index.html", "small", *(f"small/failed{file}" for file in ("", "/failure.json", "/notebook.ipynb"))]
    )
    assert published(out) == kept
    if kept:
        executed = (out / "small" / "failed" / "notebook.ipynb").read_text(encoding="utf-8")
        told = json.loads((out / "small" / "failed" / "failure.json").read_text(encoding="utf-8"))["error"]
        assert re.search(words, told)
        assert fail == "killed" or re.search(words, executed.replace("\\n", " "))
        assert str(tmp_path) not in executed


def test_a_notebook_without_a_block_is_not_published(notebook, publish_quickly, tmp_path):
    made = nbformat.read(notebook, as_version=4)
    made.cells[2].source = "print(text, count, share, flag, output_dir)"
    made.cells[4].source = "print(fail)"
    nbformat.write(made, notebook)
    with pytest.raises(
        NotebookError, match=r"small\.ipynb shows no block, so there is nothing to publish: show what it says with"
    ):
        publish_quickly({}, out=tmp_path / "out", notebook=notebook)
    assert not list((tmp_path / "out").rglob("report.html"))


def test_the_published_notebook_holds_its_blocks_and_its_charts(situation):
    notebook = nbformat.read(situation / "notebook.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    blocks = [output.data[MIME] for output in outputs]
    assert not {block["kind"] for block in blocks} & set(SILENT)
    charts = [output.data["text/html"] for output in outputs if output.data[MIME]["kind"] == "chart"]
    assert len(charts) == len(list((situation / "charts").glob("*.svg")))
    assert all('src="data:image/svg+xml;base64,' in html for html in charts)


def test_time_runs_out(notebook, publish_quickly, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(NotebookError, match="took longer than 3 seconds"):
        publish_quickly({"fail": "slow"}, out=out, notebook=notebook, timeout_seconds=3)
    assert not list(out.rglob("report.html"))


def test_one_run_at_a_time(notebook, tmp_path):
    with folders._lock(tmp_path), pytest.raises(LockedError, match="Another run is publishing"):
        publish_report({}, out=tmp_path, notebook=notebook)


def test_names_are_made_of_words():
    assert default_name("situation", {"table": "", "country": "MLI", "attacker": "JNIM"}) == "situation"
    assert default_name("situation", {"table": "/x/GED_v1.csv", "country": "Myanmar"}) == "situation-ged_v1-myanmar"
    assert default_name("situation", {"table": "x", "country": "NER", "attacker": ""}) == "situation-x-ner"
    assert default_name("situation", {"table": "x", "country": "NER", "language": "en"}) == "situation-x-ner"
    assert default_name("situation", {"table": "x.csv", "count": "none"}) == "situation-x"
    assert default_name("situation", {"table": "x", "country": "NER", "window_days": 30}) == "situation-x-ner"
    assert default_name("situation", {"table": "x", "window_days": 60}) == "situation-x-window_days-60"
    assert default_name("situation", {"table": "x", "country": "NER", "language": "fr"}) == "situation-fr-x-ner"
    assert (
        default_name("situation", {"table": "a.csv.gz", "country": "MLI", "target": "JNIM"})
        == "situation-a-mli-target-jnim"
    )


SELECTIONS = [
    {"table": "a.csv"}, {"table": "ged.2024.csv"}, {"table": "ged.2025.csv"}, {"table": "ged-2024.csv"},
    {"table": "ged_2024.csv"},
    {"table": "a_mli.csv"}, {"table": "a-mli.csv"}, {"table": "a.csv", "country": "MLI"},
    {"table": "a.csv", "country": "Mali"},
    {"table": "a.csv", "attacker": "MLI"}, {"table": "a.csv", "attacker": "Mali"},
    {"table": "a.csv", "attacker": "JNIM"},
    {"table": "a.csv", "target": "JNIM"}, {"table": "a.csv", "actor": "JNIM"},
    {"table": "a.csv", "country": "MLI", "attacker": "JNIM"},
    {"table": "a.csv", "country": "MLI", "target": "JNIM"}, {"table": "a.csv", "attacker": "A B"},
    {"table": "a.csv", "attacker": "A-B"},
    {"table": "a.csv", "attacker": '["A", "B"]'}, {"table": "a.csv", "attacker": "A, B"},
    {"table": "a.csv", "attacker": "Бригада"},
    {"table": "a.csv", "attacker": "Фронт"}, {"table": "a.csv", "attacker": "جبهة"}, {"table": "таблица.csv"},
    {"table": "表.csv"},
    {"table": "a.csv", "attacker": "Sahél"}, {"table": "a.csv", "attacker": "Sahel"},
    {"table": "a.csv", "from_date": "2024-01-01"},
    {"table": "a.csv", "unit": "admin1"}, {"table": "a.csv", "attacker": "x" * 200},
    {"table": "a.csv", "attacker": "x" * 201},
    {"table": "a.csv", "target_type": "civilians"}, {"table": "a.csv", "target": "civilians"},
    {"table": "a.csv", "attacker": "=?/"}, {"table": "a.xlsx", "sheet": "North"}, {"table": "a.csv", "count": "deaths"},
    {"table": "", "country": "MLI"}, {"table": "mli.csv"}, {"table": "", "country": "MLI", "attacker": "JNIM"},
    {"table": "", "country": "MLI", "attacker": "JNIM", "language": "fr"}, {"table": "fr.csv"},
    {"table": "mli.csv", "language": "fr"}, {"table": "fr.csv", "country": "MLI"},
]  # fmt: skip


def test_no_two_selections_share_a_name_and_each_can_be_a_folder():
    names = [default_name("situation", selection) for selection in SELECTIONS]
    assert len({name.casefold() for name in names}) == len(SELECTIONS)
    assert [naming.checked_name(name) for name in names] == names
    assert default_name("situation", {"table": "a.csv", "attacker": "A b"}) == default_name(
        "situation", {"table": "/b/a.CSV", "attacker": "a B"}
    )


@pytest.mark.parametrize("name", ["index.html", "Index.HTML", "latest", "Failed", ".x", "a/b", "", "a" * 121])
def test_names_that_cannot_be_a_reports(name):
    with pytest.raises(ParameterError, match="cannot be a report's name"):
        naming.checked_name(name)


# --- what others leave in the folder ------------------------------------------------------------------------------


def foreign(out, name):
    """Leave, among the reports, what other people and programs leave there; return what may not change."""
    reports = out / name
    kept = {
        reports / "latest" / "mine.txt": "mine", reports / "reviewed-copy" / "manifest.json": json.dumps({"name": name,
            "as_of": "2025-07-01"}),
        reports / "2024-01-01" / "manifest.json": json.dumps({"name": "webapp", "short_name": "w"}),
        reports / "2024-02-01" / "notes.txt": "x",
        reports / "2024-03-01" / "manifest.json": "[1]", reports / "2024-04-01" / "manifest.json": "{" * 5000,
        reports / ".git" / "manifest.json": "{}",
        out / ".cache" / "x" / "manifest.json": "{}",
        out / "backup" / "2025-07-01" / "manifest.json": json.dumps({"name": name, "as_of": "2025-07-01"}),
        out / "index.html" / "a.txt": "a", out / "readme.txt": "r", reports / ".latest-1" / "a": "a",
        out / ".making-notes" / "a": "a", reports / ".making-1" / "a": "a", reports / ".latest-notes": "a",
        reports / ".aside-2025-07-01" / "a": "a", out / ".state" / ".making-a": "a",
        reports / "failed" / "a.txt": "mine",
    }  # fmt: skip
    for path, content in kept.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return kept


def test_foreign_entries_stop_nothing_are_told_and_stay(notebook, tmp_path):
    out = tmp_path / "out"
    kept = foreign(out, "small")
    said = []
    for keep in (None, 1):
        with folders.open_folder(out) as folder:
            folders.tell_odd(folder, said.append)
            made = publish.make_report(
                {"text": "A"}, out=folder, name="small", notebook=notebook, keep=keep, formats=("html",)
            )
            folders.write_index(folder)
        assert made.folder.name == "2025-07-01"
        assert (made.folder / "report.html").exists()
        assert folders.published_folders(out / "small") == [made.folder.resolve()]
    publish.leave_failure(out / "small", NotebookError("failed"), executed=out / "none", when="2025-07-01")
    assert {path: path.read_text() for path in kept} == kept
    assert said[0].startswith(
        "passed over, as no report of this program: index.html, backup/2025-07-01, small/2024-01-01"
    )
    assert folders.odd_entries(out) == [
        "index.html", "backup/2025-07-01", "small/2024-01-01", "small/2024-02-01", "small/2024-03-01",
        "small/2024-04-01",
        "small/failed", "small/latest", "small/reviewed-copy",
    ]  # fmt: skip


def test_a_folder_of_somebody_else_is_not_replaced(notebook, tmp_path):
    theirs = tmp_path / "out" / "small" / "2025-07-01" / "mine.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine")
    words = "is no report of this program, or one with a damaged manifest"
    with folders.open_folder(tmp_path / "out") as out, pytest.raises(StorageError, match=words):
        publish.make_report({}, out=out, name="small", notebook=notebook, keep_failure=(Exception,))
    assert words in folders.read_failure(tmp_path / "out" / "small")["error"]
    assert theirs.read_text() == "mine"


def test_a_file_where_a_folder_is_needed_is_told(notebook, tmp_path):
    (tmp_path / "small").write_text("a file")
    with pytest.raises(StorageError, match=r"small cannot be written: a file stands where a folder is needed"):
        publish_report({}, out=tmp_path, notebook=notebook)


@pytest.mark.parametrize(("called", "words"), [(".lock", "a folder stands where"), (".state", "a file stands where")])
def test_what_stands_where_a_run_keeps_its_own_is_named(tmp_path, called, words):
    (tmp_path / called).mkdir() if called == ".lock" else (tmp_path / called).touch()
    expected = pytest.raises(StorageError, match=rf"{re.escape(called)} cannot be written: {words}")
    with expected, folders.told_plainly(tmp_path), folders.open_folder(tmp_path) as out:
        folders.write_whole(out / ".state" / "run.json", "{}")


def published_by_hand(reports, *days, started="2025-01-01T00:00:00+00:00"):
    for day in days:
        (reports / day).mkdir(parents=True)
        (reports / day / "manifest.json").write_text(
            json.dumps({"name": reports.name, "as_of": day, "started": started})
        )


@pytest.mark.parametrize(
    ("new", "keep", "left"),
    [
        ("2025-04-01", 2, ["2025-04-01", "2025-03-01"]),
        ("2025-01-15", 2, ["2025-03-01", "2025-01-15"]),  # older than all that would be kept
        ("2025-01-15", 1, ["2025-01-15"]),
        ("2025-02-01", 3, ["2025-03-01", "2025-02-01", "2025-01-01"]),
        ("2025-02-01", None, ["2025-03-01", "2025-02-01", "2025-01-01"]),
    ],
)
def test_keep_never_removes_what_was_just_published(tmp_path, new, keep, left):
    reports = tmp_path / "small"
    published_by_hand(reports, "2025-01-01", "2025-02-01", "2025-03-01")
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"name": "small", "as_of": new}))
    folders.put_in_place(folder, tmp_path, name="small", as_of=new, keep=keep)
    assert [path.name for path in folders.published_folders(reports)] == left
    assert os.readlink(reports / "latest") == left[0]


def test_two_runs_share_every_byte_but_the_times_of_the_run(notebook, publish_quickly, tmp_path):
    """Also where one kernel began afresh, and others were forked as a batch's are. A template that stood among the
    inputs of the first alone had the second compared with itself."""
    contents, template = [], ministry(tmp_path / "ministry.pptx", kind="narrow")
    for number, publishing in ((1, publish_report), (2, publish_quickly), (2, publish_quickly)):
        made = publishing(
            {"text": "A"}, out=tmp_path / f"out{number}", notebook=notebook, formats=("html", "pdf", "pptx"),
            template=template,
        )  # fmt: skip
        contents.append(
            {
                path.relative_to(made.folder).as_posix(): path.read_bytes()
                for path in made.folder.rglob("*")
                if path.is_file()
            }
        )
    for other in contents[1:]:
        assert other.keys() == contents[0].keys()
        assert {name for name in other if other[name] != contents[0][name]} <= {"run.json"}
    times = json.loads(contents[0]["run.json"])
    assert times["started"] <= times["finished"]


class Page(HTMLParser):
    """Collects what a reader or a browser would meet."""

    def __init__(self, markup):
        super().__init__()
        self.tags, self.images, self.references, self.anchors, self.ids, self.language = [], [], [], [], set(), ""
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        self.ids.add(attrs.get("id"))
        self.language = attrs.get("lang", self.language)
        if tag == "img":
            self.images.append(attrs)
        if tag == "a" and attrs.get("href", "").startswith("#"):
            self.anchors.append(attrs["href"][1:])
        self.references += [attrs[key] for key in ("src", "href") if key in attrs]


@pytest.fixture(scope="module")
def page(situation):
    return Page((situation / "report.html").read_text(encoding="utf-8"))


def test_the_page_is_self_contained(situation, page):
    assert "script" not in page.tags
    assert "link" not in page.tags
    beside = [reference for reference in page.references if not reference.startswith(("data:", "#"))]
    assert beside
    assert all((situation / name).is_file() and name.startswith("charts/") for name in beside)
    style = resource("").joinpath("analysis/publishing/templates/style.css").read_text()
    assert "url(" not in style


def test_the_page_can_be_read_by_everyone(page):
    assert page.language == "en"
    assert page.tags.count("h1") == 1
    assert page.tags.count("h2") >= 6
    assert len(page.images) >= 5
    assert all(len(image.get("alt", "")) > 40 for image in page.images)
    assert page.anchors
    assert set(page.anchors) <= page.ids


def test_a_verdict_that_stands_alone_says_how_sure_it_is(situation):
    """In the manifest, from which the terminal, messages and the page of reports have it, as on the page itself."""
    manifest = json.loads((situation / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["confidence"].startswith("Confidence is low: the record held 14 % to 36 %")
    assert finding_of(manifest) == f"{manifest['finding']} {manifest['confidence']}"
    page = (situation / "report.html").read_text(encoding="utf-8")
    assert manifest["confidence"] in page.replace("\N{NO-BREAK SPACE}", " ")


def test_no_code_reaches_the_page(situation):
    text = (situation / "report.html").read_text(encoding="utf-8")
    assert "open_study" not in text
    assert "import " not in re.sub(r"<style>.*?</style>", "", text, flags=re.S)
    assert "Traceback" not in text


def test_the_first_screen_answers_first(situation):
    text = (situation / "report.html").read_text(encoding="utf-8")
    marks = ('class="finding"', 'class="cards"', 'id="chart-brief_timeline"', 'id="chart-brief_where"', 'id="annex"')
    order = [text.index(mark) for mark in marks]
    assert order == sorted(order)
    brief, annex = text[: order[-1]], text[order[-1] :]
    assert 4 <= brief.count('<div class="card') <= 6
    assert "<h3" not in brief
    assert "<h2" not in annex.removeprefix('id="annex"')
    assert 'id="chart-timeline"' in annex
    assert len(text) < 1_500_000


def page_of(content, bookmark):
    """Return the number of the PDF's page that a bookmark leads to."""
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, flags=re.S):
        with suppress(zlib.error):
            content += b"\n" + zlib.decompress(stream)
    place = re.search(rb"/Title\(" + bookmark + rb"\)/Dest (\d+) 0 R", content)[1]
    page = re.search(rb"\n" + place + rb" 0 obj\s*\[(\d+) 0 R", content)[1]
    pages = re.findall(rb"(\d+) 0 R", re.search(rb"/Kids\[([^\]]*)\]", content)[1])
    return pages.index(page) + 1


def test_the_brief_is_two_pages_and_the_annex_begins_the_third(situation):
    content = (situation / "report.pdf").read_bytes()
    assert page_of(content, b"Timeline") == 1
    assert [page_of(content, name) for name in (b"Where", b"Who", b"What stands out", b"How far to trust this")] == [
        2
    ] * 4
    assert page_of(content, b"Annex") == 3


def test_the_report_refuses_a_trend_and_says_why(situation):
    text = (situation / "report.html").read_text(encoding="utf-8")
    assert "completeness varies between 14\xa0% and 36\xa0%" in text
    assert not (situation / "charts" / "trend.csv").exists()


def test_the_pdf_is_tagged_and_titled(situation):
    content = unpacked((situation / "report.pdf").read_bytes())
    assert content.startswith(b"%PDF")
    for mark in (b"/StructTreeRoot", b"/MarkInfo", b"/Lang", b"/Title", b"/Alt"):
        assert mark in content
    assert content.count(b"/Alt") >= len(list((situation / "charts").glob("*.svg")))
    assert b"/Subtype/Image" not in content


def test_a_report_that_is_asked_for_slides_has_them(situation):
    assert '/briefing.pptx">slides</a>' in (situation.parents[1] / "index.html").read_text()
    assert '"role": "template"' in (situation / "manifest.json").read_text()
    deck = Presentation(situation / "briefing.pptx")
    assert deck.slide_width == Inches(10)
    with (situation / "charts" / "brief_timeline.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert list(native(deck).chart.plots[0].series[0].values) == [float(row["value"]) for row in rows]


def test_indicators_have_the_promised_form(situation):
    document = json.loads((situation / "indicators.json").read_text(encoding="utf-8"))
    assert list(document) == ["schema", "as_of", "selection", "indicators"]
    assert (document["schema"], document["as_of"]) == (1, "2025-07-01")
    expected = [
        "name",
        "question",
        "unit",
        "period_start",
        "period_end",
        "value",
        "low",
        "high",
        "level",
        "measure_unit",
        "method",
        "reference",
        "baseline_start",
        "baseline_end",
        "n_incidents",
        "incident_ids",
        "status",
        "reason",
        "label",
        "detail",
    ]
    for row in document["indicators"]:
        assert list(row) == expected
        assert row["status"] in ("computed", "not_computed")
        assert (row["value"] is None) == (row["status"] == "not_computed")
        assert bool(row["reason"]) == (row["status"] == "not_computed")


def test_the_manifest_vouches_for_every_file(situation):
    manifest = json.loads((situation / "manifest.json").read_text(encoding="utf-8"))
    on_disk = {path.relative_to(situation).as_posix() for path in situation.rglob("*") if path.is_file()}
    assert set(manifest["files"]) == on_disk - {"manifest.json", "run.json"}
    for name, digest in manifest["files"].items():
        assert sha256((situation / name).read_bytes()).hexdigest() == digest
    table = next(item for item in manifest["inputs"] if item["role"] == "incidents")
    assert table["rows"] == 120
    assert table["sha256"] == sha256(resource("data/sahel/incidents.csv").read_bytes()).hexdigest()
    assert {item["role"] for item in manifest["inputs"]} >= {"incidents", "claims", "reference"}
    assert manifest["seed"] == 20250701
    assert manifest["parameters"] == {"headline_count": 3, "n_simulations": 2000}
    assert "pandas" in manifest["versions"]


def test_same_inputs_same_bytes(situation, publish_quickly, tmp_path):
    again = publish_quickly(WHOLE, out=tmp_path, formats=("html",)).folder
    assert not (again / "report.pdf").exists()
    for path in sorted(situation.rglob("*")):
        if path.suffix in (".png", ".svg", ".csv") or path.name == "indicators.json":
            assert (again / path.relative_to(situation)).read_bytes() == path.read_bytes(), path.name


def test_every_chart_has_its_numbers(situation):
    charts = situation / "charts"
    names = {path.stem for path in charts.glob("*.png")}
    assert names >= {"timeline", "tempo", "unusualness", "definition_grid", "completeness"}
    assert {path.stem for path in charts.glob("*.svg")} == names
    assert {path.stem for path in charts.glob("*.csv")} == names


def test_a_failure_whose_notebook_ends_in_the_middle_is_kept_without_it(tmp_path):
    executed = tmp_path / "notebook.ipynb"
    executed.write_text('{"cells": [', encoding="utf-8")
    publish.leave_failure(tmp_path / "small", StorageError("full"), executed=executed, when="2025-07-01")
    assert [path.name for path in (tmp_path / "small" / "failed").iterdir()] == ["failure.json"]
    assert [path.name for path in (tmp_path / "small").iterdir()] == ["failed"]


def test_a_failure_that_names_the_folder_worked_in_stays_the_same_failure(tmp_path):
    for scratch, when in (("a1", "2025-07-01"), ("b2", "2025-07-02")):
        executed = tmp_path / f".escalation-making-small-{scratch}" / "report" / "notebook.ipynb"
        error = NotebookError(f"No such file: '{executed.parent}/rows.csv', <file object at 0x7f{scratch}>")
        publish.leave_failure(tmp_path / "small", error, executed=executed, when=when)
    failure = folders.read_failure(tmp_path / "small")
    assert (failure["since"], failure["when"]) == ("2025-07-01", "2025-07-02")
    assert failure["error"] == "No such file: 'rows.csv', <file object>"


def test_a_folder_whose_links_lead_in_a_circle_or_whose_name_is_no_text_is_told(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    for out, told in (
        (tmp_path / "a" / "out", "a circle of links"),
        (tmp_path / os.fsdecode(b"o\xff"), "is not text in UTF-8"),
    ):
        with pytest.raises(StorageError, match=told):
            publish_report({}, out=out)


def test_a_failure_is_the_same_at_each_try_whatever_its_folder_is_called(tmp_path):
    for name, when in (("x7f_", "1"), ("81ab", "2")):
        place = tmp_path / f".escalation-making-a-{name}"
        error = OSError(errno.EMFILE, "Too many open files", str(place / "narrow"), None, str(place / "report"))
        publish.leave_failure(tmp_path / "a", error, executed=place / "report" / "notebook.ipynb", when=when)
    kept = folders.read_failure(tmp_path / "a")
    assert (kept["since"], kept["when"]) == ("1", "2")
    assert "Too many open files" in kept["error"]
