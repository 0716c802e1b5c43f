"""Nothing that a table says is run, fetched, obeyed or lost: by a browser, a spreadsheet, a terminal, a notebook or the
file system."""

import ast
import csv
import http.server
import json
import random
import shutil
import subprocess
import threading
import zipfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.cli import cli
from analysis.incidents.errors import ParameterError
from analysis.publishing import publish
from analysis.publishing.defuse import defuse_csv, is_formula, visible
from analysis.publishing.document import checked_facts
from analysis.publishing.errors import NotebookError
from analysis.publishing.folders import write_index
from analysis.publishing.naming import checked_name
from analysis.publishing.publish import publish_report
from analysis.resources import resource

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
RAN = "document.documentElement.dataset.ran=1"
HOST = "hostile.example"
NAMES = [
    f"<script>{RAN}</script>", f"<img src=x onerror={RAN}>", f'"><svg onload={RAN}>',
    f"</style></title><script>{RAN}</script>",
    f"<img src=http://{HOST}/image>", f"<link rel=stylesheet href=http://{HOST}/style>",
    f"<iframe src=http://{HOST}/frame></iframe>",
    f"![x](http://{HOST}/markdown)", f"[x](javascript:{RAN})",
    f"<meta http-equiv=refresh content=0;url=http://{HOST}/meta>",
    "=cmd|' /C calc'!A0", "@SUM(1+1)", "+1+cmd", "-2+3", "\t=1+1", "\u202eevil\u2066", "\x1b[2J\x1b]0;title\x07",
    "{{ 7*7 }}{% raw %}",
    "$\\frac{1}{$", "%s%n{0}", "../../../etc/passwd", "'''\"\"\"\\", "&lt;b&gt;", "\ufeff\u200bzero",
    "\U000e0041tag\xad",
]  # fmt: skip
# Shows every text of the study's rows in each way that a page has.
BODY = f"""
from analysis import open_study
from analysis.reports.page import KeyFigure, open_page
import pandas as pd
from matplotlib import pyplot as plt
from analysis.figures.theme import safe_text
page = open_page(output_dir=output_dir)
study = open_study(table, as_of="2025-07-01")
texts = [text for column in study.attacks.select_dtypes("str") for text in study.attacks[column].dropna().unique()]
names = sorted(set({NAMES!r}))
assert len(set(texts) & set(names)) > 10
page.say(", ".join(study.attacks["incident_id"]))
page.title(" ".join(names), names[0])
page.finding(" ".join(names), names)
page.key_figures([KeyFigure(name, name, name, name) for name in names])
page.say(*names)
page.table(pd.DataFrame({{"name": names, "number": range(len(names))}}), title=names[0], note=names[1])
figure, axes = plt.subplots()
axes.set_title(safe_text(names[0]))
for place, name in enumerate(names):
    axes.text(0, place, safe_text(name))
alt = " ".join(name for name in names if name.isprintable()) + ". x"
page.chart("names", axes, pd.DataFrame({{"name": names}}), alt=alt)
rows = pd.DataFrame({{"name": names, "unit": names, "value": 1.0, "method": names, "reference": names,
                     "status": "computed", "incident_ids": [[name] for name in names]}})
page.lineage(rows)
page.indicators(rows, study)
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Publish a report on a table whose every text is hostile; the notebook shows all of them in every way."""
    folder = tmp_path_factory.mktemp("hostile")
    rows = list(csv.DictReader(resource("data/sahel/incidents.csv").read_text(encoding="utf-8").splitlines()))
    texts = ("incident_id", "admin1", "admin2", "locality", "attacker", "target_actor", "sources", "note")
    for number, row in enumerate(rows):
        for name in texts:
            row[name] = (
                f"{NAMES[number % len(NAMES)]} {number}" if name == "incident_id" else NAMES[number % len(NAMES)]
            )
    table = folder / "table.csv"
    with table.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    made = nbformat.v4.new_notebook()
    made.cells = [
        nbformat.v4.new_code_cell('table = ""\noutput_dir = ""', metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(BODY),
        nbformat.v4.new_markdown_cell("## A section"),
    ]
    nbformat.write(made, folder / "names.ipynb")
    report = publish_report(
        {"table": str(table)}, out=folder / "out", name="names", notebook=folder / "names.ipynb"
    ).folder
    error = NotebookError(" ".join(NAMES))
    publish.leave_failure(folder / "out" / "failing", error, executed=folder / "none", when="2025-07-01")
    write_index(folder / "out")
    return report


def visited(page: Path):
    """Open a page in Chromium; return its DOM and the requests that it sent to anything but itself."""
    asked = []

    class Proxy(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        do_CONNECT = do_POST = do_GET

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        command = [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
            f"--proxy-server=http://127.0.0.1:{server.server_port}", "--proxy-bypass-list=<-loopback>",
            f"--user-data-dir={page.parent.parent}/profile-{page.stem}", "--virtual-time-budget=2000", "--dump-dom",
            page.as_uri(),
        ]  # fmt: skip
        try:
            shown = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True, errors="replace")
        finally:
            server.shutdown()
            thread.join()
    return shown.stdout, [request for request in asked if HOST in request]


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("page", ["report", "index"])
def test_in_a_browser_no_script_runs_and_no_request_leaves(hostile, page):
    file = hostile / "report.html" if page == "report" else hostile.parents[1] / "index.html"
    dom, asked = visited(file)
    assert "&lt;script&gt;" in dom
    assert "data-ran" not in dom
    assert asked == []


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_browser_would_have_shown_it(tmp_path):
    """The same names unescaped: the check above can fail."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "raw.html").write_text(
        "<html><body>" + "".join(NAMES[:1] + NAMES[4:7]) + "</body></html>", encoding="utf-8"
    )
    dom, asked = visited(folder / "raw.html")
    assert 'data-ran="1"' in dom
    assert len(asked) >= 2


def test_pages_hold_no_sign_that_reorders_or_hides(hostile):
    for page in (hostile / "report.html", hostile.parents[1] / "index.html"):
        text = page.read_text(encoding="utf-8")
        assert visible(text) == text
        assert "\\u202eevil\\u2066" in text
        assert "\\u001b[2J" in text
        assert "\\udb40\\udc41tag\\u00ad" in text
        assert "\\ufeff\\u200bzero" in text


def test_no_cell_of_a_csv_is_a_formula(hostile):
    found = 0
    for path in hostile.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            cells = [cell for row in csv.reader(lines) for cell in row]
        assert [cell for cell in cells if is_formula(cell)] == []
        found += sum(cell.startswith("'") for cell in cells)
    assert found >= 5


def test_charts_hold_no_script(hostile):
    found = 0
    for path in hostile.rglob("*.svg"):
        for element in ElementTree.parse(path).iter():
            found += 1
            assert not str(element.tag).endswith(("script", "foreignObject", "iframe"))
            assert [name for name in element.attrib if name.lower().split("}")[-1].startswith("on")] == []
            assert not any("javascript:" in value for name, value in element.attrib.items() if name.endswith("href"))
    assert found > 10


def test_a_chart_with_a_control_sign_in_its_title_is_still_a_chart(tmp_path):
    from matplotlib import pyplot as plt

    from analysis.figures import theme

    figure, _ = plt.subplots()
    theme.write_figure(figure, tmp_path / "a.svg", title="a\x1b[2J")
    plt.close(figure)
    ElementTree.parse(tmp_path / "a.svg")


def test_numbers_and_innocent_text_are_left_as_they_are(tmp_path):
    path = tmp_path / "a.csv"
    text = 'name,value\nKidal,-2.5\n"a, b",+3\n-,1e-5\n'
    path.write_text(text.replace("-,1e-5", "x,-1e-5"))
    before = path.read_bytes()
    defuse_csv(path)
    assert path.read_bytes() == before
    path.write_text('name,value\n"=1+1, ""x""",-2.5\n', encoding="utf-8")
    defuse_csv(path)
    assert path.read_text() == 'name,value\n"\'=1+1, ""x""",-2.5\n'
    path.write_text("name,value\n\0=1+1,2\nx;\0@y,3\n", encoding="utf-8")
    defuse_csv(path)
    assert path.read_text() == "name,value\n'\0=1+1,2\nx;'\0@y,3\n"


def test_a_cell_with_the_ids_of_ten_thousand_incidents_is_defused(tmp_path):
    path = tmp_path / "long.csv"
    ids = ";".join(f"MLI{n}" for n in range(20_000))  # more than the reader's usual bound of 131,072 characters
    path.write_text(f"name,ids\n=cmd,{ids}\n", encoding="utf-8")
    defuse_csv(path)
    assert path.read_text(encoding="utf-8") == f"name,ids\n'=cmd,{ids}\n"


@given(st.text(max_size=40) | st.sampled_from(NAMES))
@settings(max_examples=200, derandomize=True)
def test_a_notebook_carries_any_string_as_it_is(text):
    from papermill.translators import PythonTranslator

    (node,) = ast.parse(PythonTranslator.codify({"country": text})).body
    assert ast.literal_eval(node.value) == text


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "", ".hidden", "latest", "failed", "a\x1b[2J", "x" * 121, "a\\b", "a b", "\u202ea", "a\n"]
)
def test_a_name_cannot_leave_its_folder(tmp_path, name):
    with pytest.raises(ParameterError, match="cannot be a report's name") as error:
        checked_name(name)
    assert str(error.value).isprintable()


@pytest.mark.parametrize("as_of", ["../../x", "2025-13-01", "", None, 3])
def test_a_day_cannot_leave_its_folder(as_of):
    facts = dict.fromkeys(("title", "finding", "inputs", "seed", "selection"), "") | {"as_of": as_of}
    with pytest.raises(NotebookError, match="not an ISO day"):
        checked_facts(facts)


def check(path):
    """Run `escalation check`; every row is accounted for, or the table is refused in words that a terminal only
    prints."""
    shown = CliRunner().invoke(cli, ["check", str(path), "--json"])
    assert shown.exit_code in (0, 3), shown.output[-500:]
    assert "Traceback" not in shown.output
    assert "\x1b" not in shown.output
    told = json.loads(shown.stdout)
    if shown.exit_code == 0:
        assert told["rows_read"] == told["rows_kept"] + told["rows_rejected"]
        assert told["rows_kept"] > 0
    return shown.exit_code


def compute(path):
    """Run `escalation indicators`."""
    words = ["indicators", str(path), "--format", "json", "--quiet", "-p", "n_simulations=50"]
    shown = CliRunner().invoke(cli, words)
    assert shown.exit_code in (0, 3), shown.output[-500:]
    assert "Traceback" not in shown.output
    if shown.exit_code == 0:
        for row in json.loads(shown.stdout)["indicators"]:
            assert (row["value"] is None) == (row["status"] == "not_computed")
    return shown.exit_code


def mutated(content: bytes, generator: random.Random) -> bytes:
    """Return a table with some of its bytes, cells, lines or columns changed."""
    made = bytearray(content)
    for _ in range(generator.randint(1, 6)):
        place = generator.randrange(len(made))
        kind = generator.randrange(7)
        if kind == 0:
            made[place] = generator.randrange(256)
        elif kind == 1:
            del made[place : place + generator.randint(1, 40)]
        elif kind == 2:
            made[place:place] = generator.choice(NAMES).encode("utf-8", "surrogatepass")
        elif kind == 3:
            made[place:place] = generator.choice(
                [b'"', b"\n", b"\r", b",", b"\x00", b";", b"\t", b"\xff\xfe", b"\xef\xbb\xbf"]
            )
        elif kind == 4:
            lines = bytes(made).split(b"\n")
            generator.shuffle(lines)
            made = bytearray(b"\n".join(lines))
        elif kind == 5:
            made[place:place] = generator.choice(
                [b"9" * 400, b"-1e999", b"nan", b"0000-00-00", b"9999-12-31", b"1e308"]
            )
        else:
            made[place : place + 200] = made[place : place + 200] * 2
        if not made:
            made = bytearray(b"\n")
    return bytes(made)


def mutate_tables(folder, *, n, n_computed, seed):
    """Hold `check` and `indicators` against mutated tables; return how many were used and refused."""
    generator = random.Random(seed)
    content = resource("data/sahel/incidents.csv").read_bytes()
    head, *rows = content.splitlines(keepends=True)
    counts = {"used": 0, "refused": 0, "computed": 0}
    path = folder / "mutated.csv"
    for number in range(n):
        chosen = generator.sample(rows, generator.randint(1, 25))
        path.write_bytes(mutated(head + b"".join(chosen), generator))
        used = check(path) == 0
        counts["used" if used else "refused"] += 1
        # Computing takes a hundred times as long as checking: as many of the usable ones as asked for, spread over all.
        if used and counts["computed"] * n <= number * n_computed and counts["computed"] < n_computed:
            compute(path)
            counts["computed"] += 1
    return counts


def mutate_tables_side_by_side(folder, *, n, n_computed, seed, n_processes=2):
    """Share `mutate_tables` out to processes of their own, each with a seed of its own; return the sums of their
    counts."""
    share, computed = n // n_processes, -(-n_computed // n_processes)
    with ProcessPoolExecutor(n_processes, mp_context=get_context("spawn")) as pool:
        running = []
        for number in range(n_processes):
            own = folder / str(number)
            own.mkdir()
            running.append(pool.submit(mutate_tables, own, n=share, n_computed=computed, seed=seed + number))
        done = [future.result() for future in running]
    return {name: sum(counts[name] for counts in done) for name in done[0]}


def test_mutated_tables_are_used_or_refused_and_never_break(tmp_path):
    counts = mutate_tables(tmp_path, n=30, n_computed=1, seed=7)
    assert counts["used"] + counts["refused"] == 30
    assert counts["used"] > 5
    assert counts["refused"] > 2


def test_a_zip_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("t.csv", "w", force_zip64=True) as member,
    ):
        member.write(b"id,date\n")
        for _ in range(512):
            member.write(b"0" * 2**20)
    assert path.stat().st_size < 2**20
    assert check(path) == 3


def test_a_cell_of_100_mb_is_refused_or_set_aside(tmp_path):
    path = tmp_path / "large.csv"
    head, first, *_ = resource("data/sahel/incidents.csv").read_bytes().splitlines(keepends=True)
    path.write_bytes(head + first + b'"' + b"x" * 100_000_000 + b'"\n')
    assert check(path) in (0, 3)


def test_a_csv_that_cannot_be_made_harmless_is_told(tmp_path):
    (tmp_path / "own.csv").write_bytes("a,=1\nGao\xe9,2\n".encode("latin-1"))
    with pytest.raises(NotebookError, match=r"own\.csv is no CSV in UTF-8"):
        defuse_csv(tmp_path / "own.csv")
