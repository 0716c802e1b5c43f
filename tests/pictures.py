"""Renews notebooks/README.md and its pictures, from each notebook's own example: ``make pictures``."""

import json
import shutil
import sys
from io import BytesIO
from pathlib import Path

from analysis import explore, open_study
from analysis.incidents.parameters import defaults_of
from analysis.measures import QUESTIONS
from analysis.publishing.runner import notebook_parameters

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
PICTURES = NOTEBOOKS / "pictures"
WIDTH, MOST_BYTES, COLOURS = 600, 30_000, 24
# The chart that stands for each notebook: question and chart; the first of a question where nothing is named.
SHOWN = {
    "situation": ("frequency", ""), "assessment": ("assessment", "levels"), "trend": ("trend", ""),
    "surge": ("surge", ""), "contagion": ("contagion", ""), "severity": ("severity", ""), "claims": ("claims", ""),
    "spread": ("spread", ""), "outlook": ("outlook", ""), "reliability": ("reliability", ""),
}  # fmt: skip
ASKS = {"situation": "All of them: the whole report.", "explore": "Yours: choose and see."}
HEAD = """# The notebooks

Each answers one question; `situation.ipynb` answers all, and `escalation report` publishes it. Open them with
`escalation lab` or `make lab`, change the cell of parameters (`table` is the path of your own table, seen from this
folder: `../my_table.csv`) and run all cells. What they show before you change anything is the embedded table of the
Sahel, or, where that is too short for the question, a made-up example whose story is known (`data/example/`, named
`example`).

| notebook | question | about |  |
| --- | --- | --- | --- |
"""


def page() -> str:
    """Return the text of notebooks/README.md."""
    rows = []
    for path in in_order():
        name = path.stem
        question = ASKS.get(name) or QUESTIONS[name]
        made_up = notebook_parameters(path)["table"] == "example"
        about = "made-up example" if made_up else "attacks by JNIM in Mali"
        alt = f"What {name}.ipynb shows of the {'made-up example' if made_up else 'embedded table'}"
        rows.append(f"| [{name}]({name}.ipynb) | {question} | {about} | ![{alt}](pictures/{name}.png) |")
    return HEAD + "\n".join(rows) + "\n"


def in_order() -> list[Path]:
    """Return the notebooks: the whole report, the screen, then the questions in their order."""
    order = ["situation", "explore", "assessment", *QUESTIONS]
    return sorted(NOTEBOOKS.glob("*.ipynb"), key=lambda path: order.index(path.stem))


def draw(name: str) -> None:
    """Draw the picture of one notebook."""
    told = {
        key: value for key, value in notebook_parameters(NOTEBOOKS / f"{name}.ipynb").items() if key in defaults_of()
    }
    if name == "explore":
        keep(name, screen(told))
        return
    question, chart = SHOWN[name]
    axes = getattr(open_study(**told), question).plot(chart)
    figure = (axes if hasattr(axes, "figure") else next(iter(axes))).figure
    drawn = BytesIO()
    # Twice as large as it is kept: at few dots letters are wider than their room.
    figure.savefig(drawn, format="png", dpi=2 * WIDTH / figure.get_figwidth())
    keep(name, drawn.getvalue())


def screen(told: dict[str, object], *, width: int = 1000) -> bytes:
    """Return what `analysis.explore` shows, from a browser that is given what the kernel would send."""
    from playwright.sync_api import sync_playwright

    explorer = explore(**told)
    state = {name: getattr(explorer, name) for name in ("offers", "labels", "start", "asked", "seen", "told")}
    folder = Path(sys.modules["analysis.exploring.widget"].__file__).parent
    script = (folder / "explore.js").read_text(encoding="utf-8").replace("export default", "const widget =")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 1200})
        page.set_content(f"<style>{(folder / 'explore.css').read_text(encoding='utf-8')}</style><div id=here></div>")
        page.evaluate(
            f"""state => {{ {script}
            const model = {{get: name => state[name], set() {{}}, save_changes() {{}}, on() {{}}, off() {{}}}};
            widget.render({{model, el: document.getElementById("here")}}); }}""",
            json.loads(json.dumps(state)),
        )
        shown = page.locator(".panels").screenshot()
        browser.close()
    return shown


def keep(name: str, png: bytes) -> None:
    """Write a picture with few colours, which makes it small."""
    from PIL import Image

    picture = Image.open(BytesIO(png)).convert("RGB")
    height = round(picture.height * WIDTH / picture.width)
    small = picture.resize((WIDTH, height), Image.Resampling.LANCZOS).quantize(
        COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
    )
    PICTURES.mkdir(exist_ok=True)
    small.save(PICTURES / f"{name}.png", optimize=True)
    size = (PICTURES / f"{name}.png").stat().st_size
    assert size <= MOST_BYTES, f"{name}.png has {size} bytes"


if __name__ == "__main__":
    for one in sys.argv[1:] or [path.stem for path in in_order()]:
        draw(one)
    (NOTEBOOKS / "README.md").write_text(page(), encoding="utf-8")
