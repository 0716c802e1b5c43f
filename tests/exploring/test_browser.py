"""The notebooks in JupyterLab, in a real browser: by keyboard and by select, saved and opened again, heard and seen.

Where there is no Chromium, or no playwright, these tests are skipped and say so.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from analysis.resources import resource

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MISSING = [
    *(name for name in ("playwright", "jupyterlab", "anywidget", "axe_playwright_python") if find_spec(name) is None),
    *([] if CHROMIUM else ["a Chromium (Debian: apt-get install chromium)"]),
]
pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"the browser tests need {', '.join(MISSING)}"),
    pytest.mark.slow,
]
PATIENCE = 30_000  # milliseconds, on a machine that does other things too
# Where Jupyter keeps what is its user's.
FOLDERS = (
    "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
)  # fmt: skip
SCREEN = ".escalation-explore"
STATUS = f"{SCREEN} .status >> nth=0"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Start ``escalation lab`` on loopback in a folder with a table of one's own; end all that it started."""
    here = tmp_path_factory.mktemp("lab")
    (here / "own.csv").write_text("date,country\n2024-01-01,Mali\n", encoding="utf-8")
    shutil.copytree(resource("notebooks"), here / "notebooks")
    shorten(here / "notebooks" / "situation.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    environment = (
        os.environ | {name: str(here / ".jupyter" / name.lower()) for name in FOLDERS} | {"PYTHONPATH": str(ROOT)}
    )
    words = ["--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", "--allow-root"]
    with (here / "log.txt").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "analysis", "lab", "--", *words, f"--IdentityProvider.token={token}"],
            cwd=here, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: ask(f"{address}/api/status", token), server, here / "log.txt")
        yield {"address": address, "token": token, "here": here}
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(15)


def shorten(path: Path) -> None:
    """Let a notebook simulate little."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = [line.replace("n_simulations = 10_000", "n_simulations = 200") for line in cell["source"]]
    path.write_text(json.dumps(notebook), encoding="utf-8")


def ask(address: str, token: str, *, method: str = "GET") -> object:
    request = urllib.request.Request(address, method=method, headers={"Authorization": f"token {token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read() or "null")


def wait_for(question, server: subprocess.Popen, log: Path) -> None:
    for _ in range(300):
        try:
            question()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert server.poll() is None, log.read_text(errors="replace")[-2000:]
            time.sleep(0.2)
    raise TimeoutError(log.read_text(errors="replace")[-2000:])


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser, lab):
    """Open a window that lets nothing be asked of anybody but this machine."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 1400}, permissions=["clipboard-read", "clipboard-write"]
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    outside = []

    def seen(request):
        if not request.url.startswith((lab["address"], lab["address"].replace("http", "ws"), "data:", "blob:")):
            outside.append(request.url)

    page.on("request", seen)
    page.on("websocket", seen)
    yield page
    context.close()
    assert not outside


def open_notebook(page, lab, name: str) -> None:
    page.goto(f"{lab['address']}/lab/tree/notebooks/{name}?token={lab['token']}&reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.locator(".jp-StatusBar-TextItem", has_text="| Idle").wait_for()  # the kernel is there


def run_all(page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


def wait_for_status(page, words: str) -> None:
    from playwright.sync_api import expect

    expect(page.locator(f"{SCREEN} .status").first).to_contain_text(words, timeout=PATIENCE)


def field(page, label: str):
    return page.locator(SCREEN).get_by_label(label, exact=True)


def violations(page) -> list[str]:
    import axe_playwright_python

    script = Path(axe_playwright_python.__file__).parent / "axe.min.js"
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(script.read_text(encoding="utf-8"))
    found = page.evaluate(f"axe.run('{SCREEN}', {{resultTypes: ['violations']}})")["violations"]
    return [
        f"{one['id']}: {node['html'][:120]} {node['failureSummary'][:300]}" for one in found for node in one["nodes"]
    ]


# A kernel that answers when it is told to, in place of JupyterLab and anywidget.
FAKE_KERNEL = """async ([code, held]) => {
  const on = {};
  window.sent = [];
  window.model = {
    get: (name) => held[name], set: (name, value) => { held[name] = value; }, save_changes: () => {}, off: () => {},
    on: (name, call) => { on[name] = call; }, send: (message) => window.sent.push(message),
  };
  window.answer = (parts) => {
    held.seen = { ...held.seen, number: held.asked.number, ...parts };
    on["change:seen"]();
  };
  const screen = await import("data:text/javascript;base64," + btoa(unescape(encodeURIComponent(code))));
  screen.default.render({ model: window.model, el: document.body });
}"""


def test_what_takes_longer_is_asked_for_of_each_answer_however_late(browser):
    """Of a large table the first screen, and one that came after a silence, said "Computing" for ever."""
    from analysis.exploring import widget

    explorer = widget.Explorer("example", publish=Path)
    names = ("offers", "labels", "start", "asked", "seen", "told")
    held = {name: getattr(explorer, name) for name in names}
    held["seen"] = {**held["seen"], "complete": False}
    page = browser.new_page()
    page.clock.install()
    page.set_content("<html></html>")
    page.evaluate(FAKE_KERNEL, [(widget.HERE / "explore.js").read_text("utf-8"), held])
    page.clock.run_for(1000)
    assert page.evaluate("sent") == [{"kind": "rest", "number": 0}]
    page.evaluate("answer({map: null})")  # a part has come
    page.evaluate("answer({complete: true})")
    page.get_by_label("Country").select_option("XZA")
    page.clock.run_for(10_000)
    assert "kernel does not answer" in page.locator(STATUS).inner_text()
    page.evaluate("answer({done: false, complete: false})")
    page.evaluate("answer({done: true})")
    page.clock.run_for(1000)
    assert page.evaluate("sent") == [{"kind": "rest", "number": 0}, {"kind": "rest", "number": 1}]
    page.close()


def test_explore_follows_keyboard_and_select_and_outlives_its_kernel(page, lab):
    open_notebook(page, lab, "explore.ipynb")
    run_all(page)
    wait_for_status(page, "Attacks in Ardovia (made up): Rising sharply. 92 attacks in the last 90 days")

    # By keyboard: the focus stays where it is.
    window = field(page, "Window, days")
    window.focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_function(
        "where => document.querySelector(where).ariaLabel.includes('Attacks in the 31 days')",
        arg=f"{SCREEN} .tempo svg",
    )
    assert page.evaluate("document.activeElement.labels?.[0].textContent") == "Window, days"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.labels?.[0].textContent") == "Last day"

    # By select, and the words of the screen with it.
    field(page, "Language").select_option("fr")
    wait_for_status(page, "Attaques en Ardovie (fictive)\N{NO-BREAK SPACE}: En forte hausse")
    assert field(page, "Fenêtre, en jours").input_value() == "31"
    field(page, "Langue").select_option("en")
    wait_for_status(page, "Rising")

    # What cannot be shown is said, and nothing is lost.
    heading = page.locator(f"{SCREEN} h2").text_content()
    field(page, "Window, days").fill("0")
    wait_for_status(page, "Window, days: enter a whole number of 1 or more.")
    assert field(page, "Window, days").get_attribute("aria-invalid") == "true"
    field(page, "Window, days").fill("30")
    who = field(page, "Actor")
    who.fill("Red Colum")
    who.press("Tab")
    wait_for_status(page, "Red Column")
    assert page.locator(f"{SCREEN} h2").text_content() == heading
    who.fill("Red Column")
    who.press("Tab")
    wait_for_status(page, "Attacks by Red Column in Ardovia (made up): No clear change")
    page.get_by_text("3 offensives began in the window of 30 days").wait_for()

    # What is on the screen can be taken along.
    page.get_by_role("button", name="Copy as command").click()
    page.get_by_text("Copied.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "escalation report example --country XZA --attacker 'Red Column'"

    # Everything has a name, and can be read in both lights.
    assert page.locator(f"{SCREEN} [role=status]").count() == 2
    assert not violations(page)
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    page.add_style_tag(content=":root {--jp-layout-color0: #111; --jp-content-font-color1: #fff}")
    assert not violations(page)

    # Saved and opened again: what was chosen is still there.
    page.keyboard.press("Control+s")
    page.wait_for_selector(".jp-mod-current.jp-mod-dirty, .lm-TabBar-tab.jp-mod-dirty", state="detached")
    open_notebook(page, lab, "explore.ipynb")
    wait_for_status(page, "Attacks by Red Column")
    assert field(page, "Actor").input_value() == "Red Column"

    # A new kernel knows nothing; the screen says so and goes on where it was.
    (kernel,) = (one["id"] for one in ask(f"{lab['address']}/api/kernels", lab["token"]))
    ask(f"{lab['address']}/api/kernels/{kernel}/restart", lab["token"], method="POST")
    field(page, "Window, days").fill("45")
    wait_for_status(page, "The kernel does not answer")
    assert field(page, "Actor").input_value() == "Red Column"
    run_all(page)
    wait_for_status(page, "Attacks by Red Column")
    assert field(page, "Window, days").input_value() == "45"


def test_the_situation_report_runs_by_hand(page, lab):
    open_notebook(page, lab, "situation.ipynb")
    run_all(page)
    path = lab["here"] / "notebooks" / "situation.ipynb"
    for _ in range(180):  # the status bar is idle between two cells as well: what is saved tells when all have run
        page.wait_for_timeout(1000)
        page.keyboard.press("Control+s")
        with suppress(ValueError):  # it is being saved
            saved = json.loads(path.read_text(encoding="utf-8"))["cells"]
            run = [cell for cell in saved if cell["cell_type"] == "code"]
            if all(cell["execution_count"] for cell in run):
                break
    assert all(cell["execution_count"] for cell in run)
    outputs = [output for cell in run for output in cell["outputs"]]
    assert len(outputs) > 20
    assert not [output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"]
    assert "JNIM" in page.locator(".jp-Notebook").text_content()


def test_the_lab_shows_the_folder_that_one_is_in(page, lab):
    page.goto(f"{lab['address']}/?token={lab['token']}")
    page.locator(".jp-DirListing-item", has_text="situation.ipynb").wait_for()  # it opens at the notebooks
    page.locator(".jp-BreadCrumbs-home").click()
    page.locator(".jp-DirListing-item", has_text="own.csv").wait_for()
